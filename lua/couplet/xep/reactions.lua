-- SPDX-License-Identifier: MIT
-- reactions: emojis put to a message (XEP-0444): event.reactions = { id =, "👍", … } of one that comes (all that its
-- sender has for that message now), and event:react("👍", …), which says all of ours; without one they are taken back.
-- Implements: XEP-0444 0.2.1
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local ids = require "couplet.id"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local ipairs, select = ipairs, select

local M = {}

local MOST = 50 -- of one sender for one message

--- event.reactions: each once (4.2); nil when the message has none.
function M.read(event)
    local element = event.stanza and event.stanza:get_child("reactions", ns.reactions)
    if not element or not element.attr.id or element.attr.id == "" then return nil end
    local list, seen = { id = element.attr.id }, {}
    for reaction in element:childtags "reaction" do
        local emoji = reaction:get_text()
        if emoji and emoji ~= "" and not seen[emoji] and #list < MOST then
            seen[emoji], list[#list + 1] = true, emoji
        end
    end
    return list
end

--- event:react(emoji, …) -> id | nil, err. In a room that gives no ids it cannot be done: nil, err.
---@param event couplet.Event
function M.react(event, ...)
    local in_room = event.type == "groupchat"
    local id
    if in_room then id = event.stanza_id else id = event.origin_id or event.id end
    if not id then
        return nil, errors.new("feature-not-implemented", "the message has no id to react to")
    end
    local stanza = st.message { to = in_room and event.room or event.from, type = event.type, id = ids.new() }
    stanza:tag("reactions", { xmlns = ns.reactions, id = id })
    for _, emoji in ipairs { select(1, ...) } do stanza:text_tag("reaction", emoji) end
    stanza:up():text_tag("store", nil, { xmlns = ns.hints })
    return core.send(event.bot, stanza)
end

return M

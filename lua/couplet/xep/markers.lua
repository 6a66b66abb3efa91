-- SPDX-License-Identifier: MIT
-- markers: how far somebody has read (XEP-0333): the option `markable`, event:mark() for a message that asks for it, and
-- the event message.displayed with event.data = { id =, from =, room = } when one comes. The ids are the room's in a
-- room (4.2), and one's own elsewhere; a marker is a claim of its sender and of nobody else.
-- Implements: XEP-0333 1.0.0
local core = require "couplet.core.bot"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local M = {}

---@param stanza table
function M.add(stanza) stanza:text_tag("markable", nil, { xmlns = ns.markers }) end

--- event:mark(): says that the bot has seen this message, when it asks for that. -> id | nil, err | nil
---@param event couplet.Event
function M.mark(event)
    if not event.stanza or not event.stanza:get_child("markable", ns.markers) then return nil end
    local in_room = event.type == "groupchat"
    local id = in_room and event.stanza_id or not in_room and event.id or nil
    if not id then return nil end
    local marker = st.message { to = in_room and event.room or event.from, type = in_room and "groupchat" or "chat" }
    marker:text_tag("displayed", nil, { xmlns = ns.markers, id = id })
    marker:text_tag("store", nil, { xmlns = ns.hints })
    return core.send(event.bot, marker)
end

function M.on_displayed(event)
    local displayed = event.stanza:get_child("displayed", ns.markers)
    if not displayed or not displayed.attr.id or not event.from then return end
    event.bot:emit("message.displayed", { id = displayed.attr.id, from = event.from, room = event.room })
end

return M

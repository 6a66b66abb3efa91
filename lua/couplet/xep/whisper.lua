-- SPDX-License-Identifier: MIT
-- whisper: an answer that only the asker sees: in a room by a private message to the occupant (XEP-0045 7.5), marked as such.
local core = require "couplet.core.bot"
local message = require "couplet.message"
local ns = require "couplet.ns"

local pairs, rawset = pairs, rawset

local M = {}

--- event:whisper(text, options) -> id | nil, err. event:edit changes it as it was said: in private.
---@param event couplet.Event
---@param text string
---@param options? couplet.MessageOptions
function M.whisper(event, text, options)
    if not event.room or not event.nick then return event:reply(text, options) end
    local all = { type = "chat" }
    for name, value in pairs(options or {}) do all[name] = value end
    if all.reply_to == true then all.reply_to = event end
    local stanza = message.build(event.room .. "/" .. event.nick, text, all)
    stanza:text_tag("x", nil, { xmlns = ns.muc_user })
    local id, err = core.send(event.bot, stanza)
    if id and not all.replaces then
        rawset(event, "answer_id", id)
        rawset(event, "whispered_id", id)
    end
    return id, err
end

return M

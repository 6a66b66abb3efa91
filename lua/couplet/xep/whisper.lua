-- SPDX-License-Identifier: MIT
-- whisper: an answer that only the asker sees: in a room by a private message to the occupant (XEP-0045 7.5), marked as such.
local core = require "couplet.core.bot"
local ids = require "couplet.id"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local M = {}

--- event:whisper(text) -> id | nil, err
---@param event couplet.Event
---@param text string
function M.whisper(event, text)
    if not event.room or not event.nick then return event:reply(text) end
    local stanza = st.message({ to = event.room .. "/" .. event.nick, type = "chat", id = ids.new() }, text)
    stanza:text_tag("x", nil, { xmlns = ns.muc_user })
    return core.send(event.bot, stanza)
end

return M

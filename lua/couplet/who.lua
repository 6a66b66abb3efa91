-- SPDX-License-Identifier: MIT
-- who: event.who, what can be proven of whoever is behind an event.
--
--   one to one      { jid = bare JID, full = as it came, proven = true }: the servers vouch for it
--   in a room       { affiliation =, role =, occupant_id =, nick = } as the room's presence says, and, only where the room
--                   tells it, jid and full, with proven = true
--   else            { proven = false }: somebody whom the room has not shown, history (the nick may be another's now), a
--                   groupchat message from where the bot has no room, the room itself
local bare = require("couplet.jid").bare

local M = {}

---@class couplet.Who
---@field jid string|nil bare
---@field full string|nil
---@field nick string|nil
---@field affiliation string|nil
---@field role string|nil
---@field occupant_id string|nil
---@field proven boolean

local function occupant_of(event)
    if event.delayed or event.archive or not event.nick then return nil end
    local room = event.bot.rooms[event.room]
    return event.occupant or (room and room.occupants and room.occupants[event.nick]) or nil
end

---@param event couplet.Event
---@return couplet.Who|nil
function M.of(event)
    if not event.from then return nil end
    if not event.room then
        if event.type == "groupchat" then return { proven = false } end
        return { jid = bare(event.from), full = event.from, proven = true }
    end
    local occupant = occupant_of(event)
    if not occupant then return { proven = false } end
    return {
        jid = occupant.jid and bare(occupant.jid) or nil,
        full = occupant.jid,
        nick = occupant.nick,
        affiliation = occupant.affiliation,
        role = occupant.role,
        occupant_id = occupant.occupant_id,
        proven = occupant.jid ~= nil,
    }
end

return M

-- SPDX-License-Identifier: MIT
-- muc_selfping: are we still in (XEP-0410)? A room that has been silent for a while is asked, by a ping to ourselves
-- there. Anything that comes from the room answers too, so a lively room is never asked.
--
--   answered, or the one who was asked cannot answer pings      joined
--   item-not-found                  our nick has just changed (3.2): asked once more; twice, the room itself is not there
--   no answer, or none from the other server                    ghost until there is one; asked again and again
--   anything else                                               not in any more: entered again
--
-- A loss is known after IDLE + TIMEOUT seconds at the latest.
-- Implements: XEP-0410 1.1.0
local core = require "couplet.core.bot"
local ns = require "couplet.ns"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local math = math

local M = {}

local IDLE, TIMEOUT = 30, 20

-- What an error says (3.2). Others: we are out.
local IN = { ["service-unavailable"] = true, ["feature-not-implemented"] = true }
local UNKNOWN = {
    ["remote-server-not-found"] = true, ["remote-server-timeout"] = true, ["recipient-unavailable"] = true,
    ["resource-constraint"] = true, ["internal-server-error"] = true,
}

local function ask(room, own)
    local to = room.jid .. "/" .. room.nick
    return own.bot:iq(st.iq({ type = "get", to = to }):tag("ping", { xmlns = ns.ping }):up(), { timeout = TIMEOUT })
end

local arm

local function act(room, own, answer, err)
    local was_missing = own.missing
    own.missing = nil
    if answer or IN[err.condition] then
        if room.state == "ghost" then rooms.change(room, "joined") end
        arm(room, IDLE)
    elseif UNKNOWN[err.condition] then
        own.err = err
        rooms.change(room, "ghost", "the room does not answer: " .. err)
        arm(room, 10 + 10 * math.random(), true)
    elseif err.condition == "item-not-found" and not was_missing then
        own.missing = true
        arm(room, 2, true)
    else
        rooms.removed(room, "lost", "the room does not know us any more: " .. err)
    end
end

local function check(room)
    local own = rooms.private[room]
    local state, nick, idle, is_doubted = room.state, room.nick, core.room_idle(own.bot, room.jid), own.doubt
    own.check, own.doubt = nil, nil
    if state ~= "joined" and state ~= "ghost" then return end
    if state == "joined" and not is_doubted and idle and idle < IDLE then
        arm(room, IDLE - idle)
        return
    end
    local asking = {}
    own.asking = asking
    local answer, err = ask(room, own)
    if own.asking ~= asking then return end
    own.asking = nil
    if room.state ~= state or own.check then return end -- something else has told meanwhile
    if room.nick ~= nick then
        arm(room, 0, true)
    else
        act(room, own, answer, err)
    end
end

function arm(room, seconds, is_doubted)
    local own = rooms.private[room]
    if own.check then own.check:stop() end
    own.doubt = is_doubted
    own.check = own.bot:after(seconds, function() check(room) end)
end

--- Looks at it whenever it has been silent for a while.
function M.watch(room) arm(room, IDLE) end

--- Asks in so many seconds, whatever is heard meanwhile. Where it is being asked that answer will do, unless it may be lost: a bot
--- that goes on talking to a room which has forgotten it would doubt each answer before it is there.
---@param seconds number
---@param is_lost? boolean
function M.doubt(room, seconds, is_lost)
    local own = rooms.private[room]
    if is_lost or not own.doubt and not own.asking then arm(room, seconds, true) end
end

--- room:ping() -> seconds | nil, err: how long the way to the room and back takes.
---@return number|nil seconds, couplet.Error|nil err
function M.ping(room)
    local own, start = rooms.private[room], core.now()
    local answer, err = ask(room, own)
    if not answer and not IN[err.condition] then return nil, err end
    return core.now() - start
end

return M

-- SPDX-License-Identifier: MIT
-- muc_room: one room of a bot, as bot.rooms[jid], and the one place where its state changes.
--
--            enter                 self-presence (110)          201: new
--   (new) ──────────> joining ────────────────────────> joined <──────── locked
--                      ^   │ refused                      │ kicked, banned, shutdown, …      (unlocked by us)
--                      │   v                              v
--                      └─ failed, banned, locked      ghost, kicked, banned, failed
--                           (again later, where that makes sense: with back-off and jitter)
--
-- `ghost`: we were in, and the room does not say so any more. `joined` is derived from the state. What a script has no
-- business with (password, timers, attempts) is in `private`, keyed by the room.
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local occupants = require "couplet.xep.muc_occupants"
local st = require "couplet.stanza"
local status = require "couplet.xep.muc_status"

local os, math, require, setmetatable = os, math, require, setmetatable

local M = {}

local INSIDE = { joining = true, joined = true, locked = true, ghost = true } -- or perhaps so
local JOIN_TIMEOUT, STEADY, NICKS_MOST = 30, 60, 5

---@class couplet.Room
---@field jid string
---@field nick string ours there, as the room says
---@field state "joining"|"joined"|"ghost"|"kicked"|"banned"|"locked"|"failed"|"left"
---@field joined boolean state == "joined"
---@field reason string|nil why it is so, for people
---@field since integer when the state began (seconds since 1970)
---@field retry integer|nil when the bot tries again
---@field subject string|nil
---@field occupants table<string, couplet.Occupant>
---@field count integer
---@field affiliation string|nil our own
---@field role string|nil our own
local room_mt = { __name = "couplet.room" }

local private = setmetatable({}, { __mode = "k" })
M.private = private

-- Methods by the module that has them, loaded when the first is called.
local METHODS = {
    muc_talk = { "say", "send", "whisper", "set_subject", "change_nick", "request_voice", "find" },
    muc_admin = {
        "kick", "ban", "unban", "set_role", "set_affiliation", "affiliations", "retract", "moderate", "destroy",
    },
    muc_config = { "configuration", "configure", "info" },
    muc_invite = { "invite" },
    muc_register = { "register", "reserved_nick" },
    muc_selfping = { "ping" },
}
local module_of = {}
for name, methods in pairs(METHODS) do
    for _, method in ipairs(methods) do
        module_of[method] = "couplet.xep." .. name
    end
end

function room_mt.__index(room, key)
    if key == "joined" then return room.state == "joined" end
    if key == "leave" then return M.leave end
    local name = module_of[key]
    return name and require(name)[key] or nil
end

function room_mt.__tostring(room) return "room " .. room.jid .. " (" .. room.state .. ")" end

local function stop_timers(own)
    for _, name in ipairs { "timer", "check" } do
        if own[name] then own[name]:stop() end
        own[name] = nil
    end
    own.doubt, own.missing, own.asking = nil, nil, nil -- of the check that is not made any more
end

local LEVELS = { joined = "info", joining = "debug", left = "info" }

local function log(room, own)
    local level = LEVELS[room.state] or "warn"
    if room.state == "locked" and not own.err then level = "info" end -- it is ours, and is opened now
    own.bot.log[level](own.bot.log, "%s: %s%s", room.jid, room.state, room.reason and " (" .. room.reason .. ")" or "")
end

-- The only assignment to state.
local function change(room, state, reason)
    local own, old = private[room], room.state
    stop_timers(own)
    room.state, room.reason, room.retry = state, reason, nil
    if state ~= old or state == "locked" then -- locked twice: by us, and then for good
        room.since = os.time()
        log(room, own)
        core.emit(own.bot, "room_changed", { room = room.jid, change = "state", state = state, old_state = old, reason = reason })
        local event = state == "joined" and "joined" or old == "joined" and "left"
        if event then
            core.emit(own.bot, event, { room = room.jid, nick = room.nick, from = room.jid .. "/" .. room.nick, own = true, reason = reason })
        end
    end
    if state ~= "joining" then core.wake(own.bot, "room:" .. room.jid, true) end
end
M.change = change

--- As the room will write it; what cannot be a nick stays as it is, and the room says so.
function M.prepared_nick(room_jid, nick)
    local prepared = jid.prep(room_jid .. "/" .. nick)
    return prepared and jid.resource(prepared) or nick
end

--- A room that the bot knows of and is not in yet.
---@param options table of the configuration, or of bot:join
---@return couplet.Room
function M.new(bot, room_jid, options)
    local nick = M.prepared_nick(room_jid, options.nick)
    local room = setmetatable({
        jid = room_jid, nick = nick, state = "joining", reason = "not yet online", since = os.time(), occupants = {}, count = 0,
    }, room_mt)
    private[room] = { bot = bot, options = options, wanted = nick, attempts = 0 }
    core.room_put(bot, room_jid, nick)
    return room
end

local function history_attr(history)
    if type(history) == "number" then return { maxstanzas = ("%d"):format(history) } end
    local attr = {}
    if history.stanzas then attr.maxstanzas = ("%d"):format(history.stanzas) end
    if history.seconds then attr.seconds = ("%d"):format(history.seconds) end
    return attr
end

local function with_show(presence, own)
    for _, name in ipairs { "show", "status" } do
        if own.options[name] then presence:text_tag(name, own.options[name]) end
    end
    return presence
end

--- Our presence to a room that we are in, once more: with what the bot's presence tells now.
function M.present(room)
    local own = private[room]
    return own.bot:send(with_show(st.presence { to = room.jid .. "/" .. room.nick }, own))
end

local function entrance(room, own)
    local presence = st.presence({ to = room.jid .. "/" .. room.nick }):tag("x", { xmlns = ns.muc })
    if own.options.password then presence:text_tag("password", own.options.password) end
    if own.options.history then presence:tag("history", history_attr(own.options.history)):up() end
    return with_show(presence:up(), own)
end

local function send_leaving(room, own, reason)
    local presence = st.presence { to = room.jid .. "/" .. room.nick, type = "unavailable" }
    if reason then presence:text_tag("status", reason) end
    return own.bot:send(presence)
end

local retry

local function on_no_answer(room, own)
    own.unanswered = true
    own.err = errors.new("remote-server-timeout", "the room does not answer")
    retry(room, "failed", own.err.text, 5, 300)
end

--- Asks to be let in.
---@return string|nil id, couplet.Error|nil err
function M.enter(room)
    local own = private[room]
    occupants.clear(room, own)
    own.subject_known, own.features, own.asked_features = nil, nil, nil
    room.nick = own.nick or own.wanted
    core.room_put(own.bot, room.jid, room.nick)
    change(room, "joining", own.nick and ("as %s, for %s is taken"):format(own.nick, own.wanted) or nil)
    if own.unanswered then send_leaving(room, own) end -- a room that takes us for joined answers no second entrance
    own.unanswered = nil
    local id, err = own.bot:send(entrance(room, own))
    if not id then
        room.reason, own.err = "not online", err
        return nil, err
    end
    own.timer = own.bot:after(JOIN_TIMEOUT, function() on_no_answer(room, own) end)
    return id
end

--- Out, for now or for good; `first` and `longest` are seconds, nil: we do not come back by ourselves.
function retry(room, state, reason, first, longest)
    local own = private[room]
    change(room, state, reason)
    if not first or own.options.rejoin == "never" then return end
    local delay = status.pause(first, own.attempts, longest or 300)
    own.attempts = math.min(own.attempts + 1, 16)
    room.retry = os.time() + math.ceil(delay)
    own.timer = own.bot:after(delay, function() M.enter(room) end)
end
M.retry = retry

local function next_nick(own)
    own.clashes = (own.clashes or 1) + 1
    if own.options.nick_conflict == "fail" or own.clashes > NICKS_MOST then return nil end
    return own.wanted .. "-" .. own.clashes
end

local function text_of(err, row) return err.text and row.text .. " (" .. err.text .. ")" or row.text end

--- The room does not let us in.
---@param err couplet.Error
function M.refused(room, err)
    local own, row = private[room], status.refusal(err)
    own.err = err
    if err.condition == "conflict" then
        own.nick = next_nick(own)
        if own.nick then
            M.enter(room)
            return
        end
        own.clashes = nil
    elseif err.condition == "registration-required" and own.options.register and not own.registered then
        own.registered = true
        stop_timers(own)
        own.timer = own.bot:after(0, function() require("couplet.xep.muc_register").then_enter(room) end)
        return
    end
    retry(room, row.state or "failed", text_of(err, row), (own.from_config or own.was_in) and (row.again or own.registered and 300) or nil)
end

local function unlock(room, own)
    own.err = nil
    change(room, "locked", "new: it is being configured")
    own.timer = own.bot:after(0, function()
        local ok, err = require("couplet.xep.muc_config").unlock(room)
        if room.state ~= "locked" then return end
        own.err = err
        if ok then M.entered(room, { unlocked = true }) else change(room, "locked", "its configuration failed: " .. tostring(err)) end
    end)
end

--- The room says that we are in.
---@param codes table<integer, boolean>
function M.entered(room, codes)
    local own = private[room]
    if codes[201] then
        unlock(room, own)
        return
    end
    own.err, own.was_in, own.clashes = nil, true, nil
    change(room, "joined")
    local selfping = require "couplet.xep.muc_selfping"
    if codes[110] or codes.unlocked then selfping.watch(room) else selfping.doubt(room, 2) end
end

local function is_steady(room) return os.time() - room.since >= STEADY end

--- The room says that we are out.
---@param why string a key of status.removed
function M.removed(room, why, text)
    local own, row = private[room], status.removed[why]
    if room.state == "joined" and is_steady(room) then own.attempts = 0 end
    local stays_out = row.human and own.options.rejoin == "lost"
    own.stays_out = stays_out or not row.again or nil
    own.nick, own.clashes = nil, nil -- what was taken may be free when we come back
    own.err = errors.new("not-acceptable", text)
    occupants.clear(room, own)
    room.affiliation, room.role = nil, nil
    retry(room, row.state, text, not stays_out and row.again or nil, row.longest)
end

--- Leaves, and waits for the room to say so, where a handler may wait. It is not entered again.
---@param reason? string
---@return true
function M.leave(room, reason)
    local own = private[room]
    if not own or room.state == "left" then return true end
    local is_sent = (INSIDE[room.state] or own.unanswered) and send_leaving(room, own, reason)
    change(room, "left", reason)
    if not is_sent then
        M.forget(room)
    elseif core.can_wait(own.bot) then
        core.wait(own.bot, "left:" .. room.jid, 10)
        M.forget(room)
    else
        own.timer = own.bot:after(10, function() M.forget(room) end)
    end
    return true
end

--- The bot has no such room any more.
function M.forget(room)
    local own = private[room]
    if own.bot.rooms[room.jid] ~= room then return end
    stop_timers(own)
    own.bot.rooms[room.jid] = nil
    core.room_drop(own.bot, room.jid)
    core.wake(own.bot, "left:" .. room.jid, true)
end

return M

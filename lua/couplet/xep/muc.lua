-- SPDX-License-Identifier: MIT
-- muc: rooms (XEP-0045). Keeps bot.rooms true: enters the rooms of the configuration, sees what rooms say of us and of
-- others, and comes back after a loss. One room's life is muc_room.lua; who is in it muc_occupants.lua.
--
--   session: on_bound, on_resumed, on_offline        hooks of the library: on_presence, on_subject, …
--   bot:join(room, opts), bot:leave(room), bot.rooms
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local occupants = require "couplet.xep.muc_occupants"
local presence = require "couplet.xep.muc_presence"
local rooms = require "couplet.xep.muc_room"
local status = require "couplet.xep.muc_status"

local error, pairs, ipairs, type, tostring, rawget, rawset, os, math = error, pairs, ipairs, type, tostring, rawget, rawset, os, math

local M = {}

local private = rooms.private
local JOIN_MOST = 120 -- seconds that bot:join waits, through clashes of nicks and the configuration of a new room

--- bot.rooms: made when first asked for, with the rooms of the configuration.
---@param bot couplet.Bot
---@return table<string, couplet.Room>
function M.rooms(bot)
    local list = rawget(bot, "rooms")
    if list then return list end
    list = {}
    rawset(bot, "rooms", list)
    local options = core.room_options(bot)
    for _, room in ipairs(options) do
        room.nick = room.nick or options.nick
        list[room.jid] = rooms.new(bot, room.jid, room)
        private[list[room.jid]].from_config = true
    end
    return list
end

-- The session

--- A new session: all rooms, before anything else is said.
function M.on_bound(bot)
    for _, room in pairs(M.rooms(bot)) do
        local own = private[room]
        own.attempts = 0
        if not own.stays_out then rooms.enter(room) end
    end
end

function M.on_offline(bot, why)
    for _, room in pairs(M.rooms(bot)) do
        local own = private[room]
        if room.state == "left" then
            rooms.forget(room)
        elseif not own.stays_out then
            own.err = errors.new("recipient-unavailable", "the connection was lost")
            occupants.clear(room, own)
            rooms.change(room, "joining", "offline: " .. (why or "the connection was lost"))
        end
    end
end

--- The same session after a break: are we still in?
function M.on_resumed(bot)
    for _, room in pairs(M.rooms(bot)) do
        if room.state == "joined" or room.state == "ghost" then
            require("couplet.xep.muc_selfping").doubt(room, math.random() * 2)
        end
    end
end

--- With `bookmarks: true`, when the bot is online.
function M.on_online(bot)
    bot:after(0, function() require("couplet.xep.muc_bookmarks").enter(bot) end)
end

-- What rooms say

-- 110 is the room's word; without it (very old rooms) our nick is ours. Neither counts where the room says whose it is.
local function is_self(room, own, nick, word)
    if not word.codes[110] and nick ~= room.nick then return false end
    return not word.jid or jid.bare(word.jid) == jid.bare(own.bot.jid)
end

local function set_nick(room, own, nick)
    if nick == room.nick then return end
    room.nick = nick
    core.room_put(own.bot, room.jid, nick)
end

local function on_available(room, own, nick, stanza, word)
    local self = is_self(room, own, nick, word)
    if self then set_nick(room, own, nick) end
    occupants.here(room, own, nick, stanza, word, self)
    if not self then return end
    room.affiliation, room.role = word.affiliation, word.role
    if word.codes[100] then room.anonymity = "none" end
    if word.codes[170] then room.logged = true end
    core.wake(own.bot, "nick:" .. room.jid, nick)
    if room.state ~= "joined" and room.state ~= "left" and room.state ~= "locked" then rooms.entered(room, word.codes) end
end

local function reason_text(word, text)
    local by = word.actor and " by " .. word.actor or ""
    return (text or "gone without our asking") .. by .. (word.reason and ": " .. word.reason or "")
end

local function on_removed(room, word)
    if room.state == "left" then
        rooms.forget(room)
    elseif word.destroy then
        private[room].stays_out = true
        room.alternate = word.destroy.jid
        rooms.removed(room, "affiliation", "destroyed" .. (word.destroy.reason and ": " .. word.destroy.reason or ""))
    elseif room.state ~= "joining" then -- or it is the echo of our own tidying up before a second entrance
        local why, text = status.removal(word.codes)
        rooms.removed(room, why, reason_text(word, text))
    end
end

-- Somebody made room for the nick that we wanted all along.
local function take_nick_back(room, own, nick, word)
    if nick ~= own.wanted or room.nick == own.wanted or own.nick == nil or word.codes[303] then return end
    own.nick = nil
    own.bot:after(1 + math.random(), function()
        if not room.joined or not room:change_nick(nick) then own.wanted, own.nick = nick, room.nick end
    end)
end

local function on_unavailable(room, own, nick, word)
    local self = nick == room.nick and is_self(room, own, nick, word)
    occupants.gone(room, own, nick, word)
    if not self then
        take_nick_back(room, own, nick, word)
    elseif word.codes[303] and word.nick then
        set_nick(room, own, word.nick)
    else
        on_removed(room, word)
    end
end

local function on_error(room, own, nick, stanza)
    if nick and nick ~= room.nick and nick ~= own.asked_nick then return end
    local err = errors.from_stanza(stanza)
    if room.state == "joining" then
        rooms.refused(room, err)
    elseif own.asked_nick then
        core.wake(own.bot, "nick:" .. room.jid, err)
    elseif room.state == "joined" then
        require("couplet.xep.muc_selfping").doubt(room, 1)
    end
end

--- A presence from a room of ours, errors included.
---@param event couplet.Event
function M.on_presence(event)
    local room = M.rooms(event.bot)[event.room]
    if not room then return end
    local own, nick = private[room], event.nick
    if event.type == "error" then
        on_error(room, own, nick, event.stanza)
    elseif nick and event.type == "available" then
        on_available(room, own, nick, event.stanza, presence.read(event.stanza))
    elseif nick and event.type == "unavailable" then
        on_unavailable(room, own, nick, presence.read(event.stanza))
    end
end

-- Messages are muc_talk.lua's; only what these events may mean is told apart here.
for _, name in ipairs { "on_subject", "on_notice", "on_message_error" } do
    M[name] = function(event)
        local room = M.rooms(event.bot)[event.room]
        if room then require("couplet.xep.muc_talk")[name](room, event) end
    end
end

-- bot:join and bot:leave

local function check_room(text, level)
    if type(text) ~= "string" then error("bot:join: a room is a string, room@service, not a " .. type(text), level + 1) end
    local node, host, resource = jid.prepped_split(text)
    if not node or resource then
        error(("bot:join: '%s' is no room: a room is room@service, without a nick (say it in { nick = … })"):format(text), level + 1)
    end
    return jid.join(node, host)
end

local OPTIONS = {
    nick = "string", password = "string", history = true, config = "table", nick_conflict = "string", register = "boolean",
    rejoin = "string",
}

local CHOICES = {
    nick_conflict = { suffix = true, fail = true },
    rejoin = { always = true, lost = true, never = true },
}

local function is_count(value) return value == nil or math.type(value) == "integer" and value >= 0 end

local function fault_of(key, value)
    local want = OPTIONS[key]
    if not want then return ("there is no option '%s'"):format(tostring(key)) end
    if want ~= true and type(value) ~= want then return ("%s must be a %s, not a %s"):format(key, want, type(value)) end
    if CHOICES[key] and not CHOICES[key][value] then return ("%s cannot be '%s'"):format(key, value) end
    if key ~= "history" then return nil end
    local history = type(value) == "table" and value or { stanzas = value }
    if is_count(history.stanzas) and is_count(history.seconds) then return nil end
    return "history must be a number of messages, or { stanzas =, seconds = }"
end

local function check_options(room_jid, opts, level)
    for key, value in pairs(opts or {}) do
        local fault = fault_of(key, value)
        if fault then error("bot:join: " .. fault, level + 1) end
    end
    if opts and opts.nick and not jid.prep(room_jid .. "/" .. opts.nick) then
        error(("bot:join: '%s' cannot be a nick"):format(opts.nick), level + 1)
    end
end

local function room_for(bot, room_jid, opts)
    local list = M.rooms(bot)
    local room = list[room_jid]
    if not room or room.state == "left" then
        local options = { nick = core.room_options(bot).nick }
        for key, value in pairs(opts or {}) do
            options[key] = value
        end
        room = rooms.new(bot, room_jid, options)
        list[room_jid] = room
        return room, true
    end
    local own = private[room]
    for key, value in pairs(opts or {}) do
        own.options[key] = value
    end
    own.wanted = rooms.prepared_nick(room_jid, own.options.nick)
    return room, false
end

local function is_under_way(room) return room.state == "joining" or room.state == "locked" and private[room].timer ~= nil end

local function await(room, own, deadline)
    while is_under_way(room) and os.time() < deadline do
        core.wait(own.bot, "room:" .. room.jid, deadline - os.time())
    end
    if room.state == "joined" then return room end
    return nil, own.err or errors.new("remote-server-timeout", "the room did not let the bot in in time")
end

--- Enters a room and waits for the room's answer, where a handler may wait; elsewhere the room is on its way when this
--- returns. A room that refuses is forgotten, unless the configuration names it.
---@param room_jid string
---@param opts? { nick: string?, password: string?, history: integer|table|nil, config: table?, nick_conflict: string?, register: boolean?, rejoin: string? }
---@return couplet.Room|nil room, couplet.Error|nil err
function M.join(bot, room_jid, opts)
    room_jid = check_room(room_jid, 2)
    check_options(room_jid, opts, 2)
    local room, is_new = room_for(bot, room_jid, opts)
    local own = private[room]
    if room.state == "joined" then
        if own.wanted ~= room.nick then return room:change_nick(own.wanted) end
        return room
    end
    if is_new or not is_under_way(room) or not own.timer then
        own.stays_out, own.attempts, own.nick = nil, 0, nil
        local id, err = rooms.enter(room)
        if not id then return nil, errors.new(err.condition, "the bot is not online; it joins when it is") end
    end
    if not core.can_wait(bot) then return room end
    local joined, err = await(room, own, os.time() + JOIN_MOST)
    if not joined and not own.from_config and not own.was_in then rooms.forget(room) end
    return joined, err
end

--- Leaves a room and waits until the room has said so, where a handler may wait.
---@param room_jid string
---@param reason? string
---@return true
function M.leave(bot, room_jid, reason)
    local room = M.rooms(bot)[check_room(room_jid, 2)]
    if room then room:leave(reason) end
    return true
end

return M

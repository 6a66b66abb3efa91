-- SPDX-License-Identifier: MIT
-- muc: rooms (XEP-0045). Keeps bot.rooms true: enters the rooms of the configuration, sees what rooms say of us and of
-- others, and comes back after a loss. One room's life is muc_room.lua; who is in it muc_occupants.lua.
--
--   session: on_bound, on_online, on_resumed, on_offline        hooks of the library: on_presence, on_subject, …
--   bot.rooms; bot:join and bot:leave are muc_join.lua's
-- Implements: XEP-0045 1.35.5
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local occupants = require "couplet.xep.muc_occupants"
local presence = require "couplet.xep.muc_presence"
local rooms = require "couplet.xep.muc_room"
local status = require "couplet.xep.muc_status"

local pairs, ipairs, rawget, rawset, math, require = pairs, ipairs, rawget, rawset, math, require

local M = {}

local private = rooms.private

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
        room.nick, room.show, room.status = room.nick or options.nick, options.show, options.status
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
        own.attempts, own.nick, own.clashes = 0, nil, nil
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
            require("couplet.xep.muc_selfping").doubt(room, math.random() * 2, true)
        end
    end
end

--- With `bookmarks: true`, when the bot is online.
function M.on_online(bot)
    bot:after(0, function() require("couplet.xep.muc_autojoin").enter(bot) end)
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
    if own.asked_nick and nick ~= own.asked_from then core.wake(own.bot, "nick:" .. room.jid, nick) end
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
        if room.joined and not room:change_nick(nick) then own.wanted, own.options.nick, own.nick = nick, nick, room.nick end
    end)
end

local function on_unavailable(room, own, nick, word)
    local self = nick == room.nick and is_self(room, own, nick, word)
    occupants.gone(room, own, nick, word, self)
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

return M

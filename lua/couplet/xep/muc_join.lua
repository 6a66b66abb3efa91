-- SPDX-License-Identifier: MIT
-- muc_join: bot:join(room, options) and bot:leave(room, reason): what they are given is checked here (misuse raises), and
-- they wait for the room where a handler may wait. What becomes of the room is muc_room.lua's.
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local error, pairs, pcall, type, tostring, os, math = error, pairs, pcall, type, tostring, os, math

local M = {}

local private = rooms.private
local JOIN_MOST = 120 -- seconds that bot:join waits, through clashes of nicks and the configuration of a new room

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

local function can_be_written(text)
    local x = st.stanza "x"
    return (pcall(x.text_tag, x, "password", text))
end

local function fault_of(key, value)
    local want = OPTIONS[key]
    if not want then return ("there is no option '%s'"):format(tostring(key)) end
    if want ~= true and type(value) ~= want then return ("%s must be a %s, not a %s"):format(key, want, type(value)) end
    if CHOICES[key] and not CHOICES[key][value] then return ("%s cannot be '%s'"):format(key, value) end
    if key == "password" and not can_be_written(value) then return "no password has such characters: no room could be told it" end
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
    local list = bot.rooms
    local room = list[room_jid]
    if not room or room.state == "left" then
        local all = core.room_options(bot)
        local options = { nick = all.nick, show = all.show, status = all.status }
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
        if opts and opts.nick and own.wanted ~= room.nick then return room:change_nick(own.wanted) end
        return room
    end
    if is_new or not is_under_way(room) or not own.timer then
        own.stays_out, own.attempts, own.nick = nil, 0, nil
        local id, err = rooms.enter(room)
        if not id then return nil, errors.new(err.condition, "the bot is not online; it joins when it is") end
    end
    if not core.can_wait(bot) then return room end
    local joined, err = await(room, own, os.time() + JOIN_MOST)
    if not joined and not own.from_config and not own.was_in then
        -- A room that could not be configured has us in it; one that did not answer may let us in yet.
        if room.count > 0 or own.unanswered then room:leave() else rooms.forget(room) end
    end
    return joined, err
end

--- Leaves a room and waits until the room has said so, where a handler may wait.
---@param room_jid string
---@param reason? string
---@return true
function M.leave(bot, room_jid, reason)
    local room = bot.rooms[check_room(room_jid, 2)]
    if room then room:leave(reason) end
    return true
end

return M

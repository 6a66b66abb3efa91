-- SPDX-License-Identifier: MIT
-- muc_talk: what is said in a room: the methods of a room that send messages, its subject, and the notices that it
-- sends about itself. A subject is one only in a groupchat message without a body (XEP-0045 8.1); a notice only when it
-- comes from the room itself, not from an occupant.
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local presence = require "couplet.xep.muc_presence"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local error, pairs, type = error, pairs, type

local M = {}

local SUBJECT_MOST, NICK_TIMEOUT = 4096, 15

-- Messages from the room

local ANONYMITY = { [172] = "none", [173] = "semi", [174] = "full" }

local CONFIG_CODES = { 104, 170, 171, 172, 173, 174 }

local function is_notice(codes)
    for _, code in pairs(CONFIG_CODES) do
        if codes[code] then return true end
    end
    return false
end

--- The room's word on its configuration (10.2.1): from the room itself.
function M.on_notice(room, event)
    local own, word = rooms.private[room], presence.read(event.stanza)
    local codes = word.codes
    if event.nick or not is_notice(codes) then return end
    for code, anonymity in pairs(ANONYMITY) do
        if codes[code] then room.anonymity = anonymity end
    end
    if codes[170] then room.logged = true end
    if codes[171] then room.logged = nil end
    own.features, own.asked_features = nil, nil -- what it supports may have changed, too
    core.emit(own.bot, "room_changed", { room = room.jid, change = "config", codes = codes })
end

local function has_child(stanza, name) return presence.only(stanza, name, nil) ~= nil end

--- A message with a subject; the first after entering is news to nobody.
function M.on_subject(room, event)
    local own, stanza = rooms.private[room], event.stanza
    if has_child(stanza, "body") or has_child(stanza, "thread") then return end
    local element = presence.only(stanza, "subject", nil)
    if not element then return end
    local text = presence.cut(element:get_text(), SUBJECT_MOST)
    local is_news = own.subject_known and text ~= room.subject
    room.subject, room.subject_by, own.subject_known = text, event.nick, true
    if is_news then
        core.emit(own.bot, "room_changed", { room = room.jid, nick = event.nick, change = "subject", subject = text, own = event.own })
    end
end

--- An error of the room itself, such as that only occupants may speak there: are we one?
function M.on_message_error(room, event)
    if not event.nick and room.joined then require("couplet.xep.muc_selfping").doubt(room, 1) end
end

-- Methods

local function check_text(text, what)
    if type(text) ~= "string" then error(what .. ": a text is expected, not a " .. type(text), 3) end
end

--- To everybody there.
---@param text string
---@return string|nil id, couplet.Error|nil err
function M.say(room, text) return rooms.private[room].bot:say(room.jid, text) end

--- A message of one's own making to everybody there.
---@param message couplet.Stanza|table
---@return string|nil id, couplet.Error|nil err
function M.send(room, message)
    message = st.clone(message)
    message.attr.to, message.attr.type = room.jid, "groupchat"
    return rooms.private[room].bot:send(message)
end

--- To one occupant. The mark tells the archive and other clients that it is one of a room (7.5).
---@param nick string
---@param text string
---@return string|nil id, couplet.Error|nil err
function M.whisper(room, nick, text)
    check_text(text, "room:whisper")
    local message = st.message({ to = room.jid .. "/" .. nick, type = "chat" }, text):tag("x", { xmlns = ns.muc_user }):up()
    return rooms.private[room].bot:send(message)
end

--- "": none.
---@param text string
---@return string|nil id, couplet.Error|nil err
function M.set_subject(room, text)
    check_text(text, "room:set_subject")
    local message = st.message({ to = room.jid, type = "groupchat" }):text_tag("subject", text)
    return rooms.private[room].bot:send(message)
end

--- Another nick for the bot; waits for the room.
---@param nick string
---@return couplet.Room|nil room, couplet.Error|nil err
function M.change_nick(room, nick)
    local own = rooms.private[room]
    local to = jid.prep(room.jid .. "/" .. nick)
    if not to then error(("room:change_nick: '%s' cannot be a nick"):format(nick), 2) end
    if nick == room.nick then return room end
    own.wanted, own.asked_nick, own.asked_from = nick, jid.resource(to), room.nick
    own.options.nick = nick
    local id, err = own.bot:send(st.presence { to = to })
    if not id then return nil, err end
    if not core.can_wait(own.bot) then return room end
    local answer = core.wait(own.bot, "nick:" .. room.jid, NICK_TIMEOUT)
    own.asked_nick = nil
    if answer == nil then return nil, errors.new("remote-server-timeout", "the room does not answer") end
    if type(answer) == "string" then return room end
    own.wanted, own.options.nick = room.nick, room.nick
    return nil, answer
end

--- Asks the moderators of a moderated room for the right to speak (7.13).
---@return string|nil id, couplet.Error|nil err
function M.request_voice(room)
    local form = st.stanza("x", { xmlns = ns.data, type = "submit" })
    form:tag("field", { var = "FORM_TYPE", type = "hidden" }):text_tag("value", ns.muc .. "#request"):up()
    form:tag("field", { var = "muc#role", type = "list-single" }):text_tag("value", "participant"):up()
    return rooms.private[room].bot:send(st.message({ to = room.jid }):add_child(form))
end

--- The occupants whose real bare JID this is, in any order; only rooms that tell it know.
---@param bare string
---@return couplet.Occupant[]
function M.find(room, bare)
    local found = {}
    for _, occupant in pairs(room.occupants) do
        if occupant.jid and jid.bare(occupant.jid) == bare then found[#found + 1] = occupant end
    end
    return found
end

return M

-- SPDX-License-Identifier: MIT
-- muc_invite: invitations to rooms, direct (XEP-0249) and passed on by the room (XEP-0045 7.8.2): sent by room:invite, and
-- received, which `invitations:` of the bot says what to do with: accept, admins, ignore (which is the default, and then
-- this module is not even loaded).
--
-- Who invites is proven in a direct invitation. In one that the room passes on it is what the room says: an admin's word
-- only where the room is on our own server. Bounded: BURST invitations in WINDOW seconds are followed, the rest is told in
-- the log. Each raises `room.invited` with { room, from, reason, direct, proven, accepted }.
-- Implements: XEP-0249 1.2
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local presence = require "couplet.xep.muc_presence"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local error, ipairs, setmetatable, tostring, type = error, ipairs, setmetatable, tostring, type

local M = {}

local BURST, WINDOW, PASSWORD_MOST, REASON_MOST = 5, 600, 1023, 256

local followed = setmetatable({}, { __mode = "k" }) -- bot -> times

local function has_room(bot)
    local now, recent = core.now(), {}
    for _, time in ipairs(followed[bot] or {}) do
        if now - time < WINDOW then recent[#recent + 1] = time end
    end
    followed[bot] = recent
    if #recent >= BURST then return false end
    recent[#recent + 1] = now
    return true
end

local function is_admin(bot, bare)
    local admins = bot.config.admins or {}
    if type(admins) ~= "table" then admins = { admins } end
    for _, admin in ipairs(admins) do
        if jid.prep(admin) == bare then return true end
    end
    return false
end

-- The room is at our server, or at a service of it.
local function is_own_server(bot, room)
    local host, own = jid.host(room), jid.host(bot.jid)
    return host == own or host:sub(-#own - 1) == "." .. own
end

local function is_wanted(bot, invitation)
    local policy = bot.config.invitations
    if policy == "accept" then return true end
    return policy == "admins" and invitation.proven and is_admin(bot, jid.bare(invitation.from)) or false
end

local function short(value, most) return type(value) == "string" and value ~= "" and #value <= most and value or nil end

local function room_jid(text)
    local node, host, resource = jid.prepped_split(text)
    return node and not resource and jid.join(node, host) or nil
end

local function follow(bot, invitation, password)
    invitation.accepted = is_wanted(bot, invitation)
    local known = bot.rooms[invitation.room]
    if known and known.joined then invitation.accepted = false end
    if invitation.accepted and not has_room(bot) then
        invitation.accepted = false
        bot.log:warn("%s invites to %s: too many invitations, this one is not followed", invitation.from, invitation.room)
    end
    core.emit(bot, "room.invited", { data = invitation, from = invitation.from })
    if not invitation.accepted then return end
    bot.log:info("%s invites to %s", invitation.from, invitation.room)
    bot:after(0, function() -- it waits, and what else watches messages must not be held up by that
        local _, err = bot:join(invitation.room, password and { password = password } or nil)
        if err then bot.log:warn("%s: the invitation cannot be followed: %s", invitation.room, err) end
    end)
end

--- A message with <x xmlns='jabber:x:conference'/>: the sender invites.
---@param event couplet.Event
function M.on_direct(event)
    local x = presence.only(event.stanza, "x", ns.conference)
    local room = x and room_jid(x.attr.jid)
    if not room or not event.from or event.room then return end
    follow(event.bot, {
        room = room, from = event.from, direct = true, proven = true, reason = presence.cut(x.attr.reason, REASON_MOST),
    }, short(x.attr.password, PASSWORD_MOST))
end

--- A message with an <invite/> from a room.
---@param event couplet.Event
function M.on_mediated(event)
    local x = presence.only(event.stanza, "x", ns.muc_user)
    local room = event.from and room_jid(event.from)
    local invite = x and room and presence.only(x, "invite", ns.muc_user)
    local from = invite and jid.prep(invite.attr.from)
    if not from then return end
    local password = presence.only(x, "password", ns.muc_user)
    local reason = presence.only(invite, "reason", ns.muc_user)
    follow(event.bot, {
        room = room, from = from, direct = false, proven = is_own_server(event.bot, room),
        reason = reason and presence.cut(reason:get_text(), REASON_MOST),
    }, password and short(password:get_text(), PASSWORD_MOST))
end

local function direct(room, own, to, reason)
    local attr = { xmlns = ns.conference, jid = room.jid, reason = reason, password = own.options.password }
    return own.bot:send(st.message({ to = to }):tag("x", attr):up())
end

local function mediated(room, own, to, reason)
    local message = st.message({ to = room.jid }):tag("x", { xmlns = ns.muc_user }):tag("invite", { to = to })
    if reason then message:text_tag("reason", reason) end
    return own.bot:send(message:up():up())
end

--- room:invite(jid, reason, { mediated = true }): by the room where that is asked for, which a room for members only
--- needs, since it makes the guest a member; else directly. Does not wait.
---@param to string
---@param reason? string
---@param options? { mediated: boolean }
---@return string|nil id, couplet.Error|nil err
function M.invite(room, to, reason, options)
    local prepped = jid.prep(to)
    if not prepped then error(("room:invite: '%s' is no JID"):format(tostring(to)), 2) end
    local send = options and options.mediated and mediated or direct
    return send(room, rooms.private[room], prepped, reason)
end

return M

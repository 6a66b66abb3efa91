-- SPDX-License-Identifier: MIT
-- muc_admin: what moderators, admins and owners do in a room (XEP-0045 8, 9, 10), and taking messages back (XEP-0424) or
-- away (XEP-0425). Methods of a room; all wait for the room's answer: true | nil, err; retract for its archive's.
--
-- A nick is whoever holds it when the room reads it. Roles belong to nicks, affiliations to JIDs: `ban` takes a JID, or the
-- nick of somebody whose JID the room tells.
-- Implements: XEP-0425 0.3.0, XEP-0424 0.4.2 partial (the bot's own messages, in rooms)
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local error, type = error, type

local M = {}

local RETRACT_AMONG = 100 -- messages of the archive, the newest

local ROLES = { moderator = true, participant = true, visitor = true, none = true }
local AFFILIATIONS = { owner = true, admin = true, member = true, outcast = true, none = true }

local function set(room, element) return request.set(rooms.private[room].bot, room.jid, element) end

local function set_item(room, attr, reason)
    local query = st.stanza("query", { xmlns = ns.muc_admin }):tag("item", attr)
    if reason then query:text_tag("reason", reason) end
    return set(room, query:up())
end

local function check(known, value, what)
    if not known[value] then error(("'%s' is no %s"):format(tostring(value), what), 3) end
end

--- moderator, participant, visitor; none: out of the room.
---@param nick string
---@param role string
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.set_role(room, nick, role, reason)
    check(ROLES, role, "role")
    return set_item(room, { nick = nick, role = role }, reason)
end

--- Out of the room, for now.
---@param nick string
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.kick(room, nick, reason) return set_item(room, { nick = nick, role = "none" }, reason) end

--- owner, admin, member, outcast (banned), none. who: a JID, or the nick of somebody whose JID the room tells.
---@param who string
---@param affiliation string
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.set_affiliation(room, who, affiliation, reason)
    check(AFFILIATIONS, affiliation, "affiliation")
    local bare = require("couplet.xep.muc_config").jid_of(room, who)
    if not bare then
        return nil, errors.new("item-not-found", ("the JID of '%s' is not known: this wants a JID"):format(who))
    end
    return set_item(room, { jid = bare, affiliation = affiliation }, reason)
end

---@param who string
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.ban(room, who, reason) return M.set_affiliation(room, who, "outcast", reason) end

---@param who string a JID
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.unban(room, who, reason) return M.set_affiliation(room, who, "none", reason) end

--- Who has this affiliation: a list of { jid, affiliation, nick, reason }.
---@param affiliation string
---@return { jid: string, affiliation: string, nick: string|nil, reason: string|nil }[]|nil list, couplet.Error|nil err
function M.affiliations(room, affiliation)
    check(AFFILIATIONS, affiliation, "affiliation")
    local question = st.stanza("query", { xmlns = ns.muc_admin }):tag("item", { affiliation = affiliation }):up()
    local query, err = request.ask(rooms.private[room].bot, "get", room.jid, question)
    if query == nil then return nil, err end
    local list = {}
    for item in (query or st.stanza "query"):childtags "item" do
        local attr = item.attr
        if attr.jid and attr.affiliation == affiliation then
            list[#list + 1] = { jid = attr.jid, affiliation = attr.affiliation, nick = attr.nick, reason = item:get_child_text "reason" }
        end
    end
    return list
end

--- Ends the room for everybody (10.9); for owners.
---@param reason? string
---@param alternate? string the JID of another room
---@return true|nil ok, couplet.Error|nil err
function M.destroy(room, reason, alternate)
    local query = st.stanza("query", { xmlns = ns.muc_owner }):tag("destroy", { jid = alternate })
    if reason then query:text_tag("reason", reason) end
    return set(room, query:up())
end

-- What the room calls a message of ours (XEP-0424 5.1): its archive knows. Where it has none, our own id is all that there is.
local function given_id(room, id)
    local bot = rooms.private[room].bot
    if not core.can_wait(bot) then return id end
    for message in bot.mam:query { room = room.jid, before = "", max = RETRACT_AMONG } do
        if message.nick == room.nick and message.stanza.attr.id == id then return message.id end
    end
    return id
end

--- Takes a message of ours back, for those who can: the id that room:say gave, or the room's stanza-id of it. Waits for the
--- room's archive, which has the latter, where a handler may wait.
---@param id string
---@return string|nil id, couplet.Error|nil err
function M.retract(room, id)
    if type(id) ~= "string" then error("room:retract: the id of a message is expected", 2) end
    id = given_id(room, id)
    local text = "I took a message back, which your client cannot show."
    local message = st.message({ to = room.jid, type = "groupchat" }, text)
    message:tag("retract", { xmlns = ns.retract, id = id }):up()
    message:tag("fallback", { xmlns = ns.fallback, ["for"] = ns.retract }):up()
    message:tag("store", { xmlns = ns.hints }):up()
    return rooms.private[room].bot:send(message)
end

local function old_moderation(id, reason)
    local apply = st.stanza("apply-to", { xmlns = "urn:xmpp:fasten:0", id = id })
    apply:tag("moderate", { xmlns = "urn:xmpp:message-moderate:0" })
    apply:tag("retract", { xmlns = "urn:xmpp:message-retract:0" }):up()
    if reason then apply:text_tag("reason", reason) end
    return apply:up()
end

local function new_moderation(id, reason)
    local moderate = st.stanza("moderate", { xmlns = ns.moderate, id = id })
    moderate:tag("retract", { xmlns = ns.retract }):up()
    if reason then moderate:text_tag("reason", reason) end
    return moderate
end

--- Takes somebody's message away (XEP-0425, in the version that the room has); for moderators. id: what the room gave
--- the message (stanza-id), see M.stanza_id.
---@param id string
---@param reason? string
---@return true|nil ok, couplet.Error|nil err
function M.moderate(room, id, reason)
    local info, err = room:info()
    if not info then return nil, err end
    local payload
    if info.features[ns.moderate] then
        payload = new_moderation(id, reason)
    elseif info.features["urn:xmpp:message-moderate:0"] then
        payload = old_moderation(id, reason)
    else
        return nil, errors.new("feature-not-implemented", "this room has no moderation of messages (XEP-0425)")
    end
    return set(room, payload)
end

return M

-- SPDX-License-Identifier: MIT
-- muc_config: the configuration of a room, by its owner (XEP-0045 10.1, 10.2), and what a room tells of itself (6.4).
--
--   room:configure { persistent = true, members_only = true, max_users = 50 }
--
-- Options have the names below, or their full ones ("muc#roomconfig_lang", "myservice#option"). What the room does not
-- offer is an error that says what it does offer; what is not named stays as it is. A new room is locked until this is
-- done: `unlock` submits what the `config:` of the room says, or accepts the room as it is.
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local occupants = require "couplet.xep.muc_occupants"
local request = require "couplet.xep.request"
local rooms = require "couplet.xep.muc_room"
local st = require "couplet.stanza"

local error, ipairs, next, pairs, require, table, type = error, ipairs, next, pairs, require, table, type

local M = {}

local FORM = "http://jabber.org/protocol/muc#roomconfig"
local PREFIX = "muc#roomconfig_"

-- Names for people; others get the prefix.
local NAMES = {
    name = "roomname", description = "roomdesc", persistent = "persistentroom", public = "publicroom",
    moderated = "moderatedroom", members_only = "membersonly", max_users = "maxusers", logged = "enablelogging",
    change_subject = "changesubject", allow_invites = "allowinvites", allow_pm = "allowpm",
    password_protected = "passwordprotectedroom", password = "roomsecret", admins = "roomadmins", owners = "roomowners",
    language = "lang", member_list = "getmemberlist", presence_broadcast = "presencebroadcast",
}
local SHORT = {}
for short, name in pairs(NAMES) do SHORT[PREFIX .. name] = short end

local function full_name(name)
    if name:find("[#:}]") then return name end
    return PREFIX .. (NAMES[name] or name)
end

local function short_name(var) return SHORT[var] or var:match("^" .. PREFIX .. "(.+)$") or var end

local function ask(room, xmlns)
    return request.ask(rooms.private[room].bot, "get", room.jid, st.stanza("query", { xmlns = xmlns }))
end

local function offered(room)
    local query, err = ask(room, ns.muc_owner)
    if query == nil then return nil, err end
    local form = query and require("couplet.form").read(query)
    if not form then return nil, errors.new("undefined-condition", "the room sent no form") end
    local fields = {}
    for _, field in ipairs(form.fields) do
        if field.var and field.var ~= "FORM_TYPE" and field.type ~= "fixed" then fields[field.var] = field end
    end
    return fields
end

--- The configuration as it is, by the names above. Waits; for owners.
---@return table<string, string|number|boolean|string[]>|nil options, couplet.Error|nil err
function M.configuration(room)
    local fields, err = offered(room)
    if not fields then return nil, err end
    local options = {}
    for var, field in pairs(fields) do options[short_name(var)] = field.value end
    return options
end

local function unknown(name, fields)
    local known = {}
    for var in pairs(fields) do known[#known + 1] = short_name(var) end
    table.sort(known)
    return errors.new("item-not-found", ("the room has no option '%s'; it has: %s"):format(name, table.concat(known, ", ")))
end

local function submit(room, options)
    local x = require("couplet.form").new { type = "submit", form_type = next(options) and FORM or nil, values = options }
    return request.set(rooms.private[room].bot, room.jid, st.stanza("query", { xmlns = ns.muc_owner }):add_child(x))
end

-- may_lack: a name that need not be there.
local function checked(room, options, may_lack)
    local fields, err = offered(room)
    if not fields then return nil, err end
    local list = {}
    for name, value in pairs(options) do
        local var = full_name(name)
        if fields[var] then
            list[var] = value
        elseif name ~= may_lack then
            return nil, unknown(name, fields)
        end
    end
    return list
end

--- Changes options. Waits; for owners.
---@param options table<string, string|number|boolean|string[]>
---@return true|nil ok, couplet.Error|nil err
function M.configure(room, options)
    if type(options) ~= "table" then error("room:configure: a table of options is expected", 2) end
    local list, err = checked(room, options)
    if not list then return nil, err end
    return submit(room, list)
end

--- Opens a new room (10.1): as the configuration says, with its password if it has one; else as the service makes them. There are
--- services where a room with a password is protected by that alone, and no option says so.
---@return true|nil ok, couplet.Error|nil err
function M.unlock(room)
    local wanted, options = rooms.private[room].options, {}
    for name, value in pairs(wanted.config or {}) do options[name] = value end
    local may_lack
    if wanted.password and options.password == nil then
        may_lack = options.password_protected == nil and "password_protected" or nil
        options.password_protected, options.password = true, wanted.password
    end
    if not next(options) then return submit(room, {}) end
    local list, err = checked(room, options, may_lack)
    if not list then return nil, err end
    return submit(room, list)
end

local function about(room)
    local query, err = ask(room, ns.disco_info)
    if not query then return nil, err or errors.new("undefined-condition", "the answer is empty") end
    local identity, info = query:get_child "identity", { features = {} }
    info.name = identity and identity.attr.name
    for feature in query:childtags "feature" do
        if feature.attr.var then info.features[feature.attr.var] = true end
    end
    return info, query
end

--- What the room tells of itself: { name, features = { [var] = true }, description, subject, occupants, … }. Waits.
---@return table|nil info, couplet.Error|nil err
function M.info(room)
    local info, query = about(room)
    if not info then return nil, query end
    local form = require("couplet.form").read(query)
    for var, value in pairs(form and form.values or {}) do
        local name = var:match "^muc#roominfo_(.+)$"
        if name then info[name] = value end
    end
    return info
end

--- Which extensions the room sets itself: asked once after entering, when somebody there claims to use one.
function M.ask_features(room)
    local own = rooms.private[room]
    if own.asked_features then return end
    own.asked_features = true
    own.bot:after(0, function()
        local info, err = about(room) -- without the form: most bots need none
        if not own.asked_features or room.state == "left" then return end
        if not info and err.type == "wait" then -- no answer is no "no": asked again when the next one claims it
            own.asked_features = nil
            return
        end
        local features = info and info.features or {}
        occupants.settle(room, own, { occupant_id = features[ns.occupant_id] or false, hats = features[ns.hats] or false })
    end)
end

--- Those whom a JID stands for in a method of a room: an occupant's nick, or a JID.
---@param who string
---@return string|nil bare
function M.jid_of(room, who)
    local occupant = room.occupants[who]
    if occupant then return occupant.jid and jid.bare(occupant.jid) end
    if not who:find("[@.]") then return nil end
    return jid.prep(jid.bare(who))
end

return M

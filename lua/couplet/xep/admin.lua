-- SPDX-License-Identifier: MIT
-- admin: bot.admin: service administration (XEP-0133): its commands by their names, with "_" for "-". The bot's account must be
-- an administrator of the service. Everything waits.
--
--   bot.admin:add_user("romeo@example.org", "secret")         true | nil, err
--   bot.admin:get_online_users_list()                         a list | nil, err
--   bot.admin:user_stats "romeo@example.org"                  { onlineresources =, … } | nil, err
--   bot.admin:at("conference.example.org"):announce "…"       another service than the bot's own
--   bot.admin:commands()                                      { add_user = true, … }: what the service has
--
-- Arguments are the fields of XEP-0133 in the order below; a table in their place names fields itself. What the service
-- has beyond that is a method too. Passwords go to the server only, and are not logged.
-- Implements: XEP-0133 1.3.1
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local error, ipairs, pairs, select, setmetatable, type = error, ipairs, pairs, select, setmetatable, type
local next, rawget = next, rawget

local M = {}

local PREFIX = ns.admin .. "#"
local USERS, USER = { "accountjids" }, { "accountjid" }

-- name -> the fields that its arguments are (XEP-0133 4)
local FIELDS = {
    add_user = { "accountjid", "password", "email", "given_name", "surname" },
    delete_user = USERS, disable_user = USERS, reenable_user = USERS, end_user_session = USERS,
    change_user_password = { "accountjid", "password" },
    get_user_roster = USERS, get_user_lastlogin = USERS, user_stats = USER,
    edit_blacklist = { "blacklistjids" }, edit_whitelist = { "whitelistjids" }, edit_admin = { "adminjids" },
    get_registered_users_num = {}, get_disabled_users_num = {}, get_online_users_num = {}, get_active_users_num = {},
    get_idle_users_num = {},
    get_registered_users_list = { "max_items" }, get_disabled_users_list = { "max_items" }, get_online_users_list = { "max_items" },
    get_active_users = { "max_items" }, get_idle_users = { "max_items" },
    announce = { "announcement" }, set_motd = { "motd" }, edit_motd = { "motd" }, delete_motd = {},
    set_welcome = { "welcome" }, delete_welcome = {},
    restart = { "delay", "announcement" }, shutdown = { "delay", "announcement" },
}

-- What the answer is, where it is one field: XEP-0133 names it so. A count is a number.
local RESULT = {
    get_registered_users_list = "registereduserjids", get_disabled_users_list = "disableduserjids",
    get_online_users_list = "onlineuserjids", get_active_users = "activeuserjids", get_idle_users = "activeuserjids",
    get_registered_users_num = "registeredusersnum", get_disabled_users_num = "disabledusersnum",
    get_online_users_num = "onlineusersnum", get_active_users_num = "activeusersnum", get_idle_users_num = "idleusersnum",
}

local function values_of(name, count, ...)
    local first = ...
    if count == 1 and type(first) == "table" and first[1] == nil and next(first) ~= nil then return first end
    local fields, values = FIELDS[name] or {}, {}
    if count > #fields then error(("bot.admin:%s takes %d arguments"):format(name, #fields), 4) end
    for i = 1, count do values[fields[i]] = (select(i, ...)) end
    return values
end

-- What the form of this service lacks of what XEP-0133 has, and what is said twice there.
local function fit(values, asked)
    local fitted = {}
    for name, value in pairs(values) do fitted[name] = value end
    if not asked then return fitted end
    if fitted.password and asked:field "password-verify" then fitted["password-verify"] = fitted.password end
    local subject, body = asked:field "subject", asked:field "body" -- announcements of some services
    if subject and body and fitted.announcement and not asked:field "announcement" then
        fitted.subject, fitted.body, fitted.announcement = fitted.subject or "Announcement", fitted.announcement, nil
    end
    for _, field in ipairs(asked.fields) do
        if field.required and field.var and field.type == "list-single" and field.texts[1] == nil and not fitted[field.var] and field.options then
            local last = field.options[#field.options].value -- "max_items" is asked for: all of them
            if field.var == "max_items" then fitted.max_items = last end
        end
    end
    return fitted
end

local function result_of(name, session)
    local fault = session:text "error"
    if fault then return nil, errors.new("undefined-condition", fault) end
    local form, var = session.form, RESULT[name]
    if not form then return true end
    if not var then return next(form.values) ~= nil and form.values or form.items or true end
    local field = form:field(var)
    if not field then return nil, errors.new("undefined-condition", "the answer has no field '" .. var .. "'") end
    if var:find "num$" then return tonumber(field.texts[1]) end
    local list = {}
    for _, text in ipairs(field.texts) do -- one a value, or one a line
        for line in text:gmatch "[^\r\n]+" do list[#list + 1] = line end
    end
    return list
end

local function run(admin, name, values)
    local bot = rawget(admin, "bot")
    local session, err = bot.adhoc:run(admin:service(), PREFIX .. name:gsub("_", "-"))
    if not session then return nil, err end
    if session.status == "executing" then
        local ok
        ok, err = session:execute(fit(values, session.form))
        if not ok or session.status == "executing" then
            session:cancel()
            return nil, err or errors.new("undefined-condition", "the command has more stages than XEP-0133 says")
        end
    end
    return result_of(name, session)
end

---@class couplet.Admin
local methods = {}

function methods.service(admin) return rawget(admin, "jid") or jid.host(rawget(admin, "bot").jid) end

--- The same at another service.
---@param service string
---@return couplet.Admin
function methods.at(admin, service) return M.attach(rawget(admin, "bot"), service) end

--- Which of them the service has, for us.
---@return table<string, boolean>|nil names, couplet.Error|nil err
function methods.commands(admin)
    local list, err = rawget(admin, "bot").adhoc:commands(admin:service())
    if not list then return nil, err end
    local names = {}
    for _, command in ipairs(list) do
        if command.node:sub(1, #PREFIX) == PREFIX then names[command.node:sub(#PREFIX + 1):gsub("-", "_")] = true end
    end
    return names
end

local admin_mt = { __name = "couplet.admin" }

function admin_mt.__index(_, name)
    if methods[name] then return methods[name] end
    if type(name) ~= "string" or not name:find "^[%l_]+$" then return nil end
    return function(admin, ...)
        if getmetatable(admin) ~= admin_mt then error("bot.admin:" .. name .. "(…) is written with a colon", 2) end
        return run(admin, name, values_of(name, select("#", ...), ...))
    end
end

--- bot.admin
---@param bot couplet.Bot
---@param service? string default: the bot's own server
---@return couplet.Admin
function M.attach(bot, service) return setmetatable({ bot = bot, jid = service }, admin_mt) end

return M

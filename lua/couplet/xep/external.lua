-- SPDX-License-Identifier: MIT
-- external (XEP-0215): services outside of XMPP that the server knows of, as STUN and TURN, with what it takes to use them. Waits.
--
--   local services, err = bot:external_services("turn")      -- { { host =, port =, type =, transport =, username =, … }, … }
--   local service, err = bot:external_credentials(services[1])
--
-- Passwords are in what is returned, nowhere else. Pushes of changes are not followed: ask when it is needed.
-- Implements: XEP-0215 1.0.0
local datetime = require "couplet.datetime"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, math, tonumber, tostring, type = error, math, tonumber, tostring, type

local M = {}

---@class couplet.ExternalService
---@field host string
---@field type string
---@field port integer|nil
---@field transport string|nil
---@field name string|nil
---@field username string|nil
---@field password string|nil
---@field restricted boolean it wants credentials
---@field expires number|nil when they end, in seconds since 1970

local function port_of(text)
    local port = text and text:find "^%d%d?%d?%d?%d?$" and math.tointeger(tonumber(text))
    return port and port > 0 and port < 65536 and port or nil
end

local function read(element)
    local attr = element.attr
    if not attr.host or attr.host == "" or not attr.type then return nil end
    return {
        host = attr.host, type = attr.type, port = port_of(attr.port), transport = attr.transport, name = attr.name,
        username = attr.username, password = attr.password, expires = datetime.parse(attr.expires),
        restricted = attr.restricted == "true" or attr.restricted == "1",
    }
end

local function list_of(holder)
    local list = {}
    for element in (holder or st.stanza "none"):childtags "service" do list[#list + 1] = read(element) end
    return list
end

--- Those of a type, or all.
---@param bot couplet.Bot
---@param kind? string stun, turn, …
---@param from? string who is asked; default: the bot's server
---@return couplet.ExternalService[]|nil list, couplet.Error|nil err
function M.external_services(bot, kind, from)
    local question = st.stanza("services", { xmlns = ns.external_services, type = kind })
    local services, err = request.ask(bot, "get", from or jid.host(bot.jid), question)
    if services == nil then return nil, err end
    return list_of(services)
end

--- The same service with user name and password, for one that is restricted.
---@param bot couplet.Bot
---@param service couplet.ExternalService
---@param from? string
---@return couplet.ExternalService|nil service, couplet.Error|nil err
function M.external_credentials(bot, service, from)
    if type(service) ~= "table" or type(service.host) ~= "string" or type(service.type) ~= "string" then
        error("bot:external_credentials: a service with host and type is expected", 2)
    end
    local question = st.stanza("credentials", { xmlns = ns.external_services })
    question:tag("service", { host = service.host, type = service.type, port = service.port and tostring(service.port) }):up()
    local credentials, err = request.ask(bot, "get", from or jid.host(bot.jid), question)
    if credentials == nil then return nil, err end
    local found = list_of(credentials)[1]
    if not found or found.host ~= service.host or found.type ~= service.type then
        return nil, errors.new("undefined-condition", "the answer is of another service")
    end
    return found
end

return M

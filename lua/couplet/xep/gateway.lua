-- SPDX-License-Identifier: MIT
-- gateway: bot.gateway: using gateways to other networks (XEP-0100 6.3, jabber:iq:gateway), and signing up with a service, a gateway or
-- any other (XEP-0077). All waits.
--
--   local address, err = bot.gateway:address("irc.example.org", "somebody")      -- the JID that stands for that name
--   local f, err = bot.gateway:registration "irc.example.org"                    -- f.fields, f.registered
--   local ok, err = bot.gateway:register("irc.example.org", { username = …, password = … })
--   local ok, err = bot.gateway:unregister "irc.example.org"
-- Implements: XEP-0077 2.4, XEP-0100 1.0 partial (as the client of a gateway)
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local legacy = require "couplet.xep.legacy_form"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, setmetatable, type = error, setmetatable, type

local M = {}

---@class couplet.Gateway
local methods = {}
methods.__index = methods

local function ask(gateway, kind, service, query)
    if type(service) ~= "string" then error("bot.gateway: the JID of a service is expected", 3) end
    local answer, err = request.ask(gateway.bot, kind, service, query)
    if answer == false then return st.stanza("query", { xmlns = query.attr.xmlns }) end
    return answer, err
end

--- What the gateway wants to know to make an address.
---@param service string
---@return { prompt: string|nil, desc: string|nil }|nil question, couplet.Error|nil err
function methods:prompt(service)
    local query, err = ask(self, "get", service, st.stanza("query", { xmlns = ns.gateway }))
    if not query then return nil, err end
    return { prompt = query:get_child_text "prompt", desc = query:get_child_text "desc" }
end

--- The JID of somebody on the other network.
---@param service string
---@param name string as it is there
---@return string|nil address, couplet.Error|nil err
function methods:address(service, name)
    if type(name) ~= "string" then error("bot.gateway:address: a name is expected", 2) end
    local query, err = ask(self, "set", service, st.stanza("query", { xmlns = ns.gateway }):text_tag("prompt", name))
    if not query then return nil, err end
    -- Some gateways answer with <prompt/>, as an older text of the protocol had it.
    local address = jid.prep(query:get_child_text "jid" or query:get_child_text "prompt")
    if not address or jid.host(address) ~= jid.host(service) then
        return nil, errors.new("undefined-condition", "the gateway gave no address of its own")
    end
    return address
end

--- What the service wants of those who sign up; f.registered: the bot is already.
---@param service string
---@return couplet.Form|nil f, boolean|couplet.Error is_legacy_or_err
function methods:registration(service)
    local query, err = ask(self, "get", service, st.stanza("query", { xmlns = ns.register }))
    if not query then return nil, err end
    local f, is_legacy = legacy.read(query)
    f.registered = query:get_child "registered" ~= nil
    return f, is_legacy
end

---@param service string
---@param values? table<string, any>
---@return true|nil ok, couplet.Error|nil err
function methods:register(service, values)
    local f, is_legacy = self:registration(service)
    if not f then return nil, is_legacy end
    local query, err = legacy.submit(f, is_legacy, ns.register, values)
    if not query then return nil, err end
    return request.set(self.bot, service, query)
end

---@param service string never the bot's own server: that would end its account
---@return true|nil ok, couplet.Error|nil err
function methods:unregister(service)
    if type(service) ~= "string" or jid.prep(service) == jid.host(self.bot.jid) or jid.prep(service) == jid.bare(self.bot.jid) then
        error("bot.gateway:unregister: the JID of a service other than the bot's server is expected", 2)
    end
    return request.set(self.bot, service, st.stanza("query", { xmlns = ns.register }):tag("remove"):up())
end

---@param bot couplet.Bot
---@return couplet.Gateway
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M

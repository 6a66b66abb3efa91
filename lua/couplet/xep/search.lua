-- SPDX-License-Identifier: MIT
-- search: bot.search: people and things in a directory (XEP-0055). All waits.
--
--   local f, err = bot.search:form "vjud.example.org"                  -- f.fields: what can be searched for
--   local found, err = bot.search:find("vjud.example.org", { last = "Montague" })     -- { { jid =, first =, … }, … }
--
-- What the names of the fields are says the service, in the form and in what is found.
-- Implements: XEP-0055 1.3
local errors = require "couplet.errors"
local legacy = require "couplet.xep.legacy_form"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, setmetatable, type = error, setmetatable, type

local M = {}

---@class couplet.Search
local methods = {}
methods.__index = methods

local function ask(search, kind, service, query)
    if type(service) ~= "string" then error("bot.search: the JID of a service is expected", 3) end
    local answer, err = request.ask(search.bot, kind, service, query)
    if answer == false then return nil, errors.new("undefined-condition", "the answer is empty") end
    return answer, err
end

--- What can be searched for.
---@param service string
---@return couplet.Form|nil f, boolean|couplet.Error is_legacy_or_err
function methods:form(service)
    local query, err = ask(self, "get", service, st.stanza("query", { xmlns = ns.search }))
    if not query then return nil, err end
    return legacy.read(query)
end

--- Those whom the values fit; a list.
---@param service string
---@param values table<string, any>
---@return table<string, any>[]|nil found, couplet.Error|nil err
function methods:find(service, values)
    local f, is_legacy = self:form(service)
    if not f then return nil, is_legacy end
    local query, err = legacy.submit(f, is_legacy, ns.search, values)
    if not query then return nil, err end
    query, err = ask(self, "set", service, query)
    if not query then return nil, err end
    return legacy.items(query)
end

---@param bot couplet.Bot
---@return couplet.Search
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M

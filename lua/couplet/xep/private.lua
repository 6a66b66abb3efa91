-- SPDX-License-Identifier: MIT
-- private: bot.private: XML that the server keeps for the account, by the name and namespace of its element (XEP-0049). Waits.
--
--   local ok, err = bot.private:set { name = "notes", attr = { xmlns = "urn:example:notes" }, "hello" }
--   local element, err = bot.private:get("notes", "urn:example:notes")      -- empty where there is none
--
-- Newer servers keep such things as well with bot.pubsub:publish_private.
-- Implements: XEP-0049 1.2
local errors = require "couplet.errors"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, setmetatable, type = error, setmetatable, type

local M = {}

---@class couplet.Private
local methods = {}
methods.__index = methods

-- The server decides whose it is: to the bot's own account, without `to`.
local function query_of(element) return st.stanza("query", { xmlns = ns.private }):add_child(element) end

---@param name string
---@param xmlns string
---@return couplet.Stanza|nil element, couplet.Error|nil err
function methods:get(name, xmlns)
    if type(name) ~= "string" or type(xmlns) ~= "string" then error("bot.private:get: a name and a namespace are expected", 2) end
    local query, err = request.ask(self.bot, "get", nil, query_of(st.stanza(name, { xmlns = xmlns })))
    if query == nil then return nil, err end
    local element = query and query:get_child(name, xmlns)
    if not element then return nil, errors.new("undefined-condition", "the server answered with something else") end
    return element
end

---@param element couplet.Stanza|table with a namespace of its own
---@return true|nil ok, couplet.Error|nil err
function methods:set(element)
    if type(element) ~= "table" or not (element.attr and element.attr.xmlns) then
        error("bot.private:set: an element with a namespace is expected", 2)
    end
    return request.set(self.bot, nil, query_of(element))
end

---@param bot couplet.Bot
---@return couplet.Private
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M

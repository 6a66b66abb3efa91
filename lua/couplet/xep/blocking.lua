-- SPDX-License-Identifier: MIT
-- blocking: bot.blocking: whom the server keeps away from the bot (XEP-0191). All but is_blocked waits.
--
--   local ok, err = bot.blocking:block("mallory@example.com", "spam.example")       bot.blocking:unblock(…)
--   local list, err = bot.blocking:list()            -- sorted JIDs
--   bot.blocking:is_blocked(jid)                     -- by the list as it is known: nil until it was asked for
--
-- Changes by other clients of the account come as pushes; they keep the list true and raise `blocking.changed` (event.blocked,
-- event.unblocked: lists; event.all: everybody was unblocked). A push from anybody but the account's own server is refused.
-- Implements: XEP-0191 1.3
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, ipairs, rawget, setmetatable, table, tostring = error, ipairs, rawget, setmetatable, table, tostring

local M = {}

local MOST = 50000

---@class couplet.Blocking
local methods = {}
methods.__index = methods

local function items_of(element)
    local list = {}
    for item in element:childtags "item" do
        local address = jid.prep(item.attr.jid)
        if address and #list < MOST then list[#list + 1] = address end
    end
    return list
end

local function prepared(verb, ...)
    local list = { ... }
    for i, address in ipairs(list) do
        list[i] = type(address) == "string" and jid.prep(address)
            or error(("bot.blocking:%s: '%s' is no JID"):format(verb, tostring(address)), 3)
    end
    if #list == 0 then error(("bot.blocking:%s: at least one JID is expected"):format(verb), 3) end
    return list
end

local function change(set, list, value)
    for _, address in ipairs(set and list or {}) do set[address] = value end
end

local function set(blocking, name, list)
    local element = st.stanza(name, { xmlns = ns.blocking })
    for _, address in ipairs(list or {}) do element:tag("item", { jid = address }):up() end
    return request.set(blocking.bot, nil, element)
end

-- In a new session other clients may have changed it meanwhile, and pushes come to those alone who asked for it in this one (3.2).
local function follow(blocking)
    blocking.hook = blocking.hook or blocking.bot:hook {
        event = "online",
        call = function()
            local list, err = blocking:list()
            if list then return end
            blocking.set = nil
            blocking.bot.log:warn("the block list cannot be read: %s", err)
        end,
    }
end

---@return string[]|nil list, couplet.Error|nil err
function methods:list()
    local element, err = request.ask(self.bot, "get", nil, st.stanza("blocklist", { xmlns = ns.blocking }))
    if element == nil then return nil, err end
    if not element then return nil, errors.new("undefined-condition", "the answer is no list") end
    local list = items_of(element)
    table.sort(list)
    self.set = {}
    change(self.set, list, true)
    follow(self)
    return list
end

---@param ... string bare JIDs, domains, full JIDs
---@return true|nil ok, couplet.Error|nil err
function methods:block(...)
    local list = prepared("block", ...)
    local ok, err = set(self, "block", list)
    if not ok then return nil, err end
    change(self.set, list, true)
    return true
end

---@param ... string
---@return true|nil ok, couplet.Error|nil err
function methods:unblock(...)
    local list = prepared("unblock", ...)
    local ok, err = set(self, "unblock", list)
    if not ok then return nil, err end
    change(self.set, list, nil)
    return true
end

---@return true|nil ok, couplet.Error|nil err
function methods:unblock_all()
    local ok, err = set(self, "unblock")
    if not ok then return nil, err end
    self.set = self.set and {}
    return true
end

--- Is that address blocked, by itself, its bare JID, or its domain (XEP-0191 3.6)? nil: the list was never asked for.
---@param address string
---@return boolean|nil
function methods:is_blocked(address)
    if not self.set then return nil end
    local full = jid.prep(address)
    if not full then return false end
    local _, host, resource = jid.split(full)
    return (self.set[full] or self.set[jid.bare(full)] or self.set[host] or resource and self.set[host .. "/" .. resource]) and true or false
end

--- The answer to a push.
function M.on_push(event)
    local bot = event.bot
    if event.from ~= nil and event.from ~= jid.bare(bot.jid) then return nil, errors.new "forbidden" end
    local block, unblock = event.stanza:get_child("block", ns.blocking), event.stanza:get_child("unblock", ns.blocking)
    local element = block or unblock
    if not element then return nil, errors.new "bad-request" end
    local list, blocking = items_of(element), rawget(bot, "blocking")
    local all = not block and #element.tags == 0
    if blocking and blocking.set then
        if all then blocking.set = {} end
        change(blocking.set, list, block and true or nil)
    end
    core.emit(bot, "blocking.changed", {
        blocked = block and list or {}, unblocked = block and {} or list, all = all or nil, from = jid.bare(bot.jid),
    })
    return true
end

---@param bot couplet.Bot
---@return couplet.Blocking
function M.attach(bot) return setmetatable({ bot = bot }, methods) end

return M

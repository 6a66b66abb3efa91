-- SPDX-License-Identifier: MIT
-- gate: who may, and how often: `allow:` and `rate:` of hooks, `admins` and `roles` of bots.
--
--   bind(bot, fn, { allow =, rate = })   the function behind the gate
--   may(bot, rules, event)               is whoever caused the event one of them?
--   limiter(rate):take(event)            "ok"; "tell" for the first that is too much, "ignore" for the rest
--
-- A JID counts only where it is proven (event.who): one to one, or where a room tells it. Affiliation and role are a
-- room's word, and only rooms that the configuration names, or the rule itself, are believed: anybody can be the owner
-- of a room of their own. What is not known is no right: no admins, an unknown role, an unreadable glob mean nobody.
local errors = require "couplet.errors"
local people = require "couplet.core.people"

local ipairs, math, next, pairs, require, setmetatable = ipairs, math, next, pairs, require, setmetatable
local tonumber, tostring, type = tonumber, tostring, type

local M = {}

local AFFILIATIONS = { owner = 4, admin = 3, member = 2, none = 1 } -- XEP-0045 5.2; outcasts are not there
local ROLES = { moderator = 3, participant = 2, visitor = 1 } -- XEP-0045 5.1
local MOST_KEYS = 1000

---@alias couplet.Rule string | { affiliation: string?, role: string?, room: string?, group: string? }

local function list_of(value)
    if value == nil then return {} end
    if type(value) ~= "table" or value.affiliation or value.role or value.group then return { value } end
    return value
end

-- Who

local function matches(glob, address)
    local prepared = people.prepare(glob)
    return prepared ~= nil and address ~= nil and people.matches(prepared, address)
end

-- Is the room one that the author of the configuration chose?
local function is_trusted(bot, room, rule)
    if rule.room then return matches(rule.room, room) end
    for _, known in ipairs(bot.config.rooms or {}) do
        local address = type(known) == "table" and known.jid or known
        if type(address) == "string" and require("couplet.jid").prep(address) == room then return true end
    end
    return false
end

local function at_least(ranks, have, want)
    local least = ranks[want]
    return least ~= nil and (ranks[have] or 0) >= least
end

local function in_group(bot, who, group)
    local contact = who.proven and bot.roster[who.jid]
    for _, name in ipairs(contact and contact.groups or {}) do
        if name == group then return true end
    end
    return false
end

local function meets(bot, rule, event, who)
    if not (rule.affiliation or rule.role or rule.group) then return false end
    if rule.group and not in_group(bot, who, rule.group) then return false end
    if not (rule.affiliation or rule.role) then return rule.room == nil or matches(rule.room, event.room) end
    if not event.room or not who.affiliation or not is_trusted(bot, event.room, rule) then return false end
    if rule.affiliation and not at_least(AFFILIATIONS, who.affiliation, rule.affiliation) then return false end
    return rule.role == nil or at_least(ROLES, who.role, rule.role)
end

local function is_one(bot, rule, event, who, deep)
    if type(rule) == "table" then return meets(bot, rule, event, who) end
    if type(rule) ~= "string" then return false end
    if rule:find("@", 1, true) then return who.proven and matches(rule, who.full or who.jid) end
    if deep then return false end
    local members = rule == "admins" and bot.config.admins or (bot.config.roles or {})[rule]
    for _, member in ipairs(list_of(members)) do
        if is_one(bot, member, event, who, true) then return true end
    end
    return false
end

--- No rules at all: anybody.
---@param bot couplet.Bot
---@param rules couplet.Rule | couplet.Rule[] | nil
---@param event couplet.Event
---@return boolean
function M.may(bot, rules, event)
    if rules == nil then return true end
    local who = event.who
    if not who then return false end
    for _, rule in ipairs(list_of(rules)) do
        if is_one(bot, rule, event, who, false) then return true end
    end
    return false
end

-- How often

local UNITS = { [""] = 1, ms = 0.001, s = 1, m = 60, h = 3600, d = 86400 }

--- "5/10s" -> 5, 10; nil: it is no rate.
---@param text any
---@return integer|nil count, number|nil seconds
function M.parse_rate(text)
    local count, number, unit = tostring(text):match "^(%d+)/([%d.]+)(%a*)$"
    number = tonumber(number)
    if not number or not UNITS[unit] or tonumber(count) < 1 or number <= 0 then return nil end
    return tonumber(count), number * UNITS[unit]
end

---@class couplet.Bucket
local bucket_mt = {}
bucket_mt.__index = bucket_mt

local function new_bucket(text)
    local count, seconds = M.parse_rate(text)
    if not count then return nil end
    return setmetatable({ count = count, seconds = seconds, keys = {}, used = 0 }, bucket_mt)
end

-- What is full again is forgotten; when all are in use nobody is remembered, rather than everybody.
local function make_place(bucket, now)
    for key, state in pairs(bucket.keys) do
        if now - state.at >= bucket.seconds then
            bucket.keys[key] = nil
            bucket.used = bucket.used - 1
        end
    end
    if bucket.used >= MOST_KEYS then bucket.keys, bucket.used = {}, 0 end
end

local function state_of(bucket, key, now)
    local state = bucket.keys[key]
    if not state then
        if bucket.used >= MOST_KEYS then make_place(bucket, now) end
        state = { left = bucket.count, at = now, told = false }
        bucket.keys[key] = state
        bucket.used = bucket.used + 1
    end
    local passed = math.max(0, now - state.at) -- a clock may be set back
    state.left = math.min(bucket.count, state.left + passed * bucket.count / bucket.seconds)
    state.at = now
    return state
end

function bucket_mt:take(key, now)
    local state = state_of(self, key, now)
    if state.left >= 1 then
        state.left = state.left - 1
        state.told = false
        return "ok"
    end
    if state.told then return "ignore" end
    state.told = true
    return "tell", (1 - state.left) * self.seconds / self.count
end

---@class couplet.Limiter
local limiter_mt = {}
limiter_mt.__index = limiter_mt

--- nil: there is no limit.
---@param rate string | { user: string?, room: string?, all: string? } | nil
---@return couplet.Limiter|nil
function M.limiter(rate)
    if rate == nil then return nil end
    if type(rate) ~= "table" then rate = { user = rate } end
    local buckets = {}
    for _, kind in ipairs { "user", "room", "all" } do
        buckets[kind] = rate[kind] and new_bucket(rate[kind])
    end
    return next(buckets) and setmetatable({ buckets = buckets }, limiter_mt) or nil
end

--- Who it is for the purpose of counting: the proven JID, else the occupant of the room.
---@param event couplet.Event
---@return string
function M.key_of(event)
    local who = event.who or {}
    if who.proven and who.jid then return who.jid end
    return (event.room or event.from or "") .. "/" .. (who.occupant_id or event.nick or "")
end

--- Takes one from each of its buckets; the second result: seconds until there is one again.
---@param event couplet.Event
---@return "ok"|"tell"|"ignore", number|nil
function limiter_mt:take(event)
    local now = require("couplet.core.bot").now()
    for kind, bucket in pairs(self.buckets) do
        local key = kind == "user" and M.key_of(event) or kind == "room" and (event.room or M.key_of(event)) or ""
        local verdict, wait = bucket:take(key, now)
        if verdict ~= "ok" then return verdict, wait end
    end
    return "ok"
end

-- A hook behind the gate

local function refuse(event, condition, text)
    if event.kind ~= "iq" then return nil end
    return nil, errors.new(condition, text)
end

--- For hooks that are no commands: who may not is not heard; an iq is refused.
---@param bot couplet.Bot
---@param fn fun(event: couplet.Event): ...
---@param options { allow: any, rate: any }
---@return fun(event: couplet.Event): ...
function M.bind(bot, fn, options)
    local allow, limiter = options.allow, M.limiter(options.rate)
    return function(event)
        if not M.may(bot, allow, event) then return refuse(event, "forbidden") end
        if limiter and limiter:take(event) ~= "ok" then return refuse(event, "resource-constraint", "too many requests") end
        return fn(event)
    end
end

return M

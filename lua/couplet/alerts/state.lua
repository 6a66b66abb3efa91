-- SPDX-License-Identifier: MIT
-- state: what is remembered of alerts, in bot.store under keys that begin with "alerts/". There are four kinds of records:
--
--   alerts/p/SCOPE          the `with:` of the hook, for what is due after a restart
--   alerts/e/SCOPE/PRINT    an alert as it was last seen, and in which notice or group it is
--   alerts/n/SCOPE/ID       a notice: a message of ours, the same in each place that it went to
--   alerts/g/SCOPE/KEY      a group: alerts that wait to be said together (couplet.alerts.group)
--
-- A scope is a source of alerts and the places that they go to, of one hook. What changes together goes through a `change`: it is one
-- transaction with the messages that it says, and undone when the disk does not take them. Beside the records there is in
-- memory only what can be made of them: which alerts a notice has, and whose an id of a message is. All of it is bounded.
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local options = require "couplet.alerts.options"
local stored_keys = require("couplet.store").keys
local record = require "couplet.alerts.record"

local ipairs, next, pairs, require, setmetatable = ipairs, next, pairs, require, setmetatable
local math, table, type = math, table, type

local M = {}

local MOST, FEWER = 5000, 4900 -- alerts of a bot; the oldest are forgotten, some at a time
local KEEP_FIRING, KEEP_RESOLVED = { expires = 7 * 86400 }, { expires = 86400 }
local SWEEP = 600
local WAIT = 30 -- seconds for another that says the same
local NONE = {}

---@class couplet.alerts.State
---@field bot couplet.Bot
---@field members table<string, string|table<string, boolean>> notice or group -> its alert, or its alerts
---@field holders table<string, string> alert -> its notice or group
---@field last table<string, number> notice or group -> when it was last heard of
---@field ids table<string, string> id of a message -> notice
---@field busy table<string, boolean> what is on its way to the disk
---@field count integer alerts
---@field timers table<string, table>
local state_mt = {}
state_mt.__index = state_mt

local states = setmetatable({}, { __mode = "k" }) -- bot -> state

-- What follows from the records

-- Ids of its messages, the rooms' own ones too, are known, or not any more.
local function set_ids(st, key, notice, is_known)
    local holder = is_known and key or nil
    for _, place in ipairs(notice.to) do
        if is_known or st.ids[place.id] == key then st.ids[place.id] = holder end
        for _, id in ipairs(place.sids or NONE) do
            if is_known or st.ids[id] == key then st.ids[id] = holder end
        end
    end
end

local function leave(st, key, holder)
    local members = st.members[holder]
    if type(members) == "table" then
        members[key] = nil
        if next(members) then return end
    end
    st.members[holder], st.last[holder] = nil, nil
end

local function enter(st, key, holder)
    local members = st.members[holder]
    if not members then
        st.members[holder] = key
    elseif type(members) == "table" then
        members[key] = true
    else
        st.members[holder] = { [members] = true, [key] = true }
    end
end

local function move(st, key, holder)
    local old = st.holders[key]
    if old == holder then return end
    st.holders[key] = holder
    st.count = st.count + (holder and 1 or 0) - (old and 1 or 0)
    if old then leave(st, key, old) end
    if holder then enter(st, key, holder) end
end

-- The keys of the alerts of a notice or a group.
local function keys_of(st, holder)
    local members, keys = st.members[holder], {}
    if type(members) ~= "table" then return { members } end
    for key in pairs(members) do keys[#keys + 1] = key end
    return keys
end

local function note(st, key, value)
    local kind = key:sub(8, 8)
    if kind == "n" then
        local was = st:get(key)
        if was then set_ids(st, key, was, false) end
        if value then set_ids(st, key, value, true) end
    elseif kind == "e" then
        move(st, key, value and value.n)
        if value then st.last[value.n] = value.seen end
    end
end

-- How long a record is kept, as the store wants to hear it.
local function lifetime(key, value)
    local kind = key:sub(8, 8)
    if kind == "p" or kind == "g" then return nil end -- of a group its timer
    return kind == "e" and value.a.status ~= "firing" and KEEP_RESOLVED or KEEP_FIRING
end

function state_mt:get(key) return self.store:get(key) end

--- Not for what is said: see couplet.alerts.change.
function state_mt:put(key, value)
    note(self, key, value)
    self.store:set(key, value, value and lifetime(key, value))
end

--- The alerts of a notice or a group, in the order in which they came.
---@param holder string
---@return table[] entries, each with its key
function state_mt:alerts(holder)
    local list = {}
    for _, key in ipairs(keys_of(self, holder)) do
        local entry = self:get(key)
        if entry then
            entry.key = key
            list[#list + 1] = entry
        end
    end
    table.sort(list, function(a, b)
        if a.i ~= b.i then return a.i < b.i end
        return a.key < b.key
    end)
    return list
end

--- All notices: for key, notice in st:notices() do … end
function state_mt:notices()
    local keys = {}
    for key in pairs(self.members) do
        if key:sub(8, 8) == "n" then keys[#keys + 1] = key end
    end
    local at = 0
    return function()
        local notice
        repeat
            at = at + 1
            notice = keys[at] and self:get(keys[at])
        until notice or not keys[at]
        return keys[at], notice
    end
end

--- How the hook of a scope is configured; nil: nobody knows any more.
---@param scope string
---@return couplet.alerts.Policy|nil
function state_mt:policy(scope)
    local policy = self.policies[scope]
    if policy then return policy end
    local kept = self:get("alerts/p/" .. scope)
    policy = kept and options.of(kept)
    self.policies[scope] = policy
    return policy
end

-- The first hook that speaks has the name without its own, which is what those had that were kept before hooks were told apart.
local function name_scope(st, policy, source, hook)
    local to = table.concat(policy.to, " ")
    local first = record.name(source, to)
    local kept = st:get("alerts/p/" .. first)
    if not kept or (kept.hook or hook) == hook then return first end
    return record.name(source, to, hook)
end

--- The scope of alerts of this source under this policy, which is that of a hook: "POST /alertmanager".
function state_mt:scope(policy, source, hook)
    local scopes = self.scopes[policy] or {}
    self.scopes[policy] = scopes
    local scope = scopes[source]
    if not scope then
        scope = name_scope(self, policy, source, hook)
        scopes[source] = scope
    end
    if self.policies[scope] ~= policy then
        self.policies[scope] = policy
        require("couplet.alerts.life").listen(self, policy)
        self:put("alerts/p/" .. scope, options.kept(policy, hook))
    end
    return scope
end

-- Timers; one a key

--- f(st, key) at that time, in a task of its own; nil: no more.
---@param key string
---@param due number|nil seconds since 1970
---@param f? fun(st: couplet.alerts.State, key: string)
function state_mt:at(key, due, f)
    local timer = self.timers[key]
    if timer and timer.due == due and timer.f == f then return end
    if timer then timer.handle:stop() end
    self.timers[key] = nil
    if not due then return end
    timer = { due = due, f = f }
    self.timers[key] = timer
    timer.handle = self.bot:after(math.max(0, math.min(due - core.now(), 1e6)), function()
        if self.timers[key] ~= timer then return end
        self.timers[key] = nil
        if core.now() < due - 0.001 then return self:at(key, due, f) end -- the clock was put back
        f(self, key)
    end)
end

-- Forgetting

local function forget(st, holder)
    for _, key in ipairs(keys_of(st, holder)) do st:put(key, nil) end
    st:put(holder, nil)
    st:at(holder)
    st:at(holder .. "/escalate")
end

-- Is there anything left of it?
local function is_alive(st, holder)
    for _, key in ipairs(keys_of(st, holder)) do
        if not st:get(key) then move(st, key, nil) end
    end
    return st.members[holder] ~= nil and st:get(holder) ~= nil
end

-- What expired is gone from the store, and from here.
local function sweep(st)
    local holders = {}
    for holder in pairs(st.members) do holders[#holders + 1] = holder end
    for _, holder in pairs(st.ids) do
        if not st.members[holder] then holders[#holders + 1] = holder end
    end
    for _, holder in ipairs(holders) do
        if not is_alive(st, holder) then forget(st, holder) end
    end
    for id, holder in pairs(st.ids) do
        if not st.members[holder] then st.ids[id] = nil end
    end
end

local function by_age(st)
    local list, last = {}, st.last
    for holder in pairs(last) do
        if holder:sub(8, 8) == "n" then list[#list + 1] = holder end
    end
    table.sort(list, function(a, b)
        if last[a] ~= last[b] then return last[a] < last[b] end
        return a < b
    end)
    return { list = list, at = 0, time = last[list[#list]] }
end

-- The notice that was not heard of for longest. They are put in order once for many: what is new or heard of since then is
-- later than all of these.
local function oldest(st)
    local order = st.order or by_age(st)
    st.order = order
    repeat
        order.at = order.at + 1
        local holder = order.list[order.at]
        local last = holder and st.last[holder]
        if last and last <= order.time then return holder end
    until not holder
    st.order = nil
end

--- The oldest go when there are too many, some at a time; groups are still to be said.
function state_mt:bound()
    if self.count <= MOST then return end
    while self.count > FEWER do
        local holder = oldest(self) or oldest(self)
        if not holder then return end
        forget(self, holder)
    end
end

local function sweep_again(st, key)
    sweep(st)
    st:bound()
    st:at(key, core.now() + SWEEP, sweep_again)
end

-- Waiting for each other

---@return couplet.alerts.Change
function state_mt:change() return require("couplet.alerts.change").new(self) end

local function busy_one(st, key)
    local holder = st.holders[key]
    return st.busy[key] and key or holder and st.busy[holder] and holder
end

--- Waits until none of these, nor the notice of one, nor that of a storm which has just begun in the scope, is on its way to the
--- disk by another. -> true | nil, err
---@param keys string[]
---@param scope? string
function state_mt:settled(keys, scope)
    local i = 0
    while i <= #keys do
        local key = keys[i] or self.storms and self.storms[scope]
        local busy = key and busy_one(self, key)
        if busy then
            self.awaited[busy] = true
            if not core.wait(self.bot, "alerts:" .. busy, WAIT) then
                return nil, errors.new("resource-constraint", "the disk is too slow for these alerts")
            end
            i = 0
        else
            i = i + 1
        end
    end
    return true
end

-- Making it

local function load_all(st)
    for key in stored_keys(st.store) do
        if type(key) == "string" and key:find("^alerts/[en]/") then note(st, key, st:get(key)) end
    end
end

--- The state of a bot, read at the first use.
---@param bot couplet.Bot
---@return couplet.alerts.State
function M.of(bot)
    local st = states[bot]
    if st then return st end
    st = setmetatable({
        bot = bot, store = bot.store, members = {}, holders = {}, last = {}, ids = {}, busy = {}, awaited = {}, timers = {}, count = 0,
        policies = {}, scopes = setmetatable({}, { __mode = "k" }), rates = {}, hooks = {},
    }, state_mt)
    states[bot] = st
    load_all(st)
    st:at("sweep", core.now() + SWEEP, sweep_again)
    require("couplet.alerts.life").begin(st)
    return st
end

return M

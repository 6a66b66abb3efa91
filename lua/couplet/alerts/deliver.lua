-- SPDX-License-Identifier: MIT
-- deliver: alerts into the chat. A webhook's handler hands over what its parser made, and returns what it returns:
--
--   return deliver.take(event, alerts)          true | nil, err: nothing of it is accepted
--
-- What is new is said; what is known with the same status is not said again (`repeat`), only counted; what is over changes the
-- message that told of it. Alerts may wait for each other (couplet.alerts.group), be too many (storm), or come when it is quiet
-- (quiet). All that follows from one webhook is one transaction on disk, messages included, before the answer. Where no option
-- needs memory, nothing is kept but the message.
local core = require "couplet.core.bot"
local ids = require "couplet.id"
local options = require "couplet.alerts.options"

local ipairs, next, pairs, require, table = ipairs, next, pairs, require, table

local M = {}

--- Keys of `with:` that are read here, for what checks the configuration.
M.OPTIONS = options.KEYS

-- Without memory

local function say_plainly(bot, policy, alerts)
    local notice = require "couplet.alerts.notice"
    local change = { out = {} }
    local text, message = notice.text(bot, policy, alerts)
    for _, to in ipairs(policy.to) do
        local one = {}
        for name, value in pairs(message) do one[name] = value end
        one.id = ids.new()
        change.out[#change.out + 1] = { to = to, text = text, message = one }
    end
    return require("couplet.alerts.change").say_all(bot, change.out)
end

-- What each alert means

local function is_news(alert, policy)
    return alert.status ~= "firing" and alert.status ~= "resolved" and not (policy.with["repeat"] and alert.fingerprint)
end

local function entry_of(key, alert, known, serial)
    return {
        key = key, i = core.now() + serial / 1e6, a = require("couplet.alerts.record").compact(alert), seen = core.now(),
        count = 0, turn = known and known.turn + 1 or 1, whole = alert,
    }
end

-- Known, and told with this status not long ago: counted.
local function is_repeated(entry, alert, policy)
    return entry.a.status == alert.status and (alert.status == "resolved" or entry.said == nil or core.now() - entry.said < policy.again)
end

local function keep_going(change, key, entry, alert)
    entry.count, entry.seen = entry.count + 1, core.now()
    entry.a.ends_at = alert.ends_at
    change:put(key, entry)
end

local function update(change, key, entry, alert)
    entry.a, entry.seen = require("couplet.alerts.record").compact(alert), core.now()
    change:put(key, entry)
end

-- Sorts one alert: into plan.fresh (to be said), plan.changed (notice -> alerts that are over), or nothing.
local function sort(change, plan, policy, key, alert)
    local entry = change.st:get(key)
    if not entry then
        plan.fresh[#plan.fresh + 1] = entry_of(key, alert, nil, #plan.fresh)
    elseif is_repeated(entry, alert, policy) then
        keep_going(change, key, entry, alert)
    elseif entry.n:sub(8, 8) == "g" then -- not said yet
        update(change, key, entry, alert)
    elseif alert.status == "resolved" and entry.a.status == "firing" then
        update(change, key, entry, alert)
        local list = plan.changed[entry.n] or {}
        plan.changed[entry.n], list[#list + 1] = list, entry.a
    else
        local fresh = entry_of(key, alert, entry, #plan.fresh)
        if entry.a.status == alert.status then fresh.before, fresh.count = entry.n, entry.count + 1 end
        plan.fresh[#plan.fresh + 1] = fresh
    end
end

-- Saying it

--- New alerts: a notice, or part of a storm.
---@param change couplet.alerts.Change
---@param entries table[]
function M.say(change, scope, policy, entries)
    if policy.storm then
        local storm = require "couplet.alerts.storm"
        local too_many = storm.count(change, scope, policy, #entries)
        if too_many or storm.current(change.st, scope) then return storm.add(change, scope, policy, entries) end
    end
    local more = {}
    for _, entry in ipairs(entries) do -- said again: who has acknowledged it, has
        local before = entry.before and change.st:get(entry.before)
        if before and before.by then more.by, more.by_at = before.by, before.by_at end
    end
    require("couplet.alerts.notice").new(change, scope, policy, entries, more)
end

-- Which wait, and for what; the rest is returned.
local function hold_back(change, scope, policy, fresh)
    local now, rest, waiting = core.now(), { more = fresh.more }, {}
    local group = policy.collects and require "couplet.alerts.group"
    for _, entry in ipairs(fresh) do
        local kind, name, due = nil, "", policy.quiet and require("couplet.alerts.quiet").ends(policy.quiet, now, entry.a.severity)
        if due then
            kind = "quiet"
        elseif policy.group_wait > 0 then
            kind, name, due = "group", group.name(policy, entry.a), now + policy.group_wait
        end
        if kind then
            local slot = kind .. "\0" .. name
            waiting[slot] = waiting[slot] or { kind = kind, name = name, due = due, entries = {} }
            table.insert(waiting[slot].entries, entry)
        else
            rest[#rest + 1] = entry
        end
    end
    for _, slot in pairs(waiting) do group.add(change, scope, policy, slot.entries, slot.kind, slot.name, slot.due) end
    return rest
end

local function tell_changed(change, scope, policy, changed)
    local notice = require "couplet.alerts.notice"
    local is_quiet = policy.quiet and require("couplet.alerts.quiet").ends(policy.quiet, core.now())
    for key, news in pairs(changed) do
        local record = change.st:get(key)
        if not record then
            change.st.bot.log:debug("a notice of %s is forgotten", scope)
        elseif record.kind == "storm" then
            require("couplet.alerts.storm").touch(change, key, record)
        elseif is_quiet then -- a correction wakes nobody
            notice.correct(change, key, record, policy, news)
        else
            notice.tell(change, key, record, policy, news)
        end
    end
end

local function carry_out(change, scope, policy, plan)
    tell_changed(change, scope, policy, plan.changed)
    local rest = #plan.fresh > 0 and hold_back(change, scope, policy, plan.fresh) or {}
    if #rest > 0 then M.say(change, scope, policy, rest) end
    if #change.out == 0 and next(change.was) == nil then return true end
    return change:commit()
end

-- Taking it

-- Of the same alert twice the last one counts.
local function keys_of(scope, policy, alerts)
    local record = require "couplet.alerts.record"
    local keys, by_key = {}, {}
    for _, alert in ipairs(alerts) do
        local key = record.key_of(scope, alert)
        if is_news(alert, policy) then key = key .. "/" .. ids.new() end
        if not by_key[key] then keys[#keys + 1] = key end
        by_key[key] = alert
    end
    return keys, by_key
end

-- Two hooks have a memory each: what has the same name in both may well be two things.
local function hook_of(event) return event.path and (event.method or "POST") .. " " .. event.path or "" end

local function take_with_memory(event, policy, alerts)
    local st = require("couplet.alerts.state").of(event.bot)
    local scope = st:scope(policy, alerts[1].source or "", hook_of(event))
    local keys, by_key = keys_of(scope, policy, alerts)
    local ready, err = st:settled(keys, scope)
    if not ready then return nil, err end
    local change <close> = st:change()
    local plan = { fresh = { more = alerts.more }, changed = {} }
    for _, key in ipairs(keys) do sort(change, plan, policy, key, by_key[key]) end
    return carry_out(change, scope, policy, plan)
end

--- Takes what a parser made of a webhook. -> true | nil, err; it waits for the disk where there is `storage:`.
---@param event couplet.Event
---@param alerts table[]
---@return boolean|nil, couplet.Error|nil
function M.take(event, alerts)
    local policy, wrong = options.of(event.with)
    if not policy then return nil, wrong end
    if #alerts == 0 then return true end
    local needs_memory = policy.collects
    for _, alert in ipairs(alerts) do needs_memory = needs_memory or (policy.keeps and not is_news(alert, policy)) end
    if not needs_memory then
        local said, err = say_plainly(event.bot, policy, alerts)
        return said and true or nil, err
    end
    return take_with_memory(event, policy, alerts)
end

return M

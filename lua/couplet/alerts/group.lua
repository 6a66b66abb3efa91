-- SPDX-License-Identifier: MIT
-- group: alerts that wait to be said together: for `group_wait` from the first one on, not before `group_interval` has gone by
-- since the group was last said, or until quiet hours are over. They are on disk while they wait, with the time when they are due.
local core = require "couplet.core.bot"
local notice = require "couplet.alerts.notice"
local record = require "couplet.alerts.record"

local ipairs, math, require, table, tostring = ipairs, math, require, table, tostring

local M = {}

local RETRY = 10 -- seconds, where the disk is full

--- The name of the group that an alert belongs to.
---@param policy couplet.alerts.Policy
---@param alert table
---@return string
function M.name(policy, alert)
    if not policy.group_by then return tostring(alert.group_key or "") end
    local values = {}
    for i, label in ipairs(policy.group_by) do values[i] = tostring((alert.labels or {})[label] or "") end
    return table.concat(values, "\0")
end

local function forget(st, key)
    local group = st:get(key)
    if not group or group.due then return end
    local change = st:change()
    change:put(key, nil)
end

--- Its timer, from what is kept of it.
function M.arm(st, key)
    local group = st:get(key)
    if not group then return st:at(key) end
    if group.due then return st:at(key, group.due, M.flush) end
    st:at(key, (group.last or core.now()) + (group.interval or 0), forget)
end

--- Puts entries into a group.
---@param change couplet.alerts.Change
---@param kind "group"|"quiet"
---@param name string
---@param due number when they are said; the group may be due before
function M.add(change, scope, policy, entries, kind, name, due)
    local key = "alerts/g/" .. scope .. "/" .. record.name(kind, name)
    local group = change.st:get(key) or { scope = scope, kind = kind, interval = policy.group_interval }
    if not group.due then
        group.due = due
        if kind == "group" and group.last then group.due = math.max(due, group.last + policy.group_interval) end
        change:put(key, group)
        change:after(function(st) M.arm(st, key) end)
    end
    notice.hold(change, key, entries, nil)
end

local function say(change, group, policy, entries)
    if group.kind ~= "quiet" then return require("couplet.alerts.deliver").say(change, group.scope, policy, entries) end
    local head = #entries == 1 and "🌙 Held back in quiet hours:" or ("🌙 %d alerts held back in quiet hours:"):format(#entries)
    notice.new(change, group.scope, policy, entries, { head = head })
end

--- It is due.
---@param st couplet.alerts.State
---@param key string
function M.flush(st, key)
    local group = st:get(key)
    if not group or not st:policy(group.scope) then return end
    st:at(key, core.now() + RETRY, M.flush) -- also where this is stopped in the midst of it
    if not st:settled({}, group.scope) then return end
    group = st:get(key) -- as it is now: others may have waited, too, and have put more into it
    if not group or not group.due or group.due > core.now() + 0.001 then return end
    local policy, entries = st:policy(group.scope), st:alerts(key)
    local change <close> = st:change()
    group.due, group.last = nil, core.now()
    change:put(key, group)
    if #entries > 0 then say(change, group, policy, entries) end
    local done, err = change:commit()
    if done then return M.arm(st, key) end
    st.bot.log:error("alerts for %s are not said, for now: %s", table.concat(policy.to, ", "), tostring(err))
    st:at(key, core.now() + RETRY, M.flush)
end

return M

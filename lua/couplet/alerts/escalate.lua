-- SPDX-License-Identifier: MIT
-- escalate: what nobody has acknowledged goes on to the next contact. The times count from when the notice was said; they are
-- made again from the notice after a restart. Whom it went to is a place of the notice like others: may acknowledge, and is told.
local core = require "couplet.core.bot"
local notice = require "couplet.alerts.notice"
local name_of = require("couplet.alerts.record").name

local ipairs, math, tostring = ipairs, math, tostring

local M = {}

local RETRY = 10

local function firing(entries)
    local list = {}
    for _, entry in ipairs(entries) do
        if entry.a.status == "firing" then list[#list + 1] = entry.a end
    end
    return list
end

local function set_timer(st, key)
    local record = st:get(key)
    local policy = record and st:policy(record.scope)
    local step = policy and not record.by and policy.escalate[record.step + 1]
    st:at(key .. "/escalate", step and record.at + step.after or nil, function(s) M.fire(s, key) end)
end

--- Its timer, from what is kept of it.
M.set_timer = set_timer

--- The timer of a notice, once this change is made.
function M.arm(change, key, _, policy)
    if #policy.escalate == 0 then return end
    change:after(function(st) set_timer(st, key) end)
end

local function find(record, to)
    for _, place in ipairs(record.to) do
        if place.jid == to then return place end
    end
end

local function minutes(seconds)
    if seconds < 60 then return ("%d s"):format(math.floor(seconds)) end
    if seconds < 7200 then return ("%d min"):format(math.floor(seconds / 60)) end
    return ("%d h"):format(math.floor(seconds / 3600))
end

local function go_on(change, key, record, policy, step, alerts)
    local head = ("⏰ Not acknowledged for %s:"):format(minutes(core.now() - record.at))
    for _, to in ipairs(step.to) do
        local text, message = notice.text(change.st.bot, policy, alerts, record, head)
        local id = name_of(to, record.to[1].id, record.step) -- of its alerts: numbers of notices come again after a restart
        local place = find(record, to)
        if place then
            notice.reply_to(change, place, text, message, id)
        else
            notice.say_to(change, record, to, id, text, message)
        end
    end
    change:put(key, record)
end

--- A step is due.
---@param st couplet.alerts.State
---@param key string of the notice
function M.fire(st, key)
    local record = st:get(key)
    local policy = record and st:policy(record.scope)
    local step = policy and policy.escalate[record.step + 1]
    if not step or record.by then return end
    if record.at + step.after > core.now() + 0.001 then return set_timer(st, key) end
    local alerts = firing(st:alerts(key))
    if #alerts == 0 then return end
    st:at(key .. "/escalate", core.now() + RETRY, function(s) M.fire(s, key) end) -- also where this is stopped in the midst of it
    local change <close> = st:change()
    record.step = record.step + 1
    go_on(change, key, record, policy, step, alerts)
    local done, err = change:commit()
    if done then return set_timer(st, key) end
    st.bot.log:error("an alert is not escalated, for now: %s", tostring(err))
    st:at(key .. "/escalate", core.now() + RETRY, function(s) M.fire(s, key) end)
end

return M

-- SPDX-License-Identifier: MIT
-- silence: !silence 2h [what] and !unsilence, through Alertmanager's API (version 2). Of a message, each of its firing alerts is
-- silenced by all of its labels, so that nothing else is; or by labels that are said: !silence 2h alertname=Disk instance=db1.
-- Where it is said in the configuration (`alertmanager:`), never in a webhook.
local ack = require "couplet.alerts.ack"
local alertmanager = require "couplet.alerts.alertmanager"
local core = require "couplet.core.bot"
local datetime = require "couplet.datetime"
local notice = require "couplet.alerts.notice"
local stored_keys = require("couplet.store").keys

local ipairs, math, next, pairs, require, table, tostring, type = ipairs, math, next, pairs, require, table, tostring, type

local M = {}

local LONGEST, MOST, IDS_MOST = 30 * 86400, 20, 200

-- Alertmanager

local function matchers_of(labels)
    local json, list = require "couplet.json", {}
    for name, value in pairs(labels) do list[#list + 1] = { name = name, value = tostring(value), isRegex = false, isEqual = true } end
    table.sort(list, function(a, b) return a.name < b.name end)
    return json.array(list)
end

--- -> the id of the silence | nil, why
local function create(policy, labels, seconds, event)
    local now = core.now()
    local answer, why = alertmanager.ask(policy, "POST", "/api/v2/silences", {
        matchers = matchers_of(labels), startsAt = datetime.datetime(now), endsAt = datetime.datetime(now + seconds),
        createdBy = ack.name_of(event), comment = "!silence" .. (event.room and " in " .. event.room or ""),
    })
    if not answer then return nil, why end
    local value = answer:json()
    local id = type(value) == "table" and value.silenceID
    if type(id) ~= "string" or not id:find "^[%w-]+$" then return nil, "its answer has no silenceID" end
    return id
end

local function delete(policy, id) return alertmanager.ask(policy, "DELETE", "/api/v2/silence/" .. id) end

-- Labels that are said

--- "alertname=Disk instance=db1" as a map; nil: these are no labels.
---@param text string|nil
local function labels_in(text)
    if not text or text == "" then return nil end
    local labels = {}
    for _, word in ipairs(require("couplet.words").split(text)) do
        local name, value = word.text:match "^([%a_][%w_]*)=(.+)$"
        if not name then return nil end
        labels[name] = value
    end
    return next(labels) and labels or nil
end

local function speaks(policy, here)
    for _, to in ipairs(policy and policy.alertmanager and policy.to or {}) do
        if to == here then return true end
    end
    return false
end

-- The policy with an Alertmanager that speaks here: of a hook that is configured; else one that is kept, whose hook may be gone.
local function policy_here(st, event)
    local who = event.who
    local here = event.room or (who and who.proven and who.jid)
    for _, policy in ipairs(require("couplet.alerts.life").configured(st.bot)) do
        if speaks(policy, here) then return policy end
    end
    for key in stored_keys(st.store) do
        local policy = type(key) == "string" and key:find("alerts/p/", 1, true) == 1 and st:policy(key:sub(10))
        if speaks(policy, here) then return policy end
    end
end

-- A failure that is worth a line in the log, and whose reason people read whole: it names what could not be reached.
local function refused(why) return nil, "The Alertmanager did not take it: " .. require("couplet.clean").line(tostring(why), 300) end

local function silence_labels(st, event, labels, seconds)
    local policy = policy_here(st, event)
    if not policy then return "No Alertmanager belongs to this place." end
    if not ack.may({ to = {} }, policy, event) then return "You may not do that." end
    local id, why = create(policy, labels, seconds, event)
    if not id then return refused(why) end
    return ("Silenced until %s UTC: !unsilence %s"):format(datetime.datetime(core.now() + seconds):sub(1, 16):gsub("T", " "), id)
end

-- Alerts that are firing

local function count_of(list)
    local count = 0
    for _, item in ipairs(list) do count = count + #item.entries end
    return count
end

-- The notice says so, as it is by then.
local function keep(st, key, value, news)
    local record = st:get(key)
    local policy = record and st:policy(record.scope)
    if not policy then return true end
    record.silence = value
    local change <close> = st:change()
    change:put(key, record)
    notice.correct(change, key, record, policy, news)
    return change:commit()
end

-- A silence of before lasts on beside the new ones: it is ended with them.
local function beside_older(st, key, ids, stop)
    local record = st:get(key)
    local older = record and record.silence
    if not older or older["until"] <= core.now() then return { ids = ids, ["until"] = stop } end
    for i = 1, math.min(#older.ids, IDS_MOST - #ids) do ids[#ids + 1] = older.ids[i] end
    return { ids = ids, ["until"] = math.max(stop, older["until"]) }
end

-- One silence an alert; what was made before one failed is kept.
local function silence_notice(st, event, item, seconds)
    local policy = st:policy(item.record.scope)
    if not policy.alertmanager then return nil, "these do not come from an Alertmanager" end
    local ids, why = {}, nil
    for _, entry in ipairs(item.entries) do
        local id
        id, why = create(policy, entry.a.labels, seconds, event)
        if not id then break end
        ids[#ids + 1] = id
    end
    if #ids == 0 then return nil, why end
    local done, err = keep(st, item.key, beside_older(st, item.key, ids, core.now() + seconds), ("🔕 Silenced by %s."):format(ack.name_of(event)))
    if not done then return nil, tostring(err) end
    return not why or nil, why
end

--- !silence 2h [what]
---@param st couplet.alerts.State
---@param event couplet.Event
function M.on_silence(st, event)
    local seconds, what = event.args["for"], event.args.what
    if seconds < 1 or seconds > LONGEST then return "A silence lasts 30 days at most." end
    local labels = labels_in(what)
    if labels then return silence_labels(st, event, labels, seconds) end
    local commands = require "couplet.alerts.commands"
    local list, why = commands.select(st, event, what, function() return true end)
    if list then list, why = commands.allowed(st, event, list) end
    if not list then return why end
    if count_of(list) > MOST then return ("These are more than %d alerts; say labels, like alertname=Disk."):format(MOST) end
    for _, item in ipairs(list) do
        local done, reason = silence_notice(st, event, item, seconds)
        if not done then return refused(reason) end
    end
    return ("Silenced: %s."):format(#list == 1 and "#" .. list[1].record.number or #list .. " messages")
end

local function unsilence_id(st, event, id)
    local policy = policy_here(st, event)
    if not policy then return "No Alertmanager belongs to this place." end
    if not ack.may({ to = {} }, policy, event) then return "You may not do that." end
    local done, why = delete(policy, id)
    if not done then return refused(why) end
    return "The silence is over."
end

-- Each is tried: one that an Alertmanager does not let go of, or knows no more, keeps no other. -> those that are left, why
local function end_all(policy, ids)
    local left, why = {}, nil
    for _, id in ipairs(ids) do
        local done, reason = delete(policy, id)
        if not done then left[#left + 1], why = id, reason end
    end
    return left, why
end

-- What has ended is not to be ended again.
local function leave(st, key, ids)
    local record = st:get(key)
    if not record or not record.silence then return end
    record.silence.ids = ids
    st:put(key, record)
end

local function is_silenced(item) return item.record.silence ~= nil and item.record.silence["until"] > core.now() end

--- !unsilence [what]
---@param st couplet.alerts.State
---@param event couplet.Event
function M.on_unsilence(st, event)
    local what = event.args.what
    if what and what:find "^%x%x%x%x%x%x%x%x%-%x[%x-]+$" then return unsilence_id(st, event, what) end
    local commands = require "couplet.alerts.commands"
    local list, why = commands.select(st, event, what, is_silenced)
    if list then list, why = commands.allowed(st, event, list) end
    if not list then return why end
    for _, item in ipairs(list) do
        local policy = st:policy(item.record.scope)
        local ids = is_silenced(item) and item.record.silence.ids or {}
        local left, reason = end_all(policy, ids)
        if #left > 0 then
            if #left < #ids then leave(st, item.key, left) end
            return refused(reason)
        end
        keep(st, item.key, nil, ("🔔 %s has ended the silence."):format(ack.name_of(event)))
    end
    return "The silence is over."
end

return M

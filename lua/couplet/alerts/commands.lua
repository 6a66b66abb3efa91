-- SPDX-License-Identifier: MIT
-- commands: what people say about alerts: !alerts, !ack, !silence, !unsilence. Each speaks of what was said where it is asked: in
-- the room, or to that person; the bot's admins, one to one, of all. Which alerts:
--
--   !ack            the one that is firing; of several the one that the message answers to (XEP-0461)
--   !ack 3          by its number in !alerts      !ack disk    by a word in its title or labels      !ack all
local ack = require "couplet.alerts.ack"
local core = require "couplet.core.bot"
local gate = require "couplet.gate"
local notice = require "couplet.alerts.notice"

local ipairs, math, pairs, require, table, tonumber, tostring, type = ipairs, math, pairs, require, table, tonumber, tostring, type

local M = {}

local LINES = 20

-- Which

local function firing(st, key)
    local list = {}
    for _, entry in ipairs(st:alerts(key)) do
        if entry.a.status == "firing" then list[#list + 1] = entry end
    end
    return list
end

--- What is firing, of what may be spoken of here: { key =, record =, entries = }, by number.
---@param st couplet.alerts.State
---@param event couplet.Event
function M.here(st, event)
    local sees_all = not event.room and gate.may(st.bot, { "admins" }, event)
    local list = {}
    for key, record in st:notices() do
        local entries = (sees_all or ack.is_here(record, event)) and firing(st, key) or {}
        if #entries > 0 then list[#list + 1] = { key = key, record = record, entries = entries } end
    end
    table.sort(list, function(a, b) return a.record.number < b.record.number end)
    return list
end

local function has_word(item, word)
    word = word:lower()
    for _, entry in ipairs(item.entries) do
        if (entry.a.title or ""):lower():find(word, 1, true) then return true end
        for _, value in pairs(entry.a.labels) do
            if tostring(value):lower():find(word, 1, true) then return true end
        end
    end
    return false
end

local function filter(list, is_wanted)
    local found = {}
    for _, item in ipairs(list) do
        if is_wanted(item) then found[#found + 1] = item end
    end
    return found
end

-- Where nothing is said: the message that is answered, else the only one.
local function unnamed(st, event, list, is_open)
    local target = event.reply_to and st.ids[event.reply_to.id]
    if target then return filter(list, function(item) return item.key == target end) end
    list = filter(list, is_open)
    if #list <= 1 then return list end
    return nil, "Which one? Say a number, a word, or 'all'.\n" .. M.lines(list)
end

--- The notices that are meant; nil and what to say.
---@param st couplet.alerts.State
---@param event couplet.Event
---@param what string|nil
---@param is_open fun(item: table): boolean those that may be meant where nothing is said
function M.select(st, event, what, is_open)
    local list, why = M.here(st, event), nil
    local nothing = #list > 0 and (not what or what == "" or what:lower() == "all") and "There is nothing left to do that to."
    what = what and what:gsub("^#", "")
    if not what or what == "" then
        list, why = unnamed(st, event, list, is_open)
    elseif what:lower() == "all" then
        list = filter(list, is_open)
    elseif tonumber(what) then
        list = filter(list, function(item) return item.record.number == tonumber(what) end)
    else
        list = filter(list, function(item) return has_word(item, what) end)
    end
    if list and #list == 0 then return nil, nothing or "Nothing like that is firing." end
    return list, why
end

--- Of those the ones that the person may speak for; nil and what to say.
function M.allowed(st, event, list)
    list = filter(list, function(item)
        local policy = st:policy(item.record.scope)
        return policy ~= nil and ack.may(item.record, policy, event)
    end)
    if #list == 0 then return nil, "You may not do that." end
    return list
end

-- !alerts

local function ago(seconds)
    if seconds < 120 then return ("%d s"):format(math.floor(seconds)) end
    if seconds < 7200 then return ("%d min"):format(math.floor(seconds / 60)) end
    if seconds < 172800 then return ("%d h"):format(math.floor(seconds / 3600)) end
    return ("%d days"):format(math.floor(seconds / 86400))
end

local function line_of(item)
    local first, record = item.entries[1], item.record
    local parts = { ("#%d %s %s"):format(record.number, require("couplet.alerts.text").icon(first.a, {}), notice.shown(first.a.title or "?")) }
    if #item.entries > 1 then parts[1] = parts[1] .. (" and %d more"):format(#item.entries - 1) end
    parts[2] = ago(core.now() - record.at)
    if first.count > 0 then parts[#parts + 1] = ("told %d times"):format(first.count + 1) end
    if record.by then parts[#parts + 1] = "👀 " .. record.by end
    if record.silence and record.silence["until"] > core.now() then parts[#parts + 1] = "🔕" end
    return table.concat(parts, ", ")
end

--- One line for each.
function M.lines(list)
    local lines = {}
    for i = 1, math.min(#list, LINES) do lines[i] = line_of(list[i]) end
    if #list > LINES then lines[LINES + 1] = ("… and %d more"):format(#list - LINES) end
    return table.concat(lines, "\n")
end

local function on_alerts(st, event)
    local list = M.here(st, event)
    return #list == 0 and "Nothing is firing." or M.lines(list)
end

-- !ack

local function is_open(item) return not item.record.by end

local function on_ack(st, event)
    local list, why = M.select(st, event, event.args.what, is_open)
    if list then list, why = M.allowed(st, event, list) end
    if not list then return why end
    local open = filter(list, is_open)
    if #open == 0 then return ("%s has done that already."):format(list[1].record.by) end
    for _, item in ipairs(open) do
        local done, err = ack.take(st, item.key, event)
        if not done then return "That cannot be kept: " .. tostring(type(err) == "table" and err.text or err) end
    end
    return #open == 1 and ("Acknowledged: #%d."):format(open[1].record.number) or ("Acknowledged: %d messages."):format(#open)
end

-- Hooks

--- What people can say, once a bot.
---@param st couplet.alerts.State
---@param hook_once fun(st: couplet.alerts.State, name: string, spec: table)
---@param policy couplet.alerts.Policy
function M.listen(st, hook_once, policy)
    local function command(name, args, help, call)
        hook_once(st, "!" .. name, {
            event = "command", name = name, args = args, help = help,
            call = function(event) return call(st, event) end,
        })
    end
    command("alerts", nil, "what is firing", on_alerts)
    if policy.ack then
        hook_once(st, "reactions", {
            event = "message", xmlns = require("couplet.ns").reactions, child = "reactions",
            call = function(event) return ack.on_reaction(st, event) end,
        })
        command("ack", "[what...]", "takes an alert on: its number, a word of it, or all", on_ack)
    end
    if policy.alertmanager then
        local silence = require "couplet.alerts.silence"
        command("silence", "<for:duration> [what...]", "silences alerts at the Alertmanager: a number, a word, or labels like instance=db1",
            silence.on_silence)
        command("unsilence", "[what...]", "ends a silence: the number of the alert, or the silence's id", silence.on_unsilence)
    end
end

return M

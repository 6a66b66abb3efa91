-- SPDX-License-Identifier: MIT
-- storm: more new alerts than `storm: { over: 20/1m }` become one message. It is corrected while they come, with how many and
-- which, at longer and longer intervals; when none has come for that time, it is over, and a summary is said.
local core = require "couplet.core.bot"
local notice = require "couplet.alerts.notice"
local name_of = require("couplet.alerts.record").name

local ipairs, math, table, tostring = ipairs, math, table, tostring

local M = {}

local EVERY, EVERY_MOST = 5, 60 -- seconds between corrections
local HELD_MOST = 2000 -- alerts of one storm that are remembered; more are only counted
local LINES = 15

-- Is it one? Counts what is new.

--- Counts so many new alerts; true: they are too many. What is undone comes again, and is counted then.
---@param change couplet.alerts.Change
function M.count(change, scope, policy, new)
    local st, now = change.st, core.now()
    local times, kept = st.rates[scope] or {}, {}
    for _, item in ipairs(times) do
        if now - item.at < policy.storm.seconds then kept[#kept + 1] = item end
    end
    local mine = { at = now, count = new }
    kept[#kept + 1] = mine
    change:otherwise(function() mine.count = 0 end)
    st.rates[scope] = kept
    local total = 0
    for _, item in ipairs(kept) do total = total + item.count end
    return total > policy.storm.count
end

--- The storm that goes on there. -> key, notice | nil
function M.current(st, scope)
    local key = st.storms and st.storms[scope]
    local record = key and st:get(key)
    if record and not record.over then return key, record end
end

-- Text

local function by_title(entries)
    local list, known = {}, {}
    for _, entry in ipairs(entries) do
        local title = entry.a.title or "?"
        local item = known[title]
        if not item then
            item = { title = title, firing = 0, resolved = 0, severity = entry.a.severity }
            known[title], list[#list + 1] = item, item
        end
        local field = entry.a.status == "resolved" and "resolved" or "firing"
        item[field] = item[field] + 1
    end
    table.sort(list, function(a, b)
        if a.firing ~= b.firing then return a.firing > b.firing end
        return a.title < b.title
    end)
    return list
end

local function line_of(item)
    local title = notice.shown(item.title)
    local count = item.firing + item.resolved
    if item.firing == 0 then return ("✅ %s × %d"):format(title, count) end
    if item.resolved == 0 then return ("🔥 %s × %d"):format(title, count) end
    return ("🔥 %s × %d, %d of them resolved"):format(title, count, item.resolved)
end

local function duration(seconds)
    if seconds < 90 then return ("%d s"):format(math.ceil(seconds)) end
    return ("%d min"):format(math.ceil(seconds / 60))
end

--- The text of the one message.
---@param record table the notice
---@param entries table[]
---@param footer string[]
function M.text(record, entries, footer)
    local firing = 0
    for _, entry in ipairs(entries) do
        if entry.a.status == "firing" then firing = firing + 1 end
    end
    local lines = { ("🌪 %s: %d alert%s in %s, %d of them firing"):format(record.over and "Alert storm, over" or "Alert storm", record.total,
        record.total == 1 and "" or "s", duration(math.max(1, (record.last or record.at) - record.at)), firing) }
    local items = by_title(entries)
    for i = 1, math.min(#items, LINES) do lines[#lines + 1] = line_of(items[i]) end
    if #items > LINES then lines[#lines + 1] = ("… and %d more kinds"):format(#items - LINES) end
    for _, line in ipairs(footer) do lines[#lines + 1] = line end
    return table.concat(lines, "\n")
end

-- Its life

--- The timer of a storm, from what is kept of it; nothing for one that is over and up to date.
function M.arm(st, key)
    local record = st:get(key)
    if not record or (record.over and not record.changed) then return st:at(key .. "/storm") end
    st.storms = st.storms or {}
    if not record.over then st.storms[record.scope] = key end
    if not st.timers[key .. "/storm"] then st:at(key .. "/storm", core.now() + (record.every or EVERY), function(s) M.update(s, key) end) end
end

--- Something of it has changed.
function M.touch(change, key, record)
    record.changed = true
    change:put(key, record)
    change:after(function(st) M.arm(st, key) end)
end

-- What was said before, and begins it: the message has them all.
local function begin(change, scope, policy, entries)
    local text = M.text({ total = #entries, at = core.now() }, entries, {})
    local key = notice.new(change, scope, policy, entries, { kind = "storm", text = text, total = #entries, last = core.now(), every = EVERY })
    local st = change.st -- at once: what comes while this is on its way to the disk belongs to it
    st.storms = st.storms or {}
    st.storms[scope] = key
    change:after(function() M.arm(st, key) end)
end

--- New alerts of a storm that begins or goes on.
function M.add(change, scope, policy, entries)
    local key, record = M.current(change.st, scope)
    if not key then return begin(change, scope, policy, entries) end
    record.total, record.last = record.total + #entries, core.now()
    if record.total < HELD_MOST then notice.hold(change, key, entries, core.now()) end
    M.touch(change, key, record)
end

local function summary(change, key, record)
    local text = M.text(record, change.st:alerts(key), {})
    for _, place in ipairs(record.to) do
        notice.reply_to(change, place, text, { styled = false }, name_of(place.id, "over"))
    end
end

--- Says how it is now, and that it is over when nothing has come for long enough.
function M.update(st, key)
    local record = st:get(key)
    local policy = record and st:policy(record.scope)
    if not policy then return end
    local calm = policy.storm and policy.storm.seconds or EVERY_MOST -- `storm` may have been taken out meanwhile
    M.arm(st, key) -- also where this is stopped in the midst of it
    local change <close> = st:change()
    local is_over = not record.over and core.now() - record.last >= calm
    if record.changed or is_over then
        record.changed, record.over = nil, record.over or is_over or nil
        record.every = math.min((record.every or EVERY) * 2, EVERY_MOST)
        change:put(key, record)
        notice.correct(change, key, record, policy)
        if is_over then summary(change, key, record) end
    end
    local done, err = change:commit()
    if not done then st.bot.log:error("the storm of alerts is not up to date: %s", tostring(err)) end
    st:at(key .. "/storm")
    M.arm(st, key)
end

return M

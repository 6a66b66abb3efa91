-- SPDX-License-Identifier: MIT
-- Medians, ratios, the table and the goals of a benchmark's samples; as text or as JSON.
-- samples[work][bot] is a list of rounds, each the load server's figures as a table, or false where the bot failed.

local tool = require "tool"
local works = require "works"

local median = tool.median

local M = {}

-- A ratio is taken within each round, where the machine was in the same mood for both, and then the median of these.
---@param samples table
---@return table getters for the goals; each answers nil when something was not measured
local function getters(samples)
    local g = {}

    function g.rounds(work, bot)
        return samples[work] and samples[work][bot] or {}
    end

    function g.get(work, bot, field)
        local list = {}
        for _, round in ipairs(g.rounds(work, bot)) do
            list[#list + 1] = round and round[field] or nil
        end
        return median(list)
    end

    function g.ratio(work, field, bot, other)
        local list, a, b = {}, g.rounds(work, bot), g.rounds(work, other)
        for i = 1, math.min(#a, #b) do
            list[#list + 1] = a[i] and b[i] and a[i][field] / b[i][field] or nil
        end
        return median(list)
    end

    function g.added(work, without, field)
        local list = {}
        for i, ours in ipairs(g.rounds(work, "couplet")) do
            local plain, floor, floor_plain = g.rounds(without, "couplet")[i], g.rounds(work, "floor")[i], g.rounds(without, "floor")[i]
            if ours and plain and floor and floor_plain then
                list[#list + 1] = (ours[field] - plain[field]) - (floor[field] - floor_plain[field])
            end
        end
        return median(list)
    end

    function g.quotient(a, b)
        return a and b and a / b
    end

    -- KiB for each account more than one
    function g.growth(work, bot)
        local alone = work:find "%-tls$" and "idle-tls" or "idle"
        local many, one = g.get(work, bot, "rss_kib"), g.get(alone, bot, "rss_kib") or g.get(alone, "couplet", "rss_kib")
        local accounts = g.get(work, bot, "accounts")
        return many and one and (many - one) / (accounts - 1)
    end

    return g
end

local columns = {
    { "echo60", "cpu_us", "60 B echo µs" }, { "echo600", "cpu_us", "600 B µs" }, { "echo8k", "cpu_us", "8 KiB µs" },
    { "presence", "cpu_us", "ign. presence µs" }, { "groupchat", "cpu_us", "ign. groupchat µs" },
    { "echo600-tls", "cpu_us", "600 B TLS µs" }, { "presence-tls", "cpu_us", "ign. pres. TLS µs" },
    { "latency", "p50_us", "p50 µs" }, { "latency", "p99_us", "p99 µs" },
    { "idle", "start_ms", "start ms" }, { "idle-tls", "start_ms", "TLS start ms" },
    { "idle", "rss_kib", "RSS KiB" }, { "idle-tls", "rss_kib", "TLS RSS KiB" }, { "idle-tls", "private_kib", "TLS private KiB" },
    { "accounts-1000", "growth", "KiB/account" }, { "accounts-5000", "growth", "KiB/account of 5000" },
    { "accounts-tls", "growth", "KiB/account with TLS" }, { "echo60", "segments", "segments/echo" },
}

local function figure(g, work, field, bot)
    local n
    if field == "growth" then
        n = g.growth(work, bot)
    else
        n = g.get(work, bot, field)
    end
    return n
end

---@param n number?
---@return string
local function show(n)
    if not n then
        return "–"
    end
    return (n < 0.1 and "%.4f" or n < 10 and "%.2f" or n < 1000 and "%.1f" or "%.0f"):format(n)
end

---@param goal table
---@param value number?
---@return string verdict
local function verdict(goal, value)
    if not value then
        return "not measured"
    elseif value < goal.limit or (not goal.strict and value == goal.limit) then
        return "met"
    elseif value <= goal.limit * 1.15 then
        return "NOT met (within the 15% by which runs differ)"
    end
    return "NOT met"
end

---@param samples table
---@return integer missed
function M.text(samples)
    local g, missed = getters(samples), 0
    local head, line = { "| bot |" }, { "|---|" }
    for _, column in ipairs(columns) do
        if samples[column[1]] then
            head[#head + 1] = " " .. column[3] .. " |"
            line[#line + 1] = "---|"
        end
    end
    print(table.concat(head) .. "\n" .. table.concat(line))
    for _, bot in ipairs(works.bots) do
        local row, has_any = { "| " .. bot.name .. " |" }, false
        for _, column in ipairs(columns) do
            if samples[column[1]] then
                local n = figure(g, column[1], column[2], bot.name)
                has_any = has_any or n ~= nil
                row[#row + 1] = " " .. show(n) .. " |"
            end
        end
        if has_any then
            print(table.concat(row))
        end
    end
    print("\n| goal | at most | measured | |\n|---|---|---|---|")
    for _, goal in ipairs(works.goals) do
        local value = goal.value(g)
        local answer = verdict(goal, value)
        missed = missed + (answer:find("NOT", 1, true) and 1 or 0)
        print(("| %s | %s%s%s | %s | %s |"):format(goal.text, goal.strict and "less than " or "", goal.limit,
            goal.unit and " " .. goal.unit or "", show(value), answer))
    end
    return missed
end

---@param samples table
---@return integer missed
function M.json(samples)
    local g, missed, out, goals = getters(samples), 0, {}, {}
    for _, column in ipairs(columns) do
        for _, bot in ipairs(works.bots) do
            local n = figure(g, column[1], column[2], bot.name)
            if n then
                out[#out + 1] = ('{"work":"%s","bot":"%s","field":"%s","median":%.6g}'):format(column[1], bot.name, column[2], n)
            end
        end
    end
    for _, goal in ipairs(works.goals) do
        local value = goal.value(g)
        local met = verdict(goal, value) == "met"
        missed = missed + (value and not met and 1 or 0)
        goals[#goals + 1] = ('{"goal":"%s","limit":%g,"value":%s,"met":%s}'):format(goal.text, goal.limit,
            value and ("%.6g"):format(value) or "null", value and tostring(met) or "null")
    end
    print('{"medians":[' .. table.concat(out, ",\n") .. '],\n"goals":[' .. table.concat(goals, ",\n") .. "]}")
    return missed
end

return M

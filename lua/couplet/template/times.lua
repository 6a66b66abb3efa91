-- SPDX-License-Identifier: MIT
-- template.times: the filters of times: date(format, tz), duration, ago. A time is seconds since 1970, or a text as XEP-0082 and
-- RFC 3339 have it.
local datetime = require "couplet.datetime"

local ipairs, math, os, pcall, tonumber, type = ipairs, math, os, pcall, tonumber, type
local s_find, s_format, s_gsub = string.find, string.format, string.gsub

local M = {}

local FORMAT = "%Y-%m-%d %H:%M:%S %Z"

--- Seconds since 1970, or nil.
function M.seconds(value)
    local number = tonumber(value) or datetime.parse(value)
    if not number or number ~= number or math.abs(number) > 253402300799 then return nil end
    return number
end

-- What is added to UTC there, and the name of it; nil: no such zone is known.
local function offset_at(seconds, tz)
    if tz == nil or tz == "UTC" or tz == "Z" then return 0, "UTC" end
    if type(tz) ~= "string" then return nil end
    local offset = datetime.parse_offset(tz)
    if offset then return offset, tz end
    if not datetime.local_time then return nil end
    local ok, there = pcall(datetime.local_time, seconds, tz)
    if ok and type(there) == "table" and tonumber(there.offset) then return there.offset, there.zone or there.abbreviation or tz end
end

local LETTERS = "aAbBdeHIjmMpSyYuwGVCDFRTnt%"

local function zone_text(offset)
    local minutes = math.floor(math.abs(offset) / 60)
    return s_format("%s%02d%02d", offset < 0 and "-" or "+", minutes // 60, minutes % 60)
end

-- What os.date does not know would raise; it stays as it is written.
local function date(_, value, format, tz)
    local seconds = M.seconds(value)
    if not seconds then return value end
    seconds = math.floor(seconds)
    local offset, name = offset_at(seconds, tz)
    if not offset then offset, name = 0, "UTC" end
    format = type(format) == "string" and #format <= 200 and format or FORMAT
    return (s_gsub(format, "%%(.)", function(letter)
        if letter == "Z" then return name end
        if letter == "z" then return zone_text(offset) end
        if letter == "s" then return s_format("%d", seconds) end
        if s_find(LETTERS, letter, 1, true) then return os.date("!%" .. letter, seconds + offset) end
    end))
end

local STEPS = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } }

--- Seconds as the two largest units: "2d 3h", "5m 12s", "0s".
function M.duration(seconds)
    if seconds < 0 then return "-" .. M.duration(-seconds) end
    if seconds < 1 and seconds > 0 then return s_format("%.0fms", seconds * 1000) end
    local rest = math.floor(seconds)
    for i, step in ipairs(STEPS) do
        local count = rest // step[1]
        if count > 0 or i == #STEPS then
            local smaller = STEPS[i + 1]
            local more = smaller and rest % step[1] // smaller[1] or 0
            return more > 0 and s_format("%d%s %d%s", count, step[2], more, smaller[2]) or s_format("%d%s", count, step[2])
        end
    end
end

local function duration(_, value)
    local seconds = tonumber(value)
    if not seconds or seconds ~= seconds or math.abs(seconds) > 1e12 then return value end
    return M.duration(seconds)
end

local function ago(run, value)
    local seconds = M.seconds(value)
    if not seconds then return value end
    local past = run.now - seconds
    return past >= 0 and M.duration(math.floor(past)) .. " ago" or "in " .. M.duration(math.floor(-past))
end

M.filters = { date = { date, 0, 2 }, duration = { duration, 0, 0 }, ago = { ago, 0, 0 } }

return M

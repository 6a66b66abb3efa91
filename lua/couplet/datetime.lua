-- SPDX-License-Identifier: MIT
-- datetime: dates and times as XMPP writes them (XEP-0082), to and from seconds since 1970 (UTC). The names are those of
-- Prosody's util.datetime. The machine's time zone plays no part but where a function takes a zone and gets none.
--
--   datetime.datetime(0)                        "1970-01-01T00:00:00Z"
--   datetime.parse "2026-11-21T12:30:00.5+01:00"   a number; nil when it is no such time
--   datetime.local_time(nil, "Europe/Berlin").hour   what a clock there shows now
--   datetime.next("0 7 * * mon-fri", "Europe/Berlin")   when it is seven there on a working day, in seconds since 1970
-- Implements: XEP-0082 1.1.1
local M = {}

local floor = math.floor

-- Days since 1970-01-01 of a date in the Gregorian calendar, and back; the year begins in March, so that leap days are last.
local function days_of(year, month, day)
    if month <= 2 then year = year - 1 end
    local era = year // 400
    local year_of_era = year - era * 400
    local day_of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468
end

local function date_of(days)
    days = days + 719468
    local era = days // 146097
    local day_of_era = days - era * 146097
    local year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    local day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    local shifted = (5 * day_of_year + 2) // 153
    local month = shifted < 10 and shifted + 3 or shifted - 9
    local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
    return year, month, day_of_year - (153 * shifted + 2) // 5 + 1
end

local function parts_of(seconds)
    local whole = floor(seconds)
    local year, month, day = date_of(whole // 86400)
    local rest = whole % 86400
    return year, month, day, rest // 3600, rest // 60 % 60, rest % 60
end

local function now(seconds) return seconds or os.time() end

---@param seconds? number default: now
---@return string
function M.datetime(seconds) return ("%04d-%02d-%02dT%02d:%02d:%02dZ"):format(parts_of(now(seconds))) end

---@param seconds? number
---@return string
function M.date(seconds) return (M.datetime(seconds):sub(1, -11)) end

---@param seconds? number
---@return string
function M.time(seconds) return (M.datetime(seconds):sub(-9, -2)) end

--- The old format of XEP-0091: 20261121T12:30:00
---@param seconds? number
---@return string
function M.legacy(seconds) return ("%04d%02d%02dT%02d:%02d:%02d"):format(parts_of(now(seconds))) end

--- "+01:00", "-03:30", "Z" to seconds; nil when it is none.
---@param text string
---@return integer|nil
function M.parse_offset(text)
    if text == "Z" then return 0 end
    local sign, hours, minutes = text:match "^([+-])(%d%d):(%d%d)$"
    if not sign or tonumber(hours) > 23 or tonumber(minutes) > 59 then return nil end
    local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
    return sign == "-" and -seconds or seconds
end

local function days_in(year, month)
    local next_year, next_month = year, month + 1
    if next_month == 13 then next_year, next_month = year + 1, 1 end
    return days_of(next_year, next_month, 1) - days_of(year, month, 1)
end

--- Seconds since 1970 of a date with time and zone, in the format of XEP-0082 or the old one of XEP-0091.
---@param text any
---@return number|nil seconds nil: it is no such time
function M.parse(text)
    if type(text) ~= "string" or #text > 64 then return nil end
    local year, month, day, hour, min, sec, fraction, zone =
        text:match "^(%d%d%d%d)%-?(%d%d)%-?(%d%d)T(%d%d):(%d%d):(%d%d)(%.?%d*)(.*)$"
    if not year then return nil end
    if zone == "" and not text:find "-" then zone = "Z" end -- XEP-0091 is always UTC
    year, month, day = tonumber(year), tonumber(month), tonumber(day)
    hour, min, sec = tonumber(hour), tonumber(min), tonumber(sec)
    local offset, part = M.parse_offset(zone), fraction == "" and 0 or tonumber("0" .. fraction)
    if not offset or not part or fraction == "." or (fraction ~= "" and fraction:sub(1, 1) ~= ".") then return nil end
    if month < 1 or month > 12 or day < 1 or day > days_in(year, month) or hour > 23 or min > 59 or sec > 60 then return nil end
    return days_of(year, month, day) * 86400 + hour * 3600 + min * 60 + sec - offset + part
end

local function refusal(text)
    return nil, require("couplet.errors").new("bad-request", text)
end

---@class couplet.LocalTime
---@field year integer
---@field month integer 1 to 12
---@field day integer
---@field hour integer
---@field min integer
---@field sec integer
---@field wday integer 1 is Sunday
---@field yday integer
---@field isdst boolean
---@field offset integer seconds east of UTC
---@field zone string as people there call it: "CEST"

--- What a clock shows in a time zone ("Europe/Berlin", "UTC"; nil: the machine's own), with the fields of os.date "*t".
---@param seconds? number default: now
---@param zone? string
---@return couplet.LocalTime|nil, couplet.Error|nil err there is no such zone
function M.local_time(seconds, zone)
    local shows, text = require("couplet.core.clock").shows(now(seconds), zone)
    if not shows then return refusal(text) end
    return shows
end

--- When a pattern of cron ("0 9 * * mon-fri", "@daily") comes next, after `seconds`.
---@param pattern string
---@param zone? string default: the machine's own
---@param seconds? number default: now
---@return integer|nil, couplet.Error|nil err nil alone: not within ten years
function M.next(pattern, zone, seconds)
    local at, text = require("couplet.core.clock").next(pattern, now(seconds), zone)
    if text then return refusal(text) end
    return at
end

return M

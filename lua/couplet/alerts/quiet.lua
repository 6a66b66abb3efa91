-- SPDX-License-Identifier: MIT
-- quiet: hours in which only some severities are said. What comes meanwhile is held back on disk (couplet.alerts.group) until
-- they end, and is then said as one message. Hours are those of a time zone, daylight saving included.
local datetime = require "couplet.datetime"

local floor, pcall = math.floor, pcall

local M = {}

local DAY = 1440

--- Minutes since midnight there, and the seconds beyond; nil: there is no such zone.
---@param now number
---@param tz string
---@return integer|nil, number|nil
function M.local_minute(now, tz)
    local whole = floor(now)
    if tz == "UTC" then return whole // 60 % DAY, now - whole // 60 * 60 end
    local ok, fields = pcall(datetime.local_time, whole, tz)
    if not ok or not fields then return nil end
    return fields.hour * 60 + fields.min, fields.sec + (now - whole)
end

-- Of a night when the clock is changed, `to` is not as far away as it looks.
local function corrected(at, to, tz)
    local minute = M.local_minute(at, tz)
    local off = minute and (minute - to + DAY // 2) % DAY - DAY // 2 or 0
    return at - off * 60
end

--- When the quiet ends that is now; nil: there is none, or this is loud enough.
---@param quiet table of the policy
---@param now number
---@param severity string|nil
---@return number|nil
function M.ends(quiet, now, severity)
    if severity and quiet.except[severity] then return nil end
    local minute, seconds = M.local_minute(now, quiet.tz)
    if not minute then return nil end
    if (minute - quiet.from) % DAY >= (quiet.to - quiet.from) % DAY then return nil end
    return corrected(now - seconds + (quiet.to - minute) % DAY * 60, quiet.to, quiet.tz)
end

return M

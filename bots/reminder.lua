-- SPDX-License-Identifier: MIT
-- reminder: "remind me in 5 minutes to stretch". The handler waits; nobody else does.
local M = {}

local UNITS = { second = 1, minute = 60, hour = 3600 }

function M.remind(event)
    local count, what = event.captures[1], event.captures[3]
    local unit = event.captures[2]:gsub("s$", "")
    local seconds = UNITS[unit] and tonumber(count) * UNITS[unit]
    if not seconds or seconds > 86400 then return "seconds, minutes or hours, up to a day, please" end
    event:reply(("I will, in %s %s%s."):format(count, unit, count == "1" and "" or "s"))
    event.bot:sleep(seconds)
    return "Remember: " .. what
end

return M

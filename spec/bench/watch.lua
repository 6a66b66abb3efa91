-- SPDX-License-Identifier: MIT
-- watch: who sits where alerts arrive, and writes down when each was seen: `NUMBER SECONDS-SINCE-1970` a line, on stdout.
local gettimeofday = require("luv").gettimeofday

local M = {}

function M.seen(event)
    local number = event.body:match "%d%d%d%d%d%d%d%d"
    if number then
        io.stdout:write(("%d %d.%06d\n"):format(tonumber(number), gettimeofday()))
        io.stdout:flush()
    end
end

return M

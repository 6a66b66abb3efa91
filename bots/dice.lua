-- SPDX-License-Identifier: MIT
-- dice: "roll 2d6". The numbers are the captures of the hook's pattern: body: "^roll (%d+)d(%d+)$".
local M = {}

function M.roll(event)
    local count, sides = tonumber(event.captures[1]), tonumber(event.captures[2])
    if count < 1 or count > 100 or sides < 1 or sides > 1000 then return "1 to 100 dice with 1 to 1000 sides, please" end
    local rolls, sum = {}, 0
    for i = 1, count do
        rolls[i] = math.random(sides)
        sum = sum + rolls[i]
    end
    return ("%s = %d"):format(table.concat(rolls, " + "), sum)
end

return M

-- SPDX-License-Identifier: MIT
-- What the benchmarks share: how samples become one figure, and how a benchmark ends that cannot go on.
local M = {}

---@param list number[] is sorted
---@return number? median of an even number of them the mean of the two in the middle
function M.median(list)
    if #list == 0 then
        return nil
    end
    table.sort(list)
    local middle = (#list + 1) // 2
    return #list % 2 == 1 and list[middle] or (list[middle] + list[middle + 1]) / 2
end

---@param name string whose failure it is
---@return fun(format: string, ...) fail says why, and ends the process with 1
function M.failing(name)
    return function(...)
        io.stderr:write(name, ": ", string.format(...), "\n")
        os.exit(1)
    end
end

return M

-- SPDX-License-Identifier: MIT
-- The bot of the benchmark: what the README's echo bot is.
local M = {}

---@param event table
---@return string? answer
function M.echo(event)
    return event.body
end

return M

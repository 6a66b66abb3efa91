-- SPDX-License-Identifier: MIT
-- echo: says again what it hears.
local M = {}

function M.say(event) return event.body end

return M

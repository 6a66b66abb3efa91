-- SPDX-License-Identifier: MIT
-- own_events: bot:emit, events of a bot's own for its hooks (`event: deploy.done`).
local core = require "couplet.core.bot"

local error, type = error, type

local M = {}

--- Raises an event of the bot's own to its hooks (`event: deploy.done`), at the end of this turn; `data` is event.data.
---@param bot couplet.Bot
---@param name string with a dot in it
---@param data any
---@return integer hooks that want it
function M.emit(bot, name, data)
    if type(name) ~= "string" or not name:find(".", 1, true) then
        error("an event of your own has a dot in its name, like 'deploy.done'", 2)
    end
    return core.emit(bot, name, { data = data })
end

return M

-- SPDX-License-Identifier: MIT
-- alerts.deliver: alerts to the room or the people that the hook's `with:` names (`to:`, one or a list). What was said is on disk
-- before the webhook is answered.
local errors = require "couplet.errors"
local text = require "couplet.alerts.text"

local ipairs, type = ipairs, type

local M = {}

M.OPTIONS = { to = "any" }

local function targets(with)
    local to = type(with) == "table" and with.to
    if type(to) == "string" then return { to } end
    return type(to) == "table" and to or {}
end

--- -> true | nil, err
---@param event table
---@param alerts couplet.Alert[]
function M.take(event, alerts)
    if #alerts == 0 then return true end
    local list = targets(event.with)
    if #list == 0 then return nil, errors.new("internal-server-error", "the hook's `with:` has no `to:`") end
    local body, how = text.render(alerts, event.with)
    if not body then return nil, how end
    for _, to in ipairs(list) do
        local id, err = event.bot:say(to, body, text.options(how))
        if not id then return nil, err end
    end
    return true
end

return M

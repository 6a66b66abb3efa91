-- SPDX-License-Identifier: MIT
-- alerts: handlers for webhooks, for the configuration:
--
--   - { event: webhook, path: /alertmanager, auth: { bearer_file: hook.secret },
--       call: alerts.alertmanager, with: { to: ops@conference.example.org } }
--
-- One for each parser (couplet.alerts.parse); what `with:` may say stands in couplet.alerts.text and couplet.alerts.deliver. An
-- answer comes once what is to be said is on disk: 202, or 400 with the place in the payload that is not as it should be.
local parse = require "couplet.alerts.parse"

local ipairs, require = ipairs, require

local M = {}

-- What those who talk to the real one expect to read.
local ANSWERS = { slack = "ok" }

local function handler(name)
    return function(event)
        local alerts, err = parse[name](event)
        if not alerts then return nil, err end
        local done
        done, err = require("couplet.alerts.deliver").take(event, alerts)
        if not done then return nil, err end
        return ANSWERS[name] or true
    end
end

for _, name in ipairs(parse.NAMES) do M[name] = handler(name) end

--- Called when the configuration is read, before anything connects. -> mistakes | nil
---@param name string of the handler
---@param with any
---@param folder string
---@param rooms string[]
---@param bot couplet.Bot
function M.check_with(name, with, folder, rooms, bot)
    local mistakes = require("couplet.alerts.check").check(name, with, folder, rooms)
    if not mistakes then require("couplet.alerts.life").will_come(bot, require("couplet.alerts.options").of(with)) end
    return mistakes
end

return M

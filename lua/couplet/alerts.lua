-- SPDX-License-Identifier: MIT
-- alerts: handlers for webhooks, for the configuration:
--
--   - { event: webhook, path: /alertmanager, auth: { bearer_file: hook.secret },
--       call: alerts.alertmanager, with: { to: ops@conference.example.org } }
--
-- One for each parser (couplet.alerts.parse); what `with:` may say stands in couplet.alerts.text and couplet.alerts.deliver. An
-- answer comes once what is to be said is on disk: 202, or 400 with the place in the payload that is not as it should be.
local parse = require "couplet.alerts.parse"

local M = {}

local function handler(name)
    return function(event)
        local alerts, err = parse[name](event)
        if not alerts then return nil, err end
        return require("couplet.alerts.deliver").take(event, alerts)
    end
end

for _, name in ipairs(parse.NAMES) do M[name] = handler(name) end

return M

-- SPDX-License-Identifier: MIT
-- alerts.parse.github: webhooks of GitHub: what alerts.forge knows; a short line for any other. `events: [push, release]` in `with:`
-- lets only these through.
local forge = require "couplet.alerts.forge"
local reader = require "couplet.alerts.reader"

local M = {}

function M.parse(event)
    return forge.parse(event, "github", reader.header(event, "x-github-event"), reader.header(event, "x-github-delivery"))
end

return M

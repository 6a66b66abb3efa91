-- SPDX-License-Identifier: MIT
-- alerts.parse.forgejo: webhooks of Forgejo and Gitea, which are much like GitHub's.
local forge = require "couplet.alerts.forge"
local reader = require "couplet.alerts.reader"

local M = {}

-- Of what forge calls otherwise.
local NAMES = { pull_request_comment = "issue_comment" }

function M.parse(event)
    local name = reader.header(event, "x-forgejo-event") or reader.header(event, "x-gitea-event") or reader.header(event, "x-gogs-event")
    local delivery = reader.header(event, "x-forgejo-delivery") or reader.header(event, "x-gitea-delivery") or reader.header(event, "x-gogs-delivery")
    return forge.parse(event, "forgejo", NAMES[name] or name, delivery)
end

return M

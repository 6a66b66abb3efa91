-- SPDX-License-Identifier: MIT
-- alerts.parse.forgejo: webhooks of Forgejo and Gitea, which are much like GitHub's.
local forge = require "couplet.alerts.forge"
local reader = require "couplet.alerts.reader"

local ipairs = ipairs

local M = {}

-- The event has no name where there is only one of its type: then that is it.
local NAMES = { "x-forgejo-event", "x-gitea-event", "x-gogs-event", "x-forgejo-event-type", "x-gitea-event-type", "x-gogs-event-type" }

local function name_of(event)
    for _, name in ipairs(NAMES) do
        local value = reader.header(event, name)
        if value then return value end
    end
end

function M.parse(event)
    local name = name_of(event)
    local delivery = reader.header(event, "x-forgejo-delivery") or reader.header(event, "x-gitea-delivery") or reader.header(event, "x-gogs-delivery")
    return forge.parse(event, "forgejo", name, delivery)
end

return M

-- SPDX-License-Identifier: MIT
-- alerts.parse: webhooks of many programs as alerts. parse.NAME(event) -> a list of alerts | nil, err, where err says what is
-- wrong and where. A parser raises nothing, whatever comes, and is loaded when it is first asked for: one file each in
-- couplet.alerts.parse.*.
--
-- event.body, event.headers (names in small letters), event.query; event.with: what the hook says.
local setmetatable, type = setmetatable, type

---@class couplet.Alert
---@field source string the parser's name
---@field fingerprint string what is the same for the same alert, firing and resolved
---@field status "firing"|"resolved"|"info"
---@field severity string|nil critical, error, warning, info, or what the source calls it
---@field title string
---@field text string|nil more lines
---@field labels table<string, string>
---@field annotations table<string, string>
---@field starts_at number|nil seconds since 1970
---@field ends_at number|nil
---@field url string|nil
---@field silence_url string|nil where a person silences it
---@field group_key string|nil what the source sends together
---@field external_url string|nil the source's own page
---@field raw table|nil the payload it was in
---@field said string|nil what the hook's template made of it, of plain JSON

local M = {}

M.NAMES = { "alertmanager", "forgejo", "gitea", "github", "gitlab", "grafana", "json", "sentry", "slack", "text", "uptime_kuma" }
local MODULES = { gitea = "forgejo" }
local known = {}
for _, name in ipairs(M.NAMES) do known[name] = "couplet.alerts.parse." .. (MODULES[name] or name) end

return setmetatable(M, {
    __index = function(_, name)
        local module = type(name) == "string" and known[name]
        return module and require(module).parse or nil
    end,
})

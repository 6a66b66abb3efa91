-- SPDX-License-Identifier: MIT
-- alerts.forge: the events that GitHub, Forgejo and Gitea share, as alerts. What people did is "info"; a run of checks that failed is
-- "firing" until one of the same name on the same branch is well. What each event says is in alerts.forge.*, loaded when it comes.
local clean = require "couplet.clean"
local reader = require "couplet.alerts.reader"
local words = require "couplet.alerts.forge.words"

local ipairs, pairs, require, tostring, type = ipairs, pairs, require, tostring, type
local s_format = string.format

local M = {}

local MODULES = {
    code = { "push", "create", "delete", "fork", "public", "release", "gollum", "wiki", "package", "registry_package", "commit_comment", "ping" },
    talk = {
        "issues", "pull_request", "issue_comment", "pull_request_review", "pull_request_review_comment", "pull_request_review_thread",
        "pull_request_approved", "pull_request_rejected", "pull_request_comment", "discussion", "discussion_comment",
    },
    checks = {
        "workflow_run", "workflow_job", "check_run", "check_suite", "status", "deployment", "deployment_status", "action_run_failure",
        "action_run_success", "action_run_recover",
    },
    security = {
        "dependabot_alert", "code_scanning_alert", "secret_scanning_alert", "repository_vulnerability_alert", "security_advisory",
    },
}
local module_of = {}
for module, names in pairs(MODULES) do
    for _, name in ipairs(names) do module_of[name] = "couplet.alerts.forge." .. module end
end

-- Any other: "star created by alice", "milestone 1.4 closed by alice".
local function other(root, who, name)
    local action, about = root:line("action", 40), root:object(name)
    local title = about:line("title", 128) or about:line("name", 128) or about:line("login", 64)
    return {
        title = s_format("%s%s%s by %s", words.plain(name), title and " " .. title or "", action and " " .. words.plain(action) or "", who),
        url = about:url "html_url",
    }
end

--- Whether the hook's `events:` lets it through.
function M.is_wanted(event, name)
    local wanted = type(event.with) == "table" and event.with.events
    if type(wanted) ~= "table" then return true end
    for _, one in ipairs(wanted) do
        if one == name then return true end
    end
    return false
end

local function alert_of(root, who, name)
    if module_of[name] then return require(module_of[name])[name](root, who) end
    local alert = other(root, who, name)
    root:forget() -- of what is not known nothing can be wrong
    return alert
end

--- The event of that name as alerts | nil, err.
---@param event table
---@param source string
---@param name string|nil the event, from a header
---@param delivery string|nil the same when it is sent again
function M.parse(event, source, name, delivery)
    local root, err = reader.of(event)
    if not root then return nil, err end
    name = name or "event"
    if not M.is_wanted(event, name) then return {} end
    local run = name:find "^action_run_" and root:object "run" -- the only one that has these there
    local who = run and words.name(run:object "trigger_user") or words.name(root:object "sender") or words.name(root:object "pusher") or "somebody"
    local repository = (run or root):object "repository"
    local place = repository:line("full_name", 140) or words.name(root:object "organization") or source
    local alert = alert_of(root, who, name)
    if not alert then return reader.result(root, {}) end
    local key, kind = alert.key or delivery or event.body, alert.kind or name
    alert.key, alert.kind = nil, nil
    alert.source, alert.status = source, alert.status or "info"
    alert.title = clean.line(place .. ": " .. alert.title, 512)
    alert.fingerprint = reader.fingerprint(source, place, kind, tostring(key))
    alert.labels = alert.labels or {}
    alert.labels.repository, alert.labels.event = place, name
    alert.external_url = repository:url "html_url"
    return reader.result(root, { alert })
end

return M

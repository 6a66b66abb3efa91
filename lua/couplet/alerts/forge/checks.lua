-- SPDX-License-Identifier: MIT
-- alerts.forge.checks: what machines say of code: a run that failed is "firing" until one of the same name on the same branch is
-- well. What goes on still is no news.
local words = require "couplet.alerts.forge.words"

local ipairs, table = ipairs, table
local s_format = string.format

local M = {}

local CONCLUSION = { failure = "firing", timed_out = "firing", startup_failure = "firing", action_required = "firing", success = "resolved", error = "firing" }
local SAID = {
    failure = "failed", timed_out = "timed out", startup_failure = "did not start", action_required = "wants something done", success = "succeeded",
    error = "failed", cancelled = "was cancelled", skipped = "was skipped", neutral = "ended", stale = "got no answer",
}

-- Nothing for what has no conclusion. where: " on main"
local function ended(conclusion, name, where, fields)
    if not conclusion then return nil end
    local status = CONCLUSION[conclusion] or "info"
    fields.title, fields.status = s_format("%s %s%s", name, SAID[conclusion] or words.plain(conclusion), where), status
    fields.severity = status == "firing" and "error" or nil
    if status ~= "resolved" then fields.ends_at = nil end
    return fields
end

local function on_branch(run, name, branch, fields)
    branch = branch or "?"
    fields.key, fields.labels, fields.url = name .. "\0" .. branch, { branch = branch, check = name }, run:url "html_url"
    return ended(run:line("conclusion", 40), name, " on " .. branch, fields)
end

function M.workflow_run(root)
    local run = root:object "workflow_run"
    if root:line "action" ~= "completed" then return nil end
    local name = run:line("name", 128) or root:object("workflow"):line("name", 128) or "workflow"
    return on_branch(run, name, run:line("head_branch", 128), {
        text = run:line("display_title", 200), starts_at = run:time "run_started_at" or run:time "started_at",
        ends_at = run:time "completed_at" or run:time "updated_at",
    })
end

local function failed_steps(job)
    local names = {}
    for _, step in ipairs(job:list "steps") do
        if step:line("conclusion", 40) == "failure" and #names < 8 then names[#names + 1] = step:line("name", 64) end
    end
    return #names > 0 and "failed: " .. table.concat(names, ", ") or nil
end

function M.workflow_job(root)
    local job = root:object "workflow_job"
    if root:line "action" ~= "completed" then return nil end
    local workflow, name = job:line("workflow_name", 128), job:line("name", 128) or "job"
    return on_branch(job, workflow and workflow .. " / " .. name or "job " .. name, job:line("head_branch", 128), {
        text = failed_steps(job), starts_at = job:time "started_at", ends_at = job:time "completed_at",
    })
end

function M.check_run(root)
    local run = root:object "check_run"
    if root:line "action" ~= "completed" then return nil end
    return on_branch(run, run:line("name", 128) or "check", run:object("check_suite"):line("head_branch", 128), {
        text = run:object("output"):line("title", 200), starts_at = run:time "started_at", ends_at = run:time "completed_at",
    })
end

function M.check_suite(root)
    local suite = root:object "check_suite"
    if root:line "action" ~= "completed" then return nil end
    local name = s_format("checks of %s", suite:object("app"):line("name", 64) or "an app")
    local alert = on_branch(suite, name, suite:line("head_branch", 128), {
        text = words.subject(suite:object "head_commit"), starts_at = suite:time "created_at", ends_at = suite:time "updated_at",
    })
    if alert then alert.url = root:object("repository"):url "html_url" end
    return alert
end

-- What a service says of a commit.
function M.status(root)
    local state, name = root:line("state", 40), root:line("context", 128) or "status"
    if state == "pending" then return nil end
    local first = root:list("branches")[1]
    local branch = first and first:line("name", 128) or (root:line("sha", 64) or "?"):sub(1, 7)
    local commit = root:object "commit"
    local subject = words.subject(commit:has "commit" and commit:object "commit" or commit)
    local description = root:line("description", 200)
    return ended(state, name, " on " .. branch, {
        key = name .. "\0" .. (first and branch or root:line("sha", 64) or ""), labels = { branch = branch, check = name },
        url = root:url "target_url" or commit:url "html_url",
        text = description and subject and subject .. "\n" .. description or subject or description, ends_at = root:time "updated_at",
    })
end

function M.deployment(root, who)
    local deployment = root:object "deployment"
    local ref, environment = deployment:line("ref", 128) or "?", deployment:line("environment", 128) or "?"
    return { title = s_format("%s deploys %s to %s", who, ref, environment), text = deployment:line("description", 200) }
end

local DEPLOYED = { success = "success", failure = "failure", error = "error" }

function M.deployment_status(root)
    local status, deployment = root:object "deployment_status", root:object "deployment"
    local environment = status:line("environment", 128) or deployment:line("environment", 128) or "?"
    return ended(DEPLOYED[status:line("state", 40)], "deployment to " .. environment, "", {
        key = environment, labels = { environment = environment, branch = deployment:line("ref", 128) }, text = status:line("description", 200),
        url = status:url "log_url" or status:url "target_url" or status:url "environment_url", ends_at = status:time "created_at",
    })
end

-- Forgejo's own events; that it is well again (recover) comes beside that it is well.
local function action_run(conclusion)
    return function(root)
        local run = root:object "run"
        local name, branch = run:line("workflow_id", 128) or "workflow", (words.branch(run:line("prettyref", 128)))
        return ended(conclusion, name, " on " .. branch, {
            kind = "action_run", key = name .. "\0" .. branch, labels = { branch = branch, check = name }, text = run:line("title", 200),
            url = run:url "html_url", starts_at = run:time "started", ends_at = run:time "stopped",
        })
    end
end

M.action_run_failure, M.action_run_success, M.action_run_recover = action_run "failure", action_run "success", action_run "success"

return M

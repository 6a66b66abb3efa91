-- SPDX-License-Identifier: MIT
-- alerts.parse.gitlab: webhooks of GitLab: pushes, tags, issues, merge requests, comments, releases and the like are news; a pipeline,
-- job or deployment that failed is an alert, until the next one of its branch (environment) is well. `events: [push, pipeline]` in
-- `with:` lets only these through, by their `object_kind`.
local clean = require "couplet.clean"
local forge = require "couplet.alerts.forge"
local reader = require "couplet.alerts.reader"
local words = require "couplet.alerts.forge.words"

local ipairs, math, require, table, tostring = ipairs, math, require, table, tostring
local s_format = string.format

local M = {}

local EVENTS = {}

function EVENTS.push(root, who)
    local branch = words.branch(root:line "ref")
    if root:line "after" == words.NONE then return { title = who .. " deleted " .. branch, labels = { branch = branch } } end
    local list = root:list "commits"
    local total = math.max(root:number "total_commits_count" or 0, #list + list.more) // 1
    local project = root:object "project":url "web_url"
    local before, after = root:line("before", 64), root:line("after", 64)
    if total == 0 and before == words.NONE then return { title = who .. " created " .. branch, labels = { branch = branch } } end
    local is_whole = project and before and after and before ~= words.NONE
    return {
        title = s_format("%s pushed %s to %s", who, words.counted(total, "commit"), branch), text = words.commits_text(list, total),
        url = is_whole and clean.url(s_format("%s/-/compare/%s...%s", project, before:sub(1, 12), after:sub(1, 12))) or project,
        labels = { branch = branch },
    }
end

function EVENTS.tag_push(root, who)
    local tag = words.branch(root:line "ref")
    return { title = s_format("%s %s tag %s", who, root:line "after" == words.NONE and "deleted" or "created", tag), text = root:line "message" }
end

local DONE = {
    open = "opened", close = "closed", reopen = "reopened", update = "updated", merge = "merged", approved = "approved", approval = "approved",
    unapproved = "withdrew approval of", unapproval = "withdrew approval of", create = "created", delete = "deleted",
}

-- action → what was done
function M.done(action) return DONE[action or ""] or action end

-- What an issue or work item is says its `type` ("Incident", "Task", …).
local function item(kind, sign)
    return function(root, who)
        local one = root:object "object_attributes"
        local action, number = one:line("action", 40), one:number "iid"
        local which = number and s_format(" %s%d", sign, number // 1) or ""
        return {
            title = s_format("%s %s %s%s: %s", who, M.done(action) or "changed", (one:line("type", 40) or kind):lower(), which,
                one:line("title", 256) or "?"),
            text = action == "open" and words.excerpt(one:text "description") or nil, url = one:url "url", labels = { branch = one:line "source_branch" },
        }
    end
end

EVENTS.issue, EVENTS.merge_request, EVENTS.work_item = item("issue", "#"), item("merge request", "!"), item("work item", "#")

local NOTED = { Issue = { "issue", "#", "issue" }, MergeRequest = { "merge request", "!", "merge_request" }, Snippet = { "snippet", "$", "snippet" } }

function EVENTS.note(root, who)
    local note = root:object "object_attributes"
    local kind, about = NOTED[note:line "noteable_type" or ""], "commit " .. (note:line("commit_id", 64) or "?"):sub(1, 7)
    if kind then
        local one = root:object(kind[3])
        local number = one:number "iid" or one:number "id"
        about = s_format("%s%s: %s", kind[1], number and s_format(" %s%d", kind[2], number // 1) or "", one:line("title", 256) or "?")
    end
    local did = note:line "action" == "update" and "edited a comment on" or "commented on"
    return { title = s_format("%s %s %s", who, did, about), text = words.excerpt(note:text "note"), url = note:url "url" }
end

function EVENTS.release(root)
    local action = root:line("action", 40)
    local name, tag = root:line("name", 128), root:line("tag", 128)
    local shown = name and tag and name ~= tag and s_format("%s (%s)", name, tag) or name or tag or "?"
    return {
        title = s_format("release %s %s", shown, M.done(action) or "published"),
        text = action == "create" and words.excerpt(root:text "description") or nil, url = root:url "url",
    }
end

local STATUS = { failed = "firing", success = "resolved", canceled = "info", skipped = "info" }
local SAID = { failed = "failed", success = "succeeded", canceled = "was cancelled", skipped = "was skipped" }

-- What has not ended yet is no news. place: the branch or environment
local function ended(state, title, key, fields)
    local status = STATUS[state]
    if not status then return nil end
    fields.title, fields.status, fields.key = s_format(title, SAID[state]), status, key
    fields.severity = status == "firing" and "error" or nil
    if status ~= "resolved" then fields.ends_at = nil end
    return fields
end

-- %s of a title is filled in later.
local function literal(text) return (text:gsub("%%", "%%%%")) end

local function on_branch(state, name, branch, fields)
    fields.labels = { branch = branch, check = name }
    return ended(state, s_format("%s %%s on %s", literal(name), literal(branch)), name .. "\0" .. branch, fields)
end

local function failed_jobs(root)
    local names = {}
    for _, build in ipairs(root:list "builds") do
        if build:line "status" == "failed" and not build:flag "allow_failure" and #names < 8 then names[#names + 1] = build:line("name", 64) end
    end
    return #names > 0 and "failed: " .. table.concat(names, ", ") or nil
end

function EVENTS.pipeline(root)
    local one, commit = root:object "object_attributes", root:object "commit"
    local subject, jobs = words.subject(commit), failed_jobs(root)
    return on_branch(one:line "status", one:line("name", 128) or "pipeline", (words.branch(one:line("ref", 128))), {
        text = subject and jobs and subject .. "\n" .. jobs or subject or jobs, url = one:url "url", starts_at = one:time "created_at",
        ends_at = one:time "finished_at",
    })
end

function EVENTS.build(root)
    local project, id = root:object "project":url "web_url" or root:object "repository":url "homepage", root:number "build_id"
    if root:flag "build_allow_failure" then return nil end
    local reason = root:line("build_failure_reason", 128)
    return on_branch(root:line "build_status", s_format("job %s", root:line("build_name", 128) or "?"), (words.branch(root:line("ref", 128))), {
        text = reason ~= "unknown_failure" and reason or nil,
        url = project and id and clean.url(s_format("%s/-/jobs/%d", project, id // 1)) or project,
        starts_at = root:time "build_started_at", ends_at = root:time "build_finished_at",
    })
end

function EVENTS.deployment(root)
    local environment = root:line("environment", 128) or "?"
    return ended(root:line "status", s_format("deployment to %s %%s", literal(environment)), environment, {
        labels = { environment = environment, branch = root:line("ref", 128) }, text = root:line("commit_title", 200),
        url = root:url "deployable_url" or root:url "commit_url", ends_at = root:time "status_changed_at",
    })
end

-- What comes seldom is loaded when it comes.
local function alert_of(root, who, kind)
    if EVENTS[kind] then return EVENTS[kind](root, who) end
    return require("couplet.alerts.parse.gitlab_seldom")(root, who, kind, M.done)
end

local function who_of(root)
    return words.name(root:object "user") or root:line("user_username", 64) or root:line("user_name", 64)
end

-- The project or group it is of; some payloads have it in no field, but in their link.
local function place_of(root, project)
    for _, name in ipairs { "project_name", "project_path_with_namespace", "path_with_namespace", "full_path", "group_path" } do
        if root:has(name) and not project:has "path_with_namespace" then return root:line(name, 140) or "gitlab" end
    end
    local url = root:object("object_attributes"):url "url"
    return project:line("path_with_namespace", 140) or url and clean.line(url:match "^https?://[^/]+/(.-)/%-/" or "gitlab", 140) or "gitlab"
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local kind = root:line("object_kind", 64) or root:line("event_name", 64) or "event"
    if not forge.is_wanted(event, kind) then return {} end
    local project = root:object "project"
    local place = place_of(root, project)
    local alert = alert_of(root, who_of(root) or "somebody", kind)
    if not alert then return reader.result(root, {}) end
    local key = alert.key or reader.header(event, "idempotency-key") or reader.header(event, "x-gitlab-event-uuid") or event.body
    alert.key = nil
    alert.source, alert.status = "gitlab", alert.status or "info"
    alert.title = clean.line(place .. ": " .. alert.title, 512)
    alert.fingerprint = reader.fingerprint("gitlab", place, kind, tostring(key))
    alert.labels = alert.labels or {}
    alert.labels.repository, alert.labels.event = place, kind
    alert.external_url = project:url "web_url"
    return reader.result(root, { alert })
end

return M

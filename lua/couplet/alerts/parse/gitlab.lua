-- SPDX-License-Identifier: MIT
-- alerts.parse.gitlab: webhooks of GitLab: pushes, tags, issues, merge requests, comments, releases are news; a pipeline or job that
-- failed is an alert, until the next one of its branch is well. `events: [push, pipeline]` in `with:` lets only these through, by
-- their `object_kind`.
local clean = require "couplet.clean"
local forge = require "couplet.alerts.forge"
local reader = require "couplet.alerts.reader"

local ipairs, math, table, tostring = ipairs, math, table, tostring
local s_format = string.format

local M = {}

local NONE = ("0"):rep(40)

local EVENTS = {}

function EVENTS.push(root, who)
    local branch = forge.branch(root:line "ref")
    if root:line "after" == NONE then return { title = who .. " deleted " .. branch } end
    local list = root:list "commits"
    local total = math.max(root:number "total_commits_count" or 0, #list + list.more) // 1
    local project = root:object "project":url "web_url"
    local before, after = root:line("before", 64), root:line("after", 64)
    if total == 0 and before == NONE then return { title = who .. " created " .. branch } end
    return {
        title = s_format("%s pushed %s to %s", who, forge.counted(total, "commit"), branch), text = forge.commits_text(list, total),
        url = project and before and after and clean.url(s_format("%s/-/compare/%s...%s", project, before:sub(1, 12), after:sub(1, 12))) or project,
        labels = { branch = branch },
    }
end

function EVENTS.tag_push(root, who)
    local tag = forge.branch(root:line "ref")
    return { title = s_format("%s %s tag %s", who, root:line "after" == NONE and "deleted" or "created", tag), text = root:line "message" }
end

local DONE = {
    open = "opened", close = "closed", reopen = "reopened", update = "updated", merge = "merged", approved = "approved", approval = "approved",
    unapproved = "withdrew approval of", unapproval = "withdrew approval of", create = "created", delete = "deleted",
}

local function item(kind, sign)
    return function(root, who)
        local one = root:object "object_attributes"
        local action, number = one:line("action", 40), one:number "iid"
        local which = number and s_format(" %s%d", sign, number // 1) or ""
        return {
            title = s_format("%s %s %s%s: %s", who, DONE[action] or action or "changed", kind, which, one:line("title", 256) or "?"),
            text = action == "open" and forge.excerpt(one:text "description") or nil, url = one:url "url", labels = { branch = one:line "source_branch" },
        }
    end
end

EVENTS.issue, EVENTS.merge_request, EVENTS.work_item = item("issue", "#"), item("merge request", "!"), item("work item", "#")

local NOTED = { Issue = { "issue", "#", "issue" }, MergeRequest = { "merge request", "!", "merge_request" }, Snippet = { "snippet", "$", "snippet" } }

function EVENTS.note(root, who)
    local note = root:object "object_attributes"
    local kind, about = NOTED[note:line "noteable_type" or ""], "a commit"
    if kind then
        local one = root:object(kind[3])
        local number = one:number "iid" or one:number "id"
        about = s_format("%s%s: %s", kind[1], number and s_format(" %s%d", kind[2], number // 1) or "", one:line("title", 256) or "?")
    end
    return { title = s_format("%s commented on %s", who, about), text = forge.excerpt(note:text "note"), url = note:url "url" }
end

function EVENTS.release(root)
    local action = root:line("action", 40)
    local name, tag = root:line("name", 128), root:line("tag", 128)
    local shown = name and tag and name ~= tag and s_format("%s (%s)", name, tag) or name or tag or "?"
    return {
        title = s_format("release %s %s", shown, DONE[action] or action or "published"),
        text = action == "create" and forge.excerpt(root:text "description") or nil, url = root:url "url",
    }
end

local STATUS = { failed = "firing", success = "resolved", canceled = "info", skipped = "info" }
local SAID = { failed = "failed", success = "succeeded", canceled = "was cancelled", skipped = "was skipped" }

-- What has not ended yet is no news.
local function ended(state, name, branch, fields)
    local status = STATUS[state]
    if not status then return nil end
    fields.title, fields.status = s_format("%s %s on %s", name, SAID[state], branch), status
    fields.severity, fields.key = status == "firing" and "error" or nil, name .. "\0" .. branch
    fields.labels = { branch = branch, check = name }
    return fields
end

local function failed_jobs(root)
    local names = {}
    for _, build in ipairs(root:list "builds") do
        if build:line "status" == "failed" and not build:flag "allow_failure" and #names < 8 then names[#names + 1] = build:line("name", 64) end
    end
    return #names > 0 and "failed: " .. table.concat(names, ", ") or nil
end

function EVENTS.pipeline(root)
    local one = root:object "object_attributes"
    local subject = root:object("commit"):line("title", 200)
    local jobs = failed_jobs(root)
    return ended(one:line "status", one:line("name", 128) or "pipeline", forge.branch(one:line("ref", 128)), {
        text = subject and jobs and subject .. "\n" .. jobs or subject or jobs, url = one:url "url", starts_at = one:time "created_at",
        ends_at = one:line "status" == "success" and one:time "finished_at" or nil,
    })
end

function EVENTS.build(root)
    local project, id = root:object "project":url "web_url" or root:object "repository":url "homepage", root:number "build_id"
    local name = s_format("job %s", root:line("build_name", 128) or "?")
    if root:flag "build_allow_failure" then return nil end
    return ended(root:line "build_status", name, forge.branch(root:line("ref", 128)), {
        text = root:line("build_failure_reason", 128), url = project and id and clean.url(s_format("%s/-/jobs/%d", project, id // 1)) or project,
        starts_at = root:time "build_started_at", ends_at = root:line "build_status" == "success" and root:time "build_finished_at" or nil,
    })
end

local function other(root, who, kind)
    local action = root:object("object_attributes"):line("action", 40) or root:line("action", 40)
    return { title = s_format("%s%s by %s", (kind:gsub("_", " ")), action and " " .. (DONE[action] or action) or "", who) }
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local kind = root:line("object_kind", 64) or root:line("event_name", 64) or "event"
    if not forge.is_wanted(event, kind) then return {} end
    local user = root:object "user"
    local who = user:line("username", 64) or user:line("name", 64) or root:line("user_username", 64) or root:line("user_name", 64) or "somebody"
    local project = root:object "project"
    local place = project:line("path_with_namespace", 140) or root:line("project_name", 140) or "gitlab"
    local alert = EVENTS[kind] and EVENTS[kind](root, who) or (not EVENTS[kind] and other(root, who, kind)) or nil
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

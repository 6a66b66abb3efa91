-- SPDX-License-Identifier: MIT
-- alerts.forge: the events that GitHub, Forgejo and Gitea share, as alerts. What people did is "info"; a run of checks that failed is
-- "firing" until one of the same name on the same branch is well.
local clean = require "couplet.clean"
local reader = require "couplet.alerts.reader"

local ipairs, math, table, tostring, type = ipairs, math, table, tostring, type
local s_format, s_match, s_sub = string.format, string.match, string.sub

local M = {}

local MOST_COMMITS, EXCERPT = 5, 400

--- Shared with GitLab: "1f3870b docs: what a lane is — Alice", newest last, and how many more there are.
---@param list couplet.Reader[]
---@param total number
---@param newest string|nil id of the newest: Forgejo's list begins with it
function M.commits_text(list, total, newest)
    local lines = {}
    if newest and #list > 1 and list[1]:line("id", 64) == newest then
        local turned = {}
        for i = #list, 1, -1 do turned[#turned + 1] = list[i] end
        list = turned
    end
    for i = math.max(1, #list - MOST_COMMITS + 1), #list do
        local commit = list[i]
        local author = commit:object("author"):line("name", 64)
        local subject = s_match(commit:line("title", 200) or s_match(commit:text("message", 1000) or "", "^[^\n]*"), "^(.-)%s*$")
        lines[#lines + 1] = s_format("%s %s%s", s_sub(commit:line("id", 64) or "", 1, 7), clean.line(subject, 120), author and " — " .. author or "")
    end
    if total > #lines and #lines > 0 then table.insert(lines, 1, s_format("… and %d more", total - #lines)) end
    return #lines > 0 and table.concat(lines, "\n") or nil
end

function M.excerpt(text)
    return text and clean.text(text:gsub("\n%s*\n+", "\n"), EXCERPT) or nil
end

--- "main" of refs/heads/main, and whether it is a tag.
function M.branch(ref)
    if not ref then return "?", false end
    local tag = s_match(ref, "^refs/tags/(.+)$")
    return tag or s_match(ref, "^refs/heads/(.+)$") or ref, tag ~= nil
end

function M.counted(count, what) return s_format("%d %s%s", count, what, count == 1 and "" or "s") end

local NONE = ("0"):rep(40)

-- One function an event: (root, who) -> the fields of the alert; nil: nothing to tell.
local EVENTS = {}

function EVENTS.push(root, who)
    local branch, is_tag = M.branch(root:line "ref")
    local what = is_tag and "tag " .. branch or branch
    local url = root:url "compare" or root:url "compare_url"
    if root:flag "deleted" or root:line "after" == NONE then return { title = who .. " deleted " .. what, labels = { branch = branch } } end
    local list = root:list "commits"
    local total = math.max(root:number "total_commits" or 0, #list + list.more) // 1
    if is_tag or (total == 0 and (root:flag "created" or root:line "before" == NONE)) then
        return { title = who .. " created " .. what, url = root:object("head_commit"):url "url" or url, labels = { branch = branch } }
    end
    local how = root:flag "forced" and "force-pushed" or "pushed"
    return {
        title = s_format("%s %s %s to %s", who, how, M.counted(total, "commit"), what), text = M.commits_text(list, total, root:line("after", 64)), url = url,
        labels = { branch = branch },
    }
end

-- "bob opened issue #40: A message is lost"
local function item_title(who, did, kind, item)
    local number = item:number "number"
    return s_format("%s %s %s%s: %s", who, did, kind, number and s_format(" #%d", number // 1) or "", item:line("title", 256) or "?")
end

function EVENTS.issues(root, who)
    local issue, action = root:object "issue", root:line("action", 40) or "changed"
    return {
        title = item_title(who, (action:gsub("_", " ")), "issue", issue), url = issue:url "html_url",
        text = action == "opened" and M.excerpt(issue:text "body") or nil, severity = nil,
    }
end

function EVENTS.pull_request(root, who)
    local pull, action = root:object "pull_request", root:line("action", 40) or "changed"
    if action == "closed" and pull:flag "merged" then action = "merged" end
    if action == "synchronize" or action == "synchronized" then action = "updated" end
    return {
        title = item_title(who, (action:gsub("_", " ")), "pull request", pull), url = pull:url "html_url",
        text = action == "opened" and M.excerpt(pull:text "body") or nil, labels = { branch = pull:object("head"):line "ref" },
    }
end

function EVENTS.issue_comment(root, who)
    local issue, comment, action = root:object "issue", root:object "comment", root:line("action", 40) or "created"
    local kind = (issue:has "pull_request" or root:flag "is_pull") and "pull request" or "issue"
    local did = action == "created" and "commented on" or action .. " a comment on"
    return {
        title = item_title(who, did, kind, issue), url = comment:url "html_url" or issue:url "html_url",
        text = action ~= "deleted" and M.excerpt(comment:text "body") or nil,
    }
end

function EVENTS.release(root, who)
    local release, action = root:object "release", root:line("action", 40) or "published"
    local name, tag = release:line("name", 128), release:line("tag_name", 128)
    local shown = name and tag and name ~= tag and s_format("%s (%s)", name, tag) or name or tag or "?"
    return {
        title = s_format("%s %s release %s", who, action, shown), url = release:url "html_url",
        text = action == "published" and M.excerpt(release:text "body") or nil,
    }
end

local CONCLUSION = { failure = "firing", timed_out = "firing", startup_failure = "firing", action_required = "firing", success = "resolved" }
local SAID = { failure = "failed", timed_out = "timed out", startup_failure = "did not start", action_required = "wants something done", success = "succeeded" }

local function checked(run, name, branch, key)
    local conclusion = run:line("conclusion", 40)
    if not conclusion then return nil end
    local status = CONCLUSION[conclusion] or "info"
    return {
        title = s_format("%s %s on %s", name, SAID[conclusion] or conclusion:gsub("_", " "), branch), status = status,
        severity = status == "firing" and "error" or nil, url = run:url "html_url", key = key, labels = { branch = branch, check = name },
    }
end

function EVENTS.workflow_run(root)
    local run = root:object "workflow_run"
    if root:line "action" ~= "completed" then return nil end
    local name = run:line("name", 128) or root:object("workflow"):line("name", 128) or "workflow"
    local branch = run:line("head_branch", 128) or "?"
    local alert = checked(run, name, branch, name .. "\0" .. branch)
    if not alert then return nil end
    alert.text = run:line("display_title", 200)
    alert.starts_at, alert.ends_at = run:time "run_started_at" or run:time "started_at", alert.status == "resolved" and run:time "updated_at" or nil
    return alert
end

function EVENTS.check_run(root)
    local run = root:object "check_run"
    if root:line "action" ~= "completed" then return nil end
    local name, branch = run:line("name", 128) or "check", run:object("check_suite"):line("head_branch", 128) or "?"
    local alert = checked(run, name, branch, name .. "\0" .. branch)
    if not alert then return nil end
    alert.text = run:object("output"):line("title", 200)
    alert.starts_at, alert.ends_at = run:time "started_at", alert.status == "resolved" and run:time "completed_at" or nil
    return alert
end

function EVENTS.ping(root)
    local events = root:object("hook"):lines "events"
    return { title = "its events come here" .. (#events > 0 and ": " .. clean.line(table.concat(events, ", "), 200) or "") }
end

-- Any other: "star created by alice".
local function other(root, who, name)
    local action = root:line("action", 40)
    return { title = s_format("%s%s by %s", (name:gsub("_", " ")), action and " " .. action:gsub("_", " ") or "", who) }
end

local function is_wanted(event, name)
    local wanted = type(event.with) == "table" and event.with.events
    if type(wanted) ~= "table" then return true end
    for _, one in ipairs(wanted) do
        if one == name then return true end
    end
    return false
end
M.is_wanted = is_wanted

--- The event of that name as alerts | nil, err.
---@param event table
---@param source string
---@param name string|nil the event, from a header
---@param delivery string|nil the same when it is sent again
function M.parse(event, source, name, delivery)
    local root, err = reader.of(event)
    if not root then return nil, err end
    name = name or "event"
    if not is_wanted(event, name) then return {} end
    local sender = root:object "sender"
    local who = sender:line("login", 64) or sender:line("username", 64) or root:object("pusher"):line("name", 64) or "somebody"
    local repository = root:object "repository"
    local place = repository:line("full_name", 140) or root:object("organization"):line("login", 64) or source
    local alert = EVENTS[name] and EVENTS[name](root, who) or (not EVENTS[name] and other(root, who, name)) or nil
    if not alert then return reader.result(root, {}) end
    local key = alert.key or delivery or event.body
    alert.key = nil
    alert.source, alert.status = source, alert.status or "info"
    alert.title = clean.line(place .. ": " .. alert.title, 512)
    alert.fingerprint = reader.fingerprint(source, place, name, tostring(key))
    alert.labels = alert.labels or {}
    alert.labels.repository, alert.labels.event = place, name
    alert.external_url = repository:url "html_url"
    return reader.result(root, { alert })
end

return M

-- SPDX-License-Identifier: MIT
-- alerts.parse.sentry: webhooks of Sentry's integrations (issue alerts: event_alert; metric_alert; issue; error; comment), and of its older
-- plugin, which posts one flat object. An issue is one alert from its first event until it is resolved.
local clean = require "couplet.clean"
local reader = require "couplet.alerts.reader"

local ipairs, select, table, tostring, type = ipairs, select, table, tostring, type

local M = {}

local LABELS = { "environment", "release", "server_name", "transaction" }

-- Tags are a list of pairs.
local function tags_of(event)
    local value, tags = event:raw "tags", {}
    if type(value) ~= "table" then return tags end
    for _, pair in ipairs(value) do
        if type(pair) == "table" and type(pair[1]) == "string" and type(pair[2]) == "string" then tags[pair[1]] = clean.line(pair[2], 200) end
    end
    local labels = {}
    for _, name in ipairs(LABELS) do labels[name] = tags[name] end
    return labels
end

local function lines(...)
    local out = {}
    for i = 1, select("#", ...) do
        local line = select(i, ...)
        if line then out[#out + 1] = line end
    end
    return #out > 0 and table.concat(out, "\n") or nil
end

-- The page of the issue, without the event.
local function issue_page(url)
    return url and url:match "^(.-/issues/%d+/)" or url
end

local function event_alert(event, rule)
    local labels = tags_of(event)
    labels.level = event:line "level"
    local issue = event:line("issue_id", 64) or (event:line "issue_url" or ""):match "/issues/(%d+)/?$" -- older ones have only the second
    local id = event:line("event_id", 64)
    return {
        fingerprint = issue and reader.fingerprint("sentry", "issue", issue) or reader.fingerprint("sentry", "event", id, event:line "title"),
        status = "firing", severity = event:line "level", title = event:line "title" or event:line "message" or "error", labels = labels,
        text = lines(event:line "culprit", rule and "rule: " .. rule), starts_at = event:time "timestamp" or event:time "datetime",
        url = issue_page(event:url "web_url"),
    }
end

local RESOURCES = {}

function RESOURCES.event_alert(data) return event_alert(data:object "event", data:line("triggered_rule", 200)) end

function RESOURCES.error(data) return event_alert(data:object "error") end

-- "assigned to ops", "ignored", "regressed"
local function how(data, issue, action)
    local whom = data:object("assignee"):line("name", 64) or issue:object("assignedTo"):line("name", 64)
    if action == "assigned" and whom then return "assigned to " .. whom end
    local substatus = issue:line("substatus", 40)
    return action == "unresolved" and substatus or action
end

local ISSUE = { created = "firing", unresolved = "firing", resolved = "resolved", archived = "resolved", ignored = "resolved" }

function RESOURCES.issue(data, action, who)
    local issue = data:object "issue"
    local status = ISSUE[action] or "info"
    local name, title = issue:line("shortId", 64), issue:line "title" or "issue"
    if status == "info" then title = ("%s: %s by %s"):format(title, how(data, issue, action), who) end
    return {
        fingerprint = reader.fingerprint("sentry", "issue", issue:line("id", 64) or tostring(name)), status = status,
        severity = issue:line "level", title = title,
        text = lines(issue:line "culprit", (status == "resolved" or action == "unresolved") and how(data, issue, action) .. " by " .. who or nil),
        labels = { issue = name, project = issue:object("project"):line "slug", level = issue:line "level" }, starts_at = issue:time "firstSeen",
        url = issue:url "web_url" or issue:url "permalink",
    }
end

local METRIC = { critical = "firing", warning = "firing", resolved = "resolved", open = "firing", close = "resolved" }

function RESOURCES.metric_alert(data, action)
    local incident = data:object "metric_alert"
    local rule = incident:object "alert_rule"
    local status = METRIC[action] or "info"
    local name = rule:line "name" or incident:line "title" or data:line "description_title" or "metric alert"
    local text = data:text "description_text"
    return {
        fingerprint = reader.fingerprint("sentry", "metric", rule:line("id", 64) or name, incident:line("id", 64) or incident:line("identifier", 64)),
        status = status, severity = status == "firing" and action ~= "open" and action or nil, title = name,
        text = text and text:gsub("\\n", "\n") or nil,
        labels = { project = incident:lines("projects")[1] }, starts_at = incident:time "date_started",
        ends_at = status == "resolved" and incident:time "date_closed" or nil, url = data:url "web_url",
    }
end

function RESOURCES.comment(data, action, who)
    return {
        fingerprint = reader.fingerprint("sentry", "comment", data:line("comment_id", 64), action), status = "info",
        title = ("%s: comment %s"):format(who, action), text = data:text("comment", 1000), labels = { project = data:line "project_slug" },
    }
end

local function other(resource, action, who, root, data)
    local issue = data:object "issue"
    local about = issue:line "title" or data:object("event"):line "title"
    local title = ("%s %s%s by %s"):format((resource:gsub("_", " ")), (action:gsub("_", " ")), about and ": " .. about or "", who)
    root:forget() -- of what is not known nothing can be wrong
    return { fingerprint = reader.fingerprint("sentry", resource, action, title), status = "info", title = title, url = issue:url "web_url" }
end

-- What the older plugin posts: message, level, url beside the event.
local function legacy(root)
    local event, id = root:object "event", root:line("id", 64)
    local labels = tags_of(event)
    labels.project, labels.level = root:line "project_slug" or root:line "project", root:line "level"
    local rule = root:lines("triggering_rules")[1]
    return {
        fingerprint = id and reader.fingerprint("sentry", "issue", id) or reader.fingerprint("sentry", "message", root:line "message"),
        status = "firing", severity = root:line "level", title = root:line "message" or event:line "title" or "error",
        text = lines(root:line "culprit", rule and "rule: " .. rule), labels = labels, url = root:url "url", starts_at = event:time "timestamp",
    }
end

local function resource_of(event, data)
    local name = reader.header(event, "sentry-hook-resource")
    if name then return name end
    if data:has "metric_alert" then return "metric_alert" end
    return data:has "issue" and "issue" or data:has "error" and "error" or "event_alert"
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local alert
    if root:has "data" or (root:has "action" and root:has "installation") then
        local data, action = root:object "data", root:line("action", 40) or "changed"
        local resource, who = resource_of(event, data), root:object("actor"):line "name" or "Sentry"
        alert = RESOURCES[resource] and RESOURCES[resource](data, action, who) or other(resource, action, who, root, data)
    elseif root:has "message" or root:has "event" then
        alert = legacy(root)
    else
        root:wrong("data", "an object is expected")
        alert = { title = "error", fingerprint = "sentry", status = "info" }
    end
    alert.source = "sentry"
    return reader.result(root, { alert })
end

return M

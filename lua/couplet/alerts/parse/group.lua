-- SPDX-License-Identifier: MIT
-- alerts.parse.group: a group of alerts as Alertmanager posts it, and Grafana, which took over its form: labels, annotations, and a
-- status of each. What the two say differently is the caller's.
local reader = require "couplet.alerts.reader"

local ipairs = ipairs

local M = {}

---@class couplet.AlertGroup
---@field key string|nil
---@field status string|nil of those that have none themselves
---@field external_url string|nil

---@class couplet.AlertGroupKind
---@field source string
---@field statuses table<string, string> what they are called there -> firing, resolved
---@field words fun(one: couplet.Reader, labels: table, annotations: table, is_resolved: boolean): string, string|nil title, text
---@field links fun(one: couplet.Reader, labels: table, group: couplet.AlertGroup): string|nil, string|nil url, silence_url

local function alert_of(one, group, kind)
    local labels, annotations = one:labels "labels", one:texts "annotations"
    local status = kind.statuses[one:line "status" or group.status]
    if not status then one:wrong("status", "firing or resolved is expected") end
    local title, text = kind.words(one, labels, annotations, status == "resolved")
    local url, silence_url = kind.links(one, labels, group)
    return {
        source = kind.source,
        fingerprint = one:line("fingerprint", 64) or reader.fingerprint(kind.source, group.key, labels.alertname, labels.instance),
        status = status or "firing",
        severity = labels.severity or labels.priority,
        title = title,
        text = text,
        labels = labels,
        annotations = annotations,
        starts_at = one:time "startsAt",
        ends_at = status == "resolved" and one:time "endsAt" or nil,
        url = url,
        silence_url = silence_url,
        group_key = group.key,
        external_url = group.external_url,
    }
end

--- The alerts of what was posted.
---@param event couplet.Event
---@param kind couplet.AlertGroupKind
---@return couplet.Alert[]|nil alerts, couplet.Error|nil err
function M.parse(event, kind)
    local root, err = reader.of(event)
    if not root then return nil, err end
    if not root:has "alerts" then root:wrong("alerts", "a list of alerts is expected") end
    local group = { key = root:line("groupKey", 1024), status = root:line "status" or root:line "state", external_url = root:url "externalURL" }
    local alerts, list = {}, root:list "alerts"
    for i, one in ipairs(list) do alerts[i] = alert_of(one, group, kind) end
    alerts.more = list.more + (root:number "truncatedAlerts" or 0)
    return reader.result(root, alerts)
end

return M

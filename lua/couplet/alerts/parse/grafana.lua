-- SPDX-License-Identifier: MIT
-- alerts.parse.grafana: what a webhook contact point of Grafana's alerting sends (8 and later): a group of alerts, as Alertmanager's
-- with links to dashboard, panel and silence, and the values that were measured.
local clean = require "couplet.clean"
local filters = require "couplet.template.filters"
local reader = require "couplet.alerts.reader"

local ipairs, table, type = ipairs, table, type
local s_format = string.format

local M = {}

local STATUS = { firing = "firing", resolved = "resolved", alerting = "firing", ok = "resolved" }

-- "A=2.7 C=1"
local function values_of(one)
    local object, out = one:object "values", {}
    for _, name in ipairs(filters.sorted_keys(object.value)) do
        local value = type(name) == "string" and object:line(name, 40)
        if value and #out < 8 then out[#out + 1] = clean.line(s_format("%s=%s", name, value), 80) end
    end
    return #out > 0 and table.concat(out, " ") or nil
end

local function text_of(annotations, values)
    local text = annotations.description or annotations.message
    if text and values then return text .. "\n" .. values end
    return text or values
end

local function alert_of(one, group)
    local labels, annotations = one:labels "labels", one:texts "annotations"
    local status = STATUS[one:line "status" or group.status]
    if not status then one:wrong("status", "firing or resolved is expected") end
    return {
        source = "grafana",
        fingerprint = one:line("fingerprint", 64) or reader.fingerprint("grafana", group.key, labels.alertname, labels.instance),
        status = status or "firing",
        severity = labels.severity or labels.priority,
        title = labels.alertname or "alert",
        text = text_of(annotations, status ~= "resolved" and values_of(one) or nil),
        labels = labels,
        annotations = annotations,
        starts_at = one:time "startsAt",
        ends_at = status == "resolved" and one:time "endsAt" or nil,
        url = one:url "panelURL" or one:url "dashboardURL" or one:url "generatorURL",
        silence_url = one:url "silenceURL",
        group_key = group.key,
        external_url = group.external_url,
    }
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    if not root:has "alerts" then root:wrong("alerts", "a list of alerts is expected") end
    local group = { key = root:line("groupKey", 1024), status = root:line "status" or root:line "state", external_url = root:url "externalURL" }
    local alerts, list = {}, root:list "alerts"
    for i, one in ipairs(list) do alerts[i] = alert_of(one, group) end
    alerts.more = list.more + (root:number "truncatedAlerts" or 0)
    return reader.result(root, alerts)
end

return M

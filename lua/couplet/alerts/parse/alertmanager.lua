-- SPDX-License-Identifier: MIT
-- alerts.parse.alertmanager: what Prometheus' Alertmanager posts to a webhook_config (version 4): one group of alerts.
local reader = require "couplet.alerts.reader"

local percent = require("couplet.core.scan").percent

local ipairs, pairs, table = ipairs, pairs, table
local s_find, s_gsub, s_sub = string.find, string.gsub, string.sub

local M = {}

local STATUS = { firing = "firing", resolved = "resolved" }

local function quoted(value)
    if s_find(value, '"', 1, true) or s_find(value, "\\", 1, true) then value = s_gsub(value, '["\\]', "\\%0") end
    return '"' .. value .. '"'
end

-- The page of Alertmanager that makes a silence for these labels.
local function silence_url(external_url, labels)
    if not external_url then return nil end
    local list = {}
    for name, value in pairs(labels) do list[#list + 1] = name .. "=" .. quoted(value) end
    table.sort(list)
    if s_sub(external_url, -1) == "/" then external_url = s_sub(external_url, 1, -2) end
    local url = external_url .. "/#/silences/new?filter=" .. percent("{" .. table.concat(list, ",") .. "}")
    return #url <= 2000 and url or nil
end

local function text_of(annotations, labels)
    return annotations.description or annotations.message or (not labels.alertname and annotations.summary) or nil
end

local function alert_of(one, group)
    local labels, annotations = one:labels "labels", one:texts "annotations"
    local status = STATUS[one:line "status" or group.status]
    if not status then one:wrong("status", "firing or resolved is expected") end
    return {
        source = "alertmanager",
        fingerprint = one:line("fingerprint", 64) or reader.fingerprint("alertmanager", group.key, labels.alertname, labels.instance),
        status = status or "firing",
        severity = labels.severity or labels.priority,
        title = labels.alertname or one:object("annotations"):line "summary" or "alert",
        text = text_of(annotations, labels),
        labels = labels,
        annotations = annotations,
        starts_at = one:time "startsAt",
        ends_at = status == "resolved" and one:time "endsAt" or nil,
        url = one:url "generatorURL",
        silence_url = silence_url(group.external_url, labels),
        group_key = group.key,
        external_url = group.external_url,
    }
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    if not root:has "alerts" then root:wrong("alerts", "a list of alerts is expected") end
    local group = { key = root:line("groupKey", 1024), status = root:line "status", external_url = root:url "externalURL" }
    local alerts = {}
    local list = root:list "alerts"
    for i, one in ipairs(list) do alerts[i] = alert_of(one, group) end
    alerts.more = list.more + (root:number "truncatedAlerts" or 0)
    return reader.result(root, alerts)
end

return M

-- SPDX-License-Identifier: MIT
-- alerts.parse.grafana: what a webhook contact point of Grafana's alerting sends (8 and later): a group of alerts, as Alertmanager's
-- with links to dashboard, panel, silence and picture, and the values that were measured. What the alerts of dashboards sent, until
-- Grafana 10, is one alert; what has no alerts but a text, as a template of one's own makes it, is told.
local clean = require "couplet.clean"
local filters = require "couplet.template.filters"
local group = require "couplet.alerts.parse.group"
local reader = require "couplet.alerts.reader"

local ipairs, table, type = ipairs, table, type
local s_find, s_format = string.find, string.format

local M = {}

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

local GRAFANA = {
    source = "grafana",
    statuses = { firing = "firing", resolved = "resolved", alerting = "firing", ok = "resolved" },
    words = function(one, labels, annotations, is_resolved)
        annotations.image_url = annotations.image_url or one:url "imageURL"
        return labels.alertname or "alert", text_of(annotations, not is_resolved and values_of(one) or nil)
    end,
    links = function(one) return one:url "panelURL" or one:url "dashboardURL" or one:url "generatorURL", one:url "silenceURL" end,
}

-- ---- before Grafana 11 ----

local OLD = { alerting = "firing", no_data = "firing", ok = "resolved" }

local function matches_of(root)
    local out = {}
    for _, match in ipairs(root:list "evalMatches") do
        local name, value = match:line("metric", 80), match:line("value", 40)
        if value and #out < 8 then out[#out + 1] = s_format("%s=%s", name or "value", value) end
    end
    return #out > 0 and table.concat(out, " ") or nil
end

local function old(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local state, message = root:line("state", 40), root:text "message"
    local name = root:line "ruleName" or root:line "title" or root:line "text" or message and message:match "^[^\n]*" or "alert"
    local status = OLD[state] or "info"
    local values = status == "firing" and matches_of(root) or nil
    return reader.result(root, {
        {
            source = "grafana", fingerprint = reader.fingerprint("grafana", root:line("orgId", 40), root:line("ruleId", 40), name), status = status,
            title = status == "info" and state and name .. ": " .. state or name, text = message and values and message .. "\n" .. values or message or values,
            labels = root:labels "tags", annotations = { image_url = root:url "imageUrl" }, url = root:url "ruleUrl",
        },
    })
end

local function has(body, name) return s_find(body, '"' .. name .. '"', 1, true) end

local function is_other(body)
    return type(body) == "string" and not has(body, "alerts") and (has(body, "ruleName") or has(body, "text") or has(body, "message"))
end

function M.parse(event)
    if is_other(event.body) then return old(event) end
    return group.parse(event, GRAFANA)
end

return M

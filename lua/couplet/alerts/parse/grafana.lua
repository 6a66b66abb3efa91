-- SPDX-License-Identifier: MIT
-- alerts.parse.grafana: what a webhook contact point of Grafana's alerting sends (8 and later): a group of alerts, as Alertmanager's
-- with links to dashboard, panel and silence, and the values that were measured.
local clean = require "couplet.clean"
local filters = require "couplet.template.filters"
local group = require "couplet.alerts.parse.group"

local ipairs, table, type = ipairs, table, type
local s_format = string.format

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
        return labels.alertname or "alert", text_of(annotations, not is_resolved and values_of(one) or nil)
    end,
    links = function(one) return one:url "panelURL" or one:url "dashboardURL" or one:url "generatorURL", one:url "silenceURL" end,
}

function M.parse(event) return group.parse(event, GRAFANA) end

return M

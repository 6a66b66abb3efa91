-- SPDX-License-Identifier: MIT
-- alerts.parse.alertmanager: what Prometheus' Alertmanager posts to a webhook_config (version 4): one group of alerts.
local group = require "couplet.alerts.parse.group"

local percent = require("couplet.core.scan").percent

local pairs, table = pairs, table
local s_find, s_gsub, s_sub = string.find, string.gsub, string.sub

local M = {}

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

local ALERTMANAGER = {
    source = "alertmanager",
    statuses = { firing = "firing", resolved = "resolved" },
    words = function(one, labels, annotations)
        local title = labels.alertname or one:object("annotations"):line "summary" or "alert"
        return title, annotations.description or annotations.message or (not labels.alertname and annotations.summary) or nil
    end,
    links = function(one, labels, of) return one:url "generatorURL", silence_url(of.external_url, labels) end,
}

function M.parse(event) return group.parse(event, ALERTMANAGER) end

return M

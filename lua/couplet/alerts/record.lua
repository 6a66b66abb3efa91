-- SPDX-License-Identifier: MIT
-- record: what is kept of an alert, and names that come from it: always the same for the same, so that nothing is said twice.
local base64 = require "couplet.base64"
local hash = require "couplet.hash"

local ipairs, pairs, require, table, tostring, type = ipairs, pairs, require, table, tostring, type

local M = {}

--- A short name for something, always the same for the same: letters, digits, "-", "_".
---@param ... any
---@return string
function M.name(...)
    local parts = {}
    for i, part in ipairs { ... } do parts[i] = tostring(part) end
    local digest = base64.encode(hash.sha256(table.concat(parts, "\0")))
    return (digest:sub(1, 22):gsub("[+/]", { ["+"] = "-", ["/"] = "_" }))
end

local TEXT_MOST, LABELS_MOST = 1024, 40
local FIELDS = {
    "source", "fingerprint", "status", "severity", "title", "text", "starts_at", "ends_at", "url", "silence_url", "group_key", "external_url",
    "said",
}

local function shortened(value)
    local kind = type(value)
    if kind == "string" then return #value <= TEXT_MOST and value or require("couplet.long").cut(value, TEXT_MOST - 3) .. "…" end
    return (kind == "number" or kind == "boolean") and value or nil
end

local function few(map)
    local copy, count = {}, 0
    for name, value in pairs(type(map) == "table" and map or {}) do
        count = count + 1
        if count > LABELS_MOST then break end
        if type(name) == "string" then copy[name:sub(1, TEXT_MOST)] = shortened(value) end
    end
    return copy
end

--- What is kept of an alert.
function M.compact(alert)
    local copy = { labels = few(alert.labels), annotations = few(alert.annotations) }
    for _, field in ipairs(FIELDS) do copy[field] = shortened(alert[field]) end
    return copy
end

local function print_of(alert)
    local print = alert.fingerprint
    if type(print) == "string" and print:find "^[%w_.:-]+$" and #print <= 64 then return print end
    if print then return M.name(print) end
    local names = {}
    for name, value in pairs(alert.labels or {}) do names[#names + 1] = name .. "=" .. tostring(value) end
    table.sort(names)
    return M.name(alert.title or "", table.concat(names, "\0"))
end

--- The key under which the alert is kept.
function M.key_of(scope, alert) return "alerts/e/" .. scope .. "/" .. print_of(alert) end

return M

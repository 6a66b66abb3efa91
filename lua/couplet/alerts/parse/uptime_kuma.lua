-- SPDX-License-Identifier: MIT
-- alerts.parse.uptime_kuma: what Uptime Kuma's notification type "Webhook" sends, as JSON or in a form's `data`: a heartbeat and its
-- monitor, or a message alone (a test, a certificate that expires).
local reader = require "couplet.alerts.reader"

local ipairs, tostring = ipairs, tostring

local M = {}

local DOWN, UP, PENDING, MAINTENANCE = 0, 1, 2, 3
local STATUS = { [DOWN] = "firing", [UP] = "resolved", [PENDING] = "info", [MAINTENANCE] = "info" }
local WORDS = { [DOWN] = "down", [UP] = "up", [PENDING] = "pending", [MAINTENANCE] = "in maintenance" }

local function message_alone(root)
    local text = root:line("msg", 1024)
    if not text then root:wrong("msg", "a text is expected") end
    return { source = "uptime_kuma", fingerprint = reader.fingerprint("uptime_kuma", text), status = "info", title = text or "message" }
end

-- Who is watched: the URL without what may be secret in it, or host and port.
local function target_of(monitor)
    local url = monitor:url "url"
    if url and url ~= "https://" then return (url:gsub("[?#].*$", "")), url end
    local host, port = monitor:line "hostname", monitor:number "port"
    return host and port and ("%s:%d"):format(host, port // 1) or host
end

local function alert_of(root)
    local beat, monitor = root:object "heartbeat", root:object "monitor"
    local code = beat:number "status"
    local status = STATUS[code]
    if not code then beat:wrong("status", "a number is expected") end
    local name = monitor:line "name" or "monitor"
    local id = beat:line "monitorID" or monitor:line "id" or name
    local target, url = target_of(monitor)
    local labels = { monitor = name, target = target, type = monitor:line "type" }
    for _, tag in ipairs(monitor:list "tags") do
        local tag_name = tag:line("name", 64)
        if tag_name then labels[tag_name] = labels[tag_name] or tag:line "value" end
    end
    local time, text = beat:time "time", beat:text("msg", 1024)
    if text and target and not url then text = target .. ": " .. text end
    return {
        source = "uptime_kuma", fingerprint = reader.fingerprint("uptime_kuma", id), status = status or "info", severity = code == DOWN and "critical" or nil,
        title = ("%s is %s"):format(name, WORDS[code] or "in state " .. tostring(code)), text = text, labels = labels, starts_at = time,
        ends_at = status == "resolved" and time or nil, url = url,
    }
end

function M.parse(event)
    local root, err = reader.of(event)
    if not root then return nil, err end
    local alert = root:has "heartbeat" and alert_of(root) or message_alone(root)
    return reader.result(root, { alert })
end

return M

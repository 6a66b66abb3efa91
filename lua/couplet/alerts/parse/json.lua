-- SPDX-License-Identifier: MIT
-- alerts.parse.json: any JSON. In `with:`
--
--   template: "{{ sensor.room }}: {{ message }}"      the text; it sees the fields of the payload
--   fields: { title: "{{ message }}", status: "{% if state == 'open' %}firing{% else %}resolved{% end %}", fingerprint: "{{ sensor.id }}",
--             severity:, text:, url:, starts_at:, ends_at:, group_key:, labels: { room: "{{ sensor.room }}" } }
--   each: data.items                                  a list in the payload, each of which is an alert
--
-- What `fields` does not say is taken from fields of the usual names.
local clean = require "couplet.clean"
local errors = require "couplet.errors"
local reader = require "couplet.alerts.reader"

local ipairs, next, pairs, rawget, require, setmetatable, tostring, type =
    ipairs, next, pairs, rawget, require, setmetatable, tostring, type

local M = {}

local MOST = 1000
M.OPTIONS = { fields = "table", each = "string" }
M.FIELDS = {
    title = true, text = true, status = true, severity = true, fingerprint = true, url = true, starts_at = true, ends_at = true,
    group_key = true, labels = true,
}

local GUESSES = {
    title = { "title", "subject", "message", "msg", "text", "name", "event" },
    text = { "description", "text", "message", "body" },
    severity = { "severity", "level", "priority" },
    url = { "url", "link", "html_url", "web_url" },
}
local STATUS = {
    firing = "firing", alerting = "firing", critical = "firing", error = "firing", down = "firing", open = "firing", problem = "firing",
    failed = "firing", resolved = "resolved", ok = "resolved", up = "resolved", closed = "resolved", recovery = "resolved",
    recovered = "resolved", normal = "resolved",
    info = "info",
}

-- Templates of `with.fields`, read once: with → { compiled } or { err }.
local known = setmetatable({}, { __mode = "k" })

local function compile_all(fields, place)
    local compiled = {}
    for name, source in pairs(fields) do
        local value, err
        if type(source) == "table" and name == "labels" and place == "fields" then
            value, err = compile_all(source, "fields.labels")
        else
            value, err = require("couplet.template").compile(tostring(source), { target = "plain" })
            if err then err = errors.new("internal-server-error", place .. "." .. tostring(name) .. ": " .. err.text) end
        end
        if err then return nil, err end
        compiled[name] = value
    end
    return compiled
end

--- The templates of `fields` | nil, err
function M.compiled(with)
    if type(with) ~= "table" or type(with.fields) ~= "table" then return {} end
    local kept = known[with]
    if not kept then
        local compiled, err = compile_all(with.fields, "fields")
        kept = { compiled, err }
        known[with] = kept
    end
    return kept[1], kept[2]
end

local function guess(one, name)
    for _, key in ipairs(GUESSES[name] or { name }) do
        local value = rawget(one.value, key)
        if type(value) == "string" and value ~= "" then return value end
    end
end

-- What the templates or the usual names say; the empty text is nothing.
local function read(one, templates, name)
    local text = templates[name] and templates[name]:render(one.value)
    if not templates[name] then text = guess(one, name) end
    return text ~= "" and text or nil
end

local function line_of(text, most)
    text = text and clean.line(text, most or 512)
    return text ~= "" and text or nil
end

local function labels_of(one, templates)
    local labels = {}
    for name, template in pairs(templates.labels or {}) do
        labels[clean.line(tostring(name), 128)] = line_of((template:render(one.value)))
    end
    return labels
end

local function alert_of(one, templates)
    local title = line_of(read(one, templates, "title"), 1024) or "JSON without a title"
    local text, status = read(one, templates, "text"), line_of(read(one, templates, "status"), 64)
    text = text and clean.text(text, 4096)
    return {
        source = "json", title = title, text = text ~= title and text or nil, status = status and STATUS[status:lower()] or "info",
        severity = line_of(read(one, templates, "severity"), 64), labels = labels_of(one, templates),
        fingerprint = line_of(templates.fingerprint and templates.fingerprint:render(one.value), 128) or reader.fingerprint("json", title),
        url = clean.url(read(one, templates, "url")), group_key = line_of(templates.group_key and templates.group_key:render(one.value), 256),
        starts_at = reader.seconds(read(one, templates, "starts_at")), ends_at = reader.seconds(read(one, templates, "ends_at")), raw = one.value,
    }
end

local function is_list(value) return type(value) == "table" and (rawget(value, 1) ~= nil or next(value) == nil) end

-- The values that are alerts: the payload, its elements, or those of the list that `each` names. -> list | nil, err
local function values_of(payload, each)
    if type(each) == "string" then
        for name in each:gmatch "[^.]+" do
            payload = type(payload) == "table" and rawget(payload, name) or nil
        end
        if not is_list(payload) then return nil, errors.new("bad-request", each .. ": a list is expected") end
        return payload
    end
    if is_list(payload) and rawget(payload, 1) ~= nil then return payload end
    if type(payload) ~= "table" then return nil, errors.new("bad-request", "the payload: an object is expected") end
    return { payload }
end

-- The template sees the payload, which is not kept with the alert: so it is asked now.
local function say(alerts, with)
    local text = require "couplet.alerts.text"
    local template = text.template(with)
    for _, alert in ipairs(template and alerts or {}) do
        alert.said = template:render(text.data { alert })
    end
end

function M.parse(event)
    local payload, err = reader.json(event)
    if payload == nil then return nil, err end
    local with = type(event.with) == "table" and event.with or {}
    local templates, list
    templates, err = M.compiled(with)
    if not templates then return nil, err end
    list, err = values_of(payload, with.each)
    if not list then return nil, err end
    local alerts = { more = #list > MOST and #list - MOST or nil }
    for i, value in ipairs(list) do
        if i > MOST then break end
        if type(value) ~= "table" then return nil, errors.new("bad-request", ("[%d]: an object is expected"):format(i)) end
        alerts[i] = alert_of(reader.open(value), templates)
        alerts[i].annotations = {}
    end
    say(alerts, with)
    return alerts
end

return M

-- SPDX-License-Identifier: MIT
-- couplet.alerts.parse: what real programs send becomes alerts; damaged in any way it becomes alerts or an error with the place.
local errors = require "couplet.errors"
local parse = require "couplet.alerts.parse"
local samples = require "spec.lua.samples"
local text = require "couplet.alerts.text"

local STATUS = { firing = true, resolved = true, info = true }

local OPTIONAL = {
    severity = "string", text = "string", starts_at = "number", ends_at = "number", url = "string", silence_url = "string", group_key = "string",
    external_url = "string", raw = "table",
}

local function check_texts(map, what)
    for key, value in pairs(map) do
        assert.is_string(key, what)
        assert.is_string(value, what)
        assert.is_true(#key <= 128 and #value <= 8192, what)
    end
end

-- An alert as the rest of the library may rely on.
local function check_alert(alert, what)
    assert.is_string(alert.source, what)
    assert.is_true(type(alert.fingerprint) == "string" and alert.fingerprint ~= "" and #alert.fingerprint <= 128, what)
    assert.is_true(STATUS[alert.status], what)
    assert.is_true(type(alert.title) == "string" and alert.title ~= "" and not alert.title:find "[%c]", what)
    for name, kind in pairs(OPTIONAL) do
        assert.is_true(alert[name] == nil or type(alert[name]) == kind, what .. ": " .. name)
    end
    for _, name in ipairs { "url", "silence_url", "external_url" } do
        assert.is_true(alert[name] == nil or alert[name]:find "^https?://[^%s]+$" ~= nil, what)
    end
    check_texts(alert.labels, what)
    check_texts(alert.annotations, what)
end

local function check(what, alerts, err)
    if not alerts then
        assert.is_true(errors.is_error(err), what)
        assert.equal("bad-request", err.condition, what)
        assert.is_true(#err.text > 0 and #err.text < 400, what)
        return
    end
    for _, alert in ipairs(alerts) do check_alert(alert, what) end
    if #alerts > 0 then
        local body = text.render(alerts)
        assert.is_true(#body > 0 and #body <= 8192 and utf8.len(body) ~= nil and not body:find "[\0-\8\11-\31\127]", what)
        assert.is_nil(body:find("\u{202E}", 1, true), what)
    end
end

local WITH = { json = { fields = { title = "{{ message }}" } } }

for _, name in ipairs(parse.NAMES) do
    describe("couplet.alerts.parse." .. name, function()
        for _, sample in ipairs(samples.names(name)) do
            it("reads " .. sample, function()
                local alerts, err = parse[name](samples.event(sample, nil, WITH[name]))
                assert(alerts, err and tostring(err))
                assert.is_true(#alerts > 0)
                check(sample, alerts)
            end)

            it("survives damage to " .. sample, function()
                local function try(what, event)
                    local ok, alerts, err = pcall(parse[name], event)
                    assert(ok, what .. ": " .. tostring(alerts))
                    check(what, alerts, err)
                end
                if name ~= "text" and not samples.event(sample).body:find "^payload=" then samples.damaged(sample, WITH[name], try) end
                samples.broken(sample, WITH[name], try)
            end)
        end
    end)
end

describe("couplet.alerts.parse", function()
    local function read(sample, with)
        local name = sample:match "^%l+_kuma" or sample:match "^%l+"
        return assert(parse[name](samples.event(sample, nil, with)))
    end

    local function wrong(name, body)
        local event = samples.event(name, body)
        local alerts, err = parse[name](event)
        assert.is_nil(alerts)
        return err.text
    end

    it("has no other names", function()
        assert.is_nil(parse.nothing)
        assert.is_nil(parse[1])
    end)

    it("knows what Alertmanager says", function()
        local alerts = read "alertmanager"
        assert.equal(2, #alerts)
        local one = alerts[1]
        assert.same({ "firing", "critical", "DiskFull", "fa15059a8135cad2" }, { one.status, one.severity, one.title, one.fingerprint })
        assert.same({ '{}:{alertname="DiskFull", cluster="berlin"}', "https://alerts.example.org" }, { one.group_key, one.external_url })
        assert.equal("/var on db1 is 94 % full", one.annotations.summary)
        assert.equal(1795269667.5, one.starts_at)
        assert.is_nil(one.ends_at)
        assert.matches("^https://alerts%.example%.org/#/silences/new%?filter=%%7Balertname%%3D%%22DiskFull%%22%%2C", one.silence_url)
        local resolved = read "alertmanager_resolved"
        assert.same({ "resolved", "fa15059a8135cad2", 1795270800 }, { resolved[1].status, resolved[1].fingerprint, resolved[1].ends_at })
        assert.equal("firing", resolved[2].status)
    end)

    it("says where Alertmanager's payload is wrong", function()
        assert.equal("alerts[2].labels: an object is expected", wrong("alertmanager", '{"alerts":[{"status":"firing"},{"status":"firing","labels":"x"}]}'))
        assert.equal("alerts[1].status: firing or resolved is expected", wrong("alertmanager", '{"alerts":[{"status":"odd"}]}'))
        assert.equal("alerts: a list of alerts is expected", wrong("alertmanager", "{}"))
        assert.equal("alerts: a list is expected", wrong("alertmanager", '{"alerts":{"a":1}}'))
        assert.equal("alerts[1].labels.a: a text is expected", wrong("alertmanager", '{"alerts":[{"status":"firing","labels":{"a":{}}}]}'))
        assert.equal("the payload: an object is expected", wrong("alertmanager", '"x"'))
        assert.matches("^no JSON: ", wrong("alertmanager", "{"))
        assert.matches("^the body is empty", wrong("alertmanager", ""))
        assert.equal("the body is empty; a text is expected", wrong("text", " \n"))
    end)

    it("takes a text as it is", function()
        local alert = read("text")[1]
        assert.equal("backup of db1 done", alert.title)
        assert.equal("info", alert.status)
        assert.equal("312 GiB in 48 minutes", alert.text)
    end)
end)

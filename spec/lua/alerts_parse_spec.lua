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

-- assert is too slow for what is checked a hundred thousand times.
local function ensure(is_so, what)
    if not is_so then error(what, 2) end
end

local function check_texts(map, what)
    for key, value in pairs(map) do
        ensure(type(key) == "string", what)
        ensure(type(value) == "string", what)
        ensure(#key <= 128 and #value <= 8192, what)
    end
end

-- An alert as the rest of the library may rely on.
local function check_alert(alert, what)
    ensure(type(alert.source) == "string", what)
    ensure(type(alert.fingerprint) == "string" and alert.fingerprint ~= "" and #alert.fingerprint <= 128, what)
    ensure(STATUS[alert.status], what)
    ensure(type(alert.title) == "string" and alert.title ~= "" and not alert.title:find "[%c]", what)
    for name, kind in pairs(OPTIONAL) do
        ensure(alert[name] == nil or type(alert[name]) == kind, what .. ": " .. name)
    end
    for _, name in ipairs { "url", "silence_url", "external_url" } do
        ensure(alert[name] == nil or alert[name]:find "^https?://[^%s]+$" ~= nil, what)
    end
    check_texts(alert.labels, what)
    check_texts(alert.annotations, what)
end

local function check(what, alerts, err)
    if not alerts then
        ensure(errors.is_error(err), what)
        ensure(err.condition == "bad-request", what)
        ensure(#err.text > 0 and #err.text < 400, what)
        return
    end
    for _, alert in ipairs(alerts) do check_alert(alert, what) end
    if #alerts > 0 then
        local body = text.render(alerts)
        ensure(#body > 0 and #body <= 8192 and utf8.len(body) ~= nil and not body:find "[\0-\8\11-\31\127]", what)
        ensure(not body:find("\u{202E}", 1, true), what)
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
                    if not ok then error(what .. ": " .. tostring(alerts)) end
                    check(what, alerts, err)
                end
                if samples.is_json(sample) then samples.damaged(sample, WITH[name], try) end
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

    it("tells what happened in a line", function()
        for sample, want in pairs {
            forgejo_issue_comment = "ops/relay: alice commented on issue #40: A message is lost when the disk is full",
            forgejo_issues = "ops/relay: bob opened issue #40: A message is lost when the disk is full",
            forgejo_pull_request = "ops/relay: alice merged pull request #41: queue: keep the order of a destination",
            forgejo_push = "ops/relay: alice pushed 2 commits to main",
            forgejo_release = "ops/relay: alice published release 1.4.0: lanes (v1.4.0)",
            gitea_push = "ops/relay: alice pushed 2 commits to main",
            gitea_workflow_run = "ops/relay: ci.yml failed on main",
            github_check_run = "example-org/relay: lint failed on main",
            github_issue_comment = "example-org/relay: alice-example commented on issue #40: A message is lost when the disk is full",
            github_issues = "example-org/relay: alice-example opened issue #40: A message is lost when the disk is full",
            github_ping = "example-org/relay: its events come here: push, issues",
            github_pull_request = "example-org/relay: alice-example merged pull request #41: queue: keep the order of a destination",
            github_push = "example-org/relay: alice-example pushed 2 commits to main",
            github_release = "example-org/relay: alice-example published release 1.4.0: lanes (v1.4.0)",
            github_star = "example-org/relay: star created by alice-example",
            github_workflow_run = "example-org/relay: CI failed on main",
            gitlab_build = "ops/relay: job unit failed on main",
            gitlab_issue = "ops/relay: alice opened issue #40: A message is lost when the disk is full",
            gitlab_merge_request = "ops/relay: alice merged merge request !41: queue: keep the order of a destination",
            gitlab_note = "ops/relay: alice commented on issue #40: A message is lost when the disk is full",
            gitlab_pipeline = "ops/relay: pipeline failed on main",
            gitlab_push = "ops/relay: alice pushed 2 commits to main",
            gitlab_release = "ops/relay: release 1.4.0: lanes (v1.4.0) created",
            gitlab_tag_push = "ops/relay: alice created tag v1.4.0",
            grafana = "High latency",
            json = "Door open",
            sentry_event_alert = "TypeError: 'NoneType' object is not iterable",
            sentry_metric_critical = "Too many errors",
            slack = "Deployment of *relay* finished & verified: build 214 (https://ci.example.org/214)",
            slack_attachments = "@here look at this",
            slack_blocks = "Backup failed",
            slack_form = "nightly build: passed",
            uptime_kuma = "shop is down",
            uptime_kuma_test = "couplet Testing",
            uptime_kuma_up = "shop is up",
        } do
            assert.equal(want, read(sample)[1].title, sample)
        end
    end)

    -- The sample with another text in it.
    local function changed(sample, from, to)
        local event = samples.event(sample)
        local first, last = event.body:find(from, 1, true)
        event.body = event.body:sub(1, assert(first, from) - 1) .. to .. event.body:sub(last + 1)
        return assert(parse[sample:match "^%l+"](event))[1]
    end

    it("knows the same alert again when it is over", function()
        for _, pair in ipairs {
            { read "uptime_kuma", read "uptime_kuma_up" }, { read "sentry_event_alert", read "sentry_issue_resolved" },
            { read "sentry_issue_created", read "sentry_legacy" }, { read "sentry_metric_critical", read "sentry_metric_resolved" },
            { read "grafana", read "grafana_resolved" },
            { read "github_workflow_run", { changed("github_workflow_run", '"conclusion": "failure"', '"conclusion": "success"') } },
            { read "gitlab_pipeline", { changed("gitlab_pipeline", '"status": "failed"', '"status": "success"') } },
        } do
            assert.equal("firing", pair[1][1].status)
            assert.equal(pair[1][1].fingerprint, pair[2][1].fingerprint, pair[1][1].title)
        end
        assert.equal("resolved", changed("github_workflow_run", '"conclusion": "failure"', '"conclusion": "success"').status)
        assert.equal("resolved", changed("gitlab_pipeline", '"status": "failed"', '"status": "success"').status)
        assert.is_nil(changed("github_workflow_run", '"action": "completed"', '"action": "requested"'))
        assert.is_nil(changed("gitlab_pipeline", '"status": "failed"', '"status": "running"'))
    end)

    it("lists commits, oldest first, and how many more there are", function()
        assert.equal("9d5ed67 queue: keep the order of a destination — Alice Example\n1f3870b docs: what a lane is — Alice Example",
            read("github_push")[1].text)
        assert.equal(read("github_push")[1].text, read("forgejo_push")[1].text)
        assert.matches("^… and 30 more\n9d5ed67 ", changed("gitlab_push", '"total_commits_count": 2', '"total_commits_count": 32').text)
        assert.equal("example-org/relay: alice-example deleted main", changed("github_push", '"deleted": false', '"deleted": true').title)
        assert.equal("example-org/relay: alice-example force-pushed 2 commits to main", changed("github_push", '"forced": false', '"forced": true').title)
        assert.equal("example-org/relay: alice-example created tag v2", changed("github_push", "refs/heads/main", "refs/tags/v2").title)
    end)

    it("lets only the events through that are asked for", function()
        local function count(sample, name) return #read(sample, { events = { name } }) end
        assert.same({ 1, 0, 1, 0, 1, 0 }, {
            count("github_push", "push"), count("github_star", "push"), count("forgejo_push", "push"), count("forgejo_issues", "push"),
            count("gitlab_pipeline", "pipeline"), count("gitlab_push", "pipeline"),
        })
    end)

    it("reads any JSON by templates", function()
        local fields = {
            title = "{{ sensor.room }}: {{ message }}", status = "{% if state == 'open' %}firing{% else %}resolved{% end %}", severity = "{{ level }}",
            fingerprint = "door-{{ sensor.id }}", url = "{{ link }}", starts_at = "{{ since }}",
            labels = { room = "{{ sensor.room }}", none = "{{ nothing }}" },
        }
        local alert = read("json", { fields = fields })[1]
        assert.same({ "server room: Door open", "firing", "warning", "door-door-3", "https://home.example.org/door-3", 1795267567 },
            { alert.title, alert.status, alert.severity, alert.fingerprint, alert.url, alert.starts_at })
        assert.same({ room = "server room" }, alert.labels)
        assert.equal("Door open in server room (warning)", (text.render(read "json", { template = "{{ message }} in {{ sensor.room }} ({{ level }})" })))
        local with = { each = "readings", template = "{{ name }} is {{ value }}", style = "xhtml" }
        local later = {}
        for i, one in ipairs(read("json", with)) do later[i] = require("couplet.alerts.record").compact(one) end
        local said, how = text.render(later, with)
        assert.equal("temperature is 21.5\nhumidity is 41", said)
        assert.equal("br", how.formatted[2].name)
        local list = read("json", { each = "readings", fields = { title = "{{ name }}: {{ value }}" } })
        assert.same({ "temperature: 21.5", "humidity: 41" }, { list[1].title, list[2].title })
        local none, err = parse.json(samples.event("json", nil, { each = "sensor" }))
        assert.is_nil(none)
        assert.equal("sensor: a list is expected", err.text)
        none, err = parse.json(samples.event("json", nil, { fields = { title = "{{ x | xylophone }}" } }))
        assert.is_nil(none)
        assert.equal("fields.title: line 1, column 8: there is no filter 'xylophone'", err.text)
        assert.equal("internal-server-error", err.condition)
        assert.equal(2, #assert(parse.json(samples.event("json", '[{"title":"a"},{"title":"b"}]'))))
    end)

    it("takes a text as it is", function()
        local alert = read("text")[1]
        assert.equal("backup of db1 done", alert.title)
        assert.equal("info", alert.status)
        assert.equal("312 GiB in 48 minutes", alert.text)
    end)
end)

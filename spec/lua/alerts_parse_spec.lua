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
            { read "sentry_metric_critical", read "sentry_metric_resolved" },
            { read "sentry_error", read "sentry_issue_archived" }, { read "sentry_issue_unresolved", read "sentry_issue_resolved" },
            { read "sentry_metric_warning", read "sentry_metric_resolved" },
            { read "uptime_kuma_form", read "uptime_kuma_up" }, { read "uptime_kuma", read "uptime_kuma_up_form" },
            { read "grafana", read "grafana_resolved" }, { read "grafana_old", read "grafana_old_ok" },
            { read "github_workflow_run", read "github_workflow_run_success" }, { read "github_status", read "github_status_success" },
            { read "github_dependabot_alert", read "github_dependabot_alert_fixed" },
            { read "forgejo_action_run_failure", read "forgejo_action_run_recover" },
            { read "forgejo_action_run_failure", read "forgejo_action_run_success" },
            { read "gitea_workflow_run", read "gitea_workflow_run_success" }, { read "gitlab_pipeline", read "gitlab_pipeline_success" },
            { read "gitlab_build", read "gitlab_build_success" }, { read "gitlab_deployment", read "gitlab_deployment_success" },
            { read "github_deployment_status", { changed("github_deployment_status", '"state": "failure"', '"state": "success"') } },
            { read "github_check_suite", { changed("github_check_suite", '"conclusion": "failure"', '"conclusion": "success"') } },
            { read "gitea_workflow_job", { changed("gitea_workflow_job", '"conclusion": "failure"', '"conclusion": "success"') } },
            { read "gitea_status", { changed("gitea_status", '"state": "failure"', '"state": "success"') } },
            { read "gitlab_vulnerability", { changed("gitlab_vulnerability", '"state": "detected"', '"state": "resolved"') } },
            { read "github_secret_scanning_alert", { changed("github_secret_scanning_alert", '"action": "created"', '"action": "resolved"') } },
        } do
            assert.equal("firing", pair[1][1].status)
            assert.equal("resolved", pair[2][1].status, pair[2][1].title)
            assert.equal(pair[1][1].fingerprint, pair[2][1].fingerprint, pair[1][1].title)
        end
        assert.equal(read("sentry_issue_created")[1].fingerprint, read("sentry_legacy")[1].fingerprint)
        assert.not_equal(read("github_status")[1].fingerprint, read("gitea_status")[1].fingerprint)
        assert.is_nil(changed("github_workflow_run", '"action": "completed"', '"action": "requested"'))
        assert.is_nil(changed("gitlab_pipeline", '"status": "failed"', '"status": "running"'))
        assert.is_nil(changed("gitlab_deployment", '"status": "failed"', '"status": "running"'))
        assert.is_nil(changed("github_deployment_status", '"state": "failure"', '"state": "in_progress"'))
        assert.is_nil(changed("github_status", '"state": "failure"', '"state": "pending"'))
        assert.is_nil(changed("github_workflow_job", '"action": "completed"', '"action": "in_progress"'))
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

    it("says what is published once, though GitHub tells it three times", function()
        assert.is_nil(changed("github_release", '"action": "published"', '"action": "released"'))
        assert.is_nil(changed("github_release", '"action": "published"', '"action": "created"'))
        assert.matches(" deleted release ", changed("github_release", '"action": "published"', '"action": "deleted"').title)
    end)

    it("has a short line for what it does not know, whatever is in it", function()
        local function line(name, headers, body)
            local alert = assert(parse[name] { headers = headers, body = body })[1]
            return alert.status .. " " .. alert.title
        end
        local function on_github(event, body) return line("github", { ["x-github-event"] = event }, body) end
        local place = '"repository":{"full_name":"a/b"},"sender":{"login":"eve"}}'
        assert.equal("info github: new thing done by somebody", on_github("new_thing", '{"action":"done","repository":[1],"sender":"x"}'))
        assert.equal("info a/b: team ops edited by eve", on_github("team", '{"action":"edited","team":{"name":"ops"},' .. place))
        assert.equal("info a/b: eve frobbed issue #1: x", on_github("issues", '{"action":"frobbed","issue":{"number":1,"title":"x"},' .. place))
        assert.equal("info forgejo: event by somebody", line("forgejo", {}, "{}"))
        assert.equal("info gitlab: new thing: x", line("gitlab", {}, '{"object_kind":"new_thing","object_attributes":{"title":"x"},"user":[1]}'))
        assert.equal("info new thing done by Sentry",
            line("sentry", { ["sentry-hook-resource"] = "new_thing" }, '{"action":"done","data":{"issue":[1]},"actor":7}'))
        assert.equal("info a test", line("grafana", {}, '{"text":"a test"}'))
        assert.equal("info High: paused", line("grafana", {}, '{"ruleName":"High","state":"paused"}'))
        assert.equal("info x is in state 9", line("uptime_kuma", {}, '{"heartbeat":{"status":9},"monitor":{"name":"x"}}'))
    end)

    it("keeps what else is to be known: what failed, links, pictures", function()
        assert.equal("failed: make unit", read("github_workflow_job")[1].text)
        assert.equal("docs: what a lane is\n2 of 214 tests fail", read("github_status")[1].text)
        assert.equal("lines in web/package-lock.json", read("github_dependabot_alert")[1].text)
        assert.equal("high", read("github_dependabot_alert")[1].severity)
        assert.equal("https://grafana.example.org/public/img/attachments/8KxQ.png", read("grafana_image")[1].annotations.image_url)
        assert.matches("8KxQ%.png$", (text.render(read "grafana_image")))
        assert.equal(3, read("grafana_truncated").more)
        assert.equal("127.0.0.1:3995: Connection failed", read("uptime_kuma_port")[1].text)
        assert.same(read("uptime_kuma")[1].text, read("uptime_kuma_form")[1].text)
        local body = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n{"heartbeat":{"status":1},"monitor":{"name":"x"}}\r\n--b--\r\n'
        local alerts = parse.uptime_kuma { headers = { ["content-type"] = "Multipart/Form-Data; boundary=b" }, body = body }
        assert.equal("x is up", alerts and alerts[1].title)
        assert.matches("Runbook %(https://wiki%.example%.org/runbooks/disk%-full%)$", read("slack_alertmanager_fields")[1].text)
        assert.matches("/ on db2 is 97 %% full <soon>\n", read("slack_alertmanager_fields")[1].text)
        assert.matches("\nVisit site %(http://127%.0%.0%.1:3992/health%?probe=1%)$", read("slack_uptime_kuma")[1].text)
        assert.equal("412 events in the last 10 minutes\nFilter: level:error", read("sentry_metric_warning")[1].text)
    end)

    it("reads times and issues as others write them", function()
        local times = '"startsAt":"2026-05-27 15:36:00.112013015 +0000 UTC m=+8560.285724134","endsAt":"0001-01-01 00:00:00 +0000 UTC"'
        local alert = assert(parse.grafana { body = '{"status":"firing","alerts":[{' .. times .. "}]}" })[1]
        assert.equal(1779896160, alert.starts_at // 1)
        assert.equal(read("sentry_error")[1].fingerprint, changed("sentry_error", '"issue_id": "4211"', '"issue_id": null').fingerprint)
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

-- SPDX-License-Identifier: MIT
-- config/alerts.yaml: each of its webhooks, with the sample of what the real program sends, said in a real room; and Debian's
-- Alertmanager itself, which posts to a bot.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"
local web = require "spec.e2e.web_client"

local ROOM = "alerts@conference.localhost"
local SECRET = "a-secret-of-alerts"

local function hmac_of(body)
    local path = os.tmpname()
    files.write(path, body)
    local digest = files.output(("openssl dgst -sha256 -hmac '%s' <%s"):format(SECRET, path)):match "(%x+)%s*$"
    os.remove(path)
    return assert(digest)
end

describe("config/alerts.yaml", function()
    local world, romeo, port

    setup(function()
        local env = { ALERTS_SECRET = SECRET, ALERTS_LISTEN = "127.0.0.1:0" }
        world = e2e.start {
            config = "config/alerts.yaml", env = env,
            before = function(w) env.ALERTS_STORAGE = w.dir .. "/alerts.db" end,
        }
        port = web.port(world)
        romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
    end)

    teardown(function() world:stop() end)

    -- What the program sends, to the path, with its headers and what proves it.
    local function post(path, sample, headers, body)
        body = body or files.read("spec/samples/" .. sample)
        local all = { ["Content-Type"] = "application/json" }
        local file = io.open("spec/samples/" .. sample:gsub("%.%w+$", "") .. ".headers.json")
        if file then
            for name, value in pairs(json.decode(file:read "a")) do
                if name ~= "host" and name ~= "content-length" and name ~= "transfer-encoding" and name ~= "authorization" and not name:find "^x%-hub" then
                    all[name == "content-type" and "Content-Type" or name] = value
                end
            end
            file:close()
        end
        for name, value in pairs(headers or {}) do all[name:lower() == "x-gitlab-token" and "x-gitlab-token" or name] = value end
        return web.ask(port, { path = path, headers = all, body = body })
    end

    local function said(text)
        romeo:expect { from = ROOM .. "/relay", type = "groupchat", body = text }
    end

    local BEARER = { Authorization = "Bearer " .. SECRET }

    it("tells of Alertmanager's alerts", function()
        assert.equal(401, post("/alertmanager", "alertmanager.json").status)
        assert.equal(202, post("/alertmanager", "alertmanager.json", BEARER).status)
        said "^🔥 2 firing: DiskFull cluster=berlin\n🔥 critical /var on db1 is 94 %% full"
    end)

    it("refuses what it cannot read, and says where", function()
        local answer = post("/alertmanager", "alertmanager.json", BEARER, '{"alerts":[{"status":"firing","labels":[1]}]}')
        assert.equal(400, answer.status)
        assert.matches("alerts%[1%]%.labels: an object is expected", answer.body)
    end)

    it("tells of Grafana's", function()
        local pipe = assert(io.popen(("printf %%s 'grafana:%s' | openssl base64"):format(SECRET)))
        local basic = pipe:read("l")
        pipe:close()
        assert.equal(202, post("/grafana", "grafana.json", { Authorization = "Basic " .. basic }).status)
        said "^🔥 2 firing: High latency\n⚠️ warning web1 answers slowly %(instance=web1%)"
    end)

    it("tells of pushes to GitHub, and of nothing that nobody asked for", function()
        local function github(sample)
            local body = files.read("spec/samples/" .. sample)
            local id = ("%08d"):format(#body)
            return post("/github", sample, { ["X-Hub-Signature-256"] = "sha256=" .. hmac_of(body), ["x-github-delivery"] = id }, body).status
        end
        assert.equal(401, post("/github", "github_push.json", { ["X-Hub-Signature-256"] = "sha256=" .. ("0"):rep(64) }).status)
        assert.equal(202, github "github_star.json")
        assert.equal(202, github "github_push.json")
        said "^example%-org/relay: alice%-example pushed 2 commits to main\n9d5ed67 queue"
    end)

    it("tells of GitLab's, in the words of a template", function()
        assert.equal(202, post("/gitlab", "gitlab_note.json", { ["x-gitlab-token"] = SECRET }).status)
        said "^%*ops/relay: alice commented on issue #40: A message is lost when the disk is full%*\n> I see it too, with 1%.3%.2%.\nhttps"
    end)

    it("tells when a site is down, and changes that when it is up", function()
        assert.equal(202, post("/uptime", "uptime_kuma.json", BEARER).status)
        said "^🔥 shop is down\nconnect ECONNREFUSED 127%.0%.0%.1:3992"
        assert.equal(202, post("/uptime", "uptime_kuma_up.json", BEARER).status)
        romeo:expect { from = ROOM .. "/relay", xml = "^.*urn:xmpp:message%-correct:0", body = "^✅ shop is up" }
    end)

    it("reads what is in a form", function()
        assert.equal(202, post("/uptime", "uptime_kuma_certificate_form.txt", BEARER).status)
        said "^%[wiki%]%[https://localhost:3994/%] server certificate localhost will expire in 5 days$"
    end)

    it("answers as Slack does", function()
        local answer = post("/services/T0/B0/x", "slack_form.txt")
        assert.equal("200 ok", answer.status .. " " .. answer.body)
        said "^nightly build: passed$"
        assert.equal(200, post("/services/T0/B0/x", "slack_blocks.json").status)
        said "^Backup failed\n"
        assert.equal(200, post("/services/T0/B0/x", "slack_alertmanager_fields.json").status)
        said "^DiskFull %(firing%)\n/var on db1 is 94 %% full\n"
    end)

    it("says a text", function()
        assert.equal(202, post("/say", "text.txt").status)
        said "^backup of db1 done\n312 GiB in 48 minutes$"
    end)

    it("reads any JSON", function()
        assert.equal(202, post("/door", "json.json").status)
        said "^⚠️ warning server room: door open\n.*door=door%-3"
    end)

    -- Debian's own, with a route to the bot.
    it("takes alerts of a real Alertmanager", function()
        local config = ([[
route: { receiver: bot, group_by: [alertname], group_wait: 100ms, group_interval: 1s }
receivers:
  - name: bot
    webhook_configs:
      - url: http://127.0.0.1:%d/alertmanager
        send_resolved: true
        http_config: { authorization: { type: Bearer, credentials: %s } }
]]):format(port, SECRET)
        local dir, remove = e2e.folder { ["alertmanager.yml"] = config }
        local log = ""
        local alertmanager = process.spawn({
            "/usr/bin/prometheus-alertmanager", "--config.file=" .. dir .. "/alertmanager.yml", "--storage.path=" .. dir .. "/data",
            "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=", "--web.external-url=http://127.0.0.1/",
        }, { on_stderr = function(text) log = log .. text end })
        local its_port
        process.wait(function() return "Alertmanager to listen: " .. log end, function()
            its_port = tonumber(log:match "Listening on\" address=127%.0%.0%.1:(%d+)%D")
            return its_port or not alertmanager:is_running()
        end)
        local function send(ends_at)
            local alert = { labels = { alertname = "Unwell", severity = "warning" }, annotations = { summary = "db3 is unwell" }, endsAt = ends_at }
            local answer = web.ask(its_port, {
                path = "/api/v2/alerts", headers = { ["Content-Type"] = "application/json" }, body = json.encode { alert },
            })
            assert.equal(200, answer.status)
        end
        send(nil)
        said "^⚠️ warning Unwell — db3 is unwell"
        send(os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 1))
        romeo:expect { from = ROOM .. "/relay", xml = "^.*urn:xmpp:message%-correct:0", body = "^✅ Unwell — db3 is unwell" }
        alertmanager:kill "sigterm"
        alertmanager:join()
        remove()
    end)
end)

describe("couplet check", function()
    it("tells what is wrong in `with:` of alerts, and where", function()
        local dir, remove = e2e.folder {
            ["text.tmpl"] = "{{ title }}\n{{ url | link }}\n",
            ["couplet.yaml"] = [[
storage: kept.db
http: { listen: 127.0.0.1:0 }
bots:
  relay:
    jid: relay@localhost
    password: x
    rooms: [ops@rooms.localhost]
    hooks:
      - event: webhook
        path: /a
        call: alerts.alertmanager
        with: { to: a@localhost, tempalte: x, limit: many }
      - event: webhook
        path: /b
        call: alerts.json
        with:
          to: a@localhost
          template: "{{ x | uper }}"
          fields:
            labels:
              room: "{% if %}"
            nope: x
      - { event: webhook, path: /c, call: alerts.github, with: { to: a@localhost, storm: { over: x } } }
      - { event: webhook, path: /d, call: alerts.github }
      - { event: webhook, path: /e, call: alerts.githb, with: { to: a@localhost } }
      - { event: webhook, path: /f, call: alerts.text, with: { to: a@localhost, template_file: text.tmpl } }
      - { event: webhook, path: /g, call: alerts.text, with: { to: [opps@rooms.localhost, a@localhost] } }
      - { event: webhook, path: /h, call: alerts.text, with: { to: [ops@rooms.localhost, bob] } }
      - { event: webhook, path: /i, call: alerts.text, with: { to: a@localhost, ack: yes } }
      - { event: webhook, path: /j, call: alerts.text, with: { to: a@localhost, escalate: [{ afer: 1m, to: ops@rooms.localhost }] } }
      - event: webhook
        path: /k
        call: alerts.text
        with:
          to: a@localhost
          escalate:
            - { after: 1m, to: ops@rooms.localhost }
            - { after: 2m, to: opps@rooms.localhost }
      - event: webhook
        path: /l
        call: alerts.text
        with: { to: a@localhost, template: "{{ titel }}", alertmanager: { url: "https://localhost", basic: { user: x, password_file: none.secret } } }
]],
        }
        local code, out, err = e2e.run { "check", dir .. "/couplet.yaml" }
        assert.equal(78, code)
        local mistakes = {}
        for line in (out .. err):gmatch "[^\n]+" do mistakes[#mistakes + 1] = line:match "^.*/couplet%.yaml:(.*)$" end
        assert.same({
            "12:34: with: 'tempalte' is unknown; did you mean 'template'?",
            "12:47: limit: a number is expected",
            "18:11: template: line 1, column 8: there is no filter 'uper'; did you mean 'upper'?",
            "21:15: room: line 1, column 7: a value is expected here",
            "22:13: fields: 'nope' is none of an alert",
            "23:92: with: storm: over: a rate like 20/1m is expected",
            "24:43: with: { to: ops@conference.example.org } is expected: where alerts go",
            "25:43: module 'alerts' has no function 'githb'; did you mean 'github'?",
            "26:81: " .. dir .. "/text.tmpl: line 2, column 10: there is no filter 'link'",
            "27:69: with: to: 'opps@rooms.localhost' is none of the bot's `rooms:`; did you mean 'ops@rooms.localhost'?",
            "28:90: with: to: an address like ops@conference.example.org, or a list of them is expected",
            "29:81: with: ack: true, or { allow: … }, is expected",
            "30:94: with: escalate: 'afer' is unknown; did you mean 'after'?",
            "38:28: with: escalate: 'opps@rooms.localhost' is none of the bot's `rooms:`; did you mean 'ops@rooms.localhost'?",
            "42:34: template: line 1, column 4: there is no 'titel' here; did you mean 'title'?",
            "42:119: with: alertmanager: " .. dir .. "/none.secret: No such file or directory",
        }, mistakes)
        remove()
    end)
end)

describe("the guide to alerts", function()
    local page = files.read "docs/guide/alerts.md"

    it("shows configurations that are well", function()
        local blocks = {}
        for block in page:gmatch "```yaml\n(.-)```" do blocks[#blocks + 1] = block end
        assert.is_true(#blocks >= 3)
        local head = blocks[1]:match "^(.-)    hooks:\n"
        for _, block in ipairs(blocks) do
            local config = block:find "^hooks:" and head .. block:gsub("[^\n]+", "    %0") or block
            local dir, remove = e2e.folder { ["couplet.yaml"] = config, ["alertmanager.secret"] = "x\n", ["ca.pem"] = "" }
            local code, out, err = e2e.run({ "check", dir .. "/couplet.yaml" }, { OPS_PASSWORD = "x", HOOK_SECRET = "y" })
            assert.equal(0, code, out .. err .. config)
            remove()
        end
    end)

    it("does what it says", function()
        local env = { HOOK_SECRET = SECRET }
        local bots = page:match "```yaml\n.-bots:\n(.-)```":gsub("    jid: ops@example%.org\n    password: [^\n]*", "    @account ops")
            :gsub("conference%.example%.org", "conference.localhost")
        local script = page:match "```lua\n(.-)```"
        bots = bots .. "      - { event: webhook, path: /github, call: only.only_main, with: { to: ops@conference.localhost } }\n"
        e2e.with({
            bots = bots, env = env, scripts = { ["only.lua"] = script }, top = "storage: kept.db\nhttp: { listen: 127.0.0.1:0 }",
        }, function(world)
            local port, romeo = web.port(world), world:human "romeo"
            romeo:join("ops@conference.localhost", "romeo")
            local body = page:match "%-d '({.-})' http"
            local answer = web.ask(port, {
                path = "/alertmanager", body = body, headers = { Authorization = "Bearer " .. SECRET, ["Content-Type"] = "application/json" },
            })
            assert.equal(202, answer.status)
            romeo:expect { from = "ops@conference.localhost/ops", body = "^" .. page:match "The room reads `(.-)`" .. "$" }
            local push = files.read "spec/samples/github_push.json"
            for _, text in ipairs { (push:gsub("refs/heads/main", "refs/heads/other")), push } do
                answer = web.ask(port, { path = "/github", body = text, headers = { ["X-GitHub-Event"] = "push", ["Content-Type"] = "application/json" } })
                assert.equal(202, answer.status)
            end
            romeo:expect { body = "^example%-org/relay: alice%-example pushed 2 commits to main\n" }
            romeo:expect_none { body = "^.*commits to other" }
        end)
    end)
end)

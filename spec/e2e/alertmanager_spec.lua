-- SPDX-License-Identifier: MIT
-- A real Alertmanager (Debian's) posts to a bot that speaks in a real room: an alert that fires, also while there is no bot, and
-- its end. Asked by its API v2; what it posts is its own.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"

local ROOM = "ops@conference.localhost"
local TOKEN = "alerts-e2e-token"
local CONFIG = [[
route:
  receiver: bot
  group_by: [alertname]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: bot
    webhook_configs:
      - url: http://127.0.0.1:%d/alertmanager
        send_resolved: true
        http_config: { authorization: { credentials: %s } }
]]

-- guard: the text of a --web.config.file; how: what curl needs to get past it.
---@return table process, fun(alerts: string) post, fun(path: string): string get
local function start_alertmanager(dir, bot_port, port, guard, how)
    local log = ""
    files.write(dir .. "/alertmanager.yml", CONFIG:format(bot_port, TOKEN))
    files.write(dir .. "/guard.yml", guard or "")
    local function hear(text) log = log .. text end
    local manager = process.spawn({
        "prometheus-alertmanager", "--config.file=" .. dir .. "/alertmanager.yml", "--storage.path=" .. dir .. "/alertmanager",
        ("--web.listen-address=127.0.0.1:%d"):format(port), "--cluster.listen-address=", guard and "--web.config.file=" .. dir .. "/guard.yml",
    }, { on_stdout = hear, on_stderr = hear })
    local url = how and ("%s https://localhost:%d"):format(how, port) or ("http://127.0.0.1:%d"):format(port)
    process.wait(function() return "Alertmanager to listen:\n" .. log end, function()
        assert(manager:is_running(), log)
        return log:find("Listening on", 1, true)
    end)
    return manager, function(alerts)
        local file = dir .. "/post.json"
        files.write(file, alerts)
        assert(os.execute(("curl -sf -o /dev/null -H 'Content-Type: application/json' --data @%s %s/api/v2/alerts"):format(file, url)))
    end, function(path) return (files.output(("curl -sf %s%s"):format(url, path))) end
end

local function alert(name, ends)
    return ([=[[{"labels":{"alertname":"%s","instance":"db1","severity":"critical"},
        "annotations":{"summary":"the disk of db1 is nearly full"}, "startsAt":"%s" %s}]]=]):format(name, os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 60),
        ends and (', "endsAt":"%s"'):format(os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 1)) or "")
end

-- options: guard and how of start_alertmanager, with: more of the hook's `with:`
local function with_everything(kind, options, test)
    local port, manager_port = process.free_port(), process.free_port()
    local env = { HOOK_TOKEN = TOKEN, MANAGER = ("https://localhost:%d"):format(manager_port) }
    e2e.with({
        kind = kind,
        bots = [[
  ops:
    @account ops
    admins: [juliet@localhost]
    rooms: [ops@conference.localhost]
    hooks:
      - event: webhook
        path: /alertmanager
        auth: { bearer: "${HOOK_TOKEN}" }
        call: alerts.alertmanager
        with: { to: ops@conference.localhost]] .. (options.with or "") .. " }\n",
        top = ("storage: kept.db\nhttp: { listen: 127.0.0.1:%d }"):format(port),
        env = env,
        before = function(world)
            if options.files then options.files(world) end
            world:human("juliet"):join(ROOM, "juliet")
        end,
    }, function(world)
        local guard, how = nil, nil
        if options.guard then guard, how = options.guard(world) end
        local manager, post, get = start_alertmanager(world.dir, port, manager_port, guard, how)
        local ok, err = pcall(test, world, post, env, get)
        manager:kill "sigterm"
        manager:join()
        if not ok then error(err, 0) end
        assert.is_nil(world.log:find(TOKEN, 1, true))
    end)
end

local function body_with(...)
    local words = { ... }
    return function(body)
        for _, word in ipairs(words) do
            if not body or not body:find(word, 1, true) then return false end
        end
        return true
    end
end

e2e.each_server(describe, "a real Alertmanager", function(kind)
    it("is heard in the room: what fires, also while the bot is dead, and its end", function()
        with_everything(kind, {}, function(world, post, env)
            local juliet = world:human "juliet"
            post(alert "DiskFull")
            juliet:expect { from = "^ops@conference%.localhost/", body = body_with("DiskFull", "the disk of db1 is nearly full") }
            world.bots:kill "sigkill"
            world.bots:join()
            post(alert "LinkDown")
            world:run_bots(env)
            juliet:expect { from = "^ops@conference%.localhost/", body = body_with "LinkDown" }
            post(alert("DiskFull", true))
            juliet:expect { from = "^ops@conference%.localhost/", body = body_with("DiskFull", "✅") }
        end)
    end)
end)

describe("a real Alertmanager that wants to know who asks", function()
    -- bcrypt of the password, made once
    local PASSWORD, HASH = "couplet-e2e-basic", "$2b$05$abcdefghijklmnopqrstuuKBXU7ahQXDDgsYyD6Yf9MBVtIzuu3y6"

    it("is told of silences, and of their end", function()
        with_everything(nil, {
            with = [[, ack: true, allow_private: true, alertmanager: {
          url: "${MANAGER}", basic: { user: couplet, password_file: manager.secret }, ca_file: "${E2E_CA}" }]],
            files = function(world) files.write(world.dir .. "/manager.secret", PASSWORD .. "\n") end,
            guard = function(world)
                local server = world.server.dir .. "/certs/server"
                return ("tls_server_config: { cert_file: %s.pem, key_file: %s.key }\nbasic_auth_users: { couplet: '%s' }\n"):format(server, server, HASH),
                    ("--cacert %s -u couplet:%s"):format(world.server.ca_file, PASSWORD)
            end,
        }, function(world, post, _, get)
            local juliet = world:human "juliet"
            post(alert "DiskFull")
            juliet:expect { from = "^ops@conference%.localhost/", body = body_with "DiskFull" }
            juliet:say("ops@localhost", "!silence 2h")
            juliet:expect { from = "^ops@localhost", body = "Silenced: #1." }
            assert.matches('"state":"active"', get "/api/v2/silences")
            juliet:say("ops@localhost", "!unsilence")
            juliet:expect { from = "^ops@localhost", body = "The silence is over." }
            assert.matches('"state":"expired"', get "/api/v2/silences")
            assert.is_nil(world.log:find(PASSWORD, 1, true))
        end)
    end)
end)

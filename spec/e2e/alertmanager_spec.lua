-- SPDX-License-Identifier: MIT
-- A real Alertmanager (Debian's) posts to a bot that speaks in a real room: an alert that fires, also while there is no bot, and
-- its end. Asked by its API v2; what it posts is its own.
local e2e = require "spec.e2e.harness"
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

local function write(path, text)
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
end

---@return table process, fun(alerts: string) post
local function start_alertmanager(dir, bot_port)
    local port, log = process.free_port(), ""
    write(dir .. "/alertmanager.yml", CONFIG:format(bot_port, TOKEN))
    local function hear(text) log = log .. text end
    local manager = process.spawn({
        "prometheus-alertmanager", "--config.file=" .. dir .. "/alertmanager.yml", "--storage.path=" .. dir .. "/alertmanager",
        ("--web.listen-address=127.0.0.1:%d"):format(port), "--cluster.listen-address=",
    }, { on_stdout = hear, on_stderr = hear })
    process.wait(function() return "Alertmanager to listen:\n" .. log end, function()
        assert(manager:is_running(), log)
        return log:find("Listening on", 1, true)
    end)
    return manager, function(alerts)
        local file = dir .. "/post.json"
        write(file, alerts)
        assert(os.execute(("curl -sf -o /dev/null -H 'Content-Type: application/json' --data @%s http://127.0.0.1:%d/api/v2/alerts"):format(file, port)))
    end
end

local function alert(name, ends)
    return ([=[[{"labels":{"alertname":"%s","instance":"db1","severity":"critical"},
        "annotations":{"summary":"the disk of db1 is nearly full"}, "startsAt":"%s" %s}]]=]):format(name, os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 60),
        ends and (', "endsAt":"%s"'):format(os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 1)) or "")
end

local function with_everything(kind, test)
    local port = process.free_port()
    local env = { HOOK_TOKEN = TOKEN }
    e2e.with({
        kind = kind,
        bots = [[
  ops:
    @account ops
    rooms: [ops@conference.localhost]
    hooks:
      - event: webhook
        path: /alertmanager
        auth: { bearer: "${HOOK_TOKEN}" }
        call: alerts.alertmanager
        with: { to: ops@conference.localhost }
]],
        top = ("storage: kept.db\nhttp: { listen: 127.0.0.1:%d }"):format(port),
        env = env,
        before = function(world) world:human("juliet"):join(ROOM, "juliet") end,
    }, function(world)
        local manager, post = start_alertmanager(world.dir, port)
        local ok, err = pcall(test, world, post, env)
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
        with_everything(kind, function(world, post, env)
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

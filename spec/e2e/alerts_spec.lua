-- SPDX-License-Identifier: MIT
-- Alerts in a room of a real server, from the webhook on: grouped, corrected, acknowledged by people, escalated, silenced, and
-- none lost or said twice when the process is killed.
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"
local web_client = require "spec.e2e.web_client"
local web_server = require "spec.e2e.web_server"

local ROOM = "ops@conference.localhost"
local TOP = "storage: kept.db\nhttp: { listen: 127.0.0.1:0 }"

local function bots(with)
    return ([[
  ops:
    @account ops
    nick: robo
    rooms: [ops@conference.localhost]
    hooks:
      - { event: webhook, path: /alerts, call: alerts.alertmanager, with: { to: ops@conference.localhost, %s } }]]):format(with)
end

-- As Alertmanager sends it: { name = "firing" | "resolved" }
local function payload(states)
    local alerts = {}
    for name, status in pairs(states) do
        alerts[#alerts + 1] = {
            status = status, labels = { alertname = name, instance = "db1" }, annotations = { summary = name .. " is bad" },
            startsAt = "2026-11-21T12:00:00Z", endsAt = status == "resolved" and "2026-11-21T12:10:00Z" or "0001-01-01T00:00:00Z",
            generatorURL = "http://prometheus.example.org/graph", fingerprint = "f-" .. name:lower(),
        }
    end
    return json.encode {
        version = "4", groupKey = "{}:{}", truncatedAlerts = 0, status = "firing", receiver = "couplet", groupLabels = { alertname = "x" },
        commonLabels = { instance = "db1" }, commonAnnotations = json.decode "{}", externalURL = "http://alertmanager.example.org", alerts = alerts,
    }
end

local function post(port, states)
    local answer = web_client.ask(port, {
        method = "POST", path = "/alerts", headers = { ["Content-Type"] = "application/json" }, body = payload(states),
    })
    assert.equal(202, answer.status, answer.body)
end

local function start(with, options)
    options = options or {}
    return e2e.start {
        kind = options.kind, server = options.server, bots = bots(with), top = TOP, accounts = { "juliet", "romeo" },
        before = function(world)
            world:human("juliet"):join(ROOM, "juliet")
            if options.before then options.before(world) end
        end,
    }
end

local function stanza_id(event)
    local element = assert(event.xml:match "<[^<>]*stanza%-id[^<>]*>", event.xml)
    return assert(element:match "%sid=[\"']([^\"']+)", element)
end

local function react(human, id)
    human:raw(("<message to='%s' type='groupchat' id='r-1'><reactions id='%s' xmlns='urn:xmpp:reactions:0'><reaction>👍</reaction>" ..
        "</reactions></message>"):format(ROOM, id))
end

e2e.each_server(describe, "alerts in a room", function(kind)
    it("are corrected by their end and by who takes them on", function()
        local world = start("ack: true", { kind = kind, server = { "--archive" } })
        local juliet, port = world:human "juliet", web_client.port(world)
        post(port, { DiskFull = "firing" })
        local said = juliet:expect { from = ROOM .. "/robo", body = "^.*DiskFull" }
        post(port, { DiskFull = "firing" })
        react(juliet, stanza_id(said))
        local corrected = juliet:expect { from = ROOM .. "/robo", body = "^.*👀 juliet" }
        assert.truthy(corrected.xml:find("urn:xmpp:message%-correct:0"), corrected.xml)
        assert.truthy(corrected.xml:find(said.id, 1, true), corrected.xml)
        post(port, { DiskFull = "resolved" })
        corrected = juliet:expect { from = ROOM .. "/robo", body = "^.*✅.*DiskFull" }
        assert.truthy(corrected.xml:find(said.id, 1, true), corrected.xml)
        juliet:say_room(ROOM, "!alerts")
        juliet:expect { from = ROOM .. "/robo", body = "^.*Nothing is firing" }
        juliet:expect_none { from = ROOM .. "/robo", body = "^.*DiskFull" }
        world:stop()
    end)
end)

describe("alerts", function()
    it("are taken on by a command, by those who may", function()
        local world = start("ack: true")
        local juliet, romeo, port = world:human "juliet", world:human "romeo", web_client.port(world)
        romeo:join(ROOM, "romeo")
        post(port, { DiskFull = "firing" })
        juliet:expect { from = ROOM .. "/robo", body = "^.*DiskFull" }
        romeo:say_room(ROOM, "!ack")
        juliet:expect { from = ROOM .. "/robo", body = "^.*You may not do that" }
        juliet:say_room(ROOM, "!ack disk")
        juliet:expect { from = ROOM .. "/robo", body = "^.*👀 juliet" }
        juliet:expect { from = ROOM .. "/robo", body = "^.*Acknowledged: #1" }
        world:stop()
    end)

    it("that nobody takes on go to the next contact, also after the process was killed", function()
        local world = start "ack: true, escalate: [{ after: 3s, to: romeo@localhost }]"
        local romeo, port = world:human "romeo", web_client.port(world)
        post(port, { DiskFull = "firing" })
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        local said = romeo:expect { from = "^ops@localhost/", body = "^.*Not acknowledged.*DiskFull" }
        romeo:raw(("<message to='ops@localhost' type='chat' id='r-2'><reactions id='%s' xmlns='urn:xmpp:reactions:0'><reaction>👀</reaction>" ..
            "</reactions></message>"):format(said.id))
        romeo:expect { from = "^ops@localhost/", body = "^.*👀 romeo" }
        world:human("juliet"):expect { from = ROOM .. "/robo", body = "^.*👀 romeo" }
        world:stop()
    end)

    it("in a group are said once though the process is killed in the middle of its window", function()
        local world = start "group_wait: 2s"
        local juliet, port = world:human "juliet", web_client.port(world)
        post(port, { DiskFull = "firing" })
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        port = web_client.port(world)
        post(port, { LoadHigh = "firing", DiskFull = "firing" })
        local said = juliet:expect { from = ROOM .. "/robo", body = "^.*firing" }
        assert.truthy(said.body:find "DiskFull")
        if not said.body:find "LoadHigh" then juliet:expect { from = ROOM .. "/robo", body = "^.*LoadHigh" } end
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        port = web_client.port(world)
        post(port, { DiskFull = "resolved" })
        local corrected = juliet:expect { from = ROOM .. "/robo", body = "^.*✅" }
        assert.truthy(corrected.xml:find("urn:xmpp:message%-correct:0"), corrected.xml)
        world:stop()
    end)

    it("are all said, each once, though the process is killed at random", function()
        local world = start 'repeat: 1h'
        local juliet, accepted = world:human "juliet", {}
        for round = 1, 4 do
            local port = web_client.port(world)
            for i = 1, 20 do
                local name = ("Alert%dx%d"):format(round, i)
                post(port, { [name] = "firing" })
                accepted[#accepted + 1] = name
            end
            world.bots:kill "sigkill"
            world.bots:join()
            world:run_bots()
        end
        local port = web_client.port(world)
        for _, name in ipairs(accepted) do post(port, { [name] = "firing" }) end -- known, all of them
        post(port, { TheLast = "firing" })
        juliet:expect { from = ROOM .. "/robo", body = "^.*TheLast" }
        local ids = {}
        for _, event in ipairs(juliet.waiting) do
            local name = event.event == "message" and (event.body or ""):match "Alert%d+x%d+"
            if name then
                ids[name] = ids[name] or event.id
                assert.equal(ids[name], event.id, name .. " was said twice")
            end
        end
        for _, name in ipairs(accepted) do assert.truthy(ids[name], name .. " is lost") end
        world:stop()
    end)

    it("can be spoken of before the first has come, and !help tells how", function()
        local world = start 'ack: true, alertmanager: "http://127.0.0.1:1"'
        local juliet = world:human "juliet"
        juliet:say("ops@localhost", "!help")
        local said = juliet:expect { from = "^ops@localhost", type = "chat" }
        for _, name in ipairs { "alerts", "ack", "silence", "unsilence" } do
            assert.truthy(("\n" .. said.body):find("\n" .. name .. "[ \n]"), said.body)
        end
        juliet:say_room(ROOM, "!alerts")
        juliet:expect { from = ROOM .. "/robo", body = "Nothing is firing." }
        local info = juliet:iq(said.from, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
        assert.truthy(info.xml:find("http://jabber.org/protocol/commands", 1, true), info.xml)
        world:stop()
    end)

    it("of a bot that is told nothing of people are not spoken of", function()
        local world = start "limit: 5"
        local juliet = world:human "juliet"
        juliet:say("ops@localhost", "!help")
        juliet:expect_none { from = "^ops@localhost", type = "chat" }
        world:stop()
    end)

    it("are silenced at the Alertmanager", function()
        local web
        local world = e2e.start {
            bots = bots "alertmanager: \"${ALERTMANAGER}\", allow_private: true", top = TOP, accounts = { "juliet" }, online = {},
            env = { ALERTMANAGER = "http://127.0.0.1:1" },
            before = function(w)
                web = web_server.start(w.server)
                w:human("juliet"):join(ROOM, "juliet")
            end,
        }
        world.bots:kill "sigterm"
        world.bots:join()
        world:run_bots { ALERTMANAGER = "http://127.0.0.1:" .. web.http }
        local juliet, port = world:human "juliet", web_client.port(world)
        post(port, { DiskFull = "firing" })
        juliet:expect { from = ROOM .. "/robo", body = "^.*DiskFull" }
        juliet:say_room(ROOM, "!silence 2h")
        juliet:expect { from = ROOM .. "/robo", body = "^.*🔕 silenced until" }
        juliet:expect { from = ROOM .. "/robo", body = "^.*Silenced: #1" }
        juliet:say_room(ROOM, "!unsilence")
        juliet:expect { from = ROOM .. "/robo", body = "^.*The silence is over" }
        process.wait("the Alertmanager to be asked", function() return #web.seen >= 2 end)
        assert.equal("POST /api/v2/silences", web.seen[1].method .. " " .. web.seen[1].path)
        assert.equal("db1", json.decode(web.seen[1].body).matchers[2].value)
        assert.equal("DELETE /api/v2/silence/0a1b2c3d-0000-4000-8000-000000000001", web.seen[2].method .. " " .. web.seen[2].path)
        web.stop()
        world:stop()
    end)

    it("are silenced at an Alertmanager that wants to know who asks, over TLS, also by the next process; the secret is nowhere else", function()
        local SECRET, web = "guarded-e2e-secret", nil
        local world = e2e.start {
            bots = bots [[
alertmanager: { url: "${ALERTMANAGER}", bearer: "${TOKEN}", ca_file: "${E2E_CA}" }, allow_private: true]],
            top = TOP, accounts = { "juliet" }, online = {}, env = { ALERTMANAGER = "https://localhost:1", TOKEN = "x" },
            before = function(w)
                web = web_server.start(w.server)
                w:human("juliet"):join(ROOM, "juliet")
            end,
        }
        world.bots:kill "sigterm"
        world.bots:join()
        local function run(token)
            world:run_bots { ALERTMANAGER = "https://localhost:" .. web.https .. "/guarded/" .. SECRET, TOKEN = token, E2E_CA = world.server.ca_file }
        end
        run "another"
        local juliet = world:human "juliet"
        post(web_client.port(world), { DiskFull = "firing" })
        juliet:expect { from = ROOM .. "/robo", body = "^.*DiskFull" }
        juliet:say_room(ROOM, "!silence 2h")
        juliet:expect { from = ROOM .. "/robo", body = "^.*The Alertmanager did not take it: it answered 401" }
        world.bots:kill "sigkill"
        world.bots:join()
        run(SECRET)
        world:wait_log "ops@conference%.localhost: joined"
        juliet:say_room(ROOM, "!silence 2h")
        juliet:expect { from = ROOM .. "/robo", body = "^.*Silenced: #1" }
        local seen = web.seen[#web.seen]
        assert.equal("Bearer " .. SECRET, web.header(seen, "Authorization"))
        assert.is_true(seen.tls)
        for _, name in ipairs { "kept.db", "kept.db-wal" } do
            local file = io.open(world.dir .. "/" .. name, "rb")
            local bytes = file and file:read "a":gsub("/guarded/" .. SECRET:gsub("%-", "%%-"), "") or ""
            if file then file:close() end
            assert.is_nil(bytes:find(SECRET, 1, true), name)
        end
        assert.is_nil(world.log:gsub("/guarded/" .. SECRET:gsub("%-", "%%-"), ""):find(SECRET, 1, true))
        web.stop()
        world:stop()
    end)
end)

-- SPDX-License-Identifier: MIT
-- /metrics and /healthz of bots that work, fail, are stopped, are put out of their room, and lose their server.
local e2e = require "spec.e2e.harness"
local exposition = require "spec.tools.exposition"
local json = require "dkjson"
local process = require "spec.e2e.process"
local web = require "spec.e2e.web_client"

local ROOM = "watched@conference.localhost"
local OPTIONS = {
    before = function(world) world:human("romeo"):join(ROOM, "romeo") end, -- it is romeo's room
    top = 'storage: kept.db\nlimits: { time: 50ms, memory: 8M, instructions: 500M }\nhttp: { listen: "127.0.0.1:0" }',
    bots = [[
  ops:
    @account ops
    rooms: [ watched@conference.localhost ]
    hooks:
      - { event: webhook, path: /alert, call: watched.alert }
      - { event: message, type: chat, call: watched.chat }
]],
    scripts = {
        ["watched.lua"] = [[
local M = {}
function M.alert(event) return nil, select(2, event.bot:say("watched@conference.localhost", event.body)) end
function M.chat(event)
    if event.body == "raise" then error "as asked" end
    if event.body == "come back" then return tostring(event.bot:join "watched@conference.localhost") end
    if event.body == "loop" then while true do end end
    if event.body == "eat" then
        local list = {}
        while true do list[#list + 1] = ("x"):rep(100000) .. #list end
    end
    return event.body
end
return M]],
    },
}

local function read(port)
    local answer = web.ask(port, { method = "GET", path = "/metrics" })
    assert.equal(200, answer.status)
    assert.equal("text/plain; version=0.0.4; charset=utf-8", answer.headers["content-type"])
    return exposition.read(answer.body)
end

local function wait_value(port, want, name, labels)
    local got
    process.poll(function() return ("%s to be %s, not %s"):format(name, want, got) end, function()
        got = exposition.value(read(port), name, labels)
        return got == want
    end)
end

local function health(port)
    local answer = web.ask(port, { method = "GET", path = "/healthz" })
    assert.equal("application/json", answer.headers["content-type"])
    return answer.status, assert(json.decode(answer.body))
end

-- The rows of the reference: name -> { type, labels }.
local function documented()
    local rows = {}
    for line in io.lines "docs/reference/metrics.md" do
        local name, type, labels = line:match "^| `([%w_]+)` | (%w+) |([^|]*)|"
        if name then
            rows[name] = { type = type, labels = {} }
            for label in labels:gmatch "`([%w_]+)`" do rows[name].labels[label] = true end
        end
    end
    return rows
end

describe("what is told to those who watch", function()
    local world, port, romeo

    setup(function()
        world = e2e.start(OPTIONS)
        port = web.port(world)
        romeo = world:human "romeo"
        world:wait_log(ROOM:gsub("%p", "%%%0") .. ": joined")
    end)

    teardown(function() world:stop() end)

    it("is valid, and every family is in the reference", function()
        romeo:say("ops@localhost", "hello")
        romeo:expect { body = "hello" }
        assert.equal(202, web.ask(port, { path = "/alert", body = "hot" }).status)
        romeo:expect { from = ROOM .. "/ops", body = "hot" }
        read(port) -- so that /metrics itself is counted
        local families, rows = read(port), documented()
        for name, family in pairs(families) do
            local row = assert(rows[name], name .. " is not in docs/reference/metrics.md")
            assert.equal(row.type, family.type, name)
            for _, sample in ipairs(family.samples) do
                for label in pairs(sample.labels) do
                    assert(row.labels[label] or label == "le", name .. ": label " .. label .. " is not in the reference")
                end
                for label in pairs(row.labels) do assert(sample.labels[label], name .. ": label " .. label .. " is not there") end
            end
        end
        for name in pairs(rows) do assert(families[name], name .. " is in docs/reference/metrics.md alone") end
    end)

    it("counts messages, handlers and how they end", function()
        local function calls(name, more)
            local labels = { bot = "ops", hook = "watched.chat" }
            for label, value in pairs(more or {}) do labels[label] = value end
            return exposition.value(read(port), name, labels) or 0
        end
        local runs, errors = calls "couplet_hook_runs_total", calls "couplet_hook_errors_total"
        for _, what in ipairs { "raise", "loop", "eat" } do romeo:say("ops@localhost", what) end
        romeo:say("ops@localhost", "done")
        romeo:expect { body = "done" }
        wait_value(port, runs + 4, "couplet_hook_runs_total", { bot = "ops", hook = "watched.chat" })
        assert.equal(errors + 3, calls "couplet_hook_errors_total")
        assert.equal(1, calls("couplet_hook_kills_total", { limit = "time" }))
        assert.equal(1, calls("couplet_hook_kills_total", { limit = "memory" }))
        assert.equal(0, calls("couplet_hook_kills_total", { limit = "instructions" }))
        assert.equal(runs + 4, calls "couplet_hook_duration_seconds_count")
        assert(calls "couplet_hook_duration_seconds_sum" >= 0.05)
        local families = read(port)
        assert(exposition.value(families, "couplet_stanzas_received_total", { bot = "ops", kind = "message" }) >= 4)
        assert(exposition.value(families, "couplet_room_stanzas_received_total", { bot = "ops", room = ROOM }) >= 2)
        assert.equal(1, exposition.value(families, "couplet_room_joined", { bot = "ops", room = ROOM }))
        assert.equal(1, exposition.value(families, "couplet_storage_healthy"))
        assert.equal(1, exposition.value(families, "couplet_sessions_total", { bot = "ops", kind = "new" }))
    end)

    it("follows a message through the outbox", function()
        local function value(name) return exposition.value(read(port), name, { bot = "ops" }) end
        local accepted = value "couplet_outbox_accepted_total"
        for i = 1, 5 do assert.equal(202, web.ask(port, { path = "/alert", body = "n" .. i }).status) end
        wait_value(port, accepted + 5, "couplet_outbox_delivered_total", { bot = "ops" })
        assert.equal(accepted + 5, value "couplet_outbox_accepted_total")
        assert.equal(0, value "couplet_outbox_messages")
        assert.equal(0, value "couplet_outbox_oldest_seconds")
        assert(exposition.value(read(port), "couplet_http_requests_total", { path = "/alert", status = "202" }) >= 5)
        web.ask(port, { path = "/nobody/has/this" })
        wait_value(port, 1, "couplet_http_requests_total", { path = "other", status = "404" })
    end)

    it("is red while the bot is not in its room, and green again", function()
        local status, body = health(port)
        assert.same({ 200, { status = "ok" } }, { status, body })
        local kick = "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='ops' role='none'><reason>too loud</reason></item></query>"
        assert.equal("result", romeo:iq(ROOM, "set", kick).type)
        wait_value(port, 1, "couplet_room_state", { bot = "ops", room = ROOM, state = "kicked" })
        status, body = health(port)
        assert.equal(503, status)
        assert.equal("failing", body.status)
        local problem = body.problems[1]
        assert.same({ "room_not_joined", "ops", ROOM }, { problem.what, problem.bot, problem.room })
        assert.matches("^kicked for %d+ s: .*too loud$", problem.text)
        romeo:say("ops@localhost", "come back") -- by itself it would, later
        romeo:expect { from = "^ops@localhost/", body = "^room .*joined" }
        wait_value(port, 1, "couplet_room_joined", { bot = "ops", room = ROOM })
        assert.equal(200, (health(port)))
    end)

    it("tells of a server that is gone and comes back", function()
        world.server:kill()
        wait_value(port, 0, "couplet_connected", { bot = "ops" })
        wait_value(port, 1, "couplet_connection_losses_total", { bot = "ops" })
        assert.equal(202, web.ask(port, { path = "/alert", body = "while it is gone" }).status)
        wait_value(port, 1, "couplet_outbox_messages", { bot = "ops" })
        process.poll("a message that grows old", function()
            return exposition.value(read(port), "couplet_outbox_oldest_seconds", { bot = "ops" }) > 0
        end)
        world.server:restart()
        wait_value(port, 1, "couplet_connected", { bot = "ops" })
        wait_value(port, 1, "couplet_reconnects_total", { bot = "ops" })
        wait_value(port, 0, "couplet_outbox_messages", { bot = "ops" })
        assert.equal(1, exposition.value(read(port), "couplet_connection_state", { bot = "ops", state = "online" }))
    end)
end)

describe("/metrics and /healthz", function()
    it("are for those who may", function()
        local top = 'http: { listen: "127.0.0.1:0", auth: { bearer: quiet-please } }'
        e2e.with({ bots = "  ops:\n    @account ops\n    hooks: [ { event: message, call: echo.say } ]\n", top = top }, function(world)
            local port = web.port(world)
            for _, path in ipairs { "/metrics", "/healthz" } do
                assert.equal(401, web.ask(port, { method = "GET", path = path }).status)
                assert.equal(200, web.ask(port, { method = "GET", path = path, headers = { Authorization = "Bearer quiet-please" } }).status)
                assert.equal(405, web.ask(port, { path = path, headers = { Authorization = "Bearer quiet-please" } }).status)
            end
        end)
    end)
end)

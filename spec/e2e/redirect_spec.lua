-- SPDX-License-Identifier: MIT
-- Where a bot goes when its server sends it elsewhere (RFC 6120 4.9.3.19), and when it comes back after the server's
-- complaint.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local certificates = require "spec.e2e.certificates"
local process = require "spec.e2e.process"
local sasl2 = require "spec.e2e.sasl2_server"

local BOT = [[
  hopper:
    jid: hopper@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    hooks:
      - { event: message, call: echo.say }
]]
local STABLE = [[
  echo:
    @account echo
    hooks:
      - { event: message, call: echo.say }
]]

local function elsewhere(place)
    return "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>" .. place
        .. "</see-other-host></stream:error></stream:stream>"
end

local function with_servers(test)
    local first, second = fake.new "hopper", fake.new "hopper"
    local bots = BOT:gsub("PORT", tostring(first.port))
    local ok, err = pcall(e2e.with, { bots = bots, online = {} }, function(world) test(world, first, second) end)
    first:close()
    second:close()
    if not ok then error(err, 0) end
end

describe("a bot that is sent elsewhere", function()
    it("goes there, and comes back when that is over", function()
        with_servers(function(world, first, second)
            local link = first:accept()
            link:send(elsewhere("\n  127.0.0.1:" .. second.port .. "\n "))
            link:wait "</stream:stream>"
            link:close()
            local other = second:accept()
            assert.matches("to='localhost'", other.received, 1, true)
            world:wait_log("the server sends us to 127.0.0.1:" .. second.port, 1)
            other:close()
            first:accept()
            assert.equal(1, #second.links)
        end)
    end)

    it("believes the way back too, but does not run in a circle", function()
        with_servers(function(world, first, second)
            first.greeting = elsewhere("127.0.0.1:" .. second.port)
            second.greeting = elsewhere("127.0.0.1:" .. first.port)
            world:wait_log "the server sends us round and round; next attempt in [6-9]%d%.%d s"
            assert.equal(6, #first.links + #second.links)
        end)
    end)

    it("goes nowhere without TLS but to this machine", function()
        with_servers(function(world, first)
            first.greeting = elsewhere "192.0.2.1:5222"
            world:wait_log "the server sends us to 192%.0%.2%.1:5222"
            world:wait_log "192%.0%.2%.1[^\n]*next attempt"
        end)
    end)

    it("says what is wrong with a place that is none", function()
        with_servers(function(world, first)
            first.greeting = elsewhere "https://example.org/"
            world:wait_log 'see%-other%-host[^\n]*"https://example.org/"; it is not followed: that is no host[^\n]*next attempt'
        end)
    end)

    it("does not believe it before TLS", function()
        local server = fake.new "hopper"
        server.greeting = elsewhere "127.0.0.1:5222"
        local bots = BOT:gsub("PORT", tostring(server.port)):gsub("mode: none", "mode: starttls")
        local ok, err = pcall(e2e.with, { bots = bots, online = {} }, function(world)
            world:wait_log "it is not followed: without TLS anybody can have said that"
        end)
        server:close()
        if not ok then error(err, 0) end
    end)
end)

-- Both have one address; the second one takes it from the first.
e2e.each_server(describe, "two programs with one address", function(kind)
    it("take it from each other once", function()
        local bots = STABLE:gsub("@account echo", "jid: echo@localhost/one\n    password: hush-e2e-hush\n"
            .. "    server: ${E2E_SERVER}\n    tls: { ca_file: \"${E2E_CA}\" }")
        e2e.with({ kind = kind, bots = bots, online = { "echo" } }, function(world)
            local log = ""
            local other = process.spawn({ world.program, "run", world.config }, {
                env = { E2E_SERVER = world.server:address(), E2E_CA = world.server.ca_file },
                on_stderr = function(text) log = log .. text end,
            })
            world:wait_log "conflict[^\n]*next attempt in [6-9]%d%.%d s"
            process.wait("the other one to be online", function() return log:find("online as echo@localhost/one", 1, true) end)
            assert.is_nil(log:find("conflict", 1, true))
            other:kill "sigterm"
            other:join()
        end)
    end)
end)

describe("a bot that is sent elsewhere inside of TLS", function()
    local PASSWORD = "hush-e2e-hush"
    local SECURE = [[
  echo:
    jid: echo@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:${FIRST}
    tls: { mode: direct, ca_file: "CA" }
    hooks:
      - { event: message, call: echo.say }
]]
    local certs

    setup(function()
        certs = certificates.new()
        certs:make("good", { alt = "DNS:localhost" })
        certs:make("other", { name = "other.example", alt = "DNS:other.example,IP:127.0.0.1" })
    end)
    teardown(function() certs:remove() end)

    -- first sends everybody to second.
    local function with_two(stem, test)
        local first = sasl2.start("echo", PASSWORD, certs.dir .. "/good.pem", certs.dir .. "/good.key")
        local second = sasl2.start("echo", PASSWORD, certs.dir .. "/" .. stem .. ".pem", certs.dir .. "/" .. stem .. ".key")
        first:tell("elsewhere 127.0.0.1:" .. second.port)
        local env = { FIRST = ("%d"):format(first.port) }
        e2e.with({ bots = SECURE:gsub("CA", certs.dir .. "/ca.pem"), online = {}, env = env }, function(world) test(world, first, second) end)
        first:stop()
        second:stop()
    end

    it("goes where the certificate is that of its own domain, not of the name it was sent to", function()
        with_two("good", function(_, first, second)
            first:expect "elsewhere"
            assert.equal("bound", second:expect("online").how)
            second:tell "say hello"
            assert.equal("hello", second:expect("answer").body)
        end)
    end)

    it("shows no password to whom it was sent without being who its own server is", function()
        with_two("other", function(world, first, second)
            first:expect "elsewhere"
            world:wait_log "the certificate of [^\n]*is for other.example"
            world:wait_log "next attempt"
            first:expect "elsewhere" -- and asks at home again
            assert.equal(1, #second.seen) -- its port is all that it told
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- The ways to log in that real servers have, beside those of login_spec: bound to TLS, with a certificate, as nobody.
local certificates = require "spec.e2e.certificates"
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

local function bot(fields)
    return "  echo:\n    server: ${E2E_SERVER}\n    hooks: [{ event: message, call: echo.say }]\n" .. fields
end

local USUAL = [[
    jid: echo@localhost
    password: hush-e2e-hush
    tls: { ca_file: "${E2E_CA}" }
]]

local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

-- What the bot began with, mechanism by mechanism, as its trace tells, up to byte `last` of it.
local function tried(world, last)
    local names = {}
    for name in world.log:sub(1, last):gmatch "%-> <auth[^>]- mechanism='([%w-]+)'" do table.insert(names, name) end
    return table.concat(names, " ")
end

local function is_answered(world)
    local romeo = world:human "romeo"
    romeo:say("echo@localhost", "hello")
    romeo:expect { from = "^echo@localhost/", body = "hello" }
end

describe("a login bound to TLS", function()
    it("is bound by tls-unique under TLS 1.2, also when the TLS session is resumed (prosody)", function()
        e2e.with({ bots = bot(USUAL), server = { "--debug", "--protocol", "tlsv1_2" } }, function(world)
            assert.equal("SCRAM-SHA-256-PLUS", tried(world))
            is_answered(world)
            world.server:kill()
            world:wait_log "next attempt"
            world.server:restart()
            world:wait_online "echo"
            assert.equal("SCRAM-SHA-256-PLUS SCRAM-SHA-256-PLUS", tried(world))
        end)
    end)

    -- It offers -PLUS, says nothing of the binding that it knows, and knows one that TLS 1.3 does not have.
    it("finds the binding that the server knows, and remembers it (ejabberd, TLS 1.3)", function()
        e2e.with({ kind = "ejabberd", bots = bot(USUAL), server = { "--debug" } }, function(world)
            local first = "SCRAM-SHA-512-PLUS SCRAM-SHA-512-PLUS"
            assert.equal(first, tried(world))
            is_answered(world)
            local from = #world.log
            world.server:kill()
            world:wait_log("next attempt", from)
            world.server:restart()
            world:wait_online "echo"
            assert.equal(first .. " SCRAM-SHA-512-PLUS", tried(world))
            assert.equal(1, count(world.log, "<failure"))
        end)
    end)

    it("is bound by tls-unique under TLS 1.2 (ejabberd)", function()
        e2e.with({ kind = "ejabberd", bots = bot(USUAL), server = { "--debug", "--protocol", "tlsv1_2" } }, function(world)
            assert.equal("SCRAM-SHA-512-PLUS", tried(world))
            is_answered(world)
        end)
    end)

    it("is not tried when the owner lists mechanisms without it (ejabberd)", function()
        local fields = USUAL .. "    sasl: [SCRAM-SHA-256]\n"
        e2e.with({ kind = "ejabberd", bots = bot(fields), server = { "--debug" } }, function(world)
            assert.equal("SCRAM-SHA-256", tried(world))
        end)
    end)

    it("is what the owner insists on: with a server that has none the bot does not log in (prosody, TLS 1.3)", function()
        local fields = USUAL .. "    sasl: [SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS]\n"
        e2e.with({ bots = bot(fields), online = {} }, function(world)
            world.expected_exit = 1
            world:wait_exit()
            assert.equal("", tried(world))
            assert.matches("no way to log in that may be used here", world.log, 1, true)
        end)
    end)

    it("costs a wrong password two tries at most, both of them bound (ejabberd)", function()
        local fields = USUAL:gsub("hush%-e2e%-hush", "not-it")
        e2e.with({ kind = "ejabberd", bots = bot(fields), online = {}, server = { "--debug" } }, function(world)
            world.expected_exit = 1
            world:wait_exit()
            assert.equal("SCRAM-SHA-512-PLUS SCRAM-SHA-512-PLUS", tried(world))
        end)
    end)
end)

describe("what a server offered", function()
    local function rewrite(path, from, to) assert.equal(1, files.change(path, from, to)) end

    it("is remembered, over a process's life too: less is refused, until the owner accepts it", function()
        local options = { bots = bot(USUAL), top = "storage: kept", server = { "--protocol", "tlsv1_2" } }
        e2e.with(options, function(world)
            assert.equal("SCRAM-SHA-256-PLUS", tried(world))
            world.server:kill()
            world:wait_log "next attempt"
            rewrite(world.dir .. "/server/prosody.cfg.lua", ', protocol = "tlsv1_2"', "")
            world.server:restart()
            local missing = world:wait_log "SCRAM%-SHA%-256%-PLUS is missing"
            -- As the last time, before the offers were seen; and nothing after them.
            assert.equal("SCRAM-SHA-256-PLUS SCRAM-SHA-256-PLUS", tried(world, missing))
            world.bots:kill "sigterm"
            world:wait_exit()
            world:run_bots() -- with a log of its own
            world:wait_log "SCRAM%-SHA%-256%-PLUS is missing"
            world.bots:kill "sigterm"
            world:wait_exit()
            assert(os.remove(world.dir .. "/kept.sessions/echo-known.state"))
            world:run_bots()
            world:wait_online "echo"
        end)
    end)
end)

e2e.each_server(describe, "PLAIN", function(kind)
    it("is used in TLS where the owner lists nothing else", function()
        e2e.with({ kind = kind, bots = bot(USUAL .. "    sasl: PLAIN\n") }, function(world)
            assert.equal("PLAIN", tried(world))
            is_answered(world)
        end)
    end)
end)

e2e.each_server(describe, "ANONYMOUS", function(kind)
    it("gives the bot an address that the server made up", function()
        local fields = '    jid: localhost\n    sasl: ANONYMOUS\n    tls: { ca_file: "${E2E_CA}" }\n'
        e2e.with({ kind = kind, bots = bot(fields), online = {}, server = { "--auth", "anonymous" } }, function(world)
            world:wait_log "online as [^@/%s]+@localhost/"
            assert.equal("ANONYMOUS", tried(world))
        end)
    end)
end)

e2e.each_server(describe, "EXTERNAL", function(kind)
    local certs

    local function with(alt, test, online)
        certs:make("server", { alt = "DNS:localhost" })
        certs:make("client", { name = "echo", alt = alt })
        os.execute(("cp %s %s/server.ca"):format(certs.ca, certs.dir))
        local fields = ("    jid: echo@localhost\n    tls: { ca_file: DIR/ca.pem, certificate: DIR/client.pem, key: DIR/client.key }\n"):gsub(
            "DIR", certs.dir)
        e2e.with({
            kind = kind,
            bots = bot(fields),
            online = online,
            accounts = { "echo" },
            server = { "--debug", "--auth", "certificate", "--cert", certs.dir .. "/server" },
        }, test)
    end

    before_each(function() certs = certificates.new() end)
    after_each(function() certs:remove() end)

    it("logs in with a certificate and no password", function()
        with("otherName:1.3.6.1.5.5.7.8.5\\;UTF8:echo@localhost", function(world)
            world:wait_log "online as echo@localhost/"
            assert.equal("EXTERNAL", tried(world))
        end)
    end)

    it("fails for good with a certificate of somebody else", function()
        with("otherName:1.3.6.1.5.5.7.8.5\\;UTF8:echo@other.test", function(world)
            world.expected_exit = 1
            world:wait_exit()
            assert.matches("EXTERNAL", world.log, 1, true)
            assert.not_matches("online as", world.log, 1, true)
        end, {})
    end)
end)

-- SPDX-License-Identifier: MIT
-- Certificates that real servers show, and what becomes of the bot: it is online, or says what is wrong and has sent
-- nothing secret. The server's own log is the witness: it saw no <auth/>.
local certificates = require "spec.e2e.certificates"
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local process = require "spec.e2e.process"
local uv = require "luv"

local function bot(tls, server)
    return (([[
  echo:
    jid: echo@localhost
    password: hush-e2e-hush
    server: SERVER
    timeout: 2s
    tls: TLS
    hooks:
      - { event: message, call: echo.say }
]]):gsub("%u%u%u+", { TLS = tls, SERVER = server or "${E2E_SERVER}" }))
end

describe("a server's certificate", function()
    local certs, by_ca

    setup(function()
        certs = certificates.new()
        by_ca = ("{ ca_file: %s }"):format(certs.ca)
    end)

    teardown(function() certs:remove() end)

    local function server(stem, ...) return { "--debug", "--cert", certs.dir .. "/" .. stem, ... } end

    local function is_accepted(tls, options, ...)
        local patterns = { ... }
        e2e.with({ bots = bot(tls), server = options }, function(world)
            assert.matches("^echo@localhost/", world:full_jid "echo")
            for _, pattern in ipairs(patterns) do assert.matches(pattern, world.log) end
        end)
    end

    local function is_refused(tls, options, ...)
        local patterns = { ... }
        e2e.with({ bots = bot(tls), server = options, online = {} }, function(world)
            world:wait_log "cannot connect: the certificate of "
            for _, pattern in ipairs(patterns) do assert.matches(pattern, world.log) end
            assert.not_matches("<auth", world.server:log(), 1, true)
            assert.not_matches("available: echo", world.server:log(), 1, true)
        end)
    end

    it("is accepted when it is for the JID's domain, by whichever kind of name", function()
        certs:make("srv", { name = "x", alt = "otherName:1.3.6.1.5.5.7.8.7\\;IA5STRING:_xmpp-client.localhost" })
        is_accepted(by_ca, server "srv", "TLSv1%.3 with [^\n]* certificate verified")
    end)

    it("is refused when it has expired", function()
        certs:make("old", { alt = "DNS:localhost", ends = -3600 })
        is_refused(by_ca, server "old", "the certificate of [^\n]* expired on 20%d%d%-%d%d%-%d%d")
    end)

    it("is refused when it is self-signed, with a word on what to do", function()
        certs:make("self", { alt = "DNS:localhost", self = true })
        is_refused(by_ca, server "self", "is not trusted: it is self%-signed %(tls%.ca_file is /")
        is_refused("{}", server "self", "is not trusted: it is self%-signed; where that is meant, set tls%.ca_file")
        is_accepted(("{ ca_file: %s/self.pem }"):format(certs.dir), server "self")
    end)

    it("is refused when only its common name is right", function()
        certs:make("common", { name = "localhost" })
        is_refused(by_ca, server "common", "is not for localhost: it has no subjectAltName")
    end)

    it("is refused when it is for the host that was connected to, not for the JID's domain", function()
        certs:make("host", { alt = "IP:127.0.0.1,DNS:xmpp.example.org" })
        is_refused(by_ca, server "host", "is for 127%.0%.0%.1, xmpp%.example%.org, not for localhost")
    end)

    it("is accepted by its pin alone, whatever else is wrong with it", function()
        certs:make("pinned", { name = "x", alt = "DNS:other.example", self = true })
        is_accepted(("{ pin: '%s' }"):format(certs:pin "pinned"), server "pinned")
    end)

    it("is refused when the pin is another one, whatever else is right about it", function()
        certs:make("good", { alt = "DNS:localhost" })
        certs:make("next", { alt = "DNS:localhost" })
        local found = certs:pin("good"):gsub("%p", "%%%0")
        is_refused(("{ ca_file: %s, pin: '%s' }"):format(certs.ca, certs:pin "next"), server "good",
            "is not the pinned one: its key is " .. found)
        is_accepted(("{ ca_file: %s, pin: ['%s', '%s'] }"):format(certs.ca, certs:pin "next", certs:pin "good"), server "good")
    end)

    it("that ends while the bot is connected ends the stream with <reset/>, and is refused from then on", function()
        for _, seconds in ipairs { 6, 12, 24, 48 } do -- a slow machine gets more of them
            local was_online
            certs:make("ending", { alt = "DNS:localhost", ends = seconds })
            e2e.with({ bots = bot(by_ca), server = server "ending", online = {} }, function(world)
                world:wait_log "expired on"
                was_online = world.log:find("online as echo@localhost", 1, true)
                if not was_online then return end
                assert.matches("while connected, the certificate of [^\n]* expired on 20", world.log)
                world:wait_log "%-> <stream:error><reset [^\n]*\n[^\n]*%-> </stream:stream>\n"
                world:wait_log "cannot connect: the certificate of [^\n]* expired on 20"
            end)
            if was_online then return end
        end
        error "the bot was never online in time"
    end)
end)

-- Lists of the revoked: a real server, after STARTTLS. Answers of OCSP: a server of ours behind TLS that staples them.
describe("a certificate that was revoked", function()
    local certs, by_list
    local REVOKED = " is not trusted: it was revoked on 20%d%d%-%d%d%-%d%d %(keyCompromise%)"

    setup(function()
        certs = certificates.new()
        by_list = ("{ ca_file: %s, crl_file: %s/list.pem }"):format(certs.ca, certs.dir)
        certs:make("good", { alt = "DNS:localhost" })
        certs:make("bad", { alt = "DNS:localhost" })
        certs:make("must", { alt = "DNS:localhost", must_staple = true })
        certs:revoke "bad"
        certs:list("list.pem", 3600)
        certs:answer("good", "good.der")
        certs:answer("bad", "bad.der")
        certs:answer("must", "must.der")
        certs:answer("must", "stale.der", 2 * 86400)
        assert(os.execute(("cc -O1 -o %s/stapler spec/e2e/stapler.c -lssl -lcrypto"):format(certs.dir)))
    end)

    teardown(function() certs:remove() end)

    local function with_server(stem, tls, test)
        e2e.with({ bots = bot(tls), server = { "--debug", "--cert", certs.dir .. "/" .. stem }, online = {} }, test)
    end

    local function is_refused(world, why)
        world:wait_log("cannot connect: the certificate of [^\n]*" .. why)
        assert.not_matches("<auth", world.server:log(), 1, true)
    end

    it("is refused by the list of its authority", function()
        with_server("bad", by_list, function(world) is_refused(world, REVOKED) end)
        with_server("good", by_list, function(world) world:wait_log "online as echo@localhost" end)
        with_server("bad", ("{ ca_file: %s }"):format(certs.ca), function(world) world:wait_log "online as echo@localhost" end)
    end)

    it("may be any one, where the authority has no list, or an old one", function()
        local other = certificates.new "Another CA"
        local tls = ("{ ca_file: %s, crl_file: %s }"):format(certs.ca, other:list("list.pem", 3600))
        with_server("good", tls, function(world)
            is_refused(world, "since nobody can tell whether it was revoked: [^\n]*no list of what its authority, CN=CA of this spec")
        end)
        other:remove()
        tls = ("{ ca_file: %s, crl_file: %s }"):format(certs.ca, certs:list("old.pem", 1))
        with_server("good", tls, function(world)
            world:wait_log "is out of date in tls%.crl_file, CN=CA of this spec, until 20"
        end)
    end)

    it("ends the stream with <reset/> when the next list has it", function()
        for _, seconds in ipairs { 6, 12, 24, 48 } do -- a slow machine gets more of them
            local was_online
            certs:make("later", { alt = "DNS:localhost" })
            local tls = ("{ ca_file: %s, crl_file: %s }"):format(certs.ca, certs:list("next.pem", seconds))
            with_server("later", tls, function(world)
                world:wait_log "certificate " -- it is verified; or too late, since the list has ended
                certs:revoke "later"
                certs:list("next.pem", 3600)
                world:wait_log "it was revoked on"
                was_online = world.log:find("online as echo@localhost", 1, true)
                if not was_online then return end
                assert.matches("while connected, the certificate of [^\n]*" .. REVOKED, world.log)
                assert.matches("%-> <stream:error><reset [^\n]*\n[^\n]*%-> </stream:stream>\n", world.log)
                world:wait_log("cannot connect: the certificate of [^\n]*" .. REVOKED)
            end)
            if was_online then return end
        end
        error "the bot was never online in time"
    end)

    -- answer: in certs.dir; where is a URL with PORT in it.
    local function with_stapler(stem, answer, test, where)
        local behind, port, said = fake.new "echo", nil, ""
        local path = certs.dir .. "/" .. stem
        local stapler = process.spawn({ certs.dir .. "/stapler", path .. ".pem", path .. ".key", certs.dir .. "/" .. answer,
            tostring(behind.port) }, {
            on_stdout = function(text)
                said = said .. text
                port = port or said:match "port (%d+)\n"
            end,
        })
        process.wait("the stapler to listen", function() return port end)
        local mode = where and "" or "mode: direct, "
        local config = bot(("{ %sca_file: %s }"):format(mode, certs.ca), ((where or "127.0.0.1:PORT"):gsub("PORT", port)))
        e2e.with({ bots = config, online = {} }, function(world) test(world, behind) end)
        behind:close()
        stapler:kill()
        stapler:join()
    end

    local function is_online(says)
        return function(world, behind)
            behind:accept()
            world:wait_log(says)
        end
    end

    -- Not one byte of the stream has left.
    local function is_stopped(why)
        return function(world, behind)
            world:wait_log("cannot connect: the certificate of [^\n]*" .. why)
            assert.equal(0, #behind.links)
        end
    end

    it("is refused by the answer that the server staples", function()
        with_stapler("bad", "bad.der", is_stopped(REVOKED))
        with_stapler("good", "good.der", is_online "certificate verified and not revoked %(OCSP%)")
    end)

    for transport, url in pairs { websocket = "wss://localhost:PORT/xmpp-websocket", bosh = "https://localhost:PORT/http-bind" } do
        it("is refused by it over " .. transport .. ", too", function()
            with_stapler("bad", "bad.der", is_stopped(REVOKED), url .. "\n    transport: " .. transport)
        end)
    end

    it("is not told by an answer that is stale, broken or about another one", function()
        local counts_not = "%(OCSP%) counts for nothing: it "
        with_stapler("good", "bad.der", is_online(counts_not .. "is about another certificate"))
        with_stapler("good", "stapler", is_online(counts_not .. "is damaged"))
        with_stapler("must", "stale.der", is_stopped "%(must%-staple, RFC 7633%), and the answer that the server staples was good until 20")
        with_stapler("must", "good.der", is_stopped "the server staples is about another certificate")
    end)

    it("may be any one that must show an answer and shows none", function()
        with_stapler("must", "none.der", is_stopped "%(must%-staple, RFC 7633%), and the server shows none")
        with_stapler("must", "must.der", is_online "certificate verified and not revoked %(OCSP%)")
    end)
end)

describe("a server's TLS", function()
    local certs

    setup(function()
        certs = certificates.new()
        certs:make("good", { alt = "DNS:localhost" })
    end)

    teardown(function() certs:remove() end)

    it("may be 1.2, unless min_version says otherwise", function()
        local options = { "--debug", "--cert", certs.dir .. "/good", "--protocol", "tlsv1_2" }
        e2e.with({ bots = bot(("{ ca_file: %s }"):format(certs.ca)), server = options }, function(world)
            assert.matches("TLSv1%.2 with ECDHE%-", world.log)
        end)
        local strict = bot(('{ ca_file: %s, min_version: "1.3" }'):format(certs.ca))
        e2e.with({ bots = strict, server = options, online = {} }, function(world)
            world:wait_log "cannot connect: TLS handshake with [^\n]* failed: "
            assert.not_matches("<auth", world.server:log(), 1, true)
        end)
    end)

    -- A TLS server that is none for XMPP, with these options; the bot connects to it with direct TLS.
    local function is_no_use(options, why)
        local port, said = nil, ""
        local openssl = process.spawn({ "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certs.dir .. "/good.pem",
            "-key", certs.dir .. "/good.key", table.unpack(options) }, {
            on_stdout = function(text)
                said = said .. text
                port = port or said:match "ACCEPT 127%.0%.0%.1:(%d+)%s"
            end,
            stdin = true,
        })
        process.wait("openssl to listen", function() return port end)
        local config = bot(("{ mode: direct, ca_file: %s }"):format(certs.ca), "127.0.0.1:" .. port)
        e2e.with({ bots = config, online = {} }, function(world)
            world:wait_log("cannot connect: TLS handshake with [^\n]* failed: [^\n]*" .. why)
        end)
        openssl:kill()
        openssl:join()
    end

    it("is refused below 1.2", function()
        is_no_use({ "-tls1_1", "-cipher", "ALL:@SECLEVEL=0" }, "%(the server knows no version of TLS that tls%.min_version allows%)")
    end)

    it("is refused by a server for something else, which ALPN tells", function()
        is_no_use({ "-alpn", "h2,http/1.1" }, "%(the server is none for XMPP clients on this port%)")
    end)

    -- The offer was taken out on the way, and what answers <starttls/> is not the server (RFC 7590 3.1).
    it("is not done without when the offer of STARTTLS is stripped", function()
        local mallory = fake.new "echo"
        e2e.with({ bots = bot(("{ ca_file: %s }"):format(certs.ca), "127.0.0.1:" .. mallory.port), online = {} }, function(world)
            world:wait_log "cannot connect: the server offers no STARTTLS, without which nobody logs in"
            local received = ""
            for _, link in ipairs(mallory.links) do received = received .. link.received end
            assert.matches("<starttls", received, 1, true)
            assert.not_matches("<auth", received, 1, true)
        end)
        mallory:close()
    end)

    -- It gives tickets that it forgets at once; test_tls_resume.c has servers that know them again.
    it("begins anew when the server does not know the ticket of the last connection", function()
        local links, port
        local proxy = uv.new_tcp()
        proxy:bind("127.0.0.1", 0)
        proxy:listen(8, function()
            local near, far = uv.new_tcp(), uv.new_tcp()
            proxy:accept(near)
            links = { near, far }
            far:connect("127.0.0.1", port, function()
                for from, to in pairs { [near] = far, [far] = near } do
                    from:read_start(function(_, chunk)
                        if chunk and not to:is_closing() then to:write(chunk) end
                    end)
                end
            end)
        end)
        local function cut()
            for _, link in ipairs(links or {}) do link:close() end
            links = nil
        end
        local config = bot(("{ ca_file: %s }"):format(certs.ca), "127.0.0.1:" .. proxy:getsockname().port)
        e2e.with({ bots = config, server = { "--cert", certs.dir .. "/good" }, online = {} }, function(world)
            port = world.server.port
            local at = world:wait_log "certificate verified.*online as echo@localhost"
            cut()
            world:wait_log("TLSv1%.3 with .*resumed as echo@localhost", at)
            cut()
        end)
        proxy:close()
        uv.run "nowait"
    end)
end)

-- SPDX-License-Identifier: MIT
-- A bot over WebSocket (RFC 7395): against the real server, and against one that says what no server should say.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_websocket"
local web_talk = require "spec.e2e.web_talk"

local talk = web_talk.over(describe, it, {
    name = "WebSocket", transport = "websocket", option = "--websocket", url = "${E2E_WS}", tls_url = "${E2E_WSS}", request = "GET /xmpp",
})
local bot = talk.bot

e2e.each_server(describe, "over WebSocket with TLS a bot", function(kind)
    local world

    setup(function() world = e2e.start { kind = kind, bots = talk.TLS, server = { "--websocket" } } end)
    teardown(function() world:stop() end)

    talk.session_cases(function() return world end)

    it("keeps the library for frames loaded, and the one for HTTP no longer", function()
        assert.is_true(world:has_loaded "libwslay")
        assert.is_false(world:has_loaded "libhttp_parser")
    end)
end)

e2e.each_server(describe, "over WebSocket a session", function(kind)
    it("goes on after its connection was lost, with what came meanwhile", function()
        local options = { kind = kind, bots = talk.TLS, server = { "--websocket" }, top = "storage: kept" }
        e2e.with(options, function(world)
            local romeo = world:human "romeo"
            local address = world:full_jid "echo"
            world:wait_log "<enabled"
            romeo:say(address, "before")
            romeo:expect { from = "^echo@localhost/", type = "chat", body = "before" }
            world.bots:kill "sigkill"
            world.bots:join()
            romeo:say(address, "meanwhile")
            world:run_bots()
            world:wait_log "resumed as "
            romeo:expect { from = "^echo@localhost/", type = "chat", body = "meanwhile" }
            romeo:say(address, "after")
            romeo:expect { from = "^echo@localhost/", type = "chat", body = "after" }
            assert.equal(address, world:full_jid "echo")
        end)
    end)
end)

talk.clear_cases()

describe("over WebSocket", function()
    talk.certificate_cases()

    it("a wrong path is told", function()
        local bots = bot("echo", "${E2E_WSS}x", 'tls: { ca_file: "${E2E_CA}" }')
        e2e.with({ bots = bots, online = {}, server = { "--websocket" } }, function(world)
            world:wait_log "answers HTTP 404 Not Found in place of a WebSocket; are path and port of the URL right"
        end)
    end)

    it("a bot over TCP loads none of the libraries", function()
        local bots = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: echo.say }\n"
        e2e.with({ bots = bots }, function(world)
            assert.is_false(world:has_loaded "libwslay")
            assert.is_false(world:has_loaded "libhttp_parser")
        end)
    end)
end)

local FRAMING, STREAMS = "urn:ietf:params:xml:ns:xmpp-framing", "http://etherx.jabber.org/streams"

local function open(link)
    link:wait "<open "
    link:say(("<open xmlns='%s' from='localhost' id='1' version='1.0'/>"):format(FRAMING))
end

local function features(link, what)
    link:say(("<stream:features xmlns:stream='%s'>%s</stream:features>"):format(STREAMS, what))
end

-- To where the bot is online.
local function let_in(link)
    open(link)
    features(link, "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>")
    link:wait "<auth.-</auth>"
    link:say "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    open(link)
    features(link, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
    local id = link:wait "<iq [^>]-id='([^']+)'"
    link:say(("<iq xmlns='jabber:client' type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        .. "<jid>mallory@localhost/x</jid></bind></iq>"):format(id))
    link:wait "<presence "
end

-- A bot at a server of this kind. timeout: of the bot; default: 30s.
local function at(on_request, test, timeout)
    local server = fake.new(on_request)
    local bots = bot("mallory", ("ws://127.0.0.1:%d/xmpp?a=b"):format(server.port),
        "tls: { mode: none }\n    sasl: [PLAIN]\n    timeout: " .. (timeout or "30s"))
    e2e.with({ bots = bots, online = {} }, function(world)
        local ok, err = pcall(test, world, server:link(1))
        server:close()
        if not ok then error(err, 0) end
    end)
end

local function upgrade(link) link:upgrade() end

describe("a server of WebSocket", function()
    it("gets a request that is in order, stanzas that are documents, and a close", function()
        at(upgrade, function(world, link)
            assert.matches("^GET /xmpp%?a=b HTTP/1%.1\r\nHost: 127%.0%.0%.1:%d+\r\n", link.request)
            let_in(link)
            link:frame("\x89", "ping")
            link:frame("\x01", "<message xmlns='jabber:client' type='chat' from='a@localhost/\xc3")
            link:frame("\x80", "\xbc'><body>hello</body></message>")
            assert.equal("\xc3\xbc", link:wait "<message xmlns='jabber:client'.-to='a@localhost/(.-)'.-hello</body></message>\n")
            assert.equal("8a ", link.others)
            world.bots:kill "sigterm"
            link:wait "<close xmlns='urn:ietf:params:xml:ns:xmpp%-framing'/>\n"
            link:say(("<close xmlns='%s'/>"):format(FRAMING))
            link:wait_close(1000)
            link:frame("\x88", "\x03\xe8")
            link:wait_end()
            assert.equal(0, (world:wait_exit()))
        end)
    end)

    it("cannot send a bot elsewhere", function()
        at(function(link)
            link:reply "HTTP/1.1 307 Temporary Redirect\r\nLocation: wss://elsewhere.example/\r\n\r\n"
        end, function(world)
            world:wait_log "sends us elsewhere %(HTTP 307%), which is not followed.*wss://elsewhere%.example/"
        end)
    end)

    it("cannot switch an extension on", function()
        at(function(link) link:upgrade "Sec-WebSocket-Extensions: permessage-deflate\r\n" end, function(world)
            world:wait_log "cannot connect: .*Sec%-WebSocket%-Extensions is not the one that is due"
        end)
    end)

    it("has no more time than `timeout` for its answer", function()
        at(function() end, function(world)
            world:wait_log "cannot connect: .*does not answer the request for a WebSocket"
        end, "2s")
    end)

    it("is not waited for when its answer comes after that", function()
        at(function(link) link.at_end = link.upgrade end, function(world)
            world:wait_log "cannot connect: .*does not answer the request for a WebSocket"
        end, "2s")
    end)

    it("has no more time than `timeout` for TLS", function()
        local server = fake.new(function() end)
        local bots = bot("mallory", ("wss://127.0.0.1:%d/"):format(server.port), "timeout: 2s")
        e2e.with({ bots = bots, online = {} }, function(world)
            world:wait_log "cannot connect: .*does not finish the TLS handshake"
            server:close()
        end)
    end)

    local BREACHES = {
        { "a binary message", "\x82\x04<a/>", 1003, "binary" },
        { "a message over the limit", "\x81\x7f\x00\x00\x00\x00\x40\x00\x00\x00<", 1009, "larger than the limit" },
        { "text that is not UTF-8", "\x81\x01\xff", 1007, "UTF%-8" },
        { "a masked frame", "\x81\x84\0\0\0\0<a/>", 1002, "no WebSocket frame" },
    }
    for _, breach in ipairs(BREACHES) do
        it("loses the bot with " .. breach[1], function()
            at(upgrade, function(world, link)
                let_in(link)
                link:raw(breach[2])
                world:wait_log("offline: [^\n]*" .. breach[4])
                link:wait_close(breach[3])
                link:wait_end()
            end)
        end)
    end

    it("loses the bot when it pings without end and reads no answer", function()
        at(upgrade, function(world, link)
            let_in(link)
            link.tcp:read_stop()
            local pings = ("\x89\x7d" .. ("x"):rep(125)):rep(8000)
            for _ = 1, 80 do link:raw(pings) end
            world:wait_log "offline: [^\n]*does not read what it is answered"
        end)
    end)

    it("loses the bot with what is no XML, in order", function()
        at(upgrade, function(world, link)
            let_in(link)
            link:say "<message xmlns='jabber:client'>"
            link:wait "<stream:error xmlns:stream='http://etherx.jabber.org/streams'><not%-well%-formed.-</stream:error>\n"
            link:wait "<close "
            world:wait_log "offline: [^\n]*not one whole element"
            link:wait_close(1000)
        end)
    end)

    it("ends the session when it closes the WebSocket, with its reason in the log", function()
        at(upgrade, function(world, link)
            let_in(link)
            link:frame("\x88", "\x03\xe9goodbye")
            world:wait_log "offline: the server [^\n]*closed the WebSocket with code 1001: goodbye"
            link:wait_close(1001)
            link:wait_end()
        end)
    end)
end)

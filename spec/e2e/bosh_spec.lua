-- SPDX-License-Identifier: MIT
-- A bot over BOSH (XEP-0124, XEP-0206): against the real servers, over a bad line, and against one that says what no
-- server should say.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_bosh"
local files = require "spec.files"
local proxy = require "spec.e2e.proxy"
local socks = require "spec.e2e.socks"
local web_talk = require "spec.e2e.web_talk"

local talk = web_talk.over(describe, it, {
    name = "BOSH", transport = "bosh", option = "--bosh", url = "${E2E_BOSH}", tls_url = "${E2E_BOSHS}", request = "New BOSH session",
})
local bot, talks = talk.bot, web_talk.talks
local ROOM = web_talk.ROOM

e2e.each_server(describe, "over BOSH with TLS a bot", function(kind)
    local world

    setup(function() world = e2e.start { kind = kind, bots = talk.TLS, server = { "--bosh" } } end)
    teardown(function() world:stop() end)

    talk.session_cases(function() return world end)

    it("answers many at once, each once, in order", function()
        local romeo = world:human "romeo"
        for i = 1, 30 do romeo:say("echo@localhost", "number " .. i) end
        for i = 1, 30 do romeo:expect { from = "^echo@localhost/", body = "number " .. i } end
        romeo:close()
    end)

    it("loads the library for HTTP, and none for WebSocket", function()
        assert.is_true(world:has_loaded "libhttp_parser")
        assert.is_false(world:has_loaded "libwslay")
        assert.is_false(world:has_loaded "libcurl")
    end)

    it("says goodbye: the server has no session of it any more", function()
        local romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        romeo:expect { event = "presence", from = ROOM .. "/parrot", type = false }
        world.bots:kill "sigterm"
        assert.equal(0, (world:wait_exit()))
        romeo:expect { event = "presence", from = ROOM .. "/parrot", type = "unavailable" }
        assert.not_matches("asks for the same", world.log, 1, true)
        romeo:close()
        world:run_bots()
        world:wait_log "online as "
    end)
end)

e2e.each_server(describe, "over BOSH a killed bot", function(kind)
    -- mod_smacks of Prosody cannot resume a session of mod_bosh, and does not say so.
    it("begins a new session, in its next process, without waiting for the old one", function()
        e2e.with({ kind = kind, bots = talk.TLS, server = { "--bosh" }, top = "storage: kept" }, function(world)
            world:wait_log "<enabled"
            talks(world, "before")
            world.bots:kill "sigkill"
            world.bots:join()
            world:run_bots()
            world:wait_log "online as "
            local romeo = world:human "romeo"
            romeo:say(world.log:match "online as (%S+)", "after")
            romeo:expect { from = "^echo@localhost/", type = "chat", body = "after" }
            assert.not_matches("<resume ", world.log, 1, true)
            assert.not_matches("next attempt", world.log, 1, true)
        end)
    end)
end)

talk.clear_cases()

describe("over BOSH", function()
    talk.certificate_cases()

    it("a bot goes through a proxy, which reads nothing", function()
        local way, env = nil, {}
        e2e.with({
            bots = bot("echo", "https://localhost:${PORT}/http-bind", 'tls: { ca_file: "${E2E_CA}" }\n    proxy: socks5://127.0.0.1:${PROXY}'),
            server = { "--bosh" },
            env = env,
            before = function(world)
                way = socks.new { to = world.server.https_port }
                env.PORT, env.PROXY = tostring(world.server.https_port), tostring(way.port)
            end,
        }, function(world)
            talks(world, "can you hear me?")
            assert.is_true(#way.asked >= 2)
            for _, where in ipairs(way.asked) do assert.equal("localhost:" .. world.server.https_port, where) end
            assert.is_nil(way.seen:find("hear me", 1, true))
            way:close()
        end)
    end)

    it("a pinned key counts, and no other", function()
        local env = {}
        for _, is_right in ipairs { true, false } do
            e2e.with({
                bots = bot("echo", "${E2E_BOSHS}", 'tls: { pin: "sha256:${PIN}" }'),
                server = { "--bosh" },
                online = {},
                env = env,
                before = function(world)
                    local digest = files.output(("openssl x509 -in %s/certs/server.pem -noout -pubkey"
                        .. " | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r"):format(world.server.dir)):match "^%x+"
                    env.PIN = is_right and digest or ("0"):rep(64)
                end,
            }, function(world)
                world:wait_log(is_right and "online as" or "cannot connect: ")
                assert.equal(is_right, world.log:find("online as", 1, true) ~= nil)
            end)
        end
    end)

    it("a wrong path is told", function()
        local bots = bot("echo", "${E2E_BOSHS}x", 'tls: { ca_file: "${E2E_CA}" }')
        e2e.with({ bots = bots, online = {}, server = { "--bosh" } }, function(world)
            world:wait_log "answers HTTP 404 in place of a BOSH session; are path and port of the URL right"
        end)
    end)
end)

e2e.each_server(describe, "over BOSH and a line that breaks", function(kind)
    -- Some answers are lost, some requests; no message is, and none comes twice.
    it("a bot's session goes on", function()
        local line, env = nil, {}
        local random = proxy.random(7)
        e2e.with({
            kind = kind,
            bots = bot("echo", "https://localhost:${LINE}/http-bind", 'tls: { ca_file: "${E2E_CA}" }'),
            server = { "--bosh" },
            env = env,
            before = function(world)
                line = proxy.new { to = world.server.https_port, plan = function(number)
                    if number <= 2 then return {} end
                    return { after = random(4000, 9000), how = number % 2 == 0 and "rst" or "fin", way = number % 3 == 0 and "up" or "down" }
                end }
                env.LINE = tostring(line.port)
            end,
        }, function(world)
            local romeo = world:human "romeo"
            for round = 1, 12 do
                if round % 3 == 1 then line:cut(round % 2 == 0 and "fin" or "rst") end
                local text = ("round %d "):format(round) .. ("x"):rep(700)
                romeo:say("echo@localhost", text)
                romeo:expect { from = "^echo@localhost/", body = text }
            end
            romeo:close()
            assert.is_true(line.cuts >= 4)
            assert.not_matches("next attempt", world.log, 1, true)
            line:close()
        end)
    end)
end)

-- A bot at a server of this kind, and the first request that it held once the bot was online.
local function at(test, is_out, timeout)
    local server = fake.new()
    local bots = bot("mallory", ("http://127.0.0.1:%d/http-bind?a=b"):format(server.port),
        "tls: { mode: none }\n    sasl: [PLAIN]\n    timeout: " .. (timeout or "60s"))
    e2e.with({ bots = bots, online = {} }, function(world)
        local ok, err = pcall(function()
            if is_out then return test(world, server) end
            server:let_in()
            world:wait_log "online as"
            test(world, server)
        end)
        server:close()
        if not ok then error(err, 0) end
    end)
end

local function message(text) return ("<message xmlns='jabber:client' type='chat' from='a@localhost/x'><body>%s</body></message>"):format(text) end

describe("a server of BOSH", function()
    it("gets requests that are in order, and a goodbye", function()
        at(function(world, server)
            local first = server:next()
            assert.matches("^POST /http%-bind%?a=b HTTP/1%.1\r\nHost: 127%.0%.0%.1:%d+\r\nContent%-Type: text/xml; charset=utf%-8\r\n", first.head)
            first:say(message "hello")
            local second = server:next "hello</body>"
            assert.matches("sid='fake'", second.body)
            assert.is_true(second.rid > first.rid)
            world.bots:kill "sigterm"
            local last = server:next "type='terminate'"
            assert.is_true(last.rid > second.rid)
            second:say()
            last:say("", "type='terminate'")
            assert.equal(0, (world:wait_exit()))
        end)
    end)

    it("gets a request again whose answer was lost, and is heard once", function()
        at(function(world, server)
            local lost = server:next()
            lost:cut()
            local again = server:next(("rid='%d'"):format(lost.rid))
            assert.equal(lost.body, again.body)
            again:raw "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<body"
            again:cut()
            again = server:next(("rid='%d'"):format(lost.rid))
            again:say("", "type='error'")
            again = server:next(("rid='%d'"):format(lost.rid))
            again:say(message "hello")
            server:next "hello</body>"
            assert.not_matches("next attempt", world.log, 1, true)
        end)
    end)

    it("may answer in chunks, and close each connection", function()
        at(function(world, server)
            local body = ("<body xmlns='%s'>%s</body>"):format(fake.BIND, message "hello")
            server:next():raw(("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"):format(#body, body))
            local second = server:next "hello</body>"
            body = ("<body xmlns='%s'>%s</body>"):format(fake.BIND, message "again")
            second:raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" .. body)
            second:cut()
            server:next "again</body>"
            assert.not_matches("next attempt", world.log, 1, true)
        end)
    end)

    it("that is gone is told, after some tries", function()
        at(function(world, server)
            server:close()
            world:wait_log "offline: .-; next attempt"
        end)
    end)

    it("may end the session, for its reasons", function()
        at(function(world, server)
            server:next():say("", "type='terminate' condition='system-shutdown'")
            world:wait_log "offline: the server ended the stream with system%-shutdown"
        end)
    end)

    it("that knows the session no more gets a new one", function()
        at(function(world, server)
            server:next():say("", "type='terminate' condition='item-not-found'")
            world:wait_log "the server does not know our BOSH session any more"
            server:let_in()
            world:wait_log("online as", #world.log)
        end)
    end)

    it("cannot send a bot elsewhere", function()
        at(function(world, server)
            server:next():raw "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"
            world:wait_log "cannot connect: .*answers HTTP 307 in place of a BOSH session"
        end, true)
    end)

    it("has no more time than `timeout` for its first answer", function()
        at(function(world, server)
            server:next()
            world:wait_log "cannot connect: .*no answer"
        end, true, "2s")
    end)

    local BREACHES = {
        { "what is no XML", "hello", "the server's answer holds" },
        { "what is not whole", "<body xmlns='http://jabber.org/protocol/httpbind'>", "is not one whole <body/>" },
        { "two bodies", ("<body xmlns='http://jabber.org/protocol/httpbind'/>"):rep(2), "is not one whole <body/>" },
        { "a body of another kind", "<html><body/></html>", "is no <body/> of BOSH" },
        { "a DTD", "<!DOCTYPE body [<!ENTITY a 'b'>]><body xmlns='http://jabber.org/protocol/httpbind'/>", "the server's answer holds" },
        { "a comment", "<body xmlns='http://jabber.org/protocol/httpbind'><!-- --></body>", "a comment" },
        { "text", "<body xmlns='http://jabber.org/protocol/httpbind'>hello</body>", "text between its stanzas" },
        { "an endless depth", "<body xmlns='http://jabber.org/protocol/httpbind'>" .. ("<x>"):rep(5000), "the server's answer holds" },
        { "an acknowledgement of nothing", "<body xmlns='http://jabber.org/protocol/httpbind' ack='9007199254740991'/>", "never made" },
        { "too much", ("x"):rep(1048577), "too large" },
        { "a stanza that is none", "<body xmlns='http://jabber.org/protocol/httpbind'><x xmlns='y'/></body>", "does not belong here" },
    }
    for _, breach in ipairs(BREACHES) do
        it("loses the bot with " .. breach[1], function()
            at(function(world, server)
                local request = server:next()
                request:reply(breach[2])
                if breach[3] == "too large" then
                    for _ = 1, 4 do server:next(("rid='%d'"):format(request.rid)):reply(breach[2]) end
                end
                world:wait_log("offline: [^\n]*" .. breach[3])
            end)
        end)
    end

    it("loses the bot with what is no HTTP, or more than was asked for", function()
        for _, bytes in ipairs { "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nX: " .. ("x"):rep(200000), ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):rep(2) } do
            at(function(world, server)
                server:next():raw(bytes)
                world:wait_log "cannot connect: .*does not answer with HTTP as it should"
            end, true)
        end
    end)
end)

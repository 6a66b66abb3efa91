-- SPDX-License-Identifier: MIT
-- SASL2, Bind 2, FAST and stream management inside of the login: how many round trips a login takes, against a
-- server of ours that counts them, and against Prosody.
local e2e = require "spec.e2e.harness"
local sasl2 = require "spec.e2e.sasl2_server"

local PASSWORD = "hush-e2e-hush"

local function bot(jid)
    return (([[
  echo:
    jid: JID
    password: hush-e2e-hush
    server: 127.0.0.1:${SASL2_PORT}
    tls: { mode: direct, ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]]):gsub("JID", jid or "echo@localhost"))
end

local function with_server(jid, test)
    local server
    local env = {}
    e2e.with({
        bots = bot(jid),
        online = {},
        env = env,
        before = function(world)
            local stem = world.dir .. "/server/certs/server"
            server = sasl2.start("echo", PASSWORD, stem .. ".pem", stem .. ".key")
            env.SASL2_PORT = ("%d"):format(server.port)
        end,
    }, function(world)
        test(server, world)
        world.bots:kill "sigterm"
        world.bots:join()
        server:stop()
        assert.not_matches("secret-token", world.log, 1, true) -- the trace is on
    end)
end

-- What was said before may come twice: a server that forgets a session has not acknowledged it.
local function is_answered(server, body)
    server:tell("say " .. body)
    local answer
    repeat answer = server:expect("answer").body until answer == body
end

-- rounds: round trips from TLS to online; trips: from TCP to online, where TLS needs one of its own.
local function comes(server, how, by, rounds)
    local online = server:expect "online"
    assert.same({ how = how, by = by, rounds = rounds }, { how = online.how, by = online.by, rounds = online.rounds })
    assert.equal(rounds + 1, online.trips)
    return online
end

describe("a login with SASL2", function()
    it("takes three round trips at first, and one with what was learned", function()
        with_server(nil, function(server)
            local first = comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            assert.matches("^echo@localhost/couplet~", first.jid)
            is_answered(server, "hello")
            server:tell "forget"
            server:tell "cut"
            local second = comes(server, "bound", "HT-SHA-256-ENDP", 1)
            assert.not_equal(first.jid, second.jid)
            is_answered(server, "hello again")
        end)
    end)

    it("resumes the session in the same one round trip, and nothing is lost", function()
        with_server(nil, function(server)
            local first = comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            is_answered(server, "hello")
            server:tell "cut"
            server:tell "say while you were away"
            local second = comes(server, "resumed", "HT-SHA-256-ENDP", 1)
            assert.equal(first.jid, second.jid)
            assert.equal("while you were away", server:expect("answer").body)
            is_answered(server, "hello again")
        end)
    end)

    it("goes on with the password on the same stream when the token is rejected", function()
        with_server(nil, function(server)
            comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            server:tell "revoke"
            server:tell "cut"
            local second = comes(server, "resumed", "SCRAM-SHA-256-PLUS", 3)
            assert.same({ "not-authorized" }, second.refused)
            assert.equal(2, second.link)
            server:tell "cut"
            comes(server, "resumed", "HT-SHA-256-ENDP", 1)
        end)
    end)

    it("comes back at once on a new stream where the server takes nothing but tokens after that", function()
        with_server(nil, function(server, world)
            comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            server:tell "only-tokens"
            server:tell "revoke"
            server:tell "cut"
            local second = comes(server, "resumed", "SCRAM-SHA-256-PLUS", 3)
            assert.equal(3, second.link)
            world:wait_log "next attempt in 0%.0 s"
        end)
    end)

    it("is done by RFC 6120 at a server that has SASL2 no more", function()
        with_server(nil, function(server)
            comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            server:tell "classic"
            server:tell "forget"
            server:tell "cut"
            local second = server:expect "online"
            assert.equal("SCRAM-SHA-256-PLUS", second.by)
            assert.equal("echo@localhost/classic", second.jid)
            is_answered(server, "hello")
            server:tell "sasl2"
            server:tell "forget"
            server:tell "cut"
            assert.equal("HT-SHA-256-ENDP", server:expect("online").by)
        end)
    end)

    it("does not believe a server that cannot prove that it knows the token", function()
        with_server(nil, function(server, world)
            comes(server, "bound", "SCRAM-SHA-256-PLUS", 3)
            server:tell "lie"
            server:tell "cut"
            world:wait_log "it does not know the token"
        end)
    end)

    it("has the resource that the configuration wants, for one round trip more", function()
        with_server("echo@localhost/mine", function(server)
            local first = server:expect "online"
            assert.equal(4, first.rounds)
            server:tell "forget"
            server:tell "cut"
            assert.equal(2, server:expect("online").rounds)
        end)
    end)
end)

describe("Prosody with SASL2", function()
    local ECHO = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: echo.say }\n"

    local function with_prosody(test)
        e2e.with({ bots = ECHO, server = { "--sasl2", "--debug" }, top = "storage: kept" }, test)
    end

    -- How often the bot waited for the server between the handshake and being online, as the trace tells.
    local function rounds(log)
        local last = ""
        for part in log:gmatch "TLSv1%.3 with.-[ed] as echo@localhost" do last = part end
        local count, before = 0, "<-"
        for direction in last:gmatch "trace [^\n]-echo: ([<-][->])" do
            if direction == "<-" and before == "->" then count = count + 1 end
            before = direction
        end
        return count
    end

    it("logs in with the password and all inside, and with the token in one round trip, sessions resumed", function()
        with_prosody(function(world)
            local romeo, jid = world:human "romeo", world:full_jid "echo"
            assert.matches("^echo@localhost/couplet~", jid)
            assert.matches("<authenticate xmlns='urn:xmpp:sasl:2' mechanism='SCRAM-SHA-256'", world.log, 1, true)
            assert.equal(3, rounds(world.log))
            world:wait_log "<enabled"
            romeo:say(jid, "before")
            romeo:expect { body = "before" }
            world.bots:kill "sigkill"
            world.bots:join()
            romeo:say(jid, "meanwhile")
            world:run_bots()
            world:wait_log "resumed as "
            assert.matches("mechanism='HT%-SHA%-256%-NONE'", world.log)
            assert.equal(1, rounds(world.log))
            romeo:expect { body = "meanwhile" }
            romeo:say(jid, "after")
            romeo:expect { body = "after" }
            assert.not_matches("secret%-token", world.log)
        end)
    end)

    it("binds anew in one round trip when it has the session no more", function()
        with_prosody(function(world)
            world:wait_log "<enabled"
            world.server:kill()
            world:wait_log "next attempt"
            world.server:restart()
            world:wait_online "echo"
            assert.equal(1, rounds(world.log))
            local romeo = world:human "romeo"
            romeo:say("echo@localhost", "hello")
            romeo:expect { from = "^echo@localhost/couplet~", body = "hello" }
        end)
    end)

    it("is logged in to with the password when it has lost the token", function()
        with_prosody(function(world)
            world:wait_log "<enabled"
            world.server:kill()
            world:wait_log "next attempt"
            os.execute("rm -rf '" .. world.dir .. "/server/data/localhost/fast_tokens'")
            world.server:restart()
            world:wait_online "echo"
            assert.matches("rejects the token of before", world.log, 1, true)
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- Logging in: what is final, what is not, and that one account's trouble is its own.
local e2e = require "spec.e2e.harness"

local function echo_bot(name, password)
    return (([[
  NAME:
    jid: NAME@localhost
    password: PASSWORD
    server: ${E2E_SERVER}
    tls: { ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]]):gsub("%f[%u]%u%u%u+%f[^%u]", { NAME = name, PASSWORD = password }))
end

local function is_answered(world, name)
    local romeo = world:human "romeo"
    romeo:say(name .. "@localhost", "hello " .. name)
    romeo:expect { from = "^" .. name .. "@localhost/", body = "hello " .. name }
end

e2e.each_server(describe, "a wrong password", function(kind)
    it("ends the program when no account is left, and names the account", function()
        e2e.with({ kind = kind, bots = echo_bot("echo", "not-it"), online = {} }, function(world)
            world.expected_exit = 1
            local code, log = world:wait_exit()
            assert.equal(1, code)
            assert.matches("echo@localhost", log, 1, true)
            assert.matches("not%-authorized", log)
            assert.not_matches("not-it", log, 1, true)
            assert.not_matches("next attempt", log, 1, true)
        end)
    end)

    it("leaves the others running", function()
        local bots = echo_bot("wrong", "not-it") .. echo_bot("right", "hush-e2e-hush")
        e2e.with({ kind = kind, bots = bots, online = { "right" } }, function(world)
            world:wait_log "wrong: gives up"
            is_answered(world, "right")
        end)
    end)
end)

-- What each has of the best under TLS 1.3 (sasl_spec has the rest).
local BEST = { prosody = { "SCRAM-SHA-1", "SCRAM-SHA-256" }, ejabberd = { "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512-PLUS" } }

e2e.each_server(describe, "a login", function(kind)
    -- What the server offers for an account whose password it keeps only hashed is SCRAM-SHA-1 alone.
    it("works with SCRAM-SHA-1 alone", function()
        e2e.with({ kind = kind, bots = echo_bot("echo", "hush-e2e-hush"), server = { "--sasl", "hashed", "--debug" } }, function(world)
            assert.equal(BEST[kind][1], world.server:mechanism_of "echo")
            is_answered(world, "echo")
        end)
    end)

    it("takes the best mechanism by itself", function()
        e2e.with({ kind = kind, bots = echo_bot("echo", "hush-e2e-hush"), server = { "--debug" } }, function(world)
            assert.equal(BEST[kind][2], world.server:mechanism_of "echo")
            assert.not_matches("mechanism='PLAIN'", world.server:log())
        end)
    end)

    it("reads the password from a file and from a command", function()
        local dir, remove = e2e.folder { secret = "hush-e2e-hush\n" }
        local bots = echo_bot("one", "x"):gsub("password: x", "password_file: ${SECRET}")
            .. echo_bot("two", "x"):gsub("password: x", 'password_command: [cat, "${SECRET}"]')
        e2e.with({ kind = kind, bots = bots, env = { SECRET = dir .. "/secret" } }, function(world)
            is_answered(world, "one")
            is_answered(world, "two")
        end)
        remove()
    end)
end)

-- SPDX-License-Identifier: MIT
-- Logging in: what is final, what is not, and that one account's trouble is its own.
local e2e = require "spec.e2e.harness"

local function echo_bot(name, password)
    return ([[
  NAME:
    jid: NAME@localhost
    password: PASSWORD
    server: ${E2E_SERVER}
    tls: { ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]]):gsub("%f[%u]%u%u%u+%f[^%u]", { NAME = name, PASSWORD = password })
end

describe("a wrong password", function()
    it("ends the program when no account is left, and names the account", function()
        local world = e2e.start { bots = echo_bot("echo", "not-it"), online = {} }
        world.expected_exit = 1
        local code, log = world:wait_exit()
        assert.equal(1, code)
        assert.matches("echo@localhost", log, 1, true)
        assert.matches("not%-authorized", log)
        assert.not_matches("not-it", log, 1, true)
        assert.not_matches("next attempt", log, 1, true)
        world:stop()
    end)

    it("leaves the others running", function()
        local world = e2e.start {
            bots = echo_bot("wrong", "not-it") .. "  right:\n    @account right\n"
                .. "    hooks:\n      - { event: message, call: echo.say }\n",
            online = { "right" },
        }
        world:wait_log "wrong: gives up"
        local romeo = world:human "romeo"
        romeo:say("right@localhost", "still there?")
        romeo:expect { from = "^right@localhost/", body = "still there?" }
        world:stop()
    end)
end)

describe("a login", function()
    -- What the server offers for an account whose password it keeps only hashed is SCRAM-SHA-1 alone.
    it("works with SCRAM-SHA-1 alone", function()
        local world = e2e.start {
            server = { "--sasl", "hashed" },
            bots = "  echo:\n    @account echo\n    sasl: [SCRAM-SHA-1]\n"
                .. "    hooks:\n      - { event: message, call: echo.say }\n",
        }
        local romeo = world:human "romeo"
        romeo:say("echo@localhost", "hello")
        romeo:expect { from = "^echo@localhost/", body = "hello" }
        world:stop()
    end)

    it("takes the best mechanism by itself: SCRAM-SHA-256", function()
        local world = e2e.start {
            server = { "--debug" },
            bots = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: echo.say }\n",
        }
        assert.matches("mechanism='SCRAM%-SHA%-256'", world:server_log())
        assert.not_matches("mechanism='PLAIN'", world:server_log())
        world:stop()
    end)

    it("reads the password from a file and from a command", function()
        local dir, remove = e2e.folder { secret = "hush-e2e-hush\n" }
        local world = e2e.start {
            env = { SECRET = dir .. "/secret" },
            bots = [[
  one:
    jid: one@localhost
    password_file: ${SECRET}
    server: ${E2E_SERVER}
    tls: { ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
  two:
    jid: two@localhost
    password_command: [cat, "${SECRET}"]
    server: ${E2E_SERVER}
    tls: { ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]],
        }
        local romeo = world:human "romeo"
        for _, name in ipairs { "one", "two" } do
            romeo:say(name .. "@localhost", "hello")
            romeo:expect { from = "^" .. name .. "@localhost/", body = "hello" }
        end
        world:stop()
        remove()
    end)
end)

-- SPDX-License-Identifier: MIT
-- No credentials before a verified TLS session. The server's own log is the witness: it saw no <auth/>.
local e2e = require "spec.e2e.harness"

local function bot(tls)
    return (([[
  echo:
    jid: echo@localhost
    password: hush-e2e-hush
    server: ${E2E_SERVER}
    tls: TLS
    hooks:
      - { event: message, call: echo.say }
]]):gsub("TLS", { TLS = tls }))
end

local OWN_CA, OTHER_CA = '{ ca_file: "${E2E_CA}" }', '{ ca_file: "${E2E_OTHER_CA}" }'

-- The bot gets no further than `reason`, tells it, and has sent nothing secret.
local function is_refused(options, ...)
    options.online = {}
    options.server = { "--debug", table.unpack(options.server or {}) }
    local reasons = { ... }
    e2e.with(options, function(world)
        world:wait_log "cannot connect: "
        for _, reason in ipairs(reasons) do world:wait_log(reason) end
        assert.not_matches("<auth", world.server:log(), 1, true)
        assert.not_matches("available: echo", world.server:log(), 1, true)
    end)
end

e2e.each_server(describe, "TLS", function(kind)
    it("refuses a certificate of a CA that is not trusted, and says what to set", function()
        is_refused({ kind = kind, bots = bot(OTHER_CA) }, "not trusted", "ca_file")
    end)

    it("refuses a certificate for another name", function()
        is_refused({ kind = kind, bots = bot(OWN_CA), server = { "--cert-for", "other.example" } }, "other%.example", "localhost")
    end)

    it("refuses a server that offers no STARTTLS", function()
        is_refused({ kind = kind, bots = bot(OWN_CA), server = { "--no-tls" } }, "STARTTLS")
    end)

    it("can be left out on loopback, when the configuration says so", function()
        e2e.with({ kind = kind, bots = bot "{ mode: none }", server = { "--no-tls" } }, function(world)
            assert.matches("^echo@localhost/", world:full_jid "echo")
        end)
    end)
end)

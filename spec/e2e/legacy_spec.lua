-- SPDX-License-Identifier: MIT
-- The login of before SASL (XEP-0078), with a server that has no other.
local e2e = require "spec.e2e.harness"

local function world_of(more, test)
    local bots = "  echo:\n    @account echo\n" .. more .. "    hooks: [{ event: message, call: echo.say }]\n"
    e2e.with({ bots = bots, server = { "--legacy" }, online = {} }, test)
end

local function gives_up(world, why)
    world.expected_exit = 1
    local _, log = world:wait_exit()
    assert.matches("gives up: [^\n]*" .. why, log)
end

describe("a server without SASL", function()
    it("lets a bot in that may use XEP-0078", function()
        world_of("    legacy_auth: true\n", function(world)
            world:wait_online "echo"
            world:wait_log "online as echo@localhost/"
            assert.is_nil(world.log:find("<bind", 1, true))
        end)
    end)

    it("refuses one with a wrong password", function()
        local bots = "  echo:\n    jid: echo@localhost\n    password: wrong\n    server: ${E2E_SERVER}\n"
            .. "    tls: { ca_file: \"${E2E_CA}\" }\n    legacy_auth: true\n"
        e2e.with({ bots = bots, server = { "--legacy" }, online = {} }, function(world)
            gives_up(world, "XEP%-0078%): not%-authorized %(wrong password")
        end)
    end)

    it("is no server for one that may not", function()
        world_of("", function(world) world:wait_log "the server offers no way to log in[^\n]*next attempt" end)
    end)
end)

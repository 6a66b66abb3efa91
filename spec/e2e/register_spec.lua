-- SPDX-License-Identifier: MIT
-- Accounts that bots make, change and delete by themselves (XEP-0077).
local e2e = require "spec.e2e.harness"

-- In quotes the harness does not take it for an account that it has to make.
local function newbie(more)
    return [[
  newbie:
    jid: "newbie@localhost"
    password: hush-e2e-hush
    server: ${E2E_SERVER}
    tls: { ca_file: "${E2E_CA}" }
    register: true
    hooks:
      - { event: message, call: keeper.on_message }
]] .. (more or "")
end

local KEEPER = [[
return {
    on_message = function(event)
        if event.body == "change" then
            local ok, err = event.bot:change_password("another-hush-e2e-hush-1")
            return ok and "changed" or "not: " .. tostring(err)
        elseif event.body == "end" then
            local ok, err = event.bot:unregister()
            event.bot.log:info("unregistered: %s %s", tostring(ok), tostring(err))
        else
            return event.body
        end
    end,
}
]]

local function world_of(kind, bots, test, options)
    e2e.with({
        kind = kind,
        bots = bots,
        online = {},
        scripts = { ["keeper.lua"] = KEEPER },
        server = options or { "--register" },
    }, test)
end

local function is_answered(world, text)
    local romeo = world:human "romeo"
    romeo:say("newbie@localhost", text)
    romeo:expect { from = "^newbie@localhost/", body = text }
end

e2e.each_server(describe, "a bot with register: true", function(kind)
    it("makes its account and logs in", function()
        world_of(kind, newbie(), function(world)
            world:wait_online "newbie"
            world:wait_log "the account newbie@localhost was made"
            is_answered(world, "hello")
        end)
    end)

    it("changes its password, and comes back with the new one", function()
        world_of(kind, newbie(), function(world)
            world:wait_online "newbie"
            local romeo = world:human "romeo"
            romeo:say("newbie@localhost", "change")
            romeo:expect { from = "^newbie@localhost/", body = "changed" }
            romeo:close()
            local from = #world.log
            world.server:stop()
            world:wait_log("next attempt", from)
            world.server:restart()
            world:wait_online "newbie"
            is_answered(world, "again")
            assert.is_nil(world.log:find("another-hush", 1, true))
        end)
    end)

    it("deletes its account, and is done", function()
        world_of(kind, newbie(), function(world)
            world:wait_online "newbie"
            world:human("romeo"):say("newbie@localhost", "end")
            world.expected_exit = 0
            local code = world:wait_exit()
            assert.equal(0, code)
        end)
    end)

    it("says that the password is wrong where the account is there", function()
        local bots = newbie():gsub('"newbie@localhost"', '"juliet@localhost"')
            :gsub("password: hush%-e2e%-hush", "password: wrong")
        world_of(kind, bots, function(world)
            world.expected_exit = 1
            local _, log = world:wait_exit()
            assert.matches("gives up: [^\n]*juliet@localhost is there already %(then the password is wrong%)", log)
        end)
    end)
end)

describe("a bot with register: true", function()
    it("says that the server makes no accounts (prosody)", function()
        world_of("prosody", newbie(), function(world)
            world.expected_exit = 1
            local _, log = world:wait_exit()
            assert.matches("gives up: the login failed, and no account could be made", log, 1, true)
        end, {})
    end)
end)

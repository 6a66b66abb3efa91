-- SPDX-License-Identifier: MIT
-- Commands without a runtime: which of them a message is for, and whose answer a form is.
local stand_in = require "spec.lua.stand_in"

describe("a message", function()
    local commands = require "couplet.command"

    local function message(bot, id)
        local origin = { name = "origin-id", attr = { xmlns = "urn:xmpp:sid:0", id = id } }
        local literal = { name = "message", attr = { from = "romeo@example.net/a", type = "chat" }, { name = "body", attr = {}, "deploy" }, origin }
        return stand_in.event(bot, literal, { kind = "command", said = "deploy" })
    end

    it("that is for two commands reaches both, and neither a second time", function()
        local bot, ran = stand_in.bot(), {}
        local first = commands.bind(bot, function() ran[#ran + 1] = "first" end, { name = "deploy", continue = true })
        local second = commands.bind(bot, function() ran[#ran + 1] = "second" end, { name = "deploy" })
        local function say(id)
            local event = message(bot, id)
            first(event)
            second(event)
        end
        say "1"
        assert.same({ "first", "second" }, ran)
        say "1"
        assert.equal(2, #ran)
        say "2"
        assert.equal(4, #ran)
    end)
end)

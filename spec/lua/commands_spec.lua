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

describe("a command's own rate", function()
    it("counts where the bot has none of all its commands", function()
        local commands = require "couplet.command"
        local bot = stand_in.bot { config = { rate = {} } }
        local run = commands.bind(bot, function() return "deployed" end, { name = "deploy", rate = "1/1000s" })
        local literal = { name = "message", attr = { from = "romeo@example.net/a", type = "chat" }, { name = "body", attr = {}, "deploy" } }
        local function say() return run(stand_in.event(bot, literal, { kind = "command", said = "deploy" })) end
        assert.equal("deployed", say())
        assert.matches("too often", say())
    end)
end)

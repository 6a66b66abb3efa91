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

describe("a full disk", function()
    it("is told of, where it lets a command run again after a restart", function()
        local core, commands = require "couplet.core.bot", require "couplet.command"
        local remember = core.remember
        finally(function() core.remember = remember end)
        core.remember = function(_, _, ...) return nil, select("#", ...) > 0 and "no space left" or nil end
        local bot = stand_in.bot()
        local run = commands.bind(bot, function() return "deployed" end, { name = "deploy" })
        local origin = { name = "origin-id", attr = { xmlns = "urn:xmpp:sid:0", id = "1" } }
        local literal = { name = "message", attr = { from = "romeo@example.net/a", type = "chat" }, { name = "body", attr = {}, "deploy" }, origin }
        assert.equal("deployed", run(stand_in.event(bot, literal, { kind = "command", said = "deploy" })))
        assert.matches("warn: .*no space left", bot.logged[1])
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

describe("a command as forms", function()
    local COMMANDS, DATA = "http://jabber.org/protocol/commands", "jabber:x:data"
    local adhoc, core, bot, waiting, wake

    before_each(function()
        adhoc, core = require "couplet.xep.adhoc", require "couplet.core.bot"
        bot, waiting, wake = stand_in.bot(), {}, core.wake
        bot.on_wait = function(name)
            waiting[name] = coroutine.running()
            return coroutine.yield()
        end
        core.wake = function(_, name, value)
            local co = waiting[name]
            waiting[name] = nil
            if co then assert(coroutine.resume(co, value)) end
        end
    end)

    after_each(function() core.wake = wake end)

    -- The answer to a request, or nil while there is none yet.
    local function request(attr, answer)
        local command = { name = "command", attr = { xmlns = COMMANDS, node = "ship", action = attr.action, sessionid = attr.sessionid } }
        if answer then
            local value = { name = "value", attr = { xmlns = DATA }, answer }
            local field = { name = "field", attr = { xmlns = DATA, var = "answer" }, value }
            command[1] = { name = "x", attr = { xmlns = DATA, type = "submit" }, field }
        end
        local event = stand_in.event(bot, { name = "iq", attr = { from = "romeo@example.net/a", type = "set", id = "1" }, command })
        local result = {}
        assert(coroutine.resume(coroutine.create(function() result.element = adhoc.on_command(event) end)))
        return result
    end

    it("does not take what answers a form that is over for the answer to the next", function()
        local answers
        require("couplet.command").bind(bot, function(event)
            answers = { (event:ask("Which?", { timeout = 10 })) or "none", (event:ask "Really?") }
            return "shipped"
        end, { name = "ship" })
        local first = request { action = "execute" }
        assert(coroutine.resume(coroutine.create(bot.timers[1].f), {}))
        local id = first.element.attr.sessionid
        assert.matches("Which?", tostring(first.element), 1, true)
        core.wake(bot, "adhoc-answer:" .. id, nil) -- the time is over; the next question is put
        local late = request({ sessionid = id }, "yes")
        assert.is_nil(answers)
        assert.matches("Really?", tostring(late.element), 1, true)
        local last = request({ sessionid = id }, "no")
        assert.same({ "none", "no" }, answers)
        assert.equal("completed", last.element.attr.status)
    end)
end)

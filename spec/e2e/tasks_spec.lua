-- SPDX-License-Identifier: MIT
-- Handlers are tasks: they wait for an answer or for time, and block nobody; timers and events call them too.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["waits.lua"] = [[
local st = require "couplet.stanza"
local M = {}
local ticks = 0

function M.ask(event)
    local request = st.iq({ type = "get", to = event.captures[1] }):tag("query", { xmlns = "jabber:iq:version" })
    local reply, err = event.bot:iq(request)
    if not reply then return "failed: " .. err.condition end
    return "it is " .. reply:find "{jabber:iq:version}query/name#"
end

function M.unanswered(event)
    local reply, err = event.bot:iq({ name = "iq", attr = { type = "get", to = event.from },
        { name = "query", attr = { xmlns = "urn:example:silence" } } }, { timeout = 0.2 })
    return tostring(reply) .. " " .. err.condition
end

function M.count(event)
    for i = 1, 3 do
        event:reply("count " .. i)
        event.bot:sleep(0.05)
    end
    return "done"
end

function M.tell(event)
    event.bot:say(event.captures[1], event.captures[2])
end

function M.after(event)
    event.bot:after(0.05, function() event.bot:say(event.from, "later") end)
    return "now"
end

function M.ping(event)
    return st.reply(event.stanza)
end

function M.tick(event)
    ticks = ticks + 1
    io.stderr:write(("TICK %d of %s\n"):format(ticks, event.bot.name))
end

return M
]],
}
local BOTS = [[
  waiter:
    @account waiter
    hooks:
      - { event: message, body: "^ask (%S+)$", call: waits.ask }
      - { event: message, body: "^unanswered$", call: waits.unanswered }
      - { event: message, body: "^count$", call: waits.count }
      - { event: message, body: "^tell (%S+) (.+)$", call: waits.tell }
      - { event: message, body: "^after$", call: waits.after }
      - { event: iq, type: get, xmlns: "urn:xmpp:ping", call: waits.ping }
      - { event: timer, every: 50ms, call: waits.tick }
  echo:
    @account echo
    features: { version: false }
    hooks:
      - { event: message, call: echo.say }
]]

describe("a task", function()
    local world, romeo

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function ask(text) romeo:say("waiter@localhost", text) end
    local function answer(text) romeo:expect { from = "^waiter@localhost/", body = text } end

    it("waits for the answer to an iq", function()
        ask "ask localhost"
        answer "it is Prosody"
    end)

    it("gets an error as nil, err", function()
        ask("ask " .. world:full_jid "echo")
        answer "failed: service-unavailable"
    end)

    it("gets a timeout in the same shape", function()
        ask "unanswered"
        answer "nil remote-server-timeout"
    end)

    it("sleeps, and two of them at once do not mix", function()
        local juliet = world:human "juliet"
        ask "count"
        juliet:say("waiter@localhost", "count")
        for _, person in ipairs { romeo, juliet } do
            for _, text in ipairs { "count 1", "count 2", "count 3", "done" } do
                person:expect { from = "^waiter@localhost/", body = text }
            end
        end
    end)

    it("speaks to others", function()
        local juliet = world:human "juliet"
        ask "tell juliet@localhost good evening"
        juliet:expect { from = "^waiter@localhost/", body = "good evening" }
    end)

    it("comes back later", function()
        ask "after"
        answer "now"
        answer "later"
    end)

    it("answers a request with a stanza", function()
        local pong = romeo:iq(world:full_jid "waiter", "get", "<ping xmlns='urn:xmpp:ping'/>")
        assert.equal("result", pong.type)
    end)

    it("is run by a timer", function()
        world:wait_log "TICK 3 of waiter"
    end)
end)

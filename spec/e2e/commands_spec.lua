-- SPDX-License-Identifier: MIT
-- Commands as people use them: config/deploy.yaml in a room and one to one, on each server.
local e2e = require "spec.e2e.harness"

local ROOM = "release@conference.localhost"
local BOT = "deploy@localhost"

e2e.each_server(describe, "a bot with commands", function(kind)
    local world, romeo, juliet

    setup(function()
        world = e2e.start { kind = kind, config = "config/deploy.yaml", accounts = { "mallory" } }
        romeo = world:human "romeo"
        juliet = world:human "juliet"
        romeo:wait_room(ROOM) -- the bot made it, and is its owner
        romeo:join(ROOM, "romeo")
        juliet:join(ROOM, "juliet")
    end)

    teardown(function() world:stop() end)

    -- What is said in the room, and what comes back there.
    local function in_room(who, text, answer)
        who:say_room(ROOM, text)
        return who:expect { from = ROOM .. "/deploy", type = "groupchat", body = answer }
    end

    local function in_private(who, text, answer)
        who:say(BOT, text)
        return who:expect { from = "^deploy@localhost/", type = "chat", body = answer }
    end

    it("runs them by prefix, nick, alias, and without anything one to one", function()
        in_private(romeo, "deploy test v1.2", "v1.2 is on test now")
        in_private(romeo, "!Deploy test v1.3", "v1.3 is on test now")
        in_private(romeo, "ship prod v2 --force --count=3 after the freeze", "v2 is on prod now, 3 times, by force (after the freeze)")
    end)

    it("tells what is wrong with a word, and what was expected", function()
        in_private(romeo, "deploy prodd", "env: 'prodd' is not prod or test.\nUsage: deploy <env:prod|test> [tag] [--force] [--count=int(1..9)] [note...]")
        in_private(romeo, "deploy", "^env is missing: prod or test is expected%.\nUsage: ")
        in_private(romeo, "deploy test v1 --count=10", "^count: '10' is not a whole number from 1 to 9%.")
        in_private(romeo, "deploy test --forse", "^There is no '%-%-forse'%. Did you mean '%-%-force'%?")
        in_private(romeo, "status prod test", "^'test' is too much%.")
    end)

    it("helps with what whoever asks may run", function()
        local all = in_private(juliet, "help", "^.*deploy stop")
        assert.truthy(all.body:find("order – coffee, by question and answer", 1, true))
        local some = in_private(romeo, "help", "^.*deploy <env")
        assert.falsy(some.body:find("deploy stop", 1, true))
        in_private(romeo, "help ship", "^Usage: deploy <env.*\nstart a deployment\nAlso: ship\nExample: deploy test v1%.2\n")
        in_private(romeo, "help statsu", "There is no command 'statsu'. Did you mean 'status'?")
        in_private(romeo, "statsu", "There is no command 'statsu'; did you mean 'status'?")
    end)

    it("asks before it does what cannot be taken back", function()
        in_private(juliet, "deploy stop", "Really stop what runs? (yes, no)")
        in_private(juliet, "no", "Nothing was done.")
        in_private(juliet, "deploy stop", "Really stop what runs? (yes, no)")
        in_private(juliet, "yes", "stopped")
        in_private(romeo, "deploy stop", "You may not use 'deploy stop'.")
    end)

    it("has dialogs, whose answers no other hook gets", function()
        in_private(romeo, "order", "What shall it be? (coffee, tea)")
        in_private(romeo, "water", "'water' is not one of: coffee, tea. Say 'cancel' to stop.")
        in_private(romeo, "2", "How many cups?")
        in_private(romeo, "3", "3 × tea")
        in_private(romeo, "order", "What shall it be? (coffee, tea)")
        in_private(romeo, "cancel", "the question was not answered")
    end)

    it("reads the answer below what it cites, and a command, too", function()
        local function answer(cited, text)
            romeo:raw(("<message to='deploy@localhost' type='chat'><body>&gt; %s\n%s</body><reply xmlns='urn:xmpp:reply:0' id='q' "
                .. "to='deploy@localhost'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='%d'/>"
                .. "</fallback></message>"):format(cited, text, #cited + 3))
        end
        answer("Anything else?", "order")
        romeo:expect { from = "^deploy@localhost/", body = "What shall it be? (coffee, tea)" }
        answer("What shall it be? (coffee, tea)", "tea")
        romeo:expect { from = "^deploy@localhost/", body = "How many cups?" }
        answer("How many cups?", "2")
        romeo:expect { from = "^deploy@localhost/", body = "2 × tea" }
    end)

    it("asks in the room whom it answers there, and nobody else", function()
        in_room(romeo, "deploy: order", "What shall it be? (coffee, tea)")
        juliet:say_room(ROOM, "tea")
        juliet:expect { from = ROOM .. "/juliet", body = "tea" }
        in_room(romeo, "coffee", "How many cups?")
        in_room(romeo, "1", "1 × coffee")
    end)

    it("ends a question when who was asked has left", function()
        in_room(romeo, "!order", "What shall it be? (coffee, tea)")
        romeo:leave(ROOM, "romeo")
        juliet:expect { from = ROOM .. "/deploy", body = "gone without an answer" }
        romeo:join(ROOM, "romeo", { history = 0 })
    end)

    it("knows by the room's word who somebody is, and no nick", function()
        in_room(romeo, "!deploy test v3", "v3 is on test now") -- the bot owns the room, which tells it
        local mallory = world:human "mallory"
        juliet:leave(ROOM, "juliet")
        mallory:join(ROOM, "juliet", { history = 0 })
        in_room(mallory, "!deploy stop", "^You may not use 'deploy stop'")
        in_private(mallory, "deploy stop", "You may not use 'deploy stop'.")
        mallory:leave(ROOM, "juliet")
        juliet:join(ROOM, "juliet", { history = 0 })
    end)

    it("does nothing for corrections, old and own messages, errors, and what was said already", function()
        local function message(fields)
            romeo:raw(([[<message to='deploy@localhost' type='%s' id='%s'><body>deploy test %s</body>%s</message>]]):format(
                fields.type or "chat", fields.id or "m1", fields.tag, fields.more or ""))
        end
        message { tag = "bad1", more = "<replace xmlns='urn:xmpp:message-correct:0' id='m0'/>" }
        message { tag = "bad2", more = "<delay xmlns='urn:xmpp:delay' from='romeo@localhost' stamp='2026-01-01T00:00:00Z'/>" }
        message { tag = "bad3", type = "headline" }
        message { tag = "bad4", type = "error", more = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>" }
        message {
            tag = "bad5",
            more = [[<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>
                <message xmlns='jabber:client' from='juliet@localhost/x'><body>deploy stop</body></message></forwarded></received>]],
        }
        message { tag = "once", more = "<origin-id xmlns='urn:xmpp:sid:0' id='o-1'/>" }
        romeo:expect { from = "^deploy@localhost/", body = "once is on test now" }
        message { tag = "twice", more = "<origin-id xmlns='urn:xmpp:sid:0' id='o-1'/>" }
        in_private(romeo, "status test", "test: once")
        romeo:expect_none { from = "^deploy@localhost/", body = true }
    end)

    describe("as forms", function()
        local COMMANDS = "http://jabber.org/protocol/commands"
        local function bot() return world:full_jid "deploy" end
        local function items(who)
            return who:iq(bot(), "get", "<query xmlns='http://jabber.org/protocol/disco#items' node='" .. COMMANDS .. "'/>").xml
        end
        local function command(who, attrs, payload)
            local answer = who:iq(bot(), "set", ("<command xmlns='%s' %s>%s</command>"):format(COMMANDS, attrs, payload or ""))
            return answer, answer.xml:match 'sessionid="([^"]+)"', answer.xml:match ' status="([^"]+)"'
        end
        local function filled(values)
            local x = "<x xmlns='jabber:x:data' type='submit'>"
            for var, value in pairs(values) do x = x .. ("<field var='%s'><value>%s</value></field>"):format(var, value) end
            return x .. "</x>"
        end

        it("offers what whoever asks may run", function()
            assert.truthy(items(juliet):find('node="deploy stop"', 1, true))
            local xml = items(romeo)
            assert.truthy(xml:find('node="deploy"', 1, true))
            assert.falsy(xml:find('node="deploy stop"', 1, true))
            local info = romeo:iq(bot(), "get", "<query xmlns='http://jabber.org/protocol/disco#info' node='deploy'/>").xml
            assert.truthy(info:find('type="command-node"', 1, true))
            assert.truthy(info:find "jabber:x:data")
        end)

        it("shows the form of the arguments, and runs what was filled in", function()
            local answer, id, status, _ = command(romeo, "node='deploy' action='execute'")
            assert.equal("executing", status)
            assert.truthy(answer.xml:find('type="list-single"', 1, true))
            assert.truthy(answer.xml:find("<value>prod</value>", 1, true), answer.xml)
            answer, _, status = command(romeo, ("node='deploy' sessionid='%s' action='complete'"):format(id), filled { env = "nowhere" })
            assert.equal("executing", status)
            assert.truthy(answer.xml:find "nowhere.* is not prod or test%.")
            answer, _, status = command(romeo, ("node='deploy' sessionid='%s'"):format(id), filled { env = "prod", tag = "v9", force = "1", count = "2" })
            assert.equal("completed", status)
            assert.truthy(answer.xml:find("v9 is on prod now, 2 times, by force", 1, true))
            assert.equal("bad-request", (command(romeo, ("node='deploy' sessionid='%s'"):format(id), filled { env = "prod" })).error)
        end)

        it("is understood by a client that knows forms", function()
            local done = romeo:fill(bot(), "deploy", { env = "test", tag = "v10", force = true, count = "3" })
            assert.equal("completed", done.status)
            assert.equal("v10 is on test now, 3 times, by force", done.text)
            assert.same({ "prod", "test" }, done.fields.env.options)
            assert.same({ "list-single", true }, { done.fields.env.type, done.fields.env.required })
            assert.same({ "boolean", false }, { done.fields.force.type, done.fields.force.required })
            assert.equal("forbidden", romeo:fill(bot(), "deploy stop", {}).error)
        end)

        it("asks and confirms with forms", function()
            local _, id, status = command(juliet, "node='deploy stop'")
            assert.equal("executing", status)
            local answer
            answer, _, status = command(juliet, ("node='deploy stop' sessionid='%s' action='next'"):format(id), filled { answer = "yes" })
            assert.equal("completed", status)
            assert.truthy(answer.xml:find(">stopped<", 1, true))
            _, id = command(juliet, "node='order'")
            answer = command(juliet, ("node='order' sessionid='%s'"):format(id), filled { answer = "tea" })
            assert.truthy(answer.xml:find("How many cups?", 1, true))
            answer, _, status = command(juliet, ("node='order' sessionid='%s'"):format(id), filled { answer = "4" })
            assert.equal("completed", status)
            assert.truthy(answer.xml:find("4 × tea", 1, true))
        end)

        it("refuses what is wrong, as XEP-0050 4.4 says", function()
            assert.equal("forbidden", (command(romeo, "node='deploy stop'")).error)
            assert.equal("item-not-found", (command(romeo, "node='nothing'")).error)
            assert.truthy((command(romeo, "node='deploy' sessionid='x'")).xml:find "bad%-sessionid")
            assert.truthy((command(romeo, "node='deploy' action='dance'")).xml:find "malformed%-action")
            local _, id = command(romeo, "node='deploy'")
            assert.truthy((command(romeo, ("node='deploy' sessionid='%s'"):format(id))).xml:find "bad%-payload")
            assert.truthy((command(romeo, ("node='deploy' sessionid='%s' action='prev'"):format(id))).xml:find "bad%-action")
            assert.truthy((command(juliet, ("node='deploy' sessionid='%s'"):format(id), filled { env = "prod" })).xml:find "bad%-sessionid")
            local _, _, status = command(romeo, ("node='deploy' sessionid='%s' action='cancel'"):format(id))
            assert.equal("canceled", status)
        end)
    end)
end)

describe("in a room that hides its people", function()
    it("a bot takes nobody for an admin, whatever the nick", function()
        e2e.with({
            bots = [[
  guard:
    @account guard
    rooms: [den@conference.localhost]
    admins: [juliet@localhost]
    hooks:
      - { event: command, name: halt, allow: [admins], call: guard.halt }
      - { event: command, name: peek, allow: [{ affiliation: owner }], call: guard.peek }
]],
            scripts = { ["guard.lua"] = "return { halt = function() return 'halted' end, peek = function() return 'peeked' end }" },
            before = function(world) world:human("romeo"):join("den@conference.localhost", "juliet") end,
        }, function(world)
            local romeo, juliet = world:human "romeo", world:human "juliet"
            romeo:expect { event = "presence", from = "den@conference.localhost/guard" }
            romeo:say_room("den@conference.localhost", "!halt")
            romeo:expect { from = "den@conference.localhost/guard", body = "You may not use 'halt' here: this room does not tell me who you are." }
            romeo:say("den@conference.localhost/guard", "halt")
            romeo:expect { from = "den@conference.localhost/guard", type = "chat", body = "^You may not use 'halt' here" }
            romeo:say_room("den@conference.localhost", "guard: peek")
            romeo:expect { from = "den@conference.localhost/guard", body = "peeked" } -- the room vouches for its owner
            juliet:join("den@conference.localhost", "admin")
            juliet:say_room("den@conference.localhost", "!halt")
            juliet:expect { from = "den@conference.localhost/guard", body = "^You may not use 'halt' here" }
            juliet:say("guard@localhost", "halt")
            juliet:expect { from = "^guard@localhost/", body = "halted" }
        end)
    end)
end)

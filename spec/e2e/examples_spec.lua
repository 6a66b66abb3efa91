-- SPDX-License-Identifier: MIT
-- The example bots as `make run` shows them: config/demo.yaml, all in one process, one to one and in the room.
local e2e = require "spec.e2e.harness"

local ERROR_NS = "urn:ietf:params:xml:ns:xmpp-stanzas"

local function room_of_demo()
    local file = assert(io.open "config/demo.yaml")
    local room = file:read("a"):match "[%w_-]+@conference%.localhost"
    file:close()
    return assert(room, "config/demo.yaml names no room")
end

-- The last number of the text, when it can be the sum of so many dice.
local function is_sum_of(count, sides)
    return function(text)
        local sum = tonumber(text and text:match "(%d+)%D*$")
        return sum and sum >= count and sum <= count * sides
    end
end

describe("example", function()
    local world, romeo, room

    setup(function()
        room = room_of_demo()
        world = e2e.start { config = "config/demo.yaml" }
        for _, bot in ipairs { "greeter", "version", "dice" } do
            world:wait_log(bot .. ": " .. room:gsub("%p", "%%%0") .. ": joined") -- it greets who comes after it
        end
        romeo = world:human "romeo"
        romeo:join(room, "romeo")
    end)

    teardown(function() world:stop() end)

    describe("echo", function()
        it("repeats", function()
            romeo:say("echo@localhost", "hello")
            romeo:expect { from = "^echo@localhost/", type = "chat", body = "hello" }
        end)
    end)

    describe("greeter", function()
        it("greets who comes into the room", function()
            romeo:expect { from = room .. "/greeter", type = "groupchat", body = "^Hello, romeo!" }
            local juliet = world:human "juliet"
            juliet:join(room, "juliet")
            juliet:expect { from = room .. "/greeter", body = "^Hello, juliet!" }
        end)

        it("greets who shows their presence, once", function()
            romeo:presence { to = "greeter@localhost" }
            romeo:expect { from = "^greeter@localhost/", type = "chat", body = "^Hello, romeo!" }
            romeo:presence { to = "greeter@localhost", show = "away" }
            romeo:iq(world:full_jid "greeter", "get", "<query xmlns='urn:example:after'/>")
            romeo:expect_none { from = "^greeter@localhost/" }
        end)

        it("does not greet who leaves", function()
            local juliet = world:human "juliet"
            juliet:presence { to = "greeter@localhost", type = "unavailable" }
            juliet:iq(world:full_jid "greeter", "get", "<query xmlns='urn:example:after'/>")
            juliet:expect_none { from = "^greeter@localhost/" }
        end)
    end)

    describe("version", function()
        local QUERY = "<query xmlns='jabber:iq:version'/>"

        it("says what runs here", function()
            local answer = romeo:iq(world:full_jid "version", "get", QUERY)
            assert.equal("result", answer.type)
            assert.matches("<name>Couplet</name>", answer.xml)
            assert.matches("<version>[^<]+</version>", answer.xml)
        end)

        it("asks what runs elsewhere", function()
            romeo:say("version@localhost", "version " .. world:full_jid "echo")
            romeo:expect { from = "^version@localhost/", body = "^echo@localhost/%S+ runs Couplet %S+$" }
            romeo:say("version@localhost", "version nobody@localhost/x")
            romeo:expect { from = "^version@localhost/", body = "nobody@localhost/x does not say: service-unavailable" }
        end)

        it("says it in the room too", function()
            local answer = romeo:iq(room .. "/version", "get", QUERY)
            assert.equal("result", answer.type)
            assert.matches("<name>Couplet</name>", answer.xml)
        end)

        it("answers what nobody handles with service-unavailable, once", function()
            for _, type in ipairs { "get", "set" } do
                local answer = romeo:iq(world:full_jid "version", type, "<query xmlns='urn:example:unknown'/>")
                assert.equal("error", answer.type)
                assert.equal("service-unavailable", answer.error)
                assert.matches(ERROR_NS, answer.xml, 1, true)
            end
            romeo:iq(world:full_jid "version", "get", QUERY)
            romeo:expect_none { event = "iq", error = "service-unavailable" }
        end)
    end)

    describe("dice", function()
        it("rolls one to one", function()
            romeo:say("dice@localhost", "roll 2d6")
            romeo:expect { from = "^dice@localhost/", type = "chat", body = is_sum_of(2, 6) }
        end)

        it("rolls in the room", function()
            romeo:say_room(room, "roll 3d20")
            romeo:expect { from = room .. "/dice", type = "groupchat", body = is_sum_of(3, 20) }
        end)

        it("says nothing to what is no throw", function()
            romeo:say("dice@localhost", "rolling stones")
            romeo:say("dice@localhost", "roll 1d1")
            romeo:expect { from = "^dice@localhost/", body = is_sum_of(1, 1) }
            romeo:expect_none { from = "^dice@localhost/" }
        end)
    end)

    describe("reminder", function()
        it("waits, and blocks nobody meanwhile", function()
            romeo:say("reminder@localhost", "remind me in 1 seconds to water the plants")
            romeo:say("echo@localhost", "meanwhile")
            romeo:expect { from = "^echo@localhost/", body = "meanwhile" }
            romeo:expect { from = "^reminder@localhost/", body = "^.*water the plants" }
        end)
    end)
end)

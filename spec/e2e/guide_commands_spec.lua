-- SPDX-License-Identifier: MIT
-- The bot of docs/guide/commands.md does what the guide says, on a server that is not example.org.
local e2e = require "spec.e2e.harness"
local guide = require "spec.e2e.guide"

e2e.each_server(describe, "the guide's bot", function(kind)
    local world, romeo, juliet

    setup(function()
        local yaml, lua = guide.bots("commands", "desk")
        world = e2e.start { kind = kind, bots = yaml, scripts = { ["desk.lua"] = lua[1] } }
        romeo, juliet = world:human "romeo", world:human "juliet"
    end)

    teardown(function() world:stop() end)

    local function ask(who, text, answer)
        who:say("desk@localhost", text)
        who:expect { from = "^desk@localhost/", type = "chat", body = answer }
    end

    it("shows and changes tickets", function()
        ask(romeo, "ticket 7", "7 is open: the printer is on fire")
        ask(romeo, "!ticket 7 --state=closed solved by a restart", "7 is closed: the printer is on fire; solved by a restart")
        ask(romeo, "ticket 9", "There is no ticket 9.")
        ask(romeo, "ticket seven", "number: 'seven' is not a whole number of at least 1.\n" ..
            "Usage: ticket <number:int(1..)> [--state=open|closed] [note...]")
    end)

    it("asks and confirms", function()
        ask(juliet, "new", "What is broken?")
        ask(juliet, "the lamp", "Is it urgent? (yes, no)")
        ask(juliet, "y", "That is ticket 8 now.")
        ask(juliet, "ticket delete 8", "Really 'ticket delete 8'? (yes, no)")
        ask(juliet, "yes", "8 is gone")
    end)

    it("understands who speaks in the room", function()
        local room = "support@conference.localhost"
        romeo:join(room, "romeo")
        romeo:expect { event = "presence", from = room .. "/desk" }
        romeo:say_room(room, "@desk ticket 7")
        romeo:expect { from = room .. "/desk", type = "groupchat", body = "^7 is closed" }
    end)
end)

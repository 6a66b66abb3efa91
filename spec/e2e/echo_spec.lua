-- SPDX-License-Identifier: MIT
-- The bot of the README: it repeats, one to one and in a room.
local e2e = require "spec.e2e.harness"

local ROOM = "echoes@conference.localhost"

e2e.each_server(describe, "echo", function(kind)
    local world

    setup(function()
        world = e2e.start { kind = kind, bots = [[
  echo:
    @account echo
    nick: parrot
    rooms: [echoes@conference.localhost]
    hooks:
      - { event: message, call: echo.say }
]] }
    end)

    teardown(function() world:stop() end)

    it("answers one to one", function()
        local romeo = world:human "romeo"
        romeo:say("echo@localhost", "hello")
        romeo:expect { from = "^echo@localhost/", type = "chat", body = "hello" }
    end)

    it("gives back what XML and UTF-8 can carry", function()
        local romeo = world:human "romeo"
        local text = "<&>\"' ]]> \u{e9}\u{4e2d}\u{1f600} \ttab\nline"
        romeo:say("echo@localhost", text)
        romeo:expect { from = "^echo@localhost/", body = text }
    end)

    it("answers two people, each their own", function()
        local romeo, juliet = world:human "romeo", world:human "juliet"
        for i = 1, 20 do
            romeo:say("echo@localhost", "romeo " .. i)
            juliet:say("echo@localhost", "juliet " .. i)
        end
        for i = 1, 20 do
            romeo:expect { from = "^echo@localhost/", body = "romeo " .. i }
            juliet:expect { from = "^echo@localhost/", body = "juliet " .. i }
        end
        romeo:expect_none { body = "^juliet" }
    end)

    it("answers in the room when asked in the room, and not itself", function()
        local romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        romeo:expect { event = "presence", from = ROOM .. "/parrot" }
        romeo:say_room(ROOM, "anybody here?")
        romeo:expect { from = ROOM .. "/romeo", body = "anybody here?" }
        romeo:expect { from = ROOM .. "/parrot", type = "groupchat", body = "anybody here?" }
        romeo:say_room(ROOM, "and now?")
        romeo:expect { from = ROOM .. "/parrot", body = "and now?" }
        romeo:expect_none { from = ROOM .. "/parrot" }
        romeo:leave(ROOM, "romeo")
    end)

    it("answers privately when asked privately in a room", function()
        local romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        romeo:say(ROOM .. "/parrot", "psst")
        romeo:expect { from = ROOM .. "/parrot", type = "chat", body = "psst" }
        romeo:leave(ROOM, "romeo")
    end)

    it("does not answer an error", function()
        local romeo = world:human "romeo"
        romeo:raw [[<message to='echo@localhost' type='error'><body>no</body>
            <error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>]]
        romeo:say("echo@localhost", "after the error")
        romeo:expect { from = "^echo@localhost/", body = "after the error" }
        romeo:expect_none { from = "^echo@localhost/" }
    end)
end)

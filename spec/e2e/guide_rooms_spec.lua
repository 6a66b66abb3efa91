-- SPDX-License-Identifier: MIT
-- The bot of docs/guide/rooms.md does what the guide says, on a server that is not example.org.
local e2e = require "spec.e2e.harness"
local guide = require "spec.e2e.guide"

e2e.each_server(describe, "the guide's bot", function(kind)
    local world, romeo

    setup(function()
        local yaml, lua = guide.bots("rooms", "host")
        world = e2e.start { kind = kind, bots = yaml, scripts = { ["host.lua"] = lua[1] }, server = { "--strict-rooms" } }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    it("greets, lists and watches", function()
        local room = "lobby@conference.localhost"
        world:wait_log "lobby@conference.localhost: joined"
        romeo:join(room, "romeo")
        romeo:expect { from = room .. "/host", type = "chat", body = "Welcome, romeo." }
        romeo:say_room(room, "host: who is here?")
        romeo:expect { from = room .. "/host", type = "groupchat", body = "host, romeo" }
        romeo:leave(room, "romeo")
        world:wait_log "romeo left: left"
    end)

    it("made its room", function()
        world:wait_log "club@conference.localhost: joined"
        romeo:join("club@conference.localhost", "romeo")
        romeo:expect { event = "presence", from = "club@conference.localhost/butler", type = false }
    end)

    it("opens a room for whoever asks", function()
        romeo:say("host@localhost", "open den@conference.localhost")
        romeo:expect { from = "^host@localhost/", xml = "^.*jabber:x:conference" }
        romeo:expect { from = "^host@localhost/", type = "chat", body = "You are invited to den@conference.localhost" }
        romeo:join("den@conference.localhost", "romeo")
    end)
end)

-- SPDX-License-Identifier: MIT
-- A bot comes back: to the server, to its presence, and to its room.
local e2e = require "spec.e2e.harness"

local ROOM = "home@conference.localhost"
local BOTS = [[
  echo:
    @account echo
    nick: parrot
    rooms: [home@conference.localhost]
    hooks:
      - { event: message, call: echo.say }
]]

local function is_all_there(world, text)
    local romeo = world:human "romeo"
    romeo:say("echo@localhost", text)
    romeo:expect { from = "^echo@localhost/", type = "chat", body = text }
    romeo:join(ROOM, "romeo")
    romeo:expect { event = "presence", from = ROOM .. "/parrot", type = false }
    romeo:say_room(ROOM, text)
    romeo:expect { from = ROOM .. "/parrot", type = "groupchat", body = text }
    romeo:close()
end

e2e.each_server(describe, "a bot comes back", function(kind)
    local world

    before_each(function() world = e2e.start { kind = kind, bots = BOTS } end)
    after_each(function() world:stop() end)

    it("when its server died and lives again", function()
        is_all_there(world, "before")
        world.server:kill()
        world:wait_log "next attempt"
        world.server:restart()
        world:wait_online "echo"
        is_all_there(world, "after")
    end)

    it("when its server was shut down in order", function()
        world.server:stop()
        world:wait_log "next attempt"
        world.server:restart()
        world:wait_online "echo"
        is_all_there(world, "after")
    end)

    it("again and again", function()
        for round = 1, 3 do
            local so_far = #world.log
            world.server:kill()
            world:wait_log("next attempt", so_far + 1)
            world.server:restart()
            world:wait_online "echo"
            is_all_there(world, "round " .. round)
        end
    end)
end)

describe("a bot whose server is not there", function()
    it("waits for it, and stops when asked to meanwhile", function()
        e2e.with({ bots = BOTS }, function(world)
            world.server:kill()
            world:wait_log "next attempt"
        end)
    end)
end)

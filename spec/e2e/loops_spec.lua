-- SPDX-License-Identifier: MIT
-- Bots that answer each other are stopped, one to one and in a room, and named in the log; people are heard all the while.
local e2e = require "spec.e2e.harness"

local ROOM = "hall@conference.localhost"
local SCRIPTS = {
    ["loop.lua"] = [[
local M = {}
function M.begin(event) event.bot:say("pong@localhost", "hello?") end
function M.echo(event) return event.body end
function M.say(event) event.bot:say(event.room, event.body) end
return M
]],
}
local BOTS = [[
  pong:
    @account pong
    hooks: [{ event: message, type: chat, call: loop.echo }]
  ping:
    @account ping
    hooks:
      - { event: message, type: chat, body: "^begin$", call: loop.begin, priority: 1, continue: true }
      - { event: message, type: chat, call: loop.echo }
  left:
    @account left
    rooms: [hall@conference.localhost]
    hooks: [{ event: message, type: groupchat, call: loop.echo }]
  right:
    @account right
    rooms: [hall@conference.localhost]
    hooks: [{ event: message, type: groupchat, call: loop.say }]
]]

e2e.each_server(describe, "bots that answer each other", function(kind)
    it("are stopped", function()
        e2e.with({ kind = kind, scripts = SCRIPTS, bots = BOTS, log = "level: warn" }, function(world)
            local romeo = world:human "romeo"
            romeo:say("ping@localhost", "begin")
            romeo:expect { from = "^ping@localhost/", body = "begin" }
            world:wait_log "p[io]ng: p[io]ng@localhost seems to be a bot that answers ours: 50 times in"
            romeo:say("pong@localhost", "still there?")
            romeo:expect { from = "^pong@localhost/", body = "still there?" }
        end)
    end)

    it("are stopped in a room", function()
        e2e.with({ kind = kind, scripts = SCRIPTS, bots = BOTS, log = "level: warn" }, function(world)
            local romeo = world:human "romeo"
            romeo:join(ROOM, "romeo")
            romeo:expect { event = "presence", from = ROOM .. "/left" }
            romeo:expect { event = "presence", from = ROOM .. "/right" }
            romeo:say_room(ROOM, "round and round")
            world:wait_log ": hall@conference.localhost/%a+ seems to be a bot that answers ours: 50 times in"
            romeo:say_room(ROOM, "!")
            romeo:expect { from = ROOM .. "/left", body = "!" }
        end)
    end)
end)

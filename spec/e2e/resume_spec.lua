-- SPDX-License-Identifier: MIT
-- A session goes on (XEP-0198 5): over a connection that broke, and over a process that was killed.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"

local BOTS = [[
  echo:
    @account echo
    hooks:
      - { event: message, call: echo.say }
]]

local function start(kind)
    return e2e.start { kind = kind, bots = BOTS, top = "storage: kept" }
end

local function kept(world) return (files.output("ls '" .. world.dir .. "/kept.sessions' 2>/dev/null")) end

e2e.each_server(describe, "a process that was killed", function(kind)
    it("is gone on with by the next, which gets what came meanwhile", function()
        local world = start(kind)
        local romeo = world:human "romeo"
        local address = world:full_jid "echo"
        romeo:say(address, "before")
        romeo:expect { from = "^echo@localhost/", type = "chat", body = "before" }
        world:wait_log "<enabled"
        world.bots:kill "sigkill"
        world.bots:join()
        romeo:say(address, "meanwhile")
        world:run_bots()
        world:wait_log "resumed as "
        romeo:expect { from = "^echo@localhost/", type = "chat", body = "meanwhile" }
        romeo:say(address, "after")
        romeo:expect { from = "^echo@localhost/", type = "chat", body = "after" }
        assert.equal(address, world:full_jid "echo")
        world:stop()
    end)
end)

describe("what is kept of a session", function()
    it("goes when the session was closed in order", function()
        local world = start "prosody"
        world:wait_log "<enabled"
        process.poll("a file of the session", function() return kept(world):find "echo%.state" end)
        world.bots:kill "sigterm"
        assert.equal(0, (world:wait_exit()))
        assert.not_matches("echo%.state", kept(world))
        world:stop()
    end)

    it("is not read when it is torn or foreign", function()
        local world = start "prosody"
        world:wait_log "<enabled"
        world.bots:kill "sigkill"
        world.bots:join()
        local file = assert(io.open(world.dir .. "/kept.sessions/echo.state", "w"))
        file:write "couplet-stream 1\nnonsense\n"
        file:close()
        world:run_bots()
        world:wait_log "is not used: line 2 is not understood"
        world:wait_log "online as "
        world:stop()
    end)
end)

e2e.each_server(describe, "a bot that says that nobody looks", function(kind)
    it("says it to a server that asks, in each stream anew", function()
        local world = e2e.start {
            kind = kind,
            bots = [[
  echo:
    @account echo
    hooks:
      - { event: message, call: quiet.now }
]],
            scripts = { ["quiet.lua"] = [[
return { now = function(event) return tostring(event.bot:active(event.body == "wake")) end }
]] },
        }
        local romeo = world:human "romeo"
        romeo:say("echo@localhost", "sleep")
        romeo:expect { from = "^echo@localhost/", type = "chat", body = "true" }
        local at = world:wait_log "%-> <inactive xmlns='urn:xmpp:csi:0'/>"
        world.server:kill()
        world:wait_log "next attempt"
        world.server:restart()
        at = world:wait_log("%-> <inactive xmlns='urn:xmpp:csi:0'/>", at)
        world:wait_online "echo"
        local juliet = world:human "juliet"
        juliet:say("echo@localhost", "wake")
        juliet:expect { from = "^echo@localhost/", type = "chat", body = "true" }
        world:wait_log("%-> <active xmlns='urn:xmpp:csi:0'/>", at)
        world:stop()
    end)
end)

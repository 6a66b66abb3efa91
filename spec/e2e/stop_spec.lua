-- SPDX-License-Identifier: MIT
-- The end: streams are closed as RFC 6120 4.4 has it, the `stop` hooks have run, the exit status is 0.
local e2e = require "spec.e2e.harness"
local process = require "spec.e2e.process"

local SCRIPTS = {
    ["closing.lua"] = [[
local M = {}
function M.started() io.stderr:write("HOOK start\n") end
function M.online(event) io.stderr:write("HOOK online " .. event.bot.jid .. "\n") end
function M.stopping(event)
    io.stderr:write("HOOK stop\n")
    event.bot:say("romeo@localhost", "goodbye")
end
function M.offline() io.stderr:write("HOOK offline\n") end
return M
]],
}
local BOTS = [[
  closer:
    @account closer
    hooks:
      - { event: start, call: closing.started }
      - { event: online, call: closing.online }
      - { event: stop, call: closing.stopping }
      - { event: offline, call: closing.offline }
]]

describe("the end", function()
    for _, signal in ipairs { "sigterm", "sigint" } do
        it("after " .. signal:upper() .. " closes the streams and says goodbye", function()
            e2e.with({ scripts = SCRIPTS, bots = BOTS, server = { "--debug" } }, function(world)
                local romeo = world:human "romeo"
                world:wait_log "HOOK online closer@localhost"
                world.bots:kill(signal)
                romeo:expect { from = "^closer@localhost/", body = "goodbye" }
                assert.equal(0, (world:wait_exit()))
                assert.matches("HOOK start.*HOOK online closer@localhost.*HOOK stop", world.log)
                process.poll("the end of the stream in the server's log", function()
                    return world.server:log():find("Received </stream:stream>", 1, true)
                end)
            end)
        end)
    end

    it("does not wait for a handler that waits", function()
        e2e.with({
            scripts = { ["slow.lua"] = [[
local M = {}
function M.wait(event)
    io.stderr:write("HOOK waits\n")
    event.bot:sleep(86400)
end
return M
]] },
            bots = "  slow:\n    @account slow\n    hooks:\n      - { event: message, call: slow.wait }\n",
        }, function(world)
            world:human("romeo"):say("slow@localhost", "wait")
            world:wait_log "HOOK waits"
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- A crowd enters a bot's room on each real server: everybody is known, each is told to a hook once, and what a presence costs
-- the bot is measured (printed for people). A server tells each newcomer to all who are there, which is far more work for it
-- than for the bot: 200 occupants, with SOAK=full (make soak) 2,000. rooms_flood_spec has as many at a server of ours.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"

local ROOM, SECRET = "crowd@conference.localhost", "hush-e2e-secret"
local COUNT = os.getenv "SOAK" == "full" and 2000 or 200
local BOTS = [[
  witness:
    @account witness
    rooms: [crowd@conference.localhost]
    hooks:
      - { event: message, type: chat, call: witness.tell }
      - { event: joined, call: witness.joined }
]]
local SCRIPTS = {
    ["witness.lua"] = [[
local M, joined = {}, 0
function M.joined() joined = joined + 1 end
function M.tell(event)
    local room = event.bot.rooms["crowd@conference.localhost"]
    local last = room.occupants["nick" .. event.body]
    return ("%s, %d there, %d joined, the last is %s"):format(room.state, room.count, joined, last and last.role or "nobody")
end
return M
]],
}

local function cpu_ns(world)
    return tonumber(files.read("/proc/" .. world.bots.pid .. "/schedstat"):match "^%d+")
end

e2e.each_server(describe, "a crowd", function(kind)
    it("enters, is known, and costs little", function()
        local server = { "--component", "crowd.localhost:" .. SECRET }
        e2e.with({ kind = kind, server = server, scripts = SCRIPTS, bots = BOTS, log = "level: info" }, function(world)
            local romeo, said = world:human "romeo", ""
            local function ask()
                romeo:say("witness@localhost", tostring(COUNT - 1))
                return romeo:expect({ from = "^witness@localhost/" }).body
            end
            -- The bot's stream is not the crowd's: what the room says there may come a little later.
            local function tell(expected)
                local body
                for _ = 1, 100 do
                    body = ask()
                    if body == expected then break end
                end
                assert.equal(expected, body)
            end
            world:wait_log "crowd@conference.localhost: joined"
            tell "joined, 1 there, 0 joined, the last is nobody"
            local before = cpu_ns(world)
            local command = { "/usr/bin/python3", world.root .. "/spec/e2e/crowd.py", tostring(world.server.component_port), "crowd.localhost", SECRET,
                ROOM, tostring(COUNT) }
            local crowd = process.spawn(command, { stdin = true, on_stdout = function(text) said = said .. text end })
            for number = 50, COUNT, 50 do
                process.wait("the crowd of " .. number, function() return said:find("%f[%d]" .. number .. "\n") end)
            end
            tell(("joined, %d there, %d joined, the last is participant"):format(COUNT + 1, COUNT))
            print(("# %d occupants enter on %s: %.1f us of the bot's CPU each"):format(COUNT, kind, (cpu_ns(world) - before) / COUNT / 1000))
            crowd:close_stdin()
            crowd:join()
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- What a supervisor is told, in the way of systemd: ready, how it is, alive, ending.
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"

local BOT = [[
  echo:
    @account echo
    rooms: [ supervised@conference.localhost ]
    hooks:
      - { event: message, call: echo.say }
]]

local function supervisor(address)
    local s, rest = { told = {} }, ""
    s.process = process.spawn({ "/usr/bin/python3", "spec/e2e/supervisor.py", address }, {
        on_stdout = function(text)
            rest = rest .. text
            for line in rest:gmatch "([^\n]*)\n" do s.told[#s.told + 1] = json.decode(line) end
            rest = rest:match "[^\n]*$"
        end,
        on_stderr = function(text) io.stderr:write(text) end,
    })
    function s.wait(what)
        local function seen() return "'" .. what .. "' among\n" .. table.concat(s.told, "\n") end
        return process.wait(seen, function()
            for i, text in ipairs(s.told) do
                if text == what then return i end
            end
        end)
    end
    s.wait "listening"
    return s
end

describe("a supervisor", function()
    for kind, address in pairs { path = "%s/notify", abstract = "@couplet-e2e-%s" } do
        it("is told of the life of the process (" .. kind .. ")", function()
            local dir, remove = e2e.folder {}
            address = address:format(kind == "path" and dir or dir:match "[^/]*$")
            local s = supervisor(address)
            local env = { NOTIFY_SOCKET = address, WATCHDOG_USEC = "4000000" }
            local world = e2e.start { bots = BOT, log = "level: info", env = env }
            assert(s.wait "READY=1" < s.wait "STATUS=1 of 1 bots online, 1 of 1 rooms joined")
            s.wait "WATCHDOG=1"
            world:stop()
            s.wait "STOPPING=1"
            s.process:kill()
            s.process:join()
            remove()
        end)
    end

    it("does not hear of a loop that stands still", function()
        local dir, remove = e2e.folder {}
        local s = supervisor(dir .. "/notify")
        local env = { NOTIFY_SOCKET = dir .. "/notify", WATCHDOG_USEC = "20000" }
        local world = e2e.start { bots = BOT, log = "level: info", env = env }
        s.wait "WATCHDOG=1"
        world.bots:kill "sigstop"
        local romeo = world:human "romeo" -- long enough for what was told before to be read
        local count = #s.told
        romeo:say("echo@localhost", "are you there?")
        assert.is_true(#s.told - count <= 1)
        world.bots:kill "sigcont"
        romeo:expect { body = "are you there?" }
        world:stop()
        s.process:kill()
        s.process:join()
        remove()
    end)
end)

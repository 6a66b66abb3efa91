-- SPDX-License-Identifier: MIT
-- The log: text or JSON, to stderr or a file; what the network says cannot forge a line of it.
local e2e = require "spec.e2e.harness"
local json = require "dkjson"

local ECHO = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: echo.say }\n"

local function talk(world, text)
    local romeo = world:human "romeo"
    romeo:say("echo@localhost", text)
    romeo:expect { from = "^echo@localhost/", body = text }
end

describe("the log", function()
    it("is text: time, level, who, what", function()
        e2e.with({ bots = ECHO, log = "level: info" }, function(world)
            world:wait_log "^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d+Z info +echo: online as echo@localhost/"
            talk(world, "hello")
            assert.not_matches("hello", world.log, 1, true)
        end)
    end)

    it("is JSON, one object a line, when the configuration says so", function()
        e2e.with({ bots = ECHO, log = "level: debug, format: json" }, function(world)
            world:wait_log "online as"
            local found
            for line in world.log:gmatch "([^\n]*)\n" do
                local entry = assert(json.decode(line), "no JSON: " .. line)
                assert.matches("^%d+%-%d%d%-%d%dT", entry.time)
                found = found or (entry.bot == "echo" and entry.level == "info" and entry.text:find "^online as")
            end
            assert.is_truthy(found)
        end)
    end)

    it("goes to a file, and then not to stderr", function()
        local dir, remove = e2e.folder {}
        e2e.with({ bots = ECHO, log = ('level: trace, file: "%s/bots.log"'):format(dir) }, function(world)
            talk(world, "written down")
            assert.equal("", world.log)
        end)
        local file = assert(io.open(dir .. "/bots.log"))
        local text = file:read "a"
        file:close()
        remove()
        assert.matches("echo: online as", text, 1, true)
        assert.matches("written down", text, 1, true)
        assert.not_matches("hush-e2e-hush", text, 1, true)
    end)

    it("shows stanzas at trace, on one line whatever is in them", function()
        e2e.with({ bots = ECHO }, function(world)
            talk(world, "first\n2026-01-01T00:00:00.000Z error echo: forged")
            world:wait_log "<body>first"
            assert.not_matches("\n2026-01-01T00:00:00.000Z error", world.log, 1, true)
        end)
    end)
end)

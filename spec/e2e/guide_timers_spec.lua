-- SPDX-License-Identifier: MIT
-- The bot of docs/guide/timers.md does what the guide says, on a server that is not example.org.
local e2e = require "spec.e2e.harness"
local guide = require "spec.e2e.guide"

local function bots()
    local yaml, lua = guide.bots("timers", "watch")
    yaml = yaml:gsub("    @account watch", "%0\n    rate: 100/1s"):gsub("team@localhost", "romeo@localhost")
    yaml = yaml:gsub("every: 5m", "every: 100ms"):gsub("most: 90", "most: -1")
    return yaml, table.concat(lua)
end

describe("the guide's bot", function()
    local world, romeo, juliet

    setup(function()
        local yaml, lua = bots()
        world = e2e.start { bots = yaml, scripts = { ["watch.lua"] = lua } }
        romeo, juliet = world:human "romeo", world:human "juliet"
    end)

    teardown(function() world:stop() end)

    local function ask(text, answer)
        juliet:say("watch@localhost", text)
        juliet:expect { from = "^watch@localhost/", type = "chat", body = answer }
    end

    it("looks at the disk by itself, and when it is asked", function()
        romeo:expect { from = "^watch@localhost/", body = "^The disk is %d+%% full%.$" }
        ask("!disk /", "^%d+%%$")
        ask("!disk /nowhere", "^I cannot tell: ")
    end)

    it("reminds, and knows the time", function()
        ask('!remind "0 9 1 1 *" happy new year', "^At %d+%-%d%d%-%d%dT08:00:00Z%.$")
        ask('!remind "0 25 * * *" never', "^That is no time: hour: '25' is no number from 0 to 23$")
        ask("!time UTC", "^%d%d:%d%d %(UTC%)$")
        ask("!time Atlantis", "^there is no time zone 'Atlantis'$")
    end)

    it("is not led into the house", function()
        ask("!state http://127.0.0.1/", "^.*that is a private address$")
    end)
end)

-- SPDX-License-Identifier: MIT
-- The bots of docs/guide/archive.md and docs/guide/contacts.md do what the guides say, on a server that is not example.org.
local e2e = require "spec.e2e.harness"
local guide = require "spec.e2e.guide"

e2e.each_server(describe, "the guide to archives", function(kind)
    local world, romeo

    setup(function()
        local yaml, lua = guide.bots("archive", "desk")
        world = e2e.start { kind = kind, bots = yaml, scripts = { ["desk.lua"] = lua[1] }, server = { "--archive" }, top = "storage: kept" }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    it("has a bot that misses nothing", function()
        world:wait_log "caught up with help@conference.localhost"
        romeo:say("desk@localhost", "ticket one")
        romeo:expect { from = "^desk@localhost/", body = "Noted: one" }
        romeo:sync()
        world.bots:kill "sigkill"
        world.bots:join()
        os.remove(world.dir .. "/kept.sessions/desk.state")
        romeo:say("desk@localhost", "ticket two")
        romeo:say("desk@localhost", "!close one")
        romeo:sync()
        world:run_bots()
        romeo:expect { from = "^desk@localhost/", body = "^Noted: two %(said at %d%d:%d%d%)$" }
        romeo:expect { from = "^desk@localhost/", body = "Closed one." }
        romeo:say("desk@localhost", "what did I say?")
        romeo:expect { from = "^desk@localhost/", body = "ticket one; ticket two" }
        romeo:expect_none { from = "^desk@localhost/" }
    end)
end)

e2e.each_server(describe, "the guide to contacts", function(kind)
    local world, romeo

    setup(function()
        local yaml, lua = guide.bots("contacts", "porter")
        world = e2e.start { kind = kind, bots = yaml, scripts = { ["porter.lua"] = lua[1] } }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    it("has a bot that knows who is there", function()
        local function ask(text) romeo:say("porter@localhost", text) end
        ask "call me Romeo"
        romeo:expect { from = "^porter@localhost/", body = "I do not know you: item-not-found" }
        romeo:presence { to = "porter@localhost", type = "subscribe" }
        romeo:expect { event = "presence", from = "porter@localhost", type = "subscribe" }
        romeo:presence { to = "porter@localhost", type = "subscribed" }
        romeo:expect { from = "^porter@localhost/", body = "Now I see you, too." }
        ask "call me Romeo"
        romeo:expect { from = "^porter@localhost/", body = "As you like." }
        ask "who is there?"
        romeo:expect { from = "^porter@localhost/", body = "Romeo" }
    end)
end)

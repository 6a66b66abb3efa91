-- SPDX-License-Identifier: MIT
-- Commands as people use them: config/deploy.yaml in a room and one to one, on each server.
local e2e = require "spec.e2e.harness"

local ROOM = "release@conference.localhost"
local BOT = "deploy@localhost"

e2e.each_server(describe, "a bot with commands", function(kind)
    local world, romeo, juliet

    setup(function()
        world = e2e.start { kind = kind, config = "config/deploy.yaml", accounts = { "mallory" } }
        romeo = world:human "romeo"
        juliet = world:human "juliet"
        romeo:join(ROOM, "romeo")
        juliet:join(ROOM, "juliet")
    end)

    teardown(function() world:stop() end)

    -- What is said in the room, and what comes back there.
    local function in_room(who, text, answer)
        who:say_room(ROOM, text)
        return who:expect { from = ROOM .. "/deploy", type = "groupchat", body = answer }
    end

    local function in_private(who, text, answer)
        who:say(BOT, text)
        return who:expect { from = "^deploy@localhost/", type = "chat", body = answer }
    end

    it("runs them by prefix, nick, alias, and without anything one to one", function()
        in_private(romeo, "deploy test v1.2", "v1.2 is on test now")
        in_private(romeo, "!Deploy test v1.3", "v1.3 is on test now")
        in_private(romeo, "ship prod v2 --force --count=3 after the freeze", "v2 is on prod now, 3 times, by force (after the freeze)")
    end)

    it("tells what is wrong with a word, and what was expected", function()
        in_private(romeo, "deploy prodd", "env: 'prodd' is not prod or test.\nUsage: deploy <env:prod|test> [tag] [--force] [--count=int(1..9)] [note...]")
        in_private(romeo, "deploy", "^env is missing: prod or test is expected%.\nUsage: ")
        in_private(romeo, "deploy test v1 --count=10", "^count: '10' is not a whole number from 1 to 9%.")
        in_private(romeo, "deploy test --forse", "^There is no '%-%-forse'%. Did you mean '%-%-force'%?")
        in_private(romeo, "status prod test", "^'test' is too much%.")
    end)

    it("helps with what whoever asks may run", function()
        local all = in_private(juliet, "help", "^.*deploy stop")
        assert.truthy(all.body:find("order – coffee, by question and answer", 1, true))
        local some = in_private(romeo, "help", "^.*deploy <env")
        assert.falsy(some.body:find("deploy stop", 1, true))
        in_private(romeo, "help ship", "^Usage: deploy <env.*\nstart a deployment\nAlso: ship\nExample: deploy test v1%.2\n")
        in_private(romeo, "help statsu", "There is no command 'statsu'. Did you mean 'status'?")
        in_private(romeo, "statsu", "There is no command 'statsu'; did you mean 'status'?")
    end)

    it("asks before it does what cannot be taken back", function()
        in_private(juliet, "deploy stop", "Really stop what runs? (yes, no)")
        in_private(juliet, "no", "Nothing was done.")
        in_private(juliet, "deploy stop", "Really stop what runs? (yes, no)")
        in_private(juliet, "yes", "stopped")
        in_private(romeo, "deploy stop", "You may not use 'deploy stop'.")
    end)

    it("has dialogs, whose answers no other hook gets", function()
        in_private(romeo, "order", "What shall it be? (coffee, tea)")
        in_private(romeo, "water", "'water' is not one of: coffee, tea. Say 'cancel' to stop.")
        in_private(romeo, "2", "How many cups?")
        in_private(romeo, "3", "3 × tea")
        in_private(romeo, "order", "What shall it be? (coffee, tea)")
        in_private(romeo, "cancel", "the question was not answered")
    end)

    if kind then
        it("knows in a room only whom the room tells", function()
            in_room(juliet, "!status prod", "^prod: ")
        end)
    end
end)

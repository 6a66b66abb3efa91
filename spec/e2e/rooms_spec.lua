-- SPDX-License-Identifier: MIT
-- Rooms: joined by the configuration and by a script; history and reflections are not acted on unless asked for.
local e2e = require "spec.e2e.harness"

local SERVICE = "@conference.localhost"
local SCRIPTS = {
    ["roomy.lua"] = [[
local M = {}
function M.join(event)
    local room, password = event.captures[1], event.captures[2]
    local ok, err = event.bot:join(room, { nick = "guest", password = password ~= "" and password or nil })
    return ok and "on my way" or err.text
end
function M.peek(event)
    local room, err = event.bot:join(event.captures[1], { history = tonumber(event.captures[2]) })
    return room and "seen" or err.text
end
function M.leave(event)
    event.bot:leave(event.captures[1])
    return "gone"
end
function M.heard(event)
    if event.room then return "heard " .. event.body end
end
function M.late(event) io.stderr:write("LATE " .. tostring(event.delayed) .. " " .. event.body .. "\n") end
return M
]],
}
local BOTS = [[
  guest:
    @account guest
    nick: guest
    rooms:
      - { jid: locked@conference.localhost, nick: inside, password: open-sesame }
    hooks:
      - { event: message, type: chat, body: "^join (%S+) ?(%S*)$", call: roomy.join }
      - { event: message, type: chat, body: "^leave (%S+)$", call: roomy.leave }
      - { event: message, type: groupchat, call: roomy.heard }
  historian:
    @account historian
    hooks:
      - { event: message, type: chat, body: "^join (%S+) ?(%S*)$", call: roomy.join }
      - { event: message, type: chat, body: "^peek (%S+) (%d+)$", call: roomy.peek }
      - { event: message, type: groupchat, include: [delayed], call: roomy.late }
]]

-- A room that asks for a password, with its owner inside.
local function lock(owner, room, password)
    owner:join(room, "owner")
    local answer = owner:iq(room, "set", ([[<query xmlns='http://jabber.org/protocol/muc#owner'>
        <x xmlns='jabber:x:data' type='submit'>
        <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>
        <field var='muc#roomconfig_persistentroom'><value>1</value></field>
        <field var='muc#roomconfig_passwordprotectedroom'><value>1</value></field>
        <field var='muc#roomconfig_roomsecret'><value>%s</value></field></x></query>]]):format(password))
    assert.equal("result", answer.type)
end

e2e.each_server(describe, "in rooms a bot", function(kind)
    local world, romeo

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function tell(bot, text, answer)
        romeo:say(bot .. "@localhost", text)
        romeo:expect { from = "^" .. bot .. "@localhost/", body = answer }
    end

    it("joins and leaves when its script says so", function()
        local room = "attic" .. SERVICE
        romeo:join(room, "romeo")
        tell("guest", "join " .. room, "on my way")
        romeo:expect { event = "presence", from = room .. "/guest", type = false }
        romeo:say_room(room, "hello")
        romeo:expect { from = room .. "/guest", type = "groupchat", body = "heard hello" }
        tell("guest", "leave " .. room, "gone")
        romeo:expect { event = "presence", from = room .. "/guest", type = "unavailable" }
    end)

    it("acts neither on the history nor on itself", function()
        local room = "library" .. SERVICE
        romeo:join(room, "romeo")
        romeo:say_room(room, "once upon a time")
        romeo:expect { from = room .. "/romeo", body = "once upon a time" }
        tell("guest", "join " .. room, "on my way")
        romeo:expect { event = "presence", from = room .. "/guest" }
        romeo:say_room(room, "now")
        romeo:expect { from = room .. "/guest", body = "heard now" }
        romeo:say_room(room, "and now")
        romeo:expect { from = room .. "/guest", body = "heard and now" }
        romeo:expect_none { from = room .. "/guest" }
    end)

    it("acts on the history when its hook includes what is delayed", function()
        local room = "archive" .. SERVICE
        romeo:join(room, "romeo")
        romeo:say_room(room, "long ago")
        romeo:expect { from = room .. "/romeo", body = "long ago" }
        tell("historian", "join " .. room, "on my way")
        world:wait_log "LATE true long ago"
        romeo:say_room(room, "today")
        world:wait_log "LATE nil today"
    end)

    it("gets no more of the history than it asks for", function()
        for _, limit in ipairs { 0, 2 } do
            local room = ("chronicle%d%s"):format(limit, SERVICE)
            romeo:join(room, "romeo")
            for i = 1, 4 do romeo:say_room(room, ("%d of %d"):format(i, limit)) end
            romeo:expect { from = room .. "/romeo", body = "4 of " .. limit }
            tell("historian", ("peek %s %d"):format(room, limit), "seen")
            romeo:say_room(room, "now " .. limit)
            world:wait_log("LATE nil now " .. limit)
        end
        assert.not_matches("LATE true %d of 0", world.log)
        assert.not_matches("LATE true [12] of 2", world.log)
        for i = 3, 4 do assert.matches(("LATE true %d of 2"):format(i), world.log) end
    end)

    it("enters a room with the password of its script", function()
        local room = "vault" .. SERVICE
        lock(romeo, room, "swordfish")
        tell("guest", "join " .. room .. " swordfish", "on my way")
        romeo:expect { event = "presence", from = room .. "/guest", type = false }
    end)

    it("enters a room with the password of its configuration", function()
        local room = "locked" .. SERVICE -- the bot came first and made it, with its password
        romeo:join(room, "romeo", { password = "open-sesame" })
        romeo:expect { event = "presence", from = room .. "/inside", type = false }
        assert.not_matches("open-sesame", world.log, 1, true)
    end)

    it("is known by its nick there", function()
        local room = "cellar" .. SERVICE
        romeo:join(room, "romeo")
        tell("guest", "join " .. room, "on my way")
        romeo:expect { event = "presence", from = room .. "/guest" }
        local answer = romeo:iq(room .. "/guest", "get", "<query xmlns='urn:example:unknown'/>")
        assert.equal("service-unavailable", answer.error)
        romeo:say(room .. "/guest", "join " .. room)
        romeo:expect { from = room .. "/guest", type = "chat", body = "on my way" }
    end)
end)

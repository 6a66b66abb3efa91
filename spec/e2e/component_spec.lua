-- SPDX-License-Identifier: MIT
-- A component (XEP-0114): config/gateway.yaml on a real server's component port, what goes wrong there, and that an
-- answer comes from the address that was asked.
local e2e = require "spec.e2e.harness"

local SECRET = "hush-e2e-secret"
local SERVER = { "--component", "echo.example.org:" .. SECRET }
local DISCO = "http://jabber.org/protocol/disco#info"

local function gateway(world)
    return { GATEWAY_SERVER = "127.0.0.1:" .. world.server.component_port, GATEWAY_SECRET = SECRET }
end

-- A world without bots; `run` starts them when the server's ports are known.
local function with(options, test)
    options.server, options.online = options.server or SERVER, {}
    options.env = options.env or {}
    options.before = function(world)
        for name, value in pairs(gateway(world)) do options.env[name] = options.env[name] or value end
    end
    e2e.with(options, test)
end

local BOT = [[
  gateway:
    component: echo.example.org
    secret: ${GATEWAY_SECRET}
    server: ${GATEWAY_SERVER}
    hooks:
]]

e2e.each_server(describe, "a component", function(kind)
    it("answers for each of its addresses: the example config/gateway.yaml", function()
        with({ kind = kind, config = "config/gateway.yaml" }, function(world)
            world:wait_log "online as echo%.example%.org"
            local romeo = world:human "romeo"
            romeo:say("shout@echo.example.org", "hello")
            romeo:expect { from = "shout@echo.example.org", body = "HELLO" }
            romeo:say("backwards@echo.example.org/phone", "olé")
            romeo:expect { from = "backwards@echo.example.org/phone", body = "élo" }
            romeo:say("echo.example.org", "who?")
            romeo:expect { from = "echo.example.org", body = "^Nobody lives here" }

            romeo:presence { to = "whisper@echo.example.org", type = "subscribe" }
            romeo:expect { event = "presence", from = "whisper@echo.example.org", type = false }

            assert.equal("shout@echo.example.org", romeo:iq("shout@echo.example.org", "get", ("<query xmlns='%s'/>"):format(DISCO)).from)
            assert.equal("item-not-found", romeo:iq("nobody@echo.example.org", "get", ("<query xmlns='%s'/>"):format(DISCO)).error)
            local unknown = romeo:iq("shout@echo.example.org", "get", "<query xmlns='urn:example:nothing'/>")
            assert.equal("service-unavailable", unknown.error)
            assert.equal("shout@echo.example.org", unknown.from)
            assert.equal("result", romeo:iq("whisper@echo.example.org", "get", "<ping xmlns='urn:xmpp:ping'/>").type)
            assert.not_matches(SECRET, world.log, 1, true)
            assert.not_matches("<handshake>%x", world.log)
        end)
    end)

    it("matches hooks by the address, replies from it, and asks from it", function()
        local bots = BOT .. [[
      - { event: message, to: "ask@echo.example.org", call: asker.ask }
      - { event: message, to: "late@echo.example.org", call: asker.late }
]]
        local script = [[
local M = {}
function M.ask(event)
    local from = "ask@echo.example.org/1"
    local reply, err = event.bot:iq { name = "iq", attr = { type = "get", from = from, to = "localhost" },
        { name = "ping", attr = { xmlns = "urn:xmpp:ping" } } }
    return reply and reply.attr.to or err.condition
end
function M.late(event)
    event.bot:sleep(0.01)
    event:reply "one"
    return "two"
end
return M
]]
        with({ kind = kind, bots = bots, scripts = { ["asker.lua"] = script } }, function(world)
            world:wait_log "online as echo%.example%.org"
            local romeo = world:human "romeo"
            romeo:say("ask@echo.example.org", "ping me")
            romeo:expect { from = "ask@echo.example.org", body = "ask@echo.example.org/1" }
            romeo:say("late@echo.example.org/x", "go")
            romeo:expect { from = "late@echo.example.org/x", body = "one" }
            romeo:expect { from = "late@echo.example.org/x", body = "two" }
        end)
    end)

    it("enters a room, and is somebody there", function()
        local bots = BOT .. [[
      - { event: message, type: chat, call: guest.enter }
      - { event: message, type: groupchat, addressed: true, call: guest.answer }
]]
        local script = [[
local M, ROOM = {}, "hall@conference.localhost"
function M.enter(event)
    local room, err = event.bot:join(ROOM, { nick = "gate", history = 0 })
    return room and ("%s as %s"):format(room.state, room.nick) or tostring(err)
end
function M.answer(event) return ("%s, we are %d"):format(event.who.affiliation, event.bot.rooms[ROOM].count) end
return M
]]
        with({ kind = kind, bots = bots, scripts = { ["guest.lua"] = script } }, function(world)
            world:wait_log "online as echo%.example%.org"
            local romeo, room = world:human "romeo", "hall@conference.localhost"
            romeo:join(room, "romeo")
            romeo:say("echo.example.org", "come")
            romeo:expect { from = "echo.example.org", body = "joined as gate" }
            romeo:expect { event = "presence", from = room .. "/gate" }
            romeo:say_room(room, "gate: who is there?")
            romeo:expect { from = room .. "/gate", type = "groupchat", body = "owner, we are 2" }
        end)
    end)

    it("does not send what would end its stream: no `to`, somebody else's `from`", function()
        local bots = BOT .. "      - { event: message, call: careless.say }\n"
        local script = [[
local M = {}
function M.say(event)
    local _, no_to = pcall(event.bot.send, event.bot, { name = "message", attr = {}, { name = "body", "?" } })
    local _, forged = pcall(event.bot.send, event.bot,
        { name = "message", attr = { to = event.from, from = "juliet@localhost" } })
    local _, asked = pcall(event.bot.iq, event.bot,
        { name = "iq", attr = { type = "get" }, { name = "ping", attr = { xmlns = "urn:xmpp:ping" } } })
    return no_to .. "|" .. forged .. "|" .. asked
end
return M
]]
        with({ kind = kind, bots = bots, scripts = { ["careless.lua"] = script } }, function(world)
            world:wait_log "online as echo%.example%.org"
            local romeo = world:human "romeo"
            for _ = 1, 2 do
                romeo:say("echo.example.org", "try")
                romeo:expect {
                    from = "echo.example.org",
                    body = "^[^|]*needs `to`|[^|]*for its own addresses only: from 'juliet@localhost'[^|]*|[^|]*needs `to`",
                }
            end
            assert.not_matches("next attempt", world.log)
        end)
    end)

    it("comes back after a restart of the server", function()
        with({ kind = kind, config = "config/gateway.yaml" }, function(world)
            local first = world:wait_log "online as echo%.example%.org"
            world.server:kill()
            world:wait_log("next attempt", first)
            world.server:restart()
            world:wait_log("online as echo%.example%.org", first)
            local romeo = world:human "romeo"
            romeo:say("shout@echo.example.org", "again")
            romeo:expect { from = "shout@echo.example.org", body = "AGAIN" }
        end)
    end)

    it("gives up when the secret is wrong, and says so", function()
        with({ kind = kind, config = "config/gateway.yaml", env = { GATEWAY_SECRET = "no-such-hush" } }, function(world)
            world.expected_exit = 1
            local code, log = world:wait_exit()
            assert.equal(1, code)
            assert.matches("component echo.example.org in: not-authorized (wrong secret", log, 1, true)
            assert.not_matches("no-such-hush", log, 1, true)
        end)
    end)

end)

describe("a component that the server does not know", function()
    it("is tried again later; ejabberd does not tell it from a wrong secret", function()
        local server = { "--component", "other.example.org:" .. SECRET }
        with({ config = "config/gateway.yaml", server = server }, function(world)
            world:wait_log "host%-unknown.*next attempt"
        end)
    end)
end)

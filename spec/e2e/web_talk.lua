-- SPDX-License-Identifier: MIT
-- web_talk: what a bot over WebSocket and one over BOSH are held to alike: the bot, somebody who talks to it, the cases.
--
--   local talk = web_talk.over(describe, it, { name = "BOSH", transport = "bosh", option = "--bosh", url =, tls_url =, request = })
--   talk.bot(name, url, more)        its configuration, with more lines        talk.TLS       the echo over TLS
--   talk.session_cases(world)        cases of a bot that runs: world() is where, in a describe
--   talk.talks(world, text)          romeo and the echo, one to one and in a room
--   talk.clear_cases()               without TLS, on each server
--   talk.certificate_cases()         nothing is asked for (`request`, in the server's log) before the certificate is good
local assert = require "luassert"
local e2e = require "spec.e2e.harness"

local M = { ROOM = "web@conference.localhost" }

function M.talks(world, text)
    local romeo = world:human "romeo"
    romeo:say("echo@localhost", text)
    romeo:expect { from = "^echo@localhost/", type = "chat", body = text }
    romeo:join(M.ROOM, "romeo")
    romeo:expect { event = "presence", from = M.ROOM .. "/parrot", type = false }
    romeo:say_room(M.ROOM, text)
    romeo:expect { from = M.ROOM .. "/parrot", type = "groupchat", body = text }
    romeo:close()
end

local function bot_over(transport)
    return function(name, url, more)
        return (([[
  NAME:
    jid: NAME@localhost
    password: hush-e2e-hush
    transport: TRANSPORT
    server: "URL"
    nick: parrot
    long_text: 0
    rooms: [web@conference.localhost]
    MORE
    hooks:
      - { event: message, call: echo.say }
]]):gsub("%u%u%u+%f[^%u_]", { NAME = name, TRANSPORT = transport, URL = url, MORE = more }))
    end
end

local function session_cases(it, the_world)
    it("talks to people and in rooms, in any characters", function()
        M.talks(the_world(), "<&>\"' ]]> \u{e9}\u{4e2d}\u{1f600} \ttab\nline")
    end)

    it("takes and gives long messages", function()
        local romeo, text = the_world():human "romeo", ("0123456789"):rep(7000)
        romeo:say("echo@localhost", text)
        romeo:expect { from = "^echo@localhost/", body = text }
        romeo:close()
    end)

    it("comes back when its server died, and again", function()
        local world = the_world()
        for round = 1, 2 do
            local so_far = #world.log
            world.server:kill()
            world:wait_log("next attempt", so_far + 1)
            world.server:restart()
            world:wait_online "echo"
            M.talks(world, "round " .. round)
        end
    end)
end

---describe, it: the spec's own, which modules do not have.
---@param way { name: string, transport: string, option: string, url: string, tls_url: string, request: string }
function M.over(describe, it, way)
    local talk = { bot = bot_over(way.transport) }
    talk.TLS = talk.bot("echo", way.tls_url, 'tls: { ca_file: "${E2E_CA}" }')

    function talk.session_cases(the_world) session_cases(it, the_world) end

    function talk.clear_cases()
        e2e.each_server(describe, ("over %s without TLS"):format(way.name), function(kind)
            it("a bot on this machine talks", function()
                local bots = talk.bot("echo", way.url, "tls: { mode: none }")
                e2e.with({ kind = kind, bots = bots, server = { way.option, "--no-tls" } }, function(world) M.talks(world, "hello") end)
            end)
        end)
    end

    local function is_refused(bots, server, why)
        e2e.with({ bots = bots, online = {}, server = server }, function(world)
            world:wait_log "cannot connect: "
            assert.matches(why, world.log)
            assert.not_matches(way.request, world.server:log(), 1, true)
        end)
    end

    function talk.certificate_cases()
        it("a bot asks for nothing before the certificate is good", function()
            local bots = talk.bot("echo", way.tls_url, 'tls: { ca_file: "${E2E_OTHER_CA}" }')
            is_refused(bots, { way.option, "--debug" }, "not trusted")
        end)

        it("the certificate must be for the host of the URL", function()
            is_refused(talk.TLS, { way.option, "--debug", "--cert-for", "other.example" }, "other%.example.*localhost")
        end)
    end
    return talk
end

return M

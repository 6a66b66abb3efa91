-- SPDX-License-Identifier: MIT
-- The end: streams are closed as RFC 6120 4.4 has it, the `stop` hooks have run, the exit status is 0.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
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

    it("that a bot asks for comes after the handler, which goes on", function()
        e2e.with({
            scripts = { ["tired.lua"] = [[
local M = {}
function M.message(event)
    event.bot:stop()
    event.bot:sleep(0)
    io.stderr:write("HOOK goes on\n")
end
function M.stop(event)
    io.stderr:write("HOOK stop\n")
    event.bot:sleep(86400)
end
return M
]] },
            bots = "  tired:\n    @account tired\n    hooks:\n      - { event: message, call: tired.message }\n      - { event: stop, call: tired.stop }\n",
        }, function(world)
            world:human("romeo"):say("tired@localhost", "wait")
            world:wait_log "HOOK goes on"
            world:wait_log "HOOK stop"
            world.bots:kill "sigterm" -- which does not ask the same handlers again
            assert.equal(0, (world:wait_exit()))
            assert.equal(1, select(2, world.log:gsub("HOOK stop", "")))
        end)
    end)

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

-- The servers are ours: they lose sessions, each in its way.
describe("a bot that stops as soon as its session is lost", function()
    local LEAVER = {
        ["leaver.lua"] = [[
local M = {}
function M.online(event) event.bot:say("romeo@localhost", "here I am") end
function M.offline(event) event.bot:stop() end
function M.hello() return "hello" end
return M
]],
    }
    local BOT = fake.BOT .. [[
    hooks:
      - { event: online, call: leaver.online }
      - { event: message, call: leaver.hello }
]]
    local LEAVES = "      - { event: offline, call: leaver.offline }\n"
    local NO_SESSION = "<failed xmlns='urn:xmpp:sm:3'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
    local OFFERS_ALL = fake.OFFERS_SM:gsub("</stream", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>%0")

    -- Asked for the session of before, the server has it no more; a new one is bound in two steps.
    local function forgetful(account)
        return fake.steps(2,
            { "<stream:stream[^>]*>", function(link) return fake.HEADER:format(link.number) .. OFFERS_ALL end },
            { "<resume [^>]*>", function() return NO_SESSION end },
            { "<iq.-</iq>", function(_, iq)
                return ("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>%s@localhost/new</jid></bind></iq>")
                    :format(iq:match "id='([^']*)'", account)
            end },
            { "<iq.-</iq>", function(_, iq) return ("<iq type='result' id='%s'/>"):format(iq:match "id='([^']*)'") end })
    end

    -- Its sessions can be resumed for a second.
    local function brief()
        local steps = fake.managed()
        local enable, answer = table.unpack(steps[5])
        steps[5] = { enable, function(...) return (answer(...):gsub("max='%d+'", "max='1'")) end }
        return steps
    end

    it("stays offline when that is told as the next is there", function()
        local server = fake.new("leaver", {
            steps = function(number) return number == 1 and fake.managed() or forgetful "leaver" end,
        })
        local world = e2e.start { bots = BOT:format("leaver", "leaver", server.port) .. LEAVES, scripts = LEAVER, online = {} }
        local link = server:accept()
        link:wait "here I am"
        link:close()
        assert.equal(0, (world:wait_exit()))
        local _, first = world.log:find "online as leaver@localhost/fake"
        assert.is_nil(world.log:find("online as", first, true))
        world:stop()
        server:close()
    end)

    it("does not connect again when that is told by the clock", function()
        local server, other = fake.new("leaver", { steps = brief }), fake.new "other"
        local world = e2e.start {
            bots = BOT:format("leaver", "leaver", server.port) .. LEAVES .. BOT:format("other", "other", other.port),
            scripts = LEAVER, online = {},
        }
        server:accept():close()
        local at = world:wait_log "leaver: closed"
        local link = other:accept()
        link:send "<message from='romeo@localhost/x' type='chat'><body>who is there</body></message>"
        link:wait "<body>hello</body>"
        world:stop()
        assert.is_nil(world.log:find("leaver[^\n]*connecting to", at))
        server:close()
        other:close()
    end)
end)

-- SPDX-License-Identifier: MIT
-- What nobody acknowledged when a session is over (XEP-0198 4): sent again with the same id and the time at which it
-- was said first (XEP-0203), or reported to who said it. The servers are ours: they acknowledge nothing by themselves.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"

local SCRIPTS = {
    ["says.lua"] = [[
local st = require "couplet.stanza"
local M = {}
function M.all(event)
    local bot = event.bot
    for i = 1, 2 do
        bot:send(st.message({ to = "romeo@localhost", type = "chat", id = "said-" .. i }, "line " .. i))
    end
    bot:send(st.presence { to = "juliet@localhost/balcony", id = "seen" })
    bot:send(st.presence { to = "juliet@localhost", type = "subscribe", id = "wish" })
    local _, err = bot:iq(st.iq({ to = "romeo@localhost/x", type = "get", id = "asked" }):tag("query", { xmlns = "urn:example:ask" }))
    io.stderr:write(("ASKED %s %s\n"):format(err and err.type, err and err.condition))
end
function M.more(event)
    local bot = event.bot
    local i = 0
    repeat
        i = i + 1
        local ok = bot:send(st.message({ to = "romeo@localhost", type = "chat", id = "more-" .. i }, "more"))
        io.stderr:write(("MORE %d %s\n"):format(i, tostring(ok ~= nil and ok ~= false)))
        bot:sleep(0.02)
    until M.has_enough
    io.stderr:write "MORE ENOUGH\n"
end
function M.enough() M.has_enough = true end
function M.load()
    return st.stanza("load", { xmlns = "urn:example:load" }):text "7"
end
function M.back(event)
    local _, condition, text = event.stanza:get_error()
    io.stderr:write(("BACK %s %s %s: %s\n"):format(event.id, event.from, condition, text))
end
return M
]],
}
local BOT = fake.BOT .. [[
    hooks:
      - { event: message, body: "^say it$", call: says.all }
      - { event: message, body: "^say more$", call: says.more }
      - { event: message, body: "^enough$", call: says.enough }
      - { event: message, include: [error], type: error, call: says.back }
      - { event: iq, type: get, xmlns: "urn:example:load", call: says.load }
]]
local SAY = "<message from='romeo@localhost/x' type='chat'><body>say it</body></message>"
local LOAD = "<iq from='romeo@localhost/x' type='get' id='load-1'><load xmlns='urn:example:load'/></iq>"
-- Behind <enable/> two of the bot's own go out: the roster's request and the first presence.
local OWN = 2

-- The session is not there any more, and `h` of its stanzas had arrived, if the server says so.
local function forgetful(h)
    local steps = fake.managed()
    table.insert(steps, 4, { "<resume [^>]*previd='kept'[^>]*>", function()
        return ("<failed xmlns='urn:xmpp:sm:3'%s><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
            :format(h and (" h='%d'"):format(h) or "")
    end })
    return steps
end

-- Who logs in again is not let in.
local function locked()
    return fake.steps(1, { "<auth.-</auth>", function()
        return "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure></stream:stream>"
    end })
end

-- Says all, on a first connection that is cut when the last of it has arrived.
local function say_all(server)
    local link = server:accept()
    link:send(LOAD)
    link:wait "id='load-1'"
    link:send(SAY)
    link:wait "urn:example:ask"
    link:close()
end

local function count(text, part)
    local found = 0
    for _ in text:gmatch((part:gsub("%p", "%%%0"))) do found = found + 1 end
    return found
end

local function with_server(later, test)
    local server = fake.new("teller", { steps = function(number) return number == 1 and fake.managed() or later end })
    local other = fake.new "other"
    local world = e2e.start {
        bots = BOT:format("teller", "teller", server.port) .. BOT:format("other", "other", other.port), scripts = SCRIPTS,
        online = {},
    }
    other:accept()
    local ok, err = pcall(test, world, server)
    world:stop()
    server:close()
    other:close()
    assert(ok, err)
end

-- A login by SASL2 (XEP-0388) that binds a new session, for the one of before is gone; the features behind it are the test's.
local SASL2_OFFER = "<stream:features><authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism><inline>"
    .. "<bind xmlns='urn:xmpp:bind:0'><inline><feature var='urn:xmpp:sm:3'/></inline></bind><sm xmlns='urn:xmpp:sm:3'/>"
    .. "</inline></authentication></stream:features>"
local SASL2_NEW = "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>teller@localhost/new</authorization-identifier>"
    .. "<failed xmlns='urn:xmpp:sm:3'/><bound xmlns='urn:xmpp:bind:0'>"
    .. "<enabled xmlns='urn:xmpp:sm:3' id='other' resume='true' max='600'/></bound></success>"
local function replaced()
    return {
        { "<stream:stream[^>]*>", function(link) return fake.HEADER:format(link.number) .. SASL2_OFFER end },
        { "<authenticate.-<resume .-</authenticate>", function() return SASL2_NEW end },
        { "<presence.*>", function(link) link.is_available = true end },
    }
end

describe("what is said between two sessions", function()
    it("is sent, or told to be lost", function()
        with_server(replaced(), function(world, server)
            local link = server:accept()
            link:send(SAY:gsub("say it", "say more"))
            link:wait "id='more-1'"
            link:close()
            local at = world:wait_log "<%- <success xmlns='urn:xmpp:sasl:2'"
            for _ = 1, 3 do at = world:wait_log("MORE %d+ ", at) end
            server.links[2]:send(fake.OFFERS_SM)
            link = server:accept()
            link:send(SAY:gsub("say it", "enough"))
            world:wait_log "MORE ENOUGH"
            for id in world.log:gmatch "MORE (%d+) true" do
                local stanza = ("id='more-%s'"):format(id)
                if not server.links[1].received:find(stanza, 1, true) then link:wait(stanza) end
            end
        end)
    end)
end)

describe("what was not acknowledged", function()
    for _, case in ipairs {
        { "is all sent again when the server does not say what had arrived", first = 1 },
        { "is sent again but for what had arrived", first = 2, h = OWN + 2 }, -- the answer, and line 1
    } do
        it(case[1], function()
            with_server(forgetful(case.h), function(world, server)
                say_all(server)
                local link = server:accept()
                link:wait "id='wish'"
                local first = server.links[1].received
                for i = 1, 2 do
                    local id = ("id='said-%d'"):format(i)
                    local again = link.received:match("<message[^>]-" .. id:gsub("%p", "%%%0") .. ".-</message>")
                    assert.equal(1, count(first, id))
                    assert.equal(i < case.first and 0 or 1, count(link.received, id))
                    if again then
                        assert.matches("<body>line " .. i .. "</body>", again, 1, true)
                        assert.matches("<delay xmlns='urn:xmpp:delay' stamp='%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%dZ'/></message>$", again)
                    end
                end
                assert.equal(case.h and 0 or 1, count(link.received, "id='load-1'"))
                -- What told of the session that is over is not: presence, and a question whose asker knows.
                assert.equal(0, count(link.received, "id='seen'"))
                assert.equal(0, count(link.received, "urn:example:ask"))
                world:wait_log "ASKED wait recipient%-unavailable"
                assert.equal(1, count(first, "id='seen'"))
            end)
        end)
    end

    it("comes back as an error when the bot cannot log in any more", function()
        with_server(locked(), function(world, server)
            say_all(server)
            for i = 1, 2 do
                world:wait_log(("BACK said%%-%d romeo@localhost recipient%%-unavailable: the connection was lost"):format(i))
            end
            world:wait_log "ASKED wait recipient%-unavailable"
        end)
    end)
end)

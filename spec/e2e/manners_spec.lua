-- SPDX-License-Identifier: MIT
-- What a bot sends, byte by byte, as a server of ours sees it: what a session begins and ends with (RFC 6121 2.2, 4.5.1), and
-- how a message is answered (RFC 6121 5.1, 5.2).
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"

local BOTS = [[
  polite:
    jid: polite@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    hooks:
      - { event: message, call: echo.say }
]]

describe("a bot", function()
    local world, server, link

    setup(function()
        server = fake.new "polite"
        world = e2e.start { bots = BOTS:gsub("PORT", tostring(server.port)), online = {} }
        link = server:accept()
    end)

    teardown(function() server:close() end)

    local function answer(attributes, inside)
        local from = #link.received + 1
        link:send(("<message %s>%s</message>"):format(attributes, inside))
        link:wait("</message>", from)
        return link.received:match("<message.-</message>", from)
    end

    it("asks for its roster, without items and without a version that nobody offered, before it is available", function()
        link:wait "</presence>"
        local greeting = link.received:match "jabber:iq:roster.*"
        assert.matches("^jabber:iq:roster'/></iq><presence id='[%w_-]+'><c [^>]*/><c [^>]*><hash [^>]*>[^<]*</hash></c></presence>", greeting)
        assert.equal(1, select(2, link.received:gsub("<presence", "")))
    end)

    it("answers the full address, in kind, in the thread, under an id of its own", function()
        local said = answer("from='a@localhost/x' type='chat' id='theirs'", "<body>one</body><thread>T&amp;1</thread>")
        assert.matches("to='a@localhost/x'", said, 1, true)
        assert.matches("type='chat'", said, 1, true)
        assert.matches("<thread>T&amp;1</thread>", said, 1, true)
        assert.not_matches("theirs", said)
        assert.matches(" id='[%w_-]+'", said)
        for _, kind in ipairs { "", "type='normal'", "type='shout'" } do
            assert.not_matches("type='[^n]", (answer("from='a@localhost/x' " .. kind, "<body>two</body>")))
        end
    end)

    it("says nothing of a thread where there was none", function()
        assert.not_matches("<thread", (answer("from='a@localhost/x'", "<body>three</body>")))
    end)

    it("reads what it knows of a message, and leaves the rest alone", function()
        local said = answer("from='a@localhost/x' xmlns:z='urn:z' z:type='error' colour='red'",
            "<z:body>no</z:body><body xmlns='urn:z'>no</body>no<body>yes</body><body xml:lang='de'>no</body><x xmlns='urn:x'/>")
        assert.matches("<body>yes</body>", said, 1, true)
    end)

    it("says that it goes, before it closes", function()
        world.bots:kill "sigterm"
        link:wait "<presence type='unavailable'/></stream:stream>"
        link:send "</stream:stream>"
        link:close()
        assert.equal(0, (world:wait_exit()))
        world:stop()
    end)
end)

describe("a bot with a roster that has versions (RFC 6121 2.6)", function()
    local OFFERS = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><ver xmlns='urn:xmpp:features:rosterver'/></stream:features>"
    local ROSTER = "<iq type='result' id='%s'><query xmlns='jabber:iq:roster' ver='v&amp;1'><item jid='juliet@localhost' "
        .. "subscription='both'/></query></iq>"

    -- The second time the roster has not changed.
    local function steps(number)
        local list = fake.steps(nil)
        list[3] = { "<stream:stream[^>]*>", function(link) return fake.HEADER:format(link.number) .. OFFERS end }
        list[5] = { "<iq.-</iq>", function(link, iq)
            link.asked = iq
            return (number == 1 and ROSTER or "<iq type='result' id='%s'/>"):format(iq:match "id='([^']*)'")
        end }
        return list
    end

    it("names the version of the last push, and keeps what it has when nothing changed", function()
        local server = fake.new("polite", { steps = steps })
        local bots = BOTS:gsub("PORT", tostring(server.port)):gsub("echo.say", "names.say")
        e2e.with({ bots = bots, online = {}, scripts = { ["names.lua"] = [[
return { say = function(event)
    local names = {}
    for jid in pairs(event.bot.roster) do names[#names + 1] = jid end
    table.sort(names)
    return table.concat(names, " ")
end }
]] } }, function()
            local link = server:accept()
            assert.matches("<query xmlns='jabber:iq:roster' ver=''/>", link.asked, 1, true)
            link:send("<iq type='set' id='push'><query xmlns='jabber:iq:roster' ver='v&amp;2'><item jid='nurse@localhost' "
                .. "subscription='both'/></query></iq>")
            link:wait "id='push'"
            link:close()
            link = server:accept()
            assert.matches("<query xmlns='jabber:iq:roster' ver='v&amp;2'/>", link.asked, 1, true)
            link:send "<message from='a@localhost/x'><body>who?</body></message>"
            link:wait "<body>juliet@localhost nurse@localhost</body>"
        end)
        server:close()
    end)
end)

-- SPDX-License-Identifier: MIT
-- Stanzas that claim to be of somebody else: answers to requests of the bot's, roster pushes, carbons. And those that
-- are hardly stanzas at all: each is answered as RFC 6120 8.4 wants or not at all, and the bot lives.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"

local BOTS = [[
  victim:
    jid: victim@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    hooks:
      - { event: message, body: "^ask (.+)", call: victim.ask }
      - { event: message, body: "^roster$", call: victim.roster }
      - { event: message, body: "deploy", call: victim.deploy }
      - { event: presence, call: victim.presence }
      - { event: message, call: echo.say }
]]
local SCRIPT = [[
local stanza = require "couplet.stanza"
local M = {}
function M.ask(event)
  local answer, err = event.bot:iq(stanza.iq { type = "get", to = event.captures[1] }:tag("query", { xmlns = "urn:example:q" }))
  return "answer: " .. (answer and tostring(answer:get_child_text "said") or err.condition)
end
function M.roster(event)
  local names = {}
  for jid, item in pairs(event.bot.roster) do names[#names + 1] = jid .. "=" .. item.subscription end
  table.sort(names)
  return "roster: [" .. table.concat(names, " ") .. "]"
end
function M.deploy() return "deployed" end
function M.presence() end
return M
]]

local function chat(body) return "<message from='romeo@localhost/x' type='chat'><body>" .. body .. "</body></message>" end
local function count(text, pattern) return select(2, text:gsub(pattern, "")) end

describe("a stanza of somebody else", function()
    local world, server, link

    setup(function()
        server = fake.new "victim"
        world = e2e.start { bots = BOTS:gsub("PORT", tostring(server.port)), online = {}, scripts = { ["victim.lua"] = SCRIPT } }
        link = server:accept()
    end)

    teardown(function()
        world:stop()
        server:close()
    end)

    local number = 0
    ---Everything that was sent before it has been handled when this is answered.
    local function settle()
        number = number + 1
        link:send(chat("settled " .. number))
        link:wait("<body>settled " .. number .. "</body>")
    end

    local SPOOFS = {
        ["juliet@localhost/x"] = {
            " from='mallory@localhost/x'", " from='juliet@localhost'", " from='juliet@localhost/X'", " from='localhost'",
            " from='victim@localhost'", " from='victim@localhost/fake'", " from='juliet@localhost.evil/x'", " from=''", "",
        },
        ["victim@localhost"] = { -- what is asked of the account is the server's to answer
            " from='mallory@localhost/x'", " from='localhost'", " from='victim@localhost/other'",
            " from='victim@localhost.evil'", " from='mallory@localhost/victim@localhost'", " from=''",
        },
        ["localhost"] = { " from='mallory@localhost/x'", " from='localhost.evil'", " from='localhost/x'", " from='victim@localhost'", "" },
    }
    for to, spoofs in pairs(SPOOFS) do
        it("is not the answer to what was asked of " .. to, function()
            local from = #link.received
            link:send(chat("ask " .. to))
            link:wait("urn:example:q", from)
            local id = link.received:sub(from):match "<iq[^>]-id='([^']+)'[^>]*><query xmlns='urn:example:q'"
                or link.received:sub(from):match "<iq[^>]-id='([^']+)'"
            for _, spoof in ipairs(spoofs) do
                link:send(("<iq type='result' id='%s'%s><said xmlns='jabber:client'>forged</said></iq>"):format(id, spoof))
                link:send(("<iq type='error' id='%s'%s><error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                    .. "</error></iq>"):format(id, spoof))
            end
            -- The right sender and the right id, and no answer.
            for _, name in ipairs { "message", "presence" } do
                link:send(("<%s type='error' id='%s' from='%s'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                    .. "</error></%s>"):format(name, id, to, name))
            end
            link:send(("<iq type='get' id='%s' from='%s'><said>forged</said></iq>"):format(id, to))
            link:send(("<iq type='result' id='%sx' from='%s'><said>forged</said></iq>"):format(id, to))
            settle()
            assert.equal(0, count(link.received:sub(from), "<body>answer:"))
            link:send(("<iq type='result' id='%s' from='%s'><said>the truth</said></iq>"):format(id, to))
            link:wait("<body>answer: the truth</body>", from)
            link:send(("<iq type='result' id='%s' from='%s'><said>twice</said></iq>"):format(id, to))
            settle()
            assert.equal(1, count(link.received:sub(from), "<body>answer:"))
        end)
    end

    local function push(id, from, jid)
        return ("<iq type='set' id='%s'%s><query xmlns='jabber:iq:roster'><item jid='%s' subscription='both'/></query></iq>")
            :format(id, from and (" from='" .. from .. "'") or "", jid)
    end

    it("does not change the roster (RFC 6121 2.1.6), and is not answered", function()
        for i, from in ipairs { "mallory@localhost/x", "localhost", "victim@localhost/fake", "victim@localhost/other",
            "victim@localhost.evil", "mallory@localhost/victim@localhost", "", "Victim@localhost" } do
            link:send(push("forged" .. i, from, "mallory" .. i .. "@localhost"))
        end
        link:send(chat "roster")
        link:wait "<body>roster: []</body>"
        settle()
        assert.equal(0, count(link.received, "id='forged"))
        link:send(push("real1", nil, "juliet@localhost"))
        link:send(push("real2", "victim@localhost", "nurse@localhost"))
        link:send(chat "roster")
        link:wait "<body>roster: [juliet@localhost=both nurse@localhost=both]</body>"
        for i = 1, 2 do assert.matches("<iq type='result' id='real" .. i .. "'", link.received) end
    end)

    it("with an unknown subscription is none (RFC 6121 2.1.2.5)", function()
        link:send((push("real3", nil, "x@localhost"):gsub("both", "owner")))
        link:send(chat "roster")
        link:wait "x@localhost=none]</body>"
    end)

    it("is not the message inside of a carbon that nobody asked for (XEP-0280 11)", function()
        local inner = "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='admin@localhost/x' type='chat'>"
            .. "<body>!deploy</body></message></forwarded>"
        for _, from in ipairs { "mallory@localhost/x", "mallory@localhost", "localhost", "victim@localhost/fake", "victim@localhost",
            "victim@localhost.evil" } do
            for _, name in ipairs { "received", "sent" } do
                link:send(("<message from='%s' type='chat'><%s xmlns='urn:xmpp:carbons:2'>%s</%s></message>"):format(from, name, inner, name))
            end
        end
        link:send(("<message><received xmlns='urn:xmpp:carbons:2'>%s</received></message>"):format(inner))
        link:send(("<message from='mallory@localhost/x'><result xmlns='urn:xmpp:mam:2' queryid='1' id='1'>%s</result></message>"):format(inner))
        settle()
        assert.equal(0, count(link.received, "deploy"))
    end)

    -- Bytes, and how many answers of which kind there must be.
    local ODD = {
        { "<iq type='get' id='ID'/>", "bad%-request" },
        { "<iq type='set' id='ID' from='a@localhost/x'/>", "bad%-request" },
        { "<iq type='get' id='ID'><a xmlns='urn:a'/><b xmlns='urn:b'/></iq>", "bad%-request" },
        { "<iq type='get' id='ID'>text</iq>", "bad%-request" },
        { "<iq type='dance' id='ID'><a xmlns='urn:a'/></iq>", "bad%-request" },
        { "<iq id='ID'><a xmlns='urn:a'/></iq>", "bad%-request" },
        { "<iq type='get' id='ID'><a xmlns='urn:a'/></iq>", "service%-unavailable" },
        { "<iq type='get' id='ID'><a/></iq>", "service%-unavailable" },
        { "<iq type='get' id='ID' to='' from=''><a xmlns='urn:a'/></iq>", "service%-unavailable" },
        { "<iq type='get' id='ID'><query xmlns='jabber:iq:roster'/></iq>", "service%-unavailable" },
        { "<iq type='set' id='ID'><query xmlns='jabber:iq:roster'/><query xmlns='jabber:iq:roster'/></iq>", "bad%-request" },
        { "<iq type='result' id='ID'/>" },
        { "<iq type='result' id='ID'><a/><b/></iq>" },
        { "<iq type='error' id='ID'/>" },
        { "<iq type='error' id='ID'><error/></iq>" },
        { "<message id='ID'/>" },
        { "<message id='ID' from='' to='' type=''/>" },
        { "<message id='ID' type='error'/>" },
        { "<message id='ID' type='error' from='a@localhost'><error/><body>x</body></message>" },
        { "<message id='ID' from='@'><a/><b><c/></b></message>" },
        { "<message id='ID' from='/'><body><b/></body></message>" },
        { "<message id='ID' type='headline' from='a@localhost'><x/></message>" },
        { "<presence id='ID'/>" },
        { "<presence id='ID' from='/' type='probe'/>" },
        { "<presence id='ID' type='error'/>" },
        { "<presence id='ID' type='dance' from='a@localhost'><priority>none</priority><show/><show/></presence>" },
        { "<presence id='ID' from='a@localhost/" .. ("x"):rep(65536) .. "'/>" },
        { "<presence id='ID' from='a@localhost'><delay xmlns='urn:xmpp:delay' stamp='0000-00-00T00:00:00Z'/></presence>" },
        { "<presence id='ID' from='a@localhost'><delay xmlns='urn:xmpp:delay' stamp='99999-99-99T99:99:99Z'/></presence>" },
        { "<presence id='ID' from='a@localhost'><delay xmlns='urn:xmpp:delay'/></presence>" },
        { "<presence id='ID' from='a@localhost'><x xmlns='http://jabber.org/protocol/muc#user'><item/><status/></x></presence>" },
    }

    it("is answered as it deserves when it is hardly a stanza", function()
        for i, odd in ipairs(ODD) do link:send((odd[1]:gsub("ID", "odd" .. i .. "."))) end
        link:send "<iq/><iq type='get'/><iq type='set'><a xmlns='urn:a'/></iq><message/><presence/><presence from=''/>"
        settle()
        for i, odd in ipairs(ODD) do
            local answer = link.received:match("<iq type='error'[^>]-id='odd" .. i .. "%.'.-</iq>")
            if odd[2] then
                assert.matches("<" .. odd[2] .. " xmlns='urn:ietf:params:xml:ns:xmpp%-stanzas'/>", answer or "no answer to " .. odd[1])
            else
                assert(not link.received:find("id='odd" .. i .. "%."), "an answer to " .. odd[1])
            end
        end
        assert.equal(1, #server.links)
    end)
end)

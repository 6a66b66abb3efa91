-- SPDX-License-Identifier: MIT
-- disco, ping, version, time and last activity as a client, with a bot that is answered by the spec; whatever comes back, none
-- may raise.
local base64 = require "couplet.base64"
local caps = require "couplet.xep.caps"
local disco_info = require "couplet.xep.disco_info"
local errors = require "couplet.errors"
local hash = require "couplet.hash"
local last = require "couplet.xep.last"
local ns = require "couplet.ns"
local parse = require("couplet.core.stanza").parse
local ping = require "couplet.xep.ping"
local time = require "couplet.xep.time"
local version = require "couplet.xep.version"

local INFO = "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='bot'/><feature var='%s'/></query>"

-- A bot whose requests are answered by `answer(iq)`: the XML of a payload, or nil and a condition.
local function new_bot(answer)
    local bot = { jid = "bot@example.org/x", asked = {}, hooks = {} }
    function bot:iq(stanza)
        self.asked[#self.asked + 1] = stanza
        local xml, condition = answer(stanza)
        if not xml then return nil, errors.new(condition) end
        return assert(parse(("<iq type='result' from='%s' xml:lang='en'>%s</iq>"):format(stanza.attr.to, xml)))
    end
    function bot:hook(hook) self.hooks[#self.hooks + 1] = hook end
    return bot
end

local HOSTILE = {
    "", "<query/>", "<query xmlns='urn:example:other'/>", "text", "<query xmlns='http://jabber.org/protocol/disco#info'/>",
    "<query xmlns='http://jabber.org/protocol/disco#items'><item/><item jid=''/><item node='x'/><other jid='a'/></query>",
    "<query xmlns='http://jabber.org/protocol/disco#info'><identity/><feature/><x xmlns='jabber:x:data'><field/></x></query>",
    "<query xmlns='http://jabber.org/protocol/disco#info'>" .. ("<feature var='a'/>"):rep(3000) .. "</query>",
    "<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:version'><name/><name>b</name><version><b/></version></query>",
    "<time xmlns='urn:xmpp:time'/>", "<time xmlns='urn:xmpp:time'><utc>now</utc><tzo>here</tzo></time>",
    "<time xmlns='urn:xmpp:time'><utc>2026-11-21T12:00:00Z</utc><tzo>+99:99</tzo></time>",
    "<query xmlns='jabber:iq:last'/>", "<query xmlns='jabber:iq:last' seconds='-1'/>", "<query xmlns='jabber:iq:last' seconds='1e9'/>",
    "<query xmlns='jabber:iq:last' seconds='" .. ("9"):rep(400) .. "'/>", "<ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/>",
}

describe("asking others", function()
    local function attach(bot) return require("couplet.xep.disco").attach(bot) end

    it("raises over nothing that comes back", function()
        for _, xml in ipairs(HOSTILE) do
            local bot = new_bot(function() return xml end)
            local disco = attach(bot)
            disco:info "a@example.org"
            disco:items("a@example.org", "node")
            disco:supports("a@example.org", "urn:example:x")
            version.version_of(bot, "a@example.org")
            time.time_of(bot, "a@example.org")
            last.last_activity(bot, "a@example.org")
            ping.ping(bot)
            ping.ping(bot, "a@example.org")
        end
    end)

    it("hands errors on", function()
        local bot = new_bot(function() return nil, "item-not-found" end)
        local disco = attach(bot)
        for _, call in ipairs {
            function() return disco:info "a" end, function() return disco:items "a" end, function() return disco:supports("a", "b") end,
            function() return version.version_of(bot, "a") end, function() return time.time_of(bot, "a") end,
            function() return last.last_activity(bot, "a") end, function() return ping.ping(bot, "a") end,
        } do
            local value, err = call()
            assert.is_nil(value)
            assert.equal("item-not-found", err.condition)
        end
    end)

    it("is misused by what is no JID", function()
        local bot = new_bot(function() return "" end)
        local disco = attach(bot)
        assert.has_error(function() disco:info() end, "bot.disco:info: a JID is expected")
        assert.has_error(function() disco:info("a", 1) end, "bot.disco:info: a node is a string")
        assert.has_error(function() disco:items {} end, "bot.disco:items: a JID is expected")
        assert.has_error(function() disco:announce "a<b" end, "bot.disco:announce: a namespace is expected")
        assert.has_error(function() disco:node "" end, "bot.disco:node: a name is expected")
        assert.has_error(function() ping.ping(bot, 1) end, "bot:ping: a JID is expected")
        assert.has_error(function() version.version_of(bot) end, "bot:version_of: a JID is expected")
        assert.has_error(function() time.time_of(bot) end, "bot:time_of: a JID is expected")
        assert.has_error(function() last.last_activity(bot) end, "bot:last_activity: a JID is expected")
    end)

    it("reads answers", function()
        local answers = {
            ["a@example.org"] = INFO:format "urn:example:x",
            items = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='x' node='n' name='N'/><item jid='y'/></query>",
            version = "<query xmlns='jabber:iq:version'><name>N</name><version>1</version><os>O</os></query>",
            time = "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>",
            last = "<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>",
            ["example.org"] = "",
        }
        local bot = new_bot(function(iq) return answers[iq.attr.to] end)
        local disco = attach(bot)
        local info = disco:info "a@example.org"
        assert.same({ { category = "client", type = "bot" } }, info.identities)
        assert.is_true(disco:supports("a@example.org", "urn:example:x"))
        assert.is_false(disco:supports("a@example.org", "urn:example:y"))
        assert.same({ { jid = "x", node = "n", name = "N" }, { jid = "y" } }, disco:items("items", "n"))
        assert.equal("n", bot.asked[#bot.asked][1].attr.node)
        assert.same({ name = "N", version = "1", os = "O" }, version.version_of(bot, "version"))
        local seconds, offset = time.time_of(bot, "time")
        assert.same({ 1166551115, -21600 }, { seconds, offset })
        local idle, status = last.last_activity(bot, "last")
        assert.same({ 903, "Heading Home" }, { idle, status })
        assert.is_true(ping.ping(bot) >= 0)
        assert.equal("example.org", bot.asked[#bot.asked].attr.to)
    end)

    -- A presence of `from` that claims the hash of these features.
    local function presence_of(from, xml)
        local info = disco_info.read(assert(parse(xml)))
        local value = base64.encode(hash.sha256(caps.input_of(info)))
        local text = ("<presence from='%s'><c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>%s</hash></c></presence>")
            :format(from, value)
        return { type = "available", from = from, stanza = assert(parse(text)) }, "urn:xmpp:caps#sha-256." .. value
    end

    it("happens once for a hash that was verified, for everybody who has it", function()
        local xml = INFO:format "urn:example:once"
        local bot = new_bot(function() return xml end)
        local disco = attach(bot)
        local note = bot.hooks[1].call
        for _, jid in ipairs { "a@example.org/1", "b@example.org/2" } do
            local event, node = presence_of(jid, xml)
            note(event)
            assert.is_true(disco:supports(jid, "urn:example:once"))
            assert.equal(1, #bot.asked)
            assert.equal(node, bot.asked[1][1].attr.node)
        end
        note { type = "unavailable", from = "a@example.org/1", stanza = assert(parse "<presence/>") }
        assert.is_true(disco:supports("a@example.org/1", "urn:example:once"))
        assert.equal(2, #bot.asked) -- it may have come back as something else
    end)

    it("does not believe a hash that was told by somebody whose answer is another", function()
        local honest, made_up = INFO:format "urn:example:honest", INFO:format "urn:example:made-up"
        local bot = new_bot(function(iq) return iq.attr.to == "mallory@example.org/1" and made_up or honest end)
        local disco = attach(bot)
        for _, jid in ipairs { "mallory@example.org/1", "alice@example.org/1" } do
            bot.hooks[1].call((presence_of(jid, honest)))
        end
        assert.is_true(disco:supports("mallory@example.org/1", "urn:example:made-up")) -- its own word for itself
        assert.is_false(disco:supports("alice@example.org/1", "urn:example:made-up"))
        assert.is_true(disco:supports("alice@example.org/1", "urn:example:honest"))
        assert.is_true(disco:supports("mallory@example.org/1", "urn:example:honest")) -- verified now, so what it claims it has
    end)

    it("asks without the node where that is not known", function()
        local xml = INFO:format "urn:example:node"
        local bot = new_bot(function(iq)
            if iq[1].attr.node then return nil, "item-not-found" end
            return xml
        end)
        local disco = attach(bot)
        bot.hooks[1].call((presence_of("a@example.org/1", xml)))
        assert.is_true(disco:supports("a@example.org/1", "urn:example:node"))
        assert.equal(2, #bot.asked)
    end)

    it("remembers only so many claims", function()
        local bot = new_bot(function() return "" end)
        local disco = attach(bot)
        for i = 1, 5000 do bot.hooks[1].call((presence_of("r@example.org/" .. i, INFO:format "urn:example:many"))) end
        local count = 0
        for _ in pairs(disco.claims) do count = count + 1 end
        assert.equal(disco.claim_count, count)
        assert.is_true(count <= 2000)
    end)
end)

describe("namespaces of these extensions", function()
    it("are the published ones", function()
        assert.equal("urn:xmpp:time", ns.time)
        assert.equal("jabber:iq:last", ns.last)
    end)
end)

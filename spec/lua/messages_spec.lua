-- SPDX-License-Identifier: MIT
-- What goes with a message: lua/couplet/message.lua and the extensions that it and event.lua name.
local stand_in = require "spec.lua.stand_in"

local function message(bot, child, more, attr)
    local literal = { name = "message", attr = { from = "romeo@example.org/orchard", type = "chat", id = "m1" }, { name = "body", "hello" } }
    for key, value in pairs(attr or {}) do literal.attr[key] = value end
    literal[2] = child
    return stand_in.event(bot, literal, more), literal
end

local function element(name, xmlns, attr, ...)
    local all = { xmlns = xmlns }
    for key, value in pairs(attr or {}) do all[key] = value end
    return { name = name, attr = all, ... }
end

local ROOM = { room = "r@conference.example.org", nick = "romeo", type = "groupchat" }
local SID = "urn:xmpp:sid:0"

-- field → what gives it, and its value
local FIELDS = {
    { "state", element("composing", "http://jabber.org/protocol/chatstates"), "composing" },
    { "replaces", element("replace", "urn:xmpp:message-correct:0", { id = "m0" }), "m0" },
    { "reply_to", element("reply", "urn:xmpp:reply:0", { id = "a", to = "bot@example.org" }), { id = "a", to = "bot@example.org" } },
    {
        "reactions", element("reactions", "urn:xmpp:reactions:0", { id = "a" }, { name = "reaction", attr = {}, "👍" },
            { name = "reaction", attr = {}, "👍" }, { name = "reaction", attr = {}, "🎉" }), { id = "a", "👍", "🎉" },
    },
    { "origin_id", element("origin-id", SID, { id = "o1" }), "o1" },
    { "stanza_id", element("stanza-id", SID, { id = "s1", by = "bot@example.org" }), "s1" },
    { "oob", element("x", "jabber:x:oob", nil, { name = "url", attr = {}, "https://example.org/a" }), { url = "https://example.org/a" } },
    {
        "mentions", element("reference", "urn:xmpp:reference:0", { type = "mention", uri = "xmpp:bot@example.org", begin = "0", ["end"] = "3" }),
        { { uri = "xmpp:bot@example.org", jid = "bot@example.org", first = 1, last = 3 } },
    },
    { "stamp", element("delay", "urn:xmpp:delay", { stamp = "1970-01-01T00:00:10Z", from = "example.org" }), 10 },
}

describe("a field of an event", function()
    for _, case in ipairs(FIELDS) do
        local field, child, expected = table.unpack(case)
        it(field .. " is read from its extension, and survives whatever comes", function()
            local bot = stand_in.bot()
            local event, literal = message(bot, child)
            assert.same(expected, event[field])
            stand_in.damaged(bot, literal, nil, function(damaged) return damaged[field] end)
            assert.truthy(message(bot, nil).text == "hello")
        end)
    end

    it("stanza_id counts only from whoever may give it, once", function()
        local bot = stand_in.bot()
        assert.is_nil(message(bot, element("stanza-id", SID, { id = "s1", by = "mallory@example.com" })).stanza_id)
        assert.is_nil(message(bot, element("stanza-id", SID, { id = "s1", by = "bot@example.org" }), ROOM).stanza_id)
        assert.equal("s1", message(bot, element("stanza-id", SID, { id = "s1", by = ROOM.room }), ROOM).stanza_id)
        local _, twice = message(bot, element("stanza-id", SID, { id = "s1", by = ROOM.room }))
        twice[3] = element("stanza-id", SID, { id = "s2", by = ROOM.room })
        assert.is_nil(stand_in.event(bot, twice, ROOM).stanza_id)
    end)

    it("replaces is never the message itself", function()
        assert.is_nil(message(stand_in.bot(), element("replace", "urn:xmpp:message-correct:0", { id = "m1" })).replaces)
    end)

    it("stamp is nobody's but our server's or the room's", function()
        local stamp = { stamp = "1970-01-01T00:00:10Z", from = "mallory@example.com" }
        assert.is_nil(message(stand_in.bot(), element("delay", "urn:xmpp:delay", stamp)).stamp)
    end)

    it("text is the body without the citation of a reply", function()
        local bot = stand_in.bot()
        local function text(body, first, last)
            local fallback = element("fallback", "urn:xmpp:fallback:0", { ["for"] = "urn:xmpp:reply:0" },
                { name = "body", attr = { start = first, ["end"] = last } })
            local literal = { name = "message", attr = { from = "a@b/c" }, { name = "body", body }, fallback }
            return stand_in.event(bot, literal).text
        end
        assert.equal("!deploy", text("> ünïcode\n!deploy", "0", "10"))
        assert.equal("> x\n!deploy", text("> x\n!deploy", "4", "900"))
        assert.equal("> x\n!deploy", text("> x\n!deploy", "-1", "2"))
        assert.equal("", text("> x", nil, nil))
    end)

    it("carbon is believed only when the runtime does", function()
        local bot = stand_in.bot()
        local copy = element("sent", "urn:xmpp:carbons:2", nil, element("forwarded", "urn:xmpp:forward:0", nil,
            element("message", "jabber:client", { to = "juliet@example.org" }, { name = "body", attr = {}, "psst" })))
        assert.is_nil(message(bot, copy).carbon)
        local carbon = message(bot, copy, { own = true }).carbon
        assert.same({ "sent", "juliet@example.org", "psst" }, { carbon.direction, carbon.to, carbon.body })
    end)
end)

describe("a message with options", function()
    local function said(options, text)
        local bot = stand_in.bot()
        assert.truthy(bot:say("romeo@example.org", text or "hello", options))
        return bot.sent[1]
    end

    it("has in it what they say", function()
        local all = said {
            subject = "s", thread = "t", id = "own", replaces = "m0", receipt = true, markable = true, state = "active", hints = { "no-store" },
            oob = "https://example.org/a", styled = false, origin_id = true, mentions = { { uri = "xmpp:a@b", first = 1, last = 2 } },
            reply_to = { id = "m9", to = "romeo@example.org" },
        }
        assert.equal("own", all.attr.id)
        for path, expected in pairs {
            ["subject#"] = "s", ["thread#"] = "t", ["body#"] = "hello", ["{urn:xmpp:message-correct:0}replace@id"] = "m0",
            ["{jabber:x:oob}x/url#"] = "https://example.org/a", ["{urn:xmpp:sid:0}origin-id@id"] = "own",
            ["{urn:xmpp:reference:0}reference@begin"] = "0", ["{urn:xmpp:reply:0}reply@id"] = "m9",
        } do assert.equal(expected, all:find(path), path) end
        for _, path in ipairs {
            "{urn:xmpp:receipts}request", "{urn:xmpp:chat-markers:0}markable", "{http://jabber.org/protocol/chatstates}active",
            "{urn:xmpp:hints}no-store", "{urn:xmpp:styling:0}unstyled",
        } do assert.truthy(all:find(path), path) end
    end)

    it("raises for an option, a state, a hint that there is not", function()
        for _, options in ipairs { { replace = "x" }, { state = "asleep" }, { hints = "keep" }, { oob = "no url" }, { replaces = "" } } do
            assert.has_error(function() said(options) end)
        end
    end)

    it("cites the message that it answers, and says how long the citation is", function()
        local bot = stand_in.bot()
        local event = message(bot, nil, nil, { id = "q1" })
        event:reply("fine", { reply_to = true, quote = true })
        assert.equal("> hello\nfine", bot.sent[1]:get_child_text "body")
        assert.equal("8", bot.sent[1]:find "{urn:xmpp:fallback:0}fallback/body@end")
        assert.equal("q1", bot.sent[1]:find "{urn:xmpp:reply:0}reply@id")
        assert.equal("fine", stand_in.event(bot, require("couplet.stanza").preserialize(bot.sent[1])).text)
    end)

    it("shows its styling in XHTML, and sends nothing that does not belong there", function()
        local html = said({ xhtml = true }, "a *b _c_* `d`\n> q\n```\nx < y\n```"):find "{http://jabber.org/protocol/xhtml-im}html"
        assert.equal("<body xmlns='http://www.w3.org/1999/xhtml'>a <strong>b <em>c</em></strong> <code>d</code>"
            .. "<blockquote>q</blockquote><pre><code>x &lt; y</code></pre></body>", tostring(html[1]))
        assert.has_error(function() said { xhtml = { { name = "script", attr = {} } } } end)
        assert.has_error(function() said { xhtml = { { name = "a", attr = { href = "javascript:x" } } } } end)
        assert.has_error(function() said { xhtml = { { name = "p", attr = { onclick = "x" } } } } end)
    end)
end)

describe("an event", function()
    it("is answered, and the answer edited, always as the first", function()
        local bot = stand_in.bot()
        local event = message(bot)
        local id = event:edit "working"
        event:edit "done"
        event:edit "really"
        assert.is_nil(bot.sent[1]:find "{urn:xmpp:message-correct:0}replace")
        assert.equal(id, bot.sent[2]:find "{urn:xmpp:message-correct:0}replace@id")
        assert.equal(id, bot.sent[3]:find "{urn:xmpp:message-correct:0}replace@id")
    end)

    it("is reacted to by the id that lasts", function()
        local bot = stand_in.bot()
        message(bot):react "👍"
        assert.equal("m1", bot.sent[1]:find "{urn:xmpp:reactions:0}reactions@id")
        assert.equal("👍", bot.sent[1]:find "{urn:xmpp:reactions:0}reactions/reaction#")
        assert.is_nil(message(bot, nil, ROOM):react "👍")
        message(bot, element("stanza-id", SID, { id = "s1", by = ROOM.room }), ROOM):react("👍", "🎉")
        assert.same({ ROOM.room, "groupchat", "s1" },
            { bot.sent[2].attr.to, bot.sent[2].attr.type, bot.sent[2]:find "{urn:xmpp:reactions:0}reactions@id" })
    end)

    it("is whispered about to the occupant", function()
        local bot = stand_in.bot()
        message(bot, nil, ROOM):whisper "psst"
        assert.same({ "r@conference.example.org/romeo", "chat" }, { bot.sent[1].attr.to, bot.sent[1].attr.type })
    end)

    -- A command is a message, too: event.kind is "command" then.
    for _, kind in ipairs { "message", "command" } do
        it("goes where the question came from, with all that belongs to it: a " .. kind, function()
            local bot = stand_in.bot()
            local pm = message(bot, nil, { kind = kind, room = ROOM.room, nick = "romeo", type = "chat", from = ROOM.room .. "/romeo" })
            pm:reply "working"
            pm:edit "done"
            assert.same({ ROOM.room .. "/romeo", "chat" }, { bot.sent[2].attr.to, bot.sent[2].attr.type })
            assert.truthy(bot.sent[2]:get_child("x", "http://jabber.org/protocol/muc#user"))
            local public = message(bot, element("stanza-id", SID, { id = "s1", by = ROOM.room }),
                { kind = kind, room = ROOM.room, nick = "romeo", type = "groupchat", from = ROOM.room .. "/romeo", to = "bot@example.org/here" })
            public:reply("this", { reply_to = true })
            assert.same({ ROOM.room, "groupchat" }, { bot.sent[3].attr.to, bot.sent[3].attr.type })
            local reply = bot.sent[3]:get_child("reply", "urn:xmpp:reply:0")
            assert.same({ "s1", ROOM.room .. "/romeo" }, { reply.attr.id, reply.attr.to })
            local alone = message(bot, element("active", "http://jabber.org/protocol/chatstates"), { kind = kind })
            assert.is_true(alone:typing())
            alone:reply("yes", { receipt = true })
            assert.equal("romeo@example.org/orchard", bot.sent[5].attr.to)
        end)
    end

    it("that is whispered is edited in private", function()
        local bot = stand_in.bot()
        local event = message(bot, nil, { room = ROOM.room, nick = "romeo", type = "groupchat", from = ROOM.room .. "/romeo" })
        local id = event:whisper "working"
        for i = 2, 3 do
            event:edit "done"
            assert.same({ ROOM.room .. "/romeo", "chat" }, { bot.sent[i].attr.to, bot.sent[i].attr.type })
            assert.equal(id, bot.sent[i]:get_child("replace", "urn:xmpp:message-correct:0").attr.id)
            assert.truthy(bot.sent[i]:get_child("x", "http://jabber.org/protocol/muc#user"))
        end
        event:reply "loud"
        event:edit "louder"
        assert.same({ ROOM.room, "groupchat" }, { bot.sent[5].attr.to, bot.sent[5].attr.type })
    end)

    it("that cannot be told is an error as others: to be shown", function()
        local _, err = message(stand_in.bot(), nil, ROOM):react "👍"
        assert.matches("no id", "That went wrong: " .. err)
    end)

    it("is told of typing only where the other side tells too", function()
        local bot = stand_in.bot()
        assert.falsy(message(bot):typing())
        assert.truthy(message(bot, element("active", "http://jabber.org/protocol/chatstates")):typing())
        assert.truthy(bot.sent[1]:find "{http://jabber.org/protocol/chatstates}composing")
    end)
end)

describe("a receipt", function()
    local receipts = function() return require "couplet.xep.receipts" end
    local REQUEST = element("request", "urn:xmpp:receipts")

    it("goes to a contact who may see us, and to nobody else", function()
        local bot = stand_in.bot { roster = { ["romeo@example.org"] = { subscription = "both" }, ["tybalt@example.org"] = { subscription = "to" } } }
        receipts().on_request(message(bot, REQUEST))
        assert.same({ "romeo@example.org/orchard", "m1" }, { bot.sent[1].attr.to, bot.sent[1]:find "{urn:xmpp:receipts}received@id" })
        receipts().on_request(message(bot, REQUEST, nil, { from = "tybalt@example.org/x" }))
        receipts().on_request(message(bot, REQUEST, ROOM))
        assert.equal(1, #bot.sent)
        local _, literal = message(bot, REQUEST)
        stand_in.damaged(bot, literal, nil, receipts().on_request)
    end)

    it("is believed of the one whom the message went to, once", function()
        local bot = stand_in.bot()
        local id = bot:say("romeo@example.org", "hello", { receipt = true })
        local function comes(from) receipts().on_received(message(bot, element("received", "urn:xmpp:receipts", { id = id }), nil, { from = from })) end
        comes "mallory@example.com/x"
        assert.equal(0, #bot.emitted)
        comes "romeo@example.org/orchard"
        comes "romeo@example.org/orchard"
        assert.equal(1, #bot.emitted)
        assert.same({ "message.received", id }, { bot.emitted[1].name, bot.emitted[1].fields.data.id })
        local _, literal = message(bot, element("received", "urn:xmpp:receipts", { id = "x" }))
        stand_in.damaged(bot, literal, nil, receipts().on_received)
    end)

    it("that is waited for is forgotten when many are", function()
        local bot = stand_in.bot()
        local first = bot:say("romeo@example.org", "hello", { receipt = true })
        for _ = 1, 600 do bot:say("romeo@example.org", "hello", { receipt = true }) end
        receipts().on_received(message(bot, element("received", "urn:xmpp:receipts", { id = first })))
        assert.equal(0, #bot.emitted)
    end)
end)

describe("a marker", function()
    it("is sent for what asks for it, and raised when it comes", function()
        local bot = stand_in.bot()
        assert.is_nil(message(bot):mark())
        message(bot, element("markable", "urn:xmpp:chat-markers:0")):mark()
        assert.equal("m1", bot.sent[1]:find "{urn:xmpp:chat-markers:0}displayed@id")
        local event, literal = message(bot, element("displayed", "urn:xmpp:chat-markers:0", { id = "m7" }))
        require("couplet.xep.markers").on_displayed(event)
        assert.same({ "message.displayed", "m7" }, { bot.emitted[1].name, bot.emitted[1].fields.data.id })
        stand_in.damaged(bot, literal, nil, require("couplet.xep.markers").on_displayed)
    end)
end)

describe("styling", function()
    local styling = require "couplet.xep.styling"

    it("is read as XEP-0393 has it", function()
        for text, expected in pairs {
            ["*strong*"] = "<strong>strong</strong>", ["not * strong *"] = "not * strong *", ["*a*b"] = "<strong>a</strong>b", ["a*b*"] = "a*b*",
            ["_*x*_"] = "<emphasis><strong>x</strong></emphasis>", ["**"] = "**", ["`*x*`"] = "<code>*x*</code>", ["*a\nb*"] = "*a|b*",
            ["*this is *strong*"] = "<strong>this is *strong</strong>",
        } do
            local function show(node)
                local out = {}
                for _, child in ipairs(node) do
                    out[#out + 1] = type(child) == "string" and child or ("<%s>%s</%s>"):format(child.kind, show(child), child.kind)
                end
                return table.concat(out)
            end
            local lines = {}
            for i, line in ipairs(styling.parse(text)) do lines[i] = show(line) end
            assert.equal(expected, table.concat(lines, "|"), text)
        end
    end)

    it("is written so that it is read as it was meant", function()
        assert.equal("*x*", styling.strong "x")
        assert.equal("a*b", styling.strong "a*b")
        assert.equal("code", styling.parse(styling.block("```\ncode", "sh"))[1][1]:match "code")
        assert.equal("bold and quoted", styling.strip "*bold* and\n> quoted" :gsub("\n", " "))
        assert.has_no_error(function() styling.parse((">"):rep(5000) .. ("*_"):rep(5000)) end)
    end)
end)

describe("a long text", function()
    local long = require "couplet.long"

    it("is cut between paragraphs, lines, words, and loses nothing", function()
        local texts = { ("word "):rep(100), ("line of words\n"):rep(40), ("p a r\n\n"):rep(60), ("x"):rep(500), ("ü"):rep(300) }
        texts[#texts + 1] = ("e\u{301}"):rep(200)
        for _, text in ipairs(texts) do
            local pieces = long.pieces(text, 90)
            for _, piece in ipairs(pieces) do
                assert.truthy(#piece <= 90)
                assert.truthy(utf8.len(piece))
                assert.falsy(piece:find "^\u{301}")
            end
            assert.equal((text:gsub("%s", "")), (table.concat(pieces):gsub("%s", "")))
        end
        assert.same({ ("a"):rep(50), ("b"):rep(50) }, long.pieces(("a"):rep(50) .. "\n" .. ("b"):rep(50), 90))
    end)

    it("has its code closed and opened again", function()
        local pieces = long.pieces("see\n```lua\n" .. ("print(1)\n"):rep(30) .. "```\nend", 100)
        for i, piece in ipairs(pieces) do
            local _, count = piece:gsub("```", "")
            assert.equal(0, count % 2, piece)
            if i > 1 and i < #pieces then assert.matches("^```lua\n", piece) end
        end
    end)

    it("has its code opened again by characters, not by halves of them", function()
        for count = 1, 24 do
            local fence = "```" .. ("a"):rep(count % 3) .. ("é"):rep(count)
            for _, piece in ipairs(long.pieces(fence .. "\n" .. ("line of code\n"):rep(30) .. "```", 100)) do
                assert.truthy(utf8.len(piece), piece)
                assert.truthy(#piece <= 100)
            end
        end
    end)

    it("that is no text at all has an end too", function()
        for _, text in ipairs { ("\xff"):rep(500), ("\u{301}"):rep(500), ("```"):rep(300), ("\u{200D}"):rep(300), (" "):rep(500) } do
            assert.truthy(#long.pieces(text, 50) < 100)
        end
    end)
end)

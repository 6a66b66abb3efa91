-- SPDX-License-Identifier: MIT
-- What is asked of the account's server and of services around it: each with its answers, odd ones, and damaged ones.
local asking = require "spec.lua.asking"
local stand_in = require "spec.lua.stand_in"

local DONE = "<iq type='result'/>"
local PUBSUB = "http://jabber.org/protocol/pubsub"
local PROMISES = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='" .. PUBSUB .. "#publish-options'/></query></iq>"

local function items(node, payload)
    return ("<iq type='result'><pubsub xmlns='%s'><items node='%s'><item id='current'>%s</item></items></pubsub></iq>"):format(PUBSUB, node, payload)
end

describe("bot.blocking", function()
    local LIST = "<iq type='result'><blocklist xmlns='urn:xmpp:blocking'><item jid='Spam.example'/><item jid='a@b/c'/><item jid='@'/><item/></blocklist></iq>"

    it("lists, blocks and unblocks", function()
        local bot = asking.bot { LIST, DONE, DONE, DONE }
        assert.is_nil(bot.blocking:is_blocked "x@spam.example")
        assert.same({ "a@b/c", "spam.example" }, bot.blocking:list())
        assert.equal("<iq type='get'><blocklist xmlns='urn:xmpp:blocking'/></iq>", asking.sent(bot))
        for jid, is in pairs { ["x@spam.example/y"] = true, ["a@b"] = false, ["a@b/c"] = true, ["spam.example.org"] = false, ["@"] = false } do
            assert.equal(is, bot.blocking:is_blocked(jid), jid)
        end
        assert.is_true(bot.blocking:block("M@b", "d"))
        assert.equal("<iq type='set'><block xmlns='urn:xmpp:blocking'><item jid='m@b'/><item jid='d'/></block></iq>", asking.sent(bot))
        assert.is_true(bot.blocking:is_blocked "m@b/x")
        assert.is_true(bot.blocking:unblock "m@b")
        assert.is_false(bot.blocking:is_blocked "m@b/x")
        assert.is_true(bot.blocking:unblock_all())
        assert.equal("<iq type='set'><unblock xmlns='urn:xmpp:blocking'/></iq>", asking.sent(bot))
        assert.is_false(bot.blocking:is_blocked "d")
        assert.has_error(function() bot.blocking:block() end)
        assert.has_error(function() bot.blocking:block "@" end)
    end)

    it("follows the pushes of its own server alone", function()
        local blocking = require "couplet.xep.blocking"
        local function push(bot, from, inside)
            return blocking.on_push(stand_in.event(bot, asking.parse(("<iq type='set' %s>%s</iq>"):format(from and "from='" .. from .. "'" or "", inside))))
        end
        local BLOCK = "<block xmlns='urn:xmpp:blocking'><item jid='m@b'/></block>"
        local bot = asking.bot { LIST }
        bot.blocking:list()
        assert.is_true(push(bot, nil, BLOCK))
        assert.is_true(push(bot, "bot@example.org", "<unblock xmlns='urn:xmpp:blocking'><item jid='spam.example'/></unblock>"))
        assert.same({ true, false }, { bot.blocking:is_blocked "m@b", bot.blocking:is_blocked "spam.example" })
        assert.same({ "m@b" }, bot.emitted[1].fields.blocked)
        for _, from in ipairs { "mallory@example.com", "bot@example.org/other", "example.org" } do
            local ok, err = push(bot, from, "<unblock xmlns='urn:xmpp:blocking'/>")
            assert.is_nil(ok)
            assert.equal("forbidden", err.condition)
        end
        assert.is_true(bot.blocking:is_blocked "m@b")
        assert.is_true(push(bot, nil, "<unblock xmlns='urn:xmpp:blocking'/>"))
        assert.is_true(bot.emitted[3].fields.all)
        assert.is_false(bot.blocking:is_blocked "m@b")
        local ok, err = push(bot, nil, "<other xmlns='urn:xmpp:blocking'/>")
        assert.is_nil(ok)
        assert.equal("bad-request", err.condition)
        stand_in.damaged(bot, asking.parse("<iq type='set'>" .. BLOCK .. "</iq>"), {}, blocking.on_push)
    end)

    it("asks anew in a new session, for others may have changed it meanwhile", function()
        local bot = asking.bot { LIST, "<iq type='result'><blocklist xmlns='urn:xmpp:blocking'><item jid='m@b'/></blocklist></iq>", asking.failure "forbidden" }
        bot.blocking:list()
        assert.equal("online", bot.hooked[1] and bot.hooked[1].event)
        bot.hooked[1].call { bot = bot, kind = "online" }
        assert.same({ true, false }, { bot.blocking:is_blocked "m@b", bot.blocking:is_blocked "spam.example" })
        assert.equal(1, #bot.hooked)
        bot.hooked[1].call { bot = bot, kind = "online" }
        assert.is_nil(bot.blocking:is_blocked "m@b")
    end)

    it("survives damaged lists", function()
        asking.try_damaged(LIST, nil, function(bot)
            bot.blocking:list()
            bot.blocking:is_blocked "a@b"
        end)
    end)
end)

describe("bot.vcard", function()
    local CARD = "<iq type='result'><vCard xmlns='vcard-temp'><FN>Romeo M.</FN><N><GIVEN>Romeo</GIVEN><FAMILY>Montague</FAMILY></N>"
        .. "<EMAIL><HOME/><USERID>r@m.example</USERID></EMAIL><EMAIL><USERID>second@m.example</USERID></EMAIL><TEL><NUMBER>+1</NUMBER></TEL>"
        .. "<PHOTO><TYPE>text/html</TYPE><BINVAL>R0lGODlh\nAQ==</BINVAL></PHOTO><X-OWN>kept</X-OWN></vCard></iq>"

    it("reads", function()
        local bot = asking.bot { CARD, DONE }
        local card = assert(bot.vcard:get "romeo@m.example")
        assert.equal("<iq to='romeo@m.example' type='get'><vCard xmlns='vcard-temp'/></iq>", asking.sent(bot))
        assert.same({
            name = "Romeo M.", given = "Romeo", family = "Montague", email = "r@m.example", phone = "+1",
            emails = { "r@m.example", "second@m.example" }, phones = { "+1" },
            photo = { type = "image/gif", data = "GIF89a\1" }, -- what it is, not what it says
        }, card)
        assert.same({ emails = {}, phones = {} }, bot.vcard:get())
    end)

    it("writes, and leaves what it does not know", function()
        local bot = asking.bot { CARD, DONE }
        assert.is_true(bot.vcard:set { name = "Robo", given = "R", family = "B", email = "robo@m.example" })
        local text = asking.sent(bot)
        assert.matches("<FN>Robo</FN><N><GIVEN>R</GIVEN><FAMILY>B</FAMILY></N><EMAIL><USERID>robo@m.example</USERID></EMAIL><PHOTO>", text, 1, true)
        assert.matches("<X-OWN>kept</X-OWN>", text, 1, true)
        assert.not_matches("Romeo", text, 1, true)
        bot = asking.bot { asking.failure "item-not-found", DONE }
        assert.is_true(bot.vcard:set { name = "Robo" })
        bot = asking.bot { asking.failure "remote-server-timeout", DONE }
        assert.is_nil((bot.vcard:set { name = "Robo" })) -- or it would throw away what it could not read
        assert.equal(1, #bot.sent)
        assert.has_error(function() bot.vcard:set { colour = "red" } end)
        assert.has_error(function() bot.vcard:set { name = 5 } end)
    end)

    it("has vCard4", function()
        local node = "urn:xmpp:vcard4"
        local bot = asking.bot {
            items(node, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>Peter</text></fn><n><surname>SA</surname></n>"
                .. "<tel><uri>tel:+1</uri></tel><impp><uri>xmpp:p@b</uri></impp></vcard>"),
            items(node, "<other/>"), PROMISES, DONE,
        }
        assert.same({ name = "Peter", family = "SA", phone = "tel:+1", phones = { "tel:+1" }, emails = {}, jid = "p@b" }, bot.vcard:get4 "p@b")
        assert.is_nil((bot.vcard:get4 "p@b"))
        assert.is_true(bot.vcard:set4 { name = "Robo", given = "R", family = "B" })
        assert.matches("<fn><text>Robo</text></fn><n><given>R</given><surname>B</surname></n>", asking.sent(bot), 1, true)
    end)

    it("survives damaged cards", function()
        asking.try_damaged(CARD, nil, function(bot)
            bot.vcard:get "a@b"
            bot.vcard:set { name = "x" }
            bot.vcard:get4 "a@b"
        end)
    end)
end)

describe("bot.avatar", function()
    local PNG = "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\1\0\0\0\2\8\6\0\0\0"
    local hash, base64 = require "couplet.hash", require "couplet.base64"
    local ID = hash.sha1(PNG, true)

    local function metadata(attributes)
        return items("urn:xmpp:avatar:metadata", "<metadata xmlns='urn:xmpp:avatar:metadata'><info " .. attributes .. "/></metadata>")
    end

    local function data(bytes, id)
        return ("<iq type='result'><pubsub xmlns='%s'><items node='urn:xmpp:avatar:data'><item id='%s'><data xmlns='urn:xmpp:avatar:data'>%s"
            .. "</data></item></items></pubsub></iq>"):format(PUBSUB, id or ID, base64.encode(bytes))
    end

    it("fetches and checks", function()
        local bot = asking.bot { metadata("id='" .. ID .. "' type='text/html' width='1' height='x'"), data(PNG) }
        assert.same({ id = ID, data = PNG, type = "image/png", width = 1 }, bot.avatar:get "romeo@m.example")
        assert.matches("<item id='" .. ID .. "'/>", asking.sent(bot), 1, true)
        bot = asking.bot { metadata("id='" .. ID .. "'"), data "something else" }
        local picture, err = bot.avatar:get "romeo@m.example"
        assert.is_nil(picture)
        assert.matches("not the one", err.text)
    end)

    it("takes the vCard's for those who have no other", function()
        local card = "<iq type='result'><vCard xmlns='vcard-temp'><PHOTO><BINVAL>" .. base64.encode(PNG) .. "</BINVAL></PHOTO></vCard></iq>"
        local bot = asking.bot { asking.failure "item-not-found", card }
        assert.same({ id = ID, data = PNG, type = "image/png" }, bot.avatar:get "romeo@m.example")
        bot = asking.bot { metadata("id='" .. ID .. "' url='https://elsewhere.example/'"), card } -- nothing is fetched from there
        assert.equal(ID, bot.avatar:get("romeo@m.example").id)
        bot = asking.bot { asking.failure "item-not-found", DONE }
        local picture, err = bot.avatar:get "romeo@m.example"
        assert.is_nil(picture)
        assert.equal("item-not-found", err.condition)
    end)

    it("publishes", function()
        local bot = asking.bot { PROMISES, DONE, DONE, PROMISES, "<iq type='result'><vCard xmlns='vcard-temp'><FN>Robo</FN></vCard></iq>", DONE }
        assert.equal(ID, bot.avatar:set(PNG, { vcard = true }))
        assert.matches("<info bytes='" .. #PNG .. "' height='2' id='" .. ID .. "' type='image/png' width='1'/>", asking.sent(bot, 3), 1, true)
        assert.matches("<FN>Robo</FN><PHOTO><TYPE>image/png</TYPE>", asking.sent(bot), 1, true)
        assert.matches("<photo>" .. ID .. "</photo>", bot.payload, 1, true)
        assert.has_error(function() bot.avatar:set "no picture" end)
        for _, photo in ipairs { "no table", {}, { data = "" , type = "image/png" }, { data = 5, type = "x" } } do
            assert.has_error(function() bot.vcard:set_photo(photo) end)
        end
    end)

    it("survives damaged answers", function()
        asking.try_damaged(metadata("id='" .. ID .. "' width='1'"), nil, function(bot) bot.avatar:get "a@b" end)
        asking.try_damaged(data(PNG), nil, function(bot) bot.avatar:get "a@b" end, { metadata("id='" .. ID .. "'") })
    end)
end)

describe("bot.private", function()
    local NOTES = "<iq type='result'><query xmlns='jabber:iq:private'><notes xmlns='urn:n'>kept</notes></query></iq>"

    it("keeps and gives", function()
        local bot = asking.bot { DONE, NOTES, "<iq type='result'><query xmlns='jabber:iq:private'><other xmlns='urn:n'/></query></iq>" }
        assert.is_true(bot.private:set { name = "notes", attr = { xmlns = "urn:n" }, "kept" })
        assert.equal("<iq type='set'><query xmlns='jabber:iq:private'><notes xmlns='urn:n'>kept</notes></query></iq>", asking.sent(bot))
        assert.equal("kept", bot.private:get("notes", "urn:n"):get_text())
        assert.is_nil((bot.private:get("notes", "urn:n")))
        assert.has_error(function() bot.private:set { name = "notes" } end)
        asking.try_damaged(NOTES, nil, function(b) b.private:get("notes", "urn:n") end)
    end)
end)

describe("bot.search", function()
    local OLD = "<iq type='result'><query xmlns='jabber:iq:search'><instructions>Fill in</instructions><first/><last/></query></iq>"
    local FOUND = "<iq type='result'><query xmlns='jabber:iq:search'><item jid='r@m'><first>Romeo</first><last/></item><item/></query></iq>"
    local NEW = "<iq type='result'><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='form'><field var='last' type='text-single'/></x></query></iq>"
    local FOUND_NEW = "<iq type='result'><query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='result'><reported><field var='jid' type='jid-single'/>"
        .. "</reported><item><field var='jid'><value>R@m</value></field></item></x></query></iq>"

    it("asks and finds, as services do it and did it", function()
        local bot = asking.bot { OLD, FOUND, NEW, FOUND_NEW, OLD }
        assert.same({ { jid = "r@m", first = "Romeo", last = "" } }, bot.search:find("s", { first = "Romeo" }))
        assert.equal("<iq to='s' type='set'><query xmlns='jabber:iq:search'><first>Romeo</first></query></iq>", asking.sent(bot))
        assert.same({ { jid = "r@m" } }, bot.search:find("s", { last = "M" }))
        assert.matches("<x type='submit' xmlns='jabber:x:data'><field type='text-single' var='last'><value>M</value>", asking.sent(bot), 1, true)
        local found, err = bot.search:find("s", { shoe = "43" })
        assert.is_nil(found)
        assert.equal("shoe", err.extra.field)
        for _, xml in ipairs { OLD, FOUND, NEW, FOUND_NEW } do
            asking.try_damaged(xml, nil, function(b) b.search:find("s", {}) end)
            asking.try_damaged(xml, nil, function(b) b.search:find("s", {}) end, { OLD })
        end
    end)
end)

describe("bot.gateway", function()
    local PROMPT = "<iq type='result'><query xmlns='jabber:iq:gateway'><desc>Who?</desc><prompt>Name</prompt></query></iq>"
    local JID = "<iq type='result'><query xmlns='jabber:iq:gateway'><jid>bill@irc.example.org</jid></query></iq>"
    local REGISTRATION = "<iq type='result'><query xmlns='jabber:iq:register'><registered/><username>old</username><password/></query></iq>"

    it("translates names", function()
        local bot = asking.bot { PROMPT, JID, (JID:gsub("irc", "evil")) }
        assert.same({ prompt = "Name", desc = "Who?" }, bot.gateway:prompt "irc.example.org")
        assert.equal("bill@irc.example.org", bot.gateway:address("irc.example.org", "bill"))
        assert.matches("<prompt>bill</prompt>", asking.sent(bot))
        assert.is_nil((bot.gateway:address("irc.example.org", "bill"))) -- of another domain
    end)

    it("signs up and off", function()
        local bot = asking.bot { REGISTRATION, REGISTRATION, DONE, DONE }
        local f = assert(bot.gateway:registration "irc.example.org")
        assert.same({ true, "old", "text-private" }, { f.registered, f.values.username, f:field("password").type })
        assert.is_true(bot.gateway:register("irc.example.org", { username = "robo", password = "secret" }))
        assert.matches("<query xmlns='jabber:iq:register'><username>robo</username><password>secret</password></query>", asking.sent(bot), 1, true)
        assert.is_true(bot.gateway:unregister "irc.example.org")
        for _, jid in ipairs { "example.org", "Example.org", "bot@example.org" } do
            assert.has_error(function() bot.gateway:unregister(jid) end)
        end
        asking.try_damaged(REGISTRATION, nil, function(b) b.gateway:register("g", { username = "x" }) end)
        asking.try_damaged(JID, nil, function(b)
            b.gateway:address("irc.example.org", "bill")
            b.gateway:prompt "irc.example.org"
        end)
    end)
end)

describe("external services", function()
    local TURN = "<service host='turn.example' port='3478' type='turn' transport='udp' username='u' password='p'"
        .. " expires='2026-11-21T12:00:00Z' restricted='1'/>"
    local LIST = "<iq type='result'><services xmlns='urn:xmpp:extdisco:2'>" .. TURN .. "<service host='' type='x'/><service type='stun'/>"
        .. "<service host='stun.example' type='stun' port='99999'/></services></iq>"

    it("are read", function()
        local credentials = "<iq type='result'><credentials xmlns='urn:xmpp:extdisco:2'>" .. TURN .. "</credentials></iq>"
        local bot = asking.bot { LIST, credentials, (credentials:gsub("turn.example", "evil.example")) }
        local list = assert(bot:external_services "turn")
        assert.equal("<iq to='example.org' type='get'><services type='turn' xmlns='urn:xmpp:extdisco:2'/></iq>", asking.sent(bot))
        assert.same({
            host = "turn.example", port = 3478, type = "turn", transport = "udp", username = "u", password = "p", expires = 1795262400,
            restricted = true,
        }, list[1])
        assert.same({ host = "stun.example", type = "stun", restricted = false }, list[2])
        assert.equal("p", bot:external_credentials(list[1]).password)
        assert.is_nil((bot:external_credentials(list[1])))
        asking.try_damaged(LIST, nil, function(b) b:external_services() end)
        asking.try_damaged(credentials, nil, function(b) b:external_credentials { host = "turn.example", type = "turn" } end)
    end)
end)

describe("nicks", function()
    local NICK = "http://jabber.org/protocol/nick"

    it("are published and read", function()
        local xml = items(NICK, "<nick xmlns='" .. NICK .. "'>Robo</nick>")
        local bot = asking.bot { DONE, xml, items(NICK, "<nick xmlns='other'>Robo</nick>") }
        assert.is_true(bot:set_nick "Robo")
        assert.matches("<publish node='" .. NICK .. "'><item id='current'><nick xmlns='" .. NICK .. "'>Robo</nick>", asking.sent(bot), 1, true)
        assert.equal("Robo", bot:nick_of "a@b")
        assert.is_nil((bot:nick_of "a@b"))
        asking.try_damaged(xml, nil, function(b) b:nick_of "a@b" end)
    end)
end)

-- SPDX-License-Identifier: MIT
local asking = require "spec.lua.asking"
local stand_in = require "spec.lua.stand_in"

local PUBSUB, OWNER, EVENT = "http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#owner", "http://jabber.org/protocol/pubsub#event"
local DONE = "<iq type='result'/>"
local PROMISES = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='" .. PUBSUB .. "#publish-options'/></query></iq>"
local PAYLOAD = { name = "mood", attr = { xmlns = "urn:example:mood" }, "fine" }

local function result(inside, xmlns) return ("<iq type='result'><pubsub xmlns='%s'>%s</pubsub></iq>"):format(xmlns or PUBSUB, inside) end

describe("bot.pubsub", function()
    it("publishes", function()
        local bot = asking.bot { result "<publish node='n'><item id='made'/></publish>", DONE, DONE }
        assert.equal("made", bot.pubsub:publish("p@b", "n", PAYLOAD))
        assert.equal("<iq to='p@b' type='set'><pubsub xmlns='" .. PUBSUB .. "'><publish node='n'><item><mood xmlns='urn:example:mood'>fine"
            .. "</mood></item></publish></pubsub></iq>", asking.sent(bot))
        assert.equal("current", bot.pubsub:publish(nil, "n", PAYLOAD, { id = "current" }))
        assert.matches("^<iq type='set'>", asking.sent(bot))
        assert.is_true(bot.pubsub:publish(nil, "n"))
        local id, err = bot.pubsub:publish(nil, "n", PAYLOAD)
        assert.is_nil(id)
        assert.equal("service-unavailable", err.condition)
    end)

    it("publishes nothing where the service does not promise to keep to the options", function()
        local bot = asking.bot { "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>" }
        local id, err = bot.pubsub:publish_private("notes", PAYLOAD)
        assert.is_nil(id)
        assert.equal("feature-not-implemented", err.condition)
        assert.equal(1, #bot.sent)
        assert.matches("to='bot@example.org'", asking.sent(bot))
        bot = asking.bot { asking.failure "forbidden" }
        id, err = bot.pubsub:publish_private("notes", PAYLOAD)
        assert.is_nil(id)
        assert.equal("forbidden", err.condition)
        assert.equal(1, #bot.sent)
    end)

    it("keeps what is private to the account", function()
        local bot = asking.bot { PROMISES, DONE, DONE }
        assert.equal("current", bot.pubsub:publish_private("notes", PAYLOAD))
        assert.matches("<publish-options><x type='submit' xmlns='jabber:x:data'><field var='FORM_TYPE'><value>" .. PUBSUB
            .. "#publish-options</value></field><field var='pubsub#access_model'><value>whitelist</value></field>"
            .. "<field var='pubsub#persist_items'><value>1</value></field></x></publish-options>", asking.sent(bot), 1, true)
        assert.equal("current", bot.pubsub:publish_private("notes", PAYLOAD)) -- the promise is known
        assert.equal(3, #bot.sent)
    end)

    it("configures a node that is otherwise, and publishes then", function()
        local config = result("<configure node='notes'><x xmlns='jabber:x:data' type='form'><field var='FORM_TYPE' type='hidden'><value>"
            .. PUBSUB .. "#node_config</value></field><field var='pubsub#access_model' type='list-single'><value>open</value>"
            .. "<option><value>open</value></option><option><value>whitelist</value></option></field>"
            .. "<field var='pubsub#persist_items' type='boolean'><value>1</value></field></x></configure>", OWNER)
        local bot = asking.bot { PROMISES, asking.failure "conflict", config, DONE, DONE }
        assert.equal("current", bot.pubsub:publish_private("notes", PAYLOAD))
        assert.matches("<configure node='notes'>.*access_model'><value>whitelist</value>", asking.sent(bot, 4))
        assert.matches("<publish%-options>", asking.sent(bot, 5))
        -- not its owner: nothing is published
        bot = asking.bot { PROMISES, asking.failure "conflict", asking.failure "forbidden", DONE }
        local id, err = bot.pubsub:publish_private("notes", PAYLOAD)
        assert.is_nil(id)
        assert.equal("forbidden", err.condition)
        assert.equal(3, #bot.sent)
    end)

    it("reads items", function()
        local page = result("<items node='n'><item id='1' publisher='a@b'><x xmlns='u'>one</x></item><item/><other/></items>")
        local bot = asking.bot { page, page, page, page }
        local items = assert(bot.pubsub:items("p@b", "n"))
        assert.same({ "1", "a@b", "one" }, { items[1].id, items[1].publisher, items[1].payload:get_text() })
        assert.equal(2, #items)
        assert.matches("<items node='n'/><set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set>", asking.sent(bot))
        bot.pubsub:items("p@b", "n", { max = 3 })
        assert.matches("<items max_items='3' node='n'/></pubsub>", asking.sent(bot))
        assert.equal("1", bot.pubsub:item("p@b", "n", "1").id)
        assert.matches("<items node='n'><item id='1'/></items></pubsub>", asking.sent(bot))
        local item, err = bot.pubsub:item("p@b", "n", "2")
        assert.is_nil(item)
        assert.equal("item-not-found", err.condition)
        bot = asking.bot { result "<items node='other'><item id='1'/></items>" }
        assert.same({}, bot.pubsub:items("p@b", "n")) -- of another node
    end)

    it("reads items page by page", function()
        local function page(id, last)
            return result(("<items node='n'><item id='%s'/></items><set xmlns='http://jabber.org/protocol/rsm'><last>%s</last></set>"):format(id, last))
        end
        local bot = asking.bot { page("1", "u1"), page("2", "u2"), result "<items node='n'/>" }
        local ids = {}
        for item in bot.pubsub:each("p@b", "n", { page = 1 }) do ids[#ids + 1] = item.id end
        assert.same({ "1", "2" }, ids)
        assert.matches("<after>u2</after>", asking.sent(bot))
    end)

    it("makes, changes and ends nodes", function()
        local bot = asking.bot { DONE, result "<create node='instant'/>", DONE, DONE, DONE, DONE, DONE }
        assert.equal("n", bot.pubsub:create("p@b", "n", { max_items = 5 }))
        assert.matches("<create node='n'/><configure><x type='submit' xmlns='jabber:x:data'>.*pubsub#max_items'><value>5<", asking.sent(bot))
        assert.equal("instant", bot.pubsub:create "p@b")
        assert.is_true(bot.pubsub:delete("p@b", "n", "xmpp:q@b"))
        assert.matches("<pubsub xmlns='" .. OWNER .. "'><delete node='n'><redirect uri='xmpp:q@b'/>", asking.sent(bot), 1, true)
        assert.is_true(bot.pubsub:purge("p@b", "n"))
        assert.is_true(bot.pubsub:retract("p@b", "n", "1"))
        assert.matches("<retract node='n' notify='true'><item id='1'/>", asking.sent(bot))
        assert.is_true(bot.pubsub:set_affiliation("p@b", "n", "c@d", "publisher"))
        assert.is_true(bot.pubsub:set_subscription("p@b", "n", "c@d", "none"))
        local ok, err = bot.pubsub:configure("p@b", "n", { x = 1 })
        assert.is_nil(ok)
        assert.equal("service-unavailable", err.condition)
    end)

    it("lists what there is", function()
        local bot = asking.bot {
            result "<subscriptions><subscription node='n' jid='a@b' subscription='subscribed' subid='s'/><subscription node='m' jid='a@b'/></subscriptions>",
            result "<affiliations><affiliation node='n' affiliation='owner'/></affiliations>",
            result("<affiliations node='n'><affiliation jid='c@d' affiliation='member'/></affiliations>", OWNER),
            result("<subscriptions node='n'><subscription jid='c@d' subscription='pending'/></subscriptions>", OWNER),
            "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='p@b' node='n' name='N'/><item jid='p@b'/></query></iq>",
        }
        local list = bot.pubsub:subscriptions "p@b"
        assert.same({ "subscribed", "s", "none" }, { list[1].subscription, list[1].subid, list[2].subscription })
        assert.same({ n = "owner" }, bot.pubsub:affiliations "p@b")
        assert.same({ ["c@d"] = "member" }, bot.pubsub:node_affiliations("p@b", "n"))
        assert.same({ ["c@d"] = "pending" }, bot.pubsub:node_subscriptions("p@b", "n"))
        assert.same({ { node = "n", name = "N" } }, bot.pubsub:nodes "p@b")
    end)

    it("survives every damaged answer", function()
        local inside = "<items node='n'><item id='1' publisher='a'><x xmlns='u'/></item></items><set xmlns='http://jabber.org/protocol/rsm'>"
            .. "<first index='0'>1</first><last>1</last><count>1</count></set><subscriptions><subscription node='n' jid='j' subscription='x'/>"
            .. "</subscriptions><affiliations><affiliation node='n' affiliation='owner'/></affiliations><create node='n'/>"
            .. "<publish node='n'><item id='1'/></publish><subscription node='n' jid='j' subid='s'/>"
        asking.try_damaged(result(inside), nil, function(bot)
            local pubsub = bot.pubsub
            pubsub:items("p", "n", { limit = 20 })
            pubsub:item("p", "n", "1")
            pubsub:subscriptions "p"
            pubsub:affiliations "p"
            pubsub:create("p", "n")
            pubsub:publish("p", "n", PAYLOAD)
            pubsub:subscribe("p", "n")
        end)
        local owner = "<configure node='n'><x xmlns='jabber:x:data' type='form'><field var='pubsub#title'><value>t</value></field></x></configure>"
        asking.try_damaged(result(owner, OWNER), nil, function(bot) bot.pubsub:configure("p", "n", { title = "u" }) end)
        asking.try_damaged(PROMISES, nil, function(bot) bot.pubsub:publish_private("n", PAYLOAD) end)
    end)

    it("raises when it is misused", function()
        local bot = asking.bot {}
        assert.has_error(function() bot.pubsub:publish(nil, nil) end)
        assert.has_error(function() bot.pubsub:items({}, "n") end)
        assert.has_error(function() bot.pubsub:on(nil, "n") end)
        assert.has_error(function() bot.pubsub:on("@", "n", print) end)
    end)
end)

describe("events of nodes", function()
    local events

    local ROSTER = { ["romeo@example.net"] = { subscription = "both" }, ["tybalt@example.net"] = { subscription = "from" } }

    local function message(from, inside)
        return asking.parse(("<message %s type='headline'><event xmlns='%s'>%s</event></message>"):format(from and "from='" .. from .. "'" or "",
            EVENT, inside))
    end

    local ITEM = "<items node='n'><item id='1' publisher='p'><x xmlns='u'>one</x></item><retract id='2'/></items>"

    local function kinds(bot)
        local list = {}
        for i, raised in ipairs(bot.emitted) do list[i] = raised.name end
        return list
    end

    before_each(function() events = require "couplet.xep.pubsub_event" end)

    local function raised(from, inside, prepare)
        local bot = asking.bot({ DONE }, { roster = ROSTER })
        if prepare then prepare(bot) end
        events.on_message(stand_in.event(bot, message(from, inside or ITEM)))
        return kinds(bot), bot
    end

    it("are raised with what they tell", function()
        local names, bot = raised "bot@example.org"
        assert.same({ "pubsub.item", "pubsub.retract" }, names)
        local fields = bot.emitted[1].fields
        assert.same({ "bot@example.org", "n", "1", "one", "p" }, {
            fields.from, fields.node, fields.item.id, fields.item.payload:get_text(), fields.item.publisher,
        })
        assert.equal("2", bot.emitted[2].fields.item.id)
        for inside, change in pairs {
            ["<purge node='n'/>"] = "purged", ["<configuration node='n'/>"] = "configured",
            ["<delete node='n'><redirect uri='xmpp:a@b'/></delete>"] = "deleted",
        } do
            names, bot = raised("bot@example.org", inside)
            assert.same({ "pubsub.node" }, names)
            assert.equal(change, bot.emitted[1].fields.change)
        end
        assert.equal("xmpp:a@b", bot.emitted[1].fields.uri or "xmpp:a@b")
    end)

    it("count from those who may tell, and from nobody else", function()
        local both = { "pubsub.item", "pubsub.retract" }
        assert.same(both, (raised(nil)))
        assert.same(both, (raised "romeo@example.net"))
        assert.same({}, (raised "romeo@example.net/phone"))
        assert.same({}, (raised "tybalt@example.net"))
        assert.same({}, (raised "mallory@example.com"))
        assert.same({}, (raised "pubsub.example.org"))
        assert.same({}, (raised "bot@example.org/other"))
        assert.same(both, (raised("pubsub.example.org", nil, function(bot) bot.pubsub:subscribe("pubsub.example.org", "n") end)))
        assert.same(both, (raised("pubsub.example.org", nil, function(bot) bot.pubsub:on("pubsub.example.org", "n", print) end)))
    end)

    it("count from a service that the bot subscribed at before it was started anew", function()
        local bot = asking.bot { DONE }
        bot.pubsub:subscribe("pubsub.example.org", "n")
        package.loaded["couplet.xep.pubsub_event"] = nil
        require("couplet.xep.pubsub_event").on_message(stand_in.event(bot, message("pubsub.example.org", ITEM)))
        assert.equal(2, #bot.emitted)
    end)

    it("go to the functions that listen to them", function()
        local bot = asking.bot({}, { roster = ROSTER })
        local heard = {}
        local announced = {}
        rawset(bot, "disco", { announce = function(_, name, is_on) announced[#announced + 1] = name .. " " .. tostring(is_on) end })
        local function listen(service, what)
            return bot.pubsub:on(service, "n", function(event) heard[#heard + 1] = what .. " " .. event.kind end)
        end
        local own, contacts = listen(nil, "own"), listen("*", "contact")
        listen("pubsub.example.org", "service")
        assert.same({ "n+notify true" }, announced)
        local function tell(from, node)
            heard = {}
            for _, hook in ipairs(bot.hooked) do
                if hook.event == "pubsub.item" and not hook.removed then hook.call { kind = "pubsub.item", from = from, node = node or "n" } end
            end
            return heard
        end
        assert.same({ "own pubsub.item" }, tell "bot@example.org")
        assert.same({ "contact pubsub.item" }, tell "romeo@example.net")
        assert.same({ "service pubsub.item" }, tell "pubsub.example.org")
        assert.same({}, tell("bot@example.org", "other"))
        own:remove()
        own:remove()
        assert.same({ "n+notify true" }, announced)
        assert.same({}, tell "bot@example.org")
        contacts:remove()
        assert.same({ "n+notify true", "n+notify false" }, announced)
    end)

    it("never raise when they are damaged", function()
        for _, damaged in ipairs(asking.damaged(tostring("<message from='bot@example.org'><event xmlns='" .. EVENT .. "'>" .. ITEM .. "</event></message>"))) do
            local bot = asking.bot {}
            assert.has_no.errors(function() events.on_message(stand_in.event(bot, damaged)) end)
        end
        stand_in.damaged(asking.bot {}, message("bot@example.org", ITEM), {}, function(event) events.on_message(event) end)
        local many = ("<item id='x'/>"):rep(5000)
        local _, bot = raised("bot@example.org", "<items node='n'>" .. many .. "</items>")
        assert.equal(200, #bot.emitted)
    end)
end)

-- SPDX-License-Identifier: MIT
-- What a bot asks of servers and services, as they really answer: pubsub and what is kept in it, private storage, blocking,
-- vCards, search, external services, administration. The bot does what a message says, and answers with what came of it.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["asker.lua"] = [=[
local M = {}
local SERVICE, NODE = "pubsub.localhost", "news"
local PNG = "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\1\0\0\0\2\8\6\0\0\0"
local heard = {}
local deeds = {}

local function element(text) return { name = "entry", attr = { xmlns = "urn:example:news" }, text } end

local function names(set)
    local list = {}
    for name in pairs(set) do list[#list + 1] = name end
    table.sort(list)
    return table.concat(list, " ")
end

-- pubsub
function deeds.create(bot)
    local node = assert(bot.pubsub:create(SERVICE, NODE, { persist_items = true, access_model = "open" }))
    local _, err = bot.pubsub:create(SERVICE, NODE)
    return node .. " " .. err.condition
end
function deeds.publish(bot)
    for i = 1, 5 do assert(bot.pubsub:publish(SERVICE, NODE, element("entry " .. i), { id = "e" .. i })) end
    local texts = {}
    for _, item in ipairs(assert(bot.pubsub:items(SERVICE, NODE, { page = 2 }))) do texts[#texts + 1] = item.payload:get_text() end
    table.sort(texts)
    return table.concat(texts, ",")
end
function deeds.item(bot)
    local item = assert(bot.pubsub:item(SERVICE, NODE, "e3"))
    local none, err = bot.pubsub:item(SERVICE, NODE, "e9")
    return item.payload:get_text() .. " " .. tostring(none) .. " " .. err.condition
end
function deeds.retract(bot)
    assert(bot.pubsub:retract(SERVICE, NODE, "e1"))
    local left = #assert(bot.pubsub:items(SERVICE, NODE))
    assert(bot.pubsub:purge(SERVICE, NODE))
    return left .. " " .. #assert(bot.pubsub:items(SERVICE, NODE))
end
function deeds.configure(bot)
    assert(bot.pubsub:configure(SERVICE, NODE, { deliver_payloads = true, max_items = 3 }))
    local values = assert(bot.pubsub:configuration(SERVICE, NODE))
    local _, err = bot.pubsub:configure(SERVICE, NODE, { no_such_option = 1 })
    return tostring(values.deliver_payloads) .. " " .. tostring(math.tointeger(tonumber(values.max_items))) .. " " .. err.extra.field
end
function deeds.listen(bot)
    bot.pubsub:on(SERVICE, NODE, function(event)
        heard[#heard + 1] = event.kind .. " " .. (event.item and event.item.payload and event.item.payload:get_text() or event.change or "")
        bot:say("romeo@localhost", "heard " .. heard[#heard])
    end)
    local subscription = assert(bot.pubsub:subscribe(SERVICE, NODE))
    assert(bot.pubsub:set_affiliation(SERVICE, NODE, "romeo@localhost", "publisher"))
    local list = assert(bot.pubsub:subscriptions(SERVICE))
    return subscription.subscription .. " " .. list[1].node .. " " .. tostring((bot.pubsub:affiliations(SERVICE) or {})[NODE]) .. " "
        .. bot.pubsub:node_affiliations(SERVICE, NODE)["romeo@localhost"] .. " " .. names(bot.pubsub:node_subscriptions(SERVICE, NODE))
end
function deeds.heard() return #heard .. " heard" end
function deeds.unsubscribe(bot)
    local subid = bot.pubsub:subscriptions(SERVICE)[1].subid
    assert(bot.pubsub:unsubscribe(SERVICE, NODE, { subid = subid }))
    assert(bot.pubsub:delete(SERVICE, NODE))
    return #assert(bot.pubsub:subscriptions(SERVICE)) .. " " .. #assert(bot.pubsub:nodes(SERVICE))
end

-- the account's own
function deeds.keep(bot)
    assert(bot.pubsub:publish_private("urn:example:notes", element "secret"))
    local values = assert(bot.pubsub:configuration(nil, "urn:example:notes"))
    return values.access_model .. " " .. bot.pubsub:items(nil, "urn:example:notes")[1].payload:get_text()
end
function deeds.keep_open(bot)
    assert(bot.pubsub:publish(nil, "urn:example:open", element "open", { id = "current", options = { access_model = "open" } }))
    assert(bot.pubsub:publish_private("urn:example:open", element "closed"))
    return assert(bot.pubsub:configuration(nil, "urn:example:open")).access_model
end
function deeds.private(bot)
    local before = assert(bot.private:get("notes", "urn:example:notes"))
    assert(bot.private:set { name = "notes", attr = { xmlns = "urn:example:notes" }, "kept" })
    return #before .. " " .. bot.private:get("notes", "urn:example:notes"):get_text()
end
function deeds.nick(bot)
    assert(bot:set_nick "Robo")
    return bot:nick_of(bot.jid:match "^[^/]+")
end
function deeds.vcard(bot)
    assert(bot.vcard:set { name = "The Robot", given = "Robo", family = "Bot", email = "robo@example.org", url = "https://example.org/" })
    local card = assert(bot.vcard:get())
    assert(bot.vcard:set(card))
    card = assert(bot.vcard:get "asker@localhost")
    return card.name .. "|" .. card.given .. "|" .. card.family .. "|" .. card.emails[1] .. "|" .. card.url
end
function deeds.vcard4(bot)
    assert(bot.vcard:set4 { name = "The Robot", nick = "robo", jid = "robo@example.org" })
    local card = assert(bot.vcard:get4())
    return card.name .. "|" .. card.nick .. "|" .. card.jid
end
function deeds.avatar(bot)
    local id = assert(bot.avatar:set(PNG))
    local picture = assert(bot.avatar:get "asker@localhost")
    assert(picture.data == PNG and picture.id == id)
    return picture.type .. " " .. picture.width .. "x" .. picture.height .. " " .. id
end
function deeds.no_avatar(bot)
    assert(bot.avatar:clear())
    local picture, err = bot.avatar:get "asker@localhost"
    return picture and #picture.data or err.condition
end
function deeds.block(bot)
    local before = #assert(bot.blocking:list())
    assert(bot.blocking:block("mallory@example.com", "juliet@localhost"))
    local list = table.concat(assert(bot.blocking:list()), " ")
    assert(bot.blocking:unblock "mallory@example.com")
    return before .. " " .. list .. " " .. tostring(bot.blocking:is_blocked "mallory@example.com/x") .. " "
        .. tostring(bot.blocking:is_blocked "juliet@localhost/x")
end
function deeds.blocked(bot) return bot.blocking:is_blocked "juliet@localhost" end
function deeds.unblock(bot)
    assert(bot.blocking:unblock_all())
    return #assert(bot.blocking:list()) .. " " .. tostring(bot.blocking:is_blocked "juliet@localhost")
end

-- contacts
function deeds.befriend(bot)
    bot.pubsub:on("*", "urn:example:mood", function(event)
        bot:say("romeo@localhost", "mood of " .. event.from .. ": " .. event.item.payload:get_text())
    end)
    bot.avatar:on(function(event) bot:say("romeo@localhost", "picture of " .. event.from .. ": " .. tostring(event.id)) end)
    bot:send { name = "presence", attr = { to = "romeo@localhost", type = "subscribe" } }
    return "asked"
end

-- others
function deeds.search(bot)
    local f, err = bot.search:form "vjud.localhost"
    if not f then return err.condition end
    local fields = {}
    for _, field in ipairs(f.fields) do fields[#fields + 1] = field.var end
    return table.concat(fields, " ")
end
function deeds.find(bot)
    local found, err = bot.search:find("vjud.localhost", { last = "Bot" })
    if not found then return err.condition .. " " .. tostring(err.text) end
    return #found .. " " .. (found[1] and found[1].jid or "")
end
function deeds.external(bot)
    local list = assert(bot:external_services "turn")
    local service = list[1]
    if not service.password then service = assert(bot:external_credentials(service)) end
    return service.type .. " " .. service.port .. " " .. service.transport .. " " .. (service.password and "password" or "none")
end
function deeds.commands(bot)
    local list = assert(bot.adhoc:commands "localhost")
    return #list > 5 and "many" or #list
end
function deeds.admin(bot)
    local has = assert(bot.admin:commands())
    assert(has.add_user, "no add_user")
    assert(bot.admin:add_user("fresh@localhost", "pa55word"))
    local _, err = bot.admin:add_user("not an address", "x")
    return "made " .. tostring(err.extra and err.extra.field or err.condition)
end
function deeds.unmake(bot) return tostring(bot.admin:delete_user "fresh@localhost") end
function deeds.online(bot)
    local has = assert(bot.admin:commands())
    if has.get_online_users_num then return assert(bot.admin:get_online_users_num()) >= 2 and "many" or "few" end
    return #assert(bot.admin:get_online_users_list()) >= 2 and "many" or "few"
end
function deeds.nobody(bot)
    local session, err = bot.adhoc:run("localhost", "no such command")
    return tostring(session) .. " " .. err.condition
end

function M.act(event)
    local ok, result = pcall(deeds[event.captures[1]], event.bot)
    if ok then return "= " .. tostring(result) end
    return "! " .. tostring(result)
end
function M.accept() return { name = "presence", attr = { to = "romeo@localhost", type = "subscribed" } } end
function M.changed(event) event.bot:say("romeo@localhost", "blocking changed: " .. table.concat(event.blocked, " ")) end
return M
]=],
}

local BOTS = [[
  asker:
    @account asker
    hooks:
      - { event: message, type: chat, from: "romeo@localhost", body: "^do (%S+)$", call: asker.act }
      - { event: blocking.changed, call: asker.changed }
      - { event: presence, type: subscribe, from: "romeo@localhost", call: asker.accept }
]]

e2e.each_server(describe, "services", function(kind)
    local world, romeo

    setup(function()
        world = e2e.start { kind = kind, server = { "--services", "asker" }, scripts = SCRIPTS, bots = BOTS, top = "storage: kept" }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function act(deed, want)
        romeo:say("asker@localhost", "do " .. deed)
        local answer = romeo:expect { from = "^asker@localhost/", body = "^[=!] " }
        if type(want) == "table" then want = want[kind] end
        if want:sub(1, 1) == "^" then
            assert.matches(want, answer.body)
        else
            assert.equal("= " .. want, answer.body)
        end
    end

    it("keep nodes, and publish to those who subscribe", function()
        act("create", "news conflict")
        act("publish", "entry 1,entry 2,entry 3,entry 4,entry 5")
        act("item", "entry 3 nil item-not-found")
        act("retract", "4 0")
        act("configure", "true 3 pubsub#no_such_option")
        act("listen", { -- Prosody does not say what the bot is at its nodes
            prosody = "subscribed news nil publisher asker@localhost", ejabberd = "subscribed news owner publisher asker@localhost",
        })
        local published = romeo:iq("pubsub.localhost", "set", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='news'>"
            .. "<item id='r'><entry xmlns='urn:example:news'>extra</entry></item></publish></pubsub>")
        assert.equal("result", published.type)
        romeo:expect { from = "^asker@localhost", body = "heard pubsub.item extra" }
    end)

    it("are not spoken for by others", function()
        for _, to in ipairs { "asker@localhost", world:full_jid "asker" } do
            romeo:raw(("<message to='%s' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='news'><item id='x'>"
                .. "<entry xmlns='urn:example:news'>forged</entry></item></items></event></message>"):format(to))
        end
        act("heard", "1 heard")
        act("unsubscribe", "0 0")
    end)

    it("keep for the account alone what is private", function()
        act("keep", "whitelist secret")
        local spy = romeo:iq("asker@localhost", "get", "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:example:notes'/></pubsub>")
        assert.equal("error", spy.type)
        act("keep_open", "whitelist")
        act("private", "0 kept")
    end)

    it("show what is meant for others", function()
        act("nick", "Robo")
        act("vcard", "The Robot|Robo|Bot|robo@example.org|https://example.org/")
        act("vcard4", "The Robot|robo|robo@example.org")
        act("avatar", "^= image/png 1x2 %x+$")
        act("no_avatar", "item-not-found")
    end)

    it("tell of contacts what they publish", function()
        act("befriend", "asked")
        romeo:expect { event = "presence", type = "subscribe" }
        romeo:presence { to = "asker@localhost", type = "subscribed" }
        romeo:presence { to = "asker@localhost", type = "subscribe" } -- servers tell only those whose presence they see
        romeo:raw(("<message to='%s' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='urn:example:mood'>"
            .. "<item id='x'><mood xmlns='urn:example:mood'>forged</mood></item></items></event></message>"):format(world:full_jid "asker"))
        local function publish(node, id, payload)
            romeo:raw(("<iq type='set' id='publish-%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'><item id='%s'>"
                .. "%s</item></publish></pubsub></iq>"):format(id, node, id, payload))
            romeo:expect { event = "iq", id = "publish-" .. id, type = "result" }
        end
        romeo:expect { event = "presence", from = "^asker@localhost/" }
        publish("urn:example:mood", "1", "<mood xmlns='urn:example:mood'>moody</mood>")
        romeo:expect { from = "^asker@localhost", body = "mood of romeo@localhost: moody" }
        local id = ("ab"):rep(20)
        publish("urn:xmpp:avatar:metadata", id, ("<metadata xmlns='urn:xmpp:avatar:metadata'><info id='%s' type='image/png' bytes='1'/></metadata>")
            :format(id))
        romeo:expect { from = "^asker@localhost", body = "picture of romeo@localhost: " .. id }
        romeo:expect_none { body = "mood of romeo@localhost: forged" }
    end)

    it("block", function()
        act("block", "0 juliet@localhost mallory@example.com false true")
        romeo:expect { from = "^asker@localhost", body = "^blocking changed: " }
        local forged = romeo:iq(world:full_jid "asker", "set", "<unblock xmlns='urn:xmpp:blocking'><item jid='juliet@localhost'/></unblock>")
        assert.equal("forbidden", forged.error)
        act("blocked", "true")
        act("unblock", "0 false")
    end)

    it("search", function()
        act("search", { prosody = "^= .*first last nick email", ejabberd = "^= .*first.*last.*nick.*email" })
        if kind == "ejabberd" then act("find", "1 asker@localhost") end
    end)

    it("tell of other services", function() act("external", "turn 3478 udp password") end)

    it("are administered", function()
        act("commands", "many")
        act("admin", "^= made ")
        act("online", "many")
        act("unmake", "true")
        act("nobody", { prosody = "nil service-unavailable", ejabberd = "nil item-not-found" })
        assert.not_matches("pa55word", world.log, 1, true)
    end)
end)

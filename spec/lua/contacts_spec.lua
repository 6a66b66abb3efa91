-- SPDX-License-Identifier: MIT
local stand_in = require "spec.lua.stand_in"
local st = require "couplet.stanza"

local ROMEO, TYBALT = "romeo@example.net", "tybalt@example.net"

local function item(attr, ...)
    return { name = "item", attr = attr, ... }
end

local function roster_iq(type, ...)
    return st.deserialize { name = "iq", attr = { type = type }, { name = "query", attr = { xmlns = "jabber:iq:roster" }, ... } }
end

local function group(name) return { name = "group", attr = {}, name } end

describe("contacts", function()
    local bot, contacts, roster

    before_each(function()
        stand_in.time = 1000
        bot = stand_in.bot()
        contacts = require "couplet.xep.contacts"
        roster = require "couplet.roster"
        roster.apply(bot, roster_iq("result",
            item({ jid = ROMEO, subscription = "both", name = "Romeo" }, group "Friends"), item { jid = TYBALT, subscription = "from" }))
    end)

    local function presence(from, type, ...)
        contacts.on_presence(stand_in.event(bot, { name = "presence", attr = { from = from, type = type }, ... }, { type = type or "available" }))
    end

    it("are those of the roster", function()
        local romeo = bot.contacts[ROMEO]
        assert.same({ ROMEO, "Romeo", "both", { "Friends" }, false }, { romeo.jid, romeo.name, romeo.subscription, romeo.groups, romeo.online })
        assert.equal("Romeo", bot.contacts["ROMEO@Example.net"].name)
        assert.is_nil(bot.contacts["nobody@example.net"])
        assert.is_nil(bot.contacts["@"])
        assert.is_nil(bot.contacts[1])
        local seen = {}
        for who, contact in pairs(bot.contacts) do seen[who] = contact.subscription end
        assert.same({ [ROMEO] = "both", [TYBALT] = "from" }, seen)
    end)

    it("are online by their resources, and forgotten when they are gone", function()
        local romeo = bot.contacts[ROMEO]
        presence(ROMEO .. "/orchard", nil,
            { name = "show", attr = {}, "away" }, { name = "status", attr = {}, "in love" }, { name = "priority", attr = {}, "5" })
        presence(ROMEO .. "/balcony")
        assert.same({
            orchard = { show = "away", status = "in love", priority = 5 }, balcony = { priority = 0 },
        }, romeo.presences)
        assert.is_true(romeo.online)
        presence(ROMEO .. "/orchard", "unavailable")
        assert.same({ balcony = { priority = 0 } }, romeo.presences)
        presence(ROMEO .. "/balcony", "unavailable")
        assert.is_false(romeo.online)
    end)

    it("are all gone when their bare address is, or cannot be reached", function()
        for _, type in ipairs { "unavailable", "error" } do
            presence(ROMEO .. "/orchard")
            presence(ROMEO .. "/balcony")
            presence(ROMEO, type)
            assert.is_false(bot.contacts[ROMEO].online)
        end
    end)

    it("are not online for what an acknowledgement says", function()
        local features = require("couplet.features").rows
        for _, row in ipairs(features) do
            if row.call == "couplet.xep.contacts.on_presence" then assert.same({ "available", "unavailable", "error" }, row.type) end
        end
        presence(ROMEO, "subscribed")
        assert.is_false(bot.contacts[ROMEO].online)
    end)

    it("are nobody whose presence we do not ask for", function()
        presence(TYBALT .. "/x")
        presence "mallory@example.net/x"
        presence "@"
        assert.is_false(bot.contacts[TYBALT].online)
        assert.is_nil(bot.contacts["mallory@example.net"])
    end)

    it("are unknown again when the session has ended, and end with their subscription", function()
        presence(ROMEO .. "/orchard")
        roster.apply(bot, roster_iq("set", item { jid = ROMEO, subscription = "from" }))
        assert.is_false(bot.contacts[ROMEO].online)
        roster.apply(bot, roster_iq("set", item { jid = ROMEO, subscription = "both" }))
        contacts.on_offline { bot = bot }
        assert.is_false(bot.contacts[ROMEO].online)
    end)

    it("may send what they like", function()
        for i = 1, 200 do presence(ROMEO .. "/" .. i, nil, { name = "show", attr = {}, "busy" }, { name = "priority", attr = {}, "9999" }) end
        local n = 0
        for _, one in pairs(bot.contacts[ROMEO].presences) do
            n = n + 1
            assert.same({ priority = 0 }, one)
        end
        assert.equal(50, n)
        presence(ROMEO .. "/1", nil, { name = "status", attr = {}, ("x"):rep(100000) }, { name = "priority", attr = {}, "-999" })
        assert.same({ priority = -128 }, bot.contacts[ROMEO].presences["1"])
    end)

    local function last() return bot.sent[#bot.sent] end

    local function answer_with(...)
        local results = table.pack(...)
        bot.answers = function() return table.unpack(results) end
    end

    it("are added, renamed, grouped and removed, and the server's word is waited for", function()
        answer_with(st.deserialize { name = "iq", attr = { type = "result" } })
        assert.is_true(bot.contacts:add("Juliet@example.net/balcony", { name = "Juliet", groups = { "A", "B" } }))
        local query = last():get_child("query", "jabber:iq:roster")
        assert.same({ jid = "juliet@example.net", name = "Juliet" }, query[1].attr)
        assert.equal("B", query[1][2]:get_text())
        assert.is_true(bot.contacts:rename(ROMEO, "R."))
        assert.same({ "R.", "Friends" }, { last()[1][1].attr.name, last()[1][1]:get_child_text "group" })
        assert.is_true(bot.contacts:groups(ROMEO, {}))
        assert.same({ "Romeo", 0 }, { last()[1][1].attr.name, #last()[1][1] })
        assert.same({ "Friends" }, bot.contacts:groups(ROMEO))
        assert.is_true(bot.contacts:remove(ROMEO))
        assert.same({ jid = ROMEO, subscription = "remove" }, last()[1][1].attr)
        answer_with(nil, { condition = "not-allowed" })
        local ok, err = bot.contacts:add "x@example.net"
        assert.same({ nil, "not-allowed" }, { ok, err.condition })
        ok, err = bot.contacts:rename("nobody@example.net", "N.")
        assert.same({ nil, "item-not-found" }, { ok, err.condition })
    end)

    it("are asked at their bare address, under an id, and the push is waited for", function()
        local waited
        bot.on_wait = function(name)
            waited = name
            roster.apply(bot, roster_iq("set", item { jid = TYBALT, subscription = "from", ask = "subscribe" }))
        end
        assert.is_true(bot.contacts:subscribe(TYBALT .. "/sword", { text = "it is me", nick = "Robo" }))
        assert.equal("roster:" .. TYBALT, waited)
        assert.same({ TYBALT, "subscribe" }, { last().attr.to, last().attr.type })
        assert.is_truthy(last().attr.id)
        assert.equal("it is me", last():get_child_text "status")
        assert.equal("Robo", last():get_child_text("nick", "http://jabber.org/protocol/nick"))
        local count = #bot.sent
        assert.is_true(bot.contacts:subscribe(TYBALT)) -- asked already
        assert.is_true(bot.contacts:subscribe(ROMEO)) -- granted already
        assert.equal(count, #bot.sent)
    end)

    it("that the server says nothing of are an error in time", function()
        local ok, err = bot.contacts:approve "mercutio@example.net"
        assert.same({ nil, "remote-server-timeout" }, { ok, err.condition })
        assert.same({ "mercutio@example.net", "subscribed" }, { last().attr.to, last().attr.type })
    end)

    it("are denied and given up", function()
        assert.is_true(bot.contacts:deny "mallory@example.net")
        assert.equal("unsubscribed", last().attr.type)
        bot.on_wait = function() roster.apply(bot, roster_iq("set", item { jid = ROMEO, subscription = "none" })) end
        assert.is_true(bot.contacts:unsubscribe(ROMEO))
        assert.equal("unsubscribe", last().attr.type)
    end)

    it("cannot be called nonsense", function()
        for _, verb in ipairs { "add", "remove", "rename", "groups", "subscribe", "unsubscribe", "approve", "deny" } do
            assert.error(function() bot.contacts[verb](bot.contacts, "@") end)
            assert.error(function() bot.contacts[verb](bot.contacts, nil) end)
        end
        assert.error(function() bot.contacts:add("a@b", { groups = { "" } }) end)
        assert.error(function() bot.contacts:add("a@b", { name = 1 }) end)
    end)

    it("that subscribe, or let themselves be seen, are told once", function()
        assert.same({}, bot.emitted) -- what the roster says at login is no news
        roster.apply(bot, roster_iq("set", item { jid = TYBALT, subscription = "both" }))
        roster.apply(bot, roster_iq("set", item { jid = TYBALT, subscription = "both", name = "T." }))
        roster.apply(bot, roster_iq("set", item { jid = "mercutio@example.net", subscription = "from" }))
        roster.apply(bot, roster_iq("set", item { jid = ROMEO, subscription = "remove" }))
        roster.apply(bot, roster_iq("set", item {}))
        assert.same({
            { name = "subscribed", fields = { from = TYBALT, way = "to" } },
            { name = "subscribed", fields = { from = "mercutio@example.net", way = "from" } },
        }, bot.emitted)
    end)
end)

describe("a request for a subscription", function()
    local on_request

    before_each(function()
        stand_in.time = stand_in.time + 10000
        on_request = require("couplet.xep.subscriptions").on_request
    end)

    local function ask(bot, from, more)
        return on_request(stand_in.event(bot, { name = "presence", attr = { from = from, type = "subscribe" } }, more))
    end

    local function bot_with(policy, more)
        local config = more or {}
        config.subscriptions = policy
        return stand_in.bot { config = config, roster = { [TYBALT] = { subscription = "to" } } }
    end

    it("is left alone unless somebody said otherwise", function()
        for _, policy in ipairs { {}, { accept = "none" }, { accept = {} }, { accept = "admins" }, { accept = { "nobody" } } } do
            local bot = bot_with(policy)
            assert.is_nil(ask(bot, ROMEO))
            assert.equal(0, #bot.sent)
        end
        assert.is_nil(ask(bot_with(nil), ROMEO))
    end)

    it("is granted to whom the policy names, at the bare address", function()
        local more = { admins = { "admin@example.org" }, roles = { oncall = { ROMEO } } }
        local bot = bot_with({ accept = { "admins", "oncall", "*@ops.example.org" } }, more)
        for _, who in ipairs { "admin@example.org", ROMEO .. "/x", "a@ops.example.org" } do assert.is_true(ask(bot, who)) end
        for _, who in ipairs { "admin@example.org.evil", "oncall@example.net", "a@ops.example.org.evil", "x@example.org/a@ops.example.org", "@", "" } do
            assert.is_nil(ask(bot, who))
        end
        assert.equal(3, #bot.sent)
        assert.same({ ROMEO, "subscribed" }, { bot.sent[2].attr.to, bot.sent[2].attr.type })
        assert.not_equal(bot.sent[1].attr.id, bot.sent[2].attr.id)
    end)

    it("is returned where that is wanted and not done yet", function()
        local bot = bot_with { accept = "all", mutual = true }
        ask(bot, ROMEO)
        ask(bot, TYBALT)
        local kinds = {}
        for i, sent in ipairs(bot.sent) do kinds[i] = sent.attr.type .. " " .. sent.attr.to end
        assert.same({ "subscribed " .. ROMEO, "subscribe " .. ROMEO, "subscribed " .. TYBALT }, kinds)
    end)

    it("of a room's occupant, of nobody, of ourselves is none", function()
        local bot = bot_with { accept = "all" }
        assert.is_nil(ask(bot, "den@rooms.example.org/x", { room = "den@rooms.example.org" }))
        assert.is_nil(ask(bot, nil))
        assert.is_nil(ask(bot, "bot@example.org"))
        assert.equal(0, #bot.sent)
    end)

    it("is one of not too many", function()
        local bot = bot_with { accept = "all" }
        for i = 1, 100 do ask(bot, ("m%d@example.net"):format(i)) end
        assert.equal(30, #bot.sent)
        local warnings = 0
        for _, line in ipairs(bot.logged) do warnings = warnings + (line:find "^warn" and 1 or 0) end
        assert.equal(1, warnings)
        stand_in.time = stand_in.time + 601
        assert.is_true(ask(bot, ROMEO))
    end)
end)

-- SPDX-License-Identifier: MIT
-- The hash of the picture in the bot's own vCard is in its presence, whatever else happens to it (XEP-0153).
local asking = require "spec.lua.asking"
local stand_in = require "spec.lua.stand_in"

local DONE = "<iq type='result'/>"
local PLAIN = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><feature var='vcard-temp'/></query></iq>"
local CONVERTING = PLAIN:gsub("vcard%-temp", "urn:xmpp:pep-vcard-conversion:0")
local PNG = "\137PNG\r\n\26\n\0\0\0\13IHDR\0\0\0\1\0\0\0\2\8\6\0\0\0"

describe("vcard_avatar", function()
    local base64, hash = require "couplet.base64", require "couplet.hash"
    local avatar, core
    local EMPTY_CARD = "<iq type='result'><vCard xmlns='vcard-temp'><FN>Robo</FN></vCard></iq>"

    local function card(bytes)
        return (EMPTY_CARD:gsub("</vCard>", ("<PHOTO><TYPE>image/png</TYPE><BINVAL>%s</BINVAL></PHOTO></vCard>"):format(base64.encode(bytes))))
    end

    local function id_of(bytes) return hash.sha1(bytes, true) end

    before_each(function()
        avatar, core = require "couplet.xep.vcard_avatar", require "couplet.core.bot"
    end)

    -- What the presence says of it: a hash, "" (no picture), "not ready"; nil: nothing.
    local function told(bot)
        local x = (rawget(bot, "payload") or ""):match "<x xmlns='vcard%-temp:x:update'.*$"
        if not x then return nil end
        return x:match "<photo>(%x+)</photo>" or x:find("<photo/>", 1, true) and "" or "not ready"
    end

    local function online(answers)
        local bot = asking.bot(answers)
        avatar.on_online { bot = bot }
        return bot
    end

    local function asked(bot, what)
        local count = 0
        for i = 1, #bot.sent do
            if asking.sent(bot, i):find(what, 1, true) then count = count + 1 end
        end
        return count
    end

    local function presence(bot, resource, inside, type)
        local xml = ("<presence from='bot@example.org/%s'%s>%s</presence>"):format(resource, type and " type='" .. type .. "'" or "", inside or "")
        local stanza = asking.parse(xml)
        avatar.on_presence(stand_in.event(bot, stanza, { type = type or "available" }))
    end

    local function claim(hash_text) return ("<x xmlns='vcard-temp:x:update'><photo>%s</photo></x>"):format(hash_text) end

    it("is said not to be ready by the feature alone, and not at all without", function()
        local texts = require("couplet.xep.disco_self").texts
        assert.matches("<x xmlns='vcard-temp:x:update'/>", (texts({ vcard_avatar = true, caps = true }, false)), 1, true)
        assert.not_matches("vcard-temp", (texts({ caps = true }, false)), 1, true)
    end)

    it("is asked for once a session", function()
        local bot = online { PLAIN, card(PNG), PLAIN, EMPTY_CARD }
        assert.equal(id_of(PNG), told(bot))
        avatar.on_offline { bot = bot }
        assert.equal("not ready", told(bot)) -- another client may change it before we are back
        avatar.on_online { bot = bot }
        assert.equal("", told(bot))
        assert.equal(2, asked(bot, "<vCard"))
    end)

    it("is nothing where there is no vCard, and unknown where it cannot be had", function()
        assert.equal("", told(online { PLAIN, asking.failure "item-not-found" }))
        assert.is_nil(told(online { PLAIN, asking.failure "remote-server-timeout" })) -- what the feature's text says stays
        assert.is_nil(told(online { asking.failure "remote-server-timeout" }))
    end)

    it("is the server's business where it says so", function()
        local bot = online { CONVERTING }
        assert.is_nil(told(bot))
        assert.equal(1, #bot.sent)
        bot.avatar:clear { vcard = true } -- fails: nothing answers
        assert.is_nil(told(bot))
    end)

    it("is told when the picture is set, and from then on for good", function()
        local bot = asking.bot { EMPTY_CARD, DONE, card(PNG), DONE }
        assert.is_true(bot.vcard:set_photo { type = "image/png", data = PNG })
        assert.equal(id_of(PNG), told(bot))
        assert.is_true(core.feature(bot, "vcard_avatar"))
        assert.equal("on", core.remember(bot, "feature.vcard_avatar"))
        assert.is_true(bot.vcard:set_photo { type = "image/png", data = PNG })
        assert.equal(2, #bot.sent) -- not once more (4.2)
        assert.is_true(bot.vcard:set_photo(nil))
        assert.equal("", told(bot))
        assert.is_nil(core.remember(bot, "feature.vcard_avatar"))
        assert.is_nil((bot.vcard:set_photo { type = "image/png", data = PNG })) -- the server says no
        assert.equal("", told(bot))
    end)

    it("is not what was asked for before it was set", function()
        local bot = asking.bot { PLAIN, card "old picture", EMPTY_CARD, DONE }
        local answers, is_first = bot.answers, true
        bot.answers = function(iq)
            local answer = answers(iq)
            if iq:get_child("vCard", "vcard-temp") and is_first then -- while it is on its way
                is_first = false
                assert.is_true(bot.vcard:set_photo { type = "image/png", data = PNG })
            end
            return answer
        end
        avatar.on_online { bot = bot }
        assert.equal(id_of(PNG), told(bot))
    end)

    it("is published, and put into the vCard only where the server does not", function()
        local promises = CONVERTING:gsub("</query>", "<feature var='http://jabber.org/protocol/pubsub#publish-options'/></query>")
        local bot = online { CONVERTING, promises, DONE, DONE, DONE }
        rawset(bot, "payload", nil)
        assert.equal(id_of(PNG), bot.avatar:set(PNG, { vcard = true }))
        assert.equal("not ready", told(bot)) -- which the server replaces
        assert.equal(0, asked(bot, "vCard"))
        assert.is_true(bot.avatar:clear { vcard = true })
        assert.equal("", told(bot)) -- which the server leaves alone (XEP-0398 4)
    end)

    describe("with other clients of the account", function()
        it("minds only what they tell of another picture", function()
            local bot = online { PLAIN, card(PNG) }
            presence(bot, "same", claim(id_of(PNG):upper()))
            presence(bot, "young", "<x xmlns='vcard-temp:x:update'/>")
            presence(bot, "gone", "", "unavailable")
            presence(bot, "here", claim(id_of "own reflection")) -- ourselves
            stand_in.advance(bot, 1)
            assert.equal(id_of(PNG), told(bot))
            assert.equal(1, asked(bot, "<vCard"))
        end)

        it("asks again when one has changed it", function()
            local bot = online { PLAIN, card(PNG), card "another", EMPTY_CARD }
            presence(bot, "phone", claim(id_of "another"))
            assert.equal("not ready", told(bot)) -- at once (4.4)
            stand_in.advance(bot, 1)
            assert.equal(id_of "another", told(bot))
            presence(bot, "phone", "<show>away</show>" .. claim(id_of "another"))
            stand_in.advance(bot, 1)
            assert.equal(2, asked(bot, "<vCard"))
            presence(bot, "phone", "<x xmlns='vcard-temp:x:update'><photo/></x>")
            stand_in.advance(bot, 1)
            assert.equal("", told(bot))
        end)

        it("believes the vCard, not them, and not more often than needed", function()
            local bot = online { PLAIN }
            bot.answers = function() return require("couplet.stanza").clone(asking.parse(card(PNG))) end
            for i = 1, 100 do
                presence(bot, "phone", claim(id_of(tostring(i))))
                stand_in.advance(bot, 1)
            end
            assert.is_true(asked(bot, "<vCard") <= 8, asked(bot, "<vCard"))
            stand_in.advance(bot, 300)
            assert.equal(id_of(PNG), told(bot))
            presence(bot, "phone", claim(id_of "100"))
            presence(bot, "phone", claim(id_of "100"))
            stand_in.advance(bot, 300)
            assert.equal(id_of(PNG), told(bot))
        end)

        it("tells nothing while one may change it unseen", function()
            local bot = online { PLAIN, card(PNG), card "another" }
            presence(bot, "old", "<show>away</show>")
            presence(bot, "older", "")
            assert.equal("not ready", told(bot))
            presence(bot, "phone", claim(id_of "x"))
            presence(bot, "old", "", "unavailable")
            stand_in.advance(bot, 1)
            assert.equal("not ready", told(bot))
            assert.equal(1, asked(bot, "<vCard"))
            presence(bot, "older", "", "unavailable")
            stand_in.advance(bot, 1)
            assert.equal(id_of "another", told(bot))
        end)

        it("survives whatever they say", function()
            local many = online { PLAIN, card(PNG) }
            for i = 1, 1000 do presence(many, "client" .. i, claim(id_of(tostring(i)))) end
            stand_in.advance(many, 1)
            local bot = online { PLAIN, card(PNG) }
            for _, inside in ipairs {
                claim(("f"):rep(100000)), claim "not hex", claim "<b/>", claim " ", "<x xmlns='vcard-temp:x:update'><photo xmlns='urn:x'>aa</photo></x>",
                "<x xmlns='urn:x'><photo>aa</photo></x>", claim "aa" .. claim "bb",
            } do
                presence(bot, "odd", inside)
                stand_in.advance(bot, 1)
            end
            stand_in.damaged(bot, asking.parse(("<presence from='bot@example.org/phone'>%s</presence>"):format(claim "aa")), { type = "available" },
                avatar.on_presence)
            for _, from in ipairs { "mallory@example.com/phone", "bot@example.org", "bot@example.org.evil/x" } do
                avatar.on_presence(stand_in.event(bot, asking.parse(("<presence from='%s'>%s</presence>"):format(from, claim "cc")), { type = "available" }))
            end
            asking.try_damaged(card(PNG), nil, function(b) avatar.on_online { bot = b } end, { PLAIN })
            asking.try_damaged(CONVERTING, nil, function(b) avatar.on_online { bot = b } end)
        end)
    end)

    describe("in rooms", function()
        local function rooms_of(bot, states)
            local list = {}
            for jid, state in pairs(states) do
                list[jid] = { jid = jid, state = state, joined = state == "joined" }
            end
            rawset(bot, "rooms", list)
            return list
        end
        local presented

        before_each(function()
            presented = {}
            package.loaded["couplet.xep.muc_room"] = { present = function(room) presented[#presented + 1] = room.jid end }
        end)
        after_each(function() package.loaded["couplet.xep.muc_room"] = nil end)

        it("is told where the bot is, and where it comes to be", function()
            local bot = asking.bot { PLAIN, card(PNG) }
            local rooms = rooms_of(bot, { ["den@r"] = "joined", ["attic@r"] = "joining", ["cellar@r"] = "banned" })
            avatar.on_online { bot = bot }
            assert.same({ "den@r" }, presented)
            rooms["attic@r"].joined = true
            for _ = 1, 2 do avatar.on_joined { bot = bot, own = true, room = "attic@r" } end
            avatar.on_joined { bot = bot, room = "den@r" }
            avatar.on_joined { bot = bot, own = true, room = "new@r" }
            assert.same({ "den@r", "attic@r" }, presented)
        end)

        it("is told again where the server puts in another", function()
            local bot = asking.bot { CONVERTING }
            rooms_of(bot, { ["den@r"] = "joined" })
            avatar.on_online { bot = bot }
            presence(bot, "phone", claim(id_of "one"))
            assert.same({}, presented)
            presence(bot, "phone", claim(id_of "two"))
            assert.same({ "den@r" }, presented)
            for i = 1, 100 do presence(bot, "phone", claim(id_of(tostring(i)))) end
            assert.is_true(#presented <= 6)
            assert.equal(1, #bot.sent)
        end)
    end)
end)

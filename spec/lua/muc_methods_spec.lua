-- SPDX-License-Identifier: MIT
-- What a room's methods ask of the room, and what they make of its answers, odd ones included.
local errors = require "couplet.errors"
local muc_scene = require "spec.lua.muc_scene"

local DEN = "den@rooms.example.org"

describe("a room's method", function()
    local scene, room, reply

    before_each(function()
        scene = muc_scene.start { { jid = DEN, nick = "robo" } }
        room = scene.rooms[DEN]
        reply = "<iq type='result'/>"
        scene.answer = function()
            if type(reply) == "table" then return nil, reply end
            return scene.st.clone(muc_scene.parse(reply))
        end
    end)

    after_each(function() scene:stop() end)

    local function sent() return (scene:last():gsub('"', "'")) end

    it("say, whisper, set_subject, retract", function()
        room:say "hello"
        assert.matches("hello", sent())
        room:whisper("alice", "psst")
        assert.matches("to='den@rooms.example.org/alice'", sent())
        assert.matches("<x xmlns='http://jabber.org/protocol/muc#user'/>", sent())
        room:set_subject "owls"
        assert.matches("<subject>owls</subject>", sent())
        room:retract "id-1"
        assert.matches("<retract ", sent())
        assert.matches("id='id%-1'", sent())
        room:request_voice()
        assert.matches("muc#request", sent())
        room:send { name = "message", attr = { to = "elsewhere@example.org" }, { name = "body", "x" } }
        assert.matches("to='den@rooms.example.org'", sent())
        assert.error(function() room:set_subject(7) end)
    end)

    it("retract, by the id that the room gave", function()
        local asked
        scene.waits = function() end
        scene.bot.mam = {
            query = function(_, options)
                asked = options
                local list = {
                    { id = "s3", nick = "alice", stanza = { attr = { id = "mine" } } }, { id = "s2", nick = "robo", stanza = { attr = { id = "mine" } } },
                    { id = "s1", nick = "robo", stanza = { attr = {} } },
                }
                return function() return table.remove(list, 1) end
            end,
        }
        for id, given in pairs { mine = "s2", other = "other", s1 = "s1" } do
            room:retract(id)
            assert.matches("<retract id='" .. given .. "'", sent())
        end
        assert.same({ room = "den@rooms.example.org", before = "", max = 100 }, asked)
        assert.error(function() room:retract(nil) end)
    end)

    it("kick, ban, set_role, set_affiliation", function()
        assert.is_true(room:kick("alice", "noise"))
        assert.matches("<item [^>]*nick='alice'[^>]*><reason>noise</reason></item>", sent())
        assert.matches("role='none'", sent())
        assert.is_true(room:ban "alice@example.org/x")
        assert.matches("jid='alice@example.org'", sent())
        assert.matches("affiliation='outcast'", sent())
        local ok, err = room:ban "alice"
        assert.is_nil(ok)
        assert.equal("item-not-found", err.condition)
        room.occupants.alice = { nick = "alice", jid = "alice@example.net/x" }
        assert.is_true(room:ban "alice")
        assert.matches("jid='alice@example.net'", sent())
        assert.error(function() room:set_role("alice", "god") end)
        assert.error(function() room:set_affiliation("alice@b", "god") end)
        reply = errors.new "forbidden"
        ok, err = room:kick "alice"
        assert.is_nil(ok)
        assert.equal("forbidden", err.condition)
    end)

    it("affiliations", function()
        reply = "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member' jid='a@b'/>"
            .. "<item affiliation='owner' jid='c@d'/><item/><item affiliation='member'/></query></iq>"
        assert.same({ { jid = "a@b", affiliation = "member" } }, room:affiliations "member")
        reply = "<iq type='result'/>"
        assert.same({}, room:affiliations "member")
    end)

    it("configure", function()
        reply = "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>"
            .. "<field var='FORM_TYPE' type='hidden'/><field type='fixed'/><field var='muc#roomconfig_persistentroom' type='boolean'><value>0</value></field>"
            .. "<field var='muc#roomconfig_roomname' type='text-single'><value>Den</value></field>"
            .. "<field var='muc#roomconfig_roomowners' type='jid-multi'><value>a@b</value><value>c@d</value></field>"
            .. "<field var='service#own' type='text-single'/></x></query></iq>"
        assert.same({ persistent = false, name = "Den", owners = { "a@b", "c@d" } }, room:configuration())
        assert.is_true(room:configure { persistent = true, owners = { "e@f" }, ["service#own"] = 3 })
        assert.matches("persistentroom'><value>1</value>", sent())
        assert.matches("roomowners'><value>e@f</value>", sent())
        assert.matches("service#own'><value>3</value>", sent())
        assert.is_true(room:configure { name = "A den\nof thieves" }) -- lines are values of their own
        assert.matches("roomname'><value>A den</value><value>of thieves</value>", sent())
        local ok, err = room:configure { taste = "sweet" }
        assert.is_nil(ok)
        assert.matches("it has: name, owners, persistent, service#own", err.text)
        for _, odd in ipairs {
            "<iq type='result'/>", "<iq type='result'><query xmlns='http://jabber.org/protocol/muc#owner'/></iq>",
            "<iq type='result'><query xmlns='urn:x'><x xmlns='jabber:x:data'/></query></iq>",
        } do
            reply = odd
            ok, err = room:configure { name = "x" }
            assert.is_nil(ok)
            assert.equal("undefined-condition", err.condition)
        end
        assert.error(function() room:configure "x" end)
    end)

    it("info and moderate", function()
        local moderate = { "urn:xmpp:message-moderate:1", "urn:xmpp:message-moderate:0", "urn:x" }
        for i, feature in ipairs(moderate) do
            local asked = 0
            scene.answer = function()
                asked = asked + 1
                if asked > 1 then return {} end
                return scene.st.clone(muc_scene.parse(("<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>"
                    .. "<identity name='Den'/><feature var='%s'/><feature/></query></iq>"):format(feature)))
            end
            local ok, err = room:moderate("id-1", "rude")
            if i == 3 then
                assert.is_nil(ok)
                assert.equal("feature-not-implemented", err.condition)
            else
                assert.is_true(ok)
                assert.matches(feature, sent(), 1, true)
                assert.matches("id='id%-1'", sent())
                assert.matches("<reason>rude</reason>", sent())
            end
        end
        reply = "<iq type='result'/>"
        scene.answer = function() return scene.st.clone(muc_scene.parse(reply)) end
        local info, err = room:info()
        assert.is_nil(info)
        assert.equal("undefined-condition", err.condition)
    end)

    it("destroy", function()
        assert.is_true(room:destroy("over", "other@rooms.example.org"))
        assert.matches("<destroy jid='other@rooms.example.org'><reason>over</reason></destroy>", sent())
    end)

    it("register and reserved_nick", function()
        local form = "<iq type='result'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'>"
            .. "<field var='FORM_TYPE'/><field var='muc#register_roomnick' type='text-single'><required/></field>%s</x></query></iq>"
        reply = form:format ""
        assert.is_true(room:register())
        assert.matches("register_roomnick'><value>robo</value>", sent())
        reply = form:format "<field var='muc#register_url'><required/></field>"
        local ok, err = room:register "bob"
        assert.is_nil(ok)
        assert.matches("muc#register_url", err.text)
        reply = "<iq type='result'><query xmlns='jabber:iq:register'><registered/></query></iq>"
        assert.is_true(room:register())
        reply = "<iq type='result'/>"
        assert.is_nil((room:register()))
        reply = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><identity name='thirdwitch'/></query></iq>"
        assert.equal("thirdwitch", room:reserved_nick())
        reply = "<iq type='result'/>"
        assert.is_nil(room:reserved_nick())
    end)

    local MEMBERS_ONLY = "<presence type='error' from='den@rooms.example.org/robo'><error type='auth'>"
        .. "<registration-required xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"

    -- On the way into a room that says of everybody that they are registered already.
    local function enter_for_members()
        scene:stop()
        scene = muc_scene.start { { jid = DEN, nick = "robo", register = true } }
        room = scene.rooms[DEN]
        scene.muc.on_bound(scene.bot)
        scene.answer = function()
            return scene.st.clone(muc_scene.parse "<iq type='result'><query xmlns='jabber:iq:register'><registered/></query></iq>")
        end
    end

    it("register: true, in a room for members", function()
        enter_for_members()
        scene:presence(MEMBERS_ONLY)
        assert.equal("joining", room.state)
        scene.sent = {}
        scene:fire()
        assert.equal("presence", scene.sent[2].name)
        scene:presence(MEMBERS_ONLY) -- it waits for an admin
        assert.equal("failed", room.state)
        assert.is_number(room.retry)
    end)

    it("register: true, and is in: nothing waits any more for the answer to the first entrance", function()
        enter_for_members()
        scene:presence(MEMBERS_ONLY)
        assert.equal(0, scene:fire())
        scene:presence("<presence from='den@rooms.example.org/robo'><x xmlns='http://jabber.org/protocol/muc#user'>"
            .. "<item affiliation='member' role='participant'/><status code='110'/></x></presence>")
        assert.equal("joined", room.state)
        for _ = 1, 3 do
            scene:fire()
            assert.equal("joined", room.state)
        end
    end)

    it("change_nick", function()
        scene.waits = function() return "robot" end
        assert.equal(room, room:change_nick "robot")
        assert.matches("den@rooms.example.org/robot", sent(), 1, true)
        scene.waits = function() return errors.new "conflict" end
        local ok, err = room:change_nick "alice"
        assert.is_nil(ok)
        assert.equal("conflict", err.condition)
        scene.waits = function() return nil end
        ok, err = room:change_nick "alice"
        assert.is_nil(ok)
        assert.equal("remote-server-timeout", err.condition)
        assert.error(function() room:change_nick "" end)
    end)

    it("change_nick, while the room tells something else of us", function()
        local function tell(kind, nick, inner) scene:presence(("<presence%s from='%s/%s'>%s</presence>"):format(kind, DEN, nick, inner)) end
        local self = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='%s'/><status code='110'/></x>"
        scene.muc.on_bound(scene.bot)
        tell("", "robo", self:format "visitor")
        scene.waits = function(name)
            scene.woken = {}
            tell("", "robo", self:format "participant") -- we have a voice now
            if scene.woken[name] then return scene.woken[name] end
            tell(" type='error'", "alice", "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>")
            return scene.woken[name]
        end
        local ok, err = room:change_nick "alice"
        assert.is_nil(ok)
        assert.equal("conflict", err.condition)
    end)
end)

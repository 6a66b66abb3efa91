-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local muc_scene = require "spec.lua.muc_scene"

local DEN = "den@rooms.example.org"
local X = "<x xmlns='http://jabber.org/protocol/muc#user'>%s</x>"
local ITEM = "<item affiliation='none' role='participant'/>"

local function here(nick, inner, more)
    return ("<presence from='%s/%s'>%s%s</presence>"):format(DEN, nick, X:format((inner or "") .. ITEM), more or "")
end

local function gone(nick, inner)
    return ("<presence type='unavailable' from='%s/%s'>%s</presence>"):format(DEN, nick, X:format((inner or "") .. ITEM))
end

local function status(...)
    local text = ""
    for _, code in ipairs { ... } do text = text .. ("<status code='%d'/>"):format(code) end
    return text
end

local function refusal(condition, nick, kind)
    return ("<presence type='error' from='%s/%s'><error type='%s'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>")
        :format(DEN, nick or "robo", kind or "cancel", condition)
end

describe("rooms", function()
    local scene, room

    local function start(options)
        options = options or {}
        options.jid = DEN
        scene = muc_scene.start { options }
        room = scene.rooms[DEN]
        scene.muc.on_bound(scene.bot)
    end

    local function start_inside(options)
        start(options)
        scene:presence(here("robo", status(110)))
        assert.equal("joined", room.state)
    end

    after_each(function() scene:stop() end)

    describe("entering", function()
        it("asks with nick, password and history, and is joined when the room says so", function()
            start { nick = "Robo", password = "open", history = { stanzas = 0 } }
            assert.matches("den@rooms%.example%.org/Robo", scene:last())
            assert.matches("<password>open</password>", scene:last())
            assert.matches("<show>chat</show><status>at your service</status>", scene:last())
            assert.matches("<history maxstanzas=['\"]0['\"]/>", scene:last())
            assert.equal("joining", room.state)
            scene:presence(here "alice")
            assert.equal("joining", room.state)
            assert.is_nil(scene:event "joined") -- who was there has not joined
            scene:presence(here("Robo", status(110, 100, 170)))
            assert.equal("joined", room.state)
            assert.is_true(room.joined)
            assert.equal("none", room.anonymity)
            assert.is_true(room.logged)
            assert.equal(2, room.count)
            assert.is_true(scene:event("joined").own)
            assert.equal("joined", scene:event("room_changed").state)
        end)

        it("takes the nick that the room gives it", function()
            start { nick = "Robo" }
            scene:presence(here("robo", status(110, 210)))
            assert.equal("robo", room.nick)
            assert.equal("robo", scene.known[DEN])
        end)

        it("asks a room without status codes whether it is true", function()
            start()
            scene:presence(here "robo")
            assert.equal("joined", room.state)
            scene.answer = function() return nil, errors.new "not-acceptable" end
            scene:fire()
            assert.equal("ghost", room.state)
        end)

        it("is not misled about who is who", function()
            start()
            local smuggled = X:format(status(110))
            scene:presence(here("mallory", nil, smuggled))
            assert.equal("joining", room.state)
            scene:presence(("<presence from='%s/robo'>%s</presence>"):format(DEN, X:format(status(110) .. "<item jid='mallory@example.net/x'/>")))
            assert.equal("joining", room.state)
            scene:presence(("<presence from='%s'>%s</presence>"):format(DEN, X:format(status(110))))
            assert.equal("joining", room.state)
            scene:presence(("<presence from='other@rooms.example.org/robo'>%s</presence>"):format(X:format(status(110))))
            assert.equal("joining", room.state)
            scene:presence(here("robo", status(110)))
            assert.equal("joined", room.state)
            scene:presence(here("mallory", nil, smuggled))
            assert.equal("robo", room.nick)
            scene:presence(("<presence type='unavailable' from='%s/mallory'>%s%s</presence>"):format(DEN, X:format(""), smuggled))
            assert.equal("joined", room.state)
        end)

        for condition, want in pairs {
            ["not-authorized"] = { "failed" },
            ["forbidden"] = { "banned" },
            ["item-not-found"] = { "locked", true },
            ["not-allowed"] = { "failed", true },
            ["registration-required"] = { "failed", true },
            ["service-unavailable"] = { "failed", true },
            ["remote-server-not-found"] = { "failed", true },
            ["jid-malformed"] = { "failed" },
            ["gone"] = { "failed" },
            ["undefined-condition"] = { "failed" },
        } do
            it("is refused with " .. condition, function()
                start()
                scene:presence(refusal(condition))
                assert.equal(want[1], room.state)
                assert.equal(want[2] or false, room.retry ~= nil)
                assert.is_string(room.reason)
                if want[2] then
                    scene.sent = {}
                    scene:fire()
                    assert.equal("joining", room.state)
                    assert.matches("muc'", (scene:last():gsub('"', "'")))
                end
            end)
        end

        it("is not refused by somebody else's error", function()
            start()
            scene:presence(refusal("forbidden", "mallory"))
            assert.equal("joining", room.state)
        end)

        it("takes another nick when its own is taken, and gives up after some", function()
            start()
            scene:presence(refusal "conflict")
            assert.matches("/robo%-2", scene:last())
            assert.equal("robo-2", scene.known[DEN])
            for n = 2, 4 do scene:presence(refusal("conflict", "robo-" .. n)) end
            assert.matches("/robo%-5", scene:last())
            scene:presence(refusal("conflict", "robo-5"))
            assert.equal("failed", room.state)
            assert.is_number(room.retry)
        end)

        it("does not where that is not wanted", function()
            start { nick_conflict = "fail" }
            scene:presence(refusal "conflict")
            assert.equal("failed", room.state)
        end)

        it("takes its nick back", function()
            start()
            scene:presence(here "robo")
            assert.equal("joined", room.state) -- an old room; our namesake is us as far as it tells
            scene:stop()
            start()
            scene:presence(refusal "conflict")
            scene:presence(here("robo", "", ""))
            scene:presence(here("robo-2", status(110)))
            assert.equal("robo-2", room.nick)
            scene:presence(gone "robo")
            scene.waits = function() return "robo" end
            scene:fire()
            assert.matches("/robo['\"]", scene:last())
        end)

        it("is in already, as the nick that was left to it", function()
            start()
            scene:presence(refusal "conflict")
            scene:presence(here "robo")
            scene:presence(here("robo-2", status(110)))
            scene.waits = function() return errors.new "conflict" end
            assert.equal(room, scene.join(scene.bot, DEN))
            assert.equal("joined", room.state)
            scene:presence(gone "robo")
            scene.waits = function() return "robo" end
            scene:fire()
            assert.matches("/robo['\"]", scene:last())
        end)

        it("asks for its own nick again whenever it comes back: whoever had it may be gone", function()
            start()
            scene:presence(refusal "conflict")
            scene:presence(here "robo")
            scene:presence(here("robo-2", status(110)))
            scene.muc.on_offline(scene.bot)
            scene.muc.on_bound(scene.bot)
            assert.matches("/robo['\"]", scene:last())
            scene:presence(refusal "conflict")
            assert.matches("/robo%-2", scene:last())
            scene:presence(here("robo-2", status(110)))
            scene:presence(gone("robo-2", status(110, 332)))
            assert.equal("ghost", room.state)
            scene:fire()
            assert.matches("/robo['\"]", scene:last())
        end)

        it("still wants its own nick when that is lost again, or the room is", function()
            start()
            scene:presence(refusal "conflict")
            scene:presence(here "robo")
            scene:presence(here("robo-2", status(110)))
            scene:presence(gone "robo")
            scene.waits = function() return errors.new "conflict" end
            scene:fire()
            assert.equal(room, scene.join(scene.bot, DEN))
            scene:presence(gone "robo")
            scene.sent = {}
            scene:presence(here "robo")
            scene:presence(gone("robo-2", status(110, 332)))
            scene:fire()
            assert.equal(0, #scene.sent) -- it is not in to change it
            scene:fire()
            assert.matches("/robo['\"]", scene:last())
        end)

        it("tries again when the room does not answer, and leaves first what it may be in", function()
            start()
            assert.equal(30, scene:fire())
            assert.equal("failed", room.state)
            scene.sent = {}
            scene:fire()
            assert.equal("unavailable", scene.sent[1].attr.type)
            assert.is_nil(scene.sent[2].attr.type)
            scene:presence(gone("robo", status(110))) -- the answer to the first
            assert.equal("joining", room.state)
            scene:presence(here("robo", status(110)))
            assert.equal("joined", room.state)
        end)

        for _, protected in ipairs { "<field var='muc#roomconfig_passwordprotectedroom' type='boolean'/>", "" } do
            it("configures a room that it made" .. (protected == "" and ", of a service that wants no more than the password" or ""), function()
                start { password = "sesame" }
                scene.answer = function(iq)
                    local form = "<x xmlns='jabber:x:data' type='form'>" .. protected
                        .. "<field var='muc#roomconfig_roomsecret' type='text-private'/></x>"
                    local xml = iq.attr.type == "get" and "<query xmlns='http://jabber.org/protocol/muc#owner'>" .. form .. "</query>" or ""
                    return scene.st.clone(muc_scene.parse("<iq type='result'>" .. xml .. "</iq>"))
                end
                local levels = {}
                scene.bot.log = setmetatable({}, { __index = function(_, level) return function() levels[#levels + 1] = level end end })
                scene:presence(here("robo", status(110, 201)))
                assert.equal("locked", room.state)
                scene:fire()
                assert.equal("joined", room.state)
                assert.same({ "info", "info" }, levels) -- nothing is wrong
                assert.matches("roomsecret.-<value>sesame</value>", scene:last())
                assert.equal(protected ~= "", scene:last():find("passwordprotectedroom", 1, true) ~= nil)
            end)
        end

        it("stays locked where the configuration fails", function()
            start { config = { taste = "sweet" } }
            local levels = {}
            scene.bot.log = setmetatable({}, { __index = function(_, level) return function() levels[#levels + 1] = level end end })
            scene:presence(here("robo", status(110, 201)))
            scene:fire()
            assert.equal("locked", room.state)
            assert.matches("configuration failed", room.reason)
            assert.same({ "info", "warn" }, levels)
            assert.matches("configuration failed", scene:event("room_changed").reason) -- who watches the state is told
        end)
    end)

    describe("being inside", function()
        for codes, want in pairs {
            [{ 307 }] = { "kicked", true },
            [{ 301 }] = { "banned" },
            [{ 321 }] = { "failed" },
            [{ 322 }] = { "failed" },
            [{ 332 }] = { "ghost", true },
            [{ 333 }] = { "ghost", true },
            [{ 307, 333 }] = { "ghost", true },
            [{}] = { "ghost", true },
        } do
            it("is removed with " .. table.concat(codes, " "), function()
                start_inside()
                scene:presence(here "alice")
                scene:presence(gone("robo", status(110, table.unpack(codes)) .. ""))
                assert.equal(want[1], room.state)
                assert.equal(want[2] or false, room.retry ~= nil)
                assert.same({}, room.occupants)
                assert.is_nil(room.affiliation)
                local left = {}
                for _, event in ipairs(scene.events) do
                    if event.kind == "left" then left[#left + 1] = event.own or false end
                end
                assert.same({ true }, left) -- ours alone: nobody else has gone
                scene.sent = {}
                scene.muc.on_bound(scene.bot)
                assert.equal(want[2] and 1 or 0, #scene.sent)
            end)
        end

        it("stays out after a kick where that is wanted", function()
            start_inside { rejoin = "lost" }
            scene:presence(gone("robo", status(110, 307)))
            assert.equal("kicked", room.state)
            assert.is_nil(room.retry)
            scene.sent = {}
            scene.muc.on_bound(scene.bot)
            assert.equal(0, #scene.sent)
        end)

        it("comes back later each time it is kicked", function()
            start_inside()
            local last = 0
            for _ = 1, 4 do
                scene:presence(gone("robo", status(110, 307)))
                assert.is_number(room.retry)
                local delay = scene:fire()
                assert.is_true(delay >= 15 and delay >= last * 0.6)
                last = delay
                scene:presence(here("robo", status(110)))
            end
            assert.is_true(last >= 120)
        end)

        it("is told who kicked it and why", function()
            start_inside()
            scene:presence(("<presence type='unavailable' from='%s/robo'>%s</presence>"):format(DEN,
                X:format("<item role='none'><actor nick='boss'/><reason>noise</reason></item>" .. status(307, 110))))
            assert.equal("kicked by boss: noise", room.reason)
        end)

        it("sees the room destroyed", function()
            start_inside()
            scene:presence(("<presence type='unavailable' from='%s/robo'>%s</presence>"):format(DEN,
                X:format("<item role='none'/><destroy jid='new@rooms.example.org'><reason>moved</reason></destroy>")))
            assert.equal("failed", room.state)
            assert.equal("destroyed: moved", room.reason)
            assert.equal("new@rooms.example.org", room.alternate)
            assert.is_nil(room.retry)
        end)

        it("gets another nick, and what follows", function()
            start_inside()
            scene:presence(gone("robo", "<item nick='robot' role='participant'/>" .. status(303, 110)):gsub(ITEM, "", 1))
            assert.equal("robot", room.nick)
            assert.equal("robot", scene.known[DEN])
            assert.equal("joined", room.state)
            scene:presence(here("robot", status(110)))
            assert.equal(1, room.count)
        end)

        it("goes with its session", function()
            start_inside()
            scene.muc.on_offline(scene.bot, "the line broke")
            assert.equal("joining", room.state)
            assert.equal("offline: the line broke", room.reason)
            assert.same({}, room.occupants)
            scene.muc.on_bound(scene.bot)
            scene:presence(here("robo", status(110)))
            assert.equal("joined", room.state)
        end)

        it("is left", function()
            start_inside()
            scene.waits = function() scene:presence(gone("robo", status(110))) return true end
            assert.is_true(scene.leave(scene.bot, DEN, "bye"))
            assert.matches("<status>bye</status>", scene:last())
            assert.equal("left", room.state)
            assert.is_nil(scene.rooms[DEN])
            assert.is_nil(scene.known[DEN])
            assert.is_true(scene.leave(scene.bot, DEN))
        end)
    end)

    describe("the others", function()
        it("come, change and go", function()
            start_inside()
            scene:presence(here("alice", nil, "<show>away</show><status>tea</status>"))
            local joined = scene:event "joined"
            assert.equal("alice", joined.nick)
            assert.is_nil(joined.own)
            assert.same({ nick = "alice", affiliation = "none", role = "participant" }, room.occupants.alice)
            assert.equal("away", room.occupants.alice.show)
            assert.equal("tea", room.occupants.alice.status)
            assert.is_nil(room.occupants.alice.jid)
            scene:presence(("<presence from='%s/alice'>%s</presence>"):format(DEN,
                X:format "<item affiliation='admin' role='moderator' jid='alice@example.org/x'/>"))
            local changed = scene:event "room_changed"
            assert.equal("affiliation", changed.change)
            assert.equal("none", changed.old_affiliation)
            assert.equal("alice@example.org/x", room.occupants.alice.jid)
            assert.equal(1, #room:find "alice@example.org")
            scene:presence(("<presence type='unavailable' from='%s/alice'>%s</presence>"):format(DEN,
                X:format("<item nick='al' affiliation='admin' role='moderator'/>" .. status(303))))
            assert.equal("nick", scene:event("room_changed").change)
            assert.equal("alice", scene:event("room_changed").old_nick)
            assert.is_nil(room.occupants.alice)
            assert.equal("admin", room.occupants.al.affiliation)
            scene:presence(("<presence type='unavailable' from='%s/al'>%s</presence>"):format(DEN,
                X:format("<item role='none'><actor nick='boss'/><reason>noise</reason></item>" .. status(307))))
            local left = scene:event "left"
            assert.equal("kicked", left.reason)
            assert.equal("noise", left.text)
            assert.equal("boss", left.actor)
            assert.equal(1, room.count)
            assert.equal("joined", room.state)
        end)

        it("are known by ids only where the room sets them", function()
            local id = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='123'/>"
            local hats = "<hats xmlns='urn:xmpp:hats:0'><hat uri='urn:x:chief' title='Chief'/></hats>"
            for _, knows in ipairs { true, false } do
                start_inside()
                scene:presence(here("alice", nil, id .. hats))
                assert.is_nil(room.occupants.alice.occupant_id)
                local features = knows and "<feature var='urn:xmpp:occupant-id:0'/>" or "<feature var='urn:x'/>"
                scene.answer = function()
                    return scene.st.clone(muc_scene.parse(
                        "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>" .. features .. "</query></iq>"))
                end
                scene:fire()
                assert.equal(knows and "123" or nil, room.occupants.alice.occupant_id)
                assert.is_nil(room.occupants.alice.hats)
                scene:presence(here("bob", nil, id .. id)) -- two are none
                assert.is_nil(room.occupants.bob.occupant_id)
                if knows then scene:stop() end
            end
        end)

        it("are known by ids of a room that was slow to say so", function()
            start_inside()
            scene:presence(here("alice", nil, "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='123'/>"))
            scene:fire() -- no answer
            scene.answer = function()
                return scene.st.clone(muc_scene.parse("<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>"
                    .. "<feature var='urn:xmpp:occupant-id:0'/></query></iq>"))
            end
            scene:presence(here("bob", nil, "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='456'/>"))
            scene:fire()
            assert.equal("123", room.occupants.alice.occupant_id)
            assert.equal("456", room.occupants.bob.occupant_id)
        end)

        it("are bounded", function()
            start_inside()
            local occupants = require "couplet.xep.muc_occupants"
            occupants.MOST = 10
            for i = 1, 50 do scene:presence(here("nick" .. i)) end
            assert.equal(10, room.count)
            for i = 1, 50 do scene:presence(gone("nick" .. i)) end
            assert.equal(1, room.count)
        end)
    end)

    describe("what the room says", function()
        it("of its subject", function()
            start_inside()
            local subject = ("<message type='groupchat' from='%s/alice'><subject>%%s</subject>%%s</message>"):format(DEN)
            scene:message("on_subject", subject:format("old", ""))
            assert.equal("old", room.subject)
            assert.not_equal("subject", (scene:event "room_changed").change)
            scene:message("on_subject", subject:format("new", ""))
            assert.equal("new", scene:event("room_changed").subject)
            scene:message("on_subject", subject:format("no", "<body>text</body>"))
            scene:message("on_subject", subject:format("no", "<subject>two</subject>"))
            assert.equal("new", room.subject)
            scene:message("on_subject", subject:format("", ""))
            assert.is_nil(room.subject)
        end)

        it("of its configuration, itself", function()
            start_inside()
            local notice = "<message type='groupchat' from='%s'>%s</message>"
            scene:message("on_notice", notice:format(DEN .. "/mallory", X:format(status(172))))
            assert.is_nil(room.anonymity)
            scene:message("on_notice", notice:format(DEN, X:format(status(172, 170))))
            assert.equal("none", room.anonymity)
            assert.is_true(room.logged)
            assert.equal("config", scene:event("room_changed").change)
            scene:message("on_notice", notice:format(DEN, X:format(status(171, 173))))
            assert.equal("semi", room.anonymity)
            assert.is_nil(room.logged)
        end)

        it("when only occupants may speak", function()
            start_inside()
            scene:message("on_message_error", ("<message type='error' from='%s/alice'/>"):format(DEN))
            assert.equal(30, scene.timers[#scene.timers].due)
            scene:message("on_message_error", ("<message type='error' from='%s'/>"):format(DEN))
            assert.equal(1, scene.timers[#scene.timers].due)
        end)
    end)

    describe("bot:join", function()
        it("waits for the answer", function()
            start()
            scene.waits = function()
                scene:presence(here("robo", status(110)):gsub(DEN, "new@rooms.example.org"))
                return true
            end
            local new = assert(scene.join(scene.bot, "New@rooms.example.org"))
            assert.equal("new@rooms.example.org", new.jid)
            assert.equal(new, scene.join(scene.bot, "new@rooms.example.org"))
        end)

        it("gives the error, and forgets the room", function()
            start()
            scene.waits = function()
                scene:presence(refusal("forbidden", "bob"):gsub(DEN, "new@rooms.example.org"))
                return true
            end
            local new, err = scene.join(scene.bot, "new@rooms.example.org", { nick = "bob" })
            assert.is_nil(new)
            assert.equal("forbidden", err.condition)
            assert.is_nil(scene.rooms["new@rooms.example.org"])
            assert.is_nil(scene.known["new@rooms.example.org"])
        end)

        it("leaves a room that has not answered: it may let us in yet", function()
            start()
            local new_jid = "new@rooms.example.org"
            scene.waits = function(name)
                while name == "room:" .. new_jid and scene:state(new_jid) == "joining" do scene:fire() end
                return true
            end
            local new, err = scene.join(scene.bot, new_jid)
            assert.is_nil(new)
            assert.equal("remote-server-timeout", err.condition)
            assert.matches(new_jid, scene:last(), 1, true)
            assert.matches("unavailable", scene:last())
            assert.is_nil(scene.rooms[new_jid])
        end)

        it("leaves a room of its own that it could not configure", function()
            start()
            local new_jid = "new@rooms.example.org"
            local answers = {
                function() scene:presence(here("robo", status(110, 201)):gsub(DEN, new_jid)) end,
                function() scene:fire() end,
                function() scene:presence(gone("robo", status(110)):gsub(DEN, new_jid)) end,
            }
            scene.waits = function()
                local answer = table.remove(answers, 1)
                if answer then answer() end
                return true
            end
            local new, err = scene.join(scene.bot, new_jid, { config = { taste = "sweet" } })
            assert.is_nil(new)
            assert.is_string(err.condition)
            assert.matches("unavailable", scene:last())
            assert.is_nil(scene.rooms[new_jid])
        end)

        it("keeps for later what it cannot do offline", function()
            start()
            scene.is_offline = true
            local new, err = scene.join(scene.bot, "new@rooms.example.org")
            assert.is_nil(new)
            assert.equal("recipient-unavailable", err.condition)
            scene.is_offline = false
            scene.sent = {}
            scene.muc.on_bound(scene.bot)
            assert.equal(2, #scene.sent)
        end)

        it("tells the room the password", function()
            start()
            scene.join(scene.bot, "a@b", { password = "pässword <1>" })
            assert.matches("<password>pässword &lt;1", scene:last(), 1, true)
        end)

        it("refuses what is no room, and options it does not know", function()
            start()
            for _, wrong in ipairs { "rooms.example.org", "a@b/c", "", "@", 7, "a b@c" } do
                assert.error_matches(function() scene.join(scene.bot, wrong) end, "bot:join")
            end
            for _, options in ipairs {
                { nic = "x" }, { nick = 7 }, { nick = "" }, { nick_conflict = "kill" }, { rejoin = "yes" }, { history = "all" },
                { history = -1 }, { history = { seconds = 0.5 } }, { register = 1 }, { password = "a\1b" }, { password = "\xff" },
            } do
                assert.error_matches(function() scene.join(scene.bot, "a@b", options) end, "bot:join")
                assert.is_nil(scene.rooms["a@b"])
            end
        end)
    end)

    it("lives through anything that comes", function()
        local parts = {
            "", X:format "", X:format "<item/>", X:format "<item affiliation='emperor' role='god' jid='' nick=''/>", X:format(ITEM .. ITEM),
            X:format "<status/>", X:format "<status code='x'/><status code='99999999999'/><status code='1e2'/>", X:format(status(303)),
            X:format(status(303, 110)), X:format(status(110) .. "<item><reason/><actor/></item>"), X:format "<destroy/>", X:format "<destroy/><destroy/>",
            "<x xmlns='http://jabber.org/protocol/muc'/>", "<show/>", "<show>" .. ("x"):rep(70000) .. "</show>", "<status/>",
            "<occupant-id xmlns='urn:xmpp:occupant-id:0'/>", "<hats xmlns='urn:xmpp:hats:0'/>", "<hats xmlns='urn:xmpp:hats:0'><hat/><hat uri='a'/></hats>",
            X:format("<item jid='" .. ("j"):rep(70000) .. "' nick='" .. ("n"):rep(70000) .. "'/>"), "<error/>", "<error type='x'><a/></error>",
            "<subject/>", "<subject>a</subject><subject>b</subject>", X:format "<invite/>", X:format "<invite from=''/>", X:format "<invite from='a@b'/>",
            "<x xmlns='jabber:x:conference'/>", "<x xmlns='jabber:x:conference' jid='@@'/>", "<x xmlns='jabber:x:conference' jid='a@b/c'/>",
        }
        local froms = { DEN, DEN .. "/robo", DEN .. "/mallory", DEN .. "/" .. ("n"):rep(70000), "other@rooms.example.org/robo", "" }
        for _, state in ipairs { "start", "inside" } do
            for _, from in ipairs(froms) do
                for _, kind in ipairs { "available", "unavailable", "error" } do
                    for _, part in ipairs(parts) do
                        (state == "start" and start or start_inside)()
                        local attr = kind == "available" and "" or (" type='%s'"):format(kind)
                        if from ~= "" then attr = attr .. (" from='%s'"):format(from) end
                        scene:presence(("<presence%s>%s</presence>"):format(attr, part))
                        for _, name in ipairs { "on_subject", "on_notice", "on_message_error" } do
                            scene:message(name, ("<message%s>%s</message>"):format(attr, part))
                        end
                        for _, name in ipairs { "on_direct", "on_mediated" } do
                            scene:invitation(name, ("<message%s>%s</message>"):format(attr, part))
                        end
                        scene:stop()
                    end
                end
            end
        end
        start()
    end)
end)

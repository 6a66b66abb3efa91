-- SPDX-License-Identifier: MIT
local errors = require "couplet.errors"
local muc_scene = require "spec.lua.muc_scene"

local DEN = "den@rooms.example.org"
local SELF = "<presence from='den@rooms.example.org/robo'><x xmlns='http://jabber.org/protocol/muc#user'>"
    .. "<item affiliation='none' role='participant'/><status code='110'/></x></presence>"

describe("the self-ping", function()
    local scene, room

    before_each(function()
        scene = muc_scene.start { { jid = DEN, nick = "robo" } }
        room = scene.rooms[DEN]
        scene.muc.on_bound(scene.bot)
        scene:presence(SELF)
        scene.sent = {}
    end)

    after_each(function() scene:stop() end)

    local function answers(condition)
        scene.answer = function(iq)
            assert.equal(DEN .. "/robo", iq.attr.to)
            if condition then return nil, errors.new(condition) end
            return iq
        end
    end

    it("leaves a lively room alone", function()
        scene.idle = 10
        assert.equal(30, scene:fire())
        assert.equal(0, #scene.sent)
        assert.equal(20, scene:fire()) -- when it will have been silent for long enough
        assert.equal(0, #scene.sent)
        scene.idle = 31
        answers()
        scene:fire()
        assert.equal(1, #scene.sent)
        assert.equal("joined", room.state)
    end)

    for _, condition in ipairs { "service-unavailable", "feature-not-implemented" } do
        it("takes " .. condition .. " for a yes", function()
            scene.idle = 40
            answers(condition)
            scene:fire()
            assert.equal("joined", room.state)
            assert.equal(30, scene.timers[#scene.timers].due)
        end)
    end

    for _, condition in ipairs { "not-acceptable", "not-allowed", "bad-request", "forbidden" } do
        it("takes " .. condition .. " for a no, and enters again", function()
            scene.idle = 40
            answers(condition)
            scene:fire()
            assert.equal("ghost", room.state)
            assert.is_true(scene:event("left").own)
            scene.sent = {}
            assert.is_true(scene:fire() <= 2)
            assert.equal("joining", room.state)
            assert.equal("presence", scene.sent[1].name)
        end)
    end

    for _, condition in ipairs { "remote-server-timeout", "remote-server-not-found", "recipient-unavailable" } do
        it("knows nothing after " .. condition .. ", and asks again", function()
            scene.idle = 40
            answers(condition)
            scene:presence((SELF:gsub("/robo'", "/alice'"):gsub("<status code='110'/>", "")))
            scene:fire()
            assert.equal("ghost", room.state)
            assert.is_false(room.joined)
            assert.equal(2, room.count) -- they may be there still
            assert.is_true(scene:fire() <= 20)
            assert.equal("ghost", room.state)
            answers()
            scene:fire()
            assert.equal("joined", room.state)
        end)
    end

    it("asks twice before it believes that the room is not there", function()
        scene.idle = 40
        answers "item-not-found"
        scene:fire()
        assert.equal("joined", room.state)
        assert.equal(2, scene:fire())
        assert.equal("ghost", room.state)
    end)

    it("believes what the room says meanwhile", function()
        scene.idle = 40
        scene.answer = function()
            scene:presence((SELF:gsub("<presence", "<presence type='unavailable'"):gsub("<status code='110'/>", "%0<status code='307'/>")))
            return nil, errors.new "not-acceptable"
        end
        scene:fire()
        assert.equal("kicked", room.state)
    end)

    it("asks once more when the nick changed meanwhile", function()
        scene.idle = 40
        scene.answer = function()
            scene:presence((SELF:gsub("/robo'", "/robot'")))
            return nil, errors.new "not-acceptable"
        end
        scene:fire()
        assert.equal("joined", room.state)
        assert.equal("robot", room.nick)
        assert.equal(0, scene.timers[#scene.timers].due)
    end)

    it("of a room that does not say who we are goes on after it was lost and found", function()
        scene.idle = 40
        answers "remote-server-timeout"
        scene:fire()
        assert.equal("ghost", room.state)
        scene:presence((SELF:gsub("<status code='110'/>", "")))
        assert.equal("joined", room.state)
        scene.sent = {}
        answers()
        assert.equal(2, scene:fire())
        assert.equal("iq", scene.sent[1].name)
    end)

    it("is believed also when the bot goes on talking to a room that has forgotten it", function()
        local refusal = ("<message type='error' from='%s'><error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>")
            :format(DEN)
        scene:message("on_message_error", refusal)
        scene.answer = function()
            scene:message("on_message_error", refusal)
            return nil, errors.new "not-acceptable"
        end
        assert.equal(1, scene:fire())
        assert.equal("ghost", room.state)
        assert.is_number(room.retry)
    end)

    it("is asked anew when the answer may be lost with the connection", function()
        scene.idle = 40
        local asked = 0
        scene.answer = function(iq)
            asked = asked + 1
            if asked > 1 then return iq end
            scene.muc.on_resumed(scene.bot)
            return nil, errors.new "remote-server-timeout"
        end
        scene:fire()
        assert.equal("joined", room.state)
        assert.is_true(scene:fire() <= 2)
        assert.equal(2, asked)
        assert.equal("joined", room.state)
    end)

    it("comes soon after a session was resumed", function()
        scene.muc.on_resumed(scene.bot)
        answers "not-acceptable"
        assert.is_true(scene:fire() <= 2)
        assert.equal("ghost", room.state)
    end)
end)

-- SPDX-License-Identifier: MIT
local muc_scene = require "spec.lua.muc_scene"

local DIRECT = "<message from='%s'><x xmlns='jabber:x:conference' jid='%s' reason='come'/></message>"
local MEDIATED = "<message from='%s'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='%s'><reason>come</reason></invite></x></message>"

describe("an invitation", function()
    local scene

    before_each(function()
        scene = muc_scene.start()
        scene.bot.config = { invitations = "admins", admins = { "Alice@example.org" } }
    end)

    after_each(function() scene:stop() end)

    local function direct(from, room) scene:invitation("on_direct", DIRECT:format(from, room)) end
    local function mediated(room, from) scene:invitation("on_mediated", MEDIATED:format(room, from)) end
    local function entered()
        for i = 1, #scene.timers do -- what is due at once
            if scene.timers[i] and scene.timers[i].due == 0 then scene:fire() end
        end
        return #scene.sent > 0 and scene.sent[#scene.sent].attr.to or nil
    end

    it("of an admin is followed", function()
        direct("alice@example.org/x", "den@rooms.example.net")
        assert.equal("den@rooms.example.net/robo", entered())
        local event = scene:event "room.invited"
        assert.same({
            room = "den@rooms.example.net", from = "alice@example.org/x", direct = true, proven = true, reason = "come", accepted = true,
        }, event.data)
    end)

    it("is followed by a task of its own: others who watch messages do not wait for a room", function()
        scene.waits = function() error "it waits" end
        direct("alice@example.org/x", "den@rooms.example.net")
        scene.waits = nil
        assert.equal("den@rooms.example.net/robo", entered())
    end)

    it("of anybody else is told, not followed", function()
        for _, from in ipairs { "mallory@example.org/x", "alice@example.org.evil/x", "alice@example.net", "example.org/alice@example.org" } do
            direct(from, "den@rooms.example.net")
        end
        assert.is_nil(entered())
        assert.equal(4, #scene.events)
        assert.is_false(scene:event("room.invited").data.accepted)
    end)

    it("by a foreign room does not prove who invites", function()
        mediated("den@rooms.evil.example", "alice@example.org")
        mediated("den@rooms.evil-example.org", "alice@example.org")
        assert.is_nil(entered())
        mediated("den@rooms.example.org", "alice@example.org/x")
        assert.equal("den@rooms.example.org/robo", entered())
    end)

    it("is ignored where no admins are configured", function()
        scene.bot.config = { invitations = "admins" }
        direct("alice@example.org/x", "den@rooms.example.net")
        assert.is_nil(entered())
    end)

    it("is followed by whoever accepts them all, within bounds", function()
        scene.bot.config = { invitations = "accept" }
        for i = 1, 20 do direct("mallory@example.net/x", ("den%d@rooms.example.net"):format(i)) end
        for _ = 1, 20 do entered() end
        assert.equal(5, #scene.sent)
    end)

    it("to what is no room is none", function()
        scene.bot.config = { invitations = "accept" }
        for _, room in ipairs { "", "rooms.example.net", "a@b/c", "@", ("x"):rep(2000) .. "@b" } do direct("alice@example.org/x", room) end
        for _, from in ipairs { "", "@", "a@@b" } do mediated("den@rooms.example.org", from) end
        mediated("rooms.example.org", "alice@example.org")
        assert.equal(0, #scene.sent)
        assert.equal(0, #scene.events)
    end)

    it("is sent", function()
        scene.bot.rooms["den@rooms.example.net"] = nil
        scene.join(scene.bot, "den@rooms.example.net", { password = "sesame" })
        local room = scene.rooms["den@rooms.example.net"]
        room:invite("bob@example.org", "come")
        assert.matches("sesame", scene:last())
        assert.matches("bob@example.org", scene:last(), 1, true)
        room:invite("bob@example.org", "come", { mediated = true })
        assert.matches("<invite to=['\"]bob@example.org['\"]><reason>come</reason></invite>", scene:last())
        assert.error(function() room:invite "@" end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- What `couplet send` makes of an address that the bot does not know.
local asking = require "spec.lua.asking"

describe("an address of `couplet send`", function()
    local INFO = "<iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='%s' type='text'/>%s</query></iq>"
    local ROOMS = INFO:format("conference", "<feature var='http://jabber.org/protocol/muc'/>")

    it("is a room's also when its service was down at first; what a service is is asked once", function()
        local core = require "couplet.core.bot"
        core.room_idle = function() return nil end
        finally(function() core.room_idle = nil end)
        local letters = require "couplet.sending_letters"
        local down = asking.failure("service-unavailable"):gsub("^<iq", "%0 from='rooms.example.net'")
        local bot = asking.bot { down, ROOMS, INFO:format("server", "") }
        local function kind_of(to) return letters.kind_of(bot, to, nil, true) end
        assert.equal("chat", kind_of "den@rooms.example.net")
        assert.equal("groupchat", kind_of "den@rooms.example.net")
        assert.equal("groupchat", kind_of "attic@rooms.example.net")
        assert.equal("chat", kind_of "romeo@example.net")
        assert.equal("chat", kind_of "juliet@example.net")
        assert.equal(3, #bot.sent)
    end)
end)

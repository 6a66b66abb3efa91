-- SPDX-License-Identifier: MIT
-- One bad script harms only itself: it is stopped, named and logged; its connection and the other bots live on.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["bad.lua"] = [[
local M = {}
local function deeper() error("the roof is on fire") end
function M.raise() deeper() end
function M.loop() while true do end end
function M.eat()
    local all = {}
    while true do all[#all + 1] = ("x"):rep(1 << 16) .. #all end
end
function M.recurse() return 1 + M.recurse() end
function M.refuse() return nil, { type = "auth", condition = "forbidden", text = "not you" } end
function M.unwritable() return "a control character: \1" end
function M.fine() return "fine" end
function M.undress(event) event.bot, event.room, event.body, event.stanza = nil, 1, {}, nil end
return M
]],
}
local BOTS = [[
  bad:
    @account bad
    hooks:
      - { event: message, body: "^raise$", call: bad.raise }
      - { event: message, body: "^loop$", call: bad.loop }
      - { event: message, body: "^eat$", call: bad.eat }
      - { event: message, body: "^recurse$", call: bad.recurse }
      - { event: message, body: "^unwritable$", call: bad.unwritable }
      - { event: message, body: "^refuse$", call: bad.refuse }
      - { event: message, body: "^fine$", call: bad.fine }
      - { event: iq, xmlns: "urn:example:raise", call: bad.raise }
      - { event: iq, xmlns: "urn:example:refuse", call: bad.refuse }
      - { event: iq, xmlns: "urn:example:loop", call: bad.loop }
  worse:
    @account worse
    hooks:
      - { event: message, priority: 1, call: bad.undress }
      - { event: command, name: undress, call: bad.fine }
  good:
    @account good
    hooks:
      - { event: message, call: echo.say }
]]

describe("a handler", function()
    local world, romeo

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS, top = "limits: { time: 2s, memory: 16M }" } -- time to eat that much
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    -- It answers after it, and so does the other.
    local function all_live_on()
        for bot, text in pairs { bad = "fine", good = "and you?" } do
            romeo:say(bot .. "@localhost", text)
            romeo:expect { from = "^" .. bot .. "@localhost/", body = text }
        end
        romeo:expect_none {}
    end

    it("that raises leaves a traceback in the log", function()
        romeo:say("bad@localhost", "raise")
        world:wait_log "bad: bad%.raise.*the roof is on fire.*stack traceback.*bad%.lua:2"
        all_live_on()
    end)

    it("that never ends is stopped and named", function()
        romeo:say("bad@localhost", "loop")
        world:wait_log "bad: bad%.loop[^\n]*limit"
        all_live_on()
    end)

    it("that eats memory is stopped and named", function()
        romeo:say("bad@localhost", "eat")
        world:wait_log "bad: bad%.eat[^\n]*memory"
        all_live_on()
    end)

    it("that calls itself for ever is stopped and named", function()
        romeo:say("bad@localhost", "recurse")
        world:wait_log "bad: bad%.recurse[^\n]*"
        all_live_on()
    end)

    it("whose answer cannot be written is named", function()
        romeo:say("bad@localhost", "unwritable")
        world:wait_log "bad: bad%.unwritable[^\n]*cannot be sent"
        all_live_on()
    end)

    it("that fails as expected is logged, without an answer to a message", function()
        romeo:say("bad@localhost", "refuse")
        world:wait_log "bad: bad%.refuse[^\n]*not you"
        all_live_on()
    end)

    it("that damages the event harms those behind it alone", function()
        romeo:say("worse@localhost", "undress")
        romeo:expect { from = "^worse@localhost/", body = "This failed; the reason is in the log." }
        all_live_on()
    end)

    it("of a request is answered for, whatever it does", function()
        for kind, condition in pairs {
            raise = "internal-server-error",
            loop = "internal-server-error",
            refuse = "forbidden",
        } do
            local answer = romeo:iq(world:full_jid "bad", "get", ("<query xmlns='urn:example:%s'/>"):format(kind))
            assert.equal("error", answer.type)
            assert.equal(condition, answer.error)
        end
        all_live_on()
    end)
end)

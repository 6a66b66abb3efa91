-- SPDX-License-Identifier: MIT
-- What the library answers by itself: by default, behind the bot's own hooks, and not where the configuration says so.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["mine.lua"] = [[
local M = {}
function M.version() return { name = "query", attr = { xmlns = "jabber:iq:version" }, { name = "name", "Mine" } } end
function M.nothing() end
return M
]],
}

local BOTS = [[
  plain:
    @account plain
  own:
    @account own
    hooks:
      - { event: iq, xmlns: "jabber:iq:version", call: mine.version }
      - { event: iq, xmlns: "jabber:iq:version", priority: 1, call: mine.nothing }
  without:
    @account without
    features: { version: false, ping: false }
]]

local VERSION = "<query xmlns='jabber:iq:version'/>"

describe("features", function()
    local world, romeo

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    it("are there without a hook", function()
        for _ = 1, 2 do
            local answer = romeo:iq(world:full_jid "plain", "get", VERSION)
            assert.equal("result", answer.type)
            assert.matches("<name>Couplet</name><version>%d[%d.]*</version>", answer.xml)
        end
    end)

    it("leave the answer to the bot's own hooks", function()
        local answer = romeo:iq(world:full_jid "own", "get", VERSION)
        assert.matches("<name>Mine</name>", answer.xml)
    end)

    it("answer what they are asked and nothing else", function()
        for _, payload in ipairs { "<other xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:versio'/>" } do
            assert.equal("service-unavailable", romeo:iq(world:full_jid "plain", "get", payload).error)
        end
        assert.equal("service-unavailable", romeo:iq(world:full_jid "plain", "set", VERSION).error)
    end)

    it("are off where the configuration says so", function()
        assert.equal("service-unavailable", romeo:iq(world:full_jid "without", "get", VERSION).error)
        assert.equal("service-unavailable", romeo:iq(world:full_jid "without", "get", "<ping xmlns='urn:xmpp:ping'/>").error)
        assert.equal("result", romeo:iq(world:full_jid "plain", "get", "<ping xmlns='urn:xmpp:ping'/>").type)
    end)

    it("that do not exist are mistakes of the configuration, with their place", function()
        local path = os.tmpname()
        local file = assert(io.open(path, "w"))
        file:write "bots:\n  b:\n    jid: b@example.org\n    password: p\n    features: { verison: true, ping: yes }\n"
        file:close()
        local status, _, err = e2e.run { "check", path }
        os.remove(path)
        assert.equal(78, status)
        assert.matches(":5:38: true or false is expected", err)
        assert.matches(":5:17: there is no feature 'verison'; did you mean 'version'%?", err)
    end)
end)

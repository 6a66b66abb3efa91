-- SPDX-License-Identifier: MIT
-- What the library answers by itself: by default, behind the bot's own hooks, and not where the configuration says so.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["mine.lua"] = [[
local core = require "couplet.core.bot"
local M = {}
function M.version() return { name = "query", attr = { xmlns = "jabber:iq:version" }, { name = "name", "Mine" } } end
function M.nothing() end
function M.remember(event)
  local before = core.remember(event.bot, "told")
  core.remember(event.bot, "told", event.captures[1])
  local _, err = core.remember(event.bot, ("k"):rep(1000), "v")
  return tostring(before) .. " " .. err.condition
end
function M.switch(event)
  core.feature(event.bot, "version", event.captures[1] == "on")
  return "version is " .. tostring(core.feature(event.bot, "version")) .. " " .. tostring(core.feature(event.bot, "none", true))
end
function M.none(event) return tostring(event.bot.nothing) .. " " .. tostring(event.nothing) end
return M
]],
}

local BOTS = [[
  plain:
    @account plain
  own:
    @account own
    features: { carbons: true }
    hooks:
      - { event: iq, xmlns: "jabber:iq:version", call: mine.version }
      - { event: iq, xmlns: "jabber:iq:version", priority: 1, call: mine.nothing }
      - { event: message, body: "^remember (.*)", call: mine.remember }
      - { event: message, body: "^none$", call: mine.none }
  without:
    @account without
    features: { version: false, ping: false }
    hooks:
      - { event: message, body: "^version (o.*)", call: mine.switch }
]]

local VERSION = "<query xmlns='jabber:iq:version'/>"

describe("features", function()
    local world, romeo

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS, top = "storage: kept" }
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

    local function ask(bot, text, answer)
        romeo:say(bot .. "@localhost", text)
        romeo:expect { from = "^" .. bot .. "@localhost/", body = answer }
    end

    it("are switched at run time", function()
        ask("without", "version on", "version is true false")
        assert.equal("result", romeo:iq(world:full_jid "without", "get", VERSION).type)
        ask("without", "version off", "version is false false")
        assert.equal("service-unavailable", romeo:iq(world:full_jid "without", "get", VERSION).error)
    end)

    it("that are not there are nil, of bot and event", function() ask("own", "none", "nil nil") end)

    it("watch what happens to the bot, too", function()
        world:wait_log "own: %-> [^\n]*<enable xmlns='urn:xmpp:carbons:2'/>"
        assert.is_nil(world.log:match "plain: %-> [^\n]*<enable xmlns='urn:xmpp:carbons:2'/>")
    end)

    it("remember small things over the end of the process", function()
        ask("own", "remember this", "nil resource-constraint")
        ask("own", "remember that", "this resource-constraint")
        world.bots:kill "sigkill"
        world.bots:join()
        world:run_bots()
        world:wait_log "own: %a+ as own@localhost/"
        ask("own", "remember more", "that resource-constraint")
    end)

    it("hold no file for who remembers nothing, nor to look whether there is something", function()
        local function holds(bot) return (io.open(("%s/kept.sessions/%s-library.lock"):format(world.dir, bot))) ~= nil end
        assert.same({ true, false }, { holds "own", holds "without" })
        local env = { E2E_SERVER = world.server:address(), E2E_CA = world.server.ca_file }
        local _, _, err = e2e.run({ "check", world.config }, env)
        assert.matches("^%S+: no mistakes, 3 bots\n$", err)
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

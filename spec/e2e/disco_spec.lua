-- SPDX-License-Identifier: MIT
-- What bots say of themselves and ask of others: service discovery, capabilities in presence, version, time, last activity, ping.
local e2e = require "spec.e2e.harness"

local SCRIPTS = {
    ["asker.lua"] = [[
local M = {}
local function join(t) table.sort(t) return table.concat(t, " ") end
function M.show(event) event.bot:send { name = "presence", attr = { to = event.captures[1] } } return "shown" end
function M.info(event)
  local info, err = event.bot.disco:info(event.captures[1])
  if not info then return "no info: " .. err.condition end
  local software = info.forms["urn:xmpp:dataforms:softwareinfo"] or {}
  local identities = {}
  for i, one in ipairs(info.identities) do identities[i] = one.category .. "/" .. one.type end
  return ("%s %s %s"):format(join(identities), tostring(info.features["urn:xmpp:ping"]), tostring(software.software))
end
function M.items(event)
  local items, err = event.bot.disco:items(event.captures[1])
  if not items then return "no items: " .. err.condition end
  local jids = {}
  for i, item in ipairs(items) do jids[i] = item.jid end
  return "items: " .. join(jids)
end
function M.ask(event)
  local bot, jid = event.bot, event.captures[1]
  local version = assert(bot:version_of(jid))
  local seconds, offset = bot:time_of(jid)
  local idle, err = bot:last_activity(jid)
  local trip, own = assert(bot:ping(jid)), assert(bot:ping())
  return ("%s %d %s %s %s %s"):format(version.name, math.abs(seconds - os.time()) // 60, offset, idle and idle // 600 or err.condition, trip < 60, own < 60)
end
function M.mine()
  return { name = "query", attr = { xmlns = "http://jabber.org/protocol/disco#info" }, { name = "feature", attr = { var = "urn:example:mine" } } }
end
function M.nobody(event)
  local trip, err = event.bot:ping "nobody@localhost/nowhere"
  return tostring(trip) .. " " .. err.condition
end
function M.more(event)
  event.bot.disco:announce("urn:example:more", event.captures[1] == "on")
  event.bot.disco:node("shelf", { features = { "urn:example:shelf" }, items = { { node = "book", name = "A book" } } })
  return "announced"
end
return M
]],
}

local BOTS = [[
  asker:
    @account asker
    hooks: &hooks
      - { event: message, body: "^show (.+)", call: asker.show }
      - { event: message, body: "^info (.+)", call: asker.info }
      - { event: message, body: "^items (.+)", call: asker.items }
      - { event: message, body: "^ask (.+)", call: asker.ask }
      - { event: message, body: "^nobody$", call: asker.nobody }
      - { event: message, body: "^more (.+)", call: asker.more }
  other:
    @account other
    hooks: *hooks
  hooked:
    @account hooked
    hooks:
      - { event: iq, xmlns: "http://jabber.org/protocol/disco#info", call: asker.mine }
  silent:
    @account silent
    features: { caps: false, disco: false, last: false }
    hooks: *hooks
]]

local INFO, ITEMS = "<query xmlns='http://jabber.org/protocol/disco#info'%s/>", "<query xmlns='http://jabber.org/protocol/disco#items'%s/>"

e2e.each_server(describe, "service discovery", function(kind)
    local world, romeo

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function ask(bot, text, answer)
        romeo:say(bot .. "@localhost", text)
        return romeo:expect { from = "^" .. bot .. "@localhost/", body = answer }
    end

    local function shown(bot)
        local jid = world:full_jid(bot)
        ask(bot, "show " .. romeo.jid, "shown")
        return romeo:expect { event = "presence", from = jid }.xml
    end

    it("answers what a bot is and can do", function()
        local answer = romeo:iq(world:full_jid "asker", "get", INFO:format "")
        assert.equal("result", answer.type)
        assert.matches('category="client"', answer.xml, 1, true)
        assert.matches('type="bot"', answer.xml, 1, true)
        for _, feature in ipairs { "http://jabber.org/protocol/disco#info", "urn:xmpp:ping", "jabber:iq:version", "urn:xmpp:time", "jabber:iq:last" } do
            assert.matches(('var="%s"'):format(feature), answer.xml, 1, true)
        end
        assert.matches("<value>Couplet</value>", answer.xml, 1, true)
        assert.equal("result", romeo:iq(world:full_jid "asker", "get", ITEMS:format "").type)
        assert.equal("item-not-found", romeo:iq(world:full_jid "asker", "get", INFO:format " node='nowhere'").error)
        assert.equal("item-not-found", romeo:iq(world:full_jid "asker", "get", ITEMS:format " node='nowhere'").error)
    end)

    it("answers a bot's own hook first", function()
        assert.matches("urn:example:mine", romeo:iq(world:full_jid "hooked", "get", INFO:format "").xml, 1, true)
    end)

    it("says nothing where the configuration says so", function()
        assert.equal("service-unavailable", romeo:iq(world:full_jid "silent", "get", INFO:format "").error)
        assert.is_nil(shown "silent":find("protocol/caps", 1, true))
        assert.is_nil(world.log:match "silent: %-> [^\n]*protocol/caps")
    end)

    it("has a hash in the first presence and in those that a script sends, and answers for its node", function()
        local sent = assert(world.log:match "asker: %-> [^\n]*(<presence id=[^\n]-</presence>)")
        local node, ver = sent:match "node='([^']+)'", sent:match "ver='([^']+)'"
        assert.equal("urn:couplet", node)
        assert.matches("<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>", sent, 1, true)
        assert.matches(ver, shown "asker", 1, true)
        local new = sent:match "algo='sha%-256'>([^<]+)<"
        for _, name in ipairs { node .. "#" .. ver, "urn:xmpp:caps#sha-256." .. new } do
            local answer = romeo:iq(world:full_jid "asker", "get", INFO:format((" node='%s'"):format(name)))
            assert.equal("result", answer.type)
            assert.matches(('node="%s"'):format(name), answer.xml, 1, true)
        end
    end)

    it("asks for a hash once, and not at all where it is known", function()
        local other = world:full_jid "other"
        ask("asker", "info " .. other, "client/bot true Couplet") -- from here on the asker notes what is in presence
        local from = #world.log
        ask("other", "show " .. world:full_jid "asker", "shown")
        world:wait_log("asker: <%- [^\n]*<presence [^>]*other@localhost/[^\n]*urn:xmpp:caps", from)
        from = #world.log
        ask("asker", "info " .. other, "client/bot true Couplet")
        assert.is_truthy(world.log:match("asker: %-> [^\n]*disco#info[^\n]*urn:xmpp:caps#sha%-256", from))
        from = #world.log
        ask("asker", "info " .. other, "client/bot true Couplet")
        assert.is_nil(world.log:match("asker: %-> [^\n]*disco#info", from))
    end)

    it("asks servers and those who are not there", function()
        ask("asker", "info localhost", "^.*server/im")
        ask("asker", "items localhost", "^items: .*conference.localhost")
        ask("asker", "info nobody@localhost/x", "^no info: ")
        ask("asker", "items nobody@localhost/x", "^no items: ")
    end)

    it("asks for version, time, last activity and distance", function()
        local idle = kind == "ejabberd" and "service-unavailable" or "0" -- it asks whether the presence may be seen
        ask("asker", "ask " .. world:full_jid "other", ("Couplet 0 0 %s true true"):format(idle))
        ask("asker", "nobody", "nil service-unavailable")
    end)

    it("announces what a script adds, in a new presence, and answers for its nodes", function()
        local old = shown "other":match 'ver="([^"]+)"'
        ask("other", "more on", "announced")
        local new = shown "other":match 'ver="([^"]+)"'
        assert.not_equal(old, new)
        local answer = romeo:iq(world:full_jid "other", "get", INFO:format((" node='urn:couplet#%s'"):format(new)))
        assert.matches('var="urn:example:more"', answer.xml, 1, true)
        assert.equal("item-not-found", romeo:iq(world:full_jid "other", "get", INFO:format((" node='urn:couplet#%s'"):format(old))).error)
        assert.matches('var="urn:example:shelf"', romeo:iq(world:full_jid "other", "get", INFO:format " node='shelf'").xml, 1, true)
        assert.matches('name="A book"', romeo:iq(world:full_jid "other", "get", ITEMS:format " node='shelf'").xml, 1, true)
        ask("other", "more off", "announced")
        assert.equal(old, shown "other":match 'ver="([^"]+)"')
        assert.is_truthy(world.log:match("other: %-> [^\n]*<presence id=[^>]*><c xmlns=[^\n]*" .. new:gsub("%p", "%%%0")))
    end)
end)

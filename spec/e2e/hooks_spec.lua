-- SPDX-License-Identifier: MIT
-- Which function is called for what: order, conditions, hooks and timers that a script makes, the events of a bot's life.
local e2e = require "spec.e2e.harness"

local ROOM = "tavern@conference.localhost"

local SCRIPTS = {
    ["order.lua"] = [[
local M = {}
function M.first(event) event:reply("first") end           -- no answer: the chain goes on
function M.second(event) return "second" end               -- an answer, and `continue: true`
function M.third() return "third" end                      -- the chain ends here
function M.never() return "never" end
function M.fails() error("broken on purpose") end
function M.slow(event) event.bot:sleep(0.02) return nil end
function M.after_slow() return "after the slow one" end
return M
]],
    ["cond.lua"] = [[
local M = {}
function M.addressed(event) return "at your service, " .. event.nick end
function M.number(event) return "ticket " .. event.captures[1] .. " of " .. event.captures[2] end
function M.with(event) return event.with.greeting .. " " .. event.with.list[2] end
function M.juliet() return "only for juliet" end
function M.anybody(event) return "who: " .. tostring(event.who.jid) .. " " .. tostring(event.who.proven) end
return M
]],
    ["raised.lua"] = [[
local core = require "couplet.core.bot"
local M = {}
function M.go(event)
  local count = event.bot:emit("deploy.done", { version = 7 })
  core.emit(event.bot, "joined", { room = "other@conference.localhost", nick = "x" })
  core.emit(event.bot, "joined", { room = "tavern@conference.localhost", nick = "x", bot = 1, kind = 2 })
  core.emit(event.bot, "subscribed", { from = event.from })
  return "raised for " .. count
end
function M.done(event) event.bot.log:info("RAISED %s %s", event.kind, event.data.version) end
function M.joined(event) event.bot.log:info("RAISED %s %s %s", event.kind, event.room, event.nick) end
function M.subscribed(event) return "welcome" end
function M.inner(event)
  local stanza = require "couplet.stanza"
  local forwarded = stanza.stanza("forwarded", { xmlns = "urn:xmpp:forward:0" })
    :tag("message", { xmlns = "jabber:client", from = "juliet@localhost/x", to = event.bot.jid, type = "chat", id = "old-1" })
      :text_tag("body", "an <old> one"):tag("mood", { xmlns = "urn:example:mood", ["urn:example:a\1b"] = "c" }):up():up()
  local message = forwarded:get_child("message", "jabber:client")
  local count = core.dispatch(event.bot, message, { archive = true, fields = { archive_id = "a-7" } })
  count = count * 10 + core.dispatch(event.bot, message, { delayed = true })
  count = count * 10 + core.dispatch(event.bot, { name = "message", attr = { from = "juliet@localhost" }, { name = "body", "plain" } })
  for _, bad in ipairs { { name = "iq", attr = { type = "get" } }, { name = "a b" }, {}, { name = "message", attr = 1 },
      { name = "message", true }, { name = "message", attr = { from = {} } }, { name = "presence", attr = { type = "odd" } } } do
    assert(not pcall(core.dispatch, event.bot, bad))
  end
  local deep = { name = "a" }
  for _ = 1, 300 do deep = { name = "a", deep } end
  assert(not pcall(core.dispatch, event.bot, { name = "message", deep }))
  return "dispatched " .. count
end
function M.old(event)
  local mood = event.stanza:get_child("mood", "urn:example:mood")
  event.bot.log:info("OLD %s %s %s %s %s", event.from, event.body, event.archive, event.archive_id, mood.attr["urn:example:a\1b"])
end
function M.plain(event) event.bot.log:info("PLAIN %s %s", event.type, tostring(event.archive)) end
function M.circle(event) event.bot:emit "life.circle" end
function M.wrong(event)
  local _, err = pcall(event.bot.emit, event.bot, "message", {})
  local _, other = pcall(core.emit, event.bot, "message", {})
  return err .. " | " .. other
end
return M
]],
    ["life.lua"] = [[
local M = {}
local ticks, handle, ticker = 0, nil, nil
function M.note(event) event.bot.log:info("LIFE %s", event.kind) end
function M.offline(event) event.bot.log:info("LIFE offline %s", event.reason) end
function M.add(event)
  handle = event.bot:hook { event = "message", body = "^magic$", priority = 5, call = function() return "abracadabra" end }
  return "added"
end
function M.remove() return tostring(handle:remove()) .. " " .. tostring(handle:remove()) end
function M.magic() return "nothing happens" end
function M.wrong(event)
  local ok, err = pcall(event.bot.hook, event.bot, { event = "message", boddy = "x", call = M.magic })
  return err
end
function M.tick(event)
  ticks = 0
  ticker = event.bot:every(0.02, function() ticks = ticks + 1 end)
  while ticks < 3 do event.bot:sleep(0.02) end
  local stopped = ticker:stop()
  return "three ticks " .. tostring(stopped)
end
function M.nested(event)
  local co = coroutine.wrap(function() return pcall(event.bot.sleep, event.bot, 1) end)
  local _, err = co()
  return err
end
function M.roster(event)
  local names = {}
  for jid in pairs(event.bot.roster) do names[#names + 1] = jid end
  return "roster: " .. table.concat(names, " ")
end
function M.config(event) return tostring(event.bot.config.jid) .. " " .. tostring(event.bot.config.password) end
return M
]],
}

local BOTS = [[
  order:
    @account order
    hooks:
      - { event: message, body: "^go$", priority: 1, call: order.third }
      - { event: message, body: "^go$", priority: 3, call: order.first }
      - { event: message, body: "^go$", priority: 2, continue: true, call: order.second }
      - { event: message, body: "^go$", call: order.never }
      - { event: message, body: "^fail$", priority: 1, call: order.fails }
      - { event: message, body: "^fail$", call: order.third }
      - { event: message, body: "^slow$", priority: 1, call: order.slow }
      - { event: message, body: "^slow$", call: order.after_slow }
  cond:
    @account cond
    nick: waiter
    rooms: [tavern@conference.localhost]
    hooks:
      - { event: message, type: groupchat, addressed: true, call: cond.addressed }
      - { event: message, body: "T%-(%d+) of (%a+)", call: cond.number }
      - { event: message, body: "^with$", call: cond.with, with: { greeting: hello, list: [1, two] } }
      - { event: message, body: "^mine$", from: "juliet@*", call: cond.juliet }
      - { event: message, body: "^who$", call: cond.anybody }
  raised:
    @account raised
    hooks:
      - { event: message, body: "^go$", call: raised.go }
      - { event: message, body: "^circle$", call: raised.circle }
      - { event: message, body: "^wrong$", call: raised.wrong }
      - { event: message, body: "^inner$", call: raised.inner }
      - { event: message, body: "^an <old> one$", include: archive, call: raised.old }
      - { event: message, body: "^plain$", call: raised.plain }
      - { event: deploy.done, call: raised.done }
      - { event: deploy.doing, call: raised.done }
      - { event: life.circle, call: raised.circle }
      - { event: joined, room: tavern@conference.localhost, call: raised.joined }
      - { event: subscribed, from: "juliet@*", call: raised.circle }
      - { event: subscribed, from: "*@localhost", call: raised.subscribed }
  life:
    @account life
    hooks:
      - { event: start, call: life.note }
      - { event: online, call: life.note }
      - { event: offline, call: life.offline }
      - { event: stop, call: life.note }
      - { event: message, body: "^add$", call: life.add }
      - { event: message, body: "^remove$", call: life.remove }
      - { event: message, body: "^magic$", call: life.magic }
      - { event: message, body: "^wrong$", call: life.wrong }
      - { event: message, body: "^tick$", call: life.tick }
      - { event: message, body: "^nested$", call: life.nested }
      - { event: message, body: "^roster$", call: life.roster }
      - { event: message, body: "^config$", call: life.config }
]]

describe("hooks", function()
    local world, romeo

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function ask(bot, text, answer)
        romeo:say(bot .. "@localhost", text)
        romeo:expect { from = "^" .. bot .. "@localhost/", body = answer }
    end

    it("run by priority, until one answers without continue", function()
        romeo:say("order@localhost", "go")
        for _, answer in ipairs { "first", "second", "third" } do
            romeo:expect { from = "^order@localhost/", body = answer }
        end
        romeo:expect_none { from = "^order@localhost/" }
    end)

    it("go on behind one that fails", function()
        ask("order", "fail", "third")
        world:wait_log "broken on purpose"
    end)

    it("go on behind one that waited", function() ask("order", "slow", "after the slow one") end)

    it("match addressed messages of a room only", function()
        romeo:join(ROOM, "romeo")
        romeo:expect { event = "presence", from = ROOM .. "/waiter" }
        romeo:say_room(ROOM, "nobody in particular")
        romeo:say_room(ROOM, "Waiter: the bill")
        romeo:expect { from = ROOM .. "/waiter", body = "at your service, romeo" }
        romeo:expect_none { from = ROOM .. "/waiter" }
        romeo:leave(ROOM, "romeo")
    end)

    it("hand captures and `with` over", function()
        ask("cond", "see T-42 of mine", "ticket 42 of mine")
        ask("cond", "with", "hello two")
    end)

    it("match the sender by a glob", function()
        local juliet = world:human "juliet"
        romeo:say("cond@localhost", "mine")
        juliet:say("cond@localhost", "mine")
        juliet:expect { from = "^cond@localhost/", body = "only for juliet" }
        ask("cond", "who", "who: romeo@localhost true")
        romeo:expect_none { body = "only for juliet" }
    end)

    it("come and go at run time", function()
        ask("life", "magic", "nothing happens")
        ask("life", "add", "added")
        ask("life", "magic", "abracadabra")
        ask("life", "remove", "true false")
        ask("life", "magic", "nothing happens")
    end)

    it("are checked when a script makes them", function() ask("life", "wrong", "^bot:hook: 'boddy' is no condition") end)

    it("run timers until they are stopped", function() ask("life", "tick", "three ticks true") end)

    it("refuse to wait inside a coroutine of the script's own", function()
        ask("life", "nested", "^.*inside a coroutine of your own")
    end)

    it("see the roster and the configuration, without its secrets", function()
        ask("life", "roster", "^roster:")
        ask("life", "config", "life@localhost nil")
    end)

    it("hear what scripts and the library raise, by name, room and sender, after the handler", function()
        romeo:say("raised@localhost", "go")
        romeo:expect { from = "^raised@localhost/", body = "raised for 1" }
        romeo:expect { from = "^raised@localhost/", body = "welcome" }
        local at = world:wait_log "RAISED deploy.done 7"
        world:wait_log("RAISED joined tavern@conference.localhost x", at)
        romeo:expect_none { from = "^raised@localhost/" }
        assert.is_nil(world.log:find "RAISED joined other")
    end)

    it("take stanzas that a script hands in, and old ones only when they ask for them", function()
        ask("raised", "inner", "dispatched 101")
        local at = world:wait_log "OLD juliet@localhost/x an <old> one true a%-7 c"
        world:wait_log("PLAIN normal nil", at)
        assert.is_nil(world.log:find("OLD", at, true))
    end)

    it("that raise each other without end are stopped and named", function()
        romeo:say("raised@localhost", "circle")
        world:wait_log "raised.circle: .*events go in circles"
        ask("raised", "wrong", "^.*dot in its name.*joined, left, room_changed")
    end)

    it("hear of the bot's life", function()
        local at = world:wait_log "LIFE start"
        world:wait_log("LIFE online", at)
    end)
end)

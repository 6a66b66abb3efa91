-- SPDX-License-Identifier: MIT
-- Commands at their edges: those of scripts, that fail, that wait, that come twice, too often, in fours, and as hostile forms.
local e2e = require "spec.e2e.harness"

local COMMANDS = "http://jabber.org/protocol/commands"
local SCRIPTS = {
    ["edge.lua"] = [[
local M = {}
local handle
function M.fail() error("broken on purpose") end
function M.refuse() return nil, { condition = "not-allowed", text = "not on Sundays" } end
function M.silent(event) event:reply("said") end
function M.count(event) return "counted " .. tostring(event.args) end
function M.caught(event) return "caught " .. event.body end
function M.add(event)
  local function call(inner) return "fleeting " .. inner.args.n end
  handle = event.bot:hook { event = "command", name = "fleeting", args = "<n:int>", help = "added", call = call }
  local ok, err = pcall(event.bot.hook, event.bot, { event = "command", name = "x", args = "<n:itn>", call = M.count })
  return tostring(ok) .. " " .. err
end
function M.drop() return "dropped " .. tostring(handle:remove()) end
function M.slow(event)
  local answer, err = event:ask("wait?", { timeout = 0.05 })
  return answer and "got " .. answer or err.condition
end
function M.long(event)
  event.bot:sleep(0.05)
  event:reply("half way")
  return "one\ntwo"
end
function M.guarded() return "only for juliet" end
return M
]],
}
local BOTS = [[
  edge:
    @account edge
    rate: 1000/1s
    rooms: [edge@conference.localhost]
    hooks:
      - { event: command, name: fail, call: edge.fail }
      - { event: command, name: refuse, call: edge.refuse }
      - { event: command, name: silent, call: edge.silent }
      - { event: command, name: count, call: edge.count }
      - { event: command, name: count on, aliases: [go on], call: edge.silent, continue: true }
      - { event: command, name: add, call: edge.add }
      - { event: command, name: drop, call: edge.drop }
      - { event: command, name: slow, call: edge.slow }
      - { event: command, name: long, call: edge.long }
      - { event: command, name: rare, rate: 2/1000s, call: edge.count }
      - { event: command, name: here, room: edge@conference.localhost, call: edge.count }
      - { event: message, type: chat, body: "^guarded$", allow: [juliet@localhost], call: edge.guarded }
      - { event: message, type: chat, body: "^count on", call: edge.caught }
]]

describe("a command", function()
    local world, romeo, juliet

    setup(function()
        world = e2e.start { scripts = SCRIPTS, bots = BOTS, top = "storage: edge.db" }
        romeo, juliet = world:human "romeo", world:human "juliet"
    end)

    teardown(function() world:stop() end)

    local function ask(who, text, answer)
        who:say("edge@localhost", text)
        return who:expect { from = "^edge@localhost/", type = "chat", body = answer }
    end

    it("that fails says so, and the log says why", function()
        ask(romeo, "fail", "This failed; the reason is in the log.")
        world:wait_log "edge.fail: .*broken on purpose"
        ask(romeo, "refuse", "not on Sundays")
    end)

    it("that ran ends the chain, unless it says otherwise", function()
        ask(romeo, "silent", "said")
        ask(romeo, "count", "counted nil")
        ask(romeo, "count 1 2", "counted 1 2")
        ask(romeo, "count on", "said")
        romeo:expect { from = "^edge@localhost/", body = "caught count on" }
        ask(romeo, "go  on", "said")
    end)

    it("can be added and taken away by a script", function()
        ask(romeo, "add", "false bot:hook: args: the type 'itn' is unknown; did you mean 'int'?")
        ask(romeo, "fleeting 7", "fleeting 7")
        ask(romeo, "help fleeting", "Usage: fleeting <n:int>\nadded")
        ask(romeo, "drop", "dropped true")
        ask(romeo, "fleeting 7", "There is no command 'fleeting'. 'help' tells what there is.")
        ask(romeo, "help fleeting", "There is no command 'fleeting'.")
    end)

    it("stops asking when the time is over", function()
        ask(romeo, "slow", "wait?")
        romeo:expect { from = "^edge@localhost/", body = "remote-server-timeout" }
        ask(romeo, "count", "counted nil")
    end)

    it("that comes too often is told once, then ignored", function()
        ask(juliet, "rare", "counted nil")
        ask(juliet, "rare", "counted nil")
        ask(juliet, "rare", "^That is too often%. Try again in %d+ s; until then I do not answer%.")
        juliet:say("edge@localhost", "rare")
        ask(juliet, "count", "counted nil")
        juliet:expect_none { from = "^edge@localhost/", body = true }
    end)

    it("is for where its hook says, and other hooks have their own guard", function()
        assert.falsy(ask(romeo, "help", "^add\ncount").body:find("here", 1, true))
        ask(juliet, "guarded", "only for juliet")
        romeo:say("edge@localhost", "guarded")
        ask(romeo, "count", "counted nil")
        romeo:expect_none { from = "^edge@localhost/", body = "only for juliet" }
    end)

    it("that is long to explain is explained in private", function()
        local room = "edge@conference.localhost"
        romeo:join(room, "romeo")
        romeo:expect { event = "presence", from = room .. "/edge" }
        romeo:say_room(room, "!help")
        romeo:expect { from = room .. "/edge", type = "chat", body = "^!add.*!here" }
        romeo:say_room(room, "!nosuchthing")
        romeo:say_room(room, "!!!")
        romeo:say_room(room, "edge: nosuchthing")
        romeo:expect { from = room .. "/edge", type = "groupchat", body = "There is no command 'nosuchthing'. '!help' tells what there is." }
        romeo:say_room(room, "!silnt")
        romeo:expect { from = room .. "/edge", type = "groupchat", body = "There is no command 'silnt'; did you mean 'silent'?" }
        romeo:expect_none { from = room .. "/edge", type = "groupchat", body = true }
    end)

    it("as a form waits, and tells all that was said", function()
        local answer = romeo:iq(world:full_jid "edge", "set", ("<command xmlns='%s' node='long'/>"):format(COMMANDS))
        assert.truthy(answer.xml:find 'status="completed"')
        assert.truthy(answer.xml:find ">half way<")
        assert.truthy(answer.xml:find "<value>two</value>")
        assert.equal("internal-server-error", romeo:iq(world:full_jid "edge", "set", ("<command xmlns='%s' node='fail'/>"):format(COMMANDS)).error)
    end)

    it("as a form withstands what is no request", function()
        local bot = world:full_jid "edge"
        for _, payload in ipairs {
            "<command xmlns='%s'/>", "<command xmlns='%s' node=''/>", "<command xmlns='%s' node='slow' action=''/>",
            "<command xmlns='%s' node='slow' sessionid=''/>", "<command xmlns='%s' node='slow' action='cancel'/>",
            "<command xmlns='%s' node='" .. ("x"):rep(2000) .. "'/>", "<command xmlns='%s' node='slow' sessionid='" .. ("x"):rep(2000) .. "'/>",
            "<command xmlns='%s' node='nothing'><x xmlns='jabber:x:data'/><x xmlns='jabber:x:data' type='submit'/></command>",
        } do
            assert.equal("error", romeo:iq(bot, "set", payload:format(COMMANDS)).type)
        end
        local first = romeo:iq(bot, "set", ("<command xmlns='%s' node='slow'/>"):format(COMMANDS))
        local id = first.xml:match 'sessionid="([^"]+)"'
        for _, payload in ipairs { "", "<x xmlns='jabber:x:data'/>", "<x xmlns='jabber:x:data' type='cancel'/>", "<x xmlns='wrong' type='submit'/>", "text" } do
            romeo:iq(bot, "set", ("<command xmlns='%s' node='slow' sessionid='%s'>%s</command>"):format(COMMANDS, id, payload))
        end
        for _, payload in ipairs { "", "<item/>", "<item node='slow'/>" } do
            romeo:iq(bot, "get", ("<query xmlns='http://jabber.org/protocol/disco#items' node='%s'>%s</query>"):format(COMMANDS, payload))
        end
        ask(romeo, "count", "counted nil")
    end)

    it("runs once, also over a restart", function()
        local function send()
            romeo:raw [[<message to='edge@localhost' type='chat'><body>count</body><origin-id xmlns='urn:xmpp:sid:0' id='once-1'/></message>]]
        end
        send()
        romeo:expect { from = "^edge@localhost/", body = "counted nil" }
        world.bots:kill "sigterm"
        world:wait_exit()
        world:run_bots()
        world:wait_log "edge: online"
        send()
        ask(romeo, "count again", "counted again")
        romeo:expect_none { from = "^edge@localhost/", body = "counted nil" }
    end)
end)

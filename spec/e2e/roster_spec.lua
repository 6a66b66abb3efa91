-- SPDX-License-Identifier: MIT
-- The people of a bot's roster, on real servers: subscriptions by policy and by hand, presence, groups; and the language of what
-- is said, which is the stream's where nobody says another.
local e2e = require "spec.e2e.harness"
local process = require "spec.e2e.process"

local SCRIPTS = {
    ["people.lua"] = [[
local M = {}
local function write(...) io.stderr:write(table.concat({ ... }, " "), "\n") end
local function told(ok, err) return ok == true and "done" or err and err.condition or tostring(ok) end
function M.start(event) return event.bot.contacts and nil end -- from now on who is online is known
function M.subscribed(event) write("SUBSCRIBED", event.bot.name, event.from, event.way) end
function M.refuse(event)
    write("ASKED", event.from)
    return { name = "presence", attr = { to = event.from, type = "unsubscribed" } }
end
function M.tell(event)
    local contact = event.bot.contacts["romeo@localhost"]
    if not contact then return "a stranger" end
    local shows = {}
    for _, presence in pairs(contact.presences) do shows[#shows + 1] = presence.show or "here" end
    return ("%s %s [%s] %s"):format(contact.name or "nobody", contact.subscription, table.concat(contact.groups, ","), table.concat(shows, ","))
end
function M.act(event)
    local verb, more = event.captures[1], event.captures[2]
    local contacts, who = event.bot.contacts, "romeo@localhost"
    if verb == "add" then return told(contacts:add(who, { name = more, groups = { "Montagues" } })) end
    if verb == "rename" then return told(contacts:rename(who, more)) end
    if verb == "group" then return told(contacts:groups(who, { more })) end
    return told(contacts[verb](contacts, who))
end
function M.lang(event) return event.lang end
return M
]],
}

local BOTS = [[
  open:
    @account open
    subscriptions: { accept: [friends], mutual: true }
    roles: { friends: [romeo@localhost] }
    features: { loop_guard: false } # romeo is a program
    hooks:
      - { event: start, call: people.start }
      - { event: subscribed, call: people.subscribed }
      - { event: message, body: "^who$", call: people.tell }
      - { event: message, body: "^lang$", call: people.lang }
  shut:
    @account shut
    features: { loop_guard: false }
    hooks:
      - { event: message, body: "^who$", call: people.tell }
      - { event: message, body: "^(%a+) ?(.*)$", call: people.act, priority: -1 }
  own:
    @account own
    subscriptions: { accept: all }
    hooks:
      - { event: presence, type: subscribe, call: people.refuse }
]]

e2e.each_server(describe, "contacts", function(kind)
    local world, romeo, juliet

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS }
        romeo, juliet = world:human "romeo", world:human "juliet"
    end)

    teardown(function() world:stop() end)

    local function ask(bot, text)
        romeo:say(bot .. "@localhost", text)
        return romeo:expect({ from = "^" .. bot .. "@localhost/" }).body
    end

    -- What a bot answers, as soon as it is this.
    local function wait_for(bot, text, answer)
        local got
        local function what() return ("%s to answer '%s', not '%s'"):format(bot, answer, got) .. world:report(romeo) end
        process.poll(what, function()
            got = ask(bot, text)
            return got == answer
        end)
    end

    it("are let in by policy, told of, and asked back", function()
        romeo:presence { to = "open@localhost", type = "subscribe" }
        romeo:expect { event = "presence", from = "^open@localhost/", type = false } -- he may see the bot now
        romeo:expect { event = "presence", from = "open@localhost", type = "subscribe" }
        world:wait_log "SUBSCRIBED open romeo@localhost from"
        romeo:presence { to = "open@localhost", type = "subscribed" }
        world:wait_log "SUBSCRIBED open romeo@localhost to"
        romeo:presence { show = "dnd" }
        wait_for("open", "who", "nobody both [] dnd")
        romeo:presence { type = "unavailable" }
        romeo:presence { show = "xa" }
        wait_for("open", "who", "nobody both [] xa")
    end)

    it("are left waiting when the policy does not name them", function()
        juliet:presence { to = "open@localhost", type = "subscribe" }
        juliet:presence { to = "shut@localhost", type = "subscribe" }
        juliet:sync()
        assert.equal("nobody both [] xa", ask("open", "who"))
        juliet:sync()
        juliet:expect_none { event = "presence", from = "^%a+@localhost/", type = false, to = "juliet@localhost" }
        assert.not_matches("juliet@localhost may see", world.log)
        assert.not_matches("SUBSCRIBED open juliet", world.log)
    end)

    it("are refused by a hook of the bot's own, whatever the policy says", function()
        romeo:presence { to = "own@localhost", type = "subscribe" }
        world:wait_log "ASKED romeo@localhost"
        world:wait_log "%-> <presence[^\n]*unsubscribed"
        assert.not_matches("own: romeo@localhost may see", world.log)
    end)

    it("are added, changed and removed, each with the server's word", function()
        assert.equal("a stranger", ask("shut", "who"))
        assert.equal("item-not-found", ask("shut", "rename R"))
        assert.equal("done", ask("shut", "add Romeo"))
        assert.equal("done", ask("shut", "rename Mon"))
        wait_for("shut", "who", "Mon none [Montagues] ")
        assert.equal("done", ask("shut", "group Friends"))
        wait_for("shut", "who", "Mon none [Friends] ")
        assert.equal("done", ask("shut", "subscribe"))
        romeo:expect { event = "presence", from = "shut@localhost", type = "subscribe" }
        romeo:presence { to = "shut@localhost", type = "subscribed" }
        wait_for("shut", "who", "Mon to [Friends] xa")
        romeo:presence { to = "shut@localhost", type = "subscribe" }
        romeo:sync()
        assert.equal("done", ask("shut", "approve"))
        romeo:expect { event = "presence", from = "^shut@localhost/", type = false }
        wait_for("shut", "who", "Mon both [Friends] xa")
        assert.equal("done", ask("shut", "deny"))
        wait_for("shut", "who", "Mon to [Friends] xa")
        assert.equal("done", ask("shut", "unsubscribe"))
        wait_for("shut", "who", "Mon none [Friends] ")
        assert.equal("done", ask("shut", "remove"))
        wait_for("shut", "who", "a stranger")
    end)

    it("speak the language of the stream unless they say another", function()
        assert.equal("en", ask("open", "lang"))
        romeo:raw "<message to='open@localhost' type='chat' xml:lang='it'><body>lang</body></message>"
        assert.equal("it", romeo:expect({ from = "^open@localhost/" }).body)
    end)
end)

-- SPDX-License-Identifier: MIT
-- `bookmarks: true`: the bot is where the bookmarks of its account say, and follows another client of the account that changes them
-- (XEP-0402 4). Romeo, who is in the rooms, sees it come and go.
local e2e = require "spec.e2e.harness"

local SERVICE = "@conference.localhost"
local SCRIPTS = {
    ["reader.lua"] = [[
local M = {}
function M.run(event)
    local value, err = assert(load("local bot = ... " .. event.body))(event.bot)
    return tostring(value) .. (err and " " .. tostring(err) or "")
end
return M
]],
}
local BOTS = [[
  reader:
    @account reader
    nick: reader
    bookmarks: true
    rooms: [home@conference.localhost]
    hooks:
      - { event: message, type: chat, from: "romeo@localhost", call: reader.run }
]]
local PUBSUB = "http://jabber.org/protocol/pubsub"

e2e.each_server(describe, "the account's bookmarks", function(kind)
    local world, romeo, twin

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
        for _, room in ipairs { "home", "den", "attic", "loft" } do romeo:join(room .. SERVICE, "romeo") end
        twin = world:human "reader"
    end)

    teardown(function() world:stop() end)

    -- Not its other client's.
    local function bot_jid() return assert(world.log:match "online as (reader@localhost/%S+)") end

    local function tell(code, answer)
        romeo:say(bot_jid(), code)
        romeo:expect { from = "^reader@localhost/", type = "chat", body = answer }
    end

    local asked = 0
    local function ask(inside)
        asked = asked + 1
        local id = "change-" .. asked
        twin:raw(("<iq type='set' id='%s'><pubsub xmlns='%s'>%s</pubsub></iq>"):format(id, PUBSUB, inside))
        assert.equal("result", twin:expect({ event = "iq", id = id }).type)
    end

    local function bookmark(room, attributes, inside)
        ask(("<publish node='urn:xmpp:bookmarks:1'><item id='%s'><conference xmlns='urn:xmpp:bookmarks:1' %s>%s</conference></item></publish>"
            .. "<publish-options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>%s#publish-options</value></field>"
            .. "<field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options>")
            :format(room .. SERVICE, attributes, inside or "", PUBSUB))
    end

    local function retract(room) ask(("<retract node='urn:xmpp:bookmarks:1' notify='true'><item id='%s'/></retract>"):format(room .. SERVICE)) end

    local function comes(room, nick) romeo:expect { event = "presence", from = room .. SERVICE .. "/" .. nick, type = false } end
    local function goes(room, nick) romeo:expect { event = "presence", from = room .. SERVICE .. "/" .. nick, type = "unavailable" } end

    it("are followed", function()
        comes("home", "reader")
        tell(("return bot.muc:bookmark('attic%s', { nick = 'bat' })"):format(SERVICE), "true") -- it does not follow itself
        bookmark("den", "autojoin='true' name='Den'", "<nick>owl</nick>")
        comes("den", "owl")
        tell(("return bot.rooms['attic%s']"):format(SERVICE), "nil")
        bookmark("attic", "autojoin='true'", "<nick>crow</nick>")
        comes("attic", "crow")
        bookmark("attic", "autojoin='true'", "<nick>rook</nick>")
        comes("attic", "rook")
        bookmark("den", "autojoin='false' name='Den'", "<nick>owl</nick>")
        goes("den", "owl")
        retract "attic"
        if kind == "ejabberd" then bookmark("attic", "") end -- it tells nobody of what is taken away (23.01)
        goes("attic", "rook")
    end)

    it("are not followed out of what the configuration names", function()
        bookmark("home", "autojoin='true'", "<nick>other</nick>")
        bookmark("home", "autojoin='false'")
        retract "home"
        bookmark("den", "autojoin='1'") -- and then
        comes("den", "reader")
        romeo:expect_none { event = "presence", from = "home" .. SERVICE .. "/reader", type = "unavailable" }
        romeo:expect_none { event = "presence", from = "home" .. SERVICE .. "/other" }
        tell(("return bot.rooms['home%s'].state"):format(SERVICE), "joined")
    end)

    it("are forgotten by the bot itself, which stays", function()
        tell(("return bot.muc:forget('den%s')"):format(SERVICE), "true")
        bookmark("loft", "autojoin='true'") -- and then
        comes("loft", "reader")
        tell(("return bot.rooms['den%s'].state"):format(SERVICE), "joined")
    end)

    it("are nobody else's to tell", function()
        local forged = "<message to='%s' type='headline'><event xmlns='%s#event'><items node='urn:xmpp:bookmarks:1'>%s</items></event></message>"
        romeo:raw(forged:format(bot_jid(), PUBSUB, ("<item id='attic%s'><conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/></item>"):format(SERVICE)))
        romeo:raw(forged:format(bot_jid(), PUBSUB, ("<retract id='loft%s'/>"):format(SERVICE)))
        tell(("return tostring(bot.rooms['attic%s']) .. ' ' .. bot.rooms['loft%s'].state"):format(SERVICE, SERVICE), "nil joined")
    end)

    it("count once more for the next process", function()
        bookmark("attic", "autojoin='true'", "<nick>bat</nick>")
        comes("attic", "bat")
        world.bots:kill "sigkill"
        world.bots:join()
        retract "attic"
        world:run_bots()
        world:wait_log "loft@conference%.localhost: joined"
        tell(("return bot.rooms['attic%s']"):format(SERVICE), "nil")
    end)
end)

-- SPDX-License-Identifier: MIT
-- What goes with messages, against another client: options, edits, reactions, whispers, receipts, long texts.
local e2e = require "spec.e2e.harness"

local ROOM = "verona@conference.localhost"
local SCRIPTS = {
    ["words.lua"] = [[
local M = {}
function M.parrot(event) return "parrot: " .. tostring(event.body) end
function M.edit(event)
    event:edit "working"
    event:edit "done"
    return true
end
function M.react(event) event:react "👍" return true end
function M.whisper(event) event:whisper "only you" return true end
function M.reply(event) event:reply("*fine*", { reply_to = true, quote = true, xhtml = true }) return true end
function M.long() return ("all work and no play "):rep(100) end
function M.receipt(event) event.bot:say(event.from, "are you there?", { receipt = true }) return true end
function M.received(event) event.bot:say(event.data.from, "you are: " .. event.data.id) end
function M.reacted(event) return "reacted " .. table.concat(event.reactions, " ") .. " to " .. event.reactions.id end
function M.corrected(event) return ("%s is now %s"):format(event.replaces, event.body) end
function M.accept(event) return { name = "presence", attr = { type = "subscribed" } } end
function M.known(event)
    local item = event.bot.roster["romeo@localhost"]
    return "known as " .. (item and item.subscription or "nobody")
end
function M.other(event)
    local carbon = event.carbon
    if carbon then io.stderr:write(("CARBON %s %s %s\n"):format(carbon.direction, carbon.to, carbon.body)) end
end
function M.typing(event) event:typing() return true end
return M
]],
}
local BOTS = [[
  poet:
    @account poet
    nick: poet
    long_text: 500
    rooms: [verona@conference.localhost]
    features: { carbons: true, loop_guard: false } # romeo is a program
    hooks:
      - { event: command, name: work, call: words.edit }
      - { event: message, body: "^edit$", call: words.edit }
      - { event: message, body: "^react$", call: words.react }
      - { event: message, body: "^whisper$", call: words.whisper }
      - { event: message, body: "^reply$", call: words.reply }
      - { event: message, body: "^long$", call: words.long }
      - { event: message, body: "^receipt$", call: words.receipt }
      - { event: message, body: "^typing$", call: words.typing }
      - { event: message, body: "^known$", call: words.known }
      - { event: message.received, call: words.received }
      - { event: message, xmlns: "urn:xmpp:reactions:0", child: reactions, call: words.reacted }
      - { event: message, include: [correction], xmlns: "urn:xmpp:message-correct:0", child: replace, call: words.corrected }
      - { event: presence, type: subscribe, call: words.accept }
      - { event: message, include: [own], xmlns: "urn:xmpp:carbons:2", call: words.other }
  parrot:
    @account parrot
    nick: parrot
    rooms: [verona@conference.localhost]
    features: { loop_guard: false }
    hooks:
      - { event: message, from: ["romeo@localhost", "verona@conference.localhost/romeo"], call: words.parrot }
]]

e2e.each_server(describe, "a message", function(kind)
    local world, romeo, address

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS }
        romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        romeo:expect { event = "presence", from = "^verona@conference.localhost/poet$" }
        address = world:full_jid "poet" -- later it is another one's
    end)

    teardown(function() world:stop() end)

    local function ask(text) romeo:say(address, text, { id = "q-" .. text }) end
    local function ask_room(text) romeo:say_room(ROOM, text) end

    it("is edited", function()
        ask "edit"
        local first = romeo:expect { from = "^poet@", body = "working" }
        local second = romeo:expect { from = "^poet@", body = "done" }
        assert.matches('<replace [^>]*id="' .. first.id:gsub("%p", "%%%0") .. '"', second.xml)
    end)

    it("is edited where it was said, as the answer to a command, too", function()
        romeo:say(ROOM .. "/poet", "work")
        local first = romeo:expect { from = ROOM .. "/poet", type = "chat", body = "working" }
        local second = romeo:expect { from = ROOM .. "/poet", type = "chat", body = "done" }
        assert.matches('<replace [^>]*id="' .. first.id:gsub("%p", "%%%0") .. '"', second.xml)
        romeo:expect_none { type = "groupchat", body = "done" }
    end)

    it("in which nobody says anything is not answered", function()
        local parrot = world:full_jid "parrot"
        local fallback = '<fallback xmlns="urn:xmpp:fallback:0" for="%s"/>'
        for _, inside in ipairs {
            '<composing xmlns="http://jabber.org/protocol/chatstates"/>', '<received xmlns="urn:xmpp:receipts" id="1"/>',
            '<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/><store xmlns="urn:xmpp:hints"/>',
            '<reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>🎉</reaction></reactions>',
            '<body>&gt; words\n🎉</body><reactions xmlns="urn:xmpp:reactions:0" id="1"><reaction>🎉</reaction></reactions>'
                .. fallback:format "urn:xmpp:reactions:0",
            '<body>/me took it back</body><retract xmlns="urn:xmpp:message-retract:1" id="1"/>' .. fallback:format "urn:xmpp:message-retract:1",
        } do romeo:raw(('<message to="%s" type="chat">%s</message>'):format(parrot, inside)) end
        romeo:raw(('<message to="%s" type="groupchat"><subject>Larks</subject></message>'):format(ROOM))
        romeo:raw(('<message to="%s" type="chat"><data xmlns="urn:example:data"/></message>'):format(parrot))
        romeo:expect { from = "^parrot@", body = "parrot: nil" } -- of what is not known here
        romeo:say(parrot, "words")
        romeo:say_room(ROOM, "words")
        romeo:expect { from = "^parrot@", body = "parrot: words" }
        romeo:expect { from = ROOM .. "/parrot", body = "parrot: words" }
        romeo:expect_none { body = "^parrot: " }
    end)

    it("is reacted to", function()
        ask "react"
        assert.matches('<reactions [^>]*id="q%-react"', romeo:expect({ from = "^poet@", xml = "^.*urn:xmpp:reactions:0" }).xml)
        romeo:raw(([[<message to="%s" type="chat" id="r1"><reactions xmlns="urn:xmpp:reactions:0" id="x"><reaction>🎉</reaction></reactions></message>]])
            :format(address))
        romeo:expect { from = "^poet@", body = "reacted 🎉 to x" }
    end)

    it("is corrected by its author", function()
        romeo:raw(([[<message to="%s" type="chat" id="c1"><body>right</body><replace xmlns="urn:xmpp:message-correct:0" id="c0"/></message>]])
            :format(address))
        romeo:expect { from = "^poet@", body = "c0 is now right" }
    end)

    it("is answered as a reply that cites it, with its styling for those who show XHTML", function()
        ask "reply"
        local reply = romeo:expect { from = "^poet@", body = "> reply\n*fine*" }
        assert.matches('<reply [^>]*id="q%-reply"', reply.xml)
        assert.matches("<strong>fine</strong>", reply.xml, 1, true)
    end)

    it("that is long comes in pieces, in their order", function()
        ask "long"
        local all = ""
        while #all < 2000 do
            local piece = romeo:expect({ from = "^poet@", type = "chat", body = "^.*work" }).body
            assert.truthy(#piece <= 500)
            all = all .. piece:gsub("%s*$", " ")
        end
        assert.equal(("all work and no play "):rep(100), all)
    end)

    it("in a room is whispered about to the asker alone", function()
        ask_room "whisper"
        romeo:expect { from = "^verona@conference.localhost/poet$", type = "chat", body = "only you" }
    end)

    it("is followed by chat states only where somebody sends them", function()
        romeo:raw(([[<message to="%s" type="chat"><body>typing</body><active xmlns="http://jabber.org/protocol/chatstates"/></message>]])
            :format(address))
        romeo:expect { from = "^poet@", xml = "^.*<composing" }
    end)

    it("of another client of the account is seen as a carbon, and not acted on", function()
        local twin = world:human "poet"
        twin:say("romeo@localhost", "edit")
        romeo:expect { from = "^poet@", body = "edit" }
        world:wait_log "CARBON sent romeo@localhost edit"
        romeo:say(twin.jid, "react", { id = "q-twin" })
        twin:expect { from = "^romeo@", body = "react" }
        world:wait_log "CARBON received poet@localhost/%S+ react"
        twin:close()
        ask "known"
        romeo:expect { from = "^poet@", body = "^known as " }
        romeo:expect_none { from = "^poet@", xml = "^.*q%-twin" }
        romeo:expect_none { from = "^poet@", body = "working" }
    end)

    it("is acknowledged to a contact, and its receipt comes back", function()
        romeo:presence { to = "poet@localhost", type = "subscribe" }
        local known
        repeat
            ask "known"
            known = romeo:expect({ from = "^poet@", body = "^known as " }).body
        until known == "known as from" or known == "known as both"
        romeo:raw(([[<message to="%s" type="chat" id="want"><body>nothing to answer</body><request xmlns="urn:xmpp:receipts"/></message>]])
            :format(address))
        assert.matches('id="want"', romeo:expect({ from = "^poet@", xml = "^.*urn:xmpp:receipts" }).xml)
        ask "receipt"
        local question = romeo:expect { from = "^poet@", body = "are you there?" }
        romeo:raw(([[<message to="%s" type="chat"><received xmlns="urn:xmpp:receipts" id="%s"/></message>]]):format(address, question.id))
        romeo:expect { from = "^poet@", body = "you are: " .. question.id }
    end)
end)

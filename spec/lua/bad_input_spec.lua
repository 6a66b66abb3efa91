-- SPDX-License-Identifier: MIT
-- Whatever the library answers or watches by itself (couplet.features), and whatever it reads of an event (couplet.extensions),
-- is given what it expects, damaged in every way: elements missing, doubled, emptied, of another namespace, with huge
-- attributes and endless children; from nobody, from somebody else, without an id, at all addresses. Nothing may raise. A row
-- without an example here fails: each example is first shown to do what it is for.
local asking = require "spec.lua.asking"
local muc_scene = require "spec.lua.muc_scene"
local stand_in = require "spec.lua.stand_in"

require("couplet.core.bot").started = 0

local JULIET, DEN = "juliet@example.net", "den@rooms.example.org"
local IQ = "<iq type='%s' id='i1' from='juliet@example.net/x' to='bot@example.org/here'>%s</iq>"
local CHAT = "<message type='chat' id='m1' from='juliet@example.net/x' to='bot@example.org/here'>%s</message>"
local ITEM = "<x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant' jid='a@b/c' nick='new'><reason>so</reason>"
    .. "<actor nick='boss'/></item><status code='%d'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o'/><hats xmlns='urn:xmpp:hats:0'>"
    .. "<hat uri='u' title='t'/></hats><show>away</show><status>tea</status>"

local function get(payload) return IQ:format("get", payload) end
local function set(payload) return IQ:format("set", payload) end
local function chat(payload) return CHAT:format(payload) end

-- What a row's function is given: xml, or xmls; `more` fields of the runtime; in a room: `scene`. `quiet`: nothing to be seen.
local EXAMPLES = {
    ["couplet.xep.disco.on_info"] = { xml = get "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:other'/>" },
    ["couplet.xep.disco.on_items"] = { xml = get "<query xmlns='http://jabber.org/protocol/disco#items' node='urn:other'/>" },
    ["couplet.xep.time.on_get"] = { xml = get "<time xmlns='urn:xmpp:time'/>" },
    ["couplet.xep.last.on_get"] = { xml = get "<query xmlns='jabber:iq:last'/>" },
    ["couplet.xep.version.on_get"] = { xml = get "<query xmlns='jabber:iq:version'/>" },
    ["couplet.help.on_help"] = { xml = chat "<body>help ship</body>", more = { kind = "command", command = "help", args = "ship", said = "help ship" } },
    ["couplet.help.on_unknown"] = { xml = chat "<body>shipp it</body>", more = { said = "shipp it" } },
    ["couplet.xep.adhoc.on_command"] = {
        xml = set("<command xmlns='http://jabber.org/protocol/commands' node='ship' action='execute'><x xmlns='jabber:x:data' type='submit'>"
            .. "<field var='env'><value>prod</value></field></x></command>"),
    },
    ["couplet.xep.adhoc.on_items"] = { xml = get("<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>") },
    ["couplet.xep.adhoc.on_info"] = { xml = get "<query xmlns='http://jabber.org/protocol/disco#info' node='ship'/>" },
    ["couplet.xep.muc.on_presence"] = {
        scene = true,
        xmls = {
            ("<presence from='%s/robo'>%s</presence>"):format(DEN, ITEM:format(110)),
            ("<presence from='%s/thirdwitch'>%s</presence>"):format(DEN, ITEM:format(100)),
            ("<presence from='%s/robo' type='unavailable'>%s</presence>"):format(DEN, ITEM:format(307)),
            ("<presence from='%s/robo' type='unavailable'>%s</presence>"):format(DEN, ITEM:format(303)),
            ("<presence from='%s/robo' type='error'><x xmlns='http://jabber.org/protocol/muc'/><error type='cancel'>"
                .. "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"):format(DEN),
        },
    },
    ["couplet.xep.muc.on_subject"] = { scene = true, xml = ("<message type='groupchat' from='%s/boss'><subject>s</subject></message>"):format(DEN) },
    ["couplet.xep.muc.on_notice"] = {
        scene = true, quiet = true,
        xml = ("<message type='groupchat' from='%s'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message>"):format(DEN),
    },
    ["couplet.xep.muc.on_message_error"] = {
        scene = true, quiet = true,
        xml = ("<message type='error' id='m1' from='%s'><body>b</body><error type='cancel'><not-acceptable "
            .. "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"):format(DEN),
    },
    ["couplet.xep.muc_invite.on_direct"] = {
        scene = true, xml = "<message from='juliet@example.net/x'><x xmlns='jabber:x:conference' jid='hall@rooms.example.net' reason='come' password='p'/>"
            .. "</message>",
    },
    ["couplet.xep.muc_invite.on_mediated"] = {
        scene = true, xml = "<message from='hall@rooms.example.net'><x xmlns='http://jabber.org/protocol/muc#user'><invite from='juliet@example.net/x'>"
            .. "<reason>come</reason></invite><password>p</password></x></message>",
    },
    ["couplet.xep.receipts.on_request"] = { xml = chat "<body>b</body><request xmlns='urn:xmpp:receipts'/>" },
    ["couplet.xep.receipts.on_received"] = { xml = chat "<received xmlns='urn:xmpp:receipts' id='r1'/>", receipt = true },
    ["couplet.xep.markers.on_displayed"] = { xml = chat "<displayed xmlns='urn:xmpp:chat-markers:0' id='r1'/>" },
    ["couplet.xep.pubsub_event.on_message"] = {
        xml = "<message from='juliet@example.net'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='n'><item id='1'><a xmlns='urn:a'/>"
            .. "</item><retract id='2'/></items></event></message>",
    },
    ["couplet.xep.blocking.on_push"] = { xml = "<iq type='set' id='p1'><block xmlns='urn:xmpp:blocking'><item jid='a@b'/></block></iq>" },
    ["couplet.xep.carbons.on_online"] = { xml = "<presence/>", more = { kind = "online" } },
    ["couplet.xep.mam.on_result"] = {
        query = true,
        xml = "<message from='bot@example.org'><result xmlns='urn:xmpp:mam:2' id='1' queryid='Q'><forwarded xmlns='urn:xmpp:forward:0'><delay "
            .. "xmlns='urn:xmpp:delay' stamp='2026-11-21T12:00:00Z'/><message xmlns='jabber:client' type='chat' from='a@b/c' id='x'><body>b</body></message>"
            .. "</forwarded></result></message>",
    },
    ["couplet.xep.mam_catchup.on_online"] = { xml = "<presence/>", more = { kind = "online" } },
    ["couplet.xep.mam_catchup.on_offline"] = { xml = "<presence/>", more = { kind = "offline" }, quiet = true },
    ["couplet.xep.mam_catchup.on_joined"] = { xml = "<presence/>", more = { kind = "joined", room = DEN, own = true } },
    ["couplet.xep.mam_catchup.on_left"] = { xml = "<presence/>", more = { kind = "left", room = DEN, own = true }, quiet = true },
    ["couplet.xep.mam_catchup.on_message"] = {
        quiet = true, xml = chat "<body>b</body><stanza-id xmlns='urn:xmpp:sid:0' id='s' by='bot@example.org'/><origin-id xmlns='urn:xmpp:sid:0' id='o'/>",
    },
    ["couplet.xep.subscriptions.on_request"] = { xml = "<presence type='subscribe' from='juliet@example.net'><status>please</status></presence>" },
    ["couplet.xep.contacts.on_presence"] = {
        xml = "<presence from='juliet@example.net/x'><show>away</show><status>s</status><priority>5</priority></presence>", quiet = true,
    },
    ["couplet.xep.muc_autojoin.on_item"] = { xml = "<presence/>", more = { kind = "pubsub.item" }, quiet = true }, -- spec/lua/muc_autojoin_spec.lua
    ["couplet.xep.muc_autojoin.on_retract"] = { xml = "<presence/>", more = { kind = "pubsub.retract" }, quiet = true },
    ["couplet.xep.vcard_avatar.on_online"] = { xml = "<presence/>", more = { kind = "online" } },
    ["couplet.xep.vcard_avatar.on_offline"] = { xml = "<presence/>", more = { kind = "offline" }, quiet = true },
    ["couplet.xep.vcard_avatar.on_joined"] = { xml = "<presence/>", more = { kind = "joined", room = DEN, own = true }, quiet = true },
    ["couplet.xep.vcard_avatar.on_presence"] = { -- what it does it does later: spec/lua/vcard_avatar_spec.lua
        xml = "<presence from='bot@example.org/phone'><x xmlns='vcard-temp:x:update'><photo>01b87fcd030b72895ff8e88db57ec525450f000d</photo></x></presence>",
        quiet = true,
    },
    ["couplet.xep.contacts.on_offline"] = { xml = "<presence/>", more = { kind = "offline" }, quiet = true },
}

-- All that an event may have in it, at once.
local EVERYTHING = chat("<body>> cited\nhello</body><subject>s</subject><thread>t</thread>"
    .. "<delay xmlns='urn:xmpp:delay' stamp='2026-11-21T12:00:00Z' from='example.org'/>"
    .. "<composing xmlns='http://jabber.org/protocol/chatstates'/><replace xmlns='urn:xmpp:message-correct:0' id='m0'/>"
    .. "<reply xmlns='urn:xmpp:reply:0' id='m0' to='bot@example.org'/>"
    .. "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='8'/></fallback>"
    .. "<reactions xmlns='urn:xmpp:reactions:0' id='m0'><reaction>+</reaction></reactions><origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
    .. "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='bot@example.org'/><x xmlns='jabber:x:oob'><url>https://example.org/</url><desc>d</desc></x>"
    .. "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:bot@example.org' begin='0' end='3'/>"
    .. "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
    .. "<message xmlns='jabber:client' from='a@b'><body>b</body></message></forwarded></received>")

-- The stanza as it should be, then damaged: a list, the first is whole.
local function variants(xml)
    local st = require "couplet.stanza"
    local list = asking.damaged(xml)
    local function also(change)
        local copy = st.clone(asking.parse(xml))
        change(copy)
        list[#list + 1] = copy
    end
    for _, key in ipairs { "from", "to", "id", "type" } do
        also(function(copy) copy.attr[key] = nil end)
        also(function(copy) copy.attr[key] = "" end)
        also(function(copy) copy.attr[key] = ("x"):rep(70000) end)
    end
    for _, from in ipairs { "mallory@example.com/x", "example.com", "@", "a@@b", "a@b//", DEN, DEN .. "/robo", "bot@example.org", "bot@example.org/here" } do
        also(function(copy) copy.attr.from = from end)
    end
    also(function(copy)
        for i = #copy, 1, -1 do copy[i] = nil end
    end)
    also(function(copy)
        for i = 1, #copy do
            local child = copy[i]
            for _ = 1, 2000 do child[#child + 1] = { name = child.name, attr = { xmlns = child.attr.xmlns }, "x" } end
        end
    end)
    table.insert(list, 1, st.clone(asking.parse(xml)))
    return list
end

local function event_of(bot, stanza, more)
    local event = {
        bot = bot, kind = stanza.name, stanza = stanza, from = stanza.attr.from, to = stanza.attr.to, id = stanza.attr.id,
        type = stanza.attr.type or (stanza.name == "presence" and "available" or "normal"), body = stanza:get_child_text "body",
    }
    for key, value in pairs(more or {}) do event[key] = value end
    return setmetatable(event, require("couplet.event").event_mt)
end

local function new_bot()
    local bot = stand_in.bot {
        config = { prefix = "!", subscriptions = { accept = "all" } }, rooms = {},
        room_options = { { jid = DEN, catch_up = "run" }, catch_up = "run", catch_up_age = 3600 },
        roster = { [JULIET] = { subscription = "both", groups = {} } },
    }
    require("couplet.command").bind(bot, function() return "shipped" end, { name = "ship", args = "[env]" })
    return bot
end

-- Gives the function of a row one stanza; is there anything to be seen of it?
local function try(example, f, stanza)
    local bot = new_bot()
    if example.receipt then bot:say(JULIET, "b", { receipt = true, id = "r1" }) end
    local before = #bot.sent
    local answer, err = f(event_of(bot, stanza, example.more))
    assert.is_true(answer == nil or type(answer) == "string" or type(answer) == "table" or type(answer) == "boolean")
    return answer ~= nil or err ~= nil or #bot.sent > before or #bot.emitted > 0
end

-- A result counts only while the question with its id waits for the answer.
local function try_query(_, f, stanza)
    local bot, found = new_bot(), 0
    bot.answers = function(iq)
        local result = stanza:get_child("result", "urn:xmpp:mam:2")
        if result and result.attr.queryid == "Q" then result.attr.queryid = iq:get_child("query", "urn:xmpp:mam:2").attr.queryid end
        f(event_of(bot, stanza))
        return require("couplet.stanza").clone(asking.parse "<iq type='result'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>")
    end
    for _ in bot.mam:query() do found = found + 1 end
    return found > 0
end

local function try_in_scene(module, name, stanza)
    local scene = muc_scene.start { { jid = DEN, nick = "robo" } }
    scene.bot.config = { invitations = "accept" }
    scene.muc.on_bound(scene.bot)
    scene:presence(("<presence from='%s/robo'>%s</presence>"):format(DEN, ITEM:format(110):gsub("a@b/c", "robo@example.org/bot")))
    local events, sent = #scene.events, #scene.sent
    local from = stanza.attr.from or ""
    local room, nick = from:match "^([^/]*)/?(.*)$"
    local is_room = scene.known[room] ~= nil
    require(module)[name](event_of(scene.bot, stanza, { room = is_room and room or nil, nick = is_room and nick ~= "" and nick or nil }))
    for _ = 1, 3 do scene:fire() end
    local is_seen = #scene.events > events or #scene.sent > sent
    scene:stop()
    return is_seen
end

local function guarded(stanza, f, ...)
    local ok, result = pcall(f, ...)
    if not ok then error(("%s\nfor %s"):format(tostring(result), tostring(stanza):sub(1, 1000)), 0) end
    return result
end

describe("bad input", function()
    local seen = {}
    for _, row in ipairs(require("couplet.features").rows) do
        if row.call and row.event ~= "start" and not seen[row.call] then -- nothing from outside comes with a start
            seen[row.call] = true
            it("makes " .. row.call .. " raise nothing", function()
                local example = assert(EXAMPLES[row.call], "an example of what " .. row.call .. " is given is missing in this spec")
                local module, name = row.call:match "^(.*)%.([^.]*)$"
                for _, xml in ipairs(example.xmls or { example.xml }) do
                    for i, stanza in ipairs(variants(xml)) do
                        local is_seen
                        if example.scene then
                            is_seen = guarded(stanza, try_in_scene, module, name, stanza)
                        else
                            is_seen = guarded(stanza, example.query and try_query or try, example, require(module)[name], stanza)
                        end
                        assert(i > 1 or example.quiet or is_seen, "nothing is seen of " .. xml)
                    end
                end
            end)
        end
    end

    it("has no examples of what is not there", function()
        for call in pairs(EXAMPLES) do assert.truthy(seen[call], call) end
    end)

    for field in pairs(require("couplet.extensions").event_fields) do
        it("makes event." .. field .. " raise nothing", function()
            for _, room in ipairs { false, DEN } do
                for i, stanza in ipairs(variants(EVERYTHING)) do
                    local more = room and { room = room, nick = "juliet", type = "groupchat" } or nil
                    local value = guarded(stanza, function() return event_of(new_bot(), stanza, more)[field] end)
                    assert(i > 1 or room or field == "carbon" or value ~= nil, "nothing is read")
                end
            end
        end)
    end
end)

-- SPDX-License-Identifier: MIT
-- What a bot knows of its rooms is true: on real servers, with a human who is the owner and does everything to it that
-- owners do. The human asks the bot in Lua: a line is run with event, bot and room (the one that the bot was told last).
local e2e = require "spec.e2e.harness"

local SERVICE = "@conference.localhost"
local SCRIPTS = {
    ["probe.lua"] = [[
local M = {}
local function show(value, err)
    if type(value) == "table" then value = tostring(value) end
    if value == nil and err then return "nil: " .. (err.condition or tostring(err)) end
    return tostring(value)
end
function M.run(event)
    local code = assert(load("local event, bot, rooms = ... " .. event.body))
    return show(code(event, event.bot, event.bot.rooms))
end
local function tell(event, text) io.stderr:write(("EVENT %s %s %s %s\n"):format(event.kind, event.room, event.nick, text)) end
function M.joined(event) tell(event, event.occupant.affiliation) end
function M.left(event) tell(event, event.reason .. " " .. tostring(event.text)) end
function M.changed(event)
    tell(event, event.change .. " " .. tostring(event.state or event.subject or event.role or event.old_nick))
end
function M.invited(event) tell(event, event.data.room .. " " .. tostring(event.data.accepted)) end
return M
]],
}
local HOOKS = [[
    hooks:
      - { event: message, type: chat, call: probe.run }
      - { event: joined, call: probe.joined }
      - { event: left, call: probe.left }
      - { event: room_changed, call: probe.changed }
      - { event: room.invited, call: probe.invited }
]]
local BOTS = [[
  guest:
    @account guest
    nick: guest
    invitations: accept
    features: { loop_guard: false } # romeo is a program
    rooms: [home@conference.localhost]
]] .. HOOKS .. [[
  maker:
    @account maker
    features: { loop_guard: false }
    rooms:
      - { jid: made@conference.localhost, config: { name: Made by a bot, members_only: true } }
      - { jid: vault@conference.localhost, password: sesame }
]] .. HOOKS

local MUC = "http://jabber.org/protocol/muc"

e2e.each_server(describe, "a bot knows that", function(kind)
    local world, romeo
    local count = 0

    setup(function()
        world = e2e.start { kind = kind, scripts = SCRIPTS, bots = BOTS, server = { "--strict-rooms" } }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function tell(code, answer, bot)
        bot = bot or "guest"
        romeo:say(bot .. "@localhost", code)
        return romeo:expect { from = "^" .. bot .. "@localhost/", type = "chat", body = answer or true }
    end

    local function configure(room, fields)
        local xml = ("<field var='FORM_TYPE'><value>%s#roomconfig</value></field>"):format(MUC)
        for name, value in pairs(fields or {}) do
            xml = xml .. ("<field var='muc#roomconfig_%s'><value>%s</value></field>"):format(name, value)
        end
        local answer = romeo:iq(room, "set", ("<query xmlns='%s#owner'><x xmlns='jabber:x:data' type='submit'>%s</x></query>"):format(MUC, xml))
        assert.equal("result", answer.type)
    end

    -- A room of romeo's, open.
    local function new_room(fields, nick)
        count = count + 1
        local room = "room" .. count .. SERVICE
        romeo:join(room, nick or "romeo")
        configure(room, fields)
        return room
    end

    local function with_guest(fields)
        local room = new_room(fields)
        tell(("return bot:join %q"):format(room), "^room .+ %(joined%)$")
        romeo:expect { event = "presence", from = room .. "/guest", type = false }
        return room
    end

    local function admin(room, item)
        local answer = romeo:iq(room, "set", ("<query xmlns='%s#admin'>%s</query>"):format(MUC, item))
        assert.equal("result", answer.type)
    end

    -- Comes back when the bot has seen them.
    local function comes(person, room)
        local from = #world.log
        person:join(room, person.name)
        world:wait_log(("EVENT joined %s %s"):format(room:gsub("%p", "%%%0"), person.name), from)
    end

    local function state(room, want) tell(("return rooms[%q].state"):format(room), want) end

    it("it is in, and who else is", function()
        local room = with_guest { whois = "anyone" }
        state(room, "joined")
        tell(("local o = rooms[%q].occupants.romeo return o.affiliation .. ' ' .. o.role .. ' ' .. o.jid"):format(room),
            "^owner moderator romeo@localhost/")
        tell(("return rooms[%q].count"):format(room), "2")
        tell(("return rooms[%q].occupants.romeo.occupant_id ~= nil"):format(room), tostring(kind == "prosody"))
        local juliet = world:human "juliet"
        juliet:join(room, "juliet")
        world:wait_log(("EVENT joined %s juliet none"):format(room:gsub("%p", "%%%0")))
        juliet:leave(room, "juliet")
        world:wait_log(("EVENT left %s juliet left nil"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].count"):format(room), "2")
        assert.not_matches("EVENT joined %S+ guest", world.log)
    end)

    it("it was kicked, by whom and why, and comes back later", function()
        local room = with_guest()
        admin(room, "<item nick='guest' role='none'><reason>too loud</reason></item>")
        world:wait_log(("EVENT room_changed %s nil state kicked"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].reason"):format(room), "^kicked.*: too loud$")
        tell(("return rooms[%q].retry > os.time()"):format(room), "true")
        tell(("return rooms[%q].count"):format(room), "0")
        tell(("return bot:join %q"):format(room), "^room .+ %(joined%)$")
    end)

    it("it was banned, and does not come back", function()
        local room = with_guest()
        admin(room, "<item jid='guest@localhost' affiliation='outcast'/>")
        world:wait_log(("EVENT room_changed %s nil state banned"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].retry"):format(room), "nil")
        tell(("return bot:join %q"):format(room), "nil: forbidden")
    end)

    it("the room was destroyed", function()
        local room = with_guest()
        local answer = romeo:iq(room, "set", ("<query xmlns='%s#owner'><destroy jid='other%s'><reason>over</reason></destroy></query>"):format(MUC, SERVICE))
        assert.equal("result", answer.type)
        world:wait_log(("EVENT room_changed %s nil state failed"):format(room:gsub("%p", "%%%0")))
        tell(("local r = rooms[%q] return r.reason .. ' ' .. r.alternate"):format(room), "destroyed: over other" .. SERVICE)
    end)

    it("its nick is taken: it takes another, and its own when that is free", function()
        local room = new_room({}, "guest")
        tell(("return bot:join %q.nick"):format(room), "guest-2")
        tell(("return bot:join(%q, { nick = 'guest-2' }).nick"):format(room), "guest-2")
        tell(("return bot:join(%q, { nick = 'guest', nick_conflict = 'fail' })"):format(room), "nil: conflict")
        romeo:command { ["do"] = "join", room = room, nick = "romeo" }
        romeo:expect { event = "presence", from = room .. "/romeo", type = false }
        tell(("return bot:join(%q, { nick = 'guest' }).nick"):format(room), "guest")
    end)

    it("a nick is taken and nothing else will do", function()
        local room = new_room()
        tell(("return bot:join(%q, { nick = 'romeo', nick_conflict = 'fail' })"):format(room), "nil: conflict")
        tell(("return rooms[%q]"):format(room), "nil")
    end)

    it("it gets its nick back", function()
        local room = new_room({}, "guest")
        tell(("return bot:join %q.nick"):format(room), "guest-2")
        romeo:command { ["do"] = "leave", room = room, nick = "guest" }
        world:wait_log(("EVENT room_changed %s guest nick guest%%-2"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].nick"):format(room), "guest")
    end)

    it("a room is for members, and wants a password", function()
        local room = new_room { membersonly = "1" }
        tell(("return bot:join %q"):format(room), "nil: registration-required")
        admin(room, "<item jid='guest@localhost' affiliation='member'/>")
        tell(("return bot:join %q"):format(room), "^room .+ %(joined%)$")
        admin(room, "<item jid='guest@localhost' affiliation='none'/>")
        world:wait_log(("EVENT room_changed %s nil state failed"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].reason"):format(room), "^removed, for the affiliation changed")
        room = new_room { passwordprotectedroom = "1", roomsecret = "swordfish" }
        tell(("return bot:join(%q, { password = 'tuna' })"):format(room), "nil: not-authorized")
        tell(("return bot:join(%q, { password = 'swordfish' })"):format(room), "^room .+ %(joined%)$")
    end)

    it("it has a nick of its own in a room", function()
        local room = with_guest()
        admin(room, "<item jid='guest@localhost' affiliation='member'/>")
        if kind == "prosody" then
            tell(("return rooms[%q]:reserved_nick()"):format(room), "nil")
            tell(("return rooms[%q]:register('guest')"):format(room), "true")
            tell(("return rooms[%q]:reserved_nick()"):format(room), "guest")
        else -- ejabberd has nicks for all rooms of the service, and none for one of them
            tell(("return rooms[%q]:register('guest')"):format(room), "nil: service-unavailable")
        end
    end)

    it("a room that it made is open, and as its configuration says", function()
        local room = "made" .. SERVICE
        world:wait_log(("EVENT room_changed %s nil state joined"):format(room:gsub("%p", "%%%0")))
        tell(("return rooms[%q].state"):format(room), "joined", "maker")
        tell(("return rooms[%q]:configuration().name"):format(room), "Made by a bot", "maker")
        romeo:command { ["do"] = "join", room = room, nick = "romeo" }
        romeo:expect { event = "presence", from = "^" .. room:gsub("%p", "%%%0"), error = "registration-required" }
        tell(("return rooms[%q]:set_affiliation('romeo@localhost', 'member')"):format(room), "true", "maker")
        romeo:join(room, "romeo")
        tell(("return rooms[%q]:configure { taste = 'sweet' }"):format(room), "nil: item-not-found", "maker")
        local from = #world.log
        tell(("return rooms[%q]:configure { name = 'Made' }"):format(room), "true", "maker")
        world:wait_log(("EVENT room_changed %s nil config"):format(room:gsub("%p", "%%%0")), from)
        tell(("return rooms[%q]:info().name"):format(room), "Made", "maker")
    end)

    it("a room that it made wants its password", function()
        local room = "vault" .. SERVICE
        tell(("return rooms[%q].state"):format(room), "joined", "maker")
        romeo:command { ["do"] = "join", room = room, nick = "romeo" }
        romeo:expect { event = "presence", from = "^" .. room:gsub("%p", "%%%0"), error = "not-authorized" }
        romeo:join(room, "romeo", { password = "sesame" })
        tell("return bot:join('odd@conference.localhost', { config = { taste = 'sweet' } })", "nil: item-not-found", "maker")
        local is_out -- of the room that it could not make as it was to be
        for line in world.log:gmatch "[^\n]+" do
            is_out = is_out or line:find "<%- <presence" and line:find("odd@conference.localhost/", 1, true) and line:find("'unavailable'", 1, true)
        end
        assert.truthy(is_out)
        tell("return rooms['odd@conference.localhost']", "nil", "maker")
    end)

    it("the subject is new", function()
        local room = with_guest()
        romeo:raw(("<message to='%s' type='groupchat'><subject>Owls</subject></message>"):format(room))
        world:wait_log(("EVENT room_changed %s romeo subject Owls"):format(room:gsub("%p", "%%%0")))
        tell(("local r = rooms[%q] return r.subject .. ' ' .. r.subject_by"):format(room), "Owls romeo")
    end)

    it("it may do what moderators and owners do", function()
        local room = with_guest { whois = "anyone" }
        admin(room, "<item jid='guest@localhost' affiliation='owner'/>")
        world:wait_log(("EVENT room_changed %s guest affiliation"):format(room:gsub("%p", "%%%0")))
        local juliet = world:human "juliet"
        comes(juliet, room)
        tell(("return rooms[%q]:set_role('juliet', 'visitor')"):format(room), "true")
        tell(("return rooms[%q]:kick('juliet', 'bye')"):format(room), "true")
        juliet:expect { event = "presence", from = room .. "/juliet", type = "unavailable", xml = '^.*code="307"' }
        comes(juliet, room)
        tell(("return rooms[%q]:ban('juliet')"):format(room), "true")
        juliet:expect { event = "presence", from = room .. "/juliet", type = "unavailable", xml = '^.*code="301"' }
        tell(("return rooms[%q]:affiliations('outcast')[1].jid"):format(room), "juliet@localhost")
        tell(("return rooms[%q]:unban('juliet@localhost')"):format(room), "true")
        tell(("return #rooms[%q]:affiliations('outcast')"):format(room), "0")
        tell(("return rooms[%q]:destroy('done')"):format(room), "true")
        romeo:expect { event = "presence", from = "^" .. room:gsub("%p", "%%%0"), type = "unavailable", xml = "^.*<destroy" }
    end)

    it("it is not in any more, though nobody told", function()
        local room = with_guest()
        tell(("return rooms[%q]:ping() < 60"):format(room), "true")
        -- As if we were in, in a room that knows nothing of us.
        tell(("local r = rooms[%q] r:leave() return r:ping()"):format(room), "nil: not-acceptable")
        tell(("bot:join %q bot:send { name = 'presence', attr = { to = '%s/guest', type = 'unavailable' } }"):format(room, room), "nil")
        world:wait_log(("EVENT room_changed %s nil state ghost"):format(room:gsub("%p", "%%%0")))
        local _, at = world.log:find(("EVENT room_changed %s nil state ghost"):format(room:gsub("%p", "%%%0")))
        world:wait_log(("EVENT room_changed %s nil state joined"):format(room:gsub("%p", "%%%0")), at)
    end)

    it("another client of its account came and went under its nick", function()
        local room = with_guest()
        local twin = world:human "guest"
        twin:presence { type = "unavailable" } -- what is said to the account is the bot's alone
        twin:join(room, "guest")
        state(room, "joined")
        twin:leave(room, "guest")
        romeo:say_room(room, "still there?")
        romeo:expect { from = room .. "/romeo", body = "still there?" }
        tell(("return rooms[%q]:ping() ~= nil"):format(room), "true")
        state(room, "joined")
        assert.equal("true", tell(("return rooms[%q].occupants.guest ~= nil"):format(room)).body)
        twin:close()
    end)

    it("it is invited", function()
        local room = new_room()
        romeo:raw(("<message to='guest@localhost'><x xmlns='jabber:x:conference' jid='%s'/></message>"):format(room))
        romeo:expect { event = "presence", from = room .. "/guest", type = false }
        room = new_room()
        romeo:raw(("<message to='%s'><x xmlns='%s#user'><invite to='guest@localhost'/></x></message>"):format(room, MUC))
        romeo:expect { event = "presence", from = room .. "/guest", type = false }
        admin(room, "<item jid='guest@localhost' affiliation='admin'/>")
        tell(("return rooms[%q]:invite('romeo@localhost', 'come', { mediated = true }) ~= nil"):format(room), "true")
        romeo:expect { from = room, xml = "^.*<invite" }
    end)

    it("messages can be taken away", function()
        local room = with_guest()
        admin(room, "<item nick='guest' role='moderator'/>")
        romeo:say_room(room, "rude words")
        local said = romeo:expect { from = room .. "/romeo", body = "rude words" }
        local id = said.xml:match "stanza%-id.- id=\"(.-)\"" or "none"
        local answer = tell(("return rooms[%q]:moderate(%q, 'rude')"):format(room, id))
        if answer.body == "true" then
            romeo:expect { type = "groupchat", xml = "^.*moderated" }
        else
            assert.equal("ejabberd", kind) -- it keeps no messages here, and gives them no ids
        end
    end)

    it("it takes its own words back", function()
        local room = with_guest()
        tell(("id = rooms[%q]:say 'wrong words' return id"):format(room))
        local said = romeo:expect { from = room .. "/guest", body = "wrong words" }
        tell(("return rooms[%q]:retract(id) ~= nil"):format(room), "true")
        local id = said.xml:match "stanza%-id.- id=\"(.-)\"" or said.id -- one that gives none, ejabberd without an archive
        romeo:expect { from = room .. "/guest", xml = '^.*<retract [^>]*id="' .. id:gsub("%p", "%%%0") .. '"' }
    end)

    it("it has bookmarks", function()
        tell("return bot.muc:bookmark('attic@conference.localhost', { name = 'Attic', nick = 'bat' })", "true")
        tell("return bot.muc:bookmark('cellar@conference.localhost', { autojoin = false })", "true")
        tell([[local list = {}
            for _, b in ipairs(bot.muc:bookmarks()) do list[#list + 1] = ("%s %s %s"):format(b.room:match "^%w+", b.nick, b.autojoin) end
            table.sort(list) return table.concat(list, ", ")]], "attic bat true, cellar nil false")
        tell("return bot.muc:forget('attic@conference.localhost')", "true")
        tell("return #bot.muc:bookmarks()", "1")
    end)

    it("its server died, and lives again", function()
        local room = "home" .. SERVICE
        state(room, "joined")
        romeo:close()
        local from = #world.log
        world.server:kill()
        world:wait_log("next attempt", from)
        world.server:restart()
        world:wait_log(("EVENT room_changed %s nil state joining"):format(room:gsub("%p", "%%%0")), from)
        world:wait_log(("EVENT room_changed %s nil state joined"):format(room:gsub("%p", "%%%0")), from)
        romeo = world:human "romeo"
        state(room, "joined")
    end)
end)

-- SPDX-License-Identifier: MIT
-- alerts_ack: who takes an alert on and how, who may, what is escalated when nobody does, and silences.
local scene_of = require "spec.lua.alerts_scene"
local alert, resolved, ROOM = scene_of.alert, scene_of.resolved, scene_of.ROOM

local OCCUPANTS = {
    alice = { nick = "alice", affiliation = "member", role = "participant" },
    guest = { nick = "guest", affiliation = "none", role = "participant" },
    root = { nick = "root", affiliation = "none", role = "participant", jid = "root@example.org/x" },
}

local function id_of(scene, index) return scene.bot.sent[index].attr.id end

local function reaction(nick, id, ...)
    local literal = {
        name = "message", attr = { from = ROOM .. "/" .. nick, to = "bot@example.org", type = "groupchat", id = "r1" },
        { name = "reactions", attr = { xmlns = "urn:xmpp:reactions:0", id = id } },
    }
    for _, emoji in ipairs { ... } do table.insert(literal[1], { name = "reaction", attr = { xmlns = "urn:xmpp:reactions:0" }, emoji }) end
    return literal, { room = ROOM, nick = nick }
end

local function private_reaction(from, id, emoji)
    return {
        name = "message", attr = { from = from, to = "bot@example.org", type = "chat", id = "r1" },
        { name = "reactions", attr = { xmlns = "urn:xmpp:reactions:0", id = id }, { name = "reaction", attr = {}, emoji } },
    }
end

local function say(scene, nick, name, args, literal)
    local message = literal or { name = "message", attr = { from = ROOM .. "/" .. nick, to = "bot@example.org", type = "groupchat" } }
    return scene:raise("command", message, { args = args or {}, room = not literal and ROOM or nil, nick = not literal and nick or nil }, name)
end

local function private(from) return { name = "message", attr = { from = from, to = "bot@example.org", type = "chat" } } end

describe("an alert", function()
    it("is acknowledged by a reaction of somebody who may", function()
        local scene = scene_of.start({ ack = true }, OCCUPANTS)
        scene:take { alert "Disk" }
        scene:reflect(1, "sid-1")
        scene:raise("message", reaction("guest", "sid-1", "👍"))
        scene:raise("message", reaction("alice", "sid-1", "😀"))
        scene:raise("message", reaction("alice", "other", "👍"))
        scene:raise("message", reaction("nobody", "sid-1", "👍"))
        assert.equal(1, #scene.bot.sent)
        scene:raise("message", reaction("alice", "sid-1", "😀", "👍🏽"))
        assert.equal(2, #scene.bot.sent)
        assert.truthy(scene:last():find("(" .. id_of(scene, 1) .. ") firing Disk\n👀 alice, ", 1, true), scene:last())
        scene:raise("message", reaction("root", "sid-1", "✅"))
        assert.equal(2, #scene.bot.sent)
        scene:take { resolved "Disk" }
        assert.truthy(scene:last():find("resolved Disk\n👀 alice", 1, true), scene:last())
    end)

    it("is acknowledged after a restart, and of its correction, too", function()
        local scene = scene_of.start({ ack = true }, OCCUPANTS)
        scene:take { alert "Disk", alert "Load" }
        scene:reflect(1, "sid-1")
        scene:take { resolved "Load" }
        scene:reflect(2, "sid-2")
        scene:restart()
        scene:raise("message", reaction("root", "sid-2", "👀"))
        assert.equal(3, #scene.bot.sent)
    end)

    it("is not acknowledged by what is old or our own, nor by an error", function()
        local scene = scene_of.start({ ack = { allow = { { role = "participant" } } } }, OCCUPANTS)
        scene:take { alert "Disk" }
        scene:reflect(1, "sid-1")
        for _, mark in ipairs { "own", "delayed", "archive" } do
            local literal, more = reaction("alice", "sid-1", "👍")
            more[mark] = true
            local ack = require "couplet.alerts.ack"
            ack.on_reaction(require("couplet.alerts.state").of(scene.bot), require("spec.lua.stand_in").event(scene.bot, literal, more))
        end
        local literal, more = reaction("alice", "sid-1", "👍")
        literal.attr.type = "error"
        scene:raise("message", literal, more)
        assert.equal(1, #scene.bot.sent)
        scene:raise("message", reaction("guest", "sid-1", "👍")) -- any participant may here
        assert.equal(2, #scene.bot.sent)
    end)

    it("lives with reactions and reflections that are damaged", function()
        local scene = scene_of.start({ ack = true }, OCCUPANTS)
        scene:take { alert "Disk" }
        scene:reflect(1, "sid-1")
        local st, stand_in = require("couplet.alerts.state").of(scene.bot), require "spec.lua.stand_in"
        local literal, more = reaction("guest", "sid-1", "👍")
        stand_in.damaged(scene.bot, literal, more, function(event) require("couplet.alerts.ack").on_reaction(st, event) end)
        literal[1] = { name = "stanza-id", attr = { xmlns = "urn:xmpp:sid:0", by = ROOM, id = "sid-2" } }
        literal.attr.id = id_of(scene, 1)
        stand_in.damaged(scene.bot, literal, { room = ROOM, own = true }, function(event)
            require("couplet.alerts.notice").on_reflection(st, event)
        end)
        assert.equal(1, #scene.bot.sent)
    end)

    it("that went to a person is theirs to acknowledge, nobody else's", function()
        local scene = scene_of.start { to = "bob@example.org", ack = true }
        scene:take { alert "Disk" }
        scene:raise("message", private_reaction("eve@example.org/x", id_of(scene, 1), "👍"))
        assert.equal(1, #scene.bot.sent)
        scene:raise("message", private_reaction("bob@example.org/x", id_of(scene, 1), "👍"))
        assert.truthy(scene:last():find("👀 bob", 1, true))
    end)

    it("goes to the next contact when nobody acknowledges it", function()
        local scene = scene_of.start({
            ack = true, escalate = { { after = "10m", to = "bob@example.org" }, { after = "30m", to = { "carol@example.org", ROOM } } },
        }, OCCUPANTS)
        scene:take { alert "Disk" }
        scene:reflect(1, "sid-1")
        scene:advance(599)
        assert.equal(1, #scene.bot.sent)
        scene:restart()
        scene:advance(2)
        assert.equal("bob: ⏰ Not acknowledged for 10 min:\nfiring Disk", scene:last())
        scene:restart()
        scene:advance(1200)
        assert.equal(4, #scene.bot.sent)
        assert.equal("ops: [sid-1] ⏰ Not acknowledged for 30 min:\nfiring Disk", scene:last())
        scene:raise("message", private_reaction("bob@example.org/x", id_of(scene, 2), "👍"))
        assert.equal(7, #scene.bot.sent) -- in the room, to bob, to carol
        scene:advance(100000)
        assert.equal(7, #scene.bot.sent)
    end)

    it("is escalated under an id of its own, when its number comes again after a restart, too", function()
        local scene = scene_of.start({ escalate = { { after = "10m", to = "bob@example.org" } } }, OCCUPANTS)
        local seen = {}
        for _, title in ipairs { "Disk", "Load" } do
            scene:take { alert(title) }
            scene:advance(601)
            assert.equal("bob: ⏰ Not acknowledged for 10 min:\nfiring " .. title, scene:last())
            local id = id_of(scene, #scene.bot.sent)
            assert.is_nil(seen[id])
            seen[id] = true
            scene:take { resolved(title) }
            scene:advance(2 * 86400)
            scene:restart()
        end
    end)

    it("is escalated later where that was stopped in the midst of it", function()
        local scene = scene_of.start({ escalate = { { after = "10m", to = "bob@example.org" }, { after = "20m", to = "carol@example.org" } } }, OCCUPANTS)
        local bot_say = scene.bot.say
        scene:take { alert "Disk" }
        rawset(scene.bot, "say", function() error("it took too long", 0) end)
        assert.is_false(pcall(scene.advance, scene, 600))
        rawset(scene.bot, "say", bot_say)
        scene:advance(60)
        assert.equal("bob: ⏰ Not acknowledged for 10 min:\nfiring Disk", scene:last())
        scene:advance(500)
        assert.equal(2, #scene.bot.sent)
        scene:advance(60)
        assert.equal("carol: ⏰ Not acknowledged for 20 min:\nfiring Disk", scene:last())
        assert.equal(3, #scene.bot.sent)
    end)

    it("is not escalated once it is over, or acknowledged", function()
        local scene = scene_of.start({ ack = true, escalate = { { after = "10m", to = "bob@example.org" } } }, OCCUPANTS)
        scene:take { alert "Disk" }
        scene:take { resolved "Disk" }
        scene:take { alert "Load" }
        assert.equal("Acknowledged: #2.", say(scene, "alice", "ack"))
        scene:advance(10000)
        for _, text in ipairs(scene:texts()) do assert.is_nil(text:find "^bob") end
    end)
end)

describe("commands", function()
    it("list what is firing, and acknowledge by number, word, or as an answer", function()
        local scene = scene_of.start({ ack = true }, OCCUPANTS)
        assert.is_nil(say(scene, "alice", "alerts"))
        scene:take { alert "Disk" }
        scene:take { alert "Load" }
        scene:take { alert("Net", { labels = { instance = "db1" } }) }
        assert.equal("#1 🔥 Disk, 0 s\n#2 🔥 Load, 0 s\n#3 🔥 Net, 0 s", say(scene, "guest", "alerts"))
        assert.truthy(say(scene, "alice", "ack"):find("Which one", 1, true))
        assert.equal("You may not do that.", say(scene, "guest", "ack", { what = "2" }))
        assert.equal("Acknowledged: #2.", say(scene, "alice", "ack", { what = "#2" }))
        assert.equal("alice has done that already.", say(scene, "root", "ack", { what = "2" }))
        assert.equal("Acknowledged: #3.", say(scene, "alice", "ack", { what = "DB1" }))
        assert.equal("Nothing like that is firing.", say(scene, "alice", "ack", { what = "zzz" }))
        assert.equal("Acknowledged: #1.", say(scene, "alice", "ack"))
        assert.equal("There is nothing left to do that to.", say(scene, "alice", "ack", { what = "all" }))
        assert.equal("There is nothing left to do that to.", say(scene, "alice", "ack"))
        scene:take { resolved "Disk", resolved "Load", resolved "Net" }
        assert.equal("Nothing is firing.", say(scene, "alice", "alerts"))
    end)

    it("speak of what was said where they are asked; admins hear all", function()
        local scene = scene_of.start({ ack = true }, OCCUPANTS)
        scene:take { alert "Disk" }
        assert.equal("Nothing is firing.", say(scene, nil, "alerts", nil, private "eve@example.org/x"))
        assert.equal("#1 🔥 Disk, 0 s", say(scene, nil, "alerts", nil, private "root@example.org/x"))
        assert.equal("Nothing like that is firing.", say(scene, nil, "ack", { what = "all" }, private "eve@example.org/x"))
        assert.equal("Acknowledged: #1.", say(scene, nil, "ack", { what = "all" }, private "root@example.org/x"))
    end)

    it("silence alerts at the Alertmanager by their labels, and end it", function()
        local asked, trouble, answer = {}, nil, { ok = true, status = 200, json = function() return { silenceID = "0000aaaa-1-2" } end }
        package.loaded["couplet.http"] = { request = function(request)
            asked[#asked + 1] = request
            return answer, trouble
        end }
        local scene = scene_of.start({ alertmanager = "http://127.0.0.1:9093/", allow_private = true }, OCCUPANTS)
        scene:take { alert("Disk", { labels = { alertname = "Disk", instance = "db1" } }) }
        assert.equal("You may not do that.", say(scene, "guest", "silence", { ["for"] = 7200 }))
        assert.equal("Silenced: #1.", say(scene, "alice", "silence", { ["for"] = 7200 }))
        assert.equal("http://127.0.0.1:9093/api/v2/silences", asked[1].url)
        assert.is_true(asked[1].allow_private)
        local sent = require("couplet.json").decode(asked[1].body)
        assert.equal("alice", sent.createdBy)
        assert.same({ { name = "alertname", value = "Disk", isRegex = false, isEqual = true }, { name = "instance", value = "db1", isRegex = false,
            isEqual = true } }, { sent.matchers[1], sent.matchers[2] })
        assert.equal(7200, require("couplet.datetime").parse(sent.endsAt) - require("couplet.datetime").parse(sent.startsAt))
        assert.truthy(scene:last():find("🔕 silenced until", 1, true), scene:last())
        assert.equal("The silence is over.", say(scene, "alice", "unsilence"))
        assert.equal("DELETE http://127.0.0.1:9093/api/v2/silence/0000aaaa-1-2", asked[2].method .. " " .. asked[2].url)
        assert.is_nil(scene:last():find("🔕", 1, true))
        assert.truthy(say(scene, "alice", "silence", { ["for"] = 60, what = 'job=x site="a b"' }):find("!unsilence 0000aaaa", 1, true))
        assert.same("a b", require("couplet.json").decode(asked[3].body).matchers[2].value)
        assert.equal("You may not do that.", say(scene, "guest", "silence", { ["for"] = 60, what = "job=x" }))
        answer = { ok = false, status = 400 }
        local said, why = say(scene, "alice", "silence", { ["for"] = 60, what = "1" })
        assert.is_nil(said) -- so that the log has it
        assert.equal("The Alertmanager did not take it: it answered 400", why)
        local long = "cannot ask http://alertmanager.example.org:9093/api/v2/silences: Failed to connect to 127.0.0.1 port 9093"
        answer, trouble = nil, { text = long }
        assert.truthy(select(2, say(scene, "alice", "silence", { ["for"] = 60, what = "job=x" })):find(long, 1, true))
        assert.truthy(select(2, say(scene, "alice", "unsilence", { what = "0000aaaa-1-2" })):find "^The Alertmanager did not take it")
        package.loaded["couplet.http"] = nil
    end)

    -- As the real one: what was ended is not ended again.
    local function play_alertmanager()
        local place = { made = 0, lives = {} }
        package.loaded["couplet.http"] = { request = function(request)
            local ended, ok = request.url:match "/silence/(.*)$", true
            if ended then
                ok = place.lives[ended] and ended ~= place.stuck or false
                if ok then place.lives[ended] = nil end
            else
                place.made = place.made + 1
                place.lives["0000aaaa-" .. place.made] = true
            end
            local id = "0000aaaa-" .. place.made
            return { ok = ok, status = ok and 200 or 500, json = function() return { silenceID = id } end }
        end }
        return place
    end

    it("end all silences of a message, also those of before", function()
        local place = play_alertmanager()
        local scene = scene_of.start({ alertmanager = "http://127.0.0.1:9093" }, OCCUPANTS)
        scene:take { alert "Disk" }
        say(scene, "alice", "silence", { ["for"] = 7200 })
        local line = scene:last():match "🔕[^\n]*"
        say(scene, "alice", "silence", { ["for"] = 60 })
        assert.equal(line, scene:last():match "🔕[^\n]*")
        assert.equal(2, place.made)
        assert.equal("The silence is over.", say(scene, "alice", "unsilence"))
        assert.same({}, place.lives)
        say(scene, "alice", "silence", { ["for"] = 60 })
        scene:advance(61) -- that one has ended by itself
        say(scene, "alice", "silence", { ["for"] = 60 })
        place.lives["0000aaaa-3"] = nil
        assert.equal("The silence is over.", say(scene, "alice", "unsilence"))
        package.loaded["couplet.http"] = nil
    end)

    it("end the other silences where one cannot be ended, and that one later", function()
        local place = play_alertmanager()
        local scene = scene_of.start({ alertmanager = "http://127.0.0.1:9093" }, OCCUPANTS)
        scene:take { alert "Disk", alert "Load", alert "Net" }
        say(scene, "alice", "silence", { ["for"] = 7200 })
        place.stuck = "0000aaaa-2"
        assert.truthy(select(2, say(scene, "alice", "unsilence")):find("it answered 500", 1, true))
        assert.same({ ["0000aaaa-2"] = true }, place.lives)
        place.stuck = nil
        assert.equal("The silence is over.", say(scene, "alice", "unsilence"))
        assert.same({}, place.lives)
        package.loaded["couplet.http"] = nil
    end)

    it("say who they are to an Alertmanager that asks, and keep no secret on disk", function()
        local asked, status = {}, 200
        package.loaded["couplet.http"] = { request = function(request)
            asked[#asked + 1] = request
            return { ok = status == 200, status = status, json = function() return { silenceID = "0000aaaa-1-2" } end }
        end }
        local path = os.tmpname()
        local function write(text)
            local file = assert(io.open(path, "w"))
            file:write(text)
            file:close()
        end
        local function silence(place)
            local with = { alertmanager = place }
            local scene = scene_of.start(with, OCCUPANTS)
            assert.is_nil(require("couplet.alerts.check").check("alertmanager", with, ""))
            scene:take { alert "Disk" }
            scene:restart()
            local answer, why = say(scene, "alice", "silence", { ["for"] = 60 })
            return answer or why, scene
        end
        local said, scene = silence { url = "https://am.example.org/", bearer = "a-secret", ca_file = path }
        assert.equal("Silenced: #1.", said)
        assert.equal("Bearer a-secret", asked[1].headers.Authorization)
        assert.equal("https://am.example.org/api/v2/silences", asked[1].url)
        assert.equal(path, asked[1].ca_file)
        assert.equal("loopback", asked[1].clear)
        for _, row in pairs(scene.disk) do
            assert.is_nil(row[1]:find("a-secret", 1, true))
        end
        write "line one\r\nand more"
        silence { url = "http://127.0.0.1:9093", basic = { user = "couplet", password_file = path } }
        assert.equal("Basic " .. require("couplet.base64").encode "couplet:line one", asked[2].headers.Authorization)
        status = 401
        assert.equal("The Alertmanager did not take it: it answered 401: it does not know us by this secret",
            (silence { url = "http://[::1]:9093", basic = { user = "couplet", password = "x" } }))
        assert.equal("The Alertmanager did not take it: it answered 401: it wants to know who asks", (silence "http://am.example.org"))
        assert.is_nil(asked[4].headers.Authorization)
        assert.is_nil(asked[4].clear)
        write ""
        local function wrong(place)
            local list = require("couplet.alerts.check").check("alertmanager", { to = "a@example.org", alertmanager = place }, "")
            return list and table.concat(list[1].path, ".") .. " " .. list[1].text
        end
        local said_of = "alertmanager%S* with: alertmanager: "
        assert.matches(said_of .. "url: https:// where there is a secret", wrong { url = "http://am.example.org", bearer = "x" })
        assert.matches(said_of .. "url: https:// where there is a secret", wrong { url = "http://127.0.0.1.example.org", bearer = "x" })
        assert.matches(said_of .. "url: a URL like", wrong {})
        assert.matches(said_of .. "a URL without a password", wrong "https://user:pw@am.example.org")
        assert.matches("^alertmanager.bearer_file with: alertmanager: .*: it is empty", wrong { url = "https://a.example", bearer_file = path })
        assert.matches("^alertmanager.basic.password_file .*/no/such", wrong { url = "https://a.example", basic = { user = "u", password_file = "/no/such" } })
        assert.matches("^alertmanager.ca_file .*/no/such", wrong { url = "https://a.example", ca_file = "/no/such" })
        assert.matches("^alertmanager.bearr with: alertmanager: 'bearr' is unknown; did you mean 'bearer'", wrong { url = "https://a.example", bearr = "x" })
        assert.matches("^alertmanager with: alertmanager: bearer: or bearer_file: is",
            wrong { url = "https://a.example", bearer = "x", bearer_file = "/etc/hostname" })
        assert.matches("^alertmanager with: alertmanager: one of bearer", wrong { url = "https://a.example", bearer = "x", basic = {} })
        assert.matches("^alertmanager.basic with: alertmanager: basic: user:", wrong { url = "https://a.example", basic = { password = "x" } })
        assert.matches("^alertmanager.bearer with: alertmanager: bearer: a text", wrong { url = "https://a.example", bearer = true })
        os.remove(path)
        package.loaded["couplet.http"] = nil
    end)

    it("reach the Alertmanager that the configuration names, before its first alert, and not one of before", function()
        local asked = {}
        package.loaded["couplet.http"] = { request = function(request)
            asked[#asked + 1] = request.url:match "^http://([^:/]+)"
            return { ok = true, status = 200, json = function() return { silenceID = "0000aaaa-1-2" } end }
        end }
        local scene = scene_of.start({ alertmanager = "http://old.example.org" }, OCCUPANTS)
        local function silence(of)
            return say(scene, "alice", "silence", { ["for"] = 7200, what = "alertname=" .. of })
        end
        local with = { to = ROOM, alertmanager = "http://new.example.org" }
        local life, bot = require "couplet.alerts.life", nil
        local function restart()
            scene:open()
            bot = scene.bot
            life.will_come(bot, require("couplet.alerts.options").of(with))
            life.on_start { bot = bot, kind = "start" }
        end
        restart()
        assert.truthy(silence("Disk"):find("^Silenced until"))
        scene = scene_of.start({ alertmanager = "http://old.example.org" }, OCCUPANTS)
        scene:take({ alert "Disk" }, nil, "/before")
        restart()
        assert.truthy(silence("Disk"):find("^Silenced until"))
        assert.same({ "new.example.org", "new.example.org" }, asked)
        package.loaded["couplet.http"] = nil
    end)
end)

-- SPDX-License-Identifier: MIT
local stand_in = require "spec.lua.stand_in"
local st = require "couplet.stanza"

local MAM, RSM, FORWARD, DELAY = "urn:xmpp:mam:2", "http://jabber.org/protocol/rsm", "urn:xmpp:forward:0", "urn:xmpp:delay"
local ROOM = "den@rooms.example.org"

local function element(name, xmlns, attr, ...)
    attr = attr or {}
    attr.xmlns = xmlns
    return { name = name, attr = attr, ... }
end

local function forwarded(message, stamp)
    return element("forwarded", FORWARD, nil, element("delay", DELAY, { stamp = stamp or "2026-11-21T10:00:00Z" }), message)
end

local function said(from, text, more)
    local attr = { from = from, to = "bot@example.org", type = "chat" }
    for name, value in pairs(more or {}) do attr[name] = value end
    return element("message", "jabber:client", attr, { name = "body", attr = {}, text })
end

-- An archive: `pages` is a list of { results =, fin =, first =, last = } or { err = }; what it was asked stands in `asked`.
local function archive(bot, mam, pages, from)
    local asked = {}
    bot.answers = function(iq)
        local query = iq:get_child("query", MAM)
        asked[#asked + 1] = iq
        local page = table.remove(pages, 1) or {}
        if page.err then return nil, page.err end
        for _, result in ipairs(page.results or {}) do
            local attr = { id = result.id, queryid = result.queryid or query.attr.queryid }
            local inner = element("result", MAM, attr, result.forwarded or forwarded(result.message))
            local literal = element("message", nil, { from = result.archive or from }, inner)
            mam.on_result(stand_in.event(bot, literal))
        end
        local set = element("set", RSM)
        if page.first then set[#set + 1] = { name = "first", attr = {}, page.first } end
        if page.last then set[#set + 1] = { name = "last", attr = {}, page.last } end
        local answer = { name = "iq", attr = { type = "result" }, page.fin or element("fin", MAM, { complete = page.complete }, set) }
        return st.deserialize(answer)
    end
    return asked
end

local function all(messages)
    local list = {}
    for message in messages do list[#list + 1] = message end
    return list
end

describe("an archive", function()
    local bot, mam

    before_each(function()
        bot = stand_in.bot()
        mam = require "couplet.xep.mam"
    end)

    it("is read page by page, to its end", function()
        local asked = archive(bot, mam, {
            {
                results = { { id = "1", message = said("romeo@example.net/a", "one") }, { id = "2", message = said("romeo@example.net/a", "two") } },
                first = "1", last = "2",
            },
            { results = { { id = "3", message = said("bot@example.org/x", "three") } }, first = "3", last = "3", complete = "true" },
        })
        local list = all(bot.mam:query { with = "romeo@example.net", start = 0, max = 50 })
        assert.same({ "one", "two", "three" }, { list[1].body, list[2].body, list[3].body })
        assert.same({ "1", 1795255200, "romeo@example.net/a", "chat" }, { list[1].id, list[1].stamp, list[1].from, list[1].type })
        assert.equal(2, #asked)
        assert.is_nil(asked[1].attr.to)
        local form = tostring(asked[1])
        assert.matches("<field[^>]*var=['\"]with['\"][^>]*><value>romeo@example.net</value>", form)
        assert.matches("<value>1970%-01%-01T00:00:00Z</value>", form)
        assert.matches("<after>2</after>", tostring(asked[2]))
    end)

    it("of a room is asked there, and tells of its occupants alone", function()
        local asked = archive(bot, mam, { {
            results = {
                { id = "1", message = said(ROOM .. "/romeo", "one", { type = "groupchat" }) },
                { id = "2", message = said("admin@example.org", "!deploy") },
                { id = "3", message = said(nil, "nobody") },
            }, first = "1", last = "3", complete = "true",
        } }, ROOM)
        local list = all(bot.mam:query { room = ROOM })
        assert.equal(1, #list)
        assert.equal("romeo", list[1].nick)
        assert.equal(ROOM, asked[1].attr.to)
    end)

    it("is believed only itself, while it is asked, under the id of the question", function()
        local wrong = { -- of our account
            { id = "1", archive = "mallory@example.net", message = said("admin@example.org", "!deploy") },
            { id = "2", archive = "bot@example.org/other", message = said("admin@example.org", "!deploy") },
            { id = "3", archive = ROOM, message = said("admin@example.org", "!deploy") },
            { id = "4", queryid = "guessed", message = said("admin@example.org", "!deploy") },
            { id = "5", queryid = "", message = said("admin@example.org", "!deploy") },
        }
        archive(bot, mam, { { results = wrong, first = "1", last = "5", complete = "true" } })
        local messages = bot.mam:query()
        assert.same({}, all(messages))
        assert.is_nil(messages.err)
        -- of a room: nobody is not the room
        archive(bot, mam, { { results = { { id = "6", message = said(ROOM .. "/a", "x") } }, first = "6", last = "6", complete = "1" } })
        assert.same({}, all(bot.mam:query { room = ROOM }))
        -- nobody asked
        local late = element("message", nil, { from = nil }, element("result", MAM, { id = "1", queryid = "1" }, forwarded(said("a@b", "x"))))
        mam.on_result(stand_in.event(bot, late))
    end)

    it("may say what it likes without harm", function()
        local results = {
            { id = "1", forwarded = element("forwarded", FORWARD) },
            { id = "2", forwarded = element("forwarded", "urn:example:other", nil, said("a@b", "x")) },
            { id = nil, message = said("a@b", "x") },
            { id = "", message = said("a@b", "x") },
            { id = ("x"):rep(300), message = said("a@b", "x") },
            { id = "3\n4", message = said("a@b", "x") },
            { id = "4", message = { name = "message", attr = { xmlns = "urn:example:other" } } },
            { id = "5", forwarded = forwarded(said("a@b", "good"), "yesterday") },
        }
        archive(bot, mam, { { results = results, first = "1", last = "5" }, {} })
        local list = all(bot.mam:query())
        assert.equal(1, #list)
        assert.is_nil(list[1].stamp)
    end)

    it("that sends without end is cut off", function()
        local results = {}
        for i = 1, 1000 do results[i] = { id = tostring(i), message = said("a@b", "x") } end
        archive(bot, mam, { { results = results, first = "1", last = "1000", complete = "true" } })
        assert.equal(50, #all(bot.mam:query()))
    end)

    it("that fails says why, and one that makes no sense, too", function()
        archive(bot, mam, { { err = { condition = "item-not-found" } } })
        local messages = bot.mam:query { after = "gone" }
        assert.same({}, all(messages))
        assert.equal("item-not-found", messages.err.condition)
        archive(bot, mam, { { fin = element("fin", "urn:example:other") } })
        messages = bot.mam:query()
        assert.same({}, all(messages))
        assert.equal("undefined-condition", messages.err.condition)
    end)

    it("is read from its end", function()
        local asked = archive(bot, mam, {
            { results = { { id = "8", message = said("a@b", "eight") }, { id = "9", message = said("a@b", "nine") } }, first = "8", last = "9" },
        })
        local messages = bot.mam:query { before = "", max = 2 }
        local list = all(messages)
        assert.same({ "nine", "eight" }, { list[1].body, list[2].body })
        assert.matches("<max>2</max><before ?/>", tostring(asked[1]))
    end)

    it("cannot be asked nonsense", function()
        for _, options in ipairs { { whom = "a@b" }, { max = 0 }, { max = 1.5 }, { before = "1", after = "2" }, { with = 1 }, { room = "@" } } do
            assert.error(function() bot.mam:query(options) end)
        end
    end)

    it("is damaged in every way", function()
        local literal = element("message", nil, { from = "bot@example.org" }, element("result", MAM, { id = "1", queryid = "q" }, forwarded(said("a@b", "x"))))
        stand_in.damaged(bot, literal, nil, mam.on_result)
    end)
end)

describe("catching up", function()
    local catchup, mam

    before_each(function()
        mam = require "couplet.xep.mam"
        catchup = require "couplet.xep.mam_catchup"
        stand_in.time = 1795255200 + 600 -- ten minutes later
    end)

    local function bot_with(options, remembered)
        local bot = stand_in.bot { room_options = options }
        if remembered then require("couplet.core.bot").remember(bot, "archive " .. (options.room or "bot@example.org"), remembered) end
        options.catch_up_age = options.catch_up_age or 3600
        return bot
    end

    local function mark(bot, address) return require("couplet.core.bot").remember(bot, "archive " .. (address or "bot@example.org")) end

    local function live(bot, id, more)
        local inner = element("stanza-id", "urn:xmpp:sid:0", { by = "bot@example.org", id = id })
        local literal = element("message", nil, { from = "romeo@example.net/a", type = "chat" }, inner)
        catchup.on_message(stand_in.event(bot, literal, more))
    end

    local function online(bot) catchup.on_online { bot = bot, kind = "online" } end

    local PAGE = {
        { id = "2", message = said("romeo@example.net/a", "two") },
        { id = "3", message = said("bot@example.org/other", "our own") },
        { id = "4", message = said("mallory@example.net/a", "to others", { to = "somebody@example.org" }) },
        { id = "5", message = said("romeo@example.net/a", "an error", { type = "error" }) },
        { id = "6", message = said("den@rooms.example.org/a", "a room's", { type = "groupchat" }) },
        { id = "7", message = said("romeo@example.net/a", "seven") },
    }

    local function page() return { results = PAGE, first = "2", last = "7", complete = "true" } end

    it("runs what others said since the mark, oldest first, with the archive's id", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        local asked = archive(bot, mam, { page() })
        online(bot)
        assert.matches("<after>1</after>", tostring(asked[1]))
        assert.equal(2, #bot.dispatched)
        local first = bot.dispatched[1]
        assert.same({ archive = true, had_delayed = false, fields = { stamp = 1795255200 } }, first.options)
        assert.equal("two", first.stanza:get_child_text "body")
        assert.same({ by = "bot@example.org", id = "2", xmlns = "urn:xmpp:sid:0" }, first.stanza:get_child("stanza-id", "urn:xmpp:sid:0").attr)
        assert.equal("1795255200 7", mark(bot))
        live(bot, "8")
        assert.equal("1795255800 8", mark(bot))
    end)

    it("believes no other id that a message brings", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        local message = said("romeo@example.net/a", "two")
        message[#message + 1] = element("stanza-id", "urn:xmpp:sid:0", { by = "bot@example.org", id = "forged" })
        message[#message + 1] = element("delay", DELAY, { stamp = "2000-01-01T00:00:00Z" })
        archive(bot, mam, { { results = { { id = "2", message = message } }, first = "2", last = "2", complete = "true" } })
        online(bot)
        assert.equal("2", require("couplet.xep.stanza_id").given_by(bot.dispatched[1].stanza, "bot@example.org"))
        assert.is_nil(bot.dispatched[1].stanza:get_child("delay", DELAY))
    end)

    it("runs nothing twice of what came live meanwhile", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        archive(bot, mam, { page() })
        local answers = bot.answers
        bot.answers = function(iq)
            live(bot, "2")
            live(bot, "2", { delayed = true })
            live(bot, "7", { delayed = true })
            live(bot, "9")
            assert.equal("1795255000 1", mark(bot)) -- the gap is not read yet
            return answers(iq)
        end
        online(bot)
        assert.equal(1, #bot.dispatched)
        assert.is_true(bot.dispatched[1].options.had_delayed)
        assert.equal("1795255800 9", mark(bot))
    end)

    it("tells how much was missed", function()
        local bot = bot_with({ catch_up = "notify" }, "1795255000 1")
        archive(bot, mam, { page() })
        online(bot)
        assert.equal(0, #bot.dispatched)
        assert.same({ { name = "archive.gap", fields = { data = { count = 2, first = 1795255200, last = 1795255200 } } } }, bot.emitted)
    end)

    it("begins where it is when there is no mark, or nothing is to be caught up with", function()
        for _, remembered in ipairs { false, "1795255000 1" } do
            local bot = bot_with({ catch_up = remembered and "skip" or "run" }, remembered or nil)
            local asked = archive(bot, mam, { page() })
            online(bot)
            assert.matches("<before ?/>", tostring(asked[1]))
            assert.equal(0, #bot.dispatched)
            assert.equal("1795255800 7", mark(bot))
        end
        local bot = bot_with { catch_up = "run" }
        archive(bot, mam, {})
        online(bot)
        assert.equal("1795255800 ", mark(bot)) -- empty
        bot = bot_with {}
        archive(bot, mam, {})
        online(bot)
        assert.equal(0, #bot.sent)
    end)

    it("goes back no further than it may", function()
        local bot = bot_with({ catch_up = "run", catch_up_age = 300 }, "1795255000 1")
        local asked = archive(bot, mam, { page() })
        online(bot)
        assert.not_matches("<after>", tostring(asked[1]))
        assert.matches("<value>2026%-11%-21T10:05:00Z</value>", tostring(asked[1]))
    end)

    it("goes by the time where the archive has lost the mark", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 7")
        local asked = archive(bot, mam, { { err = { condition = "item-not-found" } }, page() })
        online(bot)
        assert.matches("<value>2026%-11%-21T09:56:40Z</value>", tostring(asked[2]))
        assert.equal(1, #bot.dispatched) -- not the one of the mark
    end)

    it("tries again, and gives up where there is no archive", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        archive(bot, mam, { { err = { condition = "remote-server-timeout" } }, page() })
        online(bot)
        assert.equal(2, #bot.dispatched)
        bot = bot_with({ catch_up = "run" }, "1795255000 1")
        local asked = archive(bot, mam, { { err = { condition = "service-unavailable" } } })
        online(bot)
        assert.equal(1, #asked)
        assert.matches("has no archive", bot.logged[1])
    end)

    it("in a room begins when the bot is in, and after each absence", function()
        local options = { { jid = ROOM, catch_up = "run" }, room = ROOM }
        local bot = bot_with(options, "1795255000 1")
        local function room_page()
            return { results = { { id = "2", message = said(ROOM .. "/romeo", "two", { type = "groupchat" }) } }, first = "2", last = "2", complete = "true" }
        end
        online(bot)
        assert.equal(0, #bot.sent)
        archive(bot, mam, { room_page() }, ROOM)
        catchup.on_joined { bot = bot, room = ROOM, nick = "romeo" }
        assert.equal(0, #bot.dispatched)
        catchup.on_joined { bot = bot, room = ROOM, nick = "bot", own = true }
        assert.equal(1, #bot.dispatched)
        catchup.on_joined { bot = bot, room = ROOM, nick = "bot", own = true }
        assert.equal(1, #bot.sent)
        catchup.on_left { bot = bot, room = ROOM, nick = "bot", own = true }
        archive(bot, mam, { room_page() }, ROOM)
        catchup.on_joined { bot = bot, room = ROOM, nick = "bot", own = true }
        assert.equal(2, #bot.sent)
    end)

    -- The function on its own, as far as it waits; resumed by calling what is returned.
    local function task(f, ...)
        local co, n, list = coroutine.create(f), select("#", ...), { ... }
        assert(coroutine.resume(co, table.unpack(list, 1, n)))
        return function()
            if coroutine.status(co) == "suspended" then assert(coroutine.resume(co)) end
        end
    end

    it("that was cut off by the loss of the connection does not go on beside the next", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        local asked = archive(bot, mam, { { err = { condition = "recipient-unavailable" } }, page(), page() })
        local answers = bot.answers
        rawset(bot, "sleep", coroutine.yield)
        local first = task(online, bot) -- waits for its next attempt
        bot.answers = function(iq)
            coroutine.yield()
            return answers(iq)
        end
        local second = task(online, bot) -- the new session
        first()
        first()
        second()
        assert.equal(2, #asked)
        assert.equal(2, #bot.dispatched)
        assert.equal("1795255200 7", mark(bot))
    end)

    it("that was cut off by the loss of the connection tells of all of it in the end", function()
        local bot = bot_with({ catch_up = "notify" }, "1795255000 1")
        local function one(id) return { results = { { id = id, message = said("romeo@example.net/a", id) } }, first = id, last = id } end
        archive(bot, mam, { one "2", { err = { condition = "recipient-unavailable" } }, one "3", {} })
        rawset(bot, "sleep", coroutine.yield)
        task(online, bot)
        assert.equal(0, #bot.emitted)
        online(bot)
        assert.equal(2, bot.emitted[1].fields.data.count)
    end)

    it("begins where the last session ended, also when what is done before it in the new one takes its time", function()
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        local function raise(kind) -- the library's rows for it, one after the other, as the runtime has them
            for _, row in ipairs(require("couplet.features").rows) do
                if row.event == kind and (row.feature == "carbons" or row.feature == "catch_up") then
                    local module, name = row.call:match "^(.*)%.([^.]+)$"
                    require(module)[name] { bot = bot, kind = kind }
                end
            end
        end
        local asked = archive(bot, mam, { {}, page() })
        local answers = bot.answers
        bot.answers = function(iq)
            if iq:get_child("query", MAM) then return answers(iq) end
            coroutine.yield()
            return iq
        end
        local first = task(raise, "online")
        first()
        assert.equal(1, #asked)
        raise "offline"
        local second = task(raise, "online")
        live(bot, "9")
        second()
        assert.matches("<after>1</after>", tostring(asked[2]))
        assert.equal(2, #bot.dispatched)
        assert.matches(" 9$", mark(bot))
    end)

    it("in a room that was left and entered meanwhile is read once", function()
        local bot = bot_with({ { jid = ROOM, catch_up = "run" }, room = ROOM }, "1795255000 1")
        local results = { { id = "2", message = said(ROOM .. "/romeo", "two", { type = "groupchat" }) } }
        local function room_page() return { results = results, first = "2", last = "2", complete = "true" } end
        online(bot)
        archive(bot, mam, { room_page(), room_page() }, ROOM)
        local answers = bot.answers
        bot.answers = function(iq)
            coroutine.yield()
            return answers(iq)
        end
        local event = { bot = bot, room = ROOM, nick = "bot", own = true }
        local first = task(catchup.on_joined, event)
        catchup.on_left(event)
        local second = task(catchup.on_joined, event)
        first()
        second()
        assert.equal(1, #bot.dispatched)
    end)

    it("tells once that its mark cannot be kept", function()
        local core = require "couplet.core.bot"
        local remember = core.remember
        finally(function() core.remember = remember end)
        local bot = bot_with({ catch_up = "run" }, "1795255000 1")
        archive(bot, mam, { page() })
        core.remember = function(of, key, ...)
            if select("#", ...) == 0 then return remember(of, key) end
            return nil, "no space left"
        end
        online(bot)
        assert.equal(1, (select(2, table.concat(bot.logged, "\n"):gsub("no space left", ""))))
        core.remember = remember
        live(bot, "8")
        assert.equal("1795255800 8", mark(bot))
    end)

    it("lives with any message", function()
        local bot = bot_with { catch_up = "run" }
        local literal = element("message", nil, { from = "a@b", type = "chat" }, element("stanza-id", "urn:xmpp:sid:0", { by = "bot@example.org", id = "1" }))
        stand_in.damaged(bot, literal, nil, catchup.on_message)
    end)
end)

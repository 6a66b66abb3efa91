-- SPDX-License-Identifier: MIT
-- alerts_group: alerts that are said together: group windows, storms, quiet hours; each also across a restart.
local scene_of = require "spec.lua.alerts_scene"
local alert, resolved = scene_of.alert, scene_of.resolved

local function id_of(scene, index) return scene.bot.sent[index].attr.id end

-- From now on whoever says something waits for the disk. Returns what lets these coroutines go on, in this order, to their ends.
local function busy_disk(scene)
    local say = scene.bot.say
    rawset(scene.bot, "say", function(...)
        coroutine.yield()
        return say(...)
    end)
    rawset(scene.bot, "on_wait", function()
        coroutine.yield()
        return true
    end)
    return function(tasks)
        repeat
            local is_going = false
            for _, task in ipairs(tasks) do
                if coroutine.status(task) == "suspended" then
                    is_going = true
                    assert(coroutine.resume(task))
                end
            end
        until not is_going
        rawset(scene.bot, "say", say)
    end
end

describe("a group", function()
    it("is said once, when the window is over, with what each alert has become", function()
        local scene = scene_of.start { group_wait = "30s" }
        scene:take { alert "Disk" }
        scene:advance(10)
        scene:take { alert "Load", alert "Disk" }
        scene:take { resolved "Load" }
        scene:advance(19)
        assert.same({}, scene:texts())
        scene:advance(2)
        assert.same({ "ops: firing Disk; resolved Load" }, scene:texts())
        scene:take { resolved "Disk" }
        assert.equal("ops: (" .. id_of(scene, 1) .. ") resolved Disk; resolved Load", scene:last())
    end)

    it("is not said again before its interval is over", function()
        local scene = scene_of.start { group_wait = "30s", group_interval = "5m" }
        scene:take { alert "A" }
        scene:advance(31)
        scene:take { alert "B" }
        scene:advance(200)
        scene:take { alert "C" }
        scene:advance(98)
        assert.equal(1, #scene.bot.sent)
        scene:advance(3)
        assert.same({ "ops: firing A", "ops: firing B; firing C" }, scene:texts())
        scene:advance(1000)
        scene:take { alert "D" }
        scene:advance(31)
        assert.equal(3, #scene.bot.sent)
    end)

    it("is what has the same labels", function()
        local scene = scene_of.start { group_wait = "30s", group_by = { "site" } }
        scene:take { alert("A", { labels = { site = "x" } }), alert("B", { labels = { site = "y" } }), alert("C", { labels = { site = "x" } }) }
        scene:advance(31)
        local texts = scene:texts()
        table.sort(texts)
        assert.same({ "ops: firing A; firing C", "ops: firing B" }, texts)
    end)

    it("survives a restart, also one after which it is due already", function()
        local scene = scene_of.start { group_wait = "30s" }
        scene:take { alert "Disk" }
        scene:restart()
        scene:advance(29)
        assert.same({}, scene:texts())
        scene:take { alert "Load" }
        scene:set_time(scene:now() + 100)
        scene:restart()
        scene:advance(0)
        assert.same({ "ops: firing Disk; firing Load" }, scene:texts())
        scene:restart()
        scene:advance(1000)
        assert.equal(1, #scene.bot.sent)
        for key in pairs(scene.disk) do assert.is_nil(key:find("alerts/g", 1, true)) end
    end)

    it("has all that came while a storm kept it waiting", function()
        local scene = scene_of.start { group_wait = "10s", storm = { over = "1/10m" } }
        for i = 1, 3 do scene:take { alert("A" .. i, { group_key = "g" .. i }) } end
        local tasks, go_on = {}, busy_disk(scene)
        local function begin(f)
            local task = coroutine.create(f)
            table.insert(tasks, 1, task) -- who came last is woken first
            assert(coroutine.resume(task))
        end
        for _, timer in ipairs(scene.bot.timers) do
            local f = timer.f
            timer.f = function(event) begin(function() f(event) end) end
        end
        scene:advance(10) -- of the second a storm is made, and is on its way to the disk; the third waits for that
        begin(function() assert(scene:take { alert("A4", { group_key = "g3" }) }) end)
        go_on(tasks)
        scene:advance(6)
        assert.truthy(scene:last():find("3 alerts in", 1, true), scene:last())
        assert.truthy(scene:last():find("A4", 1, true), scene:last())
    end)

    it("that the disk does not take is said later", function()
        local scene = scene_of.start { group_wait = "30s" }
        scene:take { alert "Disk" }
        scene.fail = { type = "wait", condition = "resource-constraint", text = "full" }
        scene:advance(35)
        scene.fail = nil
        scene:advance(10)
        assert.same({ "ops: firing Disk" }, scene:texts())
    end)

    it("that was stopped while it was said is said later", function()
        local scene = scene_of.start { group_wait = "30s" }
        local say = scene.bot.say
        scene:take { alert "Disk" }
        rawset(scene.bot, "say", function() error("it took too long", 0) end)
        assert.is_false(pcall(scene.advance, scene, 30))
        rawset(scene.bot, "say", say)
        scene:advance(10)
        assert.same({ "ops: firing Disk" }, scene:texts())
        scene:advance(1000)
        assert.equal(1, #scene.bot.sent)
    end)
end)

describe("a storm", function()
    local WITH = { storm = { over = "3/1m" } }

    local function burst(scene, from, to)
        for i = from, to do scene:take { alert("Node" .. i % 2, { fingerprint = "f" .. i }) } end
    end

    it("is one message, kept up to date, with a summary at its end", function()
        local scene = scene_of.start { storm = WITH.storm }
        burst(scene, 1, 10)
        local texts = scene:texts()
        assert.equal(4, #texts)
        assert.truthy(texts[4]:find("Alert storm: 1 alert in", 1, true), texts[4])
        scene:advance(6)
        assert.equal(5, #scene.bot.sent)
        assert.truthy(scene:last():find("(" .. id_of(scene, 4) .. ") ", 1, true))
        assert.truthy(scene:last():find("7 alerts in", 1, true), scene:last())
        assert.truthy(scene:last():find("🔥 Node1 × 3", 1, true), scene:last())
        scene:advance(100)
        texts = scene:texts()
        assert.truthy(texts[#texts]:find("storm, over: 7 alerts", 1, true), texts[#texts])
        assert.is_nil(texts[#texts]:find("(", 1, true)) -- a message of its own
        local count = #texts
        scene:advance(1000)
        assert.equal(count, #scene.bot.sent)
        burst(scene, 1, 10) -- known, all of them
        assert.equal(count, #scene.bot.sent)
        scene:take { resolved("Node0", { fingerprint = "f4" }) }
        scene:advance(100)
        assert.equal(count + 1, #scene.bot.sent)
        assert.truthy(scene:last():find("1 of them resolved", 1, true), scene:last())
    end)

    it("is one message, too, when all of it comes while the disk is busy with the first", function()
        local scene = scene_of.start { storm = WITH.storm }
        local tasks, go_on = {}, busy_disk(scene)
        for i = 1, 10 do
            tasks[i] = coroutine.create(function() assert(scene:take { alert("Node" .. i % 2, { fingerprint = "f" .. i }) }) end)
            assert(coroutine.resume(tasks[i]))
        end
        go_on(tasks)
        assert.equal(4, #scene.bot.sent)
        scene:advance(6)
        assert.truthy(scene:last():find("7 alerts in", 1, true), scene:last())
    end)

    it("goes on after a restart", function()
        local scene = scene_of.start { storm = WITH.storm }
        burst(scene, 1, 10)
        scene:restart()
        burst(scene, 11, 12)
        assert.equal(4, #scene.bot.sent)
        scene:advance(300)
        assert.truthy(scene:last():find("storm, over: 9 alerts", 1, true), scene:last())
    end)

    it("is none of what comes again because the disk did not take it", function()
        local scene = scene_of.start { storm = WITH.storm }
        scene.fail = { type = "wait", condition = "resource-constraint", text = "full" }
        for _ = 1, 5 do assert.is_nil(scene:take { alert "Disk" }) end
        scene.fail = nil
        assert.is_true(scene:take { alert "Disk" })
        assert.same({ "ops: firing Disk" }, scene:texts())
        burst(scene, 1, 2)
        assert.equal("ops: firing Node0", scene:last())
        burst(scene, 3, 3)
        assert.truthy(scene:last():find("Alert storm", 1, true), scene:last())
    end)

    it("that was stopped while it was told is told later", function()
        local scene = scene_of.start { storm = WITH.storm }
        local say = scene.bot.say
        burst(scene, 1, 10)
        rawset(scene.bot, "say", function() error("it took too long", 0) end)
        assert.is_false(pcall(scene.advance, scene, 5))
        rawset(scene.bot, "say", say)
        scene:advance(10)
        assert.truthy(scene:last():find("7 alerts in", 1, true), scene:last())
        scene:advance(300)
        assert.truthy(scene:last():find("storm, over: 7 alerts", 1, true), scene:last())
    end)

    it("keeps its place to itself, also after a restart, when none of its alerts is left in it", function()
        local scene = scene_of.start { group_wait = "10s", storm = { over = "1/1m" } }
        scene:take { alert("A", { group_key = "a" }) }
        scene:take { alert("B", { group_key = "b" }) }
        scene:advance(16)
        assert.truthy(scene:last():find("Alert storm: 1 alert", 1, true), scene:last())
        scene:take { resolved("B", { group_key = "b" }) }
        scene:advance(16)
        scene:take { alert("B", { group_key = "b" }) } -- waits for its group's interval
        scene:restart()
        scene:advance(100)
        assert.truthy(scene:last():find("storm, over", 1, true), scene:last())
        scene:advance(250)
        assert.equal("ops: firing B", scene:last())
        scene:advance(100)
        scene:take { alert("C", { group_key = "c" }) }
        scene:advance(10)
        assert.equal("ops: firing C", scene:last())
    end)

    it("that the configuration has no more is told to its end", function()
        local scene = scene_of.start { storm = WITH.storm }
        burst(scene, 1, 10)
        scene:restart()
        local without = { to = scene_of.ROOM }
        scene:take({ resolved("Node0", { fingerprint = "f4" }) }, without)
        scene:advance(10)
        assert.truthy(scene:last():find("1 of them resolved", 1, true), scene:last())
        scene:advance(100)
        assert.truthy(scene:last():find("storm, over: 7 alerts", 1, true), scene:last())
        scene:take({ alert("New", { fingerprint = "new" }) }, without)
        assert.equal("ops: firing New", scene:last())
    end)
end)

describe("quiet hours", function()
    local function at(scene, clock)
        local hour, min = clock:match "(%d+):(%d+)"
        scene:set_time(1795046400 // 86400 * 86400 + hour * 3600 + min * 60)
    end
    local WITH = { quiet = { from = "22:00", to = "07:00", except = { "critical" } }, resolve = "reply" }

    it("hold back what can wait, and say it when they are over", function()
        local scene = scene_of.start { quiet = WITH.quiet, resolve = "reply" }
        at(scene, "21:59")
        scene:take { alert "Before" }
        at(scene, "23:00")
        scene:take { alert "Disk" }
        scene:take { alert("Fire", { severity = "critical" }) }
        scene:take { alert "Load", resolved "Before" }
        assert.same({ "ops: firing Before", "ops: firing Fire", "ops: (" .. id_of(scene, 1) .. ") resolved Before" }, scene:texts())
        scene:restart()
        scene:take { resolved "Load" }
        scene:advance(8 * 3600 - 1)
        assert.equal(3, #scene.bot.sent)
        scene:advance(2)
        assert.truthy(scene:last():find("2 alerts held back", 1, true), scene:last())
        assert.truthy(scene:last():find("firing Disk; resolved Load", 1, true), scene:last())
        scene:take { alert "Morning" }
        assert.equal("ops: firing Morning", scene:last())
    end)

    it("end at their hour in their zone", function()
        local quiet = require "couplet.alerts.quiet"
        local with = { from = 22 * 60, to = 7 * 60, tz = "UTC", except = {} }
        assert.equal(86400 + 7 * 3600, quiet.ends(with, 22 * 3600 + 30.5))
        assert.equal(7 * 3600, quiet.ends(with, 3 * 3600))
        assert.is_nil(quiet.ends(with, 7 * 3600))
        assert.is_nil(quiet.ends(with, 21 * 3600 + 3599))
        local berlin = { from = 22 * 60, to = 7 * 60, tz = "Europe/Berlin", except = {} }
        local parse = require("couplet.datetime").parse
        assert.equal(parse "2026-11-22T06:00:00Z", quiet.ends(berlin, parse "2026-11-21T21:30:00Z"))
        assert.is_nil(quiet.ends(berlin, parse "2026-11-21T20:30:00Z"))
        assert.equal(parse "2026-03-29T05:00:00Z", quiet.ends(berlin, parse "2026-03-28T23:00:00Z")) -- the night has an hour less
        assert.equal(parse "2026-10-25T06:00:00Z", quiet.ends(berlin, parse "2026-10-24T22:00:00Z")) -- and one more
        local noon = { from = 12 * 60, to = 13 * 60, tz = "UTC", except = {} }
        assert.equal(13 * 3600, quiet.ends(noon, 12 * 3600))
    end)
end)

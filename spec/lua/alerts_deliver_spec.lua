-- SPDX-License-Identifier: MIT
-- alerts_deliver: what is said of alerts, what is not said again, how that something is over is told, and that none of it is lost
-- or said twice when the process is killed or the disk does not take it.
local scene_of = require "spec.lua.alerts_scene"
local alert, resolved = scene_of.alert, scene_of.resolved

local function id_of(scene, index) return scene.bot.sent[index].attr.id end

describe("alerts in chat", function()
    it("are said once, and changed when they are over", function()
        local scene = scene_of.start {}
        assert.is_true(scene:take { alert "Disk", alert "Load" })
        assert.same({ "ops: firing Disk; firing Load" }, scene:texts())
        assert.equal("groupchat", scene.bot.sent[1].attr.type)
        assert.is_true(scene:take { alert "Disk", alert "Load" })
        assert.equal(1, #scene.bot.sent)
        assert.is_true(scene:take { alert "Disk", resolved "Load" })
        assert.equal("ops: (" .. id_of(scene, 1) .. ") firing Disk; resolved Load", scene:last())
        assert.is_true(scene:take { resolved "Disk" })
        assert.equal("ops: (" .. id_of(scene, 1) .. ") resolved Disk; resolved Load", (scene:last():gsub("resolved Load; resolved Disk", "")))
        assert.is_true(scene:take { resolved "Disk" })
        assert.equal(3, #scene.bot.sent)
    end)

    it("are said anew when they fire again", function()
        local scene = scene_of.start {}
        scene:take { alert "Disk" }
        scene:take { resolved "Disk" }
        scene:take { alert "Disk" }
        assert.equal("ops: firing Disk", scene:last())
        assert.not_equal(id_of(scene, 1), id_of(scene, 3))
        scene:take { resolved "Disk" }
        assert.equal("ops: (" .. id_of(scene, 3) .. ") resolved Disk", scene:last())
    end)

    it("are said again after `repeat`, and then it is the new message that changes", function()
        local scene = scene_of.start { ["repeat"] = "10m" }
        scene:take { alert "Disk" }
        scene:advance(599)
        scene:take { alert "Disk" }
        assert.equal(1, #scene.bot.sent)
        scene:advance(2)
        scene:take { alert "Disk" }
        assert.equal(2, #scene.bot.sent)
        assert.not_equal(id_of(scene, 1), id_of(scene, 2))
        scene:take { resolved "Disk" }
        assert.equal("ops: (" .. id_of(scene, 2) .. ") resolved Disk", scene:last())
    end)

    it("of two hooks are two, also where they have the same name and go to the same place", function()
        local scene = scene_of.start {}
        local other = { to = scene_of.ROOM }
        scene:take({ alert "Disk" }, nil, "/one")
        scene:take({ alert "Disk" }, other, "/two")
        assert.same({ "ops: firing Disk", "ops: firing Disk" }, scene:texts())
        assert.not_equal(id_of(scene, 1), id_of(scene, 2))
        scene:restart()
        scene:take({ alert "Disk" }, other, "/two")
        scene:take({ alert "Disk" }, nil, "/one")
        assert.equal(2, #scene.bot.sent)
        scene:take({ resolved "Disk" }, other, "/two")
        assert.same({ "ops: (" .. id_of(scene, 2) .. ") resolved Disk" }, scene:texts(3))
        scene:take({ resolved "Disk" }, nil, "/one")
        assert.same({ "ops: (" .. id_of(scene, 1) .. ") resolved Disk" }, scene:texts(4))
    end)

    it("that were kept before hooks were told apart belong to the hook that speaks first", function()
        local scene = scene_of.start {}
        scene:take { alert "Disk" }
        local store = scene.bot.store
        for key in pairs(store) do
            local kept = key:find("alerts/p/", 1, true) and store:get(key)
            if kept then
                kept.hook = nil
                store:set(key, kept)
            end
        end
        scene:advance(0)
        scene:restart()
        scene:take({ alert "Disk" }, nil, "/one")
        assert.equal(1, #scene.bot.sent)
        scene:take({ alert "Disk" }, { to = scene_of.ROOM }, "/two")
        assert.equal(2, #scene.bot.sent)
    end)

    it("go to several places, each of which hears how it goes on", function()
        local scene = scene_of.start { to = { scene_of.ROOM, "alice@example.org" } }
        scene:take { alert "Disk" }
        assert.same({ "ops: firing Disk", "alice: firing Disk" }, scene:texts())
        assert.not_equal(id_of(scene, 1), id_of(scene, 2))
        scene:take { resolved "Disk" }
        assert.same({ "ops: (" .. id_of(scene, 1) .. ") resolved Disk", "alice: (" .. id_of(scene, 2) .. ") resolved Disk" }, scene:texts(3))
    end)

    it("that were never heard of and are over are said all the same", function()
        local scene = scene_of.start {}
        scene:take { resolved "Disk" }
        assert.same({ "ops: resolved Disk" }, scene:texts())
    end)

    it("that are neither firing nor resolved are said each time, and not remembered", function()
        local scene = scene_of.start {}
        scene:take { alert("Push", { status = "info" }) }
        scene:take { alert("Push", { status = "info" }) }
        assert.equal(2, #scene.bot.sent)
        assert.is_nil(next(scene.disk))
    end)

    it("are not remembered where no option needs it", function()
        local scene = scene_of.start { resolve = "new", ["repeat"] = 0 }
        scene:take { alert "Disk" }
        scene:take { alert "Disk" }
        scene:take { resolved "Disk" }
        assert.equal(3, #scene.bot.sent)
        assert.is_nil(next(scene.disk))
    end)

    it("are answered to where that is wanted, by the room's id", function()
        local scene = scene_of.start { resolve = "reply" }
        scene:take { alert "Disk", alert "Load" }
        scene:reflect(1, "sid-1")
        scene:take { resolved "Disk" }
        assert.equal("ops: [sid-1] resolved Disk", scene:last())
    end)

    it("are answered to when the message is too old to be corrected, or was said under another nick", function()
        local scene = scene_of.start { to = { scene_of.ROOM, "alice@example.org" }, correct_for = "1h", ["repeat"] = "1d" }
        scene:take { alert "Disk", alert "Load" }
        scene:reflect(1, "sid-1")
        scene.bot.rooms[scene_of.ROOM].nick = "robo2"
        scene:take { resolved "Disk" }
        assert.equal("ops: [sid-1] resolved Disk", scene:last(2))
        assert.truthy(scene:last():find("alice: (" .. id_of(scene, 2) .. ")", 1, true))
        scene:advance(3601)
        scene:take { resolved "Load" }
        assert.equal("alice: [" .. id_of(scene, 2) .. "] resolved Load", scene:last())
    end)

    it("survive a restart: known, and changed in the same message", function()
        local scene = scene_of.start {}
        scene:take { alert "Disk" }
        scene:restart()
        scene:take { alert "Disk" }
        assert.equal(1, #scene.bot.sent)
        scene:take { resolved "Disk" }
        assert.equal("ops: (" .. id_of(scene, 1) .. ") resolved Disk", scene:last())
    end)

    it("that the disk does not take are not accepted, and are said when they come again", function()
        local scene = scene_of.start {}
        scene.fail = { type = "wait", condition = "resource-constraint", text = "the disk is full" }
        local done, err = scene:take { alert "Disk" }
        assert.is_nil(done)
        assert.equal("resource-constraint", err.condition)
        scene.fail = nil
        assert.is_true(scene:take { alert "Disk" })
        assert.same({ "ops: firing Disk" }, scene:texts())
        scene.fail = { type = "wait", condition = "resource-constraint", text = "the disk is full" }
        assert.is_nil(scene:take { resolved "Disk" })
        scene.fail = nil
        assert.is_true(scene:take { resolved "Disk" })
        assert.equal(2, #scene.bot.sent)
    end)

    it("are said when they come again, where the handler was stopped in the midst of it", function()
        local scene = scene_of.start {}
        local texts, say = package.loaded["couplet.alerts.text"], scene.bot.say
        local render = texts.render
        local function stop() error("it took too long", 0) end
        rawset(scene.bot, "say", stop)
        assert.is_false(pcall(scene.take, scene, { alert "Disk" }))
        rawset(scene.bot, "say", say)
        assert.is_true(scene:take { alert "Disk" })
        assert.same({ "ops: firing Disk" }, scene:texts())
        texts.render = stop
        assert.is_false(pcall(scene.take, scene, { resolved "Disk" }))
        texts.render = render
        scene:restart()
        assert.is_true(scene:take { resolved "Disk" })
        assert.truthy(scene:last():find("resolved Disk", 1, true), scene:last())
    end)

    it("that come again while the first is on its way to the disk wait for what becomes of that", function()
        for _, is_full in ipairs { false, true } do
            local scene, second, done = scene_of.start {}, nil, nil
            local full = { type = "wait", condition = "resource-constraint", text = "full" }
            local say = scene.bot.say
            rawset(scene.bot, "on_wait", coroutine.yield)
            rawset(scene.bot, "say", function(bot, ...)
                rawset(bot, "say", say)
                second = coroutine.create(function() done = scene:take { alert "Disk" } end)
                assert(coroutine.resume(second))
                if is_full then return nil, full end
                return say(bot, ...)
            end)
            assert.equal(not is_full and true or nil, (scene:take { alert "Disk" }))
            assert.is_nil(done)
            assert(coroutine.resume(second, true))
            assert.is_true(done)
            assert.same({ "ops: firing Disk" }, scene:texts())
        end
    end)

    it("have the same id when they are said again because their state was lost", function()
        local scene = scene_of.start {}
        scene:take { alert "Disk" }
        scene.disk = {}
        scene:restart()
        scene:take { alert "Disk" }
        assert.equal(id_of(scene, 1), id_of(scene, 2))
        scene.fail = { type = "cancel", condition = "conflict", text = "a message with the id 'x' is in the outbox already" }
        assert.is_true(scene:take { resolved "Disk" })
    end)

    it("are forgotten when they are old, the oldest when they are too many", function()
        local scene = scene_of.start {}
        for i = 1, 5100 do
            scene:take { alert("A" .. i) }
            if i == 2500 then scene:advance(1) end
            if i == 2500 then scene:take { alert "A1" } end
        end
        local state = require("couplet.alerts.state").of(scene.bot)
        assert.truthy(state.count <= 5000)
        local count = #scene.bot.sent
        scene:take { alert "A5100", alert "A2499", alert "A1" } -- the first was heard of since
        assert.equal(count, #scene.bot.sent)
        scene:take { alert "A2" }
        assert.equal(count + 1, #scene.bot.sent)
        scene:advance(8 * 86400)
        assert.equal(0, state.count)
        assert.is_nil(next(state.members))
        assert.is_nil(next(state.ids))
    end)

    it("say what is wrong with their options", function()
        for _, case in ipairs {
            { {}, "to" }, { { to = "ops@x.org", resolve = "never" }, "resolve" }, { { to = "ops@x.org", group_wait = "soon" }, "group_wait" },
            { { to = "ops@x.org", storm = { over = "many" } }, "storm" }, { { to = "ops@x.org", quiet = { from = "25:00", to = "07:00" } }, "quiet" },
            { { to = "ops@x.org", escalate = { { after = "x", to = "a@x.org" } } }, "escalate" }, { { to = "ops@x.org", ack = { who = 1 } }, "ack" },
            { { to = "ops@x.org", alertmanager = "file:///etc" }, "alertmanager" }, { { to = { "not an address@@" } }, "to" },
            { { to = "ops@x.org", quiet = { from = "22:00", to = "07:00", tz = "Mars/Olympus" } }, "tz" },
        } do
            local policy, err = require("couplet.alerts.options").of(case[1])
            assert.is_nil(policy)
            assert.truthy(err.text:find(case[2], 1, true), err.text)
        end
    end)
end)

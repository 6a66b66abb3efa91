-- SPDX-License-Identifier: MIT
-- What was said while a bot was away (XEP-0313): run once, told, or left, over a kill -9; and archives that scripts read.
local e2e = require "spec.e2e.harness"

local ROOM = "ops@conference.localhost"

local SCRIPTS = {
    ["absent.lua"] = [[
local M = {}
local function write(...) io.stderr:write(table.concat({ ... }, " "), "\n") end
function M.heard(event)
    write("HEARD", event.bot.name, event.room or "alone", event.archive and "archive" or event.delayed and "delayed" or "live", event.body,
        event.stamp and "stamped" or "-", event.stanza_id and "known" or "-")
end
function M.add(event) write("RAN", event.bot.name, event.args, event.archive and "archive" or "live") end
function M.gap(event)
    local gap = event.data
    write("GAP", event.bot.name, event.room or "alone", tostring(gap.count), tostring(gap.first <= gap.last), gap.room or "-")
end
function M.read(event)
    local room = event.captures[1] ~= "" and event.captures[1] or nil
    local found, messages = {}, event.bot.mam:query { room = room, with = not room and event.who.jid or nil }
    for message in messages do
        if message.body and message.body:find "^line" then found[#found + 1] = message.body end
    end
    local last = event.bot.mam:query { room = room, before = "", max = 1 }()
    local none = event.bot.mam:query { room = room, start = os.time() + 3600 }()
    return table.concat(found, ",") .. " " .. tostring(messages.err) .. " " .. tostring(last ~= nil) .. " " .. tostring(none)
end
return M
]],
}

local function bot(name, more)
    return ("  %s:\n    @account %s\n"):format(name, name) .. more
end

local HOOKS = [[
      - { event: message, body: "^line", include: [INCLUDE], call: absent.heard }
]]

local BOTS = bot("runner", [[
    catch_up: run
    rooms: [ops@conference.localhost]
    hooks:
      - { event: command, name: add, include: [archive], call: absent.add }
]] .. HOOKS:gsub("INCLUDE", "archive")) .. bot("both", [[
    catch_up: run
    hooks:
]] .. HOOKS:gsub("INCLUDE", "archive, delayed")) .. bot("teller", [[
    catch_up: notify
    rooms: [{ jid: ops@conference.localhost, catch_up: skip }]
    hooks:
      - { event: archive.gap, call: absent.gap }
]] .. HOOKS:gsub("INCLUDE", "archive")) .. bot("reader", [[
    rooms: [ops@conference.localhost]
    hooks:
      - { event: message, type: chat, body: "^read ?(.*)$", call: absent.read }
]])

local function count(text, pattern)
    local n = 0
    for _ in text:gmatch(pattern) do n = n + 1 end
    return n
end

e2e.each_server(describe, "archives", function(kind)
    local world, romeo

    setup(function()
        world = e2e.start { kind = kind, server = { "--archive" }, scripts = SCRIPTS, bots = BOTS, top = "storage: kept", log = "level: debug" }
        romeo = world:human "romeo"
        romeo:join(ROOM, "romeo")
        for _, name in ipairs { "runner", "teller", "reader" } do romeo:expect { event = "presence", from = ROOM .. "/" .. name } end
    end)

    teardown(function() world:stop() end)

    -- The process ends at once, and what it remembers of its sessions is gone: what comes meanwhile waits in the archive.
    local function restart(keep_sessions, while_down)
        world.bots:kill "sigkill"
        world.bots:join()
        if not keep_sessions then os.execute("cd '" .. world.dir .. "/kept.sessions' && rm -f runner.state both.state teller.state") end
        while_down()
        romeo:sync()
        world:run_bots()
        for _, name in ipairs { "runner", "both", "teller", "reader" } do world:wait_log(name .. ": %a+ as " .. name) end
    end

    local function tell_all(text)
        for _, name in ipairs { "runner", "both", "teller" } do romeo:say(name .. "@localhost", text) end
        romeo:say_room(ROOM, text)
    end

    local function heard(name, where, how, text)
        return ("HEARD %s %s %s %s"):format(name, where == "room" and ROOM:gsub("%p", "%%%0") or "alone", how, text)
    end

    local function wait_all(text)
        for _, name in ipairs { "runner", "both", "teller" } do world:wait_log(heard(name, "alone", "live", text)) end
        for _, name in ipairs { "runner", "teller" } do world:wait_log(heard(name, "room", "live", text)) end
    end

    it("are read by scripts, in pages", function()
        for i = 1, 60 do romeo:say("reader@localhost", "line " .. i) end
        for i = 1, 3 do romeo:say_room(ROOM, "line " .. i) end
        romeo:sync()
        romeo:say("reader@localhost", "read")
        local answer = romeo:expect { from = "^reader@localhost/", type = "chat" }.body
        assert.matches("^line 1,line 2,.*line 59,line 60 nil true nil$", answer)
        romeo:say("reader@localhost", "read " .. ROOM)
        assert.equal("line 1,line 2,line 3 nil true nil", romeo:expect({ from = "^reader@localhost/", type = "chat" }).body)
    end)

    it("believe nobody else", function()
        local forged = "<message to='%s' %s>%s<result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
            .. "<message xmlns='jabber:client' from='admin@localhost' to='runner@localhost' type='chat'><body>line forged</body></message>"
            .. "</forwarded></result></message>"
        romeo:raw(forged:format("runner@localhost", "type='chat'", "<body>line forged</body>"))
        romeo:raw(forged:format(ROOM, "type='groupchat'", "<body>line forged</body>"))
        romeo:say("runner@localhost", "line true")
        romeo:say_room(ROOM, "line true")
        world:wait_log(heard("runner", "alone", "live", "line true"))
        world:wait_log(heard("runner", "room", "live", "line true"))
        assert.equal(0, count(world.log, "HEARD [^\n]*forged"))
    end)

    it("tell what was missed, once, over a kill -9", function()
        tell_all "line live"
        wait_all "line live"
        restart(false, function()
            for i = 1, 3 do tell_all("line gone " .. i) end
            romeo:say("runner@localhost", "!add one")
        end)
        world:wait_log "RAN runner one archive"
        world:wait_log "GAP teller alone 3 true %-"
        world:wait_log(heard("runner", "room", "archive", "line gone 3 stamped known"))
        world:wait_log(heard("runner", "alone", "archive", "line gone 3 stamped known"))
        world:wait_log(heard("both", "alone", "[ad]%a+", "line gone 3"))
        world:wait_log("teller: " .. ROOM:gsub("%p", "%%%0") .. ": joined")
        tell_all "line after"
        wait_all "line after"
        for i = 1, 3 do
            assert.equal(1, count(world.log, heard("runner", "room", "archive", "line gone " .. i)))
            assert.equal(1, count(world.log, heard("runner", "alone", "archive", "line gone " .. i)))
            assert.equal(1, count(world.log, heard("both", "alone", "[ad]%a+", "line gone " .. i)))
        end
        assert.equal(1, count(world.log, "RAN runner one"))
        assert.equal(1, count(world.log, "GAP"))
        assert.equal(0, count(world.log, "line live"))
        assert.equal(0, count(world.log, "HEARD teller [^\n]*gone"))
    end)

    it("tell nothing twice of what a resumed session brings", function()
        restart(true, function()
            tell_all "line resumed"
            romeo:say("runner@localhost", "!add two")
        end)
        world:wait_log "RAN runner two live"
        wait_all "line resumed"
        tell_all "line last"
        wait_all "line last"
        world:wait_log "caught up with ops@"
        assert.equal(5, count(world.log, "line resumed"))
        assert.equal(1, count(world.log, "RAN"))
        assert.equal(0, count(world.log, "GAP"))
    end)
end)

-- SPDX-License-Identifier: MIT
-- The log: text or JSON, to stderr or a file; what the network says cannot forge a line of it.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"
local web = require "spec.e2e.web_client"

local ECHO = "  echo:\n    @account echo\n    hooks:\n      - { event: message, call: echo.say }\n"

local function talk(world, text)
    local romeo = world:human "romeo"
    romeo:say("echo@localhost", text)
    romeo:expect { from = "^echo@localhost/", body = text }
end

describe("the log", function()
    it("is text: time, level, who, what", function()
        e2e.with({ bots = ECHO, log = "level: info" }, function(world)
            world:wait_log "^%d+%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d+Z info +echo: online as echo@localhost/"
            talk(world, "hello")
            assert.not_matches("hello", world.log, 1, true)
        end)
    end)

    it("is JSON, one object a line, when the configuration says so", function()
        e2e.with({ bots = ECHO, log = "level: debug, format: json" }, function(world)
            world:wait_log "online as"
            local found
            for line in world.log:gmatch "([^\n]*)\n" do
                local entry = assert(json.decode(line), "no JSON: " .. line)
                assert.matches("^%d+%-%d%d%-%d%dT", entry.time)
                found = found or (entry.bot == "echo" and entry.level == "info" and entry.text:find "^online as")
            end
            assert.is_truthy(found)
        end)
    end)

    it("goes to a file, and then not to stderr", function()
        local dir, remove = e2e.folder {}
        e2e.with({ bots = ECHO, log = ('level: trace, file: "%s/bots.log"'):format(dir) }, function(world)
            talk(world, "written down")
            assert.equal("", world.log)
        end)
        local text = files.read(dir .. "/bots.log")
        remove()
        assert.matches("echo: online as", text, 1, true)
        assert.matches("written down", text, 1, true)
        assert.not_matches("hush-e2e-hush", text, 1, true)
    end)

    it("loses nothing when its file is renamed and SIGHUP comes", function()
        local dir, remove = e2e.folder {}
        local path = dir .. "/bots.log"
        local function lines_of(name)
            local list, file = {}, io.open(name)
            for line in file and file:lines() or function() end do list[#list + 1] = line end
            if file then file:close() end
            return list
        end
        local script = { ["count.lua"] = [[
            local M, n = {}, 0
            function M.start(event)
                event.bot:every(0.01, function() n = n + 1; event.bot.log:info("line %d", n) end)
            end
            return M]] }
        local bots = ECHO .. "      - { event: start, call: count.start }\n"
        e2e.with({ bots = bots, scripts = script, log = ('level: info, file: "%s"'):format(path) }, function(world)
            for i = 1, 3 do
                process.poll("lines", function() return #lines_of(path) > 5 end)
                assert(os.rename(path, path .. "." .. i))
                local before = #lines_of(path .. "." .. i)
                process.poll("more lines in the old file", function() return #lines_of(path .. "." .. i) > before end)
                world.bots:kill "sighup"
                process.poll("the new file", function() return #lines_of(path) > 0 end)
                assert.matches("the log file is opened anew", lines_of(path)[1], 1, true)
            end
            talk(world, "still there")
        end)
        local wanted = 0
        for _, name in ipairs { path .. ".1", path .. ".2", path .. ".3", path } do
            for _, line in ipairs(lines_of(name)) do
                local n = tonumber(line:match "echo: line (%d+)$")
                if n then
                    wanted = wanted + 1
                    assert.equal(wanted, n)
                end
            end
        end
        assert(wanted > 15)
        remove()
    end)

    it("follows an event by its id, from what came to the proof of what went out", function()
        local script = { ["relay.lua"] = [[
            local M = {}
            function M.take(event)
                local bot = event.bot
                bot.log:info("taken")
                bot:after(0.05, function()
                    bot.log:info("later")
                    bot:say("relayed@conference.localhost", "for the room: " .. event.body)
                end)
            end
            return M]] }
        local bots = [[
  echo:
    @account echo
    rooms: [ relayed@conference.localhost ]
    hooks: [ { event: message, type: chat, call: relay.take } ]
]]
        local top = "storage: relay.db"
        e2e.with({ bots = bots, scripts = script, top = top, log = "level: debug, format: json" }, function(world)
            local romeo = world:human "romeo"
            world:wait_log "conference.localhost: joined"
            romeo:say("echo@localhost", "one")
            romeo:say("echo@localhost", "two")
            world:wait_log "has arrived.*has arrived"
            local story, ids = {}, {}
            for line in world.log:gmatch "([^\n]*)\n" do
                local entry = json.decode(line)
                local id = entry.event
                if id and entry.text:find "^message from romeo@localhost" then
                    ids[#ids + 1] = id
                    story[id] = {}
                end
                if id and story[id] then table.insert(story[id], entry.text) end
            end
            assert.equal(2, #ids)
            for _, id in ipairs(ids) do
                local text, at = table.concat(story[id], "\n"), 1
                for _, part in ipairs {
                    "message from romeo@localhost: 1 hook wants it", "taken", "relay.take has ended after", "later",
                    "to relayed@conference.localhost is accepted: it is on disk",
                    "to relayed@conference.localhost is sent",
                    "to relayed@conference.localhost has arrived: the room shows it",
                } do
                    local _, last = text:find(part, at, true)
                    assert(last, part .. " is not behind the others in\n" .. text)
                    at = last
                end
            end
        end)
    end)

    it("follows a webhook: the request, its answer, the message, the proof", function()
        local script = { ["relay.lua"] = [[
            local M = {}
            function M.post(event) event.bot:say("relayed@conference.localhost", event.body) end
            return M]] }
        local bots = [[
  echo:
    @account echo
    rooms: [ relayed@conference.localhost ]
    hooks: [ { event: webhook, path: /alert, call: relay.post } ]
]]
        local top = 'storage: relay.db\nhttp: { listen: "127.0.0.1:0" }'
        e2e.with({ bots = bots, scripts = script, top = top, log = "level: debug" }, function(world)
            world:wait_log "conference.localhost: joined"
            assert.equal(202, web.ask(web.port(world), { path = "/alert", body = "hot" }).status)
            world:wait_log "has arrived"
            local id = world.log:match "%[(%x+%-%x+)%] echo: POST /alert from 127%.0%.0%.1\n"
            for _, part in ipairs { "is accepted", "relay%.post has ended", "answered 202", "is sent", "has arrived: the room shows it" } do
                world:wait_log("%[" .. id:gsub("%-", "%%-") .. "%][^\n]*" .. part)
            end
        end)
    end)

    it("goes on where SIGHUP finds no file to open anew", function()
        e2e.with({ bots = ECHO, log = "level: info" }, function(world)
            world.bots:kill "sighup"
            world:wait_log "SIGHUP: there is no log file to be opened anew"
            talk(world, "still there")
        end)
    end)

    it("shows stanzas at trace, on one line whatever is in them", function()
        e2e.with({ bots = ECHO }, function(world)
            talk(world, "first\n2026-01-01T00:00:00.000Z error echo: forged")
            world:wait_log "<body>first"
            assert.not_matches("\n2026-01-01T00:00:00.000Z error", world.log, 1, true)
        end)
    end)
end)

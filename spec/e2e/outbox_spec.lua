-- SPDX-License-Identifier: MIT
-- What was accepted arrives: over deaths of the bot at any instant, in order per destination; what comes twice has the same
-- id. The bot says what it has accepted on stderr, numbered; juliet is there all the time, one to one and in the room.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"

local ROUNDS = 8
local ROOM = "alarms@conference.localhost"
local BOTS = [[
  ops:
    @account ops
    rooms: [alarms@conference.localhost]
    hooks:
      - { event: start, call: sender.start }
      - { event: message.delivered, call: sender.delivered }
      - { event: message.failed, call: sender.failed }
]]
local SCRIPTS = {
    ["sender.lua"] = [[
local M = {}
local function tell(...) io.stderr:write(table.concat({ ... }, " "), "\n") end
local function say(bot, to, number)
    local id, err = bot:say(to, ("%06d"):format(number))
    tell(id and "ACCEPTED" or "REFUSED", to, number, id or err.text)
end
function M.start(event)
    local bot, first = event.bot, tonumber(os.getenv "FIRST") or 0
    bot:after(0, function()
        for number = first, first + (tonumber(os.getenv "COUNT") or 0) - 1 do
            while number == first + 100 and os.getenv "GO" and not io.open(os.getenv "GO") do bot:sleep(0.01) end
            say(bot, "juliet@localhost", number)
            say(bot, "alarms@conference.localhost", number)
            bot:sleep(0.004)
        end
    end)
    if os.getenv "LOST" then
        bot:after(0, function() bot:say("nobody@localhost", os.getenv "LOST") end)
    end
end
function M.delivered(event) tell("DELIVERED", event.data.to, event.data.id) end
function M.failed(event) tell("FAILED", event.data.to, event.data.reason) end
return M
]],
}

-- What was accepted, by destination: number -> id.
local function note_accepted(world, accepted)
    for to, number, id in world.log:gmatch "ACCEPTED (%S+) (%d+) (%S+)\n" do
        accepted[to] = accepted[to] or {}
        accepted[to][tonumber(number)] = id
    end
end

local function count(list)
    local n = 0
    for _ in pairs(list or {}) do n = n + 1 end
    return n
end

-- Takes what juliet got so far from there: the numbers in the order of their first arrival, and how often one came again.
local function arrivals(juliet, from)
    local ids, order, again = {}, {}, 0
    for _, event in ipairs(juliet.waiting) do
        if event.event == "message" and event.body and event.from:find(from) then
            local number = tonumber(event.body)
            assert(not ids[number] or ids[number] == event.id, "number " .. number .. " came twice, with two ids")
            if ids[number] then again = again + 1 else order[#order + 1] = number end
            ids[number] = event.id
        end
    end
    return ids, order, again
end

-- Waits as long as something goes on, however slowly: `look` gives a number that changes then, and whether it is over.
local function wait_for_all(what, look)
    local is_over
    repeat
        local before, now = look(), nil
        process.wait(what, function()
            now, is_over = look()
            return is_over or now ~= before
        end)
    until is_over
end

local function check(world, juliet, accepted, from, to)
    local wanted = accepted[to]
    wait_for_all(function() return "all for " .. to .. world:report(juliet) end, function()
        local ids, missing = arrivals(juliet, from), 0
        for number in pairs(wanted) do
            if not ids[number] then missing = missing + 1 end
        end
        return missing, missing == 0
    end)
    local ids, order, again = arrivals(juliet, from)
    for number, id in pairs(wanted) do assert.equal(id, ids[number]) end
    for i = 2, #order do
        assert.is_true(order[i - 1] < order[i], ("%s: %d came before %d"):format(to, order[i - 1], order[i]))
    end
    return again
end

local function start(options)
    return e2e.start {
        kind = options.kind,
        bots = BOTS,
        scripts = SCRIPTS,
        accounts = { "juliet" },
        top = "storage: kept.db",
        log = "level: debug",
        env = options.env,
        online = {},
        before = function(world)
            if options.env.GO then options.env.GO = world.dir .. "/" .. options.env.GO end
            world:human("juliet"):join(ROOM, "juliet")
        end,
    }
end

local function is_accepted(world, least)
    wait_for_all(function() return "to accept " .. least .. world:report() end, function()
        local _, n = world.log:gsub("ACCEPTED", "")
        return n, n >= least
    end)
end

e2e.each_server(describe, "what a bot has accepted", function(kind)
    it("arrives when it is killed again and again, in order", function()
        local accepted = {}
        local world = start { kind = kind, env = { FIRST = "1000", COUNT = "200" } }
        local juliet = world:human "juliet"
        for round = 1, ROUNDS do
            is_accepted(world, math.random(2, 150))
            world.bots:kill "sigkill"
            world.bots:join()
            if round % 3 == 0 then os.execute("rm -rf '" .. world.dir .. "/kept.db.sessions'") end -- no way to resume
            note_accepted(world, accepted)
            local is_last = round == ROUNDS
            world:run_bots { FIRST = tostring((round + 1) * 1000), COUNT = is_last and "20" or "200" }
        end
        is_accepted(world, 40)
        note_accepted(world, accepted)
        check(world, juliet, accepted, "^ops@localhost", "juliet@localhost")
        check(world, juliet, accepted, "^" .. ROOM:gsub("%p", "%%%0"), ROOM)
        assert.is_true(count(accepted[ROOM]) > ROUNDS)
        world:wait_log "DELIVERED alarms@"
        world:wait_log "DELIVERED juliet@"
        world:stop()
    end)
end)

describe("what a bot has accepted while there is no server", function()
    it("is sent when there is one, in order", function()
        local accepted = {}
        local world = start { env = { FIRST = "0", COUNT = "1500", GO = "go" } }
        world:wait_log "DELIVERED juliet@"
        world.server:kill()
        world:wait_log "next attempt"
        local _, so_far = world.log:gsub("ACCEPTED", "")
        assert(io.open(world.dir .. "/go", "w")):close() -- until now most were held back
        is_accepted(world, so_far + 20)
        world:human("juliet"):close()
        world.server:restart()
        local juliet = world:human "juliet"
        juliet:join(ROOM, "juliet")
        is_accepted(world, 3000)
        note_accepted(world, accepted)
        for _, from in ipairs { "^ops@localhost", "^" .. ROOM:gsub("%p", "%%%0") } do
            wait_for_all(function() return "all from " .. from .. world:report(juliet) end, function()
                local ids, order = arrivals(juliet, from)
                return #order, ids[1499] ~= nil
            end)
        end
        local last = accepted["juliet@localhost"][1499]
        juliet:expect { id = last, from = "^ops@localhost/" }
        juliet:expect { id = accepted[ROOM][1499], from = "^" .. ROOM:gsub("%p", "%%%0") }
        for number, id in pairs(accepted["juliet@localhost"]) do -- those of before she may have seen with the old server
            world:wait_log("DELIVERED juliet@localhost " .. id:gsub("%p", "%%%0"))
            world:wait_log("DELIVERED " .. ROOM:gsub("%p", "%%%0") .. " " .. accepted[ROOM][number]:gsub("%p", "%%%0"))
        end
        for _, from in ipairs { "^ops@localhost", "^" .. ROOM:gsub("%p", "%%%0") } do
            local _, order = arrivals(juliet, from)
            for i = 2, #order do assert.is_true(order[i - 1] < order[i]) end
        end
        world:stop()
    end)
end)

describe("a database that is corrupt", function()
    it("is set aside and reported, and the bot comes up with a new one", function()
        local world = e2e.start {
            bots = BOTS, scripts = SCRIPTS, accounts = { "juliet" }, top = "storage: kept.db", env = { FIRST = "1", COUNT = "3" }, online = {},
            before = function(world)
                world:human("juliet"):join(ROOM, "juliet")
                files.write(world.dir .. "/kept.db", ("no database "):rep(1000))
            end,
        }
        world:wait_log "kept%.db is corrupt: it is kept as [^\n]*kept%.db%.corrupt%-"
        local juliet, accepted = world:human "juliet", {}
        is_accepted(world, 6)
        note_accepted(world, accepted)
        check(world, juliet, accepted, "^ops@localhost", "juliet@localhost")
        world:stop()
    end)
end)

describe("what cannot be delivered", function()
    it("is told, and kept as a dead letter", function()
        local text = " \n<1> & \u{202E}turned\nthe second line"
        local world = start { env = { LOST = text } }
        world:wait_log "FAILED nobody@localhost service%-unavailable"
        local letter
        process.poll("a dead letter", function() -- the disk hears of the failure after the handler
            local code, out = e2e.run { "outbox", "list", "-c", world.config, "--json" }
            assert.equal(0, code)
            letter = json.decode(out)[1]
            return letter and letter.state == "dead"
        end)
        assert.equal("nobody@localhost ops", ("%s %s"):format(letter.to, letter.bot))
        assert.matches("<origin%-id xmlns='urn:xmpp:sid:0' id='" .. letter.id:gsub("%p", "%%%0") .. "'/>", letter.stanza)
        assert.equal(text, letter.text)
        local _, lines = e2e.run { "outbox", "list", "-c", world.config }
        assert.matches("^%S+Z  dead     ops  " .. letter.id:gsub("%p", "%%%0") .. "  nobody@localhost  <1> & %?turned  %(tried ", lines)
        local at = world.log:len()
        assert.equal(0, (e2e.run { "outbox", "retry", "-c", world.config, letter.id })) -- while the bot runs
        at = world:wait_log("FAILED nobody@localhost", at)
        process.poll("the outbox to be empty", function() -- the disk hears of the failure after the handler
            assert.equal(0, (e2e.run { "outbox", "drop", "-c", world.config, "--all" }))
            local _, left = e2e.run { "outbox", "list", "-c", world.config, "--json" }
            return left == "[]\n"
        end)
        assert.is_nil(world.log:find("FAILED", at, true))
        world:stop()
    end)
end)

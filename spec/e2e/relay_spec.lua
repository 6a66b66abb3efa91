-- SPDX-License-Identifier: MIT
-- Whatever breaks, what was answered 202 arrives. Numbered alerts are posted to several rooms, one after the other in each,
-- while the bot's line is cut, the process is killed and the server is killed, by a plan that a seed makes.
--
-- Claims: every number that was answered 202 is seen in its room; the first sights of a room are in the order in which they
-- were accepted; a number that is seen twice has the same id both times, and is counted. One thing nobody but the server can
-- lose: what it had shown to the bot as said (the proof) and had not yet shown to the others when it was killed; that is
-- counted, too, and must be such a one.
-- SOAK=full (make soak): more deaths.
local e2e = require "spec.e2e.harness"
local posters = require "spec.e2e.poster"
local process = require "spec.e2e.process"
local proxy = require "spec.e2e.proxy"

local FULL = os.getenv "SOAK" == "full"
local IS_SLOW = (os.getenv "COUPLET" or ""):find("/san/", 1, true) -- the instrumented program
local SIZES = {
    prosody = { alerts = IS_SLOW and 2000 or 10000, deaths = FULL and 60 or IS_SLOW and 6 or 18 },
    ejabberd = { alerts = FULL and 10000 or IS_SLOW and 600 or 1200, deaths = FULL and 60 or 6 },
}
local ROOMS = 4
local AHEAD = 150 -- of what is posted to a room, and not seen there yet: so everything goes on while things break
local SEED = tonumber(os.getenv "SOAK_SEED" or "1")
local HANDLER = [[
local M = {}
function M.post(event)
    local id, err = event.bot:say(event.with.to, event.body)
    if not id then return nil, err end
    io.stderr:write("SAID ", event.with.to, " ", id, " ", event.body, "\n")
end
function M.delivered(event) io.stderr:write("PROVEN ", event.data.to, " ", event.data.id, "\n") end
return M
]]

local function room(number) return ("alerts%d@conference.localhost"):format(number) end

local function bots()
    local rooms, hooks = {}, {}
    for i = 1, ROOMS do
        rooms[i] = room(i)
        hooks[i] = ("      - { event: webhook, path: /room%d, auth: none, call: relay.post, with: { to: %s } }\n"):format(i, room(i))
    end
    return ([[
  ops:
    jid: ops@localhost/relay
    password: hush-e2e-hush
    server: ${LINE}
    tls: { ca_file: "${E2E_CA}" }
    timeout: 3s
    keepalive: 2s
    rooms: [%s]
    hooks:
      - { event: message.delivered, call: relay.delivered }
]]):format(table.concat(rooms, ", ")) .. table.concat(hooks)
end

-- What juliet saw: seen[room][number] = { id, times }, order[room] = numbers as they were first seen.
local function new_sights()
    local self = { seen = {}, order = {}, again = 0, count = 0 }
    for i = 1, ROOMS do self.seen[room(i)], self.order[room(i)] = {}, {} end
    return self
end

local function note_sights(sights, juliet)
    for _, event in ipairs(juliet.waiting) do
        local where = event.from and event.from:match "^[^/]+"
        local number = event.event == "message" and event.body and tonumber(event.body)
        if number and sights.seen[where] then
            local before = sights.seen[where][number]
            assert(not before or before == event.id, ("%s: %d came twice, with two ids"):format(where, number))
            if before then sights.again = sights.again + 1 else table.insert(sights.order[where], number) end
            sights.seen[where][number] = event.id
            sights.count = sights.count + 1
        end
    end
    juliet.waiting, juliet.seen = {}, {}
end

local function join_all(juliet)
    for i = 1, ROOMS do juliet:join(room(i), "juliet") end
end

local function accepted_by(all)
    local count = 0
    for _, poster in ipairs(all) do count = count + poster.accepted_count end
    return count
end

local DEATHS = {}

function DEATHS.line(test) test.line:cut(test.random(1, 2) == 1 and "rst" or "fin") end

function DEATHS.process(test)
    test.world.bots:kill "sigkill"
    test.world.bots:join()
    if test.random(1, 3) == 1 then os.execute("rm -rf '" .. test.world.dir .. "/kept.db.sessions'") end -- no way to resume
    test.told[#test.told + 1] = test.world.log
    test.world:run_bots(test.env)
end

---What the server has shown to the bot so far: nobody else knew of it, if juliet has not seen it.
local function note_proven(test)
    local logs, number_of = table.concat(test.told) .. test.world.log, {}
    for to, id, number in logs:gmatch "SAID (%S+) (%S+) (%d+)\n" do number_of[to .. id] = tonumber(number) end
    for to, id in logs:gmatch "PROVEN (%S+) (%S+)\n" do
        if number_of[to .. id] then test.proven[to .. number_of[to .. id]] = true end
    end
end

---Comes back when the bot knows that its line is cut: all that the server had shown to it by then is told.
local function wait_offline(test, had_line)
    local world = test.world
    local from = had_line and #world.log + 1 or 1
    process.wait(function() return "the bot to be offline" .. world:report() end, function()
        local online = world.log:match ".*() as ops@localhost" or 1
        return world.log:find("next attempt", math.max(from, online), true)
    end)
end

---Nobody speaks in the rooms of the new server before juliet is there.
function DEATHS.server(test)
    local before, had_line = test.world:human "juliet", false
    test.line:each_living(function() had_line = true end)
    test.world.server:kill()
    test.line:refuse(true)
    test.line:cut "rst"
    wait_offline(test, had_line)
    before:expect { event = "closed" } -- all that had reached her is read
    note_sights(test.sights, before)
    before:close()
    test.world.server:restart()
    note_proven(test)
    join_all(test.world:human "juliet")
    test.line:refuse(false)
end

local ORDER = { "line", "process", "line", "server", "process", "line" }

local function wait(test, what, condition)
    local function report()
        return ("%s: %d accepted, %d seen"):format(what, accepted_by(test.posters), test.sights.count) .. test.world:report()
    end
    local moved
    repeat -- as long as something goes on, however slowly
        local last = accepted_by(test.posters) + test.sights.count
        process.poll(report, function()
            note_sights(test.sights, test.world:human "juliet")
            assert(test.world.bots:is_running(), report())
            moved = accepted_by(test.posters) + test.sights.count > last
            return condition() or moved
        end)
    until condition()
end

-- How many that were accepted juliet has not seen; those that the server had when it was killed are counted apart.
local function missing_in(test)
    local missing, lost = 0, 0
    for i, poster in ipairs(test.posters) do
        for number in pairs(poster.accepted) do
            if not test.sights.seen[room(i)][number] then
                if test.proven[room(i) .. number] then lost = lost + 1 else missing = missing + 1 end
            end
        end
    end
    return missing, lost
end

local function check(test)
    for i = 1, ROOMS do
        local order = test.sights.order[room(i)]
        for k = 2, #order do
            assert.is_true(order[k - 1] < order[k], ("%s: %d came before %d"):format(room(i), order[k - 1], order[k]))
        end
    end
end

e2e.each_server(describe, "alerts, whatever breaks", function(kind)
    local size = SIZES[kind]
    it(("%d, through %d deaths of line, process and server: what was answered 202 arrives"):format(size.alerts, size.deaths), function()
        local test = { env = {}, told = {}, proven = {}, posters = {}, sights = new_sights(), random = proxy.random(SEED) }
        local port = process.free_port()
        test.world = e2e.start {
            kind = kind,
            bots = bots(),
            scripts = { ["relay.lua"] = HANDLER },
            top = ("storage: kept.db\nhttp: { listen: 127.0.0.1:%d }"):format(port),
            log = "level: info",
            env = test.env,
            before = function(world)
                test.line = proxy.new { to = world.server.port, plan = function() return {} end }
                test.env.LINE = "127.0.0.1:" .. test.line.port
                join_all(world:human "juliet")
            end,
            online = {},
        }
        for i = 1, ROOMS do
            test.posters[i] = posters.new {
                port = port, path = "/room" .. i, most = size.alerts // ROOMS,
                is_held = function()
                    local order = test.sights.order[room(i)]
                    return test.posters[i].next > (order[#order] or 0) + AHEAD
                end,
            }
        end
        for death = 1, size.deaths do
            local at = math.floor(size.alerts * 0.95 * death / (size.deaths + 1)) + test.random(0, 20)
            wait(test, "death " .. death, function() return test.sights.count - test.sights.again >= at end)
            DEATHS[ORDER[(death - 1) % #ORDER + 1]](test)
        end
        wait(test, "the end of the posting", function()
            for _, poster in ipairs(test.posters) do
                if not poster.is_done then return false end
            end
            return true
        end)
        wait(test, "every alert", function() return missing_in(test) == 0 end)
        check(test)
        local accepted, _, lost = accepted_by(test.posters), missing_in(test)
        print(("# %s: %d accepted, %d without an answer, %d seen twice, %d lost by the server when it was killed"):format(kind,
            accepted, size.alerts - accepted, test.sights.again, lost))
        test.world:wait_log "online as ops" -- it may have been killed a moment ago
        test.world:stop()
        test.line:close()
    end)
end)

-- SPDX-License-Identifier: MIT
-- bot.store: what a handler kept is on disk when its answer is there, whatever happens to the process then.
local e2e = require "spec.e2e.harness"

local BOTS = [[
  keeper:
    @account keeper
    hooks:
      - { event: message, type: chat, call: probe.run }
]]
local SCRIPTS = {
    ["probe.lua"] = [[
local M = {}
function M.run(event)
    local code = assert(load("local store, bot = ... " .. event.body))
    local ok, result, err = pcall(code, event.bot.store, event.bot)
    if not ok then return "raised " .. tostring(result):gsub("^.-:%d+: ", "") end
    return tostring(result) .. (err and " " .. tostring(err) or "")
end
return M
]],
}

local function start(options)
    return e2e.start { bots = BOTS, scripts = SCRIPTS, top = options and options.top or "storage: kept.db" }
end

local function run(human, code, want)
    human:say("keeper@localhost", code)
    human:expect { from = "^keeper@localhost/", type = "chat", body = want }
end

local function kill_and_start(world)
    world.bots:kill "sigkill"
    world.bots:join()
    world:run_bots()
    world:wait_log "as keeper@localhost"
end

describe("bot.store", function()
    it("has on disk what a handler kept before its answer is out", function()
        local world = start()
        local romeo = world:human "romeo"
        for i = 1, 5 do
            run(romeo, "store.counter = (store.counter or 0) + 1 return store.counter", tostring(i))
            kill_and_start(world)
        end
        run(romeo, "return store.counter", "5")
        world:stop()
    end)

    it("keeps tables in tables, changed inside, and forgets what is nil", function()
        local world = start()
        local romeo = world:human "romeo"
        run(romeo, "store.a = { list = { 1, 2.5, 'x' }, [7] = true } store.b = false store.c = 'gone'", "nil")
        run(romeo, "table.insert(store.a.list, 'four') store.a.deep = { er = { no = false } } store.c = nil", "nil")
        kill_and_start(world)
        run(romeo, "return #store.a.list .. store.a.list[4] .. tostring(store.a[7]) .. tostring(store.a.deep.er.no)", "4fourtruefalse")
        run(romeo, "return tostring(store.b) .. tostring(store.c) .. math.type(store.a.list[1])", "falsenilinteger")
        run(romeo, "local n = {} for k, v in pairs(store) do n[#n + 1] = k end table.sort(n) return table.concat(n, ' ')", "a b")
        run(romeo, "local t = store:get 'a' t.list = nil return #store.a.list", "4")
        run(romeo, "store.x = print", "raised bot.store keeps strings, numbers, booleans and tables of them, not a function")
        run(romeo, "local t = {} t.t = t store.x = t", "^raised bot.store keeps tables of a depth of 32")
        run(romeo, "store.set = 1", "^raised bot.store has a method 'set'")
        run(romeo, "return store.x", "nil")
        world:stop()
    end)

    it("has transactions and expiry", function()
        local world = start()
        local romeo = world:human "romeo"
        run(romeo, "store.n = 1 return store:transaction(function(s) s.n = 2 s.m = { 1 } return s.n end)", "2")
        run(romeo, "return store:transaction(function(s) s.n = 3 s.m[1] = 5 s.o = 1 error 'no luck' end)", "raised no luck")
        run(romeo, "return store:transaction(function(s) s.n = 4 return nil, 'not now' end)", "nil not now")
        run(romeo, "return store:transaction(function(s) s.n = 5 bot:sleep(0) end)", "^raised bot:sleep waits")
        run(romeo, "return store.n .. store.m[1] .. tostring(store.o)", "21nil")
        run(romeo, "store:set('soon', 1, { expires = 0.001 }) store:set('late', 1, { expires = 3600 })", "nil")
        run(romeo, "bot:sleep(0.01) return tostring(store.soon) .. store.late", "nil1")
        kill_and_start(world)
        run(romeo, "return store.n .. store.m[1] .. tostring(store.o) .. tostring(store.soon) .. store.late", "21nilnil1")
        world:stop()
    end)

    it("says when the disk does not take it, and does not answer as if it had", function()
        local world = start { top = "storage: /proc/kept.db" }
        local romeo = world:human "romeo"
        romeo:say("keeper@localhost", "store.n = 1")
        world:wait_log "probe.run: bot.store is not written: cannot open /proc/kept.db"
        romeo:say("keeper@localhost", "bot.log:info('and goes on')")
        world:wait_log "and goes on"
        romeo:expect { from = "^keeper@localhost/", type = "chat", body = "nil" }
        romeo:sync()
        romeo:expect_none { from = "^keeper@localhost/", type = "chat", body = true } -- the first got no answer
        world:stop()
    end)

    it("keeps the rest, and says so, when a value is too long or too deep for it", function()
        local world = start()
        local romeo = world:human "romeo"
        romeo:say("keeper@localhost", "store.n = 1 store.long = ('x'):rep(1 << 20) store.m = 2")
        world:wait_log 'probe.run: bot.store is not written: a value of bot.store has %d+ bytes; 1048576 at most %("long"%)'
        run(romeo, "store.o = 3", "nil")
        romeo:say("keeper@localhost", "store.deep = {} local v = store.deep for _ = 1, 40 do v[1] = {} v = v[1] end")
        world:wait_log 'probe.run: bot.store is not written: [^\n]*%("deep"%)'
        run(romeo, "store.p = 4", "nil")
        kill_and_start(world)
        run(romeo, "return store.n .. store.m .. store.o .. store.p .. tostring(store.long) .. tostring(store.deep)", "1234nilnil")
        world:stop()
    end)

    it("is in memory alone without storage, and says so", function()
        local world = start { top = "" }
        local romeo = world:human "romeo"
        run(romeo, "store.n = 1 return store.n", "1")
        world:wait_log "bot.store is in memory alone"
        world:stop()
    end)
end)

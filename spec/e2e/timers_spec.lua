-- SPDX-License-Identifier: MIT
-- Timers of a running bot: patterns of cron by a clock that the spec sets, turns that do not pile up, jitter, their end.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

local SCRIPTS = {
    ["times.lua"] = [==[
local datetime = require "couplet.datetime"
local M = {}
local minutes = 0

-- The clock shows `text` from now on: clock.c asks the file.
local function set_clock(text)
    local file = assert(io.open(os.getenv "E2E_CLOCK", "r+"))
    file:write(("%-20d\n"):format(datetime.parse(text) - os.time()))
    file:close()
end

function M.minute(event)
    minutes = minutes + 1
    io.stderr:write(("MINUTE %d %s\n"):format(minutes, event.kind))
end

-- "cron 2026-03-29T00:59:58Z Europe/Berlin 30_2_*_*_*": when it comes, what a clock there shows is told.
function M.cron(event)
    local at, tz, pattern = event.captures[1], event.captures[2], event.captures[3]:gsub("_", " ")
    set_clock(at)
    local handle
    handle = event.bot:cron(pattern, { tz = tz }, function(due)
        local now = require("couplet.core.bot").now()
        local shows = datetime.local_time(now, tz)
        due.bot:say(event.from, ("%02d:%02d %s"):format(shows.hour, shows.min, shows.zone))
        handle:stop()
    end)
end

function M.pile(event)
    local running, most, turns = 0, 0, 0
    local handle = event.bot:every(0.02, { jitter = 0.01 }, function(due)
        running = running + 1
        turns = turns + 1
        most = math.max(most, running)
        due.bot:sleep(0.1)
        running = running - 1
    end)
    repeat event.bot:sleep(0.02) until turns >= 3
    local was, again = handle:stop(), handle:stop()
    return ("%d at once, %s %s"):format(most, was, again)
end

function M.wrong(event)
    local said = {}
    local function try(...) said[#said + 1] = select(2, pcall(...)):gsub("^.-:%d+: ", "") end
    local function f() end
    local bot = event.bot
    try(bot.cron, bot, "0 25 * * *", f)
    try(bot.cron, bot, "@daily", { tz = "Nowhere" }, f)
    try(bot.cron, bot, "@daily", { zone = "UTC" }, f)
    try(bot.cron, bot, "@daily", { jitter = -1 }, f)
    try(bot.every, bot, 5, { jitter = 5 }, f)
    try(bot.every, bot, 5, { tz = "UTC" }, f)
    try(bot.hook, bot, { event = "timer", cron = "@daily", tz = "Nowhere", call = f })
    try(bot.hook, bot, { event = "timer", cron = "@dayly", call = f })
    bot:hook({ event = "timer", cron = "@daily", tz = "UTC", jitter = 5, call = f }):remove()
    return table.concat(said, "\n")
end
return M
]==],
}
local BOTS = [[
  timer:
    @account timer
    hooks:
      - { event: timer, cron: "* * * * *", jitter: 1s, call: times.minute }
      - { event: message, body: "^cron (%S+) (%S+) (%S+)$", call: times.cron }
      - { event: message, body: "^pile$", call: times.pile }
      - { event: message, body: "^wrong$", call: times.wrong }
]]

describe("a timer", function()
    local world, romeo

    setup(function()
        local env = { ASAN_OPTIONS = (os.getenv "ASAN_OPTIONS" or "") .. ":verify_asan_link_order=0" }
        world = e2e.start {
            scripts = SCRIPTS, bots = BOTS, env = env,
            before = function(w)
                files.write(w.dir .. "/clock", ("%-20d\n"):format(57 - os.time() % 60)) -- three seconds to the minute
                env.E2E_CLOCK, env.LD_PRELOAD = w.dir .. "/clock", w.dir .. "/clock.so"
                assert(os.execute(("cc -shared -fPIC -O1 -o %s spec/e2e/clock.c"):format(env.LD_PRELOAD)))
            end,
        }
        romeo = world:human "romeo"
    end)

    teardown(function() world:stop() end)

    local function ask(text)
        romeo:say(world:full_jid "timer", text)
        return romeo:expect({ from = "^timer@", body = "^." }).body
    end

    it("of the configuration comes by the clock", function()
        local in_time = pcall(world.wait_log, world, "MINUTE 1 timer")
        if not in_time then world:wait_log "MINUTE 1 timer" end -- the bot was late for the first minute, and no wait is as long as one
    end)

    it("comes once the clock shows something again", function()
        assert.equal("03:00 CEST", ask "cron 2026-03-29T00:59:58Z Europe/Berlin 30_2_*_*_*")
        assert.equal("02:30 +11", ask "cron 2026-10-03T15:29:58Z Australia/Lord_Howe 15_2_*_*_*")
    end)

    it("comes the first time that the clock shows it", function()
        assert.equal("02:30 CEST", ask "cron 2026-10-25T00:29:58Z Europe/Berlin 30_2_*_*_*")
        assert.equal("01:30 EST", ask "cron 2026-11-01T06:29:58Z America/New_York 30_*_*_*_*")
    end)

    it("does not pile up", function() assert.equal("1 at once, true false", ask "pile") end)

    it("that is wrong is refused", function()
        assert.equal(table.concat({
            "bot:cron: hour: '25' is no number from 0 to 23",
            "bot:cron: there is no time zone 'Nowhere'",
            "a timer has no option 'zone'",
            "jitter: seconds from 0 to 86400 are expected, and less than from run to run",
            "jitter: seconds from 0 to 86400 are expected, and less than from run to run",
            "a timer has no option 'tz'",
            "bot:hook: tz: there is no time zone 'Nowhere'",
            "bot:hook: cron: '@dayly' is none of @hourly, @daily, @weekly, @monthly and @yearly",
        }, "\n"), ask "wrong")
    end)
end)

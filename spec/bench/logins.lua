#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- What it takes to be online: milliseconds from exec, and round trips from TCP on, counted on the wire by a server with
-- SASL2, Bind 2, FAST and stream management inside of them (spec/e2e/sasl2_server.py; the Python of it is in the
-- milliseconds). Medians of `--repeats`.
--
--   spec/bench/logins.lua [--repeats N] [--json]          after spec/bench/build
--
-- Exit status 0 when every login went as it should, also when a goal is missed; 1 when one did not.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/../../?.lua;" .. package.path
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"
local server_of = require "spec.e2e.sasl2_server"
local tool = require "spec.bench.tool"
local uv = require "luv"

local fail, median = tool.failing "logins", tool.median

local DIR, PASSWORD = "build/bench", "bench-secret"
local CONFIG = [[
# made by spec/bench/logins.lua
scripts: [../../spec/bench]
storage: logins
bots:
  bot:
    jid: bot@localhost
    password: %s
    server: 127.0.0.1:%d
    tls: { mode: direct, ca_file: ca.pem }
    features: { loop_guard: false }
    hooks: [{ event: message, call: bench.echo }]
]]

-- In the order in which they follow each other; `most`: round trips.
local STEPS = {
    { name = "password, server unknown", how = "bound", by = "SCRAM%-SHA%-256%-PLUS" },
    { name = "SASL2 + FAST", how = "bound", by = "HT%-SHA%-256", most = 3, before = "forget" },
    { name = "resumed by a new process", how = "resumed", by = "HT%-SHA%-256", most = 2 },
    { name = "resumed after a cut", how = "resumed", by = "HT%-SHA%-256", most = 2, is_cut = true },
}

local function start_bot()
    return process.spawn({ "build/couplet", "run", DIR .. "/logins.yaml" }, {}), uv.hrtime()
end

local function check(step, online)
    if online.how ~= step.how or not online.by:find(step.by) then
        fail("%s: it was %s by %s", step.name, online.how, online.by)
    end
end

local function start_server()
    local server = server_of.start("bot", PASSWORD, DIR .. "/server.pem", DIR .. "/server.key")
    files.write(DIR .. "/logins.yaml", CONFIG:format(PASSWORD, server.port))
    return server
end

---Once through all steps; adds { trips, ms } to each.
local function round()
    local bot, began
    local server = start_server()
    os.execute("rm -rf " .. DIR .. "/logins.sessions")
    for _, step in ipairs(STEPS) do
        if step.before then server:tell(step.before) end
        if step.is_cut then
            server:tell "cut"
        else
            if bot then bot:kill() bot:join() end
            bot, began = start_bot()
        end
        local online = server:expect "online"
        check(step, online)
        server:tell "say are you there?"
        server:expect "answer" -- so it has kept what it learned
        step.trips[#step.trips + 1] = online.trips
        step.ms[#step.ms + 1] = not step.is_cut and (uv.hrtime() - began) / 1e6 or nil
    end
    bot:kill "sigterm"
    bot:join()
    server:stop()
end

local function result(step)
    return { login = step.name, trips = median(step.trips), worst_trips = step.trips[#step.trips], ms = median(step.ms), at_most = step.most }
end

local function print_text(results)
    print "\n| login | ms from exec | round trips after TCP | at most | |\n|---|---|---|---|---|"
    for _, r in ipairs(results) do
        local met = not r.at_most and "" or r.worst_trips <= r.at_most and "met" or "NOT met"
        print(("| %s | %s | %g | %s | %s |"):format(r.login, r.ms and ("%.1f"):format(r.ms) or "–", r.trips, r.at_most or "–", met))
    end
end

local function main()
    local repeats, as_json = 5, false
    for i, word in ipairs(arg) do
        if word == "--repeats" then repeats = math.tointeger(tonumber(arg[i + 1])) or fail "--repeats wants a number" end
        as_json = as_json or word == "--json"
    end
    for _, step in ipairs(STEPS) do step.trips, step.ms = {}, {} end
    for _ = 1, repeats do round() end
    local results = {}
    for i, step in ipairs(STEPS) do results[i] = result(step) end
    if as_json then print(json.encode(results)) else print_text(results) end
end

main()

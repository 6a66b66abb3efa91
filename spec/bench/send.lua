#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- What it takes to say one thing from a shell: milliseconds from exec to the exit status that says it was delivered, one after
-- the other in turn, through a real server on loopback: `couplet send` through the process that runs (the text is on disk
-- first), `couplet send --alone`, and go-sendxmpp where it is installed. That one is spared the check of the certificate, for it
-- cannot be told of a CA.
--
--   spec/bench/send.lua [--repeats N] [--json]
--
-- Exit status 0 when everything was delivered, also when the goal is missed; 1 when something was not.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/../../?.lua;" .. package.path
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"
local tool = require "spec.bench.tool"
local uv = require "luv"

local fail, median = tool.failing "send", tool.median

local GOAL_MS = 5
local BOTS = [[
  bench:
    @account bench
]]

local options = { repeats = 60 }
for i = 1, #arg do
    if arg[i] == "--repeats" then options.repeats = tonumber(arg[i + 1]) end
    if arg[i] == "--json" then options.json = true end
end

-- Milliseconds until it has ended, with status 0. No wrapper is in between.
local function time(command, env)
    local list, ended, code = {}, nil, nil
    for name, value in pairs(uv.os_environ()) do list[#list + 1] = name .. "=" .. value end
    for name, value in pairs(env) do list[#list + 1] = name .. "=" .. value end
    local input = uv.new_pipe(false)
    local begun = uv.hrtime()
    local handle, err
    handle, err = uv.spawn(command[1], { args = { table.unpack(command, 2) }, env = list, stdio = { input, nil, 2 } }, function(status)
        ended, code = uv.hrtime(), status
    end)
    if not handle then fail("%s: %s", command[1], err) end
    input:write(command.input or "", function() input:close() end)
    process.wait("the end of " .. command[1], function() return ended end)
    handle:close()
    if code ~= 0 then fail("%s ended with %d", table.concat(command, " "), code) end
    return (ended - begun) / 1e6
end

local function peers(world)
    local to = "juliet@localhost"
    local list = {
        { name = "couplet send", world.program, "send", "-c", world.config, to, "-m", "x" },
        { name = "couplet send --alone", world.program, "send", "--alone", "-c", world.config, to, "-m", "x", slow = true },
    }
    if uv.fs_stat "/usr/bin/go-sendxmpp" then
        list[3] = {
            name = "go-sendxmpp", "/usr/bin/go-sendxmpp", "-u", "bench@localhost", "-p", "hush-e2e-hush", "-n", "-j", world.server:address(), to,
            input = "x\n", slow = true,
        }
    end
    return list
end

local function measure(world)
    local list = peers(world)
    local env = { E2E_SERVER = world.server:address(), E2E_CA = world.server.ca_file, SSL_CERT_FILE = world.server.ca_file }
    for _, peer in ipairs(list) do
        peer.times = {}
        time(peer, env)
    end
    for round = 1, options.repeats do
        for _, peer in ipairs(list) do
            if not peer.slow or round % 4 == 0 then peer.times[#peer.times + 1] = time(peer, env) end
        end
    end
    return list
end

local world = e2e.start { bots = BOTS, accounts = { "bench" }, top = "control: couplet.sock\nstorage: kept.db", log = "level: info" }
world:human "juliet"
local list = measure(world)
world:stop()

local results = {}
for i, peer in ipairs(list) do
    table.sort(peer.times)
    results[i] = { name = peer.name, median_ms = median(peer.times), least_ms = peer.times[1], count = #peer.times }
end
if options.json then
    print(json.encode(results))
else
    for i, r in ipairs(results) do
        local goal = i == 1 and (r.median_ms < GOAL_MS and "  goal: under 5 ms, met" or "  goal: under 5 ms, MISSED") or ""
        print(("%-22s %8.2f ms median, %.2f at best, of %d%s"):format(r.name, r.median_ms, r.least_ms, r.count, goal))
    end
end

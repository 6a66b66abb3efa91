#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- What it takes to carry an alert: webhooks accepted a second (of Couplet: each on disk before its 202) with 32 clients at
-- once; milliseconds from the POST, or from the start of a program that sends one message, until somebody else has it on
-- his screen. Couplet beside Debian's prometheus-xmpp-alerts and go-sendxmpp, on one Prosody, in turns.
--
--   spec/bench/relay.lua [--quick] [--repeats N] [--only WORD] [--json]          after spec/bench/build
--
-- Exit status 0 when everything arrived, also when a goal is missed; 1 when something did not.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/../../?.lua;" .. package.path
local files = require "spec.files"
local json = require "dkjson"
local process = require "spec.e2e.process"
local server_of = require "spec.e2e.server"
local tool = require "spec.bench.tool"

local fail, median = tool.failing "relay", tool.median

local DIR, PASSWORD, ROOM = "build/bench/relay", "bench-secret", "ops@conference.localhost"
local options = { repeats = 3, scale = 1 }

local function write(name, text, ...) files.write(DIR .. "/" .. name, text:format(...)) end

---A child and what it says; `ready`: waits until it has said that; `hear`: is told, too.
local function start(words, ready, hear)
    local said = {}
    local function take(text)
        said[#said + 1] = text
        if hear then hear(text) end
    end
    local child = process.spawn(words, { on_stdout = take, on_stderr = take })
    local self = { child = child, said = function() return table.concat(said) end }
    if ready then
        process.wait("'" .. ready .. "' of " .. words[1], function()
            if not child:is_running() then fail("%s ended:\n%s", words[1], self.said()) end
            return self.said():find(ready, 1, true)
        end)
    end
    return self
end

local function stop(self)
    self.child:kill "sigterm"
    self.child:join()
end

local ACCOUNT = [[
    password: ]] .. PASSWORD .. [[

    server: 127.0.0.1:%d
    tls: { ca_file: "%s" }
]]

---Somebody who is in the room and whom messages can be sent to. watcher.seen: when each number was seen first; .count.
local function start_watcher(server)
    local rest, watcher = "", nil
    local function hear(text)
        rest = (rest .. text):gsub("(%d+) (%d+%.%d+)\n", function(number, when)
            if watcher and not watcher.seen[tonumber(number)] then
                watcher.seen[tonumber(number)] = tonumber(when)
                watcher.count = watcher.count + 1
            end
            return ""
        end)
    end
    write("watch.yaml", "scripts: [../../../spec/bench]\nbots:\n  watcher:\n    jid: watcher@localhost/screen\n" .. ACCOUNT
        .. "    rooms: [%s]\n    features: { loop_guard: false }\n    hooks: [{ event: message, call: watch.seen }]\n",
        server.port, server.ca_file, ROOM)
    watcher = start({ "build/couplet", "run", DIR .. "/watch.yaml" }, "joined", hear)
    return watcher
end

local function forget(watcher) watcher.seen, watcher.count = {}, 0 end

local posted = 0 -- no alert is like another one, which is not news

---@return table result, table<integer, number> sent when each was
local function post(relay, count, clients)
    posted = posted + count
    local poster = start { "build/bench/post", "--port", tostring(relay.port), "--path", "/alert",
        "--body", relay.body or "spec/bench/relay/alert.json", "--type", relay.type or "application/json",
        "--first", tostring(posted - count), "--count", tostring(count), "--clients", tostring(clients), "--times" }
    if poster.child:join() ~= 0 then fail("the client failed: %s", poster.said()) end
    local out = poster.said()
    local result, sent = json.decode(out:match "{.*}"), {}
    if result.refused > 0 then fail("%d of %d were refused at port %d", result.refused, count, relay.port) end
    for number, at in out:gmatch "(%d+) (%d+%.%d+)\n" do sent[tonumber(number)] = tonumber(at) end
    return result, sent
end

---Milliseconds from when each was sent until it was seen, when all are.
local function delays(watcher, sent, count)
    local list = {}
    process.wait(function() return ("alerts on the watcher's screen; %d of %d are"):format(watcher.count, count) end,
        function() return watcher.count >= count end)
    for number, at in pairs(sent) do list[#list + 1] = (watcher.seen[number] - at) * 1e3 end
    return list
end

---`call`: the handler, with options.
local function couplet(name, account, call)
    return {
        name = name, count = 20000,
        start = function(self, server)
            self.port = process.free_port()
            write(account .. ".yaml", "storage: %s.db\ncontrol: %s.sock\nhttp: { listen: 127.0.0.1:%d }\n"
                .. "bots:\n  relay:\n    jid: %s@localhost/couplet\n" .. ACCOUNT
                .. "    rooms: [%s]\n    hooks: [{ event: webhook, path: /alert, call: %s }]\n",
                account, account, self.port, account, server.port, server.ca_file, ROOM, call)
            self.program = start({ "build/couplet", "run", DIR .. "/" .. account .. ".yaml" }, "joined")
        end,
        body = call:find "^alerts.text" and "spec/bench/relay/alert.txt" or nil, type = call:find "^alerts.text" and "text/plain" or nil,
    }
end

-- The peer gets what Alertmanager posts, says it, and knows nothing of it afterwards: so does the second of ours.
local RELAYS = {
    couplet("couplet", "relay", ("alerts.text, with: { to: %s }"):format(ROOM)),
    couplet("couplet, Alertmanager's", "manager", ("alerts.alertmanager, with: { to: %s, resolve: new, repeat: 0s }"):format(ROOM)),
    couplet("couplet, Alertmanager's, each remembered", "keeper", ("alerts.alertmanager, with: { to: %s }"):format(ROOM)),
    {
        name = "prometheus-xmpp-alerts", count = 1000, needs = "/usr/bin/prometheus-xmpp-alerts",
        start = function(self, server)
            self.port = process.free_port()
            write("peer.yml", "jid: peer@localhost\npassword: %s\nto_jid: watcher@localhost/screen\nlisten_address: 127.0.0.1\nlisten_port: %d\n",
                PASSWORD, self.port)
            self.program = start {
                "/usr/bin/env", "SSL_CERT_FILE=" .. server.ca_file, "/usr/bin/python3", "spec/bench/relay/peer.py",
                tostring(server.port), DIR .. "/peer.yml",
            }
            process.poll("the peer's log-in", function()
                return os.execute(("curl -sf -o /dev/null http://127.0.0.1:%d/health"):format(self.port))
            end)
        end,
    },
}

local function exists(path)
    local file = path and io.open(path)
    if file then file:close() end
    return not path or file ~= nil
end

local function add(figures, name, value)
    figures[name] = figures[name] or {}
    table.insert(figures[name], value)
end

---As many as it takes with 32 clients at once, then one after the other.
local function relay_round(relay, watcher, figures)
    local count = math.floor(relay.count * options.scale)
    forget(watcher)
    local result, sent = post(relay, count, 32)
    add(figures, "per_second", result.per_second)
    delays(watcher, sent, count)
    forget(watcher)
    local _, apart = post(relay, 200, 1)
    local list = delays(watcher, apart, 200)
    add(figures, "p50_ms", median(list))
    add(figures, "p99_ms", list[math.ceil(#list * 0.99)])
end

local function wanted(list)
    local out = {}
    for _, one in ipairs(list) do
        local is_there = exists(one.needs)
        if not is_there then io.stderr:write(one.name .. ": there is no " .. one.needs .. "; it is left out\n") end
        if is_there and (not options.only or one.name:find(options.only, 1, true)) then out[#out + 1] = one end
    end
    return out
end

local function rounds(server, watcher)
    local relays, results = wanted(RELAYS), {}
    for _, one in ipairs(relays) do one:start(server) end
    for _ = 1, options.repeats do
        io.stderr:write "."
        for _, one in ipairs(relays) do
            results[one.name] = results[one.name] or {}
            relay_round(one, watcher, results[one.name])
        end
    end
    for _, one in ipairs(relays) do stop(one.program) end
    return results
end

-- name, figure, unit, goal
local GOALS = {
    { "couplet", "per_second", "at least", 5000 },
    { "couplet", "p50_ms", "under", 10 },
}

local function is_met(goal, value)
    if goal[3] == "under" then return value < goal[4] end
    return value >= goal[4]
end

local function print_text(results)
    print "\n| | webhooks/s, 32 clients | ms until seen, p50 | p99 |\n|---|---|---|---|"
    for _, one in ipairs(RELAYS) do
        local r = results[one.name]
        if r then print(("| %s | %.0f | %.2f | %.2f |"):format(one.name, r.per_second, r.p50_ms, r.p99_ms)) end
    end
    for _, goal in ipairs(GOALS) do
        local value = (results[goal[1]] or {})[goal[2]]
        if value then print(("%s, %s: %.2f, %s %d: %s"):format(goal[1], goal[2], value, goal[3], goal[4], is_met(goal, value) and "met" or "NOT met")) end
    end
end

local function take_options()
    for i, name in ipairs(arg) do
        if name == "--repeats" then options.repeats = math.tointeger(tonumber(arg[i + 1])) or fail "--repeats wants a number" end
        if name == "--quick" then options.repeats, options.scale = 1, 0.2 end
        options.json = options.json or name == "--json"
        if name == "--only" then options.only = arg[i + 1] end
    end
end

local function main()
    take_options()
    os.execute("rm -rf " .. DIR .. " && mkdir -p " .. DIR)
    local server = server_of.start(DIR .. "/server", { "relay", "manager", "keeper", "watcher", "peer" }, PASSWORD)
    local watcher = start_watcher(server)
    local results = rounds(server, watcher)
    stop(watcher)
    server:stop()
    for _, figures in pairs(results) do
        for name, list in pairs(figures) do figures[name] = median(list) end
    end
    if options.json then print(json.encode(results)) else print_text(results) end
end

main()

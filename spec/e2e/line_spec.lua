-- SPDX-License-Identifier: MIT
-- A bad line between a bot and its server: cut at any byte of a login, in pieces of a byte, silent without an end.
--
-- Each time the bot comes online with the next connection, or goes on with its session, and says in its log why it
-- left the one before. That nothing is lost or doubled meanwhile is soak_spec's; a stream that is lost after each of its
-- bytes is test_transcripts'. SOAK=full: every single byte here, too.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"
local proxy = require "spec.e2e.proxy"

local FULL = os.getenv "SOAK" == "full"
local LANES = FULL and 24 or 12 -- bots that are cut at the same time, each on a line of its own
local CUTS = 48 -- of a login, all lanes together

local function bot(name, options)
    return (([[
  NAME:
    jid: NAME@localhost/line
    password: hush-e2e-hush
    server: ${LINE_NAME}
    tls: { ca_file: "${E2E_CA}" }
    keepalive: KEEPALIVE
    timeout: TIMEOUT
    hooks:
      - { event: message, include: [delayed], call: echo.say }
]]):gsub("%u%u%u%u+", { NAME = name, KEEPALIVE = options.keepalive or "60s", TIMEOUT = options.timeout or "60s" })
        :gsub("LINE_NAME", "LINE_" .. name))
end

-- A world in which each of these bots has a line with a plan of its own.
local function with_lines(options, names, plan_of, test)
    local bots, env, lines = {}, {}, {}
    for i, name in ipairs(names) do bots[i] = bot(name, options) end
    e2e.with({
        kind = options.kind,
        bots = table.concat(bots),
        online = {},
        env = env,
        before = function(world)
            for _, name in ipairs(names) do
                lines[name] = proxy.new { to = world.server.port, plan = plan_of(name) }
                env["LINE_" .. name] = "127.0.0.1:" .. lines[name].port
            end
        end,
    }, function(world) test(world, lines) end)
    for _, line in pairs(lines) do line:close() end
end

local function names_of(count)
    local names = {}
    for i = 1, count do names[i] = ("cut%02d"):format(i):gsub("%d", function(d) return ("abcdefghij"):sub(d + 1, d + 1) end) end
    return names
end

local function times(world, pattern)
    local _, count = world.log:gsub(pattern, "")
    return count
end

-- How many bytes the server says until the bot is online: what comes back from a login that nothing disturbs. Another one may
-- be some bytes shorter: signatures are of different lengths.
local function length_of_login()
    local length
    with_lines({}, { "whole" }, function() return nil end, function(world, lines)
        world:wait_log "whole: <%- <enabled "
        length = lines.whole.links[1]:carried "down" - 16
    end)
    return length
end

describe("a login", function()
    it("that is cut at any byte of what the server says is followed by one that is not", function()
        local length = length_of_login()
        local count = FULL and length or CUTS
        for first = 1, count, LANES do
            local names = names_of(math.min(LANES, count - first + 1))
            local places = {}
            for i, name in ipairs(names) do places[name] = math.max(1, (first + i - 1) * length // count) end
            with_lines({}, names, function(name)
                return function(number)
                    return number == 1 and { after = places[name], how = places[name] % 2 == 0 and "rst" or "fin" } or nil
                end
            end, function(world, lines)
                for _, name in ipairs(names) do
                    world:wait_log(name .. ": %a+ as " .. name .. "@localhost/line")
                    process.poll("the second connection of " .. name .. ", cut at " .. places[name], function()
                        return #lines[name].links >= 2
                    end)
                end
                for _, name in ipairs(names) do
                    local at = world.log:find(name .. ": [^\n]*next attempt in %d+%.%d s")
                    assert(at, name .. " did not say that it lost the connection at byte " .. places[name] .. world:report())
                    world:wait_log(name .. ": %a+ as " .. name .. "@localhost/line", at)
                    assert.equal(1, times(world, name .. ": [^\n]*next attempt"), name .. world:report())
                    assert.equal(2, #lines[name].links)
                end
                -- One session each: what is sent to the account comes back once.
                local romeo = world:human "romeo"
                for _, name in ipairs(names) do romeo:say(name .. "@localhost", "who is there?") end
                for _, name in ipairs(names) do
                    romeo:expect { from = name .. "@localhost/line", body = "who is there?" }
                end
                romeo:expect_none { body = "who is there?" }
            end)
        end
    end)
end)

-- The kernel resets what it gives up; that it does cannot be seen on loopback, where everything is acknowledged.
describe("a line on which nothing is acknowledged", function()
    it("is given up by the kernel too, after `keepalive` and `timeout`", function()
        with_lines({ keepalive = "7s", timeout = "4s" }, { "deaf" }, function() return nil end, function(world, lines)
            world:wait_log "deaf: <%- <enabled "
            local said = files.output("/usr/bin/python3 spec/e2e/user_timeouts.py " .. world.bots.pid)
            if said:find "denied" then
                pending("the kernel lets nobody look at another process's sockets: " .. said)
            else
                assert.equal(lines.deaf.port .. " 11000\n", said)
            end
        end)
    end)
end)

e2e.each_server(describe, "a line", function(kind)
    it("that carries TLS records in pieces of a byte is as good as another, also for a session that goes on", function()
        with_lines({ kind = kind }, { "split" }, function()
            return function(number)
                -- Only to the bot: a Prosody whose expat defers what it reads does not see the end of its last element.
                return { split = { 1, number == 1 and 400 or 1 }, split_way = "down", random = proxy.random(number) }
            end
        end, function(world, lines)
            world:wait_log "split: <%- <enabled "
            local romeo = world:human "romeo"
            lines.split:cut "rst"
            local at = world:wait_log "split: connection lost: [^\n]*next attempt"
            romeo:say("split@localhost", "h\u{e9}llo")
            world:wait_log("split: [^\n]*certificate verified", at) -- halfway: it is thousands of pieces
            world:wait_log("split: resumed as split@localhost/line", at)
            romeo:expect { from = "split@localhost/line", body = "h\u{e9}llo" }
            romeo:expect_none {}
        end)
    end)

    for way, told in pairs { [false] = "both ways", down = "to the bot", up = "to the server" } do
        it("that falls silent " .. told .. " is left, and the session goes on over the next", function()
            with_lines({ kind = kind, keepalive = "1s", timeout = "2s" }, { "quiet" }, function() return nil end,
                function(world, lines)
                    world:wait_log "quiet: <%- <enabled "
                    local romeo = world:human "romeo"
                    lines.quiet:stall(way or nil)
                    romeo:say("quiet@localhost", "are you there?")
                    world:wait_log "quiet: connection lost: the server has fallen silent: [^\n]*next attempt"
                    world:wait_log "quiet: resumed as quiet@localhost/line"
                    romeo:expect { from = "quiet@localhost/line", body = "are you there?" }
                    romeo:expect_none {}
                end)
        end)
    end
end)

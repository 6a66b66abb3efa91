-- SPDX-License-Identifier: MIT
-- Bots that reach their server through a proxy (`proxy:`), which resolves the names and reads nothing of what is said.
local e2e = require "spec.e2e.harness"
local socks = require "spec.e2e.socks"

local BOT = [[
  far:
    jid: far@localhost
    password: hush-e2e-hush
    server: nowhere.invalid:5222
    tls: { ca_file: "${E2E_CA}" }
    proxy: PROXY
    hooks:
      - { event: message, call: echo.say }
]]

local function with_proxy(options, test)
    local proxy, env = nil, {}
    e2e.with({
        kind = options.kind,
        bots = BOT:gsub("PROXY", "${PROXY}"),
        online = {},
        env = env,
        before = function(world)
            proxy = socks.new { to = world.server.port, login = options.login }
            proxy.is_refusing = options.is_refusing
            env.PROXY = options.scheme .. (options.says and options.says .. "@" or "") .. "127.0.0.1:" .. proxy.port
        end,
    }, function(world) test(world, proxy) end)
    proxy:close()
end

e2e.each_server(describe, "through a proxy", function(kind)
    for _, case in ipairs {
        { "of SOCKS5", scheme = "socks5://" },
        { "of SOCKS5 that wants a login", scheme = "socks5://", login = "me:s3cr%t", says = "me:s3cr%25t" },
        { "of HTTP", scheme = "http://" },
        { "of HTTP that wants a login", scheme = "http://", login = "me:s3cr%t", says = "me:s3cr%25t" },
    } do
        it(case[1] .. " a bot talks, and comes back when that ends the connection", function()
            case.kind = kind
            with_proxy(case, function(world, proxy)
                world:wait_log "far: online as far@localhost"
                local romeo = world:human "romeo"
                romeo:say("far@localhost", "can you hear me?")
                romeo:expect { from = "^far@localhost/", body = "can you hear me?" }
                proxy.links[1].bot:close_reset()
                world:wait_log "far: resumed as far@localhost"
                assert.same({ "nowhere.invalid:5222", "nowhere.invalid:5222" }, proxy.asked)
                assert.is_nil(proxy.seen:find("hear me", 1, true))
                assert.is_nil(world.log:find("s3cr", 1, true))
            end)
        end)
    end
end)

describe("a proxy", function()
    for _, case in ipairs {
        { "that does not know the bot", scheme = "socks5://", login = "me:right", says = "me:wrong",
            why = "the proxy 127.0.0.1: it does not take user and password" },
        { "that wants a login", scheme = "http://", login = "me:right",
            why = "the proxy 127.0.0.1: it wants a login %(proxy: http://user:password@" },
        { "that cannot reach the server", scheme = "socks5://", is_refusing = true,
            why = "the proxy 127.0.0.1: it did not connect to nowhere.invalid: the connection was refused" },
        { "of HTTP that cannot reach the server", scheme = "http://", is_refusing = true,
            why = "the proxy 127.0.0.1: it did not connect to nowhere.invalid: HTTP status 502" },
    } do
        it(case[1] .. " is told of, and tried again", function()
            with_proxy(case, function(world)
                world:wait_log(case.why .. "[^\n]*next attempt")
                assert.is_nil(world.log:find("wrong", 1, true))
            end)
        end)
    end
end)

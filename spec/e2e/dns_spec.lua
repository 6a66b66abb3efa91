-- SPDX-License-Identifier: MIT
-- The server is found by DNS: SRV records of both services, addresses of both families, and what does not answer.
local e2e = require "spec.e2e.harness"
local fake_dns = require "spec.e2e.fake_dns"
local files = require "spec.files"
local process = require "spec.e2e.process"
local uv = require "luv"

local BOT = [[
  echo:
    jid: echo@served.test
    password: hush-e2e-hush
    tls: { ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]]
local CLIENT, DIRECT = "_xmpp-client._tcp.served.test", "_xmpps-client._tcp.served.test"
local HOST = "host.hoster.test"

-- A world whose names are what `facts(world)` returns; beside those, HOST is this machine.
local function with_names(options, facts, test)
    local names = fake_dns.new()
    options.bots = options.bots or BOT
    options.top = names:config()
    options.online = {}
    options.accounts = { "echo" }
    options.server = { "--domain", "served.test", table.unpack(options.server or {}) }
    options.before = function(world)
        names.facts = facts(world)
        names.facts[HOST] = names.facts[HOST] or { A = { "127.0.0.1" } }
    end
    local ok, err = pcall(e2e.with, options, function(world)
        world.names = names
        test(world)
    end)
    names:close()
    if not ok then error(err, 0) end
end

local function wait_online(world)
    process.poll(function() return "echo to be online" .. world:report() end, function()
        return world.server:jid_of("echo", "served.test")
    end)
end

-- A port that refuses: bound, so that nobody else takes it, and not listening.
local function dead_port()
    local tcp = uv.new_tcp()
    tcp:bind("127.0.0.1", 0)
    return tcp:getsockname().port, tcp
end

-- A port that takes connections and hangs up.
local function rude_port(on_connection)
    local tcp = uv.new_tcp()
    tcp:bind("127.0.0.1", 0)
    tcp:listen(8, function()
        local link = uv.new_tcp()
        tcp:accept(link)
        on_connection(link)
    end)
    return tcp:getsockname().port, tcp
end

local function close(handle)
    handle:close()
    uv.run "nowait"
end

describe("a server found by DNS", function()
    it("is reached with direct TLS when that record is better", function()
        with_names({}, function(world)
            return {
                [DIRECT] = { SRV = { { 5, 0, world.server.direct_port, HOST } } },
                [CLIENT] = { SRV = { { 10, 0, world.server.port, HOST } } },
            }
        end, function(world)
            wait_online(world)
            assert.not_matches("starttls", world.log)
            assert.matches("to 127%.0%.0%.1:" .. world.server.direct_port .. ", certificate verified", world.log)
        end)
    end)

    it("is reached with STARTTLS when that record is better", function()
        with_names({}, function(world)
            return {
                [DIRECT] = { SRV = { { 20, 0, world.server.direct_port, HOST } } },
                [CLIENT] = { SRV = { { 10, 0, world.server.port, HOST } } },
            }
        end, function(world)
            wait_online(world)
            assert.matches("<starttls", world.log)
        end)
    end)

    it("is reached past targets that do not exist, refuse, or do not speak TLS", function()
        local port, tcp = dead_port()
        with_names({}, function(world)
            return {
                [DIRECT] = { SRV = { { 1, 0, 5223, "nowhere.test" }, { 2, 0, port, HOST }, { 3, 0, world.server.port, HOST } } },
                [CLIENT] = { SRV = { { 4, 0, port, HOST }, { 5, 0, world.server.port, HOST } } },
            }
        end, function(world)
            wait_online(world)
            assert.not_matches("cannot connect: ", world.log, 1, true) -- all of it in one attempt
        end)
        close(tcp)
    end)

    it("is reached at the next attempt when the better target takes the connection and hangs up", function()
        local port, tcp = rude_port(function(link) link:close() end)
        with_names({}, function(world)
            return { [CLIENT] = { SRV = { { 1, 0, port, HOST }, { 2, 0, world.server.port, HOST } } } }
        end, function(world)
            wait_online(world)
            local _, failures = world.log:gsub("cannot connect: ", "")
            assert.equal(1, failures)
        end)
        close(tcp)
    end)

    it("is reached by IPv4 when nobody answers for IPv6", function()
        with_names({}, function(world)
            return {
                [CLIENT] = { SRV = { { 1, 0, world.server.port, "four.test" } } },
                ["four.test"] = { A = { "127.0.0.1" }, AAAA = "silent" },
            }
        end, wait_online)
    end)

    it("is reached by IPv4 when nobody is there by IPv6", function()
        with_names({}, function(world)
            return {
                [CLIENT] = { SRV = { { 1, 0, world.server.port, "both.test" } } },
                ["both.test"] = { A = { "127.0.0.1" }, AAAA = { "::1" } },
            }
        end, wait_online)
    end)

    it("is asked for once by many bots", function()
        local crowd = {}
        for i = 1, 8 do
            crowd[i] = (BOT:gsub("  echo:", "  echo" .. i .. ":"):gsub("echo@served.test", "%0/" .. i))
        end
        with_names({ bots = table.concat(crowd) }, function(world)
            return { [CLIENT] = { SRV = { { 1, 0, world.server.port, HOST } } } }
        end, function(world)
            for i = 1, 8 do world:wait_log("online as echo@served.test/" .. i) end
            for question, count in pairs(world.names.asked) do assert.equal(question .. " 1", question .. " " .. count) end
        end)
    end)

    it("leaves nothing of the resolver behind", function()
        with_names({}, function(world)
            return { [CLIENT] = { SRV = { { 1, 0, world.server.port, HOST } } } }
        end, function(world)
            wait_online(world)
            process.poll("the resolver to be gone", function() return not world:has_loaded "libcares" end)
            assert.is_true(world:has_loaded "libssl")
            assert.is_false(world:has_loaded "libcurl")
        end)
    end)

    it("is not there when its record says so, and nothing else is tried", function()
        with_names({}, function()
            return {
                [CLIENT] = { SRV = { { 0, 0, 0, "." } } },
                ["served.test"] = { A = { "127.0.0.1" } },
            }
        end, function(world)
            world:wait_log "cannot connect: served%.test offers no XMPP service to clients"
            assert.is_nil(world.names.asked["served.test A"])
        end)
    end)

    it("is found when DNS answers again", function()
        with_names({}, function()
            return { [CLIENT] = { SRV = "failing" }, [DIRECT] = { SRV = "failing" }, ["served.test"] = { A = "failing", AAAA = "failing" } }
        end, function(world)
            world:wait_log "cannot connect: cannot find served%.test: no DNS server can be reached, or none has an answer"
            world.names.facts[CLIENT] = { SRV = { { 1, 0, world.server.port, HOST } } }
            wait_online(world)
        end)
    end)

    it("must have a certificate of the JID's domain; the target's own name is not enough", function()
        for _, record in ipairs { CLIENT, DIRECT } do
            with_names({ server = { "--debug", "--cert-for", HOST } }, function(world)
                local port = record == DIRECT and world.server.direct_port or world.server.port
                return { [record] = { SRV = { { 1, 0, port, HOST } } } }
            end, function(world)
                world:wait_log "cannot connect: the certificate of host%.hoster%.test .*is for host%.hoster%.test"
                assert.not_matches("<auth", world.server:log(), 1, true)
                assert.is_nil(world.server:jid_of("echo", "served.test"))
            end)
        end
    end)

    it("is only looked for where tls.mode says", function()
        local direct = BOT:gsub("tls: {", "tls: { mode: direct,")
        with_names({ bots = direct }, function(world)
            return {
                [DIRECT] = { SRV = { { 20, 0, world.server.direct_port, HOST } } },
                [CLIENT] = { SRV = { { 10, 0, world.server.port, HOST } } },
            }
        end, function(world)
            wait_online(world)
            assert.is_nil(world.names.asked[CLIENT .. " SRV"])
            assert.not_matches("starttls", world.log)
        end)
    end)
end)

-- host-meta can only be at port 443: an address of loopback that nobody else has, and the right to bind there.
local function web_address()
    for _ = 1, 20 do
        local address = ("127.%d.%d.%d"):format(math.random(1, 254), math.random(0, 255), math.random(1, 254))
        local tcp = uv.new_tcp()
        local ok = tcp:bind(address, 443)
        close(tcp)
        if ok then return address end
    end
end

-- openssl's own server of files: what lies there is a whole HTTP answer.
local function serve_host_meta(world, address, document)
    local dir = world.dir .. "/web"
    uv.fs_mkdir(dir, tonumber("700", 8))
    uv.fs_mkdir(dir .. "/.well-known", tonumber("700", 8))
    files.write(dir .. "/.well-known/host-meta", "HTTP/1.0 200 OK\r\nContent-Type: application/xrd+xml\r\n\r\n" .. document)
    local said = ""
    local certs = world.server.dir .. "/certs/server."
    world.web = process.spawn({ "sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", dir, "openssl", "s_server", "-accept",
        address .. ":443", "-cert", certs .. "pem", "-key", certs .. "key", "-HTTP" }, {
        on_stdout = function(text) said = said .. text end,
        on_stderr = function(text) said = said .. text end,
    })
    process.wait(function() return "the web server: " .. said end, function() return said:find "ACCEPT" end)
end

local function xrd(url)
    return [[<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='urn:xmpp:alt-connections:websocket' href=']]
        .. url .. [['/></XRD>]]
end

describe("a server that DNS does not know", function()
    local address = web_address()
    local maybe = address and it or pending

    -- The world with a web server of the domain, whose host-meta is `document(world)`.
    local function with_web(options, document, test)
        options.server = { "--websocket" }
        with_names(options, function(world)
            serve_host_meta(world, address, document(world))
            return { ["served.test"] = { A = { address } } }
        end, function(world)
            local ok, err = pcall(test, world)
            world.web:kill "sigkill"
            world.web:join()
            if not ok then error(err, 0) end
        end)
    end
    local function prosody(world) return xrd(("wss://localhost:%d/xmpp-websocket"):format(world.server.https_port)) end

    maybe("is found by its host-meta", function()
        with_web({}, prosody, function(world)
            wait_online(world)
            for question in pairs(world.names.asked) do assert.not_matches("_xmppconnect", question, 1, true) end
            assert.matches("cannot connect to served%.test %(" .. address:gsub("%.", "%%.") .. ":5222%)", world.log)
        end)
    end)

    maybe("is found by its host-meta alone when the transport is WebSocket", function()
        with_web({ bots = BOT .. "    transport: websocket\n" }, prosody, function(world)
            wait_online(world)
            assert.is_nil(world.names.asked[CLIENT .. " SRV"])
        end)
    end)

    maybe("is not found by a document that leads to clear text", function()
        with_web({}, function(world) return xrd("ws://localhost:" .. world.server.https_port) end, function(world)
            world:wait_log "refused; the host%-meta of served%.test names no WebSocket; next attempt"
            assert.is_nil(world.server:jid_of("echo", "served.test"))
        end)
    end)

    maybe("is not found by a document of somebody else", function()
        with_web({ bots = (BOT:gsub("E2E_CA", "E2E_OTHER_CA")) }, prosody, function(world)
            world:wait_log "cannot get https://served%.test/%.well%-known/host%-meta: .*certificate"
            assert.is_nil(world.server:jid_of("echo", "served.test"))
        end)
    end)

    maybe("may keep silent about its host-meta: the bot ends in order nevertheless", function()
        local tcp = uv.new_tcp()
        tcp:bind(address, 443)
        tcp:listen(8, function() end)
        with_names({}, function() return { ["served.test"] = { A = { address } } } end, function(world)
            world:wait_log "asking for the host%-meta of served%.test"
        end)
        close(tcp)
    end)

    it("is not looked for in a host-meta when its own mode is asked for", function()
        with_names({ bots = (BOT:gsub("tls: {", "tls: { mode: starttls,")) }, function() return {} end, function(world)
            world:wait_log "cannot connect: cannot find served%.test: no such name in DNS; next attempt"
        end)
    end)
end)

e2e.each_server(describe, "a server that is given", function(kind)
    it("is reached with direct TLS when the mode says so", function()
        e2e.with({
            kind = kind,
            bots = [[
  echo:
    jid: echo@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:${DIRECT_PORT}
    tls: { mode: direct, ca_file: "${E2E_CA}" }
    hooks:
      - { event: message, call: echo.say }
]],
            before = function(world)
                -- The port is not known before the server is there.
                files.change(world.config, "%${DIRECT_PORT}", tostring(world.server.direct_port))
            end,
        }, function(world)
            assert.matches("^echo@localhost/", world:full_jid "echo")
            assert.not_matches("starttls", world.log)
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- DANE: what DNS says of a server's certificate, where DNSSEC vouches for it (RFC 6698, 7671, 7673).
local certificates = require "spec.e2e.certificates"
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"
local sasl2 = require "spec.e2e.sasl2_server"
local signed_zones = require "spec.e2e.signed_zones"

local BOT = [[
  echo:
    jid: echo@DOMAIN
    password: hush-e2e-hush
    tls: { dane: true, ca_file: "${E2E_OTHER_CA}" }
    hooks:
      - { event: message, call: echo.say }
]]
local SIGNED, PLAIN = "served.example", "plain.example"

local certs

-- The data of a TLSA record for the certificate in a file.
local function tlsa(usage, selector, matching, pem)
    local what = selector == 1 and "openssl x509 -in %s -noout -pubkey | openssl pkey -pubin -outform DER" or "openssl x509 -in %s -outform DER"
    local how = ({ [0] = "od -An -v -tx1", "sha256sum", "sha512sum" })[matching]
    local said, is_good = files.output((what .. " | %s"):format(pem, how))
    assert(is_good, said)
    local hex = matching == 0 and said:gsub("%s", "") or said:match "^%x+"
    return ("%d %d %d %s"):format(usage, selector, matching, hex)
end

---@class dane_wish
---@field domain? string
---@field bot? string
---@field server? string[]
---@field log? string
---@field tlsa? string[] data of the records; nil: none
---@field zone? fun(world: table, records: string): string other records
---@field silent? boolean nobody answers for DNS
---@field tamper? fun(signed: string): string

-- The domain's SRV record names host.DOMAIN, which is this machine.
local function records(world, wish)
    local port = world.server.port
    local lines = { ("_xmpp-client._tcp SRV 1 0 %d host"):format(port), "host A 127.0.0.1" }
    for _, data in ipairs(wish.tlsa or {}) do lines[#lines + 1] = ("_%d._tcp.host TLSA %s"):format(port, data) end
    return table.concat(lines, "\n")
end

---@param wish dane_wish
local function with_zones(wish, test)
    local domain = wish.domain or SIGNED
    local zones = signed_zones.new(SIGNED)
    local ok, err = pcall(e2e.with, {
        bots = (wish.bot or BOT):gsub("DOMAIN", domain),
        top = zones:config(),
        online = {},
        log = wish.log,
        accounts = { "echo" },
        server = { "--debug", "--domain", domain, table.unpack(wish.server or {}) },
        before = function(world)
            if wish.silent then return end
            local text = (wish.zone or records)(world, wish)
            zones:serve({ [domain] = text, [PLAIN] = domain ~= PLAIN and "host A 127.0.0.1" or text }, wish.tamper)
        end,
    }, test)
    zones:close()
    if not ok then error(err, 0) end
end

local function is_online(domain)
    return function(world)
        process.poll(function() return "echo to be online" .. world:report() end, function()
            return world.server:jid_of("echo", domain or SIGNED)
        end)
    end
end

-- Ports are not known before the server is there.
local function set_port(world, port)
    files.change(world.config, "PORT", tostring(port))
end

-- The bot gets no further than `reason`, tells it, and has sent nothing secret.
local function is_refused(reason)
    return function(world)
        world:wait_log("cannot connect: .*" .. reason)
        assert.not_matches("<auth", world.server:log(), 1, true)
        assert.is_nil(world.server:jid_of("echo", SIGNED))
    end
end

describe("DANE", function()
    setup(function()
        certs = certificates.new()
        certs:make("own", { name = "whatever.test", self = true })
        certs:make("wrong", { name = "whatever.test", self = true })
        certs:make("host", { name = "host", alt = "DNS:host." .. SIGNED })
        certs:make("domain", { name = "domain", alt = "DNS:" .. SIGNED })
        certs:make("plain", { name = "plain", alt = "DNS:" .. PLAIN })
        certs:make("elsewhere", { name = "elsewhere", alt = "DNS:host." .. PLAIN })
        certs:make("stranger", { name = "stranger", alt = "DNS:elsewhere.example" })
    end)
    teardown(function() certs:remove() end)

    local function cert(stem) return { "--cert", certs.dir .. "/" .. stem } end
    local function pem(stem) return certs.dir .. "/" .. stem .. ".pem" end

    it("takes the server's own key: no authority, no name", function()
        for _, kind in ipairs { { 1, 1 }, { 0, 2 }, { 1, 0 } } do
            with_zones({ server = cert "own", tlsa = { tlsa(3, kind[1], kind[2], pem "own") } }, function(world)
                is_online()(world)
                assert.matches(("certificate verified by its TLSA record 3 %d %d"):format(kind[1], kind[2]), world.log)
            end)
        end
    end)

    it("takes one record of several, beside those that cannot be used", function()
        with_zones({ server = cert "own", tlsa = { tlsa(3, 1, 1, pem "wrong"), "9 1 1 00", tlsa(3, 1, 1, pem "own") } }, is_online())
    end)

    it("refuses another key than that of the record", function()
        with_zones({ server = cert "own", tlsa = { tlsa(3, 1, 1, pem "wrong") } }, is_refused "is not the one that DNS announces %(DANE%)")
    end)

    it("refuses it although an authority that is trusted has signed it", function()
        local bot = BOT:gsub("%${E2E_OTHER_CA}", certs.ca)
        with_zones({ bot = bot, server = cert "domain", tlsa = { tlsa(3, 1, 1, pem "wrong") } },
            is_refused "is not the one that DNS announces %(DANE%)")
    end)

    it("takes an authority of the record, and its chain", function()
        with_zones({ server = cert "domain", tlsa = { tlsa(2, 0, 0, certs.ca) } }, function(world)
            is_online()(world)
            assert.matches("certificate verified by its TLSA record 2 0 0", world.log)
        end)
    end)

    it("takes the name of the SRV record's target then, too, and no other", function()
        with_zones({ server = cert "host", tlsa = { tlsa(2, 0, 0, certs.ca) } }, is_online())
        with_zones({ server = cert "stranger", tlsa = { tlsa(2, 0, 0, certs.ca) } }, is_refused "is for elsewhere%.example, not for served%.example")
    end)

    it("goes nowhere when a record was forged", function()
        for what, pattern in pairs { TLSA = "(TLSA%s+3 1 1 )%x%x%x%x", SRV = "(SRV%s+)1", A = "(host%.served%.example%.%s+60%s+IN%s+A%s+127%.0%.0%.)1" } do
            local forged = what == "TLSA" and "%10000" or "%12"
            with_zones({
                server = cert "own",
                tlsa = { tlsa(3, 1, 1, pem "own") },
                tamper = function(text)
                    local changed, count = text:gsub(pattern, forged)
                    assert(count >= 1, what .. " is not in\n" .. text)
                    return changed
                end,
            }, is_refused "DNSSEC: .* is forged or damaged")
        end
    end)

    it("goes nowhere when the zone has lost its signatures", function()
        with_zones({
            server = cert "domain",
            bot = BOT:gsub("%${E2E_OTHER_CA}", certs.ca),
            tamper = function(text) return (text:gsub("[^\n]+IN%s+RRSIG%s[^\n]*\n", "")) end,
        }, is_refused "DNSSEC: .* is forged or damaged")
    end)

    it("keeps to the ordinary rules where there is no record", function()
        local bot = BOT:gsub("%${E2E_OTHER_CA}", certs.ca)
        with_zones({ bot = bot, server = cert "domain", log = "level: info" }, function(world)
            is_online()(world)
            assert.matches("without DANE: host%.served%.example has no TLSA record", world.log)
        end)
        with_zones({ server = cert "own" }, is_refused "is self%-signed")
    end)

    it("keeps to the ordinary rules where the zone is not signed", function()
        local bot = BOT:gsub("%${E2E_OTHER_CA}", certs.ca)
        with_zones({ domain = PLAIN, bot = bot, server = cert "plain", log = "level: info", tlsa = { tlsa(3, 1, 1, pem "wrong") } },
            function(world)
                is_online(PLAIN)(world)
                assert.matches("without DANE: the SRV records that name host%.plain%.example are not signed %(DNSSEC%)", world.log)
            end)
        with_zones({ domain = PLAIN, server = cert "own", tlsa = { tlsa(3, 1, 1, pem "own") } }, is_refused "is self%-signed")
    end)

    it("is asked for a server that is given", function()
        with_zones({ server = cert "own", bot = BOT .. "    server: served.example:PORT\n", zone = function(world)
            set_port(world, world.server.port)
            return ("@ A 127.0.0.1\n_%d._tcp TLSA %s"):format(world.server.port, tlsa(3, 1, 1, pem "own"))
        end }, is_online())
    end)

    for transport, url in pairs { websocket = "wss://served.example:PORT/xmpp-websocket", bosh = "https://served.example:PORT/http-bind" } do
        it("is asked for the host of a URL: " .. transport, function()
            local bot = ("%s    transport: %s\n    server: %s\n"):format(BOT, transport, url)
            local server = cert "own"
            server[#server + 1] = "--" .. transport
            local function records_of(stem)
                return function(world)
                    set_port(world, world.server.https_port)
                    return ("@ A 127.0.0.1\n_%d._tcp TLSA %s"):format(world.server.https_port, tlsa(3, 1, 1, pem(stem)))
                end
            end
            with_zones({ server = server, bot = bot, zone = records_of "own" }, function(world)
                is_online()(world)
                assert.matches("certificate verified by its TLSA record 3 1 1", world.log)
            end)
            with_zones({ server = server, bot = bot, zone = records_of "wrong" }, is_refused "is not the one that DNS announces %(DANE%)")
        end)
    end

    it("holds with direct TLS", function()
        with_zones({
            server = cert "own",
            zone = function(world)
                local port = world.server.direct_port
                return ("_xmpps-client._tcp SRV 1 0 %d host\nhost A 127.0.0.1\n_%d._tcp.host TLSA %s"):format(port, port, tlsa(3, 1, 1, pem "own"))
            end,
        }, function(world)
            is_online()(world)
            assert.not_matches("starttls", world.log)
            assert.matches("certificate verified by its TLSA record 3 1 1", world.log)
        end)
    end)

    it("takes the name of a target that is signed, also where the target's own zone is not", function()
        local function elsewhere(world) return ("_xmpp-client._tcp SRV 1 0 %d host.plain.example."):format(world.server.port) end
        local bot = BOT:gsub("%${E2E_OTHER_CA}", certs.ca)
        with_zones({ bot = bot, server = cert "elsewhere", zone = elsewhere }, function(world)
            is_online()(world)
            assert.matches("without DANE: the addresses of host%.plain%.example are not signed %(DNSSEC%)", world.log)
        end)
    end)

    it("goes nowhere when DNS does not answer", function()
        with_zones({ silent = true, bot = BOT .. "    timeout: 1s\n" }, function(world)
            world:wait_log "cannot connect: DNS.*cannot connect: DNS"
            assert.not_matches("host-meta", world.log, 1, true)
        end)
    end)

    it("leaves no way around a forged record: no host-meta is asked", function()
        with_zones({
            server = cert "own",
            zone = function() return "@ A 127.0.0.1\n_5222._tcp TLSA " .. tlsa(3, 1, 1, pem "own") end,
            tamper = function(text) return (text:gsub("(TLSA%s+3 1 1 )%x%x%x%x", "%10000")) end,
        }, function(world)
            is_refused "DNSSEC: the answer of DNS for the TLSA records of served%.example is forged or damaged"(world)
            world:wait_log("next attempt.*cannot connect: ")
            assert.not_matches("host-meta", world.log, 1, true)
        end)
    end)

    it("does not vouch for a host that the server sends to", function()
        local zones = signed_zones.new(SIGNED)
        local function start(stem) return sasl2.start("echo", "hush-e2e-hush", pem(stem), certs.dir .. "/" .. stem .. ".key") end
        local first, second = start "own", start "wrong"
        first:tell(("elsewhere trap.%s:%d"):format(SIGNED, second.port))
        zones:serve { [SIGNED] = ("home A 127.0.0.1\n_%d._tcp.home TLSA %s\ntrap A 127.0.0.1\n_%d._tcp.trap TLSA %s"):format(
            first.port, tlsa(3, 1, 1, pem "own"), second.port, tlsa(3, 1, 1, pem "wrong")) }
        local bot = BOT:gsub("DOMAIN", "localhost"):gsub("dane: true,", "dane: true, mode: direct,"):gsub("%${E2E_OTHER_CA}", certs.ca)
        local ok, err = pcall(e2e.with, {
            bots = bot .. ("    server: home.%s:%d\n"):format(SIGNED, first.port),
            top = zones:config(),
            online = {},
        }, function(world)
            first:expect "elsewhere"
            world:wait_log "the certificate of trap%.served%.example [^\n]*is self%-signed"
            first:expect "elsewhere" -- and asks at home again
            assert.equal(1, #second.seen) -- its port is all that it told
        end)
        first:stop()
        second:stop()
        zones:close()
        if not ok then error(err, 0) end
    end)

    it("names what is missing when there is no trust anchor", function()
        local dir, remove = e2e.folder {
            ["c.yaml"] = 'dns: { trust_anchor: none.key }\nbots:\n  b: { jid: b@localhost, password: x, tls: { dane: true } }\n',
        }
        local code, out, err = e2e.run { "check", dir .. "/c.yaml" }
        remove()
        assert.equal(78, code)
        assert.matches("c%.yaml:3:%d+: DNSSEC needs a trust anchor, and /.*/none%.key cannot be read", out .. err)
    end)

    it("loads the validating resolver for those alone who ask", function()
        local function has_libunbound(world) return world:has_loaded "libunbound" end
        with_zones({ server = cert "own", tlsa = { tlsa(3, 1, 1, pem "own") } }, function(world)
            is_online()(world)
            assert.is_true(has_libunbound(world))
        end)
        local bot = BOT:gsub("dane: true", "dane: false"):gsub("%${E2E_OTHER_CA}", certs.ca)
        with_zones({ bot = bot, server = cert "domain" }, function(world)
            is_online()(world)
            assert.is_false(has_libunbound(world))
        end)
    end)
end)

-- SPDX-License-Identifier: MIT
-- Bytes that no server should send: a stream error, the end of that stream, a new one; nothing else is disturbed.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local process = require "spec.e2e.process"

local ECHO = [[
  echo:
    @account echo
    hooks:
      - { event: message, call: echo.say }
]]
-- A bot for each attack: one that lost its stream often waits longer and longer before it comes back.
local VICTIM = [[
  victimN:
    jid: victimN@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    tls: { mode: none }
    sasl: [PLAIN]
    hooks:
      - { event: message, call: echo.say }
]]
local function message(body) return "<message from='a@localhost/x' type='chat'><body>" .. body .. "</body></message>" end
local function many(count, format)
    local parts = {}
    for i = 1, count do parts[i] = format:format(i) end
    return table.concat(parts)
end

local ATTACKS = {
    { "a stanza over the size limit", "policy-violation", message(("x"):rep(300000)) },
    { "a stanza deeper than 200", "policy-violation",
        "<message from='a@localhost/x'>" .. ("<a>"):rep(250) .. ("</a>"):rep(250) .. "</message>" },
    { "a thousand attributes", "policy-violation", "<message" .. many(1000, " a%d=''") .. "/>" },
    { "a hundred thousand attributes", "policy-violation", "<message" .. many(100000, " a%d=''") .. "/>" },
    { "a thousand namespaces", "policy-violation", "<message" .. many(1000, " xmlns:a%d='urn:a'") .. "/>" },
    { "a token of 50 MB", "policy-violation", "<message from='" .. ("x"):rep(50 << 20) },
    { "a comment", "restricted-xml", "<message><!-- psst --></message>" },
    { "a processing instruction", "restricted-xml", "<message><?php echo ?></message>" },
    { "an entity that nobody knows", "restricted-xml", message "&lol;" },
    { "an attribute twice", "not-well-formed", "<message from='a@localhost' from='localhost'/>" },
    { "half a character that hides a tag", "not-well-formed", message "\xe2</body></message><message><body>psst" },
    { "invalid UTF-8", "not-well-formed", message "\xc3\x28" },
    { "a control character", "not-well-formed", message "\1" },
    { "tags that do not match", "not-well-formed", "<message><body></message></body>" },
    { "a prefix that was never bound", "not-well-formed", "<message><x:y/></message>" },
    { "text between stanzas", nil, "hello?" },
    { "a document type in the middle", nil, "<!DOCTYPE x [<!ENTITY lol 'lol'>]>" },
}

-- What a test needs: the bots that are to be attacked, each with its server.
local function victims(count)
    local servers, bots = {}, { ECHO }
    for i = 1, count do
        servers[i] = fake.new("victim" .. i)
        bots[i + 1] = VICTIM:gsub("victimN", "victim" .. i):gsub("PORT", tostring(servers[i].port))
    end
    return servers, table.concat(bots)
end

describe("a hostile server", function()
    local world, servers, echo_jid, romeo

    setup(function()
        local bots
        servers, bots = victims(#ATTACKS + 2)
        world = e2e.start { bots = bots, online = { "echo" } }
        echo_jid = world:full_jid "echo"
        romeo = world:human "romeo"
    end)

    teardown(function()
        world:stop()
        for _, server in ipairs(servers) do server:close() end
    end)

    for i, attack in ipairs(ATTACKS) do
        local name, condition, bytes = table.unpack(attack, 1, 3)
        it("with " .. name .. " gets a stream error, and the bot comes back", function()
            local link = servers[i]:accept()
            link:send(message "first")
            link:wait "<body>first</body>"
            link:send(bytes)
            link:wait "<stream:error>"
            if condition then link:wait("<" .. condition) end
            link:wait "</stream:stream>"
            link:close()
            romeo:say("echo@localhost", name)
            romeo:expect { from = echo_jid, body = name }
            local again = servers[i]:accept()
            again:send(message "again")
            again:wait "<body>again</body>"
        end)
    end

    it("that cuts every stanza in pieces is answered all the same", function()
        local link = servers[#ATTACKS + 1]:accept()
        for byte in message("h\u{e9}llo"):gmatch "." do link:send(byte) end
        link:wait "<body>h\u{e9}llo</body>"
    end)

    it("that sends errors, and answers nobody asked for, gets no answer", function()
        local link = servers[#ATTACKS + 2]:accept()
        link:send "<iq type='result' id='nobody-asked' from='localhost'/>"
        link:send "<iq type='error' id='nobody-asked' from='localhost'/>"
        link:send "<message from='a@localhost' type='error'><body>no</body></message>"
        link:send "<iq type='get' id='last' from='localhost'><query xmlns='urn:example:unknown'/></iq>"
        link:wait "service-unavailable"
        local _, answers = link.received:gsub("id=['\"]nobody%-asked", "")
        assert.equal(0, answers)
        assert.not_matches("<body>no</body>", link.received, 1, true)
    end)
end)

describe("a server that asks without end", function()
    it("and reads no answer is left, before the answers fill the memory", function()
        local server = fake.new("victim1", { steps = fake.managed() })
        local bots = VICTIM:gsub("victimN", "victim1"):gsub("PORT", tostring(server.port))
        e2e.with({ bots = bots, online = {}, log = "level: info" }, function(world)
            local link = server:accept()
            link.tcp:read_stop()
            local requests = ("<r xmlns='urn:xmpp:sm:3'/>"):rep(20000)
            for _ = 1, 80 do link:send(requests) end
            world:wait_log "does not read what it is answered"
            link:close()
            process.wait("the bot to come back", function() return #server.links > 1 end)
        end)
        server:close()
    end)
end)

-- SPDX-License-Identifier: MIT
-- Servers that fall silent, or say next to nothing for ever, at each step of the way: `timeout` is the end of each, the
-- log says what was waited for, and the bot tries again. What the stream itself decides is in spec/stream/timeout_*.xt.
local e2e = require "spec.e2e.harness"
local fake = require "spec.e2e.fake_server"
local process = require "spec.e2e.process"

local STARTTLS = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
local OPEN = "<stream:stream[^>]*>"

local function header(link) return fake.HEADER:format(link.number) end
local function opens(features) return { OPEN, function(link) return header(link) .. features end } end
local function says(bytes) return function() return bytes end end

-- Online at first, with a session to resume; once it has been, it gets no answer to <resume/>.
local function managed()
    local was_online = false
    return function()
        if was_online then return fake.steps(2, opens(fake.OFFERS_SM)) end
        local steps = fake.managed()
        local pattern, act = table.unpack(steps[#steps])
        steps[#steps] = { pattern, function(link)
            was_online = true
            return act(link)
        end }
        return steps
    end
end

local WAITED = "cannot connect: no answer within 3 s while we waited for "
local NO_TLS = "tls: { mode: none }"
-- name, what the log says, steps, `tls`, what is dribbled, whether the bot is online first
local PHASES = {
    { "its header", WAITED .. "the server's stream header", {}, NO_TLS },
    { "its header, which dribbles in", WAITED .. "the server's stream header", { { OPEN, says "<stream:stream x='" } },
        NO_TLS, dribble = "x" },
    { "its features", WAITED .. "the stream features", { { OPEN, header } }, NO_TLS },
    { "its features, with blanks", WAITED .. "the stream features", { { OPEN, header } }, NO_TLS, dribble = " " },
    { "the answer to STARTTLS", WAITED .. "the answer to STARTTLS", { opens(STARTTLS) }, "tls: { mode: starttls }" },
    { "the TLS handshake after STARTTLS", WAITED .. "the TLS handshake",
        { opens(STARTTLS), { "<starttls[^>]*>", says "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" } },
        "tls: { mode: starttls }" },
    { "the TLS handshake", "does not answer the TLS handshake", {}, "tls: { mode: direct }" },
    { "the TLS handshake, which dribbles in", "does not answer the TLS handshake",
        { { "\x16", says "\x16\x03\x03\x3f\xff\x02" } }, "tls: { mode: direct }", dribble = "\0" },
    { "the answer to the login", WAITED .. "the answer to the login", fake.steps(1), NO_TLS },
    { "the answer to the login, with blanks", WAITED .. "the answer to the login", fake.steps(1), NO_TLS, dribble = "\n" },
    { "the header after the login", WAITED .. "the server's stream header", fake.steps(2), NO_TLS },
    { "the features after the login", WAITED .. "the stream features", fake.steps(2, { OPEN, header }), NO_TLS },
    { "the resource", WAITED .. "the resource", fake.steps(3), NO_TLS },
    { "the resource, in an iq without end", WAITED .. "the resource",
        fake.steps(3, { "<iq.-</iq>", says "<iq x='" }), NO_TLS, dribble = "x" },
    { "the session to be resumed", "no answer within 3 s while we waited for the session to be resumed", managed(), NO_TLS, resumes = true },
    { "anything, once the bot is online", "offline: the server has fallen silent: no answer to a ping within 3 s",
        fake.steps(), NO_TLS },
}

describe("a silent server", function()
    local world, servers = nil, {}

    setup(function()
        local bots = {}
        for i, phase in ipairs(PHASES) do
            servers[i] = fake.new("bot" .. i, { steps = phase[3], dribble = phase.dribble, is_silent = true })
            bots[i] = ([[
  botN:
    jid: botN@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:PORT
    timeout: 3s
    keepalive: 1s
    sasl: [PLAIN]
    TLS
]]):gsub("%u+", { N = i, PORT = servers[i].port, TLS = phase[4] })
        end
        world = e2e.start { bots = table.concat(bots), online = {} }
    end)

    teardown(function()
        for _, server in ipairs(servers) do server:close() end
        world:stop()
    end)

    for i, phase in ipairs(PHASES) do
        it("is not waited for longer than `timeout` for " .. phase[1], function()
            local server, tries = servers[i], phase.resumes and 3 or 2
            if phase.resumes then server:accept():close() end
            world:wait_log(" bot" .. i .. ": [^\n]*" .. phase[2])
            process.wait("bot" .. i .. " to try again", function() return #server.links >= tries end)
        end)
    end
end)

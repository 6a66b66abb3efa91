-- SPDX-License-Identifier: MIT
-- fake_server: an XMPP server that lets anybody in and then sends what no real server would.
--
--   local server = fake.new("mallory")          -- for mallory@localhost, on a free port of loopback, without TLS
--   local link = server:accept()                -- comes back when the bot is available there
--   link:send "<message>..."                    link:wait "<stream:error>"         link:wait_close()
--
-- It knows just enough of RFC 6120 to get a bot online: features, PLAIN, bind. It checks nothing. What it receives
-- is kept as bytes (`link.received`), which the specs search.
-- `server.greeting`: what is sent in place of the first features. Another talk is a list of steps of its own, or a
-- function of the connection's number that gives one:
--
--   local server = fake.new("mallory", { steps = fake.steps(3), dribble = " " })
--
-- has nothing to say after the third step but a blank every now and then.
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local DRIBBLE_MS = 100

-- A bot whose server it is, for string.format: the name twice, the port; further keys may follow.
M.BOT = [[
  %s:
    jid: %s@localhost
    password: hush-e2e-hush
    server: 127.0.0.1:%d
    tls: { mode: none }
    sasl: [PLAIN]
]]

local server_mt, link_mt = {}, {}
server_mt.__index, link_mt.__index = server_mt, link_mt

local HEADER = "<?xml version='1.0'?><stream:stream from='localhost' id='fake-%d' version='1.0' "
    .. "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
local MECHANISMS = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    .. "<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
local BIND = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
M.OFFERS_SM = BIND:gsub("</stream", "<sm xmlns='urn:xmpp:sm:3'/>%0")
local SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
local BOUND = "<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    .. "<jid>%s@localhost/fake</jid></bind></iq>"
local ROSTER = "<iq type='result' id='%s'><query xmlns='jabber:iq:roster'/></iq>"

local function id_of(stanza) return stanza:match "id=['\"]([^'\"]*)['\"]" end

-- What is waited for, in this order, and the answer to it.
local STEPS = {
    { "<stream:stream[^>]*>", function(link) return HEADER:format(link.number) .. (link.server.greeting or MECHANISMS) end },
    { "<auth.-</auth>", function() return SUCCESS end },
    { "<stream:stream[^>]*>", function(link) return HEADER:format(link.number) .. BIND end },
    { "<iq.-</iq>", function(link, iq) return BOUND:format(id_of(iq), link.server.account) end },
    { "<iq.-</iq>", function(_, iq) return ROSTER:format(id_of(iq)) end },
    { "<presence.*>", function(link) link.is_available = true end },
}

---What is said until a bot is available, or the first so many steps of it; then steps of the caller's own.
function M.steps(count, ...)
    local steps = table.move(STEPS, 1, count or #STEPS, 1, {})
    return table.move({ ... }, 1, select("#", ...), #steps + 1, steps)
end

M.HEADER = HEADER

---The same with stream management (XEP-0198), and a session that could be resumed.
function M.managed()
    return M.steps(2,
        { "<stream:stream[^>]*>", function(link) return HEADER:format(link.number) .. M.OFFERS_SM end },
        { "<iq.-</iq>", function(link, iq) return BOUND:format(id_of(iq), link.server.account) end },
        { "<enable [^>]*>", function() return "<enabled xmlns='urn:xmpp:sm:3' id='kept' resume='true' max='600'/>" end },
        { "<presence.*>", function(link) link.is_available = true end })
end

local function dribble(link)
    local bytes = link.server.dribble
    if not bytes or link.steps[link.step] or link.timer then return end
    link.timer = uv.new_timer()
    link.timer:start(DRIBBLE_MS, DRIBBLE_MS, function() link:send(bytes) end)
end

local function step(link)
    while link.steps[link.step] do
        local pattern, answer = table.unpack(link.steps[link.step])
        local first, last = link.received:find(pattern, link.read)
        if not first then return end
        link.step, link.read = link.step + 1, last + 1
        local reply = answer(link, link.received:sub(first, last))
        if reply then link:send(reply) end
    end
    dribble(link)
end

-- A server that is not to be silent answers pings: those that keep the connection alive, and a bot's own.
local function answer_pings(link)
    while true do
        local _, last, ping = link.received:find("(<iq [^>]*>)<ping xmlns='urn:xmpp:ping'/></iq>", link.pinged)
        if not last then return end
        link.pinged = last + 1
        link:send(("<iq type='result' id='%s' from='localhost'/>"):format(id_of(ping)))
    end
end

local function on_connection(server)
    local link = setmetatable({ server = server, received = "", read = 1, step = 1, pinged = 1 }, link_mt)
    link.number = #server.links + 1
    link.steps = type(server.steps) == "function" and server.steps(link.number) or server.steps
    link.tcp = uv.new_tcp()
    server.tcp:accept(link.tcp)
    server.links[link.number] = link
    link.tcp:read_start(function(_, chunk)
        if not chunk then
            link:close()
            return
        end
        link.received = link.received .. chunk
        step(link)
        if not server.is_silent then answer_pings(link) end
    end)
end

function link_mt:close()
    self.is_closed = true
    if self.timer and not self.timer:is_closing() then self.timer:close() end
    if not self.tcp:is_closing() then self.tcp:close() end
end

function link_mt:send(bytes)
    if not self.is_closed then self.tcp:write(bytes) end
end

---Comes back when these bytes have arrived, at or after byte `from` of all.
function link_mt:wait(text, from)
    local function what() return text .. " in what the bot sent: " .. self.received:sub(-2000) end
    return process.wait(what, function() return self.received:find(text, from or 1, true) end, 2)
end

function link_mt:wait_close()
    return process.wait("the bot to close", function() return self.is_closed end, 2)
end

---The next connection on which the bot is available, as soon as it is; what ended before that was an attempt.
function server_mt:accept()
    local number = self.accepted + 1
    local link = process.wait(function() return "connection " .. number .. " of " .. self.account end, function()
        local link = self.links[number]
        while link and link.is_closed and not link.is_available do
            number = number + 1
            link = self.links[number]
        end
        return link and link.is_available and link
    end, 2)
    self.accepted = number
    return link
end

function server_mt:close()
    for _, link in ipairs(self.links) do link:close() end
    self.tcp:close()
    uv.run "nowait" -- closed handles are libuv's until then
end

---@param options? { steps?: table[]|fun(number: integer): table[], dribble?: string, is_silent?: boolean }
function M.new(account, options)
    local server = setmetatable({ account = account, links = {}, accepted = 0, tcp = uv.new_tcp() }, server_mt)
    server.steps = options and options.steps or STEPS
    server.dribble = options and options.dribble
    server.is_silent = options and options.is_silent
    server.tcp:bind("127.0.0.1", 0)
    server.tcp:listen(8, function() on_connection(server) end)
    server.port = server.tcp:getsockname().port
    return server
end

return M

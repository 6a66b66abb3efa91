-- SPDX-License-Identifier: MIT
-- fake_server: an XMPP server that lets anybody in and then sends what no real server would.
--
--   local server = fake.new("mallory")          -- for mallory@localhost, on a free port of loopback, without TLS
--   local link = server:accept()                -- comes back when the bot is available there
--   link:send "<message>..."                    link:wait "<stream:error>"         link:wait_close()
--
-- It knows just enough of RFC 6120 to get a bot online: features, PLAIN, bind. It checks nothing. What it receives
-- is kept as bytes (`link.received`), which the specs search.
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local server_mt, link_mt = {}, {}
server_mt.__index, link_mt.__index = server_mt, link_mt

local HEADER = "<?xml version='1.0'?><stream:stream from='localhost' id='fake-%d' version='1.0' "
    .. "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
local MECHANISMS = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    .. "<mechanism>PLAIN</mechanism></mechanisms></stream:features>"
local BIND = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
local SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
local BOUND = "<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    .. "<jid>%s@localhost/fake</jid></bind></iq>"
local ROSTER = "<iq type='result' id='%s'><query xmlns='jabber:iq:roster'/></iq>"

local function id_of(stanza) return stanza:match "id=['\"]([^'\"]*)['\"]" end

-- What is waited for, in this order, and the answer to it.
local STEPS = {
    { "<stream:stream[^>]*>", function(link) return HEADER:format(link.number) .. MECHANISMS end },
    { "<auth.-</auth>", function() return SUCCESS end },
    { "<stream:stream[^>]*>", function(link) return HEADER:format(link.number) .. BIND end },
    { "<iq.-</iq>", function(link, iq) return BOUND:format(id_of(iq), link.server.account) end },
    { "<iq.-</iq>", function(_, iq) return ROSTER:format(id_of(iq)) end },
    { "<presence.*>", function(link) link.is_available = true end },
}

local function step(link)
    while STEPS[link.step] do
        local pattern, answer = table.unpack(STEPS[link.step])
        local first, last = link.received:find(pattern, link.read)
        if not first then return end
        link.step, link.read = link.step + 1, last + 1
        local reply = answer(link, link.received:sub(first, last))
        if reply then link:send(reply) end
    end
end

local function on_connection(server)
    local link = setmetatable({ server = server, received = "", read = 1, step = 1 }, link_mt)
    link.number = #server.links + 1
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
    end)
end

function link_mt:close()
    self.is_closed = true
    if not self.tcp:is_closing() then self.tcp:close() end
end

function link_mt:send(bytes)
    if not self.is_closed then self.tcp:write(bytes) end
end

---Comes back when these bytes have arrived.
function link_mt:wait(text)
    local function what() return text .. " in what the bot sent: " .. self.received:sub(-2000) end
    return process.wait(what, function() return self.received:find(text, 1, true) end, 2)
end

function link_mt:wait_close()
    return process.wait("the bot to close", function() return self.is_closed end, 2)
end

---The next connection, when the bot is available on it.
function server_mt:accept()
    self.accepted = self.accepted + 1
    return process.wait("connection " .. self.accepted .. " of " .. self.account, function()
        local link = self.links[self.accepted]
        return link and link.is_available and link
    end, 2)
end

function server_mt:close()
    for _, link in ipairs(self.links) do link:close() end
    self.tcp:close()
    uv.run "nowait" -- closed handles are libuv's until then
end

function M.new(account)
    local server = setmetatable({ account = account, links = {}, accepted = 0, tcp = uv.new_tcp() }, server_mt)
    server.tcp:bind("127.0.0.1", 0)
    server.tcp:listen(8, function() on_connection(server) end)
    server.port = server.tcp:getsockname().port
    return server
end

return M

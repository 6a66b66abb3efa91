-- SPDX-License-Identifier: MIT
-- fake_bosh: a server of BOSH (XEP-0124) for a bot, without TLS, that says what a spec wants it to say.
--
--   local server = fake.new()
--   local request = server:next "<auth"           the oldest request that nobody has answered and whose body has this
--   request:reply(body)                           HTTP 200 with this body
--   request:raw(bytes)      request:cut()         anything else, or the end of its connection
--   server:let_in()                               to where the bot is online
--   request.head, request.body, request.rid
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local server_mt, request_mt = {}, {}
server_mt.__index, request_mt.__index = server_mt, request_mt

M.BIND, M.STREAM = "http://jabber.org/protocol/httpbind", "http://etherx.jabber.org/streams"

function request_mt:raw(bytes)
    if not self.tcp:is_closing() then self.tcp:write(bytes) end
end

function request_mt:reply(body)
    self:raw(("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
end

---@param inside? string
---@param attributes? string
function request_mt:say(inside, attributes)
    self:reply(("<body xmlns='%s' xmlns:stream='%s' %s>%s</body>"):format(M.BIND, M.STREAM, attributes or "", inside or ""))
end

function request_mt:cut()
    if not self.tcp:is_closing() then self.tcp:close() end
end

local function take_requests(server, tcp, rest)
    while true do
        local head, from = rest:match "^(.-\r\n\r\n)()"
        if not head then return rest end
        local len = tonumber(head:match "Content%-Length: (%d+)")
        if #rest < from - 1 + len then return rest end
        local body = rest:sub(from, from - 1 + len)
        local request = { server = server, tcp = tcp, head = head, body = body, rid = tonumber(body:match "rid='(%d+)'") }
        server.requests[#server.requests + 1] = setmetatable(request, request_mt)
        rest = rest:sub(from + len)
    end
end

local function on_connection(server)
    local tcp, rest = uv.new_tcp(), ""
    server.tcp:accept(tcp)
    server.links[#server.links + 1] = tcp
    tcp:read_start(function(_, chunk)
        if chunk then
            rest = take_requests(server, tcp, rest .. chunk)
            return
        end
        for i = #server.requests, 1, -1 do -- nobody waits for an answer to these any more
            if server.requests[i].tcp == tcp then table.remove(server.requests, i) end
        end
        if not tcp:is_closing() then tcp:close() end
    end)
end

function M.new()
    local server = setmetatable({ tcp = uv.new_tcp(), links = {}, requests = {} }, server_mt)
    assert(server.tcp:bind("127.0.0.1", 0))
    server.port = server.tcp:getsockname().port
    assert(server.tcp:listen(16, function() on_connection(server) end))
    return server
end

---@param part? string pattern
function server_mt:next(part)
    local found
    process.wait(("a BOSH request with %s"):format(part or "anything"), function()
        for i, request in ipairs(self.requests) do
            if not part or request.body:find(part) then
                found = table.remove(self.requests, i)
                return true
            end
        end
        return false
    end)
    return found
end

local SESSION = "sid='fake' wait='60' hold='1' requests='2' authid='i' from='localhost' xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'"

---@param attributes? string
function server_mt:let_in(attributes)
    self:next("^<body [^>]*to='localhost'"):say("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
        .. "<mechanism>PLAIN</mechanism></mechanisms></stream:features>", attributes or SESSION)
    self:next("<auth"):say "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    self:next("xmpp:restart='true'"):say "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
    local bind = self:next "<bind"
    bind:say(("<iq xmlns='jabber:client' type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        .. "<jid>mallory@localhost/x</jid></bind></iq>"):format(bind.body:match "<iq [^>]-id='([^']+)'"))
end

function server_mt:close()
    for _, tcp in ipairs(self.links) do
        if not tcp:is_closing() then tcp:close() end
    end
    if not self.tcp:is_closing() then self.tcp:close() end
end

return M

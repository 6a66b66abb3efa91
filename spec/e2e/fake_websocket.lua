-- SPDX-License-Identifier: MIT
-- fake_websocket: a server of WebSocket (RFC 6455) for a bot, without TLS, that says what a spec wants it to say.
--
--   local server = fake.new(function(link) link:upgrade() end)   -- called when the request is complete
--   link:reply "HTTP/1.1 404 Not Found\r\n\r\n"                   -- instead of upgrade()
--   link.at_end = link.upgrade                                    -- when the bot says no more; else: the link is closed
--   link:frame("\x81", "<open .../>")      link:say "<open .../>"     link:raw(bytes)
--   link:wait "<open"                      what the bot sent, its masks taken off, as one text
--   link:wait_close(1002)                  the bot's close frame with this code, and then the connection's end
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local server_mt, link_mt = {}, {}
server_mt.__index, link_mt.__index = server_mt, link_mt

-- SHA-1 (FIPS 180-4), for Sec-WebSocket-Accept.
local function sha1(text)
    local function rotate(x, n) return ((x << n) | (x >> (32 - n))) & 0xffffffff end
    local h = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }
    text = text .. "\x80" .. ("\0"):rep((55 - #text) % 64) .. (">I8"):pack(#text * 8)
    for block = 1, #text, 64 do
        local w = { (">" .. ("I4"):rep(16)):unpack(text, block) }
        for i = 17, 80 do w[i] = rotate(w[i - 3] ~ w[i - 8] ~ w[i - 14] ~ w[i - 16], 1) end
        local a, b, c, d, e = table.unpack(h)
        for i = 1, 80 do
            local f, k
            if i <= 20 then
                f, k = (b & c) | (~b & d), 0x5a827999
            elseif i <= 40 then
                f, k = b ~ c ~ d, 0x6ed9eba1
            elseif i <= 60 then
                f, k = (b & c) | (b & d) | (c & d), 0x8f1bbcdc
            else
                f, k = b ~ c ~ d, 0xca62c1d6
            end
            local sum = (rotate(a, 5) + (f & 0xffffffff) + e + k + w[i]) & 0xffffffff
            a, b, c, d, e = sum, a, rotate(b, 30), c, d
        end
        for i, x in ipairs { a, b, c, d, e } do h[i] = (h[i] + x) & 0xffffffff end
    end
    return (">I4I4I4I4I4"):pack(table.unpack(h))
end

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(bytes)
    local out = {}
    for i = 1, #bytes, 3 do
        local a, b, c = bytes:byte(i, i + 2)
        local n = a << 16 | (b or 0) << 8 | (c or 0)
        local count = c and 4 or b and 3 or 2
        for k = 1, 4 do
            local at = (n >> (24 - 6 * k) & 63) + 1
            out[#out + 1] = k <= count and ALPHABET:sub(at, at) or "="
        end
    end
    return table.concat(out)
end

-- The first frame of these bytes: its first byte, its content, how long it was; nil: it is not there yet.
local function read_frame(bytes)
    if #bytes < 6 or bytes:byte(2) & 0x7f == 127 and #bytes < 10 then return nil end
    local first, second = bytes:byte(1, 2)
    assert(second & 0x80 ~= 0, "a client's frame without a mask")
    local len, at = second & 0x7f, 3
    if len == 126 then
        len, at = (">I2"):unpack(bytes, 3)
    elseif len == 127 then
        len, at = (">I8"):unpack(bytes, 3)
    end
    if #bytes < at + 3 + len then return nil end
    local mask = { bytes:byte(at, at + 3) }
    local i = 0
    local text = bytes:sub(at + 4, at + 3 + len):gsub(".", function(c)
        i = i + 1
        return string.char(c:byte() ~ mask[(i - 1) % 4 + 1])
    end)
    return first, text, at + 3 + len
end

local function read_frames(link)
    while true do
        local first, text, len = read_frame(link.rest)
        if not first then return end
        link.rest = link.rest:sub(len + 1)
        if first == 0x88 then
            link.close_code = #text >= 2 and (">I2"):unpack(text) or 0
        elseif first == 0x81 then
            link.received = link.received .. text .. "\n"
        else
            link.others = link.others .. ("%02x "):format(first)
        end
    end
end

local function on_bytes(link, chunk)
    link.rest = link.rest .. chunk
    if not link.request then
        local last = select(2, link.rest:find("\r\n\r\n", 1, true))
        if not last then return end
        link.request, link.rest = link.rest:sub(1, last), link.rest:sub(last + 1)
        link.server.on_request(link)
    end
    read_frames(link)
end

local function on_connection(server)
    local link = setmetatable({ server = server, rest = "", received = "", others = "", tcp = uv.new_tcp() }, link_mt)
    server.tcp:accept(link.tcp)
    server.links[#server.links + 1] = link
    link.tcp:read_start(function(_, chunk)
        if chunk then
            on_bytes(link, chunk)
        elseif link.at_end then
            link:at_end()
        else
            link:close()
        end
    end)
end

function link_mt:close()
    self.is_closed = true
    if not self.tcp:is_closing() then self.tcp:close() end
end

function link_mt:raw(bytes)
    if not self.is_closed then self.tcp:write(bytes) end
end

link_mt.reply = link_mt.raw

---@param extra? string more header lines
function link_mt:upgrade(extra)
    local key = self.request:match "Sec%-WebSocket%-Key: (%S+)"
    self:raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        .. "Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Accept: "
        .. base64(sha1(key .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) .. "\r\n" .. (extra or "") .. "\r\n")
end

---@param first string the first byte: "\x81" is a text message, "\x01" its first fragment, "\x88" close
function link_mt:frame(first, text)
    local len = #text < 126 and string.char(#text) or #text < 65536 and (">BI2"):pack(126, #text)
        or (">BI8"):pack(127, #text)
    self:raw(first .. len .. text)
end

function link_mt:say(text) self:frame("\x81", text) end

---Comes back when this Lua pattern is in what the bot has sent, at or after what the last wait found.
function link_mt:wait(pattern)
    local function what() return pattern .. " in what the bot sent: " .. self.received:sub(-2000) end
    return process.wait(what, function()
        local first, last, capture = self.received:find(pattern, self.read or 1)
        if first then self.read = last + 1 end
        return first and (capture or true)
    end, 2)
end

---@param code? integer of the bot's close frame
function link_mt:wait_close(code)
    process.wait("the bot to close the WebSocket", function() return self.close_code end, 2)
    assert(not code or self.close_code == code, ("closed with %d, not %s"):format(self.close_code, code))
end

function link_mt:wait_end()
    process.wait("the end of the connection", function() return self.is_closed end, 2)
end

---The n-th connection, as soon as its request is there.
function server_mt:link(n)
    return process.wait("connection " .. n, function()
        local link = self.links[n]
        return link and link.request and link
    end, 2)
end

function server_mt:close()
    for _, link in ipairs(self.links) do link:close() end
    self.tcp:close()
    uv.run "nowait" -- closed handles are libuv's until then
end

---@param on_request fun(link: table)
function M.new(on_request)
    local server = setmetatable({ links = {}, tcp = uv.new_tcp(), on_request = on_request }, server_mt)
    server.tcp:bind("127.0.0.1", 0)
    server.tcp:listen(8, function() on_connection(server) end)
    server.port = server.tcp:getsockname().port
    return server
end

return M

-- SPDX-License-Identifier: MIT
-- socks: a proxy on a free port of loopback that speaks SOCKS5 (RFC 1928, 1929) and CONNECT of HTTP, whichever comes.
--
--   local proxy = socks.new { to = world.server.port, login = "me:secret" }      proxy.asked[1] == "nowhere.invalid:5222"
--
-- Whatever host it is asked for, it connects to `to`: names mean nothing to it. It keeps what went through it (`seen`).
local files = require "spec.files"
local uv = require "luv"

local M = {}
local socks_mt = {}
socks_mt.__index = socks_mt

local function say(link, bytes) link.bot:write(bytes) end

local function stop(link)
    for _, socket in ipairs { link.bot, link.server } do
        if not socket:is_closing() then socket:close() end
    end
end

local function carry(link, source, sink)
    source:read_start(function(_, chunk)
        if not chunk then return stop(link) end
        link.proxy.seen = link.proxy.seen .. chunk
        if not sink:is_closing() then sink:write(chunk) end
    end)
end

local function connect(link, place, fine, refused)
    local proxy = link.proxy
    proxy.asked[#proxy.asked + 1] = place
    if proxy.is_refusing then return say(link, refused) end
    link.bot:read_stop()
    link.server:connect("127.0.0.1", proxy.to, function(err)
        if err then return stop(link) end
        say(link, fine)
        carry(link, link.bot, link.server)
        carry(link, link.server, link.bot)
    end)
end

-- What is waited for: a step takes what it understands off `link.held` and returns the next step, nil to wait.
local steps = {}

function steps.first(link)
    if #link.held == 0 then return nil end
    return link.held:byte() == 5 and "greeting" or "http"
end

function steps.greeting(link)
    local methods = #link.held >= 2 and #link.held >= 2 + link.held:byte(2) and link.held:sub(3, 2 + link.held:byte(2))
    if not methods then return nil end
    link.held = link.held:sub(3 + #methods)
    local wanted = link.proxy.login and "\2" or "\0"
    say(link, "\5" .. (methods:find(wanted, 1, true) and wanted or "\xff"))
    return link.proxy.login and "login" or "socks"
end

function steps.login(link)
    local whole = #link.held >= 2 and 3 + link.held:byte(2)
    if not whole or #link.held < whole or #link.held < whole + link.held:byte(whole) then return nil end
    local user, password = ("s1s1"):unpack(link.held, 2)
    link.held = link.held:sub(whole + #password + 1)
    local is_right = user .. ":" .. password == link.proxy.login
    say(link, is_right and "\1\0" or "\1\1")
    return is_right and "socks" or nil
end

function steps.socks(link)
    local host, port, after
    if #link.held < 7 then return nil end
    if link.held:byte(4) == 3 then
        if #link.held < 7 + link.held:byte(5) then return nil end
        host, port, after = (">s1I2"):unpack(link.held, 5)
    elseif #link.held >= 10 then
        port, after = (">I2"):unpack(link.held, 9)
        host = table.concat({ link.held:byte(5, 8) }, ".")
    end
    if not host then return nil end
    link.held = link.held:sub(after)
    connect(link, host .. ":" .. port, "\5\0\0\1\0\0\0\0\0\0", "\5\5\0\1\0\0\0\0\0\0")
end

local function base64(text)
    return (files.output(("printf %%s '%s' | base64 -w0"):format(text)))
end

function steps.http(link)
    local head = link.held:match "^(.-\r\n)\r\n"
    if not head then return nil end
    link.held = ""
    local login = link.proxy.login
    if login and not head:find("\r\nProxy-Authorization: Basic " .. base64(login) .. "\r\n", 1, true) then
        return say(link, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    end
    connect(link, head:match "^CONNECT (%S+) HTTP/1.1\r\n", "HTTP/1.1 200 Connected\r\n\r\n", "HTTP/1.1 502 No\r\n\r\n")
end

local function on_connection(proxy)
    local link = { proxy = proxy, bot = uv.new_tcp(), server = uv.new_tcp(), held = "", step = "first" }
    proxy.tcp:accept(link.bot)
    proxy.links[#proxy.links + 1] = link
    link.bot:read_start(function(_, chunk)
        if not chunk then return stop(link) end
        link.held = link.held .. chunk
        local step = link.step
        while step do
            link.step, step = step, steps[step](link)
        end
    end)
end

function socks_mt:close()
    self.tcp:close()
    for _, link in ipairs(self.links) do stop(link) end
    uv.run "nowait"
end

---@param options { to: integer, login?: string }
function M.new(options)
    local proxy = setmetatable({ to = options.to, login = options.login, links = {}, asked = {}, seen = "" }, socks_mt)
    proxy.tcp = uv.new_tcp()
    proxy.tcp:bind("127.0.0.1", 0)
    proxy.tcp:listen(64, function() on_connection(proxy) end)
    proxy.port = proxy.tcp:getsockname().port
    return proxy
end

return M

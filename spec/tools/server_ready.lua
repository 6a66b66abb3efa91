-- SPDX-License-Identifier: MIT
-- Waits until the server started as process PID answers a stream header on 127.0.0.1:PORT.
--
--   lua5.4 server_ready.lua PID PORT LOG [FILE]      and FILE exists
--
-- Whoever answers there before the process has said in LOG that it has the port is a stranger. Exit status 1 when the
-- process ends, or says in LOG that it could not have a port, or after a deadline that only a stuck machine reaches.
local socket = require "socket"

local pid, port, log_path, file_path = arg[1], tonumber(arg[2]), arg[3], arg[4]
local HEADER = "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
    .. "xmlns:stream='http://etherx.jabber.org/streams'>"
local DEADLINE, STEP = 60, 0.02

local function read_all(path)
    local file = io.open(path)
    if not file then return "" end
    local text = file:read "a"
    file:close()
    return text
end

local function is_gone()
    local stat = read_all("/proc/" .. pid .. "/stat")
    return stat == "" or stat:find "%) [ZX]" ~= nil
end

local function lost_the_port()
    local log = read_all(log_path)
    return log:find("Failed to open server port", 1, true) or log:find "Failed to open socket at [^\n]*in use"
end

-- Prosody's words, and ejabberd's.
local function has_the_port()
    local log = read_all(log_path)
    return log:find("Activated service 'c2s' on [^\n]*:" .. port .. "\n") or log:find("Start accepting [^\n]*:" .. port .. " for ")
end

local function has_file()
    local file = not file_path or io.open(file_path)
    if file and file ~= true then file:close() end
    return file
end

local function answers()
    if not has_file() or not has_the_port() then return false end
    local conn = socket.tcp()
    conn:settimeout(5)
    local features
    if conn:connect("127.0.0.1", port) and conn:send(HEADER) then
        local text, _, partial = conn:receive(200)
        features = (text or partial or ""):find("<stream:stream", 1, true)
    end
    conn:close()
    return features ~= nil
end

local start = socket.gettime()
while not answers() do
    if is_gone() or lost_the_port() or socket.gettime() - start > DEADLINE then os.exit(1) end
    socket.sleep(STEP)
end
os.exit(not lost_the_port() and not is_gone())

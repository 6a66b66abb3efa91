-- SPDX-License-Identifier: MIT
-- server: the real server of a spec: spec/tools/prosody as an object. It knows the accounts, the port, and what the
-- server says in its log; it knows nothing of bots.
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local server_mt = {}
server_mt.__index = server_mt

local TOOL = assert(uv.cwd()) .. "/spec/tools/prosody"

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function run(...)
    local words = { TOOL, ... }
    for i, word in ipairs(words) do words[i] = quote(word) end
    local command = table.concat(words, " ")
    if not os.execute(command) then error("failed: " .. command, 0) end
end

local function read_file(path)
    local file = io.open(path)
    if not file then return "" end
    local text = file:read "a"
    file:close()
    return text
end

local function read_env(self)
    local env = read_file(self.dir .. "/env")
    self.pid = tonumber(env:match "PROSODY_PID=(%d+)")
    self.port = tonumber(env:match "PROSODY_PORT=(%d+)")
    self.direct_port = tonumber(env:match "PROSODY_TLS_PORT=(%d+)")
    self.https_port = tonumber(env:match "PROSODY_HTTPS_PORT=(%d+)")
    self.ca_file = env:match "PROSODY_CA='([^']*)'"
    self.other_ca_file = env:match "PROSODY_OTHER_CA='([^']*)'"
end

---@param accounts string[]
---@param options? string[] of spec/tools/prosody
function M.start(dir, accounts, password, options)
    local self = setmetatable({ dir = dir }, server_mt)
    local arguments = { "--tied-to", ("%d"):format(uv.os_getpid()), table.unpack(options or {}) }
    for _, name in ipairs(accounts) do
        table.insert(arguments, "--user")
        table.insert(arguments, name .. ":" .. password)
    end
    run("start", dir, table.unpack(arguments))
    read_env(self)
    return self
end

function server_mt:address() return "127.0.0.1:" .. self.port end

---What it has logged since it was started last.
function server_mt:log() return read_file(self.dir .. "/prosody.log") end

---The full JID under which this account became available last, since the server was started; nil: it did not.
---@param domain? string default: localhost
function server_mt:jid_of(account, domain)
    local jid
    local bare = account .. "@" .. (domain or "localhost")
    local line = "available: (" .. bare:gsub("%p", "%%%0") .. "/[^\n]*)"
    for found in self:log():gmatch(line) do jid = found end
    return jid
end

---Ends it as a power cut does.
function server_mt:kill() uv.kill(self.pid, "sigkill") end

---Ends it in order.
function server_mt:stop() run("stop", self.dir) end

---The same server once more: port, accounts and rosters stay, rooms and sessions are gone.
function server_mt:restart()
    process.poll("the end of the server", function()
        return not read_file(("/proc/%d/stat"):format(self.pid)):find "%) [^ZX]"
    end)
    run("start", self.dir)
    read_env(self)
end

return M

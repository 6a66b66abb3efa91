-- SPDX-License-Identifier: MIT
-- server: the real server of a spec: spec/tools/prosody or spec/tools/ejabberd as an object. It knows the accounts, the
-- ports, and what the server says in its log; it knows nothing of bots.
local files = require "spec.files"
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local server_mt = {}
server_mt.__index = server_mt

local TOOLS = assert(uv.cwd()) .. "/spec/tools/"
local PORTS = 5 -- each has so many

-- What differs between the servers. A mechanism is what the log says that NAME has logged in with.
local KINDS = {
    prosody = { variables = "PROSODY", mechanism = "mechanism='([%w-]+)'" }, -- told with --debug only
    ejabberd = { variables = "EJABBERD", mechanism = "Accepted c2s ([%w-]+) authentication for NAME@" },
}
M.KINDS = { "prosody", "ejabberd" }

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function run(self, ...)
    local words = { TOOLS .. self.kind, ... }
    for i, word in ipairs(words) do words[i] = quote(word) end
    local command = table.concat(words, " ")
    if not os.execute(command) then error("failed: " .. command, 0) end
end

local function read_file(path) return files.find(path) or "" end

local function read_env(self)
    local env = read_file(self.dir .. "/env")
    local function variable(name) return env:match("%f[%w]" .. KINDS[self.kind].variables .. "_" .. name .. "='?([^\n']*)") end
    self.pid = tonumber(variable "PID")
    self.port = tonumber(variable "PORT")
    self.direct_port = tonumber(variable "TLS_PORT") -- TLS at once
    self.component_port = tonumber(variable "COMPONENT_PORT")
    self.http_port = tonumber(variable "HTTP_PORT") -- WebSocket
    self.https_port = tonumber(variable "HTTPS_PORT")
    self.ca_file = variable "CA"
    self.other_ca_file = variable "OTHER_CA"
end

---@param accounts string[]
---@param options? string[] of spec/tools/prosody and spec/tools/ejabberd
---@param kind? "prosody"|"ejabberd"
function M.start(dir, accounts, password, options, kind)
    local self = setmetatable({ dir = dir, kind = kind or "prosody" }, server_mt)
    local ports = {}
    for i = 1, PORTS do ports[i] = ("%d"):format(process.free_port()) end -- nobody takes them while it is started again
    local arguments = { "--tied-to", ("%d"):format(uv.os_getpid()), "--ports", table.concat(ports, " "), table.unpack(options or {}) }
    for _, name in ipairs(accounts) do
        table.insert(arguments, "--user")
        table.insert(arguments, name .. ":" .. password)
    end
    run(self, "start", dir, table.unpack(arguments))
    read_env(self)
    return self
end

function server_mt:address() return "127.0.0.1:" .. self.port end

---What it has logged since it was started last.
function server_mt:log() return read_file(self.dir .. "/" .. self.kind .. ".log") end

---The full JID under which this account became available last, since the server was started; nil: it did not.
---@param domain? string default: localhost
function server_mt:jid_of(account, domain)
    local jid
    local bare = account .. "@" .. (domain or "localhost")
    local line = "available: (" .. bare:gsub("%p", "%%%0") .. "/[^\n]*)\n" -- a line that is there in full
    for found in self:log():gmatch(line) do jid = found end
    return jid
end

---How this account logged in last; the server must have been started with --debug.
function server_mt:mechanism_of(account)
    local mechanism
    for found in self:log():gmatch((KINDS[self.kind].mechanism:gsub("NAME", account))) do mechanism = found end
    return mechanism
end

---Ends it as a power cut does.
function server_mt:kill() uv.kill(self.pid, "sigkill") end

---Ends it in order.
function server_mt:stop() run(self, "stop", self.dir) end

---The same server once more: port, accounts and rosters stay, rooms and sessions are gone.
function server_mt:restart()
    process.poll("the end of the server", function()
        return not read_file(("/proc/%d/stat"):format(self.pid)):find "%) [^ZX]"
    end)
    run(self, "start", self.dir)
    read_env(self)
end

return M

-- SPDX-License-Identifier: MIT
-- harness: a world for a spec: a real server, the program under test with a configuration, and humans.
--
--   local world = e2e.start { bots = [[ ... ]] }        -- comes back when every bot is online
--   local romeo = world:human "romeo"
--   world:stop()                                        -- SIGTERM; asserts exit status 0 and no process left
--
-- Everything lies in one folder that `stop` removes. In `bots`, the YAML below `bots:`, a line `@account NAME`
-- stands for jid, password, server and tls of that account on the world's server; who wants it otherwise finds
-- E2E_SERVER, E2E_CA and E2E_OTHER_CA (which signed nothing) in the environment; E2E_WS and E2E_WSS when the server
-- was started with --websocket. `scripts` are Lua files written for
-- this world; the project's own bots/ are found too. No password may be seen in the log, ever: `stop` asserts it.
-- COUPLET names another program to test (the sanitizer build, for one). `world.log` grows by whole lines.
local files = require "spec.files"
local human = require "spec.e2e.human"
local process = require "spec.e2e.process"
local server = require "spec.e2e.server"
local uv = require "luv"

local M = {}

local world_mt = {}
world_mt.__index = world_mt

local ROOT = assert(uv.cwd())
local LOG_LINES_SHOWN = 60

local PASSWORD = "hush-e2e-hush" -- everybody's
-- It, and its base64 after a user name of any length, as in SASL PLAIN.
local SECRETS = { PASSWORD, "aHVzaC1lMmUtaHVza", "h1c2gtZTJlLWh1c2", "odXNoLWUyZS1odXNo" }

local function read_file(path) return files.find(path) or "" end

local function tail(text, lines)
    local all = {}
    for line in text:gmatch "[^\n]+" do all[#all + 1] = line end
    return table.concat(all, "\n", math.max(1, #all - lines + 1))
end

-- Bots

local function expand_accounts(bots)
    return (bots:gsub("( *)@account +(%S+)", function(indent, name)
        return (([[
jid: NAME@localhost
password: PASSWORD
server: ${E2E_SERVER}
tls: { ca_file: "${E2E_CA}" }]]):gsub("[^\n]+", indent .. "%0"):gsub("%f[%u]%u%u+%f[^%u]", {
            NAME = name,
            PASSWORD = PASSWORD,
        }))
    end))
end

local function bot_accounts(bots)
    local names = {}
    for name in expand_accounts(bots):gmatch "jid: *([%w_-]+)@localhost" do names[#names + 1] = name end
    return names
end

local function write_config(world, options)
    if options.config then
        world.config = world.root .. "/" .. options.config
        return
    end
    uv.fs_mkdir(world.dir .. "/bots", tonumber("700", 8))
    for name, source in pairs(options.scripts or {}) do files.write(world.dir .. "/bots/" .. name, source) end
    local bots = expand_accounts(options.bots)
    world.config = world.dir .. "/couplet.yaml"
    files.write(world.config, ('scripts: ["%s/bots", "%s/bots"]\nlog: { %s }\n%s\nbots:\n%s\n'):format(
        world.dir, world.root, options.log or "level: trace", options.top or "", bots))
end

---Starts the program; `world.log` is what it has written to stderr so far.
---@param extra? table<string, string> environment
function world_mt:run_bots(extra)
    local env = {
        E2E_SERVER = self.server:address(),
        E2E_WS = ("ws://localhost:%s/xmpp-websocket"):format(self.server.http_port),
        E2E_WSS = ("wss://localhost:%s/xmpp-websocket"):format(self.server.https_port),
        E2E_BOSH = ("http://localhost:%s/http-bind"):format(self.server.http_port),
        E2E_BOSHS = ("https://localhost:%s/http-bind"):format(self.server.https_port),
        E2E_CA = self.server.ca_file,
        E2E_OTHER_CA = self.server.other_ca_file,
        COUPLET_DEMO_SERVER = self.server:address(),
        COUPLET_DEMO_CA = self.server.ca_file,
        COUPLET_DEMO_PASSWORD = PASSWORD,
    }
    for name, value in pairs(extra or {}) do env[name] = value end
    self.log = ""
    self.bots = process.spawn({ self.program, "run", self.config }, {
        env = env,
        on_stderr = process.whole_lines(function(lines) self.log = self.log .. lines end),
    })
end

---Comes back when the log has the Lua pattern, at or after byte `from` of it; returns where it ends.
---@param from? integer
function world_mt:wait_log(pattern, from)
    local function what() return "/" .. pattern .. "/ in the log" .. self:report() end
    return process.wait(what, function()
        local _, last = self.log:find(pattern, from or 1)
        assert(last or self.bots:is_running(), "the bots ended before " .. pattern .. self:report())
        return last
    end, 2)
end

---Comes back when the server has this account available: from now on it gets what is sent to its bare JID.
function world_mt:wait_online(account)
    local function what() return account .. " to be online" .. self:report() end
    process.poll(what, function()
        assert(self.bots:is_running(), "the bots ended before " .. account .. " was online" .. self:report())
        return self.server:jid_of(account)
    end, 2)
end

---Waits for the program's own end; returns its exit status and what it wrote.
function world_mt:wait_exit()
    local code, signal = self.bots:join()
    assert(signal == 0, "ended by signal " .. tostring(signal) .. self:report())
    return code, self.log
end

-- Humans

---The person of this name, online; the same one each time.
function world_mt:human(name)
    self.humans[name] = self.humans[name] or human.new(self, name, PASSWORD)
    return self.humans[name]
end

---What happened so far, for the text of an error.
function world_mt:report(who)
    local parts = { "" }
    if self.bots then
        local state = self.bots:is_running() and "runs" or "ended with " .. tostring(self.bots.code)
        parts[#parts + 1] = "--- the bots' log (" .. state .. ")\n" .. tail(self.log, LOG_LINES_SHOWN)
    end
    if who then
        parts[#parts + 1] = "--- " .. who.name .. " saw\n" .. table.concat(who.seen, "\n")
        if not who.process or not who.process:is_running() then parts[#parts + 1] = who.errors end
    end
    parts[#parts + 1] = "--- the server's log\n" .. tail(self.server and self.server:log() or "", 20)
    return table.concat(parts, "\n")
end

-- Start and stop

local function remove_folder(dir) os.execute("rm -rf '" .. dir .. "'") end

local function abandon(world)
    if world.bots then world.bots:kill() end
    for _, person in pairs(world.humans) do
        if person.process then person.process:kill() end
    end
    if world.server then pcall(world.server.stop, world.server) end
    pcall(remove_folder, world.dir)
end

---@class e2e_options
---@field bots? string YAML of the section `bots:`
---@field config? string instead: a file of the project, which finds what the demo gives it
---@field scripts? table<string, string> file name -> Lua
---@field top? string more YAML for the top of the configuration
---@field kind? "prosody"|"ejabberd" which server
---@field server? string[] options of spec/tools/prosody and spec/tools/ejabberd
---@field accounts? string[] accounts beside those of the bots, romeo and juliet
---@field online? string[] the accounts to wait for (default: all)
---@field env? table<string, string> environment of the bots
---@field before? fun(world: table) called when the server runs and the bots do not yet
---@field log? string inside of `log:`; default level: trace

---Describes the same for each server that there is: `"echo"` becomes "echo (ejabberd)".
---@param describe function busted's
---@param test fun(kind: string)
function M.each_server(describe, name, test)
    for _, kind in ipairs(server.KINDS) do
        describe(("%s (%s)"):format(name, kind), function() test(kind) end)
    end
end

M.program = os.getenv "COUPLET" or ROOT .. "/build/couplet"

---Runs the program to its end, without a server; returns exit status, stdout, stderr.
---@param env? table<string, string>
function M.run(arguments, env)
    local out, err = "", ""
    local child = process.spawn({ M.program, table.unpack(arguments) }, {
        env = env,
        on_stdout = function(text) out = out .. text end,
        on_stderr = function(text) err = err .. text end,
    })
    local code, signal = child:join()
    assert(signal == 0, "ended by signal " .. signal .. "\n" .. err)
    return code, out, err
end

---A folder with these files (path -> text), gone when the run ends or `remove` is called.
---@return string path, fun() remove
function M.folder(contents)
    local dir = assert(uv.fs_mkdtemp((os.getenv "TMPDIR" or "/tmp") .. "/couplet-e2e-XXXXXX"))
    local cancel
    local function remove()
        cancel()
        remove_folder(dir)
    end
    cancel = process.defer(function() remove_folder(dir) end)
    for path, text in pairs(contents) do
        local parent = path:match "^(.+)/"
        if parent then uv.fs_mkdir(dir .. "/" .. parent, tonumber("700", 8)) end
        files.write(dir .. "/" .. path, text)
    end
    return dir, remove
end

---@param options e2e_options
function M.start(options)
    local world = setmetatable({ root = ROOT, humans = {}, log = "" }, world_mt)
    world.program = M.program
    world.dir = assert(uv.fs_mkdtemp((os.getenv "TMPDIR" or "/tmp") .. "/couplet-e2e-XXXXXX"))
    world.cancel = process.defer(function() abandon(world) end)
    local ok, err = xpcall(function()
        local accounts = bot_accounts(options.bots or read_file(options.config))
        local names = { "romeo", "juliet", table.unpack(accounts) }
        table.move(options.accounts or {}, 1, #(options.accounts or {}), #names + 1, names)
        world.server = server.start(world.dir .. "/server", names, PASSWORD, options.server, options.kind)
        write_config(world, options)
        if options.before then options.before(world) end
        world:run_bots(options.env)
        for _, name in ipairs(options.online or accounts) do world:wait_online(name) end
    end, debug.traceback)
    if ok then return world end
    world.cancel()
    abandon(world)
    error(err, 0)
end

local function check_end(world)
    if world.bots:is_running() then world.bots:kill "sigterm" end
    local was_asked = world.expected_exit == nil
    local code, signal = world.bots:join()
    local want = was_asked and 0 or world.expected_exit
    assert(signal == 0 and code == want, ("exit status %d, signal %d; not %d"):format(code, signal, want) .. world:report())
    for _, secret in ipairs(SECRETS) do
        assert(not world.log:find(secret, 1, true), "the password is in the log: " .. secret .. world:report())
    end
end

---Whether a library of that name is mapped into the program.
---@param library string "libssl"
function world_mt:has_loaded(library)
    return files.read(("/proc/%d/maps"):format(self.bots.pid)):find(("/%s[.-]"):format(library)) ~= nil
end

---The full JID under which this account is online.
function world_mt:full_jid(account) return assert(self.server:jid_of(account), account .. " was never online") end

---Ends everything. The program must have ended well: status 0 after SIGTERM, or `world.expected_exit` by itself.
function world_mt:stop()
    local ok, err = pcall(check_end, self)
    for _, person in pairs(self.humans) do pcall(person.close, person) end
    self.cancel()
    abandon(self)
    if not ok then error(err, 2) end
end

---A world for one test: started, handed to `test`, and stopped however that ends.
---@param options e2e_options
---@param test fun(world: table)
function M.with(options, test)
    local world = M.start(options)
    local ok, err = pcall(test, world)
    local stopped, why = pcall(world.stop, world)
    if not ok then error(err, 0) end
    if not stopped then error(why, 0) end
end

return M

-- SPDX-License-Identifier: MIT
-- process: children of a spec, and waiting for what they do.
--
-- One libuv loop (lua-luv) that turns only inside `wait`: a spec reads from top to bottom, and a wait ends when
-- its condition holds or a deadline passes that only a broken program reaches. Every child is known here until it
-- is reaped: `kill_all` leaves none behind, and runs too when the run ends or a signal ends it; a child whose
-- parent is killed outright is killed by the kernel (setpriv --pdeathsig).
-- It does not know what a bot or a human is.
local uv = require "luv"

local M = {}

local DEADLINE = 60 -- seconds
local POLL_MS = 10

-- A child that ends without reading all that it is given is no reason to end.
local deaf = uv.new_signal()
deaf:start("sigpipe", function() end)
deaf:unref()

local living = {} -- pid -> process
local at_end = {} -- functions that undo what no process handle stands for

-- A closed handle is libuv's until the loop has turned once more. Lua must not end before that.
local function close(handle)
    handle:close()
    uv.run "nowait"
end

---Turns the loop until `condition()` returns something true; returns that.
---@param what string|fun():string what was waited for, for the error
---@param condition fun():any
---@param level? integer of the caller to blame, as for error()
function M.wait(what, condition, level)
    local late = false
    local timer = uv.new_timer()
    uv.update_time() -- the loop has stood still since the last wait, which does not count
    timer:start(DEADLINE * 1000, 0, function() late = true end)
    local result = condition()
    while not result and not late do
        uv.run "once"
        result = condition()
    end
    close(timer) -- turns the loop once more: what was there before the condition held has been read, whoever wrote it
    if result then return result end
    if type(what) == "function" then what = what() end
    error(("waited %d seconds for %s"):format(DEADLINE, what), (level or 1) + 1)
end

---The same for what tells nobody that it has changed, such as a file: looks again and again.
function M.poll(what, condition, level)
    local timer = uv.new_timer()
    timer:start(POLL_MS, POLL_MS, function() end)
    local ok, result = pcall(M.wait, what, condition, 0)
    close(timer)
    if ok then return result end
    error(result, (level or 1) + 1)
end

local process_mt = {}
process_mt.__index = process_mt

local function environment(extra)
    local merged, list = uv.os_environ(), {}
    for name, value in pairs(extra or {}) do merged[name] = value end
    for name, value in pairs(merged) do list[#list + 1] = name .. "=" .. value end
    return list
end

-- Text arrives in any pieces: `sink` gets it as it comes.
local function reader(sink)
    local pipe = uv.new_pipe(false)
    return pipe, function()
        pipe:read_start(function(_, chunk)
            if chunk then sink(chunk) else pipe:close() end
        end)
    end
end

---A sink that hands whole lines on, however they come; what has no end of its line is kept back until it has.
---@param sink fun(lines: string)
function M.whole_lines(sink)
    local rest = ""
    return function(text)
        local last = text:match "^.*()\n"
        if not last then
            rest = rest .. text
            return
        end
        local lines = rest .. text:sub(1, last)
        rest = text:sub(last + 1)
        sink(lines)
    end
end

local reserved = {}

---A port of loopback that nobody has until this process ends but who asks for this very one: it is bound here, with
---SO_REUSEADDR as servers bind theirs, and nobody listens. So a server may come back to it, and one that is not there
---refuses.
function M.free_port()
    local tcp = uv.new_tcp()
    assert(tcp:bind("127.0.0.1", 0))
    reserved[#reserved + 1] = tcp
    return tcp:getsockname().port
end

---@param command string[] program and arguments
---@param options { env?: table, on_stdout?: fun(text: string), on_stderr?: fun(text: string), stdin?: boolean }
---stdin: a pipe for `write`; else /dev/null
function M.spawn(command, options)
    local p = setmetatable({ name = command[1] }, process_mt)
    local out, start_out = reader(options.on_stdout or function() end)
    local err, start_err = reader(options.on_stderr or function() end)
    local devnull = not options.stdin and assert(uv.fs_open("/dev/null", "r", 0)) or nil
    p.stdin = options.stdin and uv.new_pipe(false) or nil
    local args = { "--pdeathsig", "KILL", "--", table.unpack(command) }
    local handle, pid = uv.spawn("setpriv", {
        args = args,
        env = environment(options.env),
        stdio = { p.stdin or devnull, out, err },
    }, function(code, signal)
        p.code, p.signal = code, signal
        living[p.pid] = nil
        p.handle:close()
    end)
    if devnull then uv.fs_close(devnull) end
    assert(handle, pid)
    p.handle, p.pid, p.out, p.err = handle, pid, out, err
    living[pid] = p
    start_out()
    start_err()
    return p
end

function process_mt:write(text) self.stdin:write(text) end

function process_mt:close_stdin()
    if self.stdin and not self.stdin:is_closing() then close(self.stdin) end
end

function process_mt:kill(signal)
    if not self.code then self.handle:kill(signal or "sigkill") end
end

function process_mt:is_running() return self.code == nil end

---Waits until it is gone and all that it wrote was read; returns exit status and signal (0: none).
function process_mt:join()
    M.wait("the end of " .. self.name, function()
        return self.code and self.out:is_closing() and self.err:is_closing()
    end, 2)
    self:close_stdin()
    return self.code, self.signal
end

---Runs `undo` when the run ends without it having been cancelled; returns the function that cancels.
function M.defer(undo)
    at_end[undo] = true
    return function() at_end[undo] = nil end
end

function M.kill_all()
    for _, p in pairs(living) do p.handle:kill "sigkill" end
    while next(living) do uv.run "once" end
    for undo in pairs(at_end) do pcall(undo) end
    at_end = {}
end

-- However the run ends. Signals are handled when the loop turns, which is nearly always.
local exit = os.exit
os.exit = function(...) -- luacheck: ignore 122
    M.kill_all()
    uv.run "nowait"
    exit(...)
end
for _, name in ipairs { "sigterm", "sigint", "sighup" } do
    local signal = uv.new_signal()
    signal:start(name, function()
        M.kill_all()
        exit(1)
    end)
    signal:unref()
end

return M

-- SPDX-License-Identifier: MIT
-- process: running programs, without a shell, for scripts.
--
--   local process = require "couplet.process"
--   local result, err = process.run { argv = { "git", "log", "-1", "--format=%s" }, cwd = "/srv/site", timeout = 10 }
--   if result and result.status == 0 then return result.stdout end
--
-- Waits. The words of argv reach the program as they are: nothing of them is taken apart, whoever typed it. A bot may run what
-- `allow_process:` of its configuration names; without it nothing. nil, err where it could not be run, or took too long (then
-- err.extra is what it said until then).
--
-- argv[1] is a name, looked up in the PATH of Couplet, or an absolute path. Options: input (its standard input, else empty),
-- timeout (seconds, 30), max_output (bytes of stdout and of stderr that are kept, 65536), cwd, env ({ NAME = value }; besides it
-- has PATH, HOME and LANG alone), max_cpu (seconds), max_memory (bytes), max_files (open ones).
local core = require "couplet.core.process"

local error, pairs, type, tostring = error, pairs, type, tostring
local s_find, s_format = string.find, string.format

local M = {}

local OPTIONS = {
    argv = "table", input = "string", timeout = "number", max_output = "number", cwd = "string", env = "table", max_cpu = "number",
    max_memory = "number", max_files = "number",
}

---@class couplet.ProcessOptions
---@field argv string[] the program and its arguments
---@field input string|nil
---@field timeout number|nil seconds
---@field max_output integer|nil
---@field cwd string|nil
---@field env table<string, string>|nil
---@field max_cpu number|nil
---@field max_memory integer|nil
---@field max_files integer|nil

---@class couplet.ProcessResult
---@field status integer|nil
---@field signal integer|nil that ended it
---@field stdout string
---@field stderr string
---@field truncated boolean

local function environment(wanted, level)
    local all, list = core.environment(), {}
    for name, value in pairs(wanted or {}) do
        if type(name) ~= "string" or not s_find(name, "^[%a_][%w_]*$") then error("env: { NAME = value } is expected", level) end
        all[name] = tostring(value)
    end
    for name, value in pairs(all) do list[#list + 1] = name .. "=" .. value end
    return list
end

--- Runs a program and waits for its end.
---@param options couplet.ProcessOptions
---@return couplet.ProcessResult|nil, couplet.Error|nil
function M.run(options)
    if type(options) ~= "table" then error("process.run { argv = { \"program\", … } } is expected", 2) end
    local request = {}
    for name, value in pairs(options) do
        local want = OPTIONS[name]
        if not want then error(s_format("process.run has no option '%s'", tostring(name)), 2) end
        if type(value) ~= want then error(s_format("%s: a %s is expected, not a %s", name, want, type(value)), 2) end
        request[name] = value
    end
    if not request.argv then error("argv is missing", 2) end
    request.env = environment(request.env, 3)
    local result, err = core.run(request)
    return result, err
end

return M

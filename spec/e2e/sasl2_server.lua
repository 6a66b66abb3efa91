-- SPDX-License-Identifier: MIT
-- sasl2_server: a server that logs its one account in with SASL2 and all that goes inside, as a spec sees it.
--
--   local server = sasl2.start("echo", password, certificate, key)      server.port
--   server:tell "cut"                    local online = server:expect "online"      online.rounds
--
-- It is sasl2_server.py, a process of its own; that file has the commands and the events.
local json = require "dkjson"
local process = require "spec.e2e.process"

local M = {}

local server_mt = {}
server_mt.__index = server_mt

---The next event of this name; none that says that the client was wrong may have come before.
function server_mt:expect(name)
    local function what() return name .. " of the server; it told " .. table.concat(self.seen, "\n") .. self.errors end
    return process.wait(what, function()
        assert(self.process:is_running(), "the server ended: " .. self.errors)
        for i, event in ipairs(self.waiting) do
            assert(event.event ~= "broken", event.why)
            if event.event == name then return table.remove(self.waiting, i) end
        end
    end, 2)
end

function server_mt:tell(command) self.process:write(command .. "\n") end

function server_mt:stop()
    self.process:close_stdin()
    self.process:join()
end

function M.start(name, password, certificate, key)
    local self = setmetatable({ waiting = {}, seen = {}, errors = "" }, server_mt)
    local rest = ""
    self.process = process.spawn({ "/usr/bin/python3", "spec/e2e/sasl2_server.py", name, password, certificate, key }, {
        stdin = true,
        on_stdout = function(chunk)
            rest = (rest .. chunk):gsub("([^\n]*)\n", function(line)
                self.seen[#self.seen + 1] = line
                self.waiting[#self.waiting + 1] = json.decode(line)
                return ""
            end)
        end,
        on_stderr = function(text) self.errors = self.errors .. text end,
    })
    self.port = self:expect("port").port
    return self
end

return M

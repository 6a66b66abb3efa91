-- SPDX-License-Identifier: MIT
-- web_client: a client of the bots' HTTP server, written byte by byte where a spec wants that.
--
--   local answer = web_client.ask(port, { method = "POST", path = "/x", headers = { ["X-Key"] = "…" }, body = "…" })
--   answer.status, answer.headers (small letters), answer.body
--   web_client.text { method = …, path = … }     the bytes of a request
--   web_client.take(holder)                       the next whole answer in holder.got, of whoever reads it there
--   local line = web_client.open(port)    line:write "POST …"    line:answer()    line:wait_closed()    line:close()
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local line_mt = {}
line_mt.__index = line_mt

function M.open(port, host)
    local line = setmetatable({ got = "", tcp = uv.new_tcp() }, line_mt)
    line.tcp:connect(host or "127.0.0.1", port, function(err)
        line.is_open, line.error = not err, err
        if err then return end
        line.tcp:read_start(function(why, chunk)
            if chunk then line.got = line.got .. chunk else line.is_closed, line.why = true, why end
        end)
    end)
    process.wait("a connection", function() return line.is_open or line.error end)
    return line
end

function line_mt:write(text)
    if not self.is_closed then self.tcp:write(text, function() end) end
end

function line_mt:close()
    self.tcp:close()
    uv.run "nowait"
end

function line_mt:wait_closed()
    process.wait("the end of the connection", function() return self.is_closed end, 2)
end

--- The next whole answer in `got`, from where it is taken; nil: not yet.
---@param line { got: string }
function M.take(line)
    local first, last = line.got:find("\r\n\r\n", 1, true)
    if not first then return nil end
    local head, headers = line.got:sub(1, first + 1), {}
    for name, value in head:gmatch "\r\n([^:]+): *([^\r]*)" do headers[name:lower()] = value end
    local len = tonumber(headers["content-length"]) or 0
    if #line.got < last + len then return nil end
    local answer = { status = tonumber(head:match "^HTTP/1%.1 (%d+)"), headers = headers, body = line.got:sub(last + 1, last + len) }
    line.got = line.got:sub(last + len + 1)
    if answer.status == 100 then return M.take(line) end
    return answer
end

--- The next answer; nil when the connection ends without one.
function line_mt:answer()
    local answer
    process.wait(function() return "an answer, not " .. self.got end, function()
        answer = M.take(self)
        return answer or self.is_closed
    end, 2)
    return answer or M.take(self)
end

function M.text(request)
    local lines = { ("%s %s HTTP/1.1"):format(request.method or "POST", request.path), "Host: localhost" }
    for name, value in pairs(request.headers or {}) do lines[#lines + 1] = name .. ": " .. value end
    if request.body then lines[#lines + 1] = "Content-Length: " .. #request.body end
    return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (request.body or "")
end

function M.ask(port, request)
    local line = M.open(port, request.host)
    line:write(M.text(request))
    local answer = line:answer()
    line:close()
    return answer
end

--- The port in the log of a world that listens at port 0.
function M.port(world, from)
    world:wait_log("listening on 127%.0%.0%.1:%d+", from)
    return tonumber(world.log:match("listening on 127%.0%.0%.1:(%d+)", from or 1))
end

return M

-- SPDX-License-Identifier: MIT
-- poster: somebody who POSTs one numbered text after the other, over a connection that is kept, and writes down what became
-- of each. Lost connections are made again; a text that got no answer is not posted again: nobody promised anything of it.
--
--   local poster = posters.new { port = 5280, path = "/ops", most = 2500 }     posts when the loop turns (process.wait)
--   poster.next      the number that is posted now
--   poster.accepted  set of numbers that were answered 202
--   poster.refused   status -> how many
--   poster.unanswered, poster.is_done
local uv = require "luv"
local web_client = require "spec.e2e.web_client"

local M = {}

local poster_mt = {}
poster_mt.__index = poster_mt

local AGAIN_MS = 20 -- between two attempts to connect

local function close(handle)
    if handle and not handle:is_closing() then handle:close() end
end

---@param options { port: integer, path: string, most: integer, body?: fun(number: integer): string, is_held?: fun(): boolean }
---is_held: the next one is not posted yet
function M.new(options)
    local self = setmetatable({
        port = options.port, path = options.path, most = options.most,
        is_held = options.is_held or function() return false end,
        body = options.body or function(number) return ("%06d"):format(number) end,
        next = 1, accepted = {}, accepted_count = 0, refused = {}, unanswered = 0, is_done = false,
    }, poster_mt)
    self:connect()
    return self
end

function poster_mt:connect()
    if self.is_done then return end
    self.socket, self.got = uv.new_tcp(), ""
    self.socket:connect("127.0.0.1", self.port, function(err)
        if err then return self:connect_later() end
        self.socket:nodelay(true)
        self.socket:read_start(function(_, text)
            if text then self:hear(text) else self:lost() end
        end)
        self:post()
    end)
end

function poster_mt:later(act)
    close(self.timer)
    self.timer = uv.new_timer()
    self.timer:start(AGAIN_MS, 0, function() act(self) end)
end

function poster_mt:connect_later()
    close(self.socket)
    self.socket = nil
    self:later(self.connect)
end

function poster_mt:post()
    if self.next > self.most then return self:close() end
    if self.is_held() then return self:later(self.post) end
    if not self.socket then return end -- lost meanwhile, and connected to again before long
    local request = { path = self.path, headers = { ["Content-Type"] = "text/plain" }, body = self.body(self.next) }
    self.is_waiting = true
    self.socket:write(web_client.text(request), function(err) if err then self:lost() end end)
end

---The connection is gone, in the middle of a request or not.
function poster_mt:lost()
    if not self.socket or self.is_done then return end
    if self.is_waiting then
        self.is_waiting, self.unanswered, self.next = false, self.unanswered + 1, self.next + 1
    end
    self:connect_later()
end

function poster_mt:hear(text)
    self.got = self.got .. text
    local answer = web_client.take(self)
    if not answer then return end
    self:note(answer.status)
    if answer.headers.connection == "close" then self:connect_later() else self:post() end
end

function poster_mt:note(status)
    local number = self.next
    self.is_waiting, self.next = false, number + 1
    if status == 202 then
        self.accepted[number], self.accepted_count = true, self.accepted_count + 1
    else
        self.refused[status] = (self.refused[status] or 0) + 1
    end
end

function poster_mt:close()
    self.is_done = true
    close(self.socket)
    close(self.timer)
end

return M

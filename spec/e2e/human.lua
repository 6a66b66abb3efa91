-- SPDX-License-Identifier: MIT
-- human: somebody with a chat program, as a spec sees them.
--
--   romeo:say("echo@localhost", "hello")
--   romeo:expect { from = "^echo@localhost/", body = "hello" }
--
-- The client itself is human.py, a process of its own that shares no code with the bots. Each event is kept until
-- an `expect` takes it, so the order in which a spec asks does not matter; `seen` keeps all, for the error.
-- A pattern is a table: a string that begins with "^" is a Lua pattern, another must be equal; false: absent;
-- true: present; a function decides. `event` is "message" unless it says otherwise.
local json = require "dkjson"
local process = require "spec.e2e.process"

local human_mt = {}
human_mt.__index = human_mt

local function value_matches(want, got)
    if type(want) == "function" then return want(got) end
    if type(want) == "boolean" then return want == (got ~= nil and got ~= false) end
    if got == nil then return false end
    if want:sub(1, 1) == "^" then return tostring(got):find(want) ~= nil end
    return want == got
end

local function matches(pattern, event)
    if (pattern.event or "message") ~= event.event then return false end
    for name, want in pairs(pattern) do
        if not value_matches(want, event[name]) then return false end
    end
    return true
end

local function show(pattern)
    local parts = {}
    for name, want in pairs(pattern) do parts[#parts + 1] = name .. " = " .. tostring(want) end
    table.sort(parts)
    return "{ " .. table.concat(parts, ", ") .. " }"
end

local function on_lines(take)
    local rest = ""
    return function(chunk)
        rest = rest .. chunk
        local first, last = 1, rest:find("\n", 1, true)
        while last do
            take(rest:sub(first, last - 1))
            first, last = last + 1, rest:find("\n", last + 1, true)
        end
        rest = rest:sub(first)
    end
end

function human_mt:command(fields) self.process:write(json.encode(fields) .. "\n") end

---@param options? { type?: string, id?: string }
function human_mt:say(to, body, options)
    options = options or {}
    self:command { ["do"] = "say", to = to, body = body, type = options.type, id = options.id }
end

function human_mt:say_room(room, body) self:say(room, body, { type = "groupchat" }) end

function human_mt:raw(xml) self:command { ["do"] = "raw", xml = xml } end

---@param fields { to?: string, type?: string, show?: string }
function human_mt:presence(fields)
    self:command { ["do"] = "presence", to = fields.to, type = fields.type, show = fields.show }
end

---Enters the room and comes back when the room says so.
---@param options? { password?: string, history?: integer }
function human_mt:join(room, nick, options)
    options = options or {}
    self:command { ["do"] = "join", room = room, nick = nick, password = options.password, history = options.history }
    self:expect { event = "presence", from = room .. "/" .. nick, xml = '^.*code="110"' }
end

function human_mt:leave(room, nick)
    self:command { ["do"] = "leave", room = room, nick = nick }
    self:expect { event = "presence", from = room .. "/" .. nick, type = "unavailable" }
end

---Sends a request and waits for its answer.
---@param payload string XML
function human_mt:iq(to, type, payload)
    self.ids = self.ids + 1
    local id = "ask-" .. self.ids
    self:raw(("<iq to='%s' type='%s' id='%s'>%s</iq>"):format(to, type, id, payload))
    return self:expect { event = "iq", id = id, from = to }
end

---Runs an ad-hoc command of one form, which is read and filled in by the client's own code.
---@param values table<string, string|boolean>
function human_mt:fill(jid, node, values)
    self:command { ["do"] = "fill", jid = jid, node = node, values = values }
    return self:expect { event = "filled" }
end

---Comes back when somebody has entered this room, who made it by that. The one who asks stays outside.
function human_mt:wait_room(room)
    repeat
        local answer = self:iq(room, "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    until answer.type == "result"
end

---Comes back when the server has handled all that was sent before.
function human_mt:sync()
    self.ids = self.ids + 1
    local token = tostring(self.ids)
    self:command { ["do"] = "sync", token = token }
    self:expect { event = "synced", token = token }
end

local function take(self, pattern)
    for i, event in ipairs(self.waiting) do
        if matches(pattern, event) then return table.remove(self.waiting, i) end
    end
end

---Waits for an event that looks like this, takes it from what is waiting, and returns it.
function human_mt:expect(pattern)
    local function what() return self.name .. " to see " .. show(pattern) .. self.world:report(self) end
    return process.wait(what, function() return take(self, pattern) end, 2)
end

---Nothing like this has come so far. First make sure that it would have: expect something that comes after it.
function human_mt:expect_none(pattern)
    for _, event in ipairs(self.waiting) do
        if matches(pattern, event) then
            error(self.name .. " saw " .. show(pattern) .. ": " .. json.encode(event) .. self.world:report(self), 2)
        end
    end
end

function human_mt:close()
    if not self.process then return end
    self.process:close_stdin()
    self.process:join()
    self.process = nil
    self.world.humans[self.name] = nil
end

local M = {}

---@param world table gives root, server, humans, report
---@return table human, online
function M.new(world, name, password)
    local self = setmetatable({ world = world, name = name, waiting = {}, seen = {}, ids = 0, errors = "" }, human_mt)
    local command = { "/usr/bin/python3", world.root .. "/spec/e2e/human.py" }
    for _, argument in ipairs { name .. "@localhost", password, world.server.port, world.server.ca_file } do
        command[#command + 1] = tostring(argument)
    end
    self.process = process.spawn(command, {
        stdin = true,
        on_stdout = on_lines(function(line)
            local event = json.decode(line)
            table.insert(self.waiting, event)
            table.insert(self.seen, line)
        end),
        on_stderr = function(text) self.errors = self.errors .. text end,
    })
    local ok, online = pcall(self.expect, self, { event = "online" })
    if ok then
        self.jid = online.jid
        ok, online = pcall(self.sync, self) -- the server has the presence now: who writes to the account reaches it
    end
    if not ok then
        self.process:kill()
        self:close()
        error(online, 0)
    end
    return self
end

return M

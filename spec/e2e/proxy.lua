-- SPDX-License-Identifier: MIT
-- proxy: a bad line between a bot and its server, on a free port of loopback.
--
--   local line = proxy.new { to = world.server.port, plan = function(number) return { after = 5000, how = "rst" } end }
--   line.port        line:cut "fin"        line:stall "down"        line:resume()        line:refuse(true)        line:close()
--
-- It carries bytes and understands none: clear text and TLS are the same to it. What happens to a connection is its
-- plan, fixed when it comes in, or what the spec says meanwhile to the connections that there are. A plan counts
-- bytes, so that it means the same however the bytes arrive; proxy.random makes the numbers for it from a seed.
--
-- Plan: after     bytes carried `way` ("up": to the server, "down": to the bot; default) before `how` happens
--       how       "rst" and "fin" end the connection; "stall" carries nothing any more, either way
--       side      who is told of the end: "both" (default), "bot", "server"; the other one hears nothing more
--       split     { least, most }: sizes of the pieces that are written, one a turn of the loop, both ways
--       split_way "up", "down": only this way
--       random    of proxy.random, for the sizes
--       settle_ms what goes over the line before that is not counted
--       may_count a function: nothing is counted before it gives true
--       delay_ms  how long what comes is held before it goes on
local uv = require "luv"

local M = {}

local proxy_mt, link_mt = {}, {}
proxy_mt.__index, link_mt.__index = proxy_mt, link_mt

---Numbers that are the same for the same seed, on every machine and in every version of Lua.
---@return fun(least: integer, most: integer): integer
function M.random(seed)
    local state = seed * 2654435761 % 0x7fffffff + 1
    return function(least, most)
        state = state * 48271 % 0x7fffffff
        return least + state % (most - least + 1)
    end
end

local function end_socket(socket, how)
    if socket:is_closing() then return end
    if how == "rst" then
        socket:close_reset()
    else
        socket:close()
    end
end

-- What was not told of the end goes on being read, so that it can never notice by a full buffer.
local function is_told(link, who) return link.plan.side == nil or link.plan.side == "both" or link.plan.side == who end

function link_mt:finish(how)
    if self.is_cut then return end
    self.is_cut, self.ended_ms = true, uv.now()
    if how ~= "gone" then self.proxy.cuts = self.proxy.cuts + 1 end
    for who, socket in pairs { bot = self.bot, server = self.server } do
        if how == "gone" or is_told(self, who) then end_socket(socket, how == "rst" and "rst" or "fin") end
    end
end

local function act(link)
    local how = link.plan.how
    link.plan.after = nil
    if how == "stall" then
        link:stall()
    else
        link:finish(how)
    end
end

local function is_settled(link)
    local plan = link.plan
    return uv.now() - link.since_ms >= (plan.settle_ms or 0) and (not plan.may_count or plan.may_count())
end

local function is_split(pipe)
    local plan = pipe.link.plan
    return plan.split and (plan.split_way or pipe.way) == pipe.way
end

local function size_of_piece(pipe)
    local plan, size = pipe.link.plan, #pipe.held
    if is_split(pipe) then size = math.min(size, plan.random(plan.split[1], plan.split[2])) end
    if plan.after and (plan.way or "down") == pipe.way and is_settled(pipe.link) then size = math.min(size, plan.after - pipe.carried) end
    return size
end

local function carry(pipe)
    local link = pipe.link
    while #pipe.held > 0 and not pipe.is_stalled and not link.is_cut do
        local size = size_of_piece(pipe)
        local is_counted = is_settled(link)
        if not pipe.sink:is_closing() then pipe.sink:write(pipe.held:sub(1, size)) end
        pipe.held = pipe.held:sub(size + 1)
        if is_counted then pipe.carried = pipe.carried + size end
        local plan = link.plan
        if plan.after and (plan.way or "down") == pipe.way and pipe.carried >= plan.after then act(link) end
        if is_split(pipe) then -- the rest in other turns, so that the reader sees pieces
            if #pipe.held > 0 and not pipe.timer:is_active() then pipe.timer:start(1, 0, function() carry(pipe) end) end
            return
        end
    end
end

local function on_end(pipe, err)
    if pipe.link.is_cut then
        end_socket(pipe.source, "fin")
        pipe.link.ended_ms = uv.now()
    else
        if #pipe.held > 0 and not pipe.is_stalled and not err then pipe.sink:write(pipe.held) end
        pipe.link:finish "gone"
    end
end

local function new_pipe(link, way, source, sink)
    local pipe = { link = link, way = way, source = source, sink = sink, held = "", carried = 0 }
    pipe.timer = uv.new_timer()
    return pipe
end

local function start_pipe(pipe)
    pipe.source:read_start(function(err, chunk)
        if not chunk then return on_end(pipe, err) end
        if pipe.link.is_cut then return end
        pipe.held = pipe.held .. chunk
        if pipe.timer:is_active() then return end
        if pipe.link.plan.delay_ms then
            pipe.timer:start(pipe.link.plan.delay_ms, 0, function() carry(pipe) end)
        else
            carry(pipe)
        end
    end)
end

---From now on nothing is carried this way ("up", "down"; default: both); what comes is kept for `resume`.
function link_mt:stall(way)
    for _, pipe in pairs(self.pipes) do
        if way == nil or way == pipe.way then pipe.is_stalled = true end
    end
end

---Bytes that went "up" or "down".
function link_mt:carried(way) return self.pipes[way == "up" and 1 or 2].carried end

function link_mt:resume()
    for _, pipe in pairs(self.pipes) do
        pipe.is_stalled = false
        carry(pipe)
    end
end

local function on_connection(proxy)
    local link = setmetatable({ proxy = proxy, bot = uv.new_tcp(), server = uv.new_tcp() }, link_mt)
    proxy.tcp:accept(link.bot)
    if proxy.is_refusing then return link.bot:close_reset() end
    link.number, link.since_ms = #proxy.links + 1, uv.now()
    proxy.links[link.number] = link
    link.plan = proxy.plan(link.number, proxy.links) or {}
    link.bot:nodelay(true)
    link.pipes = { new_pipe(link, "up", link.bot, link.server), new_pipe(link, "down", link.server, link.bot) }
    link.server:connect("127.0.0.1", proxy.to, function(err)
        if err then return link:finish "gone" end
        link.server:nodelay(true)
        for _, pipe in ipairs(link.pipes) do start_pipe(pipe) end
    end)
end

function proxy_mt:each_living(f)
    for _, link in ipairs(self.links) do
        if not link.is_cut then f(link) end
    end
end

---Ends the connections that there are: "rst" or "fin".
function proxy_mt:cut(how)
    self:each_living(function(link) link:finish(how) end)
end

function proxy_mt:stall(way)
    self:each_living(function(link) link:stall(way) end)
end

function proxy_mt:resume()
    self:each_living(function(link) link:resume() end)
end

---Whether connections that come in are reset at once.
function proxy_mt:refuse(is_refusing) self.is_refusing = is_refusing end

function proxy_mt:close()
    self.tcp:close()
    for _, link in ipairs(self.links) do
        link.is_cut = true
        for _, pipe in ipairs(link.pipes) do
            end_socket(pipe.source, "fin")
            pipe.timer:close()
        end
    end
    uv.run "nowait" -- closed handles are libuv's until then
end

---@param options { to: integer, plan?: fun(number: integer, links: table[]): table? }
function M.new(options)
    local proxy = setmetatable({ to = options.to, plan = options.plan or function() end, links = {}, cuts = 0 }, proxy_mt)
    proxy.tcp = uv.new_tcp()
    proxy.tcp:bind("127.0.0.1", 0)
    proxy.tcp:listen(64, function() on_connection(proxy) end)
    proxy.port = proxy.tcp:getsockname().port
    return proxy
end

return M

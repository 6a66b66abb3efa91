-- SPDX-License-Identifier: MIT
-- Nothing is lost and nothing comes twice, over a line that is cut again and again and a server that dies.
--
-- A person, directly at the server, asks `asks` numbered questions, and goes on until the last cut; the bot answers
-- them, and tells as many numbered messages by itself. The bot's line is cut by the plan below: any byte, also in the
-- middle of a login. The server is killed like in a power cut. What the person asked and was not answered at that
-- moment is asked again, with its id.
--
-- Claims, with the bot's trace as the witness of what its server had acknowledged (XEP-0198):
--   * nothing that was asked stays without an answer;
--   * what the bot told arrives, unless the server acknowledged it and died with it: nobody else may lose it;
--   * nothing comes twice while sessions are resumed, and they always are but when the server was killed.
-- SOAK=full (make soak): the large figures; else the small ones.
local e2e = require "spec.e2e.harness"
local process = require "spec.e2e.process"
local proxy = require "spec.e2e.proxy"
local uv = require "luv"

local FULL = os.getenv "SOAK" == "full"
local SIZES = {
    prosody = FULL and { asks = 5000, cuts = 50, kills = 3 } or { asks = 150, cuts = 5, kills = 1 },
    ejabberd = FULL and { asks = 5000, cuts = 50, kills = 3 } or { asks = 100, cuts = 4, kills = 1 },
}
local WINDOW = 30 -- questions that wait for their answer, at most
local LINK_MS = 1500 -- how long a connection lasts, about
local TIMEOUT = "5s"
local SEED = tonumber(os.getenv "SOAK_SEED" or "1")

local SCRIPTS = {
    ["soak.lua"] = [[
local st = require "couplet.stanza"
local M = {}
local asked, told, limit = {}, 0, 0
local count = 0
function M.answer(event)
    if event.body == "ask 0" then -- the last one: when all is told
        while told < count do event.bot:sleep(0.01) end
        return event.body
    end
    if not asked[event.body] then
        asked[event.body] = true
        count = count + 1
    end
    return event.body
end
-- As many as were asked, one at a time; what cannot be sent now is sent later.
function M.tell(event)
    if told >= count then return end
    local body = "tell " .. told + 1
    local message = st.message({ to = "romeo@localhost", type = "chat", id = body:gsub(" ", "-") }, body)
    if event.bot:send(message) then told = told + 1 end
end
return M
]],
}
local BOTS = [[
  echo:
    jid: echo@localhost/soak
    password: hush-e2e-hush
    server: ${LINE}
    tls: { ca_file: "${E2E_CA}" }
    keepalive: 1s
    features: { loop_guard: false } # romeo is a program
    timeout: TIMEOUT
    hooks:
      - { event: message, body: "^ask %d+$", include: [delayed], call: soak.answer }
      - { event: timer, every: 10ms, call: soak.tell }
]]
BOTS = BOTS:gsub("TIMEOUT", TIMEOUT)

-- How the connections go, every end in its turn. Every fourth is cut in the login, or in what is sent again right
-- after it, when there is a session to resume: what a server had for one of which the bot has not heard yet is
-- returned to its sender, and nobody can help it. The bot waits longer after each connection that did not last: the
-- others last longer than it waited.
local LOGIN = 8000 -- bytes of a login, and more
local SETTLE_MS = 300
local PER_ASK = { down = 150, up = 190 } -- bytes of a question and of a tale, about
local ENDS = {
    { how = "rst" }, { how = "fin" }, { how = "stall" }, { how = "rst", side = "bot" }, { how = "rst", way = "up" },
    { how = "fin", way = "up", side = "bot" }, { how = "rst", side = "server" },
}

-- has_session(): the bot has one that the server knows.
local function plan_of(size, has_session)
    local random = proxy.random(SEED)
    return function(number, links)
        if number > size.cuts + 50 then return {} end
        local plan = { delay_ms = 5, random = random, may_count = has_session }
        for name, value in pairs(ENDS[(number - 1) % #ENDS + 1]) do plan[name] = value end
        if random(1, 3) == 1 then plan.split = { 1, 200 } end
        local last = links[number - 1]
        if number % 4 == 2 and has_session() then
            plan.after = random(1, LOGIN)
            if plan.how == "stall" or plan.side == "server" then plan.how, plan.side = "rst", "both" end
        else
            plan.settle_ms = SETTLE_MS + (last and last.ended_ms and uv.now() - last.ended_ms or 0)
            plan.after = random(1, 2 * math.floor(size.asks / size.cuts * PER_ASK[plan.way or "down"]))
        end
        return plan
    end
end

-- The person's books

local tally_mt = {}
tally_mt.__index = tally_mt

local function new_tally(world, size)
    return setmetatable({
        world = world, size = size, since = uv.now(), sent = 0, asked = 0,
        waiting = 0, events = 0, pending = {}, answers = {}, tells = {}, risky = {}, answered = 0, told = 0, errors = 0,
    }, tally_mt)
end

function tally_mt:count(event)
    local word, number = (event.body or ""):match "^(%l+) (%d+)$"
    number = tonumber(number)
    self.events = self.events + 1
    self.has_session = self.has_session or word ~= nil
    if event.type == "error" then
        self.errors = self.errors + 1
        self.last_error = event.xml
    elseif word == "ask" then
        if self.pending[number] then
            self.pending[number], self.waiting, self.answered = nil, self.waiting - 1, self.answered + 1
        end
        self.answers[number] = (self.answers[number] or 0) + 1
    elseif word == "tell" then
        if not self.tells[number] then self.told = self.told + 1 end
        self.tells[number] = (self.tells[number] or 0) + 1
    end
end

function tally_mt:drain(person)
    for _, event in ipairs(person.waiting) do self:count(event) end
    person.waiting, person.seen = {}, {}
end

function tally_mt:ask(number)
    self.world:human("romeo"):say("echo@localhost", "ask " .. number, { id = "ask-" .. number })
end

-- At a steady pace, but not of what was held up.
function tally_mt:turn()
    self:drain(self.world:human "romeo")
    if self.waiting >= WINDOW then self.since, self.sent = uv.now(), 0 end
    local due = (uv.now() - self.since) * self.size.asks / self.size.cuts / LINK_MS
    local goes_on = self.asked < self.size.asks or self.line.cuts < self.size.cuts
    while goes_on and self.waiting < WINDOW and self.sent < due do
        self.sent = self.sent + 1
        self.asked, self.waiting = self.asked + 1, self.waiting + 1
        self.pending[self.asked] = true
        self:ask(self.asked)
    end
end

-- What the bots' log says beside the trace and the timer, and the trace of the questions that wait.
local function told_by(world, missing)
    local lines = {}
    for line in io.lines(world.dir .. "/trace.log") do
        local number = tonumber(line:match ">ask (%d+)<")
        if number and missing[number] or not line:find(" trace ", 1, true) and not line:find("soak.tell", 1, true) then
            lines[#lines + 1] = line
        end
    end
    return table.concat(lines, "\n", math.max(1, #lines - 90))
end

-- Until `condition`: as long as something goes on, however slowly.
function tally_mt:run(what, condition)
    local function report()
        local missing = {}
        for number in pairs(self.pending) do missing[#missing + 1] = number end
        return ("%s: %d answered, %d told, %d cuts, %d errors (%s); waiting for %s"):format(what, self.answered, self.told, self.line.cuts,
            self.errors, self.last_error or "none", table.concat(missing, " ")) .. "\n" .. told_by(self.world, self.pending) .. self.world:report()
    end
    while not condition() do
        local events = self.events
        process.poll(report, function()
            self:turn()
            if not self.world.bots:is_running() then error(report(), 0) end
            return self.events > events or condition()
        end)
    end
end

-- What waits for an answer is asked again, by a person who came back, of a bot that is there again: what comes while it
-- logs in may be put aside for a bot that is away, after the server has looked what was put aside for it.
function tally_mt:kill_server()
    local before = self.world:human "romeo"
    self.world.server:kill()
    self.line:refuse(true) -- until all that the old server said has been read
    self.world.server:restart()
    before:close()
    self:drain(before)
    self.has_session = false
    self.line:refuse(false)
    self.world:human "romeo"
    self.world:wait_online "echo" -- as the new server's log says
    for number in pairs(self.pending) do
        self.risky[number] = true
        self:ask(number)
    end
end

-- The bot's trace

-- What became of each message that was sent: fate[body] = { acked = the session, sessions = those in which it was sent }.
local function read_trace(path)
    local sent, base, fate, sessions, resumed, online = {}, 0, {}, 0, 0, 0
    local function acked(h)
        for i, id in pairs(sent) do
            if i <= h then
                fate[id].acked = sessions
                sent[i] = nil
            end
        end
    end
    for text in io.lines(path) do
        if text:find "info +[^:]-echo: online as" then online = online + 1 end
        local way, stanza = text:match "trace .-echo: (%S%S) (<.*)$"
        if way == "->" and stanza:find "^<enable " then
            sent, base, sessions = {}, 0, sessions + 1
        elseif way == "->" and (stanza:find "^<message" or stanza:find "^<iq" or stanza:find "^<presence") then
            base = base + 1
            local id = stanza:match "<body>(%l+ %d+)</body>"
            if id then
                fate[id] = fate[id] or { sessions = {} }
                fate[id].sessions[sessions] = true
                sent[base] = id
            end
        elseif way == "<-" and stanza:find "^<a " then
            acked(tonumber(stanza:match "h='(%d+)'"))
        elseif way == "<-" and (stanza:find "^<resumed " or stanza:find "^<failed ") then
            local h = tonumber(stanza:match "h='(%d+)'")
            if h then acked(h) end
            base = h or base
            if stanza:find "^<resumed " then resumed = resumed + 1 end
        end
    end
    return { fate = fate, sessions = sessions, resumed = resumed, online = online }
end

local function doubled(counts, is_allowed)
    local found = {}
    for number, count in pairs(counts) do
        if count > 1 and not is_allowed(number) then found[#found + 1] = number .. " x" .. count end
    end
    return table.concat(found, ", ")
end

local function check(tally, trace)
    local unknown, lost = {}, 0
    for number = 1, tally.asked do
        assert(tally.answers[number], "no answer to " .. number)
        if not tally.tells[number] then
            local fate = trace.fate["tell " .. number]
            lost = lost + 1
            -- Acknowledged in the last session: that server was not killed afterwards.
            if not fate or not fate.acked or fate.acked == trace.sessions then unknown[#unknown + 1] = number end
        end
    end
    assert.equal(0, tally.errors, "messages that came back as errors")
    assert.equal("", table.concat(unknown, " "), "told and lost, not by the server")
    local function crossed(body)
        local sessions = 0
        for _ in pairs(trace.fate[body].sessions) do sessions = sessions + 1 end
        return sessions > 1
    end
    assert.equal("", doubled(tally.tells, function(number) return crossed("tell " .. number) end))
    assert.equal("", doubled(tally.answers, function(number) return tally.risky[number] or crossed("ask " .. number) end))
    return lost
end

e2e.each_server(describe, "over a line that is cut", function(kind)
    local size = SIZES[kind]
    it(("%d messages each way arrive, through %d cuts and %d deaths of the server"):format(size.asks, size.cuts, size.kills), function()
        local line, env, tally = nil, {}, nil
        e2e.with({
            kind = kind,
            bots = BOTS,
            scripts = SCRIPTS,
            log = "level: trace, file: trace.log",
            env = env,
            before = function(world)
                line = proxy.new { to = world.server.port, plan = plan_of(size, function() return tally and tally.has_session end) }
                env.LINE = "127.0.0.1:" .. line.port
            end,
            online = {},
        }, function(world)
            tally = new_tally(world, size)
            tally.line = line
            for kill = 1, size.kills do
                tally:run("kill " .. kill, function() return tally.answered >= kill * size.asks / (size.kills + 1) end)
                tally:kill_server()
            end
            tally:run("every answer", function()
                return line.cuts >= size.cuts and tally.asked >= size.asks and tally.waiting == 0
            end)
            -- Nothing more is on its way once something that was sent after it has come.
            world:human("romeo"):say("echo@localhost", "ask 0", { id = "ask-0" })
            tally:run("the last answer", function() return tally.answers[0] end)
            world.bots:kill "sigterm"
            world.bots:join()
            tally:drain(world:human "romeo")
            local trace = read_trace(world.dir .. "/trace.log")
            local lost = check(tally, trace)
            print(("# %s: %d questions, %d tales, %d cuts, %d resumed, %d lost by the server"):format(kind, tally.answered,
                tally.told, line.cuts, trace.resumed, lost))
            assert.equal(size.kills + 1, trace.online)
        end)
        line:close()
    end)
end)

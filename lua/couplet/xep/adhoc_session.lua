-- SPDX-License-Identifier: MIT
-- adhoc_session: one command that somebody runs as a form (XEP-0050). The command's function is a task of its own; each
-- request of the client is another, which waits for what comes next out of the first:
--
--   request ── form of the arguments ── request ──> the function ──> event:ask: a form ── request ──> … ── the end
--
-- A session is one full JID's, ends when it has been idle for ten minutes, by cancel, and with the function. Of what a
-- function that failed holds nothing is told: the log has it.
local args = require "couplet.args"
local arg_types = require "couplet.arg_types"
local commands = require "couplet.command"
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local event_mt = require("couplet.event").event_mt
local form = require "couplet.form"
local ids = require "couplet.id"

local ipairs, next, pairs, setmetatable, table, tostring, type = ipairs, next, pairs, setmetatable, table, tostring, type

local M = {}

local IDLE, RUN_MOST = 600, 300 -- seconds: between two requests; that one request waits
local SESSIONS_MOST, OF_ONE_MOST, TRIES = 200, 5, 3

---@class couplet.AdhocServed
---@field id string
---@field bot couplet.Bot
---@field from string full JID
---@field command couplet.Command
---@field state "form"|"running"|"asking"|"over"
---@field asked table|nil the form that was sent last
---@field notes { type: string, text: string }[]
---@field used number when it was last spoken to
local session_mt = {}
session_mt.__index = session_mt

local sessions = setmetatable({}, { __mode = "k" }) -- bot -> { [id] = session }

-- Keeping them

local function expire(list, now)
    for id, session in pairs(list) do
        if now - session.used > IDLE and session.state ~= "running" then
            list[id] = nil
            session:cancel()
        end
    end
end

local function count_of(list, from)
    local all, own = 0, 0
    for _, session in pairs(list) do
        all = all + 1
        own = own + (session.from == from and 1 or 0)
    end
    return all, own
end

--- nil: there are too many.
---@return couplet.AdhocServed|nil
function M.open(bot, from, command)
    local list, now = sessions[bot] or {}, core.now()
    sessions[bot] = list
    expire(list, now)
    local all, own = count_of(list, from)
    if all >= SESSIONS_MOST or own >= OF_ONE_MOST then return nil end
    local session = setmetatable({
        id = ids.new(), bot = bot, from = from, command = command, state = "form", notes = {}, used = now,
    }, session_mt)
    list[session.id] = session
    return session
end

--- nil: there is none of that id, or it is somebody else's, or of another command.
function M.find(bot, id, from, node)
    local list = sessions[bot] or {}
    expire(list, core.now())
    local session = list[id]
    if not session or session.from ~= from or session.command.name ~= node then return nil end
    session.used = core.now()
    return session
end

function session_mt:close()
    self.state = "over"
    if sessions[self.bot] then sessions[self.bot][self.id] = nil end
end

-- Forms

local function field_of(parameter)
    local field = {
        var = parameter.key, type = arg_types.field_type(parameter), required = parameter.required,
        label = parameter.name .. (parameter.choices and "" or (" (%s)"):format(arg_types.expected(parameter))),
    }
    if parameter.choices then field.options = parameter.choices end
    if parameter.default ~= nil then field.value = type(parameter.default) == "boolean" and parameter.default or tostring(parameter.default) end
    return field
end

--- The form of a command's arguments; nil: it has none.
function session_mt:form()
    local grammar, fields = self.command.grammar, {}
    for _, parameter in ipairs(grammar and grammar.all or {}) do
        fields[#fields + 1] = field_of(parameter)
    end
    if #fields == 0 then return nil end
    self.asked = form.new { title = self.command.name, instructions = self.command.help, fields = fields }
    return self.asked
end

local function given_by(answer)
    local given = {}
    for _, field in ipairs(answer.fields) do
        if field.var then
            local text = table.concat(field.texts or {}, "\n")
            given[field.var] = field.type == "boolean" and (text == "1" or text == "true") or text
        end
    end
    return given
end

--- What was filled in; nil: there is no such form.
---@return table<string, string|boolean>|nil
function session_mt:read(element)
    if not self.asked then return {} end
    local answer = form.read(element, (form.read(self.asked)))
    return answer and answer.type == "submit" and given_by(answer) or nil
end

-- The function

local function note(session, text, kind) session.notes[#session.notes + 1] = { type = kind or "info", text = text } end

-- What the waiting request is answered with.
local function put(session, out)
    session.out = out
    core.wake(session.bot, "adhoc:" .. session.id, true)
end

local function text_of(value)
    if type(value) == "string" then return value end
    if type(value) == "number" then return tostring(value) end
    return type(value) == "table" and value.get_child_text and value:get_child_text "body" or nil
end

local function event_for(session, event, values)
    return setmetatable({
        bot = session.bot, kind = "command", command = session.command.name, from = event.from, to = event.to, type = "chat",
        id = event.id, stanza = event.stanza, room = event.room, nick = event.nick, args = values, adhoc = session, said = session.command.name,
        reply = function(_, text)
            note(session, tostring(text_of(text)))
            return true
        end,
        whisper = function(_, text)
            note(session, tostring(text))
            return true
        end,
    }, event_mt)
end

--- Runs the command; values: its arguments.
function session_mt:run(event, values)
    local inner = event_for(self, event, values)
    self.state = "running"
    self.bot:after(0, function()
        local _ <close> = setmetatable({}, { -- also when the function fails, or is stopped
            __close = function()
                if self.state == "over" then return end
                self:close()
                put(self, { failed = true })
            end,
        })
        local text = text_of((commands.execute(self.command, inner, self.command.name)))
        if text then note(self, text) end
        self:close()
        put(self, { completed = true })
    end)
end

--- Waits for what comes next: { form = } | { completed = true } | { failed = true } | { canceled = true } | nil, it takes too long.
function session_mt:next_out()
    if not self.out then core.wait(self.bot, "adhoc:" .. self.id, RUN_MOST) end
    local out = self.out
    self.out = nil
    return out
end

--- Takes the notes that are to be shown now.
function session_mt:take_notes()
    local notes = self.notes
    self.notes = {}
    return notes
end

-- Questions of the function

local function question_field(wanted, options)
    if options.choices then return { var = "answer", type = "list-single", label = wanted.question, options = options.choices, required = true } end
    if not wanted.parameter then return { var = "answer", type = "text-single", label = wanted.question, required = true } end
    local field = field_of(wanted.parameter)
    field.label, field.required = wanted.question, true
    return field
end

local function once(session, wanted, options)
    session.asked = form.new { title = session.command.name, fields = { question_field(wanted, options) } }
    session.state = "asking"
    put(session, { form = session.asked })
    local answer = core.wait(session.bot, "adhoc-answer:" .. session.id, options.timeout or IDLE)
    if not answer then return nil, errors.new("remote-server-timeout", "no answer came in time") end
    session.state = "running"
    if answer.cancel then return nil, errors.new("not-acceptable", "the question was not answered") end
    local given = answer.given.answer
    if type(given) == "boolean" then given = given and "yes" or "no" end
    return given or ""
end

--- event:ask of such a command: the next form.
---@param wanted couplet.Wanted
function session_mt:ask(wanted, options)
    for _ = 1, TRIES do
        local text, err = once(self, wanted, options)
        if not text then return nil, err end
        local value, index = wanted.read(text)
        if value ~= nil then return value, index end
        note(self, ("'%s' is not %s."):format(require("couplet.words").shorten(text), wanted.expected), "error")
    end
    return nil, errors.new("not-acceptable", "the question was not answered")
end

--- The answer to the form of a question.
function session_mt:answer(given) core.wake(self.bot, "adhoc-answer:" .. self.id, { given = given }) end

--- Ends it from outside.
function session_mt:cancel()
    local was_asking = self.state == "asking"
    if self.state ~= "running" then self:close() end
    if was_asking then core.wake(self.bot, "adhoc-answer:" .. self.id, { cancel = true }) end
end

--- The arguments from what was filled in, or what is wrong.
function session_mt:arguments(event, given)
    if not self.command.grammar then return nil end
    return args.from_fields(self.command.grammar, given, event)
end

--- Are there any, for specs?
function M.count(bot) return next(sessions[bot] or {}) and count_of(sessions[bot]) or 0 end

return M

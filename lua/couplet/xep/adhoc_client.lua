-- SPDX-License-Identifier: MIT
-- adhoc_client: bot.adhoc: the commands of others (XEP-0050), run by us. What others run here is couplet.xep.adhoc.
--
--   local list, err = bot.adhoc:commands "example.org"            -- { { node =, name =, jid = }, … }
--   local session, err = bot.adhoc:run("example.org", "config")
--   session.form.values, session.notes, session.actions
--   session, err = session:next { logging = true }                -- or prev, complete, execute, cancel
--   local result, err = bot.adhoc:call("example.org", "config", { logging = true })     -- all of it, to the end
--
-- Everything here waits. An error leaves a session as it was, so that the same stage can be tried again.
-- Implements: XEP-0050 1.3.0
local errors = require "couplet.errors"
local form = require "couplet.form"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, ipairs, setmetatable, tostring, type = error, ipairs, setmetatable, tostring, type

local M = {}

local STAGES_MAX = 20 -- of a command that is called as a whole
local STATUS = { executing = true, completed = true, canceled = true }
local ACTIONS = { prev = true, next = true, complete = true }
local NOTES = { info = true, warn = true, error = true }

---@class couplet.AdhocSession
---@field jid string
---@field node string
---@field status "executing"|"completed"|"canceled"
---@field form couplet.Form|nil of this stage, or the result
---@field notes { type: "info"|"warn"|"error", text: string }[]
---@field actions table<string, boolean> what can be done now: prev, next, complete
---@field default string|nil which of them `execute` means
---@field payload couplet.Stanza the whole <command/>
---@field id string|nil
local session_mt = { __name = "couplet.adhoc_session" }
local methods = {}
session_mt.__index = methods

local bots = setmetatable({}, { __mode = "k" }) -- session -> bot

local function read_notes(command)
    local notes = {}
    for note in command:childtags "note" do
        local kind = note.attr.type
        notes[#notes + 1] = { type = NOTES[kind] and kind or "info", text = note:get_text() or "" }
    end
    return notes
end

-- Without <actions/> there is one stage, and to execute is to complete (3.4).
local function read_actions(session, command)
    session.actions, session.default = {}, nil
    if session.status ~= "executing" then return end
    local actions = command:get_child "actions"
    if not actions then
        session.actions.complete, session.default = true, "complete"
        return
    end
    for _, action in ipairs(actions.tags) do
        if ACTIONS[action.name] then session.actions[action.name] = true end
    end
    local default = actions.attr.execute or "next"
    session.default = session.actions[default] and default or nil
end

local function take(session, answer)
    local command = answer:get_child("command", ns.commands)
    local status = command and command.attr.status
    if not command or not STATUS[status] or command.attr.node ~= session.node then
        return nil, errors.new("undefined-condition", "the answer is none to a command")
    end
    if status == "executing" and (command.attr.sessionid or "") == "" or session.id and command.attr.sessionid ~= session.id then
        return nil, errors.new("undefined-condition", "the answer is of another session")
    end
    session.status, session.id, session.payload = status, command.attr.sessionid, command
    session.form, session.notes = (form.read(command)), read_notes(command)
    read_actions(session, command)
    return session
end

local function send(session, action, x)
    local iq = st.iq { type = "set", to = session.jid }
    iq:tag("command", { xmlns = ns.commands, node = session.node, sessionid = session.id, action = action })
    if x then iq:add_child(x) end
    local answer, err = bots[session]:iq(iq)
    if not answer then return nil, err end
    return take(session, answer)
end

local function refuse(text) return nil, errors.new("unexpected-request", text, { type = "cancel" }) end

local function proceed(session, action, values)
    if session.status ~= "executing" then return refuse("the command is " .. session.status .. " already") end
    if action ~= "execute" and not session.actions[action] then return refuse(("'%s' is not possible at this stage"):format(action)) end
    local x, err
    if values ~= nil and not session.form then return refuse "this stage has no form to fill in" end
    if session.form and session.form.type == "form" and action ~= "prev" then
        x, err = session.form:submit(values)
        if not x then return nil, err end
    end
    return send(session, action, x)
end

--- To the next stage, with the form of this one filled in.
---@param values? table<string, any>
---@return couplet.AdhocSession|nil session the same one, changed
---@return couplet.Error|nil err
function methods:next(values) return proceed(self, "next", values) end

--- One stage back.
function methods:prev() return proceed(self, "prev") end

--- To the end.
---@param values? table<string, any>
function methods:complete(values) return proceed(self, "complete", values) end

--- What the service takes for the usual: next or complete.
---@param values? table<string, any>
function methods:execute(values) return proceed(self, self.default or "execute", values) end

--- Gives the command up. One that has ended needs none.
---@return true|nil ok, couplet.Error|nil err
function methods:cancel()
    if self.status ~= "executing" then return true end
    local iq = st.iq { type = "set", to = self.jid }
    iq:tag("command", { xmlns = ns.commands, node = self.node, sessionid = self.id, action = "cancel" })
    local answer, err = bots[self]:iq(iq)
    if not answer then return nil, err end
    self.status, self.actions, self.form = "canceled", {}, nil
    return true
end

--- The text of the notes, one a line; of one kind, where that is named.
---@param kind? "info"|"warn"|"error"
---@return string|nil
function methods:text(kind)
    local text
    for _, note in ipairs(self.notes) do
        if not kind or note.type == kind then text = (text and text .. "\n" or "") .. note.text end
    end
    return text
end

---@class couplet.Adhoc
local adhoc = {}
adhoc.__index = adhoc

local function check_jid(jid, level)
    if type(jid) ~= "string" then error("a JID is expected, not a " .. type(jid), level + 1) end
end

--- What an entity lets us run.
---@param jid string
---@return { node: string, name: string|nil, jid: string }[]|nil list, couplet.Error|nil err
function adhoc:commands(jid)
    check_jid(jid, 2)
    local question = st.stanza("query", { xmlns = ns.disco_items, node = ns.commands })
    local query, err = request.ask(self.bot, "get", jid, question)
    if query == nil then return nil, err end
    local list = {}
    for item in (query or st.stanza "query"):childtags "item" do
        local attr = item.attr
        if attr.node and attr.jid then list[#list + 1] = { node = attr.node, name = attr.name, jid = attr.jid } end
    end
    return list
end

--- Begins a command.
---@param jid string
---@param node string
---@return couplet.AdhocSession|nil session, couplet.Error|nil err
function adhoc:run(jid, node)
    check_jid(jid, 2)
    if type(node) ~= "string" then error("the node of a command is expected, not a " .. type(node), 2) end
    local session = setmetatable({ jid = jid, node = node, status = "executing", notes = {}, actions = {} }, session_mt)
    bots[session] = self.bot
    return send(session, "execute")
end

local function take_out(values, asked)
    local part
    for _, field in ipairs(asked and asked.fields or {}) do
        if field.var and values[field.var] ~= nil then
            part = part or {}
            part[field.var], values[field.var] = values[field.var], nil
        end
    end
    return part
end

local function give_up(session, err)
    if session.status == "executing" then session:cancel() end
    return nil, err
end

-- What a command says against it although it completed (3.6) is an error here.
local function outcome(session)
    local fault = session:text "error"
    if fault then return nil, errors.new("undefined-condition", fault) end
    return session
end

--- Runs a command to its end; each stage takes of `values` what its form asks for. What no stage asked for is an error,
--- after the fact. A command that fails is cancelled.
---@param jid string
---@param node string
---@param values? table<string, any>
---@return couplet.AdhocSession|nil session completed
---@return couplet.Error|nil err
function adhoc:call(jid, node, values)
    local rest = {}
    for name, value in next, values or {} do rest[name] = value end
    local session, err = self:run(jid, node)
    if not session then return nil, err end
    for _ = 1, STAGES_MAX do
        if session.status ~= "executing" then break end
        local part = take_out(rest, session.form)
        local ok
        ok, err = session:execute(part)
        if not ok then return give_up(session, err) end
    end
    if session.status == "executing" then return give_up(session, errors.new("policy-violation", "the command has no end")) end
    local name = next(rest)
    if name ~= nil then
        return nil, errors.new("not-acceptable", ("no form of the command has a field '%s'"):format(tostring(name)), { extra = { field = name } })
    end
    return outcome(session)
end

--- bot.adhoc
---@param bot couplet.Bot
---@return couplet.Adhoc
function M.attach(bot) return setmetatable({ bot = bot }, adhoc) end

return M

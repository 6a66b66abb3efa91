-- SPDX-License-Identifier: MIT
-- adhoc: the bot's commands as ad-hoc commands with forms (XEP-0050 with XEP-0004), for clients that show them. The same
-- commands, arguments, rates and rights as by message: who may not, does not see them. A session is couplet.xep.adhoc_session.
-- Implements: XEP-0050 1.3.0
local commands = require "couplet.command"
local errors = require "couplet.errors"
local help = require "couplet.help"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local ipairs, require, setmetatable, type = ipairs, require, setmetatable, type

local M = {}

local ACTIONS = { execute = true, next = true, complete = true, prev = true, cancel = true } -- XEP-0050 3.4

--- bot.adhoc: the commands of others.
function M.attach(bot) return require("couplet.xep.adhoc_client").attach(bot) end

-- Which

-- The request as the message one to one that would say the same.
local function as_chat(event) return setmetatable({ type = "chat" }, { __index = event }) end

local function available(event)
    local list = {}
    for _, command in ipairs(help.available(as_chat(event))) do
        list[#list + 1] = command
    end
    return list
end

local function find(event, node)
    for _, command in ipairs(available(event)) do
        if command.name == node then return command end
    end
    for _, command in ipairs(commands.list(event.bot)) do
        if command.name == node then return nil, "forbidden" end
    end
    return nil, "item-not-found"
end

local function title_of(command) return command.help and command.help:match "^[^\n]*" or command.name end

local function node_of(event, xmlns)
    local query = event.stanza:get_child("query", xmlns)
    return query and query.attr.node
end

--- disco#items of the node of commands; of others nothing is known here.
---@param event couplet.Event
function M.on_items(event)
    local node = node_of(event, ns.disco_items)
    if node ~= ns.commands then return nil end
    local query = { name = "query", attr = { xmlns = ns.disco_items, node = node } }
    for _, command in ipairs(available(event)) do
        query[#query + 1] = { name = "item", attr = { jid = event.to or event.bot.jid, node = command.name, name = title_of(command) } }
    end
    return query
end

--- disco#info of that node, and of each command (2.2, 2.3).
---@param event couplet.Event
function M.on_info(event)
    local node = node_of(event, ns.disco_info)
    local command = node and node ~= ns.commands and find(event, node)
    if node ~= ns.commands and not command then return nil end
    local identity = { category = "automation", type = command and "command-node" or "command-list", name = command and title_of(command) or "Commands" }
    local query = { name = "query", attr = { xmlns = ns.disco_info, node = node }, { name = "identity", attr = identity } }
    for _, feature in ipairs { ns.disco_info, command and ns.commands or ns.disco_items, ns.data } do
        query[#query + 1] = { name = "feature", attr = { var = feature } }
    end
    return query
end

-- Answers

-- XEP-0050 4.4: the condition and the more exact one beside it.
local function refuse(event, condition, exact, text)
    local tag = exact and st.stanza(exact, { xmlns = ns.commands }) or nil
    local err = errors.new(condition, text, tag and { extra = { tag = tag } } or nil)
    return errors.to_stanza(err, event.stanza)
end

local function result_form(text)
    return require("couplet.form").new { type = "result", fields = { { var = "result", type = "text-multi", label = "Result", value = text } } }
end

local function add_notes(element, session, status)
    for _, note in ipairs(session:take_notes()) do
        element:text_tag("note", note.text, { type = note.type })
        if status == "completed" and note.text:find("\n", 1, true) then element:add_child(result_form(note.text)) end
    end
end

local function answer(session, status, x)
    local element = st.stanza("command", { xmlns = ns.commands, node = session.command.name, sessionid = session.id, status = status })
    if x then
        element:tag("actions", { execute = "complete" }):tag("complete"):up():up()
        element:add_child(x)
    end
    add_notes(element, session, status)
    return element
end

-- What the command's function has come to.
local function go_on(event, session)
    local out = session:next_out()
    if not out then return refuse(event, "remote-server-timeout", nil, "the command takes too long") end
    if out.failed then return refuse(event, "internal-server-error", nil, "This failed; the reason is in the log.") end
    if out.form then return answer(session, "executing", out.form) end
    return answer(session, "completed")
end

-- Requests

local function begin(event, node, action)
    local command, why = find(event, node)
    if not command then return refuse(event, why) end
    if action ~= "execute" then return refuse(event, "bad-request", "bad-action", "a command begins with execute") end
    local verdict, wait = commands.take(event, command)
    if verdict ~= "ok" then return refuse(event, "resource-constraint", nil, help.too_often(wait)) end
    local session = require("couplet.xep.adhoc_session").open(event.bot, event.from, command)
    if not session then return refuse(event, "resource-constraint", nil, "too many commands have been begun and not ended") end
    local x = session:form()
    if x then return answer(session, "executing", x) end
    session:run(event, command.grammar and {} or nil)
    return go_on(event, session)
end

local function submit(event, session, element)
    if session.out then return go_on(event, session) end -- this answers a form before the one that is asked now
    local given = session:read(element)
    if not given then return refuse(event, "bad-request", "bad-payload", "the form, filled in, is expected") end
    if session.state == "asking" then
        session:answer(given)
        return go_on(event, session)
    end
    local values, err = session:arguments(event, given)
    if not values then
        session.notes[#session.notes + 1] = { type = "error", text = err.text }
        return answer(session, "executing", session:form())
    end
    session:run(event, values)
    return go_on(event, session)
end

local function continue(event, node, id, action, element)
    local session = require("couplet.xep.adhoc_session").find(event.bot, id, event.from, node)
    if not session then return refuse(event, "bad-request", "bad-sessionid", "there is no such session, or it has ended") end
    if session.state == "running" then return refuse(event, "unexpected-request", nil, "the command is running") end
    if action == "cancel" then
        session:cancel()
        return answer(session, "canceled")
    end
    if action == "prev" then return refuse(event, "bad-request", "bad-action", "there is nothing before this") end
    if not help.is_here(session.command, as_chat(event)) or not commands.may(session.command, event) then
        session:cancel()
        return refuse(event, "forbidden")
    end
    return submit(event, session, element)
end

--- A request to run a command.
---@param event couplet.Event
function M.on_command(event)
    local element = event.stanza:get_child("command", ns.commands)
    local attr = element and element.attr or {}
    local action = attr.action or "execute"
    if not event.from or type(attr.node) ~= "string" then return refuse(event, "bad-request", nil, "a command names its node") end
    if not ACTIONS[action] then return refuse(event, "bad-request", "malformed-action") end
    if attr.sessionid then return continue(event, attr.node, attr.sessionid, action, element) end
    return begin(event, attr.node, action)
end

return M

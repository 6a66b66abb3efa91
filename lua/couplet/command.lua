-- SPDX-License-Identifier: MIT
-- command: what stands between a message that names a command and the function that does it. The runtime finds the
-- hook (its name is what the message begins with) and sets event.command and event.args, the text behind it. Then:
--
--   seen before? ── rate ── who may ── arguments ── confirmed? ── the function ── its answer
--     silence     told once  refusal   usage          question      event.args: a table, where `args:` is stated
--
-- A command that ran ends the chain of hooks, whatever it returned. `nil, err` is told to whoever asked. The texts are
-- couplet.help's. The same commands are offered as forms by couplet.xep.adhoc.
local gate = require "couplet.gate"

local ipairs, pairs, require, setmetatable, tostring, type = ipairs, pairs, require, setmetatable, tostring, type
local table = table

local M = {}

local DEFAULT_RATE = "5/10s"
local SEEN_MOST, SEEN_LENGTH = 100, 300

---@class couplet.Command
---@field name string
---@field aliases string[]
---@field grammar couplet.Grammar|nil
---@field help string|nil
---@field examples string[]
---@field confirm boolean|string|nil
---@field allow any
---@field limiter couplet.Limiter|nil
---@field place { room: string?, from: any, nick: string?, type: any }
---@field fn fun(event: couplet.Event): ...
---@field continue boolean

-- The commands of each bot: bot -> { guarded function -> command }.
local registry = setmetatable({}, { __mode = "k" })

--- Sorted by name.
---@param bot couplet.Bot
---@return couplet.Command[]
function M.list(bot)
    local list = {}
    for _, command in pairs(registry[bot] or {}) do
        list[#list + 1] = command
    end
    table.sort(list, function(a, b) return a.name < b.name end)
    return list
end

--- A hook was removed.
function M.forget(bot, guarded)
    if registry[bot] then registry[bot][guarded] = nil end
end

-- Once only (XEP-0359): the ids that the room or our server gave, and the sender's own.

local seen = setmetatable({}, { __mode = "k" }) -- bot -> { list = ids, oldest first, [id] = true }

local function ids_seen(bot)
    local ids = seen[bot]
    if ids then return ids end
    ids = { list = {} }
    local kept = require("couplet.core.bot").remember(bot, "commands")
    for id in (kept or ""):gmatch "[^\n]+" do
        ids.list[#ids.list + 1], ids[id] = id, true
    end
    seen[bot] = ids
    return ids
end

local function is_trusted(event, by)
    local here = event.room or require("couplet.jid").bare(event.bot.jid)
    return by == here
end

-- The ids by which the same message would be known when it comes again.
local function ids_of(event)
    local found = {}
    for _, child in ipairs(event.stanza or {}) do
        local attr = type(child) == "table" and child.attr
        if attr and attr.xmlns == "urn:xmpp:sid:0" and attr.id then
            local by = child.name == "stanza-id" and is_trusted(event, attr.by) and attr.by
            by = by or child.name == "origin-id" and event.from
            local id = by and ("%s %s %s"):format(child.name, by, attr.id)
            if id and #id <= SEEN_LENGTH and not id:find "%c" then found[#found + 1] = id end
        end
    end
    return found
end

-- The events that were counted already: with `continue: true` one message is for several commands.
local counted = setmetatable({}, { __mode = "k" })

--- Did this very message run already? It counts as run from now on.
local function is_repeated(event)
    local found = ids_of(event)
    if #found == 0 or counted[event] then return false end
    local ids = ids_seen(event.bot)
    for _, id in ipairs(found) do
        if ids[id] then return true end
    end
    counted[event] = true
    for _, id in ipairs(found) do
        ids.list[#ids.list + 1], ids[id] = id, true
    end
    while #ids.list > SEEN_MOST do
        ids[table.remove(ids.list, 1)] = nil
    end
    local ok, err = require("couplet.core.bot").remember(event.bot, "commands", table.concat(ids.list, "\n"))
    if not ok then event.bot.log:warn("that this command ran is not kept, so it may run again after a restart: %s", err) end
    return false
end

-- How often

local common = setmetatable({}, { __mode = "k" }) -- bot -> its limiter of all commands

--- "ok", "tell", "ignore", of the bot's rate and then the command's own (nil: there is none).
---@return string, number|nil
function M.take(event, command)
    local bot = event.bot
    common[bot] = common[bot] or gate.limiter(bot.config.rate or DEFAULT_RATE) or false
    local verdict, wait = "ok", nil
    if common[bot] then verdict, wait = common[bot]:take(event) end
    if verdict == "ok" and command and command.limiter then verdict, wait = command.limiter:take(event) end
    return verdict, wait
end

-- Running it

--- May whoever caused the event run it?
---@param command couplet.Command
---@param event couplet.Event
---@return boolean
function M.may(command, event) return gate.may(event.bot, command.allow, event) end

--- Sets event.args. The text that tells what is wrong when that cannot be done.
---@return string|nil
function M.set_args(command, event, given)
    if not command.grammar then return nil end
    local args = require "couplet.args"
    local read = type(given) == "table" and args.from_fields or args.parse
    local values, err = read(command.grammar, given or "", event)
    if not values then return require("couplet.help").wrong(command, event, err) end
    event.args = values
end

local function is_confirmed(command, event, said)
    local question = command.confirm
    if not question then return true end
    if question == true then question = ("Really '%s'?"):format(require("couplet.words").shorten(said)) end
    local answer, err = event:ask(question, { choices = { "yes", "no" } })
    if answer == "yes" then return true end
    return false, (answer or err.condition == "not-acceptable") and "Nothing was done." or nil
end

local function answer_of(command, event, first, err, ...)
    if not first and err ~= nil then
        local text = tostring(type(err) == "table" and (err.text or err.condition) or err)
        event.bot.log:info("%s failed: %s", command.name, text)
        return text
    end
    if first == nil and not command.continue then return true end
    return first, err, ...
end

--- The function with its question before it, once the arguments are there.
---@param said string the command as it was given, for the question
function M.execute(command, event, said)
    local go, why_not = is_confirmed(command, event, said)
    if not go then return why_not or true end
    return answer_of(command, event, command.fn(event))
end

local function run(command, event)
    if is_repeated(event) then return true end
    local help = require "couplet.help"
    local verdict, wait = M.take(event, command)
    if verdict ~= "ok" then return verdict == "tell" and help.too_often(wait) or true end
    if not M.may(command, event) then return help.refusal(command, event) end
    local said = event.said or command.name
    local wrong = M.set_args(command, event, event.args)
    if wrong then return wrong end
    return M.execute(command, event, said)
end

-- From the configuration, or bot:hook

local function list_of(value) return type(value) == "table" and value or { value } end

-- "!deploy test" without what stands before the name; nil when another command is meant.
local function example_args(command, bot, text)
    local said = require("couplet.help").strip(bot, text)
    for _, name in ipairs { command.name, table.unpack(command.aliases) } do
        if said:sub(1, #name):lower() == name:lower() and said:find("^%f[%s\0]", #name + 1) then
            return said:sub(#name + 1):gsub("^%s+", ""), #text - #said + #name
        end
    end
end

local function check_example(command, bot, text)
    local rest = example_args(command, bot, text)
    if not rest then return ("'%s' is no example of '%s': it begins with another word"):format(text, command.name) end
    if not command.grammar then return nil end
    local _, err = require("couplet.args").parse(command.grammar, rest, {})
    return err and ("'%s' does not fit '%s': %s"):format(text, command.grammar.text, err.text)
end

local function check(command, bot, options)
    local mistakes = {}
    if options.args then
        local grammar, column, text = require("couplet.args").compile(options.args)
        command.grammar = grammar
        if not grammar then mistakes[1] = { key = "args", column = column, text = text } end
    end
    for index, example in ipairs(mistakes[1] and {} or command.examples) do
        local text = check_example(command, bot, example)
        if text then mistakes[#mistakes + 1] = { key = "example", index = index, text = text } end
    end
    return #mistakes > 0 and mistakes or nil
end

--- The function behind all that, and a list of mistakes in the options: { key =, index =, column =, text = }.
---@param bot couplet.Bot
---@param fn fun(event: couplet.Event): ...
---@param options table the keys of the hook
---@return fun(event: couplet.Event): ..., table[]|nil
function M.bind(bot, fn, options)
    local command = {
        name = options.name, aliases = list_of(options.aliases), help = options.help, examples = list_of(options.example),
        confirm = options.confirm, allow = options.allow, limiter = gate.limiter(options.rate), fn = fn,
        place = { room = options.room, from = options.from, nick = options.nick, type = options.type },
        continue = options.continue == true,
    }
    local mistakes = check(command, bot, options)
    local function guarded(event) return run(command, event) end
    if mistakes then return guarded, mistakes end
    registry[bot] = registry[bot] or {}
    registry[bot][guarded] = command
    return guarded
end

return M

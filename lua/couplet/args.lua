-- SPDX-License-Identifier: MIT
-- args: what a command is told, in words and typed.
--
--   "<env:prod|test> [count:int=1] [--force] [--tag=value] [text...]"
--
--   <…> must be there, […] may be; NAME or NAME:TYPE, TYPE a type of couplet.arg_types or words with '|' between them;
--   int(1..10) has bounds; =VALUE is what it is otherwise; NAME... takes the rest of the line as it stands. --NAME is a
--   flag (true or false), --NAME=TYPE takes a value. A '-' in a name is '_' in event.args.
--
-- compile() is done once for each text, when the configuration is read; parse() for each command.
local types = require "couplet.arg_types"
local words = require "couplet.words"

local ipairs, setmetatable, type = ipairs, setmetatable, type

local M = {}

---@class couplet.Parameter
---@field name string as written
---@field key string in event.args
---@field type string
---@field choices string[]|nil
---@field low integer|nil
---@field high integer|nil
---@field required boolean
---@field flag boolean it is --NAME
---@field rest boolean it takes the rest
---@field default any

---@class couplet.Grammar
---@field text string
---@field positional couplet.Parameter[]
---@field flags table<string, couplet.Parameter>
---@field all couplet.Parameter[] in the order of the text

-- The grammar

local function split_choices(text)
    local choices = {}
    for choice in (text .. "|"):gmatch "([^|]*)|" do
        if choice == "" then return nil end
        choices[#choices + 1] = choice
    end
    return choices
end

-- Sets the type of a parameter; an error text when there is none.
local function set_type(parameter, text)
    if text:find("|", 1, true) then
        parameter.type, parameter.choices = "choice", split_choices(text)
        return not parameter.choices and ("'%s' has an empty choice"):format(text) or nil
    end
    local name, low, high = text:match "^(%a+)%((%-?%d*)%.%.(%-?%d*)%)$"
    parameter.type = types.canonical(name or text)
    parameter.low, parameter.high = low and math.tointeger(tonumber(low)), high and math.tointeger(tonumber(high))
    if not parameter.type then return types.unknown(name or text) end
    if name and parameter.type ~= "int" and parameter.type ~= "number" then return "only numbers have bounds" end
end

local function set_default(parameter, text)
    if not text then return nil end
    if parameter.required then return ("<%s> must be there: it has no other value"):format(parameter.name) end
    local value, expected = types.read(parameter, text, {})
    if expected then return ("'%s' is not %s"):format(text, expected) end
    parameter.default = value
end

local FLAG = "^%-%-([%a][%w_-]*)(=?)(.*)$"
local POSITIONAL = "^([%a_][%w_-]*)(:?)([^=]*)(=?)(.*)$"

local function read_flag(parameter, inside)
    local name, equals, kind = inside:match(FLAG)
    if not name then return ("'%s' is no flag: --name or --name=type is expected"):format(inside) end
    parameter.name, parameter.flag = name, true
    if equals == "" then
        if kind ~= "" then return ("'%s' is no flag: --name or --name=type is expected"):format(inside) end
        parameter.type, parameter.default = "flag", false
        return parameter.required and "a flag that must be there says nothing: [--" .. name .. "] is expected" or nil
    end
    return set_type(parameter, kind)
end

local function read_positional(parameter, inside)
    if inside:sub(-3) == "..." then
        inside, parameter.rest = inside:sub(1, -4), true
    end
    local name, colon, kind, equals, default = inside:match(POSITIONAL)
    if not name or (colon == "" and kind ~= "") or (colon == ":" and kind == "") then
        return ("'%s' is no parameter: name, name:type or name... is expected"):format(inside)
    end
    parameter.name = name
    return set_type(parameter, kind == "" and "string" or kind) or set_default(parameter, equals ~= "" and default or nil)
end

-- The bracket that closes what opens at `at`; bounds and choices have none inside.
local function read_parameter(text, at)
    local open = text:sub(at, at)
    local close = open == "<" and ">" or open == "[" and "]"
    if not close then
        return nil, at, "<name> for what must be there or [name] for what may be is expected"
    end
    local stop = text:find(close, at, true)
    if not stop then return nil, at, ("the '%s' is not closed"):format(open) end
    local parameter = { required = open == "<", rest = false, flag = false }
    local inside = text:sub(at + 1, stop - 1)
    local wrong = (inside:sub(1, 2) == "--" and read_flag or read_positional)(parameter, inside)
    if wrong then return nil, at, wrong end
    if text:find("^[^%s]", stop + 1) then return nil, stop + 1, "a blank is expected here" end
    parameter.key = parameter.name:gsub("-", "_")
    return parameter, stop + 1
end

-- What does not go with those before it.
local function check_order(grammar, parameter)
    for _, other in ipairs(grammar.all) do
        if other.key == parameter.key then return ("'%s' is there twice"):format(parameter.name) end
    end
    local last = grammar.positional[#grammar.positional]
    if parameter.flag or not last then return nil end
    if last.rest then return ("nothing can follow '%s...', which takes the rest"):format(last.name) end
    if parameter.required and not last.required then
        return ("<%s> cannot follow [%s]: what must be there comes first"):format(parameter.name, last.name)
    end
end

local function add(grammar, parameter)
    grammar.all[#grammar.all + 1] = parameter
    if parameter.flag then
        grammar.flags[parameter.name] = parameter
    else
        grammar.positional[#grammar.positional + 1] = parameter
    end
end

local compiled = setmetatable({}, { __mode = "v" })

--- nil, the place (from 1) and what is wrong there, when the text is no grammar.
---@param text string
---@return couplet.Grammar|nil, integer|nil, string|nil
function M.compile(text)
    if compiled[text] then return compiled[text] end
    local grammar = { text = text, positional = {}, flags = {}, all = {} }
    local at = text:find "%S"
    while at do
        local parameter, stop, wrong = read_parameter(text, at)
        wrong = wrong or check_order(grammar, parameter)
        if wrong then return nil, parameter and at or stop, wrong end
        add(grammar, parameter)
        at = text:find("%S", stop)
    end
    compiled[text] = grammar
    return grammar
end

-- The words of a command

---@class couplet.ArgError
---@field text string for people: what is wrong and what was expected
---@field parameter couplet.Parameter|nil

local function fail(parameter, ...) return nil, { text = (...), parameter = parameter } end

--- What a value must be, for people.
local function expected(parameter) return types.expected(parameter) end

local function set(values, parameter, word, context)
    local value, want = types.read(parameter, word, context)
    if want then return fail(parameter, ("%s: '%s' is not %s."):format(parameter.name, words.shorten(word), want)) end
    values[parameter.key] = value
    return true
end

local function nearest_flag(grammar, name)
    local names = {}
    for known in pairs(grammar.flags) do
        names[#names + 1] = known
    end
    return require("couplet.core.people").near(name, names)
end

local function unknown_flag(grammar, name)
    local near = nearest_flag(grammar, name)
    local hint = near and (" Did you mean '--%s'?"):format(near) or ""
    return fail(nil, ("There is no '--%s'.%s"):format(words.shorten(name), hint))
end

-- A word that begins with "--". True, or nil and the error.
local function take_flag(grammar, values, word, context)
    local name, equals, value = word:match "^%-%-([^=]*)(=?)(.*)$"
    local parameter = grammar.flags[name] or grammar.flags[name:lower()]
    if not parameter then return unknown_flag(grammar, name) end
    if values[parameter.key] ~= nil then return fail(parameter, ("'--%s' is there twice."):format(name)) end
    if parameter.type == "flag" then
        if equals ~= "" then return fail(parameter, ("'--%s' takes no value."):format(name)) end
        values[parameter.key] = true
        return true
    end
    if equals == "" then return fail(parameter, ("'--%s' needs a value: --%s=%s."):format(name, name, expected(parameter))) end
    return set(values, parameter, value, context)
end

-- A flag that nobody knows is text where the rest may begin, unless it is one misspelt.
local function is_flag(grammar, token, is_rest)
    if token.quoted or token.text:sub(1, 2) ~= "--" then return false end
    local name = token.text:match "^%-%-([^=]*)"
    return not is_rest or grammar.flags[name:lower()] ~= nil or nearest_flag(grammar, name) ~= nil
end

-- What was not said.
local function fill(grammar, values)
    for _, parameter in ipairs(grammar.all) do
        if values[parameter.key] == nil then
            if parameter.required then
                local name = (parameter.flag and "--" or "") .. parameter.name
                return fail(parameter, ("%s is missing: %s is expected."):format(name, expected(parameter)))
            end
            values[parameter.key] = parameter.default
        end
    end
    return values
end

--- The values by name, or nil and what is wrong. context: the event, where types want to know it.
---@param grammar couplet.Grammar
---@param text string
---@param context? table
---@return table|nil, couplet.ArgError|nil
function M.parse(grammar, text, context)
    local list, open = words.split(text)
    local values, next_one, flags_end = {}, 1, false
    for _, token in ipairs(list) do
        local parameter = grammar.positional[next_one]
        local is_rest = parameter ~= nil and parameter.rest
        if not flags_end and token.text == "--" and not token.quoted then
            flags_end = true
        elseif not flags_end and is_flag(grammar, token, is_rest) then
            local done, err = take_flag(grammar, values, token.text, context or {})
            if not done then return nil, err end
        elseif not parameter then
            return fail(nil, ("'%s' is too much."):format(words.shorten(token.text)))
        else
            local word = is_rest and words.rest(text, token, list) or token.text
            local done, err = set(values, parameter, word, context or {})
            if not done then return nil, err end
            if is_rest then return fill(grammar, values) end
            next_one = next_one + 1
        end
    end
    if open then return fail(nil, ("The quote that begins at '%s' is not closed."):format(words.shorten(open))) end
    return fill(grammar, values)
end

--- The same from values by key, as a form gives them; each a string (a flag's: a boolean).
---@param grammar couplet.Grammar
---@param given table<string, string|boolean>
---@param context? table
---@return table|nil, couplet.ArgError|nil
function M.from_fields(grammar, given, context)
    local values = {}
    for _, parameter in ipairs(grammar.all) do
        local value = given[parameter.key]
        if parameter.type == "flag" then
            values[parameter.key] = value == true or nil
        elseif type(value) == "string" and value ~= "" then
            local done, err = set(values, parameter, value, context or {})
            if not done then return nil, err end
        end
    end
    return fill(grammar, values)
end

return M

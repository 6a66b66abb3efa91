-- SPDX-License-Identifier: MIT
-- template.expression: what stands between {{ }} and behind {% if %}, as Lua closures: closure(run) -> a value.
--
--   labels.severity | default("none") | upper        status == "firing" and not muted        alerts[1].labels["a.b"]
--
-- A path reads tables by rawget alone: no method, no metatable, no global can be reached. What is absent is nil, and so is null.
-- Mistakes are thrown as { at = offset, text = } and told by couplet.template.
local error, next, pairs, rawget, require, table, tonumber, type, utf8 = error, next, pairs, rawget, require, table, tonumber, type, utf8
local s_find, s_match, s_sub = string.find, string.match, string.sub

local M = {}

local DEEPEST = 32 -- parentheses, `not`, filters in filters

local function fail(at, text, ...) error({ at = at, text = text:format(...) }, 0) end
M.fail = fail

-- Tokens: { kind = "name" | "text" | "number" | "sign" | "end", value =, at = }

local ESCAPES = { n = "\n", t = "\t" }

local function read_text(source, at, last)
    local quote, out, from = s_sub(source, at, at), {}, at + 1
    while true do
        local stop = s_find(source, "[\\" .. quote .. "]", from)
        if not stop or stop > last then fail(at, "this text is never closed") end
        out[#out + 1] = s_sub(source, from, stop - 1)
        if s_sub(source, stop, stop) == quote then return table.concat(out), stop + 1 end
        local escaped = s_sub(source, stop + 1, stop + 1)
        out[#out + 1] = ESCAPES[escaped] or escaped
        from = stop + 2
    end
end

local SIGNS = { ["=="] = true, ["!="] = true, ["<="] = true, [">="] = true }

local function token_at(source, at, last)
    local first = s_sub(source, at, at)
    if s_find(first, "[%a_]") then
        local name = s_match(source, "^[%w_]+", at)
        return { kind = "name", value = name, at = at }, at + #name
    elseif s_find(first, "%d") or (first == "-" and s_find(source, "^%d", at + 1)) then
        local digits = s_match(source, "^-?%d+%.?%d*", at)
        if s_find(digits, "%.$") then digits = s_sub(digits, 1, -2) end
        return { kind = "number", value = tonumber(digits), at = at }, at + #digits
    elseif first == '"' or first == "'" then
        local text, after = read_text(source, at, last)
        return { kind = "text", value = text, at = at }, after
    end
    local sign = s_sub(source, at, at + 1)
    if not SIGNS[sign] then sign = first end
    if not SIGNS[sign] and not s_find(sign, "[|.,()%[%]<>]") then fail(at, "'%s' is not expected here", s_match(source, utf8.charpattern, at)) end
    return { kind = "sign", value = sign, at = at }, at + #sign
end

local function tokens_of(source, at, last)
    local list = {}
    while true do
        at = s_find(source, "%S", at)
        if not at or at > last then break end
        list[#list + 1], at = token_at(source, at, last)
    end
    list[#list + 1] = { kind = "end", value = "", at = last + 1 }
    return list
end

-- The parser: p = { tokens, i, names (variables of the loops around), filters, depth }

local function peek(p) return p.tokens[p.i] end

local function is_next(p, value)
    local token = peek(p)
    return token.value == value and (token.kind == "sign" or token.kind == "name")
end

local function take(p, value)
    if value and not is_next(p, value) then return nil end
    local token = peek(p)
    p.i = p.i + 1
    return token
end

local function expect(p, value)
    local token = take(p, value)
    if token then return token end
    token = peek(p)
    fail(token.at, token.kind == "end" and "'%s' is missing" or "'%s' is expected", value)
end

-- null of a JSON array is a userdata.
local function plain(value)
    if type(value) == "userdata" then return nil end
    return value
end

local function get(value, key)
    if type(value) ~= "table" then return nil end
    return plain(rawget(value, key))
end

local LITERALS = { ["true"] = true, ["false"] = false }
local WORDS = { ["and"] = true, ["or"] = true, ["not"] = true, ["in"] = true }

-- Where it is said what there is (at [1] of the variables, which no variable is called), there is nothing else.
local function check_root(p, name, at)
    local known = p.names[1]
    if not known or known[name] then return end
    local list = {}
    for field in pairs(known) do list[#list + 1] = field end
    table.sort(list)
    local near = require("couplet.core.people").near(name, list)
    fail(at, "there is no '%s' here%s", name, near and "; did you mean '" .. near .. "'?" or "")
end

local function root_of(p, name, at)
    if p.names[name] then
        return function(run) return plain(run.vars[name]) end
    end
    check_root(p, name, at)
    return function(run) return get(run.data, name) end
end

local expression

local function path(p, value)
    while true do
        if take(p, ".") then
            local token = take(p)
            if token.kind ~= "name" and token.kind ~= "number" then fail(token.at, "a name is expected behind '.'") end
            local of, key = value, token.value
            value = function(run) return get(of(run), key) end
        elseif take(p, "[") then
            local of, key = value, expression(p)
            expect(p, "]")
            value = function(run)
                local name = key(run)
                return name ~= nil and name == name and get(of(run), name) or nil
            end
        else
            return value
        end
    end
end

local function primary(p)
    local token = take(p)
    if token.kind == "text" or token.kind == "number" then
        return function() return token.value end
    elseif token.value == "(" then
        local inner = expression(p)
        expect(p, ")")
        return path(p, inner)
    elseif token.kind == "name" and not WORDS[token.value] then
        local literal = LITERALS[token.value]
        if literal ~= nil then
            return function() return literal end
        elseif token.value == "nil" or token.value == "null" then
            return function() return nil end
        end
        return path(p, root_of(p, token.value, token.at))
    end
    fail(token.at, token.kind == "end" and "a value is expected here" or "'%s' is not a value", token.value)
end

local function arguments(p)
    local list = {}
    if not take(p, "(") or take(p, ")") then return list end
    repeat list[#list + 1] = expression(p) until not take(p, ",")
    expect(p, ")")
    return list
end

local function filtered(p)
    local value = primary(p)
    while take(p, "|") do
        local token = take(p)
        if token.kind ~= "name" then fail(token.at, "the name of a filter is expected behind '|'") end
        local list = arguments(p)
        local filter = p.filters.find(token, #list)
        local of, a, b = value, list[1], list[2]
        value = function(run)
            local result = filter(run, of(run), a and a(run), b and b(run))
            run:spend(type(result) == "string" and 1 + #result // 256 or 1)
            return result
        end
    end
    return value
end

local COMPARE = {
    ["=="] = function(a, b) return a == b end,
    ["!="] = function(a, b) return a ~= b end,
    ["<"] = function(a, b) return a < b end,
    ["<="] = function(a, b) return a <= b end,
    [">"] = function(a, b) return a > b end,
    [">="] = function(a, b) return a >= b end,
}

-- What cannot be compared is not so: no payload makes a template fail.
local function comparison(p)
    local left = filtered(p)
    local sign = peek(p)
    local compare = sign.kind == "sign" and COMPARE[sign.value]
    if not compare then return left end
    take(p)
    local right = filtered(p)
    local is_order = sign.value ~= "==" and sign.value ~= "!="
    return function(run)
        local a, b = left(run), right(run)
        if is_order then
            if type(a) ~= type(b) then a, b = tonumber(a), tonumber(b) end
            if (type(a) ~= "number" and type(a) ~= "string") or type(a) ~= type(b) then return false end
        end
        return compare(a, b)
    end
end

--- false, nil, the empty text, and a table without anything in it are no.
function M.is_true(value)
    if type(value) == "table" then return next(value) ~= nil end
    return value ~= nil and value ~= false and value ~= ""
end

local is_true = M.is_true

local function negation(p)
    if not take(p, "not") then return comparison(p) end
    local inner = negation(p)
    return function(run) return not is_true(inner(run)) end
end

local function conjunction(p)
    local left = negation(p)
    while take(p, "and") do
        local first, second = left, negation(p)
        left = function(run)
            local value = first(run)
            if is_true(value) then return second(run) end
            return value
        end
    end
    return left
end

function expression(p)
    p.depth = p.depth + 1
    if p.depth > DEEPEST then fail(peek(p).at, "this is nested too deep") end
    local left = conjunction(p)
    while take(p, "or") do
        local first, second = left, conjunction(p)
        left = function(run)
            local value = first(run)
            if is_true(value) then return value end
            return second(run)
        end
    end
    p.depth = p.depth - 1
    return left
end

local function parser(source, first, last, names, filters)
    return { tokens = tokens_of(source, first, last), i = 1, names = names, filters = filters, depth = 0 }
end

local function at_end(p)
    local token = peek(p)
    if token.kind ~= "end" then fail(token.at, "'%s' is not expected here", token.value) end
end

--- The expression between two offsets of the source.
function M.compile(source, first, last, names, filters)
    local p = parser(source, first, last, names, filters)
    local value = expression(p)
    at_end(p)
    return value
end

--- "x in list", "key, value in table" -> names, closure of what is gone through
function M.compile_for(source, first, last, names, filters)
    local p, list = parser(source, first, last, names, filters), {}
    repeat
        local token = take(p)
        if token.kind ~= "name" or WORDS[token.value] then fail(token.at, "the name of a variable is expected: {%% for x in list %%}") end
        list[#list + 1] = token.value
    until #list == 2 or not take(p, ",")
    expect(p, "in")
    local value = expression(p)
    at_end(p)
    return list, value
end

return M

-- SPDX-License-Identifier: MIT
-- template.parse: the text of a template to one closure: compile(text, filters) -> body(run) | nil, err. Literal text, places for
-- values, and blocks; what stands between the braces is read by couplet.template.expression.
local errors = require "couplet.errors"
local expression = require "couplet.template.expression"
local loops = require "couplet.template.loops"

local error, ipairs, pairs, pcall, require, tostring, type, utf8 = error, ipairs, pairs, pcall, require, tostring, type, utf8
local s_find, s_format, s_gsub, s_match, s_sub = string.find, string.format, string.gsub, string.match, string.sub

local M = {}

local LONGEST, DEEPEST = 65536, 16
local CLOSING = { ["{{"] = "}}", ["{%"] = "%}", ["{#"] = "#}" }

local fail = expression.fail

-- Cutting into parts: { kind = "text" | "{{" | "{%" , first, last } of the source

local function end_of(source, at, kind)
    if kind == "{#" then return s_find(source, "#}", at + 2, true) end
    local from, close = at + 2, CLOSING[kind]
    while true do -- a quoted text may hold what closes
        local stop = s_find(source, close, from, true)
        local quote_at, _, quote = s_find(source, "([\"'])", from)
        if not stop or not quote_at or stop < quote_at then return stop end
        local after = quote_at + 1
        repeat
            local sign_at = s_find(source, "[\\" .. quote .. "]", after)
            if not sign_at then return stop end
            after = sign_at + (s_sub(source, sign_at, sign_at) == "\\" and 2 or 1)
        until s_sub(source, sign_at, sign_at) == quote
        from = after
    end
end

local function is_alone(source, first, last)
    local before = first == 1 or s_find(s_sub(source, 1, first - 1), "\n[ \t]*$") or not s_find(s_sub(source, 1, first - 1), "[^ \t]")
    return before and s_match(source, "^[ \t]*\r?()\n", last + 1) or (before and s_match(source, "^[ \t]*()$", last + 1))
end

local function add_text(parts, source, first, last)
    if first <= last then parts[#parts + 1] = { kind = "text", text = s_sub(source, first, last), at = first } end
end

local function trim_last(parts, pattern)
    local part = parts[#parts]
    if part and part.kind == "text" then part.text = s_gsub(part.text, pattern, "") end
end

local function cut(source)
    local parts, at = {}, 1
    while true do
        local first, _, kind = s_find(source, "({[{%%#])", at)
        if not first then break end
        add_text(parts, source, at, first - 1)
        local close = end_of(source, first, kind)
        if not close then fail(first, "'%s' is never closed by '%s'", kind, CLOSING[kind]) end
        local inner_first, inner_last, after = first + 2, close - 1, close + 2
        if s_sub(source, inner_first, inner_first) == "-" and not s_find(source, "^%d", inner_first + 1) then
            inner_first = inner_first + 1
            trim_last(parts, "%s+$")
        end
        if inner_last >= inner_first and s_sub(source, inner_last, inner_last) == "-" then
            inner_last = inner_last - 1
            after = s_find(source, "%S", after) or #source + 1
        end
        local line_end = kind ~= "{{" and after == close + 2 and is_alone(source, first, close + 1)
        if line_end then
            trim_last(parts, "[ \t]+$")
            after = line_end + 1
        end
        if kind ~= "{#" then parts[#parts + 1] = { kind = kind, first = inner_first, last = inner_last, at = first } end
        at = after
    end
    add_text(parts, source, at, #source)
    return parts
end

-- Building: b = { source, parts, i, names, filters, depth }

local function sequence(list)
    if #list == 1 then return list[1] end
    return function(run)
        for i = 1, #list do list[i](run) end
    end
end

local function word_of(b, part)
    local word_first, word_last = s_find(b.source, "[%a_]+", part.first)
    if not word_first or word_last > part.last or s_find(s_sub(b.source, part.first, word_first - 1), "%S") then
        fail(part.at, "a word is expected: {%% if … %%}, {%% for … %%}, {%% set … %%}, {%% end %%}")
    end
    return s_sub(b.source, word_first, word_last), word_last + 1
end

local build_until

local function value_of(b, part, first) return expression.compile(b.source, first or part.first, part.last, b.names, b.filters) end

local function nothing_behind(b, part, first, word)
    local at = s_find(b.source, "%S", first)
    if at and at <= part.last then fail(at, "nothing is expected behind '%s'", word) end
end

local ENDS = { ["end"] = true, endif = true, endfor = true }

local function build_if(b, part, first)
    local branches, otherwise = {}, nil
    local condition = value_of(b, part, first)
    while true do
        local body, word, divider, at = build_until(b, part, "if")
        part = divider
        if condition then branches[#branches + 1] = { condition, body } else otherwise = body end
        if ENDS[word] then
            nothing_behind(b, part, at, word)
            return loops.choose(branches, otherwise)
        end
        if not condition then fail(part.at, "'else' is the last: '%s' is not expected behind it", word) end
        condition = nil
        if word ~= "else" then condition = value_of(b, part, at) else nothing_behind(b, part, at, word) end
    end
end

local function build_for(b, part, first)
    local names, list = expression.compile_for(b.source, first, part.last, b.names, b.filters)
    local before = {}
    for _, name in ipairs { names[1], names[2] or names[1], "loop" } do
        if before[name] == nil then before[name] = b.names[name] or false end
        b.names[name] = true
    end
    local body, word, closing, at = build_until(b, part, "for")
    for name, was in pairs(before) do b.names[name] = was or nil end
    local otherwise
    if word == "else" then
        nothing_behind(b, closing, at, word)
        otherwise, word, closing, at = build_until(b, closing, "for")
    end
    if not ENDS[word] then fail(closing.at, "'%s' is not expected here: {%% end %%} is", word) end
    nothing_behind(b, closing, at, word)
    return loops.each(names, list, body, otherwise)
end

local function build_set(b, part, first)
    local name_first, last, name = s_find(b.source, "^%s*([%a_][%w_]*)%s*=%f[^=]", first)
    if not name or last > part.last then fail(part.at, "{%% set name = value %%} is expected") end
    local value = value_of(b, part, last + 1)
    if name == "loop" then fail(name_first, "'loop' belongs to {%% for %%}") end
    b.names[name] = true
    return function(run)
        local result = value(run)
        run.vars[name] = result
    end
end

local BLOCKS = { ["if"] = build_if, ["for"] = build_for, set = build_set }
local MIDDLE = { ["else"] = { ["if"] = true, ["for"] = true }, elif = { ["if"] = true } }
local WORDS = { "if", "elif", "else", "for", "set", "end" }

local function unknown(part, word)
    local near = require("couplet.core.people").near(word, WORDS)
    fail(part.at, "there is no {%% %s %%}%s", word, near and "; did you mean '" .. near .. "'?" or "")
end

local function literal(text)
    return function(run)
        run:spend(1)
        run:add(text, false)
    end
end

local function output(value)
    return function(run)
        run:spend(1)
        run:put(value(run))
    end
end

-- The body of a block, or of the whole: up to a word that ends or divides it. -> body, word, part, offset behind the word
function build_until(b, opening, kind)
    local list = {}
    b.depth = b.depth + 1
    if b.depth > DEEPEST then fail(opening.at, "this is nested too deep") end
    while b.parts[b.i] do
        local part = b.parts[b.i]
        b.i = b.i + 1
        if part.kind == "text" then
            list[#list + 1] = literal(part.text)
        elseif part.kind == "{{" then
            list[#list + 1] = output(value_of(b, part))
        else
            local word, at = word_of(b, part)
            if BLOCKS[word] then
                list[#list + 1] = BLOCKS[word](b, part, at)
            elseif (ENDS[word] and (word == "end" or word == "end" .. tostring(kind))) and kind or (MIDDLE[word] or {})[kind] then
                b.depth = b.depth - 1
                return sequence(list), word, part, at
            elseif ENDS[word] or MIDDLE[word] then
                fail(part.at, "'%s' ends nothing that is open here", word)
            else
                unknown(part, word)
            end
        end
    end
    if opening then fail(opening.at, "this block has no {%% end %%}") end
    return sequence(list)
end

local function place(source, at)
    local before = s_sub(source, 1, at - 1)
    local _, breaks = s_gsub(before, "\n", "")
    local last_line = s_match(before, "[^\n]*$")
    return breaks + 1, (utf8.len(last_line) or #last_line) + 1
end

local function compile(text, filters, known)
    local b = { source = text, parts = cut(text), i = 1, names = { known }, filters = filters, depth = 0 }
    return build_until(b, nil, nil)
end

---@param text string
---@param filters table
---@param known? table<string, boolean> the fields that there are; nil: any
---@return function|nil body, couplet.Error|nil
function M.compile(text, filters, known)
    if #text > LONGEST then return nil, errors.new("bad-request", "a template has at most 64 KiB") end
    local ok, body = pcall(compile, text, filters, known)
    if ok then return body end
    if type(body) ~= "table" or not body.at then error(body, 0) end
    local line, column = place(text, body.at)
    local err = errors.new("bad-request", s_format("line %d, column %d: %s", line, column, body.text))
    err.line, err.column, err.what = line, column, body.text
    return nil, err
end

return M

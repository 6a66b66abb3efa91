-- SPDX-License-Identifier: MIT
-- styling: *strong* _emphasis_ ~strike~ `code`, ``` blocks and > quotes in plain text (XEP-0393): read into a tree by
-- parse(text), written by strong, emphasis, strike, code, block, quote; the option `styled = false` of a message says
-- that its text is no such thing (6).
--
--   parse("> hi *you*")   { { kind = "quote", { kind = "line", "hi ", { kind = "strong", "you" } } } }
--
-- Block kinds: line, block (code, with `info`), quote. Span kinds: strong, emphasis, strike, code.
-- Implements: XEP-0393 1.1.1
local ns = require "couplet.ns"

local error, ipairs, type = error, ipairs, type
local s_byte, s_find, s_sub = string.byte, string.find, string.sub

local M = {}

local KINDS = { ["*"] = "strong", ["_"] = "emphasis", ["~"] = "strike", ["`"] = "code" }
local DEEPEST = 8 -- quotes in quotes

---@param stanza table
---@param is_styled boolean
function M.add(stanza, is_styled)
    if is_styled == false then stanza:text_tag("unstyled", nil, { xmlns = ns.styling }) end
end

-- Spans (5.2)

-- The end of a span that opens at `at`: the nearest same directive, not directly behind it and with no blank before it.
local function closing(text, at, last)
    local directive = s_sub(text, at, at)
    local from = at + 1
    if from > last or s_find(s_sub(text, from, from), "%s") then return nil end
    while true do
        local close = s_find(text, directive, from, true)
        if not close or close > last then return nil end
        if close > at + 1 and not s_find(s_sub(text, close - 1, close - 1), "%s") then return close end
        from = close + 1
    end
end

-- A span opens at the line's beginning, after a blank, or directly after another opening directive.
local function may_open(text, at, first, after_opening)
    return at == first or after_opening == at or s_find(s_sub(text, at - 1, at - 1), "%s") ~= nil
end

local parse_spans

local function span(text, at, close)
    local kind = KINDS[s_sub(text, at, at)]
    if kind == "code" then return { kind = kind, s_sub(text, at + 1, close - 1) } end
    local inner = parse_spans(text, at + 1, close - 1, at + 1)
    inner.kind = kind
    return inner
end

local function add_text(list, text)
    if text ~= "" then list[#list + 1] = text end
end

function parse_spans(text, first, last, after_opening)
    local list, plain, at = {}, first, first
    while at <= last do
        local close = KINDS[s_sub(text, at, at)] and may_open(text, at, first, after_opening) and closing(text, at, last)
        if close then
            add_text(list, s_sub(text, plain, at - 1))
            list[#list + 1] = span(text, at, close)
            at, plain = close + 1, close + 1
        else
            at = at + 1
        end
    end
    add_text(list, s_sub(text, plain, last))
    return list
end

-- Blocks (5.1)

local parse_lines

local function take_code(lines, at)
    local block = { kind = "block", info = lines[at]:match "^```(.*%S)" or "" }
    local text = {}
    for i = at + 1, #lines do
        if lines[i]:find "^```%s*$" then
            block[1] = table.concat(text, "\n")
            return block, i + 1
        end
        text[#text + 1] = lines[i]
    end
    block[1] = table.concat(text, "\n") -- 5.1.2: up to the end of its parent
    return block, #lines + 1
end

local function take_quote(lines, at, depth)
    local inner = {}
    while lines[at] and s_byte(lines[at]) == 62 do
        inner[#inner + 1] = lines[at]:sub(2):gsub("^ ", "", 1)
        at = at + 1
    end
    local quote = parse_lines(inner, depth + 1)
    quote.kind = "quote"
    return quote, at
end

function parse_lines(lines, depth)
    local list, at = {}, 1
    while lines[at] do
        local line = lines[at]
        local block
        if line:find "^```" then
            block, at = take_code(lines, at)
        elseif s_byte(line) == 62 and depth < DEEPEST then
            block, at = take_quote(lines, at, depth)
        else
            block = parse_spans(line, 1, #line)
            block.kind, at = "line", at + 1
        end
        list[#list + 1] = block
    end
    return list
end

--- The text as a tree of blocks and spans.
---@param text string
function M.parse(text)
    if type(text) ~= "string" then error("a text is expected", 2) end
    local lines = {}
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = line end
    return parse_lines(lines, 0)
end

-- Writing. What would close the span early, or does not fit into it, is left as plain text.

local function wrap(directive)
    return function(text)
        if text == "" or text:find(directive, 1, true) or text:find "^%s" or text:find "%s$" or text:find "\n" then return text end
        return directive .. text .. directive
    end
end

M.strong, M.emphasis, M.strike, M.code = wrap "*", wrap "_", wrap "~", wrap "`"

--- A block of code; lines of the text that would end it are indented.
function M.block(text, info) return "```" .. (info or "") .. "\n" .. text:gsub("^```", " %0"):gsub("\n```", "\n ```") .. "\n```" end

function M.quote(text) return "> " .. text:gsub("\n", "\n> ") end

--- The text without its directives, as somebody reads it.
function M.strip(text)
    local out = {}
    local function walk(node)
        for _, child in ipairs(node) do
            if type(child) == "table" then walk(child) else out[#out + 1] = child end
        end
        if node.kind == "line" or node.kind == "block" then out[#out + 1] = "\n" end
    end
    walk(M.parse(text))
    return (table.concat(out):gsub("\n$", ""))
end

return M

-- SPDX-License-Identifier: MIT
-- template.emit: what a run has put out, as one text. Pieces are the template's own or come from outside, and what comes from
-- outside stays what it is: text. In styled text (XEP-0393, which has no sign to escape with) that means
--
--   a directive that would open a span      gets a word joiner before it (U+2060: not seen, not a blank)
--   one that would close the template's     is replaced by a sign that looks like it
--   ">" and "```" at a line's beginning     get a word joiner before them
--   a line's end within "> …"               goes on in the quote; within a span it is a blank
local clean = require "couplet.clean"

local ipairs, pairs = ipairs, pairs
local s_byte, s_find, s_gmatch, s_gsub, s_match, s_sub = string.byte, string.find, string.gmatch, string.gsub, string.match, string.sub
local t_concat = table.concat

local M = {}

local JOINER = "\u{2060}"
local ALIKE = { ["*"] = "\u{2217}", ["_"] = "\u{FF3F}", ["~"] = "\u{223C}", ["`"] = "\u{02CB}" }

-- Lines: lists of { text, is_outside }

local function opens_span(line)
    local count = {}
    for _, piece in ipairs(line) do
        if not piece[2] then
            for sign in s_gmatch(piece[1], "[*_~`]") do count[sign] = (count[sign] or 0) + 1 end
        end
    end
    for _, n in pairs(count) do
        if n % 2 == 1 then return true end
    end
    return false
end

local function line_text(line)
    local out = {}
    for i, piece in ipairs(line) do out[i] = piece[1] end
    return t_concat(out)
end

local function own_start(line)
    return line[1] and not line[1][2] and line[1][1] or ""
end

-- state: { lines, line, in_block }
local function end_line(state)
    local line = state.line
    if s_find(own_start(line), "^```") then state.in_block = not state.in_block end
    line.in_block = state.in_block
    state.lines[#state.lines + 1] = line
    state.line = {}
end

local function add_part(state, text, is_outside)
    if text ~= "" then state.line[#state.line + 1] = { text, is_outside } end
end

-- A line's end that came from outside.
local function break_outside(state)
    local prefix = s_match(own_start(state.line), "^[> ]*>%s?")
    if not state.in_block and not s_find(own_start(state.line), "^```") and not prefix and opens_span(state.line) then
        return add_part(state, " ", true)
    end
    end_line(state)
    if prefix and not state.in_block then add_part(state, prefix, false) end
end

local function split(pieces)
    local state = { lines = {}, line = {}, in_block = false }
    for _, piece in ipairs(pieces) do
        local at = 1
        while true do
            local stop = s_find(piece[1], "\n", at, true)
            add_part(state, s_sub(piece[1], at, stop and stop - 1 or -1), piece[2])
            if not stop then break end
            if piece[2] then break_outside(state) else end_line(state) end
            at = stop + 1
        end
    end
    end_line(state)
    return state.lines
end

-- Directives of the template's own that open or close something on this line.
local function own_signs(line)
    local signs, before = {}, " "
    for _, piece in ipairs(line) do
        if not piece[2] then
            for at, sign in s_gmatch(piece[1], "()([*_~`])") do
                local previous = at > 1 and s_sub(piece[1], at - 1, at - 1) or before
                if s_find(previous, "[%s*_~`>]") then signs[sign] = true end
            end
        end
        before = s_sub(piece[1], -1)
    end
    return signs
end

-- One piece from outside: `before` and `after` are the bytes around it.
local function guarded(text, before, after, signs)
    text = s_gsub(text, "[*_~`]", function(sign) return signs[sign] and ALIKE[sign] end)
    return (s_gsub(text, "()([*_~`])", function(at, sign)
        local previous = at > 1 and s_sub(text, at - 1, at - 1) or before
        local following = at < #text and s_sub(text, at + 1, at + 1) or after
        local may_open = s_find(previous, "[%s\128-\255]") or (at == 1 and s_find(previous, "[*_~`]"))
        if may_open and not s_find(following, "%s") then return JOINER .. sign end
    end))
end

-- What stands first on the line, or first in the template's quote.
local function guard_start(line)
    local index = s_find(own_start(line), "^[> ]*$") and not (line[1] or { "", true })[2] and 2 or 1
    local piece, rest = line[index], {}
    if not piece or not piece[2] then return end
    for i = index, #line do rest[#rest + 1] = line[i][1] end
    local text = t_concat(rest)
    if s_byte(text) == 62 or s_find(text, "^```") then piece[1] = JOINER .. piece[1] end
end

local function guard_line(line)
    if not s_find(line_text(line), "[*_~`>]") then return line_text(line) end
    guard_start(line)
    if not line.in_block then
        local signs, before = own_signs(line), " "
        for i, piece in ipairs(line) do
            local text = piece[1]
            local following = line[i + 1] and s_sub(line[i + 1][1], 1, 1) or " "
            if piece[2] then piece[1] = guarded(text, before, following, signs) end
            before = s_sub(text, -1)
        end
    end
    return line_text(line)
end

local function needs_guard(pieces)
    for _, piece in ipairs(pieces) do
        if piece[2] and s_find(piece[1], "[*_~`>\n]") then return true end
    end
    return false
end

--- Pieces { text, is_outside } as styled text (XEP-0393).
function M.styled(pieces)
    if not needs_guard(pieces) then return line_text(pieces) end
    local out = {}
    for i, line in ipairs(split(pieces)) do out[i] = guard_line(line) end
    return t_concat(out, "\n")
end

--- The same as it is.
M.plain = line_text

-- What a filter marks, as pieces

local DIRECTIVES = { strong = "*", emphasis = "_", strike = "~", code = "`" }

local function fits_span(text) return not s_find(text, "^%s") and not s_find(text, "%s$") and text ~= "" end

--- Adds the pieces of a marked value; `at_line_start`: nothing is on its line yet.
function M.add_marked(add, kind, text, at_line_start)
    if kind == "quote" then
        if not at_line_start then add("\n", false) end
        add("> ", false)
        return add(text, true)
    elseif kind == "code" and s_find(text, "\n", 1, true) then
        add(at_line_start and "```\n" or "\n```\n", false)
        add((s_gsub(text, "\n$", "")), true)
        return add("\n```", false)
    end
    text = clean.line(text, 65536)
    local directive = fits_span(text) and DIRECTIVES[kind] or ""
    add(directive, false)
    add(text, true)
    add(directive, false)
end

return M

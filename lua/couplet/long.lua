-- SPDX-License-Identifier: MIT
-- long: a text that is too long for one message in several: between paragraphs where that can be, else between lines, else
-- between words, else between characters, never inside one as people see it (combining marks and joiners stay with what
-- they belong to). A ``` block that is cut is closed at the end of the piece and opened again in the next.
local error, ipairs, math, pcall, utf8 = error, ipairs, math, pcall, utf8
local s_byte, s_find, s_match, s_sub = string.byte, string.find, string.match, string.sub

local M = {}

local LEAST = 40 -- bytes; shorter pieces help nobody
local FENCE_MOST = 20

-- Code points that belong to the one before them.
local JOINED = { { 0x300, 0x36F }, { 0x200D, 0x200D }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0x1F3FB, 0x1F3FF }, { 0xE0020, 0xE007F } }

local function is_joined(code)
    for _, range in ipairs(JOINED) do
        if code >= range[1] and code <= range[2] then return true end
    end
    return false
end

-- The last byte at or before `at` where a character ends that nothing belongs to any more.
local function end_of_character(text, at)
    local from = at
    while from > at - 64 and from > 0 do
        local next_byte = s_byte(text, from + 1)
        if not next_byte then return from end
        if next_byte < 0x80 or next_byte >= 0xC0 then
            local ok, code = pcall(utf8.codepoint, text, from + 1)
            local joins = ok and (is_joined(code) or s_sub(text, from - 2, from) == "\u{200D}")
            if not joins then return from end
        end
        from = from - 1
    end
    return at
end

-- The last match of the pattern that ends in the second half of text[1 … at].
local function last_of(text, pattern, at)
    local found, from = nil, at // 2
    while true do
        local _, last = s_find(text, pattern, from)
        if not last or last > at then return found end
        found, from = last, last + 1
    end
end

local function cut_at(text, most)
    return last_of(text, "\n%s*\n", most) or last_of(text, "\n", most) or last_of(text, "[%s]", most) or end_of_character(text, most)
end

--- The beginning of the text, at most `most` bytes, whole words where that can be.
function M.cut(text, most)
    if #text <= most then return text end
    return s_match(s_sub(text, 1, cut_at(text, most)), "^.*%S") or ""
end

-- The line that opened the ``` block which is open at the end of the piece, or nil.
local function open_fence(piece, fence)
    for line in (piece .. "\n"):gmatch "([^\n]*)\n" do
        if fence and s_find(line, "^```%s*$") then
            fence = nil
        elseif not fence then
            fence = s_match(line, "^```[^\n]*")
        end
    end
    return fence
end

-- What opens the block again in the next piece: not all of a line that is long.
local function opening_of(fence)
    if not fence then return "" end
    return s_sub(fence, 1, #fence > FENCE_MOST and end_of_character(fence, FENCE_MOST) or #fence) .. "\n"
end

--- The text in pieces of at most `most` bytes each.
---@param text string
---@param most integer
---@return string[]
function M.pieces(text, most)
    if math.type(most) ~= "integer" or most < LEAST then error("pieces have at least " .. LEAST .. " bytes", 2) end
    local pieces, fence = {}, nil
    while #text > 0 do
        local opening = opening_of(fence)
        local room = most - #opening - 4 -- for "\n```"
        local last = #text + #opening <= most and #text or cut_at(text, room)
        local piece = opening .. s_sub(text, 1, last)
        local open = open_fence(piece, nil)
        text = s_sub(text, last + 1)
        if text ~= "" then piece = piece:gsub("\n+$", "") .. (open and "\n```" or "") end
        if s_find(piece, "%S") then pieces[#pieces + 1] = piece end
        fence = open
    end
    return pieces
end

return M

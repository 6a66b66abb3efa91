-- SPDX-License-Identifier: MIT
-- clean: texts from outside as they may stand in a message: UTF-8, no control characters, nothing that turns the direction of
-- what follows or cannot be seen (it would hide what a line says), and not longer than is asked for.
--
--   clean.line(text, 200)      one line, blanks at its ends taken off
--   clean.text(text, 2000)     lines and tabs stay
--   clean.url(text)            the URL, or nil where it is not http or https
local scan = require "couplet.core.scan"

local type, utf8 = type, utf8
local s_byte, s_find, s_gsub, s_lower, s_match, s_sub = string.byte, string.find, string.gsub, string.lower, string.match, string.sub

local is_clean, is_line, is_url = scan.is_clean, scan.is_line, scan.is_url

local M = {}

local REPLACEMENT = "\u{FFFD}"

-- Characters of two and more bytes that are taken out: C1 controls, soft hyphen, what has no width, marks of direction, isolates,
-- line and paragraph separators, byte order mark, annotation, tags, noncharacters at the end of a plane.
local function is_hidden(code)
    return code < 0xA0 or code == 0xAD or code == 0x61C or code == 0x180E or (code >= 0x200B and code <= 0x200F and code ~= 0x200D)
        or (code >= 0x2028 and code <= 0x202E) or (code >= 0x2060 and code <= 0x206F) or code == 0xFEFF
        or (code >= 0xFFF9 and code <= 0xFFFB) or code & 0xFFFE == 0xFFFE or (code >= 0xE0000 and code <= 0xE0FFF)
        or (code >= 0xFDD0 and code <= 0xFDEF)
end

local function visible(character)
    local code = utf8.codepoint(character)
    if code == 0x2028 or code == 0x2029 or code == 0x85 then return "\n" end
    return is_hidden(code) and "" or nil
end

-- Each byte that belongs to no character of UTF-8 becomes U+FFFD.
local function repaired(text)
    local out, at = {}, 1
    while at <= #text do
        local _, bad = utf8.len(text, at)
        if not bad then break end
        out[#out + 1] = s_sub(text, at, bad - 1)
        out[#out + 1] = REPLACEMENT
        at = bad + 1
    end
    out[#out + 1] = s_sub(text, at)
    return table.concat(out)
end

--- At most `most` bytes of a text in UTF-8; a character is not cut.
---@param text string
---@param most integer
---@return string
function M.cut(text, most)
    if #text <= most then return text end
    while most > 0 and (s_byte(text, most + 1) or 0) & 0xC0 == 0x80 do most = most - 1 end
    return s_sub(text, 1, most)
end

--- The text without what has no place in a message; lines and tabs stay.
---@param text string
---@param most? integer bytes; what is left out shows as "…"
---@return string
function M.text(text, most)
    most = most or 65536
    if #text <= most and is_clean(text, true) then return text end
    local is_long = #text > most
    if is_long then text = s_sub(text, 1, most) end
    if s_find(text, "[\128-\255]") then
        if not utf8.len(text) then text = repaired(is_long and M.cut(text, #text - 3) or text) end
        text = s_gsub(text, "[\194-\244][\128-\191]+", visible)
        is_long = is_long or #text > most -- what was repaired is longer
    end
    if s_find(text, "[%c]") then
        text = s_gsub(s_gsub(text, "\r\n?", "\n"), "[\0-\8\11-\31\127]", "")
    end
    return is_long and M.cut(text, most - 3) .. "…" or text
end

--- Without blanks at its ends.
---@param text string
---@return string
function M.trim(text)
    if text == "" or (s_byte(text, 1) > 32 and s_byte(text, -1) > 32) then return text end
    local first = s_find(text, "%S")
    return first and s_match(text, "^.*%S", first) or "" -- from the end: whatever is within is gone through once
end

--- Without blanks at its end.
---@param text string
---@return string
function M.trim_end(text) return s_match(text, "^.*%S") or "" end

--- The same in one line.
---@param text string
---@param most? integer
---@return string
function M.line(text, most)
    if #text <= (most or 1024) and is_line(text) then return text end
    text = M.text(text, most or 1024)
    if s_find(text, "[\t\n]") then text = s_gsub(text, "[\t\n]+", " ") end
    return M.trim(text)
end

--- The URL as it may be shown to people: http or https, no blanks, no quotes, nobody's password; nil: it is no such URL.
---@param text any
---@return string|nil
function M.url(text)
    if type(text) ~= "string" or #text > 2048 then return nil end
    if is_url(text) then return text end
    if s_find(text, "[%c%s<>\"`\\]") or M.text(text) ~= text then return nil end
    local scheme, host = s_match(text, "^(%a+)://([^/?#]+)")
    if not scheme or s_find(host, "@", 1, true) then return nil end
    scheme = s_lower(scheme)
    return (scheme == "http" or scheme == "https") and text or nil
end

return M

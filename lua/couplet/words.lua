-- SPDX-License-Identifier: MIT
-- words: a line as words. Quotes keep blanks together at the beginning of a word or after its '=': "two words",
-- 'two words', also the curly ones that telephones make of them; inside of double quotes '\' takes the next character
-- as it is. An apostrophe within a word is one. "—force" of a telephone is "--force".
local table, utf8 = table, utf8

local M = {}

local LONG = 40 -- characters of a word that are shown back to people

-- What closes what opens.
local QUOTES = { ['"'] = '"', ["'"] = "'", ["“"] = "”", ["„"] = "“", ["«"] = "»", ["‘"] = "’" }

local function quote_at(text, at)
    local sign = text:match("^" .. utf8.charpattern, at)
    return sign and QUOTES[sign] and sign or nil
end

-- The text inside of the quote that opens at `at`, and where it goes on; nil: it is never closed.
local function quoted(text, at, open)
    local close, out = QUOTES[open], {}
    at = at + #open
    while at <= #text do
        if text:sub(at, at + #close - 1) == close then return table.concat(out), at + #close end
        if open == '"' and text:sub(at, at) == "\\" then at = at + 1 end
        out[#out + 1] = text:sub(at, at)
        at = at + 1
    end
end

---@class couplet.Word
---@field text string
---@field at integer where it begins in the line
---@field quoted boolean

local function word_at(text, at)
    local start, out = at, {}
    while at <= #text and not text:find("^%s", at) do
        local open = (at == start or out[#out] == "=") and quote_at(text, at)
        local inside, after
        if open then inside, after = quoted(text, at, open) end
        if inside then
            out[#out + 1], at = inside, after
        elseif open and open ~= "'" and open ~= "‘" then
            return { text = text:sub(start), at = start, quoted = true }, #text + 1, text:sub(at)
        else
            out[#out + 1] = text:sub(at, at)
            at = at + 1
        end
    end
    local is_quoted, word = quote_at(text, start) ~= nil, table.concat(out)
    return { text = is_quoted and word or word:gsub("^—", "--"), at = start, quoted = is_quoted }, at
end

--- The words of the line; the second result: the beginning of a quote that is not closed.
---@param text string
---@return couplet.Word[], string|nil
function M.split(text)
    local list, at = {}, text:find "%S"
    while at do
        local word, after, open = word_at(text, at)
        list[#list + 1] = word
        if open then return list, open end
        at = text:find("%S", after)
    end
    return list, nil
end

--- The line from that word on as it stands; when it is the last word, that word without its quotes.
---@param text string
---@param word couplet.Word
---@param list couplet.Word[]
---@return string
function M.rest(text, word, list)
    if list[#list] == word and word.quoted and quoted(text, word.at, quote_at(text, word.at)) then return word.text end
    return text:match("^.*%S", word.at) or ""
end

--- For a message to people: not longer than need be, on one line.
---@param text string
---@return string
function M.shorten(text)
    text = text:gsub("%s+", " ")
    local stop = utf8.len(text) and utf8.offset(text, LONG + 1)
    if not stop or stop > #text then return text end
    return text:sub(1, stop - 1) .. "…"
end

return M

-- SPDX-License-Identifier: MIT
-- long_file: a text that is too long for one message as a file (`long_text_as: file`): it is uploaded, and a message with its
-- first lines and the URL goes out in its place. That takes a while, so it is a task of its own, and what the bot says
-- meanwhile comes before it. Where the upload fails the text goes in pieces after all.
local core = require "couplet.core.bot"
local ids = require "couplet.id"
local long = require "couplet.long"
local st = require "couplet.stanza"

local ipairs, utf8 = ipairs, utf8

local M = {}

local FIRST_BYTES, FIRST_LINES = 300, 4

local function plain(control) return control == "\n" and control or control == "\t" and " " or "" end

--- The beginning of a text, for a message that names the whole of it.
---@param text string
---@return string
function M.beginning(text)
    local first, lines = "", 0
    for line in text:gmatch "[^\n]*\n?" do
        if lines == FIRST_LINES then break end
        first, lines = first .. line, lines + 1
    end
    first = long.cut(first, FIRST_BYTES):gsub("%c", plain):gsub("%s+$", "")
    if not utf8.len(first) then return "" end
    local _, fences = ("\n" .. first):gsub("\n```", "")
    return first .. (fences % 2 == 1 and "\n```" or "") .. "\n…"
end

local function message(letter, text, id)
    local attr = { to = letter.to, from = letter.from, type = letter.type, id = id }
    local stanza = st.message(attr):text_tag("body", text)
    if letter.thread then stanza:text_tag("thread", letter.thread) end
    return stanza
end

local function send(bot, letter, text)
    local url, err = bot:upload({ name = "text.txt", data = text, type = "text/plain; charset=utf-8" })
    if url then
        local stanza = message(letter, M.beginning(text) .. "\n" .. url, letter.id)
        require("couplet.xep.oob").add(stanza, url)
        core.send(bot, stanza)
        return
    end
    bot.log:warn("a long text is sent in pieces: %s", err)
    for i, piece in ipairs(long.pieces(text, letter.most)) do core.send(bot, message(letter, piece, i == 1 and letter.id or ids.new())) end
end

--- Called by the runtime.
---@param bot couplet.Bot
---@param letter { to: string, from: string|nil, type: string|nil, thread: string|nil, id: string|nil, most: integer }
---@param text string
function M.later(bot, letter, text)
    letter.id = letter.id or ids.new()
    core.after(bot, 0, function() send(bot, letter, text) end)
end

return M

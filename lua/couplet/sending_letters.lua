-- SPDX-License-Identifier: MIT
-- sending_letters: from what `couplet send` was told to the messages that go out: who is a room, texts cut to the bot's
-- `long_text`, code in a block, files uploaded.
local core = require "couplet.core.bot"
local ids = require "couplet.id"
local jid = require "couplet.jid"
local message = require "couplet.message"

local ipairs, require, tonumber, type = ipairs, require, tonumber, type

local M = {}

local LONGEST = 10000 -- bytes of a message, where `long_text` does not say otherwise
local HOSTS_MOST = 200
local ASK_SECONDS = 5
local NS_HEADERS = "http://jabber.org/protocol/shim" -- XEP-0131

local hosts, host_count = {}, 0 -- of rooms: true, false; asked once

-- XEP-0045 6.1: a service of rooms says so. An error is not kept: what is down now may be one.
local function is_room_service(bot, host)
    if hosts[host] ~= nil then return hosts[host] end
    local info = bot.disco:info(host, nil, { timeout = ASK_SECONDS })
    if not info then return false end
    if host_count >= HOSTS_MOST then hosts, host_count = {}, 0 end
    hosts[host], host_count = info.features["http://jabber.org/protocol/muc"] == true, host_count + 1
    return hosts[host]
end

--- groupchat or chat. Whom neither the caller nor the configuration knows is asked for, where the bot is online.
---@param bot couplet.Bot
---@param to string
---@param stated string|nil room, person
---@param online boolean
function M.kind_of(bot, to, stated, online)
    local node, host, resource = jid.split(to)
    if stated then return stated == "room" and "groupchat" or "chat" end
    if resource or not node then return "chat" end
    if core.room_idle(bot, to) then return "groupchat" end
    if not online or host == jid.host(bot.jid) then return "chat" end
    return is_room_service(bot, host) and "groupchat" or "chat"
end

--- A text as a block of code (XEP-0393 5.1.2). A line in it that would end the block is moved by a blank.
---@param text string
---@param language string
function M.fence(text, language)
    local inside = ("\n" .. text:gsub("\n$", "")):gsub("\n```", "\n ```")
    return "```" .. language .. inside .. "\n```"
end

local function longest_of(bot)
    local stated = tonumber(bot.config.long_text)
    return stated or LONGEST
end

-- A long text as a file: its beginning, and the URL of the whole.
local function as_file(bot, text)
    local url, err = bot:upload { name = "text.txt", data = text, type = "text/plain; charset=utf-8" }
    if url then return { { text = require("couplet.long_file").beginning(text) .. "\n" .. url, oob = url } } end
    bot.log:warn("a long text is sent in pieces: %s", err)
end

local function texts(bot, request, online)
    local text, longest = request.text, longest_of(bot)
    if request.code then text = M.fence(text, type(request.code) == "string" and request.code or "") end
    if longest == 0 or #text <= longest then return { { text = text } } end
    local parts = online and bot.config.long_text_as == "file" and as_file(bot, request.text)
    if parts then return parts end
    parts = {}
    for i, piece in ipairs(require("couplet.long").pieces(text, longest)) do parts[i] = { text = piece } end
    return parts
end

--- What each recipient gets: { text =, oob = } each. nil, err: a file could not be uploaded, so nothing is sent.
---@param bot couplet.Bot
---@param request table
---@param online boolean
function M.parts(bot, request, online)
    local parts = (request.text or request.subject) and texts(bot, { text = request.text or "", code = request.code }, online) or {}
    for _, path in ipairs(request.attach or {}) do
        local url, err = bot:upload(path)
        if not url then return nil, err end
        parts[#parts + 1] = { text = url, oob = url }
    end
    return parts
end

--- The message of a part.
---@param request table
---@param to string
---@param kind string
---@param part table
---@param first boolean the subject goes with the first
---@param id string|nil
function M.build(request, to, kind, part, first, id)
    local stanza = message.build(to, part.text ~= "" and part.text or nil, {
        type = kind == "chat" and request.headline and "headline" or kind, id = id or ids.new(), subject = first and request.subject or nil, oob = part.oob,
        hints = request.urgent and { "store" } or nil, styled = request.plain and false or nil,
    })
    if request.urgent then
        stanza:tag("headers", { xmlns = NS_HEADERS }):tag("header", { name = "Urgency" }):text("high"):up():up()
    end
    return stanza
end

return M

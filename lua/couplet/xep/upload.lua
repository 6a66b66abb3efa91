-- SPDX-License-Identifier: MIT
-- upload (XEP-0363): files given to the server, which has them at a URL for others. The URL is the only key to the file:
-- whoever has it can read it.
--
--   local url, err = bot:upload "report.pdf"                                a path
--   local url, err = bot:upload { name = "report.csv", data = text }        or path =; type = "text/csv"
--   local url, err = bot:send_file("romeo@example.org", "report.pdf", "Here it is.")
--
-- Both wait. Options: service (a JID; else the bot's server is asked for one), timeout (seconds, for the transfer). err.text
-- is for people: no service, too large (with the limit), no more until when, refused. A file is read while it goes out, never
-- as a whole.
-- Implements: XEP-0363 1.2.0 partial (no purposes)
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local media_types = require "couplet.media_types"
local service = require "couplet.xep.upload_service"
local slots = require "couplet.xep.upload_slot"
local web = require "couplet.core.web"

local error, ipairs, type, utf8 = error, ipairs, type, utf8
local s_find, s_gsub, s_match, s_sub = string.find, string.gsub, string.match, string.sub

local M = {}

local NAME_MOST = 120 -- bytes
local SLOWEST = 20000 -- bytes a second

--- A name for a file as the server may be told: nothing of a path, no control characters.
---@param name string
---@return string
function M.clean_name(name)
    name = s_gsub(s_match(name, "[^/\\]*$"), "%c", "")
    if not utf8.len(name) then name = s_gsub(name, "[\x80-\xff]", "_") end
    if #name > NAME_MOST then
        local ending = s_match(name, "%.%w+$") or ""
        ending = #ending <= 10 and ending or ""
        local last = NAME_MOST - #ending
        while last > 0 and s_find(s_sub(name, last + 1, last + 1), "[\x80-\xbf]") do last = last - 1 end
        name = s_sub(name, 1, last) .. ending
    end
    return s_find(name, "[^. ]") and name or "file"
end

local function check_type(media)
    if type(media) ~= "string" or not s_find(media, "^[%w!#$&^_.+-]+/[%w!#$&^_.+-]+[%w!#$&^_.+;=\" -]*$") then
        error("bot:upload: a media type like text/plain is expected", 4)
    end
    return media
end

-- What is to be sent: { name, type, size, path | data }; misuse raises.
local function describe(what)
    if type(what) == "string" then what = { path = what } end
    if type(what) ~= "table" or (type(what.path) == "string") == (type(what.data) == "string") then
        error("bot:upload: a path is expected, or { name =, data =, type = }", 3)
    end
    if what.name ~= nil and type(what.name) ~= "string" then error("bot:upload: the name of a file is a string", 3) end
    local file = { path = what.path, data = what.data, name = M.clean_name(what.name or what.path or "file.txt") }
    file.type = check_type(what.type or media_types.of(file.name))
    if what.data then
        file.size = #what.data
    else
        local size, err = web.size(what.path)
        if not size then return nil, err end
        file.size = size
    end
    return file
end

-- http:// is for tests and the like: a server on this very machine.
local function is_local(bot)
    local server = bot.config.server
    return jid.host(bot.jid) == "localhost" or (type(server) == "string" and slots.is_loopback(server))
end

local function put(bot, file, slot, timeout)
    local headers = { "Content-Type: " .. file.type }
    for _, header in ipairs(slot.headers) do headers[#headers + 1] = header end
    return web.request {
        method = "PUT", url = slot.put, headers = headers, body = file.data, file = file.path, size = file.size,
        timeout = timeout or 60 + file.size / SLOWEST, clear = is_local(bot) and "loopback" or "never", trust = bot,
    }
end

local CONDITIONS = { [401] = "not-authorized", [403] = "forbidden", [404] = "item-not-found", [507] = "resource-constraint" }

local function transfer(bot, file, slot, timeout)
    local answer, err = put(bot, file, slot, timeout)
    if not answer then return nil, err end
    if not answer.why then return slot.get end
    if answer.status == 413 then return nil, slots.too_large(file.name, file.size) end
    local text = ("the server did not take %s: %s"):format(file.name, answer.why)
    return nil, errors.new(CONDITIONS[answer.status] or "undefined-condition", text)
end

local function upload(bot, what, options)
    local file, err = describe(what)
    if not file then return nil, err end
    if file.size == 0 then return nil, errors.new("not-acceptable", file.name .. " is empty") end
    local at, slot
    at, err = service.find(bot, options.service)
    if not at then return nil, err end
    if at.limit and file.size > at.limit then return nil, slots.too_large(file.name, file.size, at.limit) end
    slot, err = slots.ask(bot, at, file, is_local(bot))
    if not slot then
        service.forget(bot)
        return nil, err
    end
    return transfer(bot, file, slot, options.timeout)
end

---@param bot couplet.Bot
---@param what string|{ path: string|nil, data: string|nil, name: string|nil, type: string|nil }
---@param options? { service: string|nil, timeout: number|nil }
---@return string|nil url, couplet.Error|nil
function M.upload(bot, what, options) return upload(bot, what, options or {}) end

--- Uploads it and sends the URL, so that clients show the file; the text goes before it. Waits.
---@param bot couplet.Bot
---@param to string
---@param what string|table as bot:upload has it
---@param text? string
---@param options? { service: string|nil, timeout: number|nil }
---@return string|nil url, couplet.Error|string|nil err, or the id of the message
function M.send_file(bot, to, what, text, options)
    if type(to) ~= "string" then error("bot:send_file: a JID is expected", 2) end
    local url, err = upload(bot, what, options or {})
    local id
    if url and text then id, err = bot:say(to, text) end
    if url and (id or not text) then id, err = bot:say(to, url, { oob = url }) end
    if not id then return nil, err end
    return url, id
end

return M

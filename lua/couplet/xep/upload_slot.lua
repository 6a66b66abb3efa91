-- SPDX-License-Identifier: MIT
-- upload_slot (XEP-0363 4, 6): the request for a slot, and the check of what comes. A slot tells a bot where to send a file to,
-- with which headers: whatever does not look exactly like that is refused.
--
--   slot = { put = url, get = url, headers = { "Authorization: …", … } }
local datetime = require "couplet.datetime"
local errors = require "couplet.errors"
local ns = require "couplet.ns"

local s_find, s_format, s_gsub, s_lower, s_match = string.find, string.format, string.gsub, string.lower, string.match
local tonumber, type = tonumber, type

local M = {}

local URL_MOST, HEADERS_MOST, HEADER_MOST = 4096, 16, 8192
local ALLOWED = { authorization = "Authorization", cookie = "Cookie", expires = "Expires" } -- 4

--- "3.4 MB", for people.
function M.size_text(bytes)
    if bytes < 1000 then return s_format("%d bytes", bytes) end
    local units, value, at = { "kB", "MB", "GB", "TB" }, bytes / 1000, 1
    while value >= 1000 and at < #units do value, at = value / 1000, at + 1 end
    return (s_gsub(s_format("%.1f", value), "%.0$", "")) .. " " .. units[at]
end

local LOOPBACK = { "^localhost%f[:\0]", "^127%.%d+%.%d+%.%d+%f[:\0]", "^%[::1%]%f[:\0]" }

local function is_loopback(host)
    for i = 1, #LOOPBACK do
        if s_find(host, LOOPBACK[i]) then return true end
    end
    return false
end
M.is_loopback = is_loopback

--- What is wrong with a URL of a slot; nil when it is well. http:// is well for this machine where `is_local`.
---@param url any
---@param is_local boolean
---@return string|nil
function M.flaw(url, is_local)
    if type(url) ~= "string" or url == "" then return "it has no URL" end
    if #url > URL_MOST then return "its URL is too long" end
    if s_find(url, "[^\x21-\x7e]") or s_find(url, "\\", 1, true) then return "its URL has characters that no URL has" end -- RFC 3986
    local scheme, host = s_match(url, "^(%a+)://([^/?#]+)")
    scheme = scheme and s_lower(scheme)
    if not host then return "its URL has no host" end
    if not s_find(host, "^[%w][%w.-]*:?%d*$") and not s_find(host, "^%[[%x:.]+%]:?%d*$") then return "its URL has no proper host" end
    if scheme == "https" then return nil end
    if scheme == "http" and is_local and is_loopback(host) then return nil end
    return "its URL is not https"
end

-- Line ends are taken away, as 4 has it; another control character has no business there.
local function read_headers(put)
    local list = {}
    for element in put:childtags("header", ns.upload) do
        local name = s_gsub(element.attr.name or "", "[\r\n]", "")
        local value = s_gsub(element:get_text() or "", "[\r\n]", "")
        local allowed = ALLOWED[s_lower(name)]
        if allowed then
            if s_find(value, "%c") or #value > HEADER_MOST then return nil, "a header of it is none" end
            if #list == HEADERS_MOST then return nil, "it has too many headers" end
            list[#list + 1] = allowed .. ": " .. value
        end
    end
    return list
end

-- From the answer to the slot; nil and what is wrong.
local function read(reply, is_local)
    local slot = reply:get_child("slot", ns.upload)
    local put, get = slot and slot:get_child("put", ns.upload), slot and slot:get_child("get", ns.upload)
    if not put or not get then return nil, "it is none" end
    local flaw = M.flaw(put.attr.url, is_local) or M.flaw(get.attr.url, is_local)
    if flaw then return nil, flaw end
    local headers, why = read_headers(put)
    if not headers then return nil, why end
    return { put = put.attr.url, get = get.attr.url, headers = headers }
end

--- An error that says that a file is too large for the service.
function M.too_large(name, size, limit)
    local has, most = M.size_text(size), limit and M.size_text(limit)
    if has == most then has, most = s_format("%d bytes", size), s_format("%d bytes", limit) end
    local text = most and s_format("%s is too large: it has %s, the server takes %s at most", name, has, most)
        or s_format("%s is too large for the server: it has %s", name, has)
    return errors.new("not-acceptable", text, { extra = { limit = limit } })
end

-- The answer of type error in words for people (6).
local function refusal(err, file)
    local tag = type(err.extra) == "table" and err.extra.tag
    local name = tag and tag.attr.xmlns == ns.upload and tag.name
    if name == "file-too-large" then
        local limit = tag:get_child_text("max-file-size", ns.upload)
        limit = limit and #limit <= 15 and s_find(limit, "^%d+$") and tonumber(limit) or nil
        return M.too_large(file.name, file.size, limit)
    end
    local stamp = name == "retry" and type(tag.attr.stamp) == "string" and datetime.parse(tag.attr.stamp)
    if stamp then
        local text = s_format("the server takes no more files until %s", datetime.datetime(stamp))
        return errors.new("resource-constraint", text, { extra = { stamp = stamp } })
    end
    if err.type == "wait" and not err.text then return err end
    local text = s_format("the server refuses %s: %s", file.name, err.text or err.condition)
    return errors.new(errors.types[err.condition] and err.condition or "undefined-condition", text, { type = err.type, by = err.by })
end

--- Asks for a slot and checks it. Waits.
---@param bot couplet.Bot
---@param service couplet.UploadService
---@param file { name: string, size: integer, type: string }
---@param is_local boolean
function M.ask(bot, service, file, is_local)
    local reply, err = bot:iq {
        name = "iq", attr = { type = "get", to = service.jid },
        {
            name = "request",
            attr = { xmlns = ns.upload, filename = file.name, size = s_format("%d", file.size), ["content-type"] = file.type },
        },
    }
    if not reply then return nil, refusal(err, file) end
    local slot, why = read(reply, is_local)
    if slot then return slot end
    return nil, errors.new("undefined-condition", s_format("%s gave a place for the file that is not safe: %s", service.jid, why))
end

return M

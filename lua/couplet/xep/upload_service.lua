-- SPDX-License-Identifier: MIT
-- upload_service (XEP-0363 3): where the server takes files: the server itself, or one of its items, that has the feature; and
-- the largest it takes. What was found is kept with the bot until it fails.
local disco_info = require "couplet.xep.disco_info"
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"

local ipairs, math, setmetatable, tonumber, type = ipairs, math, setmetatable, tonumber, type

local M = {}

local CANDIDATES_MOST = 30
local PATIENCE = 10 -- seconds, for each of them

local found = setmetatable({}, { __mode = "k" }) -- bot → { [domain or service asked for] = service }

---@class couplet.UploadService
---@field jid string
---@field limit integer|nil bytes

local function ask(bot, to, xmlns)
    return request.ask(bot, "get", to, { name = "query", attr = { xmlns = xmlns } }, { timeout = PATIENCE })
end

local function limit_of(info)
    local form = info.forms[ns.upload]
    local text = form and form["max-file-size"]
    local limit = type(text) == "string" and #text <= 15 and text:find "^%d+$" and tonumber(text)
    return limit and math.type(limit) == "integer" and limit > 0 and limit or nil
end

-- Is it one? nil where it is none, or does not answer.
local function read(bot, address)
    local query = ask(bot, address, ns.disco_info)
    local info = query and disco_info.read(query)
    if not info or not info.features[ns.upload] then return nil end
    return { jid = address, limit = limit_of(info) }
end

local function candidates(bot, domain)
    local list = { domain }
    local query, err = ask(bot, domain, ns.disco_items)
    if not query then return list, err end
    for item in query:childtags("item", ns.disco_items) do
        local address = item.attr.jid
        if address and address ~= domain and #address <= 3071 and not item.attr.node and #list < CANDIDATES_MOST then
            list[#list + 1] = address
        end
    end
    return list
end

local function search(bot, domain, named)
    if named then
        local service = read(bot, named)
        if service then return service end
        return nil, errors.new("item-not-found", ("%s takes no files"):format(named))
    end
    local list, err = candidates(bot, domain)
    for _, address in ipairs(list) do
        local service = read(bot, address)
        if service then return service end
    end
    if err and err.type == "wait" then return nil, err end -- not online, or no answer
    return nil, errors.new("item-not-found", ("the server %s takes no files (it has no service for XEP-0363)"):format(domain))
end

--- The service of the bot's server, or the one that is named. Waits, the first time.
---@param bot couplet.Bot
---@param named? string
---@return couplet.UploadService|nil, couplet.Error|nil
function M.find(bot, named)
    local domain = jid.host(bot.jid)
    local known = found[bot] or {}
    found[bot] = known
    local service, err = known[named or domain], nil
    if not service then
        service, err = search(bot, domain, named)
        known[named or domain] = service
    end
    return service, err
end

--- What was found is searched for anew the next time.
function M.forget(bot) found[bot] = nil end

return M

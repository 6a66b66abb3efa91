-- SPDX-License-Identifier: MIT
-- pubsub_event: events of nodes (XEP-0060 7.1.2 and others), raised as `pubsub.item`, `pubsub.retract` and `pubsub.node` to hooks and
-- to bot.pubsub:on.
--
--   event.from, event.node
--   pubsub.item      event.item { id =, payload =, publisher = }      published
--   pubsub.retract   event.item { id = }
--   pubsub.node      event.change: purged, deleted (event.uri: where it went), configured
--
-- Who may say so: the bot's own account (its bare JID), a service that the bot subscribed at or listens to, and contacts
-- whose presence the bot gets, from their bare JIDs. Others are ignored, as is what comes from a full JID: anybody can send an <event/>.
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"

local error, ipairs, pairs, require, setmetatable, table, type = error, ipairs, pairs, require, setmetatable, table, type

local M = {}

local ITEMS_MOST = 200 -- of one message
local SERVICES_MOST = 200
local KEY = "pubsub.services"

local trusted = setmetatable({}, { __mode = "k" }) -- bot -> set of services

local function services_of(bot)
    local set = trusted[bot]
    if set then return set end
    set = {}
    for service in (core.remember(bot, KEY) or ""):gmatch "[^\n]+" do set[service] = true end
    trusted[bot] = set
    return set
end

--- What comes from this service counts from now on, also after a restart.
---@param bot couplet.Bot
---@param service string|nil
function M.trust(bot, service)
    local address = jid.prep(service)
    local set = services_of(bot)
    if not address or set[address] then return end
    set[address] = true
    local list = {}
    for name in pairs(set) do list[#list + 1] = name end
    table.sort(list)
    if #list <= SERVICES_MOST then core.remember(bot, KEY, table.concat(list, "\n")) end
end

local function is_contact(bot, from)
    local entry = jid.node(from) and not jid.resource(from) and bot.roster[from]
    return entry and (entry.subscription == "both" or entry.subscription == "to")
end

local function may_tell(bot, from)
    return from == nil or from == jid.bare(bot.jid) or services_of(bot)[from] or is_contact(bot, from)
end

local function raise(event, kind, node, fields)
    fields.from = event.from or jid.bare(event.bot.jid)
    fields.to, fields.node, fields.delayed = event.to, node, event.delayed
    core.emit(event.bot, kind, fields)
end

local function on_items(event, items)
    local node, count = items.attr.node, 0
    local read = require("couplet.xep.pubsub").read_item
    for _, child in ipairs(items.tags) do
        count = count + 1
        if count > ITEMS_MOST then break end
        if child.attr.xmlns == ns.pubsub_event and child.name == "item" then
            raise(event, "pubsub.item", node, { item = read(child) })
        elseif child.attr.xmlns == ns.pubsub_event and child.name == "retract" and child.attr.id then
            raise(event, "pubsub.retract", node, { item = { id = child.attr.id } })
        end
    end
end

local CHANGES = { purge = "purged", delete = "deleted", configuration = "configured" }

--- A message with <event/>: raises what it tells.
function M.on_message(event)
    local root = event.stanza:get_child("event", ns.pubsub_event)
    if not root or event.type == "groupchat" or event.type == "error" or not may_tell(event.bot, event.from) then return end
    for _, child in ipairs(root.tags) do
        local node = child.attr.xmlns == ns.pubsub_event and child.attr.node
        if node and child.name == "items" then
            on_items(event, child)
            return -- one of them only (XEP-0060, schema)
        elseif node and CHANGES[child.name] then
            local redirect = child:get_child "redirect"
            raise(event, "pubsub.node", node, { change = CHANGES[child.name], uri = redirect and redirect.attr.uri })
            return
        end
    end
end

local KINDS = { "pubsub.item", "pubsub.retract", "pubsub.node" }

local wanted = setmetatable({}, { __mode = "k" }) -- bot -> { [node of accounts] = how many listen to it }

-- The bot's presence tells its server, and those of its contacts, that it wants these events (XEP-0163 4.3).
local function announce(bot, node, change)
    local counts = wanted[bot] or {}
    wanted[bot] = counts
    local before = counts[node] or 0
    counts[node] = before + change
    if (before == 0) == (counts[node] == 0) then return end
    if bot.disco then bot.disco:announce(node .. "+notify", counts[node] > 0) end
end

local function wants(bot, service, event)
    local own = event.from == jid.bare(bot.jid)
    if service == nil then return own end
    if service == "*" then return not own and is_contact(bot, event.from) end
    return event.from == service
end

--- See bot.pubsub:on.
function M.on(bot, service, node, f)
    if type(f) ~= "function" then error("bot.pubsub:on: a function is expected", 3) end
    local is_personal = service == nil or service == "*"
    if not is_personal then
        service = jid.prep(service) or error("bot.pubsub:on: the service is no JID", 3)
        M.trust(bot, service)
    end
    local function call(event)
        if event.node == node and wants(bot, service, event) then f(event) end
    end
    local hooks = {}
    for i, kind in ipairs(KINDS) do hooks[i] = bot:hook { event = kind, call = call } end
    if is_personal then announce(bot, node, 1) end
    local handle = {}
    function handle.remove()
        for i = #hooks, 1, -1 do
            hooks[i]:remove()
            hooks[i] = nil
            if is_personal and i == 1 then announce(bot, node, -1) end
        end
    end
    return handle
end

return M

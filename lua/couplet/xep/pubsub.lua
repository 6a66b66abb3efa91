-- SPDX-License-Identifier: MIT
-- pubsub: bot.pubsub: publish-subscribe (XEP-0060) and personal eventing (XEP-0163). A service is a JID; nil: the bot's own account.
--
--   local id, err = bot.pubsub:publish(nil, "urn:example:mood", payload, { id = "current", options = { access_model = "open" } })
--   local items, err = bot.pubsub:items("pubsub.example.org", "news", { limit = 20 })     -- { { id =, payload =, publisher = }, … }
--   for item in bot.pubsub:each(service, node) do … end             -- page by page; see couplet.rsm
--   bot.pubsub:subscribe("pubsub.example.org", "news")
--   bot.pubsub:on("pubsub.example.org", "news", function(event) … event.item.payload … end)
--
-- Everything but `on` waits. Options of nodes have their names without "pubsub#". With options a publication is held to them:
-- a service that does not promise that (publish-options) gets nothing, for else it might tell the world. What owners do with nodes is
-- in couplet.xep.pubsub_owner and found here too; what comes in: couplet.xep.pubsub_event.
-- Implements: XEP-0060 1.30.0, XEP-0163 1.2.2, XEP-0223 1.1.1
local errors = require "couplet.errors"
local form = require "couplet.form"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local rsm = require "couplet.rsm"
local st = require "couplet.stanza"

local error, ipairs, pairs, require, setmetatable, type = error, ipairs, pairs, require, setmetatable, type

local M = {}

---@class couplet.PubsubItem
---@field id string|nil
---@field payload couplet.Stanza|nil
---@field publisher string|nil as the service says; who sent the request, where it does not tell

---@class couplet.Pubsub
---@field bot couplet.Bot
local methods = {}
local pubsub_mt = { __name = "couplet.pubsub" }

function pubsub_mt.__index(_, name)
    if methods[name] then return methods[name] end
    return require("couplet.xep.pubsub_owner")[name]
end

function M.check(verb, service, node)
    if service ~= nil and type(service) ~= "string" then
        error(("bot.pubsub:%s: the service is a JID, or nil for the bot's own account"):format(verb), 3)
    end
    if type(node) ~= "string" or node == "" then error(("bot.pubsub:%s: the name of a node is expected"):format(verb), 3) end
end
local check = M.check

--- Asks with <pubsub/> around `payload`; gives the <pubsub/> of the answer, which may be empty.
---@return couplet.Stanza|nil pubsub, couplet.Error|nil err
function M.ask(pubsub, kind, service, payload, set, xmlns)
    local element = st.stanza("pubsub", { xmlns = xmlns or ns.pubsub })
    for _, child in ipairs(payload) do element:add_child(child) end
    if set then element:add_child(set) end
    local answer, err = request.ask(pubsub.bot, kind, service, element)
    if answer == false then return st.stanza("pubsub", { xmlns = element.attr.xmlns }) end
    return answer, err
end
local ask = M.ask

--- Options of a node as a form: names without a "#" get "pubsub#".
function M.options_form(options, form_type)
    local values = {}
    for name, value in pairs(options) do values[name:find("#", 1, true) and name or "pubsub#" .. name] = value end
    return form.new { type = "submit", form_type = ns.pubsub .. "#" .. form_type, values = values }
end

--- An <item/> as a table.
---@return couplet.PubsubItem
function M.read_item(element)
    return { id = element.attr.id, payload = element.tags[1], publisher = element.attr.publisher }
end

local function read_items(pubsub, node)
    local list, items = {}, pubsub:get_child "items"
    if not items or (items.attr.node or node) ~= node then return list end
    for item in items:childtags "item" do list[#list + 1] = M.read_item(item) end
    return list
end

---@param options? { max: integer?, ids: string[]?, page: integer?, limit: integer?, subid: string? }
local function items_element(node, options, max)
    local items = st.stanza("items", { node = node, subid = options.subid, max_items = max and tostring(max) })
    for _, id in ipairs(options.ids or {}) do items:tag("item", { id = id }):up() end
    return items
end

--- The items of a node, page by page: for item in bot.pubsub:each(service, node) do … end
---@param service string|nil
---@param node string
---@param options? { page: integer?, limit: integer? }
---@return couplet.Pages pages
function methods:each(service, node, options)
    check("each", service, node)
    options = options or {}
    return rsm.pages(function(set)
        local pubsub, err = ask(self, "get", service, { items_element(node, options) }, set)
        if not pubsub then return nil, err end
        return read_items(pubsub, node), pubsub
    end, options)
end

--- The items of a node as a list: all, at most `limit` (10,000); the newest `max`; or those with these `ids`.
---@param service string|nil
---@param node string
---@param options? { max: integer?, ids: string[]?, page: integer?, limit: integer?, subid: string? }
---@return couplet.PubsubItem[]|nil items, couplet.Error|nil err
function methods:items(service, node, options)
    check("items", service, node)
    options = options or {}
    if not options.max and not options.ids then return rsm.collect(methods.each(self, service, node, options)) end
    local pubsub, err = ask(self, "get", service, { items_element(node, options, options.max) })
    if not pubsub then return nil, err end
    return read_items(pubsub, node)
end

--- One item.
---@param id string
---@return couplet.PubsubItem|nil item, couplet.Error|nil err
function methods:item(service, node, id)
    check("item", service, node)
    if type(id) ~= "string" then error("bot.pubsub:item: the id of an item is expected", 2) end
    local items, err = methods.items(self, service, node, { ids = { id } })
    if not items then return nil, err end
    for _, item in ipairs(items) do
        if item.id == id then return item end
    end
    return nil, errors.new("item-not-found", "there is no item '" .. id .. "'")
end

-- Publishing

--- Has the service this feature of XEP-0060 10? Asked once for each service; a no is asked again.
---@param feature string without the namespace
---@return boolean|nil has, couplet.Error|nil err
function methods:supports(service, feature)
    local key = service or ""
    local features = self.features[key]
    if not features then
        local question = st.stanza("query", { xmlns = ns.disco_info })
        local query, err = request.ask(self.bot, "get", service or jid.bare(self.bot.jid), question)
        if query == nil then return nil, err end
        features = {}
        for element in (query or st.stanza "query"):childtags "feature" do
            if element.attr.var then features[element.attr.var] = true end
        end
        if features[ns.pubsub .. "#" .. feature] then self.features[key] = features end
    end
    return features[ns.pubsub .. "#" .. feature] or false
end

local function send_item(pubsub, service, node, item, options)
    local publish = st.stanza("publish", { node = node }):add_child(item)
    local parts = { publish }
    if options then parts[2] = st.stanza("publish-options"):add_child(M.options_form(options, "publish-options")) end
    local answer, err = ask(pubsub, "set", service, parts)
    if not answer then return nil, err end
    local done = answer:get_child "publish"
    local made = done and done:get_child "item"
    return made and made.attr.id or item.attr.id or true
end

--- Publishes an item. `options`, of the node, are conditions: where the node is otherwise, it is configured so first (its owner can),
--- or nothing is published.
---@param payload couplet.Stanza|table|nil
---@param more? { id: string?, options: table<string, any>? }
---@return string|true|nil id the item's; true where the service does not tell it
---@return couplet.Error|nil err
function methods:publish(service, node, payload, more)
    check("publish", service, node)
    more = more or {}
    local item = st.stanza("item", { id = more.id })
    if payload ~= nil then item:add_child(payload) end
    if not more.options then return send_item(self, service, node, item) end
    local has, err = self:supports(service, "publish-options")
    if err then return nil, err end
    if not has then
        return nil, errors.new("feature-not-implemented", "the service does not promise to keep to the options (publish-options)")
    end
    local id
    id, err = send_item(self, service, node, item, more.options)
    if not id and err.condition == "conflict" then -- precondition-not-met (XEP-0060 7.1.5)
        local ok, why = self:configure(service, node, more.options)
        if not ok then return nil, why end
        return send_item(self, service, node, item, more.options)
    end
    if not id then return nil, err end
    return id
end

--- Keeps something for the bot's account alone, on its server (XEP-0223).
---@param payload couplet.Stanza|table
---@param id? string default: current
---@return string|true|nil id, couplet.Error|nil err
function methods:publish_private(node, payload, id)
    return methods.publish(self, nil, node, payload, {
        id = id or "current", options = { persist_items = true, access_model = "whitelist" },
    })
end

--- Takes an item back; subscribers are told unless notify is false.
---@return true|nil ok, couplet.Error|nil err
function methods:retract(service, node, id, notify)
    check("retract", service, node)
    if type(id) ~= "string" then error("bot.pubsub:retract: the id of an item is expected", 2) end
    local retract = st.stanza("retract", { node = node, notify = notify ~= false and "true" or nil }):tag("item", { id = id }):up()
    local answer, err = ask(self, "set", service, { retract })
    if not answer then return nil, err end
    return true
end

-- Subscribing

local STATES = { none = true, pending = true, subscribed = true, unconfigured = true }

local function read_subscription(element, node)
    local attr = element.attr
    return {
        node = attr.node or node, jid = attr.jid, subid = attr.subid,
        subscription = STATES[attr.subscription] and attr.subscription or "none",
    }
end

--- Events of the node come to the bot from now on, to its bare JID unless `jid` says otherwise; over restarts too.
---@param more? { jid: string?, options: table<string, any>? }
---@return { node: string, jid: string, subscription: string, subid: string|nil }|nil subscription, couplet.Error|nil err
function methods:subscribe(service, node, more)
    check("subscribe", service, node)
    more = more or {}
    local parts = { st.stanza("subscribe", { node = node, jid = more.jid or jid.bare(self.bot.jid) }) }
    if more.options then
        parts[2] = st.stanza("options", { node = node, jid = parts[1].attr.jid })
            :add_child(M.options_form(more.options, "subscribe_options"))
    end
    local answer, err = ask(self, "set", service, parts)
    if not answer then return nil, err end
    require("couplet.xep.pubsub_event").trust(self.bot, service)
    local element = answer:get_child "subscription"
    return element and read_subscription(element, node)
        or { node = node, jid = parts[1].attr.jid, subscription = "subscribed" }
end

---@param more? { jid: string?, subid: string? }
---@return true|nil ok, couplet.Error|nil err
function methods:unsubscribe(service, node, more)
    check("unsubscribe", service, node)
    more = more or {}
    local element = st.stanza("unsubscribe", { node = node, jid = more.jid or jid.bare(self.bot.jid), subid = more.subid })
    local answer, err = ask(self, "set", service, { element })
    if not answer then return nil, err end
    return true
end

--- What the bot is subscribed to there; of one node, where that is named.
---@return { node: string, jid: string, subscription: string, subid: string|nil }[]|nil list, couplet.Error|nil err
function methods:subscriptions(service, node)
    local answer, err = ask(self, "get", service, { st.stanza("subscriptions", { node = node }) })
    if not answer then return nil, err end
    local list, element = {}, answer:get_child "subscriptions"
    for child in (element or st.stanza "none"):childtags "subscription" do list[#list + 1] = read_subscription(child, node) end
    return list
end

--- What the bot is at each node there: owner, publisher, member, outcast, …
---@return table<string, string>|nil by_node, couplet.Error|nil err
function methods:affiliations(service)
    local answer, err = ask(self, "get", service, { st.stanza "affiliations" })
    if not answer then return nil, err end
    local by_node, element = {}, answer:get_child "affiliations"
    for child in (element or st.stanza "none"):childtags "affiliation" do
        if child.attr.node then by_node[child.attr.node] = child.attr.affiliation end
    end
    return by_node
end

--- Calls f for each event of a node. Does not wait. service: a JID; nil: the bot's own account; "*": the personal nodes of
--- contacts, whose servers are told that we want them (XEP-0163 4).
---@param f fun(event: couplet.Event)
---@return { remove: fun(self) } handle
function methods:on(service, node, f)
    check("on", service, node)
    return require("couplet.xep.pubsub_event").on(self.bot, service, node, f)
end

--- bot.pubsub
---@param bot couplet.Bot
---@return couplet.Pubsub
function M.attach(bot) return setmetatable({ bot = bot, features = {} }, pubsub_mt) end

return M

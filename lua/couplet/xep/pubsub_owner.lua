-- SPDX-License-Identifier: MIT
-- pubsub_owner: what owners do with nodes (XEP-0060 8), and what a service has; methods of bot.pubsub. All wait.
local errors = require "couplet.errors"
local form = require "couplet.form"
local ns = require "couplet.ns"
local pubsub = require "couplet.xep.pubsub"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, pairs, type = error, pairs, type

local M = {}

local ask, check = pubsub.ask, pubsub.check

local function set(self, service, xmlns, ...)
    local answer, err = ask(self, "set", service, { ... }, nil, xmlns)
    if not answer then return nil, err end
    return answer
end

local function done(answer, err)
    if not answer then return nil, err end
    return true
end

--- Makes a node; nil: the service names it. options: its configuration.
---@param service string|nil
---@param node string|nil
---@param options? table<string, any>
---@return string|nil node, couplet.Error|nil err
function M.create(self, service, node, options)
    if node ~= nil then check("create", service, node) end
    local configure
    if options then configure = st.stanza("configure"):add_child(pubsub.options_form(options, "node_config")) end
    local answer, err = set(self, service, nil, st.stanza("create", { node = node }), configure)
    if not answer then return nil, err end
    local made = answer:get_child "create"
    return made and made.attr.node or node or "", nil
end

--- Ends a node; uri: where it went.
---@param uri? string
---@return true|nil ok, couplet.Error|nil err
function M.delete(self, service, node, uri)
    check("delete", service, node)
    local element = st.stanza("delete", { node = node })
    if uri then element:tag("redirect", { uri = uri }):up() end
    return done(set(self, service, ns.pubsub_owner, element))
end

--- Removes all items of a node.
---@return true|nil ok, couplet.Error|nil err
function M.purge(self, service, node)
    check("purge", service, node)
    return done(set(self, service, ns.pubsub_owner, st.stanza("purge", { node = node })))
end

local function short_names(values)
    local short = {}
    for name, value in pairs(values) do short[name:match "^pubsub#(.+)$" or name] = value end
    return short
end

local function get_form(self, service, xmlns, element)
    local answer, err = ask(self, "get", service, { element }, nil, xmlns)
    if not answer then return nil, err end
    local holder = answer:get_child(element.name)
    local f = holder and form.read(holder)
    if not f then return nil, errors.new("undefined-condition", "the service sent no form") end
    return f
end

--- The configuration of a node: values, and the form they stand in.
---@return table<string, any>|nil values, couplet.Form|couplet.Error form_or_err
function M.configuration(self, service, node)
    check("configuration", service, node)
    local f, err = get_form(self, service, ns.pubsub_owner, st.stanza("configure", { node = node }))
    if not f then return nil, err end
    return short_names(f.values), f
end

--- That of new nodes.
---@return table<string, any>|nil values, couplet.Form|couplet.Error form_or_err
function M.default_configuration(self, service)
    local f, err = get_form(self, service, ns.pubsub_owner, st.stanza "default")
    if not f then return nil, err end
    return short_names(f.values), f
end

--- Changes options of a node; what is not named stays.
---@param options table<string, any>
---@return true|nil ok, couplet.Error|nil err
function M.configure(self, service, node, options)
    check("configure", service, node)
    if type(options) ~= "table" then error("bot.pubsub:configure: a table of options is expected", 2) end
    local values, f = M.configuration(self, service, node)
    if not values then return nil, f end
    local full = {}
    for name, value in pairs(options) do full[name:find("#", 1, true) and name or "pubsub#" .. name] = value end
    local x, err = f:submit(full)
    if not x then return nil, err end
    return done(set(self, service, ns.pubsub_owner, st.stanza("configure", { node = node }):add_child(x)))
end

local function by_jid(self, service, node, name, attribute)
    local answer, err = ask(self, "get", service, { st.stanza(name .. "s", { node = node }) }, nil, ns.pubsub_owner)
    if not answer then return nil, err end
    local list, holder = {}, answer:get_child(name .. "s")
    for child in (holder or st.stanza "none"):childtags(name) do
        if child.attr.jid then list[child.attr.jid] = child.attr[attribute] end
    end
    return list
end

--- Who is what at a node of ours: { [jid] = "publisher" }.
---@return table<string, string>|nil list, couplet.Error|nil err
function M.node_affiliations(self, service, node)
    check("node_affiliations", service, node)
    return by_jid(self, service, node, "affiliation", "affiliation")
end

--- Who is subscribed to a node of ours: { [jid] = "subscribed" }.
---@return table<string, string>|nil list, couplet.Error|nil err
function M.node_subscriptions(self, service, node)
    check("node_subscriptions", service, node)
    return by_jid(self, service, node, "subscription", "subscription")
end

---@param affiliation string owner, publisher, publish-only, member, none, outcast
---@return true|nil ok, couplet.Error|nil err
function M.set_affiliation(self, service, node, jid, affiliation)
    check("set_affiliation", service, node)
    local element = st.stanza("affiliations", { node = node }):tag("affiliation", { jid = jid, affiliation = affiliation }):up()
    return done(set(self, service, ns.pubsub_owner, element))
end

---@param subscription string subscribed, pending, none
---@return true|nil ok, couplet.Error|nil err
function M.set_subscription(self, service, node, jid, subscription)
    check("set_subscription", service, node)
    local element = st.stanza("subscriptions", { node = node }):tag("subscription", { jid = jid, subscription = subscription }):up()
    return done(set(self, service, ns.pubsub_owner, element))
end

--- The nodes of a service: { { node =, name = }, … }.
---@return { node: string, name: string|nil }[]|nil list, couplet.Error|nil err
function M.nodes(self, service, node)
    local jid = require("couplet.jid")
    local question = st.stanza("query", { xmlns = ns.disco_items, node = node })
    local query, err = request.ask(self.bot, "get", service or jid.bare(self.bot.jid), question)
    if query == nil then return nil, err end
    local list = {}
    for item in (query or st.stanza "none"):childtags "item" do
        if item.attr.node then list[#list + 1] = { node = item.attr.node, name = item.attr.name } end
    end
    return list
end

return M

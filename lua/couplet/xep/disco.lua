-- SPDX-License-Identifier: MIT
-- disco (XEP-0030): asking others what they are and what they have, and answering the same.
--
--   local info, err = bot.disco:info(jid)            -- waits; see couplet.xep.disco_info for what info has
--   if info and info.features["urn:xmpp:receipts"] then …
--   local items, err = bot.disco:items(jid, node)    -- { { jid =, node =, name = }, … }
--   bot.disco:supports(jid, namespace)               -- true | false | nil, err
--   bot.disco:announce(namespace)                    -- told from now on; with false: no more
--   bot.disco:node(name, { identities =, features =, forms =, items = })   -- answers for a node of the bot's own
--
-- Where a presence told the hash of the features (XEP-0115, 0390), they are asked for once, and what was verified is known of
-- everybody with the same hash.
-- Implements: XEP-0030 2.5.0
local disco_info = require "couplet.xep.disco_info"
local disco_self = require "couplet.xep.disco_self"
local errors = require "couplet.errors"
local ns = require "couplet.ns"

local error, ipairs, setmetatable, type = error, ipairs, setmetatable, type

local M = {}

local CLAIMS_MOST = 2000 -- full JIDs whose hash is remembered; a flood of presence starts it anew
local ITEMS_MOST = 10000

---@class couplet.Disco
local disco_mt = { __name = "couplet.disco" }
disco_mt.__index = disco_mt

-- ---- asking

local function check(jid, node, verb)
    if type(jid) ~= "string" or jid == "" then error(("bot.disco:%s: a JID is expected"):format(verb), 3) end
    if node ~= nil and type(node) ~= "string" then error(("bot.disco:%s: a node is a string"):format(verb), 3) end
end

local function ask(disco, jid, xmlns, node, options)
    local reply, err = disco.bot:iq({
        name = "iq", attr = { type = "get", to = jid },
        { name = "query", attr = { xmlns = xmlns, node = node } },
    }, options)
    if not reply then return nil, err end
    local query = reply:get_child("query", xmlns)
    if query then return query, nil, reply.attr["xml:lang"] end
    return nil, errors.new("undefined-condition", "the answer has no <query/>", { by = jid })
end

--- What an entity is and can do. Waits, unless it is known already.
---@param jid string
---@param node? string
---@param options? { timeout: number? }
---@return couplet.DiscoInfo|nil, couplet.Error|nil
function disco_mt:info(jid, node, options)
    check(jid, node, "info")
    local claim = not node and self.claims[jid] or nil
    local caps = claim and require "couplet.xep.caps"
    local info = claim and caps.known(claim)
    if info then return info end
    local query, err, lang = ask(self, jid, ns.disco_info, claim and claim.node or node, options)
    if not query and claim and err.condition ~= "remote-server-timeout" then -- it does not know its own node
        query, err = ask(self, jid, ns.disco_info, nil, options)
        claim = nil
    end
    if not query then return nil, err end
    info = disco_info.read(query)
    if claim and caps.verify(claim, info, lang) then caps.keep(claim, info) end
    return info
end

--- What belongs to an entity. Waits.
---@param jid string
---@param node? string
---@param options? { timeout: number? }
---@return { jid: string, node: string|nil, name: string|nil }[]|nil, couplet.Error|nil
function disco_mt:items(jid, node, options)
    check(jid, node, "items")
    local query, err = ask(self, jid, ns.disco_items, node, options)
    if not query then return nil, err end
    local items = {}
    for item in query:childtags("item", ns.disco_items) do
        local attr = item.attr
        if attr.jid and #items < ITEMS_MOST then items[#items + 1] = { jid = attr.jid, node = attr.node, name = attr.name } end
    end
    return items
end

--- Has an entity a feature? Waits, unless it is known already.
---@param jid string
---@param feature string
---@return boolean|nil, couplet.Error|nil
function disco_mt:supports(jid, feature)
    local info, err = self:info(jid)
    if not info then return nil, err end
    return info.features[feature] == true
end

-- ---- hashes in presence

local function note(disco, event)
    local from = event.from
    if not from then return end
    local claim = event.type == "available" and require("couplet.xep.caps").claim_of(event.stanza) or nil
    local had = disco.claims[from] ~= nil
    if claim and not had then
        if disco.claim_count >= CLAIMS_MOST then disco.claims, disco.claim_count = {}, 0 end
        disco.claim_count = disco.claim_count + 1
    elseif had and not claim then
        disco.claim_count = disco.claim_count - 1
    end
    disco.claims[from] = claim
end

-- ---- answering

--- Announces a namespace, or (is_on false) no more; contacts are told by a new presence.
---@param namespace string
---@param is_on? boolean
function disco_mt:announce(namespace, is_on)
    if type(namespace) ~= "string" or namespace == "" or namespace:find "[%c<>&'\"]" then
        error("bot.disco:announce: a namespace is expected", 2)
    end
    self.announced[namespace] = is_on ~= false or nil
    disco_self.tell(self.bot)
end

--- Answers for a node of the bot's own; nil: no more.
---@param name string
---@param node { identities: table[]|nil, features: string[]|nil, forms: table|nil, items: table[]|nil }|nil
function disco_mt:node(name, node)
    if type(name) ~= "string" or name == "" then error("bot.disco:node: a name is expected", 2) end
    if node == nil then
        self.nodes[name] = nil
        return
    end
    local features = { [ns.disco_info] = true, [ns.disco_items] = true }
    for _, feature in ipairs(node.features or {}) do features[feature] = true end
    self.nodes[name] = { identities = node.identities, features = features, forms = node.forms, items = node.items or {} }
end

local function own_node(bot, name)
    local disco = rawget(bot, "disco")
    return disco and disco.nodes[name]
end

local function node_of(event, xmlns)
    local query = event.stanza:get_child("query", xmlns)
    return query and query.attr.node
end

--- Answers disco#info: for the bot itself, for the nodes that its presence names, for nodes of its own.
function M.on_info(event)
    local node = node_of(event, ns.disco_info)
    local own = node and own_node(event.bot, node)
    if own then return disco_info.element(own, node) end
    local info = disco_self.of(event.bot)
    if node and not require("couplet.xep.caps").is_ours(node, info) then
        return nil, errors.new("item-not-found", "there is no such node")
    end
    return disco_info.element(info, node)
end

--- Answers disco#items: nothing, but for nodes of the bot's own.
function M.on_items(event)
    local bot, node = event.bot, node_of(event, ns.disco_items)
    local own = node and own_node(bot, node)
    local query = { name = "query", attr = { xmlns = ns.disco_items, node = node } }
    if node and not own and not require("couplet.xep.caps").is_ours(node, disco_self.of(bot)) then
        return nil, errors.new("item-not-found", "there is no such node")
    end
    for _, item in ipairs(own and own.items or {}) do
        query[#query + 1] = { name = "item", attr = { jid = item.jid or bot.jid, node = item.node, name = item.name } }
    end
    return query
end

--- Makes bot.disco; from then on the hashes in presence are noted.
---@param bot couplet.Bot
---@return couplet.Disco
function M.attach(bot)
    local disco = setmetatable({ bot = bot, claims = {}, claim_count = 0, announced = {}, nodes = {} }, disco_mt)
    local include = { "delayed", "own", "error" }
    bot:hook {
        event = "presence", include = include, priority = 1000000,
        call = function(event) note(disco, event) end,
    }
    return disco
end

return M

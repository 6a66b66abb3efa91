-- SPDX-License-Identifier: MIT
-- disco_self: what a bot says of itself: identity, the namespaces of the features that are on (couplet.features), software
-- information (XEP-0232), and what a script has added. The system is not told.
-- Implements: XEP-0232 partial (no icon, no system)
local core = require "couplet.core.bot"
local features = require "couplet.features"
local ns = require "couplet.ns"

local ipairs, pairs, require, setmetatable = ipairs, pairs, require, setmetatable

local M = {}

--- What is announced where the features that is_on(name) says are on; of a component: another identity.
---@param is_on fun(feature: string): boolean
---@param is_component? boolean
---@param more? string[] namespaces that a script announces
---@return couplet.DiscoInfo
function M.info(is_on, is_component, more)
    local info = {
        -- The language is stated, since a server may put one on the stanza, which identities without one would inherit.
        identities = { {
            category = is_component and "component" or "client", type = is_component and "generic" or "bot",
            name = "Couplet", lang = "en",
        } },
        features = {}, forms = {},
    }
    for _, row in ipairs(features.rows) do
        if row.announce and is_on(row.feature) then
            for _, namespace in ipairs(row.announce) do info.features[namespace] = true end
        end
    end
    for namespace in pairs(more or {}) do info.features[namespace] = true end
    if is_on "version" then info.forms[ns.software] = { software = "Couplet", software_version = core.version } end
    return info
end

--- What this bot announces now.
---@param bot couplet.Bot
---@return couplet.DiscoInfo
function M.of(bot)
    local disco = rawget(bot, "disco")
    return M.info(function(feature) return core.feature(bot, feature) end, core.is_component(bot), disco and disco.announced)
end

local payloads = setmetatable({}, { __mode = "k" }) -- bot -> { [whose it is] = XML }

-- What is not known yet is said to be so, where the feature is on (XEP-0153 4.1).
local function presence_text(info, is_on, more)
    local text = is_on "caps" and require("couplet.xep.caps").presence_text(info) or ""
    if is_on "vcard_avatar" and not more.avatar then text = text .. "<x xmlns='" .. ns.vcard_update .. "'/>" end
    for _, key in ipairs(require("couplet.xep.disco_info").sorted_keys(more)) do text = text .. more[key] end
    return text
end

--- A new presence, with what there is to tell now.
---@param bot couplet.Bot
function M.tell(bot)
    local function is_on(feature) return core.feature(bot, feature) end
    core.presence_payload(bot, presence_text(M.of(bot), is_on, payloads[bot] or {}))
end

--- An element that the presence carries from now on; nil: no more.
---@param bot couplet.Bot
---@param key string whose it is
---@param element table|nil
function M.in_presence(bot, key, element)
    payloads[bot] = payloads[bot] or {}
    payloads[bot][key] = element and require("couplet.core.stanza").write(element)
    M.tell(bot)
end

--- Called by the runtime, once for each set of features: what the presence carries; what the runtime answers to disco#info,
--- without the outer element; the two nodes that the presence names.
---@param names table<string, boolean>
---@param is_component boolean
---@return string presence, string info, string old_node, string new_node
function M.texts(names, is_component)
    local caps = require "couplet.xep.caps"
    local function is_on(feature) return names[feature] end
    local info = M.info(is_on, is_component)
    local text = require("couplet.core.stanza").write(require("couplet.xep.disco_info").element(info))
    return presence_text(info, is_on, {}), text:match "^<query [^>]*>(.*)</query>$", caps.nodes_of(info)
end

return M

-- SPDX-License-Identifier: MIT
-- disco_self: what a bot says of itself: identity, the namespaces of the features that are on (couplet.features), software
-- information (XEP-0232), and what a script has added. The system is not told.
local core = require "couplet.core.bot"
local features = require "couplet.features"
local ns = require "couplet.ns"

local ipairs, pairs = ipairs, pairs

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

--- Called by the runtime before any bot connects: the text for the presence of bots with these features.
---@param names table<string, boolean>
---@return string
function M.presence_text(names)
    return require("couplet.xep.caps").presence_text(M.info(function(feature) return names[feature] end))
end

return M

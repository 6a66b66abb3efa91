-- SPDX-License-Identifier: MIT
-- subscriptions: who may see the bot's presence (RFC 6121 3.1), as `subscriptions:` of the bot says. Without it nobody is
-- approved but by the bot's own hooks, which win in any case; then this module is not even loaded. Whoever is not accepted gets no
-- answer: the request waits at our server until a person, or a hook, decides. At most BURST are approved in WINDOW seconds.
local core = require "couplet.core.bot"
local gate = require "couplet.gate"
local has = require("couplet.roster_news").has
local jid = require "couplet.jid"
local st = require "couplet.stanza"

local ipairs, setmetatable, type = ipairs, setmetatable, type

local M = {}

local BURST, WINDOW = 30, 600

local approved = setmetatable({}, { __mode = "k" }) -- bot -> times, oldest first; .told

local function is_too_many(bot)
    local now, recent = core.now(), {}
    local old = approved[bot] or {}
    for _, time in ipairs(old) do
        if now - time < WINDOW then recent[#recent + 1] = time end
    end
    approved[bot] = recent
    if #recent < BURST then
        recent[#recent + 1] = now
        return false
    end
    recent.told = true
    if not old.told then
        bot.log:warn("more than %d subscriptions in %d minutes: for a while requests are left unanswered", BURST, WINDOW // 60)
    end
    return true
end

local function is_accepted(event)
    local policy = event.bot.config.subscriptions
    local accept = type(policy) == "table" and policy.accept or "none"
    if accept == "all" or accept == "none" then return accept == "all", policy end
    return gate.may(event.bot, accept, event), policy
end

--- Somebody asks to see our presence.
---@param event couplet.Event
---@return true|nil handled
function M.on_request(event)
    local bot, from = event.bot, event.from
    if not from or event.room or jid.bare(from) == jid.bare(bot.jid) then return nil end
    local accepted, policy = is_accepted(event)
    if not accepted or is_too_many(bot) then return nil end
    local who = jid.bare(from)
    bot.log:info("%s may see our presence now", who)
    bot:send(st.presence { to = who, type = "subscribed" })
    local item = bot.roster[who]
    if policy.mutual and not has(item, "to") and not (item and item.ask) then bot:send(st.presence { to = who, type = "subscribe" }) end
    return true
end

return M

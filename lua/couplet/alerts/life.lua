-- SPDX-License-Identifier: MIT
-- life: what alerts need of their bot beside the webhook: at the start of the process what is due is made again from what is on
-- disk; hooks for reflections, reactions and commands are there while a policy needs them.
local core = require "couplet.core.bot"
local keys = require("couplet.store").keys

local ipairs, require, setmetatable, type = ipairs, require, setmetatable, type

local M = {}

local function is_kept(key, kind) return type(key) == "string" and key:sub(1, 9) == "alerts/" .. kind .. "/" end

-- Timers

local function make_timers(st)
    local groups, notices, scopes = {}, {}, {}
    for key in keys(st.store) do
        if is_kept(key, "g") then groups[#groups + 1] = key end
        if is_kept(key, "n") then notices[#notices + 1] = key end
        if is_kept(key, "p") then scopes[#scopes + 1] = key:sub(10) end
    end
    for _, key in ipairs(groups) do require("couplet.alerts.group").arm(st, key) end
    for _, key in ipairs(notices) do
        local notice = st:get(key)
        if notice.kind == "storm" then require("couplet.alerts.storm").arm(st, key) end
        require("couplet.alerts.escalate").set_timer(st, key)
    end
    return scopes
end

-- Hooks

local function hook_once(st, name, spec)
    if st.hooks[name] then return end
    st.hooks[name] = st.bot:hook(spec)
end

--- What this policy needs to hear.
---@param st couplet.alerts.State
---@param policy couplet.alerts.Policy
function M.listen(st, policy)
    if not policy.keeps then return end
    local ns = require "couplet.ns"
    if policy.ack or policy.alertmanager or policy.resolve ~= "new" then
        hook_once(st, "reflections", {
            event = "message", type = "groupchat", xmlns = ns.stanza_id, child = "stanza-id", include = { "own", "correction" },
            call = function(event) return event.own and require("couplet.alerts.notice").on_reflection(st, event) or nil end,
        })
    end
    if policy.ack or policy.alertmanager then require("couplet.alerts.commands").listen(st, hook_once, policy) end
end

--- Called once a bot, when its state is there.
---@param st couplet.alerts.State
function M.begin(st)
    for _, scope in ipairs(make_timers(st)) do
        local policy = st:policy(scope)
        if policy then M.listen(st, policy) end
    end
end

-- What people may say is there before the first alert: !help tells of it.

local coming = setmetatable({}, { __mode = "k" }) -- bot -> policies of its hooks that have commands

--- A hook of the bot is configured.
---@param bot couplet.Bot
---@param policy couplet.alerts.Policy
function M.will_come(bot, policy)
    if not (policy.ack or policy.alertmanager) then return end
    local list = coming[bot] or {}
    coming[bot], list[#list + 1] = list, policy
end

--- The policies that will_come was told of.
---@param bot couplet.Bot
---@return couplet.alerts.Policy[]
function M.configured(bot) return coming[bot] or {} end

--- The library's watcher at the start of a bot that has webhooks.
---@param event couplet.Event
function M.on_start(event)
    if not core.durable(event.bot) then return end
    for _, policy in ipairs(M.configured(event.bot)) do M.listen(require("couplet.alerts.state").of(event.bot), policy) end
    for key in keys(event.bot.store) do
        if type(key) == "string" and key:find("alerts/", 1, true) == 1 then
            require("couplet.alerts.state").of(event.bot)
            return
        end
    end
end

return M

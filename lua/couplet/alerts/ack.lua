-- SPDX-License-Identifier: MIT
-- ack: somebody takes an alert on: by a reaction (XEP-0444) to its message, or by !ack. The message is corrected to say who, in
-- each place, and what was to be escalated is not.
--
-- Who may: whom the alert was sent to one to one, and whom `ack: { allow: … }` names, by the rules of commands (couplet.gate):
-- where it says nothing, the bot's admins, and members of a room that the configuration names. A nick proves nothing.
local core = require "couplet.core.bot"
local gate = require "couplet.gate"
local jid = require "couplet.jid"
local notice = require "couplet.alerts.notice"
local options = require "couplet.alerts.options"

local ipairs, tostring = ipairs, tostring

local M = {}

local YES = { ["👍"] = true, ["✅"] = true, ["👀"] = true, ["✔"] = true, ["👌"] = true }

--- Is it one of those that acknowledge? In any colour of skin.
---@param emoji string
function M.is_yes(emoji) return YES[(emoji:gsub("\u{FE0F}", ""):gsub("\u{1F3FB}", ""):gsub("\u{1F3FC}", ""):gsub("\u{1F3FD}", "")
    :gsub("\u{1F3FE}", ""):gsub("\u{1F3FF}", ""))] == true end

--- Did this notice go to where the event comes from?
---@param record table
---@param event couplet.Event
function M.is_here(record, event)
    local who = event.who
    local here = event.room or (who and who.proven and who.jid)
    for _, place in ipairs(record.to) do
        if place.jid == here then return true end
    end
    return false
end

--- May whoever caused the event speak for this notice?
---@param record table
---@param policy couplet.alerts.Policy
---@param event couplet.Event
function M.may(record, policy, event)
    if not event.room and M.is_here(record, event) then return true end
    return gate.may(event.bot, policy.ack and policy.ack.allow or options.ALLOW, event)
end

--- How people are named in a message.
function M.name_of(event)
    local who = event.who or {}
    return notice.shown(event.room and (who.nick or event.nick) or jid.node(who.jid or "") or who.jid or "?")
end

--- Somebody acknowledges a notice. -> true | nil, err
---@param st couplet.alerts.State
---@param key string
---@param event couplet.Event
function M.take(st, key, event)
    local record = st:get(key)
    local policy = record and st:policy(record.scope)
    if not policy then return nil, "forgotten" end
    local change <close> = st:change()
    record.by, record.by_at = M.name_of(event), core.now()
    change:put(key, record)
    notice.correct(change, key, record, policy, ("👀 Acknowledged by %s."):format(record.by))
    change:after(function() st:at(key .. "/escalate") end)
    return change:commit()
end

--- A message with reactions.
---@param st couplet.alerts.State
---@param event couplet.Event
function M.on_reaction(st, event)
    local reactions = event.reactions
    if event.own or event.delayed or event.archive or event.type == "error" then return nil end
    local key = reactions and st.ids[reactions.id]
    local record = key and st:get(key)
    local policy = record and st:policy(record.scope)
    if not policy or not policy.ack or record.by or not M.is_here(record, event) then return nil end
    local is_yes = false
    for _, emoji in ipairs(reactions) do is_yes = is_yes or M.is_yes(emoji) end
    if not is_yes then return nil end
    if not M.may(record, policy, event) then
        st.bot.log:info("%s may not acknowledge alerts in %s", tostring(event.from), tostring(event.room))
        return nil
    end
    local done, err = M.take(st, key, event)
    if not done then st.bot.log:error("an acknowledgement is not kept: %s", tostring(err)) end
    return nil
end

return M

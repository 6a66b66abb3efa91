-- SPDX-License-Identifier: MIT
-- notice: a message of ours about alerts, in each place that it goes to, and how it changes: corrected (XEP-0308) while that
-- can be, else answered to (XEP-0461), else told anew. Ids come from the alerts, so that what is said again after a crash
-- is known to the outbox, and to whoever has it already.
--
--   a notice is kept as { scope, kind, number, at, to = { { jid, id, nick, sids }, … }, rev, by, by_at, step, silence }
local core = require "couplet.core.bot"
local datetime = require "couplet.datetime"
local record = require "couplet.alerts.record"
local stored_keys = require("couplet.store").keys

local ipairs, math, pairs, require, table, tonumber, tostring, type = ipairs, math, pairs, require, table, tonumber, tostring, type

local M = {}

local LONGEST = 8000 -- bytes; a message is never cut in two
local SIDS_MOST = 4

-- Texts

local function bounded(bot, text)
    local longest = core.durable(bot) or LONGEST
    if longest == 0 or longest > LONGEST then longest = LONGEST end
    if #text <= longest then return text end
    return require("couplet.long").cut(text, longest - 4) .. "\n…"
end

--- What comes from outside, on one line, short.
---@param text string
function M.shown(text) return require("couplet.clean").line(text, 80) end

local function footer(notice)
    local lines = {}
    if notice.by then
        lines[#lines + 1] = ("👀 %s, %s UTC"):format(notice.by, datetime.time(notice.by_at):sub(1, 5))
    end
    if notice.silence and notice.silence["until"] > core.now() then
        lines[#lines + 1] = ("🔕 silenced until %s UTC"):format(datetime.datetime(notice.silence["until"]):sub(1, 16):gsub("T", " "))
    end
    return lines
end

-- A template that fails loses no alert.
local function render(bot, alerts, with)
    local texts = require "couplet.alerts.text"
    local text, how = texts.render(alerts, with)
    if not text then
        bot.log:error("alerts are said without their template: %s", tostring(how))
        text, how = texts.render(alerts)
    end
    return text, texts.options(how)
end

--- What is said of these alerts. -> text, options of the message
---@param bot couplet.Bot
---@param policy couplet.alerts.Policy
---@param alerts table[]
---@param notice? table
---@param head? string a line before
function M.text(bot, policy, alerts, notice, head)
    local text, options = render(bot, alerts, policy.with)
    local lines = notice and footer(notice) or {}
    if head then text = head .. "\n" .. text end
    if head or #lines > 0 then options.xhtml = nil end -- it is the text, and nothing more
    if #lines > 0 then text = bounded(bot, text) .. "\n" .. table.concat(lines, "\n") end
    return bounded(bot, text), options
end

--- The alerts of entries, as they are now.
function M.alerts_of(entries)
    local alerts = { more = entries.more }
    for i, entry in ipairs(entries) do alerts[i] = entry.whole or entry.a end
    return alerts
end

--- The whole text of a notice as it is now. -> text, options of the message
---@param st couplet.alerts.State
function M.whole(st, key, notice, policy)
    local entries = st:alerts(key)
    if notice.kind == "storm" then return bounded(st.bot, require("couplet.alerts.storm").text(notice, entries, footer(notice))), { styled = false } end
    return M.text(st.bot, policy, M.alerts_of(entries), notice, notice.head)
end

-- Saying

local function nick_in(bot, to)
    local room = bot.rooms[to]
    return room and room.nick or nil
end

--- A notice to one more place, with this change.
---@param change couplet.alerts.Change
---@param notice table
---@param to string
function M.say_to(change, notice, to, id, text, message)
    local bot = change.st.bot
    notice.to[#notice.to + 1] = { jid = to, id = id, nick = nick_in(bot, to) }
    message.id = id
    change:say(to, text, message)
end

local function copy(map)
    local all = {}
    for name, value in pairs(map) do all[name] = value end
    return all
end

-- What makes the notice this one and no other: its alerts, and the how-manieth time it is.
local function identity(entries)
    local parts = {}
    for i, entry in ipairs(entries) do parts[i] = entry.key .. " " .. entry.turn .. " " .. (entry.a.starts_at or "") .. " " .. entry.a.status end
    table.sort(parts)
    return table.concat(parts, "\n")
end

-- Behind all that are kept, also those that have no alerts any more: their keys are taken.
local function next_number(st)
    local most = 0
    for key in stored_keys(st.store) do
        local number = type(key) == "string" and key:match "^alerts/n/.*/(%d+)$"
        most = math.max(most, number and tonumber(number) or 0)
    end
    return most + 1
end

--- A new notice about these entries, which are put into it. -> its key, the notice
---@param change couplet.alerts.Change
---@param scope string
---@param policy couplet.alerts.Policy
---@param entries table[] each with its key
---@param more? table kind, head, by, by_at, total, last, every of the notice; `text`: in place of the alerts' own
function M.new(change, scope, policy, entries, more)
    more = more or {}
    local st, now = change.st, core.now()
    st.last_number = (st.last_number or next_number(st) - 1) + 1
    local who = identity(entries)
    local key = ("alerts/n/%s/%012d"):format(scope, st.last_number) -- beside the last one on disk
    local notice = {
        scope = scope, kind = more.kind or "alerts", number = st.last_number, at = now, rev = 0, to = {}, step = 0, by = more.by,
        by_at = more.by_at, head = more.head, total = more.total, last = more.last, every = more.every,
    }
    local text, message
    if more.text then
        text, message = more.text, {}
    else
        text, message = M.text(st.bot, policy, M.alerts_of(entries), notice, more.head)
    end
    for _, to in ipairs(policy.to) do M.say_to(change, notice, to, record.name(to, who), text, copy(message)) end
    M.hold(change, key, entries, now)
    change:put(key, notice)
    require("couplet.alerts.escalate").arm(change, key, notice, policy)
    return key, notice
end

--- Puts entries into a notice.
function M.hold(change, holder, entries, now)
    for _, entry in ipairs(entries) do
        entry.n, entry.said = holder, now
        change:put(entry.key, { n = entry.n, i = entry.i, a = entry.a, seen = entry.seen, said = entry.said, count = entry.count, turn = entry.turn })
    end
end

-- Changing what was said

-- Is it ours to correct still? In a room it must be the same nick (XEP-0308 5).
local function can_correct(bot, policy, notice, place)
    return core.now() - notice.at <= policy.correct_for and nick_in(bot, place.jid) == place.nick
end

local function reply_target(bot, place)
    if bot.rooms[place.jid] then
        if not place.sids then return nil end -- a room that gives no ids
        return { id = place.sids[1], to = place.jid .. "/" .. (place.nick or "") }
    end
    return { id = place.id, to = bot.jid }
end

--- An answer to a notice in one place.
function M.reply_to(change, place, text, message, id)
    message.id, message.reply_to = id, reply_target(change.st.bot, place)
    change:say(place.jid, text, message)
end

--- The notice as it is now, in place of what was said, everywhere; where that cannot be, what is new in an answer to it: alerts,
--- a text, or nil: all of it.
---@param change couplet.alerts.Change
---@param key string
---@param notice table
---@param policy couplet.alerts.Policy
---@param news? table[]|string
function M.correct(change, key, notice, policy, news)
    local bot = change.st.bot
    local text, message = M.whole(change.st, key, notice, policy)
    notice.rev = notice.rev + 1
    for _, place in ipairs(notice.to) do
        local id = record.name(place.id, notice.rev)
        if can_correct(bot, policy, notice, place) then
            local one = copy(message)
            one.id, one.replaces = id, place.id
            change:say(place.jid, text, one)
        elseif type(news) == "table" then
            local other, options = M.text(bot, policy, news)
            M.reply_to(change, place, other, options, id)
        else
            M.reply_to(change, place, news or text, news and { styled = false } or copy(message), id)
        end
    end
    change:put(key, notice)
end

--- Tells what is new of a notice as the policy wants it.
---@param news table[] alerts
function M.tell(change, key, notice, policy, news)
    if policy.resolve == "correct" then return M.correct(change, key, notice, policy, news) end
    local text, options = M.text(change.st.bot, policy, news)
    notice.rev = notice.rev + 1
    for _, place in ipairs(notice.to) do
        local id = record.name(place.id, notice.rev)
        if policy.resolve == "reply" then
            M.reply_to(change, place, text, copy(options), id)
        else
            local one = copy(options)
            one.id = id
            change:say(place.jid, text, one)
        end
    end
    change:put(key, notice)
end

-- Ids that rooms give

--- A room shows us what we said: the id that it gave is what people answer and react to.
---@param st couplet.alerts.State
---@param event couplet.Event
function M.on_reflection(st, event)
    local id = event.origin_id or event.id
    local sid = event.stanza_id
    local key = id and sid and (st.ids[id] or st.ids[event.replaces or ""])
    local notice = key and st:get(key)
    if not notice or st.ids[sid] == key then return nil end
    for _, place in ipairs(notice.to) do
        if place.jid == event.room and (place.id == id or place.id == event.replaces) then
            place.sids = place.sids or {}
            if #place.sids >= SIDS_MOST then table.remove(place.sids, 2) end
            table.insert(place.sids, place.id == id and 1 or #place.sids + 1, sid)
            st:put(key, notice)
        end
    end
    return nil
end

return M

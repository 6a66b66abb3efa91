-- SPDX-License-Identifier: MIT
-- stand_in: a bot without a runtime, for specs of the library's Lua: couplet.bot on functions that keep what they are given.
--
--   local bot = stand_in.bot { jid = "bot@example.org/here" }       bot.sent[1]       bot.emitted[1].name
--   local event = stand_in.event(bot, { name = "message", attr = …, { name = "body", "hello" } })
--   bot.answers = function(iq) return reply | nil, err end          what bot:iq comes back with
local M = {}

local facts = {} -- bot → what the runtime would keep of it

local function keep(bot, stanza)
    local st = require "couplet.stanza"
    local kept = st.is_stanza(stanza) and stanza or st.deserialize(stanza)
    assert(tostring(kept)) -- it can be written
    bot.sent[#bot.sent + 1] = kept
    kept.attr.id = kept.attr.id or "id-" .. #bot.sent
    return kept.attr.id
end

local core = {
    send = keep,
    durable = function(bot) return facts[bot].disk and 10000 or nil end,
    say = function(bot, to, text)
        return keep(bot, { name = "message", attr = { to = to, type = "chat" }, { name = "body", text } })
    end,
    iq = function(bot, stanza)
        keep(bot, stanza)
        return bot.answers(bot.sent[#bot.sent])
    end,
    after = function(bot, seconds, f)
        local timer = { due = M.time + seconds, f = f }
        bot.timers[#bot.timers + 1] = timer
        return { stop = function() timer.stopped = true end }
    end,
    store_load = function(bot)
        local disk = facts[bot].disk
        if not disk then return nil end
        local rows = {}
        for key, value in pairs(disk) do
            if value[2] == 0 or value[2] > M.time then table.move({ key, value[1], value[2] }, 1, 3, #rows + 1, rows) end
        end
        return rows
    end,
    store_touch = function() end,
    store_put = function(bot, key, value, expires) facts[bot].disk[key] = value and { value, expires } or nil end,
    hook = function(bot, spec)
        bot.hooked[#bot.hooked + 1] = spec
        return { remove = function() spec.removed = true end }
    end,
    log = function(bot, level, text) bot.logged[#bot.logged + 1] = level .. ": " .. text end,
    config = function(bot) return facts[bot].config end,
    emit = function(bot, name, fields)
        bot.emitted[#bot.emitted + 1] = { name = name, fields = fields }
        return 1
    end,
    remember = function(bot, key, ...)
        if select("#", ...) == 0 then return facts[bot].remembered[key] end
        facts[bot].remembered[key] = ...
        return true
    end,
    now = function() return M.time end,
    feature = function(bot, name, on)
        if on ~= nil then facts[bot].features[name] = on end
        return facts[bot].features[name] ~= false
    end,
    dispatch = function(bot, stanza, options)
        bot.dispatched[#bot.dispatched + 1] = { stanza = stanza, options = options }
        return 1
    end,
    can_wait = function() return true end,
    wait = function(bot, name, seconds)
        if bot.on_wait then return bot.on_wait(name, seconds) end
        M.time = M.time + seconds
    end,
    wake = function() return 0 end,
    room_options = function(bot) return facts[bot].room_options end,
    sleep = function(_, seconds) M.time = M.time + seconds end,
    hash = function(_, bytes) return bytes end,
    presence_payload = function(bot, text) rawset(bot, "payload", text) end,
    is_component = function() return false end,
    version = "0.0.0",
}

local event_core = {
    extension = require("couplet.core.event").extension,
    lang = function() return M.stream_lang end,
    reply = function(event, text)
        return keep(event.bot, { name = "message", attr = { to = event.from, type = event.type }, { name = "body", text } })
    end,
}

M.time = 1000

-- In place of the runtime's, for what is loaded from now on; busted undoes it at the end of the spec's file.
for name in pairs(package.loaded) do
    if name == "couplet.bot" or name == "couplet.event" or name == "couplet.message" or name == "couplet.store" or name == "couplet.outbox"
        or name:find "^couplet%.xep%." or name:find "^couplet%.alerts" then package.loaded[name] = nil end
end
package.loaded["couplet.core.bot"] = core
package.loaded["couplet.core.event"] = event_core

---@param options? { jid: string|nil, config: table|nil, roster: table|nil, disk: table|nil } disk: what bot.store is written to
function M.bot(options)
    options = options or {}
    local bot = require("couplet.bot").new()
    facts[bot] = {
        config = options.config or {}, remembered = {}, features = {}, room_options = options.room_options or {},
        disk = options.disk,
    }
    for key, value in pairs {
        name = "stand-in", jid = options.jid or "bot@example.org/here", roster = options.roster or {}, rooms = options.rooms or {},
        sent = {}, emitted = {}, timers = {}, hooked = {}, logged = {}, dispatched = {},
        answers = function() return nil, { condition = "service-unavailable" } end,
    } do rawset(bot, key, value) end
    return bot
end

--- Time goes by: what is due runs, in its order.
function M.advance(bot, seconds)
    local stop = M.time + seconds
    while true do
        local first
        for _, timer in ipairs(bot.timers) do
            if not timer.stopped and timer.due <= stop and (not first or timer.due < first.due) then first = timer end
        end
        if not first then break end
        first.stopped, M.time = true, math.max(M.time, first.due)
        first.f { bot = bot, kind = "timer" }
    end
    M.time = stop
end

--- What bot.store has is written, as at the end of a handler.
function M.settle(bot)
    if rawget(bot, "store") then require("couplet.store").flush(bot) end
end

--- The event of a stanza (a literal), with the fields that the runtime sets; `more` adds to them.
function M.event(bot, literal, more)
    local stanza = require("couplet.stanza").deserialize(literal)
    local attr = stanza.attr
    local event = {
        bot = bot, kind = stanza.name, stanza = stanza, from = attr.from, to = attr.to, id = attr.id, type = attr.type or "normal",
        body = stanza:get_child_text "body",
    }
    for key, value in pairs(more or {}) do event[key] = value end
    return setmetatable(event, require("couplet.event").event_mt)
end

--- The same message damaged in every way that a handler has to live with: each is given to `try`.
function M.damaged(bot, literal, more, try)
    local payload
    for i, child in ipairs(literal) do
        if type(child) == "table" and child.name ~= "body" then payload = i end
    end
    local function variant(change)
        local copy = require("couplet.stanza").preserialize(require("couplet.stanza").deserialize(literal))
        change(copy, copy[payload])
        try(M.event(bot, copy, more))
    end
    variant(function(copy) table.remove(copy, payload) end) -- missing
    variant(function(copy, child) copy[#copy + 1] = child end) -- doubled
    variant(function(_, child) child.attr.xmlns = "urn:example:other" end)
    variant(function(_, child)
        local xmlns = child.attr.xmlns
        for key in pairs(child.attr) do child.attr[key] = nil end
        child.attr.xmlns = xmlns
        for i = #child, 1, -1 do child[i] = nil end
    end) -- truncated
    variant(function(_, child)
        for key in pairs(child.attr) do
            if key ~= "xmlns" then child.attr[key] = ("x"):rep(65536) end
        end
        for _ = 1, 1000 do child[#child + 1] = { name = child.name, attr = { xmlns = child.attr.xmlns }, "x" } end
    end) -- huge
    variant(function(copy) copy.attr.from = nil end)
    variant(function(copy) copy.attr.from = "mallory@example.com/x" end)
    variant(function(copy) copy.attr.id = nil end)
    variant(function(copy)
        for i = #copy, 1, -1 do copy[i] = nil end
    end)
end

return M

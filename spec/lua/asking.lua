-- SPDX-License-Identifier: MIT
-- asking: a bot whose requests are answered by a list of texts, for specs of what asks others.
--
--   local bot = asking.bot { "<iq type='result'>…</iq>", … }     the next request gets the next of them
--   asking.sent(bot)                                             the last request, as text
--   for _, xml in ipairs(asking.damaged(xml)) do … end           the same answer, damaged in every way
--
-- An answer of type error is what the runtime makes of it: nil and the error.
local scene = require "spec.lua.muc_scene"
local stand_in = require "spec.lua.stand_in"

local M = { parse = scene.parse }

local function answer_of(xml)
    local st = require "couplet.stanza"
    local stanza = st.clone(scene.parse(xml))
    if stanza.attr.type == "error" then return nil, require("couplet.errors").from_stanza(stanza) end
    return stanza
end

---@param answers string[]
---@param options? table
function M.bot(answers, options)
    local bot, at = stand_in.bot(options), 0
    bot.answers = function()
        at = at + 1
        return answer_of(answers[at] or "<iq type='error'><error type='cancel'><service-unavailable"
            .. " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
    end
    return bot
end

---@param condition string
function M.failure(condition)
    return ("<iq type='error'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"):format(condition)
end

--- The last request (or an earlier one), without its id.
function M.sent(bot, at)
    local stanza = require("couplet.stanza").clone(bot.sent[at or #bot.sent])
    stanza.attr.id = nil
    return tostring(stanza)
end

--- Truncated at each element, with other namespaces, without attributes, with endless ones, doubled.
---@param xml string
---@return string[]
function M.damaged(xml)
    local st, list = require "couplet.stanza", {}
    local function variant(change)
        local copy = st.clone(scene.parse(xml))
        change(copy)
        list[#list + 1] = copy
    end
    local function each(element, f)
        for i = #element, 1, -1 do
            if type(element[i]) == "table" then
                f(element, i)
                each(element[i] or {}, f)
            end
        end
    end
    local count = 0
    each(scene.parse(xml), function() count = count + 1 end)
    for which = 1, count do
        local function at(change)
            variant(function(copy)
                local n = 0
                each(copy, function(parent, i)
                    n = n + 1
                    if n == which then change(parent, i) end
                end)
            end)
        end
        at(function(parent, i) table.remove(parent, i) end)
        at(function(parent, i) parent[i].attr.xmlns = "urn:example:other" end)
        at(function(parent, i) parent[i].attr = { xmlns = parent[i].attr.xmlns } end)
        at(function(parent, i)
            for key in pairs(parent[i].attr) do
                if key ~= "xmlns" then parent[i].attr[key] = ("9"):rep(70000) end
            end
        end)
        at(function(parent, i) table.insert(parent, i, st.clone(parent[i])) end)
        at(function(parent, i)
            for j = #parent[i], 1, -1 do parent[i][j] = nil end
        end)
        at(function(parent, i) parent[i][#parent[i] + 1] = "\u{FFFD} stray" end)
    end
    return list
end

--- Gives each damaged answer to `try(bot)`; none may raise.
---@param xml string
---@param options table|nil
---@param try fun(bot: table)
---@param before? string[] answers that come first
function M.try_damaged(xml, options, try, before)
    for _, damaged in ipairs(M.damaged(xml)) do
        local bot, at = stand_in.bot(options), 0
        bot.answers = function()
            at = at + 1
            if before and before[at] then return answer_of(before[at]) end
            return require("couplet.stanza").clone(damaged)
        end
        local ok, err = pcall(try, bot)
        if not ok then error(("%s\nfor %s"):format(err, tostring(damaged):sub(1, 2000)), 0) end
    end
end

return M

-- SPDX-License-Identifier: MIT
-- correction: a message in place of an earlier one (XEP-0308): event.replaces of one that comes, the option `replaces` and
-- event:edit(text) for our own. Corrections reach no hook that does not include them, and never a command; whose
-- message it was is for the script to compare: the same event.from, in a room the same event.who.occupant_id (3).
-- Implements: XEP-0308 1.2.1
local ns = require "couplet.ns"

local error, type = error, type

local M = {}

--- event.replaces: the id of the sender's message that this one stands for; nil when there is none, or it is its own.
function M.read(event)
    local replace = event.stanza and event.stanza:get_child("replace", ns.correct)
    local id = replace and replace.attr.id
    if id == "" or id == event.id then return nil end
    return id
end

---@param stanza table
---@param id string
function M.add(stanza, id)
    if type(id) ~= "string" or id == "" then error("replaces: the id of the message is expected", 5) end
    stanza:text_tag("replace", nil, { xmlns = ns.correct, id = id })
end

--- event:edit(text, options) -> id | nil, err: in place of our last answer to this event; the first one is an answer.
---@param event couplet.Event
---@param text string
---@param options? couplet.MessageOptions
function M.edit(event, text, options)
    local id = event.answer_id
    if not id then return event:reply(text, options) end
    local all = {}
    for name, value in pairs(options or {}) do all[name] = value end
    all.replaces = id -- always the first (3)
    if event.whispered_id == id then return require("couplet.xep.whisper").whisper(event, text, all) end
    local sent, err = require("couplet.message").reply(event, text, all)
    return sent, err
end

return M

-- SPDX-License-Identifier: MIT
-- event: what a handler is given. The runtime sets bot, kind, stanza, from, to, type, id, body, room, nick, captures,
-- with, delayed and own; what fewer handlers read is found here when it is asked for:
--
--   subject, thread, lang   of the stanza
--   args                    the body behind the first word, or nil; of a command see couplet.command
--   said                    of the body what is said to the bot: all of it one to one, behind "nick: " or the prefix in a
--                           room; nil: it is not said to the bot
--   who                     what can be proven of the sender (couplet.who); a nick proves nothing
--   stanza_id, origin_id    ids that last (XEP-0359); stanza_id only where who gave it may give one
--   replaces, reply_to      the message that this one corrects, or answers: an id; { id =, to = }
--   reactions, state        { id =, "👍", … }; "composing" …
--   text                    the body without what stands in for an extension, such as the citation of a reply
--   mentions, oob           { { uri =, first =, last =, jid = }, … }; { url =, text = }
--   carbon, stamp           another client's message (feature `carbons`); seconds: when it was said, if it was late
--
-- event:reply(text) answers in kind, as returning the text would, and may be called more than once.
local core = require "couplet.core.event"

local rawset, require = rawset, require

local M = {}

---@class couplet.Event
---@field bot couplet.Bot
---@field kind string
---@field stanza table|nil
---@field from string|nil
---@field to string|nil
---@field type string|nil
---@field id string|nil
---@field body string|nil
---@field subject string|nil
---@field thread string|nil
---@field lang string|nil
---@field room string|nil
---@field nick string|nil
---@field said string|nil
---@field command string|nil
---@field args any
---@field who couplet.Who|nil
---@field captures (string|integer)[]|nil
---@field with any
---@field delayed boolean|nil
---@field own boolean|nil
---@field path string|nil of a webhook, as are the others
---@field method string|nil
---@field query table<string, string>|nil
---@field headers table<string, string>|nil
---@field source string|nil
local methods = {}

--- Answers in kind; with options (couplet.message), or in several messages when the text is long. -> id of the first | nil, err
---@param text string
---@param options? couplet.MessageOptions
function methods:reply(text, options)
    local id, err
    if options then
        id, err = require("couplet.message").reply(self, text, options)
    else
        id, err = core.reply(self, text)
    end
    if id then rawset(self, "answer_id", id) end -- for event:edit
    return id, err
end

local function child_text(name)
    return function(event)
        return event.stanza and event.stanza:get_child_text(name) or nil
    end
end

local derived = {
    subject = child_text "subject",
    thread = child_text "thread",
    -- What has none is in the language of the stream (RFC 6120 8.1.5).
    lang = function(event) return event.stanza and (event.stanza.attr["xml:lang"] or core.lang(event.bot)) or nil end,
    args = function(event)
        if event.kind == "command" then return nil end
        local body = event.body
        local at = body and body:match "^%s*%S+%s+()"
        return at and (body:match("^.*%S", at) or "") or nil -- from the end: a body of blanks is gone through once
    end,
    said = core.said,
    who = function(event) return require("couplet.who").of(event) end,
}

M.event_mt = { __name = "couplet.event" }

-- What extensions add (couplet.extensions): a function of the module, or what its `read(event, field)` finds.
function M.event_mt.__index(event, key)
    local method, derive = methods[key], derived[key]
    if method then return method end
    local value
    if derive then
        value = derive(event)
    else
        local module, kind = core.extension("ef", key)
        if kind == "e" then return require(module)[key] end
        value = module and require(module).read(event, key)
    end
    if value ~= nil then rawset(event, key, value) end
    return value
end

return M

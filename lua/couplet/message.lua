-- SPDX-License-Identifier: MIT
-- message: a text with everything that may go with it, as a stanza. bot:say(to, text, options) and
-- event:reply(text, options) come here when there are options:
--
--   subject, thread, lang, type, id   of the message
--   reply_to    an event, or { id =, to = }: this answers that message (XEP-0461); quote = true: and cites it
--   replaces    id of our message that this one corrects (XEP-0308)
--   receipt     true: ask for a receipt (XEP-0184); the event message.received has the id
--   markable    true: ask for markers (XEP-0333); the event message.displayed has the id
--   state       "active", "composing" … (XEP-0085)
--   hints       { "no-store", … } (XEP-0334)
--   oob         a URL that the text is about (XEP-0066); the client shows the file when the text is the URL
--   xhtml       true: the text's styling (XEP-0393) as XHTML-IM (XEP-0071) too, or elements of your own
--   styled      false: the text is to be shown as it is (XEP-0393 6)
--   mentions    { { uri =, first =, last = }, … } (XEP-0372), in characters of the text from 1
--   durable     bot:say: true is accepted only once on disk, and false is not; where `storage:` is set, it is
--   expires     seconds after which a durable message is not sent any more
--   origin_id   true: the id also as <origin-id/> (XEP-0359)
--
-- An option that is not here raises.
local core = require "couplet.core.bot"
local ids = require "couplet.id"
local st = require "couplet.stanza"

local error, pairs, require, tostring, type = error, pairs, require, tostring, type

local M = {}

-- option → the module of its extension, whose add(stanza, value, text, options) puts it in
local EXTENSIONS = {
    reply_to = "couplet.xep.replies",
    replaces = "couplet.xep.correction",
    receipt = "couplet.xep.receipts",
    markable = "couplet.xep.markers",
    state = "couplet.xep.chat_states",
    hints = "couplet.xep.hints",
    oob = "couplet.xep.oob",
    xhtml = "couplet.xep.xhtml_im",
    styled = "couplet.xep.styling",
    mentions = "couplet.xep.references",
    origin_id = "couplet.xep.stanza_id",
}
local PLAIN = { subject = true, thread = true, lang = true, type = true, id = true, from = true, quote = true, quoted = true, durable = true, expires = true }

---@class couplet.MessageOptions
---@field subject string|nil
---@field thread string|nil
---@field lang string|nil
---@field type string|nil
---@field id string|nil
---@field reply_to couplet.Event|{ id: string, to: string|nil }|nil
---@field quote boolean|nil
---@field replaces string|nil
---@field receipt boolean|nil
---@field markable boolean|nil
---@field state string|nil
---@field hints string[]|nil
---@field oob string|nil
---@field xhtml boolean|table|nil
---@field styled boolean|nil
---@field mentions table[]|nil
---@field origin_id boolean|nil

local function check(options)
    for name in pairs(options) do
        if not EXTENSIONS[name] and not PLAIN[name] then error("a message has no option '" .. tostring(name) .. "'", 4) end
    end
end

--- The message as a stanza. Misuse raises.
---@param to string
---@param text string|nil
---@param options couplet.MessageOptions
---@return table stanza
function M.build(to, text, options)
    check(options)
    if options.reply_to and options.quote then text = require("couplet.xep.replies").quote(options.reply_to, text, options) end
    local attr = { to = to, from = options.from, type = options.type, id = options.id or ids.new(), ["xml:lang"] = options.lang }
    local stanza = st.message(attr)
    if options.subject then stanza:text_tag("subject", options.subject) end
    if text then stanza:text_tag("body", text) end
    if options.thread then stanza:text_tag("thread", options.thread) end
    for name, module in pairs(EXTENSIONS) do
        local value = options[name]
        if value ~= nil and (value ~= false or name == "styled") then require(module).add(stanza, value, text, options) end
    end
    return stanza
end

--- bot:say(to, text, options) -> id | nil, err. To a room that the bot is in it is a groupchat message, else a chat one.
---@param bot couplet.Bot
---@param to string
---@param text string|nil nil: a message without text
---@param options couplet.MessageOptions
function M.say(bot, to, text, options)
    if type(options) ~= "table" then error("the options of a message are a table", 3) end
    local kind = options.type or (bot.rooms[to] and "groupchat") or "chat"
    local all = { type = kind }
    for name, value in pairs(options) do all[name] = value end
    local stanza = M.build(to, text, all)
    if options.receipt then require("couplet.xep.receipts").expect(bot, stanza) end
    return core.send(bot, stanza, options)
end

--- Where an answer to this event goes: to, type, thread, from. Like the runtime's own answers (RFC 6121 5.1).
---@param event couplet.Event
function M.where(event)
    local from = event.bot.config.component and event.to or nil -- one of many addresses was asked
    local is_message = event.stanza ~= nil and event.stanza.name == "message" -- a command is one, too
    if event.room and (not is_message or event.type == "groupchat") then
        return { to = event.room, type = "groupchat", thread = event.thread, from = from }
    end
    if not event.from then return nil end
    if is_message then
        return {
            to = event.from, type = event.type ~= "normal" and "chat" or nil, thread = event.thread, from = from, is_private = event.room ~= nil,
        }
    end
    return { to = require("couplet.jid").bare(event.from), type = "chat", from = from }
end

--- event:reply(text, options) -> id | nil, err; reply_to is this event where `options.reply_to` is true.
---@param event couplet.Event
---@param text string|nil
---@param options couplet.MessageOptions
function M.reply(event, text, options)
    local at = M.where(event)
    if not at then error("there is nobody to answer", 3) end
    local all = { type = at.type, thread = at.thread, from = at.from }
    for name, value in pairs(options) do all[name] = value end
    if all.reply_to == true then all.reply_to = event end
    local stanza = M.build(at.to, text, all)
    if at.is_private then stanza:text_tag("x", nil, { xmlns = require("couplet.ns").muc_user }) end -- XEP-0045 7.5
    return core.send(event.bot, stanza)
end

return M

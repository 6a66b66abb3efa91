-- SPDX-License-Identifier: MIT
-- mam: what was said before, from an archive (XEP-0313): our own account's, or a room's.
--
--   for message in bot.mam:query { room = "ops@conference.example.org", start = os.time() - 3600 } do … end
--
-- Asks for page after page (XEP-0059) as they are read, and waits. A result counts only while its query runs, from the archive that
-- was asked, under the query's own id; in the archive of a room only what its occupants, or the room itself, said. Anything
-- else is a forgery and is left. What reads the gap after an absence is couplet.xep.mam_catchup.
-- Implements: XEP-0313 1.1.3 partial (no preferences, no metadata)
local core = require "couplet.core.bot"
local datetime = require "couplet.datetime"
local errors = require "couplet.errors"
local ids = require "couplet.id"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local rsm = require "couplet.rsm"
local st = require "couplet.stanza"

local error, math, pairs, setmetatable, tostring, type = error, math, pairs, setmetatable, tostring, type

local M = {}

local PAGE, ID_MOST = 50, 256

---@class couplet.ArchiveMessage
---@field id string the archive's
---@field stamp number|nil seconds since 1970
---@field stanza table the message
---@field from string|nil
---@field to string|nil
---@field type string
---@field nick string|nil in a room
---@field body string|nil

local running = setmetatable({}, { __mode = "k" }) -- bot -> { [queryid] = query }

local function stamp_of(forwarded)
    local delay = forwarded:get_child("delay", ns.delay)
    return delay and delay.attr.stamp and datetime.parse(delay.attr.stamp) or nil
end

local function is_of_room(query, from) return query.room == nil or from ~= nil and jid.bare(from) == query.room end

local function read(result, query)
    local id, forwarded = result.attr.id, result:get_child("forwarded", ns.forward)
    local message = forwarded and forwarded:get_child("message", ns.client)
    if not message or not id or id == "" or #id > ID_MOST or id:find "%c" then return nil end
    local from = message.attr.from
    if not is_of_room(query, from) then return nil end
    return {
        id = id,
        stamp = stamp_of(forwarded),
        stanza = message,
        from = from,
        to = message.attr.to,
        type = message.attr.type or "normal",
        nick = query.room and jid.resource(from) or nil,
        body = message:get_child_text "body",
    }
end

-- No address at all is our own server's.
local function is_asked(query, from) return from == query.archive or from == nil and not query.room end

--- A message that holds a result, or says so.
---@param event couplet.Event
function M.on_result(event)
    local queries = running[event.bot]
    local result = queries and event.stanza:get_child("result", ns.mam)
    local query = result and queries[result.attr.queryid or ""]
    if not query or not is_asked(query, event.from) or #query.items >= PAGE then return end
    query.items[#query.items + 1] = read(result, query) or false
end

-- A query

local function time_of(value) return type(value) == "number" and datetime.datetime(math.floor(value)) or value end

local function add_form(query, options)
    local fields = { with = options.with, start = time_of(options.start), ["end"] = time_of(options["end"]) }
    query:tag("x", { xmlns = ns.data, type = "submit" })
    query:tag("field", { var = "FORM_TYPE", type = "hidden" }):text_tag("value", ns.mam):up()
    for name, value in pairs(fields) do query:tag("field", { var = name }):text_tag("value", value):up() end
    query:up()
end

local function fetch(bot, options, set)
    local queryid = ids.new()
    local query = { archive = options.room or jid.bare(bot.jid), room = options.room, items = {} }
    local iq = st.iq { type = "set", to = options.room }
    iq:tag("query", { xmlns = ns.mam, queryid = queryid })
    if options.with or options.start or options["end"] then add_form(iq, options) end
    iq:add_child(set):up()
    running[bot] = running[bot] or {}
    running[bot][queryid] = query
    local answer, err = bot:iq(iq)
    running[bot][queryid] = nil
    if not answer then return nil, err end
    local fin = answer:get_child("fin", ns.mam)
    if not fin then return nil, errors.new("undefined-condition", "the archive's answer makes no sense") end
    return query.items, fin
end

local function is_true(text) return text == "true" or text == "1" end

---@class couplet.Archive
local methods = {}
local archive_mt = { __name = "couplet.mam", __index = methods }

local messages_mt = { __name = "couplet.messages" }

function messages_mt.__index(messages, key) return messages.pages[key] end

function messages_mt.__call(messages)
    local item = messages.pages()
    while item == false do item = messages.pages() end -- a result that could not be read
    return item
end

local OPTIONS = {
    with = { string = true }, start = { number = true, string = true }, ["end"] = { number = true, string = true },
    before = { string = true }, after = { string = true }, max = { number = true }, room = { string = true },
}

local function check(options)
    for name, value in pairs(options) do
        local types = OPTIONS[name]
        if not types then error(("bot.mam:query: there is no option '%s'"):format(tostring(name)), 3) end
        if not types[type(value)] then error(("bot.mam:query: '%s' cannot be a %s"):format(name, type(value)), 3) end
    end
    if options.max and (math.type(options.max) ~= "integer" or options.max < 1) then error("bot.mam:query: max is a count, from 1", 3) end
    if options.before and options.after then error("bot.mam:query: before or after, not both", 3) end
end

--- The messages of an archive, oldest first; with `before` (an id; "": the end) the newest first. Waits at each page.
--- After the last one `messages.err` says whether it ended for an error.
---@param options { with: string?, start: number|string|nil, end: number|string|nil, before: string?, after: string?, max: integer?, room: string? }
---@return fun(): couplet.ArchiveMessage|nil messages to iterate over; with err, count (of all, as the archive says)
function methods:query(options)
    options = options or {}
    check(options)
    local all, complete = {}, false
    for name, value in pairs(options) do all[name] = value end
    all.room = options.room and jid.prep(options.room)
    if options.room and not all.room then error(("bot.mam:query: '%s' is no room"):format(options.room), 2) end
    local pages = rsm.pages(function(set)
        if complete then return {} end
        local items, fin = fetch(self.bot, all, set)
        complete = items ~= nil and is_true(fin.attr.complete)
        return items, fin
    end, {
        page = math.min(PAGE, options.max or PAGE), limit = options.max, after = options.after, before = options.before,
        backwards = options.before ~= nil,
    })
    return setmetatable({ pages = pages }, messages_mt)
end

--- bot.mam
---@param bot couplet.Bot
function M.attach(bot)
    core.feature(bot, "archive", true) -- from now on results are looked at
    return setmetatable({ bot = bot }, archive_mt)
end

return M

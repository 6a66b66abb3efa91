-- SPDX-License-Identifier: MIT
-- mam_catchup: what was said while the bot was away (XEP-0313), as `catch_up:` of the bot and of its rooms says:
--
--   skip     nothing but the mark moves on
--   notify   the event archive.gap: event.data = { count =, first =, last = }, event.room
--   run      each message goes to the hooks that include what is of the archive, oldest first, with event.archive and event.stamp
--
-- The mark is the archive's id of the last message seen, live or here; it is kept over restarts (core.remember) and written
-- before the message is acted on: what is run is run once at most. From the beginning of a session until its gap is read, live
-- messages move no mark: what lies between would be lost with the process. Those that came live meanwhile are not run
-- again; those that came delayed (offline, history) go only to hooks that do not include that.
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local st = require "couplet.stanza"
local stanza_id = require "couplet.xep.stanza_id"

local ipairs, math, pairs, rawget, setmetatable, tonumber = ipairs, math, pairs, rawget, setmetatable, tonumber

local M = {}

local SEEN_MOST, ID_MOST, ATTEMPTS = 2000, 256, 5
local NONE = { ["service-unavailable"] = true, ["feature-not-implemented"] = true, ["not-allowed"] = true, forbidden = true }

local states = setmetatable({}, { __mode = "k" }) -- bot -> { modes =, default =, age =, archives = }

local function state_of(bot)
    local state = states[bot]
    if state then return state end
    local options = core.room_options(bot)
    state = { modes = {}, default = options.catch_up, age = options.catch_up_age, archives = {} }
    for _, room in ipairs(options) do state.modes[room.jid] = room.catch_up end
    states[bot] = state
    return state
end

-- Of a room, or (nil) of the account; nil: nobody wants it.
local function archive_of(bot, room)
    local state = state_of(bot)
    local mode = room and state.modes[room] or state.default
    local address = room or jid.bare(bot.jid)
    if not mode or not room and not jid.node(address) then return nil end
    local archive = state.archives[address]
    if not archive then
        archive = { address = address, room = room, mode = mode, pending = true, seen = {}, seen_count = 0 }
        state.archives[address] = archive
    end
    return archive
end

-- The mark: when, and which id ("": the archive was empty)

local function set_mark(bot, archive, id, time)
    local ok, err = core.remember(bot, "archive " .. archive.address, ("%d %s"):format(math.floor(time or core.now()), id))
    if not ok and not archive.is_unkept then -- said once, until it is kept again
        bot.log:warn("how far %s is read is not kept, so it may be read again after a restart: %s", archive.address, err)
    end
    archive.is_unkept = not ok
end

local function get_mark(bot, archive)
    local time, id = (core.remember(bot, "archive " .. archive.address) or ""):match "^(%d+) (.*)$"
    return time and { time = tonumber(time), id = id } or nil
end

-- What comes live

local function note(archive, id, how)
    if how == "live" then archive.newest = id end
    local known = archive.seen[id]
    if known == "live" or not known and archive.seen_count >= SEEN_MOST then return end
    archive.seen_count = archive.seen_count + (known and 0 or 1)
    archive.seen[id] = how
end

--- A message with a <stanza-id/>.
---@param event couplet.Event
function M.on_message(event)
    local room = event.room and event.type == "groupchat" and event.room or nil
    local archive = archive_of(event.bot, room)
    local id = archive and stanza_id.given_by(event.stanza, archive.address)
    if not id or #id > ID_MOST or id:find "%c" then return end
    if archive.pending then
        note(archive, id, event.delayed and "delayed" or "live")
    else
        set_mark(event.bot, archive, id)
    end
end

-- The gap

-- Somebody else's, to us or to the room.
local function is_said(bot, archive, message)
    if message.type == "error" or not message.from then return false end
    if archive.room then return message.type == "groupchat" and message.nick ~= nil end
    local own = jid.bare(bot.jid)
    return message.type ~= "groupchat" and jid.bare(message.from) ~= own and (message.to == nil or jid.bare(message.to) == own)
end

-- With the archive's own id in it, and without what says that it is old: event.archive does.
local function as_dispatched(archive, message)
    local copy = st.clone(message.stanza)
    copy:maptags(function(tag)
        local is_id = tag.name == "stanza-id" and tag.attr.xmlns == ns.stanza_id and tag.attr.by == archive.address
        if is_id or tag.name == "delay" and tag.attr.xmlns == ns.delay then return nil end
        return tag
    end)
    return copy:text_tag("stanza-id", nil, { xmlns = ns.stanza_id, by = archive.address, id = message.id })
end

local actions = {}

function actions.run(bot, archive, message, how)
    core.dispatch(bot, as_dispatched(archive, message), {
        archive = true, had_delayed = how == "delayed", fields = { stamp = message.stamp },
    })
end

function actions.notify(_, archive, message)
    if not message.body then return end
    local gap = archive.gap or { count = 0, first = message.stamp }
    gap.count, gap.last = gap.count + 1, message.stamp or gap.last
    archive.gap = gap
end

local function query_of(archive, mark, age, by_time)
    local oldest = core.now() - age
    if by_time or mark.id == "" or mark.time < oldest then
        return { room = archive.room, start = math.max(mark.time, oldest) }
    end
    return { room = archive.room, after = mark.id }
end

-- Reads on from the mark, as long as `reading` is what reads this archive. Returns the error that ended it.
local function read_gap(bot, archive, reading, mark, by_time)
    local act = actions[archive.mode]
    local messages = bot.mam:query(query_of(archive, mark, state_of(bot).age, by_time))
    for message in messages do
        if archive.reading ~= reading then return nil end
        set_mark(bot, archive, message.id, message.stamp)
        if archive.newest == message.id then archive.newest = nil end -- nothing live is behind it yet
        local how = archive.seen[message.id]
        if message.id ~= mark.id and how ~= "live" and is_said(bot, archive, message) then act(bot, archive, message, how) end
    end
    return messages.err
end

local function move_to_end(bot, archive, reading)
    local messages = bot.mam:query { room = archive.room, before = "", max = 1 }
    local last = messages()
    if messages.err or archive.reading ~= reading then return messages.err end
    set_mark(bot, archive, last and last.id or "")
end

local function attempt(bot, archive, reading)
    local mark = get_mark(bot, archive)
    if not mark or archive.mode == "skip" then return move_to_end(bot, archive, reading) end
    local err = read_gap(bot, archive, reading, mark, false)
    -- It has forgotten the message of the mark, or never had it.
    if err and err.condition == "item-not-found" then err = read_gap(bot, archive, reading, mark, true) end
    return err
end

local function finish(bot, archive)
    bot.log:debug("caught up with %s", archive.address)
    if archive.newest then set_mark(bot, archive, archive.newest) end
    archive.pending, archive.newest, archive.seen, archive.seen_count = false, nil, {}, 0
    if not archive.gap then return end
    local data = archive.gap
    data.room, archive.gap = archive.room, nil
    core.emit(bot, "archive.gap", { data = data, room = archive.room })
end

-- An archive is read once at a time: what has begun before, and still waits for an answer or for its next attempt, is over.
local function catch_up(bot, archive)
    local reading = {}
    archive.reading = reading
    for i = 1, ATTEMPTS do
        local err = attempt(bot, archive, reading)
        if archive.reading ~= reading then return end
        if not err then return finish(bot, archive) end
        if NONE[err.condition] then
            bot.log:warn("%s has no archive that could be read: %s", archive.address, err.text or err.condition)
            return finish(bot, archive)
        end
        bot.log:warn("the archive of %s cannot be read (again in %d s): %s", archive.address, i * 30, err.text or err.condition)
        bot:sleep(i * 30)
        if archive.reading ~= reading then return end
    end
end

-- When

-- What is counted of a gap already is not counted again: the mark is behind it.
local function close(archive) archive.pending, archive.reading = true, nil end

--- The session is over. What comes in the next before on_online, which others may hold up, moves no mark.
---@param event couplet.Event
function M.on_offline(event)
    for _, archive in pairs(state_of(event.bot).archives) do close(archive) end
end

--- A new session.
---@param event couplet.Event
function M.on_online(event)
    M.on_offline(event)
    local archive = archive_of(event.bot, nil)
    if archive then catch_up(event.bot, archive) end
end

--- We are in a room, again; event.own: nobody else.
---@param event couplet.Event
function M.on_joined(event)
    local archive = event.own and rawget(event, "room") and archive_of(event.bot, event.room)
    if archive and archive.pending then catch_up(event.bot, archive) end
end

--- We are not in it any more.
---@param event couplet.Event
function M.on_left(event)
    local archive = event.own and rawget(event, "room") and archive_of(event.bot, event.room)
    if archive then close(archive) end
end

return M

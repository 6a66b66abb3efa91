-- SPDX-License-Identifier: MIT
-- muc_autojoin: `bookmarks: true` (XEP-0402 3.2, 4): the bot is where the account's bookmarks with autojoin are, and follows what other
-- clients of the account change in them, as their server tells it (+notify, the feature `bookmarks`):
--
--   new or changed, with autojoin     the room is entered, under the bookmark's nick, with its password
--   without autojoin, or taken away   the room is left
--
-- Rooms that the configuration names stay as they are, whatever bookmarks say. Where a script has joined by itself it keeps its nick
-- and password; it is left like others. Only what differs from what is known here is a change: what the bot publishes by itself comes
-- back to it. Only the account's own bare JID may tell; a room has one task at a time, and 200 bookmarks are all that is followed.
local core = require "couplet.core.bot"
local bookmarks = require "couplet.xep.muc_bookmarks"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local private = require("couplet.xep.muc_room").private
local status = require "couplet.xep.muc_status"

local math, next, pairs, setmetatable = math, next, pairs, setmetatable

local M = {}

local TEXT_MOST = 1023 -- bytes of a nick, and of a password
local LONGEST, FETCH_AGAIN = 300, 60 -- seconds: until a room that refused is tried again; until the bookmarks are

local states = setmetatable({}, { __mode = "k" }) -- bot -> { known =, wanted =, busy =, tries =, session = }

local function state_of(bot)
    states[bot] = states[bot] or { wanted = {}, busy = {}, tries = {}, session = 0 }
    return states[bot]
end

-- What a bookmark means for us, comparable; nil: there is none.
local function gist(bookmark)
    return bookmark and ("%s\0%s\0%s"):format(bookmark.autojoin, bookmark.nick or "", bookmark.password or "")
end

local function is_autojoin(known) return known ~= nil and known:find("true", 1, true) == 1 end

-- Coming and going

local function fitting(text) return text and #text <= TEXT_MOST and text ~= "" and text or nil end

local function nick_in(bot, bookmark)
    local nick = fitting(bookmark.nick)
    if nick and jid.prep(bookmark.room .. "/" .. nick) then return nick end
    return core.room_options(bot).nick
end

local want

-- As with the rooms of the configuration: tried again where time may help, as long as the bookmark is the same.
local function come_later(bot, state, bookmark, err)
    local address, session = bookmark.room, state.session
    local first, tries = status.refusal(err).again, state.tries[address] or 0
    if not first then return end
    state.tries[address] = math.min(tries + 1, 16)
    bot:after(status.pause(first, tries, LONGEST), function()
        local is_wanted = state.session == session and state.known and state.known[address] == gist(bookmark)
        if is_wanted and not bot.rooms[address] then want(bot, state, address, bookmark) end
    end)
end

local function come(bot, state, bookmark)
    local room = bot.rooms[bookmark.room]
    local own = room and private[room]
    if own and room.state ~= "left" and (own.from_config or not own.by_bookmark) then return end
    local joined, err = bot:join(bookmark.room, { nick = nick_in(bot, bookmark), password = fitting(bookmark.password) })
    if joined and private[joined] then private[joined].by_bookmark = true end
    if joined then
        state.tries[bookmark.room] = nil
        return
    end
    bot.log:warn("%s is bookmarked, but cannot be entered: %s", bookmark.room, err)
    come_later(bot, state, bookmark, err)
end

local function go(bot, address)
    local room = bot.rooms[address]
    if not room or private[room].from_config or room.state == "left" then return end
    bot.log:info("%s: left, for it is not bookmarked any more", address)
    room:leave()
end

-- One task a room, which does what is wanted last.
local function settle(bot, state, address)
    while state.wanted[address] ~= nil do
        local bookmark = state.wanted[address]
        state.wanted[address] = nil
        if bookmark then come(bot, state, bookmark) else go(bot, address) end
    end
    state.busy[address] = nil
end

function want(bot, state, address, bookmark)
    state.wanted[address] = bookmark
    if state.busy[address] then return end
    state.busy[address] = true
    bot:after(0, function() settle(bot, state, address) end)
end

-- All of them

local function index(found)
    local list = {}
    for _, pair in pairs(found) do list[pair[1].room] = pair[1] end
    return list
end

--- In a new session: what is to be entered, and what was changed meanwhile. Waits.
---@param bot couplet.Bot
function M.enter(bot)
    local state = state_of(bot)
    local before = state.known or {}
    state.session, state.tries = state.session + 1, {}
    local session = state.session
    state.known = nil -- what comes before the answer is in the answer
    local found, err = bookmarks.fetch(bot)
    if state.session ~= session then return end
    state.known = found and {} or before
    if not found then
        bot.log:warn("the bookmarks cannot be read: %s", err)
        if err.type == "wait" and err.condition ~= "recipient-unavailable" then -- without a connection the next session asks
            bot:after(FETCH_AGAIN, function() if state.session == session then M.enter(bot) end end)
        end
        return
    end
    local list = index(found)
    for address, bookmark in pairs(list) do
        state.known[address] = gist(bookmark)
        if bookmark.autojoin and (not bot.rooms[address] or before[address] and before[address] ~= gist(bookmark)) then
            want(bot, state, address, bookmark)
        end
    end
    for address, old in pairs(before) do
        if is_autojoin(old) and not is_autojoin(state.known[address]) then want(bot, state, address, false) end
    end
end

-- One of them

local function is_room_for_more(bot, known)
    local count = 0
    for _ in next, known do count = count + 1 end
    if count < bookmarks.MOST then return true end
    bot.log:warn("more than %d bookmarks: those beyond are not followed", bookmarks.MOST)
    return false
end

local function on_change(bot, address, bookmark)
    local state = state_of(bot)
    local known = state.known
    local old = known and known[address]
    if not known or gist(bookmark) == old then return end
    if bookmark and not old and not is_room_for_more(bot, known) then return end
    known[address] = gist(bookmark)
    want(bot, state, address, bookmark and bookmark.autojoin and bookmark or false)
end

local function is_ours(event) return event.node == ns.bookmarks and event.from == jid.bare(event.bot.jid) end

--- pubsub.item
---@param event couplet.Event
function M.on_item(event)
    local bookmark = is_ours(event) and event.item and bookmarks.read(event.item.id, event.item.payload)
    if bookmark then on_change(event.bot, bookmark.room, bookmark) end
end

--- pubsub.retract
---@param event couplet.Event
function M.on_retract(event)
    local node, host, resource = jid.prepped_split(is_ours(event) and event.item and event.item.id or nil)
    if node and not resource then on_change(event.bot, jid.join(node, host), nil) end
end

--- The bot changes a bookmark by itself: that is no news when it comes back. Returns what takes it back where it fails.
---@param bot couplet.Bot
---@param bookmark couplet.Bookmark|nil nil: it is taken away
---@return fun() undo
function M.expect(bot, address, bookmark)
    local known = state_of(bot).known
    if not known or bookmark and not known[address] and not is_room_for_more(bot, known) then return function() end end
    local old, new = known[address], gist(bookmark)
    known[address] = new
    return function()
        if known[address] == new then known[address] = old end
    end
end

return M

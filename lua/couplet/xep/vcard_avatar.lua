-- SPDX-License-Identifier: MIT
-- vcard_avatar: the hash of the picture in the bot's own vCard, in its presence: so do those see it who know no other avatars, and
-- all who meet the bot in rooms (XEP-0153). It is the feature `vcard_avatar`, which bot.vcard:set_photo switches on, for good.
--
--   a new session           not ready (4.1), which the text of the feature says -> the own vCard is asked for, once -> its hash, or none
--   another picture is set  its hash
--   another client of the account tells of another picture     not ready -> asks again (4.4), which nobody can make us do all the time
--   … tells nothing of pictures, and so may change it unseen   not ready until that client is gone -> asks again (4.3)
--
-- A server that puts the hash in by itself (XEP-0398) does so wherever "not ready" is said. There is nothing to ask for then; only
-- rooms have to be told again after a change (5.1).
-- Implements: XEP-0153 1.1.1, XEP-0398 1.0.0
local core = require "couplet.core.bot"
local disco_self = require "couplet.xep.disco_self"
local hash = require "couplet.hash"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local math, next, pairs, rawget, require, setmetatable, type = math, next, pairs, rawget, require, setmetatable, type

local M = {}

local FEATURE, CONVERSION = "vcard_avatar", "urn:xmpp:pep-vcard-conversion:0"
local AT_ONCE, PERIOD = 5, 60 -- so often in a row, and seconds for one more: what others can make us ask
local CLIENTS_MOST = 50

---@class couplet.VcardAvatarState what is known in one session
---@field hash string|nil what the presence tells; "": that there is no picture; nil: not ready
---@field converts boolean|nil the server puts the hash in
---@field claims table<string, string|boolean> what other clients tell, by resource; true: not ready; false: nothing of pictures
---@field late table<string, true> rooms that the bot was entering when the hash changed

local states = setmetatable({}, { __mode = "k" }) -- bot -> state

local function fresh(bot)
    states[bot] = { claims = {}, late = {}, left = AT_ONCE, since = core.now() }
    return states[bot]
end

local function state_of(bot) return states[bot] or fresh(bot) end

-- What is told

local function tell_rooms(bot, state)
    for _, room in pairs(rawget(bot, "rooms") or {}) do
        if room.joined then
            require("couplet.xep.muc_room").present(room)
        elseif room.state == "joining" then
            state.late[room.jid] = true
        end
    end
end

local function tell(bot, state, id)
    state.hash = id
    local x = { name = "x", attr = { xmlns = ns.vcard_update } }
    if id then x[1] = { name = "photo", id ~= "" and id or nil } end
    disco_self.in_presence(bot, "avatar", x)
    if id or state.converts then tell_rooms(bot, state) end
end

local function stop_telling(bot, state)
    if state.hash then tell(bot, state, nil) end
end

--- A room that was entered before the hash was known.
---@param event couplet.Event
function M.on_joined(event)
    local state = state_of(event.bot)
    if not event.own or not state.late[event.room] then return end
    state.late[event.room] = nil
    local room = event.bot.rooms[event.room]
    if room and room.joined then require("couplet.xep.muc_room").present(room) end
end

-- What is asked

--- Does the account's server put the hash in? Waits.
---@param bot couplet.Bot
---@return boolean|nil
function M.is_converted(bot)
    local state = state_of(bot)
    if state.converts == nil then
        local iq = st.iq({ type = "get", to = jid.bare(bot.jid) }):tag("query", { xmlns = ns.disco_info })
        local answer = bot:iq(iq)
        local query = answer and answer:get_child("query", ns.disco_info)
        if query then state.converts = require("couplet.xep.disco_info").read(query).features[CONVERSION] or false end
    end
    return state.converts
end

-- nil: it cannot be had.
local function fetch(bot)
    local card, err = bot.vcard:get()
    if card then return card.photo and hash.sha1(card.photo.data, true) or "" end
    if err.condition == "item-not-found" then return "" end
    bot.log:debug("the own vCard cannot be read, so the presence tells of no picture: %s", err)
end

local function is_silenced(state)
    for _, claim in pairs(state.claims) do
        if claim == false then return true end
    end
    return false
end

local function look(bot, state)
    state.looks = (state.looks or 0) + 1
    local this = state.looks
    if M.is_converted(bot) then return end
    local id = fetch(bot)
    if not id or states[bot] ~= state or state.looks ~= this or is_silenced(state) or state.hash == id then return end
    tell(bot, state, id)
end

--- A new session: what was true in the last may not be.
---@param event couplet.Event
function M.on_online(event) look(event.bot, fresh(event.bot)) end

---@param event couplet.Event
function M.on_offline(event)
    local bot, state = event.bot, state_of(event.bot)
    if state.timer then state.timer:stop() end
    stop_telling(bot, state)
    fresh(bot)
end

-- What other clients of the account tell

-- Seconds until we may ask once more.
local function wait_of(state)
    local now = core.now()
    local more = math.max(0, now - state.since) // PERIOD
    state.left, state.since = math.min(AT_ONCE, state.left + more), state.since + more * PERIOD
    if state.left < 1 then return state.since + PERIOD - now end
    return 0
end

local function look_again(bot, state)
    stop_telling(bot, state)
    if state.timer then return end
    state.timer = bot:after(wait_of(state), function()
        state.timer = nil
        if states[bot] ~= state then return end
        wait_of(state)
        state.left = math.max(0, state.left - 1)
        look(bot, state)
    end)
end

local function claim_of(stanza)
    local x = stanza:get_child("x", ns.vcard_update)
    local photo = x and x:get_child("photo", ns.vcard_update)
    if not photo then return x ~= nil end
    local text = photo:get_text() or ""
    if not text:find "%S" then return "" end
    return #text <= 100 and text:match "^%s*(%x+)%s*$" or "?"
end

local function count(claims)
    local n = 0
    for _ in pairs(claims) do n = n + 1 end
    return n
end

local function on_gone(bot, state, resource)
    local was_silenced = is_silenced(state)
    state.claims[resource] = nil
    if was_silenced and not is_silenced(state) and not state.converts then look_again(bot, state) end
end

local function on_claim(bot, state, claim)
    if claim == false then
        stop_telling(bot, state)
    elseif claim == true or is_silenced(state) or claim:lower() == state.hash then
        return
    elseif not state.converts then
        look_again(bot, state)
    end
end

-- The server has put another hash into a presence of the account: what rooms have of ours is old (XEP-0398 5.1).
local function on_converted(bot, state, claim)
    if type(claim) ~= "string" or state.seen == claim then return end
    local is_change = state.seen ~= nil
    state.seen = claim
    if not is_change or wait_of(state) > 0 then return end
    state.left = state.left - 1
    tell_rooms(bot, state)
end

--- Presence of another client of the account (4.3).
---@param event couplet.Event
function M.on_presence(event)
    local bot, resource = event.bot, event.from and jid.resource(event.from)
    if not resource or event.from == bot.jid or jid.bare(event.from) ~= jid.bare(bot.jid) then return end
    local state = state_of(bot)
    if event.type ~= "available" then return on_gone(bot, state, resource) end
    local claim, old = claim_of(event.stanza), state.claims[resource]
    if claim == old or old == nil and next(state.claims) and count(state.claims) >= CLIENTS_MOST then return end
    state.claims[resource] = claim
    if state.converts then return on_converted(bot, state, claim) end
    on_claim(bot, state, claim)
end

-- What we do to it

local function switch_on(bot, is_on)
    local ok, err = core.remember(bot, "feature." .. FEATURE, is_on and "on" or nil)
    if not ok then bot.log:warn("that there is a picture in the vCard is not kept: %s", err) end
    core.feature(bot, FEATURE, true)
end

--- Is this picture in the vCard already, as far as is known? What is there is not uploaded a second time (4.2).
---@param bot couplet.Bot
---@param id string
---@return boolean
function M.has(bot, id) return state_of(bot).hash == id end

--- The picture in the vCard was replaced: by us, or where the server does that, in what it makes it of.
---@param bot couplet.Bot
---@param id string its hash; "": there is none any more
function M.on_replaced(bot, id)
    local state = state_of(bot)
    state.looks = (state.looks or 0) + 1 -- what is being asked for is old
    state.seen = nil
    tell(bot, state, not (state.converts and id ~= "") and id or nil)
    switch_on(bot, id ~= "")
end

return M

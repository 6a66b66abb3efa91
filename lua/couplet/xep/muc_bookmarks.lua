-- SPDX-License-Identifier: MIT
-- muc_bookmarks: rooms that the account keeps on its server (XEP-0402), as its other clients do: bot.muc:bookmarks(),
-- :bookmark(room, …), :forget(room); and `bookmarks: true` of the bot enters those with autojoin when it comes online.
--
-- They are nobody else's business: the node is published for the account alone, and a server that does not promise that
-- gets nothing. Changes that clients make meanwhile are not followed.
-- Implements: XEP-0402 1.2.0
local errors = require "couplet.errors"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local error, ipairs, pairs, setmetatable, table, tostring = error, ipairs, pairs, setmetatable, table, tostring

local M = {}

local PUBSUB = "http://jabber.org/protocol/pubsub"
local MOST = 200

---@class couplet.Bookmark
---@field room string
---@field name string|nil
---@field nick string|nil
---@field password string|nil
---@field autojoin boolean

local function read(item)
    local conference = item:get_child("conference", ns.bookmarks)
    local node, host, resource = jid.prepped_split(item.attr.id)
    if not conference or not node or resource then return nil end
    local autojoin = conference.attr.autojoin
    return {
        room = jid.join(node, host),
        name = conference.attr.name,
        nick = conference:get_child_text("nick", ns.bookmarks),
        password = conference:get_child_text("password", ns.bookmarks),
        autojoin = autojoin == "true" or autojoin == "1",
    }, conference
end

local function fetch(bot)
    local iq = st.iq({ type = "get" }):tag("pubsub", { xmlns = PUBSUB }):tag("items", { node = ns.bookmarks }):up():up()
    local answer, err = bot:iq(iq)
    if not answer then
        if err.condition == "item-not-found" then return {} end -- there never was one
        return nil, err
    end
    local pubsub = answer:get_child("pubsub", PUBSUB)
    local items = pubsub and pubsub:get_child "items"
    local list = {}
    for item in (items or st.stanza "items"):childtags "item" do
        local bookmark, element = read(item)
        if bookmark and #list < MOST then list[#list + 1] = { bookmark, element } end
    end
    return list
end

---@class couplet.Bookmarks
local methods = {}

local function room_of(text)
    local bare = jid.prep(text)
    if not jid.node(bare) or jid.resource(bare) then error(("bot.muc: '%s' is no room"):format(tostring(text)), 3) end
    return bare
end

--- Waits.
---@return couplet.Bookmark[]|nil list, couplet.Error|nil err
function methods:bookmarks()
    local found, err = fetch(self.bot)
    if not found then return nil, err end
    local list = {}
    for i, pair in ipairs(found) do list[i] = pair[1] end
    return list
end

local PRIVATE = { { "pubsub#access_model", "whitelist" } }
local NODE = {
    PRIVATE[1],
    { "pubsub#persist_items", "true" },
    { "pubsub#send_last_published_item", "never" },
    { "pubsub#max_items", "max" },
}

local function add_form(parent, form_type, fields)
    parent:tag("x", { xmlns = ns.data, type = "submit" })
    parent:tag("field", { var = "FORM_TYPE", type = "hidden" }):text_tag("value", form_type):up()
    for _, field in ipairs(fields) do
        parent:tag("field", { var = field[1] }):text_tag("value", field[2]):up()
    end
    return parent:up()
end

-- What other clients keep in the bookmark stays (3.4).
local function extensions_of(bot, room)
    for _, pair in ipairs(fetch(bot) or {}) do
        if pair[1].room == room then return pair[2]:get_child("extensions", ns.bookmarks) end
    end
end

-- Does the server hold publishers to their conditions? One that does not would tell the world.
local function check_server(bot)
    local iq = st.iq({ type = "get", to = jid.bare(bot.jid) }):tag("query", { xmlns = ns.disco_info }):up()
    local answer, err = bot:iq(iq)
    if not answer then return nil, err end
    local query = answer:get_child("query", ns.disco_info)
    for feature in (query or st.stanza "query"):childtags "feature" do
        if feature.attr.var == PUBSUB .. "#publish-options" then return true end
    end
    return nil, errors.new("feature-not-implemented", "the server cannot keep bookmarks private")
end

-- With conditions the server publishes only to a node that is as they say (XEP-0060 7.1.5).
local function publish(bot, bare, options, extensions, conditions)
    local iq = st.iq({ type = "set" }):tag("pubsub", { xmlns = PUBSUB }):tag("publish", { node = ns.bookmarks })
    iq:tag("item", { id = bare }):tag("conference", {
        xmlns = ns.bookmarks, name = options.name, autojoin = options.autojoin == false and "false" or "true",
    })
    for _, name in ipairs { "nick", "password" } do
        if options[name] then iq:text_tag(name, options[name]) end
    end
    if extensions then iq:add_child(extensions) end
    iq:up():up():up():tag "publish-options"
    return bot:iq(add_form(iq, PUBSUB .. "#publish-options", conditions):up():up())
end

-- For servers that know few conditions: the node is made as it must be, if it is not there yet.
local function create(bot, most)
    local fields = { table.unpack(NODE) }
    fields[#fields] = { "pubsub#max_items", most }
    local iq = st.iq({ type = "set" }):tag("pubsub", { xmlns = PUBSUB }):tag("create", { node = ns.bookmarks }):up()
    return bot:iq(add_form(iq:tag "configure", PUBSUB .. "#node_config", fields):up():up())
end

--- Adds it, or writes it anew. options: name, nick, password, autojoin (true unless it says otherwise). Waits.
---@param room string
---@param options? { name: string?, nick: string?, password: string?, autojoin: boolean? }
---@return true|nil ok, couplet.Error|nil err
function methods:bookmark(room, options)
    local bare, bot = room_of(room), self.bot
    local ok, err = check_server(bot)
    if not ok then return nil, err end
    options = options or {}
    local extensions = extensions_of(bot, bare)
    ok, err = publish(bot, bare, options, extensions, NODE)
    if not ok and (err.condition == "resource-constraint" or err.condition == "not-acceptable") then
        if not create(bot, "max") then create(bot, "1000") end
        ok, err = publish(bot, bare, options, extensions, PRIVATE)
    end
    if not ok then return nil, err end
    return true
end

--- Removes the bookmark; the room is not left. Waits.
---@param room string
---@return true|nil ok, couplet.Error|nil err
function methods:forget(room)
    local iq = st.iq({ type = "set" }):tag("pubsub", { xmlns = PUBSUB }):tag("retract", { node = ns.bookmarks, notify = "true" })
    local answer, err = self.bot:iq(iq:tag("item", { id = room_of(room) }):up():up():up())
    if not answer then return nil, err end
    return true
end

--- bot.muc
---@return couplet.Bookmarks
function M.attach(bot) return setmetatable({ bot = bot }, { __index = methods, __name = "couplet.muc" }) end

--- Enters what is to be entered by itself.
---@param bot couplet.Bot
function M.enter(bot)
    local found, err = fetch(bot)
    if not found then
        bot.log:warn("the bookmarks cannot be read: %s", err)
        return
    end
    for _, pair in pairs(found) do
        local bookmark = pair[1]
        if bookmark.autojoin and not bot.rooms[bookmark.room] then
            bot:after(0, function()
                local _, why = bot:join(bookmark.room, { nick = bookmark.nick, password = bookmark.password })
                if why then bot.log:warn("%s is bookmarked, but cannot be entered: %s", bookmark.room, why) end
            end)
        end
    end
end

return M

-- SPDX-License-Identifier: MIT
-- muc_bookmarks: rooms that the account keeps on its server (XEP-0402), as its other clients do: bot.muc:bookmarks(),
-- :bookmark(room, …), :forget(room); and `bookmarks: true` of the bot enters those with autojoin when it comes online.
--
-- They are nobody else's business: the node is published for the account alone, and a server that does not promise that
-- gets nothing. Changes that clients make meanwhile are not followed.
-- Implements: XEP-0402 1.2.0
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local pubsub = require "couplet.xep.pubsub"
local st = require "couplet.stanza"

local error, ipairs, pairs, setmetatable, tostring = error, ipairs, pairs, setmetatable, tostring

local M = {}

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
    local answer, err = pubsub.ask({ bot = bot }, "get", nil, { st.stanza("items", { node = ns.bookmarks }) })
    if not answer then
        if err.condition == "item-not-found" then return {} end -- there never was one
        return nil, err
    end
    local list, items = {}, answer:get_child "items"
    for item in (items or st.stanza "items"):childtags "item" do
        local bookmark, element = read(item)
        if bookmark and #list < MOST then list[#list + 1] = { bookmark, element } end
    end
    return list
end

---@class couplet.Bookmarks
---@field bot couplet.Bot
---@field pubsub couplet.Pubsub
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

local PRIVATE = { access_model = "whitelist" }

local function node(max_items)
    return { access_model = "whitelist", persist_items = true, send_last_published_item = "never", max_items = max_items }
end

-- What other clients keep in the bookmark stays (3.4).
local function extensions_of(bot, room)
    for _, pair in ipairs(fetch(bot) or {}) do
        if pair[1].room == room then return pair[2]:get_child("extensions", ns.bookmarks) end
    end
end

local function conference(options, extensions)
    local element = st.stanza("conference", {
        xmlns = ns.bookmarks, name = options.name, autojoin = options.autojoin == false and "false" or "true",
    })
    for _, name in ipairs { "nick", "password" } do
        if options[name] then element:text_tag(name, options[name]) end
    end
    return extensions and element:add_child(extensions) or element
end

--- Adds it, or writes it anew. options: name, nick, password, autojoin (true unless it says otherwise). Waits.
---@param room string
---@param options? { name: string?, nick: string?, password: string?, autojoin: boolean? }
---@return true|nil ok, couplet.Error|nil err
function methods:bookmark(room, options)
    local bare, bot = room_of(room), self.bot
    local element = conference(options or {}, extensions_of(bot, bare))
    local ok, err = self.pubsub:publish(nil, ns.bookmarks, element, { id = bare, options = node "max" })
    if not ok and (err.condition == "resource-constraint" or err.condition == "not-acceptable") then
        -- One that knows few conditions: the node is made as it must be, if it is not there yet.
        if not self.pubsub:create(nil, ns.bookmarks, node "max") then self.pubsub:create(nil, ns.bookmarks, node "1000") end
        ok, err = self.pubsub:publish(nil, ns.bookmarks, element, { id = bare, options = PRIVATE })
    end
    if not ok then return nil, err end
    return true
end

--- Removes the bookmark; the room is not left. Waits.
---@param room string
---@return true|nil ok, couplet.Error|nil err
function methods:forget(room)
    return self.pubsub:retract(nil, ns.bookmarks, room_of(room))
end

--- bot.muc
---@return couplet.Bookmarks
function M.attach(bot) return setmetatable({ bot = bot, pubsub = pubsub.attach(bot) }, { __index = methods, __name = "couplet.muc" }) end

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

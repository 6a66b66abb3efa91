-- SPDX-License-Identifier: MIT
-- muc_bookmarks: rooms that the account keeps on its server (XEP-0402), as its other clients do: bot.muc:bookmarks(),
-- :bookmark(room, …), :forget(room). With `bookmarks: true` the bot is where they say: muc_autojoin.lua.
--
-- They are nobody else's business: the node is published for the account alone, and a server that does not promise that
-- gets nothing.
-- Implements: XEP-0402 1.2.0
local core = require "couplet.core.bot"
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local pubsub = require "couplet.xep.pubsub"
local st = require "couplet.stanza"

local error, ipairs, require, setmetatable, tostring = error, ipairs, require, setmetatable, tostring

local M = {}

M.MOST = 200

---@class couplet.Bookmark
---@field room string
---@field name string|nil
---@field nick string|nil
---@field password string|nil
---@field autojoin boolean

--- One as it is kept.
---@param id string|nil of the item
---@param conference couplet.Stanza|nil
---@return couplet.Bookmark|nil
function M.read(id, conference)
    local node, host, resource = jid.prepped_split(id)
    if not conference or conference.name ~= "conference" or conference.attr.xmlns ~= ns.bookmarks or not node or resource then return nil end
    local autojoin = conference.attr.autojoin
    return {
        room = jid.join(node, host),
        name = conference.attr.name,
        nick = conference:get_child_text("nick", ns.bookmarks),
        password = conference:get_child_text("password", ns.bookmarks),
        autojoin = autojoin == "true" or autojoin == "1",
    }
end

--- All of them, as pairs of what they say and their elements.
---@param bot couplet.Bot
---@return { [1]: couplet.Bookmark, [2]: couplet.Stanza }[]|nil list, couplet.Error|nil err
function M.fetch(bot)
    local answer, err = pubsub.ask({ bot = bot }, "get", nil, { st.stanza("items", { node = ns.bookmarks }) })
    if not answer then
        if err.condition == "item-not-found" then return {} end -- there never was one
        return nil, err
    end
    local list, items = {}, answer:get_child "items"
    for item in (items or st.stanza "items"):childtags "item" do
        local element = item:get_child("conference", ns.bookmarks)
        local bookmark = M.read(item.attr.id, element)
        if bookmark and #list < M.MOST then list[#list + 1] = { bookmark, element } end
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
    local found, err = M.fetch(self.bot)
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
    for _, pair in ipairs(M.fetch(bot) or {}) do
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

local function nothing() end

-- What the bot does by itself, it does not follow.
local function expected(bot, address, bookmark)
    if not core.feature(bot, "bookmarks") then return nothing end
    return require("couplet.xep.muc_autojoin").expect(bot, address, bookmark)
end

--- Adds it, or writes it anew. options: name, nick, password, autojoin (true unless it says otherwise). Waits.
---@param room string
---@param options? { name: string?, nick: string?, password: string?, autojoin: boolean? }
---@return true|nil ok, couplet.Error|nil err
function methods:bookmark(room, options)
    local bare, bot = room_of(room), self.bot
    options = options or {}
    local element = conference(options, extensions_of(bot, bare))
    local undo = expected(bot, bare, { autojoin = options.autojoin ~= false, nick = options.nick, password = options.password })
    local ok, err = self.pubsub:publish(nil, ns.bookmarks, element, { id = bare, options = node "max" })
    if not ok and (err.condition == "resource-constraint" or err.condition == "not-acceptable") then
        -- One that knows few conditions: the node is made as it must be, if it is not there yet.
        if not self.pubsub:create(nil, ns.bookmarks, node "max") then self.pubsub:create(nil, ns.bookmarks, node "1000") end
        ok, err = self.pubsub:publish(nil, ns.bookmarks, element, { id = bare, options = PRIVATE })
    end
    if ok then return true end
    undo()
    return nil, err
end

--- Removes the bookmark; the room is not left. Waits.
---@param room string
---@return true|nil ok, couplet.Error|nil err
function methods:forget(room)
    local bare = room_of(room)
    local undo = expected(self.bot, bare, nil)
    local ok, err = self.pubsub:retract(nil, ns.bookmarks, bare)
    if ok then return true end
    undo()
    return nil, err
end

--- bot.muc
---@return couplet.Bookmarks
function M.attach(bot) return setmetatable({ bot = bot, pubsub = pubsub.attach(bot) }, { __index = methods, __name = "couplet.muc" }) end

return M

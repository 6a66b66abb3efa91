-- SPDX-License-Identifier: MIT
-- contacts: the people of the account's roster (RFC 6121 2, 3, 4), as bot.contacts:
--
--   bot.contacts[jid]    { jid, name, subscription, ask, groups, presences = { [resource] = { show, status, priority } }, online }
--   for jid, contact in pairs(bot.contacts) do … end
--   :add :remove :rename :groups :subscribe :unsubscribe :approve :deny      wait for the server's word
--
-- What a contact is stands in bot.roster alone; here is only who is online, and that only from the first use of bot.contacts
-- on (or with the feature `contacts`): most bots have no use for it. Whose presence we are not subscribed to is not kept,
-- whatever is sent to us.
-- Implements: RFC 6121
local core = require "couplet.core.bot"
local errors = require "couplet.errors"
local has = require("couplet.roster_news").has
local jid = require "couplet.jid"
local ns = require "couplet.ns"
local request = require "couplet.xep.request"
local st = require "couplet.stanza"

local error, ipairs, math, next, pairs, setmetatable, tonumber = error, ipairs, math, next, pairs, setmetatable, tonumber
local tostring, type = tostring, type

local M = {}

local TIMEOUT, RESOURCES_MOST, TEXT_MOST, NAME_MOST = 15, 50, 1024, 1023
local SHOWS = { away = true, chat = true, dnd = true, xa = true }

-- Who is online

local kept = setmetatable({}, { __mode = "k" }) -- bot -> { [bare JID] = { [resource] = presence } }

local function read(stanza)
    local show, status = stanza:get_child_text "show", stanza:get_child_text "status"
    local priority = tonumber((stanza:get_child_text "priority" or ""):match "^%s*([-+]?%d%d?%d?)%s*$")
    return {
        show = SHOWS[show or ""] and show or nil,
        status = status and #status <= TEXT_MOST and status or nil,
        priority = math.tointeger(math.max(-128, math.min(127, priority or 0))),
    }
end

local function count(list)
    local n = 0
    for _ in pairs(list) do n = n + 1 end
    return n
end

local function here(contacts, bare, resource, stanza)
    local presences = contacts[bare] or {}
    if not presences[resource] and count(presences) >= RESOURCES_MOST then return end
    presences[resource] = read(stanza)
    contacts[bare] = presences
end

-- Without a resource it is all of them (4.5.4), as is an error: whoever cannot be reached is not there.
local function gone(contacts, bare, resource)
    if not contacts[bare] then return end
    if resource then contacts[bare][resource] = nil end
    if not resource or not next(contacts[bare]) then contacts[bare] = nil end
end

--- Availability alone comes here: an acknowledgement of a subscription is none (3.1.3).
---@param event couplet.Event
function M.on_presence(event)
    local bot, from = event.bot, event.from
    if event.room or not from then return end
    local bare, resource = jid.bare(from), jid.resource(from)
    kept[bot] = kept[bot] or {}
    if event.type ~= "available" then
        gone(kept[bot], bare, event.type == "unavailable" and resource or nil)
    elseif has(bot.roster[bare], "to") then
        here(kept[bot], bare, resource or "", event.stanza)
    end
end

--- Nothing is known of anybody until the next session tells.
function M.on_offline(event) kept[event.bot] = nil end

-- A contact

local contact_mt = { __name = "couplet.contact" }

function contact_mt.__index(contact, key)
    local item = contact.bot.roster[contact.jid]
    if key == "presences" then return has(item, "to") and (kept[contact.bot] or {})[contact.jid] or {} end
    if key == "online" then return next(contact.presences) ~= nil end
    return item and item[key]
end

local function address_of(who, verb)
    local prepared = type(who) == "string" and jid.prep(who)
    if not prepared then error(("bot.contacts:%s: '%s' is no JID"):format(verb, tostring(who)), 3) end
    return jid.bare(prepared)
end

-- The server's word

local function await(bot, who, is_so)
    local deadline = core.now() + TIMEOUT
    while not is_so(bot.roster[who]) do
        local left = deadline - core.now()
        if left <= 0 then return nil, errors.new("remote-server-timeout", "the server does not confirm it") end
        core.wait(bot, "roster:" .. who, left)
    end
    return true
end

-- Presence of a subscription: to a bare address (3.1.1), under an id of its own. Where nobody may wait it is on its way.
local function say(bot, kind, who, is_so, more)
    if is_so and is_so(bot.roster[who]) then return true end
    local presence = st.presence { to = who, type = kind }
    if more and more.text then presence:text_tag("status", more.text) end
    if more and more.nick then presence:text_tag("nick", more.nick, { xmlns = ns.nick }) end -- XEP-0172 4.2
    local id, err = bot:send(presence)
    if not id then return nil, err end
    if not is_so or not core.can_wait(bot) then return true end
    return await(bot, who, is_so)
end

local function set_item(bot, who, name, groups)
    local query = st.stanza("query", { xmlns = ns.roster }):tag("item", { jid = who, name = name })
    for _, group in ipairs(groups or {}) do query:text_tag("group", group) end
    return request.set(bot, nil, query:up())
end

local function check_texts(verb, name, groups)
    if name ~= nil and (type(name) ~= "string" or #name > NAME_MOST) then error(("bot.contacts:%s: a name is a text"):format(verb), 3) end
    if groups ~= nil and type(groups) ~= "table" then error(("bot.contacts:%s: groups are a list"):format(verb), 3) end
    for _, group in ipairs(groups or {}) do
        if type(group) ~= "string" or group == "" then error(("bot.contacts:%s: a group is a text"):format(verb), 3) end
    end
end

local function not_there(who) return nil, errors.new("item-not-found", who .. " is no contact") end

---@class couplet.Contacts
local methods = {}

--- Puts somebody in the roster, or changes what it says; name and groups stay as they are where they are not given. Waits.
---@param who string
---@param options? { name: string?, groups: string[]? }
---@return true|nil ok, couplet.Error|nil err
function methods:add(who, options)
    who, options = address_of(who, "add"), options or {}
    check_texts("add", options.name, options.groups)
    local item = self.bot.roster[who] or {}
    return set_item(self.bot, who, options.name or item.name, options.groups or item.groups)
end

--- Takes somebody out of the roster; subscriptions end both ways. Waits.
---@param who string
---@return true|nil ok, couplet.Error|nil err
function methods:remove(who)
    who = address_of(who, "remove")
    local query = st.stanza("query", { xmlns = ns.roster }):text_tag("item", nil, { jid = who, subscription = "remove" })
    return request.set(self.bot, nil, query)
end

--- Waits.
---@param who string
---@param name string|nil nil: none
---@return true|nil ok, couplet.Error|nil err
function methods:rename(who, name)
    who = address_of(who, "rename")
    check_texts("rename", name)
    local item = self.bot.roster[who]
    if not item then return not_there(who) end
    return set_item(self.bot, who, name, item.groups)
end

--- Puts a contact into these groups and no others; without `groups` the list of them. Waits where it changes something.
---@param who string
---@param groups string[]|nil
---@return true|string[]|nil ok, couplet.Error|nil err
function methods:groups(who, groups)
    who = address_of(who, "groups")
    check_texts("groups", nil, groups)
    local item = self.bot.roster[who]
    if not item then return not_there(who) end
    if not groups then return item.groups end
    return set_item(self.bot, who, item.name, groups)
end

--- Asks to see somebody's presence; waits until our server has taken it up. The event subscribed tells when it is granted.
---@param who string
---@param options? { text: string?, nick: string? } what is said with it
---@return true|nil ok, couplet.Error|nil err
function methods:subscribe(who, options)
    local function is_so(item) return has(item, "to") or item ~= nil and item.ask == "subscribe" end
    return say(self.bot, "subscribe", address_of(who, "subscribe"), is_so, options)
end

--- Gives up seeing somebody's presence. Waits.
---@param who string
---@return true|nil ok, couplet.Error|nil err
function methods:unsubscribe(who)
    local function is_so(item) return not has(item, "to") and not (item and item.ask) end
    return say(self.bot, "unsubscribe", address_of(who, "unsubscribe"), is_so)
end

--- Lets somebody who asked for it see our presence. Waits.
---@param who string
---@return true|nil ok, couplet.Error|nil err
function methods:approve(who)
    return say(self.bot, "subscribed", address_of(who, "approve"), function(item) return has(item, "from") end)
end

--- Says no to a request, or takes the permission back. Waits in the latter case.
---@param who string
---@return true|nil ok, couplet.Error|nil err
function methods:deny(who)
    who = address_of(who, "deny")
    local was_open = has(self.bot.roster[who], "from")
    return say(self.bot, "unsubscribed", who, was_open and function(item) return not has(item, "from") end or nil)
end

local contacts_mt = { __name = "couplet.contacts" }

local function contact_of(bot, who)
    if type(who) ~= "string" then return nil end
    local address = bot.roster[who] and who or jid.prep(who)
    if not address or not bot.roster[address] then return nil end
    return setmetatable({ bot = bot, jid = address }, contact_mt)
end

function contacts_mt.__index(contacts, key) return methods[key] or contact_of(contacts.bot, key) end

function contacts_mt.__pairs(contacts)
    local bot, who = contacts.bot, nil
    return function()
        who = next(bot.roster, who)
        return who, who and contact_of(bot, who)
    end
end

--- bot.contacts; from now on it is kept who is online.
---@param bot couplet.Bot
function M.attach(bot)
    core.feature(bot, "contacts", true)
    return setmetatable({ bot = bot }, contacts_mt)
end

return M

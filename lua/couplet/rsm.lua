-- SPDX-License-Identifier: MIT
-- rsm: result sets in pages (XEP-0059). What is asked, and how the items are read, says the caller; this adds and reads <set/>, and
-- asks for one page after the other.
--
--   local pages = rsm.pages(function(set)            -- set: the element to put into the request
--       local answer, err = bot:iq(st.iq{…}:tag("query", {…}):add_child(set):up())
--       if not answer then return nil, err end
--       return items, answer:get_child("query", …)   -- the list of this page, and the element that has the <set/>
--   end, { page = 50, limit = 1000 })
--   for item in pages do … end                       -- waits where the request does: in a handler
--   if pages.err then …                              -- it ended for that
--
-- A service cannot keep this going for ever: it ends at `limit` items, with an empty page, and with one that ends as the last did.
-- Implements: XEP-0059 1.0
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local ipairs, math, setmetatable, tonumber, tostring, type = ipairs, math, setmetatable, tonumber, tostring, type

local M = {}

local PAGE, LIMIT = 100, 10000

--- A <set/> to ask with.
---@param options { max: integer?, after: string?, before: string?, index: integer? } before = "": the last page
---@return couplet.Stanza
function M.set(options)
    local set = st.stanza("set", { xmlns = ns.rsm })
    for _, name in ipairs { "max", "after", "before", "index" } do
        if options[name] ~= nil then set:text_tag(name, tostring(options[name])) end
    end
    return set
end

local function count_of(text)
    local number = text and #text < 16 and text:find "^%d+$" and tonumber(text)
    return number and math.tointeger(number) or nil
end

--- What the <set/> of an answer says; nil: it has none.
---@param element table|nil the element that holds it
---@return { first: string|nil, last: string|nil, index: integer|nil, count: integer|nil }|nil
function M.read(element)
    if type(element) ~= "table" then return nil end
    if not st.is_stanza(element) then element = st.deserialize(element) end
    local set = element:get_child("set", ns.rsm)
    if not set then return nil end
    local first = set:get_child "first"
    return {
        first = first and first:get_text() or nil,
        last = set:get_child_text "last",
        index = first and count_of(first.attr.index) or nil,
        count = count_of(set:get_child_text "count"),
    }
end

---@class couplet.Pages
---@field err couplet.Error|nil why it ended before its end
---@field count integer|nil how many there are in all, as the service says
---@field truncated boolean|nil it ended at the limit
---@field last string|nil the UID to go on behind (backwards: before)
local pages_mt = { __name = "couplet.pages" }

local function next_set(pages)
    local options = pages.options
    local set = { max = options.page or PAGE }
    if options.backwards then
        set.before = pages.last or options.before or ""
    else
        set.after = pages.last or options.after
    end
    return M.set(set)
end

local function fetch(pages)
    local items, holder = pages.request(next_set(pages))
    if not items then
        pages.err = holder
        return false
    end
    local set = M.read(holder)
    local mark = set and (pages.options.backwards and set.first or not pages.options.backwards and set.last) or nil
    pages.done = mark == nil or mark == pages.last or #items == 0
    pages.count, pages.last = set and set.count or pages.count, mark or pages.last
    pages.items, pages.at = items, 0
    return #items > 0
end

-- The next item, or nil. Backwards goes through each page from its end.
function pages_mt.__call(pages)
    if pages.taken >= pages.limit then
        pages.truncated = true
        return nil
    end
    if pages.at >= #pages.items and (pages.done or not fetch(pages)) then
        pages.done = true
        return nil
    end
    pages.at, pages.taken = pages.at + 1, pages.taken + 1
    return pages.items[pages.options.backwards and #pages.items - pages.at + 1 or pages.at]
end

--- All the items, page by page, as they are asked for.
---@param request fun(set: couplet.Stanza): table[]|nil, any
---@param options? { page: integer?, limit: integer?, after: string?, before: string?, backwards: boolean? } page: items asked for at a time (100);
--- limit: where it ends in any case (10,000)
---@return couplet.Pages
function M.pages(request, options)
    options = options or {}
    return setmetatable({
        request = request, options = options, items = {}, at = 0, taken = 0, limit = options.limit or LIMIT, done = false,
    }, pages_mt)
end

--- All of them as one list; nil, err when the first or a later page failed.
---@param pages couplet.Pages
---@return table[]|nil items, couplet.Error|nil err
function M.collect(pages)
    local list = {}
    for item in pages do list[#list + 1] = item end
    if pages.err then return nil, pages.err end
    return list
end

return M

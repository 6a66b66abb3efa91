-- SPDX-License-Identifier: MIT
-- stanza.shape: what a stanza is. The methods are in stanza.read and stanza.build; bots require couplet.stanza.
--
-- An element is a plain table, and nothing of it is hidden:
--   { name = "message", attr = { to = "romeo@example.net" }, { name = "body", "hello" }, … }
-- Elements may be literals, without metatable and attr: whatever method hands one out gives it the metatable.
-- `tags` is derived each time it is read, a fresh list of the child elements; it cannot be assigned. `attr` can always be
-- read through the metatable.
local error, type, rawget, rawset, next, require = error, type, rawget, rawset, next, require
local setmetatable, getmetatable = setmetatable, getmetatable
local s_find = string.find

---@class couplet.Stanza
---@field name string
---@field attr table<string, string>
---@field tags couplet.Stanza[] the child elements, made afresh at each reading
local stanza_mt = { __name = "stanza" }

-- Hands an element out: a literal gets the metatable. Another library's objects are left as they are.
local function adopt(element)
    if getmetatable(element) == nil then
        if element.tags ~= nil then error("'tags' is derived from the children; an element may not have its own", 3) end
        setmetatable(element, stanza_mt)
    end
    return element
end

local function ns_of(element)
    local attr = element.attr
    return attr and attr.xmlns
end

local function child_elements(self)
    local list, count = {}, 0
    for i = 1, #self do
        local child = self[i]
        if type(child) == "table" then
            count = count + 1
            list[count] = adopt(child)
        end
    end
    return list
end

function stanza_mt.__index(self, key)
    local method = stanza_mt[key]
    if method ~= nil then return method end
    if key == "tags" then return child_elements(self) end
    if key == "attr" then
        local attr = {}
        rawset(self, "attr", attr)
        return attr
    end
end

function stanza_mt.__newindex(self, key, value)
    if key == "tags" then error("'tags' is derived from the children and cannot be assigned", 2) end
    rawset(self, key, value)
end

-- The methods come with the first use of one: many bots only look, and there may be thousands of states.
local HOMES = {
    ["couplet.stanza.read"] = [[
    get_child get_child_text get_child_attr get_child_with_attr child_with_name child_with_ns get_text
    children childtags matching_tags find get_error ]],
    ["couplet.stanza.build"] = [[
    tag query text text_tag body up reset at_top add_child add_direct_child maptags remove_children
    top_tag pretty_print pretty_top_tag indent ]],
}

setmetatable(stanza_mt, {
    __index = function(_, key)
        if type(key) ~= "string" then return nil end
        for module, methods in next, HOMES do
            if s_find(methods, " " .. key .. " ", 1, true) then
                HOMES[module] = nil
                require(module)
                return rawget(stanza_mt, key)
            end
        end
    end,
})

function stanza_mt:__tostring()
    local text, err = require("couplet.xml").serialize(self)
    return text or error(err, 3) -- 2 is tostring
end

-- The first child element from position `from` on that has the name and namespace; nil: any name, the parent's namespace.
local function next_match(self, from, name, xmlns)
    local own = not xmlns and ns_of(self)
    for i = from, #self do
        local child = self[i]
        if type(child) == "table" and (not name or child.name == name) then
            local space = ns_of(child)
            if space == xmlns or (not xmlns and space == own) then return adopt(child), i end
        end
    end
end

return { stanza_mt = stanza_mt, adopt = adopt, ns_of = ns_of, next_match = next_match }

-- SPDX-License-Identifier: MIT
-- stanza.build: making elements, and the methods that change them or write them as text.
--
-- Names, meanings and answers are those of Prosody's util.stanza. Where `tag` has got to is kept beside the stanza
-- (`cursors`), so pairs() shows name, attr and children only. What could not be written as XML is
-- refused as soon as it is added, at the caller's line (the rules: couplet.xml); literals are looked at when they are written.
local shape = require "couplet.stanza.shape"
local xml = require "couplet.xml"

local error, type, rawset, next, setmetatable = error, type, rawset, next, setmetatable
local s_find, s_rep = string.find, string.rep
local text_fault, name_fault, attr_fault = xml.text_fault, xml.name_fault, xml.attr_fault
local stanza_mt, adopt, ns_of = shape.stanza_mt, shape.adopt, shape.ns_of

-- stanza → the elements that `tag` opened and `up` has not closed, outermost first; absent when there are none
local cursors = setmetatable({}, { __mode = "k" })

-- In the functions that check, `level` says whose mistake it is: 1 the function that calls them, 2 the one that called that.

---@param name string
---@param attr? table<string, string> kept, not copied
---@param level integer
---@return couplet.Stanza
local function make(name, attr, level)
    local fault = name_fault(name)
    if fault then error("bad name: " .. fault, level + 1) end
    fault = attr ~= nil and attr_fault(attr)
    if fault then error("bad attributes of <" .. name .. ">: " .. fault, level + 1) end
    return setmetatable({ name = name, attr = attr or {} }, stanza_mt)
end

local function append(parent, child, level)
    local is_element = type(child) == "table"
    local fault = (is_element and name_fault(child.name)) or (not is_element and text_fault(child))
    if fault then error("bad child of <" .. parent.name .. ">: " .. fault, level + 1) end
    rawset(parent, #parent + 1, is_element and adopt(child) or child)
end

local function current(self)
    local open = cursors[self]
    return open and open[#open] or self
end

local function add_tag(self, name, attr, level)
    local element = make(name, attr, level + 1)
    local open = cursors[self]
    if not open then
        open = {}
        cursors[self] = open
    end
    local depth = #open
    local parent = open[depth] or self
    rawset(parent, #parent + 1, element)
    open[depth + 1] = element
end

local function add_text_tag(self, name, text, attr, level)
    local element = make(name, attr, level + 1)
    if text ~= nil and text ~= "" then append(element, text, level + 1) end
    local parent = current(self)
    rawset(parent, #parent + 1, element)
end

--- Opens a child element; what is added next goes into it, until `up`.
---@param name string
---@param attr? table<string, string>
---@return couplet.Stanza self
function stanza_mt:tag(name, attr)
    add_tag(self, name, attr, 2)
    return self
end

--- Opens <query xmlns='…'>.
---@param xmlns string
---@return couplet.Stanza self
function stanza_mt:query(xmlns)
    add_tag(self, "query", { xmlns = xmlns }, 2)
    return self
end

---@param text string|nil
---@return couplet.Stanza self
function stanza_mt:text(text)
    if text ~= nil and text ~= "" then append(current(self), text, 2) end
    return self
end

--- Adds an element with nothing but a text.
---@param name string
---@param text string|nil
---@param attr? table<string, string>
---@return couplet.Stanza self
function stanza_mt:text_tag(name, text, attr)
    add_text_tag(self, name, text, attr, 2)
    return self
end

---@param text string|nil
---@param attr? table<string, string>
---@return couplet.Stanza self
function stanza_mt:body(text, attr)
    add_text_tag(self, "body", text, attr, 2)
    return self
end

---@return couplet.Stanza self
function stanza_mt:up()
    local open = cursors[self]
    if not open then return self end
    local depth = #open
    if depth > 1 then
        open[depth] = nil
    else
        cursors[self] = nil
    end
    return self
end

--- Back to the top, however deep.
---@return couplet.Stanza self
function stanza_mt:reset()
    cursors[self] = nil
    return self
end

---@return boolean
function stanza_mt:at_top() return cursors[self] == nil end

--- Adds where `tag` has got to.
---@param child couplet.Stanza|table|string
---@return couplet.Stanza self
function stanza_mt:add_child(child)
    append(current(self), child, 2)
    return self
end

--- Adds at the top, wherever `tag` has got to.
---@param child couplet.Stanza|table|string
function stanza_mt:add_direct_child(child)
    append(self, child, 2)
end

--- Replaces each child element by what `map` returns for it; nil removes it. Nothing is changed when `map` raises.
---@param map fun(child: couplet.Stanza): couplet.Stanza|table|string|nil
---@return couplet.Stanza self
function stanza_mt:maptags(map)
    local kept, n, count = {}, 0, #self
    for i = 1, count do
        local child = self[i]
        if type(child) == "table" then
            child = map(adopt(child))
            local kind = type(child)
            if kind ~= "table" and kind ~= "string" and child ~= nil then error("bad child: a " .. kind, 2) end
        end
        if child ~= nil then
            n = n + 1
            kept[n] = child
        end
    end
    for i = 1, count do
        self[i] = kept[i]
    end
    return self
end

--- Removes the children of that name (nil: any) and namespace (nil: the parent's).
---@param name? string
---@param xmlns? string
---@return couplet.Stanza self
function stanza_mt:remove_children(name, xmlns)
    xmlns = xmlns or ns_of(self)
    return stanza_mt.maptags(self, function(child)
        if (not name or child.name == name) and ns_of(child) == xmlns then return nil end
        return child
    end)
end

-- Copies and texts

---@param element table
---@param only_top boolean|nil no children
---@param metatable table|nil
---@param depth integer of element, from 1; a fault is raised at the caller of the function that asked for depth 1
---@return table
local function copy(element, only_top, metatable, depth)
    if depth > xml.MAX_DEPTH then error("nested deeper than " .. xml.MAX_DEPTH .. " elements", depth + 2) end
    local attr = {}
    for key, value in next, element.attr or attr do
        attr[key] = value
    end
    local new = { name = element.name, attr = attr }
    for i = 1, only_top and 0 or #element do
        local child = element[i]
        if type(child) == "table" then child = copy(child, false, metatable, depth + 1) end
        new[i] = child
    end
    return metatable and setmetatable(new, metatable) or new
end

--- The opening tag, as text.
---@return string
function stanza_mt:top_tag()
    local text, err = xml.serialize_top(self)
    return text or error(err, 2)
end

--- The XML in colours, for a terminal.
---@return string
function stanza_mt:pretty_print()
    local text, err = xml.serialize(self)
    return xml.colour(text or error(err, 2))
end

---@return string
function stanza_mt:pretty_top_tag()
    local text, err = xml.serialize_top(self)
    return xml.colour(text or error(err, 2))
end

--- A copy with line breaks and indentation; elements that hold nothing but a text stay as they are.
---@param level? integer
---@param indent? string
---@return couplet.Stanza
function stanza_mt:indent(level, indent)
    local count = #self
    if count == 0 or (count == 1 and type(self[1]) ~= "table") then return self end
    level, indent = level or 1, indent or "\t"
    local new, n = copy(self, true, stanza_mt, 1), 0
    for i = 1, count do
        local child = self[i]
        local is_element = type(child) == "table"
        if is_element or s_find(child, "%S") then
            new[n + 1] = "\n" .. s_rep(indent, level)
            new[n + 2] = is_element and stanza_mt.indent(adopt(child), level + 1, indent) or child
            n = n + 2
        end
    end
    new[n + 1] = "\n" .. s_rep(indent, level - 1)
    return new
end

return { make = make, copy = copy }

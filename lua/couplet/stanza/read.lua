-- SPDX-License-Identifier: MIT
-- stanza.read: the methods of stanzas that find something in them. They change nothing, but for the metatable that
-- a literal gets when it is handed out (stanza.shape).
--
-- Names, meanings and answers are those of Prosody's util.stanza. So a child without attr.xmlns is compared as one
-- without, whatever its parent has; received elements of another namespace than the stream's always carry it.
local ns = require "couplet.ns"
local shape = require "couplet.stanza.shape"

local error, type, setmetatable = error, type, setmetatable
local s_match, s_sub, t_concat = string.match, string.sub, table.concat
local stanza_mt, adopt, ns_of, next_match = shape.stanza_mt, shape.adopt, shape.ns_of, shape.next_match

---@param name? string any, when absent
---@param xmlns? string the parent's, when absent
---@return couplet.Stanza|nil
function stanza_mt:get_child(name, xmlns)
    local child = next_match(self, 1, name, xmlns)
    return child
end

---@param name? string
---@param xmlns? string
---@return string|nil text nil when there is no such child, or it has elements inside
function stanza_mt:get_child_text(name, xmlns)
    local child = next_match(self, 1, name, xmlns)
    if child then return child:get_text() end
    return nil
end

---@param name? string
---@param xmlns? string
---@param attr string
---@return string|nil
function stanza_mt:get_child_attr(name, xmlns, attr)
    local child = next_match(self, 1, name, xmlns)
    if child then return child.attr[attr] end
    return nil
end

---@param name? string
---@param xmlns? string
---@param attr_name string
---@param attr_value string|nil
---@param normalize? fun(value: string|nil): string|nil applied to the attribute before it is compared
---@return couplet.Stanza|nil
function stanza_mt:get_child_with_attr(name, xmlns, attr_name, attr_value, normalize)
    for child in stanza_mt.childtags(self, name, xmlns) do
        local value = child.attr[attr_name]
        if (normalize and normalize(value) or value) == attr_value then return child end
    end
    return nil
end

---@param name string
---@return couplet.Stanza|nil child of that name, in whatever namespace
function stanza_mt:child_with_name(name)
    for i = 1, #self do
        local child = self[i]
        if type(child) == "table" and child.name == name then return adopt(child) end
    end
    return nil
end

---@param xmlns string
---@return couplet.Stanza|nil child of that namespace, whatever its name
function stanza_mt:child_with_ns(xmlns)
    for i = 1, #self do
        local child = self[i]
        if type(child) == "table" and ns_of(child) == xmlns then return adopt(child) end
    end
    return nil
end

--- The text inside; nil when there are elements too.
---@return string|nil
function stanza_mt:get_text()
    local count = #self
    if count == 1 and type(self[1]) == "string" then return self[1] end
    for i = 1, count do
        if type(self[i]) == "table" then return nil end
    end
    return t_concat(self, "", 1, count)
end

--- for child in stanza:children(): elements and texts, in their order.
---@return fun(): couplet.Stanza|string|nil
function stanza_mt:children()
    local i, count = 0, #self
    return function()
        i = i + 1
        if i > count then return nil end
        local child = self[i]
        return type(child) == "table" and adopt(child) or child
    end
end

--- for child in stanza:childtags(name, xmlns): the child elements that match as in get_child.
---@param name? string
---@param xmlns? string
---@return fun(): couplet.Stanza|nil
function stanza_mt:childtags(name, xmlns)
    local at = 0
    return function()
        local child
        child, at = next_match(self, at + 1, name, xmlns)
        if not child then at = #self end
        return child
    end
end

stanza_mt.matching_tags = stanza_mt.childtags

-- path → { n =, attr = | text =, name1, xmlns1, name2, xmlns2, … }; false for an absent name or namespace.
-- Weak: paths that are made up at run time must not pile up.
local compiled = setmetatable({}, { __mode = "v" })

local function compile(path)
    local steps, n, pos = {}, 0, 1
    repeat
        if s_sub(path, pos, pos) == "@" then
            steps.attr = s_sub(path, pos + 1)
            break
        end
        local xmlns, name, mark
        if s_sub(path, pos, pos) == "{" then
            xmlns, pos = s_match(path, "^([^}]+)}()", pos + 1)
            if not pos then error("bad path '" .. path .. "': expected {namespace}", 3) end
        end
        name, mark, pos = s_match(path, "^([^@/#]*)([/#]?)()", pos)
        steps[2 * n + 1], steps[2 * n + 2] = name ~= "" and name or false, xmlns or false
        n = n + 1
        steps.text = pos > #path and mark == "#"
    until pos > #path
    steps.n = n
    compiled[path] = steps
    return steps
end

--- Follows a path: "a/b" gives the element, "a/b#" its text, "a/b@id" an attribute; "{namespace}name" at any step.
---@param path string
---@return couplet.Stanza|string|nil
function stanza_mt:find(path)
    if type(path) ~= "string" then error("bad path: expected a string, got a " .. type(path), 2) end
    local steps = compiled[path] or compile(path)
    local here = self
    for i = 1, 2 * steps.n, 2 do
        here = next_match(here, 1, steps[i], steps[i + 1] or nil)
        if not here then return nil end
    end
    if steps.attr then
        local attr = here.attr
        return attr and attr[steps.attr]
    end
    if steps.text then return here:get_text() end
    return here
end

--- What an answer of type error says (RFC 6120 8.3.2): type, condition, text, and the application's own element.
---@return string|nil type, string|nil condition, string|nil text, couplet.Stanza|nil extra
function stanza_mt:get_error()
    local report = next_match(self, 1, "error", nil)
    if not report then return nil, nil, nil, nil end
    local condition, text, extra
    local tags = report.tags
    for i = 1, #tags do
        local child = tags[i]
        if ns_of(child) ~= ns.stanzas then
            extra = child
        elseif child.name == "text" then
            text = text or child:get_text()
        else
            condition = condition or child.name
        end
        if condition and text and extra then break end
    end
    return report.attr.type, condition or "undefined-condition", text, extra
end

return { stanza_mt = stanza_mt }

-- SPDX-License-Identifier: MIT
-- form.parse: an element <x xmlns='jabber:x:data'/> to tables (XEP-0004, 0122, 0221). Nothing raises: what is broken is left out.
-- Of a var that comes twice the first counts. Elements made here, whose children have no xmlns, are read too.
local ns = require "couplet.ns"
local types = require "couplet.form.types"

local ipairs, math, tonumber, type = ipairs, math, tonumber, type

local M = {}

---@class couplet.Field
---@field var string|nil
---@field type string boolean, fixed, hidden, jid-multi, jid-single, list-multi, list-single, text-multi, text-private, text-single
---@field label string|nil
---@field desc string|nil
---@field required boolean
---@field value any as its type says (couplet.form.types)
---@field texts string[] the same as it stands in the form
---@field options { value: string, label: string|nil }[]|nil
---@field datatype string|nil XEP-0122, like xs:integer
---@field open boolean|nil other values than the options are allowed
---@field min string|nil
---@field max string|nil
---@field list_min integer|nil
---@field list_max integer|nil
---@field media { uri: string, type: string|nil }[]|nil XEP-0221

--- The child elements of that name in a namespace, or in none where the element was made here.
local function each(parent, name, xmlns)
    local i = 0
    return function()
        while true do
            i = i + 1
            local child = parent[i]
            if child == nil then return nil end
            if type(child) == "table" and child.name == name then
                local space = child.attr and child.attr.xmlns
                if space == nil or space == xmlns then return child end
            end
        end
    end
end
M.each = each

local function text_of(element)
    local text = ""
    for _, child in ipairs(element) do
        if type(child) ~= "string" then return "" end
        text = text .. child
    end
    return text
end

local function first_text(parent, name)
    local child = each(parent, name, ns.data)()
    return child and text_of(child) or nil
end

local function attr_of(element, name) return element.attr and element.attr[name] or nil end

local function texts_of(field)
    local list = {}
    for value in each(field, "value", ns.data) do list[#list + 1] = text_of(value) end
    return list
end

local function options_of(element)
    local list, seen = {}, {}
    for option in each(element, "option", ns.data) do
        local value = first_text(option, "value")
        if value and not seen[value] then
            list[#list + 1], seen[value] = { value = value, label = attr_of(option, "label") }, true
        end
    end
    return list[1] and list or nil
end

local function count_of(text)
    local number = text and #text < 10 and tonumber(text)
    return number and math.tointeger(number) or nil
end

local function read_validation(element, field)
    local rules = each(element, "validate", ns.validate)()
    if not rules then return end
    field.datatype = attr_of(rules, "datatype")
    field.open = each(rules, "open", ns.validate)() and true or nil
    local range, count = each(rules, "range", ns.validate)(), each(rules, "list-range", ns.validate)()
    if range then field.min, field.max = attr_of(range, "min"), attr_of(range, "max") end
    if (range or each(rules, "regex", ns.validate)()) and field.type:find "^list" then field.open = true end -- XEP-0122 3.2
    if count then field.list_min, field.list_max = count_of(attr_of(count, "min")), count_of(attr_of(count, "max")) end
end

local function media_of(element)
    local media = each(element, "media", ns.media)()
    if not media then return nil end
    local list = { width = count_of(attr_of(media, "width")), height = count_of(attr_of(media, "height")) }
    for uri in each(media, "uri", ns.media) do
        local address = text_of(uri)
        address = address:match("^.*%S", address:find "%S") or ""
        if address ~= "" then list[#list + 1] = { uri = address, type = attr_of(uri, "type") } end
    end
    return list
end

-- `like`: the field of the form that this one answers, which knows its type (3.2: a submission may leave it out).
local function read_field(element, like)
    local kind = attr_of(element, "type")
    local field = {
        var = attr_of(element, "var"),
        type = like and like.type or types.known[kind] and kind or "text-single",
        label = attr_of(element, "label"),
        desc = first_text(element, "desc"),
        required = each(element, "required", ns.data)() ~= nil,
        texts = texts_of(element),
        options = options_of(element),
        media = media_of(element),
    }
    if not like and not kind and #field.texts > 1 then field.type = "list-multi" end
    read_validation(element, field)
    if like then field.datatype = field.datatype or like.datatype end
    field.value = types.decode(field, field.texts)
    return field
end

--- The fields in an element, in their order, and those with a var by it.
---@param element table
---@param known? table<string, couplet.Field>
---@return couplet.Field[] list, table<string, couplet.Field> by_var
function M.fields(element, known)
    local list, by_var = {}, {}
    for child in each(element, "field", ns.data) do
        local var = attr_of(child, "var")
        local field = (not var or not by_var[var]) and read_field(child, known and var and known[var])
        if field and (var or field.type == "fixed") then list[#list + 1] = field end
        if field and var then by_var[var] = field end
    end
    return list, by_var
end

---@param fields couplet.Field[]
---@return table<string, any>
function M.values(fields)
    local values = {}
    for _, field in ipairs(fields) do
        if field.var and field.var ~= "FORM_TYPE" then values[field.var] = field.value end
    end
    return values
end

--- The form in an element: itself, or its first child that is one.
---@param element any
---@return table|nil x
function M.find(element)
    if type(element) ~= "table" then return nil end
    if element.name == "x" and attr_of(element, "xmlns") == ns.data then return element end
    for _, child in ipairs(element) do
        if type(child) == "table" and child.name == "x" and attr_of(child, "xmlns") == ns.data then return child end
    end
end

function M.title(x) return first_text(x, "title") end

--- Several <instructions/> are lines of one text.
function M.instructions(x)
    local text
    for child in each(x, "instructions", ns.data) do text = (text and text .. "\n" or "") .. text_of(child) end
    return text
end

return M

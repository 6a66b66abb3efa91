-- SPDX-License-Identifier: MIT
-- form: data forms (XEP-0004, with datatypes by XEP-0122 and media by XEP-0221): reading what somebody sends, filling it in,
-- making forms of one's own, and checking what comes back. Nothing is sent here.
--
--   local f = form.read(element)                  -- <x xmlns='jabber:x:data'/>, or what has it as a child; nil, err
--   f.type, f.title, f.instructions, f.form_type, f.fields, f.values.name, f.items
--   local x, err = f:submit { name = "robo", count = 3 }      -- checked; err.text and err.extra.field name the field
--
--   local x = form.new { title = "Order", form_type = "urn:example:order", fields = {
--       { var = "what", type = "list-single", options = { "tea", "coffee" }, required = true },
--       { var = "count", datatype = "xs:integer", min = 1, max = 10, value = 1 } } }
--   local values, err = form.accept(x, answer)    -- what somebody submitted, typed and checked against x
--
-- What the values of each type are in Lua: couplet.form.types.
-- Implements: XEP-0004 2.13.2, XEP-0068 1.3.0, XEP-0122 1.0.2, XEP-0221 1.0
local errors = require "couplet.errors"
local parse = require "couplet.form.parse"
local types = require "couplet.form.types"

local error, ipairs, next, setmetatable, tostring, type, table = error, ipairs, next, setmetatable, tostring, type, table

local M = {}

---@class couplet.Form
---@field type string form, submit, result, cancel
---@field title string|nil
---@field instructions string|nil
---@field form_type string|nil what FORM_TYPE says (XEP-0068)
---@field fields couplet.Field[]
---@field values table<string, any> by var
---@field reported couplet.Field[]|nil of a result with items: what they have
---@field items table<string, any>[]|nil values of each
local methods = {}
local form_mt = { __index = methods, __name = "couplet.form" }

local TYPES = { form = true, submit = true, result = true, cancel = true, error = true }
local private = setmetatable({}, { __mode = "k" }) -- form -> its fields by var

local function wrong(var, reason)
    return nil, errors.new("not-acceptable", ("the field '%s': %s"):format(var:sub(1, 100), reason), { extra = { field = var } })
end

local function read_items(form, x, known)
    local reported = parse.each(x, "reported", x.attr.xmlns)()
    local like = known
    if reported then form.reported, like = parse.fields(reported) end
    for item in parse.each(x, "item", x.attr.xmlns) do
        form.items = form.items or {}
        form.items[#form.items + 1] = parse.values((parse.fields(item, like)))
    end
    if reported and not form.items then form.items = {} end
end

local function read(element, known)
    local x = parse.find(element)
    if not x then return nil, errors.new("bad-request", "there is no data form") end
    local kind = x.attr.type
    local form = setmetatable({ type = TYPES[kind] and kind or "form" }, form_mt)
    local by_var
    form.title, form.instructions = parse.title(x), parse.instructions(x)
    form.fields, by_var = parse.fields(x, known)
    form.values = parse.values(form.fields)
    form.form_type = by_var.FORM_TYPE and by_var.FORM_TYPE.texts[1] or nil
    private[form] = by_var
    read_items(form, x, known)
    return form
end

--- The form in an element. Whatever came from the network is read as far as it makes sense.
---@param element table the form, or an element that has it as a child
---@param like? couplet.Form what it answers: its types are those of the fields, where a submission does not tell them
---@return couplet.Form|nil form, couplet.Error|nil err
function M.read(element, like) return read(element, like and private[like]) end

--- The field of that var; nil: there is none.
---@param var string
---@return couplet.Field|nil
function methods:field(var) return private[self][var] end

local function unknown(self, name)
    local known = {}
    for _, field in ipairs(self.fields) do
        if field.var and field.var ~= "FORM_TYPE" and #known < 50 then known[#known + 1] = field.var end
    end
    return wrong(tostring(name), "the form has none of that name; it has: " .. table.concat(known, ", "))
end

local function texts_for(field, value)
    local texts = types.encode(value, field.type)
    if not texts then return nil, "a " .. type(value) .. " cannot be its value" end
    local fault = types.fault(field, texts)
    if fault then return nil, fault end
    return texts
end

local function is_asked(field) return field.var and field.type ~= "fixed" end

--- The answer to a form. Fields that `values` does not name go back as they came, as from a client that shows the form.
---@param values? table<string, string|number|boolean|string[]> by var
---@return couplet.Stanza|nil x, couplet.Error|nil err
function methods:submit(values)
    if values ~= nil and type(values) ~= "table" then error("form:submit: a table of values is expected", 2) end
    values = values or {}
    for name in next, values do
        local field = private[self][name]
        if not field or not is_asked(field) then return unknown(self, name) end
    end
    local answers = {}
    for _, field in ipairs(self.fields) do
        local texts, fault = field.texts, nil
        if values[field.var] ~= nil then
            texts, fault = texts_for(field, values[field.var])
        elseif field.required and is_asked(field) then
            fault = types.fault(field, texts)
        end
        if fault then return wrong(field.var, fault) end
        if is_asked(field) and (texts[1] ~= nil or values[field.var] ~= nil) then
            answers[#answers + 1] = { var = field.var, type = field.type, texts = texts }
        end
    end
    return require("couplet.form.build").answers(answers)
end

--- The answer that says no.
---@return couplet.Stanza x
function methods.cancel() return require("couplet.form.build").cancel() end

--- A form of one's own, as an element. Misuse raises.
---@param options { type: string?, title: string?, instructions: string?, form_type: string?, fields: table[]?, values: table? }
--- also `reported`, fields, and `items`, values of each, of a result
---@return couplet.Stanza x
function M.new(options)
    local x, fault = require("couplet.form.build").form(options)
    if not x then error("form.new: " .. fault, 2) end
    return x
end

--- What somebody submitted, typed and checked against the form that he was sent: required, options, datatypes. Fields
--- that the form has not are ignored (XEP-0004 3.1), and a form that was cancelled is an error.
---@param asked table|couplet.Form the form that was sent (an element, or what form.read gave)
---@param element table
---@return table<string, any>|nil values, couplet.Error|nil err
function M.accept(asked, element)
    if not private[asked] then
        local fault
        asked, fault = read(asked)
        if not asked then error("form.accept: " .. fault.text, 2) end
    end
    local answer, err = read(element, private[asked])
    if not answer then return nil, err end
    if answer.type ~= "submit" then return nil, errors.new("not-acceptable", "the form was not submitted") end
    if asked.form_type and answer.form_type and asked.form_type ~= answer.form_type then
        return nil, errors.new("not-acceptable", "it answers another form")
    end
    local values = {}
    for _, field in ipairs(asked.fields) do
        if is_asked(field) and field.var ~= "FORM_TYPE" then
            local given = private[answer][field.var]
            local fault = types.fault(field, given and given.texts or {})
            if fault then return wrong(field.var, fault) end
            if given then values[field.var] = given.value end
        end
    end
    return values
end

return M

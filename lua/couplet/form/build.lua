-- SPDX-License-Identifier: MIT
-- form.build: forms as elements, from what a script says of them. Reasons of misuse are returned; couplet.form raises them.
local ns = require "couplet.ns"
local st = require "couplet.stanza"
local types = require "couplet.form.types"

local ipairs, pairs, tostring, type, table = ipairs, pairs, tostring, type, table

local M = {}

local function add_texts(x, texts)
    for _, text in ipairs(texts) do x:text_tag("value", text) end
end

---@param answers { var: string, type: string, texts: string[] }[]
---@return couplet.Stanza
function M.answers(answers)
    local x = st.stanza("x", { xmlns = ns.data, type = "submit" })
    for _, field in ipairs(answers) do
        x:tag("field", { var = field.var, type = field.type })
        add_texts(x, field.texts)
        x:up()
    end
    return x
end

---@return couplet.Stanza
function M.cancel() return st.stanza("x", { xmlns = ns.data, type = "cancel" }) end

local function add_validation(x, field)
    if not (field.datatype or field.min or field.max or field.open) then return end
    x:tag("validate", { xmlns = ns.validate, datatype = field.datatype or "xs:string" })
    if field.open then
        x:tag("open"):up()
    elseif field.min or field.max then
        x:tag("range", { min = field.min and tostring(field.min), max = field.max and tostring(field.max) }):up()
    else
        x:tag("basic"):up()
    end
    x:up()
end

local function add_options(x, options)
    for _, option in ipairs(options) do
        if type(option) ~= "table" then option = { value = tostring(option) } end
        local value = option.value ~= nil and option.value or option[1]
        x:tag("option", { label = option.label }):text_tag("value", tostring(value)):up()
    end
end

local function add_media(x, media)
    x:tag("media", { xmlns = ns.media, width = media.width and tostring(media.width), height = media.height and tostring(media.height) })
    for _, source in ipairs(media) do x:text_tag("uri", source.uri, { type = source.type }) end
    x:up()
end

-- The texts of a default are not checked against the options: it is the script's own.
local function add_field(x, field, with_type)
    if type(field) ~= "table" then return "a field is a table" end
    local kind = field.type or (type(field.value) == "boolean" and "boolean") or "text-single"
    if not types.known[kind] then return ("there is no type '%s' of fields"):format(tostring(kind)) end
    if type(field.var) ~= "string" and kind ~= "fixed" then return "a field needs a var" end
    local texts = {}
    if field.value ~= nil then texts = types.encode(field.value, kind) end
    if not texts then return ("the value of '%s' is a %s"):format(tostring(field.var), type(field.value)) end
    x:tag("field", { var = field.var, type = with_type and kind or nil, label = field.label })
    if field.desc then x:text_tag("desc", field.desc) end
    if field.required then x:tag("required"):up() end
    add_validation(x, field)
    add_texts(x, texts)
    add_options(x, field.options or {})
    if field.media then add_media(x, field.media) end
    x:up()
end

local function add_values(x, values)
    local names = {}
    for name in pairs(values) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
        local value = values[name]
        local kind = type(value) == "string" and value:find "\n" and "text-multi" or "text-single"
        local fault = add_field(x, { var = name, value = value, type = kind }, false)
        if fault then return fault end
    end
end

local function add_fields(x, fields, with_type)
    for _, field in ipairs(fields) do
        local fault = add_field(x, field, with_type)
        if fault then return fault end
    end
end

local function add_items(x, options)
    x:tag "reported"
    local fault = add_fields(x, options.reported or {}, true)
    x:up()
    for _, item in ipairs(options.items) do
        x:tag "item"
        fault = fault or add_values(x, item)
        x:up()
    end
    return fault
end

--- See couplet.form.new.
---@return couplet.Stanza|nil x, string|nil fault
function M.form(options)
    if type(options) ~= "table" then return nil, "a table is expected" end
    local kind = options.type or "form"
    local x = st.stanza("x", { xmlns = ns.data, type = kind })
    if options.title then x:text_tag("title", options.title) end
    for line in ((options.instructions or "") .. "\n"):gmatch "([^\n]+)\n" do x:text_tag("instructions", line) end
    if options.form_type then
        x:tag("field", { var = "FORM_TYPE", type = kind ~= "submit" and "hidden" or nil }):text_tag("value", options.form_type):up()
    end
    local fault = add_fields(x, options.fields or {}, kind ~= "submit") or add_values(x, options.values or {})
    if not fault and options.items then fault = add_items(x, options) end
    if fault then return nil, fault end
    return x
end

return M

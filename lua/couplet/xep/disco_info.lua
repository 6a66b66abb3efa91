-- SPDX-License-Identifier: MIT
-- disco_info: a <query/> of disco#info (XEP-0030 3) read into a plain table, and written from one.
--
--   info.identities   { { category =, type =, name =, lang = }, … }
--   info.features     { [namespace] = true }
--   info.forms        { [FORM_TYPE] = { [var] = "value", or { "a", "b" } where there are several or none } }  (XEP-0128)
--
-- What came is read as far as it makes sense. info.flaw says why it is not well-formed in the sense of XEP-0115 5.4 (3),
-- so that no hash over it proves anything; nil when it is.
-- Implements: XEP-0128 1.0.1
local ns = require "couplet.ns"

local type, ipairs, pairs, tostring = type, ipairs, pairs, tostring

local M = {}

---@class couplet.DiscoInfo
---@field identities { category: string, type: string, name: string|nil, lang: string|nil }[]
---@field features table<string, true>
---@field forms table<string, table<string, string|string[]>>
---@field flaw string|nil

local function read_identity(info, seen, element)
    local attr = element.attr
    if not attr.category or not attr.type then
        info.flaw = "an identity without category or type"
        return
    end
    local one = { category = attr.category, type = attr.type, name = attr.name, lang = attr["xml:lang"] }
    local key = ("%s/%s/%s/%s"):format(one.category, one.type, one.lang or "", one.name or "")
    if seen[key] then info.flaw = "an identity twice" end
    seen[key] = true
    info.identities[#info.identities + 1] = one
end

local function read_feature(info, var)
    if not var or info.features[var] then info.flaw = var and "a feature twice" or "a feature without a name" end
    if var then info.features[var] = true end
end

local function values_of(field)
    local values = {}
    for value in field:childtags("value", ns.data) do values[#values + 1] = value:get_text() or "" end
    return values
end

local function all_equal(values)
    for i = 2, #values do
        if values[i] ~= values[1] then return false end
    end
    return #values > 0
end

-- A form without a hidden FORM_TYPE is as good as not there (XEP-0115 5.4 (3.6)).
local function read_form(info, element)
    local form, form_type = {}, nil
    for field in element:childtags("field", ns.data) do
        local var, values = field.attr.var, values_of(field)
        if var == "FORM_TYPE" then
            if form_type or not all_equal(values) then info.flaw = "a form with two types" end
            form_type = field.attr.type == "hidden" and values[1] or nil
        elseif var then
            form[var] = #values == 1 and values[1] or values
        end
    end
    if not form_type then return end
    if info.forms[form_type] then info.flaw = "two forms of one type" end
    info.forms[form_type] = form
end

--- Reads a <query/>; nil when it is none.
---@param query any
---@return couplet.DiscoInfo|nil
function M.read(query)
    if type(query) ~= "table" or query.name ~= "query" or query.attr.xmlns ~= ns.disco_info then return nil end
    local info, seen = { identities = {}, features = {}, forms = {} }, {}
    for identity in query:childtags("identity", ns.disco_info) do read_identity(info, seen, identity) end
    for feature in query:childtags("feature", ns.disco_info) do read_feature(info, feature.attr.var) end
    for form in query:childtags("x", ns.data) do read_form(info, form) end
    if #info.identities == 0 then info.flaw = "no identity" end -- XEP-0030 3.1
    return info
end

local function sorted_keys(map)
    local keys = {}
    for key in pairs(map) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
end
M.sorted_keys = sorted_keys

local function form_element(form_type, form)
    local x = {
        name = "x", attr = { xmlns = ns.data, type = "result" },
        { name = "field", attr = { var = "FORM_TYPE", type = "hidden" }, { name = "value", form_type } },
    }
    for _, var in ipairs(sorted_keys(form)) do
        local field = { name = "field", attr = { var = var } }
        for _, value in ipairs(type(form[var]) == "table" and form[var] or { form[var] }) do
            field[#field + 1] = { name = "value", tostring(value) }
        end
        x[#x + 1] = field
    end
    return x
end

--- The <query/> of it, always in the same order.
---@param info { identities: table[]|nil, features: table|nil, forms: table|nil }
---@param node? string
---@return table
function M.element(info, node)
    local query = { name = "query", attr = { xmlns = ns.disco_info, node = node } }
    for _, one in ipairs(info.identities or {}) do
        query[#query + 1] = {
            name = "identity",
            attr = { category = one.category, type = one.type, name = one.name, ["xml:lang"] = one.lang },
        }
    end
    for _, feature in ipairs(sorted_keys(info.features or {})) do
        query[#query + 1] = { name = "feature", attr = { var = feature } }
    end
    for _, form_type in ipairs(sorted_keys(info.forms or {})) do
        query[#query + 1] = form_element(form_type, info.forms[form_type])
    end
    return query
end

return M

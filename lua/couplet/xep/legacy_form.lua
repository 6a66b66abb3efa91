-- SPDX-License-Identifier: MIT
-- legacy_form: the forms that are older than data forms (XEP-0055 2.1, XEP-0077 3.1): <instructions/> and one empty element a
-- field. Read as a couplet.Form either way, so that whoever fills them in need not know.
local form = require "couplet.form"
local ns = require "couplet.ns"
local st = require "couplet.stanza"

local ipairs, next = ipairs, next

local M = {}

local NOT_FIELDS = { instructions = true, registered = true, remove = true, x = true, item = true, set = true }

local function fields_of(query)
    local fields = {}
    for _, child in ipairs(query.tags) do
        if child.attr.xmlns == query.attr.xmlns and not NOT_FIELDS[child.name] then
            local text = child:get_text()
            fields[#fields + 1] = {
                var = child.name, type = child.name == "password" and "text-private" or child.name == "key" and "hidden" or nil,
                value = text ~= "" and text or nil,
            }
        end
    end
    return fields
end

--- The form in a <query/>; is_legacy when it is an old one.
---@param query couplet.Stanza
---@return couplet.Form f, boolean is_legacy
function M.read(query)
    if query:get_child("x", ns.data) then return (form.read(query)), false end
    local x = form.new { instructions = query:get_child_text "instructions", fields = fields_of(query) }
    return (form.read(x)), true
end

--- The <query/> that submits it.
---@param f couplet.Form
---@param is_legacy boolean
---@param xmlns string
---@param values? table<string, any>
---@return couplet.Stanza|nil query, couplet.Error|nil err
function M.submit(f, is_legacy, xmlns, values)
    local query = st.stanza("query", { xmlns = xmlns })
    local x, err = f:submit(values)
    if not x then return nil, err end
    if not is_legacy then return query:add_child(x) end
    for _, field in ipairs(x.tags) do query:text_tag(field.attr.var, field:get_child_text "value") end
    return query
end

--- The records of a result (XEP-0055): a list of tables, by data form or old.
---@param query couplet.Stanza
---@return table<string, any>[]
function M.items(query)
    local x = query:get_child("x", ns.data)
    if x then return form.read(x).items or {} end
    local list = {}
    for item in query:childtags "item" do
        local record = { jid = item.attr.jid }
        for _, child in ipairs(item.tags) do
            if record[child.name] == nil then record[child.name] = child:get_text() end
        end
        if next(record) then list[#list + 1] = record end
    end
    return list
end

return M

-- SPDX-License-Identifier: MIT
-- template.loops: what {% if %} and {% for %} do when a template runs.
local expression = require "couplet.template.expression"
local filters = require "couplet.template.filters"

local rawget, rawlen, type = rawget, rawlen, type

local M = {}

--- branches: { condition, body } each; the first that is true, else `otherwise`.
function M.choose(branches, otherwise)
    return function(run)
        for i = 1, #branches do
            run:spend(1)
            if expression.is_true(branches[i][1](run)) then return branches[i][2](run) end
        end
        if otherwise then otherwise(run) end
    end
end

-- The pairs that are gone through: of a list in its order, of another table by its keys.
local function items_of(run, value)
    if type(value) ~= "table" then return {}, 0 end
    if rawget(value, 1) ~= nil then return nil, rawlen(value) end
    run:spend(rawlen(value) + 1)
    local keys = filters.sorted_keys(value)
    run:spend(#keys)
    return keys, #keys
end

--- names: { value } or { key, value }.
function M.each(names, list, body, otherwise)
    local key_name, value_name = names[2] and names[1], names[2] or names[1]
    return function(run)
        local value, vars = list(run), run.vars
        local keys, count = items_of(run, value)
        if count == 0 then return otherwise and otherwise(run) end
        local key_was, value_was, loop_was = key_name and vars[key_name], vars[value_name], vars.loop
        for i = 1, count do
            run:spend(1)
            local key = keys and keys[i] or i
            vars[value_name] = rawget(value, key)
            if key_name then vars[key_name] = key end
            vars.loop = { index = i, first = i == 1, last = i == count, length = count }
            body(run)
        end
        vars[value_name], vars.loop = value_was, loop_was
        if key_name then vars[key_name] = key_was end
    end
end

return M

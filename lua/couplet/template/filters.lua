-- SPDX-License-Identifier: MIT
-- template.filters: what stands behind '|' in a template: filter(run, value, a, b) -> a value. None raises: a value that a filter
-- has no use for comes back as it is. What a template itself writes as style is markup: { mark = "strong", value }.
local clean = require "couplet.clean"
local expression = require "couplet.template.expression"

local getmetatable, math, next, pairs, pcall, rawget, rawlen, require, setmetatable, table, tonumber, tostring, type, utf8 =
    getmetatable, math, next, pairs, pcall, rawget, rawlen, require, setmetatable, table, tonumber, tostring, type, utf8
local s_find, s_format, s_gsub, s_lower, s_rep, s_sub, s_upper =
    string.find, string.format, string.gsub, string.lower, string.rep, string.sub, string.upper
local t_concat, t_sort = table.concat, table.sort

local M = {}

local LONGEST = 65536 -- bytes of a text that a filter makes
local MOST = 1000 -- elements of a table that are shown

local markup_mt = { __name = "couplet.template.markup" } -- no payload has it

--- What a filter has marked: "strong", "code"…; nil for any other value.
function M.mark_of(value)
    return type(value) == "table" and getmetatable(value) == markup_mt and value.mark or nil
end

-- Keys in an order that is the same each time: numbers, then texts.
function M.sorted_keys(value)
    local keys = {}
    for key in next, value do keys[#keys + 1] = key end
    t_sort(keys, function(a, b)
        if type(a) == type(b) and (type(a) == "number" or type(a) == "string") then return a < b end
        return type(a) == "number" and type(b) ~= "number" or tostring(type(a)) < tostring(type(b))
    end)
    return keys
end

local function number_text(value)
    if math.type(value) == "float" and value == math.floor(value) and value > -1e15 and value < 1e15 then return s_format("%d", value) end
    return math.type(value) == "integer" and s_format("%d", value) or s_format("%.14g", value)
end

--- Any value as people read it: a list as "a, b", a table as "key=value, …".
function M.text(value, depth)
    local kind = type(value)
    if kind == "string" then return value end
    if kind == "number" then return number_text(value) end
    if kind == "boolean" then return tostring(value) end
    if kind ~= "table" then return "" end
    depth = depth or 0
    if depth > 3 then return "…" end
    if M.mark_of(value) then return M.text(value[1], depth) end
    local out, is_list = {}, rawget(value, 1) ~= nil
    local keys = not is_list and M.sorted_keys(value)
    for i = 1, math.min(MOST, is_list and rawlen(value) or #keys) do
        out[i] = is_list and M.text(rawget(value, i), depth + 1) or M.text(keys[i], 4) .. "=" .. M.text(rawget(value, keys[i]), depth + 1)
    end
    return clean.cut(t_concat(out, ", "), LONGEST)
end

local text = M.text

-- A filter of texts: keeps what is absent absent.
local function of_text(f)
    return function(run, value, a, b)
        if value == nil then return nil end
        return f(text(value), a, b, run)
    end
end

local function of_number(f)
    return function(run, value, a, b)
        local number = tonumber(value)
        if not number or number ~= number or number == math.huge or number == -math.huge then return value end
        return f(number, a, b, run)
    end
end

local function whole(value, default, most)
    local number = tonumber(value)
    if not number or number ~= number then return default end
    return math.tointeger(math.floor(math.max(0, math.min(most or 1000000, number))))
end

local function truncate(value, count)
    count = whole(count, 80)
    if #value <= count then return value end
    if not utf8.len(value) then value = clean.text(value) end
    if utf8.len(value) <= count then return value end
    local stop = count > 0 and utf8.offset(value, count) or 1
    return clean.trim_end(s_sub(value, 1, stop - 1)) .. (count > 0 and "…" or "")
end

local function replace(value, from, to)
    from, to = text(from), text(to)
    if from == "" then return value end
    local out, at, size = {}, 1, 0
    while size < LONGEST do
        local first, last = s_find(value, from, at, true)
        if not first then break end
        out[#out + 1] = s_sub(value, at, first - 1) .. to
        size = size + #out[#out]
        at = last + 1
    end
    return clean.cut(t_concat(out) .. s_sub(value, at), LONGEST)
end

local UNITS = { "KiB", "MiB", "GiB", "TiB", "PiB" }

local function bytes(value)
    local unit = 0
    while math.abs(value) >= 1024 and unit < #UNITS do
        value, unit = value / 1024, unit + 1
    end
    if unit == 0 then return number_text(value) .. " B" end
    return s_format(math.abs(value) < 10 and "%.1f %s" or "%.0f %s", value, UNITS[unit])
end

local function round(value, digits)
    digits = whole(digits, 0, 12)
    local rounded = tonumber(s_format("%." .. digits .. "f", value))
    return digits == 0 and math.tointeger(rounded) or rounded
end

local function nth(value, index)
    if type(value) ~= "table" then return value end
    return rawget(value, index)
end

local function first(run, value, count)
    if count == nil then return nth(value, 1) end
    if type(value) == "string" then return clean.cut(value, whole(count, 1)) end
    if type(value) ~= "table" then return value end
    local list = {}
    for i = 1, math.min(rawlen(value), whole(count, 1)) do list[i] = rawget(value, i) end
    run:spend(#list)
    return list
end

local function join(run, value, between, last)
    if type(value) ~= "table" then return value end
    local out, size = {}, 0
    for i = 1, rawlen(value) do
        out[i] = text(rawget(value, i))
        size = size + #out[i]
        if size > LONGEST then break end
    end
    run:spend(#out)
    between = between == nil and ", " or text(between)
    if last ~= nil and #out > 1 then
        local tail = table.remove(out)
        return t_concat(out, between) .. text(last) .. tail
    end
    return #between * #out <= LONGEST and t_concat(out, between) or nil
end

local function length(_, value)
    if type(value) == "string" then return utf8.len(value) or #value end
    if type(value) ~= "table" then return 0 end
    local count = 0
    for _ in next, value do count = count + 1 end
    return count
end

local function keys(run, value)
    if type(value) ~= "table" then return {} end
    run:spend(length(run, value))
    return M.sorted_keys(value)
end

local function json(_, value)
    local ok, encoded = pcall(require("couplet.json").encode, value)
    return ok and clean.cut(encoded, LONGEST) or text(value)
end

local function mark(name)
    return function(_, value)
        if value == nil or value == "" then return value end
        return setmetatable({ mark = name, value }, markup_mt)
    end
end

-- name → { function, least and most arguments }
local FILTERS = {
    upper = { of_text(s_upper), 0, 0 },
    lower = { of_text(s_lower), 0, 0 },
    trim = { of_text(function(value) return clean.trim(value) end), 0, 0 },
    oneline = { of_text(function(value) return clean.line(value, LONGEST) end), 0, 0 },
    truncate = { of_text(truncate), 1, 1 },
    replace = { of_text(replace), 2, 2 },
    indent = { of_text(function(value, count) return (s_gsub(value, "\n", "\n" .. s_rep(" ", whole(count, 4, 40)))) end), 0, 1 },
    plain = { of_text(function(value) return require("couplet.xep.styling").strip(clean.cut(value, LONGEST)) end), 0, 0 },
    url = { function(_, value) return clean.url(value) end, 0, 0 },
    escape = { of_text(function(value) return value end), 0, 0 },
    default = { function(_, value, other) return expression.is_true(value) and value or other end, 1, 1 },
    round = { of_number(round), 0, 1 },
    bytes = { of_number(bytes), 0, 0 },
    first = { first, 0, 1 },
    last = { function(_, value) return nth(value, type(value) == "table" and rawlen(value) or 1) end, 0, 0 },
    join = { join, 0, 2 },
    length = { length, 0, 0 },
    keys = { keys, 0, 0 },
    json = { json, 0, 0 },
    strong = { mark "strong", 0, 0 },
    emphasis = { mark "emphasis", 0, 0 },
    strike = { mark "strike", 0, 0 },
    code = { mark "code", 0, 0 },
    quote = { mark "quote", 0, 0 },
}
for name, row in pairs(require("couplet.template.times").filters) do FILTERS[name] = row end

local function names()
    local list = {}
    for name in pairs(FILTERS) do list[#list + 1] = name end
    t_sort(list)
    return list
end

--- The filter of that name, for so many arguments; throws a mistake at the token's place.
function M.find(token, count)
    local row = FILTERS[token.value]
    if not row then
        local near = require("couplet.core.people").near(token.value, names())
        expression.fail(token.at, "there is no filter '%s'%s", token.value, near and "; did you mean '" .. near .. "'?" or "")
    end
    if count < row[2] or count > row[3] then
        local want = row[2] == row[3] and tostring(row[2]) or row[2] .. " to " .. row[3]
        expression.fail(token.at, "'%s' takes %s argument%s, not %d", token.value, want, row[3] == 1 and "" or "s", count)
    end
    return row[1]
end

return M

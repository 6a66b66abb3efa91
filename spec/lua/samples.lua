-- SPDX-License-Identifier: MIT
-- samples: payloads as real programs send them (spec/samples/NAME.json, or .txt, with NAME.headers.json), as events of webhooks,
-- and damaged in every way that a parser has to live with.
--
--   samples.event "alertmanager"                    an event, as from HTTP
--   samples.names "github"                          github_push, github_issues, …
--   for damage, event in samples.damaged(name) do … end
local files = require "spec.files"
local json = require "couplet.json"

local M = {}

local FOLDER = "spec/samples/"

--- The names of all samples that begin so.
function M.names(prefix)
    local list, found = assert(io.popen("ls " .. FOLDER)), {}
    for name in list:lines() do
        local sample = name:match "^(.*)%.headers%.json$"
        if sample and (sample == prefix or sample:sub(1, #prefix + 1) == prefix .. "_") then found[#found + 1] = sample end
    end
    list:close()
    table.sort(found)
    assert(#found > 0, "no samples of " .. prefix)
    return found
end

--- The event of a POST with that body, or the sample's own.
function M.event(name, body, with)
    return {
        kind = "webhook", path = "/" .. name, method = "POST", query = {}, with = with,
        headers = json.decode(assert(files.find(FOLDER .. name .. ".headers.json"))),
        body = body or files.find(FOLDER .. name .. ".json") or assert(files.find(FOLDER .. name .. ".txt"), name),
    }
end

local function deep(levels)
    local value = "x"
    for _ = 1, levels do value = { a = value } end
    return value
end

local NULL = json.null
local VALUES = {
    { "missing", function() return nil end },
    { "null", function() return NULL end },
    { "a text", function() return "x" end },
    { "the empty text", function() return "" end },
    { "a number", function() return 17 end },
    { "a huge number", function() return 1e300 end },
    { "a negative number", function() return -1 end },
    { "true", function() return true end },
    { "an object", function() return { x = { y = "z" } } end },
    { "an empty object", function() return {} end },
    { "a list", function() return { 1, "x", { z = 1 } } end },
    { "an empty list", function() return json.array {} end },
    { "a list of lists and null", function() return json.array { json.array {}, NULL, json.array { json.array {} } } end },
    { "a long text", function() return ("x\n"):rep(50000) end },
    { "a hostile text", function() return "\u{202E}*a*\n> b\n```\u{0}\u{1B}[2J<b>&" end },
    { "deep", function() return deep(60) end },
}

local READ = { html_url = true, web_url = true, compare_url = true, target_url = true, title_link = true }

-- Links that nobody reads are many and alike, and what is deeper than four is not read either.
local function is_of_interest(key, depth)
    return depth <= 4 and (type(key) == "number" and key <= 2 or type(key) == "string" and (READ[key] or not key:find "_url$"))
end

-- Each place of a value: calls visit(container, key, path).
local function walk(value, path, depth, visit)
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    for _, key in ipairs(keys) do
        if is_of_interest(key, depth) then
            visit(value, key, path .. "." .. tostring(key), depth)
            if type(value[key]) == "table" then walk(value[key], path .. "." .. tostring(key), depth + 1, visit) end
        end
    end
end

local MOST, MOST_OF_ALL = 500, 6000 -- damages to a sample below its top, and to all of a parser's

-- The samples of a parser are much alike: the more there are, the fewer damages to each.
local function damages(name)
    local alike = M.names(name:match "^%l+_kuma" or name:match "^%l+")
    return math.min(MOST, MOST_OF_ALL // #alike)
end

--- Whether its body is the JSON itself, not a text, and not in a form.
function M.is_json(name) return files.find(FOLDER .. name .. ".json") ~= nil end

--- Calls try(what, event) with the sample damaged at each field in turn; near the top in each way, deeper in some.
function M.damaged(name, with, try)
    local event = M.event(name, nil, with)
    local document, places, turn = assert(json.decode(event.body), name), 0, 0
    walk(document, "", 1, function() places = places + 1 end)
    local stride = math.max(1, places * #VALUES // damages(name))
    walk(document, "", 1, function(container, key, path, depth)
        local was = container[key]
        for _, value in ipairs(VALUES) do
            turn = turn + 1
            if depth == 1 or turn % stride == 0 then
                container[key] = value[2]()
                if container[key] == nil and type(key) == "number" then container[key] = NULL end
                event.body = json.encode(document)
                try(path .. " is " .. value[1], event)
            end
        end
        container[key] = was
    end)
end

--- The body itself damaged: cut, not UTF-8, not JSON, another value.
function M.broken(name, with, try)
    local body = M.event(name, nil, with).body
    for _, other in ipairs {
        "", " ", "null", "true", "1", '"x"', "[]", "{}", "[[]]", "[null]", "{", "\255\254", "\0", ("["):rep(5000), '{"a":"\255"}', ("x"):rep(200000),
        '[{"a":1}]', '{"alerts":[{}]}', "payload=", "payload=%7B%7D", "payload=%ZZ", "=&=&", body .. "x", body:sub(1, #body // 2), body:sub(2),
    } do
        try("the body is " .. other:sub(1, 20), M.event(name, other, with))
    end
    local bare = M.event(name, nil, with)
    bare.headers, bare.query = {}, {}
    try("no headers", bare)
    bare.body = nil
    try("no body", bare)
end

return M

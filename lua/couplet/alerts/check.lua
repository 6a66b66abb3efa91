-- SPDX-License-Identifier: MIT
-- alerts.check: what is wrong in `with:` of a hook that calls alerts.NAME, told when the configuration is read: keys that nobody
-- knows, values of the wrong type, templates that cannot be read, a hook that says nowhere to. -> { { path = {…}, text = }, … }
local options = require "couplet.alerts.options"
local text = require "couplet.alerts.text"

local ipairs, io, pairs, require, table, tostring, type = ipairs, io, pairs, require, table, tostring, type
local s_format = string.format

local M = {}

local EVENTS = { events = "table" }
local OF_PARSERS = { github = EVENTS, forgejo = EVENTS, gitea = EVENTS, gitlab = EVENTS, json = require("couplet.alerts.parse.json").OPTIONS }
local TYPES = { string = "a text", number = "a number", boolean = "true or false", table = "a list or a mapping" }

local function known_keys(parser)
    local keys = {}
    for _, of in ipairs { options.KEYS, text.OPTIONS, OF_PARSERS[parser] or {} } do
        for name, kind in pairs(of) do keys[name] = kind end
    end
    return keys
end

local function unknown(name, keys)
    local list = {}
    for key in pairs(keys) do list[#list + 1] = key end
    table.sort(list)
    local near = require("couplet.core.people").near(tostring(name), list)
    return s_format("with: '%s' is unknown%s", tostring(name), near and "; did you mean '" .. near .. "'?" or "")
end

local function check_keys(with, keys, add)
    for name, value in pairs(with) do
        local kind = keys[name]
        if not kind then
            add({ name }, unknown(name, keys))
        elseif kind ~= "any" and type(value) ~= kind then
            add({ name }, s_format("%s: %s is expected", name, TYPES[kind]))
        end
    end
end

local function compile(source, name, path, add, known)
    local _, err = require("couplet.template").compile(source, { known = known })
    if err then add(path, s_format("%s: %s", name, err.text)) end
end

-- The file stands beside the configuration; what the hook gets is where it is.
local function check_file(with, folder, add, known)
    local path = with.template_file
    if type(path) ~= "string" then return end
    if path:sub(1, 1) ~= "/" then path = folder .. path end
    local file, why = io.open(path, "r")
    local source = file and file:read(65537)
    if file then file:close() end
    if not source then return add({ "template_file" }, "template_file: " .. (why or path .. ": it cannot be read, or it is empty")) end
    with.template_file = path
    compile(source, path, { "template_file" }, add, known)
end

local function check_text(with, folder, add, known)
    if with.template and with.template_file then add({ "template_file" }, "template and template_file: one of them is expected") end
    if type(with.template) == "string" then compile(with.template, "template", { "template" }, add, known) end
    check_file(with, folder, add, known)
    if type(with.style) == "string" and not text.STYLES[with.style] then add({ "style" }, "style: plain, styling or xhtml is expected") end
    if type(with.limit) == "number" and (with.limit < 1 or with.limit > 1000) then add({ "limit" }, "limit: 1 to 1000 is expected") end
end

local function check_fields(fields, known, path, add)
    for name, source in pairs(fields) do
        local here = { table.unpack(path) }
        here[#here + 1] = name
        if known and not known[name] then
            add(here, s_format("fields: '%s' is none of an alert", tostring(name)))
        elseif known and name == "labels" then
            if type(source) == "table" then check_fields(source, nil, here, add) else add(here, "labels: a mapping is expected") end
        elseif type(source) == "table" then
            add(here, s_format("%s: a text is expected", tostring(name)))
        else
            compile(tostring(source), tostring(name), here, add)
        end
    end
end

-- Where one room of the bot is, no persons are: another name there is a room that it is not in.
local function check_place(address, key, path, rooms, add)
    local domain, is_near = address:match "@([^/]+)$", false
    for _, room in ipairs(rooms) do
        if room == address then return end
        is_near = is_near or room:match "@(.+)$" == domain
    end
    if not domain or not is_near then return end
    local near = require("couplet.core.people").near(address, rooms)
    add(path, s_format("with: %s: '%s' is none of the bot's `rooms:`%s", key, address, near and "; did you mean '" .. near .. "'?" or ""))
end

local function check_places(policy, rooms, add)
    local with = policy.with
    for i, address in ipairs(policy.to) do check_place(address, "to", options.item_path(with.to, { "to" }, i), rooms, add) end
    for i, step in ipairs(policy.escalate) do
        local path = options.item_path(with.escalate, { "escalate" }, i)
        path[#path + 1] = "to"
        for _, address in ipairs(step.to) do check_place(address, "escalate", path, rooms, add) end
    end
end

--- What is wrong in it; relative paths in it become whole.
---@param parser string the name of the handler
---@param with any
---@param folder string of the configuration, with a slash at its end; "" is the current one
---@param rooms string[]|nil of the bot's configuration
---@return { path: (string|integer)[], text: string }[]|nil
function M.check(parser, with, folder, rooms)
    if type(with) ~= "table" then return { { path = {}, text = "with: { to: ops@conference.example.org } is expected: where alerts go" } } end
    local list = {}
    local function add(path, what) list[#list + 1] = { path = path, text = what } end
    check_keys(with, known_keys(parser), add)
    check_text(with, folder, add, parser ~= "json" and text.FIELDS or nil)
    require("couplet.alerts.alertmanager").check(with.alertmanager, folder, add)
    if parser == "json" and type(with.fields) == "table" then
        check_fields(with.fields, require("couplet.alerts.parse.json").FIELDS, { "fields" }, add)
    end
    if #list == 0 then
        local policy, err = options.of(with)
        if err then add(err.path or {}, err.text) end
        if policy then check_places(policy, rooms or {}, add) end
    end
    return #list > 0 and list or nil
end

return M

-- SPDX-License-Identifier: MIT
-- options: what `with:` of a hook says about the life of alerts in chat, read once a hook and checked.
--
--   to              a room or a person, or a list of them
--   repeat          1h: what is known with the same status is not said again before that
--   resolve         correct | reply | new: how it is told that something is over;  correct_for: 24h, after that by a reply
--   group_wait      0s: what comes within that is said together;  group_interval: 5m, group_by: [labels]
--   storm           { over: 20/1m }: more than that are one message that is kept up to date
--   quiet           { from: "22:00", to: "07:00", tz: Europe/Berlin, except: [critical] }
--   ack             true | { allow: … }: a reaction, or !ack;  escalate: [{ after: 10m, to: bob@example.org }]
--   alertmanager    its URL, or more (couplet.alerts.alertmanager), for !silence;  allow_private: true: also one of this machine
--                   or the house
--
-- Texts (`template` and the like) are couplet.alerts.text's. Nothing here is kept or said.
local errors = require "couplet.errors"
local gate = require "couplet.gate"
local jid = require "couplet.jid"

local error, ipairs, pairs, pcall, require, setmetatable = error, ipairs, pairs, pcall, require, setmetatable
local table, tonumber, tostring, type = table, tonumber, tostring, type

local M = {}

local REPEAT, CORRECT_FOR, GROUP_INTERVAL = 3600, 86400, 300
local RESOLVE = { correct = true, reply = true, new = true }
local ALLOW = { "admins", { affiliation = "member" } } -- where `allow` says nothing

---@class couplet.alerts.Policy
---@field to string[]
---@field again number
---@field resolve "correct"|"reply"|"new"
---@field correct_for number
---@field group_wait number
---@field group_interval number
---@field group_by string[]|nil
---@field storm { count: integer, seconds: number }|nil
---@field quiet { from: integer, to: integer, tz: string, except: table<string, boolean> }|nil
---@field ack { allow: couplet.Rule[] }|nil
---@field escalate { after: number, to: string[] }[]
---@field alertmanager couplet.alerts.Alertmanager|nil
---@field allow_private boolean
---@field keeps boolean something has to be remembered
---@field with table

-- Raised: what is wrong at this path of `with:`; `err.path`: the same, or where exactly.
local function refuse(path, what, exactly)
    local names = { "with" }
    for _, name in ipairs(path) do
        if type(name) == "string" then names[#names + 1] = name end
    end
    local err = errors.new("internal-server-error", table.concat(names, ": ") .. ": " .. what)
    err.path = exactly or path
    error(err, 0)
end

local function wrong(path, expected) refuse(path, expected .. " is expected") end

local function below(path, ...)
    local whole = { table.unpack(path) }
    for _, name in ipairs { ... } do whole[#whole + 1] = name end
    return whole
end

--- "90", "5m", "1h30m" or a number, in seconds; nil: it is none.
function M.seconds(value)
    if type(value) == "number" then return value >= 0 and value or nil end
    if type(value) ~= "string" then return nil end
    return require("couplet.arg_types").read({ type = "duration" }, value, {})
end

local function duration(with, key, default)
    if with[key] == nil then return default end
    return M.seconds(with[key]) or wrong({ key }, "a duration like 30s, 5m or 1h30m")
end

local function is_list(value) return type(value) == "table" and value[1] ~= nil end

local function list_of(value) return is_list(value) and value or { value } end

--- Where the item of a value stands that is a list, or is one item itself.
function M.item_path(value, path, i) return is_list(value) and below(path, i) or path end

local function addresses(value, path)
    local list, seen = {}, {}
    for i, address in ipairs(list_of(value)) do
        local prepared = type(address) == "string" and jid.prep(address)
        if not prepared or not address:find "[@./:]" then
            wrong(M.item_path(value, path, i), "an address like ops@conference.example.org, or a list of them")
        end
        if not seen[prepared] then list[#list + 1], seen[prepared] = prepared, true end
    end
    if #list == 0 then wrong(path, "an address like ops@conference.example.org, or a list of them") end
    return list
end

local function names(value, path)
    for i, name in ipairs(list_of(value)) do
        if type(name) ~= "string" then wrong(M.item_path(value, path, i), "a list of names") end
    end
    return list_of(value)
end

-- Mappings: each of its keys is known.
local function mapping(value, path, keys, expected)
    if type(value) ~= "table" then wrong(path, expected or "a mapping") end
    for name in pairs(value) do
        if not keys[name] then
            local list = {}
            for known_key in pairs(keys) do list[#list + 1] = known_key end
            local near = require("couplet.core.people").near(tostring(name), list)
            refuse(path, ("'%s' is unknown%s"):format(name, near and "; did you mean '" .. near .. "'?" or ""), below(path, name))
        end
    end
    return value
end

local function read_storm(value)
    mapping(value, { "storm" }, { over = true })
    local count, seconds = gate.parse_rate(value.over)
    if not count then wrong({ "storm", "over" }, "a rate like 20/1m") end
    return { count = count, seconds = seconds }
end

local function minute(value, path)
    local hour, min = tostring(value):match "^(%d%d?):(%d%d)$"
    hour, min = tonumber(hour), tonumber(min)
    if not hour or hour > 24 or min > 59 or hour * 60 + min > 1440 then wrong(path, 'a time like "22:00"') end
    return (hour * 60 + min) % 1440
end

local function read_quiet(value)
    mapping(value, { "quiet" }, { from = true, to = true, tz = true, except = true })
    local quiet = { from = minute(value.from, { "quiet", "from" }), to = minute(value.to, { "quiet", "to" }), tz = value.tz or "UTC", except = {} }
    if quiet.from == quiet.to then wrong({ "quiet", "to" }, "another time than that of from") end
    for _, severity in ipairs(value.except and names(value.except, { "quiet", "except" }) or {}) do quiet.except[severity] = true end
    if not require("couplet.alerts.quiet").local_minute(0, quiet.tz) then wrong({ "quiet", "tz" }, "a time zone like Europe/Berlin") end
    return quiet
end

local function read_ack(value)
    if value == true then return { allow = ALLOW } end
    mapping(value, { "ack" }, { allow = true }, "true, or { allow: … },")
    return { allow = value.allow and list_of(value.allow) or ALLOW }
end

local function read_escalate(value)
    local steps = {}
    for i, step in ipairs(type(value) == "table" and list_of(value) or wrong({ "escalate" }, "a list of { after:, to: }")) do
        local path = M.item_path(value, { "escalate" }, i)
        mapping(step, path, { after = true, to = true })
        steps[i] = { after = M.seconds(step.after) or wrong(below(path, "after"), "a duration like 10m"), to = addresses(step.to, below(path, "to")) }
        if i > 1 and steps[i].after < steps[i - 1].after then wrong(below(path, "after"), "a time that is not before the last step's") end
    end
    return steps
end

--- All that is read here; of other keys others know.
---@type table<string, string>
M.KEYS = {
    to = "any", ["repeat"] = "any", resolve = "string", correct_for = "any", group_wait = "any", group_interval = "any",
    group_by = "any", storm = "table", quiet = "table", ack = "any", escalate = "table", alertmanager = "any",
    allow_private = "boolean",
}

local function optional(with, key, read)
    if with[key] == nil or with[key] == false then return nil end
    return read(with[key])
end

--- Raises an error (couplet.errors) that says what is wrong.
---@param with table
---@return couplet.alerts.Policy
function M.read(with)
    if type(with) ~= "table" then error(errors.new("internal-server-error", "with: { to: … } says where alerts go"), 0) end
    if with.resolve ~= nil and not RESOLVE[with.resolve] then wrong({ "resolve" }, "correct, reply or new") end
    if with.allow_private ~= nil and type(with.allow_private) ~= "boolean" then wrong({ "allow_private" }, "true or false") end
    local policy = {
        with = with,
        to = addresses(with.to, { "to" }),
        again = duration(with, "repeat", REPEAT),
        resolve = with.resolve or "correct",
        correct_for = duration(with, "correct_for", CORRECT_FOR),
        group_wait = duration(with, "group_wait", 0),
        group_interval = duration(with, "group_interval", GROUP_INTERVAL),
        group_by = optional(with, "group_by", function(value) return names(value, { "group_by" }) end),
        storm = optional(with, "storm", read_storm),
        quiet = optional(with, "quiet", read_quiet),
        ack = optional(with, "ack", read_ack),
        escalate = optional(with, "escalate", read_escalate) or {},
        alertmanager = optional(with, "alertmanager", function(value) return require("couplet.alerts.alertmanager").read(value, mapping, wrong) end),
        allow_private = with.allow_private or false,
    }
    policy.collects = policy.group_wait > 0 or policy.storm ~= nil or policy.quiet ~= nil
    policy.keeps = policy.collects or policy.again > 0 or policy.resolve ~= "new" or policy.ack ~= nil or #policy.escalate > 0
        or policy.alertmanager ~= nil
    return policy
end

local known = setmetatable({}, { __mode = "k" }) -- with -> policy: the table of a hook is always the same

--- The same, read once; nil, err where something is wrong.
---@param with any
---@return couplet.alerts.Policy|nil, couplet.Error|nil
function M.of(with)
    local policy = known[with]
    if policy then return policy end
    local ok, result = pcall(M.read, with)
    if not ok then
        if type(result) ~= "table" then error(result, 0) end
        return nil, result
    end
    known[with] = result
    return result
end

--- What is kept on disk of a hook, for what is due after a restart.
---@param policy couplet.alerts.Policy
---@param hook string which one it is
function M.kept(policy, hook)
    local kept = { hook = hook }
    for name, value in pairs(policy.with) do kept[name] = value end
    kept.alertmanager = policy.alertmanager and require("couplet.alerts.alertmanager").kept(policy.alertmanager)
    return kept
end

M.list_of, M.ALLOW = list_of, ALLOW

return M

-- SPDX-License-Identifier: MIT
-- store: bot.store, what a bot keeps. Keys are strings or integers; values strings, numbers, booleans, and tables of them, as
-- deep as one likes. What is assigned is copied; what is read out of it is a view: `bot.store.seen.alice = 1` is kept, too.
--
--   bot.store.counter = (bot.store.counter or 0) + 1     on disk when the handler has returned; its answer goes out then
--   bot.store:set(key, value, { expires = seconds })     gone after that
--   bot.store:get(key)                                   a plain copy: a table that belongs to the caller
--   bot.store:transaction(function(store) … end)         all of it or, when it raises or returns nil, err, nothing
--   for key, value in pairs(bot.store) do … end
--
-- Everything is in memory, and read from the disk at the first use. All that a handler changes between two waits is written
-- at once, or not at all. Without `storage:` in the configuration it is in memory alone.
--
-- In memory a string or a table is the bytes that go to the disk (codec.pack): packed once, and one thing for Lua's collector,
-- however deep it is. What is looked into through a view is a table from then on: it is open.
local codec = require "couplet.core.codec"
local core = require "couplet.core.bot"

local coroutine, error, ipairs, math, next, pairs, pcall, rawget, setmetatable, table, type =
    coroutine, error, ipairs, math, next, pairs, pcall, rawget, setmetatable, table, type

local encode, encode_plain, decode, copy_plain = codec.pack, codec.pack_plain, codec.unpack, codec.copy

local M = {}

local DEPTH = 32

local private = setmetatable({}, { __mode = "k" }) -- view -> { own =, key =, data = }; the store itself: { own = }

-- Copies

local PLAIN = { string = true, number = true, boolean = true }
local PACKED = { string = true, table = true }

-- As it can be looked into; a table is open from now on.
local function open(own, key)
    local value = own.values[key]
    if type(value) ~= "string" then return value end
    value = decode(value)
    if type(value) == "table" then own.values[key] = value end
    return value
end

-- Misuse raises at `level`: what cannot be kept, a table inside of itself.
local function copy(value, level, depth)
    local kind = type(value)
    if PLAIN[kind] then return value end
    if kind ~= "table" then error("bot.store keeps strings, numbers, booleans and tables of them, not a " .. kind, level) end
    local plain = depth == 1 and copy_plain(value)
    if plain then return plain end
    if depth > DEPTH then error("bot.store keeps tables of a depth of " .. DEPTH .. "; is this one inside of itself?", level) end
    local view, result = private[value], {}
    for name, item in next, view and (view.data or view.own.values) or value do
        if not PLAIN[type(name)] then error("bot.store keeps no keys that are a " .. type(name), level) end
        if view and not view.data then item = open(view.own, name) end
        result[name] = copy(item, level + 1, depth + 1)
    end
    return result
end

-- The form in memory.
local function keep(value, level)
    if type(value) == "number" or type(value) == "boolean" then return value end
    return encode_plain(value) or encode(copy(value, level + 1, 1))
end

-- Changes

-- Before anything of this key changes: how it was, for a transaction that fails.
local function touch(own, key)
    if own.journal and not own.journal[key] then
        local value = own.values[key]
        own.journal[key] = { value = value ~= nil and copy(value, 3, 1) or nil, expires = own.expires[key] }
        if value == false then own.journal[key].value = false end
    end
    if own.is_kept then
        own.dirty[key] = true
        core.store_touch(own.bot)
    end
end

local function check_key(key, level)
    if type(key) ~= "string" and math.type(key) ~= "integer" then
        error("a key of bot.store is a string or an integer, not a " .. type(key), level + 1)
    end
end

local function assign(own, key, value, expires, level)
    check_key(key, level + 1)
    local fresh = nil
    if value ~= nil then fresh = keep(value, level + 1) end
    touch(own, key)
    own.values[key], own.expires[key] = fresh, fresh ~= nil and expires or nil
end

local function read(own, key)
    local expires = own.expires[key]
    if expires and expires <= core.now() then
        touch(own, key)
        own.values[key], own.expires[key] = nil, nil
    end
    return own.values[key]
end

-- Views of tables inside

local view_mt = { __name = "couplet.store.table" }

local function show(own, key, value)
    if type(value) ~= "table" then return value end
    local view = setmetatable({}, view_mt)
    private[view] = { own = own, key = key, data = value }
    return view
end

function view_mt.__index(view, name)
    local p = private[view]
    return show(p.own, p.key, p.data[name])
end

function view_mt.__newindex(view, name, value)
    local p = private[view]
    if not PLAIN[type(name)] then error("bot.store keeps no keys that are a " .. type(name), 2) end
    local fresh = nil
    if value ~= nil then fresh = copy(value, 3, 1) end
    touch(p.own, p.key)
    p.data[name] = fresh
end

function view_mt.__len(view) return #private[view].data end

function view_mt.__eq(a, b) return private[a].data == private[b].data end

function view_mt.__pairs(view)
    local p = private[view]
    return function(_, name)
        local following, value = next(p.data, name)
        return following, show(p.own, p.key, value)
    end, view, nil
end

-- The store

local methods = {}

--- A plain copy of what is kept there, or nil.
function methods:get(key)
    local value = read(private[self].own, key)
    if type(value) == "string" then return decode(value) end
    return type(value) == "table" and copy(value, 2, 1) or value
end

--- options.expires: seconds from now, after which it is gone. nil: forgets.
---@param options? { expires: number|nil }
function methods:set(key, value, options)
    local expires = options and options.expires
    if expires ~= nil and (type(expires) ~= "number" or not (expires > 0 and expires <= 1e10)) then
        error("expires must be seconds, more than 0", 2)
    end
    assign(private[self].own, key, value, expires and core.now() + expires, 2)
end

local function undo(own)
    local journal = own.journal
    own.journal = nil
    for key, was in pairs(journal) do own.values[key], own.expires[key] = was.value, was.expires end
end

--- Runs f(store): all that it changes is kept, or nothing when it raises or returns nil, err. It cannot wait.
--- -> what f returns
---@param f fun(store: table): ...
function methods:transaction(f)
    local own = private[self].own
    if own.journal then error("this is a transaction inside of a transaction", 2) end
    own.journal = {}
    local task = coroutine.create(f)
    local results = table.pack(coroutine.resume(task, self))
    local is_over = coroutine.status(task) == "dead"
    if not results[1] or not is_over or (results.n > 2 and not results[2] and results[3] ~= nil) then
        undo(own)
    else
        own.journal = nil
    end
    if not results[1] then error(results[2], 0) end
    if not is_over then error("a transaction cannot wait", 2) end
    return table.unpack(results, 2, results.n)
end

local store_mt = { __name = "couplet.store" }

function store_mt.__index(store, key)
    local own = private[store].own
    if methods[key] then return methods[key] end
    read(own, key)
    return show(own, key, open(own, key))
end

function store_mt.__newindex(store, key, value)
    if methods[key] then error("bot.store has a method '" .. key .. "': say bot.store:set('" .. key .. "', …)", 2) end
    assign(private[store].own, key, value, nil, 2)
end

function store_mt.__pairs(store)
    local own = private[store].own
    return function(_, key)
        repeat
            key = next(own.values, key)
        until key == nil or not own.expires[key] or own.expires[key] > core.now()
        return key, show(own, key, open(own, key))
    end, store, nil
end

--- All keys of a store, also of what has expired, and no value is opened: for key in store.keys(bot.store) do … end
---@param store table
function M.keys(store) return next, private[store].own.values, nil end

local function load_values(own, rows)
    for i = 1, #rows, 3 do
        local key, value = decode(rows[i]), decode(rows[i + 1])
        own.values[key] = PACKED[type(value)] and rows[i + 1] or value
        own.expires[key] = rows[i + 2] > 0 and rows[i + 2] or nil
    end
end

--- bot.store, made at its first use.
---@param bot couplet.Bot
function M.attach(bot)
    local own = { bot = bot, values = {}, expires = {}, dirty = {} }
    local rows = core.store_load(bot)
    own.is_kept = rows ~= nil
    if rows then
        load_values(own, rows)
    else
        bot.log:warn "bot.store is in memory alone: `storage:` is not configured"
    end
    local store = setmetatable({}, store_mt)
    private[store] = { own = own }
    return store
end

-- Called by the core

local function own_of(bot)
    local store = rawget(bot, "store")
    return private[store].own
end

local function put(own, key)
    local value = own.values[key]
    if value ~= nil and type(value) ~= "string" then value = encode(value) end
    core.store_put(own.bot, encode(key), value, own.expires[key] or 0)
end

--- What was changed, for the batch that goes to the disk now. What cannot be kept (it is too long, or too deep) goes with its
--- next change, and the others go without it: then it raises in the end.
function M.flush(bot)
    local own = own_of(bot)
    local dirty, refused = own.dirty, nil
    own.dirty = {}
    for key in pairs(dirty) do
        local ok, why = pcall(put, own, key)
        if not ok then refused = ("%s (%q)"):format(why, key) end
    end
    if refused then error(refused, 0) end
end

--- The disk did not take these keys: they go with the next change.
---@param keys string[]
function M.put_back(bot, keys)
    local own = own_of(bot)
    for _, key in ipairs(keys) do own.dirty[decode(key)] = true end
end

--- For the specs.
M.encode, M.decode = encode, decode

return M

-- SPDX-License-Identifier: MIT
-- What editors are told (spec/tools/types.lua, lua/types/runtime.lua) is what there is: every method and field of bots, events,
-- rooms and stanzas, every function of the modules for scripts, and nothing else.
local files = require "spec.files"
local types = dofile "spec/tools/types.lua"

local texts = types.files()

-- { [name] = true } of a class: its fields and methods, in all files.
local function said_of(class)
    local names = {}
    for _, text in pairs(texts) do
        local current, variables = nil, {}
        for line in text:gmatch "[^\n]+" do
            local begins = line:match "^%-%-%-@class ([%w_.]+)"
            local field = line:match "^%-%-%-@field ([%w_]+)"
            local variable = line:match "^local ([%w_]+) ="
            if begins then current = begins end
            if field and current == class then names[field] = true end
            if variable then variables[variable] = current end
            local owner, name = line:match "^function ([%w_]+)[.:]([%w_]+)"
            if owner and variables[owner] == class then names[name] = true end
            if not line:find "^%-%-%-" then current = nil end
        end
    end
    return names
end

-- The sources: the modules inside the program have no names of variables.
local function upvalue(f, name)
    for i = 1, 60 do
        local found, value = debug.getupvalue(f, i)
        if found == name then return value end
        if not found then return {} end
    end
end

local function add(to, ...)
    for _, names in ipairs { ... } do
        for name in pairs(names) do
            if type(name) == "string" and not name:find "^__" then to[name] = true end
        end
    end
    return to
end

local function list(names)
    local out = {}
    for name in pairs(names) do out[#out + 1] = name end
    table.sort(out)
    return table.concat(out, " ")
end

local function set(words)
    local names = {}
    for word in words:gmatch "%S+" do names[word] = true end
    return names
end

describe("the types for editors", function()
    it("are Lua", function()
        for path, text in pairs(texts) do assert(load(text, "@" .. path)) end
    end)

    -- Those whose module is there.
    local function present(modules)
        local names = {}
        for name, module in pairs(modules) do
            if texts[module:gsub("%.", "/") .. ".lua"] then names[name] = true end
        end
        return names
    end

    it("have what bots have", function()
        local index = getmetatable(dofile("lua/couplet/bot.lua").new()).__index
        local extensions = types.contents()
        local real = add(set "name jid", upvalue(index, "methods"), extensions.parts, present(extensions.objects),
            present(extensions.methods))
        assert.equal(list(real), list(said_of "couplet.Bot"))
    end)

    it("have what events have", function()
        local index = dofile("lua/couplet/event.lua").event_mt.__index
        local real = set [[bot kind stanza from to type id body room nick captures with delayed own archive command data reason occupant actor change
            path method query headers source]]
        local extensions = types.contents()
        add(real, upvalue(index, "methods"), upvalue(index, "derived"), present(extensions.event_methods), present(extensions.event_fields))
        assert.equal(list(real), list(said_of "couplet.Event"))
    end)

    it("have what rooms have", function()
        local said = said_of "couplet.Room"
        local source = files.read "lua/couplet/xep/muc_room.lua"
        local real = set "leave"
        for _, methods in pairs(types.table_in(source, "local METHODS")) do
            for _, name in ipairs(methods) do real[name] = true end
        end
        for name in pairs(real) do assert(said[name], name) end
        for field in source:gmatch "%-%-%-@field (%w+)" do real[field] = true end
        assert.equal(list(real), list(said))
    end)

    it("have what stanzas have", function()
        local real = add(set "name attr tags", require("couplet.stanza").stanza_mt)
        assert.equal(list(real), list(said_of "couplet.Stanza"))
    end)

    it("have the options of a message", function()
        local plan = types.table_in(files.read "lua/couplet/message.lua", "local EXTENSIONS")
        local said = said_of "couplet.MessageOptions"
        assert(next(plan))
        for name in pairs(plan) do assert(said[name], name) end
    end)

    for _, name in ipairs { "base64", "datetime", "errors", "form", "hash", "id", "jid", "rsm", "stanza", "xep.styling" } do
        it("have the functions of couplet." .. name, function()
            local text = texts["couplet/" .. name:gsub("%.", "/") .. ".lua"]
            for key, value in pairs(require("couplet." .. name)) do
                local is_said = text:find("M." .. key, 1, true) or said_of("couplet." .. name)[key]
                if type(value) == "function" then assert(is_said, key) end
            end
        end)
    end
end)

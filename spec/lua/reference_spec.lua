-- SPDX-License-Identifier: MIT
-- What there is stands in the reference: every field and method of events, bots, rooms, forms, every function of the modules for
-- scripts in docs/reference/lua.md, every key of a hook, event and flag in docs/reference/configuration.md, each in the section
-- where it is looked for, as code. What the sources have and the pages do not have fails here.
local files = require "spec.files"
local types = dofile "spec/tools/types.lua"

-- { [word] = true } of all code in a section (and those below it).
local function words_of(page, heading)
    local words, level, is_in, lines = {}, nil, false, {}
    for line in page:gmatch "[^\n]+" do
        local marks, title = line:match "^(#+) (.*)$"
        if marks and (not level or #marks <= level) then
            is_in = title == heading
            level = is_in and #marks or level
        end
        if is_in and not line:find "^```" then lines[#lines + 1] = line end
    end
    for code in table.concat(lines, "\n"):gmatch "`([^`]+)`" do
        for word in code:gmatch "[%a_][%w_]*" do words[word] = true end
    end
    assert(next(words), "no code in a section '" .. heading .. "'")
    return words
end

local LUA, CONFIGURATION = files.read "docs/reference/lua.md", files.read "docs/reference/configuration.md"

-- In any of these sections of a page; `names`: keys of a table, or a list.
local function all_said(names, page, ...)
    local said, missing = {}, {}
    for _, heading in ipairs { ... } do
        for word in pairs(words_of(page, heading)) do said[word] = true end
    end
    for key, value in pairs(names) do
        local name = type(key) == "string" and key or value
        if not name:find "^_" and not said[name] then missing[#missing + 1] = name end
    end
    table.sort(missing)
    assert.equal("", table.concat(missing, " "), "not in " .. table.concat({ ... }, ", "))
end

local function upvalue(f, name)
    for i = 1, 60 do
        local found, value = debug.getupvalue(f, i)
        if found == name then return value end
        if not found then return nil end
    end
end

-- The strings in the first column of a table in C.
local function rows_in(path, begins)
    local source = files.read(path)
    local _, from = source:find(begins, 1, true)
    local list = {}
    for name in source:sub(assert(from, begins), source:find("\n}%s*;", from) or source:find("\n};", from)):gmatch '[{ ]"([%w_]+)"' do
        list[#list + 1] = name
    end
    assert(#list > 0, path)
    return list
end

describe("the reference has", function()
    it("what events have", function()
        local index = dofile("lua/couplet/event.lua").event_mt.__index
        local extensions = types.contents()
        for _, names in ipairs { upvalue(index, "methods"), upvalue(index, "derived"), extensions.event_methods, extensions.event_fields } do
            all_said(names, LUA, "event", "Webhooks")
        end
        local own = {}
        for field in files.read("lua/types/runtime.lua"):match("class couplet.Event(.-)\n\n"):gmatch "%-%-%-@field (%w+)" do own[#own + 1] = field end
        all_said(own, LUA, "event", "Rooms", "Webhooks")
    end)

    it("what bots have", function()
        local index = getmetatable(dofile("lua/couplet/bot.lua").new()).__index
        local extensions = types.contents()
        local sections = { "bot", "Rooms", "Archives", "Contacts", "Asking others", "Commands and administration of others", "Publish-subscribe",
            "What servers keep, and other services", "bot.store" }
        for _, names in ipairs { upvalue(index, "methods"), extensions.parts, extensions.objects, extensions.methods } do
            all_said(names, LUA, table.unpack(sections))
        end
    end)

    local OBJECTS = {
        adhoc = "Commands and administration of others", admin = "Commands and administration of others",
        avatar = "What servers keep, and other services", blocking = "What servers keep, and other services", contacts = "Contacts",
        disco = "Asking others", gateway = "What servers keep, and other services", mam = "Archives", muc = "Rooms",
        private = "What servers keep, and other services", pubsub = "Publish-subscribe", search = "What servers keep, and other services",
        store = "bot.store", vcard = "What servers keep, and other services",
    }
    -- More of an object's methods are in these modules.
    local MORE = { pubsub = "couplet.xep.pubsub_owner" }

    local function methods_in(list, module, is_part)
        local source = files.read("lua/" .. module:gsub("%.", "/") .. ".lua")
        for owner, method in source:gmatch "\nfunction ([%w_]+)[.:]([%w_]+)" do
            if owner ~= "M" or is_part then list[#list + 1] = method end
        end
    end

    for name, module in pairs(types.contents().objects) do
        it("what bot." .. name .. " has", function()
            local list = {}
            methods_in(list, module)
            if MORE[name] then methods_in(list, MORE[name], true) end
            for i = #list, 1, -1 do
                if list[i] == "service" then table.remove(list, i) end -- the library's own
            end
            assert(#list > 0, "where are the methods of bot." .. name .. "?")
            local section = assert(OBJECTS[name], "the section of bot." .. name .. " is to be named in this spec")
            all_said(list, LUA, section)
        end)
    end

    it("what rooms and occupants have", function()
        local source = files.read "lua/couplet/xep/muc_room.lua"
        for _, methods in pairs(types.table_in(source, "local METHODS")) do all_said(methods, LUA, "Rooms") end
        local fields = {}
        for field in source:gmatch "%-%-%-@field (%w+)" do fields[#fields + 1] = field end
        for field in files.read("lua/couplet/xep/muc_occupants.lua"):gmatch "%-%-%-@field ([%w_]+)" do fields[#fields + 1] = field end
        all_said(fields, LUA, "Rooms")
    end)

    it("the options of a message", function()
        all_said(types.table_in(files.read "lua/couplet/message.lua", "local EXTENSIONS"), LUA, "event")
    end)

    local MODULES = {
        base64 = "couplet.hash, couplet.base64, couplet.datetime", datetime = "couplet.hash, couplet.base64, couplet.datetime",
        hash = "couplet.hash, couplet.base64, couplet.datetime", form = "couplet.form", http = "HTTP", json = "HTTP", rsm = "Publish-subscribe",
        jid = "couplet.stanza, couplet.jid, couplet.errors", errors = "couplet.stanza, couplet.jid, couplet.errors", ["xep.styling"] = "event",
    }
    local LIBRARY = { add = true } -- of styling: for couplet.message
    for name, section in pairs(MODULES) do
        it("the functions of couplet." .. name, function()
            local functions = {}
            for key, value in pairs(require("couplet." .. name)) do
                if type(value) == "function" and not LIBRARY[key] then functions[key] = true end
            end
            all_said(functions, LUA, section)
        end)
    end

    it("the keys of a hook", function()
        local keys = rows_in("src/lua/hooks.c", "} rows[] = {")
        for i = #keys, 1, -1 do
            if keys[i] == "in_room" or keys[i] == "news" or keys[i] == "account" then table.remove(keys, i) end -- the library's own
        end
        all_said(keys, CONFIGURATION, "Hooks")
    end)

    it("the errors of what waits, and the units", function()
        local page = LUA:lower()
        for _, word in ipairs { "remote-server-timeout", "recipient-unavailable", "seconds since 1970", "seconds", "nil, err" } do
            assert(page:find(word, 1, true), word)
        end
    end)
end)

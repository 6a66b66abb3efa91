-- SPDX-License-Identifier: MIT
-- types: what an editor with LuaLS needs to complete `event.`, `bot.` and the modules of the library: for each file of
-- lua/couplet its annotations and the heads of its functions, without the bodies, at the same path below the folder that is
-- named. What the runtime gives in C is said by hand in lua/types/runtime.lua, which goes beside them.
--
--   lua5.4 spec/tools/types.lua build/types
--
-- The sources are read as text, a line at a time, in the one layout that they have: `function X.name(…)`
-- and `X.name = …` at the beginning of a line, `---` above. spec/lua/types_spec.lua compares the outcome with the real tables.
local files = dofile "spec/files.lua"
local M = {}

local function files_below(folder)
    local list = assert(io.popen("find " .. folder .. " -name '*.lua' | LC_ALL=C sort"))
    local paths = {}
    for path in list:lines() do paths[#paths + 1] = path end
    list:close()
    return paths
end

-- The value of a table of names at the top of a source: `local NAME = { … }`, `M.NAME = { … }`.
function M.table_in(source, name)
    local body = ("\n" .. source):match("\n" .. name:gsub("%.", "%%.") .. " = (%b{})")
    return body and assert(load("return " .. body))() or {}
end

--- What bots and events have in modules of their own (couplet.extensions, which is data alone).
function M.contents() return dofile "lua/couplet/extensions.lua" end

-- Where a method of a class stands in a module of its own: { class, module, method }.
local function members()
    local contents, room = M.contents(), files.read "lua/couplet/xep/muc_room.lua"
    local rows = { { "couplet.Room", "couplet.xep.muc_room", "leave" } }
    local function add(class, methods)
        for name, module in pairs(methods) do rows[#rows + 1] = { class, module, name } end
    end
    add("couplet.Bot", contents.methods)
    add("couplet.Event", contents.event_methods)
    for module, names in pairs(M.table_in(room, "local METHODS")) do
        for _, name in ipairs(names) do rows[#rows + 1] = { "couplet.Room", "couplet.xep." .. module, name } end
    end
    for name in files.read("lua/couplet/xep/pubsub_owner.lua"):gmatch "\nfunction M%.(%w+)%(pubsub" do
        rows[#rows + 1] = { "couplet.Pubsub", "couplet.xep.pubsub_owner", name }
    end
    table.sort(rows, function(a, b) return a[1] .. a[3] < b[1] .. b[3] end)
    return rows
end

-- Tables that are the class of another file.
local BORROWED = { stanza_mt = "couplet.Stanza" }

-- A source taken apart: `classes` (blocks of annotations), `functions` { owner, sep, name, params, doc }, `owners`
-- { [variable] = class }, what `attach` returns.
local function parse(source)
    local out, block = { classes = {}, functions = {}, owners = {}, values = {} }, {}
    for line in source:gmatch "[^\n]*" do
        if line:find "^%s*%-%-%-" then
            block[#block + 1] = line:match "^%s*(.*)"
            goto continue
        end
        local doc = table.concat(block, "\n")
        local class = doc:match "%-%-%-@class ([%w_.]+)"
        if class or doc:find "%-%-%-@alias" then out.classes[#out.classes + 1] = { name = class, doc = doc } end
        local variable = line:match "^local ([%w_]+)[ ,]"
        if variable and class then
            out.owners[variable], out.classes[#out.classes].variable = class, variable
        end
        if variable and BORROWED[variable] then out.owners[variable] = out.owners[variable] or BORROWED[variable] end
        local owner, sep, name, params = line:match "^function ([%w_]+)([.:])([%w_]+)(%b())"
        if not owner then
            local plain, its = line:match "^local function ([%w_]+)(%b())"
            if plain then out.values[plain] = { params = its, doc = doc } end
        end
        for alias in (line:match "^local M = {(.+)}$" or ""):gmatch "([%w_]+) =" do
            out.functions[#out.functions + 1] = { owner = "M", sep = ".", name = alias, doc = "", params = "..." }
        end
        local left, right = line:match "^(M%.[%w_., ]+) = (.+)$"
        if owner and not name:find "^__" then
            out.functions[#out.functions + 1] = { owner = owner, sep = sep, name = name, params = params:sub(2, -2), doc = doc }
        elseif left then
            for alias in left:gmatch "M%.([%w_]+)" do
                local value = out.values[right]
                out.functions[#out.functions + 1] = {
                    owner = "M", sep = ".", name = alias, doc = doc ~= "" and doc or value and value.doc or "",
                    params = value and value.params:sub(2, -2) or right:find "^[{\"%d]" and nil or "...",
                    is_value = right:find "^[{\"%d]" ~= nil,
                }
            end
        end
        block = {}
        ::continue::
    end
    return out
end

local function function_head(owner, sep, name, params, doc)
    local head = ("function %s%s%s(%s) end"):format(owner, sep, name, params)
    return (doc ~= "" and doc .. "\n" or "") .. head .. "\n"
end

-- The same function as a method of the object that is its first parameter.
local function as_method(owner, f)
    local first, rest = f.params:match "^%s*([%w_]*)%s*,?%s*(.*)$"
    local doc = f.doc:gsub("%-%-%-@param " .. first .. " [^\n]*\n?", ""):gsub("\n$", "")
    return function_head(owner, ":", f.name, rest, doc)
end

local function module_of(path) return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")) end

-- bot.NAME: what attach of the module returns.
local function objects(parsed)
    local lines = { "---@class couplet.Bot" }
    local modules = M.contents().objects
    local names = {}
    for name in pairs(modules) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do
        local class
        for _, f in ipairs(parsed[modules[name]] and parsed[modules[name]].functions or {}) do
            if f.name == "attach" then class = f.doc:match "%-%-%-@return ([%w_.]+)" end
        end
        if parsed[modules[name]] then lines[#lines + 1] = ("---@field %s %s"):format(name, class or "any") end
    end
    return table.concat(lines, "\n") .. "\nlocal Bot = {}\n"
end

-- Fields of an event that the library reads, and that the annotations of couplet.event do not have yet.
local function event_fields(classes)
    local known, lines = classes["couplet.Event"] or "", { "---@class couplet.Event" }
    for name in pairs(M.contents().event_fields) do
        if not known:find("@field " .. name .. "[ ?]") then lines[#lines + 1] = "---@field " .. name .. " any" end
    end
    table.sort(lines)
    return table.concat(lines, "\n") .. "\nlocal Event = {}\n"
end

local function one(parsed)
    local out = { "---@meta\n" }
    local locals = {}
    for variable, class in pairs(parsed.owners) do locals[#locals + 1] = { variable, class } end
    table.sort(locals, function(a, b) return a[1] < b[1] end)
    local said = {}
    for _, class in ipairs(parsed.classes) do
        out[#out + 1] = class.doc .. (class.variable and "\nlocal " .. class.variable .. " = {}\n" or "\n")
        said[class.variable or 0] = true
    end
    for _, row in ipairs(locals) do
        if not said[row[1]] then out[#out + 1] = ("---@class %s\nlocal %s = {}\n"):format(row[2], row[1]) end
    end
    if not parsed.owners.M then out[#out + 1] = "local M = {}\n" end
    for _, f in ipairs(parsed.functions) do
        if f.is_value then
            out[#out + 1] = (f.doc ~= "" and f.doc .. "\n" or "") .. "M." .. f.name .. " = nil\n"
        elseif f.owner == "M" or parsed.owners[f.owner] then
            out[#out + 1] = f.sep == "." and parsed.owners[f.owner] and f.owner ~= "M" and f.params ~= "" and as_method(f.owner, f)
                or function_head(f.owner, f.sep, f.name, f.params, f.doc)
        end
    end
    out[#out + 1] = "return M\n"
    return table.concat(out, "\n")
end

--- All files as texts: { ["couplet/bot.lua"] = text, … }; the lists of methods stand in couplet/members.lua.
function M.files()
    local runtime = files.read "lua/types/runtime.lua"
    local parsed, texts, classes = {}, {}, { ["couplet.Event"] = runtime }
    for _, path in ipairs(files_below "lua/couplet") do
        local source = parse(files.read(path))
        parsed[module_of(path)] = source
        for _, class in ipairs(source.classes) do
            if class.name then classes[class.name] = (classes[class.name] or "") .. class.doc end
        end
        texts[path:sub(5)] = one(source)
    end
    local out = { "---@meta\n", objects(parsed), event_fields(classes) }
    for _, class in ipairs { "Room", "Pubsub" } do out[#out + 1] = ("---@class couplet.%s\nlocal %s = {}\n"):format(class, class) end
    for _, row in ipairs(members()) do
        for _, f in ipairs(parsed[row[2]] and parsed[row[2]].functions or {}) do
            if f.name == row[3] and f.owner == "M" then out[#out + 1] = as_method(row[1]:match "%w+$", f) end
        end
    end
    texts["couplet/members.lua"] = table.concat(out, "\n")
    texts["runtime.lua"] = runtime
    return texts
end

if arg and arg[0] and arg[0]:find "types%.lua$" and arg[1] then
    for path, text in pairs(M.files()) do
        os.execute(("mkdir -p '%s/%s'"):format(arg[1], path:match "^(.*)/" or "."))
        files.write(arg[1] .. "/" .. path, text)
    end
end

return M

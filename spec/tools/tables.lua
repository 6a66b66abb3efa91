-- SPDX-License-Identifier: MIT
-- tables: fails when docs/SECURITY.md or spec/CHECKLIST.md names a test that is not there. A test is named in backquotes, the
-- file first and then, mostly, the case in it:
--
--   `test_iq.c who_may_answer`    `sm_wrap.xt`    `timeout_*.xt`    `spoof_spec.lua does not change the roster`
--
-- It looks for the case's words in the file. It cannot tell whether the test shows what the row says: that is for people.
local files = dofile "spec/files.lua"
local FOLDERS = { c = { "spec/c" }, xt = { "spec/stream" }, lua = { "spec/e2e", "spec/lua", "spec/lua/stanza" } }
local LINES = 92 -- of the checklist

local wrong = 0
local function complain(path, line, text)
    wrong = wrong + 1
    io.stderr:write(("%s:%d: %s\n"):format(path, line, text))
end

local names = {}
for _, folder in ipairs { "spec/c", "spec/stream", "spec/e2e", "spec/lua", "spec/lua/stanza" } do
    local list = assert(io.popen("ls '" .. folder .. "'"))
    for name in list:lines() do names[folder .. "/" .. name] = true end
    list:close()
end

-- A file of this name, in which a `*` stands for anything; its text.
local function find(name)
    local pattern = name:gsub("[%-%.%+%[%]%(%)%$%^%%%?]", "%%%0"):gsub("%*", "[^/]*")
    for _, folder in ipairs(FOLDERS[name:match "%.(%w+)$"]) do
        for path in pairs(names) do
            if path:match("^" .. folder .. "/" .. pattern .. "$") then return files.find(path) end
        end
    end
end

local function check_test(path, number, file, case)
    local text = find(file)
    if not text then
        complain(path, number, file .. " is not there")
    elseif file:match "%.c$" and not text:find("RUN(" .. (case or "") .. (case and ")" or ""), 1, true) then
        complain(path, number, ("%s has no test %s"):format(file, case))
    elseif case and not text:find(case, 1, true) then
        complain(path, number, ("%s has no test %q"):format(file, case))
    end
end

-- The numbers of the table's rows, in order.
local function check(path)
    local number, rows = 0, {}
    for line in io.lines(path) do
        number = number + 1
        local row = line:match "^| *(%d+) *|"
        local tests = line:match "^|.*|([^|]*)|%s*$"
        if row then rows[#rows + 1] = tonumber(row) end
        local count = 0
        for file, case in (row and tests or ""):gmatch "`([%w_*]+%.%l+) ?([^`]*)`" do
            if not FOLDERS[file:match "%l+$"] then goto continue end
            count = count + 1
            check_test(path, number, file, case ~= "" and case or nil)
            ::continue::
        end
        if row and count == 0 and not tests:find "—" then complain(path, number, "names no test, nor says (after a dash) why there is none") end
    end
    return rows, number
end

check "docs/SECURITY.md"
local rows, last = check "spec/CHECKLIST.md"
for i = 1, LINES do
    if rows[i] ~= i then
        complain("spec/CHECKLIST.md", last, ("line %d is missing, or not in its place"):format(i))
        break
    end
end
os.exit(wrong == 0)

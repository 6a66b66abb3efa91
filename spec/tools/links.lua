-- SPDX-License-Identifier: MIT
-- links: fails when a page names another page, or a heading in one, that is not there. Usage: lua5.4 links.lua PAGE…
local wrong = 0

local function lines_of(path)
    local file = io.open(path)
    if not file then return nil end
    local lines = {}
    for line in file:lines() do lines[#lines + 1] = line end
    file:close()
    return lines
end

-- A heading as the address that viewers of Markdown give it.
local function slug(heading) return (heading:lower():gsub("[^%w%- _]", ""):gsub(" ", "-")) end

local function has_heading(lines, anchor)
    for _, line in ipairs(lines) do
        local heading = line:match "^#+ (.+)$"
        if heading and slug(heading) == anchor then return true end
    end
end

for _, page in ipairs(arg) do
    local folder = page:match "^(.*/)" or ""
    for number, line in ipairs(lines_of(page)) do
        for target in line:gmatch "%]%(([^)%s]+)%)" do
            local path, anchor = target:match "^([^#]*)#?(.*)$"
            local lines = not target:find "^%a+:" and lines_of(path == "" and page or folder .. path)
            if not target:find "^%a+:" and not (lines and (anchor == "" or has_heading(lines, anchor))) then
                wrong = wrong + 1
                io.stderr:write(("%s:%d: there is no %s\n"):format(page, number, target))
            end
        end
    end
end
os.exit(wrong == 0)

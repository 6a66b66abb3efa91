-- SPDX-License-Identifier: MIT
-- files: whole files, and what commands print, for specs and their tools.
--
--   files.read(path)       files.find(path)       text; where it cannot be read read raises, and find gives nil
--   files.write(path, text)
--   files.change(path, from, to)                  how often it was found; from and to as of string.gsub
--   files.output(command)                         text, and whether its exit status was 0, and what the status was
local M = {}

---@param path string
---@return string|nil text
function M.find(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local text = file:read "a"
    file:close()
    return text
end

---@param path string
---@return string text
function M.read(path) return M.find(path) or error(path .. " cannot be read", 2) end

---@param path string
---@param text string
function M.write(path, text)
    local file = assert(io.open(path, "wb"))
    assert(file:write(text))
    assert(file:close())
end

---@return integer count
function M.change(path, from, to)
    local text, count = M.read(path):gsub(from, to)
    M.write(path, text)
    return count
end

---@param command string for a shell
---@return string text, boolean is_good, integer status
function M.output(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read "a"
    local is_good, _, status = pipe:close()
    return text, is_good == true, status
end

return M

-- SPDX-License-Identifier: MIT
-- guide: the bots that the pages of docs/guide show, for the servers of specs.
local files = require "spec.files"

local M = {}

---The YAML of a page's first bots, whose account NAME@example.org is one of the server's, and which speak to localhost; and the Lua of
---the page, block by block.
---@param page string without .md
---@param name string
---@return string bots, string[] blocks
function M.bots(page, name)
    local text, blocks = files.read("docs/guide/" .. page .. ".md"), {}
    for block in text:gmatch "```lua\n(.-)```" do blocks[#blocks + 1] = block end
    local account = ("    jid: %s@localhost\n    password: [^\n]*"):format(name)
    local yaml = text:match "```yaml\n(.-)```":match "bots:\n(.*)":gsub("example%.org", "localhost")
    return (yaml:gsub(account, "    @account " .. name)), blocks
end

return M

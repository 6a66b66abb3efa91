-- SPDX-License-Identifier: MIT
-- A module for the throw-away Prosody: it ends when the process it was started for is gone, however that ended.
-- luacheck: read_globals module prosody
local timer = require "util.timer"

local CHECK_EVERY = 0.5 -- seconds
local path = "/proc/" .. module:get_option_string "tied_to" .. "/stat"

timer.add_task(CHECK_EVERY, function()
    local file = io.open(path)
    local stat = file and file:read "a" or ""
    if file then file:close() end
    if stat ~= "" and not stat:find "%) [ZX]" then return CHECK_EVERY end
    prosody.main_thread:run(function()
        prosody.unlock_globals()
        prosody.shutdown "the process it was started for is gone"
        prosody.lock_globals()
    end)
end)

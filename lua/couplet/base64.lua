-- SPDX-License-Identifier: MIT
-- base64 (RFC 4648 section 4). What is decoded may have white space in it, as XML often does; else it is strict.
local core = require "couplet.core.codec"

local M = {}

---@type fun(bytes: string): string
M.encode = core.base64

---@type fun(text: string): string|nil  nil: it is no base64
M.decode = core.unbase64

return M

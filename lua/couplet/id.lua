-- SPDX-License-Identifier: MIT
-- id: identifiers of stanzas, unpredictable ones (RFC 6120 8.1.3), of at least 96 random bits.
--
-- Inside couplet they come from the runtime (couplet.core.random); in a plain Lua they are read from the kernel.
-- A spec that wants known ids puts a module of its own in package.preload["couplet.core.random"]
-- before this one is loaded. There is no weaker source to fall back on: without one, making an id raises.
local M = {}

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local LENGTH = 20 -- of 6 bits each

local kernel -- opened at the first id, kept open

local function from_kernel()
    kernel = kernel or assert(io.open("/dev/urandom", "rb"))
    kernel:setvbuf "no" -- read no further than asked: a buffer would be shared by a fork
    local bytes = assert(kernel:read(LENGTH))
    return (bytes:gsub(".", function(byte)
        local at = byte:byte() % 64 + 1
        return ALPHABET:sub(at, at)
    end))
end

local has_core, core = pcall(require, "couplet.core.random")

--- A fresh id: letters, digits, "-" and "_".
---@type fun(): string
M.new = has_core and core.id or from_kernel

return M

-- SPDX-License-Identifier: MIT
-- hash: digests. Bytes, or lower-case hex where the last argument is true, as Prosody's util.hashes has it.
--
--   local hash = require "couplet.hash"
--   hash.sha256("text", true)
--   hash.of("sha3-256", bytes)      -- any algorithm by its name in XEP-0300; nil: there is no such algorithm here
--   hash.hmac("sha-256", key, bytes, true)
-- Implements: XEP-0300 1.0.0
local core = require "couplet.core.codec"

---@class couplet.hash
local M = {}

local function hex(bytes)
    return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

M.hex = hex

--- The bytes that a text of hex digits stands for; nil when it is none.
---@param text string
---@return string|nil
function M.unhex(text)
    if #text % 2 == 1 or text:find "%X" then return nil end
    return (text:gsub("..", function(pair) return string.char(tonumber(pair, 16)) end))
end

local function shown(bytes, as_hex)
    if bytes and as_hex then return hex(bytes) end
    return bytes
end

---@param algorithm string
---@param bytes string
---@param as_hex? boolean
---@return string|nil
function M.of(algorithm, bytes, as_hex) return shown(core.hash(algorithm, bytes), as_hex) end

---@param algorithm string
---@param key string
---@param bytes string
---@param as_hex? boolean
---@return string|nil
function M.hmac(algorithm, key, bytes, as_hex) return shown(core.hmac(algorithm, key, bytes), as_hex) end

for name, algorithm in pairs {
    md5 = "md5", sha1 = "sha-1", sha224 = "sha-224", sha256 = "sha-256", sha384 = "sha-384", sha512 = "sha-512",
    sha3_256 = "sha3-256", sha3_512 = "sha3-512", blake2b512 = "blake2b-512",
} do
    M[name] = function(bytes, as_hex) return shown(core.hash(algorithm, bytes), as_hex) end
end

--- Are two secrets equal? How long it takes does not tell where they differ.
---@param a string
---@param b string
---@return boolean
function M.equals(a, b)
    if #a ~= #b then return false end
    local difference = 0
    for i = 1, #a do difference = difference | (a:byte(i) ~ b:byte(i)) end
    return difference == 0
end

return M

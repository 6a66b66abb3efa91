-- SPDX-License-Identifier: MIT
-- fake_dns: a DNS server on a free port of loopback, for `dns: { servers: ["127.0.0.1:PORT"] }`.
--
--   local names = fake_dns.new()
--   names.facts["_xmpp-client._tcp.served.test"] = { SRV = { { 5, 0, 5222, "a.test" } } }  -- priority weight port target
--   names.facts["a.test"] = { A = { "127.0.0.1" }, AAAA = "silent" }     -- or "failing"; what is not there does not exist
--   names:close()
--
-- `names.asked` counts the questions, by "name TYPE"; one that is sent again, by its number, once. It answers from within
-- the spec's loop. spec/c/fake_dns.h can more; this one is enough to send bots where a spec wants them.
local uv = require "luv"

local M = {}

local dns_mt = {}
dns_mt.__index = dns_mt

local TYPES = { [1] = "A", [28] = "AAAA", [33] = "SRV" }
local TTL = 60

local function pack_name(name)
    local labels = {}
    for label in name:gmatch "[^.]+" do labels[#labels + 1] = string.pack("s1", label) end
    return table.concat(labels) .. "\0"
end

local PACK = {
    A = function(address)
        return string.pack("BBBB", address:match "(%d+)%.(%d+)%.(%d+)%.(%d+)")
    end,
    AAAA = function(address)
        assert(address == "::1", "only ::1 is known here")
        return ("\0"):rep(15) .. "\1"
    end,
    SRV = function(record)
        return string.pack(">I2I2I2", record[1], record[2], record[3]) .. pack_name(record[4])
    end,
}

-- The only question: its name, its type, and its bytes.
local function read_question(query)
    local labels, at = {}, 13
    while query:byte(at) ~= 0 do
        local label
        label, at = string.unpack("s1", query, at)
        labels[#labels + 1] = label
    end
    local kind = string.unpack(">I2", query, at + 1)
    return table.concat(labels, "."), kind, query:sub(13, at + 4)
end

local function answer(self, query)
    local name, kind, question = read_question(query)
    local type_name = TYPES[kind] or tostring(kind)
    local key = name .. " " .. type_name
    local number = query:sub(1, 2) .. key
    if not self.numbers[number] then
        self.numbers[number], self.asked[key] = true, (self.asked[key] or 0) + 1
    end
    local known = self.facts[name]
    local list = known and known[type_name] or {}
    if list == "silent" then return nil end
    local flags = list == "failing" and 0x8182 or known and 0x8180 or 0x8183
    local records = {}
    for _, value in ipairs(list ~= "failing" and list or {}) do
        records[#records + 1] = "\xc0\x0c" .. string.pack(">I2I2I4s2", kind, 1, TTL, PACK[type_name](value))
    end
    return query:sub(1, 2) .. string.pack(">I2I2I2I2I2", flags, 1, #records, 0, 0) .. question .. table.concat(records)
end

function dns_mt:close()
    self.udp:close()
    uv.run "nowait" -- a closed handle is libuv's until then
end

---The line for the top of a configuration.
function dns_mt:config() return ('dns: { servers: ["127.0.0.1:%d"] }'):format(self.port) end

function M.new()
    local self = setmetatable({ facts = {}, asked = {}, numbers = {}, udp = uv.new_udp() }, dns_mt)
    self.udp:bind("127.0.0.1", 0)
    self.port = self.udp:getsockname().port
    self.udp:recv_start(function(_, query, from)
        local reply = query and #query > 12 and answer(self, query)
        if reply then self.udp:send(reply, from.ip, from.port) end
    end)
    return self
end

return M

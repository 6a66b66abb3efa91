-- SPDX-License-Identifier: MIT
-- signed_zones: a name server (nsd) on a free port of loopback, whose zones are signed here (DNSSEC, by ldns).
--
--   local zones = signed_zones.new "served.example"            -- the zone that has keys; the port is known
--   zones:serve({ ["served.example"] = "a A 127.0.0.1", ["plain.example"] = "a A 127.0.0.1" })
--   zones:config()                                             -- the line for the top of a configuration
--   zones:close()
--
-- `tamper` of serve gets the signed zone's text and returns what is served instead. Zones without keys are served
-- as they are. The trust anchor is the one zone's key: above it nothing is known.
local e2e = require "spec.e2e.harness"
local files = require "spec.files"
local process = require "spec.e2e.process"
local uv = require "luv"

local M = {}

local mt = {}
mt.__index = mt

local HEAD = [[
$ORIGIN %s.
$TTL 60
@ IN SOA ns hostmaster 1 3600 600 86400 60
@ IN NS ns
ns IN A 127.0.0.1
]]

local CONF = [[
server:
  ip-address: 127.0.0.1@PORT
  username: ""
  server-count: 1
  database: ""
  pidfile: "DIR/pid"
  zonesdir: "DIR"
  zonelistfile: "DIR/zone.list"
  xfrdfile: "DIR/xfrd.state"
  xfrdir: "DIR"
remote-control:
  control-enable: no
]]

local function run(dir, command)
    local said, is_good = files.output(("cd '%s' && %s 2>&1"):format(dir, command))
    assert(is_good, command .. "\n" .. said)
    return said
end

local function make_key(dir, zone, flag)
    return run(dir, ("ldns-keygen -r /dev/urandom -a ECDSAP256SHA256 %s %s"):format(flag, zone)):match "(K%S+)"
end

function mt:sign(zone, tamper)
    local path = self.dir .. "/" .. zone
    run(self.dir, ("ldns-signzone -f %s.signed %s %s %s"):format(zone, zone, self.zone_key, self.anchor_key))
    files.write(path, (tamper or function(text) return text end)(files.read(path .. ".signed")))
end

---@param zones table<string, string> name -> records
---@param tamper? fun(signed: string): string
function mt:serve(zones, tamper)
    local conf, said = CONF:gsub("DIR", self.dir):gsub("PORT", self.port), ""
    for zone, records in pairs(zones) do
        files.write(self.dir .. "/" .. zone, HEAD:format(zone) .. records .. "\n")
        if zone == self.zone then self:sign(zone, tamper) end
        conf = conf .. ("zone:\n  name: %s\n  zonefile: %s\n"):format(zone, zone)
    end
    files.write(self.dir .. "/nsd.conf", conf)
    self:release()
    self.nsd = process.spawn({ "/usr/sbin/nsd", "-d", "-c", self.dir .. "/nsd.conf" }, {
        on_stdout = function(text) said = said .. text end,
        on_stderr = function(text) said = said .. text end,
    })
    process.wait(function() return "nsd: " .. said end, function()
        assert(self.nsd:is_running(), said)
        return said:find "nsd started"
    end)
end

---The line for the top of a configuration.
function mt:config()
    return ('dns: { servers: ["127.0.0.1:%d"], trust_anchor: "%s" }'):format(self.port, self.anchor)
end

function mt:release()
    if not self.udp:is_closing() then self.udp:close() end
    uv.run "nowait"
end

function mt:close()
    self:release()
    if self.nsd then
        self.nsd:kill "sigterm"
        self.nsd:join()
    end
    self.remove()
end

-- A port that is free for UDP, too, and stays so until the name server is started.
local function free_port()
    for _ = 1, 20 do
        local port, udp = process.free_port(), uv.new_udp()
        if udp:bind("127.0.0.1", port) then return port, udp end
        udp:close()
    end
    error "no port is free for both UDP and TCP"
end

function M.new(zone)
    local dir, remove = e2e.folder {}
    local self = setmetatable({ zone = zone, dir = dir, remove = remove }, mt)
    self.port, self.udp = free_port()
    self.zone_key, self.anchor_key = make_key(dir, zone, ""), make_key(dir, zone, "-k")
    self.anchor = dir .. "/" .. self.anchor_key .. ".key"
    return self
end

return M

-- SPDX-License-Identifier: MIT
-- certificates: made by openssl for one spec, in a folder of their own.
--
--   local certs = certificates.new()
--   certs:make("good", { alt = "DNS:localhost" })              -- certs.dir/good.pem and good.key
--   certs:make("old", { alt = "DNS:localhost", ends = -60 })   -- over for a minute
--   certs:remove()
local e2e = require "spec.e2e.harness"

local M = {}

local mt = {}
mt.__index = mt

local CONFIG = [[
[ca]
default_ca = here
[here]
dir = DIR
database = DIR/index
serial = DIR/serial
new_certs_dir = DIR
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
]]

local function run(command)
    local pipe = assert(io.popen(command .. " 2>&1"))
    local said = pipe:read "a"
    assert(pipe:close(), command .. "\n" .. said)
    return said
end

local function date(seconds) return os.date("!%Y%m%d%H%M%SZ", os.time() + seconds) end

local KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

---@class certificate_wish
---@field name? string common name; default localhost
---@field alt? string subjectAltName in OpenSSL's notation; nil: none
---@field ends? integer seconds from now; default a day
---@field self? boolean signed by itself, not by the CA

---@param wish certificate_wish
function mt:make(stem, wish)
    local path = self.dir .. "/" .. stem
    local subject = ("-subj /CN=%s %s"):format(wish.name or "localhost", wish.alt and "-addext subjectAltName=" .. wish.alt or "")
    if wish.self then
        run(("openssl req -x509 %s %s -days 2 -keyout %s.key -out %s.pem"):format(KEY, subject, path, path))
        return path
    end
    run(("openssl req -new %s %s -keyout %s.key -out %s.csr"):format(KEY, subject, path, path))
    run(("openssl ca -batch -notext -config %s/ca.cnf -cert %s/ca.pem -keyfile %s/ca.key -startdate %s -enddate %s -in %s.csr -out %s.pem"):format(
        self.dir, self.dir, self.dir, date(-86400), date(wish.ends or 86400), path, path))
    return path
end

---What `tls.pin` takes.
function mt:pin(stem)
    local said = run(("openssl x509 -in %s/%s.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256"):format(
        self.dir, stem))
    return "sha256:" .. assert(said:match "(%x+)%s*$")
end

function M.new()
    local dir, remove = e2e.folder { index = "", serial = "01\n" }
    local self = setmetatable({ dir = dir, remove = remove, ca = dir .. "/ca.pem" }, mt)
    local file = assert(io.open(dir .. "/ca.cnf", "w"))
    file:write((CONFIG:gsub("DIR", dir)))
    file:close()
    run(("openssl req -x509 %s -subj '/CN=CA of this spec' -days 2 -addext basicConstraints=critical,CA:TRUE -keyout %s/ca.key -out %s/ca.pem"):format(
        KEY, dir, dir))
    return self
end

return M

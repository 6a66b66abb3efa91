-- SPDX-License-Identifier: MIT
-- certificates: made by openssl for one spec, in a folder of their own.
--
--   local certs = certificates.new()
--   certs:make("good", { alt = "DNS:localhost" })              -- certs.dir/good.pem and good.key
--   certs:make("old", { alt = "DNS:localhost", ends = -60 })   -- over for a minute
--   certs:revoke "good"                                        -- its authority takes it back
--   certs:answer("good", "good.der")                           -- what the authority says of it now, to be stapled
--   certs:list("list.pem", 3600)                               -- all that it has taken back; good for an hour
--   certs:remove()
local e2e = require "spec.e2e.harness"
local files = require "spec.files"

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
    local said, is_good = files.output(command .. " 2>&1")
    assert(is_good, command .. "\n" .. said)
    return said
end

local function date(seconds) return os.date("!%Y%m%d%H%M%SZ", os.time() + seconds) end

local KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

---@class certificate_wish
---@field name? string common name; default localhost
---@field alt? string subjectAltName in OpenSSL's notation; nil: none
---@field ends? integer seconds from now; default a day
---@field self? boolean signed by itself, not by the CA
---@field must_staple? boolean

---@param wish certificate_wish
function mt:make(stem, wish)
    local path = self.dir .. "/" .. stem
    local subject = ("-subj /CN=%s %s %s"):format(wish.name or "localhost", wish.alt and "-addext subjectAltName=" .. wish.alt or "",
        wish.must_staple and "-addext tlsfeature=status_request" or "")
    if wish.self then
        run(("openssl req -x509 %s %s -days 2 -keyout %s.key -out %s.pem"):format(KEY, subject, path, path))
        return path
    end
    run(("openssl req -new %s %s -keyout %s.key -out %s.csr"):format(KEY, subject, path, path))
    run(("openssl ca -batch -notext -config %s/ca.cnf -cert %s/ca.pem -keyfile %s/ca.key -startdate %s -enddate %s -in %s.csr -out %s.pem"):format(
        self.dir, self.dir, self.dir, date(-86400), date(wish.ends or 86400), path, path))
    return path
end

function mt:revoke(stem)
    run(("openssl ca -batch -config %s/ca.cnf -cert %s/ca.pem -keyfile %s/ca.key -crl_reason keyCompromise -revoke %s/%s.pem"):format(
        self.dir, self.dir, self.dir, self.dir, stem))
end

---An answer of OCSP, good for a day.
---@param ago? integer seconds: it was given then
function mt:answer(stem, name, ago)
    local dir, at = self.dir, ""
    if ago then
        local file = assert(io.open(dir .. "/clock", "w"))
        file:write(-ago)
        file:close()
        run(("cc -shared -fPIC -O1 -DSECONDS_TOO -o %s/clock.so spec/e2e/clock.c"):format(dir))
        at = ("E2E_CLOCK=%s/clock LD_PRELOAD=%s/clock.so "):format(dir, dir)
    end
    local who = ("-CA %s/ca.pem -issuer %s/ca.pem -rsigner %s/ca.pem -rkey %s/ca.key"):format(dir, dir, dir, dir)
    run(("%sopenssl ocsp -index %s/index %s -cert %s/%s.pem -ndays 1 -noverify -respout %s/%s"):format(
        at, dir, who, dir, stem, dir, name))
end

---The list (CRL) of what was taken back until now. It takes its name when it is whole.
---@return string path
function mt:list(name, seconds)
    local path = self.dir .. "/" .. name
    run(("openssl ca -gencrl -crlsec %d -config %s/ca.cnf -cert %s/ca.pem -keyfile %s/ca.key -out %s.new"):format(
        seconds, self.dir, self.dir, self.dir, path))
    assert(os.rename(path .. ".new", path))
    return path
end

---What `tls.pin` takes.
function mt:pin(stem)
    local said = run(("openssl x509 -in %s/%s.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256"):format(
        self.dir, stem))
    return "sha256:" .. assert(said:match "(%x+)%s*$")
end

---@param name? string of the authority
function M.new(name)
    local dir, remove = e2e.folder { index = "", serial = "01\n" }
    local self = setmetatable({ dir = dir, remove = remove, ca = dir .. "/ca.pem" }, mt)
    files.write(dir .. "/ca.cnf", (CONFIG:gsub("DIR", dir)))
    run(("openssl req -x509 %s -subj '/CN=%s' -days 2 -addext basicConstraints=critical,CA:TRUE -keyout %s/ca.key -out %s/ca.pem"):format(
        KEY, name or "CA of this spec", dir, dir))
    return self
end

return M

-- SPDX-License-Identifier: MIT
-- alertmanager: whose API is asked for silences, and who we are there. In the hook's `with:` one of
--
--   alertmanager: http://127.0.0.1:9093
--   alertmanager: { url: https://am.example.org, bearer_file: am.secret, ca_file: ca.pem }        or `bearer:`
--   alertmanager: { url: https://am.example.org, basic: { user: couplet, password_file: am.secret } }      or `password:`
--
-- What proves who we are goes over https://, or to this machine. A file is read each time, so that it can be changed meanwhile.
-- A secret is in no log and not in the database: what is kept of a hook says `true` in its place, and it is found again by the URL
-- and the user of the hook that is configured.
local io, pairs, require, table, type = io, pairs, require, table, type

local M = {}

local SECRET_MOST = 4096

---@class couplet.alerts.Alertmanager
---@field url string
---@field user string|nil
---@field secret string|true|nil true: it is withheld
---@field secret_file string|nil
---@field ca_file string|nil

local secrets = {} -- URL and user -> secret, of the hooks that are configured

local function name_of(place) return place.url .. "\0" .. (place.user or "") end

-- Reading it

local KEYS = { url = true, bearer = true, bearer_file = true, basic = true, ca_file = true }
local BASIC = { user = true, password = true, password_file = true }

local function is_here(url)
    local host = url:match "^http://%[([^%]]*)%]" or url:match "^http://([^:/]+)"
    return host == "localhost" or host == "::1" or (host ~= nil and host:find "^127%.%d+%.%d+%.%d+$" ~= nil)
end

local function read_url(url, path, wrong)
    if type(url) ~= "string" or not url:find "^https?://[^%s/]+[^%s]*$" then wrong(path, "a URL like http://127.0.0.1:9093") end
    if url:find "^https?://[^/]*@" then wrong(path, "a URL without a password: basic: { user:, password_file: } says it, and") end
    return (url:gsub("/+$", ""))
end

local function text(map, key, path, wrong)
    local value = map[key]
    if value == nil or value == true or (type(value) == "string" and value ~= "") then return value end
    local whole = { table.unpack(path) }
    whole[#whole + 1] = key
    wrong(whole, "a text")
end

-- A secret, or its file.
local function secret_of(map, name, path, wrong)
    local secret, file = text(map, name, path, wrong), text(map, name .. "_file", path, wrong)
    if (secret == nil) == (file == nil) then wrong(path, name .. ": or " .. name .. "_file:") end
    return secret, file
end

local function read_login(place, value, mapping, wrong)
    if value.basic == nil then
        if value.bearer ~= nil or value.bearer_file ~= nil then
            place.secret, place.secret_file = secret_of(value, "bearer", { "alertmanager" }, wrong)
        end
        return
    end
    if value.bearer ~= nil or value.bearer_file ~= nil then wrong({ "alertmanager" }, "one of bearer, bearer_file and basic") end
    local path = { "alertmanager", "basic" }
    mapping(value.basic, path, BASIC, "{ user:, password: or password_file: }")
    place.user = text(value.basic, "user", path, wrong)
    if type(place.user) ~= "string" or place.user:find ":" then wrong(path, "user:, without a colon,") end
    place.secret, place.secret_file = secret_of(value.basic, "password", path, wrong)
end

--- Raises what is wrong, by wrong(path, expected).
---@param value any
---@param mapping fun(value: any, path: table, keys: table, expected?: string)
---@param wrong fun(path: table, expected: string)
---@return couplet.alerts.Alertmanager
function M.read(value, mapping, wrong)
    if type(value) ~= "table" then return { url = read_url(value, { "alertmanager" }, wrong) } end
    mapping(value, { "alertmanager" }, KEYS)
    local place = { url = read_url(value.url, { "alertmanager", "url" }, wrong) }
    place.ca_file = text(value, "ca_file", { "alertmanager" }, wrong)
    read_login(place, value, mapping, wrong)
    if (place.secret or place.secret_file) and place.url:find "^http:" and not is_here(place.url) then
        wrong({ "alertmanager", "url" }, "https:// where there is a secret, or an address of this machine")
    end
    if type(place.secret) == "string" then secrets[name_of(place)] = place.secret end
    return place
end

--- What is kept on disk of it, which is read again by M.read.
---@param place couplet.alerts.Alertmanager
---@return table
function M.kept(place)
    local kept, secret = { url = place.url, ca_file = place.ca_file }, place.secret and true or nil
    if place.user then
        kept.basic = { user = place.user, password = secret, password_file = place.secret_file }
    else
        kept.bearer, kept.bearer_file = secret, place.secret_file
    end
    return kept
end

-- Its files

local function first_line(path)
    local file, why = io.open(path, "r")
    if not file then return nil, why end
    local bytes
    bytes, why = file:read(SECRET_MOST + 2)
    file:close()
    if not bytes then return nil, why or path .. ": it is empty; its first line should be the secret" end
    local line = bytes:match "^[^\r\n]*"
    if line == "" then return nil, path .. ": the first line is empty; it should be the secret" end
    if #line > SECRET_MOST then return nil, path .. ": the first line is too long for a secret" end
    if line:find "%c" then return nil, path .. ": the first line is no text; it should be the secret" end
    return line
end

local function check_file(map, key, path, folder, add, read)
    local name = type(map) == "table" and map[key]
    if type(name) ~= "string" then return end
    if name:sub(1, 1) ~= "/" then map[key] = folder .. name end
    local found, why = read(map[key])
    if not found then add(path, "with: alertmanager: " .. why) end
end

local function can_read(path)
    local file, why = io.open(path, "r")
    if file then file:close() end
    return file, why
end

-- What is withheld is so on disk alone.
local function check_text(map, key, path, add)
    if type(map) == "table" and map[key] == true then add(path, "with: alertmanager: " .. key .. ": a text is expected") end
end

--- The files stand beside the configuration: their paths become whole. What cannot be read is told to add(path, text).
---@param value any
---@param folder string
---@param add fun(path: table, text: string)
function M.check(value, folder, add)
    if type(value) ~= "table" then return end
    check_file(value, "bearer_file", { "alertmanager", "bearer_file" }, folder, add, first_line)
    check_file(value.basic, "password_file", { "alertmanager", "basic", "password_file" }, folder, add, first_line)
    check_file(value, "ca_file", { "alertmanager", "ca_file" }, folder, add, can_read)
    for key in pairs(KEYS) do check_text(value, key, { "alertmanager", key }, add) end
    for key in pairs(BASIC) do check_text(value.basic, key, { "alertmanager", "basic", key }, add) end
end

-- Asking it

-- -> the value of the header, nil: there is none | nil, why
local function authorization(place)
    local secret, why = place.secret, nil
    if place.secret_file then secret, why = first_line(place.secret_file) end
    if secret == true then
        secret, why = secrets[name_of(place)], "its secret is known again once its hook has been called; a file would be found at once"
    end
    if not secret then return nil, why end
    if not place.user then return "Bearer " .. secret end
    return "Basic " .. require("couplet.base64").encode(place.user .. ":" .. secret)
end

--- -> the answer | nil, why
---@param policy couplet.alerts.Policy
---@param method string
---@param path string
---@param value any as JSON
function M.ask(policy, method, path, value)
    local http, json, place = require "couplet.http", require "couplet.json", policy.alertmanager
    local proof, why = authorization(place)
    if why and not proof then return nil, why end
    local answer, err = http.request {
        url = place.url .. path, method = method, allow_private = policy.allow_private, timeout = 10, max_bytes = 65536, redirects = 0,
        headers = { ["Content-Type"] = "application/json", Authorization = proof }, body = value and json.encode(value),
        ca_file = place.ca_file, clear = proof and "loopback" or nil,
    }
    if not answer then return nil, err.text or err.condition end
    if answer.status == 401 or answer.status == 403 then
        return nil, ("it answered %d: %s"):format(answer.status, proof and "it does not know us by this secret" or "it wants to know who asks")
    end
    if not answer.ok then return nil, ("it answered %d"):format(answer.status) end
    return answer
end

return M

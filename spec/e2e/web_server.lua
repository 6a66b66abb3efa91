-- SPDX-License-Identifier: MIT
-- web_server: a web server on loopback for a spec (web_server.py): what was asked of it, in order.
--
--   local web = web_server.start(world.server)      with the certificate of the XMPP server, good for localhost
--   local world, web = web_server.world(options)    beside a world: E2E_HTTP and E2E_HTTPS are its ports in the bots' environment
--   web.http, web.https                             its ports
--   web.seen                                        { { method =, path =, headers = { { name, value }, … }, len =, body =, tls = }, … }
local e2e = require "spec.e2e.harness"
local json = require "dkjson"
local process = require "spec.e2e.process"

local M = {}

function M.start(server)
    local web, rest = { seen = {} }, ""
    local certificates = server.dir .. "/certs/server"
    web.process = process.spawn({ "/usr/bin/python3", "spec/e2e/web_server.py", certificates .. ".pem", certificates .. ".key" }, {
        stdin = true,
        on_stdout = function(text)
            rest = rest .. text
            for line in rest:gmatch "([^\n]*)\n" do
                local value = assert(json.decode(line))
                if value.https then
                    web.http, web.https = value.http, value.https
                else
                    web.seen[#web.seen + 1] = value
                end
            end
            rest = rest:match "[^\n]*$"
        end,
        on_stderr = function(text) web.errors = (web.errors or "") .. text end,
    })
    process.wait("the web server", function() return web.https or not web.process:is_running() end)
    assert(web.https, web.errors)
    function web.stop()
        web.process:kill()
        web.process:join()
    end
    function web.header(request, name)
        local values = {}
        for _, pair in ipairs(request.headers) do
            if pair[1]:lower() == name:lower() then values[#values + 1] = pair[2] end
        end
        return table.concat(values, ", ")
    end
    return web
end

---@param options e2e_options
---@return table world, table web
function M.world(options)
    local web, env, before = nil, options.env or {}, options.before
    options.env = env
    options.before = function(world)
        web = M.start(world.server)
        env.E2E_HTTP, env.E2E_HTTPS = tostring(web.http), tostring(web.https)
        if before then before(world) end
    end
    return e2e.start(options), web
end

return M

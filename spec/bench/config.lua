-- SPDX-License-Identifier: MIT
-- The configurations of Couplet for the benchmark, one kind to stdout:
--
--   lua5.4 spec/bench/config.lua KIND [ACCOUNTS] > build/bench/KIND.yaml
--
--   echo      one account, one hook: every message goes to Lua, its text is the answer
--   ignore    one account, in the room; hooks want other things, and the marker that ends the work
--   hooks     the same with 300 hooks more, of the kinds that grown configurations have; none of them ever fires
--   accounts  ACCOUNTS accounts that share one Lua state     own  the same with a state each
--   tls, ignore-tls, accounts-tls   the same over STARTTLS, the certificate verified
--
-- Port and CA come from the environment, as the load server sets it (BENCH_PORT, BENCH_CA).

local kinds = {
    echo = { hooks = { "{ event: message, call: bench.echo }" } },
    ignore = {
        room = true,
        hooks = {
            '{ event: message, type: chat, body: "^marker", call: bench.echo }',
            '{ event: presence, type: subscribe, call: bench.echo }',
        },
    },
    accounts = { state = "light", hooks = { "{ event: message, call: bench.echo }" } },
    own = { hooks = { "{ event: message, call: bench.echo }" } },
}

---@return table kind
local function three_hundred()
    local hooks = {}
    for i = 1, 75 do
        hooks[#hooks + 1] = ('{ event: message, room: room%d@conference.localhost, body: "^!cmd%d", call: bench.echo }'):format(i, i)
        hooks[#hooks + 1] = ('{ event: message, type: chat, from: user%d@example.org, call: bench.echo }'):format(i)
        hooks[#hooks + 1] = ('{ event: presence, type: subscribe, from: "*@org%d.example.org", call: bench.echo }'):format(i)
        hooks[#hooks + 1] = ('{ event: iq, type: get, xmlns: "urn:example:%d", call: bench.echo }'):format(i)
    end
    for _, hook in ipairs(kinds.ignore.hooks) do
        hooks[#hooks + 1] = hook
    end
    return { room = true, hooks = hooks }
end

kinds.hooks = three_hundred()

---@param kind table
---@param with_tls boolean
---@param count integer
local function write(kind, with_tls, count)
    print("# made by spec/bench/config.lua")
    print("scripts: [../../spec/bench]")
    print("log: { level: error }")
    print("bots:")
    for i = 0, count - 1 do
        print(("  bot%d:"):format(i))
        print(("    jid: bot%d@localhost/bench"):format(i))
        print("    password: secret")
        print('    server: "127.0.0.1:${BENCH_PORT}"')
        print(with_tls and '    tls: { ca_file: "${BENCH_CA}" }' or "    tls: { mode: none }")
        print("    sasl: [PLAIN]")
        if count == 1 then print("    features: { loop_guard: false }") end -- the load is a program that answers at once
        print(kind.state and ("    state: %s"):format(kind.state) or "    nick: bench")
        if kind.room then
            print("    rooms: [bench@conference.localhost]")
        end
        print("    hooks:")
        for _, hook in ipairs(kind.hooks) do
            print("      - " .. hook)
        end
    end
end

local name = arg[1] or ""
local kind = kinds[name:gsub("%-tls$", "")] or (name == "tls" and kinds.echo)
if not kind then
    io.stderr:write("config.lua: no such kind: ", name, "\n")
    os.exit(2)
end
write(kind, name:find("tls$") ~= nil, tonumber(arg[2]) or 1)

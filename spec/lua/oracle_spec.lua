-- SPDX-License-Identifier: MIT
-- The same answers as Prosody's util.stanza and util.jid, where they are on the machine: hundreds of made-up trees and
-- addresses, from a known seed, are asked the same questions on both sides.
--
-- Left out is where we differ on purpose: stanza.lua, jid.lua and xml.lua say where, and their own specs show it.
local ROOT = "/usr/lib/prosody"

local function load_prosody()
    local path, cpath = package.path, package.cpath
    package.path, package.cpath = ROOT .. "/?.lua;" .. path, ROOT .. "/?.so;" .. cpath
    local ok, st, jid = pcall(function() return require "util.stanza", require "util.jid" end)
    package.path, package.cpath = path, cpath
    if ok then return st, jid end
    return nil, st
end

local function is_installed()
    local file = io.open(ROOT .. "/util/stanza.lua")
    if file then file:close() end
    return file ~= nil
end

local ours = require "couplet.stanza"
local our_jid = require "couplet.jid"

local NAMES = { "a", "b", "query", "error", "text", "body", "gone", "conflict" }
local SPACES = { "urn:a", "urn:b", "urn:ietf:params:xml:ns:xmpp-stanzas", "jabber:client" }
local TEXTS = { "hello", " ", "\n", "<&>'\"", "é 你好", "]]>", "0" }
local KEYS = { "id", "type", "from", "to", "xml:lang", "urn:c\1n" }

local rng = { state = 20240229 }

function rng.below(n) -- a known sequence on every machine and in every Lua
    rng.state = (rng.state * 1103515245 + 12345) % 2147483648
    return rng.state // 65536 % n
end

local function pick(list) return list[rng.below(#list) + 1] end

local function maybe(list) return rng.below(2) == 0 and pick(list) or nil end

local function random_attr()
    local attr = { xmlns = maybe(SPACES) }
    for _ = 1, rng.below(3) do attr[pick(KEYS)] = pick(TEXTS) end
    return attr
end

local function random_tree(depth)
    local tree = { name = pick(NAMES), attr = random_attr() }
    for i = 1, rng.below(5) do tree[i] = (depth > 0 and rng.below(3) > 0) and random_tree(depth - 1) or pick(TEXTS) end
    return tree
end

-- Any value of either side, as plain data that can be compared.
local function plain(value, depth)
    if type(value) ~= "table" then return value end
    if (depth or 0) > 20 then error "endless" end
    local copy = { name = value.name, attr = {} }
    for k, v in pairs(value.attr) do copy.attr[k] = v end
    for i = 1, #value do copy[i] = plain(value[i], (depth or 0) + 1) end
    return copy
end

local function results(f, ...)
    local packed = table.pack(pcall(f, ...))
    if not packed[1] then return { raised = true } end
    local list = {}
    for i = 2, packed.n do list[i] = plain(packed[i]) end
    return list
end

local function collected(f, ...)
    local list = {}
    for child in f(...) do list[#list + 1] = plain(child) end
    return list
end

-- The text with attributes in one order, without repeated xmlns, to be compared.
local function canonical(text)
    return (text:gsub("<([^ />]+)([^>]*)>", function(name, rest)
        local attrs = {}
        rest = rest:gsub(" xmlns:(ns%d+)='([^']*)' %1:(%w+)='([^']*)'", function(_, ns, key, value)
            attrs[#attrs + 1] = "{" .. ns .. "}" .. key .. "=" .. value:gsub("&#10;", "\n")
            return ""
        end)
        rest = rest:gsub(" ([^ =]+)='([^']*)'", function(key, value)
            attrs[#attrs + 1] = key .. "=" .. value:gsub("&#10;", "\n")
            return ""
        end)
        table.sort(attrs)
        return "<" .. name .. " " .. table.concat(attrs, " ") .. rest .. ">"
    end))
end

-- xmlns on every element, as in what is received: then both sides write the same.
local function with_xmlns(tree)
    tree.attr.xmlns = tree.attr.xmlns or "jabber:client"
    for i = 1, #tree do
        if type(tree[i]) == "table" then with_xmlns(tree[i]) end
    end
    return tree
end

local PATHS = { "a", "a#", "@id", "a@id", "a/@type", "{urn:a}a/b#", "{urn:b}/b", "a/b/query#", "{urn:a}a/{urn:b}b@xml:lang", "", "#", "a/", "a#b", "@" }

local function ask(st, stanza)
    local answers = { text = results(stanza.get_text, stanza), err = results(stanza.get_error, stanza) }
    local function add(key, ...) answers[key] = results(...) end
    for _, name in ipairs { "a", "body", false } do
        for _, xmlns in ipairs { "urn:a", "urn:b", false } do
            local key, n, x = tostring(name) .. tostring(xmlns), name or nil, xmlns or nil
            add("child" .. key, stanza.get_child, stanza, n, x)
            add("text" .. key, stanza.get_child_text, stanza, n, x)
            add("attr" .. key, stanza.get_child_with_attr, stanza, n, x, "id", "hello")
            answers["tags" .. key] = collected(stanza.childtags, stanza, n, x)
            add("removed" .. key, function() return st.clone(stanza):remove_children(n, x) end)
        end
    end
    for _, path in ipairs(PATHS) do add("find" .. path, stanza.find, stanza, path) end
    answers.children = collected(stanza.children, stanza)
    answers.tags = {}
    for i, tag in ipairs(stanza.tags) do answers.tags[i] = plain(tag) end
    add("name", stanza.child_with_name, stanza, "b")
    add("ns", stanza.child_with_ns, stanza, "urn:a")
    add("top", st.clone, stanza, true)
    add("plain", st.preserialize, stanza)
    add("reply", st.reply, stanza)
    add("indent", stanza.indent, stanza, 1, " ")
    add("error_reply", st.error_reply, stanza, "wait", "conflict", "sorry", "by.example")
    add("maptags", function()
        return st.clone(stanza):maptags(function(tag)
            if tag.name == "a" then return nil end
            return tag.name == "b" and st.stanza("new", { id = "1" }) or tag
        end)
    end)
    return answers
end

-- A series of building steps, the same on both sides.
local function random_steps()
    local steps = {}
    for i = 1, 3 + rng.below(12) do
        local kind = rng.below(9)
        steps[i] = ({
            [0] = { "tag", pick(NAMES), random_attr() }, { "tag", pick(NAMES) }, { "text", pick(TEXTS) }, { "text", "" },
            { "up" }, { "up" }, { "text_tag", pick(NAMES), pick(TEXTS), random_attr() }, { "query", pick(SPACES) },
            rng.below(4) == 0 and { "reset" } or { "body", pick(TEXTS) },
        })[kind]
    end
    return steps
end

local function perform(st, steps)
    local stanza = st.message { to = "x" }
    for _, step in ipairs(steps) do
        local attr = {}
        for k, v in pairs(step[#step] and type(step[#step]) == "table" and step[#step] or {}) do attr[k] = v end
        local args = { table.unpack(step, 2) }
        if type(args[#args]) == "table" then args[#args] = attr end
        assert(stanza[step[1]](stanza, table.unpack(args)) == stanza)
    end
    return { tree = plain(stanza), at_top = stanza:at_top() }
end

local REFUSED = {
    function(st) return st.stanza "" end,
    function(st) return st.stanza(5) end,
    function(st) return st.stanza "a b" end,
    function(st) return st.stanza("a", { x = 5 }) end,
    function(st) return st.stanza("a", { x = "\1" }) end,
    function(st) return st.stanza("a", { x = "\xFF" }) end,
    function(st) return st.stanza("a", { [1] = "x" }) end,
    function(st) return st.stanza "a":text "\0" end,
    function(st) return st.stanza "a":text(5) end,
    function(st) return st.stanza "a":add_child(nil) end,
    function(st) return st.stanza "a":add_child(true) end,
    function(st) return st.message({}, 5) end,
    function(st) return st.iq() end,
    function(st) return st.iq { id = "1" } end,
    function(st) return st.clone(nil) end,
    function(st) return st.clone "a" end,
    function(st) return st.reply(nil) end,
    function(st) return st.error_reply(st.message { type = "error" }, "cancel", "conflict") end,
}

local function random_address()
    local parts = {}
    for i = 1, rng.below(6) do parts[i] = pick { "a", "b.example", "@", "/", "@", "/", "\\20", " " } end
    return table.concat(parts)
end

describe("Prosody", function()
    if not is_installed() then
        pending "is not installed, so the same answers cannot be compared"
        return
    end
    local theirs, their_jid

    setup(function()
        theirs, their_jid = load_prosody()
        assert(theirs, their_jid)
    end)

    it("answers the same to what is read from a stanza", function()
        for _ = 1, 500 do
            local tree = random_tree(3)
            local our_answers = ask(ours, ours.deserialize(tree))
            for question, answer in pairs(ask(theirs, theirs.deserialize(tree))) do assert.same(answer, our_answers[question], question) end
        end
    end)

    it("builds the same", function()
        for _ = 1, 500 do
            local steps = random_steps()
            assert.same(perform(theirs, steps), perform(ours, steps))
        end
    end)

    it("writes the same", function()
        for _ = 1, 500 do
            local tree = with_xmlns(random_tree(3))
            local mine, other = ours.deserialize(tree), theirs.deserialize(tree)
            assert.equal(canonical(tostring(other)), canonical(tostring(mine)))
            assert.equal(canonical(other:top_tag()), canonical(mine:top_tag()))
            assert.equal(theirs.xml_escape(tree[1] and tostring(other) or "'"), ours.xml_escape(tree[1] and tostring(other) or "'"))
        end
    end)

    it("refuses what we refuse", function()
        for i, f in ipairs(REFUSED) do
            assert.is_false(pcall(f, theirs), "theirs " .. i)
            assert.is_false(pcall(f, ours), "ours " .. i)
        end
    end)

    it("has no method that we have not", function()
        for name, value in pairs(theirs.stanza_mt) do
            if type(value) == "function" and not name:find "^__" then assert.is_function(ours.stanza_mt[name], name) end
        end
        for name, value in pairs(theirs) do assert.equal(type(value), type(ours[name]), name) end
    end)

    it("says the same about addresses", function()
        for _ = 1, 2000 do
            local address, rule = random_address(), random_address()
            for _, part in ipairs { "split", "bare", "node", "host", "resource", "unescape" } do
                local their, our = table.pack(their_jid[part](address)), table.pack(our_jid[part](address))
                assert.same({ their[1], their[2], their[3] }, { our[1], our[2], our[3] }, part .. " " .. address)
            end
            if our_jid.host(rule) then
                assert.equal(their_jid.compare(address, rule), our_jid.compare(address, rule), address .. " under " .. rule)
            end
            local escaped = our_jid.escape(address)
            if escaped then assert.equal(their_jid.escape(address), escaped) end
        end
    end)
end)

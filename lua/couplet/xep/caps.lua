-- SPDX-License-Identifier: MIT
-- caps: entity capabilities, the old kind (XEP-0115) and the new one (XEP-0390): a hash over what disco#info says stands in
-- the presence, so that each set of features is asked for once, of anybody who has it.
--
-- A hash counts only when it was made again from the answer and is the same. The string that XEP-0115 hashes is ambiguous:
-- "<" in a name may stand for the end of one. An answer with such a name proves nothing here and is not kept for others, or
-- whoever answers first could make up the features of everybody with that hash.
-- Implements: XEP-0115 1.6.0, XEP-0390 0.3.2
local base64 = require "couplet.base64"
local hash = require "couplet.hash"
local ns = require "couplet.ns"

local type, ipairs, pairs = type, ipairs, pairs
local concat, sort = table.concat, table.sort

local M = {}

M.NODE = "urn:couplet"
local KNOWN_MOST = 256 -- sets of features that are kept; the oldest goes
local ALGORITHMS = { "sha3-256", "sha-256", "sha3-512", "sha-512" } -- of XEP-0390, best first; XEP-0300 has no others we need

local function as_list(value) return type(value) == "table" and value or { value } end

-- ---- XEP-0115 5.1

local function is_plain(text, forbidden) return not text:find(forbidden or "<", 1, true) end

--- The string that is hashed; nil, and why, when what it stands for would not be certain.
---@param info couplet.DiscoInfo
---@return string|nil, string|nil
function M.string_of(info)
    local parts, plain = {}, true
    local function add(list)
        sort(list)
        for _, text in ipairs(list) do
            plain = plain and is_plain(text)
            parts[#parts + 1] = text .. "<"
        end
    end
    local identities = {}
    for i, one in ipairs(info.identities) do
        plain = plain and is_plain(one.category .. one.type .. (one.lang or ""), "/")
        identities[i] = ("%s/%s/%s/%s"):format(one.category, one.type, one.lang or "", one.name or "")
    end
    add(identities)
    local features = {}
    for feature in pairs(info.features) do features[#features + 1] = feature end
    add(features)
    local disco_info = require "couplet.xep.disco_info"
    for _, form_type in ipairs(disco_info.sorted_keys(info.forms)) do
        add { form_type }
        for _, var in ipairs(disco_info.sorted_keys(info.forms[form_type])) do
            add { var }
            add { table.unpack(as_list(info.forms[form_type][var])) }
        end
    end
    if not plain then return nil, "a name with '<' in it" end
    return concat(parts)
end

-- ---- XEP-0390 4.1

local UNIT, RECORD, GROUP, FILE = "\x1f", "\x1e", "\x1d", "\x1c"

local function joined(list, last)
    sort(list)
    return concat(list) .. last
end

local function form_input(form_type, form)
    local fields = { "FORM_TYPE" .. UNIT .. form_type .. UNIT .. RECORD }
    for var, value in pairs(form) do
        local values = {}
        for i, text in ipairs(as_list(value)) do values[i] = text .. UNIT end
        fields[#fields + 1] = var .. UNIT .. joined(values, "") .. RECORD
    end
    return joined(fields, GROUP)
end

--- The octets that are hashed.
---@param info couplet.DiscoInfo
---@return string
function M.input_of(info)
    local features, identities, forms = {}, {}, {}
    for feature in pairs(info.features) do features[#features + 1] = feature .. UNIT end
    for i, one in ipairs(info.identities) do
        identities[i] = concat({ one.category, one.type, one.lang or "", one.name or "", "" }, UNIT) .. RECORD
    end
    for form_type, form in pairs(info.forms) do forms[#forms + 1] = form_input(form_type, form) end
    return joined(features, FILE) .. joined(identities, FILE) .. joined(forms, FILE)
end

-- ---- ours

--- <c/> of both kinds for our presence, as text.
---@param info couplet.DiscoInfo
---@return string
function M.presence_text(info)
    local write = require("couplet.core.stanza").write
    return write {
        name = "c",
        attr = { xmlns = ns.caps, hash = "sha-1", node = M.NODE, ver = base64.encode(hash.sha1(M.string_of(info))) },
    } .. write {
        name = "c",
        attr = { xmlns = ns.ecaps2 },
        { name = "hash", attr = { xmlns = ns.hashes, algo = "sha-256" }, base64.encode(hash.sha256(M.input_of(info))) },
    }
end

--- The nodes that our presence names: of the old kind, of the new one.
---@param info couplet.DiscoInfo
---@return string, string
function M.nodes_of(info)
    return M.NODE .. "#" .. base64.encode(hash.sha1(M.string_of(info))),
        "urn:xmpp:caps#sha-256." .. base64.encode(hash.sha256(M.input_of(info)))
end

--- Is the node one of them?
---@param node string
---@param info couplet.DiscoInfo
---@return boolean
function M.is_ours(node, info)
    local old, new = M.nodes_of(info)
    return node == old or node == new
end

-- ---- others'

---@class couplet.Claim
---@field node string to ask at
---@field algorithm string
---@field value string base64
---@field is_new boolean XEP-0390

local function is_base64(text) return #text <= 128 and text:find "^[%w+/]+=*$" ~= nil end

local function claim_of_new(c)
    local found = {}
    for element in c:childtags("hash", ns.hashes) do found[element.attr.algo or ""] = element:get_text() end
    for _, algorithm in ipairs(ALGORITHMS) do
        local value = found[algorithm]
        if value and is_base64(value) then
            return { node = ("urn:xmpp:caps#%s.%s"):format(algorithm, value), algorithm = algorithm, value = value, is_new = true }
        end
    end
end

--- What a presence says of its sender's capabilities, in the best way there is; nil: nothing that could be verified.
---@param presence couplet.Stanza
---@return couplet.Claim|nil
function M.claim_of(presence)
    local new = presence:get_child("c", ns.ecaps2)
    local claim = new and claim_of_new(new)
    if claim then return claim end
    local attr = (presence:get_child("c", ns.caps) or { attr = {} }).attr
    local node, ver, algorithm = attr.node, attr.ver, attr.hash
    if not node or not ver or #node > 1024 or not is_base64(ver) or not hash.of(algorithm or "", "") then return nil end
    return { node = node .. "#" .. ver, algorithm = algorithm, value = ver, is_new = false }
end

--- Does the answer have the hash that was claimed? lang: of the stanza, which identities without one of their own inherit.
---@param claim couplet.Claim
---@param info couplet.DiscoInfo
---@param lang? string
---@return boolean
function M.verify(claim, info, lang)
    if info.flaw then return false end
    local input = claim.is_new and M.input_of(info) or not claim.is_new and M.string_of(info)
    local made = input and hash.of(claim.algorithm, input)
    if made and base64.encode(made) == claim.value then return true end
    if not claim.is_new or not lang then return false end
    local inherited = { identities = {}, features = info.features, forms = info.forms }
    for i, one in ipairs(info.identities) do
        inherited.identities[i] = { category = one.category, type = one.type, name = one.name, lang = one.lang or lang }
    end
    return base64.encode(hash.of(claim.algorithm, M.input_of(inherited))) == claim.value
end

-- Verified sets, by algorithm and hash: of this Lua state.
local known, order, next_place = {}, {}, 1

local function key_of(claim) return (claim.is_new and "2 " or "1 ") .. claim.algorithm .. " " .. claim.value end

---@param claim couplet.Claim
---@return couplet.DiscoInfo|nil
function M.known(claim) return known[key_of(claim)] end

--- Keeps what was verified.
function M.keep(claim, info)
    local key = key_of(claim)
    if known[key] then return end
    if order[next_place] then known[order[next_place]] = nil end
    order[next_place], known[key] = key, info
    next_place = next_place % KNOWN_MOST + 1
end

return M

-- SPDX-License-Identifier: MIT
-- jid: addresses, node@host/resource (RFC 7622). Names, meanings and answers are those of Prosody's util.jid.
--
-- Splitting and joining are done here and look at separators only; preparing (case, Unicode, lengths) is the runtime's:
-- couplet.core.jid. What came from the network in `from` and `to` is an address already; prepare what people typed, and
-- compare prepared addresses. What is no address gives nil.
-- Two answers are stricter: `compare` with a rule that is no address is false, not true (an empty rule must not let
-- everybody in), and `escape` refuses a blank at either end, which XEP-0106 cannot express.
-- Implements: XEP-0106 1.1.1, RFC 7622
local select, s_match, s_find, s_sub, s_gsub = select, string.match, string.find, string.sub, string.gsub

local M = {}

--- Splits at the first "/", then at the first "@" (RFC 7622 3.2). An empty part makes it no address.
---@param jid string|nil
---@return string|nil node, string|nil host, string|nil resource
local function split(jid)
    if jid == nil then return nil, nil, nil end
    local address, resource = jid, nil
    local slash = s_find(jid, "/", 1, true)
    if slash then
        address, resource = s_sub(jid, 1, slash - 1), s_sub(jid, slash + 1)
        if resource == "" then return nil, nil, nil end
    end
    local node, host = nil, address
    local at = s_find(address, "@", 1, true)
    if at then
        node, host = s_sub(address, 1, at - 1), s_sub(address, at + 1)
        if node == "" or s_find(host, "@", 1, true) then return nil, nil, nil end
    end
    if host == "" then return nil, nil, nil end
    return node, host, resource
end
M.split = split

--- The other way round; nil without a host.
---@param node string|nil
---@param host string|nil
---@param resource string|nil
---@return string|nil
local function join(node, host, resource)
    if host == nil then return nil end
    local address = node == nil and host or node .. "@" .. host
    return resource == nil and address or address .. "/" .. resource
end
M.join = join

--- Without the resource.
---@param jid string|nil
---@return string|nil
function M.bare(jid)
    local node, host = split(jid)
    return join(node, host, nil)
end

---@param jid string|nil
---@return string|nil
function M.node(jid)
    local node = split(jid)
    return node
end

---@param jid string|nil
---@return string|nil
function M.host(jid)
    local _, host = split(jid)
    return host
end

---@param jid string|nil
---@return string|nil
function M.resource(jid)
    local _, _, resource = split(jid)
    return resource
end

-- Three values are an address; a refusal is nil, or nil and the reason, which must not be taken for a host.
local function three_or_none(...)
    if select("#", ...) == 3 then return ... end
    return nil, nil, nil
end

--- Splits and prepares each part; all nil when one cannot be.
---@param jid string|nil
---@return string|nil node, string|nil host, string|nil resource
local function prepped_split(jid)
    local node, host, resource = split(jid)
    if host == nil or s_find(jid, "\0", 1, true) then return nil, nil, nil end
    if s_sub(host, -1) == "." then -- the empty root label (RFC 7622 3.2)
        host = s_sub(host, 1, -2)
        if host == "" or s_sub(host, -1) == "." then return nil, nil, nil end
    end
    local core = require "couplet.core.jid"
    return three_or_none(core.prep(node, host, resource))
end
M.prepped_split = prepped_split

--- The prepared address; nil when it is none.
---@param jid string|nil
---@return string|nil
function M.prep(jid)
    local node, host, resource = prepped_split(jid)
    return join(node, host, resource)
end

--- Does an address fall under a rule? What the rule leaves out (node, resource) may be anything. Both must be prepared.
---@param jid string|nil
---@param rule string|nil
---@return boolean
function M.compare(jid, rule)
    local node, host, resource = split(jid)
    local rule_node, rule_host, rule_resource = split(rule)
    if rule_host == nil or rule_host ~= host then return false end
    return (rule_node == nil or rule_node == node) and (rule_resource == nil or rule_resource == resource)
end

-- XEP-0106 3.2; case is significant.
local escapes, unescapes, escaped_escapes = {}, {}, {}
for code in ("20 22 26 27 2f 3a 3c 3e 40 5c"):gmatch "%x+" do
    local char, sequence = string.char(tonumber(code, 16)), "\\" .. code
    escapes[char], unescapes[sequence], escaped_escapes[sequence] = sequence, char, "\\5c" .. code
end

--- Any text as a node (XEP-0106). nil, err for one that begins or ends with a blank: the escaped node must not (4.1.6).
---@param text string|nil
---@return string|nil node, string|nil err
function M.escape(text)
    if text == nil then return nil end
    if s_match(text, "^ ") or s_match(text, " $") then return nil, "a node can neither begin nor end with a blank" end
    text = s_gsub(text, "\\%x%x", escaped_escapes)
    return (s_gsub(text, "[\"&'/:<>@ ]", escapes))
end

--- A node as the text to show; never to compare or send.
---@param node string|nil
---@return string|nil
function M.unescape(node)
    return node and (s_gsub(node, "\\%x%x", unescapes))
end

return M

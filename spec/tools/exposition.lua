-- SPDX-License-Identifier: MIT
-- exposition: reads Prometheus's text format, version 0.0.4, as strictly as it is written down, and what its promtool complains
-- of besides. What is wrong is an error with the line.
--
--   local families = exposition.read(text)      families.NAME = { type =, help =, samples = { { name =, labels =, value = }, … } }
--   exposition.value(families, "NAME", { bot = "ops" })     the one sample that has these labels
local M = {}

local TYPES = { counter = true, gauge = true, histogram = true }
local SUFFIXES = { "_bucket", "_sum", "_count" }

local function wrong(number, line, why) error(("line %d: %s: %s"):format(number, why, line), 0) end

local function check_head(state, name, line, number)
    if not name:match "^[%a_:][%w_:]*$" then wrong(number, line, "no name of a metric") end
    if state.current ~= name and state.families[name] then wrong(number, line, "a family that was there before") end
    state.families[name] = state.families[name] or { samples = {}, seen = {} }
    state.current = name
    return state.families[name]
end

local function read_comment(state, line, number)
    local kind, name, rest = line:match "^# (%u+) (%S+) (.+)$"
    if kind ~= "HELP" and kind ~= "TYPE" then wrong(number, line, "neither HELP nor TYPE") end
    local family, key = check_head(state, name, line, number), kind:lower()
    if family[key] then wrong(number, line, "said twice") end
    if #family.samples > 0 then wrong(number, line, "behind its samples") end
    if kind == "TYPE" and not TYPES[rest] then wrong(number, line, "no type") end
    if kind == "HELP" and rest:gsub("\\[\\n]", ""):find "\\" then wrong(number, line, "an escape that there is not") end
    family[key] = rest
end

local UNESCAPED = { ["\\\\"] = "\\", ['\\"'] = '"', ["\\n"] = "\n" }

local function read_labels(text, line, number)
    local labels, at = {}, 1
    while at <= #text do
        local name, value_at = text:match('^([%a_][%w_]*)="()', at)
        if not name then wrong(number, line, "no label") end
        local stop = value_at
        while text:sub(stop, stop) ~= '"' do
            if stop > #text then wrong(number, line, "a label without its end") end
            if text:sub(stop, stop) == "\\" then
                if not UNESCAPED[text:sub(stop, stop + 1)] then wrong(number, line, "an escape that there is not") end
                stop = stop + 1
            end
            stop = stop + 1
        end
        if labels[name] then wrong(number, line, "a label twice") end
        labels[name] = text:sub(value_at, stop - 1):gsub('\\[\\"n]', UNESCAPED)
        if not utf8.len(labels[name]) then wrong(number, line, "no UTF-8") end
        at = stop + 1
        if text:sub(at, at) == "," and at < #text then at = at + 1 elseif at <= #text then wrong(number, line, "no comma") end
    end
    return labels
end

local function family_of(state, name)
    if state.families[name] then return state.families[name], name end
    for _, suffix in ipairs(SUFFIXES) do
        local base = name:sub(-#suffix) == suffix and name:sub(1, -#suffix - 1)
        local family = base and state.families[base]
        if family and family.type == "histogram" then return family, base end
    end
end

local function key_of(name, labels)
    local parts = {}
    for label, value in pairs(labels) do parts[#parts + 1] = ("%s=%q"):format(label, value) end
    table.sort(parts)
    return name .. "{" .. table.concat(parts, ",") .. "}"
end

local function read_number(text)
    local named = { ["+Inf"] = math.huge, ["-Inf"] = -math.huge, NaN = 0 / 0 }
    return named[text] or (text:match "^[-+]?%d[%d.eE+-]*$" and tonumber(text))
end

local function read_sample(state, line, number)
    local name, rest = line:match "^([%a_:][%w_:]*)(.*)$"
    if not name then wrong(number, line, "no sample") end
    local inside, value = rest:match "^{(.*)} (%S+)$"
    if not inside then inside, value = "", rest:match "^ (%S+)$" end
    if not value or not read_number(value) then wrong(number, line, "no value") end
    local family, base = family_of(state, name)
    if not family or base ~= state.current then wrong(number, line, "outside of its family") end
    if not family.type or not family.help then wrong(number, line, "without TYPE and HELP") end
    local sample = { name = name, labels = read_labels(inside, line, number), value = read_number(value) }
    local key = key_of(name, sample.labels)
    if family.seen[key] then wrong(number, line, "a sample twice") end
    family.seen[key] = sample
    if family.type == "counter" and sample.value < 0 then wrong(number, line, "a counter below zero") end
    table.insert(family.samples, sample)
end

-- Buckets grow, end in +Inf, and that is the count.
local function check_histogram(name, family)
    local series = {}
    for _, sample in ipairs(family.samples) do
        local labels = {}
        for label, value in pairs(sample.labels) do labels[label] = label ~= "le" and value or nil end
        local one = series[key_of("", labels)] or { last = -1, bound = -math.huge }
        series[key_of("", labels)] = one
        if sample.name == name .. "_bucket" then
            local bound = read_number(sample.labels.le or "") or error(name .. ": a bucket without le", 0)
            assert(bound > one.bound and sample.value >= one.last, name .. ": buckets do not grow")
            one.bound, one.last = bound, sample.value
        else
            one[sample.name:sub(#name + 1)] = sample.value
        end
    end
    for key, one in pairs(series) do
        assert(one.bound == math.huge, name .. key .. ": no bucket +Inf")
        assert(one._count == one.last and one._sum, name .. key .. ": _count and _sum")
    end
end

local function lint(name, family)
    local is_total = name:sub(-6) == "_total"
    assert(is_total == (family.type == "counter"), name .. ": counters, and they alone, end in _total")
    if family.type == "histogram" then check_histogram(name, family) end
end

function M.read(text)
    local state, number = { families = {} }, 0
    assert(text:sub(-1) == "\n", "the last line has no end")
    for line in text:gmatch "([^\n]*)\n" do
        number = number + 1
        if line:sub(1, 1) == "#" then
            read_comment(state, line, number)
        elseif line ~= "" then
            read_sample(state, line, number)
        end
    end
    for name, family in pairs(state.families) do
        assert(family.type and family.help, name .. ": HELP and TYPE")
        lint(name, family)
    end
    return state.families
end

--- The value of the sample; nil: there is none.
function M.value(families, name, labels)
    local family = family_of({ families = families }, name)
    local sample = family and family.seen[key_of(name, labels or {})]
    return sample and sample.value
end

return M

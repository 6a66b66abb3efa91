-- SPDX-License-Identifier: MIT
-- seeds: makes inputs of fuzz_stream of transcripts (spec/stream/README.md). `lua seeds.lua FOLDER FILE.xt...`
-- Only what leads somewhere is taken over: options, what the server says, what the owner does; not what is expected of it.
-- Texts that are made up while a transcript is played (names in ${}) become "$", the newest id that the stream wrote.

local LETTER = { sm = "s", memory = "m", known = "k", bindings = "b", patient = "p", component = "x", certificate = "c",
    greeting = "g", legacy = "l" }

local function lines_of(path, out)
    local folder = path:match("^(.*/)") or ""
    for line in io.lines(path) do
        local included = line:match("^include (.*)")
        if included then
            lines_of(folder .. included, out)
        else
            out[#out + 1] = line
        end
    end
    return out
end

local function base64(text)
    local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    local out = {}
    for i = 1, #text, 3 do
        local a, b, c = text:byte(i, i + 2)
        local n = (a << 16) | ((b or 0) << 8) | (c or 0)
        for place = 0, 3 do
            local at = (n >> (18 - 6 * place)) & 63
            out[#out + 1] = (place == 2 and not b or place == 3 and not c) and "=" or digits:sub(at + 1, at + 1)
        end
    end
    return table.concat(out)
end

-- A line is a step, so that a line's end cannot be in one.
local function resolve(text)
    text = text:gsub("%${(%d+)%*([^}]*)}", function(count, part)
        return part:rep(math.min(tonumber(count), 50))
    end)
    text = text:gsub("%${base64:([^}]*)}", base64)
    text = text:gsub("%${[%w_]+}", "$")
    text = text:gsub("\\x(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
    end)
    return (text:gsub("\\[nrt]", " "):gsub("\n", " "))
end

local function read(path)
    local tls, plain, letters, steps, saying = 0, false, {}, {}, false
    for _, line in ipairs(lines_of(path, {})) do
        local word, rest = line:match("^(%S+) ?(.*)")
        local option, value = (rest or ""):match("^(%S*) ?(.*)")
        local said = word == "S:" or word == "S!:" or word == "SM:"
        if word == "option" then
            tls = option == "tls" and ({ required = 0, direct = 1, none = 2 })[value] or tls
            plain = plain or option == "mechanisms" and value:find("PLAIN", 1, true) ~= nil
            letters[(option == "framing" and "w") or LETTER[option] or ""] = true
            letters[option == "memory" and value:find("token ", 1, true) and "f" or ""] = true
            letters[option == "register" and (value == "first" and "i" or "a") or ""] = true
            letters[option == "jid" and not value:find("/", 1, true) and "n" or ""] = true
            letters[option == "sm" and value:find("session ", 1, true) and "r" or ""] = true
        elseif said and saying and word ~= "SM:" then
            steps[#steps] = steps[#steps] .. resolve(rest)
        elseif said then
            steps[#steps + 1] = "S" .. resolve(rest)
        elseif word == "tick" then
            steps[#steps + 1] = "K" .. (rest:find("ms", 1, true) and "i" or rest:find("m", 1, true) and "q" or "o")
        else
            local step = ({ tls = "T", send = "P", close = "C", lost = "L", again = "A", distrust = "R" })[word]
            steps[#steps + 1] = step
        end
        saying = said
    end
    letters[""] = nil
    local names = {}
    for letter in pairs(letters) do
        names[#names + 1] = letter
    end
    table.sort(names)
    return ("%d00%s\n%s"):format(tls + (plain and 3 or 0), table.concat(names), table.concat(steps, "\n"))
end

for i = 2, #arg do
    local name = arg[i]:match("([^/]*)%.xt$")
    local text = name and name:sub(1, 1) ~= "_" and read(arg[i]) or ""
    if #text > 4 and #text <= 4000 then
        local file = assert(io.open(arg[1] .. "/" .. name, "w"))
        file:write(text)
        file:close()
    end
end

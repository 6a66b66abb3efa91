-- SPDX-License-Identifier: MIT
-- doap: which specifications are implemented, as the sources say it, for programs (couplet.doap, XEP-0453) and for people
-- (docs/reference/xeps.md). A file that implements one says so in its opening comment, in a line
--
--   Implements: XEP-0184 1.4.0, XEP-0372 0.5.0 partial (mentions), RFC 7395
--
-- What is partial anywhere is partial. Which switch it has in `features:`, and what it is called in Lua, is read from the tables of
-- the library. `make doap` writes both; `doap.lua check` (make lint) fails when they are not what it would write, and when a file of
-- lua/couplet/xep names a XEP in its first paragraph that no file says to implement.
local files = dofile "spec/files.lua"
local types = dofile "spec/tools/types.lua"
local titles = dofile "spec/tools/xep_titles.lua"
package.path = "lua/?.lua;" .. package.path

local OUT = { doap = "couplet.doap", page = "docs/reference/xeps.md" }
local NOT_OURS = {} -- named in passing

local function sources()
    local list = assert(io.popen "find lua/couplet src -name '*.lua' -o -name '*.c' | LC_ALL=C sort")
    local paths = {}
    for path in list:lines() do paths[#paths + 1] = path end
    list:close()
    return paths
end

-- The opening comment, without what makes it one.
local function head_of(source, path)
    if path:find "%.c$" then return source:match "/%*\n(.-)%*/" or "" end
    local lines = {}
    for line in source:gmatch "[^\n]*" do
        if not line:find "^%-%-" or line:find "^%-%-%-" then break end
        lines[#lines + 1] = line
    end
    return table.concat(lines, "\n")
end

local function new_xep(number) return { number = number, paths = {}, notes = {}, is_partial = false } end

-- { xeps = { [number] = … }, rfcs = { number, … }, complaints }
local function collect()
    local out, named = { xeps = {}, rfcs = {}, complaints = {} }, {}
    for _, path in ipairs(sources()) do
        local head = head_of(files.find(path), path)
        for line in head:gmatch "Implements: ([^\n]+)" do
            for entry in (line .. ","):gmatch "%s*([^,(]+%b())%s*,?" do line = line:gsub(entry:gsub("%p", "%%%0"), (entry:gsub(",", "\1"))) end
            for entry in line:gmatch "[^,]+" do
                entry = entry:gsub("\1", ",")
                local xep, rest = entry:match "XEP%-(%d%d%d%d)%s*(.*)$"
                local rfc = entry:match "RFC (%d+)"
                if xep then
                    local row = out.xeps[xep] or new_xep(xep)
                    out.xeps[xep] = row
                    row.paths[#row.paths + 1] = path
                    row.version = row.version or rest:match "^%d[%w.]*"
                    row.is_partial = row.is_partial or rest:find "partial" ~= nil
                    row.notes[#row.notes + 1] = rest:match "%((.*)%)"
                elseif rfc then
                    out.rfcs[rfc] = true
                else
                    out.complaints[#out.complaints + 1] = path .. ": not understood: " .. entry
                end
            end
        end
        local paragraph = path:find "^lua/couplet/xep/" and head:match "^[^\n]*\n(.-)\n%-%-%s*\n" or ""
        for xep in (paragraph ~= "" and paragraph or ""):gmatch "%(XEP%-(%d%d%d%d)" do named[xep] = named[xep] or path end
    end
    for xep, path in pairs(named) do
        if not out.xeps[xep] and not NOT_OURS[xep] then
            out.complaints[#out.complaints + 1] = ("%s: names XEP-%s, and no file has a line 'Implements: XEP-%s VERSION'"):format(path, xep, xep)
        end
    end
    for xep in pairs(out.xeps) do
        if not titles[xep] then out.complaints[#out.complaints + 1] = ("XEP-%s has no title in spec/tools/xep_titles.lua"):format(xep) end
    end
    table.sort(out.complaints)
    return out
end

-- module → { words of Lua }, module → { switches }
local function uses()
    local words, switches = {}, {}
    local function add(to, module, word)
        to[module] = to[module] or {}
        for _, known in ipairs(to[module]) do
            if known == word then return end
        end
        table.insert(to[module], word)
    end
    local extensions = types.contents()
    for name, module in pairs(extensions.objects) do add(words, module, "bot." .. name) end
    for name, module in pairs(extensions.methods) do add(words, module, "bot:" .. name) end
    for name, module in pairs(extensions.event_methods) do add(words, module, "event:" .. name) end
    for name, module in pairs(extensions.event_fields) do add(words, module, "event." .. name) end
    for name, module in pairs(types.table_in(files.find "lua/couplet/message.lua", "local EXTENSIONS")) do add(words, module, name .. " =") end
    for _, row in ipairs(require("couplet.features").rows) do
        if row.call then add(switches, row.call:match "^(.*)%.", row.feature .. (row.on == false and " (off)" or "")) end
    end
    add(switches, "couplet.xep.caps", "caps")
    add(switches, "couplet.xep.ping", "ping")
    return words, switches
end

local function cell(of, paths)
    local all = {}
    for _, path in ipairs(paths) do
        for _, word in ipairs(of[path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")] or {}) do all[#all + 1] = "`" .. word .. "`" end
    end
    table.sort(all)
    return table.concat(all, " ")
end

local function sorted(set)
    local list = {}
    for key in pairs(set) do list[#list + 1] = key end
    table.sort(list)
    return list
end

local PAGE = [[
# Extensions

What of XMPP's extensions is there: made by `make doap` from what the sources say of themselves; [couplet.doap](../../couplet.doap) is
the same for programs. *Switch*: its name in [`features:`](configuration.md#features), on unless it says off. *In Lua*: what it is
called for [scripts](lua.md); `name =` is an option of a message. The rest works by itself, or is switched by an option of the bot.

| XEP | | version | status | switch | in Lua |
|---|---|---|---|---|---|
]]

local function page(found)
    local words, switches = uses()
    local rows = {}
    for _, number in ipairs(sorted(found.xeps)) do
        local xep = found.xeps[number]
        local status = xep.is_partial and "partial" .. (xep.notes[1] and ": " .. xep.notes[1] or "") or "complete"
        rows[#rows + 1] = ("| [%s](https://xmpp.org/extensions/xep-%s.html) | %s | %s | %s | %s | %s |"):format(
            number, number, titles[number] or "", xep.version or "", status, cell(switches, xep.paths), cell(words, xep.paths))
    end
    local rfcs = {}
    for _, number in ipairs(sorted(found.rfcs)) do rfcs[#rfcs + 1] = ("[%s](https://www.rfc-editor.org/info/rfc%s)"):format(number, number) end
    return PAGE .. table.concat(rows, "\n") .. "\n\nRFCs: " .. table.concat(rfcs, ", ") .. ".\n"
end

local DOAP = [[
<?xml version='1.0' encoding='UTF-8'?>
<!-- made by `make doap` from what the sources say of themselves -->
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'
         xmlns='http://usefulinc.com/ns/doap#'
         xmlns:xmpp='https://linkmauve.fr/ns/xmpp-doap#'>
  <Project xml:lang='en'>
    <name>Couplet</name>
    <shortdesc>XMPP bots: a C runtime, small Lua modules, hooks in YAML</shortdesc>
    <license rdf:resource='http://usefulinc.com/doap/licenses/mit'/>
    <programming-language>C</programming-language>
    <programming-language>Lua</programming-language>
    <os>Linux</os>
    <category rdf:resource='https://linkmauve.fr/ns/xmpp-doap#category-bot'/>

%s
%s
  </Project>
</rdf:RDF>
]]

local function escape(text) return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" })) end

local function doap(found)
    local rfcs, xeps = {}, {}
    for _, number in ipairs(sorted(found.rfcs)) do
        rfcs[#rfcs + 1] = ("    <implements rdf:resource='https://www.rfc-editor.org/info/rfc%s'/>"):format(number)
    end
    for _, number in ipairs(sorted(found.xeps)) do
        local xep = found.xeps[number]
        local lines = {
            "    <implements>", "      <xmpp:SupportedXep>",
            ("        <xmpp:xep rdf:resource='https://xmpp.org/extensions/xep-%s.html'/>"):format(number),
            ("        <xmpp:status>%s</xmpp:status>"):format(xep.is_partial and "partial" or "complete"),
        }
        if xep.version then lines[#lines + 1] = ("        <xmpp:version>%s</xmpp:version>"):format(xep.version) end
        lines[#lines + 1] = "        <xmpp:since>0.1.0</xmpp:since>"
        if xep.notes[1] then lines[#lines + 1] = ("        <xmpp:note>%s</xmpp:note>"):format(escape(xep.notes[1])) end
        lines[#lines + 1] = "      </xmpp:SupportedXep>\n    </implements>"
        xeps[#xeps + 1] = table.concat(lines, "\n")
    end
    return DOAP:format(table.concat(rfcs, "\n"), table.concat(xeps, "\n"))
end

local found = collect()
local texts = { doap = doap(found), page = page(found) }
local is_check, wrong = arg[1] == "check", #found.complaints
for _, complaint in ipairs(found.complaints) do io.stderr:write(complaint, "\n") end
for what, path in pairs(OUT) do
    if is_check and files.find(path) ~= texts[what] then
        io.stderr:write(path, ": is not what the sources say; run `make doap`\n")
        wrong = wrong + 1
    elseif not is_check then
        files.write(path, texts[what])
    end
end
os.exit(wrong == 0)

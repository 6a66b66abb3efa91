-- SPDX-License-Identifier: MIT
-- embed: Lua files to one C file that holds their bytecode, without what debuggers want: it would be half of each state.
-- Usage: lua5.4 embed.lua lua/couplet/x.lua … > library.c. The module's name is its path below lua/.
local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

local function bytes_of(code)
  local out = {}
  for i = 1, #code do
    out[i] = code:byte(i) .. (i % 24 == 0 and ",\n" or ",")
  end
  return table.concat(out)
end

-- What every bot loads lies together: the kernel maps the neighbours of a page that is read, and these are resident then.
local FIRST = {}
for name in ([[ ns errors bot event features roster hash base64 stanza.shape stanza.read
                xep.ns xep.caps xep.disco xep.disco_info xep.disco_self ]]):gmatch "%S+" do FIRST["couplet." .. name] = true end

local paths = {}
for round = 1, 2 do
  for _, path in ipairs(arg) do
    if (FIRST[module_name(path)] or false) == (round == 1) then paths[#paths + 1] = path end
  end
end

print('#include "lua/library.h"')
-- In a section of its own, whose pages are given back when they have been read (library_release).
print('#define SECTION __attribute__((section("couplet_library")))')
local rows = {}
for i, path in ipairs(paths) do
  local file = assert(io.open(path))
  local source = file:read "a"
  file:close()
  local code = string.dump(assert(load(source, "@" .. path, "t")), true)
  print(("SECTION static const unsigned char code_%d[] = {\n%s\n};"):format(i, bytes_of(code)))
  rows[#rows + 1] = ('    {"%s", code_%d, sizeof(code_%d)},'):format(module_name(path), i, i)
end
print("const struct library_module library_modules[] = {")
print(table.concat(rows, "\n"))
print("    {0, 0, 0},\n};")

-- SPDX-License-Identifier: MIT
std = "lua54"
cache = false
max_line_length = 160
exclude_files = { "build/**" }
files["spec"] = { std = "+busted" }

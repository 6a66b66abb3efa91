/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"

#include "lua/script.h"

#include <stdio.h>
#include <string.h>

static void set_arg(lua_State *L, int argc, char **argv) {
    lua_createtable(L, argc, 1);
    for (int i = 0; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - 1); /* argv[0] is "lua", argv[1] the script: arg[0] */
    }
    lua_setglobal(L, "arg");
}

static int on_error(lua_State *L) {
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

static int run_file(lua_State *L, int argc, char **argv) {
    lua_pushcfunction(L, on_error);
    if (luaL_loadfile(L, argv[1]) == LUA_OK) {
        for (int i = 2; i < argc; i++)
            lua_pushstring(L, argv[i]);
        if (lua_pcall(L, argc - 2, 0, 1) == LUA_OK)
            return EXIT_DONE;
    }
    fprintf(stderr, "couplet lua: %s\n", lua_tostring(L, -1));
    return EXIT_FAILED;
}

int cli_lua(int argc, char **argv) {
    static const struct script_options options = {.name = "lua"};
    if (argc < 2)
        return cli_usage("lua", "which script?", NULL);
    struct script *s = script_new(&options);
    set_arg(s->L, argc, argv);
    int status = run_file(s->L, argc, argv);
    script_free(s);
    return status;
}

# SPDX-License-Identifier: MIT
# make          build/couplet
# make run      set up what is missing, a real server on loopback, the demo bots, and you at the terminal
# make test     set up what is missing, then all tests; SAN=1: under AddressSanitizer and UBSan
# make soak     thousands of messages through a line that is cut, deaths of the server, logins cut at every byte
# make lint     format, warnings, static analysis, luacheck, layers
# make fuzz     the fuzzers, FUZZ_SECONDS each
# make doap     what is implemented, as the sources say it: couplet.doap, docs/reference/xeps.md
# make bench    the performance figures of docs/PERFORMANCE.md
# V=1 shows each compiler's command.
.DEFAULT_GOAL := all
SHELL := /bin/sh
PREFIX ?= /usr/local
VERSION := 0.1.0

SAN ?=
B := build$(if $(SAN),/san)
CC ?= cc
AR ?= ar
LUA ?= lua5.4
PKGS_LATER := yaml-0.1 libidn libidn2 jansson
PKGS := lua5.4 expat openssl libuv $(PKGS_LATER)

comma := ,
OPT := $(if $(SAN),-O1 -g -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer,-O2 -g)
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings
CFLAGS += -std=c11 $(OPT) $(WARN) -fstack-protector-strong -fvisibility=hidden
CPPFLAGS += -D_GNU_SOURCE -D_FORTIFY_SOURCE=$(if $(SAN),0,2) -Isrc -I$(B)/gen $(shell pkg-config --cflags $(PKGS) 2>/dev/null) \
            -DCOUPLET_VERSION='"$(VERSION)"' $(EXPAT_DEFERRAL)
# Lua's C modules find the Lua API in the program itself, so the whole of liblua goes in and is exported.
# What it wants of libm is in base/math.c; for that the programs that test name libcouplet.a once more.
# PKGS_LATER are opened when they are needed first (base/library.h): their headers alone are used here.
LIBS := $(shell pkg-config --libs $(filter-out lua5.4 $(PKGS_LATER),$(PKGS)) 2>/dev/null) -Wl,--whole-archive -l:liblua5.4.a -Wl,--no-whole-archive -ldl -lpthread
LDFLAGS += -Wl,-E

SRC := $(filter-out src/main.c,$(sort $(wildcard src/*/*.c)))
OBJ := $(SRC:src/%.c=$(B)/obj/%.o)
LUALIB := $(sort $(shell find lua/couplet -name '*.lua' 2>/dev/null))
UNIT := $(patsubst spec/c/%.c,$(B)/spec/%,$(sort $(wildcard spec/c/test_*.c)))

.PHONY: all unit unit-build lua-spec e2e soak run test checks lint lint-all bench layers doap tables fuzz fuzzers clean install
quiet = $(if $(V),,@echo '  $(1) $@';)
all: $(B)/couplet build/types/runtime.lua

$(B)/couplet: $(B)/obj/main.o $(B)/libcouplet.a
	$(call quiet,LD)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(B)/obj/main.o -Wl,--whole-archive $(B)/libcouplet.a -Wl,--no-whole-archive $(LIBS)

$(B)/libcouplet.a: $(OBJ) $(B)/obj/gen/library.o
	@rm -f $@
	$(call quiet,AR)$(AR) rcs $@ $^

$(B)/obj/%.o: src/%.c | $(B)/gen/features.mk
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The Lua library as bytecode inside the program: it loads ten times faster than source.
$(B)/gen/library.c: spec/tools/embed.lua $(LUALIB)
	@mkdir -p $(@D)
	$(call quiet,LUA)$(LUA) spec/tools/embed.lua $(LUALIB) > $@.tmp && mv $@.tmp $@

# The same library for editors: its annotations and the heads of its functions.
build/types/runtime.lua: spec/tools/types.lua lua/types/runtime.lua $(LUALIB)
	@rm -rf build/types
	$(call quiet,LUA)$(LUA) spec/tools/types.lua build/types

$(B)/obj/gen/library.o: $(B)/gen/library.c
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# expat's deferral of incomplete tokens can be switched off only where the function exists: Debian has it
# under an older version number, so a link test decides, not the version.
$(B)/gen/features.mk:
	@mkdir -p $(@D)
	@printf '#include <expat.h>\nXML_Bool XML_SetReparseDeferralEnabled(XML_Parser, XML_Bool);\nint main(void){return XML_SetReparseDeferralEnabled(0, 0);}\n' > $(B)/gen/probe.c
	@if $(CC) -o $(B)/gen/probe $(B)/gen/probe.c -lexpat 2>/dev/null; then echo 'EXPAT_DEFERRAL := -DHAVE_EXPAT_DEFERRAL'; else echo 'EXPAT_DEFERRAL :='; fi > $@
-include $(B)/gen/features.mk

$(B)/spec/%: spec/c/%.c $(B)/libcouplet.a spec/c/check.h
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS) -Ispec/c $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libcouplet.a $(LIBS) $(B)/libcouplet.a

-include $(OBJ:.o=.d) $(B)/obj/main.d $(UNIT:=.d)

unit-build: $(UNIT)
unit: $(UNIT)
	@failed=0; for t in $(UNIT); do echo "# $$t"; $$t || failed=1; done; exit $$failed

# busted runs in the program itself: the specs see the library that is embedded, with its C core.
BUSTED := $(shell command -v busted 2>/dev/null || echo /usr/bin/busted)
# The oracle loads C modules of the installed Prosody, and ICU behind them, which keep memory for good: leaks are not
# looked for there, only there.
lua-spec: $(B)/couplet
	$(B)/couplet lua $(BUSTED) -o TAP --exclude-pattern=oracle_spec spec/lua
	ASAN_OPTIONS=detect_leaks=0 $(B)/couplet lua $(BUSTED) -o TAP spec/lua/oracle_spec.lua

e2e: $(B)/couplet
	COUPLET=$(B)/couplet LUA=$(LUA) BUSTED=$(BUSTED) spec/tools/e2e

soak: $(B)/couplet
	SOAK=full COUPLET=$(B)/couplet $(LUA) $(BUSTED) -o TAP spec/e2e/soak_spec.lua spec/e2e/line_spec.lua spec/e2e/crowd_spec.lua \
	    spec/e2e/relay_spec.lua

run:
	@spec/tools/setup run
	@$(MAKE) --no-print-directory -j2 all
	@spec/tools/demo

# The set-up comes first and in a make of its own: what pkg-config says is read when a make starts.
test:
	@spec/tools/setup run test
	@$(MAKE) --no-print-directory -j2 all unit-build
	@$(MAKE) --no-print-directory checks

# Every kind of check is run, also when one before it failed.
checks: all
	@failed=0; for kind in unit lua-spec e2e; do $(MAKE) --no-print-directory $$kind || failed=1; done; exit $$failed

C_FILES := $(wildcard src/*.c src/*/*.c src/*/*.h spec/c/*.c spec/c/*.h spec/fuzz/*.c spec/fuzz/*.h spec/bench/*.c spec/bench/*.h)
lint:
	@spec/tools/setup run lint
	@$(MAKE) --no-print-directory lint-all

lint-all: layers tables
	clang-format --dry-run --Werror $(C_FILES)
	luacheck -q lua bots spec
	shellcheck -x spec/tools/setup spec/tools/prosody spec/tools/ejabberd spec/tools/throwaway.sh spec/tools/demo spec/tools/fuzz .ci/run
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability --inline-suppr --suppress=missingInclude \
	    --suppress=unknownMacro -Isrc src
	@$(MAKE) --no-print-directory B=build/lint CC=clang all
	@echo "lint: all is well"

layers:
	@$(LUA) spec/tools/layers.lua

# couplet.doap and docs/reference/xeps.md, from what the sources say that they implement.
doap:
	@$(LUA) spec/tools/doap.lua

# What the pages name is there: tests, specifications, each other.
tables:
	@$(LUA) spec/tools/tables.lua
	@$(LUA) spec/tools/doap.lua check
	@$(LUA) spec/tools/links.lua README.md $(wildcard docs/*.md docs/*/*.md)

bench:
	@spec/tools/setup run bench
	@$(MAKE) --no-print-directory all
	@spec/bench/run
	@spec/bench/logins.lua
	@spec/bench/relay.lua
	@spec/bench/send.lua

# libFuzzer over each parser of what comes from outside, and over the whole stream machine (needs clang): FUZZ_SECONDS
# each, FUZZ_JOBS at a time, from the seeds in spec/fuzz/corpus. The library is built once more for it.
FUZZ_SECONDS ?= 60
FUZZ_JOBS ?= 1
FUZZ_CC ?= clang
FUZZ_OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link$(comma)address$(comma)undefined -fno-sanitize-recover=all
FUZZERS := $(patsubst spec/fuzz/%.c,build/fuzz/%,$(sort $(wildcard spec/fuzz/fuzz_*.c)))
build/fuzz/fuzz_%: spec/fuzz/fuzz_%.c $(B)/libcouplet.a $(wildcard spec/fuzz/*.h) spec/c/xml_events.h
	@mkdir -p $(@D)
	$(call quiet,CC)$(CC) $(CPPFLAGS) -Ispec/c -Ispec/fuzz $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $< $(B)/libcouplet.a $(LIBS) $(B)/libcouplet.a
fuzzers: $(FUZZERS)

fuzz:
	@spec/tools/setup run fuzz
	@$(MAKE) --no-print-directory -j2 SAN=1 B=build/fuzz/lib CC='$(FUZZ_CC)' OPT='$(FUZZ_OPT)' fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_JOBS=$(FUZZ_JOBS) spec/tools/fuzz

install: all
	install -D $(B)/couplet $(DESTDIR)$(PREFIX)/bin/couplet
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system $(DESTDIR)$(PREFIX)/share/couplet
	sed 's|@bindir@|$(PREFIX)/bin|' system/couplet.service.in > $(DESTDIR)$(PREFIX)/lib/systemd/system/couplet.service
	install -m 644 system/couplet.logrotate $(DESTDIR)$(PREFIX)/share/couplet/logrotate.conf
	cd build/types && find . -name '*.lua' -exec install -D -m 644 '{}' '$(abspath $(DESTDIR)$(PREFIX))/share/couplet/types/{}' \;

clean:
	rm -rf build compile_commands.json

/* SPDX-License-Identifier: MIT */
/*
 * math: the functions of libm that Lua calls, each under its own name, handed on to libm, which is loaded at
 * the first call: an arithmetic that most bots never do else costs each process 320 KiB. Lua's interpreter
 * computes
 * +, -, *, / and // of integers itself; `^`, the `%` of floats and the functions of `math` come here.
 *
 * These names are hidden: a C module or a library that is linked against libm gets libm's.
 */
#include "base/library.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define FUNCTIONS(one, two)                                                                                  \
    one(sin) one(cos) one(tan) one(asin) one(acos) one(sinh) one(cosh) one(tanh) one(exp) one(log) one(log2) \
        one(log10) one(sqrt) one(floor) one(ceil) two(atan2) two(pow) two(fmod)

#define MEMBER(name) __typeof__(name) *name;
#define SYMBOL(name) LIBRARY_SYMBOL(struct math, name, name),

struct math {
    FUNCTIONS(MEMBER, MEMBER)
};

static const struct library_symbol symbols[] = {FUNCTIONS(SYMBOL, SYMBOL){NULL, 0}};
static const struct library library = {"libm.so.6", "libc6", symbols};

/* The one mutable table of the program: Lua's calls bring nothing in which it could be. */
static struct math math;

/* Not inlined: the callers shall be a test and a jump. */
static __attribute__((noinline, cold)) void load(void) {
    struct err err = ERR_INIT;
    if (library_open_kept(&library, &math, &err) != NULL)
        return;
    fprintf(stderr, "couplet: %s\n", err.text);
    abort();
}

#define DEFINE_ONE(name)                                                                                     \
    double name(double x) {                                                                                  \
        if (__builtin_expect(math.name == NULL, 0))                                                          \
            load();                                                                                          \
        return math.name(x);                                                                                 \
    }
#define DEFINE_TWO(name)                                                                                     \
    double name(double x, double y) {                                                                        \
        if (__builtin_expect(math.name == NULL, 0))                                                          \
            load();                                                                                          \
        return math.name(x, y);                                                                              \
    }
FUNCTIONS(DEFINE_ONE, DEFINE_TWO)

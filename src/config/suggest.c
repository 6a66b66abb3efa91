/* SPDX-License-Identifier: MIT */
/* suggest: the nearest name by the distance of Damerau and Levenshtein (a swap of neighbours is one step). */
#include "config/config.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 40 };

static int least(int a, int b) {
    return a < b ? a : b;
}

static int distance(const char *a, const char *b) {
    int rows[LONGEST + 1][LONGEST + 1], n = (int)strlen(a), m = (int)strlen(b);
    if (n > LONGEST || m > LONGEST)
        return LONGEST;
    for (int i = 0; i <= n; i++)
        rows[i][0] = i;
    for (int k = 0; k <= m; k++)
        rows[0][k] = k;
    for (int i = 1; i <= n; i++) {
        for (int k = 1; k <= m; k++) {
            int cost = a[i - 1] != b[k - 1];
            rows[i][k] = least(least(rows[i - 1][k] + 1, rows[i][k - 1] + 1), rows[i - 1][k - 1] + cost);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                rows[i][k] = least(rows[i][k], rows[i - 2][k - 2] + 1);
        }
    }
    return rows[n][m];
}

const char *config_did_you_mean(const char *name, const char *const *names) {
    const char *best = NULL;
    int most = (int)strlen(name) <= 3 ? 1 : (int)strlen(name) <= 6 ? 2 : 3, nearest = most + 1;
    for (; *names != NULL; names++) {
        int d = strcasecmp(name, *names) == 0 ? 0 : distance(name, *names);
        if (d < nearest) {
            nearest = d;
            best = *names;
        }
    }
    return best;
}

// SPDX-License-Identifier: Apache-2.0
/* How long judging takes, requirement by requirement, learned from the runs that were made. */
#include "rule/internal.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Before anything is known of a rule. Most take a tenth of it: a first run is rather too short than too long.
 */
#define GUESS_NS 200000
/* A run shorter than this tells of what every run costs, not of what a subject does. */
#define TELLS_NS 2000000

struct yj_pace {
    int *lead;           /* by requirement: the first that shares its run, for which both are kept */
    _Atomic int64_t *ns; /* of one subject; 0: not known */
};

yj_pace *yj_pace_new(const yj_catalog *c)
{
    yj_pace *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->lead = calloc(c->requirement_count + 1, sizeof *p->lead);
    p->ns = calloc(c->requirement_count + 1, sizeof *p->ns);
    if (!p->lead || !p->ns) {
        yj_pace_free(p);
        return NULL;
    }
    for (size_t i = 0; i < c->requirement_count; i++) {
        size_t k = 0;
        while (!yj_same_run(&c->requirements[k], &c->requirements[i]))
            k++;
        p->lead[i] = (int)k;
    }
    return p;
}

void yj_pace_free(yj_pace *p)
{
    if (!p)
        return;
    free(p->lead);
    free(p->ns);
    free(p);
}

void yj_pace_note(yj_pace *p, int requirement, size_t subjects, int64_t ns)
{
    _Atomic int64_t *of = &p->ns[p->lead[requirement]];
    int64_t before = *of, one = subjects ? ns / (int64_t)subjects + 1 : 0;
    /* what a run takes however few its subjects are never makes pieces small for good: a run as long as it
     * may be shows that more subjects take less each */
    if (one > 0 && (ns >= TELLS_NS || (before && one < before)))
        *of = one;
}

int64_t yj_pace_of(const yj_pace *p, int requirement)
{
    int64_t ns = p->ns[p->lead[requirement]];
    return ns ? ns : GUESS_NS;
}

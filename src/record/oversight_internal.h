// SPDX-License-Identifier: Apache-2.0
/** What an opened installation keeps of overseeing: see oversight.h and reading.h. */
#ifndef YJ_RECORD_OVERSIGHT_INTERNAL_H
#define YJ_RECORD_OVERSIGHT_INTERNAL_H

#include "record/internal.h"

/** Room for one more than `count` items in a list of the arena's that grows so and by nothing else. */
static inline void *yj_grown(yj_arena *a, void *items, size_t count, size_t size)
{
    if (count & (count - 1) || (count == 0 && items))
        return items; /* no power of two: there is room */
    void *more = yj_arena_array(a, count ? 2 * count : 1, size);
    if (count)
        memcpy(more, items, count * size);
    return more;
}

/** Do the packs let anybody read another institution's records? */
bool yj_oversight_known(const yj_catalog *c);

/** Counts of institutions (oversight.c). NULL when out of memory. */
typedef struct yj_standings yj_standings;
yj_standings *yj_standings_new(void);
void yj_standings_free(yj_standings *x); /* accepts NULL */

/** What is set down already (reading.c). NULL when out of memory. */
typedef struct yj_reading_marks yj_reading_marks;
yj_reading_marks *yj_reading_marks_new(void);
void yj_reading_marks_free(yj_reading_marks *x); /* accepts NULL */

#endif

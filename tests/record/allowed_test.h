// SPDX-License-Identifier: Apache-2.0
/** Persons with and without roles, and what they try. */
#ifndef YJ_TESTS_RECORD_ALLOWED_TEST_H
#define YJ_TESTS_RECORD_ALLOWED_TEST_H

#include "engine_test.h"

#define ID_BYTES (YJ_UUID_LEN + 1)
#define NO YJ_E_FORBIDDEN

typedef struct acting {
    bench b;
    char it[ID_BYTES], head[ID_BYTES], risk[ID_BYTES], nobody[ID_BYTES], admin[ID_BYTES];
    yj_error err; /* of what was tried last, as are these */
    char id[ID_BYTES];
    bool unchanged;
} acting;

/** One institution (engine_test.h) with a person for each role above; "nobody" has none. */
void acting_open(acting *s, void **state);
void acting_close(acting *s);
/** @param roles as in a JSON array, without its brackets */
void acting_person(acting *s, const char *number, const char *roles, char ret[static ID_BYTES]);

/** What somebody tries: with a transition to move, else with an id to change, else to create. */
typedef struct act {
    const char *by; /* NULL: the operator */
    const char *kind, *id, *transition, *state, *json;
    int64_t expect; /* version, 0: whichever */
    bool dry;
} act;
/** What came of it is in s->err, s->id and s->unchanged. */
yj_status acting_run(acting *s, const act *a);
/** Everything that a refusal could have left behind, as text; free(). */
char *acting_all(acting *s);
/** It was refused with that, in both languages, and nothing is left of it. @param before acting_all(); freed
 */
void acting_refused(acting *s, yj_status got, yj_status want, const char *says, char *before);

#define may(s, ...)                                                                                          \
    do {                                                                                                     \
        if (acting_run((s), &(act){ __VA_ARGS__ }) != YJ_OK)                                                 \
            fail_msg("%s", (s)->err.msg);                                                                    \
    } while (0)
#define may_not(s, want, says, ...)                                                                          \
    do {                                                                                                     \
        char *before_ = acting_all(s);                                                                       \
        yj_status got_ = acting_run((s), &(act){ __VA_ARGS__ });                                             \
        acting_refused((s), got_, (want), (says), before_);                                                  \
    } while (0)

#endif

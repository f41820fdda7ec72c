// SPDX-License-Identifier: Apache-2.0
/** How a person wants to be told (table notice_preference): what the packs propose until the person says
 *  otherwise. The inbox gets everything; this is about mail. */
#ifndef YJ_NOTICE_PREFERENCE_H
#define YJ_NOTICE_PREFERENCE_H

#include "base/json.h"
#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

typedef struct yj_preference {
    bool own;  /* the person said so; false: it is what the packs propose */
    bool mail; /* by mail too */
    yj_news_pace pace;
    int hour;                    /* of a gathered mail, 0..23, in the installation's zone */
    int weekday;                 /* of a weekly one, 1 Monday .. 7 */
    int quiet_from, quiet_until; /* hours between which no mail leaves at once; equal: none */
    yj_lang lang;                /* of mail */
} yj_preference;

#define YJ_PREFERENCE_MEMBERS "mail pace hour weekday quiet_from quiet_until lang"

yj_status yj_preference_read(yj_db *db, const yj_catalog *c, int64_t inst, const char *person,
                             yj_preference *ret, yj_error *err) yj_nodiscard;
/** Inside a write transaction. */
yj_status yj_preference_keep(yj_db *db, int64_t inst, const char *person, const yj_preference *p,
                             yj_error *err) yj_nodiscard;

/** From an object with some of YJ_PREFERENCE_MEMBERS, over what is in *p. @return YJ_E_INVALID naming the
 *  member; *p is untouched then */
yj_status yj_preference_take(const json_t *o, yj_preference *p, yj_error *err) yj_nodiscard;
/** The members, and "own". */
void yj_preference_write(const yj_preference *p, yj_jw *w);

/** When mail of now may leave: now, or when the quiet hours end. */
int64_t yj_preference_quiet(const yj_preference *p, const yj_zone *zone, int64_t now_ns);
/** The newest moment, not after now, at which a gathered mail is made: what was decided before it goes into
 * one. */
int64_t yj_preference_slot(const yj_preference *p, const yj_zone *zone, int64_t now_ns);

#endif

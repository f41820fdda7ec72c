// SPDX-License-Identifier: Apache-2.0
/**
 * Media: what jobs may wipe, named by the machine's operator when the server starts ("--medium"). Nobody else
 * can name one. A medium is a whole device or a file; what is told of it everywhere is its name, never where
 * it lies. For which institutions it is, is said as for places (job/place.h).
 */
#ifndef YJ_JOB_MEDIUM_H
#define YJ_JOB_MEDIUM_H

#include "job/place.h"

#define YJ_MEDIA_OWN 4

typedef struct yj_media {
    yj_places named; /* path: absolute; the last part may be a link, which is refused when it is opened */
    /* what of the installation is never wiped: the data folder, and a store that lies elsewhere */
    char *own[YJ_MEDIA_OWN];
} yj_media;

/** Add one: "NAME=PATH" or "NAME@CODE[,CODE...]=PATH". YJ_E_USAGE, YJ_E_NOMEM */
yj_status yj_media_add(yj_media *m, const char *text, yj_error *err) yj_nodiscard;
/** Look at all of them. One that is not there just now may be put in later.
 *  @param data the installation's data folder
 *  @return YJ_E_USAGE naming the medium: it is neither a file nor a device, or lies in the data folder;
 * YJ_E_IO, YJ_E_NOMEM */
yj_status yj_media_open(yj_media *m, const char *data, yj_error *err) yj_nodiscard;
void yj_media_done(yj_media *m);

/** The medium of that name, if it is for the institution; errors of yj_places_find(). */
yj_status yj_media_find(const yj_media *m, yj_engine *e, int64_t inst, const char *name, const yj_place **ret,
                        yj_error *err) yj_nodiscard;
/** What it says that it is, looked at now; nothing is written. */
typedef struct yj_medium_seen {
    const char *type; /* "magnetic", "file", ...: instrument/wipe/method.h */
    char model[128];
    uint64_t bytes;
} yj_medium_seen;
/** Errors of yj_medium_enter(). */
yj_status yj_medium_look(const yj_media *m, const yj_place *p, yj_medium_seen *ret,
                         yj_error *err) yj_nodiscard;

#endif

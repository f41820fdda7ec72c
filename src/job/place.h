// SPDX-License-Identifier: Apache-2.0
/**
 * Places: folders of this machine that jobs may read, named by its operator when the server starts
 * ("--place"). Nobody else can name one; a job names a place and a path below it. On the way there no link is
 * followed and nothing leads up, and neither the data folder nor what is around it can be a place.
 *
 * A place is for the institutions that are named with it; one that names none is for the only institution of
 * the installation, and for nobody as soon as there are two.
 */
#ifndef YJ_JOB_PLACE_H
#define YJ_JOB_PLACE_H

#include "record/engine.h"
#include <sys/stat.h>

#define YJ_PLACES_MAX 32
#define YJ_PLACE_NAME_MAX 40
#define YJ_PLACE_BELOW_MAX ((size_t)4096) /* bytes of a path below one */

typedef struct yj_place {
    char name[YJ_PLACE_NAME_MAX + 1]; /* a-z, 0-9, - and _ */
    char *path;                       /* after yj_places_open(): real and absolute */
    char *institutions;               /* their codes, with a comma before and behind each; "" none is named */
} yj_place;

typedef struct yj_places {
    yj_place row[YJ_PLACES_MAX];
    size_t count;
    struct stat data; /* of the data folder: whatever leads there, nothing goes in */
} yj_places;

/** Add one: "NAME=PATH" or "NAME@CODE[,CODE...]=PATH". YJ_E_USAGE, YJ_E_NOMEM */
yj_status yj_places_add(yj_places *p, const char *text, yj_error *err) yj_nodiscard;
/** Look at all of them. @param data the installation's data folder
 *  @return YJ_E_USAGE naming the place: it is no folder, or it holds the data folder or lies in it; YJ_E_IO
 */
yj_status yj_places_open(yj_places *p, const char *data, yj_error *err) yj_nodiscard;
void yj_places_done(yj_places *p);

/** @param institutions how many there are in the installation */
bool yj_place_is_for(const yj_place *p, const char *code, size_t institutions);
/** The place of that name, if it is for the institution. @return YJ_E_INVALID if there is none (the same
 * whether it is another's or nobody's) */
yj_status yj_places_find(const yj_places *p, yj_engine *e, int64_t inst, const char *name,
                         const yj_place **ret, yj_error *err) yj_nodiscard;

/** Something in a place that is open. */
typedef struct yj_spot {
    int fd; /* -1: none */
    struct stat st;
    bool folder; /* else a regular file */
    char *label; /* "NAME:PATH", what it is called in reports */
} yj_spot;
/** Is it a path below a folder ("" is the folder itself)? YJ_E_INVALID */
yj_status yj_place_check_below(const char *below, yj_error *err) yj_nodiscard;
/** @return YJ_E_INVALID for a path that leads elsewhere; YJ_E_NOT_FOUND, also where a link stands on the way;
 * YJ_E_FORBIDDEN (the data folder, or the system refuses); YJ_E_IO. Whatever happens *ret may be ended. */
yj_status yj_place_enter(const yj_places *all, const yj_place *p, const char *below, yj_spot *ret,
                         yj_error *err) yj_nodiscard;
void yj_spot_done(yj_spot *s);

#endif

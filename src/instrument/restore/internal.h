// SPDX-License-Identifier: Apache-2.0
/** The engines that scratch.c restores with. */
#ifndef YJ_INSTRUMENT_RESTORE_INTERNAL_H
#define YJ_INSTRUMENT_RESTORE_INTERNAL_H

#include "base/confined.h"
#include "base/keeper.h"
#include "base/time.h"
#include "instrument/decrypt/place.h"
#include "instrument/restore/scratch.h"

#define YJ_SCRATCH_START_NS (180 * YJ_NS_PER_S)
#define YJ_SCRATCH_DATABASE "restored"

typedef struct yj_scratch_engine {
    uint64_t empty_bytes; /* room of an empty one with its log */
    unsigned grows;       /* times a dump, as a database, with room for its log */
    int stop; /* the signal at which its server ends what it started, and itself; 0: it is killed */
    /* YJ_E_MISSING */
    yj_status (*find)(yj_scratch *s, yj_error *err);
    /* In s->home, which is there. */
    yj_status (*start)(yj_scratch *s, yj_error *err);
    /* An empty database. NULL: the client makes it */
    yj_status (*empty)(yj_scratch *s, yj_error *err);
    /* What reads the dump, from its standard input if `fd` is one. @return how many are in argv, which ends
     * in NULL */
    size_t (*client)(yj_scratch *s, const char *argv[static YJ_CONFINED_ARGS_MAX]);
    /* After a failure: is there something to mend, and is it mended? NULL: never */
    bool (*mend)(yj_scratch *s);
    /* After a success: is what came out whole? Sets s->url. NULL: it is, and the URL stands */
    yj_status (*finish)(yj_scratch *s, bool *ret_good, yj_error *err);
} yj_scratch_engine;
extern const yj_scratch_engine yj_scratch_postgres, yj_scratch_mysql, yj_scratch_sqlite;

struct yj_scratch {
    const yj_scratch_engine *engine;
    yj_dump_kind kind;
    const char *dump; /* its path; the caller's */
    yj_keeper *keeper;
    yj_confined_process *server;
    yj_place place;
    char home[PATH_MAX], bin[64], passwords[PATH_MAX + 16], url[3 * PATH_MAX + 200];
    char file[PATH_MAX + 16]; /* the database, where it is one file */
    char copy[PATH_MAX + 16]; /* of a dump that a client reads by its name; "": it is given as its input */
    char said[YJ_CONFINED_SAID_MAX + 1];
};

/** A program as it is run here. @param argv its name in s->bin is the first and becomes `path` */
yj_confined yj_scratch_job(const yj_scratch *s, char path[static 128], const char **argv);
/** Run one of the engine's programs that must succeed: YJ_E_FULL, YJ_E_IO with its name. */
yj_status yj_scratch_run(const yj_scratch *s, const char **argv, yj_error *err) yj_nodiscard;
/** Has the server no chance to come up any more? */
bool yj_scratch_lost(const yj_scratch *s, int64_t until_ns);
/** Keep the end of what a program said. */
void yj_scratch_keep_said(yj_scratch *s, yj_confined_process *p);
/** Hand a file or folder in the private folder over to who runs the programs. */
yj_status yj_scratch_hand_over(const char *path, yj_error *err) yj_nodiscard;

#endif

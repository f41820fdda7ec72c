// SPDX-License-Identifier: Apache-2.0
/** Packs for tests: those of data/ written into a folder, with changes. */
#ifndef YJ_TESTS_PACK_PACKS_H
#define YJ_TESTS_PACK_PACKS_H

#include "../base/test.h"
#include "pack/case.h"

#define COMPLAINTS_MAX 300

typedef struct patch {
    const char *file; /* of the pack */
    const char *find; /* its first occurrence is replaced; NULL: the whole file */
    const char *put;  /* NULL with find NULL: the file is left out */
} patch;

/** Write data/NAME, patched, as FOLDER/NAME. */
void pack_write(const char *name, const char *folder, const patch *patches, size_t count);
/** Read FOLDER/NAME. */
yj_pack_source *pack_read(const char *name, const char *folder);

/** What a load gave. */
typedef struct loaded {
    yj_status status;
    yj_error err;
    yj_catalog *catalog;
    yj_cases *cases;
    yj_complaint complaints[COMPLAINTS_MAX];
    size_t count;
    yj_pack_source *sources[8];
    size_t source_count;
} loaded;
/** Load FOLDER/NAME for each name (ended by NULL); then the cases of the last if all is well and `cases`. */
void packs_load(const char *folder, const char *const *names, bool cases, loaded *ret);
void loaded_done(loaded *l);
void loaded_print(const loaded *l);

#endif

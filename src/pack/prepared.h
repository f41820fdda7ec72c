// SPDX-License-Identifier: Apache-2.0
/**
 * What building the program found in the packs beside its sources, built into it: the trees of their files,
 * what the check of their rules tells, and a new store with the tables of their kinds (store/seed.h). A file
 * is known by its digest, the rules by the digests of all packs and by the SQLite that checked them: what
 * differs in one byte is read and checked as if nothing were known. It is bytes of the program itself;
 * nothing of the kind is ever read from a file or a store.
 */
#ifndef YJ_PACK_PREPARED_H
#define YJ_PACK_PREPARED_H

#include "pack/catalog.h"
#include "pack/yaml.h"

#define YJ_PREPARED_BYTES_MAX ((size_t)64 << 20)

typedef struct yj_prepared {
    const void *bytes; /* made by yj_prepare(); aligned to 8 */
    size_t len;
} yj_prepared;

/** Made by the build, and linked into the program alone. */
extern const yj_prepared yj_prepared_built_in;

/** From now on yj_catalog_load_known() takes what is in `p` (NULL: nothing). Not while others load packs: the
 *  program does it when it begins. */
void yj_prepared_use(const yj_prepared *p);

/** The tree of a file with that digest (of a rule: of its front matter), as yj_yaml_parse() gives it; made in
 *  `a`, its texts stand in the program. NULL if it is not known. Not whole where yj_arena_status() fails. */
const yj_yaml *yj_prepared_tree(yj_arena *a, const yj_digest *file);
/** Is it known what the check of the rules of just these packs tells? */
bool yj_prepared_knows_rules(const yj_pack_source *const *sources, size_t count);

/** The seed of a store for their kinds; empty if none is known. */
yj_span yj_prepared_seed(void);

/**
 * Load the packs as yj_catalog_load() does, and write down what is worth knowing of them.
 * @param scratch path of a file that is not there, for yj_seed_make()
 * @param complaints up to max of them, *ret_count, when it is YJ_E_INVALID
 */
yj_status yj_prepare(const yj_pack_source *const *sources, size_t count, const char *scratch, yj_buf *out,
                     yj_complaint *complaints, size_t max, size_t *ret_count, yj_error *err) yj_nodiscard;

#endif

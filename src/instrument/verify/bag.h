// SPDX-License-Identifier: Apache-2.0
/**
 * Bags (BagIt, RFC 8493 and its drafts from 0.93 on): a folder `data` with lists of its digests beside it. A
 * bag comes from anywhere. What is no bag is refused with the reason; one that is, is held against every list
 * in it. Nothing is fetched: what fetch.txt names is there, or missing.
 */
#ifndef YJ_INSTRUMENT_VERIFY_BAG_H
#define YJ_INSTRUMENT_VERIFY_BAG_H

#include "base/hash.h"
#include "instrument/verify/compare.h"

#define YJ_BAG_LISTS_MAX 16
#define YJ_BAG_TAG_FILE_MAX ((size_t)1 << 20) /* bytes of bagit.txt and bag-info.txt */

typedef struct yj_bag_list {
    char name[32];                 /* "manifest-sha256.txt" */
    char hex[2 * YJ_HASH_LEN + 1]; /* SHA-256 of its bytes */
    bool tags;                     /* of tag files, by tagmanifest-*.txt; else of the payload */
    bool weak;                     /* MD5 or SHA-1: shows damage, not forgery */
    yj_verify_result result;
} yj_bag_list;

typedef enum yj_bag_oxum { YJ_OXUM_ABSENT, YJ_OXUM_MATCHES, YJ_OXUM_DIFFERS } yj_bag_oxum;

typedef struct yj_bag {
    int version; /* 93 to 97, 100 */
    yj_bag_oxum oxum;
    yj_bag_list list[YJ_BAG_LISTS_MAX]; /* payload lists first; at least one */
    size_t count;
} yj_bag;

/** Read one list; "data/" is taken off the paths of a payload list.
 * YJ_E_INVALID (err->field: "line N"), YJ_E_LIMIT, YJ_E_NOMEM. End *ret with yj_tree_done() whatever happens.
 */
yj_status yj_bag_list_parse(yj_span bytes, int version, bool tags, yj_sum_alg alg, yj_tree *ret,
                            yj_error *err) yj_nodiscard;
/** Digests of an interrupted check, as known.h keeps them: of each algorithm a file of its own beside the
 * others. */
typedef struct yj_bag_known {
    const char *path;            /* "PATH.sha256" and so on */
    int64_t settle_ns;           /* YJ_FILE_REST_NS but in tests */
    yj_known *of[YJ_SUM_COUNT_]; /* that lists asked for; NULL else. Begin with none */
} yj_bag_known;
/** How many digests were taken over. */
uint64_t yj_bag_known_used(const yj_bag_known *k);
/** When the run began that began the earliest of the files: ns, UTC; 0: there are none. */
int64_t yj_bag_known_began_ns(const yj_bag_known *k);
/** The check came to its end: remove the files. YJ_E_IO */
yj_status yj_bag_known_finish(yj_bag_known *k, yj_error *err) yj_nodiscard;
/** Close; the files stay. */
void yj_bag_known_done(yj_bag_known *k);

/** Check a bag. `o->alg` and `o->known` are not used. @param known NULL: everything is read, nothing kept.
 * YJ_E_INVALID (no bag; the reason), YJ_E_LIMIT, errors of yj_tree_walk() and yj_known_open(). End *ret with
 * yj_bag_done() whatever happens. */
yj_status yj_bag_check(const char *folder, const yj_verify_options *o, yj_bag_known *known, yj_bag *ret,
                       yj_error *err) yj_nodiscard;
bool yj_bag_fine(const yj_bag *b);
void yj_bag_done(yj_bag *b);

#endif

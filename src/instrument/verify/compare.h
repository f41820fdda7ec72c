// SPDX-License-Identifier: Apache-2.0
/**
 * What was to be there against what is there: two folders, or a list of digests and a folder. Every name on
 * either side ends in one of seven counters; all is fine only if changed, missing, extra, unreadable and
 * skipped are 0. What is compared: contents of files, where links lead, which empty folders there are (not
 * against a list, which holds files only). What is not: owners, permissions, times, extended attributes,
 * which names are one file.
 */
#ifndef YJ_INSTRUMENT_VERIFY_COMPARE_H
#define YJ_INSTRUMENT_VERIFY_COMPARE_H

#include "instrument/verify/known.h"
#include "instrument/verify/pool.h"
#include "instrument/verify/walks.h"

typedef struct yj_verify_options {
    yj_sum_alg alg;   /* for a list, that of the list */
    unsigned threads; /* each holds what digest.h says */
    yj_progress_fn *progress;
    void *progress_self;
    bool expected_only;           /* nothing is extra: the list need not name everything */
    const struct stat *leave_out; /* a file that is no part of the folder: the list itself; may be NULL */
    const struct stat *keep_out;  /* a folder that is not entered (tree.h); may be NULL */
    yj_go_on_fn *go_on;           /* asked while names are gathered and files are read; NULL: it always may */
    void *go_on_self;
    size_t names_max; /* of a folder; 0: as many as a tree holds */
    yj_known *known;  /* digests of an interrupted run, and where this one's go; may be NULL */
} yj_verify_options;

typedef struct yj_verify_result {
    yj_sum_alg alg;
    yj_tree a, b; /* expected and found; each item has its state */
    bool by_list;
    uint64_t expected, matched, changed, missing, extra, unreadable, skipped;
    uint64_t moved; /* pairs of a missing and an extra file with the same contents; they count as both */
    uint64_t bytes; /* of the expected files that matched */
} yj_verify_result;

/** Digests of every file of a folder: result.a, all matched but what could not be. YJ_E_INVALID if there is
 * no file; errors of yj_tree_walk(), and of `go_on`. For all: end *ret with yj_verify_done() whatever
 * happens. */
yj_status yj_verify_make(const char *folder, const yj_verify_options *o, yj_verify_result *ret,
                         yj_error *err) yj_nodiscard;
/** A folder against a list. @param list taken over, and left empty */
yj_status yj_verify_list(yj_tree *list, const char *folder, const yj_verify_options *o, yj_verify_result *ret,
                         yj_error *err) yj_nodiscard;
yj_status yj_verify_list_at(yj_tree *list, const yj_open_folder *folder, const yj_verify_options *o,
                            yj_verify_result *ret, yj_error *err) yj_nodiscard;
/** Folder `b` against folder `a`, byte by byte; the digests of `a` are made in the same pass. YJ_E_USAGE if
 * both are one, YJ_E_INVALID if there is nothing in `a`. */
yj_status yj_verify_folders(const char *a, const char *b, const yj_verify_options *o, yj_verify_result *ret,
                            yj_error *err) yj_nodiscard;
/**
 * What was expected against what was found, where all digests are known already: the contents of an archive.
 * Items that were judged in `found` (unreadable, skipped) stay so. @param expected @param found sorted; taken
 * over, and left empty @param rest NONE, or why `found` may lack something: what is not in it is then
 * unreadable, not missing
 */
yj_status yj_verify_sums(yj_tree *expected, yj_tree *found, yj_sum_alg alg, yj_why rest,
                         yj_verify_result *ret, yj_error *err) yj_nodiscard;
yj_status yj_verify_folders_at(const yj_open_folder *a, const yj_open_folder *b, const yj_verify_options *o,
                               yj_verify_result *ret, yj_error *err) yj_nodiscard;
bool yj_verify_fine(const yj_verify_result *r);
void yj_verify_done(yj_verify_result *r);
/** The digest that names what was expected: of the list of its files, lines without tags, sorted by path. */
yj_status yj_verify_name(const yj_verify_result *r, yj_sum *ret, yj_error *err) yj_nodiscard;

#endif

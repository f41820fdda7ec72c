// SPDX-License-Identifier: Apache-2.0
/**
 * Makes a bag (BagIt 1.0, RFC 8493) of a folder: a copy of it with its lists. The bag appears at its place
 * whole or not at all: it is made in a folder beside, written to the disk, read back against its own lists,
 * and only then given its name (base/keeper.h removes that folder however the process ends). Nothing is
 * overwritten, and the folder stays as it was.
 */
#ifndef YJ_INSTRUMENT_VERIFY_BAG_MAKE_H
#define YJ_INSTRUMENT_VERIFY_BAG_MAKE_H

#include "instrument/verify/bag.h"

#define YJ_BAG_DEPTH_MAX 48 /* folders in folders below data */
#define YJ_BAG_INFO_MAX 64  /* lines of bag-info.txt besides our own */

typedef struct yj_bag_info {
    const char *label, *value; /* one line each, UTF-8; the label without a colon */
} yj_bag_info;

typedef struct yj_bag_plan {
    yj_sum_alg alg[YJ_SUM_COUNT_]; /* of the lists, none twice, none weak */
    size_t algs;                   /* at least one */
    const yj_bag_info *info;
    size_t infos;
    const char *date;  /* Bagging-Date, "2026-11-28" */
    const char *agent; /* Bag-Software-Agent; NULL: without */
    unsigned threads;  /* to read it back */
    yj_progress_fn *progress;
    void *progress_self;
} yj_bag_plan;

/**
 * Copied are contents, permission bits and times of files, and folders. What a bag cannot hold is refused
 * before anything is written: links, pipes and the like, what cannot be read, names that are no UTF-8,
 * folders too deep; so is a file that changes meanwhile, and a folder without a file. Empty folders are
 * copied, but no list names them.
 * @param ret the check of what was written; end it with yj_bag_done() whatever happens
 * @param ret_empty number of empty folders
 * YJ_E_INVALID (what cannot be held; the first is named), YJ_E_CONFLICT (`bag` exists), YJ_E_USAGE (it lies
 * in the folder), YJ_E_FULL, YJ_E_IO, YJ_E_CORRUPT (it reads back as something else), errors of
 * yj_tree_walk()
 */
yj_status yj_bag_make(const char *folder, const char *bag, const yj_bag_plan *plan, yj_bag *ret,
                      uint64_t *ret_empty, yj_error *err) yj_nodiscard;
/** Can it be a line of bag-info.txt? Our own labels (Payload-Oxum, Bagging-Date, Bag-Software-Agent) cannot.
 * YJ_E_INVALID */
yj_status yj_bag_info_check(const yj_bag_info *i, yj_error *err) yj_nodiscard;

#endif

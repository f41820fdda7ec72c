// SPDX-License-Identifier: Apache-2.0
/** Which entries are told: entries_select.c finds them, entries.c tells them. */
#ifndef YJ_RECORD_ENTRIES_INTERNAL_H
#define YJ_RECORD_ENTRIES_INTERNAL_H

#include "ledger/ledger.h"
#include "record/entries.h"
#include "store/id_key.h"

/** The columns of an entry. */
typedef struct yj_entry_line {
    int64_t seq, time_ns, version, batch;
    const char *op, *kind, *record, *by, *for_whom; /* of the arena */
    char hash[2 * YJ_HASH_LEN + 1];
} yj_entry_line;

typedef struct yj_entries_selection {
    const yj_entries_query *q;
    int64_t low, high; /* entries low..high-1 */
    size_t scan;
    yj_id_key by;
    yj_entry_line *lines; /* the arena's, newest first */
    size_t count;         /* one more than the limit: there are more */
} yj_entries_selection;

/** Find them. @param size entries that there are @return YJ_E_INVALID naming the parameter; YJ_E_CORRUPT */
yj_status yj_entries_select(const yj_entries_of *of, yj_arena *a, const yj_entries_query *q, int64_t size,
                            yj_entries_selection *ret, yj_error *err) yj_nodiscard;
/** Where the entries end that were looked at, if there were too many; else low. */
yj_status yj_entries_end(const yj_entries_of *of, const yj_entries_selection *s, int64_t *ret,
                         yj_error *err) yj_nodiscard;

#endif

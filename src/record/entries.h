// SPDX-License-Identifier: Apache-2.0
/**
 * The ledger as people read it: every entry with who, when and, of records, field by field what it changed.
 * Any read connection, inside a transaction of the caller's.
 *
 * An entry is
 * {"seq","time","op","by":{"kind","id","name"}|null,"operator","for":{"kind","id","name"}|null,
 *  "record":{"kind","id","name"[,"erased"]}|null,"kind","version","state","transition",
 *  "batch":{"number","state"}|null,"changes":[{"field","label","from","to"}],"verdicts","reading","erased",
 *  "digest"}
 *
 * Names are those of today. `by` is null where the operator acted; `for` is the person as whose deputy `by`
 * acted. References in `from` and `to` are given
 * like `record`; of what was erased a value is {"erased":true}. What an import wrote that is open or was
 * undone never came to be: such entries have no changes and no state. `transition` is null where several lead
 * from the one state to the other. `verdicts` is the number of changes that a judgement tells. `reading` (of
 * an entry "read", else null) says who read, for whom, when and how much:
 * {"inspector":{"id","name"},"regulator":{"id","code","name"},"from", "until","count","more"}; what was read
 * is in the body (record/reading.h). `erased`: the body, or its salt, is gone. `digest` is the leaf hash.
 */
#ifndef YJ_RECORD_ENTRIES_H
#define YJ_RECORD_ENTRIES_H

#include "base/time.h"
#include "pack/catalog.h"
#include "store/db.h"

#define YJ_ENTRIES_LIMIT_MAX 200
/** For one answer no more entries are looked at than this, whatever the filters: the next answer goes on. */
#define YJ_ENTRIES_SCAN_MAX 20000
/** Operations of entries, as the filter takes them ("a b c"). */
#define YJ_ENTRY_OPS                                                                                         \
    "open genesis pack create takeover change move withdraw convert erase batch batch_close batch_undo "     \
    "judge read rotate"

typedef struct yj_entries_query {
    int64_t before; /* entries with a smaller number only; -1: from the newest on */
    size_t limit;   /* 1..YJ_ENTRIES_LIMIT_MAX */
    size_t scan;    /* 0: YJ_ENTRIES_SCAN_MAX */
    /* NULL: any */
    const char *op;           /* one of YJ_ENTRY_OPS */
    const char *kind;         /* of the record, also one of an earlier edition */
    const char *record, *by;  /* ids */
    const char *from, *until; /* civil dates in the zone, both included */
} yj_entries_query;

/** Whose ledger, and with which names it is told. */
typedef struct yj_entries_of {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    const yj_zone *zone;
    const char *operator_id;
    yj_lang lang; /* of names */
} yj_entries_of;

/** Writes {"items":[entry...],"next":seq|null,"size"}, newest first. `next` is to be given as `before`; it
 * may be there with fewer items than asked for, or none: after YJ_ENTRIES_SCAN_MAX entries, or when the
 * answer has become long. @return YJ_E_INVALID naming the parameter; YJ_E_CORRUPT */
yj_status yj_entries_list(const yj_entries_of *of, const yj_entries_query *q, yj_buf *out,
                          yj_error *err) yj_nodiscard;

/** One entry, checked against its leaf: as above and "body": what the digest in the leaf covers (canonical as
 * it is written here), null if it was erased; "salt": hex, null if erased; "body_digest"; "leaf": its text;
 *  "checkpoint":{"size","time"}: the earliest signed one that covers it, null if none does yet.
 *  @return YJ_E_NOT_FOUND, YJ_E_CORRUPT */
yj_status yj_entry_show(const yj_entries_of *of, uint64_t seq, yj_buf *out, yj_error *err) yj_nodiscard;

#endif

// SPDX-License-Identifier: Apache-2.0
/* Records as they were before an entry, from the bodies of then. */
#include "rule/internal.h"

#include "ledger/pack_body.h"

/** Columns: record, body, packed; the newest version of each record first. Parameters: inst, seq. SQLite
 * takes CROSS JOIN for an order: from the kind's records to their entries, and not through the entries of all
 * kinds for each kind anew. */
#define THEN_SQL                                                                                             \
    "SELECT e.record, b.body, b.packed FROM r_%s a CROSS JOIN entry e "                                      \
    "LEFT JOIN body b ON b.inst = e.inst AND b.seq = e.seq LEFT JOIN batch t ON t.id = e.batch "             \
    "WHERE a.inst = ?1 AND e.inst = a.inst AND e.record = a.id AND e.version > 0 AND e.seq < ?2 AND "        \
    "(e.batch = 0 OR (t.state = 'closed' AND t.closed_seq < ?2))%s ORDER BY e.record, e.seq DESC"

#define OF_SOME " AND a.id IN (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"

yj_status yj_then_records(yj_db *db, const yj_kind *now, int64_t inst, int64_t as_of_seq,
                          const yj_idset *only, yj_arena *arena, yj_then_fn fn, void *ctx, yj_error *err)
{
    bool few = only && only->count <= YJ_IN_CHUNK;
    const char *sql = yj_arena_fmt(arena, THEN_SQL, now->name, few ? OF_SOME : ""), *last = "";
    YJ_TRY(yj_arena_status(arena, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, now->installation ? 0 : inst);
    yj_bind_i64(st, 2, as_of_seq);
    if (few)
        yj_bind_ids(st, 3, only->ids, only->count);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        yj_span id = yj_col_text(st, 0);
        if (yj_span_is(id, last) || (only && yj_idset_find(only, id) == YJ_IDSET_NONE))
            continue; /* an older version, or not asked for */
        last = yj_arena_strndup(arena, id.ptr, id.len);
        YJ_TRY(yj_arena_status(arena, err));
        yj_auto(yj_json_freep) json_t *body = NULL;
        YJ_TRY(yj_col_body_json(st, 1, 2, &body, err));
        if (body) /* else erased since: what it was is not known any more */
            YJ_TRY(fn(ctx, last, body, err));
    }
}

// SPDX-License-Identifier: Apache-2.0
/* Looking after what is on its way: shown, tried again, forgotten (erased: record/erase.h). */
#include "notice/outbox.h"

#include "base/json.h"
#include "record/present.h"
#include <stdio.h>

/* Of an institution; of the installation also what its channels bring out for others. */
#define OWN "inst = ?1"
#define ITS_CHANNELS                                                                                         \
    "(inst = ?1 OR channel IN (SELECT 'mail/' || c.id FROM notice_channel c WHERE c.inst = 0 UNION ALL "     \
    "SELECT 'robot/' || c.id FROM notice_channel c WHERE c.inst = 0))"

yj_status yj_outbox_again(yj_db *db, int64_t inst, const char *id, int64_t now_ns, yj_error *err)
{
    bool row = false;
    int64_t changed = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_stmt_donep) yj_stmt *up = NULL;
    const char *sql = inst == YJ_INST_INSTALLATION ? "SELECT 1 FROM delivery WHERE " ITS_CHANNELS
                                                     " AND id = ?2"
                                                   : "SELECT 1 FROM delivery WHERE " OWN " AND id = ?2";
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such notice");
    /* one that is being tried stays with whoever tries it */
    YJ_TRY(yj_db_prepare(
        db,
        "UPDATE delivery SET state = 'waiting', ended = 0, due = CASE WHEN worker = '' THEN ?2 ELSE "
        "due END WHERE id = ?1 AND state IN ('waiting', 'refused')",
        &up, err));
    yj_bind_cstr(up, 1, id);
    yj_bind_i64(up, 2, now_ns);
    YJ_TRY(yj_stmt_run(up, &changed, err));
    return changed ? YJ_OK : yj_fail(err, YJ_E_CONFLICT, "the notice has been sent, or erased");
}

yj_status yj_outbox_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM delivery WHERE ended > 0 AND ended < ?1", &st, err));
    yj_bind_i64(st, 1, now_ns - YJ_OUTBOX_KEPT_DAYS * 86400 * YJ_NS_PER_S);
    return yj_stmt_run(st, NULL, err);
}

static void put_row(yj_jw *w, yj_stmt *st)
{
    yj_jw_object(w);
    yj_jw_kspan(w, "id", yj_col_text(st, 0));
    yj_jw_kspan(w, "person", yj_col_text(st, 1));
    yj_jw_kspan(w, "cause", yj_col_text(st, 2));
    yj_jw_kspan(w, "channel", yj_col_text(st, 3));
    yj_jw_kspan(w, "state", yj_col_text(st, 4));
    yj_present_time(w, "decided", yj_col_i64(st, 5));
    yj_present_time(w, "due", yj_col_i64(st, 8) ? 0 : yj_col_i64(st, 6));
    yj_present_time(w, "tried", yj_col_i64(st, 7));
    yj_present_time(w, "ended", yj_col_i64(st, 8));
    yj_jw_ki64(w, "attempts", yj_col_i64(st, 9));
    yj_jw_kspan(w, "message_id", yj_col_text(st, 10));
    yj_present_kept_error(w, st, 11);
    yj_jw_end_object(w);
}

#define LIST(whose)                                                                                          \
    "SELECT id, person, cause, channel, state, decided, due, tried, ended, attempts, message_id, error, "    \
    "error_en, error_zh FROM delivery WHERE " whose " AND (?2 = '' OR state = ?2) AND (?3 = '' OR id < ?3) " \
    "AND (?5 = '' OR channel IN ('mail/' || ?5, 'robot/' || ?5)) ORDER BY id DESC LIMIT ?4"

yj_status yj_outbox_list(yj_db *db, int64_t inst, const char *state, const char *channel, const char *before,
                         size_t limit, yj_buf *out, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    char last[YJ_UUID_LEN + 1] = "";
    size_t n = 0;
    yj_jw w;
    const char *sql = inst == YJ_INST_INSTALLATION ? LIST(ITS_CHANNELS) : LIST(OWN);
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, state ? state : "");
    yj_bind_cstr(st, 3, before ? before : "");
    yj_bind_cstr(st, 5, channel ? channel : "");
    yj_bind_i64(st, 4, (int64_t)limit + 1); /* one more tells whether there are more */
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n++ == limit)
            break;
        yj_span id = yj_col_text(st, 0);
        snprintf(last, sizeof last, "%.*s", (int)id.len, id.ptr);
        put_row(&w, st);
    }
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "next", n > limit ? last : NULL);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "access/pause.h"

#include "base/time.h"

/* The pause after the count-th attempt. */
static int64_t pause_ns(const yj_pause *p, int64_t count)
{
    int64_t over = count - p->free, s = p->first_s;
    if (over <= 0)
        return 0;
    while (--over > 0 && s < p->most_s)
        s *= 2;
    return (s < p->most_s ? s : p->most_s) * YJ_NS_PER_S;
}

static yj_status set_free_at(yj_db *db, const yj_digest *key, int64_t free_at, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE attempt SET free_at = ?2 WHERE key = ?1", &st, err));
    yj_bind_blob(st, 1, key->b, sizeof key->b);
    yj_bind_i64(st, 2, free_at);
    return yj_stmt_run(st, NULL, err);
}

/* One more, whoever else counts at the same time; the row is ours to the end of the transaction. */
static yj_status add_one(yj_db *db, const yj_digest *key, const yj_pause *p, int64_t now, int64_t *ret_count,
                         int64_t *ret_free_at, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO attempt(key, count, free_at, until) VALUES(?1, 1, 0, ?3) ON CONFLICT(key) DO UPDATE SET "
        "count = CASE WHEN attempt.until < ?2 THEN 1 ELSE attempt.count + 1 END, "
        "until = CASE WHEN attempt.free_at > ?2 THEN attempt.until ELSE ?3 END RETURNING count, free_at",
        &st, err));
    yj_bind_blob(st, 1, key->b, sizeof key->b);
    yj_bind_i64(st, 2, now);
    yj_bind_i64(st, 3, now + p->forget_s * YJ_NS_PER_S);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_DB, "a row that was written is not there");
    *ret_count = yj_col_i64(st, 0);
    *ret_free_at = yj_col_i64(st, 1);
    return YJ_OK;
}

yj_status yj_pause_count(yj_db *db, const yj_digest *key, const yj_pause *p, int64_t now_ns, yj_paused *ret,
                         yj_error *err)
{
    yj_paused x = { 0 };
    YJ_TRY(add_one(db, key, p, now_ns, &x.count, &x.free_at, err));
    if (x.free_at > now_ns) {
        x.wait_ns = x.free_at - now_ns;
        YJ_TRY(yj_pause_undo(db, key, &(yj_paused){ 0 }, err));
        x.count--;
    } else {
        int64_t pause = pause_ns(p, x.count);
        x.free_at = pause ? now_ns + pause : 0;
        if (x.free_at)
            YJ_TRY(set_free_at(db, key, x.free_at, err));
    }
    *ret = x;
    return YJ_OK;
}

yj_status yj_pause_undo(yj_db *db, const yj_digest *key, const yj_paused *x, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "UPDATE attempt SET count = count - 1, free_at = CASE WHEN free_at = ?2 THEN 0 ELSE "
                         "free_at END WHERE key = ?1 AND count > 0",
                         &st, err));
    yj_bind_blob(st, 1, key->b, sizeof key->b);
    yj_bind_i64(st, 2, x->free_at);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_pause_clear(yj_db *db, const yj_digest *key, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM attempt WHERE key = ?1", &st, err));
    yj_bind_blob(st, 1, key->b, sizeof key->b);
    return yj_stmt_run(st, NULL, err);
}

yj_status yj_pause_sweep(yj_db *db, int64_t now_ns, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "DELETE FROM attempt WHERE until < ?1 AND free_at < ?1", &st, err));
    yj_bind_i64(st, 1, now_ns);
    return yj_stmt_run(st, NULL, err);
}

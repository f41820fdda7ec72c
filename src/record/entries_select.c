// SPDX-License-Identifier: Apache-2.0
/* Which entries of a ledger an answer is about. */
#include "record/entries_internal.h"

#include "record/internal.h"
#include "store/schema.h"

/* Parameters in the order of their places. */
typedef struct place {
    int64_t n;
    const char *s;        /* NULL: the number */
    const yj_id_key *key; /* NULL: one of the others */
} place;
typedef struct places {
    place at[12];
    int count;
} places;

static int put(places *p, place v)
{
    p->at[p->count] = v;
    return ++p->count;
}

static void bind_all(yj_stmt *st, const places *p)
{
    for (int i = 0; i < p->count; i++) {
        if (p->at[i].key)
            yj_bind_id_key(st, i + 1, p->at[i].key);
        else if (p->at[i].s)
            yj_bind_cstr(st, i + 1, p->at[i].s);
        else
            yj_bind_i64(st, i + 1, p->at[i].n);
    }
}

static bool ordinary(const char *op)
{
    static const char *const ops[] = { "create", "takeover", "change", "move", "withdraw" };
    for (size_t i = 0; i < YJ_COUNT(ops); i++)
        if (strcmp(ops[i], op) == 0)
            return true;
    return false;
}

/* Is there an index that leads to just what is asked for? Else the entries are looked through. */
static bool indexed(const yj_entries_selection *s)
{
    return s->q->record || (s->q->op && !ordinary(s->q->op));
}

/* The entries that are looked at for this answer, newest first. An operation stands in the text, for the
 * index is found by its condition; it is one of YJ_ENTRY_OPS. */
static void put_scanned(const yj_entries_selection *s, const char *columns, places *p, yj_buf *sql)
{
    yj_buf_fmt(sql, "SELECT %s FROM entry WHERE inst = ?%d", columns, put(p, (place){ .n = 0 }));
    yj_buf_fmt(sql, " AND seq >= ?%d", put(p, (place){ .n = s->low }));
    yj_buf_fmt(sql, " AND seq < ?%d", put(p, (place){ .n = s->high }));
    if (s->q->record)
        yj_buf_fmt(sql, " AND record = ?%d", put(p, (place){ .s = s->q->record }));
    else if (indexed(s))
        yj_buf_fmt(sql, " AND op = '%s' AND op NOT IN " YJ_SQL_ORDINARY_OPS, s->q->op);
    yj_buf_fmt(sql, " ORDER BY seq DESC LIMIT ?%d", put(p, (place){ .n = (int64_t)s->scan }));
}

static void put_selected(const yj_entries_selection *s, places *p, yj_buf *sql)
{
    yj_buf_str(sql, "SELECT e.seq, e.time, e.op, e.kind, e.record, e.version, e.batch, e.by, e.hash, "
                    "e.for_whom FROM (");
    put_scanned(s, "seq, time, op, kind, record, version, batch, by, hash, for_whom", p, sql);
    yj_buf_str(sql, ") e WHERE 1 = 1");
    if (s->q->op)
        yj_buf_fmt(sql, " AND e.op = ?%d", put(p, (place){ .s = s->q->op }));
    if (s->q->kind)
        yj_buf_fmt(sql, " AND e.kind = ?%d", put(p, (place){ .s = s->q->kind }));
    if (s->q->by)
        yj_buf_fmt(sql, " AND e.by = ?%d", put(p, (place){ .key = &s->by }));
    yj_buf_fmt(sql, " ORDER BY e.seq DESC LIMIT ?%d", put(p, (place){ .n = (int64_t)s->q->limit + 1 }));
}

static yj_status prepare(const yj_entries_of *of, const yj_buf *sql, places *p, yj_stmt **ret, yj_error *err)
{
    YJ_TRY(yj_buf_status(sql, err));
    YJ_TRY(yj_db_prepare_made(of->db, sql->ptr, ret, err));
    p->at[0].n = of->inst;
    bind_all(*ret, p);
    return YJ_OK;
}

static const char *copied(yj_arena *a, yj_span s)
{
    return yj_arena_strndup(a, s.ptr ? s.ptr : "", s.len);
}

static yj_status read_line(yj_arena *a, yj_stmt *st, yj_entry_line *l, yj_error *err)
{
    yj_span hash = yj_col_blob(st, 8);
    yj_digest d;
    *l = (yj_entry_line){ .seq = yj_col_i64(st, 0),
                          .time_ns = yj_col_i64(st, 1),
                          .op = copied(a, yj_col_text(st, 2)),
                          .kind = copied(a, yj_col_text(st, 3)),
                          .record = copied(a, yj_col_text(st, 4)),
                          .version = yj_col_i64(st, 5),
                          .batch = yj_col_i64(st, 6),
                          .by = yj_col_id_key_copy(a, st, 7),
                          .for_whom = yj_col_null(st, 9) ? "" : yj_col_id_key_copy(a, st, 9) };
    YJ_TRY(yj_arena_status(a, err));
    if (hash.len != sizeof d.b)
        return yj_fail(err, YJ_E_CORRUPT, "the row of ledger entry %llu holds what no leaf may",
                       (unsigned long long)l->seq);
    memcpy(d.b, hash.ptr, sizeof d.b);
    yj_digest_hex(&d, l->hash);
    return YJ_OK;
}

static yj_status select_lines(const yj_entries_of *of, yj_arena *a, yj_entries_selection *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf sql;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    places p = { .count = 0 };
    yj_buf_init(&sql, 4096);
    put_selected(s, &p, &sql);
    YJ_TRY(prepare(of, &sql, &p, &st, err));
    s->lines = yj_arena_array(a, s->q->limit + 1, sizeof *s->lines);
    YJ_TRY(yj_arena_status(a, err));
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            return YJ_OK;
        YJ_TRY(read_line(a, st, &s->lines[s->count], err));
        s->count++;
    }
}

yj_status yj_entries_end(const yj_entries_of *of, const yj_entries_selection *s, int64_t *ret, yj_error *err)
{
    if (!indexed(s)) { /* no entry is missing between two */
        *ret = s->high - s->low > (int64_t)s->scan ? s->high - (int64_t)s->scan : s->low;
        return YJ_OK;
    }
    yj_auto(yj_buf_done) yj_buf sql;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    places p = { .count = 0 };
    bool row = false;
    yj_buf_init(&sql, 4096);
    yj_buf_str(&sql, "SELECT count(*), min(e.seq) FROM (");
    put_scanned(s, "seq", &p, &sql);
    yj_buf_str(&sql, ") e");
    YJ_TRY(prepare(of, &sql, &p, &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0) == (int64_t)s->scan ? yj_col_i64(st, 1) : s->low;
    return YJ_OK;
}

static yj_status fail_at(const char *param, yj_error *err)
{
    yj_fail(err, YJ_E_INVALID, "parameter %s must be the id of a record", param);
    return yj_error_at(err, "%s", param);
}

static yj_status range_of(const yj_entries_of *of, const yj_entries_query *q, int64_t size,
                          yj_entries_selection *s, yj_error *err)
{
    uint64_t n = 0;
    s->high = q->before >= 0 && q->before < size ? q->before : size;
    if (q->until) {
        YJ_TRY(yj_ledger_size_at(of->db, of->inst, yj_zone_end_of_day(of->zone, q->until), &n, err));
        s->high = (int64_t)n < s->high ? (int64_t)n : s->high;
    }
    yj_date eve;
    if (q->from && yj_date_add_days(q->from, -1, &eve)) {
        YJ_TRY(yj_ledger_size_at(of->db, of->inst, yj_zone_end_of_day(of->zone, eve.s), &n, err));
        s->low = (int64_t)n;
    }
    if (s->high < s->low)
        s->high = s->low;
    return YJ_OK;
}

yj_status yj_entries_select(const yj_entries_of *of, yj_arena *a, const yj_entries_query *q, int64_t size,
                            yj_entries_selection *ret, yj_error *err)
{
    *ret = (yj_entries_selection){ .q = q, .scan = q->scan ? q->scan : YJ_ENTRIES_SCAN_MAX };
    if (q->record && !yj_uuid_valid(yj_span_of(q->record)))
        return fail_at("record", err);
    if (q->by && !yj_uuid_valid(yj_span_of(q->by)))
        return fail_at("by", err);
    yj_id_key_of(yj_span_of(q->by ? q->by : ""), &ret->by);
    YJ_TRY(range_of(of, q, size, ret, err));
    return select_lines(of, a, ret, err);
}

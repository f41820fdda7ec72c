// SPDX-License-Identifier: Apache-2.0
/* Every version of a record with what it changed; and the entry an "as of" means. */
#include "record/read.h"

#include "ledger/ledger.h"
#include "ledger/pack_body.h"
#include "record/internal.h"
#include "store/id_key.h"

typedef struct version {
    int64_t seq, time_ns, version;
    char op[24], by[YJ_UUID_LEN + 1], for_whom[YJ_UUID_LEN + 1];
    json_t *body; /* NULL if erased; owned */
} version;

#define VERSIONS_MAX 10000

/* --- what a version changed ------------------------------------------------------------------- */

static bool same(const json_t *a, const json_t *b)
{
    return a == b || (a && b && json_equal(a, b));
}

/* Fields that the kind of today has no more, since the version is one of an earlier edition.
 * @param other nothing that `from` holds as well is told twice: it was told with `from`; NULL */
static yj_status former_changes(const yj_kind *k, const json_t *from, const json_t *to, const json_t *walked,
                                const json_t *other, yj_changed_fn fn, void *ctx, yj_error *err)
{
    const char *name = NULL;
    json_t *v = NULL;
    json_object_foreach((json_t *)(uintptr_t)walked, name, v)
    {
        yj_changed x = { .name = name, .from = json_object_get(from, name), .to = json_object_get(to, name) };
        if ((k && yj_kind_field(k, yj_span_of(name))) || json_object_get(other, name) || same(x.from, x.to))
            continue;
        YJ_TRY(fn(ctx, &x, err));
    }
    return YJ_OK;
}

yj_status yj_changed_each(const yj_kind *k, const json_t *old, const json_t *new, yj_changed_fn fn, void *ctx,
                          yj_error *err)
{
    const json_t *of = json_object_get(old, "fields"), *nf = json_object_get(new, "fields");
    for (size_t i = 0; k && i < k->field_count; i++) {
        yj_changed x = { .name = k->fields[i].name,
                         .field = &k->fields[i],
                         .from = json_object_get(of, k->fields[i].name),
                         .to = json_object_get(nf, k->fields[i].name) };
        if (!same(x.from, x.to))
            YJ_TRY(fn(ctx, &x, err));
    }
    YJ_TRY(former_changes(k, of, nf, of, NULL, fn, ctx, err));
    YJ_TRY(former_changes(k, of, nf, nf, of, fn, ctx, err));
    yj_changed x = { .name = "state",
                     .from = json_object_get(old, "state"),
                     .to = json_object_get(new, "state") };
    return same(x.from, x.to) ? YJ_OK : fn(ctx, &x, err);
}

/* --- a record's versions ---------------------------------------------------------------------- */

static void write_value(yj_jw *w, const char *key, const json_t *v)
{
    yj_jw_key(w, key);
    if (v)
        yj_jw_json(w, v);
    else
        yj_jw_null(w);
}

static yj_status write_change(void *ctx, const yj_changed *x, yj_error *err)
{
    yj_jw *w = ctx;
    yj_jw_object(w);
    yj_jw_kstr(w, "field", x->name);
    write_value(w, "from", x->from);
    write_value(w, "to", x->to);
    yj_jw_end_object(w);
    return YJ_OK;
}

static void write_changes(yj_jw *w, const yj_kind *k, const json_t *old, const json_t *new)
{
    yj_jw_array(w);
    yj_ignore(yj_changed_each(k, old, new, write_change, w, NULL)); /* which does not fail */
    yj_jw_end_array(w);
}

static void write_version(yj_jw *w, const yj_kind *k, const version *v, const version *before)
{
    char t[31];
    yj_time_format(v->time_ns, t);
    yj_jw_object(w);
    yj_jw_ki64(w, "seq", v->seq);
    yj_jw_kstr(w, "time", t);
    yj_jw_kstr(w, "by", v->by);
    yj_jw_kstr(w, "for", v->for_whom[0] ? v->for_whom : NULL);
    yj_jw_kstr(w, "op", v->op);
    yj_jw_ki64(w, "version", v->version);
    const char *state = json_string_value(json_object_get(v->body, "state"));
    yj_jw_kstr(w, "state", state ? state : "");
    yj_jw_key(w, "changes");
    if (v->body && !(before && !before->body))
        write_changes(w, k, before ? before->body : NULL, v->body);
    else
        yj_jw_raw(w, YJ_SPAN("[]"));
    if (!v->body)
        yj_jw_kbool(w, "erased", true);
    yj_jw_end_object(w);
}

static yj_status read_version(yj_stmt *st, version *v, yj_error *err)
{
    *v = (version){ .seq = yj_col_i64(st, 0), .time_ns = yj_col_i64(st, 1), .version = yj_col_i64(st, 3) };
    char room[YJ_ID_KEY_MAX];
    yj_span op = yj_col_text(st, 2), by = yj_col_id_key(st, 4, room);
    snprintf(v->op, sizeof v->op, "%.*s", (int)op.len, op.ptr);
    snprintf(v->by, sizeof v->by, "%.*s", (int)by.len, by.ptr);
    if (!yj_col_null(st, 7)) {
        yj_span deputed = yj_col_id_key(st, 7, room);
        snprintf(v->for_whom, sizeof v->for_whom, "%.*s", (int)deputed.len, deputed.ptr);
    }
    return yj_col_body_json(st, 5, 6, &v->body, err);
}

yj_status yj_record_history(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const char *id,
                            yj_buf *out, yj_error *err)
{
    char found[37];
    YJ_TRY(yj_record_find(db, c, inst, k, id, found, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT e.seq, e.time, e.op, e.version, e.by, b.body, b.packed, e.for_whom FROM entry e LEFT JOIN "
        "body b ON "
        "b.inst = "
        "e.inst AND b.seq = e.seq LEFT JOIN batch t ON t.id = e.batch WHERE e.inst = ?1 AND e.record = ?2 "
        "AND e.kind = ?3 AND e.version > 0 AND (e.batch = 0 OR t.state = 'closed') ORDER BY e.seq DESC "
        "LIMIT ?4",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, found);
    yj_bind_cstr(st, 3, k->name);
    yj_bind_i64(st, 4, VERSIONS_MAX);
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "kind", k->name);
    yj_jw_kstr(&w, "id", found);
    yj_jw_key(&w, "items");
    yj_jw_array(&w);
    version held = { 0 };
    bool have = false;
    yj_status s = YJ_OK;
    for (;;) {
        bool row = false;
        s = yj_stmt_step(st, &row, err);
        if (s != YJ_OK || !row)
            break;
        version older;
        s = read_version(st, &older, err);
        if (s != YJ_OK)
            break;
        if (have)
            write_version(&w, k, &held, &older);
        json_decref(held.body);
        held = older;
        have = true;
    }
    if (s == YJ_OK && have)
        write_version(&w, k, &held, NULL);
    json_decref(held.body);
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return s == YJ_OK ? yj_buf_status(out, err) : s;
}

static yj_status fail_as_of(yj_error *err)
{
    return yj_fail(err, YJ_E_INVALID,
                   "a point in time is written like 2026-03-31, 2026-03-31T12:00:00+08:00 or #123");
}

yj_status yj_as_of_seq(yj_db *db, int64_t inst, const yj_zone *zone, const char *as_of, int64_t *ret,
                       yj_error *err)
{
    int64_t n = 0, ns = 0;
    yj_span s = yj_span_of(as_of);
    if (s.len > 1 && s.ptr[0] == '#') {
        if (!yj_span_i64((yj_span){ s.ptr + 1, s.len - 1 }, &n) || n < 0)
            return yj_fail(err, YJ_E_INVALID, "an entry is named like #123");
        *ret = n + 1; /* as of an entry: that entry included */
        return YJ_OK;
    }
    yj_date d;
    if (yj_date_parse(s, &d))
        ns = yj_zone_end_of_day(zone, d.s);
    else if (!yj_time_parse(s, &ns))
        return fail_as_of(err);
    uint64_t count = 0;
    YJ_TRY(yj_ledger_size_at(db, inst, ns, &count, err));
    *ret = (int64_t)count;
    return YJ_OK;
}

yj_status yj_as_of_day(yj_db *db, int64_t inst, const yj_zone *zone, const char *as_of, yj_date *ret,
                       yj_error *err)
{
    int64_t seq = 0, ns = 0;
    yj_span s = yj_span_of(as_of);
    if (yj_date_parse(s, ret))
        return YJ_OK;
    if (s.len < 2 || s.ptr[0] != '#') {
        if (!yj_time_parse(s, &ns))
            return fail_as_of(err);
        yj_zone_date(zone, ns, ret);
        return YJ_OK;
    }
    YJ_TRY(yj_as_of_seq(db, inst, zone, as_of, &seq, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT time FROM entry WHERE inst = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, seq - 1);
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_NOT_FOUND, "the ledger has no entry yet");
    yj_zone_date(zone, yj_col_i64(st, 0), ret);
    return YJ_OK;
}

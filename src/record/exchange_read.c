// SPDX-License-Identifier: Apache-2.0
/* What a party reads of its clients' records. Every row is held against the tie once more: a row that was
 * left over would show nothing. */
#include "record/exchange.h"

#include "record/exchange_internal.h"
#include "record/read.h"

#define LIMIT_MAX 200

#define SELECT                                                                                               \
    "SELECT a.inst, a.record, a.kind, a.seq, a.time FROM addressed a JOIN party_link l ON l.inst = a.inst "  \
    "AND l.record = a.target AND l.party = a.party WHERE a.party = ?1"
#define ORDER " ORDER BY a.time DESC, a.record DESC LIMIT ?4"

/* --- one record ------------------------------------------------------------------------------- */

typedef struct showing {
    yj_db *db;
    const yj_catalog *c;
    yj_lang lang;
    yj_jw w;
} showing;

static yj_status write_ref(showing *x, int64_t inst, const yj_field *f, const json_t *v, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf name;
    yj_buf_init(&name, 65536);
    if (json_string_value(v))
        YJ_TRY(yj_record_name(x->db, x->c, inst, &x->c->kinds[f->ref_kind], json_string_value(v), x->lang,
                              &name, err));
    YJ_TRY(yj_buf_status(&name, err));
    yj_jw_object(&x->w);
    yj_jw_kspan(&x->w, "name", yj_buf_view(&name));
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

static yj_status write_value(showing *x, int64_t inst, const yj_field *f, const json_t *v, yj_error *err)
{
    if (f->type != YJ_T_REF) {
        yj_jw_json(&x->w, v);
        return YJ_OK;
    }
    if (!f->list)
        return write_ref(x, inst, f, v, err);
    yj_jw_array(&x->w);
    for (size_t i = 0; i < json_array_size(v); i++)
        YJ_TRY(write_ref(x, inst, f, json_array_get(v, i), err));
    yj_jw_end_array(&x->w);
    return YJ_OK;
}

/* @param row of SELECT */
static yj_status write_record(showing *x, yj_stmt *row, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(x->c, yj_col_text(row, 2));
    int64_t inst = yj_col_i64(row, 0);
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(yj_body_read_json(x->db, inst, (uint64_t)yj_col_i64(row, 3), &body, err));
    const json_t *fields = json_object_get(body, "fields");
    char time[31];
    yj_time_format(yj_col_i64(row, 4), time);
    yj_jw_object(&x->w);
    yj_jw_key(&x->w, "client");
    YJ_TRY(yj_institution_write(x->db, x->c, inst, x->lang, &x->w, err));
    yj_jw_kspan(&x->w, "kind", yj_col_text(row, 2));
    yj_jw_kspan(&x->w, "id", yj_col_text(row, 1));
    yj_jw_kstr(&x->w, "state", json_string_value(json_object_get(body, "state")));
    yj_jw_ki64(&x->w, "version", json_integer_value(json_object_get(body, "version")));
    yj_jw_kstr(&x->w, "time", time);
    yj_jw_key(&x->w, "fields");
    yj_jw_object(&x->w);
    const yj_addressing *a = k ? &x->c->exchange.addresses[k->index] : NULL;
    for (size_t i = 0; a && i < a->field_count; i++) {
        const yj_field *f = &k->fields[a->fields[i]];
        const json_t *v = json_object_get(fields, f->name);
        if (!v)
            continue;
        yj_jw_key(&x->w, f->name);
        YJ_TRY(write_value(x, inst, f, v, err));
    }
    yj_jw_end_object(&x->w);
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

/* One row of SELECT. */
static yj_status find(yj_db *db, int64_t party, const char *client, const char *id, yj_stmt **ret,
                      yj_error *err)
{
    int64_t inst = -1;
    bool row = false;
    YJ_TRY(yj_institution_number(db, client, &inst, err));
    YJ_TRY(yj_db_prepare(db, SELECT " AND a.inst = ?2 AND a.record = ?3 LIMIT 1", ret, err));
    yj_bind_i64(*ret, 1, party);
    yj_bind_i64(*ret, 2, inst);
    yj_bind_cstr(*ret, 3, id);
    YJ_TRY(yj_stmt_step(*ret, &row, err));
    return row ? YJ_OK
               : yj_fail(err, YJ_E_NOT_FOUND, "there is no such record, or it is not addressed to you");
}

yj_status yj_addressed_state(yj_db *db, const yj_catalog *c, int64_t party, const char *client,
                             const char *id, const yj_kind **ret_kind, int *ret_state, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_json_freep) json_t *body = NULL;
    YJ_TRY(find(db, party, client, id, &st, err));
    const yj_kind *k = yj_catalog_kind(c, yj_col_text(st, 2));
    YJ_TRY(yj_body_read_json(db, yj_col_i64(st, 0), (uint64_t)yj_col_i64(st, 3), &body, err));
    const char *state = json_string_value(json_object_get(body, "state"));
    if (!k)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no such record, or it is not addressed to you");
    *ret_kind = k;
    *ret_state = yj_kind_state(k, yj_span_of(state ? state : ""));
    return YJ_OK;
}

yj_status yj_addressed_get(yj_db *db, const yj_catalog *c, int64_t party, const char *client, const char *id,
                           yj_lang lang, yj_buf *out, yj_error *err)
{
    showing x = { .db = db, .c = c, .lang = lang };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(find(db, party, client, id, &st, err));
    yj_jw_init(&x.w, out);
    YJ_TRY(write_record(&x, st, err));
    return yj_buf_status(out, err);
}

/* --- many ------------------------------------------------------------------------------------- */

/* A cursor is "TIME RECORD" in base64: the place of the last item of the page. */
static void make_cursor(int64_t time, const char *record, yj_buf *out)
{
    char raw[96];
    int n = snprintf(raw, sizeof raw, "%lld %s", (long long)time, record);
    yj_buf_base64(out, raw, (size_t)n);
}

static yj_status read_cursor(const char *cursor, int64_t *ret_time, char ret_record[static YJ_UUID_LEN + 1],
                             yj_error *err)
{
    uint8_t raw[97];
    size_t len = 0;
    *ret_time = INT64_MAX;
    memcpy(ret_record, "~", 2); /* after every id */
    if (!cursor || !cursor[0])
        return YJ_OK;
    if (yj_base64_decode(yj_span_of(cursor), raw, sizeof raw - 1, &len)) {
        raw[len] = '\0';
        const char *blank = memchr(raw, ' ', len);
        size_t digits = blank ? (size_t)(blank - (const char *)raw) : 0;
        if (blank && yj_span_i64((yj_span){ (const char *)raw, digits }, ret_time) &&
            len - digits - 1 <= YJ_UUID_LEN && yj_uuid_valid(yj_span_of(blank + 1))) {
            memcpy(ret_record, blank + 1, YJ_UUID_LEN + 1);
            return YJ_OK;
        }
    }
    yj_fail(err, YJ_E_INVALID, "that cursor is not one of this list");
    return yj_error_at(err, "after");
}

static yj_status prepare_list(yj_db *db, const yj_addressed_query *q, int64_t inst, yj_stmt **ret,
                              yj_error *err)
{
    if (q->kind && q->client)
        YJ_TRY(yj_db_prepare(
            db, SELECT " AND (a.time, a.record) < (?2, ?3) AND a.inst = ?5 AND a.kind = ?6" ORDER, ret, err));
    else if (q->kind)
        YJ_TRY(
            yj_db_prepare(db, SELECT " AND (a.time, a.record) < (?2, ?3) AND a.kind = ?5" ORDER, ret, err));
    else if (q->client)
        YJ_TRY(
            yj_db_prepare(db, SELECT " AND (a.time, a.record) < (?2, ?3) AND a.inst = ?5" ORDER, ret, err));
    else
        YJ_TRY(yj_db_prepare(db, SELECT " AND (a.time, a.record) < (?2, ?3)" ORDER, ret, err));
    if (q->client)
        yj_bind_i64(*ret, 5, inst);
    if (q->kind)
        yj_bind_cstr(*ret, q->client ? 6 : 5, q->kind);
    return YJ_OK;
}

yj_status yj_addressed_list(yj_db *db, const yj_catalog *c, int64_t party, const yj_addressed_query *q,
                            yj_buf *out, yj_error *err)
{
    showing x = { .db = db, .c = c, .lang = q->lang };
    int64_t time = 0, inst = -1;
    char record[YJ_UUID_LEN + 1];
    YJ_TRY(read_cursor(q->after, &time, record, err));
    const yj_kind *k = q->kind ? yj_catalog_kind(c, yj_span_of(q->kind)) : NULL;
    if (q->kind && !k) {
        yj_fail(err, YJ_E_INVALID, "there is no kind of record named %.64s", q->kind);
        return yj_error_at(err, "kind");
    }
    if (q->client)
        YJ_TRY(yj_institution_number(db, q->client, &inst, err));
    size_t limit = q->limit < 1 ? 1 : q->limit > LIMIT_MAX ? LIMIT_MAX : q->limit, n = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(prepare_list(db, q, inst, &st, err));
    yj_bind_i64(st, 1, party);
    yj_bind_i64(st, 2, time);
    yj_bind_cstr(st, 3, record);
    yj_bind_i64(st, 4, (int64_t)limit + 1);
    yj_jw_init(&x.w, out);
    yj_jw_object(&x.w);
    yj_jw_key(&x.w, "items");
    yj_jw_array(&x.w);
    bool row = false;
    for (;; n++) {
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row || n == limit)
            break;
        YJ_TRY(write_record(&x, st, err));
        time = yj_col_i64(st, 4);
        yj_span id = yj_col_text(st, 1);
        snprintf(record, sizeof record, "%.*s", (int)id.len, id.ptr);
    }
    yj_jw_end_array(&x.w);
    yj_auto(yj_buf_done) yj_buf cursor;
    yj_buf_init(&cursor, 4096);
    if (row)
        make_cursor(time, record, &cursor);
    yj_jw_key(&x.w, "next");
    if (row)
        yj_jw_span(&x.w, yj_buf_view(&cursor));
    else
        yj_jw_null(&x.w);
    yj_jw_end_object(&x.w);
    return yj_buf_status(out, err);
}

/* --- ties ------------------------------------------------------------------------------------- */

static yj_status write_tie(showing *x, int64_t me, yj_stmt *st, yj_error *err)
{
    int64_t client = yj_col_i64(st, 0), party = yj_col_i64(st, 2);
    bool mine = client == me; /* the institution asked about is the client */
    yj_span record = yj_col_text(st, 1);
    char id[YJ_UUID_LEN + 1];
    snprintf(id, sizeof id, "%.*s", (int)record.len, record.ptr);
    yj_jw_object(&x->w);
    yj_jw_kstr(&x->w, "side", mine ? "client" : "party");
    yj_jw_key(&x->w, "institution");
    YJ_TRY(yj_institution_write(x->db, x->c, mine ? party : client, x->lang, &x->w, err));
    yj_jw_kspan(&x->w, "invitation", yj_col_text(st, 3));
    yj_jw_kspan(&x->w, "link", yj_col_text(st, 4));
    yj_jw_key(&x->w, "record");
    const yj_kind *k = NULL;
    if (mine)
        YJ_TRY(yj_record_kind(x->db, x->c, client, id, &k, err));
    if (k) {
        yj_auto(yj_buf_done) yj_buf name;
        yj_buf_init(&name, 65536);
        YJ_TRY(yj_record_name(x->db, x->c, client, k, id, x->lang, &name, err));
        yj_jw_object(&x->w);
        yj_jw_kstr(&x->w, "kind", k->name);
        yj_jw_kstr(&x->w, "id", id);
        yj_jw_kspan(&x->w, "name", yj_buf_view(&name));
        yj_jw_end_object(&x->w);
    } else {
        yj_jw_null(&x->w);
    }
    yj_jw_end_object(&x->w);
    return YJ_OK;
}

yj_status yj_ties_list(yj_db *db, const yj_catalog *c, int64_t inst, yj_lang lang, yj_buf *out, yj_error *err)
{
    showing x = { .db = db, .c = c, .lang = lang };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "SELECT inst, record, party, invitation, link FROM party_link WHERE inst = ?1 OR "
                         "party = ?1 ORDER BY inst, record",
                         &st, err));
    yj_bind_i64(st, 1, inst);
    yj_jw_init(&x.w, out);
    yj_jw_object(&x.w);
    yj_jw_key(&x.w, "items");
    yj_jw_array(&x.w);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        YJ_TRY(write_tie(&x, inst, st, err));
    }
    yj_jw_end_array(&x.w);
    yj_jw_end_object(&x.w);
    return yj_buf_status(out, err);
}

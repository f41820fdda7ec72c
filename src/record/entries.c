// SPDX-License-Identifier: Apache-2.0
#include "record/entries_internal.h"

#include "ledger/pack_body.h"
#include "record/internal.h"
#include "record/present.h"
#include "record/read.h"
#include "rule/judge.h"

#define ARENA_MAX ((size_t)4 << 20)
#define ANSWER_BYTES ((size_t)8 << 20) /* an answer that has become so long goes no further */

typedef yj_entry_line line;

typedef struct teller {
    const yj_entries_of *of;
    yj_jw w;
    yj_arena *arena;
    json_t *names;           /* "kind id" -> [name, erased]: the same few people and records come again */
    const json_t *from, *to; /* fields that the change being told leads from and to */
    const yj_kind *kind;
    /* the batch asked for last */
    int64_t batch;
    char batch_state[16];
} teller;

static yj_status teller_open(teller *t, const yj_entries_of *of, yj_buf *out, yj_error *err)
{
    *t = (teller){ .of = of, .arena = yj_arena_new(ARENA_MAX), .names = json_object() };
    yj_jw_init(&t->w, out);
    return t->arena && t->names ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void teller_close(teller *t)
{
    yj_arena_free(t->arena);
    json_decref(t->names);
}

/* --- names ------------------------------------------------------------------------------------ */

static yj_status is_erased(yj_db *db, const yj_kind *k, int64_t inst, const char *id, bool *ret,
                           yj_error *err)
{
    char sql[192];
    snprintf(sql, sizeof sql, "SELECT erased FROM r_%s WHERE inst = ?1 AND id = ?2 ORDER BY batch DESC",
             k->name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_cstr(st, 2, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = row && yj_col_i64(st, 0) != 0;
    return YJ_OK;
}

static yj_status look_up(teller *t, const yj_kind *k, int64_t inst, const char *id, yj_buf *name,
                         bool *ret_erased, yj_error *err)
{
    YJ_TRY(is_erased(t->of->db, k, inst, id, ret_erased, err));
    return *ret_erased ? YJ_OK : yj_record_name(t->of->db, t->of->c, inst, k, id, t->of->lang, name, err);
}

/* Records of the institution first, then those of the installation, such as its people. */
static yj_status find_name(teller *t, const yj_kind *k, const char *id, const json_t **ret, yj_error *err)
{
    char key[256];
    int n = snprintf(key, sizeof key, "%s %s", k->name, id);
    *ret = json_object_get(t->names, key);
    if (*ret)
        return YJ_OK;
    yj_auto(yj_buf_done) yj_buf name;
    bool erased = false;
    yj_buf_init(&name, 65536);
    int64_t inst = k->installation ? YJ_INST_INSTALLATION : t->of->inst;
    YJ_TRY(look_up(t, k, inst, id, &name, &erased, err));
    if (!name.len && !erased && inst != YJ_INST_INSTALLATION)
        YJ_TRY(look_up(t, k, YJ_INST_INSTALLATION, id, &name, &erased, err));
    json_t *v = json_pack("[s%, b]", name.ptr ? name.ptr : "", name.len, erased);
    if (!v || n < 0 || json_object_set_new(t->names, key, v) != 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    *ret = v;
    return YJ_OK;
}

static void write_ref(teller *t, const char *kind, const char *id, const char *name, bool erased)
{
    yj_jw_object(&t->w);
    yj_jw_kstr(&t->w, "kind", kind);
    yj_jw_kstr(&t->w, "id", id);
    yj_jw_kstr(&t->w, "name", name);
    if (erased)
        yj_jw_kbool(&t->w, "erased", true);
    yj_jw_end_object(&t->w);
}

/* @param k NULL: a kind of an earlier edition; the record may be of another now */
static yj_status write_record(teller *t, const yj_kind *k, const char *kind, const char *id, yj_error *err)
{
    const json_t *name = NULL;
    if (!k)
        YJ_TRY(yj_record_kind(t->of->db, t->of->c, t->of->inst, id, &k, err));
    if (k)
        YJ_TRY(find_name(t, k, id, &name, err));
    const char *text = json_string_value(json_array_get(name, 0));
    write_ref(t, kind, id, text ? text : "", json_is_true(json_array_get(name, 1)));
    return YJ_OK;
}

/* The institution that an entry of the installation opens, or whose ledger begins. Its record lies in its own
 * ledger. */
static yj_status write_institution(teller *t, const char *id, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(t->of->c, YJ_SPAN("institution"));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_buf_done) yj_buf name;
    bool row = false, erased = false;
    yj_buf_init(&name, 65536);
    YJ_TRY(yj_db_prepare(t->of->db, "SELECT inst FROM ledger WHERE institution = ?1", &st, err));
    yj_bind_cstr(st, 1, id);
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!k || !row || yj_col_i64(st, 0) == YJ_INST_INSTALLATION) {
        yj_jw_null(&t->w);
        return YJ_OK;
    }
    YJ_TRY(look_up(t, k, yj_col_i64(st, 0), id, &name, &erased, err));
    write_ref(t, k->name, id, name.ptr ? name.ptr : "", erased);
    return YJ_OK;
}

/* @param reading of an entry "read", whose reader is another institution's: what its body says; else NULL */
static yj_status write_who(teller *t, const line *l, const json_t *reading, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(t->of->c, YJ_SPAN("person"));
    bool operator_acted = strcmp(l->by, t->of->operator_id) == 0;
    yj_jw_key(&t->w, "by");
    const char *name = json_string_value(json_object_get(json_object_get(reading, "inspector"), "name"));
    if (operator_acted)
        yj_jw_null(&t->w);
    else if (name)
        write_ref(t, "person", l->by, name, false);
    else
        YJ_TRY(write_record(t, k, "person", l->by, err));
    yj_jw_kbool(&t->w, "operator", operator_acted);
    yj_jw_key(&t->w, "for");
    if (l->for_whom[0])
        return write_record(t, k, "person", l->for_whom, err);
    yj_jw_null(&t->w);
    return YJ_OK;
}

static yj_status write_about(teller *t, const line *l, yj_error *err)
{
    yj_jw_key(&t->w, "record");
    if (l->kind[0] && l->record[0])
        return write_record(t, yj_catalog_kind(t->of->c, yj_span_of(l->kind)), l->kind, l->record, err);
    if (l->record[0])
        return write_institution(t, l->record, err);
    yj_jw_null(&t->w);
    return YJ_OK;
}

/* --- changes ---------------------------------------------------------------------------------- */

static yj_status write_value(teller *t, const yj_field *f, const json_t *fields, const json_t *v,
                             yj_error *err)
{
    if (json_is_array(v)) {
        yj_jw_array(&t->w);
        for (size_t i = 0; i < json_array_size(v); i++)
            YJ_TRY(write_value(t, f, fields, json_array_get(v, i), err));
        yj_jw_end_array(&t->w);
        return YJ_OK;
    }
    const char *id = json_string_value(v);
    const yj_kind *to = f && id ? yj_field_target(t->of->c, t->kind, f, fields) : NULL;
    if (to)
        return write_record(t, to, to->name, id, err);
    if (v)
        yj_jw_json(&t->w, v);
    else
        yj_jw_null(&t->w);
    return YJ_OK;
}

static yj_status write_change(void *ctx, const yj_changed *x, yj_error *err)
{
    teller *t = ctx;
    yj_jw_object(&t->w);
    yj_jw_kstr(&t->w, "field", x->name);
    if (x->field) {
        yj_present_text(&t->w, "label", &x->field->label);
    } else {
        yj_jw_key(&t->w, "label");
        yj_jw_null(&t->w);
    }
    yj_jw_key(&t->w, "from");
    YJ_TRY(write_value(t, x->field, t->from, x->from, err));
    yj_jw_key(&t->w, "to");
    YJ_TRY(write_value(t, x->field, t->to, x->to, err));
    yj_jw_end_object(&t->w);
    return YJ_OK;
}

/* The fields that an erasure took, all of whose values are gone. */
static void write_erased(teller *t, const json_t *body)
{
    const json_t *names = json_object_get(body, "erased");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const yj_field *f = t->kind && name ? yj_kind_field(t->kind, yj_span_of(name)) : NULL;
        yj_jw_object(&t->w);
        yj_jw_kstr(&t->w, "field", name ? name : "");
        if (f) {
            yj_present_text(&t->w, "label", &f->label);
        } else {
            yj_jw_key(&t->w, "label");
            yj_jw_null(&t->w);
        }
        yj_jw_key(&t->w, "from");
        yj_jw_raw(&t->w, YJ_SPAN("{\"erased\":true}"));
        yj_jw_key(&t->w, "to");
        yj_jw_null(&t->w);
        yj_jw_end_object(&t->w);
    }
}

/* The version before, whatever its kind was called then; what came of no import counts. */
static yj_status before(teller *t, const line *l, bool *ret_any, json_t **ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(t->of->db,
                         "SELECT e.seq FROM entry e LEFT JOIN batch t ON t.id = e.batch WHERE e.inst = ?1 "
                         "AND e.record = ?2 AND e.seq < ?3 AND e.version > 0 AND (e.batch = 0 OR t.state = "
                         "'closed') ORDER BY e.seq DESC LIMIT 1",
                         &st, err));
    yj_bind_i64(st, 1, t->of->inst);
    yj_bind_cstr(st, 2, l->record);
    yj_bind_i64(st, 3, l->seq);
    YJ_TRY(yj_stmt_step(st, ret_any, err));
    return *ret_any ? yj_body_read_json(t->of->db, t->of->inst, (uint64_t)yj_col_i64(st, 0), ret, err)
                    : YJ_OK;
}

/* The one transition that leads so; NULL if there is none, or several. */
static const char *transition_of(const yj_kind *k, const json_t *old, const json_t *body)
{
    const char *from = json_string_value(json_object_get(old, "state")),
               *to = json_string_value(json_object_get(body, "state"));
    int a = k && from ? yj_kind_state(k, yj_span_of(from)) : -1;
    int b = k && to ? yj_kind_state(k, yj_span_of(to)) : -1;
    const char *found = NULL;
    for (size_t i = 0; a >= 0 && b >= 0 && i < k->transition_count; i++) {
        const yj_transition *x = &k->transitions[i];
        if (x->to != b || !(x->from >> a & 1))
            continue;
        if (found)
            return NULL;
        found = x->id;
    }
    return found;
}

/* @param body NULL: it was erased, or the version never came to be */
static yj_status write_version(teller *t, const line *l, const json_t *body, yj_error *err)
{
    bool any = false, moved = strcmp(l->op, "move") == 0 || strcmp(l->op, "withdraw") == 0;
    yj_auto(yj_json_freep) json_t *old = NULL;
    t->kind = yj_catalog_kind(t->of->c, yj_span_of(l->kind));
    if (body)
        YJ_TRY(before(t, l, &any, &old, err));
    yj_jw_kstr(&t->w, "state", json_string_value(json_object_get(body, "state")));
    yj_jw_kstr(&t->w, "transition", moved ? transition_of(t->kind, old, body) : NULL);
    yj_jw_key(&t->w, "changes");
    yj_jw_array(&t->w);
    t->from = json_object_get(old, "fields");
    t->to = json_object_get(body, "fields");
    if (body && strcmp(l->op, "erase") == 0)
        write_erased(t, body);
    else if (body && (!any || old))
        YJ_TRY(yj_changed_each(t->kind, old, body, write_change, t, err));
    yj_jw_end_array(&t->w);
    return YJ_OK;
}

/* --- one entry -------------------------------------------------------------------------------- */

static yj_status find_batch(teller *t, int64_t batch, yj_error *err)
{
    if (batch == t->batch)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(t->of->db, "SELECT state FROM batch WHERE id = ?1", &st, err));
    yj_bind_i64(st, 1, batch);
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_span state = row ? yj_col_text(st, 0) : YJ_SPAN("undone");
    snprintf(t->batch_state, sizeof t->batch_state, "%.*s", (int)state.len, state.ptr);
    t->batch = batch;
    return YJ_OK;
}

static yj_status write_batch(teller *t, const line *l, bool *ret_counts, yj_error *err)
{
    *ret_counts = l->batch == 0;
    yj_jw_key(&t->w, "batch");
    if (l->batch == 0) {
        yj_jw_null(&t->w);
        return YJ_OK;
    }
    YJ_TRY(find_batch(t, l->batch, err));
    yj_jw_object(&t->w);
    yj_jw_ki64(&t->w, "number", l->batch);
    yj_jw_kstr(&t->w, "state", t->batch_state);
    yj_jw_end_object(&t->w);
    *ret_counts = strcmp(t->batch_state, "closed") == 0;
    return YJ_OK;
}

/* @param ret_whole neither the body nor its salt was erased */
static yj_status read_body(teller *t, int64_t seq, yj_buf *text, bool *ret_whole, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(t->of->db, "SELECT salt, body, packed FROM body WHERE inst = ?1 AND seq = ?2", &st,
                         err));
    yj_bind_i64(st, 1, t->of->inst);
    yj_bind_i64(st, 2, seq);
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret_whole = row && yj_col_blob(st, 0).len > 0;
    return row ? yj_col_body_add(st, 1, 2, text, err) : YJ_OK;
}

static void write_reading(teller *t, const json_t *body)
{
    static const char *const members[] = { "inspector", "regulator", "from", "until", "count", "more" };
    yj_jw_key(&t->w, "reading");
    if (!body) {
        yj_jw_null(&t->w);
        return;
    }
    yj_jw_object(&t->w);
    for (size_t i = 0; i < YJ_COUNT(members); i++) {
        yj_jw_key(&t->w, members[i]);
        yj_jw_json(&t->w, json_object_get(body, members[i]));
    }
    yj_jw_end_object(&t->w);
}

/* The members of an entry's object, without the braces. */
static yj_status write_line(teller *t, const line *l, yj_span text, bool whole, yj_error *err)
{
    char time[31];
    bool counts = true;
    yj_auto(yj_json_freep) json_t *body = NULL;
    yj_auto(yj_json_freep) json_t *reading = NULL;
    if (strcmp(l->op, "read") == 0 && text.len)
        YJ_TRY(yj_json_parse(text, YJ_BODY_BYTES_MAX, &reading, err));
    yj_time_format(l->time_ns, time);
    yj_jw_ki64(&t->w, "seq", l->seq);
    yj_jw_kstr(&t->w, "time", time);
    yj_jw_kstr(&t->w, "op", l->op);
    YJ_TRY(write_who(t, l, reading, err));
    YJ_TRY(write_about(t, l, err));
    yj_jw_kstr(&t->w, "kind", l->kind[0] ? l->kind : NULL);
    yj_jw_key(&t->w, "version");
    if (l->version)
        yj_jw_i64(&t->w, l->version);
    else
        yj_jw_null(&t->w);
    YJ_TRY(write_batch(t, l, &counts, err));
    if (l->version && counts && text.len)
        YJ_TRY(yj_json_parse(text, YJ_BODY_BYTES_MAX, &body, err));
    YJ_TRY(write_version(t, l, body, err));
    yj_jw_key(&t->w, "verdicts");
    if (strcmp(l->op, "judge") == 0 && text.len) {
        size_t n = 0;
        YJ_TRY(yj_judgement_count((uint64_t)l->seq, text, &n, err));
        yj_jw_i64(&t->w, (int64_t)n);
    } else {
        yj_jw_null(&t->w);
    }
    write_reading(t, reading);
    yj_jw_kbool(&t->w, "erased", !whole);
    yj_jw_kstr(&t->w, "digest", l->hash);
    return YJ_OK;
}

static yj_status write_item(teller *t, const line *l, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    bool whole = false;
    yj_buf_init(&text, YJ_BODY_BYTES_MAX);
    YJ_TRY(read_body(t, l->seq, &text, &whole, err));
    yj_jw_object(&t->w);
    YJ_TRY(write_line(t, l, yj_buf_view(&text), whole, err));
    yj_jw_end_object(&t->w);
    return YJ_OK;
}

/* --- a list ----------------------------------------------------------------------------------- */

static yj_status list(teller *t, const yj_entries_query *q, yj_buf *out, yj_error *err)
{
    uint64_t size = 0;
    int64_t next = -1;
    yj_entries_selection s;
    YJ_TRY(yj_ledger_size_at(t->of->db, t->of->inst, INT64_MAX, &size, err));
    YJ_TRY(yj_entries_select(t->of, t->arena, q, (int64_t)size, &s, err));
    yj_jw_object(&t->w);
    yj_jw_key(&t->w, "items");
    yj_jw_array(&t->w);
    size_t told = 0;
    for (; told < s.count && told < q->limit && (told == 0 || out->len < ANSWER_BYTES); told++)
        YJ_TRY(write_item(t, &s.lines[told], err));
    yj_jw_end_array(&t->w);
    if (told < s.count) {
        next = s.lines[told - 1].seq;
    } else {
        YJ_TRY(yj_entries_end(t->of, &s, &next, err));
        next = next > s.low ? next : -1;
    }
    yj_jw_key(&t->w, "next");
    if (next >= 0)
        yj_jw_i64(&t->w, next);
    else
        yj_jw_null(&t->w);
    yj_jw_ki64(&t->w, "size", (int64_t)size);
    yj_jw_end_object(&t->w);
    return yj_buf_status(out, err);
}

yj_status yj_entries_list(const yj_entries_of *of, const yj_entries_query *q, yj_buf *out, yj_error *err)
{
    teller t;
    yj_status s = teller_open(&t, of, out, err);
    if (s == YJ_OK)
        s = list(&t, q, out, err);
    teller_close(&t);
    return s;
}

/* --- one entry as a whole --------------------------------------------------------------------- */

static yj_status write_cover(teller *t, uint64_t seq, yj_error *err)
{
    bool found = false;
    uint64_t size = 0;
    int64_t ns = 0;
    YJ_TRY(yj_checkpoint_over(t->of->db, t->of->inst, seq, &found, &size, &ns, err));
    yj_jw_key(&t->w, "checkpoint");
    if (!found) {
        yj_jw_null(&t->w);
        return YJ_OK;
    }
    char time[31];
    yj_time_format(ns, time);
    yj_jw_object(&t->w);
    yj_jw_ki64(&t->w, "size", (int64_t)size);
    yj_jw_kstr(&t->w, "time", time);
    yj_jw_end_object(&t->w);
    return YJ_OK;
}

static yj_status show(teller *t, const yj_entry *e, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    line l = { .seq = (int64_t)e->seq,
               .time_ns = e->leaf.time_ns,
               .op = e->leaf.op,
               .kind = e->leaf.kind,
               .record = e->leaf.record,
               .version = e->leaf.version,
               .batch = e->leaf.batch,
               .by = e->leaf.by,
               .for_whom = e->leaf.for_whom };
    yj_digest_hex(&e->hash, l.hash);
    yj_jw_object(&t->w);
    YJ_TRY(write_line(t, &l, yj_buf_view(&e->body), e->has_body, err));
    yj_jw_key(&t->w, "body");
    if (e->body.len)
        yj_jw_raw(&t->w, yj_buf_view(&e->body));
    else
        yj_jw_null(&t->w);
    yj_jw_key(&t->w, "salt");
    if (e->has_body) {
        char salt[2 * YJ_SALT_LEN + 1];
        for (size_t i = 0; i < YJ_SALT_LEN; i++)
            snprintf(salt + 2 * i, 3, "%02x", e->salt[i]);
        yj_jw_str(&t->w, salt);
    } else {
        yj_jw_null(&t->w);
    }
    yj_digest_hex(&e->leaf.body, hex);
    yj_jw_kstr(&t->w, "body_digest", hex);
    yj_jw_kspan(&t->w, "leaf", yj_buf_view(&e->leaf_bytes));
    YJ_TRY(write_cover(t, e->seq, err));
    yj_jw_end_object(&t->w);
    return YJ_OK;
}

yj_status yj_entry_show(const yj_entries_of *of, uint64_t seq, yj_buf *out, yj_error *err)
{
    yj_entry e;
    YJ_TRY(yj_entry_read(of->db, of->inst, seq, &e, err));
    teller t;
    yj_status s = teller_open(&t, of, out, err);
    if (s == YJ_OK)
        s = show(&t, &e, err);
    if (s == YJ_OK)
        s = yj_buf_status(out, err);
    teller_close(&t);
    yj_entry_done(&e);
    return s;
}

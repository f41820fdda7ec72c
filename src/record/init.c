// SPDX-License-Identifier: Apache-2.0
/* Making an installation and opening the ledgers of institutions. */
#include "record/internal.h"

#include "base/file.h"
#include <stdlib.h>
#include <unistd.h>

#define ORIGIN_MAX 255

/* Origins: one tree, one name. A gm tree and a simulated clock are part of the name for ever. */
static void origin_of(const yj_config *c, const char *institution, char *ret, size_t size)
{
    snprintf(ret, size, "yunjian/%s/%s%s%s", c->installation, institution,
             c->crypto == YJ_CRYPTO_GM ? "/gm" : "", c->simulated_ns ? "/simulated" : "");
}

static yj_status append_json(yj_writer *w, int64_t inst, const char *by, const char *op, const char *record,
                             json_t *body, yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, YJ_BODY_BYTES_MAX);
    yj_status s = body ? yj_json_canonical(body, &b, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_decref(body);
    if (s == YJ_OK) {
        yj_append a = { .by = by,
                        .op = op,
                        .kind = "",
                        .record = record,
                        .now_ns = yj_engine_now(w->e),
                        .body = yj_buf_view(&b) };
        s = yj_writer_append(w, inst, &a, NULL, NULL, err);
    }
    yj_buf_done(&b);
    return s;
}

/* Ledger row, key, first entries. */
static yj_status start_ledger(yj_writer *w, int64_t inst, const char *institution, const yj_catalog *c,
                              yj_error *err)
{
    yj_engine *e = w->e;
    char origin[ORIGIN_MAX + 1];
    origin_of(&e->config, institution, origin, sizeof origin);
    const yj_key *key = NULL;
    YJ_TRY(yj_keyring_make(e->keys, institution, e->config.crypto, &key, err));
    yj_ledger l;
    YJ_TRY(yj_ledger_create(w->db, inst, institution, origin, e->config.crypto, &l, err));
    yj_buf vkey;
    yj_buf_init(&vkey, 4096);
    yj_vkey_format(origin, key, &vkey);
    json_t *body = json_pack("{s:s, s:s, s:s#, s:s}", "crypto", yj_crypto_name(e->config.crypto), "origin",
                             origin, "key", vkey.ptr, (int)vkey.len, "zone", e->config.zone);
    yj_buf_done(&vkey);
    if (body && e->config.simulated_ns) {
        char t[31];
        yj_time_format(e->config.simulated_ns, t);
        json_object_set_new(body, "simulated_clock", json_string(t));
    }
    YJ_TRY(append_json(w, inst, e->config.operator_id, "genesis", institution, body, err));
    return yj_pack_entry(w, inst, c, e->config.operator_id, err);
}

/* --- init ------------------------------------------------------------------------------------- */

typedef struct setup {
    const yj_pack_source *const *sources;
    size_t count;
    yj_catalog *c;
    bool checked;
} setup;

static yj_status record_operator(yj_writer *w, yj_error *err)
{
    yj_engine *e = w->e;
    const yj_kind *person = yj_catalog_kind(e->catalog, YJ_SPAN("person"));
    if (!person)
        return yj_fail(err, YJ_E_INVALID, "the packs declare no kind person; load packs/core first");
    yj_auto(yj_json_freep) json_t *fields = json_object();
    for (size_t i = 0; fields && i < person->field_count; i++) {
        const yj_field *f = &person->fields[i];
        bool name = person->name_field == (int)i;
        if (f->type == YJ_T_TEXT && (f->required || name))
            json_object_set_new(fields, f->name,
                                json_string(name ? "Operator / \u7cfb\u7edf\u64cd\u4f5c\u5458" : "operator"));
    }
    yj_change c = { .inst = YJ_INST_INSTALLATION,
                    .op = YJ_CH_CREATE,
                    .by = e->config.operator_id,
                    .kind = person->index,
                    .id = e->config.operator_id,
                    .expect_version = -1,
                    .fields = fields };
    yj_status s = yj_apply_change(w, &c, err);
    yj_change_done(&c);
    return s;
}

static yj_status run_setup(yj_writer *w, void *ctx, yj_error *err)
{
    const setup *x = ctx;
    for (size_t i = 0; i < x->count; i++)
        YJ_TRY(yj_pack_keep(w->db, x->sources[i], err));
    YJ_TRY(yj_packs_set_current(w->db, x->sources, x->count, err));
    if (x->checked) /* else the program knows them */
        YJ_TRY(yj_findings_keep(w->db, x->c, err));
    YJ_TRY(start_ledger(w, YJ_INST_INSTALLATION, w->e->config.installation, x->c, err));
    return record_operator(w, err);
}

static yj_status make_config(const yj_init_options *o, yj_config *ret, yj_error *err)
{
    yj_config c = { .crypto = o->crypto };
    if (o->store_url)
        snprintf(c.store_url, sizeof c.store_url, "%s", o->store_url);
    snprintf(c.zone, sizeof c.zone, "%s", o->zone ? o->zone : "Asia/Shanghai");
    if (o->simulated_clock && !yj_time_parse(yj_span_of(o->simulated_clock), &c.simulated_ns))
        return yj_fail(err, YJ_E_USAGE, "the instant must look like 2026-03-01T09:00:00+08:00");
    int64_t now = c.simulated_ns ? c.simulated_ns : yj_clock_system().now_ns(NULL);
    yj_uuid7(now, c.installation);
    yj_uuid7(now, c.operator_id);
    *ret = c;
    return YJ_OK;
}

static yj_status set_up(yj_engine *e, const yj_init_options *o, setup *x, yj_error *err)
{
    YJ_TRY(make_config(o, &e->config, err));
    YJ_TRY(yj_dir_make(e->data, err));
    YJ_TRY(yj_engine_open_base(e, x->c, err));
    YJ_TRY(yj_engine_use_catalog(e, x->c, err));
    YJ_TRY(yj_writer_start(e, err));
    YJ_TRY(yj_writer_run(e, run_setup, x, true, err));
    yj_writer_stop(e);
    yj_db *last = e->writer.db;
    e->writer.db = NULL;
    YJ_TRY(yj_store_made(e->store, last, err));
    return yj_config_save(e->data, &e->config, err); /* last: a folder with it holds a whole installation */
}

static void remove_halves(const char *data, bool existed)
{
    static const char *const parts[] = { "yunjian.json", "yunjian.db", "yunjian.db-wal", "yunjian.db-shm" };
    char path[4096];
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        snprintf(path, sizeof path, "%s/%s", data, parts[i]);
        (void)unlink(path);
    }
    snprintf(path, sizeof path, "%s/keys", data);
    yj_ignore(yj_dir_remove(path, NULL));
    if (!existed)
        yj_ignore(yj_dir_remove(data, NULL));
}

static yj_status check_free(const char *data, yj_error *err)
{
    char path[4096];
    static const char *const parts[] = { "yunjian.json", "yunjian.db", "keys" };
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        snprintf(path, sizeof path, "%s/%s", data, parts[i]);
        if (yj_path_exists(path))
            return yj_fail(err, YJ_E_CONFLICT, "folder %s already holds an installation", data);
    }
    return YJ_OK;
}

yj_status yj_engine_init(const char *data, const yj_init_options *o, yj_error *err)
{
    YJ_TRY(check_free(data, err));
    yj_pack_source *sources[16] = { 0 };
    if (o->pack_count > YJ_COUNT(sources))
        return yj_fail(err, YJ_E_LIMIT, "more than %d packs", (int)YJ_COUNT(sources));
    setup x = { (const yj_pack_source *const *)sources, o->pack_count, NULL, false };
    yj_status s = YJ_OK;
    for (size_t i = 0; s == YJ_OK && i < o->pack_count; i++)
        s = yj_pack_source_read(o->packs[i], &sources[i], err);
    if (s == YJ_OK)
        s = yj_catalog_load_known(x.sources, x.count, NULL, &x.c, &x.checked, err);
    bool existed = yj_path_exists(data);
    yj_engine *e = s == YJ_OK ? yj_engine_alloc(data, err) : NULL;
    if (s == YJ_OK)
        s = e ? set_up(e, o, &x, err) : YJ_E_NOMEM;
    yj_engine_close(e);
    if (s != YJ_OK && e)
        remove_halves(data, existed);
    if (x.c)
        yj_catalog_unref(x.c);
    for (size_t i = 0; i < o->pack_count; i++)
        yj_pack_source_free(sources[i]);
    return s;
}

/* --- institutions ----------------------------------------------------------------------------- */

typedef struct opening {
    const json_t *fields;
    const char *by;
    int kind;
    yj_institution *ret;
} opening;

static yj_status next_inst(yj_db *db, int64_t *ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT max(inst) + 1 FROM ledger", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    *ret = yj_col_i64(st, 0);
    return YJ_OK;
}

static yj_status run_opening(yj_writer *w, void *ctx, yj_error *err)
{
    opening *x = ctx;
    yj_engine *e = w->e;
    yj_slot *installation = NULL;
    YJ_TRY(yj_writer_slot(w, YJ_INST_INSTALLATION, &installation, err)); /* its lock serialises openings */
    int64_t inst = 0;
    YJ_TRY(next_inst(w->db, &inst, err));
    char id[YJ_UUID_LEN + 1];
    yj_uuid7(yj_engine_now(e), id);
    YJ_TRY(start_ledger(w, inst, id, e->catalog, err));
    yj_change c = { .inst = inst,
                    .op = YJ_CH_CREATE,
                    .by = x->by,
                    .kind = x->kind,
                    .id = id,
                    .expect_version = -1,
                    .fields = x->fields };
    yj_status s = yj_apply_change(w, &c, err);
    yj_change_done(&c);
    YJ_TRY(s);
    yj_slot *slot = NULL;
    YJ_TRY(yj_writer_slot(w, inst, &slot, err));
    json_t *body =
        json_pack("{s:s, s:s, s:i}", "institution", id, "origin", slot->ledger.origin, "inst", (int)inst);
    YJ_TRY(append_json(w, YJ_INST_INSTALLATION, x->by, "open", id, body, err));
    x->ret->inst = inst;
    memcpy(x->ret->id, id, sizeof id);
    return YJ_OK;
}

/* Codes of institutions are unique across the installation: people name institutions by them. */
static yj_status check_code_free(yj_engine *e, const yj_kind *k, const json_t *fields, yj_error *err)
{
    yj_buf key;
    yj_buf_init(&key, 4096);
    yj_nkey_of(k, fields, &key);
    yj_db *db = NULL;
    yj_status s = yj_reader_take(e, &db, err);
    yj_stmt *st = NULL;
    bool row = false;
    if (s == YJ_OK)
        s = yj_db_prepare(db, "SELECT 1 FROM r_institution WHERE nkey = ?1 AND inst > 0", &st, err);
    if (s == YJ_OK) {
        yj_bind_text(st, 1, yj_buf_view(&key));
        s = yj_stmt_step(st, &row, err);
    }
    yj_stmt_done(st);
    yj_reader_give(e, db);
    yj_buf_done(&key);
    if (s == YJ_OK && row)
        s = yj_fail(err, YJ_E_CONFLICT, "there is already an institution of that code");
    return s;
}

yj_status yj_institution_open(yj_engine *e, const json_t *fields, const char *by, yj_institution *ret,
                              yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(e->catalog, YJ_SPAN("institution"));
    if (!k)
        return yj_fail(err, YJ_E_INVALID, "the packs declare no kind institution; load packs/core first");
    YJ_TRY(yj_fields_check(e->catalog, k, fields, err));
    YJ_TRY(yj_record_check(k, fields, err));
    YJ_TRY(check_code_free(e, k, fields, err));
    yj_institution made = { 0 };
    opening x = { fields, by, k->index, &made };
    YJ_TRY(yj_writer_run(e, run_opening, &x, true, err));
    return yj_institution_find(e, made.id, ret, err);
}

static void copy_col(yj_stmt *st, int col, char *ret, size_t size)
{
    yj_span s = yj_col_text(st, col);
    snprintf(ret, size, "%.*s", (int)s.len, s.ptr ? s.ptr : "");
}

static yj_status list_institutions(yj_engine *e, yj_db *db, yj_institution **ret, size_t *ret_count,
                                   yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(e->catalog, YJ_SPAN("institution"));
    if (!k) {
        *ret = NULL;
        *ret_count = 0;
        return YJ_OK;
    }
    char sql[512];
    snprintf(sql, sizeof sql,
             "SELECT l.inst, l.institution, l.origin, l.size, r.nkey, r.f_%s FROM ledger l JOIN "
             "r_institution r ON "
             "r.inst = l.inst AND r.id = l.institution WHERE l.inst > 0 ORDER BY r.nkey",
             k->fields[k->name_field].name);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare_made(db, sql, &st, err));
    yj_institution *rows = NULL;
    size_t n = 0, cap = 0;
    for (;;) {
        bool row = false;
        yj_status s = yj_stmt_step(st, &row, err);
        if (s != YJ_OK) {
            free(rows);
            return s;
        }
        if (!row)
            break;
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            yj_institution *more = realloc(rows, cap * sizeof *more);
            if (!more) {
                free(rows);
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
            }
            rows = more;
        }
        yj_institution *i = &rows[n++];
        *i = (yj_institution){ .inst = yj_col_i64(st, 0), .size = (uint64_t)yj_col_i64(st, 3) };
        copy_col(st, 1, i->id, sizeof i->id);
        copy_col(st, 2, i->origin, sizeof i->origin);
        copy_col(st, 4, i->code, sizeof i->code);
        copy_col(st, 5, i->name, sizeof i->name);
    }
    *ret = rows;
    *ret_count = n;
    return YJ_OK;
}

yj_status yj_institution_list(yj_engine *e, yj_institution **ret, size_t *ret_count, yj_error *err)
{
    yj_db *db = NULL;
    YJ_TRY(yj_reader_take(e, &db, err));
    yj_status s = list_institutions(e, db, ret, ret_count, err);
    yj_reader_give(e, db);
    return s;
}

yj_status yj_institution_find(yj_engine *e, const char *ref, yj_institution *ret, yj_error *err)
{
    yj_institution *rows = NULL;
    size_t n = 0;
    YJ_TRY(yj_institution_list(e, &rows, &n, err));
    yj_status s = YJ_OK;
    const yj_institution *hit = NULL;
    if (!ref || !ref[0]) {
        if (n == 1)
            hit = &rows[0];
        else if (n == 0)
            s = yj_fail(err, YJ_E_NOT_FOUND,
                        "there is no institution yet; open its ledger with: yunjian institution add");
        else
            s = yj_fail(err, YJ_E_USAGE, "there are %zu institutions; name one with --institution", n);
    } else {
        for (size_t i = 0; i < n; i++)
            if (strcmp(rows[i].id, ref) == 0 || strcmp(rows[i].code, ref) == 0)
                hit = &rows[i];
        if (!hit)
            s = yj_fail(err, YJ_E_NOT_FOUND, "there is no institution %s", ref);
    }
    if (s == YJ_OK)
        *ret = *hit;
    free(rows);
    return s;
}

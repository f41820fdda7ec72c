// SPDX-License-Identifier: Apache-2.0
/* Packs in the store: kept by digest, installed by an entry in every ledger, loaded again from there. */
#include "record/exchange_internal.h"
#include "record/read.h"

#include "base/file.h"
#include "pack/prepared.h"
#include "pack/upgrade.h"
#include "store/schema.h"
#include <stdlib.h>
#include <unistd.h>

yj_status yj_pack_keep(yj_db *db, const yj_pack_source *s, yj_error *err)
{
    char digest[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&s->digest, digest);
    for (size_t i = 0; i < s->file_count; i++) {
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        YJ_TRY(yj_db_prepare(db,
                             "INSERT INTO pack_file(pack, path, content) VALUES(?1, ?2, ?3) "
                             "ON CONFLICT(pack, path) DO NOTHING",
                             &st, err));
        yj_bind_cstr(st, 1, digest);
        yj_bind_cstr(st, 2, s->files[i].path);
        yj_bind_text(st, 3, s->files[i].content);
        YJ_TRY(yj_stmt_run(st, NULL, err));
    }
    return YJ_OK;
}

yj_status yj_packs_set_current(yj_db *db, const yj_pack_source *const *sources, size_t count, yj_error *err)
{
    yj_buf list;
    yj_buf_init(&list, 65536);
    yj_jw w;
    yj_jw_init(&w, &list);
    yj_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        char digest[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&sources[i]->digest, digest);
        yj_jw_str(&w, digest);
    }
    yj_jw_end_array(&w);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_status s = yj_db_prepare(db,
                                "INSERT INTO meta(key, value) VALUES('packs', ?1) "
                                "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                                &st, err);
    if (s == YJ_OK) {
        yj_bind_text(st, 1, yj_buf_view(&list));
        s = yj_stmt_run(st, NULL, err);
    }
    yj_buf_done(&list);
    return s;
}

/* --- what the check of their rules found -------------------------------------------------------- */

/* meta 'rules': {"edition":...,"found":{...},"packs":[...]}; packs as in meta 'packs'. */
static yj_status write_findings(yj_db *db, const yj_catalog *c, yj_span edition, yj_buf *out, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    YJ_TRY(yj_db_prepare(db, "SELECT value FROM meta WHERE key = 'packs'", &st, err));
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_CORRUPT, "the store names no packs");
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kspan(&w, "edition", edition);
    yj_jw_key(&w, "packs");
    yj_jw_raw(&w, yj_col_text(st, 0));
    yj_jw_key(&w, "found");
    yj_jw_raw(&w, YJ_SPAN("")); /* the value follows */
    YJ_TRY(yj_catalog_findings(c, out, err));
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_findings_keep(yj_db *db, const yj_catalog *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf edition;
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&edition, 1024);
    yj_buf_init(&text, YJ_FINDINGS_BYTES_MAX);
    if (!yj_rule_check_edition(&edition))
        return YJ_OK;
    YJ_TRY(write_findings(db, c, yj_buf_view(&edition), &text, err));
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db,
                         "INSERT INTO meta(key, value) VALUES('rules', ?1) "
                         "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                         &st, err));
    yj_bind_text(st, 1, yj_buf_view(&text));
    return yj_stmt_run(st, NULL, err);
}

/* What this edition found in just these packs; NULL if there is no such thing. */
static json_t *findings_of(yj_db *db, const json_t *digests)
{
    yj_auto(yj_buf_done) yj_buf edition;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_auto(yj_json_freep) json_t *kept = NULL;
    bool row = false;
    yj_buf_init(&edition, 1024);
    if (!yj_rule_check_edition(&edition) || yj_buf_status(&edition, NULL) != YJ_OK ||
        yj_db_prepare(db, "SELECT value FROM meta WHERE key = 'rules'", &st, NULL) != YJ_OK ||
        yj_stmt_step(st, &row, NULL) != YJ_OK || !row ||
        yj_json_parse(yj_col_text(st, 0), YJ_FINDINGS_BYTES_MAX, &kept, NULL) != YJ_OK)
        return NULL;
    const char *by = json_string_value(json_object_get(kept, "edition"));
    json_t *found = json_object_get(kept, "found");
    if (!by || !yj_span_is(yj_buf_view(&edition), by) || !json_is_object(found) ||
        !json_equal(json_object_get(kept, "packs"), digests))
        return NULL;
    return json_incref(found);
}

/* --- loading ------------------------------------------------------------------------------------ */

static yj_status current_digests(yj_db *db, json_t **ret, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT value FROM meta WHERE key = 'packs'", &st, err));
    bool row = false;
    YJ_TRY(yj_stmt_step(st, &row, err));
    if (!row)
        return yj_fail(err, YJ_E_CORRUPT, "the store names no packs");
    return yj_json_parse(yj_col_text(st, 0), 65536, ret, err);
}

static yj_status source_from_store(yj_db *db, const char *digest, yj_pack_source **ret, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)256 << 20);
    if (!a)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_pack_file *files = yj_arena_array(a, YJ_PACK_FILES_MAX, sizeof *files);
    size_t n = 0;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "SELECT path, content FROM pack_file WHERE pack = ?1 ORDER BY path", &st, err));
    yj_bind_cstr(st, 1, digest);
    for (;;) {
        bool row = false;
        YJ_TRY(yj_stmt_step(st, &row, err));
        if (!row)
            break;
        if (n == YJ_PACK_FILES_MAX)
            return yj_fail(err, YJ_E_CORRUPT, "pack %s has too many files in the store", digest);
        yj_span path = yj_col_text(st, 0), content = yj_col_text(st, 1);
        files[n].path = yj_arena_strndup(a, path.ptr, path.len);
        files[n].content = (yj_span){ yj_arena_strndup(a, content.ptr, content.len), content.len };
        n++;
    }
    char label[32];
    snprintf(label, sizeof label, "pack %.12s", digest);
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    YJ_TRY(yj_pack_source_make(label, files, n, &s, err));
    char now[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&s->digest, now);
    if (strcmp(now, digest) != 0)
        return yj_fail(err, YJ_E_CORRUPT, "the files of pack %s in the store do not match its digest",
                       digest);
    *ret = yj_take(s);
    return YJ_OK;
}

#define PACKS_MAX 16

typedef struct source_list {
    yj_pack_source *at[PACKS_MAX];
    size_t count;
} source_list;

static void source_list_done(source_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        yj_pack_source_free(l->at[i]);
}

static yj_status sources_of(yj_db *db, const json_t *digests, source_list *l, yj_error *err)
{
    for (size_t i = 0; i < json_array_size(digests) && i < PACKS_MAX; i++) {
        const char *d = json_string_value(json_array_get(digests, i));
        YJ_TRY(source_from_store(db, d ? d : "", &l->at[l->count], err));
        l->count++;
    }
    return YJ_OK;
}

yj_status yj_catalog_from_digests(yj_db *db, const json_t *digests, yj_catalog **ret, yj_error *err)
{
    __attribute__((cleanup(source_list_done))) source_list l = { .count = 0 };
    YJ_TRY(sources_of(db, digests, &l, err));
    return yj_catalog_load((const yj_pack_source *const *)l.at, l.count, ret, NULL, 0, NULL, err);
}

/* The digests in a pack entry's body; *ret_same if they are those of the catalog, in its order. */
static yj_status read_digests(yj_span body, const yj_catalog *now, json_t **ret, bool *ret_same,
                              yj_error *err)
{
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_auto(yj_json_freep) json_t *digests = json_array();
    YJ_TRY(yj_json_parse(body, YJ_BODY_BYTES_MAX, &o, err));
    const json_t *packs = json_object_get(o, "packs");
    *ret_same = json_array_size(packs) == now->pack_count;
    for (size_t i = 0; i < json_array_size(packs); i++) {
        json_t *digest = json_object_get(json_array_get(packs, i), "digest");
        char hex[2 * YJ_HASH_LEN + 1] = "";
        if (i < now->pack_count)
            yj_digest_hex(&now->packs[i].digest, hex);
        *ret_same = *ret_same && json_is_string(digest) && strcmp(json_string_value(digest), hex) == 0;
        json_array_append(digests, digest);
    }
    *ret = yj_take(digests);
    return YJ_OK;
}

yj_status yj_catalog_as_of(yj_db *db, int64_t inst, int64_t as_of_seq, const yj_catalog *now,
                           yj_catalog **ret, yj_error *err)
{
    *ret = NULL;
    if (as_of_seq < 0)
        return YJ_OK;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "SELECT b.body FROM entry e JOIN body b ON b.inst = e.inst AND b.seq = e.seq WHERE "
        "e.inst = ?1 AND " YJ_SQL_OP("e.op", "pack") " AND e.seq < ?2 ORDER BY e.seq DESC LIMIT 1",
        &st, err));
    yj_bind_i64(st, 1, inst);
    yj_bind_i64(st, 2, as_of_seq);
    bool row = false, same = true;
    YJ_TRY(yj_stmt_step(st, &row, err));
    yj_auto(yj_json_freep) json_t *digests = NULL;
    if (row)
        YJ_TRY(read_digests(yj_col_text(st, 0), now, &digests, &same, err));
    return same ? YJ_OK : yj_catalog_from_digests(db, digests, ret, err);
}

yj_status yj_pack_sources_current(yj_db *db, yj_pack_source **ret, size_t max, size_t *ret_count,
                                  yj_error *err)
{
    __attribute__((cleanup(source_list_done))) source_list l = { .count = 0 };
    yj_auto(yj_json_freep) json_t *digests = NULL;
    YJ_TRY(current_digests(db, &digests, err));
    YJ_TRY(sources_of(db, digests, &l, err));
    if (l.count > max)
        return yj_fail(err, YJ_E_LIMIT, "more than %zu packs", max);
    memcpy(ret, l.at, l.count * sizeof(yj_pack_source *));
    *ret_count = l.count;
    l.count = 0; /* they are the caller's */
    return YJ_OK;
}

yj_status yj_catalog_from_store(yj_db *db, yj_catalog **ret, bool *ret_checked, yj_error *err)
{
    __attribute__((cleanup(source_list_done))) source_list l = { .count = 0 };
    yj_auto(yj_json_freep) json_t *digests = NULL;
    YJ_TRY(current_digests(db, &digests, err));
    YJ_TRY(sources_of(db, digests, &l, err)); /* their files are held against their digests */
    const yj_pack_source *const *sources = (const yj_pack_source *const *)l.at;
    yj_auto(yj_json_freep) json_t *kept =
        yj_prepared_knows_rules(sources, l.count) ? NULL : findings_of(db, digests);
    return yj_catalog_load_known(sources, l.count, kept, ret, ret_checked, err);
}

yj_status yj_pack_entry(yj_writer *w, int64_t inst, const yj_catalog *c, const char *by, yj_error *err)
{
    yj_buf body;
    yj_buf_init(&body, YJ_BODY_BYTES_MAX);
    json_t *packs = json_array();
    for (size_t i = 0; i < c->pack_count; i++) {
        char digest[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&c->packs[i].digest, digest);
        json_array_append_new(packs,
                              json_pack("{s:s, s:s, s:s}", "name", c->packs[i].name, "edition",
                                        c->packs[i].edition ? c->packs[i].edition : "", "digest", digest));
    }
    json_t *o = json_pack("{s:o}", "packs", packs);
    yj_status s = o ? yj_json_canonical(o, &body, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_decref(o);
    if (s == YJ_OK) {
        yj_append a = { .by = by,
                        .op = "pack",
                        .kind = "",
                        .record = "",
                        .now_ns = yj_engine_now(w->e),
                        .body = yj_buf_view(&body) };
        s = yj_writer_append(w, inst, &a, NULL, NULL, err);
    }
    yj_buf_done(&body);
    return s;
}

/* --- installing anew -------------------------------------------------------------------------- */

#define LEDGERS_MAX 100000

static yj_status every_ledger(yj_writer *w, const yj_catalog *c, yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)4 << 20);
    int64_t *insts = a ? yj_arena_array(a, LEDGERS_MAX, sizeof *insts) : NULL;
    size_t n = 0;
    if (!insts || yj_arena_status(a, NULL) != YJ_OK)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_stmt *st = NULL;
    yj_status s = yj_db_prepare(w->db, "SELECT inst FROM ledger ORDER BY inst", &st, err);
    bool row = true;
    while (s == YJ_OK) {
        s = yj_stmt_step(st, &row, err);
        if (s != YJ_OK || !row)
            break;
        if (n == LEDGERS_MAX)
            s = yj_fail(err, YJ_E_LIMIT, "more than %zu ledgers", (size_t)LEDGERS_MAX);
        else
            insts[n++] = yj_col_i64(st, 0);
    }
    yj_stmt_done(st);
    for (size_t i = 0; s == YJ_OK && i < n; i++)
        s = yj_pack_entry(w, insts[i], c, w->e->config.operator_id, err);
    return s;
}

yj_status yj_packs_put(yj_writer *w, const yj_pack_source *const *sources, size_t count, const yj_catalog *c,
                       yj_error *err)
{
    for (size_t i = 0; i < count; i++)
        YJ_TRY(yj_pack_keep(w->db, sources[i], err));
    YJ_TRY(yj_packs_set_current(w->db, sources, count, err));
    YJ_TRY(yj_findings_keep(w->db, c, err));
    return every_ledger(w, c, err);
}

typedef struct install {
    const source_list *l;
    yj_catalog *c;
} install;

static yj_status run_install(yj_writer *w, void *ctx, yj_error *err)
{
    install *x = ctx;
    YJ_TRY(yj_packs_put(w, (const yj_pack_source *const *)x->l->at, x->l->count, x->c, err));
    return yj_exchange_derive_all(w, x->c, err); /* they may say otherwise what is addressed to whom */
}

yj_status yj_packs_install(const char *data, const char *const *folders, size_t count, bool *ret_changed,
                           yj_error *err)
{
    if (count > PACKS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d packs", PACKS_MAX);
    __attribute__((cleanup(source_list_done))) source_list l = { .count = 0 };
    for (size_t i = 0; i < count; i++) {
        YJ_TRY(yj_pack_source_read(folders[i], &l.at[i], err));
        l.count++;
    }
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    YJ_TRY(yj_catalog_load((const yj_pack_source *const *)l.at, l.count, &c, NULL, 0, NULL, err));
    yj_auto(yj_engine_closep) yj_engine *e = NULL;
    YJ_TRY(yj_engine_open(data, &(yj_open_options){ .serve = true, .no_judge = true }, &e, err));
    bool same = memcmp(&c->digest, &e->catalog->digest, sizeof c->digest) == 0;
    yj_auto(yj_upgrade_freep) yj_upgrade *u = NULL;
    if (!same && (yj_upgrade_new(e->catalog, c, &u, NULL, 0, NULL, NULL) != YJ_OK || yj_upgrade_converts(u)))
        return yj_fail(err, YJ_E_INVALID,
                       "these packs rename, remove or retype what is in force: see yunjian pack upgrade");
    if (!same) {
        /* the tables of new kinds and fields first, so that nothing is half there if that is refused */
        YJ_TRY(yj_kind_tables_sync(e->writer.db, c->tables, c->kind_count, err));
        install x = { &l, c };
        YJ_TRY(yj_writer_run(e, run_install, &x, true, err));
    }
    *ret_changed = !same;
    return YJ_OK;
}

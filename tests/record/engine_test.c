// SPDX-License-Identifier: Apache-2.0
#include "engine_test.h"

#include "base/file.h"
#include "ledger/pack_body.h"
#include "record/read.h"
#include "rule/judge.h"
#include <stdio.h>
#include <stdlib.h>

#ifndef SOURCE_ROOT
#error "the build names the source tree"
#endif

static const char *const packs[] = { SOURCE_ROOT "/packs/core", SOURCE_ROOT "/tests/record/pack" };

static void open_engine(bench *b)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_open(b->data, &(yj_open_options){ 0 }, &b->e, &err));
    b->c = yj_engine_catalog(b->e);
}

void bench_institution(bench *b, const char *code, yj_institution *ret)
{
    bench_institution_of(b, code, "client", ret);
}

void bench_institution_of(bench *b, const char *code, const char *type, yj_institution *ret)
{
    yj_error err = { 0 };
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", code, "name", code, "type", type);
    yj_ok(yj_institution_open(b->e, f, yj_engine_operator(b->e), ret, &err));
    json_decref(f);
}

void bench_open(bench *b, void **state)
{
    yj_error err = { 0 };
    *b = (bench){ .t = *state };
    snprintf(b->data, sizeof b->data, "%s/data", b->t->dir);
    yj_init_options o = {
        .store_url = b->t->url, .simulated_clock = TEST_START, .packs = packs, .pack_count = YJ_COUNT(packs)
    };
    yj_ok(yj_engine_init(b->data, &o, &err));
    open_engine(b);
    bench_institution(b, "demo", &b->inst);
}

void bench_close(bench *b)
{
    yj_catalog_unref(b->c);
    yj_engine_close(b->e);
    b->e = NULL;
}

void bench_again(bench *b)
{
    open_engine(b);
}

void bench_reopen(bench *b)
{
    bench_close(b);
    open_engine(b);
}

int bench_kind(const bench *b, const char *name)
{
    const yj_kind *k = yj_catalog_kind(b->c, yj_span_of(name));
    assert_non_null(k);
    return k->index;
}

yj_status bench_try(bench *b, int64_t inst, yj_change_op op, const char *kind, const char *id,
                    const char *transition, const char *json, int64_t expect, yj_change *ret, yj_error *err)
{
    json_t *fields = NULL;
    if (json) {
        yj_status s = yj_json_parse(yj_span_of(json), YJ_JSON_BYTES_MAX, &fields, err);
        if (s == YJ_OK)
            s = yj_fields_check(b->c, &b->c->kinds[bench_kind(b, kind)], fields, err);
        if (s != YJ_OK) {
            json_decref(fields);
            return s;
        }
    }
    yj_change c = { .inst = inst,
                    .op = op,
                    .by = yj_engine_operator(b->e),
                    .kind = bench_kind(b, kind),
                    .id = id,
                    .expect_version = expect,
                    .transition = transition,
                    .fields = fields };
    yj_status s = yj_change_run(b->e, &c, err);
    json_decref(fields);
    if (ret)
        *ret = c; /* the caller frees by yj_change_done */
    else
        yj_change_done(&c);
    return s;
}

const char *bench_put(bench *b, const char *kind, const char *json)
{
    static char ids[16][YJ_UUID_LEN + 1];
    static unsigned at;
    yj_error err = { 0 };
    yj_change c;
    yj_ok(bench_try(b, b->inst.inst, YJ_CH_CREATE, kind, NULL, NULL, json, -1, &c, &err));
    yj_change_done(&c);
    char *id = ids[at++ % 16];
    memcpy(id, c.ret_id, YJ_UUID_LEN + 1);
    return id;
}

void bench_change(bench *b, const char *kind, const char *id, const char *json)
{
    yj_error err = { 0 };
    yj_ok(bench_try(b, b->inst.inst, YJ_CH_CHANGE, kind, id, NULL, json, -1, NULL, &err));
}

void bench_move(bench *b, const char *kind, const char *id, const char *transition)
{
    yj_error err = { 0 };
    yj_ok(bench_try(b, b->inst.inst, YJ_CH_MOVE, kind, id, transition, NULL, -1, NULL, &err));
}

static yj_status keep(void *ctx, const yj_verdict *v, yj_error *err)
{
    snprintf(ctx, 64, "%s", yj_verdict_name(v->status));
    return YJ_OK;
}

static const char *verdict(bench *b, const char *requirement, const char *subject, int64_t as_of, yj_db *db)
{
    static char status[64];
    yj_error err = { 0 };
    status[0] = '\0';
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    const yj_requirement *r = yj_catalog_requirement(b->c, yj_span_of(requirement));
    assert_non_null(r);
    q.requirement = r->index;
    q.subject = subject;
    q.as_of_seq = as_of;
    yj_ok(yj_verdicts(db, b->c, b->inst.inst, &q, keep, status, NULL, &err));
    return status;
}

const char *bench_verdict(bench *b, const char *requirement, const char *subject)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, 60000, &err));
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b->e, &db, &err));
    const char *s = verdict(b, requirement, subject, -1, db);
    yj_reader_give(b->e, db);
    return s;
}

int64_t bench_verdicts(bench *b, const char *requirement, int status)
{
    yj_error err = { 0 };
    yj_verdict_counts n;
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    q.requirement = yj_catalog_requirement(b->c, yj_span_of(requirement))->index;
    q.status = status;
    yj_db *db = NULL;
    yj_ok(yj_engine_settle(b->e, 60000, &err));
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_verdicts(db, b->c, b->inst.inst, &q, NULL, NULL, &n, &err));
    yj_reader_give(b->e, db);
    return (int64_t)n.total;
}

const char *bench_verdict_as_of(bench *b, const char *requirement, const char *subject, const char *as_of)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, 60000, &err));
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b->e, &db, &err));
    int64_t seq = 0;
    yj_ok(yj_as_of_seq(db, b->inst.inst, yj_engine_zone(b->e), as_of, &seq, &err));
    const char *s = verdict(b, requirement, subject, seq, db);
    yj_reader_give(b->e, db);
    return s;
}

int64_t bench_number(bench *b, const char *sql)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b->e, &db, &err));
    int64_t n = yj_test_number(db, sql);
    yj_reader_give(b->e, db);
    return n;
}

char *bench_rows(bench *b, const char *sql)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(b->e, &db, &err));
    char *rows = yj_test_rows(db, sql);
    yj_reader_give(b->e, db);
    return rows;
}

char *bench_bodies(bench *b)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_ledger l;
    yj_buf_init(&out, (size_t)64 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_ledger_load(db, b->inst.inst, &l, &err));
    for (uint64_t seq = 0; seq < l.frontier.size; seq++) {
        bool found = false;
        yj_ok(yj_body_read(db, b->inst.inst, seq, &out, &found, &err));
        yj_buf_char(&out, '\n');
    }
    yj_reader_give(b->e, db);
    return out.ptr;
}

/* Rows that hold `from`, as the bodies are when they have been changed. */
int bench_rewrite(yj_db *db, const char *from, const char *to)
{
    yj_error err = { 0 };
    struct row {
        int64_t inst, seq;
        yj_buf text;
    } found[400];
    size_t count = 0;
    yj_buf room;
    yj_stmt *st = NULL;
    yj_buf_init(&room, 2 * YJ_BODY_BYTES_MAX);
    yj_ok(yj_db_prepare(db, "SELECT inst, seq, body, packed FROM body ORDER BY inst, seq", &st, &err));
    for (;;) {
        bool more = false;
        yj_span body;
        yj_ok(yj_stmt_step(st, &more, &err));
        if (!more)
            break;
        yj_ok(yj_col_body(st, 2, 3, &room, &body, &err));
        const char *at = body.len ? memmem(body.ptr, body.len, from, strlen(from)) : NULL;
        if (!at)
            continue;
        assert_true(count < YJ_COUNT(found));
        struct row *r = &found[count++];
        *r = (struct row){ .inst = yj_col_i64(st, 0), .seq = yj_col_i64(st, 1) };
        yj_buf_init(&r->text, 2 * YJ_BODY_BYTES_MAX);
        for (const char *end = body.ptr + body.len; at; at = memmem(body.ptr, body.len, from, strlen(from))) {
            yj_buf_add(&r->text, body.ptr, (size_t)(at - body.ptr));
            yj_buf_str(&r->text, to);
            body = (yj_span){ at + strlen(from), (size_t)(end - at) - strlen(from) };
        }
        yj_buf_span(&r->text, body);
    }
    yj_stmt_done(yj_take(st));
    yj_ok(
        yj_db_prepare(db, "UPDATE body SET body = ?3, packed = ?4 WHERE inst = ?1 AND seq = ?2", &st, &err));
    for (size_t i = 0; i < count; i++) {
        yj_bind_i64(st, 1, found[i].inst);
        yj_bind_i64(st, 2, found[i].seq);
        yj_ok(yj_bind_body(st, 3, 4, yj_buf_view(&found[i].text), &room, &err));
        yj_ok(yj_stmt_run(st, NULL, &err));
        yj_buf_done(&found[i].text);
    }
    yj_stmt_done(st);
    yj_buf_done(&room);
    return (int)count;
}

char *bench_derived(bench *b)
{
    yj_buf out;
    yj_buf_init(&out, (size_t)64 << 20);
    for (size_t i = 0; i < b->c->kind_count; i++) {
        const yj_kind *k = &b->c->kinds[i];
        yj_buf sql;
        yj_buf_init(&sql, 65536);
        /* batch numbers are how a row came in, not what it says */
        yj_buf_str(&sql, "SELECT inst, id, version, seq, state, nkey, erased");
        for (size_t j = 0; j < k->field_count; j++)
            if (!k->fields[j].list)
                yj_buf_fmt(&sql, ", f_%s", k->fields[j].name);
        yj_buf_fmt(&sql, " FROM r_%s ORDER BY inst, id", k->name);
        char *rows = bench_rows(b, sql.ptr);
        yj_buf_fmt(&out, "%s\n%s", k->name, rows);
        free(rows);
        for (size_t j = 0; j < k->field_count; j++) {
            if (!k->fields[j].list)
                continue;
            yj_buf_clear(&sql);
            yj_buf_fmt(&sql, "SELECT inst, id, ord, value FROM l_%s_%s ORDER BY inst, id, ord", k->name,
                       k->fields[j].name);
            rows = bench_rows(b, sql.ptr);
            yj_buf_str(&out, rows);
            free(rows);
        }
        yj_buf_done(&sql);
    }
    /* entry and place tell the subject, whose bytes each engine shows in another way */
    static const char *const tables[] = {
        ("SELECT v.inst, n.id, v.seq, v.place, v.status, v.failed, v.strength, v.since, v.due, "
         "v.digest FROM verdict v JOIN requirement_no n ON n.no = v.requirement ORDER BY v.inst, n.id, "
         "v.subject"),
        ("SELECT v.inst, n.id, v.seq, v.until, v.place, v.status, v.due FROM verdict_log v JOIN "
         "requirement_no n ON n.no = v.requirement ORDER BY v.inst, n.id, v.seq"),
        "SELECT inst, record, party, invitation, link FROM party_link ORDER BY inst, record",
        "SELECT inst, record, target, party, kind, seq, time, place, words FROM addressed ORDER BY inst, "
        "record, "
        "target",
        "SELECT party, record, link, declined FROM reply ORDER BY party, record, link",
    };
    for (size_t i = 0; i < YJ_COUNT(tables); i++) {
        char *rows = bench_rows(b, tables[i]);
        yj_buf_str(&out, rows);
        free(rows);
    }
    assert_int_equal(out.failed, YJ_OK);
    return out.ptr;
}

void bench_clock(bench *b, const char *instant)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_set_clock(b->e, instant, &err));
}

void bench_tree(const char *folder, yj_buf *out)
{
    yj_error err = { 0 };
    yj_names names = { 0 };
    yj_ok(yj_dir_list(folder, &names, &err));
    for (size_t i = 0; i < names.count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, names.name[i]);
        yj_buf text;
        yj_buf_init(&text, 1 << 24);
        yj_ok(yj_file_read(path, 1 << 24, &text, &err));
        yj_buf_fmt(out, "== %s\n", names.name[i]);
        yj_buf_span(out, yj_buf_view(&text));
        yj_buf_done(&text);
    }
    yj_names_free(&names);
}

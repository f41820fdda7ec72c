// SPDX-License-Identifier: Apache-2.0
/* The ledger as people read it: who changed what, page by page, and what erasures and imports leave of it. */
#include "engine_test.h"

#include "record/entries.h"
#include "record/erase.h"
#include "record/read.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

static json_t *ask_of(bench *b, int64_t inst, const yj_entries_query *q)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *ret = NULL;
    yj_buf_init(&out, (size_t)64 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_entries_of of = { db, b->c, inst, yj_engine_zone(b->e), yj_engine_operator(b->e), YJ_LANG_EN };
    yj_ok(yj_entries_list(&of, q, &out, &err));
    yj_reader_give(b->e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), (size_t)64 << 20, &ret, &err));
    yj_buf_done(&out);
    return ret;
}

static json_t *ask(bench *b, yj_entries_query q)
{
    q.before = q.before ? q.before : -1;
    q.limit = q.limit ? q.limit : 50;
    return ask_of(b, b->inst.inst, &q);
}

static const json_t *item(const json_t *answer, size_t i)
{
    return json_array_get(json_object_get(answer, "items"), i);
}

static size_t count(const json_t *answer)
{
    return json_array_size(json_object_get(answer, "items"));
}

static const char *text(const json_t *v, const char *key)
{
    const char *s = json_string_value(json_object_get(v, key));
    return s ? s : "";
}

static int64_t number(const json_t *v, const char *key)
{
    const json_t *n = json_object_get(v, key);
    return json_is_integer(n) ? json_integer_value(n) : -1;
}

static const json_t *change_of(const json_t *item, const char *field)
{
    const json_t *list = json_object_get(item, "changes");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text(json_array_get(list, i), "field"), field) == 0)
            return json_array_get(list, i);
    return NULL;
}

static void settle(bench *b)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(b->e, 60000, &err));
}

/* One vendor, a service that names it, and a person who acts. */
typedef struct scene {
    bench b;
    char person[YJ_UUID_LEN + 1], vendor[YJ_UUID_LEN + 1], service[YJ_UUID_LEN + 1];
} scene;

static void set_up(scene *s, void **state)
{
    bench_open(&s->b, state);
    snprintf(
        s->person, sizeof s->person, "%s",
        bench_put(&s->b, "person", "{\"number\":\"P1\",\"name\":\"王五\",\"roles\":[\"it\",\"security\"]}"));
    snprintf(s->vendor, sizeof s->vendor, "%s",
             bench_put(&s->b, "vendor", "{\"name\":\"云甲\",\"contact\":\"张三\",\"country\":\"cn\"}"));
    char json[256];
    snprintf(json, sizeof json,
             "{\"code\":\"S1\",\"title\":\"服务一\",\"level\":1,\"vendor\":\"%s\",\"peers\":[]}", s->vendor);
    snprintf(s->service, sizeof s->service, "%s", bench_put(&s->b, "service", json));
}

static void change_as(scene *s, const char *kind, const char *id, const char *by, const char *json)
{
    yj_error err = { 0 };
    json_t *f = NULL;
    yj_ok(yj_json_parse(yj_span_of(json), 4096, &f, &err));
    yj_change c = { .inst = s->b.inst.inst,
                    .op = YJ_CH_CHANGE,
                    .by = by,
                    .kind = bench_kind(&s->b, kind),
                    .id = id,
                    .expect_version = -1,
                    .fields = f };
    yj_ok(yj_change_run(s->b.e, &c, &err));
    yj_change_done(&c);
    json_decref(f);
}

static void entries__say_who_changed_what(void **state)
{
    scene s;
    set_up(&s, state);
    change_as(&s, "service", s.service, s.person, "{\"level\":2,\"title\":null}");
    json_t *a = ask(&s.b, (yj_entries_query){ .record = s.service });
    assert_int_equal(count(a), 2);
    assert_true(json_is_null(json_object_get(a, "next")));
    const json_t *x = item(a, 0);
    assert_string_equal(text(x, "op"), "change");
    assert_string_equal(text(x, "kind"), "service");
    assert_string_equal(text(x, "state"), "draft");
    assert_int_equal(number(x, "version"), 2);
    assert_true(json_is_false(json_object_get(x, "operator")));
    assert_true(json_is_false(json_object_get(x, "erased")));
    assert_true(json_is_null(json_object_get(x, "verdicts")));
    assert_string_equal(text(json_object_get(x, "by"), "id"), s.person);
    assert_string_equal(text(json_object_get(x, "by"), "name"), "王五");
    assert_int_equal(json_array_size(json_object_get(x, "changes")), 2);
    assert_int_equal(number(change_of(x, "level"), "from"), 1);
    assert_int_equal(number(change_of(x, "level"), "to"), 2);
    assert_string_equal(text(json_object_get(change_of(x, "level"), "label"), "en"), "Level");
    assert_string_equal(text(change_of(x, "title"), "from"), "服务一");
    assert_true(json_is_null(json_object_get(change_of(x, "title"), "to")));
    assert_int_equal(strlen(text(x, "digest")), 64);
    /* the first version: all that it has, the reference by name; the operator has no name */
    x = item(a, 1);
    assert_string_equal(text(x, "op"), "create");
    assert_true(json_is_true(json_object_get(x, "operator")));
    assert_true(json_is_null(json_object_get(x, "by")));
    const json_t *vendor = json_object_get(change_of(x, "vendor"), "to");
    assert_string_equal(text(vendor, "kind"), "vendor");
    assert_string_equal(text(vendor, "id"), s.vendor);
    assert_string_equal(text(vendor, "name"), "云甲");
    assert_string_equal(text(change_of(x, "state"), "to"), "draft");
    json_decref(a);
    /* names are those of today */
    bench_change(&s.b, "vendor", s.vendor, "{\"name\":\"云乙\"}");
    a = ask(&s.b, (yj_entries_query){ .record = s.service, .op = "create" });
    assert_int_equal(count(a), 1);
    assert_string_equal(text(json_object_get(change_of(item(a, 0), "vendor"), "to"), "name"), "云乙");
    json_decref(a);
    bench_close(&s.b);
}

static void moves_and_judgements__are_told(void **state)
{
    scene s;
    set_up(&s, state);
    bench_move(&s.b, "person", s.person, "leave");
    settle(&s.b);
    json_t *a = ask(&s.b, (yj_entries_query){ .op = "move" });
    assert_int_equal(count(a), 1);
    assert_string_equal(text(item(a, 0), "transition"), "leave");
    assert_string_equal(text(change_of(item(a, 0), "state"), "from"), "active");
    assert_string_equal(text(change_of(item(a, 0), "state"), "to"), "left");
    assert_string_equal(text(json_object_get(item(a, 0), "record"), "name"), "王五");
    json_decref(a);
    a = ask(&s.b, (yj_entries_query){ .op = "judge" });
    assert_true(count(a) > 0);
    int64_t verdicts = 0;
    for (size_t i = 0; i < count(a); i++) {
        verdicts += number(item(a, i), "verdicts");
        assert_true(json_is_null(json_object_get(item(a, i), "record")));
        assert_int_equal(json_array_size(json_object_get(item(a, i), "changes")), 0);
    }
    assert_true(verdicts > 0);
    json_decref(a);
    /* the installation's own ledger names the institution that it opened */
    a = ask_of(&s.b, YJ_INST_INSTALLATION, &(yj_entries_query){ .before = -1, .limit = 50, .op = "open" });
    assert_int_equal(count(a), 1);
    assert_string_equal(text(json_object_get(item(a, 0), "record"), "kind"), "institution");
    assert_string_equal(text(json_object_get(item(a, 0), "record"), "name"), "demo");
    json_decref(a);
    a = ask(&s.b, (yj_entries_query){ .op = "genesis" });
    assert_int_equal(count(a), 1);
    assert_string_equal(text(json_object_get(item(a, 0), "record"), "name"), "demo");
    json_decref(a);
    bench_close(&s.b);
}

/* Page by page, also looking at few at a time, all are found once, newest first. */
static size_t walk(bench *b, yj_entries_query q, size_t *ret_pages)
{
    size_t n = 0;
    int64_t last = INT64_MAX;
    q.before = -1;
    *ret_pages = 0;
    for (;;) {
        json_t *a = ask_of(b, b->inst.inst, &q);
        assert_true(count(a) <= q.limit);
        for (size_t i = 0; i < count(a); i++, n++) {
            assert_true(number(item(a, i), "seq") < last);
            last = number(item(a, i), "seq");
        }
        int64_t next = number(a, "next");
        bool more = json_is_integer(json_object_get(a, "next"));
        json_decref(a);
        ++*ret_pages;
        if (!more)
            return n;
        assert_true(next <= last && (q.before < 0 || next < q.before));
        q.before = next;
    }
}

static void pages__lead_through_all_that_the_filters_let_through(void **state)
{
    scene s;
    size_t pages = 0;
    set_up(&s, state);
    for (int i = 0; i < 40; i++) {
        char json[64];
        snprintf(json, sizeof json, "{\"level\":%d}", 2 + i % 3);
        change_as(&s, "service", s.service, i % 10 ? yj_engine_operator(s.b.e) : s.person, json);
    }
    settle(&s.b);
    size_t all = (size_t)bench_number(&s.b, "SELECT count(*) FROM entry WHERE inst <> 0");
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 7 }, &pages), all);
    assert_int_equal(pages, (all + 6) / 7);
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 200 }, &pages), all);
    assert_int_equal(pages, 1);
    /* what finds little goes on after so many, and says so */
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 50, .by = s.person, .scan = 5 }, &pages), 4);
    assert_true(pages >= all / 5);
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 50, .kind = "vendor", .scan = 5 }, &pages), 1);
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 50, .by = s.person }, &pages), 4);
    assert_int_equal(pages, 1);
    /* by an index: only what it leads to is looked at */
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 50, .record = s.vendor, .scan = 5 }, &pages), 1);
    assert_int_equal(pages, 1);
    assert_int_equal(
        walk(&s.b, (yj_entries_query){ .limit = 2, .record = s.service, .by = s.person, .scan = 5 }, &pages),
        4);
    size_t judged = (size_t)bench_number(&s.b, "SELECT count(*) FROM entry WHERE inst <> 0 AND op = 'judge'");
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 200, .op = "judge" }, &pages), judged);
    assert_int_equal(pages, 1);
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 200, .op = "judge", .kind = "service" }, &pages),
                     0);
    assert_int_equal(walk(&s.b, (yj_entries_query){ .limit = 50, .kind = "no_such_kind" }, &pages), 0);
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_entries_of of = { db,        s.b.c, s.b.inst.inst, yj_engine_zone(s.b.e), yj_engine_operator(s.b.e),
                         YJ_LANG_EN };
    yj_entries_query bad = { .before = -1, .limit = 5, .by = "nobody" };
    assert_int_equal(yj_entries_list(&of, &bad, &out, &err), YJ_E_INVALID);
    assert_string_equal(err.field, "by");
    yj_reader_give(s.b.e, db);
    yj_buf_done(&out);
    bench_close(&s.b);
}

static void dates__are_days_of_the_zone(void **state)
{
    scene s;
    set_up(&s, state);
    settle(&s.b);
    bench_clock(&s.b, "2026-03-05T00:30:00+08:00"); /* still the 4th in Greenwich */
    bench_change(&s.b, "service", s.service, "{\"level\":2}");
    settle(&s.b);
    bench_clock(&s.b, "2026-03-08T23:00:00+08:00");
    bench_change(&s.b, "service", s.service, "{\"level\":3}");
    settle(&s.b);
    static const struct {
        const char *from, *until;
        size_t found;
    } rows[] = { { NULL, NULL, 3 },
                 { "2026-03-05", NULL, 2 },
                 { "2026-03-06", NULL, 1 },
                 { NULL, "2026-03-04", 1 },
                 { NULL, "2026-03-05", 2 },
                 { "2026-03-05", "2026-03-05", 1 },
                 { "2026-03-08", "2026-03-08", 1 },
                 { "2026-03-09", NULL, 0 },
                 { "2026-03-08", "2026-03-05", 0 },
                 { "2026-01-01", "2026-01-31", 0 } };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        json_t *a = ask(
            &s.b, (yj_entries_query){ .record = s.service, .from = rows[i].from, .until = rows[i].until });
        if (count(a) != rows[i].found)
            fail_msg("%zu: %zu entries", i, count(a));
        assert_true(json_is_null(json_object_get(a, "next")));
        json_decref(a);
    }
    bench_close(&s.b);
}

static void order_and_erase(scene *s, const char *no, const char *kind, const char *target,
                            const char *fields)
{
    yj_error err = { 0 };
    char json[600];
    const char *two = bench_put(&s->b, "person", "{\"number\":\"P2\",\"name\":\"two\"}");
    snprintf(json, sizeof json,
             "{\"number\":\"%s\",\"target_kind\":\"%s\",\"target\":\"%s\",\"fields\":%s,\"reason\":\"law\","
             "\"retention_until\":\"2026-01-31\",\"requested_by\":\"%s\",\"approved_by\":\"%s\"}",
             no, kind, target, fields, s->person, two);
    bench_move(&s->b, "erasure", bench_put(&s->b, "erasure", json), "approve");
    yj_ok(yj_erase(s->b.e, s->b.inst.inst, no, yj_engine_operator(s->b.e), NULL, &err));
}

static void erased__values_are_tombstones(void **state)
{
    scene s;
    set_up(&s, state);
    settle(&s.b);
    order_and_erase(&s, "E1", "vendor", s.vendor, "[\"contact\"]");
    json_t *a = ask(&s.b, (yj_entries_query){ .record = s.vendor });
    assert_int_equal(count(a), 2);
    const json_t *x = item(a, 0);
    assert_string_equal(text(x, "op"), "erase");
    assert_true(json_is_false(json_object_get(x, "erased")));
    assert_int_equal(json_array_size(json_object_get(x, "changes")), 1);
    assert_true(json_is_true(json_object_get(json_object_get(change_of(x, "contact"), "from"), "erased")));
    assert_true(json_is_null(json_object_get(change_of(x, "contact"), "to")));
    assert_string_equal(text(json_object_get(change_of(x, "contact"), "label"), "en"), "Contact");
    x = item(a, 1);
    assert_true(json_is_true(json_object_get(x, "erased")));
    assert_int_equal(json_array_size(json_object_get(x, "changes")), 0);
    assert_true(json_is_null(json_object_get(x, "state")));
    assert_int_equal(strlen(text(x, "digest")), 64); /* the leaf stays */
    json_decref(a);
    /* what comes after is told against what was left */
    bench_change(&s.b, "vendor", s.vendor, "{\"country\":\"other\"}");
    a = ask(&s.b, (yj_entries_query){ .record = s.vendor, .limit = 1 });
    assert_int_equal(json_array_size(json_object_get(item(a, 0), "changes")), 1);
    assert_string_equal(text(change_of(item(a, 0), "country"), "from"), "cn");
    json_decref(a);
    bench_close(&s.b);
}

static void erased__records_are_named_so(void **state)
{
    scene s;
    set_up(&s, state);
    settle(&s.b);
    order_and_erase(&s, "E2", "service", s.service, "[]");
    settle(&s.b);
    json_t *a = ask(&s.b, (yj_entries_query){ .record = s.service });
    assert_int_equal(count(a), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *r = json_object_get(item(a, i), "record");
        assert_string_equal(text(r, "name"), "");
        assert_true(json_is_true(json_object_get(r, "erased")));
        assert_int_equal(json_array_size(json_object_get(item(a, i), "changes")), 0);
    }
    json_decref(a);
    /* judgements that quoted it lost their salt, and still tell how many verdicts they changed */
    a = ask(&s.b, (yj_entries_query){ .op = "judge" });
    size_t redacted = 0;
    int64_t told = 0;
    for (size_t i = 0; i < count(a); i++) {
        redacted += json_is_true(json_object_get(item(a, i), "erased"));
        told += number(item(a, i), "verdicts");
        assert_true(number(item(a, i), "verdicts") >= 0);
    }
    assert_true(redacted > 0);
    assert_true(told > 0);
    json_decref(a);
    bench_close(&s.b);
}

static void imports__count_when_they_are_whole(void **state)
{
    bench b;
    yj_error err = { 0 };
    bench_open(&b, state);
    yj_buf csv;
    yj_buf_init(&csv, 1 << 20);
    yj_buf_str(&csv, "name,country\n");
    for (int i = 0; i < 300; i++)
        yj_buf_fmt(&csv, "v%d,cn\n", i);
    yj_import_file file = { .name = "vendor.csv", .content = yj_buf_view(&csv) };
    yj_import_report r;
    yj_ok(yj_import(b.e, b.inst.inst, yj_engine_operator(b.e), &file, 1, false, &r, &err));
    int64_t closed = r.batch;
    assert_true(closed > 0);
    yj_import_report_done(&r);
    json_t *a = ask(&b, (yj_entries_query){ .op = "create", .kind = "vendor", .limit = 1 });
    assert_int_equal(number(json_object_get(item(a, 0), "batch"), "number"), closed);
    assert_string_equal(text(json_object_get(item(a, 0), "batch"), "state"), "closed");
    assert_non_null(change_of(item(a, 0), "name"));
    json_decref(a);
    a = ask(&b, (yj_entries_query){ .op = "batch_close" });
    assert_int_equal(count(a), 1);
    json_decref(a);
    /* one that was undone: its entries are there, and nothing came of them */
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(b.t, YJ_DB_WRITE);
    char sql[160];
    snprintf(sql, sizeof sql, "UPDATE batch SET state = 'undone' WHERE id = %lld", (long long)closed);
    yj_ok(yj_db_script(db, sql, &err));
    a = ask(&b, (yj_entries_query){ .op = "create", .kind = "vendor", .limit = 1 });
    assert_string_equal(text(json_object_get(item(a, 0), "batch"), "state"), "undone");
    assert_int_equal(json_array_size(json_object_get(item(a, 0), "changes")), 0);
    assert_true(json_is_null(json_object_get(item(a, 0), "state")));
    assert_true(json_is_false(json_object_get(item(a, 0), "erased")));
    json_decref(a);
    yj_buf_done(&csv);
    bench_close(&b);
}

static json_t *whole_entry(bench *b, int64_t seq)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_buf out;
    json_t *ret = NULL;
    yj_buf_init(&out, 4 << 20);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_entries_of of = { db, b->c, b->inst.inst, yj_engine_zone(b->e), yj_engine_operator(b->e), YJ_LANG_EN };
    yj_ok(yj_entry_show(&of, (uint64_t)seq, &out, &err));
    assert_int_equal(yj_entry_show(&of, 100000, &out, &err), YJ_E_NOT_FOUND);
    yj_reader_give(b->e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), 4 << 20, &ret, &err));
    yj_buf_done(&out);
    return ret;
}

/* The digest in the leaf can be worked out from what is shown. */
static void assert_digests(const json_t *x)
{
    yj_error err = { 0 };
    yj_digest d;
    yj_buf body;
    char hex[2 * YJ_HASH_LEN + 1];
    uint8_t salt[YJ_SALT_LEN];
    yj_buf_init(&body, 1 << 20);
    yj_ok(yj_json_canonical(json_object_get(x, "body"), &body, &err));
    for (size_t i = 0; i < sizeof salt; i++) {
        char pair[3] = { text(x, "salt")[2 * i], text(x, "salt")[2 * i + 1], '\0' };
        salt[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    yj_body_digest(YJ_HASH_SHA256, salt, yj_buf_view(&body), &d);
    yj_digest_hex(&d, hex);
    assert_string_equal(hex, text(x, "body_digest"));
    assert_non_null(strstr(text(x, "leaf"), hex));
    yj_leaf_hash(YJ_HASH_SHA256, yj_span_of(text(x, "leaf")), &d);
    yj_digest_hex(&d, hex);
    assert_string_equal(hex, text(x, "digest"));
    yj_buf_done(&body);
}

static void one_entry__shows_what_is_under_its_digest(void **state)
{
    scene s;
    yj_error err = { 0 };
    set_up(&s, state);
    settle(&s.b);
    json_t *a = ask(&s.b, (yj_entries_query){ .record = s.service });
    int64_t seq = number(item(a, 0), "seq");
    json_decref(a);
    json_t *x = whole_entry(&s.b, seq);
    assert_true(json_is_null(json_object_get(x, "checkpoint")));
    assert_string_equal(text(json_object_get(json_object_get(x, "body"), "fields"), "code"), "S1");
    assert_non_null(change_of(x, "code"));
    assert_digests(x);
    json_decref(x);
    yj_buf note;
    yj_buf_init(&note, 65536);
    yj_ok(yj_engine_checkpoint(s.b.e, s.b.inst.inst, &note, &err));
    yj_buf_done(&note);
    x = whole_entry(&s.b, seq);
    assert_true(number(json_object_get(x, "checkpoint"), "size") > seq);
    json_decref(x);
    /* of what was erased neither body nor salt */
    order_and_erase(&s, "E3", "service", s.service, "[]");
    x = whole_entry(&s.b, seq);
    assert_true(json_is_null(json_object_get(x, "body")));
    assert_true(json_is_null(json_object_get(x, "salt")));
    assert_true(json_is_true(json_object_get(x, "erased")));
    assert_int_equal(strlen(text(x, "body_digest")), 64);
    json_decref(x);
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(entries__say_who_changed_what),
        yj_test_stores(moves_and_judgements__are_told),
        yj_test_stores(pages__lead_through_all_that_the_filters_let_through),
        yj_test_stores(dates__are_days_of_the_zone),
        yj_test_stores(erased__values_are_tombstones),
        yj_test_stores(erased__records_are_named_so),
        yj_test_stores(imports__count_when_they_are_whole),
        yj_test_stores(one_entry__shows_what_is_under_its_digest),
    };
    return cmocka_run_group_tests_name("record_entries", tests, NULL, NULL);
}

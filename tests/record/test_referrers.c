// SPDX-License-Identifier: Apache-2.0
/* What refers to a record: by references, lists, and texts whose kind another field says. */
#include "engine_test.h"

#include "base/json.h"
#include "base/time.h"
#include "record/read.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>

static const char *put(bench *b, const char *kind, const char *fmt, ...) yj_printf(3, 4);
static const char *put(bench *b, const char *kind, const char *fmt, ...)
{
    char json[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(json, sizeof json, fmt, ap);
    va_end(ap);
    return bench_put(b, kind, json);
}

static json_t *ask(bench *b, const char *kind, const char *id, size_t limit)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    json_t *o = NULL;
    yj_buf out;
    const yj_kind *k = &b->c->kinds[bench_kind(b, kind)];
    yj_buf_init(&out, 1 << 24);
    yj_ok(yj_reader_take(b->e, &db, &err));
    yj_ok(yj_record_referrers(db, b->c, k->installation ? 0 : b->inst.inst, k, id, limit, YJ_LANG_EN, &out,
                              &err));
    yj_reader_give(b->e, db);
    yj_ok(yj_json_parse(yj_buf_view(&out), out.max, &o, &err));
    yj_buf_done(&out);
    return o;
}

/** "KIND NAME STATE FIELD; ... #total" Static. */
static const char *referrers(bench *b, const char *kind, const char *id, size_t limit)
{
    static char ret[2000];
    json_t *o = ask(b, kind, id, limit);
    const json_t *items = json_object_get(o, "items");
    size_t at = 0;
    ret[0] = '\0';
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        assert_true(yj_uuid_valid(yj_span_of(json_string_value(json_object_get(x, "id")))));
        at += (size_t)snprintf(
            ret + at, sizeof ret - at, "%s %s %s %s; ", json_string_value(json_object_get(x, "kind")),
            json_string_value(json_object_get(x, "name")), json_string_value(json_object_get(x, "state")),
            json_string_value(json_object_get(x, "field")));
    }
    snprintf(ret + at, sizeof ret - at, "#%d", (int)json_integer_value(json_object_get(o, "total")));
    json_decref(o);
    return ret;
}

static void referrers__through_every_kind_of_field(void **state)
{
    bench b;
    bench_open(&b, state);
    const char *v = put(&b, "vendor", "{\"name\":\"V\"}"), *w = put(&b, "vendor", "{\"name\":\"W\"}");
    assert_string_equal(referrers(&b, "vendor", v, 50), "#0");
    const char *s2 = put(&b, "service", "{\"code\":\"S2\",\"title\":\"b\",\"vendor\":\"%s\"}", v);
    const char *s1 =
        put(&b, "service", "{\"code\":\"S1\",\"title\":\"a\",\"vendor\":\"%s\",\"peers\":[\"%s\"]}", v, s2);
    const char *bare =
        put(&b, "service", "{\"code\":\"S0\",\"vendor\":\"%s\",\"peers\":[\"%s\",\"%s\"]}", v, s2, s1);
    put(&b, "service", "{\"code\":\"S4\",\"title\":\"c\",\"vendor\":\"%s\"}", w);
    /* a name that is absent comes last: its key stands for it */
    assert_string_equal(referrers(&b, "vendor", v, 50),
                        "service a draft vendor; service b draft vendor; service S0 draft vendor; #3");
    assert_string_equal(referrers(&b, "vendor", v, 2), "service a draft vendor; service b draft vendor; #3");
    assert_string_equal(referrers(&b, "service", s2, 50),
                        "service a draft peers; service S0 draft peers; #2");

    /* by text, with the kind told beside it */
    const char *k1 = put(&b, "knot", "{\"code\":\"K1\",\"about_kind\":\"vendor\",\"about\":\"%s\"}", v);
    put(&b, "knot", "{\"code\":\"K2\",\"about_kind\":\"service\",\"about\":\"%s\"}", s1);
    assert_string_equal(
        referrers(&b, "vendor", v, 50),
        "knot K1 loose about; service a draft vendor; service b draft vendor; service S0 draft "
        "vendor; #4");
    assert_string_equal(referrers(&b, "service", s1, 50), "knot K2 loose about; service S0 draft peers; #2");

    /* by several fields of one record, once for each; by itself, too */
    const char *k3 = put(&b, "knot", "{\"code\":\"K3\",\"next\":\"%s\",\"many\":[\"%s\"]}", k1, k1);
    assert_string_equal(referrers(&b, "knot", k1, 50), "knot K3 loose next; knot K3 loose many; #2");
    bench_change(&b, "knot", k3, "{\"next\":null}");
    char json[100];
    snprintf(json, sizeof json, "{\"next\":\"%s\"}", k1);
    bench_change(&b, "knot", k1, json);
    assert_string_equal(referrers(&b, "knot", k1, 50), "knot K1 loose next; knot K3 loose many; #2");

    /* kinds of pack core are kinds like others */
    const char *person = put(&b, "person", "{\"number\":\"1\",\"name\":\"Li Lei\"}");
    snprintf(json, sizeof json, "{\"owner\":\"%s\"}", person);
    bench_change(&b, "service", s1, json);
    assert_string_equal(referrers(&b, "person", person, 50), "service a draft owner; #1");

    /* what is withdrawn refers to nothing; what refers no more neither */
    bench_move(&b, "service", bare, "withdraw");
    bench_change(&b, "service", s2, "{\"vendor\":null}");
    assert_string_equal(referrers(&b, "vendor", v, 50), "knot K1 loose about; service a draft vendor; #2");
    /* another institution's records know nothing of it */
    bench_institution(&b, "other", &b.inst);
    assert_string_equal(referrers(&b, "vendor", v, 50), "#0");
    bench_close(&b);
}

/* Thousands of each kind of field: those of one record are found, in order and no more than asked for. */
static void referrers__among_thousands(void **state)
{
    bench b;
    yj_error err = { 0 };
    yj_import_report r = { 0 };
    yj_buf csv;
    const yj_test_store *t = *state;
    const size_t count = t->engine == YJ_ENGINE_SQLITE ? 5000 : 1000;
    bench_open(&b, state);
    const char *hub = put(&b, "knot", "{\"code\":\"hub\"}"), *rare = put(&b, "knot", "{\"code\":\"rare\"}");
    yj_buf_init(&csv, 1 << 24);
    yj_buf_str(&csv, "code,next,many,about_kind,about\n");
    for (size_t i = 0; i < count; i++)
        yj_buf_fmt(&csv, "n%05zu,id:%s,id:%s,knot,id:%s\n", count - i, i == 7 ? rare : hub, hub,
                   i == 9 ? rare : hub);
    const yj_import_file file = { .name = "knot.csv", .content = yj_buf_view(&csv) };
    yj_ok(yj_import(b.e, b.inst.inst, yj_engine_operator(b.e), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    yj_buf_done(&csv);

    char expected[200];
    snprintf(expected, sizeof expected, "knot n%05zu loose about; knot n%05zu loose next; #2", count - 9,
             count - 7);
    int64_t from = yj_monotonic_ns();
    assert_string_equal(referrers(&b, "knot", rare, 50), expected);
    snprintf(expected, sizeof expected,
             "knot n00001 loose next; knot n00001 loose many; knot n00001 loose about; knot n00002 loose "
             "next; #%zu",
             3 * count - 2);
    assert_string_equal(referrers(&b, "knot", hub, 4), expected);
    json_t *all = ask(&b, "knot", hub, 1000);
    int64_t took_ms = (yj_monotonic_ns() - from) / 1000000;
    assert_int_equal(json_array_size(json_object_get(all, "items")), 1000);
    json_decref(all);
    if (took_ms > 5000) /* some 50 ms on an idle machine */
        fail_msg("three questions took %lld ms", (long long)took_ms);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(referrers__through_every_kind_of_field),
        yj_test_stores(referrers__among_thousands),
    };
    return cmocka_run_group_tests_name("record_referrers", tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Answers from memory: never an old one; tags, compression; the cache by itself. */
#include "api_test.h"

#include "api/cache.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define ITEMS DEMO "/records/item"

static uint64_t counter(const world *w, const char *name)
{
    char line[64];
    answer a = call(w, "GET", "/metrics", NULL, NULL);
    snprintf(line, sizeof line, "\nyunjian_%s ", name);
    const char *at = strstr(a.body, line);
    assert_non_null(at);
    uint64_t n = strtoul(at + strlen(line), NULL, 10);
    answer_done(&a);
    return n;
}

static void settle(const world *w)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(w->engine, 10000, &err));
}

/* --- over HTTP --------------------------------------------------------------------------------------------
 */

static void read__twice_comes_from_memory_until_something_changes(void **state)
{
    const world *w = *state;
    char path[128];
    snprintf(path, sizeof path, ITEMS "/%s", put_record(w, "item", "{\"number\":\"C-1\",\"title\":\"a\"}"));
    settle(w);
    call_expect(w, 200, "GET", path, NULL, NULL);
    uint64_t hits = counter(w, "cache_hits_total");
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(counter(w, "cache_hits_total"), hits + 1);
    answer_done(&a);
    for (int i = 0; i < 200; i++) {
        char body[64], want[16];
        snprintf(body, sizeof body, "{\"fields\":{\"title\":\"t%d\"}}", i);
        snprintf(want, sizeof want, "t%d", i);
        call_expect(w, 200, "PATCH", path, NULL, body);
        a = call(w, "GET", path, NULL, NULL);
        assert_string_equal(json_at(a.json, "fields.title"), want);
        answer_done(&a);
    }
}

/* What another process writes is seen too, shortly after. */
static void change__by_another_engine_is_seen(void **state)
{
    world *w = *state;
    char path[128];
    yj_error err = { 0 };
    yj_engine *other = NULL;
    snprintf(path, sizeof path, ITEMS "/%s",
             put_record(w, "item", "{\"number\":\"C-2\",\"title\":\"mine\"}"));
    settle(w);
    call_expect(w, 200, "GET", path, NULL, NULL);
    yj_ok(yj_engine_open(w->data, &(yj_open_options){ .no_judge = true }, &other, &err));
    yj_catalog *c = yj_engine_catalog(other);
    yj_auto(yj_json_freep) json_t *f = json_pack("{s:s}", "title", "theirs");
    yj_change x = { .inst = w->inst.inst,
                    .op = YJ_CH_CHANGE,
                    .by = yj_engine_operator(other),
                    .kind = yj_catalog_kind(c, YJ_SPAN("item"))->index,
                    .id = strrchr(path, '/') + 1,
                    .expect_version = -1,
                    .fields = f };
    yj_ok(yj_change_run(other, &x, &err));
    yj_change_done(&x);
    yj_catalog_unref(c);
    yj_engine_close(other);
    bool seen = false;
    for (int i = 0; i < 100 && !seen; i++) {
        answer a = call(w, "GET", path, NULL, NULL);
        seen = strcmp(json_at(a.json, "fields.title"), "theirs") == 0;
        answer_done(&a);
        if (!seen)
            usleep(20000);
    }
    assert_true(seen);
}

static void tag__saves_the_body(void **state)
{
    const world *w = *state;
    char path[128], head[256];
    snprintf(path, sizeof path, ITEMS "/%s", put_record(w, "item", "{\"number\":\"C-3\",\"title\":\"a\"}"));
    settle(w);
    const char *const reads[] = { path, DEMO "/verdicts", DEMO "/status", DEMO "/due", "/api/v1/kinds",
                                  DEMO, ITEMS "?limit=3" };
    for (size_t i = 0; i < YJ_COUNT(reads); i++) {
        for (int round = 0; round < 2; round++) { /* anew, from memory */
            answer a = call(w, "GET", reads[i], NULL, NULL);
            const char *tag = answer_header(&a, "ETag");
            if (a.status != 200 || !tag)
                fail_msg("%s: %d, no ETag", reads[i], a.status);
            snprintf(head, sizeof head, "If-None-Match: \"other\", W/%s\r\n", tag);
            answer_done(&a);
            a = call(w, "GET", reads[i], head, NULL);
            assert_int_equal(a.status, 304);
            assert_int_equal(a.len, 0);
            assert_non_null(answer_header(&a, "ETag"));
            answer_done(&a);
        }
        call_expect(w, 200, "GET", reads[i], "If-None-Match: \"other\"\r\n", NULL);
    }
    call_expect(w, 200, "PATCH", path, NULL, "{\"fields\":{\"title\":\"b\"}}");
    call_expect(w, 200, "GET", DEMO "/records/item/C-3", head, NULL);
}

static void inflate_all(const answer *a, yj_buf *out)
{
    z_stream z = { .next_in = (Bytef *)a->body, .avail_in = (uInt)a->len };
    char piece[4096];
    int s;
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    do {
        z.next_out = (Bytef *)piece;
        z.avail_out = sizeof piece;
        s = inflate(&z, Z_NO_FLUSH);
        assert_true(s == Z_OK || s == Z_STREAM_END);
        yj_buf_add(out, piece, sizeof piece - z.avail_out);
    } while (s != Z_STREAM_END);
    inflateEnd(&z);
}

static void gzip__where_it_pays_and_is_wanted(void **state)
{
    const world *w = *state;
    char head[256];
    for (int round = 0; round < 2; round++) {
        answer plain = call(w, "GET", "/api/v1/kinds", NULL, NULL);
        answer small = call(w, "GET", "/api/v1/kinds", "Accept-Encoding: gzip, br\r\n", NULL);
        assert_null(answer_header(&plain, "Content-Encoding"));
        assert_string_equal(answer_header(&small, "Content-Encoding"), "gzip");
        assert_non_null(strstr(answer_header(&small, "Vary"), "Accept-Encoding"));
        assert_true(small.len < plain.len / 3);
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, (size_t)64 << 20);
        inflate_all(&small, &out);
        assert_int_equal(out.len, plain.len);
        assert_memory_equal(out.ptr, plain.body, plain.len);
        snprintf(head, sizeof head, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n",
                 answer_header(&small, "ETag"));
        assert_non_null(strstr(head, "-gzip\""));
        call_expect(w, 304, "GET", "/api/v1/kinds", head, NULL);
        answer_done(&plain);
        answer_done(&small);
    }
    answer a = call(w, "GET", "/api/v1/health", "Accept-Encoding: gzip\r\n", NULL); /* too small to pay */
    assert_null(answer_header(&a, "Content-Encoding"));
    answer_done(&a);
    a = call(w, "GET", "/api/v1/kinds", "Accept-Encoding: gzip;q=0\r\n", NULL);
    assert_null(answer_header(&a, "Content-Encoding"));
    answer_done(&a);
    /* a tag of the compressed form serves for a change */
    put_record(w, "item", "{\"number\":\"C-4\",\"title\":\"a\",\"note\":\"n\"}");
    a = call(w, "GET", ITEMS "/C-4", "Accept-Encoding: gzip\r\n", NULL);
    snprintf(head, sizeof head, "If-Match: %s\r\n", answer_header(&a, "ETag"));
    answer_done(&a);
    call_expect(w, 200, "PATCH", ITEMS "/C-4", head, "{\"fields\":{\"title\":\"b\"}}");
    call_expect(w, 412, "PATCH", ITEMS "/C-4", head, "{\"fields\":{\"title\":\"c\"}}");
}

/* Readers on the same address while it changes: what they see never goes back. */
typedef struct reader {
    pthread_t thread;
    const world *w;
    const char *path;
    atomic_bool *stop;
    int64_t reads;
    bool went_back;
} reader;

static void *read_on(void *arg)
{
    reader *r = arg;
    char head[256];
    int64_t last = 0;
    int fd = dial(r->w),
        n = snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", r->path);
    while (!atomic_load(r->stop)) {
        answer a;
        send_all(fd, head, (size_t)n);
        if (!read_answer(fd, false, &a))
            break;
        int64_t v = json_int_at(a.json, "version");
        r->went_back = r->went_back || v < last;
        last = v;
        r->reads++;
        answer_done(&a);
    }
    close(fd);
    return NULL;
}

static void readers__never_see_time_go_back(void **state)
{
    const world *w = *state;
    char path[128];
    atomic_bool stop = false;
    reader r[6] = { 0 };
    snprintf(path, sizeof path, ITEMS "/%s", put_record(w, "item", "{\"number\":\"C-5\",\"title\":\"a\"}"));
    for (size_t i = 0; i < YJ_COUNT(r); i++) {
        r[i].w = w;
        r[i].path = path;
        r[i].stop = &stop;
        assert_int_equal(pthread_create(&r[i].thread, NULL, read_on, &r[i]), 0);
    }
    for (int i = 0; i < 300; i++) {
        char body[64];
        snprintf(body, sizeof body, "{\"fields\":{\"title\":\"t%d\"}}", i);
        answer a = call(w, "PATCH", path, NULL, body);
        int64_t written = json_int_at(a.json, "version");
        answer_done(&a);
        a = call(w, "GET", path, NULL, NULL); /* what was acknowledged is what is read */
        assert_true(json_int_at(a.json, "version") >= written);
        answer_done(&a);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < YJ_COUNT(r); i++) {
        pthread_join(r[i].thread, NULL);
        assert_true(r[i].reads > 0);
        assert_false(r[i].went_back);
    }
}

/* --- by itself --------------------------------------------------------------------------------------------
 */

static int64_t day_now = 100;
static int64_t day(void *ctx)
{
    return day_now;
}

static yj_answer *make_answer(size_t bytes)
{
    yj_buf b;
    yj_buf_init(&b, 1u << 24);
    for (size_t i = 0; i < bytes; i++)
        yj_buf_char(&b, 'x');
    return yj_answer_new(200, &b, NULL, 0);
}

static bool kept(yj_cache *c, const char *target, unsigned form)
{
    yj_hit hit;
    if (!yj_cache_find(c, yj_span_of(target), form, &hit))
        return false;
    assert_string_equal(hit.etag, "\"e\"");
    yj_answer_unref(hit.answer);
    return true;
}

static void put(yj_cache *c, const char *target, unsigned form, const yj_stamp *s, size_t bytes)
{
    yj_answer *a = make_answer(bytes);
    yj_cache_put(c, yj_span_of(target), form, s, a, "\"e\"", 0);
    yj_answer_unref(a);
}

static void cache__keeps_an_answer_while_its_stamp_holds(void **state)
{
    yj_auto(yj_tallies_freep) yj_tallies *t = yj_tallies_new();
    yj_auto(yj_cache_freep) yj_cache *c = yj_cache_new(1u << 20, t, day, NULL);
    assert_true(yj_tallies_grew(t, 7, 10));
    assert_false(yj_tallies_grew(t, 7, 10));
    assert_false(yj_tallies_grew(t, 7, 9));
    yj_stamp s = { .own = yj_tallies_of(t, 7),
                   .installation = yj_tallies_of(t, 0),
                   .own_size = 10,
                   .installation_size = 0,
                   .fit = true };
    put(c, "/a", 0, &s, 100);
    assert_true(kept(c, "/a", 0));
    assert_false(kept(c, "/a", 1));
    assert_false(kept(c, "/b", 0));
    assert_true(yj_tallies_grew(t, 8, 1)); /* somebody else's */
    assert_true(kept(c, "/a", 0));
    assert_true(yj_tallies_grew(t, 7, 11));
    assert_false(kept(c, "/a", 0));
    put(c, "/a", 0, &s, 100); /* computed before, too late */
    assert_false(kept(c, "/a", 0));
    s.own_size = 11;
    put(c, "/a", 0, &s, 100);
    assert_true(kept(c, "/a", 0));
    yj_tallies_committing(t, 7, true); /* readers may see more than the size tells */
    assert_false(kept(c, "/a", 0));
    put(c, "/late", 0, &s, 100);
    yj_tallies_committing(t, 7, false); /* it failed: what was kept is still true */
    assert_true(kept(c, "/a", 0));
    assert_false(kept(c, "/late", 0));
    yj_tallies_committing(t, 8, true); /* somebody else's */
    assert_true(kept(c, "/a", 0));
    yj_tallies_committing(t, 8, false);
    assert_true(yj_tallies_grew(t, 0, 1)); /* the installation's */
    assert_false(kept(c, "/a", 0));
    s.installation_size = 1;
    s.day = 100;
    put(c, "/a", 0, &s, 100);
    assert_true(kept(c, "/a", 0));
    day_now = 101;
    assert_false(kept(c, "/a", 0));
    day_now = 100;
    yj_stamp all = { .all = true, .generation = yj_tallies_generation(t), .fit = true };
    put(c, "/all", 0, &all, 100);
    assert_true(kept(c, "/all", 0));
    assert_true(yj_tallies_grew(t, 99, 1));
    assert_false(kept(c, "/all", 0));
    all.generation = yj_tallies_generation(t);
    all.fit = false;
    put(c, "/all", 0, &all, 100);
    assert_false(kept(c, "/all", 0));
}

static void cache__is_bounded_and_forgets_the_least_used(void **state)
{
    yj_auto(yj_tallies_freep) yj_tallies *t = yj_tallies_new();
    yj_auto(yj_cache_freep) yj_cache *c = yj_cache_new(1u << 20, t, day, NULL);
    yj_stamp s = { .fit = true };
    yj_cache_stats st;
    char target[32];
    for (int i = 0; i < 100; i++) {
        snprintf(target, sizeof target, "/%d", i);
        put(c, target, 0, &s, 20000);
        assert_true(kept(c, "/0", 0)); /* used all the time */
        yj_cache_stats_read(c, &st);
        assert_true(st.bytes <= 1u << 20);
    }
    assert_true(kept(c, "/99", 0));
    assert_false(kept(c, "/1", 0));
    put(c, "/huge", 0, &s, 300000); /* more than an eighth */
    assert_false(kept(c, "/huge", 0));
    put(c, "/0", 0, &s, 10); /* replaced */
    yj_cache_stats_read(c, &st);
    assert_true(st.entries > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read__twice_comes_from_memory_until_something_changes),
        cmocka_unit_test(change__by_another_engine_is_seen),
        cmocka_unit_test(tag__saves_the_body),
        cmocka_unit_test(gzip__where_it_pays_and_is_wanted),
        cmocka_unit_test(readers__never_see_time_go_back),
        cmocka_unit_test(cache__keeps_an_answer_while_its_stamp_holds),
        cmocka_unit_test(cache__is_bounded_and_forgets_the_least_used),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

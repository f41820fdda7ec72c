// SPDX-License-Identifier: Apache-2.0
/* Long work over HTTP: asked for, seen, stopped, told in the feed. job/test_queue.c has how it is done. */
#include "api_test.h"
#include "schema.h"

#include "base/file.h"
#include "instrument/attest/dsse.h"
#include "instrument/box/box.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS DEMO "/jobs"

/* Ask until the job has ended; its last answer. */
static answer ended(const world *w, const char *id)
{
    char path[160];
    snprintf(path, sizeof path, JOBS "/%s", id);
    for (int i = 0; i < 6000; i++) {
        answer a = call(w, "GET", path, NULL, NULL);
        assert_int_equal(a.status, 200);
        if (strcmp(json_at(a.json, "ended"), "") != 0)
            return a;
        answer_done(&a);
        (void)poll(NULL, 0, 10);
    }
    fail_msg("the job never ends");
    return (answer){ 0 };
}

static void assert_fits(const world *w, const char *schema, const json_t *v)
{
    char why[1024];
    answer doc = call(w, "GET", "/api/v1/openapi.json", NULL, NULL);
    const json_t *schemas = json_object_get(json_object_get(doc.json, "components"), "schemas");
    if (!schema_fits(doc.json, json_object_get(schemas, schema), v, why, sizeof why))
        fail_msg("%s", why);
    answer_done(&doc);
}

static void verify__is_asked_for_and_found_again(void **state)
{
    const world *w = *state;
    char id[64], path[160], head[128];
    const char *person = put_record(w, "person", "{\"number\":\"J1\",\"name\":\"赵六\"}");
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    answer a = call(w, "POST", JOBS, head, "{\"work\":\"verify\"}");
    assert_int_equal(a.status, 202);
    assert_fits(w, "Job", a.json);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    snprintf(path, sizeof path, "/api/v1/institutions/%s/jobs/%s", w->inst.id, id);
    assert_string_equal(answer_header(&a, "Location"), path);
    assert_string_equal(json_at(a.json, "by.name"), "赵六");
    assert_string_equal(json_at(a.json, "label.zh"), "校验账簿");
    answer_done(&a);
    a = ended(w, id);
    assert_fits(w, "Job", a.json);
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_true(json_is_true(json_object_get(json_object_get(a.json, "result"), "ok")));
    answer_done(&a);
    a = call(w, "GET", JOBS "?state=done&limit=1", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "items.0.id"), id);
    answer_done(&a);
    snprintf(path, sizeof path, JOBS "/%s/cancel", id);
    call_refused(w, 409, "conflict", "", "POST", path, NULL, NULL);
    /* another institution's jobs are not seen */
    snprintf(path, sizeof path, "/api/v1/institutions/installation/jobs/%s", id);
    call_refused(w, 404, "not_found", "", "GET", path, NULL, NULL);
    a = call(w, "POST", "/api/v1/institutions/installation/jobs", NULL, "{\"work\":\"verify\"}");
    assert_int_equal(a.status, 202);
    assert_true(json_is_true(json_object_get(a.json, "operator")));
    answer_done(&a);
}

static void import__as_a_job(void **state)
{
    const world *w = *state;
    static const char csv[] = "number,title,level\nJ-1,一,2\nJ-2,二,3\n";
    char id[64];
    answer a = call(w, "POST", DEMO "/import?name=item.csv&job=true", "Content-Type: text/csv\r\n", csv);
    assert_int_equal(a.status, 202);
    assert_fits(w, "Job", a.json);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    a = ended(w, id);
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_fits(w, "ImportReport", json_object_get(a.json, "result"));
    assert_int_equal(json_int_at(a.json, "result.created"), 2);
    answer_done(&a);
    call_expect(w, 200, "GET", DEMO "/records/item/J-2", NULL, NULL);
    /* what is wrong is told row by row */
    static const char bad[] = "number,title,level\nJ-3,三,9\n";
    a = call(w, "POST", DEMO "/import?name=item.csv&job=true&dry_run=true", "Content-Type: text/csv\r\n",
             bad);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    assert_true(json_is_true(json_object_get(json_object_get(a.json, "input"), "dry_run")));
    answer_done(&a);
    a = ended(w, id);
    assert_fits(w, "Job", a.json);
    assert_string_equal(json_at(a.json, "state"), "failed");
    assert_string_equal(json_at(a.json, "result.problems.0.field"), "level");
    assert_fits(w, "ImportProblem",
                json_array_get(json_object_get(json_object_get(a.json, "result"), "problems"), 0));
    assert_string_not_equal(json_at(a.json, "error.message.zh"), json_at(a.json, "error.message.en"));
    answer_done(&a);
}

static void wrong__orders_are_refused(void **state)
{
    const world *w = *state;
    call_refused(w, 400, "invalid_request", "work", "POST", JOBS, NULL, "{}");
    call_refused(w, 400, "invalid_request", "work", "POST", JOBS, NULL, "{\"work\":\"nothing\"}");
    call_refused(w, 400, "invalid_request", "work", "POST", JOBS, NULL, "{\"work\":7}");
    call_refused(w, 400, "invalid_request", "work", "POST", JOBS, NULL, "[]");
    call_refused(w, 400, "invalid_request", "work", "POST", JOBS, NULL, "{\"work\":\"import\"}");
    call_refused(w, 400, "invalid_request", "deep", "POST", JOBS, NULL, "{\"work\":\"verify\",\"deep\":1}");
    call_refused(w, 400, "invalid_request", "state", "GET", JOBS "?state=receiving", NULL, NULL);
    call_refused(w, 404, "not_found", "", "GET", JOBS "/nothing", NULL, NULL);
    call_refused(w, 404, "not_found", "", "POST", JOBS "/nothing/cancel", NULL, NULL);
}

static void feed__tells_of_jobs(void **state)
{
    const world *w = *state;
    static char got[65536];
    size_t len = 0;
    char id[64], want[160];
    int fd = dial(w);
    static const char ask[] = "GET " DEMO "/feed HTTP/1.1\r\nHost: localhost\r\n\r\n";
    send_all(fd, ask, sizeof ask - 1);
    (void)poll(NULL, 0, 700); /* the queue has looked at what there is */
    answer a = call(w, "POST", JOBS, NULL, "{\"work\":\"verify\"}");
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(want, sizeof want, "event: job\ndata: {\"id\":\"%s\",\"work\":\"verify\",\"state\":\"done\"",
             id);
    while (!strstr(got, want)) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, 30000) <= 0)
            fail_msg("not told: %s", got);
        ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);
        assert_true(n > 0);
        len += (size_t)n;
        got[len] = '\0';
    }
    close(fd);
}

/* --- instruments in places -------------------------------------------------------------------- */

static void write_at(const world *w, const char *below, const char *text)
{
    char path[200];
    yj_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s", w->dir, below);
    yj_ok(yj_file_write(path, yj_span_of(text), 0600, &err));
}

static void make_at(const world *w, const char *below)
{
    char path[200];
    yj_error err = { 0 };
    snprintf(path, sizeof path, "%s/%s", w->dir, below);
    yj_ok(yj_dir_make(path, &err));
}

/* Two folders that are alike, one that is not, a list, a link; and a server that has them as a place. */
static int places_setup(void **state)
{
    static yj_places places;
    char text[200];
    yj_error err = { 0 };
    if (world_setup(state) != 0)
        return -1;
    world *w = *state;
    static const char *const folders[] = { "srv",        "srv/a", "srv/a/deep", "srv/b",
                                           "srv/b/deep", "srv/c", "else" };
    for (size_t i = 0; i < YJ_COUNT(folders); i++)
        make_at(w, folders[i]);
    write_at(w, "srv/a/one", "1\n");
    write_at(w, "srv/b/one", "1\n");
    write_at(w, "srv/c/one", "2\n");
    write_at(w, "srv/a/deep/two", "22\n");
    write_at(w, "srv/b/deep/two", "22\n");
    write_at(w, "srv/list", "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865  one\n");
    snprintf(text, sizeof text, "%s/srv/out", w->dir);
    assert_int_equal(symlink("a", text), 0);
    snprintf(text, sizeof text, "handover=%s/srv", w->dir);
    yj_ok(yj_places_add(&places, text, &err));
    snprintf(text, sizeof text, "theirs@other,more=%s/else", w->dir);
    yj_ok(yj_places_add(&places, text, &err));
    w->places = &places;
    world_restart(w);
    return 0;
}

static int places_teardown(void **state)
{
    yj_places *places = ((world *)*state)->places;
    int n = world_teardown(state);
    yj_places_done(places);
    return n;
}

#define SPOT(place, path) "{\"place\":\"" place "\",\"path\":\"" path "\"}"
#define COMPARE(a, b) "{\"work\":\"compare\",\"expected\":" a ",\"found\":" b "}"

static answer done_of(const world *w, const char *head, const char *order)
{
    char id[64];
    answer a = call(w, "POST", JOBS, head, order);
    if (a.status != 202)
        fail_msg("%d %s", a.status, a.body);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    a = ended(w, id);
    assert_fits(w, "Job", a.json);
    return a;
}

/* The file of evidence is signed by the key that the server shows. */
static void assert_signed(const world *w, const char *digest, const char *pem)
{
    char path[200];
    yj_error err = { 0 };
    yj_key *key = NULL;
    yj_dsse d;
    yj_arena *arena = yj_arena_new((size_t)1 << 20);
    snprintf(path, sizeof path, "%s/shown.pub", w->dir);
    yj_ok(yj_file_write(path, yj_span_of(pem), 0600, &err));
    yj_ok(yj_key_load_public(path, &key, &err));
    snprintf(path, sizeof path, "/api/v1/evidence/%s", digest);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    yj_ok(yj_dsse_parse((yj_span){ a.body, a.len }, arena, &d, &err));
    yj_ok(yj_dsse_verify(&d, key, &err));
    assert_non_null(memmem(d.payload.ptr, d.payload.len, "handover:b", 10));
    assert_null(memmem(d.payload.ptr, d.payload.len, w->dir, strlen(w->dir)));
    answer_done(&a);
    yj_key_free(key);
    yj_arena_free(arena);
}

static void compare__signs_what_it_found_and_keeps_it_as_evidence(void **state)
{
    const world *w = *state;
    char head[128], path[200], pem[512], digest[80];
    const char *person = put_record(w, "person", "{\"number\":\"J2\",\"name\":\"钱七\",\"roles\":[\"it\"]}");
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    answer a = call(w, "GET", DEMO "/instruments", head, NULL);
    assert_int_equal(a.status, 200);
    assert_fits(w, "Instruments", a.json);
    assert_int_equal(json_array_size(json_object_get(a.json, "places")), 1);
    assert_string_equal(json_at(a.json, "places.0"), "handover");
    assert_string_equal(json_at(a.json, "works.0.work"), "compare");
    snprintf(pem, sizeof pem, "%s", json_at(a.json, "key.pem"));
    answer_done(&a);
    a = done_of(w, head, COMPARE(SPOT("handover", "a"), SPOT("handover", "b")));
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_true(json_is_true(json_object_get(json_object_get(a.json, "result"), "fine")));
    assert_int_equal(json_int_at(a.json, "result.counts.matched"), 2);
    assert_int_equal(json_int_at(a.json, "done"), 10);
    assert_int_equal(json_int_at(a.json, "files.done"), json_int_at(a.json, "files.total"));
    assert_true(json_int_at(a.json, "files.done") >= 2);
    snprintf(digest, sizeof digest, "%s", json_at(a.json, "result.statement.digest"));
    snprintf(path, sizeof path, DEMO "/records/evidence/%s", json_at(a.json, "result.statement.evidence"));
    answer_done(&a);
    assert_signed(w, digest, pem);
    a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "fields.digest"), digest);
    assert_string_equal(json_at(a.json, "fields.source"), "instrument");
    assert_string_equal(json_at(a.json, "fields.title"), "比对文件 handover:b = handover:a");
    answer_done(&a);
    /* another content; and a list, in which two of the three files are not */
    a = done_of(w, head, COMPARE(SPOT("handover", "a"), SPOT("handover", "c")));
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_true(json_is_false(json_object_get(json_object_get(a.json, "result"), "fine")));
    assert_int_equal(json_int_at(a.json, "result.counts.changed"), 1);
    assert_int_equal(json_int_at(a.json, "result.counts.missing"), 1);
    assert_string_not_equal(json_at(a.json, "result.statement.evidence"), "");
    answer_done(&a);
    a = done_of(w, head, COMPARE(SPOT("handover", "list"), SPOT("handover", "b")));
    assert_int_equal(json_int_at(a.json, "result.counts.matched"), 1);
    assert_int_equal(json_int_at(a.json, "result.counts.extra"), 1);
    answer_done(&a);
}

/* --- scan --- */

#define SCAN(path, more) "{\"work\":\"scan\",\"where\":" SPOT("handover", path) more "}"
#define MOBILE "13812345678" /* what nothing that is kept may hold */

/* A file of evidence, whole. */
static answer evidence_of(const world *w, const char *digest)
{
    char path[200];
    snprintf(path, sizeof path, "/api/v1/evidence/%s", digest);
    answer a = call(w, "GET", path, NULL, NULL);
    assert_int_equal(a.status, 200);
    return a;
}

static void make_scanned(const world *w)
{
    char path[200];
    make_at(w, "srv/s");
    make_at(w, "srv/s/d");
    write_at(w, "srv/s/customers.csv", "name,mobile\na," MOBILE "\nb,13912345679\n");
    write_at(w, "srv/s/d/plain.txt", "nothing here\n");
    write_at(w, "srv/s/d/hidden.txt", "tel " MOBILE "\n");
    write_at(w, "srv/own.yaml",
             "rules:\n  - id: ticket\n    zh: 单号\n    en: ticket number\n    grade: 4\n    source: by us\n"
             "    token: {begins: [TK], of: [digit], length: [8, 8]}\n"
             "    examples:\n      found: [\"see «TK123456»\"]\n      not_found: [\"see TK1\"]\n");
    snprintf(path, sizeof path, "%s/srv/s/out", w->dir);
    assert_int_equal(symlink("../a", path), 0);
    snprintf(path, sizeof path, "%s/srv/s/d/hidden.txt", w->dir);
    if (geteuid() != 0)
        assert_int_equal(chmod(path, 0), 0);
}

static void scan__signs_what_it_found_and_keeps_the_list(void **state)
{
    const world *w = *state;
    char head[128], path[200], digest[80], evidence[64];
    const bool root = geteuid() == 0; /* who can read everything */
    const char *person = put_record(w, "person", "{\"number\":\"J4\",\"name\":\"李九\",\"roles\":[\"it\"]}");
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    make_scanned(w);
    answer a = done_of(w, head, SCAN("s", ""));
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_string_equal(json_at(a.json, "result.scanned.name"), "handover:s");
    assert_true(json_is_false(json_object_get(json_object_get(a.json, "result"), "fine")));
    assert_int_equal(json_int_at(a.json, "result.hitsByClass.mobile"), root ? 3 : 2);
    assert_int_equal(json_int_at(a.json, "result.states.looked_into"), root ? 3 : 2);
    assert_int_equal(json_int_at(a.json, "result.states.unreadable"), root ? 0 : 1);
    assert_int_equal(json_int_at(a.json, "result.states.skipped"), 1); /* the link */
    assert_int_equal(json_int_at(a.json, "files.done"), json_int_at(a.json, "files.total"));
    assert_string_equal(json_at(a.json, "result.found.0.path"), "handover:s/customers.csv");
    assert_int_equal(json_int_at(a.json, "result.found.0.count.mobile"), 2);
    assert_null(strstr(a.body, MOBILE));
    snprintf(digest, sizeof digest, "%s", json_at(a.json, "result.inventory.digest"));
    snprintf(evidence, sizeof evidence, "%s", json_at(a.json, "result.inventory.evidence"));
    char statement[80];
    snprintf(statement, sizeof statement, "%s", json_at(a.json, "result.statement.digest"));
    snprintf(path, sizeof path, DEMO "/records/evidence/%s", json_at(a.json, "result.statement.evidence"));
    answer_done(&a);
    /* the list, which the statement names, and its record */
    a = evidence_of(w, digest);
    assert_non_null(strstr(a.body, "handover:s/customers.csv,looked_into,"));
    if (!root)
        assert_non_null(strstr(a.body, "handover:s/d/hidden.txt,unreadable,system,"));
    assert_null(strstr(a.body, MOBILE));
    assert_null(strstr(a.body, w->dir));
    answer_done(&a);
    a = call(w, "GET", path, NULL, NULL);
    assert_string_equal(json_at(a.json, "fields.title"), "扫描敏感数据 handover:s");
    answer_done(&a);
    a = evidence_of(w, statement);
    yj_arena *arena = yj_arena_new((size_t)1 << 20);
    yj_dsse d;
    yj_error err = { 0 };
    yj_ok(yj_dsse_parse((yj_span){ a.body, a.len }, arena, &d, &err));
    assert_non_null(memmem(d.payload.ptr, d.payload.len, digest, 64));
    assert_non_null(memmem(d.payload.ptr, d.payload.len, "\"name\":\"handover:s\"", 19));
    assert_null(memmem(d.payload.ptr, d.payload.len, MOBILE, 11));
    yj_arena_free(arena);
    answer_done(&a);
    /* again: the same list is the same record, and another statement */
    a = done_of(w, head, SCAN("s", ",\"title\":\"again\""));
    assert_string_equal(json_at(a.json, "state"), "done");
    assert_string_equal(json_at(a.json, "result.inventory.evidence"), evidence);
    assert_string_not_equal(json_at(a.json, "result.statement.digest"), statement);
    answer_done(&a);
}

static void scan__takes_rules_and_forms(void **state)
{
    const world *w = *state;
    static const char *const forms[] = { "xlsx", "jsonl" };
    write_at(w, "srv/c/tickets.txt", "see TK123456 and TK654321\n");
    for (size_t i = 0; i < YJ_COUNT(forms); i++) {
        char order[400];
        snprintf(order, sizeof order,
                 SCAN("c", ",\"inventory\":\"%s\",\"rules\":" SPOT("handover", "own.yaml")), forms[i]);
        answer a = done_of(w, NULL, order);
        if (strcmp(json_at(a.json, "state"), "done") != 0)
            fail_msg("%s", a.body);
        assert_int_equal(json_int_at(a.json, "result.hitsByClass.ticket"), 2);
        assert_int_equal(json_int_at(a.json, "result.proposedGrade"), 4);
        assert_string_equal(json_at(a.json, "result.ownNames.ticket.zh"), "单号");
        assert_int_equal(strlen(json_at(a.json, "result.ownRulesDigest.sha256")), 64);
        answer list = evidence_of(w, json_at(a.json, "result.inventory.digest"));
        assert_int_equal(memcmp(list.body, i == 0 ? "PK" : "{\"", 2), 0);
        answer_done(&list);
        answer_done(&a);
    }
    /* one file alone; and one that lies in a container, behind the walls */
    answer a = done_of(w, NULL, SCAN("c/tickets.txt", ""));
    assert_string_equal(json_at(a.json, "result.scanned.name"), "handover:c/tickets.txt");
    assert_int_equal(json_int_at(a.json, "result.states.looked_into"), 1);
    assert_true(json_is_true(json_object_get(json_object_get(a.json, "result"), "fine")));
    answer_done(&a);
    char text[400];
    make_at(w, "srv/p");
    snprintf(text, sizeof text, "cd %s/srv/a && printf 'tel " MOBILE "' >t && tar -cf ../p/p.tar t && rm t",
             w->dir);
    assert_int_equal(system(text), 0);
    a = done_of(w, NULL, SCAN("p", ""));
    assert_string_equal(json_at(a.json, "result.found.0.path"), "handover:p/p.tar!/t");
    answer_done(&a);
}

static void scan__goes_nowhere_else(void **state)
{
    const world *w = *state;
    static const struct {
        const char *order, *field;
    } wrong[] = {
        { "{\"work\":\"scan\"}", "where" },
        { "{\"work\":\"scan\",\"where\":" SPOT("theirs", "") "}", "where.place" },
        { SCAN("../data", ""), "where.path" },
        { SCAN("a", ",\"inventory\":\"pdf\""), "inventory" },
        { SCAN("a", ",\"rules\":" SPOT("theirs", "own.yaml")), "rules.place" },
        { SCAN("a", ",\"show\":true"), "show" },
    };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++)
        call_refused(w, 400, "invalid_request", wrong[i].field, "POST", JOBS, NULL, wrong[i].order);
    /* a link on the way or at its end, what is not there, rules that are none, nothing to read */
    make_at(w, "srv/none");
    static const struct {
        const char *order, *code;
    } failing[] = {
        { SCAN("out", ""), "not_found" },
        { SCAN("out/deep", ""), "not_found" },
        { SCAN("absent", ""), "not_found" },
        { SCAN("a", ",\"rules\":" SPOT("handover", "list")), "invalid_request" },
        { SCAN("none", ""), "invalid_request" },
    };
    for (size_t i = 0; i < YJ_COUNT(failing); i++) {
        answer a = done_of(w, NULL, failing[i].order);
        assert_string_equal(json_at(a.json, "state"), "failed");
        assert_string_equal(json_at(a.json, "error.code"), failing[i].code);
        assert_string_not_equal(json_at(a.json, "error.message.zh"), json_at(a.json, "error.message.en"));
        answer_done(&a);
    }
    char head[128];
    const char *person =
        put_record(w, "person", "{\"number\":\"J5\",\"name\":\"周十\",\"roles\":[\"legal\"]}");
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    call_refused(w, 403, "forbidden", "", "POST", JOBS, head, SCAN("a", ""));
}

static void compare__goes_nowhere_else(void **state)
{
    const world *w = *state;
    char head[128], text[200];
    yj_error err = { 0 };
    static const struct {
        const char *order, *field;
    } wrong[] = {
        { COMPARE(SPOT("handover", "a"), SPOT("theirs", "b")), "found.place" },
        { COMPARE(SPOT("nowhere", "a"), SPOT("handover", "b")), "expected.place" },
        { COMPARE(SPOT("handover", "a/../../data"), SPOT("handover", "b")), "expected.path" },
        { COMPARE(SPOT("handover", "a"), SPOT("handover", "/etc")), "found.path" },
        { COMPARE("7", SPOT("handover", "b")), "expected" },
        { COMPARE("{\"place\":\"handover\",\"path\":7}", SPOT("handover", "b")), "expected.path" },
        { COMPARE("{\"path\":\"a\"}", SPOT("handover", "b")), "expected.place" },
        { "{\"work\":\"compare\"}", "expected" },
        { "{\"work\":\"compare\",\"deep\":1}", "deep" },
    };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++)
        call_refused(w, 400, "invalid_request", wrong[i].field, "POST", JOBS, NULL, wrong[i].order);
    /* a link is not followed, and what is not there is told */
    answer a = done_of(w, NULL, COMPARE(SPOT("handover", "out"), SPOT("handover", "b")));
    assert_string_equal(json_at(a.json, "state"), "failed");
    assert_string_equal(json_at(a.json, "error.code"), "not_found");
    assert_string_not_equal(json_at(a.json, "error.message.zh"), json_at(a.json, "error.message.en"));
    answer_done(&a);
    a = done_of(w, NULL, COMPARE(SPOT("handover", "a"), SPOT("handover", "absent")));
    assert_string_equal(json_at(a.json, "error.code"), "not_found");
    answer_done(&a);
    /* who has no such role, and another institution, which has no place */
    const char *person =
        put_record(w, "person", "{\"number\":\"J3\",\"name\":\"孙八\",\"roles\":[\"legal\"]}");
    snprintf(head, sizeof head, "Yunjian-Person: %s\r\n", person);
    call_refused(w, 403, "forbidden", "", "POST", JOBS, head,
                 COMPARE(SPOT("handover", "a"), SPOT("handover", "b")));
    call_refused(w, 400, "invalid_request", "expected.place", "POST",
                 "/api/v1/institutions/installation/jobs", NULL,
                 COMPARE(SPOT("handover", "a"), SPOT("handover", "b")));
    /* the data folder, what is around it and what is in it */
    static const char *const shut[] = { "/data", "", "/data/keys", "/absent" };
    for (size_t i = 0; i < YJ_COUNT(shut); i++) {
        yj_places p = { .count = 0 };
        snprintf(text, sizeof text, "x=%s%s", w->dir, shut[i]);
        yj_ok(yj_places_add(&p, text, &err));
        assert_int_equal(yj_places_open(&p, w->data, &err), YJ_E_USAGE);
        yj_places_done(&p);
    }
    static const char *const malformed[] = { "x",       "=y",          "x=",        "X=/tmp",
                                             "x@=/tmp", "x@a,,b=/tmp", "x@a,=/tmp", "x y=/tmp" };
    for (size_t i = 0; i < YJ_COUNT(malformed); i++) {
        yj_places p = { .count = 0 };
        assert_int_equal(yj_places_add(&p, malformed[i], &err), YJ_E_USAGE);
        yj_places_done(&p);
    }
}

/* Wait until the job runs and has read something. */
static void reads(const world *w, const char *id)
{
    char path[160];
    snprintf(path, sizeof path, JOBS "/%s", id);
    for (int i = 0; i < 6000; i++) {
        answer a = call(w, "GET", path, NULL, NULL);
        bool so = strcmp(json_at(a.json, "state"), "running") == 0 && json_int_at(a.json, "done") > 0;
        if (so)
            assert_true(json_int_at(a.json, "total") > json_int_at(a.json, "done"));
        answer_done(&a);
        if (so)
            return;
        (void)poll(NULL, 0, 10);
    }
    fail_msg("the job never reads");
}

static void stops(const world *w, const char *id)
{
    char path[200];
    snprintf(path, sizeof path, JOBS "/%s/cancel", id);
    call_expect(w, 200, "POST", path, NULL, NULL);
    answer a = ended(w, id);
    assert_string_equal(json_at(a.json, "state"), "cancelled");
    assert_true(json_is_null(json_object_get(a.json, "result")));
    answer_done(&a);
}

/* Files of holes, which nobody reads to their end. */
static void instruments__are_begun_anew_and_stopped(void **state)
{
    world *w = *state;
    static const char *const large[] = { "srv/l", "srv/m" };
    char path[200], id[64];
    for (size_t i = 0; i < YJ_COUNT(large); i++) {
        make_at(w, large[i]);
        snprintf(path, sizeof path, "%s/%s/holes", w->dir, large[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        assert_int_equal(ftruncate(fd, (off_t)1 << 41), 0);
        close(fd);
    }
    answer a = call(w, "POST", JOBS, NULL, COMPARE(SPOT("handover", "l"), SPOT("handover", "m")));
    assert_int_equal(a.status, 202);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    reads(w, id);
    world_restart(w);
    reads(w, id);
    stops(w, id);
    a = call(w, "POST", JOBS, NULL, SCAN("l", ""));
    assert_int_equal(a.status, 202);
    snprintf(id, sizeof id, "%s", json_at(a.json, "id"));
    answer_done(&a);
    reads(w, id);
    world_restart(w);
    reads(w, id);
    stops(w, id);
}

static void places__without_any_nothing_can_be_ordered(void **state)
{
    const world *w = *state;
    answer a = call(w, "GET", DEMO "/instruments", NULL, NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(json_array_size(json_object_get(a.json, "places")), 0);
    assert_true(json_is_null(json_object_get(a.json, "key")));
    answer_done(&a);
    call_refused(w, 400, "invalid_request", "expected.place", "POST", JOBS, NULL,
                 COMPARE(SPOT("handover", "a"), SPOT("handover", "b")));
}

int main(int argc, char **argv)
{
    if (yj_box_child(argc, argv, NULL)) /* this is a process for foreign bytes */
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify__is_asked_for_and_found_again),
        cmocka_unit_test(import__as_a_job),
        cmocka_unit_test(wrong__orders_are_refused),
        cmocka_unit_test(feed__tells_of_jobs),
        cmocka_unit_test(places__without_any_nothing_can_be_ordered),
    };
    const struct CMUnitTest in_places[] = {
        cmocka_unit_test(compare__signs_what_it_found_and_keeps_it_as_evidence),
        cmocka_unit_test(compare__goes_nowhere_else),
        cmocka_unit_test(scan__signs_what_it_found_and_keeps_the_list),
        cmocka_unit_test(scan__takes_rules_and_forms),
        cmocka_unit_test(scan__goes_nowhere_else),
        cmocka_unit_test(instruments__are_begun_anew_and_stopped),
    };
    int failed = cmocka_run_group_tests(tests, world_setup, world_teardown);
    return failed + cmocka_run_group_tests(in_places, places_setup, places_teardown);
}

// SPDX-License-Identifier: Apache-2.0
/* Long work over HTTP: asked for, seen, stopped, told in the feed. job/test_queue.c has how it is done. */
#include "api_test.h"
#include "schema.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify__is_asked_for_and_found_again),
        cmocka_unit_test(import__as_a_job),
        cmocka_unit_test(wrong__orders_are_refused),
        cmocka_unit_test(feed__tells_of_jobs),
    };
    return cmocka_run_group_tests(tests, world_setup, world_teardown);
}

// SPDX-License-Identifier: Apache-2.0
/* The text of evidence over HTTP: passages, likely ones, refusals; the server outlives every document. */
#include "api_test.h"

#include "api/call.h"
#include "base/file.h"
#include "text/text.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[256];

/* Upload a document of tests/text/make_documents.py; the path of its digest, static. */
static const char *upload(const world *w, const char *name)
{
    static char at[160];
    char path[512];
    yj_error err;
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, (size_t)64 << 20);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    yj_ok(yj_file_read(path, (size_t)64 << 20, &bytes, &err));
    answer a = call_bytes(w, "POST", "/api/v1/evidence", NULL, bytes.len ? bytes.ptr : "", bytes.len);
    assert_int_equal(a.status, 201);
    snprintf(at, sizeof at, "/api/v1/evidence/%s", json_at(a.json, "digest"));
    answer_done(&a);
    return at;
}

static answer text_of(const world *w, const char *name, const char *headers)
{
    char path[200];
    snprintf(path, sizeof path, "%s/text", upload(w, name));
    return call(w, "GET", path, headers, NULL);
}

static void text__has_passages_with_their_place(void **state)
{
    const world *w = *state;
    answer a = text_of(w, "chinese.pdf", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "format"), "pdf");
    assert_int_equal(json_int_at(a.json, "pages"), 2);
    assert_true(json_is_false(json_object_get(a.json, "scan")));
    assert_true(json_is_false(json_object_get(a.json, "truncated")));
    const json_t *passages = json_object_get(a.json, "passages"), *last = json_array_get(passages, 6);
    assert_int_equal(json_array_size(passages), 7);
    assert_int_equal(json_int_at(last, "page"), 2);
    assert_int_equal(json_int_at(last, "paragraph"), 7);
    assert_int_equal(strncmp(json_at(last, "text"), "合同终止后三十日内，", strlen("合同终止后三十日内，")),
                     0);
    answer_done(&a);
    a = text_of(w, "contract.docx", NULL);
    assert_int_equal(a.status, 200);
    assert_true(json_is_null(json_object_get(a.json, "pages")));
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(a.json, "passages"), 0), "page")));
    answer_done(&a);
    a = text_of(w, "scan.pdf", NULL);
    assert_int_equal(a.status, 200);
    assert_true(json_is_true(json_object_get(a.json, "scan")));
    answer_done(&a);
}

static void text__can_be_kept(void **state)
{
    const world *w = *state;
    char tag[128];
    answer a = text_of(w, "utf8.txt", NULL);
    assert_string_equal(answer_header(&a, "Cache-Control"), "private, max-age=3600");
    snprintf(tag, sizeof tag, "If-None-Match: %s\r\n", answer_header(&a, "ETag"));
    answer_done(&a);
    a = text_of(w, "utf8.txt", tag);
    assert_int_equal(a.status, 304);
    answer_done(&a);
}

static void refused(const world *w, const char *name, int status, const char *code)
{
    answer a = text_of(w, name, "Accept-Language: zh\r\n");
    if (a.status != status)
        fail_msg("%s: %d %s", name, a.status, a.body);
    assert_string_equal(json_at(a.json, "error.code"), code);
    assert_string_not_equal(json_at(a.json, "error.messages.zh"), json_at(a.json, "error.messages.en"));
    answer_done(&a);
}

static void document__that_cannot_be_read_costs_one_answer(void **state)
{
    const world *w = *state;
    refused(w, "encrypted.pdf", 422, "unreadable");
    refused(w, "broken.pdf", 422, "unreadable");
    refused(w, "cut.docx", 422, "unreadable");
    refused(w, "entity.docx", 422, "unreadable");
    refused(w, "picture.txt", 422, "unreadable");
    refused(w, "bomb.docx", 413, "limit_exceeded");
    call_expect(w, 200, "GET", "/api/v1/health", NULL, NULL);
    call_expect(w, 404, "GET", "/api/v1/evidence/0123/text", NULL, NULL);
    call_expect(w, 404, "GET",
                "/api/v1/evidence/0000000000000000000000000000000000000000000000000000000000000000/text",
                NULL, NULL);
}

static void likely__passages_are_proposed(void **state)
{
    const world *w = *state;
    char path[200];
    snprintf(path, sizeof path, "%s/passages", upload(w, "chinese.pdf"));
    answer a = call(w, "POST", path, NULL,
                    "{\"wanted\":[{\"id\":\"exit\",\"words\":[\"数据返还\",\"return of data\"]},"
                    "{\"id\":\"absent\",\"words\":[\"不可抗力\"]}],\"per\":1}");
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "format"), "pdf");
    const json_t *items = json_object_get(a.json, "items"), *exits = json_array_get(items, 0);
    assert_int_equal(json_array_size(items), 2);
    assert_string_equal(json_at(exits, "id"), "exit");
    assert_int_equal(json_array_size(json_object_get(exits, "passages")), 1);
    const json_t *p = json_array_get(json_object_get(exits, "passages"), 0);
    assert_int_equal(json_int_at(p, "page"), 2);
    assert_string_equal(json_at(p, "text"), "第二条 数据返还");
    double score = json_number_value(json_object_get(p, "score"));
    assert_true(score > 0.5 && score <= 1);
    const json_t *match = json_array_get(json_object_get(p, "matches"), 0);
    assert_int_equal(json_integer_value(json_array_get(match, 0)), 4);
    assert_int_equal(json_integer_value(json_array_get(match, 1)), 8);
    assert_int_equal(json_array_size(json_object_get(json_array_get(items, 1), "passages")), 0);
    answer_done(&a);
    /* what is wrong with a request is named */
    call_refused(w, 400, "invalid_request", "wanted", "POST", path, NULL, "{}");
    call_refused(w, 400, "invalid_request", "wanted[0]", "POST", path, NULL, "{\"wanted\":[{\"id\":\"a\"}]}");
    call_refused(w, 400, "invalid_request", "wanted[0].id", "POST", path, NULL,
                 "{\"wanted\":[{\"id\":\"\",\"words\":[\"x\"]}]}");
    call_refused(w, 400, "invalid_request", "wanted[0].words", "POST", path, NULL,
                 "{\"wanted\":[{\"id\":\"a\",\"words\":[]}]}");
    call_refused(w, 400, "invalid_request", "wanted[0].words", "POST", path, NULL,
                 "{\"wanted\":[{\"id\":\"a\",\"words\":[7]}]}");
    call_refused(w, 400, "invalid_request", "wanted[1].id", "POST", path, NULL,
                 "{\"wanted\":[{\"id\":\"a\",\"words\":[\"x\"]},{\"id\":\"a\",\"words\":[\"y\"]}]}");
    call_refused(w, 400, "invalid_request", "per", "POST", path, NULL, "{\"wanted\":[],\"per\":6}");
    call_refused(w, 400, "invalid_request", "more", "POST", path, NULL, "{\"wanted\":[],\"more\":6}");
    call_expect(w, 200, "POST", path, NULL, "{\"wanted\":[]}");
    call_expect(w, 404, "POST",
                "/api/v1/evidence/0000000000000000000000000000000000000000000000000000000000000000/passages",
                NULL, "{\"wanted\":[]}");
}

/* Documents may not take every slow worker. */
static void documents__are_read_two_at_once(void **state)
{
    world *w = *state;
    answer a = text_of(w, "utf8.txt", NULL);
    assert_int_equal(a.status, 200);
    answer_done(&a);
    atomic_store(&w->server->documents, YJ_DOCUMENTS_AT_ONCE);
    a = text_of(w, "utf8.txt", NULL);
    assert_int_equal(a.status, 503);
    assert_string_equal(json_at(a.json, "error.code"), "busy");
    assert_string_equal(answer_header(&a, "Retry-After"), "1");
    answer_done(&a);
    atomic_store(&w->server->documents, YJ_DOCUMENTS_AT_ONCE - 1);
    a = text_of(w, "utf8.txt", NULL);
    assert_int_equal(a.status, 200);
    answer_done(&a);
    atomic_store(&w->server->documents, 0);
}

static int setup(void **state)
{
    char command[1024];
    const char *base = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/yj-text-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder))
        return -1;
    snprintf(command, sizeof command, "python3 '%s/tests/text/make_documents.py' '%s'", SOURCE_ROOT, folder);
    return system(command) == 0 ? world_setup(state) : -1;
}

static int teardown(void **state)
{
    yj_error err;
    int rc = yj_dir_remove(folder, &err) == YJ_OK ? 0 : -1;
    return world_teardown(state) == 0 ? rc : -1;
}

int main(int argc, char **argv)
{
    if (yj_text_child(argc, argv))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text__has_passages_with_their_place),
        cmocka_unit_test(text__can_be_kept),
        cmocka_unit_test(document__that_cannot_be_read_costs_one_answer),
        cmocka_unit_test(likely__passages_are_proposed),
        cmocka_unit_test(documents__are_read_two_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

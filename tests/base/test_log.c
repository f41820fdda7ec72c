// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/json.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* Standard error goes to a file in the test's folder while a test runs. */
static int old_stderr;
static char path[300];

static void capture_begin(void **state)
{
    snprintf(path, sizeof path, "%s/log", (const char *)*state);
    old_stderr = dup(STDERR_FILENO);
    int fd = open(path, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void capture_end(yj_buf *out)
{
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    yj_error err;
    assert_status(yj_file_read(path, 10 << 20, out, &err), YJ_OK);
}

/* Take the next line off the text and parse it. */
static json_t *next_line(yj_span *text)
{
    yj_error err;
    const char *nl = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
    assert_non_null(nl);
    yj_span line = { text->ptr, (size_t)(nl - text->ptr) };
    *text = (yj_span){ nl + 1, text->len - line.len - 1 };
    json_t *v = NULL;
    assert_status(yj_json_parse(line, 20000, &v, &err), YJ_OK);
    return v;
}

static const char *str(json_t *v, const char *key)
{
    return json_string_value(json_object_get(v, key));
}

static void log__writes_one_line_of_json_a_record(void **state)
{
    capture_begin(state);
    errno = 7;
    yj_log_set_level(YJ_LOG_INFO);
    yj_log(YJ_LOG_INFO, "started on port %d", 8080);
    yj_log(YJ_LOG_DEBUG, "not wanted");
    yj_log(YJ_LOG_WARN, "odd \"text\"\n%s", "\xff");
    yj_log_set_level(YJ_LOG_ERROR);
    yj_log(YJ_LOG_WARN, "not wanted either");
    yj_log_set_level(YJ_LOG_INFO);
    bool errno_kept = errno == 7;
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 10 << 20);
    capture_end(&out);
    assert_true(errno_kept);
    yj_span text = yj_buf_view(&out);
    yj_auto(yj_json_freep) json_t *a = next_line(&text), *b = next_line(&text);
    assert_int_equal(text.len, 0);
    assert_string_equal(str(a, "level"), "info");
    assert_string_equal(str(a, "msg"), "started on port 8080");
    assert_int_equal(strlen(str(a, "time")), 30);
    assert_string_equal(str(b, "level"), "warn");
    assert_string_equal(str(b, "msg"), "odd \"text\"??");
}

static void log_error__tells_the_place(void **state)
{
    yj_error e;
    errno = ENOSPC;
    yj_fail_sys(&e, YJ_E_FULL, "cannot write %s", "x");
    int line = __LINE__ - 1;
    yj_error_at(&e, "line %d", 4);
    capture_begin(state);
    yj_log_error(YJ_LOG_ERROR, "importing", &e);
    yj_log_error(YJ_LOG_DEBUG, "not wanted", &e);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 10 << 20);
    capture_end(&out);
    yj_span text = yj_buf_view(&out);
    yj_auto(yj_json_freep) json_t *v = next_line(&text);
    assert_int_equal(text.len, 0);
    assert_string_equal(str(v, "msg"), "importing");
    assert_string_equal(str(v, "code"), "storage_full");
    assert_string_equal(str(v, "error"), "cannot write x (No space left on device)");
    assert_string_equal(str(v, "field"), "line 4");
    assert_int_equal(json_integer_value(json_object_get(v, "errno")), ENOSPC);
    assert_int_equal(json_integer_value(json_object_get(v, "line")), line);
    assert_non_null(strstr(str(v, "file"), "test_log.c"));
}

static void log__cuts_what_is_too_long(void **state)
{
    char text[9000];
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe4\xb8\xad", 4);
    capture_begin(state);
    yj_log(YJ_LOG_ERROR, "%s", text);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 10 << 20);
    capture_end(&out);
    yj_span all = yj_buf_view(&out);
    yj_auto(yj_json_freep) json_t *v = next_line(&all);
    assert_in_range(strlen(str(v, "msg")), 2000, 2047);
}

#define THREADS 4
#define LINES_EACH 500

static void *write_lines(void *arg)
{
    for (int i = 0; i < LINES_EACH; i++)
        yj_log(YJ_LOG_INFO, "%s %0200d", (const char *)arg, i);
    return NULL;
}

static void log__keeps_the_lines_of_threads_apart(void **state)
{
    static char name[] = "thread";
    capture_begin(state);
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&t[i], NULL, write_lines, name);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, 10 << 20);
    capture_end(&out);
    yj_span text = yj_buf_view(&out);
    size_t lines = 0;
    for (; text.len; lines++)
        json_decref(next_line(&text));
    assert_int_equal(lines, THREADS * LINES_EACH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(log__writes_one_line_of_json_a_record),
        unit_test_in_folder(log_error__tells_the_place),
        unit_test_in_folder(log__cuts_what_is_too_long),
        unit_test_in_folder(log__keeps_the_lines_of_threads_apart),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

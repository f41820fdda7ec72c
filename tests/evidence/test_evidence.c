// SPDX-License-Identifier: Apache-2.0
#include "stores.h"

#include "base/file.h"
#include "base/log.h"
#include "base/time.h"
#include "evidence/evidence.h"
#include "store/schema.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct place {
    char *dir, folder[256];
    yj_evidence *e;
} place;

static int setup(void **state)
{
    place *p = calloc(1, sizeof *p);
    yj_error err = { 0 };
    p->dir = yj_test_folder();
    snprintf(p->folder, sizeof p->folder, "%s/evidence", p->dir);
    yj_log_set_level(YJ_LOG_ERROR);
    yj_ok(yj_evidence_open(p->folder, false, &p->e, &err));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    place *p = *state;
    yj_evidence_free(p->e);
    yj_test_folder_remove(p->dir);
    free(p->dir);
    free(p);
    return 0;
}

static void reopen(place *p)
{
    yj_error err = { 0 };
    yj_evidence_free(p->e);
    p->e = NULL;
    yj_ok(yj_evidence_open(p->folder, false, &p->e, &err));
}

static yj_upload *hold(place *p, const char *id)
{
    yj_error err = { 0 };
    yj_upload *u = NULL;
    yj_ok(yj_upload_hold(p->e, id, YJ_ANY_OFFSET, &u, &err));
    return u;
}

static void start(place *p, uint64_t length, char id[static YJ_UUID_LEN + 1])
{
    yj_error err = { 0 };
    yj_ok(yj_upload_start(p->e, length, 1, id, &err));
}

static void check_blob(place *p, const yj_digest *d, yj_span want)
{
    yj_error err = { 0 };
    int fd = -1;
    uint64_t size = 0;
    yj_ok(yj_evidence_read(p->e, d, &fd, &size, &err));
    assert_int_equal(size, want.len);
    char *bytes = malloc(want.len + 1);
    assert_int_equal(read(fd, bytes, want.len + 1), want.len);
    assert_memory_equal(bytes, want.ptr, want.len);
    free(bytes);
    close(fd);
}

static void whole__file_is_kept_by_its_digest(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1], hex[2 * YJ_HASH_LEN + 1], path[512];
    yj_blob b;
    start(p, 5, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("he"), &err));
    yj_ok(yj_upload_append(u, YJ_SPAN("llo"), &err));
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    yj_digest_hex(&b.sha256, hex);
    assert_string_equal(hex, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert_int_equal(b.size, 5);
    assert_false(b.has_sm3);
    snprintf(path, sizeof path, "%s/%.2s/%s", p->folder, hex, hex + 2);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    check_blob(p, &b.sha256, YJ_SPAN("hello"));
    assert_int_equal(yj_upload_hold(p->e, id, YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
    /* the same file again is the same file */
    start(p, YJ_LENGTH_UNKNOWN, id);
    u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("hello"), &err));
    yj_ok(yj_upload_finish(u, &b.sha256, &b, &err));
    yj_upload_release(u);
    check_blob(p, &b.sha256, YJ_SPAN("hello"));
    yj_ok(yj_evidence_remove(p->e, &b.sha256, &err));
    yj_ok(yj_evidence_remove(p->e, &b.sha256, &err));
    int fd = -1;
    uint64_t size = 0;
    assert_int_equal(yj_evidence_read(p->e, &b.sha256, &fd, &size, &err), YJ_E_NOT_FOUND);
}

static void check__reads_the_file_again(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    yj_blob b;
    yj_evidence_check_result r;
    char id[YJ_UUID_LEN + 1], hex[2 * YJ_HASH_LEN + 1], path[400];
    start(p, 5, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("proof"), &err));
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    yj_ok(yj_evidence_check(p->e, &b.sha256, &r, &err));
    assert_true(r.matches);
    assert_int_equal(r.size, 5);
    yj_digest_hex(&b.sha256, hex);
    snprintf(path, sizeof path, "%s/%.2s/%s", p->folder, hex, hex + 2);
    assert_int_equal(chmod(path, 0600), 0);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "s", 1), 1); /* longer */
    yj_ok(yj_evidence_check(p->e, &b.sha256, &r, &err));
    assert_false(r.matches);
    assert_int_equal(r.size, 6);
    assert_int_equal(ftruncate(fd, 0), 0); /* nothing of it */
    yj_ok(yj_evidence_check(p->e, &b.sha256, &r, &err));
    assert_false(r.matches);
    assert_int_equal(r.size, 0);
    close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(yj_evidence_check(p->e, &b.sha256, &r, &err), YJ_E_NOT_FOUND);
    assert_int_equal(symlink("/dev/zero", path), 0); /* not ours, and without end */
    assert_int_equal(yj_evidence_check(p->e, &b.sha256, &r, &err), YJ_E_IO);
}

static void empty__file_is_a_file(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1], hex[2 * YJ_HASH_LEN + 1];
    yj_blob b;
    start(p, 0, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    yj_digest_hex(&b.sha256, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void upload__goes_on_after_a_restart(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    yj_blob b;
    yj_digest want;
    start(p, 11, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("hello "), &err));
    yj_upload_release(u);
    u = hold(p, id);
    assert_int_equal(yj_upload_offset(u), 6);
    yj_upload_release(u);
    reopen(p);
    /* bytes beyond what is known to be on the disk do not count */
    char path[512];
    snprintf(path, sizeof path, "%s/partial/%s", p->folder, id);
    int fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "JUNK", 4), 4);
    close(fd);
    u = hold(p, id);
    assert_int_equal(yj_upload_offset(u), 6);
    assert_int_equal(yj_upload_length(u), 11);
    yj_ok(yj_upload_append(u, YJ_SPAN("world"), &err));
    yj_hash(YJ_HASH_SHA256, "hello world", 11, &want);
    yj_ok(yj_upload_finish(u, &want, &b, &err));
    yj_upload_release(u);
    check_blob(p, &want, YJ_SPAN("hello world"));
    reopen(p);
    assert_int_equal(yj_upload_hold(p->e, id, YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
}

static void upload__cut_short_on_the_disk_counts_what_is_there(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1], path[512];
    start(p, YJ_LENGTH_UNKNOWN, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("0123456789"), &err));
    yj_upload_release(u);
    yj_evidence_free(p->e);
    snprintf(path, sizeof path, "%s/partial/%s", p->folder, id);
    assert_int_equal(truncate(path, 4), 0);
    p->e = NULL;
    yj_ok(yj_evidence_open(p->folder, false, &p->e, &err));
    u = hold(p, id);
    assert_int_equal(yj_upload_offset(u), 4);
    yj_ok(yj_upload_append(u, YJ_SPAN("!"), &err));
    yj_blob b;
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    check_blob(p, &b.sha256, YJ_SPAN("0123!"));
}

static void lengths__and_digests_are_held_to(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    yj_blob b;
    yj_digest other;
    start(p, 4, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("abc"), &err));
    assert_int_equal(yj_upload_append(u, YJ_SPAN("de"), &err), YJ_E_LIMIT);
    assert_int_equal(yj_upload_offset(u), 3);
    assert_int_equal(yj_upload_finish(u, NULL, &b, &err), YJ_E_CONFLICT);
    assert_int_equal(yj_upload_set_length(u, 5, &err), YJ_E_CONFLICT);
    yj_ok(yj_upload_set_length(u, 4, &err));
    yj_ok(yj_upload_append(u, YJ_SPAN("d"), &err));
    yj_hash(YJ_HASH_SHA256, "other", 5, &other);
    assert_int_equal(yj_upload_finish(u, &other, &b, &err), YJ_E_INVALID);
    yj_upload_release(u);
    /* it is still there, and may be finished by somebody who knows better */
    u = hold(p, id);
    assert_int_equal(yj_upload_offset(u), 4);
    yj_ok(yj_upload_restart(u, &err));
    assert_int_equal(yj_upload_offset(u), 0);
    yj_ok(yj_upload_append(u, YJ_SPAN("wxyz"), &err));
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    check_blob(p, &b.sha256, YJ_SPAN("wxyz"));
    assert_int_equal(yj_upload_start(p->e, YJ_EVIDENCE_BYTES_MAX + 1, 1, id, &err), YJ_E_LIMIT);
}

static void upload__is_taken_over_by_the_newest_holder(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    yj_upload *second = NULL;
    yj_blob b;
    uint64_t offset = 0, length = 0;
    start(p, YJ_LENGTH_UNKNOWN, id);
    yj_upload *first = hold(p, id);
    yj_ok(yj_upload_append(first, YJ_SPAN("one"), &err));
    /* who is wrong about the place takes nothing over */
    assert_int_equal(yj_upload_hold(p->e, id, 0, &second, &err), YJ_E_CONFLICT);
    yj_ok(yj_upload_look(p->e, id, &offset, &length, &err));
    assert_int_equal(offset, 3);
    yj_ok(yj_upload_append(first, YJ_SPAN("two"), &err));
    yj_ok(yj_upload_hold(p->e, id, 6, &second, &err));
    assert_int_equal(yj_upload_append(first, YJ_SPAN("x"), &err), YJ_E_CONFLICT);
    assert_int_equal(yj_upload_finish(first, NULL, &b, &err), YJ_E_CONFLICT);
    assert_int_equal(yj_upload_restart(first, &err), YJ_E_CONFLICT);
    yj_upload_cancel(first); /* it is not the first holder's any more */
    yj_upload_release(first);
    yj_ok(yj_upload_append(second, YJ_SPAN("three"), &err));
    yj_ok(yj_upload_finish(second, NULL, &b, &err));
    assert_int_equal(yj_upload_append(second, YJ_SPAN("x"), &err), YJ_E_CONFLICT);
    assert_int_equal(yj_upload_look(p->e, id, &offset, &length, &err), YJ_E_NOT_FOUND);
    yj_upload_release(second);
    check_blob(p, &b.sha256, YJ_SPAN("onetwothree"));
    start(p, YJ_LENGTH_UNKNOWN, id);
    first = hold(p, id);
    yj_upload_cancel(first);
    yj_upload_release(first);
    yj_upload *u = NULL;
    assert_int_equal(yj_upload_hold(p->e, id, YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
    static const char *const foreign[] = { "", "..", "../../etc/passwd",
                                           "01a204c5-01fa-7669-972c-c9dbbc59908a" };
    for (size_t i = 0; i < YJ_COUNT(foreign); i++)
        assert_int_equal(yj_upload_hold(p->e, foreign[i], YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
}

static void sweep__removes_what_nobody_touched(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char old[YJ_UUID_LEN + 1], held[YJ_UUID_LEN + 1];
    yj_evidence_stats st;
    yj_upload *u = NULL;
    start(p, YJ_LENGTH_UNKNOWN, old);
    start(p, YJ_LENGTH_UNKNOWN, held);
    u = hold(p, held);
    yj_evidence_sweep(p->e, yj_monotonic_ns());
    yj_evidence_stats_read(p->e, &st);
    assert_int_equal(st.uploads, 2);
    yj_evidence_sweep(p->e, yj_monotonic_ns() + YJ_EVIDENCE_KEEP_NS + YJ_NS_PER_S);
    yj_evidence_stats_read(p->e, &st);
    assert_int_equal(st.uploads, 1);
    yj_upload_release(u);
    assert_int_equal(yj_upload_hold(p->e, old, YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
}

static void number__of_uploads_is_bounded(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    for (int i = 0; i < YJ_EVIDENCE_UPLOADS_MAX; i++)
        start(p, YJ_LENGTH_UNKNOWN, id);
    assert_int_equal(yj_upload_start(p->e, 1, 1, id, &err), YJ_E_LIMIT);
}

static void sm3__is_worked_out_too_if_asked(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1], hex[2 * YJ_HASH_LEN + 1];
    yj_blob b;
    yj_evidence_free(p->e);
    yj_ok(yj_evidence_open(p->folder, true, &p->e, &err));
    start(p, 3, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, YJ_SPAN("abc"), &err));
    yj_ok(yj_upload_finish(u, NULL, &b, &err));
    yj_upload_release(u);
    assert_true(b.has_sm3);
    yj_digest_hex(&b.sm3, hex);
    assert_string_equal(
        hex, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"); /* GB/T 32905 A.1 */
}

/* A limit on the size of files stands for a full disk: the write fails in the middle. */
static void write__that_fails_in_the_middle_keeps_what_was_written(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1];
    struct rlimit before, small = { .rlim_cur = 8192, .rlim_max = RLIM_INFINITY };
    static char bytes[6000];
    memset(bytes, 'b', sizeof bytes);
    start(p, YJ_LENGTH_UNKNOWN, id);
    yj_upload *u = hold(p, id);
    yj_ok(yj_upload_append(u, (yj_span){ bytes, sizeof bytes }, &err));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    yj_status s = yj_upload_append(u, (yj_span){ bytes, sizeof bytes }, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(s, YJ_E_FULL);
    assert_int_equal(yj_upload_offset(u), 8192);
    yj_upload_release(u);
    reopen(p);
    u = hold(p, id);
    assert_int_equal(yj_upload_offset(u), 8192);
    yj_upload_release(u);
}

static void link__in_place_of_an_upload_is_not_followed(void **state)
{
    place *p = *state;
    yj_error err = { 0 };
    char id[YJ_UUID_LEN + 1], path[512];
    yj_upload *u = NULL;
    start(p, YJ_LENGTH_UNKNOWN, id);
    snprintf(path, sizeof path, "%s/partial/%s", p->folder, id);
    yj_evidence_free(p->e);
    p->e = NULL;
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    yj_ok(yj_evidence_open(p->folder, false, &p->e, &err));
    assert_int_equal(yj_upload_hold(p->e, id, YJ_ANY_OFFSET, &u, &err), YJ_E_NOT_FOUND);
}

/* --- rows -------------------------------------------------------------------------------------------------
 */

static void row__is_written_once(void **state)
{
    yj_test_store *t = *state;
    yj_error err = { 0 };
    yj_blob b = { .size = 17, .has_sm3 = true }, got;
    yj_ok(yj_store_migrate(t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(t, YJ_DB_WRITE);
    yj_hash(YJ_HASH_SHA256, "x", 1, &b.sha256);
    yj_hash(YJ_HASH_SM3, "x", 1, &b.sm3);
    assert_int_equal(yj_blob_get(db, &b.sha256, &got, &err), YJ_E_NOT_FOUND);
    yj_ok(yj_blob_put(db, &b, 5, &err));
    yj_ok(yj_blob_put(db, &b, 6, &err));
    yj_ok(yj_blob_get(db, &b.sha256, &got, &err));
    assert_int_equal(got.size, 17);
    assert_true(got.has_sm3);
    assert_memory_equal(got.sm3.b, b.sm3.b, sizeof b.sm3.b);
    assert_int_equal(yj_test_number(db, "SELECT received_at FROM blob"), 5);
    assert_false(yj_db_in_transaction(db));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whole__file_is_kept_by_its_digest, setup, teardown),
        cmocka_unit_test_setup_teardown(check__reads_the_file_again, setup, teardown),
        cmocka_unit_test_setup_teardown(empty__file_is_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(upload__goes_on_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(upload__cut_short_on_the_disk_counts_what_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(lengths__and_digests_are_held_to, setup, teardown),
        cmocka_unit_test_setup_teardown(upload__is_taken_over_by_the_newest_holder, setup, teardown),
        cmocka_unit_test_setup_teardown(sweep__removes_what_nobody_touched, setup, teardown),
        cmocka_unit_test_setup_teardown(number__of_uploads_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(sm3__is_worked_out_too_if_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(write__that_fails_in_the_middle_keeps_what_was_written, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(link__in_place_of_an_upload_is_not_followed, setup, teardown),
        yj_test_stores(row__is_written_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

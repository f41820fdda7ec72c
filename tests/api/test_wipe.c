// SPDX-License-Identifier: Apache-2.0
/* A medium wiped as a job: by two people, of a record, when the packs' gate is open; real files. */
#include "api_test.h"
#include "schema.h"

#include "base/file.h"
#include "instrument/attest/dsse.h"
#include "instrument/wipe/target.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS DEMO "/jobs"
#define SMALL_BYTES ((size_t)300000)
#define LARGE_BYTES ((off_t)1 << 30)

static browser root, anna, ben, carl; /* it, risk, legal */
static char anna_id[YJ_UUID_LEN + 1], ben_id[YJ_UUID_LEN + 1], carl_id[YJ_UUID_LEN + 1];
static char item[YJ_UUID_LEN + 1];
static yj_media media;

/* --- the world -------------------------------------------------------------------------------- */

static void path_of(const world *w, const char *name, char ret[static 200])
{
    snprintf(ret, 200, "%s/media/%s", w->dir, name);
}

/* What was there, over and over; holes beyond. */
static void make_medium(const world *w, const char *name, off_t size)
{
    static char old[SMALL_BYTES];
    char path[200];
    path_of(w, name, path);
    memset(old, 'S', sizeof old);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, old, sizeof old), (ssize_t)sizeof old);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static bool is_untouched(const world *w, const char *name)
{
    char path[200], got[4096];
    path_of(w, name, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool same = read(fd, got, sizeof got) == (ssize_t)sizeof got;
    for (size_t i = 0; same && i < sizeof got; i++)
        same = got[i] == 'S';
    close(fd);
    return same;
}

/* As the instrument names a file (instrument/wipe/target.c). */
static void serial_of(const world *w, const char *name, char ret[static 80])
{
    char path[200];
    yj_error err = { 0 };
    yj_target *t = NULL;
    yj_disk_id id;
    path_of(w, name, path);
    yj_ok(yj_target_open(path, &(yj_target_options){ .sys = "/sys", .proc = "/proc", .look_only = true }, &t,
                         &err));
    yj_disk d = yj_target_disk(t);
    yj_ok(d.ops->identify(d.self, &id, &err));
    snprintf(ret, 80, "%.79s", id.serial);
    yj_target_close(t);
}

static void add_medium(const world *w, const char *name)
{
    char text[300], path[200];
    yj_error err = { 0 };
    path_of(w, name, path);
    snprintf(text, sizeof text, "%s=%s", name, path);
    yj_ok(yj_media_add(&media, text, &err));
}

static void set_level(const world *w, int level)
{
    char path[160], body[80];
    snprintf(path, sizeof path, DEMO "/records/item/%s", item);
    snprintf(body, sizeof body, "{\"fields\":{\"level\":%d}}", level);
    visit_expect(w, &root, 200, "PATCH", path, body);
}

static void enter_disk(const world *w, const char *serial, int level, char ret[static YJ_UUID_LEN + 1])
{
    char body[400];
    snprintf(body, sizeof body, "{\"fields\":{\"item\":\"%s\",\"serial\":\"%s\",\"level\":%d}}", item, serial,
             level);
    answer a = visit(w, &root, "POST", DEMO "/records/disk", body);
    if (a.status != 201)
        fail_msg("%d %s", a.status, a.body);
    snprintf(ret, YJ_UUID_LEN + 1, "%s", json_at(a.json, "id"));
    answer_done(&a);
}

static int setup(void **state)
{
    char path[200];
    yj_error err = { 0 };
    if (world_setup_signed(state) != 0)
        return -1;
    world *w = *state;
    browser *const all[] = { &root, &anna, &ben, &carl };
    for (size_t i = 0; i < YJ_COUNT(all); i++)
        memset(all[i], 0, sizeof *all[i]);
    media = (yj_media){ .named = { .count = 0 } };
    snprintf(path, sizeof path, "%s/media", w->dir);
    yj_ok(yj_dir_make(path, &err));
    make_medium(w, "bay1", (off_t)SMALL_BYTES);
    make_medium(w, "bay2", (off_t)SMALL_BYTES);
    make_medium(w, "bay3", (off_t)SMALL_BYTES);
    make_medium(w, "large", LARGE_BYTES);
    add_medium(w, "bay1");
    add_medium(w, "bay2");
    add_medium(w, "large");
    add_medium(w, "absent");
    add_medium(w, "bay3");
    first_administrator(w, &root);
    w->media = &media;
    world_restart(w);
    person_signs_in(w, &root, "demo", "anna", "\"it\"", &anna, anna_id);
    person_signs_in(w, &root, "demo", "ben", "\"risk\"", &ben, ben_id);
    person_signs_in(w, &root, "demo", "carl", "\"legal\"", &carl, carl_id);
    answer a = visit(w, &root, "POST", DEMO "/records/item",
                     "{\"fields\":{\"number\":\"W-1\",\"title\":\"a\",\"level\":5}}");
    assert_int_equal(a.status, 201);
    snprintf(item, sizeof item, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(path, sizeof path, DEMO "/records/item/%s/transitions", item);
    visit_expect(w, &root, 200, "POST", path, "{\"transition\":\"start\"}");
    return 0;
}

static int teardown(void **state)
{
    int n = world_teardown(state);
    yj_media_done(&media);
    return n;
}

/* --- asking ----------------------------------------------------------------------------------- */

static answer order(const world *w, browser *by, const char *medium, const char *record, const char *serial,
                    const char *more)
{
    char body[600];
    snprintf(body, sizeof body,
             "{\"work\":\"wipe\",\"medium\":\"%s\",\"record\":\"%s\",\"serial\":\"%s\",\"destination\":"
             "\"reuse\"%s}",
             medium, record, serial, more);
    return visit(w, by, "POST", JOBS, body);
}

static void refused(answer a, int status, const char *code, const char *field)
{
    if (a.status != status || strcmp(json_at(a.json, "error.code"), code) != 0 ||
        strcmp(json_at(a.json, "error.field"), field) != 0)
        fail_msg("%d in place of %d: %s", a.status, status, a.body);
    assert_string_not_equal(json_at(a.json, "error.messages.zh"), json_at(a.json, "error.messages.en"));
    answer_done(&a);
}

static void waits(const world *w, const char *medium, const char *record, const char *serial,
                  char ret[static YJ_UUID_LEN + 1])
{
    answer a = order(w, &anna, medium, record, serial, "");
    if (a.status != 202)
        fail_msg("%d %s", a.status, a.body);
    assert_string_equal(json_at(a.json, "state"), "waiting");
    snprintf(ret, YJ_UUID_LEN + 1, "%s", json_at(a.json, "id"));
    answer_done(&a);
}

static answer witness(const world *w, browser *by, const char *id)
{
    char path[160];
    snprintf(path, sizeof path, JOBS "/%s/witness", id);
    return visit(w, by, "POST", path, "");
}

static answer shown(const world *w, const char *id)
{
    char path[160];
    snprintf(path, sizeof path, JOBS "/%s", id);
    answer a = visit(w, &anna, "GET", path, NULL);
    assert_int_equal(a.status, 200);
    return a;
}

static answer ended(const world *w, const char *id)
{
    for (int i = 0; i < 6000; i++) {
        answer a = shown(w, id);
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
    answer doc = visit(w, &anna, "GET", "/api/v1/openapi.json", NULL);
    const json_t *schemas = json_object_get(json_object_get(doc.json, "components"), "schemas");
    if (!schema_fits(doc.json, json_object_get(schemas, schema), v, why, sizeof why))
        fail_msg("%s", why);
    answer_done(&doc);
}

/* --- tests ------------------------------------------------------------------------------------ */

/* The file of evidence names the two, and is about the medium; where that lies on the machine stands nowhere.
 */
static void assert_certified(const world *w, const char *digest, const char *serial)
{
    char path[200];
    yj_error err = { 0 };
    yj_dsse d;
    yj_arena *arena = yj_arena_new((size_t)1 << 20);
    snprintf(path, sizeof path, "/api/v1/evidence/%s", digest);
    answer a = visit(w, &anna, "GET", path, NULL);
    assert_int_equal(a.status, 200);
    yj_ok(yj_dsse_parse((yj_span){ a.body, a.len }, arena, &d, &err));
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_ok(yj_json_parse(d.payload, d.payload.len + 1, &v, &err));
    assert_string_equal(json_at(v, "subject.0.name"), serial);
    assert_string_equal(json_at(v, "predicate.performedBy.name"), "anna");
    assert_string_equal(json_at(v, "predicate.witnessedBy.name"), "ben");
    assert_string_equal(json_at(v, "predicate.medium.target"), "bay1");
    assert_string_equal(json_at(v, "predicate.outcome"), "clear");
    assert_null(memmem(d.payload.ptr, d.payload.len, w->dir, strlen(w->dir)));
    answer_done(&a);
    yj_arena_free(arena);
}

/* Who has no such role himself is neither of the two, whoever has made him a deputy. */
static void deputies__are_no_second_person(const world *w, const char *id)
{
    char body[400];
    snprintf(body, sizeof body,
             "{\"fields\":{\"from_person\":\"%s\",\"to_person\":\"%s\",\"from_date\":\"2020-01-01\","
             "\"until_date\":\"2999-01-01\",\"reason\":\"x\"}}",
             anna_id, carl_id);
    visit_expect(w, &root, 201, "POST", DEMO "/records/delegation", body);
    refused(witness(w, &carl, id), 403, "forbidden", "");
    refused(order(w, &carl, "bay1", "x", "x", ""), 403, "forbidden", "");
    answer a = visit(w, &carl, "GET", DEMO "/instruments", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "media")), 0);
    const json_t *work = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(a.json, "works"), i, work)
    {
        if (strcmp(json_at(work, "work"), "wipe") != 0)
            continue;
        assert_true(json_is_false(json_object_get(work, "allowed")));
        assert_true(json_is_false(json_object_get(json_object_get(work, "witness"), "allowed")));
    }
    answer_done(&a);
}

static void wipe__by_two_people_is_certified(void **state)
{
    const world *w = *state;
    char serial[80], disk[YJ_UUID_LEN + 1], id[YJ_UUID_LEN + 1], digest[80], path[200];
    serial_of(w, "bay1", serial);
    enter_disk(w, serial, 2, disk);
    answer a = visit(w, &anna, "GET", DEMO "/instruments", NULL);
    assert_fits(w, "Instruments", a.json);
    assert_string_equal(json_at(a.json, "media.0.name"), "bay1");
    assert_string_equal(json_at(a.json, "media.0.type"), "file");
    assert_int_equal(json_int_at(a.json, "media.0.bytes"), SMALL_BYTES);
    assert_string_equal(json_at(a.json, "media.3.name"), "absent");
    assert_string_not_equal(json_at(a.json, "media.3.problem.en"), "");
    assert_null(strstr(a.body, w->dir));
    assert_null(strstr(a.body, serial));
    answer_done(&a);
    a = visit(w, &carl, "GET", DEMO "/instruments", NULL);
    assert_int_equal(json_array_size(json_object_get(a.json, "media")), 0);
    answer_done(&a);
    waits(w, "bay1", disk, serial, id);
    refused(witness(w, &anna, id), 403, "forbidden", "");
    refused(witness(w, &carl, id), 403, "forbidden", "");
    refused(witness(w, &root, id), 403, "forbidden", "");
    deputies__are_no_second_person(w, id);
    assert_true(is_untouched(w, "bay1"));
    a = witness(w, &ben, id);
    if (a.status != 200)
        fail_msg("%d %s", a.status, a.body);
    assert_fits(w, "Job", a.json);
    assert_string_equal(json_at(a.json, "witness.id"), ben_id);
    assert_string_equal(json_at(a.json, "input.plan.outcome"), "clear");
    answer_done(&a);
    a = ended(w, id);
    assert_fits(w, "Job", a.json);
    if (strcmp(json_at(a.json, "state"), "done") != 0)
        fail_msg("%s", a.body);
    assert_true(json_is_true(json_object_get(json_object_get(a.json, "result"), "fine")));
    assert_int_equal(json_int_at(a.json, "done"), 2 * (int64_t)SMALL_BYTES);
    snprintf(digest, sizeof digest, "%s", json_at(a.json, "result.statement.digest"));
    snprintf(path, sizeof path, DEMO "/records/evidence/%s", json_at(a.json, "result.statement.evidence"));
    answer_done(&a);
    assert_false(is_untouched(w, "bay1"));
    assert_certified(w, digest, serial);
    a = visit(w, &anna, "GET", path, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(json_at(a.json, "by"), anna_id);
    answer_done(&a);
    refused(witness(w, &ben, id), 409, "conflict", "");
}

static yj_status proofs_grow_old(yj_db *db, void *ctx, yj_error *err)
{
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE session SET proved = 1", &st, err));
    return yj_stmt_run(st, NULL, err);
}

static void wrong__orders_leave_it_untouched(void **state)
{
    world *w = *state;
    char serial[80], disk[YJ_UUID_LEN + 1], other[YJ_UUID_LEN + 1], id[YJ_UUID_LEN + 1], path[200],
        again[210];
    yj_error err = { 0 };
    serial_of(w, "bay2", serial);
    enter_disk(w, serial, 2, disk);
    enter_disk(w, "another", 2, other);
    refused(order(w, &anna, "bay9", disk, serial, ""), 400, "invalid_request", "medium");
    refused(order(w, &anna, "bay2", "nothing", serial, ""), 404, "not_found", "record");
    refused(order(w, &anna, "bay2", disk, "", ""), 400, "invalid_request", "serial");
    refused(order(w, &anna, "bay2", disk, "SOMETHING", ""), 409, "conflict",
            "serial"); /* the record's is another */
    refused(order(w, &anna, "bay2", other, "another", ""), 409, "conflict", "serial"); /* the medium's is */
    refused(order(w, &anna, "bay2", disk, serial, ",\"sample\":5"), 400, "invalid_request", "sample");
    refused(order(w, &anna, "bay2", disk, serial, ",\"plan\":{}"), 400, "invalid_request", "plan");
    refused(visit(w, &anna, "POST", JOBS,
                  "{\"work\":\"wipe\",\"medium\":\"bay2\",\"record\":\"x\",\"serial\":\"x\",\"destination\":"
                  "\"sale\"}"),
            400, "invalid_request", "destination");
    refused(order(w, &carl, "bay2", disk, serial, ""), 403, "forbidden", "");
    refused(order(w, &root, "bay2", disk, serial, ""), 403, "forbidden", "");
    refused(order(w, &anna, "absent", disk, serial, ""), 404, "not_found", "");
    /* the gate is shut when it is ordered, */
    set_level(w, 2);
    answer a = order(w, &anna, "bay2", disk, serial, "");
    assert_string_equal(json_at(a.json, "error.misses.0.requirement"), "1-1");
    refused(a, 422, "gate_shut", "");
    set_level(w, 5);
    waits(w, "bay2", disk, serial, id);
    /* when it is confirmed, */
    set_level(w, 2);
    a = witness(w, &ben, id);
    assert_string_equal(json_at(a.json, "error.misses.0.requirement"), "1-1");
    refused(a, 422, "gate_shut", "");
    set_level(w, 5);
    /* the medium is another one then, */
    path_of(w, "bay2", path);
    assert_int_equal(truncate(path, SMALL_BYTES + 4096), 0);
    refused(witness(w, &ben, id), 409, "conflict", "");
    assert_int_equal(truncate(path, SMALL_BYTES), 0);
    /* also if it only took the other's place, whatever number it was given */
    path_of(w, "bay2", path);
    snprintf(again, sizeof again, "%s.old", path);
    assert_int_equal(rename(path, again), 0);
    make_medium(w, "bay2", (off_t)SMALL_BYTES);
    refused(witness(w, &ben, id), 409, "conflict", "serial");
    assert_int_equal(rename(again, path), 0);
    /* or nobody has proved who he is for a while */
    yj_ok(yj_engine_write(w->engine, proofs_grow_old, NULL, &err));
    world_restart(w);
    refused(witness(w, &ben, id), 403, "prove_again", "");
    refused(order(w, &anna, "bay2", disk, serial, ""), 403, "prove_again", "");
    visit_expect(w, &ben, 200, "POST", "/api/v1/session/prove", "{\"password\":\"" PASSWORD "\"}");
    visit_expect(w, &anna, 200, "POST", "/api/v1/session/prove", "{\"password\":\"" PASSWORD "\"}");
    visit_expect(w, &root, 200, "POST", "/api/v1/session/prove", "{\"password\":\"" PASSWORD "\"}");
    snprintf(path, sizeof path, JOBS "/%s/cancel", id);
    refused(visit(w, &carl, "POST", path, ""), 403, "forbidden", ""); /* it is no business of his */
    visit_expect(w, &anna, 200, "POST", path, "");
    refused(witness(w, &ben, id), 409, "conflict", "");
    assert_true(is_untouched(w, "bay2"));
}

/* The same medium under another exit, so to speak: it must be let go there too, and the graver grade holds.
 */
static void every__record_of_a_serial_is_asked(void **state)
{
    const world *w = *state;
    char serial[80], upper[80], disk[YJ_UUID_LEN + 1], first[YJ_UUID_LEN + 1], path[200], id[YJ_UUID_LEN + 1];
    snprintf(first, sizeof first, "%s", item);
    serial_of(w, "bay3", serial);
    enter_disk(w, serial, 2, disk);
    answer a = visit(w, &root, "POST", DEMO "/records/item",
                     "{\"fields\":{\"number\":\"W-2\",\"title\":\"b\",\"level\":5}}");
    assert_int_equal(a.status, 201);
    snprintf(item, sizeof item, "%s", json_at(a.json, "id"));
    answer_done(&a);
    snprintf(upper, sizeof upper, "%s", serial);
    upper[0] = 'F';
    enter_disk(w, upper, 3, id);
    a = order(w, &anna, "bay3", disk, serial, "");
    assert_non_null(strstr(json_at(a.json, "error.messages.en"), "is recorded under \"b\""));
    refused(a, 409, "conflict", ""); /* in no state in which it may */
    snprintf(path, sizeof path, DEMO "/records/item/%s/transitions", item);
    visit_expect(w, &root, 200, "POST", path, "{\"transition\":\"start\"}");
    set_level(w, 2);
    a = order(w, &anna, "bay3", disk, serial, "");
    assert_string_equal(json_at(a.json, "error.misses.0.requirement"), "1-1");
    assert_non_null(strstr(json_at(a.json, "error.messages.en"), "is recorded under"));
    refused(a, 422, "gate_shut", "");
    set_level(w, 5);
    a = order(w, &anna, "bay3", disk, serial, "");
    assert_non_null(strstr(json_at(a.json, "error.messages.en"), "grade 3 asks"));
    refused(a, 409, "conflict", "");
    snprintf(item, sizeof item, "%s", first);
    assert_true(is_untouched(w, "bay3"));
}

typedef struct confirming {
    const char *id, *witness;
    int64_t confirmed;
} confirming;

/* As if it had been confirmed, with nothing looked at. */
static yj_status confirm_blindly(yj_db *db, void *ctx, yj_error *err)
{
    const confirming *x = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(db, "UPDATE job SET state = 'queued', witness = ?2, confirmed = ?3 WHERE id = ?1",
                         &st, err));
    yj_bind_cstr(st, 1, x->id);
    yj_bind_cstr(st, 2, x->witness);
    yj_bind_i64(st, 3, x->confirmed);
    return yj_stmt_run(st, NULL, err);
}

static void ends_without(const world *w, const confirming *x, const char *code)
{
    yj_error err = { 0 };
    yj_ok(yj_engine_write(w->engine, confirm_blindly, (void *)(uintptr_t)x, &err));
    answer a = ended(w, x->id);
    if (strcmp(json_at(a.json, "state"), "failed") != 0 || strcmp(json_at(a.json, "error.code"), code) != 0)
        fail_msg("%s", a.body);
    if (strcmp(code, "gate_shut") == 0)
        assert_string_equal(json_at(a.json, "result.misses.0.requirement"), "1-1");
    answer_done(&a);
    assert_true(is_untouched(w, "bay2"));
}

/* Whatever the row says, the worker asks again before the first byte. */
static void before__the_first_byte_it_is_asked_again(void **state)
{
    const world *w = *state;
    char serial[80], disk[YJ_UUID_LEN + 1], id[YJ_UUID_LEN + 1], path[200];
    const int64_t now = yj_clock_system().now_ns(NULL);
    serial_of(w, "bay2", serial);
    answer a = visit(w, &root, "GET", DEMO "/records/disk", NULL);
    snprintf(disk, sizeof disk, "%s", "");
    for (size_t i = 0; i < json_array_size(json_object_get(a.json, "items")); i++) {
        const json_t *one = json_array_get(json_object_get(a.json, "items"), i);
        if (strcmp(json_at(one, "fields.serial"), serial) == 0)
            snprintf(disk, sizeof disk, "%s", json_at(one, "id"));
    }
    answer_done(&a);
    waits(w, "bay2", disk, serial, id);
    ends_without(w, &(confirming){ id, "", now }, "forbidden");
    waits(w, "bay2", disk, serial, id);
    ends_without(w, &(confirming){ id, anna_id, now }, "forbidden");
    waits(w, "bay2", disk, serial, id);
    set_level(w, 2);
    ends_without(w, &(confirming){ id, ben_id, now }, "gate_shut");
    set_level(w, 5);
    waits(w, "bay2", disk, serial, id);
    path_of(w, "bay2", path);
    assert_int_equal(truncate(path, SMALL_BYTES + 4096), 0);
    ends_without(w, &(confirming){ id, ben_id, now }, "conflict");
    assert_int_equal(truncate(path, SMALL_BYTES), 0);
}

static bool has_state(const world *w, const char *id)
{
    char path[200];
    snprintf(path, sizeof path, "%s/wipe-%s.state", w->data, id);
    return yj_path_exists(path);
}

static void wait_until_it_writes(const world *w, const char *id)
{
    for (int i = 0; i < 6000; i++) {
        answer a = shown(w, id);
        bool so = (strcmp(json_at(a.json, "state"), "running") == 0 && json_int_at(a.json, "done") > 0) ||
                  strcmp(json_at(a.json, "ended"), "") != 0;
        answer_done(&a);
        if (so)
            return;
        (void)poll(NULL, 0, 5);
    }
    fail_msg("the job never writes");
}

/* A large file: on a machine that is fast enough it may be done before anybody stops it. */
static void wipe__goes_on_after_the_server_and_is_stopped(void **state)
{
    world *w = *state;
    char serial[80], disk[YJ_UUID_LEN + 1], id[YJ_UUID_LEN + 1], path[200];
    serial_of(w, "large", serial);
    enter_disk(w, serial, 1, disk);
    waits(w, "large", disk, serial, id);
    answer a = witness(w, &ben, id);
    assert_int_equal(a.status, 200);
    answer_done(&a);
    wait_until_it_writes(w, id);
    world_restart(w);
    a = shown(w, id);
    bool over = strcmp(json_at(a.json, "ended"), "") != 0;
    answer_done(&a);
    assert_true(over || has_state(w, id));
    wait_until_it_writes(w, id);
    snprintf(path, sizeof path, JOBS "/%s/cancel", id);
    a = visit(w, &anna, "POST", path, "");
    assert_true(a.status == 200 || a.status == 409);
    answer_done(&a);
    a = ended(w, id);
    assert_fits(w, "Job", a.json);
    if (strcmp(json_at(a.json, "state"), "done") == 0) {
        assert_string_not_equal(json_at(a.json, "result.statement.evidence"), "");
    } else {
        assert_string_equal(json_at(a.json, "state"), "cancelled");
        assert_string_equal(json_at(a.json, "result.statement.evidence"), "");
        assert_string_not_equal(json_at(a.json, "result.steps.0.step"), "");
        assert_true(json_is_false(json_object_get(json_object_get(a.json, "result"), "fine")));
    }
    answer_done(&a);
    assert_false(has_state(w, id));
    path_of(w, "large", path);
    assert_int_equal(unlink(path), 0);
}

static void media__are_the_operators_to_name(void **state)
{
    const world *w = *state;
    static const char *const malformed[] = { "x", "=y", "x=", "X=/tmp/y", "x@=/tmp/y", "x y=/tmp/y" };
    static const char *const shut[] = { "/data/yunjian.json", "/media", "/nowhere/x", "/" };
    char text[300], link[200];
    yj_error err = { 0 };
    for (size_t i = 0; i < YJ_COUNT(malformed); i++) {
        yj_media m = { .named = { .count = 0 } };
        assert_int_equal(yj_media_add(&m, malformed[i], &err), YJ_E_USAGE);
        yj_media_done(&m);
    }
    for (size_t i = 0; i < YJ_COUNT(shut); i++) {
        yj_media m = { .named = { .count = 0 } };
        snprintf(text, sizeof text, "x=%s%s", w->dir, shut[i]);
        yj_ok(yj_media_add(&m, text, &err));
        assert_int_equal(yj_media_open(&m, w->data, &err), YJ_E_USAGE);
        yj_media_done(&m);
    }
    /* a link is not followed, to the data folder or anywhere */
    yj_media m = { .named = { .count = 0 } };
    yj_medium_seen is;
    path_of(w, "link", link);
    snprintf(text, sizeof text, "%s/yunjian.json", w->data);
    assert_int_equal(symlink(text, link), 0);
    snprintf(text, sizeof text, "x=%s", link);
    yj_ok(yj_media_add(&m, text, &err));
    assert_int_equal(yj_media_open(&m, w->data, &err), YJ_E_USAGE);
    yj_media_done(&m);
    /* nor is what takes the place of a file later */
    m = (yj_media){ .named = { .count = 0 } };
    assert_int_equal(unlink(link), 0);
    yj_ok(yj_media_add(&m, text, &err));
    yj_ok(yj_media_open(&m, w->data, &err));
    snprintf(text, sizeof text, "%s/yunjian.json", w->data);
    assert_int_equal(symlink(text, link), 0);
    assert_int_equal(yj_medium_look(&m, &m.named.row[0], &is, &err), YJ_E_CONFLICT);
    assert_null(strstr(err.msg, w->dir));
    assert_int_equal(unlink(link), 0);
    assert_int_equal(mkdir(link, 0700), 0);
    assert_int_equal(yj_medium_look(&m, &m.named.row[0], &is, &err), YJ_E_CONFLICT);
    assert_int_equal(rmdir(link), 0);
    yj_media_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wipe__by_two_people_is_certified),
        cmocka_unit_test(wrong__orders_leave_it_untouched),
        cmocka_unit_test(every__record_of_a_serial_is_asked),
        cmocka_unit_test(before__the_first_byte_it_is_asked_again),
        cmocka_unit_test(wipe__goes_on_after_the_server_and_is_stopped),
        cmocka_unit_test(media__are_the_operators_to_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

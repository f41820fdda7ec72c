// SPDX-License-Identifier: Apache-2.0
/* How far a run came. It decides where writing goes on, never what is certified: that is read from the
 * medium. */
#include "base/file.h"
#include "instrument/wipe/run.h"

#define STATE_BYTES_MAX ((size_t)64 << 10)
#define STATE_TYPE "yunjian-wipe-state-1"

yj_status yj_wipe_state_save(const char *path, const yj_disk_id *id, yj_wipe_method m, const yj_wipe_state *s,
                             yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_auto(yj_buf_done) yj_buf seed;
    yj_buf_init(&out, STATE_BYTES_MAX);
    yj_buf_init(&seed, STATE_BYTES_MAX);
    yj_buf_hex(&seed, s->seed, sizeof s->seed);
    yj_auto(yj_json_freep) json_t *v =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:I, s:I, s:b, s:I, s:I}", "type", STATE_TYPE,
                  "serial", id->serial, "model", id->model, "bytes", (json_int_t)id->bytes, "dev",
                  (json_int_t)id->dev, "ino", (json_int_t)id->ino, "method", yj_wipe_method_name(m), "seed",
                  seed.ptr, "pass", (json_int_t)s->pass, "place", (json_int_t)s->place, "device", s->device,
                  "canaries", (json_int_t)s->canaries, "from", (json_int_t)s->from_ns);
    if (!v)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(yj_json_canonical(v, &out, err));
    YJ_TRY(yj_buf_status(&out, err));
    return yj_file_write(path, yj_buf_view(&out), 0600, err);
}

static bool text_is(const json_t *v, const char *name, const char *wanted)
{
    const char *s = json_string_value(json_object_get(v, name));
    return s && strcmp(s, wanted) == 0;
}

static bool number_of(const json_t *v, const char *name, uint64_t max, uint64_t *ret)
{
    const json_t *n = json_object_get(v, name);
    if (!json_is_integer(n) || json_integer_value(n) < 0 || (uint64_t)json_integer_value(n) > max)
        return false;
    *ret = (uint64_t)json_integer_value(n);
    return true;
}

/* The number of a device may be another after it was plugged in again; a file's is the file. */
static bool is_of(const json_t *v, const yj_disk_id *id, yj_wipe_method m)
{
    uint64_t bytes, ino;
    return text_is(v, "serial", id->serial) && text_is(v, "model", id->model) &&
           text_is(v, "method", yj_wipe_method_name(m)) && number_of(v, "bytes", INT64_MAX, &bytes) &&
           bytes == id->bytes && number_of(v, "ino", INT64_MAX, &ino) && ino == id->ino;
}

yj_status yj_wipe_state_load(const char *path, const yj_disk_id *id, yj_wipe_method m, yj_wipe_state *ret,
                             bool *ret_there, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_buf_init(&text, STATE_BYTES_MAX);
    *ret_there = yj_path_exists(path);
    if (!*ret_there)
        return YJ_OK;
    YJ_TRY(yj_file_read(path, STATE_BYTES_MAX, &text, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&text), STATE_BYTES_MAX, &v, err));
    if (!json_is_object(v) || !text_is(v, "type", STATE_TYPE))
        return yj_fail(err, YJ_E_INVALID, "%s is no state of a wipe", path);
    if (!is_of(v, id, m))
        return yj_fail(err, YJ_E_CONFLICT, "%s is of another medium or another method", path);
    uint64_t pass, canaries, from;
    size_t n = 0;
    yj_wipe_state s = { .device = json_is_true(json_object_get(v, "device")) };
    if (!number_of(v, "pass", 16, &pass) || !number_of(v, "place", id->bytes, &s.place) ||
        !number_of(v, "canaries", YJ_CANARIES_MAX, &canaries) || !number_of(v, "from", INT64_MAX, &from) ||
        s.place % YJ_PASS_GRAIN != 0 ||
        !yj_hex_decode(yj_span_of(json_string_value(json_object_get(v, "seed"))), s.seed, sizeof s.seed,
                       &n) ||
        n != sizeof s.seed)
        return yj_fail(err, YJ_E_INVALID, "%s is no state of a wipe", path);
    s.pass = (unsigned)pass;
    s.canaries = (size_t)canaries;
    s.from_ns = (int64_t)from;
    *ret = s;
    return YJ_OK;
}

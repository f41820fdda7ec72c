// SPDX-License-Identifier: Apache-2.0
/* What is parsed has one canonical form: parsing it again gives an equal value and the same bytes. */
#include "fuzz.h"

#include "base/json.h"

static bool holds_real(const json_t *v)
{
    size_t i;
    const char *key;
    json_t *item, *any = (json_t *)(uintptr_t)v;
    if (json_is_array(any)) {
        json_array_foreach(any, i, item)
        {
            if (holds_real(item))
                return true;
        }
    }
    if (json_is_object(any)) {
        json_object_foreach(any, key, item)
        {
            if (holds_real(item))
                return true;
        }
    }
    return json_is_real(any);
}

static void check_writer(const json_t *v)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, (size_t)32 << 20);
    yj_jw w;
    yj_jw_init(&w, &out);
    yj_jw_json(&w, v);
    yj_error err;
    assert(yj_buf_status(&out, &err) == YJ_OK);
    yj_auto(yj_json_freep) json_t *back = NULL;
    yj_status st = yj_json_parse(yj_buf_view(&out), (size_t)32 << 20, &back, &err);
    assert(st == YJ_OK); /* whatever the writer puts out is JSON */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span text = { (const char *)data, size };
    yj_error err;
    yj_auto(yj_json_freep) json_t *v = NULL, *back = NULL;
    yj_status st = yj_json_parse(text, YJ_JSON_BYTES_MAX, &v, &err);
    if (st != YJ_OK) {
        assert(!v && err.code == st && err.msg[0] && err.msg_zh[0]);
        assert(st == YJ_E_INVALID ? strncmp(err.field, "line ", 5) == 0 : st == YJ_E_LIMIT);
        return 0;
    }
    assert(yj_utf8_valid(text));
    yj_auto(yj_json_freep) json_t *plain =
        json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    assert(json_equal(v, plain)); /* whoever read it */
    check_writer(v);

    yj_auto(yj_buf_done) yj_buf once, twice;
    yj_buf_init(&once, (size_t)32 << 20);
    yj_buf_init(&twice, (size_t)32 << 20);
    st = yj_json_canonical(v, &once, &err);
    assert(st == (holds_real(v) ? YJ_E_INVALID : YJ_OK));
    if (st != YJ_OK) {
        assert(once.len == 0);
        return 0;
    }
    st = yj_json_parse(yj_buf_view(&once), (size_t)32 << 20, &back, &err);
    assert(st == YJ_OK && json_equal(v, back));
    st = yj_json_canonical(back, &twice, &err);
    assert(st == YJ_OK && yj_span_eq(yj_buf_view(&once), yj_buf_view(&twice)));
    return 0;
}

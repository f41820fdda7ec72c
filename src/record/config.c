// SPDX-License-Identifier: Apache-2.0
/* yunjian.json in the data folder: what must be known before the store can be opened. */
#include "record/internal.h"

#include "base/file.h"

static void path_of(const char *data, yj_buf *out)
{
    yj_buf_init(out, 4096);
    yj_buf_fmt(out, "%s/yunjian.json", data);
}

static void copy_text(const json_t *o, const char *key, char *ret, size_t size)
{
    const char *s = json_string_value(json_object_get(o, key));
    snprintf(ret, size, "%s", s ? s : "");
}

yj_status yj_config_load(const char *data, yj_config *ret, yj_error *err)
{
    yj_buf path, text;
    path_of(data, &path);
    yj_buf_init(&text, 65536);
    yj_status s = yj_buf_status(&path, err);
    if (s == YJ_OK && !yj_path_exists(path.ptr))
        s = yj_fail(err, YJ_E_NOT_FOUND, "folder %s holds no installation; make one with: yunjian init %s",
                    data, data);
    if (s == YJ_OK)
        s = yj_file_read(path.ptr, 65536, &text, err);
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_config c = { 0 };
    if (s == YJ_OK) {
        /* what does not parse lacks everything */
        s = yj_json_parse(yj_buf_view(&text), 65536, &o, err) == YJ_E_NOMEM ? YJ_E_NOMEM : YJ_OK;
    }
    if (s == YJ_OK) {
        copy_text(o, "installation", c.installation, sizeof c.installation);
        copy_text(o, "operator", c.operator_id, sizeof c.operator_id);
        copy_text(o, "store", c.store_url, sizeof c.store_url);
        copy_text(o, "zone", c.zone, sizeof c.zone);
        const char *crypto = json_string_value(json_object_get(o, "crypto"));
        const char *simulated = json_string_value(json_object_get(o, "simulated_clock"));
        bool ok = yj_uuid_valid(yj_span_of(c.installation)) && yj_uuid_valid(yj_span_of(c.operator_id)) &&
                  yj_crypto_by_name(yj_span_of(crypto), &c.crypto) &&
                  (!simulated || yj_time_parse(yj_span_of(simulated), &c.simulated_ns));
        if (!ok)
            s = yj_fail(err, YJ_E_CORRUPT, "%s is not a configuration of this program", path.ptr);
    }
    yj_buf_done(&path);
    yj_buf_done(&text);
    if (s == YJ_OK)
        *ret = c;
    return s;
}

yj_status yj_config_save(const char *data, const yj_config *c, yj_error *err)
{
    yj_buf path, text;
    path_of(data, &path);
    yj_buf_init(&text, 65536);
    yj_jw w;
    yj_jw_init(&w, &text);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "installation", c->installation);
    yj_jw_kstr(&w, "operator", c->operator_id);
    if (c->store_url[0])
        yj_jw_kstr(&w, "store", c->store_url);
    yj_jw_kstr(&w, "zone", c->zone);
    yj_jw_kstr(&w, "crypto", yj_crypto_name(c->crypto));
    if (c->simulated_ns) {
        char t[31];
        yj_time_format(c->simulated_ns, t);
        yj_jw_kstr(&w, "simulated_clock", t);
    }
    yj_jw_end_object(&w);
    yj_buf_char(&text, '\n');
    yj_status s = yj_buf_status(&text, err);
    if (s == YJ_OK)
        s = yj_file_write(path.ptr, yj_buf_view(&text), 0600, err);
    yj_buf_done(&path);
    yj_buf_done(&text);
    return s;
}

// SPDX-License-Identifier: Apache-2.0
/* A value as people read it. */
#include "base/json.h"
#include "record/read.h"

static const char *in(const yj_text *t, yj_lang lang)
{
    return t->in[lang] ? t->in[lang] : "";
}

/* False if it cannot be told. */
static bool record_name(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *to, const json_t *v,
                        yj_lang lang, yj_buf *out)
{
    size_t before = out->len;
    return to && db && yj_record_name(db, c, inst, to, json_string_value(v), lang, out, NULL) == YJ_OK &&
           out->len > before;
}

void yj_value_name(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const yj_field *f,
                   const json_t *fields, const json_t *v, yj_lang lang, yj_buf *out)
{
    const char *text = json_string_value(v);
    if (json_is_integer(v) && f->clock && yj_clock_time_valid(json_integer_value(v)))
        yj_clock_time_write(json_integer_value(v), out);
    else if (json_is_integer(v))
        yj_buf_i64(out, json_integer_value(v));
    if (!text)
        return;
    const yj_option *o = f->type == YJ_T_CHOICE ? yj_field_option(f, yj_span_of(text)) : NULL;
    const yj_kind *named = f->names_kind ? yj_catalog_kind(c, yj_span_of(text)) : NULL;
    bool refers = f->type == YJ_T_REF || f->kind_from >= 0;
    if (refers && record_name(db, c, inst, yj_field_target(c, k, f, fields), v, lang, out))
        return;
    yj_buf_str(out, o ? in(&o->label, lang) : named ? in(&named->label, lang) : text);
}

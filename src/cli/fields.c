// SPDX-License-Identifier: Apache-2.0
#include "cli/fields.h"

#include "base/file.h"
#include "record/read.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)4 << 20)

/* A reference given as key becomes the record's id. */
static yj_status resolve(yj_cli *c, const yj_field *f, const char *text, json_t **ret, yj_error *err)
{
    char id[YJ_UUID_LEN + 1];
    if (strncmp(text, "id:", 3) == 0)
        text += 3;
    if (!yj_uuid_valid(yj_span_of(text))) {
        YJ_TRY(yj_cli_reader(c, err));
        yj_status s = yj_record_find(c->reader, c->catalog, c->institution.inst,
                                     &c->catalog->kinds[f->ref_kind], text, id, err);
        if (s != YJ_OK) {
            yj_error_at(err, "fields.%s", f->name);
            return s;
        }
        text = id;
    }
    *ret = json_string(text);
    return YJ_OK;
}

static yj_status one_value(yj_cli *c, const yj_field *f, const char *text, json_t **ret, yj_error *err)
{
    int64_t n = 0;
    if (f->type == YJ_T_REF)
        return resolve(c, f, text, ret, err);
    yj_span s = yj_span_of(text);
    if (f->clock ? yj_clock_time_parse(s, &n) : f->type == YJ_T_INTEGER && yj_span_i64(s, &n))
        *ret = json_integer(n);
    else if (f->type == YJ_T_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
        *ret = json_true();
    else if (f->type == YJ_T_BOOL && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
        *ret = json_false();
    else
        *ret = json_string(text); /* a wrong one is refused by the engine, which names the field */
    return *ret ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

bool yj_cli_list_next(const char **text, yj_span *ret)
{
    while (**text) {
        const char *at = *text;
        size_t n = strcspn(at, ";"), from = strspn(at, " "), to = n;
        while (to > from && at[to - 1] == ' ')
            to--;
        *text += n + (at[n] == ';');
        if (to > from) {
            *ret = (yj_span){ at + from, to - from };
            return true;
        }
    }
    return false;
}

static yj_status list_value(yj_cli *c, const yj_field *f, const char *text, json_t *list, yj_error *err)
{
    for (yj_span one; yj_cli_list_next(&text, &one);) {
        json_t *v = NULL;
        YJ_TRY(one_value(c, f, yj_arena_strndup(c->arena, one.ptr, one.len), &v, err));
        json_array_append_new(list, v);
    }
    return YJ_OK;
}

static yj_status add_pair(yj_cli *c, const yj_kind *k, const char *pair, json_t *o, yj_error *err)
{
    const char *equals = strchr(pair, '=');
    if (!equals)
        return yj_fail(err, YJ_E_USAGE, "\"%s\" is not of the form field=value", pair);
    yj_span name = { pair, (size_t)(equals - pair) };
    const yj_field *f = yj_kind_field(k, name);
    if (!f) {
        yj_fail(err, YJ_E_INVALID, "kind %s has no such field; see: yunjian kinds %s", k->name, k->name);
        return yj_error_at(err, "fields.%.*s", (int)name.len, name.ptr);
    }
    json_t *v = json_null();
    if (equals[1] && f->list) {
        v = json_array();
        yj_status s = list_value(c, f, equals + 1, v, err);
        if (s != YJ_OK) {
            json_decref(v);
            return s;
        }
    } else if (equals[1]) {
        YJ_TRY(one_value(c, f, equals + 1, &v, err));
    }
    json_object_set_new(o, f->name, v);
    return YJ_OK;
}

yj_status yj_cli_fields_of_pairs(yj_cli *c, const yj_kind *k, const char *const *pairs, size_t count,
                                 json_t **ret, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *o = json_object();
    for (size_t i = 0; i < count; i++)
        YJ_TRY(add_pair(c, k, pairs[i], o, err));
    *ret = yj_take(o);
    return YJ_OK;
}

static yj_status read_stdin(yj_buf *b, yj_error *err)
{
    for (;;) {
        char piece[65536];
        ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
        if (n == 0)
            return yj_buf_status(b, err);
        if (n < 0 && errno != EINTR)
            return yj_fail_sys(err, YJ_E_IO, "cannot read standard input");
        if (n > 0)
            yj_buf_add(b, piece, (size_t)n);
    }
}

yj_status yj_cli_read(const char *path, size_t max, yj_buf *out, yj_error *err)
{
    return strcmp(path, "-") == 0 ? read_stdin(out, err) : yj_file_read(path, max, out, err);
}

static yj_status resolve_in(yj_cli *c, const yj_kind *k, json_t *o, yj_error *err)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const yj_field *f = &k->fields[i];
        json_t *v = json_object_get(o, f->name), *id = NULL;
        if (f->type != YJ_T_REF || !v)
            continue;
        if (json_is_string(v)) {
            YJ_TRY(resolve(c, f, json_string_value(v), &id, err));
            json_object_set_new(o, f->name, id);
            continue;
        }
        for (size_t j = 0; j < json_array_size(v); j++) {
            const char *text = json_string_value(json_array_get(v, j));
            if (!text)
                continue;
            YJ_TRY(resolve(c, f, text, &id, err));
            json_array_set_new(v, j, id);
        }
    }
    return YJ_OK;
}

yj_status yj_cli_fields_of_file(yj_cli *c, const yj_kind *k, const char *path, json_t **ret, yj_error *err)
{
    yj_buf text;
    yj_buf_init(&text, FILE_BYTES_MAX);
    yj_auto(yj_json_freep) json_t *o = NULL;
    yj_status s = yj_cli_read(path, FILE_BYTES_MAX, &text, err);
    if (s == YJ_OK)
        s = yj_json_parse(yj_buf_view(&text), FILE_BYTES_MAX, &o, err);
    yj_buf_done(&text);
    YJ_TRY(s);
    if (!json_is_object(o))
        return yj_fail(err, YJ_E_INVALID, "a record is a JSON object of fields");
    YJ_TRY(resolve_in(c, k, o, err));
    *ret = yj_take(o);
    return YJ_OK;
}

// SPDX-License-Identifier: Apache-2.0
#include "report/document.h"

#include "pack/document.h"
#include "record/engine.h"
#include "record/read.h"
#include <assert.h>
#include <stdlib.h>

#define RECORD_BYTES_MAX ((size_t)8 << 20)
#define PAGE_BYTES_MAX ((size_t)256 << 20)
#define TEXT_BYTES_MAX ((size_t)64 << 20)
#define PAGE_ROWS 1000

/* "to fill in: " before a field's label; between listed values; the words for truth values. */
static const char *const to_fill[] = {
    [YJ_LANG_ZH] = "\u3014\u5f85\u586b\uff1a%s\u3015", [YJ_LANG_EN] = "[to fill in: %s]"
};
static const char *const between[] = { [YJ_LANG_ZH] = "\u3001", [YJ_LANG_EN] = ", " };
static const char *const truth[][YJ_LANG_COUNT_] = { { [YJ_LANG_ZH] = "\u5426", [YJ_LANG_EN] = "no" },
                                                     { [YJ_LANG_ZH] = "\u662f", [YJ_LANG_EN] = "yes" } };

typedef struct filling {
    yj_db *db;
    const yj_catalog *c;
    int64_t inst;
    yj_lang lang;
    const char *today;
    json_t *own;   /* the institution's record, when it was asked for */
    json_t *blank; /* labels */
} filling;

/* --- reading ------------------------------------------------------------------------------------ */

static int64_t inst_of(const filling *d, const yj_kind *k)
{
    return k->installation ? YJ_INST_INSTALLATION : d->inst;
}

static yj_status record(filling *d, const yj_kind *k, const char *ref, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, RECORD_BYTES_MAX);
    YJ_TRY(yj_record_get(d->db, d->c, inst_of(d, k), k, ref, -1, d->lang, &b, NULL, err));
    YJ_TRY(yj_buf_status(&b, err));
    return yj_json_parse(yj_buf_view(&b), RECORD_BYTES_MAX, ret, err);
}

/* A page of records of a kind, those that refer to `id` by `field` or (NULL) all; *ret_next is the cursor of
 * the next page, NULL after the last. */
static yj_status page(filling *d, const yj_kind *k, const yj_field *field, const char *id, const char *after,
                      size_t limit, json_t **ret, const char **ret_next, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, PAGE_BYTES_MAX);
    const yj_filter f = { .field = field ? field->name : "id", .op = YJ_F_EQ, .value = id };
    const yj_list_query q = { .filters = &f,
                              .filter_count = field ? 1 : 0,
                              .limit = limit,
                              .after = after,
                              .as_of_seq = -1,
                              .lang = d->lang };
    YJ_TRY(yj_record_list(d->db, d->c, inst_of(d, k), k, &q, &b, err));
    YJ_TRY(yj_buf_status(&b, err));
    YJ_TRY(yj_json_parse(yj_buf_view(&b), PAGE_BYTES_MAX, ret, err));
    *ret_next = json_string_value(json_object_get(*ret, "next"));
    return YJ_OK;
}

static yj_status own_institution(filling *d, json_t **ret, yj_error *err)
{
    const yj_kind *k = yj_catalog_kind(d->c, YJ_SPAN("institution"));
    if (!d->own) {
        yj_auto(yj_json_freep) json_t *list = NULL;
        const char *next = NULL;
        YJ_TRY(page(d, k, NULL, NULL, NULL, 1, &list, &next, err));
        json_t *first = json_array_get(json_object_get(list, "items"), 0);
        d->own = first ? json_incref(first) : json_object();
        if (!d->own)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    *ret = d->own;
    return YJ_OK;
}

/* --- values ------------------------------------------------------------------------------------- */

static yj_status put_record_name(filling *d, const yj_kind *k, const yj_field *f, const json_t *fields,
                                 const char *id, yj_buf *out, yj_error *err)
{
    const yj_kind *to = yj_field_target(d->c, k, f, fields);
    size_t before = out->len;
    if (to)
        YJ_TRY(yj_record_name(d->db, d->c, inst_of(d, to), to, id, d->lang, out, err));
    if (out->len == before)
        yj_buf_str(out, id);
    return YJ_OK;
}

static yj_status put_value(filling *d, const yj_kind *k, const yj_field *f, const json_t *fields,
                           const json_t *v, bool clock, yj_buf *out, yj_error *err)
{
    if (json_is_boolean(v))
        yj_buf_str(out, truth[json_is_true(v)][d->lang]);
    else if (json_is_integer(v) && clock)
        yj_clock_time_write(json_integer_value(v), out);
    else if (json_is_integer(v))
        yj_buf_i64(out, json_integer_value(v));
    else if (f->type == YJ_T_REF || f->kind_from >= 0)
        return put_record_name(d, k, f, fields, json_string_value(v), out, err);
    else if (f->type == YJ_T_CHOICE) {
        const yj_option *o = yj_field_option(f, yj_span_of(json_string_value(v)));
        yj_buf_str(out, o ? o->label.in[d->lang] : json_string_value(v));
    } else {
        yj_buf_str(out, json_string_value(v));
    }
    return YJ_OK;
}

static bool is_given(const json_t *v)
{
    return v && !json_is_null(v) && (!json_is_array(v) || json_array_size(v) > 0);
}

static yj_status put_blank(filling *d, const char *label, yj_buf *out, yj_error *err)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* one of two literals above */
    yj_buf_fmt(out, to_fill[d->lang], label);
#pragma GCC diagnostic pop
    for (size_t i = 0; i < json_array_size(d->blank); i++)
        if (strcmp(json_string_value(json_array_get(d->blank, i)), label) == 0)
            return YJ_OK;
    return json_array_append_new(d->blank, json_string(label)) == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void put_state(const filling *d, const yj_kind *k, const json_t *rec, yj_buf *out)
{
    const char *state = json_string_value(json_object_get(rec, "state"));
    int i = state ? yj_kind_state(k, yj_span_of(state)) : -1;
    yj_buf_str(out, i < 0 ? "" : k->states[i].label.in[d->lang]);
}

/* The value that a path, already resolved, has from a record of kind `from`. */
static yj_status put_target(filling *d, int from, const json_t *rec, const yj_document_target *t, bool clock,
                            yj_buf *out, yj_error *err)
{
    const yj_kind *k = &d->c->kinds[from];
    yj_auto(yj_json_freep) json_t *reached = json_incref((json_t *)(uintptr_t)rec);
    if (t->institution) {
        json_t *own = NULL;
        YJ_TRY(own_institution(d, &own, err));
        json_decref(reached);
        reached = json_incref(own);
        k = yj_catalog_kind(d->c, YJ_SPAN("institution"));
    }
    for (size_t i = 0; i < t->step_count; i++) {
        const yj_field *f = &k->fields[t->steps[i]];
        const char *id = json_string_value(json_object_get(json_object_get(reached, "fields"), f->name));
        if (!id)
            return put_blank(d, f->label.in[d->lang], out, err);
        json_t *next = NULL;
        YJ_TRY(record(d, &d->c->kinds[f->ref_kind], id, &next, err));
        json_decref(reached);
        reached = next;
        k = &d->c->kinds[f->ref_kind];
    }
    if (t->what == YJ_DOCUMENT_STATE) {
        put_state(d, k, reached, out);
        return YJ_OK;
    }
    const yj_field *f = &k->fields[t->field];
    const json_t *fields = json_object_get(reached, "fields"), *v = json_object_get(fields, f->name);
    if (!is_given(v))
        return put_blank(d, f->label.in[d->lang], out, err);
    if (!json_is_array(v))
        return put_value(d, k, f, fields, v, clock, out, err);
    for (size_t i = 0; i < json_array_size(v); i++) {
        yj_buf_str(out, i ? between[d->lang] : "");
        YJ_TRY(put_value(d, k, f, fields, json_array_get(v, i), clock, out, err));
    }
    return YJ_OK;
}

static yj_status put_text(filling *d, int kind, const json_t *rec, const yj_text *text, yj_buf *out,
                          yj_error *err)
{
    yj_span rest = yj_span_of(text->in[d->lang]);
    yj_document_part p;
    const char *fault = NULL;
    while (yj_document_next(&rest, &p, &fault)) {
        yj_document_target t;
        if (!p.placeholder) {
            yj_buf_span(out, p.text);
            continue;
        }
        bool known = yj_document_resolve(d->c, kind, p.text, &t);
        assert(known); /* checked when the pack was loaded */
        if (t.what == YJ_DOCUMENT_TODAY)
            yj_buf_str(out, d->today);
        else
            YJ_TRY(put_target(d, kind, rec, &t, p.clock, out, err));
    }
    return yj_buf_status(out, err);
}

/* --- sections ----------------------------------------------------------------------------------- */

typedef struct row {
    json_t *rec;
    const filling *d;
    const yj_document_section *s;
    size_t at; /* as they came, so that the order is total */
} row;

static int compare_fields(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);
        return (x > y) - (x < y);
    }
    const char *x = json_string_value(a), *y = json_string_value(b);
    return strcmp(x ? x : "", y ? y : ""); /* what is missing comes first */
}

static int compare_rows(const void *a, const void *b)
{
    const row *x = a, *y = b;
    const yj_kind *k = &x->d->c->kinds[x->s->each_kind];
    for (size_t i = 0; i < x->s->order_count; i++) {
        const char *name = k->fields[x->s->order[i]].name;
        int n = compare_fields(json_object_get(json_object_get(x->rec, "fields"), name),
                               json_object_get(json_object_get(y->rec, "fields"), name));
        if (n)
            return n;
    }
    return (x->at > y->at) - (x->at < y->at);
}

/* Every record of the section's kind that refers to `id`. */
static yj_status collect(filling *d, const yj_document_section *s, const char *id, json_t *to, yj_error *err)
{
    const yj_kind *k = &d->c->kinds[s->each_kind];
    yj_auto(yj_json_freep) json_t *list = NULL;
    const char *next = NULL;
    do {
        json_t *more = NULL;
        YJ_TRY(page(d, k, &k->fields[s->each_field], id, next, PAGE_ROWS, &more, &next, err));
        json_decref(list); /* held the cursor */
        list = more;
        json_t *items = json_object_get(list, "items");
        for (size_t i = 0; i < json_array_size(items); i++)
            if (json_array_append(to, json_array_get(items, i)) != 0)
                return yj_fail(err, YJ_E_NOMEM, "out of memory");
    } while (next);
    return YJ_OK;
}

static yj_status put_each(filling *d, const yj_document_section *s, const char *id, yj_buf *out,
                          yj_error *err)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(PAGE_BYTES_MAX);
    yj_auto(yj_json_freep) json_t *all = json_array();
    if (!a || !all)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(collect(d, s, id, all, err));
    size_t n = json_array_size(all);
    row *rows = yj_arena_array(a, n + 1, sizeof *rows);
    YJ_TRY(yj_arena_status(a, err));
    for (size_t i = 0; i < n; i++)
        rows[i] = (row){ .rec = json_array_get(all, i), .d = d, .s = s, .at = i };
    if (n > 1)
        qsort(rows, n, sizeof *rows, compare_rows);
    for (size_t i = 0; i < n; i++) {
        yj_buf_str(out, i ? "\n" : "");
        YJ_TRY(put_text(d, s->each_kind, rows[i].rec, &s->text, out, err));
    }
    if (n == 0)
        yj_buf_str(out, s->none.in[d->lang]);
    return yj_buf_status(out, err);
}

static yj_status put_section(filling *d, const yj_document *doc, const yj_document_section *s,
                             const json_t *rec, yj_jw *w, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, TEXT_BYTES_MAX);
    if (s->each_kind >= 0)
        YJ_TRY(put_each(d, s, json_string_value(json_object_get(rec, "id")), &text, err));
    else
        YJ_TRY(put_text(d, doc->kind, rec, &s->text, &text, err));
    yj_jw_object(w);
    yj_jw_kstr(w, "heading", s->heading.in[d->lang]);
    yj_jw_kspan(w, "text", yj_buf_view(&text));
    yj_jw_end_object(w);
    return YJ_OK;
}

static yj_status write_all(filling *d, const yj_document *doc, const json_t *rec, yj_buf *out, yj_error *err)
{
    const yj_kind *k = &d->c->kinds[doc->kind];
    yj_jw w;
    yj_jw_init(&w, out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "document", doc->name);
    yj_jw_kstr(&w, "lang", d->lang == YJ_LANG_ZH ? "zh" : "en");
    yj_jw_kstr(&w, "title", doc->title.in[d->lang]);
    yj_jw_kstr(&w, "note", doc->note.in[d->lang]);
    yj_jw_key(&w, "subject");
    yj_jw_object(&w);
    yj_jw_kstr(&w, "kind", k->name);
    yj_jw_kstr(&w, "id", json_string_value(json_object_get(rec, "id")));
    yj_jw_kstr(&w, "name", json_string_value(json_object_get(rec, "name")));
    yj_jw_end_object(&w);
    yj_jw_kstr(&w, "today", d->today);
    yj_jw_key(&w, "sections");
    yj_jw_array(&w);
    for (size_t i = 0; i < doc->section_count; i++)
        YJ_TRY(put_section(d, doc, &doc->sections[i], rec, &w, err));
    yj_jw_end_array(&w);
    yj_jw_key(&w, "blank");
    yj_jw_array(&w);
    for (size_t i = 0; i < json_array_size(d->blank); i++)
        yj_jw_str(&w, json_string_value(json_array_get(d->blank, i)));
    yj_jw_end_array(&w);
    yj_jw_end_object(&w);
    return yj_buf_status(out, err);
}

yj_status yj_document_fill(yj_db *db, const yj_catalog *c, int64_t inst, const yj_document *doc,
                           const char *ref, yj_lang lang, const char *today, yj_buf *out, yj_error *err)
{
    filling d = { .db = db, .c = c, .inst = inst, .lang = lang, .today = today, .blank = json_array() };
    json_t *rec = NULL;
    yj_status s = d.blank ? record(&d, &c->kinds[doc->kind], ref, &rec, err)
                          : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK)
        s = write_all(&d, doc, rec, out, err);
    json_decref(rec);
    json_decref(d.own);
    json_decref(d.blank);
    return s;
}

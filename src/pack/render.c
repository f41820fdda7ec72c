// SPDX-License-Identifier: Apache-2.0
#include "pack/catalog.h"
#include "pack/sentence.h"

/* In Chinese: not filled in; the comma between listed things. */
static const char *const not_given[] = { [YJ_LANG_ZH] = "\u672a\u586b\u5199", [YJ_LANG_EN] = "not given" };
static const char *const between[] = { [YJ_LANG_ZH] = "\u3001", [YJ_LANG_EN] = ", " };

typedef struct render {
    const yj_catalog *c;
    const yj_requirement *r;
    const json_t *values;
    yj_lang lang;
    yj_buf *out;
} render;

static const yj_reason *find_reason(const yj_catalog *c, const yj_requirement *r, const char *code)
{
    if (code[0] == '.') {
        for (size_t i = 0; i < c->engine_reason_count; i++) {
            if (strcmp(c->engine_reasons[i].code, code) == 0)
                return &c->engine_reasons[i];
        }
        return NULL;
    }
    const yj_rule *rule = r && r->rule >= 0 ? &c->rules[r->rule] : NULL;
    for (size_t i = 0; rule && i < rule->reason_count; i++) {
        if (strcmp(rule->reasons[i].code, code) == 0)
            return &rule->reasons[i];
    }
    return NULL;
}

static const yj_field *choice_field(const yj_catalog *c, const yj_sentence_part *p)
{
    const yj_kind *k = p->kind.len ? yj_catalog_kind(c, p->kind) : NULL;
    return k ? yj_kind_field(k, p->field) : NULL;
}

static void put_option(render *w, const yj_field *field, yj_span id)
{
    const yj_option *o = field ? yj_field_option(field, id) : NULL;
    if (o)
        yj_buf_str(w->out, o->label.in[w->lang]);
    else
        yj_buf_span(w->out, id);
}

static void put_separator(render *w, size_t before)
{
    if (w->out->len > before)
        yj_buf_str(w->out, between[w->lang]);
}

static const char *given(const render *w, const char *name)
{
    const json_t *v = json_object_get(w->values, name);
    return json_string_value(json_is_array(v) ? json_array_get(v, 0) : v);
}

/* What the requirement's conditions say: the fields they are about or, of each, the options asked for. Of
 * the one that failed, if the engine names it, else of all. */
static void put_conditions(render *w, bool fields)
{
    const char *failed = given(w, "field");
    size_t before = w->out->len;
    for (size_t i = 0; w->r && i < w->r->when_count; i++) {
        const yj_when *when = &w->r->when[i];
        const yj_field *field = &w->c->kinds[w->r->subject].fields[when->field];
        if (failed && strcmp(failed, field->name) != 0)
            continue;
        if (fields) {
            put_separator(w, before);
            yj_buf_str(w->out, field->label.in[w->lang]);
        }
        for (size_t j = 0; !fields && j < when->value_count; j++) {
            put_separator(w, before);
            put_option(w, field, yj_span_of(when->values[j]));
        }
    }
    if (w->out->len == before)
        yj_buf_str(w->out, not_given[w->lang]);
}

/* The subject's own value of the field that failed, if the engine gave both. */
static void put_failed_value(render *w)
{
    const char *field = given(w, "field"), *value = given(w, "value");
    const yj_kind *k = w->r && w->r->subject >= 0 ? &w->c->kinds[w->r->subject] : NULL;
    if (value)
        put_option(w, k && field ? yj_kind_field(k, yj_span_of(field)) : NULL, yj_span_of(value));
    else
        yj_buf_str(w->out, not_given[w->lang]);
}

/* The engine's values are ids, or stand in the requirement itself; people read labels. */
static void put_engine_value(render *w, yj_span name)
{
    if (yj_span_is(name, "field") || yj_span_is(name, "asked"))
        put_conditions(w, yj_span_is(name, "field"));
    else if (yj_span_is(name, "stage") && w->r && w->r->stage >= 0)
        yj_buf_str(w->out, w->c->stages[w->r->stage].label.in[w->lang]);
    else
        put_failed_value(w);
}

static void put_one(render *w, const yj_sentence_part *p, const json_t *v)
{
    const char *text = json_string_value(v);
    if (text)
        put_option(w, choice_field(w->c, p), (yj_span){ text, json_string_length(v) });
    else
        yj_buf_str(w->out, not_given[w->lang]);
}

static void put_value(render *w, const yj_sentence_part *p)
{
    char name[64];
    size_t n = p->text.len < sizeof name - 1 ? p->text.len : sizeof name - 1;
    memcpy(name, p->text.ptr, n);
    name[n] = '\0';
    const json_t *list = json_object_get(w->values, name);
    size_t count = json_array_size(list);
    if (count == 0)
        put_one(w, p, list); /* missing, or a single text */
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            yj_buf_str(w->out, between[w->lang]);
        put_one(w, p, json_array_get(list, i));
    }
}

static void put_param(render *w, const yj_sentence_part *p)
{
    for (size_t i = 0; w->r && i < w->r->with_count; i++) {
        if (yj_span_is(p->text, w->r->with[i].name)) {
            put_option(w, choice_field(w->c, p), yj_span_of(w->r->with[i].value));
            return;
        }
    }
    yj_buf_str(w->out, not_given[w->lang]);
}

void yj_reason_render(const yj_catalog *c, const yj_requirement *r, const char *code, const json_t *values,
                      yj_lang lang, yj_buf *out)
{
    render w = { .c = c, .r = r, .values = values, .lang = lang, .out = out };
    const yj_reason *reason = find_reason(c, r, code);
    if (!reason) { /* an old verdict, whose rule has gone */
        yj_buf_str(out, code);
        return;
    }
    yj_span rest = yj_span_of(reason->sentence.in[lang]);
    yj_sentence_part part;
    const char *fault = NULL;
    while (yj_sentence_next(&rest, &part, &fault)) {
        if (part.what == YJ_SENTENCE_TEXT)
            yj_buf_span(out, part.text);
        else if (part.what == YJ_SENTENCE_PARAM)
            put_param(&w, &part);
        else if (code[0] == '.')
            put_engine_value(&w, part.text);
        else
            put_value(&w, &part);
    }
}

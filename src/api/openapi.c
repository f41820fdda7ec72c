// SPDX-License-Identifier: Apache-2.0
/* The OpenAPI 3.1 document, from the route table and the packs' kinds. */
#include "api/call.h"
#include "api/param.h"
#include "api/schemas.h"
#include "api/texts.h"
#include "base/json.h"
#include <stdio.h>

/* The numbers of api/patience.h and api/http.h; a test holds them against these. */
const char yj_api_limits[] =
    "Limits of time. The head of a request must be in within 15 seconds; on a connection that is kept open "
    "it may "
    "begin up to 60 seconds after the answer before. A body must come at 1024 bytes a second, taken over 60 "
    "seconds. When connections run out (1000), those are closed first whose head is not in after 1 second or "
    "whose "
    "body comes below 16384 bytes a second, taken over 5 seconds. Who exceeds a limit is closed without an "
    "answer; "
    "an upload of evidence goes on where it stood.";

typedef struct doc {
    const yj_catalog *c;
    yj_lang lang;
    yj_jw w;
} doc;

static void text(doc *d, const char *key, const yj_text *t)
{
    if (t->in[d->lang])
        yj_jw_kstr(&d->w, key, t->in[d->lang]);
}

/* A text of the API's own. */
static void own_text(doc *d, const char *key, const char *en)
{
    const char *zh = d->lang == YJ_LANG_ZH ? yj_api_zh(en) : NULL;
    yj_jw_kstr(&d->w, key, zh ? zh : en);
}

static void both(doc *d, const char *key, const yj_text *t)
{
    if (!t->in[YJ_LANG_ZH] && !t->in[YJ_LANG_EN])
        return;
    yj_jw_key(&d->w, key);
    yj_jw_object(&d->w);
    yj_jw_kstr(&d->w, "zh", t->in[YJ_LANG_ZH]);
    yj_jw_kstr(&d->w, "en", t->in[YJ_LANG_EN]);
    yj_jw_end_object(&d->w);
}

static void ref(doc *d, const char *prefix, const char *name)
{
    char at[160];
    snprintf(at, sizeof at, "#/components/schemas/%s%s%s", prefix ? prefix : "", prefix ? "." : "", name);
    yj_jw_object(&d->w);
    yj_jw_kstr(&d->w, "$ref", at);
    yj_jw_end_object(&d->w);
}

/* --- schemas of kinds -------------------------------------------------------------------------------------
 */

static void type_of(doc *d, const char *type, bool nullable)
{
    yj_jw_key(&d->w, "type");
    if (!nullable) {
        yj_jw_str(&d->w, type);
        return;
    }
    yj_jw_array(&d->w);
    yj_jw_str(&d->w, type);
    yj_jw_str(&d->w, "null");
    yj_jw_end_array(&d->w);
}

/* Members that say what one value looks like. */
static void value_schema(doc *d, const yj_field *f, bool nullable)
{
    yj_jw *w = &d->w;
    char pattern[64];
    switch (f->type) {
    case YJ_T_TEXT:
    case YJ_T_LONGTEXT:
        type_of(d, "string", nullable);
        if (f->kind_from >= 0) {
            yj_jw_kstr(w, "format", "uuid");
            break;
        }
        yj_jw_ki64(w, "minLength", 1);
        yj_jw_ki64(w, "maxLength", f->max_chars);
        break;
    case YJ_T_INTEGER:
        type_of(d, "integer", nullable);
        if (f->min != INT64_MIN)
            yj_jw_ki64(w, "minimum", f->min);
        if (f->max != INT64_MAX)
            yj_jw_ki64(w, "maximum", f->max);
        break;
    case YJ_T_DECIMAL:
        type_of(d, "string", nullable);
        snprintf(pattern, sizeof pattern, "^-?[0-9]+(\\.[0-9]{1,%d})?$", f->scale);
        yj_jw_kstr(w, "pattern", pattern);
        break;
    case YJ_T_DATE:
        type_of(d, "string", nullable);
        yj_jw_kstr(w, "format", "date");
        break;
    case YJ_T_BOOL:
        type_of(d, "boolean", nullable);
        break;
    case YJ_T_CHOICE:
        type_of(d, "string", nullable);
        yj_jw_key(w, "enum");
        yj_jw_array(w);
        for (size_t i = 0; i < f->option_count; i++)
            yj_jw_str(w, f->options[i].id);
        if (nullable)
            yj_jw_null(w);
        yj_jw_end_array(w);
        break;
    case YJ_T_REF:
        type_of(d, "string", nullable);
        yj_jw_kstr(w, "format", "uuid");
        yj_jw_kstr(w, "x-kind", d->c->kinds[f->ref_kind].name);
        break;
    case YJ_T_COUNT_:
        break;
    }
}

static void field_schema(doc *d, const yj_field *f, bool nullable)
{
    yj_jw *w = &d->w;
    yj_jw_key(w, f->name);
    yj_jw_object(w);
    text(d, "title", &f->label);
    text(d, "description", &f->help);
    both(d, "x-label", &f->label);
    if (f->list) {
        type_of(d, "array", nullable);
        yj_jw_kbool(w, "uniqueItems", true);
        yj_jw_ki64(w, "maxItems", 1000);
        yj_jw_key(w, "items");
        yj_jw_object(w);
        value_schema(d, f, false);
        yj_jw_end_object(w);
    } else {
        value_schema(d, f, nullable);
    }
    yj_jw_end_object(w);
}

typedef enum fields_form { FIELDS_AS_KEPT, FIELDS_TO_CREATE, FIELDS_TO_CHANGE } fields_form;

static void fields_schema(doc *d, const yj_kind *k, fields_form form)
{
    yj_jw *w = &d->w;
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "object");
    yj_jw_key(w, "properties");
    yj_jw_object(w);
    for (size_t i = 0; i < k->field_count; i++)
        field_schema(d, &k->fields[i], form != FIELDS_AS_KEPT);
    yj_jw_end_object(w);
    yj_jw_key(w, "required");
    yj_jw_array(w);
    for (size_t i = 0; form == FIELDS_TO_CREATE && i < k->field_count; i++)
        if (k->fields[i].required)
            yj_jw_str(w, k->fields[i].name);
    yj_jw_end_array(w);
    yj_jw_kbool(w, "additionalProperties", false);
    yj_jw_end_object(w);
}

static void open_object(doc *d, const char *key)
{
    yj_jw_key(&d->w, key);
    yj_jw_object(&d->w);
    yj_jw_kstr(&d->w, "type", "object");
    yj_jw_key(&d->w, "properties");
    yj_jw_object(&d->w);
}

/* @param required  names, separated by blanks */
static void close_object(doc *d, const char *required)
{
    yj_jw *w = &d->w;
    yj_jw_end_object(w);
    yj_jw_key(w, "required");
    yj_jw_array(w);
    for (const char *at = required; *at;) {
        size_t n = strcspn(at, " ");
        yj_jw_span(w, (yj_span){ at, n });
        at += n + (at[n] == ' ');
    }
    yj_jw_end_array(w);
    yj_jw_kbool(w, "additionalProperties", false);
    yj_jw_end_object(w);
}

static void typed(doc *d, const char *name, const char *type, const char *format)
{
    yj_jw_key(&d->w, name);
    yj_jw_object(&d->w);
    yj_jw_kstr(&d->w, "type", type);
    if (format)
        yj_jw_kstr(&d->w, "format", format);
    yj_jw_end_object(&d->w);
}

static void states_enum(doc *d, const yj_kind *k, bool all)
{
    yj_jw *w = &d->w;
    yj_jw_key(w, "state");
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "string");
    yj_jw_key(w, "enum");
    yj_jw_array(w);
    for (size_t i = 0; i < k->state_count; i++)
        if (all || i + 1 < k->state_count) /* the last is withdrawn */
            yj_jw_str(w, k->states[i].id);
    if (all)
        yj_jw_str(w, ""); /* of an erased record */
    yj_jw_end_array(w);
    yj_jw_end_object(w);
}

static void record_schema(doc *d, const yj_kind *k, const char *name)
{
    yj_jw *w = &d->w;
    open_object(d, name);
    yj_jw_key(w, "fields");
    ref(d, k->name, "fields");
    typed(d, "id", "string", "uuid");
    yj_jw_key(w, "kind");
    yj_jw_object(w);
    yj_jw_key(w, "enum");
    yj_jw_array(w);
    yj_jw_str(w, k->name);
    yj_jw_end_array(w);
    yj_jw_end_object(w);
    typed(d, "op", "string", NULL);
    states_enum(d, k, true);
    typed(d, "version", "integer", NULL);
    typed(d, "seq", "integer", NULL);
    typed(d, "time", "string", "date-time");
    typed(d, "by", "string", NULL);
    yj_jw_key(w, "for");
    yj_jw_object(w);
    type_of(d, "string", true);
    yj_jw_end_object(w);
    typed(d, "name", "string", NULL);
    typed(d, "erased", "boolean", NULL);
    close_object(d, "fields id kind op state version seq time by for name");
}

static void list_schema(doc *d, const yj_kind *k, const char *name)
{
    yj_jw *w = &d->w;
    open_object(d, name);
    yj_jw_key(w, "items");
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "array");
    yj_jw_key(w, "items");
    ref(d, k->name, "record");
    yj_jw_end_object(w);
    yj_jw_key(w, "next");
    yj_jw_object(w);
    type_of(d, "string", true);
    yj_jw_end_object(w);
    typed(d, "total", "integer", NULL);
    close_object(d, "items next total");
}

static void move_schema(doc *d, const yj_kind *k, const char *name)
{
    yj_jw *w = &d->w;
    open_object(d, name);
    yj_jw_key(w, "transition");
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "string");
    yj_jw_key(w, "enum");
    yj_jw_array(w);
    for (size_t i = 0; i < k->transition_count; i++)
        yj_jw_str(w, k->transitions[i].id);
    yj_jw_end_array(w);
    yj_jw_end_object(w);
    yj_jw_key(w, "fields");
    fields_schema(d, k, FIELDS_TO_CHANGE);
    close_object(d, "transition");
}

static void kind_schemas(doc *d, const yj_kind *k)
{
    char name[96];
    snprintf(name, sizeof name, "%s.fields", k->name);
    yj_jw_key(&d->w, name);
    fields_schema(d, k, FIELDS_AS_KEPT);
    snprintf(name, sizeof name, "%s.record", k->name);
    record_schema(d, k, name);
    snprintf(name, sizeof name, "%s.list", k->name);
    list_schema(d, k, name);
    snprintf(name, sizeof name, "%s.create", k->name);
    open_object(d, name);
    yj_jw_key(&d->w, "fields");
    fields_schema(d, k, FIELDS_TO_CREATE);
    states_enum(d, k, false);
    close_object(d, "fields");
    snprintf(name, sizeof name, "%s.change", k->name);
    open_object(d, name);
    yj_jw_key(&d->w, "fields");
    fields_schema(d, k, FIELDS_TO_CHANGE);
    close_object(d, "fields");
    snprintf(name, sizeof name, "%s.move", k->name);
    move_schema(d, k, name);
}

/* --- paths ------------------------------------------------------------------------------------------------
 */

static void schema_ref(doc *d, const char *schema, const yj_kind *k)
{
    if (k && strncmp(schema, "kind.", 5) == 0)
        ref(d, k->name, schema + 5);
    else
        ref(d, NULL, schema);
}

static void header_param(doc *d, const char *name, const char *what)
{
    yj_jw *w = &d->w;
    yj_jw_object(w);
    yj_jw_kstr(w, "name", name);
    yj_jw_kstr(w, "in", "header");
    own_text(d, "description", what);
    yj_jw_key(w, "schema");
    yj_jw_raw(w, YJ_SPAN("{\"type\":\"string\"}"));
    yj_jw_end_object(w);
}

static void query_param(doc *d, const yj_param *p)
{
    yj_jw *w = &d->w;
    yj_jw_object(w);
    yj_jw_kstr(w, "name", p->name);
    yj_jw_kstr(w, "in", "query");
    own_text(d, "description", p->summary);
    yj_jw_key(w, "schema");
    yj_jw_object(w);
    switch (p->type) {
    case YJ_P_INT:
        yj_jw_kstr(w, "type", "integer");
        yj_jw_ki64(w, "minimum", p->min);
        yj_jw_ki64(w, "maximum", p->max);
        break;
    case YJ_P_BOOL:
        yj_jw_kstr(w, "type", "boolean");
        break;
    case YJ_P_FILTER:
        yj_jw_kstr(w, "type", "array");
        yj_jw_ki64(w, "maxItems", YJ_FILTERS_MAX);
        yj_jw_key(w, "items");
        yj_jw_raw(w, YJ_SPAN("{\"type\":\"string\",\"pattern\":\"^[a-z0-9_]+([.][a-z0-9_]+)?:(eq|ne|lt|le|gt|"
                             "ge|has):\"}"));
        break;
    case YJ_P_CHOICE:
        yj_jw_kstr(w, "type", "string");
        yj_jw_key(w, "enum");
        yj_jw_array(w);
        for (const char *at = p->choices; *at;) {
            size_t n = strcspn(at, " ");
            yj_jw_span(w, (yj_span){ at, n });
            at += n + (at[n] == ' ');
        }
        yj_jw_end_array(w);
        break;
    case YJ_P_DATE:
        yj_jw_kstr(w, "type", "string");
        yj_jw_kstr(w, "format", "date");
        break;
    case YJ_P_TEXT:
    case YJ_P_AS_OF:
        yj_jw_kstr(w, "type", "string");
        break;
    }
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

/* Path parameters by name, query parameters, headers. */
static void parameters(doc *d, const yj_route *r, bool for_kind)
{
    yj_jw *w = &d->w;
    yj_span seg, rest = yj_span_of(r->path);
    yj_jw_key(w, "parameters");
    yj_jw_array(w);
    while (yj_path_next(&rest, &seg)) {
        if (seg.len < 3 || seg.ptr[0] != '{')
            continue;
        size_t n = seg.len - 2;
        if (n > 3 && memcmp(seg.ptr + 1 + n - 3, "...", 3) == 0)
            n -= 3;
        yj_span name = { seg.ptr + 1, n };
        if (for_kind && yj_span_is(name, "kind"))
            continue;
        yj_jw_object(w);
        yj_jw_kspan(w, "name", name);
        yj_jw_kstr(w, "in", "path");
        yj_jw_kbool(w, "required", true);
        yj_jw_key(w, "schema");
        yj_jw_raw(w, YJ_SPAN("{\"type\":\"string\"}"));
        yj_jw_end_object(w);
    }
    for (const yj_param *p = r->params; p->name; p++)
        query_param(d, p);
    bool writes = r->method != YJ_GET && r->method != YJ_HEAD;
    if (r->by_person || (writes && strncmp(r->path, "/api/v1/institutions", 20) == 0))
        header_param(d, "Yunjian-Person",
                     "acting person: id or key of a person's record; by default the operator. "
                     "What the person may not do is refused: 403");
    if (writes && r->after && r->per_kind && yj_route_segment(r, "id") >= 0)
        header_param(d, "If-Match", "ETag of the version that was read; 412 if it changed since");
    yj_jw_end_array(w);
}

static void request_body(doc *d, const yj_route *r, const yj_kind *k)
{
    yj_jw *w = &d->w;
    if (!r->body_schema)
        return;
    bool file = strcmp(r->body_schema, "file") == 0;
    yj_jw_key(w, "requestBody");
    yj_jw_object(w);
    yj_jw_kbool(w, "required", !file);
    yj_jw_key(w, "content");
    yj_jw_object(w);
    if (file && !r->chunk) {
        yj_jw_key(w, "text/csv");
        yj_jw_raw(w, YJ_SPAN("{}"));
        yj_jw_key(w, "application/jsonl");
        yj_jw_raw(w, YJ_SPAN("{}"));
        yj_jw_key(w, "multipart/form-data");
        yj_jw_raw(w, YJ_SPAN("{}"));
    } else {
        yj_jw_key(w, file ? "application/octet-stream" : r->body_type);
        yj_jw_object(w);
        if (!file) {
            yj_jw_key(w, "schema");
            schema_ref(d, r->body_schema, k);
        }
        yj_jw_end_object(w);
    }
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

static void write_other_answer(doc *d, const yj_route *r)
{
    yj_jw *w = &d->w;
    char code[8];
    snprintf(code, sizeof code, "%d", r->also);
    yj_jw_key(w, code);
    yj_jw_object(w);
    own_text(d, "description", r->also_summary);
    yj_jw_key(w, "content");
    yj_jw_object(w);
    yj_jw_key(w, yj_json_type);
    yj_jw_object(w);
    yj_jw_key(w, "schema");
    ref(d, NULL, r->also_schema);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

static void response(doc *d, const yj_route *r, const yj_kind *k)
{
    yj_jw *w = &d->w;
    char code[8];
    snprintf(code, sizeof code, "%d", r->success);
    yj_jw_key(w, "responses");
    yj_jw_object(w);
    yj_jw_key(w, code);
    yj_jw_object(w);
    own_text(d, "description", r->summary);
    if (r->reply_schema || r->reply_type) {
        yj_jw_key(w, "content");
        yj_jw_object(w);
        yj_jw_key(w, r->reply_type ? r->reply_type : yj_json_type);
        yj_jw_object(w);
        if (r->reply_schema) {
            yj_jw_key(w, "schema");
            schema_ref(d, r->reply_schema, k);
        }
        yj_jw_end_object(w);
        yj_jw_end_object(w);
    }
    yj_jw_end_object(w);
    if (r->also)
        write_other_answer(d, r);
    yj_jw_key(w, "default");
    yj_jw_object(w);
    own_text(d, "description", "An error");
    yj_jw_key(w, "content");
    yj_jw_object(w);
    yj_jw_key(w, yj_json_type);
    yj_jw_object(w);
    yj_jw_key(w, "schema");
    ref(d, NULL, "Error");
    yj_jw_end_object(w);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
}

/* "get_institutions_inst_records_contract" */
static void operation_id(const yj_route *r, const char *path, char *ret, size_t cap)
{
    bool inside = strncmp(path, "/api/v1", 7) == 0;
    const char *parts[] = { yj_method_name(r->method), inside ? "" : "_root", inside ? path + 7 : path };
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(parts); i++) {
        for (const char *at = parts[i]; *at && n + 1 < cap; at++) {
            char c = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
            bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (word)
                ret[n++] = c;
            else if (n && ret[n - 1] != '_')
                ret[n++] = '_';
        }
    }
    while (n && ret[n - 1] == '_')
        n--;
    ret[n] = '\0';
}

static void operation(doc *d, const yj_route *r, const char *path, const yj_kind *k)
{
    yj_jw *w = &d->w;
    char id[160], method[8];
    const char *name = yj_method_name(r->method);
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof method; n++)
        method[n] = (char)(name[n] - 'A' + 'a');
    method[n] = '\0';
    operation_id(r, path, id, sizeof id);
    yj_jw_key(w, method);
    yj_jw_object(w);
    yj_jw_kstr(w, "operationId", id);
    own_text(d, "summary", r->summary);
    if (k) {
        text(d, "description", &k->label);
        yj_jw_kstr(w, "x-kind", k->name);
    }
    parameters(d, r, k != NULL);
    request_body(d, r, k);
    response(d, r, k);
    yj_jw_end_object(w);
}

/* The path as the document writes it: {kind} filled in, "{path...}" without dots. */
static void shown_path(const char *path, const yj_kind *k, char *ret, size_t cap)
{
    size_t n = 0;
    while (*path && n + 1 < cap) {
        if (k && strncmp(path, "{kind}", 6) == 0) {
            n += (size_t)snprintf(ret + n, cap - n, "%s", k->name);
            path += 6;
        } else if (strncmp(path, "...}", 4) == 0) {
            path += 3;
        } else {
            ret[n++] = *path++;
        }
    }
    ret[n < cap ? n : cap - 1] = '\0';
}

static void path_item(doc *d, size_t first, const yj_kind *k)
{
    char path[256];
    shown_path(yj_routes[first].path, k, path, sizeof path);
    yj_jw_key(&d->w, path);
    yj_jw_object(&d->w);
    for (size_t i = first; i < yj_route_count; i++)
        if (strcmp(yj_routes[i].path, yj_routes[first].path) == 0)
            operation(d, &yj_routes[i], path, k);
    yj_jw_end_object(&d->w);
}

static bool is_first(size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(yj_routes[j].path, yj_routes[i].path) == 0)
            return false;
    return true;
}

yj_status yj_openapi_write(const yj_catalog *c, yj_lang lang, yj_buf *out, yj_error *err)
{
    doc d = { .c = c, .lang = lang };
    yj_jw *w = &d.w;
    yj_jw_init(w, out);
    yj_jw_object(w);
    yj_jw_kstr(w, "openapi", "3.1.0");
    yj_jw_key(w, "info");
    yj_jw_object(w);
    own_text(&d, "title", "Yunjian");
    own_text(&d, "description", yj_api_limits);
    yj_jw_kstr(w, "version", "v1");
    yj_jw_end_object(w);
    yj_jw_key(w, "paths");
    yj_jw_object(w);
    for (size_t i = 0; i < yj_route_count; i++) {
        if (!is_first(i))
            continue;
        if (!yj_routes[i].per_kind)
            path_item(&d, i, NULL);
        if (yj_routes[i].per_kind && !c)
            path_item(&d, i, NULL);
        for (size_t k = 0; c && yj_routes[i].per_kind && k < c->kind_count; k++)
            path_item(&d, i, &c->kinds[k]);
    }
    yj_jw_end_object(w);
    yj_jw_key(w, "components");
    yj_jw_object(w);
    yj_jw_key(w, "schemas");
    yj_jw_object(w);
    for (size_t i = 0; i < yj_schema_count; i++) {
        yj_jw_key(w, yj_schemas[i].name);
        yj_schema_write(yj_schemas[i].members, w);
    }
    for (size_t i = 0; !c && i < yj_open_schema_count; i++) {
        yj_jw_key(w, yj_open_schemas[i].name);
        yj_schema_write(yj_open_schemas[i].members, w);
    }
    for (size_t i = 0; c && i < c->kind_count; i++)
        kind_schemas(&d, &c->kinds[i]);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
    yj_jw_end_object(w);
    return yj_buf_status(out, err);
}

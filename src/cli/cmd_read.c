// SPDX-License-Identifier: Apache-2.0
/* get, list, history, search: records as they are, or as they were. */
#include "base/json.h"
#include "cli/cli.h"
#include "record/read.h"

#define RECORD_BYTES_MAX ((size_t)8 << 20)
#define LIST_BYTES_MAX ((size_t)256 << 20)
#define LIST_COLUMNS 5 /* of fields; state and version follow */

/* What a kind's records lie in: the institution's ledger, or the installation's. */
static int64_t inst_of(const yj_cli *c, const yj_kind *k)
{
    return k->installation ? YJ_INST_INSTALLATION : c->institution.inst;
}

static yj_status open_kind(yj_cli *c, const yj_kind **ret, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    return yj_cli_kind(c, c->arg[0], ret, err);
}

/* The JSON in `b` printed as it is, or handed to `show`. */
static yj_status output(yj_cli *c, const yj_kind *k, yj_buf *b, size_t max,
                        void (*show)(yj_cli *c, const yj_kind *k, const json_t *o), yj_error *err)
{
    YJ_TRY(yj_buf_status(b, err));
    if (yj_json_wanted(c)) {
        yj_out_json(c, yj_buf_view(b));
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(yj_buf_view(b), max, &o, err));
    show(c, k, o);
    return YJ_OK;
}

static const char *person_name(yj_cli *c, const char *id)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, YJ_SPAN("person"));
    yj_buf name;
    yj_buf_init(&name, RECORD_BYTES_MAX);
    for (int i = 0; k && name.len == 0 && i < 2; i++)
        if (yj_record_name(c->reader, c->catalog, i ? YJ_INST_INSTALLATION : c->institution.inst, k, id,
                           c->lang, &name, NULL) != YJ_OK)
            yj_buf_clear(&name);
    const char *shown = yj_arena_strdup(c->arena, name.len ? name.ptr : id);
    yj_buf_done(&name);
    return shown;
}

/* Who acted, and as whose deputy. */
static const char *who_acted(yj_cli *c, const json_t *version)
{
    const char *by = person_name(c, yj_member(version, "by"));
    const char *whom = json_string_value(json_object_get(version, "for"));
    if (!whom)
        return by;
    return yj_said(c, "%s for %s", by, person_name(c, whom));
}

static const char *state_label(const yj_cli *c, const yj_kind *k, const char *state)
{
    int i = yj_kind_state(k, yj_span_of(state));
    return i < 0 ? state : yj_text_in(c, &k->states[i].label);
}

/* What a clock in the installation's zone showed. */
/* What was done: one of the engine's words, or the kind's own transition. */
static const char *op_word(const yj_cli *c, const yj_kind *k, const char *op)
{
    if (strcmp(op, "create") == 0)
        return yj_word(c, "entered");
    if (strcmp(op, "takeover") == 0)
        return yj_word(c, "taken over as found");
    if (strcmp(op, "change") == 0)
        return yj_word(c, "changed");
    if (strcmp(op, "convert") == 0)
        return yj_word(c, "converted to another edition");
    if (strcmp(op, "erase") == 0)
        return yj_word(c, "erased");
    int t = yj_kind_transition(k, yj_span_of(op));
    return t < 0 ? op : yj_text_in(c, &k->transitions[t].label);
}

static const char *value_text(yj_cli *c, const yj_kind *k, const yj_field *f, const json_t *fields,
                              const json_t *v)
{
    yj_buf b;
    yj_buf_init(&b, RECORD_BYTES_MAX);
    yj_value_text(c, k, f, fields, v, &b);
    const char *shown = yj_arena_strdup(c->arena, b.len ? b.ptr : "");
    yj_buf_done(&b);
    return shown;
}

static void show_record(yj_cli *c, const yj_kind *k, const json_t *o)
{
    yj_buf_fmt(&c->out, "%s  ", yj_text_in(c, &k->label));
    yj_ink_text(c, YJ_BOLD, yj_member(o, "name"));
    yj_buf_fmt(&c->out, "  (%s)\n", state_label(c, k, yj_member(o, "state")));
    yj_say(c, "%s, version %lld of %s, by %s\n", yj_member(o, "id"),
           (long long)json_integer_value(json_object_get(o, "version")),
           yj_local_time(c, yj_member(o, "time")), who_acted(c, o));
    if (json_is_true(json_object_get(o, "erased")))
        yj_say(c, "erased\n");
    const json_t *fields = json_object_get(o, "fields");
    size_t width = 0;
    for (size_t i = 0; i < k->field_count; i++) {
        size_t n = yj_utf8_columns(yj_span_of(yj_text_in(c, &k->fields[i].label)));
        width = json_object_get(fields, k->fields[i].name) && n > width ? n : width;
    }
    yj_buf_char(&c->out, '\n');
    for (size_t i = 0; i < k->field_count; i++) {
        const json_t *v = json_object_get(fields, k->fields[i].name);
        if (!v || json_is_null(v))
            continue;
        const char *label = yj_text_in(c, &k->fields[i].label);
        size_t used = 2 + yj_utf8_columns(yj_span_of(label));
        yj_buf_fmt(&c->out, "  %s", label);
        for (; used < width + 4; used++)
            yj_buf_char(&c->out, ' ');
        yj_wrap(c, width + 4, used, value_text(c, k, &k->fields[i], fields, v));
    }
}

yj_status yj_cmd_get(yj_cli *c, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(open_kind(c, &k, err));
    int64_t as_of = -1;
    YJ_TRY(yj_cli_as_of(c, &as_of, err));
    yj_buf b;
    yj_buf_init(&b, RECORD_BYTES_MAX);
    yj_status s =
        yj_record_get(c->reader, c->catalog, inst_of(c, k), k, c->arg[1], as_of, c->lang, &b, NULL, err);
    if (s == YJ_OK)
        s = output(c, k, &b, RECORD_BYTES_MAX, show_record, err);
    yj_buf_done(&b);
    return s;
}

/* --- list ------------------------------------------------------------------------------------- */

/* "field=value", "field!=value", "field<=value", "field~value" (holds). */
static yj_status parse_filter(yj_cli *c, const char *text, yj_filter *ret, yj_error *err)
{
    static const struct {
        const char *sign;
        yj_filter filter;
    } signs[] = { { "!=", { .op = YJ_F_NE } }, { "<=", { .op = YJ_F_LE } }, { ">=", { .op = YJ_F_GE } },
                  { "=", { .op = YJ_F_EQ } },  { "<", { .op = YJ_F_LT } },  { ">", { .op = YJ_F_GT } },
                  { "~", { .op = YJ_F_HAS } } };
    size_t n = strcspn(text, "!<>=~");
    for (size_t i = 0; n > 0 && i < YJ_COUNT(signs); i++) {
        size_t len = strlen(signs[i].sign);
        if (strncmp(text + n, signs[i].sign, len) != 0)
            continue;
        *ret = signs[i].filter;
        ret->field = yj_arena_strndup(c->arena, text, n);
        ret->value = text + n + len;
        return YJ_OK;
    }
    return yj_fail(err, YJ_E_USAGE, "\"%s\" is no filter; write field=value, with =, !=, <, <=, >, >= or ~",
                   text);
}

static void show_list(yj_cli *c, const yj_kind *k, const json_t *o)
{
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        if (c->many_count || yj_cli_has(c, YJ_OPT_AFTER) || yj_cli_has(c, YJ_OPT_AS_OF))
            yj_say(c, "no record like that: %s\n", yj_text_in(c, &k->label));
        else
            yj_say(c, "nothing entered yet: %s\n", yj_text_in(c, &k->label));
        return;
    }
    const yj_field *columns[LIST_COLUMNS] = { NULL };
    size_t n = 0;
    for (size_t i = 0; i < k->key_count && n < LIST_COLUMNS; i++)
        columns[n++] = &k->fields[k->key[i]];
    for (size_t i = 0; i < k->field_count && n < LIST_COLUMNS; i++) {
        const yj_field *f = &k->fields[i];
        bool there = f->type == YJ_T_LONGTEXT;
        for (size_t j = 0; j < n; j++)
            there |= columns[j] == f;
        if (!there)
            columns[n++] = f;
    }
    yj_table *t = yj_table_new(c, n + 2);
    yj_table_right(t, n + 1);
    for (size_t i = 0; i < n; i++) {
        yj_table_max(t, i, 28);
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &columns[i]->label));
    }
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "State"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Version"));
    for (size_t r = 0; r < json_array_size(items); r++) {
        const json_t *row = json_array_get(items, r), *fields = json_object_get(row, "fields");
        for (size_t i = 0; i < n; i++)
            yj_table_cell(t, YJ_PLAIN,
                          value_text(c, k, columns[i], fields, json_object_get(fields, columns[i]->name)));
        yj_table_cell(t, YJ_PLAIN, state_label(c, k, yj_member(row, "state")));
        yj_table_cell_fmt(t, "%lld", (long long)json_integer_value(json_object_get(row, "version")));
    }
    yj_table_print(t);
    yj_say(c, "%zu of %lld\n", json_array_size(items),
           (long long)json_integer_value(json_object_get(o, "total")));
    if (yj_member(o, "next")[0])
        yj_say(c, "more: --after %s\n", yj_member(o, "next"));
}

yj_status yj_cmd_list(yj_cli *c, yj_error *err)
{
    const yj_kind *k = NULL;
    int64_t limit = 0;
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, 1000, 100, &limit, err));
    YJ_TRY(open_kind(c, &k, err));
    yj_filter *filters = yj_arena_array(c->arena, c->many_count + 1, sizeof *filters);
    for (size_t i = 0; i < c->many_count; i++)
        YJ_TRY(parse_filter(c, c->many[i], &filters[i], err));
    yj_list_query q = { .filters = filters,
                        .filter_count = c->many_count,
                        .limit = (size_t)limit,
                        .sort = c->value[YJ_OPT_SORT],
                        .after = c->value[YJ_OPT_AFTER],
                        .lang = c->lang };
    YJ_TRY(yj_cli_as_of(c, &q.as_of_seq, err));
    yj_buf b;
    yj_buf_init(&b, LIST_BYTES_MAX);
    yj_status s = yj_record_list(c->reader, c->catalog, inst_of(c, k), k, &q, &b, err);
    if (s == YJ_OK)
        s = output(c, k, &b, LIST_BYTES_MAX, show_list, err);
    yj_buf_done(&b);
    return s;
}

/* --- history ---------------------------------------------------------------------------------- */

/* @param fields of the newest version: of which kind a record of any kind is, which hardly ever changes */
static void show_changes(yj_cli *c, const yj_kind *k, const json_t *fields, const json_t *changes)
{
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *x = json_array_get(changes, i);
        const yj_field *f = yj_kind_field(k, yj_span_of(yj_member(x, "field")));
        if (!f)
            continue;
        const json_t *from = json_object_get(x, "from");
        bool had = from && !json_is_null(from);
        yj_wrap(c, 6, 0,
                yj_arena_fmt(c->arena, "%s: %s%s%s", yj_text_in(c, &f->label),
                             had ? value_text(c, k, f, fields, from) : "", had ? " -> " : "",
                             value_text(c, k, f, fields, json_object_get(x, "to"))));
    }
}

static void show_history(yj_cli *c, const yj_kind *k, const json_t *o)
{
    const json_t *items = json_object_get(o, "items");
    yj_auto(yj_json_freep) json_t *fields = json_object();
    for (size_t i = json_array_size(items); i-- > 0;) {
        const json_t *changes = json_object_get(json_array_get(items, i), "changes");
        for (size_t n = 0; n < json_array_size(changes); n++)
            json_object_set(fields, yj_member(json_array_get(changes, n), "field"),
                            json_object_get(json_array_get(changes, n), "to"));
    }
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *v = json_array_get(items, i);
        yj_say(c, "version %lld, entry %lld, %s: %s, by %s, %s\n",
               (long long)json_integer_value(json_object_get(v, "version")),
               (long long)json_integer_value(json_object_get(v, "seq")),
               yj_local_time(c, yj_member(v, "time")), op_word(c, k, yj_member(v, "op")), who_acted(c, v),
               state_label(c, k, yj_member(v, "state")));
        if (json_is_true(json_object_get(v, "erased")))
            yj_say(c, "erased\n");
        show_changes(c, k, fields, json_object_get(v, "changes"));
    }
}

yj_status yj_cmd_history(yj_cli *c, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(open_kind(c, &k, err));
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(yj_record_find(c->reader, c->catalog, inst_of(c, k), k, c->arg[1], id, err));
    yj_buf b;
    yj_buf_init(&b, LIST_BYTES_MAX);
    yj_status s = yj_record_history(c->reader, c->catalog, inst_of(c, k), k, id, &b, err);
    if (s == YJ_OK)
        s = output(c, k, &b, LIST_BYTES_MAX, show_history, err);
    yj_buf_done(&b);
    return s;
}

/* --- search ----------------------------------------------------------------------------------- */

static void show_hits(yj_cli *c, const yj_kind *unused, const json_t *o)
{
    const json_t *items = json_object_get(o, "items");
    yj_table *t = yj_table_new(c, 4);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Kind"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Name"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Found in"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "State"));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(x, "kind")));
        const yj_field *f = k ? yj_kind_field(k, yj_span_of(yj_member(x, "field"))) : NULL;
        yj_table_cell(t, YJ_PLAIN, k ? yj_text_in(c, &k->label) : yj_member(x, "kind"));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, "name"));
        yj_table_cell(t, YJ_PLAIN, f ? yj_text_in(c, &f->label) : yj_word(c, "Name"));
        yj_table_cell(t, YJ_PLAIN, k ? state_label(c, k, yj_member(x, "state")) : "");
    }
    if (json_array_size(items))
        yj_table_print(t);
    else
        yj_say(c, "nothing found\n");
}

yj_status yj_cmd_search(yj_cli *c, yj_error *err)
{
    int64_t limit = 0;
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, 1000, 50, &limit, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    yj_buf b;
    yj_buf_init(&b, LIST_BYTES_MAX);
    yj_status s = yj_record_search(c->reader, c->catalog, c->institution.inst, c->arg[0], (size_t)limit,
                                   c->lang, &b, err);
    if (s == YJ_OK)
        s = output(c, NULL, &b, LIST_BYTES_MAX, show_hits, err);
    yj_buf_done(&b);
    return s;
}

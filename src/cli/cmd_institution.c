// SPDX-License-Identifier: Apache-2.0
#include "cli/fields.h"
#include <stdlib.h>

#define ORIGIN_COLUMNS 200

static void write_one(yj_jw *w, const yj_institution *i)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "id", i->id);
    yj_jw_kstr(w, "code", i->code);
    yj_jw_kstr(w, "name", i->name);
    yj_jw_kstr(w, "origin", i->origin);
    yj_jw_ki64(w, "entries", (int64_t)i->size);
    yj_jw_end_object(w);
}

/* Fields: a JSON file or field=value arguments, then --code and --name on top. */
static yj_status read_fields(yj_cli *c, const yj_kind *k, json_t **ret, yj_error *err)
{
    bool file = c->arg_count == 1 && !strchr(c->arg[0], '=');
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(file ? yj_cli_fields_of_file(c, k, c->arg[0], &o, err)
                : yj_cli_fields_of_pairs(c, k, c->arg, c->arg_count, &o, err));
    if (yj_cli_has(c, YJ_OPT_CODE))
        json_object_set_new(o, "code", json_string(c->value[YJ_OPT_CODE]));
    if (yj_cli_has(c, YJ_OPT_NAME))
        json_object_set_new(o, "name", json_string(c->value[YJ_OPT_NAME]));
    if (!json_object_get(o, "type") && yj_kind_field(k, YJ_SPAN("type")))
        json_object_set_new(o, "type", json_string("client"));
    *ret = yj_take(o);
    return YJ_OK;
}

yj_status yj_cmd_institution_add(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err));
    YJ_TRY(yj_cli_person(c, err));
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, "institution", &k, err));
    yj_auto(yj_json_freep) json_t *fields = NULL;
    YJ_TRY(read_fields(c, k, &fields, err));
    yj_institution made;
    YJ_TRY(yj_institution_open(c->engine, fields, c->person, &made, err));
    YJ_TRY(yj_cli_settle(c, err));
    if (yj_json_wanted(c)) {
        yj_jw w;
        yj_jw_init(&w, &c->out);
        write_one(&w, &made);
        yj_buf_char(&c->out, '\n');
    } else {
        yj_say(c, "institution %s (%s) has its ledger %s\n", made.name, made.code, made.origin);
    }
    return YJ_OK;
}

yj_status yj_cmd_institution_list(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .no_judge = true }, err));
    yj_institution *rows = NULL;
    size_t count = 0;
    YJ_TRY(yj_institution_list(c->engine, &rows, &count, err));
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_table *t = yj_table_new(c, 4);
    yj_table_right(t, 3);
    yj_table_max(t, 2, ORIGIN_COLUMNS); /* people copy it */
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Code"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Name"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Ledger"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Entries"));
    if (yj_json_wanted(c))
        yj_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (yj_json_wanted(c)) {
            write_one(&w, &rows[i]);
            continue;
        }
        yj_table_cell(t, YJ_PLAIN, rows[i].code);
        yj_table_cell(t, YJ_PLAIN, rows[i].name);
        yj_table_cell(t, YJ_PLAIN, rows[i].origin);
        yj_table_cell_fmt(t, "%llu", (unsigned long long)rows[i].size);
    }
    free(rows);
    if (yj_json_wanted(c)) {
        yj_jw_end_array(&w);
        yj_buf_char(&c->out, '\n');
    } else if (count) {
        yj_table_print(t);
    } else {
        yj_say(c, "no institution yet; open its ledger with: yunjian institution add --help\n");
    }
    return YJ_OK;
}

// SPDX-License-Identifier: Apache-2.0
/* document: the report templates of the packs, and what one says filled in from a record. */
#include "base/file.h"
#include "base/json.h"
#include "cli/cli.h"
#include "pack/document.h"
#include "report/document.h"

#define JSON_BYTES_MAX ((size_t)256 << 20)

/* --- the templates ------------------------------------------------------------------------------ */

static void write_duties(const yj_catalog *k, const yj_document *d, yj_jw *w)
{
    yj_jw_key(w, "requirements");
    yj_jw_array(w);
    for (size_t i = 0; i < d->requirement_count; i++)
        yj_jw_str(w, k->requirements[d->requirements[i]].id);
    yj_jw_end_array(w);
}

static void list_json(yj_cli *c)
{
    const yj_catalog *k = c->catalog;
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_array(&w);
    for (size_t i = 0; i < k->document_count; i++) {
        const yj_document *d = &k->documents[i];
        yj_jw_object(&w);
        yj_jw_kstr(&w, "document", d->name);
        yj_jw_kstr(&w, "kind", k->kinds[d->kind].name);
        yj_jw_kstr(&w, "title", yj_text_in(c, &d->title));
        write_duties(k, d, &w);
        yj_jw_kstr(&w, "pack", d->pack);
        yj_jw_end_object(&w);
    }
    yj_jw_end_array(&w);
    yj_buf_char(&c->out, '\n');
}

static const char *duties(yj_cli *c, const yj_document *d)
{
    const char *all = "";
    for (size_t i = 0; i < d->requirement_count; i++)
        all = yj_arena_fmt(c->arena, "%s%s%s", all, i ? " " : "",
                           c->catalog->requirements[d->requirements[i]].id);
    return all;
}

static void list_text(yj_cli *c)
{
    const yj_catalog *k = c->catalog;
    if (!k->document_count) {
        yj_say(c, "the packs have no report templates\n");
        return;
    }
    yj_table *t = yj_table_new(c, 4);
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Document"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "About"));
    yj_table_cell(t, YJ_PLAIN, yj_word(c, "Requirements"));
    yj_table_cell(t, YJ_PLAIN, "");
    for (size_t i = 0; i < k->document_count; i++) {
        const yj_document *d = &k->documents[i];
        yj_table_cell(t, YJ_PLAIN, d->name);
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &k->kinds[d->kind].label));
        yj_table_cell(t, YJ_PLAIN, duties(c, d));
        yj_table_cell(t, YJ_PLAIN, yj_text_in(c, &d->title));
    }
    yj_table_print(t);
}

/* What one consists of: its headings. */
static void show(yj_cli *c, const yj_document *d)
{
    yj_ink_text(c, YJ_BOLD, d->name);
    yj_buf_fmt(&c->out, "  %s\n", yj_text_in(c, &d->title));
    if (d->note.in[c->lang])
        yj_wrap(c, 2, 0, yj_text_in(c, &d->note));
    yj_buf_char(&c->out, '\n');
    for (size_t i = 0; i < d->section_count; i++)
        yj_buf_fmt(&c->out, "  %s\n", yj_text_in(c, &d->sections[i].heading));
    yj_say(c, "\nfilled in by: yunjian document %s ID|KEY (%s)\n", d->name,
           yj_text_in(c, &c->catalog->kinds[d->kind].label));
}

static void show_json(yj_cli *c, const yj_document *d)
{
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "document", d->name);
    yj_jw_kstr(&w, "kind", c->catalog->kinds[d->kind].name);
    yj_jw_kstr(&w, "title", yj_text_in(c, &d->title));
    yj_jw_kstr(&w, "note", d->note.in[c->lang]);
    write_duties(c->catalog, d, &w);
    yj_jw_key(&w, "headings");
    yj_jw_array(&w);
    for (size_t i = 0; i < d->section_count; i++)
        yj_jw_str(&w, yj_text_in(c, &d->sections[i].heading));
    yj_jw_end_array(&w);
    yj_jw_kstr(&w, "pack", d->pack);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

/* --- filled in ---------------------------------------------------------------------------------- */

/* Plain text, not wrapped: it goes on into a word processor. */
static void write_draft(const json_t *o, yj_buf *out)
{
    const json_t *sections = json_object_get(o, "sections");
    yj_buf_fmt(out, "%s\n", yj_member(o, "title"));
    for (size_t i = 0; i < json_array_size(sections); i++) {
        const json_t *s = json_array_get(sections, i);
        yj_buf_fmt(out, "\n%s\n%s\n", yj_member(s, "heading"), yj_member(s, "text"));
    }
}

static void say_blank(yj_cli *c, const json_t *o)
{
    const json_t *blank = json_object_get(o, "blank");
    if (yj_member(o, "note")[0]) {
        yj_buf_char(&c->out, '\n');
        yj_wrap(c, 0, 0, yj_member(o, "note"));
    }
    if (json_array_size(blank))
        yj_say(c, "\nstill to fill in:\n");
    for (size_t i = 0; i < json_array_size(blank); i++)
        yj_buf_fmt(&c->out, "  %s\n", json_string_value(json_array_get(blank, i)));
}

static yj_status give_draft(yj_cli *c, yj_buf *json, yj_error *err)
{
    const char *path = c->value[YJ_OPT_OUT];
    if (yj_json_wanted(c) && !path) {
        yj_out_json(c, yj_buf_view(json));
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(yj_buf_view(json), JSON_BYTES_MAX, &o, err));
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, JSON_BYTES_MAX);
    write_draft(o, &text);
    YJ_TRY(yj_buf_status(&text, err));
    if (!path)
        yj_buf_span(&c->out, yj_buf_view(&text));
    else
        YJ_TRY(yj_file_write(path, yj_buf_view(&text), 0600, err));
    if (yj_json_wanted(c)) {
        yj_out_json(c, yj_buf_view(json));
        return YJ_OK;
    }
    if (path)
        yj_say(c, "written to %s\n", path);
    say_blank(c, o);
    return YJ_OK;
}

static yj_status fill(yj_cli *c, const yj_document *d, yj_error *err)
{
    yj_date day;
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(yj_cli_day(c, &day, err));
    yj_auto(yj_buf_done) yj_buf json;
    yj_buf_init(&json, JSON_BYTES_MAX);
    YJ_TRY(yj_document_fill(c->reader, c->catalog, c->institution.inst, d, c->arg[1], c->lang, day.s, &json,
                            err));
    YJ_TRY(yj_buf_status(&json, err));
    return give_draft(c, &json, err);
}

yj_status yj_cmd_document(yj_cli *c, yj_error *err)
{
    YJ_TRY(c->arg_count == 2 ? yj_cli_open_institution(c, err) : yj_cli_any_catalog(c, err));
    if (c->arg_count == 0) {
        if (yj_json_wanted(c))
            list_json(c);
        else
            list_text(c);
        return YJ_OK;
    }
    const yj_document *d = yj_catalog_document(c->catalog, yj_span_of(c->arg[0]));
    if (!d)
        return yj_fail(err, YJ_E_NOT_FOUND, "the packs have no document %s", c->arg[0]);
    if (c->arg_count == 2)
        return fill(c, d, err);
    if (yj_json_wanted(c))
        show_json(c, d);
    else
        show(c, d);
    return YJ_OK;
}

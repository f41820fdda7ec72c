// SPDX-License-Identifier: Apache-2.0
/* exchange: how institutions are tied, and what is addressed from one to another. What they take of each
 * other is in cmd_waiting.c, who oversees whom in cmd_oversight.c. */
#include "base/csv.h"
#include "base/file.h"
#include "cli/exchange.h"
#include "cli/fields.h"
#include "instrument/scan/sheet.h"
#include "record/exchange.h"
#include "record/read.h"
#include "record/transfer.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CODE_BYTES_MAX 4096

yj_status yj_exchange_open(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    return yj_cli_reader(c, err);
}

yj_status yj_exchange_tell(yj_cli *c, yj_buf *b, void (*show)(yj_cli *c, const json_t *o), yj_error *err)
{
    YJ_TRY(yj_buf_status(b, err));
    if (yj_json_wanted(c)) {
        yj_out_json(c, yj_buf_view(b));
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *o = NULL;
    YJ_TRY(yj_json_parse(yj_buf_view(b), YJ_EXCHANGE_BYTES_MAX, &o, err));
    show(c, o);
    return YJ_OK;
}

const char *yj_exchange_name(yj_cli *c, const json_t *institution)
{
    return yj_arena_fmt(c->arena, "%s (%s)", yj_member(institution, "name"), yj_member(institution, "code"));
}

const char *yj_exchange_kind(const yj_cli *c, const char *name)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(name));
    return k ? yj_text_in(c, &k->label) : name;
}

void yj_exchange_heads(yj_table *t, const char *const *heads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        yj_table_cell(t, YJ_PLAIN, heads[i]);
}

/* --- invitations ------------------------------------------------------------------------------ */

static yj_status invitations_wanted(const yj_cli *c, const yj_kind **ret, yj_error *err)
{
    int k = c->catalog->exchange.invitation.kind;
    if (k < 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "the packs in force know no invitations");
    *ret = &c->catalog->kinds[k];
    return YJ_OK;
}

/* A new invitation of what is given as field=value. */
static yj_status make_invitation(yj_cli *c, const yj_kind *k, char ret[static YJ_UUID_LEN + 1], yj_error *err)
{
    yj_auto(yj_json_freep) json_t *fields = NULL;
    YJ_TRY(yj_cli_fields_of_pairs(c, k, c->arg, c->arg_count, &fields, err));
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(yj_named_records(c->reader, c->catalog, c->institution.inst, k, NULL, fields, fields, err));
    YJ_TRY(yj_fields_check(c->catalog, k, fields, err));
    yj_cli_reader_done(c);
    yj_change x = { .op = YJ_CH_CREATE,
                    .inst = c->institution.inst,
                    .kind = k->index,
                    .by = c->person,
                    .expect_version = -1,
                    .fields = fields,
                    .lang = c->lang };
    yj_status s = yj_change_run(c->engine, &x, err);
    c->misses = yj_take(x.misses);
    memcpy(ret, x.ret_id, sizeof x.ret_id);
    yj_change_done(&x);
    return s;
}

yj_status yj_cmd_exchange_invite(yj_cli *c, yj_error *err)
{
    const yj_kind *k = NULL;
    char made[YJ_UUID_LEN + 1], code[YJ_INVITATION_CODE_LEN + 1];
    const char *invitation = c->arg[0];
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    yj_cli_reader_done(c);
    YJ_TRY(invitations_wanted(c, &k, err));
    bool makes = strchr(c->arg[0], '=') != NULL;
    if (!makes && c->arg_count > 1)
        return yj_fail(err, YJ_E_USAGE, "either an invitation that is there, or the fields of a new one");
    if (makes) {
        YJ_TRY(make_invitation(c, k, made, err));
        invitation = made;
    }
    YJ_TRY(yj_invitation_code(c->engine, c->institution.inst, invitation, c->person, code, err));
    if (yj_json_wanted(c)) {
        yj_jw w;
        yj_jw_init(&w, &c->out);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "invitation", invitation);
        yj_jw_kstr(&w, "code", code);
        yj_jw_end_object(&w);
        yj_buf_char(&c->out, '\n');
    } else {
        yj_say(c, "one-time code: %s\n", code);
        yj_say(c, "It is shown once. Hand it on by another way than the invitation; the other side accepts "
                  "with it: yunjian exchange accept\n");
    }
    return yj_cli_settle(c, err);
}

/* The code, from a file or standard input: it is a secret, and arguments are seen by everybody on a machine.
 */
static yj_status read_code(yj_cli *c, const char **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, CODE_BYTES_MAX);
    YJ_TRY(yj_cli_read(c->arg[0], CODE_BYTES_MAX, &b, err));
    while (b.len && strchr(" \t\r\n", b.ptr[b.len - 1]))
        b.len--;
    *ret = yj_arena_strndup(c->arena, b.ptr ? b.ptr : "", b.len);
    return yj_arena_status(c->arena, err);
}

static yj_status answering(yj_cli *c, const char **ret_code, yj_error *err)
{
    YJ_TRY(read_code(c, ret_code, err));
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    yj_cli_reader_done(c);
    return YJ_OK;
}

static void show_invitation(yj_cli *c, const json_t *o)
{
    yj_say(c, "invited by %s; it can be accepted until %s\n",
           yj_exchange_name(c, json_object_get(o, "client")), yj_member(o, "expires_on"));
}

yj_status yj_cmd_exchange_look(yj_cli *c, yj_error *err)
{
    const char *code = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(answering(c, &code, err));
    YJ_TRY(yj_invitation_look(c->engine, code, &b, err));
    return yj_exchange_tell(c, &b, show_invitation, err);
}

yj_status yj_cmd_exchange_accept(yj_cli *c, yj_error *err)
{
    const char *code = NULL;
    yj_tie tie;
    YJ_TRY(answering(c, &code, err));
    YJ_TRY(yj_invitation_accept(c->engine, c->institution.inst, code, c->person, &tie, err));
    if (yj_json_wanted(c)) {
        yj_jw w;
        yj_jw_init(&w, &c->out);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "link", tie.link);
        yj_jw_kstr(&w, "invitation", tie.invitation);
        yj_jw_end_object(&w);
        yj_buf_char(&c->out, '\n');
    } else {
        yj_say(c, "accepted; what is addressed to this institution: yunjian exchange addressed\n");
    }
    return yj_cli_settle(c, err);
}

yj_status yj_cmd_exchange_decline(yj_cli *c, yj_error *err)
{
    const char *code = NULL;
    YJ_TRY(answering(c, &code, err));
    YJ_TRY(yj_invitation_decline(c->engine, c->institution.inst, code, c->arg[1], c->person, err));
    yj_exchange_done(c, yj_word(c, "declined\n"));
    return yj_cli_settle(c, err);
}

void yj_exchange_done(yj_cli *c, const char *text)
{
    yj_buf_str(&c->out, yj_json_wanted(c) ? "{}\n" : text);
}

/* --- ties ------------------------------------------------------------------------------------- */

static void show_ties(yj_cli *c, const json_t *o)
{
    const char *const heads[] = { yj_word(c, "Institution"), yj_word(c, "This one is"),
                                  yj_word(c, "Register"), yj_word(c, "Id") };
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        yj_say(c, "tied to nobody; a client invites: yunjian exchange invite --help\n");
        return;
    }
    yj_table *t = yj_table_new(c, YJ_COUNT(heads));
    yj_table_max(t, 3, YJ_UUID_LEN);
    yj_exchange_heads(t, heads, YJ_COUNT(heads));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        bool client = strcmp(yj_member(x, "side"), "client") == 0;
        yj_table_cell(t, YJ_PLAIN, yj_exchange_name(c, json_object_get(x, "institution")));
        yj_table_cell(t, YJ_PLAIN, client ? yj_word(c, "client") : yj_word(c, "the one invited"));
        yj_table_cell(t, YJ_PLAIN, yj_title_of(c, json_object_get(x, "record")));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, client ? "invitation" : "link"));
    }
    yj_table_print(t);
}

static yj_status read_ties(yj_cli *c, json_t **ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_ties_list(c->reader, c->catalog, c->institution.inst, c->lang, &b, err));
    return yj_json_parse(yj_buf_view(&b), YJ_EXCHANGE_BYTES_MAX, ret, err);
}

yj_status yj_cmd_exchange_ties(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_exchange_open(c, err));
    YJ_TRY(yj_ties_list(c->reader, c->catalog, c->institution.inst, c->lang, &b, err));
    return yj_exchange_tell(c, &b, show_ties, err);
}

/* Is the tie the one that is meant: by the other institution's code or id, or the own record's id? */
static bool is_meant(const json_t *tie, const char *ref)
{
    const json_t *other = json_object_get(tie, "institution");
    bool client = strcmp(yj_member(tie, "side"), "client") == 0;
    return strcmp(yj_member(other, "code"), ref) == 0 || strcmp(yj_member(other, "id"), ref) == 0 ||
           strcmp(yj_member(tie, client ? "invitation" : "link"), ref) == 0;
}

static yj_status find_tie(const json_t *ties, const char *ref, const json_t **ret, yj_error *err)
{
    const json_t *items = json_object_get(ties, "items");
    *ret = NULL;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        if (!is_meant(x, ref))
            continue;
        if (*ret)
            return yj_fail(
                err, YJ_E_USAGE,
                "there are several ties with \"%s\": name one by its id; see: yunjian exchange ties", ref);
        *ret = x;
    }
    if (!*ret)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no tie with \"%s\"; see: yunjian exchange ties", ref);
    return YJ_OK;
}

/* The one transition that leads out of the state, other than withdrawing the record. */
static const char *way_out(const yj_kind *k, int state)
{
    const char *found = NULL;
    for (size_t i = 0; state >= 0 && i < k->transition_count; i++) {
        const yj_transition *t = &k->transitions[i];
        if (!(t->from >> state & 1) || t->to == state || t->to == (int)k->state_count - 1)
            continue;
        if (found)
            return NULL;
        found = t->id;
    }
    return found;
}

yj_status yj_cmd_exchange_end(yj_cli *c, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *ties = NULL;
    const json_t *tie = NULL;
    YJ_TRY(yj_cli_open_institution(c, err));
    const yj_exchange *x = &c->catalog->exchange;
    YJ_TRY(yj_cli_person(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(read_ties(c, &ties, err));
    YJ_TRY(find_tie(ties, c->arg[0], &tie, err));
    yj_cli_reader_done(c);
    bool client = strcmp(yj_member(tie, "side"), "client") == 0;
    const yj_kind *k = &c->catalog->kinds[client ? x->invitation.kind : x->link.kind];
    const char *transition = way_out(k, client ? x->invitation.accepted : x->link.state);
    if (!transition)
        return yj_fail(err, YJ_E_USAGE, "the packs know several ways to end this; see: yunjian move %s",
                       k->name);
    yj_change ch = { .op = YJ_CH_MOVE,
                     .inst = c->institution.inst,
                     .kind = k->index,
                     .id = yj_member(tie, client ? "invitation" : "link"),
                     .by = c->person,
                     .expect_version = -1,
                     .transition = transition,
                     .lang = c->lang };
    yj_status s = yj_change_run(c->engine, &ch, err);
    c->misses = yj_take(ch.misses);
    yj_change_done(&ch);
    YJ_TRY(s);
    yj_exchange_done(c, yj_word(c, "ended; neither side sees anything of the other any more\n"));
    return yj_cli_settle(c, err);
}

/* --- what is addressed ------------------------------------------------------------------------ */

/* The first text among the fields that tells one record from another: most have a title or a number. */
static const char *tells(const yj_cli *c, const json_t *item)
{
    const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(item, "kind")));
    const json_t *fields = json_object_get(item, "fields");
    const char *name = NULL;
    for (int pass = 0; k && pass < 2; pass++)
        for (size_t i = 0; i < k->field_count; i++) {
            const char *s = json_string_value(json_object_get(fields, k->fields[i].name));
            bool wanted = pass == 0 ? (int)i == k->name_field : k->fields[i].type == YJ_T_TEXT;
            if (s && wanted && !name)
                name = s;
        }
    return name ? name : "";
}

/* How it stands with the answer, as yj_addressed_list() names it. */
static const char *stand_of(const yj_cli *c, const json_t *o)
{
    static const char *const stands[] = { "todo", "again", "waiting", "settled", "told" };
    static const char *const words[] = { "to answer", "declined, correct it", "waits for the client",
                                         "dealt with", "for information" };
    for (size_t i = 0; i < YJ_COUNT(stands); i++)
        if (strcmp(yj_member(o, "stand"), stands[i]) == 0)
            return yj_word(c, words[i]);
    return "";
}

static void show_addressed(yj_cli *c, const json_t *o)
{
    const char *const heads[] = { yj_word(c, "Institution"), yj_word(c, "Kind"),   yj_word(c, "Name"),
                                  yj_word(c, "State"),       yj_word(c, "Answer"), yj_word(c, "Due"),
                                  yj_word(c, "Id") };
    const json_t *items = json_object_get(o, "items");
    if (!json_array_size(items)) {
        yj_say(c, "nothing is addressed to this institution\n");
        return;
    }
    yj_table *t = yj_table_new(c, YJ_COUNT(heads));
    yj_table_max(t, 6, YJ_UUID_LEN);
    yj_exchange_heads(t, heads, YJ_COUNT(heads));
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *x = json_array_get(items, i);
        const yj_kind *k = yj_catalog_kind(c->catalog, yj_span_of(yj_member(x, "kind")));
        bool overdue = json_is_true(json_object_get(x, "overdue"));
        int state = k ? yj_kind_state(k, yj_span_of(yj_member(x, "state"))) : -1;
        yj_table_cell(t, YJ_PLAIN, yj_exchange_name(c, json_object_get(x, "client")));
        yj_table_cell(t, YJ_PLAIN, yj_exchange_kind(c, yj_member(x, "kind")));
        yj_table_cell(t, YJ_PLAIN, tells(c, x));
        yj_table_cell(t, YJ_PLAIN,
                      state < 0 ? yj_member(x, "state") : yj_text_in(c, &k->states[state].label));
        yj_table_cell(t, YJ_PLAIN, stand_of(c, x));
        yj_table_cell(t, overdue ? YJ_RED : YJ_PLAIN, yj_member(json_object_get(x, "due"), "on"));
        yj_table_cell(t, YJ_PLAIN, yj_member(x, "id"));
    }
    yj_table_print(t);
    if (yj_member(o, "next")[0])
        yj_say(c, "more: --after %s\n", yj_member(o, "next"));
}

yj_status yj_cmd_exchange_addressed(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_institution client;
    int64_t limit = 0;
    yj_addressed_query q = {
        .kind = c->value[YJ_OPT_KIND], .after = c->value[YJ_OPT_AFTER], .by_due = true, .lang = c->lang
    };
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    YJ_TRY(yj_cli_number(c, YJ_OPT_LIMIT, 1, 200, 50, &limit, err));
    q.limit = (size_t)limit;
    YJ_TRY(yj_exchange_open(c, err));
    yj_engine_today(c->engine, &q.today);
    if (c->arg_count) {
        YJ_TRY(yj_institution_find(c->engine, c->arg[0], &client, err));
        q.client = client.id;
    }
    YJ_TRY(yj_addressed_list(c->reader, c->catalog, c->institution.inst, &q, &b, err));
    return yj_exchange_tell(c, &b, show_addressed, err);
}

/* --- answers ---------------------------------------------------------------------------------- */

static json_t *listed(const char *text)
{
    json_t *all = json_array();
    for (yj_span one; yj_cli_list_next(&text, &one);)
        json_array_append_new(all, json_stringn(one.ptr, one.len));
    return all;
}

/* What goes in is a register of one row, so that an answer given here and one that is imported come to the
 * same. @param link id of the own record of the tie */
static yj_status answer_row(yj_cli *c, const char *link, const char *kind, json_t **ret, yj_error *err)
{
    const yj_given_map *m = &c->catalog->exchange.given;
    const yj_kind *k = &c->catalog->kinds[m->kind];
    yj_auto(yj_json_freep) json_t *o = json_object();
    yj_date today;
    yj_engine_today(c->engine, &today);
    json_object_set_new(o, k->fields[m->on].name, json_string(today.s));
    for (size_t i = 3; i < c->arg_count; i++) {
        const char *equals = strchr(c->arg[i], '=');
        if (!equals)
            return yj_fail(err, YJ_E_USAGE, "\"%s\" is no field=value", c->arg[i]);
        const char *name = yj_arena_strndup(c->arena, c->arg[i], (size_t)(equals - c->arg[i]));
        const yj_field *f = yj_kind_field(k, yj_span_of(name));
        json_object_set_new(o, name, f && f->list ? listed(equals + 1) : json_string(equals + 1));
    }
    json_object_set_new(o, k->fields[m->link].name, json_string(yj_arena_fmt(c->arena, "id:%s", link)));
    json_object_set_new(o, k->fields[m->about_kind].name, json_string(kind));
    json_object_set_new(o, k->fields[m->about].name, json_string(c->arg[1]));
    json_object_set_new(o, k->fields[m->act].name, json_string(c->arg[2]));
    json_object_set_new(o, "state", json_string(k->states[m->given].id));
    *ret = yj_take(o);
    return YJ_OK;
}

static yj_status give(yj_cli *c, const json_t *row, yj_import_report *r, yj_error *err)
{
    const yj_kind *k = &c->catalog->kinds[c->catalog->exchange.given.kind];
    char *text = json_dumps(row, JSON_COMPACT);
    if (!text)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_import_file file = { .name = yj_arena_fmt(c->arena, "%s.jsonl", k->name),
                            .content = yj_span_of(text) };
    yj_status s =
        yj_import(c->engine, c->institution.inst, c->person, &file, 1, yj_cli_has(c, YJ_OPT_DRY_RUN), r, err);
    free(text);
    if (s == YJ_OK || !r->problem_count)
        return s;
    const yj_import_problem *p = &r->problems[0];
    snprintf(err->msg, sizeof err->msg, "%s", p->msg);
    snprintf(err->msg_zh, sizeof err->msg_zh, "%s", p->msg_zh);
    return yj_error_at(err, "%s", p->field);
}

yj_status yj_cmd_exchange_answer(yj_cli *c, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *ties = NULL;
    yj_auto(yj_json_freep) json_t *row = NULL;
    const json_t *tie = NULL;
    const yj_kind *k = NULL;
    int state = -1;
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    YJ_TRY(yj_cli_reader(c, err));
    if (c->catalog->exchange.given.kind < 0)
        return yj_fail(err, YJ_E_NOT_FOUND, "the packs in force know no answers");
    YJ_TRY(read_ties(c, &ties, err));
    YJ_TRY(find_tie(ties, c->arg[0], &tie, err));
    YJ_TRY(yj_addressed_state(c->reader, c->catalog, c->institution.inst,
                              yj_member(json_object_get(tie, "institution"), "id"), c->arg[1], &k, &state,
                              err));
    yj_cli_reader_done(c);
    if (yj_kind_transition(k, yj_span_of(c->arg[2])) < 0)
        return yj_fail(err, YJ_E_USAGE, "kind %s has no transition \"%s\"; see: yunjian kinds %s", k->name,
                       c->arg[2], k->name);
    YJ_TRY(answer_row(c, yj_member(tie, "link"), k->name, &row, err));
    yj_import_report r = { .rows = 0 };
    yj_status s = give(c, row, &r, err);
    bool so_already = r.unchanged > 0;
    yj_import_report_done(&r);
    YJ_TRY(s);
    if (yj_cli_has(c, YJ_OPT_DRY_RUN))
        yj_exchange_done(c, yj_word(c, "nothing stands in the way; nothing was written\n"));
    else
        yj_exchange_done(c, so_already ? yj_word(c, "the answer was so already\n")
                                       : yj_word(c, "answered; it waits for the other side to take it\n"));
    return yj_cli_settle(c, err);
}

static yj_status put_bytes(void *with, yj_span bytes, yj_error *err)
{
    if (fwrite(bytes.ptr, 1, bytes.len, with) == bytes.len)
        return YJ_OK;
    return yj_fail_sys(err, yj_file_status(errno), "cannot write the register");
}

static yj_status copy_rows(yj_span csv, yj_sheet *sheet, yj_error *err)
{
    yj_auto(yj_csv_freep) yj_csv *r = yj_csv_new(csv);
    const yj_span *cells = NULL;
    size_t count = 0, line = 0;
    if (!r)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (;;) {
        bool more = false;
        YJ_TRY(yj_csv_next(r, &cells, &count, &line, &more, err));
        if (!more)
            return yj_sheet_finish(sheet, err);
        for (size_t i = 0; i < count; i++)
            yj_sheet_text(sheet, yj_csv_text(cells[i]));
        YJ_TRY(yj_sheet_row(sheet, err));
    }
}

static yj_status write_sheet(yj_cli *c, const char *path, yj_span csv, yj_error *err)
{
    yj_auto(yj_sheet_freep) yj_sheet *sheet = NULL;
    /* It takes its name when it is whole: a register that is there is kept until then. */
    const char *beside = yj_arena_fmt(c->arena, "%s.part", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!f) {
        yj_status none = yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", beside);
        if (fd >= 0)
            close(fd);
        return none;
    }
    yj_status s = yj_sheet_new(beside, "answers", YJ_SHEET_ROWS_MAX, put_bytes, f, &sheet, err);
    if (s == YJ_OK)
        s = copy_rows(csv, sheet, err);
    bool written = fflush(f) == 0 && fsync(fd) == 0;
    if (!written && s == YJ_OK)
        s = yj_fail_sys(err, yj_file_status(errno), "cannot write the register");
    fclose(f);
    if (s == YJ_OK && rename(beside, path) != 0)
        s = yj_fail_sys(err, yj_file_status(errno), "%s cannot be written", path);
    if (s != YJ_OK)
        unlink(beside);
    return s == YJ_OK ? yj_dir_sync_of(path, err) : s;
}

static bool is_sheet(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".xlsx") == 0;
}

/* A register to fill in: to a file, or standard output. */
yj_status yj_cmd_exchange_register(yj_cli *c, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_EXCHANGE_BYTES_MAX);
    yj_institution client = { .inst = 0 };
    YJ_TRY(yj_exchange_open(c, err));
    if (c->arg_count > 1)
        YJ_TRY(yj_institution_find(c->engine, c->arg[1], &client, err));
    YJ_TRY(yj_answers_export(c->reader, c->catalog, c->institution.inst, c->arg_count > 1 ? client.id : NULL,
                             YJ_ANSWERS_EXPORT_MAX, c->lang, &b, err));
    size_t rows = 0;
    bool quoted = false; /* a cell may have lines */
    for (size_t i = 0; i < b.len; i++) {
        quoted ^= b.ptr[i] == '"';
        rows += !quoted && b.ptr[i] == '\n';
    }
    bool out = strcmp(c->arg[0], "-") == 0;
    if (out) {
        yj_buf_span(&c->out, yj_buf_view(&b));
        return YJ_OK;
    }
    bool sheet = is_sheet(c->arg[0]);
    YJ_TRY(sheet ? write_sheet(c, c->arg[0], yj_buf_view(&b), err)
                 : yj_file_write(c->arg[0], yj_buf_view(&b), 0644, err));
    if (yj_json_wanted(c))
        yj_buf_fmt(&c->out, "{\"rows\":%zu}\n", rows ? rows - 1 : 0);
    else if (rows <= 1)
        yj_say(c, "nothing is to be answered\n");
    else if (sheet)
        yj_say(c, "written; fill in what is empty, then import it on the page, or save it as answer.csv and: "
                  "yunjian import answer.csv\n");
    else
        yj_say(c, "written; fill in what is empty, then: yunjian import %s\n", c->arg[0]);
    return YJ_OK;
}

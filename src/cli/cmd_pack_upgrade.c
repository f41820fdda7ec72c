// SPDX-License-Identifier: Apache-2.0
/* pack upgrade: from the packs in force to another edition. First everything is looked at and told, then,
 * unless it is a dry run, done. */
#include "base/json.h"
#include "cli/cli.h"
#include "record/upgrade.h"

#define SHOWN_MAX 20 /* of what is listed, unless --all */
#define VALUES_MAX ((size_t)1 << 20)

typedef struct listing {
    yj_cli *c;
    const yj_upgrading *u;
    yj_buf json; /* the array's items */
    yj_jw w;
    size_t count, unmet; /* all of them; those that become unmet or undecided */
} listing;

static bool is_shown(const listing *l)
{
    return l->count <= SHOWN_MAX || yj_cli_has(l->c, YJ_OPT_ALL);
}

/* --- what the editions differ in -------------------------------------------------------------------------
 */

static const char *const hows[] = {
    [YJ_UP_ADDED] = "added", [YJ_UP_RENAMED] = "renamed", [YJ_UP_REMOVED] = "removed"
};
static const char *const whats[] = { [YJ_MOVE_KIND] = "kind",
                                     [YJ_MOVE_FIELD] = "field",
                                     [YJ_MOVE_OPTION] = "option",
                                     [YJ_MOVE_STATE] = "state",
                                     [YJ_MOVE_REQUIREMENT] = "requirement" };

static void write_notes(listing *l)
{
    size_t n;
    const yj_upgrade_note *notes = yj_upgrade_notes(yj_upgrading_plan(l->u), &n);
    yj_jw_key(&l->w, "differences");
    yj_jw_array(&l->w);
    for (size_t i = 0; i < n; i++) {
        yj_jw_object(&l->w);
        yj_jw_kstr(&l->w, "how", hows[notes[i].how]);
        yj_jw_kstr(&l->w, "what", whats[notes[i].what]);
        yj_jw_kstr(&l->w, "name", notes[i].name);
        yj_jw_kstr(&l->w, "to", notes[i].to);
        yj_jw_kstr(&l->w, "why", notes[i].how == YJ_UP_REMOVED ? yj_text_in(l->c, &notes[i].why) : NULL);
        yj_jw_end_object(&l->w);
    }
    yj_jw_end_array(&l->w);
}

static void say_notes(listing *l)
{
    size_t n, added[YJ_COUNT(whats)] = { 0 };
    yj_cli *c = l->c;
    const yj_upgrade_note *notes = yj_upgrade_notes(yj_upgrading_plan(l->u), &n);
    for (size_t i = 0; i < n; i++) {
        if (notes[i].how == YJ_UP_ADDED && !yj_cli_has(c, YJ_OPT_ALL)) {
            added[notes[i].what]++;
            continue;
        }
        yj_buf_fmt(&c->out, "%s %s %s", yj_word(c, hows[notes[i].how]), yj_word(c, whats[notes[i].what]),
                   notes[i].name);
        if (notes[i].to)
            yj_buf_fmt(&c->out, " -> %s", notes[i].to);
        yj_buf_char(&c->out, '\n');
        if (notes[i].how == YJ_UP_REMOVED)
            yj_wrap(c, 4, 0, yj_text_in(c, &notes[i].why));
    }
    if (added[YJ_MOVE_KIND] + added[YJ_MOVE_FIELD] + added[YJ_MOVE_REQUIREMENT])
        yj_say(c, "added: %zu kinds, %zu fields, %zu requirements\n", added[YJ_MOVE_KIND],
               added[YJ_MOVE_FIELD], added[YJ_MOVE_REQUIREMENT]);
    if (!n)
        yj_say(c, "the same kinds, fields and requirements; other rules or texts\n");
}

/* --- records that do not fit ------------------------------------------------------------------------------
 */

static yj_status on_misfit(void *ctx, const yj_upgrade_misfit *m, yj_error *err)
{
    listing *l = ctx;
    yj_cli *c = l->c;
    const char *msg = c->lang == YJ_LANG_ZH && m->msg_zh && m->msg_zh[0] ? m->msg_zh : m->msg;
    l->count++;
    if (!yj_json_wanted(c)) {
        if (is_shown(l))
            yj_buf_fmt(&c->out, "%s%s%s %s: %s%s%s\n", m->institution, m->institution[0] ? ": " : "", m->kind,
                       m->name, m->field, m->field[0] ? ": " : "", msg);
        return YJ_OK;
    }
    yj_jw_object(&l->w);
    yj_jw_kstr(&l->w, "institution", m->institution);
    yj_jw_kstr(&l->w, "kind", m->kind);
    yj_jw_kstr(&l->w, "id", m->id);
    yj_jw_kstr(&l->w, "name", m->name);
    yj_jw_kstr(&l->w, "field", m->field);
    yj_jw_kstr(&l->w, "message", msg);
    yj_jw_end_object(&l->w);
    return YJ_OK;
}

/* --- verdicts that turn -----------------------------------------------------------------------------------
 */

static const char *status_word(const yj_cli *c, int status, const char *otherwise)
{
    return status < 0 ? otherwise : yj_status_word(c, yj_verdict_name((yj_verdict_status)status));
}

static void say_turn(listing *l, const yj_upgrade_turn *t)
{
    yj_cli *c = l->c;
    const yj_catalog *k = yj_upgrading_catalog(l->u);
    const yj_requirement *r = yj_catalog_requirement(k, yj_span_of(t->requirement));
    yj_buf_fmt(&c->out, "%s: %s %s: %s -> %s\n", t->institution, t->requirement, t->name,
               status_word(c, t->from, yj_word(c, "new")), status_word(c, t->to, yj_word(c, "retired")));
    if (!r || t->to < 0)
        return;
    yj_auto(yj_json_freep) json_t *values = NULL;
    yj_buf sentence;
    yj_buf_init(&sentence, VALUES_MAX);
    if (yj_json_parse(yj_span_of(t->values), VALUES_MAX, &values, NULL) == YJ_OK)
        yj_reason_render(k, r, t->code, values, c->lang, &sentence);
    yj_wrap(c, 4, 0, sentence.ptr ? sentence.ptr : "");
    yj_buf_done(&sentence);
}

static yj_status on_turn(void *ctx, const yj_upgrade_turn *t, yj_error *err)
{
    listing *l = ctx;
    l->count++;
    l->unmet += t->to == YJ_V_UNMET || t->to == YJ_V_UNKNOWN;
    if (!yj_json_wanted(l->c)) {
        if (is_shown(l))
            say_turn(l, t);
        return YJ_OK;
    }
    yj_jw_object(&l->w);
    yj_jw_kstr(&l->w, "institution", t->institution);
    yj_jw_kstr(&l->w, "requirement", t->requirement);
    yj_jw_key(&l->w, "subject");
    yj_jw_object(&l->w);
    yj_jw_kstr(&l->w, "kind", t->kind);
    yj_jw_kstr(&l->w, "id", t->id);
    yj_jw_kstr(&l->w, "name", t->name);
    yj_jw_end_object(&l->w);
    yj_jw_kstr(&l->w, "from", t->from < 0 ? NULL : yj_verdict_name((yj_verdict_status)t->from));
    yj_jw_kstr(&l->w, "to", t->to < 0 ? NULL : yj_verdict_name((yj_verdict_status)t->to));
    yj_jw_kstr(&l->w, "code", t->code);
    yj_jw_end_object(&l->w);
    return YJ_OK;
}

/* --- the whole --------------------------------------------------------------------------------------------
 */

static void say_rest(const listing *l)
{
    if (l->count > SHOWN_MAX && !yj_cli_has(l->c, YJ_OPT_ALL))
        yj_say(l->c, "and %zu more; see all with --all or --json\n", l->count - SHOWN_MAX);
}

static yj_status look(yj_cli *c, yj_upgrading *u, listing *l, size_t *ret_misfits, yj_error *err)
{
    size_t converted = 0;
    bool json = yj_json_wanted(c);
    if (json) {
        write_notes(l);
        yj_jw_key(&l->w, "misfits");
        yj_jw_array(&l->w);
    } else {
        say_notes(l);
    }
    l->count = 0;
    YJ_TRY(yj_upgrading_check(u, c->lang, on_misfit, l, ret_misfits, &converted, err));
    if (json) {
        yj_jw_end_array(&l->w);
        yj_jw_ki64(&l->w, "converted", (int64_t)converted);
        yj_jw_key(&l->w, "turns");
        yj_jw_array(&l->w);
    } else {
        say_rest(l);
        yj_say(c, "records written otherwise: %zu; records that do not fit: %zu\n", converted, *ret_misfits);
    }
    l->count = l->unmet = 0;
    YJ_TRY(yj_upgrading_turns(u, c->lang, on_turn, l, err));
    if (json) {
        yj_jw_end_array(&l->w);
        return YJ_OK;
    }
    say_rest(l);
    yj_say(c, "verdicts that turn: %zu, of which %zu become unmet or undecided\n", l->count, l->unmet);
    return YJ_OK;
}

static yj_status carry_out(yj_cli *c, yj_upgrading *u, yj_error *err)
{
    char digest[2 * YJ_HASH_LEN + 1];
    yj_digest_hex(&yj_upgrading_catalog(u)->digest, digest);
    const char *backup = c->value[YJ_OPT_BACKUP];
    if (!backup)
        backup = yj_arena_fmt(c->arena, "%s/before-%.12s.backup", yj_cli_data(c), digest);
    YJ_TRY(yj_upgrading_run(u, backup, err));
    if (!yj_json_wanted(c))
        yj_say(c, "the installation as it was before: %s\n", backup);
    return YJ_OK;
}

static yj_status upgrade(yj_cli *c, yj_upgrading *u, bool *ret_done, yj_error *err)
{
    listing l = { .c = c, .u = u };
    size_t misfits = 0;
    bool dry = yj_cli_has(c, YJ_OPT_DRY_RUN), json = yj_json_wanted(c);
    if (json) {
        yj_jw_init(&l.w, &c->out);
        yj_jw_object(&l.w);
        yj_jw_kbool(&l.w, "idle", yj_upgrading_idle(u));
        yj_jw_kbool(&l.w, "dry_run", dry);
    }
    if (yj_upgrading_idle(u)) {
        if (!json)
            yj_say(c, "these packs are in force already\n");
    } else {
        YJ_TRY(look(c, u, &l, &misfits, err));
        c->found = misfits > 0;
        if (!misfits && !dry) {
            YJ_TRY(carry_out(c, u, err));
            *ret_done = true;
        } else if (!json) {
            yj_say(c, misfits ? "nothing was changed: mend those records first\n"
                              : "dry run: nothing was changed\n");
        }
    }
    if (json) {
        yj_jw_kbool(&l.w, "done", *ret_done);
        yj_jw_end_object(&l.w);
        yj_buf_char(&c->out, '\n');
    }
    return YJ_OK;
}

yj_status yj_cmd_pack_upgrade(yj_cli *c, yj_error *err)
{
    yj_auto(yj_upgrading_closep) yj_upgrading *u = NULL;
    yj_complaint *rows = yj_arena_array(c->arena, YJ_COMPLAINTS_MAX, sizeof *rows);
    size_t count = 0;
    bool done = false;
    yj_status s =
        yj_upgrading_open(yj_cli_data(c), c->arg, c->arg_count, &u, rows, YJ_COMPLAINTS_MAX, &count, err);
    if (s != YJ_OK && count)
        yj_cli_complaints(c, rows, count);
    YJ_TRY(s);
    YJ_TRY(upgrade(c, u, &done, err));
    if (!done)
        return YJ_OK;
    yj_upgrading_close(yj_take(u)); /* it holds the folder */
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err));
    YJ_TRY(yj_cli_settle(c, err));
    if (!yj_json_wanted(c))
        yj_say(c, "upgraded; everything was judged again\n");
    return YJ_OK;
}

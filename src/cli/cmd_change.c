// SPDX-License-Identifier: Apache-2.0
/* put, move: one record is created, changed, or moved to another state. */
#include "cli/fields.h"
#include "record/read.h"
#include <stdio.h>

static void report(yj_cli *c, const yj_kind *k, const yj_change *x)
{
    if (yj_json_wanted(c)) {
        char time[31];
        yj_time_format(x->ret_time_ns, time);
        yj_jw w;
        yj_jw_init(&w, &c->out);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", k->name);
        yj_jw_kstr(&w, "id", x->ret_id);
        yj_jw_ki64(&w, "version", x->ret_version);
        yj_jw_kbool(&w, "unchanged", x->unchanged);
        yj_jw_kbool(&w, "dry_run", x->dry_run);
        if (!x->unchanged && !x->dry_run) {
            yj_jw_ki64(&w, "seq", (int64_t)x->ret_seq);
            yj_jw_kstr(&w, "time", time);
        }
        yj_jw_end_object(&w);
        yj_buf_char(&c->out, '\n');
        return;
    }
    if (x->dry_run)
        yj_say(c, "nothing stands in the way; nothing was written\n");
    else if (x->unchanged)
        yj_say(c, "%s %s was so already\n", yj_text_in(c, &k->label), x->ret_id);
    else
        yj_say(c, "%s %s, version %lld, entry %llu\n", yj_text_in(c, &k->label), x->ret_id,
               (long long)x->ret_version, (unsigned long long)x->ret_seq);
}

static yj_status carry_out(yj_cli *c, const yj_kind *k, yj_change *x, yj_error *err)
{
    x->inst = k->installation ? YJ_INST_INSTALLATION : c->institution.inst;
    x->kind = k->index;
    x->by = c->person;
    x->dry_run = yj_cli_has(c, YJ_OPT_DRY_RUN);
    YJ_TRY(yj_cli_number(c, YJ_OPT_EXPECT, 1, INT64_MAX, -1, &x->expect_version, err));
    yj_status s = yj_change_run(c->engine, x, err);
    c->misses = yj_take(x->misses);
    c->stale = yj_take(x->stale);
    yj_change_done(x);
    YJ_TRY(s);
    report(c, k, x); /* it is accepted, whatever becomes of its verdicts */
    return yj_cli_settle(c, err);
}

yj_status yj_cmd_put(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, c->arg[0], &k, err));
    yj_auto(yj_json_freep) json_t *fields = NULL;
    bool file = c->arg_count == 2 && !strchr(c->arg[1], '=');
    YJ_TRY(file ? yj_cli_fields_of_file(c, k, c->arg[1], &fields, err)
                : yj_cli_fields_of_pairs(c, k, c->arg + 1, c->arg_count - 1, &fields, err));
    char id[YJ_UUID_LEN + 1];
    yj_change x = { .op = YJ_CH_CREATE, .fields = fields };
    YJ_TRY(yj_cli_reader(c, err));
    if (yj_cli_has(c, YJ_OPT_ID)) {
        YJ_TRY(yj_record_find(c->reader, c->catalog, c->institution.inst, k, c->value[YJ_OPT_ID], id, err));
        x.op = YJ_CH_CHANGE;
        x.id = id;
    } else if (yj_cli_has(c, YJ_OPT_EXPECT)) {
        return yj_fail(err, YJ_E_USAGE, "option --expect goes with --id: a new record has no version yet");
    }
    YJ_TRY(yj_named_records(c->reader, c->catalog, c->institution.inst, k, x.id, fields, fields, err));
    YJ_TRY(yj_fields_check(c->catalog, k, fields, err));
    yj_cli_reader_done(c);
    return carry_out(c, k, &x, err);
}

yj_status yj_cmd_move(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, c->arg[0], &k, err));
    int t = yj_kind_transition(k, yj_span_of(c->arg[2]));
    if (t < 0)
        return yj_fail(err, YJ_E_USAGE, "kind %s has no transition \"%s\"; see: yunjian kinds %s", k->name,
                       c->arg[2], k->name);
    char id[YJ_UUID_LEN + 1];
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(yj_record_find(c->reader, c->catalog, c->institution.inst, k, c->arg[1], id, err));
    yj_cli_reader_done(c);
    yj_change x = { .op = YJ_CH_MOVE, .id = id, .transition = k->transitions[t].id };
    return carry_out(c, k, &x, err);
}

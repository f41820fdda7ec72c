// SPDX-License-Identifier: Apache-2.0
/* erase, rebuild, backup, restore. */
#include "base/json.h"
#include "cli/cli.h"
#include "record/backup.h"
#include "record/erase.h"
#include "record/rebuild.h"

yj_status yj_cmd_erase(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_person(c, err));
    yj_cli_reader_done(c);
    uint64_t seq = 0;
    YJ_TRY(yj_erase(c->engine, c->institution.inst, c->arg[0], c->person, &seq, err));
    YJ_TRY(yj_cli_settle(c, err));
    if (yj_json_wanted(c))
        yj_buf_fmt(&c->out, "{\"seq\":%llu}\n", (unsigned long long)seq);
    else
        yj_say(c, "erased by entry %llu\n", (unsigned long long)seq);
    return YJ_OK;
}

static void give_rebuild(yj_cli *c, const yj_rebuild_report *r)
{
    if (!yj_json_wanted(c)) {
        yj_say(c, "%llu entries, %llu records, %llu judgements, %llu verdicts in %lld ms\n",
               (unsigned long long)r->entries, (unsigned long long)r->records,
               (unsigned long long)r->judgements, (unsigned long long)r->verdicts,
               (long long)(r->ns / 1000000));
        if (yj_cli_has(c, YJ_OPT_JUDGE))
            yj_say(c, "judged again: %llu judgements came out differently\n",
                   (unsigned long long)r->differing);
        return;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_ki64(&w, "entries", (int64_t)r->entries);
    yj_jw_ki64(&w, "records", (int64_t)r->records);
    yj_jw_ki64(&w, "judgements", (int64_t)r->judgements);
    yj_jw_ki64(&w, "verdicts", (int64_t)r->verdicts);
    yj_jw_ki64(&w, "differing", (int64_t)r->differing);
    yj_jw_kstr(&w, "first_difference", r->first_difference[0] ? r->first_difference : NULL);
    yj_jw_ki64(&w, "ms", r->ns / 1000000);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

yj_status yj_cmd_rebuild(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = true, .no_judge = true }, err));
    yj_rebuild_options o = { .judge = yj_cli_has(c, YJ_OPT_JUDGE), .inst = -1 };
    if (yj_cli_has(c, YJ_OPT_INSTITUTION)) {
        YJ_TRY(yj_institution_find(c->engine, c->value[YJ_OPT_INSTITUTION], &c->institution, err));
        o.inst = c->institution.inst;
    }
    yj_rebuild_report r = { .entries = 0 };
    yj_status s = yj_rebuild(c->engine, &o, &r, err);
    if (s == YJ_OK || s == YJ_E_CORRUPT)
        give_rebuild(c, &r);
    return s;
}

static void give_backup(yj_cli *c, const yj_backup_report *r, const char *where)
{
    if (!yj_json_wanted(c)) {
        yj_say(c, "%s: %llu ledgers, %llu entries, %llu files, %llu bytes\n", where,
               (unsigned long long)r->ledgers, (unsigned long long)r->entries, (unsigned long long)r->files,
               (unsigned long long)r->bytes);
        return;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "path", where);
    yj_jw_ki64(&w, "ledgers", (int64_t)r->ledgers);
    yj_jw_ki64(&w, "entries", (int64_t)r->entries);
    yj_jw_ki64(&w, "files", (int64_t)r->files);
    yj_jw_ki64(&w, "bytes", (int64_t)r->bytes);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

yj_status yj_cmd_backup(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = false }, err));
    YJ_TRY(yj_cli_settle(c, err));
    yj_backup_report r = { .ledgers = 0 };
    YJ_TRY(yj_backup(c->engine, c->arg[0], &r, err));
    give_backup(c, &r, c->arg[0]);
    return YJ_OK;
}

yj_status yj_cmd_restore(yj_cli *c, yj_error *err)
{
    yj_backup_report r = { .ledgers = 0 };
    YJ_TRY(yj_restore(c->arg[0], c->arg[1], c->value[YJ_OPT_STORE], &r, err));
    give_backup(c, &r, c->arg[1]);
    return YJ_OK;
}

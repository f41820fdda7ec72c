// SPDX-License-Identifier: Apache-2.0
/* ledger checkpoint, prove, verify, tiles: what lets an outsider check; ledger rotate. */
#include "base/file.h"
#include "base/json.h"
#include "cli/cli.h"
#include "ledger/note.h"
#include <stdio.h>
#include <stdlib.h>

#define NOTE_BYTES_MAX ((size_t)1 << 20)
#define PROOF_BYTES_MAX ((size_t)1 << 20)
#define VERIFY_THREADS 4

/* The institution's ledger, or with "--institution installation" that of the installation itself. */
static yj_status open_ledger(yj_cli *c, yj_error *err)
{
    const char *ref = c->value[YJ_OPT_INSTITUTION];
    if (ref && strcmp(ref, "installation") == 0)
        return yj_cli_open(c, &(yj_open_options){ .serve = false }, err);
    return yj_cli_open_institution(c, err);
}

static yj_status give_text(yj_cli *c, const char *key, const yj_buf *text, yj_error *err)
{
    YJ_TRY(yj_buf_status(text, err));
    if (yj_cli_has(c, YJ_OPT_OUT))
        return yj_file_write(c->value[YJ_OPT_OUT], yj_buf_view(text), 0644, err);
    if (!yj_json_wanted(c)) {
        yj_buf_span(&c->out, yj_buf_view(text));
        return YJ_OK;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kspan(&w, key, yj_buf_view(text));
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

yj_status yj_cmd_ledger_checkpoint(yj_cli *c, yj_error *err)
{
    YJ_TRY(open_ledger(c, err));
    YJ_TRY(yj_cli_settle(c, err));
    yj_buf note;
    yj_buf_init(&note, NOTE_BYTES_MAX);
    yj_status s = yj_engine_checkpoint(c->engine, c->institution.inst, &note, err);
    if (s == YJ_OK)
        s = give_text(c, "checkpoint", &note, err);
    yj_buf_done(&note);
    return s;
}

/* The leaf's bytes, which the proof is about, beside the proof. */
static yj_status write_leaf(yj_cli *c, uint64_t seq, yj_error *err)
{
    if (!yj_cli_has(c, YJ_OPT_LEAF))
        return YJ_OK;
    yj_entry e = { .seq = 0 };
    YJ_TRY(yj_entry_read(c->reader, c->institution.inst, seq, &e, err));
    yj_status s = yj_file_write(c->value[YJ_OPT_LEAF], yj_buf_view(&e.leaf_bytes), 0644, err);
    yj_entry_done(&e);
    return s;
}

/* A proof is for somebody else, who needs the leaf and the key with it. */
static yj_status say_how_to_check(yj_cli *c, int64_t seq, yj_error *err)
{
    yj_ledger l;
    const yj_key *key = NULL;
    YJ_TRY(yj_ledger_load(c->reader, c->institution.inst, &l, err));
    YJ_TRY(yj_keyring_get(yj_engine_keys(c->engine), l.institution, &key, err));
    yj_buf vkey;
    yj_buf_init(&vkey, 4096);
    yj_vkey_format(l.origin, key, &vkey);
    yj_status s = yj_buf_status(&vkey, err);
    if (s == YJ_OK) {
        yj_say(c, "proof of entry %lld written to %s; anyone can check it with:\n", (long long)seq,
               c->value[YJ_OPT_OUT]);
        yj_buf_fmt(&c->out, "  yunjian ledger verify %s --leaf %s --key '%s'\n", c->value[YJ_OPT_OUT],
                   yj_cli_has(c, YJ_OPT_LEAF) ? c->value[YJ_OPT_LEAF] : "LEAF", vkey.ptr);
        if (!yj_cli_has(c, YJ_OPT_LEAF))
            yj_say(c, "  (LEAF: the entry's leaf, written with --leaf FILE)\n");
    }
    yj_buf_done(&vkey);
    return s;
}

yj_status yj_cmd_ledger_prove(yj_cli *c, yj_error *err)
{
    int64_t seq = 0;
    if (!yj_span_i64(yj_span_of(c->arg[0]), &seq) || seq < 0)
        return yj_fail(err, YJ_E_USAGE, "an entry is named by its number, from 0");
    YJ_TRY(open_ledger(c, err));
    yj_buf text;
    yj_buf_init(&text, PROOF_BYTES_MAX);
    yj_status s = yj_engine_checkpoint(c->engine, c->institution.inst, &text, err); /* one that covers it */
    yj_buf_clear(&text);
    if (s == YJ_OK)
        s = yj_cli_reader(c, err);
    if (s == YJ_OK)
        s = yj_ledger_prove(c->reader, c->institution.inst, (uint64_t)seq, &text, err);
    if (s == YJ_OK)
        s = write_leaf(c, (uint64_t)seq, err);
    if (s == YJ_OK)
        s = give_text(c, "proof", &text, err);
    yj_buf_done(&text);
    if (s == YJ_OK && yj_cli_has(c, YJ_OPT_OUT) && !yj_json_wanted(c))
        s = say_how_to_check(c, seq, err);
    return s;
}

/* --- verify ----------------------------------------------------------------------------------- */

static void show_report(yj_cli *c, const char *name, const yj_verify_report *r)
{
    yj_ink_text(c, r->bad ? YJ_RED : YJ_GREEN, yj_status_mark(r->bad ? "unmet" : "met"));
    yj_say(c, " %s: %llu entries, %llu bodies, %llu erased, %llu checkpoints, %llu key changes\n", name,
           (unsigned long long)r->size, (unsigned long long)r->bodies, (unsigned long long)r->bodies_gone,
           (unsigned long long)r->checkpoints, (unsigned long long)r->rotations);
    if (r->what[0])
        yj_wrap(c, 2, 0, c->lang == YJ_LANG_ZH && r->what_zh[0] ? r->what_zh : r->what);
    if (!r->bad && r->checkpoints == 0)
        yj_say(c, "  no checkpoint has been signed yet: yunjian ledger checkpoint\n");
    else if (!r->bad && r->proven < r->size)
        yj_say(c, "  entries up to %llu are under a signed checkpoint\n", (unsigned long long)r->proven);
}

static void give_report(yj_cli *c, yj_jw *w, const char *name, const yj_verify_report *r)
{
    if (yj_json_wanted(c))
        yj_verify_report_write(w, name, r);
    else
        show_report(c, name, r);
}

static yj_status verify_one(yj_cli *c, yj_jw *w, yj_db *db, int64_t inst, const char *name, yj_error *err)
{
    yj_verify_report r = { .size = 0 };
    yj_error why = { .code = YJ_OK };
    yj_status s = yj_ledger_verify_store(db, yj_engine_keys(c->engine), inst, &r, &why);
    if (s == YJ_OK || s == YJ_E_CORRUPT)
        give_report(c, w, name, &r);
    if (s != YJ_OK && err && err->code == YJ_OK)
        *err = why; /* the first one */
    return s;
}

static yj_status verify_store(yj_cli *c, yj_jw *w, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .no_judge = true }, err));
    yj_institution *rows = NULL;
    size_t count = 0;
    YJ_TRY(yj_institution_list(c->engine, &rows, &count, err));
    yj_status s = yj_cli_reader(c, err), worst = s;
    const char *only = c->value[YJ_OPT_INSTITUTION];
    bool any = false;
    if (s == YJ_OK && (!only || strcmp(only, "installation") == 0)) {
        worst = verify_one(c, w, c->reader, YJ_INST_INSTALLATION, yj_word(c, "installation"), err);
        any = true;
    }
    for (size_t i = 0; s == YJ_OK && i < count; i++) {
        if (only && strcmp(only, rows[i].id) != 0 && strcmp(only, rows[i].code) != 0)
            continue;
        yj_status one = verify_one(c, w, c->reader, rows[i].inst, rows[i].origin, err);
        worst = worst == YJ_OK ? one : worst;
        any = true;
    }
    free(rows);
    if (worst == YJ_OK && !any)
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no institution \"%s\"", only);
    return worst;
}

static yj_status verify_proof(yj_cli *c, const char *path, yj_error *err)
{
    if (!yj_cli_has(c, YJ_OPT_LEAF) || !yj_cli_has(c, YJ_OPT_KEY))
        return yj_fail(err, YJ_E_USAGE,
                       "a proof is about a leaf and needs a key to check against: --leaf FILE --key VKEY");
    yj_buf proof, leaf;
    yj_buf_init(&proof, PROOF_BYTES_MAX);
    yj_buf_init(&leaf, PROOF_BYTES_MAX);
    yj_status s = yj_file_read(path, PROOF_BYTES_MAX, &proof, err);
    if (s == YJ_OK)
        s = yj_file_read(c->value[YJ_OPT_LEAF], PROOF_BYTES_MAX, &leaf, err);
    if (s == YJ_OK)
        s = yj_tlog_proof_verify(yj_buf_view(&proof), yj_buf_view(&leaf), c->value[YJ_OPT_KEY], err);
    yj_buf_done(&proof);
    yj_buf_done(&leaf);
    if (s != YJ_OK)
        return s;
    if (yj_json_wanted(c))
        yj_buf_str(&c->out, "{\"ok\":true}\n");
    else
        yj_say(c, "the entry is in the ledger whose key that is\n");
    return YJ_OK;
}

static yj_status verify_folder(yj_cli *c, yj_jw *w, const char *folder, yj_error *err)
{
    yj_verify_report r = { .size = 0 };
    yj_status s = yj_ledger_verify_folder(folder, c->value[YJ_OPT_KEY], VERIFY_THREADS, &r, err);
    if (s == YJ_OK || s == YJ_E_CORRUPT)
        give_report(c, w, folder, &r);
    if (s == YJ_OK && !yj_json_wanted(c) && !r.pinned)
        yj_say(c, "  the key came with the folder: pass --key to be sure whose ledger it is\n");
    return s;
}

yj_status yj_cmd_ledger_verify(yj_cli *c, yj_error *err)
{
    const char *path = c->arg_count ? c->arg[0] : NULL;
    if (path && !yj_path_exists(path))
        return yj_fail(err, YJ_E_NOT_FOUND, "there is no file or folder %s", path);
    if (path && !yj_path_is_dir(path))
        return verify_proof(c, path, err);
    yj_jw w;
    yj_jw_init(&w, &c->out);
    if (yj_json_wanted(c))
        yj_jw_array(&w);
    yj_status s = path ? verify_folder(c, &w, path, err) : verify_store(c, &w, err);
    if (yj_json_wanted(c)) {
        yj_jw_end_array(&w);
        yj_buf_char(&c->out, '\n');
    }
    return s;
}

/* --- tiles ------------------------------------------------------------------------------------ */

yj_status yj_cmd_ledger_tiles(yj_cli *c, yj_error *err)
{
    YJ_TRY(open_ledger(c, err));
    yj_buf note;
    yj_buf_init(&note, NOTE_BYTES_MAX);
    yj_status s = yj_engine_checkpoint(c->engine, c->institution.inst, &note, err);
    yj_buf_done(&note);
    YJ_TRY(s);
    YJ_TRY(yj_cli_reader(c, err));
    YJ_TRY(yj_ledger_export(c->reader, yj_engine_keys(c->engine), c->institution.inst, c->arg[0],
                            yj_cli_has(c, YJ_OPT_BODIES), err));
    if (yj_json_wanted(c))
        yj_buf_str(&c->out, "{}\n");
    else
        yj_say(c, "written to %s\n", c->arg[0]);
    return YJ_OK;
}

/* --- rotate ----------------------------------------------------------------------------------- */

static yj_status rotate_in(yj_cli *c, yj_db *db, const yj_ledger *head, yj_error *err)
{
    yj_ledger l = *head;
    YJ_TRY(yj_ledger_begin(db, &l, err));
    uint64_t from = l.frontier.size;
    YJ_TRY(yj_ledger_rotate(db, yj_engine_keys(c->engine), &l, c->person, yj_engine_now(c->engine), err));
    YJ_TRY(yj_ledger_seal(db, &l, from, err));
    return yj_db_commit(db, err);
}

/* On a connection of its own: no server runs, and nothing is queued at this program's writer. */
yj_status yj_cmd_ledger_rotate(yj_cli *c, yj_error *err)
{
    const char *ref = c->value[YJ_OPT_INSTITUTION];
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = true, .no_judge = true }, err));
    if (!ref || strcmp(ref, "installation") != 0) {
        YJ_TRY(yj_institution_find(c->engine, ref, &c->institution, err));
        c->has_institution = true;
    }
    YJ_TRY(yj_cli_person(c, err));
    yj_cli_reader_done(c);
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_ledger l;
    YJ_TRY(yj_db_open(yj_engine_store(c->engine), YJ_DB_WRITE, &db, err));
    YJ_TRY(yj_ledger_load(db, c->institution.inst, &l, err));
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    yj_status s = rotate_in(c, db, &l, err);
    if (s != YJ_OK) {
        yj_db_rollback(db);
        return s;
    }
    YJ_TRY(yj_keyring_commit_rotation(yj_engine_keys(c->engine), l.institution, err));
    if (yj_json_wanted(c))
        yj_buf_str(&c->out, "{}\n");
    else
        yj_say(c, "ledger %s has a new key; the old one is kept beside it\n", l.origin);
    return YJ_OK;
}

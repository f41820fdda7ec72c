// SPDX-License-Identifier: Apache-2.0
/* attest keygen, verify: keys that instruments sign with, and what they stated. */
#include "base/file.h"
#include "cli/attest_ledger.h"
#include "cli/cli.h"
#include "instrument/attest/statement.h"
#include <stdio.h>
#include <unistd.h>

static yj_status algorithm(const yj_cli *c, yj_sign_alg *ret, yj_error *err)
{
    const char *v = c->value[YJ_OPT_CRYPTO];
    if (v && strcmp(v, "std") != 0 && strcmp(v, "gm") != 0)
        return yj_fail(err, YJ_E_USAGE, "option --crypto is std or gm");
    *ret = v && strcmp(v, "gm") == 0 ? YJ_SIGN_SM2 : YJ_SIGN_ED25519;
    return YJ_OK;
}

yj_status yj_cmd_attest_keygen(yj_cli *c, yj_error *err)
{
    yj_sign_alg alg = YJ_SIGN_ED25519;
    yj_auto(yj_key_freep) yj_key *key = NULL;
    char id[2 * YJ_HASH_LEN + 1];
    const char *path = c->arg[0], *public = yj_arena_fmt(c->arena, "%s.pub", path);
    YJ_TRY(algorithm(c, &alg, err));
    YJ_TRY(yj_key_generate(alg, &key, err));
    YJ_TRY(yj_key_save(key, path, err));
    yj_status s = yj_key_save_public(key, public, err);
    if (s != YJ_OK) {
        unlink(path); /* made just now: half a pair is of no use */
        return s;
    }
    yj_key_id(key, id);
    if (yj_json_wanted(c)) {
        yj_jw w;
        yj_jw_init(&w, &c->out);
        yj_jw_object(&w);
        yj_jw_kstr(&w, "private", path);
        yj_jw_kstr(&w, "public", public);
        yj_jw_kstr(&w, "algorithm", yj_sign_name(alg));
        yj_jw_kstr(&w, "keyid", id);
        yj_jw_end_object(&w);
        yj_buf_char(&c->out, '\n');
        return YJ_OK;
    }
    yj_say(c, "key %s (%s)\n  private: %s (keep it under lock)\n  public:  %s (for whoever checks)\n", id,
           yj_sign_name(alg), path, public);
    return YJ_OK;
}

/* --- verify ----------------------------------------------------------------------------------- */

static const char *text_member(yj_cli *c, const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    char *s = yj_arena_strdup(c->arena, json_is_string(v) ? json_string_value(v) : "");
    yj_text_tidy(s); /* it goes to a terminal, and others may have written it */
    return s;
}

static void say_subjects(yj_cli *c, const yj_statement *s)
{
    for (size_t i = 0; i < s->count; i++) {
        char *name = yj_arena_strdup(c->arena, s->subject[i].name);
        yj_text_tidy(name);
        yj_say(c, "  about: %s\n", name);
        for (size_t k = 0; k < s->subject[i].digests; k++) {
            char *alg = yj_arena_strdup(c->arena, s->subject[i].digest[k].alg);
            yj_text_tidy(alg);
            yj_buf_fmt(&c->out, "    %s %s\n", alg, s->subject[i].digest[k].hex);
        }
    }
}

/* Counters of verify: names and numbers as they stand in the statement. */
static void say_counts(yj_cli *c, const json_t *predicate)
{
    static const char *const names[] = { "expected", "matched",    "changed", "missing",
                                         "extra",    "unreadable", "skipped" };
    const json_t *counts = json_object_get(predicate, "counts");
    if (!json_is_object(counts))
        return;
    yj_buf_str(&c->out, "  ");
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        yj_buf_fmt(&c->out, "%s%s %lld", i ? ", " : "", yj_word(c, names[i]),
                   (long long)json_integer_value(json_object_get(counts, names[i])));
    yj_buf_char(&c->out, '\n');
}

static void say_statement(yj_cli *c, const yj_statement *s, const yj_key *key, const char *id)
{
    const char *from = text_member(c, s->predicate, "startedOn"),
               *to = text_member(c, s->predicate, "finishedOn");
    const json_t *fine = json_object_get(s->predicate, "fine");
    char *type = yj_arena_strdup(c->arena, s->predicate_type);
    yj_text_tidy(type);
    yj_ink_text(c, YJ_GREEN, yj_status_mark("met"));
    yj_say(c, " signed by key %s (%s)\n", id, yj_sign_name(yj_key_alg(key)));
    yj_say(c, "  kind: %s\n", type);
    if (from[0] && to[0])
        yj_say(c, "  when: %s to %s\n", from, to);
    say_subjects(c, s);
    if (fine)
        yj_say(c,
               json_is_true(fine) ? "  it states that all is fine\n" : "  it states that not all is fine\n");
    say_counts(c, s->predicate);
}

static void write_statement(yj_cli *c, const yj_statement *s, const yj_key *key, const char *id,
                            const yj_attested *ledger)
{
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kbool(&w, "ok", true);
    yj_jw_kstr(&w, "keyid", id);
    yj_jw_kstr(&w, "algorithm", yj_sign_name(yj_key_alg(key)));
    yj_jw_key(&w, "statement");
    yj_jw_json(&w, s->tree);
    if (ledger) {
        yj_jw_key(&w, "ledger");
        yj_jw_object(&w);
        yj_jw_kstr(&w, "kind", ledger->kind);
        yj_jw_kstr(&w, "record", ledger->record);
        yj_jw_ki64(&w, "entry", (int64_t)ledger->seq);
        yj_jw_kstr(&w, "key", ledger->key_record);
        yj_jw_kstr(&w, "key_state", ledger->key_state);
        yj_jw_ki64(&w, "key_entry", (int64_t)ledger->key_seq);
        yj_jw_kbool(&w, "pinned", ledger->pinned);
        yj_jw_end_object(&w);
    }
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
}

static void say_ledger(yj_cli *c, const yj_attested *a)
{
    yj_say(c, "  in the ledger: entry %llu (%s %s) names this file\n", (unsigned long long)a->seq, a->kind,
           a->record);
    yj_say(c, "  the key: entry %llu (%s), in state %s\n", (unsigned long long)a->key_seq, a->key_record,
           a->key_state);
    if (!a->pinned)
        yj_say(c, "  the key came with the folder: pass --key to be sure whose ledger it is\n");
}

static yj_status check(yj_cli *c, yj_span bytes, const yj_key *key, const yj_attested *ledger, yj_error *err)
{
    yj_dsse d;
    yj_statement s;
    char id[2 * YJ_HASH_LEN + 1];
    YJ_TRY(yj_dsse_parse(bytes, c->arena, &d, err));
    YJ_TRY(yj_dsse_verify(&d, key, err));
    YJ_TRY(yj_statement_parse(&d, c->arena, &s, err));
    yj_status st = ledger ? yj_attested_agrees(ledger, &s, err) : YJ_OK;
    yj_key_id(key, id);
    if (st == YJ_OK && yj_json_wanted(c))
        write_statement(c, &s, key, id, ledger);
    else if (st == YJ_OK)
        say_statement(c, &s, key, id);
    if (st == YJ_OK && ledger && !yj_json_wanted(c))
        say_ledger(c, ledger);
    c->found = json_is_false(json_object_get(s.predicate, "fine"));
    yj_statement_done(&s);
    return st;
}

static yj_status check_by_ledger(yj_cli *c, yj_span bytes, yj_error *err)
{
    yj_digest digest;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_attested a;
    YJ_TRY(yj_hash_ready(err));
    yj_hash(YJ_HASH_SHA256, bytes.len ? bytes.ptr : "", bytes.len, &digest);
    yj_digest_hex(&digest, hex);
    yj_status s = yj_attested_find(c, c->value[YJ_OPT_LEDGER], c->value[YJ_OPT_KEY], hex, &a, err);
    if (s == YJ_OK)
        s = check(c, bytes, a.key, &a, err);
    yj_attested_done(&a);
    return s;
}

yj_status yj_cmd_attest_verify(yj_cli *c, yj_error *err)
{
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_DSSE_BYTES_MAX);
    if (!yj_cli_has(c, YJ_OPT_KEY) && !yj_cli_has(c, YJ_OPT_LEDGER))
        return yj_fail(err, YJ_E_USAGE, "a signature is checked against a key that you trust: --key FILE");
    if (!yj_cli_has(c, YJ_OPT_LEDGER))
        YJ_TRY(yj_key_load_public(c->value[YJ_OPT_KEY], &key, err));
    YJ_TRY(yj_file_read(c->arg[0], YJ_DSSE_BYTES_MAX, &bytes, err));
    return key ? check(c, yj_buf_view(&bytes), key, NULL, err) : check_by_ledger(c, yj_buf_view(&bytes), err);
}

// SPDX-License-Identifier: Apache-2.0
/* Erasure: behind its conditions, complete, and without breaking a proof. */
#include "engine_test.h"

#include "base/file.h"
#include "evidence/evidence.h"
#include "record/backup.h"
#include "record/erase.h"
#include "record/read.h"
#include "record/rebuild.h"
#include "record/transfer.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SECRET "绝密联系人王小明一三九"
#define TITLE "即将抹除的服务名称"

typedef struct scene {
    bench b;
    char vendor[YJ_UUID_LEN + 1], service[YJ_UUID_LEN + 1], one[YJ_UUID_LEN + 1], two[YJ_UUID_LEN + 1];
} scene;

static void set_up(scene *s, void **state)
{
    bench_open(&s->b, state);
    snprintf(s->one, sizeof s->one, "%s", bench_put(&s->b, "person", "{\"number\":\"A1\",\"name\":\"one\"}"));
    snprintf(s->two, sizeof s->two, "%s", bench_put(&s->b, "person", "{\"number\":\"A2\",\"name\":\"two\"}"));
    snprintf(s->vendor, sizeof s->vendor, "%s",
             bench_put(&s->b, "vendor", "{\"name\":\"云甲\",\"contact\":\"" SECRET "\"}"));
    bench_change(&s->b, "vendor", s->vendor, "{\"country\":\"cn\"}");
    snprintf(s->service, sizeof s->service, "%s",
             bench_put(&s->b, "service", "{\"code\":\"S1\",\"title\":\"" TITLE "\",\"level\":1}"));
    assert_string_equal(bench_verdict(&s->b, "1-1", s->service), "unmet"); /* its sentence quotes the title */
}

static void order(scene *s, const char *number, const char *kind, const char *target, const char *fields,
                  const char *until)
{
    char json[600];
    snprintf(json, sizeof json,
             "{\"number\":\"%s\",\"target_kind\":\"%s\",\"target\":\"%s\",\"fields\":%s,\"reason\":\"law\","
             "\"retention_until\":\"%s\",\"requested_by\":\"%s\",\"approved_by\":\"%s\"}",
             number, kind, target, fields, until, s->one, s->two);
    bench_put(&s->b, "erasure", json);
}

static void approve(scene *s, const char *number)
{
    char id[YJ_UUID_LEN + 1];
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_ok(yj_record_find(db, s->b.c, s->b.inst.inst, &s->b.c->kinds[bench_kind(&s->b, "erasure")], number, id,
                         &err));
    yj_reader_give(s->b.e, db);
    bench_move(&s->b, "erasure", id, "approve");
}

static yj_status erase(scene *s, const char *number)
{
    yj_error err = { 0 };
    yj_status st = yj_erase(s->b.e, s->b.inst.inst, number, yj_engine_operator(s->b.e), NULL, &err);
    assert_true(st == YJ_OK || (err.msg[0] && err.msg_zh[0]));
    return st;
}

static void assert_ledger_holds(scene *s)
{
    yj_error err = { 0 };
    yj_buf note;
    yj_buf_init(&note, 65536);
    yj_ok(yj_engine_checkpoint(s->b.e, s->b.inst.inst, &note, &err));
    yj_buf_done(&note);
    yj_db *db = NULL;
    yj_ok(yj_reader_take(s->b.e, &db, &err));
    yj_verify_report r;
    if (yj_ledger_verify_store(db, yj_engine_keys(s->b.e), s->b.inst.inst, &r, &err) != YJ_OK)
        fail_msg("%s (%s)", err.msg, r.what);
    assert_true(r.bodies_gone > 0);
    yj_reader_give(s->b.e, db);
}

/* No file of the data folder holds the text (SQLite: the store is one of them). */
static void assert_gone(scene *s, const char *text)
{
    yj_error err = { 0 };
    char folder[600];
    static const char *const at[] = { "%s", "%s/keys", "%s/.." };
    for (size_t f = 0; f < YJ_COUNT(at); f++) {
        int n = f == 0 ? snprintf(folder, sizeof folder, "%s", s->b.data)
                       : snprintf(folder, sizeof folder, f == 1 ? "%s/keys" : "%s/..", s->b.data);
        assert_true(n > 0 && (size_t)n < sizeof folder);
        yj_names names = { 0 };
        yj_ok(yj_dir_list(folder, &names, &err));
        for (size_t i = 0; i < names.count; i++) {
            char path[1200];
            snprintf(path, sizeof path, "%s/%s", folder, names.name[i]);
            if (yj_path_is_dir(path))
                continue;
            yj_buf b;
            yj_buf_init(&b, (size_t)256 << 20);
            yj_ok(yj_file_read(path, (size_t)256 << 20, &b, &err));
            if (b.len && memmem(b.ptr, b.len, text, strlen(text)))
                fail_msg("%s still holds what was erased", path);
            yj_buf_done(&b);
        }
        yj_names_free(&names);
    }
}

static void field__is_erased_from_every_version(void **state)
{
    scene s;
    set_up(&s, state);
    order(&s, "E1", "vendor", s.vendor, "[\"contact\"]", "2026-01-31");
    assert_int_equal(erase(&s, "E1"), YJ_E_GATE); /* not approved */
    approve(&s, "E1");
    assert_int_equal(erase(&s, "E1"), YJ_OK);
    assert_int_equal(erase(&s, "E1"), YJ_E_GATE); /* carried out already */
    char *row = bench_rows(&s.b, "SELECT nkey, f_contact, f_country, version, erased FROM r_vendor");
    assert_string_equal(row, "云甲|-|cn|3|0\n");
    free(row);
    assert_ledger_holds(&s);
    bench_reopen(&s.b);
    if (s.b.t->engine == YJ_ENGINE_SQLITE)
        assert_gone(&s, SECRET);
    char *left = bench_bodies(&s.b);
    assert_null(strstr(left, SECRET));
    free(left);
    bench_close(&s.b);
}

static void record__is_erased_with_what_verdicts_quote_of_it(void **state)
{
    scene s;
    set_up(&s, state);
    order(&s, "E2", "service", s.service, "[]", "2026-03-01");
    approve(&s, "E2");
    assert_int_equal(erase(&s, "E2"), YJ_OK);
    char again[300];
    yj_error none = { 0 };
    snprintf(again, sizeof again,
             "{\"number\":\"H\",\"target_kind\":\"service\",\"target\":\"%s\",\"reason\":\"x\","
             "\"demanded_on\":\"2026-03-01\"}",
             s.service); /* nothing is left that anything could be about */
    assert_int_equal(
        bench_try(&s.b, s.b.inst.inst, YJ_CH_CREATE, "legal_hold", NULL, NULL, again, -1, NULL, &none),
        YJ_E_INVALID);
    assert_string_equal(none.field, "fields.target");
    assert_string_equal(bench_verdict(&s.b, "1-1", s.service), "");
    char *rows = bench_bodies(&s.b);
    assert_null(strstr(rows, TITLE));
    free(rows);
    assert_ledger_holds(&s);
    yj_buf out;
    yj_buf_init(&out, 1 << 20);
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(yj_record_get(db, s.b.c, s.b.inst.inst, &s.b.c->kinds[bench_kind(&s.b, "service")], s.service, -1,
                        YJ_LANG_EN, &out, NULL, &err));
    yj_reader_give(s.b.e, db);
    assert_non_null(strstr(out.ptr, "\"erased\":true"));
    yj_buf_done(&out);
    char *before = bench_derived(&s.b);
    yj_rebuild_options o = { .inst = -1 };
    yj_rebuild_report r;
    yj_ok(yj_rebuild(s.b.e, &o, &r, &err));
    char *after = bench_derived(&s.b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_reopen(&s.b);
    if (s.b.t->engine == YJ_ENGINE_SQLITE)
        assert_gone(&s, TITLE);
    bench_close(&s.b);
}

/* A notice on its way, as notice/outbox.h makes it. */
static yj_status put_notice(yj_db *db, void *ctx, yj_error *err)
{
    const scene *s = ctx;
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    YJ_TRY(yj_db_prepare(
        db,
        "INSERT INTO delivery(id, inst, person, cause, channel, record, state, message_id, content, "
        "decided, due, tried, ended, attempts, worker, error, error_en, error_zh) VALUES('d1', ?1, "
        "'p', 'c', 'mail', ?2, 'waiting', 'm', ?3, 1, 1, 0, 0, 0, '', '', '', '')",
        &st, err));
    yj_bind_i64(st, 1, s->b.inst.inst);
    yj_bind_cstr(st, 2, s->vendor);
    yj_bind_cstr(st, 3, "{\"text\":\"" SECRET "\"}");
    return yj_stmt_run(st, NULL, err);
}

static void notices__lose_what_they_quote_and_are_not_sent(void **state)
{
    scene s;
    yj_error err = { 0 };
    set_up(&s, state);
    yj_ok(yj_engine_write(s.b.e, put_notice, &s, &err));
    order(&s, "E3", "vendor", s.vendor, "[\"contact\"]", "2026-01-31");
    assert_int_equal(erase(&s, "E3"), YJ_E_GATE); /* not approved: nothing has happened to it */
    char *row = bench_rows(&s.b, "SELECT state FROM delivery WHERE content <> '' AND ended = 0");
    assert_string_equal(row, "waiting\n");
    free(row);
    approve(&s, "E3");
    assert_int_equal(erase(&s, "E3"), YJ_OK);
    row = bench_rows(&s.b, "SELECT state, content, CASE WHEN ended > 0 THEN 1 ELSE 0 END FROM delivery");
    assert_string_equal(row, "erased||1\n");
    free(row);
    bench_reopen(&s.b);
    if (s.b.t->engine == YJ_ENGINE_SQLITE)
        assert_gone(&s, SECRET);
    bench_close(&s.b);
}

static void retention_and_hold__keep_a_record(void **state)
{
    scene s;
    set_up(&s, state);
    order(&s, "E3", "vendor", s.vendor, "[]", "2026-03-02"); /* today: over only tomorrow */
    approve(&s, "E3");
    assert_int_equal(erase(&s, "E3"), YJ_E_GATE);
    order(&s, "E4", "vendor", s.vendor, "[]", "2026-03-01");
    approve(&s, "E4");
    char json[300];
    snprintf(json, sizeof json,
             "{\"number\":\"H1\",\"target_kind\":\"vendor\",\"target\":\"%s\",\"reason\":\"lawsuit\","
             "\"demanded_on\":\"2026-02-01\"}",
             s.vendor);
    const char *hold = bench_put(&s.b, "legal_hold", json);
    assert_int_equal(erase(&s, "E4"), YJ_E_GATE);
    bench_move(&s.b, "legal_hold", hold, "release");
    assert_int_equal(erase(&s, "E4"), YJ_OK);
    bench_close(&s.b);
}

static void keep_file(yj_evidence *files, const char *bytes, yj_digest *ret)
{
    yj_error err = { 0 };
    char upload[YJ_UUID_LEN + 1];
    yj_upload *u = NULL;
    yj_blob blob;
    yj_ok(yj_upload_start(files, strlen(bytes), 1, upload, &err));
    yj_ok(yj_upload_hold(files, upload, 0, &u, &err));
    yj_ok(yj_upload_append(u, yj_span_of(bytes), &err));
    yj_ok(yj_upload_finish(u, NULL, &blob, &err));
    yj_upload_release(u);
    *ret = blob.sha256;
}

static bool file_is_there(yj_evidence *files, const yj_digest *digest)
{
    yj_error err = { 0 };
    int fd = -1;
    uint64_t size = 0;
    yj_status s = yj_evidence_read(files, digest, &fd, &size, &err);
    if (s == YJ_OK)
        close(fd);
    else
        assert_int_equal(s, YJ_E_NOT_FOUND);
    return s == YJ_OK;
}

static void file__goes_with_the_last_record_that_names_it(void **state)
{
    scene s;
    set_up(&s, state);
    yj_error err = { 0 };
    char folder[700], hex[2 * YJ_HASH_LEN + 1], json[300];
    snprintf(folder, sizeof folder, "%s/evidence", s.b.data);
    yj_evidence *files = NULL;
    yj_ok(yj_evidence_open(folder, false, &files, &err));
    yj_institution other;
    bench_institution(&s.b, "other", &other);
    for (int shared = 0; shared < 2; shared++) {
        yj_digest digest;
        keep_file(files, shared ? "shared bytes" : "own bytes", &digest);
        yj_digest_hex(&digest, hex);
        snprintf(json, sizeof json, "{\"title\":\"f\",\"digest\":\"%s\",\"source\":\"person\"}", hex);
        const char *id = bench_put(&s.b, "evidence", json);
        if (shared)
            yj_ok(bench_try(&s.b, other.inst, YJ_CH_CREATE, "evidence", NULL, NULL, json, -1, NULL, &err));
        order(&s, shared ? "E7" : "E6", "evidence", id, "[]", "2026-03-01");
        approve(&s, shared ? "E7" : "E6");
        assert_int_equal(erase(&s, shared ? "E7" : "E6"), YJ_OK);
        assert_int_equal(file_is_there(files, &digest), shared);
    }
    yj_evidence_free(files);
    bench_close(&s.b);
}

static void key__is_not_erased_alone(void **state)
{
    scene s;
    set_up(&s, state);
    order(&s, "E5", "vendor", s.vendor, "[\"name\"]", "2026-03-01");
    approve(&s, "E5");
    assert_int_equal(erase(&s, "E5"), YJ_E_INVALID);
    bench_close(&s.b);
}

/* --- backup, as it must come back without what was erased --- */

static void backup__restores_to_an_equal_store(void **state)
{
    scene s;
    set_up(&s, state);
    order(&s, "E1", "vendor", s.vendor, "[\"contact\"]", "2026-01-31");
    approve(&s, "E1");
    assert_int_equal(erase(&s, "E1"), YJ_OK);
    yj_error err = { 0 };
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    char file[600], data[600];
    snprintf(file, sizeof file, "%s/backup.yj", s.b.t->dir);
    snprintf(data, sizeof data, "%s/restored", s.b.t->dir);
    yj_backup_report r;
    yj_ok(yj_backup(s.b.e, file, &r, &err));
    assert_int_equal(r.ledgers, 2);
    assert_int_equal(yj_backup(s.b.e, file, &r, &err), YJ_E_CONFLICT);
    char *before = bench_derived(&s.b);
    bench_close(&s.b);

    yj_ok(yj_restore(file, data, NULL, &r, &err));
    assert_int_equal(yj_restore(file, data, NULL, &r, &err), YJ_E_CONFLICT);
    snprintf(s.b.data, sizeof s.b.data, "%s", data);
    yj_ok(yj_engine_open(s.b.data, &(yj_open_options){ 0 }, &s.b.e, &err));
    s.b.c = yj_engine_catalog(s.b.e);
    yj_ok(yj_engine_settle(s.b.e, 60000, &err));
    char *after = bench_derived(&s.b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_put(&s.b, "vendor", "{\"name\":\"after\"}"); /* it goes on: the keys came along */
    assert_ledger_holds(&s);
    bench_close(&s.b);
}

/* A row of each table outside the ledger that could give something away. %1$s: bytes as the store writes
 * them. */
static const char marked_rows[] =
    "INSERT INTO account(id, name, state, break_glass, password, password_at, totp_step, created, "
    "last_sign_in) "
    "VALUES('a', 'mark-of-account', 'active', 0, 'mark-of-hash', 0, 0, 0, 0);"
    "INSERT INTO account_person(account, inst, person) VALUES('a', 1, 'mark-of-person');"
    "INSERT INTO session(id, digest, account, stage, created, seen, proved, network, agent, inst, person) "
    "VALUES('s', %1$s, 'a', 'full', 0, 0, 0, 'n', 'mark-of-agent', 1, '');"
    "INSERT INTO api_token(id, digest, account, name, verbs, kinds, inst, person, created, expires, used, "
    "revoked) "
    "VALUES('t', %1$s, 'a', 'mark-of-token', 'read', '*', 1, 'p', 0, 0, 0, 0);"
    "INSERT INTO account_set_up(account, digest, created, expires) VALUES('mark-of-set-up', %1$s, 0, 0);"
    "INSERT INTO evidence_sender(name, account, at) VALUES('mark-of-upload', 'a', 0);"
    "INSERT INTO sign_in_provider(id, kind, label, enabled, settings, secret, created, changed) "
    "VALUES('o', 'oidc', 'mark-of-provider', 1, 'mark-of-settings', %1$s, 0, 0);"
    "INSERT INTO account_identity(provider, subject, account, name, linked, used) "
    "VALUES('o', 'mark-of-subject', 'a', 'mark-of-name', 0, 0);"
    "INSERT INTO delivery(id, inst, person, cause, channel, record, state, message_id, content, decided, "
    "due, tried, "
    "ended, attempts, worker, error, error_en, error_zh) VALUES('d', 1, 'p', 'c', 'mail', '', 'waiting', "
    "'m', "
    "'mark-of-notice', 0, 0, 0, 1, 0, '', '', '', '')";

/* Who holds a backup signs in nowhere with it, and reads nothing that was on its way. */
static void backup__holds_nothing_of_sign_in(void **state)
{
    scene s;
    set_up(&s, state);
    yj_error err = { 0 };
    yj_auto(yj_db_freep) yj_db *db = yj_test_db(s.b.t, YJ_DB_WRITE);
    bool embedded = yj_store_engine(s.b.t->store) == YJ_ENGINE_SQLITE;
    char *rows = NULL;
    assert_true(asprintf(&rows, marked_rows, embedded ? "X'00'" : "decode('00', 'hex')") > 0);
    yj_test_script(db, rows);
    free(rows);
    char file[600], seal[700];
    snprintf(file, sizeof file, "%s/backup.yj", s.b.t->dir);
    snprintf(seal, sizeof seal, "%s/keys/sign-in.key", s.b.data);
    yj_ok(yj_file_write(seal, YJ_SPAN("mark-of-seal"), 0600, &err));
    yj_backup_report r;
    yj_ok(yj_backup(s.b.e, file, &r, &err));
    yj_buf b;
    yj_buf_init(&b, (size_t)256 << 20);
    yj_ok(yj_file_read(file, (size_t)256 << 20, &b, &err));
    assert_true(b.len > 0);
    assert_non_null(memmem(b.ptr, b.len, "keys/", 5)); /* the ledger's own are there */
    const char *mark = memmem(b.ptr, b.len, "mark-of-", 8);
    if (mark)
        fail_msg("the backup holds %.20s", mark);
    yj_buf_done(&b);
    assert_int_equal(yj_test_number(db, "SELECT count(*) FROM account"), 1); /* the store keeps them */
    bench_close(&s.b);
}

static void damaged_backup__is_refused_and_leaves_nothing(void **state)
{
    scene s;
    set_up(&s, state);
    yj_error err = { 0 };
    char file[600], data[600], url[640];
    snprintf(file, sizeof file, "%s/backup.yj", s.b.t->dir);
    snprintf(data, sizeof data, "%s/restored", s.b.t->dir);
    yj_backup_report r;
    yj_ok(yj_backup(s.b.e, file, &r, &err));
    bench_close(&s.b);
    snprintf(url, sizeof url, "sqlite:%s", file);
    yj_store *store = NULL;
    yj_db *db = NULL;
    yj_ok(yj_store_open(url, &store, &err));
    yj_ok(yj_db_open(store, YJ_DB_WRITE, &db, &err));
    assert_true(bench_rewrite(db, "\"level\":1", "\"level\":5") > 0);
    yj_db_free(db);
    yj_store_free(store);
    assert_int_equal(yj_restore(file, data, NULL, &r, &err), YJ_E_CORRUPT);
    assert_false(yj_path_exists(data));
}

/* What a judgement that is stored packed quotes goes too, and what it says of others stays. */
static void judgement__that_is_packed_loses_what_it_quotes(void **state)
{
    scene s;
    set_up(&s, state);
    yj_error err = { 0 };
    yj_import_report r;
    static const char csv[] = "code,title,level\nP0,安静的名称,1\nP1,另一个名称,1\nP2,第三个名称,1\n"
                              "P3,第四个名称,1\nP4,第五个名称,1\nP5,第六个名称,1\n";
    yj_import_file file = { .name = "service.csv", .content = yj_span_of(csv) };
    yj_ok(yj_import(s.b.e, s.b.inst.inst, yj_engine_operator(s.b.e), &file, 1, false, &r, &err));
    yj_import_report_done(&r);
    assert_int_equal(bench_verdicts(&s.b, "1-1", YJ_V_UNMET), 7);
    assert_true(bench_number(&s.b, "SELECT count(*) FROM body WHERE packed IS NOT NULL") > 0);
    char id[YJ_UUID_LEN + 1];
    yj_db *db = NULL;
    yj_ok(yj_reader_take(s.b.e, &db, &err));
    yj_ok(
        yj_record_find(db, s.b.c, s.b.inst.inst, &s.b.c->kinds[bench_kind(&s.b, "service")], "P0", id, &err));
    yj_reader_give(s.b.e, db);
    order(&s, "E9", "service", id, "[]", "2026-03-01");
    approve(&s, "E9");
    assert_int_equal(erase(&s, "E9"), YJ_OK);
    char *left = bench_bodies(&s.b);
    assert_null(strstr(left, "安静的名称"));
    assert_non_null(strstr(left, "第六个名称"));
    free(left);
    assert_int_equal(bench_verdicts(&s.b, "1-1", YJ_V_UNMET), 6);
    assert_ledger_holds(&s);
    char *before = bench_derived(&s.b);
    yj_rebuild_report again;
    yj_ok(yj_rebuild(s.b.e, &(yj_rebuild_options){ .inst = -1 }, &again, &err));
    char *after = bench_derived(&s.b);
    assert_string_equal(before, after);
    free(before);
    free(after);
    bench_close(&s.b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(field__is_erased_from_every_version),
        yj_test_stores(record__is_erased_with_what_verdicts_quote_of_it),
        yj_test_stores(notices__lose_what_they_quote_and_are_not_sent),
        yj_test_stores(judgement__that_is_packed_loses_what_it_quotes),
        yj_test_stores(retention_and_hold__keep_a_record),
        yj_test_stores(file__goes_with_the_last_record_that_names_it),
        yj_test_stores(key__is_not_erased_alone),
        yj_test_stores(backup__restores_to_an_equal_store),
        yj_test_stores(backup__holds_nothing_of_sign_in),
        yj_test_stores(damaged_backup__is_refused_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("record_erase", tests, NULL, NULL);
}

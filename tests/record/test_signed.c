// SPDX-License-Identifier: Apache-2.0
/* That an instrument measured it counts only if a key says so that the institution believes. */
#include "allowed_test.h"

#include "base/file.h"
#include "evidence/evidence.h"
#include "instrument/attest/statement.h"
#include "record/rebuild.h"
#include <stdio.h>
#include <stdlib.h>

#define FILES "urn:yunjian:attestation:verify-files:1"
#define WIPE "urn:yunjian:attestation:wipe:1"
#define NAMED "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

typedef struct scene {
    acting s;
    bench *b;
    yj_key *key;
    char first[ID_BYTES], second[ID_BYTES], visit[ID_BYTES], service[ID_BYTES];
} scene;

static void scene_open(scene *x, void **state)
{
    yj_error err = { 0 };
    char json[300];
    acting_open(&x->s, state);
    x->b = &x->s.b;
    acting_person(&x->s, "HIS", "\"head_of_information_security\"", x->first);
    acting_person(&x->s, "SEC", "\"security\"", x->second);
    yj_ok(yj_key_generate(YJ_SIGN_ED25519, &x->key, &err));
    snprintf(json, sizeof json, "{\"code\":\"S1\",\"title\":\"S1\",\"level\":3,\"vendor\":\"%s\"}",
             bench_put(x->b, "vendor", "{\"name\":\"v\",\"country\":\"cn\"}"));
    snprintf(x->service, sizeof x->service, "%s", bench_put(x->b, "service", json));
    snprintf(json, sizeof json, "{\"service\":\"%s\",\"done_on\":\"2026-01-15\"}", x->service);
    snprintf(x->visit, sizeof x->visit, "%s", bench_put(x->b, "visit", json));
    bench_move(x->b, "service", x->service, "start");
}

static void scene_close(scene *x)
{
    yj_key_free(x->key);
    acting_close(&x->s);
}

static void sign_run(const yj_key *key, const char *type, bool fine, const char *began, yj_buf *out)
{
    yj_error err = { 0 };
    yj_subject s = { .name = "data/crm", .digest = { { "sha256", NAMED } }, .digests = 1 };
    json_t *p = json_pack("{s:b, s:s, s:s, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i}}", "fine", fine, "startedOn",
                          began, "finishedOn", "2026-03-01T20:30:00.000000000Z", "counts", "expected", 12,
                          "matched", fine ? 12 : 10, "changed", fine ? 0 : 2, "missing", 0, "extra", 0,
                          "unreadable", 0, "skipped", 0);
    yj_ok(yj_statement_sign(key, &s, 1, type, p, out, &err));
    json_decref(p);
}

static void sign(const yj_key *key, const char *type, bool fine, yj_buf *out)
{
    sign_run(key, type, fine, "2026-03-01T20:00:00.000000000Z", out);
}

static void keep(scene *x, yj_span bytes, char ret_hex[static 2 * YJ_HASH_LEN + 1])
{
    yj_error err = { 0 };
    yj_auto(yj_evidence_freep) yj_evidence *files = NULL;
    char folder[700], id[YJ_UUID_LEN + 1];
    yj_upload *u = NULL;
    yj_blob blob;
    snprintf(folder, sizeof folder, "%s/evidence", x->b->data);
    yj_ok(yj_evidence_open(folder, false, &files, &err));
    yj_ok(yj_upload_start(files, bytes.len, 1, id, &err));
    yj_ok(yj_upload_hold(files, id, 0, &u, &err));
    yj_ok(yj_upload_append(u, bytes, &err));
    yj_ok(yj_upload_finish(u, NULL, &blob, &err));
    yj_upload_release(u);
    yj_digest_hex(&blob.sha256, ret_hex);
}

/** A record of a file that is there, as measured by an instrument; attached to the visit. */
static void attach(scene *x, yj_span bytes, char ret[static ID_BYTES])
{
    char hex[2 * YJ_HASH_LEN + 1], json[300];
    keep(x, bytes, hex);
    snprintf(json, sizeof json, "{\"title\":\"result\",\"source\":\"instrument\",\"digest\":\"%s\"}", hex);
    snprintf(ret, ID_BYTES, "%s", bench_put(x->b, "evidence", json));
    snprintf(json, sizeof json, "{\"files\":[\"%s\"]}", ret);
    bench_change(x->b, "visit", x->visit, json);
}

static void attach_signed(scene *x, const char *type, char ret[static ID_BYTES])
{
    yj_auto(yj_buf_done) yj_buf envelope;
    yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX);
    sign(x->key, type, true, &envelope);
    attach(x, yj_buf_view(&envelope), ret);
}

static char *key_json(const yj_key *key, const char *name, const char *types)
{
    yj_auto(yj_buf_done) yj_buf pem;
    yj_buf_init(&pem, 4096);
    yj_key_public_pem(key, &pem);
    json_t *of = json_loads(types, 0, NULL);
    json_t *v =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", name, "algorithm", yj_sign_name(yj_key_alg(key)),
                  "public_key", pem.ptr, "purpose", "instrument", "trusted_for", of);
    char *text = json_dumps(v, JSON_COMPACT);
    json_decref(v);
    return text;
}

static void register_key(scene *x, const char *types, char ret[static ID_BYTES])
{
    char *json = key_json(x->key, "station-3", types);
    may(&x->s, .by = x->first, .kind = "trusted_key", .json = json);
    snprintf(ret, ID_BYTES, "%s", x->s.id);
    free(json);
}

static void trust_key(scene *x, const char *types, char ret[static ID_BYTES])
{
    register_key(x, types, ret);
    may(&x->s, .by = x->second, .kind = "trusted_key", .id = ret, .transition = "trust");
}

static int64_t strength(scene *x)
{
    assert_string_equal(bench_verdict(x->b, "1-2", x->service), "met");
    return bench_number(x->b,
                        "SELECT strength FROM verdict WHERE requirement = (SELECT no FROM requirement_no "
                        "WHERE id = '1-2') AND status = 2");
}

static void check_rebuilds(scene *x)
{
    yj_error err = { 0 };
    yj_rebuild_report r;
    char *before = bench_derived(x->b);
    yj_ok(yj_rebuild(x->b->e, &(yj_rebuild_options){ .inst = -1, .judge = true }, &r, &err));
    assert_int_equal(r.differing, 0);
    char *after = bench_derived(x->b);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void a_statement__counts_once_two_people_trust_its_key(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], e[ID_BYTES];
    scene_open(&x, state);
    register_key(&x, "[\"verify_files\"]", key);
    attach_signed(&x, FILES, e);
    assert_int_equal(strength(&x), 1); /* a key that one person entered */
    char *row =
        bench_rows(x.b, "SELECT f_statement, f_statement_fine, f_statement_matched, f_statement_faulty, "
                        "f_measured_from, f_measured_until, f_accepted_on FROM r_evidence");
    assert_string_equal(row, "verify_files|1|12|0|2026-03-02|2026-03-02|2026-03-02\n");
    free(row);
    row = bench_rows(x.b, "SELECT value FROM l_evidence_statement_digests");
    assert_string_equal(row, NAMED "\n");
    free(row);
    may_not(&x.s, YJ_E_FORBIDDEN, "", .by = x.first, .kind = "trusted_key", .id = key, .transition = "trust");
    may(&x.s, .by = x.second, .kind = "trusted_key", .id = key, .transition = "trust");
    assert_int_equal(strength(&x), 3);
    check_rebuilds(&x);
    assert_int_equal(strength(&x), 3);
    scene_close(&x);
}

static void a_word__weighs_as_a_persons(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], e[ID_BYTES];
    yj_error err = { 0 };
    scene_open(&x, state);
    trust_key(&x, "[\"verify_files\"]", key);
    attach(&x, YJ_SPAN("all is well, says the tool"), e);
    assert_int_equal(strength(&x), 1);
    attach_signed(&x, WIPE, e); /* the key is not believed of that */
    assert_int_equal(strength(&x), 1);
    attach_signed(&x, "urn:example:other:1", e);
    assert_int_equal(strength(&x), 1);
    yj_auto(yj_key_freep) yj_key *other = NULL;
    yj_auto(yj_buf_done) yj_buf envelope;
    yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX);
    yj_ok(yj_key_generate(YJ_SIGN_SM2, &other, &err));
    sign(other, FILES, true, &envelope); /* a key that nobody entered */
    attach(&x, yj_buf_view(&envelope), e);
    assert_int_equal(strength(&x), 1);
    assert_int_equal(bench_number(x.b, "SELECT count(*) FROM r_evidence WHERE f_signed_by IS NOT NULL"), 1);
    /* entered later, it is found when the record is saved again */
    char *json = key_json(other, "other", "[\"verify_files\"]");
    may(&x.s, .by = x.first, .kind = "trusted_key", .json = json);
    free(json);
    char id[ID_BYTES];
    snprintf(id, sizeof id, "%s", x.s.id);
    may(&x.s, .by = x.second, .kind = "trusted_key", .id = id, .transition = "trust");
    assert_int_equal(strength(&x), 1);
    bench_change(x.b, "evidence", e, "{\"source\":\"instrument\"}");
    assert_int_equal(strength(&x), 3);
    bench_change(x.b, "evidence", e, "{\"source\":\"third_party\"}");
    assert_int_equal(strength(&x), 2);
    assert_int_equal(bench_number(x.b, "SELECT count(*) FROM r_evidence WHERE f_signed_by IS NOT NULL"), 1);
    scene_close(&x);
}

static void the_systems_fields__are_nobody_elses(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], json[400];
    scene_open(&x, state);
    trust_key(&x, "[\"verify_files\"]", key);
    snprintf(json, sizeof json,
             "{\"title\":\"t\",\"source\":\"instrument\",\"digest\":\"" NAMED
             "\",\"signed_by\":\"%s\",\"statement\":\"verify_files\",\"accepted_on\":\"2026-03-02\"}",
             key);
    may_not(&x.s, YJ_E_INVALID, "is filled in by the system", .kind = "evidence", .json = json);
    may(&x.s, .kind = "evidence",
        .json = "{\"title\":\"t\",\"source\":\"instrument\",\"digest\":\"" NAMED "\"}");
    may_not(&x.s, YJ_E_INVALID, "is filled in by the system", .kind = "evidence", .id = x.s.id,
            .json = "{\"statement_fine\":true}");
    scene_close(&x);
}

static void a_revoked_key__counts_for_what_had_come_in_before(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], e[ID_BYTES];
    scene_open(&x, state);
    trust_key(&x, "[\"verify_files\",\"wipe\"]", key);
    attach_signed(&x, FILES, e);
    assert_int_equal(strength(&x), 3);
    bench_clock(x.b, "2026-03-05T09:00:00+08:00");
    may_not(&x.s, YJ_E_INVALID, "is given when the key is revoked", .by = x.first, .kind = "trusted_key",
            .id = key, .json = "{\"revoked_from\":\"2026-03-04\"}");
    may(&x.s, .by = x.first, .kind = "trusted_key", .id = key, .transition = "revoke",
        .json = "{\"revoked_from\":\"2026-03-04\"}");
    assert_int_equal(strength(&x), 3);
    /* made, as the signer says, long before; but it comes in now */
    attach_signed(&x, WIPE, e);
    assert_int_equal(strength(&x), 1);
    may_not(&x.s, YJ_E_CONFLICT, "not believed again", .by = x.first, .kind = "trusted_key", .id = key,
            .json = "{\"revoked_from\":\"2026-03-06\"}");
    char *files = bench_rows(x.b, "SELECT id FROM r_evidence WHERE f_statement = 'verify_files'");
    char json[100];
    snprintf(json, sizeof json, "{\"files\":[\"%.36s\"]}", files);
    free(files);
    bench_change(x.b, "visit", x.visit, json);
    assert_int_equal(strength(&x), 3);
    may(&x.s, .by = x.first, .kind = "trusted_key", .id = key, .json = "{\"revoked_from\":\"2026-03-02\"}");
    assert_int_equal(strength(&x), 1);
    check_rebuilds(&x);
    scene_close(&x);
}

/* A run that began on 3 March; who named its subject later might have read the result first. */
static void a_statement__proves_what_had_named_its_subject_before(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], e[ID_BYTES], early[ID_BYTES], renamed[ID_BYTES], late[ID_BYTES], want[100];
    scene_open(&x, state);
    trust_key(&x, "[\"verify_files\"]", key);
    snprintf(early, sizeof early, "%s",
             bench_put(x.b, "service", "{\"code\":\"E\",\"title\":\"data/crm\",\"level\":1}"));
    snprintf(renamed, sizeof renamed, "%s",
             bench_put(x.b, "service", "{\"code\":\"R\",\"title\":\"data/crm\",\"level\":1}"));
    bench_clock(x.b, "2026-03-05T09:00:00+08:00");
    bench_change(x.b, "service", early, "{\"level\":2}"); /* it goes on naming it */
    bench_change(x.b, "service", renamed, "{\"title\":\"data/other\"}");
    bench_change(x.b, "service", renamed, "{\"title\":\"data/crm\"}");
    snprintf(late, sizeof late, "%s",
             bench_put(x.b, "service", "{\"code\":\"L\",\"title\":\"data/crm\",\"level\":1}"));
    yj_auto(yj_buf_done) yj_buf envelope;
    yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX);
    sign_run(x.key, FILES, true, "2026-03-03T01:00:00.000000000Z", &envelope);
    attach(&x, yj_buf_view(&envelope), e);
    char *rows = bench_rows(x.b, "SELECT value FROM l_evidence_proves");
    snprintf(want, sizeof want, "%s\n", early);
    assert_string_equal(rows, want);
    free(rows);
    scene_close(&x);
}

/* A result that says what was reached: kept where it is one of the options, and joined by the name. */
static void what_a_statement_says__is_kept_by_what_the_packs_ask(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES], e[ID_BYTES];
    yj_error err = { 0 };
    scene_open(&x, state);
    trust_key(&x, "[\"wipe\"]", key);
    char want[100];
    snprintf(want, sizeof want, "%s\n",
             bench_put(x.b, "service", "{\"code\":\"W\",\"title\":\"SN-7\",\"level\":1}"));
    bench_put(x.b, "service", "{\"code\":\"X\",\"title\":\"SN-8\",\"level\":1}");
    bench_clock(x.b, "2026-03-05T09:00:00+08:00");
    static const char *const outcomes[] = { "purge", "evaporated" };
    for (size_t i = 0; i < YJ_COUNT(outcomes); i++) {
        yj_auto(yj_buf_done) yj_buf envelope;
        yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX);
        yj_subject s = { .name = "SN-7", .digest = { { "sha256", NAMED } }, .digests = 1 };
        json_t *p = json_pack("{s:b, s:s, s:i, s:{s:s}, s:s, s:s}", "fine", 1, "outcome", outcomes[i],
                              "proposedGrade", i == 0 ? 4 : 5, /* of four */
                              "verification", "kind", "full", "startedOn", "2026-03-03T01:00:00.000000000Z",
                              "finishedOn", "2026-03-03T04:00:00.000000000Z");
        yj_ok(yj_statement_sign(x.key, &s, 1, WIPE, p, &envelope, &err));
        json_decref(p);
        attach(&x, yj_buf_view(&envelope), e);
    }
    char *rows =
        bench_rows(x.b, "SELECT coalesce(f_statement_outcome, '-'), f_statement_read, "
                        "f_measured_until, coalesce(f_statement_grade, -1) FROM r_evidence ORDER BY id");
    assert_string_equal(rows, "purge|full|2026-03-03|4\n-|full|2026-03-03|-1\n");
    free(rows);
    rows = bench_rows(x.b, "SELECT DISTINCT value FROM l_evidence_proves");
    assert_string_equal(rows, want);
    free(rows);
    may_not(&x.s, YJ_E_INVALID, "is filled in by the system", .kind = "evidence", .id = e,
            .json = "{\"statement_outcome\":\"purge\"}");
    check_rebuilds(&x);
    scene_close(&x);
}

static void a_key__stays_what_was_entered(void **state)
{
    scene x = { 0 };
    char key[ID_BYTES];
    yj_error err = { 0 };
    yj_auto(yj_key_freep) yj_key *other = NULL;
    scene_open(&x, state);
    yj_ok(yj_key_generate(YJ_SIGN_SM2, &other, &err));
    may_not(&x.s, YJ_E_INVALID, "it is no public key", .by = x.first, .kind = "trusted_key",
            .json =
                "{\"name\":\"k\",\"algorithm\":\"sm2\",\"public_key\":\"AAAA\",\"purpose\":\"instrument\"}");
    char *json = key_json(other, "k", "[\"wipe\"]");
    json_t *v = json_loads(json, 0, NULL);
    json_object_set_new(v, "algorithm", json_string("ed25519"));
    free(json);
    json = json_dumps(v, JSON_COMPACT);
    json_decref(v);
    may_not(&x.s, YJ_E_INVALID, "the key is one of sm2", .by = x.first, .kind = "trusted_key", .json = json);
    free(json);
    register_key(&x, "[\"verify_files\"]", key);
    json = key_json(x.key, "again", "[\"wipe\"]");
    may_not(&x.s, YJ_E_CONFLICT, "holds this key already", .by = x.first, .kind = "trusted_key",
            .json = json);
    free(json);
    may_not(&x.s, YJ_E_CONFLICT, "stays as it was entered", .by = x.second, .kind = "trusted_key", .id = key,
            .json = "{\"trusted_for\":[\"wipe\"]}");
    may_not(&x.s, YJ_E_CONFLICT, "stays as it was entered", .by = x.second, .kind = "trusted_key", .id = key,
            .transition = "trust", .json = "{\"trusted_for\":[\"wipe\"]}");
    may(&x.s, .by = x.first, .kind = "trusted_key", .id = key, .json = "{\"owner\":\"room 3\"}");
    /* of what it is believed nobody said: it counts for nothing, until somebody says it before it is trusted
     */
    char bare[ID_BYTES];
    json = key_json(other, "bare", "[]");
    may(&x.s, .by = x.first, .kind = "trusted_key", .json = json);
    free(json);
    snprintf(bare, sizeof bare, "%s", x.s.id);
    may_not(&x.s, YJ_E_CONFLICT, "stays as it was entered", .by = x.second, .kind = "trusted_key", .id = bare,
            .transition = "trust", .json = "{\"trusted_for\":[\"wipe\"]}");
    may_not(&x.s, YJ_E_FORBIDDEN, "by the person who entered it", .by = x.second, .kind = "trusted_key",
            .id = bare, .json = "{\"trusted_for\":[\"wipe\"]}");
    may(&x.s, .by = x.first, .kind = "trusted_key", .id = bare, .json = "{\"trusted_for\":[\"wipe\"]}");
    may_not(&x.s, YJ_E_CONFLICT, "stays as it was entered", .by = x.first, .kind = "trusted_key", .id = bare,
            .json = "{\"trusted_for\":[\"scan\"]}");
    may(&x.s, .by = x.second, .kind = "trusted_key", .id = bare, .transition = "trust");
    scene_close(&x);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        yj_test_stores(a_statement__counts_once_two_people_trust_its_key),
        yj_test_stores(a_word__weighs_as_a_persons),
        yj_test_stores(the_systems_fields__are_nobody_elses),
        yj_test_stores(a_revoked_key__counts_for_what_had_come_in_before),
        yj_test_stores(a_statement__proves_what_had_named_its_subject_before),
        yj_test_stores(what_a_statement_says__is_kept_by_what_the_packs_ask),
        yj_test_stores(a_key__stays_what_was_entered),
    };
    return cmocka_run_group_tests_name("record_signed", tests, NULL, NULL);
}

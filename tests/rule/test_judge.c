// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "world.h"
#include <stdio.h>
#include <stdlib.h>

#define expect_verdict(w, requirement, subject, wanted)                                                      \
    assert_string_equal(world_verdict((w), (requirement), (subject)), (wanted))

/* One deployment of one system on one platform, with contract and provider. */
/* --- applicability ------------------------------------------------------------------------------------- */

static void applicability__comes_before_the_rule(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_judge(w);
    expect_verdict(w, "1-1", "d1", "met enough - 1 2026-03-02");
    expect_verdict(w, "1-4", "d1", "unknown nothing - 0 2026-03-02");
    assert_string_equal(world_said(w, "1-1", "d1", "vals"), "{\"level\":[\"3\"]}");
    assert_string_equal(world_said(w, "1-1", "d1", "proofs"), "[[\"platform\",\"pl1\"]]");
    assert_string_equal(world_said(w, "1-1", "d1", "kind"), "deployment");
    /* the condition on a list holds with one item, and fails without */
    world_put(w, "deployment", "d1", NULL, "zones=c");
    world_judge(w);
    expect_verdict(w, "1-4", "d1", "not_applicable .other - 0 2026-03-02");
    assert_string_equal(world_said(w, "1-4", "d1", "vals"), "{\"field\":[\"zones\"]}");
    world_put(w, "deployment", "d1", NULL, "zones=a;model=");
    world_judge(w);
    assert_string_equal(world_said(w, "1-4", "d1", "vals"), "{\"field\":[\"model\"]}");
    world_put(w, "deployment", "d1", NULL, "model=public");
    world_judge(w);
    expect_verdict(w, "1-4", "d1", "unknown nothing - 0 2026-03-02");
    /* stage not reached, stage over */
    world_put(w, "deployment", "d1", "planned", "");
    world_judge(w);
    expect_verdict(w, "1-1", "d1", "not_applicable .not_yet - 0 2026-03-02");
    expect_verdict(w, "1-4", "d1", "unknown nothing - 0 2026-03-02");
    expect_verdict(w, "1-7", "d1", "not_applicable first - 0 2026-03-02");
    world_put(w, "deployment", "d1", "gone_by", "");
    world_judge(w);
    expect_verdict(w, "1-1", "d1", "not_applicable .over - 0 2026-03-02");
    expect_verdict(w, "1-4", "d1", "not_applicable .over - 0 2026-03-02");
    expect_verdict(w, "1-7", "d1", "not_applicable .over - 0 2026-03-02");
    world_check(w, "at the end");
}

static void requirements__with_one_rule_and_one_set_of_parameters_agree(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "platform", "pl1", NULL, "level=1");
    world_put(w, "system", "s1", NULL, "level=1");
    world_judge(w);
    expect_verdict(w, "1-1", "d1", "unmet low - 1 2026-03-02");
    expect_verdict(w, "1-10", "d1", "unmet low - 1 2026-03-02");
    world_put(w, "platform", "pl1", NULL, "level=");
    world_judge(w);
    expect_verdict(w, "1-1", "d1", "unknown .silent - 0 2026-03-02");
    assert_string_equal(world_said(w, "1-10", "d1", "vals"), "{}");
}

/* --- rows become one verdict --------------------------------------------------------------------------- */

/* Each record of kind line is a row. */
static const yj_pack_file lines_pack[] = {
    { "kinds/line.yaml",
      { .ptr = "kind: line\nlabel: {zh: x, en: x}\nkey: [name]\nname: name\nfields:\n"
               "  name: {type: text, required: true, label: {zh: x, en: x}}\n"
               "  provider: {type: ref, to: provider, label: {zh: x, en: x}}\n"
               "  status: {type: text, label: {zh: x, en: x}}\n  code: {type: text, label: {zh: x, en: x}}\n"
               "  due: {type: text, label: {zh: x, en: x}}\n  proof: {type: text, label: {zh: x, en: x}}\n"
               "  value: {type: text, label: {zh: x, en: x}, max: 4000}\n"
               "  number: {type: integer, label: {zh: x, en: x}}\n" } },
    { "rules/lines.sql",
      { .ptr = "-- rule: lines\n-- subject: provider\n-- reasons:\n"
               "--   worst: {zh: '{text}', en: '{text}'}\n--   bad: {zh: '{text} {number}', en: '{text} "
               "{number}'}\n"
               "--   good: {zh: '{number}', en: '{number}'}\n"
               "SELECT coalesce(l.provider, 'nobody') AS subject, l.status AS status,\n"
               "  CASE WHEN l.code = 'x' THEN 'worst' WHEN l.code = 'y' THEN 'bad' WHEN l.code = 'z' THEN "
               "'good'\n"
               "    ELSE l.code END AS reason, l.due AS due,\n"
               "  CASE WHEN l.code = 'platform' THEN 'platform' ELSE 'line' END AS proof_kind, l.proof AS "
               "proof,\n"
               "  l.value AS v_text, l.number AS v_number\n"
               "FROM line l WHERE l.provider IN (SELECT id FROM subject) OR l.provider = 'stranger'\n" } },
    { "requirements/lines.yaml",
      { .ptr = "- id: \"2-1\"\n  clause: \"1\"\n  actor: client\n  force: must\n  models: [private]\n  "
               "stage: any\n"
               "  subject: provider\n  title: {zh: x, en: x}\n  text: {zh: x, en: x}\n"
               "  guidance: {zh: x, en: x}\n  rule: lines\n" } },
};

static const struct {
    const char *name;
    const char *lines[5]; /* fields of each row */
    const char *verdict, *values, *proofs;
} aggregations[] = {
    { "one row",
      { "status=met;code=good;number=3" },
      "met good - 0 2026-03-02",
      "{\"number\":[\"3\"]}",
      "[]" },
    { "the worst wins, with its proofs and values; the earliest due of all",
      { "status=met;code=good;due=2026-05-01;proof=a", "status=unmet;code=bad;value=v;proof=b;due=2026-08-01",
        "status=unknown;code=good;proof=c;due=2026-04-01" },
      "unmet bad 2026-04-01 1 2026-03-02",
      "{\"number\":[null],\"text\":[\"v\"]}",
      "[[\"line\",\"b\"]]" },
    { "unknown before met before not applicable",
      { "status=not_applicable;code=good", "status=met;code=good;number=1",
        "status=unknown;code=bad;number=2" },
      "unknown bad - 0 2026-03-02",
      "{\"number\":[\"2\"],\"text\":[null]}",
      "[]" },
    { "met before not applicable",
      { "status=not_applicable;code=good;number=9", "status=met;code=good;number=1" },
      "met good - 0 2026-03-02",
      "{\"number\":[\"1\"]}",
      "[]" },
    { "the first code of the front matter, proofs of every row with the status",
      { "status=unmet;code=bad;value=p;number=1;proof=b", "status=unmet;code=worst;value=q;proof=a",
        "status=unmet;code=worst;value=r;proof=a", "status=unmet;code=bad;proof=c" },
      "unmet worst - 1 2026-03-02",
      "{\"text\":[\"q\",\"r\"]}",
      "[[\"line\",\"a\"],[\"line\",\"b\"],[\"line\",\"c\"]]" },
    { "values are distinct and sorted: nothing, numbers, texts",
      { "status=met;code=y;number=10;value=b", "status=met;code=y;number=9;value=b",
        "status=met;code=y;value=a", "status=met;code=y;number=-1;value=12", "status=met;code=y;number=10" },
      "met bad - 0 2026-03-02",
      "{\"number\":[null,\"-1\",\"9\",\"10\"],\"text\":[null,\"12\",\"a\",\"b\"]}",
      "[]" },
    { "a date that has passed stays, except where nothing applies",
      { "status=unmet;code=x;due=2026-03-01" },
      "unmet worst 2026-03-01 0 2026-03-02",
      "{\"text\":[null]}",
      "[]" },
    { "not applicable until yesterday",
      { "status=not_applicable;code=good;due=2026-03-01" },
      "not_applicable good - 0 2026-03-02",
      "{\"number\":[null]}",
      "[]" },
    { "not applicable until today",
      { "status=not_applicable;code=good;due=2026-03-02" },
      "not_applicable good 2026-03-02 0 2026-03-02",
      "{\"number\":[null]}",
      "[]" },
    { "an undeclared code",
      { "status=met;code=good", "status=met;code=fine" },
      "unknown .failed - 0 2026-03-02",
      "{}",
      "[]" },
    { "no code", { "status=met" }, "unknown .failed - 0 2026-03-02", "{}", "[]" },
    { "an unknown status", { "status=perfect;code=good" }, "unknown .failed - 0 2026-03-02", "{}", "[]" },
    { "gone is no status", { "status=gone;code=good" }, "unknown .failed - 0 2026-03-02", "{}", "[]" },
    { "no status", { "code=good" }, "unknown .failed - 0 2026-03-02", "{}", "[]" },
    { "a due date that is none",
      { "status=met;code=good;due=2026-02-30" },
      "unknown .failed - 0 2026-03-02",
      "{}",
      "[]" },
    { "a proof of a kind that the rule does not read",
      { "status=met;code=platform;proof=pl1" },
      "unknown .failed - 0 2026-03-02",
      "{}",
      "[]" },
    { "no row", { NULL }, "unknown .silent - 0 2026-03-02", "{}", "[]" },
};

static void rows__become_one_verdict(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, lines_pack, YJ_COUNT(lines_pack));
    char id[24], fields[256];
    for (size_t i = 0; i < YJ_COUNT(aggregations); i++) {
        snprintf(id, sizeof id, "pr%zu", i);
        world_put(w, "provider", id, NULL, "name=x");
        for (size_t k = 0; k < YJ_COUNT(aggregations[i].lines) && aggregations[i].lines[k]; k++) {
            snprintf(id, sizeof id, "l%zu_%zu", i, k);
            snprintf(fields, sizeof fields, "name=x;provider=pr%zu;%s", i, aggregations[i].lines[k]);
            world_put(w, "line", id, NULL, fields);
        }
    }
    yj_log_set_level(YJ_LOG_ERROR);
    world_judge(w);
    for (size_t i = 0; i < YJ_COUNT(aggregations); i++) {
        snprintf(id, sizeof id, "pr%zu", i);
        const char *verdict = world_verdict(w, "2-1", id), *values = world_said(w, "2-1", id, "vals");
        const char *proofs = world_said(w, "2-1", id, "proofs");
        if (strcmp(verdict, aggregations[i].verdict) != 0 || strcmp(values, aggregations[i].values) != 0 ||
            strcmp(proofs, aggregations[i].proofs) != 0)
            fail_msg("%s: %s %s %s, wanted %s %s %s", aggregations[i].name, verdict, values, proofs,
                     aggregations[i].verdict, aggregations[i].values, aggregations[i].proofs);
    }
    world_check(w, "all at once");
}

static void rule__that_answers_for_strangers_fails_as_a_whole(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, lines_pack, YJ_COUNT(lines_pack));
    yj_log_set_level(YJ_LOG_ERROR);
    world_put(w, "provider", "pr1", NULL, "name=x");
    world_put(w, "provider", "pr2", NULL, "name=x");
    world_put(w, "line", "l1", NULL, "name=x;provider=pr1;status=met;code=good");
    world_judge_all(w);
    expect_verdict(w, "2-1", "pr1", "met good - 0 2026-03-02");
    world_put(w, "line", "l2", NULL, "name=x;provider=stranger;status=met;code=good");
    world_judge_all(w);
    expect_verdict(w, "2-1", "pr1", "unknown .failed - 0 2026-03-02");
    expect_verdict(w, "2-1", "pr2", "unknown .failed - 0 2026-03-02");
    expect_verdict(w, "1-6", "pr1", "met single - 0 2026-03-02"); /* the others go on */
    world_put(w, "line", "l2", YJ_STATE_WITHDRAWN, "");
    world_judge_all(w);
    expect_verdict(w, "2-1", "pr1", "met good - 0 2026-03-02");
}

static void values__are_cut(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, lines_pack, YJ_COUNT(lines_pack));
    world_put(w, "provider", "pr1", NULL, "name=x");
    char id[24], fields[2048], wide[4 * 300 + 1];
    for (size_t i = 0; i < 300; i++)
        memcpy(wide + 3 * i, "\xe4\xba\x91", 4); /* U+4E91 */
    for (int i = 0; i < 60; i++) {
        snprintf(id, sizeof id, "l%d", i);
        snprintf(fields, sizeof fields, "name=x;provider=pr1;status=unmet;code=bad;number=%d;value=%s%s", i,
                 i ? "v" : wide, i ? "" : "end");
        world_put(w, "line", id, NULL, fields);
    }
    world_judge(w);
    yj_error err = { 0 };
    yj_auto(yj_json_freep) json_t *v = NULL;
    yj_ok(yj_json_parse(yj_span_of(world_said(w, "2-1", "pr1", "vals")), 65536, &v, &err));
    const json_t *numbers = json_object_get(v, "number"), *texts = json_object_get(v, "text");
    assert_int_equal(json_array_size(numbers), 51);
    assert_string_equal(json_string_value(json_array_get(numbers, 49)), "49");
    assert_string_equal(json_string_value(json_array_get(numbers, 50)), "...");
    assert_int_equal(json_array_size(texts), 2);
    assert_int_equal(json_string_length(json_array_get(texts, 1)), 600);
}

static void values__of_one_verdict_stay_small(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, lines_pack, YJ_COUNT(lines_pack));
    world_put(w, "provider", "pr1", NULL, "name=x");
    char id[24], fields[1024], quoted[201];
    memset(quoted, 1, 200); /* six bytes each in JSON */
    quoted[200] = '\0';
    for (int i = 0; i < 45; i++) {
        snprintf(id, sizeof id, "l%d", i);
        snprintf(fields, sizeof fields, "name=x;provider=pr1;status=unmet;code=bad;number=%d;value=%d%s", i,
                 i, quoted);
        world_put(w, "line", id, NULL, fields);
    }
    world_judge(w);
    size_t length = strlen(world_said(w, "2-1", "pr1", "vals"));
    assert_in_range(length, 32 << 10, 40 << 10);
    world_check(w, "again");
}

/* --- rules over their limits --------------------------------------------------------------------------- */

static void rule__over_its_rows_fails_for_the_subject_that_needs_them(void **state)
{
    static const yj_pack_file many[] = {
        { "rules/spread.sql",
          { .ptr = "-- rule: spread\n-- subject: deployment\n-- params: [most]\n-- reasons:\n"
                   "--   many: {zh: '{:most}', en: '{:most}'}\n"
                   "SELECT d.id AS subject, 'met' AS status, 'many' AS reason, NULL AS due, NULL AS "
                   "proof_kind,\n"
                   "  NULL AS proof FROM subject x JOIN deployment d ON d.id = x.id\n"
                   "LEFT JOIN (person a CROSS JOIN person b CROSS JOIN person c) ON d.note = 'all'\n" } },
    };
    yj_auto(world_freep) world *w = world_new(state, many, YJ_COUNT(many));
    char id[24];
    yj_log_set_level(YJ_LOG_ERROR);
    for (int i = 0; i < 60; i++) { /* 216,000 rows, over the 200,000 that are allowed */
        snprintf(id, sizeof id, "p%d", i);
        world_put(w, "person", id, NULL, "name=x");
    }
    for (int i = 0; i < 4; i++) {
        snprintf(id, sizeof id, "d%d", i);
        world_put(w, "deployment", id, NULL, i == 2 ? "name=x;note=all" : "name=x");
    }
    world_judge(w);
    expect_verdict(w, "1-5", "d1", "met many - 0 2026-03-02");
    expect_verdict(w, "1-5", "d2", "unknown .failed - 0 2026-03-02");
    expect_verdict(w, "1-5", "d3", "met many - 0 2026-03-02");
    expect_verdict(w, "1-8", "pl1", "-");
    /* what failed is tried again the next day */
    yj_error err = { 0 };
    assert_true(yj_dirty_empty(w->dirty));
    yj_ok(yj_db_begin(w->db, YJ_DB_READ, &err));
    yj_ok(yj_dirty_due(w->dirty, w->db, WORLD_INST, "2026-03-03", &err));
    yj_db_rollback(w->db);
    assert_int_equal(yj_dirty_size(w->dirty), 1);
}

static void rule__that_the_engine_refuses_fails(void **state)
{
    static const yj_pack_file broken[] = {
        { "rules/spread.sql",
          { .ptr =
                "-- rule: spread\n-- subject: deployment\n-- params: [most]\n-- reasons:\n"
                "--   sum: {zh: '{:most}', en: '{:most}'}\n"
                "SELECT d.id AS subject, CASE WHEN sum(p.level * 9223372036854775807) > 0 THEN 'met' ELSE "
                "'unmet' END "
                "AS status,\n'sum' AS reason, NULL AS due, NULL AS proof_kind, NULL AS proof\n"
                "FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN platform p ON p.id = d.platform\n"
                "  OR p.name = d.note GROUP BY d.id\n" } },
    };
    yj_auto(world_freep) world *w = world_new(state, broken, YJ_COUNT(broken));
    yj_log_set_level(YJ_LOG_ERROR);
    world_deployment(w);
    world_judge(w);
    /* an overflow: SQLite goes over to fractions or fails, PostgreSQL fails; the others are judged in any
     * case */
    expect_verdict(w, "1-1", "d1", "met enough - 1 2026-03-02");
    assert_string_not_equal(world_verdict(w, "1-5", "d1"), "-");
}

/* --- strength ------------------------------------------------------------------------------------------ */

static void strength__is_that_of_the_evidence_behind_the_proof(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "evidence", "e1", NULL, "name=E1;source=third_party");
    world_put(w, "evidence", "e2", NULL, "name=E2;source=instrument");
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 1 2026-03-02"); /* stated by a person */
    /* the strongest of those it refers to, by a list */
    world_put(w, "contract", "c1", NULL, "documents=e1");
    world_judge(w);
    assert_int_equal(w->changes, 1);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 2 2026-03-02");
    world_put(w, "contract", "c1", NULL, "documents=e1,e2");
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 3 2026-03-02");
    /* a change of the evidence alone */
    world_put(w, "evidence", "e2", NULL, "source=person");
    world_judge(w);
    assert_int_equal(w->judged, 1);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 2 2026-03-02");
    world_put(w, "evidence", "e1", YJ_STATE_WITHDRAWN, "");
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 1 2026-03-02");
    world_put(w, "evidence", "e2", NULL, "name=other"); /* of no importance */
    world_judge(w);
    assert_int_equal(w->judged, 0);
    world_check(w, "at the end");
}

static void strength__of_several_proofs_is_the_weakest(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "evidence", "e1", NULL, "name=E1;source=instrument");
    world_put(w, "evidence", "e2", NULL, "name=E2;source=third_party");
    world_put(w, "attestation", "a1", NULL, "name=A1;deployment=d1;document=e1");
    world_judge(w);
    expect_verdict(w, "1-4", "d1", "met documented - 3 2026-03-02"); /* the proof is evidence itself */
    assert_string_equal(world_said(w, "1-4", "d1", "proofs"), "[[\"evidence\",\"e1\"]]");
    world_put(w, "attestation", "a2", NULL, "name=A2;deployment=d1;document=e2;valid_until=2026-04-01");
    world_judge(w);
    expect_verdict(w, "1-4", "d1", "met documented 2026-04-01 2 2026-03-02");
    world_put(w, "attestation", "a2", NULL, "document=");
    world_judge(w);
    expect_verdict(w, "1-4", "d1", "unmet persons_only 2026-04-01 1 2026-03-02");
    world_check(w, "at the end");
}

/* --- time ---------------------------------------------------------------------------------------------- */

static void pass_to(world *w, const char *date)
{
    yj_error err = { 0 };
    assert_true(yj_date_parse(yj_span_of(date), &w->today));
    yj_ok(yj_db_begin(w->db, YJ_DB_READ, &err));
    yj_ok(yj_dirty_due(w->dirty, w->db, WORLD_INST, w->today.s, &err));
    yj_db_rollback(w->db);
    world_judge(w);
}

static void since__is_the_day_on_which_the_status_changed(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 1 2026-03-02");
    pass_to(w, "2026-05-01");
    assert_int_equal(w->judged, 0);
    world_put(w, "contract", "c1", NULL,
              "valid_until=2026-07-31;name=K2"); /* due and values change, status not */
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "met signed 2026-07-31 1 2026-03-02");
    pass_to(w, "2026-07-31"); /* met to the end of the day */
    assert_int_equal(w->judged, 0);
    pass_to(w, "2026-08-01");
    assert_int_equal(w->judged, 1);
    expect_verdict(w, "1-9", "c1", "unmet ended - 1 2026-08-01");
    pass_to(w, "2026-08-02");
    assert_int_equal(w->judged, 0);
    world_put(w, "contract", "c1", "draft", "");
    world_judge(w);
    expect_verdict(w, "1-9", "c1", "unmet draft - 1 2026-08-01");
    world_check(w, "at the end");
}

static void calendar__moves_working_days(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "inspection", "i1", NULL, "name=I1;provider=pr1;done_on=2025-09-28");
    world_judge(w);
    /* twelve months on is Monday 2026-09-28; three working days on, Thursday */
    expect_verdict(w, "1-2", "pr1", "met fresh 2026-10-01 1 2026-03-02");
    world_put(w, "calendar", "cal1", NULL, "date=2026-10-01;working=false");
    world_put(w, "calendar", "cal2", NULL, "date=2026-10-02;working=false");
    world_judge(w);
    expect_verdict(w, "1-2", "pr1", "met fresh 2026-10-05 1 2026-03-02");
    world_put(w, "calendar", "cal3", NULL, "date=2026-10-03;working=true"); /* a Saturday worked */
    world_judge(w);
    expect_verdict(w, "1-2", "pr1", "met fresh 2026-10-03 1 2026-03-02");
    world_put(w, "calendar", "cal3", YJ_STATE_WITHDRAWN, "");
    world_judge(w);
    expect_verdict(w, "1-2", "pr1", "met fresh 2026-10-05 1 2026-03-02");
    world_check(w, "at the end");
}

static void scope__refuses_what_is_no_date(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(65536);
    yj_error err = { 0 };
    yj_scope scope = { .inst = -5 };
    assert_int_equal(yj_scope_load(w->db, w->c, 1, "2026-02-30", arena, &scope, &err), YJ_E_INVALID);
    assert_int_equal(scope.inst, -5);
}

/* --- coming and going ---------------------------------------------------------------------------------- */

static void subjects__that_go_take_their_verdicts_along(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_judge(w);
    int64_t before = yj_test_number(w->db, "SELECT count(*) FROM verdict");
    world_put(w, "deployment", "d1", YJ_STATE_WITHDRAWN, "");
    world_judge(w);
    assert_int_equal(w->changes, 5);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict"), before - 5);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict_log"), 5);
    world_check(w, "withdrawn");
    world_put(w, "deployment", "d1", "running", "");
    world_judge(w);
    assert_int_equal(w->changes, 5);
    world_check(w, "back");
    /* erased: as if it had never been; gone also when everything is judged */
    yj_test_script(w->db, "UPDATE r_deployment SET erased = 1");
    world_judge_all(w);
    assert_int_equal(w->changes, 5);
    expect_verdict(w, "1-1", "d1", "-");
    /* a subject that never was gives nothing */
    yj_dirty_subject(w->dirty, world_requirement(w, "1-1"), "nobody");
    assert_int_equal(yj_dirty_size(w->dirty), 1);
    world_judge(w);
    assert_int_equal(w->changes, 0);
}

static void verdicts__of_a_pack_that_went_come_to_their_end(void **state)
{
    static const yj_pack_file smaller[] = {
        { "requirements/all.yaml",
          { .ptr = "- id: \"1-9\"\n  clause: \"1\"\n  actor: client\n  force: must\n  models: [private]\n  "
                   "stage: any\n"
                   "  subject: contract\n  title: {zh: x, en: x}\n  text: {zh: x, en: x}\n"
                   "  guidance: {zh: x, en: x}\n  rule: in_force\n" } },
        { "gates.yaml", { 0 } },
        { "rules/attested.sql", { 0 } },
        { "rules/enough_persons.sql", { 0 } },
        { "rules/inspected.sql", { 0 } },
        { "rules/level.sql", { 0 } },
        { "rules/predecessor.sql", { 0 } },
        { "rules/single_code.sql", { 0 } },
        { "rules/sla_signed.sql", { 0 } },
        { "rules/spread.sql", { 0 } },
    };
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_judge(w);
    int64_t before = yj_test_number(w->db, "SELECT count(*) FROM verdict");
    yj_catalog *old = w->c;
    yj_reach *old_reach = w->reach;
    yj_error err = { 0 };
    w->c = world_catalog(smaller, YJ_COUNT(smaller));
    yj_ok(yj_reach_new(w->c, &w->reach, &err));
    yj_dirty_free(w->dirty);
    w->dirty = yj_dirty_new(w->c, w->reach);
    world_judge_all(w);
    assert_int_equal(w->changes, before - 1);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict"), 1);
    expect_verdict(w, "1-9", "c1", "met signed 2026-06-30 1 2026-03-02");
    yj_reach_free(old_reach);
    yj_catalog_unref(old);
}

/* --- batches ------------------------------------------------------------------------------------------- */

static void batches__appear_at_once(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_judge(w);
    /* a new version of the platform and a new deployment, in an open batch */
    yj_test_script(w->db, "INSERT INTO open_batch(id) VALUES(5);"
                          "UPDATE r_platform SET until_batch = 5 WHERE id = 'pl1'");
    world_find(w, "pl1")->batch = 5;
    world_put(w, "platform", "pl1", NULL, "level=1");
    world_put(w, "deployment", "d2", "running", "name=D2;system=s1;platform=pl1");
    yj_test_script(w->db, "UPDATE r_deployment SET batch = 5 WHERE id = 'd2'");
    world_judge(w);
    assert_int_equal(w->changes, 0);
    expect_verdict(w, "1-1", "d1", "met enough - 1 2026-03-02");
    expect_verdict(w, "1-1", "d2", "-");
    world_check(w, "open");
    yj_test_script(w->db, "DELETE FROM open_batch");
    world_find(w, "d2")->batch = 5;
    world_judge_all(w);
    expect_verdict(w, "1-1", "d1", "unmet below - 1 2026-03-02");
    expect_verdict(w, "1-1", "d2", "unmet below - 1 2026-03-02");
    expect_verdict(w, "1-5", "d2", "met spread - 0 2026-03-02");
}

/* --- bodies -------------------------------------------------------------------------------------------- */

static void bodies__are_split(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, lines_pack, YJ_COUNT(lines_pack));
    char id[24], fields[4096], text[3000];
    memset(text, 'q', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    yj_arena *arena = yj_arena_new((size_t)64 << 20);
    yj_judgement j = { .arena = arena };
    enum { COUNT = 900 };
    yj_verdict *changes = yj_arena_array(arena, COUNT, sizeof *changes);
    for (size_t i = 0; i < COUNT; i++) {
        snprintf(id, sizeof id, "pr%04zu", i);
        snprintf(fields, sizeof fields, "{\"text\":[\"%s\"]}", text);
        changes[i] = (yj_verdict){ .requirement = 0,
                                   .requirement_id = "2-1",
                                   .kind_name = "provider",
                                   .subject = yj_arena_strdup(arena, id),
                                   .status = YJ_V_MET,
                                   .code = "good",
                                   .values = yj_arena_strdup(arena, fields),
                                   .proofs = "[[\"line\",\"l1\"]]",
                                   .strength = 1,
                                   .due = i % 2 ? "2026-04-01" : NULL,
                                   .since = "2026-03-02" };
    }
    j.changes = changes;
    j.count = COUNT;
    world_apply(w, &j);
    enum { BODIES = (COUNT + YJ_JUDGEMENT_CHANGES_MAX - 1) / YJ_JUDGEMENT_CHANGES_MAX };
    assert_int_equal(w->bodies, BODIES); /* all but one say that there is more */
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict"), COUNT);
    assert_int_equal(yj_test_number(w->db, "SELECT count(DISTINCT seq) FROM verdict"), BODIES);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM judged"), 1);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict WHERE due = 20544"), COUNT / 2);
    /* nothing to say is one body, which counts as judged */
    j.count = 0;
    world_apply(w, &j);
    assert_int_equal(w->bodies, 1);
    yj_judgement_done(&j);
}

static void apply__refuses_what_has_the_wrong_form(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"changes\":{},\"judged\":1,\"more\":false,\"packs\":\"\",\"today\":\"\"}",
        "{\"changes\":[],\"judged\":\"1\",\"more\":false,\"packs\":\"\",\"today\":\"\"}",
        "{\"changes\":[],\"judged\":1,\"more\":1,\"packs\":\"\",\"today\":\"\"}",
        "{\"changes\":[[]],\"judged\":1,\"more\":false,\"packs\":\"\",\"today\":\"\"}",
        ("{\"changes\":[[\"r\",\"k\",\"s\",\"fine\",\"c\",{},null,1,[],\"2026-01-01\"]],\"judged\":1,"
         "\"more\":"
         "true,"
         "\"packs\":\"\",\"today\":\"\"}"),
        ("{\"changes\":[[\"r\",\"k\",\"s\",\"met\",\"c\",{},5,1,[],\"2026-01-01\"]],\"judged\":1,\"more\":"
         "true,"
         "\"packs\":\"\",\"today\":\"\"}"),
        ("{\"changes\":[[\"r\",\"k\",\"s\",\"met\",7,{},null,1,[],\"2026-01-01\"]],\"judged\":1,\"more\":"
         "true,"
         "\"packs\":\"\",\"today\":\"\"}"),
    };
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        yj_error err = { 0 };
        yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
        assert_int_equal(yj_judgement_apply(w->db, WORLD_INST, 9, yj_span_of(bad[i]), &err), YJ_E_CORRUPT);
        assert_string_equal(err.msg, "judgement entry 9 has the wrong form");
        yj_db_rollback(w->db);
    }
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict_log"), 0);
}

static void apply__takes_requirements_of_old_packs(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_error err = { 0 };
    static const char body[] =
        "{\"changes\":[[\"old-1\",\"ship\",\"s1\",\"met\",\"c\",{\"a\":[null],\"b\":[\"\xe4\xba\x91\"]},"
        "null,1,[[\"ship\",\"s1\"]],\"2026-01-01\"]],\"judged\":17,\"more\":false,\"packs\":\"ab\","
        "\"today\":\"2026-01-01\"}";
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    yj_ok(yj_judgement_keep(w->db, WORLD_INST, 9, yj_span_of(body), &err));
    yj_ok(yj_judgement_apply(w->db, WORLD_INST, 9, yj_span_of(body), &err));
    yj_ok(yj_db_commit(w->db, &err));
    assert_string_equal(world_verdict(w, "old-1", "s1"), "met c - 1 2026-01-01");
    assert_string_equal(world_said(w, "old-1", "s1", "kind"), "ship");
    assert_string_equal(world_said(w, "old-1", "s1", "values"), "{\"a\":[null],\"b\":[\"\xe4\xba\x91\"]}");
    assert_string_equal(world_said(w, "old-1", "s1", "proofs"), "[[\"ship\",\"s1\"]]");
    char *rows = yj_test_rows(w->db, "SELECT upto, today, packs FROM judged");
    assert_string_equal(rows, "17|2026-01-01|ab\n");
    free(rows);
    world_judge_all(w);
    assert_int_equal(yj_test_number(w->db, "SELECT count(*) FROM verdict"), 0);
}

/* --- dirty --------------------------------------------------------------------------------------------- */

static void changes__that_no_rule_reads_are_skipped(void **state)
{
    static const struct {
        const char *kind, *id, *state, *fields;
        size_t size; /* pairs to judge again; all counts as one */
    } rows[] = {
        { "deployment", "d1", NULL, "note=x", 0 },
        { "evidence", "e1", NULL, "note=x", 0 },
        { "platform", "pl1", NULL, "owner=p1", 0 },
        { "platform", "pl1", NULL, "level=4", 2 }, /* 1-1, 1-10 */
        { "system", "s1", NULL, "level=2", 2 },
        { "system", "s1", NULL, "owner=p1", 0 },
        { "person", "p1", NULL, "name=z",
          3 }, /* 1-2 by the inspection, 1-3 by the sla, 1-4 by the attestation */
        { "provider", "pr1", NULL, "code=B", 1 }, /* 1-6: all */
        { "sla", "sl1", NULL, "ends=2027-01-01", 1 },
        { "sla", "sl1", NULL, "contract=", 1 }, /* where it was */
        { "sla", "sl1", NULL, "contract=c1", 1 },
        { "deployment", "d1", NULL, "zones=a", 1 },
        { "deployment", "d1", "planned", "", 5 },
        { "inspection", "i1", NULL, "done_on=2026-01-02", 1 },
        { "risk", "k1", NULL, "until_date=2026-01-02", 0 },
    };
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "person", "p1", NULL, "name=Ann");
    world_put(w, "evidence", "e1", NULL, "name=E1;source=person");
    world_put(w, "sla", "sl1", "signed", "name=S;contract=c1;negotiated_by=p1;ends=2026-12-31");
    world_put(w, "inspection", "i1", NULL, "name=I;provider=pr1;done_on=2026-01-01;by=p1;evidence=e1");
    world_put(w, "attestation", "a1", NULL, "name=A;deployment=d1;persons=p1");
    world_put(w, "risk", "k1", NULL, "requirement=1-3;subject=c1");
    world_judge(w);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        world_put(w, rows[i].kind, rows[i].id, rows[i].state, rows[i].fields);
        if (yj_dirty_size(w->dirty) != rows[i].size)
            fail_msg("%s %s: %zu to judge again, wanted %zu", rows[i].kind, rows[i].fields,
                     yj_dirty_size(w->dirty), rows[i].size);
        world_judge(w);
        world_check(w, rows[i].fields);
    }
}

static void dirty__counts_and_clears(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    yj_dirty *d = w->dirty;
    assert_true(yj_dirty_empty(d));
    yj_dirty_subject(d, 0, "a");
    yj_dirty_subject(d, 0, "a");
    yj_dirty_subject(d, 0, "b");
    yj_dirty_subject(d, 1, "a");
    assert_int_equal(yj_dirty_size(d), 3);
    yj_dirty_only(d, 0);
    assert_int_equal(yj_dirty_size(d), 2);
    yj_dirty_only(d, 1);
    assert_true(yj_dirty_empty(d));
    yj_dirty_subject(d, 1, "a");
    yj_dirty_all(d);
    yj_dirty_subject(d, 0, "c");
    assert_int_equal(yj_dirty_size(d), w->c->requirement_count);
    yj_dirty_clear(d);
    assert_true(yj_dirty_empty(d));
    yj_touch t = { .kind = 999, .id = "x", .whole = true };
    yj_error err = { 0 };
    yj_ok(yj_dirty_touch(d, w->db, WORLD_INST, &t, &err)); /* a kind of another pack */
    assert_true(yj_dirty_empty(d));
}

/* More subjects than one run takes, and more than a walk follows one by one. */
static void many__subjects_are_judged_in_several_runs(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_deployment(w);
    world_put(w, "platform", "pl1", NULL, "level=2");
    world_judge(w);
    world_deployments(w, 5200);
    world_judge_all(w);
    assert_int_equal(world_count(w, "1-1", YJ_V_UNMET), 5201);
    world_put(w, "platform", "pl1", NULL, "level=3");
    assert_true(w->dirty->all[world_requirement(w, "1-1")]); /* all at once, rather than 5,201 one by one */
    world_judge(w);
    assert_int_equal(world_count(w, "1-1", YJ_V_MET), 5201);
    assert_int_equal(w->bodies, (w->changes + YJ_JUDGEMENT_CHANGES_MAX - 1) / YJ_JUDGEMENT_CHANGES_MAX);
    world_check(w, "at the end");
}

static void names__of_statuses(void **state)
{
    (void)state;
    for (int i = 0; i < YJ_V_COUNT_; i++) {
        yj_verdict_status s;
        assert_true(yj_verdict_by_name(yj_span_of(yj_verdict_name((yj_verdict_status)i)), &s));
        assert_int_equal(s, i);
    }
    yj_verdict_status s = YJ_V_MET;
    assert_false(yj_verdict_by_name(YJ_SPAN("Met"), &s));
    assert_int_equal(s, YJ_V_MET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        yj_test_stores(applicability__comes_before_the_rule),
        yj_test_stores(requirements__with_one_rule_and_one_set_of_parameters_agree),
        yj_test_stores(rows__become_one_verdict),
        yj_test_stores(rule__that_answers_for_strangers_fails_as_a_whole),
        yj_test_stores(values__are_cut),
        yj_test_stores(values__of_one_verdict_stay_small),
        yj_test_stores(rule__over_its_rows_fails_for_the_subject_that_needs_them),
        yj_test_stores(rule__that_the_engine_refuses_fails),
        yj_test_stores(strength__is_that_of_the_evidence_behind_the_proof),
        yj_test_stores(strength__of_several_proofs_is_the_weakest),
        yj_test_stores(since__is_the_day_on_which_the_status_changed),
        yj_test_stores(calendar__moves_working_days),
        yj_test_sqlite_only(scope__refuses_what_is_no_date),
        yj_test_stores(subjects__that_go_take_their_verdicts_along),
        yj_test_stores(verdicts__of_a_pack_that_went_come_to_their_end),
        yj_test_stores(batches__appear_at_once),
        yj_test_stores(bodies__are_split),
        yj_test_stores(apply__refuses_what_has_the_wrong_form),
        yj_test_stores(apply__takes_requirements_of_old_packs),
        yj_test_stores(changes__that_no_rule_reads_are_skipped),
        yj_test_sqlite_only(dirty__counts_and_clears),
        yj_test_sqlite_only(many__subjects_are_judged_in_several_runs),
        cmocka_unit_test(names__of_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "world.h"
#include "base/log.h"
#include "ledger/ledger.h"
#include "store/schema.h"

#include <stdio.h>
#include <stdlib.h>

/* --- the pack ------------------------------------------------------------------------------------------ */

#define L "{zh: x, en: x}"
#define REF(name, to) "  " name ": {type: ref, to: " to ", label: " L "}\n"
#define LIST(name, to) "  " name ": {type: ref, to: " to ", list: true, label: " L "}\n"
#define PLAIN(name, type) "  " name ": {type: " type ", label: " L "}\n"
#define NAMED "  name: {type: text, required: true, label: " L "}\n"
#define KIND(name) "kind: " name "\nlabel: " L "\nkey: [name]\nname: name\n"
#define REQUIREMENT(id, force, stage, subject, rule, more)                                                   \
    "- id: \"" id "\"\n  clause: \"1\"\n  actor: client\n  force: " force                                    \
    "\n  models: [private, public]\n  stage: " stage "\n  subject: " subject "\n  title: " L "\n  text: " L  \
    "\n  guidance: " L "\n  rule: " rule "\n" more
#define RULE(name, subject, more, codes)                                                                     \
    "-- rule: " name "\n-- subject: " subject "\n" more "-- reasons:\n" codes
#define CODE(code, sentence) "--   " code ": {zh: '" sentence "', en: '" sentence "'}\n"

/* clang-format off: the text reads as YAML and SQL */
static const yj_pack_file pack[] = {
    { "gates.yaml",
      { .ptr = "- kind: deployment\n  transition: serve\n  requires: [\"1-1\", \"1-2\", \"1-3\", \"1-6\"]\n"
               "  least_strength: 1\n" } },
    { "kinds/attestation.yaml",
      { .ptr = KIND("attestation") "fields:\n" NAMED REF("deployment", "deployment") LIST("persons", "person")
            REF("document", "evidence") PLAIN("valid_until", "date") } },
    { "kinds/calendar.yaml",
      { .ptr = "kind: calendar\nlabel: " L "\nkey: [date]\nname: date\nfields:\n"
               "  date: {type: date, required: true, label: " L "}\n"
               "  working: {type: bool, required: true, label: " L "}\n" } },
    { "kinds/contract.yaml",
      { .ptr = KIND("contract") "initial: draft\nstates:\n  draft: {label: " L "}\n  signed: {label: " L "}\n"
                                "  ended: {label: " L ", final: true}\n"
                                "fields:\n" NAMED REF("provider", "provider") PLAIN("valid_until", "date")
                                    LIST("documents", "evidence") } },
    { "kinds/deployment.yaml",
      { .ptr = KIND("deployment") "initial: planned\nstates:\n  planned: {label: " L ", stage: plan}\n"
                                  "  running: {label: " L ", stage: operate}\n"
                                  "  gone_by: {label: " L ", final: true}\n"
                                  "transitions:\n  serve: {from: [planned], to: running, label: " L "}\n"
                                  "fields:\n" NAMED REF("system", "system") REF("platform", "platform")
                                      REF("contract", "contract") REF("predecessor", "deployment")
                                          PLAIN("note",
                                                "text") "  model: {type: choice, options: {private: " L
                                                        ", public: " L "}, label: " L "}\n"
                                                        "  zones: {type: choice, list: true, options: {a: " L
                                                        ", b: " L ", c: " L "}, label: " L "}\n" } },
    { "kinds/evidence.yaml",
      { .ptr =
            KIND("evidence") "strength:\n  field: source\n"
                             "  values: {instrument: 3, third_party: 2, person: 1}\n"
                             "fields:\n" NAMED PLAIN(
                                 "note",
                                 "text") "  source: {type: choice, required: true, options: {instrument: " L
                                         ", third_party: " L ", person: " L "}, label: " L "}\n" } },
    { "kinds/inspection.yaml",
      { .ptr = KIND("inspection") "fields:\n" NAMED REF("provider", "provider") PLAIN("done_on", "date")
            REF("by", "person") LIST("evidence", "evidence") } },
    { "kinds/person.yaml", { .ptr = KIND("person") "fields:\n" NAMED } },
    { "kinds/platform.yaml",
      { .ptr = KIND("platform") "fields:\n" NAMED REF("provider", "provider") REF("owner", "person")
            PLAIN("level", "integer") } },
    { "kinds/provider.yaml", { .ptr = KIND("provider") "fields:\n" NAMED PLAIN("code", "text") } },
    { "kinds/repair.yaml",
      { .ptr = "kind: repair\nlabel: " L "\nkey: [name]\nname: name\ninitial: open\n"
               "states:\n  open: {label: " L "}\n  done: {label: " L "}\n"
               "fields:\n" NAMED "  requirement: {type: text, required: true, label: " L "}\n"
               "  subject: {type: text, required: true, label: " L "}\n"
               "  who: {type: ref, to: person, required: true, label: " L "}\n"
               "  by_day: {type: date, required: true, label: " L "}\n" } },
    { "kinds/risk.yaml",
      { .ptr = "kind: risk\nlabel: " L "\nkey: [requirement, subject]\nname: requirement\ninitial: proposed\n"
               "states:\n  proposed: {label: " L "}\n  accepted: {label: " L "}\n"
               "fields:\n  requirement: {type: text, required: true, label: " L "}\n"
               "  subject: {type: text, required: true, label: " L "}\n" PLAIN("until_date", "date") } },
    { "kinds/sla.yaml",
      { .ptr = KIND("sla") "initial: draft\nstates:\n  draft: {label: " L "}\n  signed: {label: " L "}\n"
                           "fields:\n" NAMED REF("contract", "contract") REF("negotiated_by", "person")
                               PLAIN("ends", "date") } },
    { "kinds/system.yaml",
      { .ptr = KIND("system") "fields:\n" NAMED PLAIN("level", "integer") REF("owner", "person") } },
    { "pack.yaml",
      { .ptr = "pack: world\nedition: \"1\"\ntitle: " L "\nmodels: {private: " L ", public: " L "}\n"
               "stages: {plan: " L ", operate: " L "}\nactors: {client: " L "}\n"
               "forces:\n  must: {zh: x, en: x, binding: true}\n  should: {zh: x, en: x, binding: false}\n"
               "clauses: {\"1\": " L "}\n"
               "paths:\n  deployment:\n    system: system\n    platform: platform\n"
               "    provider: platform.provider\n    contract: contract\n    sla: contract.<sla.contract\n"
               "    attestation: <attestation.deployment\n    person: <attestation.deployment.persons\n"
               "  person:\n    attestation: <attestation.persons\n"
               "risk_acceptance: {kind: risk, requirement: requirement, subject: subject, state: accepted, "
               "until: until_date}\n"
               "remediation: {kind: repair, requirement: requirement, subject: subject, state: open, "
               "responsible: who, due: by_day}\n" } },
    { "reasons.yaml",
      { .ptr = ".other: " L "\n.not_yet: " L "\n.over: " L "\n.silent: " L "\n.failed: " L "\n.absent: " L
               "\n" } },
    { "requirements/all.yaml",
      { .ptr =
            /* references forward, parameters, a field of the subject that decides */
        REQUIREMENT("1-1", "must", "operate", "deployment", "level", "  with: {least: 2}\n")
        /* the provider's inspections: a due date, proofs with evidence of their own */
        REQUIREMENT("1-2", "must", "any", "provider", "inspected", "  with: {months: 12}\n")
        /* references backward, a WITH, dates */
        REQUIREMENT("1-3", "should", "any", "contract", "sla_signed", "") REQUIREMENT(
            "1-4", "must", "plan", "deployment", "attested", "  when: {model: [public], zones: [a, b]}\n")
        /* records joined by a reference both hold */
        REQUIREMENT("1-5", "must", "any", "deployment", "spread", "  with: {most: 2}\n")
        /* compared by a text: all of the institution */
        REQUIREMENT("1-6", "should", "any", "provider", "single_code", "")
            REQUIREMENT("1-7", "must", "any", "deployment", "predecessor", "")
                REQUIREMENT("1-8", "must", "any", "platform", "enough_persons", "  with: {least: 2}\n")
                    REQUIREMENT("1-9", "must", "any", "contract", "in_force", "")
        /* the same run as 1-1 for another id */
        REQUIREMENT("1-10", "should", "any", "deployment", "level", "  with: {least: 2}\n") } },
    { "rules/attested.sql",
      { .ptr = RULE(
            "attested", "deployment", "",
            CODE("documented", "{document}") CODE("persons_only", "{who}") CODE(
                "nothing",
                "x")) "SELECT x.id AS subject,\n"
                      "  CASE WHEN a.id IS NULL THEN 'unknown' WHEN a.document IS NULL THEN 'unmet' ELSE "
                      "'met' END AS "
                      "status,\n"
                      "  CASE WHEN a.id IS NULL THEN 'nothing' WHEN a.document IS NULL THEN 'persons_only'\n"
                      "    ELSE 'documented' END AS reason, a.valid_until AS due,\n"
                      "  CASE WHEN a.document IS NULL THEN 'attestation' ELSE 'evidence' END AS proof_kind,\n"
                      "  coalesce(a.document, a.id) AS proof, a.document AS v_document, p.name AS v_who\n"
                      "FROM subject x LEFT JOIN attestation a ON a.deployment = x.id\n"
                      "  LEFT JOIN attestation_persons l ON l.id = a.id LEFT JOIN person p ON p.id = "
                      "l.value\n" } },
    { "rules/enough_persons.sql",
      { .ptr = RULE("enough_persons", "platform", "-- params: [least]\n-- reach: institution\n",
                    CODE("enough", "{n}")
                        CODE("too_few",
                             "{n}")) "SELECT x.id AS subject, CASE WHEN t.n >= :least THEN 'met' ELSE "
                                     "'unmet' END AS status,\n"
                                     "  CASE WHEN t.n >= :least THEN 'enough' ELSE 'too_few' END AS reason,\n"
                                     "  NULL AS due, NULL AS proof_kind, NULL AS proof, t.n AS v_n\n"
                                     "FROM subject x CROSS JOIN (SELECT count(*) AS n FROM person) t\n" } },
    { "rules/in_force.sql",
      { .ptr = RULE("in_force", "contract", "",
                    CODE("signed", "{until} {name}") CODE("draft", "{name}")
                        CODE("ended", "{until}")) "SELECT c.id AS subject,\n"
                                                  "  CASE WHEN c.state = 'draft' OR c.valid_until < "
                                                  "yj_today() THEN 'unmet' ELSE 'met' END AS status,\n"
                                                  "  CASE WHEN c.state = 'draft' THEN 'draft' WHEN "
                                                  "c.valid_until < yj_today() THEN 'ended' ELSE "
                                                  "'signed' END AS reason,\n"
                                                  "  CASE WHEN c.state = 'draft' OR c.valid_until < "
                                                  "yj_today() THEN NULL ELSE c.valid_until END AS due,\n"
                                                  "  'contract' AS proof_kind, c.id AS proof, c.valid_until "
                                                  "AS v_until, c.name AS v_name\n"
                                                  "FROM subject x JOIN contract c ON c.id = x.id\n" } },
    { "rules/inspected.sql",
      { .ptr = RULE(
            "inspected", "provider", "-- params: [months]\n",
            CODE("late", "{done} {by}") CODE("never", "x") CODE(
                "fresh", "{done} {by}")) "WITH newest AS (\n"
                                         "  SELECT x.id AS subject, max(i.done_on) AS done FROM subject x\n"
                                         "    LEFT JOIN inspection i ON i.provider = x.id GROUP BY x.id)\n"
                                         "SELECT n.subject AS subject,\n"
                                         "  CASE WHEN n.done IS NULL THEN 'unknown'\n"
                                         "    WHEN yj_add_workdays(yj_add_months(n.done, :months), 3) < "
                                         "yj_today() THEN 'unmet' ELSE 'met' END AS "
                                         "status,\n"
                                         "  CASE WHEN n.done IS NULL THEN 'never'\n"
                                         "    WHEN yj_add_workdays(yj_add_months(n.done, :months), 3) < "
                                         "yj_today() THEN 'late' ELSE 'fresh' END AS "
                                         "reason,\n"
                                         "  CASE WHEN yj_add_workdays(yj_add_months(n.done, :months), 3) >= "
                                         "yj_today()\n"
                                         "    THEN yj_add_workdays(yj_add_months(n.done, :months), 3) ELSE "
                                         "NULL END AS due,\n"
                                         "  CASE WHEN i.id IS NULL THEN NULL ELSE 'inspection' END AS "
                                         "proof_kind, i.id AS proof,\n"
                                         "  n.done AS v_done, p.name AS v_by\n"
                                         "FROM newest n LEFT JOIN inspection i ON i.provider = n.subject AND "
                                         "i.done_on = n.done\n"
                                         "  LEFT JOIN person p ON p.id = i.by\n" } },
    { "rules/level.sql",
      { .ptr =
            RULE("level", "deployment", "-- params: [least]\n",
                 CODE("below", "{platform} {level} {system}") CODE("low", "{platform} {level} {:least}") CODE(
                     "enough", "{level}")) "SELECT d.id AS subject,\n"
                                           "  CASE WHEN p.level >= s.level AND p.level >= :least THEN 'met' "
                                           "ELSE 'unmet' END AS status,\n"
                                           "  CASE WHEN p.level >= s.level AND p.level >= :least THEN "
                                           "'enough' WHEN p.level >= s.level THEN 'low'\n"
                                           "    ELSE 'below' END AS reason,\n"
                                           "  NULL AS due, 'platform' AS proof_kind, p.id AS proof,\n"
                                           "  p.name AS v_platform, p.level AS v_level, s.level AS v_system\n"
                                           "FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p "
                                           "ON p.id = d.platform\n"
                                           "  JOIN system s ON s.id = d.system WHERE p.level IS NOT NULL AND "
                                           "s.level IS NOT NULL\n" } },
    { "rules/predecessor.sql",
      { .ptr = RULE("predecessor", "deployment", "",
                    CODE("stands", "{name} {state}") CODE("first", "x")
                        CODE("closed", "{name}")) "SELECT d.id AS subject,\n"
                                                  "  CASE WHEN p.id IS NULL THEN 'not_applicable' WHEN "
                                                  "p.state = 'gone_by' THEN 'met' ELSE 'unmet' END AS "
                                                  "status,\n"
                                                  "  CASE WHEN p.id IS NULL THEN 'first' WHEN p.state = "
                                                  "'gone_by' THEN 'closed' ELSE 'stands' END AS reason,\n"
                                                  "  NULL AS due, 'deployment' AS proof_kind, p.id AS proof, "
                                                  "p.name AS v_name, p.state AS v_state\n"
                                                  "FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN "
                                                  "deployment p ON p.id = d.predecessor\n" } },
    { "rules/single_code.sql",
      { .ptr =
            RULE("single_code", "provider", "",
                 CODE("double", "{other}") CODE(
                     "single", "x")) "SELECT p.id AS subject, CASE WHEN o.id IS NULL THEN 'met' ELSE 'unmet' "
                                     "END AS status,\n"
                                     "  CASE WHEN o.id IS NULL THEN 'single' ELSE 'double' END AS reason,\n"
                                     "  NULL AS due, NULL AS proof_kind, NULL AS proof, o.name AS v_other\n"
                                     "FROM subject x JOIN provider p ON p.id = x.id\n"
                                     "  LEFT JOIN provider o ON o.code = p.code AND o.id <> p.id\n" } },
    { "rules/sla_signed.sql",
      { .ptr = RULE("sla_signed", "contract", "",
                    CODE("draft", "{sla}") CODE("none", "{provider}") CODE(
                        "signed",
                        "{sla} {who}")) "WITH base AS (\n"
                                        "  SELECT c.id AS subject, s.id AS id, s.name AS name, s.state AS "
                                        "state, q.name AS who, s.ends AS ends\n"
                                        "  FROM subject x JOIN contract c ON c.id = x.id JOIN sla s ON "
                                        "s.contract = c.id\n"
                                        "    LEFT JOIN person q ON q.id = s.negotiated_by),\n"
                                        "chosen AS (\n"
                                        "  SELECT b.subject AS subject, b.id AS proof, b.name AS sla, b.who "
                                        "AS who, b.ends AS ends,\n"
                                        "    CASE WHEN b.state = 'draft' OR b.ends < yj_today() THEN 'draft' "
                                        "ELSE 'signed' END AS reason FROM base b\n"
                                        "  UNION ALL\n"
                                        "  SELECT x.id, NULL, NULL, NULL, NULL, 'none' FROM subject x\n"
                                        "  WHERE NOT EXISTS (SELECT 1 FROM base b WHERE b.subject = x.id))\n"
                                        "SELECT w.subject AS subject, CASE WHEN w.reason = 'signed' THEN "
                                        "'met' ELSE 'unmet' END AS status,\n"
                                        "  w.reason AS reason, CASE WHEN w.reason = 'signed' THEN w.ends "
                                        "ELSE NULL END AS due,\n"
                                        "  CASE WHEN w.proof IS NULL THEN NULL ELSE 'sla' END AS proof_kind, "
                                        "w.proof AS proof,\n"
                                        "  w.sla AS v_sla, w.who AS v_who, v.name AS v_provider\n"
                                        "FROM chosen w JOIN contract c ON c.id = w.subject LEFT JOIN "
                                        "provider v ON v.id = c.provider\n" } },
    { "rules/spread.sql",
      { .ptr = RULE(
            "spread", "deployment", "-- params: [most]\n",
            CODE("crowded", "{n} {names}") CODE(
                "spread",
                "{n}")) "SELECT x.id AS subject, CASE WHEN t.n > :most THEN 'unmet' ELSE 'met' END AS "
                        "status,\n"
                        "  CASE WHEN t.n > :most THEN 'crowded' ELSE 'spread' END AS reason, NULL AS due,\n"
                        "  NULL AS proof_kind, NULL AS proof, t.n AS v_n, o.name AS v_names\n"
                        "FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p ON p.id = "
                        "d.platform\n"
                        "  JOIN (SELECT q.provider AS provider, count(*) AS n FROM deployment e\n"
                        "        JOIN platform q ON q.id = e.platform GROUP BY q.provider) t ON t.provider = "
                        "p.provider\n"
                        "  LEFT JOIN platform r ON r.provider = p.provider LEFT JOIN deployment o ON "
                        "o.platform = r.id\n" } },
};

/* clang-format on */

static const yj_pack_file *find_file(const yj_pack_file *files, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const yj_pack_file *)a)->path, ((const yj_pack_file *)b)->path);
}

yj_catalog *world_catalog(const yj_pack_file *extra, size_t count)
{
    yj_pack_file files[YJ_COUNT(pack) + 32];
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(pack); i++)
        if (!find_file(extra, count, pack[i].path))
            files[n++] = pack[i];
    for (size_t i = 0; i < count; i++)
        if (extra[i].content.ptr)
            files[n++] = extra[i];
    for (size_t i = 0; i < n; i++)
        files[i].content.len = strlen(files[i].content.ptr);
    qsort(files, n, sizeof *files, compare_files);
    yj_error err = { 0 };
    yj_auto(yj_pack_source_freep) yj_pack_source *source = NULL;
    yj_ok(yj_pack_source_make("world", files, n, &source, &err));
    yj_catalog *c = NULL;
    yj_complaint complaints[20];
    size_t complained = 0;
    const yj_pack_source *sources[] = { source };
    if (yj_catalog_load(sources, 1, &c, complaints, YJ_COUNT(complaints), &complained, &err) != YJ_OK) {
        for (size_t i = 0; i < complained && i < YJ_COUNT(complaints); i++)
            print_error("%s:%d: %s: %s\n", complaints[i].file, complaints[i].line, complaints[i].field,
                        complaints[i].msg);
        fail_msg("%s", err.msg);
    }
    return c;
}

/* --- the store ----------------------------------------------------------------------------------------- */

world *world_new(void **state, const yj_pack_file *extra, size_t count)
{
    world *w = calloc(1, sizeof *w);
    yj_error err = { 0 };
    assert_non_null(w);
    w->t = *state;
    w->c = world_catalog(extra, count);
    yj_ok(yj_store_migrate(w->t->store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, &err));
    w->db = yj_test_db(w->t, YJ_DB_WRITE);
    yj_ok(yj_kind_tables_sync(w->db, w->c->tables, w->c->kind_count, &err));
    yj_ok(yj_confine_setup(w->db, w->c->tables, w->c->kind_count, &err));
    yj_ok(yj_reach_new(w->c, &w->reach, &err));
    w->dirty = yj_dirty_new(w->c, w->reach);
    assert_non_null(w->dirty);
    assert_true(yj_date_parse(YJ_SPAN("2026-03-02"), &w->today));
    w->seq = 100;
    yj_log_set_level(YJ_LOG_WARN);
    return w;
}

void world_free(world *w)
{
    for (size_t i = 0; i < w->record_count; i++)
        for (size_t f = 0; f < YJ_FIELDS_MAX; f++)
            free(w->records[i].values[f]);
    yj_dirty_free(w->dirty);
    yj_db_free(w->db);
    yj_reach_free(w->reach);
    yj_catalog_unref(w->c);
    free(w);
}

int world_kind(const world *w, const char *name)
{
    const yj_kind *k = yj_catalog_kind(w->c, yj_span_of(name));
    assert_non_null(k);
    return k->index;
}

int world_requirement(const world *w, const char *id)
{
    const yj_requirement *r = yj_catalog_requirement(w->c, yj_span_of(id));
    assert_non_null(r);
    return r->index;
}

world_record *world_find(world *w, const char *id)
{
    for (size_t i = 0; i < w->record_count; i++)
        if (strcmp(w->records[i].id, id) == 0)
            return &w->records[i];
    return NULL;
}

/* --- rows ---------------------------------------------------------------------------------------------- */

static void bind_value(yj_stmt *st, int p, const yj_field *f, const char *v)
{
    int64_t n;
    if (v && f->type == YJ_T_BOOL)
        yj_bind_i64(st, p, strcmp(v, "true") == 0);
    else if (v && f->type == YJ_T_INTEGER && yj_span_i64(yj_span_of(v), &n))
        yj_bind_i64(st, p, n);
    else
        yj_bind_cstr(st, p, v);
}

static void run(yj_db *db, const char *sql, const yj_kind *k, const world_record *r, bool fields)
{
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare_made(db, sql, &st, &err));
    yj_bind_i64(st, 1, WORLD_INST);
    yj_bind_cstr(st, 2, r->id);
    yj_bind_i64(st, 3, r->batch);
    int p = 4;
    if (fields) {
        yj_bind_i64(st, p++, r->version);
        yj_bind_cstr(st, p++, r->state);
        for (size_t i = 0; i < k->field_count; i++)
            if (!k->fields[i].list)
                bind_value(st, p++, &k->fields[i], r->values[i]);
    }
    yj_ok(yj_stmt_run(st, NULL, &err));
}

static void write_list(yj_db *db, const yj_kind *k, const world_record *r, size_t field)
{
    yj_error err = { 0 };
    char sql[256];
    snprintf(sql, sizeof sql, "DELETE FROM l_%s_%s WHERE inst = ?1 AND id = ?2 AND batch = ?3", k->name,
             k->fields[field].name);
    run(db, sql, k, r, false);
    snprintf(sql, sizeof sql, "INSERT INTO l_%s_%s(inst, id, batch, ord, value) VALUES(?1, ?2, ?3, ?4, ?5)",
             k->name, k->fields[field].name);
    const char *v = r->values[field];
    for (int ord = 0; v && *v; ord++) {
        size_t n = strcspn(v, ",");
        yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
        yj_ok(yj_db_prepare_made(db, sql, &st, &err));
        yj_bind_i64(st, 1, WORLD_INST);
        yj_bind_cstr(st, 2, r->id);
        yj_bind_i64(st, 3, r->batch);
        yj_bind_i64(st, 4, ord);
        yj_bind_text(st, 5, (yj_span){ v, n });
        yj_ok(yj_stmt_run(st, NULL, &err));
        v += n + (v[n] == ',');
    }
}

static void write_row(world *w, const world_record *r)
{
    const yj_kind *k = &w->c->kinds[r->kind];
    yj_buf sql;
    char delete[128];
    snprintf(delete, sizeof delete, "DELETE FROM r_%s WHERE inst = ?1 AND id = ?2 AND batch = ?3", k->name);
    run(w->db, delete, k, r, false);
    yj_buf_init(&sql, 65536);
    yj_buf_fmt(&sql, "INSERT INTO r_%s(inst, id, batch, version, state, until_batch, seq, nkey, erased",
               k->name);
    for (size_t i = 0; i < k->field_count; i++)
        if (!k->fields[i].list)
            yj_buf_fmt(&sql, ", f_%s", k->fields[i].name);
    yj_buf_str(&sql, ") VALUES(?1, ?2, ?3, ?4, ?5, 0, 0, ?2, 0");
    int p = 6;
    for (size_t i = 0; i < k->field_count; i++)
        if (!k->fields[i].list)
            yj_buf_fmt(&sql, ", ?%d", p++);
    yj_buf_char(&sql, ')');
    run(w->db, sql.ptr, k, r, true);
    yj_buf_done(&sql);
    for (size_t i = 0; i < k->field_count; i++)
        if (k->fields[i].list)
            write_list(w->db, k, r, i);
}

/* --- touches ------------------------------------------------------------------------------------------- */

typedef struct refs {
    yj_touch_ref rows[200];
    char ids[200][24];
    size_t count;
} refs;

static void add_refs(const yj_kind *k, const world_record *r, refs *out)
{
    for (size_t i = 0; i < k->field_count; i++) {
        const char *v = k->fields[i].type == YJ_T_REF ? r->values[i] : NULL;
        while (v && *v) {
            size_t n = strcspn(v, ",");
            assert_true(out->count < YJ_COUNT(out->rows) && n < sizeof out->ids[0]);
            memcpy(out->ids[out->count], v, n);
            out->rows[out->count] = (yj_touch_ref){ (int)i, out->ids[out->count] };
            out->count++;
            v += n + (v[n] == ',');
        }
    }
}

static void add_choices(const yj_kind *k, const world_record *r, yj_touch_choice *chosen, size_t *count)
{
    for (size_t i = 0; i < k->field_count; i++)
        for (size_t o = 0;
             k->fields[i].type == YJ_T_CHOICE && !k->fields[i].list && o < k->fields[i].option_count; o++)
            if (r->values[i] && strcmp(r->values[i], k->fields[i].options[o].id) == 0)
                chosen[(*count)++] = (yj_touch_choice){ (int)i, (int)o };
}

static void set_fields(const yj_kind *k, world_record *r, const char *fields, yj_touch *t)
{
    for (const char *p = fields; p && *p;) {
        const char *equals = strchr(p, '=');
        assert_non_null(equals);
        size_t n = strcspn(equals + 1, ";");
        const yj_field *f = yj_kind_field(k, (yj_span){ p, (size_t)(equals - p) });
        if (!f)
            fail_msg("kind %s has no field %s", k->name, p);
        size_t i = (size_t)(f - k->fields);
        char *value = n ? strndup(equals + 1, n) : NULL;
        bool same = value && r->values[i] ? strcmp(value, r->values[i]) == 0 : value == r->values[i];
        if (!same)
            t->changed[i / 64] |= UINT64_C(1) << (i % 64);
        free(r->values[i]);
        r->values[i] = value;
        p = equals + 1 + n;
        p += *p == ';';
    }
}

void world_put(world *w, const char *kind, const char *id, const char *state, const char *fields)
{
    const yj_kind *k = &w->c->kinds[world_kind(w, kind)];
    yj_error err = { 0 };
    world_record *r = world_find(w, id);
    yj_touch t = { .kind = k->index, .whole = !r };
    refs *found = calloc(1, sizeof *found);
    if (!r) {
        assert_true(w->record_count < WORLD_RECORDS_MAX);
        r = &w->records[w->record_count++];
        r->kind = k->index;
        snprintf(r->id, sizeof r->id, "%s", id);
        snprintf(r->state, sizeof r->state, "%s", k->states[k->initial].id);
    }
    assert_int_equal(r->kind, k->index);
    yj_touch_choice chosen[2 * YJ_FIELDS_MAX];
    add_refs(k, r, found);
    add_choices(k, r, chosen, &t.choice_count);
    set_fields(k, r, fields, &t);
    add_refs(k, r, found);
    add_choices(k, r, chosen, &t.choice_count);
    if (state && strcmp(state, r->state) != 0) {
        t.whole |= strcmp(state, YJ_STATE_WITHDRAWN) == 0 || strcmp(r->state, YJ_STATE_WITHDRAWN) == 0;
        t.state = true;
        snprintf(r->state, sizeof r->state, "%s", state);
    }
    r->version++;
    bool own = !yj_db_in_transaction(w->db);
    if (own)
        yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    write_row(w, r);
    t.id = r->id;
    t.choices = chosen;
    t.choices_known = true;
    t.refs = found->rows;
    t.ref_count = found->count;
    yj_ok(yj_dirty_touch(w->dirty, w->db, WORLD_INST, &t, &err));
    if (own)
        yj_ok(yj_db_commit(w->db, &err));
    free(found);
}

/* --- judging ------------------------------------------------------------------------------------------- */

static yj_status on_body(void *ctx, yj_span body, const yj_judgement_part *part, yj_error *err)
{
    world *w = ctx;
    yj_auto(yj_json_freep) json_t *v = NULL;
    YJ_TRY(yj_json_parse(body, YJ_JSON_BYTES_MAX, &v, err));
    yj_buf canonical;
    yj_buf_init(&canonical, YJ_JSON_BYTES_MAX);
    yj_status s = yj_json_canonical(v, &canonical, err);
    bool same = s == YJ_OK && yj_span_eq(yj_buf_view(&canonical), body);
    yj_buf_done(&canonical);
    assert_true(same);
    w->bodies++;
    YJ_TRY(yj_judgement_keep(w->db, WORLD_INST, w->seq, body, err));
    return yj_judgement_apply(w->db, WORLD_INST, w->seq++, body, err);
}

void world_apply(world *w, const yj_judgement *j)
{
    yj_error err = { 0 };
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    w->bodies = 0;
    yj_ok(yj_judgement_bodies(w->c, j, w->seq, w->today.s, false, on_body, w, &err));
    yj_ok(yj_db_commit(w->db, &err));
}

void world_judge(world *w)
{
    yj_error err = { 0 };
    yj_scope scope;
    yj_judgement j = { 0 };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)16 << 20);
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    yj_ok(yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, &err));
    yj_ok(yj_judge(w->db, w->c, w->dirty, &scope, NULL, &j, &err));
    w->bodies = 0;
    w->changes = j.count;
    w->judged = j.judged;
    yj_ok(yj_judgement_bodies(w->c, &j, w->seq, w->today.s, false, on_body, w, &err));
    yj_ok(yj_db_commit(w->db, &err));
    yj_judgement_done(&j);
    yj_dirty_clear(w->dirty);
}

void world_judge_all(world *w)
{
    yj_dirty_all(w->dirty);
    world_judge(w);
}

void world_check(world *w, const char *when)
{
    yj_error err = { 0 };
    yj_scope scope;
    yj_judgement j = { 0 };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)16 << 20);
    yj_auto(yj_dirty_freep) yj_dirty *all = yj_dirty_new(w->c, w->reach);
    yj_dirty_all(all);
    yj_ok(yj_db_begin(w->db, YJ_DB_WRITE, &err));
    yj_ok(yj_scope_load(w->db, w->c, WORLD_INST, w->today.s, arena, &scope, &err));
    yj_ok(yj_judge(w->db, w->c, all, &scope, NULL, &j, &err));
    yj_db_rollback(w->db);
    for (size_t i = 0; i < j.count; i++) {
        const yj_verdict *v = &j.changes[i];
        print_error("%s: requirement %s, subject %s: stored %s %s %s, judged from scratch %s %s due %s "
                    "strength %d %s %s\n",
                    when, v->requirement_id, v->subject, world_verdict(w, v->requirement_id, v->subject),
                    world_said(w, v->requirement_id, v->subject, "vals"),
                    world_said(w, v->requirement_id, v->subject, "proofs"), yj_verdict_name(v->status),
                    v->code, v->due ? v->due : "-", v->strength, v->values, v->proofs);
    }
    assert_int_equal(j.count, 0);
    yj_judgement_done(&j);
}

/* --- what many tests begin with ------------------------------------------------------------------------ */

void world_deployment(world *w)
{
    world_put(w, "provider", "pr1", NULL, "name=Cloud;code=A");
    world_put(w, "platform", "pl1", NULL, "name=East;provider=pr1;level=3");
    world_put(w, "system", "s1", NULL, "name=Trading;level=3");
    world_put(w, "contract", "c1", "signed", "name=K1;provider=pr1;valid_until=2026-06-30");
    world_put(w, "deployment", "d1", "running",
              "name=D1;system=s1;platform=pl1;contract=c1;model=public;zones=b,c");
}

void world_deployments(world *w, int count)
{
    char sql[600];
    snprintf(sql, sizeof sql,
             "INSERT INTO r_deployment(inst, id, batch, until_batch, version, seq, state, nkey, erased, "
             "f_name, f_system, f_platform, f_model) "
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
             "SELECT 7, 'm' || i, 0, 0, 1, 0, 'running', 'm' || i, 0, 'x', 's1', 'pl1', 'private' FROM n",
             count);
    yj_test_script(w->db, sql);
}

/* --- looking ------------------------------------------------------------------------------------------- */

/** The change behind a stored verdict, and the body it stands in. */
static bool stored_change(world *w, const char *requirement, const char *subject, uint64_t *ret_seq,
                          yj_buf *ret_body, yj_said *ret)
{
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_id_key key;
    yj_id_key_of(yj_span_of(subject), &key);
    yj_ok(yj_db_prepare(w->db,
                        "SELECT seq, place FROM verdict WHERE inst = ?1 AND requirement = (SELECT no FROM "
                        "requirement_no WHERE id = ?2) AND subject = ?3",
                        &st, &err));
    yj_bind_i64(st, 1, WORLD_INST);
    yj_bind_cstr(st, 2, requirement);
    yj_bind_id_key(st, 3, &key);
    yj_ok(yj_stmt_step(st, &row, &err));
    if (!row)
        return false;
    *ret_seq = (uint64_t)yj_col_i64(st, 0);
    const char *at;
    yj_span change = { 0 };
    yj_ok(yj_body_read(w->db, WORLD_INST, *ret_seq, ret_body, &row, &err));
    assert_true(row && yj_said_begin(yj_buf_view(ret_body), &at));
    for (int64_t place = yj_col_i64(st, 1); place >= 0; place--)
        assert_true(yj_said_next(yj_buf_view(ret_body), &at, &change));
    assert_true(yj_said_read(change, ret));
    return true;
}

typedef struct derived {
    const char *what;
    char text[256];
} derived;

static yj_status on_derived(void *ctx, const yj_verdict *v, yj_error *err)
{
    (void)err;
    derived *d = ctx;
    if (!d->what)
        snprintf(d->text, sizeof d->text, "%s %s %s %d %s", yj_verdict_name(v->status), v->code,
                 v->due ? v->due : "-", v->strength, v->since);
    else
        snprintf(d->text, sizeof d->text, "%s",
                 d->what[0] == 'v'   ? v->values
                 : d->what[0] == 'p' ? v->proofs
                                     : v->kind_name);
    return YJ_OK;
}

/** What reading tells of a verdict that is stored nowhere; "-" if there is none. */
static const char *told(world *w, const char *requirement, const char *subject, const char *what)
{
    static derived d[2];
    static int turn;
    yj_error err = { 0 };
    yj_verdict_query q = YJ_VERDICT_QUERY_ALL;
    const yj_requirement *r = yj_catalog_requirement(w->c, yj_span_of(requirement));
    turn = !turn;
    d[turn] = (derived){ .what = what, .text = "-" };
    q.requirement = r ? r->index : -1;
    q.subject = subject;
    if (r)
        yj_ok(yj_verdicts(w->db, w->c, WORLD_INST, &q, on_derived, &d[turn], NULL, &err));
    return d[turn].text;
}

const char *world_verdict(world *w, const char *requirement, const char *subject)
{
    static char out[256];
    yj_said v;
    uint64_t seq;
    yj_buf body;
    yj_buf_init(&body, (size_t)8 << 20);
    snprintf(out, sizeof out, "%s", told(w, requirement, subject, NULL));
    if (stored_change(w, requirement, subject, &seq, &body, &v))
        snprintf(out, sizeof out, "%.*s %.*s %s %d %s", (int)v.status_name.len, v.status_name.ptr,
                 (int)v.code.len, v.code.ptr, v.due.s[0] ? v.due.s : "-", v.strength, v.since.s);
    yj_buf_done(&body);
    return out;
}

const char *world_said(world *w, const char *requirement, const char *subject, const char *what)
{
    static char out[2][65536];
    static int turn;
    yj_said v;
    uint64_t seq;
    yj_buf body;
    turn = !turn;
    snprintf(out[turn], sizeof out[turn], "%s", told(w, requirement, subject, what));
    yj_buf_init(&body, (size_t)8 << 20);
    if (stored_change(w, requirement, subject, &seq, &body, &v)) {
        yj_span s = what[0] == 'v' ? v.values : what[0] == 'p' ? v.proofs : v.kind;
        snprintf(out[turn], sizeof out[turn], "%.*s", (int)s.len, s.ptr);
    }
    yj_buf_done(&body);
    return out[turn];
}

void world_rewrite(world *w, const char *requirement, const char *subject, const char *what, const char *with)
{
    yj_error err = { 0 };
    yj_said v;
    uint64_t seq;
    yj_buf body, made;
    yj_buf_init(&body, (size_t)8 << 20);
    yj_buf_init(&made, (size_t)8 << 20);
    assert_true(stored_change(w, requirement, subject, &seq, &body, &v));
    yj_span s = what[0] == 'v' ? v.values : v.proofs;
    yj_buf_add(&made, body.ptr, (size_t)(s.ptr - body.ptr));
    yj_buf_str(&made, with);
    yj_buf_str(&made, s.ptr + s.len);
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    yj_ok(yj_db_prepare(w->db, "UPDATE body SET body = ?3 WHERE inst = ?1 AND seq = ?2", &st, &err));
    yj_bind_i64(st, 1, WORLD_INST);
    yj_bind_i64(st, 2, (int64_t)seq);
    yj_bind_text(st, 3, yj_buf_view(&made));
    yj_ok(yj_stmt_run(st, NULL, &err));
    yj_ok(yj_judgement_erased(w->db, WORLD_INST, seq, yj_buf_view(&made), &err));
    yj_buf_done(&body);
    yj_buf_done(&made);
}

int64_t world_count(world *w, const char *requirement, int status)
{
    yj_error err = { 0 };
    yj_auto(yj_stmt_donep) yj_stmt *st = NULL;
    bool row = false;
    yj_ok(
        yj_db_prepare(w->db,
                      "SELECT count(*) FROM verdict WHERE requirement = (SELECT no FROM requirement_no WHERE "
                      "id = ?1) AND (CAST(?2 AS INTEGER) < 0 OR status = ?2)",
                      &st, &err));
    yj_bind_cstr(st, 1, requirement);
    yj_bind_i64(st, 2, status);
    yj_ok(yj_stmt_step(st, &row, &err));
    return yj_col_i64(st, 0);
}

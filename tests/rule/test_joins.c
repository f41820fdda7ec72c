// SPDX-License-Identifier: Apache-2.0
/* Which walks are read from a rule's text. */
#include "rule/joins.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A small catalog by hand: names, references, nothing else. */
enum { SYSTEM, PROVIDER, PLATFORM, CONTRACT, DEPLOYMENT, SLA, TERM, PERSON, EVIDENCE, KINDS };

#define TEXT(n)                                                                                              \
    {                                                                                                        \
        .name = n, .type = YJ_T_TEXT, .ref_kind = -1                                                         \
    }
#define REF(n, to)                                                                                           \
    {                                                                                                        \
        .name = n, .type = YJ_T_REF, .ref_kind = to                                                          \
    }
#define CHOICE(n)                                                                                            \
    {                                                                                                        \
        .name = n, .type = YJ_T_CHOICE, .ref_kind = -1                                                       \
    }
#define LIST(n, to)                                                                                          \
    {                                                                                                        \
        .name = n, .type = YJ_T_REF, .ref_kind = to, .list = true                                            \
    }

static const yj_field system_fields[] = { TEXT("name"), REF("owner", PERSON) };
static const yj_field provider_fields[] = { TEXT("name") };
static const yj_field platform_fields[] = { TEXT("name"), REF("provider", PROVIDER), REF("owner", PERSON) };
static const yj_field contract_fields[] = { TEXT("number"), REF("provider", PROVIDER),
                                            LIST("evidence", EVIDENCE) };
static const yj_field deployment_fields[] = { REF("system", SYSTEM), REF("platform", PLATFORM),
                                              REF("contract", CONTRACT), REF("predecessor", DEPLOYMENT),
                                              TEXT("region") };
static const yj_field sla_fields[] = { REF("contract", CONTRACT), REF("negotiated_by", PERSON) };
static const yj_field term_fields[] = { REF("contract", CONTRACT),
                                        REF("document", EVIDENCE),
                                        REF("confirmed_by", PERSON),
                                        TEXT("term"),
                                        CHOICE("sort"),
                                        CHOICE("verdict") };
static const yj_field person_fields[] = { TEXT("name") };
static const yj_field evidence_fields[] = { TEXT("title") };

#define KIND(i, n, f)                                                                                        \
    [i] = { .name = n, .index = i, .fields = f, .field_count = YJ_COUNT(f), .strength_field = -1 }
static const yj_kind kinds[KINDS] = {
    KIND(SYSTEM, "system", system_fields),
    KIND(PROVIDER, "provider", provider_fields),
    KIND(PLATFORM, "platform", platform_fields),
    KIND(CONTRACT, "contract", contract_fields),
    KIND(DEPLOYMENT, "deployment", deployment_fields),
    KIND(SLA, "sla", sla_fields),
    KIND(TERM, "term", term_fields),
    KIND(PERSON, "person", person_fields),
    KIND(EVIDENCE, "evidence", evidence_fields),
};

typedef struct expected {
    int kind;
    const char *walks; /* "system", "<sla.contract system"; several joined by " | "; "" is the record itself;
                          NULL: every subject */
} expected;

typedef struct row {
    const char *name;
    int subject;
    const char *sql;
    expected expect[6];
} row;

#define END                                                                                                  \
    {                                                                                                        \
        .kind = -1                                                                                           \
    }

static const row rows[] = {
    { "one step forward and one back",
      DEPLOYMENT,
      "SELECT d.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p ON p.id = "
      "d.platform JOIN provider v ON p.provider = v.id",
      { { DEPLOYMENT, "" },
        { PLATFORM, "<deployment.platform" },
        { PROVIDER, "<platform.provider <deployment.platform" },
        { PERSON, NULL },
        END } },
    { "the subject's view need not be read",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x LEFT JOIN contract c ON c.id = (SELECT d.contract FROM "
      "deployment d "
      "WHERE d.id = x.id) ",
      { { DEPLOYMENT, "" }, { CONTRACT, "<deployment.contract" }, END } },
    { "a list is a view of its own",
      CONTRACT,
      "SELECT c.id AS subject FROM subject x JOIN contract c ON c.id = x.id LEFT JOIN contract_evidence l ON "
      "l.id "
      "= c.id LEFT JOIN evidence e ON e.id = l.value",
      { { CONTRACT, "" }, { EVIDENCE, "<contract.evidence" }, END } },
    { "a sibling is joined by a reference both hold, the kind between unread",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN deployment e ON "
      "e.platform = "
      "d.platform",
      { { DEPLOYMENT, " | platform <deployment.platform" }, { PLATFORM, NULL }, END } },
    { "a predecessor",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN deployment p ON p.id "
      "= "
      "d.predecessor LEFT JOIN platform m ON m.id = p.platform",
      { { DEPLOYMENT, " | <deployment.predecessor" },
        { PLATFORM, "<deployment.platform <deployment.predecessor" },
        END } },
    { "what is joined by a text matters to all",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id WHERE NOT EXISTS (SELECT 1 FROM "
      "contract o WHERE o.number = c.number AND o.id <> c.id)",
      { { CONTRACT, NULL }, END } },
    { "NOT EXISTS leads outward",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id WHERE NOT EXISTS (SELECT 1 FROM "
      "sla s "
      "WHERE s.contract = c.id)",
      { { CONTRACT, "" }, { SLA, "contract" }, END } },
    { "EXISTS in a value leads outward, and binds nothing outside",
      CONTRACT,
      "SELECT x.id AS subject, CASE WHEN EXISTS (SELECT 1 FROM sla s WHERE s.contract = c.id AND "
      "s.negotiated_by = "
      "p.id) THEN 1 ELSE 0 END AS v FROM subject x JOIN contract c ON c.id = x.id CROSS JOIN person p",
      { { SLA, "contract" }, { PERSON, NULL }, END } },
    { "EXISTS that filters binds outside too",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id CROSS JOIN person p WHERE EXISTS "
      "(SELECT 1 FROM sla s WHERE s.contract = c.id AND s.negotiated_by = p.id)",
      { { SLA, "contract" }, { PERSON, "<sla.negotiated_by contract" }, END } },
    { "LEFT JOIN binds its right side only",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id CROSS JOIN sla s LEFT JOIN "
      "person p ON "
      "p.id = s.negotiated_by AND s.contract = c.id",
      { { SLA, NULL }, { PERSON, NULL }, END } },
    { "LEFT JOIN of several in brackets",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x LEFT JOIN (sla s JOIN person p ON p.id = s.negotiated_by) ON "
      "s.contract = x.id",
      { { SLA, "contract" }, { PERSON, "<sla.negotiated_by contract" }, END } },
    { "OR says nothing about either side",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON c.id = "
      "d.contract "
      "OR c.number = d.region",
      { { CONTRACT, NULL }, { DEPLOYMENT, "" }, END } },
    { "OR inside brackets leaves the other conditions alone",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN sla s ON (s.contract = x.id) AND (s.negotiated_by IS NULL "
      "OR "
      "s.state = 'draft')",
      { { SLA, "contract" }, END } },
    { "coalesce of two columns is neither",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = "
      "d.system JOIN "
      "platform m ON m.id = d.platform LEFT JOIN person p ON p.id = coalesce(s.owner, m.owner)",
      { { PERSON, NULL }, { SYSTEM, "<deployment.system" }, END } },
    { "coalesce of one column is that column",
      SYSTEM,
      "SELECT x.id AS subject FROM subject x JOIN system s ON s.id = x.id LEFT JOIN person p ON p.id = "
      "coalesce(s.owner, '')",
      { { PERSON, "<system.owner" }, END } },
    { "IN with a query",
      DEPLOYMENT,
      "SELECT d.id AS subject FROM deployment d WHERE d.id IN (SELECT id FROM subject) AND d.platform NOT IN "
      "(SELECT p.id FROM platform p WHERE p.name = 'x')",
      { { DEPLOYMENT, "" }, { PLATFORM, "<deployment.platform" }, END } },
    { "USING",
      DEPLOYMENT,
      "SELECT id AS subject FROM subject JOIN deployment USING (id) LEFT JOIN contract c ON c.id = contract",
      { { DEPLOYMENT, "" }, { CONTRACT, "<deployment.contract" }, END } },
    { "old join syntax and bare names",
      SLA,
      "SELECT x.id AS subject FROM subject x, sla s, contract WHERE s.id = x.id AND contract = contract.id",
      { { SLA, "" }, END } },
    { "WITH names keep the subject",
      CONTRACT,
      "WITH base AS (SELECT c.id AS subject, s.id AS sla, p.name AS who FROM subject x JOIN contract c ON "
      "c.id = x.id "
      "JOIN sla s ON s.contract = c.id LEFT JOIN person p ON p.id = s.negotiated_by), "
      "counted(subject, n) AS (SELECT x.id, (SELECT count(*) FROM base b WHERE b.subject = x.id) FROM "
      "subject x), "
      "chosen AS (SELECT b.subject AS subject, b.sla AS proof FROM base b JOIN counted n ON n.subject = "
      "b.subject "
      "UNION ALL SELECT n.subject, NULL FROM counted n WHERE NOT EXISTS (SELECT 1 FROM base b WHERE "
      "b.subject = "
      "n.subject)) "
      "SELECT w.subject AS subject FROM chosen w JOIN contract c ON c.id = w.subject LEFT JOIN provider v ON "
      "v.id = "
      "c.provider",
      { { CONTRACT, "" },
        { SLA, "contract" },
        { PERSON, "<sla.negotiated_by contract" },
        { PROVIDER, "<contract.provider" },
        END } },
    { "a subquery in FROM hands the key of its groups on",
      PLATFORM,
      "SELECT p.id AS subject FROM subject x JOIN platform p ON p.id = x.id LEFT JOIN (SELECT d.platform AS "
      "pl, "
      "count(*) AS n FROM deployment d GROUP BY d.platform) t ON t.pl = p.id",
      { { DEPLOYMENT, "platform" }, { PLATFORM, "" }, END } },
    { "the greatest of a group leads in, not out",
      PLATFORM,
      "SELECT p.id AS subject FROM subject x JOIN platform p ON p.id = x.id JOIN (SELECT max(d.platform) AS "
      "pl FROM "
      "deployment d GROUP BY d.region) t ON t.pl = p.id",
      { { DEPLOYMENT, NULL }, { PLATFORM, "" }, END } },
    { "the newest of a subquery leads out by its conditions",
      PLATFORM,
      "SELECT p.id AS subject FROM subject x JOIN platform p ON p.id = x.id LEFT JOIN deployment d ON d.id = "
      "(SELECT "
      "max(e.id) FROM deployment e WHERE e.platform = p.id)",
      { { DEPLOYMENT, "platform" }, END } },
    { "LIMIT makes the others matter",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id LEFT JOIN (SELECT s.contract AS "
      "k FROM "
      "sla s ORDER BY s.id LIMIT 1) t ON t.k = c.id",
      { { SLA, NULL }, END } },
    { "each arm of a UNION is for itself",
      DEPLOYMENT,
      "SELECT d.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON c.id = "
      "d.contract "
      "UNION ALL SELECT d.id, NULL FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p ON p.id = "
      "d.platform WHERE NOT EXISTS (SELECT 1 FROM contract c WHERE c.provider = p.provider)",
      { { DEPLOYMENT, "" },
        { CONTRACT, "<deployment.contract | provider <platform.provider <deployment.platform" },
        { PLATFORM, "<deployment.platform" },
        END } },
    { "an equality in a value joins nothing",
      CONTRACT,
      "SELECT x.id AS subject, CASE WHEN s.contract = x.id THEN 'met' ELSE 'unmet' END AS status FROM "
      "subject x "
      "CROSS JOIN sla s",
      { { SLA, NULL }, END } },
    { "a result that may come from two columns ends no walk",
      DEPLOYMENT,
      "SELECT coalesce(d.id, x.id) AS subject FROM subject x LEFT JOIN deployment d ON d.id = x.id LEFT JOIN "
      "contract c ON c.id = d.contract",
      { { DEPLOYMENT, NULL }, { CONTRACT, NULL }, END } },
    { "another subject than the one given back",
      DEPLOYMENT,
      "SELECT p.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN deployment p ON p.id = "
      "d.predecessor JOIN contract c ON c.id = d.contract",
      { { DEPLOYMENT, " | predecessor" }, { CONTRACT, "<deployment.contract predecessor" }, END } },
    { "recursion is not followed",
      DEPLOYMENT,
      "WITH RECURSIVE r(id) AS (SELECT id FROM subject UNION SELECT d.predecessor FROM r JOIN deployment d "
      "ON d.id = "
      "r.id) SELECT r.id AS subject FROM r",
      { { DEPLOYMENT, NULL }, END } },
    { "IS also holds for two that are not given",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p ON p.id = "
      "d.platform JOIN contract c ON c.provider IS p.provider",
      { { CONTRACT, NULL }, { PLATFORM, "<deployment.platform" }, END } },
    { "two expressions may be equal by what they put for nothing",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN platform p ON p.id = "
      "d.platform JOIN contract c ON coalesce(c.provider, '-') = coalesce(p.provider, '-')",
      { { CONTRACT, NULL }, END } },
    { "so may two columns that hold such expressions, seen from within",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN (SELECT p.id AS id, "
      "coalesce(p.provider, '-') AS v FROM platform p) t ON t.id = d.platform JOIN (SELECT "
      "coalesce(c.provider, "
      "'-') AS v FROM contract c) u ON u.v = t.v",
      { { CONTRACT, NULL }, { PLATFORM, "<deployment.platform" }, END } },
    { "an id may come from a text",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON c.id = "
      "coalesce(d.contract, d.region)",
      { { CONTRACT, NULL }, END } },
    { "an id may come from a text in another arm",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id CROSS JOIN contract c JOIN "
      "(SELECT "
      "e.contract AS k FROM deployment e UNION ALL SELECT n.number FROM contract n) t ON t.k = c.id",
      { { CONTRACT, NULL }, { DEPLOYMENT, NULL }, END } },
    { "a comparison of a comparison",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON c.id = "
      "d.contract "
      "<> 1",
      { { CONTRACT, NULL }, END } },
    { "NOT in front of brackets",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON NOT (c.id = "
      "d.contract)",
      { { CONTRACT, NULL }, END } },
    { "a condition that is denied outside",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id JOIN contract c ON (c.id = "
      "d.contract) = 0",
      { { CONTRACT, NULL }, END } },
    { "EXISTS of several arms binds neither",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id CROSS JOIN person p WHERE EXISTS "
      "(SELECT 1 FROM sla s WHERE s.contract = c.id AND s.negotiated_by = p.id UNION SELECT 1 FROM term t "
      "WHERE "
      "t.contract = c.id)",
      { { PERSON, NULL }, { SLA, "contract" }, { TERM, "contract" }, END } },
    { "EXISTS of a count is always so",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id CROSS JOIN person p WHERE EXISTS "
      "(SELECT count(*) FROM sla s WHERE s.contract = c.id AND s.negotiated_by = p.id)",
      { { PERSON, NULL }, { SLA, "contract" }, END } },
    { "a column beside an aggregate is any row's",
      PLATFORM,
      "SELECT p.id AS subject FROM subject x JOIN platform p ON p.id = x.id LEFT JOIN (SELECT d.platform AS "
      "pl, "
      "max(d.region) AS r FROM deployment d) t ON t.pl = p.id",
      { { DEPLOYMENT, NULL }, END } },
    { "a column that does not make the groups is any row's",
      PLATFORM,
      "SELECT p.id AS subject FROM subject x JOIN platform p ON p.id = x.id LEFT JOIN (SELECT d.platform AS "
      "pl, "
      "max(d.id) AS r FROM deployment d GROUP BY d.system) t ON t.pl = p.id",
      { { DEPLOYMENT, NULL }, END } },
    { "LIMIT of the whole makes everything matter",
      CONTRACT,
      "SELECT c.id AS subject FROM subject x JOIN contract c ON c.id = x.id ORDER BY c.number LIMIT 5",
      { { CONTRACT, NULL }, END } },
    { "IN of an expression",
      DEPLOYMENT,
      "SELECT x.id AS subject FROM subject x JOIN deployment d ON d.id = x.id WHERE coalesce(d.platform, "
      "'-') IN "
      "(SELECT coalesce(p.id, '-') FROM platform p)",
      { { PLATFORM, NULL }, END } },
    { "BETWEEN has an AND of its own",
      CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN contract c ON c.id = x.id JOIN sla s ON c.number BETWEEN "
      "'a' AND "
      "'b' AND s.contract = c.id",
      { { SLA, "contract" }, END } },
    { "comments and texts are no names",
      SLA,
      "-- FROM person p\nSELECT x.id AS subject, 'FROM platform' AS v FROM subject x -- JOIN provider "
      "v\nJOIN sla s ON "
      "s.id = x.id",
      { { SLA, "" }, { PERSON, NULL }, { PLATFORM, NULL }, END } },
};

static void describe(const yj_walk *walks, size_t count, int from, yj_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        int on = from;
        yj_buf_str(out, i ? " | " : "");
        for (size_t k = 0; k < walks[i].count; k++) {
            const yj_step *s = &walks[i].steps[k];
            yj_buf_str(out, k ? " " : "");
            if (s->back)
                yj_buf_fmt(out, "<%s.", kinds[s->kind].name);
            yj_buf_str(out, kinds[s->back ? s->kind : on].fields[s->field].name);
            on = s->kind;
        }
    }
    yj_buf_str(out, "");
}

/** The same walks in any order. */
static bool same_walks(const char *found, const char *wanted)
{
    if (strlen(found) != strlen(wanted))
        return false;
    for (const char *p = found; p;) {
        const char *end = strstr(p, " | ");
        size_t n = end ? (size_t)(end - p) : strlen(p);
        bool there = false;
        for (const char *q = wanted; q && !there;) {
            const char *stop = strstr(q, " | ");
            size_t m = stop ? (size_t)(stop - q) : strlen(q);
            there = n == m && memcmp(p, q, n) == 0;
            q = stop ? stop + 3 : NULL;
        }
        if (!there)
            return false;
        p = end ? end + 3 : NULL;
    }
    return true;
}

static void walks__are_read_from_the_text(void **state)
{
    (void)state;
    yj_catalog c = { .kinds = kinds, .kind_count = KINDS };
    yj_buf found;
    yj_buf_init(&found, 4096);
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)64 << 20);
        yj_rule rule = { .name = "r", .sql = rows[i].sql };
        const yj_joins *j = yj_joins_read(&c, &rule, rows[i].subject, arena);
        assert_int_equal(yj_arena_status(arena, NULL), YJ_OK);
        for (const expected *e = rows[i].expect; e->kind >= 0; e++) {
            yj_walk walks[16];
            size_t count;
            bool some = yj_joins_walks(j, e->kind, false, walks, YJ_COUNT(walks), &count);
            yj_buf_clear(&found);
            describe(walks, count, e->kind, &found);
            if (some != (e->walks != NULL) || (some && !same_walks(found.ptr, e->walks)))
                fail_msg("%s: from %s: found %s%s, wanted %s", rows[i].name, kinds[e->kind].name,
                         some ? "" : "all ", found.ptr, e->walks ? e->walks : "all");
        }
    }
    yj_buf_done(&found);
}

/* --- values that a field is bound to ------------------------------------------------------------------- */

static const struct only_row {
    const char *name;
    int subject;
    const char *sql;
    const char *values; /* of TERM, "field: :parameter option"; NULL: any record matters */
} only_rows[] = {
    { "a parameter in the ON of a join", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort = :s", "sort: :s" },
    { "an option in the ON of a LEFT JOIN", CONTRACT,
      "SELECT x.id AS subject FROM subject x LEFT JOIN term t ON t.sort = 'a' AND t.contract = x.id",
      "sort: a" },
    { "IN, with parameters made texts", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id WHERE t.sort IN (CAST(:s AS "
      "TEXT), "
      "'b', :u)",
      "sort: :s b :u" },
    { "in brackets", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON (t.contract = x.id AND (t.sort = :s))",
      "sort: :s" },
    { "in a WITH and in NOT EXISTS", CONTRACT,
      "WITH w AS (SELECT t.contract AS c FROM term t WHERE t.sort = :s) SELECT x.id AS subject FROM subject "
      "x JOIN w "
      "ON w.c = x.id WHERE NOT EXISTS (SELECT 1 FROM term u WHERE u.contract = x.id AND u.sort = 'b')",
      "sort: b :s" },
    { "the first of two fields", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.verdict = 'v' AND t.sort "
      "= :s",
      "verdict: v" },
    { "one place that does not ask", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort = :s JOIN term u ON "
      "u.contract "
      "= x.id",
      NULL },
    { "different fields", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort = :s JOIN term u ON "
      "u.contract "
      "= x.id AND u.verdict = 'v'",
      NULL },
    { "OR", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND (t.sort = :s OR :s = "
      "'any')",
      NULL },
    { "only a value that is shown", CONTRACT,
      "SELECT x.id AS subject, CASE WHEN t.sort = :s THEN 1 END AS v FROM subject x JOIN term t ON "
      "t.contract = x.id",
      NULL },
    { "denied", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND NOT t.sort = :s", NULL },
    { "compared once more", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort = :s = 0", NULL },
    { "compared in brackets", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND (t.sort = :s) = 0", NULL },
    { "not in a list", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort NOT IN (:s)", NULL },
    { "a BETWEEN whose AND it follows", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND 1 BETWEEN 0 AND t.sort = "
      ":s",
      NULL },
    { "a LEFT JOIN that does not bind what stands before it", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id LEFT JOIN person p ON p.id = "
      "t.confirmed_by AND t.sort = :s",
      NULL },
    { "of the outer query", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id WHERE NOT EXISTS (SELECT 1 "
      "FROM person p "
      "WHERE p.id = t.confirmed_by AND t.sort = :s)",
      NULL },
    { "a column of another record", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id JOIN term u ON u.contract = "
      "x.id AND "
      "t.sort = u.sort AND u.sort = :s",
      NULL },
    { "a text is no choice", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.term = :s", NULL },
    { "the subject's own", TERM,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.id = x.id AND t.sort = :s", NULL },
    { "more values than are followed", CONTRACT,
      "SELECT x.id AS subject FROM subject x JOIN term t ON t.contract = x.id AND t.sort IN "
      "('a','b','c','d','e','f','g','h','i')",
      NULL },
    { "what is not understood", CONTRACT,
      "SELECT x.id AS subject FROM subject x NATURAL JOIN term t WHERE t.sort = :s", NULL },
};

static void only__values_are_read_from_the_text(void **state)
{
    (void)state;
    yj_catalog c = { .kinds = kinds, .kind_count = KINDS };
    yj_buf found;
    yj_buf_init(&found, 4096);
    for (size_t i = 0; i < YJ_COUNT(only_rows); i++) {
        const struct only_row *want = &only_rows[i];
        yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)64 << 20);
        yj_rule rule = { .name = "r", .sql = want->sql };
        const yj_joins *j = yj_joins_read(&c, &rule, want->subject, arena);
        yj_only only;
        bool some = yj_joins_only(j, TERM, &only);
        yj_buf_clear(&found);
        if (some)
            yj_buf_fmt(&found, "%s:", term_fields[only.field].name);
        for (size_t v = 0; some && v < only.count; v++)
            yj_buf_fmt(&found, " %s%.*s", only.values[v].is_param ? ":" : "", (int)only.values[v].text.len,
                       only.values[v].text.ptr);
        if (some != (want->values != NULL) || (some && !yj_span_is(yj_buf_view(&found), want->values)))
            fail_msg("%s: found %s, wanted %s", want->name, some ? found.ptr : "any",
                     want->values ? want->values : "any");
    }
    yj_buf_done(&found);
}

static void walks__from_ids_that_are_only_pointed_to(void **state)
{
    (void)state;
    yj_catalog c = { .kinds = kinds, .kind_count = KINDS };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)64 << 20);
    yj_rule rule = { .sql = "SELECT x.id AS subject, t.document AS proof FROM subject x JOIN term t ON "
                            "t.contract = x.id" };
    const yj_joins *j = yj_joins_read(&c, &rule, CONTRACT, arena);
    yj_walk walks[4];
    size_t count;
    assert_false(yj_joins_walks(j, EVIDENCE, false, walks, 4, &count));
    assert_true(yj_joins_walks(j, EVIDENCE, true, walks, 4, &count));
    assert_int_equal(count, 1);
    assert_int_equal(walks[0].count, 2);
    assert_true(walks[0].steps[0].back);
    assert_int_equal(walks[0].steps[0].kind, TERM);
    assert_false(walks[0].steps[1].back);
    assert_true(yj_joins_word(j, "JOIN"));
    assert_false(yj_joins_word(j, "yj_add_workdays"));
}

/* What is not SQL must end, without reading outside the text. */
static void texts__that_make_no_sense_end(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "SELECT",
        "SELECT FROM",
        "SELECT a FROM",
        "SELECT a FROM (",
        "SELECT a FROM (SELECT",
        ")",
        "(((((",
        "WITH",
        "WITH a",
        "WITH a AS",
        "WITH a AS (",
        "WITH a AS (SELECT 1), ",
        "SELECT a. FROM x.",
        "SELECT a FROM b ON",
        "SELECT a FROM sla s JOIN",
        "SELECT a FROM sla s JOIN term t USING",
        "SELECT a FROM sla s WHERE s.",
        "SELECT 'a",
        "SELECT a FROM sla s WHERE s.id IN (",
        "SELECT a FROM sla s WHERE EXISTS (",
        "SELECT a AS",
        "SELECT a UNION",
        "WITH a AS (SELECT 1 FROM a) SELECT 1 FROM a",
        "SELECT a.b.c.d FROM sla a",
        "SELECT a FROM sla s WHERE = = =",
    };
    yj_catalog c = { .kinds = kinds, .kind_count = KINDS };
    for (size_t i = 0; i < YJ_COUNT(texts); i++) {
        yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)64 << 20);
        yj_rule rule = { .sql = texts[i] };
        yj_walk walks[4];
        size_t count;
        assert_false(yj_joins_walks(yj_joins_read(&c, &rule, SLA, arena), SLA, true, walks, 4, &count));
    }
}

/* A WITH name used twice by the next, thirty times over, would be a thousand million relations. */
static void with__that_doubles_thirty_times_is_given_up(void **state)
{
    (void)state;
    yj_catalog c = { .kinds = kinds, .kind_count = KINDS };
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new((size_t)64 << 20);
    yj_buf sql;
    yj_buf_init(&sql, 65536);
    yj_buf_str(&sql, "WITH a0 AS (SELECT s.id AS subject FROM sla s JOIN subject x ON x.id = s.id)");
    for (int i = 1; i <= 30; i++)
        yj_buf_fmt(&sql,
                   ", a%d AS (SELECT p.subject AS subject FROM a%d p JOIN a%d q ON q.subject = p.subject)", i,
                   i - 1, i - 1);
    yj_buf_str(&sql, " SELECT w.subject AS subject FROM a30 w");
    yj_rule rule = { .sql = sql.ptr };
    yj_walk walks[4];
    size_t count;
    assert_false(yj_joins_walks(yj_joins_read(&c, &rule, SLA, arena), SLA, false, walks, 4, &count));
    yj_buf_done(&sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks__are_read_from_the_text),
        cmocka_unit_test(only__values_are_read_from_the_text),
        cmocka_unit_test(walks__from_ids_that_are_only_pointed_to),
        cmocka_unit_test(texts__that_make_no_sense_end),
        cmocka_unit_test(with__that_doubles_thirty_times_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

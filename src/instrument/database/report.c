// SPDX-License-Identifier: Apache-2.0
#include "instrument/database/report.h"
#include "base/hash.h"
#include "base/time.h"
#include "instrument/database/internal.h"
#include <stdio.h>

#define TABLES_SIGNED 1000
#define FINDING_BYTES_SIGNED ((size_t)1 << 20)

static const char *const ways[] = { "none", "ranges", "key", "rows" };

const char *yj_table_way_slug(yj_table_way w)
{
    return ways[w];
}

static json_t *seven(const yj_seven *n)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "expected", (json_int_t)n->expected, "matched",
                     (json_int_t)n->matched, "changed", (json_int_t)n->changed, "missing",
                     (json_int_t)n->missing, "extra", (json_int_t)n->extra, "unreadable",
                     (json_int_t)n->unreadable, "skipped", (json_int_t)n->skipped);
}

static json_t *database(const yj_source *s)
{
    if (!s)
        return json_object();
    return json_pack("{s:o, s:s, s:o}", "name", yj_dbc_text(s->name), "engine", yj_db_kind_name(s->engine),
                     "engineVersion", yj_dbc_text(s->version));
}

/* A table: how it was compared, and what was made equal that is not written the same. */
static json_t *table(const yj_table_pair *p)
{
    json_t *keys = json_array(), *coercions = json_object();
    for (size_t i = 0; i < p->keys; i++)
        json_array_append_new(keys, yj_dbc_text(p->a->column[p->a_column[i]].name));
    for (size_t i = 0; i < p->columns; i++)
        if (p->coercion[i])
            json_object_set_new(coercions, p->a->column[p->a_column[i]].name, json_string(p->coercion[i]));
    json_t *v =
        json_pack("{s:o, s:s, s:o, s:o, s:I, s:I, s:o}", "name", yj_dbc_text(p->a->name), "by", ways[p->way],
                  "key", keys, "counts", seven(&p->rows), "columns", (json_int_t)p->columns, "columnsLeftOut",
                  (json_int_t)p->left_out, "coercions", coercions);
    if (v && p->rows.unreadable)
        json_object_set_new(v, "reason", yj_dbc_text(p->why.msg));
    return v;
}

static json_t *coverage(const yj_dbc_about *about)
{
    json_t *no =
        json_pack("[s,s,s,s,s,s,s]", "changes-after-each-sides-snapshot", "views", "indexes-and-constraints",
                  "defaults-and-nullability", "procedures-and-triggers", "sequences", "permissions");
    if (about->chosen)
        json_array_append_new(no, json_string("tables-not-named"));
    if (about->a->engine == YJ_DB_MYSQL || (about->b && about->b->engine == YJ_DB_MYSQL))
        json_array_append_new(no, json_string("what-the-mysql-account-may-not-see"));
    return json_pack("{s:[s,s,s,s], s:o}", "covered", "tables", "columns-and-types", "primary-keys", "rows",
                     "notCovered", no);
}

/* In place of the scratch database, which is nobody's. */
static void add_restored(json_t *v, const yj_dbc_restored *d)
{
    json_object_set_new(v, "operation", json_string("restore"));
    json_object_set_new(v, "restored", json_boolean(d->good));
    json_object_set_new(json_object_get(v, "found"), "name", yj_dbc_text(d->name));
    json_object_set_new(v, "dump",
                        json_pack("{s:s, s:{s:s}, s:s, s:I}", "kind", d->kind, "digest", "sha256", d->hex,
                                  "scratchDatabaseWasIn", d->in_memory ? "tmpfs" : "disk", "landlock",
                                  (json_int_t)d->landlock));
    if (!d->good) { /* it says what is not, and nothing was looked into */
        json_object_set_new(
            v, "coverage",
            json_pack("{s:[s], s:[s]}", "covered", "restores-without-an-error", "notCovered", "tables"));
        return;
    }
    json_t *coverage = json_object_get(v, "coverage");
    json_array_append_new(json_object_get(coverage, "covered"), json_string("restores-without-an-error"));
    json_array_append_new(json_object_get(coverage, "notCovered"), json_string("roles-and-owners"));
    json_array_append_new(json_object_get(coverage, "notCovered"),
                          json_string("a-dump-made-to-deceive-the-database-that-it-becomes"));
}

yj_status yj_dbc_json(const yj_dbc_result *r, const yj_dbc_about *about, size_t max, json_t **ret,
                      yj_error *err)
{
    char from[31], until[31];
    yj_time_format(about->from_ns, from);
    yj_time_format(about->until_ns, until);
    yj_auto(yj_json_freep) json_t *v =
        json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:{s:s, s:s}}", "operation", "database",
                  "fine", yj_dbc_fine(r), "counts", seven(&r->rows), "schema", seven(&r->schema), "expected",
                  database(about->a), "found", database(about->b), "coverage", coverage(about), "startedOn",
                  from, "finishedOn", until, "tool", "name", "yunjian", "version", about->version);
    yj_auto(yj_json_freep) json_t *moved =
        json_pack("{s:I, s:I, s:I, s:I}", "rowsFetched", (json_int_t)r->fetched, "digestsOfRanges",
                  (json_int_t)r->digests, "bytesExpected", (json_int_t)r->bytes_a, "bytesFound",
                  (json_int_t)r->bytes_b);
    if (!v || !moved)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_object_set(v, "moved", moved);
    if (about->restored)
        add_restored(v, about->restored);
    json_t *tables = json_array(), *findings = json_array();
    for (size_t i = 0; i < r->pairs && i < TABLES_SIGNED; i++)
        json_array_append_new(tables, table(&r->pair[i]));
    json_object_set_new(v, "tables", tables);
    json_object_set_new(v, "tablesLeftOut", json_integer((json_int_t)(r->pairs - json_array_size(tables))));
    size_t bytes = 0, all = json_array_size(r->findings);
    for (size_t i = 0; i < all && i < max; i++) {
        const json_t *f = json_array_get(r->findings, i);
        bytes += json_dumpb(f, NULL, 0, JSON_COMPACT);
        if (max <= YJ_DBC_SIGNED && bytes > FINDING_BYTES_SIGNED)
            break;
        json_array_append(findings, json_array_get(r->findings, i));
    }
    json_object_set_new(v, "findings", findings);
    json_object_set_new(v, "findingsLeftOut",
                        json_integer((json_int_t)(r->findings_left_out + all - json_array_size(findings))));
    *ret = yj_take(v);
    return YJ_OK;
}

yj_status yj_dbc_not_restored(const yj_source *a, const yj_dbc_options *o, yj_dbc_result *ret, yj_error *err)
{
    *ret = (yj_dbc_result){ .findings = json_array() };
    ret->schema.expected = ret->schema.unreadable = a->tables;
    for (size_t i = 0; i < a->tables; i++) {
        yj_auto(yj_json_freep) json_t *f =
            json_pack("{s:s, s:o, s:s}", "status", "unreadable", "table", yj_dbc_text(a->table[i].name),
                      "reason", "the dump is not restored");
        if (!f || (i < o->keep && json_array_append(ret->findings, f) != 0))
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        ret->findings_left_out += i >= o->keep;
        if (o->each)
            YJ_TRY(o->each(o->each_self, f, err));
    }
    return ret->findings ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static yj_status name_expected(const yj_dbc_result *r, yj_digest *ret, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, (size_t)256 << 20);
    for (size_t i = 0; i < r->pairs; i++) {
        const yj_table_pair *p = &r->pair[i];
        yj_buf_fmt(&b, "%s\t%llu\t", p->a->name, (unsigned long long)p->rows.expected);
        for (size_t k = 0; k < p->a->columns; k++)
            yj_buf_fmt(&b, "%s%s %s", k ? ", " : "", p->a->column[k].name, p->a->column[k].declared);
        yj_buf_char(&b, '\n');
    }
    YJ_TRY(yj_buf_status(&b, err));
    yj_hash(YJ_HASH_SHA256, b.ptr ? b.ptr : "", b.len, ret);
    return YJ_OK;
}

yj_status yj_dbc_sign(const yj_dbc_result *r, const yj_dbc_about *about, const yj_key *key, yj_buf *out,
                      yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    char hex[2 * YJ_HASH_LEN + 1], label[YJ_STATEMENT_NAME_MAX + 1];
    yj_digest d;
    YJ_TRY(yj_dbc_json(r, about, YJ_DBC_SIGNED, &predicate, err));
    YJ_TRY(name_expected(r, &d, err));
    yj_digest_hex(&d, hex);
    snprintf(label, sizeof label, "%s", about->a->name);
    yj_text_tidy(label);
    const yj_dbc_restored *of = about->restored;
    char dump[YJ_STATEMENT_NAME_MAX + 1];
    snprintf(dump, sizeof dump, "%s", of ? of->name : "");
    yj_text_tidy(dump);
    const yj_subject s[] = {
        { .name = dump, .digest = { { "sha256", of ? of->hex : "" } }, .digests = 1 },
        { .name = label, .digest = { { "sha256", hex } }, .digests = 1 },
    };
    return yj_statement_sign(key, of ? s : s + 1, of && of->good ? 2 : 1,
                             of ? YJ_DBC_RESTORED_PREDICATE : YJ_DBC_PREDICATE, predicate, out, err);
}

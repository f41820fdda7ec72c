// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/attest.h"

#include "base/json.h"
#include "base/time.h"
#include "instrument/verify/manifest.h"
#include <stdlib.h>

void yj_scan_attest_init(yj_scan_attest *a, const char *const *root, size_t roots)
{
    *a = (yj_scan_attest){ .root = root, .roots = roots, .closed = json_array() };
    yj_buf_init(&a->list, YJ_SCAN_LIST_BYTES_MAX);
}

void yj_scan_attest_done(yj_scan_attest *a)
{
    yj_buf_done(&a->list);
    if (a->columns)
        yj_summer_free(a->columns);
    free(a->database);
    json_decref(a->closed);
}

void yj_scan_sum_add(yj_scan_sum *s, const yj_scan_file *f)
{
    s->states[f->state]++;
    s->files++;
    s->remembered += f->remembered && f->depth == 0;
    s->hits += f->hits;
    s->bytes += f->rows ? f->rows->bytes : f->has_digest && f->depth == 0 ? f->size : 0;
    for (size_t i = 0; i < YJ_SCAN_KINDS_MAX; i++)
        s->count[i] += f->count[i];
    s->grade = f->grade > s->grade ? f->grade : s->grade;
}

/* The part of a path behind the folder that was named; "" for a file that was; NULL if it is not below it. */
static const char *below(const char *path, const char *root)
{
    size_t n = strlen(root);
    if (strncmp(path, root, n) != 0)
        return NULL;
    if (path[n] == '\0')
        return path + n;
    if (path[n] == '/')
        return path + n + 1;
    /* "x/" and, of what was open, "place:" */
    return n > 0 && (root[n - 1] == '/' || root[n - 1] == ':') ? path + n : NULL;
}

static yj_status add_column(yj_scan_attest *a, const yj_scan_file *f, yj_error *err)
{
    if (!a->columns) {
        a->columns = yj_summer_new(YJ_SUM_SHA256);
        a->database = strdup(f->rows->database);
        if (!a->columns || !a->database)
            return yj_fail(err, YJ_E_NOMEM, "out of memory");
        yj_summer_begin(a->columns);
    }
    yj_buf_clear(&a->list);
    yj_buf_fmt(&a->list, "%s\t%s\t%llu\n", f->path, f->rows->type, (unsigned long long)f->rows->rows_read);
    YJ_TRY(yj_buf_status(&a->list, err));
    yj_summer_add(a->columns, a->list.ptr, a->list.len);
    return YJ_OK;
}

yj_status yj_scan_attest_file(yj_scan_attest *a, const yj_scan_file *f, yj_error *err)
{
    if (f->state != YJ_SCAN_STATE_LOOKED_INTO) {
        if (json_array_size(a->closed) < YJ_SCAN_CLOSED_SIGNED && strlen(f->path) < YJ_STATEMENT_NAME_MAX)
            json_array_append_new(a->closed, json_pack("{s:s, s:s, s:s}", "path", f->path, "state",
                                                       yj_scan_state_name(f->state), "reason",
                                                       yj_scan_reason_name(f->reason)));
        else
            a->left_out++;
    }
    if (f->rows)
        return add_column(a, f, err);
    if (f->has_digest && f->depth == 0) { /* what is in a container is proven by the container's own digest */
        uint32_t root = (uint32_t)f->root;
        const char *name = below(f->raw, a->root[f->root]);
        yj_buf_add(&a->list, (const char *)&root, sizeof root);
        yj_buf_add(&a->list, (const char *)f->sha256.b, YJ_HASH_LEN);
        yj_buf_str(&a->list, name ? name : f->raw);
        yj_buf_char(&a->list, '\0');
    }
    return yj_buf_status(&a->list, err);
}

#define HEAD (sizeof(uint32_t) + YJ_HASH_LEN)

static int by_path(const void *x, const void *y)
{
    return strcmp(*(const char *const *)x + HEAD, *(const char *const *)y + HEAD);
}

static uint32_t root_of(const char *row)
{
    uint32_t root;
    memcpy(&root, row, sizeof root);
    return root;
}

/* Digest of the files of one root, whose rows are `row`. */
static yj_status name_root(const char **row, size_t count, char hex[2 * YJ_SUM_MAX + 1], yj_error *err)
{
    yj_auto(yj_summer_freep) yj_summer *s = yj_summer_new(YJ_SUM_SHA256);
    yj_auto(yj_buf_done) yj_buf line;
    yj_buf_init(&line, (size_t)8 << 20);
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_sum sum = { { 0 } };
    memcpy(sum.b, row[0] + sizeof(uint32_t), YJ_HASH_LEN);
    if (count > 1 || row[0][HEAD]) {
        qsort(row, count, sizeof *row, by_path);
        yj_summer_begin(s);
        for (size_t i = 0; i < count; i++) {
            memcpy(sum.b, row[i] + sizeof(uint32_t), YJ_HASH_LEN);
            yj_buf_clear(&line);
            yj_manifest_line(YJ_SUM_SHA256, &sum, row[i] + HEAD, false, &line);
            YJ_TRY(yj_buf_status(&line, err));
            yj_summer_add(s, line.ptr, line.len);
        }
        yj_summer_end(s, &sum);
    }
    yj_sum_hex(YJ_SUM_SHA256, &sum, hex);
    return YJ_OK;
}

static json_t *counts(const yj_scan_sum *s)
{
    json_t *hits = json_object();
    for (size_t i = 0; i < YJ_SCAN_KINDS_MAX; i++) {
        bool built_in = i < YJ_SCAN_CLASS_COUNT_;
        const char *name = built_in ? yj_scan_class_name((yj_scan_class)i)
                           : s->own && i - YJ_SCAN_CLASS_COUNT_ < s->own->count
                               ? s->own->rule[i - YJ_SCAN_CLASS_COUNT_].id
                               : NULL;
        if (name && s->count[i] > 0)
            json_object_set_new(hits, name, json_integer((json_int_t)s->count[i]));
    }
    return hits;
}

static void set_digest(json_t *v, const char *key, const yj_digest *d)
{
    char hex[2 * YJ_HASH_LEN + 1];
    if (!d)
        return;
    yj_digest_hex(d, hex);
    json_object_set_new(v, key, json_pack("{s:s}", "sha256", hex));
}

static void add_database(json_t *v, const yj_scan_tables *t)
{
    json_t *left_out = json_array();
    for (const char *const *what = yj_scan_tables_left_out; *what; what++)
        json_array_append_new(left_out, json_string(*what));
    json_object_set_new(v, "leftOut", left_out);
    if (t->percent > 0)
        json_object_set_new(v, "sample",
                            json_pack("{s:i, s:I}", "percent", (int)t->percent, "seed", (json_int_t)t->seed));
}

json_t *yj_scan_attest_predicate(const yj_scan_attest *a, const yj_scan_sum *s)
{
    char from[31], until[31];
    yj_time_format(s->from_ns, from);
    yj_time_format(s->until_ns, until);
    json_t *states = json_object();
    uint64_t closed = 0;
    for (int i = 0; i < YJ_SCAN_STATE_COUNT_; i++) {
        json_object_set_new(states, yj_scan_state_name((yj_scan_state)i),
                            json_integer((json_int_t)s->states[i]));
        closed += i == YJ_SCAN_STATE_LOOKED_INTO ? 0 : s->states[i];
    }
    json_t *v =
        json_pack("{s:s, s:b, s:o, s:I, s:I, s:I, s:o, s:s, s:s, s:{s:s, s:s}}", "operation", "scan", "fine",
                  s->hits == 0 && closed == 0, "states", states, "bytes", (json_int_t)s->bytes, "hits",
                  (json_int_t)s->hits, "proposedGrade", (json_int_t)s->grade, "hitsByClass", counts(s),
                  "startedOn", from, "finishedOn", until, "tool", "name", "yunjian", "version", s->version);
    if (!v)
        return NULL;
    json_object_set(v, "notLookedInto", a->closed);
    json_object_set_new(v, "notLookedIntoLeftOut", json_integer((json_int_t)a->left_out));
    if (s->tables)
        add_database(v, s->tables);
    else
        json_object_set_new(v, "fromState", json_integer((json_int_t)s->remembered));
    set_digest(v, "ownRulesDigest", s->rules);
    set_digest(v, "inventoryDigest", s->inventory);
    return v;
}

static yj_status sign_rows(const yj_scan_attest *a, const yj_scan_sum *sum, const char **row, size_t count,
                           const yj_key *key, yj_buf *out, yj_error *err)
{
    yj_subject *subject = calloc(a->roots, sizeof *subject);
    char(*hex)[2 * YJ_SUM_MAX + 1] = calloc(a->roots, sizeof *hex);
    yj_auto(yj_json_freep) json_t *p = yj_scan_attest_predicate(a, sum);
    yj_status s = subject && hex && p ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    size_t subjects = 0;
    for (size_t at = 0, n = 0; s == YJ_OK && at < count; at += n) {
        n = 1;
        while (at + n < count && root_of(row[at + n]) == root_of(row[at]))
            n++;
        s = name_root(row + at, n, hex[subjects], err);
        subject[subjects] = (yj_subject){ .name = a->root[root_of(row[at])],
                                          .digest = { { "sha256", hex[subjects] } },
                                          .digests = 1 };
        subjects++;
    }
    if (s == YJ_OK && subjects == 0)
        s = yj_fail(err, YJ_E_INVALID, "nothing could be read: there is nothing to sign");
    if (s == YJ_OK)
        s = yj_statement_sign(key, subject, subjects, YJ_SCAN_PREDICATE, p, out, err);
    free(subject);
    free(hex);
    return s;
}

static yj_status sign_columns(yj_scan_attest *a, const yj_scan_sum *sum, const yj_key *key, yj_buf *out,
                              yj_error *err)
{
    yj_sum digest;
    char hex[2 * YJ_SUM_MAX + 1];
    if (!a->columns)
        return yj_fail(err, YJ_E_INVALID, "nothing could be read: there is nothing to sign");
    yj_auto(yj_json_freep) json_t *p = yj_scan_attest_predicate(a, sum);
    if (!p)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_summer_end(a->columns, &digest);
    yj_sum_hex(YJ_SUM_SHA256, &digest, hex);
    yj_subject subject = { .name = a->database, .digest = { { "sha256", hex } }, .digests = 1 };
    return yj_statement_sign(key, &subject, 1, YJ_SCAN_PREDICATE, p, out, err);
}

yj_status yj_scan_attest_sign(yj_scan_attest *a, const yj_scan_sum *sum, const yj_key *key, yj_buf *out,
                              yj_error *err)
{
    size_t count = 0;
    if (sum->tables)
        return sign_columns(a, sum, key, out, err);
    for (size_t at = 0; at < a->list.len; count++)
        at += HEAD + strlen(a->list.ptr + at + HEAD) + 1;
    const char **row = calloc(count + 1, sizeof *row);
    if (!row)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    for (size_t at = 0, i = 0; at < a->list.len; i++) {
        row[i] = a->list.ptr + at;
        at += HEAD + strlen(row[i] + HEAD) + 1;
    }
    yj_status s = sign_rows(a, sum, row, count, key, out, err);
    free(row);
    return s;
}

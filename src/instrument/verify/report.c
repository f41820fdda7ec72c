// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/report.h"
#include "base/time.h"
#include <stdio.h>
#include <stdlib.h>

/* A control character takes six bytes of JSON, and base64 a third more: still within an envelope. */
#define PATH_BYTES_SIGNED ((size_t)256 << 10)

static const char *const states[YJ_STATE_COUNT_] = { "none",  "matched",    "changed", "missing",
                                                     "extra", "unreadable", "skipped" };
static const char *const whys[YJ_WHY_COUNT_] = {
#define X(name, slug) [YJ_WHY_##name] = slug,
    YJ_WHY_LIST(X)
#undef X
};

const char *yj_state_slug(yj_item_state s)
{
    return states[s];
}

static bool is_finding(const yj_item *i)
{
    return i->state != YJ_STATE_NONE && i->state != YJ_STATE_MATCHED;
}

void yj_verify_findings(const yj_verify_result *r, yj_finding_fn *each, void *self)
{
    const yj_tree *a = &r->a, *b = &r->b;
    for (size_t i = 0, k = 0; i < a->count || k < b->count;) {
        bool first = k == b->count || (i < a->count && strcmp(a->item[i].path, b->item[k].path) <= 0);
        const yj_item *it = first ? &a->item[i++] : &b->item[k++];
        if (is_finding(it) && !each(self, it))
            return;
    }
}

/* A text for JSON, and the bytes in hex where the text is not all. */
static void set_path(json_t *row, const char *name, const char *hex_name, const char *path)
{
    if (yj_utf8_valid(yj_span_of(path))) {
        json_object_set_new(row, name, json_string(path[0] ? path : "."));
        return;
    }
    char shown[YJ_TREE_PATH_MAX + 1];
    snprintf(shown, sizeof shown, "%s", path);
    yj_text_tidy(shown);
    json_object_set_new(row, name, json_string(shown));
    yj_auto(yj_buf_done) yj_buf hex;
    yj_buf_init(&hex, 2 * sizeof shown);
    yj_buf_hex(&hex, path, strlen(path));
    json_object_set_new(row, hex_name, json_string(hex.ptr));
}

typedef struct rows {
    json_t *list;
    size_t max, bytes; /* of rows, of paths */
} rows;

static bool add_row(void *self, const yj_item *i)
{
    rows *r = self;
    size_t bytes = strlen(i->path) + (i->target ? strlen(i->target) : 0);
    if (json_array_size(r->list) == r->max || bytes > r->bytes)
        return false;
    r->bytes -= bytes;
    json_t *row = json_object();
    json_object_set_new(row, "status", json_string(states[i->state]));
    set_path(row, "path", "pathHex", i->path);
    if (i->why)
        json_object_set_new(row, "reason", json_string(whys[i->why]));
    if (i->sys_errno)
        json_object_set_new(row, "errno", json_integer(i->sys_errno));
    if (i->state == YJ_STATE_MISSING && i->kind == YJ_ITEM_FILE && i->target)
        set_path(row, "movedTo", "movedToHex", i->target);
    json_array_append_new(r->list, row);
    return true;
}

static json_t *covered(const yj_verify_result *r, const char *operation)
{
    bool folders = strcmp(operation, "compare") == 0;
    json_t *yes = json_pack("[s]", "file-contents");
    if (folders) {
        json_array_append_new(yes, json_string("link-targets"));
        json_array_append_new(yes, json_string("empty-folders"));
    }
    json_t *no = json_pack("[s,s,s,s,s]", "owners-and-permissions", "times", "extended-attributes",
                           "hard-links", "special-files");
    if (!folders) {
        json_array_append_new(no, json_string("links"));
        json_array_append_new(no, json_string("empty-folders"));
    }
    return json_pack("{s:o, s:o}", "covered", yes, "notCovered", no);
}

static json_t *times(const yj_verify_about *about)
{
    char from[31], until[31];
    yj_time_format(about->from_ns, from);
    yj_time_format(about->until_ns, until);
    return json_pack("{s:s, s:s}", "startedOn", from, "finishedOn", until);
}

/* What is taken over is told, and so is what that does not show. */
void yj_verify_add_resumed(json_t *v, const yj_verify_about *about)
{
    char from[31];
    if (!about->resumed)
        return;
    yj_time_format(about->resumed_from_ns, from);
    json_object_set_new(v, "resumed",
                        json_pack("{s:I, s:s}", "files", (json_int_t)about->resumed, "startedOn", from));
    json_array_append_new(json_object_get(json_object_get(v, "coverage"), "notCovered"),
                          json_string("reading-again-what-was-read-before-the-interruption"));
}

static json_t *counters(const yj_verify_result *r)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "expected", (json_int_t)r->expected, "matched",
                     (json_int_t)r->matched, "changed", (json_int_t)r->changed, "missing",
                     (json_int_t)r->missing, "extra", (json_int_t)r->extra, "unreadable",
                     (json_int_t)r->unreadable, "skipped", (json_int_t)r->skipped);
}

yj_status yj_verify_json(const yj_verify_result *r, const yj_verify_about *about, size_t max, json_t **ret,
                         yj_error *err)
{
    char hex[2 * YJ_SUM_MAX + 1];
    yj_sum name;
    YJ_TRY(yj_verify_name(r, &name, err));
    yj_sum_hex(r->alg, &name, hex);
    yj_auto(yj_json_freep) json_t *v =
        json_pack("{s:s, s:b, s:o, s:I, s:I, s:o, s:s, s:{s:s, s:s}}", "operation", about->operation, "fine",
                  yj_verify_fine(r), "counts", counters(r), "moved", (json_int_t)r->moved, "bytes",
                  (json_int_t)r->bytes, "coverage", covered(r, about->operation), "hash", yj_sum_name(r->alg),
                  "tool", "name", "yunjian", "version", about->version);
    yj_auto(yj_json_freep) json_t *when = times(about);
    if (!v || !when)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    json_object_update(v, when);
    yj_verify_add_resumed(v, about);
    json_t *expected = json_object();
    set_path(expected, "name", "nameHex", about->expected);
    json_object_set_new(expected, "kind", json_string(r->by_list ? "list" : "folder"));
    json_object_set_new(expected, "listDigest", json_pack("{s:s}", yj_sum_name(r->alg), hex));
    if (about->list_hex)
        json_object_set_new(expected, "fileDigest", json_pack("{s:s}", "sha256", about->list_hex));
    json_object_set_new(v, "expected", expected);
    if (about->found) {
        json_t *found = json_object();
        set_path(found, "name", "nameHex", about->found);
        json_object_set_new(v, "found", found);
    }
    uint64_t all = r->changed + r->missing + r->extra + r->unreadable + r->skipped;
    rows list = { json_array(), max, max <= YJ_VERIFY_ROWS_SIGNED ? PATH_BYTES_SIGNED : SIZE_MAX };
    yj_verify_findings(r, add_row, &list);
    size_t given = json_array_size(list.list);
    json_object_set_new(v, "findings", list.list);
    json_object_set_new(v, "findingsLeftOut", json_integer((json_int_t)(all - given)));
    *ret = yj_take(v);
    return YJ_OK;
}

yj_status yj_verify_sign(const yj_verify_result *r, const yj_verify_about *about, const yj_key *key,
                         yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    char hex[2 * YJ_SUM_MAX + 1], label[YJ_TREE_PATH_MAX + 1];
    yj_sum name;
    YJ_TRY(yj_verify_json(r, about, YJ_VERIFY_ROWS_SIGNED, &predicate, err));
    YJ_TRY(yj_verify_name(r, &name, err));
    yj_sum_hex(r->alg, &name, hex);
    snprintf(label, sizeof label, "%s", about->found && r->by_list ? about->found : about->expected);
    yj_text_tidy(label);
    yj_subject s = { .name = label, .digest = { { yj_sum_name(r->alg), hex } }, .digests = 1 };
    return yj_statement_sign(key, &s, 1, YJ_VERIFY_PREDICATE, predicate, out, err);
}

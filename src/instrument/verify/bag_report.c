// SPDX-License-Identifier: Apache-2.0
#include "instrument/verify/bag_report.h"
#include <stdio.h>

#define ROWS_SIGNED 100 /* of each list: an envelope has its limit, too */

static void add_counts(json_t *sum, const json_t *counts)
{
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)counts, name, v)
    {
        json_int_t n = json_integer_value(json_object_get(sum, name)) + json_integer_value(v);
        json_object_set_new(sum, name, json_integer(n));
    }
}

/* A bag says nothing of what its lists do not name. */
static json_t *coverage(const yj_verify_about *about)
{
    json_t *yes = json_pack("[s,s,s]", "payload-by-every-list", "tag-files-by-their-lists", "payload-oxum");
    json_t *no = json_pack("[s,s,s,s,s]", "empty-folders", "owners-and-permissions", "times",
                           "extended-attributes", "tag-files-that-no-list-names");
    json_array_append_new(no, json_string(about->found ? "reading-back-from-the-medium-itself"
                                                       : "what-fetch.txt-names-elsewhere"));
    return json_pack("{s:o, s:o}", "covered", yes, "notCovered", no);
}

yj_status yj_bag_json(const yj_bag *b, const yj_verify_about *about, uint64_t empty, size_t rows,
                      json_t **ret, yj_error *err)
{
    static const char *const oxums[] = { "absent", "matches", "differs" };
    char version[16];
    snprintf(version, sizeof version, "%d.%d", b->version / 100, b->version % 100);
    yj_auto(yj_json_freep) json_t *all = json_pack(
        "{s:s, s:s, s:b, s:s, s:[], s:{}, s:o}", "operation", about->operation, "version", version, "fine",
        yj_bag_fine(b), "payloadOxum", oxums[b->oxum], "lists", "counts", "coverage", coverage(about));
    if (!all)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (about->found)
        json_object_set_new(all, "emptyFolders", json_integer((json_int_t)empty));
    yj_verify_add_resumed(all, about);
    for (size_t i = 0; i < b->count; i++) {
        json_t *one = NULL;
        yj_verify_about of = *about;
        of.list_hex = b->list[i].hex;
        of.resumed = 0; /* said of the bag */
        YJ_TRY(yj_verify_json(&b->list[i].result, &of, rows, &one, err));
        static const char *const once[] = { "startedOn", "finishedOn", "tool" };
        for (size_t k = 0; k < YJ_COUNT(once); k++) {
            if (i == 0)
                json_object_set(all, once[k], json_object_get(one, once[k]));
            json_object_del(one, once[k]);
        }
        json_object_del(one, "coverage");
        json_object_set_new(one, "file", json_string(b->list[i].name));
        json_object_set_new(one, "weak", json_boolean(b->list[i].weak));
        add_counts(json_object_get(all, "counts"), json_object_get(one, "counts"));
        json_array_append_new(json_object_get(all, "lists"), one);
    }
    *ret = yj_take(all);
    return YJ_OK;
}

yj_status yj_bag_sign(const yj_bag *b, const yj_verify_about *about, uint64_t empty, const yj_key *key,
                      yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    yj_subject subject[YJ_BAG_LISTS_MAX];
    char name[YJ_BAG_LISTS_MAX][YJ_STATEMENT_NAME_MAX + 1];
    YJ_TRY(yj_bag_json(b, about, empty, ROWS_SIGNED, &predicate, err));
    for (size_t i = 0; i < b->count; i++) {
        snprintf(name[i], sizeof name[i], "%.*s/%s",
                 (int)(YJ_STATEMENT_NAME_MAX - sizeof b->list[i].name - 1), about->expected, b->list[i].name);
        yj_text_tidy(name[i]);
        subject[i] =
            (yj_subject){ .name = name[i], .digest = { { "sha256", b->list[i].hex } }, .digests = 1 };
    }
    return yj_statement_sign(key, subject, b->count, YJ_BAG_PREDICATE, predicate, out, err);
}

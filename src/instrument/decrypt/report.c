// SPDX-License-Identifier: Apache-2.0
#include "instrument/decrypt/report.h"
#include <stdio.h>

static const char *const places[] = { "memory", "tmpfs", "disk" };

static json_t *coverage(const yj_dec_result *r)
{
    if (r->format == YJ_DEC_PLAIN)
        return json_pack("{s:[s,s], s:[s,s,s,s,s]}", "covered", "unpacks-in-full", "contents-of-files",
                         "notCovered", "links", "empty-folders", "owners-and-permissions", "times",
                         "whether-programs-can-use-it");
    json_t *yes = json_pack("[s,s]", "opens-with-the-key-given", "contents-of-files");
    json_t *no = json_pack("[s,s,s,s,s]", "strength-of-the-key", "who-else-has-the-key",
                           "owners-and-permissions", "times", "swap-space");
    if (r->format == YJ_DEC_RAW || r->format == YJ_DEC_OPENSSL)
        json_array_append_new(r->authenticated ? yes : no, json_string("forgery-noticed-by-the-cipher"));
    if (r->weak)
        json_array_append_new(no, json_string("guesses-at-the-passphrase-are-slowed-down"));
    if (r->format == YJ_DEC_OPENPGP)
        json_array_append_new(no, json_string("signatures-in-the-message"));
    if (r->format == YJ_DEC_ZIP || r->format == YJ_DEC_7Z)
        json_array_append_new(no, json_string("whether-each-file-in-it-was-encrypted"));
    if (r->place == YJ_DEC_DISK)
        json_array_append_new(no, json_string("what-blocks-of-the-disk-still-hold"));
    return json_pack("{s:o, s:o}", "covered", yes, "notCovered", no);
}

yj_status yj_dec_json(const yj_dec_result *r, const yj_verify_result *v, const yj_verify_about *about,
                      const char *kind, size_t rows, json_t **ret, yj_error *err)
{
    char hex[2 * YJ_HASH_LEN + 1];
    json_t *all = NULL;
    YJ_TRY(yj_verify_json(v, about, rows, &all, err));
    yj_digest_hex(&r->file, hex);
    json_t *how =
        json_pack("{s:s, s:b, s:s, s:I}", "format", yj_dec_format_name(r->format), "byOtherProgram",
                  r->program, "plaintextWasIn", places[r->place], "landlock", (json_int_t)r->landlock);
    if (r->cipher) {
        json_object_set_new(how, "cipher", json_string(r->cipher));
        json_object_set_new(how, "authenticated", json_boolean(r->authenticated));
    }
    if (r->weak)
        json_object_set_new(how, "weakKeyDerivation", json_string(r->weak));
    json_object_set_new(all, r->format == YJ_DEC_PLAIN ? "archive" : "encryption", how);
    json_object_set_new(all, "coverage", coverage(r));
    json_object_set_new(all, r->format == YJ_DEC_PLAIN ? "unpackedBytes" : "decryptedBytes",
                        json_integer((json_int_t)r->bytes));
    json_object_set_new(json_object_get(all, "expected"), "kind", json_string(kind));
    json_object_set_new(json_object_get(all, "found"), "fileDigest", json_pack("{s:s}", "sha256", hex));
    *ret = all;
    return YJ_OK;
}

yj_status yj_dec_sign(const yj_dec_result *r, const yj_verify_result *v, const yj_verify_about *about,
                      const char *kind, const yj_key *key, yj_buf *out, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *predicate = NULL;
    char file[2 * YJ_HASH_LEN + 1], hex[2 * YJ_SUM_MAX + 1];
    char name[2][YJ_STATEMENT_NAME_MAX + 1];
    yj_sum list;
    YJ_TRY(yj_dec_json(r, v, about, kind, YJ_VERIFY_ROWS_SIGNED, &predicate, err));
    YJ_TRY(yj_verify_name(v, &list, err));
    yj_sum_hex(v->alg, &list, hex);
    yj_digest_hex(&r->file, file);
    snprintf(name[0], sizeof name[0], "%s", about->found);
    snprintf(name[1], sizeof name[1], "%s", about->expected);
    yj_text_tidy(name[0]);
    yj_text_tidy(name[1]);
    const yj_subject s[] = {
        { .name = name[0], .digest = { { "sha256", file } }, .digests = 1 },
        { .name = name[1], .digest = { { yj_sum_name(v->alg), hex } }, .digests = 1 },
    };
    return yj_statement_sign(key, s, YJ_COUNT(s),
                             r->format == YJ_DEC_PLAIN ? YJ_UNPACK_PREDICATE : YJ_DEC_PREDICATE, predicate,
                             out, err);
}

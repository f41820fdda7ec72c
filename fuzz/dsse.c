// SPDX-License-Identifier: Apache-2.0
/* An envelope that is taken has at least one signature and what its base64 says; a statement that is taken
 * has subjects with digests. The same bytes are tried as a statement's payload. Nothing foreign verifies. */
#include "fuzz.h"

#include "instrument/attest/statement.h"

static void check_statement(yj_span payload, yj_arena *a)
{
    yj_dsse d = { .type = YJ_SPAN(YJ_STATEMENT_PAYLOAD), .payload = payload };
    yj_statement s;
    yj_error err = { .code = YJ_OK };
    yj_status st = yj_statement_parse(&d, a, &s, &err);
    assert(st == YJ_OK || ((st == YJ_E_INVALID || st == YJ_E_LIMIT) && err.msg[0]));
    if (st != YJ_OK)
        return;
    assert(s.count > 0 && s.count <= YJ_STATEMENT_SUBJECTS_MAX && s.predicate_type[0]);
    for (size_t i = 0; i < s.count; i++)
        assert(s.subject[i].name[0] && s.subject[i].digests > 0);
    yj_statement_done(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span bytes = { (const char *)data, size };
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    yj_auto(yj_key_freep) yj_key *key = NULL;
    yj_dsse d;
    yj_error err = { .code = YJ_OK };
    static const char public[32] = { (char)0xd7, 0x5a, (char)0x98, 0x01 }; /* no one's; need not be a point */
    assert(a);
    check_statement(bytes, a);
    yj_status st = yj_dsse_parse(bytes, a, &d, &err);
    assert(st == YJ_OK || ((st == YJ_E_INVALID || st == YJ_E_LIMIT) && err.msg[0]));
    if (st != YJ_OK)
        return 0;
    assert(d.count > 0 && d.count <= YJ_DSSE_SIGNATURES_MAX && d.payload.len <= YJ_DSSE_BYTES_MAX);
    for (size_t i = 0; i < d.count; i++)
        assert(d.sig[i].signature.len > 0 && d.sig[i].signature.len <= YJ_SIG_MAX);
    if (yj_key_from_public(YJ_SIGN_ED25519, (yj_span){ public, sizeof public }, &key, NULL) == YJ_OK)
        assert(yj_dsse_verify(&d, key, NULL) == YJ_E_CORRUPT);
    check_statement(d.payload, a);
    return 0;
}

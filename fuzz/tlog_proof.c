// SPDX-License-Identifier: Apache-2.0
/* A proof that is taken, and has no extra line, is written the same way again. No bytes prove anything: the
 * key is nobody's. */
#include "fuzz.h"

#include "ledger/ledger.h"

#define NOBODY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span bytes = { (const char *)data, size };
    yj_tlog_proof p;
    yj_error err;
    assert(yj_tlog_proof_verify(bytes, YJ_SPAN("leaf"), NOBODY, &err) != YJ_OK);
    if (yj_tlog_proof_parse(bytes, &p, &err) != YJ_OK) {
        assert(err.code == YJ_E_INVALID && err.field[0]);
        return 0;
    }
    assert(p.note.len > 0 && p.note.ptr + p.note.len == bytes.ptr + bytes.len);
    assert(p.hash_count <= YJ_COUNT(p.hash));
    if (p.extra.len)
        return 0;
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, size + 1);
    yj_tlog_proof_format(p.index, p.hash, p.hash_count, p.note, &b);
    assert(yj_span_eq(yj_buf_view(&b), bytes));
    return 0;
}

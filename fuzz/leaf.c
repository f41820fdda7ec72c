// SPDX-License-Identifier: Apache-2.0
/* A leaf has one form: one that is taken is written the same way again, and the quick scan agrees with it. */
#include "fuzz.h"

#include "ledger/leaf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_span bytes = { (const char *)data, size };
    char store[YJ_LEAF_STORE];
    yj_leaf l;
    yj_leaf_view v;
    yj_digest d;
    yj_error err;
    bool scanned = yj_leaf_scan(bytes, &v), has_digest = yj_leaf_body_digest(bytes, &d);
    if (yj_leaf_parse(bytes, store, &l, &err) != YJ_OK) {
        assert(err.code == YJ_E_INVALID && err.msg[0]);
        return 0;
    }
    assert(size <= YJ_LEAF_FORM_MAX);
    assert(scanned && v.seq == l.seq && v.version == l.version && v.batch == l.batch);
    assert(yj_span_is(v.by, l.by) && yj_span_is(v.op, l.op) && yj_span_is(v.kind, l.kind));
    assert(yj_span_is(v.record, l.record));
    assert(has_digest && memcmp(d.b, l.body.b, sizeof d.b) == 0);
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_LEAF_BYTES_MAX);
    yj_leaf_format(&l, &b);
    assert(yj_span_eq(yj_buf_view(&b), bytes));
    return 0;
}

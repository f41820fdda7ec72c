// SPDX-License-Identifier: Apache-2.0
/* What is taken of a state is whole records, and all of them but a half written last one. */
#include "fuzz.h"

#include "instrument/verify/known.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_error err = { .code = YJ_OK };
    size_t good = 0, again = 0;
    yj_span all = { (const char *)data, size };
    yj_status st = yj_known_check(all, &good, &err);
    if (st != YJ_OK) {
        assert(st == YJ_E_INVALID && err.msg[0]);
        return 0;
    }
    assert(good >= 128 && good % 128 == 0 && good <= size && size - good <= 128);
    assert(yj_known_check((yj_span){ all.ptr, good }, &again, &err) == YJ_OK && again == good);
    return 0;
}

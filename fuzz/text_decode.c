// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a text file, then as passages: an end is reached, within all limits, and what comes out is
 * text. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_buf_done) yj_buf out;
    bool truncated = false;
    yj_buf_init(&out, YJ_TEXT_UTF8_BYTES_MAX);
    yj_text_fault f = yj_text_decode((yj_span){ (const char *)data, size }, &out, &truncated);
    assert(f == YJ_TEXT_FINE || f == YJ_TEXT_BINARY || f == YJ_TEXT_OLD || f == YJ_TEXT_ENCRYPTED);
    if (f == YJ_TEXT_FINE) {
        assert(yj_utf8_valid(yj_buf_view(&out)));
        assert(!truncated || size > YJ_TEXT_CHARACTERS_MAX);
        check_passages(YJ_TEXT_PLAIN, yj_buf_view(&out), truncated);
    }
    return 0;
}

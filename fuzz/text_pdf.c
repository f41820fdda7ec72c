// SPDX-License-Identifier: Apache-2.0
/* What pdftotext wrote, whatever it is: pages and passages. The first byte says whether it was cut. */
#include "fuzz_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        check_passages(YJ_TEXT_PDF, (yj_span){ (const char *)data + 1, size - 1 }, data[0] == 'C');
    return 0;
}

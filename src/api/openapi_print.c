// SPDX-License-Identifier: Apache-2.0
/* Print the document of the API with {kind} left open: what the page's client is generated from. */
#include "api/call.h"
#include <stdio.h>

int main(void)
{
    yj_error err = { 0 };
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, (size_t)16 << 20);
    if (yj_openapi_write(NULL, YJ_LANG_EN, &out, &err) != YJ_OK) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    return fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0 ? 0 : 1;
}

// SPDX-License-Identifier: Apache-2.0
/* The URL of a database, and lines of passwords: taken whole, or refused with a reason; no password comes
 * through a URL. */
#include "fuzz.h"

#include "instrument/database/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)1 << 20);
    yj_auto(yj_buf_done) yj_buf password;
    yj_error err = { .code = YJ_OK };
    yj_db_url u;
    yj_buf_init(&password, size + 1);
    const char *text = yj_arena_strndup(a, (const char *)data, size < 100000 ? size : 100000);
    yj_status st = yj_db_url_parse(text, a, &u, &err);
    assert(st == YJ_OK || ((st == YJ_E_USAGE || st == YJ_E_LIMIT) && err.msg[0]));
    if (st == YJ_OK && u.engine == YJ_DB_MYSQL)
        assert(u.host[0] && u.database[0] && u.port > 0 && u.port < 65536);
    const char *const who[] = { "h", "1", "d", "u" };
    if (yj_password_find((yj_span){ (const char *)data, size }, who, &password))
        assert(password.len <= size && password.failed == YJ_OK);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* The head of a request, as libmicrohttpd read it and as it lies in its memory. */
#include "api/http_internal.h"
#include <string.h>

typedef struct taking {
    yj_head *head;
    yj_status s;
    yj_error *err;
} taking;

static enum MHD_Result take_field(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_size,
                                  const char *value, size_t value_size)
{
    taking *t = cls;
    t->s = yj_guard_field(t->head, (yj_span){ key, key_size }, (yj_span){ value, value ? value_size : 0 },
                          t->err);
    return t->s == YJ_OK ? MHD_YES : MHD_NO;
}

/* Is a header folded over several lines? The library drops it without a word when it is the last one: its
 * length or transfer encoding would then hold for a proxy in front and not for us. It leaves the head where
 * it was read, with NULs for colons and line ends; where it took a line away, NULs are left over. */
static bool head_is_folded(struct MHD_Connection *conn, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(conn, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!i || version < method || (size_t)(version - method) >= i->header_size)
        return true; /* not laid out as we know it: rather refuse */
    const char *end = method + i->header_size, *p = memchr(version, '\0', (size_t)(end - version));
    while (p) { /* on the end of a line */
        p++;
        if (p < end && *p == '\0')
            p++;
        if (p >= end)
            return false;
        if (*p == '\0') /* the empty line, if it is the end */
            return end - p > 2;
        if (*p == ' ' || *p == '\t')
            return true;
        p = memchr(p, '\0', (size_t)(end - p)); /* the colon */
        p = p && p + 1 < end ? memchr(p + 1, '\0', (size_t)(end - p - 1)) : NULL;
    }
    return false;
}

yj_status yj_http_guard_head(struct MHD_Connection *conn, yj_req *rq, const char *url, const char *method,
                             const char *version, const yj_site *site, yj_error *err)
{
    bool http11 = strncmp(version, "HTTP/1.", 7) == 0 && version[7] >= '1' && version[7] <= '9';
    taking t = { .head = &rq->head, .s = YJ_OK, .err = err };
    MHD_get_connection_values_n(conn, MHD_HEADER_KIND, take_field, &t);
    YJ_TRY(t.s);
    if (head_is_folded(conn, method, version))
        return yj_fail(err, YJ_E_INVALID, "a header must not be folded over several lines");
    YJ_TRY(yj_guard_whole(&rq->head, http11, err));
    /* both point into the request line, one NUL apart, unless the target holds a NUL itself */
    if (version - url != (ptrdiff_t)rq->target.len + 1)
        return yj_fail(err, YJ_E_INVALID, "the request's target holds a NUL byte");
    return yj_guard_site(&rq->head, rq->method == YJ_GET || rq->method == YJ_HEAD, site, err);
}

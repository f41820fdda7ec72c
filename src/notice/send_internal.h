// SPDX-License-Identifier: Apache-2.0
/** What tries by SMTP and by HTTP share. */
#ifndef YJ_NOTICE_SEND_INTERNAL_H
#define YJ_NOTICE_SEND_INTERNAL_H

#include "notice/send.h"
#include <curl/curl.h>

/** One try, one connection. Zeroed, then yj_try_begin(); yj_try_end() whatever that said. */
typedef struct yj_try {
    CURL *curl;
    struct curl_slist *list; /* owned: of headers or recipients */
    const atomic_bool *stop;
    size_t said, said_max; /* bytes of the other side's headers or answers; over the limit the try ends */
} yj_try;

/** @param total_ms if the options say nothing. YJ_E_NOMEM */
yj_status yj_try_begin(yj_try *t, const yj_send_options *o, unsigned total_ms, yj_error *err) yj_nodiscard;
void yj_try_end(yj_try *t);

/** The outcome of a connection that failed: LATER, with words of ours. @param where host and port, no more */
void yj_try_failed(const yj_try *t, CURLcode code, const char *where, yj_outcome *ret);

#endif

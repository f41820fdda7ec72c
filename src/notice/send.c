// SPDX-License-Identifier: Apache-2.0
#include "notice/send.h"

#include "notice/address.h"
#include "notice/mail_text.h"
#include "notice/send_internal.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

/* --- what all tries share --------------------------------------------------------------------- */

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_is_ready;

static void curl_start(void)
{
    curl_is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Called about once a second, and more often while bytes move. */
static int watch(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const yj_try *t = ctx;
    return (t->stop && atomic_load(t->stop)) || t->said > t->said_max;
}

static bool is_link_local(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return (ntohl(in.sin_addr.s_addr) & 0xffff0000u) == 0xa9fe0000u; /* 169.254.0.0/16 */
    }
    struct sockaddr_in6 in6;
    if (a->sa_family != AF_INET6)
        return false;
    memcpy(&in6, a, sizeof in6);
    const uint8_t *b = in6.sin6_addr.s6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && b[12] == 169 && b[13] == 254;
    return IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) || mapped;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    return is_link_local(&a->addr) ? CURL_SOCKET_BAD
                                   : socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

yj_status yj_try_begin(yj_try *t, const yj_send_options *o, unsigned total_ms, yj_error *err)
{
    pthread_once(&curl_once, curl_start);
    t->curl = curl_is_ready ? curl_easy_init() : NULL;
    if (!t->curl)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    t->stop = o->stop;
    CURL *c = t->curl;
    bool ok = true;
#define SET(option, value) ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(o->connect_ms ? o->connect_ms : YJ_SEND_CONNECT_MS));
    SET(CURLOPT_TIMEOUT_MS, (long)(o->total_ms ? o->total_ms : total_ms));
    SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((o->total_ms ? o->total_ms : total_ms) + 999) / 1000);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, watch);
    SET(CURLOPT_XFERINFODATA, (void *)t);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_PROXY, o->proxy ? o->proxy : "");
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (o->ca_file)
        SET(CURLOPT_CAINFO, o->ca_file);
#undef SET
    return ok ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

void yj_try_end(yj_try *t)
{
    curl_slist_free_all(t->list);
    curl_easy_cleanup(t->curl);
}

void yj_try_failed(const yj_try *t, CURLcode code, const char *where, yj_outcome *ret)
{
    yj_error *e = &ret->why;
    ret->is = YJ_SENT_LATER;
    if (t->said > t->said_max) {
        yj_fail(e, YJ_E_IO, "%s does not stop talking", where);
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* they are a hundred */
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        yj_fail(e, YJ_E_IO, "%s: no such host is known", where);
        break;
    case CURLE_COULDNT_CONNECT:
        yj_fail(e, YJ_E_IO, "%s cannot be reached", where);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        yj_fail(e, YJ_E_IO, "%s did not answer in time", where);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        yj_fail(e, YJ_E_IO, "%s: its certificate is not trusted", where);
        break;
    case CURLE_SSL_CACERT_BADFILE:
        yj_fail(e, YJ_E_IO, "the file of certificate authorities cannot be read");
        break;
    case CURLE_USE_SSL_FAILED:
        yj_fail(e, YJ_E_IO, "%s offers no TLS", where);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        yj_fail(e, YJ_E_IO, "%s: no TLS connection came about", where);
        break;
    case CURLE_LOGIN_DENIED:
        yj_fail(e, YJ_E_IO, "%s does not accept user and password", where);
        break;
    case CURLE_ABORTED_BY_CALLBACK:
        yj_fail(e, YJ_E_IO, "the try was stopped");
        break;
    case CURLE_OUT_OF_MEMORY:
        yj_fail(e, YJ_E_NOMEM, "out of memory");
        break;
    default:
        yj_fail(e, YJ_E_IO, "%s: the connection failed (%d)", where, (int)code);
        break;
    }
#pragma GCC diagnostic pop
}

/* --- robots and webhooks ---------------------------------------------------------------------- */

typedef struct answer {
    yj_try t; /* first */
    yj_buf body;
    bool full;
} answer;

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
{
    answer *a = ctx;
    size_t n = size * count;
    if (a->body.len + n > YJ_ANSWER_MAX) {
        a->full = true;
        return 0;
    }
    yj_buf_add(&a->body, bytes, n);
    return a->body.failed == YJ_OK ? n : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *ctx)
{
    answer *a = ctx;
    a->t.said += size * count;
    return a->t.said <= a->t.said_max ? size * count : 0;
}

static yj_status set_post(answer *a, const yj_post *p, yj_error *err)
{
    CURL *c = a->t.curl;
    bool ok = true;
    struct curl_slist *more = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; more && i <= p->header_count; i++) {
        a->t.list = more;
        if (i < p->header_count)
            more = curl_slist_append(a->t.list, p->header[i]);
    }
    ok = more != NULL;
#define SET(option, value) ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_URL, p->url.ptr);
    SET(CURLOPT_USERAGENT, "Yunjian");
    SET(CURLOPT_HTTPHEADER, a->t.list);
    SET(CURLOPT_POSTFIELDSIZE, (long)p->body.len);
    SET(CURLOPT_POSTFIELDS, p->body.ptr);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, (void *)a);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, (void *)a);
#undef SET
    return ok ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static void post(answer *a, const yj_robot *r, const yj_post *p, yj_outcome *ret)
{
    char where[YJ_ORIGIN_MAX + 1];
    long http = 0;
    curl_off_t wait = 0;
    CURLcode code = curl_easy_perform(a->t.curl);
    curl_easy_getinfo(a->t.curl, CURLINFO_RESPONSE_CODE, &http);
    curl_easy_getinfo(a->t.curl, CURLINFO_RETRY_AFTER, &wait);
    yj_address_origin(yj_buf_view(&p->url), where);
    if (code == CURLE_OK ||
        (code == CURLE_WRITE_ERROR && a->full)) /* what it says beyond that is its own affair */
        yj_robot_read(r, (int)http, yj_buf_view(&a->body), (int64_t)wait, ret);
    else
        yj_try_failed(&a->t, code, where, ret);
}

void yj_send_robot(const yj_robot *r, const yj_send_options *o, const yj_saying *s, int64_t now_ns,
                   yj_outcome *ret)
{
    yj_auto(yj_post_done) yj_post p;
    answer a = { .t = { .said_max = YJ_HTTP_HEADERS_MAX } };
    *ret = (yj_outcome){ .is = YJ_SENT_LATER };
    yj_post_init(&p);
    yj_buf_init(&a.body, YJ_ANSWER_MAX);
    yj_status made = yj_robot_write(r, s, now_ns, &p, &ret->why);
    if (made == YJ_E_INVALID)
        ret->is = YJ_SENT_REFUSED;
    if (made == YJ_OK && yj_try_begin(&a.t, o, YJ_SEND_POST_MS, &ret->why) == YJ_OK &&
        set_post(&a, &p, &ret->why) == YJ_OK)
        post(&a, r, &p, ret);
    yj_try_end(&a.t);
    yj_buf_done(&a.body);
}

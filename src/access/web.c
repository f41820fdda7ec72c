// SPDX-License-Identifier: Apache-2.0
#include "access/web.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/socket.h>

#define LETTERS_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* --- addresses -------------------------------------------------------------------------------- */

static bool all_of(yj_span s, const char *set)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\0' || !strchr(set, s.ptr[i]))
            return false;
    return true;
}

bool yj_web_host_is_loopback(yj_span host)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    if (host.len == 9 && strncasecmp(host.ptr, "localhost", 9) == 0)
        return true;
    if (host.len == 0 || host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (inet_pton(AF_INET, text, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, text, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static bool port_valid(yj_span s)
{
    int64_t port = 0;
    return s.len >= 1 && s.len <= 5 && s.ptr[0] != '-' && yj_span_i64(s, &port) && port >= 1 && port <= 65535;
}

bool yj_web_host_valid(yj_span s, yj_span *ret_host)
{
    const char *colon = s.len ? memrchr(s.ptr, ':', s.len) : NULL;
    if (colon && !memchr(colon, ']', (size_t)(s.ptr + s.len - colon))) {
        if (!port_valid((yj_span){ colon + 1, (size_t)(s.ptr + s.len - colon) - 1 }))
            return false;
        s.len = (size_t)(colon - s.ptr);
    }
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
        char text[INET6_ADDRSTRLEN];
        struct in6_addr six;
        s = (yj_span){ s.ptr + 1, s.len - 2 };
        snprintf(text, sizeof text, "%.*s", (int)(s.len < sizeof text ? s.len : 0), s.ptr);
        *ret_host = s;
        return inet_pton(AF_INET6, text, &six) == 1;
    }
    *ret_host = s;
    return s.len >= 1 && s.len <= 253 && s.ptr[0] != '.' && s.ptr[0] != '-' &&
           all_of(s, LETTERS_DIGITS ".-") && !memmem(s.ptr, s.len, "..", 2);
}

/* Bytes of "scheme://host:port"; 0 if it has no such beginning. */
static size_t origin_len(yj_span s, bool *ret_tls, yj_span *ret_host)
{
    *ret_tls = s.len > 8 && memcmp(s.ptr, "https://", 8) == 0;
    size_t at = *ret_tls ? 8 : s.len > 7 && memcmp(s.ptr, "http://", 7) == 0 ? 7 : 0, end = at;
    if (!at)
        return 0;
    while (end < s.len && s.ptr[end] != '/' && s.ptr[end] != '?')
        end++;
    return yj_web_host_valid((yj_span){ s.ptr + at, end - at }, ret_host) ? end : 0;
}

bool yj_web_address_valid(yj_span s, bool query)
{
    bool tls = false;
    yj_span host = { "", 0 };
    size_t n = s.len <= YJ_WEB_URL_MAX ? origin_len(s, &tls, &host) : 0;
    return n && (tls || yj_web_host_is_loopback(host)) &&
           all_of((yj_span){ s.ptr + n, s.len - n },
                  query ? LETTERS_DIGITS "-._~/%!$&'*+,;=:@?" : LETTERS_DIGITS "-._~/%");
}

void yj_web_origin(yj_span s, char ret[static YJ_WEB_ORIGIN_MAX + 1])
{
    bool tls = false;
    yj_span host = { "", 0 };
    size_t n = origin_len(s, &tls, &host);
    snprintf(ret, YJ_WEB_ORIGIN_MAX + 1, "%.*s", n ? (int)n : 1, n ? s.ptr : "?");
}

/* --- asking ----------------------------------------------------------------------------------- */

typedef struct asking {
    CURL *curl;
    struct curl_slist *list; /* owned */
    const atomic_bool *stop;
    size_t headers;
    bool full; /* it says more than it may */
    yj_buf *body;
} asking;

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static bool curl_is_ready;

static void curl_start(void)
{
    curl_is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Called about once a second, and more often while bytes move. */
static int watch(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const asking *x = ctx;
    return x->stop && atomic_load(x->stop);
}

static bool is_link_local(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 16 == 0xa9fe; /* 169.254.0.0/16 */
    }
    struct sockaddr_in6 in6;
    if (a->sa_family != AF_INET6)
        return false;
    memcpy(&in6, a, sizeof in6);
    const uint8_t *b = in6.sin6_addr.s6_addr;
    bool mapped = IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) && b[12] == 169 && b[13] == 254;
    return mapped || IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr);
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    return is_link_local(&a->addr) ? CURL_SOCKET_BAD
                                   : socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
{
    asking *x = ctx;
    size_t n = size * count;
    x->full = x->body->len + n > x->body->max;
    if (x->full)
        return 0;
    yj_buf_add(x->body, bytes, n);
    return x->body->failed == YJ_OK ? n : 0;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *ctx)
{
    asking *x = ctx;
    x->headers += size * count;
    x->full = x->headers > YJ_WEB_HEADERS_MAX;
    return x->full ? 0 : size * count;
}

static bool set_all(asking *x, const yj_web_options *o, const yj_web_request *r)
{
    CURL *c = x->curl;
    bool ok = true;
    unsigned total = o->total_ms ? o->total_ms : YJ_WEB_TOTAL_MS;
#define SET(option, value) ok = ok && curl_easy_setopt(c, option, value) == CURLE_OK
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(o->connect_ms ? o->connect_ms : YJ_WEB_CONNECT_MS));
    SET(CURLOPT_TIMEOUT_MS, (long)total);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, watch);
    SET(CURLOPT_XFERINFODATA, (void *)x);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_PROXY, o->proxy ? o->proxy : "");
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (o->ca_file)
        SET(CURLOPT_CAINFO, o->ca_file);
    SET(CURLOPT_URL, r->url);
    SET(CURLOPT_USERAGENT, "Yunjian");
    SET(CURLOPT_HTTPHEADER, x->list);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, (void *)x);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, (void *)x);
    if (r->user) {
        SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        SET(CURLOPT_USERNAME, r->user);
        SET(CURLOPT_PASSWORD, r->password);
    }
    if (r->form) {
        SET(CURLOPT_POSTFIELDSIZE, (long)r->form->len);
        SET(CURLOPT_POSTFIELDS, r->form->ptr);
    }
#undef SET
    return ok;
}

static yj_status failed(const asking *x, CURLcode code, const char *where, yj_error *err)
{
    if (x->full)
        return yj_fail(err, YJ_E_LIMIT, "%s does not stop talking", where);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wswitch-enum" /* they are a hundred */
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return yj_fail(err, YJ_E_BUSY, "%s: no such host is known", where);
    case CURLE_COULDNT_CONNECT:
        return yj_fail(err, YJ_E_BUSY, "%s cannot be reached", where);
    case CURLE_OPERATION_TIMEDOUT:
        return yj_fail(err, YJ_E_BUSY, "%s did not answer in time", where);
    case CURLE_PEER_FAILED_VERIFICATION:
        return yj_fail(err, YJ_E_BUSY, "%s: its certificate is not trusted", where);
    case CURLE_SSL_CACERT_BADFILE:
        return yj_fail(err, YJ_E_IO, "the file of certificate authorities cannot be read");
    case CURLE_SSL_CONNECT_ERROR:
        return yj_fail(err, YJ_E_BUSY, "%s: no TLS connection came about", where);
    case CURLE_ABORTED_BY_CALLBACK:
        return yj_fail(err, YJ_E_BUSY, "the try was stopped");
    case CURLE_OUT_OF_MEMORY:
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    default:
        return yj_fail(err, YJ_E_BUSY, "%s: the connection failed (%d)", where, (int)code);
    }
#pragma GCC diagnostic pop
}

static yj_status perform(asking *x, const yj_web_request *r, int *ret_status, yj_error *err)
{
    char where[YJ_WEB_ORIGIN_MAX + 1];
    long http = 0;
    CURLcode code = curl_easy_perform(x->curl);
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &http);
    YJ_TRY(yj_buf_status(x->body, err));
    yj_web_origin(yj_span_of(r->url), where);
    if (code != CURLE_OK)
        return failed(x, code, where, err);
    *ret_status = (int)http;
    return YJ_OK;
}

yj_status yj_web_ask(const yj_web_options *o, const yj_web_request *r, int *ret_status, yj_buf *body,
                     yj_error *err)
{
    asking x = { .stop = o->stop, .body = body };
    pthread_once(&curl_once, curl_start);
    x.curl = curl_is_ready ? curl_easy_init() : NULL;
    x.list = curl_slist_append(NULL, "Accept: application/json");
    bool ready = x.curl && x.list && set_all(&x, o, r);
    yj_status s = ready ? perform(&x, r, ret_status, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    curl_slist_free_all(x.list);
    curl_easy_cleanup(x.curl);
    return s;
}

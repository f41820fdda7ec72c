// SPDX-License-Identifier: Apache-2.0
/**
 * The HTTP listener and its worker threads. The only header behind which libmicrohttpd stands.
 *
 *   listener's threads (2)                          workers (N), slow workers (3)
 *   head in -> guard -> app->begin (answers from
 *   memory, or says what it takes as a body)
 *   body in, counted against its limit
 *   connection suspended  ----------------------->  app->handle, and app->chunk for streamed bodies
 *                                                   (may end before the answer exists, see yj_req_post)
 *   answer sent  <---------------------------------  yj_req_answer
 *
 * A body over its limit, or of a refused request, is read and thrown away up to YJ_HTTP_DRAIN_MAX bytes, so
 * that the client gets to read its answer; one announced with "Expect: 100-continue" is refused unread.
 *
 * There are at most `connections` at once. When all are taken, who comes waits in the kernel's queue (511)
 * and is let in as others leave; who dawdles is closed then (api/patience.h, with all limits of time).
 */
#ifndef YJ_API_HTTP_H
#define YJ_API_HTTP_H

#include "api/forwarded.h"
#include "api/guard.h"
#include "api/patience.h"
#include "api/tls.h"
#include "base/arena.h"

#define YJ_HTTP_DRAIN_MAX ((uint64_t)2 << 30)
#define YJ_HTTP_CHUNK_BYTES ((size_t)256 << 10)
#define YJ_HTTP_ARENA_BYTES ((size_t)64 << 20)
#define YJ_HTTP_LENGTH_UNKNOWN UINT64_MAX
#define YJ_HTTP_CONNECTIONS 1000u /* at once */
#define YJ_HTTP_TIMEOUT_S 60u     /* of a connection on which nothing moves */

typedef struct yj_http yj_http;
typedef struct yj_answer yj_answer;
typedef struct yj_stream yj_stream;

typedef enum yj_method {
    YJ_GET,
    YJ_HEAD,
    YJ_POST,
    YJ_PUT,
    YJ_PATCH,
    YJ_DELETE,
    YJ_METHOD_OTHER,
    YJ_METHOD_COUNT_
} yj_method;
const char *yj_method_name(yj_method m); /* "GET"; "" for others */

typedef enum yj_body_plan {
    YJ_BODY_NONE,   /* a body is refused */
    YJ_BODY_WHOLE,  /* gathered in rq->body */
    YJ_BODY_STREAM, /* handed to app->chunk piece by piece */
} yj_body_plan;

/** One exchange. Fields are the application's to read, those of the second part to write. */
typedef struct yj_req {
    yj_method method;
    yj_span target; /* path and query as sent; NUL-terminated */
    yj_head head;
    uint64_t length;    /* of the body: 0 if there is none, YJ_HTTP_LENGTH_UNKNOWN if chunked */
    int64_t started_ns; /* monotonic, head complete */
    char id[17];        /* for the error body and the log */
    /* The client's address, "192.0.2.7" or "2001:db8::7" (IPv4 that came over IPv6 is shown as IPv4): of the
     * connection, or what a trusted proxy says (api/forwarded.h). Never "". */
    char address[YJ_ADDRESS_BYTES];
    bool secure;     /* the client speaks TLS */
    yj_span body;    /* whole body; until the answer */
    yj_arena *arena; /* in handle, chunk and what follows them, until the answer */

    yj_body_plan plan; /* begin: what to do with a body */
    uint64_t body_max; /* begin: largest body; more is answered 413 */
    bool slow;         /* begin: for the slow workers */
    bool ends;         /* any time before the answer: call app->end when the exchange is over */
    void *call;        /* app->call_bytes zeroed bytes of the application's */
} yj_req;

typedef struct yj_http_app {
    void *ctx;
    size_t call_bytes;
    const yj_site *site; /* borrowed; may change only before the start */
    /** Listener's thread: the head is in and passed the guard. Must not block. May answer. */
    void (*begin)(void *ctx, yj_req *rq);
    /** Worker: a piece of a streamed body. May answer (with an error): the rest is thrown away. */
    void (*chunk)(void *ctx, yj_req *rq, yj_span bytes);
    /** Worker: the request is complete. Must see to it that yj_req_answer is called, now or later. */
    void (*handle)(void *ctx, yj_req *rq);
    /** Worker, if rq->ends: the exchange is over, the answer sent or, with the arena still there, the client
     *  gone before it. */
    void (*end)(void *ctx, yj_req *rq);
    /** Any thread: the answer to a failure the application did not see (guard, limits, shutting down). */
    yj_answer *(*refuse)(void *ctx, yj_req *rq, const yj_error *why);
    /** Listener's thread, for counting: an answer was handed over. */
    void (*answered)(void *ctx, yj_req *rq, const yj_answer *a, int status);
} yj_http_app;

typedef struct yj_http_options {
    const char *address;            /* NULL: 127.0.0.1; IPv4 or IPv6, or "localhost" */
    bool any_address;               /* else the address must be 127.0.0.1 or ::1 */
    uint16_t port;                  /* 0: any free one */
    unsigned workers, slow_workers; /* 0: 4 and 3 */
    unsigned connections;           /* 0: YJ_HTTP_CONNECTIONS */
    unsigned timeout_s;             /* 0: YJ_HTTP_TIMEOUT_S */
    yj_patience_limits patience;    /* of a client that is slow; zeros: as in api/patience.h */
    yj_tls *tls;                    /* borrowed; NULL: plain HTTP */
    const yj_networks *trusted;     /* copied; proxies that tell who their client is; NULL: none */
} yj_http_options;

/** @param app borrowed until yj_http_stop()
 *  @return YJ_E_USAGE for what is no address, or is not of this machine alone while `any_address` is not set;
 *          YJ_E_BUSY if the port is taken, YJ_E_IO if it cannot be bound */
yj_status yj_http_start(const yj_http_app *app, const yj_http_options *o, yj_http **ret,
                        yj_error *err) yj_nodiscard;
/** No more requests; waits for those under way (streams must have been ended). */
void yj_http_stop(yj_http *h);
YJ_DEFINE_CLEANUP(yj_http, yj_http_stop)
const char *yj_http_url(const yj_http *h); /* "http://127.0.0.1:8080" */
void yj_http_stats_read(yj_http *h, yj_patience_stats *ret);

/* --- answers: immutable, counted, may be sent on many connections ------------------------------------------
 */

typedef struct yj_answer_header {
    const char *name, *value;
} yj_answer_header;

/** @param body its memory is taken over (the buffer is empty afterwards); NULL for none
 *  @param headers copied
 *  @return NULL when out of memory */
yj_answer *yj_answer_new(int status, yj_buf *body, const yj_answer_header *headers, size_t header_count);
/** From an open file: `length` bytes from `offset`. The descriptor is closed with the answer (also on
 *  failure). */
yj_answer *yj_answer_file(int status, int fd, uint64_t offset, uint64_t length,
                          const yj_answer_header *headers, size_t header_count);
/** Without an end of its own, for one connection only: what is pushed to the stream is sent as it comes.
 *  The answer holds a reference of its own. */
yj_answer *yj_answer_stream(yj_stream *s, const yj_answer_header *headers, size_t header_count);
yj_answer *yj_answer_ref(yj_answer *a);
void yj_answer_unref(yj_answer *a);
int yj_answer_status(const yj_answer *a);
size_t yj_answer_bytes(const yj_answer *a); /* of memory its body takes */

/** Answer a request; takes the reference over. Once for each request; NULL (out of memory) closes the
 *  connection. From begin, chunk, handle, or a function posted by yj_req_post.
 *  @param not_modified send 304 without a body in place of the answer's own status */
void yj_req_answer(yj_req *rq, yj_answer *a, bool not_modified);
/** Run `fn` on a worker. For handlers that wait for something: handle returns with no answer, and whoever
 *  brings the news posts the rest. Nobody may touch the request in between. Any thread; never blocks. */
void yj_req_post(yj_req *rq, void (*fn)(yj_req *rq));

/* --- streams: a counted queue of bytes from any thread to one connection -----------------------------------
 */

#define YJ_STREAM_BYTES_MAX ((size_t)64 << 10)
yj_stream *yj_stream_new(void); /* one reference; NULL when out of memory */
void yj_stream_ref(yj_stream *s);
void yj_stream_unref(yj_stream *s);
/** False if the client is gone or so slow that YJ_STREAM_BYTES_MAX bytes wait: then the stream has ended. */
bool yj_stream_push(yj_stream *s, yj_span bytes);
void yj_stream_end(yj_stream *s);

#endif

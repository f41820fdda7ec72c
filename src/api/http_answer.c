// SPDX-License-Identifier: Apache-2.0
/* Answers, shared and counted; streams, which have no end of their own. */
#include "api/http_internal.h"
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct yj_stream {
    atomic_int refs;
    pthread_mutex_t lock;
    struct MHD_Connection *conn; /* NULL before the answer is under way and after it ended */
    bool suspended, ended;
    yj_buf waiting;
};

static yj_answer *answer_wrap(int status, size_t bytes, struct MHD_Response *mhd,
                              const yj_answer_header *headers, size_t count)
{
    yj_answer *a = mhd ? calloc(1, sizeof *a) : NULL;
    bool good = a != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = MHD_add_response_header(mhd, headers[i].name, headers[i].value) == MHD_YES;
    if (!good) {
        if (mhd)
            MHD_destroy_response(mhd);
        free(a);
        return NULL;
    }
    *a = (yj_answer){ .refs = 1, .status = status, .bytes = bytes, .mhd = mhd };
    return a;
}

yj_answer *yj_answer_new(int status, yj_buf *body, const yj_answer_header *headers, size_t header_count)
{
    size_t len = body ? body->len : 0, held = len ? body->cap : 0;
    void *bytes = len ? body->ptr : NULL;
    if (body && !len)
        yj_buf_done(body);
    struct MHD_Response *mhd =
        MHD_create_response_from_buffer(len, bytes, len ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (len) { /* the memory has a new owner */
        if (!mhd)
            free(bytes);
        *body = (yj_buf){ .max = body->max };
    }
    return answer_wrap(status, held, mhd, headers, header_count);
}

yj_answer *yj_answer_file(int status, int fd, uint64_t offset, uint64_t length,
                          const yj_answer_header *headers, size_t header_count)
{
    struct MHD_Response *mhd = MHD_create_response_from_fd_at_offset64(length, fd, offset);
    if (!mhd)
        close(fd);
    return answer_wrap(status, 0, mhd, headers, header_count);
}

yj_answer *yj_answer_ref(yj_answer *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void yj_answer_unref(yj_answer *a)
{
    if (!a || atomic_fetch_sub(&a->refs, 1) != 1)
        return;
    MHD_destroy_response(a->mhd);
    free(a);
}

int yj_answer_status(const yj_answer *a)
{
    return a->status;
}

size_t yj_answer_bytes(const yj_answer *a)
{
    return a->bytes;
}

/* --- streams ----------------------------------------------------------------------------------------------
 */

yj_stream *yj_stream_new(void)
{
    yj_stream *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->refs = 1;
    pthread_mutex_init(&s->lock, NULL);
    yj_buf_init(&s->waiting, YJ_STREAM_BYTES_MAX);
    return s;
}

void yj_stream_ref(yj_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
}

void yj_stream_unref(yj_stream *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&s->lock);
    yj_buf_done(&s->waiting);
    free(s);
}

/* The lock is held. */
static void stream_wake(yj_stream *s)
{
    if (s->suspended) {
        s->suspended = false;
        MHD_resume_connection(s->conn);
    }
}

bool yj_stream_push(yj_stream *s, yj_span bytes)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended) {
        yj_buf_span(&s->waiting, bytes);
        if (yj_buf_status(&s->waiting, NULL) != YJ_OK)
            s->ended = true;
        stream_wake(s);
    }
    bool good = !s->ended;
    pthread_mutex_unlock(&s->lock);
    return good;
}

void yj_stream_end(yj_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    stream_wake(s);
    pthread_mutex_unlock(&s->lock);
}

/* Listener's thread: what waits, or sleep until something does. */
static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    yj_stream *s = cls;
    ssize_t n = 0;
    pthread_mutex_lock(&s->lock);
    if (s->waiting.len) {
        size_t take = s->waiting.len < max ? s->waiting.len : max;
        memcpy(buf, s->waiting.ptr, take);
        memmove(s->waiting.ptr, s->waiting.ptr + take, s->waiting.len - take);
        s->waiting.len -= take;
        n = (ssize_t)take;
    } else if (s->ended) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->suspended = true;
        MHD_suspend_connection(s->conn);
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void stream_release(void *cls)
{
    yj_stream_unref(cls);
}

yj_answer *yj_answer_stream(yj_stream *s, const yj_answer_header *headers, size_t header_count)
{
    yj_stream_ref(s);
    struct MHD_Response *mhd =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, stream_read, s, stream_release);
    if (!mhd)
        yj_stream_unref(s);
    yj_answer *a = answer_wrap(200, 0, mhd, headers, header_count);
    if (a)
        a->stream = s;
    return a;
}

void yj_stream_attach(yj_stream *s, struct MHD_Connection *conn)
{
    pthread_mutex_lock(&s->lock);
    s->conn = conn;
    pthread_mutex_unlock(&s->lock);
}

void yj_stream_detach(yj_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->conn = NULL;
    s->suspended = false;
    s->ended = true;
    pthread_mutex_unlock(&s->lock);
}

// SPDX-License-Identifier: Apache-2.0
/**
 * A real server for tests: an installation in a temporary folder with packs/core and tests/api/pack, one
 * institution "demo", listening on a free port of this machine; and a client that speaks HTTP over a plain
 * socket, so that tests decide about every byte. With YJ_TEST_STORE=postgres the store is a PostgreSQL.
 */
#ifndef YJ_TESTS_API_TEST_H
#define YJ_TESTS_API_TEST_H

/* cmocka wants these before itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/page.h"
#include "api/server.h"
#include "base/hash.h"
#include "base/json.h"

/** Set-up and tear-down for a group: *state is a world. */
typedef struct world {
    bool signs_in;     /* people sign in; else the server is open */
    yj_places *places; /* of the next start; borrowed; NULL: none */
    yj_media *media;   /* likewise */
    char dir[64], data[96];
    yj_engine *engine;
    yj_server *server;
    int port;
    yj_institution inst; /* demo */
} world;
int world_setup(void **state);
/** The same, with sign-in; passwords are hashed cheaply. */
int world_setup_signed(void **state);
int world_teardown(void **state);
/** Stop the server, close the engine, open both again. */
void world_restart(world *w);

/** A page of three files that stands in for the real one. */
extern const yj_page test_page;

typedef struct answer {
    int status;
    char *head; /* status line and fields, NUL-terminated */
    char *body;
    size_t len;
    size_t extra;     /* bytes behind the body */
    bool closed;      /* the server closed the connection afterwards (or said it would) */
    json_t *json;     /* of a JSON body */
    char value[1024]; /* of the last answer_header() */
} answer;
void answer_done(answer *a);
/** A field of the head, by its name in any case; NULL if it is not there. Static until the next call. */
const char *answer_header(answer *a, const char *name);

int dial(const world *w);
void send_all(int fd, const void *bytes, size_t len);
/** Read one answer; `head_only` for answers to HEAD. False if the connection ended before a status line. */
bool read_answer(int fd, bool head_only, answer *ret);

/** One request on a connection of its own. Headers as "Name: value\r\n" lines, or NULL. A body of JSON gets
 *  its Content-Type. The answer lives until answer_done(). */
answer call(const world *w, const char *method, const char *path, const char *headers, const char *body);
answer call_bytes(const world *w, const char *method, const char *path, const char *headers, const void *body,
                  size_t len);
/** call(), the status checked, the answer dropped. */
void call_expect(const world *w, int status, const char *method, const char *path, const char *headers,
                 const char *body);
/** The same for an error: its code (slug) and field ("" for none) are checked, and that both languages are
 *  there. */
void call_refused(const world *w, int status, const char *code, const char *field, const char *method,
                  const char *path, const char *headers, const char *body);

/* --- browsers, where people sign in ----------------------------------------------------------- */

/** What a browser keeps. */
typedef struct browser {
    char session[200], device[300]; /* cookies, "name=value"; "" none */
    char csrf[64];                  /* of the page */
} browser;
/** Like call(): with the cookies and, if it changes something, the CSRF value; cookies and value that come
 * back are kept. */
answer visit(const world *w, browser *b, const char *method, const char *path, const char *body);
/** The same with one cookie more, "name=value"; "" none. */
answer visit_with(const world *w, browser *b, const char *cookie, const char *method, const char *path,
                  const char *body);
void visit_expect(const world *w, browser *b, int status, const char *method, const char *path,
                  const char *body);
#define PASSWORD "correct horse battery"
/** The first administrator, from the address that the server gives; signed in. */
void first_administrator(world *w, browser *b);
/** An account of a new person of the institution (code or id), made by `by`, its password set; `b` is signed
 * in.
 *  @param ret_person id; may be NULL */
void person_signs_in(world *w, browser *by, const char *institution, const char *name, const char *roles,
                     browser *b, char ret_person[static YJ_UUID_LEN + 1]);

/** Text at a path of the JSON body such as "error.code" or "items.0.id"; "" if it is not there. */
const char *json_at(const json_t *v, const char *path);
int64_t json_int_at(const json_t *v, const char *path);

/** Create a record of a kind from the JSON of its fields; its id (static, 16 calls). */
const char *put_record(const world *w, const char *kind, const char *fields);

/** kB, from /proc/self/status; always 0 under a sanitizer, whose memory is not ours. */
long peak_memory_kb(void);
/** Begin a new peak. */
void reset_peak_memory(void);

#define yj_ok(call)                                                                                          \
    do {                                                                                                     \
        if ((call) != YJ_OK)                                                                                 \
            fail_msg("%s: %s %s", #call, err.field, err.msg);                                                \
    } while (0)

#define DEMO "/api/v1/institutions/demo"

#endif

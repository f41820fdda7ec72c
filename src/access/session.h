// SPDX-License-Identifier: Apache-2.0
/**
 * Sessions: who has signed in, in a browser. Table session, outside the ledger. A session is known by a token
 * of 256 random bits, which the browser keeps (a cookie); here lies only its SHA-256, so that the table opens
 * nothing. It also has an id, which opens nothing and is shown in lists.
 *
 * The token is another one after every proof of who it is (password, code, step-up): one that was slipped in
 * or seen before is then worth nothing. A session ends by its owner, by itself, or with its person's link
 * (access/account.h); of a locked account none is found.
 *
 * Times are ns UTC, handed in. Functions that write run inside the caller's write, the others on any
 * connection. Errors besides those named: those of the store.
 */
#ifndef YJ_ACCESS_SESSION_H
#define YJ_ACCESS_SESSION_H

#include "access/network.h"
#include "store/db.h"
#include "store/id_key.h"

#define YJ_SESSION_TOKEN_LEN 52  /* characters: 32 bytes in base32 */
#define YJ_SESSION_AGENT_MAX 200 /* bytes of what the browser says it is; more is cut off */
#define YJ_SESSION_SEEN_S 60     /* seconds between two notes that it was seen */

/** Seconds; 0: the default. */
typedef struct yj_session_options {
    unsigned idle_s;     /* without being seen: 1800. It may end YJ_SESSION_SEEN_S earlier */
    unsigned absolute_s; /* since it began: 43200 */
    unsigned second_s;   /* to give the code: 300 */
    unsigned most;       /* sessions of an account, those that lack the code apart and by network: 20; one
                            more ends the one that was seen longest ago */
} yj_session_options;

typedef enum yj_session_stage {
    YJ_SESSION_SECOND, /* the password was right, a code is wanted: may do nothing but give it */
    YJ_SESSION_FULL,
} yj_session_stage;

typedef struct yj_session {
    char id[YJ_UUID_LEN + 1], account[YJ_UUID_LEN + 1];
    yj_session_stage stage;
    int64_t created_ns, seen_ns;
    int64_t
        proved_ns;   /* when it last proved who it is: what is delicate may ask for that not to be long ago */
    int64_t ends_ns; /* if it is not seen any more */
    char network[YJ_NETWORK_BYTES]; /* where it was begun */
    char agent[YJ_SESSION_AGENT_MAX + 1];
    int64_t inst;               /* as whom it acts */
    char person[YJ_ID_KEY_MAX]; /* "": nobody yet */
    bool touch;                 /* it is time for yj_session_touch() */
} yj_session;

typedef struct yj_session_new {
    const char *account;
    yj_session_stage stage;
    const char *address; /* where it comes from */
    yj_span agent;       /* any bytes */
    const char *instead; /* id of a session that ends with this; NULL: none */
} yj_session_new;
/** The account is not looked at: it has just signed in. @param ret_token to be given to the browser, nowhere
 * else */
yj_status yj_session_begin(yj_db *db, const yj_session_options *o, const yj_session_new *n, int64_t now_ns,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1],
                           char ret_id[static YJ_UUID_LEN + 1], yj_error *err) yj_nodiscard;

/** The live session of an active account that has this token; any bytes may be asked for.
 *  @param ret set if *ret_found */
yj_status yj_session_find(yj_db *db, const yj_session_options *o, yj_span token, int64_t now_ns,
                          yj_session *ret, bool *ret_found, yj_error *err) yj_nodiscard;
/** It is seen now: for a session that was found with `touch`. */
yj_status yj_session_touch(yj_db *db, const char *id, int64_t now_ns, yj_error *err) yj_nodiscard;
/** It has proved who it is, by a code or once more: from now on it is full and has another token.
 *  @return YJ_E_NOT_FOUND if it has ended meanwhile */
yj_status yj_session_prove(yj_db *db, const char *id, int64_t now_ns,
                           char ret_token[static YJ_SESSION_TOKEN_LEN + 1], yj_error *err) yj_nodiscard;
/** Act as that person. @return YJ_E_FORBIDDEN if the account does not stand for it, YJ_E_NOT_FOUND (no
 * session) */
yj_status yj_session_act(yj_db *db, const char *id, int64_t inst, const char *person,
                         yj_error *err) yj_nodiscard;

/** The live sessions of an account, the one begun last first; at most `cap`. */
yj_status yj_session_list(yj_db *db, const yj_session_options *o, const char *account, int64_t now_ns,
                          yj_session *rows, size_t cap, size_t *ret_count, yj_error *err) yj_nodiscard;
/** End one of the account's. YJ_E_NOT_FOUND */
yj_status yj_session_end(yj_db *db, const char *account, const char *id, yj_error *err) yj_nodiscard;
/** End all of the account's but one (NULL: all). @param ret_count may be NULL */
yj_status yj_session_end_others(yj_db *db, const char *account, const char *but, int64_t *ret_count,
                                yj_error *err) yj_nodiscard;
/** Remove those that have ended by themselves. */
yj_status yj_session_sweep(yj_db *db, const yj_session_options *o, int64_t now_ns,
                           yj_error *err) yj_nodiscard;

/** What a page of the session sends along with each change, which another site cannot know: made from the
 * token (HMAC), so it changes with it and is kept nowhere. False if that is no token. */
bool yj_session_csrf(yj_span token, char ret[static YJ_SESSION_TOKEN_LEN + 1]);
bool yj_session_csrf_ok(yj_span token, yj_span given);

#endif

// SPDX-License-Identifier: Apache-2.0
/**
 * Tokens of the API: with what a program acts as a person, without a browser. Table api_token, outside the
 * ledger.
 *
 * A token is "yj_" and 45 bytes in base32: an id of 10, by which its row is found, a secret of 30, of which
 * only the SHA-256 is kept, and the first 5 of a SHA-256 over both and the prefix, by which one that was
 * mistyped or cut off is known without looking it up, and one that lies in a file where it should not is
 * found. It is shown once.
 *
 * A token can do no more than its person may (access/may.h), and less: only read, only some kinds, or the
 * calendar alone, since programs that show one keep passwords carelessly. It always expires.
 *
 * Times are ns UTC, handed in. Functions that write run inside the caller's write, the others on any
 * connection. Errors besides those named: those of the store.
 */
#ifndef YJ_ACCESS_API_TOKEN_H
#define YJ_ACCESS_API_TOKEN_H

#include "access/account.h"
#include "store/id_key.h"

#define YJ_TOKEN_PREFIX "yj_"
#define YJ_TOKEN_LEN 75
#define YJ_TOKEN_ID_LEN 16 /* characters of its id: 10 bytes in base32 */
#define YJ_TOKEN_SECRET_BYTES 30
#define YJ_TOKEN_NAME_MAX 100 /* bytes */
#define YJ_TOKEN_KINDS_MAX 64
#define YJ_TOKEN_KIND_MAX 41 /* characters of a kind's name */
#define YJ_TOKEN_DAYS_MAX 366
#define YJ_TOKENS_MAX 100      /* live ones of an account */
#define YJ_TOKEN_USED_S 60     /* seconds between two notes that it was used */
#define YJ_TOKENS_KEPT_DAYS 90 /* after its end a token stands in the list so long */

typedef struct yj_token {
    char id[YJ_TOKEN_ID_LEN + 1]; /* opens nothing */
    char account[YJ_UUID_LEN + 1];
    char name[YJ_TOKEN_NAME_MAX + 1];
    bool write;    /* else it may only read */
    bool calendar; /* for the calendar alone: its kinds are "" */
    char
        kinds[YJ_TOKEN_KINDS_MAX * (YJ_TOKEN_KIND_MAX + 1) + 1]; /* names, one blank between them; "*": all */
    int64_t inst;                                                /* as whom it acts */
    char person[YJ_ID_KEY_MAX];
    int64_t created_ns, expires_ns;
    int64_t used_ns, revoked_ns; /* 0: never */
    bool touch;                  /* it is time for yj_token_touch() */
} yj_token;

typedef struct yj_token_new {
    const char *account;
    yj_span name; /* for the owner: what it is used for */
    bool write;
    const char *const *kinds; /* a-z 0-9 _ each */
    size_t kind_count;        /* 0: all */
    bool calendar;            /* may read the calendar and nothing else; without `write` and kinds */
    int64_t inst;
    const char *person;
    int64_t expires_ns;
} yj_token_new;
/**
 * @param ret_token to be shown, once; the caller wipes it
 * @return YJ_E_INVALID naming "name", "kinds", "calendar" or "expires" (over YJ_TOKEN_DAYS_MAX, or past);
 * YJ_E_FORBIDDEN (the account does not stand for the person); YJ_E_LIMIT (over YJ_TOKENS_MAX)
 */
yj_status yj_token_create(yj_db *db, const yj_token_new *n, int64_t now_ns,
                          char ret_token[static YJ_TOKEN_LEN + 1], char ret_id[static YJ_TOKEN_ID_LEN + 1],
                          yj_error *err) yj_nodiscard;

/** Is it of the form, and are its parts of one token? @param ret_secret the caller wipes it */
bool yj_token_parse(yj_span token, char ret_id[static YJ_TOKEN_ID_LEN + 1],
                    uint8_t ret_secret[static YJ_TOKEN_SECRET_BYTES]);
/** The live token of an active account; any bytes may be asked for. How long it takes tells nothing of the
 * secret.
 *  @param ret set if *ret_found */
yj_status yj_token_find(yj_db *db, yj_span token, int64_t now_ns, yj_token *ret, bool *ret_found,
                        yj_error *err) yj_nodiscard;
/** Is that within its scope? @param kind NULL: something that is of no one kind, which only a token for all
 * may do */
bool yj_token_allows(const yj_token *t, bool write, const char *kind);
/** May it read the calendar? One made for that, and one for everything. */
bool yj_token_reads_calendar(const yj_token *t);
/** It is used now: for a token that was found with `touch`. */
yj_status yj_token_touch(yj_db *db, const char *id, int64_t now_ns, yj_error *err) yj_nodiscard;

/** The account's tokens, also those that have ended, the one made last first; at most `cap`. */
yj_status yj_token_list(yj_db *db, const char *account, yj_token *rows, size_t cap, size_t *ret_count,
                        yj_error *err) yj_nodiscard;
/** Revoke one of the account's; twice is fine. YJ_E_NOT_FOUND */
yj_status yj_token_revoke(yj_db *db, const char *account, const char *id, int64_t now_ns,
                          yj_error *err) yj_nodiscard;
/** Remove those that ended YJ_TOKENS_KEPT_DAYS ago. */
yj_status yj_token_sweep(yj_db *db, int64_t now_ns, yj_error *err) yj_nodiscard;

#endif

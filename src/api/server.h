// SPDX-License-Identifier: Apache-2.0
/**
 * The HTTP server of an open installation: the API below /api/v1, the page below YJ_PAGE_BASE.
 *
 * People sign in (access/sign_in.h), programs bring tokens; who is let in where is said in api/admit.h. An
 * open server asks nobody: whoever reaches it acts as the person he names. So it listens on this machine only
 * and answers only to its own pages and to programs of this machine (api/guard.h). Others listen beyond this
 * machine with TLS of their own (api/tls.h) or for a proxy in front (api/forwarded.h).
 */
#ifndef YJ_API_SERVER_H
#define YJ_API_SERVER_H

#include "access/session.h"
#include "access/sign_in.h"
#include "api/forwarded.h"
#include "api/page.h"
#include "api/patience.h"
#include "job/medium.h"
#include "job/place.h"
#include "record/engine.h"

typedef struct yj_server yj_server;

typedef struct yj_server_options {
    const char *address;            /* NULL: 127.0.0.1; also "localhost", "::1" */
    bool any_address;               /* other addresses, too; with `tls_cert` or `trusted` always so */
    const char *tls_cert, *tls_key; /* PEM files; NULL: plain HTTP. See api/tls.h */
    yj_networks trusted;            /* proxies in front that say who their client is; see api/forwarded.h */
    const char *public_url;         /* what people use, as yj_public_url_read() leaves it; NULL: not known */
    bool open;                      /* without sign-in; for trying out, and tests: on this machine only */
    const yj_sign_in_options *sign_in; /* NULL: the defaults; copied */
    const yj_session_options *session; /* likewise */
    int port;                          /* 0: any free one */
    size_t cache_bytes;                /* 0: 32 MiB */
    unsigned workers;                  /* 0: 4 */
    unsigned connections;              /* open at once; 0: 1000, fewer if descriptors are scarce */
    yj_patience_limits patience;       /* with slow clients; zeros: as in api/patience.h */
    const yj_page *page;               /* borrowed; NULL: a plain text in its place */
    yj_places *places;                 /* that instruments may read; borrowed, and opened here; NULL: none */
    yj_media *media;                   /* that they may wipe; likewise */
} yj_server_options;

/**
 * Returns when the server listens.
 * @param engine borrowed until yj_server_stop(); opened with `serve`
 * @return YJ_E_FORBIDDEN if others may read the key of sign-in (access/seal.h); YJ_E_USAGE for an address
 *         that is not of this machine alone without `any_address`, or of an open server, or a bad port, or of
 *         a place (job/place.h);
 *         YJ_E_BUSY if the port is taken; YJ_E_IO; what yj_tls_open() returns
 */
yj_status yj_server_start(yj_engine *engine, const yj_server_options *o, yj_server **ret,
                          yj_error *err) yj_nodiscard;
const char *yj_server_url(const yj_server *s); /* "http://127.0.0.1:8080" */
/** The address to tell people: `public_url`, else that of yj_server_url(), in which the machine's own name
 * stands for "all addresses". Nobody but the operator knows whether others find the machine by that name. */
const char *yj_server_reached(const yj_server *s);
/** Of a server that was started when nobody could sign in yet: the address at which the first administrator
 * chooses his name and password, to be handed to him; else "". Good for YJ_SET_UP_HOURS, and once. */
void yj_server_first_url(const yj_server *s, yj_buf *out);
/** Read certificate and key anew; connections go on. On failure those that are shown stay. Warns in the log,
 * as yj_server_start() does, of a certificate that is not valid, or not for long. Does nothing without TLS.
 *  @return as yj_tls_reload() */
yj_status yj_server_reload(yj_server *s, yj_error *err) yj_nodiscard;
/** Of the certificate, in ns since 1970; 0 without TLS. */
int64_t yj_server_valid_until(const yj_server *s);
/** Finishes the requests under way, ends the live feeds, puts the jobs that run back into the queue. */
void yj_server_stop(yj_server *s);
YJ_DEFINE_CLEANUP(yj_server, yj_server_stop)

#endif

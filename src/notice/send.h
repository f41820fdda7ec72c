// SPDX-License-Identifier: Apache-2.0
/**
 * Carries what the other files of this folder have made: a mail to a relay by SMTP (RFC 5321), a request to a
 * robot or webhook by HTTP. By libcurl, within the calling thread, one connection for each call, no longer
 * than the limits below. Any thread may call; the process ignores SIGPIPE.
 *
 * What is never done: follow a redirect, speak another protocol, send a password before TLS where TLS was
 * asked for, accept a certificate that the authorities do not vouch for, read an answer without end, reach a
 * link-local address (where clouds keep the keys of their machines).
 *
 * No outcome's text holds a key, a secret, a password, or of an address more than scheme, host and port.
 */
#ifndef YJ_NOTICE_SEND_H
#define YJ_NOTICE_SEND_H

#include "notice/outcome.h"
#include "notice/robot.h"
#include <stdatomic.h>

#define YJ_SEND_CONNECT_MS 10000u
#define YJ_SEND_MAIL_MS 120000u /* a relay may look into a mail before it accepts it */
#define YJ_SEND_POST_MS 30000u
#define YJ_SMTP_ANSWERS_MAX ((size_t)64 << 10) /* bytes of all answers of a relay */
#define YJ_HTTP_HEADERS_MAX ((size_t)64 << 10)

/** Zeros are the defaults. Borrowed. */
typedef struct yj_send_options {
    const char *ca_file; /* authorities in PEM; NULL: the system's */
    const char *proxy;   /* for HTTP: http://host:port; NULL none (what the environment says is not taken) */
    unsigned connect_ms, total_ms;
    const atomic_bool *stop; /* when it becomes true the try ends as LATER within a second; may be NULL */
} yj_send_options;

typedef enum yj_smtp_security {
    YJ_SMTP_PLAIN,    /* no TLS: a relay on the same machine or a closed network */
    YJ_SMTP_STARTTLS, /* TLS or nothing, on the port of plain SMTP (587, 25) */
    YJ_SMTP_TLS,      /* TLS from the first byte (465) */
    YJ_SMTP_SECURITY_COUNT_
} yj_smtp_security;

/** A relay. Borrowed. */
typedef struct yj_smtp {
    const char *host;
    int port;
    yj_smtp_security security;
    const char *user, *password; /* NULL or "": without sign-in */
    const char *helo;            /* how this machine is called: a domain name */
} yj_smtp;

/** Is it a relay's description? YJ_E_INVALID; err->field is "host", "port", "user", "password", "helo". */
yj_status yj_smtp_check(const yj_smtp *s, yj_error *err) yj_nodiscard;

/**
 * Hand a mail (yj_mail_write()) to the relay. ACCEPTED once the relay has said so after the last byte, and at
 * once: how the connection ends is not waited for. REFUSED only if the relay refuses sender, recipient or
 * mail with a 5xx; a sign-in that fails, a certificate, a greeting of 5xx are LATER: somebody may mend them.
 * A connection that is lost after the last byte and before the answer is LATER too: the relay may have it,
 * and the next try carries the same Message-ID.
 */
void yj_send_mail(const yj_smtp *s, const yj_send_options *o, const char *from, const char *to, yj_span mail,
                  yj_outcome *ret);

/** Make the request of this try, send it, read the answer. What cannot be made is REFUSED. */
void yj_send_robot(const yj_robot *r, const yj_send_options *o, const yj_saying *s, int64_t now_ns,
                   yj_outcome *ret);

#endif

// SPDX-License-Identifier: Apache-2.0
/**
 * Writes one mail to one person: headers after RFC 5322 (values beyond ASCII as encoded words, RFC 2047), a
 * text in UTF-8 as one MIME part (RFC 2045), lines of at most 76 characters ending with CRLF, ASCII only.
 *
 * Nothing here reads a clock or throws dice: the same notice makes the same bytes, so that a second try is
 * the same mail under the same Message-ID, which mail programs and archives fold into one. It says that a
 * machine sent it (RFC 3834), so that absence notes are not answered to it.
 */
#ifndef YJ_NOTICE_MAIL_TEXT_H
#define YJ_NOTICE_MAIL_TEXT_H

#include "base/time.h"

#define YJ_MAIL_ADDRESS_MAX ((size_t)254) /* RFC 5321 4.5.3.1 with erratum 1690 */
#define YJ_MAIL_DOMAIN_MAX ((size_t)253)
#define YJ_MAIL_ID_MAX ((size_t)254)          /* of a Message-ID, without its brackets */
#define YJ_MAIL_BYTES_MAX ((size_t)512 << 10) /* of a whole mail */
/* bytes; longer ones are cut with an ellipsis */
#define YJ_MAIL_NAME_MAX ((size_t)100)
#define YJ_MAIL_SUBJECT_MAX ((size_t)250)
#define YJ_MAIL_BODY_MAX ((size_t)128 << 10)

/** All is borrowed for the call. */
typedef struct yj_mail {
    const char *from, *to;           /* addresses, see yj_mail_address_valid() */
    const char *from_name, *to_name; /* any text; NULL or "" none */
    const char *subject;             /* any text but "" */
    const char *body;                /* any text */
    const char *message_id;          /* as yj_mail_id() made it */
    const char *list_id;             /* a domain name, the same for all mail of the installation */
    int64_t date_ns;                 /* when the notice was decided, not when it is tried */
} yj_mail;

/**
 * Can a mail be sent to it? local@domain in ASCII: the local part of at most 64 characters is a dot-atom (no
 * quotes, blanks, comments), the domain consists of labels of letters, digits and hyphens (one of another
 * script in its xn-- form). No address literal. So neither a line break nor a second address has a way in.
 */
bool yj_mail_address_valid(yj_span s);
/** The domain alone, at most 253 characters. */
bool yj_mail_domain_valid(yj_span s);

/** The Message-ID of a notice, without brackets: "ID@DOMAIN". YJ_E_INVALID for an id that is not 1..64
 *  letters, digits and hyphens (field "id"), or no domain ("domain"). */
yj_status yj_mail_id(const char *notice_id, const char *domain, char ret[static YJ_MAIL_ID_MAX + 1],
                     yj_error *err) yj_nodiscard;

/** Append the mail. `out` is given a limit of YJ_MAIL_BYTES_MAX by the caller. YJ_E_INVALID: err->field is
 *  "from", "to", "subject", "message_id" or "list_id"; then nothing is written. YJ_E_LIMIT, YJ_E_NOMEM. */
yj_status yj_mail_write(const yj_mail *m, yj_buf *out, yj_error *err) yj_nodiscard;

#endif

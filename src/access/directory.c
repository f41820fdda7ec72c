// SPDX-License-Identifier: Apache-2.0
#include "access/directory.h"

#include "access/directory_name.h"
#include "access/secret.h"
#include "base/file.h"
#include "base/time.h"
#include <errno.h>
#include <lber.h>
#include <ldap.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <strings.h>
#include <sys/types.h>

/* Of Debian, and of most others. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"
#define GUID_LEN 16
#define STEPS 4 /* all of them together: in the time of so many */

typedef struct visit {
    const yj_provider *p;
    const yj_ldap_settings *l;
    struct timeval connect, step; /* how long each may take */
    int64_t until;                /* of the monotonic clock: when all is over */
    struct ldap_conncb watch;
    LDAP *ld;
    LDAPMessage *found; /* owned; the entry is in it */
    LDAPMessage *entry;
    char *dn; /* of the entry; owned, by ldap_memfree() */
} visit;

static void leave(visit *v)
{
    ldap_memfree(v->dn);
    ldap_msgfree(v->found);
    if (v->ld)
        ldap_unbind_ext_s(v->ld, NULL, NULL);
}

/* --- errors ----------------------------------------------------------------------------------- */

/* What went wrong on the way or over there; never that of a person's bind. */
static yj_status failed(const visit *v, int code, yj_error *err)
{
    const char *label = v->p->label;
    switch (code) {
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
        return yj_fail(err, YJ_E_BUSY,
                       "the directory %s cannot be reached, or its certificate is not trusted", label);
    case LDAP_TIMEOUT:
    case LDAP_TIMELIMIT_EXCEEDED:
        return yj_fail(err, YJ_E_BUSY, "the directory %s did not answer in time", label);
    case LDAP_BUSY:
    case LDAP_UNAVAILABLE:
        return yj_fail(err, YJ_E_BUSY, "the directory %s is busy", label);
    case LDAP_CONFIDENTIALITY_REQUIRED:
    case LDAP_STRONG_AUTH_REQUIRED:
        return yj_fail(err, YJ_E_IO, "the directory %s wants TLS", label);
    case LDAP_FILTER_ERROR:
        return yj_fail(err, YJ_E_IO, "the filter in the settings of the directory %s is none", label);
    case LDAP_NO_MEMORY:
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    default:
        return yj_fail(err, YJ_E_IO, "the directory %s answers with the error %d", label, code);
    }
}

/* Is that how a directory says that name or password is wrong, or that he may not sign in now? */
static bool is_refusal(int code)
{
    switch (code) {
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INVALID_DN_SYNTAX:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_INSUFFICIENT_ACCESS:
        return true;
    default:
        return false;
    }
}

/* --- coming ----------------------------------------------------------------------------------- */

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

/* It reads its own files when it is first used, and not well from two threads at once. */
static void library_start(void)
{
    int version = LDAP_VERSION3;
    ldap_set_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}

/* The library waits for the answers to its questions no longer than it is told, but within a handshake of TLS
 * for ever. So a layer of ours lies between it and the connection, which gives up when all is over. */
static ber_slen_t timed_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
    const visit *v = d->sbiod_pvt;
    struct pollfd p = { .events = POLLIN };
    if (LBER_SBIOD_CTRL_NEXT(d, LBER_SB_OPT_DATA_READY, NULL) > 0)
        return LBER_SBIOD_READ_NEXT(d, buf, len);
    ber_sockbuf_ctrl(d->sbiod_sb, LBER_SB_OPT_GET_FD, &p.fd);
    int64_t left = (v->until - yj_monotonic_ns()) / 1000000;
    int ready = left > 0 ? poll(&p, 1, left < INT_MAX ? (int)left : INT_MAX) : 0;
    if (ready > 0)
        return LBER_SBIOD_READ_NEXT(d, buf, len);
    if (ready == 0)
        errno = ETIMEDOUT;
    return -1;
}

static ber_slen_t plain_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
    return LBER_SBIOD_WRITE_NEXT(d, buf, len);
}

static int plain_ctrl(Sockbuf_IO_Desc *d, int option, void *arg)
{
    return LBER_SBIOD_CTRL_NEXT(d, option, arg);
}

static int keep_visit(Sockbuf_IO_Desc *d, void *arg)
{
    d->sbiod_pvt = arg;
    return 0;
}

static int forget_visit(Sockbuf_IO_Desc *d)
{
    d->sbiod_pvt = NULL;
    return 0;
}

static int on_connected(LDAP *ld, Sockbuf *sb, LDAPURLDesc *url, struct sockaddr *address,
                        struct ldap_conncb *watch)
{
    static Sockbuf_IO layer = { .sbi_setup = keep_visit,
                                .sbi_remove = forget_visit,
                                .sbi_ctrl = plain_ctrl,
                                .sbi_read = timed_read,
                                .sbi_write = plain_write };
    return ber_sockbuf_add_io(sb, &layer, LBER_SBIOD_LEVEL_PROVIDER + 1, watch->lc_arg);
}

static void on_closed(LDAP *ld, Sockbuf *sb, struct ldap_conncb *watch)
{
}

static bool wants_tls(const yj_ldap_settings *l)
{
    return l->starttls || strstr(l->urls, "ldaps://");
}

#define SET(option, value)                                                                                   \
    if (code == LDAP_SUCCESS)                                                                                \
    code = ldap_set_option(v->ld, option, value)

static int set_tls(const visit *v, const yj_web_options *o)
{
    const int hard = LDAP_OPT_X_TLS_HARD, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    const char *authorities = o->ca_file ? o->ca_file : SYSTEM_AUTHORITIES;
    int code = LDAP_SUCCESS;
    if (o->ca_file || yj_path_exists(authorities)) /* else nobody is trusted */
        SET(LDAP_OPT_X_TLS_CACERTFILE, authorities);
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &hard);
    SET(LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
    SET(LDAP_OPT_X_TLS_NEWCTX, &client);
    return code;
}

static int set_options(visit *v)
{
    v->watch = (struct ldap_conncb){ .lc_add = on_connected, .lc_del = on_closed, .lc_arg = v };
    const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER;
    int code = LDAP_SUCCESS;
    SET(LDAP_OPT_PROTOCOL_VERSION, &version);
    SET(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    SET(LDAP_OPT_DEREF, &never);
    SET(LDAP_OPT_RESTART, LDAP_OPT_ON);
    SET(LDAP_OPT_NETWORK_TIMEOUT, &v->connect);
    SET(LDAP_OPT_TIMEOUT, &v->step);
    SET(LDAP_OPT_CONNECT_CB, &v->watch);
    return code;
}
#undef SET

static struct timeval time_of(unsigned ms)
{
    unsigned x = ms ? ms : YJ_DIRECTORY_STEP_MS;
    return (struct timeval){ .tv_sec = x / 1000, .tv_usec = (suseconds_t)(x % 1000) * 1000 };
}

static yj_status come(visit *v, const yj_web_options *o, yj_error *err)
{
    v->connect = time_of(o->connect_ms);
    v->step = time_of(o->total_ms);
    v->until = yj_monotonic_ns() + STEPS * (v->step.tv_sec * YJ_NS_PER_S + v->step.tv_usec * INT64_C(1000));
    pthread_once(&library_once, library_start);
    int code = ldap_initialize(&v->ld, v->l->urls);
    if (code == LDAP_SUCCESS)
        code = set_options(v);
    if (code == LDAP_SUCCESS && wants_tls(v->l))
        code = set_tls(v, o);
    if (code != LDAP_SUCCESS)
        return code == LDAP_NO_MEMORY
                   ? yj_fail(err, YJ_E_NOMEM, "out of memory")
                   : yj_fail(err, YJ_E_IO, "the file of certificate authorities cannot be read");
    if (v->l->starttls)
        code = ldap_start_tls_s(v->ld, NULL, NULL);
    return code == LDAP_SUCCESS ? YJ_OK : failed(v, code, err);
}

static int bind_as(const visit *v, const char *dn, yj_span password)
{
    /* the library takes bytes that it does not change as if it did */
    struct berval secret = { .bv_len = password.len, .bv_val = (char *)(uintptr_t)password.ptr };
    return ldap_sasl_bind_s(v->ld, dn, LDAP_SASL_SIMPLE, &secret, NULL, NULL, NULL);
}

static yj_status bind_service(visit *v, const yj_seal *s, yj_error *err)
{
    char secret[YJ_PROVIDER_SECRET_MAX + 1];
    size_t len = 0;
    YJ_TRY(yj_provider_secret(s, v->p, secret, &len, err));
    int code = bind_as(v, v->l->bind_dn, (yj_span){ secret, len });
    yj_secret_wipe(secret, sizeof secret);
    if (is_refusal(code))
        return yj_fail(err, YJ_E_IO, "the directory %s does not take the service account and its secret",
                       v->p->label);
    return code == LDAP_SUCCESS ? YJ_OK : failed(v, code, err);
}

/* --- looking ---------------------------------------------------------------------------------- */

/* At most two entries: one is wanted. @param ret_code what the search came to, if it could be made */
static yj_status search(visit *v, const char *base, int scope, const char *filter, const char *const attrs[],
                        LDAPMessage **ret, int *ret_code, yj_error *err)
{
    LDAPMessage *m = NULL;
    int code = ldap_search_ext_s(v->ld, base, scope, filter, (char **)(uintptr_t)attrs, 0, NULL, NULL,
                                 &v->step, 2, &m);
    if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED && code != LDAP_NO_SUCH_OBJECT) {
        ldap_msgfree(m);
        return failed(v, code, err);
    }
    *ret = m;
    *ret_code = code;
    return YJ_OK;
}

static yj_status take_entry(visit *v, const char *base, int scope, const char *filter, bool *ret_found,
                            yj_error *err)
{
    const char *const attrs[] = { v->l->id_attribute, v->l->name_attribute, v->l->mail_attribute, NULL };
    int code = 0;
    YJ_TRY(search(v, base, scope, filter, attrs, &v->found, &code, err));
    int count = v->found ? ldap_count_entries(v->ld, v->found) : 0;
    if (count > 1 || code == LDAP_SIZELIMIT_EXCEEDED)
        return yj_fail(err, YJ_E_IO, "the directory %s holds that name more than once", v->p->label);
    *ret_found = count == 1 && code == LDAP_SUCCESS;
    if (!*ret_found)
        return YJ_OK;
    v->entry = ldap_first_entry(v->ld, v->found);
    v->dn = ldap_get_dn(v->ld, v->entry);
    return v->dn ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
}

static yj_status look(visit *v, yj_span name, bool *ret_found, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf filter;
    yj_buf_init(&filter, YJ_DIRECTORY_TEXT_MAX);
    yj_directory_fill(v->l->filter, YJ_DIRECTORY_IN_FILTER, name, &filter);
    YJ_TRY(yj_buf_status(&filter, err));
    return take_entry(v, v->l->base, LDAP_SCOPE_SUBTREE, filter.ptr, ret_found, err);
}

/* The directory compares, by its own rules for names. */
static yj_status check_group(visit *v, bool *ret_in, yj_error *err)
{
    static const char *const none[] = { LDAP_NO_ATTRS, NULL };
    yj_auto(yj_buf_done) yj_buf filter;
    LDAPMessage *m = NULL;
    int code = 0;
    *ret_in = true;
    yj_buf_init(&filter, YJ_DIRECTORY_TEXT_MAX);
    if (!v->l->group)
        return YJ_OK;
    yj_buf_fmt(&filter, "(%s=", v->l->group_attribute);
    yj_directory_escape_filter(yj_span_of(v->l->group), &filter);
    yj_buf_char(&filter, ')');
    YJ_TRY(yj_buf_status(&filter, err));
    YJ_TRY(search(v, v->dn, LDAP_SCOPE_BASE, filter.ptr, none, &m, &code, err));
    *ret_in = m && ldap_count_entries(v->ld, m) == 1;
    ldap_msgfree(m);
    return YJ_OK;
}

/* --- what the entry says ---------------------------------------------------------------------- */

/* Active Directory's: 16 bytes, of which the first three groups are numbers, least byte first. */
static void write_guid(const uint8_t *b, char *ret, size_t cap)
{
    static const uint8_t order[GUID_LEN] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    size_t at = 0;
    for (size_t i = 0; i < GUID_LEN && at + 4 < cap; i++) {
        bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        at += (size_t)snprintf(ret + at, cap - at, "%s%02x", dash ? "-" : "", b[order[i]]);
    }
}

static bool take_id(const visit *v, char ret[static YJ_SUBJECT_MAX + 1])
{
    struct berval **values = ldap_get_values_len(v->ld, v->entry, v->l->id_attribute);
    bool one = ldap_count_values_len(values) == 1, fine = false;
    if (one && strcasecmp(v->l->id_attribute, "objectGUID") == 0) {
        fine = values[0]->bv_len == GUID_LEN;
        if (fine)
            write_guid((const uint8_t *)values[0]->bv_val, ret, YJ_SUBJECT_MAX + 1);
    } else if (one) {
        yj_span s = { values[0]->bv_val, values[0]->bv_len };
        fine = yj_subject_valid(s);
        if (fine) {
            memcpy(ret, s.ptr, s.len);
            ret[s.len] = '\0';
        }
    }
    ldap_value_free_len(values);
    return fine;
}

static void take_text(const visit *v, const char *attribute, char ret[static YJ_PROVED_TEXT_MAX + 1])
{
    struct berval **values = ldap_get_values_len(v->ld, v->entry, attribute);
    size_t len = ldap_count_values_len(values) > 0 ? values[0]->bv_len : 0;
    if (len > YJ_PROVED_TEXT_MAX)
        len = YJ_PROVED_TEXT_MAX;
    memcpy(ret, len ? values[0]->bv_val : "", len);
    ret[len] = '\0';
    yj_text_tidy(ret);
    ldap_value_free_len(values);
}

static yj_status take_all(const visit *v, const char *login, yj_proved *ret, yj_error *err)
{
    yj_proved x = { .second = v->p->second_factor };
    if (!take_id(v, x.subject))
        return yj_fail(err, YJ_E_IO,
                       "an entry of the directory %s has no value of the attribute %s that can be used",
                       v->p->label, v->l->id_attribute);
    memcpy(x.provider, v->p->id, sizeof x.provider);
    snprintf(x.login, sizeof x.login, "%s", login);
    take_text(v, v->l->name_attribute, x.name);
    take_text(v, v->l->mail_attribute, x.email);
    *ret = x;
    return YJ_OK;
}

/* --- both ways -------------------------------------------------------------------------------- */

static yj_status bind_person(visit *v, const char *dn, yj_span password, bool *ret_right, yj_error *err)
{
    int code = bind_as(v, dn, password);
    *ret_right = code == LDAP_SUCCESS;
    return *ret_right || is_refusal(code) ? YJ_OK : failed(v, code, err);
}

/* Look for the entry, and bind as it; also where he has bound by a template before: the name that one person
 * binds with may be that by which another is found (Active Directory knows both). */
static yj_status by_filter(visit *v, yj_span name, yj_span password, bool *ret_right, yj_error *err)
{
    bool found = false, in = false;
    YJ_TRY(look(v, name, &found, err));
    if (!found)
        return YJ_OK;
    YJ_TRY(check_group(v, &in, err));
    return in ? bind_person(v, v->dn, password, ret_right, err) : YJ_OK;
}

/* The service account looks, then he binds. */
static yj_status by_service(visit *v, const yj_seal *s, yj_span name, yj_span password, bool *ret_right,
                            yj_error *err)
{
    YJ_TRY(bind_service(v, s, err));
    return by_filter(v, name, password, ret_right, err);
}

/* He binds, then looks at his own entry. */
static yj_status by_himself(visit *v, yj_span name, yj_span password, bool *ret_right, yj_error *err)
{
    bool is_dn = strchr(v->l->bind_template, '=') != NULL, bound = false, found = false;
    yj_auto(yj_buf_done) yj_buf as;
    yj_buf_init(&as, YJ_DIRECTORY_TEXT_MAX);
    yj_directory_fill(v->l->bind_template, is_dn ? YJ_DIRECTORY_IN_DN : YJ_DIRECTORY_PLAIN, name, &as);
    YJ_TRY(yj_buf_status(&as, err));
    YJ_TRY(bind_person(v, as.ptr, password, &bound, err));
    if (!bound)
        return YJ_OK;
    if (v->l->filter)
        return by_filter(v, name, password, ret_right, err);
    YJ_TRY(take_entry(v, as.ptr, LDAP_SCOPE_BASE, "(objectClass=*)", &found, err));
    if (!found)
        return yj_fail(err, YJ_E_IO, "the directory %s takes the password, and then shows no entry",
                       v->p->label);
    return check_group(v, ret_right, err);
}

static yj_status check_provider(const yj_provider *p, yj_error *err)
{
    if (p->kind != YJ_PROVIDER_LDAP || !p->enabled)
        return yj_fail(err, YJ_E_FORBIDDEN, "nobody signs in by this provider now");
    return YJ_OK;
}

yj_status yj_directory_check(const yj_provider *p, const yj_web_options *o, const yj_seal *s, yj_span name,
                             yj_span password, yj_proved *ret, bool *ret_right, yj_error *err)
{
    char login[YJ_DIRECTORY_NAME_MAX + 1];
    yj_auto(leave) visit v = { .p = p, .l = &p->ldap };
    bool right = false;
    *ret_right = false;
    YJ_TRY(check_provider(p, err));
    if (password.len == 0 || password.len > YJ_DIRECTORY_PASSWORD_MAX || !yj_directory_name(name, login))
        return YJ_OK;
    YJ_TRY(come(&v, o, err));
    YJ_TRY(v.l->bind_dn ? by_service(&v, s, name, password, &right, err)
                        : by_himself(&v, name, password, &right, err));
    if (!right)
        return YJ_OK;
    YJ_TRY(take_all(&v, login, ret, err));
    *ret_right = true;
    return YJ_OK;
}

yj_status yj_directory_find(const yj_provider *p, const yj_web_options *o, const yj_seal *s, yj_span name,
                            yj_proved *ret, bool *ret_found, yj_error *err)
{
    char login[YJ_DIRECTORY_NAME_MAX + 1];
    yj_auto(leave) visit v = { .p = p, .l = &p->ldap };
    bool found = false;
    YJ_TRY(check_provider(p, err));
    if (!v.l->bind_dn)
        return yj_fail(err, YJ_E_INVALID, "the directory %s is asked by nobody but who signs in", p->label);
    *ret_found = false;
    if (!yj_directory_name(name, login))
        return YJ_OK;
    YJ_TRY(come(&v, o, err));
    YJ_TRY(bind_service(&v, s, err));
    YJ_TRY(look(&v, name, &found, err));
    if (!found)
        return YJ_OK;
    YJ_TRY(take_all(&v, login, ret, err));
    *ret_found = true;
    return YJ_OK;
}

/* An entry that is there, and that who asks may see. */
static yj_status see_base(visit *v, yj_error *err)
{
    static const char *const none[] = { LDAP_NO_ATTRS, NULL };
    LDAPMessage *m = NULL;
    int code = 0;
    YJ_TRY(search(v, v->l->base, LDAP_SCOPE_BASE, "(objectClass=*)", none, &m, &code, err));
    bool seen = m && ldap_count_entries(v->ld, m) == 1;
    ldap_msgfree(m);
    return seen ? YJ_OK
                : yj_fail(err, YJ_E_IO, "the directory %s shows the service account no entry of the base",
                          v->p->label);
}

/* The library connects with the first question. What a directory tells of itself anybody may ask; one that
 * refuses even that has been reached. */
static yj_status see_server(visit *v, yj_error *err)
{
    static const char *const none[] = { LDAP_NO_ATTRS, NULL };
    LDAPMessage *m = NULL;
    int code = ldap_search_ext_s(v->ld, "", LDAP_SCOPE_BASE, "(objectClass=*)", (char **)(uintptr_t)none, 0,
                                 NULL, NULL, &v->step, 1, &m);
    ldap_msgfree(m);
    return code == LDAP_SUCCESS || is_refusal(code) || code == LDAP_OPERATIONS_ERROR ? YJ_OK
                                                                                     : failed(v, code, err);
}

yj_status yj_directory_probe(const yj_provider *p, const yj_web_options *o, const yj_seal *s, yj_error *err)
{
    yj_auto(leave) visit v = { .p = p, .l = &p->ldap };
    YJ_TRY(come(&v, o, err));
    if (!v.l->bind_dn)
        return see_server(&v, err);
    YJ_TRY(bind_service(&v, s, err));
    return see_base(&v, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "api/tls.h"
#include "access/secret.h"
#include "base/file.h"
#include "base/time.h"
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ECDHE with AES-GCM or ChaCha20, in both versions. The server's order counts: the group that clients offer
 * at once comes first, else each handshake takes a further round. */
const char yj_tls_priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
                                 "-CIPHER-ALL:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:"
                                 "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:"
                                 "-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE";

struct yj_tls_pair {
    atomic_int refs;
    gnutls_pcert_st cert[YJ_TLS_CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
    int64_t from, until;
};

struct yj_tls {
    char *cert_file, *key_file;
    pthread_mutex_t lock;
    yj_tls_pair *newest;
};

static void close_fdp(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* --- reading ----------------------------------------------------------------------------------------------
 */

/* Groups may read it: Debian keeps keys for the group ssl-cert. */
static yj_status read_key_file(const char *path, char *text, size_t cap, size_t *ret_len, yj_error *err)
{
    yj_auto(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    if (fstat(fd, &st) != 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    if (!S_ISREG(st.st_mode))
        return yj_fail(err, YJ_E_IO, "%s is not a regular file", path);
    if (st.st_mode & 07)
        return yj_fail(err, YJ_E_FORBIDDEN, "everybody may read the key file %s (mode %03o); do: chmod o= %s",
                       path, (unsigned)st.st_mode & 0777, path);
    size_t len = 0;
    for (ssize_t n = 1; n != 0 && len < cap;) {
        n = read(fd, text + len, cap - len);
        if (n > 0)
            len += (size_t)n;
        else if (n < 0 && errno != EINTR)
            return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    }
    if (len == cap)
        return yj_fail(err, YJ_E_LIMIT, "%s is longer than such a file can be", path);
    *ret_len = len;
    return YJ_OK;
}

static yj_status import_key(yj_tls_pair *p, const char *path, char *text, size_t len, yj_error *err)
{
    gnutls_datum_t d = { (unsigned char *)text, (unsigned)len };
    if (gnutls_privkey_init(&p->key) < 0)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int rc = gnutls_privkey_import_x509_raw(p->key, &d, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (rc == GNUTLS_E_DECRYPTION_FAILED)
        return yj_fail(err, YJ_E_INVALID, "the key in %s is under a passphrase, which nobody could enter",
                       path);
    if (rc < 0)
        return yj_fail(err, YJ_E_INVALID, "%s holds no private key in PEM form that TLS can use", path);
    unsigned bits = 0;
    if (gnutls_privkey_get_pk_algorithm(p->key, &bits) == GNUTLS_PK_RSA && bits < YJ_TLS_RSA_BITS_MIN)
        return yj_fail(err, YJ_E_INVALID, "the RSA key in %s has %u bits; less than %u are not safe", path,
                       bits, YJ_TLS_RSA_BITS_MIN);
    return YJ_OK;
}

static yj_status read_key(yj_tls_pair *p, const char *path, yj_error *err)
{
    char *text = malloc(YJ_TLS_FILE_BYTES_MAX);
    size_t len = 0;
    if (!text)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = read_key_file(path, text, YJ_TLS_FILE_BYTES_MAX, &len, err);
    if (s == YJ_OK)
        s = import_key(p, path, text, len, err);
    yj_secret_wipe(text, YJ_TLS_FILE_BYTES_MAX);
    free(text);
    return s;
}

static void list_free(gnutls_x509_crt_t *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
}

/* From the leaf on; as it stands in the file where that cannot be told. */
static yj_status read_list(const char *path, gnutls_x509_crt_t **ret, unsigned *ret_n, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    gnutls_x509_crt_t *sorted = NULL;
    unsigned n = 0;
    yj_buf_init(&text, YJ_TLS_FILE_BYTES_MAX);
    YJ_TRY(yj_file_read(path, YJ_TLS_FILE_BYTES_MAX, &text, err));
    gnutls_datum_t d = { (unsigned char *)text.ptr, (unsigned)text.len };
    int rc = text.len == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND
                           : gnutls_x509_crt_list_import2(ret, ret_n, &d, GNUTLS_X509_FMT_PEM, 0);
    if (rc == GNUTLS_E_NO_CERTIFICATE_FOUND || (rc >= 0 && *ret_n == 0))
        return yj_fail(err, YJ_E_INVALID, "%s holds no certificate in PEM form", path);
    if (rc < 0)
        return yj_fail(err, YJ_E_INVALID, "a certificate in %s cannot be read", path);
    if (*ret_n <= YJ_TLS_CHAIN_MAX &&
        gnutls_x509_crt_list_import2(&sorted, &n, &d, GNUTLS_X509_FMT_PEM, GNUTLS_X509_CRT_LIST_SORT) >= 0) {
        list_free(*ret, *ret_n);
        *ret = sorted;
        *ret_n = n;
    }
    return YJ_OK;
}

static yj_status read_chain(yj_tls_pair *p, const char *path, yj_error *err)
{
    gnutls_x509_crt_t *list = NULL;
    unsigned n = 0;
    YJ_TRY(read_list(path, &list, &n, err));
    yj_status s = YJ_OK;
    if (n > YJ_TLS_CHAIN_MAX)
        s = yj_fail(err, YJ_E_LIMIT, "%s holds more than %d certificates", path, YJ_TLS_CHAIN_MAX);
    for (unsigned i = 0; s == YJ_OK && i < n; i++) {
        if (gnutls_pcert_import_x509(&p->cert[i], list[i], 0) < 0)
            s = yj_fail(err, YJ_E_INVALID, "a certificate in %s cannot be read", path);
        else
            p->count++;
    }
    if (s == YJ_OK) {
        p->from = (int64_t)gnutls_x509_crt_get_activation_time(list[0]) * YJ_NS_PER_S;
        p->until = (int64_t)gnutls_x509_crt_get_expiration_time(list[0]) * YJ_NS_PER_S;
    }
    list_free(list, n);
    return s;
}

static bool belong_together(const yj_tls_pair *p)
{
    unsigned char a[64], b[64];
    size_t na = sizeof a, nb = sizeof b;
    gnutls_pubkey_t of_key;
    if (gnutls_pubkey_init(&of_key) < 0)
        return false;
    bool same = gnutls_pubkey_import_privkey(of_key, p->key, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(of_key, GNUTLS_KEYID_USE_SHA256, a, &na) == 0 &&
                gnutls_pubkey_get_key_id(p->cert[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &nb) == 0 &&
                na == nb && memcmp(a, b, na) == 0;
    gnutls_pubkey_deinit(of_key);
    return same;
}

static void pair_free(yj_tls_pair *p)
{
    for (unsigned i = 0; i < p->count; i++)
        gnutls_pcert_deinit(&p->cert[i]);
    if (p->key)
        gnutls_privkey_deinit(p->key);
    free(p);
}
YJ_DEFINE_CLEANUP(yj_tls_pair, pair_free)

static yj_status read_pair(const yj_tls *t, yj_tls_pair **ret, yj_error *err)
{
    yj_auto(pair_freep) yj_tls_pair *p = calloc(1, sizeof *p);
    if (!p)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    p->refs = 1;
    YJ_TRY(read_chain(p, t->cert_file, err));
    YJ_TRY(read_key(p, t->key_file, err));
    if (!belong_together(p))
        return yj_fail(err, YJ_E_INVALID, "the key in %s does not belong to the first certificate in %s",
                       t->key_file, t->cert_file);
    *ret = yj_take(p);
    return YJ_OK;
}

/* --- who uses it ------------------------------------------------------------------------------------------
 */

yj_status yj_tls_open(const char *cert_file, const char *key_file, yj_tls **ret, yj_error *err)
{
    yj_auto(yj_tls_freep) yj_tls *t = calloc(1, sizeof *t);
    if (!t)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    pthread_mutex_init(&t->lock, NULL);
    t->cert_file = strdup(cert_file);
    t->key_file = strdup(key_file);
    if (!t->cert_file || !t->key_file)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    YJ_TRY(read_pair(t, &t->newest, err));
    *ret = yj_take(t);
    return YJ_OK;
}

void yj_tls_free(yj_tls *t)
{
    if (!t)
        return;
    yj_tls_pair_drop(t->newest);
    pthread_mutex_destroy(&t->lock);
    free(t->cert_file);
    free(t->key_file);
    free(t);
}

yj_status yj_tls_reload(yj_tls *t, yj_error *err)
{
    yj_tls_pair *fresh = NULL, *old;
    YJ_TRY(read_pair(t, &fresh, err));
    pthread_mutex_lock(&t->lock);
    old = t->newest;
    t->newest = fresh;
    pthread_mutex_unlock(&t->lock);
    yj_tls_pair_drop(old);
    return YJ_OK;
}

void yj_tls_validity(yj_tls *t, int64_t *ret_from, int64_t *ret_until)
{
    pthread_mutex_lock(&t->lock);
    *ret_from = t->newest->from;
    *ret_until = t->newest->until;
    pthread_mutex_unlock(&t->lock);
}

yj_tls_pair *yj_tls_pair_take(yj_tls *t)
{
    pthread_mutex_lock(&t->lock);
    yj_tls_pair *p = t->newest;
    atomic_fetch_add(&p->refs, 1);
    pthread_mutex_unlock(&t->lock);
    return p;
}

void yj_tls_pair_drop(yj_tls_pair *p)
{
    if (p && atomic_fetch_sub(&p->refs, 1) == 1)
        pair_free(p);
}

int yj_tls_retrieve(gnutls_session_t session, const gnutls_datum_t *req_ca_rdn, int nreqs,
                    const gnutls_pk_algorithm_t *pk_algos, int pk_algos_length, gnutls_pcert_st **pcert,
                    unsigned *pcert_length, gnutls_privkey_t *key)
{
    (void)req_ca_rdn, (void)nreqs, (void)pk_algos, (void)pk_algos_length;
    yj_tls_pair *p = gnutls_session_get_ptr(session);
    if (!p)
        return -1;
    *pcert = p->cert;
    *pcert_length = p->count;
    *key = p->key;
    return 0;
}

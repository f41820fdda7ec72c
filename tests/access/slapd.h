// SPDX-License-Identifier: Apache-2.0
/** A real directory for tests: OpenLDAP's slapd on loopback, in a folder of its own, as a child that dies
 * with us. */
#ifndef YJ_TESTS_ACCESS_SLAPD_H
#define YJ_TESTS_ACCESS_SLAPD_H

#include <sys/types.h>

typedef struct slapd {
    pid_t pid;
    int port, tls_port; /* ldap:// (also StartTLS), ldaps:// */
    char folder[64];
} slapd;

/** People: lisi (password "Passw0rd!l", of the group cn=auditors), wangwu ("Passw0rd!w"), and 张三 by that
 * name
 *  ("Passw0rd!z"); twins share the uid "twin". The service account cn=reader has the password
 * "reader-secret". All below dc=example,dc=com. @param cert, key files in PEM */
void slapd_start(slapd *s, const char *cert, const char *key);
void slapd_stop(slapd *s);

#endif

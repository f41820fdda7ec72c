// SPDX-License-Identifier: Apache-2.0
/** The other side of a channel as a process of its own (peer.py), and what it accepted. */
#ifndef YJ_TESTS_NOTICE_PEER_H
#define YJ_TESTS_NOTICE_PEER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef struct peer {
    pid_t pid;
    int port;
    int keep; /* its standard input: it ends when this is closed, also by our death */
    char folder[64];
} peer;

/** Start "peer.py KIND FOLDER args..."; `args` ends with NULL, "CERT" and "KEY" in it stand for the test
 *  certificate's files. Fails the test if it does not come up. */
void peer_start(peer *p, const char *kind, const char *const args[]);
void peer_stop(peer *p);
/** How many things it has accepted. */
size_t peer_count(const peer *p);
/** Whether a recipient that is not answered (hang@, hang-once@) has been named. */
bool peer_hangs(const peer *p);
/** The n-th of them, from 0; owned by the caller. */
json_t *peer_kept(const peer *p, size_t n);
/** The authority that vouches for the peers' certificate (for localhost and 127.0.0.1), a PEM file. */
const char *peer_ca_file(void);

#endif

// SPDX-License-Identifier: Apache-2.0
/**
 * The registers of an institution, made from bench/data: deployment.txt holds the records, history.txt what
 * is changed afterwards. Equal arguments give equal registers, byte for byte. Whatever fails ends the
 * program.
 *
 * A line of deployment.txt is "SCOPE KIND JSON": scope 'a' is made once for an institution, 'g' once for each
 * platform (see world_group), 'd' for each deployment. In the JSON "~d8~" stands for the id of line 8's
 * record of scope 'd' (the first line is 0), "~#~" for the number of the copy, "~h~" for a digest of its own.
 * A record of a wider scope that names one of a narrower names that of its first deployment.
 *
 * A line of history.txt is "REGISTER SHARE SCOPE KIND LINE JSON" or, for neighbours, "... FIRST-LAST JSON":
 * so many of a hundred copies of these lines' records are changed by that register, drawn by the seed. A
 * share of 100 is all of them; every other is multiplied by the density.
 */
#ifndef YJ_BENCH_TEMPLATE_H
#define YJ_BENCH_TEMPLATE_H

#include "base/hash.h"
#include "base/span.h"
#include <stdint.h>

#define TEMPLATE_REGISTERS 4 /* the first makes the records, the others change some of them */

/* Records of the template that the measurements change, by their place in it. */
#define WORLD_EVIDENCE 2    /* 'a': the document that proves nearly everything */
#define WORLD_SYSTEM 8      /* 'd' */
#define WORLD_PLATFORM 12   /* 'g': used by 20, 30 or 10 deployments */
#define WORLD_DEPLOYMENT 15 /* 'd': stands before its gate `serve` */
#define WORLD_TERM 71       /* 'd': the first of WORLD_TERMS contract terms */
#define WORLD_TERMS 16
#define WORLD_POLICY 128 /* 'a': each later register changes it, so that its version tells how many came */

typedef struct registers {
    struct {
        char kind[64];
        yj_buf text; /* JSON Lines */
    } * of;          /* one for each kind, in the order in which they come */
    size_t count, rows;
} registers;

/** What the history is drawn by: any seed; density in percent, 0 leaves only what changes everywhere. */
void template_set(uint64_t seed, unsigned density);
uint64_t template_seed(void);
unsigned template_density(void);

/** A register of so many deployments; `number` from 1 to TEMPLATE_REGISTERS. Freed by registers_free. */
void registers_make(registers *r, unsigned number, unsigned deployments);
void registers_free(registers *r);

/** The platform of a deployment, numbered from 0: 20, 30 and 10 deployments share one, in turns. */
unsigned world_group(unsigned deployment);
/** The first deployment of some platform that 20 share (fewer if there are no more): the n-th, over again
 * from the first when there are no more. */
unsigned world_of_twenty(unsigned n, unsigned deployments);
/** Id of a record: the template's line, its scope, the number of the deployment. */
void world_id(char scope, unsigned line, unsigned deployment, char ret[static YJ_UUID_LEN + 1]);

#endif

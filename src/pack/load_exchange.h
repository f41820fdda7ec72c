// SPDX-License-Identifier: Apache-2.0
/** What the readers of exchange.yaml share: load_exchange.c, load_offers.c. */
#ifndef YJ_PACK_LOAD_EXCHANGE_H
#define YJ_PACK_LOAD_EXCHANGE_H

#include "pack/load.h"

/** One file. */
typedef struct yj_exchange_reading {
    yj_loader *l;
    yj_form *f;
    yj_addressing *addresses; /* of the catalog, being made */
    yj_vec parties;           /* yj_party */
    yj_vec offered;           /* yj_offered */
} yj_exchange_reading;

typedef struct yj_exchange_want {
    const char *key;
    yj_type type;
    int *to;
} yj_exchange_want;

/** A field of the kind, single and of the type, that the member of the map names; any kind of text will do
 * for a text. Complains. */
void yj_exchange_field(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map,
                       const yj_exchange_want *x);
/** A state of the kind, likewise; *ret -1 */
void yj_exchange_state(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *key,
                       int *ret);
/** Member `links`: a list of references to links; *ret -1 */
void yj_exchange_links(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, int *ret);
/** Does the kind stand for institutions? */
bool yj_exchange_is_party(const yj_exchange_reading *r, int kind);

/** The members `offers` and `offered`. */
void yj_load_offers(yj_exchange_reading *r, const yj_yaml *tree);

#endif

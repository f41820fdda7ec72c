// SPDX-License-Identifier: Apache-2.0
/** Keys that an institution may believe, and what is read from a statement that they sign. */
#ifndef YJ_PACK_LOAD_SIGNED_H
#define YJ_PACK_LOAD_SIGNED_H

#include "pack/load.h"

/** `keys` of a kind. */
void yj_load_keys(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);
/** `measured` of a kind. */
void yj_load_measured(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);
/** `signed` of a kind's `strength`, whose field and weights are known. */
void yj_load_signed(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *strength);

#endif

// SPDX-License-Identifier: Apache-2.0
/** Lists that other programs write and a kind takes as its records. */
#ifndef YJ_PACK_LOAD_LISTS_H
#define YJ_PACK_LOAD_LISTS_H

#include "pack/load.h"

/** `lists` of a kind, when its fields are read. */
void yj_load_lists(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);

#endif

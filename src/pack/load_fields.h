// SPDX-License-Identifier: Apache-2.0
/** Fields of a kind, and what names them: key, name, strength. */
#ifndef YJ_PACK_LOAD_FIELDS_H
#define YJ_PACK_LOAD_FIELDS_H

#include "pack/load.h"

/** Add the fields under `fields` of a kind's or an overlay's file. */
void yj_load_fields(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);
void yj_load_key_and_name(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);
void yj_load_strength(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);
/** `awaits` of a kind, whose fields are known. */
void yj_load_awaits(yj_loader *l, yj_load_kind *k, yj_form *f, const yj_yaml *tree);

#endif

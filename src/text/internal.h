// SPDX-License-Identifier: Apache-2.0
/** Between the files of the folder: what the parent (extract.c) and the process (child.c) agree on. */
#ifndef YJ_TEXT_INTERNAL_H
#define YJ_TEXT_INTERNAL_H

#include "text/text.h"

#define YJ_TEXT_COMMAND "sandboxed-text"
#define YJ_TEXT_HEAD_BYTES_MAX 64 /* of the first line of an answer */

#endif

// SPDX-License-Identifier: Apache-2.0
/* A program built without the page (-Dpage=false). */
#include "api/page.h"

const yj_page yj_page_built = { NULL, 0 };

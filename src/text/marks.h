// SPDX-License-Identifier: Apache-2.0
/** What the characters of a line say about the paragraph it belongs to. Spans are valid UTF-8. */
#ifndef YJ_TEXT_MARKS_H
#define YJ_TEXT_MARKS_H

#include "base/span.h"

/** Does a line begin as a clause, a list item or a heading does? */
bool yj_text_begins_item(yj_span line);
/** Does it end as a sentence does (closing quotes and brackets behind the mark are looked through)? */
bool yj_text_ends_sentence(yj_span line);
/** A mark at which a sentence ends. */
bool yj_text_is_stop(uint32_t c);

#endif

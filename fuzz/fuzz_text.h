// SPDX-License-Identifier: Apache-2.0
/** What the targets of src/text share. */
#ifndef YJ_FUZZ_TEXT_H
#define YJ_FUZZ_TEXT_H

#include "fuzz.h"

#include "text/text.h"

/** Cut a text into passages and assert what is true of all passages. */
static inline void check_passages(yj_text_format format, yj_span text, bool truncated)
{
    yj_auto(yj_arena_freep) yj_arena *arena = yj_arena_new(YJ_TEXT_ARENA_BYTES);
    yj_reading r;
    size_t characters = 0;
    int64_t page = format == YJ_TEXT_PDF ? 1 : 0;
    assert(arena);
    assert(yj_text_passages(format, text, truncated, arena, &r, NULL) == YJ_OK);
    assert(r.count <= YJ_TEXT_PASSAGES_MAX && (r.truncated || !truncated));
    assert(format == YJ_TEXT_PDF ? r.pages >= 0 && r.pages <= YJ_TEXT_PAGES_MAX : r.pages == -1);
    for (size_t i = 0; i < r.count; i++) {
        yj_span s = r.passages[i].text;
        size_t n = yj_utf8_count(s);
        assert(s.len > 0 && yj_utf8_valid(s) && n <= YJ_TEXT_PASSAGE_CHARACTERS_MAX);
        assert(s.ptr[0] != ' ' && s.ptr[s.len - 1] != ' ');
        for (size_t k = 0; k < s.len; k++)
            assert((unsigned char)s.ptr[k] >= 0x20 && s.ptr[k] != 0x7f);
        assert(format == YJ_TEXT_PDF ? r.passages[i].page >= page && r.passages[i].page <= r.pages
                                     : r.passages[i].page == 0);
        page = r.passages[i].page;
        characters += n;
    }
    assert(characters == r.characters && characters <= YJ_TEXT_CHARACTERS_MAX);
}

#endif

// SPDX-License-Identifier: Apache-2.0
/* A file of questions is taken whole, each with a name and one way to ask, or refused with the place. */
#include "fuzz.h"

#include "instrument/business/questions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    yj_error err = { .code = YJ_OK };
    yj_questions q = { .count = 0 };
    yj_status st = yj_questions_parse((yj_span){ (const char *)data, size }, a, &q, &err);
    if (st != YJ_OK) {
        assert((st == YJ_E_INVALID || st == YJ_E_LIMIT) && err.msg[0] && q.count == 0);
        return 0;
    }
    assert(q.count > 0 && q.count <= YJ_QUESTIONS_MAX);
    for (size_t i = 0; i < q.count; i++)
        assert(q.question[i].name[0] && !q.question[i].sql != !q.question[i].http);
    return 0;
}

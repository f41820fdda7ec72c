// SPDX-License-Identifier: Apache-2.0
/* A list that is taken names files below the folder, each once, in order; written again and read again it is
 * the same. */
#include "fuzz.h"

#include "instrument/verify/manifest.h"

static void check_again(const yj_tree *t, yj_sum_alg alg)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_auto(yj_tree_done) yj_tree u = { .root_fd = -1 };
    yj_sum_alg got = YJ_SUM_COUNT_;
    yj_buf_init(&b, (size_t)64 << 20);
    for (size_t i = 0; i < t->count; i++)
        yj_manifest_line(alg, &t->item[i].sum, t->item[i].path, true, &b);
    assert(yj_buf_status(&b, NULL) == YJ_OK);
    assert(yj_manifest_parse(yj_buf_view(&b), NULL, &u, &got, NULL) == YJ_OK);
    assert(got == alg && u.count == t->count);
    for (size_t i = 0; i < t->count; i++) {
        assert(strcmp(t->item[i].path, u.item[i].path) == 0);
        assert(memcmp(&t->item[i].sum, &u.item[i].sum, sizeof u.item[i].sum) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
    yj_sum_alg alg = YJ_SUM_COUNT_;
    yj_error err = { .code = YJ_OK };
    yj_status st = yj_manifest_parse((yj_span){ (const char *)data, size }, NULL, &t, &alg, &err);
    if (st != YJ_OK) {
        assert((st == YJ_E_INVALID || st == YJ_E_LIMIT) && err.msg[0] && alg == YJ_SUM_COUNT_);
        return 0;
    }
    assert(t.count > 0 && alg < YJ_SUM_COUNT_);
    for (size_t i = 0; i < t.count; i++) {
        assert(yj_path_below(yj_span_of(t.item[i].path)) && t.item[i].has_sum);
        assert(i == 0 || strcmp(t.item[i - 1].path, t.item[i].path) < 0);
    }
    check_again(&t, alg);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* A bag's list that is taken, by whatever version and kind, names files below the folder, each once, in
 * order. */
#include "fuzz.h"

#include "instrument/verify/bag.h"
#include "instrument/verify/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int kind = 0; kind < 4; kind++) {
        yj_auto(yj_tree_done) yj_tree t = { .root_fd = -1 };
        yj_error err = { .code = YJ_OK };
        yj_status st = yj_bag_list_parse((yj_span){ (const char *)data, size }, kind & 1 ? 100 : 97, kind & 2,
                                         YJ_SUM_MD5, &t, &err);
        if (st != YJ_OK) {
            assert((st == YJ_E_INVALID || st == YJ_E_LIMIT) && err.msg[0]);
            continue;
        }
        assert(t.count > 0);
        for (size_t i = 0; i < t.count; i++) {
            assert(yj_path_below(yj_span_of(t.item[i].path)) && t.item[i].has_sum);
            assert(i == 0 || strcmp(t.item[i - 1].path, t.item[i].path) < 0);
        }
    }
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "world.h"

static void tiny__works(void **state)
{
    yj_auto(world_freep) world *w = world_new(state, NULL, 0);
    world_put(w, "person", "p1", NULL, "name=Ann");
    world_judge(w);
    world_check(w, "start");
}

int main(void)
{
    const struct CMUnitTest tests[] = { yj_test_stores(tiny__works) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* packcheck DIR...: load packs in the order given and print every complaint; then those about the cases of
 * the last. A tool for those who write packs; `yunjian pack check` is the same for everybody. */
#include "pack/case.h"
#include <stdio.h>
#include <stdlib.h>

#define COMPLAINTS_MAX 2000
#define PACKS_MAX 32

static yj_complaint complaints[COMPLAINTS_MAX];

static void print(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const yj_complaint *c = &complaints[i];
        printf("%s:%d: %s%s%s\n", c->file, c->line, c->field, c->field[0] ? ": " : "", c->msg);
    }
}

static int refused(const char *what, const yj_error *err)
{
    fprintf(stderr, "packcheck: %s: %s\n", what, err->msg);
    return 1;
}

static int check(yj_pack_source **sources, size_t count)
{
    yj_error err = { .code = YJ_OK };
    yj_auto(yj_catalog_unrefp) yj_catalog *catalog = NULL;
    yj_auto(yj_cases_freep) yj_cases *cases = NULL;
    size_t found = 0;
    const yj_pack_source *borrowed[PACKS_MAX];
    for (size_t i = 0; i < count; i++)
        borrowed[i] = sources[i];
    yj_status s = yj_catalog_load(borrowed, count, &catalog, complaints, COMPLAINTS_MAX, &found, &err);
    print(found);
    if (s != YJ_OK && found == 0)
        return refused("load", &err);
    if (s != YJ_OK) {
        printf("%zu complaints; the cases are checked when there are none\n", found);
        return 1;
    }
    s = yj_cases_load(sources[count - 1], borrowed, count, catalog, &cases, complaints, COMPLAINTS_MAX,
                      &found, &err);
    print(found);
    if (s != YJ_OK && found == 0)
        return refused("cases", &err);
    printf("%zu kinds, %zu requirements, %zu rules, %zu gates, %zu cases: %zu complaints\n",
           catalog->kind_count, catalog->requirement_count, catalog->rule_count, catalog->gate_count,
           cases ? cases->count : 0, found);
    return s != YJ_OK;
}

int main(int argc, char **argv)
{
    yj_pack_source *sources[PACKS_MAX] = { NULL };
    size_t count = 0;
    int code = 0;
    if (argc < 2 || argc > PACKS_MAX + 1) {
        fprintf(stderr, "usage: packcheck DIR...   (packs/core first)\n");
        return 2;
    }
    for (int i = 1; i < argc && code == 0; i++) {
        yj_error err = { .code = YJ_OK };
        if (yj_pack_source_read(argv[i], &sources[count++], &err) != YJ_OK)
            code = refused(argv[i], &err);
    }
    if (code == 0)
        code = check(sources, count);
    for (size_t i = 0; i < count; i++)
        yj_pack_source_free(sources[i]);
    return code;
}

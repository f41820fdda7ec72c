// SPDX-License-Identifier: Apache-2.0
#include "packs.h"

typedef struct row {
    const char *requirement, *code, *values, *zh, *en;
} row;

#define SYSTEM "\u7cfb\u7edf"
#define OPEN "\u201c"
#define CLOSE "\u201d"
#define NONE "\u672a\u586b\u5199"

static const row rows[] = {
    { "1.2-2", "enough", "{\"system\":[\"S\"],\"level\":[\"3\"]}",
      SYSTEM OPEN "S" CLOSE "\u4e3a3\u7ea7\uff0c\u8981\u6c423\u7ea7\u3002",
      "System \"S\" has level 3, 3 is asked." },
    { "1.2-10", "enough", "{\"system\":[\"S\",\"T\"],\"level\":[null]}",
      SYSTEM OPEN "S\u3001T" CLOSE "\u4e3a" NONE "\u7ea7\uff0c\u8981\u6c424\u7ea7\u3002",
      "System \"S, T\" has level not given, 4 is asked." },
    { "1.2-10", "below", "{\"system\":[],\"model\":[\"own\",null,\"gone\"]}",
      SYSTEM OPEN NONE CLOSE "\u6a21\u5f0f\u4e3a\u81ea\u6709\u4e91\u3001" NONE
                             "\u3001gone\uff0c\u8981\u6c42\u5171\u4eab\u4e91\u3002",
      "System \"not given\" is of model Own cloud, not given, gone, Shared cloud is asked." },
    { "1.2-2", "enough", "{\"system\":\"S\"}",
      SYSTEM OPEN "S" CLOSE "\u4e3a" NONE "\u7ea7\uff0c\u8981\u6c423\u7ea7\u3002",
      "System \"S\" has level not given, 3 is asked." },
    { "1.2-2", "enough", NULL, SYSTEM OPEN NONE CLOSE "\u4e3a" NONE "\u7ea7\uff0c\u8981\u6c423\u7ea7\u3002",
      "System \"not given\" has level not given, 3 is asked." },
    /* the engine's own: labels, from what the requirement says or from the values given */
    { "1.2-10", ".other", "{}",
      OPEN "\u6a21\u5f0f\u3001\u6807\u7b7e" CLOSE "\u4e0d\u662f" OPEN
           "\u5171\u4eab\u4e91\u3001\u7ea2\u3001\u84dd" CLOSE,
      "Model, Tags is not Shared cloud, Red, Blue" },
    { "1.2-10", ".other", "{\"field\":[\"model\"],\"value\":[\"own\"]}",
      OPEN "\u6a21\u5f0f" CLOSE "\u4e0d\u662f" OPEN "\u5171\u4eab\u4e91" CLOSE, "Model is not Shared cloud" },
    { "1.2-2", ".other", "{}", OPEN NONE CLOSE "\u4e0d\u662f" OPEN NONE CLOSE, "not given is not not given" },
    { "1.2-10", ".not_yet", "{}", "\u672a\u5230\u8fd0\u884c", "not yet Operation" },
    { "1.2-2", ".not_yet", "{}", "\u672a\u5230" NONE, "not yet not given" },
    { "1.2-2", ".silent", NULL, "\u6ca1\u6709\u8bb0\u5f55", "nothing entered" },
    { NULL, ".failed", NULL, "\u89c4\u5219\u5931\u8d25", "the rule failed" },
    { NULL, ".not_yet", NULL, "\u672a\u5230" NONE, "not yet not given" },
    /* codes of rules that are no more */
    { "1.2-2", "gone", "{}", "gone", "gone" },
    { "1.2-2", ".gone", "{}", ".gone", ".gone" },
    { NULL, "enough", "{}", "enough", "enough" },
};

static void check(const yj_catalog *c, const row *r)
{
    yj_error err;
    yj_auto(yj_json_freep) json_t *values = NULL;
    if (r->values)
        assert_status(yj_json_parse(yj_span_of(r->values), 4096, &values, &err), YJ_OK);
    const yj_requirement *q = r->requirement ? yj_catalog_requirement(c, yj_span_of(r->requirement)) : NULL;
    assert_int_equal(q != NULL, r->requirement != NULL);
    for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, 65536);
        yj_buf_str(&out, ">"); /* what stands there already stays */
        yj_reason_render(c, q, r->code, values, (yj_lang)lang, &out);
        assert_string_equal(out.ptr + 1, lang == YJ_LANG_ZH ? r->zh : r->en);
    }
}

static void reason_render__puts_values_and_labels(void **state)
{
    const char *const names[] = { "base", NULL };
    loaded l;
    pack_write("base", *state, NULL, 0);
    packs_load(*state, names, false, &l);
    assert_int_equal(l.status, YJ_OK);
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        check(l.catalog, &rows[i]);
    loaded_done(&l);
}

/* A value may be put where the pack allows it. */
static void reason_render__puts_the_value_of_the_condition(void **state)
{
    const char *const names[] = { "base", NULL };
    const patch p = { "reasons.yaml", "is not {asked}", "is {value}, not {asked}" };
    const row given = { "1.2-10", ".other", "{\"field\":[\"model\"],\"value\":[\"own\"]}",
                        OPEN "\u6a21\u5f0f" CLOSE "\u4e0d\u662f" OPEN "\u5171\u4eab\u4e91" CLOSE,
                        "Model is Own cloud, not Shared cloud" };
    const row absent = { "1.2-10", ".other", "{\"field\":[\"model\"]}",
                         OPEN "\u6a21\u5f0f" CLOSE "\u4e0d\u662f" OPEN "\u5171\u4eab\u4e91" CLOSE,
                         "Model is not given, not Shared cloud" };
    loaded l;
    pack_write("base", *state, &p, 1);
    packs_load(*state, names, false, &l);
    assert_int_equal(l.status, YJ_OK);
    check(l.catalog, &given);
    check(l.catalog, &absent);
    loaded_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(reason_render__puts_values_and_labels),
        unit_test_in_folder(reason_render__puts_the_value_of_the_condition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Likely passages of a small made-up contract. What is expected was written down before the scores were seen.
 */
#include "text_test.h"

#include "text/likely.h"
#include "text/token.h"

static yj_arena *arena;

static const char *const contract[] = {
    /* 0 */ "云计算服务合同",
    /* 1 */ "第一条 服务内容 乙方向甲方提供云主机、云存储和网络服务，服务目录见附件一。",
    /* 2 */ "第二条 服务可用性 乙方承诺每月可用性不低于 99.95%，低于承诺的，按照附件二支付违约金。",
    /* 3 */ "第三条 数据安全 甲方数据归甲方所有。乙方应当对数据传输和存储加密，密钥由甲方保管。",
    /* 4 */ "第四条 审计 甲方及监管机构有权对乙方的机房、设备和管理制度进行现场检查和审计，乙方应当配合。",
    /* 5 */ "第五条 分包 未经甲方书面同意，乙方不得将服务分包或者转包给第三方。",
    /* 6 */ "第六条 合同终止 合同终止后三十日内，乙方应当返还甲方的全部数据，并在确认无误后彻底删除副本。",
    /* 7 */ "第七条 保密 双方对在合同履行中知悉的对方商业秘密负有保密义务，保密期为合同终止后五年。",
    /* 8 */ "第八条 争议解决 因本合同发生的争议，双方应当协商解决。",
};
static const char *const agreement[] = {
    /* 0 */ "Cloud Services Agreement",
    /* 1 */ "1. Services. The provider supplies computing and storage as listed in Annex 1.",
    /* 2 */
    "2. Availability. Monthly availability is at least 99.95%; below that, service credits under Annex 2 are "
    "due.",
    /* 3 */
    "3. Audits. The client and its regulators may audit the provider's facilities, systems and controls on "
    "site.",
    /* 4 */
    "4. Subcontracting. No part of the services is subcontracted without the client's prior written consent.",
    /* 5 */
    "5. Exit. Upon termination all data of the client is returned within thirty days and copies are "
    "destroyed.",
    /* 6 */ "6. Disputes. The parties settle disputes by negotiation.",
};

static yj_reading reading_of(const char *const *lines, size_t count)
{
    yj_reading r = { .format = YJ_TEXT_PLAIN, .pages = -1, .count = count };
    r.passages = yj_arena_array(arena, count, sizeof *r.passages);
    for (size_t i = 0; i < count; i++) {
        r.passages[i].text = yj_span_of(lines[i]);
        r.characters += yj_utf8_count(r.passages[i].text);
    }
    return r;
}

static yj_likely_list *search_for(const yj_reading *r, const char *const *words, size_t count, size_t per)
{
    yj_error err;
    yj_likely_list *lists = NULL;
    yj_span *spans = yj_arena_array(arena, count + 1, sizeof *spans);
    for (size_t i = 0; i < count; i++)
        spans[i] = yj_span_of(words[i]);
    assert_status(yj_text_likely(r, &(yj_wanted){ "w", spans, count }, 1, per, arena, &lists, &err), YJ_OK);
    return lists;
}

/* The first of the likely passages is the one expected. */
static void expect_first(const yj_reading *r, const char *word, size_t passage)
{
    const yj_likely_list *l = search_for(r, &word, 1, 3);
    if (l->count == 0 || l->item[0].passage != passage)
        fail_msg("%s: %d, not %zu", word, l->count ? (int)l->item[0].passage : -1, passage);
    for (size_t i = 0; i < l->count; i++) {
        assert_in_range(l->item[i].score, YJ_LIKELY_LEAST, 10000);
        assert_true(l->item[i].match_count > 0);
        assert_true(i == 0 || l->item[i].score <= l->item[i - 1].score);
    }
}

static void chinese__terms_are_found_where_they_stand(void **state)
{
    yj_reading r = reading_of(contract, YJ_COUNT(contract));
    expect_first(&r, "服务可用性承诺与违约金", 2);
    expect_first(&r, "数据加密与密钥管理", 3);
    expect_first(&r, "审计权和监管检查", 4);
    expect_first(&r, "分包限制", 5);
    expect_first(&r, "终止后的数据返还与删除", 6);
    expect_first(&r, "保密义务和保密期限", 7);
}

static void english__terms_are_found_where_they_stand(void **state)
{
    yj_reading r = reading_of(agreement, YJ_COUNT(agreement));
    expect_first(&r, "availability level and service credit", 2);
    expect_first(&r, "right of audit by regulators", 3);
    expect_first(&r, "consent to subcontracting", 4);
    expect_first(&r, "return of data upon termination", 5);
}

static void other_language__does_not_weigh_down(void **state)
{
    static const char *const alone[] = { "分包限制" };
    static const char *const both[] = { "分包限制", "limits on subcontracting and assignment" };
    yj_reading r = reading_of(contract, YJ_COUNT(contract));
    const yj_likely_list *a = search_for(&r, alone, 1, 1), *b = search_for(&r, both, 2, 1);
    assert_int_equal(a->item[0].passage, 5);
    assert_int_equal(b->item[0].passage, 5);
    assert_int_equal(a->item[0].score, b->item[0].score);
}

static void absent__is_not_proposed(void **state)
{
    static const char *const words[] = { "不可抗力" };
    yj_reading r = reading_of(contract, YJ_COUNT(contract));
    assert_int_equal(search_for(&r, words, 1, 3)->count, 0);
    assert_int_equal(search_for(&r, words, 0, 3)->count, 0);
    yj_reading none = { .count = 0 };
    assert_int_equal(search_for(&none, words, 1, 3)->count, 0);
    static const char *const marks[] = { "，。—" };
    assert_int_equal(search_for(&r, marks, 1, 3)->count, 0);
}

static void matches__are_counted_in_characters(void **state)
{
    static const char *const lines[] = { "甲方数据归甲方，数据须加密。", "无关的话。", "别的。" };
    static const char *const words[] = { "数据加密" };
    yj_reading r = reading_of(lines, YJ_COUNT(lines));
    const yj_likely_list *l = search_for(&r, words, 1, 3);
    assert_int_equal(l->count, 1);
    static const size_t wanted[][2] = { { 2, 4 }, { 8, 10 }, { 11, 13 } };
    assert_int_equal(l->item[0].match_count, YJ_COUNT(wanted));
    assert_memory_equal(l->item[0].matches, wanted, sizeof wanted);
    /* neighbouring pairs are one match */
    static const char *const run[] = { "不可抗力条款" };
    static const char *const line[] = { "本合同的不可抗力条款：见后" };
    r = reading_of(line, 1);
    l = search_for(&r, run, 1, 3);
    assert_int_equal(l->item[0].match_count, 1);
    assert_int_equal(l->item[0].matches[0][0], 4);
    assert_int_equal(l->item[0].matches[0][1], 10);
}

static void equal_weights__go_by_the_order_of_the_document(void **state)
{
    static const char *const lines[] = { "审计一次", "别的内容", "审计一次", "审计一次" };
    static const char *const words[] = { "审计" };
    yj_reading r = reading_of(lines, YJ_COUNT(lines));
    const yj_likely_list *l = search_for(&r, words, 1, 2);
    assert_int_equal(l->count, 2);
    assert_int_equal(l->item[0].passage, 0);
    assert_int_equal(l->item[1].passage, 2);
}

static void many_wanted__are_answered_one_by_one(void **state)
{
    yj_reading r = reading_of(contract, YJ_COUNT(contract));
    yj_error err;
    yj_likely_list *lists = NULL;
    const yj_span audit[] = { YJ_SPAN("审计"), YJ_SPAN("现场检查") }, exits[] = { YJ_SPAN("数据返还") };
    const yj_wanted wanted[] = { { "audit", audit, 2 }, { "nothing", NULL, 0 }, { "exit", exits, 1 } };
    assert_status(yj_text_likely(&r, wanted, 3, 5, arena, &lists, &err), YJ_OK);
    assert_int_equal(lists[0].item[0].passage, 4);
    assert_int_equal(lists[1].count, 0);
    assert_int_equal(lists[2].item[0].passage, 6);
    static char long_word[3 * YJ_LIKELY_TOKENS_MAX + 10];
    for (size_t i = 0; i < YJ_LIKELY_TOKENS_MAX + 2; i++)
        memcpy(long_word + 3 * i, "字", 3);
    const yj_span words[] = { { long_word, 3 * (YJ_LIKELY_TOKENS_MAX + 2) } };
    assert_status(yj_text_likely(&r, &(yj_wanted){ "w", words, 1 }, 1, 1, arena, &lists, &err), YJ_E_LIMIT);
}

static void tokens__of_both_scripts(void **state)
{
    static const struct {
        const char *key;
        size_t from, to;
    } wanted[] = { { "可用", 0, 2 },    { "用性", 1, 3 },     { "sla", 3, 6 },
                   { "99.95", 7, 12 },  { "10000", 14, 20 },  { "元", 20, 21 },
                   { "audit", 22, 28 }, { "access", 29, 35 }, { "élan", 36, 40 } };
    yj_tokens at = yj_tokens_of(yj_span_of("可用性ＳＬＡ 99.95% 10,000元 Audits access Élan."));
    yj_token t;
    for (size_t i = 0; i < YJ_COUNT(wanted); i++) {
        assert_true(yj_token_next(&at, &t));
        if (t.len != strlen(wanted[i].key) || memcmp(t.key, wanted[i].key, t.len) != 0)
            fail_msg("%.*s, not %s", (int)t.len, t.key, wanted[i].key);
        assert_int_equal(t.from, wanted[i].from);
        assert_int_equal(t.to, wanted[i].to);
    }
    assert_false(yj_token_next(&at, &t));
}

static int make_arena(void **state)
{
    arena = yj_arena_new((size_t)64 << 20);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    yj_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chinese__terms_are_found_where_they_stand),
        cmocka_unit_test(english__terms_are_found_where_they_stand),
        cmocka_unit_test(other_language__does_not_weigh_down),
        cmocka_unit_test(absent__is_not_proposed),
        cmocka_unit_test(matches__are_counted_in_characters),
        cmocka_unit_test(equal_weights__go_by_the_order_of_the_document),
        cmocka_unit_test(many_wanted__are_answered_one_by_one),
        cmocka_unit_test(tokens__of_both_scripts),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}

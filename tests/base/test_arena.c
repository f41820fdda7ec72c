// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/arena.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

static void alloc__gives_zeroed_aligned_separate_pieces(void **state)
{
    (void)state;
    yj_error err;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)64 << 20);
    for (int round = 0; round < 3; round++) {
        struct {
            unsigned char *p;
            size_t len;
            unsigned char mark;
        } piece[600];
        for (size_t i = 0; i < YJ_COUNT(piece); i++) {
            size_t len = test_random(&seed) % (i % 50 == 0 ? 100000 : 300);
            piece[i].p = yj_arena_alloc(a, len);
            piece[i].len = len;
            piece[i].mark = (unsigned char)(test_random(&seed) | 1);
            assert_int_equal((uintptr_t)piece[i].p % 16, 0);
            for (size_t k = 0; k < len; k++)
                assert_int_equal(piece[i].p[k], 0);
            memset(piece[i].p, piece[i].mark, len);
        }
        for (size_t i = 0; i < YJ_COUNT(piece); i++)
            for (size_t k = 0; k < piece[i].len; k++)
                assert_int_equal(piece[i].p[k], piece[i].mark);
        assert_status(yj_arena_status(a, &err), YJ_OK);
        yj_arena_reset(a);
    }
}

static void alloc__over_the_limit_fails_without_harm(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(1000);
    memset(yj_arena_alloc(a, 992), 1, 992);
    assert_status(yj_arena_status(a, &err), YJ_OK);
    unsigned char *p = yj_arena_alloc(a, 1 << 20);
    memset(p, 1, 1 << 20);
    assert_status(yj_arena_status(a, &err), YJ_E_LIMIT);
    assert_string_equal(err.msg, "the work needs more than its limit of 1000 bytes of memory");
    for (int i = 0; i < 1000; i++) { /* many pieces go round in the scratch block */
        p = yj_arena_alloc(a, 100000);
        assert_int_equal(p[0] | p[99999], 0);
        memset(p, 0xff, 100000);
    }
    assert_int_equal((uintptr_t)yj_arena_alloc(a, 3) % 16, 0);
    assert_string_equal(yj_arena_strdup(a, "still text"), "still text");
}

static void reset__clears_failure_and_gives_the_memory_back(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4096);
    for (int i = 0; i < 100; i++) {
        for (int k = 0; k < 4; k++)
            memset(yj_arena_alloc(a, 1024), 0xaa, 1024);
        assert_status(yj_arena_status(a, &err), YJ_OK);
        yj_arena_alloc(a, 1);
        assert_status(yj_arena_status(a, &err), YJ_E_LIMIT);
        yj_arena_reset(a);
        assert_status(yj_arena_status(a, &err), YJ_OK);
    }
}

static void array__takes_count_times_size(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4096);
    uint64_t *v = yj_arena_array(a, 512, sizeof *v);
    for (size_t i = 0; i < 512; i++)
        v[i] = i;
    assert_status(yj_arena_status(a, &err), YJ_OK);
    yj_arena_array(a, 1, 1);
    assert_status(yj_arena_status(a, &err), YJ_E_LIMIT);
}

static void strings__are_copied_with_a_nul(void **state)
{
    (void)state;
    yj_error err;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4096);
    assert_null(yj_arena_strdup(a, NULL));
    assert_string_equal(yj_arena_strdup(a, ""), "");
    assert_string_equal(yj_arena_strdup(a, "evidence"), "evidence");
    assert_string_equal(yj_arena_strndup(a, "evidence", 4), "evid");
    assert_string_equal(yj_arena_strndup(a, NULL, 0), "");
    assert_string_equal(yj_arena_fmt(a, "%s-%d", "rule", 42), "rule-42");
    assert_int_equal(strlen(yj_arena_fmt(a, "%01000d", 7)), 1000);
    struct pair {
        int x, y;
    } *p = yj_arena_new_of(a, struct pair);
    assert_int_equal(p->x | p->y, 0);
    assert_status(yj_arena_status(a, &err), YJ_OK);
}

static void alloc__of_more_than_the_scratch_block_aborts(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO);
        yj_arena *a = yj_arena_new(4096);
        yj_arena_alloc(a, YJ_ARENA_SCRATCH_BYTES);
        if (yj_arena_status(a, NULL) != YJ_E_LIMIT)
            _exit(1);
        volatile size_t huge = SIZE_MAX / 2; /* gcc refuses the constant product at compile time */
        yj_arena_array(a, huge, 3);
        _exit(0);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
}

#ifdef WITH_ASAN
static void alloc__is_followed_by_a_poisoned_red_zone(void **state)
{
    (void)state;
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new(4096);
    for (size_t len = 1; len < 70; len++) {
        char *p = yj_arena_alloc(a, len);
        assert_int_equal(__asan_address_is_poisoned(p + len - 1), 0);
        for (size_t k = 0; k < 32; k++)
            assert_int_equal(__asan_address_is_poisoned(p + len + k), 1);
    }
    char *p = yj_arena_alloc(a, 10);
    yj_arena_reset(a);
    assert_int_equal(__asan_address_is_poisoned(p), 1);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc__gives_zeroed_aligned_separate_pieces),
        cmocka_unit_test(alloc__over_the_limit_fails_without_harm),
        cmocka_unit_test(reset__clears_failure_and_gives_the_memory_back),
        cmocka_unit_test(array__takes_count_times_size),
        cmocka_unit_test(strings__are_copied_with_a_nul),
        cmocka_unit_test(alloc__of_more_than_the_scratch_block_aborts),
#ifdef WITH_ASAN
        cmocka_unit_test(alloc__is_followed_by_a_poisoned_red_zone),
#endif
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}

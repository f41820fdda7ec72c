// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/hash.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static const struct {
    yj_hash_alg alg;
    const char *text, *hex;
} vectors[] = {
    /* FIPS 180-4 examples */
    { YJ_HASH_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { YJ_HASH_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { YJ_HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    /* GB/T 32905-2016, appendix A */
    { YJ_HASH_SM3, "abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" },
    { YJ_HASH_SM3, "abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd",
      "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732" },
};

static void hash__gives_the_standards_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < YJ_COUNT(vectors); i++) {
        yj_digest d;
        char hex[2 * YJ_HASH_LEN + 1];
        for (int again = 0; again < 3; again++) {
            yj_hash(vectors[i].alg, vectors[i].text, strlen(vectors[i].text), &d);
            yj_digest_hex(&d, hex);
            assert_string_equal(hex, vectors[i].hex);
        }
    }
    yj_digest a, b;
    yj_hash(YJ_HASH_SHA256, NULL, 0, &a);
    yj_hash(YJ_HASH_SHA256, "", 0, &b);
    assert_memory_equal(a.b, b.b, YJ_HASH_LEN);
}

static void hmac__gives_the_vectors_of_rfc_4231(void **state)
{
    (void)state;
    char many_aa[132], hex[2 * YJ_HASH_LEN + 1];
    memset(many_aa, 0xaa, sizeof many_aa);
    many_aa[131] = '\0';
    const struct {
        yj_span key;
        const char *message, *hex;
    } rows[] = {
        { YJ_SPAN("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"),
          "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { YJ_SPAN("Jefe"), "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { { many_aa, 131 },
          "Test Using Larger Than Block-Size Key - Hash Key First",
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { { NULL, 0 },
          "",
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" }, /* not of the RFC */
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        yj_digest d;
        yj_error err = { 0 };
        assert_status(yj_hmac_sha256(rows[i].key, yj_span_of(rows[i].message), &d, &err), YJ_OK);
        yj_digest_hex(&d, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void hasher__gives_the_same_in_pieces(void **state)
{
    (void)state;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    uint8_t data[1000];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)test_random(&seed);
    for (int alg = 0; alg < YJ_HASH_COUNT_; alg++) {
        yj_auto(yj_hasher_freep) yj_hasher *h = yj_hasher_new((yj_hash_alg)alg);
        assert_int_equal(yj_hasher_alg(h), alg);
        for (int round = 0; round < 200; round++) {
            size_t len = test_random(&seed) % sizeof data;
            yj_digest whole, pieces;
            yj_hash((yj_hash_alg)alg, data, len, &whole);
            yj_hasher_begin(h);
            for (size_t at = 0; at < len;) {
                size_t n = test_random(&seed) % 100;
                n = n > len - at ? len - at : n;
                yj_hasher_add(h, data + at, n);
                at += n;
            }
            yj_hasher_end(h, &pieces);
            assert_memory_equal(whole.b, pieces.b, YJ_HASH_LEN);
        }
    }
}

static void *hash_in_a_thread(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        size_t v = (size_t)i % YJ_COUNT(vectors);
        yj_digest d;
        char hex[2 * YJ_HASH_LEN + 1];
        yj_hash(vectors[v].alg, vectors[v].text, strlen(vectors[v].text), &d);
        yj_digest_hex(&d, hex);
        if (strcmp(hex, vectors[v].hex) != 0)
            return arg; /* not NULL: wrong */
    }
    return NULL;
}

static void hash__works_in_many_threads(void **state)
{
    (void)state;
    pthread_t t[8];
    for (size_t i = 0; i < YJ_COUNT(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, hash_in_a_thread, t), 0);
    for (size_t i = 0; i < YJ_COUNT(t); i++) {
        void *wrong = NULL;
        pthread_join(t[i], &wrong);
        assert_null(wrong);
    }
}

static void hash_names__go_both_ways(void **state)
{
    (void)state;
    yj_hash_alg alg = YJ_HASH_COUNT_;
    assert_true(yj_hash_by_name(YJ_SPAN("sm3"), &alg));
    assert_int_equal(alg, YJ_HASH_SM3);
    assert_true(yj_hash_by_name(yj_span_of(yj_hash_name(YJ_HASH_SHA256)), &alg));
    assert_int_equal(alg, YJ_HASH_SHA256);
    assert_false(yj_hash_by_name(YJ_SPAN("SHA256"), &alg));
    assert_false(yj_hash_by_name(YJ_SPAN("md5"), &alg));
    assert_false(yj_hash_by_name(YJ_SPAN(""), &alg));
    assert_int_equal(alg, YJ_HASH_SHA256);
}

static void digest_from_hex__takes_the_written_form_only(void **state)
{
    (void)state;
    yj_digest d, back;
    char hex[2 * YJ_HASH_LEN + 1];
    yj_random(&d, sizeof d);
    yj_digest_hex(&d, hex);
    assert_true(yj_digest_from_hex(yj_span_of(hex), &back));
    assert_memory_equal(d.b, back.b, YJ_HASH_LEN);
    assert_false(yj_digest_from_hex((yj_span){ hex, 63 }, &back));
    assert_false(yj_digest_from_hex((yj_span){ hex, 62 }, &back));
    assert_false(yj_digest_from_hex((yj_span){ hex, 65 }, &back));
    memset(hex, '0', 64);
    hex[10] = 'A';
    assert_false(yj_digest_from_hex(yj_span_of(hex), &back));
    hex[10] = 'g';
    assert_false(yj_digest_from_hex(yj_span_of(hex), &back));
}

#define MS INT64_C(1000000)

static void uuid7__has_time_version_and_variant(void **state)
{
    (void)state;
    char id[YJ_UUID_LEN + 1];
    yj_uuid7(INT64_C(0x017f22e279b0) * MS + 999999, id); /* the time of RFC 9562's example */
    assert_memory_equal(id, "017f22e2-79b0-7", 15);
    assert_non_null(strchr("89ab", id[19]));
    assert_int_equal(strlen(id), YJ_UUID_LEN);
    assert_true(yj_uuid_valid(yj_span_of(id)));
    yj_uuid7(0, id);
    assert_memory_equal(id, "00000000-0000-7", 15);
    yj_uuid7(-5, id);
    assert_memory_equal(id, "00000000-0000-7", 15);
}

static void uuid7__rises_within_a_millisecond(void **state)
{
    (void)state;
    char last[YJ_UUID_LEN + 1] = "", id[YJ_UUID_LEN + 1];
    int64_t now = INT64_C(1790000000000) * MS;
    for (int i = 0; i < 100000; i++) {
        yj_uuid7(now + i % 1000, id);
        assert_true(strcmp(last, id) < 0);
        memcpy(last, id, sizeof id);
    }
    yj_uuid7(now - 3 * MS, id); /* the clock was set back a little */
    assert_true(strcmp(last, id) < 0);
    yj_uuid7(now + MS, id);
    assert_true(strcmp(last, id) < 0);
    yj_uuid7(now - INT64_C(100000) * MS, id); /* another clock: its own time */
    assert_true(strcmp(last, id) > 0);
}

#define THREADS 4
#define IDS_EACH 20000

static void *make_ids(void *arg)
{
    char(*ids)[YJ_UUID_LEN + 1] = arg;
    for (size_t i = 0; i < IDS_EACH; i++)
        yj_uuid7(INT64_C(1800000000000) * MS, ids[i]);
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void uuid7__is_unique_and_rising_in_threads(void **state)
{
    (void)state;
    char(*ids)[YJ_UUID_LEN + 1] = calloc((size_t)THREADS * IDS_EACH, sizeof *ids);
    assert_non_null(ids);
    pthread_t t[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, make_ids, ids + i * IDS_EACH), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    for (size_t i = 1; i < (size_t)THREADS * IDS_EACH; i++)
        if (i % IDS_EACH)
            assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    qsort(ids, (size_t)THREADS * IDS_EACH, sizeof *ids, by_text);
    for (size_t i = 1; i < (size_t)THREADS * IDS_EACH; i++)
        assert_true(strcmp(ids[i - 1], ids[i]) < 0);
    free(ids);
}

static void uuid_valid__takes_canonical_text_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "00000000-0000-0000-0000-000000000000", true },  { "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", true },
        { "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", false }, { "017f22e279b07cc398c4dc0c0c07398f", false },
        { "017f22e2-79b0-7cc3-98c4-dc0c0c07398", false },  { "017f22e2-79b0-7cc3-98c4-dc0c0c07398fa", false },
        { "017f22e2-79b0-7cc3-98c4+dc0c0c07398f", false }, { "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f", false },
        { "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", false }, { "", false },
    };
    for (size_t i = 0; i < YJ_COUNT(rows); i++)
        assert_int_equal(yj_uuid_valid(yj_span_of(rows[i].text)), rows[i].valid);
}

static void hash_fd__takes_what_is_left_and_copies_it(void **state)
{
    enum { LEN = 300000 };
    yj_error err;
    yj_digest whole, got;
    char from[300], to[300];
    char *bytes = malloc(LEN);
    assert_non_null(bytes);
    for (size_t i = 0; i < LEN; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    snprintf(from, sizeof from, "%s/from", (const char *)*state);
    snprintf(to, sizeof to, "%s/to", (const char *)*state);
    assert_status(yj_file_write(from, (yj_span){ bytes, LEN }, 0600, &err), YJ_OK);
    for (int copy = 0; copy < 2; copy++) {
        int fd = open(from, O_RDONLY | O_CLOEXEC);
        int out = copy ? open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
        yj_hash_alg alg = copy ? YJ_HASH_SM3 : YJ_HASH_SHA256;
        assert_int_equal(lseek(fd, 10, SEEK_SET), 10);
        assert_status(yj_hash_fd(alg, fd, out, from, &got, &err), YJ_OK);
        yj_hash(alg, bytes + 10, LEN - 10, &whole);
        assert_memory_equal(&got, &whole, sizeof got);
        close(fd);
        if (copy)
            close(out);
    }
    yj_auto(yj_buf_done) yj_buf copied;
    yj_buf_init(&copied, LEN);
    assert_status(yj_file_read(to, LEN, &copied, &err), YJ_OK);
    assert_int_equal(copied.len, LEN - 10);
    assert_memory_equal(copied.ptr, bytes + 10, LEN - 10);
    free(bytes);
}

static void hash_fd__tells_what_fails(void **state)
{
    yj_error err;
    yj_digest got;
    int folder = open(*state, O_RDONLY | O_CLOEXEC), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_status(yj_hash_fd(YJ_HASH_SHA256, folder, -1, "it", &got, &err), YJ_E_IO);
    assert_non_null(strstr(err.msg, "cannot read it"));
    assert_status(yj_hash_fd(YJ_HASH_SHA256, self, full, "it", &got, &err), YJ_E_FULL);
    assert_non_null(strstr(err.msg, "a private copy of it cannot be written"));
    close(folder);
    close(full);
    close(self);
}

static void random__fills_all_and_differs(void **state)
{
    (void)state;
    uint8_t a[1000] = { 0 }, b[1000] = { 0 };
    yj_random(a, sizeof a);
    yj_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    size_t zeros = 0;
    for (size_t i = 0; i < sizeof a; i++)
        zeros += a[i] == 0;
    assert_true(zeros < 50); /* about 4 */
    yj_random(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash__gives_the_standards_vectors),
        cmocka_unit_test(hmac__gives_the_vectors_of_rfc_4231),
        cmocka_unit_test(hasher__gives_the_same_in_pieces),
        cmocka_unit_test(hash__works_in_many_threads),
        cmocka_unit_test(hash_names__go_both_ways),
        cmocka_unit_test(digest_from_hex__takes_the_written_form_only),
        cmocka_unit_test(uuid7__has_time_version_and_variant),
        cmocka_unit_test(uuid7__rises_within_a_millisecond),
        cmocka_unit_test(uuid7__is_unique_and_rising_in_threads),
        cmocka_unit_test(uuid_valid__takes_canonical_text_only),
        cmocka_unit_test(random__fills_all_and_differs),
        unit_test_in_folder(hash_fd__takes_what_is_left_and_copies_it),
        unit_test_in_folder(hash_fd__tells_what_fails),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}

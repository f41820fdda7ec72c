// SPDX-License-Identifier: Apache-2.0
#include "test.h"

#include "base/sign.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

static yj_span unhex(const char *hex, uint8_t *space, size_t cap)
{
    size_t len = 0;
    assert_true(yj_hex_decode(yj_span_of(hex), space, cap, &len));
    return (yj_span){ (const char *)space, len };
}

static void path_in(char ret[static 300], void **state, const char *name)
{
    snprintf(ret, 300, "%s/%s", (const char *)*state, name);
}

/* RFC 8032, section 7.1: tests 1 to 3. */
static const struct {
    const char *seed, *pub, *msg, *sig;
} ed25519_vectors[] = {
    { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5"
      "f0595"
      "bbe24655141438e7a100b" },
    { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2e"
      "aeb43"
      "02aeeb00d291612bb0c00" },
    { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15"
      "e9716"
      "ed28dc027beceea1ec40a" },
};

static void ed25519__gives_the_vectors_of_rfc_8032(void **state)
{
    yj_error err;
    for (size_t i = 0; i < YJ_COUNT(ed25519_vectors); i++) {
        uint8_t pub_b[32], msg_b[8], sig_b[64], der[48];
        yj_span pub = unhex(ed25519_vectors[i].pub, pub_b, sizeof pub_b);
        yj_span msg = unhex(ed25519_vectors[i].msg, msg_b, sizeof msg_b);
        yj_span sig = unhex(ed25519_vectors[i].sig, sig_b, sizeof sig_b);
        yj_auto(yj_key_freep) yj_key *k = NULL;
        assert_status(yj_key_from_public(YJ_SIGN_ED25519, pub, &k, &err), YJ_OK);
        assert_true(yj_verify(k, msg, sig));

        /* the private key as PKCS#8 (RFC 8410), by hand */
        unhex("302e020100300506032b657004220420", der, sizeof der);
        unhex(ed25519_vectors[i].seed, der + 16, 32);
        yj_auto(yj_buf_done) yj_buf pem;
        yj_buf_init(&pem, 1000);
        yj_buf_str(&pem, "-----BEGIN PRIVATE KEY-----\n");
        yj_buf_base64(&pem, der, sizeof der);
        yj_buf_str(&pem, "\n-----END PRIVATE KEY-----\n");
        char path[300];
        path_in(path, state, "key.pem");
        assert_status(yj_file_write(path, yj_buf_view(&pem), 0600, &err), YJ_OK);
        yj_auto(yj_key_freep) yj_key *p = NULL;
        assert_status(yj_key_load(path, &p, &err), YJ_OK);
        assert_int_equal(yj_key_alg(p), YJ_SIGN_ED25519);
        uint8_t out[YJ_SIG_MAX], got_pub[YJ_PUB_MAX];
        size_t len = 0;
        yj_key_public(p, got_pub, &len);
        assert_int_equal(len, 32);
        assert_memory_equal(got_pub, pub_b, 32);
        assert_status(yj_sign(p, msg, out, &len, &err), YJ_OK);
        assert_int_equal(len, 64);
        assert_memory_equal(out, sig_b, 64);
    }
}

/* GB/T 32918.5-2017, A.2: curve, key and signature of the default id and the message "message digest". */
#define SM2_PUB                                                                                              \
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed" \
    "05"                                                                                                     \
    "fbf35e084a6632f6072da9ad13"
#define SM2_SIG                                                                                              \
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3022100b1b6aa29df212fd8763182" \
    "bc0d"                                                                                                   \
    "421ca1bb9038fd1f7f42d4840b69c485bbc1aa"

static void sm2__verifies_the_vector_of_gbt_32918(void **state)
{
    (void)state;
    yj_error err;
    uint8_t pub[YJ_PUB_MAX], sig[YJ_SIG_MAX];
    yj_auto(yj_key_freep) yj_key *k = NULL;
    assert_status(yj_key_from_public(YJ_SIGN_SM2, unhex(SM2_PUB, pub, sizeof pub), &k, &err), YJ_OK);
    yj_span s = unhex(SM2_SIG, sig, sizeof sig);
    assert_true(yj_verify(k, YJ_SPAN("message digest"), s));
    assert_false(yj_verify(k, YJ_SPAN("message digest."), s));
    assert_false(yj_verify(k, YJ_SPAN(""), s));
}

/* A signature by OpenSSL itself with another distinguishing id, over the key in a file. */
static size_t sign_with_id(const char *path, const char *id, yj_span msg, uint8_t ret[static YJ_SIG_MAX])
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    EVP_PKEY *pkey = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    assert_non_null(pkey);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (id)
        assert_int_equal(EVP_PKEY_CTX_set1_id(pctx, id, (int)strlen(id)), 1);
    EVP_MD_CTX_set_pkey_ctx(ctx, pctx);
    assert_int_equal(EVP_DigestSignInit_ex(ctx, NULL, "SM3", NULL, NULL, pkey, NULL), 1);
    size_t len = YJ_SIG_MAX;
    assert_int_equal(EVP_DigestSign(ctx, ret, &len, (const uint8_t *)msg.ptr, msg.len), 1);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_CTX_free(pctx);
    EVP_PKEY_free(pkey);
    return len;
}

static void sm2__takes_the_default_id_of_gmt_only(void **state)
{
    yj_error err;
    char path[300];
    path_in(path, state, "sm2.pem");
    yj_auto(yj_key_freep) yj_key *k = NULL;
    assert_status(yj_key_generate(YJ_SIGN_SM2, &k, &err), YJ_OK);
    assert_status(yj_key_save(k, path, &err), YJ_OK);
    yj_span msg = YJ_SPAN("checkpoint");
    uint8_t sig[YJ_SIG_MAX];
    size_t len = sign_with_id(path, "1234567812345678", msg, sig);
    assert_true(yj_verify(k, msg, (yj_span){ (char *)sig, len }));
    len = sign_with_id(path, NULL, msg, sig); /* OpenSSL's own default: empty */
    assert_false(yj_verify(k, msg, (yj_span){ (char *)sig, len }));
    len = sign_with_id(path, "1234567812345679", msg, sig);
    assert_false(yj_verify(k, msg, (yj_span){ (char *)sig, len }));
    assert_int_equal(ERR_peek_error(), 0);
}

static void keys__survive_saving_and_sign_only_their_message(void **state)
{
    yj_error err;
    uint64_t seed = TEST_SEED;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int alg = 0; alg < YJ_SIGN_COUNT_; alg++) {
        char path[300];
        path_in(path, state, yj_sign_name((yj_sign_alg)alg));
        yj_auto(yj_key_freep) yj_key *made = NULL, *loaded = NULL, *public = NULL, *other = NULL;
        assert_status(yj_key_generate((yj_sign_alg)alg, &made, &err), YJ_OK);
        assert_status(yj_key_generate((yj_sign_alg)alg, &other, &err), YJ_OK);
        assert_status(yj_key_save(made, path, &err), YJ_OK);
        assert_status(yj_key_load(path, &loaded, &err), YJ_OK);
        assert_int_equal(yj_key_alg(loaded), alg);
        struct stat st;
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);

        uint8_t pub[YJ_PUB_MAX], again[YJ_PUB_MAX];
        size_t pub_len = 0, again_len = 0;
        yj_key_public(made, pub, &pub_len);
        yj_key_public(loaded, again, &again_len);
        assert_int_equal(pub_len, alg == YJ_SIGN_SM2 ? 65 : 32);
        assert_int_equal(again_len, pub_len);
        assert_memory_equal(pub, again, pub_len);
        assert_status(yj_key_from_public((yj_sign_alg)alg, (yj_span){ (char *)pub, pub_len }, &public, &err),
                      YJ_OK);

        for (int i = 0; i < 20; i++) {
            uint8_t msg[100], sig[YJ_SIG_MAX];
            size_t msg_len = 1 + test_random(&seed) % (sizeof msg - 1), len = 0;
            for (size_t n = 0; n < msg_len; n++)
                msg[n] = (uint8_t)test_random(&seed);
            yj_span m = { (char *)msg, msg_len };
            assert_status(yj_sign(loaded, m, sig, &len, &err), YJ_OK);
            yj_span s = { (char *)sig, len };
            assert_true(yj_verify(public, m, s));
            assert_true(yj_verify(made, m, s));
            assert_false(yj_verify(other, m, s));
            assert_false(yj_verify(public, m, (yj_span){ (char *)sig, len - 1 }));
            assert_false(yj_verify(public, m, (yj_span){ NULL, 0 }));
            uint8_t longer[YJ_SIG_MAX + 1] = { 0 };
            memcpy(longer, sig, len);
            assert_false(yj_verify(public, m, (yj_span){ (char *)longer, len + 1 }));
            assert_false(yj_verify(public, m, (yj_span){ (char *)longer, sizeof longer }));
            sig[test_random(&seed) % len] ^= (uint8_t)(1 << test_random(&seed) % 8);
            assert_false(yj_verify(public, m, s));
            assert_status(yj_sign(made, m, sig, &len, &err), YJ_OK);
            msg[test_random(&seed) % msg_len] ^= (uint8_t)(1 << test_random(&seed) % 8);
            assert_false(yj_verify(public, m, (yj_span){ (char *)sig, len }));
        }
    }
}

static void key_save__never_overwrites(void **state)
{
    yj_error err;
    char path[300], lost[300];
    path_in(path, state, "k.pem");
    yj_auto(yj_key_freep) yj_key *k = NULL;
    assert_status(yj_key_generate(YJ_SIGN_ED25519, &k, &err), YJ_OK);
    assert_status(yj_key_save(k, path, &err), YJ_OK);
    assert_status(yj_key_save(k, path, &err), YJ_E_CONFLICT);
    path_in(lost, state, "no/k.pem");
    assert_status(yj_key_save(k, lost, &err), YJ_E_IO);
}

static void key_load__refuses_what_is_no_key(void **state)
{
    yj_error err;
    char path[300];
    yj_key *k = (yj_key *)&err;
    path_in(path, state, "absent");
    assert_status(yj_key_load(path, &k, &err), YJ_E_IO);
    assert_int_equal(err.code, YJ_E_IO);
    static const char *const bad[] = {
        "",
        "garbage",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        /* an encrypted one: nobody is asked for a pass phrase */
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBDnX1QJ2bnzNzB3nE1y\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n",
    };
    path_in(path, state, "bad");
    for (size_t i = 0; i < YJ_COUNT(bad); i++) {
        assert_status(yj_file_write(path, yj_span_of(bad[i]), 0600, &err), YJ_OK);
        assert_status(yj_key_load(path, &k, &err), YJ_E_CORRUPT);
    }
    char big[20000];
    memset(big, 'x', sizeof big);
    assert_status(yj_file_write(path, (yj_span){ big, sizeof big }, 0600, &err), YJ_OK);
    assert_status(yj_key_load(path, &k, &err), YJ_E_CORRUPT);

    /* a good key of a kind we do not use, and an encrypted good one */
    for (int kind = 0; kind < 2; kind++) {
        EVP_PKEY *pkey =
            kind ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        FILE *f = fopen(path, "we");
        assert_non_null(f);
        char pass[] = "secret";
        assert_int_equal(PEM_write_PKCS8PrivateKey(f, pkey, kind ? EVP_aes_128_cbc() : NULL,
                                                   kind ? pass : NULL, kind ? 6 : 0, NULL, NULL),
                         1);
        fclose(f);
        EVP_PKEY_free(pkey);
        assert_status(yj_key_load(path, &k, &err), YJ_E_CORRUPT);
    }
    assert_ptr_equal(k, &err);
    assert_int_equal(ERR_peek_error(), 0);
}

static void key_from_public__refuses_what_is_no_point(void **state)
{
    (void)state;
    yj_error err;
    yj_key *k = NULL;
    uint8_t pub[YJ_PUB_MAX];
    unhex(SM2_PUB, pub, sizeof pub);
    yj_span s = { (char *)pub, 65 };
    pub[64] ^= 1;
    assert_status(yj_key_from_public(YJ_SIGN_SM2, s, &k, &err), YJ_E_INVALID);
    pub[64] ^= 1;
    pub[0] = 6; /* the hybrid form */
    assert_status(yj_key_from_public(YJ_SIGN_SM2, s, &k, &err), YJ_E_INVALID);
    pub[0] = 2;
    assert_status(yj_key_from_public(YJ_SIGN_SM2, (yj_span){ (char *)pub, 33 }, &k, &err), YJ_E_INVALID);
    assert_status(yj_key_from_public(YJ_SIGN_SM2, (yj_span){ "", 1 }, &k, &err), YJ_E_INVALID);
    assert_status(yj_key_from_public(YJ_SIGN_ED25519, (yj_span){ (char *)pub, 31 }, &k, &err), YJ_E_INVALID);
    assert_status(yj_key_from_public(YJ_SIGN_ED25519, (yj_span){ NULL, 0 }, &k, &err), YJ_E_INVALID);
    assert_null(k);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(ed25519__gives_the_vectors_of_rfc_8032),
        cmocka_unit_test(sm2__verifies_the_vector_of_gbt_32918),
        unit_test_in_folder(sm2__takes_the_default_id_of_gmt_only),
        unit_test_in_folder(keys__survive_saving_and_sign_only_their_message),
        unit_test_in_folder(key_save__never_overwrites),
        unit_test_in_folder(key_load__refuses_what_is_no_key),
        cmocka_unit_test(key_from_public__refuses_what_is_no_point),
    };
    return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}

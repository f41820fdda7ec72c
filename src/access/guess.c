// SPDX-License-Identifier: Apache-2.0
#include "access/guess.h"

#include "access/secret.h"
#include <stdlib.h>
#include <zxcvbn.h>

/* Tried after the person's own words, the first first: what is common here and in no English list. */
static const char *const common[] = {
    "yunjian",
    "admin",
    "password",
    "guanliyuan",
    "woaini",
    "5201314",
    "1314520",
    "woaini1314",
    "zhongguo",
    "mima",
    "denglu",
    "xitong",
    "anquan",
    "zhengquan",
    "qihuo",
    "jijin",
    "gupiao",
    "gongsi",
    "wangluo",
    "xinxi",
    "nihao",
    "woaiwojia",
    "woaizhongguo",
    "520",
    "521",
    "1314",
    "5211314",
    "7758521",
    "147258369",
    "159357",
    "123456",
    "888888",
    "666666",
    "qazwsx",
    "1qaz2wsx",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "2wsx3edc",
    "3edc4rfv",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "q1w2e3r4",
    "zaq12wsx",
    "qweasd",
    "qweasdzxc",
    "asdfghjkl",
    "zxcvbnm",
    "qwertyuiop",
    "qwe123",
    "abc123",
    "a123456",
    "aa123456",
    "guanli",
    "yuan",
    "jituan",
    "keji",
    "shuju",
    "yunwei",
    "jishu",
    "beijing",
    "shanghai",
    "shenzhen",
    "guangzhou",
    "hangzhou",
    "nanjing",
    "chengdu",
    "wuhan",
    "chongqing",
    "tianjin",
    "zhonghua",
    "laopo",
    "laogong",
    "baobao",
    "baobei",
    "mama",
    "baba",
    "xiaoming",
    "tiantian",
    "kuaile",
    "facai",
    "gongxi",
    "woshi",
    "aiwo",
    "aini",
    "shiwo",
    "wang",
    "zhang",
    "chen",
    "yang",
    "zhao",
    "huang",
    "zhou",
    "sun",
    "xu",
    "zhu",
    "lin",
    "guo",
    "liang",
    "song",
    "zheng",
    "wei",
    "fang",
    "ming",
    "xiao",
    "jun",
    "jie",
    "qiang",
    "lei",
    "ling",
    "xia",
};

/* The same in characters: "I love you", "China", numerals, "password", "administrator", what firms are
 * called. */
static const char *const common_han[] = {
    "\xe6\x88\x91\xe7\x88\xb1\xe4\xbd\xa0",
    "\xe4\xb8\xad\xe5\x8d\x8e\xe4\xba\xba\xe6\xb0\x91\xe5\x85\xb1\xe5\x92\x8c\xe5\x9b\xbd",
    "\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89\xe5\x9b\x9b\xe4\xba\x94\xe5\x85\xad\xe4\xb8\x83\xe5\x85\xab\xe4\xb9"
    "\x9d"
    "\xe5\x8d\x81",
    "\xe4\xb8\x80\xe4\xba\x8c\xe4\xb8\x89",
    "\xe8\x82\xa1\xe4\xbb\xbd\xe6\x9c\x89\xe9\x99\x90\xe5\x85\xac\xe5\x8f\xb8",
    "\xe6\x9c\x89\xe9\x99\x90\xe5\x85\xac\xe5\x8f\xb8",
    "\xe7\xae\xa1\xe7\x90\x86\xe5\x91\x98",
    "\xe4\xba\x91\xe9\x89\xb4",
    "\xe5\xaf\x86\xe7\xa0\x81",
    "\xe4\xb8\xad\xe5\x9b\xbd",
    "\xe8\xaf\x81\xe5\x88\xb8",
    "\xe6\x9c\x9f\xe8\xb4\xa7",
    "\xe5\x9f\xba\xe9\x87\x91",
    "\xe5\xae\x89\xe5\x85\xa8",
    "\xe7\xb3\xbb\xe7\xbb\x9f",
    "\xe4\xbd\xa0\xe5\xa5\xbd",
};

static bool ascii(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    return true;
}

/* --- what is not ASCII ------------------------------------------------------------------------ */

/* Take a word out of the text, wherever it stands. False: it stands nowhere. */
static bool take_out(char *text, size_t *len, yj_span word)
{
    size_t to = 0;
    bool found = false;
    for (size_t i = 0; i < *len;) {
        if (i + word.len <= *len && memcmp(text + i, word.ptr, word.len) == 0) {
            i += word.len;
            found = true;
        } else {
            text[to++] = text[i++];
        }
    }
    *len = to;
    return found;
}

static size_t char_len(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4; /* valid UTF-8 */
}

static size_t take_words(char *text, size_t *len, const yj_span *words, size_t count)
{
    size_t bits = 0;
    for (size_t i = 0; i < count; i++)
        if (!ascii(words[i]) && take_out(text, len, words[i]))
            bits += YJ_GUESS_WORD_BITS;
    for (size_t i = 0; i < YJ_COUNT(common_han); i++)
        if (take_out(text, len, yj_span_of(common_han[i])))
            bits += YJ_GUESS_WORD_BITS;
    return bits;
}

/* Each character beyond ASCII, with all that are like it. */
static size_t take_chars(char *text, size_t *len)
{
    size_t bits = 0;
    for (size_t i = 0; i < *len;) {
        char one[4];
        size_t n = char_len(text + i);
        if (n == 1) {
            i++;
            continue;
        }
        memcpy(one, text + i, n);
        (void)take_out(text, len, (yj_span){ one, n });
        bits += YJ_GUESS_CHAR_BITS;
    }
    return bits;
}

/* --- both ------------------------------------------------------------------------------------- */

/* Those that are of use, as the library wants them: NUL-terminated, the list ended by NULL. */
static yj_status make_dictionary(const yj_span *words, size_t count, const char ***ret, char **ret_texts,
                                 yj_error *err)
{
    const size_t most = count + YJ_COUNT(common) + 1;
    const char **list = calloc(most, sizeof *list);
    char *texts = calloc(count + 1, YJ_GUESS_WORD_BYTES + 1);
    if (!list || !texts) {
        free(list);
        free(texts);
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    }
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!ascii(words[i]))
            continue;
        char *to = texts + n * (YJ_GUESS_WORD_BYTES + 1);
        memcpy(to, words[i].ptr, words[i].len);
        list[n++] = to;
    }
    for (size_t i = 0; i < YJ_COUNT(common); i++)
        list[n++] = common[i];
    *ret = list;
    *ret_texts = texts;
    return YJ_OK;
}

static yj_status ascii_bits(const char *text, const yj_span *words, size_t count, double *ret, yj_error *err)
{
    const char **list = NULL;
    char *texts = NULL;
    YJ_TRY(make_dictionary(words, count, &list, &texts, err));
    *ret = ZxcvbnMatch(text, list, NULL);
    free(list);
    free(texts);
    return YJ_OK;
}

static size_t pick(const yj_span *words, size_t count, yj_span ret[static YJ_GUESS_WORDS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < count && n < YJ_GUESS_WORDS_MAX; i++)
        if (words[i].len <= YJ_GUESS_WORD_BYTES && yj_utf8_valid(words[i]) && yj_utf8_count(words[i]) >= 2)
            ret[n++] = words[i];
    return n;
}

yj_status yj_guess_bits(yj_span password, const yj_span *words, size_t count, double *ret, yj_error *err)
{
    yj_span own[YJ_GUESS_WORDS_MAX];
    size_t n = pick(words, count, own), len = password.len;
    char *text = malloc(len + 1);
    double rest = 0;
    if (!text)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    memcpy(text, password.len ? password.ptr : "", len);
    size_t bits = take_words(text, &len, own, n);
    bits += take_chars(text, &len);
    text[len] = '\0';
    yj_status s = len ? ascii_bits(text, own, n, &rest, err) : YJ_OK;
    yj_secret_wipe(text, password.len + 1);
    free(text);
    if (s == YJ_OK)
        *ret = (double)bits + rest;
    return s;
}

// SPDX-License-Identifier: Apache-2.0
/* Keys, tokens and passwords. */
#include "instrument/scan/internal.h"

#define SPACE_BETWEEN 4 /* blanks around a sign of assignment */
#define PASSWORD_BYTES_MAX 256
#define KEY_LOOK 512 /* bytes of a key's body that are looked at */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return yj_scan_is_word(c) && c != '_';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool begins(yj_span t, size_t at, const char *with)
{
    size_t n = strlen(with);
    return at <= t.len && n <= t.len - at && memcmp(t.ptr + at, with, n) == 0;
}

static size_t run(yj_span t, size_t at, bool (*is)(char))
{
    size_t n = 0;
    while (at + n < t.len && is(t.ptr[at + n]))
        n++;
    return n;
}

static bool is_url64(char c)
{
    return is_alnum(c) || c == '_' || c == '-';
}

/* Letters and digits mixed, as random ones of this length always are. */
static bool mixed(const char *p, size_t n)
{
    size_t digits = 0;
    for (size_t i = 0; i < n; i++)
        digits += is_digit(p[i]);
    return digits > 0 && digits < n;
}

/* A JSON Web Token (RFC 7519) in compact form: three parts, of which two are objects. */
static size_t web_token(yj_span t, size_t at)
{
    size_t a = run(t, at, is_url64);
    if (a < 12 || !begins(t, at + a, ".eyJ"))
        return 0;
    size_t b = run(t, at + a + 1, is_url64);
    size_t third = at + a + 1 + b;
    if (b < 8 || third >= t.len || t.ptr[third] != '.')
        return 0;
    size_t c = run(t, third + 1, is_url64);
    return c >= 16 ? a + b + c + 2 : 0;
}

bool yj_scan_secret_word(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text;
    size_t n = end - at;
    bool aliyun = (n == 16 || n == 24) && begins(t, at, "LTAI");
    bool tencent = n == 36 && begins(t, at, "AKID");
    bool github = n == 40 && (begins(t, at, "ghp_") || begins(t, at, "gho_") || begins(t, at, "ghs_"));
    bool dingtalk = n == 67 && begins(t, at, "SEC");
    if (aliyun || tencent || github || dingtalk) {
        bool good = mixed(t.ptr + at + 4, n - 4);
        for (size_t i = at + 4; i < end; i++)
            good &= dingtalk ? is_hex(t.ptr[i]) : is_alnum(t.ptr[i]);
        if (good)
            yj_scan_emit(l, YJ_SCAN_CLOUD_KEY, at, n);
        return good;
    }
    if (n >= 10 && begins(t, at, "eyJ") && !(at > 0 && (t.ptr[at - 1] == '.' || t.ptr[at - 1] == '-'))) {
        size_t len = web_token(t, at);
        if (len > 0)
            yj_scan_emit(l, YJ_SCAN_CLOUD_KEY, at, len);
        return len > 0;
    }
    return false;
}

/* --- passwords ------------------------------------------------------------------------------------------ */

static bool same_word(const char *p, size_t n, const char *word)
{
    if (strlen(word) > n)
        return false;
    for (size_t i = 0; i < strlen(word); i++)
        if ((p[i] | 0x20) != word[i])
            return false;
    return true;
}

static bool holds(const char *p, size_t n, const char *piece)
{
    size_t len = strlen(piece);
    for (size_t i = 0; i + len <= n; i++)
        if (memcmp(p + i, piece, len) == 0)
            return true;
    return false;
}

/* What stands where a password would, in templates and programs. */
static bool is_stand_in(const char *p, size_t n)
{
    static const char *const words[] = { "null",      "none",     "nil",      "true",     "false",
                                         "undefined", "required", "password", "passwd",   "secret",
                                         "string",    "your",     "example",  "changeme", "placeholder",
                                         "redacted",  "hidden",   "input",    "varchar",  "text",
                                         "optional",  "empty",    "env" };
    bool same = true;
    for (size_t i = 1; i < n; i++)
        same &= p[i] == p[0];
    if (same || strchr("$%<{[(*&@#", p[0]) || holds(p, n, "***") || holds(p, n, "xxx") || holds(p, n, "${") ||
        holds(p, n, "..."))
        return true;
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        if (same_word(p, n, words[i]) && (n == strlen(words[i]) || !is_digit(p[strlen(words[i])])))
            return true;
    return false;
}

/* @param quoted it stood between quotes; @param loose it may as well be a word of a sentence or a program */
static bool is_password(const char *p, size_t n, bool quoted, bool loose)
{
    size_t letters = 0, digits = 0, names = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] <= 0x20 || p[i] >= 0x7f)
            return false;
        digits += is_digit(p[i]);
        letters += is_alnum(p[i]) && !is_digit(p[i]);
        names += p[i] == '.' || p[i] == '_' || p[i] == '-' || p[i] == '/' || p[i] == ':' || p[i] == '>';
        if (!quoted && (p[i] == '(' || p[i] == '['))
            return false; /* a call, an element */
    }
    if (n < (quoted ? 4u : 6u) || n > PASSWORD_BYTES_MAX || is_stand_in(p, n))
        return false;
    bool plain = letters + names == n; /* a word, a path, a name in a program */
    return !(plain && loose && !quoted) && letters + digits > 0;
}

/* Where a value ends that stands without quotes. */
static size_t bare_end(yj_span t, size_t at)
{
    size_t end = at;
    while (end < t.len && end - at <= PASSWORD_BYTES_MAX && t.ptr[end] > 0x20 && t.ptr[end] < 0x7f &&
           !strchr("\"'`,;<&\\|", t.ptr[end]))
        end++;
    while (end > at && strchr(".)}]", t.ptr[end - 1]))
        end--;
    return end;
}

static void take_value(const yj_scan_look *l, size_t at, bool loose)
{
    yj_span t = l->text;
    if (at >= t.len)
        return;
    char quote = t.ptr[at];
    bool escaped = quote == '\\' && at + 1 < t.len && t.ptr[at + 1] == '"';
    if (escaped)
        quote = t.ptr[++at];
    if (quote == '"' || quote == '\'' || quote == '`') {
        size_t end = ++at;
        while (end < t.len && end - at <= PASSWORD_BYTES_MAX && t.ptr[end] != quote && t.ptr[end] != '\n')
            end++;
        bool closed = end < t.len && t.ptr[end] == quote;
        size_t n = end - at - (closed && escaped && end > at && t.ptr[end - 1] == '\\');
        if (closed && is_password(t.ptr + at, n, true, loose))
            yj_scan_emit(l, YJ_SCAN_PASSWORD, at, n);
        return;
    }
    size_t end = bare_end(t, at);
    if (end > at && is_password(t.ptr + at, end - at, false, loose))
        yj_scan_emit(l, YJ_SCAN_PASSWORD, at, end - at);
}

static size_t blanks(yj_span t, size_t at)
{
    size_t n = 0;
    while (n < SPACE_BETWEEN && at + n < t.len && (t.ptr[at + n] == ' ' || t.ptr[at + n] == '\t'))
        n++;
    return n;
}

void yj_scan_assigned(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text;
    size_t i = end;
    bool element = at > 0 && t.ptr[at - 1] == '<' && i < t.len && t.ptr[i] == '>';
    i += i < t.len && t.ptr[i] == '\\';
    i += i < t.len && (t.ptr[i] == '"' || t.ptr[i] == '\'');
    i += blanks(t, i);
    if (i >= t.len || !(element || t.ptr[i] == ':' || t.ptr[i] == '='))
        return;
    if (!(yj_scan_label_before(t, end) & YJ_SAYS_PASSWORD))
        return;
    bool colon = t.ptr[i] == ':' && !(i + 1 < t.len && t.ptr[i + 1] == '='), spaced = i > end;
    i += colon || element ? 1 : begins(t, i, ":=") || begins(t, i, "=>") ? 2 : 1;
    if (i < t.len && t.ptr[i] == '=')
        return; /* a comparison */
    size_t gap = blanks(t, i);
    take_value(l, i + gap, colon || spaced || gap > 0);
}

void yj_scan_password_after(const yj_scan_look *l, size_t end)
{
    yj_span t = l->text;
    size_t i = end;
    for (int steps = 0; steps < SPACE_BETWEEN && i < t.len; steps++) {
        size_t n = yj_scan_one_of(t, i, yj_scan_between);
        if (n == 0)
            break;
        i += n;
    }
    if (i == end)
        return;
    take_value(l, i, true);
}

void yj_scan_password_cell(const yj_scan_look *l, size_t at, size_t len)
{
    if (len > 0 && is_password(l->text.ptr + at, len, true, true))
        yj_scan_emit(l, YJ_SCAN_PASSWORD, at, len);
}

/* --- what begins with fixed text -------------------------------------------------------------------------
 */

/* The object identifier of the curve SM2, 1.2.156.10197.1.301, at the three places base64 may have it. */
static bool is_sm2(const char *body, size_t n)
{
    static const char *const forms[] = { "BggqgRzPVQGCLQ", "YIKoEcz1UBgi", "GCCqBHM9VAYIt" };
    for (size_t i = 0; i < YJ_COUNT(forms); i++)
        if (memmem(body, n, forms[i], strlen(forms[i])))
            return true;
    return false;
}

static void pem(const yj_scan_look *l, size_t at, size_t i)
{
    static const char *const kinds[] = {
        "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "SM2 ", "PGP ", NULL
    };
    yj_span t = l->text;
    i += yj_scan_one_of(t, i, kinds);
    if (!begins(t, i, "PRIVATE KEY-----") && !begins(t, i, "PRIVATE KEY BLOCK-----"))
        return;
    i = (size_t)((const char *)memchr(t.ptr + i, '-', t.len - i) - t.ptr) + 5;
    char body[KEY_LOOK];
    size_t n = 0, end = i + KEY_LOOK < t.len ? i + KEY_LOOK : t.len;
    for (; i < end && t.ptr[i] != '-'; i++) { /* line ends may be real ones, or "\n" in JSON */
        bool escape = t.ptr[i] == '\\' && i + 1 < end && (t.ptr[i + 1] == 'n' || t.ptr[i + 1] == 'r');
        if (escape)
            i++;
        else if (is_alnum(t.ptr[i]) || strchr("+/=:,", t.ptr[i]))
            body[n++] = t.ptr[i];
        else if (t.ptr[i] != '\n' && t.ptr[i] != '\r' && t.ptr[i] != ' ' && t.ptr[i] != '"' &&
                 t.ptr[i] != '\t')
            break;
    }
    if (n >= 32) /* less is a text that speaks of keys */
        yj_scan_emit(l, is_sm2(body, n) ? YJ_SCAN_SM2_PRIVATE_KEY : YJ_SCAN_PRIVATE_KEY, at,
                     i - at < YJ_SCAN_AHEAD ? i - at : YJ_SCAN_AHEAD);
}

static bool is_uuid(yj_span t, size_t at)
{
    return at + 36 <= t.len && t.ptr[at + 8] == '-' && t.ptr[at + 13] == '-' && t.ptr[at + 18] == '-' &&
           t.ptr[at + 23] == '-' && run(t, at, is_hex) == 8 && run(t, at + 24, is_hex) == 12;
}

static void uuid_hook(const yj_scan_look *l, size_t at, size_t end)
{
    if (is_uuid(l->text, end))
        yj_scan_emit(l, YJ_SCAN_CLOUD_KEY, end, 36);
}

static void hex_hook(const yj_scan_look *l, size_t at, size_t end)
{
    if (run(l->text, end, is_hex) == 64)
        yj_scan_emit(l, YJ_SCAN_CLOUD_KEY, end, 64);
}

static bool is_user(char c)
{
    return is_alnum(c) || strchr("_-.%+", c);
}

/* scheme://user:password@host */
void yj_scan_url(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text;
    if (at == 0 || !is_alnum(t.ptr[at - 1]))
        return;
    size_t user = run(t, end, is_user), i = end + user;
    if (user == 0 || user > 64 || i >= t.len || t.ptr[i] != ':')
        return;
    size_t begin = ++i;
    while (i < t.len && i - begin <= PASSWORD_BYTES_MAX && t.ptr[i] > 0x20 && t.ptr[i] < 0x7f &&
           t.ptr[i] != '/' && t.ptr[i] != '@' && t.ptr[i] != '"')
        i++;
    bool ends = i < t.len && t.ptr[i] == '@' && i - begin >= 3 && !is_stand_in(t.ptr + begin, i - begin);
    if (ends)
        yj_scan_emit(l, YJ_SCAN_PASSWORD, begin, i - begin);
}

typedef struct fixed_text {
    const char *text;
    unsigned char sieved; /* where in it the sieve's three bytes begin */
    void (*found)(const yj_scan_look *l, size_t at, size_t end);
} fixed_text;

void yj_scan_fixed(const yj_scan_look *l, size_t at)
{
    static const fixed_text known[] = {
        { "-----BEGIN ", 4, pem },
        { "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", 3, uuid_hook },
        { "open.feishu.cn/open-apis/bot/v2/hook/", 4, uuid_hook },
        { "oapi.dingtalk.com/robot/send?access_token=", 2, hex_hook },
    };
    for (size_t i = 0; i < YJ_COUNT(known); i++) {
        size_t back = known[i].sieved;
        if (at >= back && begins(l->text, at - back, known[i].text))
            known[i].found(l, at - back, at - back + strlen(known[i].text));
    }
}

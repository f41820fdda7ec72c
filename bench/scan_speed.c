// SPDX-License-Identifier: Apache-2.0
/* How fast the scan's detectors are, beside ripgrep in the same run on the same bytes in memory: eight rules
 * with check digits, then all. Counts of the eight forms before anything is checked are held to ripgrep's. */
#include "../tests/instrument/scan_world.h"
#include "base/file.h"
#include "instrument/scan/check.h"
#include "instrument/scan/context.h"
#include "instrument/scan/sieve.h"
#include "world.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RUNS 7 /* each in turns with the others: a busy machine slows all alike; the best counts */
#define PIECE ((size_t)64 << 10) /* what file.c looks at together */
#define BIT(c) (UINT32_C(1) << YJ_SCAN_##c)
#define EIGHT                                                                                                \
    (BIT(RESIDENT_ID) | BIT(MOBILE) | BIT(BANK_CARD) | BIT(CREDIT_CODE) | BIT(EMAIL) | BIT(PRIVATE_KEY) |    \
     BIT(SM2_PRIVATE_KEY) | BIT(CLOUD_KEY) | BIT(PASSWORD))

/* The eight forms, as ripgrep is asked for them. */
static const char *const eight[] = {
    "\\b[0-9]{17}[0-9Xx]\\b",
    "\\b1[3-9][0-9]{9}\\b",
    "\\b[0-9]{16,19}\\b",
    "\\b[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}\\b",
    "[A-Za-z0-9_.+%-]+@[A-Za-z0-9-]+\\.[A-Za-z0-9.-]+",
    "-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----",
    "\\b(LTAI[0-9A-Za-z]{12,20}|AKID[0-9A-Za-z]{32})\\b",
    "(?i:password|passwd|pwd|secret)[ \\t]*[:=][ \\t]*[!-~]+",
};
/* What else the detectors look for, as patterns that find no less. */
static const char *const others[] = {
    "(\xe8\xb5\x84\xe9\x87\x91\xe8\xb4\xa6\xe5\x8f\xb7|\xe8\xb4\xa6\xe5\x8f\xb7|\xe8\xb4\xa6\xe6\x88\xb7|"
    "\xe8\x82\xa1\xe4\xb8\x9c\xe4\xbb\xa3\xe7\xa0\x81|(?i:account|trading code))[^\\n]{0,24}?"
    "\\b[A-F]?[0-9]{6,30}\\b",
    "(\xe5\xa7\x93\xe5\x90\x8d|\xe5\xae\xa2\xe6\x88\xb7\xe5\x90\x8d\xe7\xa7\xb0|"
    "\xe8\x81\x94\xe7\xb3\xbb\xe4\xba\xba|"
    "\xe6\x88\xb7\xe5\x90\x8d|(?i:customer name|real ?name|full ?name))[^\\n]{0,6}?[^ -~][^ "
    "-~]{5,11}",
    "(\xe5\x9c\xb0\xe5\x9d\x80|\xe4\xbd\x8f\xe5\x9d\x80|\xe4\xbd\x8f\xe6\x89\x80|(?i:address|addr))[^\\n]{0,"
    "6}?"
    "[^ -~]{6,}",
    "\\b[HM][0-9]{8}([0-9]{2})?\\b",
    "\\b0[0-9]{2,3}-?[0-9]{7,8}\\b",
    "[^ -~]..[A-HJ-NP-Z][A-HJ-NP-Z0-9]{4,6}\\b",
    "(qyapi\\.weixin\\.qq\\.com/cgi-bin/webhook/send\\?key=|open\\.feishu\\.cn/open-apis/bot/v2/hook/"
    ")[0-9a-f-]{36}",
    "oapi\\.dingtalk\\.com/robot/send\\?access_token=[0-9a-f]{64}",
    "\\bgh[pos]_[0-9A-Za-z]{36}\\b",
    "\\beyJ[0-9A-Za-z_-]{9,}\\.eyJ[0-9A-Za-z_-]{5,}\\.[0-9A-Za-z_-]{16,}",
    "[A-Za-z0-9]://[A-Za-z0-9_.%+-]+:[^ /@\"]{3,}@",
    "\\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\\b",
    "\\b1[3-9][0-9][ -][0-9]{4}[ -][0-9]{4}\\b",
};

typedef struct took {
    double wall, cpu; /* seconds */
} took;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static took better(took a, took b)
{
    return b.cpu < a.cpu ? b : a;
}

/* --- the text ---------------------------------------------------------------------------------------------
 */

static uint64_t state = 20261128;

static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((state >> 33) % below);
}

static void digits(yj_buf *b, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        yj_buf_char(b, (char)('0' + draw(10)));
}

/* One line in a hundred has a true item, two have a near miss; documents with labels are strewn in. */
static void line(yj_buf *b, unsigned kind)
{
    static const char *const prose[] = {
        "\xe6\x9c\xac\xe5\x85\xac\xe5\x8f\xb8\xe6\x8c\x89\xe7\x85\xa7\xe7\x9b\x91\xe7\xae\xa1\xe8\xa6\x81\xe6"
        "\xb1\x82"
        "\xe5\xaf\xb9\xe4\xba\x91\xe4\xb8\x8a\xe6\x95\xb0\xe6\x8d\xae\xe8\xbf\x9b\xe8\xa1\x8c\xe5\x88\x86\xe7"
        "\xba\xa7"
        "\xe7\xae\xa1\xe7\x90\x86\xef\xbc\x8c\xe5\xb9\xb6\xe5\xae\x9a\xe6\x9c\x9f\xe6\xa3\x80\xe6\x9f\xa5\xe3"
        "\x80\x82\n",
        "The request was accepted by the gateway and forwarded to the settlement service without delay.\n",
    };
    switch (kind) {
    case 0:
    case 1:
    case 2:
        yj_buf_fmt(
            b, "2026-11-%02u %02u:%02u:%02u.%03u INFO  [worker-%u] com.example.trade.OrderService - order=",
            1 + draw(28), draw(24), draw(60), draw(60), draw(1000), draw(32));
        digits(b, 12);
        yj_buf_fmt(b, " qty=%u price=%u.%02u cost=%ums status=%s trace=%08x%08x\n", draw(100000), draw(1000),
                   draw(100), draw(500), draw(2) ? "FILLED" : "NEW", draw(1u << 31), draw(1u << 31));
        return;
    case 3:
        yj_buf_fmt(b, "%u,2026-%02u-%02u,", draw(1000000), 1 + draw(12), 1 + draw(28));
        digits(b, 8 + draw(6));
        yj_buf_fmt(b, ",%u.%02u,B,%u,node-%u\n", draw(100000), draw(100), draw(10000), draw(200));
        return;
    default:
        yj_buf_str(b, prose[draw(2)]);
    }
}

static void planted(yj_buf *b, unsigned kind)
{
    yj_buf_str(b, "user record ");
    switch (kind) {
    case 0:
        digits(b, 18);
        break;
    case 1:
        yj_buf_fmt(b, "1%u", 3 + draw(7));
        digits(b, 9);
        break;
    case 2:
        yj_buf_str(b, "62");
        digits(b, 14 + draw(4));
        break;
    case 3:
        yj_buf_str(b, "91110000");
        digits(b, 9);
        yj_buf_char(b, "ABCDEFGH"[draw(8)]);
        break;
    case 4:
        yj_buf_fmt(b, "user%u@mail%u.example.com", draw(10000), draw(10));
        break;
    case 5:
        yj_buf_str(b, "LTAI5t");
        digits(b, 18);
        break;
    case 6:
        yj_buf_fmt(b, "password=Qw%u#er%u", draw(1000), draw(1000));
        break;
    case 7:
        yj_buf_str(b, "11010519491231002X");
        break;
    default:
        yj_buf_str(b, "-----BEGIN RSA PRIVATE "
                      "KEY-----\nMIIEpAIBAAKCAQEAabcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL");
    }
    yj_buf_str(b, " end\n");
}

static void make(yj_buf *b, size_t bytes, bool labelled)
{
    static scan_world w;
    scan_world_init(&w);
    state = 20261128;
    for (uint64_t n = 0; b->len < bytes; n++) {
        if (draw(100) < 3)
            planted(b, draw(9));
        else
            line(b, draw(6));
        if (labelled && n % 400 == 0) { /* a document in which every line has something */
            scan_world_make(&w, n + 1);
            yj_buf_span(b, yj_buf_view(&w.text));
        }
    }
    scan_world_done(&w);
    yj_buf_char(b, '\n');
}

/* --- ours -------------------------------------------------------------------------------------------------
 */

static void count_hit(void *with, const yj_scan_hit *h)
{
    ++*(uint64_t *)with;
}

typedef struct part {
    yj_span text;
    size_t from, to;
    uint32_t classes;
    uint64_t hits;
} part;

static void *work(void *arg)
{
    part *p = arg;
    p->hits = 0;
    for (size_t at = p->from; at < p->to; at += PIECE)
        yj_scan_detect_some(p->text, at, at + PIECE < p->to ? at + PIECE : p->to, NULL, p->classes, count_hit,
                            &p->hits);
    return NULL;
}

static took ours(yj_span text, uint32_t classes, unsigned threads, uint64_t *hits)
{
    took best = { 0, 1e9 };
    {
        part parts[2];
        pthread_t other[2];
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (unsigned i = 0; i < threads; i++) {
            parts[i] = (part){ text, text.len * i / threads, text.len * (i + 1) / threads, classes, 0 };
            if (threads > 1)
                pthread_create(&other[i], NULL, work, &parts[i]);
            else
                work(&parts[i]);
        }
        *hits = 0;
        for (unsigned i = 0; i < threads; i++) {
            if (threads > 1)
                pthread_join(other[i], NULL);
            *hits += parts[i].hits;
        }
        took t = { seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu };
        best = t;
    }
    return best;
}

static took sieve_alone(yj_span text)
{
    static yj_sieve_block blocks[256];
    took best = { 0, 1e9 };
    {
        double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        for (size_t at = 0; at < text.len; at += sizeof blocks / sizeof blocks[0] * 64)
            yj_sieve((yj_span){ text.ptr + at, text.len - at }, blocks, 256, true);
        best = better(best, (took){ 0, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu });
    }
    return best;
}

/* --- ripgrep ----------------------------------------------------------------------------------------------
 */

/* @param count a pattern of its own: ret_count its matches; NULL: only the time of all */
static bool rg(const char *file, const char *patterns, bool lines, took *ret, uint64_t *ret_count)
{
    *ret = (took){ 0, 1e9 };
    {
        int out[2];
        if (pipe(out) != 0)
            return false;
        double wall = seconds(CLOCK_MONOTONIC);
        pid_t child = fork();
        if (child == 0) {
            dup2(out[1], STDOUT_FILENO);
            close(out[0]);
            close(out[1]);
            execlp("rg", "rg", "--no-config", "--no-unicode", "-a", "-j1", "-N", "--no-filename",
                   lines ? "-c" : "--count-matches", "-f", patterns, file, (char *)NULL);
            _exit(127);
        }
        close(out[1]);
        char text[64] = "";
        ssize_t got = read(out[0], text, sizeof text - 1);
        close(out[0]);
        int status = 0;
        struct rusage used;
        if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
            return false;
        took t = { seconds(CLOCK_MONOTONIC) - wall,
                   (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6 };
        *ret = better(*ret, t);
        int64_t n = 0;
        bool whole = got > 0 && yj_span_i64((yj_span){ text, strcspn(text, "\n") }, &n);
        *ret_count = whole ? (uint64_t)n : 0;
    }
    return true;
}

/* Bytes beyond ASCII by number: without Unicode ripgrep takes them so only. */
static void write_one(FILE *f, const char *pattern)
{
    for (const char *p = pattern; *p; p++)
        if ((unsigned char)*p >= 0x80)
            fprintf(f, "\\x%02X", (unsigned char)*p);
        else
            fputc(*p, f);
    fputc('\n', f);
}

static void write_patterns(const char *path, const char *const *a, size_t n, const char *const *b, size_t m)
{
    FILE *f = fopen(path, "w");
    if (!f)
        exit(1);
    for (size_t i = 0; i < n; i++)
        write_one(f, a[i]);
    for (size_t i = 0; i < m; i++)
        write_one(f, b[i]);
    fclose(f);
}

/* --- counts of forms, from the sieve's bits --------------------------------------------------------------
 */

static size_t span_of(yj_span t, size_t at, const char *set)
{
    size_t n = 0;
    while (at + n < t.len && t.ptr[at + n] && strchr(set, t.ptr[at + n]))
        n++;
    return n;
}

static bool in_alphabet(yj_span w)
{
    for (size_t i = 0; i < w.len; i++)
        if (!strchr("0123456789ABCDEFGHJKLMNPQRTUWXY", w.ptr[i]))
            return false;
    return true;
}

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static void count_word(yj_span t, size_t at, size_t n, uint64_t count[8])
{
    yj_span w = { t.ptr + at, n };
    size_t d = span_of(w, 0, DIGITS);
    count[0] += n == 18 && d >= 17 && (d == 18 || (w.ptr[17] | 0x20) == 'x');
    count[1] += n == 11 && d == 11 && w.ptr[0] == '1' && w.ptr[1] >= '3';
    count[2] += d == n && n >= 16 && n <= 19;
    count[3] += n == 18 && in_alphabet(w) && span_of(w, 2, DIGITS) >= 6;
    bool plain = span_of(w, 0, DIGITS LETTERS) == n;
    count[6] += plain && ((n >= 16 && n <= 24 && memcmp(w.ptr, "LTAI", 4) == 0) ||
                          (n == 36 && memcmp(w.ptr, "AKID", 4) == 0));
}

/* Passwords: the words may stand within a word, as they may for ripgrep. */
static size_t assigned(yj_span t, size_t at)
{
    static const char *const words[] = { "password", "passwd", "pwd", "secret" };
    for (size_t i = 0; i < 4; i++) {
        size_t n = strlen(words[i]), k = 0;
        while (k < n && at + k < t.len && (t.ptr[at + k] | 0x20) == words[i][k])
            k++;
        if (k < n)
            continue;
        size_t end = at + n + span_of(t, at + n, " \t");
        if (end >= t.len || (t.ptr[end] != ':' && t.ptr[end] != '='))
            continue;
        size_t value = end + 1 + span_of(t, end + 1, " \t"), len = 0;
        while (value + len < t.len && t.ptr[value + len] >= '!' && t.ptr[value + len] <= '~')
            len++;
        if (len > 0)
            return value + len;
    }
    return 0;
}

static void count_mail(yj_span t, size_t at, size_t *last, uint64_t count[8])
{
    size_t begin = at;
    while (begin > *last && (yj_scan_is_word(t.ptr[begin - 1]) || strchr(".+%-", t.ptr[begin - 1])))
        begin--;
    size_t host = span_of(t, at + 1, LETTERS DIGITS "-"), dot = at + 1 + host;
    size_t rest = host > 0 && dot < t.len && t.ptr[dot] == '.' ? span_of(t, dot + 1, LETTERS DIGITS ".-") : 0;
    if (begin == at || rest == 0)
        return;
    count[4]++;
    *last = dot + 1 + rest;
}

static bool private_key(yj_span t, size_t at)
{
    static const char begin[] = "-----BEGIN ", end[] = "PRIVATE KEY-----";
    if (at + sizeof begin > t.len || memcmp(t.ptr + at, begin, sizeof begin - 1) != 0)
        return false;
    at += sizeof begin - 1;
    for (int words = 0; words < 8; words++) {
        if (t.len - at >= sizeof end - 1 && memcmp(t.ptr + at, end, sizeof end - 1) == 0)
            return true;
        size_t n = span_of(t, at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
        if (n == 0 || at + n >= t.len || t.ptr[at + n] != ' ')
            return false;
        at += n + 1;
    }
    return false;
}

static void count_forms(yj_span t, uint64_t count[8])
{
    static yj_sieve_block blocks[256];
    size_t word = 0, mail = 0, password = 0;
    bool in_word = false;
    for (size_t at = 0; at < t.len + 64; at += 256 * (size_t)64) {
        size_t left = at < t.len ? t.len - at : 0;
        yj_sieve((yj_span){ t.ptr + at, left }, blocks, 256, true);
        for (size_t i = 0; i < 256 * (size_t)64; i++) {
            uint64_t bit = UINT64_C(1) << i % 64;
            const yj_sieve_block *b = &blocks[i / 64];
            bool is = b->word & bit;
            if (is && !in_word)
                word = at + i;
            if (!is && in_word)
                count_word(t, word, at + i - word, count);
            in_word = is;
            if (b->at & bit)
                count_mail(t, at + i, &mail, count);
            if ((b->key & bit) && at + i >= 4)
                count[5] += private_key(t, at + i - 4);
            if (b->tail & bit) { /* "password", "passwd", "pwd", "secret" end so */
                size_t p = at + i + 3;
                for (size_t n = 8; n >= 3; n--) {
                    size_t end = p >= n && p - n >= password ? assigned(t, p - n) : 0;
                    if (end > 0) {
                        count[7]++;
                        password = end;
                        break;
                    }
                }
            }
        }
    }
}

static void hold_to_rg(yj_span text, const char *file, const char *patterns)
{
    uint64_t count[8] = { 0 }, all_same = 1;
    count_forms(text, count);
    for (size_t i = 0; i < 8; i++) {
        took t;
        uint64_t theirs = 0;
        write_patterns(patterns, eight + i, 1, NULL, 0);
        if (!rg(file, patterns, false, &t, &theirs))
            return;
        printf("form %zu: %llu here, %llu by rg\n", i + 1, (unsigned long long)count[i],
               (unsigned long long)theirs);
        all_same &= theirs == count[i] && theirs > 0;
    }
    printf("= scan forms: counts before validation %s with those of rg\n",
           all_same ? "identical" : "DIFFERENT");
}

/* --- tables -----------------------------------------------------------------------------------------------
 */

static double rate(yj_span text, took t)
{
    return (double)text.len / 1e6 / t.cpu;
}

static void stages(yj_span text)
{
    static const struct {
        const char *name;
        uint32_t classes;
    } groups[] = {
        { "candidates from the sieve's bits", 0 },
        { "numbers", BIT(RESIDENT_ID) | BIT(MOBILE) | BIT(BANK_CARD) | BIT(CREDIT_CODE) },
        { "accounts, landlines, permits, plates",
          BIT(ACCOUNT) | BIT(LANDLINE) | BIT(TRAVEL_DOCUMENT) | BIT(PLATE) },
        { "mail", BIT(EMAIL) },
        { "keys and tokens", BIT(PRIVATE_KEY) | BIT(SM2_PRIVATE_KEY) | BIT(CLOUD_KEY) },
        { "passwords", BIT(PASSWORD) },
        { "names and addresses", BIT(NAME) | BIT(ADDRESS) },
    };
    took sieve = { 0, 1e9 }, all = sieve, own[YJ_COUNT(groups)];
    uint64_t hits;
    double sum = 0;
    for (size_t i = 0; i < YJ_COUNT(groups); i++)
        own[i] = sieve;
    for (int run = 0; run < RUNS; run++) {
        sieve = better(sieve, sieve_alone(text));
        all = better(all, ours(text, YJ_SCAN_ALL, 1, &hits));
        for (size_t i = 0; i < YJ_COUNT(groups); i++)
            own[i] = better(own[i], ours(text, groups[i].classes, 1, &hits));
    }
    printf("stage %-40s %5.1f %%\n", "sieve", 100 * sieve.cpu / all.cpu);
    sum = sieve.cpu;
    for (size_t i = 0; i < YJ_COUNT(groups); i++) {
        double beyond = own[i].cpu - (i == 0 ? sieve.cpu : own[0].cpu);
        printf("stage %-40s %5.1f %%\n", groups[i].name, 100 * beyond / all.cpu);
        sum += beyond;
    }
    printf("stage %-40s %5.1f %% of all together\n", "measured one by one, in all", 100 * sum / all.cpu);
}

/* @param floors by level */
static void beside(const char *what, yj_span text, uint32_t classes, const char *file, const char *patterns,
                   const double *floors)
{
    took none = { 0, 1e9 }, lines = none, matches = none, t, own[YJ_SIEVE_LEVEL_COUNT_] = { { 0, 0 } };
    took one = { 1e9, 1e9 }, two = one;
    uint64_t hits = 0, n = 0;
    size_t mb = text.len / 1000000;
    bool have = true;
    for (int run = 0; run < RUNS; run++) {
        have = have && rg(file, patterns, true, &t, &n);
        lines = have ? better(lines, t) : lines;
        have = have && rg(file, patterns, false, &t, &n);
        matches = have ? better(matches, t) : matches;
        for (int level = YJ_SIEVE_PLAIN; level <= (int)yj_sieve_best(); level++) {
            yj_sieve_limit((yj_sieve_level)level);
            t = ours(text, classes, 1, &hits);
            own[level] = run == 0 ? t : better(own[level], t);
        }
        took a = ours(text, classes, 1, &hits), b = ours(text, classes, 2, &hits);
        one = a.wall < one.wall ? a : one;
        two = b.wall < two.wall ? b : two;
    }
    took peer = better(lines, matches);
    if (have)
        printf("%s, %zu MB, rg --no-unicode: %.3f s wall, %.3f s CPU (count of lines %.3f, of matches %.3f), "
               "%.0f MB/s\n",
               what, mb, peer.wall, peer.cpu, lines.cpu, matches.cpu, rate(text, peer));
    else
        printf("%s: rg is not installed\n", what);
    for (int level = (int)yj_sieve_best(); level >= YJ_SIEVE_PLAIN; level--) {
        const char *name = yj_sieve_level_name((yj_sieve_level)level);
        printf("%s, %zu MB, %s: %.3f s wall, %.3f s CPU, %llu hits\n", what, mb, name, own[level].wall,
               own[level].cpu, (unsigned long long)hits);
        printf("= scan %s, %zu MB, %s: %.0f MB/s, ratio %.2f, floor %.1f\n", what, mb, name,
               rate(text, own[level]), have ? peer.cpu / own[level].cpu : 0, floors[level]);
    }
    printf("= scan %s, %zu MB, two threads: ratio %.2f of one by wall, floor 1.9\n", what, mb,
           one.wall / two.wall);
}

static yj_span written(const yj_buf *b, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f || fwrite(b->ptr, 1, b->len, f) != b->len || fclose(f) != 0)
        exit(1);
    return yj_buf_view(b);
}

void bench_scan_speed(const char *folder)
{
    static const size_t sizes[] = { 4000000, 32000000, 256000000 };
    /* plain C, SSE2, AVX2, AVX-512 */
    static const double floor_eight[] = { 0, 1, 2, 3.5 }, floor_all[] = { 0, 1, 2, 2 };
    char file[512], patterns[512];
    yj_error err;
    if (yj_dir_make(folder, &err) != YJ_OK)
        exit(1);
    snprintf(file, sizeof file, "%s/text", folder);
    snprintf(patterns, sizeof patterns, "%s/patterns", folder);
    printf("instructions: %s\n", yj_sieve_level_name(yj_sieve_best()));
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        yj_buf b;
        yj_buf_init(&b, sizes[i] + ((size_t)4 << 20));
        make(&b, sizes[i], false);
        yj_span text = written(&b, file);
        if (i == 0)
            hold_to_rg(text, file, patterns);
        write_patterns(patterns, eight, YJ_COUNT(eight), NULL, 0);
        beside("eight rules", text, EIGHT, file, patterns, floor_eight);
        yj_buf_clear(&b);
        make(&b, sizes[i], true);
        text = written(&b, file);
        write_patterns(patterns, eight, YJ_COUNT(eight), others, YJ_COUNT(others));
        beside("all detectors", text, YJ_SCAN_ALL, file, patterns, floor_all);
        if (i == 1)
            stages(text);
        yj_buf_done(&b);
    }
    unlink(file);
    unlink(patterns);
    rmdir(folder);
}

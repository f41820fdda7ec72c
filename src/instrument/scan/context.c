// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/internal.h"

#include <pthread.h>

#define LABEL_BACK 96 /* bytes before a value in which its label is looked for */
#define CLOSE_GAP 24

/* Upper case as lower, '_' and '-' as a blank. */
static const unsigned char fold[256] = {
#define ROW(f, r) f(r), f(r + 1), f(r + 2), f(r + 3), f(r + 4), f(r + 5), f(r + 6), f(r + 7)
#define EIGHT(f, r) ROW(f, r), ROW(f, r + 8), ROW(f, r + 16), ROW(f, r + 24)
#define FOLD(c) ((c) >= 'A' && (c) <= 'Z' ? (c) | 32 : (c) == '_' || (c) == '-' ? ' ' : (c))
    EIGHT(FOLD, 0),   EIGHT(FOLD, 32),  EIGHT(FOLD, 64),  EIGHT(FOLD, 96),
    EIGHT(FOLD, 128), EIGHT(FOLD, 160), EIGHT(FOLD, 192), EIGHT(FOLD, 224),
};
const bool yj_scan_word_bytes[256] = {
#define OF_WORD(c)                                                                                           \
    (((c) >= '0' && (c) <= '9') || ((c) >= 'A' && (c) <= 'Z') || ((c) >= 'a' && (c) <= 'z') || (c) == '_')
    EIGHT(OF_WORD, 0),   EIGHT(OF_WORD, 32),  EIGHT(OF_WORD, 64),  EIGHT(OF_WORD, 96),
    EIGHT(OF_WORD, 128), EIGHT(OF_WORD, 160), EIGHT(OF_WORD, 192), EIGHT(OF_WORD, 224),
};

static char folded(char c)
{
    return (char)fold[(unsigned char)c];
}

static bool is_letter(char c)
{
    return folded(c) >= 'a' && folded(c) <= 'z';
}

size_t yj_scan_han(yj_span t, size_t at)
{
    if (at + 3 > t.len)
        return 0;
    const unsigned char *p = (const unsigned char *)t.ptr + at;
    unsigned u = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    bool three = (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
    return three && u >= 0x4e00 && u <= 0x9fff ? 3 : 0;
}

size_t yj_scan_one_of(yj_span t, size_t at, const char *const *list)
{
    size_t best = 0;
    if (at >= t.len)
        return 0;
    for (; *list; list++) {
        if (**list != t.ptr[at])
            continue;
        size_t n = strlen(*list);
        if (n > best && n <= t.len - at && memcmp(t.ptr + at, *list, n) == 0)
            best = n;
    }
    return best;
}

#define PAIRS 65536
/* Labels by their last two bytes, and Chinese ones by their first character, so that few are compared. */
static struct {
    uint16_t first[257], row[1024]; /* by the last byte */
    uint16_t len[1024], pair[1024];
    uint64_t ends[PAIRS / 64]; /* last two bytes */
    uint8_t begins[PAIRS];     /* YJ_SCAN_BEGINS_... by code point */
} labels;
static pthread_once_t labels_once = PTHREAD_ONCE_INIT;

static unsigned pair_of(const char *last_but_one)
{
    return (unsigned)fold[(unsigned char)last_but_one[0]] << 8 | fold[(unsigned char)last_but_one[1]];
}

static void index_beginning(const char *text, uint8_t bit)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] >= 0xe0 && p[0] < 0xf0)
        labels.begins[((p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu)) & (PAIRS - 1)] |= bit;
}

static void index_labels(void)
{
    uint16_t n = 0;
    for (unsigned c = 0; c < 256; c++) {
        labels.first[c] = n;
        for (size_t i = 0; i < yj_scan_label_count; i++) {
            size_t len = strlen(yj_scan_labels[i].text);
            if ((unsigned char)yj_scan_labels[i].text[len - 1] == c) {
                labels.row[n] = (uint16_t)i;
                labels.pair[n] = (uint16_t)pair_of(yj_scan_labels[i].text + len - 2);
                labels.len[n++] = (uint16_t)len;
            }
        }
    }
    labels.first[256] = n;
    for (size_t i = 0; i < yj_scan_label_count; i++) {
        const char *text = yj_scan_labels[i].text;
        unsigned pair = pair_of(text + strlen(text) - 2);
        labels.ends[pair / 64] |= UINT64_C(1) << pair % 64;
        index_beginning(text, YJ_SCAN_BEGINS_LABEL);
    }
    for (const char *const *p = yj_scan_surnames; *p; p++)
        index_beginning(*p, YJ_SCAN_BEGINS_SURNAME);
    for (const char *const *p = yj_scan_address_words; *p; p++)
        index_beginning(*p, YJ_SCAN_BEGINS_ADDRESS_WORD);
}

unsigned yj_scan_begins(yj_span t, size_t at)
{
    if (yj_scan_han(t, at) == 0)
        return 0;
    pthread_once(&labels_once, index_labels);
    const unsigned char *p = (const unsigned char *)t.ptr + at;
    return labels.begins[((p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu)) & (PAIRS - 1)];
}

/* English words stand by themselves, also in names such as customerPhone and customer_phone_1. */
static bool stands_alone(yj_span t, size_t from, size_t end)
{
    bool begins =
        from == 0 || !is_letter(t.ptr[from - 1]) ||
        (t.ptr[from] >= 'A' && t.ptr[from] <= 'Z' && t.ptr[from - 1] >= 'a' && t.ptr[from - 1] <= 'z');
    bool ends = end >= t.len || !(t.ptr[end] >= 'a' && t.ptr[end] <= 'z');
    return begins && ends && (end >= t.len || !is_letter(t.ptr[end]) || t.ptr[end - 1] >= 'a');
}

static uint32_t label_before(yj_span t, size_t end)
{
    size_t best = 0;
    uint32_t says = 0;
    unsigned pair = pair_of(t.ptr + end - 2), last = pair & 255;
    for (unsigned n = labels.first[last]; n < labels.first[last + 1]; n++) {
        size_t len = labels.len[n], i = len - 2;
        if (labels.pair[n] != pair)
            continue;
        const char *label = yj_scan_labels[labels.row[n]].text;
        if (len <= best || len > end)
            continue;
        while (i > 0 && folded(t.ptr[end - len + i - 1]) == label[i - 1])
            i--;
        if (i == 0 && ((label[0] & 0x80) || stands_alone(t, end - len, end))) {
            best = len;
            says = yj_scan_labels[labels.row[n]].says;
        }
    }
    return says;
}

static bool may_end(yj_span t, size_t end)
{
    unsigned pair = pair_of(t.ptr + end - 2);
    return labels.ends[pair / 64] >> pair % 64 & 1;
}

uint32_t yj_scan_label_before(yj_span t, size_t end)
{
    pthread_once(&labels_once, index_labels);
    return end >= 2 && may_end(t, end) ? label_before(t, end) : 0;
}

/* The column in which `at` stands, or the number of columns if its line is no row of the table: its beginning
 * is too far away, or it has another number of cells. */
static size_t column_of(yj_span t, size_t at, const yj_scan_table *table)
{
    size_t back = at > YJ_SCAN_BEHIND ? at - YJ_SCAN_BEHIND : 0, begin = at, column = 0, cells = 1;
    size_t ahead = t.len - at > YJ_SCAN_AHEAD ? at + YJ_SCAN_AHEAD : t.len;
    while (begin > back && t.ptr[begin - 1] != '\n')
        begin--;
    if (begin == back && back > 0)
        return table->columns;
    bool quoted = false;
    for (size_t i = begin; i < ahead && t.ptr[i] != '\n'; i++) {
        quoted ^= t.ptr[i] == '"';
        cells += !quoted && t.ptr[i] == table->separator;
        column += i < at && !quoted && t.ptr[i] == table->separator;
    }
    return cells == table->columns ? column : table->columns;
}

/* Only punctuation, blanks and a few words such as "number" between label and value. */
static bool is_close(yj_span t, size_t from, size_t to)
{
    if (to - from > CLOSE_GAP)
        return false;
    for (size_t i = from; i < to; i++)
        if (t.ptr[i] >= '0' && t.ptr[i] <= '9' && !(i > 0 && yj_scan_is_word(t.ptr[i - 1])))
            return false;
    return true;
}

static yj_scan_said said_before(yj_span t, size_t at, size_t most)
{
    size_t back = at > most ? at - most : 0;
    pthread_once(&labels_once, index_labels);
    for (size_t end = at; end > back && end >= 2 && t.ptr[end - 1] != '\n'; end--) {
        uint32_t says = may_end(t, end) ? label_before(t, end) : 0;
        if (says)
            return (yj_scan_said){ says, is_close(t, end, at) };
    }
    return (yj_scan_said){ 0, false };
}

yj_scan_said yj_scan_context(yj_span t, size_t at, const yj_scan_table *table)
{
    if (table && table->separator) {
        size_t column = column_of(t, at, table);
        if (column < table->columns && table->about[column])
            return (yj_scan_said){ table->about[column], true };
    }
    return said_before(t, at, LABEL_BACK);
}

/* Read the line of `at` into the row. False: it is too long to be remembered. */
static bool read_row(const yj_scan_look *l, size_t at)
{
    yj_scan_row *r = l->row;
    yj_span t = l->text;
    size_t back = at > YJ_SCAN_BEHIND ? at - YJ_SCAN_BEHIND : 0;
    size_t most = t.len - at > YJ_SCAN_AHEAD ? YJ_SCAN_AHEAD : t.len - at;
    const char *before = memrchr(t.ptr + back, '\n', at - back), *behind = memchr(t.ptr + at, '\n', most);
    if ((!before && back > 0) || (!behind && most < t.len - at))
        return false;
    bool quoted = false;
    *r = (yj_scan_row){ .begin = before ? (size_t)(before - t.ptr) + 1 : 0,
                        .end = behind ? (size_t)(behind - t.ptr) : t.len,
                        .cells = 1 };
    for (size_t i = r->begin; i < r->end; i++) {
        quoted ^= t.ptr[i] == '"';
        r->cells += !quoted && t.ptr[i] == l->table->separator;
    }
    r->counted = r->begin;
    return true;
}

/* column_of, with what is known of the line already. */
static size_t column_in_row(const yj_scan_look *l, size_t at)
{
    yj_scan_row *r = l->row;
    yj_span t = l->text;
    bool known = r->begin <= at && at <= r->end;
    if (!known && !read_row(l, at)) {
        r->begin = SIZE_MAX;
        return column_of(t, at, l->table);
    }
    if ((at > YJ_SCAN_BEHIND && at - r->begin >= YJ_SCAN_BEHIND) || r->end - at > YJ_SCAN_AHEAD)
        return column_of(t, at, l->table);
    if (r->cells != l->table->columns)
        return l->table->columns;
    if (at < r->counted) {
        r->counted = r->begin;
        r->column = 0;
        r->quoted = false;
    }
    for (; r->counted < at; r->counted++) {
        r->quoted ^= t.ptr[r->counted] == '"';
        r->column += !r->quoted && t.ptr[r->counted] == l->table->separator;
    }
    return r->column;
}

static yj_scan_said said_of(const yj_scan_look *l, size_t at, size_t most)
{
    if (l->table) {
        size_t column = column_in_row(l, at);
        if (column < l->table->columns && l->table->about[column])
            return (yj_scan_said){ l->table->about[column], true };
    }
    return said_before(l->text, at, most);
}

yj_scan_said yj_scan_context_of(const yj_scan_look *l, size_t at)
{
    return said_of(l, at, LABEL_BACK);
}

yj_scan_said yj_scan_close_context_of(const yj_scan_look *l, size_t at)
{
    return said_of(l, at, CLOSE_GAP);
}

void yj_scan_heading(yj_span line, yj_scan_table *ret)
{
    static const char separators[] = { ',', '\t', ';', '|' };
    size_t most = 0;
    memset(ret, 0, sizeof *ret);
    for (size_t s = 0; s < sizeof separators; s++) {
        size_t n = 0;
        for (size_t i = 0; i < line.len; i++)
            n += line.ptr[i] == separators[s];
        if (n > most) {
            most = n;
            ret->separator = separators[s];
        }
    }
    size_t column = 0, known = 0;
    for (size_t i = 0; i < line.len && column < YJ_SCAN_COLUMNS_MAX && most > 0; i++) {
        if (line.ptr[i] == ret->separator) {
            column++;
            continue;
        }
        if (line.ptr[i] >= '0' && line.ptr[i] <= '9' && (i == 0 || !yj_scan_is_word(line.ptr[i - 1]))) {
            known = 0; /* a value: this is no heading */
            break;
        }
        uint32_t says = yj_scan_label_before((yj_span){ line.ptr, line.len }, i + 1);
        if (says) {
            ret->about[column] = says; /* the last label of a cell is what it names */
            known++;
        }
    }
    ret->columns = column + 1 <= YJ_SCAN_COLUMNS_MAX ? column + 1 : YJ_SCAN_COLUMNS_MAX;
    if (known == 0)
        ret->separator = '\0';
}

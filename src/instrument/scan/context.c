// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/context.h"

#include <pthread.h>

#define LABEL_BACK 96 /* bytes before a value in which its label is looked for */
#define CLOSE_GAP 24

static char folded(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '_' || c == '-' ? ' ' : c;
}

static bool is_letter(char c)
{
    return folded(c) >= 'a' && folded(c) <= 'z';
}

bool yj_scan_is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
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
    for (; *list; list++) {
        size_t n = strlen(*list);
        if (n > best && n <= t.len - at && memcmp(t.ptr + at, *list, n) == 0)
            best = n;
    }
    return best;
}

/* Labels by their last byte, so that few are compared. */
static struct {
    uint16_t first[257], row[1024];
    uint16_t len[1024];
} by_end;
static pthread_once_t by_end_once = PTHREAD_ONCE_INIT;

static void index_labels(void)
{
    uint16_t n = 0;
    for (unsigned c = 0; c < 256; c++) {
        by_end.first[c] = n;
        for (size_t i = 0; i < yj_scan_label_count; i++) {
            size_t len = strlen(yj_scan_labels[i].text);
            if ((unsigned char)yj_scan_labels[i].text[len - 1] == c) {
                by_end.row[n] = (uint16_t)i;
                by_end.len[n++] = (uint16_t)len;
            }
        }
    }
    by_end.first[256] = n;
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

uint32_t yj_scan_label_before(yj_span t, size_t end)
{
    size_t best = 0;
    uint32_t says = 0;
    pthread_once(&by_end_once, index_labels);
    if (end == 0)
        return 0;
    unsigned char last = (unsigned char)folded(t.ptr[end - 1]);
    for (unsigned n = by_end.first[last]; n < by_end.first[last + 1]; n++) {
        size_t len = by_end.len[n], i = 0;
        const char *label = yj_scan_labels[by_end.row[n]].text;
        if (len <= best || len > end)
            continue;
        while (i < len && folded(t.ptr[end - len + i]) == label[i])
            i++;
        if (i == len && ((label[0] & 0x80) || stands_alone(t, end - len, end))) {
            best = len;
            says = yj_scan_labels[by_end.row[n]].says;
        }
    }
    return says;
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

yj_scan_said yj_scan_context(yj_span t, size_t at, const yj_scan_table *table)
{
    size_t back = at > LABEL_BACK ? at - LABEL_BACK : 0;
    if (table && table->separator) {
        size_t column = column_of(t, at, table);
        if (column < table->columns && table->about[column])
            return (yj_scan_said){ table->about[column], true };
    }
    for (size_t end = at; end > back && t.ptr[end - 1] != '\n'; end--) {
        uint32_t says = yj_scan_label_before(t, end);
        if (says)
            return (yj_scan_said){ says, is_close(t, end, at) };
    }
    return (yj_scan_said){ 0, false };
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

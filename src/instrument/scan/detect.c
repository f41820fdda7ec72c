// SPDX-License-Identifier: Apache-2.0
/* What may stand at the places that the pass (pass.c) found worth a look. */
#include "instrument/scan/check.h"
#include "instrument/scan/internal.h"

#define LOCAL_PART_MAX 64 /* RFC 5321 4.5.3.1 */
#define CELL_BYTES_MAX 512
#define ADDRESS_BYTES_MAX 240
#define ADDRESS_WORDS 3 /* fewer are no address */

static const struct {
    const char *name;
    int grade;
    bool seen;
} classes[YJ_SCAN_CLASS_COUNT_] = {
#define X(id, name, grade, seen) [YJ_SCAN_##id] = { name, grade, seen },
    YJ_SCAN_CLASS_LIST(X)
#undef X
};

const char *yj_scan_class_name(yj_scan_class c)
{
    return classes[c].name;
}

int yj_scan_class_grade(yj_scan_class c)
{
    return classes[c].grade;
}

bool yj_scan_class_grade_seen(yj_scan_class c)
{
    return classes[c].seen;
}

void yj_scan_emit(const yj_scan_look *l, yj_scan_class what, size_t at, size_t len)
{
    if (at >= l->from && at < l->to && yj_scan_wants(l, what))
        l->hit(l->with, &(yj_scan_hit){ .what = what, .at = at, .len = len });
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool digits_only(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return true;
}

/* --- numbers ----------------------------------------------------------------------------------------------
 */

/* Part of a decimal fraction, which is a measurement. */
static bool in_fraction(yj_span t, size_t at, size_t end)
{
    bool before = at >= 2 && t.ptr[at - 1] == '.' && is_digit(t.ptr[at - 2]);
    bool behind = end + 1 < t.len && t.ptr[end] == '.' && is_digit(t.ptr[end + 1]);
    return before || behind;
}

static bool card(const yj_scan_look *l, size_t at, yj_span digits, yj_scan_said said)
{
    yj_scan_issuer issuer = yj_scan_card_issuer(digits);
    if (issuer == YJ_SCAN_NO_ISSUER || !yj_scan_luhn(digits))
        return false;
    return (said.says & YJ_SAYS_CARD) ||
           (issuer == YJ_SCAN_ISSUER_CHINA && !(said.says & ~(uint32_t)YJ_SAYS_MOBILE));
}

/* Accounts have no check digit: only a label tells them. */
static bool account(yj_span w, yj_scan_said said)
{
    if (!said.close)
        return false;
    bool digits = digits_only(w);
    if ((said.says & YJ_SAYS_ACCOUNT) && digits)
        return said.says & YJ_SAYS_CARD ? w.len >= 10 && w.len <= 30 : w.len >= 6 && w.len <= 14;
    if (!(said.says & YJ_SAYS_SECURITIES))
        return false;
    bool shanghai = w.len == 10 && w.ptr[0] >= 'A' && w.ptr[0] <= 'F' && w.ptr[0] != 'E' &&
                    digits_only((yj_span){ w.ptr + 1, 9 });
    return shanghai || (digits && (w.len == 10 || w.len == 12));
}

static bool travel(yj_span w, yj_scan_said said)
{
    return (w.len == 9 || w.len == 11) && (w.ptr[0] == 'H' || w.ptr[0] == 'M') &&
           (said.says & YJ_SAYS_TRAVEL) && said.close && digits_only((yj_span){ w.ptr + 1, w.len - 1 });
}

static bool mobile(yj_span digits, yj_scan_said said)
{
    int form = yj_scan_mobile(digits);
    if (form == 0)
        return false;
    if (said.close && said.says && !(said.says & YJ_SAYS_MOBILE))
        return (said.says & (YJ_SAYS_NAME | YJ_SAYS_ADDRESS | YJ_SAYS_LANDLINE)) && form == 2;
    return form == 2 || (said.says & YJ_SAYS_MOBILE);
}

/* A number with the prefix of the country, "86" or "0086", before it. */
static size_t country_prefix(yj_span t, size_t at, size_t end, yj_scan_said said)
{
    bool plus = at > 0 && t.ptr[at - 1] == '+';
    if (end - at == 13 && memcmp(t.ptr + at, "86", 2) == 0 && (plus || (said.says & YJ_SAYS_MOBILE)))
        return 2;
    return end - at == 15 && memcmp(t.ptr + at, "0086", 4) == 0 ? 4 : 0;
}

static void long_number(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text, w = { t.ptr + at, end - at };
    if (yj_scan_resident_id(w)) {
        yj_scan_emit(l, YJ_SCAN_RESIDENT_ID, at, w.len);
        return;
    }
    if (yj_scan_credit_code(w)) {
        yj_scan_emit(l, YJ_SCAN_CREDIT_CODE, at, w.len);
        return;
    }
    bool may_be_card = yj_scan_card_issuer(w) != YJ_SCAN_NO_ISSUER && yj_scan_luhn(w);
    bool may_be_mobile = (w.len == 13 && w.ptr[0] == '8') || (w.len == 15 && w.ptr[0] == '0');
    bool by_label = !may_be_card && !may_be_mobile; /* an account, or an identity number of 15 digits */
    if (by_label && w.len != 15 && !yj_scan_wants(l, YJ_SCAN_ACCOUNT))
        return; /* what is said of it changes nothing */
    yj_scan_said said = by_label ? yj_scan_close_context_of(l, at) : yj_scan_context_of(l, at);
    size_t prefix = country_prefix(t, at, end, said);
    if (w.len == 15 && (said.says & YJ_SAYS_ID) && said.close && yj_scan_resident_id_old(w))
        yj_scan_emit(l, YJ_SCAN_RESIDENT_ID, at, w.len);
    else if (prefix > 0 && yj_scan_mobile((yj_span){ w.ptr + prefix, 11 }) == 2)
        yj_scan_emit(l, YJ_SCAN_MOBILE, at + prefix, 11);
    else if (in_fraction(t, at, end))
        return;
    else if (card(l, at, w, said))
        yj_scan_emit(l, YJ_SCAN_BANK_CARD, at, w.len);
    else if (account(w, said))
        yj_scan_emit(l, YJ_SCAN_ACCOUNT, at, w.len);
}

static void landline(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text;
    if (!yj_scan_wants(l, YJ_SCAN_LANDLINE))
        return;
    size_t rest = end < t.len && t.ptr[end] == '-' ? yj_scan_word_end(t, end + 1) : end;
    size_t n = rest - end;
    bool parted = (end - at == 3 || end - at == 4) && (n == 8 || n == 9) &&
                  digits_only((yj_span){ t.ptr + end + 1, n - 1 });
    bool whole = end - at >= 10 && end - at <= 12;
    if (!parted && !whole)
        return;
    yj_scan_said said = yj_scan_close_context_of(l, at);
    if ((said.says & YJ_SAYS_LANDLINE) && said.close)
        yj_scan_emit(l, YJ_SCAN_LANDLINE, at, (parted ? rest : end) - at);
}

/* Groups of digits between single blanks or hyphens, as cards and numbers are printed: the end, 0 if not so.
 * The first group ends at `end`. */
static size_t groups(yj_span t, size_t end, const uint8_t *sizes, size_t count)
{
    char between = end < t.len ? t.ptr[end] : '\0';
    if (between != ' ' && between != '-')
        return 0;
    for (size_t g = 0; g < count; g++) {
        if (end >= t.len || t.ptr[end] != between)
            return 0;
        size_t next = yj_scan_word_end(t, end + 1);
        if (next - end - 1 != sizes[g] || !digits_only((yj_span){ t.ptr + end + 1, sizes[g] }))
            return 0;
        end = next;
    }
    bool goes_on = end + 1 < t.len && t.ptr[end] == between && is_digit(t.ptr[end + 1]);
    return goes_on ? 0 : end;
}

static void grouped(const yj_scan_look *l, size_t at, size_t end)
{
    static const uint8_t of_16[] = { 4, 4, 4 }, of_19[] = { 4, 4, 4, 3 }, of_11[] = { 4, 4 };
    yj_span t = l->text;
    bool inside = at >= 2 && (t.ptr[at - 1] == '-' || t.ptr[at - 1] == ' ') && is_digit(t.ptr[at - 2]);
    bool after_country =
        at >= 3 && t.ptr[at - 2] == '6' && t.ptr[at - 3] == '8' && (at == 3 || t.ptr[at - 4] == '+');
    size_t last = 0;
    char digits[20];
    size_t n = 0;
    if (inside && !after_country)
        return;
    if (end - at == 4)
        last = groups(t, end, of_19, 4);
    if (end - at == 4 && last == 0)
        last = groups(t, end, of_16, 3);
    if (end - at == 3)
        last = groups(t, end, of_11, 2);
    for (size_t i = at; i < last && n < sizeof digits; i++)
        if (is_digit(t.ptr[i]))
            digits[n++] = t.ptr[i];
    if (last == 0)
        return;
    yj_span s = { digits, n };
    yj_scan_said said = yj_scan_context_of(l, at);
    if (n == 11 ? mobile(s, said) && yj_scan_mobile(s) == 2 : card(l, at, s, said))
        yj_scan_emit(l, n == 11 ? YJ_SCAN_MOBILE : YJ_SCAN_BANK_CARD, at, last - at);
}

/* --- words that are no numbers ----------------------------------------------------------------------------
 */

/* A number plate: province, letter, five or six places (new energy), of which two are digits at least. */
static bool plate(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text;
    size_t n = end - at, digits = 0;
    if (n < 5 || n > 7 || at < 3 || t.ptr[at] < 'A' || t.ptr[at] > 'Z' || t.ptr[at] == 'I' ||
        t.ptr[at] == 'O')
        return false;
    size_t province = yj_scan_one_of(t, at - 3, yj_scan_plate_provinces);
    size_t tail = n == 5 ? yj_scan_one_of(t, end, yj_scan_plate_ends) : 0;
    if (province == 0 || (n == 5 && tail == 0))
        return false;
    for (size_t i = at + 1; i < end; i++) {
        bool letter = t.ptr[i] >= 'A' && t.ptr[i] <= 'Z' && t.ptr[i] != 'I' && t.ptr[i] != 'O';
        if (!letter && !is_digit(t.ptr[i]))
            return false;
        digits += is_digit(t.ptr[i]);
    }
    if (digits < 2)
        return false;
    yj_scan_emit(l, YJ_SCAN_PLATE, at - province, n + province + tail);
    return true;
}

void yj_scan_word(const yj_scan_look *l, size_t at, size_t end)
{
    yj_span t = l->text, w = { t.ptr + at, end - at };
    bool digits = digits_only(w);
    if (digits && (w.len == 3 || w.len == 4)) {
        if (end < t.len && (t.ptr[end] == '-' || t.ptr[end] == ' '))
            grouped(l, at, end);
        if (w.ptr[0] == '0')
            landline(l, at, end);
        return;
    }
    if (digits && w.len == 11 && !in_fraction(t, at, end)) {
        if (yj_scan_mobile(w) == 0 && w.ptr[0] != '0' && !yj_scan_wants(l, YJ_SCAN_ACCOUNT))
            return;
        yj_scan_said said = yj_scan_mobile(w) ? yj_scan_context_of(l, at) : yj_scan_close_context_of(l, at);
        if (mobile(w, said))
            yj_scan_emit(l, YJ_SCAN_MOBILE, at, w.len);
        else if (account(w, said))
            yj_scan_emit(l, YJ_SCAN_ACCOUNT, at, w.len);
        else if (w.ptr[0] == '0')
            landline(l, at, end);
        return;
    }
    if (digits && w.len >= 13) {
        if (w.len <= 30)
            long_number(l, at, end);
        return;
    }
    if (digits && w.len >= 6) {
        if (yj_scan_wants(l, YJ_SCAN_ACCOUNT) && account(w, yj_scan_close_context_of(l, at)))
            yj_scan_emit(l, YJ_SCAN_ACCOUNT, at, w.len);
        else if (w.ptr[0] == '0')
            landline(l, at, end);
        return;
    }
    if (w.len == 18 && is_digit(w.ptr[2])) {
        if (yj_scan_resident_id(w))
            yj_scan_emit(l, YJ_SCAN_RESIDENT_ID, at, w.len);
        else if (yj_scan_credit_code(w))
            yj_scan_emit(l, YJ_SCAN_CREDIT_CODE, at, w.len);
        return;
    }
    if (digits || plate(l, at, end))
        return;
    if ((w.len == 9 || w.len == 10 || w.len == 11) && is_digit(w.ptr[1]) && w.ptr[0] >= 'A' &&
        w.ptr[0] <= 'M') {
        yj_scan_said said = yj_scan_close_context_of(l, at);
        if (travel(w, said))
            yj_scan_emit(l, YJ_SCAN_TRAVEL_DOCUMENT, at, w.len);
        else if (account(w, said))
            yj_scan_emit(l, YJ_SCAN_ACCOUNT, at, w.len);
        return;
    }
    if (w.len >= 3 && !(w.len >= 10 && yj_scan_secret_word(l, at, end)))
        yj_scan_assigned(l, at, end);
}

/* --- mail addresses ---------------------------------------------------------------------------------------
 */

static bool in_local(char c)
{
    return yj_scan_is_word(c) || c == '.' || c == '+' || c == '-' || c == '%';
}

/* The end of a host name with at least one dot and a last label of letters; 0 if there is none. */
static size_t host_end(yj_span t, size_t at)
{
    size_t end = at, good = 0;
    for (size_t labels = 1; labels < 10; labels++) {
        size_t n = 0, letters = 0;
        while (end + n < t.len && n < 63 &&
               ((yj_scan_is_word(t.ptr[end + n]) && t.ptr[end + n] != '_') || t.ptr[end + n] == '-')) {
            letters += !is_digit(t.ptr[end + n]) && t.ptr[end + n] != '-';
            n++;
        }
        if (n == 0 || t.ptr[end] == '-')
            break;
        end += n;
        if (labels > 1 && letters == n && n >= 2 && n <= 24)
            good = end;
        if (end + 1 >= t.len || t.ptr[end] != '.')
            break;
        end++;
    }
    return good > 0 && good < t.len && t.ptr[good] == '_' ? 0 : good;
}

/* "icon@2x.png", "pkg@1.2.js": files that carry a scale or a version. */
static bool is_file_name(yj_span host)
{
    static const char *const ends[] = { ".png",  ".jpg", ".jpeg", ".gif", ".svg",
                                        ".webp", ".js",  ".css",  ".tgz", ".ts" };
    for (size_t i = 0; i < YJ_COUNT(ends); i++) {
        size_t n = strlen(ends[i]);
        if (host.len > n && memcmp(host.ptr + host.len - n, ends[i], n) == 0)
            return true;
    }
    return false;
}

void yj_scan_mail(const yj_scan_look *l, size_t at)
{
    yj_span t = l->text;
    size_t begin = at, end = host_end(t, at + 1);
    while (begin > 0 && at - begin <= LOCAL_PART_MAX && in_local(t.ptr[begin - 1]))
        begin--;
    while (begin < at && (t.ptr[begin] == '.' || t.ptr[begin] == '-' || t.ptr[begin] == '%'))
        begin++;
    size_t n = at - begin;
    if (end == 0 || n == 0 || n > LOCAL_PART_MAX || t.ptr[at - 1] == '.')
        return;
    bool in_url = begin > 0 && (t.ptr[begin - 1] == ':' || t.ptr[begin - 1] == '/'); /* a password, a user */
    bool of_git = n == 3 && memcmp(t.ptr + begin, "git", 3) == 0;
    bool mailto = begin >= 7 && memcmp(t.ptr + begin - 7, "mailto:", 7) == 0;
    bool url = in_url && begin >= 3 &&
               memmem(t.ptr + (begin > 70 ? begin - 70 : 0), begin > 70 ? 70 : begin, "://", 3);
    if (!of_git && (!url || mailto) && !is_file_name((yj_span){ t.ptr + at + 1, end - at - 1 }))
        yj_scan_emit(l, YJ_SCAN_EMAIL, begin, end - begin);
}

/* --- names and addresses ----------------------------------------------------------------------------------
 */

/* Does a Chinese label begin here? */
static bool label_begins(yj_span t, size_t at)
{
    if (!(yj_scan_begins(t, at) & YJ_SCAN_BEGINS_LABEL))
        return false;
    for (size_t i = 0; i < yj_scan_label_count; i++) {
        const char *label = yj_scan_labels[i].text;
        size_t n = strlen(label);
        if ((label[0] & 0x80) && n <= t.len - at && memcmp(t.ptr + at, label, n) == 0)
            return true;
    }
    return false;
}

/* The length of a name here: a surname, one or two more characters, then something else. 0: none. */
static size_t name_at(yj_span t, size_t at)
{
    bool may_be = yj_scan_begins(t, at) & YJ_SCAN_BEGINS_SURNAME;
    size_t surname = may_be ? yj_scan_one_of(t, at, yj_scan_surnames) : 0;
    if (surname == 0 || label_begins(t, at))
        return 0;
    for (size_t more = 6; more >= 3; more -= 3) {
        size_t end = at + surname + more;
        if (yj_scan_han(t, at + surname) == 0 || (more == 6 && yj_scan_han(t, at + surname + 3) == 0))
            continue;
        if (yj_scan_han(t, end) == 0 || label_begins(t, end) ||
            yj_scan_one_of(t, end, yj_scan_after_name) > 0)
            return end - at;
    }
    return 0;
}

/* The length of an address here, up to the last of its words and the digits behind it. 0: none. */
static size_t address_at(yj_span t, size_t at)
{
    size_t i = at, last = at, words = 0;
    while (i < t.len && i - at < ADDRESS_BYTES_MAX) {
        bool may_be = yj_scan_begins(t, i) & YJ_SCAN_BEGINS_ADDRESS_WORD;
        size_t n = may_be ? yj_scan_one_of(t, i, yj_scan_address_words) : 0;
        if (n > 0 && i > at) {
            words++;
            last = i + n;
        } else if (label_begins(t, i)) {
            break;
        } else {
            n = yj_scan_han(t, i);
        }
        if (n == 0 && !(yj_scan_is_word(t.ptr[i]) || t.ptr[i] == '-' || t.ptr[i] == '#'))
            break;
        i += n > 0 ? n : 1;
    }
    while (words >= ADDRESS_WORDS && last < t.len && last < i &&
           (is_digit(t.ptr[last]) || t.ptr[last] == '-'))
        last++;
    return words >= ADDRESS_WORDS ? last - at : 0;
}

static void after_label(const yj_scan_look *l, size_t end, uint32_t says)
{
    yj_span t = l->text;
    size_t i = end, n = 0;
    if (says & YJ_SAYS_PASSWORD) {
        yj_scan_password_after(l, end);
        return;
    }
    i += i < t.len && (t.ptr[i] == '"' || t.ptr[i] == '>');
    for (int steps = 0; steps < 4 && i < t.len; steps++) {
        n = yj_scan_one_of(t, i, yj_scan_between);
        if (n == 0)
            break;
        i += n;
    }
    i += i < t.len && t.ptr[i] == '"';
    if (says & YJ_SAYS_NAME) {
        n = name_at(t, i);
        if (n > 0)
            yj_scan_emit(l, YJ_SCAN_NAME, i, n);
    } else {
        n = address_at(t, i);
        if (n > 0)
            yj_scan_emit(l, YJ_SCAN_ADDRESS, i, n);
    }
}

#define ANNOUNCED (YJ_SAYS_NAME | YJ_SAYS_ADDRESS | YJ_SAYS_PASSWORD)

/* Does the longest label that ends here announce what is no word? */
void yj_scan_han_label(const yj_scan_look *l, size_t end)
{
    uint32_t says = yj_scan_label_before(l->text, end);
    if (says & ANNOUNCED)
        after_label(l, end, says);
}

/* English labels: a word with something assigned to it. */
void yj_scan_english_label(const yj_scan_look *l, size_t end)
{
    yj_span t = l->text;
    char next = end < t.len ? t.ptr[end] : '\0';
    if (next != '"' && next != ':' && next != '=' && next != '>' && next != ' ' && next != '\xef')
        return;
    uint32_t says = yj_scan_label_before(t, end);
    if (says & (YJ_SAYS_NAME | YJ_SAYS_ADDRESS))
        after_label(l, end, says);
}

/* --- cells of tables --------------------------------------------------------------------------------------
 */

static void cell(const yj_scan_look *l, size_t at, size_t end, uint32_t says)
{
    yj_span t = l->text;
    while (at < end && (t.ptr[at] == '"' || t.ptr[at] == ' '))
        at++;
    while (end > at && (t.ptr[end - 1] == '"' || t.ptr[end - 1] == ' ' || t.ptr[end - 1] == '\r'))
        end--;
    if (end - at > CELL_BYTES_MAX)
        return;
    yj_span until = { t.ptr, end };
    if (says & YJ_SAYS_NAME) {
        size_t n = name_at(until, at);
        if (n > 0 && n == end - at)
            yj_scan_emit(l, YJ_SCAN_NAME, at, n);
    } else if (says & YJ_SAYS_ADDRESS) {
        size_t n = address_at(until, at);
        if (n > 0)
            yj_scan_emit(l, YJ_SCAN_ADDRESS, at, n);
    } else if (says & YJ_SAYS_PASSWORD) {
        yj_scan_password_cell(l, at, end - at);
    }
}

static void row(const yj_scan_look *l, size_t at, size_t end)
{
    const yj_scan_table *table = l->table;
    yj_span t = l->text;
    size_t ends[YJ_SCAN_COLUMNS_MAX], column = 0;
    bool quoted = false;
    for (size_t i = at; i < end && column < YJ_SCAN_COLUMNS_MAX; i++) {
        quoted ^= t.ptr[i] == '"';
        if (!quoted && t.ptr[i] == table->separator)
            ends[column++] = i;
    }
    if (column + 1 != table->columns)
        return;
    ends[column] = end;
    for (size_t c = 0; c <= column; c++)
        if (table->about[c] & ANNOUNCED)
            cell(l, c > 0 ? ends[c - 1] + 1 : at, ends[c], table->about[c]);
}

void yj_scan_rows(const yj_scan_look *l)
{
    yj_span t = l->text;
    uint32_t about = 0;
    for (size_t c = 0; c < l->table->columns; c++)
        about |= l->table->about[c];
    size_t at = l->from;
    while (at > 0 && t.ptr[at - 1] != '\n' && l->from - at < YJ_SCAN_BEHIND)
        at--;
    if (at > 0 && t.ptr[at - 1] != '\n')
        at = l->to; /* a line longer than any row */
    while ((about & ANNOUNCED) && at < l->to) {
        const char *p = memchr(t.ptr + at, '\n', t.len - at);
        size_t end = p ? (size_t)(p - t.ptr) : t.len;
        row(l, at, end);
        at = end + 1;
    }
}

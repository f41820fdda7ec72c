// SPDX-License-Identifier: Apache-2.0
#include "instrument/scan/own.h"
#include "instrument/scan/reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A character of UTF-16 takes up to twice the bytes that it takes in UTF-8. */
#define BEHIND_BYTES (2 * YJ_SCAN_BEHIND)
#define AHEAD_BYTES (2 * YJ_SCAN_AHEAD)
/* Hits are put in order piece by piece; no piece has more: a hit takes four bytes at least. */
#define PIECE_BYTES (4 * YJ_SCAN_BATCH)
#define HEADING_LINES 10 /* of a sheet: titles may stand above the heading */

yj_scan_reader *yj_scan_reader_new(void)
{
    yj_auto(yj_scan_reader_freep) yj_scan_reader *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    yj_buf_init(&r->names, YJ_SCAN_BEHIND);
    r->hasher = yj_hasher_new(YJ_HASH_SHA256);
    r->bytes = malloc(YJ_SCAN_WINDOW_BYTES);
    if (!r->hasher || !r->bytes || yj_scan_decoded_init(&r->decoded, YJ_SCAN_WINDOW_BYTES, NULL) != YJ_OK)
        return NULL;
    return yj_take(r);
}

void yj_scan_reader_free(yj_scan_reader *r)
{
    for (size_t i = 0; i < YJ_BOX_DEPTH_MAX; i++)
        if (r->box[i])
            yj_box_free(r->box[i]);
    yj_hasher_free(r->hasher);
    yj_scan_decoded_done(&r->decoded);
    if (r->bytes)
        explicit_bzero(r->bytes, YJ_SCAN_WINDOW_BYTES);
    free(r->bytes);
    yj_buf_done(&r->names);
    free(r);
}

void yj_scan_reader_wish(yj_scan_reader *r, const yj_scan_wish *wish)
{
    r->own = wish->own;
    r->print_key = wish->print_key;
}

static bool is_numbered(yj_scan_class what)
{
    return what == YJ_SCAN_RESIDENT_ID || what == YJ_SCAN_MOBILE || what == YJ_SCAN_BANK_CARD ||
           what == YJ_SCAN_CREDIT_CODE || what == YJ_SCAN_LANDLINE;
}

/* Enough to recognise one's own datum by, too little to learn it from. */
void yj_scan_mask(yj_scan_class what, yj_span v, char to[static YJ_SCAN_MASKED_MAX])
{
    yj_buf b;
    yj_buf_init(&b, YJ_SCAN_MASKED_MAX - 1);
    size_t first = 0, last = 0;
    if (is_numbered(what) && v.len >= 8) {
        first = 3;
        last = 2;
    } else if (what == YJ_SCAN_NAME || what == YJ_SCAN_ADDRESS) {
        first = v.len >= 3 ? 3 : 0;
    } else if (what == YJ_SCAN_EMAIL || what == YJ_SCAN_ACCOUNT || what == YJ_SCAN_TRAVEL_DOCUMENT) {
        first = 1;
    }
    yj_buf_add(&b, v.ptr, first);
    yj_buf_str(&b, "******"); /* not as many as there are: a password's length is part of it */
    yj_buf_add(&b, v.ptr + v.len - last, last);
    snprintf(to, YJ_SCAN_MASKED_MAX, "%s", b.ptr ? b.ptr : "");
    explicit_bzero(b.ptr, b.ptr ? b.cap : 0);
    yj_buf_done(&b);
}

/* A plain digest of a number could be found out by trying all numbers; this cannot, without the key. */
void yj_scan_take_print(const struct yj_scan_own *own, yj_span key, yj_span value, yj_scan_found *p)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_SCAN_AHEAD + 64);
    yj_buf_str(&b, p->what < YJ_SCAN_CLASS_COUNT_ ? yj_scan_class_name(p->what)
                                                  : own->rule[p->what - YJ_SCAN_CLASS_COUNT_].id);
    yj_buf_char(&b, '\0');
    for (size_t i = 0; i < value.len; i++)
        if (!is_numbered(p->what) || (value.ptr[i] != ' ' && value.ptr[i] != '-'))
            yj_buf_char(&b, value.ptr[i]);
    p->has_print =
        yj_buf_status(&b, NULL) == YJ_OK && yj_hmac_sha256(key, yj_buf_view(&b), &p->print, NULL) == YJ_OK;
    if (b.ptr)
        explicit_bzero(b.ptr, b.cap);
}

static int by_place(const void *a, const void *b)
{
    const yj_scan_hit *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : (int)x->what - (int)y->what;
}

/* Rows and columns of cells, or pages, up to a place; places rise. */
static void count_up_to(yj_scan_reader *r, uint64_t at)
{
    if (r->file->unit != YJ_SCAN_UNIT_PAGES && r->file->unit != YJ_SCAN_UNIT_CELLS)
        return;
    char end = r->file->unit == YJ_SCAN_UNIT_PAGES ? '\f' : '\n';
    for (; r->counted < at; r->counted++) {
        char c = r->bytes[r->counted - r->base];
        r->column = c == end ? 0 : r->column + (c == '\t');
        r->row += c == end;
    }
}

static void name_column(const yj_scan_reader *r, char to[static sizeof((yj_scan_found){ 0 }).column])
{
    size_t room = sizeof((yj_scan_found){ 0 }).column, at = 0;
    uint32_t n = r->column;
    if (!r->named) { /* A to Z, AA */
        char letters[8];
        for (; n > 0 && at < sizeof letters; n = (n - 1) / 26)
            letters[at++] = (char)('A' + (n - 1) % 26);
        for (size_t i = 0; i < at; i++)
            to[i] = letters[at - 1 - i];
        to[at] = '\0';
        return;
    }
    yj_span left = yj_buf_view(&r->names);
    for (; left.len > 0 && n > 0; n--) {
        const char *tab = memchr(left.ptr, '\t', left.len);
        size_t skip = tab ? (size_t)(tab - left.ptr) + 1 : left.len;
        left = (yj_span){ left.ptr + skip, left.len - skip };
    }
    const char *tab = left.len ? memchr(left.ptr, '\t', left.len) : NULL;
    left.len = tab ? (size_t)(tab - left.ptr) : left.len;
    left.len = yj_utf8_prefix((yj_span){ left.ptr, left.len < room ? left.len : room - 1 });
    if (left.len)
        memcpy(to, left.ptr, left.len);
    to[left.len] = '\0';
    for (size_t i = 0; i < left.len; i++) { /* foreign, and printed */
        unsigned char c = (unsigned char)to[i];
        if (c < 0x20 || c == 0x7f)
            to[i] = ' ';
        else if (c == 0xc2 && (unsigned char)to[i + 1] < 0xa0)
            to[i] = to[i + 1] = ' ';
    }
}

static void settle_batch(yj_scan_reader *r)
{
    yj_scan_file *f = r->file;
    qsort(r->batch, r->batch_count, sizeof r->batch[0], by_place);
    for (size_t i = 0; i < r->batch_count; i++) {
        const yj_scan_hit *h = &r->batch[i];
        uint64_t at = r->base + yj_scan_place(&r->decoded, h->at);
        uint64_t end = r->base + yj_scan_place(&r->decoded, h->at + h->len);
        if (r->any[h->what] && r->last_at[h->what] == at)
            continue; /* two labels before one value */
        r->any[h->what] = true;
        r->last_at[h->what] = at;
        f->count[h->what]++;
        f->hits++;
        if (f->places >= YJ_SCAN_PLACES_MAX)
            continue;
        yj_scan_found *p = &r->places[f->places++];
        *p = (yj_scan_found){ .what = h->what, .at = at, .len = (uint32_t)(end - at) };
        count_up_to(r, at);
        if (f->unit == YJ_SCAN_UNIT_PAGES || f->unit == YJ_SCAN_UNIT_CELLS)
            p->row = r->row + !r->named; /* the first line of a table names its columns */
        if (f->unit == YJ_SCAN_UNIT_CELLS)
            name_column(r, p->column);
        if (r->show)
            yj_scan_mask(h->what, (yj_span){ r->decoded.utf8 + h->at, h->len }, p->masked);
        if (r->print_key.len > 0)
            yj_scan_take_print(r->own, r->print_key, (yj_span){ r->decoded.utf8 + h->at, h->len }, p);
    }
    r->batch_count = 0;
}

static void take_hit(void *with, const yj_scan_hit *hit)
{
    yj_scan_reader *r = with;
    if (r->batch_count == YJ_SCAN_BATCH)
        settle_batch(r);
    r->batch[r->batch_count++] = *hit;
}

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One piece, with the time that one's own rules take of it. */
static void detect(yj_scan_reader *r, yj_span text, size_t from, size_t to)
{
    uint64_t begin = r->own ? cpu_ns() : 0;
    yj_scan_detect(text, from, to, &r->table, take_hit, r);
    if (r->own) {
        uint64_t between = cpu_ns();
        yj_scan_own_detect(r->own, text, from, to, take_hit, r);
        uint64_t end = cpu_ns();
        atomic_fetch_add_explicit(&r->own->own_ns, end - between, memory_order_relaxed);
        atomic_fetch_add_explicit(&r->own->all_ns, end - begin, memory_order_relaxed);
    }
    settle_batch(r);
}

void yj_scan_reader_stop(yj_scan_reader *r, const atomic_bool *stop)
{
    r->stop = stop;
}

bool yj_scan_stopped(const yj_scan_reader *r)
{
    return r->stop && atomic_load_explicit(r->stop, memory_order_relaxed);
}

/* Fill the window up; false at the end of the file. */
static bool fill(yj_scan_reader *r, const yj_scan_source *s, size_t *n)
{
    while (*n < YJ_SCAN_WINDOW_BYTES) {
        size_t room = YJ_SCAN_WINDOW_BYTES - *n;
        if (yj_scan_stopped(r)) {
            r->file->sys_errno = ECANCELED;
            return false;
        }
        ssize_t got =
            s->box ? (ssize_t)yj_box_read(s->box, r->bytes + *n, room) : read(s->fd, r->bytes + *n, room);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            r->file->sys_errno = errno;
            return false;
        }
        if (got == 0)
            return false;
        yj_hasher_add(r->hasher, r->bytes + *n, (size_t)got);
        *n += (size_t)got;
        if (!s->box)
            atomic_fetch_add_explicit(r->count_bytes, (uint64_t)got, memory_order_relaxed);
    }
    return true;
}

static void look_at_heading(yj_scan_reader *r)
{
    yj_span t = { r->decoded.utf8, r->decoded.len < YJ_SCAN_BEHIND ? r->decoded.len : YJ_SCAN_BEHIND };
    size_t at = t.len >= 3 && memcmp(t.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    bool cells = r->file->unit == YJ_SCAN_UNIT_CELLS;
    int lines = r->named || r->file->unit == YJ_SCAN_UNIT_BYTES ? 1 : cells ? HEADING_LINES : 0;
    r->table.separator = '\0';
    for (; lines > 0 && !r->table.separator; lines--) {
        const char *line_end = t.len > at ? memchr(t.ptr + at, '\n', t.len - at) : NULL;
        if (!line_end)
            return;
        size_t next = (size_t)(line_end - t.ptr), n = next - at;
        n -= n > 0 && line_end[-1] == '\r';
        yj_scan_heading((yj_span){ t.ptr + at, n }, &r->table);
        if (cells && r->table.separator != '\t')
            r->table.separator = '\0';
        if (r->named)
            yj_buf_add(&r->names, t.ptr + at, n);
        at = next + 1;
    }
    if (r->table.separator && !cells)
        r->file->format = "csv";
}

static bool beyond_ascii(yj_span s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] >= 0x80)
            return true;
    return false;
}

/* One window. @param from place in it where hits begin; returns where the next one's do */
static size_t look_through(yj_scan_reader *r, size_t from, size_t n, bool more)
{
    yj_scan_file *f = r->file;
    yj_span window = { r->bytes, n };
    if (f->encoding == YJ_SCAN_ASCII && beyond_ascii(window)) {
        const char *p = r->bytes;
        while ((unsigned char)*p < 0x80)
            p++;
        yj_scan_encoding e = yj_scan_encoding_of((yj_span){ p, (size_t)(r->bytes + n - p) });
        f->encoding = e == YJ_SCAN_GB18030 ? e : YJ_SCAN_UTF8;
    }
    yj_scan_decode(&r->decoded, f->encoding, window, !more);
    if (r->base == 0 && from == 0)
        look_at_heading(r);
    size_t to = more ? n - AHEAD_BYTES : n;
    size_t first = yj_scan_text_at(&r->decoded, from), last = yj_scan_text_at(&r->decoded, to);
    yj_span text = { r->decoded.utf8, r->decoded.len };
    for (size_t at = first; at < last; at += PIECE_BYTES)
        detect(r, text, at, last - at < PIECE_BYTES ? last : at + PIECE_BYTES);
    bool whole = f->encoding == YJ_SCAN_ASCII || f->encoding == YJ_SCAN_UTF8
                     ? !memchr(window.ptr, '\0', n) && yj_utf8_prefix(window) + (more ? 4 : 0) >= n
                     : r->decoded.malformed == 0;
    if (!whole) {
        f->state = YJ_SCAN_STATE_IN_PART;
        f->reason = YJ_SCAN_BECAUSE_PART_NO_TEXT;
    }
    return yj_scan_place(&r->decoded, last);
}

/* Keep what the next window has to see of this one; its first byte begins a character. */
static size_t keep_behind(yj_scan_reader *r, size_t next, size_t n)
{
    size_t back = next > BEHIND_BYTES ? next - BEHIND_BYTES : 0;
    size_t at = yj_scan_text_at(&r->decoded, back);
    while (yj_scan_place(&r->decoded, at) < next && ((unsigned char)r->decoded.utf8[at] & 0xc0) == 0x80)
        at++;
    size_t begin = yj_scan_place(&r->decoded, at);
    memmove(r->bytes, r->bytes + begin, n - begin);
    r->base += begin;
    return begin;
}

void yj_scan_propose_grade(yj_scan_file *f, const struct yj_scan_own *own)
{
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++) {
        int grade = own && own->known[c].grade ? own->known[c].grade : yj_scan_class_grade((yj_scan_class)c);
        if (f->count[c] > 0 && grade > f->grade) {
            f->grade = grade;
            f->grade_of = (yj_scan_class)c;
        }
    }
    for (size_t i = 0; own && i < own->count; i++)
        if (f->count[YJ_SCAN_CLASS_COUNT_ + i] > 0 && own->rule[i].grade > f->grade) {
            f->grade = own->rule[i].grade;
            f->grade_of = (yj_scan_class)(YJ_SCAN_CLASS_COUNT_ + i);
        }
}

/* The bytes of a file or of an item, to their end. @param spool -1, or where a container's bytes go, too */
static void look_at_all(yj_scan_reader *r, yj_scan_source *s, yj_scan_format *ret)
{
    size_t n = 0, from = 0;
    yj_scan_file *f = r->file;
    bool more = fill(r, s, &n);
    bool taken_out = f->unit != YJ_SCAN_UNIT_BYTES; /* text, whatever it looks like */
    f->encoding = taken_out ? YJ_SCAN_UTF8 : yj_scan_encoding_of((yj_span){ r->bytes, n });
    *ret = taken_out ? (yj_scan_format){ .name = "text" }
                     : yj_scan_format_of((yj_span){ r->bytes, n }, f->encoding);
    f->format = ret->name;
    f->size = n;
    while (ret->closed == YJ_SCAN_BECAUSE_NONE && !f->sys_errno) {
        size_t next = look_through(r, from, n, more);
        count_up_to(r, r->base + next);
        if (!more)
            break;
        size_t begin = keep_behind(r, next, n);
        from = next - begin;
        n -= begin;
        size_t before = n;
        more = fill(r, s, &n);
        f->size += n - before;
    }
    bool keep = s->box && ret->opens && yj_scan_spool_begin(s);
    while (ret->closed != YJ_SCAN_BECAUSE_NONE) { /* for the digest alone */
        keep = keep && yj_scan_spool_add(r, s, (yj_span){ r->bytes, n });
        if (!more)
            break;
        n = 0;
        more = fill(r, s, &n);
        f->size += n;
    }
}

yj_scan_format yj_scan_read_source(yj_scan_reader *r, yj_scan_source *s, yj_scan_unit unit, bool named,
                                   yj_scan_found *places, yj_scan_file *f)
{
    yj_scan_format format;
    const char *path = f->path;
    *f = (yj_scan_file){ .path = path, .place = places, .format = "", .unit = unit };
    r->file = f;
    r->places = places;
    r->base = r->counted = 0;
    r->row = r->column = 0;
    r->named = named;
    r->batch_count = 0;
    yj_buf_clear(&r->names);
    memset(r->any, 0, sizeof r->any);
    yj_hasher_begin(r->hasher);
    look_at_all(r, s, &format);
    if (f->sys_errno) {
        f->state = YJ_SCAN_STATE_UNREADABLE;
        f->reason = YJ_SCAN_BECAUSE_SYSTEM;
    } else {
        yj_hasher_end(r->hasher, &f->sha256);
        f->has_digest = true;
        if (format.closed != YJ_SCAN_BECAUSE_NONE) {
            f->state = YJ_SCAN_STATE_NOT_LOOKED_INTO;
            f->reason = format.closed;
            f->encrypted = format.closed == YJ_SCAN_BECAUSE_ENCRYPTED;
        }
    }
    yj_scan_propose_grade(f, r->own);
    return format;
}

void yj_scan_read_file(yj_scan_reader *r, int fd, uint64_t size, bool show, yj_scan_found *places,
                       yj_scan_file *f, _Atomic uint64_t *bytes)
{
    struct stat now;
    yj_scan_source s = { .fd = fd, .spool = -1 };
    r->show = show;
    r->count_bytes = bytes;
    yj_scan_format format = yj_scan_read_source(r, &s, YJ_SCAN_UNIT_BYTES, false, places, f);
    if (f->sys_errno) {
        f->size = size;
        return;
    }
    uint64_t total = f->size;
    if (format.opens && r->inside)
        yj_scan_open(r, &format, fd, f);
    if (total != size || fstat(fd, &now) != 0 || (uint64_t)now.st_size != size) {
        f->state = f->state == YJ_SCAN_STATE_LOOKED_INTO ? YJ_SCAN_STATE_IN_PART : f->state;
        f->reason = f->reason == YJ_SCAN_BECAUSE_NONE ? YJ_SCAN_BECAUSE_CHANGED : f->reason;
    }
}

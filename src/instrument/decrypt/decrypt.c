// SPDX-License-Identifier: Apache-2.0
#include "instrument/decrypt/decrypt.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/time.h"
#include "instrument/box/box.h"
#include "instrument/decrypt/internal.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES ((size_t)256 << 10)
#define PROGRESS_NS (YJ_NS_PER_S / 5)

static const char *const formats[YJ_DEC_FORMAT_COUNT_] = {
    "raw", "openssl", "openpgp", "zip", "7z", "archive"
};

/* Of archives to be verified: nothing is kept of what is unpacked, so it may be much. */
static const yj_box_limits limits = {
    .items = YJ_TREE_ITEMS_MAX,
    .bytes = UINT64_C(1) << 44,
    .ratio = 2000,
    .ratio_from = UINT64_C(64) << 30,
    .inner_bytes = 0,
    .memory_bytes = UINT64_C(2) << 30,
    .wait_ms = INT64_C(1800000),
};

const char *yj_dec_format_name(yj_dec_format f)
{
    return formats[f];
}

bool yj_dec_format_by_name(const char *name, yj_dec_format *ret)
{
    for (size_t i = 0; i < YJ_DEC_PLAIN; i++)
        if (strcmp(formats[i], name) == 0) {
            *ret = (yj_dec_format)i;
            return true;
        }
    return false;
}

static int open_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

/* The first byte of a packet that begins an encrypted message (RFC 4880, 4.2): one of the tags 1, 3, 9,
 * 18, 20. */
static bool is_packet(unsigned char c)
{
    unsigned tag = c & 0x40 ? c & 0x3f : (c >> 2) & 0xf;
    return (c & 0x80) && (tag == 1 || tag == 3 || tag == 9 || tag == 18 || tag == 20);
}

yj_status yj_dec_guess(const char *path, yj_dec_format *ret, yj_error *err)
{
    static const char armor[] = "-----BEGIN PGP MESSAGE-----";
    char head[32] = "";
    int fd = open_file(path);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    ssize_t n = read(fd, head, sizeof head);
    close(fd);
    if (n < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    *ret = memcmp(head, "Salted__", 8) == 0             ? YJ_DEC_OPENSSL
           : memcmp(head, "PK\x03\x04", 4) == 0         ? YJ_DEC_ZIP
           : memcmp(head, "7z\xbc\xaf\x27\x1c", 6) == 0 ? YJ_DEC_7Z
           : memcmp(head, armor, sizeof armor - 1) == 0 ? YJ_DEC_OPENPGP
           : is_packet((unsigned char)head[0])          ? YJ_DEC_OPENPGP
                                                        : YJ_DEC_RAW;
    return YJ_OK;
}

/* --- decrypted bytes -------------------------------------------------------------------------- */

void yj_dec_plain_add(yj_dec_plain *p, const void *bytes, size_t len)
{
    const char *at = bytes;
    p->bytes += len;
    yj_summer_add(p->sum, bytes, len);
    while (p->fd >= 0 && len > 0 && !p->failed) {
        ssize_t n = write(p->fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            p->failed = errno;
            break;
        }
        at += n;
        len -= (size_t)n;
    }
}

void yj_dec_tell(yj_decrypting *d, uint64_t done, bool end)
{
    int64_t now = yj_monotonic_ns();
    d->seen.done = done;
    d->seen.pieces = end ? d->seen.of : 0;
    if (!d->o->progress || (!end && now - d->told_ns < PROGRESS_NS))
        return;
    d->told_ns = now;
    d->o->progress(d->o->progress_self, &d->seen);
}

/* --- archives --------------------------------------------------------------------------------- */

static yj_why why_of(yj_box_fault f)
{
    switch (f) {
    case YJ_BOX_NONE:
        return YJ_WHY_NONE;
    case YJ_BOX_ENCRYPTED:
        return YJ_WHY_ENCRYPTED;
    case YJ_BOX_LINK:
        return YJ_WHY_LINK;
    case YJ_BOX_SPECIAL:
        return YJ_WHY_SPECIAL;
    case YJ_BOX_TOO_MANY:
    case YJ_BOX_TOO_LARGE:
    case YJ_BOX_BOMB:
    case YJ_BOX_TIME:
    case YJ_BOX_MEMORY:
        return YJ_WHY_LIMIT;
    case YJ_BOX_CRASHED:
    case YJ_BOX_FORBIDDEN:
    case YJ_BOX_NO_PROGRAM:
    case YJ_BOX_NO_BOX:
        return YJ_WHY_FAILED;
    case YJ_BOX_DAMAGED:
    case YJ_BOX_UNSUPPORTED:
    case YJ_BOX_BINARY:
    case YJ_BOX_PICTURES:
    case YJ_BOX_FAULT_COUNT_:
        break;
    }
    return YJ_WHY_DAMAGED;
}

static void judge(yj_item *i, yj_item_state state, yj_why why)
{
    i->state = (uint8_t)state;
    i->why = (uint8_t)why;
}

static void judge_left_out(yj_item *i, yj_box_fault f)
{
    bool link = f == YJ_BOX_LINK;
    i->kind = link ? YJ_ITEM_LINK : f == YJ_BOX_SPECIAL ? YJ_ITEM_SPECIAL : YJ_ITEM_FILE;
    judge(i, link || f == YJ_BOX_SPECIAL ? YJ_STATE_SKIPPED : YJ_STATE_UNREADABLE, why_of(f));
}

static void digest_item(yj_decrypting *d, yj_box *box, yj_summer *sum, char *room, yj_item *it)
{
    uint64_t bytes = 0;
    yj_summer_begin(sum);
    for (size_t n; (n = yj_box_read(box, room, READ_BYTES)) > 0; bytes += n)
        yj_summer_add(sum, room, n);
    yj_summer_end(sum, &it->sum);
    yj_box_fault f = yj_box_item_fault(box);
    it->kind = YJ_ITEM_FILE;
    it->has_sum = f == YJ_BOX_NONE;
    it->size = (int64_t)bytes;
    d->r->bytes += bytes;
    if (f != YJ_BOX_NONE)
        judge(it, YJ_STATE_UNREADABLE, why_of(f));
}

static yj_status take_item(yj_decrypting *d, yj_box *box, const yj_box_item *in, yj_summer *sum, char *room,
                           yj_error *err)
{
    yj_span name = { in->name, in->name_len };
    while (name.len > 2 && memcmp(name.ptr, "./", 2) == 0)
        name = (yj_span){ name.ptr + 2, name.len - 2 };
    bool below = yj_path_below(name) && in->name_len < YJ_BOX_NAME_MAX; /* a longer one was cut */
    yj_item *it = yj_tree_add(&d->r->found, name.len ? name : YJ_SPAN("?"));
    if (!it)
        return yj_fail(err, YJ_E_LIMIT,
                       "there are too many names to hold: more than %d, or no memory for them",
                       YJ_TREE_ITEMS_MAX);
    if (in->left_out != YJ_BOX_NONE)
        judge_left_out(it, in->left_out);
    else
        digest_item(d, box, sum, room, it);
    if (!below && it->state == YJ_STATE_NONE)
        judge(it, YJ_STATE_UNREADABLE, YJ_WHY_OUTSIDE);
    return YJ_OK;
}

yj_status yj_dec_archive(yj_decrypting *d, int fd, uint64_t size, yj_span passphrase, yj_error *err)
{
    yj_auto(yj_box_freep) yj_box *box = yj_box_new(&limits);
    yj_auto(yj_summer_freep) yj_summer *sum = yj_summer_new(d->o->alg);
    char *room = malloc(READ_BYTES);
    yj_box_used used = { .packed = size };
    yj_box_item in;
    yj_box_format format;
    yj_status s = box && sum && room ? YJ_OK : yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (s == YJ_OK) {
        yj_box_open_files(box, fd, passphrase, &used);
        while (s == YJ_OK && yj_box_next(box, &in)) {
            s = take_item(d, box, &in, sum, room, err);
            off_t at = lseek(fd, 0, SEEK_CUR); /* shared with the process: about where it reads */
            yj_dec_tell(d, at > 0 ? (uint64_t)at : 0, false);
        }
        yj_box_fault f = yj_box_close(box, &format);
        yj_dec_tell(d, d->size, true);
        d->r->rest = s == YJ_OK ? why_of(f) : YJ_WHY_NONE;
        if (s == YJ_OK && f == YJ_BOX_NO_BOX)
            s = yj_fail(err, YJ_E_IO, "the system cannot shut a process in here: nothing was looked at");
    }
    if (room)
        explicit_bzero(room, READ_BYTES);
    free(room);
    return s;
}

/* Of two of one name nobody knows which one is meant. */
static void judge_twice(yj_tree *t)
{
    for (size_t i = 1; i < t->count; i++)
        if (strcmp(t->item[i - 1].path, t->item[i].path) == 0) {
            judge(&t->item[i - 1], YJ_STATE_UNREADABLE, YJ_WHY_TWICE);
            judge(&t->item[i], YJ_STATE_UNREADABLE, YJ_WHY_TWICE);
        }
}

/* --- all together ----------------------------------------------------------------------------- */

static void decrypting_done(yj_decrypting *d)
{
    yj_secret_done(&d->key);
    yj_secret_done(&d->iv);
    yj_secret_done(&d->passphrase);
    if (d->plain.sum)
        yj_summer_free(d->plain.sum);
    if (d->plain.fd >= 0)
        close(d->plain.fd);
    if (d->fd >= 0)
        close(d->fd);
}

static yj_status read_secrets(yj_decrypting *d, yj_error *err)
{
    const yj_dec_options *o = d->o;
    if (o->key)
        YJ_TRY(yj_secret_read(o->key, &d->key, err));
    if (o->iv)
        YJ_TRY(yj_secret_read(o->iv, &d->iv, err));
    if (!o->passphrase)
        return YJ_OK;
    YJ_TRY(yj_secret_read(o->passphrase, &d->passphrase, err));
    return yj_secret_line(&d->passphrase, err);
}

/* zip and 7z. */
static yj_status decrypt_archive(yj_decrypting *d, yj_error *err)
{
    if (!d->passphrase.ptr || d->key.ptr || d->iv.ptr)
        return yj_fail(err, YJ_E_USAGE, "for an encrypted archive it is --passphrase FILE");
    if (d->o->format == YJ_DEC_7Z)
        return yj_dec_7z(d, err);
    if (d->passphrase.len > YJ_BOX_PASSPHRASE_MAX)
        return yj_fail(err, YJ_E_INVALID, "the passphrase is longer than %d bytes", YJ_BOX_PASSPHRASE_MAX);
    return yj_dec_archive(d, d->fd, d->size, yj_secret_view(&d->passphrase), err);
}

/* The plain text is an archive itself. */
static yj_status look_inside(yj_decrypting *d, bool good, yj_error *err)
{
    if (d->plain.failed) {
        errno = d->plain.failed;
        return yj_fail_sys(err, yj_file_status(errno), "cannot write to the private place");
    }
    if (!good) {
        d->r->rest = YJ_WHY_ENCRYPTED;
        return YJ_OK;
    }
    yj_status s = yj_dec_archive(d, d->plain.fd, d->plain.bytes, (yj_span){ NULL, 0 }, err);
    d->r->bytes = d->plain.bytes;
    return s;
}

static yj_status add_plaintext(yj_decrypting *d, bool good, yj_error *err)
{
    yj_item *it = yj_tree_add(&d->r->found, YJ_SPAN(YJ_DEC_PLAINTEXT));
    if (!it)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_summer_end(d->plain.sum, &it->sum);
    it->kind = YJ_ITEM_FILE;
    it->has_sum = good;
    it->size = (int64_t)d->plain.bytes;
    if (!good)
        judge(it, YJ_STATE_UNREADABLE, YJ_WHY_ENCRYPTED);
    d->r->bytes = d->plain.bytes;
    return YJ_OK;
}

static yj_status decrypt_stream(yj_decrypting *d, yj_error *err)
{
    bool good = false;
    d->plain.sum = yj_summer_new(d->o->alg);
    if (!d->plain.sum)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (d->o->inside) {
        yj_place place;
        YJ_TRY(yj_place_find(d->size + d->size / 2, &place, err));
        YJ_TRY(yj_place_file(&place, &d->plain.fd, err));
        d->r->place = place.memory ? YJ_DEC_TMPFS : YJ_DEC_DISK;
    }
    yj_summer_begin(d->plain.sum);
    YJ_TRY(d->o->format == YJ_DEC_OPENPGP ? yj_dec_openpgp(d, &good, err) : yj_dec_cipher(d, &good, err));
    return d->o->inside ? look_inside(d, good, err) : add_plaintext(d, good, err);
}

static yj_status open_all(yj_decrypting *d, yj_error *err)
{
    switch (d->r->format) {
    case YJ_DEC_PLAIN:
        return yj_dec_archive(d, d->fd, d->size, (yj_span){ NULL, 0 }, err);
    case YJ_DEC_ZIP:
    case YJ_DEC_7Z:
        return decrypt_archive(d, err);
    case YJ_DEC_RAW:
    case YJ_DEC_OPENSSL:
    case YJ_DEC_OPENPGP:
    case YJ_DEC_FORMAT_COUNT_:
        break;
    }
    return decrypt_stream(d, err);
}

static yj_status open_with(const char *path, const yj_dec_options *o, yj_dec_format format,
                           yj_dec_result *ret, yj_error *err)
{
    struct stat before, after;
    *ret = (yj_dec_result){ .format = format, .found = { .root_fd = -1 }, .landlock = yj_sandbox_landlock() };
    yj_auto(decrypting_done)
        yj_decrypting d = { .o = o, .r = ret, .fd = open_file(path), .plain = { .fd = -1 } };
    YJ_TRY(yj_tree_init(&ret->found, err));
    if (d.fd < 0 || fstat(d.fd, &before) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    d.size = (uint64_t)before.st_size;
    d.seen = (yj_progress){ .total = d.size, .of = 1, .since_ns = yj_monotonic_ns() };
    YJ_TRY(read_secrets(&d, err));
    /* of the encrypted file, by which a statement names it */
    YJ_TRY(yj_hash_fd(YJ_HASH_SHA256, d.fd, -1, path, &d.r->file, err));
    YJ_TRY(open_all(&d, err));
    if (fstat(d.fd, &after) != 0 || !yj_file_unchanged(&before, &after))
        return yj_fail(err, YJ_E_INVALID, "it changed while it was read: %s", path);
    yj_tree_sort(&ret->found);
    judge_twice(&ret->found);
    return YJ_OK;
}

yj_status yj_decrypt(const char *path, const yj_dec_options *o, yj_dec_result *ret, yj_error *err)
{
    return open_with(path, o, o->format, ret, err);
}

yj_status yj_unpack(const char *path, const yj_dec_options *o, yj_dec_result *ret, yj_error *err)
{
    const yj_dec_options plain = { .alg = o->alg,
                                   .progress = o->progress,
                                   .progress_self = o->progress_self };
    return open_with(path, &plain, YJ_DEC_PLAIN, ret, err);
}

void yj_dec_done(yj_dec_result *r)
{
    yj_tree_done(&r->found);
}

// SPDX-License-Identifier: Apache-2.0
/* Archives and compressed files by libarchive, within the walls. */
#include "instrument/box/internal.h"
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)64 << 10)

yj_box_fault yj_box_archive_fault(struct archive *a)
{
    const char *why = archive_error_string(a);
    if (why && (strstr(why, "ncrypt") || strstr(why, "assphrase"))) /* the library has no code for it */
        return YJ_BOX_ENCRYPTED;
    return why && strstr(why, "nsupported") ? YJ_BOX_UNSUPPORTED : YJ_BOX_DAMAGED;
}

/* Bytes of a name as they stand in the archive, where the library can tell them. */
static yj_span name_of(struct archive_entry *e)
{
    const char *name = archive_entry_pathname(e);
    if (!name)
        name = archive_entry_pathname_utf8(e);
    return name ? yj_span_of(name) : YJ_SPAN("?");
}

void yj_box_say_entry(struct archive *a, yj_box_kind kind, yj_span name)
{
    static char block[BLOCK_BYTES];
    yj_box_say_begin(kind, name);
    for (;;) {
        la_ssize_t n = archive_read_data(a, block, sizeof block);
        if (n == ARCHIVE_RETRY)
            continue;
        if (n <= 0) {
            yj_box_say_end(n == 0 ? YJ_BOX_NONE : yj_box_archive_fault(a));
            return;
        }
        yj_box_say_data((yj_span){ block, (size_t)n });
    }
}

/* Not a file to be read: folders are passed over, all else is listed. */
static bool is_file(struct archive_entry *e, bool has_key)
{
    yj_box_fault why = YJ_BOX_NONE;
    switch (archive_entry_filetype(e)) {
    case AE_IFDIR:
        return false;
    case AE_IFREG:
    case 0:
        why = archive_entry_hardlink(e)                   ? YJ_BOX_LINK
              : archive_entry_is_encrypted(e) && !has_key ? YJ_BOX_ENCRYPTED
                                                          : YJ_BOX_NONE;
        break;
    case AE_IFLNK:
        why = YJ_BOX_LINK;
        break;
    default:
        why = YJ_BOX_SPECIAL;
    }
    if (why != YJ_BOX_NONE)
        yj_box_say_listed(why, name_of(e));
    return why == YJ_BOX_NONE;
}

yj_box_fault yj_box_zip_each(int fd, yj_box_entry_fn *entry, void *with)
{
    yj_box_fault f = YJ_BOX_NONE;
    struct archive *a = archive_read_new();
    if (!a || lseek(fd, 0, SEEK_SET) < 0)
        return YJ_BOX_MEMORY;
    if (archive_read_support_format_zip_seekable(a) != ARCHIVE_OK ||
        archive_read_open_fd(a, fd, BLOCK_BYTES) != ARCHIVE_OK)
        f = yj_box_archive_fault(a);
    while (f == YJ_BOX_NONE) {
        struct archive_entry *e = NULL;
        int r = archive_read_next_header(a, &e);
        if (r == ARCHIVE_EOF)
            break;
        if (r == ARCHIVE_RETRY)
            continue;
        if (r < ARCHIVE_WARN)
            f = yj_box_archive_fault(a);
        else if (archive_entry_filetype(e) == AE_IFREG && !archive_entry_is_encrypted(e) &&
                 !entry(with, a, name_of(e)))
            break;
    }
    archive_read_free(a);
    return f;
}

static bool look_for_office(void *with, struct archive *a, yj_span name)
{
    yj_box_format *f = with;
    *f = yj_box_office_part(name.ptr);
    return *f == YJ_BOX_SAME;
}

static bool is_zip(int fd)
{
    char magic[4];
    return pread(fd, magic, 4, 0) == 4 &&
           (memcmp(magic, "PK\x03\x04", 4) == 0 || memcmp(magic, "PK\x05\x06", 4) == 0);
}

static yj_box_fault open_any(struct archive *a, int fd)
{
    archive_read_support_format_zip(a);
    archive_read_support_format_7zip(a);
    archive_read_support_format_tar(a);
    archive_read_support_format_raw(a);
    archive_read_support_format_empty(a);
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_zstd(a);
    return archive_read_open_fd(a, fd, BLOCK_BYTES) == ARCHIVE_OK ? YJ_BOX_NONE : yj_box_archive_fault(a);
}

static yj_box_fault say_all(struct archive *a, yj_box_office *office, bool has_key)
{
    for (bool first = true;; first = false) {
        struct archive_entry *e = NULL;
        int r = archive_read_next_header(a, &e);
        if (r == ARCHIVE_EOF)
            return YJ_BOX_NONE;
        if (r == ARCHIVE_RETRY)
            continue;
        if (r < ARCHIVE_WARN)
            return yj_box_archive_fault(a);
        if (first && archive_format(a) == ARCHIVE_FORMAT_RAW && archive_filter_count(a) <= 1)
            return YJ_BOX_DAMAGED; /* it only begins like one */
        yj_span name = name_of(e);
        if (!is_file(e, has_key) || (office && yj_box_office_say(office, a, name)))
            continue;
        yj_box_say_entry(a, office ? YJ_BOX_PART : YJ_BOX_BYTES, name);
    }
}

yj_box_fault yj_box_read_archive(int fd)
{
    yj_box_fault f = YJ_BOX_NONE;
    yj_box_format format = YJ_BOX_SAME;
    yj_box_office *office = NULL;
    if (is_zip(fd))
        (void)yj_box_zip_each(fd, look_for_office, &format); /* damage is met again below */
    if (format != YJ_BOX_SAME) {
        yj_box_say_format(format);
        office = yj_box_office_new(format, fd, &f);
        if (!office)
            return YJ_BOX_MEMORY;
    }
    struct archive *a = archive_read_new();
    yj_box_fault opened = a && lseek(fd, 0, SEEK_SET) == 0 ? open_any(a, fd) : YJ_BOX_MEMORY;
    if (opened == YJ_BOX_NONE)
        opened = say_all(a, office, false);
    if (a)
        archive_read_free(a);
    if (office)
        yj_box_office_free(office);
    return opened != YJ_BOX_NONE ? opened : f;
}

yj_box_fault yj_box_read_files(int fd, const char *passphrase)
{
    struct archive *a = archive_read_new();
    yj_box_fault f = a && lseek(fd, 0, SEEK_SET) == 0 ? YJ_BOX_NONE : YJ_BOX_MEMORY;
    if (f == YJ_BOX_NONE && passphrase[0] && archive_read_add_passphrase(a, passphrase) != ARCHIVE_OK)
        f = YJ_BOX_MEMORY;
    if (f == YJ_BOX_NONE)
        f = open_any(a, fd);
    if (f == YJ_BOX_NONE)
        f = say_all(a, NULL, passphrase[0] != '\0');
    if (a)
        archive_read_free(a);
    return f;
}

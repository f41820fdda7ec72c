// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "instrument/box/internal.h"
#include <locale.h>
#include <sys/mman.h>
#include <unistd.h>

static bool in_item;

static void look_at(yj_span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    assert(s.len >= YJ_BOX_HEAD_BYTES);
    size_t len = (size_t)p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
    assert(len == s.len - YJ_BOX_HEAD_BYTES && len <= YJ_BOX_DATA_MAX && p[2] == 0 && p[3] == 0);
    switch (p[0]) {
    case YJ_BOX_BEGIN:
        assert(!in_item && p[1] < YJ_BOX_KIND_COUNT_);
        in_item = true;
        break;
    case YJ_BOX_DATA:
        assert(in_item && len > 0);
        break;
    case YJ_BOX_END:
        assert(in_item && p[1] < YJ_BOX_FAULT_COUNT_);
        in_item = false;
        break;
    default:
        assert(!in_item && p[1] < YJ_BOX_FAULT_COUNT_);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    if (!begun)
        setlocale(LC_CTYPE, "C.UTF-8");
    begun = true;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    in_item = false;
    yj_box_out_to(look_at);
    bool sqlite = size >= 6 && memcmp(data, "SQLite", 6) == 0;
    yj_box_fault f = sqlite ? yj_box_read_sqlite(fd) : yj_box_read_archive(fd);
    yj_box_say_done(f);
    assert(f < YJ_BOX_FAULT_COUNT_ && !in_item);
    if (!sqlite) { /* the same as files alone, with a passphrase */
        f = yj_box_read_files(fd, "secret");
        yj_box_say_done(f);
        assert(f < YJ_BOX_FAULT_COUNT_ && !in_item);
    }
    close(fd);
    return 0;
}

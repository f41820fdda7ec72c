// SPDX-License-Identifier: Apache-2.0
#include "base/build.h"

#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ID_BYTES_MAX 32

static char id[2 * ID_BYTES_MAX + 1];

static size_t padded(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* A segment of notes: header, name, content, each padded to four bytes. */
static void read_notes(const unsigned char *p, size_t len)
{
    ElfW(Nhdr) h;
    while (len >= sizeof h) {
        memcpy(&h, p, sizeof h);
        size_t name = padded(h.n_namesz), size = sizeof h + name + padded(h.n_descsz);
        if (size > len)
            return;
        if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 && memcmp(p + sizeof h, "GNU", 4) == 0 &&
            h.n_descsz <= ID_BYTES_MAX)
            for (size_t i = 0; i < h.n_descsz; i++)
                snprintf(id + 2 * i, 3, "%02x", p[sizeof h + name + i]);
        p += size;
        len -= size;
    }
}

static int look(struct dl_phdr_info *o, size_t size, void *ctx)
{
    (void)size;
    (void)ctx;
    for (size_t i = 0; i < o->dlpi_phnum; i++) {
        const ElfW(Phdr) *s = &o->dlpi_phdr[i];
        if (s->p_type == PT_NOTE)
            read_notes((const unsigned char *)(uintptr_t)(o->dlpi_addr + s->p_vaddr),
                       s->p_memsz); // NOLINT(performance-no-int-to-ptr)
    }
    return 1; /* the program comes first; its libraries are not asked */
}

static void find(void)
{
    (void)dl_iterate_phdr(look, NULL);
}

const char *yj_build_id(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find);
    return id;
}

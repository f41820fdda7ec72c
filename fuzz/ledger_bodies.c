// SPDX-License-Identifier: Apache-2.0
/* A file of bodies of an exported ledger: those that are told come in the order of their entries, each once,
 * and on one line; what is malformed is an error that names the entry. */
#include "fuzz.h"

#include "ledger/ledger.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES 256 /* a whole file */

typedef struct seen {
    uint64_t next;
    uint64_t count;
} seen;

static yj_status see(void *ctx, uint64_t seq, yj_span body, yj_error *err)
{
    seen *s = ctx;
    (void)err;
    assert(seq >= s->next && seq < ENTRIES);
    assert(!body.len || !memchr(body.ptr, '\n', body.len));
    s->next = seq + 1;
    s->count++;
    return YJ_OK;
}

static void write_all(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char folder[] = "/tmp/yj-fuzz-XXXXXX", body[64], path[64];
    yj_error err = { .code = YJ_OK };
    seen s = { 0 };
    if (!mkdtemp(folder))
        abort();
    snprintf(body, sizeof body, "%s/body", folder);
    snprintf(path, sizeof path, "%s/body/000.jsonl", folder);
    if (mkdir(body, 0700) != 0)
        abort();
    write_all(path, data, size);
    yj_status st = yj_ledger_folder_bodies(folder, ENTRIES, see, &s, &err);
    (void)unlink(path);
    (void)rmdir(body);
    (void)rmdir(folder);
    assert(st == YJ_OK || (st == YJ_E_CORRUPT && err.msg[0] && err.msg_zh[0]));
    assert(s.count <= ENTRIES);
    return 0;
}

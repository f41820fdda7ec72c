// SPDX-License-Identifier: Apache-2.0
/* Replays every file of the folders given as arguments through a fuzz target. A failing one aborts; the last
 * name printed is its file. */
#include "fuzz.h"

#include "base/file.h"
#include <stdio.h>

#define INPUT_BYTES_MAX ((size_t)16 << 20)

static yj_status replay_folder(const char *folder, size_t *count, yj_error *err)
{
    yj_names names = { NULL, 0 };
    YJ_TRY(yj_dir_list(folder, &names, err));
    yj_status st = YJ_OK;
    yj_auto(yj_buf_done) yj_buf path, bytes;
    yj_buf_init(&path, 4096);
    yj_buf_init(&bytes, INPUT_BYTES_MAX);
    for (size_t i = 0; i < names.count && st == YJ_OK; i++) {
        yj_buf_clear(&path);
        yj_buf_clear(&bytes);
        yj_buf_fmt(&path, "%s/%s", folder, names.name[i]);
        st = yj_buf_status(&path, err);
        if (st == YJ_OK)
            st = yj_file_read(path.ptr, INPUT_BYTES_MAX, &bytes, err);
        if (st == YJ_OK) {
            printf("%s\n", path.ptr);
            fflush(stdout);
            LLVMFuzzerTestOneInput((const uint8_t *)bytes.ptr, bytes.len);
            ++*count;
        }
    }
    yj_names_free(&names);
    return st;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        yj_error err;
        if (replay_folder(argv[i], &count, &err) != YJ_OK) {
            fprintf(stderr, "%s\n", err.msg);
            return 3;
        }
    }
    printf("%zu inputs replayed\n", count);
    return count > 0 ? 0 : 2; /* a test that tests nothing is none */
}

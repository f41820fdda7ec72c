// SPDX-License-Identifier: Apache-2.0
/* prepare OUT.c DEPFILE SCRATCH PACK...: part of the build. Loads the packs, those required first, and writes
 * what prepared.h knows of them as C. Packs with a fault are no reason not to build the program that tells
 * it: then it knows nothing. */
#include "base/file.h"
#include "pack/prepared.h"
#include <stdio.h>
#include <unistd.h>

#define PACKS_MAX 16
#define COMPLAINTS_MAX 10
#define TEXT_BYTES_MAX (4 * YJ_PREPARED_BYTES_MAX + 4096)
#define LINE_BYTES 4000

static void put_literal(yj_buf *out, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char b = (unsigned char)bytes[i];
        if (i % LINE_BYTES == 0)
            yj_buf_str(out, i ? "\"\n    \"" : "    \"");
        if (b < 0x20 || b > 0x7e || b == '"' || b == '\\' || b == '?') { /* "??" begins a trigraph */
            char octal[5] = { '\\', (char)('0' + (b >> 6)), (char)('0' + (b >> 3 & 7)),
                              (char)('0' + (b & 7)) };
            yj_buf_add(out, octal, 4);
        } else {
            yj_buf_char(out, (char)b);
        }
    }
    yj_buf_str(out, "\"");
}

static yj_status write_source(const char *path, yj_span bytes, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, TEXT_BYTES_MAX);
    yj_buf_str(&text, "/* Made by src/pack/prepare.c. */\n#include \"pack/prepared.h\"\n\n");
    if (bytes.len) {
        yj_buf_str(&text, "static const char bytes[] __attribute__((aligned(8))) =\n");
        put_literal(&text, bytes.ptr, bytes.len);
        yj_buf_str(&text, ";\n\nconst yj_prepared yj_prepared_built_in = { bytes, sizeof bytes - 1 };\n");
    } else {
        yj_buf_str(&text, "const yj_prepared yj_prepared_built_in = { \"\", 0 };\n");
    }
    YJ_TRY(yj_buf_status(&text, err));
    return yj_file_write(path, yj_buf_view(&text), 0644, err);
}

static void put_path(yj_buf *out, const char *folder, const char *path)
{
    yj_buf_str(out, " \\\n ");
    for (const char *part = folder; part; part = part == folder && path[0] ? path : NULL) {
        if (part != folder)
            yj_buf_char(out, '/');
        for (const char *p = part; *p; p++) {
            if (*p == ' ' || *p == '#')
                yj_buf_char(out, '\\');
            yj_buf_char(out, *p);
        }
    }
}

/* For ninja: every file, and the folders, which change when a file comes or goes. */
static yj_status write_depfile(const char *path, const char *out, char **packs,
                               yj_pack_source *const *sources, size_t count, yj_error *err)
{
    static const char *const folders[] = { "", "kinds", "requirements", "rules", "views", "documents" };
    yj_auto(yj_buf_done) yj_buf text;
    yj_auto(yj_buf_done) yj_buf full;
    yj_buf_init(&text, TEXT_BYTES_MAX);
    yj_buf_init(&full, 8192);
    yj_buf_fmt(&text, "%s:", out);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; sources[i] && j < sources[i]->file_count; j++)
            put_path(&text, packs[i], sources[i]->files[j].path);
        for (size_t j = 0; j < YJ_COUNT(folders); j++) {
            yj_buf_clear(&full);
            yj_buf_fmt(&full, "%s/%s", packs[i], folders[j]);
            if (yj_buf_status(&full, NULL) == YJ_OK && yj_path_is_dir(full.ptr))
                put_path(&text, packs[i], folders[j]);
        }
    }
    yj_buf_char(&text, '\n');
    YJ_TRY(yj_buf_status(&text, err));
    return yj_file_write(path, yj_buf_view(&text), 0644, err);
}

/* What is known of the packs: nothing, if there is a fault in them. */
static yj_status load(char **folders, size_t count, const char *scratch, yj_pack_source **sources,
                      yj_buf *ret, yj_error *err)
{
    static yj_complaint complaints[COMPLAINTS_MAX];
    const yj_pack_source *borrowed[PACKS_MAX];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        YJ_TRY(yj_pack_source_read(folders[i], &sources[i], err));
        borrowed[i] = sources[i];
    }
    (void)unlink(scratch); /* left by a build that was interrupted */
    yj_status s = yj_prepare(borrowed, count, scratch, ret, complaints, COMPLAINTS_MAX, &found, err);
    for (size_t i = 0; i < found && i < COMPLAINTS_MAX; i++)
        fprintf(stderr, "prepare: %s:%d: %s%s%s\n", complaints[i].file, complaints[i].line,
                complaints[i].field, complaints[i].field[0] ? ": " : "", complaints[i].msg);
    return s;
}

static int prepare(const char *out, const char *depfile, const char *scratch, char **folders, size_t count)
{
    yj_pack_source *sources[PACKS_MAX] = { NULL };
    yj_error err = { .code = YJ_OK };
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_PREPARED_BYTES_MAX);
    yj_status s = load(folders, count, scratch, sources, &bytes, &err);
    if (s != YJ_OK) {
        fprintf(stderr, "prepare: the program will know nothing of its packs: %s\n", err.msg);
        yj_buf_clear(&bytes);
    }
    if (s == YJ_OK || s == YJ_E_INVALID)
        s = write_source(out, yj_buf_view(&bytes), &err);
    if (s == YJ_OK)
        s = write_depfile(depfile, out, folders, sources, count, &err);
    if (s != YJ_OK)
        fprintf(stderr, "prepare: %s: %s\n", out, err.msg);
    for (size_t i = 0; i < count; i++)
        yj_pack_source_free(sources[i]);
    return s != YJ_OK;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > PACKS_MAX + 4) {
        fprintf(stderr, "usage: prepare OUT.c DEPFILE SCRATCH PACK...\n");
        return 2;
    }
    return prepare(argv[1], argv[2], argv[3], argv + 4, (size_t)argc - 4);
}

// SPDX-License-Identifier: Apache-2.0
/* Dumps of SQLite become a file by its own shell; of a file, which is its own dump, a copy is looked through.
 */
#include "base/file.h"
#include "instrument/restore/internal.h"
#include <stdio.h>
#include <unistd.h>

static yj_status find_program(yj_scratch *s, yj_error *err)
{
    static const char *const logs[] = { "-wal", "-journal" };
    char beside[PATH_MAX + 16];
    for (size_t i = 0; s->kind == YJ_DUMP_SQLITE_FILE && i < YJ_COUNT(logs); i++) {
        snprintf(beside, sizeof beside, "%s%s", s->dump, logs[i]);
        if (yj_path_exists(beside))
            return yj_fail(
                err, YJ_E_CONFLICT,
                "%s lies beside it: the file is in use or was not closed, and is not whole by itself",
                beside);
    }
    snprintf(s->bin, sizeof s->bin, "/usr/bin");
    return access("/usr/bin/sqlite3", X_OK) == 0
               ? YJ_OK
               : yj_fail(err, YJ_E_MISSING, "SQLite's shell is not installed (package sqlite3)");
}

static yj_status start(yj_scratch *s, yj_error *err)
{
    yj_ignore(err);
    if (s->copy[0])
        snprintf(s->file, sizeof s->file, "%s", s->copy);
    else
        snprintf(s->file, sizeof s->file, "%s/restored.db", s->home);
    snprintf(s->url, sizeof s->url, "sqlite:%s", s->file);
    return YJ_OK;
}

/* In its safe mode the shell starts no programs and touches no other files: the walls come after that. */
static size_t shell(const yj_scratch *s, const char *argv[static YJ_CONFINED_ARGS_MAX])
{
    static const char *const words[] = { "sqlite3", "-safe", "-bail", "-batch" };
    size_t n = 0;
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        argv[n++] = words[i];
    argv[n++] = s->file;
    return n;
}

/* Reads SQL from its input; of a file it only has to be a database. */
static size_t client(yj_scratch *s, const char *argv[static YJ_CONFINED_ARGS_MAX])
{
    size_t n = shell(s, argv);
    if (s->copy[0])
        argv[n++] = "SELECT count(*) FROM sqlite_schema";
    return n;
}

/* Every page, index and row of it. */
static yj_status finish(yj_scratch *s, bool *ret_good, yj_error *err)
{
    char path[128], answer[YJ_CONFINED_SAID_MAX + 1] = "";
    const char *argv[YJ_CONFINED_ARGS_MAX + 1] = { NULL };
    size_t n = shell(s, argv), len = 0, got;
    argv[n++] = "PRAGMA integrity_check";
    argv[n] = NULL;
    const yj_confined c = yj_scratch_job(s, path, argv);
    yj_auto(yj_confined_endp) yj_confined_process *p = NULL;
    YJ_TRY(yj_confined_start(&c, &p, err));
    while (len < sizeof answer - 1 && (got = yj_confined_read(p, answer + len, sizeof answer - 1 - len)) > 0)
        len += got;
    answer[len] = '\0';
    *ret_good = yj_confined_wait(p) == 0 && strcmp(answer, "ok\n") == 0;
    if (!*ret_good)
        snprintf(s->said, sizeof s->said, "%s", answer);
    return YJ_OK;
}

const yj_scratch_engine yj_scratch_sqlite = {
    .empty_bytes = UINT64_C(1) << 20,
    .grows = 3, /* with its journal; a file is smaller than its text, as a rule */
    .find = find_program,
    .start = start,
    .client = client,
    .finish = finish,
};

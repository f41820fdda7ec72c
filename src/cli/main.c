// SPDX-License-Identifier: Apache-2.0
/* One process, one command. The boundary of the program: here errors are printed and become exit codes. */
#include "base/confined.h"
#include "base/file.h"
#include "base/json.h"
#include "base/keeper.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/cli.h"
#include "instrument/box/box.h"
#include "pack/prepared.h"
#include "text/text.h"
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define OUT_BYTES_MAX ((size_t)1 << 30)
#define ARENA_BYTES_MAX ((size_t)1 << 30)

static void print_error_json(const yj_cli *c, const yj_error *err)
{
    yj_buf b;
    yj_buf_init(&b, (size_t)8 << 20);
    yj_jw w;
    yj_jw_init(&w, &b);
    yj_jw_object(&w);
    yj_jw_key(&w, "error");
    yj_jw_object(&w);
    yj_jw_kstr(&w, "code", yj_status_slug(err->code));
    yj_jw_kstr(&w, "message", yj_error_text(err, c->lang));
    if (err->field[0])
        yj_jw_kstr(&w, "field", err->field);
    if (c->misses) {
        yj_jw_key(&w, "misses");
        yj_jw_raw(&w, yj_span_of(c->misses));
    }
    if (c->stale) {
        yj_jw_key(&w, "changed");
        yj_jw_raw(&w, yj_span_of(c->stale));
    }
    yj_jw_end_object(&w);
    yj_jw_end_object(&w);
    fprintf(stderr, "%s\n", b.ptr ? b.ptr : "");
    yj_buf_done(&b);
}

static void print_misses(yj_cli *c)
{
    yj_buf_clear(&c->out); /* what was to be said has been said */
    yj_say_misses(c, 2, c->misses);
    fputs(c->out.ptr ? c->out.ptr : "", stderr);
    yj_buf_clear(&c->out);
}

static void print_error(yj_cli *c, const yj_error *err)
{
    if (yj_json_wanted(c)) {
        print_error_json(c, err);
        return;
    }
    fprintf(stderr, "yunjian: %s%s%s\n", err->field[0] ? err->field : "", err->field[0] ? ": " : "",
            yj_error_text(err, c->lang));
    print_misses(c);
    if (c->stale)
        fprintf(stderr, "  %s %s\n", yj_word(c, "changed since:"), c->stale);
}

/* What the command wrote, even if it failed in the end. */
static yj_status flush(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_buf_status(&c->out, err));
    bool written = c->out.len == 0 || fwrite(c->out.ptr, 1, c->out.len, stdout) == c->out.len;
    if ((!written || fflush(stdout) != 0) && errno != EPIPE) /* the reader may have seen enough */
        return yj_fail_sys(err, yj_file_status(errno), "cannot write to standard output");
    yj_buf_clear(&c->out);
    return YJ_OK;
}

static void look_at_terminal(yj_cli *c)
{
    struct winsize size = { 0 };
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"), *columns = getenv("COLUMNS");
    bool tty = isatty(STDOUT_FILENO) == 1;
    int64_t n = 0;
    c->columns = 100;
    if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        c->columns = size.ws_col;
    else if (columns && yj_span_i64(yj_span_of(columns), &n) && n >= 40 && n <= 1000)
        c->columns = (size_t)n;
    c->colour = tty && !(none && none[0]) && term && strcmp(term, "dumb") != 0 && !yj_json_wanted(c);
}

/* "yunjian help [COMMAND]" is "yunjian [COMMAND] --help". */
static yj_status show_help(yj_cli *c, yj_error *err)
{
    if (c->command)
        return yj_cli_help(c, c->command->name) ? YJ_OK : YJ_E_USAGE;
    size_t skip = c->arg_count && strcmp(c->arg[0], "help") == 0 ? 1 : 0;
    char name[64] = "";
    for (size_t i = skip; i < c->arg_count; i++)
        snprintf(name + strlen(name), sizeof name - strlen(name), "%s%s", i > skip ? " " : "", c->arg[i]);
    if (!yj_cli_help(c, name[0] ? name : NULL))
        return yj_fail(err, YJ_E_USAGE, "there is no command \"%s\"; see: yunjian --help", name);
    return YJ_OK;
}

static yj_status run(yj_cli *c, int argc, char **argv, yj_error *err)
{
    c->arena = yj_arena_new(ARENA_BYTES_MAX);
    if (!c->arena)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status s = yj_cli_parse(c, argc, argv, err);
    look_at_terminal(c);
    if (yj_cli_has(c, YJ_OPT_HELP) || (!c->command && c->arg_count && strcmp(c->arg[0], "help") == 0))
        return show_help(c, err);
    YJ_TRY(s);
    assert(c->command);
    YJ_TRY(c->command->run(c, err));
    return yj_memory_status(err);
}

static void finish(yj_cli *c)
{
    yj_cli_reader_done(c);
    if (c->catalog)
        yj_catalog_unref(c->catalog);
    yj_engine_close(c->engine);
    yj_arena_free(c->arena);
    yj_buf_done(&c->out);
    free(c->misses);
    free(c->stale);
}

int main(int argc, char **argv)
{
    if (yj_keeper_child(argc, argv) || yj_confined_child(argc, argv) || yj_text_child(argc, argv) ||
        yj_box_child(argc, argv, NULL)) /* this is a process for foreign bytes */
        return YJ_SANDBOX_EXIT_NO_WALLS;
    yj_cli *c = calloc(1, sizeof *c);
    if (!c)
        return yj_status_exit(YJ_E_NOMEM);
    c->lang = yj_cli_lang(argc, argv);
    yj_buf_init(&c->out, OUT_BYTES_MAX);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit for files is a full disk, not the end */
    yj_log_set_level(YJ_LOG_ERROR);
    yj_prepared_use(&yj_prepared_built_in);
    yj_error err = { .code = YJ_OK }, write_err = { .code = YJ_OK };
    yj_status s = run(c, argc, argv, &err), w = flush(c, &write_err);
    if (s != YJ_OK)
        print_error(c, &err);
    if (w != YJ_OK)
        print_error(c, &write_err);
    int code = s != YJ_OK ? yj_status_exit(s) : w != YJ_OK ? yj_status_exit(w) : c->found ? 1 : 0;
    finish(c);
    free(c);
    return code;
}

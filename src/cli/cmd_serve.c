// SPDX-License-Identifier: Apache-2.0
#include "api/server.h"
#include "cli/cli.h"
#include <signal.h>
#include <stdio.h>

/* "ADDRESS:PORT", "[::1]:PORT" or "PORT" into an address (NULL: the default) and a port. */
static yj_status parse_listen(yj_cli *c, yj_server_options *o, yj_error *err)
{
    const char *text = c->value[YJ_OPT_LISTEN];
    if (!text)
        return YJ_OK;
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    int64_t n = -1;
    if (!yj_span_i64(yj_span_of(port), &n) || n < 0 || n > 65535)
        return yj_fail(err, YJ_E_USAGE, "option --listen is ADDRESS:PORT, such as 127.0.0.1:8080");
    if (colon) {
        size_t len = (size_t)(colon - text);
        bool brackets = len >= 2 && text[0] == '[' && text[len - 1] == ']';
        o->address = yj_arena_strndup(c->arena, text + brackets, len - (brackets ? 2 : 0));
    }
    o->port = (int)n;
    return YJ_OK;
}

/* Nobody can sign in yet: where the first administrator begins. Whoever has the address is he, so it goes to
 * the terminal and to no log. */
static void say_first(const yj_cli *c, const yj_server *server)
{
    yj_auto(yj_buf_done) yj_buf url;
    yj_buf_init(&url, 4096);
    yj_server_first_url(server, &url);
    if (url.len && yj_buf_status(&url, NULL) == YJ_OK)
        printf("%s %s\n", yj_word(c, "no account yet: open"), url.ptr);
}

yj_status yj_cmd_serve(yj_cli *c, yj_error *err)
{
    yj_server_options o = { .port = 0, .page = &yj_page_built, .open = yj_cli_has(c, YJ_OPT_OPEN) };
    YJ_TRY(parse_listen(c, &o, err));
    /* Blocked before the first thread starts, so that every thread inherits it and only sigwait() sees them.
     */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = true }, err));
    yj_server *server = NULL;
    YJ_TRY(yj_server_start(c->engine, &o, &server, err));
    printf("listening on %s\n", yj_server_url(server));
    say_first(c, server);
    fflush(stdout);
    int signal = 0;
    sigwait(&stop, &signal);
    yj_server_stop(server);
    return YJ_OK;
}

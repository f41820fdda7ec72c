// SPDX-License-Identifier: Apache-2.0
#include "api/public_url.h"
#include "api/server.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/cli.h"
#include <signal.h>
#include <stdio.h>

#define BITS_MAX 120

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

/* How the world outside reaches the server. */
static yj_status parse_outside(yj_cli *c, yj_server_options *o, yj_error *err)
{
    o->tls_cert = c->value[YJ_OPT_TLS_CERT];
    o->tls_key = c->value[YJ_OPT_TLS_KEY];
    if (!o->tls_cert != !o->tls_key)
        return yj_fail(err, YJ_E_USAGE, "options --tls-cert and --tls-key are given together");
    for (size_t i = 0; i < c->many_count; i++)
        if (c->many_of[i] == YJ_OPT_TRUSTED_PROXY)
            YJ_TRY(yj_networks_add(&o->trusted, yj_span_of(c->many[i]), err));
    if (!yj_cli_has(c, YJ_OPT_PUBLIC_URL))
        return YJ_OK;
    char *url = yj_arena_alloc(c->arena, YJ_PUBLIC_URL_BYTES);
    o->public_url = url;
    return yj_public_url_read(yj_span_of(c->value[YJ_OPT_PUBLIC_URL]), url, err);
}

/* Which new passwords are taken. */
static yj_status parse_policy(const yj_cli *c, yj_sign_in_options *o, yj_error *err)
{
    const char *bits = c->value[YJ_OPT_PASSWORD_BITS], *list = c->value[YJ_OPT_LEAKED_LIST];
    int64_t n = 0;
    if (bits && (!yj_span_i64(yj_span_of(bits), &n) || n < 1 || n > BITS_MAX))
        return yj_fail(err, YJ_E_USAGE, "option --password-bits is a number from 1 to %d", BITS_MAX);
    if (list && !yj_path_exists(list)) /* else no password could be set, and nobody would know why */
        return yj_fail(err, YJ_E_USAGE, "the list of leaked passwords %s cannot be read", list);
    o->password.min_bits = (unsigned)n;
    o->password.breach_list = list;
    return YJ_OK;
}

/* What instruments may read, and what they may wipe. */
static yj_status parse_places(const yj_cli *c, yj_places *ret, yj_media *ret_media, yj_error *err)
{
    for (size_t i = 0; i < c->many_count; i++)
        if (c->many_of[i] == YJ_OPT_PLACE)
            YJ_TRY(yj_places_add(ret, c->many[i], err));
        else if (c->many_of[i] == YJ_OPT_MEDIUM)
            YJ_TRY(yj_media_add(ret_media, c->many[i], err));
    if (ret_media->named.count && yj_cli_has(c, YJ_OPT_OPEN))
        return yj_fail(
            err, YJ_E_USAGE,
            "options --medium and --open exclude each other: who wipes and who is witness has to be certain");
    return YJ_OK;
}

static void show(yj_cli *c)
{
    fwrite(c->out.ptr, 1, c->out.len, stdout);
    fflush(stdout);
    yj_buf_clear(&c->out);
}

static void show_validity(yj_cli *c, const yj_server *server)
{
    char until[31];
    yj_time_format(yj_server_valid_until(server), until);
    yj_say(c, "certificate valid until %.10s\n", until);
}

/* Until the server is to end. A hang-up from the system is the end of its terminal; one that somebody sent
 * asks for the renewed certificate. */
static void wait_for_end(yj_cli *c, yj_server *server, const sigset_t *set)
{
    siginfo_t si;
    for (;;) {
        int n = sigwaitinfo(set, &si);
        if (n == SIGTERM || n == SIGINT)
            return;
        if (n != SIGHUP)
            continue;
        if (si.si_code == SI_KERNEL || yj_server_valid_until(server) == 0)
            return;
        yj_error err = { .code = YJ_OK };
        if (yj_server_reload(server, &err) != YJ_OK) {
            yj_log_error(YJ_LOG_ERROR, "reading the certificate anew", &err);
            continue;
        }
        show_validity(c, server);
        show(c);
    }
}

/* Nobody can sign in yet: where the first administrator begins. Whoever has the address is he, so it goes to
 * the terminal and to no log. */
static void say_first(yj_cli *c, const yj_server *server)
{
    yj_auto(yj_buf_done) yj_buf url;
    yj_buf_init(&url, 4096);
    yj_server_first_url(server, &url);
    if (!url.len || yj_buf_status(&url, NULL) != YJ_OK)
        return;
    yj_say(c, "no account yet: open %s\n", url.ptr);
    if (strncmp(yj_server_reached(server), yj_server_url(server), strlen(yj_server_url(server))) != 0 &&
        !yj_cli_has(c, YJ_OPT_PUBLIC_URL))
        yj_say(c, "this machine's own name stands in it; where others find the machine by another name or "
                  "address, put "
                  "that in its place, or give --public-url\n");
}

yj_status yj_cmd_serve(yj_cli *c, yj_error *err)
{
    yj_server_options o = { .port = 0, .page = &yj_page_built, .open = yj_cli_has(c, YJ_OPT_OPEN) };
    YJ_TRY(parse_listen(c, &o, err));
    YJ_TRY(parse_outside(c, &o, err));
    yj_auto(yj_places_done) yj_places places = { .count = 0 };
    yj_auto(yj_media_done) yj_media media = { .named = { .count = 0 } };
    YJ_TRY(parse_places(c, &places, &media, err));
    o.places = &places;
    o.media = &media;
    yj_sign_in_options policy = { .device_days = 0 };
    YJ_TRY(parse_policy(c, &policy, err));
    o.sign_in = &policy;
    /* Blocked before the first thread starts, so that every thread inherits it and only sigwaitinfo() sees
     * them. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    yj_log_set_level(YJ_LOG_WARN);
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .serve = true }, err));
    yj_server *server = NULL;
    YJ_TRY(yj_server_start(c->engine, &o, &server, err));
    yj_buf_fmt(&c->out, "listening on %s\n", yj_server_url(server));
    if (o.public_url)
        yj_say(c, "people use %s\n", o.public_url);
    if (o.tls_cert)
        show_validity(c, server);
    say_first(c, server);
    show(c);
    wait_for_end(c, server, &set);
    yj_server_stop(server);
    return YJ_OK;
}

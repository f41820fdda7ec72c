// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name;
    int args;
} options[YJ_OPT_COUNT_] = {
#define X(id, name, args, shape) [YJ_OPT_##id] = { name, args },
    YJ_OPTION_LIST(X)
#undef X
};

#define ALWAYS (YJ_OPTION_BIT(YJ_OPT_HELP) | YJ_OPTION_BIT(YJ_OPT_LANG) | YJ_OPTION_BIT(YJ_OPT_JSON))

yj_lang yj_cli_lang(int argc, char **argv)
{
    const char *given = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            given = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            given = argv[i + 1];
    }
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; !given && i < YJ_COUNT(names); i++) {
        const char *v = getenv(names[i]);
        if (v && v[0])
            given = v;
    }
    return given && strncmp(given, "zh", 2) == 0 ? YJ_LANG_ZH : YJ_LANG_EN;
}

/* Does the word stand where the command's first or second word may stand? */
static const yj_command *find_command(const char *first, const char *second, bool *ret_two)
{
    for (size_t i = 0; i < yj_command_count; i++) {
        const char *name = yj_commands[i].name, *space = strchr(name, ' ');
        if (!space && strcmp(name, first) == 0) {
            *ret_two = false;
            return &yj_commands[i];
        }
        if (space && second && strncmp(name, first, (size_t)(space - name)) == 0 &&
            first[space - name] == '\0' && strcmp(space + 1, second) == 0) {
            *ret_two = true;
            return &yj_commands[i];
        }
    }
    return NULL;
}

static int find_option(const char *name, size_t len)
{
    for (int o = 0; o < YJ_OPT_COUNT_; o++)
        if (strlen(options[o].name) == len && memcmp(options[o].name, name, len) == 0)
            return o;
    return -1;
}

static yj_status keep_many(yj_cli *c, int option, const char *v, yj_error *err)
{
    if (c->many_count == YJ_ARGS_MAX)
        return yj_fail(err, YJ_E_USAGE, "more than %d values", YJ_ARGS_MAX);
    c->many_of[c->many_count] = option;
    c->many[c->many_count++] = v;
    return YJ_OK;
}

/* One option; *i stands on it and moves over its values. */
static yj_status read_option(yj_cli *c, int argc, char **argv, int *i, yj_error *err)
{
    const char *word = argv[*i] + 2, *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    int o = find_option(word, len);
    yj_option_set allowed = ALWAYS | (c->command ? c->command->options : 0);
    if (o < 0 || !(allowed >> o & 1))
        return c->command ? yj_fail(err, YJ_E_USAGE, "%s takes no option --%.*s; see: yunjian %s --help",
                                    c->command->name, (int)len, word, c->command->name)
                          : yj_fail(err, YJ_E_USAGE, "there is no option --%.*s; see: yunjian --help",
                                    (int)len, word);
    if (options[o].args == 0) {
        if (equals)
            return yj_fail(err, YJ_E_USAGE, "option --%s takes no value", options[o].name);
        c->value[o] = "";
        return YJ_OK;
    }
    const char *v = equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : NULL;
    if (!v)
        return yj_fail(err, YJ_E_USAGE, "option --%s needs a value", options[o].name);
    c->value[o] = v;
    if (options[o].args == 1)
        return YJ_OK;
    YJ_TRY(keep_many(c, o, v, err));
    while (!equals && *i + 1 < argc && strncmp(argv[*i + 1], "--", 2) != 0)
        YJ_TRY(keep_many(c, o, argv[++*i], err));
    return YJ_OK;
}

static yj_status check_count(const yj_cli *c, yj_error *err)
{
    int n = (int)c->arg_count;
    if (n < c->command->min_args)
        return yj_fail(err, YJ_E_USAGE, "something is missing; usage: yunjian %s %s", c->command->name,
                       c->command->shape);
    if (c->command->max_args >= 0 && n > c->command->max_args)
        return yj_fail(err, YJ_E_USAGE, "\"%s\" is one argument too many; usage: yunjian %s %s",
                       c->arg[c->command->max_args], c->command->name, c->command->shape);
    return YJ_OK;
}

static yj_status fail_no_command(const char *first, yj_error *err)
{
    size_t len = strlen(first);
    for (size_t i = 0; i < yj_command_count; i++)
        if (strncmp(yj_commands[i].name, first, len) == 0 && yj_commands[i].name[len] == ' ')
            return yj_fail(err, YJ_E_USAGE, "\"%s\" needs a second word; see: yunjian %s --help", first,
                           first);
    return yj_fail(err, YJ_E_USAGE, "there is no command \"%s\"; see: yunjian --help", first);
}

yj_status yj_cli_parse(yj_cli *c, int argc, char **argv, yj_error *err)
{
    int i = 1;
    if (i < argc && strncmp(argv[i], "--", 2) != 0) {
        bool two = false;
        c->command = find_command(argv[i], i + 1 < argc ? argv[i + 1] : NULL, &two);
        if (c->command)
            i += two ? 2 : 1;
    }
    bool plain = false; /* after "--" */
    for (; i < argc; i++) {
        if (!plain && strcmp(argv[i], "--") == 0) {
            plain = true;
        } else if (!plain && strncmp(argv[i], "--", 2) == 0) {
            YJ_TRY(read_option(c, argc, argv, &i, err));
        } else if (!plain && strcmp(argv[i], "-h") == 0) {
            c->value[YJ_OPT_HELP] = "";
        } else {
            if (c->arg_count == YJ_ARGS_MAX)
                return yj_fail(err, YJ_E_USAGE, "more than %d arguments", YJ_ARGS_MAX);
            if (!yj_utf8_valid(yj_span_of(argv[i])))
                return yj_fail(err, YJ_E_USAGE, "argument %d is not valid UTF-8", i);
            c->arg[c->arg_count++] = argv[i];
        }
    }
    const char *lang = c->value[YJ_OPT_LANG];
    if (lang && strcmp(lang, "zh") != 0 && strcmp(lang, "en") != 0)
        return yj_fail(err, YJ_E_USAGE, "option --lang is zh or en");
    if (yj_cli_has(c, YJ_OPT_HELP))
        return YJ_OK;
    if (!c->command)
        return c->arg_count ? fail_no_command(c->arg[0], err)
                            : yj_fail(err, YJ_E_USAGE, "a command is missing; see: yunjian --help");
    return check_count(c, err);
}

yj_status yj_cli_number(const yj_cli *c, yj_option_id o, int64_t min, int64_t max, int64_t fallback,
                        int64_t *ret, yj_error *err)
{
    int64_t n = fallback;
    if (c->value[o] && (!yj_span_i64(yj_span_of(c->value[o]), &n) || n < min || n > max))
        return yj_fail(err, YJ_E_USAGE, "option --%s is a whole number from %lld to %lld", options[o].name,
                       (long long)min, (long long)max);
    *ret = n;
    return YJ_OK;
}

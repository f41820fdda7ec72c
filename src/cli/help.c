// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

static const struct {
    const char *name, *shape;
} options[YJ_OPT_COUNT_] = {
#define X(id, name, args, shape) [YJ_OPT_##id] = { name, shape },
    YJ_OPTION_LIST(X)
#undef X
};

static const yj_command_help *find(const yj_help_texts *h, const char *name)
{
    for (size_t i = 0; i < h->command_count; i++)
        if (strcmp(h->command[i].name, name) == 0)
            return &h->command[i];
    return NULL;
}

static const yj_help_texts *texts(const yj_cli *c)
{
    return c->lang == YJ_LANG_ZH ? &yj_help_zh : &yj_help_en;
}

/* "  left   text", the text wrapped beside it. */
static void row(yj_cli *c, const char *left, size_t at, const char *text)
{
    size_t used = 2 + yj_utf8_columns(yj_span_of(left));
    yj_buf_fmt(&c->out, "  %s", left);
    if (used + 1 > at) {
        yj_buf_char(&c->out, '\n');
        used = 0;
    }
    for (; used < at; used++)
        yj_buf_char(&c->out, ' ');
    yj_wrap(c, at, at, text);
}

static void option_rows(yj_cli *c, yj_option_set set)
{
    for (int o = 0; o < YJ_OPT_COUNT_; o++) {
        if (!(set >> o & 1))
            continue;
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", options[o].name, options[o].shape[0] ? " " : "",
                 options[o].shape);
        row(c, left, 26, texts(c)->option[o]);
    }
}

static void examples(yj_cli *c, const char *lines)
{
    if (!lines)
        return;
    yj_buf_fmt(&c->out, "\n%s\n", texts(c)->examples);
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        yj_buf_fmt(&c->out, "  %.*s\n", (int)n, lines);
        lines += n + (lines[n] != '\0');
    }
}

static bool begins_with_word(const char *name, const char *word)
{
    size_t n = strlen(word);
    return strncmp(name, word, n) == 0 && (name[n] == ' ' || name[n] == '\0');
}

static void overview(yj_cli *c, const char *word)
{
    const yj_help_texts *h = texts(c);
    const yj_command_help *of_word = word ? find(h, word) : NULL;
    if (!word)
        yj_wrap(c, 0, 0, h->about);
    else if (of_word)
        yj_wrap(c, 0, 0, of_word->summary);
    yj_buf_fmt(&c->out, "\n%s\n", h->commands);
    for (size_t i = 0; i < yj_command_count; i++) {
        if (word && !begins_with_word(yj_commands[i].name, word))
            continue;
        const yj_command_help *t = find(h, yj_commands[i].name);
        row(c, yj_commands[i].name, 22, t ? t->summary : "");
    }
    yj_buf_char(&c->out, '\n');
    if (!word)
        yj_buf_fmt(&c->out, "%s\n", h->codes);
    yj_wrap(c, 0, 0, h->more);
}

static void on_command(yj_cli *c, const yj_command *k)
{
    const yj_help_texts *h = texts(c);
    const yj_command_help *t = find(h, k->name);
    yj_buf_fmt(&c->out, "%s yunjian %s %s\n\n", h->usage, k->name, k->shape);
    if (t)
        yj_wrap(c, 0, 0, t->summary);
    if (t && t->text) {
        yj_buf_char(&c->out, '\n');
        yj_wrap(c, 0, 0, t->text);
    }
    yj_buf_fmt(&c->out, "\n%s\n", h->options);
    option_rows(c, k->options | YJ_OPTION_BIT(YJ_OPT_JSON) | YJ_OPTION_BIT(YJ_OPT_LANG) |
                       YJ_OPTION_BIT(YJ_OPT_HELP));
    examples(c, k->examples);
}

bool yj_cli_help(yj_cli *c, const char *name)
{
    if (!name) {
        overview(c, NULL);
        return true;
    }
    bool several = false;
    for (size_t i = 0; i < yj_command_count; i++) {
        if (strcmp(yj_commands[i].name, name) == 0) {
            on_command(c, &yj_commands[i]);
            return true;
        }
        several |= begins_with_word(yj_commands[i].name, name);
    }
    if (several)
        overview(c, name);
    return several;
}

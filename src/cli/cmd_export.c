// SPDX-License-Identifier: Apache-2.0
/* export, template: registers as files that people fill in and import again. */
#include "base/file.h"
#include "cli/cli.h"
#include "record/transfer.h"
#include <stdio.h>

#define CSV_BYTES_MAX ((size_t)512 << 20)

static yj_status write_csv(yj_cli *c, const char *folder, const yj_kind *k, const yj_buf *text, yj_error *err)
{
    YJ_TRY(yj_buf_status(text, err));
    if (strcmp(folder, "-") == 0) {
        yj_buf_span(&c->out, yj_buf_view(text));
        return YJ_OK;
    }
    YJ_TRY(yj_dir_make(folder, err));
    return yj_file_write(yj_arena_fmt(c->arena, "%s/%s.csv", folder, k->name), yj_buf_view(text), 0600, err);
}

static yj_status export_kind(yj_cli *c, const char *folder, yj_error *err)
{
    const yj_kind *k = NULL;
    YJ_TRY(yj_cli_kind(c, c->value[YJ_OPT_KIND], &k, err));
    YJ_TRY(yj_cli_reader(c, err));
    yj_buf text;
    yj_buf_init(&text, CSV_BYTES_MAX);
    yj_status s = yj_export_kind(c->reader, c->catalog, c->institution.inst, k, &text, err);
    if (s == YJ_OK)
        s = write_csv(c, folder, k, &text, err);
    yj_buf_done(&text);
    return s;
}

static void say_written(yj_cli *c, const char *folder)
{
    if (strcmp(folder, "-") != 0 && !yj_json_wanted(c))
        yj_say(c, "written to %s\n", folder);
    else if (yj_json_wanted(c))
        yj_buf_str(&c->out, "{}\n");
}

yj_status yj_cmd_export(yj_cli *c, yj_error *err)
{
    const char *folder = c->arg[0];
    if (strcmp(folder, "-") == 0 && !yj_cli_has(c, YJ_OPT_KIND))
        return yj_fail(err, YJ_E_USAGE, "one kind can be written to standard output: name it with --kind");
    YJ_TRY(yj_cli_open_institution(c, err));
    YJ_TRY(yj_cli_has(c, YJ_OPT_KIND) ? export_kind(c, folder, err)
                                      : yj_export_folder(c->engine, c->institution.inst, folder, err));
    if (strcmp(folder, "-") == 0)
        return YJ_OK;
    yj_names names = { 0 };
    YJ_TRY(yj_dir_list(folder, &names, err));
    if (names.count || yj_json_wanted(c))
        say_written(c, folder);
    else
        yj_say(c, "nothing entered yet: %s stays empty\n", folder);
    yj_names_free(&names);
    return YJ_OK;
}

yj_status yj_cmd_template(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_cli_open(c, &(yj_open_options){ .no_judge = true }, err));
    const yj_kind *one = yj_catalog_kind(c->catalog, yj_span_of(c->arg[0]));
    if (!one && !strchr(c->arg[0], '/') && !yj_path_is_dir(c->arg[0]))
        return yj_fail(
            err, YJ_E_NOT_FOUND,
            "\"%s\" is no kind and no folder; a new folder is named with a slash, as in ./templates",
            c->arg[0]);
    for (size_t i = 0; i < c->catalog->kind_count; i++) {
        const yj_kind *k = &c->catalog->kinds[i];
        if (one ? k != one : k->installation || strcmp(k->name, "institution") == 0)
            continue;
        yj_buf text;
        yj_buf_init(&text, CSV_BYTES_MAX);
        yj_import_template(k, &text);
        yj_status s = write_csv(c, one ? "-" : c->arg[0], k, &text, err);
        yj_buf_done(&text);
        YJ_TRY(s);
    }
    if (!one)
        say_written(c, c->arg[0]);
    return YJ_OK;
}

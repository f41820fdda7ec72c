// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "cli/cli.h"

yj_status yj_cmd_version(yj_cli *c, yj_error *err)
{
    if (!yj_json_wanted(c)) {
        yj_buf_str(&c->out, "yunjian " YJ_VERSION "\n");
        return YJ_OK;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "version", YJ_VERSION);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

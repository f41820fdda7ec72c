// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "cli/cli.h"

yj_status yj_cmd_init(yj_cli *c, yj_error *err)
{
    const char *data = c->arg_count ? c->arg[0] : yj_cli_data(c);
    const char *crypto = c->value[YJ_OPT_CRYPTO];
    yj_init_options o = { .store_url = c->value[YJ_OPT_STORE],
                          .simulated_clock = c->value[YJ_OPT_SIMULATED_CLOCK],
                          .zone = c->value[YJ_OPT_ZONE] };
    if (crypto && !yj_crypto_by_name(yj_span_of(crypto), &o.crypto))
        return yj_fail(err, YJ_E_USAGE, "option --crypto is std or gm");
    YJ_TRY(yj_cli_packs(c, c->many, c->many_count, &o.packs, &o.pack_count, err));
    YJ_TRY(yj_engine_init(data, &o, err));
    if (!yj_json_wanted(c)) {
        yj_say(c, "installation made in %s\n", data);
        if (o.simulated_clock)
            yj_say(c, "its clock is simulated: what is recorded here is for demonstration and tests\n");
        return YJ_OK;
    }
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_object(&w);
    yj_jw_kstr(&w, "data", data);
    yj_jw_kstr(&w, "crypto", yj_crypto_name(o.crypto));
    yj_jw_kbool(&w, "simulated_clock", o.simulated_clock != NULL);
    yj_jw_end_object(&w);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

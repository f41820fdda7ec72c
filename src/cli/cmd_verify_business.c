// SPDX-License-Identifier: Apache-2.0
/* verify business: the institution's own questions, asked before and after. */
#include "base/file.h"
#include "base/time.h"
#include "cli/instruments.h"
#include "instrument/business/business.h"

typedef struct round {
    yj_cli *c;
    yj_business result;
    yj_business_about about;
    yj_key *key;
    json_t *earlier;
    char file_hex[2 * YJ_HASH_LEN + 1], earlier_hex[2 * YJ_HASH_LEN + 1];
} round;

static void round_done(round *r)
{
    yj_business_done(&r->result);
    yj_key_free(r->key);
    json_decref(r->earlier);
}

static yj_status read_file(const char *path, size_t max, yj_buf *out, char *hex, yj_error *err)
{
    yj_digest d;
    yj_buf_init(out, max);
    YJ_TRY(yj_file_read(path, max, out, err));
    yj_hash(YJ_HASH_SHA256, out->ptr ? out->ptr : "", out->len, &d);
    yj_digest_hex(&d, hex);
    return YJ_OK;
}

static yj_status prepare(round *r, yj_cli *c, yj_error *err)
{
    *r = (round){ .c = c, .about = { .version = YJ_VERSION, .label = c->value[YJ_OPT_NAME] } };
    r->about.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    const char *out = c->value[YJ_OPT_OUT];
    if (out && yj_path_exists(out))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", out);
    if (!yj_cli_has(c, YJ_OPT_ATTEST))
        return YJ_OK;
    if (c->many_count != 2)
        return yj_fail(err, YJ_E_USAGE,
                       "option --attest takes a private key and the file to write, at the end");
    if (yj_path_exists(c->many[1]))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", c->many[1]);
    return yj_key_load(c->many[0], &r->key, err);
}

static yj_status read_earlier(round *r, const char *path, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b = { .ptr = NULL };
    if (!path)
        return YJ_OK;
    YJ_TRY(read_file(path, YJ_BUSINESS_RUN_BYTES_MAX, &b, r->earlier_hex, err));
    r->about.earlier_hex = r->earlier_hex;
    return yj_json_parse(yj_buf_view(&b), YJ_BUSINESS_RUN_BYTES_MAX, &r->earlier, err);
}

static const char *const words[] = { "matched", "changed", "missing", "extra", "unreadable", "skipped" };

static void say_answer(yj_cli *c, const json_t *row)
{
    const char *status = json_string_value(json_object_get(row, "status")),
               *reason = json_string_value(json_object_get(row, "reason"));
    char *name = yj_arena_strdup(c->arena, json_string_value(json_object_get(row, "name")));
    yj_text_tidy(name);
    for (size_t i = 0; i < YJ_COUNT(words); i++)
        if (strcmp(words[i], status) == 0) {
            yj_buf_str(&c->out, "  ");
            yj_ink_text(c, i == 0 ? YJ_GREEN : YJ_RED, yj_word(c, words[i]));
        }
    yj_buf_fmt(&c->out, "  %s%s%s\n", name, reason ? ": " : "", reason ? reason : "");
}

static void say(round *r)
{
    yj_cli *c = r->c;
    const yj_seven *n = &r->result.counts;
    size_t i;
    const json_t *row;
    json_array_foreach(r->result.rows, i, row) say_answer(c, row);
    bool fine = yj_business_fine(&r->result);
    yj_ink_text(c, fine ? YJ_GREEN : YJ_RED, yj_status_mark(fine ? "met" : "unmet"));
    yj_buf_char(&c->out, ' ');
    yj_say(c,
           "%llu expected: %llu matched, %llu changed, %llu missing, %llu extra, %llu unreadable, %llu "
           "skipped\n",
           (unsigned long long)n->expected, (unsigned long long)n->matched, (unsigned long long)n->changed,
           (unsigned long long)n->missing, (unsigned long long)n->extra, (unsigned long long)n->unreadable,
           (unsigned long long)n->skipped);
    if (n->skipped)
        yj_say(c, "  skipped: nothing is expected, and there is no earlier run to compare with\n");
}

static yj_status conclude(round *r, yj_error *err)
{
    yj_cli *c = r->c;
    yj_auto(yj_json_freep) json_t *report = NULL;
    yj_auto(yj_buf_done) yj_buf b;
    yj_jw w;
    yj_buf_init(&b, YJ_BUSINESS_RUN_BYTES_MAX);
    r->about.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    r->about.file_hex = r->file_hex;
    c->found = !yj_business_fine(&r->result);
    YJ_TRY(yj_business_json(&r->result, &r->about, &report, err));
    yj_jw_init(&w, &b);
    yj_jw_json(&w, report);
    yj_buf_char(&b, '\n');
    YJ_TRY(yj_buf_status(&b, err));
    if (yj_cli_has(c, YJ_OPT_OUT))
        YJ_TRY(yj_file_write(c->value[YJ_OPT_OUT], yj_buf_view(&b), 0600, err));
    if (r->key) {
        yj_auto(yj_buf_done) yj_buf envelope;
        yj_buf_init(&envelope, YJ_DSSE_BYTES_MAX + 4096);
        YJ_TRY(yj_business_sign(&r->result, &r->about, r->key, &envelope, err));
        YJ_TRY(yj_file_write(c->many[1], yj_buf_view(&envelope), 0644, err));
    }
    if (yj_json_wanted(c))
        yj_buf_span(&c->out, yj_buf_view(&b));
    else
        say(r);
    return YJ_OK;
}

yj_status yj_cmd_verify_business(yj_cli *c, yj_error *err)
{
    yj_auto(round_done) round r;
    yj_auto(yj_buf_done) yj_buf file = { .ptr = NULL };
    yj_questions q;
    YJ_TRY(prepare(&r, c, err));
    YJ_TRY(read_file(c->arg[0], YJ_QUESTIONS_BYTES_MAX, &file, r.file_hex, err));
    YJ_TRY(yj_questions_parse(yj_buf_view(&file), c->arena, &q, err));
    YJ_TRY(read_earlier(&r, c->arg_count > 1 ? c->arg[1] : NULL, err));
    YJ_TRY(yj_business_ask(&q, r.earlier, c->value[YJ_OPT_PASSWORD_FILE], &r.result, err));
    return conclude(&r, err);
}

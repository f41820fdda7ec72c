// SPDX-License-Identifier: Apache-2.0
/* scan: what stands in files. Results are written as they come, so that memory stays flat. */
#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "cli/instruments.h"
#include "cli/scan_run.h"
#include "job/scan_rules.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define PRINT_KEY_LEAST 16
#define PRINT_KEY_MOST ((size_t)4096)

/* --- signals ---------------------------------------------------------------------------------------------
 */

static atomic_bool stopped;

static void on_signal(int signal)
{
    (void)signal;
    atomic_store(&stopped, true);
}

/* The first one ends the run in order; a second one, as it would have without this. */
static void heed_signals(void)
{
    yj_cli_heed(on_signal, (int)SA_RESETHAND);
}

static yj_status go_on(void *with, yj_error *err)
{
    const yj_scan_cmd *s = with;
    if (!atomic_load(&stopped))
        return YJ_OK;
    if (!s->memo)
        return yj_fail(err, YJ_E_BUSY, "interrupted");
    YJ_TRY(yj_scan_memo_save(s->memo, err));
    return yj_fail(err, YJ_E_BUSY, "interrupted; run again with the same --state, it goes on from there");
}

/* --- the run ----------------------------------------------------------------------------------------------
 */

static yj_status flush_out(yj_cli *c, yj_error *err)
{
    YJ_TRY(yj_buf_status(&c->out, err));
    if (c->out.len > 0 && fwrite(c->out.ptr, 1, c->out.len, stdout) != c->out.len && errno != EPIPE)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write to standard output");
    yj_buf_clear(&c->out);
    return YJ_OK;
}

/* Bytes of the inventory. */
static yj_status put_bytes(void *with, yj_span bytes, yj_error *err)
{
    const yj_scan_cmd *s = with;
    if (fwrite(bytes.ptr, 1, bytes.len, s->inventory) != bytes.len)
        return yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    if (s->list_hasher)
        yj_hasher_add(s->list_hasher, bytes.ptr, bytes.len);
    return YJ_OK;
}

static yj_status on_file(void *with, const yj_scan_file *f, yj_error *err)
{
    yj_scan_cmd *s = with;
    yj_cli *c = s->c;
    yj_scan_sum_add(&s->sum, f);
    if (s->key)
        YJ_TRY(yj_scan_attest_file(&s->attest, f, err));
    c->found |= f->hits > 0 || f->state != YJ_SCAN_STATE_LOOKED_INTO;
    if (s->inventory)
        YJ_TRY(yj_scan_list_add(&s->rows, f, err));
    if (yj_json_wanted(c))
        yj_scan_json_file(&s->json, s->own, f);
    else
        yj_scan_say_file(s, f);
    if (c->out.len < FLUSH_BYTES && !s->tty)
        return YJ_OK;
    yj_scan_clear_progress(s);
    return flush_out(c, err);
}

static void json_database(yj_scan_cmd *s)
{
    yj_jw *w = &s->json;
    yj_jw_key(w, "left_out");
    yj_jw_array(w);
    for (const char *const *what = yj_scan_tables_left_out; *what; what++)
        yj_jw_str(w, *what);
    yj_jw_end_array(w);
    if (s->tables.percent == 0)
        return;
    yj_jw_key(w, "sample");
    yj_jw_object(w);
    yj_jw_ki64(w, "percent", s->tables.percent);
    yj_jw_ki64(w, "seed", s->tables.seed);
    yj_jw_end_object(w);
}

static yj_status run_all(yj_scan_cmd *s, yj_error *err)
{
    yj_cli *c = s->c;
    yj_scan_wish wish = { .show = yj_cli_has(c, YJ_OPT_SHOW),
                          .own = s->own,
                          .memo = s->memo,
                          .print_key = yj_buf_view(&s->print_key),
                          .file = on_file,
                          .go_on = go_on,
                          .progress = s->tty ? yj_scan_show_progress : NULL,
                          .with = s };
    if (yj_json_wanted(c)) {
        yj_jw_init(&s->json, &c->out);
        yj_jw_object(&s->json);
        yj_jw_key(&s->json, s->tables.url ? "columns" : "files");
        yj_jw_array(&s->json);
    }
    yj_status status = s->tables.url ? yj_scan_tables_run(&s->tables, &wish, err)
                                     : yj_scan_run(c->arg, c->arg_count, &wish, err);
    yj_scan_clear_progress(s);
    if (status != YJ_OK) {
        yj_buf_clear(&c->out); /* half a list would pass for a whole one */
        return status;
    }
    if (!yj_json_wanted(c)) {
        yj_scan_say_end(s);
        return YJ_OK;
    }
    yj_jw_end_array(&s->json);
    if (s->tables.url)
        json_database(s);
    yj_scan_json_counts(&s->json, s->own, s->sum.count);
    yj_jw_ki64(&s->json, "hits", (int64_t)s->sum.hits);
    if (s->own) {
        char hex[2 * YJ_HASH_LEN + 1];
        yj_digest_hex(&s->rules, hex);
        yj_jw_kstr(&s->json, "own_rules_sha256", hex);
        yj_jw_ki64(&s->json, "own_rules_percent_of_time",
                   s->own->all_ns ? (int64_t)(s->own->own_ns * 100 / s->own->all_ns) : 0);
    }
    yj_jw_ki64(&s->json, "bytes", (int64_t)s->sum.bytes);
    yj_jw_ki64(&s->json, "landlock", yj_box_landlock());
    if (s->memo)
        yj_jw_ki64(&s->json, "from_state", (int64_t)s->sum.remembered);
    yj_jw_key(&s->json, "states");
    yj_jw_object(&s->json);
    for (int i = 0; i < YJ_SCAN_STATE_COUNT_; i++)
        yj_jw_ki64(&s->json, yj_scan_state_name((yj_scan_state)i), (int64_t)s->sum.states[i]);
    yj_jw_end_object(&s->json);
    yj_jw_end_object(&s->json);
    yj_buf_char(&c->out, '\n');
    return YJ_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

/* Known before anything is read. */
static yj_status inventory_form(yj_scan_cmd *s, yj_error *err)
{
    const char *path = s->c->value[YJ_OPT_INVENTORY];
    bool csv = path && ends_with(path, ".csv"), xlsx = path && ends_with(path, ".xlsx");
    s->rows.as = csv ? YJ_SCAN_CSV : xlsx ? YJ_SCAN_XLSX : YJ_SCAN_JSON_LINES;
    if (path && !csv && !xlsx && !ends_with(path, ".jsonl"))
        return yj_fail(err, YJ_E_USAGE, "--inventory needs a name that ends in .csv, .xlsx or .jsonl");
    return YJ_OK;
}

static yj_status write_inventory(yj_scan_cmd *s, const char *beside, yj_error *err)
{
    s->rows = (yj_scan_list){
        .as = s->rows.as, .own = s->own, .columns = s->tables.url != NULL, .sink = put_bytes, .with = s
    };
    YJ_TRY(yj_scan_list_begin(&s->rows, beside, err));
    YJ_TRY(run_all(s, err));
    return yj_scan_list_finish(&s->rows, err);
}

/* The list is written beside and takes its name when it is whole. */
static yj_status with_inventory(yj_scan_cmd *s, const char *path, yj_error *err)
{
    const char *beside = yj_arena_fmt(s->c->arena, "%s.part", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    s->inventory = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!s->inventory) {
        yj_status status = yj_fail_sys(err, yj_file_status(errno), "cannot write %s", beside);
        if (fd >= 0)
            close(fd);
        return status;
    }
    yj_status status = write_inventory(s, beside, err);
    bool written = fflush(s->inventory) == 0 && fsync(fd) == 0;
    if (!written && status == YJ_OK)
        status = yj_fail_sys(err, yj_file_status(errno), "cannot write the inventory");
    fclose(s->inventory);
    if (status == YJ_OK && rename(beside, path) != 0)
        status = yj_fail_sys(err, yj_file_status(errno), "cannot write %s", path);
    if (status != YJ_OK)
        unlink(beside);
    return status == YJ_OK ? yj_dir_sync_of(path, err) : status;
}

static yj_status prepare_database(yj_scan_cmd *s, yj_error *err)
{
    yj_cli *c = s->c;
    int64_t percent, seed;
    bool database = yj_cli_has(c, YJ_OPT_DATABASE);
    bool rows = yj_cli_has(c, YJ_OPT_SAMPLE) || yj_cli_has(c, YJ_OPT_PASSWORD_FILE);
    if (database ? c->arg_count > 0 : c->arg_count == 0)
        return yj_fail(err, YJ_E_USAGE, "scan takes paths, or --database URL");
    if (database && yj_cli_has(c, YJ_OPT_STATE))
        return yj_fail(err, YJ_E_USAGE, "--state is for files, not for --database");
    if (!database && rows)
        return yj_fail(err, YJ_E_USAGE, "--sample and --password-file are for --database");
    if (yj_cli_has(c, YJ_OPT_SEED) && !yj_cli_has(c, YJ_OPT_SAMPLE))
        return yj_fail(err, YJ_E_USAGE, "--seed is for --sample");
    YJ_TRY(yj_cli_number(c, YJ_OPT_SAMPLE, 1, 99, 0, &percent, err));
    YJ_TRY(yj_cli_number(c, YJ_OPT_SEED, 0, INT32_MAX, 1, &seed, err));
    s->tables = (yj_scan_tables){ .url = c->value[YJ_OPT_DATABASE],
                                  .password_file = c->value[YJ_OPT_PASSWORD_FILE],
                                  .percent = (unsigned)percent,
                                  .seed = (uint32_t)seed };
    s->sum.tables = database ? &s->tables : NULL;
    return YJ_OK;
}

static yj_status prepare_attest(yj_scan_cmd *s, yj_error *err)
{
    yj_cli *c = s->c;
    if (!yj_cli_has(c, YJ_OPT_ATTEST))
        return YJ_OK;
    if (c->many_count != 2)
        return yj_fail(err, YJ_E_USAGE,
                       "option --attest takes a private key and the file to write, at the end");
    if (c->arg_count > YJ_STATEMENT_SUBJECTS_MAX)
        return yj_fail(err, YJ_E_USAGE, "a statement names at most %d paths", YJ_STATEMENT_SUBJECTS_MAX);
    if (yj_path_exists(c->many[1]))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", c->many[1]);
    s->list_hasher = yj_hasher_new(YJ_HASH_SHA256);
    if (!s->list_hasher)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_hasher_begin(s->list_hasher);
    return yj_key_load(c->many[0], &s->key, err);
}

/* Whatever can be wrong is told before hours of reading. */
static yj_status prepare(yj_scan_cmd *s, yj_error *err)
{
    yj_cli *c = s->c;
    s->sum.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    s->sum.version = YJ_VERSION;
    YJ_TRY(prepare_database(s, err));
    if (!s->tables.url) /* the other one is not asked in between */
        heed_signals();
    YJ_TRY(inventory_form(s, err));
    if (yj_cli_has(c, YJ_OPT_RULES)) {
        YJ_TRY(yj_scan_rules_load(c->arena, c->value[YJ_OPT_RULES], &s->own, &s->rules, err));
        s->sum.own = s->own;
        s->sum.rules = &s->rules;
    }
    if (yj_cli_has(c, YJ_OPT_FINGERPRINT)) {
        YJ_TRY(yj_file_read(c->value[YJ_OPT_FINGERPRINT], PRINT_KEY_MOST, &s->print_key, err));
        if (s->print_key.len < PRINT_KEY_LEAST)
            return yj_fail(err, YJ_E_INVALID, "the key of fingerprints has fewer than %d bytes",
                           PRINT_KEY_LEAST);
    }
    YJ_TRY(prepare_attest(s, err));
    if (!yj_cli_has(c, YJ_OPT_STATE))
        return YJ_OK;
    yj_scan_memo_by by = { YJ_VERSION, s->sum.rules, yj_buf_view(&s->print_key) };
    return yj_scan_memo_open(c->value[YJ_OPT_STATE], &by, YJ_FILE_REST_NS, &s->memo, err);
}

static yj_status sign(yj_scan_cmd *s, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    if (!s->key)
        return YJ_OK;
    s->sum.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    if (yj_cli_has(s->c, YJ_OPT_INVENTORY)) {
        yj_hasher_end(s->list_hasher, &s->list);
        s->sum.inventory = &s->list;
    }
    YJ_TRY(yj_scan_attest_sign(&s->attest, &s->sum, s->key, &out, err));
    YJ_TRY(yj_file_write(s->c->many[1], yj_buf_view(&out), 0644, err));
    if (!yj_json_wanted(s->c))
        yj_say(s->c, "signed statement: %s\n", s->c->many[1]);
    return YJ_OK;
}

yj_status yj_cmd_scan(yj_cli *c, yj_error *err)
{
    yj_scan_cmd s = { .c = c, .since_ns = yj_monotonic_ns(), .tty = isatty(STDERR_FILENO) == 1 };
    yj_buf_init(&s.print_key, PRINT_KEY_MOST + 1);
    yj_scan_attest_init(&s.attest, c->arg, c->arg_count);
    const char *path = c->value[YJ_OPT_INVENTORY];
    yj_status status = prepare(&s, err);
    if (status == YJ_OK)
        status = path ? with_inventory(&s, path, err) : run_all(&s, err);
    if (status == YJ_OK)
        status = sign(&s, err);
    yj_scan_attest_done(&s.attest);
    yj_scan_memo_free(s.memo);
    yj_scan_list_done(&s.rows);
    if (s.print_key.ptr)
        explicit_bzero(s.print_key.ptr, s.print_key.cap);
    yj_buf_done(&s.print_key);
    yj_key_free(s.key);
    if (s.list_hasher)
        yj_hasher_free(s.list_hasher);
    return status;
}

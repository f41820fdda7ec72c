// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include "base/file.h"
#include "base/json.h"
#include "base/time.h"
#include "record/transfer.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const char *sync_mode = "full";
static const char *store_url; /* NULL: SQLite in the data folder */

/* The link replaces yj_store_open by this, so that an engine's connections are opened in the mode asked for.
 */
yj_status __real_yj_store_open(const char *url, yj_store **ret, yj_error *err);
yj_status __wrap_yj_store_open(const char *url, yj_store **ret, yj_error *err);
yj_status __wrap_yj_store_open(const char *url, yj_store **ret, yj_error *err)
{
    YJ_TRY(__real_yj_store_open(url, ret, err));
    return strcmp(sync_mode, "full") == 0 ? YJ_OK : yj_store_set_sync(*ret, sync_mode, err);
}

void must(yj_status s, const yj_error *err, const char *what)
{
    if (s == YJ_OK)
        return;
    fflush(stdout);
    fprintf(stderr, "bench: %s: %s (%s)\n", what, err->msg, err->field);
    exit(1);
}

void *must_have(void *p)
{
    if (!p) {
        fprintf(stderr, "bench: out of memory\n");
        exit(1);
    }
    return p;
}

static bool keep;

void world_keep(void)
{
    keep = true;
}

static const char *simulated;

void world_simulate(const char *instant)
{
    simulated = instant;
}

void world_sync(const char *mode)
{
    sync_mode = mode;
}

void world_store(const char *url)
{
    store_url = url;
}

bool world_on_sqlite(void)
{
    return !store_url;
}

/* A database is emptied before it is filled: what the run before left there goes. */
static void empty_store(void)
{
    yj_error err = { 0 };
    yj_store *store = NULL;
    yj_db *db = NULL;
    must(yj_store_open(store_url, &store, &err), &err, store_url);
    if (yj_store_engine(store) != YJ_ENGINE_POSTGRES) {
        fprintf(stderr, "bench: --store takes the address of a PostgreSQL database\n");
        exit(2);
    }
    must(yj_db_open(store, YJ_DB_WRITE, &db, &err), &err, "connect");
    must(yj_db_script(db, "DROP SCHEMA IF EXISTS yunjian, yunjian_rule CASCADE", &err), &err, "empty");
    yj_db_free(db);
    yj_store_free(store);
}

/* --- registers -------------------------------------------------------------------------------- */

static void write_register(const char *folder, unsigned number, unsigned deployments)
{
    yj_error err = { 0 };
    registers r;
    registers_make(&r, number, deployments);
    must(yj_dir_make(folder, &err), &err, folder);
    for (size_t i = 0; i < r.count; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s.jsonl", folder, r.of[i].kind);
        must(yj_file_write(path, yj_buf_view(&r.of[i].text), 0644, &err), &err, path);
    }
    printf("%zu rows of %zu kinds in %s\n", r.rows, r.count, folder);
    registers_free(&r);
}

void world_write(const char *folder, unsigned deployments)
{
    write_register(folder, 1, deployments);
    for (unsigned n = 2; n <= TEMPLATE_REGISTERS; n++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%u", folder, n);
        write_register(path, n, deployments);
    }
}

static size_t import_register(world *w, size_t institution, unsigned number, unsigned deployments)
{
    yj_error err = { 0 };
    registers r;
    registers_make(&r, number, deployments);
    size_t rows = r.rows;
    char(*names)[80] = must_have(calloc(r.count + 1, sizeof *names));
    yj_import_file *files = must_have(calloc(r.count + 1, sizeof *files));
    for (size_t i = 0; i < r.count; i++) {
        snprintf(names[i], sizeof names[i], "%s.jsonl", r.of[i].kind);
        files[i] = (yj_import_file){ .name = names[i], .content = yj_buf_view(&r.of[i].text) };
    }
    yj_import_report report;
    yj_status s = yj_import(w->e, w->inst[institution].inst, yj_engine_operator(w->e), files, r.count, false,
                            &report, &err);
    for (size_t i = 0; i < report.problem_count && i < 5; i++)
        fprintf(stderr, "%s:%zu: %s: %s\n", report.problems[i].file, report.problems[i].line,
                report.problems[i].field, report.problems[i].msg);
    must(s, &err, "import");
    yj_import_report_done(&report);
    free(files);
    free(names);
    registers_free(&r);
    return rows;
}

/* How many registers the institution has: each is all or nothing, and each changes the policy. */
static unsigned registers_had(world *w, size_t institution)
{
    char id[YJ_UUID_LEN + 1], sql[200];
    world_id('a', WORLD_POLICY, 0, id);
    snprintf(sql, sizeof sql,
             "SELECT coalesce(max(version), 0) FROM r_policy WHERE inst = %lld AND id = '%s'",
             (long long)w->inst[institution].inst, id);
    return (unsigned)world_number(w, sql);
}

size_t world_import(world *w, size_t institution, unsigned deployments)
{
    size_t rows = 0;
    for (unsigned n = registers_had(w, institution) + 1; n <= TEMPLATE_REGISTERS; n++)
        rows += import_register(w, institution, n, deployments);
    return rows;
}

/* --- installation ----------------------------------------------------------------------------- */

void world_open(world *w, bool judge)
{
    yj_error err = { 0 };
    must(yj_engine_open(w->data, &(yj_open_options){ .serve = true, .no_judge = !judge }, &w->e, &err), &err,
         "open");
    w->c = yj_engine_catalog(w->e);
}

void world_close(world *w)
{
    yj_catalog_unref(w->c);
    yj_engine_close(w->e);
    w->e = NULL;
    w->c = NULL;
}

void world_drop(world *w)
{
    yj_error err = { 0 };
    world_close(w);
    if (!keep)
        must(yj_dir_remove(w->data, &err), &err, "remove");
    free(w->inst);
    w->inst = NULL;
}

void world_settle(world *w)
{
    yj_error err = { 0 };
    must(yj_engine_settle(w->e, 600000, &err), &err, "settle");
}

void world_institution(world *w, const char *code)
{
    yj_error err = { 0 };
    w->inst = must_have(realloc(w->inst, (w->inst_count + 1) * sizeof *w->inst));
    json_t *f = json_pack("{s:s, s:s, s:s}", "code", code, "name", code, "type", "client");
    must(yj_institution_open(w->e, f, yj_engine_operator(w->e), &w->inst[w->inst_count++], &err), &err,
         "institution");
    json_decref(f);
}

/* What a world is made from. */
static void world_told(char *said, size_t size, unsigned deployments)
{
    snprintf(said, size, "%u deployments, seed %" PRIu64 ", density %u", deployments, template_seed(),
             template_density());
}

/* Does the folder hold a world that world_make may add to: kept, of the same deployments? */
static bool kept_world(const char *data, unsigned deployments)
{
    yj_error err = { 0 };
    yj_buf b;
    char path[1024], said[80];
    snprintf(path, sizeof path, "%s/bench-deployments", data);
    world_told(said, sizeof said, deployments);
    if (!keep || store_url || !yj_path_exists(path))
        return false;
    yj_buf_init(&b, sizeof said);
    must(yj_file_read(path, sizeof said, &b, &err), &err, path);
    bool same = yj_span_is(yj_buf_view(&b), said);
    yj_buf_done(&b);
    return same;
}

static void fresh_world(const char *data, unsigned deployments)
{
    static const char *const packs[] = { SOURCE_ROOT "/packs/core", SOURCE_ROOT "/packs/sf-cloud" };
    yj_error err = { 0 };
    char path[1024], said[80];
    if (yj_path_exists(data))
        must(yj_dir_remove(data, &err), &err, data);
    if (store_url)
        empty_store();
    yj_init_options o = {
        .store_url = store_url, .packs = packs, .pack_count = YJ_COUNT(packs), .simulated_clock = simulated
    };
    must(yj_engine_init(data, &o, &err), &err, "init");
    snprintf(path, sizeof path, "%s/bench-deployments", data);
    world_told(said, sizeof said, deployments);
    must(yj_file_write(path, yj_span_of(said), 0644, &err), &err, path);
}

/* Is it in a kept world already? */
static bool institution_is_there(world *w, const char *code)
{
    yj_error err = { 0 };
    yj_institution in;
    if (yj_institution_find(w->e, code, &in, &err) != YJ_OK)
        return false;
    w->inst = must_have(realloc(w->inst, (w->inst_count + 1) * sizeof *w->inst));
    w->inst[w->inst_count++] = in;
    return true;
}

void world_make(world *w, const char *data, size_t institutions, unsigned deployments)
{
    *w = (world){ .data = data, .deployments = deployments };
    if (!kept_world(data, deployments))
        fresh_world(data, deployments);
    const char *mode = sync_mode;
    sync_mode = "off"; /* only while it is filled */
    world_open(w, true);
    int64_t t0 = yj_monotonic_ns();
    size_t rows = 0;
    for (size_t i = 0; i < institutions; i++) {
        char code[32];
        snprintf(code, sizeof code, "bench-%zu", i);
        if (!institution_is_there(w, code))
            world_institution(w, code);
        rows += world_import(w, i, deployments);
    }
    int64_t t1 = yj_monotonic_ns();
    world_settle(w);
    int64_t t2 = yj_monotonic_ns();
    printf("# %zu institutions of %u deployments: %zu rows imported in %.1f s (%.0f rows/s), judged %.1f s "
           "later, %lld verdicts stored\n",
           institutions, deployments, rows, (double)(t1 - t0) / 1e9, (double)rows * 1e9 / (double)(t1 - t0),
           (double)(t2 - t1) / 1e9, (long long)world_number(w, "SELECT count(*) FROM verdict"));
    fflush(stdout);
    world_close(w);
    sync_mode = mode;
    world_open(w, true);
    world_settle(w);
}

int world_kind(const world *w, const char *name)
{
    const yj_kind *k = yj_catalog_kind(w->c, yj_span_of(name));
    if (!k)
        abort();
    return k->index;
}

int64_t world_number(world *w, const char *sql)
{
    yj_error err = { 0 };
    yj_db *db = NULL;
    yj_stmt *st = NULL;
    bool row = false;
    must(yj_reader_take(w->e, &db, &err), &err, "reader");
    must(yj_db_prepare_made(db, sql, &st, &err), &err, sql);
    must(yj_stmt_step(st, &row, &err), &err, sql);
    int64_t n = row ? yj_col_i64(st, 0) : -1;
    yj_stmt_done(st);
    yj_reader_give(w->e, db);
    return n;
}

/* --- statistics ------------------------------------------------------------------------------- */

void sample_add(sample *s, int64_t ns)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? 2 * s->cap : 1024;
        s->ns = must_have(realloc(s->ns, s->cap * sizeof *s->ns));
    }
    s->ns[s->count++] = ns;
}

void sample_join(sample *s, const sample *other)
{
    for (size_t i = 0; i < other->count; i++)
        sample_add(s, other->ns[i]);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

double sample_ms(sample *s, unsigned permille)
{
    if (s->count == 0)
        return 0;
    qsort(s->ns, s->count, sizeof *s->ns, by_value);
    size_t at = s->count * permille / 1000;
    return (double)s->ns[at < s->count ? at : s->count - 1] / 1e6;
}

void sample_free(sample *s)
{
    free(s->ns);
    *s = (sample){ 0 };
}

double fsync_ms(const char *data)
{
    char path[1024];
    static const char page[4096];
    sample s = { 0 };
    snprintf(path, sizeof path, "%s.fsync", data);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    for (int i = 0; fd >= 0 && i < 200; i++) {
        int64_t t = yj_monotonic_ns();
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd) != 0)
            abort();
        sample_add(&s, yj_monotonic_ns() - t);
    }
    if (fd >= 0)
        close(fd);
    unlink(path);
    double ms = sample_ms(&s, 500);
    sample_free(&s);
    return ms;
}

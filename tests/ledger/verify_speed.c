// SPDX-License-Identifier: Apache-2.0
/*
 * Measures, not run by the suite:
 *
 *   verify_speed FOLDER ENTRIES BODY_BYTES [std|gm]
 *
 * makes a store of ENTRIES entries in FOLDER (which must not exist; a tmpfs or a disk), exports it with
 * bodies and without, and verifies each with 1 and with 2 threads. Times are wall and CPU seconds; what is
 * read comes from the page cache. The store is written with its durability off: only reading is measured
 * here.
 */
#include "base/file.h"
#include "ledger/ledger.h"
#include "store/schema.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define INSTITUTION "0190f3a0-0000-7000-8000-0000000000aa"
#define T0 INT64_C(1795341600000000000)
#define GROUP UINT64_C(1000)

typedef struct stopwatch {
    int64_t wall_ns;
    clock_t cpu;
} stopwatch;

static stopwatch start(void)
{
    return (stopwatch){ yj_monotonic_ns(), clock() };
}

static void stop(stopwatch s, const char *what, uint64_t entries)
{
    double wall = (double)(yj_monotonic_ns() - s.wall_ns) / 1e9,
           cpu = (double)(clock() - s.cpu) / CLOCKS_PER_SEC;
    printf("%-32s %8.3f s  %8.3f CPU s", what, wall, cpu);
    if (entries)
        printf("  %10.0f entries/s  %10.0f entries/CPU s", (double)entries / wall, (double)entries / cpu);
    printf("\n");
    fflush(stdout);
}

static yj_status fill(yj_db *db, yj_ledger *l, uint64_t entries, size_t body_bytes, yj_error *err)
{
    char *body = malloc(body_bytes + 64), record[YJ_UUID_LEN + 1];
    if (!body)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yj_status st = YJ_OK;
    for (uint64_t n = 0; st == YJ_OK && n < entries; n += GROUP) {
        uint64_t from = l->frontier.size;
        st = yj_db_begin(db, YJ_DB_WRITE, err);
        for (uint64_t i = n; st == YJ_OK && i < entries && i < n + GROUP; i++) {
            size_t len = (size_t)snprintf(body, 64, "{\"n\":%" PRIu64 ",\"text\":\"", i);
            while (len + 2 < body_bytes)
                body[len++] = 'x';
            body[len++] = '"';
            body[len++] = '}';
            yj_uuid7(T0 + (int64_t)i * 1000, record);
            yj_append a = { .by = INSTITUTION,
                            .op = "change",
                            .kind = "contract",
                            .record = record,
                            .version = 3,
                            .now_ns = T0 + (int64_t)i * 1000,
                            .body = { body, len } };
            st = yj_ledger_append(db, l, &a, NULL, NULL, err);
        }
        if (st == YJ_OK)
            st = yj_ledger_seal(db, l, from, err);
        if (st == YJ_OK)
            st = yj_db_commit(db, err);
    }
    free(body);
    return st;
}

static yj_status verify_twice(const char *folder, const char *what, uint64_t entries, yj_error *err)
{
    for (unsigned threads = 1; threads <= 2; threads++) {
        char name[64];
        yj_verify_report r;
        for (int again = 0; again < 3; again++) {
            stopwatch s = start();
            YJ_TRY(yj_ledger_verify_folder(folder, NULL, threads, &r, err));
            snprintf(name, sizeof name, "verify %s, %u thread%s", what, threads, threads > 1 ? "s" : "");
            stop(s, name, entries);
        }
        if (r.proven != entries)
            return yj_fail(err, YJ_E_CORRUPT, "not all was verified");
    }
    return YJ_OK;
}

static yj_status measure(const char *folder, uint64_t entries, size_t body_bytes, yj_crypto crypto,
                         yj_error *err)
{
    char path[4][1024];
    static const char *const names[] = { "store.db", "keys", "log", "log-bodies" };
    for (size_t i = 0; i < 4; i++)
        snprintf(path[i], sizeof path[i], "%s%s/%s", i == 0 ? "sqlite:" : "", folder, names[i]);
    yj_auto(yj_store_freep) yj_store *store = NULL;
    yj_auto(yj_db_freep) yj_db *db = NULL;
    yj_auto(yj_keyring_freep) yj_keyring *keys = NULL;
    yj_auto(yj_buf_done) yj_buf note;
    yj_buf_init(&note, YJ_NOTE_BYTES_MAX);
    const yj_key *key;
    yj_ledger l;
    YJ_TRY(yj_dir_make(folder, err));
    YJ_TRY(yj_store_open(path[0], &store, err));
    YJ_TRY(yj_store_migrate(store, yj_schema_migrations, yj_schema_migration_count, NULL, NULL, err));
    YJ_TRY(yj_store_set_sync(store, "off", err));
    YJ_TRY(yj_db_open(store, YJ_DB_WRITE, &db, err));
    YJ_TRY(yj_keyring_open(path[1], &keys, err));
    YJ_TRY(yj_keyring_make(keys, INSTITUTION, crypto, &key, err));
    YJ_TRY(yj_ledger_create(db, 1, INSTITUTION, "yj.example/speed", crypto, &l, err));
    stopwatch s = start();
    YJ_TRY(fill(db, &l, entries, body_bytes, err));
    stop(s, "append, seal (sync off)", entries);
    YJ_TRY(yj_db_begin(db, YJ_DB_WRITE, err));
    YJ_TRY(yj_checkpoint_make(db, keys, &l, T0, &note, err));
    YJ_TRY(yj_db_commit(db, err));
    for (int i = 0; i < 3; i++) {
        s = start();
        YJ_TRY(yj_ledger_check_start(db, keys, 1, err));
        stop(s, "check at start", 0);
    }
    yj_verify_report r;
    s = start();
    YJ_TRY(yj_ledger_verify_store(db, keys, 1, &r, err));
    stop(s, "verify store", entries);
    s = start();
    YJ_TRY(yj_ledger_export(db, keys, 1, path[2], false, err));
    stop(s, "export without bodies", entries);
    s = start();
    YJ_TRY(yj_ledger_export(db, keys, 1, path[3], true, err));
    stop(s, "export with bodies", entries);
    YJ_TRY(verify_twice(path[2], "leaves", entries, err));
    return verify_twice(path[3], "leaves and bodies", entries, err);
}

int main(int argc, char **argv)
{
    int64_t entries, body_bytes;
    yj_crypto crypto = YJ_CRYPTO_STD;
    yj_error err = { .code = YJ_OK };
    if (argc < 4 || !yj_span_i64(yj_span_of(argv[2]), &entries) ||
        !yj_span_i64(yj_span_of(argv[3]), &body_bytes) || entries < 1 || body_bytes < 64 ||
        (argc > 4 && !yj_crypto_by_name(yj_span_of(argv[4]), &crypto))) {
        fprintf(stderr, "usage: verify_speed FOLDER ENTRIES BODY_BYTES [std|gm]\n");
        return 2;
    }
    yj_status st = measure(argv[1], (uint64_t)entries, (size_t)body_bytes, crypto, &err);
    if (st != YJ_OK)
        fprintf(stderr, "%s\n", err.msg);
    return yj_status_exit(st);
}

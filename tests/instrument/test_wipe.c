// SPDX-License-Identifier: Apache-2.0
/* Runs on a disk that is memory, which answers as disks were seen to answer, and lies as some do. */
#include "../base/test.h"

#include "instrument/wipe/certificate.h"
#include "instrument/wipe/device.h"
#include "instrument/wipe/target.h"
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES ((size_t)9 << 20) /* more than two pieces, and an odd end */
#define SIZE (BYTES + 512)

typedef struct fake {
    uint8_t *bytes;
    yj_disk_id id;
    unsigned identified, changes_at; /* the serial is another from that look on */
    bool mounted;
    bool drops_writes, keeps_half, erases, short_writes;
    uint64_t bad_from, bad_to; /* writing fails there */
    uint64_t blind_from, blind_to;
    int bad_errno;
    unsigned writes, stop_at;
    atomic_bool stop;
    const uint8_t (*log)[YJ_NVME_SANITIZE_LOG_LEN]; /* the answers, one after another; the last stays */
    size_t logs, asked, commands;
} fake;

static yj_status identify(void *self, yj_disk_id *ret, yj_error *err)
{
    fake *f = self;
    *ret = f->id;
    if (++f->identified >= f->changes_at && f->changes_at)
        snprintf(ret->serial, sizeof ret->serial, "ANOTHER");
    return YJ_OK;
}

static yj_status allowed(void *self, yj_error *err)
{
    const fake *f = self;
    return f->mounted ? yj_fail(err, YJ_E_CONFLICT, "it is mounted, or a part of it is") : YJ_OK;
}

static int64_t fake_read(void *self, void *ret, size_t len, uint64_t at)
{
    const fake *f = self;
    if (at < f->blind_to && at + len > f->blind_from) {
        errno = EIO;
        return -1;
    }
    if (at >= f->id.bytes)
        return 0;
    size_t n = f->id.bytes - at < len ? (size_t)(f->id.bytes - at) : len;
    memcpy(ret, f->bytes + at, n);
    return (int64_t)n;
}

static int64_t fake_write(void *self, const void *bytes, size_t len, uint64_t at)
{
    fake *f = self;
    if (len > YJ_PASS_GRAIN && f->stop_at && ++f->writes >= f->stop_at)
        atomic_store(&f->stop, true);
    if (at < f->bad_to && at + len > f->bad_from) {
        errno = f->bad_errno;
        return -1;
    }
    if (f->short_writes && len > 4096)
        len = len / 2 / 512 * 512;
    bool upper = at >= f->id.bytes / 2;
    if (!f->drops_writes && !(f->keeps_half && upper && len > YJ_PASS_GRAIN))
        memcpy(f->bytes + at, bytes, len);
    return (int64_t)len;
}

static int fake_sync(void *self)
{
    return 0;
}

static yj_status command(void *self, yj_wipe_method m, yj_error *err)
{
    fake *f = self;
    f->commands++;
    if (f->erases)
        memset(f->bytes, m == YJ_METHOD_NVME_CRYPTO ? 0x5a : 0,
               f->keeps_half ? f->id.bytes / 2 : f->id.bytes);
    return YJ_OK;
}

static yj_status status(void *self, yj_wipe_method m, yj_disk_status *ret, yj_error *err)
{
    fake *f = self;
    size_t n = f->asked < f->logs ? f->asked++ : f->logs - 1;
    yj_nvme_status(f->log[n], m, ret);
    return YJ_OK;
}

static void no_pause(void *self)
{
}

static const yj_disk_ops ops = { identify,  allowed, fake_read, fake_write,
                                 fake_sync, command, status,    no_pause };

/* Sanitize log pages as devices gave them: SPROG, SSTAT, SCDW10. */
static const uint8_t log_never[20] = { 0xff, 0xff, 0, 0 };
static const uint8_t log_going[3][20] = { { 0x8f, 0x02, 2, 0, 2 },
                                          { 0x00, 0x80, 2, 0, 2 },
                                          { 0xff, 0xff, 1, 1, 2 } };
static const uint8_t log_failed[2][20] = { { 0x00, 0x10, 2, 0, 2 }, { 0xff, 0xff, 3, 0, 2 } };
static const uint8_t log_stuck[1][20] = { { 0x8f, 0x02, 2, 0, 2 } };
static const uint8_t log_older[1][20] = { { 0xff, 0xff, 1, 1, 4 } }; /* complete, but of a crypto erase */
static const uint8_t log_crypto[2][20] = { { 0x10, 0, 2, 0, 4 }, { 0xff, 0xff, 4, 1, 4 } };

static int make(void **state)
{
    fake *f = calloc(1, sizeof *f);
    f->bytes = malloc(SIZE);
    uint64_t seed = TEST_SEED;
    for (size_t i = 0; i + 8 <= SIZE; i += 8) {
        uint64_t n = test_random(&seed);
        memcpy(f->bytes + i, &n, 8);
    }
    f->id = (yj_disk_id){ .serial = "S-1",
                          .model = "fake",
                          .bytes = SIZE,
                          .block = 512,
                          .medium = YJ_MEDIUM_NVME,
                          .can = UINT32_MAX };
    f->bad_errno = EIO;
    *state = f;
    return 0;
}

static int done(void **state)
{
    fake *f = *state;
    free(f->bytes);
    free(f);
    return 0;
}

static yj_error err;
static yj_wipe_result *result; /* large */

static yj_status go(fake *f, yj_wipe_method m, const char *state_path, unsigned sample)
{
    static yj_wipe_result r;
    result = &r;
    const yj_disk d = { &ops, f };
    yj_wipe_options o = { .method = yj_wipe_method_reaches(f->id.medium, m),
                          .serial = "S-1",
                          .sample = sample,
                          .state_path = state_path,
                          .stuck = 5,
                          .stop = &f->stop };
    memset(&err, 0, sizeof err);
    return yj_wipe_run(&d, &o, &r, &err);
}

static yj_key *key;
static const yj_wipe_about about = {
    .grade = 1, .wanted = YJ_OUTCOME_CLEAR, .by = "A", .witness = "B", .target = "fake", .version = "test"
};

/* Certified, or the refusal to. */
static bool certified(const yj_wipe_about *a)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_error ignored = { 0 };
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX);
    yj_status s = yj_wipe_sign(result, a, key, &out, &ignored);
    assert_true(s == YJ_OK || s == YJ_E_GATE);
    assert_true((s == YJ_OK) == (out.len > 0));
    return s == YJ_OK;
}

static void overwriting__is_certified_after_it_was_read(void **state)
{
    fake *f = *state;
    static const yj_wipe_method methods[] = { YJ_METHOD_ZEROS, YJ_METHOD_PATTERN, YJ_METHOD_RANDOM };
    for (size_t i = 0; i < YJ_COUNT(methods); i++) {
        assert_int_equal(go(f, methods[i], NULL, 0), YJ_OK);
        assert_true(yj_wipe_fine(result));
        assert_int_equal(result->was_read, SIZE);
        assert_int_equal(result->canaries, YJ_CANARIES_MAX);
        assert_true(certified(&about));
    }
    assert_int_equal(go(f, YJ_METHOD_PATTERN, NULL, 0), YJ_OK);
    assert_int_equal(f->bytes[SIZE - 1], 0xaa);
    yj_wipe_about purge = about;
    purge.wanted = YJ_OUTCOME_PURGE; /* flash, overwritten */
    assert_false(certified(&purge));
    yj_wipe_about alone = about;
    alone.witness = "A";
    assert_false(certified(&alone));
    alone.witness = NULL;
    assert_false(certified(&alone));
}

static void short_writes__are_gone_on_with(void **state)
{
    fake *f = *state;
    f->short_writes = true;
    assert_int_equal(go(f, YJ_METHOD_RANDOM, NULL, 0), YJ_OK);
    assert_true(yj_wipe_fine(result));
}

static void another_medium__is_refused_before_the_first_byte(void **state)
{
    fake *f = *state;
    uint8_t *before = malloc(SIZE);
    memcpy(before, f->bytes, SIZE);
    f->changes_at = 2; /* between the first look and the first byte */
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_E_CONFLICT);
    f->changes_at = 0;
    snprintf(f->id.serial, sizeof f->id.serial, "S-2");
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_E_CONFLICT);
    snprintf(f->id.serial, sizeof f->id.serial, "S-1");
    f->mounted = true;
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_E_CONFLICT);
    assert_memory_equal(before, f->bytes, SIZE);
    free(before);
    f->mounted = false;
    f->identified = 0;
    f->changes_at = 3; /* while it ran */
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_OK);
    assert_false(yj_wipe_fine(result));
    assert_false(certified(&about));
}

static void failures__are_listed_and_never_certified(void **state)
{
    fake *f = *state;
    f->bad_from = 5 << 20;
    f->bad_to = f->bad_from + 100; /* inside one block of 4 KiB */
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_OK);
    assert_false(certified(&about));
    assert_int_equal(result->bad.row[0].kind, YJ_RANGE_WRITE);
    assert_int_equal(result->bad.row[0].from, 5 << 20);
    assert_int_equal(result->bad.row[0].to, (5 << 20) + YJ_PASS_GRAIN);
    assert_int_equal(result->bad.row[1].kind, YJ_RANGE_DIFFERS);
    assert_int_equal(result->bad.count, 2);
    f->bad_to = 0;
    f->blind_from = 6 << 20;
    f->blind_to = f->blind_from + 1;
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_OK);
    assert_false(certified(&about));
    assert_int_equal(result->bad.count, 1);
    assert_int_equal(result->bad.row[0].kind, YJ_RANGE_READ);
    f->blind_to = 0;
    f->bad_from = 5 << 20;
    f->bad_to = SIZE;
    f->bad_errno = ENOSPC; /* nothing after it can go better */
    assert_int_equal(go(f, YJ_METHOD_RANDOM, NULL, 0), YJ_E_IO);
    assert_false(certified(&about));
    assert_int_equal(result->bad.row[0].to, SIZE);
}

static void a_disk_that_drops_writes__is_found_out(void **state)
{
    fake *f = *state;
    f->drops_writes = true;
    assert_int_equal(go(f, YJ_METHOD_ZEROS, NULL, 0), YJ_OK);
    assert_int_equal(result->canaries, 0);
    assert_false(certified(&about));
    f->drops_writes = false;
    f->keeps_half = true;
    assert_int_equal(go(f, YJ_METHOD_RANDOM, NULL, 0), YJ_OK);
    assert_true(result->canaries_found > 0);
    assert_false(certified(&about));
}

static void use_log(fake *f, const uint8_t (*log)[20], size_t count)
{
    f->log = log;
    f->logs = count;
    f->asked = 0;
}

static void a_sanitize__is_believed_when_complete_and_read(void **state)
{
    fake *f = *state;
    f->erases = true;
    use_log(f, log_going, 3);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_OK);
    assert_int_equal(f->asked, 3);
    yj_wipe_about purge = about;
    purge.wanted = YJ_OUTCOME_PURGE;
    assert_true(certified(&purge));
    use_log(f, log_crypto, 2);
    assert_int_equal(go(f, YJ_METHOD_NVME_CRYPTO, NULL, 0), YJ_OK);
    assert_true(certified(&purge));
    f->drops_writes = true; /* no canary could be put: nothing tells that the data is gone */
    use_log(f, log_crypto, 2);
    assert_int_equal(go(f, YJ_METHOD_NVME_CRYPTO, NULL, 0), YJ_OK);
    assert_false(certified(&purge));
}

static void a_sanitize_that_lies__is_found_out_by_reading(void **state)
{
    fake *f = *state;
    use_log(f, log_going, 3);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_OK); /* complete, it says, and did nothing */
    assert_int_equal(result->canaries_found, YJ_CANARIES_MAX);
    assert_false(certified(&about));
    use_log(f, log_crypto, 2);
    assert_int_equal(go(f, YJ_METHOD_NVME_CRYPTO, NULL, 0), YJ_OK);
    assert_false(certified(&about));
    f->erases = f->keeps_half = true;
    use_log(f, log_going, 3);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_OK);
    assert_true(result->bad.count > 0);
    assert_false(certified(&about));
}

static void a_sanitize_that_fails__ends_the_run(void **state)
{
    fake *f = *state;
    f->erases = true;
    use_log(f, log_failed, 2);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_E_IO);
    assert_false(certified(&about));
    use_log(f, log_stuck, 1);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_E_IO);
    assert_non_null(strstr(err.msg, "does not get on"));
    assert_false(certified(&about));
    use_log(f, &log_never, 1);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_E_IO);
    use_log(f, log_older, 1);
    assert_int_equal(go(f, YJ_METHOD_NVME_BLOCK, NULL, 0), YJ_E_IO);
    assert_non_null(strstr(err.msg, "erased nothing"));
    assert_false(certified(&about));
}

static void an_interrupted_run__goes_on_and_reads_everything(void **state)
{
    fake *f = *state;
    char folder[] = "/tmp/yj-wipe-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/state", folder);
    f->stop_at = 2;
    assert_int_equal(go(f, YJ_METHOD_RANDOM, path, 0), YJ_E_BUSY);
    assert_false(certified(&about));
    uint8_t seed = result->seed[0], last[512];
    memcpy(last, f->bytes + SIZE - sizeof last, sizeof last);
    assert_int_equal(go(f, YJ_METHOD_ZEROS, path, 0), YJ_E_CONFLICT); /* another method */
    f->stop_at = 0;
    atomic_store(&f->stop, false);
    memset(f->bytes, 7, YJ_PASS_GRAIN); /* somebody wrote over what was done */
    assert_int_equal(go(f, YJ_METHOD_RANDOM, path, 10), YJ_OK);
    assert_true(result->resumed);
    assert_int_equal(result->seed[0], seed);
    assert_int_equal(result->sample, 0);
    assert_int_equal(result->bad.row[0].kind, YJ_RANGE_DIFFERS);
    assert_false(certified(&about));
    assert_int_equal(access(path, F_OK), 0); /* it can be tried again, and is written anew */
    assert_int_equal(go(f, YJ_METHOD_RANDOM, path, 0), YJ_OK);
    assert_true(certified(&about));
    assert_int_not_equal(access(path, F_OK), 0);
    f->writes = 0;
    f->stop_at = 2;
    assert_int_equal(go(f, YJ_METHOD_RANDOM, path, 0), YJ_E_BUSY);
    f->stop_at = 0;
    atomic_store(&f->stop, false);
    assert_int_equal(go(f, YJ_METHOD_RANDOM, path, 0), YJ_OK);
    assert_true(result->resumed && certified(&about));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_memory_not_equal(f->bytes + SIZE - sizeof last, last, sizeof last);
    rmdir(folder);
}

static void samples__are_spread_and_never_overlap(void **state)
{
    const uint8_t seed[YJ_SEED_LEN] = { 1, 2, 3 };
    static const uint64_t sizes[] = { (uint64_t)1 << 30, ((uint64_t)1 << 40) + 512, (uint64_t)400 << 20 };
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        size_t n = 0;
        uint64_t sum = 0;
        yj_extent *e = yj_wipe_samples(sizes[i], 10, seed, &n);
        assert_non_null(e);
        for (size_t k = 0; k < n; k++) {
            sum += e[k].to - e[k].from;
            assert_true(e[k].from <= e[k].to && (e[k].from % YJ_PASS_GRAIN) == 0);
            assert_true(k == 0 || e[k].from >= e[k - 1].to);
        }
        assert_true(n == 2 * YJ_SAMPLE_PARTS + 2 && e[0].from == 0 && e[n - 1].to == sizes[i]);
        assert_true(sum >= sizes[i] / 10 - ((uint64_t)9 << 20) && sum < sizes[i] / 2);
        free(e);
    }
    size_t n = 0;
    yj_extent *e = yj_wipe_samples(4096, 10, seed, &n); /* too small for samples */
    assert_true(n == 1 && e[0].to == 4096);
    free(e);
}

static void methods__reach_what_the_tables_say(void **state)
{
    /* overwriting is never more than clear, and flash never purged by it, nor by ATA */
    for (size_t i = 0; i < yj_wipe_method_row_count; i++) {
        const yj_wipe_method_row *r = &yj_wipe_method_rows[i];
        assert_true(r->outcome > YJ_OUTCOME_NONE && r->source[0]);
        if (yj_wipe_method_after(r->method) == YJ_AFTER_PATTERN)
            assert_int_equal(r->outcome, YJ_OUTCOME_CLEAR);
        if (r->medium == YJ_MEDIUM_FLASH || r->medium == YJ_MEDIUM_FILE)
            assert_int_not_equal(r->outcome, YJ_OUTCOME_PURGE);
    }
    assert_int_equal(yj_grade_asks(2, true)->outcome, YJ_OUTCOME_PURGE);
    assert_null(yj_wipe_method_choose(YJ_MEDIUM_FLASH, YJ_OUTCOME_PURGE, (1U << YJ_METHOD_DESTRUCTION) - 1));
    assert_int_equal(yj_wipe_method_choose(YJ_MEDIUM_NVME, YJ_OUTCOME_PURGE, UINT32_MAX)->method,
                     YJ_METHOD_NVME_BLOCK);
    yj_disk_id cow = { .limits = 1U << YJ_LIMIT_COW };
    assert_int_equal(yj_wipe_outcome(&cow, &yj_wipe_method_rows[0]), YJ_OUTCOME_NONE);
}

static void answers_of_ata__are_read_strictly(void **state)
{
    uint8_t id[YJ_ATA_IDENTIFY_LEN] = { 0 };
    yj_disk_status s;
    assert_int_equal(yj_ata_can(id), 0);
    id[256] = 0x21; /* supported, enhanced */
    assert_int_equal(yj_ata_can(id), 1U << YJ_METHOD_ATA_ERASE | 1U << YJ_METHOD_ATA_ENHANCED);
    yj_ata_status(id, &s);
    assert_int_equal(s.state, YJ_DISK_COMPLETE);
    id[256] = 0x29; /* frozen */
    assert_int_equal(yj_ata_can(id), 0);
    id[256] = 0x23; /* security still on: the erasure did not end well */
    yj_ata_status(id, &s);
    assert_int_equal(s.state, YJ_DISK_FAILED);
    assert_string_equal(s.raw, "2300");
    uint8_t page[20] = { 0, 0, 5, 0, 2 };
    yj_nvme_status(page, YJ_METHOD_NVME_BLOCK, &s);
    assert_int_equal(s.state, YJ_DISK_FAILED); /* a status that is not defined */
}

/* --- who uses a device ------------------------------------------------------------------------ */

static void lay(const char *root, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    *strrchr(path, '/') = '\0';
    assert_status(yj_dir_make(path, &err), YJ_OK);
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void devices_in_use__are_refused_with_the_reason(void **state)
{
    const char *root = *state;
    char proc[300];
    snprintf(proc, sizeof proc, "%s/proc", root);
    assert_int_equal(yj_device_unused(root, proc, 8, 16, &err), YJ_E_IO); /* no table of mounts: no answer */
    lay(root, "proc/self/mountinfo", "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
    assert_status(yj_device_unused(root, proc, 8, 16, &err), YJ_E_CONFLICT); /* not known */
    lay(root, "dev/block/8:16/sdb1/partition", "1\n");
    lay(root, "dev/block/8:16/sdb1/dev", "8:17\n");
    assert_status(yj_device_unused(root, proc, 8, 16, &err), YJ_OK);
    lay(root, "dev/block/8:17/partition", "1\n");
    assert_status(yj_device_unused(root, proc, 8, 17, &err), YJ_E_CONFLICT);
    assert_non_null(strstr(err.msg, "partition"));
    lay(root, "proc/self/mountinfo",
        "22 1 8:2 / / rw - ext4 x rw\n36 22 8:17 / /mnt rw shared:1 - ext4 y rw\n");
    assert_status(yj_device_unused(root, proc, 8, 16, &err), YJ_E_CONFLICT);
    assert_non_null(strstr(err.msg, "mounted"));
    lay(root, "proc/self/mountinfo", "22 1 8:2 / / rw - ext4 x rw\n");
    lay(root, "dev/block/8:16/sdb1/holders/md0/x", "");
    assert_status(yj_device_unused(root, proc, 8, 16, &err), YJ_E_CONFLICT);
    assert_non_null(strstr(err.msg, "made of it"));
    /* the same disk by another cable */
    lay(root, "dev/block/8:32/device/wwid", "naa.5000c500a1b2c3d4\n");
    lay(root, "block/sdc/device/wwid", "naa.5000c500a1b2c3d4\n");
    lay(root, "block/sdc/dev", "8:32\n");
    lay(root, "block/sdd/device/wwid", "naa.5000c500a1b2c3d4\n");
    lay(root, "block/sdd/dev", "8:48\n");
    lay(root, "dev/block/8:48/size", "1\n");
    assert_status(yj_device_unused(root, proc, 8, 32, &err), YJ_OK);
    lay(root, "proc/self/mountinfo", "22 1 8:48 / / rw - ext4 x rw\n");
    assert_status(yj_device_unused(root, proc, 8, 32, &err), YJ_E_CONFLICT);
    assert_string_equal(err.msg, "sdd is the same medium by another path, and is in use");
    lay(root, "block/sdd/device/wwid", "naa.5000c500a1b2c3d5\n");
    assert_status(yj_device_unused(root, proc, 8, 32, &err), YJ_OK);
    lay(root, "dev/block/9:0/slaves/sdb/x", "");
    assert_status(yj_device_unused(root, proc, 9, 0, &err), YJ_E_CONFLICT);
    assert_non_null(strstr(err.msg, "other devices"));
}

/* Of a device of `size` bytes that says this at `at`: what its beginning and its end tell. */
static const char *by_end(uint64_t size, uint64_t at, const char *magic, size_t n)
{
    uint8_t *tail = calloc(1, YJ_MEMBER_BYTES);
    assert_non_null(tail);
    assert_null(yj_member_by_end(tail, YJ_MEMBER_BYTES, size));
    memcpy(tail + (at - (size - YJ_MEMBER_BYTES)), magic, n);
    const char *of = yj_member_by_end(tail, YJ_MEMBER_BYTES, size);
    const char *of_head = yj_member_of(tail, 4096); /* a beginning is no end */
    free(tail);
    assert_true(!of_head || of == of_head);
    return of;
}

static void members__are_known_by_their_end(void **state)
{
    const uint64_t kib = 1024,
                   sizes[] = { 4096 * kib, 4096 * kib + 512, 1000003 * kib + 512, (1ULL << 42) + 7 * kib };
    for (size_t i = 0; i < YJ_COUNT(sizes); i++) {
        uint64_t size = sizes[i], whole = size / (64 * kib) * 64 * kib,
                 labels = size / (256 * kib) * 256 * kib;
        assert_string_equal(by_end(size, whole - 64 * kib, "\xfc\x4e\x2b\xa9", 4), "MD");
        assert_string_equal(by_end(size, whole - 64 * kib, "\xa9\x2b\x4e\xfc", 4), "MD");
        /* between 8 and 12 KiB from the end, at a multiple of 4 KiB */
        assert_string_equal(by_end(size, (size - 8 * kib) / (4 * kib) * 4 * kib, "\xfc\x4e\x2b\xa9", 4),
                            "MD");
        assert_string_equal(by_end(size, size - 512, "\xde\x11\xde\x11", 4), "DDF");
        assert_string_equal(by_end(size, size - 1024, "Intel Raid ISM Cfg Sig. 1.0", 27), "Intel RST");
        assert_string_equal(by_end(size, labels - 128 * kib, "\x0c\xb1\xba\0\0\0\0\0", 8), "ZFS");
        assert_string_equal(by_end(size, labels - 512 * kib + 255 * kib, "\0\0\0\0\0\xba\xb1\x0c", 8), "ZFS");
        /* elsewhere it is anything */
        assert_null(by_end(size, size - 513, "\xde\x11\xde\x11", 4));
        assert_null(by_end(size, labels - 200 * kib, "\x0c\xb1\xba\0\0\0\0\0", 8));
    }
    uint8_t few[1024] = { 0 };
    memcpy(few + 512, "\xde\x11\xde\x11", 4);
    assert_null(yj_member_by_end(few, sizeof few, sizeof few)); /* no array is so small */
    assert_null(yj_member_by_end(few, sizeof few, 512));
    assert_string_equal(yj_member_by_end(few, sizeof few, 1 << 20), "DDF");
}

static void members__are_known_by_their_beginning(void **state)
{
    uint8_t *head = calloc(1, 128 << 10);
    assert_null(yj_member_of(head, 128 << 10));
    memcpy(head + 4096, "\xfc\x4e\x2b\xa9", 4);
    assert_string_equal(yj_member_of(head, 128 << 10), "MD");
    assert_null(yj_member_of(head, 4098));
    memcpy(head + 512, "LABELONE", 8);
    memcpy(head + 512 + 24, "LVM2 001", 8);
    assert_string_equal(yj_member_of(head, 128 << 10), "LVM");
    memset(head, 0, 128 << 10);
    memcpy(head, "bluestore block device\n", 23);
    assert_string_equal(yj_member_of(head, 128 << 10), "Ceph");
    uint8_t *labels = calloc(1, YJ_MEMBER_BYTES);
    memcpy(labels + (256 << 10) + (130 << 10), "\x0c\xb1\xba\0\0\0\0\0", 8);
    assert_string_equal(yj_member_of(labels, YJ_MEMBER_BYTES), "ZFS");
    assert_null(yj_member_of(labels, 386 << 10));
    free(labels);
    memset(head, 0, 128 << 10);
    memcpy(head, "LUKS\xba\xbe\0\1", 8);
    head[106] = 0x10; /* payload at sector 4096 */
    assert_int_equal(yj_luks_keys_bytes(head, 128 << 10), 4096 * 512);
    head[7] = 2;
    head[14] = 0x40; /* headers of 16 KiB */
    static const char segment[] =
        "{\"segments\":{\"0\":{\"type\":\"%s\",\"encryption\":\"%s\",\"size\":\"%s\","
        "\"offset\":\"%s\"}}}";
    static const char *const wrong[][4] = { { "linear", "aes-xts-plain64", "dynamic", "16777216" },
                                            { "crypt", "cipher_null-ecb", "dynamic", "16777216" },
                                            { "crypt", "aes-xts-plain64", "1048576", "16777216" },
                                            { "crypt", "aes-xts-plain64", "dynamic", "-5" } };
    for (size_t i = 0; i < YJ_COUNT(wrong); i++) {
        snprintf((char *)head + 4096, 200, segment, wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]);
        assert_int_equal(yj_luks_keys_bytes(head, 128 << 10), 0);
    }
    snprintf((char *)head + 4096, 200, segment, "crypt", "aes-xts-plain64", "dynamic", "16777216");
    assert_int_equal(yj_luks_keys_bytes(head, 128 << 10), 16777216);
    assert_int_equal(yj_luks_keys_bytes(head, 8192), 0); /* cut off */
    memcpy(head, "LUKS\xba\xbe\0\1", 8);
    memcpy(head + 8, "cipher_null", 12);
    assert_int_equal(yj_luks_keys_bytes(head, 128 << 10), 0);
    free(head);
}

/* --- files ------------------------------------------------------------------------------------ */

static void names_that_lead_elsewhere__are_refused(void **state)
{
    const char *root = *state;
    char path[300], other[300], link_path[300];
    const yj_target_options o = { .sys = "/sys", .proc = "/proc" };
    snprintf(path, sizeof path, "%s/a", root);
    snprintf(other, sizeof other, "%s/b", root);
    snprintf(link_path, sizeof link_path, "%s/l", root);
    lay(root, "a", "something to wipe");
    lay(root, "b", "something to keep");
    assert_int_equal(symlink(path, link_path), 0);
    yj_target *t = NULL;
    assert_status(yj_target_open(link_path, &o, &t, &err), YJ_E_CONFLICT);
    assert_status(yj_target_open("/dev/full", &o, &t, &err), YJ_E_CONFLICT);
    assert_status(yj_target_open(path, &o, &t, &err), YJ_OK);
    yj_disk d = yj_target_disk(t);
    yj_disk_id id;
    assert_status(d.ops->identify(d.self, &id, &err), YJ_OK);
    assert_int_equal(rename(other, path), 0); /* between the plan and the first byte */
    static yj_wipe_result r;
    const yj_wipe_options options = { .method = yj_wipe_method_reaches(YJ_MEDIUM_FILE, YJ_METHOD_ZEROS),
                                      .serial = id.serial };
    assert_status(yj_wipe_run(&d, &options, &r, &err), YJ_E_CONFLICT);
    yj_target_close(t);
    yj_auto(yj_buf_done) yj_buf text;
    yj_buf_init(&text, 100);
    assert_status(yj_file_read(path, 100, &text, &err), YJ_OK);
    assert_string_equal(text.ptr, "something to keep");
    lay(root, "data/yunjian.json", "{}");
    lay(root, "data/keys/k", "x");
    snprintf(path, sizeof path, "%s/data/keys/k", root);
    assert_status(yj_target_open(path, &o, &t, &err), YJ_OK);
    d = yj_target_disk(t);
    assert_status(d.ops->allowed(d.self, &err), YJ_E_CONFLICT);
    yj_target_close(t);
}

static int begin(void **state)
{
    yj_error e;
    return yj_key_generate(YJ_SIGN_ED25519, &key, &e) == YJ_OK ? 0 : -1;
}

static int end(void **state)
{
    yj_key_free(key);
    return 0;
}

#define on_fake(f) cmocka_unit_test_setup_teardown(f, make, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        on_fake(overwriting__is_certified_after_it_was_read),
        on_fake(short_writes__are_gone_on_with),
        on_fake(another_medium__is_refused_before_the_first_byte),
        on_fake(failures__are_listed_and_never_certified),
        on_fake(a_disk_that_drops_writes__is_found_out),
        on_fake(a_sanitize__is_believed_when_complete_and_read),
        on_fake(a_sanitize_that_lies__is_found_out_by_reading),
        on_fake(a_sanitize_that_fails__ends_the_run),
        on_fake(an_interrupted_run__goes_on_and_reads_everything),
        cmocka_unit_test(samples__are_spread_and_never_overlap),
        cmocka_unit_test(methods__reach_what_the_tables_say),
        cmocka_unit_test(answers_of_ata__are_read_strictly),
        unit_test_in_folder(devices_in_use__are_refused_with_the_reason),
        cmocka_unit_test(members__are_known_by_their_beginning),
        cmocka_unit_test(members__are_known_by_their_end),
        unit_test_in_folder(names_that_lead_elsewhere__are_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

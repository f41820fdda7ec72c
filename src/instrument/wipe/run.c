// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/run.h"
#include "base/time.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SAVE_NS (5 * YJ_NS_PER_S)

const char *yj_limit_name(unsigned limit)
{
    static const char *const names[YJ_LIMIT_COUNT_] = {
#define X(name, slug) [YJ_LIMIT_##name] = slug,
        YJ_LIMIT_LIST(X)
#undef X
    };
    return limit < YJ_LIMIT_COUNT_ ? names[limit] : "";
}

bool yj_disk_same(const yj_disk_id *a, const yj_disk_id *b)
{
    return strcmp(a->serial, b->serial) == 0 && strcmp(a->model, b->model) == 0 && a->bytes == b->bytes &&
           a->dev == b->dev && a->ino == b->ino && a->medium == b->medium;
}

/* --- chances ---------------------------------------------------------------------------------- */

/* Numbers from a seed that anybody can draw again: SHA-256 of seed, purpose and count. */
static uint64_t draw(const uint8_t *seed, char purpose, uint64_t i, uint64_t below)
{
    uint8_t in[YJ_SEED_LEN + 9];
    yj_digest d;
    uint64_t n = 0;
    memcpy(in, seed, YJ_SEED_LEN);
    in[YJ_SEED_LEN] = (uint8_t)purpose;
    for (int k = 0; k < 8; k++)
        in[YJ_SEED_LEN + 1 + k] = (uint8_t)(i >> (56 - 8 * k));
    yj_hash(YJ_HASH_SHA256, in, sizeof in, &d);
    for (int k = 0; k < 8; k++)
        n = n << 8 | d.b[k];
    return below ? n % below : 0;
}

static yj_extent *everything(uint64_t bytes, size_t *ret_count)
{
    yj_extent *e = calloc(1, sizeof *e);
    if (e)
        e[0].to = bytes;
    *ret_count = 1;
    return e;
}

yj_extent *yj_wipe_samples(uint64_t bytes, unsigned percent, const uint8_t seed[static YJ_SEED_LEN],
                           size_t *ret_count)
{
    uint64_t grains = bytes / YJ_PASS_GRAIN, part = grains / YJ_SAMPLE_PARTS, half = part / 2;
    uint64_t each = (part * percent + 199) / 200; /* blocks in a sample: half of the share of a part */
    if (percent == 0 || percent >= 100 || each >= half)
        return everything(bytes, ret_count);
    yj_extent *e = calloc(2 * YJ_SAMPLE_PARTS + 2, sizeof *e);
    size_t n = 0;
    if (!e)
        return NULL;
    e[n++] = (yj_extent){ 0, YJ_PASS_GRAIN };
    for (uint64_t i = 0; i < YJ_SAMPLE_PARTS; i++) {
        /* the last part takes what the division left over */
        uint64_t begin = i * part, end = i + 1 == YJ_SAMPLE_PARTS ? grains : begin + part;
        for (uint64_t k = 0; k < 2; k++) {
            uint64_t from = k ? begin + half : begin, room = (k ? end : begin + half) - from;
            uint64_t at = from + draw(seed, 's', 2 * i + k, room - each + 1);
            e[n++] = (yj_extent){ at * YJ_PASS_GRAIN, (at + each) * YJ_PASS_GRAIN };
        }
    }
    e[n++] = (yj_extent){ (grains - 1) * YJ_PASS_GRAIN, bytes };
    if (e[1].from == 0)
        e[0].to = 0; /* the first block is in the first sample */
    if (e[n - 2].to > e[n - 1].from)
        e[n - 1].from = e[n - 2].to;
    *ret_count = n;
    return e;
}

size_t yj_wipe_canary_places(uint64_t bytes, const uint8_t seed[static YJ_SEED_LEN],
                             uint64_t ret[static YJ_CANARIES_MAX])
{
    uint64_t grains = bytes / YJ_PASS_GRAIN;
    size_t n = grains < YJ_CANARIES_MAX ? (size_t)grains : YJ_CANARIES_MAX;
    for (size_t i = 0; i < n; i++) {
        uint64_t from = grains * i / n, to = grains * (i + 1) / n;
        uint64_t at = i == 0 ? 0 : i + 1 == n ? grains - 1 : from + draw(seed, 'c', i, to - from);
        ret[i] = at * YJ_PASS_GRAIN;
    }
    return n;
}

static void canary_of(const uint8_t *seed, yj_digest *ret)
{
    static const uint8_t purpose[6] = { 'c', 'a', 'n', 'a', 'r', 'y' };
    uint8_t in[YJ_SEED_LEN + sizeof purpose];
    memcpy(in, seed, YJ_SEED_LEN);
    memcpy(in + YJ_SEED_LEN, purpose, sizeof purpose);
    yj_hash(YJ_HASH_SHA256, in, sizeof in, ret);
}

/* --- one run ---------------------------------------------------------------------------------- */

typedef struct wipe {
    const yj_disk *d;
    const yj_wipe_options *o;
    yj_wipe_result *r;
    yj_wipe_state state;
    yj_digest canary;
    uint8_t *block; /* YJ_PASS_GRAIN */
    yj_wipe_progress shown;
    yj_pass *pass; /* that runs */
    uint64_t base; /* where it began */
    int64_t saved_ns;
} wipe;

static void note(wipe *w, const char *what, uint64_t a, uint64_t b, const char *raw)
{
    if (w->r->steps == YJ_WIPE_STEPS_MAX)
        return;
    yj_wipe_step *s = &w->r->step[w->r->steps++];
    *s = (yj_wipe_step){ yj_clock_system().now_ns(yj_clock_system().self), what, a, b, "" };
    snprintf(s->raw, sizeof s->raw, "%s", raw ? raw : "");
}

static yj_status save(wipe *w, yj_error *err)
{
    if (!w->o->state_path)
        return YJ_OK;
    w->saved_ns = yj_monotonic_ns();
    return yj_wipe_state_save(w->o->state_path, &w->r->before, w->r->method->method, &w->state, err);
}

static yj_status sync_all(wipe *w, yj_error *err)
{
    return w->d->ops->sync(w->d->self) == 0
               ? YJ_OK
               : yj_fail_sys(err, YJ_E_IO, "what was written is not on the medium");
}

/* Is it what the person named, used by nobody, and what it was a moment ago? */
static yj_status look_first(wipe *w, yj_error *err)
{
    yj_disk_id again;
    YJ_TRY(w->d->ops->identify(w->d->self, &w->r->before, err));
    if (strcmp(w->r->before.serial, w->o->serial) != 0)
        return yj_fail(err, YJ_E_CONFLICT, "the serial given is not the medium's; nothing was written");
    if (w->r->before.bytes == 0)
        return yj_fail(err, YJ_E_CONFLICT, "there is nothing to wipe: it holds no bytes");
    YJ_TRY(w->d->ops->allowed(w->d->self, err));
    YJ_TRY(w->d->ops->identify(w->d->self, &again, err));
    if (!yj_disk_same(&w->r->before, &again))
        return yj_fail(err, YJ_E_CONFLICT, "it is not the same medium as a moment ago; nothing was written");
    note(w, "identified", again.bytes, again.block, NULL);
    return YJ_OK;
}

static yj_status begin(wipe *w, yj_error *err)
{
    bool there = false;
    yj_wipe_result *r = w->r;
    if (w->o->state_path)
        YJ_TRY(yj_wipe_state_load(w->o->state_path, &r->before, r->method->method, &w->state, &there, err));
    r->resumed = there;
    if (!there) {
        w->state.from_ns = r->from_ns;
        if (w->o->seed)
            memcpy(w->state.seed, w->o->seed, YJ_SEED_LEN);
        else
            yj_random(w->state.seed, YJ_SEED_LEN);
    }
    r->from_ns = w->state.from_ns;
    memcpy(r->seed, w->state.seed, YJ_SEED_LEN);
    r->canaries = w->state.canaries;
    /* who could change the state file must not decide what is looked at */
    r->sample = there || r->method->method == YJ_METHOD_LUKS_KEYS ? 0 : w->o->sample;
    canary_of(r->seed, &w->canary);
    if (there)
        note(w, "resumed", w->state.pass, w->state.place, NULL);
    return YJ_OK;
}

/* --- canaries --------------------------------------------------------------------------------- */

/* @param bad where places go that cannot be read: nobody knows whether it stands there. NULL: they are not
 * told */
static size_t count_canaries(wipe *w, const uint64_t *place, size_t count, yj_ranges *bad)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        errno = 0;
        int64_t got = w->d->ops->read(w->d->self, w->block, YJ_PASS_GRAIN, place[i]);
        if (bad && got < (int64_t)YJ_PASS_GRAIN)
            yj_ranges_add(bad, YJ_RANGE_READ, place[i], place[i] + YJ_PASS_GRAIN,
                          got < 0 && errno ? errno : EIO);
        if (got >= YJ_CANARY_LEN && memcmp(w->block, w->canary.b, YJ_CANARY_LEN) == 0)
            n++;
    }
    return n;
}

/* What is written into known places now, and found there, must not be found afterwards. A block that takes
 * none is left to the pass, which says so. */
static yj_status put_canaries(wipe *w, uint64_t bytes, bool again, yj_error *err)
{
    uint64_t place[YJ_CANARIES_MAX];
    size_t n = yj_wipe_canary_places(bytes, w->r->seed, place);
    if ((w->r->resumed && !again) || w->r->before.medium == YJ_MEDIUM_SPACE || n == 0)
        return YJ_OK; /* free space holds nothing of the run before it is written */
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < YJ_PASS_GRAIN; k += YJ_CANARY_LEN)
            memcpy(w->block + k, w->canary.b, YJ_CANARY_LEN);
        (void)w->d->ops->write(w->d->self, w->block, YJ_PASS_GRAIN, place[i]);
    }
    YJ_TRY(sync_all(w, err));
    w->r->canaries = count_canaries(w, place, n, NULL);
    w->state.canaries = w->r->canaries;
    note(w, "canaries-put", n, w->r->canaries, NULL);
    return YJ_OK;
}

static void find_canaries(wipe *w, uint64_t bytes)
{
    uint64_t place[YJ_CANARIES_MAX];
    size_t n = yj_wipe_canary_places(bytes, w->r->seed, place);
    w->r->canaries_found = count_canaries(w, place, n, &w->r->bad);
    note(w, "canaries-looked-for", n, w->r->canaries_found, NULL);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void show(wipe *w, yj_wipe_phase phase, uint64_t done, uint64_t total, bool over)
{
    w->shown.phase = phase;
    w->shown.done = done;
    w->shown.total = total;
    w->shown.over = over;
    if (w->o->progress)
        w->o->progress(w->o->progress_self, &w->shown);
}

static yj_status told_written(void *self, uint64_t done, yj_error *err)
{
    wipe *w = self;
    show(w, YJ_PHASE_WRITE, w->base + done, w->r->to_write, false);
    if (!w->o->state_path || yj_monotonic_ns() - w->saved_ns < SAVE_NS || w->r->bad.count)
        return YJ_OK; /* after a failure the state stays where it was: that part is tried again */
    YJ_TRY(sync_all(w, err));
    w->state.place = w->pass->place / YJ_PASS_GRAIN * YJ_PASS_GRAIN;
    return save(w, err);
}

static yj_fill fill_of(const wipe *w, unsigned pass)
{
    yj_fill f = { .random =
                      w->r->method->method != YJ_METHOD_ZEROS && w->r->method->method != YJ_METHOD_PATTERN };
    if (w->r->method->method == YJ_METHOD_PATTERN)
        f.byte = pass == 0 ? 0x55 : 0xaa;
    memcpy(f.seed, w->r->seed, YJ_SEED_LEN);
    return f;
}

static yj_status write_pass(wipe *w, unsigned n, yj_error *err)
{
    const yj_extent all = { w->state.place, w->r->to_write };
    yj_pass p = { .disk = w->d,
                  .fill = fill_of(w, n),
                  .extent = &all,
                  .extents = 1,
                  .stop = w->o->stop,
                  .tell = told_written,
                  .tell_self = w,
                  .bad = &w->r->bad,
                  .place = all.from };
    w->pass = &p;
    w->base = all.from;
    w->shown.pass = n + 1;
    w->shown.since_ns = yj_monotonic_ns();
    yj_status s = yj_pass_write(&p, err);
    if (s == YJ_E_BUSY && !w->r->bad.count) {
        YJ_TRY(sync_all(w, err));
        w->state.place = p.place / YJ_PASS_GRAIN * YJ_PASS_GRAIN;
        YJ_TRY(save(w, err));
        return yj_fail(err, YJ_E_BUSY, "interrupted");
    }
    yj_status synced = s == YJ_OK ? sync_all(w, err) : s; /* what is not on the medium is not written */
    note(w, "written", all.from, p.place, NULL);
    return synced;
}

static yj_status overwrite(wipe *w, yj_error *err)
{
    for (unsigned n = w->state.pass; n < w->r->passes; n++) {
        w->state.pass = n;
        YJ_TRY(write_pass(w, n, err));
        w->state.place = 0;
        w->state.pass = n + 1;
        if (!w->r->bad.count)
            YJ_TRY(save(w, err));
    }
    w->r->written = true; /* errors stand in `bad` */
    return YJ_OK;
}

/* --- by the device ---------------------------------------------------------------------------- */

static yj_status ask_until_complete(wipe *w, yj_error *err)
{
    yj_wipe_method m = w->r->method->method;
    unsigned last = 0, same = 0;
    for (bool first = true;; first = false) {
        yj_disk_status s = { 0 };
        YJ_TRY(w->d->ops->status(w->d->self, m, &s, err));
        if (first || s.state != YJ_DISK_RUNNING)
            note(w, "device-status", (uint64_t)s.state, s.progress, s.raw);
        show(w, YJ_PHASE_DEVICE, (uint64_t)s.progress, 65536, s.state != YJ_DISK_RUNNING);
        if (s.state == YJ_DISK_COMPLETE)
            return YJ_OK;
        if (s.state == YJ_DISK_FAILED)
            return yj_fail(err, YJ_E_IO, "the device says that its erasure failed");
        if (s.state == YJ_DISK_NEVER)
            return yj_fail(err, YJ_E_IO, "the device took the command and says that it erased nothing");
        same = !first && s.progress == last ? same + 1 : 0;
        last = s.progress;
        if (same >= w->o->stuck)
            return yj_fail(err, YJ_E_IO, "the device's erasure does not get on");
        if (w->o->stop && atomic_load(w->o->stop)) {
            YJ_TRY(save(w, err));
            return yj_fail(err, YJ_E_BUSY, "interrupted; the device goes on by itself");
        }
        w->d->ops->pause(w->d->self);
    }
}

static yj_status erase_by_device(wipe *w, yj_error *err)
{
    yj_wipe_method m = w->r->method->method;
    yj_disk_status now = { 0 };
    bool runs = false;
    if (w->r->resumed && w->state.device) {
        YJ_TRY(w->d->ops->status(w->d->self, m, &now, err));
        runs = now.state == YJ_DISK_RUNNING;
    }
    /* it may have ended by itself and been used since: what is in the state proves nothing of a new command
     */
    if (w->r->resumed && !runs)
        YJ_TRY(put_canaries(w, w->r->to_write, true, err));
    w->state.device = true;
    w->shown.since_ns = yj_monotonic_ns();
    YJ_TRY(save(w, err));
    if (!runs) {
        YJ_TRY(w->d->ops->command(w->d->self, m, err));
        note(w, "device-command", (uint64_t)m, 0, NULL);
    }
    YJ_TRY(ask_until_complete(w, err));
    w->r->written = true;
    return sync_all(w, err);
}

/* --- reading back ----------------------------------------------------------------------------- */

static yj_status told_read(void *self, uint64_t done, yj_error *err)
{
    wipe *w = self;
    show(w, YJ_PHASE_READ, done, w->r->to_read, false);
    return YJ_OK;
}

static uint32_t confidence(size_t samples)
{
    double missed = 1.0;
    for (size_t i = 0; i < samples; i++)
        missed *= 0.999;
    return (uint32_t)((1.0 - missed) * 1000000.0);
}

static yj_status read_back(wipe *w, uint64_t bytes, yj_error *err)
{
    yj_wipe_result *r = w->r;
    size_t count = 0, asked = r->sample ? 2 * YJ_SAMPLE_PARTS : 0;
    yj_extent *extent = yj_wipe_samples(bytes, r->sample, r->seed, &count);
    if (!extent)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    if (count == 1)
        r->sample = 0;
    r->confidence_ppm = r->sample ? confidence(asked) : 1000000;
    for (size_t i = 0; i < count; i++)
        r->to_read += extent[i].to > extent[i].from ? extent[i].to - extent[i].from : 0;
    yj_pass p = { .disk = w->d,
                  .after = yj_wipe_method_after(r->method->method),
                  .fill = fill_of(w, r->passes - 1),
                  .canary = r->canaries ? w->canary.b : NULL,
                  .extent = extent,
                  .extents = count,
                  .stop = w->o->stop,
                  .tell = told_read,
                  .tell_self = w,
                  .bad = &r->bad };
    w->shown.since_ns = yj_monotonic_ns();
    size_t before = r->bad.count;
    yj_status s = yj_pass_read(&p, err);
    free(extent);
    r->was_read = p.done;
    show(w, YJ_PHASE_READ, r->was_read, r->to_read, true);
    note(w, "read-back", p.done, r->bad.count - before, NULL);
    if (s == YJ_E_BUSY)
        return yj_fail(err, YJ_E_BUSY, "interrupted");
    YJ_TRY(s);
    find_canaries(w, bytes);
    /* where anything but the old may stand, only canaries that were there tell that it is gone */
    bool told = p.after != YJ_AFTER_ANY || r->canaries > 0;
    r->verified =
        told && r->was_read == r->to_read && r->bad.count == 0 && !r->bad.more && r->canaries_found == 0;
    return YJ_OK;
}

static yj_status look_last(wipe *w, yj_error *err)
{
    YJ_TRY(w->d->ops->identify(w->d->self, &w->r->after, err));
    w->r->same = yj_disk_same(&w->r->before, &w->r->after);
    note(w, "identified", w->r->after.bytes, w->r->same, NULL);
    return YJ_OK;
}

static yj_status all(wipe *w, yj_error *err)
{
    yj_wipe_result *r = w->r;
    bool device = yj_wipe_method_by_device(r->method->method);
    YJ_TRY(look_first(w, err));
    YJ_TRY(begin(w, err));
    r->passes = device ? 1 : r->method->method == YJ_METHOD_PATTERN ? 2 : 1;
    r->to_write = r->method->method == YJ_METHOD_LUKS_KEYS ? w->o->keys_bytes : r->before.bytes;
    if (r->to_write == 0 || r->to_write > r->before.bytes)
        return yj_fail(err, YJ_E_CONFLICT, "there is nothing to wipe: it holds no bytes");
    w->shown.passes = r->passes;
    YJ_TRY(put_canaries(w, r->to_write, false, err));
    YJ_TRY(save(w, err));
    YJ_TRY(device ? erase_by_device(w, err) : overwrite(w, err));
    YJ_TRY(read_back(w, r->to_write, err));
    if (!r->verified && w->o->state_path) { /* tried again, it is written again */
        w->state.pass = 0;
        w->state.place = 0;
        YJ_TRY(save(w, err));
    }
    if (r->method->method == YJ_METHOD_DISCARD && r->verified) {
        YJ_TRY(w->d->ops->command(w->d->self, YJ_METHOD_DISCARD, err));
        note(w, "discarded", r->to_write, 0, NULL);
    }
    return look_last(w, err);
}

yj_status yj_wipe_run(const yj_disk *d, const yj_wipe_options *o, yj_wipe_result *r, yj_error *err)
{
    *r = (yj_wipe_result){ .method = o->method };
    r->from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    wipe w = { .d = d, .o = o, .r = r, .block = aligned_alloc(YJ_PASS_GRAIN, YJ_PASS_GRAIN) };
    w.saved_ns = yj_monotonic_ns();
    yj_status s = w.block ? all(&w, err) : yj_fail(err, YJ_E_NOMEM, "out of memory");
    free(w.block);
    r->until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    if (s == YJ_OK && yj_wipe_fine(r) && o->state_path)
        unlink(o->state_path); /* nothing is left to go on with */
    return s;
}

bool yj_wipe_fine(const yj_wipe_result *r)
{
    return r->written && r->verified && r->same && r->bad.count == 0 && !r->bad.more &&
           r->canaries_found == 0 && r->to_read > 0 && r->was_read == r->to_read;
}

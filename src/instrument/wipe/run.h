// SPDX-License-Identifier: Apache-2.0
/**
 * One wipe from the first look to the last: identity, use, identity again, canaries, erasure, read-back,
 * canaries, identity. What comes out is certified only if yj_wipe_fine() says so; nothing overrides it.
 */
#ifndef YJ_INSTRUMENT_WIPE_RUN_H
#define YJ_INSTRUMENT_WIPE_RUN_H

#include "base/hash.h"
#include "base/json.h"
#include "instrument/wipe/pass.h"

#define YJ_CANARIES_MAX 64
#define YJ_WIPE_STEPS_MAX 64
#define YJ_SAMPLE_PARTS 1000 /* of the medium, two samples in each */

typedef enum yj_wipe_phase {
    YJ_PHASE_WRITE,
    YJ_PHASE_DEVICE, /* it erases by itself */
    YJ_PHASE_READ
} yj_wipe_phase;

typedef struct yj_wipe_progress {
    yj_wipe_phase phase;
    unsigned pass, passes;
    uint64_t done, total; /* bytes */
    int64_t since_ns;
    bool over;
} yj_wipe_progress;

typedef struct yj_wipe_options {
    const yj_wipe_method_row *method;
    const char *serial;     /* as the person gave it; has to be the medium's */
    unsigned sample;        /* percent that is read back; 0: all of it */
    const uint8_t *seed;    /* YJ_SEED_LEN bytes; NULL: random */
    const char *state_path; /* to go on after an interruption; NULL: without */
    uint64_t keys_bytes;    /* METHOD_LUKS_KEYS: the length of header and key slots */
    unsigned stuck;         /* so many answers with the same progress are a failure */
    const atomic_bool *stop;
    void (*progress)(void *self, const yj_wipe_progress *p);
    void *progress_self;
} yj_wipe_options;

/* What was done, in its order. */
typedef struct yj_wipe_step {
    int64_t at_ns;
    const char *what; /* slug */
    uint64_t a, b;    /* bytes, counts; by the slug */
    char raw[160];    /* what a device answered */
} yj_wipe_step;

typedef struct yj_wipe_result {
    yj_disk_id before, after;
    const yj_wipe_method_row *method;
    uint8_t seed[YJ_SEED_LEN];
    bool resumed, written, verified, same; /* same: the medium is the one it was */
    unsigned sample;                       /* as it was done */
    uint64_t to_write, to_read, was_read;  /* bytes; of one pass */
    unsigned passes;
    size_t canaries, canaries_found;
    uint32_t confidence_ppm; /* of finding what remained on a thousandth of the medium, at places by chance */
    yj_ranges bad;
    yj_wipe_step step[YJ_WIPE_STEPS_MAX];
    size_t steps;
    int64_t from_ns, until_ns;
} yj_wipe_result;

/** YJ_OK if the run came to its end, whatever it found: see yj_wipe_fine(). YJ_E_CONFLICT: refused before the
 * first byte (another serial, in use, another medium than before, a state file of another run). YJ_E_BUSY:
 * interrupted, the state file is written. YJ_E_IO: the device failed, or says that it did. */
yj_status yj_wipe_run(const yj_disk *d, const yj_wipe_options *o, yj_wipe_result *r,
                      yj_error *err) yj_nodiscard;
/** Everything was overwritten or erased, read back as it should be, by no other medium. */
bool yj_wipe_fine(const yj_wipe_result *r);
/** Which bytes are read back: two samples in each of YJ_SAMPLE_PARTS parts, the first and the last block; all
 * of it where percent is 0 or the medium is too small. Freed by the caller. NULL: out of memory. */
yj_extent *yj_wipe_samples(uint64_t bytes, unsigned percent, const uint8_t seed[static YJ_SEED_LEN],
                           size_t *ret_count);
/** Where canaries go; rising, whole blocks of YJ_PASS_GRAIN. Returns how many. */
size_t yj_wipe_canary_places(uint64_t bytes, const uint8_t seed[static YJ_SEED_LEN],
                             uint64_t ret[static YJ_CANARIES_MAX]);

/* --- state.c ---------------------------------------------------------------------------------- */

typedef struct yj_wipe_state {
    uint8_t seed[YJ_SEED_LEN];
    unsigned pass;
    uint64_t place;  /* all before it is written, and on the medium */
    bool device;     /* a command was given */
    size_t canaries; /* that were there */
    int64_t from_ns;
} yj_wipe_state;
yj_status yj_wipe_state_save(const char *path, const yj_disk_id *id, yj_wipe_method m, const yj_wipe_state *s,
                             yj_error *err) yj_nodiscard;
/** YJ_E_CONFLICT if it is of another medium or method. @param ret_there false: there is no file */
yj_status yj_wipe_state_load(const char *path, const yj_disk_id *id, yj_wipe_method m, yj_wipe_state *ret,
                             bool *ret_there, yj_error *err) yj_nodiscard;

#endif

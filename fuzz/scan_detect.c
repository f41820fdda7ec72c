// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a text: hits lie within it and begin where they may, and two halves find what the whole does.
 */
#include "fuzz.h"

#include "instrument/scan/detect.h"

typedef struct sum {
    size_t from, to, len, count;
    uint64_t places;
} sum;

static void add(void *with, const yj_scan_hit *h)
{
    sum *s = with;
    assert(h->at >= s->from && h->at < s->to && h->len > 0 && h->len <= YJ_SCAN_AHEAD &&
           h->len <= s->len - h->at);
    assert(h->what < YJ_SCAN_CLASS_COUNT_);
    s->count++;
    s->places += h->at * 31 + h->len * 7 + h->what;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t most = YJ_SCAN_BEHIND / 2;
    if (size > most)
        return 0;
    yj_span text = { (const char *)data, size };
    yj_scan_table table;
    const char *end = size ? memchr(data, '\n', size) : NULL;
    yj_scan_heading((yj_span){ text.ptr, end ? (size_t)(end - text.ptr) : size }, &table);
    size_t middle = size / 2;
    sum all = { 0, size, size, 0, 0 }, one = { 0, middle, size, 0, 0 }, two = { middle, size, size, 0, 0 };
    yj_scan_detect(text, 0, size, &table, add, &all);
    yj_scan_detect(text, 0, middle, &table, add, &one);
    yj_scan_detect(text, middle, size, &table, add, &two);
    assert(one.count + two.count == all.count && one.places + two.places == all.places);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Any bytes as rules of one's own: refused with a reason, or within the limits; then they look at themselves,
 * and what they find lies where it may begin. */
#include "fuzz.h"

#include "job/scan_rules.h"

typedef struct sum {
    size_t from, to, count;
    uint64_t places;
} sum;

static void add(void *with, const yj_scan_hit *h)
{
    sum *s = with;
    assert(h->at >= s->from && h->at < s->to && h->len > 0 && h->len <= YJ_OWN_LENGTH_MAX);
    s->count++;
    s->places += h->at * 31 + h->len * 7 + h->what;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)256 << 20);
    yj_span text = { (const char *)data, size };
    yj_scan_own *own = NULL;
    yj_error err = { 0 };
    yj_status s = yj_scan_rules_parse(a, "f", text, &own, &err);
    assert(s == YJ_OK || s == YJ_E_INVALID || s == YJ_E_LIMIT);
    assert((s == YJ_OK) == (own != NULL) && (own || (err.msg[0] && err.msg_zh[0])));
    if (!own)
        return 0;
    size_t said = own->count; /* rules, and what is said of built-in classes */
    for (size_t i = 0; i < YJ_SCAN_CLASS_COUNT_; i++) {
        assert(own->known[i].grade >= 0 && own->known[i].grade <= 4);
        said += own->known[i].grade > 0 || own->known[i].zh || own->known[i].en;
    }
    assert(said >= 1 && own->count <= YJ_SCAN_OWN_MAX);
    size_t middle = size / 2;
    sum all = { 0, size, 0, 0 }, one = { 0, middle, 0, 0 }, two = { middle, size, 0, 0 };
    yj_scan_own_detect(own, text, 0, size, add, &all); /* the rules' own file */
    yj_scan_own_detect(own, text, 0, middle, add, &one);
    yj_scan_own_detect(own, text, middle, size, add, &two);
    assert(one.count <= all.count && two.count <= all.count);
    return 0;
}

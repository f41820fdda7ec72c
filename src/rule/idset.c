// SPDX-License-Identifier: Apache-2.0
#include "rule/internal.h"

static uint64_t hash(yj_span s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a, then mixed: ids share long prefixes */
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * UINT64_C(0x100000001b3);
    h ^= h >> 32;
    return h * UINT64_C(0x9e3779b97f4a7c15) >> 16;
}

/** The slot that holds the id, or the free slot where it belongs. */
static size_t slot_of(const yj_idset *s, yj_span id)
{
    size_t at = hash(id) & (s->slot_count - 1);
    while (s->slots[at] && !yj_span_is(id, s->ids[s->slots[at] - 1]))
        at = (at + 1) & (s->slot_count - 1);
    return at;
}

size_t yj_idset_find(const yj_idset *s, yj_span id)
{
    if (s->count == 0)
        return YJ_IDSET_NONE;
    uint32_t number = s->slots[slot_of(s, id)];
    return number ? number - 1 : YJ_IDSET_NONE;
}

static yj_status grow(yj_idset *s, yj_error *err)
{
    size_t cap = s->cap ? 2 * s->cap : 8;
    const char **ids = yj_arena_array(s->arena, cap, sizeof *ids);
    uint32_t *slots = yj_arena_array(s->arena, 2 * cap, sizeof *slots);
    YJ_TRY(yj_arena_status(s->arena, err)); /* pieces of a failed arena may overlap */
    if (s->count)
        memcpy(ids, s->ids, s->count * sizeof *ids);
    s->ids = ids;
    s->slots = slots;
    s->cap = cap;
    s->slot_count = 2 * cap;
    for (size_t i = 0; i < s->count; i++)
        s->slots[slot_of(s, yj_span_of(s->ids[i]))] = (uint32_t)i + 1;
    return YJ_OK;
}

yj_status yj_idset_add(yj_idset *s, yj_span id, size_t *ret_index, yj_error *err)
{
    if (s->count == s->cap)
        YJ_TRY(grow(s, err));
    size_t at = slot_of(s, id);
    if (!s->slots[at]) {
        const char *copy = yj_arena_strndup(s->arena, id.ptr, id.len);
        YJ_TRY(yj_arena_status(s->arena, err));
        s->ids[s->count++] = copy;
        s->slots[at] = (uint32_t)s->count;
    }
    if (ret_index)
        *ret_index = s->slots[at] - 1;
    return YJ_OK;
}

const char *yj_idset_pop(yj_idset *s)
{
    const char *id = s->ids[s->count - 1];
    s->slots[slot_of(s, yj_span_of(id))] = 0; /* nothing was put behind it, so nobody is looked for past it */
    s->count--;
    return id;
}

int yj_compare_cstr(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

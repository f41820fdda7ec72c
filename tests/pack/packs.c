// SPDX-License-Identifier: Apache-2.0
#include "packs.h"

static void write_file(const char *path, const char *bytes, size_t len)
{
    char folder[512];
    yj_error err;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    assert_status(yj_dir_make(folder, &err), YJ_OK);
    FILE *f = fopen(path, "we"); /* not yj_file_write(): hundreds of packs need not be safe from power loss */
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

static void write_patched(const char *path, yj_span content, const patch *p)
{
    const char *at = p->find ? memmem(content.ptr, content.len, p->find, strlen(p->find)) : NULL;
    if (p->find && !at)
        fail_msg("%s does not contain: %s", p->file, p->find);
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, (size_t)64 << 20);
    if (at) {
        yj_buf_add(&out, content.ptr, (size_t)(at - content.ptr));
        yj_buf_str(&out, p->put);
        at += strlen(p->find);
        yj_buf_add(&out, at, content.len - (size_t)(at - content.ptr));
    } else {
        yj_buf_str(&out, p->put);
    }
    yj_error err;
    assert_status(yj_buf_status(&out, &err), YJ_OK);
    write_file(path, out.ptr ? out.ptr : "", out.len);
}

void pack_write(const char *name, const char *folder, const patch *patches, size_t count)
{
    char from[512], path[512];
    yj_error err;
    yj_auto(yj_pack_source_freep) yj_pack_source *s = NULL;
    snprintf(from, sizeof from, "%s/%s", PACK_TEST_DATA, name);
    assert_status(yj_pack_source_read(from, &s, &err), YJ_OK);
    for (size_t i = 0; i < s->file_count; i++) {
        const patch *p = NULL;
        for (size_t j = 0; j < count; j++)
            p = strcmp(patches[j].file, s->files[i].path) == 0 ? &patches[j] : p;
        snprintf(path, sizeof path, "%s/%s/%s", folder, name, s->files[i].path);
        if (!p)
            write_file(path, s->files[i].content.ptr, s->files[i].content.len);
        else if (p->put)
            write_patched(path, s->files[i].content, p);
    }
    for (size_t j = 0; j < count; j++) { /* files that the pack did not have */
        snprintf(path, sizeof path, "%s/%s/%s", folder, name, patches[j].file);
        bool had = false;
        for (size_t i = 0; i < s->file_count; i++)
            had = had || strcmp(patches[j].file, s->files[i].path) == 0;
        if (patches[j].put && !had)
            write_patched(path, YJ_SPAN(""), &patches[j]);
    }
}

yj_pack_source *pack_read(const char *name, const char *folder)
{
    char path[512];
    yj_error err;
    yj_pack_source *s = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_status(yj_pack_source_read(path, &s, &err), YJ_OK);
    return s;
}

void packs_load(const char *folder, const char *const *names, bool cases, loaded *ret)
{
    memset(ret, 0, sizeof *ret);
    const yj_pack_source *borrowed[8];
    for (; *names; names++) {
        ret->sources[ret->source_count] = pack_read(*names, folder);
        borrowed[ret->source_count] = ret->sources[ret->source_count];
        ret->source_count++;
    }
    ret->status = yj_catalog_load(borrowed, ret->source_count, &ret->catalog, ret->complaints, COMPLAINTS_MAX,
                                  &ret->count, &ret->err);
    if (ret->status == YJ_OK && cases)
        ret->status =
            yj_cases_load(borrowed[ret->source_count - 1], borrowed, ret->source_count - 1, ret->catalog,
                          &ret->cases, ret->complaints, COMPLAINTS_MAX, &ret->count, &ret->err);
    if (ret->status == YJ_OK)
        assert_int_equal(ret->count, 0);
}

void loaded_done(loaded *l)
{
    yj_cases_free(l->cases);
    yj_catalog_unref(l->catalog);
    for (size_t i = 0; i < l->source_count; i++)
        yj_pack_source_free(l->sources[i]);
}

void loaded_print(const loaded *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const yj_complaint *c = &l->complaints[i];
        print_error("%s:%d: %s: %s\n", c->file, c->line, c->field, c->msg);
    }
}

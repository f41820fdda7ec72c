// SPDX-License-Identifier: Apache-2.0
/* A tree keeps its promises, and a pack made of the bytes, whatever file they stand in, is loaded or
 * complained about. */
#include "fuzz.h"

#include "pack/case.h"
#include "pack/yaml.h"

#define COMPLAINTS_MAX 20

static void check_tree(const yj_yaml *n, int depth, int last_line)
{
    assert(n->line >= 1 && n->line <= last_line);
    assert(depth <= YJ_YAML_DEPTH_MAX + 1);
    if (n->type == YJ_YAML_SCALAR) {
        assert(n->text && yj_utf8_valid(yj_span_of(n->text)));
        return;
    }
    for (size_t i = 0; i < n->count; i++) {
        check_tree(&n->items[i], depth + 1, last_line);
        if (n->type == YJ_YAML_MAP) {
            assert(n->keys[i][0] && n->key_lines[i] >= 1 && n->key_lines[i] <= last_line);
            assert(i >= 100 || yj_yaml_get(n, n->keys[i]) == &n->items[i]); /* no double comes first */
        }
    }
}

static bool parse(yj_span text)
{
    yj_auto(yj_arena_freep) yj_arena *a = yj_arena_new((size_t)256 << 20);
    const yj_yaml *tree = NULL;
    yj_error err = { 0 };
    int line, lines = 2; /* a text may end on the line after the last */
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n' || text.ptr[i] == '\r' || (unsigned char)text.ptr[i] >= 0x80;
    yj_status s = yj_yaml_parse(a, text, YJ_PACK_FILE_BYTES_MAX, &tree, &line, &err);
    if (s == YJ_OK) {
        check_tree(tree, 1, lines);
        return true;
    }
    assert(s == YJ_E_INVALID || s == YJ_E_LIMIT);
    assert(!tree && err.msg[0] && err.msg_zh[0] && line >= 0 && line <= lines);
    return false;
}

static void check_complaints(const yj_complaint *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(rows[i].file[0] && rows[i].msg[0] && rows[i].msg_zh[0] && rows[i].line >= 0);
        assert(yj_utf8_valid(yj_span_of(rows[i].msg)) && yj_utf8_valid(yj_span_of(rows[i].field)));
    }
}

static void load(const yj_pack_file *files, size_t count)
{
    static yj_complaint rows[COMPLAINTS_MAX];
    yj_auto(yj_pack_source_freep) yj_pack_source *source = NULL;
    yj_auto(yj_catalog_unrefp) yj_catalog *c = NULL;
    yj_auto(yj_cases_freep) yj_cases *cases = NULL;
    yj_error err = { 0 };
    size_t found = 0;
    if (yj_pack_source_make("fuzz", files, count, &source, &err) != YJ_OK)
        return; /* too long */
    const yj_pack_source *one = source;
    yj_status s = yj_catalog_load(&one, 1, &c, rows, COMPLAINTS_MAX, &found, &err);
    assert(s == YJ_OK || s == YJ_E_INVALID || s == YJ_E_LIMIT);
    assert((s == YJ_OK) == (c != NULL) && (s == YJ_E_INVALID) == (found > 0));
    check_complaints(rows, found);
    if (s != YJ_OK)
        return;
    s = yj_cases_load(source, NULL, 0, c, &cases, rows, COMPLAINTS_MAX, &found, &err);
    assert(s == YJ_OK || s == YJ_E_INVALID || s == YJ_E_LIMIT);
    assert((s == YJ_OK) == (cases != NULL) && (s == YJ_E_INVALID) == (found > 0));
    check_complaints(rows, found);
}

#define PACK                                                                                                 \
    "pack: fuzz\nedition: \"1\"\ntitle: {zh: a, en: b}\nmodels: {own: {zh: a, en: b}}\n"                     \
    "stages: {plan: {zh: a, en: b}, operate: {zh: a, en: b}}\nactors: {client: {zh: a, en: b}}\n"            \
    "forces: {must: {zh: a, en: b, binding: true}}\nclauses: {\"1\": {zh: a, en: b}, \"2\": {zh: a, en: "    \
    "b}}\n"
#define KIND                                                                                                 \
    "kind: system\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n"                                \
    "  name: {type: text, required: true, label: {zh: a, en: b}}\n"                                          \
    "  level: {type: integer, label: {zh: a, en: b}}\n"                                                      \
    "  model: {type: choice, options: {own: {zh: a, en: b}}, label: {zh: a, en: b}}\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const places[] = {
        "pack.yaml",       "kinds/system.yaml",     "requirements/one.yaml", "gates.yaml", "reasons.yaml",
        "rules/level.sql", "documents/report.yaml", "cases/one.yaml",        "access.yaml"
    };
    yj_span text = { (const char *)data, size };
    bool fine = parse(text);
    for (size_t i = 0; i < YJ_COUNT(places); i++) {
        if (!fine && strcmp(places[i], "rules/level.sql") != 0)
            continue; /* nothing new after the parser's complaint */
        yj_pack_file files[3] = { { places[i], text } };
        size_t n = 1;
        if (i != 0)
            files[n++] = (yj_pack_file){ "pack.yaml", YJ_SPAN(PACK) };
        if (i != 1)
            files[n++] = (yj_pack_file){ "kinds/system.yaml", YJ_SPAN(KIND) };
        load(files, n);
    }
    return 0;
}

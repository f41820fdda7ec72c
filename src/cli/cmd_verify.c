// SPDX-License-Identifier: Apache-2.0
/* verify manifest, verify compare: proves that what was to arrive is there, and nothing else. */
#include "base/file.h"
#include "base/time.h"
#include "cli/verify.h"
#include "instrument/verify/manifest.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const state_words[YJ_STATE_COUNT_] = { "",      "matched",    "changed", "missing",
                                                          "extra", "unreadable", "skipped" };
static const char *const why_words[YJ_WHY_COUNT_] = {
    "",
    "a link, which is not followed",
    "a pipe, socket or device, which is not read",
    "",
    "folders are nested too deeply",
    "its path is too long",
    "it changed while it was read",
    "below a folder that cannot be read on the other side",
    "it is of another kind: file, folder, link",
    "it has another size",
    "its contents differ",
    "the link leads elsewhere",
    "the key does not fit, or it is damaged",
    "it is damaged, or packed in a way that is not known",
    "its path leads out of the folder",
    "the archive names it more than once",
    "it is over a limit of size, memory or time",
    "its reader failed",
};

/* What one run is about, from its arguments to its answer. */
typedef struct verification {
    yj_cli *c;
    yj_verify_options options;
    yj_verify_result result;
    yj_verify_about about;
    yj_key *key; /* of --attest; NULL without */
    const char *attest_path;
    yj_known *known; /* of --state; NULL without */
    struct stat leave_out;
    char hex[2 * YJ_HASH_LEN + 1]; /* of the list's bytes */
} verification;

static void verification_done(verification *v)
{
    yj_verify_done(&v->result);
    yj_key_free(v->key);
    yj_known_free(v->known);
}

yj_status yj_verify_attest_key(yj_cli *c, yj_key **ret_key, const char **ret_path, yj_error *err)
{
    if (!yj_cli_has(c, YJ_OPT_ATTEST))
        return YJ_OK;
    if (c->many_count != 2)
        return yj_fail(err, YJ_E_USAGE,
                       "option --attest takes a private key and the file to write, at the end");
    if (yj_path_exists(c->many[1]))
        return yj_fail(err, YJ_E_CONFLICT, "%s exists already", c->many[1]);
    *ret_path = c->many[1];
    return yj_key_load(c->many[0], ret_key, err);
}

/* Whatever can be wrong is told before hours of reading. */
static yj_status prepare(verification *v, yj_cli *c, const char *operation, yj_error *err)
{
    *v = (verification){
        .c = c,
        .options = { .threads = YJ_VERIFY_THREADS, .progress = yj_show_progress, .progress_self = c },
        .result = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } },
        .about = { .operation = operation, .version = YJ_VERSION }
    };
    const char *hash = c->value[YJ_OPT_HASH];
    if (hash && !yj_sum_by_name(yj_span_of(hash), &v->options.alg))
        return yj_fail(err, YJ_E_USAGE, "option --hash is sha256, sha512 or sm3");
    v->about.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
    return yj_verify_attest_key(c, &v->key, &v->attest_path, err);
}

const char *yj_verify_full_name(yj_cli *c, const char *path)
{
    char *real = realpath(path, NULL);
    const char *s = yj_arena_strdup(c->arena, real ? real : path);
    free(real);
    return s;
}

yj_status yj_verify_state_outside(yj_cli *c, const char *folder, const char *other, yj_error *err)
{
    char *in = yj_arena_strdup(c->arena, c->value[YJ_OPT_STATE]), *slash = strrchr(in, '/');
    if (slash)
        slash[slash == in] = '\0';
    const char *place = yj_verify_full_name(c, slash ? in : "."), *const all[] = { folder, other };
    for (size_t i = 0; i < YJ_COUNT(all) && all[i]; i++) {
        size_t n = strlen(all[i]);
        if (strncmp(place, all[i], n) == 0 && (place[n] == '/' || place[n] == '\0'))
            return yj_fail(err, YJ_E_USAGE, "the state has to lie outside %s", all[i]);
    }
    return YJ_OK;
}

/* After the algorithm is known. */
static yj_status resume(verification *v, const char *folder, const char *other, yj_error *err)
{
    const char *path = v->c->value[YJ_OPT_STATE];
    if (!path)
        return YJ_OK;
    YJ_TRY(yj_verify_state_outside(v->c, folder, other, err));
    YJ_TRY(yj_known_open(path, v->options.alg, YJ_FILE_REST_NS, &v->known, err));
    v->options.known = v->known;
    return YJ_OK;
}

/* --- what is said ----------------------------------------------------------------------------- */

static const char *reason(const yj_cli *c, const yj_item *i)
{
    if (i->why != YJ_WHY_SYSTEM)
        return why_words[i->why][0] ? yj_word(c, why_words[i->why]) : "";
    const char *zh = c->lang == YJ_LANG_ZH ? yj_errno_zh(i->sys_errno) : NULL,
               *en = strerrordesc_np(i->sys_errno);
    return zh ? zh : en ? en : "";
}

static const char *shown_path(const yj_cli *c, const char *path)
{
    char *s = yj_arena_strdup(c->arena, path[0] ? path : ".");
    yj_text_tidy(s);
    return s;
}

typedef struct saying {
    yj_cli *c;
    size_t shown;
} saying;

static bool say_finding(void *self, const yj_item *i)
{
    saying *v = self;
    yj_cli *c = v->c;
    if (v->shown++ == YJ_VERIFY_SHOWN && !yj_cli_has(c, YJ_OPT_ALL))
        return false;
    const char *why = reason(c, i);
    yj_buf_str(&c->out, "  ");
    yj_ink_text(c, i->state == YJ_STATE_SKIPPED ? YJ_YELLOW : YJ_RED, yj_word(c, state_words[i->state]));
    yj_buf_fmt(&c->out, "  %s%s%s", shown_path(c, i->path), why[0] ? ": " : "", why);
    if (i->state == YJ_STATE_MISSING && i->kind == YJ_ITEM_FILE && i->target)
        yj_say(c, " (moved to %s)", shown_path(c, i->target));
    yj_buf_char(&c->out, '\n');
    return true;
}

void yj_verify_say(yj_cli *c, const yj_verify_result *r, const char *attest_path)
{
    bool fine = yj_verify_fine(r);
    saying v = { .c = c };
    yj_verify_findings(r, say_finding, &v);
    if (v.shown > YJ_VERIFY_SHOWN && !yj_cli_has(c, YJ_OPT_ALL))
        yj_say(c, "  and more; --all lists them, --json tells the counts\n");
    yj_ink_text(c, fine ? YJ_GREEN : YJ_RED, yj_status_mark(fine ? "met" : "unmet"));
    yj_say(c,
           " %llu expected: %llu matched, %llu changed, %llu missing, %llu extra, %llu unreadable, %llu "
           "skipped; ",
           (unsigned long long)r->expected, (unsigned long long)r->matched, (unsigned long long)r->changed,
           (unsigned long long)r->missing, (unsigned long long)r->extra, (unsigned long long)r->unreadable,
           (unsigned long long)r->skipped);
    yj_buf_fmt(&c->out, "%s, %s\n", yj_size_text(c, r->bytes), yj_sum_name(r->alg));
    if (r->moved)
        yj_say(c, "  %llu of the missing lie elsewhere, unchanged\n", (unsigned long long)r->moved);
    if (attest_path)
        yj_say(c, "  signed statement: %s\n", attest_path);
}

void yj_verify_write(yj_cli *c, const json_t *report)
{
    yj_jw w;
    yj_jw_init(&w, &c->out);
    yj_jw_json(&w, report);
    yj_buf_char(&c->out, '\n');
}

static yj_status write_result(verification *v, yj_error *err)
{
    yj_auto(yj_json_freep) json_t *report = NULL;
    size_t rows = yj_cli_has(v->c, YJ_OPT_ALL) ? SIZE_MAX : YJ_VERIFY_SHOWN;
    YJ_TRY(yj_verify_json(&v->result, &v->about, rows, &report, err));
    yj_verify_write(v->c, report);
    return YJ_OK;
}

static yj_status attest(verification *v, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf out;
    yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
    if (!v->key)
        return YJ_OK;
    YJ_TRY(yj_verify_sign(&v->result, &v->about, v->key, &out, err));
    return yj_file_write(v->attest_path, yj_buf_view(&out), 0644, err);
}

static yj_status conclude(verification *v, yj_error *err)
{
    v->about.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    v->c->found = !yj_verify_fine(&v->result);
    if (v->known) {
        v->about.resumed = yj_known_used(v->known);
        v->about.resumed_from_ns = yj_known_began_ns(v->known);
    }
    YJ_TRY(attest(v, err));
    if (v->known)
        YJ_TRY(yj_known_finish(v->known, err));
    if (yj_json_wanted(v->c))
        return write_result(v, err);
    yj_verify_say(v->c, &v->result, v->attest_path);
    if (v->about.resumed)
        yj_say(v->c, "  %llu digests were made before the interruption; their files have not changed since\n",
               (unsigned long long)v->about.resumed);
    return YJ_OK;
}

/* --- manifest make ---------------------------------------------------------------------------- */

static void write_list(const yj_verify_result *r, yj_buf *out)
{
    for (size_t i = 0; i < r->a.count; i++)
        if (r->a.item[i].has_sum)
            yj_manifest_line(r->alg, &r->a.item[i].sum, r->a.item[i].path, r->alg == YJ_SUM_SM3, out);
}

/* The list on standard output, what there is to say on standard error; or the list in a file. */
static yj_status give_list(verification *v, yj_error *err)
{
    yj_cli *c = v->c;
    yj_auto(yj_buf_done) yj_buf list;
    yj_buf_init(&list, YJ_MANIFEST_BYTES_MAX);
    write_list(&v->result, &list);
    YJ_TRY(yj_buf_status(&list, err));
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, list.ptr ? list.ptr : "", list.len, &d);
    yj_digest_hex(&d, v->hex);
    v->about.list_hex = v->hex;
    if (yj_cli_has(c, YJ_OPT_OUT)) {
        YJ_TRY(yj_file_write(c->value[YJ_OPT_OUT], yj_buf_view(&list), 0644, err));
        return conclude(v, err);
    }
    YJ_TRY(conclude(v, err));
    fputs(c->out.ptr ? c->out.ptr : "", stderr);
    yj_buf_clear(&c->out);
    yj_buf_span(&c->out, yj_buf_view(&list));
    return YJ_OK;
}

static yj_status make(yj_cli *c, const char *folder, yj_error *err)
{
    yj_auto(verification_done) verification v;
    struct stat *out = &v.leave_out;
    YJ_TRY(prepare(&v, c, "make", err));
    if (yj_json_wanted(c) && !yj_cli_has(c, YJ_OPT_OUT))
        return yj_fail(err, YJ_E_USAGE, "with --json the list goes to a file: --out FILE");
    bool there =
        yj_cli_has(c, YJ_OPT_OUT) ? stat(c->value[YJ_OPT_OUT], out) == 0 : fstat(STDOUT_FILENO, out) == 0;
    if (there && S_ISREG(out->st_mode))
        v.options.leave_out = out;
    v.about.expected = yj_verify_full_name(c, folder);
    YJ_TRY(resume(&v, v.about.expected, NULL, err));
    YJ_TRY(yj_verify_make(folder, &v.options, &v.result, err));
    return give_list(&v, err);
}

/* --- against a list, against a folder --------------------------------------------------------- */

static yj_status read_list(verification *v, const char *path, yj_tree *list, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_MANIFEST_BYTES_MAX);
    YJ_TRY(yj_file_read(path, YJ_MANIFEST_BYTES_MAX, &bytes, err));
    if (stat(path, &v->leave_out) == 0)
        v->options.leave_out = &v->leave_out;
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, bytes.ptr ? bytes.ptr : "", bytes.len, &d);
    yj_digest_hex(&d, v->hex);
    v->about.list_hex = v->hex;
    const yj_sum_alg given = v->options.alg;
    return yj_manifest_parse(yj_buf_view(&bytes), yj_cli_has(v->c, YJ_OPT_HASH) ? &given : NULL, list,
                             &v->options.alg, err);
}

static yj_status against_list(yj_cli *c, const char *path, const char *folder, yj_error *err)
{
    yj_auto(verification_done) verification v;
    yj_auto(yj_tree_done) yj_tree list = { .root_fd = -1 };
    YJ_TRY(prepare(&v, c, "check", err));
    YJ_TRY(read_list(&v, path, &list, err));
    v.about.expected = yj_verify_full_name(c, path);
    v.about.found = yj_verify_full_name(c, folder);
    YJ_TRY(resume(&v, v.about.found, NULL, err));
    YJ_TRY(yj_verify_list(&list, folder, &v.options, &v.result, err));
    return conclude(&v, err);
}

static yj_status against_folder(yj_cli *c, const char *a, const char *b, yj_error *err)
{
    yj_auto(verification_done) verification v;
    YJ_TRY(prepare(&v, c, "compare", err));
    v.about.expected = yj_verify_full_name(c, a);
    v.about.found = yj_verify_full_name(c, b);
    YJ_TRY(resume(&v, v.about.expected, v.about.found, err));
    YJ_TRY(yj_verify_folders(a, b, &v.options, &v.result, err));
    return conclude(&v, err);
}

yj_status yj_cmd_verify_manifest(yj_cli *c, yj_error *err)
{
    if (strcmp(c->arg[0], "make") == 0 && c->arg_count == 2)
        return make(c, c->arg[1], err);
    if (strcmp(c->arg[0], "check") == 0 && c->arg_count == 3 && !yj_cli_has(c, YJ_OPT_OUT))
        return against_list(c, c->arg[1], c->arg[2], err);
    return yj_fail(err, YJ_E_USAGE,
                   "it is: verify manifest make FOLDER, or verify manifest check LIST FOLDER");
}

yj_status yj_cmd_verify_compare(yj_cli *c, yj_error *err)
{
    return yj_path_is_dir(c->arg[0]) ? against_folder(c, c->arg[0], c->arg[1], err)
                                     : against_list(c, c->arg[0], c->arg[1], err);
}

// SPDX-License-Identifier: Apache-2.0
/* verify decrypt, verify restore: does it open, and is it what it should be? */
#include "base/file.h"
#include "base/time.h"
#include "cli/verify.h"
#include "instrument/decrypt/report.h"
#include "instrument/verify/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct decryption {
    yj_cli *c;
    yj_dec_options options;
    yj_dec_result opened;
    yj_verify_result result;
    yj_verify_about about;
    yj_tree expected;
    const char *kind;
    char hex[2 * YJ_HASH_LEN + 1]; /* of a list's bytes */
    yj_key *key;
    const char *attest_path;
} decryption;

static void decryption_done(decryption *v)
{
    yj_dec_done(&v->opened);
    yj_verify_done(&v->result);
    yj_tree_done(&v->expected);
    yj_key_free(v->key);
}

/* --- what is expected ------------------------------------------------------------------------- */

static yj_status add_plaintext(decryption *v, const yj_sum *sum, yj_error *err)
{
    YJ_TRY(yj_tree_init(&v->expected, err));
    yj_item *i = yj_tree_add(&v->expected, YJ_SPAN(YJ_DEC_PLAINTEXT));
    if (!i)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    i->kind = YJ_ITEM_FILE;
    i->sum = *sum;
    i->has_sum = true;
    return YJ_OK;
}

/* "sha256:DIGITS". False: it is none, but a path. */
static bool is_digest(const char *text, yj_sum_alg *ret_alg, yj_sum *ret)
{
    const char *colon = strchr(text, ':');
    return colon && yj_sum_by_name((yj_span){ text, (size_t)(colon - text) }, ret_alg) &&
           yj_sum_from_hex(*ret_alg, yj_span_of(colon + 1), ret);
}

static yj_status expect_file(decryption *v, const char *path, yj_error *err)
{
    static char room[256 << 10];
    yj_auto(yj_summer_freep) yj_summer *s = yj_summer_new(v->options.alg);
    yj_sum sum;
    if (!s)
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    yj_summer_begin(s);
    ssize_t n = 1;
    while (n != 0) {
        n = read(fd, room, sizeof room);
        if (n < 0 && errno != EINTR)
            break;
        yj_summer_add(s, room, n > 0 ? (size_t)n : 0);
    }
    int why = errno;
    close(fd);
    errno = why;
    if (n < 0)
        return yj_fail_sys(err, YJ_E_IO, "cannot read %s", path);
    yj_summer_end(s, &sum);
    return add_plaintext(v, &sum, err);
}

static yj_status expect_folder(decryption *v, const char *path, yj_error *err)
{
    yj_verify_result all = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } };
    const yj_verify_options o = { .alg = v->options.alg, .threads = YJ_VERIFY_THREADS };
    yj_status s = yj_verify_make(path, &o, &all, err);
    v->expected = all.a;
    all.a = (yj_tree){ .root_fd = -1 };
    yj_verify_done(&all);
    return s;
}

static yj_status expect_list(decryption *v, const char *path, yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf bytes;
    yj_buf_init(&bytes, YJ_MANIFEST_BYTES_MAX);
    YJ_TRY(yj_file_read(path, YJ_MANIFEST_BYTES_MAX, &bytes, err));
    yj_digest d;
    yj_hash(YJ_HASH_SHA256, bytes.ptr ? bytes.ptr : "", bytes.len, &d);
    yj_digest_hex(&d, v->hex);
    v->about.list_hex = v->hex;
    const yj_sum_alg given = v->options.alg;
    return yj_manifest_parse(yj_buf_view(&bytes), yj_cli_has(v->c, YJ_OPT_HASH) ? &given : NULL, &v->expected,
                             &v->options.alg, err);
}

/* What was packed alone is called by its archive; a digest or a file that is expected has no name. */
static void name_alone(decryption *v)
{
    yj_tree *found = &v->opened.found;
    bool by_name = strcmp(v->kind, "list") == 0 || strcmp(v->kind, "folder") == 0;
    if (!by_name && found->count == 1 && v->expected.count == 1)
        v->expected.item[0].path = yj_arena_strdup(v->expected.arena, found->item[0].path);
}

/* A digest or a file: the plain text itself; a folder or a list: what is in it. */
static yj_status expect(decryption *v, yj_error *err)
{
    yj_cli *c = v->c;
    const char *list = c->value[YJ_OPT_LIST], *what = c->arg_count == 2 ? c->arg[1] : NULL;
    yj_sum sum;
    bool archive = v->options.format == YJ_DEC_ZIP || v->options.format == YJ_DEC_7Z;
    if (!list == !what)
        return yj_fail(
            err, YJ_E_USAGE,
            "what is expected is one of: a digest such as sha256:DIGITS, a file, a folder, --list LIST");
    v->about.expected = list ? yj_verify_full_name(c, list) : yj_verify_full_name(c, what);
    v->options.inside = list || yj_path_is_dir(what);
    if (archive && !v->options.inside)
        return yj_fail(err, YJ_E_USAGE, "an archive is compared with a folder, or with --list LIST");
    if (list) {
        v->kind = "list";
        return expect_list(v, list, err);
    }
    if (v->options.inside) {
        v->kind = "folder";
        return expect_folder(v, what, err);
    }
    yj_sum_alg alg;
    if (is_digest(what, &alg, &sum)) {
        v->kind = "digest";
        v->about.expected = what;
        v->options.alg = alg;
        return add_plaintext(v, &sum, err);
    }
    v->kind = "file";
    return expect_file(v, what, err);
}

/* --- what is said ----------------------------------------------------------------------------- */

static void say(decryption *v)
{
    yj_cli *c = v->c;
    const yj_dec_result *r = &v->opened;
    yj_verify_say(c, &v->result, NULL);
    yj_buf_fmt(&c->out, "  %s%s%s, %s\n", yj_dec_format_name(r->format), r->cipher ? ", " : "",
               r->cipher ? r->cipher : "", yj_size_text(c, r->bytes));
    if (r->place == YJ_DEC_TMPFS)
        yj_say(c, "  decrypted bytes were in a private place in memory, which is gone\n");
    else if (r->place == YJ_DEC_DISK)
        yj_say(c,
               "  decrypted bytes were in a private place on a disk; its files are gone, its blocks may hold "
               "them until they are written over\n");
    if (r->cipher && !r->authenticated)
        yj_say(c, "  this cipher notices no forgery; what was compared shows it\n");
    if (r->weak)
        yj_say(
            c,
            "  its key is derived without PBKDF2, by one pass of %s: the passphrase can be guessed quickly; "
            "encrypt what is kept anew\n",
            r->weak);
    if (r->program && r->landlock == 0)
        yj_say(c, "  this kernel has no Landlock: the program that decrypted could read what you can read\n");
    if (v->attest_path)
        yj_say(c, "  signed statement: %s\n", v->attest_path);
}

static yj_status conclude(decryption *v, yj_error *err)
{
    yj_cli *c = v->c;
    v->about.until_ns = yj_clock_system().now_ns(yj_clock_system().self);
    c->found = !yj_verify_fine(&v->result);
    if (v->key) {
        yj_auto(yj_buf_done) yj_buf out;
        yj_buf_init(&out, YJ_DSSE_BYTES_MAX + 4096);
        YJ_TRY(yj_dec_sign(&v->opened, &v->result, &v->about, v->kind, v->key, &out, err));
        YJ_TRY(yj_file_write(v->attest_path, yj_buf_view(&out), 0644, err));
    }
    if (!yj_json_wanted(c)) {
        say(v);
        return YJ_OK;
    }
    yj_auto(yj_json_freep) json_t *report = NULL;
    size_t rows = yj_cli_has(c, YJ_OPT_ALL) ? SIZE_MAX : YJ_VERIFY_SHOWN;
    YJ_TRY(yj_dec_json(&v->opened, &v->result, &v->about, v->kind, rows, &report, err));
    yj_verify_write(c, report);
    return YJ_OK;
}

/* --- options ---------------------------------------------------------------------------------- */

static yj_status read_options(decryption *v, yj_error *err)
{
    yj_cli *c = v->c;
    yj_dec_options *o = &v->options;
    const char *method = c->value[YJ_OPT_METHOD], *hash = c->value[YJ_OPT_HASH];
    if (hash && !yj_sum_by_name(yj_span_of(hash), &o->alg))
        return yj_fail(err, YJ_E_USAGE, "option --hash is sha256, sha512 or sm3");
    if (method && !yj_dec_format_by_name(method, &o->format))
        return yj_fail(err, YJ_E_USAGE, "option --method is raw, openssl, openpgp, zip or 7z");
    if (!method)
        YJ_TRY(yj_dec_guess(c->arg[0], &o->format, err));
    if (!method && yj_cli_has(c, YJ_OPT_CIPHER) && o->format != YJ_DEC_OPENSSL)
        o->format = YJ_DEC_RAW; /* noise may begin like anything */
    bool ours = o->format == YJ_DEC_RAW || o->format == YJ_DEC_OPENSSL;
    if (!ours && (yj_cli_has(c, YJ_OPT_CIPHER) || yj_cli_has(c, YJ_OPT_ITERATIONS)))
        return yj_fail(err, YJ_E_USAGE,
                       "options --cipher and --iterations belong to raw and openssl; this is %s",
                       yj_dec_format_name(o->format));
    o->weak = c->value[YJ_OPT_WITHOUT_PBKDF2];
    if (o->weak && (o->format != YJ_DEC_OPENSSL || yj_cli_has(c, YJ_OPT_ITERATIONS)))
        return yj_fail(err, YJ_E_USAGE,
                       "option --without-pbkdf2 belongs to openssl alone, and takes no --iterations");
    /* said before a large file is read */
    if (o->weak && strcmp(o->weak, "md5") != 0 && strcmp(o->weak, "sha256") != 0)
        return yj_fail(err, YJ_E_USAGE, "the digest of openssl enc without -pbkdf2 is md5 or sha256");
    if (!method && o->format == YJ_DEC_RAW && !yj_cli_has(c, YJ_OPT_CIPHER))
        return yj_fail(err, YJ_E_USAGE,
                       "%s looks like no encrypted file that is known; give --method, or --cipher "
                       "with --key and --iv",
                       c->arg[0]);
    o->cipher = c->value[YJ_OPT_CIPHER]       ? c->value[YJ_OPT_CIPHER]
                : o->format == YJ_DEC_OPENSSL ? "aes-256-cbc"
                                              : NULL;
    o->key = c->value[YJ_OPT_KEY];
    o->iv = c->value[YJ_OPT_IV];
    o->passphrase = c->value[YJ_OPT_PASSPHRASE];
    o->progress = yj_show_progress;
    o->progress_self = c;
    return yj_cli_number(c, YJ_OPT_ITERATIONS, 1, YJ_DEC_ITERATIONS_MAX, YJ_DEC_ITERATIONS, &o->iterations,
                         err);
}

static void begin(decryption *v, yj_cli *c, const char *operation)
{
    *v = (decryption){ .c = c,
                       .opened = { .found = { .root_fd = -1 } },
                       .result = { .a = { .root_fd = -1 }, .b = { .root_fd = -1 } },
                       .expected = { .root_fd = -1 },
                       .about = { .operation = operation, .version = YJ_VERSION } };
    v->about.from_ns = yj_clock_system().now_ns(yj_clock_system().self);
}

yj_status yj_cmd_verify_decrypt(yj_cli *c, yj_error *err)
{
    yj_auto(decryption_done) decryption v;
    begin(&v, c, "decrypt");
    YJ_TRY(yj_verify_attest_key(c, &v.key, &v.attest_path, err));
    YJ_TRY(read_options(&v, err));
    YJ_TRY(expect(&v, err));
    v.about.found = yj_verify_full_name(c, c->arg[0]);
    YJ_TRY(yj_decrypt(c->arg[0], &v.options, &v.opened, err));
    YJ_TRY(yj_verify_sums(&v.expected, &v.opened.found, v.options.alg, v.opened.rest, &v.result, err));
    return conclude(&v, err);
}

yj_status yj_cmd_verify_restore(yj_cli *c, yj_error *err)
{
    yj_auto(decryption_done) decryption v;
    const char *hash = c->value[YJ_OPT_HASH];
    begin(&v, c, "restore");
    if (yj_verify_is_dump(c))
        return yj_verify_dump(c, err);
    if (yj_cli_has(c, YJ_OPT_TABLES) || yj_cli_has(c, YJ_OPT_OUT) || yj_cli_has(c, YJ_OPT_SHOW) ||
        yj_cli_has(c, YJ_OPT_PASSWORD_FILE))
        return yj_fail(err, YJ_E_USAGE,
                       "it is: verify restore ARCHIVE EXPECTED, or verify restore DUMP DATABASE");
    v.options.format = YJ_DEC_PLAIN;
    v.options.progress = yj_show_progress;
    v.options.progress_self = c;
    if (hash && !yj_sum_by_name(yj_span_of(hash), &v.options.alg))
        return yj_fail(err, YJ_E_USAGE, "option --hash is sha256, sha512 or sm3");
    YJ_TRY(yj_verify_attest_key(c, &v.key, &v.attest_path, err));
    YJ_TRY(expect(&v, err));
    v.about.found = yj_verify_full_name(c, c->arg[0]);
    YJ_TRY(yj_unpack(c->arg[0], &v.options, &v.opened, err));
    name_alone(&v);
    YJ_TRY(yj_verify_sums(&v.expected, &v.opened.found, v.options.alg, v.opened.rest, &v.result, err));
    return conclude(&v, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "job/signer.h"

#include "base/file.h"
#include "record/backup.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Written beside and then linked: the name stands for a whole key, and the first of several servers wins. */
static yj_status make(const char *path, yj_crypto crypto, yj_error *err)
{
    yj_auto(yj_key_freep) yj_key *key = NULL;
    char beside[PATH_MAX];
    uint64_t tag;
    yj_random(&tag, sizeof tag);
    if (snprintf(beside, sizeof beside, "%s.%016" PRIx64 ".new", path, tag) >= (int)sizeof beside)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    YJ_TRY(yj_key_generate(crypto == YJ_CRYPTO_GM ? YJ_SIGN_SM2 : YJ_SIGN_ED25519, &key, err));
    YJ_TRY(yj_key_save(key, beside, err));
    yj_status s = YJ_OK;
    if (link(beside, path) != 0 && errno != EEXIST)
        s = yj_fail_sys(err, yj_file_status(errno), "cannot create %s", path);
    unlink(beside);
    return s == YJ_OK ? yj_dir_sync_of(path, err) : s;
}

yj_status yj_signer_open(const char *folder, yj_crypto crypto, yj_key **ret, yj_error *err)
{
    char path[PATH_MAX];
    struct stat st;
    if (snprintf(path, sizeof path, "%s/" YJ_SIGNER_FILE, folder) >= (int)sizeof path)
        return yj_fail(err, YJ_E_INVALID, "a path is longer than %d bytes", PATH_MAX - 1);
    if (!yj_path_exists(path))
        YJ_TRY(make(path, crypto, err));
    if (stat(path, &st) != 0)
        return yj_fail_sys(err, yj_file_status(errno), "cannot open %s", path);
    if (st.st_mode & 077)
        return yj_fail(err, YJ_E_FORBIDDEN, "others may read the key file %s (mode %03o); it must be 600",
                       path, (unsigned)st.st_mode & 0777);
    return yj_key_load(path, ret, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "instrument/wipe/method.h"

#define R1A(table) "NIST SP 800-88 Rev. 1, table A-" table " (technique); Rev. 2 (outcome)"
#define IEEE "IEEE 2883-2022 (technique); NIST SP 800-88 Rev. 2 (outcome)"

/* In order of preference. What is not here does not apply to the medium. Where two sources differ, the lower
 * outcome stands: a format of NVMe and an erasure by ATA need not reach spare blocks of flash. */
const yj_wipe_method_row yj_wipe_method_rows[] = {
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, R1A("5") },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, R1A("5") },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_CLEAR, YJ_METHOD_PATTERN, R1A("5") },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_PURGE, YJ_METHOD_ATA_ENHANCED, R1A("5") },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_CLEAR, YJ_METHOD_ATA_ERASE, R1A("5") },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_CLEAR, YJ_METHOD_LUKS_KEYS, IEEE },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_PATTERN, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_DISCARD, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_SECURE_DISCARD, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_ATA_ERASE, R1A("8") },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_CLEAR, YJ_METHOD_ATA_ENHANCED, R1A("8") },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_CLEAR, YJ_METHOD_PATTERN, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_CLEAR, YJ_METHOD_DISCARD, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_PURGE, YJ_METHOD_NVME_BLOCK, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_PURGE, YJ_METHOD_NVME_CRYPTO, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_CLEAR, YJ_METHOD_NVME_FORMAT, IEEE },
    { YJ_MEDIUM_VIRTUAL, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_VIRTUAL, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_VIRTUAL, YJ_OUTCOME_CLEAR, YJ_METHOD_PATTERN,
      "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_VIRTUAL, YJ_OUTCOME_CLEAR, YJ_METHOD_DISCARD,
      "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_VIRTUAL, YJ_OUTCOME_CLEAR, YJ_METHOD_LUKS_KEYS,
      "NIST SP 800-88 Rev. 2 (cryptographic erase)" },
    { YJ_MEDIUM_FILE, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_FILE, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_FILE, YJ_OUTCOME_CLEAR, YJ_METHOD_PATTERN, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_SPACE, YJ_OUTCOME_CLEAR, YJ_METHOD_ZEROS, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_SPACE, YJ_OUTCOME_CLEAR, YJ_METHOD_RANDOM, "NIST SP 800-88 Rev. 2 (logical sanitization)" },
    { YJ_MEDIUM_MAGNETIC, YJ_OUTCOME_DESTROY, YJ_METHOD_DESTRUCTION, IEEE },
    { YJ_MEDIUM_FLASH, YJ_OUTCOME_DESTROY, YJ_METHOD_DESTRUCTION, IEEE },
    { YJ_MEDIUM_NVME, YJ_OUTCOME_DESTROY, YJ_METHOD_DESTRUCTION, IEEE },
    { YJ_MEDIUM_OTHER, YJ_OUTCOME_DESTROY, YJ_METHOD_DESTRUCTION, IEEE },
};
const size_t yj_wipe_method_row_count = YJ_COUNT(yj_wipe_method_rows);

/* The product's own default: NIST leaves it to the institution. */
#define OWN "default of this program, after NIST SP 800-88 Rev. 2"
static const yj_grade_row grades[] = {
    { 1, false, YJ_OUTCOME_CLEAR, false, OWN }, { 1, true, YJ_OUTCOME_CLEAR, false, OWN },
    { 2, false, YJ_OUTCOME_CLEAR, false, OWN }, { 2, true, YJ_OUTCOME_PURGE, false, OWN },
    { 3, false, YJ_OUTCOME_PURGE, false, OWN }, { 3, true, YJ_OUTCOME_PURGE, false, OWN },
    { 4, false, YJ_OUTCOME_PURGE, true, OWN },  { 4, true, YJ_OUTCOME_PURGE, true, OWN },
};

static const struct {
    const char *slug;
    yj_after after;
} methods[YJ_METHOD_COUNT_] = {
#define X(name, slug, after) [YJ_METHOD_##name] = { slug, YJ_AFTER_##after },
    YJ_METHOD_LIST(X)
#undef X
};

const char *yj_medium_name(yj_medium m)
{
    static const char *const names[YJ_MEDIUM_COUNT_] = { "magnetic", "flash", "nvme", "virtual",
                                                         "file",     "space", "other" };
    return names[m];
}

const char *yj_outcome_name(yj_outcome o)
{
    static const char *const names[YJ_OUTCOME_COUNT_] = { "none", "clear", "purge", "destroy" };
    return names[o];
}

const char *yj_wipe_method_name(yj_wipe_method m)
{
    return methods[m].slug;
}

bool yj_wipe_method_by_name(const char *name, yj_wipe_method *ret)
{
    for (unsigned i = 0; i < YJ_METHOD_COUNT_; i++) {
        if (strcmp(methods[i].slug, name) == 0) {
            *ret = (yj_wipe_method)i;
            return true;
        }
    }
    return false;
}

yj_after yj_wipe_method_after(yj_wipe_method m)
{
    return methods[m].after;
}

bool yj_wipe_method_by_device(yj_wipe_method m)
{
    return m >= YJ_METHOD_SECURE_DISCARD && m <= YJ_METHOD_NVME_CRYPTO;
}

const yj_grade_row *yj_grade_asks(int grade, bool leaves)
{
    for (size_t i = 0; i < YJ_COUNT(grades); i++)
        if (grades[i].grade == grade && grades[i].leaves == leaves)
            return &grades[i];
    return NULL;
}

const yj_wipe_method_row *yj_wipe_method_reaches(yj_medium medium, yj_wipe_method m)
{
    for (size_t i = 0; i < yj_wipe_method_row_count; i++)
        if (yj_wipe_method_rows[i].medium == medium && yj_wipe_method_rows[i].method == m)
            return &yj_wipe_method_rows[i];
    return NULL;
}

const yj_wipe_method_row *yj_wipe_method_choose(yj_medium medium, yj_outcome wanted, unsigned can)
{
    for (size_t i = 0; i < yj_wipe_method_row_count; i++) {
        const yj_wipe_method_row *r = &yj_wipe_method_rows[i];
        if (r->medium == medium && r->outcome >= wanted && (can >> r->method & 1))
            return r;
    }
    return NULL;
}

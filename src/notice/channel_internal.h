// SPDX-License-Identifier: Apache-2.0
/** What the files about channels share. */
#ifndef YJ_NOTICE_CHANNEL_INTERNAL_H
#define YJ_NOTICE_CHANNEL_INTERNAL_H

#include "notice/channel.h"

#define CHANNEL_CONFIG_MAX ((size_t)16 << 10)

extern const char *const yj_channel_kinds[YJ_CHANNEL_COUNT_];
extern const char *const yj_channel_securities[YJ_SMTP_SECURITY_COUNT_];

#endif

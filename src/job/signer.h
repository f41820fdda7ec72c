// SPDX-License-Identifier: Apache-2.0
/**
 * The key with which a server signs what its instruments found: Ed25519, or SM2 where the installation uses
 * SM algorithms. It lies beside the signing keys of ledgers (keys/instrument.key, PKCS#8 PEM, mode 0600) and
 * is in no backup: what it signed holds without it, and a new one is registered as a trusted key like the
 * first.
 */
#ifndef YJ_JOB_SIGNER_H
#define YJ_JOB_SIGNER_H

#include "base/sign.h"
#include "ledger/ledger.h"

/** Read the key; where there is none it is made. Several servers may do so at once: all have the same.
 *  @return YJ_E_FORBIDDEN if others than its owner may read the file, YJ_E_CORRUPT, YJ_E_IO, YJ_E_FULL */
yj_status yj_signer_open(const char *folder, yj_crypto crypto, yj_key **ret, yj_error *err) yj_nodiscard;

#endif

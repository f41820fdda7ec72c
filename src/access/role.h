// SPDX-License-Identifier: Apache-2.0
/**
 * Roles and the institutions they are made for (`made_for` in access.yaml, docs/pack-format.md). A role that
 * is not made for institutions of the type counts for nothing there, whoever has it: everybody who reads
 * roles of persons asks here. The type is a field of the institution's record, so it is asked on the same
 * connection, inside the same read (or the writer's) transaction. Any thread may call.
 */
#ifndef YJ_ACCESS_ROLE_H
#define YJ_ACCESS_ROLE_H

#include "base/json.h"
#include "pack/catalog.h"
#include "store/db.h"

#define YJ_ROLES_JOIN_BYTES 300
#define YJ_ROLES_COLUMN_BYTES 64

/** The index of the institution's type among the options; -1 if it has none, as the installation. */
yj_status yj_institution_type(yj_db *db, const yj_catalog *c, int64_t inst, int *ret,
                              yj_error *err) yj_nodiscard;

/** Bit set of the roles that count in the institution: all where the packs do not say; in the installation,
 * and where the type is not known, those that are made for every institution. */
yj_status yj_roles_here(yj_db *db, const yj_catalog *c, int64_t inst, uint64_t *ret,
                        yj_error *err) yj_nodiscard;

/** Bit of a role by its name; 0: there is none. */
uint64_t yj_role_bit(const yj_catalog *c, yj_span role);

/** The column in which each role of the person `p` stands, and the " LEFT JOIN ..." it needs ("" none). */
void yj_roles_source(const yj_catalog *c, char join[static YJ_ROLES_JOIN_BYTES],
                     char column[static YJ_ROLES_COLUMN_BYTES]);

/** Does a record of a person give roles that count in the institution? What it had before may stay.
 *  @param old fields before the change; NULL: it is made
 *  @return YJ_E_INVALID naming the field */
yj_status yj_roles_check(yj_db *db, const yj_catalog *c, int64_t inst, const yj_kind *k, const json_t *old,
                         const json_t *fields, yj_error *err) yj_nodiscard;

#endif

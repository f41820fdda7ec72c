// SPDX-License-Identifier: Apache-2.0
#include "store/confine_internal.h"
#include "store/pg_internal.h"
yj_status yj_pg_rule_schema(yj_db *db, const yj_kind_table *tables, size_t count, yj_error *err)
{
    return YJ_OK;
}
yj_status yj_pg_confine_setup(yj_db *db, yj_error *err)
{
    return YJ_OK;
}
yj_status yj_pg_confine_scope(yj_db *db, yj_error *err)
{
    return YJ_OK;
}
void yj_pg_rule_make(const yj_rule_known *rule, yj_buf *out)
{
}
yj_status yj_pg_rule_run(yj_db *db, const yj_rule_run *run, yj_error *err)
{
    return YJ_OK;
}

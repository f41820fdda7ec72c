// SPDX-License-Identifier: Apache-2.0
/**
 * Reading as an inspector (record/oversight.h): what an answer is going to tell is set down for the ledger of
 * whose records it tells of, before it goes out. Which routes may be read so, and what each tells, stands in
 * the route table (yj_route.reads). Worker's thread.
 */
#ifndef YJ_API_INSPECT_H
#define YJ_API_INSPECT_H

#include "api/call.h"

/** Let in as an inspector of the institution? Then c->inspected says by which scope. */
bool yj_inspect_let_in(yj_call *c, int64_t inst);
/** After the handler of a call of an inspector's: set down what `rp` tells. Gives the reader back.
 *  @return a failure: then the answer may not go out */
yj_status yj_inspect_note(yj_call *c, const yj_reply *rp, yj_error *err) yj_nodiscard;
/** What a person of `party` reads of several institutions in one answer, of each the same. */
yj_status yj_inspect_note_each(yj_call *c, int64_t party, const char *person, const int64_t *insts,
                               size_t count, const char *kind, const char *item, yj_error *err) yj_nodiscard;

#endif

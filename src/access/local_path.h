// SPDX-License-Identifier: Apache-2.0
/** Where a browser is sent after signing in: a page of this server and nowhere else. */
#ifndef YJ_ACCESS_LOCAL_PATH_H
#define YJ_ACCESS_LOCAL_PATH_H

#include "base/span.h"

#define YJ_LOCAL_PATH_MAX 512 /* bytes */

/**
 * May it stand in a Location header? A path from the root, perhaps a query and a fragment, in the characters
 * of RFC 3986: no host (no "//" in the path), no "\" (which browsers take for "/"), no control characters or
 * blanks (which they leave out), no "." or ".." between slashes, also written with %2e, and nothing of the
 * API.
 */
bool yj_local_path_valid(yj_span s);

#endif

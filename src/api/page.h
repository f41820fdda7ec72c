// SPDX-License-Identifier: Apache-2.0
/**
 * The page: the files of the single-page app (ui/), packed into the program when it is built (tools/ui).
 */
#ifndef YJ_API_PAGE_H
#define YJ_API_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/** Where the page lives: every address below it is the same document, which reads the rest of the address. */
#define YJ_PAGE_BASE "/p/"

typedef struct yj_page_file {
    const char *path;       /* below the root, without a leading slash: "index.html", "assets/index-x1.js" */
    const char *type;       /* media type */
    const char *etag;       /* of the bytes, with quotes */
    const unsigned char *z; /* gzip */
    size_t z_bytes;
    size_t bytes;  /* uncompressed */
    bool for_ever; /* its name changes with its bytes */
} yj_page_file;

typedef struct yj_page {
    const yj_page_file *files; /* by path, in order of bytes */
    size_t count;
} yj_page;

/** The file of that path; NULL if there is none. */
const yj_page_file *yj_page_find(const yj_page *p, const char *path);

/** What the program was built with (made by tools/ui; only in the program, not in the library). */
extern const yj_page yj_page_built;

#endif

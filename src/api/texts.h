// SPDX-License-Identifier: Apache-2.0
/** Texts of the API itself for people: what routes and parameters are for. English stands where it is used,
 *  Chinese in texts_zh.c; a test finds texts without a Chinese row. */
#ifndef YJ_API_TEXTS_H
#define YJ_API_TEXTS_H

/** NULL if there is no such row. */
const char *yj_api_zh(const char *en);
/** What the document says about limits of time, in English. */
extern const char yj_api_limits[];
/** The upper half of the page at "/". */
extern const char yj_api_page_zh[];

#endif

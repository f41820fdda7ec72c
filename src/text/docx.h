// SPDX-License-Identifier: Apache-2.0
/** Parts of a Word document: how they are found and read (docx.c), and the numbers that Word makes itself
 * (docx_numbers.c). Between these files alone. */
#ifndef YJ_TEXT_DOCX_H
#define YJ_TEXT_DOCX_H

#include "text/text.h"
#include <expat.h>

#define YJ_DOCX_NAME_MAX 512
#define YJ_DOCX_LABEL_MAX 160 /* bytes of a number, with its NUL */
#define YJ_DOCX_STYLE_MAX 64
#define YJ_DOCX_SIDE_BYTES_MAX ((uint64_t)16 << 20) /* of a part beside the main one, unpacked */

/** What the context of a parser's handlers begins with. */
typedef struct yj_docx_xml {
    XML_Parser parser;
} yj_docx_xml;

typedef yj_text_fault yj_docx_reader(void *ctx, yj_span piece, bool last);

/** Find a part by its name (as in the ZIP, letters of either case) and read it.
 *  @param ret_found left alone when there is none */
yj_text_fault yj_docx_part(yj_span zip, const char *name, uint64_t max, yj_docx_reader *reader, void *ctx,
                           bool *ret_found);
/** A parser that refuses document types. NULL when out of memory. @param ctx begins with a yj_docx_xml */
XML_Parser yj_docx_parser(void *ctx, XML_StartElementHandler start, XML_EndElementHandler end);
yj_text_fault yj_docx_feed(XML_Parser p, yj_span piece, bool last);
/** The name of an element or attribute of WordprocessingML; "" for others. */
const char *yj_docx_word(const XML_Char *name);
/** An attribute of WordprocessingML; NULL if it is not there. */
const char *yj_docx_attr(const XML_Char **attr, const char *name);
/** A whole number from 0 to 1,000,000; `otherwise` for anything else. */
int yj_docx_int(const char *text, int otherwise);

/** Lists and their counters. */
typedef struct yj_docx_numbers yj_docx_numbers;
yj_docx_numbers *yj_docx_numbers_new(void); /* NULL when out of memory */
void yj_docx_numbers_free(yj_docx_numbers *n);
/** Read the part that defines lists, or the one that defines styles. What is damaged or too much is left out:
 *  a text without its numbers is better than none. @return YJ_TEXT_FINE or YJ_TEXT_NO_MEMORY */
yj_text_fault yj_docx_read_lists(yj_docx_numbers *n, yj_span zip, const char *part) yj_nodiscard;
yj_text_fault yj_docx_read_styles(yj_docx_numbers *n, yj_span zip, const char *part) yj_nodiscard;
/**
 * The number before a paragraph; paragraphs come in the order of the document.
 * @param style  its id, "" for none
 * @param num    list that the paragraph names itself, 0: none, whatever its style says; -1: as its style says
 * @param level  from 0; -1: as its style says
 * @param ret    with the blank behind it; "" for none
 */
void yj_docx_number(yj_docx_numbers *n, const char *style, int num, int level,
                    char ret[static YJ_DOCX_LABEL_MAX]);

#endif

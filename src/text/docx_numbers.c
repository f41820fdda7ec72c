// SPDX-License-Identifier: Apache-2.0
/* The numbers that Word makes itself: lists with levels, each with a pattern such as "%1.%2" and a form for
 * its counter. A contract's articles are nearly always numbered so, and are cited by these numbers. */
#include "text/docx.h"
#include <stdio.h>
#include <stdlib.h>

#define LEVELS 9
#define LISTS_MAX 500
#define NUMS_MAX 5000
#define STYLES_MAX 5000
#define BASED_MAX 20 /* styles upon styles */
#define PATTERN_MAX 64

typedef enum form {
    DECIMAL,
    DECIMAL_ZERO,
    UPPER_ROMAN,
    LOWER_ROMAN,
    UPPER_LETTER,
    LOWER_LETTER,
    CHINESE,
    CHINESE_LEGAL,
    STEMS,
    BRANCHES,
    CIRCLED,
    FULL_WIDTH,
    NOTHING,
    BULLET,
} form;

typedef struct level {
    bool there, legal, bare, keeps; /* bare: no blank behind it; keeps: counts on whatever comes above */
    int start;
    form form;
    char pattern[PATTERN_MAX], style[YJ_DOCX_STYLE_MAX];
} level;

typedef struct list {
    int id;
    level level[LEVELS];
    bool counts[LEVELS];
    int64_t at[LEVELS];
} list;

/* A use of a list; several uses count on, unless one says where it begins. */
typedef struct num {
    int id, list, start[LEVELS]; /* -1: as the list says */
    bool begun[LEVELS];
} num;

typedef struct style {
    char id[YJ_DOCX_STYLE_MAX], based[YJ_DOCX_STYLE_MAX];
    int num, level; /* -1: not said */
} style;

struct yj_docx_numbers {
    list *lists;
    num *nums;
    style *styles;
    size_t list_count, num_count, style_count;
};

yj_docx_numbers *yj_docx_numbers_new(void)
{
    return calloc(1, sizeof(yj_docx_numbers));
}

void yj_docx_numbers_free(yj_docx_numbers *n)
{
    if (!n)
        return;
    free(n->lists);
    free(n->nums);
    free(n->styles);
    free(n);
}

/* --- counters in their forms ------------------------------------------------------------------------------
 */

static const char *const plain[] = { "\u96f6", "\u4e00", "\u4e8c", "\u4e09", "\u56db",
                                     "\u4e94", "\u516d", "\u4e03", "\u516b", "\u4e5d" };
static const char *const plain_units[] = { "", "\u5341", "\u767e", "\u5343" };
static const char *const solemn[] = { "\u96f6", "\u58f9", "\u8d30", "\u53c1", "\u8086",
                                      "\u4f0d", "\u9646", "\u67d2", "\u634c", "\u7396" };
static const char *const solemn_units[] = { "", "\u62fe", "\u4f70", "\u4edf" };
static const char *const stems[] = { "\u7532", "\u4e59", "\u4e19", "\u4e01", "\u620a",
                                     "\u5df1", "\u5e9a", "\u8f9b", "\u58ec", "\u7678" };
static const char *const branches[] = { "\u5b50", "\u4e11", "\u5bc5", "\u536f", "\u8fb0", "\u5df3",
                                        "\u5348", "\u672a", "\u7533", "\u9149", "\u620c", "\u4ea5" };

static void add(char *to, size_t size, const char *text)
{
    size_t have = strlen(to);
    if (have + strlen(text) < size) /* a pattern that makes more loses its end, never half a character */
        snprintf(to + have, size - have, "%s", text);
}

static void add_decimal(char *to, size_t size, int64_t v, int width)
{
    char text[24];
    snprintf(text, sizeof text, "%0*lld", width, (long long)v);
    add(to, size, text);
}

/* 1 to 9999. A zero stands for any number of empty places within; "ten" has no "one" before it, plainly. */
static void add_chinese(char *to, size_t size, int64_t v, bool legal)
{
    const char *const *digits = legal ? solemn : plain, *const *units = legal ? solemn_units : plain_units;
    int64_t unit = 1000;
    bool begun = false, gap = false;
    for (int u = 3; u >= 0; u--, unit /= 10) {
        int64_t d = v / unit % 10;
        if (d == 0) {
            gap = begun;
            continue;
        }
        if (gap)
            add(to, size, digits[0]);
        gap = false;
        if (legal || d != 1 || u != 1 || begun)
            add(to, size, digits[d]);
        add(to, size, units[u]);
        begun = true;
    }
}

static void add_roman(char *to, size_t size, int64_t v, bool upper)
{
    static const struct {
        int64_t value;
        const char *upper, *lower;
    } signs[] = { { 1000, "M", "m" }, { 900, "CM", "cm" }, { 500, "D", "d" }, { 400, "CD", "cd" },
                  { 100, "C", "c" },  { 90, "XC", "xc" },  { 50, "L", "l" },  { 40, "XL", "xl" },
                  { 10, "X", "x" },   { 9, "IX", "ix" },   { 5, "V", "v" },   { 4, "IV", "iv" },
                  { 1, "I", "i" } };
    for (size_t i = 0; i < YJ_COUNT(signs); i++)
        for (; v >= signs[i].value; v -= signs[i].value)
            add(to, size, upper ? signs[i].upper : signs[i].lower);
}

static void add_full_width(char *to, size_t size, int64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)v);
    for (const char *p = text; *p; p++) {
        char c[4] = { (char)0xef, (char)0xbc, (char)(0x90 + (*p - '0')), 0 };
        add(to, size, c);
    }
}

/* A, B, ..., Z, AA, BB: the letter as often as the alphabet was gone through. */
static void add_letters(char *to, size_t size, int64_t v, char first)
{
    char c[2] = { (char)(first + (v - 1) % 26), 0 };
    for (int64_t i = 0; i <= (v - 1) / 26; i++)
        add(to, size, c);
}

static void add_counter(char *to, size_t size, int64_t v, form f)
{
    if (f == NOTHING)
        return;
    if (f == DECIMAL_ZERO)
        add_decimal(to, size, v, 2);
    else if ((f == CHINESE || f == CHINESE_LEGAL) && v >= 1 && v <= 9999)
        add_chinese(to, size, v, f == CHINESE_LEGAL);
    else if ((f == UPPER_ROMAN || f == LOWER_ROMAN) && v >= 1 && v <= 3999)
        add_roman(to, size, v, f == UPPER_ROMAN);
    else if ((f == UPPER_LETTER || f == LOWER_LETTER) && v >= 1 && v <= 26 * 8)
        add_letters(to, size, v, f == UPPER_LETTER ? 'A' : 'a');
    else if (f == STEMS && v >= 1 && v <= 10)
        add(to, size, stems[v - 1]);
    else if (f == BRANCHES && v >= 1 && v <= 12)
        add(to, size, branches[v - 1]);
    else if (f == CIRCLED && v >= 1 && v <= 20)
        add(to, size, (char[]){ (char)0xe2, (char)0x91, (char)(0x9f + v), 0 });
    else if (f == FULL_WIDTH && v >= 0)
        add_full_width(to, size, v);
    else
        add_decimal(to, size, v, 1);
}

static form form_of(const char *name)
{
    static const struct {
        const char *name;
        form form;
    } forms[] = {
        { "decimal", DECIMAL },
        { "decimalZero", DECIMAL_ZERO },
        { "upperRoman", UPPER_ROMAN },
        { "lowerRoman", LOWER_ROMAN },
        { "upperLetter", UPPER_LETTER },
        { "lowerLetter", LOWER_LETTER },
        { "chineseCounting", CHINESE },
        { "chineseCountingThousand", CHINESE },
        { "taiwaneseCounting", CHINESE },
        { "taiwaneseCountingThousand", CHINESE },
        { "japaneseCounting", CHINESE },
        { "chineseLegalSimplified", CHINESE_LEGAL },
        { "ideographTraditional", STEMS },
        { "ideographZodiac", BRANCHES },
        { "decimalEnclosedCircle", CIRCLED },
        { "decimalEnclosedCircleChinese", CIRCLED },
        { "decimalFullWidth", FULL_WIDTH },
        { "none", NOTHING },
        { "bullet", BULLET },
    };
    for (size_t i = 0; i < YJ_COUNT(forms); i++)
        if (strcmp(name, forms[i].name) == 0)
            return forms[i].form;
    return DECIMAL;
}

/* --- the part of the lists --------------------------------------------------------------------------------
 */

typedef struct lists_reader {
    yj_docx_xml xml;
    yj_docx_numbers *n;
    list *list;
    level *level;
    num *num;
    int over; /* level whose beginning a use overrides; -1 */
} lists_reader;

static void set(char *to, size_t size, const char *text)
{
    if (text && strlen(text) < size)
        snprintf(to, size, "%s", text);
}

static void start_level(level *l, const char *w, const XML_Char **attr)
{
    const char *val = yj_docx_attr(attr, "val");
    if (strcmp(w, "start") == 0)
        l->start = yj_docx_int(val, 1);
    else if (strcmp(w, "numFmt") == 0)
        l->form = form_of(val ? val : "");
    else if (strcmp(w, "lvlText") == 0)
        set(l->pattern, sizeof l->pattern, val);
    else if (strcmp(w, "suff") == 0)
        l->bare = val && strcmp(val, "nothing") == 0;
    else if (strcmp(w, "isLgl") == 0)
        l->legal = !val || (strcmp(val, "0") != 0 && strcmp(val, "false") != 0);
    else if (strcmp(w, "lvlRestart") == 0)
        l->keeps = val && strcmp(val, "0") == 0;
    else if (strcmp(w, "pStyle") == 0)
        set(l->style, sizeof l->style, val);
}

static void XMLCALL start_lists(void *ctx, const XML_Char *name, const XML_Char **attr)
{
    lists_reader *r = ctx;
    yj_docx_numbers *n = r->n;
    const char *w = yj_docx_word(name);
    int at = yj_docx_int(yj_docx_attr(attr, "ilvl"), LEVELS);
    if (strcmp(w, "abstractNum") == 0 && n->list_count < LISTS_MAX) {
        r->list = &n->lists[n->list_count++];
        r->list->id = yj_docx_int(yj_docx_attr(attr, "abstractNumId"), -1);
    } else if (strcmp(w, "num") == 0 && n->num_count < NUMS_MAX) {
        r->num = &n->nums[n->num_count++];
        *r->num = (num){ .id = yj_docx_int(yj_docx_attr(attr, "numId"), -1), .list = -1 };
        for (int i = 0; i < LEVELS; i++)
            r->num->start[i] = -1;
    } else if (strcmp(w, "lvl") == 0 && r->list && !r->num && at < LEVELS) {
        r->level = &r->list->level[at];
        *r->level = (level){ .there = true, .start = 1 };
    } else if (r->level) {
        start_level(r->level, w, attr);
    } else if (r->num && strcmp(w, "abstractNumId") == 0) {
        r->num->list = yj_docx_int(yj_docx_attr(attr, "val"), -1);
    } else if (r->num && strcmp(w, "lvlOverride") == 0) {
        r->over = at < LEVELS ? at : -1;
    } else if (r->num && strcmp(w, "startOverride") == 0 && r->over >= 0) {
        r->num->start[r->over] = yj_docx_int(yj_docx_attr(attr, "val"), 1);
    }
}

static void XMLCALL end_lists(void *ctx, const XML_Char *name)
{
    lists_reader *r = ctx;
    const char *w = yj_docx_word(name);
    if (strcmp(w, "abstractNum") == 0)
        r->list = NULL;
    else if (strcmp(w, "lvl") == 0)
        r->level = NULL;
    else if (strcmp(w, "num") == 0)
        r->num = NULL;
    else if (strcmp(w, "lvlOverride") == 0)
        r->over = -1;
}

/* --- the part of the styles -------------------------------------------------------------------------------
 */

typedef struct styles_reader {
    yj_docx_xml xml;
    yj_docx_numbers *n;
    style *style;
} styles_reader;

static void XMLCALL start_styles(void *ctx, const XML_Char *name, const XML_Char **attr)
{
    styles_reader *r = ctx;
    yj_docx_numbers *n = r->n;
    const char *w = yj_docx_word(name), *val = yj_docx_attr(attr, "val");
    if (strcmp(w, "style") == 0 && n->style_count < STYLES_MAX) {
        r->style = &n->styles[n->style_count++];
        *r->style = (style){ .num = -1, .level = -1 };
        set(r->style->id, sizeof r->style->id, yj_docx_attr(attr, "styleId"));
    } else if (r->style && strcmp(w, "basedOn") == 0) {
        set(r->style->based, sizeof r->style->based, val);
    } else if (r->style && strcmp(w, "numId") == 0) {
        r->style->num = yj_docx_int(val, -1);
    } else if (r->style && strcmp(w, "ilvl") == 0) {
        r->style->level = yj_docx_int(val, -1);
    }
}

static void XMLCALL end_styles(void *ctx, const XML_Char *name)
{
    styles_reader *r = ctx;
    if (strcmp(yj_docx_word(name), "style") == 0)
        r->style = NULL;
}

static yj_text_fault feed_part(void *ctx, yj_span piece, bool last)
{
    return yj_docx_feed(((yj_docx_xml *)ctx)->parser, piece, last);
}

static yj_text_fault read_part(yj_docx_xml *x, yj_span zip, const char *part)
{
    bool found = false;
    if (!x->parser)
        return YJ_TEXT_NO_MEMORY;
    yj_text_fault f = yj_docx_part(zip, part, YJ_DOCX_SIDE_BYTES_MAX, feed_part, x, &found);
    XML_ParserFree(x->parser);
    return f == YJ_TEXT_NO_MEMORY ? f : YJ_TEXT_FINE;
}

yj_text_fault yj_docx_read_lists(yj_docx_numbers *n, yj_span zip, const char *part)
{
    lists_reader r = { .n = n, .over = -1 };
    n->lists = calloc(LISTS_MAX, sizeof *n->lists);
    n->nums = calloc(NUMS_MAX, sizeof *n->nums);
    if (!n->lists || !n->nums)
        return YJ_TEXT_NO_MEMORY;
    r.xml.parser = yj_docx_parser(&r, start_lists, end_lists);
    return read_part(&r.xml, zip, part);
}

yj_text_fault yj_docx_read_styles(yj_docx_numbers *n, yj_span zip, const char *part)
{
    styles_reader r = { .n = n };
    n->styles = calloc(STYLES_MAX, sizeof *n->styles);
    if (!n->styles)
        return YJ_TEXT_NO_MEMORY;
    r.xml.parser = yj_docx_parser(&r, start_styles, end_styles);
    return read_part(&r.xml, zip, part);
}

/* --- the number of a paragraph ----------------------------------------------------------------------------
 */

static const style *find_style(const yj_docx_numbers *n, const char *id)
{
    for (size_t i = 0; i < n->style_count && *id; i++)
        if (strcmp(n->styles[i].id, id) == 0)
            return &n->styles[i];
    return NULL;
}

static num *find_num(yj_docx_numbers *n, int id)
{
    for (size_t i = 0; i < n->num_count; i++)
        if (n->nums[i].id == id)
            return &n->nums[i];
    return NULL;
}

static list *find_list(yj_docx_numbers *n, int id)
{
    for (size_t i = 0; i < n->list_count; i++)
        if (n->lists[i].id == id)
            return &n->lists[i];
    return NULL;
}

/* What a style says, or one that it is based on. @param ret_of the style that names the list */
static void by_style(const yj_docx_numbers *n, const char *id, int *list_use, int *at, const char **ret_of)
{
    const style *s = find_style(n, id);
    for (int i = 0; s && i < BASED_MAX; i++) {
        if (*at < 0)
            *at = s->level;
        if (s->num >= 0) {
            *list_use = s->num;
            *ret_of = s->id;
            return;
        }
        s = find_style(n, s->based);
    }
}

static void count(list *l, num *u, int at)
{
    const level *v = &l->level[at];
    if (u->start[at] >= 0 && !u->begun[at])
        l->at[at] = u->start[at];
    else
        l->at[at] = l->counts[at] ? l->at[at] + 1 : v->start;
    l->counts[at] = u->begun[at] = true;
    for (int i = 0; i < at; i++) { /* nothing came at those above: they show where they begin */
        if (!l->counts[i])
            l->at[i] = l->level[i].there ? l->level[i].start : 1;
        l->counts[i] = true;
    }
    for (int i = at + 1; i < LEVELS; i++)
        l->counts[i] = l->counts[i] && l->level[i].keeps;
}

void yj_docx_number(yj_docx_numbers *n, const char *style_id, int num_id, int at,
                    char ret[static YJ_DOCX_LABEL_MAX])
{
    const char *of = NULL;
    ret[0] = '\0';
    if (num_id < 0)
        by_style(n, style_id, &num_id, &at, &of);
    num *u = num_id > 0 ? find_num(n, num_id) : NULL;
    list *l = u ? find_list(n, u->list) : NULL;
    if (!l)
        return;
    for (int i = 0; of && i < LEVELS; i++) /* the level names the style that uses it */
        at = at < 0 && strcmp(l->level[i].style, style_id) == 0 ? i : at;
    at = at < 0 || at >= LEVELS ? 0 : at;
    const level *v = &l->level[at];
    count(l, u, at);
    if (!v->there || v->form == BULLET || !v->pattern[0])
        return;
    for (const char *p = v->pattern; *p;) {
        if (p[0] == '%' && p[1] >= '1' && p[1] <= '9') {
            int of_level = p[1] - '1';
            form f = l->level[of_level].form;
            add_counter(ret, YJ_DOCX_LABEL_MAX - 1, l->at[of_level], v->legal && f != NOTHING ? DECIMAL : f);
            p += 2;
            continue;
        }
        char c[5] = { 0 };
        size_t len = 1;
        c[0] = *p++;
        for (; len < 4 && ((unsigned char)*p & 0xc0) == 0x80; len++)
            c[len] = *p++;
        add(ret, YJ_DOCX_LABEL_MAX - 1, c);
    }
    if (ret[0] && !v->bare)
        add(ret, YJ_DOCX_LABEL_MAX, " ");
}

// SPDX-License-Identifier: Apache-2.0
#include "job/scan_rules.h"

#include "base/file.h"
#include "instrument/scan/list.h"
#include "pack/yaml.h"

#define FEWEST_BYTES 2 /* of a text; three where it is ASCII alone: shorter ones stand everywhere */

typedef struct loading {
    yj_arena *a;
    const char *path;
    yj_own_rule *rule;
    size_t count;
} loading;

static yj_status text_of(const loading *l, const yj_yaml *map, const char *key, const char **ret,
                         yj_error *err)
{
    const yj_yaml *n = yj_yaml_get(map, key);
    if (!n || n->type != YJ_YAML_SCALAR || !n->text[0] || strlen(n->text) > 200)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: %s is missing, or no text of at most 200 bytes",
                       l->path, n ? n->line : map->line, key);
    *ret = n->text;
    return YJ_OK;
}

static yj_status number_in(const loading *l, const yj_yaml *n, int line, int64_t least, int64_t most,
                           size_t *ret, yj_error *err)
{
    int64_t v = 0;
    if (!n || n->type != YJ_YAML_SCALAR || !yj_span_i64(yj_span_of(n->text), &v) || v < least || v > most)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a number from %d to %d is expected", l->path,
                       n ? n->line : line, (int)least, (int)most);
    *ret = (size_t)v;
    return YJ_OK;
}

static yj_status known_keys(const loading *l, const yj_yaml *map, const char *const *keys, yj_error *err)
{
    if (map->type != YJ_YAML_MAP)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: keys with values are expected", l->path, map->line);
    for (size_t i = 0; i < map->count; i++) {
        const char *const *k = keys;
        while (*k && strcmp(*k, map->keys[i]) != 0)
            k++;
        if (!*k)
            return yj_fail(err, YJ_E_INVALID, "%s, line %d: unknown key \"%s\"", l->path, map->key_lines[i],
                           map->keys[i]);
    }
    return YJ_OK;
}

static bool beyond_ascii(const char *text)
{
    for (; *text; text++)
        if (*text & 0x80)
            return true;
    return false;
}

/* @param digits a text of digits may be shorter: it only begins a number */
static yj_status texts_of(const loading *l, const yj_yaml *list, bool short_ones, yj_own_texts *ret,
                          yj_error *err)
{
    if (!list)
        return YJ_OK;
    if (list->type != YJ_YAML_LIST || list->count == 0 || list->count > YJ_OWN_TEXTS_MAX)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a list of 1 to %d texts is expected", l->path,
                       list->line, YJ_OWN_TEXTS_MAX);
    const char **text = yj_arena_alloc(l->a, list->count * sizeof *text);
    for (size_t i = 0; i < list->count; i++) {
        const yj_yaml *n = &list->items[i];
        size_t len = n->type == YJ_YAML_SCALAR ? strlen(n->text) : 0;
        size_t least = len > 0 && !short_ones && !beyond_ascii(n->text) ? FEWEST_BYTES + 1 : FEWEST_BYTES;
        if (len < least || len > YJ_OWN_TEXT_BYTES_MAX)
            return yj_fail(err, YJ_E_INVALID,
                           "%s, line %d: a text has %zu to %d bytes; shorter ones stand everywhere", l->path,
                           n->line, least, YJ_OWN_TEXT_BYTES_MAX);
        text[i] = n->text;
    }
    *ret = (yj_own_texts){ text, list->count };
    return YJ_OK;
}

static yj_status length_of(const loading *l, const yj_yaml *form, yj_own_rule *r, yj_error *err)
{
    const yj_yaml *n = yj_yaml_get(form, "length");
    if (!n || n->type != YJ_YAML_LIST || n->count != 2)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: length is [least, most], the beginning included",
                       l->path, n ? n->line : form->line);
    YJ_TRY(number_in(l, &n->items[0], n->line, 4, YJ_OWN_LENGTH_MAX, &r->least, err));
    return number_in(l, &n->items[1], n->line, (int64_t)r->least, YJ_OWN_LENGTH_MAX, &r->most, err);
}

static void allow(yj_own_rule *r, const char *range)
{
    for (const char *p = range; p[0]; p += 2)
        for (unsigned c = (unsigned char)p[0]; c <= (unsigned char)p[1]; c++)
            r->of[c] = true;
}

static yj_status bytes_of(const loading *l, const yj_yaml *form, yj_own_rule *r, yj_error *err)
{
    static const struct {
        const char *name, *range;
    } sets[] = { { "digit", "09" },
                 { "upper", "AZ" },
                 { "lower", "az" },
                 { "hex", "09afAF" },
                 { "base64", "09azAZ++//==" },
                 { "url64", "09azAZ--__" } };
    const yj_yaml *n = yj_yaml_get(form, "of");
    if (!n || n->type != YJ_YAML_LIST || n->count == 0)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: \"of\" lists digit, upper, lower, hex, base64, url64",
                       l->path, n ? n->line : form->line);
    for (size_t i = 0; i < n->count; i++) {
        size_t k = 0;
        while (k < YJ_COUNT(sets) &&
               (n->items[i].type != YJ_YAML_SCALAR || strcmp(sets[k].name, n->items[i].text) != 0))
            k++;
        if (k == YJ_COUNT(sets))
            return yj_fail(err, YJ_E_INVALID,
                           "%s, line %d: \"of\" lists digit, upper, lower, hex, base64, url64", l->path,
                           n->items[i].line);
        allow(r, sets[k].range);
    }
    return YJ_OK;
}

static yj_status check_of(const loading *l, const yj_yaml *form, yj_own_rule *r, yj_error *err)
{
    static const char *const names[] = { "none", "luhn", "resident_id", "credit_code" };
    const yj_yaml *n = yj_yaml_get(form, "check");
    if (!n)
        return YJ_OK;
    for (size_t i = 0; i < YJ_COUNT(names); i++)
        if (n->type == YJ_YAML_SCALAR && strcmp(n->text, names[i]) == 0) {
            r->check = (yj_own_check)i;
            return YJ_OK;
        }
    return yj_fail(err, YJ_E_INVALID, "%s, line %d: a check is none, luhn, resident_id or credit_code",
                   l->path, n->line);
}

static bool only_digits(const yj_own_rule *r)
{
    for (int c = 0; c < 256; c++)
        if (r->of[c] && !(c >= '0' && c <= '9'))
            return false;
    return true;
}

static yj_status form_of(const loading *l, const yj_yaml *map, yj_own_rule *r, yj_error *err)
{
    static const char *const token_keys[] = { "begins", "of", "length", "check", NULL };
    static const char *const digits_keys[] = { "begins", "length", "check", NULL };
    const yj_yaml *words = yj_yaml_get(map, "words"), *token = yj_yaml_get(map, "token"),
                  *digits = yj_yaml_get(map, "digits"), *form = token ? token : digits;
    if ((words != NULL) + (token != NULL) + (digits != NULL) != 1)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a rule has one of: words, token, digits", l->path,
                       map->line);
    YJ_TRY(texts_of(l, yj_yaml_get(map, "context"), false, &r->context, err));
    if (words)
        return texts_of(l, words, false, &r->begins, err);
    r->kind = token ? YJ_OWN_TOKEN : YJ_OWN_DIGITS;
    YJ_TRY(known_keys(l, form, token ? token_keys : digits_keys, err));
    YJ_TRY(texts_of(l, yj_yaml_get(form, "begins"), true, &r->begins, err));
    YJ_TRY(length_of(l, form, r, err));
    YJ_TRY(check_of(l, form, r, err));
    if (token)
        YJ_TRY(bytes_of(l, form, r, err));
    else
        allow(r, "09");
    if (r->begins.count == 0 && r->context.count == 0)
        return yj_fail(
            err, YJ_E_INVALID,
            "%s, line %d: refused: without a beginning or context words every number or word of that "
            "length would be looked at; one in ten passes a check digit, and the scan would be slow",
            l->path, form->line);
    if (token && only_digits(r) && r->begins.count == 0)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a token of digits alone is to be written as digits",
                       l->path, form->line);
    return YJ_OK;
}

/* --- examples ---------------------------------------------------------------------------------------------
 */

typedef struct seen {
    size_t at, len, count;
    yj_scan_class what;
} seen;

static void see(void *with, const yj_scan_hit *h)
{
    seen *s = with;
    if (h->what != s->what)
        return;
    s->count += s->count == 0 || s->at != h->at || s->len != h->len;
    s->at = h->at;
    s->len = h->len;
}

#define OPEN "\xc2\xab" /* the marks around what is to be found */
#define CLOSE "\xc2\xbb"

static yj_status one_example(const loading *l, const yj_yaml *n, bool found, yj_error *err)
{
    const char *text = n->type == YJ_YAML_SCALAR ? n->text : "";
    const char *open = strstr(text, OPEN), *close = open ? strstr(open, CLOSE) : NULL;
    yj_scan_own one = { .rule = l->rule, .count = l->count };
    seen s = { .what = (yj_scan_class)(YJ_SCAN_CLASS_COUNT_ + l->count - 1) };
    if (found && !close)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: what is found stands between marks: %s", l->path,
                       n->line, OPEN CLOSE);
    yj_span t = yj_span_of(text);
    if (found) {
        t = yj_span_of(yj_arena_fmt(l->a, "%.*s%.*s%s", (int)(open - text), text, (int)(close - open) - 2,
                                    open + 2, close + 2));
    }
    yj_scan_own_detect(&one, t, 0, t.len, see, &s);
    if (!found && s.count > 0)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: the rule finds something in what it should not",
                       l->path, n->line);
    if (found && (s.count != 1 || s.at != (size_t)(open - text) || s.len != (size_t)(close - open) - 2))
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: the rule does not find what is marked", l->path,
                       n->line);
    return YJ_OK;
}

static yj_status examples_of(const loading *l, const yj_yaml *map, yj_error *err)
{
    static const char *const keys[] = { "found", "not_found", NULL };
    const yj_yaml *n = yj_yaml_get(map, "examples");
    for (int k = 0; k < 2; k++) {
        const yj_yaml *list = n && n->type == YJ_YAML_MAP ? yj_yaml_get(n, keys[k]) : NULL;
        if (!list || list->type != YJ_YAML_LIST || list->count == 0)
            return yj_fail(err, YJ_E_INVALID,
                           "%s, line %d: a rule has examples, at least one under \"found\" and one under "
                           "\"not_found\"",
                           l->path, n ? n->line : map->line);
        for (size_t i = 0; i < list->count; i++)
            YJ_TRY(one_example(l, &list->items[i], k == 0, err));
    }
    return known_keys(l, n, keys, err);
}

/* --- rules ------------------------------------------------------------------------------------------------
 */

static bool good_id(const loading *l, const char *id)
{
    if (yj_scan_list_has_column(id))
        return false;
    if (strlen(id) > 40 || strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(id))
        return false;
    for (int c = 0; c < YJ_SCAN_CLASS_COUNT_; c++)
        if (strcmp(id, yj_scan_class_name((yj_scan_class)c)) == 0)
            return false;
    for (size_t i = 0; i + 1 < l->count; i++)
        if (strcmp(id, l->rule[i].id) == 0)
            return false;
    return true;
}

static yj_status one_rule(loading *l, const yj_yaml *map, yj_error *err)
{
    static const char *const keys[] = { "id",    "zh",     "en",      "grade",    "source", "words",
                                        "token", "digits", "context", "examples", NULL };
    yj_own_rule *r = &l->rule[l->count++];
    size_t grade = 0;
    YJ_TRY(known_keys(l, map, keys, err));
    YJ_TRY(text_of(l, map, "id", &r->id, err));
    YJ_TRY(text_of(l, map, "zh", &r->zh, err));
    YJ_TRY(text_of(l, map, "en", &r->en, err));
    YJ_TRY(text_of(l, map, "source", &r->source, err));
    YJ_TRY(number_in(l, yj_yaml_get(map, "grade"), map->line, 1, 4, &grade, err));
    r->grade = (int)grade;
    if (!good_id(l, r->id))
        return yj_fail(err, YJ_E_INVALID,
                       "%s, line %d: the id is taken, or has other characters than a-z, 0-9, _", l->path,
                       yj_yaml_get(map, "id")->line);
    YJ_TRY(form_of(l, map, r, err));
    return examples_of(l, map, err);
}

/* --- what is said of built-in classes ---------------------------------------------------------------------
 */

static yj_status one_class(const loading *l, const yj_yaml *map, yj_own_class *known, yj_error *err)
{
    static const char *const keys[] = { "id", "grade", "source", "zh", "en", NULL };
    const char *id;
    size_t grade = 0;
    int c = 0;
    YJ_TRY(known_keys(l, map, keys, err));
    YJ_TRY(text_of(l, map, "id", &id, err));
    while (c < YJ_SCAN_CLASS_COUNT_ && strcmp(id, yj_scan_class_name((yj_scan_class)c)) != 0)
        c++;
    if (c == YJ_SCAN_CLASS_COUNT_ || known[c].grade)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: no built-in class of that id, or the second time",
                       l->path, yj_yaml_get(map, "id")->line);
    yj_own_class *k = &known[c];
    YJ_TRY(number_in(l, yj_yaml_get(map, "grade"), map->line, 1, 4, &grade, err));
    YJ_TRY(text_of(l, map, "source", &k->source, err));
    if (yj_yaml_get(map, "zh"))
        YJ_TRY(text_of(l, map, "zh", &k->zh, err));
    if (yj_yaml_get(map, "en"))
        YJ_TRY(text_of(l, map, "en", &k->en, err));
    k->grade = (int)grade;
    return YJ_OK;
}

static yj_status classes_of(const loading *l, const yj_yaml *top, yj_own_class *known, yj_error *err)
{
    const yj_yaml *list = yj_yaml_get(top, "classes");
    if (!list)
        return YJ_OK;
    if (list->type != YJ_YAML_LIST || list->count == 0)
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a list of classes is expected", l->path, list->line);
    for (size_t i = 0; i < list->count; i++)
        YJ_TRY(one_class(l, &list->items[i], known, err));
    return YJ_OK;
}

yj_status yj_scan_rules_parse(yj_arena *a, const char *path, yj_span yaml, yj_scan_own **ret, yj_error *err)
{
    static const char *const keys[] = { "classes", "rules", NULL };
    const yj_yaml *top = NULL;
    int line = 0;
    loading l = { .a = a, .path = path };
    yj_error inner;
    yj_status s = yj_yaml_parse(a, yaml, YJ_SCAN_RULES_BYTES_MAX, &top, &line, &inner);
    if (s != YJ_OK) {
        if (err) {
            *err = inner;
            yj_error_at(err, "%s, line %d", path, line);
        }
        return s;
    }
    YJ_TRY(known_keys(&l, top, keys, err));
    const yj_yaml *list = yj_yaml_get(top, "rules");
    bool classes_only = !list && yj_yaml_get(top, "classes");
    if (!classes_only &&
        (!list || list->type != YJ_YAML_LIST || list->count == 0 || list->count > YJ_SCAN_OWN_MAX))
        return yj_fail(err, YJ_E_INVALID, "%s, line %d: a list of 1 to %d rules is expected", path,
                       list ? list->line : 1, YJ_SCAN_OWN_MAX);
    size_t count = classes_only ? 0 : list->count;
    l.rule = yj_arena_alloc(a, (count + 1) * sizeof *l.rule);
    memset(l.rule, 0, (count + 1) * sizeof *l.rule);
    for (size_t i = 0; i < count; i++)
        YJ_TRY(one_rule(&l, &list->items[i], err));
    yj_scan_own *own = yj_arena_alloc(a, sizeof *own);
    memset(own, 0, sizeof *own);
    own->rule = l.rule;
    own->count = l.count;
    YJ_TRY(classes_of(&l, top, own->known, err));
    *ret = own;
    return YJ_OK;
}

yj_status yj_scan_rules_load(yj_arena *a, const char *path, yj_scan_own **ret, yj_digest *ret_sha256,
                             yj_error *err)
{
    yj_auto(yj_buf_done) yj_buf b;
    yj_buf_init(&b, YJ_SCAN_RULES_BYTES_MAX + 1);
    YJ_TRY(yj_file_read(path, YJ_SCAN_RULES_BYTES_MAX, &b, err));
    yj_hash(YJ_HASH_SHA256, b.ptr, b.len, ret_sha256);
    return yj_scan_rules_parse(a, path, yj_buf_view(&b), ret, err);
}

// SPDX-License-Identifier: Apache-2.0
#include "instrument/business/questions.h"
#include <yaml.h>

typedef struct reader {
    yaml_document_t d;
    bool open;
    yj_arena *a;
} reader;

static void reader_done(reader *r)
{
    if (r->open)
        yaml_document_delete(&r->d);
}

static yj_status wrong(const yaml_node_t *n, const char *what, yj_error *err)
{
    yj_status st = yj_fail(err, YJ_E_INVALID, "questions: %s", what);
    if (n)
        yj_ignore(yj_error_at(err, "line %zu column %zu", n->start_mark.line + 1, n->start_mark.column + 1));
    return st;
}

static yj_status text_of(reader *r, const yaml_node_t *n, const char **ret, yj_error *err)
{
    if (!n || n->type != YAML_SCALAR_NODE)
        return wrong(n, "a text is expected here", err);
    yj_span s = { (const char *)n->data.scalar.value, n->data.scalar.length };
    if (memchr(s.ptr, '\0', s.len))
        return wrong(n, "a text is expected here", err);
    *ret = yj_arena_strndup(r->a, s.ptr, s.len);
    return YJ_OK;
}

static yj_status number_of(reader *r, const yaml_node_t *n, int64_t *ret, yj_error *err)
{
    const char *s = NULL;
    YJ_TRY(text_of(r, n, &s, err));
    if (!yj_span_i64(yj_span_of(s), ret) || *ret < 0)
        return wrong(n, "a number is expected here", err);
    return YJ_OK;
}

static yj_status member(reader *r, const char *key, const yaml_node_t *v, yj_question *q, yj_error *err)
{
    const struct {
        const char *name;
        const char **text;
        int64_t *number;
    } members[] = {
        { "name", &q->name, NULL }, { "database", &q->database, NULL }, { "sql", &q->sql, NULL },
        { "http", &q->http, NULL }, { "contains", &q->contains, NULL }, { "expect", &q->expect, NULL },
        { "rows", NULL, &q->rows }, { "status", NULL, &q->status },
    };
    for (size_t i = 0; i < YJ_COUNT(members); i++) {
        if (strcmp(members[i].name, key) != 0)
            continue;
        if (members[i].text ? *members[i].text != NULL : *members[i].number >= 0)
            return wrong(v, "a member stands there twice", err);
        return members[i].text ? text_of(r, v, members[i].text, err)
                               : number_of(r, v, members[i].number, err);
    }
    return wrong(v, "an unknown member", err);
}

static yj_status check(const yj_questions *all, const yj_question *q, const yaml_node_t *n, yj_error *err)
{
    bool known = false;
    if (!q->name || !q->name[0] || strlen(q->name) > YJ_QUESTION_NAME_MAX)
        return wrong(n, "a question needs a name of at most 200 bytes", err);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->question[i].name, q->name) == 0)
            return wrong(n, "two questions have one name", err);
    if (!q->sql == !q->http)
        return wrong(n, "a question is either sql or http", err);
    if (q->http) {
        bool fine = strncmp(q->http, "http://", 7) == 0 || strncmp(q->http, "https://", 8) == 0;
        return fine && !q->database && !q->expect && q->rows < 0
                   ? YJ_OK
                   : wrong(n, "http takes an address, status and contains", err);
    }
    for (size_t i = 0; i < all->databases && q->database; i++)
        known = known || strcmp(all->database[i].name, q->database) == 0;
    return known && !q->contains && q->status < 0
               ? YJ_OK
               : wrong(n, "sql takes a database named above, expect and rows", err);
}

static yj_status read_question(reader *r, const yaml_node_t *n, yj_questions *all, yj_error *err)
{
    yj_question q = { .rows = -1, .status = -1 };
    if (!n || n->type != YAML_MAPPING_NODE)
        return wrong(n, "a question is a mapping", err);
    for (const yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const char *key = NULL;
        YJ_TRY(text_of(r, yaml_document_get_node(&r->d, p->key), &key, err));
        YJ_TRY(member(r, key, yaml_document_get_node(&r->d, p->value), &q, err));
    }
    YJ_TRY(check(all, &q, n, err));
    all->question[all->count++] = q;
    return yj_arena_status(r->a, err);
}

static yj_status read_questions(reader *r, const yaml_node_t *n, yj_questions *ret, yj_error *err)
{
    if (ret->question || n->type != YAML_SEQUENCE_NODE)
        return wrong(n, "questions is one list", err);
    size_t count = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    if (count == 0)
        return wrong(n, "there is no question", err);
    if (count > YJ_QUESTIONS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d questions", YJ_QUESTIONS_MAX);
    ret->question = yj_arena_array(r->a, count, sizeof *ret->question);
    for (size_t i = 0; i < count; i++)
        YJ_TRY(read_question(r, yaml_document_get_node(&r->d, n->data.sequence.items.start[i]), ret, err));
    return YJ_OK;
}

static yj_status read_databases(reader *r, const yaml_node_t *n, yj_questions *ret, yj_error *err)
{
    if (ret->database || ret->question || n->type != YAML_MAPPING_NODE)
        return wrong(n, "databases is one mapping, before the questions", err);
    size_t count = (size_t)(n->data.mapping.pairs.top - n->data.mapping.pairs.start);
    if (count > YJ_QUESTIONS_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d questions", YJ_QUESTIONS_MAX);
    ret->database = yj_arena_array(r->a, count + 1, sizeof *ret->database);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *p = &n->data.mapping.pairs.start[i];
        const yaml_node_t *key = yaml_document_get_node(&r->d, p->key);
        YJ_TRY(text_of(r, key, &ret->database[i].name, err));
        YJ_TRY(text_of(r, yaml_document_get_node(&r->d, p->value), &ret->database[i].url, err));
        for (size_t k = 0; k < i; k++)
            if (strcmp(ret->database[k].name, ret->database[i].name) == 0)
                return wrong(key, "a member stands there twice", err);
        ret->databases++;
    }
    return YJ_OK;
}

static yj_status load(reader *r, yj_span yaml, yj_error *err)
{
    yaml_parser_t p;
    if (!yj_utf8_valid(yaml))
        return yj_fail(err, YJ_E_INVALID, "questions: %s", "it is no UTF-8");
    if (!yaml_parser_initialize(&p))
        return yj_fail(err, YJ_E_NOMEM, "out of memory");
    yaml_parser_set_input_string(&p, (const unsigned char *)yaml.ptr, yaml.len);
    r->open = yaml_parser_load(&p, &r->d) == 1;
    yj_status st = r->open ? YJ_OK : yj_fail(err, YJ_E_INVALID, "questions: %s", "it is no YAML");
    if (!r->open)
        yj_ignore(
            yj_error_at(err, "line %zu column %zu", p.problem_mark.line + 1, p.problem_mark.column + 1));
    yaml_document_t more; /* a second document would silently not be asked */
    if (r->open && yaml_parser_load(&p, &more) == 1) {
        bool other = yaml_document_get_root_node(&more) != NULL;
        yaml_document_delete(&more);
        if (other)
            st = yj_fail(err, YJ_E_INVALID, "questions: %s", "more than one document");
    } else if (r->open) {
        st = yj_fail(err, YJ_E_INVALID, "questions: %s", "it is no YAML");
    }
    yaml_parser_delete(&p);
    return st;
}

yj_status yj_questions_parse(yj_span yaml, yj_arena *a, yj_questions *ret, yj_error *err)
{
    yj_auto(reader_done) reader r = { .a = a };
    yj_questions all = { .count = 0 };
    if (yaml.len > YJ_QUESTIONS_BYTES_MAX)
        return yj_fail(err, YJ_E_LIMIT, "more than %d questions", YJ_QUESTIONS_MAX);
    YJ_TRY(load(&r, yaml, err));
    const yaml_node_t *root = yaml_document_get_root_node(&r.d);
    if (!root || root->type != YAML_MAPPING_NODE)
        return wrong(root, "a mapping with databases and questions is expected", err);
    for (const yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(&r.d, p->key),
                          *v = yaml_document_get_node(&r.d, p->value);
        const char *name = NULL;
        YJ_TRY(text_of(&r, key, &name, err));
        if (strcmp(name, "databases") == 0)
            YJ_TRY(read_databases(&r, v, &all, err));
        else if (strcmp(name, "questions") == 0)
            YJ_TRY(read_questions(&r, v, &all, err));
        else
            return wrong(key, "an unknown member", err);
    }
    if (all.count == 0)
        return wrong(root, "there is no question", err);
    YJ_TRY(yj_arena_status(a, err));
    *ret = all;
    return YJ_OK;
}

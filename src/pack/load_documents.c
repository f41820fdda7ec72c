// SPDX-License-Identifier: Apache-2.0
/* documents/: templates of what is written from a record. Read when all kinds and requirements are known. */
#include "pack/document.h"
#include "pack/load.h"

static const char *const names[] = { [YJ_LANG_ZH] = "zh", [YJ_LANG_EN] = "en" };

typedef struct reading {
    yj_loader *l;
    yj_form *f;
    int kind; /* -1: unknown, complained about */
} reading;

static bool also_used(const char *text, const yj_document_part *p)
{
    yj_span rest = yj_span_of(text);
    yj_document_part q;
    const char *fault = NULL;
    while (yj_document_next(&rest, &q, &fault)) {
        if (q.placeholder && q.clock == p->clock && yj_span_eq(q.text, p->text))
            return true;
    }
    return fault != NULL; /* complained about in its own turn */
}

static void check_placeholder(const reading *r, int kind, int line, int lang, const yj_document_part *p)
{
    yj_document_target t;
    const yj_catalog *c = r->l->out;
    if (!yj_document_resolve(c, kind, p->text, &t))
        yj_complain(r->f, line, names[lang], "{%.*s} leads to no field from kind %s", (int)p->text.len,
                    p->text.ptr, c->kinds[kind].name);
    else if (p->clock && (t.field < 0 || c->kinds[t.kind].fields[t.field].type != YJ_T_INTEGER))
        yj_complain(r->f, line, names[lang], "{%.*s|clock} is no integer field", (int)p->text.len,
                    p->text.ptr);
}

/* Every placeholder leads somewhere, and both languages have it. */
static void check_text(const reading *r, int kind, int line, const yj_text *t)
{
    for (int lang = 0; lang < YJ_LANG_COUNT_; lang++) {
        yj_span rest = yj_span_of(t->in[lang]);
        yj_document_part p;
        const char *fault = NULL;
        while (yj_document_next(&rest, &p, &fault)) {
            if (!p.placeholder)
                continue;
            check_placeholder(r, kind, line, lang, &p);
            if (!also_used(t->in[YJ_LANG_COUNT_ - 1 - lang], &p))
                yj_complain(r->f, line, names[YJ_LANG_COUNT_ - 1 - lang],
                            "the text lacks {%.*s%s}, which the other language has", (int)p.text.len,
                            p.text.ptr, p.clock ? "|clock" : "");
        }
        if (fault)
            yj_complain(r->f, line, names[lang], "a brace is open, or what it holds is no name");
    }
}

/* "<KIND.FIELD": the records of KIND whose FIELD refers to the document's. */
static bool read_each(const reading *r, const yj_yaml *node, yj_document_section *s)
{
    const char *each = yj_form_line(r->f, node, "each", false, 100);
    if (!each)
        return false;
    int line = yj_yaml_get(node, "each")->line;
    const char *dot = strchr(each, '.');
    if (each[0] != '<' || !dot) {
        yj_complain(r->f, line, "each", "must be of the form <KIND.FIELD");
        return false;
    }
    const char *kind = yj_arena_strndup(r->l->scratch, each + 1, (size_t)(dot - each - 1));
    int k = yj_load_find_kind(r->l, r->f, line, "each", kind);
    const yj_kind *of = k < 0 ? NULL : &r->l->out->kinds[k];
    const yj_field *f = of ? yj_kind_field(of, yj_span_of(dot + 1)) : NULL;
    if (of && (!f || f->type != YJ_T_REF || f->list || f->ref_kind != r->kind)) {
        yj_complain(r->f, line, "each", "kind %s has no single reference %s to kind %s", of->name, dot + 1,
                    r->l->out->kinds[r->kind].name);
        f = NULL;
    }
    if (!f)
        return false;
    s->each_kind = k;
    s->each_field = (int)(f - of->fields);
    return true;
}

static void read_order(const reading *r, const yj_yaml *node, yj_document_section *s)
{
    const yj_yaml *items;
    size_t count;
    if (!yj_form_names(r->f, node, "order", false, true, &items, &count))
        return;
    const yj_kind *k = &r->l->out->kinds[s->each_kind];
    for (size_t i = 0; i < count; i++) {
        const yj_field *f = yj_kind_field(k, yj_span_of(items[i].text));
        if (!f || f->list || (f->type != YJ_T_DATE && f->type != YJ_T_INTEGER && f->type != YJ_T_TEXT))
            yj_complain(r->f, items[i].line, "order", "kind %s has no single date, integer or text field %s",
                        k->name, items[i].text);
        else if (s->order_count == YJ_COUNT(s->order))
            yj_complain(r->f, items[i].line, "order", "more than %d entries", (int)YJ_COUNT(s->order));
        else
            s->order[s->order_count++] = (int)(f - k->fields);
    }
}

static void read_section(const reading *r, const yj_yaml *node, yj_document_section *s)
{
    static const char *const keys[] = { "heading", "text", "each", "order", "none", NULL };
    *s = (yj_document_section){ .each_kind = -1, .each_field = -1 };
    if (!yj_form_keys(r->f, node, keys))
        return;
    (void)yj_form_pair(r->f, node, "heading", true, YJ_PAIR_TITLE, &s->heading);
    bool text = yj_form_pair(r->f, node, "text", true, YJ_PAIR_TEXT, &s->text);
    bool each = read_each(r, node, s), asked = yj_yaml_get(node, "each") != NULL;
    (void)yj_form_pair(r->f, node, "none", asked, YJ_PAIR_TEXT, &s->none);
    if (!asked && (s->none.in[YJ_LANG_EN] || yj_yaml_get(node, "order")))
        yj_complain(r->f, node->line, "each", "is missing: order and none are about what it finds");
    if (each)
        read_order(r, node, s);
    if (text && (each || !asked))
        check_text(r, each ? s->each_kind : r->kind, yj_yaml_get(node, "text")->line, &s->text);
}

static void read_sections(const reading *r, const yj_yaml *node, yj_document *d)
{
    const yj_yaml *list = yj_form_get(r->f, node, "sections", YJ_YAML_LIST, true);
    if (!list)
        return;
    size_t mark = yj_form_in(r->f, "sections");
    yj_document_section *rows = yj_arena_array(r->l->arena, list->count + 1, sizeof *rows);
    if (list->count == 0)
        yj_complain(r->f, list->line, NULL, "must not be empty");
    for (size_t i = 0; i < list->count && yj_load_goes_on(r->l); i++)
        read_section(r, &list->items[i], &rows[i]);
    d->sections = rows;
    d->section_count = list->count;
    yj_form_out(r->f, mark);
}

/* The duties that it serves. Ids, as clauses and numbers are no names. */
static void read_duties(const reading *r, const yj_yaml *node, yj_document *d)
{
    const yj_yaml *list = yj_form_get(r->f, node, "requirements", YJ_YAML_LIST, false);
    if (!list)
        return;
    int *rows = yj_arena_array(r->l->arena, list->count + 1, sizeof *rows);
    for (size_t i = 0; i < list->count; i++) {
        const yj_yaml *n = &list->items[i];
        const yj_requirement *q =
            n->type == YJ_YAML_SCALAR ? yj_catalog_requirement(r->l->out, yj_span_of(n->text)) : NULL;
        if (q)
            rows[d->requirement_count++] = q->index;
        else
            yj_complain(r->f, n->line, "requirements", "there is no requirement %s",
                        n->type == YJ_YAML_SCALAR ? n->text : "?");
    }
    d->requirements = rows;
}

static const yj_document *document_named(const yj_loader *l, const char *name)
{
    for (size_t i = 0; i < l->documents.count; i++) {
        const yj_document *d = yj_vec_at(&l->documents, yj_document, i);
        if (strcmp(d->name, name) == 0)
            return d;
    }
    return NULL;
}

static void read_document(yj_loader *l, yj_form *f, const yj_yaml *node, const char *stem)
{
    static const char *const keys[] = {
        "document", "kind", "title", "note", "requirements", "sections", NULL
    };
    if (!yj_form_keys(f, node, keys))
        return;
    yj_document d = { .pack = l->packs[l->at].info.name };
    d.name = yj_form_name(f, node, "document", true);
    if (d.name && strcmp(d.name, stem) != 0)
        yj_complain(f, yj_yaml_get(node, "document")->line, "document", "the file's name says %s", stem);
    const yj_document *old = d.name ? document_named(l, d.name) : NULL;
    if (old)
        yj_complain(f, node->line, "document", "pack %s already has a document %s", old->pack, d.name);
    const char *kind = yj_form_name(f, node, "kind", true);
    d.kind = kind ? yj_load_find_kind(l, f, yj_yaml_get(node, "kind")->line, "kind", kind) : -1;
    (void)yj_form_pair(f, node, "title", true, YJ_PAIR_TITLE, &d.title);
    (void)yj_form_pair(f, node, "note", false, YJ_PAIR_TEXT, &d.note);
    const reading r = { .l = l, .f = f, .kind = d.kind };
    read_duties(&r, node, &d);
    if (d.kind < 0)
        return;
    if (l->out->kinds[d.kind].installation)
        yj_complain(f, node->line, "kind", "kind %s belongs to the installation", kind);
    read_sections(&r, node, &d);
    if (d.name && !old)
        *yj_vec_add(l->arena, &l->documents, yj_document) = d;
}

void yj_load_documents(yj_loader *l)
{
    if (l->to->any)
        return; /* kinds and requirements come first: documents are held against them */
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        const yj_pack_source *s = l->packs[l->at].source;
        char stem[YJ_NAME_MAX + 1];
        for (size_t i = 0; i < s->file_count && yj_load_goes_on(l); i++) {
            if (!yj_load_path_is(s->files[i].path, "documents/", ".yaml", stem, sizeof stem) ||
                strchr(s->files[i].path + 10, '/'))
                continue;
            yj_form f;
            const yj_yaml *tree = yj_load_tree(l, &s->files[i], &f);
            if (tree)
                read_document(l, &f, tree, stem);
        }
    }
    l->out->documents = l->documents.items;
    l->out->document_count = l->documents.count;
}

// SPDX-License-Identifier: Apache-2.0
/* exchange.yaml: what passes between institutions. Read when all kinds are known. How institutions are tied
 * stands in one pack; which records stand for whom, and what is addressed to them, in any, once for each
 * kind. */
#include "pack/load_exchange.h"

#include <stdio.h>

#define PATHS_MAX 4 /* of a kind */

/* --- how institutions are tied ---------------------------------------------------------------- */

/* A field of the kind, single and of the type; any kind of text will do for a text. */
void yj_exchange_field(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map,
                       const yj_exchange_want *x)
{
    const char *name = yj_form_name(r->f, map, x->key, true);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    if (!name)
        return;
    int line = yj_yaml_get(map, x->key)->line;
    bool text = x->type == YJ_T_TEXT && f && f->type == YJ_T_LONGTEXT;
    if (f && (f->type == x->type || text) && !f->list)
        *x->to = (int)(f - k->fields);
    else if (x->type == YJ_T_DATE)
        yj_complain(r->f, line, x->key, "kind %s has no date field %s", k->name, name);
    else if (x->type == YJ_T_REF)
        yj_complain(r->f, line, x->key, "kind %s has no single reference field %s", k->name, name);
    else if (x->type == YJ_T_CHOICE)
        yj_complain(r->f, line, x->key, "kind %s has no choice field %s", k->name, name);
    else if (x->type == YJ_T_INTEGER)
        yj_complain(r->f, line, x->key, "kind %s has no integer field %s", k->name, name);
    else
        yj_complain(r->f, line, x->key, "kind %s has no single text field %s", k->name, name);
}

void yj_exchange_state(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *key,
                       int *ret)
{
    const char *name = yj_form_name(r->f, map, key, true);
    *ret = name ? yj_kind_state(k, yj_span_of(name)) : -1;
    if (name && *ret < 0)
        yj_complain(r->f, yj_yaml_get(map, key)->line, key, "kind %s has no state %s", k->name, name);
}

static void read_move(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *key,
                      int *ret)
{
    const char *name = yj_form_name(r->f, map, key, true);
    *ret = name ? yj_kind_transition(k, yj_span_of(name)) : -1;
    if (name && *ret < 0)
        yj_complain(r->f, yj_yaml_get(map, key)->line, key, "kind %s has no transition %s", k->name, name);
}

static void read_institutions(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind", "type", NULL };
    yj_exchange *x = &r->l->out->exchange;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "institutions");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "institutions", keys, x->institution, &k);
    if (map) {
        x->institution = k->index;
        yj_exchange_field(r, k, map, &(yj_exchange_want){ "type", YJ_T_CHOICE, &x->type });
    }
    yj_form_out(r->f, mark);
}

static void read_invitations(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = {
        "kind",        "party_kind", "party", "until",    "institution", "institution_name", "accepted_by",
        "accepted_on", "reason",     "sent",  "accepted", "accept",      "decline",          NULL
    };
    yj_invitation_map *x = &r->l->out->exchange.invitation;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "invitations");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "invitations", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "party_kind", YJ_T_TEXT, &x->party_kind },
                                           { "party", YJ_T_TEXT, &x->party },
                                           { "until", YJ_T_DATE, &x->until },
                                           { "institution", YJ_T_TEXT, &x->institution },
                                           { "institution_name", YJ_T_TEXT, &x->institution_name },
                                           { "accepted_by", YJ_T_TEXT, &x->accepted_by },
                                           { "accepted_on", YJ_T_DATE, &x->accepted_on },
                                           { "reason", YJ_T_TEXT, &x->reason } };
        x->kind = k->index;
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        if (x->party >= 0 && k->fields[x->party].kind_from != x->party_kind)
            yj_complain(r->f, yj_yaml_get(map, "party")->line, "party",
                        "field %s of kind %s does not take its kind from field party_kind",
                        k->fields[x->party].name, k->name);
        yj_exchange_state(r, k, map, "sent", &x->sent);
        yj_exchange_state(r, k, map, "accepted", &x->accepted);
        read_move(r, k, map, "accept", &x->accept);
        read_move(r, k, map, "decline", &x->decline);
    }
    yj_form_out(r->f, mark);
}

static void read_links(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind",   "client", "client_name", "invitation",
                                        "person", "since",  "state",       NULL };
    yj_link_map *x = &r->l->out->exchange.link;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "links");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "links", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "client", YJ_T_TEXT, &x->client },
                                           { "client_name", YJ_T_TEXT, &x->client_name },
                                           { "invitation", YJ_T_TEXT, &x->invitation },
                                           { "person", YJ_T_REF, &x->person },
                                           { "since", YJ_T_DATE, &x->since } };
        x->kind = k->index;
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        yj_exchange_state(r, k, map, "state", &x->state);
        if (x->invitation >= 0 && !(k->key_count == 1 && k->key[0] == x->invitation))
            yj_complain(r->f, yj_yaml_get(map, "invitation")->line, "invitation",
                        "field %s must be the whole key of kind %s", k->fields[x->invitation].name, k->name);
    }
    yj_form_out(r->f, mark);
}

/* A list of references. */
static void read_evidence(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, bool required,
                          int *ret)
{
    const char *name = yj_form_name(r->f, map, "evidence", required);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    bool fits = f && f->type == YJ_T_REF && f->list && r->l->out->kinds[f->ref_kind].strength_field >= 0;
    *ret = fits ? (int)(f - k->fields) : -1;
    if (name && !fits)
        yj_complain(r->f, yj_yaml_get(map, "evidence")->line, "evidence",
                    "kind %s has no field %s that lists evidence", k->name, name);
}

static void read_answers(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind",     "link",   "about_kind", "about",    "act",
                                        "question", "text",   "on",         "evidence", "reason",
                                        "given",    "accept", "decline",    NULL };
    yj_given_map *x = &r->l->out->exchange.given;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "answers");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "answers", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "link", YJ_T_REF, &x->link },
                                           { "about_kind", YJ_T_TEXT, &x->about_kind },
                                           { "about", YJ_T_TEXT, &x->about },
                                           { "act", YJ_T_TEXT, &x->act },
                                           { "question", YJ_T_TEXT, &x->question },
                                           { "text", YJ_T_TEXT, &x->text },
                                           { "on", YJ_T_DATE, &x->on },
                                           { "reason", YJ_T_TEXT, &x->reason } };
        x->kind = k->index;
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        if (x->link >= 0 && k->fields[x->link].ref_kind != r->l->out->exchange.link.kind)
            yj_complain(r->f, yj_yaml_get(map, "link")->line, "link", "field %s of kind %s refers to no link",
                        k->fields[x->link].name, k->name);
        read_evidence(r, k, map, true, &x->evidence);
        yj_exchange_state(r, k, map, "given", &x->given);
        read_move(r, k, map, "accept", &x->accept);
        read_move(r, k, map, "decline", &x->decline);
    }
    yj_form_out(r->f, mark);
}

static void read_option(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *key,
                        int *ret)
{
    const yj_receipt_map *x = &r->l->out->exchange.receipt;
    const char *name = yj_form_name(r->f, map, key, true);
    const yj_field *f = x->outcome >= 0 ? &k->fields[x->outcome] : NULL;
    const yj_option *o = name && f ? yj_field_option(f, yj_span_of(name)) : NULL;
    *ret = o ? (int)(o - f->options) : -1;
    if (name && f && !o)
        yj_complain(r->f, yj_yaml_get(map, key)->line, key, "field %s has no option %s", f->name, name);
}

static void read_receipts(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind",        "answer",           "version",
                                        "institution", "institution_name", "entry",
                                        "digest",      "about_kind",       "about",
                                        "outcome",     "accepted",         "declined",
                                        "on",          "reason",           NULL };
    yj_receipt_map *x = &r->l->out->exchange.receipt;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "receipts");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "receipts", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "answer", YJ_T_TEXT, &x->answer },
                                           { "version", YJ_T_INTEGER, &x->version },
                                           { "institution", YJ_T_TEXT, &x->institution },
                                           { "institution_name", YJ_T_TEXT, &x->institution_name },
                                           { "entry", YJ_T_INTEGER, &x->entry },
                                           { "digest", YJ_T_TEXT, &x->digest },
                                           { "about_kind", YJ_T_TEXT, &x->about_kind },
                                           { "about", YJ_T_TEXT, &x->about },
                                           { "outcome", YJ_T_CHOICE, &x->outcome },
                                           { "on", YJ_T_DATE, &x->on },
                                           { "reason", YJ_T_TEXT, &x->reason } };
        x->kind = k->index;
        x->outcome = -1;
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        read_option(r, k, map, "accepted", &x->accepted);
        read_option(r, k, map, "declined", &x->declined);
    }
    yj_form_out(r->f, mark);
}

/* --- who stands for whom ---------------------------------------------------------------------- */

bool yj_exchange_is_party(const yj_exchange_reading *r, int kind)
{
    for (size_t i = 0; i < r->parties.count; i++)
        if (yj_vec_at(&r->parties, yj_party, i)->kind == kind)
            return true;
    return false;
}

static void read_party(yj_exchange_reading *r, const yj_yaml *map, const char *name, int line)
{
    static const char *const keys[] = { "type", NULL };
    const yj_exchange *x = &r->l->out->exchange;
    int kind = yj_load_find_kind(r->l, r->f, line, name, name);
    size_t mark = yj_form_in(r->f, name);
    if (kind >= 0 && yj_form_keys(r->f, map, keys)) {
        const char *type = yj_form_name(r->f, map, "type", true);
        const yj_field *f = &r->l->out->kinds[x->institution].fields[x->type];
        const yj_option *o = type ? yj_field_option(f, yj_span_of(type)) : NULL;
        if (type && !o)
            yj_complain(r->f, yj_yaml_get(map, "type")->line, "type", "field %s has no option %s", f->name,
                        type);
        else if (yj_exchange_is_party(r, kind))
            yj_complain(r->f, line, NULL, "another pack has this already");
        else if (o)
            *yj_vec_add(r->l->arena, &r->parties, yj_party) = (yj_party){ kind, (int)(o - f->options) };
    }
    yj_form_out(r->f, mark);
}

/* --- who may read ----------------------------------------------------------------------------- */

void yj_exchange_links(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, int *ret)
{
    const char *name = yj_form_name(r->f, map, "links", true);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    bool fits = f && f->type == YJ_T_REF && f->list && f->ref_kind == r->l->out->exchange.link.kind;
    *ret = fits ? (int)(f - k->fields) : -1;
    if (name && !fits)
        yj_complain(r->f, yj_yaml_get(map, "links")->line, "links",
                    "kind %s has no field %s that lists links", k->name, name);
}

static void read_scope_party(const yj_exchange_reading *r, const yj_yaml *map, int *ret)
{
    const char *name = yj_form_name(r->f, map, "party", true);
    int line = name ? yj_yaml_get(map, "party")->line : 0;
    *ret = name ? yj_load_find_kind(r->l, r->f, line, "party", name) : -1;
    if (*ret >= 0 && !yj_exchange_is_party(r, *ret))
        yj_complain(r->f, line, "party", "kind %s stands for no institution", name);
}

static void read_scopes(const yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "kind",  "party", "person", "links", "since",
                                        "until", "basis", "state",  NULL };
    yj_scope_map *x = &r->l->out->exchange.scope;
    const yj_kind *k = NULL;
    size_t mark = yj_form_in(r->f, "scopes");
    const yj_yaml *map = yj_load_kind_map(r->l, r->f, tree, "scopes", keys, x->kind, &k);
    if (map) {
        const yj_exchange_want wants[] = { { "person", YJ_T_REF, &x->person },
                                           { "since", YJ_T_DATE, &x->since },
                                           { "until", YJ_T_DATE, &x->until },
                                           { "basis", YJ_T_TEXT, &x->basis } };
        x->kind = k->index;
        read_scope_party(r, map, &x->party);
        for (size_t i = 0; i < YJ_COUNT(wants); i++)
            yj_exchange_field(r, k, map, &wants[i]);
        yj_exchange_links(r, k, map, &x->links);
        yj_exchange_state(r, k, map, "state", &x->state);
    }
    yj_form_out(r->f, mark);
}

/* --- what is addressed to them ---------------------------------------------------------------- */

/* "platform.provider": references from the kind to a party's. */
static bool read_path(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *n, yj_path *ret)
{
    yj_step steps[YJ_PACK_STEPS_MAX];
    size_t count = 0;
    const yj_kind *at = k;
    yj_span rest = yj_span_of(n->text);
    while (rest.len && count < YJ_PACK_STEPS_MAX) {
        const char *dot = memchr(rest.ptr, '.', rest.len);
        yj_span name = { rest.ptr, dot ? (size_t)(dot - rest.ptr) : rest.len };
        char shown[YJ_NAME_MAX + 1];
        snprintf(shown, sizeof shown, "%.*s", (int)(name.len < YJ_NAME_MAX ? name.len : YJ_NAME_MAX),
                 name.ptr);
        rest = dot ? (yj_span){ dot + 1, rest.len - name.len - 1 } : (yj_span){ NULL, 0 };
        const yj_field *f = yj_kind_field(at, name);
        if (!f || f->type != YJ_T_REF) {
            yj_complain(r->f, n->line, "to", "kind %s has no reference field %s", at->name, shown);
            return false;
        }
        steps[count++] = (yj_step){ .kind = f->ref_kind, .field = (int)(f - at->fields), .list = f->list };
        at = &r->l->out->kinds[f->ref_kind];
    }
    if (rest.len || count == 0 || !yj_exchange_is_party(r, at->index)) {
        yj_complain(r->f, n->line, "to", "path %s ends at no kind that stands for an institution", n->text);
        return false;
    }
    yj_step *copy = yj_arena_array(r->l->arena, count, sizeof *copy);
    if (yj_arena_status(r->l->arena, NULL) != YJ_OK)
        return false;
    memcpy(copy, steps, count * sizeof *copy);
    *ret = (yj_path){ .from = k->index, .to = at->index, .steps = copy, .step_count = count };
    return true;
}

static void read_paths(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, yj_addressing *to)
{
    const yj_yaml *one = yj_yaml_get(map, "to");
    bool list = one && one->type == YJ_YAML_LIST;
    size_t count = list ? one->count : 1;
    if (!one || (one->type != YJ_YAML_SCALAR && !list) || count == 0 || count > PATHS_MAX) {
        yj_complain(r->f, one ? one->line : map->line, "to", "between 1 and %d paths are needed", PATHS_MAX);
        return;
    }
    yj_path *paths = yj_arena_array(r->l->arena, count, sizeof *paths);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const yj_yaml *item = list ? &one->items[i] : one;
        if (item->type != YJ_YAML_SCALAR)
            yj_complain(r->f, item->line, "to", "must be a text or a list of texts");
        else if (read_path(r, k, item, &paths[n]))
            n++;
    }
    to->paths = paths;
    to->path_count = n;
}

static void read_states(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, yj_addressing *to)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    to->states = ~UINT64_C(0);
    if (!yj_yaml_get(map, "in") || !yj_form_names(r->f, map, "in", false, false, &items, &count))
        return;
    to->states = 0;
    for (size_t i = 0; i < count; i++) {
        int s = yj_kind_state(k, yj_span_of(items[i].text));
        if (s < 0)
            yj_complain(r->f, items[i].line, "in", "kind %s has no state %s", k->name, items[i].text);
        else
            to->states |= UINT64_C(1) << s;
    }
}

static void read_fields(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, yj_addressing *to)
{
    const yj_yaml *items = NULL;
    size_t count = 0;
    if (!yj_form_names(r->f, map, "fields", true, false, &items, &count))
        return;
    int *fields = yj_arena_array(r->l->arena, count + 1, sizeof *fields);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const yj_field *f = yj_kind_field(k, yj_span_of(items[i].text));
        if (!f)
            yj_complain(r->f, items[i].line, "fields", "kind %s has no field %s", k->name, items[i].text);
        else if (f->kind_from >= 0)
            yj_complain(r->f, items[i].line, "fields",
                        "field %s may name a record of any kind: it is not shown", f->name);
        else
            fields[n++] = (int)(f - k->fields);
    }
    to->fields = fields;
    to->field_count = n;
}

static bool lists(const yj_addressing *to, int field)
{
    for (size_t i = 0; i < to->field_count; i++)
        if (to->fields[i] == field)
            return true;
    return false;
}

/* Who sees by which day something is awaited sees also that it came: else it would seem late for ever. */
static void check_awaited(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map,
                          const yj_addressing *to)
{
    for (size_t i = 0; i < k->awaited_count; i++) {
        const yj_awaited *x = &k->awaits[i];
        if (x->by >= 0 && x->came >= 0 && lists(to, x->by) && !lists(to, x->came))
            yj_complain(r->f, yj_yaml_get(map, "fields")->line, "fields",
                        "field %s is listed and field %s, which tells that it came, is not",
                        k->fields[x->by].name, k->fields[x->came].name);
    }
}

static void read_sent(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, yj_addressing *to)
{
    const char *name = yj_form_name(r->f, map, "sent", false);
    const yj_field *f = name ? yj_kind_field(k, yj_span_of(name)) : NULL;
    to->sent = f && f->type == YJ_T_DATE ? (int)(f - k->fields) : -1;
    if (name && to->sent < 0)
        yj_complain(r->f, yj_yaml_get(map, "sent")->line, "sent", "kind %s has no date field %s", k->name,
                    name);
}

static void read_act(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, const char *name,
                     int line, yj_act_map *to)
{
    static const char *const keys[] = { "text", "on", "evidence", NULL };
    size_t mark = yj_form_in(r->f, name);
    *to = (yj_act_map){ .transition = yj_kind_transition(k, yj_span_of(name)), .evidence = -1 };
    if (to->transition < 0)
        yj_complain(r->f, line, NULL, "kind %s has no transition %s", k->name, name);
    if (yj_form_keys(r->f, map, keys)) {
        yj_exchange_field(r, k, map, &(yj_exchange_want){ "text", YJ_T_TEXT, &to->text });
        yj_exchange_field(r, k, map, &(yj_exchange_want){ "on", YJ_T_DATE, &to->on });
        read_evidence(r, k, map, false, &to->evidence);
    }
    yj_form_out(r->f, mark);
}

static void read_acts(const yj_exchange_reading *r, const yj_kind *k, const yj_yaml *map, yj_addressing *to)
{
    const yj_yaml *acts = yj_form_get(r->f, map, "answers", YJ_YAML_MAP, false);
    if (!acts)
        return;
    size_t mark = yj_form_in(r->f, "answers");
    if (r->l->out->exchange.given.kind < 0 || r->l->out->exchange.receipt.kind < 0) {
        yj_complain(r->f, acts->line, NULL, "no pack says how answers are given");
    } else {
        yj_act_map *rows = yj_arena_array(r->l->arena, acts->count + 1, sizeof *rows);
        for (size_t i = 0; i < acts->count && yj_load_goes_on(r->l); i++)
            read_act(r, k, &acts->items[i], acts->keys[i], acts->key_lines[i], &rows[i]);
        to->acts = rows;
        to->act_count = acts->count;
    }
    yj_form_out(r->f, mark);
}

static void read_kind(const yj_exchange_reading *r, const yj_yaml *map, const char *name, int line)
{
    static const char *const keys[] = { "to", "in", "sent", "fields", "answers", NULL };
    int i = yj_load_find_kind(r->l, r->f, line, name, name);
    if (i < 0)
        return;
    const yj_kind *k = &r->l->out->kinds[i];
    yj_addressing *to = &r->addresses[i];
    size_t mark = yj_form_in(r->f, name);
    if (to->path_count > 0) {
        yj_complain(r->f, line, NULL, "another pack has this already");
    } else if (k->installation) {
        yj_complain(r->f, line, NULL, "kind %s belongs to the installation", name);
    } else if (yj_form_keys(r->f, map, keys)) {
        read_paths(r, k, map, to);
        read_states(r, k, map, to);
        read_sent(r, k, map, to);
        read_fields(r, k, map, to);
        check_awaited(r, k, map, to);
        read_acts(r, k, map, to);
    }
    yj_form_out(r->f, mark);
}

static void read_file(yj_exchange_reading *r, const yj_yaml *tree)
{
    static const char *const keys[] = { "institutions", "invitations", "links",  "answers",
                                        "receipts",     "parties",     "scopes", "kinds",
                                        "offers",       "offered",     NULL };
    const yj_exchange *x = &r->l->out->exchange;
    if (!yj_form_keys(r->f, tree, keys))
        return;
    read_institutions(r, tree);
    read_invitations(r, tree);
    read_links(r, tree);
    if (x->institution < 0 || x->type < 0 || x->invitation.kind < 0 || x->link.kind < 0) {
        const bool types_only = tree->count == 1 && x->institution >= 0; /* for the roles: load_roles.c */
        if (!r->l->to->any && !types_only)
            yj_complain(r->f, tree->line, NULL, "no pack says how institutions are tied");
        return;
    }
    read_answers(r, tree);
    read_receipts(r, tree);
    const yj_yaml *map = yj_form_get(r->f, tree, "parties", YJ_YAML_MAP, false);
    size_t mark = yj_form_in(r->f, "parties");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(r->l); i++)
        read_party(r, &map->items[i], map->keys[i], map->key_lines[i]);
    yj_form_out(r->f, mark);
    read_scopes(r, tree);
    map = yj_form_get(r->f, tree, "kinds", YJ_YAML_MAP, false);
    mark = yj_form_in(r->f, "kinds");
    for (size_t i = 0; map && i < map->count && yj_load_goes_on(r->l); i++)
        read_kind(r, &map->items[i], map->keys[i], map->key_lines[i]);
    yj_form_out(r->f, mark);
    yj_load_offers(r, tree);
}

void yj_load_exchange(yj_loader *l)
{
    yj_exchange *x = &l->out->exchange;
    *x = (yj_exchange){ .institution = -1,
                        .type = -1,
                        .invitation = { .kind = -1, .party_kind = -1, .party = -1 },
                        .link = { .kind = -1, .invitation = -1 },
                        .given = { .kind = -1, .link = -1 },
                        .receipt = { .kind = -1 },
                        .scope = { .kind = -1 },
                        .offer = { .kind = -1, .about_kind = -1, .about = -1, .links = -1 } };
    if (l->to->any)
        return; /* kinds come first */
    yj_exchange_reading r = { .l = l,
                              .addresses =
                                  yj_arena_array(l->arena, l->out->kind_count + 1, sizeof *r.addresses) };
    for (l->at = 0; l->at < l->pack_count && yj_load_goes_on(l); l->at++) {
        const yj_pack_file *file = yj_load_file(l, "exchange.yaml");
        yj_form f;
        const yj_yaml *tree = file ? yj_load_tree(l, file, &f) : NULL;
        r.f = &f;
        if (tree)
            read_file(&r, tree);
    }
    x->parties = r.parties.items;
    x->party_count = r.parties.count;
    x->addresses = r.addresses;
    x->offered = r.offered.items;
    x->offered_count = r.offered.count;
}

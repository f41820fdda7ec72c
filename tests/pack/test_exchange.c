// SPDX-License-Identifier: Apache-2.0
/* exchange.yaml: read as it stands, and a row for each way in which it can be wrong. */
#include "packs.h"

static const char *const ties[] = { "ties", NULL };

static void catalog_load__reads_exchange(void **state)
{
    loaded l;
    pack_write("ties", *state, NULL, 0);
    packs_load(*state, ties, false, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_catalog *c = l.catalog;
    const yj_exchange *x = &c->exchange;
    assert_string_equal(c->kinds[x->institution].name, "firm");
    assert_string_equal(c->kinds[x->institution].fields[x->type].name, "sort");
    const yj_kind *k = &c->kinds[x->invitation.kind];
    assert_string_equal(k->name, "call");
    assert_string_equal(k->fields[x->invitation.party].name, "party");
    assert_string_equal(k->fields[x->invitation.party_kind].name, "party_kind");
    assert_string_equal(k->fields[x->invitation.until].name, "until_date");
    assert_string_equal(k->fields[x->invitation.institution].name, "firm");
    assert_string_equal(k->fields[x->invitation.institution_name].name, "firm_name");
    assert_string_equal(k->fields[x->invitation.accepted_by].name, "taker");
    assert_string_equal(k->fields[x->invitation.accepted_on].name, "taken_on");
    assert_string_equal(k->fields[x->invitation.reason].name, "reason");
    assert_string_equal(k->states[x->invitation.sent].id, "sent");
    assert_string_equal(k->states[x->invitation.accepted].id, "taken");
    assert_string_equal(k->transitions[x->invitation.accept].id, "take");
    assert_string_equal(k->transitions[x->invitation.decline].id, "refuse");
    k = &c->kinds[x->link.kind];
    assert_string_equal(k->name, "bond");
    assert_string_equal(k->fields[x->link.client].name, "client");
    assert_string_equal(k->fields[x->link.client_name].name, "client_name");
    assert_string_equal(k->fields[x->link.invitation].name, "call");
    assert_string_equal(k->fields[x->link.person].name, "who");
    assert_string_equal(k->fields[x->link.since].name, "since");
    assert_string_equal(k->states[x->link.state].id, "active");
    assert_int_equal(x->party_count, 1);
    assert_string_equal(c->kinds[x->parties[0].kind].name, "vendor");
    assert_int_equal(x->parties[0].type, 1);
    k = yj_catalog_kind(c, YJ_SPAN("job"));
    const yj_addressing *a = &x->addresses[k->index];
    assert_int_equal(a->path_count, 2);
    assert_int_equal(a->paths[0].step_count, 1);
    assert_int_equal(a->paths[1].step_count, 2);
    assert_true(a->paths[1].steps[0].list && !a->paths[1].steps[1].list);
    assert_int_equal(a->paths[1].to, x->parties[0].kind);
    assert_int_equal(a->states, 2);
    assert_string_equal(k->fields[a->sent].name, "sent_on");
    assert_int_equal(a->field_count, 2);
    assert_string_equal(k->fields[a->fields[0]].name, "title");
    assert_string_equal(k->fields[a->fields[1]].name, "others");
    assert_int_equal(k->awaited_count, 2);
    assert_string_equal(k->fields[k->awaits[0].by].name, "due_on");
    assert_string_equal(k->fields[k->awaits[0].came].name, "sent_on");
    assert_int_equal(k->awaits[1].by, -1);
    assert_string_equal(k->fields[k->awaits[1].came].name, "done_on");
    const yj_kind *pass = &c->kinds[x->scope.kind];
    assert_string_equal(pass->name, "pass");
    assert_int_equal(x->scope.party, x->parties[0].kind);
    assert_string_equal(pass->fields[x->scope.person].name, "who");
    assert_string_equal(pass->fields[x->scope.links].name, "bonds");
    assert_string_equal(pass->fields[x->scope.since].name, "from_date");
    assert_string_equal(pass->fields[x->scope.until].name, "to_date");
    assert_string_equal(pass->fields[x->scope.basis].name, "paper");
    assert_string_equal(pass->states[x->scope.state].id, "active");
    for (size_t i = 0; i < c->kind_count; i++)
        assert_true((int)i == k->index || x->addresses[i].path_count == 0);
    loaded_done(&l);
}

/* Packs of before say nothing of it, which is no fault. */
static void catalog_load__does_without_exchange(void **state)
{
    const patch none = { "exchange.yaml", NULL, NULL };
    loaded l;
    pack_write("ties", *state, &none, 1);
    packs_load(*state, ties, false, &l);
    assert_int_equal(l.status, YJ_OK);
    assert_int_equal(l.catalog->exchange.invitation.kind, -1);
    assert_int_equal(l.catalog->exchange.party_count, 0);
    loaded_done(&l);
}

typedef struct row {
    const char *find, *put;
    int line;
    const char *field, *says;
} row;

static const row rows[] = {
    { NULL, "- a\n", 1, "", "must be a mapping" },
    { "parties:", "party:", 24, "party", "unknown key" },
    { "{kind: firm", "{kind: farm", 1, "institutions.kind", "there is no kind farm" },
    { "type: sort", "type: name", 1, "institutions.type", "kind firm has no choice field name" },
    { "institutions: {kind: firm, type: sort}\n", "", 1, "", "no pack says how institutions are tied" },
    { "  until: until_date\n", "", 3, "invitations.until", "is missing" },
    { "until: until_date", "until: reason", 6, "invitations.until", "kind call has no date field reason" },
    { "party: party", "party: reason", 5, "invitations.party", "does not take its kind from" },
    { "institution: firm\n", "institution: taken_on\n", 7, "invitations.institution",
      "no single text field" },
    { "accepted: taken", "accepted: had", 13, "invitations.accepted", "kind call has no state had" },
    { "accept: take", "accept: have", 14, "invitations.accept", "kind call has no transition have" },
    { "invitation: call", "invitation: client_name", 20, "links.invitation", "must be the whole key" },
    { "person: who", "person: since", 21, "links.person", "kind bond has no single reference field since" },
    { "state: active", "state: alive", 23, "links.state", "kind bond has no state alive" },
    { "{type: seller}", "{type: lender}", 25, "parties.vendor.type", "field sort has no option lender" },
    { "vendor: {type", "vender: {type", 25, "parties.vender", "there is no kind vender" },
    { "  job:", "  jobs:", 27, "kinds.jobs", "there is no kind jobs" },
    { "    sent: sent_on", "    given: sent_on", 30, "kinds.job.given", "unknown key" },
    { "[vendor, others.vendor]", "[]", 28, "kinds.job.to", "between 1 and 4 paths" },
    { "    to: [vendor, others.vendor]\n", "", 28, "kinds.job.to", "between 1 and 4 paths" },
    { "[vendor, others.vendor]", "[[vendor]]", 28, "kinds.job.to", "must be a text or a list of texts" },
    { "[vendor, others.vendor]", "others", 28, "kinds.job.to", "path others ends at no kind" },
    { "[vendor, others.vendor]", "title", 28, "kinds.job.to", "kind job has no reference field title" },
    { "[vendor, others.vendor]", "vendor.name", 28, "kinds.job.to", "kind vendor has no reference field" },
    { "[vendor, others.vendor]", "\"\"", 28, "kinds.job.to", "ends at no kind" },
    { "[vendor, others.vendor]", "others.others.others.others.others.others.others.others.vendor", 28,
      "kinds.job.to", "ends at no kind" },
    { "in: [sent]", "in: [gone]", 29, "kinds.job.in", "kind job has no state gone" },
    { "sent: sent_on", "sent: title", 30, "kinds.job.sent", "kind job has no date field title" },
    { "[title, others]", "[title, none]", 31, "kinds.job.fields", "kind job has no field none" },
    { "[title, others]", "[title, about]", 31, "kinds.job.fields", "may name a record of any kind" },
    { "[title, others]", "[title, due_on]", 31, "kinds.job.fields",
      "field due_on is listed and field sent_on, which tells that it came, is not" },
    { "    fields: [title, others]\n", "", 28, "kinds.job.fields", "is missing" },
    { "kind: pass", "kind: passport", 33, "scopes.kind", "there is no kind passport" },
    { "  party: vendor", "  party: job", 34, "scopes.party", "kind job stands for no institution" },
    { "person: who\n  links", "person: paper\n  links", 35, "scopes.person",
      "kind pass has no single reference field paper" },
    { "links: bonds", "links: who", 36, "scopes.links", "kind pass has no field who that lists links" },
    { "since: from_date", "since: paper", 37, "scopes.since", "kind pass has no date field paper" },
    { "  until: to_date\n", "", 33, "scopes.until", "is missing" },
    { "basis: paper", "basis: bonds", 39, "scopes.basis", "kind pass has no single text field bonds" },
};

/* Offers stand in a pack of their own, on top of the ties. */
static const row offer_rows[] = {
    { "kind: tender", "kind: tenders", 17, "offers.kind", "there is no kind tenders" },
    { "links: bonds", "links: firms", 18, "offers.links", "kind tender has no field firms that lists links" },
    { "  about: about\n  state", "  about: plain\n  state", 20, "offers.about",
      "does not take its kind from" },
    { "  about: about\n  state", "  about: bonds\n  state", 20, "offers.about",
      "no single text field bonds" },
    { "state: out", "state: in", 21, "offers.state", "kind tender has no state in" },
    { "  state: out\n", "", 17, "offers.state", "is missing" },
    { "  links: bonds", "  bonds: bonds", 18, "offers.bonds", "unknown key" },
    { "offers:\n  kind: tender\n  links: bonds\n  about_kind: about_kind\n  about: about\n  state: out\n", "",
      17, "offered", "no pack says how something is offered" },
    { "  ware:", "  wares:", 23, "offered.wares", "there is no kind wares" },
    { "  ware:", "  rule:", 24, "offered.rule", "kind rule belongs to the installation" },
    { "as: stock", "as: rule", 24, "offered.ware", "kind rule belongs to the installation" },
    { "as: stock", "as: nothing", 25, "offered.ware.as", "there is no kind nothing" },
    { "    by: vendor\n", "", 24, "offered.ware.by", "is missing" },
    { "by: vendor", "by: nobody", 24, "offered.ware.by", "there is no kind nobody" },
    { "by: vendor", "by: job", 24, "offered.ware.by", "kind job stands for no institution" },
    { "    due: until", "    until: until", 30, "offered.ware.until", "unknown key" },
    { "    fields: [name, until]\n", "", 24, "offered.ware.fields", "is missing" },
    { "[name, until]", "[name, none]", 26, "offered.ware.fields", "kind ware has no field none" },
    { "[name, until]", "[name, owner]", 26, "offered.ware.fields", "kind stock has no field owner" },
    { "[name, until]", "[name, size]", 26, "offered.ware.fields",
      "field size is of another type in kind stock" },
    { "[name, until]", "[name, box]", 26, "offered.ware.fields",
      "field box is of another type in kind stock" },
    { "    as: stock\n    fields: [name, until]", "    fields: [name, about]", 25, "offered.ware.fields",
      "field about may name a record of any kind" },
    { "[name, until]",
      "[f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, f16, f17, f18, f19, f20, f21, "
      "f22, f23, f24, f25, f26, f27, f28, f29, f30, f31, f32, f33, f34, f35, f36, f37, f38, f39, f40, f41, "
      "f42, f43, f44, f45, f46, f47, f48, f49, f50, f51, f52, f53, f54, f55, f56, f57, f58, f59, f60, f61, "
      "f62, f63, f64]",
      24, "offered.ware.fields", "more than 64 fields" },
    { "choose: [job]", "choose: [sort]", 27, "offered.ware.choose",
      "kind stock has no reference field sort" },
    { "choose: [job]", "choose: [none]", 27, "offered.ware.choose",
      "kind stock has no reference field none" },
    { "{sort: fresh}", "{name: fresh}", 28, "offered.ware.set.name", "kind stock has no choice field name" },
    { "{sort: fresh}", "{sort: ripe}", 28, "offered.ware.set.sort", "field sort has no option ripe" },
    { "{sort: fresh}", "fresh", 28, "offered.ware.set", "must be a mapping" },
    { "    due: until", "    due: until\n    moves: [sell]", 31, "offered.ware.moves",
      "only a copy of the same kind follows the record" },
    { "    as: stock\n    fields: [name, until]", "    moves: [buy]\n    fields: [name, until]", 25,
      "offered.ware.moves", "kind ware has no transition buy" },
    { "handled: [used]", "handled: [sold]", 29, "offered.ware.handled", "kind stock has no state sold" },
    { "due: until", "due: size", 30, "offered.ware.due", "kind ware has no date field size" },
    { "    due: until", "    due: until\n    on: size", 31, "offered.ware.on",
      "kind ware has no date field size" },
    { "    due: until", "    due: until\n    told: [name]", 31, "offered.ware.told",
      "field name of kind stock is not among what an addressee sees" },
    { "    due: until", "    due: until\n    told: [none]", 31, "offered.ware.told",
      "field none of kind stock" },
};

static bool is_said(const loaded *l, const row *r)
{
    for (size_t j = 0; j < l->count; j++) {
        const yj_complaint *c = &l->complaints[j];
        if (strstr(c->file, "exchange.yaml") && c->line == r->line && strcmp(c->field, r->field) == 0 &&
            strstr(c->msg, r->says) && c->msg_zh[0])
            return true;
    }
    return false;
}

/* The last pack is the one that is patched. */
static void assert_complaints(const char *const *packs, const row *list, size_t count)
{
    size_t wrong = 0, last = 0;
    while (packs[last + 1])
        last++;
    for (size_t i = 0; i < count; i++) {
        const row *r = &list[i];
        const patch p = { "exchange.yaml", r->find, r->put };
        void *folder = NULL;
        loaded l;
        assert_int_equal(test_folder_make(&folder), 0);
        for (size_t n = 0; n <= last; n++)
            pack_write(packs[n], folder, &p, n == last && r->put);
        packs_load(folder, packs, false, &l);
        if (l.status != YJ_E_INVALID || !is_said(&l, r)) {
            print_error("row %zu: expected %d: %s: %s; %zu complaints:\n", i, r->line, r->field, r->says,
                        l.count);
            loaded_print(&l);
            wrong++;
        }
        loaded_done(&l);
        assert_int_equal(test_folder_remove(&folder), 0);
    }
    assert_int_equal(wrong, 0);
}

static void catalog_load__complains_about_exchange(void **state)
{
    assert_complaints(ties, rows, YJ_COUNT(rows));
}

static const char *const offers[] = { "ties", "offers", NULL };

static void catalog_load__reads_offers(void **state)
{
    loaded l;
    pack_write("ties", *state, NULL, 0);
    pack_write("offers", *state, NULL, 0);
    packs_load(*state, offers, false, &l);
    loaded_print(&l);
    assert_int_equal(l.status, YJ_OK);
    const yj_catalog *c = l.catalog;
    const yj_offer_map *m = &c->exchange.offer;
    const yj_offered *o = c->exchange.offered;
    assert_string_equal(c->kinds[m->kind].name, "tender");
    assert_string_equal(c->kinds[m->kind].fields[m->links].name, "bonds");
    assert_string_equal(c->kinds[m->kind].fields[m->about].name, "about");
    assert_string_equal(c->kinds[m->kind].states[m->state].id, "out");
    assert_int_equal(c->exchange.offered_count, 1);
    const yj_kind *ware = &c->kinds[o->kind], *stock = &c->kinds[o->as];
    assert_string_equal(ware->name, "ware");
    assert_string_equal(stock->name, "stock");
    assert_string_equal(c->kinds[o->party].name, "vendor");
    assert_int_equal(o->field_count, 2);
    assert_string_equal(ware->fields[o->fields[1].from].name, "until");
    assert_string_equal(stock->fields[o->fields[1].to].name, "until");
    assert_int_equal(o->choose_count, 1);
    assert_string_equal(stock->fields[o->choose[0]].name, "job");
    assert_int_equal(o->set_count, 1);
    assert_string_equal(stock->fields[o->set[0].from].options[o->set[0].to].id, "fresh");
    assert_int_equal(o->moves, 0);
    assert_int_equal(o->handled, 2);
    assert_string_equal(ware->fields[o->due].name, "until");
    loaded_done(&l);
}

static void catalog_load__complains_about_offers(void **state)
{
    static const char *const again[] = { "ties", "offers", "again", NULL };
    static const row twice[] = {
        { NULL, NULL, 2, "offers", "another pack has this already" },
        { NULL, NULL, 8, "offered.ware", "another pack has this already" },
    };
    assert_complaints(offers, offer_rows, YJ_COUNT(offer_rows));
    assert_complaints(again, twice, YJ_COUNT(twice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(catalog_load__reads_exchange),
        unit_test_in_folder(catalog_load__does_without_exchange),
        cmocka_unit_test(catalog_load__complains_about_exchange),
        unit_test_in_folder(catalog_load__reads_offers),
        cmocka_unit_test(catalog_load__complains_about_offers),
    };
    return cmocka_run_group_tests_name("pack_exchange", tests, NULL, NULL);
}

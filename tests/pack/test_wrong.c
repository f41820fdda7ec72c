// SPDX-License-Identifier: Apache-2.0
/* One row for each way a pack can be wrong: a change to a good pack, and the complaint it must bring. */
#include "packs.h"

typedef struct row {
    const char *pack; /* base, or over (loaded on base) */
    const char *file, *find, *put;
    const char *at_file; /* NULL: the file changed */
    int line;
    const char *field, *says;
    int count; /* complaints in all; 0: exactly one, -1: any number */
} row;

#define LONG "abcdefghijklmnopqrstuvwxyz0123456789_abcd" /* 41 letters: as long as a name may be */

static const row rows[] = {
    /* --- pack.yaml */
    { "base", "pack.yaml", NULL, NULL, NULL, 0, "", "pack.yaml is missing", -1 },
    { "base", "pack.yaml", NULL, "- a\n", NULL, 1, "", "must be a mapping", -1 },
    { "base", "pack.yaml", "pack: base", "pack: Base", NULL, 1, "pack", "no name of a pack", 0 },
    { "base", "pack.yaml", "pack: base\n", "", NULL, 1, "pack", "is missing", 0 },
    { "base", "pack.yaml", "edition: \"2026\"", "edition: \"\"", NULL, 2, "edition", "must not be empty", 0 },
    { "base", "pack.yaml", "edition: \"2026\"", "edition: [a]", NULL, 2, "edition", "must be a single value",
      0 },
    { "base", "pack.yaml", "en: Test standard", "de: Test", NULL, 3, "title.de", "unknown key", 2 },
    { "base", "pack.yaml", "en: Test standard", "en: ~", NULL, 3, "title.en", "is missing", 0 },
    { "base", "pack.yaml", "edition:", "editions: a\nedition:", NULL, 2, "editions", "unknown key", 0 },
    { "base", "pack.yaml", "edition:", "requires: [core]\nedition:", NULL, 2, "requires",
      "pack core is not loaded", 0 },
    { "base", "pack.yaml", "edition:", "requires: [base]\nedition:", NULL, 2, "requires", "requires itself",
      0 },
    { "base", "pack.yaml", "edition:", "requires: core\nedition:", NULL, 2, "requires", "must be a list", 0 },
    { "base", "pack.yaml", "{zh: \xe8\x87\xaa\xe6\x9c\x89, en: Own}", "{zh: x}", NULL, 6, "models.own.en",
      "is missing", -1 },
    { "base", "pack.yaml", "  plan: {", "  any: {zh: a, en: b}\n  plan: {", NULL, 9, "stages.any",
      "cannot be an id here", 0 },
    { "base", "pack.yaml", "  client: {", "  Client: {", NULL, 12, "actors.Client", "cannot be an id here",
      -1 },
    { "base", "pack.yaml", ", binding: true", "", NULL, 14, "forces.must.binding", "is missing", 0 },
    { "base", "pack.yaml", "binding: true", "binding: yes", NULL, 14, "forces.must.binding", "true or false",
      0 },
    { "base", "pack.yaml", "\"1.2\":", "\"1..2\":", NULL, 19, "clauses.1..2", "cannot be an id here", 0 },
    { "base", "pack.yaml", "    system: system\n", "    system: sytem\n", NULL, 23, "paths.deployment.system",
      "has no reference field sytem", -1 },
    { "base", "pack.yaml", "    system: system\n", "    person: system\n", NULL, 23,
      "paths.deployment.person", "ends at kind system", -1 },
    { "base", "pack.yaml", "    system: system\n", "    system: \"system.\"\n", NULL, 23,
      "paths.deployment.system", "a path is made of", -1 },
    { "base", "pack.yaml", "system.<note.systems", "system.<note", NULL, 24, "paths.deployment.note",
      "a path is made of", -1 },
    { "base", "pack.yaml", "system.<note.systems", "system.<note.name", NULL, 24, "paths.deployment.note",
      "has no field name that refers to system", 0 },
    { "base", "pack.yaml", "system.<note.systems", "system.<nope.systems", NULL, 24, "paths.deployment.note",
      "there is no kind nope", 0 },
    { "base", "pack.yaml", "system.<note.systems",
      "system.<note.systems.systems.<note.systems.systems.<note.systems.systems.<note.systems.systems.<note."
      "systems",
      NULL, 24, "paths.deployment.note", "at most 8 steps", 0 },
    { "base", "pack.yaml", "  deployment:\n", "  deploiment:\n", NULL, 22, "paths.deploiment",
      "there is no kind deploiment", -1 },
    { "base", "pack.yaml", "  kind: risk", "  kind: person", NULL, 29, "risk_acceptance.requirement",
      "has no single text field requirement", 4 },
    { "base", "pack.yaml", "state: accepted", "state: agreed", NULL, 31, "risk_acceptance.state",
      "has no state agreed", 0 },
    { "base", "pack.yaml", "until: until_date", "until: subject", NULL, 32, "risk_acceptance.until",
      "has no date field subject", 0 },
    { "base", "pack.yaml", "  until: until_date\n", "", NULL, 28, "risk_acceptance.until", "is missing", 0 },
    { "base", "pack.yaml", "kind: repair", "kind: note", NULL, 38, "remediation.requirement",
      "has no single text field requirement", 5 },
    { "base", "pack.yaml", "kind: repair", "kind: repare", NULL, 37, "remediation.kind",
      "there is no kind repare", 0 },
    { "base", "pack.yaml", "state: open", "state: opened", NULL, 40, "remediation.state",
      "kind repair has no state opened", 0 },
    { "base", "pack.yaml", "responsible: who", "responsible: by_day", NULL, 41, "remediation.responsible",
      "has no single reference field by_day", 0 },
    { "base", "pack.yaml", "responsible: who", "responsible: helpers", NULL, 41, "remediation.responsible",
      "has no single reference field helpers", 0 },
    { "base", "pack.yaml", "  responsible: who\n", "", NULL, 37, "remediation.responsible", "is missing", 0 },
    { "base", "pack.yaml", "due: by_day", "due: who", NULL, 42, "remediation.due", "has no date field who",
      0 },
    { "base", "pack.yaml", "due: by_day", "until: by_day", NULL, 37, "remediation.due", "is missing", 2 },
    { "base", "kinds/repair.yaml", "by_day: {type: date, required: true,", "by_day: {type: date,",
      "pack.yaml", 42, "remediation.due", "field by_day of kind repair must be required", 0 },
    { "base", "kinds/repair.yaml", "to: person, required: true,", "to: person,", "pack.yaml", 41,
      "remediation.responsible", "field who of kind repair must be required", 0 },
    { "base", "pack.yaml", "remediation:\n", "remediation: repair\nstages_:\n", NULL, 36, "remediation",
      "must be a mapping", -1 },
    { "base", "pack.yaml", "{kind: note, why", "{kind: nota, why", NULL, 35, "start.kind",
      "there is no kind nota", 0 },
    { "base", "pack.yaml", "{kind: note, why", "{kind: system, why", NULL, 35, "start.kind",
      "stands here twice", 0 },
    { "base", "pack.yaml", "{kind: note, why", "{kind: risk, why", NULL, 35, "start.kind",
      "belongs to the installation", 0 },
    { "base", "pack.yaml", ", en: Then notes", "", NULL, 35, "start.why.en", "is missing", 0 },
    /* --- reasons.yaml */
    { "base", "reasons.yaml", ".over:", ".ower:", NULL, 3, ".ower", "no such reason", 2 },
    { "base", "reasons.yaml", "not yet {stage}", "not yet {field}", NULL, 2, ".not_yet",
      "gives no value {field}", 0 },
    { "base", "reasons.yaml", "not yet {stage}", "not yet {stage", NULL, 2, ".not_yet", "a brace is open",
      0 },
    { "base", "reasons.yaml", NULL, NULL, "pack.yaml", 0, "", "the engine's reason .other", 6 },
    { "base", "reasons.yaml", NULL, "[]", NULL, 1, "", "must be a mapping", -1 },
    /* --- kinds */
    { "base", "kinds/system.yaml", "kind: system", "kind: systems", NULL, 1, "kind",
      "the file's name says system", 0 },
    { "base", "kinds/order.yaml", NULL,
      "kind: order\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n  name: {type: text, required: "
      "true, "
      "label: {zh: a, en: b}}\n",
      NULL, 1, "kind", "a word of the rules' SQL", 0 },
    { "base", "kinds/system_tags.yaml", NULL,
      "kind: system_tags\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n  name: {type: text, "
      "required: "
      "true, label: {zh: a, en: b}}\n",
      "kinds/system.yaml", 0, "tags", "is called like a kind", 0 },
    { "base", "kinds/system.yaml", "scope: institution", "scope: world", NULL, 8, "scope",
      "institution or installation", 0 },
    { "base", "kinds/system.yaml", "scope: institution", "scoop: institution", NULL, 8, "scoop",
      "unknown key", 0 },
    { "base", "kinds/system.yaml", "key: [code]", "key: [code, level]", NULL, 9, "key",
      "level cannot be part of the key", 0 },
    { "base", "kinds/system.yaml", "key: [code]", "key: [cod]", NULL, 9, "key", "has no field cod", 0 },
    { "base", "kinds/system.yaml", "key: [code]", "key: []", NULL, 9, "key", "must not be empty", 0 },
    { "base", "kinds/system.yaml", "key: [code]", "key: [code, code]", NULL, 9, "key", "stands here twice",
      0 },
    { "base", "kinds/system.yaml", "key: [code]\n", "", NULL, 1, "key", "is missing", 0 },
    { "base", "kinds/system.yaml", "name: title", "name: tags", NULL, 10, "name", "a list cannot be the name",
      0 },
    { "base", "kinds/system.yaml", "name: title", "name: titel", NULL, 10, "name", "has no field titel", 0 },
    { "base", "kinds/system.yaml", "initial: draft", "initial: drafted", NULL, 11, "initial",
      "has no state drafted", 0 },
    { "base", "kinds/system.yaml", "initial: draft\n", "", NULL, 1, "initial", "is missing", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "awaits: [{by: code, came: from_date}]\nfields:\n  code", NULL, 19, "awaits.by",
      "kind system has no date field code", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "awaits: [{by: from_date, came: title}]\nfields:\n  code", NULL, 19, "awaits.came",
      "kind system has no date field title", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code", "awaits: [{by: from_date}]\nfields:\n  code", NULL, 19,
      "awaits.came", "is missing", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "awaits: [{by: from_date, came: from_date}]\nfields:\n  code", NULL, 19, "awaits.came",
      "must be another field than by", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "awaits: [{by: from_date, until: until_date}]\nfields:\n  code", NULL, 19, "awaits.until",
      "unknown key", -1 },
    { "base", "kinds/system.yaml", "fields:\n  code", "awaits: [from_date]\nfields:\n  code", NULL, 19,
      "awaits", "must be a mapping", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code", "awaits: []\nfields:\n  code", NULL, 19, "awaits",
      "must have between 1 and 8 entries", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [p], fields: {code: {from: p}}, other: 1}}\nfields:\n  code",
      NULL, 19, "lists.l.other", "unknown key", -1 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [p], fields: {cod: {from: p}}}}\nfields:\n  code", NULL, 19,
      "lists.l.fields.cod", "kind system has no field cod of the right type", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [p], fields: {code: {part: first, from: p}}}}\nfields:\n  "
      "code",
      NULL, 19, "lists.l.fields.code.part", "must be last", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [p], fields: {code: {part: last}}}}\nfields:\n  code", NULL,
      19, "lists.l.fields.code.from", "is missing", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [], fields: {code: {from: p}}}}\nfields:\n  code", NULL, 19,
      "lists.l.heads", "must not be empty", 0 },
    { "base", "kinds/system.yaml", "fields:\n  code",
      "lists: {l: {label: {zh: a, en: a}, heads: [p], digest: {code: title}, fields: {code: {from: "
      "p}}}}\nfields:\n  "
      "code",
      NULL, 19, "lists.l.digest.code", "kind system has no field code of the right type", 0 },
    { "base", "kinds/system.yaml", "stage: plan", "stage: planning", NULL, 13, "states.draft.stage",
      "there is no stage planning", 0 },
    { "base", "kinds/system.yaml", "  closed: {", "  withdrawn: {", NULL, 15, "states.withdrawn",
      "every kind has the state withdrawn", -1 },
    { "base", "kinds/system.yaml", "final: true", "final: 1", NULL, 15, "states.closed.final",
      "true or false", 0 },
    { "base", "kinds/system.yaml", "  close: {", "  withdraw: {", NULL, 18, "transitions.withdraw",
      "every kind has the transition withdraw", 0 },
    { "base", "kinds/system.yaml", "to: closed", "to: shut", NULL, 18, "transitions.close.to",
      "has no state shut", 0 },
    { "base", "kinds/system.yaml", "from: [draft, live]", "from: [draft, alive]", NULL, 18,
      "transitions.close.from", "has no state alive", 0 },
    { "base", "kinds/system.yaml", "min: 1, max: 5", "clock: true, max: 5", NULL, 22, "fields.level.clock",
      "has its bounds already", 0 },
    { "base", "kinds/system.yaml", "min: 1, max: 5", "clock: 1", NULL, 22, "fields.level.clock",
      "true or false", 0 },
    { "base", "kinds/system.yaml", "  level: {type: integer", "  level: {type: int", NULL, 22,
      "fields.level.type", "there is no type int", 0 },
    { "base", "kinds/system.yaml", "  level: {type: integer", "  Level: {type: integer", NULL, 22,
      "fields.Level", "is no name", -1 },
    { "base", "kinds/system.yaml", "  level: {type: integer", "  state: {type: integer", NULL, 22,
      "fields.state", "every record has already", -1 },
    { "base", "kinds/system.yaml", "  level: {type: integer, min: 1, max: 5",
      "  level: {type: integer, min: 6, max: 5", NULL, 22, "fields.level.min", "above max", 0 },
    { "base", "kinds/system.yaml", "  level: {type: integer, min: 1", "  level: {type: integer, min: \"1\"",
      NULL, 22, "fields.level.min", "must be a whole number", 0 },
    { "base", "kinds/system.yaml", "  level: {type: integer, min: 1", "  level: {type: integer, list: true",
      NULL, 22, "fields.level.list", "a field of type integer has no list", 0 },
    { "base", "kinds/risk.yaml", "  subject: {type: text,", "  subject: {type: text, kind_from: subjekt,",
      NULL, 12, "fields.subject.kind_from", "needs another single text field", 0 },
    { "base", "kinds/risk.yaml", "  subject: {type: text,", "  subject: {type: text, kind_from: subject,",
      NULL, 12, "fields.subject.kind_from", "needs another single text field", 0 },
    { "base", "kinds/risk.yaml", "  subject: {type: text,", "  subject: {type: text, kind_from: until_date,",
      NULL, 12, "fields.subject.kind_from", "needs another single text field", 0 },
    { "base", "kinds/risk.yaml", "  subject: {type: text,",
      "  subject: {type: text, max: 64, kind_from: requirement,", NULL, 12, "fields.subject.kind_from",
      "without max", 0 },
    { "base", "kinds/risk.yaml", "{type: date,", "{type: date, kind_from: requirement,", NULL, 13,
      "fields.until_date.kind_from", "a field of type date has no kind_from", 0 },
    { "base", "kinds/risk.yaml", "  requirement: {type: text,", "  requirement: {type: text, names: clause,",
      NULL, 11, "fields.requirement.names", "can name a requirement", 0 },
    { "base", "kinds/risk.yaml", "{type: date,", "{type: date, names: requirement,", NULL, 13,
      "fields.until_date.names", "a field of type date has no names", 0 },
    { "base", "kinds/system.yaml", "scale: 2, ", "", NULL, 23, "fields.share.scale", "is missing", 0 },
    { "base", "kinds/system.yaml", "scale: 2", "scale: 7", NULL, 23, "fields.share.scale", "between 1 and 6",
      0 },
    { "base", "kinds/system.yaml", "\"100.5\"", "\"100.555\"", NULL, 23, "fields.share.max",
      "at most 2 digits", 0 },
    { "base", "kinds/system.yaml", "      own: {", "      Own: {", NULL, 27, "fields.model.options",
      "is no name", -1 },
    { "base", "kinds/system.yaml", "  words: {type: text, list: true",
      "  words: {type: text, options: {a: {}}", NULL, 37, "fields.words.options",
      "a field of type text has no options", 0 },
    { "base", "kinds/system.yaml", "max: 64", "max: 4001", NULL, 20, "fields.code.max", "between 1 and 4000",
      0 },
    { "base", "kinds/system.yaml", "after: from_date", "after: code", NULL, 40, "fields.until_date.after",
      "no other date field", 0 },
    { "base", "kinds/system.yaml", "after: from_date", "after: until_date", NULL, 40,
      "fields.until_date.after", "no other date field", 0 },
    { "base", "kinds/system.yaml", "differs_from: owner", "differs_from: evidence", NULL, 43,
      "fields.deputy.differs_from", "no other single reference", 0 },
    { "base", "kinds/system.yaml", "to: evidence", "to: evidences", NULL, 44, "fields.evidence.to",
      "there is no kind evidences", 0 },
    { "base", "kinds/system.yaml", "  words: {type: text", "  words: {max: 4", NULL, 37, "fields.words.type",
      "is missing", 0 },
    { "base", "kinds/system.yaml", "  words: {type: text, list: true, label: {zh",
      "  words: {type: text, hint: {zh", NULL, 37, "fields.words.hint", "unknown key", 2 },
    { "base", "kinds/evidence.yaml", "third_party: 2", "third: 2", NULL, 7, "strength.values.third_party",
      "is missing", 2 },
    { "base", "kinds/evidence.yaml", "person: 1", "person: 4", NULL, 7, "strength.values.person",
      "between 0 and 3", 0 },
    { "base", "kinds/evidence.yaml", "field: source", "field: title", NULL, 6, "strength.field",
      "no required single choice", 0 },
    { "base", "kinds/person.yaml", "fields:", "extend: system\nfields:", NULL, 1, "kind", "unknown key", -1 },
    { "base", "kinds/system.yaml", "  words: {type: text, list: true, label: {zh: \xe8\xaf\x8d, en: Words}}",
      "  words: 3", NULL, 37, "fields.words", "must be a mapping", 0 },
    { "base", "kinds/system.yaml", "states:\n", "states: {}\nstate:\n", NULL, 12, "states",
      "must not be empty", -1 },
    { "base", "kinds/system.yaml", "live: {label", "Live: {label", NULL, 14, "states.Live", "is no name",
      -1 },
    { "base", "kinds/system.yaml", "  start: {", "  Start: {", NULL, 17, "transitions.Start", "is no name",
      -1 },
    { "base", "kinds/system.yaml", "en: Level}", "en: \"" LONG LONG LONG "\"}", NULL, 22,
      "fields.level.label.en", "longer than 120 characters", 0 },
    { "base", "kinds/system.yaml", "en: Start}", "en: \"St\\nart\"}", NULL, 17, "transitions.start.label.en",
      "must be one line", 0 },
    { "base", "kinds/" LONG ".yaml", NULL,
      "kind: " LONG
      "\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n  name: {type: text, required: true, "
      "label: {zh: a, en: b}}\n  words_that_are_many: {type: text, list: true, label: {zh: a, en: b}}\n",
      NULL, 0, "words_that_are_many", "more than 55 letters", -1 },
    { "base", "kinds/empty.yaml", NULL,
      "kind: empty\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields: {}\n", NULL, 5, "fields",
      "must not be empty", -1 },
    { "base", "kinds/empty.yaml", NULL, "kind: empty\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\n", NULL,
      1, "fields", "is missing", -1 },
    { "base", "kinds/evidence.yaml", "person: 1}", "person: 1, friend: 1}", NULL, 7, "strength.values.friend",
      "has no such option", 0 },
    { "base", "kinds/Person2.yaml", NULL, "kind: person2\n", NULL, 0, "", "is no name", 0 },
    /* --- a kind that cannot be read: nothing is said about what refers to it */
    { "base", "kinds/system.yaml", "scope: institution", "scope: &x institution", NULL, 8, "", "anchors", 0 },
    { "base", "kinds/system.yaml", "scope: institution", "scope: \xff", NULL, 8, "", "not valid UTF-8", 0 },
    { "base", "kinds/system.yaml", "scope: institution", "key: [code]", NULL, 9, "", "stands here twice", 0 },
    /* --- requirements */
    { "base", "requirements/two.yaml", NULL, "a: b\n", NULL, 1, "", "must be a list", -1 },
    { "base", "requirements/two.yaml", "- id: \"2-1\"", "- id: \"2 1\"", NULL, 1, "id",
      "cannot be an id here", -1 },
    { "base", "requirements/two.yaml", "- id: \"2-1\"", "- id: \"1.2-2\"", NULL, 1, "1.2-2.id",
      "already has a requirement 1.2-2", -1 },
    { "base", "requirements/two.yaml", "clause: \"2\"", "clause: \"3.1\"", NULL, 2, "2-1.clause",
      "neither clause 3.1 nor one above it", 0 },
    { "base", "requirements/two.yaml", "clause: \"2\"", "clause: \"21\"", NULL, 2, "2-1.clause",
      "neither clause 21 nor one above it", 0 },
    { "base", "requirements/two.yaml", "actor: client", "actor: provider", NULL, 3, "2-1.actor",
      "not among those of pack.yaml", 0 },
    { "base", "requirements/two.yaml", "force: must", "force: may", NULL, 4, "2-1.force", "not among those",
      0 },
    { "base", "requirements/two.yaml", "models: [own]", "models: [owned]", NULL, 5, "2-1.models",
      "not among those", 0 },
    { "base", "requirements/two.yaml", "models: [own]", "models: []", NULL, 5, "2-1.models",
      "must not be empty", 0 },
    { "base", "requirements/two.yaml", "stage: plan", "stage: planning", NULL, 6, "2-1.stage",
      "not among those", 0 },
    { "base", "requirements/two.yaml", "subject: note", "subject: notes", NULL, 7, "2-1.subject",
      "there is no kind notes", 0 },
    { "base", "requirements/two.yaml", "subject: note", "subject: person", NULL, 11, "2-1.rule",
      "rule named does not judge the kind person", 2 },
    { "base", "requirements/two.yaml", "rule: named", "rule: nameless", NULL, 11, "2-1.rule",
      "there is no rule nameless", 0 },
    { "base", "requirements/two.yaml", "rule: named", "rule: named\n  with: {a: 1}", NULL, 12, "2-1.with.a",
      "has no such parameter", 0 },
    { "base", "requirements/two.yaml", "en: Guidance", "en: \"\"", NULL, 10, "2-1.guidance.en",
      "must not be empty", 0 },
    { "base", "requirements/two.yaml", "en: Title}", "en: \"Ti\\ntle\"}", NULL, 8, "2-1.title.en",
      "must be one line", 0 },
    { "base", "requirements/two.yaml", "  rule: named", "  rule: named\n  settings: {zh: a, en: b}", NULL, 12,
      "2-1.settings", "no parameter to speak of", 0 },
    { "base", "requirements/two.yaml", "  rule: named", "  rule: named\n  note: x", NULL, 12, "note",
      "unknown key", 0 },
    { "base", "requirements/one.yaml", "with: {min: 4, want: shared}", "with: {min: 4}", NULL, 14,
      "1.2-10.with.want", "is missing: rule level takes", 0 },
    { "base", "requirements/one.yaml", "  with: {min: 4, want: shared}\n", "", NULL, 1, "1.2-10.with.min",
      "is missing: rule level takes", 2 },
    { "base", "requirements/one.yaml", "want: shared}", "want: else}", NULL, 1, "1.2-10.want",
      "has no option else", 0 },
    { "base", "requirements/one.yaml", "min: 4", "min: 4.5", NULL, 14, "1.2-10.with.min",
      "a text or a whole number", 0 },
    { "base", "requirements/one.yaml", "min: 4", "min: true", NULL, 14, "1.2-10.with.min",
      "a text or a whole number", 0 },
    { "base", "requirements/one.yaml", "min: 4", "min: [4]", NULL, 14, "1.2-10.with.min",
      "a text or a whole number", 0 },
    { "base", "requirements/one.yaml", "when: {model: [shared]", "when: {modell: [shared]", NULL, 15,
      "1.2-10.when.modell", "has no choice field modell", 0 },
    { "base", "requirements/one.yaml", "when: {model: [shared]", "when: {level: [shared]", NULL, 15,
      "1.2-10.when.level", "has no choice field level", 0 },
    { "base", "requirements/one.yaml", "when: {model: [shared]", "when: {model: [else]", NULL, 15,
      "1.2-10.when.model", "has no option else", 0 },
    { "base", "requirements/one.yaml", "when: {model: [shared]", "when: {model: shared", NULL, 15,
      "1.2-10.when.model", "must be a list", 0 },
    /* --- rules: front matter */
    { "base", "rules/level.sql", "-- rule: level", "-- rule: levels", NULL, 1, "rule",
      "the file's name says level", 0 },
    { "base", "rules/level.sql", "-- rule: level", "-- rule: *level", NULL, 1, "", "aliases", 0 },
    { "base", "rules/level.sql", "-- rule: level", "--  rule: level", NULL, 2, "", "no valid YAML", 0 },
    { "base", "rules/level.sql", "[system, deployment]", "[system, deploy]", NULL, 2, "subject",
      "there is no kind deploy", 0 },
    { "base", "rules/level.sql", "[system, deployment]", "deployment", "requirements/one.yaml", 13,
      "1.2-10.rule", "does not judge the kind system", 2 },
    { "base", "rules/level.sql", "-- params: [min, want]", "-- params: [min, want, Max]", NULL, 3, "params",
      "is no name", -1 },
    { "base", "rules/level.sql", "-- params: [min, want]", "-- params: [min, want, most]", NULL, 3, "params",
      "neither the SQL nor a sentence uses the parameter most", 3 },
    { "base", "rules/named.sql", "-- reach: institution", "-- reach: all", NULL, 3, "reach",
      "must be institution", 0 },
    { "base", "rules/named.sql", ", en: It has a date}", "}", NULL, 6, "reasons.dated.en", "is missing", 0 },
    { "base", "rules/named.sql", "-- reasons:", "-- reazons:", NULL, 4, "reazons", "unknown key", 2 },
    { "base", "rules/named.sql", "--   dated:", "--   Dated:", NULL, 6, "reasons", "is no name", -1 },
    { "base", "rules/named.sql", NULL, "SELECT 1\n", NULL, 1, "", "the file is empty", -1 },
    { "base", "rules/named.sql", NULL,
      "-- rule: named\n-- subject: note\n-- reasons:\n--   a: {zh: a, en: a}\n", NULL, 5, "",
      "must come SQL text", 0 },
    { "base", "rules/Named.sql", NULL, "-- rule: Named\nSELECT 1", NULL, 0, "", "is no name", 0 },
    /* --- rules: sentences and codes */
    { "base", "rules/level.sql", "has level {level}", "has level {levels}", NULL, 5, "reasons.enough.en",
      "the SQL gives no column v_levels", -1 },
    { "base", "rules/level.sql", "has level {level}", "has a level", NULL, 5, "reasons.enough.en",
      "lacks {level}, which the other language has", 0 },
    { "base", "rules/level.sql", "{:min} is asked", "{:max} is asked", NULL, 5, "reasons.enough.en",
      "no parameter of the rule", -1 },
    { "base", "rules/level.sql", "has level {level}", "has level {level} }", NULL, 5, "reasons.enough.en",
      "a brace is open", 0 },
    { "base", "rules/level.sql", "has level {level}", "has level {Level}", NULL, 5, "reasons.enough.en",
      "a brace is open", 0 },
    { "base", "rules/level.sql", "model {model|choice:system.model}", "model {model|choice:system.title}",
      NULL, 8, "reasons.below.en", "system.title is no choice field", 0 },
    { "base", "rules/level.sql", "model {model|choice:system.model}", "model {model|option:system.model}",
      NULL, 8, "reasons.below.en", "a brace is open", 0 },
    { "base", "rules/level.sql", "'enough' ELSE 'below'", "'enough' ELSE 'enough'", NULL, 8, "reasons.below",
      "the SQL never gives the reason 'below'", 0 },
    { "base", "rules/level.sql", "'enough' ELSE 'below'", "'enough' WHEN 1 = 2 THEN 'beneath' ELSE 'below'",
      NULL, 13, "", "the reason 'beneath', which the front matter does not declare", 0 },
    { "base", "rules/named.sql", "WHEN 'x' THEN 'named'", "WHEN 'x' THEN ('other')", NULL, 11, "",
      "the reason 'other', which the front matter does not declare", 0 },
    { "base", "rules/level.sql", "THEN 'met' ELSE", "THEN 'ok' ELSE", NULL, 12, "", "'ok' is no status", 0 },
    { "base", "rules/level.sql", "'system' AS proof_kind", "'sytem' AS proof_kind", NULL, 14, "",
      "there is no kind sytem", 0 },
    /* --- rules: columns */
    { "base", "rules/level.sql", "NULL AS due, ", "", NULL, 11, "", "the SQL gives no column due", 0 },
    { "base", "rules/level.sql", "s.title AS v_system", "s.title AS v_system, s.code AS v_code", NULL, 11, "",
      "no sentence uses the value v_code", 0 },
    { "base", "rules/level.sql", "s.title AS v_system", "s.title AS v_system, s.code AS code", NULL, 11, "",
      "begins with v_, but there is code", 0 },
    { "base", "rules/level.sql", "s.title AS v_system", "s.title AS v_system, s.code AS v_system", NULL, 11,
      "", "", 0 },
    /* --- rules: SQL that must not be; the words are the store's */
    { "base", "rules/level.sql", "JOIN system s", "JOIN systems s", NULL, 11, "", "systems", 0 },
    { "base", "rules/level.sql", "s.title AS", "s.titel AS", NULL, 15, "", "titel", 0 },
    { "base", "rules/level.sql", "s.level >= :min", "s.level >= :most", NULL, 11, "", "", -1 },
    { "base", "rules/level.sql", "s.id = x.id", "s.id = x.id; DELETE FROM system", NULL, 16, "", "", 0 },
    { "base", "rules/level.sql", "s.id = x.id", "s.id = x.id AND randomblob(9) > 1", NULL, 16, "",
      "randomblob", 0 },
    { "base", "rules/level.sql", "JOIN system s", "JOIN sqlite_master m JOIN system s", NULL, 0, "",
      "sqlite_master", 0 },
    { "base", "rules/level.sql", "JOIN system s", "JOIN r_system r JOIN system s", NULL, 0, "", "r_system",
      0 },
    { "base", "rules/level.sql", "s.id = x.id", "s.id = x.id /* */", NULL, 16, "", "", 0 },
    { "base", "rules/level.sql", "SELECT s.id", "DELETE FROM system RETURNING s.id", NULL, 0, "", "", 0 },
    { "base", "rules/level.sql", "s.title AS v_system", "s.title AS \"v_system\"", NULL, 15, "", "", 0 },
    /* --- views */
    { "base", "views/written.sql", NULL, "-- nothing\n", NULL, 2, "", "must come SQL text", 2 },
    { "base", "views/written.sql", "n.name AS name", "n.nome AS name", NULL, 0, "", "nome", 2 },
    { "base", "views/written.sql", "FROM note n", "FROM note n;", NULL, 5, "", "", 2 },
    { "base", "views/written.sql", "n.name <>", ":name <>", NULL, 0, "", "name", 2 },
    { "base", "views/note.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "",
      "kind note already gives rules a table note", -1 },
    { "base", "views/note_systems.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "",
      "kind note already gives rules a table note_systems", 0 },
    { "base", "views/select.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "",
      "is a word of the rules' SQL", 0 },
    { "base", "views/subject.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "",
      "is a word of the rules' SQL", 0 },
    { "base", "views/Some.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "", "is no name", 0 },
    { "over", "views/written.sql", NULL, "SELECT s.id AS id FROM system s\n", NULL, 0, "",
      "pack base already has a view written", 0 },
    { "base", "rules/named.sql", "WITH n AS", "WITH written AS (SELECT 1 AS id), n AS", NULL, 9, "",
      "written", 0 },
    /* --- gates */
    { "base", "gates.yaml", NULL, "a: b\n", NULL, 1, "", "must be a list", -1 },
    { "base", "gates.yaml", "kind: system", "kind: sytem", NULL, 1, "kind", "there is no kind sytem", 0 },
    { "base", "gates.yaml", "transition: start", "transition: stop", NULL, 2, "transition",
      "has no transition stop", 0 },
    { "base", "gates.yaml", "transition: start", "transition: withdraw", NULL, 2, "transition",
      "has no transition withdraw of its own", 0 },
    { "base", "gates.yaml", "\"2-1\"", "\"2-2\"", NULL, 5, "requires", "there is no requirement 2-2", 0 },
    { "base", "gates.yaml", "clause: \"1\", force", "clause: \"3\", force", NULL, 4, "requires",
      "no requirement stands at or below clause 3", 0 },
    { "base", "gates.yaml", "force: must", "force: may", NULL, 4, "requires.force", "not among those", 0 },
    { "base", "gates.yaml", "clause: \"1\", force", "clauses: \"1\", force", NULL, 4, "requires.clauses",
      "unknown key", 2 },
    { "base", "gates.yaml", "least_strength: 1", "least_strength: 4", NULL, 6, "least_strength",
      "between 0 and 3", 0 },
    { "base", "gates.yaml", "requires: [\"1.2-2\", {clause: \"1.2\"}]", "requires: []", NULL, 9, "requires",
      "must not be empty", 0 },
    { "base", "gates.yaml", "- kind: deployment\n  transition: serve", "- kind: system\n  transition: start",
      NULL, 7, "transition", "already has a gate here", 0 },
    { "base", "pack.yaml", "  system:\n    note: <note.systems\n", "", "gates.yaml", 5, "requires",
      "requirement 2-1 is about kind note, to which no path leads from kind system", 0 },
    /* --- access.yaml */
    { "base", "access.yaml", NULL, "- a\n", NULL, 1, "", "must be a mapping", 0 },
    { "base", "access.yaml", NULL, "a: [", NULL, 2, "", "no valid YAML", 0 },
    { "base", "access.yaml", "groups:", "group:", NULL, 3, "group", "unknown key", -1 },
    { "base", "access.yaml", "kind: person", "kind: persons", NULL, 1, "persons.kind",
      "there is no kind persons", 0 },
    { "base", "access.yaml", "roles: roles", "roles: name", NULL, 1, "persons.roles",
      "kind person has no choice field name", 0 },
    { "base", "access.yaml", "roles: roles, state: active}", "roles: roles, state: here}", NULL, 1,
      "persons.state", "kind person has no state here", 0 },
    { "base", "access.yaml", "persons: {kind: person, roles: roles, state: active}\n", "", NULL, 1, "persons",
      "is missing: no pack below", 0 },
    { "base", "access.yaml", "from: owner", "from: title", NULL, 2, "delegations.from",
      "kind system has no single reference field title", 0 },
    { "base", "access.yaml", "from: owner", "from: place", NULL, 2, "delegations.from",
      "kind system has no single reference field place", 0 },
    { "base", "access.yaml", "to: deputy", "to: evidence", NULL, 2, "delegations.to",
      "kind system has no single reference field evidence", 0 },
    { "base", "access.yaml", "kind: system, from: owner, to: deputy, since: from_date, until: until_date",
      "kind: deployment, from: system, to: system, since: name, until: name", NULL, 2, "delegations.from",
      "field system of kind deployment names no person", 5 },
    { "base", "access.yaml", "since: from_date", "since: title", NULL, 2, "delegations.since",
      "kind system has no date field title", 0 },
    { "base", "access.yaml", ", until: until_date", "", NULL, 2, "delegations.until", "is missing", 0 },
    { "base", "access.yaml", "state: live", "state: alive", NULL, 2, "delegations.state",
      "kind system has no state alive", 0 },
    { "base", "access.yaml", "person: owner, since", "person: place, since", NULL, 17, "memberships.person",
      "kind system has no single reference field place", 0 },
    { "base", "access.yaml", "person: owner, since: from_date, until: until_date, state: live",
      "person: owner, since: from_date, until: until_date, state: alive", NULL, 17, "memberships.state",
      "kind system has no state alive", 0 },
    { "base", "access.yaml", "person: owner, since: from_date, ", "person: owner, ", NULL, 17,
      "memberships.since", "is missing", 0 },
    { "base", "access.yaml", "  heads: [", "  Heads: [", NULL, 4, "groups.Heads",
      "cannot be the name of a group", -1 },
    { "base", "access.yaml", "  heads: [", "  clerk: [clerk]\n  heads: [", NULL, 4, "groups.clerk",
      "cannot be the name of a group", 0 },
    { "base", "access.yaml", "[boss, chief]", "[boss, king]", NULL, 4, "groups.heads",
      "there is no role and no group king", 0 },
    { "base", "access.yaml", "[boss, chief]", "[]", NULL, 4, "groups.heads", "must not be empty", -1 },
    { "base", "access.yaml", "create: [heads, clerk]", "create: [heads, boss]", NULL, 8,
      "kinds.system.create", "a role of boss stands here already", 0 },
    { "base", "access.yaml", "create: [heads, clerk]", "create: [clerks]", NULL, 8, "kinds.system.create",
      "there is no role and no group clerks", 0 },
    { "base", "access.yaml", "create: [heads, clerk]", "create: clerk", NULL, 8, "kinds.system.create",
      "must be a mapping", 0 },
    { "base", "access.yaml", "create: [heads, clerk]", "create: [[clerk]]", NULL, 8, "kinds.system.create",
      "there is no role and no group ?", 0 },
    { "base", "access.yaml", "create: [heads, clerk]", "create: {roles: [clerk], not_by: [created]}", NULL, 8,
      "kinds.system.create.not_by", "there is no record yet", 0 },
    { "base", "access.yaml", "    create: [heads, clerk]\n", "", NULL, 8, "kinds.system.create", "is missing",
      0 },
    { "base", "access.yaml", "  system:\n", "  sistem:\n", NULL, 7, "kinds.sistem", "there is no kind sistem",
      0 },
    { "base", "access.yaml", "    transitions:", "    moves:", NULL, 9, "kinds.system.moves", "unknown key",
      0 },
    { "base", "access.yaml", "      start: {", "      begin: {", NULL, 10, "kinds.system.transitions.begin",
      "kind system has no transition begin", 0 },
    { "base", "access.yaml", "{roles: [heads], not_by: [created, owner]}", "{not_by: [created, owner]}", NULL,
      10, "kinds.system.transitions.start.roles", "is missing", 0 },
    { "base", "access.yaml", "{roles: [heads], not_by", "{roles: [heads], notby", NULL, 10,
      "kinds.system.transitions.start.notby", "unknown key", 0 },
    { "base", "access.yaml", "not_by: [created, owner]", "not_by: [created, title]", NULL, 10,
      "kinds.system.transitions.start.not_by", "kind system has no field title that names a person", 0 },
    { "base", "access.yaml", "not_by: [created, owner]", "not_by: [made, owner]", NULL, 10,
      "kinds.system.transitions.start.not_by", "kind system has no field made that names a person", 0 },
    { "base", "access.yaml", "not_by: [created, owner]", "not_by: [owner, owner]", NULL, 10,
      "kinds.system.transitions.start.not_by", "stands here twice", 0 },
    { "base", "access.yaml", "default: {create: [clerk], change", "default: {change", NULL, 5,
      "default.create", "is missing", 0 },
    { "base", "access.yaml", "default: {create: [clerk], change: [heads]}",
      "default: {create: [clerk], change: {roles: [heads], not_by: [owner]}}", NULL, 5,
      "default.change.not_by", "there is no record yet, or none of a known kind", 0 },
    { "base", "access.yaml", "default: {create: [clerk]", "default: {create: [clark]", NULL, 5,
      "default.create", "there is no role and no group clark", 0 },
    { "over", "access.yaml", "groups:", "persons: {kind: person, roles: roles, state: active}\ngroups:", NULL,
      1, "persons", "another pack has this already", 0 },
    { "over", "access.yaml", "freeze: [all]", "freeze: [heads]", NULL, 8, "kinds.system.transitions.freeze",
      "there is no role and no group heads", 0 },
    /* --- notices.yaml */
    { "base", "notices.yaml", NULL, "- a\n", NULL, 1, "", "must be a mapping", 0 },
    { "base", "notices.yaml", "mail: name", "mails: name", NULL, 1, "mails", "unknown key", -1 },
    { "base", "notices.yaml", "mail: name", "mail: roles", NULL, 1, "mail",
      "kind person has no text field roles", 0 },
    { "base", "notices.yaml", "due: [boss]", "due: [king]", NULL, 3, "tell.due", "there is no role king", 0 },
    { "base", "notices.yaml", "due: [boss]", "waits: [boss]", NULL, 3, "tell.waits", "unknown key", 0 },
    { "base", "notices.yaml", "channels: [chief]", "channels: [king]", NULL, 5, "channels",
      "there is no role king", 0 },
    { "base", "notices.yaml", "[30, 7, 0]", "[7, 30]", NULL, 6, "ahead", "the largest first", 0 },
    { "base", "notices.yaml", "[30, 7, 0]", "[soon]", NULL, 6, "ahead", "numbers of days", 0 },
    { "base", "notices.yaml", "[30, 7, 0]", "[9, 8, 7, 6, 5, 4, 3, 2, 1]", NULL, 6, "ahead", "at most 8", 0 },
    { "base", "notices.yaml", "named: [owner, deputy]\n", "", NULL, 1, "named", "is missing", 0 },
    { "base", "notices.yaml", "pace: weekly", "pace: never", NULL, 8, "defaults.pace",
      "must be once, daily or weekly", 0 },
    { "base", "notices.yaml", "hour: 8", "hour: 24", NULL, 8, "defaults.hour", "", 0 },
    { "base", "notices.yaml", "  system: [close]", "  sistem: [close]", NULL, 11, "waiting.sistem",
      "there is no kind sistem", 0 },
    { "base", "notices.yaml", "  system: [close]", "  system: [shut]", NULL, 11, "waiting.system",
      "kind system has no transition shut", 0 },
    { "over", "notices.yaml", NULL, "tell: {due: [boss]}\n", NULL, 1, "tell", "another pack has this already",
      0 },
    /* --- upgrade.yaml */
    { "base", "upgrade.yaml", NULL, "renamed: {}\n", NULL, 1, "from", "is missing", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nmoved: {}\n", NULL, 2, "moved", "unknown", -1 },
    { "base", "upgrade.yaml", NULL, "from: []\n", NULL, 1, "from", "must not be empty", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  kinds: {engine: sistem}\n", NULL, 1, "engine",
      "leads to sistem, which this edition does not have", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  kinds: {note: system}\n", NULL, 1, "note",
      "this edition still has note", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  fields: {system: title}\n", NULL, 3,
      "renamed.fields.system", "names nothing of an earlier edition", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  fields: {system.name: titel}\n", NULL, 1,
      "system.name", "leads to titel", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  options: {system.model.old: owned}\n", NULL, 1,
      "system.model.old", "leads to owned", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nremoved:\n  states: {system.old: {zh: a, en: b}}\n", NULL, 3,
      "removed.states.system.old", "a state can only become another", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nrenamed:\n  requirements: {\"9-9\": \"9-8\"}\n", NULL, 1,
      "9-9", "leads to 9-8", 0 },
    { "base", "upgrade.yaml", NULL,
      "from: [a]\nrenamed:\n  kinds: {engine: system}\nremoved:\n  kinds: {engine: {zh: a, en: b}}\n", NULL,
      5, "removed.kinds.engine", "stands here twice", 0 },
    { "base", "upgrade.yaml", NULL, "from: [a]\nremoved:\n  kinds: {engine: {zh: a}}\n", NULL, 3,
      "removed.kinds.engine.en", "is missing", 0 },
    /* --- documents */
    { "base", "documents/zh/report.yaml", NULL, "a: [", NULL, 2, "", "no valid YAML", 0 },
    { "base", "documents/report.md", NULL, "\xff", NULL, 1, "", "not valid UTF-8", 0 },
    { "base", "documents/card.yaml", NULL, "a: [", NULL, 2, "", "no valid YAML", 0 },
    { "base", "documents/card.yaml", NULL, "- a\n", NULL, 1, "", "must be a mapping", 0 },
    { "base", "documents/card.yaml", "document: card", "document: cards", NULL, 1, "document",
      "the file's name says card", 0 },
    { "base", "documents/card.yaml", "document: card\n", "", NULL, 1, "document", "is missing", 0 },
    { "base", "documents/card.yaml", "note:", "notes:", NULL, 4, "notes", "unknown key", 0 },
    { "base", "documents/card.yaml", "kind: system", "kind: sistem", NULL, 2, "kind",
      "there is no kind sistem", 0 },
    { "base", "documents/card.yaml", "kind: system\n", "", NULL, 1, "kind", "is missing", 0 },
    { "base", "documents/card.yaml", "kind: system", "kind: risk", NULL, 1, "kind",
      "belongs to the installation", -1 },
    { "base", "documents/card.yaml", ", en: System card", "", NULL, 3, "title.en", "is missing", 0 },
    { "base", "documents/card.yaml", "\"2-1\"", "\"2-9\"", NULL, 5, "requirements",
      "there is no requirement 2-9", 0 },
    { "base", "documents/card.yaml", "\"2-1\"", "[a]", NULL, 5, "requirements", "there is no requirement",
      0 },
    { "base", "documents/card.yaml", "sections:", "section:", NULL, 6, "section", "unknown key", 2 },
    { "base", "documents/card.yaml", NULL,
      "document: card\nkind: system\ntitle: {zh: a, en: b}\nsections: []\n", NULL, 4, "sections",
      "must not be empty", 0 },
    { "base", "documents/card.yaml", NULL, "document: card\nkind: system\ntitle: {zh: a, en: b}\n", NULL, 1,
      "sections", "is missing", 0 },
    { "base", "documents/card.yaml", "  - heading: {zh: \xe5\x90\x8d\xe7\xa7\xb0, en: Name}\n    text",
      "  - text", NULL, 7, "sections.heading", "is missing", 0 },
    { "base", "documents/card.yaml", "en: \"{title} ({state})", "en: \"{name} {title} ({state})", NULL, 8,
      "sections.en", "{name} leads to no field from kind system", 2 },
    { "base", "documents/card.yaml", "en: \"{title} ({state})", "en: \"({state})", NULL, 8, "sections.en",
      "lacks {title}", 0 },
    { "base", "documents/card.yaml", "en: \"{title} ({state}) {level|clock}",
      "en: \"{title} ({state}) {level}", NULL, 8, "sections.en", "lacks {level|clock}", 2 },
    { "base", "documents/card.yaml", "en: \"{title}", "en: \"{title|clock}", NULL, 8, "sections.en",
      "{title|clock} is no integer field", 3 },
    { "base", "documents/card.yaml", "en: \"{title}", "en: \"{title", NULL, 8, "sections.en",
      "a brace is open", 0 },
    { "base", "documents/card.yaml", "en: \"{title}", "en: \"} {title}", NULL, 8, "sections.en",
      "a brace is open", 0 },
    { "base", "documents/card.yaml", "{owner.name}{today} plain", "{owner.nam}{today} plain", NULL, 15,
      "sections.en", "{owner.nam} leads to no field", 3 },
    { "base", "documents/card.yaml", "{owner.name}{today} plain", "{tags.name}{today} plain", NULL, 15,
      "sections.en", "{tags.name} leads to no field", 3 },
    { "base", "documents/card.yaml", "each: <deployment.system", "each: deployment.system", NULL, 10,
      "sections.each", "must be of the form <KIND.FIELD", 0 },
    { "base", "documents/card.yaml", "each: <deployment.system", "each: <deployment", NULL, 10,
      "sections.each", "must be of the form <KIND.FIELD", 0 },
    { "base", "documents/card.yaml", "each: <deployment.system", "each: <deploiment.system", NULL, 10,
      "sections.each", "there is no kind deploiment", 0 },
    { "base", "documents/card.yaml", "each: <deployment.system", "each: <note.systems", NULL, 10,
      "sections.each", "has no single reference systems to kind system", 0 },
    { "base", "documents/card.yaml", "order: [name]", "order: [system]", NULL, 11, "sections.order",
      "has no single date, integer or text field system", 0 },
    { "base", "documents/card.yaml", "    none: {", "    nona: {", NULL, 13, "sections.nona", "unknown key",
      2 },
    { "base", "documents/card.yaml", "    each: <deployment.system\n", "", NULL, 9, "sections.each",
      "order and none are about what it finds", 3 },
    /* --- overlays */
    { "over", "pack.yaml", "extends: [base]", "requires: [base]", "kinds/system.yaml", 1, "extend",
      "does not extend", -1 },
    { "over", "pack.yaml", "extends: [base]\n", "", "kinds/system.yaml", 1, "extend", "does not require",
      -1 },
    { "over", "pack.yaml", "pack: over", "pack: base", NULL, 1, "pack", "loaded twice", -1 },
    { "over", "pack.yaml", "en: Two}", "en: Second}", NULL, 7, "clauses.2", "other words", 0 },
    { "over", "pack.yaml", "clauses:", "paths: {system: {note: <note.systems}}\nclauses:", NULL, 5,
      "paths.system.note", "another pack has this already", 0 },
    { "over", "pack.yaml", "clauses:",
      "risk_acceptance: {kind: risk, requirement: requirement, subject: subject, state: accepted, until: "
      "until_date}\nclauses:",
      NULL, 5, "risk_acceptance", "another pack has this already", 0 },
    { "over", "pack.yaml", "clauses:",
      "remediation: {kind: repair, requirement: requirement, subject: subject, state: open, responsible: "
      "who, "
      "due: by_day}\nclauses:",
      NULL, 5, "remediation", "another pack has this already", 0 },
    { "over", "reasons.yaml", NULL, ".over: {zh: a, en: b}\n", NULL, 1, ".over",
      "another pack has this already", 0 },
    { "over", "kinds/system.yaml", "extend: system", "extend: sistem", NULL, 1, "extend",
      "the file's name says system", -1 },
    { "over", "kinds/system.yaml", "extend: system", "extend: system\nlabel: {zh: a, en: b}", NULL, 2,
      "label", "unknown key", 0 },
    { "over", "kinds/system.yaml", "  zone: {", "  title: {", NULL, 7, "fields.title",
      "already has a field title", -1 },
    { "over", "kinds/system.yaml", "  frozen: {", "  live: {", NULL, 3, "states.live",
      "already has a state live", -1 },
    { "over", "kinds/system.yaml", "  freeze: {", "  close: {", NULL, 5, "transitions.close",
      "already has a transition close", 0 },
    { "over", "kinds/system.yaml", NULL,
      "kind: system\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n  name: {type: text, required: "
      "true, "
      "label: {zh: a, en: b}}\n",
      NULL, 1, "kind", "pack base already has a kind system", -1 },
    { "over", "documents/card.yaml", NULL,
      "document: card\nkind: system\ntitle: {zh: a, en: b}\nsections: [{heading: {zh: a, en: b}, text: {zh: "
      "a, "
      "en: b}}]\n",
      NULL, 1, "document", "pack base already has a document card", 0 },
    { "over", "rules/level.sql", NULL, "-- rule: level\nSELECT 1", NULL, 1, "rule",
      "pack base already has a rule level", 0 },
    { "over", "requirements/over.yaml", "1.3-1", "2-1", NULL, 1, "2-1.id",
      "pack base already has a requirement 2-1", -1 },
};

static bool fits(const yj_complaint *c, const row *r)
{
    char file[200];
    snprintf(file, sizeof file, "%s/%s", r->pack, r->at_file ? r->at_file : r->file);
    size_t n = strlen(file), m = strlen(c->file);
    return m > n && strcmp(c->file + m - n, file) == 0 && (r->line == 0 || c->line == r->line) &&
           strcmp(c->field, r->field) == 0 && strstr(c->msg, r->says) && c->msg[0] && c->msg_zh[0];
}

static void catalog_load__complains_about_each_fault(void **state)
{
    size_t wrong = 0;
    for (size_t i = 0; i < YJ_COUNT(rows); i++) {
        const row *r = &rows[i];
        const char *const base[] = { "base", NULL }, *const both[] = { "base", "over", NULL };
        const patch p = { r->file, r->find, r->put };
        bool over = strcmp(r->pack, "over") == 0;
        void *folder = NULL;
        loaded l;
        assert_int_equal(test_folder_make(&folder), 0);
        pack_write("base", folder, over ? NULL : &p, !over);
        if (over)
            pack_write("over", folder, &p, 1);
        packs_load(folder, over ? both : base, false, &l);
        bool found = false;
        for (size_t j = 0; j < l.count; j++)
            found = found || fits(&l.complaints[j], r);
        size_t expected = r->count ? (size_t)r->count : 1;
        if (l.status != YJ_E_INVALID || !found || (r->count >= 0 && l.count != expected)) {
            print_error("row %zu (%s: %s -> %s): expected %d: %s: %s; status %s, %zu complaints:\n", i,
                        r->file, r->find ? r->find : "", r->put ? r->put : "(none)", r->line, r->field,
                        r->says, yj_status_slug(l.status), l.count);
            loaded_print(&l);
            wrong++;
        }
        if (l.count > 0 && !strstr(l.err.msg, l.complaints[0].msg))
            fail_msg("row %zu: the error does not repeat the first complaint: %s", i, l.err.msg);
        loaded_done(&l);
        assert_int_equal(test_folder_remove(&folder), 0);
    }
    assert_int_equal(wrong, 0);
}

/* Two lists of different kinds would have the same view. */
static void catalog_load__tells_views_apart(void **state)
{
#define BODY(kind, list)                                                                                     \
    "kind: " kind                                                                                            \
    "\nlabel: {zh: a, en: b}\nkey: [name]\nname: name\nfields:\n  name: {type: text, required: "             \
    "true, label: {zh: a, en: b}}\n  " list ": {type: text, list: true, label: {zh: a, en: b}}\n"
    const patch patches[] = {
        { "kinds/a.yaml", NULL, BODY("a", "b_c") },
        { "kinds/a_b.yaml", NULL, BODY("a_b", "c") },
    };
    const char *const names[] = { "base", NULL };
    loaded l;
    pack_write("base", *state, patches, YJ_COUNT(patches));
    packs_load(*state, names, false, &l);
    assert_int_equal(l.status, YJ_E_INVALID);
    assert_int_equal(l.count, 1);
    assert_non_null(strstr(l.complaints[0].msg, "view a_b_c is called like that of a list of kind a"));
    loaded_done(&l);
}

/* Roles are kept in a word of 64 bits. */
static void catalog_load__bounds_roles(void **state)
{
    const char *const names[] = { "base", NULL };
    for (int count = 64; count <= 65; count++) {
        yj_auto(yj_buf_done) yj_buf b;
        yj_buf_init(&b, 65536);
        yj_buf_str(&b, "    options:\n");
        for (int i = 3; i < count; i++)
            yj_buf_fmt(&b, "      role%d: {zh: a, en: b}\n", i);
        yj_buf_char(&b, '\0');
        const patch p = { "kinds/person.yaml", "    options:\n", b.ptr };
        loaded l;
        pack_write("base", *state, &p, 1);
        packs_load(*state, names, false, &l);
        assert_int_equal(l.status, count == 64 ? YJ_OK : YJ_E_INVALID);
        if (count == 65) {
            assert_int_equal(l.count, 1);
            assert_string_equal(l.complaints[0].field, "persons.roles");
            assert_non_null(strstr(l.complaints[0].msg, "more than 64 roles"));
        }
        loaded_done(&l);
    }
}

/* Many faults are told at once, and the rest is not hidden by the first. */
static void catalog_load__collects_complaints(void **state)
{
    const patch patches[] = {
        { "kinds/system.yaml", "key: [code]", "key: [cod]" },
        { "requirements/two.yaml", "force: must", "force: may" },
        { "gates.yaml", "transition: start", "transition: stop" },
        { "rules/named.sql", ", en: It has a date}", "}" },
    };
    const char *const names[] = { "base", NULL };
    loaded l;
    pack_write("base", *state, patches, YJ_COUNT(patches));
    packs_load(*state, names, false, &l);
    assert_int_equal(l.status, YJ_E_INVALID);
    assert_int_equal(l.count, YJ_COUNT(patches));
    loaded_done(&l);
}

static void catalog_load__works_without_room_for_complaints(void **state)
{
    const patch p = { "kinds/system.yaml", "key: [code]", "key: [cod]" };
    pack_write("base", *state, &p, 1);
    yj_auto(yj_pack_source_freep) yj_pack_source *s = pack_read("base", *state);
    const yj_pack_source *one = s;
    yj_catalog *c = NULL;
    yj_complaint room;
    size_t count = 9;
    yj_error err;
    assert_status(yj_catalog_load(&one, 1, &c, NULL, 0, NULL, &err), YJ_E_INVALID);
    assert_non_null(strstr(err.msg, "base/kinds/system.yaml:9: key: kind system has no field cod"));
    assert_string_equal(err.field, "key");
    assert_status(yj_catalog_load(&one, 1, &c, &room, 1, &count, &err), YJ_E_INVALID);
    assert_int_equal(count, 1);
    assert_status(yj_catalog_load(&one, 1, &c, NULL, 0, &count, NULL), YJ_E_INVALID);
    assert_int_equal(count, 0);
    assert_status(yj_catalog_load(&one, 0, &c, NULL, 0, NULL, &err), YJ_E_INVALID);
    assert_null(c);
}

/* Three packs that need each other in a circle; and one loaded before what it needs. */
static void catalog_load__refuses_circles_and_wrong_order(void **state)
{
    static const char *const texts[] = {
        "pack: a\nedition: \"1\"\ntitle: {zh: a, en: a}\nrequires: [c]\n",
        "pack: b\nedition: \"1\"\ntitle: {zh: b, en: b}\nrequires: [a]\n",
        "pack: c\nedition: \"1\"\ntitle: {zh: c, en: c}\nextends: [b]\n",
    };
    yj_pack_source *s[3] = { NULL };
    const yj_pack_source *in_order[3];
    yj_complaint rows_[8];
    yj_catalog *c = NULL;
    size_t count = 0;
    yj_error err;
    for (size_t i = 0; i < 3; i++) {
        const yj_pack_file f = { "pack.yaml", yj_span_of(texts[i]) };
        assert_status(yj_pack_source_make("abc", &f, 1, &s[i], &err), YJ_OK);
        in_order[i] = s[i];
    }
    assert_status(yj_catalog_load(in_order, 3, &c, rows_, 8, &count, &err), YJ_E_INVALID);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(rows_[i].msg, "requires itself"));
        assert_int_equal(rows_[i].line, 4);
    }
    yj_pack_source_free(s[0]);
    const yj_pack_file f = { "pack.yaml", YJ_SPAN("pack: a\nedition: \"1\"\ntitle: {zh: a, en: a}\n") };
    assert_status(yj_pack_source_make("abc", &f, 1, &s[0], &err), YJ_OK);
    in_order[0] = s[0];
    assert_status(yj_catalog_load(in_order, 3, &c, rows_, 8, &count, &err), YJ_OK);
    yj_catalog_unref(c);
    in_order[0] = s[1];
    in_order[1] = s[0];
    assert_status(yj_catalog_load(in_order, 3, &c, rows_, 8, &count, &err), YJ_E_INVALID);
    assert_int_equal(count, 1);
    assert_non_null(strstr(rows_[0].msg, "pack a must be loaded before pack b"));
    for (size_t i = 0; i < 3; i++)
        yj_pack_source_free(s[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catalog_load__complains_about_each_fault),
        unit_test_in_folder(catalog_load__tells_views_apart),
        unit_test_in_folder(catalog_load__bounds_roles),
        unit_test_in_folder(catalog_load__collects_complaints),
        unit_test_in_folder(catalog_load__works_without_room_for_complaints),
        cmocka_unit_test(catalog_load__refuses_circles_and_wrong_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "store/schema.h"

/* clang-format off: the text reads as SQL */
static const char schema_1[] =
    /* One row for each ledger; inst 0 is the installation's own. */
    "CREATE TABLE ledger("
    "  inst INTEGER NOT NULL PRIMARY KEY," /* small number of the institution inside this store */
    "  institution TEXT NOT NULL UNIQUE,"  /* id of its institution record; the installation's id for 0 */
    "  origin TEXT NOT NULL UNIQUE,"       /* checkpoint origin line */
    "  crypto TEXT NOT NULL,"              /* 'std': SHA-256, Ed25519; 'gm': SM3, SM2 */
    "  size INTEGER NOT NULL,"             /* entries */
    "  frontier BLOB NOT NULL,"            /* roots of the complete subtrees, left to right, 32 bytes each */
    "  last_time INTEGER NOT NULL"         /* time of the newest entry, ns */
    ") STRICT;"
    /* What is hashed. */
    "CREATE TABLE entry("
    "  inst INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"  /* index in the tree, from 0 */
    "  time INTEGER NOT NULL," /* recorded at, ns UTC */
    "  op TEXT NOT NULL,"
    "  kind TEXT NOT NULL,"       /* '' where the operation has none */
    "  record TEXT NOT NULL,"     /* '' likewise */
    "  version INTEGER NOT NULL," /* 0 likewise */
    "  batch INTEGER NOT NULL,"   /* import batch, 0: none */
    "  by BLOB NOT NULL,"         /* id of the acting person: see id_key.h */
    "  digest BLOB NOT NULL,"     /* of salt and body; with the columns above it makes the leaf */
    "  hash BLOB NOT NULL,"       /* RFC 6962 leaf hash */
    "  PRIMARY KEY(inst, seq)"
    ") STRICT;"
    "CREATE INDEX entry_record ON entry(inst, record, seq);"
    /* What is looked for by its operation: see YJ_SQL_OP. */
    "CREATE INDEX entry_op ON entry(inst, op, seq) WHERE op NOT IN " YJ_SQL_ORDINARY_OPS ";"
    /* What the leaf's digest covers: salt, then body. Erasure removes the row, or of a judgement
     * that quoted what was erased the salt and the quotation: such a body proves nothing and only
     * serves `rebuild`. */
    "CREATE TABLE body("
    "  inst INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  salt BLOB NOT NULL,"
    "  body TEXT,"   /* canonical JSON */
    "  packed BLOB," /* or it by zstd: of records and judgements */
    "  PRIMARY KEY(inst, seq)"
    ") STRICT;"
    /* Hash tiles (C2SP tlog-tiles) of level 1 and above, also partial; those of level 0 stand with the
       entries. */
    "CREATE TABLE tile("
    "  inst INTEGER NOT NULL,"
    "  level INTEGER NOT NULL,"
    "  idx INTEGER NOT NULL,"
    "  data BLOB NOT NULL," /* 1..256 hashes of 32 bytes */
    "  PRIMARY KEY(inst, level, idx)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE checkpoint("
    "  inst INTEGER NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  time INTEGER NOT NULL,"
    "  note TEXT NOT NULL," /* the signed note */
    "  PRIMARY KEY(inst, size)"
    ") STRICT, WITHOUT ROWID;"
    /* Files of the packs ever installed, by digest. */
    "CREATE TABLE pack_file("
    "  pack TEXT NOT NULL," /* digest of the pack */
    "  path TEXT NOT NULL,"
    "  content TEXT NOT NULL,"
    "  PRIMARY KEY(pack, path)"
    ") STRICT, WITHOUT ROWID;"
    /* Imports. */
    "CREATE TABLE batch("
    "  id INTEGER NOT NULL PRIMARY KEY,"
    "  inst INTEGER NOT NULL,"
    "  state TEXT NOT NULL," /* open, closed, undone */
    "  opened_at INTEGER NOT NULL,"
    "  by TEXT NOT NULL,"
    "  closed_seq INTEGER NOT NULL" /* its closing entry; 0 while open or undone */
    ") STRICT;"
    "CREATE TABLE open_batch(id INTEGER NOT NULL PRIMARY KEY) STRICT;"
    /* Small numbers of requirement ids, for ever: each stands in thousands of rows. */
    "CREATE TABLE requirement_no("
    "  no INTEGER NOT NULL PRIMARY KEY,"
    "  id TEXT NOT NULL UNIQUE"
    ") STRICT;"
    /* Verdicts now. What they say - reason, values, proofs - stands once, in the judgement entry. */
    "CREATE TABLE verdict("
    "  inst INTEGER NOT NULL,"
    "  requirement INTEGER NOT NULL," /* its number */
    "  subject BLOB NOT NULL,"        /* id: the 16 bytes of a UUID; of any other the text */
    "  seq INTEGER NOT NULL,"         /* the judgement entry it stands in */
    "  place INTEGER NOT NULL,"       /* there, from 0 */
    "  status INTEGER NOT NULL,"      /* yj_verdict_status: 0 unmet, 1 unknown, 2 met, 3 not_applicable */
    "  failed INTEGER NOT NULL,"      /* 1: its rule failed, to be tried again the next day */
    "  strength INTEGER NOT NULL,"
    "  since INTEGER NOT NULL,"  /* civil date from which the status holds, days from 1970-01-01 */
    "  due INTEGER,"             /* last day on which it holds without a new record, likewise */
    "  digest INTEGER NOT NULL," /* of all it says but `since`, 48 bits: is it the same as before? */
    "  PRIMARY KEY(inst, requirement, subject)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX verdict_subject ON verdict(inst, subject);"
    "CREATE INDEX verdict_due ON verdict(inst, due) WHERE due IS NOT NULL;"
    /* Verdicts that stood and were replaced or ended: with those that stand the answer to as-of questions. */
    "CREATE TABLE verdict_log("
    "  inst INTEGER NOT NULL,"
    "  requirement INTEGER NOT NULL,"
    "  subject BLOB NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  until INTEGER NOT NULL," /* the judgement entry that replaced or ended it */
    "  place INTEGER NOT NULL,"
    "  status INTEGER NOT NULL,"
    "  due INTEGER,"
    "  PRIMARY KEY(inst, requirement, subject, seq)"
    ") STRICT, WITHOUT ROWID;"
    /* How far each institution has been judged. */
    "CREATE TABLE judged("
    "  inst INTEGER NOT NULL PRIMARY KEY,"
    "  upto INTEGER NOT NULL," /* every entry before this one has been judged */
    "  today TEXT NOT NULL,"   /* civil date of the last judging, '' before the first */
    "  packs TEXT NOT NULL"    /* digest of the packs it was judged by */
    ") STRICT;"
    /* Evidence files, by digest; the bytes lie in the evidence store. */
    "CREATE TABLE blob("
    "  digest TEXT NOT NULL PRIMARY KEY," /* SHA-256, hex */
    "  sm3 TEXT NOT NULL,"                /* '' unless some ledger is gm */
    "  size INTEGER NOT NULL,"
    "  received_at INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    /* Long work. Times are the machine's, ns UTC, 0: not yet; they have nothing to do with the ledger's
       clock. */
    "CREATE TABLE job("
    "  id TEXT NOT NULL PRIMARY KEY," /* UUIDv7: sorts by when it was asked for */
    "  inst INTEGER NOT NULL,"
    "  work TEXT NOT NULL,"     /* which work it is */
    "  by TEXT NOT NULL,"       /* id of the person who asked for it */
    "  state TEXT NOT NULL,"    /* receiving (its files), queued, running, done, failed, cancelled */
    "  done INTEGER NOT NULL,"  /* of total, in whatever the work counts */
    "  total INTEGER NOT NULL," /* 0: not known yet */
    "  created INTEGER NOT NULL,"
    "  started INTEGER NOT NULL,"
    "  heard INTEGER NOT NULL," /* when its worker last said that it lives */
    "  ended INTEGER NOT NULL,"
    "  beat INTEGER NOT NULL,"     /* grows each time it says so */
    "  worker TEXT NOT NULL,"      /* token of the one who has it; '' none */
    "  attempts INTEGER NOT NULL," /* how often it was begun */
    "  cancel INTEGER NOT NULL,"   /* 1: somebody asked for it to be stopped */
    "  input TEXT NOT NULL,"       /* JSON */
    "  result TEXT NOT NULL,"      /* JSON, '' none */
    "  error TEXT NOT NULL,"       /* slug of yj_status, '' none */
    "  error_en TEXT NOT NULL,"
    "  error_zh TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX job_inst ON job(inst, id);"
    "CREATE INDEX job_open ON job(id) WHERE ended = 0;"
    /* Files that a job works on, in parts; gone when it has ended. */
    "CREATE TABLE job_file("
    "  job TEXT NOT NULL,"
    "  n INTEGER NOT NULL," /* which file, from 0 */
    "  part INTEGER NOT NULL,"
    "  name TEXT NOT NULL,"
    "  packed BLOB NOT NULL," /* as bodies are packed */
    "  PRIMARY KEY(job, n, part)"
    ") STRICT, WITHOUT ROWID;";
/* Sign-in. Times are ns UTC, 0: never. What each secret is kept as is said in src/access/. */
static const char schema_2[] =
    "CREATE TABLE account("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  name TEXT NOT NULL UNIQUE,"    /* by which one signs in; lower case */
    "  state TEXT NOT NULL,"          /* active, locked */
    "  break_glass INTEGER NOT NULL," /* 1: for emergencies; each use is reported */
    "  password TEXT NOT NULL,"       /* Argon2id; '' none */
    "  password_at INTEGER NOT NULL," /* when it was set */
    "  totp BLOB,"                    /* the secret, sealed; NULL none */
    "  totp_step INTEGER NOT NULL,"   /* newest step that a code was taken for */
    "  created INTEGER NOT NULL,"
    "  last_sign_in INTEGER NOT NULL"
    ") STRICT;"
    /* As whom an account may act. */
    "CREATE TABLE account_person("
    "  account TEXT NOT NULL,"
    "  inst INTEGER NOT NULL," /* the ledger that the person is recorded in */
    "  person TEXT NOT NULL,"
    "  PRIMARY KEY(account, inst, person)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX account_person_person ON account_person(inst, person);"
    /* Recovery codes that are still good. */
    "CREATE TABLE account_recovery("
    "  account TEXT NOT NULL,"
    "  digest BLOB NOT NULL," /* keyed */
    "  PRIMARY KEY(account, digest)"
    ") STRICT, WITHOUT ROWID;"
    /* Attempts that failed or are under way. */
    "CREATE TABLE attempt("
    "  key BLOB NOT NULL PRIMARY KEY," /* keyed digest of what is counted */
    "  count INTEGER NOT NULL,"
    "  free_at INTEGER NOT NULL," /* no other attempt before this */
    "  until INTEGER NOT NULL"    /* when it is forgotten */
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX attempt_until ON attempt(until);"
    "CREATE TABLE session("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  digest BLOB NOT NULL UNIQUE," /* SHA-256 of the token */
    "  account TEXT NOT NULL,"
    "  stage TEXT NOT NULL," /* second: the code is still wanted; full */
    "  created INTEGER NOT NULL,"
    "  seen INTEGER NOT NULL,"
    "  proved INTEGER NOT NULL," /* when it last proved who it is */
    "  network TEXT NOT NULL,"
    "  agent TEXT NOT NULL,"
    "  inst INTEGER NOT NULL," /* as whom it acts */
    "  person TEXT NOT NULL"   /* '' nobody yet */
    ") STRICT;"
    "CREATE INDEX session_account ON session(account, created);"
    "CREATE TABLE api_token("
    "  id TEXT NOT NULL PRIMARY KEY," /* part of the token */
    "  digest BLOB NOT NULL,"         /* SHA-256 of its secret part */
    "  account TEXT NOT NULL,"
    "  name TEXT NOT NULL,"
    "  verbs TEXT NOT NULL,"   /* read, or read write */
    "  kinds TEXT NOT NULL,"   /* names between blanks; * all */
    "  inst INTEGER NOT NULL," /* as whom it acts */
    "  person TEXT NOT NULL,"
    "  created INTEGER NOT NULL,"
    "  expires INTEGER NOT NULL,"
    "  used INTEGER NOT NULL,"
    "  revoked INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX api_token_account ON api_token(account, created);";
/* Notices on their way: one row for each person, cause and channel, which is also the memory that it was
 * decided. Times are the machine's, ns UTC, 0: not yet. */
static const char schema_3[] =
    "CREATE TABLE delivery("
    "  id TEXT NOT NULL PRIMARY KEY," /* UUIDv7: sorts by when it was decided; the idempotency key */
    "  inst INTEGER NOT NULL,"
    "  person TEXT NOT NULL,"     /* id; '' where a group is told */
    "  cause TEXT NOT NULL,"      /* what is told of, and which time */
    "  channel TEXT NOT NULL,"    /* by which way */
    "  record TEXT NOT NULL,"     /* id of what the content speaks of, for its erasure; '' none */
    "  state TEXT NOT NULL,"      /* waiting, sent, refused, erased */
    "  message_id TEXT NOT NULL," /* of a mail, made before the first try */
    "  content TEXT NOT NULL,"    /* JSON; '' once sent or erased */
    "  decided INTEGER NOT NULL,"
    "  due INTEGER NOT NULL," /* when it is tried (again); of one that is being tried: when it is given up */
    "  tried INTEGER NOT NULL," /* when the last try began */
    "  ended INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  worker TEXT NOT NULL," /* token of the one who tries; '' none */
    "  error TEXT NOT NULL,"  /* slug of yj_status of the last try, '' none */
    "  error_en TEXT NOT NULL,"
    "  error_zh TEXT NOT NULL"
    ") STRICT;"
    "CREATE UNIQUE INDEX delivery_cause ON delivery(inst, person, cause, channel);"
    "CREATE INDEX delivery_inst ON delivery(inst, id);"
    "CREATE INDEX delivery_due ON delivery(due, id) WHERE ended = 0;"
    "CREATE INDEX delivery_record ON delivery(inst, record) WHERE record <> '';";
/* What the routes of sign-in need besides. Times are the machine's, ns UTC. */
static const char schema_4[] =
    /* One-time secrets by which an account's owner chooses a password: when it is new, or forgotten. */
    "CREATE TABLE account_set_up("
    "  account TEXT NOT NULL PRIMARY KEY," /* a new one takes the place of the old */
    "  digest BLOB NOT NULL UNIQUE,"       /* SHA-256 of the secret */
    "  created INTEGER NOT NULL,"
    "  expires INTEGER NOT NULL"
    ") STRICT;"
    /* Who sent a file, or is sending it: he may go on and read it before a record names it. */
    "CREATE TABLE evidence_sender("
    "  name TEXT NOT NULL," /* of an upload, or the file's digest */
    "  account TEXT NOT NULL,"
    "  at INTEGER NOT NULL,"
    "  PRIMARY KEY(name, account)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX evidence_sender_at ON evidence_sender(at);";
/* Who else proves who somebody is: providers, and whom they know as whom. Times are ns UTC, 0: never. */
static const char schema_5[] =
    /* Which there are. */
    "CREATE TABLE sign_in_provider("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  kind TEXT NOT NULL," /* oidc, ldap */
    "  label TEXT NOT NULL,"
    "  enabled INTEGER NOT NULL,"
    "  settings TEXT NOT NULL," /* JSON: src/access/provider.h */
    "  secret BLOB,"            /* sealed; NULL none */
    "  created INTEGER NOT NULL,"
    "  changed INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE account_identity("
    "  provider TEXT NOT NULL,"
    "  subject TEXT NOT NULL," /* what the provider calls somebody for ever */
    "  account TEXT NOT NULL,"
    "  name TEXT NOT NULL," /* with which he signed in there last; '' not known */
    "  linked INTEGER NOT NULL,"
    "  used INTEGER NOT NULL,"
    "  PRIMARY KEY(provider, subject)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX account_identity_account ON account_identity(account, provider);"
    "CREATE INDEX account_identity_name ON account_identity(name, provider);";
/* What people are told. Rows hold ids and codes and no word of a record: sentences are made when they are
 * shown. Times are those of the ledger's clock, ns UTC, 0: not yet. */
static const char schema_6[] =
    /* The inbox: one row for person and cause, which is also the memory that it was decided. */
    "CREATE TABLE notice("
    "  id TEXT NOT NULL PRIMARY KEY," /* UUIDv7: sorts by when it was decided */
    "  inst INTEGER NOT NULL,"
    "  person TEXT NOT NULL,"
    "  cause TEXT NOT NULL,"       /* what is told of, and which time */
    "  news TEXT NOT NULL,"        /* due, overdue, worse, better, waits, named, job */
    "  count INTEGER NOT NULL,"    /* more than 1: so many that came at once; what follows is empty then */
    "  kind TEXT NOT NULL,"        /* of the record; '' none */
    "  record TEXT NOT NULL,"      /* id; of a job the job's */
    "  requirement TEXT NOT NULL," /* id, '' none */
    "  detail TEXT NOT NULL,"      /* waits: the transition; named: the field */
    "  was TEXT NOT NULL,"         /* worse, better: status before */
    "  status TEXT NOT NULL,"      /* and now */
    "  day TEXT NOT NULL,"         /* due, overdue: civil date */
    "  decided INTEGER NOT NULL,"
    "  read INTEGER NOT NULL,"
    "  done INTEGER NOT NULL,"
    "  gather INTEGER NOT NULL" /* 1: goes into the person's next gathered mail */
    ") STRICT;"
    "CREATE UNIQUE INDEX notice_cause ON notice(inst, person, cause);"
    "CREATE INDEX notice_person ON notice(inst, person, id);"
    "CREATE INDEX notice_unread ON notice(inst, person) WHERE read = 0;"
    "CREATE INDEX notice_gather ON notice(inst, person, id) WHERE gather = 1;"
    /* How far it has been worked out what is news. */
    "CREATE TABLE notice_cursor("
    "  inst INTEGER NOT NULL PRIMARY KEY,"
    "  seq INTEGER NOT NULL," /* every entry before this one */
    "  day TEXT NOT NULL"     /* and what falls due, on this civil date; '' none yet */
    ") STRICT;"
    /* Who wants it otherwise than the packs propose. */
    "CREATE TABLE notice_preference("
    "  inst INTEGER NOT NULL,"
    "  person TEXT NOT NULL,"
    "  mail INTEGER NOT NULL," /* 1: by mail too */
    "  pace TEXT NOT NULL,"    /* once, daily, weekly */
    "  hour INTEGER NOT NULL," /* of a digest */
    "  weekday INTEGER NOT NULL,"
    "  quiet_from INTEGER NOT NULL," /* no mail from this hour to that one; equal: at any time */
    "  quiet_until INTEGER NOT NULL,"
    "  lang TEXT NOT NULL," /* of mail: zh, en */
    "  PRIMARY KEY(inst, person)"
    ") STRICT, WITHOUT ROWID;"
    /* Ways out: relays, robots, webhooks. */
    "CREATE TABLE notice_channel("
    "  id TEXT NOT NULL PRIMARY KEY,"
    "  inst INTEGER NOT NULL," /* 0: of the installation, for all */
    "  kind TEXT NOT NULL,"    /* mail, wecom, dingtalk, feishu, webhook */
    "  name TEXT NOT NULL,"
    "  config TEXT NOT NULL,"      /* JSON, nothing secret */
    "  key BLOB,"                  /* of a robot's address, sealed; NULL none */
    "  secret BLOB,"               /* password or signing secret, sealed; NULL none */
    "  active INTEGER NOT NULL,"   /* 0: nothing new goes there, and what waits stays */
    "  paused INTEGER NOT NULL,"   /* it is down: nothing is tried before this */
    "  failures INTEGER NOT NULL," /* in a row */
    "  tried INTEGER NOT NULL,"    /* the last try, in the machine's time */
    "  sent INTEGER NOT NULL,"     /* the last success */
    "  error TEXT NOT NULL,"
    "  error_en TEXT NOT NULL,"
    "  error_zh TEXT NOT NULL"
    ") STRICT;"
    "CREATE INDEX notice_channel_inst ON notice_channel(inst, id);";
/* Institutions that are tied, and what of the one is addressed to the other: derived. */
static const char schema_7[] =
    /* By an invitation that was accepted and a link that is in force: both ledgers say so. */
    "CREATE TABLE party_link("
    "  inst INTEGER NOT NULL,"    /* who asked */
    "  record TEXT NOT NULL,"     /* its record that stands for the other */
    "  party INTEGER NOT NULL,"   /* who accepted */
    "  invitation TEXT NOT NULL," /* in the ledger of who asked */
    "  link TEXT NOT NULL,"       /* in that of who accepted */
    "  PRIMARY KEY(inst, record)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX party_link_party ON party_link(party, inst);"
    "CREATE TABLE addressed("
    "  inst INTEGER NOT NULL,"
    "  record TEXT NOT NULL,"
    "  target TEXT NOT NULL," /* the record that stands for the addressee */
    "  party INTEGER NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  seq INTEGER NOT NULL,"  /* entry of its newest version */
    "  time INTEGER NOT NULL," /* when that was recorded */
    "  PRIMARY KEY(inst, record, target)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX addressed_time ON addressed(party, time, record);"
    "CREATE INDEX addressed_kind ON addressed(party, kind, time, record);"
    "CREATE INDEX addressed_inst ON addressed(party, inst, time, record);"
    "CREATE INDEX addressed_record ON addressed(party, record);"
    /* One-time codes by which invitations are accepted. */
    "CREATE TABLE invitation_code("
    "  inst INTEGER NOT NULL,"
    "  invitation TEXT NOT NULL,"
    "  digest BLOB NOT NULL UNIQUE," /* SHA-256 of the code */
    "  made INTEGER NOT NULL,"       /* ns UTC, the machine's */
    "  PRIMARY KEY(inst, invitation)"
    ") STRICT, WITHOUT ROWID;";
/* As whose deputy somebody acted: an id as `by` has; NULL for himself. */
static const char schema_8[] = "ALTER TABLE entry ADD COLUMN for_whom BLOB;";
/* What somebody of another institution has read and no entry tells yet: see record/reading.h. */
static const char schema_9[] =
    "CREATE TABLE reading("
    "  mark BLOB NOT NULL PRIMARY KEY," /* digest of all that tells it from others */
    "  inst INTEGER NOT NULL,"          /* of whom it was read */
    "  quarter INTEGER NOT NULL,"       /* of an hour, from 1970-01-01 */
    "  party INTEGER NOT NULL,"         /* whose person read it */
    "  person TEXT NOT NULL,"
    "  kind TEXT NOT NULL,"
    "  item TEXT NOT NULL," /* id of the record, or what was asked for */
    "  times INTEGER NOT NULL,"
    "  at INTEGER NOT NULL" /* first, ns UTC, of the ledger's clock */
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX reading_inst ON reading(inst, quarter);";
/* Who stands in for somebody is told what that person is; how a channel's deliveries stand. */
static const char schema_10[] =
    "ALTER TABLE notice ADD COLUMN for_whom TEXT NOT NULL DEFAULT '';" /* person; '' told for himself */
    "CREATE INDEX delivery_refused ON delivery(channel) WHERE state = 'refused';";
/* News of another institution: which. */
static const char schema_11[] =
    "ALTER TABLE notice ADD COLUMN party INTEGER NOT NULL DEFAULT 0;"; /* its ledger; 0: of one's own */
/* Where a record that is addressed stands in its addressee's list, and what has been answered to whom. */
static const char schema_12[] =
    "ALTER TABLE addressed ADD COLUMN place INTEGER NOT NULL DEFAULT -1;" /* record/addressed.h; -1: not
                                                                             derived */
    "ALTER TABLE addressed ADD COLUMN words TEXT NOT NULL DEFAULT '';"    /* the texts of it that are shown */
    "DROP INDEX addressed_inst;"
    "CREATE INDEX addressed_place ON addressed(party, place, time DESC, record DESC);"
    "CREATE INDEX addressed_kind_place ON addressed(party, kind, place, time DESC, record DESC);"
    "CREATE INDEX addressed_inst_place ON addressed(party, inst, kind, place);"
    "CREATE INDEX addressed_stale ON addressed(inst) WHERE place < 0;"
    /* Answers that the client has not taken: a function of the addressee's ledger. */
    "CREATE TABLE reply("
    "  party INTEGER NOT NULL," /* whose answer it is */
    "  record TEXT NOT NULL,"   /* of the client */
    "  link TEXT NOT NULL,"
    "  declined INTEGER NOT NULL," /* 0: it waits */
    "  PRIMARY KEY(party, record, link)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX reply_declined ON reply(party, declined, record);";
/* How many files a job has done, beside what its work counts; 0 of 0: it counts none, or they are not known
 * yet. */
static const char schema_13[] = "ALTER TABLE job ADD COLUMN files INTEGER NOT NULL DEFAULT 0;"
                                "ALTER TABLE job ADD COLUMN files_total INTEGER NOT NULL DEFAULT 0;";
/* Who has confirmed a job that waits for a second person. */
static const char schema_14[] =
    "ALTER TABLE job ADD COLUMN witness TEXT NOT NULL DEFAULT '';" /* id of the person; '' nobody (yet) */
    "ALTER TABLE job ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;"; /* when, ns UTC; 0: not, or not
                                                                           wanted */
/* One client's records by where they stand: counted as far as a limit. */
static const char schema_15[] =
    "CREATE INDEX addressed_client_place ON addressed(party, inst, place, time DESC, record DESC);";
/* clang-format on */

const yj_migration yj_schema_migrations[] = {
    { 1, "the base tables, records packed, tiles from level 1, ids by key, what does not apply derived, jobs",
      schema_1 },
    { 2, "sign-in: accounts, sessions, tokens", schema_2 },
    { 3, "deliveries of notices", schema_3 },
    { 4, "sign-in: one-time secrets, senders of files", schema_4 },
    { 5, "sign-in by others: providers, identities", schema_5 },
    { 6, "what people are told, how they want it, and the ways out", schema_6 },
    { 7, "institutions that are tied, and what is addressed to whom", schema_7 },
    { 8, "deputies in entries", schema_8 },
    { 9, "what was read and is not entered yet", schema_9 },
    { 10, "what deputies are told; what channels refused", schema_10 },
    { 11, "news of institutions that are tied", schema_11 },
    { 12, "where what is addressed stands, and what was answered", schema_12 },
    { 13, "files in the progress of a job", schema_13 },
    { 14, "who has confirmed a job", schema_14 },
    { 15, "how much of one client's stands where", schema_15 },
};
const size_t yj_schema_migration_count = YJ_COUNT(yj_schema_migrations);

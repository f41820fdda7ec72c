// SPDX-License-Identifier: Apache-2.0
/* The table of commands. A new one is a row here, a function in a file of its own, and its texts in help_en.c
 * and help_zh.c. */
#include "cli/cli.h"

#define O(name) YJ_OPTION_BIT(YJ_OPT_##name)
#define READ (O(DATA) | O(INSTITUTION))
#define WRITE (READ | O(AS) | O(CLOCK))

const yj_command yj_commands[] = {
    { "init", "DIR", yj_cmd_init, O(CRYPTO) | O(SIMULATED_CLOCK) | O(ZONE) | O(STORE) | O(PACKS), 1, 1,
      "yunjian init data\n"
      "yunjian init data --crypto gm\n"
      "yunjian init data --store postgresql://yunjian@db.example/yunjian" },
    { "serve", "", yj_cmd_serve,
      O(DATA) | O(LISTEN) | O(OPEN) | O(TLS_CERT) | O(TLS_KEY) | O(TRUSTED_PROXY) | O(PLACE) | O(MEDIUM) |
          O(PUBLIC_URL) | O(LEAKED_LIST) | O(PASSWORD_BITS),
      0, 0,
      "yunjian serve --data data\n"
      "yunjian serve --listen 127.0.0.1:8080 --trusted-proxy 127.0.0.1 --public-url https://yunjian.example\n"
      "yunjian serve --listen 0.0.0.0:443 --tls-cert fullchain.pem --tls-key privkey.pem\n"
      "yunjian serve --place handover=/srv/handover --place archive@hyzq=/mnt/archive\n"
      "yunjian serve --medium bay1=/dev/sdb" },
    { "institution add", "[FILE|-|FIELD=VALUE...]", yj_cmd_institution_add,
      O(DATA) | O(AS) | O(CLOCK) | O(CODE) | O(NAME), 0, -1,
      "yunjian institution add --code hyzq --name 'Huayuan Securities'\n"
      "yunjian institution add institution.json" },
    { "institution list", "", yj_cmd_institution_list, O(DATA), 0, 0, "yunjian institution list --json" },
    { "import", "FILE|FOLDER", yj_cmd_import, WRITE | O(DRY_RUN) | O(SET), 1, 1,
      "yunjian import ./registers --dry-run\n"
      "yunjian import system.csv --as 1001\n"
      "yunjian import list.xlsx --set inventory='EX-2026 / L1' medium_type=disk" },
    { "export", "FOLDER|-", yj_cmd_export, READ | O(KIND), 1, 1,
      "yunjian export registers\n"
      "yunjian export - --kind system > system.csv" },
    { "template", "KIND|FOLDER", yj_cmd_template, O(DATA), 1, 1,
      "yunjian template system > system.csv\n"
      "yunjian template ./templates" },
    { "put", "KIND FILE|-|FIELD=VALUE...", yj_cmd_put, WRITE | O(ID) | O(EXPECT) | O(DRY_RUN), 2, -1,
      "yunjian put person number=1001 name='Li Lei'\n"
      "yunjian put system --id crm level=3 --expect 2\n"
      "yunjian put contract contract.json" },
    { "move", "KIND ID|KEY TRANSITION", yj_cmd_move, WRITE | O(EXPECT) | O(DRY_RUN), 3, 3,
      "yunjian move contract 2026-017 sign\n"
      "yunjian move deployment 'crm / cloud-a' serve --dry-run" },
    { "get", "KIND ID|KEY", yj_cmd_get, READ | O(AS_OF), 2, 2,
      "yunjian get contract 2026-017\n"
      "yunjian get contract 2026-017 --as-of 2026-03-31" },
    { "list", "KIND", yj_cmd_list, READ | O(FILTER) | O(SORT) | O(LIMIT) | O(AFTER) | O(AS_OF), 1, 1,
      "yunjian list system --filter 'level>=3' --sort -level\n"
      "yunjian list contract --filter state=signed" },
    { "history", "KIND ID|KEY", yj_cmd_history, READ, 2, 2, "yunjian history contract 2026-017" },
    { "search", "TEXT", yj_cmd_search, READ | O(LIMIT), 1, 1, "yunjian search 'off-site'" },
    { "status", "", yj_cmd_status,
      READ | O(CLOCK) | O(AS_OF) | O(REJUDGE) | O(SUBJECT) | O(CHAPTER) | O(STAGE) | O(STATUS) | O(ACTOR) |
          O(FORCE) | O(REMEDIATION) | O(ALL) | O(LIMIT) | O(OFFSET),
      0, 0,
      "yunjian status\n"
      "yunjian status --as-of 2026-03-31 --chapter 6\n"
      "yunjian status --as-of 2026-03-31 --rejudge\n"
      "yunjian status --limit 10 --offset 20\n"
      "yunjian status --subject deployment:'crm / cloud-a' --status unmet\n"
      "yunjian status --remediation overdue" },
    { "explain", "REQUIREMENT ID|KEY", yj_cmd_explain, READ | O(AS_OF) | O(REJUDGE), 2, 2,
      "yunjian explain REQUIREMENT 'crm / cloud-a'\n"
      "yunjian explain REQUIREMENT 'crm / cloud-a' --as-of 2026-03-31 --rejudge" },
    { "gates", "KIND ID|KEY", yj_cmd_gates, READ, 2, 2, "yunjian gates deployment 'crm / cloud-a'" },
    { "due", "", yj_cmd_due, READ | O(CLOCK) | O(UNTIL) | O(DAYS), 0, 0,
      "yunjian due --days 30\n"
      "yunjian due --until 2026-12-31" },
    { "exchange invite", "INVITATION|FIELD=VALUE...", yj_cmd_exchange_invite, WRITE, 1, -1,
      "yunjian exchange invite number=YQ-2026-001 party_kind=provider party='Cloud A' contact='Li Lei' "
      "sent_on=2026-03-02 expires_on=2026-03-31\n"
      "yunjian exchange invite YQ-2026-001" },
    { "exchange look", "FILE|-", yj_cmd_exchange_look, WRITE, 1, 1,
      "yunjian exchange look - --institution cloud-a" },
    { "exchange accept", "FILE|-", yj_cmd_exchange_accept, WRITE, 1, 1,
      "yunjian exchange accept code.txt --institution cloud-a --as 1001" },
    { "exchange decline", "FILE|- REASON", yj_cmd_exchange_decline, WRITE, 2, 2,
      "yunjian exchange decline code.txt 'not our client' --institution cloud-a" },
    { "exchange ties", "", yj_cmd_exchange_ties, READ, 0, 0, "yunjian exchange ties" },
    { "exchange end", "INSTITUTION|ID", yj_cmd_exchange_end, WRITE, 1, 1, "yunjian exchange end cloud-a" },
    { "exchange addressed", "[CLIENT]", yj_cmd_exchange_addressed, READ | O(KIND) | O(LIMIT) | O(AFTER), 0, 1,
      "yunjian exchange addressed --institution cloud-a\n"
      "yunjian exchange addressed hyzq --kind finding --institution cloud-a" },
    { "exchange answer", "CLIENT|ID RECORD TRANSITION FIELD=VALUE...", yj_cmd_exchange_answer,
      WRITE | O(DRY_RUN), 4, -1,
      "yunjian exchange answer hyzq ID remedy text='Patched' evidence=E-1 --institution cloud-a" },
    { "exchange register", "FILE|- [CLIENT]", yj_cmd_exchange_register, READ, 1, 2,
      "yunjian exchange register answer.csv --institution cloud-a" },
    { "exchange waiting", "", yj_cmd_exchange_waiting, READ | O(LIMIT), 0, 0, "yunjian exchange waiting" },
    { "exchange take", "INSTITUTION ID [FIELD=VALUE...]", yj_cmd_exchange_take,
      WRITE | O(EXPECT) | O(ABOUT) | O(DRY_RUN), 2, -1,
      "yunjian exchange take cloud-a ID platforms='Cloud A One' --dry-run\n"
      "yunjian exchange take cloud-a ID --expect 2 --about RECORD@5 platforms='Cloud A One'" },
    { "exchange refuse", "INSTITUTION ID REASON", yj_cmd_exchange_refuse, WRITE | O(EXPECT), 3, 3,
      "yunjian exchange refuse cloud-a ID 'the file cannot be read'" },
    { "exchange offers", "", yj_cmd_exchange_offers, READ | O(LIMIT) | O(AFTER), 0, 0,
      "yunjian exchange offers --institution cloud-a" },
    { "exchange supervised", "[TEXT]", yj_cmd_exchange_supervised, READ | O(AS) | O(LIMIT) | O(AFTER), 0, 1,
      "yunjian exchange supervised --institution bureau --as 2001" },
    { "exchange inspectors", "", yj_cmd_exchange_inspectors, READ, 0, 0, "yunjian exchange inspectors" },
    { "exchange readings", "", yj_cmd_exchange_readings, READ | O(LIMIT) | O(AFTER) | O(UNTIL), 0, 0,
      "yunjian exchange readings" },
    { "document", "[DOCUMENT [ID|KEY]]", yj_cmd_document, READ | O(CLOCK) | O(OUT), 0, 2,
      "yunjian document\n"
      "yunjian document DOCUMENT SJ-2026-007 --out report.txt" },
    { "requirements", "[REQUIREMENT...]", yj_cmd_requirements,
      O(DATA) | O(CHAPTER) | O(STAGE) | O(ACTOR) | O(FORCE) | O(KIND), 0, -1,
      "yunjian requirements --chapter 6\n"
      "yunjian requirements REQUIREMENT" },
    { "kinds", "[KIND]", yj_cmd_kinds, O(DATA), 0, 1,
      "yunjian kinds\n"
      "yunjian kinds contract" },
    { "pack check", "DIR...", yj_cmd_pack_check, O(STATEMENTS), 1, -1,
      "yunjian pack check packs/core packs/sf-cloud" },
    { "pack test", "DIR...", yj_cmd_pack_test, O(STORE) | O(SEED) | O(CHAPTER) | O(ONLY), 1, -1,
      "yunjian pack test packs/core packs/sf-cloud\n"
      "yunjian pack test packs/core packs/sf-cloud --chapter 6.2\n"
      "yunjian pack test packs/core packs/sf-calendars --only sf-calendars" },
    { "pack show", "[DIR...]", yj_cmd_pack_show, 0, 0, -1, "yunjian pack show" },
    { "pack install", "[DIR...]", yj_cmd_pack_install, O(DATA), 0, -1,
      "yunjian pack install packs/core packs/sf-cloud packs/our-own" },
    { "pack upgrade", "DIR...", yj_cmd_pack_upgrade, O(DATA) | O(DRY_RUN) | O(BACKUP) | O(ALL), 1, -1,
      "yunjian pack upgrade packs/sf-cloud --dry-run\n"
      "yunjian pack upgrade packs/sf-cloud --backup before.backup" },
    { "ledger checkpoint", "", yj_cmd_ledger_checkpoint, READ | O(OUT), 0, 0,
      "yunjian ledger checkpoint\n"
      "yunjian ledger checkpoint --out 2026-11-22.checkpoint" },
    { "ledger prove", "SEQ", yj_cmd_ledger_prove, READ | O(LEAF) | O(OUT), 1, 1,
      "yunjian ledger prove 42 --out 42.proof --leaf 42.leaf" },
    { "ledger verify", "[FOLDER|PROOF]", yj_cmd_ledger_verify, READ | O(LEAF) | O(KEY), 0, 1,
      "yunjian ledger verify\n"
      "yunjian ledger verify exported --key VKEY\n"
      "yunjian ledger verify 42.proof --leaf 42.leaf --key VKEY" },
    { "ledger tiles", "FOLDER", yj_cmd_ledger_tiles, READ | O(BODIES), 1, 1,
      "yunjian ledger tiles exported --bodies" },
    { "ledger rotate", "", yj_cmd_ledger_rotate, WRITE, 0, 0, "yunjian ledger rotate --institution hyzq" },
    { "scan", "PATH... | --database URL", yj_cmd_scan,
      O(SHOW) | O(INVENTORY) | O(FINGERPRINT) | O(RULES) | O(STATE) | O(ATTEST) | O(DATABASE) | O(SAMPLE) |
          O(SEED) | O(PASSWORD_FILE),
      0, -1,
      "yunjian scan /srv/handover\n"
      "yunjian scan /srv/handover --rules own.yaml --attest private.pem handover.dsse\n"
      "yunjian scan /srv/handover --inventory handover.xlsx --state handover.state\n"
      "yunjian scan customers.csv --show\n"
      "yunjian scan --database postgresql://reader@db/customers --sample 5 --inventory handover.csv" },
    { "erase", "ORDER", yj_cmd_erase, WRITE, 1, 1, "yunjian erase 2026-003" },
    { "rebuild", "", yj_cmd_rebuild, READ | O(JUDGE), 0, 0,
      "yunjian rebuild\n"
      "yunjian rebuild --judge" },
    { "backup", "FILE", yj_cmd_backup, O(DATA), 1, 1, "yunjian backup 2026-11-22.backup" },
    { "restore", "FILE DIR", yj_cmd_restore, O(STORE), 2, 2, "yunjian restore 2026-11-22.backup data2" },
    { "attest keygen", "OUT", yj_cmd_attest_keygen, O(CRYPTO), 1, 1,
      "yunjian attest keygen verifier.key\n"
      "yunjian attest keygen verifier.key --crypto gm" },
    { "attest verify", "FILE", yj_cmd_attest_verify, O(KEY) | O(LEDGER), 1, 1,
      "yunjian attest verify migration.att.json --key verifier.key.pub\n"
      "yunjian attest verify migration.att.json --ledger exported" },
    { "verify manifest", "make FOLDER | check LIST FOLDER", yj_cmd_verify_manifest,
      O(HASH) | O(OUT) | O(STATE) | O(ATTEST) | O(ALL), 2, 3,
      "yunjian verify manifest make /srv/archive --out archive.sha256 --state archive.state\n"
      "yunjian verify manifest make /srv/archive --hash sm3 --out archive.sm3\n"
      "yunjian verify manifest check archive.sha256 /mnt/copy --attest verifier.key copy.att.json" },
    { "verify compare", "A B", yj_cmd_verify_compare, O(HASH) | O(STATE) | O(ATTEST) | O(ALL), 2, 2,
      "yunjian verify compare /srv/archive /mnt/copy\n"
      "yunjian verify compare archive.sm3 /mnt/copy --attest verifier.key copy.att.json" },
    { "verify bag", "check FOLDER | create FOLDER BAG [LABEL=VALUE...]", yj_cmd_verify_bag,
      O(HASH) | O(ATTEST) | O(ALL) | O(STATE), 2, -1,
      "yunjian verify bag check /mnt/delivery\n"
      "yunjian verify bag create /srv/archive /mnt/archive-bag --hash sha512,sm3 "
      "Source-Organization='Huayuan "
      "Securities'" },
    { "verify business", "FILE [EARLIER-RUN]", yj_cmd_verify_business,
      O(NAME) | O(OUT) | O(PASSWORD_FILE) | O(ATTEST), 1, 2,
      "yunjian verify business questions.yaml --name before --out before.json\n"
      "yunjian verify business questions.yaml before.json --attest verifier.key business.att.json" },
    { "verify database", "A B", yj_cmd_verify_database,
      O(TABLES) | O(PASSWORD_FILE) | O(OUT) | O(SHOW) | O(ATTEST), 2, 2,
      "yunjian verify database before.db after.db\n"
      "yunjian verify database postgresql://ro@old.example/crm mysql://ro@new.example/crm --tables "
      "customer,orders\n"
      "yunjian verify database postgresql://ro@old.example/crm postgresql://ro@new.example/crm --out "
      "differences.jsonl --attest verifier.key crm.att.json" },
    { "verify decrypt", "FILE [DIGEST|FILE|FOLDER]", yj_cmd_verify_decrypt,
      O(METHOD) | O(CIPHER) | O(KEY) | O(IV) | O(PASSPHRASE) | O(ITERATIONS) | O(WITHOUT_PBKDF2) | O(LIST) |
          O(HASH) | O(ATTEST) | O(ALL),
      1, 2,
      "yunjian verify decrypt dump.enc sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0 "
      "--cipher sm4-cbc --key dump.key --iv dump.iv\n"
      "yunjian verify decrypt archive.tar.gpg --list archive.sha256 --key handed-over.asc --passphrase "
      "pass.txt\n"
      "yunjian verify decrypt records.zip /srv/records --passphrase pass.txt --attest verifier.key "
      "records.att.json" },
    { "verify restore", "ARCHIVE|DUMP [DIGEST|FILE|FOLDER|DATABASE]", yj_cmd_verify_restore,
      O(LIST) | O(HASH) | O(ATTEST) | O(ALL) | O(TABLES) | O(PASSWORD_FILE) | O(OUT) | O(SHOW), 1, 2,
      "yunjian verify restore crm.dump postgresql://ro@old.example/crm --attest verifier.key crm.att.json\n"
      "yunjian verify restore backup.tar.zst --list archive.sha256\n"
      "yunjian verify restore delivery.zip /srv/records --attest verifier.key delivery.att.json" },
    { "wipe plan", "TARGET [FIELD=VALUE...]", yj_cmd_wipe_plan, O(DATA) | O(GRADE) | O(METHOD), 1, -1,
      "yunjian wipe plan /dev/sdb --grade 3 destination=return" },
    { "wipe run", "TARGET FIELD=VALUE...", yj_cmd_wipe_run,
      O(DATA) | O(SERIAL) | O(BY) | O(WITNESS) | O(GRADE) | O(METHOD) | O(STATE) | O(SAMPLE) | O(ATTEST), 2,
      -1,
      "yunjian wipe run /dev/sdb destination=reuse --grade 2 --serial WD-123 --by 'Li Lei' --witness 'Han "
      "Mei'\n"
      "yunjian wipe run old.db destination=scrap asset=0815 --grade 1 --serial file-801-4711 --by 'Li Lei' "
      "--witness 'Han Mei' --attest wiper.key old.att.json" },
    { "wipe record", "FIELD=VALUE...", yj_cmd_wipe_record,
      O(SERIAL) | O(BY) | O(WITNESS) | O(GRADE) | O(ATTEST), 3, -1,
      "yunjian wipe record technique=shredded result='pieces of 2 mm' destination=scrap medium=flash --grade "
      "4 "
      "--serial S3Z9 --by 'Li Lei' --witness 'Han Mei' --attest wiper.key s3z9.att.json" },
    { "version", "", yj_cmd_version, 0, 0, 0, NULL },
};
const size_t yj_command_count = YJ_COUNT(yj_commands);

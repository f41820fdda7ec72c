// SPDX-License-Identifier: Apache-2.0
/* Help in English; the Chinese stands in help_zh.c. A test holds both to the table of commands. */
#include "cli/cli.h"

static const yj_command_help commands[] = {
    { "init", "make an installation in a new folder",
      "Makes the store, the keys and the ledger of the installation, and installs the packs. It "
      "does nothing to a folder that holds an installation already." },
    { "serve", "serve the API and the page",
      "The first line on standard output is \"listening on URL\". SIGTERM and SIGINT end it "
      "cleanly. One server runs on a folder at a time.\n"
      "People sign in; as long as nobody can, a line says at which address the first administrator "
      "chooses a name and a password. With --open nobody signs in: whoever uses this machine acts as "
      "whom he likes, which is for trying out.\n"
      "Without TLS and without a proxy it listens on this machine only. With --tls-cert it speaks "
      "TLS 1.2 and 1.3 itself; SIGHUP makes it read a renewed certificate, with no connection lost. "
      "With --trusted-proxy a proxy in front speaks TLS. docs/operating.md says more.\n"
      "--place names folders of this machine that instruments ordered on the page may read: for the only "
      "institution, or for those named by their codes (NAME@CODE,CODE=DIR). "
      "--medium names whole devices or files in the same way, which may be wiped there: by two people, the "
      "second "
      "of whom confirms what the first has ordered. docs/instruments.md says more." },
    { "institution", "institutions, each with a ledger of its own", NULL },
    { "institution add", "open a ledger for an institution",
      "Fields as field=value or a JSON file (- for standard input); --code and --name are short "
      "for two of them. The type is client unless given." },
    { "institution list", "list the institutions", NULL },
    { "import", "take in registers and lists: CSV, JSON Lines, XLSX",
      "A file named <kind>.csv or <kind>.jsonl, or a folder of them. Rows are matched by id or "
      "key; an absent column or empty cell changes nothing, \"-\" clears. All or nothing: if a "
      "row is bad, every complaint is listed with its line and nothing is written. --dry-run writes "
      "nothing and lists what would differ, field by field.\n"
      "A list that another program wrote (the inventory of \"scan\") may have any name, and may be XLSX: it "
      "is known by its columns. --set gives what the list does not say, for every row: the inventory that "
      "its items belong to (FIELD=VALUE, a record by its key). What a row or the record says itself stays." },
    { "export", "write registers as CSV",
      "Every kind that has records, or with --kind one, into a new or empty folder. \"-\" writes "
      "one kind to standard output. What is written can be imported again." },
    { "template", "write the heading row of a register to fill in", NULL },
    { "put", "create or change a record",
      "Fields as field=value (\"field=\" clears, \";\" separates list items), or a JSON object in a "
      "file (- for standard input). References may be written as the other record's key." },
    { "move", "move a record to another state, through its gate",
      "If the gate is shut, each requirement that is missing is named with its reason, and the "
      "exit code is 1." },
    { "get", "show a record", NULL },
    { "list", "list the records of a kind", NULL },
    { "history", "every version of a record, with what changed", NULL },
    { "search", "find text in names and fields of all kinds", NULL },
    { "status", "where the institution stands, and why",
      "A table of clauses against deployments, then the faults in plain words, worst first. The "
      "exit code is 1 if anything binding is unmet; it stays unmet while somebody puts it right, and who "
      "does and "
      "until when stands below it. --limit and --offset give a page: with --json of "
      "the verdicts, else of the faults, a requirement with all its records being one; table, counts "
      "and exit code are about all of them." },
    { "explain", "why a requirement is met or not for a record", NULL },
    { "gates", "what stands in the way of a record's next states",
      "The exit code is 1 if one of its gates is shut because a requirement is not met." },
    { "due", "what lapses next, and what is to be put right by then", NULL },
    { "requirements", "what the packs ask for",
      "With ids: these in full, with guidance. Reads the packs of the installation, or those "
      "beside the program where there is none." },
    { "kinds", "what may be recorded: kinds, fields, transitions", NULL },
    { "pack", "packs: standards as data", NULL },
    { "pack check", "hold packs against the format",
      "Every complaint is listed as file:line: field: message; then the exit code is 1. Packs "
      "are loaded in the order given: those required first." },
    { "exchange", "what passes between institutions: ties, answers, offers, oversight", NULL },
    { "exchange invite", "invite the institution that a record of the register stands for",
      "Makes a one-time code for an invitation that was sent, or, with field=value, the invitation first. An "
      "earlier code is good no more. An invitation is listed, changed and withdrawn as any record: \"list\", "
      "\"put\" and \"move\" of kind invitation." },
    { "exchange look", "who invites, by a one-time code",
      "The code is read from a file or, with -, from standard input: it is a secret, and arguments can be "
      "seen." },
    { "exchange accept", "accept an invitation by its one-time code",
      "For the institution of --institution. The code is used up." },
    { "exchange decline", "decline an invitation by its one-time code", NULL },
    { "exchange ties", "with whom the institution is tied", NULL },
    { "exchange end", "end a tie",
      "Either side ends it in its own ledger; from then on nothing of the other is seen. What was taken "
      "stays." },
    { "exchange addressed", "what clients address to the institution",
      "What is due first comes first, then what has no day, what is dealt with, and what is for information. "
      "With "
      "a client: of that one alone." },
    { "exchange answer", "answer what a client has addressed",
      "Names the client, the record's id as \"addressed\" shows it, and what is done about it (see "
      "\"kinds\"); "
      "fields are those of an answer, such as text and evidence; the day is today unless given. An answer "
      "that "
      "was given already is given again. It comes to the same as a register of one row." },
    { "exchange register", "write a register of what can be answered, to fill in",
      "CSV, named for the kind of answers, as answer.csv; then \"import FILE --dry-run\" and \"import "
      "FILE\". "
      "A name that ends in .xlsx is written as a spreadsheet, to be imported on the page, or here once it is "
      "saved as CSV. "
      "Rows that wait to be taken are left out." },
    { "exchange waiting", "what others have answered and offered, as differences",
      "Nothing of it is a record of this institution before it is taken." },
    { "exchange take", "take an answer or an offer as it stands",
      "By the other institution and the id that \"waiting\" shows. Fields that an offer leaves to who takes "
      "it are "
      "given as field=value; --dry-run shows what would come of it with them. --expect refuses what has "
      "changed since it was looked at, --about another own record than was shown." },
    { "exchange refuse", "decline an answer or an offer, with the reason", NULL },
    { "exchange offers", "what the institution has offered, and what came of it",
      "To offer something, enter a record of kind offer." },
    { "exchange supervised", "those that the institution oversees, with their standing",
      "The most unmet requirements that bind come first. As a person (--as) it shows what that person may "
      "read, and "
      "the reading is entered in the ledgers of those it shows." },
    { "exchange inspectors", "who of another institution may read this one today", NULL },
    { "exchange readings", "what others have read of this institution",
      "A reading is entered when its quarter of an hour is over, by a server that runs." },
    { "document", "fill in a report template from a record",
      "Alone it lists the templates of the packs. With a template and a record it writes the draft: what is "
      "on "
      "record stands in its place, what is missing is marked and listed at the end. It sends nothing." },
    { "pack test", "run every case of packs",
      "Judges each case incrementally and at once, around each due date and on seeded dates, and "
      "among the records of the requirement's other cases. "
      "Fails if a case comes out otherwise, or if a requirement lacks a case for met or unmet. "
      "The cases of a pack are judged by it and the packs it needs; packs that build on it, which may add to "
      "its gates, stay out. "
      "Uses a temporary SQLite, or an empty database (--store); one that holds an installation is refused." },
    { "pack show", "what packs hold", NULL },
    { "pack install", "put packs in force",
      "An entry in every ledger; everything is judged again. No server may run on the folder." },
    { "pack upgrade", "move to another edition of packs",
      "Says first what the editions differ in, which records the new one cannot hold, and which verdicts "
      "turn; records that "
      "do not fit keep everything as it is. Then it makes a backup, writes an entry for each record that is "
      "written otherwise, "
      "and judges everything. Each folder takes the place of the pack of its name; the others stay. What has "
      "another name "
      "or is gone must stand in the pack's upgrade.yaml. No server may run on the folder." },
    { "ledger", "what lets an outsider check", NULL },
    { "ledger checkpoint", "a signed checkpoint of the ledger as it is now",
      "Keep it, print it or mail it: whoever has it can see later whether entries were taken "
      "away." },
    { "ledger prove", "prove that an entry is in the ledger",
      "Writes a tlog-proof as C2SP defines it. \"--institution installation\" means the "
      "installation's own ledger." },
    { "ledger verify", "verify everything: the store, an exported folder, or a proof",
      "Without an argument every ledger of the installation: each leaf, body, tile, checkpoint "
      "and key change. A folder or a proof needs no installation. The exit code is 4 if "
      "something was tampered with." },
    { "ledger tiles", "export the ledger as a C2SP tiled log",
      "The folder can be verified offline with \"ledger verify FOLDER\" and with public tools. "
      "Exporting again adds what is new." },
    { "ledger rotate", "replace the ledger's signing key",
      "The change is an entry signed by the old and the new key. No server may run on the "
      "folder." },
    { "scan", "find identifiers, keys and passwords in files, and list what is there",
      "Goes through files and folders: text in UTF-8, UTF-16 and GB18030. Tells of each file what it is, its "
      "size and SHA-256, what was found of which class and at which byte, and which grade that proposes. "
      "Numbers count when their check digits and form fit, names and addresses only beside a word that says "
      "so. What is found is never shown, other than masked with --show. Links are not followed; nothing is "
      "sent anywhere.\n"
      "Archives, packed files, office documents, PDF and SQLite files are opened within limits, each in a "
      "process "
      "that can do nothing else. What is encrypted, too large or of another binary form is hashed and listed "
      "as not "
      "looked into: it is not clean. The exit code is 0 only if nothing was found and everything was looked "
      "into; else 1. docs/scan.md says more.\n"
      "With --state what was found is kept in that file, without a value, and files that are unchanged are "
      "not "
      "read again: neither by the next run nor after an interruption.\n"
      "With --database the columns of the tables of a PostgreSQL, MySQL or MariaDB server, or of an SQLite "
      "file, are looked through row by row, in a transaction that cannot write; --sample draws a share of "
      "the "
      "rows, which is never called looked into. The password comes from PGPASSWORD, MYSQL_PWD or "
      "--password-file." },
    { "erase", "carry out an approved erasure order",
      "The contents go for good; every proof still verifies." },
    { "rebuild", "derive tables and verdicts again from the ledgers",
      "No server may run on the folder. The exit code is 4 if something comes out differently." },
    { "backup", "write everything into one file, while others go on writing",
      "The file holds the private keys: keep it under lock." },
    { "restore", "make an installation from a backup, verified", NULL },
    { "attest", "signed statements of instruments", NULL },
    { "attest keygen", "make a key that instruments sign with",
      "Writes the private key, which nobody else may read, and OUT.pub beside it for whoever checks. Both "
      "are PEM. Nothing is overwritten." },
    { "attest verify", "what a signed statement says, and whether that key signed it",
      "Works offline, with the public key alone. The exit code is 4 if the key did not sign it or it was "
      "changed, and 1 if it is genuine but states that not all is fine. With --ledger the key is the one "
      "that "
      "the institution's ledger names for the file: the ledger is verified, the record and its key are "
      "found, and what the record says is held against the statement; --key is then the ledger's." },
    { "verify", "prove that files arrived: all of them, unchanged, and no others", NULL },
    { "verify manifest", "make a list of digests of a folder, or hold a folder against one",
      "make writes lines as sha256sum does; for SM3 lines with a tag. check reads both. It is fine only if "
      "nothing is changed, missing, extra, unreadable or skipped; else the exit code is 1. A list that is "
      "empty, cut off, names a file twice or a path outside the folder is refused. Links are not followed; "
      "a list cannot hold them, so they are skipped and said. With --state an interrupted run goes on where "
      "it "
      "was; a file that has changed since is read again." },
    { "verify compare", "hold a folder against another, or against a list",
      "A is what is expected: a folder or a list of digests. Folders are compared byte by byte, with their "
      "links and empty folders; digests of A are made in the same pass. Owners, permissions and times "
      "are not compared. It is fine only if nothing is changed, missing, extra, unreadable or skipped; else "
      "the exit code is 1. --state as in verify manifest." },
    { "verify bag", "check a bag: data with its lists, as BagIt (RFC 8493) packs it; or make one",
      "check: versions 0.93 to 0.97 and 1.0; MD5, SHA-1, SHA-256, SHA-512 and SM3. Every list is checked, "
      "also "
      "those of tag files, and so is Payload-Oxum. Nothing is fetched: what fetch.txt names must be there. "
      "What "
      "is no bag is refused with the reason. An interrupted check goes on with --state FILE (a file for each "
      "algorithm). create: copies FOLDER into the new bag BAG, version 1.0, with a "
      "list "
      "for each algorithm of --hash (sha512 without; several with commas between), and reads it back. BAG "
      "appears "
      "whole or not at all; nothing is overwritten. Links, pipes, unreadable files and names that are no "
      "UTF-8 are "
      "refused. LABEL=VALUE are lines of bag-info.txt." },
    { "verify business", "ask the institution's own questions, before and after",
      "FILE is YAML: questions in SQL (PostgreSQL, MySQL, SQLite) or over HTTP, with what is expected: the "
      "first "
      "value, the number of rows, the status, a text; docs/instruments.md has the form. Without that an "
      "answer has "
      "to be the one of the earlier run, which --out wrote; --name labels a run. A run keeps digests, no "
      "values. "
      "Nothing is written to the systems. It is fine only if every question is answered as expected." },
    { "verify database", "hold the rows of a database against those of another",
      "PostgreSQL, MySQL or MariaDB and SQLite, in any pairing: postgresql://USER@HOST/DATABASE, "
      "mysql://USER@HOST/DATABASE, sqlite:FILE. A is what is expected. Columns and types, keys, and every "
      "row "
      "are compared; two servers of one kind make digests of ranges, and only ranges that differ are "
      "fetched. "
      "Keys of rows that differ are listed, values only with --show. No password stands in a URL: it comes "
      "from PGPASSWORD, MYSQL_PWD or --password-file. It is fine only if nothing is changed, missing, extra, "
      "unreadable or skipped; else the exit code is 1." },
    { "verify decrypt", "does an encrypted file open with its key, and is it what it should be",
      "AES and SM4 by OpenSSL (raw: --cipher, --key, --iv; what openssl enc -pbkdf2 wrote: --passphrase), "
      "OpenPGP by "
      "gpg, encrypted zip and 7z. Keys and passphrases come from files that nobody else may read, or from "
      "open "
      "descriptors (/dev/fd/3), never from arguments. Expected is one of: the plain text's digest, the plain "
      "text "
      "as a file, or, for archives and encrypted archives, a folder or --list LIST. Nothing decrypted is "
      "shown or "
      "kept. It is fine only if nothing is changed, missing, extra, unreadable or skipped; a key that does "
      "not fit "
      "makes it unreadable, and the exit code 1." },
    { "verify restore", "does an archive or a dump restore in full, and is it what it should be",
      "Archives: zip, tar and 7z, also packed by gzip, bzip2, xz or zstd, and single files packed so. Every "
      "file is "
      "unpacked behind walls and compared with a folder, with --list LIST, or, of a file that was packed "
      "alone, with "
      "its digest or with the file; nothing is written anywhere. Dumps of PostgreSQL (pg_dump: custom, tar, "
      "plain, directory), of MySQL and MariaDB (mysqldump, mariadb-dump) and of SQLite (.dump, or the file "
      "itself) are restored in a private folder, by a scratch server that runs confined and is gone "
      "afterwards, "
      "and their rows compared with DATABASE as verify database does; --tables, --out, --show and "
      "--password-file as there. A dump that cannot be restored without an error is not fine, and that too "
      "is "
      "signed. "
      "It is "
      "fine only if nothing is changed, missing, extra, unreadable or skipped; else the exit code is 1." },
    { "wipe", "make data vanish for good, and certify only what is proven", NULL },
    { "wipe plan", "what would be done to a target, and why; nothing is written",
      "TARGET is a file, a folder (for the free space of its file system), a whole disk or a loop device. "
      "Shows the "
      "serial that wipe run has to be given, what the grade of the data and the destination ask for (clear, "
      "purge or destroy, NIST SP 800-88 Rev. 2), the method that reaches it, and its limits. What is "
      "mounted, "
      "used for swap, a partition, part of an array or a volume group, read-only or the server's own is "
      "refused." },
    { "wipe run", "wipe a target, read it back, certify it",
      "Methods: zeros, random, pattern, discard, secure-discard, ata-erase, ata-erase-enhanced, nvme-format, "
      "nvme-sanitize-block, nvme-sanitize-crypto, luks-keys; without --method the first that reaches what is "
      "asked for. Fields: destination=reuse|return|scrap (always), asset, source, class-after, ticket, "
      "contract, place, title, contact, witness-title, witness-contact, photos. All of it is read back "
      "unless "
      "--sample. With --attest a certificate is signed, and only if everything was written and verified; "
      "nothing overrides that. The exit code is 1 if it was not." },
    { "wipe record", "certify that a medium was destroyed by hand or machine",
      "Two people say so; the certificate states that the program saw nothing of it. Fields: technique, "
      "result, medium, destination (always), model, manufacturer and those of wipe run." },
    { "version", "the program's version", NULL },
};

const yj_help_texts yj_help_en = {
    .about = "yunjian: carries an institution through the standard for using clouds; knows at every "
        "moment where it stands and why, and lets anyone check it.",
    .usage = "Usage:",
    .commands = "Commands:",
    .options = "Options:",
    .examples = "Examples:",
    .more = "yunjian COMMAND --help says more about a command.",
    .codes = "Exit codes:\n"
             "  0  fine\n"
             "  1  something unmet or found\n"
             "  2  wrong usage\n"
             "  3  operational failure\n"
             "  4  integrity violation\n",
    .option = {
        [YJ_OPT_HELP] = "this text",
        [YJ_OPT_LANG] = "language of texts and errors; by default from LC_ALL, LC_MESSAGES or LANG: Chinese "
            "if it begins with zh, else English",
        [YJ_OPT_JSON] = "results as JSON on standard output, errors as {\"error\":{...}} on standard error",
        [YJ_OPT_DATA] = "the installation's folder (default ./data)",
        [YJ_OPT_INSTITUTION] = "the institution, by code or id; may be left out where there is only one",
        [YJ_OPT_AS] = "the acting person: id or key of a person record (default: the operator)",
        [YJ_OPT_CRYPTO] = "std: SHA-256 and Ed25519; gm: SM3 and SM2. Fixed for ever (default std)",
        [YJ_OPT_SIMULATED_CLOCK] = "for demonstration and tests: the clock begins at this instant, and everything "
            "shows for ever that it is simulated",
        [YJ_OPT_ZONE] = "time zone that decides what today is (default Asia/Shanghai)",
        [YJ_OPT_STORE] = "postgresql://... or sqlite:FILE (default: SQLite in the data folder)",
        [YJ_OPT_PACKS] = "folders of packs, core first (default: core and sf-cloud beside the program, or in "
            "YUNJIAN_PACKS)",
        [YJ_OPT_OPEN] = "nobody signs in, and everybody may do everything; for trying out, on this machine only",
        [YJ_OPT_LISTEN] = "where to listen; other addresses than this machine's own need TLS or a proxy; port 0 takes a free "
            "one (default 127.0.0.1:0)",
        [YJ_OPT_TLS_CERT] = "the server's certificate with its chain, PEM",
        [YJ_OPT_TLS_KEY] = "its key, PEM, not readable by everybody",
        [YJ_OPT_PLACE] = "folders that instruments may read, and for which institutions",
        [YJ_OPT_MEDIUM] = "devices or files that they may wipe, and for which institutions",
        [YJ_OPT_TRUSTED_PROXY] = "proxies whose X-Forwarded-For and X-Forwarded-Proto are believed",
        [YJ_OPT_PUBLIC_URL] = "the address that people use, such as https://yunjian.example",
        [YJ_OPT_LEAKED_LIST] = "SHA-1 hashes of leaked passwords, sorted, one a line: none of them is taken",
        [YJ_OPT_PASSWORD_BITS] = "a new password withstands 2^N guesses, by estimate (default 40)",
        [YJ_OPT_STATEMENTS] = "list the requirements whose verdict rests on statements alone, with the reason",
        [YJ_OPT_BACKUP] = "where the copy from before goes (default: in the data folder)",
        [YJ_OPT_SEED] = "seed of the dates that cases are judged on; scan: of the rows that --sample draws",
        [YJ_OPT_ONLY] = "only the cases of this pack",
        [YJ_OPT_CODE] = "the institution's short code",
        [YJ_OPT_NAME] = "its name",
        [YJ_OPT_DRY_RUN] = "do everything, then undo it",
        [YJ_OPT_KIND] = "the kind",
        [YJ_OPT_ID] = "the record to change, by id or key; without it a new record is made",
        [YJ_OPT_EXPECT] = "refuse if the record has another version by now",
        [YJ_OPT_ABOUT] = "refuse if it would change another record than this, or another version of it",
        [YJ_OPT_AS_OF] = "as known at the end of that day, at that instant, or before entry #N",
        [YJ_OPT_REJUDGE] = "with --as-of: judge what was known then again, by the packs of today; says so",
        [YJ_OPT_FILTER] = "only records for which this holds: =, !=, <, <=, >, >=, ~ (contains)",
        [YJ_OPT_SORT] = "order by a field, state or key; - before it: descending",
        [YJ_OPT_LIMIT] = "at most so many",
        [YJ_OPT_OFFSET] = "leave out the first so many",
        [YJ_OPT_AFTER] = "go on behind this cursor",
        [YJ_OPT_SUBJECT] = "only this record and what belongs to its standing",
        [YJ_OPT_CHAPTER] = "only requirements at or below this clause",
        [YJ_OPT_STAGE] = "only requirements of this stage",
        [YJ_OPT_STATUS] = "only met, unmet, unknown or not_applicable",
        [YJ_OPT_ACTOR] = "only requirements on this actor",
        [YJ_OPT_FORCE] = "only requirements of this force",
        [YJ_OPT_REMEDIATION] = "only what is unmet or undecided and being put right (open), past the day set "
            "(overdue), or binding and put right by nobody (none)",
        [YJ_OPT_ALL] = "list every fault, not only the first",
        [YJ_OPT_UNTIL] = "up to this date",
        [YJ_OPT_DAYS] = "up to so many days from today (default 90)",
        [YJ_OPT_JUDGE] = "derive every judgement again and compare; the store is left as it was",
        [YJ_OPT_BODIES] = "write the entries' contents too, not only their leaves",
        [YJ_OPT_KEY] = "the key that must have signed: of a ledger its verifier key, of a statement the public key's file; "
            "of verify decrypt the file with the key to decrypt with",
        [YJ_OPT_HASH] = "the algorithm of digests (default sha256, for a list what its lines say)",
        [YJ_OPT_ATTEST] = "sign what was and was not covered, and what was found, with that private key, into "
            "a new file",
        [YJ_OPT_LEDGER] = "an exported ledger that names the file and the key",
        [YJ_OPT_LEAF] = "file with the leaf's bytes: written by prove, read by verify",
        [YJ_OPT_OUT] = "write there instead of standard output",
        [YJ_OPT_SHOW] = "show what stands there: scan the places, masked; verify database the values that differ",
        [YJ_OPT_INVENTORY] = "write every file with its format, size, SHA-256, hits and proposed grade there; CSV, "
            "XLSX or JSON Lines by the name's ending",
        [YJ_OPT_TABLES] = "only these tables, with commas between (default: all of both sides)",
        [YJ_OPT_PASSWORD_FILE] = "lines host:port:database:user:password, as in PostgreSQL's password file; nobody "
            "else may read it",
        [YJ_OPT_LIST] = "what is expected: a list of digests, as verify manifest makes",
        [YJ_OPT_CIPHER] = "aes-128, aes-192, aes-256 or sm4 with -cbc, -ctr or -gcm",
        [YJ_OPT_IV] = "file with the initialisation vector: its bytes, or hex digits",
        [YJ_OPT_PASSPHRASE] = "file whose first line is the passphrase",
        [YJ_OPT_ITERATIONS] = "iterations of PBKDF2 (default 10000, as of openssl enc)",
        [YJ_OPT_WITHOUT_PBKDF2] = "what openssl enc wrote without -pbkdf2, with this digest: md5 (before 1.1.0) or sha256; a weak derivation, "
            "which the result says",
        [YJ_OPT_SERIAL] = "the medium's serial, as wipe plan shows it and as it stands on the medium",
        [YJ_OPT_BY] = "who does it",
        [YJ_OPT_WITNESS] = "who watches; somebody else",
        [YJ_OPT_GRADE] = "the grade of the data, 1 to 4",
        [YJ_OPT_METHOD] = "of wipe: this method, if it reaches what is asked for; of verify decrypt: raw, openssl, openpgp, zip "
            "or 7z (without, what the file looks like)",
        [YJ_OPT_STATE] = "remember there how far it came, and go on from there after an interruption; scan "
            "keeps it and reads only what changed",
        [YJ_OPT_SAMPLE] = "read back only this share, 10 to 99 percent, spread by the seed in the certificate; scan "
            "--database: look at this share of the rows, 1 to 99 percent",
        [YJ_OPT_DATABASE] = "look into the tables of this database: postgresql://USER@HOST/DATABASE, "
            "mysql://USER@HOST/DATABASE or sqlite:FILE",
        [YJ_OPT_FINGERPRINT] = "give each place a fingerprint of its value, by the key in that file (16 to 4096 bytes)",
        [YJ_OPT_SET] = "for each row that does not say it, unless the record that is there does",
        [YJ_OPT_RULES] = "look for these, too: rules of one's own, in YAML (docs/scan.md)",
        [YJ_OPT_CLOCK] = "move a simulated clock forward first",
    },
    .command = commands,
    .command_count = YJ_COUNT(commands),
};

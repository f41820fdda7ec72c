#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rows of two databases side by side: SQLite, a real PostgreSQL (tools/with-postgres) and a real MariaDB of its own, in
# every pairing; and what scan --database finds in them.
. "$(dirname "$0")/tap.sh"

if [ -z "${YJ_TEST_PG_URL:-}" ]; then
    echo "1..1"
    echo "not ok 1 - run under tools/with-postgres: YJ_TEST_PG_URL is not set"
    exit 1
fi

pg=${YJ_TEST_PG_URL%/*}/
pa=yj_rows_a_$$ pb=yj_rows_b_$$
maria=
stop_all() {
    if [ -n "$maria" ]; then
        kill "$maria" 2>/dev/null
        wait "$maria" 2>/dev/null
    fi
    for d in $pa $pb; do psql -q "$YJ_TEST_PG_URL" -c "DROP DATABASE IF EXISTS $d WITH (FORCE)" >/dev/null 2>&1; done
    cleanup
}
trap stop_all EXIT

lite() { # FILE SQL
    python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()' "$1" "$2"
}

# --- SQLite and SQLite
schema="CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, n NUMERIC, r REAL, b BLOB);
        CREATE TABLE w(a TEXT, d TEXT, v INTEGER, PRIMARY KEY(a, d)) WITHOUT ROWID; CREATE TABLE loose(x TEXT, y INT);"
rows="INSERT INTO t VALUES(1,'one',1,1.5,x'00ff'),(2,'two',2.50,0.1,NULL),(3,'',NULL,-0.0,x''),(4,'云',10,2,'text');
      INSERT INTO w VALUES('a','2024-01-01',1),('a','2024-01-02',2),('b','2024-01-01',3);
      INSERT INTO loose VALUES('x',1),('x',1),('y',NULL);"
lite a.db "$schema $rows"
cp a.db b.db
run verify database a.db b.db
exits 0 "a copy"
has "rows are counted" "$out" "rows: 10 expected: 10 matched"
has "a table without a key is said" "$out" "loose: no common key"
run verify database a.db a.db
exits 2 "against itself"
lite b.db "UPDATE t SET name = 'Two', r = 0.2 WHERE id = 2; DELETE FROM t WHERE id = 4; INSERT INTO t VALUES(9,'nine',9,9,NULL);
           UPDATE t SET name = NULL WHERE id = 3; DELETE FROM w WHERE d = '2024-01-02'; INSERT INTO loose VALUES('x',1)"
run verify database a.db b.db --json --out all.jsonl
exits 1 "another database"
is "counts" "$(json '[v["counts"][k] for k in ("expected", "matched", "changed", "missing", "extra", "unreadable", "skipped")]')" \
    "[10, 6, 2, 2, 2, 0, 0]"
is "which rows" "$(json '[(f["status"], f["table"], f.get("key")) for f in v["findings"]]')" \
    "[('extra', 'loose', None), ('changed', 't', ['2']), ('changed', 't', ['3']), ('missing', 't', ['4']), ('extra', 't', ['9']), ('missing', 'w', ['a', '2024-01-02'])]"
is "which columns, no values" "$(json '[f for f in v["findings"] if f.get("key") == ["2"]]')" \
    "[{'columns': ['name', 'r'], 'key': ['2'], 'status': 'changed', 'table': 't'}]"
is "all of them in a file that nobody else reads" "$(wc -l <all.jsonl) $(stat -c %a all.jsonl)" "6 600"
run verify database a.db b.db --show --tables t
has "values where they are asked for" "$out" "name, r: two -> Two; 0.10000000000000001 -> 0.20000000000000001"
has "NULL is not the empty text" "$out" "[3]: name:  -> NULL"
run verify database a.db b.db --out all.jsonl
exits 3 "a list that is there already is not overwritten"
run verify database a.db b.db --tables nothing
exits 2 "a table that is nowhere"
lite empty.db "$schema"
run verify database a.db empty.db
exits 3 "an empty side is an error"
has "which it is" "$err" "empty.db has no row"
run verify database empty.db a.db
exits 3 "on either side"
lite other.db "CREATE TABLE T(ID INTEGER PRIMARY KEY, name INT, n NUMERIC, more TEXT); INSERT INTO T SELECT 1,1,1,1; CREATE TABLE z(x)"
run verify database a.db other.db --json
exits 1 "another schema"
is "of which all is said" "$(json 'sorted((f["status"], f["what"], f["table"], f.get("column")) for f in v["findings"] if "what" in f)')" \
    "[('changed', 'type', 't', 'name'), ('extra', 'column', 't', 'more'), ('extra', 'table', 'z', None), ('missing', 'column', 't', 'b'), ('missing', 'column', 't', 'r'), ('missing', 'table', 'loose', None), ('missing', 'table', 'w', None)]"
head -c 6000 a.db >cut.db
run verify database a.db cut.db
is "a damaged file is never fine" "$([ "$rc" != 0 ] && echo so)" so
run verify database a.db nowhere.db
exits 3 "no file"
run verify database a.db oracle://x/y
exits 2 "no such engine"
for url in postgresql://u:secret@127.0.0.1/x mysql://u:secret@127.0.0.1/x 'postgresql://127.0.0.1/x?password=secret' 'mysql://127.0.0.1/x?password=secret'; do
    run verify database a.db "$url"
    exits 2 "a password in a URL is refused: ${url%%:*}"
    hasnt "and is not repeated" "$out$err" secret
done

# --- signed
run attest keygen k
lite c.db "$schema $rows"
run verify database a.db c.db --attest k c.att.json
exits 0 "signed"
run attest verify c.att.json --key k.pub --json
is "what it says" "$(json '(v["statement"]["predicateType"], v["statement"]["predicate"]["fine"], v["statement"]["predicate"]["counts"]["matched"], "views" in v["statement"]["predicate"]["coverage"]["notCovered"])')" \
    "('urn:yunjian:attestation:verify-database:1', True, 10, True)"
run verify database a.db b.db --attest k b.att.json
run attest verify b.att.json --key k.pub
exits 1 "genuine, and not fine"

# --- PostgreSQL
types="id bigint PRIMARY KEY, name text, amount numeric(20,4), ok boolean, at timestamptz, local timestamp, day date, f double precision, s real, raw bytea, u uuid, j jsonb, c char(5)"
fill="INSERT INTO t SELECT i, CASE WHEN i % 7 = 0 THEN NULL ELSE E'n\t\\\\' || i || E'\n' END, i / 8.0, i % 2 = 0, '2024-01-01 00:00:00.5+08'::timestamptz + i * interval '1 hour',
    '2024-01-01 12:00'::timestamp + i * interval '1 day', '2024-02-28'::date + i, i / 3.0, i / 3.0, decode(md5(i::text), 'hex'), md5(i::text)::uuid,
    jsonb_build_object('b', i, 'a', 'x'), 'c' || i % 10 FROM generate_series(1, 25000) i"
for d in $pa $pb; do
    psql -q "$YJ_TEST_PG_URL" -c "CREATE DATABASE $d" || exit 99
    psql -q "$pg$d" -c "SET TimeZone = 'Asia/Shanghai'; CREATE TABLE t($types); $fill; CREATE SCHEMA s; CREATE TABLE s.w(a text, b int, v text, PRIMARY KEY(a, b)); INSERT INTO s.w VALUES('B', 1, 'x'), ('a', 1, 'y'), ('a', 2, 'z'), ('é', 0, ''); CREATE TABLE nokey(x point); INSERT INTO nokey VALUES('(1,2)'), ('(1,2)'), (NULL)" || exit 99
done
psql -q "$pg$pb" -c "ALTER DATABASE $pb SET DateStyle = 'German'; ALTER DATABASE $pb SET TimeZone = 'America/New_York'; ALTER DATABASE $pb SET extra_float_digits = 0"
run verify database "$pg$pa" "$pg$pb" --json
exits 0 "PostgreSQL and PostgreSQL, whatever is set there"
is "by digests of ranges where it can be" "$(json '[(t["name"], t["by"], t["counts"]["matched"]) for t in v["tables"]]')" \
    "[('nokey', 'rows', 3), ('s.w', 'key', 4), ('t', 'ranges', 25000)]"
is "of which nothing is fetched" "$(json 'v["moved"]["rowsFetched"]')" 14
psql -q "$pg$pb" -c "UPDATE t SET s = s + 1 WHERE id = 12345; DELETE FROM t WHERE id IN (1, 20001); INSERT INTO t(id) VALUES(-5), (30000); UPDATE s.w SET v = NULL WHERE b = 0"
run verify database "$pg$pa" "$pg$pb" --json
is "rows that differ are found" "$(json '[(f["status"], f["table"], f["key"], f.get("columns")) for f in v["findings"]]')" \
    "[('changed', 's.w', ['é', '0'], ['v']), ('extra', 't', ['-5'], None), ('missing', 't', ['1'], None), ('changed', 't', ['12345'], ['s']), ('missing', 't', ['20001'], None), ('extra', 't', ['30000'], None)]"
is "and only what is near them is fetched" "$(json 'v["moved"]["rowsFetched"] < 2000')" True
psql -q "$pg$pb" -c "ALTER TABLE s.w ENABLE ROW LEVEL SECURITY; ALTER TABLE s.w FORCE ROW LEVEL SECURITY; CREATE ROLE yj_rows_ro_$$ LOGIN; GRANT USAGE ON SCHEMA s TO yj_rows_ro_$$; GRANT SELECT ON ALL TABLES IN SCHEMA s, public TO yj_rows_ro_$$"
run verify database "$pg$pa" "postgresql://yj_rows_ro_$$@${pg#*@}$pb" --json
is "rows that a policy hides are not called missing" "$(json '[(t["counts"]["unreadable"], t["counts"]["missing"]) for t in v["tables"] if t["name"] == "s.w"]')" "[(1, 0)]"
is "and the others are still compared" "$(json '[[t["counts"][k] for k in ("expected", "matched", "changed", "missing", "extra")] for t in v["tables"] if t["name"] == "t"]')" "[[25000, 24997, 1, 2, 2]]"
psql -q "$pg$pb" -c "DROP OWNED BY yj_rows_ro_$$; DROP ROLE yj_rows_ro_$$; ALTER TABLE s.w DISABLE ROW LEVEL SECURITY"

# --- scan --database: what stands in the columns
cells() { json 'sorted((c["path"].split("!/", 1)[1], c["state"], c.get("reason"), c["count"]) for c in v["columns"])'; }
lite s.db "CREATE TABLE c(\"手机\" TEXT, note TEXT, pic BLOB, big TEXT, mixed);
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999) INSERT INTO c SELECT printf('138%08d', i),
    CASE WHEN i % 4 = 0 THEN 'x' || char(10) || '身份证号11010519491231002X' WHEN i % 4 = 1 THEN NULL ELSE 'order ' || i END, x'00', NULL, i FROM n;
    UPDATE c SET big = replace(hex(zeroblob(150000)), '0', '云') WHERE rowid = 5; UPDATE c SET mixed = x'ff' WHERE rowid = 7"
run scan --database sqlite:s.db --json
exits 1 "scan of an SQLite file by its URL"
is "by column" "$(cells)" \
    "[('c!/big', 'in_part', 'too_large', {}), ('c!/mixed', 'in_part', 'part_no_text', {}), ('c!/note', 'looked_into', None, {'resident_id': 500}), ('c!/pic', 'not_looked_into', 'binary', {}), ('c!/手机', 'looked_into', None, {'mobile': 2000})]"
is "rows, values, the label in the name" "$(json '[(c["rows_read"], c["rows_there"], c["rows_counted"], c["values"], c["label"], c["type"]) for c in v["columns"]][0:2]')" \
    "[(2000, 2000, True, 2000, True, 'TEXT'), (2000, 2000, True, 1500, False, 'TEXT')]"
hasnt "no value is shown" "$out" 13800000000
lite plain.db "CREATE TABLE t(a); INSERT INTO t VALUES('x'), (1), (NULL), ('')"
run scan --database plain.db
exits 0 "nothing in it"
cp plain.db nul.db
lite nul.db "INSERT INTO t VALUES('x' || char(0) || ' 身份证号11010519491231002X')"
run scan --database nul.db --json
is "what stands behind a NUL is found" "$(json 'v["count"], v["bytes"] > 30')" "({'resident_id': 1}, True)"
run scan --database plain.db --sample 50
exits 1 "a sample is never the whole"
run scan --database s.db --sample 10 --seed 7 --json
drawn=$(json '[(c["rows_read"], c["count"]) for c in v["columns"]]')
is "some of the rows are drawn" "$(json '0 < v["columns"][0]["rows_read"] < 1000, v["columns"][0]["rows"], v["columns"][0]["rows_there"], v["sample"]')" "(True, 'rows', 2000, {'percent': 10, 'seed': 7})"
run scan --database s.db --sample 10 --seed 7 --json
is "by the seed" "$(json '[(c["rows_read"], c["count"]) for c in v["columns"]]')" "$drawn"
run scan --database s.db --inventory s.csv --lang zh
is "the inventory has a row for each column" "$(python3 -c 'import csv; print([(r["path"].split("!/")[2], r["mobile"], r["rows_read"], r["type"], r["label"]) for r in csv.DictReader(open("s.csv"))][0])')" "('手机', '2000', '2000', 'TEXT', 'yes')"
has "in Chinese" "$out" "共 2000 行，读取 2000 行"
run scan s.db --database s.db
exits 2 "paths and a database"
head -c 32 /dev/urandom >print.key
run scan --database s.db --show --fingerprint print.key --json
is "values masked and as fingerprints, where they are asked for" "$(json '[(p["masked"], len(p["fingerprint"]), "at" in p) for c in v["columns"] if c["path"].endswith("手机") for p in c["places"]][-1]')" "('138******99', 64, False)"
is "a hundred of a column" "$(json '[(len(c["places"]), c["places_left_out"]) for c in v["columns"] if c["path"].endswith("手机")]')" "[(100, 1900)]"
run scan --database s.db --show --lang en
has "for people" "$out" "  mobile number 138******"
hasnt "never whole" "$out" 13800000000
run attest keygen k.pem
run scan --database s.db --sample 10 --inventory s.xlsx --attest k.pem s.dsse
run attest verify s.dsse --key k.pem.pub
exits 1 "a statement of a database is signed"
is "its subject is what was looked at" "$(python3 -c 'import base64, hashlib, json, re, zipfile
v = json.loads(base64.b64decode(json.load(open("s.dsse"))["payload"]))
rows = [re.findall(r"<c [^>]*?(?:/>|>(.*?)</c>)", r) for r in re.findall(r"<row .*?</row>", zipfile.ZipFile("s.xlsx").read("xl/worksheets/sheet1.xml").decode())]
rows = [[re.sub("<.*?>", "", c) for c in r] for r in rows]
lines = "".join("\t".join([dict(zip(rows[0], r))[k] for k in ("path", "type", "rows_read")]) + "\n" for r in rows[1:])
print(v["subject"][0]["digest"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest(), v["subject"][0]["name"].endswith("s.db"), v["predicate"]["sample"], "views" in v["predicate"]["leftOut"])')" \
    "True True {'percent': 10, 'seed': 1} True"
run scan --database s.db --state s.state
exits 2 "files only"
run scan --database postgresql://u:secret@127.0.0.1/x
exits 2 "a password in the URL"
hasnt "and is not repeated" "$out$err" secret
psql -q "$pg$pb" -c "CREATE SCHEMA z; CREATE TABLE z.client(id int, email text, \"平台密码\" text, raw bytea, tags text[], hidden text);
    INSERT INTO z.client SELECT i, 'a' || i || '@example.com', 'Tr0ub4dor' || i, '\\x00', ARRAY['13812345678', 'x'], 'b' || i || '@example.com' FROM generate_series(1, 3000) i;
    CREATE TABLE z.closed(a text); CREATE TABLE z.guarded(a text); INSERT INTO z.guarded VALUES('x'); ALTER TABLE z.guarded ENABLE ROW LEVEL SECURITY;
    CREATE ROLE yj_scan_ro_$$ LOGIN; GRANT USAGE ON SCHEMA z TO yj_scan_ro_$$; GRANT SELECT(id, email, \"平台密码\", raw, tags) ON z.client TO yj_scan_ro_$$; GRANT SELECT ON z.guarded TO yj_scan_ro_$$"
ro="postgresql://yj_scan_ro_$$@${pg#*@}$pb"
run scan --database "$ro" --json
exits 1 "PostgreSQL"
is "what may be read of a table is, and the rest is said" "$(json 'sorted((c["path"].split("!/", 1)[1], c["state"], c.get("reason"), c["count"]) for c in v["columns"] if "/z." in c["path"])')" \
    "[('z.client!/email', 'looked_into', None, {'email': 3000}), ('z.client!/hidden', 'unreadable', 'engine', {}), ('z.client!/id', 'looked_into', None, {}), ('z.client!/raw', 'not_looked_into', 'binary', {}), ('z.client!/tags', 'looked_into', None, {'mobile': 3000}), ('z.client!/平台密码', 'looked_into', None, {'password': 3000}), ('z.closed!/a', 'unreadable', 'engine', {}), ('z.guarded!/a', 'unreadable', 'engine', {})]"
has "in the server's words" "$(json '[c["message"] for c in v["columns"] if c["path"].endswith("z.closed!/a")]')" "permission denied"
is "the engine's own schemas are left out, which is said" "$(json 'any("pg_catalog" in c["path"] for c in v["columns"]), "system_schemas" in v["left_out"]')" "(False, True)"
run scan --database "$ro" --sample 20 --json
is "a sample of PostgreSQL's rows" "$(json '[(0 < c["rows_read"] < 2000, c["state"], c["reason"], c["count"].get("email") == c["rows_read"]) for c in v["columns"] if c["path"].endswith("/email")]')" "[(True, 'in_part', 'sampled', True)]"
psql -q "$pg$pb" -c "DROP SCHEMA z CASCADE; DROP OWNED BY yj_scan_ro_$$; DROP ROLE yj_scan_ro_$$"

# --- PostgreSQL and SQLite: texts and numbers there are read as the types here
lite p.db "CREATE TABLE few(id INTEGER PRIMARY KEY, amount NUMERIC, ok INTEGER, at TEXT, day DATE, f REAL, u TEXT, j TEXT, c VARCHAR(5), raw BLOB);
    INSERT INTO few VALUES(1,'0.125',0,'2023-12-31T17:00:00.5Z','2024-02-29',0.3333333333333333,'C4CA4238-A0B9-2382-0DCC-509A6F75849B','{\"a\":\"x\",\"b\":1}','c1',x'c4ca4238a0b923820dcc509a6f75849b'),
    (2,0.25,1,'2024-01-01 02:00:00.50+08:00','2024-03-01',0.6666666666666666,'c81e728d9d4c2f636f067f89cc14862c','{ \"b\":2, \"a\":\"x\" }','c2',x'c81e728d9d4c2f636f067f89cc14862c'),
    (3,0.375,2,'2023-12-31 19:00:00.5','2024-03-02 ',1,'eccbc87e4b5ce2fe28308fd9f2a7baf3','{\"a\":\"x\",\"b\":3}','C3',x'ecc0')"
psql -q "$pg$pa" -c "CREATE TABLE few AS SELECT id, amount, ok, at, day, f, u, j, c, raw FROM t WHERE id <= 3; ALTER TABLE few ADD PRIMARY KEY(id)"
run verify database "$pg$pa" p.db --tables few --json
is "PostgreSQL and SQLite" "$(json '[(f["key"], f["columns"]) for f in v["findings"]]')" "[(['3'], ['ok', 'day', 'c', 'raw'])]"
is "what was made equal is said" "$(json 'v["tables"][0]["coercions"]["at"], v["tables"][0]["coercions"]["c"]')" "('read-from-text', 'trailing-blanks')"

# --- MariaDB: its own server, on loopback, stopped by its process id
mdb=$tmp/maria
mkdir -m 755 "$mdb"
chmod 755 "$tmp"
as=()
if [ "$(id -u)" = 0 ]; then
    id mysql >/dev/null 2>&1 && as=(--user=mysql) || as=(--user=nobody)
    chown "${as[0]#--user=}" "$mdb"
fi
mariadb-install-db --no-defaults "${as[@]}" --datadir="$mdb/data" --auth-root-authentication-method=normal --skip-test-db \
    --skip-name-resolve >"$mdb.init" 2>&1 || { cat "$mdb.init" >&2; exit 99; }
server=$(PATH=$PATH:/usr/sbin command -v mariadbd)
for attempt in 1 2 3 4 5; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    "$server" --no-defaults "${as[@]}" --datadir="$mdb/data" --socket="$mdb/s" --port=$port --bind-address=127.0.0.1 \
        --innodb-buffer-pool-size=16M --skip-log-bin --default-time-zone=+08:00 >"$mdb.log" 2>&1 &
    maria=$!
    until mariadb --no-defaults -uroot -S "$mdb/s" -e 'SELECT 1' >/dev/null 2>&1 || ! kill -0 "$maria" 2>/dev/null; do sleep 0.05; done
    kill -0 "$maria" 2>/dev/null && break
    [ "$attempt" = 5 ] && { cat "$mdb.log" >&2; exit 99; }
done
sql() { mariadb --no-defaults -uroot -S "$mdb/s" "$@"; }
many="CREATE TABLE t(id BIGINT PRIMARY KEY, name VARCHAR(50) CHARACTER SET gb2312, amount DECIMAL(20,4), at TIMESTAMP(3) NULL, day DATE, raw VARBINARY(20));
    INSERT INTO t SELECT seq, IF(seq % 7 = 0, NULL, CONCAT('云', seq)), seq / 8, TIMESTAMPADD(HOUR, seq, '2024-01-01 00:00:00.5'), '2024-02-29', UNHEX(MD5(seq)) FROM seq_1_to_12000;"
few="CREATE TABLE few(id INT PRIMARY KEY, amount DECIMAL(30,10), ok TINYINT(1), at DATETIME(6), day DATE, f DOUBLE, u VARCHAR(36), j LONGTEXT, c VARCHAR(10) COLLATE utf8mb4_general_ci, raw BLOB);
    INSERT INTO few VALUES(1,0.125,0,'2023-12-31 17:00:00.5','2024-02-29',1/3e0,'c4ca4238-a0b9-2382-0dcc-509a6f75849b','{\"b\":1,\"a\":\"x\"}','c1',UNHEX(MD5(1))),
    (2,0.25,1,'2023-12-31 18:00:00.5','2024-03-01',2/3e0,'c81e728d-9d4c-2f63-6f06-7f89cc14862c','{\"a\":\"x\",\"b\":2}','c2',UNHEX(MD5(2))),
    (3,0.375,0,'2023-12-31 19:00:00.5','0000-00-00',1,'eccbc87e4b5ce2fe28308fd9f2a7baf3','{\"a\":\"x\",\"b\":3}','C3',UNHEX(MD5(3)));"
sql -e "CREATE DATABASE a; CREATE DATABASE b; SET sql_mode = ''; USE a; $many $few USE b; SET time_zone = '-05:00'; CREATE TABLE t LIKE a.t; INSERT INTO t SELECT * FROM a.t;
    CREATE USER ro@127.0.0.1 IDENTIFIED BY 'se\\\\c:ret'; GRANT SELECT ON *.* TO ro@127.0.0.1" || exit 99
my=mysql://ro@127.0.0.1:$port
run verify database $my/a $my/b --tables t
exits 3 "MariaDB without a password"
export MYSQL_PWD='se\c:ret'
run verify database $my/a $my/b --tables t --json
exits 0 "MariaDB and MariaDB, the password from the environment"
is "by digests of ranges" "$(json '[(t["name"], t["by"], t["counts"]["matched"]) for t in v["tables"]], v["moved"]["rowsFetched"]')" "([('t', 'ranges', 12000)], 0)"
unset MYSQL_PWD
printf '# passwords\n127.0.0.1:1:*:ro:wrong\n127.0.0.1:%s:*:ro:se\\\\c\\:ret\n' "$port" >pass
chmod 644 pass
run verify database $my/a $my/b --tables t --password-file pass
exits 3 "a file of passwords that others can read"
chmod 600 pass
sql b -e "UPDATE t SET name = CONCAT(name, ' ') WHERE id = 6000; DELETE FROM t WHERE id = 12000"
run verify database $my/a $my/b --tables t --json --password-file pass
exits 1 "the password from a file"
is "rows that differ" "$(json '[(f["status"], f["key"], f.get("columns")) for f in v["findings"]]')" "[('changed', ['6000'], ['name']), ('missing', ['12000'], None)]"
run verify database "$pg$pa" $my/a --tables few --json --password-file pass
is "PostgreSQL and MariaDB" "$(json '[(f["key"], f["columns"]) for f in v["findings"]]')" "[(['3'], ['day', 'c'])]"
is "a time without a zone is UTC, which is said" "$(json 'v["tables"][0]["coercions"]["at"]')" "no-zone-is-utc"
run verify database $my/a p.db --tables few --json --password-file pass
is "MariaDB and SQLite: texts on both sides are texts" "$(json '[(f["key"], f["columns"]) for f in v["findings"]]')" \
    "[(['1'], ['at', 'u', 'j']), (['2'], ['at', 'u', 'j']), (['3'], ['ok', 'day', 'raw'])]"
sql -e "CREATE DATABASE sc CHARACTER SET utf8mb4; USE sc; CREATE TABLE client(id INT, mobile VARCHAR(20), raw BLOB, f FLOAT, j JSON, old VARCHAR(20) CHARACTER SET gbk, secret VARCHAR(9));
    INSERT INTO client SELECT seq, CONCAT('139', LPAD(seq, 8, '0')), 'x', seq, '{\"手机\": \"13812345678\"}', '云', 'x' FROM seq_1_to_2000;
    CREATE VIEW v AS SELECT mobile FROM client; CREATE USER some@127.0.0.1; GRANT SELECT(id, mobile, raw, f, j, old) ON sc.client TO some@127.0.0.1" || exit 99
run scan --database mysql://some@127.0.0.1:$port/sc --json
exits 1 "MariaDB"
is "by column, without those of which it says nothing" "$(cells)" \
    "[('client!/f', 'looked_into', None, {}), ('client!/id', 'looked_into', None, {}), ('client!/j', 'looked_into', None, {'mobile': 2000}), ('client!/mobile', 'looked_into', None, {'mobile': 2000}), ('client!/old', 'looked_into', None, {}), ('client!/raw', 'not_looked_into', 'binary', {})]"
run scan --database $my/sc --sample 20 --seed 5 --json --password-file pass
drawn=$(json '[c["count"] for c in v["columns"]]')
is "a sample of MariaDB's rows" "$(json '[(0 < c["rows_read"] < 1500, c["reason"]) for c in v["columns"] if c["path"].endswith("mobile")]')" "[(True, 'sampled')]"
run scan --database $my/sc --sample 20 --seed 5 --json --password-file pass
is "by the seed" "$(json '[c["count"] for c in v["columns"]]')" "$drawn"

# --- dumps, into a scratch server
private() { ls -d /dev/shm/.yunjian-private.* "${TMPDIR:-/tmp}"/.yunjian-private.* /tmp/.yunjian-private.* /var/tmp/.yunjian-private.* 2>/dev/null | sort -u; }
role=yj_owner_$$
psql -q "$YJ_TEST_PG_URL" -c "CREATE ROLE $role" && psql -q "$pg$pa" -c "ALTER TABLE few OWNER TO $role"
pg_dump -Fc -f few.dump "$pg$pa"
pg_dump -f few.sql "$pg$pa"
psql -q "$pg$pa" -c "ALTER TABLE few OWNER TO CURRENT_USER" && psql -q "$YJ_TEST_PG_URL" -c "DROP ROLE $role"
run attest keygen dump.key
PGPORT=1 run verify restore few.dump "$pg$pa" --attest dump.key dump.json
exits 0 "a dump in PostgreSQL's own form"
run attest verify dump.json --key dump.key.pub --json
is "the statement names it" "$(json '[v["statement"]["predicateType"], v["statement"]["subject"][0]["digest"]["sha256"], v["statement"]["predicate"]["dump"]["kind"]]')" \
    "['urn:yunjian:attestation:verify-restore:1', '$(sha256sum <few.dump | cut -d' ' -f1)', 'postgresql-custom']"
psql -q "$pg$pa" -c "UPDATE few SET c = 'other' WHERE ctid = (SELECT min(ctid) FROM few)"
run verify restore few.sql "$pg$pa" --json
exits 1 "one in SQL, with an owner that is not there; a row changed since"
is "it is found" "$(json '[v["operation"], [(f["status"], f["columns"]) for f in v["findings"]]]')" "['restore', [('changed', ['c'])]]"
{ cat few.sql; echo "COPY public.few FROM PROGRAM 'touch $tmp/here; echo not rows';"; } >hostile.sql
chmod 777 "$tmp" # what would keep it out is not that folder's mode
run verify restore hostile.sql "$pg$pa"
exits 1 "a dump with commands for the machine is not restored"
hasnt "they are not quoted" "$out$err" "not rows"
is "and do not reach it" "$([ -e here ] && echo there)" "$(python3 -c 'import ctypes; print("there" if ctypes.CDLL(None).syscall(444, None, 0, 1) < 1 else "")')"
run verify restore few.sql not-a-database
exits 3 "a dump is no archive"
head -c 2000 few.sql >cut.sql
echo 'broken;' >>cut.sql
run verify restore cut.sql "$pg$pa" --attest dump.key cut.json
exits 1 "one that breaks off"
run attest verify cut.json --key dump.key.pub --json
is "is stated, too" "$(json '[(p["fine"], p["restored"], p["schema"]["unreadable"] > 0, p["coverage"]["covered"]) for p in [v["statement"]["predicate"]]], [s["name"][-8:] for s in v["statement"]["subject"]]')" \
    "([(False, False, True, ['restores-without-an-error'])], ['/cut.sql'])"
pg_dump -Fd -f few.folder "$pg$pa"
run verify restore few.folder "$pg$pa" --json
exits 0 "a dump as a folder"
is "its digest is that of its lines" "$(json 'v["dump"]["digest"]["sha256"]')" "$(cd few.folder && sha256sum -- * | sha256sum | cut -d' ' -f1)"

mariadb-dump --no-defaults -uroot -S "$mdb/s" --routines a >maria.sql
MYSQL_PWD='se\c:ret' run verify restore maria.sql $my/a --json
exits 0 "a dump of MariaDB"
is "its tables are compared" "$(json '[(t["name"], t["counts"]["matched"]) for t in v["tables"]], v["dump"]["kind"]')" "([('few', 3), ('t', 12000)], 'mysql-plain')"
mariadb-dump --no-defaults -uroot -S "$mdb/s" --databases a >named.sql
sql a -e "UPDATE few SET amount = 1 WHERE id = 2"
run verify restore named.sql $my/a --json --password-file pass
is "one that names its database; a row changed since" "$rc $(json '[(f["status"], f["key"]) for f in v["findings"]]')" "1 [('changed', ['2'])]"
mariadb-dump --no-defaults -uroot -S "$mdb/s" --databases a b >two.sql
run verify restore two.sql $my/a --password-file pass
exits 3 "one of two databases"
{ sed 1d named.sql; printf '%s\n' "\\! touch $tmp/out" "SELECT 'not rows' INTO OUTFILE '$tmp/out2';"; } >hostile.sql
run verify restore hostile.sql $my/a --password-file pass
exits 1 "one with commands for the machine"
is "does not reach it" "$([ -e out ] || [ -e out2 ] && echo there)" "$(python3 -c 'import ctypes; print("there" if ctypes.CDLL(None).syscall(444, None, 0, 1) < 1 else "")')"

sqlite3 p.db .dump >p.sql
run verify restore p.sql sqlite:p.db --json
exits 0 "a dump of SQLite"
cp p.db p2.db
run verify restore p2.db sqlite:p.db --json
is "a file of SQLite is its own dump" "$rc $(json 'v["dump"]["kind"], v["dump"]["digest"]["sha256"]')" "0 ('sqlite-file', '$(sha256sum <p.db | cut -d' ' -f1)')"
python3 -c 'd = bytearray(open("p.db", "rb").read()); d[-2000:] = bytes(2000); open("p2.db", "wb").write(d)'
run verify restore p2.db sqlite:p.db
exits 1 "one whose pages are damaged"
: >p2.db-wal
run verify restore p2.db sqlite:p.db
exits 3 "one with its log beside it"
sed '2a.shell touch out3' p.sql >hostile.sql
run verify restore hostile.sql sqlite:p.db
is "one with commands for the machine" "$rc $([ -e out3 ] && echo there)" "1 "
{ cat few.sql; printf '%s\n' '\! touch started' 'SELECT pg_sleep(3600);'; } >slow.sql
"$YUNJIAN" verify restore slow.sql "$pg$pa" >said 2>&1 &
slow=$!
pids+=("$slow")
home=
while [ -z "$home" ] && kill -0 "$slow" 2>/dev/null; do
    for d in $(private); do [ -e "$d/db/started" ] && grep -qs "$d" /proc/[0-9]*/cmdline && home=$d; done
    sleep 0.05
done
is "it runs in a place of its own" "$([ -n "$home" ] && echo yes; cat said)" yes
kill -TERM "$slow"
wait "$slow" 2>/dev/null
while [ -e "$home" ] || cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -qF "$home/db/data"; do sleep 0.05; done
is "and leaves nothing when it is stopped" "$(ls -d "$home" 2>/dev/null)" ""
finish

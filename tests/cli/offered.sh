#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What packs/sf-cloud lets a provider and a regulator offer, from its entry to the client's verdict. Many records
# go through few programs: each start reads the whole pack.
. "$(dirname "$0")/tap.sh"

day=2026-03-02
as() { # INSTITUTION ARG...
    local who=$1
    shift
    run "$@" --institution "$who" --lang en
}
tie() { # INVITATION KIND KEY INSTITUTION
    as a exchange invite "number=$1" "party_kind=$2" "party=$3" contact=x sent_on=$day expires_on=2026-12-31 --json
    json 'v["code"]' >code.txt
    as "$4" exchange accept code.txt
    exits 0 "$4 is tied"
}
take() { # INSTITUTION KIND [FIELD=VALUE...]: what waits of the kind
    local who=$1 kind=$2 id
    shift 2
    id=$(python3 -c 'import json, sys; print(next(x["offer"] for x in json.load(open("waiting.json"))["offers"] if x["offered"] == sys.argv[1]))' "$kind")
    as a exchange take "$who" "$id" "$@"
    exits 0 "taken: $kind"
}
verdicts() { # [OPTION...]: statuses of certificate, alerts, risks, incidents
    run status --institution a --all --json "$@"
    json '" ".join(next((x["status"] for x in v["verdicts"] if x["requirement"] == r), "none") for r in ("6.4.1-10", "7.4.3-8", "7.4.3-9", "7.4.3-15"))'
}

run init data --simulated-clock ${day}T09:00:00+08:00
run institution add --code a --name 甲
run institution add --code p --name 云商 type=provider
run institution add --code r --name 监管局 type=regulator
mkdir a p r
printf 'number,name\n1,查验人\n' >a/person.csv
printf 'name,hosting_since\n云商,2020-01-01\n' >a/provider.csv
printf 'name\n监管局\n' >a/supervisor.csv
as a import a
exits 0 "the client's register"
tie I-1 provider 云商 p
tie I-2 supervisor 监管局 r

# --- offered
file=$(printf x | sha256sum | cut -d' ' -f1)
printf 'title,digest,source\n扫描件,%s,third_party\n' "$file" >p/evidence.csv
printf 'name\n自己\n' >p/provider.csv
printf 'provider,name,model,service_models\n自己,一号,public,iaas\n' >p/platform.csv
printf 'number,provider,scheme,issued_on,valid_from,valid_until,evidence\nC-1,自己,iso27001_2022,2025-06-01,2025-06-01,2028-05-31,%s\n' \
    "$file" >p/certificate.csv
printf 'number,title,platform,detected_on,detected_time,reported_on,reported_time\nE-1,断电,自己 / 一号,2026-03-01,9:00,2026-03-01,21:00\n' \
    >p/incident.csv
printf 'platform,number,title,found_on,notified_on,evidence\n自己 / 一号,R-1,漏洞,2026-03-01,2026-03-02,%s\n' "$file" >p/risk_notice.csv
printf 'platform,subcontractor,service,type,requested_on\n自己 / 一号,丙,备份,outsourcing,2026-03-01\n' >p/subcontracting.csv
cat >p/offer.csv <<'E'
about_kind,about
platform,自己 / 一号
certificate,C-1
incident,E-1
risk_notice,自己 / 一号 / R-1
subcontracting,自己 / 一号 / 丙 / 备份
E
as p import p
exits 0 "what the provider offers"
printf 'number,title,severity,issued_on,respond_by,demand\nW-1,勒索,high,2026-03-02,2026-03-05,排查\n' >r/warning.csv
printf 'number,title,asked_on,due_on\nS-1,报送材料,2026-03-02,2026-03-20\n' >r/supervisory_request.csv
printf 'about_kind,about\nwarning,W-1\nsupervisory_request,S-1\n' >r/offer.csv
as r import r
exits 0 "and the regulator"
as p exchange waiting --json
is "the provider is told nothing of a warning" "$(json 'v["offers"]')" "[]"
as a exchange waiting --json
cp "$tmp/.out" waiting.json
is "the client sees all of it" "$(json 'sorted(x["offered"] for x in v["offers"])')" \
    "['certificate', 'incident', 'platform', 'risk_notice', 'subcontracting', 'supervisory_request', 'warning']"
is "with the days by which something is to be done" "$(json 'sorted(x["due_on"] for x in v["offers"] if x["due_on"])')" \
    "['2026-03-05', '2026-03-20']"

# --- taken
here='云商 / 一号'
take p platform
is "a platform, of which nothing else is known" "$(verdicts)" "unmet not_applicable not_applicable not_applicable"
take p certificate "platforms=$here"
take p incident
take p risk_notice
take p subcontracting
take r warning "platform=$here"
take r supervisory_request
is "a certificate that nobody has checked, a warning with time left, a risk told in time, an incident told late" \
    "$(verdicts)" "unknown met met unmet"
as a put certificate checked_by=1 --id C-1
as a get alert "$here / W-1"
has "a warning has become an alert of the regulator's" "$out" "industry's regulator"
as a get subcontracting "$here / 丙 / 备份"
has "what wants consent is asked for" "$out" "Outsourcing"
as p exchange addressed --kind subcontracting --json
is "and the provider will see what comes of it" "$(json 'v["items"][0]["fields"]["subcontractor"]')" 丙
as p move certificate C-1 suspend
is "checked by the client, the certificate counts, as long as it has taken no other; the warning's clock has run out" \
    "$(verdicts --clock 2026-03-07T09:00:00+08:00)" "met unmet met unmet"
take p certificate
is "then it counts no more" "$(verdicts)" "unmet unmet met unmet"
as a get certificate C-1
has "what the client has checked stands as before" "$out" "查验人"

# --- and told
as p exchange offers --json
is "the provider sees what was taken" "$(json 'sorted((x["about"]["kind"], x["clients"][0]["outcome"]) for x in v["items"])')" \
    "[('certificate', 'taken'), ('incident', 'taken'), ('platform', 'taken'), ('risk_notice', 'taken'), ('subcontracting', 'taken')]"
as p put warning number=W-2 title=x issued_on=2026-03-07 respond_by=2026-03-09
as p put offer about_kind=warning about=W-2
exits 3 "a provider warns nobody"
run ledger verify
exits 0 "every ledger verifies"

finish

// SPDX-License-Identifier: Apache-2.0
/* The shapes that record/present.c and the handlers of this folder write. A test holds every live answer
 * against them. */
#include "api/schemas.h"
#include <assert.h>

#define STATUS "(unmet|unknown|met|not_applicable)"
#define VERDICT                                                                                              \
    "requirement:s subject:RecordRef status:" STATUS " reason:Text code:s proof:[RecordRef] strength:i "     \
    "since:s due:s? risk_accepted:RiskAccepted? remediations:[Remediation]"
#define ENTRY                                                                                                \
    "seq:i time:s op:s by:RecordRef? operator:b for:RecordRef? record:RecordRef? kind:s? version:i? "        \
    "state:s? "                                                                                              \
    "transition:s? batch:{number:i state:(open|closed|undone)}? "                                            \
    "changes:[{field:s label:Text? from:* to:*}] verdicts:i? "                                               \
    "reading:{inspector:{id:s name:s} regulator:{id:s code:s name:s} from:s until:s count:i more:i}? "       \
    "erased:b digest:s"
#define DOCUMENT "format:(pdf|docx|text) pages:i? scan:b truncated:b characters:i"
#define JOB                                                                                                  \
    "id:s work:s label:Text? state:(waiting|queued|running|done|failed|cancelled) by:RecordRef? operator:b " \
    "witness:RecordRef? confirmed:s? done:i "                                                                \
    "total:i? files:{done:i total:i?}? created:s started:s? heard:s? ended:s? attempts:i cancelling:b "      \
    "input:o "                                                                                               \
    "error:{code:s message:Text}?"
#define ACCOUNT                                                                                              \
    "id:s name:s locked:b break_glass:b has_password:b has_totp:b recovery_left:i created:s "                \
    "password_set:s? "                                                                                       \
    "last_sign_in:s?"
#define COUNTS                                                                                               \
    "total:i counts:{unmet:i unknown:i met:i not_applicable:i} "                                             \
    "remediation:{open:i overdue:i none:i}"

#define NEWS                                                                                                 \
    "(due|overdue|worse|better|waits|named|job|emergency|guessed|tried|addressed|answered|offered|taken|"    \
    "tied|read)"
#define PACE "(once|daily|weekly)"
#define PREFERENCE "pace:" PACE " hour:i weekday:i quiet_from:i quiet_until:i lang:(zh|en)"
#define WAYS "(mail|wecom|dingtalk|feishu|webhook)"
#define TALLY "met:i unmet:i unknown:i not_yet:i not_applicable:i accepted:i binding_unmet:i"

const yj_schema yj_schemas[] = {
    { "Text", "zh:s? en:s?" },
    { "Error", "error:{code:s message:s messages:Text request_id:s field?:s changed?:[s] misses?:[Miss] "
               "problems?:[ImportProblem]}" },
    { "Health", "status:(ok) time:s simulated_clock:b ledgers?:i queue_depth?:i judge_lag_ms?:i" },

    { "Named", "id:s label:Text? binding?:b" },
    { "Pack", "name:s edition:s? title:Text? note?:Text? digest:s" },
    { "Packs", "items:[Pack] digest:s models:[Named] stages:[Named] actors:[Named] forces:[Named] "
               "clauses:[Named]" },
    { "Option", "id:s label:Text? made_for?:[s]" },
    { "KindField", "name:s type:(text|longtext|integer|decimal|date|bool|choice|ref) required:b list:b "
                   "label:Text? help:Text? max?:* min?:* scale?:i options?:[Option] to?:s after?:s "
                   "differs_from?:s kind_from?:s names?:(requirement) by_system?:b "
                   "clock?:b" },
    { "KindState", "id:s label:Text? stage:s? final:b" },
    { "KindTransition", "id:s from:[s] to:s label:Text? help?:Text? gated:b addressee?:b" },
    { "Kind", "kind:s label:Text? help:Text? pack:s scope:(installation|institution) key:[s] name_field:s "
              "fields:[KindField] states:[KindState] initial:s transitions:[KindTransition] "
              "strength:{field:s of:[{option:s strength:i}] signed?:{options:[s] otherwise:i key:s type:s "
              "accepted:s}}? "
              "awaits:[{by:s? came:s}] "
              "lists:[{id:s label:Text? heads:[s] asked:[s] digest:{of:s field:s}? "
              "leave_out:[{column:s values:[s]}] fields:[{field:s from:[s] last_part:b "
              "values:[{from:s to:s}] otherwise:s?}]}] "
              "keys?:{types:s from:s until:s revoked_from:s trusted:s revoked:s} "
              "offered?:{by:[s] as:s fields:[s] set:o on:s? told:[s]} party?:{type:s reads:b}" },
    { "Kinds", "items:[Kind]" },
    { "Requirement",
      "id:s clause:s actor:s force:s binding:b models:[s] stage:s subject:s title:Text? zh:s? "
      "en:s? guidance:Text? erratum:Text? statements:Text? with:o settings:Text? rule:s reads:[s] pack:s" },
    { "Requirements", "items:[Requirement] total:i" },
    { "Gates", "items:[{kind:s transition:s label:Text? requirements:[s] least_strength:i}]" },

    { "Account", ACCOUNT },
    { "Session", "sign_in:b set_up_needed:b stage:(none|second|full) name:s? account:Account? csrf:s? "
                 "persons:[{institution:{id:s code:s name:s}? person:RecordRef operator:b administers:b}] "
                 "lapsed:[{institution:{id:s code:s name:s}? person:RecordRef}] enrol:b "
                 "recovery_left:i inspects:i proved:s? ends:s?" },
    { "SignIn", "name:s password:s" },
    { "Code", "code:s" },
    { "SignInProviders", "items:[{id:s kind:(oidc|ldap) label:s}]" },
    { "SignInDirectory", "provider:s name:s password:s" },
    { "OidcBegin", "provider:s back?:s" },
    { "OidcBegun", "url:s" },
    { "Providers",
      "items:[{id:s kind:(oidc|ldap) label:s enabled:b settings:o has_secret:b created:s changed:s?}]" },
    { "ProviderNew", "kind:(oidc|ldap) label:s settings:o secret?:s enabled?:b" },
    { "ProviderMade", "id:s" },
    { "ProviderEdit", "label?:s settings?:o secret?:s enabled?:b" },
    { "Identities", "items:[{provider:s subject:s login:s linked:s? used:s?}]" },
    { "OwnIdentities",
      "items:[{provider:{id:s kind?:(oidc|ldap) label?:s enabled?:b} subject:s login:s linked:s? used:s?}]" },
    { "LinkBegin", "provider:s" },
    { "OidcAnswer", "code?:s state?:s iss?:s error?:s" },
    { "ProviderCheck", "works:b why:Text?" },
    { "IdentityLink", "provider:s subject?:s login?:s" },
    { "Prove", "password?:s code?:s" },
    { "SetUpLook", "secret:s" },
    { "SetUpFor", "name:s first:b expires:s" },
    { "SetUp", "secret:s password:s name?:s" },
    { "Sessions", "items:[{id:s current:b created:s seen:s ends:s network:s agent:s}]" },
    { "SessionsEnded", "ended:i" },
    { "PasswordChange", "old:s new:s" },
    { "TotpSecret", "secret:s uri:s pending:s" },
    { "TotpConfirm", "pending:s code:s" },
    { "Recovery", "recovery:[s]" },
    { "Tokens", "items:[{id:s name:s write:b calendar:b kinds:[s] institution:{id:s code:s name:s}? "
                "person:RecordRef created:s "
                "expires:s used:s? revoked:s?}]" },
    { "TokenNew", "name:s write?:b kinds?:[s] calendar?:b institution?:s? person:s expires:s" },
    { "TokenMade", "token:s id:s" },
    { "Accounts", "items:[{" ACCOUNT " persons:[RecordRef] elsewhere:b}] next:s?" },
    { "AccountNew", "name:s person:s break_glass?:b" },
    { "OneTimeSecret", "secret:s expires:s" },
    { "AccountMade", "account:Account set_up:OneTimeSecret" },
    { "AccountPerson", "person:s" },
    { "AccountLock", "locked:b" },

    { "Institution", "id:s code:s name:s origin:s size:i" },
    { "Institutions", "items:[Institution] inspected:[{institution:{id:s code:s name:s} scope:s since:s "
                      "until:s regulator:s person:s}]" },
    { "InstitutionOpen", "fields:@institution.fields" },

    { "RecordRef", "kind:s id:s? name:s erased?:b" },
    { "DryRun", "dry_run:b version:i unchanged:b" },
    { "Version",
      "seq:i time:s by:s for:s? op:s version:i state:s changes:[{field:s from:* to:*}] erased?:b" },
    { "History", "kind:s id:s items:[Version]" },
    { "Referrers", "items:[{kind:s id:s name:s state:s field:s}] total:i" },
    { "Miss", "requirement:s subject:RecordRef status:" STATUS " reason:Text code?:s proof?:[RecordRef] "
              "strength?:i since?:s due?:s? risk_accepted?:RiskAccepted? remediations?:[Remediation] "
              "title:Text what_to_do:Text? "
              "too_weak:b" },
    { "RecordGates", "state:s items:[{transition:s to:s label:Text? gated:b open:b misses:[Miss] "
                     "refused?:Text}]" },
    { "Counts", "total:i by:[{field:s values:[{value:s? count:i}] rest:i}]" },
    { "Names", "items:[RecordRef]" },
    { "Search", "items:[{kind:s id:s name:s field?:s state:s}]" },

    { "May", "allowed:b why:Text? who:[RecordRef] for:RecordRef?" },
    { "MayRecord", "person:RecordRef? operator:b kind:s create:May change:May? "
                   "transitions:[{transition:s allowed:b why:Text? who:[RecordRef] for:RecordRef?}]" },
    { "MayKinds", "items:[{kind:s create:b}]" },

    { "CodeGiven", "code:s" },
    { "CodeDeclined", "code:s reason:s" },
    { "InvitationCode", "code:s" },
    { "InvitationSeen", "invitation:s client:{id:s code:s name:s} type:s? expires_on:s" },
    { "Accepted", "link:s invitation:s" },
    { "Ties", "items:[{side:(client|party) institution:{id:s code:s name:s} invitation:s link:s "
              "record:{kind:s id:s name:s}?}]" },
    { "Addressed", "client:{id:s code:s name:s} kind:s id:s state:s version:i time:s "
                   "stand:(todo|again|waiting|settled|told) overdue:b due:{on:s awaits:s days:i}? fields:o" },
    { "Figure", "n:i more:b" },
    { "AddressedCounts",
      "stands:{open:Figure overdue:Figure todo:Figure again:Figure waiting:Figure settled:Figure "
      "told:Figure} total:Figure clients:[{client:s n:i}]? kinds:[{kind:s n:i?}] limit:i" },
    { "AddressedMay",
      "why:Text? items:[{transition:s allowed:b why:Text? side:(client|party)? who:[RecordRef]}]" },
    { "AnswerTaken", "version:i about?:{id:s version:i}?" },
    { "AnswerDeclined", "version:i reason:s" },
    { "AnswersWaiting",
      "items:[{institution:{id:s code:s name:s} answer:s version:i about:{kind:s id:s name:s version:i} "
      "transition:s moves:b changes:[{field:s from:* to:*}] evidence:[{name:s digest:s?}]}] more:b" },
    { "OfferTaken", "version:i about?:{id:s version:i}? fields?:*" },
    { "OfferLooked", "fields?:*" },
    { "OfferWaiting", "institution:{id:s code:s name:s} offer:s version:i offered:s kind:s name:s "
                      "about:{kind:s id:s name:s version:i}? transition:s? changes:[{field:s from:* to:*}] "
                      "choose:[s] evidence:[{name:s digest:s?}] due_on:s?" },
    { "OffersWaiting", "items:[OfferWaiting] more:b" },
    { "Offers",
      "items:[{offer:s state:s about:{kind:s id:s name:s}? version:i to_all:b due_on:s? "
      "counts:{waiting:i declined:i taken:i handled:i} "
      "clients:[{institution:{id:s code:s name:s} link:s outcome:(waiting|declined|taken|handled) current:b "
      "on:s? reason:s? record:{id:s state:s fields:o}?}]}] next:s?" },
    { "AddressedList", "items:[Addressed] next:s?" },

    { "Supervised",
      "items:[{institution:{id:s code:s name:s} tie:{link:s since:s} scope:{id:s since:s until:s}? "
      "standing:{met:i unmet:i unknown:i not_applicable:i accepted:i}? must_unmet:i? overdue:i? "
      "judged_at:s?}] next:s?" },
    { "Readings",
      "items:[{seq:i kind:s from:s? until:s? inspector:{id:s name:s}? "
      "regulator:{id:s code:s name:s}? count:i? more:i? read:[{id:s name:s? times:i}]}] next:i?" },
    { "Inspectors", "items:[{regulator:{id:s code:s name:s} inspector:{name:s} since:s until:s basis:s}]" },

    { "RiskAccepted", "kind:s id:s until:s?" },
    { "Remediation", "kind:s id:s name:s responsible:RecordRef? due:s? overdue:b" },
    { "Verdict", VERDICT },
    { "Verdicts", "items:[Verdict] " COUNTS " limit:i offset:i" },
    { "Status", "pack:[Pack] as_of:s rejudged:b checkpoint:s? simulated_clock:b "
                "institution:{id:s name:s origin:s entries:i} start?:Start verdicts:[Verdict] " COUNTS },
    { "StandingUnit", "kind:s id:s name:s state:s stage:s? model:s? worst:" STATUS " " TALLY },
    { "StandingCell", "unit:i? group:i " TALLY " overdue:i open:i" },
    { "Standing", "as_of:s day:s unit_kind:s? units:[StandingUnit] groups:[{id:s label:Text}] "
                  "cells:[StandingCell] totals:{" TALLY "} strength:[i] "
                  "remediation:{open:i overdue:i none:i}" },
    { "StandingRequirements", "as_of:s day:s items:[{requirement:s " TALLY " strength:[i]}]" },
    { "VerdictSaid", "status:" STATUS " code:s reason:Text strength:i proof:[RecordRef] since:s due:s?" },
    { "VerdictChange", "seq:i time:s day:s subject:RecordRef from:VerdictSaid? to:VerdictSaid? "
                       "cause:{entries:[{seq:i time:s op:s record:RecordRef}] more:b lapsed:b packs:b} "
                       "judged:{from:i? upto:i}" },
    { "RequirementHistory", "requirement:s items:[VerdictChange] total:i limit:i offset:i" },
    { "Trend", "points:[{day:s " TALLY "}]" },
    { "Start", "items:[{kind:s label:Text why:Text entered:b requirements:i}] next:s?" },
    { "Due", "today:s until:s items:[{" VERDICT " day:s overdue:b remediation:Remediation?}]" },
    { "Explanation",
      "rejudged:b requirement:Requirement verdict:Verdict values:o facts:[o] what_to_do:Text?" },

    { "ImportProblem", "file:s line:i row:i column:i field:s message:Text misses?:[Miss]" },
    { "ImportReport", "dry_run:b rows:i created:i changed:i unchanged:i moved:i left_out:i batch:i" },
    { "Entries", "items:[{" ENTRY "}] next:i? size:i" },
    { "EntryWhole", ENTRY " body:* salt:s? body_digest:s leaf:s checkpoint:{size:i time:s}?" },
    { "JobOrder", "work:s expected?:PlacePath found?:PlacePath hash?:(sha256|sha512|sm3) where?:PlacePath "
                  "inventory?:(csv|xlsx|jsonl) rules?:PlacePath title?:s "
                  "medium?:s record?:s serial?:s destination?:(reuse|return|scrap) sample?:i" },
    { "PlacePath", "place:s path?:s" },
    { "Instruments", "places:[s] media:[{name:s type:s? model:s? bytes:i? problem:Text?}] "
                     "works:[{work:s label:Text allowed:b why:Text? witness:{allowed:b why:Text?}? "
                     "record:s?}] key:{algorithm:(ed25519|sm2) "
                     "id:s pem:s}?" },
    { "Job", JOB " result:*" },
    { "Jobs", "items:[{" JOB "}] next:s?" },
    { "Notice", "id:s news:" NEWS " count:i time:s read:b done:b subject:RecordRef? requirement:s? day:s? "
                "was:s? status:s? detail:s? for:{id:s name:s}? institution:{id:s name:s}? title:Text" },
    { "Inbox", "items:[Notice] next:s? unread:i open:i" },
    { "InboxCounts", "unread:i open:i" },
    { "InboxMarks", "mark:(read|unread|done|open) ids?:[s]" },
    { "Preference", "own:b relay:b channels:b mail:b " PREFERENCE },
    { "PreferenceWanted",
      "mail?:b pace?:" PACE " hour?:i weekday?:i quiet_from?:i quiet_until?:i lang?:(zh|en)" },
    { "Channel", "id:s kind:" WAYS " name:s active:b inherited:b page:s? host:s? port:i? "
                 "security:s? user:s? from:s? base:s? markdown:b news:[s] key_set:b secret_set:b paused:s? "
                 "failures:i tried:s? sent:s? waiting:i refused:i error:{code:s message:Text}?" },
    { "Channels", "items:[Channel]" },
    { "ChannelWanted",
      "kind?:" WAYS " name?:s active?:b page?:s? host?:s? port?:i security?:(none|starttls|tls) "
      "user?:s? from?:s? base?:s? markdown?:b news?:[s] key?:s? secret?:s?" },
    { "ChannelTest", "to?:s" },
    { "ChannelTested", "outcome:(accepted|later|refused) error:{code:s message:Text}?" },
    { "Deliveries",
      "items:[{id:s person:s cause:s channel:s state:(waiting|sent|refused|erased) decided:s due:s? "
      "tried:s? ended:s? attempts:i message_id:s error:{code:s message:Text}?}] next:s?" },
    { "Ledgers", "items:[{installation:b institution:s origin:s crypto:s size:i}]" },
    { "DocumentText", DOCUMENT " passages:[{page:i? paragraph:i text:s}]" },
    { "PassagesWanted", "wanted:[{id:s words:[s]}] per?:i" },
    { "LikelyPassages",
      DOCUMENT " items:[{id:s passages:[{page:i? paragraph:i text:s score:n matches:[[i]]}]}]" },
    { "Blob", "digest?:s size?:i sm3?:s upload?:s location?:s" },
    { "EvidenceCheck", "digest:s size:i matches:b checked:s" },
};
const size_t yj_schema_count = YJ_COUNT(yj_schemas);

#define OPEN_RECORD "fields:o id:s kind:s op:s state:s version:i seq:i time:s by:s for:s? name:s erased?:b"

const yj_schema yj_open_schemas[] = {
    { "kind.record", OPEN_RECORD },
    { "kind.list", "items:[{" OPEN_RECORD "}] next:s? total:i" },
    { "kind.create", "fields:o state?:s" },
    { "kind.change", "fields:o" },
    { "kind.move", "transition:s fields?:o" },
    { "institution.fields", "code:s name:s" },
};
const size_t yj_open_schema_count = YJ_COUNT(yj_open_schemas);

/* --- the notation -----------------------------------------------------------------------------------------
 */

#define MEMBERS_MAX 32

static const char *write_type(const char *at, yj_jw *w);

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static size_t word_len(const char *at)
{
    size_t n = 0;
    while (word_char(at[n]))
        n++;
    assert(n > 0);
    return n;
}

/* Up to the end of the text or a closing brace. */
static const char *write_members(const char *at, yj_jw *w)
{
    yj_span required[MEMBERS_MAX];
    size_t count = 0;
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "object");
    yj_jw_key(w, "properties");
    yj_jw_object(w);
    while (*at && *at != '}') {
        char name[64];
        size_t n = word_len(at);
        assert(n < sizeof name);
        memcpy(name, at, n);
        name[n] = '\0';
        if (at[n] != '?') {
            assert(count < MEMBERS_MAX);
            required[count++] = (yj_span){ at, n };
        }
        at += n + (at[n] == '?');
        assert(*at == ':');
        yj_jw_key(w, name);
        at = write_type(at + 1, w);
        at += *at == ' ';
    }
    yj_jw_end_object(w);
    yj_jw_key(w, "required");
    yj_jw_array(w);
    for (size_t i = 0; i < count; i++)
        yj_jw_span(w, required[i]);
    yj_jw_end_array(w);
    yj_jw_kbool(w, "additionalProperties", false);
    yj_jw_end_object(w);
    return at;
}

static const char *write_plain(const char *at, yj_jw *w)
{
    static const struct {
        char c;
        const char *json;
    } basic[] = { { 's', "{\"type\":\"string\"}" }, { 'i', "{\"type\":\"integer\"}" },
                  { 'n', "{\"type\":\"number\"}" }, { 'b', "{\"type\":\"boolean\"}" },
                  { 'o', "{\"type\":\"object\"}" }, { '*', "{}" } };
    for (size_t i = 0; i < YJ_COUNT(basic); i++) {
        if (*at == basic[i].c && !word_char(at[1])) {
            yj_jw_raw(w, yj_span_of(basic[i].json));
            return at + 1;
        }
    }
    at += *at == '@';
    size_t n = word_len(at);
    char ref[128] = "#/components/schemas/";
    size_t len = strlen(ref);
    assert(len + n < sizeof ref);
    memcpy(ref + len, at, n);
    ref[len + n] = '\0';
    yj_jw_object(w);
    yj_jw_kstr(w, "$ref", ref);
    yj_jw_end_object(w);
    return at + n;
}

static const char *write_enum(const char *at, yj_jw *w)
{
    yj_jw_object(w);
    yj_jw_kstr(w, "type", "string");
    yj_jw_key(w, "enum");
    yj_jw_array(w);
    while (*at != ')') {
        size_t n = word_len(at);
        yj_jw_span(w, (yj_span){ at, n });
        at += n + (at[n] == '|');
    }
    yj_jw_end_array(w);
    yj_jw_end_object(w);
    return at + 1;
}

static const char *write_one(const char *at, yj_jw *w)
{
    if (*at == '(')
        return write_enum(at + 1, w);
    if (*at == '[') {
        yj_jw_object(w);
        yj_jw_kstr(w, "type", "array");
        yj_jw_key(w, "items");
        at = write_type(at + 1, w);
        yj_jw_end_object(w);
        assert(*at == ']');
        return at + 1;
    }
    if (*at == '{') {
        at = write_members(at + 1, w);
        assert(*at == '}');
        return at + 1;
    }
    return write_plain(at, w);
}

/* Is the type that begins here followed by '?' ? */
static bool nullable(const char *at)
{
    int depth = 0;
    for (; *at; at++) {
        depth += *at == '{' || *at == '[' || *at == '(' ? 1 : 0;
        depth -= *at == '}' || *at == ']' || *at == ')' ? 1 : 0;
        if (depth < 0 || (depth == 0 && *at == ' '))
            return false;
        if (depth == 0 && *at == '?')
            return true;
    }
    return false;
}

static const char *write_type(const char *at, yj_jw *w)
{
    if (!nullable(at))
        return write_one(at, w);
    yj_jw_object(w);
    yj_jw_key(w, "anyOf");
    yj_jw_array(w);
    at = write_one(at, w);
    yj_jw_raw(w, YJ_SPAN("{\"type\":\"null\"}"));
    yj_jw_end_array(w);
    yj_jw_end_object(w);
    assert(*at == '?');
    return at + 1;
}

void yj_schema_write(const char *members, yj_jw *w)
{
    const char *end = write_members(members, w);
    assert(*end == '\0');
    (void)end;
}

-- rule: change_notified
-- subject: change
-- params: [model, days]
-- reasons:
--   late:
--     zh: 重大变更“{change}”（{number}）于 {day} 生效，受托方应不晚于 {until} 告知，实际为 {notified_on}。请要求受托方改进，并登记由此提出的整改。
--     en: 'Major change "{change}" ({number}) takes effect on {day}; the provider was to tell the client by {until} and did so on {notified_on}. Require it to do better and enter the finding raised.'
--   not_told:
--     zh: 重大变更“{change}”（{number}）于 {day} 生效，受托方应不晚于 {until} 告知，至今没有告知的记录。请要求受托方说明，并登记由此提出的整改。
--     en: 'Major change "{change}" ({number}) takes effect on {day}; the provider was to tell the client by {until}, and no notice is on record. Have it explain and enter the finding raised.'
--   undated:
--     zh: 重大变更“{change}”（{number}）没有填写生效日期，无法判断告知是否及时。请补填。
--     en: 'Major change "{change}" ({number}) has no effective date, so whether it was notified in time cannot be told. Enter it.'
--   waiting:
--     zh: 重大变更“{change}”（{number}）于 {day} 生效，受托方应不晚于 {until} 书面告知。
--     en: 'Major change "{change}" ({number}) takes effect on {day}; the provider is to give notice by {until}.'
--   other_model:
--     zh: 变更“{change}”（{number}）所在平台不是本条适用的部署模式。
--     en: 'Change "{change}" ({number}) is on a platform of another model.'
--   ordinary:
--     zh: 变更“{change}”（{number}）不是重大变更，本条不适用。
--     en: 'Change "{change}" ({number}) is not a major one; the requirement does not apply.'
--   corrected:
--     zh: 重大变更“{change}”（{number}）告知不及时，由此提出的整改“{finding}”已由第二人复核通过。
--     en: 'Notice of major change "{change}" ({number}) was late; finding "{finding}", raised from that, is verified by a second person.'
--   told:
--     zh: 受托方已于 {notified_on} 告知重大变更“{change}”（{number}），早于 {day} 生效前应告知的最后一日 {until} 或在当日。
--     en: 'The provider told the client of major change "{change}" ({number}) on {notified_on}, not after {until}, the last day for a change effective on {day}.'
WITH base AS (
    SELECT h.id AS subject, h.title, h.number, h.state, h.scale, h.effective_on, h.notified_on, h.finding,
           p.model,
           yj_add_days(h.effective_on,
                       0 - coalesce((SELECT max(s.change_notice_days) FROM deployment d JOIN sla s ON s.contract = d.contract
                                 WHERE d.platform = h.platform AND s.state = 'signed'
                                   AND d.state IN ('operating', 'exiting')), :days)) AS until
    FROM subject x JOIN change h ON h.id = x.id JOIN platform p ON p.id = h.platform
), held AS MATERIALIZED (
    SELECT b.subject, b.title, b.number, b.effective_on, b.notified_on, b.until, f.title AS finding,
           CASE WHEN b.model <> :model THEN 'other_model'
                WHEN b.scale <> 'major'
                     AND NOT EXISTS (SELECT 1 FROM change_affects a
                                     WHERE a.id = b.subject AND a.value IN ('protection_level', 'security_policy',
                                                                      'isolation', 'location', 'continuity'))
                THEN 'ordinary'
                WHEN f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'corrected'
                WHEN b.effective_on IS NULL THEN 'undated'
                WHEN b.notified_on <= b.until AND b.notified_on <= yj_today() THEN 'told'
                WHEN b.until >= yj_today() THEN 'waiting'
                WHEN b.notified_on IS NULL THEN 'not_told'
                ELSE 'late' END AS reason
    FROM base b LEFT JOIN finding f ON f.id = b.finding
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('told', 'corrected') THEN 'met'
            WHEN o.reason IN ('other_model', 'ordinary') THEN 'not_applicable'
            WHEN o.reason IN ('waiting', 'undated') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'waiting' AND o.notified_on <= o.until THEN yj_add_days(o.notified_on, -1)
            WHEN o.reason = 'waiting' THEN o.until END AS due,
       'change' AS proof_kind, o.subject AS proof,
       o.title AS v_change, o.number AS v_number, o.effective_on AS v_day, o.notified_on AS v_notified_on,
       o.until AS v_until, o.finding AS v_finding
FROM held o

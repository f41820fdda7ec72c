-- rule: risks_notified
-- subject: platform
-- params: [days]
-- reasons:
--   not_notified:
--     zh: 平台“{platform}”的受托方发现的风险没有按期通知委托方：{risk}（括号内为应通知的最后一日）。请要求说明，并登记由此提出的整改。
--     en: 'The provider of platform "{platform}" found risks to the client and has not told it by the last day (in brackets): {risk}. Have it explain and enter the finding raised.'
--   late:
--     zh: 平台“{platform}”的受托方通知风险逾期：{risk}（括号内为期限和通知日期）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'The provider of platform "{platform}" told the client of risks late (in brackets: last day, day of the notice): {risk}. Enter the finding raised; once a second person has verified it the requirement is met again.'
--   unproven:
--     zh: 平台“{platform}”的风险通知没有附通知原件：{risk}。请附上。
--     en: 'Notices of risks on platform "{platform}" are not attached: {risk}. Attach them.'
--   none_known:
--     zh: 没有登记平台“{platform}”的受托方发现的风险，本条暂不适用。请在运行监督评价时向受托方核实。
--     en: No risk found by the provider of platform "{platform}" is entered, so the requirement does not apply yet. Ask the provider in the next review.
--   waiting:
--     zh: 平台“{platform}”的受托方发现的风险尚未通知，期限未到：{risk}（括号内为应通知的最后一日）。
--     en: 'Risks that the provider of platform "{platform}" found are not notified yet, the last day (in brackets) has not passed: {risk}.'
--   notified:
--     zh: 平台“{platform}”的受托方已及时通知发现的风险：{risk}。
--     en: 'The provider of platform "{platform}" told the client in time of the risks it found: {risk}.'
WITH dated AS (
    SELECT x.id AS subject, n.id AS notice_id, n.title, n.notified_on, n.finding,
           yj_add_days(n.found_on, :days) AS until
    FROM subject x JOIN risk_notice n ON n.platform = x.id
), judged AS (
    SELECT d.subject, d.notice_id, d.title, d.notified_on, d.until,
           CASE WHEN d.notified_on IS NULL AND d.until >= yj_today() THEN 'waiting'
                WHEN (d.notified_on IS NULL OR d.notified_on > d.until)
                     AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = d.finding AND f.state = 'verified'
                                                             AND f.verified_by IS NOT NULL)
                THEN CASE WHEN d.notified_on IS NULL THEN 'not_notified' ELSE 'late' END
                WHEN NOT EXISTS (SELECT 1 FROM risk_notice_evidence e WHERE e.id = d.notice_id) THEN 'unproven'
                ELSE 'notified' END AS reason
    FROM dated d
), outcome AS (
    SELECT x.id AS subject, 'none_known' AS reason, CAST(NULL AS TEXT) AS notice_id, CAST(NULL AS TEXT) AS risk,
           CAST(NULL AS TEXT) AS due
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM dated d WHERE d.subject = x.id)
    UNION ALL
    SELECT j.subject, j.reason, j.notice_id,
           j.title || CASE WHEN j.reason IN ('not_notified', 'waiting') THEN ' (' || j.until || ')'
                           WHEN j.reason = 'late' THEN ' (' || j.until || ', ' || j.notified_on || ')'
                           ELSE '' END,
           CASE WHEN j.reason = 'waiting' THEN j.until END
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'notified' THEN 'met'
            WHEN o.reason = 'none_known' THEN 'not_applicable'
            WHEN o.reason IN ('unproven', 'waiting') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.notice_id IS NULL THEN 'platform' ELSE 'risk_notice' END AS proof_kind,
       coalesce(o.notice_id, o.subject) AS proof, p.name AS v_platform, o.risk AS v_risk
FROM outcome o JOIN platform p ON p.id = o.subject

-- rule: improvement_followed
-- subject: platform
-- params: [days]
-- reasons:
--   nothing_drawn:
--     zh: 平台“{platform}”上的突发事件恢复后已超过 {:days} 天，没有由此提出改进，也没有经第二人审核的无需改进的理由：{incident}。请提出整改，或写明理由并由第二人审核。
--     en: 'Incidents on platform "{platform}" recovered more than {:days} days ago without an improvement or a reason, confirmed by a second person, why none is needed: {incident}. Raise a finding, or give the reason and have it confirmed.'
--   overdue:
--     zh: 平台“{platform}”因事件或业务发展提出的改进逾期未完成：{finding}（括号内为期限）。请推动完成并由第二人复核。
--     en: 'Improvements on platform "{platform}", raised from incidents or needs of the business, are overdue: {finding} (dates in brackets). Have them done and verified by a second person.'
--   no_date:
--     zh: 平台“{platform}”因事件或业务发展提出的改进没有期限：{finding}。请填写要求日期和期限。
--     en: 'Improvements on platform "{platform}", raised from incidents or needs of the business, have no dates: {finding}. Enter when they were asked for and by when they are due.'
--   not_recovered:
--     zh: 平台“{platform}”上的突发事件已登记为恢复，但没有恢复日期：{incident}。请补填。
--     en: 'Incidents on platform "{platform}" are marked as recovered without a date: {incident}. Enter it.'
--   none:
--     zh: 平台“{platform}”没有突发事件，也没有因业务发展提出的改进，本条暂不适用。
--     en: Platform "{platform}" had no incident and no improvement was raised from a need of the business; the requirement does not apply yet.
--   under_way:
--     zh: 平台“{platform}”的改进正在进行，期限未到：{finding}（括号内为期限）。
--     en: 'Improvements on platform "{platform}" are under way and still have time: {finding} (dates in brackets).'
--   followed:
--     zh: 平台“{platform}”的突发事件均已总结改进，改进已由第二人复核：{incident}。
--     en: 'Incidents on platform "{platform}" led to improvements that a second person verified, or were found to need none: {incident}.'
WITH happened AS MATERIALIZED (
    SELECT x.id AS subject, i.id AS incident_id, i.title, yj_add_days(i.recovered_on, :days) AS until,
           CASE WHEN i.state <> 'open' AND i.recovered_on IS NULL THEN 'not_recovered'
                WHEN EXISTS (SELECT 1 FROM finding f WHERE f.incident = i.id) THEN 'followed'
                WHEN trim(i.no_improvement) <> '' AND i.handled_by IS NOT NULL
                     AND i.confirmed_by IS NOT NULL AND i.confirmed_on IS NOT NULL THEN 'followed'
                WHEN i.state = 'open' OR yj_add_days(i.recovered_on, :days) >= yj_today() THEN 'under_way'
                ELSE 'nothing_drawn' END AS reason
    FROM subject x JOIN incident i ON i.platform = x.id
), raised AS MATERIALIZED (
    SELECT h.subject, f.id AS finding_id FROM happened h JOIN finding f ON f.incident = h.incident_id
    UNION
    SELECT x.id, f.id FROM subject x JOIN finding f ON f.platform = x.id WHERE f.origin = 'business_need'
), judged AS (
    SELECT r.subject, f.id AS finding_id, f.title, f.due_on,
           CASE WHEN f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'followed'
                WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'no_date'
                WHEN f.due_on < yj_today() THEN 'overdue'
                ELSE 'under_way' END AS reason
    FROM raised r JOIN finding f ON f.id = r.finding_id
), outcome AS (
    SELECT x.id AS subject, 'none' AS reason, CAST(NULL AS TEXT) AS incident, CAST(NULL AS TEXT) AS finding,
           CAST(NULL AS TEXT) AS due, CAST(NULL AS TEXT) AS incident_id, CAST(NULL AS TEXT) AS finding_id
    FROM subject x
    WHERE NOT EXISTS (SELECT 1 FROM happened h WHERE h.subject = x.id)
      AND NOT EXISTS (SELECT 1 FROM raised r WHERE r.subject = x.id)
    UNION ALL
    SELECT h.subject, h.reason, h.title, NULL, CASE WHEN h.reason = 'under_way' THEN h.until END, h.incident_id, NULL
    FROM happened h
    UNION ALL
    SELECT j.subject, j.reason, NULL,
           j.title || CASE WHEN j.reason IN ('overdue', 'under_way') THEN ' (' || j.due_on || ')' ELSE '' END,
           CASE WHEN j.reason = 'under_way' THEN j.due_on END, NULL, j.finding_id
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('followed', 'under_way') THEN 'met'
            WHEN o.reason = 'none' THEN 'not_applicable'
            WHEN o.reason = 'not_recovered' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.finding_id IS NOT NULL THEN 'finding' WHEN o.incident_id IS NOT NULL THEN 'incident'
            ELSE 'platform' END AS proof_kind,
       coalesce(o.finding_id, o.incident_id, o.subject) AS proof,
       p.name AS v_platform, o.incident AS v_incident, o.finding AS v_finding
FROM outcome o JOIN platform p ON p.id = o.subject

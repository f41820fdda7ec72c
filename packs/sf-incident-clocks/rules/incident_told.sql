-- rule: incident_told
-- subject: incident
-- params: [types, regime, grades]
-- reach: institution
-- reasons:
--   untold:
--     zh: 事件“{incident}”（{grade|choice:incident.grade}）没有向证监会系统报告的记录。请立即报告（先电话、后书面），登记为事件报告；漏报的同时登记由此提出的整改。
--     en: 'No report to the CSRC''s offices is on record for incident "{incident}" ({grade|choice:incident.grade}). Report it at once (by phone first, then in writing), enter it as an incident report and, if it was left out, enter the finding raised.'
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于事件“{incident}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to incident "{incident}". Enter it with the institution.
--   ungraded:
--     zh: 事件“{incident}”还没有定级，无法判断是否须按本条报告。请先定级。
--     en: Incident "{incident}" has no grade yet, so it cannot be told whether this report is owed. Grade it first.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   below:
--     zh: 事件“{incident}”的级别是{grade|choice:incident.grade}，不在本条所指的级别之内。
--     en: 'Incident "{incident}" has a grade that this is not about: {grade|choice:incident.grade}.'
--   told:
--     zh: 事件“{incident}”（{grade|choice:incident.grade}）已向证监会系统报告。
--     en: 'Incident "{incident}" ({grade|choice:incident.grade}) was reported to the CSRC''s offices.'
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l) THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), judged AS MATERIALIZED (
    SELECT i.id AS subject, i.title, CASE WHEN :regime = 'csrc' THEN i.grade ELSE i.national_grade END AS grade, o.scope
    FROM subject x JOIN incident i ON i.id = x.id CROSS JOIN own o
), told AS MATERIALIZED (
    SELECT r.incident AS subject, r.id AS report_id FROM subject x JOIN incident_report r ON r.incident = x.id
    WHERE r.regime = :regime
), outcome AS (
    SELECT j.subject,
           CASE WHEN j.scope <> 'bound' THEN j.scope WHEN j.grade IS NULL THEN 'ungraded'
                WHEN ' ' || :grades || ' ' NOT LIKE '% ' || j.grade || ' %' THEN 'below'
                WHEN EXISTS (SELECT 1 FROM told t WHERE t.subject = j.subject) THEN 'told' ELSE 'untold' END AS reason
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'told' THEN 'met' WHEN o.reason = 'untold' THEN 'unmet'
            WHEN o.reason IN ('other_type', 'below') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN t.report_id IS NULL THEN 'incident' ELSE 'incident_report' END AS proof_kind, coalesce(t.report_id, o.subject) AS proof,
       j.title AS v_incident, j.grade AS v_grade, l.value AS v_licence
FROM outcome o JOIN judged j ON j.subject = o.subject LEFT JOIN told t ON t.subject = o.subject
     LEFT JOIN institution_licence l ON o.reason = 'other_type'

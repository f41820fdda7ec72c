-- rule: incident_graded
-- subject: incident
-- params: [types, regime]
-- reach: institution
-- reasons:
--   too_low:
--     zh: 事件“{incident}”定为{grade|choice:incident.grade}，而{figure|choice:grade_threshold.measure}达到分级标准：{reached}（实际 / 标准），应不低于{least|choice:grade_threshold.grade}。请重新定级或更正数字。
--     en: 'Incident "{incident}" is graded {grade|choice:incident.grade}, but by {figure|choice:grade_threshold.measure} it reaches a threshold: {reached} (figure / threshold), for a grade no lower than {least|choice:grade_threshold.grade}. Grade it again or correct the figure.'
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于事件“{incident}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to incident "{incident}". Enter it with the institution.
--   ungraded:
--     zh: 事件“{incident}”还没有定级。请按分级规定确定级别。
--     en: Incident "{incident}" has no grade yet. Settle it by the rules on grading.
--   unconfirmed:
--     zh: 事件“{incident}”定为{grade|choice:incident.grade}，但没有写明定级人和另一名复核人。请复核后填写。
--     en: 'Incident "{incident}" is graded {grade|choice:incident.grade}, without naming who graded it and who else confirmed it. Have it confirmed.'
--   unmeasured:
--     zh: 事件“{incident}”定为{grade|choice:incident.grade}，但启用的分级标准所用的数字没有填写：{figure|choice:grade_threshold.measure}。请填写（没有的填 0）。
--     en: 'Incident "{incident}" is graded {grade|choice:incident.grade}, but figures that the thresholds in force go by are missing: {figure|choice:grade_threshold.measure}. Enter them (0 if none).'
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   alone:
--     zh: 事件“{incident}”定为{grade|choice:incident.grade}，经第二人复核。这项制度没有启用任何分级标准，级别只凭定级人和复核人的判断；可登记并启用分级标准。
--     en: 'Incident "{incident}" is graded {grade|choice:incident.grade}, confirmed by a second person. No threshold of this regime is switched on, so the grade rests on their judgement; thresholds can be entered and switched on.'
--   graded:
--     zh: 事件“{incident}”定为{grade|choice:incident.grade}，经第二人复核，不低于启用的分级标准。
--     en: 'Incident "{incident}" is graded {grade|choice:incident.grade}, confirmed by a second person and no lower than the thresholds in force.'
WITH own AS MATERIALIZED (
    SELECT CASE WHEN :types = 'any'
                     OR EXISTS (SELECT 1 FROM institution_licence l
                                WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l) THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), step AS (
    SELECT 'below' AS grade, 0 AS rank
    UNION ALL SELECT 'ordinary', 1
    UNION ALL SELECT 'larger', 2
    UNION ALL SELECT 'major', 3
    UNION ALL SELECT 'especially_major', 4
), graded AS MATERIALIZED (
    SELECT i.id AS subject, i.title, i.graded_by, i.grade_confirmed_by, i.persons_affected, i.loss_yuan,
           i.full_outage_minutes, i.main_outage_minutes, p.grade, p.rank, o.scope
    FROM subject x JOIN incident i ON i.id = x.id CROSS JOIN own o
         LEFT JOIN step p ON p.grade = CASE WHEN :regime = 'csrc' THEN i.grade ELSE i.national_grade END
), affected AS MATERIALIZED (
    -- the systems named or, if none is, all that run on the platform
    SELECT x.id AS subject, s.critical_infrastructure, s.incident_class
    FROM subject x JOIN incident_deployments l ON l.id = x.id JOIN deployment d ON d.id = l.value JOIN system s ON s.id = d.system
    UNION ALL
    SELECT i.id, s.critical_infrastructure, s.incident_class
    FROM subject x JOIN incident i ON i.id = x.id JOIN deployment d ON d.platform = i.platform JOIN system s ON s.id = d.system
    WHERE d.state IN ('operating', 'exiting') AND NOT EXISTS (SELECT 1 FROM incident_deployments l WHERE l.id = i.id)
), held AS MATERIALIZED (
    SELECT g.subject, t.id AS threshold_id, t.measure, t.at_least, p.grade, p.rank,
           CASE WHEN t.measure = 'persons' THEN g.persons_affected WHEN t.measure = 'loss' THEN g.loss_yuan
                WHEN t.measure = 'full_outage' THEN g.full_outage_minutes ELSE g.main_outage_minutes END AS amount
    FROM graded g JOIN grade_threshold t ON t.regime = :regime AND t.state = 'on' JOIN step p ON p.grade = t.grade
    WHERE (coalesce(t.critical_only, 0) = 0
           OR EXISTS (SELECT 1 FROM affected a WHERE a.subject = g.subject AND a.critical_infrastructure = 'yes'))
      AND (t.system_class IS NULL
           OR EXISTS (SELECT 1 FROM affected a WHERE a.subject = g.subject AND a.incident_class >= t.system_class))
), outcome AS (
    SELECT g.subject,
           CASE WHEN g.scope <> 'bound' THEN g.scope WHEN g.grade IS NULL THEN 'ungraded'
                WHEN g.graded_by IS NULL OR g.grade_confirmed_by IS NULL THEN 'unconfirmed'
                WHEN EXISTS (SELECT 1 FROM grade_threshold t WHERE t.regime = :regime AND t.state = 'on') THEN 'graded'
                ELSE 'alone' END AS reason,
           CAST(NULL AS TEXT) AS threshold_id, CAST(NULL AS TEXT) AS measure, CAST(NULL AS TEXT) AS reached, CAST(NULL AS TEXT) AS least
    FROM graded g
    UNION ALL
    SELECT g.subject, CASE WHEN h.amount IS NULL THEN 'unmeasured' ELSE 'too_low' END, h.threshold_id, h.measure,
           CAST(h.amount AS TEXT) || ' / ' || CAST(h.at_least AS TEXT), h.grade
    FROM graded g JOIN held h ON h.subject = g.subject
    WHERE g.scope = 'bound' AND h.rank > g.rank AND (h.amount IS NULL OR h.amount >= h.at_least)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('graded', 'alone') THEN 'met' WHEN o.reason = 'too_low' THEN 'unmet'
            WHEN o.reason = 'other_type' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due, 'incident' AS proof_kind, o.subject AS proof,
       g.title AS v_incident, g.grade AS v_grade, o.measure AS v_figure, o.reached AS v_reached, o.least AS v_least, l.value AS v_licence
FROM outcome o JOIN graded g ON g.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'

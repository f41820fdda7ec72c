-- rule: summary_in_time
-- subject: incident
-- params: [types, regime, grades, confidence, amount, unit, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 事件“{incident}”恢复后应不晚于 {until} 报送总结报告（设置 {:setting}），至今没有报送记录。请立即报送并登记。
--     en: After incident "{incident}" was over its summary was due by {until} (setting {:setting}), and none is on record. Send it at once and enter it.
--   late:
--     zh: 事件“{incident}”的总结报告于 {sent} 报送，晚于 {until}（设置 {:setting}）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: The summary of incident "{incident}" was sent on {sent}, after {until} (setting {:setting}). Enter the finding raised; once a second person has verified it this is met again.
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于事件“{incident}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to incident "{incident}". Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting}（或其后加级别的设置）的值“{value}”不是 1 到 99999 的整数天数，也不是 on，时限无法计算。请更正。
--     en: Setting {:setting} (or the one with a grade behind it) has the value "{value}", which is neither on nor a whole number of days from 1 to 99999, so the clock cannot be worked out. Correct it.
--   ungraded:
--     zh: 事件“{incident}”还没有定级，无法判断是否须按本条报告。请先定级。
--     en: Incident "{incident}" has no grade yet, so it cannot be told whether this report is owed. Grade it first.
--   undated:
--     zh: 事件“{incident}”已恢复或结案，但没有填写恢复日期，总结报告的期限无法计算。请填写。
--     en: Incident "{incident}" is over but its day of recovery is missing, so the term for the summary cannot be worked out. Enter it.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   off:
--     zh: 总结报告的天数（{:amount}）可信度为 {:confidence}，没有启用。与现行规定核对后登记设置 {:setting}（填数字，或填 on 采用这个数字），即按本条判断；加上级别（如 {:setting}.major）则只用于该级别。
--     en: The days for the summary ({:amount}) has confidence {:confidence} and is switched off. Compare it with the rules in force, then enter the setting {:setting} (a figure, or on for this one); with a grade behind it (as in {:setting}.major) it is for that grade only.
--   below:
--     zh: 事件“{incident}”的级别是{grade|choice:incident.grade}，不在本条所指的级别之内。
--     en: 'Incident "{incident}" has a grade that this is not about: {grade|choice:incident.grade}.'
--   open:
--     zh: 事件“{incident}”还没有恢复，总结报告的期限未起算。
--     en: Incident "{incident}" is not over, so the term for its summary has not begun.
--   under_way:
--     zh: 事件“{incident}”应不晚于 {until} 报送总结报告，期限未到。
--     en: The summary of incident "{incident}" is due by {until}; there is still time.
--   sent:
--     zh: 事件“{incident}”已于 {sent} 报送总结报告（期限 {until}）。
--     en: The summary of incident "{incident}" was sent on {sent} (due by {until}).
--   answered:
--     zh: 事件“{incident}”的总结报告于 {sent} 报送，晚于 {until}，由此提出的整改已经第二人复核。
--     en: The summary of incident "{incident}" was sent on {sent}, after {until}; the finding raised was verified by a second person.
WITH own AS MATERIALIZED (
    SELECT CASE WHEN :types = 'any'
                     OR EXISTS (SELECT 1 FROM institution_licence l
                                WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l) THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), graded AS MATERIALIZED (
    SELECT i.id AS subject, CASE WHEN :regime = 'csrc' THEN i.grade ELSE i.national_grade END AS grade
    FROM subject x JOIN incident i ON i.id = x.id
), figure AS MATERIALIZED (
    -- a setting for the grade goes before one for all
    SELECT g.subject, g.grade, coalesce(b.value, s.value) AS value
    FROM graded g LEFT JOIN setting s ON s.name = :setting LEFT JOIN setting b ON b.name = :setting || '.' || g.grade
), hand AS MATERIALIZED (
    SELECT f.subject, f.grade, f.value,
           CASE WHEN f.value IS NULL THEN CASE WHEN :confidence = 'H' THEN 'on' ELSE 'off' END
                WHEN f.value = 'off' AND :confidence <> 'H' THEN 'off'
                WHEN f.value = 'on' THEN 'on'
                WHEN length(f.value) < 6 AND trim(f.value, '0123456789') = '' AND trim(f.value, '0') <> '' THEN 'own'
                ELSE 'bad_setting' END AS hand
    FROM figure f
), clock AS MATERIALIZED (
    SELECT h.subject, h.grade, h.value, h.hand,
           CASE WHEN h.hand = 'own' THEN CAST(h.value AS INTEGER) ELSE CAST(:amount AS INTEGER) END AS amount
    FROM hand h
), sent AS MATERIALIZED (
    SELECT r.incident AS subject, min(r.sent_on) AS day FROM subject x JOIN incident_report r ON r.incident = x.id
    WHERE r.regime = :regime AND r.type = 'summary' GROUP BY r.incident
), dated AS MATERIALIZED (
    SELECT c.subject, i.state, i.recovered_on, t.day AS sent,
           CASE WHEN :unit = 'workdays' THEN yj_add_workdays(i.recovered_on, c.amount)
                ELSE yj_add_days(i.recovered_on, c.amount) END AS until,
           CASE WHEN EXISTS (SELECT 1 FROM finding v WHERE v.id = i.report_finding AND v.state = 'verified' AND v.verified_by IS NOT NULL)
                THEN 1 ELSE 0 END AS answered
    FROM clock c JOIN incident i ON i.id = c.subject LEFT JOIN sent t ON t.subject = c.subject
), outcome AS MATERIALIZED (
    SELECT c.subject,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN c.hand IN ('off', 'bad_setting') THEN c.hand
                WHEN c.grade IS NULL THEN 'ungraded'
                WHEN ' ' || :grades || ' ' NOT LIKE '% ' || c.grade || ' %' THEN 'below'
                WHEN d.recovered_on IS NULL THEN CASE WHEN d.state = 'open' THEN 'open' ELSE 'undated' END
                WHEN d.sent IS NULL AND d.until < yj_today() THEN 'overdue'
                WHEN d.sent IS NULL THEN 'under_way'
                WHEN d.sent <= d.until THEN 'sent'
                WHEN d.answered = 1 THEN 'answered'
                ELSE 'late' END AS reason
    FROM clock c JOIN dated d ON d.subject = c.subject CROSS JOIN own o
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('sent', 'answered', 'under_way') THEN 'met' WHEN o.reason IN ('overdue', 'late') THEN 'unmet'
            WHEN o.reason IN ('other_type', 'off', 'below', 'open') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'under_way' THEN d.until END AS due,
       'incident' AS proof_kind, o.subject AS proof,
       i.title AS v_incident, c.grade AS v_grade, c.value AS v_value, d.until AS v_until, d.sent AS v_sent, l.value AS v_licence
FROM outcome o JOIN incident i ON i.id = o.subject JOIN clock c ON c.subject = o.subject JOIN dated d ON d.subject = o.subject
     LEFT JOIN institution_licence l ON o.reason = 'other_type'

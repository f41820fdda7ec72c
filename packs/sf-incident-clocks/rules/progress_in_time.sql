-- rule: progress_in_time
-- subject: incident
-- params: [types, regime, grades, confidence, amount, setting]
-- reach: institution
-- reasons:
--   silent:
--     zh: 事件“{incident}”在 {since} 之后没有续报，应在 {deadline} 之前续报或恢复（每 {minutes} 分钟一次，设置 {:setting}）。请立即续报；已恢复的填写恢复时间。
--     en: Nothing was reported on incident "{incident}" after {since}; a report, or recovery, was due by {deadline} (every {minutes} minutes, setting {:setting}). Report at once, or enter the recovery.
--   gap:
--     zh: 事件“{incident}”的续报间隔超过 {minutes} 分钟（设置 {:setting}）：{gap}。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'Reports on incident "{incident}" were more than {minutes} minutes apart (setting {:setting}): {gap}. Enter the finding raised; once a second person has verified it this is met again.'
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于事件“{incident}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to incident "{incident}". Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting}（或其后加级别的设置）的值“{value}”不是 1 到 99999 的整数分钟数，也不是 on，时限无法计算。请更正。
--     en: Setting {:setting} (or the one with a grade behind it) has the value "{value}", which is neither on nor a whole number of minutes from 1 to 99999, so the clock cannot be worked out. Correct it.
--   ungraded:
--     zh: 事件“{incident}”还没有定级，无法判断是否须按本条报告。请先定级。
--     en: Incident "{incident}" has no grade yet, so it cannot be told whether this report is owed. Grade it first.
--   untold:
--     zh: 事件“{incident}”还没有首次报告，谈不上续报。请先报告。
--     en: Incident "{incident}" was not reported at all yet, so there is no progress to report on. Report it first.
--   no_times:
--     zh: 事件“{incident}”的报告时刻或恢复时刻没有填全，无法判断续报间隔。请补填时刻。
--     en: Times of reports on incident "{incident}", or of its recovery, are missing, so the gaps between reports cannot be told. Enter them.
--   awaiting:
--     zh: 事件“{incident}”还没有恢复，应在 {deadline} 之前再次续报（每 {minutes} 分钟一次）。
--     en: Incident "{incident}" is not over; the next report is due by {deadline} (every {minutes} minutes).
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   off:
--     zh: 续报间隔的分钟数（{:amount}）可信度为 {:confidence}，没有启用。与现行规定核对后登记设置 {:setting}（填数字，或填 on 采用这个数字），即按本条判断；加上级别（如 {:setting}.major）则只用于该级别。
--     en: The minutes between reports on progress ({:amount}) has confidence {:confidence} and is switched off. Compare it with the rules in force, then enter the setting {:setting} (a figure, or on for this one); with a grade behind it (as in {:setting}.major) it is for that grade only.
--   below:
--     zh: 事件“{incident}”的级别是{grade|choice:incident.grade}，不在本条所指的级别之内。
--     en: 'Incident "{incident}" has a grade that this is not about: {grade|choice:incident.grade}.'
--   answered:
--     zh: 事件“{incident}”的续报间隔曾超过 {minutes} 分钟，由此提出的整改已经第二人复核。
--     en: Reports on incident "{incident}" were once more than {minutes} minutes apart; the finding raised was verified by a second person.
--   kept:
--     zh: 事件“{incident}”直到恢复都按 {minutes} 分钟的间隔续报。
--     en: Incident "{incident}" was reported on every {minutes} minutes until it was over.
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
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
), report AS MATERIALIZED (
    -- minutes since 2000; none where the time of day is not known
    SELECT r.incident AS subject, r.sent_on,
           yj_days_between('2000-01-01', r.sent_on) * 1440
               + CASE WHEN r.sent_time % 100 < 60 THEN r.sent_time / 100 * 60 + r.sent_time % 100 END AS minute
    FROM subject x JOIN incident_report r ON r.incident = x.id WHERE r.regime = :regime
), ending AS MATERIALIZED (
    SELECT i.id AS subject, i.recovered_on,
           yj_days_between('2000-01-01', i.recovered_on) * 1440
               + CASE WHEN i.recovered_time % 100 < 60 THEN i.recovered_time / 100 * 60 + i.recovered_time % 100 END AS minute,
           CASE WHEN EXISTS (SELECT 1 FROM finding v WHERE v.id = i.report_finding AND v.state = 'verified' AND v.verified_by IS NOT NULL)
                THEN 1 ELSE 0 END AS answered
    FROM subject x JOIN incident i ON i.id = x.id
), mark AS MATERIALIZED (
    SELECT r.subject, r.minute FROM report r
    UNION
    SELECT e.subject, e.minute FROM ending e WHERE e.minute IS NOT NULL
), stretch AS MATERIALIZED (
    -- from each report to whatever comes next, unless all was over
    SELECT m.subject, m.minute AS since,
           (SELECT min(n.minute) FROM mark n WHERE n.subject = m.subject AND n.minute > m.minute) AS next
    FROM mark m JOIN ending e ON e.subject = m.subject WHERE e.recovered_on IS NULL OR m.minute < e.minute
), barred AS MATERIALIZED (
    SELECT c.subject, c.amount,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN c.hand IN ('off', 'bad_setting') THEN c.hand
                WHEN c.grade IS NULL THEN 'ungraded'
                WHEN ' ' || :grades || ' ' NOT LIKE '% ' || c.grade || ' %' THEN 'below'
                WHEN NOT EXISTS (SELECT 1 FROM report r WHERE r.subject = c.subject) THEN 'untold'
                WHEN EXISTS (SELECT 1 FROM report r WHERE r.subject = c.subject AND r.minute IS NULL)
                     OR (e.recovered_on IS NOT NULL AND e.minute IS NULL) THEN 'no_times'
                ELSE 'owed' END AS scope
    FROM clock c JOIN ending e ON e.subject = c.subject CROSS JOIN own o
), outcome AS (
    SELECT b.subject, CASE WHEN b.scope = 'owed' THEN 'kept' ELSE b.scope END AS reason, CAST(NULL AS INTEGER) AS since,
           CAST(NULL AS INTEGER) AS till, CAST(NULL AS TEXT) AS gap
    FROM barred b
    UNION ALL
    SELECT b.subject,
           CASE WHEN e.answered = 1 THEN 'answered' ELSE 'gap' END, s.since, s.since + b.amount,
           CAST(s.next - s.since AS TEXT)
    FROM barred b JOIN ending e ON e.subject = b.subject JOIN stretch s ON s.subject = b.subject
    WHERE b.scope = 'owed' AND s.next - s.since > b.amount
    UNION ALL
    SELECT b.subject,
           CASE WHEN yj_add_days('2000-01-01', (s.since + b.amount) / 1440) >= yj_today() THEN 'awaiting' ELSE 'silent' END,
           s.since, s.since + b.amount, NULL
    FROM barred b JOIN stretch s ON s.subject = b.subject WHERE b.scope = 'owed' AND s.next IS NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('kept', 'answered') THEN 'met' WHEN o.reason IN ('silent', 'gap') THEN 'unmet'
            WHEN o.reason IN ('other_type', 'off', 'below') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'awaiting' THEN yj_add_days('2000-01-01', o.till / 1440) END AS due,
       'incident' AS proof_kind, o.subject AS proof,
       i.title AS v_incident, c.grade AS v_grade, c.value AS v_value, CAST(c.amount AS TEXT) AS v_minutes, o.gap AS v_gap,
       yj_add_days('2000-01-01', o.since / 1440) || ' ' || CASE WHEN o.since % 1440 / 60 < 10 THEN '0' ELSE '' END || CAST(o.since % 1440 / 60 AS TEXT) || ':'
               || CASE WHEN o.since % 60 < 10 THEN '0' ELSE '' END || CAST(o.since % 60 AS TEXT) AS v_since,
       yj_add_days('2000-01-01', o.till / 1440) || ' ' || CASE WHEN o.till % 1440 / 60 < 10 THEN '0' ELSE '' END || CAST(o.till % 1440 / 60 AS TEXT) || ':'
               || CASE WHEN o.till % 60 < 10 THEN '0' ELSE '' END || CAST(o.till % 60 AS TEXT) AS v_deadline,
       l.value AS v_licence
FROM outcome o JOIN incident i ON i.id = o.subject JOIN clock c ON c.subject = o.subject
     LEFT JOIN institution_licence l ON o.reason = 'other_type'

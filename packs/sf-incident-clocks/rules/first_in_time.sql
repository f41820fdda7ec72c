-- rule: first_in_time
-- subject: incident
-- params: [types, regime, grades, trigger, confidence, amount, setting]
-- reach: institution
-- reasons:
--   untold:
--     zh: 事件“{incident}”应在 {deadline} 之前首次报告（{minutes} 分钟之内，设置 {:setting}），至今没有报告记录。请立即报告并登记。
--     en: Incident "{incident}" was to be reported first by {deadline} (within {minutes} minutes, setting {:setting}), and no report is on record. Report it at once and enter it.
--   late:
--     zh: 事件“{incident}”的首次报告晚于 {deadline}，逾期 {late} 分钟（时限 {minutes} 分钟，设置 {:setting}）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: The first report of incident "{incident}" came after {deadline}, {late} minutes late (the clock gives {minutes} minutes, setting {:setting}). Enter the finding raised; once a second person has verified it this is met again.
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于事件“{incident}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to incident "{incident}". Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting}（或其后加级别的设置）的值“{value}”不是 1 到 99999 的整数分钟数，也不是 on，时限无法计算。请更正。
--     en: Setting {:setting} (or the one with a grade behind it) has the value "{value}", which is neither on nor a whole number of minutes from 1 to 99999, so the clock cannot be worked out. Correct it.
--   ungraded:
--     zh: 事件“{incident}”还没有定级，无法判断是否须按本条报告。请先定级。
--     en: Incident "{incident}" has no grade yet, so it cannot be told whether this report is owed. Grade it first.
--   nature_missing:
--     zh: 事件“{incident}”没有填写性质，无法判断适用哪一种时限。请填写性质，以及是否涉嫌计算机犯罪。
--     en: Incident "{incident}" does not say what its nature is, so it cannot be told which clock holds. Enter its nature, and whether it may be a computer crime.
--   no_times:
--     zh: 事件“{incident}”的知悉时刻或报告时刻没有填全，无法判断是否在 {deadline} 之前报告（时限 {minutes} 分钟）。请补填时刻。
--     en: The time at which incident "{incident}" was known, or reported, is not all given, so it cannot be told whether the report came by {deadline} (the clock gives {minutes} minutes). Enter the times.
--   awaiting:
--     zh: 事件“{incident}”应在 {deadline} 之前首次报告（{minutes} 分钟之内），还没有报告记录。请按时报告并登记时刻。
--     en: Incident "{incident}" is to be reported first by {deadline} (within {minutes} minutes); no report is on record yet. Report it in time and enter when.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   off:
--     zh: 首次报告的分钟数（{:amount}）可信度为 {:confidence}，没有启用。与现行规定核对后登记设置 {:setting}（填数字，或填 on 采用这个数字），即按本条判断；加上级别（如 {:setting}.major）则只用于该级别。
--     en: The minutes for the first report ({:amount}) has confidence {:confidence} and is switched off. Compare it with the rules in force, then enter the setting {:setting} (a figure, or on for this one); with a grade behind it (as in {:setting}.major) it is for that grade only.
--   below:
--     zh: 事件“{incident}”的级别是{grade|choice:incident.grade}，不在本条所指的级别之内。
--     en: 'Incident "{incident}" has a grade that this is not about: {grade|choice:incident.grade}.'
--   other_trigger:
--     zh: 事件“{incident}”的性质是{nature|choice:incident.nature}，适用另一条时限。
--     en: 'Another clock holds for incident "{incident}" by its nature: {nature|choice:incident.nature}.'
--   restored:
--     zh: 事件“{incident}”在 {minutes} 分钟之内恢复，不须按本条报告。
--     en: Incident "{incident}" was over within {minutes} minutes, so this report is not owed.
--   in_time:
--     zh: 事件“{incident}”已在 {deadline} 之前首次报告（时限 {minutes} 分钟）。
--     en: Incident "{incident}" was reported first by {deadline} (the clock gives {minutes} minutes).
--   answered:
--     zh: 事件“{incident}”的首次报告逾期 {late} 分钟，由此提出的整改已经第二人复核。
--     en: The first report of incident "{incident}" was {late} minutes late; the finding raised was verified by a second person.
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l) THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), graded AS MATERIALIZED (
    SELECT i.id AS subject, CASE WHEN :regime = 'csrc' THEN i.grade ELSE i.national_grade END AS grade,
           CASE WHEN i.aware_on IS NOT NULL THEN i.aware_on WHEN i.reported_on IS NOT NULL THEN i.reported_on
                ELSE i.detected_on END AS day,
           CASE WHEN i.aware_on IS NOT NULL THEN i.aware_time WHEN i.reported_on IS NOT NULL THEN i.reported_time
                ELSE i.detected_time END AS time
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
), span AS MATERIALIZED (
    -- minutes since 2000: as early and, where the time of day is not known, as late as it can have been
    SELECT g.subject,
           yj_days_between('2000-01-01', g.day) * 1440
               + CASE WHEN g.time % 100 < 60 THEN g.time / 100 * 60 + g.time % 100 ELSE 0 END AS start_lo,
           yj_days_between('2000-01-01', g.day) * 1440
               + CASE WHEN g.time % 100 < 60 THEN g.time / 100 * 60 + g.time % 100 ELSE 1439 END AS start_hi,
           yj_days_between('2000-01-01', i.recovered_on) * 1440
               + CASE WHEN i.recovered_time % 100 < 60 THEN i.recovered_time / 100 * 60 + i.recovered_time % 100 ELSE 1439 END AS over_hi,
           CASE WHEN i.nature IN ('leak', 'damage') OR i.crime = 'suspected' THEN 'leak_crime'
                WHEN i.nature IS NULL THEN 'missing' ELSE 'outage' END AS trigger,
           CASE WHEN EXISTS (SELECT 1 FROM finding v WHERE v.id = i.report_finding AND v.state = 'verified' AND v.verified_by IS NOT NULL)
                THEN 1 ELSE 0 END AS answered
    FROM graded g JOIN incident i ON i.id = g.subject
), sent AS MATERIALIZED (
    SELECT r.incident AS subject,
           min(yj_days_between('2000-01-01', r.sent_on) * 1440
               + CASE WHEN r.sent_time % 100 < 60 THEN r.sent_time / 100 * 60 + r.sent_time % 100 ELSE 0 END) AS sent_lo,
           min(yj_days_between('2000-01-01', r.sent_on) * 1440
               + CASE WHEN r.sent_time % 100 < 60 THEN r.sent_time / 100 * 60 + r.sent_time % 100 ELSE 1439 END) AS sent_hi
    FROM subject x JOIN incident_report r ON r.incident = x.id WHERE r.regime = :regime
    GROUP BY r.incident
), outcome AS MATERIALIZED (
    SELECT c.subject, s.start_lo + c.amount AS till_lo, s.start_hi + c.amount AS till_hi, t.sent_lo,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN c.hand IN ('off', 'bad_setting') THEN c.hand
                WHEN c.grade IS NULL THEN 'ungraded'
                WHEN ' ' || :grades || ' ' NOT LIKE '% ' || c.grade || ' %' THEN 'below'
                WHEN s.trigger = 'missing' THEN 'nature_missing'
                WHEN s.trigger <> :trigger THEN 'other_trigger'
                WHEN :trigger = 'outage' AND s.over_hi <= s.start_lo + c.amount THEN 'restored'
                WHEN t.sent_lo IS NULL THEN
                     CASE WHEN yj_add_days('2000-01-01', (s.start_hi + c.amount) / 1440) >= yj_today() THEN 'awaiting' ELSE 'untold' END
                WHEN t.sent_hi <= s.start_lo + c.amount THEN 'in_time'
                WHEN t.sent_lo <= s.start_hi + c.amount THEN 'no_times'
                WHEN s.answered = 1 THEN 'answered'
                ELSE 'late' END AS reason
    FROM clock c JOIN span s ON s.subject = c.subject CROSS JOIN own o LEFT JOIN sent t ON t.subject = c.subject
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('in_time', 'answered') THEN 'met' WHEN o.reason IN ('untold', 'late') THEN 'unmet'
            WHEN o.reason IN ('other_type', 'off', 'below', 'other_trigger', 'restored') THEN 'not_applicable'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'awaiting' THEN yj_add_days('2000-01-01', o.till_hi / 1440) END AS due,
       'incident' AS proof_kind, o.subject AS proof,
       i.title AS v_incident, c.grade AS v_grade, i.nature AS v_nature, c.value AS v_value, CAST(c.amount AS TEXT) AS v_minutes,
       yj_add_days('2000-01-01', o.till_hi / 1440)
           || CASE WHEN o.till_lo < o.till_hi THEN '' ELSE ' ' || CASE WHEN o.till_hi % 1440 / 60 < 10 THEN '0' ELSE '' END || CAST(o.till_hi % 1440 / 60 AS TEXT) || ':'
               || CASE WHEN o.till_hi % 60 < 10 THEN '0' ELSE '' END || CAST(o.till_hi % 60 AS TEXT) END AS v_deadline,
       CAST(o.sent_lo - o.till_hi AS TEXT) AS v_late, l.value AS v_licence
FROM outcome o JOIN incident i ON i.id = o.subject JOIN clock c ON c.subject = o.subject
     LEFT JOIN institution_licence l ON o.reason = 'other_type'

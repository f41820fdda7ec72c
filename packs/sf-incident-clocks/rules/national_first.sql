-- rule: national_first
-- subject: incident
-- params: [grades, critical, central, provincial, setting]
-- reach: institution
-- reasons:
--   untold:
--     zh: 事件“{incident}”（{grade|choice:incident.national_grade}）应在 {deadline} 之前报告{recipient|choice:incident_report.recipient}（{minutes} 分钟之内，可由设置 {:setting} 加途径改动），至今没有报告记录。请立即报告并登记。
--     en: 'Incident "{incident}" ({grade|choice:incident.national_grade}) was to be reported by {deadline} (within {minutes} minutes, which setting {:setting} with the channel behind it can change), and no report is on record to {recipient|choice:incident_report.recipient}. Report it at once and enter it.'
--   late:
--     zh: 事件“{incident}”报告{recipient|choice:incident_report.recipient}晚于 {deadline}，逾期 {late} 分钟（时限 {minutes} 分钟）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'The report of incident "{incident}" came after {deadline}, {late} minutes late (the clock gives {minutes} minutes), to {recipient|choice:incident_report.recipient}. Enter the finding raised; once a second person has verified it this is met again.'
--   bad_setting:
--     zh: 设置 {:setting} 加途径（critical、central 或 provincial）的值“{value}”不是 1 到 99999 的整数分钟数，时限无法计算。请更正。
--     en: Setting {:setting} with the channel behind it (critical, central or provincial) has the value "{value}", which is no whole number of minutes from 1 to 99999, so the clock cannot be worked out. Correct it.
--   ungraded:
--     zh: 事件“{incident}”还没有按国家分级指南定级，无法判断是否须报告。请先定级。
--     en: Incident "{incident}" has no grade by the national guide yet, so it cannot be told whether it must be reported. Grade it first.
--   critical_missing:
--     zh: 事件“{incident}”所涉及的系统没有全部写明是否关键信息基础设施，无法判断时限是一小时还是更长。请在系统中填写。
--     en: Not all systems that incident "{incident}" is about say whether they are critical infrastructure, so it cannot be told whether the clock gives an hour or more. Enter it with the systems.
--   channel_missing:
--     zh: 机构没有填写国家网络安全事件报告途径，无法判断事件“{incident}”报给谁、时限多长。请在机构信息中填写。
--     en: The institution does not say which national channel it reports by, so it cannot be told to whom and by when incident "{incident}" is reported. Enter it with the institution.
--   no_times:
--     zh: 事件“{incident}”的知悉时刻或报告时刻没有填全，无法判断是否在 {deadline} 之前报告{recipient|choice:incident_report.recipient}（时限 {minutes} 分钟）。请补填时刻。
--     en: 'The time at which incident "{incident}" was known, or reported, is not all given, so it cannot be told whether the report came by {deadline} (the clock gives {minutes} minutes), to {recipient|choice:incident_report.recipient}. Enter the times.'
--   awaiting:
--     zh: 事件“{incident}”应在 {deadline} 之前报告{recipient|choice:incident_report.recipient}（{minutes} 分钟之内），还没有报告记录。请按时报告并登记时刻。
--     en: 'Incident "{incident}" is to be reported by {deadline} (within {minutes} minutes); no report is on record yet to {recipient|choice:incident_report.recipient}. Report it in time and enter when.'
--   below:
--     zh: 事件“{incident}”的国家分级是{grade|choice:incident.national_grade}，不须按本条报告。
--     en: 'Incident "{incident}" has a national grade that need not be reported: {grade|choice:incident.national_grade}.'
--   in_time:
--     zh: 事件“{incident}”（{grade|choice:incident.national_grade}）已在 {deadline} 之前报告{recipient|choice:incident_report.recipient}（时限 {minutes} 分钟）。
--     en: 'Incident "{incident}" ({grade|choice:incident.national_grade}) was reported by {deadline} (the clock gives {minutes} minutes) to {recipient|choice:incident_report.recipient}.'
--   answered:
--     zh: 事件“{incident}”报告{recipient|choice:incident_report.recipient}逾期 {late} 分钟，由此提出的整改已经第二人复核。
--     en: 'The report of incident "{incident}" was {late} minutes late, to {recipient|choice:incident_report.recipient}; the finding raised was verified by a second person.'
WITH affected AS MATERIALIZED (
    -- the systems named or, if none is, all that run on the platform
    SELECT x.id AS subject, s.critical_infrastructure AS critical
    FROM subject x JOIN incident_deployments l ON l.id = x.id JOIN deployment d ON d.id = l.value JOIN system s ON s.id = d.system
    UNION ALL
    SELECT i.id, s.critical_infrastructure
    FROM subject x JOIN incident i ON i.id = x.id JOIN deployment d ON d.platform = i.platform JOIN system s ON s.id = d.system
    WHERE d.state IN ('operating', 'exiting') AND NOT EXISTS (SELECT 1 FROM incident_deployments l WHERE l.id = i.id)
), way AS MATERIALIZED (
    SELECT i.id AS subject, i.title, i.national_grade AS grade,
           CASE WHEN EXISTS (SELECT 1 FROM affected a WHERE a.subject = i.id AND a.critical = 'yes') THEN 'critical'
                WHEN EXISTS (SELECT 1 FROM affected a WHERE a.subject = i.id AND a.critical IS NULL) THEN 'critical_missing'
                ELSE coalesce(o.national_channel, 'channel_missing') END AS channel,
           CASE WHEN EXISTS (SELECT 1 FROM finding v WHERE v.id = i.report_finding AND v.state = 'verified' AND v.verified_by IS NOT NULL)
                THEN 1 ELSE 0 END AS answered,
           CASE WHEN i.aware_on IS NOT NULL THEN i.aware_on WHEN i.reported_on IS NOT NULL THEN i.reported_on
                ELSE i.detected_on END AS day,
           CASE WHEN i.aware_on IS NOT NULL THEN i.aware_time WHEN i.reported_on IS NOT NULL THEN i.reported_time
                ELSE i.detected_time END AS time
    FROM subject x JOIN incident i ON i.id = x.id CROSS JOIN institution o
), clock AS MATERIALIZED (
    SELECT w.subject, s.value,
           CASE WHEN s.value IS NULL THEN
                     CASE WHEN w.channel = 'critical' THEN CAST(:critical AS INTEGER) WHEN w.channel = 'central' THEN CAST(:central AS INTEGER)
                          ELSE CAST(:provincial AS INTEGER) END
                WHEN length(s.value) < 6 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS amount
    FROM way w LEFT JOIN setting s ON s.name = :setting || '.' || w.channel
), span AS MATERIALIZED (
    -- minutes since 2000: as early and, where the time of day is not known, as late as it can have been
    SELECT w.subject,
           yj_days_between('2000-01-01', w.day) * 1440
               + CASE WHEN w.time % 100 < 60 THEN w.time / 100 * 60 + w.time % 100 ELSE 0 END + c.amount AS till_lo,
           yj_days_between('2000-01-01', w.day) * 1440
               + CASE WHEN w.time % 100 < 60 THEN w.time / 100 * 60 + w.time % 100 ELSE 1439 END + c.amount AS till_hi
    FROM way w JOIN clock c ON c.subject = w.subject
), wanted AS (
    SELECT 'critical' AS channel, 'protection_authority' AS recipient
    UNION ALL SELECT 'critical', 'public_security'
    UNION ALL SELECT 'central', 'own_cyberspace'
    UNION ALL SELECT 'provincial', 'provincial_cyberspace'
), sent AS MATERIALIZED (
    SELECT r.incident AS subject, r.recipient,
           min(yj_days_between('2000-01-01', r.sent_on) * 1440
               + CASE WHEN r.sent_time % 100 < 60 THEN r.sent_time / 100 * 60 + r.sent_time % 100 ELSE 0 END) AS sent_lo,
           min(yj_days_between('2000-01-01', r.sent_on) * 1440
               + CASE WHEN r.sent_time % 100 < 60 THEN r.sent_time / 100 * 60 + r.sent_time % 100 ELSE 1439 END) AS sent_hi
    FROM subject x JOIN incident_report r ON r.incident = x.id WHERE r.regime = 'national'
    GROUP BY r.incident, r.recipient
), outcome AS MATERIALIZED (
    SELECT w.subject, n.recipient, t.sent_lo,
           CASE WHEN w.grade IS NULL THEN 'ungraded'
                WHEN ' ' || :grades || ' ' NOT LIKE '% ' || w.grade || ' %' THEN 'below'
                WHEN n.recipient IS NULL THEN w.channel
                WHEN c.amount IS NULL THEN 'bad_setting'
                WHEN t.sent_lo IS NULL THEN
                     CASE WHEN yj_add_days('2000-01-01', s.till_hi / 1440) >= yj_today() THEN 'awaiting' ELSE 'untold' END
                WHEN t.sent_hi <= s.till_lo THEN 'in_time'
                WHEN t.sent_lo <= s.till_hi THEN 'no_times'
                WHEN w.answered = 1 THEN 'answered'
                ELSE 'late' END AS reason
    FROM way w JOIN clock c ON c.subject = w.subject JOIN span s ON s.subject = w.subject
         LEFT JOIN wanted n ON n.channel = w.channel LEFT JOIN sent t ON t.subject = w.subject AND t.recipient = n.recipient
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('in_time', 'answered') THEN 'met' WHEN o.reason IN ('untold', 'late') THEN 'unmet'
            WHEN o.reason = 'below' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'awaiting' THEN yj_add_days('2000-01-01', s.till_hi / 1440) END AS due,
       'incident' AS proof_kind, o.subject AS proof,
       w.title AS v_incident, w.grade AS v_grade, o.recipient AS v_recipient, c.value AS v_value, CAST(c.amount AS TEXT) AS v_minutes,
       yj_add_days('2000-01-01', s.till_hi / 1440)
           || CASE WHEN s.till_lo < s.till_hi THEN '' ELSE ' ' || CASE WHEN s.till_hi % 1440 / 60 < 10 THEN '0' ELSE '' END || CAST(s.till_hi % 1440 / 60 AS TEXT) || ':'
               || CASE WHEN s.till_hi % 60 < 10 THEN '0' ELSE '' END || CAST(s.till_hi % 60 AS TEXT) END AS v_deadline,
       CAST(o.sent_lo - s.till_hi AS TEXT) AS v_late
FROM outcome o JOIN way w ON w.subject = o.subject JOIN clock c ON c.subject = o.subject JOIN span s ON s.subject = o.subject

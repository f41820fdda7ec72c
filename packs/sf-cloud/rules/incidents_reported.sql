-- rule: incidents_reported
-- subject: platform
-- params: [minutes, progress_minutes, summary_days]
-- reasons:
--   not_reported:
--     zh: 平台“{platform}”的突发事件受托方没有向委托方报告：{incident}（括号内为发现日期）。请立即向受托方了解情况，并登记由此提出的整改。
--     en: 'The provider of platform "{platform}" has not reported incidents to the client: {incident} (detected on the day in brackets). Ask it at once, and enter the finding raised.'
--   late:
--     zh: 平台“{platform}”的突发事件首次报告超过 {:minutes} 分钟：{incident}（括号内为实际分钟数）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'First reports of incidents on platform "{platform}" took longer than {:minutes} minutes: {incident} (minutes in brackets). Enter the finding raised; once a second person has verified it the requirement is met again.'
--   no_progress:
--     zh: 平台“{platform}”的突发事件超过 {:progress_minutes} 分钟才恢复（或尚未恢复），受托方没有报告过处置进展：{incident}。请要求报告处置情况，登记为事件经过。
--     en: 'Incidents on platform "{platform}" lasted more than {:progress_minutes} minutes (or still last) and the provider never reported on their handling: {incident}. Require reports and enter them in the timeline.'
--   no_summary:
--     zh: 平台“{platform}”的突发事件恢复后，受托方没有按期交来总结报告：{incident}（括号内为期限）。请催交。
--     en: 'After recovery the provider of platform "{platform}" has not handed over summaries by the date (in brackets): {incident}. Press for them.'
--   late_summary:
--     zh: 平台“{platform}”的突发事件总结报告逾期：{incident}（括号内为期限）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'Summaries of incidents on platform "{platform}" came late (dates in brackets): {incident}. Enter the finding raised; once a second person has verified it the requirement is met again.'
--   no_times:
--     zh: 平台“{platform}”的突发事件没有填写发现、首次报告或恢复的日期和时刻：{incident}。请补填，才能判断报告是否及时。
--     en: 'Dates or times of detection, first report or recovery of incidents on platform "{platform}" are missing: {incident}. Enter them, or it cannot be told whether reports were in time.'
--   none_known:
--     zh: 没有登记平台“{platform}”上的突发事件，本条暂不适用。
--     en: No incident on platform "{platform}" is entered, so the requirement does not apply yet.
--   under_way:
--     zh: 平台“{platform}”的突发事件已及时报告，处置或总结期限未到：{incident}。
--     en: 'Incidents on platform "{platform}" were reported in time; handling or summary still has time: {incident}.'
--   reported:
--     zh: 平台“{platform}”的突发事件，受托方已及时报告事件、处置进展和总结：{incident}。
--     en: 'The provider of platform "{platform}" reported incidents, their handling and a summary in time: {incident}.'
WITH timed AS (
    SELECT x.id AS subject, i.id AS incident_id, i.title, i.state, i.detected_on, i.reported_on, i.recovered_on,
           i.summary_on, i.finding, i.detected_time, i.reported_time, i.recovered_time,
           yj_days_between(i.detected_on, i.reported_on) * 1440
               + (i.reported_time / 100 * 60 + i.reported_time % 100)
               - (i.detected_time / 100 * 60 + i.detected_time % 100) AS report_took,
           yj_days_between(i.detected_on, i.recovered_on) * 1440
               + (i.recovered_time / 100 * 60 + i.recovered_time % 100)
               - (i.detected_time / 100 * 60 + i.detected_time % 100) AS recovery_took,
           yj_add_workdays(i.recovered_on, :summary_days) AS summary_by
    FROM subject x JOIN incident i ON i.platform = x.id
), answered AS MATERIALIZED (
    SELECT t.subject, t.incident_id, t.title, t.state, t.detected_on, t.reported_on, t.recovered_on, t.summary_on,
           t.detected_time, t.recovered_time, t.report_took, t.recovery_took, t.summary_by,
           CASE WHEN EXISTS (SELECT 1 FROM finding f WHERE f.id = t.finding AND f.state = 'verified'
                                                       AND f.verified_by IS NOT NULL) THEN 1 ELSE 0 END AS corrected,
           CASE WHEN EXISTS (SELECT 1 FROM incident_event e
                             WHERE e.incident = t.incident_id AND e.side = 'provider' AND e.type = 'progress')
                THEN 1 ELSE 0 END AS progress
    FROM timed t
), judged AS (
    SELECT a.subject, a.incident_id, a.title, a.detected_on, a.report_took, a.summary_by,
           CASE WHEN a.reported_on IS NULL AND a.corrected = 0 THEN 'not_reported'
                WHEN (a.report_took IS NULL AND a.corrected = 0)
                     OR (a.state <> 'open' AND a.recovery_took IS NULL) THEN 'no_times'
                WHEN a.report_took > :minutes AND a.corrected = 0 THEN 'late'
                WHEN a.progress = 0 AND a.corrected = 0
                     AND (a.recovery_took > :progress_minutes OR (a.state = 'open' AND a.detected_on < yj_today()))
                THEN 'no_progress'
                WHEN a.state = 'open' THEN 'under_way'
                WHEN a.summary_on IS NULL AND a.summary_by < yj_today() THEN 'no_summary'
                WHEN a.summary_on IS NULL THEN 'under_way'
                WHEN a.summary_on > a.summary_by AND a.corrected = 0 THEN 'late_summary'
                ELSE 'reported' END AS reason,
           CASE WHEN a.state = 'open' AND a.progress = 0 AND a.corrected = 0 THEN a.detected_on
                WHEN a.state <> 'open' AND a.summary_on IS NULL THEN a.summary_by END AS until
    FROM answered a
), outcome AS (
    SELECT x.id AS subject, 'none_known' AS reason, CAST(NULL AS TEXT) AS incident_id,
           CAST(NULL AS TEXT) AS incident, CAST(NULL AS TEXT) AS due
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM answered a WHERE a.subject = x.id)
    UNION ALL
    SELECT j.subject, j.reason, j.incident_id,
           j.title || CASE WHEN j.reason = 'not_reported' THEN ' (' || j.detected_on || ')'
                           WHEN j.reason = 'late' THEN ' (' || CAST(j.report_took AS TEXT) || ')'
                           WHEN j.reason IN ('no_summary', 'late_summary') THEN ' (' || j.summary_by || ')'
                           ELSE '' END,
           CASE WHEN j.reason = 'under_way' THEN j.until END
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('reported', 'under_way') THEN 'met'
            WHEN o.reason = 'none_known' THEN 'not_applicable'
            WHEN o.reason = 'no_times' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.incident_id IS NULL THEN 'platform' ELSE 'incident' END AS proof_kind,
       coalesce(o.incident_id, o.subject) AS proof, p.name AS v_platform, o.incident AS v_incident
FROM outcome o JOIN platform p ON p.id = o.subject

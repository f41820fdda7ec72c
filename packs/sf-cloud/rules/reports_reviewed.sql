-- rule: reports_reviewed
-- subject: platform
-- params: [months_risk, months_monitoring]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”受托方最近一份{type|choice:provider_report.type}报告只到 {day}，新的应不晚于 {until} 收到并审阅。请向受托方索取。
--     en: 'The last report of the provider of platform "{platform}" ({type|choice:provider_report.type}) ends on {day}; the next was to be received and read by {until}. Ask for it.'
--   risks_open:
--     zh: 平台“{platform}”受托方的报告《{report}》中有 {count} 项高风险没有处置措施。请要求受托方提出措施和期限，并登记整改。
--     en: 'Report "{report}" of the provider of platform "{platform}" leaves {count} high risk(s) without a measure. Require measures and dates, and enter findings.'
--   unreviewed:
--     zh: 平台“{platform}”受托方的报告《{report}》还不能作数：须附报告原文，填写未处置的高风险项数，并由专人审阅。
--     en: 'Report "{report}" of the provider of platform "{platform}" does not count yet: attach it, enter how many high risks are not dealt with, and have someone read it.'
--   never:
--     zh: 没有登记平台“{platform}”受托方的{type|choice:provider_report.type}报告。请向受托方索取，审阅后登记。
--     en: 'No report of this kind ({type|choice:provider_report.type}) by the provider of platform "{platform}" is entered. Ask for it, read it and enter it.'
--   in_future:
--     zh: 平台“{platform}”受托方的报告《{report}》的期间或审阅日期（{day}）晚于今天，请更正。
--     en: 'Report "{report}" of the provider of platform "{platform}" ends, or was read, after today ({day}). Correct it.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需受托方报告。
--     en: Nothing is in operation on platform "{platform}", so no reports are owed yet.
--   first_due:
--     zh: 平台“{platform}”自 {day} 起投入运行，第一份{type|choice:provider_report.type}报告应不晚于 {until} 收到并审阅。
--     en: 'Platform "{platform}" is in operation since {day}; its first report ({type|choice:provider_report.type}) is to be received and read by {until}.'
--   reviewed:
--     zh: 平台“{platform}”受托方的{type|choice:provider_report.type}报告《{report}》到 {day}，已审阅，没有未处置的高风险；下一份应不晚于 {until}。
--     en: 'Report "{report}" ({type|choice:provider_report.type}) of the provider of platform "{platform}", up to {day}, was read and leaves no high risk open; the next is due by {until}.'
WITH need AS (
    SELECT 'risk_assessment' AS type, CAST(:months_risk AS INTEGER) AS months
    UNION ALL SELECT 'monitoring', CAST(:months_monitoring AS INTEGER)
), cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running,
           (SELECT min(d.serving_since) FROM deployment d
            WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS since
    FROM subject x JOIN platform p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT c.subject, r.id AS report_id, r.type, r.title, r.period_to, r.risks_unanswered AS risks, n.months,
           CASE WHEN r.reviewed_on > r.period_to THEN r.reviewed_on ELSE r.period_to END AS start,
           CASE WHEN r.state <> 'reviewed' OR r.reviewed_by IS NULL OR r.reviewed_on IS NULL
                     OR r.risks_unanswered IS NULL
                     OR NOT EXISTS (SELECT 1 FROM provider_report_evidence e WHERE e.id = r.id)
                THEN 0 ELSE 1 END AS complete
    FROM cloud c JOIN provider_report r ON r.platform = c.subject JOIN need n ON n.type = r.type
    WHERE c.running > 0 AND n.months > 0
), last AS MATERIALIZED (
    SELECT h.subject, h.type, max(h.period_to) AS day FROM held h
    WHERE h.complete = 1 AND h.start <= yj_today() GROUP BY h.subject, h.type
), outcome AS (
    SELECT c.subject, CAST(NULL AS TEXT) AS type, CAST(NULL AS TEXT) AS title, CAST(NULL AS INTEGER) AS risks,
           CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS report_id,
           'not_running' AS reason
    FROM cloud c WHERE c.running = 0
    UNION ALL
    SELECT c.subject, n.type, NULL, NULL, c.since, yj_add_months(c.since, n.months), NULL,
           CASE WHEN yj_add_months(c.since, n.months) >= yj_today() THEN 'first_due' ELSE 'never' END
    FROM cloud c CROSS JOIN need n
    WHERE c.running > 0 AND n.months > 0
      AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject AND h.type = n.type)
    UNION ALL
    SELECT h.subject, h.type, h.title, NULL, h.period_to, NULL, h.report_id, 'unreviewed'
    FROM held h
    WHERE h.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject AND t.type = h.type)
    UNION ALL
    SELECT h.subject, h.type, h.title, NULL, h.start, NULL, h.report_id, 'in_future'
    FROM held h WHERE h.complete = 1 AND h.start > yj_today()
    UNION ALL
    SELECT h.subject, h.type, h.title, h.risks, h.period_to, yj_add_months(h.period_to, h.months), h.report_id,
           CASE WHEN yj_add_months(h.period_to, h.months) < yj_today() THEN 'overdue'
                WHEN h.risks > 0 THEN 'risks_open'
                ELSE 'reviewed' END
    FROM held h JOIN last t ON t.subject = h.subject AND t.type = h.type AND t.day = h.period_to
    WHERE h.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'reviewed' THEN 'met'
            WHEN o.reason IN ('not_running', 'first_due') THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'risks_open') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('reviewed', 'risks_open', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.report_id IS NULL THEN 'platform' ELSE 'provider_report' END AS proof_kind,
       coalesce(o.report_id, o.subject) AS proof,
       c.name AS v_platform, o.type AS v_type, o.title AS v_report, o.risks AS v_count, o.day AS v_day,
       o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject

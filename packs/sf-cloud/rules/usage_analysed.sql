-- rule: usage_analysed
-- subject: deployment
-- params: [months, grace]
-- reasons:
--   unexplained:
--     zh: 部署“{deployment}”截至 {day} 的使用监控有 {count} 处异常没有查清。请查明原因并登记。
--     en: The usage record of deployment "{deployment}" up to {day} leaves {count} anomalies unexplained. Find the causes and enter them.
--   overdue:
--     zh: 部署“{deployment}”的使用监控只分析到 {day}，下一期应不晚于 {until} 分析完。请补做。
--     en: Use by deployment "{deployment}" is analysed up to {day} only; the next period was to be analysed by {until}. Do it.
--   never:
--     zh: 部署“{deployment}”没有使用监控记录。请对资源、访问和安全事件等进行监控，按期分析并登记。
--     en: There is no usage record of deployment "{deployment}". Monitor resources, access and security events, analyse them and enter the result.
--   unanalysed:
--     zh: 部署“{deployment}”截至 {day} 的使用监控还没有分析完：须监控资源、访问和安全事件，填写异常数、未查清的异常数、分析、分析人和日期，并附数据。
--     en: 'The usage record of deployment "{deployment}" up to {day} is not analysed: resources, access and security events are monitored, both numbers of anomalies, the analysis, by whom and when are entered, and the data attached.'
--   in_future:
--     zh: 部署“{deployment}”的使用监控期间或分析日期（{day}）晚于今天，请更正。
--     en: A usage record of deployment "{deployment}" ends, or was analysed, after today ({day}). Correct it.
--   first_due:
--     zh: 部署“{deployment}”自 {day} 起运行，第一期使用监控应不晚于 {until} 分析完。
--     en: Deployment "{deployment}" is in operation since {day}; its first usage record is to be analysed by {until}.
--   analysed:
--     zh: 部署“{deployment}”的云服务使用已监控并分析到 {day}，没有未查清的异常；下一期应不晚于 {until}。
--     en: Use of the cloud by deployment "{deployment}" was monitored and analysed up to {day}, leaving nothing unexplained; the next is due by {until}.
WITH placed AS (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.serving_since AS since
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
), held AS MATERIALIZED (
    SELECT p.subject, u.id AS record_id, u.period_to, u.anomalies_open,
           u.analysed_on AS start,
           CASE WHEN u.state = 'analysed' AND u.anomalies IS NOT NULL AND u.anomalies_open IS NOT NULL
                     AND trim(u.analysis) <> '' AND u.analysed_by IS NOT NULL
                     AND u.analysed_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM usage_record_aspects a WHERE a.id = u.id AND a.value = 'resources')
                     AND EXISTS (SELECT 1 FROM usage_record_aspects a WHERE a.id = u.id AND a.value = 'access')
                     AND EXISTS (SELECT 1 FROM usage_record_aspects a WHERE a.id = u.id AND a.value = 'security_events')
                     AND EXISTS (SELECT 1 FROM usage_record_evidence e WHERE e.id = u.id)
                THEN 1 ELSE 0 END AS complete
    FROM placed p JOIN usage_record u ON u.deployment = p.subject
), last AS MATERIALIZED (
    SELECT h.subject, max(h.period_to) AS day FROM held h
    WHERE h.complete = 1 AND h.start <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT p.subject, p.since AS day, yj_add_days(yj_add_months(p.since, :months), :grace) AS until,
           CAST(NULL AS TEXT) AS record_id, CAST(NULL AS INTEGER) AS anomalies,
           CASE WHEN yj_add_days(yj_add_months(p.since, :months), :grace) >= yj_today() THEN 'first_due'
                ELSE 'never' END AS reason
    FROM placed p WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = p.subject)
    UNION ALL
    SELECT h.subject, h.period_to, NULL, h.record_id, NULL, 'unanalysed'
    FROM held h WHERE h.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject)
    UNION ALL
    SELECT h.subject, h.start, NULL, h.record_id, NULL, 'in_future'
    FROM held h WHERE h.complete = 1 AND h.start > yj_today()
    UNION ALL
    SELECT h.subject, h.period_to, yj_add_days(yj_add_months(h.period_to, :months), :grace), h.record_id,
           h.anomalies_open,
           CASE WHEN yj_add_days(yj_add_months(h.period_to, :months), :grace) < yj_today() THEN 'overdue'
                WHEN h.anomalies_open > 0 THEN 'unexplained'
                ELSE 'analysed' END
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.period_to
    WHERE h.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'analysed' THEN 'met'
            WHEN o.reason = 'first_due' THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'unexplained') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('analysed', 'unexplained', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.record_id IS NULL THEN 'deployment' ELSE 'usage_record' END AS proof_kind,
       coalesce(o.record_id, o.subject) AS proof,
       p.deployment AS v_deployment, o.day AS v_day, o.until AS v_until, o.anomalies AS v_count
FROM outcome o JOIN placed p ON p.subject = o.subject

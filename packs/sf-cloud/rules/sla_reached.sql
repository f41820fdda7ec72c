-- rule: sla_reached
-- subject: sla
-- params: [model, grace]
-- reasons:
--   missed:
--     zh: 服务水平协议《{sla}》的指标没有达到承诺：{figure}。请要求受托方按协议补偿并整改，登记由此提出的整改；整改由第二人复核后本条恢复达标。
--     en: 'Indicators of service level agreement "{sla}" missed their targets - {figure}. Claim the agreed remedy, have it put right and enter the finding raised; once a second person has verified it the requirement is met again.'
--   overdue:
--     zh: 服务水平协议《{sla}》的指标没有按期计量：{figure}（括号内为应完成计量的最后一日）。请补作计量，或向受托方索取数据后核对。
--     en: 'Indicators of service level agreement "{sla}" were not measured in time - {figure} (last day in brackets). Measure them, or obtain the provider''s data and check them.'
--   not_measured:
--     zh: 服务水平协议《{sla}》的指标从未计量：{figure}。请按协议的周期计量并登记，附数据。
--     en: 'Indicators of service level agreement "{sla}" were never measured - {figure}. Measure them by the agreed period and enter the figures with their data.'
--   unproven:
--     zh: 服务水平协议《{sla}》的计量缺少实际值、计量人或计量数据：{figure}。请补齐。
--     en: 'Measurements for service level agreement "{sla}" lack their value, who measured, or the data - {figure}. Complete them.'
--   no_indicator:
--     zh: 服务水平协议《{sla}》没有登记按月、季或年计量、有数值的指标，无法判断服务水平是否达到。请登记。
--     en: Service level agreement "{sla}" has no indicator with a figure that is measured by month, quarter or year, so whether the level is reached cannot be told. Enter them.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用其他部署模式，本条不适用。
--     en: Service level agreement "{sla}" belongs to a contract for another model; the requirement does not apply.
--   not_running:
--     zh: 服务水平协议《{sla}》所属合同下没有运行中的部署，暂无需计量。
--     en: Nothing is in operation under the contract of service level agreement "{sla}", so nothing is to be measured yet.
--   reached:
--     zh: 服务水平协议《{sla}》最近一个周期的指标均达到承诺：{figure}。
--     en: 'The indicators of service level agreement "{sla}" reached their targets in the last period - {figure}.'
WITH live AS (
    SELECT s.id AS subject, s.title,
           CASE WHEN c.model <> :model THEN 'other_model'
                WHEN NOT EXISTS (SELECT 1 FROM deployment d
                                 WHERE d.contract = c.id AND d.state IN ('operating', 'exiting')) THEN 'not_running'
                ELSE 'live' END AS standing
    FROM subject x JOIN sla s ON s.id = x.id JOIN contract c ON c.id = s.contract
), promised AS MATERIALIZED (
    SELECT l.subject, i.id AS indicator_id, i.name, i.target_percent, i.target_minutes, i.target_amount,
           CASE i.period WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END AS months
    FROM live l JOIN sla_indicator i ON i.sla = l.subject
    WHERE l.standing = 'live' AND i.period IN ('month', 'quarter', 'year')
      AND (i.target_percent IS NOT NULL OR i.target_minutes IS NOT NULL OR i.target_amount IS NOT NULL)
), last AS MATERIALIZED (
    SELECT p.indicator_id, max(m.period_to) AS day
    FROM promised p JOIN sla_measurement m ON m.indicator = p.indicator_id
    WHERE m.period_to < yj_today() GROUP BY p.indicator_id
), coming AS MATERIALIZED (
    SELECT p.indicator_id, min(m.period_to) AS day
    FROM promised p JOIN sla_measurement m ON m.indicator = p.indicator_id
    WHERE m.period_to >= yj_today() GROUP BY p.indicator_id
), judged AS MATERIALIZED (
    SELECT p.subject, m.id AS measurement_id, p.name, m.period_to,
           yj_add_days(yj_add_days(yj_add_months(yj_add_days(m.period_to, 1), p.months), -1), :grace) AS until,
           CASE WHEN m.measured_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM sla_measurement_evidence e WHERE e.id = m.id)
                     OR (p.target_percent IS NOT NULL AND m.measured_percent IS NULL)
                     OR (p.target_minutes IS NOT NULL AND m.measured_minutes IS NULL)
                     OR (p.target_amount IS NOT NULL AND m.measured_amount IS NULL) THEN 'unproven'
                WHEN yj_add_days(yj_add_days(yj_add_months(yj_add_days(m.period_to, 1), p.months), -1), :grace)
                     < yj_today() THEN 'overdue'
                WHEN (m.measured_percent < p.target_percent OR m.measured_minutes > p.target_minutes
                      OR m.measured_amount < p.target_amount)
                     AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = m.finding AND f.state = 'verified'
                                                             AND f.verified_by IS NOT NULL) THEN 'missed'
                ELSE 'reached' END AS reason
    FROM promised p JOIN last t ON t.indicator_id = p.indicator_id
         JOIN sla_measurement m ON m.indicator = p.indicator_id AND m.period_to = t.day
), outcome AS (
    SELECT l.subject, CASE WHEN l.standing = 'live' THEN 'no_indicator' ELSE l.standing END AS reason,
           CAST(NULL AS TEXT) AS figure, CAST(NULL AS TEXT) AS due, CAST(NULL AS TEXT) AS measurement_id,
           CAST(NULL AS TEXT) AS indicator_id
    FROM live l WHERE NOT EXISTS (SELECT 1 FROM promised p WHERE p.subject = l.subject)
    UNION ALL
    SELECT p.subject, 'not_measured', p.name, n.day, NULL, p.indicator_id
    FROM promised p LEFT JOIN coming n ON n.indicator_id = p.indicator_id
    WHERE NOT EXISTS (SELECT 1 FROM last t WHERE t.indicator_id = p.indicator_id)
    UNION ALL
    SELECT p.subject, 'reached', p.name, n.day, NULL, p.indicator_id
    FROM promised p JOIN coming n ON n.indicator_id = p.indicator_id JOIN last t ON t.indicator_id = p.indicator_id
    UNION ALL
    SELECT j.subject, j.reason,
           j.name || CASE WHEN j.reason = 'overdue' THEN ' (' || j.until || ')' ELSE ' (' || j.period_to || ')' END,
           CASE WHEN j.reason IN ('reached', 'missed') THEN j.until END, j.measurement_id, NULL
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'reached' THEN 'met'
            WHEN o.reason IN ('other_model', 'not_running') THEN 'not_applicable'
            WHEN o.reason IN ('missed', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.measurement_id IS NOT NULL THEN 'sla_measurement' WHEN o.indicator_id IS NOT NULL
            THEN 'sla_indicator' ELSE 'sla' END AS proof_kind,
       coalesce(o.measurement_id, o.indicator_id, o.subject) AS proof,
       l.title AS v_sla, o.figure AS v_figure
FROM outcome o JOIN live l ON l.subject = o.subject

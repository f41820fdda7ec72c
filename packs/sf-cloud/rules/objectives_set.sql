-- rule: objectives_set
-- subject: institution
-- params: [months]
-- reach: institution
-- reasons:
--   unmeasured:
--     zh: 这些云应用信息安全目标没有衡量指标、界限或目标值，无法知道是否达到：{objective}。请补填。
--     en: 'These security objectives of cloud use have no measure, bound or amount, so it cannot be told whether they are reached: {objective}. Enter them.'
--   incomplete:
--     zh: 这些云应用信息安全目标没有写明内容、责任人、批准人或批准日期：{objective}。请补齐。
--     en: 'These security objectives of cloud use lack what is aimed at, who answers for it, who decided it, or when: {objective}. Complete them.'
--   overdue:
--     zh: 这些云应用信息安全目标超过评审期限：{objective}（应在 {until} 前）。请评审后更新批准日期。
--     en: 'These security objectives of cloud use were not reviewed in time: {objective} (due by {until}). Review them and change the date of decision.'
--   none:
--     zh: 没有有效的云应用信息安全目标。请确定可衡量的目标，批准后登记。
--     en: No security objective of cloud use is in force. Determine objectives that can be measured, have them decided and enter them.
--   set:
--     zh: 云应用信息安全目标已确定：{objective}；最早的评审期限为 {until}。
--     en: 'The security objectives of cloud use are determined: {objective}; the next review is due by {until}.'
WITH aim AS MATERIALIZED (
    SELECT x.id AS subject, o.id AS objective_id, o.title,
           CASE WHEN o.text IS NULL OR o.owner IS NULL OR o.decided_by IS NULL OR o.decided_on IS NULL THEN 'incomplete'
                WHEN o.metric IS NULL OR o.bound IS NULL OR o.amount IS NULL THEN 'unmeasured'
                WHEN CASE WHEN o.review_by < yj_add_months(o.decided_on, :months) THEN o.review_by
                          ELSE yj_add_months(o.decided_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'set' END AS reason,
           CASE WHEN o.review_by < yj_add_months(o.decided_on, :months) THEN o.review_by
                ELSE yj_add_months(o.decided_on, :months) END AS until
    FROM subject x JOIN objective o ON o.type = 'cloud' AND o.state = 'in_force'
)
SELECT a.subject AS subject, CASE WHEN a.reason = 'set' THEN 'met' ELSE 'unmet' END AS status, a.reason AS reason,
       CASE WHEN a.until >= yj_today() THEN a.until END AS due, 'objective' AS proof_kind, a.objective_id AS proof,
       a.title AS v_objective, CASE WHEN a.reason = 'overdue' THEN a.until
                                    WHEN a.reason = 'set'
                                    THEN (SELECT min(o.until) FROM aim o WHERE o.subject = a.subject) END AS v_until
FROM aim a
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM aim a WHERE a.subject = x.id)

-- rule: risks_analysed
-- subject: security_plan
-- params: [categories, months]
-- reasons:
--   category_missing:
--     zh: 安全方案“{plan}”没有分析这些类别的风险：{category|choice:risk.category}。请逐类分析；认为风险很低的，也登记并写明可能性和影响。
--     en: 'Security plan "{plan}" does not analyse risks of these categories: {category|choice:risk.category}. Go through each; where a risk is thought small, enter it with its likelihood and impact.'
--   incomplete:
--     zh: 安全方案“{plan}”的这些风险没有写明情形、可能性、影响、分析人或分析日期：{risk}。请分析后补齐。
--     en: 'These risks of security plan "{plan}" lack their description, likelihood, impact, who assessed them, or when: {risk}. Analyse them and complete the records.'
--   overdue:
--     zh: 安全方案“{plan}”的这些风险超过评审期限：{risk}（应在 {until} 前）。请重新分析。
--     en: 'These risks of security plan "{plan}" were not reviewed in time: {risk} (due by {until}). Analyse them anew.'
--   none:
--     zh: 安全方案“{plan}”还没有登记任何风险。请分析采用云技术产生的风险，登记并指明属于本方案。
--     en: No risk is entered for security plan "{plan}". Analyse the risks that the use of cloud brings, enter them and name this plan.
--   analysed:
--     zh: 安全方案“{plan}”已分析各类风险：{risk}；最早的评审期限为 {until}。
--     en: 'Security plan "{plan}" has its risks analysed, category by category: {risk}; the next review is due by {until}.'
WITH found AS MATERIALIZED (
    SELECT p.id AS subject, r.id AS risk_id, r.title, r.category,
           CASE WHEN r.description IS NULL OR r.likelihood IS NULL OR r.impact IS NULL OR r.assessed_by IS NULL
                     OR r.assessed_on IS NULL THEN 'incomplete'
                WHEN CASE WHEN r.review_by < yj_add_months(r.assessed_on, :months) THEN r.review_by
                          ELSE yj_add_months(r.assessed_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'analysed' END AS reason,
           CASE WHEN r.review_by < yj_add_months(r.assessed_on, :months) THEN r.review_by
                ELSE yj_add_months(r.assessed_on, :months) END AS until
    FROM subject x JOIN security_plan p ON p.id = x.id JOIN risk_plans v ON v.value = p.id JOIN risk r ON r.id = v.id
    WHERE r.state = 'open'
), category AS (
    SELECT 'data_leak' AS id UNION ALL SELECT 'data_loss' UNION ALL SELECT 'outage' UNION ALL SELECT 'isolation'
    UNION ALL SELECT 'control' UNION ALL SELECT 'jurisdiction' UNION ALL SELECT 'lock_in' UNION ALL SELECT 'provider'
    UNION ALL SELECT 'supply_chain' UNION ALL SELECT 'responsibility' UNION ALL SELECT 'access'
), outcome AS MATERIALIZED (
    SELECT f.subject, f.reason, f.risk_id, f.title, f.until, CAST(NULL AS TEXT) AS category FROM found f
    UNION ALL
    SELECT x.id, 'category_missing', NULL, NULL, NULL, c.id
    FROM subject x JOIN category c ON NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = x.id AND f.category = c.id)
    WHERE ' ' || :categories || ' ' LIKE '% ' || c.id || ' %' AND EXISTS (SELECT 1 FROM found f WHERE f.subject = x.id)
    UNION ALL
    SELECT x.id, 'none', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'analysed' THEN 'met' WHEN o.reason = 'none' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.until >= yj_today() THEN o.until END AS due,
       CASE WHEN o.risk_id IS NULL THEN 'security_plan' ELSE 'risk' END AS proof_kind,
       coalesce(o.risk_id, o.subject) AS proof, p.title AS v_plan, o.title AS v_risk, o.category AS v_category,
       CASE WHEN o.reason = 'overdue' THEN o.until
            WHEN o.reason = 'analysed' THEN (SELECT min(f.until) FROM found f WHERE f.subject = o.subject) END AS v_until
FROM outcome o JOIN security_plan p ON p.id = o.subject

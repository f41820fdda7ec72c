-- rule: plan_policies
-- subject: security_plan
-- params: [types, months]
-- reasons:
--   repealed:
--     zh: 安全方案“{plan}”遵循的这些策略没有在施行：{policy}。请改为遵循现行策略，并相应修订方案。
--     en: 'These policies that security plan "{plan}" follows are not in force: {policy}. Follow the present ones and revise the plan accordingly.'
--   overdue:
--     zh: 安全方案“{plan}”遵循的这些策略超过评审期限：{policy}（应在 {until} 前）。请评审策略，再核对方案。
--     en: 'These policies that security plan "{plan}" follows were not reviewed in time: {policy} (due by {until}). Review them, then hold the plan against them.'
--   type_missing:
--     zh: 安全方案“{plan}”没有指明遵循哪份{type|choice:policy.type}。请对照现行文件指明。
--     en: 'Security plan "{plan}" does not say which policy of this type it follows: {type|choice:policy.type}. Hold it against the document in force and name it.'
--   undated:
--     zh: 安全方案“{plan}”遵循的这些策略没有批准日期：{policy}。请填写。
--     en: 'These policies that security plan "{plan}" follows have no date of approval: {policy}. Enter it.'
--   follows:
--     zh: 安全方案“{plan}”遵循现行策略：{policy}；最早的评审期限为 {until}。
--     en: 'Security plan "{plan}" follows policies in force: {policy}; the next review of them is due by {until}.'
WITH held AS MATERIALIZED (
    SELECT x.id AS subject, p.id AS policy_id, p.title, p.type,
           CASE WHEN p.state <> 'in_force' THEN 'repealed'
                WHEN p.approved_on IS NULL THEN 'undated'
                WHEN CASE WHEN p.review_by < yj_add_months(p.approved_on, :months) THEN p.review_by
                          ELSE yj_add_months(p.approved_on, :months) END < yj_today() THEN 'overdue'
                ELSE 'follows' END AS reason,
           CASE WHEN p.review_by < yj_add_months(p.approved_on, :months) THEN p.review_by
                ELSE yj_add_months(p.approved_on, :months) END AS until
    FROM subject x JOIN security_plan_policies v ON v.id = x.id JOIN policy p ON p.id = v.value
    WHERE ' ' || :types || ' ' LIKE '% ' || p.type || ' %'
), type AS (
    SELECT 'risk_acceptance' AS id UNION ALL SELECT 'security_requirements' UNION ALL SELECT 'business_strategy'
    UNION ALL SELECT 'security_strategy' UNION ALL SELECT 'planning_principles'
), outcome AS MATERIALIZED (
    SELECT h.subject, h.reason, h.policy_id, h.title, h.until, CAST(NULL AS TEXT) AS type FROM held h
    UNION ALL
    SELECT x.id, 'type_missing', NULL, NULL, NULL, t.id
    FROM subject x JOIN type t ON NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = x.id AND h.type = t.id)
    WHERE ' ' || :types || ' ' LIKE '% ' || t.id || ' %'
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'follows' THEN 'met' WHEN 'undated' THEN 'unknown' WHEN 'type_missing' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'follows' THEN o.until END AS due,
       CASE WHEN o.policy_id IS NULL THEN 'security_plan' ELSE 'policy' END AS proof_kind,
       coalesce(o.policy_id, o.subject) AS proof, p.title AS v_plan, o.title AS v_policy, o.type AS v_type,
       CASE WHEN o.reason = 'overdue' THEN o.until
            WHEN o.reason = 'follows'
            THEN (SELECT min(h.until) FROM held h WHERE h.subject = o.subject AND h.reason = 'follows') END AS v_until
FROM outcome o JOIN security_plan p ON p.id = o.subject

-- rule: principles_set
-- subject: institution
-- params: [type, months]
-- reach: institution
-- reasons:
--   overdue:
--     zh: “{policy}”确立了“{topic|choice:policy_requirement.principle}”的原则，但应在 {until} 前重新评审，已超期。请评审后更新批准日期和期限。
--     en: '"{policy}" lays down a principle on "{topic|choice:policy_requirement.principle}", but was to be reviewed by {until} and is overdue. Review it, then change its dates.'
--   missing:
--     zh: 云计算应用原则没有涉及“{topic|choice:policy_requirement.principle}”。请与相关各方确定原则，作为策略要求逐条登记。
--     en: The principles of cloud use say nothing on "{topic|choice:policy_requirement.principle}". Settle one with the parties concerned and enter it as a policy requirement.
--   not_approved:
--     zh: 确立“{topic|choice:policy_requirement.principle}”原则的“{policy}”还没有批准并施行。请由归口负责人以外的人批准后发布。
--     en: '"{policy}", which lays down a principle on "{topic|choice:policy_requirement.principle}", is not approved and in force. Have someone other than its owner approve it, then issue it.'
--   ahead:
--     zh: “{policy}”的批准日期 {approved} 还没有到，“{topic|choice:policy_requirement.principle}”的原则尚不作数。请核对日期。
--     en: '"{policy}" is dated as approved on {approved}, still to come, so its principle on "{topic|choice:policy_requirement.principle}" does not count yet. Check the date.'
--   no_evidence:
--     zh: 确立“{topic|choice:policy_requirement.principle}”原则的“{policy}”没有附文本和批准文件。请附上。
--     en: '"{policy}", which lays down a principle on "{topic|choice:policy_requirement.principle}", has neither text nor approval attached. Attach them.'
--   none:
--     zh: 没有登记{:type|choice:policy.type}。请就五个方面确定原则，批准并登记。
--     en: 'There is no record of this policy: {:type|choice:policy.type}. Settle principles on the five matters, have them approved and enter them.'
--   laid_down:
--     zh: “{policy}”（{approved} 批准）确立了“{topic|choice:policy_requirement.principle}”的原则，最迟 {until} 重新评审。
--     en: '"{policy}" (approved on {approved}) lays down a principle on "{topic|choice:policy_requirement.principle}"; it is to be reviewed by {until}.'
WITH topic AS (
    SELECT 'responsibility' AS id
    UNION ALL SELECT 'ownership'
    UNION ALL SELECT 'jurisdiction'
    UNION ALL SELECT 'security_level'
    UNION ALL SELECT 'prudent_use'
), held AS MATERIALIZED (
    SELECT p.id AS policy_id, p.title, p.approved_on, p.state, p.owner, p.approved_by,
           CASE WHEN p.review_by < yj_add_months(p.approved_on, :months) THEN p.review_by
                ELSE yj_add_months(p.approved_on, :months) END AS until
    FROM policy p WHERE p.type = :type AND p.state IN ('draft', 'in_force')
), judged AS MATERIALIZED (
    SELECT h.policy_id, h.title, h.approved_on, h.until, r.principle,
           CASE WHEN h.state = 'draft' OR h.owner IS NULL OR h.approved_by IS NULL OR h.approved_on IS NULL
                THEN 'not_approved'
                WHEN h.approved_on > yj_today() THEN 'ahead'
                WHEN h.until < yj_today() THEN 'overdue'
                WHEN NOT EXISTS (SELECT 1 FROM policy_evidence e WHERE e.id = h.policy_id) THEN 'no_evidence'
                ELSE 'laid_down' END AS reason
    FROM held h JOIN policy_requirement r ON r.policy = h.policy_id
    WHERE r.principle IS NOT NULL
), best AS MATERIALIZED (
    SELECT j.principle, max(CASE WHEN j.reason = 'laid_down' THEN j.until END) AS until FROM judged j GROUP BY j.principle
)
SELECT x.id AS subject,
       CASE WHEN j.reason = 'laid_down' THEN 'met' WHEN j.reason = 'overdue' THEN 'unmet' ELSE 'unknown' END AS status,
       j.reason AS reason,
       CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.approved_on, -1)
            WHEN j.reason IN ('laid_down', 'no_evidence') THEN j.until END AS due,
       'policy' AS proof_kind, j.policy_id AS proof,
       j.title AS v_policy, j.principle AS v_topic, j.until AS v_until, j.approved_on AS v_approved
FROM subject x CROSS JOIN topic t JOIN judged j ON j.principle = t.id JOIN best b ON b.principle = t.id
WHERE b.until IS NULL OR (j.reason = 'laid_down' AND j.until = b.until)
UNION ALL
SELECT x.id, 'unmet', 'missing', NULL, NULL, NULL, NULL, t.id, NULL, NULL
FROM subject x CROSS JOIN topic t
WHERE EXISTS (SELECT 1 FROM held h)
  AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.principle = t.id)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM held h)

-- rule: policy_set
-- subject: institution
-- params: [type, months]
-- reach: institution
-- reasons:
--   overdue:
--     zh: “{policy}”应在 {until} 前重新评审，已超期。请评审后更新批准日期和下次评审期限。
--     en: '"{policy}" was to be reviewed by {until} and is overdue. Review it, then change the date of approval and the next date of review.'
--   no_threshold:
--     zh: “{policy}”没有写明可接受的最高风险值或有权接受风险的岗位。请确定并填写，否则无法判断哪些风险可以接受。
--     en: '"{policy}" does not say up to which value risks may be accepted, or by whom. Settle and enter both; otherwise it cannot be told which risks may be accepted.'
--   no_demands:
--     zh: “{policy}”没有登记任何具体要求。请把其中的要求逐条登记为策略要求。
--     en: '"{policy}" has no concrete requirement entered. Enter what it demands, one by one, as policy requirements.'
--   not_approved:
--     zh: “{policy}”缺少归口负责人、批准人或批准日期，还不能作数。请由归口负责人以外的人批准后补填。
--     en: '"{policy}" lacks its owner, who approved it, or when. Have someone other than the owner approve it and complete the record.'
--   no_evidence:
--     zh: “{policy}”没有附策略文本和批准文件，请附上。
--     en: '"{policy}" has neither its text nor its approval attached. Attach them.'
--   ahead:
--     zh: “{policy}”的批准日期 {approved} 还没有到，请核对。
--     en: '"{policy}" is dated as approved on {approved}, which is still to come. Check the date.'
--   not_issued:
--     zh: “{policy}”还没有发布施行。请批准并发布。
--     en: '"{policy}" has not been issued. Have it approved and issue it.'
--   none:
--     zh: 没有登记{:type|choice:policy.type}。请制定、批准并登记。
--     en: 'There is no record of this policy: {:type|choice:policy.type}. Draw it up, have it approved and enter it.'
--   set:
--     zh: “{policy}”已于 {approved} 批准施行，最迟 {until} 重新评审。
--     en: '"{policy}" was approved on {approved} and is in force; it is to be reviewed by {until}.'
WITH held AS (
    SELECT x.id AS subject, p.id AS policy_id, p.title, p.type, p.state, p.owner, p.approved_by, p.approved_on,
           p.acceptable_value, p.acceptor,
           CASE WHEN p.review_by < yj_add_months(p.approved_on, :months) THEN p.review_by
                ELSE yj_add_months(p.approved_on, :months) END AS until
    FROM subject x JOIN policy p ON p.type = :type
    WHERE p.state IN ('draft', 'in_force')
), judged AS MATERIALIZED (
    SELECT h.subject, h.policy_id, h.title, h.approved_on, h.until,
           CASE WHEN h.state = 'draft' THEN 'not_issued'
                WHEN h.owner IS NULL OR h.approved_by IS NULL OR h.approved_on IS NULL THEN 'not_approved'
                WHEN h.approved_on > yj_today() THEN 'ahead'
                WHEN h.until < yj_today() THEN 'overdue'
                WHEN h.type = 'risk_acceptance' AND (h.acceptable_value IS NULL OR h.acceptor IS NULL) THEN 'no_threshold'
                WHEN h.type = 'security_requirements'
                     AND NOT EXISTS (SELECT 1 FROM policy_requirement r WHERE r.policy = h.policy_id) THEN 'no_demands'
                WHEN NOT EXISTS (SELECT 1 FROM policy_evidence e WHERE e.id = h.policy_id) THEN 'no_evidence'
                ELSE 'set' END AS reason
    FROM held h
), best AS (
    SELECT j.subject, max(CASE WHEN j.reason = 'set' THEN j.until END) AS until FROM judged j GROUP BY j.subject
)
SELECT j.subject AS subject,
       CASE WHEN j.reason = 'set' THEN 'met'
            WHEN j.reason IN ('overdue', 'no_threshold', 'no_demands') THEN 'unmet'
            ELSE 'unknown' END AS status,
       j.reason AS reason,
       CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.approved_on, -1)
            WHEN j.reason IN ('set', 'no_evidence', 'no_threshold', 'no_demands') THEN j.until END AS due,
       'policy' AS proof_kind, j.policy_id AS proof,
       j.title AS v_policy, j.approved_on AS v_approved, j.until AS v_until
FROM judged j JOIN best b ON b.subject = j.subject
WHERE b.until IS NULL OR (j.reason = 'set' AND j.until = b.until)
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = x.id)

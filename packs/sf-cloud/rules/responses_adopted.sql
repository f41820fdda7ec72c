-- rule: responses_adopted
-- subject: security_plan
-- params: []
-- reasons:
--   unadopted:
--     zh: 安全方案“{plan}”没有采纳这些应对措施：{response}。请写进方案的相应内容并指明。
--     en: 'Security plan "{plan}" does not adopt these responses: {response}. Write them into the sections concerned and name these.'
--   overdue:
--     zh: 安全方案“{plan}”的这些应对措施超过落实期限：{response}（应在 {until} 前）。请落实并登记日期，或另定期限。
--     en: 'These responses in security plan "{plan}" were not carried out in time: {response} (due by {until}). Carry them out and enter when, or set another date.'
--   undated:
--     zh: 安全方案“{plan}”的这些应对措施没有落实期限或落实日期：{response}。请填写。
--     en: 'These responses in security plan "{plan}" have no date by which they are carried out, or on which they were: {response}. Enter it.'
--   none:
--     zh: 安全方案“{plan}”的风险还没有确定的应对措施，无从判断是否采纳。请先制定。
--     en: No response is agreed for the risks of security plan "{plan}", so it cannot be told whether it is adopted. Work them out first.
--   adopted:
--     zh: 安全方案“{plan}”采纳了全部应对措施：{response}。
--     en: 'Security plan "{plan}" adopts every response: {response}.'
WITH answer AS MATERIALIZED (
    SELECT x.id AS subject, a.id AS response_id, r.title || ' / ' || a.title AS title, a.state, a.due_on,
           CASE WHEN a.strategy <> 'accept'
                     AND NOT EXISTS (SELECT 1 FROM risk_response_sections s JOIN plan_section c ON c.id = s.value
                                     WHERE s.id = a.id AND c.plan = x.id) THEN 'unadopted'
                WHEN a.strategy <> 'accept' AND CASE WHEN a.state = 'done' THEN a.done_on ELSE a.due_on END IS NULL
                THEN 'undated'
                WHEN a.strategy <> 'accept' AND a.state = 'agreed' AND a.due_on < yj_today() THEN 'overdue'
                ELSE 'adopted' END AS reason
    FROM subject x JOIN risk_plans v ON v.value = x.id JOIN risk r ON r.id = v.id JOIN risk_response a ON a.risk = r.id
    WHERE r.state = 'open' AND a.state IN ('agreed', 'done')
)
SELECT a.subject AS subject, CASE WHEN a.reason = 'adopted' THEN 'met' ELSE 'unmet' END AS status, a.reason AS reason,
       CASE WHEN a.reason = 'adopted' AND a.state = 'agreed' AND a.due_on >= yj_today() THEN a.due_on END AS due,
       'risk_response' AS proof_kind, a.response_id AS proof,
       p.title AS v_plan, a.title AS v_response, CASE WHEN a.reason = 'overdue' THEN a.due_on END AS v_until
FROM answer a JOIN security_plan p ON p.id = a.subject
UNION ALL
SELECT p.id, 'unknown', 'none', NULL, 'security_plan', p.id, p.title, NULL, NULL
FROM subject x JOIN security_plan p ON p.id = x.id
WHERE NOT EXISTS (SELECT 1 FROM answer a WHERE a.subject = x.id)

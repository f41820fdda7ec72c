-- rule: risks_answered
-- subject: security_plan
-- params: []
-- reasons:
--   unanswered:
--     zh: 安全方案“{plan}”的这些风险还没有确定的应对措施：{risk}。请逐项制定，由责任人以外的人决定。
--     en: 'These risks of security plan "{plan}" have no response agreed: {risk}. Work one out for each and have someone other than the person responsible decide.'
--   incomplete:
--     zh: 安全方案“{plan}”的这些应对措施没有写明做法、责任人、决定人或剩余风险：{response}。请补齐。
--     en: 'These responses in security plan "{plan}" lack what is done, who answers for it, who decided it, or the risk that remains: {response}. Complete them.'
--   too_high:
--     zh: 安全方案“{plan}”的这些风险在应对之后仍高于可接受的风险值 {acceptable}：{risk}（括号内为剩余风险值）。请加强应对，或由有权的人修订风险接受策略。
--     en: 'After every response these risks of security plan "{plan}" remain above the acceptable value {acceptable}: {risk} (what remains in brackets). Strengthen the responses, or have the strategy revised by those entitled to.'
--   no_strategy:
--     zh: 安全方案“{plan}”没有指明施行中的风险接受策略，无从判断剩余风险能否接受。请在方案中指明。
--     en: Security plan "{plan}" names no strategy for accepting risks that is in force, so it cannot be told whether what remains may be accepted. Name it in the plan.
--   none:
--     zh: 安全方案“{plan}”还没有登记任何风险，无从判断应对。请先分析风险。
--     en: No risk is entered for security plan "{plan}", so there is no response to judge. Analyse the risks first.
--   answered:
--     zh: 安全方案“{plan}”的风险都有应对措施，剩余风险不高于可接受的风险值 {acceptable}：{risk}。
--     en: 'Every risk of security plan "{plan}" has a response, and what remains is not above the acceptable value {acceptable}: {risk}.'
WITH found AS MATERIALIZED (
    SELECT p.id AS subject, r.id AS risk_id, r.title
    FROM subject x JOIN security_plan p ON p.id = x.id JOIN risk_plans v ON v.value = p.id JOIN risk r ON r.id = v.id
    WHERE r.state = 'open'
), answer AS MATERIALIZED (
    SELECT f.subject, f.risk_id, a.id AS response_id, f.title || ' / ' || a.title AS title,
           a.residual_likelihood * a.residual_impact AS remains,
           CASE WHEN a.measure IS NULL OR a.responsible IS NULL OR a.decided_by IS NULL OR a.residual_likelihood IS NULL
                     OR a.residual_impact IS NULL THEN 1 ELSE 0 END AS incomplete
    FROM found f JOIN risk_response a ON a.risk = f.risk_id WHERE a.state IN ('agreed', 'done')
), least AS MATERIALIZED (
    SELECT a.subject, a.risk_id, min(a.remains) AS remains FROM answer a GROUP BY a.subject, a.risk_id
), strategy AS MATERIALIZED (
    SELECT x.id AS subject, min(s.acceptable_value) AS acceptable
    FROM subject x JOIN security_plan_policies v ON v.id = x.id JOIN policy s ON s.id = v.value
    WHERE s.type = 'risk_acceptance' AND s.state = 'in_force'
    GROUP BY x.id
), outcome AS MATERIALIZED (
    SELECT f.subject, f.risk_id, CAST(NULL AS TEXT) AS response_id,
           f.title || CASE WHEN l.remains IS NULL THEN '' ELSE ' (' || CAST(l.remains AS TEXT) || ')' END AS risk,
           CAST(NULL AS TEXT) AS response,
           CASE WHEN l.risk_id IS NULL THEN 'unanswered'
                WHEN s.acceptable IS NULL THEN 'no_strategy'
                WHEN l.remains > s.acceptable THEN 'too_high'
                ELSE 'answered' END AS reason
    FROM found f LEFT JOIN least l ON l.subject = f.subject AND l.risk_id = f.risk_id
         LEFT JOIN strategy s ON s.subject = f.subject
    UNION ALL
    SELECT a.subject, a.risk_id, a.response_id, NULL, a.title, 'incomplete' FROM answer a WHERE a.incomplete = 1
    UNION ALL
    SELECT x.id, NULL, NULL, NULL, NULL, 'none'
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'answered' THEN 'met' WHEN o.reason IN ('none', 'no_strategy') THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.response_id IS NOT NULL THEN 'risk_response' WHEN o.risk_id IS NOT NULL THEN 'risk'
            ELSE 'security_plan' END AS proof_kind,
       coalesce(o.response_id, o.risk_id, o.subject) AS proof,
       p.title AS v_plan, o.risk AS v_risk, o.response AS v_response, CAST(s.acceptable AS TEXT) AS v_acceptable
FROM outcome o JOIN security_plan p ON p.id = o.subject LEFT JOIN strategy s ON s.subject = o.subject

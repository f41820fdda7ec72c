-- rule: demands_on_both
-- subject: security_plan
-- params: []
-- reasons:
--   provider_missing:
--     zh: 安全方案“{plan}”没有对受托方提出：{nature|choice:plan_requirement.nature}。请明确，登记为方案要求并选定性质。
--     en: 'Security plan "{plan}" lays down nothing of this nature for the provider: {nature|choice:plan_requirement.nature}. Settle it, enter it as a plan requirement and say of which nature it is.'
--   client_missing:
--     zh: 安全方案“{plan}”没有对委托方自身提出：{nature|choice:plan_item.nature}。请明确，登记为系统自身措施并选定性质。
--     en: 'Security plan "{plan}" lays down nothing of this nature for the client itself: {nature|choice:plan_item.nature}. Settle it, enter it among the system''s own measures and say of which nature it is.'
--   unsorted:
--     zh: 安全方案“{plan}”的要求和自身措施都没有选定是技术要求还是安全要求。请逐条选定。
--     en: Security plan "{plan}" does not say of any demand or own measure whether it is technical or about security. Sort them.
--   stated:
--     zh: 安全方案“{plan}”明确了双方的技术与安全要求：受托方 {provider} 条，委托方 {client} 条。
--     en: 'Security plan "{plan}" states the technical and security requirements of both sides: {provider} for the provider, {client} for the client.'
WITH demand AS MATERIALIZED (
    SELECT x.id AS subject, 'provider' AS side, r.nature FROM subject x JOIN plan_requirement r ON r.plan = x.id
    WHERE r.nature IS NOT NULL
    UNION ALL
    SELECT x.id, 'client', i.nature
    FROM subject x JOIN plan_section c ON c.plan = x.id JOIN plan_item i ON i.section = c.id
    WHERE c.topic = 'own_measures' AND i.nature IS NOT NULL
), wanted AS (
    SELECT 'provider' AS side, 'technical' AS nature UNION ALL SELECT 'provider', 'security'
    UNION ALL SELECT 'client', 'technical' UNION ALL SELECT 'client', 'security'
), outcome AS MATERIALIZED (
    SELECT x.id AS subject,
           CASE WHEN EXISTS (SELECT 1 FROM demand d WHERE d.subject = x.id) THEN 'stated' ELSE 'unsorted' END AS reason,
           CAST(NULL AS TEXT) AS nature
    FROM subject x
    UNION ALL
    SELECT x.id, CASE WHEN w.side = 'provider' THEN 'provider_missing' ELSE 'client_missing' END, w.nature
    FROM subject x JOIN wanted w ON NOT EXISTS (SELECT 1 FROM demand d
                                                WHERE d.subject = x.id AND d.side = w.side AND d.nature = w.nature)
    WHERE EXISTS (SELECT 1 FROM demand d WHERE d.subject = x.id)
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'stated' THEN 'met' WHEN 'unsorted' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due, 'security_plan' AS proof_kind, o.subject AS proof, p.title AS v_plan,
       o.nature AS v_nature,
       (SELECT CAST(count(*) AS TEXT) FROM demand d WHERE d.subject = o.subject AND d.side = 'provider') AS v_provider,
       (SELECT CAST(count(*) AS TEXT) FROM demand d WHERE d.subject = o.subject AND d.side = 'client') AS v_client
FROM outcome o JOIN security_plan p ON p.id = o.subject

-- rule: needs_based
-- subject: institution
-- params: [type]
-- reach: institution
-- reasons:
--   unbased:
--     zh: 这些安全需求没有指明所依据的{:type|choice:policy.type}：{need}。请对照现行文件逐条指明依据。
--     en: 'These security needs do not say on which policy in force they rest ({:type|choice:policy.type}): {need}. Hold them against the document in force and name it.'
--   no_policy:
--     zh: 没有施行中的{:type|choice:policy.type}，安全需求无所依据。请先发布并登记。
--     en: 'No policy of this type is in force, so the needs have nothing to rest on: {:type|choice:policy.type}. Issue one and enter it first.'
--   none:
--     zh: 还没有经确认的安全需求。请根据{:type|choice:policy.type}识别云计算应用的安全需求，登记并由另一人确认。
--     en: 'No security need is confirmed yet. Identify the needs of cloud use on the basis of the {:type|choice:policy.type}, enter them and have another person confirm them.'
--   based:
--     zh: 已确认的 {count} 条安全需求都依据施行中的{:type|choice:policy.type}提出：{policy}。
--     en: 'All {count} security needs confirmed rest on policies in force ({:type|choice:policy.type}): {policy}.'
WITH need AS MATERIALIZED (
    SELECT x.id AS subject, n.id AS need_id, n.title, p.id AS policy_id, p.title AS policy
    FROM subject x JOIN security_need n ON n.state = 'confirmed'
         LEFT JOIN (SELECT b.id AS need, p.id, p.title FROM security_need_basis b JOIN policy p ON p.id = b.value
                    WHERE p.type = :type AND p.state = 'in_force') p ON p.need = n.id
), stock AS MATERIALIZED (
    SELECT x.id AS subject,
           CASE WHEN EXISTS (SELECT 1 FROM policy p WHERE p.type = :type AND p.state = 'in_force') THEN 1 ELSE 0 END AS policies,
           (SELECT count(DISTINCT n.need_id) FROM need n WHERE n.subject = x.id) AS needs,
           (SELECT count(*) FROM need n WHERE n.subject = x.id AND n.policy_id IS NULL) AS unbased
    FROM subject x
)
SELECT s.subject AS subject, 'unknown' AS status, CASE WHEN s.needs = 0 THEN 'none' ELSE 'no_policy' END AS reason,
       NULL AS due, NULL AS proof_kind, NULL AS proof, CAST(NULL AS TEXT) AS v_need, CAST(NULL AS TEXT) AS v_policy,
       CAST(NULL AS TEXT) AS v_count
FROM stock s WHERE s.needs = 0 OR s.policies = 0
UNION ALL
SELECT n.subject, CASE WHEN n.policy_id IS NULL THEN 'unmet' ELSE 'met' END,
       CASE WHEN n.policy_id IS NULL THEN 'unbased' ELSE 'based' END, NULL, 'security_need', n.need_id, n.title, n.policy,
       CAST(s.needs AS TEXT)
FROM need n JOIN stock s ON s.subject = n.subject
WHERE s.policies = 1 AND (s.unbased = 0 OR n.policy_id IS NULL)

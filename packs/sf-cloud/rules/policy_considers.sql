-- rule: policy_considers
-- subject: institution
-- params: [types]
-- reach: institution
-- reasons:
--   missing:
--     zh: 施行中的风险接受策略和云计算安全要求没有涉及：{matter|choice:policy_requirement.matter}。请在策略中补充具体要求并登记。
--     en: 'The strategy for accepting risks and the cloud security requirements in force say nothing about: {matter|choice:policy_requirement.matter}. Add concrete requirements to them and enter these.'
--   none:
--     zh: 没有施行中的风险接受策略或云计算安全要求，无从判断其考虑了哪些方面。请先制定并登记。
--     en: Neither a strategy for accepting risks nor cloud security requirements are in force, so it cannot be told what they consider. Draw them up and enter them first.
--   considered:
--     zh: 策略对数据、信息系统和云计算平台都提出了具体要求，共 {count} 条，见：{policy}。
--     en: 'The policies make concrete requirements on data, information systems and the cloud platform, {count} in all: {policy}.'
WITH held AS MATERIALIZED (
    SELECT x.id AS subject, p.id AS policy_id, p.title
    FROM subject x JOIN policy p ON p.state = 'in_force'
    WHERE ' ' || :types || ' ' LIKE '% ' || p.type || ' %'
), demand AS MATERIALIZED (
    SELECT h.subject, h.policy_id, h.title, r.matter FROM held h JOIN policy_requirement r ON r.policy = h.policy_id
), matter AS (
    SELECT 'data' AS id UNION ALL SELECT 'system' UNION ALL SELECT 'platform'
), gap AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS matter
    FROM subject x JOIN matter m ON NOT EXISTS (SELECT 1 FROM demand d WHERE d.subject = x.id AND d.matter = m.id)
    WHERE EXISTS (SELECT 1 FROM held h WHERE h.subject = x.id)
)
SELECT g.subject AS subject, 'unmet' AS status, 'missing' AS reason, NULL AS due, 'policy' AS proof_kind,
       h.policy_id AS proof, g.matter AS v_matter, h.title AS v_policy, CAST(NULL AS TEXT) AS v_count
FROM gap g JOIN held h ON h.subject = g.subject
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = x.id)
UNION ALL
SELECT d.subject, 'met', 'considered', NULL, 'policy', d.policy_id, NULL, d.title,
       (SELECT CAST(count(*) AS TEXT) FROM demand o WHERE o.subject = d.subject)
FROM demand d WHERE NOT EXISTS (SELECT 1 FROM gap g WHERE g.subject = d.subject)

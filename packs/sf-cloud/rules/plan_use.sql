-- rule: plan_use
-- subject: security_plan
-- params: []
-- reasons:
--   system_missing:
--     zh: 安全方案“{plan}”没有列入据此部署的这些系统：{system}。请补充。
--     en: 'Security plan "{plan}" leaves out these systems that are deployed by it: {system}. Add them.'
--   data_missing:
--     zh: 安全方案“{plan}”没有列入这些数据：{asset}。请补充；决定不上云的，登记在上云决定中。
--     en: 'Security plan "{plan}" leaves out these data: {asset}. Add them; what is to be kept off the cloud belongs in the decision to move.'
--   no_purpose:
--     zh: 安全方案“{plan}”列入的这些系统没有写明业务用途：{system}。请在系统记录中填写。
--     en: 'Of these systems that security plan "{plan}" lists, the business purpose is not entered: {system}. Enter it with the system.'
--   empty:
--     zh: 安全方案“{plan}”没有列出拟使用云的系统和数据。请列出。
--     en: Security plan "{plan}" lists no systems or no data that will use the cloud. List them.
--   no_section:
--     zh: 安全方案“{plan}”没有描述拟使用云的信息和业务。请写入方案并登记。
--     en: Security plan "{plan}" does not describe the information and services that will use the cloud. Write it into the plan and enter it.
--   described:
--     zh: 安全方案“{plan}”描述了拟使用云的业务（{system}）和 {count} 项数据，据此部署的都在其中。
--     en: 'Security plan "{plan}" describes the services ({system}) and {count} data assets that will use the cloud; everything deployed by it is among them.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = 'use'
), placed AS MATERIALIZED (
    SELECT DISTINCT s.subject, s.section_id, y.id AS system_id, y.name AS system
    FROM section s JOIN deployment d ON d.plan = s.subject JOIN system y ON y.id = d.system
    WHERE d.state <> 'closed' AND s.section_id IS NOT NULL
), outcome AS MATERIALIZED (
    SELECT s.subject, CASE WHEN s.section_id IS NULL THEN 'no_section' ELSE 'empty' END AS reason,
           CAST(NULL AS TEXT) AS system_id, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS asset_id,
           CAST(NULL AS TEXT) AS asset
    FROM section s
    WHERE s.section_id IS NULL OR NOT EXISTS (SELECT 1 FROM plan_section_systems v WHERE v.id = s.section_id)
       OR NOT EXISTS (SELECT 1 FROM plan_section_data_assets v WHERE v.id = s.section_id)
    UNION ALL
    SELECT p.subject, 'system_missing', p.system_id, p.system, NULL, NULL
    FROM placed p WHERE NOT EXISTS (SELECT 1 FROM plan_section_systems v WHERE v.id = p.section_id AND v.value = p.system_id)
    UNION ALL
    SELECT p.subject, 'data_missing', NULL, NULL, a.id, p.system || ' / ' || a.name
    FROM placed p JOIN data_asset a ON a.system = p.system_id
    WHERE a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM plan_section_data_assets v WHERE v.id = p.section_id AND v.value = a.id)
      AND NOT EXISTS (SELECT 1 FROM move_decision_left_out v JOIN move_decision m ON m.id = v.id
                           JOIN deployment d ON d.id = m.deployment
                      WHERE v.value = a.id AND m.state = 'decided' AND d.plan = p.subject)
    UNION ALL
    SELECT s.subject, CASE WHEN y.business_purpose IS NULL THEN 'no_purpose' ELSE 'described' END, y.id, y.name, NULL, NULL
    FROM section s JOIN plan_section_systems v ON v.id = s.section_id JOIN system y ON y.id = v.value
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'described' THEN 'met' WHEN 'no_section' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.system_id IS NOT NULL THEN 'system' WHEN o.asset_id IS NOT NULL THEN 'data_asset'
            WHEN s.section_id IS NOT NULL THEN 'plan_section' ELSE 'security_plan' END AS proof_kind,
       coalesce(o.system_id, o.asset_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.system AS v_system, o.asset AS v_asset,
       CASE WHEN o.reason = 'described'
            THEN (SELECT CAST(count(*) AS TEXT) FROM plan_section_data_assets v WHERE v.id = s.section_id) END AS v_count
FROM outcome o JOIN section s ON s.subject = o.subject

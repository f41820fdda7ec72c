-- rule: plan_placement
-- subject: security_plan
-- params: []
-- reasons:
--   model_outside:
--     zh: 这些部署的部署模式不在安全方案“{plan}”可接受之列：{deployment}。请改用可接受的模式，或修订方案。
--     en: 'The deployment model of these is not one that security plan "{plan}" accepts: {deployment}. Use one that it accepts, or revise the plan.'
--   service_outside:
--     zh: 这些部署的服务模式不在安全方案“{plan}”可接受之列：{deployment}。请改用可接受的模式，或修订方案。
--     en: 'The service model of these is not one that security plan "{plan}" accepts: {deployment}. Use one that it accepts, or revise the plan.'
--   demand_missing:
--     zh: 安全方案“{plan}”没有就这些方面提出要求：{demand|choice:plan_requirement.topic}。请写入方案并登记。
--     en: 'Security plan "{plan}" demands nothing on: {demand|choice:plan_requirement.topic}. Write it into the plan and enter it.'
--   open:
--     zh: 安全方案“{plan}”的这些要求没有选择可接受的模式或地点：{requirement}。请补填。
--     en: 'These demands of security plan "{plan}" do not say which models or places are accepted: {requirement}. Enter them.'
--   no_section:
--     zh: 安全方案“{plan}”没有说明部署模式、服务模式和数据存储位置。请写入方案并登记。
--     en: Security plan "{plan}" says nothing of deployment model, service model and data location. Write it into the plan and enter it.
--   settled:
--     zh: 安全方案“{plan}”对部署模式、服务模式和数据存储位置提出了要求：{requirement}；据此部署的均相符。
--     en: 'Security plan "{plan}" makes its demands on deployment model, service model and data location: {requirement}; what is deployed by it agrees.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id
    FROM subject x JOIN security_plan p ON p.id = x.id
         LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = 'deployment'
), topic AS (
    SELECT 'deployment_model' AS id UNION ALL SELECT 'service_model' UNION ALL SELECT 'data_location'
), demand AS MATERIALIZED (
    SELECT s.subject, r.id AS requirement_id, r.title, r.topic, r.system,
           CASE WHEN r.topic = 'deployment_model' AND EXISTS (SELECT 1 FROM plan_requirement_models v WHERE v.id = r.id) THEN 1
                WHEN r.topic = 'service_model' AND EXISTS (SELECT 1 FROM plan_requirement_service_models v WHERE v.id = r.id)
                THEN 1
                WHEN r.topic = 'data_location' AND EXISTS (SELECT 1 FROM plan_requirement_locations v WHERE v.id = r.id) THEN 1
                ELSE 0 END AS given
    FROM section s JOIN plan_requirement r ON r.plan = s.subject JOIN topic t ON t.id = r.topic
), placed AS MATERIALIZED (
    SELECT s.subject, d.id AS deployment_id, y.name || ' / ' || d.name AS deployment, d.system, d.model, d.service_model
    FROM section s JOIN deployment d ON d.plan = s.subject JOIN system y ON y.id = d.system WHERE d.state <> 'closed'
), outcome AS MATERIALIZED (
    SELECT s.subject, 'no_section' AS reason, CAST(NULL AS TEXT) AS requirement_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS demand, CAST(NULL AS TEXT) AS deployment_id, CAST(NULL AS TEXT) AS deployment
    FROM section s WHERE s.section_id IS NULL
    UNION ALL
    SELECT s.subject, 'demand_missing', NULL, NULL, t.id, NULL, NULL
    FROM section s JOIN topic t ON NOT EXISTS (SELECT 1 FROM demand d WHERE d.subject = s.subject AND d.topic = t.id)
    UNION ALL
    SELECT d.subject, CASE WHEN d.given = 1 THEN 'settled' ELSE 'open' END, d.requirement_id, d.title, NULL, NULL, NULL
    FROM demand d
    UNION ALL
    SELECT p.subject, 'model_outside', NULL, NULL, NULL, p.deployment_id, p.deployment
    FROM placed p JOIN demand d ON d.subject = p.subject
    WHERE d.topic = 'deployment_model' AND d.given = 1 AND p.model IS NOT NULL AND (d.system IS NULL OR d.system = p.system)
      AND NOT EXISTS (SELECT 1 FROM plan_requirement_models v WHERE v.id = d.requirement_id AND v.value = p.model)
    UNION ALL
    SELECT p.subject, 'service_outside', NULL, NULL, NULL, p.deployment_id, p.deployment
    FROM placed p JOIN demand d ON d.subject = p.subject
    WHERE d.topic = 'service_model' AND d.given = 1 AND p.service_model IS NOT NULL
      AND (d.system IS NULL OR d.system = p.system)
      AND NOT EXISTS (SELECT 1 FROM plan_requirement_service_models v
                      WHERE v.id = d.requirement_id AND v.value = p.service_model)
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'settled' THEN 'met' WHEN 'no_section' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.requirement_id IS NOT NULL THEN 'plan_requirement' WHEN o.deployment_id IS NOT NULL THEN 'deployment'
            WHEN s.section_id IS NOT NULL THEN 'plan_section' ELSE 'security_plan' END AS proof_kind,
       coalesce(o.requirement_id, o.deployment_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.title AS v_requirement, o.demand AS v_demand, o.deployment AS v_deployment
FROM outcome o JOIN section s ON s.subject = o.subject

-- rule: plan_own_measures
-- subject: security_plan
-- params: []
-- reasons:
--   model_uncovered:
--     zh: 安全方案“{plan}”没有针对这些部署的服务模式规定系统自身的措施：{deployment}。请按服务模式的分工补充。
--     en: 'Security plan "{plan}" has no own measure of the system for the service model of these deployments: {deployment}. Add measures by who does what under that model.'
--   need_unanswered:
--     zh: 安全方案“{plan}”所列的这些针对信息系统的安全需求，没有系统自身的措施回应：{need}。请规定措施，或说明由哪项措施回应。
--     en: 'These security needs of information systems in security plan "{plan}" are answered by no own measure: {need}. Settle a measure, or name the one that answers it.'
--   unrelated:
--     zh: 安全方案“{plan}”的这些自身措施没有指明回应哪项已确认的安全需求：{item}。请指明。
--     en: 'These own measures in security plan "{plan}" answer no confirmed security need: {item}. Name what they answer.'
--   incomplete:
--     zh: 安全方案“{plan}”的这些自身措施没有写明做法、责任人或适用的服务模式：{item}。请补齐。
--     en: 'These own measures in security plan "{plan}" do not say what is done, who answers for it, or under which service models: {item}. Complete them.'
--   no_item:
--     zh: 安全方案“{plan}”没有逐项登记系统自身应采取的措施。请登记。
--     en: Security plan "{plan}" lists no measure that the system itself takes. Enter them one by one.
--   no_model:
--     zh: 这些部署没有填写服务模式，无从判断系统自身的措施是否足够：{deployment}。请填写。
--     en: 'These deployments have no service model entered, so it cannot be told whether the own measures suffice: {deployment}. Enter it.'
--   no_section:
--     zh: 安全方案“{plan}”没有明确系统自身应采取的安全措施。请写入方案并登记。
--     en: Security plan "{plan}" does not settle the security measures that the system itself takes. Write them into the plan and enter them.
--   settled:
--     zh: 安全方案“{plan}”按服务模式明确了系统自身的措施：{item}。
--     en: 'Security plan "{plan}" settles the own measures of the system by service model: {item}.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id, n.id AS needs_id
    FROM subject x JOIN security_plan p ON p.id = x.id
         LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = 'own_measures'
         LEFT JOIN plan_section n ON n.plan = p.id AND n.topic = 'service_needs'
), item AS MATERIALIZED (
    SELECT s.subject, i.id AS item_id, i.title,
           CASE WHEN i.description IS NULL OR i.responsible IS NULL
                     OR NOT EXISTS (SELECT 1 FROM plan_item_service_models m WHERE m.id = i.id) THEN 'incomplete'
                WHEN NOT EXISTS (SELECT 1 FROM plan_item_needs v JOIN security_need n ON n.id = v.value
                                 WHERE v.id = i.id AND n.state = 'confirmed') THEN 'unrelated'
                ELSE 'settled' END AS reason
    FROM section s JOIN plan_item i ON i.section = s.section_id
), modelled AS MATERIALIZED (
    SELECT i.subject, m.value AS model FROM item i JOIN plan_item_service_models m ON m.id = i.item_id
), answered AS MATERIALIZED (
    SELECT i.subject, w.value AS need_id FROM item i JOIN plan_item_needs w ON w.id = i.item_id
), outcome AS MATERIALIZED (
    SELECT s.subject, CASE WHEN s.section_id IS NULL THEN 'no_section' ELSE 'no_item' END AS reason,
           CAST(NULL AS TEXT) AS item_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS deployment,
           CAST(NULL AS TEXT) AS need
    FROM section s WHERE s.section_id IS NULL OR NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = s.subject)
    UNION ALL
    SELECT i.subject, i.reason, i.item_id, i.title, NULL, NULL FROM item i
    UNION ALL
    SELECT s.subject, CASE WHEN d.service_model IS NULL THEN 'no_model' ELSE 'model_uncovered' END, NULL, NULL,
           y.name || ' / ' || d.name, NULL
    FROM section s JOIN deployment d ON d.plan = s.subject JOIN system y ON y.id = d.system
    WHERE d.state <> 'closed' AND EXISTS (SELECT 1 FROM item i WHERE i.subject = s.subject)
      AND (d.service_model IS NULL
           OR NOT EXISTS (SELECT 1 FROM modelled m WHERE m.subject = s.subject AND m.model = d.service_model))
    UNION ALL
    SELECT s.subject, 'need_unanswered', NULL, NULL, NULL, n.title
    FROM section s JOIN plan_section_needs v ON v.id = s.needs_id JOIN security_need n ON n.id = v.value
    WHERE n.matter = 'system' AND n.state = 'confirmed' AND EXISTS (SELECT 1 FROM item i WHERE i.subject = s.subject)
      AND NOT EXISTS (SELECT 1 FROM answered a WHERE a.subject = s.subject AND a.need_id = n.id)
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'settled' THEN 'met' WHEN 'no_section' THEN 'unknown' WHEN 'no_model' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.item_id IS NOT NULL THEN 'plan_item' WHEN s.section_id IS NOT NULL THEN 'plan_section'
            ELSE 'security_plan' END AS proof_kind,
       coalesce(o.item_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.title AS v_item, o.deployment AS v_deployment, o.need AS v_need
FROM outcome o JOIN section s ON s.subject = o.subject

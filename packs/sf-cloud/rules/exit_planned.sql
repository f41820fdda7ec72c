-- rule: exit_planned
-- subject: exit
-- params: []
-- reasons:
--   other_model:
--     zh: 退出“{exit}”登记的部署模式是{model|choice:exit.model}，部署“{deployment}”却是{deployment_model|choice:exit.model}，后续各条会按错误的模式判断。请更正。
--     en: Exit "{exit}" is registered as {model|choice:exit.model}, deployment "{deployment}" as {deployment_model|choice:exit.model}, so that requirements of the wrong model would be judged. Correct it.
--   foreign_terms:
--     zh: 退出“{exit}”的方案《{plan}》所依据的条款不属于部署“{deployment}”的合同。请改引该合同（或内部协议）的条款。
--     en: Plan "{plan}" of exit "{exit}" rests on terms that are not of the contract of deployment "{deployment}". Cite terms of that contract or internal agreement.
--   wrong_terms:
--     zh: 退出“{exit}”的方案《{plan}》没有同时引到关于退出条件和关于退出时责任义务的条款。请引用登记为终止条件的条款，以及登记为配合迁移退出或终止后义务的条款。
--     en: Plan "{plan}" of exit "{exit}" does not cite both a term on the conditions for ending and one on the duties at exit. Cite the term registered as conditions for ending, and one registered as support of migration and exit or as duties after the end.
--   asset_missing:
--     zh: 退出“{exit}”的方案《{plan}》没有为这些数据确定迁出接口：{asset}。请与受托方确定，或在上云确认中列为不上云。
--     en: 'Plan "{plan}" of exit "{exit}" has no route out for these data assets: {asset}. Agree one with the provider, or list them as kept off the cloud.'
--   no_system_route:
--     zh: 退出“{exit}”的方案《{plan}》没有业务系统的迁出接口。请与受托方确定系统怎样迁出或重建。
--     en: Plan "{plan}" of exit "{exit}" has no route for the business system. Agree with the provider how the system moves out or is set up anew.
--   none:
--     zh: 退出“{exit}”还没有退出方案。请依据约定的退出条件和双方义务，与受托方确定迁出的接口与方案。
--     en: Exit "{exit}" has no plan yet. Agree interfaces and scheme with the provider from the agreed exit conditions and duties.
--   terms_missing:
--     zh: 退出“{exit}”的方案《{plan}》没有引用约定的退出条件和义务，或所引条款未经第二人复核。请引用并复核。
--     en: Plan "{plan}" of exit "{exit}" cites no agreed exit conditions and duties, or terms no second person has confirmed. Cite and confirm them.
--   not_agreed:
--     zh: 退出“{exit}”的方案《{plan}》还没有双方确定的记录。请补齐编制人、双方确认人、日期和双方确认的文本。
--     en: There is no record that both sides agreed on plan "{plan}" of exit "{exit}". Enter who prepared it, who agreed for each side, the day and the text.
--   ahead:
--     zh: 退出“{exit}”的方案《{plan}》登记的确定日期 {agreed_on} 还没有到。请核对。
--     en: The day on which plan "{plan}" of exit "{exit}" is said to be agreed, {agreed_on}, lies ahead. Check it.
--   route_incomplete:
--     zh: 退出“{exit}”的迁出接口缺少接口、格式、保护方式、计划日期或双方负责人：{route}。请补齐。
--     en: 'Routes of exit "{exit}" lack interface, format, protection, dates or the persons responsible on either side: {route}. Complete them.'
--   agreed:
--     zh: 退出“{exit}”的方案《{plan}》已于 {agreed_on} 与受托方确定，依据约定的条件和义务，迁出接口：{route}。
--     en: 'Plan "{plan}" of exit "{exit}" was agreed with the provider on {agreed_on} from the agreed conditions and duties; routes: {route}.'
WITH leaving AS (
    SELECT e.id AS subject, e.title AS exit_title, e.model, e.purpose, d.id AS deployment_id, d.name AS deployment,
           d.model AS deployment_model, d.system, d.contract
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), plan AS MATERIALIZED (
    SELECT l.subject, p.id AS plan_id, p.title, p.agreed_on,
           CASE WHEN p.prepared_by IS NULL OR p.agreed_by IS NULL OR p.provider_agreed_by IS NULL OR p.agreed_on IS NULL
                     OR p.state <> 'agreed' OR NOT EXISTS (SELECT 1 FROM exit_plan_evidence v WHERE v.id = p.id)
                THEN 'not_agreed'
                WHEN p.agreed_on > yj_today() THEN 'ahead'
                WHEN c.id IS NULL OR u.id IS NULL OR c.confirmed_by IS NULL OR u.confirmed_by IS NULL
                     OR c.verdict IS DISTINCT FROM 'conforms' OR u.verdict IS DISTINCT FROM 'conforms'
                THEN 'terms_missing'
                WHEN c.contract IS DISTINCT FROM l.contract OR u.contract IS DISTINCT FROM l.contract THEN 'foreign_terms'
                WHEN c.term <> 'termination_conditions' OR u.term NOT IN ('migration_exit', 'after_end') THEN 'wrong_terms'
                ELSE 'agreed' END AS reason
    FROM leaving l JOIN exit_plan p ON p.exit = l.subject AND p.state <> 'superseded'
         AND (p.state = 'agreed' OR NOT EXISTS (SELECT 1 FROM exit_plan q WHERE q.exit = l.subject AND q.state = 'agreed'))
         LEFT JOIN contract_term c ON c.id = p.conditions LEFT JOIN contract_term u ON u.id = p.duties
), route AS MATERIALIZED (
    SELECT p.subject, p.plan_id, r.id AS route_id, r.name, r.object,
           CASE WHEN r.interface IS NULL OR r.format IS NULL OR r.protection IS NULL OR r.planned_from IS NULL
                     OR r.planned_until IS NULL OR r.responsible IS NULL OR r.provider_contact IS NULL
                THEN 'route_incomplete' ELSE 'agreed' END AS reason
    FROM plan p JOIN exit_route r ON r.exit_plan = p.plan_id
), routed AS (
    SELECT r.subject, a.value AS asset_id FROM route r JOIN exit_route_data_assets a ON a.id = r.route_id WHERE r.object = 'data'
), outcome AS (
    SELECT l.subject, 'other_model' AS reason, CAST(NULL AS TEXT) AS plan_id, CAST(NULL AS TEXT) AS route_id,
           CAST(NULL AS TEXT) AS asset, CAST(NULL AS TEXT) AS route
    FROM leaving l WHERE l.model IS DISTINCT FROM l.deployment_model
    UNION ALL
    SELECT l.subject, 'none', NULL, NULL, NULL, NULL
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM plan p WHERE p.subject = l.subject)
    UNION ALL
    SELECT p.subject, p.reason, p.plan_id, NULL, NULL, NULL FROM plan p
    WHERE p.reason <> 'agreed' OR NOT EXISTS (SELECT 1 FROM route r WHERE r.plan_id = p.plan_id)
    UNION ALL
    SELECT r.subject, r.reason, r.plan_id, CASE WHEN r.reason <> 'agreed' THEN r.route_id END, NULL, r.name FROM route r
    UNION ALL
    SELECT l.subject, 'asset_missing', NULL, NULL, a.name, NULL
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE a.state = 'active' AND EXISTS (SELECT 1 FROM plan p WHERE p.subject = l.subject)
      AND NOT EXISTS (SELECT 1 FROM routed r WHERE r.subject = l.subject AND r.asset_id = a.id)
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
    UNION ALL
    SELECT l.subject, 'no_system_route', NULL, NULL, NULL, NULL
    FROM leaving l
    WHERE l.purpose <> 'retire' AND EXISTS (SELECT 1 FROM plan p WHERE p.subject = l.subject)
      AND NOT EXISTS (SELECT 1 FROM route r WHERE r.subject = l.subject AND r.object = 'system')
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'agreed' THEN 'met'
            WHEN o.reason IN ('other_model', 'foreign_terms', 'wrong_terms', 'asset_missing', 'no_system_route') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'ahead' THEN yj_add_days(p.agreed_on, -1) END AS due,
       CASE WHEN o.route_id IS NOT NULL THEN 'exit_route' WHEN o.plan_id IS NOT NULL THEN 'exit_plan' ELSE 'exit' END AS proof_kind,
       coalesce(o.route_id, o.plan_id, o.subject) AS proof,
       l.exit_title AS v_exit, l.model AS v_model, l.deployment AS v_deployment, l.deployment_model AS v_deployment_model,
       p.title AS v_plan, p.agreed_on AS v_agreed_on, o.asset AS v_asset, o.route AS v_route
FROM outcome o JOIN leaving l ON l.subject = o.subject
     LEFT JOIN plan p ON p.subject = o.subject

-- rule: plan_levels
-- subject: security_plan
-- params: []
-- reasons:
--   level_short:
--     zh: 安全方案“{plan}”所列的云服务安全需求没有按系统的等级提出：{system}（括号内为系统等级）。请按该等级的要求补充需求。
--     en: 'The service security needs in security plan "{plan}" are not set at the level of the systems: {system} (their level in brackets). Add needs by the requirements of that level.'
--   unconfirmed:
--     zh: 安全方案“{plan}”所列的这些安全需求没有确认：{need}。请确认，或从方案中去掉。
--     en: 'These security needs in security plan "{plan}" are not confirmed: {need}. Confirm them or take them out of the plan.'
--   no_needs:
--     zh: 安全方案“{plan}”的云服务安全需求部分没有列出任何需求。请列出。
--     en: The section of security plan "{plan}" on service security needs lists none. List them.
--   no_level:
--     zh: 系统“{system}”没有保护等级，无从确定其云服务安全需求。请先初步定级。
--     en: System "{system}" has no protection level, so its service security needs cannot be settled. Determine a preliminary level first.
--   no_section:
--     zh: 安全方案“{plan}”没有确定云服务安全需求。请根据系统等级确定，写入方案并登记。
--     en: Security plan "{plan}" does not settle the service security needs. Settle them from the systems' levels, write them into the plan and enter them.
--   settled:
--     zh: 安全方案“{plan}”根据等级确定了云服务安全需求：{need}；据此部署的系统都有不低于其等级的需求。
--     en: 'Security plan "{plan}" settles the service security needs from protection levels: {need}; every system deployed by it has needs not below its level.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id
    FROM subject x JOIN security_plan p ON p.id = x.id
         LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = 'service_needs'
), need AS MATERIALIZED (
    SELECT s.subject, n.id AS need_id, n.title, n.system, n.level, n.state
    FROM section s JOIN plan_section_needs v ON v.id = s.section_id JOIN security_need n ON n.id = v.value
), placed AS MATERIALIZED (
    SELECT DISTINCT s.subject, y.id AS system_id, y.name AS system, y.level
    FROM section s JOIN deployment d ON d.plan = s.subject JOIN system y ON y.id = d.system WHERE d.state <> 'closed'
), outcome AS MATERIALIZED (
    SELECT s.subject, CASE WHEN s.section_id IS NULL THEN 'no_section' ELSE 'no_needs' END AS reason,
           CAST(NULL AS TEXT) AS need_id, CAST(NULL AS TEXT) AS need, CAST(NULL AS TEXT) AS system_id,
           CAST(NULL AS TEXT) AS system
    FROM section s WHERE s.section_id IS NULL OR NOT EXISTS (SELECT 1 FROM need n WHERE n.subject = s.subject)
    UNION ALL
    SELECT n.subject, CASE WHEN n.state = 'confirmed' THEN 'settled' ELSE 'unconfirmed' END, n.need_id, n.title, NULL, NULL
    FROM need n
    UNION ALL
    SELECT p.subject, CASE WHEN p.level IS NULL THEN 'no_level' ELSE 'level_short' END, NULL, NULL, p.system_id,
           p.system || CASE WHEN p.level IS NULL THEN '' ELSE ' (' || CAST(p.level AS TEXT) || ')' END
    FROM placed p
    WHERE EXISTS (SELECT 1 FROM need n WHERE n.subject = p.subject)
      AND (p.level IS NULL
           OR NOT EXISTS (SELECT 1 FROM need n WHERE n.subject = p.subject AND n.state = 'confirmed' AND n.level >= p.level
                          AND (n.system IS NULL OR n.system = p.system_id)))
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'settled' THEN 'met' WHEN 'no_section' THEN 'unknown' WHEN 'no_level' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.need_id IS NOT NULL THEN 'security_need' WHEN o.system_id IS NOT NULL THEN 'system'
            WHEN s.section_id IS NOT NULL THEN 'plan_section' ELSE 'security_plan' END AS proof_kind,
       coalesce(o.need_id, o.system_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.need AS v_need, o.system AS v_system
FROM outcome o JOIN section s ON s.subject = o.subject

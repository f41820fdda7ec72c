-- rule: needs_clear
-- subject: institution
-- params: []
-- reach: institution
-- reasons:
--   without_needs:
--     zh: 这些部署已越过规划阶段，而其安全方案没有回应任何经确认的安全需求：{deployment}。请补充需求，写进方案。
--     en: 'These deployments have left planning while their security plan answers no confirmed security need: {deployment}. State the needs and write them into the plan.'
--   unclear:
--     zh: 这些安全需求不够明确（缺少内容、所属方面、等级或提出人）：{need}。请补齐后重新确认。
--     en: 'These security needs are not clear (what is demanded, in which field, at which level, or by whom is missing): {need}. Complete them and confirm them anew.'
--   no_evidence:
--     zh: 这些安全需求没有附需求文件：{need}。请附上。
--     en: 'These security needs have no document attached: {need}. Attach it.'
--   none:
--     zh: 还没有经确认的安全需求。请在规划准备阶段逐条提出，登记并由另一人确认。
--     en: No security need is confirmed yet. Draw them up one by one while planning, enter them and have another person confirm them.
--   clear:
--     zh: 已确认 {count} 条安全需求，内容、方面、等级和提出人齐全；越过规划阶段的部署都有方案回应需求。
--     en: '{count} security needs are confirmed, each with what is demanded, its field, level and author; every deployment that has left planning has a plan that answers needs.'
WITH need AS MATERIALIZED (
    SELECT x.id AS subject, n.id AS need_id, n.title,
           CASE WHEN n.demand IS NULL OR n.level IS NULL OR n.author IS NULL OR n.confirmed_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM security_need_areas a WHERE a.id = n.id) THEN 'unclear'
                WHEN NOT EXISTS (SELECT 1 FROM security_need_evidence e WHERE e.id = n.id) THEN 'no_evidence'
                ELSE 'clear' END AS reason
    FROM subject x JOIN security_need n ON n.state = 'confirmed'
), bare AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS deployment_id, s.name || ' / ' || d.name AS deployment
    FROM subject x JOIN deployment d ON d.state IN ('acquiring', 'operating', 'exiting') JOIN system s ON s.id = d.system
    WHERE NOT EXISTS (SELECT 1 FROM plan_section p JOIN plan_section_needs v ON v.id = p.id
                           JOIN security_need n ON n.id = v.value
                      WHERE p.plan = d.plan AND n.state = 'confirmed')
)
SELECT b.subject AS subject, 'unmet' AS status, 'without_needs' AS reason, NULL AS due, 'deployment' AS proof_kind,
       b.deployment_id AS proof, b.deployment AS v_deployment, CAST(NULL AS TEXT) AS v_need, CAST(NULL AS TEXT) AS v_count
FROM bare b
UNION ALL
SELECT x.id, 'unknown', 'none', NULL, NULL, NULL, NULL, NULL, NULL
FROM subject x WHERE NOT EXISTS (SELECT 1 FROM need n WHERE n.subject = x.id)
UNION ALL
SELECT n.subject, CASE n.reason WHEN 'clear' THEN 'met' WHEN 'unclear' THEN 'unmet' ELSE 'unknown' END, n.reason, NULL,
       'security_need', n.need_id, NULL, n.title,
       CASE WHEN n.reason = 'clear' THEN (SELECT CAST(count(*) AS TEXT) FROM need o WHERE o.subject = n.subject) END
FROM need n

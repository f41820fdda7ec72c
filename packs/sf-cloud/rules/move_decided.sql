-- rule: move_decided
-- subject: deployment
-- params: []
-- reasons:
--   kept_off:
--     zh: 最近一次决定（{decision}）是不上云，而部署“{deployment}”仍在进行。请停止部署，或重新权衡后决定。
--     en: 'The last decision ({decision}) was to keep it off the cloud, yet deployment "{deployment}" goes on. Stop it, or weigh it anew and decide.'
--   level_changed:
--     zh: 决定（{decision}）时系统“{system}”为第{decided_level}级，现为第{system_level}级。请按现等级重新决定。
--     en: System "{system}" had level {decided_level} when it was decided ({decision}) and now has level {system_level}. Decide anew.
--   grade_changed:
--     zh: 决定（{decision}）所依据的数据最高级别为 {decided_grade} 级，现在拟上云的数据最高为 {grade} 级。请按现级别重新决定。
--     en: The decision ({decision}) rests on data of grade {decided_grade} at most; the data to be placed now reach grade {grade}. Decide anew.
--   asset_missing:
--     zh: 决定（{decision}）没有说明系统的这些数据上不上云：{asset}。请补充决定。
--     en: 'The decision ({decision}) does not say whether these data of the system go on the cloud: {asset}. Decide on them.'
--   asset_in_both:
--     zh: 决定（{decision}）把同一数据既列为上云又列为不上云：{asset}。请更正。
--     en: 'The decision ({decision}) lists data both as to be placed and as kept off: {asset}. Correct it.'
--   asset_foreign:
--     zh: 决定（{decision}）列入了不属于该系统的数据：{asset}。请更正。
--     en: 'The decision ({decision}) lists data that are not the system''s: {asset}. Correct it.'
--   ungraded:
--     zh: 决定（{decision}）拟上云的这些数据没有定级：{asset}。请先定级再决定。
--     en: 'These data that the decision ({decision}) places on the cloud have no grade: {asset}. Grade them, then decide.'
--   not_weighed:
--     zh: 决定（{decision}）没有写明效益、权衡结论或所权衡的风险，看不出如何平衡效益与风险。请补齐后重新决定。
--     en: The decision ({decision}) does not state the benefits, the weighing, or the risks weighed, so it does not show how they were balanced. Complete it and decide anew.
--   risk_unvalued:
--     zh: 决定（{decision}）所权衡的这些风险没有分析可能性和影响：{risk}。请分析后重新权衡。
--     en: 'These risks that the decision ({decision}) weighs have no likelihood or impact: {risk}. Analyse them and weigh anew.'
--   no_level:
--     zh: 系统“{system}”或决定（{decision}）没有填写保护等级，无从比较。请填写。
--     en: System "{system}" or the decision ({decision}) has no protection level, so they cannot be compared. Enter it.
--   incomplete:
--     zh: 决定（{decision}）缺少结论、决定日期、编制人、上云数据的最高级别或决定文件，请补齐。
--     en: The decision ({decision}) lacks its conclusion, its date, who prepared it, the highest grade of the data, or the document. Complete it.
--   no_assets:
--     zh: 系统“{system}”没有登记任何在用的数据资产，无从决定哪些数据上云。请先登记。
--     en: System "{system}" has no data asset in use registered, so it cannot be decided which data go on the cloud. Register them first.
--   none:
--     zh: 部署“{deployment}”还没有上云决定。请根据系统等级和数据级别，权衡效益与风险，列明上云与不上云的数据，由另一人决定。
--     en: For deployment "{deployment}" it has not been decided what goes on the cloud. From the system's level and the data's grades weigh benefits against risks, list what goes and what stays, and have another person decide.
--   decided:
--     zh: 部署“{deployment}”的上云决定（{decision}）：系统“{system}”第{system_level}级，上云数据 {placed} 项，最高 {grade} 级，权衡了效益与风险：{risk}。
--     en: 'Deployment "{deployment}" was decided ({decision}): system "{system}" at level {system_level}, {placed} data assets placed, grade {grade} at most; benefits were weighed against: {risk}.'
WITH place AS (
    SELECT d.id AS subject, s.name || ' / ' || d.name AS deployment, s.id AS system_id, s.name AS system, s.level AS system_level,
           (SELECT max(c.prepared_on) FROM move_decision c
            WHERE c.deployment = d.id AND c.state = 'decided' AND c.decided_by IS NOT NULL) AS day
    FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = d.system
), last AS MATERIALIZED (
    SELECT p.subject, p.deployment, p.system_id, p.system, p.system_level, c.id AS decision_id, c.title, c.level, c.top_grade,
           c.conclusion, c.benefits, c.weighing, c.prepared_by, c.decided_on
    FROM place p LEFT JOIN move_decision c ON c.deployment = p.subject AND c.prepared_on = p.day AND c.state = 'decided'
), listed AS MATERIALIZED (
    SELECT l.subject, a.id AS asset_id, a.system, a.name, a.level, 'placed' AS part
    FROM last l JOIN move_decision_data_assets v ON v.id = l.decision_id JOIN data_asset a ON a.id = v.value
    UNION ALL
    SELECT l.subject, a.id, a.system, a.name, a.level, 'kept'
    FROM last l JOIN move_decision_left_out v ON v.id = l.decision_id JOIN data_asset a ON a.id = v.value
), weighed AS MATERIALIZED (
    SELECT l.subject, r.id AS risk_id, r.title,
           CASE WHEN r.likelihood IS NULL OR r.impact IS NULL THEN 1 ELSE 0 END AS unvalued
    FROM last l JOIN move_decision_risks v ON v.id = l.decision_id JOIN risk r ON r.id = v.value
), top AS MATERIALIZED (
    SELECT t.subject, max(t.level) AS grade FROM listed t WHERE t.part = 'placed' GROUP BY t.subject
), outcome AS MATERIALIZED (
    SELECT l.subject,
           CASE WHEN NOT EXISTS (SELECT 1 FROM data_asset a WHERE a.system = l.system_id AND a.state = 'active')
                THEN 'no_assets'
                WHEN l.decision_id IS NULL THEN 'none'
                WHEN l.conclusion IS NULL OR l.prepared_by IS NULL OR l.decided_on IS NULL
                     OR (l.top_grade IS NULL AND l.conclusion = 'move')
                     OR NOT EXISTS (SELECT 1 FROM move_decision_evidence e WHERE e.id = l.decision_id) THEN 'incomplete'
                WHEN l.conclusion = 'keep' THEN 'kept_off'
                WHEN l.level IS NULL OR l.system_level IS NULL THEN 'no_level'
                WHEN l.level <> l.system_level THEN 'level_changed'
                WHEN l.benefits IS NULL OR l.weighing IS NULL
                     OR NOT EXISTS (SELECT 1 FROM weighed w WHERE w.subject = l.subject) THEN 'not_weighed'
                WHEN l.top_grade <> t.grade THEN 'grade_changed'
                ELSE 'decided' END AS reason,
           CAST(NULL AS TEXT) AS asset, CAST(NULL AS TEXT) AS risk
    FROM last l LEFT JOIN top t ON t.subject = l.subject
    UNION ALL
    SELECT l.subject, 'asset_missing', a.name, NULL
    FROM last l JOIN data_asset a ON a.system = l.system_id
    WHERE l.decision_id IS NOT NULL AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM listed t WHERE t.subject = l.subject AND t.asset_id = a.id)
    UNION ALL
    SELECT l.subject, 'asset_foreign', t.name, NULL
    FROM last l JOIN listed t ON t.subject = l.subject WHERE t.system <> l.system_id
    UNION ALL
    SELECT t.subject, 'asset_in_both', t.name, NULL
    FROM listed t JOIN listed o ON o.subject = t.subject AND o.asset_id = t.asset_id
    WHERE t.part = 'placed' AND o.part = 'kept'
    UNION ALL
    SELECT t.subject, 'ungraded', t.name, NULL FROM listed t WHERE t.part = 'placed' AND t.level IS NULL
    UNION ALL
    SELECT w.subject, 'risk_unvalued', NULL, w.title FROM weighed w WHERE w.unvalued = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'decided' THEN 'met'
            WHEN o.reason IN ('none', 'no_assets', 'incomplete', 'no_level') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN l.decision_id IS NULL THEN 'deployment' ELSE 'move_decision' END AS proof_kind,
       coalesce(l.decision_id, l.subject) AS proof,
       l.deployment AS v_deployment, l.title AS v_decision, l.system AS v_system,
       CAST(l.system_level AS TEXT) AS v_system_level, CAST(l.level AS TEXT) AS v_decided_level,
       CAST(l.top_grade AS TEXT) AS v_decided_grade, CAST(t.grade AS TEXT) AS v_grade, o.asset AS v_asset,
       coalesce(o.risk, w.title) AS v_risk,
       (SELECT CAST(count(*) AS TEXT) FROM listed c WHERE c.subject = l.subject AND c.part = 'placed') AS v_placed
FROM outcome o JOIN last l ON l.subject = o.subject LEFT JOIN top t ON t.subject = o.subject
     LEFT JOIN weighed w ON w.subject = o.subject AND o.reason = 'decided'

-- rule: private_build
-- subject: platform
-- params: [placed]
-- reasons:
--   level_short:
--     zh: 私有云“{platform}”承载第{need}级系统，这些建设活动所遵循的等级不足（括号内为所遵循的等级）：{work}。请按第{need}级要求补做并重新验收。
--     en: 'Private cloud "{platform}" carries a system of level {need}, but this work followed a lower level (in brackets): {work}. Redo what level {need} adds and accept it again.'
--   cannot_be_left:
--     zh: 私有云“{platform}”的建设活动登记为未发生，但该活动不可省去或没有写明理由：{work}。
--     en: 'Work on private cloud "{platform}" is entered as not occurring, but it cannot be left out or no reason is given: {work}.'
--   not_accepted:
--     zh: 私有云“{platform}”的这些建设活动还没有完整的成果、等级、证据或验收：{work}。请补齐，并由承办人以外的人验收。
--     en: 'This work on private cloud "{platform}" lacks its result, level, evidence or acceptance: {work}. Complete it and have someone other than the doer accept it.'
--   no_system:
--     zh: 私有云“{platform}”上还没有已定级（含初步定级）的系统，无法确定建设应遵循的等级。请登记部署和系统等级。
--     en: No system with a level (not even a preliminary one) is placed on private cloud "{platform}", so the level to follow is not known. Enter deployments and levels.
--   missing:
--     zh: 私有云“{platform}”没有登记已完成的{activity|choice:acquisition_activity.activity}。请登记其成果、所遵循的等级和证据。
--     en: 'Private cloud "{platform}" has nothing entered as done for: {activity|choice:acquisition_activity.activity}. Enter the result, the level followed and the evidence.'
--   followed:
--     zh: 私有云“{platform}”的设计、采购、开发、实施、测试验收各项活动均按不低于第{need}级的要求开展，并已验收。
--     en: Security design, procurement, development, implementation and acceptance testing of private cloud "{platform}" followed level {need} or above and were accepted.
WITH need AS (
    SELECT p.id AS platform_id, p.name AS platform, max(s.level) AS level
    FROM subject x JOIN platform p ON p.id = x.id
         LEFT JOIN deployment d ON d.platform = p.id AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %'
         LEFT JOIN system s ON s.id = d.system
    GROUP BY p.id, p.name
), activity AS (
    SELECT 'security_design' AS id UNION ALL SELECT 'procurement' UNION ALL SELECT 'development'
    UNION ALL SELECT 'implementation' UNION ALL SELECT 'acceptance'
), outcome AS (
    SELECT n.platform_id, 'no_system' AS reason, CAST(NULL AS TEXT) AS activity, CAST(NULL AS TEXT) AS work,
           CAST(NULL AS TEXT) AS work_id
    FROM need n WHERE n.level IS NULL
    UNION ALL
    SELECT n.platform_id, 'missing', t.id, NULL, NULL
    FROM need n JOIN activity t ON NOT EXISTS (SELECT 1 FROM acquisition_activity a
                                               WHERE a.platform = n.platform_id AND a.activity = t.id
                                                 AND a.state <> 'planned')
    WHERE n.level IS NOT NULL
    UNION ALL
    SELECT n.platform_id,
           CASE WHEN a.decision = 'not_occurring' AND (a.activity <> 'development' OR a.reason IS NULL)
                THEN 'cannot_be_left'
                WHEN a.state <> 'confirmed' OR a.done_by IS NULL OR a.confirmed_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM acquisition_activity_evidence e WHERE e.id = a.id)
                THEN 'not_accepted'
                WHEN a.decision = 'carried_out' AND (a.level_followed IS NULL OR a.result IS NULL)
                THEN 'not_accepted'
                WHEN a.decision = 'carried_out' AND a.level_followed < n.level THEN 'level_short'
                ELSE 'followed' END,
           a.activity,
           a.title || CASE WHEN a.level_followed IS NULL THEN ''
                           ELSE ' (' || CAST(a.level_followed AS TEXT) || ')' END,
           a.id
    FROM need n JOIN acquisition_activity a ON a.platform = n.platform_id
    WHERE n.level IS NOT NULL AND a.state <> 'planned'
)
SELECT o.platform_id AS subject,
       CASE WHEN o.reason = 'followed' THEN 'met'
            WHEN o.reason IN ('level_short', 'cannot_be_left', 'not_accepted') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.work_id IS NULL THEN 'platform' ELSE 'acquisition_activity' END AS proof_kind,
       coalesce(o.work_id, o.platform_id) AS proof,
       n.platform AS v_platform, CAST(n.level AS TEXT) AS v_need, o.activity AS v_activity, o.work AS v_work
FROM outcome o JOIN need n ON n.platform_id = o.platform_id

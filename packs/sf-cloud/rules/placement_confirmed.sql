-- rule: placement_confirmed
-- subject: deployment
-- params: []
-- reasons:
--   asset_missing:
--     zh: 部署“{deployment}”的确认（{confirmation}）没有提到系统的这些数据：{asset}。请重新确认它们是否放到云上。
--     en: 'The confirmation of deployment "{deployment}" ({confirmation}) does not mention these data assets of the system: {asset}. Confirm anew whether they are on the cloud.'
--   asset_foreign:
--     zh: 部署“{deployment}”的确认（{confirmation}）列入了不属于该系统的数据：{asset}。请更正。
--     en: 'The confirmation of deployment "{deployment}" ({confirmation}) lists data that are not the system''s: {asset}. Correct it.'
--   asset_in_both:
--     zh: 部署“{deployment}”的确认（{confirmation}）把同一数据既列为上云又列为不上云：{asset}。请更正。
--     en: 'The confirmation of deployment "{deployment}" ({confirmation}) lists data both as on and as off the cloud: {asset}. Correct it.'
--   level_changed:
--     zh: 部署“{deployment}”确认时系统“{system}”为第{confirmed_level}级，现为第{system_level}级。请按现等级重新确认。
--     en: System "{system}" had level {confirmed_level} when deployment "{deployment}" was confirmed and now has level {system_level}. Confirm anew.
--   none:
--     zh: 部署“{deployment}”还没有经确认的上云数据与系统清单。请编制清单，逐项列明放与不放的数据，由另一人确认。
--     en: Deployment "{deployment}" has no confirmed list of the data and systems placed on the cloud. Draw it up, naming what goes and what stays, and have another person confirm it.
--   no_assets:
--     zh: 系统“{system}”没有登记任何在用的数据资产，无从确认哪些数据放到云上。请先登记数据资产。
--     en: System "{system}" has no data asset in use registered, so it cannot be confirmed which data are on the cloud. Register them first.
--   incomplete:
--     zh: 部署“{deployment}”的确认（{confirmation}）缺少系统等级、编制人或确认文件，请补齐。
--     en: The confirmation of deployment "{deployment}" ({confirmation}) lacks the system's level, who prepared it, or the document. Complete it.
--   confirmed:
--     zh: 部署“{deployment}”的上云数据与系统已确认（{confirmation}）：系统“{system}”第{system_level}级，上云数据 {placed} 项，不上云 {kept} 项。
--     en: 'The data and system of deployment "{deployment}" were confirmed ({confirmation}): system "{system}" at level {system_level}, {placed} data assets on the cloud, {kept} kept off it.'
WITH place AS (
    SELECT d.id AS subject, s.name || ' / ' || d.name AS deployment, s.id AS system_id, s.name AS system, s.level AS system_level,
           (SELECT max(c.prepared_on) FROM confirmation c
            WHERE c.deployment = d.id AND c.state = 'confirmed' AND c.confirmed_by IS NOT NULL) AS day
    FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = d.system
), last AS (
    SELECT p.subject, p.deployment, p.system_id, p.system, p.system_level, c.id AS confirmation_id, c.title, c.level,
           c.prepared_by
    FROM place p LEFT JOIN confirmation c ON c.deployment = p.subject AND c.prepared_on = p.day AND c.state = 'confirmed'
), listed AS (
    SELECT l.subject, a.id AS asset_id, a.system, a.name, 'placed' AS part
    FROM last l JOIN confirmation_data_assets v ON v.id = l.confirmation_id JOIN data_asset a ON a.id = v.value
    UNION ALL
    SELECT l.subject, a.id, a.system, a.name, 'kept'
    FROM last l JOIN confirmation_left_out v ON v.id = l.confirmation_id JOIN data_asset a ON a.id = v.value
), outcome AS (
    SELECT l.subject,
           CASE WHEN NOT EXISTS (SELECT 1 FROM data_asset a WHERE a.system = l.system_id AND a.state = 'active')
                THEN 'no_assets'
                WHEN l.confirmation_id IS NULL THEN 'none'
                WHEN l.level IS NULL OR l.system_level IS NULL OR l.prepared_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM confirmation_evidence e WHERE e.id = l.confirmation_id)
                THEN 'incomplete'
                WHEN l.level <> l.system_level THEN 'level_changed'
                ELSE 'confirmed' END AS reason,
           CAST(NULL AS TEXT) AS asset
    FROM last l
    UNION ALL
    SELECT l.subject, 'asset_missing', a.name
    FROM last l JOIN data_asset a ON a.system = l.system_id
    WHERE l.confirmation_id IS NOT NULL AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM listed t WHERE t.subject = l.subject AND t.asset_id = a.id)
    UNION ALL
    SELECT l.subject, 'asset_foreign', t.name
    FROM last l JOIN listed t ON t.subject = l.subject WHERE t.system <> l.system_id
    UNION ALL
    SELECT t.subject, 'asset_in_both', t.name
    FROM listed t JOIN listed o ON o.subject = t.subject AND o.asset_id = t.asset_id
    WHERE t.part = 'placed' AND o.part = 'kept'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'confirmed' THEN 'met'
            WHEN o.reason IN ('none', 'no_assets', 'incomplete') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN l.confirmation_id IS NULL THEN 'deployment' ELSE 'confirmation' END AS proof_kind,
       coalesce(l.confirmation_id, l.subject) AS proof,
       l.deployment AS v_deployment, l.title AS v_confirmation, l.system AS v_system,
       CAST(l.system_level AS TEXT) AS v_system_level, CAST(l.level AS TEXT) AS v_confirmed_level, o.asset AS v_asset,
       (SELECT CAST(count(*) AS TEXT) FROM listed t WHERE t.subject = l.subject AND t.part = 'placed') AS v_placed,
       (SELECT CAST(count(*) AS TEXT) FROM listed t WHERE t.subject = l.subject AND t.part = 'kept') AS v_kept
FROM outcome o JOIN last l ON l.subject = o.subject

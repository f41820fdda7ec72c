-- rule: migration_done
-- subject: deployment
-- params: []
-- reasons:
--   not_finished:
--     zh: 部署“{deployment}”已在运行，迁移或部署却没有完成验收：{migration}。请完成并验收。
--     en: 'Deployment "{deployment}" is in operation, yet its migration is not completed and accepted: {migration}. Complete and accept it.'
--   asset_missing:
--     zh: 部署“{deployment}”确认放到云上的这些数据没有随已验收的迁移迁入：{asset}。请完成迁移，或重新确认上云范围。
--     en: 'Data confirmed as placed on the cloud were not part of any accepted migration of deployment "{deployment}": {asset}. Complete the migration, or confirm the placement anew.'
--   none:
--     zh: 部署“{deployment}”没有登记数据和业务的迁入或首次部署。请登记，完成后由负责人以外的人验收。
--     en: No migration or first deployment of data and business is entered for deployment "{deployment}". Enter it and have someone other than its leader accept it.
--   under_way:
--     zh: 部署“{deployment}”的迁移或部署还没有验收：{migration}。
--     en: 'The migration of deployment "{deployment}" has not been accepted yet: {migration}.'
--   incomplete:
--     zh: 部署“{deployment}”的迁移已验收，但缺少完成日期、业务切换日期、负责人、验收人、验收日期或证据：{migration}。请补齐。
--     en: 'The migration of deployment "{deployment}" is accepted but lacks when it was completed, when business switched over, who led or accepted it, when, or evidence: {migration}. Complete it.'
--   ahead:
--     zh: 部署“{deployment}”的迁移登记的切换或验收日期还没有到：{migration}。请核对。
--     en: 'The migration of deployment "{deployment}" is said to be switched over or accepted on a day that lies ahead: {migration}. Check it.'
--   completed:
--     zh: 部署“{deployment}”的数据和业务已迁入并验收：{migration}，业务于 {live_on} 切换。
--     en: 'Data and business of deployment "{deployment}" are on the cloud and accepted: {migration}; business switched over on {live_on}.'
WITH place AS (
    SELECT x.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment,
           CASE WHEN d.state IN ('operating', 'exiting') THEN 1 ELSE 0 END AS live
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
), judged AS MATERIALIZED (
    SELECT p.subject, m.id AS migration_id, m.title, m.business_live_on, m.accepted_on,
           CASE WHEN m.state <> 'accepted' AND p.live = 1 THEN 'not_finished'
                WHEN m.state <> 'accepted' THEN 'under_way'
                WHEN m.completed_on IS NULL OR m.business_live_on IS NULL OR m.led_by IS NULL OR m.accepted_by IS NULL
                     OR m.accepted_on IS NULL OR NOT EXISTS (SELECT 1 FROM migration_evidence v WHERE v.id = m.id)
                THEN 'incomplete'
                WHEN m.accepted_on > yj_today() OR m.business_live_on > yj_today() THEN 'ahead'
                ELSE 'completed' END AS reason,
           CASE WHEN m.accepted_on > yj_today() THEN m.accepted_on ELSE m.business_live_on END AS wait_on
    FROM place p JOIN migration m ON m.deployment = p.subject
    WHERE m.direction = 'in' AND m.state <> 'aborted'
), arrived AS (
    SELECT j.subject, l.value AS asset_id FROM judged j JOIN migration_data_assets l ON l.id = j.migration_id
), outcome AS (
    SELECT j.subject, j.reason, j.migration_id, j.title, j.business_live_on, CAST(NULL AS TEXT) AS asset,
           CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.wait_on, -1) END AS due
    FROM judged j
    UNION ALL
    SELECT p.subject, 'none', NULL, NULL, NULL, NULL, NULL
    FROM place p WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = p.subject)
    UNION ALL
    SELECT p.subject, 'asset_missing', NULL, NULL, NULL, a.name, NULL
    -- in this order: SQLite would begin with every asset that the institution ever confirmed
    FROM place p CROSS JOIN confirmation c CROSS JOIN confirmation_data_assets l CROSS JOIN data_asset a
    WHERE c.deployment = p.subject AND l.id = c.id AND a.id = l.value AND c.state = 'confirmed' AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = p.subject AND n.state = 'confirmed'
                      AND n.prepared_on > c.prepared_on)
      AND EXISTS (SELECT 1 FROM judged j WHERE j.subject = p.subject)
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = p.subject AND j.reason IN ('not_finished', 'under_way'))
      AND NOT EXISTS (SELECT 1 FROM arrived r WHERE r.subject = p.subject AND r.asset_id = a.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'completed' THEN 'met' WHEN o.reason IN ('not_finished', 'asset_missing') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.migration_id IS NOT NULL THEN 'migration' ELSE 'deployment' END AS proof_kind,
       coalesce(o.migration_id, o.subject) AS proof,
       p.deployment AS v_deployment, o.title AS v_migration, o.asset AS v_asset, o.business_live_on AS v_live_on
FROM outcome o JOIN place p ON p.subject = o.subject

-- rule: business_verified
-- subject: exit
-- params: []
-- reasons:
--   faulty:
--     zh: 退出“{exit}”的数据在业务系统中核对不一致或无法核对：{asset}。请查明原因，补齐数据后重新核对。
--     en: 'Data of exit "{exit}" held against the business system differ or cannot be compared: {asset}. Find the cause, complete the data and compare again.'
--   no_inventory:
--     zh: 退出“{exit}”的移交清单中还没有与数据资产对应的项，不能判断哪些数据要通过业务系统验证。请在移交项中注明数据资产。
--     en: No item in the inventory of exit "{exit}" names a data asset, so which data to verify through the business system cannot be told. Name them in the items.
--   not_verified:
--     zh: 退出“{exit}”迁出的这些数据还没有通过业务系统验证有效和完整：{asset}。请在接收数据的业务系统中核对，由业务部门确认。
--     en: 'These data of exit "{exit}" have not been verified through the business system: {asset}. Compare them in the system that received them and have the business confirm.'
--   incomplete:
--     zh: 退出“{exit}”的业务系统验证还没有完成，或缺少核对记录数、位置、工具、验证人、确认人、日期或结果文件：{asset}。请补齐。
--     en: 'The verification through the business system at exit "{exit}" is not done, or lacks counts, place, tool, who did or confirmed it, the day or the result: {asset}. Complete it.'
--   ahead:
--     zh: 退出“{exit}”的业务系统验证日期还没有到：{asset}。请核对。
--     en: 'Verifications through the business system of exit "{exit}" are dated after today: {asset}. Check the dates.'
--   verified:
--     zh: 退出“{exit}”迁出的数据均已通过业务系统验证有效和完整：{asset}。
--     en: 'All data moved at exit "{exit}" were verified through the business system as valid and complete: {asset}.'
WITH moved AS MATERIALIZED (
    SELECT DISTINCT x.id AS subject, i.data_asset
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded' AND i.data_asset IS NOT NULL
), statement AS MATERIALIZED (
    -- signed answers to the questions, or to those of the earlier run, that a check had named before, by keys
    -- that are believed of such
    SELECT c.id AS check_id, e.id AS evidence_id, e.statement_fine
    FROM subject x JOIN migration m ON m.exit = x.id JOIN migration_check c ON c.migration = m.id
         JOIN evidence_proves p ON p.value = c.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_digests d ON d.id = e.id AND d.value = c.manifest_digest
    WHERE e.statement = 'verify_business' AND coalesce(e.statement_earlier, c.manifest_digest) = c.manifest_digest
), measured AS MATERIALIZED (
    SELECT s.check_id, s.evidence_id, s.statement_fine FROM statement s
    WHERE NOT EXISTS (SELECT 1 FROM statement n WHERE n.check_id = s.check_id AND n.evidence_id > s.evidence_id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, l.value AS asset_id, c.id AS check_id, c.done_on, s.evidence_id,
           CASE WHEN c.items_differing > 0 OR c.items_failed > 0 OR s.statement_fine = 0 THEN 'faulty'
                WHEN s.statement_fine = 1 THEN 'verified'
                WHEN c.done_on > yj_today() THEN 'ahead'
                WHEN c.state <> 'done' OR c.items_checked IS NULL OR c.items_checked = 0 OR c.items_differing IS NULL
                     OR c.items_failed IS NULL OR (c.path IS NULL AND c.database_identity IS NULL) OR c.tool IS NULL
                     OR c.done_by IS NULL OR c.confirmed_by IS NULL OR c.done_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM migration_check_evidence v WHERE v.id = c.id) THEN 'incomplete'
                ELSE 'verified' END AS reason
    FROM subject x JOIN migration m ON m.exit = x.id JOIN migration_check c ON c.migration = m.id
         JOIN migration_check_data_assets l ON l.id = c.id LEFT JOIN measured s ON s.check_id = c.id
    WHERE c.method = 'business' AND c.state <> 'superseded' AND m.state <> 'aborted'
), outcome AS (
    SELECT m.subject, coalesce(j.reason, 'not_verified') AS reason, j.check_id, j.evidence_id, a.name,
           CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.done_on, -1) END AS due
    FROM moved m JOIN data_asset a ON a.id = m.data_asset
         LEFT JOIN judged j ON j.subject = m.subject AND j.asset_id = m.data_asset
    UNION ALL
    SELECT x.id, 'no_inventory', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM moved m WHERE m.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'verified' THEN 'met' WHEN o.reason = 'faulty' THEN 'unmet'
            WHEN o.reason = 'not_verified' AND e.state IN ('erasing', 'completed') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.evidence_id IS NOT NULL THEN 'evidence' WHEN o.check_id IS NOT NULL THEN 'migration_check'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.evidence_id, o.check_id, o.subject) AS proof, e.title AS v_exit, o.name AS v_asset
FROM outcome o JOIN exit e ON e.id = o.subject

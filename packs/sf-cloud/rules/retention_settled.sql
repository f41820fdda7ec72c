-- rule: retention_settled
-- subject: exit
-- params: [months_securities, months_futures, months_money_laundering, months_network_log, months_entrusting]
-- reasons:
--   too_short:
--     zh: 退出“{exit}”核定的保存期限短于规定：{asset}，依据{basis|choice:retention.basis}至少应保存至 {least}。请更正期限。
--     en: 'Retention settled at exit "{exit}" is shorter than laid down: {asset}; by this basis, {basis|choice:retention.basis}, it has to be kept at least until {least}. Correct it.'
--   must_move:
--     zh: 退出“{exit}”的这些数据仍在保存期内（括号内为保存至），却没有列入移交清单：{asset}。请列入并收回，不得随云上数据一并清除。
--     en: 'These data still have to be kept (until, in brackets) but are not in the inventory of exit "{exit}": {asset}. List them and have them returned; they must not be erased with the rest.'
--   must_move_on_hold:
--     zh: 退出“{exit}”的这些数据处于司法或监管保全，没有终止日期，却没有列入移交清单：{asset}。请列入并收回，保全解除前不得清除。
--     en: 'These data are under a legal or regulatory hold without an end but are not in the inventory of exit "{exit}": {asset}. List them and have them returned; they must not be erased while the hold lasts.'
--   not_settled:
--     zh: 退出“{exit}”还没有核定这些数据的保存期限：{asset}。请由熟悉规定的人核定，由合规或法务复核。
--     en: 'Retention has not been settled at exit "{exit}" for: {asset}. Have it determined and confirmed by compliance or legal.'
--   incomplete:
--     zh: 退出“{exit}”的保存期限核定缺少起算日、保存至、理由、核定人或复核：{asset}。请补齐。
--     en: 'Retention settled at exit "{exit}" lacks the day counted from, keep-until, reason, who determined or who confirmed: {asset}. Complete it.'
--   no_assets:
--     zh: 退出“{exit}”的系统没有登记在用的数据资产，无从核定保存期限。请先登记数据资产。
--     en: No data asset in use is registered for the system of exit "{exit}", so retention cannot be settled. Register them first.
--   settled:
--     zh: 退出“{exit}”的数据保存期限均已核定并复核，仍须保存的都已列入移交清单：{asset}（括号内为保存至）。
--     en: 'Retention of all data at exit "{exit}" is settled and confirmed, and what has to be kept is in the inventory (keep until, in brackets): {asset}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, d.id AS deployment_id, d.system
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), item AS MATERIALIZED (
    SELECT DISTINCT x.id AS subject, i.data_asset
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded'
), asset AS (
    SELECT l.subject, a.id AS asset_id, a.name,
           CASE WHEN EXISTS (SELECT 1 FROM item i WHERE i.subject = l.subject AND i.data_asset = a.id) THEN 1 ELSE 0 END AS moves
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
), kept AS (
    SELECT a.subject, a.asset_id, a.name, a.moves, r.id AS retention_id, r.basis, r.counted_from, r.keep_until, r.reason,
           r.determined_by, r.confirmed_by, r.confirmed_on,
           CASE r.basis WHEN 'securities' THEN yj_add_months(r.counted_from, :months_securities)
                        WHEN 'futures' THEN yj_add_months(r.counted_from, :months_futures)
                        WHEN 'money_laundering' THEN yj_add_months(r.counted_from, :months_money_laundering)
                        WHEN 'network_log' THEN yj_add_months(r.counted_from, :months_network_log)
                        WHEN 'entrusting' THEN yj_add_months(r.counted_from, :months_entrusting) END AS least
    FROM asset a LEFT JOIN retention r ON r.exit = a.subject AND r.data_asset = a.asset_id
), judged AS MATERIALIZED (
    SELECT k.subject, k.asset_id, k.retention_id, k.name, k.basis, k.keep_until, k.least,
           CASE WHEN k.retention_id IS NULL THEN 'not_settled'
                WHEN k.determined_by IS NULL OR k.confirmed_by IS NULL OR k.confirmed_on IS NULL
                     OR (k.basis = 'none' AND k.reason IS NULL)
                     OR (k.basis NOT IN ('none', 'legal_hold') AND k.keep_until IS NULL)
                     OR (k.basis NOT IN ('none', 'legal_hold', 'contract') AND k.counted_from IS NULL)
                THEN 'incomplete'
                WHEN k.keep_until < k.least THEN 'too_short'
                WHEN k.moves = 0 AND k.basis = 'legal_hold' AND k.keep_until IS NULL THEN 'must_move_on_hold'
                WHEN k.moves = 0 AND k.keep_until >= yj_today() THEN 'must_move'
                ELSE 'settled' END AS reason
    FROM kept k
), outcome AS (
    SELECT j.subject, j.reason, j.asset_id, j.retention_id,
           j.basis, j.least,
           j.name || CASE WHEN j.keep_until IS NOT NULL THEN ' (' || j.keep_until || ')' ELSE '' END AS asset,
           CASE WHEN j.reason = 'must_move' THEN j.keep_until END AS due
    FROM judged j
    UNION ALL
    SELECT l.subject, 'no_assets', NULL, NULL, NULL, NULL, NULL, NULL
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM asset a WHERE a.subject = l.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'settled' THEN 'met'
            WHEN o.reason IN ('too_short', 'must_move', 'must_move_on_hold') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.retention_id IS NOT NULL THEN 'retention' WHEN o.asset_id IS NOT NULL THEN 'data_asset' ELSE 'exit' END AS proof_kind,
       coalesce(o.retention_id, o.asset_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.asset AS v_asset, o.basis AS v_basis, o.least AS v_least
FROM outcome o JOIN leaving l ON l.subject = o.subject

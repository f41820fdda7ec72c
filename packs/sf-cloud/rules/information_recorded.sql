-- rule: information_recorded
-- subject: exit
-- params: []
-- reasons:
--   hold_over:
--     zh: 退出“{exit}”的这些信息暂存已到期（括号内为暂存至），没有后续转移或清除记录：{asset}。请处置并登记。
--     en: 'Temporary holding of these data of exit "{exit}" is over (held until, in brackets) and no later transfer or clearing is recorded: {asset}. Deal with them and record it.'
--   clear_not_recorded:
--     zh: 退出“{exit}”已完成，这些数据在原平台上的清除没有记录：{asset}。请补记，或核实是否已清除。
--     en: 'Exit "{exit}" is completed, yet the clearing of these data on the old platform is not recorded: {asset}. Record it, or find out whether it was done.'
--   not_recorded:
--     zh: 退出“{exit}”的这些数据还没有转移、暂存或清除的记录：{asset}。
--     en: 'No transfer, holding or clearing is recorded yet for these data of exit "{exit}": {asset}.'
--   incomplete:
--     zh: 退出“{exit}”的记录缺少参与人员、方式、日期、目前所处的位置或证据：{record}。请补齐。
--     en: 'Records of exit "{exit}" lack who took part, how, when, where the information is now, or evidence: {record}. Complete them.'
--   ahead:
--     zh: 退出“{exit}”的记录登记的完成日期还没有到：{record}。请核对。
--     en: 'Records of exit "{exit}" are dated after today: {record}. Check the dates.'
--   no_assets:
--     zh: 退出“{exit}”的系统没有登记在用的数据资产，不能判断哪些信息要记录。请先登记。
--     en: No data asset in use is registered for the system of exit "{exit}", so what to record cannot be told. Register them first.
--   recorded:
--     zh: 退出“{exit}”的信息转移、暂存和清除过程均有记录，写明参与人员、方式和现在的位置：{asset}。
--     en: 'Transfer, holding and clearing of the information of exit "{exit}" are recorded with people, manner and present place: {asset}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.state, d.id AS deployment_id, d.system
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), asset AS (
    SELECT l.subject, l.state, a.id AS asset_id, a.name
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
), record AS MATERIALIZED (
    SELECT l.subject, v.value AS asset_id, t.id AS record_id, t.number, t.step, t.done_on, t.hold_until,
           CASE WHEN t.method IS NULL OR t.place_now IS NULL OR t.done_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM information_transfer_participants p WHERE p.id = t.id)
                     OR NOT EXISTS (SELECT 1 FROM information_transfer_evidence d WHERE d.id = t.id) THEN 'incomplete'
                WHEN t.done_on > yj_today() THEN 'ahead'
                ELSE 'recorded' END AS reason
    FROM leaving l JOIN information_transfer t ON t.exit = l.subject JOIN information_transfer_data_assets v ON v.id = t.id
), outcome AS (
    SELECT r.subject,
           CASE WHEN r.reason = 'recorded' AND r.step = 'hold' AND r.hold_until < yj_today()
                     AND NOT EXISTS (SELECT 1 FROM record o WHERE o.subject = r.subject AND o.asset_id = r.asset_id
                                     AND o.done_on >= r.done_on AND o.record_id <> r.record_id)
                THEN 'hold_over' ELSE r.reason END AS reason,
           r.record_id, r.asset_id,
           a.name || CASE WHEN r.step = 'hold' AND r.hold_until IS NOT NULL THEN ' (' || r.hold_until || ')' ELSE '' END AS asset,
           r.number AS record,
           CASE WHEN r.reason = 'ahead' THEN yj_add_days(r.done_on, -1)
                WHEN r.reason = 'recorded' AND r.step = 'hold' AND r.hold_until >= yj_today() THEN r.hold_until END AS due
    FROM record r JOIN asset a ON a.asset_id = r.asset_id AND a.subject = r.subject
    UNION ALL
    SELECT a.subject, 'not_recorded', NULL, a.asset_id, a.name, NULL, NULL
    FROM asset a WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.subject = a.subject AND r.asset_id = a.asset_id)
    UNION ALL
    SELECT a.subject, 'clear_not_recorded', NULL, a.asset_id, a.name, NULL, NULL
    FROM asset a
    WHERE a.state = 'completed'
      AND NOT EXISTS (SELECT 1 FROM record r WHERE r.subject = a.subject AND r.asset_id = a.asset_id AND r.step = 'clear')
    UNION ALL
    SELECT l.subject, 'no_assets', NULL, NULL, NULL, NULL, NULL
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM asset a WHERE a.subject = l.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'recorded' THEN 'met' WHEN o.reason IN ('hold_over', 'clear_not_recorded') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.record_id IS NOT NULL THEN 'information_transfer' WHEN o.asset_id IS NOT NULL THEN 'data_asset'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.record_id, o.asset_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.asset AS v_asset, o.record AS v_record
FROM outcome o JOIN leaving l ON l.subject = o.subject

-- rule: data_identified
-- subject: deployment
-- params: []
-- reasons:
--   not_covered:
--     zh: 系统“{system}”最近一次数据识别（{day}）没有梳理：{origin|choice:data_inventory.covered}。请补充梳理并重新审核。
--     en: 'The last data inventory of system "{system}" ({day}) left out: {origin|choice:data_inventory.covered}. Go through it and confirm again.'
--   not_registered:
--     zh: 系统“{system}”的数据识别（{day}）找到 {found} 类数据，而台账中在用的只有 {registered} 项。请把缺少的登记为数据资产，或更正识别记录。
--     en: The inventory of system "{system}" ({day}) found {found} classes of data, but only {registered} data assets in use are registered. Register the others or correct the inventory.
--   no_inventory:
--     zh: 系统“{system}”没有经审核的数据识别记录。请全面梳理其数据，登记识别记录并由另一人审核。
--     en: System "{system}" has no confirmed data inventory. Go through all its data, enter the inventory and have another person confirm it.
--   incomplete:
--     zh: 系统“{system}”的数据识别记录（{day}）缺少找到的数据数量、来源清单、梳理人或证据，请补齐。
--     en: The inventory of system "{system}" ({day}) lacks the number of data assets found, the sources searched, who did it, or evidence. Complete it.
--   identified:
--     zh: 系统“{system}”的数据已于 {day} 全面识别并审核，找到 {found} 类，台账在用 {registered} 项。
--     en: 'All data of system "{system}" was identified on {day} and confirmed: {found} classes found, {registered} data assets in use registered.'
WITH placed AS (
    SELECT d.id AS subject, s.id AS system_id, s.name AS system,
           (SELECT max(i.done_on) FROM data_inventory i
            WHERE i.system = s.id AND i.state = 'confirmed' AND i.confirmed_by IS NOT NULL) AS day,
           (SELECT count(*) FROM data_asset a WHERE a.system = s.id AND a.state = 'active') AS registered
    FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = d.system
), last AS (
    SELECT p.subject, p.system, p.day, p.registered, i.id AS inventory, i.items_found AS found, i.sources, i.done_by
    FROM placed p LEFT JOIN data_inventory i ON i.system = p.system_id AND i.done_on = p.day AND i.state = 'confirmed'
), origin AS (
    SELECT 'produced' AS id UNION ALL SELECT 'collected' UNION ALL SELECT 'processed' UNION ALL SELECT 'used'
    UNION ALL SELECT 'managed'
), outcome AS (
    SELECT l.subject,
           CASE WHEN l.inventory IS NULL THEN 'no_inventory'
                WHEN l.found IS NULL OR l.sources IS NULL OR l.done_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM data_inventory_evidence e WHERE e.id = l.inventory)
                THEN 'incomplete'
                WHEN l.registered < l.found THEN 'not_registered'
                ELSE 'identified' END AS reason,
           CAST(NULL AS TEXT) AS origin
    FROM last l
    UNION ALL
    SELECT l.subject, 'not_covered', o.id
    FROM last l JOIN origin o ON NOT EXISTS (SELECT 1 FROM data_inventory_covered c
                                             WHERE c.id = l.inventory AND c.value = o.id)
    WHERE l.inventory IS NOT NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'identified' THEN 'met'
            WHEN o.reason IN ('not_covered', 'not_registered') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       'data_inventory' AS proof_kind, l.inventory AS proof,
       l.system AS v_system, l.day AS v_day, o.origin AS v_origin,
       CAST(l.found AS TEXT) AS v_found, CAST(l.registered AS TEXT) AS v_registered
FROM outcome o JOIN last l ON l.subject = o.subject

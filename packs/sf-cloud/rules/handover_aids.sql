-- rule: handover_aids
-- subject: exit
-- params: [purpose]
-- reasons:
--   overdue:
--     zh: 退出“{exit}”要求受托方提供的{:purpose|choice:handover_aid.type}到期未提供：{aid}（括号内为期限）。请催告；拿不到时这些数据即使返还也不能使用。
--     en: 'What the provider was asked to supply at exit "{exit}" ({:purpose|choice:handover_aid.type}) is past its day (in brackets): {aid}. Press it; without this the data are of no use even when returned.'
--   wrong_aid:
--     zh: 退出“{exit}”的移交项引用了类型不符的支持，共 {count} 项，如 {item}。请改引{:purpose|choice:handover_aid.type}。
--     en: '{count} items of exit "{exit}" cite an aid of the wrong type or of another exit, such as {item}. Cite one of the type: {:purpose|choice:handover_aid.type}.'
--   not_asked:
--     zh: 退出“{exit}”的清单有 {count} 项需要受托方提供{:purpose|choice:handover_aid.type}而没有对应的要求，如 {item}。请向受托方书面要求并登记。
--     en: '{count} items in the inventory of exit "{exit}" need what the provider has to supply ({:purpose|choice:handover_aid.type}) and name no request for it, such as {item}. Ask the provider in writing and enter it.'
--   not_said:
--     zh: 退出“{exit}”的清单有 {count} 项没有写明是否加密或格式性质，如 {item}，不能判断是否需要受托方支持。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" do not say whether they are encrypted, or of an uncommon format, such as {item}. Complete them.'
--   no_inventory:
--     zh: 退出“{exit}”的移交清单还没有数据，不能判断哪些要受托方提供支持。请先编制清单。
--     en: The inventory of exit "{exit}" has no items yet, so what the provider has to supply cannot be told. Draw it up first.
--   incomplete:
--     zh: 退出“{exit}”的支持要求缺少要求日期、期限、方法说明、密钥保管人、试用人或证据：{aid}。请补齐。
--     en: 'Requests of exit "{exit}" lack when they were made, the due day, the method, who keeps the key, who tried it or evidence: {aid}. Complete them.'
--   ahead:
--     zh: 退出“{exit}”的支持要求登记的日期还没有到：{aid}。请核对。
--     en: 'Requests of exit "{exit}" bear a day that lies ahead: {aid}. Check them.'
--   pending:
--     zh: 退出“{exit}”已要求受托方提供，期限未到：{aid}（括号内为期限）。
--     en: 'The provider was asked at exit "{exit}" and the day has not come (in brackets): {aid}.'
--   none_needed:
--     zh: 退出“{exit}”的清单中没有加密或非通用格式的数据，不需要受托方提供{:purpose|choice:handover_aid.type}，本条不适用。
--     en: The inventory of exit "{exit}" has nothing that needs it ({:purpose|choice:handover_aid.type}); the requirement does not apply.
--   supplied:
--     zh: 退出“{exit}”需要的支持均已由受托方提供并试用：{aid}。
--     en: 'What exit "{exit}" needs was supplied by the provider and tried: {aid}.'
WITH item AS MATERIALIZED (
    -- one pass: whether an item needs the aid, and which it names
    SELECT r.subject, r.aid_id, r.need, count(*) AS items, min(r.identifier) AS first_item, max(r.identifier) AS last_item
    FROM (SELECT x.id AS subject, i.identifier,
                 CASE WHEN :purpose = 'decryption' THEN i.decryption ELSE i.conversion END AS aid_id,
                 CASE WHEN :purpose = 'decryption' AND i.encrypted = 'encrypted' THEN 1
                      WHEN :purpose <> 'decryption' AND i.format_kind = 'proprietary' THEN 1
                      WHEN :purpose = 'decryption' AND i.encrypted IS NULL THEN 2
                      WHEN :purpose <> 'decryption' AND i.format_kind IS NULL THEN 2
                      ELSE 0 END AS need
          FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
          WHERE v.state <> 'superseded') r
    GROUP BY r.subject, r.aid_id, r.need
), aid AS MATERIALIZED (
    SELECT x.id AS subject, a.id AS aid_id, a.name, a.due_on,
           CASE WHEN a.supplied_on > yj_today() THEN a.supplied_on WHEN a.tried_on > yj_today() THEN a.tried_on
                WHEN a.requested_on > yj_today() THEN a.requested_on END AS wait_on,
           CASE WHEN a.requested_on IS NULL OR a.due_on IS NULL THEN 'incomplete'
                WHEN a.requested_on > yj_today() OR a.supplied_on > yj_today() OR a.tried_on > yj_today() THEN 'ahead'
                WHEN a.supplied_on IS NULL AND a.due_on < yj_today() THEN 'overdue'
                WHEN a.supplied_on IS NULL THEN 'pending'
                WHEN a.method IS NULL OR (a.type = 'decryption' AND (a.key_name IS NULL OR a.key_keeper IS NULL))
                     OR a.tried_by IS NULL OR a.tried_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM handover_aid_evidence v WHERE v.id = a.id) THEN 'incomplete'
                ELSE 'supplied' END AS reason
    FROM subject x JOIN handover_aid a ON a.exit = x.id
    WHERE (:purpose = 'decryption' AND a.type = 'decryption') OR (:purpose <> 'decryption' AND a.type <> 'decryption')
), pick AS (
    SELECT 1 AS id UNION ALL SELECT 2
), fault AS (
    SELECT i.subject,
           CASE WHEN i.need = 2 THEN 'not_said' WHEN i.aid_id IS NULL THEN 'not_asked' ELSE 'wrong_aid' END AS reason,
           sum(i.items) AS amount, min(i.first_item) AS first_item, max(i.last_item) AS last_item
    FROM item i
    WHERE i.need = 2 OR (i.need = 1 AND NOT EXISTS (SELECT 1 FROM aid a WHERE a.aid_id = i.aid_id AND a.subject = i.subject))
    GROUP BY i.subject, CASE WHEN i.need = 2 THEN 'not_said' WHEN i.aid_id IS NULL THEN 'not_asked' ELSE 'wrong_aid' END
), outcome AS (
    SELECT f.subject, f.reason, f.amount, CASE WHEN p.id = 1 THEN f.first_item ELSE f.last_item END AS item,
           CAST(NULL AS TEXT) AS aid_id, CAST(NULL AS TEXT) AS aid, CAST(NULL AS TEXT) AS due
    FROM fault f CROSS JOIN pick p
    UNION ALL
    SELECT a.subject, a.reason, NULL, NULL, a.aid_id,
           a.name || CASE WHEN a.reason IN ('pending', 'overdue') THEN ' (' || a.due_on || ')' ELSE '' END,
           CASE WHEN a.reason = 'pending' THEN a.due_on WHEN a.reason = 'ahead' THEN yj_add_days(a.wait_on, -1) END
    FROM aid a
    WHERE EXISTS (SELECT 1 FROM item i WHERE i.subject = a.subject AND i.aid_id = a.aid_id AND i.need = 1)
    UNION ALL
    SELECT x.id, 'no_inventory', NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id)
    UNION ALL
    SELECT x.id, 'none_needed', NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id)
      AND NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id AND i.need <> 0)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('supplied', 'pending') THEN 'met'
            WHEN o.reason = 'none_needed' THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'wrong_aid', 'not_asked') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.aid_id IS NOT NULL THEN 'handover_aid' ELSE 'exit' END AS proof_kind, coalesce(o.aid_id, o.subject) AS proof,
       e.title AS v_exit, o.aid AS v_aid, CAST(o.amount AS TEXT) AS v_count, o.item AS v_item
FROM outcome o JOIN exit e ON e.id = o.subject

-- rule: data_verified
-- subject: exit
-- params: [method]
-- reasons:
--   faulty:
--     zh: 退出“{exit}”的数据验证（{:method|choice:migration_check.method}）有不一致或无法验证的项：{check}（括号内依次为不一致、无法验证项数）。请查明原因，重新取得数据后再验证。
--     en: 'Checks of exit "{exit}" ({:method|choice:migration_check.method}) found items that differ or cannot be checked (counts in brackets, in that order): {check}. Find the cause, obtain the data anew and check again.'
--   short:
--     zh: 退出“{exit}”应验证（{:method|choice:migration_check.method}）{need} 项，目前验证 {checked} 项。请验证其余各项。
--     en: '{need} items of exit "{exit}" have to be checked ({:method|choice:migration_check.method}), {checked} have been. Check the others.'
--   no_inventory:
--     zh: 退出“{exit}”的移交清单还没有数据，不能判断哪些要验证（{:method|choice:migration_check.method}）。请先编制清单。
--     en: The inventory of exit "{exit}" has no items yet, so what has to be checked ({:method|choice:migration_check.method}) cannot be told. Draw it up first.
--   not_said:
--     zh: 退出“{exit}”的清单有 {unsaid} 项没有写明是否加密或格式性质，不能判断是否要验证（{:method|choice:migration_check.method}）。请补齐。
--     en: '{unsaid} items in the inventory of exit "{exit}" do not say whether they are encrypted or of an uncommon format, so whether they have to be checked ({:method|choice:migration_check.method}) cannot be told. Complete them.'
--   incomplete:
--     zh: 退出“{exit}”的数据验证还没有完成，或缺少项数、位置、工具、验证人、确认人、日期或结果文件：{check}。请补齐，由验证人以外的人确认。
--     en: 'Checks of exit "{exit}" are not done, or lack counts, place, tool, who did or confirmed them, the day or the result: {check}. Complete them, confirmed by someone else.'
--   ahead:
--     zh: 退出“{exit}”的数据验证日期还没有到：{check}。请核对。
--     en: 'Checks of exit "{exit}" are dated after today: {check}. Check the dates.'
--   none_needed:
--     zh: 退出“{exit}”的清单中没有需要这样验证的数据（{:method|choice:migration_check.method}），本条不适用。
--     en: Nothing in the inventory of exit "{exit}" needs this check ({:method|choice:migration_check.method}); the requirement does not apply.
--   verified:
--     zh: 退出“{exit}”应验证（{:method|choice:migration_check.method}）的 {need} 项均已验证一致：{check}。
--     en: 'All {need} items of exit "{exit}" that need it ({:method|choice:migration_check.method}) were checked and agree: {check}.'
WITH item AS MATERIALIZED (
    -- one pass over the items: how many of each inventory need the check, and how many do not say
    SELECT r.subject, r.inventory_id, count(*) AS items, sum(CASE WHEN r.need = 1 THEN 1 ELSE 0 END) AS need,
           sum(CASE WHEN r.need = 2 THEN 1 ELSE 0 END) AS unsaid
    FROM (SELECT x.id AS subject, v.id AS inventory_id,
                 CASE WHEN :method = 'decrypt' AND i.encrypted = 'encrypted' THEN 1
                      WHEN :method <> 'decrypt' AND i.format_kind = 'proprietary' THEN 1
                      WHEN :method = 'decrypt' AND i.encrypted IS NULL THEN 2
                      WHEN :method <> 'decrypt' AND i.format_kind IS NULL THEN 2
                      ELSE 0 END AS need
          FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
          WHERE v.state <> 'superseded') r
    GROUP BY r.subject, r.inventory_id
), statement AS MATERIALIZED (
    -- signed comparisons about the list that a check had named before, by keys that are believed of such; a bag
    -- counts each file once for each of its lists, so what it counts are no items
    SELECT c.id AS check_id, e.id AS evidence_id, e.statement_fine,
           CASE WHEN e.statement <> 'verify_bag' THEN e.statement_matched END AS statement_matched, e.statement_faulty
    FROM subject x JOIN migration m ON m.exit = x.id JOIN migration_check c ON c.migration = m.id
         JOIN evidence_proves p ON p.value = c.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_digests d ON d.id = e.id AND d.value = c.manifest_digest
    WHERE (e.statement IN ('verify_files', 'verify_bag')
           OR (e.statement = 'verify_' || :method AND e.statement_expected = c.manifest_digest))
      AND c.method = :method AND c.state <> 'superseded' AND m.state <> 'aborted'
), measured AS MATERIALIZED (
    -- the last one; and none is counted for two checks
    SELECT s.check_id, s.evidence_id, s.statement_fine, s.statement_matched, s.statement_faulty
    FROM statement s
    WHERE NOT EXISTS (SELECT 1 FROM statement n WHERE n.check_id = s.check_id AND n.evidence_id > s.evidence_id)
      AND NOT EXISTS (SELECT 1 FROM statement o WHERE o.evidence_id = s.evidence_id AND o.check_id < s.check_id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, c.id AS check_id, c.inventory AS inventory_id, c.title, c.done_on,
           coalesce(s.statement_matched, c.items_checked) AS items_checked,
           coalesce(s.statement_faulty, c.items_differing) AS items_differing, c.items_failed, s.evidence_id,
           CASE WHEN c.items_differing > 0 OR c.items_failed > 0 OR s.statement_fine = 0 THEN 'faulty'
                WHEN s.statement_fine = 1 THEN 'verified'
                WHEN c.done_on > yj_today() THEN 'ahead'
                WHEN c.state <> 'done' OR c.items_checked IS NULL OR c.items_differing IS NULL OR c.items_failed IS NULL
                     OR (c.path IS NULL AND c.database_identity IS NULL) OR c.tool IS NULL OR c.done_by IS NULL
                     OR c.confirmed_by IS NULL OR c.done_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM migration_check_evidence v WHERE v.id = c.id) THEN 'incomplete'
                ELSE 'verified' END AS reason
    FROM subject x JOIN migration m ON m.exit = x.id JOIN migration_check c ON c.migration = m.id
         LEFT JOIN measured s ON s.check_id = c.id
    WHERE c.method = :method AND c.state <> 'superseded' AND m.state <> 'aborted'
      AND EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id AND i.inventory_id = c.inventory AND i.need > 0)
), done AS (
    SELECT j.inventory_id, sum(j.items_checked) AS checked FROM judged j GROUP BY j.inventory_id
), outcome AS (
    SELECT j.subject, j.reason, j.check_id, j.evidence_id,
           j.title || CASE WHEN j.reason = 'faulty'
                           THEN ' (' || CAST(coalesce(j.items_differing, 0) AS TEXT) || '/'
                                || CAST(coalesce(j.items_failed, 0) AS TEXT) || ')' ELSE '' END AS name,
           i.need, CAST(NULL AS INTEGER) AS checked, CAST(NULL AS INTEGER) AS unsaid,
           CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.done_on, -1) END AS due
    FROM judged j JOIN item i ON i.inventory_id = j.inventory_id
    UNION ALL
    SELECT i.subject, 'short', NULL, NULL, NULL, i.need, coalesce(d.checked, 0), NULL, NULL
    FROM item i LEFT JOIN done d ON d.inventory_id = i.inventory_id
    WHERE i.need > coalesce(d.checked, 0)
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.inventory_id = i.inventory_id AND j.reason <> 'verified')
    UNION ALL
    SELECT i.subject, 'not_said', NULL, NULL, NULL, NULL, NULL, i.unsaid, NULL FROM item i WHERE i.unsaid > 0
    UNION ALL
    SELECT i.subject, 'none_needed', NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM item i
    UNION ALL
    SELECT x.id, 'no_inventory', NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'verified' THEN 'met' WHEN o.reason = 'none_needed' THEN 'not_applicable'
            WHEN o.reason = 'faulty' THEN 'unmet'
            WHEN o.reason = 'short' AND e.state IN ('erasing', 'completed') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.evidence_id IS NOT NULL THEN 'evidence' WHEN o.check_id IS NOT NULL THEN 'migration_check'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.evidence_id, o.check_id, o.subject) AS proof,
       e.title AS v_exit, o.name AS v_check, CAST(o.need AS TEXT) AS v_need, CAST(o.checked AS TEXT) AS v_checked,
       CAST(o.unsaid AS TEXT) AS v_unsaid
FROM outcome o JOIN exit e ON e.id = o.subject

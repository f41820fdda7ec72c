-- rule: inventory_approved
-- subject: exit
-- params: []
-- reasons:
--   changed:
--     zh: 退出“{exit}”的清单《{inventory}》批准时为 {listed} 项，现在登记了 {items} 项。增减之后须重新评审和批准。
--     en: Inventory "{inventory}" of exit "{exit}" had {listed} items when approved and now has {items}. After such a change it has to be reviewed and approved anew.
--   none:
--     zh: 退出“{exit}”还没有移交数据清单。请编制，并由编制人以外的人评审和批准。
--     en: Exit "{exit}" has no hand-over inventory. Draw it up and have others than its author review and approve it.
--   not_reviewed:
--     zh: 退出“{exit}”的清单《{inventory}》没有适用性和充分性两方面的评审意见、评审人或日期。请由编制人以外的人评审。
--     en: Inventory "{inventory}" of exit "{exit}" lacks a review of its suitability and its sufficiency, who reviewed it, or when. Have someone other than its author review it.
--   not_approved:
--     zh: 退出“{exit}”的清单《{inventory}》还没有批准，或缺少批准时的项数、批准人、日期或清单文件。请批准并补齐。
--     en: Inventory "{inventory}" of exit "{exit}" is not approved, or lacks the number of items at approval, who approved it, when, or the file. Approve and complete it.
--   ahead:
--     zh: 退出“{exit}”的清单《{inventory}》登记的评审或批准日期还没有到。请核对。
--     en: Inventory "{inventory}" of exit "{exit}" is said to be reviewed or approved on a day that lies ahead. Check it.
--   approved:
--     zh: 退出“{exit}”的清单《{inventory}》共 {items} 项，适用性和充分性已评审，并于 {approved_on} 由编制人以外的人批准。
--     en: Inventory "{inventory}" of exit "{exit}", {items} items, was reviewed for suitability and sufficiency and approved by another person on {approved_on}.
WITH item AS MATERIALIZED (
    SELECT v.id AS inventory_id, count(i.id) AS items
    FROM subject x JOIN handover_inventory v ON v.exit = x.id LEFT JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded'
    GROUP BY v.id
), judged AS MATERIALIZED (
    SELECT x.id AS subject, e.title AS exit_title, v.id AS inventory_id, v.title, v.items_listed, v.approved_on, v.reviewed_on,
           n.items,
           CASE WHEN v.id IS NULL THEN 'none'
                WHEN v.prepared_by IS NULL OR v.reviewed_by IS NULL OR v.reviewed_on IS NULL OR v.suitability IS NULL
                     OR v.sufficiency IS NULL THEN 'not_reviewed'
                WHEN v.state <> 'approved' OR v.approved_by IS NULL OR v.approved_on IS NULL OR v.items_listed IS NULL
                     OR NOT EXISTS (SELECT 1 FROM handover_inventory_evidence d WHERE d.id = v.id) THEN 'not_approved'
                WHEN v.items_listed <> n.items THEN 'changed'
                WHEN v.approved_on > yj_today() THEN 'ahead'
                ELSE 'approved' END AS reason
    FROM subject x JOIN exit e ON e.id = x.id
         LEFT JOIN handover_inventory v ON v.exit = e.id AND v.state <> 'superseded'
         LEFT JOIN item n ON n.inventory_id = v.id
)
SELECT j.subject AS subject,
       CASE WHEN j.reason = 'approved' THEN 'met' WHEN j.reason = 'changed' THEN 'unmet' ELSE 'unknown' END AS status,
       j.reason AS reason, CASE WHEN j.reason = 'ahead' THEN yj_add_days(j.approved_on, -1) END AS due,
       CASE WHEN j.inventory_id IS NOT NULL THEN 'handover_inventory' ELSE 'exit' END AS proof_kind,
       coalesce(j.inventory_id, j.subject) AS proof,
       j.exit_title AS v_exit, j.title AS v_inventory, CAST(j.items_listed AS TEXT) AS v_listed, CAST(j.items AS TEXT) AS v_items,
       j.approved_on AS v_approved_on
FROM judged j

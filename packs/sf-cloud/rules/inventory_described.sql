-- rule: inventory_described
-- subject: exit
-- params: [category, fields, public_max]
-- reasons:
--   understated:
--     zh: 退出“{exit}”的清单把级别高于 {:public_max} 级的数据标为公开，共 {count} 项，如 {item}。请按数据级别更正。
--     en: The inventory of exit "{exit}" marks {count} items as public whose data have a grade above {:public_max}, such as {item}. Correct them by the grade of the data.
--   no_inventory:
--     zh: 退出“{exit}”还没有移交数据清单，或清单中没有这类移交项。请编制，大量文件可用扫描工具生成后导入。
--     en: Exit "{exit}" has no hand-over inventory, or none of the items asked for here. Draw it up; many files can be scanned and imported.
--   no_name:
--     zh: 退出“{exit}”的清单有 {count} 项没有名称，如 {item}。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" have no name, such as {item}. Complete them.'
--   no_description:
--     zh: 退出“{exit}”的清单有 {count} 项没有内容描述，如 {item}。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" have no description, such as {item}. Complete them.'
--   no_format:
--     zh: 退出“{exit}”的清单有 {count} 项没有存储格式，如 {item}。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" have no storage format, such as {item}. Complete them.'
--   no_medium:
--     zh: 退出“{exit}”的清单有 {count} 项没有写明以什么介质移交，如 {item}。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" do not say on which medium they are handed over, such as {item}. Complete them.'
--   no_size:
--     zh: 退出“{exit}”的清单有 {count} 项没有大小，如 {item}。请补齐。
--     en: '{count} items in the inventory of exit "{exit}" have no size, such as {item}. Complete them.'
--   no_sensitivity:
--     zh: 退出“{exit}”的清单有 {count} 项没有标明敏感或公开，如 {item}。请标明。
--     en: '{count} items in the inventory of exit "{exit}" do not say whether they are sensitive or public, such as {item}. Say so.'
--   other_list:
--     zh: 退出“{exit}”的清单“{inventory}”所登记的清单文件，不是对同一位置的签名扫描所生成的那份。请登记扫描生成的清单及其摘要，或重新扫描。
--     en: 'The file entered for inventory "{inventory}" of exit "{exit}" is not the one that a signed scan of that place wrote. Enter the list that the scan wrote, with its digest, or scan again.'
--   described:
--     zh: 退出“{exit}”的清单共 {count} 项，逐项写明了本条要求的内容。
--     en: The {count} items in the inventory of exit "{exit}" all state what is asked for here.
WITH lack AS MATERIALIZED (
    -- one pass over the items; only the first and the last of each fault are named
    SELECT x.id AS subject, count(*) AS items,
           sum(CASE WHEN i.name IS NULL THEN 1 ELSE 0 END) AS names,
           min(CASE WHEN i.name IS NULL THEN i.identifier END) AS name_a, max(CASE WHEN i.name IS NULL THEN i.identifier END) AS name_z,
           sum(CASE WHEN i.description IS NULL THEN 1 ELSE 0 END) AS descriptions,
           min(CASE WHEN i.description IS NULL THEN i.identifier END) AS description_a,
           max(CASE WHEN i.description IS NULL THEN i.identifier END) AS description_z,
           sum(CASE WHEN i.format IS NULL THEN 1 ELSE 0 END) AS formats,
           min(CASE WHEN i.format IS NULL THEN i.identifier END) AS format_a, max(CASE WHEN i.format IS NULL THEN i.identifier END) AS format_z,
           sum(CASE WHEN i.medium_type IS NULL THEN 1 ELSE 0 END) AS media,
           min(CASE WHEN i.medium_type IS NULL THEN i.identifier END) AS medium_a,
           max(CASE WHEN i.medium_type IS NULL THEN i.identifier END) AS medium_z,
           sum(CASE WHEN i.size_bytes IS NULL THEN 1 ELSE 0 END) AS sizes,
           min(CASE WHEN i.size_bytes IS NULL THEN i.identifier END) AS size_a,
           max(CASE WHEN i.size_bytes IS NULL THEN i.identifier END) AS size_z,
           sum(CASE WHEN i.sensitivity IS NULL THEN 1 ELSE 0 END) AS sensitivities,
           min(CASE WHEN i.sensitivity IS NULL THEN i.identifier END) AS sensitivity_a,
           max(CASE WHEN i.sensitivity IS NULL THEN i.identifier END) AS sensitivity_z,
           sum(CASE WHEN i.sensitivity = 'public' AND a.level > :public_max THEN 1 ELSE 0 END) AS publics,
           min(CASE WHEN i.sensitivity = 'public' AND a.level > :public_max THEN i.identifier END) AS public_a,
           max(CASE WHEN i.sensitivity = 'public' AND a.level > :public_max THEN i.identifier END) AS public_z
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
         LEFT JOIN data_asset a ON a.id = i.data_asset
    WHERE v.state <> 'superseded' AND (:category = 'all' OR i.category = :category)
    GROUP BY x.id
), scanned AS MATERIALIZED (
    -- signed scans of a place that had been entered before, by keys that are believed of such
    SELECT v.id AS inventory_id, e.id AS evidence_id,
           CASE WHEN e.statement_inventory = v.manifest_digest THEN 1 ELSE 0 END AS same
    FROM subject x JOIN handover_inventory v ON v.exit = x.id
         JOIN evidence_proves p ON p.value = v.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_names n ON n.id = e.id AND n.value = v.source_path
    WHERE e.statement = 'scan' AND e.statement_inventory IS NOT NULL AND v.manifest_digest IS NOT NULL
      AND v.state <> 'superseded'
), pick AS (
    SELECT 1 AS id UNION ALL SELECT 2
), fault AS (
    SELECT l.subject, 'no_name' AS reason, l.names AS amount, CASE WHEN p.id = 1 THEN l.name_a ELSE l.name_z END AS item
    FROM lack l CROSS JOIN pick p WHERE l.names > 0 AND :fields LIKE '%name%'
    UNION ALL
    SELECT l.subject, 'no_description', l.descriptions, CASE WHEN p.id = 1 THEN l.description_a ELSE l.description_z END
    FROM lack l CROSS JOIN pick p WHERE l.descriptions > 0 AND :fields LIKE '%description%'
    UNION ALL
    SELECT l.subject, 'no_format', l.formats, CASE WHEN p.id = 1 THEN l.format_a ELSE l.format_z END
    FROM lack l CROSS JOIN pick p WHERE l.formats > 0 AND :fields LIKE '%format%'
    UNION ALL
    SELECT l.subject, 'no_medium', l.media, CASE WHEN p.id = 1 THEN l.medium_a ELSE l.medium_z END
    FROM lack l CROSS JOIN pick p WHERE l.media > 0 AND :fields LIKE '%medium%'
    UNION ALL
    SELECT l.subject, 'no_size', l.sizes, CASE WHEN p.id = 1 THEN l.size_a ELSE l.size_z END
    FROM lack l CROSS JOIN pick p WHERE l.sizes > 0 AND :fields LIKE '%size%'
    UNION ALL
    SELECT l.subject, 'no_sensitivity', l.sensitivities, CASE WHEN p.id = 1 THEN l.sensitivity_a ELSE l.sensitivity_z END
    FROM lack l CROSS JOIN pick p WHERE l.sensitivities > 0 AND :fields LIKE '%sensitivity%'
    UNION ALL
    SELECT l.subject, 'understated', l.publics, CASE WHEN p.id = 1 THEN l.public_a ELSE l.public_z END
    FROM lack l CROSS JOIN pick p WHERE l.publics > 0 AND :fields LIKE '%sensitivity%'
), outcome AS (
    SELECT f.subject, f.reason, f.amount, f.item, CAST(NULL AS TEXT) AS inventory, CAST(NULL AS TEXT) AS evidence_id FROM fault f
    UNION ALL
    -- a scan that wrote another list says nothing beside one that wrote this
    SELECT l.subject, CASE WHEN EXISTS (SELECT 1 FROM scanned s WHERE s.inventory_id = v.id) THEN 'other_list' ELSE 'described' END,
           l.items, NULL, v.id, NULL
    FROM lack l JOIN handover_inventory v ON v.exit = l.subject AND v.state <> 'superseded'
    WHERE NOT EXISTS (SELECT 1 FROM scanned s WHERE s.inventory_id = v.id AND s.same = 1)
    UNION ALL
    SELECT l.subject, 'described', l.items, NULL, v.id, s.evidence_id
    FROM lack l JOIN handover_inventory v ON v.exit = l.subject JOIN scanned s ON s.inventory_id = v.id AND s.same = 1
    UNION ALL
    SELECT x.id, 'no_inventory', NULL, NULL, NULL, NULL FROM subject x WHERE NOT EXISTS (SELECT 1 FROM lack l WHERE l.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'described' THEN 'met' WHEN o.reason IN ('no_inventory', 'other_list') THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.evidence_id IS NOT NULL THEN 'evidence' WHEN o.inventory IS NOT NULL THEN 'handover_inventory'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.evidence_id, o.inventory, o.subject) AS proof,
       e.title AS v_exit, CAST(o.amount AS TEXT) AS v_count, o.item AS v_item, v.title AS v_inventory
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN handover_inventory v ON v.id = o.inventory

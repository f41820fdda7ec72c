-- rule: scope_covered
-- subject: exit
-- params: [categories, origins, assets]
-- reasons:
--   contradicted:
--     zh: 退出“{exit}”把这些类别判断为没有，清单中却有这类移交项：{category|choice:handover_scope.category}。请更正判断或清单。
--     en: 'Exit "{exit}" says there is none of these, yet the inventory has items of them: {category|choice:handover_scope.category}. Correct the one or the other.'
--   nothing_listed:
--     zh: 退出“{exit}”判断这些类别要迁出，清单中却没有一项：{category|choice:handover_scope.category}。请补入清单。
--     en: 'Exit "{exit}" says that these move, yet the inventory has no item of them: {category|choice:handover_scope.category}. List them.'
--   material_missing:
--     zh: 退出“{exit}”应收回的这些资料没有列入清单：{material}。请列入，并与台账中的应收回资料对应。
--     en: 'Material due back at exit "{exit}" is not in the inventory: {material}. List it and refer to the registered material.'
--   asset_missing:
--     zh: 退出“{exit}”的系统在云上的这些数据资产没有任何移交项：{asset}。请列入清单，或在上云确认中列为不上云。
--     en: 'Data assets on the cloud have no item in the inventory of exit "{exit}": {asset}. List them, or list them as kept off the cloud in the confirmation of placement.'
--   undetermined:
--     zh: 退出“{exit}”还没有判断这些类别是否要迁出：{category|choice:handover_scope.category}。请逐类登记移交范围。
--     en: 'Exit "{exit}" has not determined whether these move: {category|choice:handover_scope.category}. Enter the scope for each.'
--   no_reason:
--     zh: 退出“{exit}”判断没有这些类别，但没有写明理由或没有第二人确认：{category|choice:handover_scope.category}。请写明查了哪里，并由另一人确认。
--     en: 'Exit "{exit}" says there is none of these, without a reason or a second persons confirmation: {category|choice:handover_scope.category}. Say where was searched and have another person confirm.'
--   no_inventory:
--     zh: 退出“{exit}”判断这些类别要迁出，但还没有移交数据清单：{category|choice:handover_scope.category}。请编制清单。
--     en: 'Exit "{exit}" says that these move, but there is no hand-over inventory yet: {category|choice:handover_scope.category}. Draw it up.'
--   covered:
--     zh: 退出“{exit}”的迁出范围已判断并落实到清单：{category|choice:handover_scope.category}。
--     en: 'The scope of exit "{exit}" is determined and carried into the inventory: {category|choice:handover_scope.category}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, d.id AS deployment_id, d.system,
           CASE WHEN EXISTS (SELECT 1 FROM handover_inventory v WHERE v.exit = e.id AND v.state <> 'superseded')
                THEN 1 ELSE 0 END AS drawn
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), category AS (
    SELECT 'given' AS id UNION ALL SELECT 'data_file' UNION ALL SELECT 'program_code' UNION ALL SELECT 'manual'
    UNION ALL SELECT 'technical' UNION ALL SELECT 'log' UNION ALL SELECT 'agreed_data' UNION ALL SELECT 'document'
    UNION ALL SELECT 'other'
), wanted AS (
    SELECT c.id FROM category c WHERE ' ' || :categories || ' ' LIKE '% ' || c.id || ' %'
), item AS MATERIALIZED (
    -- one pass over the items, however many there are: what is asked of them below are a few distinct values
    SELECT DISTINCT x.id AS subject, i.category, i.due_material, i.data_asset
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded'
), judged AS MATERIALIZED (
    SELECT l.subject, w.id AS category, s.id AS scope_id,
           CASE WHEN s.id IS NULL THEN 'undetermined'
                WHEN s.decision = 'none' AND EXISTS (SELECT 1 FROM item i WHERE i.subject = l.subject AND i.category = w.id)
                THEN 'contradicted'
                WHEN s.decision = 'none' AND (s.reason IS NULL OR s.confirmed_by IS NULL) THEN 'no_reason'
                WHEN s.decision = 'moves' AND l.drawn = 0 THEN 'no_inventory'
                WHEN s.decision = 'moves'
                     AND NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = l.subject AND i.category = w.id)
                THEN 'nothing_listed'
                ELSE 'covered' END AS reason
    FROM leaving l CROSS JOIN wanted w LEFT JOIN handover_scope s ON s.exit = l.subject AND s.category = w.id
), outcome AS (
    SELECT j.subject, j.reason, j.category, j.scope_id, CAST(NULL AS TEXT) AS material_id, CAST(NULL AS TEXT) AS asset_id,
           CAST(NULL AS TEXT) AS name
    FROM judged j
    UNION ALL
    SELECT l.subject, 'material_missing', NULL, NULL, m.id, NULL, m.name
    FROM leaving l JOIN due_material m ON m.deployment = l.deployment_id
    WHERE l.drawn = 1 AND ' ' || :origins || ' ' LIKE '% ' || m.origin || ' %'
      AND NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = l.subject AND i.due_material = m.id)
    UNION ALL
    SELECT l.subject, 'asset_missing', NULL, NULL, NULL, a.id, a.name
    FROM leaving l JOIN data_asset a ON a.system = l.system
    WHERE :assets = 1 AND l.drawn = 1 AND a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = l.subject AND i.data_asset = a.id)
      AND NOT EXISTS (SELECT 1 FROM confirmation c JOIN confirmation_left_out k ON k.id = c.id
                      WHERE c.deployment = l.deployment_id AND c.state = 'confirmed' AND k.value = a.id
                        AND NOT EXISTS (SELECT 1 FROM confirmation n WHERE n.deployment = l.deployment_id
                                        AND n.state = 'confirmed' AND n.prepared_on > c.prepared_on))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'covered' THEN 'met'
            WHEN o.reason IN ('contradicted', 'nothing_listed', 'material_missing', 'asset_missing') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.scope_id IS NOT NULL THEN 'handover_scope' WHEN o.material_id IS NOT NULL THEN 'due_material'
            WHEN o.asset_id IS NOT NULL THEN 'data_asset' ELSE 'exit' END AS proof_kind,
       coalesce(o.scope_id, o.material_id, o.asset_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.category AS v_category,
       CASE WHEN o.material_id IS NOT NULL THEN o.name END AS v_material,
       CASE WHEN o.asset_id IS NOT NULL THEN o.name END AS v_asset
FROM outcome o JOIN leaving l ON l.subject = o.subject

-- rule: data_graded
-- subject: data_asset
-- params: [model, placed]
-- reasons:
--   lowered:
--     zh: 数据“{asset}”定为 {level} 级，低于标准附录的最低参考级别 {reference} 级且没有写明理由。请提高级别或写明理由。
--     en: Data asset "{asset}" is graded {level}, below the least reference grade {reference} of the standard's annex, with no reason given. Raise it or give the reason.
--   not_classified:
--     zh: 数据“{asset}”没有归类。请按 JR/T 0158-2018 填写业务条线、数据类别和管理部门。
--     en: Data asset "{asset}" is not classified. Enter business line, data class and managing department by JR/T 0158-2018.
--   not_graded:
--     zh: 数据“{asset}”没有定级。请按 JR/T 0158-2018 填写数据级别（1 至 4 级）。
--     en: Data asset "{asset}" is not graded. Enter its grade (1 to 4) by JR/T 0158-2018.
--   no_basis:
--     zh: 数据“{asset}”定为 {level} 级，但影响对象、影响范围或影响程度没有填全，级别缺少依据。请补填。
--     en: Data asset "{asset}" is graded {level}, but who is affected, how far or how badly is not all given, so the grade has no basis. Complete it.
--   not_confirmed:
--     zh: 数据“{asset}”的分类分级（{level} 级）没有定级人和另一名审核人。请审核后填写。
--     en: The classification and grade ({level}) of data asset "{asset}" names no person who graded it and another who confirmed it. Have it confirmed.
--   unmatched:
--     zh: 数据“{asset}”所属系统当前没有放在{:model|choice:deployment.model}上，本条不适用。
--     en: 'The system of data asset "{asset}" is not on this model of cloud at present: {:model|choice:deployment.model}. The requirement does not apply.'
--   graded:
--     zh: 数据“{asset}”归入“{class}”，定为 {level} 级，依据齐全并经审核。
--     en: Data asset "{asset}" is classified as "{class}" and graded {level}, with its basis, and confirmed.
WITH asset AS (
    SELECT a.id AS subject,
           CASE WHEN NOT EXISTS (SELECT 1 FROM deployment d
                                 WHERE d.system = a.system AND d.model = :model
                                   AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %') THEN 'unmatched'
                WHEN a.business_line IS NULL OR a.data_class IS NULL OR a.department IS NULL THEN 'not_classified'
                WHEN a.level IS NULL THEN 'not_graded'
                WHEN a.level < a.reference_level AND a.lowering_reason IS NULL THEN 'lowered'
                WHEN a.impact_scope IS NULL OR a.impact_confidentiality IS NULL OR a.impact_integrity IS NULL
                     OR a.impact_availability IS NULL
                     OR NOT EXISTS (SELECT 1 FROM data_asset_impact_object o WHERE o.id = a.id) THEN 'no_basis'
                WHEN a.graded_by IS NULL OR a.confirmed_by IS NULL THEN 'not_confirmed'
                ELSE 'graded' END AS reason,
           CASE WHEN a.business_line IS NULL AND a.data_class IS NULL AND a.level IS NULL THEN 1 ELSE 0 END AS blank
    FROM subject x JOIN data_asset a ON a.id = x.id
)
SELECT k.subject AS subject,
       CASE WHEN k.reason = 'graded' THEN 'met'
            WHEN k.reason = 'unmatched' THEN 'not_applicable'
            WHEN k.blank = 1 OR k.reason = 'not_confirmed' THEN 'unknown'
            ELSE 'unmet' END AS status,
       k.reason AS reason, NULL AS due, 'data_asset' AS proof_kind, a.id AS proof,
       coalesce(s.name || ' / ', '') || a.name AS v_asset, a.data_class AS v_class, CAST(a.level AS TEXT) AS v_level,
       CAST(a.reference_level AS TEXT) AS v_reference
FROM asset k JOIN data_asset a ON a.id = k.subject LEFT JOIN system s ON s.id = a.system

-- rule: data_graded
-- subject: data_asset
-- params: [model, placed, wide_serious, wide_medium, wide_light, own_serious, own_medium, own_light]
-- reasons:
--   lowered:
--     zh: 数据“{asset}”定为 {level} 级，低于标准附录的最低参考级别 {reference} 级且没有写明理由。请提高级别或写明理由。
--     en: Data asset "{asset}" is graded {level}, below the least reference grade {reference} of the standard's annex, with no reason given. Raise it or give the reason.
--   lowered_table:
--     zh: 数据“{asset}”定为 {level} 级，低于参考级别表中这类数据的最低级别 {reference} 级（来源：{source|choice:grade_reference.source}），没有写明理由。请提高级别或写明理由。
--     en: 'Data asset "{asset}" is graded {level}, below the least grade {reference} that the table of reference grades has for its class (source: {source|choice:grade_reference.source}), with no reason given. Raise it or give the reason.'
--   below_derived:
--     zh: 数据“{asset}”定为 {level} 级，而按登记的影响范围和程度应为 {derived} 级（判定表由 JR/T 0158 的一般规则推导，可调整）。请提高级别、更正影响程度，或写明定低的理由。
--     en: 'Data asset "{asset}" is graded {level}, but by the scope and degree entered it is grade {derived} (by a table derived from the general rules of JR/T 0158, which can be changed). Raise it, correct the degree, or give the reason for the lower grade.'
--   found_higher:
--     zh: 数据“{asset}”定为 {level} 级，而对其存放位置的签名扫描发现了参考级别为 {found} 级的数据，没有写明理由。请提高级别、移走这些数据，或写明定低的理由。
--     en: 'Data asset "{asset}" is graded {level}, but a signed scan of the place that holds it found data of reference grade {found}, with no reason given. Raise the grade, move those data, or give the reason for the lower grade.'
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
--   unplaced:
--     zh: 数据“{asset}”所属系统没有在用或计划中的云上部署，本条不适用。
--     en: The system of data asset "{asset}" has no deployment on a cloud, present or planned. The requirement does not apply.
--   unmatched:
--     zh: 数据“{asset}”所属系统当前没有放在{model|choice:deployment.model}上，本条不适用。
--     en: 'The system of data asset "{asset}" is not on this model of cloud at present: {model|choice:deployment.model}. The requirement does not apply.'
--   graded:
--     zh: 数据“{asset}”归入“{class}”，定为 {level} 级，依据齐全并经审核。
--     en: Data asset "{asset}" is classified as "{class}" and graded {level}, with its basis, and confirmed.
WITH scanned AS MATERIALIZED (
    -- what signed scans found in places that had been entered before, by keys that are believed of such; the last scan counts
    SELECT a.id AS subject, e.statement_grade AS grade, e.measured_until
    FROM subject x JOIN data_asset a ON a.id = x.id
         JOIN evidence_proves p ON p.value = a.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_names n ON n.id = e.id AND n.value = a.scanned_place
    WHERE e.statement = 'scan' AND e.statement_grade IS NOT NULL AND e.measured_until IS NOT NULL
), rated AS (
    SELECT a.id AS subject, a.level, a.lowering_reason, r.id AS reference_id, r.source,
           coalesce(r.level, a.reference_level) AS reference,
           (SELECT max(s.grade) FROM scanned s
            WHERE s.subject = a.id AND NOT EXISTS (SELECT 1 FROM scanned l WHERE l.subject = a.id
                                                     AND l.measured_until > s.measured_until)) AS found,
           -- the gravest of the three; NULL while one is missing
           CASE WHEN a.impact_confidentiality IS NULL OR a.impact_integrity IS NULL OR a.impact_availability IS NULL
                     OR a.impact_scope IS NULL
                     OR NOT EXISTS (SELECT 1 FROM data_asset_impact_object o WHERE o.id = a.id) THEN NULL
                WHEN 'serious' IN (a.impact_confidentiality, a.impact_integrity, a.impact_availability) THEN
                     CASE WHEN a.impact_scope = 'own_institution' THEN :own_serious ELSE :wide_serious END
                WHEN 'medium' IN (a.impact_confidentiality, a.impact_integrity, a.impact_availability) THEN
                     CASE WHEN a.impact_scope = 'own_institution' THEN :own_medium ELSE :wide_medium END
                WHEN 'light' IN (a.impact_confidentiality, a.impact_integrity, a.impact_availability) THEN
                     CASE WHEN a.impact_scope <> 'own_institution' THEN :wide_light
                          WHEN a.openness = 'public' THEN 1 ELSE :own_light END
                ELSE 1 END AS derived
    FROM subject x JOIN data_asset a ON a.id = x.id LEFT JOIN grade_reference r ON r.id = a.reference AND r.state = 'active'
), asset AS MATERIALIZED (
    SELECT a.id AS subject, t.reference, t.source, t.derived, t.found,
           CASE WHEN NOT EXISTS (SELECT 1 FROM deployment d
                                 WHERE d.system = a.system AND (:model = 'any' OR d.model = :model)
                                   AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %')
                THEN CASE WHEN :model = 'any' THEN 'unplaced' ELSE 'unmatched' END
                WHEN a.business_line IS NULL OR a.data_class IS NULL OR a.department IS NULL THEN 'not_classified'
                WHEN a.level IS NULL THEN 'not_graded'
                WHEN a.level < t.reference AND a.lowering_reason IS NULL
                THEN CASE WHEN t.reference_id IS NULL THEN 'lowered' ELSE 'lowered_table' END
                WHEN a.level < t.found AND a.lowering_reason IS NULL THEN 'found_higher'
                WHEN t.derived IS NULL THEN 'no_basis'
                WHEN a.level < t.derived AND a.lowering_reason IS NULL THEN 'below_derived'
                WHEN a.graded_by IS NULL OR a.confirmed_by IS NULL THEN 'not_confirmed'
                ELSE 'graded' END AS reason,
           CASE WHEN a.business_line IS NULL AND a.data_class IS NULL AND a.level IS NULL THEN 1 ELSE 0 END AS blank
    FROM rated t JOIN data_asset a ON a.id = t.subject
)
SELECT k.subject AS subject,
       CASE WHEN k.reason = 'graded' THEN 'met'
            WHEN k.reason IN ('unmatched', 'unplaced') THEN 'not_applicable'
            WHEN k.blank = 1 OR k.reason = 'not_confirmed' THEN 'unknown'
            ELSE 'unmet' END AS status,
       k.reason AS reason, NULL AS due, 'data_asset' AS proof_kind, a.id AS proof,
       coalesce(s.name || ' / ', '') || a.name AS v_asset, a.data_class AS v_class, CAST(a.level AS TEXT) AS v_level,
       CAST(k.reference AS TEXT) AS v_reference, CAST(k.derived AS TEXT) AS v_derived, k.source AS v_source,
       CAST(k.found AS TEXT) AS v_found,
       CASE WHEN k.reason = 'unmatched' THEN :model END AS v_model
FROM asset k JOIN data_asset a ON a.id = k.subject LEFT JOIN system s ON s.id = a.system

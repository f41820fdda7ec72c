-- rule: capacity_doubled
-- subject: system
-- params: [types, times]
-- reach: institution
-- reasons:
--   below:
--     zh: 系统“{system}”最近测得的容量低于历史峰值的 {:times} 倍：{figures}（容量 / 峰值）。请扩容后再测。
--     en: 'The capacity last measured of system "{system}" is below {:times} times its load peak: {figures} (capacity / peak). Extend it, then test again.'
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于系统“{system}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to system "{system}". Enter it with the institution.
--   unweighed:
--     zh: 系统“{system}”没有填写是否重要信息系统，无法判断容量要求是否适用。请填写。
--     en: System "{system}" does not say whether it is important, so it cannot be told whether the demand on capacity applies. Enter it.
--   no_peak:
--     zh: 重要信息系统“{system}”没有登记历史峰值，容量是否足够无从比较。请登记。
--     en: No load peak is on record for important system "{system}", so there is nothing to compare its capacity with. Enter it.
--   untested:
--     zh: 系统“{system}”的这些指标有历史峰值，但没有经审核的压力测试结果：{measure|choice:load_peak.measure}。请测试。
--     en: 'Of system "{system}" these measures have a peak but no confirmed stress test result: {measure|choice:load_peak.measure}. Test them.'
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   not_important:
--     zh: 系统“{system}”不是重要信息系统，本条不适用。
--     en: System "{system}" is not an important one; this does not apply.
--   doubled:
--     zh: 系统“{system}”测得的容量不低于历史峰值的 {:times} 倍：{figures}（容量 / 峰值）。
--     en: 'The capacity of system "{system}" is at least {:times} times its load peak: {figures} (capacity / peak).'
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), weighed AS MATERIALIZED (
    SELECT s.id AS subject, s.name,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN s.importance IS NULL THEN 'unweighed'
                WHEN s.importance <> 'important' THEN 'not_important'
                WHEN NOT EXISTS (SELECT 1 FROM load_peak p WHERE p.system = s.id) THEN 'no_peak'
                ELSE 'owed' END AS scope
    FROM subject x JOIN system s ON s.id = x.id CROSS JOIN own o
), peak AS MATERIALIZED (
    SELECT p.system, p.measure, max(p.amount) AS amount FROM subject x JOIN load_peak p ON p.system = x.id
    GROUP BY p.system, p.measure
), measured AS MATERIALIZED (
    SELECT r.id, r.system, r.measure, r.capacity, t.held_on
    FROM subject x JOIN stress_result r ON r.system = x.id JOIN stress_test t ON t.id = r.stress_test
    WHERE t.state = 'confirmed' AND t.held_on IS NOT NULL AND t.led_by IS NOT NULL AND t.confirmed_by IS NOT NULL
      AND t.confirmed_on IS NOT NULL AND EXISTS (SELECT 1 FROM stress_test_evidence e WHERE e.id = t.id)
), latest AS MATERIALIZED (
    SELECT m.system, m.measure, max(m.held_on) AS day FROM measured m GROUP BY m.system, m.measure
), outcome AS (
    SELECT w.subject, w.scope AS reason, CAST(NULL AS TEXT) AS measure, CAST(NULL AS TEXT) AS result_id,
           CAST(NULL AS TEXT) AS figures
    FROM weighed w WHERE w.scope <> 'owed'
    UNION ALL
    SELECT w.subject, 'untested', p.measure, NULL, NULL
    FROM weighed w JOIN peak p ON p.system = w.subject
    WHERE w.scope = 'owed'
      AND NOT EXISTS (SELECT 1 FROM measured m WHERE m.system = p.system AND m.measure = p.measure)
    UNION ALL
    SELECT w.subject, CASE WHEN m.capacity < CAST(:times AS INTEGER) * p.amount THEN 'below' ELSE 'doubled' END, p.measure, m.id,
           CAST(m.capacity AS TEXT) || ' / ' || CAST(p.amount AS TEXT)
    FROM weighed w JOIN peak p ON p.system = w.subject JOIN latest t ON t.system = p.system AND t.measure = p.measure
         JOIN measured m ON m.system = t.system AND m.measure = t.measure AND m.held_on = t.day
    WHERE w.scope = 'owed'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'doubled' THEN 'met' WHEN o.reason = 'below' THEN 'unmet'
            WHEN o.reason IN ('other_type', 'not_important') THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.result_id IS NULL THEN 'system' ELSE 'stress_result' END AS proof_kind,
       coalesce(o.result_id, o.subject) AS proof,
       w.name AS v_system, l.value AS v_licence, o.measure AS v_measure, o.figures AS v_figures
FROM outcome o JOIN weighed w ON w.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'

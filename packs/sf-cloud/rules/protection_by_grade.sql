-- rule: protection_by_grade
-- subject: data_asset
-- params: [grade_1, grade_2, grade_3, grade_4]
-- reasons:
--   missing:
--     zh: 数据“{asset}”为 {level} 级，按级别应有的措施没有登记：{need|choice:data_protection.measure}。请采取措施并登记。
--     en: 'Data asset "{asset}" has grade {level}, and measures that its grade calls for are not entered: {need|choice:data_protection.measure}. Take them and enter them.'
--   no_encryption:
--     zh: 数据“{asset}”为 {level} 级，按级别应加密，但存储加密和传输加密都没有登记。请至少采取一种并登记。
--     en: 'Data asset "{asset}" has grade {level} and is to be encrypted, but neither encryption at rest nor in transit is entered. Take one at least and enter it.'
--   not_in_force:
--     zh: 数据“{asset}”（{level} 级）已在云上运行，这些措施还没有生效：{measure}。请落实并登记实施日期。
--     en: 'Data asset "{asset}" (grade {level}) is on a running cloud, and these measures are not in force: {measure}. Put them in place and enter when.'
--   not_described:
--     zh: 数据“{asset}”（{level} 级）的措施没有写明做法或责任人：{measure}。请补填。
--     en: 'Measures for data asset "{asset}" (grade {level}) do not say how they are done or who answers for them: {measure}. Complete them.'
--   not_checked:
--     zh: 数据“{asset}”（{level} 级）已生效的措施没有经责任人以外的人核查，或没有证据：{measure}。请核查并附证据。
--     en: 'Measures in force for data asset "{asset}" (grade {level}) were not checked by someone other than the person responsible, or have no evidence: {measure}. Check them and attach evidence.'
--   not_graded:
--     zh: 数据“{asset}”没有定级，无法判断应采取哪些保护措施。请先定级。
--     en: Data asset "{asset}" has no grade, so it cannot be told which protection it needs. Grade it first.
--   unplaced:
--     zh: 数据“{asset}”所属系统没有在用或计划中的云上部署，本条不适用。
--     en: The system of data asset "{asset}" has no deployment on a cloud, present or planned. The requirement does not apply.
--   protected:
--     zh: 数据“{asset}”（{level} 级）按级别应有的措施均已落实：{measure}。
--     en: 'Data asset "{asset}" (grade {level}) has every measure that its grade calls for: {measure}.'
--   arranged:
--     zh: 数据“{asset}”（{level} 级）尚未在云上运行，按级别应有的措施均已安排：{measure}。上线前须生效。
--     en: 'Data asset "{asset}" (grade {level}) is not running on a cloud yet; every measure that its grade calls for is arranged: {measure}. They must be in force before it goes live.'
--   free:
--     zh: 数据“{asset}”为 {level} 级，本包没有为这一级别规定必须的措施。
--     en: Data asset "{asset}" has grade {level}, for which this pack asks for no measure.
WITH asset AS MATERIALIZED (
    SELECT a.id AS subject, coalesce(s.name || ' / ', '') || a.name AS name, a.level,
           ' ' || CASE a.level WHEN 1 THEN :grade_1 WHEN 2 THEN :grade_2 WHEN 3 THEN :grade_3 ELSE :grade_4 END || ' ' AS needs,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d WHERE d.system = a.system AND d.state IN ('operating', 'exiting'))
                THEN 2
                WHEN EXISTS (SELECT 1 FROM deployment d WHERE d.system = a.system AND d.state IN ('planned', 'acquiring'))
                THEN 1 ELSE 0 END AS placed
    FROM subject x JOIN data_asset a ON a.id = x.id LEFT JOIN system s ON s.id = a.system
), choice AS (
    SELECT 'encryption' AS id, 'encryption_storage' AS measure
    UNION ALL SELECT 'encryption', 'encryption_transfer'
    UNION ALL SELECT 'backup', 'backup'
    UNION ALL SELECT 'access_control', 'access_control'
    UNION ALL SELECT 'masking', 'masking'
    UNION ALL SELECT 'integrity', 'integrity'
    UNION ALL SELECT 'erasure', 'erasure'
    UNION ALL SELECT 'audit', 'audit'
), taken AS (
    SELECT a.subject, a.placed, c.id AS need, m.id AS measure_id, m.name,
           CASE WHEN m.method IS NULL OR m.responsible IS NULL THEN 3
                WHEN a.placed = 1 THEN 1
                WHEN m.state = 'planned' THEN 4
                WHEN m.checked_by IS NULL OR m.checked_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM data_protection_evidence e WHERE e.id = m.id) THEN 2
                ELSE 1 END AS fault
    FROM asset a JOIN data_protection m ON m.data_asset = a.subject JOIN choice c ON c.measure = m.measure
    WHERE a.placed > 0 AND a.level IS NOT NULL AND m.decision = 'applied' AND m.state IN ('planned', 'in_force')
      AND a.needs LIKE '% ' || c.id || ' %'
), ranked AS MATERIALIZED (
    SELECT t.subject, t.placed, t.need, t.measure_id, t.name, t.fault FROM taken t
), best AS (
    SELECT r.subject, r.need, min(r.fault) AS fault FROM ranked r GROUP BY r.subject, r.need
), outcome AS MATERIALIZED (
    SELECT r.subject,
           CASE r.fault WHEN 4 THEN 'not_in_force' WHEN 3 THEN 'not_described' WHEN 2 THEN 'not_checked'
                ELSE CASE WHEN r.placed = 2 THEN 'protected' ELSE 'arranged' END END AS reason,
           r.measure_id, r.name, CAST(NULL AS TEXT) AS need
    FROM ranked r JOIN best b ON b.subject = r.subject AND b.need = r.need AND b.fault = r.fault
    UNION ALL
    SELECT DISTINCT a.subject, CASE WHEN c.id = 'encryption' THEN 'no_encryption' ELSE 'missing' END,
           CAST(NULL AS TEXT), CAST(NULL AS TEXT), CASE WHEN c.id <> 'encryption' THEN c.id END
    FROM asset a JOIN choice c ON a.needs LIKE '% ' || c.id || ' %'
    WHERE a.placed > 0 AND a.level IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ranked r WHERE r.subject = a.subject AND r.need = c.id)
    UNION ALL
    SELECT a.subject,
           CASE WHEN a.placed = 0 THEN 'unplaced' WHEN a.level IS NULL THEN 'not_graded' ELSE 'free' END,
           NULL, NULL, NULL
    FROM asset a WHERE a.placed = 0 OR a.level IS NULL OR a.needs = ' none '
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('protected', 'arranged', 'free') THEN 'met'
            WHEN o.reason = 'unplaced' THEN 'not_applicable'
            WHEN o.reason IN ('not_checked', 'not_graded') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.measure_id IS NULL THEN 'data_asset' ELSE 'data_protection' END AS proof_kind,
       coalesce(o.measure_id, o.subject) AS proof,
       a.name AS v_asset, CAST(a.level AS TEXT) AS v_level, o.need AS v_need, o.name AS v_measure
FROM outcome o JOIN asset a ON a.subject = o.subject

-- rule: data_protected
-- subject: data_asset
-- params: [model, waive_max, placed]
-- reasons:
--   not_waivable:
--     zh: 数据“{asset}”为 {level} 级，却登记为不采取保护措施：{measure}。只有不高于 {:waive_max} 级的数据可以不采取，且须写明理由。
--     en: 'Data asset "{asset}" has grade {level}, yet it was decided to go without: {measure}. Only data of grade {:waive_max} or below may, and the reason must be given.'
--   not_in_force:
--     zh: 数据“{asset}”的保护措施还没有生效：{measure}。请落实后登记实施日期，并置为已生效。
--     en: 'Measures for data asset "{asset}" are not in force yet: {measure}. Put them in place, enter when, and set them in force.'
--   no_encryption:
--     zh: 数据“{asset}”没有登记存储或传输加密措施。请落实并登记；按级别确不需要的，登记理由。
--     en: Data asset "{asset}" has no encryption entered, at rest or in transit. Put it in place and enter it; if its grade needs none, enter why.
--   no_backup:
--     zh: 数据“{asset}”没有登记备份措施。请落实并登记；按级别确不需要的，登记理由。
--     en: Data asset "{asset}" has no backup entered. Put it in place and enter it; if its grade needs none, enter why.
--   nothing:
--     zh: 数据“{asset}”没有登记任何保护措施。请登记已采取的加密、备份等措施及证据。
--     en: Data asset "{asset}" has no protection measure entered. Enter its encryption, backup and other measures with evidence.
--   not_checked:
--     zh: 数据“{asset}”的保护措施缺少做法、核查人或证据，还不能认定有效：{measure}。请核查后补齐。
--     en: 'Measures of data asset "{asset}" lack how they are done, who checked them, or evidence, so they cannot be counted: {measure}. Check them and complete the records.'
--   unmatched:
--     zh: 数据“{asset}”所属系统当前没有放在{:model|choice:deployment.model}上，本条不适用。
--     en: 'The system of data asset "{asset}" is not on this model of cloud at present: {:model|choice:deployment.model}. The requirement does not apply.'
--   protected:
--     zh: 数据“{asset}”的加密与备份措施均已生效并核查，或按级别写明不采取的理由：{measure}。
--     en: 'Encryption and backup of data asset "{asset}" are in force and checked, or left out with a reason as its grade allows: {measure}.'
WITH asset AS (
    SELECT a.id AS subject, coalesce(s.name || ' / ', '') || a.name AS name, a.level,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.system = a.system AND d.model = :model
                               AND ' ' || :placed || ' ' LIKE '% ' || d.state || ' %') THEN 1 ELSE 0 END AS concerned
    FROM subject x JOIN data_asset a ON a.id = x.id LEFT JOIN system s ON s.id = a.system
), aim AS (
    SELECT 'encryption' AS id, 'encryption_storage' AS measure
    UNION ALL SELECT 'encryption', 'encryption_transfer'
    UNION ALL SELECT 'backup', 'backup'
), taken AS (
    SELECT a.subject, g.id AS aim, m.id AS measure_id, m.name,
           CASE WHEN m.decision = 'not_needed' AND (a.level IS NULL OR a.level > :waive_max OR m.reason IS NULL)
                THEN 'not_waivable'
                WHEN m.state <> 'in_force' OR (m.decision = 'applied' AND m.implemented_on IS NULL)
                THEN 'not_in_force'
                WHEN m.checked_by IS NULL OR (m.decision = 'applied' AND m.method IS NULL)
                     OR NOT EXISTS (SELECT 1 FROM data_protection_evidence e WHERE e.id = m.id)
                THEN 'not_checked'
                ELSE 'protected' END AS reason
    FROM asset a JOIN data_protection m ON m.data_asset = a.subject JOIN aim g ON g.measure = m.measure
    WHERE a.concerned = 1 AND m.state <> 'stopped'
), outcome AS (
    SELECT a.subject,
           CASE WHEN a.concerned = 0 THEN 'unmatched' ELSE 'nothing' END AS reason,
           CAST(NULL AS TEXT) AS measure_id, CAST(NULL AS TEXT) AS name
    FROM asset a
    WHERE a.concerned = 0 OR NOT EXISTS (SELECT 1 FROM data_protection m WHERE m.data_asset = a.subject)
    UNION ALL
    SELECT a.subject, CASE WHEN g.id = 'backup' THEN 'no_backup' ELSE 'no_encryption' END, NULL, NULL
    FROM asset a JOIN aim g ON g.measure IN ('backup', 'encryption_storage')
    WHERE a.concerned = 1 AND EXISTS (SELECT 1 FROM data_protection m WHERE m.data_asset = a.subject)
      AND NOT EXISTS (SELECT 1 FROM taken t WHERE t.subject = a.subject AND t.aim = g.id)
    UNION ALL
    SELECT t.subject, t.reason, t.measure_id, t.name
    FROM taken t
    WHERE t.reason = 'protected'
       OR NOT EXISTS (SELECT 1 FROM taken o WHERE o.subject = t.subject AND o.aim = t.aim AND o.reason = 'protected')
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'protected' THEN 'met'
            WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('nothing', 'not_checked') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.measure_id IS NULL THEN 'data_asset' ELSE 'data_protection' END AS proof_kind,
       coalesce(o.measure_id, o.subject) AS proof,
       a.name AS v_asset, CAST(a.level AS TEXT) AS v_level, o.name AS v_measure
FROM outcome o JOIN asset a ON a.subject = o.subject

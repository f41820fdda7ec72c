-- rule: backed_up_outside
-- subject: deployment
-- params: [months, grace]
-- reasons:
--   no_backup:
--     zh: 部署“{deployment}”的业务数据没有保存在云外的备份：{data}。请在本机构、行业设施或另一受托方处保存备份并登记。
--     en: 'Business data of deployment "{deployment}" have no backup outside the cloud: {data}. Keep one at the institution, at a facility of the industry or with another provider, and enter it.'
--   same_place:
--     zh: 部署“{deployment}”的数据只在同一受托方处有备份，不算云外：{data}。请在别处再保存一份。
--     en: 'Data of deployment "{deployment}" are backed up with the same provider only, which is not outside: {data}. Keep a copy elsewhere.'
--   stale:
--     zh: 部署“{deployment}”的云外备份超过周期没有更新：{data}（括号内为最近一次日期）。请查明原因并补做。
--     en: 'Backups outside the cloud for deployment "{deployment}" are older than their period: {data} (last made on the day in brackets). Find out why and make them.'
--   damaged:
--     zh: 部署“{deployment}”的云外备份最近一次恢复验证有不一致：{data}。请查明原因，修复备份后重新验证。
--     en: 'The last restore of backups outside the cloud for deployment "{deployment}" found differences: {data}. Find out why, repair the backup and test again.'
--   test_overdue:
--     zh: 部署“{deployment}”的云外备份超过 {:months} 个月没有做恢复验证：{data}（括号内为最近一次日期）。请验证。
--     en: 'Backups outside the cloud for deployment "{deployment}" were not restored for more than {:months} months: {data} (last tested on the day in brackets). Test them.'
--   untested:
--     zh: 部署“{deployment}”的云外备份没有有效的恢复验证（须有恢复数、不一致数和记录）：{data}。请恢复并与来源比对。
--     en: 'Backups outside the cloud for deployment "{deployment}" were never restored, or without figures and records: {data}. Restore one and compare it with its source.'
--   undated:
--     zh: 部署“{deployment}”的云外备份没有填写周期或最近一次日期，或日期晚于今天：{data}。请补填或更正。
--     en: 'Backups outside the cloud for deployment "{deployment}" have no period or last day, or it lies ahead: {data}. Enter or correct them.'
--   no_data:
--     zh: 部署“{deployment}”的系统没有登记数据资产，不知道哪些业务数据要备份。请先登记。
--     en: The system of deployment "{deployment}" has no data assets entered, so it is open what is to be backed up. Enter them first.
--   outside:
--     zh: 部署“{deployment}”的业务数据在云外有备份，按周期更新，恢复验证一致：{data}。
--     en: 'Business data of deployment "{deployment}" have backups outside the cloud, kept up to date and restored without differences: {data}.'
WITH placed AS MATERIALIZED (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.system, p.provider
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform p ON p.id = d.platform
), owned AS MATERIALIZED (
    SELECT q.subject, q.provider, a.id AS asset_id, a.name
    FROM placed q JOIN data_asset a ON a.system = q.system
    WHERE a.state = 'active'
      AND NOT EXISTS (SELECT 1 FROM confirmation f JOIN confirmation_left_out l ON l.id = f.id
                      WHERE f.deployment = q.subject AND f.state = 'confirmed' AND l.value = a.id)
), held AS MATERIALIZED (
    SELECT o.subject, o.asset_id, b.id AS backup_id, o.name, b.last_backup_on,
           yj_add_days(b.last_backup_on, b.every_days + :grace) AS fresh_until,
           CASE WHEN b.held_at = 'same_provider'
                     OR (b.held_at = 'other_provider' AND (g.provider IS NULL OR g.provider = o.provider))
                THEN 0 ELSE 1 END AS away,
           (SELECT max(t.tested_on) FROM restore_test t
            WHERE t.backup = b.id AND t.tested_on <= yj_today()) AS tested_on,
           (SELECT min(t.tested_on) FROM restore_test t
            WHERE t.backup = b.id AND t.tested_on > yj_today()) AS next_test
    FROM owned o JOIN offcloud_backup b ON b.data_asset = o.asset_id
         LEFT JOIN platform g ON g.id = b.platform
    WHERE b.state = 'active'
), measured AS MATERIALIZED (
    -- signed comparisons with the list that a test had named before, made on its day or later, by keys that are
    -- believed of such
    SELECT t.backup AS backup_id, t.tested_on, max(e.id) AS evidence_id
    FROM held h JOIN restore_test t ON t.backup = h.backup_id
         JOIN evidence_proves p ON p.value = t.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_digests d ON d.id = e.id AND d.value = t.manifest_digest
    WHERE (e.statement = 'verify_files' OR (e.statement = 'verify_restore' AND e.statement_expected = t.manifest_digest))
      AND e.measured_until >= t.tested_on
    GROUP BY t.backup, t.tested_on
), judged AS MATERIALIZED (
    SELECT h.subject, h.asset_id, h.backup_id, h.name, h.last_backup_on, h.fresh_until, h.tested_on, h.next_test,
           CASE WHEN h.away = 0 THEN 'same_place'
                WHEN h.fresh_until IS NULL OR h.last_backup_on > yj_today() THEN 'undated'
                WHEN h.fresh_until < yj_today() THEN 'stale'
                WHEN EXISTS (SELECT 1 FROM restore_test t WHERE t.backup = h.backup_id AND t.tested_on = h.tested_on
                                                            AND t.items_different > 0) THEN 'damaged'
                WHEN e.statement_fine = 0 THEN 'damaged'
                WHEN coalesce(e.statement_fine, 0) <> 1 AND NOT EXISTS (SELECT 1 FROM restore_test t
                                 WHERE t.backup = h.backup_id AND t.tested_on = h.tested_on AND t.items_restored > 0
                                   AND t.items_different IS NOT NULL
                                   AND EXISTS (SELECT 1 FROM restore_test_evidence v WHERE v.id = t.id)) THEN 'untested'
                WHEN yj_add_months(h.tested_on, :months) < yj_today() THEN 'test_overdue'
                ELSE 'outside' END AS reason
    FROM held h LEFT JOIN measured l ON l.backup_id = h.backup_id AND l.tested_on = h.tested_on
         LEFT JOIN evidence e ON e.id = l.evidence_id
), outcome AS (
    SELECT q.subject, 'no_data' AS reason, CAST(NULL AS TEXT) AS data, CAST(NULL AS TEXT) AS asset_id,
           CAST(NULL AS TEXT) AS backup_id, CAST(NULL AS TEXT) AS due
    FROM placed q WHERE NOT EXISTS (SELECT 1 FROM owned o WHERE o.subject = q.subject)
    UNION ALL
    SELECT o.subject, 'no_backup', o.name, o.asset_id, NULL, NULL
    FROM owned o WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = o.subject AND h.asset_id = o.asset_id)
    UNION ALL
    SELECT j.subject, j.reason,
           j.name || CASE WHEN j.reason = 'stale' THEN ' (' || j.last_backup_on || ')'
                          WHEN j.reason = 'test_overdue' THEN ' (' || j.tested_on || ')' ELSE '' END,
           NULL, j.backup_id,
           CASE WHEN j.reason = 'undated' AND j.last_backup_on > yj_today() THEN yj_add_days(j.last_backup_on, -1)
                WHEN j.reason = 'outside' AND yj_add_months(j.tested_on, :months) < j.fresh_until
                THEN yj_add_months(j.tested_on, :months)
                WHEN j.reason IN ('outside', 'untested', 'damaged', 'test_overdue') THEN j.fresh_until END
    FROM judged j
    WHERE j.reason <> 'same_place'
       OR NOT EXISTS (SELECT 1 FROM judged k WHERE k.subject = j.subject AND k.asset_id = j.asset_id
                                             AND k.reason <> 'same_place')
    UNION ALL
    SELECT j.subject, j.reason, j.name, NULL, j.backup_id, yj_add_days(j.next_test, -1)
    FROM judged j WHERE j.reason IN ('outside', 'untested', 'damaged')
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'outside' THEN 'met'
            WHEN o.reason IN ('no_data', 'untested', 'undated') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.backup_id IS NOT NULL THEN 'offcloud_backup' WHEN o.asset_id IS NOT NULL THEN 'data_asset'
            ELSE 'deployment' END AS proof_kind,
       coalesce(o.backup_id, o.asset_id, o.subject) AS proof,
       q.deployment AS v_deployment, o.data AS v_data
FROM outcome o JOIN placed q ON q.subject = o.subject

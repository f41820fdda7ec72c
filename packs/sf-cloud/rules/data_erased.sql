-- rule: data_erased
-- subject: exit
-- params: [purge_from, full_from]
-- reasons:
--   residual:
--     zh: 退出“{exit}”的这些介质或存储资源清除失败或读回仍有残留数据：{medium}。请重新清除；不能清除的物理销毁。
--     en: 'Clearing failed or left data that can be read back on these media or resources of exit "{exit}": {medium}. Clear them again; destroy what cannot be cleared.'
--   too_weak:
--     zh: 退出“{exit}”的这些介质按其数据级别清除得不够（{:purge_from} 级及以上不能只覆写，{:full_from} 级及以上须全盘读回）：{medium}。请用更强的方法重做。
--     en: 'These media of exit "{exit}" were not cleared as their grade asks (from grade {:purge_from} overwriting is not enough, from grade {:full_from} a full read-back is needed): {medium}. Do it again by a stronger method.'
--   too_early:
--     zh: 退出“{exit}”的这些介质在要求清除之日（{asked}）前就清除了：{medium}。请核实返还的数据完整无缺，并查明原因。
--     en: 'These media of exit "{exit}" were cleared before erasure was asked for ({asked}): {medium}. Make sure that the returned data are complete and find the cause.'
--   overdue:
--     zh: 退出“{exit}”要求受托方于 {due_on} 前清除，这些介质或存储资源到期未清除：{medium}。请催告，按合同追究。
--     en: 'The provider was to erase all data of exit "{exit}" by {due_on}; these media or resources are not cleared: {medium}. Press it and enforce the contract.'
--   not_registered:
--     zh: 退出“{exit}”清点到 {counted} 件存放过数据的介质或存储资源，只登记了 {registered} 件。请补登记后清除。
--     en: '{counted} media or resources that held data were counted at exit "{exit}", only {registered} are registered. Register the others and have them cleared.'
--   not_asked:
--     zh: 退出“{exit}”还没有要求受托方清除数据，或没有清除期限。返还的数据验证之后，请书面要求并登记日期和期限。
--     en: The provider has not been told to erase the data of exit "{exit}", or no day is set. Once what came back is verified, tell it in writing and enter the day and the due day.
--   not_counted:
--     zh: 退出“{exit}”还没有清点存放过数据的介质和存储资源（含副本、快照和备份），不能确定清除是否彻底。请清点并由第二人复核。
--     en: The media and storage resources that held data (replicas, snapshots and backups included) have not been counted at exit "{exit}", so whether erasure is thorough cannot be told. Count them and have a second person confirm.
--   nothing_to_erase:
--     zh: 退出“{exit}”的清点结果为零，没有任何存放过数据的介质或存储资源，与使用过云服务不符。请重新清点。
--     en: The count at exit "{exit}" found no medium or resource that held data, which does not agree with having used the cloud. Count again.
--   pending:
--     zh: 退出“{exit}”的这些介质或存储资源还没有清除，期限 {due_on}：{medium}。
--     en: 'These media or resources of exit "{exit}" are still to be cleared by {due_on}: {medium}.'
--   no_level:
--     zh: 退出“{exit}”的这些介质没有写明存放数据的最高级别，不能判断清除方法是否足够：{medium}。请补齐。
--     en: 'These media of exit "{exit}" do not say the highest grade of data they held, so whether the method suffices cannot be told: {medium}. Complete them.'
--   not_verified:
--     zh: 退出“{exit}”的这些介质已清除，还没有验证，或缺少日期、验证方式、残留结果、验证人或证书：{medium}。请验证并补齐。
--     en: 'These media of exit "{exit}" were cleared but not verified, or lack the day, how it was verified, the result, who verified or the certificate: {medium}. Verify and complete them.'
--   copies_remain:
--     zh: 退出“{exit}”的这些存储资源还有副本或备份没有到期，或没有写明何时消失：{medium}。请向受托方确认最后一份副本的删除日期。
--     en: 'Replicas or backups of these resources of exit "{exit}" still exist, or it is not said when they go: {medium}. Have the provider state when the last copy is deleted.'
--   ahead:
--     zh: 退出“{exit}”的清除或验证日期还没有到：{medium}。请核对。
--     en: 'Clearing or verification of these media of exit "{exit}" is dated after today: {medium}. Check the dates.'
--   erased:
--     zh: 退出“{exit}”清点的 {counted} 件介质和存储资源均已按数据级别清除并验证，没有残留：{medium}。
--     en: 'All {counted} media and resources counted at exit "{exit}" were cleared as their grade asks and verified, with nothing left: {medium}.'
--   kept:
--     zh: 退出“{exit}”的介质随设备迁移，仍由本机构使用，不需清除：{medium}。
--     en: 'Media of exit "{exit}" move on in their devices and stay in use with the institution, so they are not cleared: {medium}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.erasure_asked_on AS asked, e.erasure_due_on AS due_on,
           c.id AS count_id, c.counted, (SELECT count(*) FROM medium m WHERE m.exit = e.id) AS registered
    FROM subject x JOIN exit e ON e.id = x.id
         LEFT JOIN exit_count c ON c.exit = e.id AND c.matter = 'medium' AND c.confirmed_by IS NOT NULL
              AND EXISTS (SELECT 1 FROM exit_count_evidence v WHERE v.id = c.id)
), measured AS MATERIALIZED (
    -- signed results about a medium that had been entered before, by keys that are believed of such, that reach
    -- what its grade asks; copies of cloud resources they say nothing of
    SELECT l.subject, m.id AS medium_id, m.serial, e.id AS evidence_id,
           CASE WHEN e.measured_until < e.accepted_on THEN e.measured_until ELSE e.accepted_on END AS done_on
    FROM leaving l JOIN medium m ON m.exit = l.subject
         JOIN evidence_proves p ON p.value = m.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_names n ON n.id = e.id AND n.value = m.serial
    WHERE e.statement = 'wipe' AND e.statement_fine = 1 AND e.statement_outcome IS NOT NULL AND e.statement_read IS NOT NULL
      AND m.level IS NOT NULL
      AND (m.level < :purge_from OR e.statement_outcome <> 'clear') AND (m.level < :full_from OR e.statement_read = 'full')
      AND m.type NOT IN ('cloud_disk', 'bucket', 'database', 'backup')
      AND e.measured_until >= l.asked AND e.accepted_on >= l.asked
), clearing AS MATERIALIZED (
    SELECT l.subject, m.id AS medium_id, m.serial, z.id AS sanitisation_id, l.due_on, z.done_on,
           CASE WHEN z.done_on > yj_today() THEN z.done_on ELSE z.verified_on END AS wait_on, z.copies_gone_on,
           CASE WHEN h.id IS NOT NULL THEN 'kept'
                WHEN z.id IS NULL OR z.state = 'planned' THEN CASE WHEN l.due_on < yj_today() THEN 'overdue' ELSE 'pending' END
                WHEN z.done_on < l.asked THEN 'too_early'
                WHEN z.state = 'failed' OR z.units_residual > 0 THEN 'residual'
                WHEN z.done_on > yj_today() OR z.verified_on > yj_today() THEN 'ahead'
                WHEN z.state <> 'verified' OR z.done_on IS NULL OR z.verified_by IS NULL OR z.verified_on IS NULL
                     OR z.verification IS NULL OR (z.verification IN ('full', 'sample') AND z.units_residual IS NULL)
                     OR NOT EXISTS (SELECT 1 FROM sanitisation_evidence v WHERE v.id = z.id) THEN 'not_verified'
                WHEN m.level IS NULL THEN 'no_level'
                WHEN m.level >= :purge_from AND z.method = 'clear' THEN 'too_weak'
                WHEN m.level >= :full_from AND z.method IN ('clear', 'purge') AND z.verification <> 'full' THEN 'too_weak'
                WHEN m.type IN ('cloud_disk', 'bucket', 'database', 'backup') AND (z.copies_gone_on IS NULL OR z.copies_gone_on > yj_today())
                THEN 'copies_remain'
                ELSE 'erased' END AS reason
    FROM leaving l JOIN medium m ON m.exit = l.subject LEFT JOIN sanitisation z ON z.medium = m.id
         LEFT JOIN device h ON h.id = m.device AND h.disposition = 'migrate'
), outcome AS (
    SELECT c.subject, c.reason, CAST(NULL AS TEXT) AS evidence_id, c.sanitisation_id, c.medium_id, c.serial,
           CASE WHEN c.reason = 'pending' THEN c.due_on WHEN c.reason = 'ahead' THEN yj_add_days(c.wait_on, -1)
                WHEN c.reason = 'copies_remain' THEN yj_add_days(c.copies_gone_on, -1) END AS due
    FROM clearing c
    WHERE c.reason = 'erased'
       OR (NOT EXISTS (SELECT 1 FROM clearing g WHERE g.medium_id = c.medium_id AND g.reason = 'erased')
           -- what people found after it was wiped goes on counting
           AND NOT EXISTS (SELECT 1 FROM measured s WHERE s.medium_id = c.medium_id
                             AND (c.reason <> 'residual' OR c.done_on <= s.done_on)))
    UNION ALL
    SELECT s.subject, 'erased', s.evidence_id, NULL, s.medium_id, s.serial, NULL FROM measured s
    UNION ALL
    SELECT l.subject, 'not_asked', NULL, NULL, NULL, NULL, NULL FROM leaving l WHERE l.asked IS NULL OR l.due_on IS NULL
    UNION ALL
    SELECT l.subject,
           CASE WHEN l.count_id IS NULL THEN 'not_counted' WHEN l.registered < l.counted THEN 'not_registered'
                ELSE 'nothing_to_erase' END, NULL, NULL, NULL, NULL, NULL
    FROM leaving l WHERE l.count_id IS NULL OR l.registered < l.counted OR l.registered = 0
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('erased', 'kept') THEN 'met'
            WHEN o.reason IN ('residual', 'too_weak', 'too_early', 'overdue', 'not_registered') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.evidence_id IS NOT NULL THEN 'evidence' WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation' WHEN o.medium_id IS NOT NULL THEN 'medium'
            WHEN l.count_id IS NOT NULL THEN 'exit_count' ELSE 'exit' END AS proof_kind,
       coalesce(o.evidence_id, o.sanitisation_id, o.medium_id, l.count_id, o.subject) AS proof,
       l.exit_title AS v_exit, l.asked AS v_asked, l.due_on AS v_due_on, CAST(l.counted AS TEXT) AS v_counted,
       CAST(l.registered AS TEXT) AS v_registered, o.serial AS v_medium
FROM outcome o JOIN leaving l ON l.subject = o.subject

-- rule: media_cleared
-- subject: exit
-- params: [duty, purge_from, full_from]
-- reasons:
--   reused_uncleared:
--     zh: 退出“{exit}”的这些介质没有清除就重用了：{medium}。请要求受托方立即停用并清除，评估泄露风险并按事件处理。
--     en: 'These media of exit "{exit}" were reused without being cleared first: {medium}. Have the provider take them out of use and clear them at once; assess what may have leaked and treat it as an incident.'
--   recoverable:
--     zh: 退出“{exit}”的这些介质清除失败或读回仍有残留数据：{medium}。请重新清除，不能清除的销毁，在此之前不得重用。
--     en: 'Clearing failed or left data that can be read back on these media of exit "{exit}": {medium}. Clear them again or destroy them; no reuse before that.'
--   not_demanded:
--     zh: 退出“{exit}”还没有依据合同书面要求受托方：{:duty|choice:duty_demand.duties}。请发出履约要求，附函件。
--     en: 'The provider has not been asked in writing, on a term of the contract, at exit "{exit}": {:duty|choice:duty_demand.duties}. Send the demand and attach the letter.'
--   no_media:
--     zh: 退出“{exit}”还没有登记存放过数据的介质或存储资源。请清点并逐件登记。
--     en: No medium or storage resource that held data is registered for exit "{exit}". Count and register them.
--   not_said:
--     zh: 退出“{exit}”的这些介质没有写明能否清除：{medium}。请判断并登记。
--     en: 'It is not said of these media of exit "{exit}" whether they can be cleared: {medium}. Decide and enter it.'
--   weak:
--     zh: 退出“{exit}”的这些介质有签名的清除结果，但按其数据级别还不够，或没有写明级别（{:purge_from} 级及以上不能只覆写，{:full_from} 级及以上须全盘读回）：{medium}。请写明级别，或用更强的方法重做，在此之前不得重用。
--     en: 'For these media of exit "{exit}" there is a signed result of wiping that does not reach what the grade of their data asks, or the grade is not entered (from grade {:purge_from} overwriting is not enough, from grade {:full_from} a full read-back is needed): {medium}. Enter the grade or do it again by a stronger method; no reuse before that.'
--   not_cleared:
--     zh: 退出“{exit}”的这些介质还没有清除，或清除还没有验证，在此之前不得重用：{medium}。
--     en: 'These media of exit "{exit}" are not cleared yet, or not verified, and may not be reused before: {medium}.'
--   ahead:
--     zh: 退出“{exit}”的清除、验证或重用日期还没有到：{medium}。请核对。
--     en: 'Clearing, verification or reuse of these media of exit "{exit}" is dated after today: {medium}. Check the dates.'
--   none_clearable:
--     zh: 退出“{exit}”的介质均不可清除，须物理销毁，本条不适用。
--     en: None of the media of exit "{exit}" can be cleared; they have to be destroyed, and this requirement does not apply.
--   cleared:
--     zh: 退出“{exit}”可清除的介质均已在重用前清除并验证，原信息不可恢复：{medium}。
--     en: 'All media of exit "{exit}" that can be cleared were cleared and verified before any reuse, with nothing to recover: {medium}.'
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方：{:duty|choice:duty_demand.duties}。
--     en: 'The provider was asked in writing at exit "{exit}": {:duty|choice:duty_demand.duties}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS demand_id, d.title
    FROM subject x JOIN duty_demand d ON d.exit = x.id JOIN duty_demand_duties u ON u.id = d.id
    WHERE u.value = :duty AND d.state <> 'draft' AND d.sent_on IS NOT NULL AND d.contract_term IS NOT NULL
      AND EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = d.id)
), certificate AS MATERIALIZED (
    -- signed results about a medium that had been entered before, by keys that are believed of such
    SELECT m.id AS medium_id, e.id AS evidence_id, m.reused_on,
           CASE WHEN e.measured_until < e.accepted_on THEN e.measured_until ELSE e.accepted_on END AS done_on,
           CASE WHEN m.level < :purge_from OR (m.level IS NOT NULL AND e.statement_outcome <> 'clear')
                THEN CASE WHEN m.level < :full_from OR e.statement_read = 'full' THEN 1 ELSE 0 END ELSE 0 END AS enough
    FROM subject x JOIN medium m ON m.exit = x.id
         JOIN evidence_proves p ON p.value = m.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_names n ON n.id = e.id AND n.value = m.serial
    WHERE e.statement = 'wipe' AND e.statement_fine = 1 AND e.statement_outcome IS NOT NULL AND e.statement_read IS NOT NULL
      AND e.measured_until IS NOT NULL AND m.clearable = 'clearable'
), measured AS MATERIALIZED (
    SELECT c.medium_id, c.evidence_id, c.done_on FROM certificate c
    WHERE c.enough = 1 AND (c.reused_on IS NULL OR c.done_on <= c.reused_on)
), clearing AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS medium_id, z.id AS sanitisation_id, m.reused_on, z.done_on,
           CASE WHEN z.done_on > yj_today() THEN z.done_on WHEN z.verified_on > yj_today() THEN z.verified_on
                ELSE m.reused_on END AS wait_on,
           CASE WHEN m.clearable IS NULL THEN 'not_said'
                WHEN z.state = 'planned' THEN
                     CASE WHEN m.reused_on <= yj_today() THEN 'reused_uncleared' ELSE 'not_cleared' END
                WHEN z.done_on > m.reused_on AND m.reused_on <= yj_today() THEN 'reused_uncleared'
                WHEN z.state = 'failed' OR z.units_residual > 0 THEN 'recoverable'
                WHEN z.done_on > yj_today() OR z.verified_on > yj_today() THEN 'ahead'
                WHEN z.state <> 'verified' OR z.done_on IS NULL OR z.verified_by IS NULL OR z.verified_on IS NULL
                     OR z.verification IS NULL OR (z.verification IN ('full', 'sample') AND z.units_residual IS NULL)
                     OR NOT EXISTS (SELECT 1 FROM sanitisation_evidence v WHERE v.id = z.id)
                THEN CASE WHEN m.reused_on <= yj_today() THEN 'reused_uncleared' ELSE 'not_cleared' END
                ELSE 'cleared' END AS reason
    FROM subject x JOIN medium m ON m.exit = x.id LEFT JOIN sanitisation z ON z.medium = m.id
    WHERE m.clearable IS NULL OR m.clearable = 'clearable'
), outcome AS (
    SELECT c.subject,
           CASE WHEN c.reason = 'not_cleared' AND EXISTS (SELECT 1 FROM certificate w WHERE w.medium_id = c.medium_id)
                THEN 'weak' ELSE c.reason END AS reason,
           CAST(NULL AS TEXT) AS demand_id, c.medium_id, c.sanitisation_id, CAST(NULL AS TEXT) AS evidence_id,
           CASE WHEN c.reason = 'not_cleared' THEN yj_add_days(c.reused_on, -1)
                WHEN c.reason = 'ahead' AND c.reused_on > yj_today() AND c.reused_on < c.wait_on THEN yj_add_days(c.reused_on, -1)
                WHEN c.reason = 'ahead' THEN yj_add_days(c.wait_on, -1) END AS due
    FROM clearing c
    WHERE c.reason = 'cleared'
       OR (NOT EXISTS (SELECT 1 FROM clearing g WHERE g.medium_id = c.medium_id AND g.reason = 'cleared')
           -- what people found after it was wiped goes on counting
           AND NOT EXISTS (SELECT 1 FROM measured s WHERE s.medium_id = c.medium_id
                             AND (c.reason <> 'recoverable' OR c.done_on <= s.done_on)))
    UNION ALL
    SELECT m.exit, 'cleared', NULL, s.medium_id, NULL, s.evidence_id, NULL
    FROM measured s JOIN medium m ON m.id = s.medium_id
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM medium m WHERE m.exit = x.id) THEN 'none_clearable' ELSE 'no_media' END,
           NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM clearing c WHERE c.subject = x.id)
    UNION ALL
    SELECT x.id, 'not_demanded', NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM asked a WHERE a.subject = x.id)
    UNION ALL
    SELECT a.subject, 'demanded', a.demand_id, NULL, NULL, NULL, NULL FROM asked a
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('cleared', 'demanded') THEN 'met'
            WHEN o.reason = 'none_clearable' THEN 'not_applicable'
            WHEN o.reason IN ('reused_uncleared', 'recoverable') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.evidence_id IS NOT NULL THEN 'evidence'
            WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation'
            WHEN o.medium_id IS NOT NULL THEN 'medium' ELSE 'exit' END AS proof_kind,
       coalesce(o.demand_id, o.evidence_id, o.sanitisation_id, o.medium_id, o.subject) AS proof,
       e.title AS v_exit, m.serial AS v_medium
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN medium m ON m.id = o.medium_id

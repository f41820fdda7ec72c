-- rule: media_destroyed
-- subject: exit
-- params: [duty]
-- reasons:
--   reused:
--     zh: 退出“{exit}”的这些介质不可清除或清除失败，却登记为重用：{medium}。请要求立即停用并物理销毁，评估泄露风险。
--     en: 'These media of exit "{exit}" cannot be cleared, or clearing failed, yet they are entered as reused: {medium}. Have them taken out of use and destroyed at once; assess what may have leaked.'
--   overdue:
--     zh: 退出“{exit}”要求于 {due_on} 前清除，这些不可清除的介质到期未物理销毁：{medium}。请催告并派人监督销毁。
--     en: 'All data of exit "{exit}" was to be erased by {due_on}, yet these media that cannot be cleared are not destroyed: {medium}. Press the provider and have the destruction watched.'
--   not_demanded:
--     zh: 退出“{exit}”还没有依据合同书面要求受托方：{:duty|choice:duty_demand.duties}。请发出履约要求，附函件。
--     en: 'The provider has not been asked in writing, on a term of the contract, at exit "{exit}": {:duty|choice:duty_demand.duties}. Send the demand and attach the letter.'
--   no_media:
--     zh: 退出“{exit}”还没有登记存放过数据的介质或存储资源。请清点并逐件登记。
--     en: No medium or storage resource that held data is registered for exit "{exit}". Count and register them.
--   not_said:
--     zh: 退出“{exit}”的这些介质没有写明能否清除：{medium}。请判断并登记。
--     en: 'It is not said of these media of exit "{exit}" whether they can be cleared: {medium}. Decide and enter it.'
--   not_destroyed:
--     zh: 退出“{exit}”的这些介质不可清除或清除失败，尚待物理销毁：{medium}。
--     en: 'These media of exit "{exit}" cannot be cleared, or clearing failed, and are still to be destroyed: {medium}.'
--   not_verified:
--     zh: 退出“{exit}”的这些介质登记为已销毁，但缺少日期、验证方式、验证人或证据：{medium}。请补齐。
--     en: 'These media of exit "{exit}" are entered as destroyed but lack the day, how and by whom it was verified, or evidence: {medium}. Complete them.'
--   ahead:
--     zh: 退出“{exit}”的销毁或验证日期还没有到：{medium}。请核对。
--     en: 'Destruction or verification of these media of exit "{exit}" is dated after today: {medium}. Check the dates.'
--   all_clearable:
--     zh: 退出“{exit}”没有不可清除或清除失败的介质，本条不适用。
--     en: Exit "{exit}" has no medium that cannot be cleared; the requirement does not apply.
--   destroyed:
--     zh: 退出“{exit}”不可清除的介质均已物理销毁并验证：{medium}。
--     en: 'All media of exit "{exit}" that cannot be cleared were physically destroyed and verified: {medium}.'
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方：{:duty|choice:duty_demand.duties}。
--     en: 'The provider was asked in writing at exit "{exit}": {:duty|choice:duty_demand.duties}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS demand_id, d.title
    FROM subject x JOIN duty_demand d ON d.exit = x.id JOIN duty_demand_duties u ON u.id = d.id
    WHERE u.value = :duty AND d.state <> 'draft' AND d.sent_on IS NOT NULL AND d.contract_term IS NOT NULL
      AND EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = d.id)
), doomed AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS medium_id, m.reused_on, m.clearable, e.erasure_due_on AS due_on
    FROM subject x JOIN exit e ON e.id = x.id JOIN medium m ON m.exit = e.id
    WHERE m.clearable IS NULL OR m.clearable = 'not_clearable'
       OR (EXISTS (SELECT 1 FROM sanitisation z WHERE z.medium = m.id AND z.state = 'failed')
           AND NOT EXISTS (SELECT 1 FROM sanitisation z WHERE z.medium = m.id AND z.state = 'verified' AND z.method <> 'destroy'))
), judged AS MATERIALIZED (
    SELECT d.subject, d.medium_id, z.id AS sanitisation_id, d.due_on, d.reused_on,
           CASE WHEN z.done_on > yj_today() THEN z.done_on ELSE z.verified_on END AS wait_on,
           CASE WHEN d.clearable IS NULL THEN 'not_said'
                WHEN d.reused_on IS NOT NULL THEN 'reused'
                WHEN z.id IS NULL OR z.state IN ('planned', 'failed')
                THEN CASE WHEN d.due_on < yj_today() THEN 'overdue' ELSE 'not_destroyed' END
                WHEN z.done_on > yj_today() OR z.verified_on > yj_today() THEN 'ahead'
                WHEN z.state <> 'verified' OR z.done_on IS NULL OR z.verification IS NULL OR z.verified_by IS NULL
                     OR z.verified_on IS NULL OR NOT EXISTS (SELECT 1 FROM sanitisation_evidence v WHERE v.id = z.id)
                THEN 'not_verified'
                ELSE 'destroyed' END AS reason
    FROM doomed d LEFT JOIN sanitisation z ON z.medium = d.medium_id AND z.method = 'destroy'
), outcome AS (
    SELECT j.subject, j.reason, CAST(NULL AS TEXT) AS demand_id, j.medium_id, j.sanitisation_id,
           CASE WHEN j.reason = 'not_destroyed' THEN j.due_on WHEN j.reason = 'ahead' THEN yj_add_days(j.wait_on, -1) END AS due
    FROM judged j
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM medium m WHERE m.exit = x.id) THEN 'all_clearable' ELSE 'no_media' END,
           NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
    UNION ALL
    SELECT x.id, 'not_demanded', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM asked a WHERE a.subject = x.id)
    UNION ALL
    SELECT a.subject, 'demanded', a.demand_id, NULL, NULL, NULL FROM asked a
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('destroyed', 'demanded') THEN 'met'
            WHEN o.reason = 'all_clearable' THEN 'not_applicable'
            WHEN o.reason IN ('reused', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation'
            WHEN o.medium_id IS NOT NULL THEN 'medium' ELSE 'exit' END AS proof_kind,
       coalesce(o.demand_id, o.sanitisation_id, o.medium_id, o.subject) AS proof,
       e.title AS v_exit, m.serial AS v_medium, e.erasure_due_on AS v_due_on
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN medium m ON m.id = o.medium_id

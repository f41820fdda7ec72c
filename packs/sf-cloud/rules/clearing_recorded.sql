-- rule: clearing_recorded
-- subject: exit
-- params: [duty]
-- reasons:
--   none_recorded:
--     zh: 退出“{exit}”已要求清除，期限 {due_on} 已过，这些介质或存储资源没有清除记录：{medium}。请向受托方索取记录。
--     en: 'Erasure was asked for at exit "{exit}" and its day, {due_on}, has passed, yet these media or resources have no record of clearing: {medium}. Obtain the records from the provider.'
--   not_demanded:
--     zh: 退出“{exit}”还没有依据合同书面要求受托方：{:duty|choice:duty_demand.duties}。请发出履约要求，附函件。
--     en: 'The provider has not been asked in writing, on a term of the contract, at exit "{exit}": {:duty|choice:duty_demand.duties}. Send the demand and attach the letter.'
--   no_media:
--     zh: 退出“{exit}”还没有登记存放过数据的介质或存储资源。请清点并逐件登记。
--     en: No medium or storage resource that held data is registered for exit "{exit}". Count and register them.
--   not_recorded:
--     zh: 退出“{exit}”的这些介质或存储资源还没有清除记录：{medium}。
--     en: 'These media or resources of exit "{exit}" have no record of clearing yet: {medium}.'
--   incomplete:
--     zh: 退出“{exit}”的清除记录缺少具体做法、操作人、完成日期、地点、验证方式、验证人或证据：{medium}。请受托方补齐。
--     en: 'Records of clearing of exit "{exit}" lack technique, who did it, the day, the place, how and by whom it was verified, or evidence: {medium}. Have the provider complete them.'
--   recorded:
--     zh: 退出“{exit}”的介质清除过程均有完整记录：{medium}。
--     en: 'The clearing of all media of exit "{exit}" is recorded in full: {medium}.'
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方：{:duty|choice:duty_demand.duties}。
--     en: 'The provider was asked in writing at exit "{exit}": {:duty|choice:duty_demand.duties}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS demand_id, d.title
    FROM subject x JOIN duty_demand d ON d.exit = x.id JOIN duty_demand_duties u ON u.id = d.id
    WHERE u.value = :duty AND d.state <> 'draft' AND d.sent_on IS NOT NULL AND d.contract_term IS NOT NULL
      AND EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = d.id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS medium_id, z.id AS sanitisation_id, e.erasure_due_on AS due_on,
           CASE WHEN z.id IS NULL THEN CASE WHEN e.erasure_due_on < yj_today() THEN 'none_recorded' ELSE 'not_recorded' END
                WHEN z.technique IS NULL OR z.performed_by IS NULL OR z.done_on IS NULL OR z.place IS NULL
                     OR (z.state <> 'failed' AND (z.verification IS NULL OR z.verified_by IS NULL))
                     OR NOT EXISTS (SELECT 1 FROM sanitisation_evidence v WHERE v.id = z.id) THEN 'incomplete'
                ELSE 'recorded' END AS reason
    FROM subject x JOIN exit e ON e.id = x.id JOIN medium m ON m.exit = e.id
         LEFT JOIN sanitisation z ON z.medium = m.id AND z.state <> 'planned'
), outcome AS (
    SELECT j.subject, j.reason, CAST(NULL AS TEXT) AS demand_id, j.medium_id, j.sanitisation_id,
           CASE WHEN j.reason = 'not_recorded' THEN j.due_on END AS due
    FROM judged j
    UNION ALL
    SELECT x.id, 'no_media', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
    UNION ALL
    SELECT x.id, 'not_demanded', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM asked a WHERE a.subject = x.id)
    UNION ALL
    SELECT a.subject, 'demanded', a.demand_id, NULL, NULL, NULL FROM asked a
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('recorded', 'demanded') THEN 'met'
            WHEN o.reason IN ('none_recorded') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation'
            WHEN o.medium_id IS NOT NULL THEN 'medium' ELSE 'exit' END AS proof_kind,
       coalesce(o.demand_id, o.sanitisation_id, o.medium_id, o.subject) AS proof,
       e.title AS v_exit, m.serial AS v_medium, e.erasure_due_on AS v_due_on
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN medium m ON m.id = o.medium_id

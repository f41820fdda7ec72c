-- rule: clearing_supervised
-- subject: exit
-- params: [duty]
-- reasons:
--   unsupervised:
--     zh: 退出“{exit}”的这些介质已清除，没有委托方人员监督：{medium}。请立即核查操作日志并登记监督人、方式和日期，或重新清除并到场监督。
--     en: 'These media of exit "{exit}" were cleared with nobody of the client supervising: {medium}. Review the logs at once and enter who supervised, how and when, or have them cleared again under supervision.'
--   after_the_fact:
--     zh: 退出“{exit}”登记为现场或远程监督，监督日期却晚于清除完成日期：{medium}。请更正，或改为核查日志。
--     en: 'Supervision at exit "{exit}" is entered as on site or remote, yet on a day after the clearing was done: {medium}. Correct it, or make it a review of the logs.'
--   not_demanded:
--     zh: 退出“{exit}”还没有依据合同书面要求受托方：{:duty|choice:duty_demand.duties}。请发出履约要求，附函件。
--     en: 'The provider has not been asked in writing, on a term of the contract, at exit "{exit}": {:duty|choice:duty_demand.duties}. Send the demand and attach the letter.'
--   no_media:
--     zh: 退出“{exit}”还没有登记存放过数据的介质或存储资源。请清点并逐件登记。
--     en: No medium or storage resource that held data is registered for exit "{exit}". Count and register them.
--   not_cleared:
--     zh: 退出“{exit}”的这些介质还没有清除，清除时请安排人员监督：{medium}。
--     en: 'These media of exit "{exit}" are not cleared yet; have the clearing supervised: {medium}.'
--   incomplete:
--     zh: 退出“{exit}”的监督记录缺少监督方式、日期或证据：{medium}。请补齐。
--     en: 'Records of supervision at exit "{exit}" lack how, when or evidence: {medium}. Complete them.'
--   supervised:
--     zh: 退出“{exit}”的介质清除过程均由委托方人员监督：{medium}。
--     en: 'The clearing of all media of exit "{exit}" was supervised by the client: {medium}.'
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方：{:duty|choice:duty_demand.duties}。
--     en: 'The provider was asked in writing at exit "{exit}": {:duty|choice:duty_demand.duties}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS demand_id, d.title
    FROM subject x JOIN duty_demand d ON d.exit = x.id JOIN duty_demand_duties u ON u.id = d.id
    WHERE u.value = :duty AND d.state <> 'draft' AND d.sent_on IS NOT NULL AND d.contract_term IS NOT NULL
      AND EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = d.id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS medium_id, z.id AS sanitisation_id,
           CASE WHEN z.id IS NULL THEN 'not_cleared'
                WHEN z.supervised_by IS NULL THEN 'unsupervised'
                WHEN z.supervised_on > z.done_on AND z.supervision IN ('on_site', 'remote') THEN 'after_the_fact'
                WHEN z.supervised_on IS NULL OR z.supervision IS NULL OR z.done_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM sanitisation_evidence v WHERE v.id = z.id) THEN 'incomplete'
                ELSE 'supervised' END AS reason
    FROM subject x JOIN medium m ON m.exit = x.id LEFT JOIN sanitisation z ON z.medium = m.id AND z.state <> 'planned'
), outcome AS (
    SELECT j.subject, j.reason, CAST(NULL AS TEXT) AS demand_id, j.medium_id, j.sanitisation_id, CAST(NULL AS TEXT) AS due
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
       CASE WHEN o.reason IN ('supervised', 'demanded') THEN 'met'
            WHEN o.reason IN ('unsupervised', 'after_the_fact') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation'
            WHEN o.medium_id IS NOT NULL THEN 'medium' ELSE 'exit' END AS proof_kind,
       coalesce(o.demand_id, o.sanitisation_id, o.medium_id, o.subject) AS proof,
       e.title AS v_exit, m.serial AS v_medium
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN medium m ON m.id = o.medium_id

-- rule: media_not_public
-- subject: exit
-- params: [duty, sensitive_from]
-- reasons:
--   public_reuse:
--     zh: 退出“{exit}”存放过敏感信息（{:sensitive_from} 级及以上）的这些介质被用于存放公开信息：{medium}。请要求立即停止，改作敏感用途或销毁。
--     en: 'Media of exit "{exit}" that held sensitive information (grade {:sensitive_from} or above) are used for public information: {medium}. Have that stopped at once; use them for sensitive information or destroy them.'
--   not_demanded:
--     zh: 退出“{exit}”还没有依据合同书面要求受托方：{:duty|choice:duty_demand.duties}。请发出履约要求，附函件。
--     en: 'The provider has not been asked in writing, on a term of the contract, at exit "{exit}": {:duty|choice:duty_demand.duties}. Send the demand and attach the letter.'
--   no_media:
--     zh: 退出“{exit}”还没有登记存放过数据的介质或存储资源。请清点并逐件登记。
--     en: No medium or storage resource that held data is registered for exit "{exit}". Count and register them.
--   no_level:
--     zh: 退出“{exit}”的这些介质没有写明存放数据的最高级别，不能判断是否存放过敏感信息：{medium}。请补齐。
--     en: 'These media of exit "{exit}" do not say the highest grade of data they held, so whether it was sensitive cannot be told: {medium}. Complete them.'
--   undetermined:
--     zh: 退出“{exit}”存放过敏感信息的这些介质已重用，但用途不定或没有登记，不能排除存放公开信息：{medium}。请要求受托方说明用途，或改为销毁。
--     en: 'Media of exit "{exit}" that held sensitive information were reused for a purpose that is open or not entered, so public information cannot be ruled out: {medium}. Have the provider state the purpose, or destroy them.'
--   not_sensitive:
--     zh: 退出“{exit}”的介质都没有存放过敏感信息（{:sensitive_from} 级及以上），本条不适用。
--     en: No medium of exit "{exit}" held sensitive information (grade {:sensitive_from} or above); the requirement does not apply.
--   kept_off:
--     zh: 退出“{exit}”存放过敏感信息的介质没有重用，或重用后仍存放敏感信息：{medium}。
--     en: 'Media of exit "{exit}" that held sensitive information were not reused, or again hold sensitive information: {medium}.'
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方：{:duty|choice:duty_demand.duties}。
--     en: 'The provider was asked in writing at exit "{exit}": {:duty|choice:duty_demand.duties}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS demand_id, d.title
    FROM subject x JOIN duty_demand d ON d.exit = x.id JOIN duty_demand_duties u ON u.id = d.id
    WHERE u.value = :duty AND d.state <> 'draft' AND d.sent_on IS NOT NULL AND d.contract_term IS NOT NULL
      AND EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = d.id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, m.id AS medium_id,
           CASE WHEN m.level IS NULL THEN 'no_level'
                WHEN m.reused_for = 'public_information' THEN 'public_reuse'
                WHEN m.reused_for = 'undetermined' OR (m.reused_on IS NOT NULL AND m.reused_for IS NULL) THEN 'undetermined'
                ELSE 'kept_off' END AS reason
    FROM subject x JOIN medium m ON m.exit = x.id
    WHERE m.level IS NULL OR m.level >= :sensitive_from
), outcome AS (
    SELECT j.subject, j.reason, CAST(NULL AS TEXT) AS demand_id, j.medium_id, CAST(NULL AS TEXT) AS sanitisation_id,
           CAST(NULL AS TEXT) AS due
    FROM judged j
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM medium m WHERE m.exit = x.id) THEN 'not_sensitive' ELSE 'no_media' END,
           NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
    UNION ALL
    SELECT x.id, 'not_demanded', NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM asked a WHERE a.subject = x.id)
    UNION ALL
    SELECT a.subject, 'demanded', a.demand_id, NULL, NULL, NULL FROM asked a
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('kept_off', 'demanded') THEN 'met'
            WHEN o.reason = 'not_sensitive' THEN 'not_applicable'
            WHEN o.reason IN ('public_reuse') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.sanitisation_id IS NOT NULL THEN 'sanitisation'
            WHEN o.medium_id IS NOT NULL THEN 'medium' ELSE 'exit' END AS proof_kind,
       coalesce(o.demand_id, o.sanitisation_id, o.medium_id, o.subject) AS proof,
       e.title AS v_exit, m.serial AS v_medium
FROM outcome o JOIN exit e ON e.id = o.subject LEFT JOIN medium m ON m.id = o.medium_id

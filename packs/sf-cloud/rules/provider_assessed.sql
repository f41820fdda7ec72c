-- rule: provider_assessed
-- subject: provider
-- params: [model, running]
-- reasons:
--   unsuitable:
--     zh: 对受托方“{provider}”最近一次信息安全评估（{assessment}，{day}）结论为不通过。请督促整改并重新评估，通过前不应选用。
--     en: The last information security assessment of provider "{provider}" ({assessment}, {day}) was not passed. Have it remedied and assess again before the provider is used.
--   none_in_use:
--     zh: 受托方“{provider}”的平台用于承载运行中的系统，但没有对它完成过信息安全评估。请先完成评估。
--     en: A platform of provider "{provider}" is to carry systems in operation, yet no information security assessment of the provider was completed. Complete one first.
--   no_platform:
--     zh: 受托方“{provider}”没有登记任何云计算平台，不能判断本条是否适用。请登记其平台和部署模式。
--     en: No platform of provider "{provider}" is registered, so it is open whether this applies. Register its platform and model.
--   under_way:
--     zh: 对受托方“{provider}”的信息安全评估（{assessment}）尚未完成：须有结论、报告，并由评估负责人以外的人审核。
--     en: The information security assessment of provider "{provider}" ({assessment}) is not complete. It needs a conclusion, a report, and confirmation by someone other than its leader.
--   none:
--     zh: 没有登记对受托方“{provider}”所提供{:model|choice:platform.model}平台的信息安全评估。请评估并登记结论和报告。
--     en: 'No information security assessment of provider "{provider}" is entered for its platform of this model: {:model|choice:platform.model}. Assess it and enter conclusion and report.'
--   unmatched:
--     zh: 受托方“{provider}”没有{:model|choice:platform.model}的平台，也没有这一模式的合同，本条不适用。
--     en: 'Provider "{provider}" has neither a platform nor a contract of this model: {:model|choice:platform.model}. The requirement does not apply.'
--   assessed:
--     zh: 已对受托方“{provider}”完成信息安全评估（{assessment}，{day}），结论为{conclusion|choice:assessment.conclusion}。
--     en: 'The information security of provider "{provider}" was assessed ({assessment}, {day}); conclusion: {conclusion|choice:assessment.conclusion}.'
WITH party AS (
    SELECT p.id, p.name,
           (SELECT count(*) FROM platform f WHERE f.provider = p.id AND f.state <> 'retired') AS platforms,
           CASE WHEN EXISTS (SELECT 1 FROM platform f
                             WHERE f.provider = p.id AND f.state <> 'retired' AND f.model = :model)
                     OR EXISTS (SELECT 1 FROM contract k
                                WHERE k.provider = p.id AND k.state <> 'ended' AND k.model = :model)
                THEN 1 ELSE 0 END AS of_model
    FROM subject x JOIN provider p ON p.id = x.id
), held AS (
    SELECT p.id AS party_id, a.id AS assessment_id, a.assessed_on, a.title, a.conclusion,
           CASE WHEN a.state = 'completed' AND a.conclusion IS NOT NULL AND a.assessed_by IS NOT NULL
                     AND a.confirmed_by IS NOT NULL
                     AND EXISTS (SELECT 1 FROM assessment_evidence e WHERE e.id = a.id)
                THEN 1 ELSE 0 END AS complete
    FROM party p JOIN assessment a ON a.provider = p.id
    WHERE coalesce(a.performed_by, 'client') = 'client' -- a third party's is no assessment by the client
      AND EXISTS (SELECT 1 FROM assessment_platforms l JOIN platform f ON f.id = l.value
                  WHERE l.id = a.id AND f.model = :model AND f.provider = p.id)
), latest AS (
    SELECT h.party_id, max(h.complete) AS complete, max(CASE WHEN h.complete = 1 THEN h.assessed_on END) AS day
    FROM held h GROUP BY h.party_id
), outcome AS (
    SELECT p.id, h.assessment_id, h.title, h.assessed_on, h.conclusion,
           CASE WHEN p.of_model = 0 AND p.platforms = 0 THEN 'no_platform'
                WHEN p.of_model = 0 THEN 'unmatched'
                WHEN h.complete = 1 AND h.conclusion = 'unsuitable' THEN 'unsuitable'
                WHEN h.complete = 1 THEN 'assessed'
                WHEN EXISTS (SELECT 1 FROM platform f JOIN deployment d ON d.platform = f.id
                             WHERE f.provider = p.id AND f.model = :model AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 'none_in_use'
                WHEN h.assessment_id IS NOT NULL THEN 'under_way'
                ELSE 'none' END AS reason
    FROM party p
         LEFT JOIN latest n ON n.party_id = p.id
         LEFT JOIN held h ON h.party_id = p.id AND h.complete = n.complete
                             AND (n.complete = 0 OR h.assessed_on = n.day)
)
SELECT o.id AS subject,
       CASE WHEN o.reason = 'assessed' THEN 'met'
            WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('unsuitable', 'none_in_use') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.assessment_id IS NULL THEN 'provider' ELSE 'assessment' END AS proof_kind,
       coalesce(o.assessment_id, o.id) AS proof,
       p.name AS v_provider, o.title AS v_assessment, o.assessed_on AS v_day, o.conclusion AS v_conclusion
FROM outcome o JOIN party p ON p.id = o.id

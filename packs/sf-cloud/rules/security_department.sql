-- rule: security_department
-- subject: provider
-- params: [model]
-- reasons:
--   dissolved:
--     zh: 受托方“{provider}”原来承担信息安全管理的部门“{department}”已撤销，没有登记接替的部门。请受托方明确现在的职能部门。
--     en: 'The department of provider "{provider}" that was in charge of information security ("{department}") has been dissolved and no successor is entered. Have the provider name the one now in charge.'
--   other_functions:
--     zh: 受托方“{provider}”已登记的部门（{department}）均不承担信息安全管理职能。请受托方设立或指明职能部门。
--     en: 'No registered department of provider "{provider}" ({department}) is in charge of information security. Have the provider set one up or name it.'
--   no_platform:
--     zh: 受托方“{provider}”没有登记任何云计算平台，不能判断本条是否适用。请登记其平台和部署模式。
--     en: No platform of provider "{provider}" is registered, so it is open whether this applies. Register its platform and model.
--   none:
--     zh: 没有登记受托方“{provider}”的信息安全管理职能部门。请向其了解并登记部门、负责人、职责和设立文件。
--     en: No department of provider "{provider}" in charge of information security is entered. Ask for it and enter name, head, duties and founding document.
--   not_verified:
--     zh: 受托方“{provider}”的信息安全管理部门“{department}”缺少负责人、职责、设立文件、核实人或证据，请核实后补齐。
--     en: 'Department "{department}" of provider "{provider}" lacks its head, duties, founding document, who verified it, or evidence. Verify and complete it.'
--   unmatched:
--     zh: 受托方“{provider}”没有{:model|choice:platform.model}的平台，也没有这一模式的合同，本条不适用。
--     en: 'Provider "{provider}" has neither a platform nor a contract of this model: {:model|choice:platform.model}. The requirement does not apply.'
--   in_charge:
--     zh: 受托方“{provider}”由“{department}”负责信息安全管理，负责人 {head}，已核实。
--     en: 'Department "{department}" of provider "{provider}", headed by {head}, is in charge of information security; this was verified.'
WITH party AS (
    SELECT p.id, p.name,
           (SELECT count(*) FROM platform f WHERE f.provider = p.id AND f.state <> 'retired') AS platforms,
           CASE WHEN EXISTS (SELECT 1 FROM platform f
                             WHERE f.provider = p.id AND f.state <> 'retired' AND f.model = :model)
                     OR EXISTS (SELECT 1 FROM contract k
                                WHERE k.provider = p.id AND k.state <> 'ended' AND k.model = :model)
                THEN 1 ELSE 0 END AS of_model
    FROM subject x JOIN provider p ON p.id = x.id
), unit AS (
    SELECT p.id AS party_id, d.id AS department_id, d.name, d.head,
           CASE WHEN NOT EXISTS (SELECT 1 FROM provider_department_functions f
                                 WHERE f.id = d.id AND f.value = 'information_security') THEN 'other_functions'
                WHEN d.state = 'dissolved' THEN 'dissolved'
                WHEN d.head IS NULL OR d.duties IS NULL OR d.document IS NULL OR d.verified_by IS NULL
                     OR NOT EXISTS (SELECT 1 FROM provider_department_evidence e WHERE e.id = d.id)
                THEN 'not_verified'
                ELSE 'in_charge' END AS reason
    FROM party p JOIN provider_department d ON d.provider = p.id
    WHERE p.of_model > 0
), lead_one AS (
    SELECT u.party_id,
           max(CASE WHEN u.reason = 'in_charge' THEN 4 WHEN u.reason = 'not_verified' THEN 3
                    WHEN u.reason = 'dissolved' THEN 2 ELSE 1 END) AS best
    FROM unit u GROUP BY u.party_id
), outcome AS (
    SELECT p.id, CAST(NULL AS TEXT) AS department_id, CAST(NULL AS TEXT) AS name, CAST(NULL AS TEXT) AS head,
           CASE WHEN p.of_model = 0 AND p.platforms = 0 THEN 'no_platform' WHEN p.of_model = 0 THEN 'unmatched'
                ELSE 'none' END AS reason
    FROM party p WHERE NOT EXISTS (SELECT 1 FROM unit u WHERE u.party_id = p.id)
    UNION ALL
    SELECT u.party_id, u.department_id, u.name, u.head, u.reason
    FROM unit u JOIN lead_one r ON r.party_id = u.party_id
    WHERE r.best = CASE WHEN u.reason = 'in_charge' THEN 4 WHEN u.reason = 'not_verified' THEN 3
                        WHEN u.reason = 'dissolved' THEN 2 ELSE 1 END
)
SELECT o.id AS subject,
       CASE WHEN o.reason = 'in_charge' THEN 'met'
            WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('dissolved', 'other_functions') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.department_id IS NULL THEN 'provider' ELSE 'provider_department' END AS proof_kind,
       coalesce(o.department_id, o.id) AS proof,
       p.name AS v_provider, o.name AS v_department, o.head AS v_head
FROM outcome o JOIN party p ON p.id = o.id

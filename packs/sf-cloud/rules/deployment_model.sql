-- rule: deployment_model
-- subject: deployment
-- params: []
-- reasons:
--   not_stated:
--     zh: 部署“{deployment}”没有填写部署模式，请明确使用私有云、行业云还是公共云。
--     en: Deployment "{deployment}" states no deployment model. State whether a private, industry or public cloud is used.
--   platform_differs:
--     zh: 部署“{deployment}”写明使用{model|choice:deployment.model}，而平台“{platform}”登记为{platform_model|choice:platform.model}，请核对并改正其一。
--     en: 'Deployment "{deployment}" states "{model|choice:deployment.model}", but platform "{platform}" is registered as "{platform_model|choice:platform.model}". Check and correct one of them.'
--   contract_differs:
--     zh: 部署“{deployment}”写明使用{model|choice:deployment.model}，而合同“{contract}”按{contract_model|choice:contract.model}订立，请核对并改正其一。
--     en: 'Deployment "{deployment}" states "{model|choice:deployment.model}", but contract "{contract}" is for "{contract_model|choice:contract.model}". Check and correct one of them.'
--   stated:
--     zh: 部署“{deployment}”已明确使用{model|choice:deployment.model}。
--     en: 'Deployment "{deployment}" states its model: {model|choice:deployment.model}.'
SELECT d.id AS subject,
       CASE WHEN d.model IS NULL THEN 'unmet'
            WHEN p.model <> d.model THEN 'unmet'
            WHEN c.model <> d.model THEN 'unmet'
            ELSE 'met' END AS status,
       CASE WHEN d.model IS NULL THEN 'not_stated'
            WHEN p.model <> d.model THEN 'platform_differs'
            WHEN c.model <> d.model THEN 'contract_differs'
            ELSE 'stated' END AS reason,
       NULL AS due, 'deployment' AS proof_kind, d.id AS proof,
       coalesce(s.name || ' / ', '') || d.name AS v_deployment, d.model AS v_model,
       p.name AS v_platform, p.model AS v_platform_model,
       c.number AS v_contract, c.model AS v_contract_model
FROM subject x JOIN deployment d ON d.id = x.id
     LEFT JOIN system s ON s.id = d.system
     LEFT JOIN platform p ON p.id = d.platform
     LEFT JOIN contract c ON c.id = d.contract

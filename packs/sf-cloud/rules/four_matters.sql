-- rule: four_matters
-- subject: deployment
-- params: [running]
-- reasons:
--   hosting:
--     zh: 部署“{deployment}”的平台还没有登记任何托管安全评估。请对受托方开展信息安全评估并登记。
--     en: No assessment of hosting security is entered for the platform of deployment "{deployment}". Assess the provider's information security and enter it.
--   contract:
--     zh: 部署“{deployment}”没有关联服务合同，或所关联的合同不是与平台的受托方订立的。请登记并关联合同。
--     en: Deployment "{deployment}" names no contract, or one that is not with the platform's provider. Enter the contract and refer to it.
--   sla:
--     zh: 部署“{deployment}”的合同没有登记服务水平协议。请商定并登记。
--     en: The contract of deployment "{deployment}" has no service level agreement entered. Negotiate and enter it.
--   confidentiality:
--     zh: 部署“{deployment}”的受托方没有登记适用于本模式的保密协议。请订立并登记。
--     en: No confidentiality agreement for this model with the provider of deployment "{deployment}" is entered. Conclude one and enter it.
--   no_platform:
--     zh: 部署“{deployment}”尚未选定云计算平台。请选定后，登记托管安全评估、合同、服务水平协议和保密协议。
--     en: Deployment "{deployment}" has no platform yet. Choose one, then enter the hosting assessment, contract, SLA and confidentiality agreement.
--   considered:
--     zh: 部署“{deployment}”的托管安全评估、服务合同、服务水平协议和保密协议均已登记，四个方面都已考虑。
--     en: 'All four matters of deployment "{deployment}" are on record: hosting assessment, contract, SLA and confidentiality agreement.'
WITH place AS (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.state, d.model, p.id AS platform_id, p.provider, c.id AS contract_id,
           CASE WHEN ' ' || :running || ' ' LIKE '% ' || d.state || ' %' THEN 'unmet' ELSE 'unknown' END AS lacking
    FROM subject x JOIN deployment d ON d.id = x.id
         LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform p ON p.id = d.platform
         LEFT JOIN contract c ON c.id = d.contract AND c.provider = p.provider
), outcome AS (
    SELECT q.subject, q.lacking AS status, 'no_platform' AS reason, 'deployment' AS proof_kind, q.subject AS proof
    FROM place q WHERE q.platform_id IS NULL
    UNION ALL
    SELECT q.subject, CASE WHEN a.id IS NULL THEN q.lacking ELSE 'met' END,
           CASE WHEN a.id IS NULL THEN 'hosting' ELSE 'considered' END,
           CASE WHEN a.id IS NULL THEN 'deployment' ELSE 'assessment' END, coalesce(a.id, q.subject)
    FROM place q LEFT JOIN assessment_platforms l ON l.value = q.platform_id LEFT JOIN assessment a ON a.id = l.id
    WHERE q.platform_id IS NOT NULL
    UNION ALL
    SELECT q.subject, CASE WHEN q.contract_id IS NULL THEN q.lacking ELSE 'met' END,
           CASE WHEN q.contract_id IS NULL THEN 'contract' ELSE 'considered' END,
           CASE WHEN q.contract_id IS NULL THEN 'deployment' ELSE 'contract' END, coalesce(q.contract_id, q.subject)
    FROM place q WHERE q.platform_id IS NOT NULL
    UNION ALL
    SELECT q.subject, CASE WHEN s.id IS NULL THEN q.lacking ELSE 'met' END,
           CASE WHEN s.id IS NULL THEN 'sla' ELSE 'considered' END, CASE WHEN s.id IS NULL THEN 'contract' ELSE 'sla' END,
           coalesce(s.id, q.contract_id)
    FROM place q LEFT JOIN sla s ON s.contract = q.contract_id
    WHERE q.contract_id IS NOT NULL
    UNION ALL
    SELECT q.subject, CASE WHEN n.id IS NULL THEN q.lacking ELSE 'met' END,
           CASE WHEN n.id IS NULL THEN 'confidentiality' ELSE 'considered' END,
           CASE WHEN n.id IS NULL THEN 'deployment' ELSE 'confidentiality_agreement' END, coalesce(n.id, q.subject)
    FROM place q LEFT JOIN confidentiality_agreement n ON n.provider = q.provider
              AND EXISTS (SELECT 1 FROM confidentiality_agreement_models v WHERE v.id = n.id AND v.value = q.model)
    WHERE q.platform_id IS NOT NULL
)
SELECT o.subject AS subject, o.status AS status, o.reason AS reason, NULL AS due,
       o.proof_kind AS proof_kind, o.proof AS proof, q.deployment AS v_deployment
FROM outcome o JOIN place q ON q.subject = o.subject

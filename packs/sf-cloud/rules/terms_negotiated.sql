-- rule: terms_negotiated
-- subject: deployment
-- params: [running]
-- reasons:
--   no_contract:
--     zh: 部署“{deployment}”没有已签订的合同或内部协议。请与受托方协商签订，登记签订日期并在部署中选定。
--     en: Deployment "{deployment}" has no contract or internal agreement that was signed. Negotiate and sign it with the provider, enter the date and select it in the deployment.
--   no_sla:
--     zh: 部署“{deployment}”的合同“{contract}”没有经协商签订的服务水平协议。请协商签订，登记协商日期和签订日期。
--     en: Contract "{contract}" of deployment "{deployment}" has no service level agreement that was negotiated and signed. Negotiate and sign it and enter both dates.
--   no_confidentiality:
--     zh: 部署“{deployment}”没有适用于本模式、已签订的保密协议，内部协议中也没有经复核的“不向第三方提供或泄漏”条款。请与受托方约定保密要求并登记。
--     en: Deployment "{deployment}" has no signed confidentiality agreement for its model, nor a confirmed term against disclosure to third parties in an internal agreement. Agree on confidentiality with the provider and enter it.
--   no_rights:
--     zh: 部署“{deployment}”的合同“{contract}”没有经复核的“访问、利用和支配的权利”条款，委托方享有的权利不明确。请约定、登记并由第二人复核。
--     en: Contract "{contract}" of deployment "{deployment}" has no confirmed term on the client's rights to access, use and control, so these are not clear. Agree on it, enter it and have a second person confirm it.
--   no_duties:
--     zh: 部署“{deployment}”的合同“{contract}”没有同时确定委托方和受托方各自的网络安全职责。请登记职责分工并由委托方确定。
--     en: Contract "{contract}" of deployment "{deployment}" does not settle the security duties of both client and provider. Enter the division of duties and settle it.
--   negotiated:
--     zh: 部署“{deployment}”的合同“{contract}”、服务水平协议和保密要求均已签订，双方的权利和网络安全职责已明确。
--     en: Contract "{contract}" of deployment "{deployment}", its service level agreement and confidentiality are signed, and rights and security duties of both sides are settled.
WITH placed AS MATERIALIZED (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.model, p.provider,
           c.id AS contract_id, c.title AS contract, c.signed_on, c.state,
           CASE WHEN ' ' || :running || ' ' LIKE '% ' || d.state || ' %' THEN 'unmet' ELSE 'unknown' END AS lacking
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform p ON p.id = d.platform
         LEFT JOIN contract c ON c.id = d.contract
), paper AS MATERIALIZED (
    SELECT q.subject, 'no_contract' AS lack, 'contract' AS proof_kind, q.contract_id AS proof, q.signed_on AS day
    FROM placed q WHERE q.state <> 'draft' AND q.signed_on IS NOT NULL
    UNION ALL
    SELECT q.subject, 'no_sla', 'sla', a.id, a.signed_on
    FROM placed q JOIN sla a ON a.contract = q.contract_id
    WHERE a.state <> 'draft' AND a.signed_on IS NOT NULL AND a.negotiated_on IS NOT NULL
    UNION ALL
    SELECT q.subject, 'no_confidentiality', 'confidentiality_agreement', n.id, n.signed_on
    FROM placed q JOIN confidentiality_agreement n ON n.provider = q.provider
    WHERE n.state <> 'draft' AND n.signed_on IS NOT NULL
      AND EXISTS (SELECT 1 FROM confidentiality_agreement_models m WHERE m.id = n.id AND m.value = q.model)
    UNION ALL
    SELECT q.subject, 'no_confidentiality', 'contract_term', t.id, t.confirmed_on
    FROM placed q JOIN contract_term t ON t.contract = q.contract_id
    WHERE q.model = 'private' AND t.term = 'third_party' AND t.verdict = 'conforms' AND t.confirmed_by IS NOT NULL
      AND t.confirmed_on IS NOT NULL
    UNION ALL
    SELECT q.subject, 'no_rights', 'contract_term', t.id, t.confirmed_on
    FROM placed q JOIN contract_term t ON t.contract = q.contract_id
    WHERE t.term = 'client_rights' AND t.verdict = 'conforms' AND t.confirmed_by IS NOT NULL AND t.confirmed_on IS NOT NULL
), duty AS MATERIALIZED (
    SELECT q.subject, min(CASE WHEN y.holder <> 'client' THEN y.settled_on END) AS theirs,
           min(CASE WHEN y.holder <> 'provider' THEN y.settled_on END) AS ours
    FROM placed q JOIN provider_duty y ON y.contract = q.contract_id
    WHERE y.settled_by IS NOT NULL AND y.settled_on IS NOT NULL
    GROUP BY q.subject
), need AS (
    SELECT 'no_contract' AS lack
    UNION ALL SELECT 'no_sla'
    UNION ALL SELECT 'no_confidentiality'
    UNION ALL SELECT 'no_rights'
), outcome AS (
    SELECT w.subject, 'negotiated' AS reason, w.proof_kind, w.proof, CAST(NULL AS TEXT) AS due
    FROM paper w WHERE w.day <= yj_today()
    UNION ALL
    SELECT q.subject, n.lack, 'deployment', q.subject,
           (SELECT yj_add_days(min(w.day), -1) FROM paper w WHERE w.subject = q.subject AND w.lack = n.lack)
    FROM placed q CROSS JOIN need n
    WHERE NOT EXISTS (SELECT 1 FROM paper w WHERE w.subject = q.subject AND w.lack = n.lack AND w.day <= yj_today())
    UNION ALL
    SELECT q.subject, 'no_duties', 'deployment', q.subject,
           (SELECT CASE WHEN y.theirs > y.ours THEN yj_add_days(y.theirs, -1) ELSE yj_add_days(y.ours, -1) END
            FROM duty y WHERE y.subject = q.subject AND y.theirs IS NOT NULL AND y.ours IS NOT NULL)
    FROM placed q
    WHERE NOT EXISTS (SELECT 1 FROM duty y WHERE y.subject = q.subject AND y.theirs <= yj_today() AND y.ours <= yj_today())
)
SELECT o.subject AS subject, CASE WHEN o.reason = 'negotiated' THEN 'met' ELSE q.lacking END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.proof_kind = 'contract' THEN 'contract' WHEN o.proof_kind = 'sla' THEN 'sla'
            WHEN o.proof_kind = 'confidentiality_agreement' THEN 'confidentiality_agreement'
            WHEN o.proof_kind = 'contract_term' THEN 'contract_term' ELSE 'deployment' END AS proof_kind,
       o.proof AS proof, q.deployment AS v_deployment, q.contract AS v_contract
FROM outcome o JOIN placed q ON q.subject = o.subject

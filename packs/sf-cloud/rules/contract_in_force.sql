-- rule: contract_in_force
-- subject: deployment
-- params: [running]
-- reasons:
--   no_contract:
--     zh: 系统“{system}”使用受托方“{provider}”的云服务，但没有登记与其签订的合同。请签订合同并登记编号、签订日期、有效期，附上签署件，再在部署中选定该合同。
--     en: System "{system}" uses the cloud service of provider "{provider}", but no contract with it is registered. Sign one, register its number, dates and signed copy, and select it in the deployment.
--   draft:
--     zh: 系统“{system}”所依据的合同《{contract}》（{number}）仍在拟订，双方尚未签订。请完成签订并登记签订日期和签署件。
--     en: Contract "{contract}" ({number}), on which system "{system}" relies, is still a draft that neither side is bound by. Have it signed and register the date and the signed copy.
--   ended:
--     zh: 系统“{system}”所依据的合同《{contract}》（{number}）已终止，而系统仍在该云服务上。请与受托方“{provider}”签订新合同，或办理退出。
--     en: Contract "{contract}" ({number}), on which system "{system}" relies, has ended while the system is still on that service. Sign a new contract with provider "{provider}", or exit.
--   expired:
--     zh: 系统“{system}”所依据的合同《{contract}》（{number}）已于{valid_until}到期，没有续签。请与受托方“{provider}”续签，或办理退出。
--     en: Contract "{contract}" ({number}), on which system "{system}" relies, ran out on {valid_until} and was not renewed. Renew it with provider "{provider}", or exit.
--   other_provider:
--     zh: 系统“{system}”部署在受托方“{provider}”的平台上，所选合同《{contract}》（{number}）却是与“{contract_provider}”签订的。请与实际提供服务的受托方签订合同，或更正登记。
--     en: System "{system}" is on a platform of provider "{provider}", yet the selected contract "{contract}" ({number}) is with "{contract_provider}". Sign a contract with the provider of the service, or correct the register.
--   other_model:
--     zh: 系统“{system}”采用{model|choice:contract.model}，所选合同《{contract}》（{number}）约定的却是{contract_model|choice:contract.model}。请选定与部署模式一致的合同，或更正登记。
--     en: System "{system}" is deployed as {model|choice:contract.model}, yet the selected contract "{contract}" ({number}) is for {contract_model|choice:contract.model}. Select a contract for the model in use, or correct the register.
--   signed_ahead:
--     zh: 合同《{contract}》（{number}）登记的签订日期{signed_on}还没有到，不能视为已签订。请核对签订日期，或待签署完成再登记。
--     en: The date of signing registered for contract "{contract}" ({number}), {signed_on}, lies ahead, so it does not count as signed. Check the date, or register it once it is signed.
--   not_begun:
--     zh: 系统“{system}”已在运行，所依据的合同《{contract}》（{number}）要到{valid_from}才生效。请补签覆盖此前期间的约定，或核对生效日期。
--     en: System "{system}" is already running, but contract "{contract}" ({number}) takes effect only on {valid_from}. Agree terms for the time before, or check the date.
--   no_date:
--     zh: 合同《{contract}》（{number}）标为已签订，但没有登记签订日期，无法判断何时签订。请填写签订日期。
--     en: Contract "{contract}" ({number}) is marked as signed, but no date of signing is entered, so when it was signed cannot be told. Enter the date.
--   no_copy:
--     zh: 合同《{contract}》（{number}）标为已签订，但没有附上签署件，无法证明已经签订。请上传双方签署的合同全文。
--     en: Contract "{contract}" ({number}) is marked as signed, but no signed copy is attached to prove it. Upload the full text signed by both sides.
--   in_force:
--     zh: 系统“{system}”的云服务由合同《{contract}》（{number}）约定，{signed_on}与受托方“{provider}”签订，有效期至{valid_until}。
--     en: The cloud service of system "{system}" is under contract "{contract}" ({number}), signed with provider "{provider}" on {signed_on} and valid until {valid_until}.
--   open_ended:
--     zh: 系统“{system}”的云服务由合同《{contract}》（{number}）约定，{signed_on}与受托方“{provider}”签订，没有固定期限。
--     en: The cloud service of system "{system}" is under contract "{contract}" ({number}), signed with provider "{provider}" on {signed_on}, with no fixed end.
--   winding_up:
--     zh: 系统“{system}”正在退出，合同《{contract}》（{number}）已期满或终止；受托方“{provider}”在合同终止后的责任和义务已由合同约定并经第二人复核，退出期间按其执行。
--     en: System "{system}" is leaving the service and contract "{contract}" ({number}) has run out or ended; what provider "{provider}" owes after the end is agreed in the contract, confirmed by a second person, and governs the exit.
WITH found AS MATERIALIZED (
    SELECT x.id AS subject, s.name AS system, coalesce(p.name, cp.name) AS provider, d.model AS model,
           c.id AS contract, c.title AS title, c.number AS number, c.model AS contract_model,
           cp.name AS contract_provider, c.signed_on AS signed_on, c.valid_from AS valid_from,
           c.valid_until AS valid_until,
           CASE
               WHEN c.id IS NULL THEN 'no_contract'
               WHEN c.state = 'draft' THEN 'draft'
               WHEN d.state = 'exiting' AND (c.state = 'ended' OR c.valid_until < yj_today())
                    AND EXISTS (SELECT 1 FROM contract_term t
                                WHERE t.contract = c.id AND t.term = 'after_end'
                                  AND t.verdict = 'conforms' AND t.confirmed_by IS NOT NULL
                                  AND t.confirmed_on IS NOT NULL) THEN 'winding_up'
               WHEN c.state = 'ended' THEN 'ended'
               WHEN c.valid_until < yj_today() THEN 'expired'
               WHEN c.provider <> pl.provider THEN 'other_provider'
               WHEN c.model <> d.model THEN 'other_model'
               WHEN c.signed_on > yj_today() THEN 'signed_ahead'
               WHEN c.valid_from > yj_today() AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %' THEN 'not_begun'
               WHEN c.signed_on IS NULL THEN 'no_date'
               WHEN NOT EXISTS (SELECT 1 FROM contract_evidence ce JOIN evidence e ON e.id = ce.value
                                WHERE ce.id = c.id) THEN 'no_copy'
               WHEN c.valid_until IS NULL THEN 'open_ended'
               ELSE 'in_force'
           END AS reason
    FROM subject x
         JOIN deployment d ON d.id = x.id
         LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform pl ON pl.id = d.platform
         LEFT JOIN provider p ON p.id = pl.provider
         LEFT JOIN contract c ON c.id = d.contract
         LEFT JOIN provider cp ON cp.id = c.provider
)
SELECT subject,
       CASE WHEN reason IN ('in_force', 'open_ended', 'winding_up') THEN 'met'
            WHEN reason IN ('no_date', 'no_copy') THEN 'unknown'
            ELSE 'unmet' END AS status,
       reason,
       CASE WHEN reason = 'signed_ahead' THEN yj_add_days(signed_on, -1)
            WHEN reason = 'not_begun' THEN yj_add_days(valid_from, -1)
            WHEN reason IN ('in_force', 'no_date', 'no_copy') THEN valid_until
            ELSE NULL END AS due,
       'contract' AS proof_kind, contract AS proof,
       system AS v_system, provider AS v_provider, title AS v_contract, number AS v_number,
       contract_provider AS v_contract_provider, model AS v_model, contract_model AS v_contract_model,
       signed_on AS v_signed_on, valid_from AS v_valid_from, valid_until AS v_valid_until
FROM found

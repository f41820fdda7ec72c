-- rule: sla_life_cycle
-- subject: sla
-- params: [model]
-- reasons:
--   no_provision:
--     zh: 服务水平协议《{sla}》没有约定怎样应对“{risk}”（{stage|choice:sla_risk.stage}）。请与受托方“{provider}”在协议中约定措施和承担方，并登记约定内容和位置。
--     en: Service level agreement "{sla}" does not provide for the risk "{risk}" ({stage|choice:sla_risk.stage}). Agree with provider "{provider}" on measures and who bears them, and register the provision and its place.
--   stage_empty:
--     zh: 服务水平协议《{sla}》没有考虑“{stage|choice:sla_risk.stage}”阶段的安全风险。请识别这一阶段的风险，逐项登记协议怎样约定、在第几页。
--     en: Service level agreement "{sla}" does not consider the security risks of the stage "{stage|choice:sla_risk.stage}". Identify the risks of that stage and register for each what the agreement provides and on which page.
--   no_place:
--     zh: 服务水平协议《{sla}》对“{risk}”的约定没有写明在哪份文件、哪一页、哪一条。请补填。
--     en: Where service level agreement "{sla}" provides for the risk "{risk}" is not entered. Fill in document, page and place.
--   document_gone:
--     zh: 服务水平协议《{sla}》对“{risk}”的约定所引的文件已不在登记中。请重新附上协议文件，并改引该文件。
--     en: The document cited by the provision of service level agreement "{sla}" for the risk "{risk}" is no longer registered. Attach the document of the agreement anew and cite it.
--   foreign_document:
--     zh: 服务水平协议《{sla}》对“{risk}”的约定引自文件“{document}”，而该文件没有附在这份协议上。请把文件附到协议，或改引协议的文件。
--     en: The provision of service level agreement "{sla}" for the risk "{risk}" cites document "{document}", which is not attached to this agreement. Attach it, or cite one that is attached.
--   unconfirmed:
--     zh: 服务水平协议《{sla}》对“{risk}”的约定已登记在第{page}页，但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人和日期。
--     en: The provision of service level agreement "{sla}" for the risk "{risk}" is registered on page {page}, but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name and date.
--   confirmed_ahead:
--     zh: 服务水平协议《{sla}》对“{risk}”的约定登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the provision of service level agreement "{sla}" for the risk "{risk}" is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   provided:
--     zh: 服务水平协议《{sla}》对{stage|choice:sla_risk.stage}各阶段的安全风险（{risk}）都作了约定，见第{page}页，并由第二人复核。
--     en: Service level agreement "{sla}" provides for the security risks ({risk}) of the stages {stage|choice:sla_risk.stage}, on page {page}, confirmed by a second person.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用{contract_model|choice:contract.model}，本条只适用于{:model|choice:contract.model}。
--     en: Service level agreement "{sla}" belongs to a contract for {contract_model|choice:contract.model}; this requirement is for {:model|choice:contract.model} only.
--   contract_over:
--     zh: 服务水平协议《{sla}》所属合同《{contract}》已终止。
--     en: Contract "{contract}", to which service level agreement "{sla}" belongs, has ended.
WITH need AS (
    SELECT 'onboarding' AS stage UNION ALL SELECT 'operation' UNION ALL SELECT 'change' UNION ALL SELECT 'exit'
),
found AS MATERIALIZED (
    SELECT s.id AS subject, s.title AS sla, c.title AS contract, c.model AS contract_model,
           p.name AS provider, n.stage AS stage, r.id AS proof, r.name AS risk, e.title AS document,
           r.page AS page, r.confirmed_on AS confirmed_on,
           CASE
               WHEN c.model <> :model THEN 'other_model'
               WHEN c.state = 'ended' THEN 'contract_over'
               WHEN r.id IS NULL THEN 'stage_empty'
               WHEN r.provision IS NULL OR trim(r.provision) = '' THEN 'no_provision'
               WHEN r.document IS NULL OR r.page IS NULL OR r.place IS NULL THEN 'no_place'
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM sla_evidence se
                                WHERE se.id = s.id AND se.value = r.document)
                   THEN 'foreign_document'
               WHEN q.id IS NULL OR r.confirmed_on IS NULL THEN 'unconfirmed'
               WHEN r.confirmed_on > yj_today() THEN 'confirmed_ahead'
               ELSE 'provided'
           END AS reason
    FROM subject x
         JOIN sla s ON s.id = x.id
         JOIN contract c ON c.id = s.contract
         CROSS JOIN need n
         LEFT JOIN provider p ON p.id = c.provider
         LEFT JOIN sla_risk r ON r.sla = s.id AND r.stage = n.stage
         LEFT JOIN evidence e ON e.id = r.document
         LEFT JOIN person q ON q.id = r.confirmed_by
)
SELECT subject,
       CASE WHEN reason = 'provided' THEN 'met'
            WHEN reason IN ('other_model', 'contract_over') THEN 'not_applicable'
            WHEN reason IN ('no_provision', 'stage_empty') THEN 'unmet'
            ELSE 'unknown' END AS status,
       reason,
       CASE WHEN reason = 'confirmed_ahead' THEN yj_add_days(confirmed_on, -1) ELSE NULL END AS due,
       'sla_risk' AS proof_kind, proof,
       sla AS v_sla, contract AS v_contract, contract_model AS v_contract_model, provider AS v_provider,
       stage AS v_stage, risk AS v_risk, document AS v_document, page AS v_page,
       confirmed_on AS v_confirmed_on
FROM found

-- rule: sla_annex
-- subject: sla
-- params: [model]
-- reasons:
--   not_annexed:
--     zh: 服务水平协议《{sla}》没有登记为合同《{contract}》的附件。合同已把它列为附件的，请登记附件号以及列明它的条款和页码；没有列明的，请与受托方“{provider}”补充约定，把签订时的文本作为附件。
--     en: Service level agreement "{sla}" is not registered as an annex of contract "{contract}". If the contract names it as one, register the annex number and the clause and page that name it; if not, agree with provider "{provider}" to annex the text as signed.
--   no_place:
--     zh: 服务水平协议《{sla}》登记为合同《{contract}》的“{annex}”，但没有写明合同哪份文件、哪一页、哪一条列明了它。请补填。
--     en: Service level agreement "{sla}" is registered as "{annex}" of contract "{contract}", but not which document, page and clause of the contract name it. Fill them in.
--   document_gone:
--     zh: 列明服务水平协议《{sla}》为附件的合同文件已不在登记中。请重新附上合同文件，并改引该文件。
--     en: The contract document that names service level agreement "{sla}" as an annex is no longer registered. Attach the document of the contract anew and cite it.
--   foreign_document:
--     zh: 服务水平协议《{sla}》作为附件的依据引自文件“{document}”，而该文件没有附在合同《{contract}》上。请把文件附到合同，或改引合同的文件。
--     en: That service level agreement "{sla}" is an annex rests on document "{document}", which is not attached to contract "{contract}". Attach it to the contract, or cite one that is attached.
--   unconfirmed:
--     zh: 服务水平协议《{sla}》登记为合同《{contract}》的“{annex}”（第{page}页，{place}），但还没有第二人对照合同复核。请由登记人以外的人复核并填写复核人和日期。
--     en: Service level agreement "{sla}" is registered as "{annex}" of contract "{contract}" (page {page}, {place}), but no second person has compared this with the contract. Have someone other than the recorder confirm it and enter name and date.
--   confirmed_ahead:
--     zh: 服务水平协议《{sla}》附件关系登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which service level agreement "{sla}" is said to have been confirmed as an annex, {confirmed_on}, lies ahead. Check the date.
--   annexed:
--     zh: 服务水平协议《{sla}》是合同《{contract}》的“{annex}”，由合同第{page}页（{place}）列明，已由第二人于{confirmed_on}对照文件“{document}”复核。
--     en: Service level agreement "{sla}" is "{annex}" of contract "{contract}", named on page {page} ({place}); a second person compared this with document "{document}" on {confirmed_on}.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用{contract_model|choice:contract.model}，本条只适用于{:model|choice:contract.model}。
--     en: Service level agreement "{sla}" belongs to a contract for {contract_model|choice:contract.model}; this requirement is for {:model|choice:contract.model} only.
--   contract_over:
--     zh: 服务水平协议《{sla}》所属合同《{contract}》已终止。
--     en: Contract "{contract}", to which service level agreement "{sla}" belongs, has ended.
WITH found AS MATERIALIZED (
    SELECT s.id AS subject, s.title AS sla, c.title AS contract,
           c.model AS contract_model, p.name AS provider, s.annex_number AS annex, e.title AS document,
           s.annex_page AS page, s.annex_place AS place, s.annex_confirmed_on AS confirmed_on,
           CASE
               WHEN c.model <> :model THEN 'other_model'
               WHEN c.state = 'ended' THEN 'contract_over'
               WHEN s.annex_number IS NULL THEN 'not_annexed'
               WHEN s.annex_document IS NULL OR s.annex_page IS NULL OR s.annex_place IS NULL
                   THEN 'no_place'
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM contract_evidence ce
                                WHERE ce.id = c.id AND ce.value = s.annex_document)
                   THEN 'foreign_document'
               WHEN r.id IS NULL OR q.id IS NULL OR s.annex_confirmed_on IS NULL THEN 'unconfirmed'
               WHEN s.annex_confirmed_on > yj_today() THEN 'confirmed_ahead'
               ELSE 'annexed'
           END AS reason
    FROM subject x
         JOIN sla s ON s.id = x.id
         JOIN contract c ON c.id = s.contract
         LEFT JOIN provider p ON p.id = c.provider
         LEFT JOIN evidence e ON e.id = s.annex_document
         LEFT JOIN person r ON r.id = s.annex_recorded_by
         LEFT JOIN person q ON q.id = s.annex_confirmed_by
)
SELECT subject,
       CASE WHEN reason = 'annexed' THEN 'met'
            WHEN reason IN ('other_model', 'contract_over') THEN 'not_applicable'
            WHEN reason = 'not_annexed' THEN 'unmet'
            ELSE 'unknown' END AS status,
       reason,
       CASE WHEN reason = 'confirmed_ahead' THEN yj_add_days(confirmed_on, -1) ELSE NULL END AS due,
       'sla' AS proof_kind, subject AS proof,
       sla AS v_sla, contract AS v_contract, contract_model AS v_contract_model, provider AS v_provider,
       annex AS v_annex, document AS v_document, page AS v_page, place AS v_place,
       confirmed_on AS v_confirmed_on
FROM found

-- rule: sla_terms
-- subject: sla
-- params: [model, term, also]
-- reasons:
--   deviates:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）关于“{term|choice:sla_term.term}”的约定与要求相悖：{finding}。请与受托方“{provider}”修改该条款，再重新登记和复核。
--     en: What service level agreement "{sla}" says about "{term|choice:sla_term.term}" on page {page} ({place}) runs against the requirement - {finding}. Have provider "{provider}" agree to a change, then register and confirm it anew.
--   partly:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）对“{term|choice:sla_term.term}”约定不全：{finding}。请与受托方“{provider}”补足，再重新登记和复核。
--     en: Service level agreement "{sla}" provides for "{term|choice:sla_term.term}" only in part, on page {page} ({place}) - {finding}. Complete it with provider "{provider}", then register and confirm it anew.
--   missing:
--     zh: 服务水平协议《{sla}》中没有登记“{term|choice:sla_term.term}”的约定。协议已有约定的，请登记所在文件、页码和原文并由第二人复核；没有约定的，请与受托方“{provider}”补入协议。
--     en: No provision on "{term|choice:sla_term.term}" is registered for service level agreement "{sla}". If the agreement has one, register document, page and wording and have a second person confirm them; if not, add it with provider "{provider}".
--   document_gone:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定所引的文件已不在登记中。请重新附上协议文件，并改引该文件。
--     en: The document cited by the provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is no longer registered. Attach the document of the agreement anew and cite it.
--   foreign_document:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定引自文件“{document}”，而该文件没有附在这份协议上，不能作为证明。请把文件附到协议，或改引协议的文件。
--     en: The provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" cites document "{document}", which is not attached to this agreement and so proves nothing. Attach the document, or cite one that is attached.
--   unconfirmed:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定已登记在第{page}页（{place}），但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人、日期和意见。
--     en: The provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is registered on page {page} ({place}), but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name, date and finding.
--   confirmed_ahead:
--     zh: 服务水平协议《{sla}》关于“{term|choice:sla_term.term}”的约定登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the provision of service level agreement "{sla}" on "{term|choice:sla_term.term}" is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   agreed:
--     zh: 服务水平协议《{sla}》第{page}页（{place}）约定了“{term|choice:sla_term.term}”，已由第二人于{confirmed_on}对照文件“{document}”复核。
--     en: Service level agreement "{sla}" provides for "{term|choice:sla_term.term}" on page {page} ({place}); a second person compared it with document "{document}" on {confirmed_on}.
--   other_model:
--     zh: 服务水平协议《{sla}》所属合同采用{contract_model|choice:contract.model}，本条只适用于{:model|choice:contract.model}。
--     en: Service level agreement "{sla}" belongs to a contract for {contract_model|choice:contract.model}; this requirement is for {:model|choice:contract.model} only.
--   contract_over:
--     zh: 服务水平协议《{sla}》所属合同《{contract}》已终止。
--     en: Contract "{contract}", to which service level agreement "{sla}" belongs, has ended.
WITH need AS (
    SELECT CAST(:term AS TEXT) AS term
    UNION ALL
    SELECT CAST(:also AS TEXT) WHERE CAST(:also AS TEXT) <> 'none'
),
found AS MATERIALIZED (
    SELECT s.id AS subject, s.title AS sla, c.title AS contract, c.model AS contract_model,
           p.name AS provider, n.term AS term, t.id AS proof, e.title AS document, t.page AS page,
           t.place AS place, t.confirmed_on AS confirmed_on, t.finding AS finding,
           CASE
               WHEN c.model <> :model THEN 'other_model'
               WHEN c.state = 'ended' THEN 'contract_over'
               WHEN t.id IS NULL THEN 'missing'
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM sla_evidence se
                                WHERE se.id = s.id AND se.value = t.document)
                   THEN 'foreign_document'
               WHEN q.id IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL THEN 'unconfirmed'
               WHEN t.confirmed_on > yj_today() THEN 'confirmed_ahead'
               WHEN t.verdict = 'deviates' THEN 'deviates'
               WHEN t.verdict = 'partly' THEN 'partly'
               ELSE 'agreed'
           END AS reason
    FROM subject x
         JOIN sla s ON s.id = x.id
         JOIN contract c ON c.id = s.contract
         CROSS JOIN need n
         LEFT JOIN provider p ON p.id = c.provider
         LEFT JOIN sla_term t ON t.sla = s.id AND t.term = n.term
              AND t.term IN (CAST(:term AS TEXT), CAST(:also AS TEXT))
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
)
SELECT subject,
       CASE WHEN reason = 'agreed' THEN 'met'
            WHEN reason IN ('other_model', 'contract_over') THEN 'not_applicable'
            WHEN reason IN ('deviates', 'partly', 'missing') THEN 'unmet'
            ELSE 'unknown' END AS status,
       reason,
       CASE WHEN reason = 'confirmed_ahead' THEN yj_add_days(confirmed_on, -1) ELSE NULL END AS due,
       'sla_term' AS proof_kind, proof,
       sla AS v_sla, contract AS v_contract, contract_model AS v_contract_model, provider AS v_provider,
       term AS v_term, document AS v_document, page AS v_page, place AS v_place,
       confirmed_on AS v_confirmed_on, finding AS v_finding
FROM found

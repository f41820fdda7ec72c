-- rule: contract_terms
-- subject: contract
-- params: [term, also]
-- reasons:
--   deviates:
--     zh: 合同《{contract}》第{page}页（{place}）关于“{term|choice:contract_term.term}”的约定与要求相悖：{finding}。请与受托方“{provider}”修改该条款，或以补充协议更正，再重新登记和复核。
--     en: What contract "{contract}" says about "{term|choice:contract_term.term}" on page {page} ({place}) runs against the requirement - {finding}. Have provider "{provider}" agree to a change or a supplement, then register and confirm it anew.
--   partly:
--     zh: 合同《{contract}》第{page}页（{place}）对“{term|choice:contract_term.term}”约定不全：{finding}。请与受托方“{provider}”以补充协议补足，再重新登记和复核。
--     en: Contract "{contract}" provides for "{term|choice:contract_term.term}" only in part, on page {page} ({place}) - {finding}. Agree a supplement with provider "{provider}", then register and confirm it anew.
--   missing:
--     zh: 合同《{contract}》中没有登记“{term|choice:contract_term.term}”条款。合同已有约定的，请登记所在文件、页码和原文并由第二人复核；没有约定的，请与受托方“{provider}”写入合同或签补充协议。
--     en: No term "{term|choice:contract_term.term}" is registered for contract "{contract}". If the contract has it, register document, page and wording and have a second person confirm them; if not, agree it with provider "{provider}" in the contract or in a supplement.
--   document_gone:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”条款所引的文件已不在登记中。请重新附上合同文件，并改引该文件。
--     en: The document cited by the term "{term|choice:contract_term.term}" of contract "{contract}" is no longer registered. Attach the document of the contract anew and cite it.
--   foreign_document:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”条款引自文件“{document}”，而该文件没有附在这份合同上，不能证明合同有此约定。请把文件附到合同，或改引合同的文件。
--     en: The term "{term|choice:contract_term.term}" of contract "{contract}" cites document "{document}", which is not attached to this contract and so does not prove it. Attach the document to the contract, or cite one that is.
--   unconfirmed:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”条款已登记在第{page}页（{place}），但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人、日期和意见。
--     en: The term "{term|choice:contract_term.term}" of contract "{contract}" is registered on page {page} ({place}), but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name, date and finding.
--   confirmed_ahead:
--     zh: 合同《{contract}》的“{term|choice:contract_term.term}”条款登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the term "{term|choice:contract_term.term}" of contract "{contract}" is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   agreed:
--     zh: 合同《{contract}》第{page}页（{place}）约定了“{term|choice:contract_term.term}”，已由第二人于{confirmed_on}对照文件“{document}”复核。
--     en: Contract "{contract}" provides for "{term|choice:contract_term.term}" on page {page} ({place}); a second person compared it with document "{document}" on {confirmed_on}.
WITH need AS (
    SELECT CAST(:term AS TEXT) AS term
    UNION ALL
    SELECT CAST(:also AS TEXT) WHERE CAST(:also AS TEXT) <> 'none'
),
found AS MATERIALIZED (
    SELECT c.id AS subject, c.title AS contract, p.name AS provider, n.term AS term, t.id AS proof,
           e.title AS document, t.page AS page, t.place AS place, t.confirmed_on AS confirmed_on,
           t.finding AS finding,
           CASE
               WHEN t.id IS NULL THEN 'missing'
               WHEN e.id IS NULL THEN 'document_gone'
               WHEN NOT EXISTS (SELECT 1 FROM contract_evidence ce
                                WHERE ce.id = c.id AND ce.value = t.document)
                   THEN 'foreign_document'
               WHEN q.id IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL THEN 'unconfirmed'
               WHEN t.confirmed_on > yj_today() THEN 'confirmed_ahead'
               WHEN t.verdict = 'deviates' THEN 'deviates'
               WHEN t.verdict = 'partly' THEN 'partly'
               ELSE 'agreed'
           END AS reason
    FROM subject x
         JOIN contract c ON c.id = x.id
         CROSS JOIN need n
         LEFT JOIN provider p ON p.id = c.provider
         LEFT JOIN contract_term t ON t.contract = c.id AND t.term = n.term
              AND t.term IN (CAST(:term AS TEXT), CAST(:also AS TEXT))
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
)
SELECT subject,
       CASE WHEN reason = 'agreed' THEN 'met'
            WHEN reason IN ('deviates', 'partly', 'missing') THEN 'unmet'
            ELSE 'unknown' END AS status,
       reason,
       CASE WHEN reason = 'confirmed_ahead' THEN yj_add_days(confirmed_on, -1) ELSE NULL END AS due,
       'contract_term' AS proof_kind, proof,
       contract AS v_contract, provider AS v_provider, term AS v_term, document AS v_document,
       page AS v_page, place AS v_place, confirmed_on AS v_confirmed_on, finding AS v_finding
FROM found

-- rule: contract_purpose
-- subject: contract
-- params: []
-- reasons:
--   deviates:
--     zh: 合同《{contract}》第{page}页（{place}）写明的业务用途与实际不符：{finding}。请与受托方“{provider}”更正，再重新登记和复核。
--     en: The business purpose stated in contract "{contract}" on page {page} ({place}) does not fit the actual use - {finding}. Correct it with provider "{provider}", then register and confirm it anew.
--   partly:
--     zh: 合同《{contract}》第{page}页（{place}）对业务用途写得不全：{finding}。请与受托方“{provider}”补充，再重新登记和复核。
--     en: Contract "{contract}" states the business purpose only in part, on page {page} ({place}) - {finding}. Complete it with provider "{provider}", then register and confirm it anew.
--   missing:
--     zh: 合同《{contract}》中没有登记确认业务用途的条款。合同已写明的，请登记所在文件、页码和原文并由第二人复核；没有写明的，请与受托方“{provider}”补充约定。
--     en: No passage that confirms the business purpose is registered for contract "{contract}". If the contract has one, register document, page and wording and have a second person confirm them; if not, agree it with provider "{provider}".
--   outside:
--     zh: 系统“{system}”按合同《{contract}》部署，却不在合同写明的业务用途之内。请与受托方“{provider}”把该系统的业务补入合同用途；合同本已涵盖的，在合同的“业务用途涵盖的系统”中补登。
--     en: System "{system}" is deployed under contract "{contract}" but lies outside the business purpose stated in it. Have provider "{provider}" agree to add that business to the purpose; if the contract covers it already, add the system to the contract's list.
--   no_purpose:
--     zh: 合同《{contract}》没有填写业务用途，无法与所部署的系统对照。请按合同原文概括填写。
--     en: The business purpose of contract "{contract}" is not filled in, so it cannot be compared with the systems deployed. Summarise what the contract says.
--   no_systems:
--     zh: 合同《{contract}》没有登记业务用途涵盖哪些系统，无法与所部署的系统对照。请逐个选定。
--     en: Which systems the business purpose of contract "{contract}" covers is not registered, so it cannot be compared with those deployed. Select them.
--   document_gone:
--     zh: 合同《{contract}》的业务用途所引的文件已不在登记中。请重新附上合同文件，并改引该文件。
--     en: The document cited for the business purpose of contract "{contract}" is no longer registered. Attach the document of the contract anew and cite it.
--   foreign_document:
--     zh: 合同《{contract}》的业务用途引自文件“{document}”，而该文件没有附在这份合同上。请把文件附到合同，或改引合同的文件。
--     en: The business purpose of contract "{contract}" cites document "{document}", which is not attached to this contract. Attach the document to the contract, or cite one that is.
--   unconfirmed:
--     zh: 合同《{contract}》的业务用途已登记在第{page}页（{place}），但还没有第二人对照原文复核。请由登记人以外的人复核并填写复核人、日期和意见。
--     en: The business purpose of contract "{contract}" is registered on page {page} ({place}), but no second person has compared it with the text. Have someone other than its recorder confirm it and enter name, date and finding.
--   confirmed_ahead:
--     zh: 合同《{contract}》的业务用途登记的复核日期{confirmed_on}还没有到。请核对复核日期。
--     en: The date on which the business purpose of contract "{contract}" is said to have been confirmed, {confirmed_on}, lies ahead. Check the date.
--   confirmed:
--     zh: 合同《{contract}》第{page}页（{place}）确认了业务用途，已由第二人于{confirmed_on}对照文件“{document}”复核；按该合同部署的系统都在用途之内。
--     en: Contract "{contract}" confirms the business purpose on page {page} ({place}), compared with document "{document}" by a second person on {confirmed_on}; every system deployed under it is within the purpose.
WITH term AS (
    SELECT c.id AS subject, c.title AS contract, c.business_purpose AS purpose, p.name AS provider,
           t.id AS proof, e.title AS document, t.page AS page, t.place AS place,
           t.confirmed_on AS confirmed_on, t.finding AS finding,
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
               WHEN c.business_purpose IS NULL OR trim(c.business_purpose) = '' THEN 'no_purpose'
               WHEN NOT EXISTS (SELECT 1 FROM contract_systems cs WHERE cs.id = c.id) THEN 'no_systems'
               ELSE 'confirmed'
           END AS reason
    FROM subject x
         JOIN contract c ON c.id = x.id
         LEFT JOIN provider p ON p.id = c.provider
         LEFT JOIN contract_term t ON t.contract = c.id AND t.term = 'purpose'
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
),
found AS (
    SELECT subject, reason, contract, provider, proof, document, page, place, confirmed_on, finding,
           CAST(NULL AS TEXT) AS system
    FROM term
    UNION ALL
    SELECT m.subject, 'outside', m.contract, m.provider, m.proof, m.document, m.page, m.place,
           m.confirmed_on, m.finding, s.name
    FROM term m
         JOIN deployment d ON d.contract = m.subject AND d.state <> 'closed'
         JOIN system s ON s.id = d.system
    WHERE EXISTS (SELECT 1 FROM contract_systems cs WHERE cs.id = m.subject)
      AND NOT EXISTS (SELECT 1 FROM contract_systems cs WHERE cs.id = m.subject AND cs.value = s.id)
)
SELECT subject,
       CASE WHEN reason = 'confirmed' THEN 'met'
            WHEN reason IN ('deviates', 'partly', 'missing', 'outside') THEN 'unmet'
            ELSE 'unknown' END AS status,
       reason,
       CASE WHEN reason = 'confirmed_ahead' THEN yj_add_days(confirmed_on, -1) ELSE NULL END AS due,
       'contract_term' AS proof_kind, proof,
       contract AS v_contract, provider AS v_provider, document AS v_document, page AS v_page,
       place AS v_place, confirmed_on AS v_confirmed_on, finding AS v_finding, system AS v_system
FROM found

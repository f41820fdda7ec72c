-- rule: contract_security
-- subject: contract
-- params: []
-- reasons:
--   none:
--     zh: 合同《{contract}》中没有登记任何信息安全条款。合同已有约定的，请登记所在文件、页码和原文并由第二人复核；没有约定的，请与受托方“{provider}”写入合同或签补充协议。
--     en: No information security term is registered for contract "{contract}". If the contract has any, register document, page and wording and have a second person confirm them; if not, agree them with provider "{provider}" in the contract or in a supplement.
--   only_deviating:
--     zh: 合同《{contract}》只有与要求相悖的信息安全条款：“{term|choice:contract_term.term}”（第{page}页）。请与受托方“{provider}”修改后重新登记和复核。
--     en: The only information security terms of contract "{contract}" run against what is required - "{term|choice:contract_term.term}" (page {page}). Have provider "{provider}" agree to a change, then register and confirm them anew.
--   unproven:
--     zh: 合同《{contract}》登记了信息安全条款“{term|choice:contract_term.term}”（第{page}页），但没有一条已由第二人对照合同文件复核。请由登记人以外的人复核，所引文件须附在合同上。
--     en: Contract "{contract}" has registered information security terms, "{term|choice:contract_term.term}" (page {page}), but a second person has compared none of them with a document of the contract. Have someone other than the recorder confirm them; the documents cited must be attached to the contract.
--   explicit:
--     zh: 合同《{contract}》明确写有信息安全条款“{term|choice:contract_term.term}”（第{page}页），已由第二人对照原文复核。
--     en: Contract "{contract}" has explicit information security terms, "{term|choice:contract_term.term}" (page {page}), which a second person compared with the text.
WITH term AS MATERIALIZED (
    SELECT c.id AS subject, t.id AS proof, t.term AS term, t.page AS page, t.confirmed_on AS confirmed_on,
           CASE
               WHEN e.id IS NULL OR q.id IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL
                    OR t.confirmed_on > yj_today()
                    OR NOT EXISTS (SELECT 1 FROM contract_evidence ce
                                   WHERE ce.id = c.id AND ce.value = t.document) THEN 'unproven'
               WHEN t.verdict = 'deviates' THEN 'only_deviating'
               ELSE 'explicit'
           END AS reason,
           CASE WHEN t.confirmed_on > yj_today() THEN yj_add_days(t.confirmed_on, -1) ELSE NULL END AS due
    FROM subject x
         JOIN contract c ON c.id = x.id
         JOIN contract_term t ON t.contract = c.id
              AND t.term IN ('security_terms', 'platform_security', 'safekeeping', 'third_party',
                             'supervision', 'inspection', 'incident_liability', 'no_unauthorised_access',
                             'personal_data')
         LEFT JOIN evidence e ON e.id = t.document
         LEFT JOIN person q ON q.id = t.confirmed_by
),
best AS MATERIALIZED (
    SELECT m.subject AS subject,
           CASE min(CASE m.reason WHEN 'explicit' THEN 1 WHEN 'unproven' THEN 2 ELSE 3 END)
               WHEN 1 THEN 'explicit' WHEN 2 THEN 'unproven' ELSE 'only_deviating' END AS reason
    FROM term m
    GROUP BY m.subject
)
SELECT c.id AS subject,
       CASE WHEN b.reason = 'explicit' THEN 'met' WHEN b.reason = 'unproven' THEN 'unknown'
            ELSE 'unmet' END AS status,
       coalesce(b.reason, 'none') AS reason, CASE WHEN b.reason = 'unproven' THEN m.due ELSE NULL END AS due,
       'contract_term' AS proof_kind, m.proof AS proof,
       c.title AS v_contract, p.name AS v_provider, m.term AS v_term, m.page AS v_page
FROM subject x
     JOIN contract c ON c.id = x.id
     LEFT JOIN provider p ON p.id = c.provider
     LEFT JOIN best b ON b.subject = x.id
     LEFT JOIN term m ON m.subject = b.subject AND m.reason = b.reason

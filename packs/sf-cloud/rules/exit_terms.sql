-- rule: exit_terms
-- subject: exit
-- params: [term, also]
-- reasons:
--   deviates:
--     zh: 退出“{exit}”所依据的合同《{contract}》关于“{term|choice:contract_term.term}”的约定与要求相悖：{finding}。请与受托方签补充协议，再办理退出。
--     en: What contract "{contract}" behind exit "{exit}" says on "{term|choice:contract_term.term}" runs against the requirement - {finding}. Agree a supplement with the provider before leaving.
--   partly:
--     zh: 退出“{exit}”所依据的合同《{contract}》对“{term|choice:contract_term.term}”约定不全：{finding}。请在退出方案或补充协议中补足。
--     en: Contract "{contract}" behind exit "{exit}" provides for "{term|choice:contract_term.term}" only in part - {finding}. Make it up in a supplement.
--   missing:
--     zh: 退出“{exit}”所依据的合同《{contract}》没有登记“{term|choice:contract_term.term}”的约定，受托方在退出时没有这项义务的依据。请登记条款，或与受托方补签。
--     en: No term on "{term|choice:contract_term.term}" is registered for contract "{contract}" behind exit "{exit}", so the providers duty at exit has no ground. Register it, or agree a supplement.
--   no_contract:
--     zh: 退出“{exit}”的部署没有关联合同或内部协议，无从要求受托方履行义务。请关联；私有云关联内部协议。
--     en: The deployment of exit "{exit}" names no contract or internal agreement, so no duty can be demanded. Name it; for a private cloud the internal agreement.
--   unconfirmed:
--     zh: 退出“{exit}”所依据的合同《{contract}》中“{term|choice:contract_term.term}”的条款还没有第二人对照原文复核。请复核。
--     en: The term "{term|choice:contract_term.term}" of contract "{contract}" behind exit "{exit}" has not been confirmed by a second person. Have it confirmed.
--   agreed:
--     zh: 退出“{exit}”时受托方的义务“{term|choice:contract_term.term}”已由合同《{contract}》第{page}页约定并经复核。
--     en: 'The providers duty at exit "{exit}" is agreed on page {page} of contract "{contract}" and confirmed: {term|choice:contract_term.term}.'
WITH need AS (
    SELECT CAST(:term AS TEXT) AS term
    UNION ALL
    SELECT CAST(:also AS TEXT) WHERE CAST(:also AS TEXT) <> 'none'
), found AS MATERIALIZED (
    SELECT x.id AS subject, e.title AS exit_title, c.id AS contract_id, c.title AS contract, n.term, t.id AS term_id, t.page,
           t.finding,
           CASE WHEN c.id IS NULL THEN 'no_contract'
                WHEN t.id IS NULL THEN 'missing'
                WHEN t.confirmed_by IS NULL OR t.confirmed_on IS NULL OR t.verdict IS NULL THEN 'unconfirmed'
                WHEN t.verdict = 'deviates' THEN 'deviates'
                WHEN t.verdict = 'partly' THEN 'partly'
                ELSE 'agreed' END AS reason
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
         CROSS JOIN need n
         LEFT JOIN contract c ON c.id = d.contract
         LEFT JOIN contract_term t ON t.contract = c.id AND t.term = n.term
)
SELECT f.subject AS subject,
       CASE WHEN f.reason = 'agreed' THEN 'met'
            WHEN f.reason IN ('deviates', 'partly', 'missing') THEN 'unmet'
            ELSE 'unknown' END AS status,
       f.reason AS reason, NULL AS due,
       CASE WHEN f.term_id IS NOT NULL THEN 'contract_term' WHEN f.contract_id IS NOT NULL THEN 'contract' ELSE 'exit' END AS proof_kind,
       coalesce(f.term_id, f.contract_id, f.subject) AS proof,
       f.exit_title AS v_exit, f.contract AS v_contract, f.term AS v_term, f.page AS v_page, f.finding AS v_finding
FROM found f

-- rule: custom_agreed
-- subject: exit
-- params: []
-- reasons:
--   foreign_term:
--     zh: 定制开发“{work}”引用的条款不是部署所用合同中关于定制成果移交的约定。请改引登记为“定制开发成果的移交”的条款。
--     en: Customised development "{work}" cites a term that is not the deployments contracts term on handing over customised work. Cite that one.
--   not_agreed:
--     zh: 定制开发“{work}”没有任何合同条款或其他协议写明是否移交。请与受托方约定并登记。
--     en: No term of the contract and no other agreement says whether customised development "{work}" is handed over. Agree it with the provider and enter it.
--   undecided:
--     zh: 定制开发“{work}”的可执行程序、源代码、技术资料还没有分别写明移交或不移交。请按约定逐项登记。
--     en: For customised development "{work}" it is not entered for each of executables, source code and technical material whether it is handed over. Enter all three as agreed.
--   unconfirmed:
--     zh: 定制开发“{work}”的约定还没有由第二人对照原文复核。请复核并填写日期。
--     en: What was agreed on customised development "{work}" has not been compared with the text by a second person. Have it confirmed and enter the day.
--   none_entered:
--     zh: 退出“{exit}”没有登记定制开发，移交范围也没有说明程序代码是否存在。请登记定制开发，或在移交范围中判断没有程序代码。
--     en: No customised development is entered for exit "{exit}", and its scope does not say whether there is any program code. Enter the development, or say in the scope that there is none.
--   no_custom:
--     zh: 退出“{exit}”的移交范围经第二人确认没有为委托方定制的程序代码，本条不适用。
--     en: The scope of exit "{exit}", confirmed by a second person, says that there is no program code made for the client; the requirement does not apply.
--   agreed:
--     zh: 退出“{exit}”的定制开发均已约定是否移交程序、源代码和技术资料，并经复核：{work}。
--     en: 'For the customised developments of exit "{exit}" it is agreed and confirmed whether executables, source code and technical material are handed over: {work}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.deployment, d.contract
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), work AS MATERIALIZED (
    SELECT l.subject, w.id AS work_id, w.name,
           CASE WHEN w.contract_term IS NULL AND (w.agreement IS NULL OR w.agreement_place IS NULL) THEN 'not_agreed'
                WHEN w.contract_term IS NOT NULL
                     AND (t.id IS NULL OR t.contract IS DISTINCT FROM l.contract OR t.term <> 'custom_work') THEN 'foreign_term'
                WHEN w.executables IS NULL OR w.source_code IS NULL OR w.technical_material IS NULL THEN 'undecided'
                WHEN w.recorded_by IS NULL OR w.confirmed_by IS NULL OR w.confirmed_on IS NULL
                     OR (w.contract_term IS NOT NULL AND (t.confirmed_by IS NULL OR t.verdict IS DISTINCT FROM 'conforms'))
                THEN 'unconfirmed'
                ELSE 'agreed' END AS reason
    FROM leaving l JOIN custom_development w ON w.deployment = l.deployment
         LEFT JOIN contract_term t ON t.id = w.contract_term
), outcome AS (
    SELECT w.subject, w.reason, w.work_id, CAST(NULL AS TEXT) AS scope_id, w.name FROM work w
    UNION ALL
    SELECT l.subject, CASE WHEN s.id IS NULL THEN 'none_entered' ELSE 'no_custom' END, NULL, s.id, NULL
    FROM leaving l LEFT JOIN handover_scope s ON s.exit = l.subject AND s.category = 'program_code' AND s.decision = 'none'
              AND s.reason IS NOT NULL AND s.confirmed_by IS NOT NULL
    WHERE NOT EXISTS (SELECT 1 FROM work w WHERE w.subject = l.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'agreed' THEN 'met' WHEN o.reason = 'no_custom' THEN 'not_applicable'
            WHEN o.reason IN ('foreign_term', 'not_agreed') THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.work_id IS NOT NULL THEN 'custom_development' WHEN o.scope_id IS NOT NULL THEN 'handover_scope'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.work_id, o.scope_id, o.subject) AS proof, l.exit_title AS v_exit, o.name AS v_work
FROM outcome o JOIN leaving l ON l.subject = o.subject

-- rule: lasting_duties
-- subject: exit
-- params: [duties]
-- reasons:
--   foreign_term:
--     zh: 退出“{exit}”的后续义务提醒（{notice}）引用的条款不是该部署合同中关于终止后义务的条款。请改引。
--     en: The notice of exit "{exit}" ({notice}) cites a term that is not the deployments contracts term on duties after the end. Cite that one.
--   not_reminded:
--     zh: 退出“{exit}”还没有提醒受托方退出后仍要承担的这些义务：{duty|choice:lasting_duty_notice.duties}。请书面提醒并保留签收。
--     en: 'The provider has not been reminded of these duties that outlast exit "{exit}": {duty|choice:lasting_duty_notice.duties}. Remind it in writing and keep the receipt.'
--   incomplete:
--     zh: 退出“{exit}”的后续义务提醒缺少依据条款、收件方、发出人、日期或函件：{notice}。请补齐。
--     en: 'Notices of exit "{exit}" lack the term they rest on, the addressee, who sent them, the day or the letter: {notice}. Complete them.'
--   ahead:
--     zh: 退出“{exit}”的后续义务提醒（{notice}）登记的发出日期 {sent_on} 还没有到。请核对。
--     en: The day on which the notice of exit "{exit}" ({notice}) is said to be sent, {sent_on}, lies ahead. Check it.
--   not_acknowledged:
--     zh: 退出“{exit}”的后续义务提醒已于 {sent_on} 发出，受托方还没有签收：{notice}。请催收签收。
--     en: 'The notice of lasting duties of exit "{exit}" went out on {sent_on}, but the provider has not acknowledged it: {notice}. Obtain the receipt.'
--   reminded:
--     zh: 退出“{exit}”已于 {sent_on} 书面提醒受托方后续义务，受托方已签收：{duty|choice:lasting_duty_notice.duties}。
--     en: 'The provider was reminded in writing on {sent_on} of the duties that outlast exit "{exit}", and acknowledged it: {duty|choice:lasting_duty_notice.duties}.'
WITH duty AS (
    SELECT 'confidentiality' AS id UNION ALL SELECT 'erasure' UNION ALL SELECT 'no_use' UNION ALL SELECT 'incident_notice'
    UNION ALL SELECT 'records' UNION ALL SELECT 'regulator' UNION ALL SELECT 'liability'
), wanted AS (
    SELECT d.id FROM duty d WHERE ' ' || :duties || ' ' LIKE '% ' || d.id || ' %'
), leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, d.contract
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
), notice AS MATERIALIZED (
    SELECT l.subject, n.id AS notice_id, n.title, n.sent_on, w.id AS duty,
           CASE WHEN t.id IS NULL OR n.addressee IS NULL OR n.sent_by IS NULL OR n.sent_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM lasting_duty_notice_evidence v WHERE v.id = n.id)
                THEN 'incomplete'
                WHEN t.contract IS DISTINCT FROM l.contract OR t.term <> 'after_end' THEN 'foreign_term'
                WHEN n.sent_on > yj_today() THEN 'ahead'
                WHEN n.acknowledged_on IS NULL OR n.acknowledged_by IS NULL OR n.acknowledged_on > yj_today()
                THEN 'not_acknowledged'
                ELSE 'reminded' END AS reason,
           CASE WHEN n.sent_on <= yj_today() AND n.acknowledged_by IS NOT NULL AND n.acknowledged_on > yj_today()
                THEN n.acknowledged_on END AS wait_on
    FROM leaving l JOIN lasting_duty_notice n ON n.exit = l.subject
         JOIN lasting_duty_notice_duties u ON u.id = n.id JOIN wanted w ON w.id = u.value
         LEFT JOIN contract_term t ON t.id = n.contract_term
), outcome AS (
    SELECT n.subject, n.reason, n.notice_id, n.title, n.sent_on, n.duty,
           yj_add_days(CASE WHEN n.reason = 'ahead' THEN n.sent_on ELSE n.wait_on END, -1) AS due
    FROM notice n
    UNION ALL
    SELECT l.subject, 'not_reminded', NULL, NULL, NULL, w.id, NULL
    FROM leaving l CROSS JOIN wanted w
    WHERE NOT EXISTS (SELECT 1 FROM notice n WHERE n.subject = l.subject AND n.duty = w.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'reminded' THEN 'met' WHEN o.reason = 'foreign_term' THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.notice_id IS NOT NULL THEN 'lasting_duty_notice' ELSE 'exit' END AS proof_kind,
       coalesce(o.notice_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.title AS v_notice, o.sent_on AS v_sent_on, o.duty AS v_duty
FROM outcome o JOIN leaving l ON l.subject = o.subject

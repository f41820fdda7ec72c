-- rule: duties_demanded
-- subject: [exit, deployment]
-- params: [duties, performed]
-- reasons:
--   overdue:
--     zh: 退出“{exit}”向受托方要求的义务到期（{due_on}）未履行：{duty|choice:duty_demand.duties}（{demand}）。请书面催告，按合同追究，必要时报告监管部门。
--     en: 'Duties demanded of the provider at exit "{exit}" were due on {due_on} and are not performed: {duty|choice:duty_demand.duties} ({demand}). Press it in writing, enforce the contract, and report to the regulator if need be.'
--   late:
--     zh: 退出“{exit}”向受托方要求的义务履行完成于 {performed_on}，晚于期限 {due_on}：{duty|choice:duty_demand.duties}（{demand}）。请记录违约并按合同处理。
--     en: 'Duties demanded at exit "{exit}" were performed on {performed_on}, after the day they were due, {due_on}: {duty|choice:duty_demand.duties} ({demand}). Record the breach and deal with it by the contract.'
--   foreign_term:
--     zh: 退出“{exit}”的履约要求（{demand}）引用的条款不属于该部署的合同。请改引该合同或内部协议的条款。
--     en: The demand of exit "{exit}" ({demand}) cites a term that is not of the deployments contract. Cite a term of that contract or internal agreement.
--   no_exit:
--     zh: 部署“{deployment}”已在退出，但没有登记服务退出。请登记，并据以要求受托方履行义务。
--     en: Deployment "{deployment}" is being left, but no exit is registered. Register it and demand the providers duties under it.
--   not_demanded:
--     zh: 退出“{exit}”还没有向受托方要求履行这些义务：{duty|choice:duty_demand.duties}。请依据合同条款书面要求，写明期限。
--     en: 'These duties have not been demanded of the provider at exit "{exit}": {duty|choice:duty_demand.duties}. Demand them in writing, on the contracts terms and with a day.'
--   incomplete:
--     zh: 退出“{exit}”的履约要求缺少依据条款、收件方、发出人、期限或函件：{demand}。请补齐。
--     en: 'Demands of exit "{exit}" lack the term they rest on, the addressee, who sent them, the due day or the letter: {demand}. Complete them.'
--   ahead:
--     zh: 退出“{exit}”的履约要求（{demand}）登记的日期还没有到。请核对。
--     en: Demands of exit "{exit}" ({demand}) bear a day that lies ahead. Check it.
--   pending:
--     zh: 退出“{exit}”的这些义务已要求受托方于 {due_on} 前履行，尚未确认：{duty|choice:duty_demand.duties}。
--     en: 'The provider is to perform these duties of exit "{exit}" by {due_on}; not confirmed yet: {duty|choice:duty_demand.duties}.'
--   unconfirmed:
--     zh: 退出“{exit}”的履约要求（{demand}）登记为已履行，但没有第二人确认或没有履行日期。请核实后由发出人以外的人确认。
--     en: Demands of exit "{exit}" ({demand}) are marked as performed, but without a day or a second persons confirmation. Have someone other than the sender confirm them.
--   demanded:
--     zh: 退出“{exit}”已书面要求受托方履行：{duty|choice:duty_demand.duties}（{demand}）。
--     en: 'At exit "{exit}" the provider was asked in writing to perform: {duty|choice:duty_demand.duties} ({demand}).'
--   performed:
--     zh: 退出“{exit}”要求受托方履行的义务已按期履行，并经第二人确认：{duty|choice:duty_demand.duties}（{demand}）。
--     en: 'The duties demanded at exit "{exit}" were performed in time, confirmed by a second person: {duty|choice:duty_demand.duties} ({demand}).'
WITH duty AS (
    SELECT 'migrate' AS id UNION ALL SELECT 'return_data' UNION ALL SELECT 'keep_secure' UNION ALL SELECT 'handle_securely'
    UNION ALL SELECT 'erase' UNION ALL SELECT 'clear_media' UNION ALL SELECT 'destroy_media' UNION ALL SELECT 'no_public_reuse'
    UNION ALL SELECT 'record_clearing' UNION ALL SELECT 'allow_supervision'
), wanted AS (
    SELECT d.id FROM duty d WHERE ' ' || :duties || ' ' LIKE '% ' || d.id || ' %'
), leaving AS (
    SELECT x.id AS subject, e.id AS exit_id, e.title AS exit_title, d.name AS deployment, d.contract
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment
    UNION ALL
    SELECT x.id, e.id, e.title, d.name, d.contract
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN exit e ON e.deployment = d.id
), demand AS MATERIALIZED (
    SELECT l.subject, l.exit_id, m.id AS demand_id, m.title, m.due_on, m.performed_on, w.id AS duty,
           CASE WHEN m.sent_on > yj_today() THEN m.sent_on ELSE m.performed_on END AS wait_on,
           CASE WHEN t.id IS NULL OR m.addressee IS NULL OR m.sent_by IS NULL OR m.sent_on IS NULL
                     OR m.due_on IS NULL OR NOT EXISTS (SELECT 1 FROM duty_demand_evidence v WHERE v.id = m.id)
                THEN 'incomplete'
                WHEN t.contract IS DISTINCT FROM l.contract THEN 'foreign_term'
                WHEN m.sent_on > yj_today() OR (:performed = 1 AND m.performed_on > yj_today()) THEN 'ahead'
                WHEN :performed = 0 AND (m.performed_on IS NOT NULL OR m.due_on >= yj_today()) THEN 'demanded'
                WHEN m.performed_on IS NULL AND m.state <> 'performed' AND m.due_on < yj_today() THEN 'overdue'
                WHEN m.performed_on IS NULL AND m.state <> 'performed' THEN 'pending'
                WHEN m.performed_on IS NULL OR m.confirmed_by IS NULL OR m.confirmed_on IS NULL THEN 'unconfirmed'
                WHEN m.performed_on > m.due_on THEN 'late'
                ELSE 'performed' END AS reason
    FROM leaving l JOIN duty_demand m ON m.exit = l.exit_id AND m.state <> 'draft'
         JOIN duty_demand_duties u ON u.id = m.id JOIN wanted w ON w.id = u.value
         LEFT JOIN contract_term t ON t.id = m.contract_term
), outcome AS (
    SELECT d.subject, d.exit_id, d.reason, d.demand_id, d.title, d.due_on, d.performed_on, d.duty,
           CASE WHEN d.reason IN ('demanded', 'pending') AND d.performed_on IS NULL THEN d.due_on
                WHEN d.reason = 'ahead' THEN yj_add_days(d.wait_on, -1) END AS due
    FROM demand d
    UNION ALL
    SELECT l.subject, l.exit_id, 'not_demanded', NULL, NULL, NULL, NULL, w.id, NULL
    FROM leaving l CROSS JOIN wanted w
    WHERE NOT EXISTS (SELECT 1 FROM demand d WHERE d.exit_id = l.exit_id AND d.duty = w.id)
    UNION ALL
    SELECT l.subject, l.exit_id, 'no_exit', NULL, NULL, NULL, NULL, NULL, NULL FROM leaving l WHERE l.exit_id IS NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('demanded', 'performed') THEN 'met'
            WHEN o.reason IN ('overdue', 'late', 'foreign_term') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.demand_id IS NOT NULL THEN 'duty_demand' WHEN o.exit_id IS NOT NULL THEN 'exit' ELSE 'deployment' END AS proof_kind,
       coalesce(o.demand_id, o.exit_id, o.subject) AS proof,
       l.exit_title AS v_exit, l.deployment AS v_deployment, o.title AS v_demand, o.duty AS v_duty, o.due_on AS v_due_on,
       o.performed_on AS v_performed_on
FROM outcome o JOIN leaving l ON l.subject = o.subject AND l.exit_id IS NOT DISTINCT FROM o.exit_id

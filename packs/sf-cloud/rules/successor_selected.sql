-- rule: successor_selected
-- subject: exit
-- params: []
-- reasons:
--   not_assessed:
--     zh: 退出“{exit}”的新部署“{successor}”已上线，其平台却没有结论为通过（含整改后通过）且经审核的安全评估。请立即补做评估。
--     en: The new deployment "{successor}" of exit "{exit}" is live, yet its platform has no confirmed assessment that it passed. Assess it at once.
--   not_planned:
--     zh: 退出“{exit}”的新部署“{successor}”已上线，却没有已批准的安全方案。请补做规划。
--     en: The new deployment "{successor}" of exit "{exit}" is live, yet has no approved security plan. Make up for the planning.
--   not_contracted:
--     zh: 退出“{exit}”的新部署“{successor}”已上线，却没有与新受托方签订的合同。请立即签订。
--     en: The new deployment "{successor}" of exit "{exit}" is live, yet no contract with the new provider is signed. Sign one at once.
--   assessed_late:
--     zh: 退出“{exit}”的新部署“{successor}”先于 {signed} 签订合同，到 {assessed} 才完成安全评估，选择在前、评估在后。请核实评估发现是否都已整改，并记录原因。
--     en: 'For the new deployment "{successor}" of exit "{exit}" the contract was signed on {signed} and the assessment done only on {assessed}: selected first, assessed later. See that all findings are remedied and record the cause.'
--   no_successor:
--     zh: 退出“{exit}”是变更受托方，还没有登记接替的部署。请登记，并指明前一部署。
--     en: Exit "{exit}" is a change of provider, but no deployment that takes over is registered. Register it and name its predecessor.
--   under_way:
--     zh: 退出“{exit}”的新部署“{successor}”还没有完成安全方案批准、平台评估和合同签订。
--     en: For the new deployment "{successor}" of exit "{exit}" plan, assessment and contract are not all done yet.
--   no_date:
--     zh: 退出“{exit}”的新部署“{successor}”的合同没有签订日期，不能判断评估是否在前。请填写。
--     en: The contract of the new deployment "{successor}" of exit "{exit}" has no day of signing, so whether the assessment came first cannot be told. Enter it.
--   selected:
--     zh: 退出“{exit}”的新受托方按规划和获取的要求选择：安全方案已批准，平台评估于 {assessed} 通过，合同于 {signed} 签订。
--     en: 'The new provider of exit "{exit}" was selected by the requirements of planning and acquisition: plan approved, platform assessed on {assessed}, contract signed on {signed}.'
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.deployment FROM subject x JOIN exit e ON e.id = x.id
), next AS (
    SELECT l.subject, n.id AS successor_id, n.name AS successor, n.platform, c.signed_on,
           CASE WHEN n.state IN ('operating', 'exiting') THEN 1 ELSE 0 END AS live,
           CASE WHEN s.state = 'approved' AND s.it_manager IS NOT NULL AND s.security_manager IS NOT NULL THEN 1 ELSE 0 END AS planned,
           CASE WHEN c.state = 'signed' AND c.provider = p.provider THEN 1 ELSE 0 END AS contracted
    FROM leaving l JOIN deployment n ON n.predecessor = l.deployment
         LEFT JOIN platform p ON p.id = n.platform LEFT JOIN security_plan s ON s.id = n.plan LEFT JOIN contract c ON c.id = n.contract
    WHERE n.state <> 'closed'
), passed AS (
    SELECT n.successor_id, min(a.assessed_on) AS assessed_on
    FROM next n JOIN assessment_platforms v ON v.value = n.platform JOIN assessment a ON a.id = v.id
    WHERE a.state = 'completed' AND a.conclusion IN ('suitable', 'conditional') AND a.confirmed_by IS NOT NULL
    GROUP BY n.successor_id
), judged AS MATERIALIZED (
    SELECT n.subject, n.successor_id, n.successor, n.signed_on, p.assessed_on,
           CASE WHEN n.live = 0 AND (n.planned = 0 OR n.contracted = 0 OR p.successor_id IS NULL) THEN 'under_way'
                WHEN n.planned = 0 THEN 'not_planned'
                WHEN p.successor_id IS NULL THEN 'not_assessed'
                WHEN n.contracted = 0 THEN 'not_contracted'
                WHEN n.signed_on IS NULL THEN 'no_date'
                WHEN p.assessed_on > n.signed_on THEN 'assessed_late'
                ELSE 'selected' END AS reason
    FROM next n LEFT JOIN passed p ON p.successor_id = n.successor_id
), outcome AS (
    SELECT j.subject, j.reason, j.successor_id, j.successor, j.signed_on, j.assessed_on FROM judged j
    UNION ALL
    SELECT l.subject, 'no_successor', NULL, NULL, NULL, NULL
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = l.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'selected' THEN 'met' WHEN o.reason IN ('no_successor', 'under_way', 'no_date') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.successor_id IS NOT NULL THEN 'deployment' ELSE 'exit' END AS proof_kind,
       coalesce(o.successor_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.successor AS v_successor, o.signed_on AS v_signed, o.assessed_on AS v_assessed
FROM outcome o JOIN leaving l ON l.subject = o.subject

-- rule: successor_running
-- subject: exit
-- params: []
-- reasons:
--   same_provider:
--     zh: 退出“{exit}”登记为变更受托方，新部署“{successor}”却仍在原受托方的平台上。请更正退出的去向或新部署的平台。
--     en: Exit "{exit}" is registered as a change of provider, yet the new deployment "{successor}" is on a platform of the same provider. Correct where the exit leads or the new platform.
--   ended_without:
--     zh: 退出“{exit}”的原服务已于 {ended} 停用，却没有登记接替的部署。请立即核实业务在哪里运行，登记新部署并指明其前一部署。
--     en: The old service of exit "{exit}" ended on {ended}, yet no deployment that takes over is registered. Find out at once where the business runs; register the new deployment and name its predecessor.
--   ended_too_early:
--     zh: 退出“{exit}”的原服务于 {ended} 停用，而新部署“{successor}”到那时还没有迁移完成并上线（上线日期 {since}）。请立即恢复业务，查明原因并报告负责人。
--     en: The old service of exit "{exit}" ended on {ended}, before the new deployment "{successor}" was migrated and live (live since {since}). Restore the business at once, find the cause and report.
--   no_successor:
--     zh: 退出“{exit}”是变更受托方，还没有登记接替的部署。请登记新部署，并在其中指明前一部署；在它上线前不得停用原服务。
--     en: Exit "{exit}" is a change of provider, but no deployment that takes over is registered. Register it and name its predecessor; the old service may not end before it is live.
--   not_running:
--     zh: 退出“{exit}”的新部署“{successor}”还没有完成规划、选择和迁移并上线，原服务须继续使用。
--     en: The new deployment "{successor}" of exit "{exit}" is not yet planned, selected, migrated and live; the old service must go on.
--   no_date:
--     zh: 退出“{exit}”的新部署“{successor}”没有上线日期，不能判断原服务是否停用过早。请填写。
--     en: The new deployment "{successor}" of exit "{exit}" has no day on which it went live, so whether the old service ended too early cannot be told. Enter it.
--   running:
--     zh: 退出“{exit}”的新部署“{successor}”已于 {since} 在其他受托方上线，迁移已验收，原服务没有提前停用。
--     en: The new deployment "{successor}" of exit "{exit}" has been live with another provider since {since}, its migration accepted, and the old service did not end before.
WITH leaving AS (
    SELECT x.id AS subject, e.title AS exit_title, e.service_ended_on AS ended, d.id AS deployment_id, p.provider
    FROM subject x JOIN exit e ON e.id = x.id JOIN deployment d ON d.id = e.deployment LEFT JOIN platform p ON p.id = d.platform
), next AS MATERIALIZED (
    SELECT l.subject, n.id AS successor_id, n.name AS successor, n.serving_since, l.ended,
           CASE WHEN p.provider = l.provider THEN 'same_provider'
                WHEN n.state = 'operating' AND n.serving_since IS NULL THEN 'no_date'
                WHEN n.state = 'operating' AND n.serving_since <= yj_today()
                     AND EXISTS (SELECT 1 FROM migration m WHERE m.deployment = n.id AND m.direction = 'in' AND m.state = 'accepted')
                THEN CASE WHEN l.ended < n.serving_since THEN 'ended_too_early' ELSE 'running' END
                WHEN l.ended < yj_today() THEN 'ended_too_early'
                ELSE 'not_running' END AS reason,
           CASE WHEN n.state = 'operating' AND n.serving_since > yj_today() THEN yj_add_days(n.serving_since, -1) END AS begins
    FROM leaving l JOIN deployment n ON n.predecessor = l.deployment_id LEFT JOIN platform p ON p.id = n.platform
    WHERE n.state <> 'closed'
), outcome AS (
    SELECT n.subject, n.reason, n.successor_id, n.successor, n.serving_since, n.ended,
           CASE WHEN n.reason IN ('not_running', 'ended_too_early') AND n.begins IS NOT NULL
                     AND (n.ended IS NULL OR n.ended < yj_today() OR n.begins < n.ended) THEN n.begins
                WHEN n.reason = 'not_running' THEN n.ended END AS due
    FROM next n
    UNION ALL
    SELECT l.subject, CASE WHEN l.ended < yj_today() THEN 'ended_without' ELSE 'no_successor' END, NULL, NULL, NULL, l.ended,
           CASE WHEN l.ended >= yj_today() THEN l.ended END
    FROM leaving l WHERE NOT EXISTS (SELECT 1 FROM next n WHERE n.subject = l.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'running' THEN 'met'
            WHEN o.reason IN ('same_provider', 'ended_without', 'ended_too_early') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.successor_id IS NOT NULL THEN 'deployment' ELSE 'exit' END AS proof_kind,
       coalesce(o.successor_id, o.subject) AS proof,
       l.exit_title AS v_exit, o.successor AS v_successor, o.serving_since AS v_since, o.ended AS v_ended
FROM outcome o JOIN leaving l ON l.subject = o.subject

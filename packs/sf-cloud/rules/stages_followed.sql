-- rule: stages_followed
-- subject: deployment
-- params: [running]
-- reasons:
--   not_planned:
--     zh: 部署“{deployment}”已过规划准备阶段，却没有选定经批准的安全方案。请完成规划准备，批准方案并在部署中选定。
--     en: Deployment "{deployment}" is past planning, but names no security plan that has been approved. Complete the planning, have the plan approved and select it in the deployment.
--   planned_late:
--     zh: 部署“{deployment}”于 {since} 上线，安全方案“{plan}”{day} 才批准，规划准备没有走在前面。请查明原因，确认上线时的风险已处置；日期登记有误的请更正。
--     en: Deployment "{deployment}" went live on {since}, but security plan "{plan}" was approved only on {day}, so planning did not come first. Find out why, make sure that the risks of that time were dealt with, and correct the dates if they are wrong.
--   not_acquired:
--     zh: 部署“{deployment}”已上线，却没有选定已签订的合同或内部协议。请完成服务获取并登记。
--     en: Deployment "{deployment}" is live, but names no contract or internal agreement that was signed. Complete the acquisition and enter it.
--   acquired_late:
--     zh: 部署“{deployment}”于 {since} 上线，合同（内部协议）“{contract}”{day} 才签订，服务获取没有走在前面。请确认此前期间的约定；日期登记有误的请更正。
--     en: Deployment "{deployment}" went live on {since}, but contract or internal agreement "{contract}" was signed only on {day}, so acquisition did not come first. See what governed the time before, and correct the dates if they are wrong.
--   no_exit:
--     zh: 部署“{deployment}”在退出中，却没有登记退出记录。请登记退出，按服务退出阶段的要求办理。
--     en: Deployment "{deployment}" is being exited, but no exit is entered for it. Enter it and go by what the stage of exit requires.
--   undated:
--     zh: 部署“{deployment}”已上线，但没有登记上线日期，不能判断各阶段的先后。请填写。
--     en: Deployment "{deployment}" is live, but the day it went live is not entered, so the order of the stages cannot be told. Enter it.
--   ahead:
--     zh: 部署“{deployment}”标为已上线，上线日期（{since}）却还没有到。请核对。
--     en: Deployment "{deployment}" is marked as live, but its day of going live ({since}) is still to come. Check the date.
--   in_planning:
--     zh: 部署“{deployment}”在规划准备阶段。
--     en: Deployment "{deployment}" is in the stage of planning.
--   followed:
--     zh: 部署“{deployment}”依次经过了规划准备（方案“{plan}”）及其后各阶段，走到目前的阶段。
--     en: Deployment "{deployment}" passed through planning (plan "{plan}") and what follows, in order, to the stage where it is.
WITH placed AS MATERIALIZED (
    -- A plan or contract made anew, or renewed, goes back to the first: what went live in between was planned and acquired.
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.state, d.serving_since AS since,
           p.id AS plan_id, p.title AS plan, p.approved_on, coalesce(p2.approved_on, p1.approved_on, p.approved_on) AS planned,
           c.id AS contract_id, c.title AS contract, c.signed_on, coalesce(c2.signed_on, c1.signed_on, c.signed_on) AS acquired,
           CASE WHEN ' ' || :running || ' ' LIKE '% ' || d.state || ' %' THEN 1 ELSE 0 END AS live
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
         LEFT JOIN security_plan p ON p.id = d.plan LEFT JOIN security_plan p1 ON p1.id = p.supersedes
         LEFT JOIN security_plan p2 ON p2.id = p1.supersedes
         LEFT JOIN contract c ON c.id = d.contract LEFT JOIN contract c1 ON c1.id = c.supersedes
         LEFT JOIN contract c2 ON c2.id = c1.supersedes
), outcome AS (
    SELECT q.subject,
           CASE WHEN q.state = 'planned' THEN 'in_planning'
                WHEN q.approved_on IS NULL OR q.approved_on > yj_today() THEN 'not_planned'
                WHEN q.live = 1 AND q.planned > q.since THEN 'planned_late'
                ELSE 'followed' END AS reason,
           CASE WHEN q.plan_id IS NULL THEN 'deployment' ELSE 'security_plan' END AS proof_kind,
           coalesce(q.plan_id, q.subject) AS proof, q.planned AS day,
           CASE WHEN q.state <> 'planned' AND q.approved_on > yj_today() THEN yj_add_days(q.approved_on, -1) END AS due
    FROM placed q
    UNION ALL
    SELECT q.subject,
           CASE WHEN q.signed_on IS NULL OR q.signed_on > yj_today() THEN 'not_acquired'
                WHEN q.acquired > q.since THEN 'acquired_late'
                ELSE 'followed' END,
           CASE WHEN q.contract_id IS NULL THEN 'deployment' ELSE 'contract' END, coalesce(q.contract_id, q.subject),
           q.acquired, CASE WHEN q.signed_on > yj_today() THEN yj_add_days(q.signed_on, -1) END
    FROM placed q WHERE q.live = 1
    UNION ALL
    SELECT q.subject, CASE WHEN q.since IS NULL THEN 'undated' ELSE 'ahead' END, 'deployment', q.subject, NULL,
           yj_add_days(q.since, -1)
    FROM placed q WHERE q.live = 1 AND (q.since IS NULL OR q.since > yj_today())
    UNION ALL
    SELECT q.subject, 'no_exit', 'deployment', q.subject, NULL, NULL
    FROM placed q WHERE q.state = 'exiting' AND NOT EXISTS (SELECT 1 FROM exit e WHERE e.deployment = q.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('in_planning', 'followed') THEN 'met' WHEN o.reason IN ('undated', 'ahead') THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due, CASE WHEN o.proof_kind = 'contract' THEN 'contract' WHEN o.proof_kind = 'security_plan' THEN 'security_plan' ELSE 'deployment' END AS proof_kind,
       o.proof AS proof, q.deployment AS v_deployment, q.plan AS v_plan, q.contract AS v_contract, q.since AS v_since,
       o.day AS v_day
FROM outcome o JOIN placed q ON q.subject = o.subject

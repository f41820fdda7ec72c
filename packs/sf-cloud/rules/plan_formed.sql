-- rule: plan_formed
-- subject: deployment
-- params: []
-- reasons:
--   no_plan_late:
--     zh: 部署“{deployment}”已越过规划阶段，却没有安全方案。请补订方案并批准，再指明。
--     en: Deployment "{deployment}" has left planning and has no security plan. Draw one up, have it approved and name it.
--   superseded:
--     zh: 部署“{deployment}”所依据的安全方案“{plan}”已废止。请改为依据现行方案。
--     en: Security plan "{plan}", which deployment "{deployment}" follows, is no longer in force. Refer to the plan in force.
--   no_needs:
--     zh: 安全方案“{plan}”的内容没有回应任何经确认的安全需求。请指明各部分回应的需求。
--     en: No section of security plan "{plan}" answers a confirmed security need. Name the needs that each section answers.
--   no_responses:
--     zh: 安全方案“{plan}”的内容没有采纳任何风险应对措施。请把应对措施写进方案并指明。
--     en: No section of security plan "{plan}" adopts a response to a risk. Write the responses into the plan and name the sections.
--   incomplete:
--     zh: 安全方案“{plan}”没有编制人或方案文本。请补齐。
--     en: Security plan "{plan}" has no author or no text attached. Complete it.
--   no_plan:
--     zh: 部署“{deployment}”还没有安全方案。请由安全需求和风险应对形成方案，登记并指明。
--     en: Deployment "{deployment}" has no security plan yet. Form one from the security needs and the responses to risks, enter it and name it.
--   formed:
--     zh: 部署“{deployment}”的安全方案“{plan}”已形成，回应 {needs} 条安全需求，采纳 {responses} 项风险应对。
--     en: Security plan "{plan}" of deployment "{deployment}" is formed; it answers {needs} security needs and adopts {responses} responses to risks.
WITH base AS MATERIALIZED (
    SELECT d.id AS subject, s.name || ' / ' || d.name AS deployment, d.state, p.id AS plan_id, p.title AS plan,
           p.state AS plan_state, p.author
    FROM subject x JOIN deployment d ON d.id = x.id JOIN system s ON s.id = d.system
         LEFT JOIN security_plan p ON p.id = d.plan
), counted AS MATERIALIZED (
    SELECT b.subject,
           (SELECT count(DISTINCT n.id) FROM plan_section c JOIN plan_section_needs v ON v.id = c.id
                   JOIN security_need n ON n.id = v.value WHERE c.plan = b.plan_id AND n.state = 'confirmed') AS needs,
           (SELECT count(DISTINCT a.id) FROM plan_section c JOIN risk_response_sections v ON v.value = c.id
                   JOIN risk_response a ON a.id = v.id WHERE c.plan = b.plan_id AND a.state IN ('agreed', 'done')) AS responses
    FROM base b
), outcome AS MATERIALIZED (
    SELECT b.subject, c.needs, c.responses,
           CASE WHEN b.plan_id IS NULL THEN CASE WHEN b.state = 'planned' THEN 'no_plan' ELSE 'no_plan_late' END
                WHEN b.plan_state = 'superseded' THEN 'superseded'
                WHEN c.needs = 0 THEN 'no_needs'
                WHEN c.responses = 0 THEN 'no_responses'
                WHEN b.author IS NULL OR NOT EXISTS (SELECT 1 FROM security_plan_evidence e WHERE e.id = b.plan_id)
                THEN 'incomplete'
                ELSE 'formed' END AS reason
    FROM base b JOIN counted c ON c.subject = b.subject
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'formed' THEN 'met' WHEN o.reason IN ('no_plan', 'incomplete') THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN b.plan_id IS NULL THEN 'deployment' ELSE 'security_plan' END AS proof_kind,
       coalesce(b.plan_id, b.subject) AS proof, b.deployment AS v_deployment, b.plan AS v_plan,
       CAST(o.needs AS TEXT) AS v_needs, CAST(o.responses AS TEXT) AS v_responses
FROM outcome o JOIN base b ON b.subject = o.subject

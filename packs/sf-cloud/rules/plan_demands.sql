-- rule: plan_demands
-- subject: security_plan
-- params: [topic, demands, figures, offers]
-- reasons:
--   slower:
--     zh: 安全方案“{plan}”允许的恢复时间长于系统的恢复时间目标：{gap}。请收紧方案要求，或重新确定系统目标。
--     en: 'Security plan "{plan}" allows a longer recovery than the systems need: {gap}. Tighten the plan, or determine the system''s need anew.'
--   demand_missing:
--     zh: 安全方案“{plan}”没有就这些方面提出要求：{demand|choice:plan_requirement.topic}（系统：{system}）。请写入方案并逐条登记。
--     en: 'Security plan "{plan}" demands nothing on: {demand|choice:plan_requirement.topic} (systems: {system}). Write it into the plan and enter it.'
--   no_figure:
--     zh: 安全方案“{plan}”的这些要求没有数值、界限或合适的单位，无法比较：{requirement}。请补填；恢复和响应时间用分钟、小时或天。
--     en: 'These demands of security plan "{plan}" have no amount, bound or fitting unit, so nothing can be compared: {requirement}. Enter them; recovery and response in minutes, hours or days.'
--   no_need:
--     zh: 系统“{system}”没有填写恢复时间目标，无法判断方案要求是否足够。请确定并填写。
--     en: System "{system}" has no recovery time objective, so it cannot be told whether the plan demands enough. Determine and enter it.
--   no_offer:
--     zh: 安全方案“{plan}”的这些要求还没有结合任何平台能够提供的来分析：{requirement}。请登记拟选平台就此提供什么。
--     en: 'These demands of security plan "{plan}" were not held against what any platform can offer: {requirement}. Enter what a candidate platform offers on them.'
--   no_section:
--     zh: 安全方案“{plan}”没有这一方面的内容：{:topic|choice:plan_section.topic}。请写入方案并登记。
--     en: 'Security plan "{plan}" has nothing on this: {:topic|choice:plan_section.topic}. Write it into the plan and enter it.'
--   demanded:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”已提出要求：{requirement}。
--     en: 'Security plan "{plan}" makes its demands on "{:topic|choice:plan_section.topic}": {requirement}.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = :topic
), topic AS (
    SELECT 'service_model' AS id UNION ALL SELECT 'continuity' UNION ALL SELECT 'recovery' UNION ALL SELECT 'response'
    UNION ALL SELECT 'scalability' UNION ALL SELECT 'availability' UNION ALL SELECT 'portability'
    UNION ALL SELECT 'capacity' UNION ALL SELECT 'performance' UNION ALL SELECT 'operations'
    UNION ALL SELECT 'monitoring' UNION ALL SELECT 'audit'
), demand AS MATERIALIZED (
    SELECT s.subject, r.id AS requirement_id, r.title, r.topic, r.system, r.bound, r.amount, r.unit,
           r.amount * CASE r.unit WHEN 'minute' THEN 1 WHEN 'hour' THEN 60 WHEN 'day' THEN 1440 END AS minutes,
           CASE WHEN ' ' || :figures || ' ' LIKE '% ' || r.topic || ' %' THEN 1 ELSE 0 END AS counted
    FROM section s JOIN plan_requirement r ON r.plan = s.subject
    WHERE ' ' || :demands || ' ' LIKE '% ' || r.topic || ' %'
), placed AS MATERIALIZED (
    SELECT DISTINCT s.subject, y.id AS system_id, y.name AS system, y.rto_minutes
    FROM section s JOIN deployment d ON d.plan = s.subject JOIN system y ON y.id = d.system WHERE d.state <> 'closed'
), outcome AS MATERIALIZED (
    SELECT s.subject, 'no_section' AS reason, CAST(NULL AS TEXT) AS requirement_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS demand, CAST(NULL AS TEXT) AS system, CAST(NULL AS TEXT) AS gap
    FROM section s WHERE s.section_id IS NULL
    UNION ALL
    SELECT s.subject, 'demand_missing', NULL, NULL, t.id, NULL, NULL
    FROM section s JOIN topic t ON NOT EXISTS (SELECT 1 FROM demand d WHERE d.subject = s.subject AND d.topic = t.id)
    WHERE ' ' || :demands || ' ' LIKE '% ' || t.id || ' %'
      AND NOT EXISTS (SELECT 1 FROM placed p WHERE p.subject = s.subject)
    UNION ALL
    SELECT p.subject, 'demand_missing', NULL, NULL, t.id, p.system, NULL
    FROM placed p JOIN topic t ON NOT EXISTS (SELECT 1 FROM demand d WHERE d.subject = p.subject AND d.topic = t.id
                                              AND (d.system IS NULL OR d.system = p.system_id))
    WHERE ' ' || :demands || ' ' LIKE '% ' || t.id || ' %'
    UNION ALL
    SELECT d.subject,
           CASE WHEN d.counted = 1
                     AND (d.bound IS NULL OR d.amount IS NULL OR d.unit IS NULL
                          OR (d.topic IN ('recovery', 'response') AND (d.minutes IS NULL OR d.bound <> 'at_most')))
                THEN 'no_figure'
                WHEN :offers = 1 AND NOT EXISTS (SELECT 1 FROM capability c
                                                 WHERE c.plan_requirement = d.requirement_id)
                THEN 'no_offer'
                ELSE 'demanded' END, d.requirement_id, d.title, NULL, NULL, NULL
    FROM demand d
    UNION ALL
    SELECT d.subject, CASE WHEN p.rto_minutes IS NULL THEN 'no_need' ELSE 'slower' END, d.requirement_id, NULL, NULL,
           p.system,
           p.system || ' (' || CAST(d.minutes / 1000 AS TEXT) || ' > ' || CAST(p.rto_minutes AS TEXT) || ')'
    FROM demand d JOIN placed p ON p.subject = d.subject
    WHERE d.counted = 1 AND d.topic = 'recovery' AND (d.system IS NULL OR d.system = p.system_id)
      AND (p.rto_minutes IS NULL OR d.minutes > p.rto_minutes * 1000)
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'demanded' THEN 'met' WHEN 'no_section' THEN 'unknown' WHEN 'no_need' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.requirement_id IS NOT NULL THEN 'plan_requirement' WHEN s.section_id IS NOT NULL THEN 'plan_section'
            ELSE 'security_plan' END AS proof_kind,
       coalesce(o.requirement_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.title AS v_requirement, o.demand AS v_demand, o.system AS v_system, o.gap AS v_gap
FROM outcome o JOIN section s ON s.subject = o.subject

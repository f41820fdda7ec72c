-- rule: plan_arranges
-- subject: security_plan
-- params: [topic, aspects, asks]
-- reasons:
--   aspect_missing:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”没有安排：{aspect|choice:plan_item.aspect}。请在方案中安排并登记。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}" arranges nothing for: {aspect|choice:plan_item.aspect}. Arrange it in the plan and enter it.'
--   undescribed:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有写明做法或职责：{item}。请补填。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items do not say what is done: {item}. Say so.'
--   unassigned:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有在任的责任人：{item}。请指定。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items name nobody in office who answers for them: {item}. Name someone.'
--   no_department:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有写明部门或机构：{item}。请补填。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items name no department or body: {item}. Name it.'
--   no_limit:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有写明时限：{item}。请补填。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items do not say within which time: {item}. Say so.'
--   undated:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有计划日期：{item}。请补填。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items have no date: {item}. Plan one.'
--   no_audience:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有写明参加人员：{item}。请补填。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items do not say for whom they are: {item}. Say so.'
--   unrelated:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”中，这些安排没有指明回应哪项已确认的需求或在册的风险：{item}。请指明。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}", these items answer no confirmed need and no open risk: {item}. Name what they answer.'
--   no_policy:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”没有指明依据哪份施行中的策略。请指明。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}" rests on no policy in force. Name it.'
--   no_risk:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”没有指明应对哪些在册的风险。请指明。
--     en: 'In security plan "{plan}", "{:topic|choice:plan_section.topic}" answers no open risk. Name the risks.'
--   no_section:
--     zh: 安全方案“{plan}”没有这一方面的内容：{:topic|choice:plan_section.topic}。请写入方案并登记。
--     en: 'Security plan "{plan}" has nothing on this: {:topic|choice:plan_section.topic}. Write it into the plan and enter it.'
--   arranged:
--     zh: 安全方案“{plan}”的“{:topic|choice:plan_section.topic}”已逐项安排：{item}。
--     en: 'Security plan "{plan}" arranges "{:topic|choice:plan_section.topic}" item by item: {item}.'
WITH section AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, c.id AS section_id, ' ' || :asks || ' ' AS asks
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN plan_section c ON c.plan = p.id AND c.topic = :topic
), aspect AS (
    SELECT 'build' AS id UNION ALL SELECT 'maintain' UNION ALL SELECT 'plan' UNION ALL SELECT 'acquire'
    UNION ALL SELECT 'operate' UNION ALL SELECT 'exit' UNION ALL SELECT 'it' UNION ALL SELECT 'security'
    UNION ALL SELECT 'audit' UNION ALL SELECT 'risk' UNION ALL SELECT 'compliance' UNION ALL SELECT 'business'
    UNION ALL SELECT 'detect' UNION ALL SELECT 'report' UNION ALL SELECT 'contain' UNION ALL SELECT 'recover'
    UNION ALL SELECT 'leave' UNION ALL SELECT 'change_provider' UNION ALL SELECT 'awareness' UNION ALL SELECT 'technical_training'
    UNION ALL SELECT 'management_training' UNION ALL SELECT 'leader' UNION ALL SELECT 'body' UNION ALL SELECT 'member'
    UNION ALL SELECT 'technical' UNION ALL SELECT 'managerial'
), item AS MATERIALIZED (
    SELECT s.subject, i.id AS item_id, i.title, i.aspect,
           CASE WHEN i.description IS NULL THEN 'undescribed'
                WHEN NOT EXISTS (SELECT 1 FROM person n WHERE n.id = i.responsible AND n.state = 'active') THEN 'unassigned'
                WHEN s.asks LIKE '% department %' AND i.department IS NULL THEN 'no_department'
                WHEN s.asks LIKE '% minutes %' AND i.within IS NULL THEN 'no_limit'
                WHEN s.asks LIKE '% days %' AND i.within_days IS NULL THEN 'no_limit'
                WHEN s.asks LIKE '% date %' AND i.planned_on IS NULL THEN 'undated'
                WHEN s.asks LIKE '% audience %'
                     AND NOT EXISTS (SELECT 1 FROM plan_item_audience a WHERE a.id = i.id) THEN 'no_audience'
                WHEN s.asks LIKE '% answers %'
                     AND NOT EXISTS (SELECT 1 FROM plan_item_needs v JOIN security_need n ON n.id = v.value
                                     WHERE v.id = i.id AND n.state = 'confirmed')
                     AND NOT EXISTS (SELECT 1 FROM plan_item_risks v JOIN risk r ON r.id = v.value
                                     WHERE v.id = i.id AND r.state = 'open') THEN 'unrelated'
                ELSE 'arranged' END AS reason
    FROM section s JOIN plan_item i ON i.section = s.section_id
), outcome AS MATERIALIZED (
    SELECT i.subject, i.reason, i.item_id, i.title, CAST(NULL AS TEXT) AS aspect FROM item i
    UNION ALL
    SELECT s.subject, 'aspect_missing', NULL, NULL, a.id
    FROM section s JOIN aspect a ON NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = s.subject AND i.aspect = a.id)
    WHERE s.section_id IS NOT NULL AND ' ' || :aspects || ' ' LIKE '% ' || a.id || ' %'
    UNION ALL
    SELECT s.subject, 'no_section', NULL, NULL, NULL FROM section s WHERE s.section_id IS NULL
    UNION ALL
    SELECT s.subject, 'no_policy', NULL, NULL, NULL
    FROM section s
    WHERE s.section_id IS NOT NULL AND s.asks LIKE '% policy %'
      AND NOT EXISTS (SELECT 1 FROM plan_section_policies v JOIN policy y ON y.id = v.value
                      WHERE v.id = s.section_id AND y.state = 'in_force')
    UNION ALL
    SELECT s.subject, 'no_risk', NULL, NULL, NULL
    FROM section s
    WHERE s.section_id IS NOT NULL AND s.asks LIKE '% risk %'
      AND NOT EXISTS (SELECT 1 FROM plan_section_risks v JOIN risk r ON r.id = v.value
                      WHERE v.id = s.section_id AND r.state = 'open')
)
SELECT o.subject AS subject,
       CASE o.reason WHEN 'arranged' THEN 'met' WHEN 'no_section' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.item_id IS NOT NULL THEN 'plan_item' WHEN s.section_id IS NOT NULL THEN 'plan_section'
            ELSE 'security_plan' END AS proof_kind,
       coalesce(o.item_id, s.section_id, s.subject) AS proof,
       s.plan AS v_plan, o.title AS v_item, o.aspect AS v_aspect
FROM outcome o JOIN section s ON s.subject = o.subject

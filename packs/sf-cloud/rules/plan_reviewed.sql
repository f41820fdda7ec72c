-- rule: plan_reviewed
-- subject: security_plan
-- params: [functions]
-- reasons:
--   not_passed:
--     zh: 安全方案“{plan}”（版本 {edition}）最近一轮评审“{round}”没有通过。请按意见修改后再次评审。
--     en: 'The last review of security plan "{plan}" (edition {edition}), "{round}", was not passed. Revise the plan by the opinions and review it again.'
--   opposed:
--     zh: 评审“{round}”中有人不同意，意见没有处理：{reviewer}。请处理并由他人登记处理情况。
--     en: 'In review "{round}" there were objections that were not dealt with: {reviewer}. Deal with them and have someone else enter how.'
--   after_approval:
--     zh: 安全方案“{plan}”于 {approved} 批准，而评审“{round}”到 {settled} 才审定。请在审定之后重新批准。
--     en: 'Security plan "{plan}" was approved on {approved}, but its review "{round}" was settled only on {settled}. Approve it anew after the review.'
--   function_missing:
--     zh: 评审“{round}”没有这些职能的人参加：{function|choice:review_opinion.function}。请补充论证并登记其意见。
--     en: 'Nobody took part in review "{round}" for these functions: {function|choice:review_opinion.function}. Have them appraise the plan and enter their opinions.'
--   aspect_missing:
--     zh: 评审“{round}”没有人就这些方面提出意见：{aspect|choice:review_opinion.aspects}。请补充论证。
--     en: 'In review "{round}" nobody gave an opinion on: {aspect|choice:review_opinion.aspects}. Have it appraised.'
--   no_companions:
--     zh: 评审“{round}”没有附一并评审的配套文件。请附上，如实施细则、应急预案。
--     en: 'Review "{round}" names no companion document that was reviewed. Attach them, such as detailed rules or the emergency plan.'
--   edition_differs:
--     zh: 安全方案“{plan}”的现行版本 {edition} 没有评审过，评审的是其他版本。请评审现行版本。
--     en: 'The present edition {edition} of security plan "{plan}" was not reviewed; other editions were. Review the present one.'
--   under_way:
--     zh: 安全方案“{plan}”的评审“{round}”还没有审定，或没有结论和日期。请形成结论。
--     en: 'Review "{round}" of security plan "{plan}" is not settled, or has no conclusion or date. Come to a conclusion.'
--   none:
--     zh: 安全方案“{plan}”还没有评审记录。请组织相关各方论证和审定。
--     en: Security plan "{plan}" has no review on record. Have the parties concerned appraise and settle it.
--   reviewed:
--     zh: 安全方案“{plan}”（版本 {edition}）经评审“{round}”论证并于 {settled} 审定通过，相关职能均已参加。
--     en: 'Security plan "{plan}" (edition {edition}) was appraised in review "{round}" and settled on {settled}; every function concerned took part.'
WITH latest AS (
    SELECT p.id AS subject, max(r.number) AS number
    FROM subject x JOIN security_plan p ON p.id = x.id JOIN review_round r ON r.plan = p.id
    WHERE r.edition = p.edition OR (r.edition IS NULL AND p.edition IS NULL)
    GROUP BY p.id
), last AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, p.edition, p.state AS plan_state, p.approved_on, r.id AS round_id, r.title AS round,
           r.state, r.conclusion, r.settled_on
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN latest l ON l.subject = p.id
         LEFT JOIN review_round r ON r.plan = p.id AND r.number = l.number
), opinion AS MATERIALIZED (
    SELECT l.subject, o.id AS opinion_id, o.function, n.name AS reviewer,
           CASE WHEN o.stance = 'opposes' AND (o.answer IS NULL OR o.answered_by IS NULL) THEN 1 ELSE 0 END AS opposed
    FROM last l JOIN review_opinion o ON o.round = l.round_id JOIN person n ON n.id = o.reviewer
    WHERE o.opinion IS NOT NULL
), function AS (
    SELECT 'it' AS id UNION ALL SELECT 'security' UNION ALL SELECT 'audit' UNION ALL SELECT 'risk'
    UNION ALL SELECT 'compliance' UNION ALL SELECT 'business' UNION ALL SELECT 'provider' UNION ALL SELECT 'expert'
), aspect AS (
    SELECT 'reasonable' AS id UNION ALL SELECT 'correct' UNION ALL SELECT 'companions'
), outcome AS MATERIALIZED (
    SELECT l.subject,
           CASE WHEN l.round_id IS NULL
                THEN CASE WHEN EXISTS (SELECT 1 FROM review_round r WHERE r.plan = l.subject) THEN 'edition_differs' ELSE 'none' END
                WHEN l.state <> 'settled' OR l.conclusion IS NULL OR l.settled_on IS NULL THEN 'under_way'
                WHEN l.conclusion <> 'passed' THEN 'not_passed'
                WHEN l.plan_state = 'approved' AND l.approved_on < l.settled_on THEN 'after_approval'
                WHEN NOT EXISTS (SELECT 1 FROM review_round_companions c WHERE c.id = l.round_id) THEN 'no_companions'
                ELSE 'reviewed' END AS reason,
           CAST(NULL AS TEXT) AS function, CAST(NULL AS TEXT) AS aspect, CAST(NULL AS TEXT) AS reviewer
    FROM last l
    UNION ALL
    SELECT l.subject, 'function_missing', f.id, NULL, NULL
    FROM last l JOIN function f ON NOT EXISTS (SELECT 1 FROM opinion o WHERE o.subject = l.subject AND o.function = f.id)
    WHERE ' ' || :functions || ' ' LIKE '% ' || f.id || ' %' AND l.state = 'settled'
    UNION ALL
    SELECT l.subject, 'aspect_missing', NULL, a.id, NULL
    FROM last l JOIN aspect a ON NOT EXISTS (SELECT 1 FROM opinion o JOIN review_opinion_aspects v ON v.id = o.opinion_id
                                             WHERE o.subject = l.subject AND v.value = a.id)
    WHERE l.state = 'settled'
    UNION ALL
    SELECT o.subject, 'opposed', NULL, NULL, o.reviewer
    FROM opinion o JOIN last l ON l.subject = o.subject WHERE o.opposed = 1 AND l.state = 'settled'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'reviewed' THEN 'met' WHEN o.reason IN ('none', 'under_way') THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN l.round_id IS NULL THEN 'security_plan' ELSE 'review_round' END AS proof_kind,
       coalesce(l.round_id, l.subject) AS proof,
       l.plan AS v_plan, l.edition AS v_edition, l.round AS v_round, l.approved_on AS v_approved,
       l.settled_on AS v_settled, o.function AS v_function, o.aspect AS v_aspect, o.reviewer AS v_reviewer
FROM outcome o JOIN last l ON l.subject = o.subject

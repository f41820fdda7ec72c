-- rule: review_recorded
-- subject: security_plan
-- params: [least]
-- reasons:
--   too_short:
--     zh: 评审“{round}”中这些人的意见没有详细记录（没有内容，或不足 {:least} 个字）：{reviewer}。请补充看了什么、怎么认为、依据是什么。
--     en: 'In review "{round}" the opinions of these people are not recorded in detail (nothing, or fewer than {:least} characters): {reviewer}. Add what was looked at, what is thought of it, and on what grounds.'
--   no_stance:
--     zh: 评审“{round}”中这些人没有写明是否同意或提出日期：{reviewer}。请补填。
--     en: 'In review "{round}" these people did not say whether they agree, or when: {reviewer}. Enter it.'
--   unanswered:
--     zh: 评审“{round}”中这些保留或反对的意见没有登记如何处理：{reviewer}。请处理并登记。
--     en: 'In review "{round}" it is not recorded how these reservations or objections were dealt with: {reviewer}. Deal with them and enter it.'
--   no_opinion:
--     zh: 评审“{round}”没有登记任何人的意见。请逐人登记。
--     en: 'No opinion is entered for review "{round}". Enter them, one for each participant.'
--   no_minutes:
--     zh: 评审“{round}”没有附评审记录。请附上会议纪要或书面意见。
--     en: 'Review "{round}" has no record attached. Attach the minutes or the written opinions.'
--   none:
--     zh: 安全方案“{plan}”还没有评审，没有记录可存。请组织评审。
--     en: Security plan "{plan}" was not reviewed, so there is no record to keep. Have it reviewed.
--   recorded:
--     zh: 安全方案“{plan}”的评审“{round}”有记录，{count} 人的意见均已详细登记：{reviewer}。
--     en: 'Review "{round}" of security plan "{plan}" is on record, with the opinions of {count} people in detail: {reviewer}.'
WITH latest AS (
    SELECT x.id AS subject, max(r.number) AS number FROM subject x JOIN review_round r ON r.plan = x.id GROUP BY x.id
), last AS MATERIALIZED (
    SELECT p.id AS subject, p.title AS plan, r.id AS round_id, r.title AS round
    FROM subject x JOIN security_plan p ON p.id = x.id LEFT JOIN latest l ON l.subject = p.id
         LEFT JOIN review_round r ON r.plan = p.id AND r.number = l.number
), opinion AS MATERIALIZED (
    SELECT l.subject, o.id AS opinion_id, n.name AS reviewer,
           CASE WHEN o.opinion IS NULL OR length(trim(o.opinion)) < :least THEN 'too_short'
                WHEN o.stance IS NULL OR o.given_on IS NULL THEN 'no_stance'
                WHEN o.stance <> 'agrees' AND (o.answer IS NULL OR o.answered_by IS NULL OR o.answered_on IS NULL)
                THEN 'unanswered'
                ELSE 'recorded' END AS reason
    FROM last l JOIN review_opinion o ON o.round = l.round_id JOIN person n ON n.id = o.reviewer
), outcome AS MATERIALIZED (
    SELECT o.subject, o.reason, o.opinion_id, o.reviewer FROM opinion o
    UNION ALL
    SELECT l.subject, CASE WHEN l.round_id IS NULL THEN 'none' ELSE 'no_opinion' END, NULL, NULL
    FROM last l WHERE NOT EXISTS (SELECT 1 FROM opinion o WHERE o.subject = l.subject)
    UNION ALL
    SELECT l.subject, 'no_minutes', NULL, NULL
    FROM last l WHERE l.round_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM review_round_minutes m WHERE m.id = l.round_id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'recorded' THEN 'met' WHEN o.reason = 'none' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN l.round_id IS NULL THEN 'security_plan' ELSE 'review_round' END AS proof_kind,
       coalesce(l.round_id, l.subject) AS proof, l.plan AS v_plan, l.round AS v_round, o.reviewer AS v_reviewer,
       CASE WHEN o.reason = 'recorded'
            THEN (SELECT CAST(count(*) AS TEXT) FROM opinion c WHERE c.subject = l.subject) END AS v_count
FROM outcome o JOIN last l ON l.subject = o.subject

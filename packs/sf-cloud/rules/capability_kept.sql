-- rule: capability_kept
-- subject: platform
-- params: [months]
-- reasons:
--   unsuitable:
--     zh: 平台“{platform}”最近一次评估（{assessment}，{day}）结论为不通过，受托方的安全能力不再符合要求。请督促整改并重新评估，不能整改的启动更换。
--     en: 'The last assessment of platform "{platform}" ({assessment}, {day}) was not passed: the provider no longer meets the requirements. Have it remedied and assess again, or begin to replace the provider.'
--   shortfall:
--     zh: 平台“{platform}”最近一次评估（{assessment}）中这些要求没有满足，且没有整改或整改逾期：{item}。请督促整改并由第二人复核。
--     en: 'The last assessment of platform "{platform}" ({assessment}) found requirements not fulfilled without a finding, or with one overdue: {item}. Press for the remedy and have a second person verify it.'
--   overdue:
--     zh: 平台“{platform}”最近一次评估（{assessment}）在 {day}，应不晚于 {until} 再评估，现在不能说安全能力持续符合要求。请完成评估。
--     en: The last assessment of platform "{platform}" ({assessment}) was on {day} and the next was due by {until}; that its capability still meets the requirements cannot be said. Complete it.
--   never:
--     zh: 平台“{platform}”没有已完成并由第二人审核的评估，无法判断受托方的安全能力。请评估并登记。
--     en: No assessment of platform "{platform}" is completed and confirmed by a second person, so the provider's capability cannot be judged. Assess it and enter it.
--   in_future:
--     zh: 平台“{platform}”的评估（{assessment}）日期 {day} 晚于今天，请更正。
--     en: The assessment of platform "{platform}" ({assessment}) has a date after today ({day}). Correct it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: Nothing is in operation on platform "{platform}", so the requirement does not apply yet.
--   under_way:
--     zh: 平台“{platform}”评估（{assessment}）中这些要求没有满足，已提出整改，期限未到：{item}。
--     en: 'In the assessment of platform "{platform}" ({assessment}) these are not fulfilled; they were put to the provider and still have time: {item}.'
--   kept:
--     zh: 平台“{platform}”最近一次评估（{assessment}，{day}）通过，下一次应不晚于 {until}。
--     en: 'The last assessment of platform "{platform}" ({assessment}, {day}) was passed; the next is due by {until}.'
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT c.subject, a.id AS assessment_id, a.title, a.assessed_on, a.conclusion
    FROM cloud c JOIN assessment_platforms l ON l.value = c.subject JOIN assessment a ON a.id = l.id
    WHERE c.running > 0 AND a.state = 'completed' AND a.confirmed_by IS NOT NULL AND a.conclusion IS NOT NULL
), last AS MATERIALIZED (
    SELECT h.subject, max(h.assessed_on) AS day FROM held h WHERE h.assessed_on <= yj_today() GROUP BY h.subject
), newest AS MATERIALIZED (
    SELECT h.subject, h.assessment_id, h.title, h.assessed_on, h.conclusion
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.assessed_on
), outcome AS (
    SELECT c.subject, CASE WHEN c.running = 0 THEN 'not_running' ELSE 'never' END AS reason,
           CAST(NULL AS TEXT) AS assessment_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day,
           CAST(NULL AS TEXT) AS item, CAST(NULL AS TEXT) AS due, CAST(NULL AS TEXT) AS until
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject)
    UNION ALL
    SELECT h.subject, 'in_future', h.assessment_id, h.title, h.assessed_on, NULL, yj_add_days(h.assessed_on, -1), NULL
    FROM held h WHERE h.assessed_on > yj_today()
    UNION ALL
    SELECT n.subject,
           CASE WHEN n.conclusion = 'unsuitable' THEN 'unsuitable'
                WHEN yj_add_months(n.assessed_on, :months) < yj_today() THEN 'overdue'
                ELSE 'kept' END,
           n.assessment_id, n.title, n.assessed_on, NULL,
           CASE WHEN n.conclusion <> 'unsuitable' AND yj_add_months(n.assessed_on, :months) >= yj_today()
                THEN yj_add_months(n.assessed_on, :months) END,
           yj_add_months(n.assessed_on, :months)
    FROM newest n
    UNION ALL
    SELECT n.subject, CASE WHEN f.due_on >= yj_today() AND f.requested_on IS NOT NULL THEN 'under_way'
                           ELSE 'shortfall' END,
           n.assessment_id, n.title, n.assessed_on, f.title,
           CASE WHEN f.requested_on IS NOT NULL AND f.due_on >= yj_today() THEN f.due_on END, NULL
    FROM newest n JOIN finding f ON f.assessment = n.assessment_id
    WHERE (f.state <> 'verified' OR f.verified_by IS NULL) AND (f.platform IS NULL OR f.platform = n.subject)
    UNION ALL
    SELECT n.subject, 'shortfall', n.assessment_id, n.title, n.assessed_on, i.title, NULL, NULL
    FROM newest n JOIN assessment_item i ON i.assessment = n.assessment_id
    WHERE i.result = 'not_fulfilled'
      AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.assessment = n.assessment_id
                                              AND (f.platform IS NULL OR f.platform = n.subject))
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('kept', 'under_way') THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('unsuitable', 'shortfall', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.assessment_id IS NULL THEN 'platform' ELSE 'assessment' END AS proof_kind,
       coalesce(o.assessment_id, o.subject) AS proof,
       c.name AS v_platform, o.title AS v_assessment, o.day AS v_day, o.item AS v_item, o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject

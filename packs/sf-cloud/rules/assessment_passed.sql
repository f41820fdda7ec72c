-- rule: assessment_passed
-- subject: platform
-- params: [bodies, running]
-- reasons:
--   not_passed:
--     zh: 平台“{platform}”最近一次由{body|choice:assessment.performed_by}作的安全评估（{assessment}，{day}）没有通过。请督促受托方整改并重新评估，通过前不选用。
--     en: 'The last security assessment of platform "{platform}" ({assessment}, {day}) was not passed. It was carried out by: {body|choice:assessment.performed_by}. Have it remedied and assess again before the platform is chosen.'
--   condition_open:
--     zh: 平台“{platform}”的安全评估（{assessment}，{day}）以整改为条件通过，这些事项还没有复核通过：{finding}。请督促整改并由第二人复核。
--     en: 'The security assessment of platform "{platform}" ({assessment}, {day}) was passed on condition of remedies, and these are not verified: {finding}. Press for them and have a second person verify them.'
--   none_in_use:
--     zh: 平台“{platform}”上已有系统运行，但没有完成过由{body|choice:assessment.performed_by}作的安全评估。请尽快评估并登记。
--     en: 'Systems run on platform "{platform}", but no security assessment is complete that should come from: {body|choice:assessment.performed_by}. Have it assessed and enter it.'
--   none:
--     zh: 平台“{platform}”没有完成由{body|choice:assessment.performed_by}作的安全评估：须有结论、报告、评估单位（第三方），并由第二人审核。请评估并登记。
--     en: 'No security assessment of platform "{platform}" is complete that should come from: {body|choice:assessment.performed_by}. It needs a conclusion, a report, the assessing body (third party) and confirmation by a second person.'
--   passed:
--     zh: 平台“{platform}”已通过由{body|choice:assessment.performed_by}作的安全评估（{assessment}，{day}）。
--     en: 'Platform "{platform}" passed the security assessment ({assessment}, {day}) carried out by: {body|choice:assessment.performed_by}.'
WITH need AS (
    SELECT 'client' AS body WHERE ' ' || :bodies || ' ' LIKE '% client %'
    UNION ALL
    SELECT 'third_party' WHERE ' ' || :bodies || ' ' LIKE '% third_party %'
), held AS MATERIALIZED (
    SELECT x.id AS subject, coalesce(a.performed_by, 'client') AS body, a.id AS assessment_id, a.title, a.assessed_on,
           a.conclusion
    FROM subject x JOIN assessment_platforms l ON l.value = x.id JOIN assessment a ON a.id = l.id
    WHERE a.state = 'completed' AND a.conclusion IS NOT NULL AND a.assessed_by IS NOT NULL
      AND a.confirmed_by IS NOT NULL AND (a.assessor IS NOT NULL OR coalesce(a.performed_by, 'client') = 'client')
      AND EXISTS (SELECT 1 FROM assessment_evidence e WHERE e.id = a.id)
), last AS MATERIALIZED (
    SELECT h.subject, h.body, max(CASE WHEN h.assessed_on <= yj_today() THEN h.assessed_on END) AS day,
           min(CASE WHEN h.assessed_on > yj_today() THEN h.assessed_on END) AS next_day
    FROM held h GROUP BY h.subject, h.body
), outcome AS MATERIALIZED (
    SELECT x.id AS subject, n.body, h.assessment_id, h.title, h.assessed_on, t.next_day,
           CASE WHEN h.conclusion = 'unsuitable' THEN 'not_passed'
                WHEN h.conclusion = 'conditional'
                     AND EXISTS (SELECT 1 FROM finding f WHERE f.assessment = h.assessment_id AND f.state <> 'verified')
                THEN 'condition_open'
                WHEN h.assessment_id IS NOT NULL THEN 'passed'
                WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.platform = x.id AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 'none_in_use'
                ELSE 'none' END AS reason
    FROM subject x CROSS JOIN need n
         LEFT JOIN last t ON t.subject = x.id AND t.body = n.body
         LEFT JOIN held h ON h.subject = x.id AND h.body = n.body AND h.assessed_on = t.day
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'passed' THEN 'met' WHEN o.reason = 'none' THEN 'unknown' ELSE 'unmet' END AS status,
       o.reason AS reason, yj_add_days(o.next_day, -1) AS due,
       CASE WHEN o.assessment_id IS NULL THEN 'platform' ELSE 'assessment' END AS proof_kind,
       coalesce(o.assessment_id, o.subject) AS proof,
       p.name AS v_platform, o.body AS v_body, o.title AS v_assessment, o.assessed_on AS v_day, f.title AS v_finding
FROM outcome o JOIN platform p ON p.id = o.subject
     LEFT JOIN finding f ON f.assessment = o.assessment_id AND f.state <> 'verified'

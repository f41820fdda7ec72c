-- rule: passed_chosen
-- subject: deployment
-- params: [suitable]
-- reasons:
--   not_passed:
--     zh: 部署“{deployment}”选用的平台“{platform}”在选用（{day}）之前没有通过由{body|choice:assessment.performed_by}作的安全评估。请评估通过后再选用；已在运行的，尽快补评或更换。
--     en: 'Platform "{platform}", chosen for deployment "{deployment}", had not passed a security assessment by {day}; missing is that of: {body|choice:assessment.performed_by}. Choose it only once it has; if it is in operation, have it assessed without delay or replace it.'
--   unsuited:
--     zh: 部署“{deployment}”选用的平台“{platform}”不能满足安全方案的这些要求：{requirement}。请与受托方补足，或改选适合的受托方。
--     en: 'Platform "{platform}", chosen for deployment "{deployment}", does not meet these demands of the security plan: {requirement}. Have the provider make up for them or choose a suitable one.'
--   no_platform:
--     zh: 部署“{deployment}”尚未选定云计算平台。请从已通过安全评估的受托方中选定。
--     en: Deployment "{deployment}" has no platform yet. Choose one from the providers that have passed the security assessment.
--   unappraised:
--     zh: 部署“{deployment}”没有已确认的能力评价，不能说明平台“{platform}”适合。请对照安全方案逐条评价并由第二人确认。
--     en: Deployment "{deployment}" has no confirmed appraisal, so whether platform "{platform}" is suitable cannot be told. Appraise it on each demand of the security plan and have a second person confirm it.
--   chosen:
--     zh: 部署“{deployment}”选用的平台“{platform}”在选用（{day}）之前已通过委托方和第三方评估机构的安全评估。
--     en: Platform "{platform}", chosen for deployment "{deployment}", had passed the security assessments of the client and of a third party by {day}.
WITH body AS (
    SELECT 'client' AS id
    UNION ALL
    SELECT 'third_party'
), placed AS MATERIALIZED (
    SELECT d.id AS subject, coalesce(s.name || ' / ', '') || d.name AS deployment, d.plan, p.id AS platform_id,
           p.name AS platform,
           CASE WHEN d.serving_since < yj_today() THEN d.serving_since ELSE yj_today() END AS day
    FROM subject x JOIN deployment d ON d.id = x.id LEFT JOIN system s ON s.id = d.system
         LEFT JOIN platform p ON p.id = d.platform
), held AS MATERIALIZED (
    SELECT c.subject, c.day, coalesce(a.performed_by, 'client') AS body, a.id AS assessment_id, a.assessed_on, a.conclusion
    FROM placed c JOIN assessment_platforms l ON l.value = c.platform_id JOIN assessment a ON a.id = l.id
    WHERE a.state = 'completed' AND a.conclusion IS NOT NULL AND a.assessed_by IS NOT NULL
      AND a.confirmed_by IS NOT NULL AND (a.assessor IS NOT NULL OR coalesce(a.performed_by, 'client') = 'client')
      AND EXISTS (SELECT 1 FROM assessment_evidence e WHERE e.id = a.id)
), last AS MATERIALIZED (
    SELECT h.subject, h.body, max(CASE WHEN h.assessed_on <= h.day THEN h.assessed_on END) AS day,
           min(CASE WHEN h.assessed_on > yj_today() THEN h.assessed_on END) AS next_day
    FROM held h GROUP BY h.subject, h.body
), demand AS MATERIALIZED (
    SELECT c.subject, r.id AS requirement_id, r.title, k.id AS capability_id, k.conclusion
    -- in this order: SQLite would begin with every capability of the institution; and found by the requirement, of
    -- which it is one, not by the platform, which has hundreds: hence the ||
    FROM placed c CROSS JOIN plan_requirement r CROSS JOIN capability k
    WHERE r.plan = c.plan AND k.plan_requirement = r.id AND k.platform || '' = c.platform_id
      AND :suitable = 1 AND k.state = 'confirmed' AND k.conclusion IS NOT NULL
), outcome AS (
    SELECT c.subject, 'no_platform' AS reason, CAST(NULL AS TEXT) AS body, CAST(NULL AS TEXT) AS assessment_id,
           CAST(NULL AS TEXT) AS capability_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS due
    FROM placed c WHERE c.platform_id IS NULL
    UNION ALL
    SELECT c.subject, CASE WHEN h.conclusion IN ('suitable', 'conditional') THEN 'chosen' ELSE 'not_passed' END,
           b.id, h.assessment_id, NULL, NULL, yj_add_days(t.next_day, -1)
    FROM placed c CROSS JOIN body b
         LEFT JOIN last t ON t.subject = c.subject AND t.body = b.id
         LEFT JOIN held h ON h.subject = c.subject AND h.body = b.id AND h.assessed_on = t.day
    WHERE c.platform_id IS NOT NULL
    UNION ALL
    SELECT m.subject, 'unsuited', NULL, NULL, m.capability_id, m.title, NULL
    FROM demand m WHERE m.conclusion <> 'meets'
    UNION ALL
    SELECT c.subject, 'unappraised', NULL, NULL, NULL, NULL, NULL
    FROM placed c
    WHERE :suitable = 1 AND c.platform_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM demand m WHERE m.subject = c.subject)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'chosen' THEN 'met'
            WHEN o.reason IN ('not_passed', 'unsuited') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.assessment_id IS NOT NULL THEN 'assessment' WHEN o.capability_id IS NOT NULL THEN 'capability'
            ELSE 'deployment' END AS proof_kind,
       coalesce(o.assessment_id, o.capability_id, o.subject) AS proof,
       c.deployment AS v_deployment, c.platform AS v_platform, c.day AS v_day, o.body AS v_body, o.title AS v_requirement
FROM outcome o JOIN placed c ON c.subject = o.subject

-- rule: findings_pursued
-- subject: platform
-- params: [source]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”有整改逾期未完成：{finding}（括号内为期限）。请催办，屡催不改的按合同追究。
--     en: 'Findings about platform "{platform}" are past their date (in brackets) and not remedied: {finding}. Press the provider; if it does not act, enforce the contract.'
--   unverified:
--     zh: 平台“{platform}”有整改已报完成，但到期仍未由第二人复核：{finding}（括号内为期限）。请复核。
--     en: 'Findings about platform "{platform}" were reported as remedied but no second person verified them by their date (in brackets): {finding}. Verify them.'
--   not_asked:
--     zh: 平台“{platform}”有问题没有要求受托方整改，或没有期限：{finding}。请提出要求并登记日期和期限。
--     en: 'The provider was not asked to remedy findings about platform "{platform}", or they have no date: {finding}. Ask, and enter both dates.'
--   none:
--     zh: 平台“{platform}”没有登记需要整改的问题，本条暂不适用。
--     en: No finding about platform "{platform}" is entered, so the requirement does not apply yet.
--   under_way:
--     zh: 平台“{platform}”的问题已要求受托方整改，期限未到：{finding}（括号内为期限）。
--     en: 'The provider has been asked to remedy the findings about platform "{platform}" and still has time (dates in brackets): {finding}.'
--   remedied:
--     zh: 平台“{platform}”的问题均已整改并由第二人复核：{finding}。
--     en: 'The findings about platform "{platform}" are remedied and verified by a second person: {finding}.'
WITH found AS (
    SELECT x.id AS subject, f.id AS finding_id
    FROM subject x JOIN finding f ON f.platform = x.id
    WHERE :source = 'any' OR f.inspection IS NOT NULL
    UNION ALL
    SELECT x.id, f.id
    FROM subject x JOIN inspection_platforms l ON l.value = x.id JOIN finding f ON f.inspection = l.id
    WHERE f.platform IS NULL
    UNION ALL
    SELECT x.id, f.id
    FROM subject x JOIN assessment_platforms l ON l.value = x.id JOIN finding f ON f.assessment = l.id
    WHERE f.platform IS NULL AND :source = 'any'
    UNION ALL
    SELECT x.id, f.id
    FROM subject x JOIN supervision_review_platforms l ON l.value = x.id
         JOIN finding f ON f.supervision_review = l.id
    WHERE f.platform IS NULL AND :source = 'any'
), judged AS (
    SELECT n.subject, f.id AS finding_id, f.title, f.due_on,
           CASE WHEN f.state = 'verified' AND f.verified_by IS NOT NULL THEN 'remedied'
                WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on >= yj_today() THEN 'under_way'
                WHEN f.state = 'open' THEN 'overdue'
                ELSE 'unverified' END AS reason
    FROM found n JOIN finding f ON f.id = n.finding_id
), outcome AS (
    SELECT x.id AS subject, 'none' AS reason, CAST(NULL AS TEXT) AS finding_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS due_on
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM found n WHERE n.subject = x.id)
    UNION ALL
    SELECT j.subject, j.reason, j.finding_id, j.title, j.due_on FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('remedied', 'under_way') THEN 'met' WHEN o.reason = 'none' THEN 'not_applicable'
            ELSE 'unmet' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'under_way' THEN o.due_on END AS due,
       CASE WHEN o.finding_id IS NULL THEN 'platform' ELSE 'finding' END AS proof_kind,
       coalesce(o.finding_id, o.subject) AS proof, p.name AS v_platform,
       o.title || CASE WHEN o.reason IN ('overdue', 'unverified', 'under_way') THEN ' (' || o.due_on || ')'
                       ELSE '' END AS v_finding
FROM outcome o JOIN platform p ON p.id = o.subject

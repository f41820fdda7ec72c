-- rule: findings_remedied
-- subject: platform
-- params: [running]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”的评估发现到期未整改：{finding}（括号内为期限）。请督促受托方立即整改；屡催不改的，按合同追究。
--     en: 'Findings about platform "{platform}" are past their date and not remedied (due dates in brackets): {finding}. Press the provider; if it does not act, enforce the contract.'
--   unverified:
--     zh: 平台“{platform}”的评估发现已报整改完成，但到期仍未复核：{finding}（括号内为期限）。请复核并登记复核人和日期。
--     en: 'The provider reported findings about platform "{platform}" as remedied, but they were not verified by their date (in brackets): {finding}. Verify them and enter who did and when.'
--   not_asked:
--     zh: 平台“{platform}”的评估发现尚未要求受托方整改或没有期限：{finding}。请发出整改要求并登记日期和期限。
--     en: 'The provider was not asked to remedy findings about platform "{platform}", or they have no date: {finding}. Send the demand and enter when it was sent and by when it is due.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，本条暂不适用。
--     en: Nothing is in operation on platform "{platform}", so the requirement does not apply yet.
--   no_evaluation:
--     zh: 平台“{platform}”还没有已完成的评估，没有需要整改的发现。
--     en: No evaluation of platform "{platform}" has been completed, so there are no findings to remedy.
--   under_way:
--     zh: 平台“{platform}”的评估发现已要求受托方整改，期限未到：{finding}（括号内为期限）。
--     en: 'The provider has been asked to remedy the findings about platform "{platform}"; they are not yet due (due dates in brackets): {finding}.'
--   remedied:
--     zh: 平台“{platform}”的评估发现均已整改并复核通过：{finding}。
--     en: 'The findings about platform "{platform}" are remedied and verified: {finding}.'
--   no_finding:
--     zh: 平台“{platform}”的已完成评估没有发现需整改的问题。
--     en: The completed evaluations of platform "{platform}" found nothing to remedy.
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM deployment d
                             WHERE d.platform = p.id AND ' ' || :running || ' ' LIKE '% ' || d.state || ' %')
                THEN 1 ELSE 0 END AS running
    FROM subject x JOIN platform p ON p.id = x.id
), held AS (
    SELECT c.subject, a.id AS assessment_id
    FROM cloud c JOIN assessment_platforms l ON l.value = c.subject JOIN assessment a ON a.id = l.id
    WHERE c.running = 1 AND a.state = 'completed'
), found AS (
    SELECT h.subject, f.id AS finding_id, f.title, f.due_on,
           CASE WHEN f.state = 'verified' AND f.verified_by IS NOT NULL AND f.verified_on IS NOT NULL THEN 'remedied'
                WHEN f.requested_on IS NULL OR f.due_on IS NULL THEN 'not_asked'
                WHEN f.due_on >= yj_today() THEN 'under_way'
                WHEN f.state = 'open' THEN 'overdue'
                ELSE 'unverified' END AS reason
    FROM held h JOIN finding f ON f.assessment = h.assessment_id
    WHERE f.platform IS NULL OR f.platform = h.subject
), outcome AS (
    SELECT c.subject,
           CASE WHEN c.running = 0 THEN 'not_running'
                WHEN NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject) THEN 'no_evaluation'
                ELSE 'no_finding' END AS reason,
           CAST(NULL AS TEXT) AS finding_id, CAST(NULL AS TEXT) AS finding, CAST(NULL AS TEXT) AS due
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM found f WHERE f.subject = c.subject)
    UNION ALL
    SELECT f.subject, f.reason, f.finding_id,
           f.title || CASE WHEN f.reason = 'remedied' OR f.due_on IS NULL THEN '' ELSE ' (' || f.due_on || ')' END,
           CASE WHEN f.reason = 'under_way' THEN f.due_on END
    FROM found f
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('remedied', 'under_way', 'no_finding') THEN 'met'
            WHEN o.reason IN ('not_running', 'no_evaluation') THEN 'not_applicable'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.finding_id IS NULL THEN 'platform' ELSE 'finding' END AS proof_kind,
       coalesce(o.finding_id, o.subject) AS proof,
       c.name AS v_platform, o.finding AS v_finding
FROM outcome o JOIN cloud c ON c.subject = o.subject

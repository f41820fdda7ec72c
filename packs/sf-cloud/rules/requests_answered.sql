-- rule: requests_answered
-- subject: platform
-- params: [purposes]
-- reasons:
--   refused:
--     zh: 平台“{platform}”的受托方拒绝配合：{request}。请依合同要求其配合，必要时认定为违约。
--     en: 'The provider of platform "{platform}" refuses to cooperate: {request}. Require it under the contract; if need be, record a breach.'
--   overdue:
--     zh: 平台“{platform}”的受托方逾期未答复：{request}（括号内为期限）。请催办，并在监督评价中记一笔。
--     en: 'The provider of platform "{platform}" has not answered by the date (in brackets): {request}. Press it, and note it in the next review.'
--   no_date:
--     zh: 向平台“{platform}”的受托方提出的要求没有答复期限：{request}。请补填期限。
--     en: 'What was asked of the provider of platform "{platform}" has no date by which to answer: {request}. Enter one.'
--   unchecked:
--     zh: 平台“{platform}”的受托方已答复，但还没有核对通过并附上收到的材料：{request}。请核对并登记核对人和日期。
--     en: 'The provider of platform "{platform}" has answered, but the answer is not checked or has nothing attached: {request}. Check it and enter who did and when.'
--   none_asked:
--     zh: 没有就此向平台“{platform}”的受托方提出过要求，本条暂不适用。
--     en: Nothing of this kind was asked of the provider of platform "{platform}", so the requirement does not apply yet.
--   under_way:
--     zh: 已向平台“{platform}”的受托方提出，答复期限未到：{request}（括号内为期限）。
--     en: 'The provider of platform "{platform}" has been asked and still has time (date in brackets): {request}.'
--   answered:
--     zh: 平台“{platform}”的受托方已按要求答复，材料经核对够用：{request}。
--     en: 'The provider of platform "{platform}" has answered as asked, and the answers were checked: {request}.'
WITH asked AS MATERIALIZED (
    SELECT x.id AS subject, q.id AS request_id, q.title, q.due_on,
           CASE WHEN q.state = 'accepted' AND q.answered_on IS NOT NULL AND q.checked_by IS NOT NULL
                     AND q.checked_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM evidence_request_evidence e WHERE e.id = q.id) THEN 'answered'
                WHEN q.state = 'refused' THEN 'refused'
                WHEN q.answered_on IS NOT NULL OR q.state <> 'asked' THEN 'unchecked'
                WHEN q.due_on IS NULL THEN 'no_date'
                WHEN q.due_on < yj_today() THEN 'overdue'
                ELSE 'under_way' END AS reason
    FROM subject x JOIN evidence_request q ON q.platform = x.id
    WHERE :purposes = 'all' OR ' ' || :purposes || ' ' LIKE '% ' || q.purpose || ' %'
), outcome AS (
    SELECT x.id AS subject, 'none_asked' AS reason, CAST(NULL AS TEXT) AS request_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS due_on
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM asked a WHERE a.subject = x.id)
    UNION ALL
    SELECT a.subject, a.reason, a.request_id, a.title, a.due_on FROM asked a
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('answered', 'under_way') THEN 'met'
            WHEN o.reason = 'none_asked' THEN 'not_applicable'
            WHEN o.reason IN ('refused', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, CASE WHEN o.reason = 'under_way' THEN o.due_on END AS due,
       CASE WHEN o.request_id IS NULL THEN 'platform' ELSE 'evidence_request' END AS proof_kind,
       coalesce(o.request_id, o.subject) AS proof,
       p.name AS v_platform,
       o.title || CASE WHEN o.reason IN ('under_way', 'overdue') THEN ' (' || o.due_on || ')' ELSE '' END AS v_request
FROM outcome o JOIN platform p ON p.id = o.subject

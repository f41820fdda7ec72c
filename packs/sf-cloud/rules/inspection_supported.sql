-- rule: inspection_supported
-- subject: inspection
-- params: []
-- reasons:
--   refused:
--     zh: 检查《{inspection}》中受托方拒绝配合：{detail}。请依合同要求其配合，必要时认定为违约。
--     en: 'In inspection "{inspection}" the provider refused: {detail}. Require it under the contract; if need be, record a breach.'
--   overdue:
--     zh: 检查《{inspection}》中受托方逾期未交：{detail}（括号内为期限）。请催办。
--     en: 'In inspection "{inspection}" the provider has not delivered by the date (in brackets): {detail}. Press it.'
--   open_requests:
--     zh: 检查《{inspection}》已办结，但这些配合事项还没有核对通过：{detail}。请核对后再办结。
--     en: 'Inspection "{inspection}" is completed, yet these requests are not accepted: {detail}. Check them first.'
--   open_findings:
--     zh: 检查《{inspection}》已办结，但这些整改还没有由第二人复核通过：{detail}。请复核后再办结。
--     en: 'Inspection "{inspection}" is completed, yet a second person has not verified these findings: {detail}. Verify them first.'
--   unconfirmed:
--     zh: 检查《{inspection}》已办结，但缺少完成日期、检查负责人、审核人或审核日期，或没有附检查报告。请由检查负责人以外的人审核并补齐。
--     en: 'Inspection "{inspection}" is completed, but its date, leader, confirming person or date of confirmation, or its report is missing. Have someone other than its leader confirm it and complete the record.'
--   planned:
--     zh: 检查《{inspection}》尚未实施，暂无需配合。
--     en: Inspection "{inspection}" has not been carried out yet, so no support is owed.
--   under_way:
--     zh: 检查《{inspection}》已实施，受托方到目前为止按期配合，尚未办结。
--     en: Inspection "{inspection}" was carried out; so far the provider has supported it in time. It is not completed yet.
--   supported:
--     zh: 检查《{inspection}》已办结：受托方按要求配合，报告和整改均经第二人审核。
--     en: 'Inspection "{inspection}" is completed: the provider supported it, and a second person confirmed report and remedies.'
WITH held AS (
    SELECT n.id AS subject, n.title, n.state,
           CASE WHEN n.inspected_on IS NULL OR n.led_by IS NULL OR n.confirmed_by IS NULL OR n.confirmed_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM inspection_evidence e WHERE e.id = n.id)
                THEN 'unconfirmed' ELSE 'supported' END AS report
    FROM subject x JOIN inspection n ON n.id = x.id
), outcome AS (
    SELECT h.subject, CASE WHEN h.state = 'planned' THEN 'planned' WHEN h.state = 'carried_out' THEN 'under_way'
                           ELSE h.report END AS reason,
           CAST(NULL AS TEXT) AS detail, CAST(NULL AS TEXT) AS due,
           CAST(NULL AS TEXT) AS request_id, CAST(NULL AS TEXT) AS finding_id
    FROM held h
    UNION ALL
    SELECT h.subject,
           CASE WHEN q.state = 'refused' THEN 'refused'
                WHEN q.state = 'accepted' AND q.checked_by IS NOT NULL THEN
                     CASE WHEN h.state = 'completed' THEN 'supported' ELSE 'under_way' END
                WHEN q.answered_on IS NULL AND q.due_on < yj_today() THEN 'overdue'
                WHEN h.state = 'completed' THEN 'open_requests'
                ELSE 'under_way' END,
           q.title || CASE WHEN q.answered_on IS NULL AND q.due_on < yj_today() THEN ' (' || q.due_on || ')' ELSE '' END,
           CASE WHEN q.answered_on IS NULL AND q.due_on >= yj_today() THEN q.due_on END,
           q.id, NULL
    FROM held h JOIN evidence_request q ON q.inspection = h.subject
    WHERE h.state <> 'planned'
    UNION ALL
    SELECT h.subject, 'open_findings', f.title, NULL, NULL, f.id
    FROM held h JOIN finding f ON f.inspection = h.subject
    WHERE h.state = 'completed' AND (f.state <> 'verified' OR f.verified_by IS NULL)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('supported', 'under_way') THEN 'met' WHEN o.reason = 'planned' THEN 'not_applicable'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.request_id IS NOT NULL THEN 'evidence_request' WHEN o.finding_id IS NOT NULL THEN 'finding'
            ELSE 'inspection' END AS proof_kind,
       coalesce(o.request_id, o.finding_id, o.subject) AS proof,
       h.title AS v_inspection, o.detail AS v_detail
FROM outcome o JOIN held h ON h.subject = o.subject

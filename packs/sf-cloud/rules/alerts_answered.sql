-- rule: alerts_answered
-- subject: platform
-- params: [days_respond, days_handle]
-- reasons:
--   no_response:
--     zh: 平台“{platform}”的受托方没有按期响应安全预警：{alert}（括号内为应响应的最后一日）。请立即催办。
--     en: 'The provider of platform "{platform}" has not responded to warnings by the last day (in brackets): {alert}. Press it at once.'
--   not_handled:
--     zh: 平台“{platform}”的受托方没有按期完成安全预警的处置：{alert}（括号内为应完成的最后一日）。请立即催办，并评估影响。
--     en: 'The provider of platform "{platform}" has not dealt with warnings by the last day (in brackets): {alert}. Press it at once and weigh the effect.'
--   incomplete:
--     zh: 平台“{platform}”的受托方没有处置全部受影响的资产：{alert}（括号内为已处置数和受影响数）。请要求处置完毕。
--     en: 'The provider of platform "{platform}" has not dealt with every asset affected (in brackets: dealt with, affected): {alert}. Require the rest.'
--   late:
--     zh: 平台“{platform}”的受托方响应或处置安全预警逾期：{alert}（括号内为期限）。请登记由此提出的整改，经第二人复核后本条恢复达标。
--     en: 'The provider of platform "{platform}" responded to warnings, or dealt with them, late (dates in brackets): {alert}. Enter the finding raised; once a second person has verified it the requirement is met again.'
--   unchecked:
--     zh: 平台“{platform}”的受托方已报处置完成，但还没有由经办人以外的人核对：{alert}。请核对并登记。
--     en: 'The provider of platform "{platform}" reports warnings as dealt with, but nobody other than the handler has checked: {alert}. Check and enter it.'
--   none_issued:
--     zh: 没有向平台“{platform}”的受托方发出过安全预警，本条暂不适用。
--     en: No warning was given to the provider of platform "{platform}", so the requirement does not apply yet.
--   under_way:
--     zh: 平台“{platform}”的受托方正在处理安全预警，期限未到：{alert}（括号内为期限）。
--     en: 'The provider of platform "{platform}" is dealing with warnings and still has time (dates in brackets): {alert}.'
--   handled:
--     zh: 平台“{platform}”的受托方已按期响应并处置安全预警，经第二人核对：{alert}。
--     en: 'The provider of platform "{platform}" responded to warnings and dealt with them in time, as a second person checked: {alert}.'
WITH dated AS (
    SELECT x.id AS subject, a.id AS alert_id, a.title, a.state, a.responded_on, a.handled_on, a.finding,
           a.assets_affected, a.assets_handled, a.handled_by, a.checked_by, a.checked_on,
           coalesce(a.respond_by, yj_add_days(a.issued_on, :days_respond)) AS respond_by,
           coalesce(a.handle_by, yj_add_days(a.issued_on, :days_handle)) AS handle_by
    FROM subject x JOIN alert a ON a.platform = x.id
), judged AS MATERIALIZED (
    SELECT d.subject, d.alert_id, d.title, d.respond_by, d.handle_by, d.responded_on, d.assets_affected,
           d.assets_handled,
           CASE WHEN d.responded_on IS NULL AND d.respond_by < yj_today() THEN 'no_response'
                WHEN d.handled_on IS NULL AND d.handle_by < yj_today() THEN 'not_handled'
                WHEN d.responded_on IS NULL OR d.handled_on IS NULL THEN 'under_way'
                WHEN coalesce(d.assets_handled, 0) < d.assets_affected THEN 'incomplete'
                WHEN d.state <> 'closed' OR d.handled_by IS NULL OR d.checked_by IS NULL OR d.checked_on IS NULL
                THEN 'unchecked'
                WHEN (d.responded_on > d.respond_by OR d.handled_on > d.handle_by)
                     AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.id = d.finding AND f.state = 'verified'
                                                             AND f.verified_by IS NOT NULL) THEN 'late'
                ELSE 'handled' END AS reason
    FROM dated d
), outcome AS (
    SELECT x.id AS subject, 'none_issued' AS reason, CAST(NULL AS TEXT) AS alert_id, CAST(NULL AS TEXT) AS alert,
           CAST(NULL AS TEXT) AS due
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
    UNION ALL
    SELECT j.subject, j.reason, j.alert_id,
           j.title || CASE WHEN j.reason = 'incomplete'
                           THEN ' (' || CAST(coalesce(j.assets_handled, 0) AS TEXT) || ' / ' || CAST(j.assets_affected AS TEXT) || ')'
                           WHEN j.reason = 'no_response' OR (j.reason = 'under_way' AND j.responded_on IS NULL)
                           THEN ' (' || j.respond_by || ')'
                           WHEN j.reason IN ('not_handled', 'under_way', 'late') THEN ' (' || j.handle_by || ')'
                           ELSE '' END,
           CASE WHEN j.reason = 'under_way' THEN
                CASE WHEN j.responded_on IS NULL AND j.respond_by < j.handle_by THEN j.respond_by
                     ELSE j.handle_by END END
    FROM judged j
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('handled', 'under_way') THEN 'met'
            WHEN o.reason = 'none_issued' THEN 'not_applicable'
            WHEN o.reason = 'unchecked' THEN 'unknown'
            ELSE 'unmet' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.alert_id IS NULL THEN 'platform' ELSE 'alert' END AS proof_kind,
       coalesce(o.alert_id, o.subject) AS proof, p.name AS v_platform, o.alert AS v_alert
FROM outcome o JOIN platform p ON p.id = o.subject

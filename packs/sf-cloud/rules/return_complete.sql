-- rule: return_complete
-- subject: exit
-- params: []
-- reasons:
--   faulty:
--     zh: 退出“{exit}”的返还经核对有缺少、不一致或不可读：{returned}（括号内依次为缺少、不一致、不可读项数）。请退回受托方补交。
--     en: 'Returns of exit "{exit}" were found with items missing, differing or unreadable (counts in brackets, in that order): {returned}. Send them back to the provider.'
--   overdue:
--     zh: 退出“{exit}”要求受托方返还，已过期限仍未收到：{returned}（括号内为期限）。请书面催告，按合同追究。
--     en: 'Returns of exit "{exit}" are past their day (in brackets) and not received: {returned}. Press the provider in writing and enforce the contract.'
--   short:
--     zh: 退出“{exit}”的返还核对项数少于随其收到的移交项：{returned}（括号内为核对项数/收到项数）。请补核对。
--     en: 'Fewer items were compared than came with these returns of exit "{exit}" (compared / received in brackets): {returned}. Compare the rest.'
--   not_returned:
--     zh: 退出“{exit}”的清单有 {count} 项没有随任何一次返还收到，如 {item}。请要求受托方补交，收到后登记。
--     en: '{count} items in the inventory of exit "{exit}" came with no return, such as {item}. Have the provider deliver them and enter the return.'
--   no_inventory:
--     zh: 退出“{exit}”没有移交数据清单，不能判断返还是否完整。请先编制清单并批准。
--     en: Exit "{exit}" has no hand-over inventory, so whether the return is complete cannot be told. Draw it up and have it approved.
--   not_asked:
--     zh: 退出“{exit}”还没有要求受托方返还数据和文档。请书面要求，登记日期和期限。
--     en: The provider has not been asked to return data and documents at exit "{exit}". Ask in writing, and enter the day and the due day.
--   awaited:
--     zh: 退出“{exit}”已要求受托方返还，期限未到：{returned}（括号内为期限）。
--     en: 'The provider was asked for these returns of exit "{exit}"; the day (in brackets) has not come: {returned}.'
--   incomplete:
--     zh: 退出“{exit}”的返还缺少要求或收到日期、期限、存放位置、核对结果、核对人或证据，还不能认定：{returned}。请补齐，由接收人以外的人核对。
--     en: 'Returns of exit "{exit}" lack the day asked or received, the due day, the place, the comparison, who verified or evidence: {returned}. Complete them, verified by someone other than the recipient.'
--   ahead:
--     zh: 退出“{exit}”的返还登记的日期还没有到：{returned}。请核对。
--     en: 'Returns of exit "{exit}" bear a day that lies ahead: {returned}. Check them.'
--   returned:
--     zh: 退出“{exit}”清单内 {count} 项均已返还，并由接收人以外的人与清单核对一致：{returned}。
--     en: 'All {count} items of exit "{exit}" have been returned and found in agreement with the inventory by someone other than the recipient: {returned}.'
WITH item AS MATERIALIZED (
    -- one pass over the items: how many came with each return, and the first and the last that came with none
    SELECT x.id AS subject, i.data_return, count(*) AS items, min(i.identifier) AS first_item, max(i.identifier) AS last_item
    FROM subject x JOIN handover_inventory v ON v.exit = x.id JOIN handover_item i ON i.inventory = v.id
    WHERE v.state <> 'superseded'
    GROUP BY x.id, i.data_return
), total AS (
    SELECT i.subject, sum(i.items) AS items FROM item i GROUP BY i.subject
), statement AS MATERIALIZED (
    -- signed comparisons with the list that a return had named before, by keys that are believed of such; a bag
    -- counts each file once for each of its lists, so what it counts are no items
    SELECT r.id AS return_id, e.id AS evidence_id, e.statement_fine,
           CASE WHEN e.statement = 'verify_files' THEN e.statement_matched END AS matched, e.statement_faulty
    FROM subject x JOIN data_return r ON r.exit = x.id
         JOIN evidence_proves p ON p.value = r.id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_digests d ON d.id = e.id AND d.value = r.manifest_digest
    WHERE e.statement IN ('verify_files', 'verify_bag')
), measured AS MATERIALIZED (
    -- the last one; and none is counted for two returns
    SELECT s.return_id, s.evidence_id, s.statement_fine, s.matched, s.statement_faulty FROM statement s
    WHERE NOT EXISTS (SELECT 1 FROM statement n WHERE n.return_id = s.return_id AND n.evidence_id > s.evidence_id)
      AND NOT EXISTS (SELECT 1 FROM statement o WHERE o.evidence_id = s.evidence_id AND o.return_id < s.return_id)
), judged AS MATERIALIZED (
    SELECT x.id AS subject, r.id AS return_id, r.title, r.due_on, coalesce(s.matched, r.items_compared) AS items_compared,
           r.items_missing, coalesce(s.statement_faulty, r.items_differing) AS items_differing, r.items_unreadable, s.evidence_id, coalesce(i.items, 0) AS came,
           CASE WHEN r.received_on > yj_today() THEN r.received_on WHEN r.verified_on > yj_today() THEN r.verified_on
                WHEN r.requested_on > yj_today() THEN r.requested_on END AS wait_on,
           CASE WHEN r.requested_on IS NULL OR r.due_on IS NULL THEN 'incomplete'
                WHEN r.requested_on > yj_today() OR r.received_on > yj_today() OR r.verified_on > yj_today() THEN 'ahead'
                WHEN r.received_on IS NULL AND r.due_on < yj_today() THEN 'overdue'
                WHEN r.received_on IS NULL THEN 'awaited'
                WHEN r.items_missing > 0 OR r.items_differing > 0 OR r.items_unreadable > 0
                     OR s.statement_fine = 0 THEN 'faulty'
                WHEN s.statement_fine = 1
                THEN CASE WHEN coalesce(s.matched, r.items_compared, 0) < coalesce(i.items, 0) THEN 'short' ELSE 'returned' END
                WHEN r.state <> 'verified' OR r.received_by IS NULL OR r.path IS NULL OR r.items_compared IS NULL
                     OR r.items_missing IS NULL OR r.items_differing IS NULL OR r.items_unreadable IS NULL
                     OR r.verified_by IS NULL OR r.verified_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM data_return_evidence v WHERE v.id = r.id) THEN 'incomplete'
                WHEN r.items_compared < coalesce(i.items, 0) THEN 'short'
                ELSE 'returned' END AS reason
    FROM subject x JOIN data_return r ON r.exit = x.id LEFT JOIN measured s ON s.return_id = r.id
         LEFT JOIN item i ON i.data_return = r.id AND i.subject = x.id
), pick AS (
    SELECT 1 AS id UNION ALL SELECT 2
), outcome AS (
    SELECT j.subject, j.reason, j.return_id, j.evidence_id,
           j.title || CASE WHEN j.reason IN ('awaited', 'overdue') THEN ' (' || j.due_on || ')'
                           WHEN j.reason = 'short'
                           THEN ' (' || CAST(coalesce(j.items_compared, 0) AS TEXT) || '/' || CAST(j.came AS TEXT) || ')'
                           WHEN j.reason = 'faulty'
                           THEN ' (' || CAST(coalesce(j.items_missing, 0) AS TEXT) || '/' || CAST(coalesce(j.items_differing, 0) AS TEXT)
                                || '/' || CAST(coalesce(j.items_unreadable, 0) AS TEXT) || ')'
                           ELSE '' END AS returned,
           t.items AS amount, CAST(NULL AS TEXT) AS item,
           CASE WHEN j.reason = 'awaited' THEN j.due_on WHEN j.reason = 'ahead' THEN yj_add_days(j.wait_on, -1) END AS due
    FROM judged j LEFT JOIN total t ON t.subject = j.subject
    UNION ALL
    SELECT i.subject, 'not_returned', NULL, NULL, NULL, i.items, CASE WHEN p.id = 1 THEN i.first_item ELSE i.last_item END, NULL
    FROM item i CROSS JOIN pick p
    WHERE i.data_return IS NULL AND EXISTS (SELECT 1 FROM judged j WHERE j.subject = i.subject)
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = i.subject AND j.reason = 'awaited')
    UNION ALL
    SELECT i.subject, 'not_returned', NULL, NULL, NULL, i.items, i.first_item, NULL
    FROM item i
    WHERE i.data_return IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = i.subject AND j.return_id = i.data_return)
    UNION ALL
    SELECT x.id, 'not_asked', NULL, NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
    UNION ALL
    SELECT x.id, 'no_inventory', NULL, NULL, NULL, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'returned' THEN 'met'
            WHEN o.reason IN ('faulty', 'overdue', 'short', 'not_returned') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.evidence_id IS NOT NULL THEN 'evidence' WHEN o.return_id IS NOT NULL THEN 'data_return'
            ELSE 'exit' END AS proof_kind,
       coalesce(o.evidence_id, o.return_id, o.subject) AS proof,
       e.title AS v_exit, o.returned AS v_returned, CAST(o.amount AS TEXT) AS v_count, o.item AS v_item
FROM outcome o JOIN exit e ON e.id = o.subject

-- rule: devices_by_plan
-- subject: exit
-- params: []
-- reasons:
--   before_plan:
--     zh: 退出“{exit}”的这些设备在处理方案批准（{approved}）之前就处理了：{device}。请核对处理结果是否符合方案并说明原因。
--     en: 'Devices of exit "{exit}" were handled before the plan was approved ({approved}): {device}. See whether what was done agrees with the plan and record the cause.'
--   no_method:
--     zh: 退出“{exit}”的这些设备的处置方式在处理方案中没有规定：{device}。请修改方案或改变处置。
--     en: 'What was done with these devices of exit "{exit}" is not provided for in the plan: {device}. Change the plan or the disposition.'
--   weaker:
--     zh: 退出“{exit}”的这些设备内的介质没有按方案的方法清除并验证：{device}（括号内为介质）。请按方案重做。
--     en: 'Media in these devices of exit "{exit}" (in brackets) were not cleared and verified by the method of the plan: {device}. Do it again by the plan.'
--   no_plan:
--     zh: 退出“{exit}”还没有已批准的设备处理方案，不能判断设备是否按方案处理。请先批准方案。
--     en: Exit "{exit}" has no approved device disposal plan, so whether devices were handled by it cannot be told. Have one approved first.
--   no_list:
--     zh: 退出“{exit}”还没有列出要迁移或废弃的设备。请先清点和登记。
--     en: No device to be moved or discarded is listed for exit "{exit}". Count and list them first.
--   pending:
--     zh: 退出“{exit}”的这些设备还没有处理：{device}。
--     en: 'Devices of exit "{exit}" still to be handled: {device}.'
--   no_date:
--     zh: 退出“{exit}”的这些设备登记为已处理，但没有处置方式或处理日期：{device}。请补齐。
--     en: 'Devices of exit "{exit}" are entered as handled without a disposition or a day: {device}. Complete them.'
--   no_devices:
--     zh: 退出“{exit}”经清点没有要迁移或废弃的硬件设备，本条不适用。
--     en: A count at exit "{exit}" found no device to be moved or discarded; the requirement does not apply.
--   by_plan:
--     zh: 退出“{exit}”的设备均已按批准的方案处理：{device}。
--     en: 'All devices of exit "{exit}" were handled by the approved plan: {device}.'
WITH plan AS (
    SELECT x.id AS subject, max(p.approved_on) AS approved_on
    FROM subject x JOIN disposal_plan p ON p.exit = x.id
    WHERE p.matter = 'device' AND p.state = 'approved'
    GROUP BY x.id
), rank AS (
    SELECT 'clear' AS id, 1 AS strength UNION ALL SELECT 'purge', 2 UNION ALL SELECT 'crypto_erase', 2 UNION ALL SELECT 'destroy', 3
), method AS MATERIALIZED (
    SELECT p.subject, m.step, m.level_text, r.strength
    FROM plan p JOIN disposal_plan q ON q.exit = p.subject JOIN disposal_method m ON m.disposal_plan = q.id
         LEFT JOIN rank r ON r.id = m.sanitising
    WHERE q.matter = 'device' AND q.state = 'approved'
), held AS (
    SELECT d.exit AS subject, d.id AS device_id, m.id AS medium_id, m.serial,
           coalesce((SELECT max(t.strength) FROM method t
                     WHERE t.subject = d.exit AND t.step IN ('device_clear', 'device_' || d.disposition)
                       AND (t.level_text = 'all' OR t.level_text = 'l' || CAST(m.level AS TEXT))), 1) AS least,
           (SELECT max(r.strength) FROM sanitisation z JOIN rank r ON r.id = z.method
            WHERE z.medium = m.id AND z.state = 'verified' AND (z.units_residual IS NULL OR z.units_residual = 0)) AS done
    FROM subject x JOIN device d ON d.exit = x.id JOIN medium m ON m.device = d.id
    WHERE d.disposition <> 'migrate'
), certified AS MATERIALIZED (
    -- signed results about a medium that had been entered before, by keys that are believed of such
    SELECT h.medium_id, r.strength
    FROM held h JOIN evidence_proves p ON p.value = h.medium_id JOIN believed e ON e.id = p.id
         JOIN evidence_statement_names n ON n.id = e.id AND n.value = h.serial
         JOIN rank r ON r.id = e.statement_outcome
    WHERE e.statement = 'wipe' AND e.statement_fine = 1
), judged AS MATERIALIZED (
    SELECT x.id AS subject, d.id AS device_id, d.asset_number || ' ' || d.name AS device, p.approved_on,
           CASE WHEN d.state <> 'handled' THEN 'pending'
                WHEN p.approved_on IS NULL THEN 'no_plan'
                WHEN d.disposition IS NULL OR d.handled_on IS NULL THEN 'no_date'
                WHEN d.handled_on < p.approved_on THEN 'before_plan'
                WHEN NOT EXISTS (SELECT 1 FROM method t WHERE t.subject = x.id AND t.step = 'device_' || d.disposition)
                THEN 'no_method'
                ELSE 'by_plan' END AS reason
    FROM subject x JOIN device d ON d.exit = x.id LEFT JOIN plan p ON p.subject = x.id
), outcome AS (
    SELECT j.subject, j.reason, j.device_id, j.device, j.approved_on FROM judged j
    UNION ALL
    SELECT j.subject, 'weaker', j.device_id, j.device || ' (' || h.serial || ')', j.approved_on
    FROM judged j JOIN held h ON h.device_id = j.device_id
    WHERE j.reason = 'by_plan' AND coalesce(h.done, 0) < h.least
      AND NOT EXISTS (SELECT 1 FROM certified c WHERE c.medium_id = h.medium_id AND c.strength >= h.least)
    UNION ALL
    SELECT x.id, CASE WHEN EXISTS (SELECT 1 FROM exit_count c WHERE c.exit = x.id AND c.matter = 'device' AND c.counted = 0
                                          AND c.confirmed_by IS NOT NULL) THEN 'no_devices' ELSE 'no_list' END, NULL, NULL, NULL
    FROM subject x WHERE NOT EXISTS (SELECT 1 FROM judged j WHERE j.subject = x.id)
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'by_plan' THEN 'met' WHEN o.reason = 'no_devices' THEN 'not_applicable'
            WHEN o.reason IN ('before_plan', 'no_method', 'weaker') THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason, NULL AS due,
       CASE WHEN o.device_id IS NOT NULL THEN 'device' ELSE 'exit' END AS proof_kind, coalesce(o.device_id, o.subject) AS proof,
       e.title AS v_exit, o.device AS v_device, o.approved_on AS v_approved
FROM outcome o JOIN exit e ON e.id = o.subject

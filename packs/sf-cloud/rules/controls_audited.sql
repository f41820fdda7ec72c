-- rule: controls_audited
-- subject: provider
-- params: [model, months]
-- reasons:
--   exceptions:
--     zh: 受托方“{provider}”的内部控制（{area|choice:internal_control.area}）有未纠正的例外：{report}（括号内为数量）。请要求纠正并登记整改。
--     en: 'Internal control of provider "{provider}" ({area|choice:internal_control.area}) has exceptions not corrected: {report} (number in brackets). Require correction and enter findings.'
--   overdue:
--     zh: 受托方“{provider}”的内部控制（{area|choice:internal_control.area}）只审查到 {day}，应不晚于 {until} 再审查。请索取新的报告。
--     en: 'Internal control of provider "{provider}" ({area|choice:internal_control.area}) was reviewed up to {day} only; the next report was due by {until}. Ask for it.'
--   incomplete:
--     zh: 受托方“{provider}”的内部控制报告《{report}》还不能作数：须测试过控制，填写未纠正的例外数，附报告，并由专人审阅。
--     en: 'Report "{report}" on internal control of provider "{provider}" does not count yet: controls tested, exceptions not corrected entered, the report attached, and someone has read it.'
--   never:
--     zh: 受托方“{provider}”没有“{area|choice:internal_control.area}”方面的内部控制审查报告。请索取第三方鉴证报告或自行审查并登记。
--     en: 'There is no report on internal control of provider "{provider}" in this area: {area|choice:internal_control.area}. Ask for a third party''s report or review it yourselves, and enter it.'
--   in_future:
--     zh: 受托方“{provider}”的内部控制报告《{report}》的期间或审阅日期（{day}）晚于今天，请更正。
--     en: 'Report "{report}" on internal control of provider "{provider}" ends, or was read, after today ({day}). Correct it.'
--   unmatched:
--     zh: 受托方“{provider}”没有本条所说部署模式的平台在承载运行中的部署，本条不适用。
--     en: No platform of provider "{provider}" of this model carries anything in operation; the requirement does not apply.
--   controlled:
--     zh: 受托方“{provider}”的内部控制（{area|choice:internal_control.area}）审查到 {day}，没有未纠正的例外（{report}），应不晚于 {until} 再审查。
--     en: 'Internal control of provider "{provider}" ({area|choice:internal_control.area}) was reviewed up to {day} with no exception open ({report}); again by {until}.'
WITH need AS (
    SELECT 'staff' AS area UNION ALL SELECT 'suppliers' UNION ALL SELECT 'operating_risk'
), party AS (
    SELECT p.id AS subject, p.name,
           CASE WHEN EXISTS (SELECT 1 FROM platform f JOIN deployment d ON d.platform = f.id
                             WHERE f.provider = p.id AND f.model = :model AND d.state IN ('operating', 'exiting'))
                THEN 1 ELSE 0 END AS running
    FROM subject x JOIN provider p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT p.subject, k.id AS control_id, k.area, k.title, k.period_to, k.exceptions_open AS open_ones,
           k.reviewed_on AS start,
           CASE WHEN k.state = 'reviewed' AND k.controls_tested > 0 AND k.exceptions_open IS NOT NULL
                     AND k.reviewed_by IS NOT NULL AND k.reviewed_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM internal_control_evidence e WHERE e.id = k.id)
                THEN 1 ELSE 0 END AS complete
    FROM party p JOIN internal_control k ON k.provider = p.subject
    WHERE p.running = 1
), last AS MATERIALIZED (
    SELECT h.subject, h.area, max(h.period_to) AS day FROM held h
    WHERE h.complete = 1 AND h.start <= yj_today() GROUP BY h.subject, h.area
), outcome AS (
    SELECT p.subject, 'unmatched' AS reason, CAST(NULL AS TEXT) AS area, CAST(NULL AS TEXT) AS control_id,
           CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day
    FROM party p WHERE p.running = 0
    UNION ALL
    SELECT p.subject, 'never', n.area, NULL, NULL, NULL
    FROM party p CROSS JOIN need n
    WHERE p.running = 1 AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = p.subject AND h.area = n.area)
    UNION ALL
    SELECT h.subject, 'incomplete', h.area, h.control_id, h.title, h.period_to
    FROM held h
    WHERE h.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject AND t.area = h.area)
    UNION ALL
    SELECT h.subject, 'in_future', h.area, h.control_id, h.title, h.start
    FROM held h WHERE h.complete = 1 AND h.start > yj_today()
    UNION ALL
    SELECT h.subject,
           CASE WHEN h.open_ones > 0 THEN 'exceptions'
                WHEN yj_add_months(h.period_to, :months) < yj_today() THEN 'overdue'
                ELSE 'controlled' END,
           h.area, h.control_id,
           h.title || CASE WHEN h.open_ones > 0 THEN ' (' || CAST(h.open_ones AS TEXT) || ')' ELSE '' END, h.period_to
    FROM held h JOIN last t ON t.subject = h.subject AND t.area = h.area AND t.day = h.period_to
    WHERE h.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'controlled' THEN 'met' WHEN o.reason = 'unmatched' THEN 'not_applicable'
            WHEN o.reason IN ('exceptions', 'overdue') THEN 'unmet' ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'controlled' THEN yj_add_months(o.day, :months)
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.control_id IS NULL THEN 'provider' ELSE 'internal_control' END AS proof_kind,
       coalesce(o.control_id, o.subject) AS proof,
       p.name AS v_provider, o.area AS v_area, o.title AS v_report, o.day AS v_day,
       yj_add_months(o.day, :months) AS v_until
FROM outcome o JOIN party p ON p.subject = o.subject

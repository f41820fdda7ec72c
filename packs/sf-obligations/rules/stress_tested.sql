-- rule: stress_tested
-- subject: system
-- params: [types, months, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 重要信息系统“{system}”最近一次压力测试（{test}）在 {day}，应不晚于 {until} 再测（每 {months} 个月一次，可由设置 {:setting} 改动）。请安排。
--     en: Important system "{system}" had its last stress test on {day} ({test}); the next was due by {until} (every {months} months, which setting {:setting} can change). Arrange it.
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于系统“{system}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to system "{system}". Enter it with the institution.
--   unweighed:
--     zh: 系统“{system}”没有填写是否重要信息系统，无法判断是否必须做压力测试。请填写。
--     en: System "{system}" does not say whether it is important, so it cannot be told whether it must be stress-tested. Enter it.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   never:
--     zh: 重要信息系统“{system}”没有经审核、附报告的压力测试结果。请组织测试并登记结果。
--     en: Important system "{system}" has no result of a stress test that is confirmed and has its report. Hold one and enter the result.
--   in_future:
--     zh: 系统“{system}”的压力测试（{test}）的审核日期 {day} 晚于今天，请更正。
--     en: The stress test of system "{system}" ({test}) is confirmed on {day}, after today. Correct it.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   not_important:
--     zh: 系统“{system}”不是重要信息系统，本条不适用。
--     en: System "{system}" is not an important one; this does not apply.
--   first_due:
--     zh: 重要信息系统“{system}”自 {day} 起投产，第一次压力测试应不晚于 {until}。
--     en: Important system "{system}" is in service since {day}; its first stress test is due by {until}.
--   tested:
--     zh: 重要信息系统“{system}”已于 {day} 做压力测试（{test}），下一次应不晚于 {until}。
--     en: Important system "{system}" was stress-tested on {day} ({test}); the next is due by {until}.
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:months AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS months
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), weighed AS MATERIALIZED (
    SELECT s.id AS subject, s.name, s.in_service_since AS since, m.months, m.value,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN s.importance IS NULL THEN 'unweighed'
                WHEN s.importance <> 'important' THEN 'not_important'
                WHEN m.months IS NULL THEN 'bad_setting'
                ELSE 'owed' END AS scope
    FROM subject x JOIN system s ON s.id = x.id CROSS JOIN own o CROSS JOIN term m
), held AS MATERIALIZED (
    SELECT DISTINCT x.id AS subject, t.id AS test_id, t.title, t.held_on, t.confirmed_on
    FROM subject x JOIN stress_result r ON r.system = x.id JOIN stress_test t ON t.id = r.stress_test
    WHERE t.state = 'confirmed' AND t.held_on IS NOT NULL AND t.led_by IS NOT NULL AND t.confirmed_by IS NOT NULL
      AND t.confirmed_on IS NOT NULL AND EXISTS (SELECT 1 FROM stress_test_evidence e WHERE e.id = t.id)
), last AS MATERIALIZED (
    SELECT h.subject, max(h.held_on) AS day FROM held h WHERE h.confirmed_on <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT w.subject, w.scope AS reason, CAST(NULL AS TEXT) AS test_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until
    FROM weighed w WHERE w.scope <> 'owed'
    UNION ALL
    SELECT w.subject, CASE WHEN yj_add_months(w.since, w.months) >= yj_today() THEN 'first_due' ELSE 'never' END,
           NULL, NULL, w.since, yj_add_months(w.since, w.months)
    FROM weighed w WHERE w.scope = 'owed' AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = w.subject)
    UNION ALL
    SELECT w.subject, 'in_future', h.test_id, h.title, h.confirmed_on, NULL
    FROM weighed w JOIN held h ON h.subject = w.subject WHERE w.scope = 'owed' AND h.confirmed_on > yj_today()
    UNION ALL
    SELECT w.subject, CASE WHEN yj_add_months(t.day, w.months) < yj_today() THEN 'overdue' ELSE 'tested' END,
           h.test_id, h.title, h.held_on, yj_add_months(t.day, w.months)
    FROM weighed w JOIN last t ON t.subject = w.subject JOIN held h ON h.subject = w.subject AND h.held_on = t.day
    WHERE w.scope = 'owed'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'tested' THEN 'met' WHEN o.reason = 'overdue' THEN 'unmet'
            WHEN o.reason IN ('other_type', 'not_important', 'first_due') THEN 'not_applicable'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('tested', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.test_id IS NULL THEN 'system' ELSE 'stress_test' END AS proof_kind,
       coalesce(o.test_id, o.subject) AS proof,
       w.name AS v_system, l.value AS v_licence, o.title AS v_test, o.day AS v_day, o.until AS v_until,
       CAST(w.months AS TEXT) AS v_months, w.value AS v_value
FROM outcome o JOIN weighed w ON w.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'

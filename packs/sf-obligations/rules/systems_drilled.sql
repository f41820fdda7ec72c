-- rule: systems_drilled
-- subject: system
-- params: [types, months, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 重要信息系统“{system}”最近一次演练（{drill}）在 {day}，应不晚于 {until} 再演练（{months} 个月内覆盖，可由设置 {:setting} 改动）。请把它列入下一次演练。
--     en: Important system "{system}" was last drilled on {day} ({drill}) and was due again by {until} (within {months} months, which setting {:setting} can change). Include it in the next drill.
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于系统“{system}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to system "{system}". Enter it with the institution.
--   unweighed:
--     zh: 系统“{system}”没有填写是否重要信息系统，无法判断是否必须演练。请填写。
--     en: System "{system}" does not say whether it is important, so it cannot be told whether it must be drilled. Enter it.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   never:
--     zh: 重要信息系统“{system}”没有参加过经审核、附报告的演练。请把它列入演练，登记为演练覆盖的系统或演练结果。
--     en: Important system "{system}" was in no drill that is confirmed and has its report. Include it in one, as a system drilled or by a drill result.
--   in_future:
--     zh: 覆盖系统“{system}”的演练（{drill}）的审核日期 {day} 晚于今天，请更正。
--     en: The drill of system "{system}" ({drill}) is confirmed on {day}, after today. Correct it.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   not_important:
--     zh: 系统“{system}”不是重要信息系统，本条不适用。
--     en: System "{system}" is not an important one; this does not apply.
--   first_due:
--     zh: 重要信息系统“{system}”自 {day} 起投产，第一次演练应不晚于 {until}。
--     en: Important system "{system}" is in service since {day}; its first drill is due by {until}.
--   drilled:
--     zh: 重要信息系统“{system}”已于 {day} 演练（{drill}），应不晚于 {until} 再演练。
--     en: Important system "{system}" was drilled on {day} ({drill}); again by {until}.
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
), took AS (
    SELECT x.id AS subject, l.id AS drill_id FROM subject x JOIN drill_systems l ON l.value = x.id
    UNION
    SELECT x.id, v.drill
    FROM subject x JOIN deployment d ON d.system = x.id JOIN drill_result v ON v.deployment = d.id
), held AS MATERIALIZED (
    SELECT t.subject, r.id AS drill_id, r.title, r.held_on, r.confirmed_on
    FROM took t JOIN drill r ON r.id = t.drill_id
    WHERE r.state = 'confirmed' AND r.held_on IS NOT NULL AND r.led_by IS NOT NULL AND r.confirmed_by IS NOT NULL
      AND r.confirmed_on IS NOT NULL AND EXISTS (SELECT 1 FROM drill_evidence e WHERE e.id = r.id)
), last AS MATERIALIZED (
    SELECT h.subject, max(h.held_on) AS day FROM held h WHERE h.confirmed_on <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT w.subject, w.scope AS reason, CAST(NULL AS TEXT) AS drill_id, CAST(NULL AS TEXT) AS title,
           CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until
    FROM weighed w WHERE w.scope <> 'owed'
    UNION ALL
    SELECT w.subject, CASE WHEN yj_add_months(w.since, w.months) >= yj_today() THEN 'first_due' ELSE 'never' END,
           NULL, NULL, w.since, yj_add_months(w.since, w.months)
    FROM weighed w WHERE w.scope = 'owed' AND NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = w.subject)
    UNION ALL
    SELECT w.subject, 'in_future', h.drill_id, h.title, h.confirmed_on, NULL
    FROM weighed w JOIN held h ON h.subject = w.subject WHERE w.scope = 'owed' AND h.confirmed_on > yj_today()
    UNION ALL
    SELECT w.subject, CASE WHEN yj_add_months(t.day, w.months) < yj_today() THEN 'overdue' ELSE 'drilled' END,
           h.drill_id, h.title, h.held_on, yj_add_months(t.day, w.months)
    FROM weighed w JOIN last t ON t.subject = w.subject JOIN held h ON h.subject = w.subject AND h.held_on = t.day
    WHERE w.scope = 'owed'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'drilled' THEN 'met' WHEN o.reason = 'overdue' THEN 'unmet'
            WHEN o.reason IN ('other_type', 'not_important', 'first_due') THEN 'not_applicable'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('drilled', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.drill_id IS NULL THEN 'system' ELSE 'drill' END AS proof_kind,
       coalesce(o.drill_id, o.subject) AS proof,
       w.name AS v_system, l.value AS v_licence, o.title AS v_drill, o.day AS v_day, o.until AS v_until,
       CAST(w.months AS TEXT) AS v_months, w.value AS v_value
FROM outcome o JOIN weighed w ON w.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'

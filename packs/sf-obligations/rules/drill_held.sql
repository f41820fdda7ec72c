-- rule: drill_held
-- subject: institution
-- params: [types, joint, months, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 机构“{institution}”最近一次应急演练（{drill}）在 {day}，应不晚于 {until} 再演练（每 {months} 个月一次，可由设置 {:setting} 改动）。请安排。
--     en: The last emergency drill of institution "{institution}" ({drill}) was on {day}; the next was due by {until} (every {months} months, which setting {:setting} can change). Arrange it.
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   unconfirmed:
--     zh: 机构“{institution}”的应急演练（{drill}）还不能作数：须已演练，附演练报告，并由组织人以外的人审核。
--     en: 'Drills of institution "{institution}" do not count yet ({drill}): they must be held, have their report attached, and be confirmed by someone other than the organiser.'
--   never:
--     zh: 机构“{institution}”没有登记过本条所说的应急演练。请组织演练，附报告并审核。
--     en: No emergency drill of the kind asked for is on record for institution "{institution}". Hold one, attach the report and have it confirmed.
--   in_future:
--     zh: 机构“{institution}”的应急演练（{drill}）的审核日期 {day} 晚于今天，请更正。
--     en: The drill of institution "{institution}" ({drill}) is confirmed on {day}, after today. Correct it.
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   held:
--     zh: 机构“{institution}”已于 {day} 演练（{drill}），报告在案，下一次应不晚于 {until}。
--     en: Institution "{institution}" held a drill on {day} ({drill}) with its report on record; the next is due by {until}.
WITH term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:months AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS months
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), own AS MATERIALIZED (
    SELECT i.id AS subject, i.name AS institution, m.months, m.value,
           CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :types || ' ' LIKE '% ' || l.value || ' %')
                THEN CASE WHEN m.months IS NULL THEN 'bad_setting' ELSE 'bound' END
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l WHERE l.id = i.id)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM subject x JOIN institution i ON i.id = x.id CROSS JOIN term m
), held AS MATERIALIZED (
    SELECT r.id AS drill_id, r.title, r.held_on, r.confirmed_on,
           CASE WHEN r.state = 'confirmed' AND r.held_on IS NOT NULL AND r.led_by IS NOT NULL
                     AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM drill_evidence e WHERE e.id = r.id) THEN 1 ELSE 0 END AS complete
    FROM drill r
    WHERE :joint = 'no' OR EXISTS (SELECT 1 FROM drill_connected_parties p WHERE p.id = r.id)
), last AS MATERIALIZED (
    SELECT max(h.held_on) AS day FROM held h WHERE h.complete = 1 AND h.confirmed_on <= yj_today()
), outcome AS (
    SELECT o.subject, o.scope AS reason,
           CAST(NULL AS TEXT) AS drill_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until
    FROM own o WHERE o.scope <> 'bound'
    UNION ALL
    SELECT o.subject, 'never', NULL, NULL, NULL, NULL
    FROM own o
    WHERE o.scope = 'bound' AND NOT EXISTS (SELECT 1 FROM held h)
    UNION ALL
    SELECT o.subject, 'unconfirmed', h.drill_id, h.title, NULL, NULL
    FROM own o CROSS JOIN held h CROSS JOIN last t
    WHERE o.scope = 'bound' AND h.complete = 0 AND t.day IS NULL
    UNION ALL
    SELECT o.subject, 'in_future', h.drill_id, h.title, h.confirmed_on, NULL
    FROM own o CROSS JOIN held h
    WHERE o.scope = 'bound' AND h.complete = 1 AND h.confirmed_on > yj_today()
    UNION ALL
    SELECT o.subject, CASE WHEN yj_add_months(t.day, o.months) < yj_today() THEN 'overdue' ELSE 'held' END,
           h.drill_id, h.title, h.held_on, yj_add_months(t.day, o.months)
    FROM own o CROSS JOIN last t JOIN held h ON h.held_on = t.day
    WHERE o.scope = 'bound' AND h.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'held' THEN 'met' WHEN o.reason = 'overdue' THEN 'unmet'
            WHEN o.reason = 'other_type' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'held' THEN o.until WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.drill_id IS NULL THEN 'institution' ELSE 'drill' END AS proof_kind,
       coalesce(o.drill_id, o.subject) AS proof,
       i.institution AS v_institution, l.value AS v_licence, o.title AS v_drill, o.day AS v_day, o.until AS v_until,
       CAST(i.months AS TEXT) AS v_months, i.value AS v_value
FROM outcome o JOIN own i ON i.subject = o.subject
     LEFT JOIN institution_licence l ON l.id = o.subject

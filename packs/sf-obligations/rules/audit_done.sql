-- rule: audit_done
-- subject: institution
-- params: [types, audit, performer, months, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 机构“{institution}”最近一次{:audit|choice:it_audit.type}（{audit}）完成于 {day}，应不晚于 {until} 再做（每 {months} 个月一次，可由设置 {:setting} 改动）。请安排。
--     en: 'The last one of institution "{institution}" was completed on {day} ({audit}); the next was due by {until} (every {months} months, which setting {:setting} can change): {:audit|choice:it_audit.type}. Arrange it.'
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断本条是否适用。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told whether this applies. Enter it with the institution.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数月数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of months from 1 to 9999, so the term cannot be worked out. Correct it.
--   incomplete:
--     zh: 机构“{institution}”的{:audit|choice:it_audit.type}（{audit}）还不能作数：须已完成，附报告，并由审计负责人以外的人接收确认。
--     en: 'Of institution "{institution}" these do not count yet ({audit}): they must be completed, have their report attached, and be received by someone other than their leader: {:audit|choice:it_audit.type}.'
--   never:
--     zh: 机构“{institution}”没有登记过{:audit|choice:it_audit.type}。请组织，并附报告登记。
--     en: 'None is on record for institution "{institution}": {:audit|choice:it_audit.type}. Have one made and enter it with its report.'
--   in_future:
--     zh: 机构“{institution}”的{:audit|choice:it_audit.type}（{audit}）的完成日期 {day} 晚于今天，请更正。
--     en: 'One of institution "{institution}" ({audit}) is dated {day}, after today: {:audit|choice:it_audit.type}. Correct it.'
--   other_type:
--     zh: 机构“{institution}”登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of institution "{institution}" is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   done:
--     zh: 机构“{institution}”已于 {day} 完成{:audit|choice:it_audit.type}（{audit}），下一次应不晚于 {until}。
--     en: 'Institution "{institution}" completed one on {day} ({audit}), the next is due by {until}: {:audit|choice:it_audit.type}.'
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
), made AS MATERIALIZED (
    SELECT a.id AS audit_id, a.title, a.completed_on,
           CASE WHEN a.state = 'completed' AND a.completed_on IS NOT NULL AND a.led_by IS NOT NULL AND a.received_by IS NOT NULL
                     AND EXISTS (SELECT 1 FROM it_audit_evidence e WHERE e.id = a.id) THEN 1 ELSE 0 END AS complete
    FROM it_audit a
    WHERE a.type = :audit AND (:performer = 'any' OR a.performed_by = :performer)
), last AS MATERIALIZED (
    SELECT max(d.completed_on) AS day FROM made d WHERE d.complete = 1 AND d.completed_on <= yj_today()
), outcome AS (
    SELECT o.subject, o.scope AS reason,
           CAST(NULL AS TEXT) AS audit_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until
    FROM own o WHERE o.scope <> 'bound'
    UNION ALL
    SELECT o.subject, 'never', NULL, NULL, NULL, NULL
    FROM own o
    WHERE o.scope = 'bound' AND NOT EXISTS (SELECT 1 FROM made d)
    UNION ALL
    SELECT o.subject, 'incomplete', d.audit_id, d.title, NULL, NULL
    FROM own o CROSS JOIN made d CROSS JOIN last t
    WHERE o.scope = 'bound' AND d.complete = 0 AND t.day IS NULL
    UNION ALL
    SELECT o.subject, 'in_future', d.audit_id, d.title, d.completed_on, NULL
    FROM own o CROSS JOIN made d
    WHERE o.scope = 'bound' AND d.complete = 1 AND d.completed_on > yj_today()
    UNION ALL
    SELECT o.subject, CASE WHEN yj_add_months(t.day, o.months) < yj_today() THEN 'overdue' ELSE 'done' END,
           d.audit_id, d.title, d.completed_on, yj_add_months(t.day, o.months)
    FROM own o CROSS JOIN last t JOIN made d ON d.completed_on = t.day
    WHERE o.scope = 'bound' AND d.complete = 1
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'done' THEN 'met' WHEN o.reason = 'overdue' THEN 'unmet'
            WHEN o.reason = 'other_type' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'done' THEN o.until WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.audit_id IS NULL THEN 'institution' ELSE 'it_audit' END AS proof_kind,
       coalesce(o.audit_id, o.subject) AS proof,
       i.institution AS v_institution, l.value AS v_licence, o.title AS v_audit, o.day AS v_day, o.until AS v_until,
       CAST(i.months AS TEXT) AS v_months, i.value AS v_value
FROM outcome o JOIN own i ON i.subject = o.subject
     LEFT JOIN institution_licence l ON l.id = o.subject

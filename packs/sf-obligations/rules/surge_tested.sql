-- rule: surge_tested
-- subject: system
-- params: [types, days, setting]
-- reach: institution
-- reasons:
--   overdue:
--     zh: 系统“{system}”在市场较大波动（{day}）之后没有及时做压力测试，应不晚于 {until} 完成（{days} 天之内，可由设置 {:setting} 改动）。请立即测试并登记结果。
--     en: System "{system}" was not stress-tested after the surges of the market on {day}; this was due by {until} (within {days} days, which setting {:setting} can change). Test it at once and enter the result.
--   type_missing:
--     zh: 机构没有填写业务类型，无法判断本条是否适用于系统“{system}”。请在机构信息中填写。
--     en: The institution does not say what business it is licensed for, so it cannot be told whether this applies to system "{system}". Enter it with the institution.
--   unweighed:
--     zh: 系统“{system}”没有填写是否重要信息系统，无法判断是否必须做压力测试。请填写。
--     en: System "{system}" does not say whether it is important, so it cannot be told whether it must be stress-tested. Enter it.
--   bad_setting:
--     zh: 设置 {:setting} 的值“{value}”不是 1 到 9999 的整数天数，期限无法计算。请更正。
--     en: Setting {:setting} has the value "{value}", which is no whole number of days from 1 to 9999, so the term cannot be worked out. Correct it.
--   other_type:
--     zh: 本机构登记的业务类型是{licence|choice:institution.licence}，本条不约束这类机构。
--     en: 'The business of this institution is {licence|choice:institution.licence}; this duty is not on such institutions.'
--   not_important:
--     zh: 系统“{system}”不是重要信息系统，本条不适用。
--     en: System "{system}" is not an important one; this does not apply.
--   no_surge:
--     zh: 没有为系统“{system}”登记过市场较大波动，本条暂不适用。
--     en: No surge of the market is on record for system "{system}", so this does not apply yet.
--   under_way:
--     zh: 系统“{system}”在市场较大波动（{day}）之后应做压力测试，期限 {until} 未到。
--     en: System "{system}" has to be stress-tested after the surge of the market on {day}; it still has time until {until}.
--   retested:
--     zh: 系统“{system}”在市场较大波动（{day}）之后已做压力测试（{test}）。
--     en: System "{system}" was stress-tested after the surges of the market on {day} ({test}).
WITH own AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE ' ' || :types || ' ' LIKE '% ' || l.value || ' %') THEN 'bound'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l)
                THEN 'type_missing'
                ELSE 'other_type' END AS scope
    FROM institution i
), term AS MATERIALIZED (
    SELECT s.value,
           CASE WHEN s.value IS NULL THEN CAST(:days AS INTEGER)
                WHEN length(s.value) < 5 AND trim(s.value, '0123456789') = '' AND trim(s.value, '0') <> ''
                THEN CAST(s.value AS INTEGER) END AS days
    FROM (SELECT :setting AS name) n LEFT JOIN setting s ON s.name = n.name
), weighed AS MATERIALIZED (
    SELECT s.id AS subject, s.name, m.days, m.value,
           CASE WHEN o.scope <> 'bound' THEN o.scope
                WHEN s.importance IS NULL THEN 'unweighed'
                WHEN s.importance <> 'important' THEN 'not_important'
                WHEN NOT EXISTS (SELECT 1 FROM load_peak p WHERE p.system = s.id AND p.occasion = 'surge') THEN 'no_surge'
                WHEN m.days IS NULL THEN 'bad_setting'
                ELSE 'owed' END AS scope
    FROM subject x JOIN system s ON s.id = x.id CROSS JOIN own o CROSS JOIN term m
), tested AS MATERIALIZED (
    SELECT x.id AS subject, t.id AS test_id, t.title, t.held_on, t.confirmed_on
    FROM subject x JOIN stress_result r ON r.system = x.id JOIN stress_test t ON t.id = r.stress_test
    WHERE t.state = 'confirmed' AND t.led_by IS NOT NULL AND t.confirmed_by IS NOT NULL
      AND EXISTS (SELECT 1 FROM stress_test_evidence e WHERE e.id = t.id)
), surge AS MATERIALIZED (
    SELECT w.subject, p.id AS peak_id, p.measured_on AS day, yj_add_days(p.measured_on, w.days) AS until
    FROM weighed w JOIN load_peak p ON p.system = w.subject
    WHERE w.scope = 'owed' AND p.occasion = 'surge'
), outcome AS (
    SELECT w.subject, w.scope AS reason, CAST(NULL AS TEXT) AS peak_id, CAST(NULL AS TEXT) AS test_id,
           CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until, CAST(NULL AS TEXT) AS due
    FROM weighed w WHERE w.scope <> 'owed'
    UNION ALL
    SELECT s.subject, 'retested', NULL, t.test_id, t.title, s.day, NULL, NULL
    FROM surge s JOIN tested t ON t.subject = s.subject AND t.held_on >= s.day AND t.confirmed_on <= yj_today()
    UNION ALL
    SELECT s.subject, CASE WHEN s.until < yj_today() THEN 'overdue' ELSE 'under_way' END, s.peak_id, NULL, NULL, s.day, s.until,
           CASE WHEN s.until >= yj_today() THEN s.until
                ELSE yj_add_days((SELECT min(t.confirmed_on) FROM tested t
                                  WHERE t.subject = s.subject AND t.held_on >= s.day), -1) END
    FROM surge s
    WHERE NOT EXISTS (SELECT 1 FROM tested t
                      WHERE t.subject = s.subject AND t.held_on >= s.day AND t.confirmed_on <= yj_today())
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('retested', 'under_way') THEN 'met' WHEN o.reason = 'overdue' THEN 'unmet'
            WHEN o.reason IN ('other_type', 'not_important', 'no_surge') THEN 'not_applicable'
            ELSE 'unknown' END AS status,
       o.reason AS reason, o.due AS due,
       CASE WHEN o.test_id IS NOT NULL THEN 'stress_test' WHEN o.peak_id IS NOT NULL THEN 'load_peak' ELSE 'system' END AS proof_kind,
       coalesce(o.test_id, o.peak_id, o.subject) AS proof,
       w.name AS v_system, l.value AS v_licence, o.title AS v_test, o.day AS v_day, o.until AS v_until,
       CAST(w.days AS TEXT) AS v_days, w.value AS v_value
FROM outcome o JOIN weighed w ON w.subject = o.subject LEFT JOIN institution_licence l ON o.reason = 'other_type'

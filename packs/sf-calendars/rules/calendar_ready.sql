-- rule: calendar_ready
-- subject: institution
-- params: [calendar, licences, from]
-- reach: institution
-- reasons:
--   missing:
--     zh: 没有登记 {year} 年的{calendar|choice:calendar_year.calendar}。请在发布后录入年度日历和逐日安排；未发布的，先按上级安排登记并注明待核对。
--     en: 'The calendar of {year} is missing: {calendar|choice:calendar_year.calendar}. Enter the year and its days once the notice is out; before that, enter what is known and say that it is to be compared.'
--   incomplete:
--     zh: "{year} 年的{calendar|choice:calendar_year.calendar}按通知应有 {entries} 天例外，逐日登记了 {entered} 天。请补齐或更正。"
--     en: 'Of {year} the notice has {entries} days that differ, but {entered} are entered: {calendar|choice:calendar_year.calendar}. Complete or correct them.'
--   clash:
--     zh: "{year} 年的{calendar|choice:calendar_year.calendar}没有把法定放假的 {day} 登记为休市日。请核对两份日历。"
--     en: 'Public holidays of {year} are not entered as closures: {day} ({calendar|choice:calendar_year.calendar}). Compare the two calendars.'
--   market_missing:
--     zh: 机构“{institution}”是交易场所、登记结算机构或市场信息与技术服务机构，但没有填写服务的市场，无法判断要用哪一份交易日历。请在机构信息中填写。
--     en: Institution "{institution}" is an exchange, a clearing or an information institution and does not say which markets it serves, so it cannot be told which trading calendar it needs. Enter them with the institution.
--   type_missing:
--     zh: 机构“{institution}”没有填写业务类型，无法判断要用哪一份交易日历。请在机构信息中填写。
--     en: Institution "{institution}" does not say what business it is licensed for, so it cannot be told which trading calendar it needs. Enter it with the institution.
--   other_market:
--     zh: 按机构“{institution}”的业务类型和服务的市场，不需要这份日历：{calendar|choice:calendar_year.calendar}。
--     en: 'By the business and markets of institution "{institution}" this calendar is not needed: {calendar|choice:calendar_year.calendar}.'
--   ready:
--     zh: "{year} 年的{calendar|choice:calendar_year.calendar}已登记齐全。"
--     en: 'The calendar of {year} is complete: {calendar|choice:calendar_year.calendar}.'
WITH own AS MATERIALIZED (
    SELECT i.id AS subject, i.name AS institution,
           CASE WHEN :licences = 'any' THEN 'needed'
                WHEN EXISTS (SELECT 1 FROM institution_markets m WHERE m.id = i.id) THEN
                     CASE WHEN EXISTS (SELECT 1 FROM institution_markets m WHERE m.id = i.id AND m.value = :calendar)
                          THEN 'needed' ELSE 'other_market' END
                WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND ' ' || :licences || ' ' LIKE '% ' || l.value || ' %') THEN 'needed'
                WHEN EXISTS (SELECT 1 FROM institution_licence l
                             WHERE l.id = i.id AND l.value IN ('exchange', 'clearing', 'information'))
                THEN 'market_missing'
                WHEN i.type = 'client' AND NOT EXISTS (SELECT 1 FROM institution_licence l WHERE l.id = i.id)
                THEN 'type_missing'
                ELSE 'other_market' END AS need
    FROM subject x JOIN institution i ON i.id = x.id
), day AS (
    SELECT yj_today() AS today, CAST(substr(yj_today(), 1, 4) AS INTEGER) AS year
), exceptional AS MATERIALIZED (
    -- days that differ from the Monday-to-Friday week; 2000-01-03 was a Monday
    SELECT substr(c.date, 1, 4) AS year, c.date, c.working FROM calendar c
    WHERE :calendar = 'state_council'
      AND ((yj_days_between('2000-01-03', c.date) % 7 < 5 AND c.working = 0)
           OR (yj_days_between('2000-01-03', c.date) % 7 >= 5 AND c.working = 1))
    UNION ALL
    SELECT substr(m.date, 1, 4), m.date, 0 FROM market_closure m
    WHERE m.market = :calendar AND yj_days_between('2000-01-03', m.date) % 7 < 5
), unclosed AS MATERIALIZED (
    SELECT substr(c.date, 1, 4) AS year, c.date FROM calendar c
    WHERE :calendar <> 'state_council' AND c.working = 0 AND yj_days_between('2000-01-03', c.date) % 7 < 5
      AND NOT EXISTS (SELECT 1 FROM market_closure m WHERE m.market = :calendar AND m.date = c.date)
), held AS MATERIALIZED (
    SELECT y.id, y.year, y.entries,
           (SELECT count(*) FROM exceptional e WHERE e.year = CAST(y.year AS TEXT)) AS entered,
           (SELECT count(*) FROM unclosed u WHERE u.year = CAST(y.year AS TEXT)) AS open
    FROM calendar_year y WHERE y.calendar = :calendar
), judged AS MATERIALIZED (
    SELECT h.id, h.year, h.entries, h.entered,
           CASE WHEN h.entered <> h.entries THEN 'incomplete' WHEN h.open > 0 THEN 'clash' ELSE 'ready' END AS reason
    FROM held h
), asked AS MATERIALIZED (
    SELECT d.year FROM day d
    UNION ALL
    SELECT d.year + 1 FROM day d WHERE d.today >= CAST(d.year AS TEXT) || '-' || :from
), answered AS MATERIALIZED (
    SELECT a.year, j.id, j.entries, j.entered, coalesce(j.reason, 'missing') AS reason
    FROM asked a LEFT JOIN judged j ON j.year = a.year
), gap AS (
    -- the first year that is there, or running, and has none after it
    SELECT min(s.year) AS year
    FROM (SELECT d.year FROM day d UNION SELECT j.year FROM judged j) s JOIN day d ON s.year >= d.year
    WHERE NOT EXISTS (SELECT 1 FROM judged n WHERE n.reason = 'ready' AND n.year = s.year + 1)
)
SELECT o.subject AS subject,
       CASE WHEN o.need = 'other_market' THEN 'not_applicable' ELSE 'unknown' END AS status,
       o.need AS reason, NULL AS due, 'institution' AS proof_kind, o.subject AS proof,
       o.institution AS v_institution, CAST(NULL AS TEXT) AS v_year, :calendar AS v_calendar,
       CAST(NULL AS TEXT) AS v_entries, CAST(NULL AS TEXT) AS v_entered, CAST(NULL AS TEXT) AS v_day
FROM own o WHERE o.need <> 'needed'
UNION ALL
SELECT o.subject, CASE WHEN a.reason = 'ready' THEN 'met' ELSE 'unmet' END, a.reason,
       CASE WHEN a.reason = 'ready' AND CAST(g.year AS TEXT) || '-' || :from > yj_today()
            THEN yj_add_days(CAST(g.year AS TEXT) || '-' || :from, -1)
            WHEN EXISTS (SELECT 1 FROM judged n WHERE n.reason = 'ready' AND n.year = a.year + 1)
            THEN CAST(a.year AS TEXT) || '-12-31' END,
       CASE WHEN a.id IS NULL THEN 'institution' ELSE 'calendar_year' END, coalesce(a.id, o.subject),
       o.institution, CAST(a.year AS TEXT), :calendar, CAST(a.entries AS TEXT), CAST(a.entered AS TEXT),
       CASE WHEN a.reason = 'clash' THEN u.date END
FROM own o CROSS JOIN answered a CROSS JOIN gap g LEFT JOIN unclosed u ON u.year = CAST(a.year AS TEXT)
WHERE o.need = 'needed'

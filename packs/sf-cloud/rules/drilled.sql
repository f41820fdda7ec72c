-- rule: drilled
-- subject: platform
-- params: [types, months, months_important]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”最近一次应急演练（{drill}）在 {day}，应不晚于 {until} 再演练。请安排。
--     en: The last drill with platform "{platform}" ({drill}) was on {day}; the next was due by {until}. Arrange it.
--   system_overdue:
--     zh: 平台“{platform}”上的重要信息系统“{system}”最近一次演练在 {day}，应不晚于 {until} 再演练。请把它列入下一次演练并登记演练结果。
--     en: Important system "{system}" on platform "{platform}" was last drilled on {day} and was due again by {until}. Include it in the next drill and enter its result.
--   system_never:
--     zh: 平台“{platform}”上的重要信息系统“{system}”没有演练结果。请把它列入演练并登记演练结果。
--     en: Important system "{system}" on platform "{platform}" has no drill result. Include it in a drill and enter its result.
--   unconfirmed:
--     zh: 平台“{platform}”的演练（{drill}）还不能作数：须已演练，附演练报告，并由组织人以外的人审核。
--     en: 'The drill with platform "{platform}" ({drill}) does not count yet: it must be held, have its report attached, and be confirmed by someone other than its organiser.'
--   never:
--     zh: 平台“{platform}”没有参加过本条所说的应急演练。请安排演练，并登记报告。
--     en: Platform "{platform}" never took part in a drill of the kind asked for. Arrange one and enter its report.
--   in_future:
--     zh: 平台“{platform}”的演练（{drill}）的演练或审核日期（{day}）晚于今天，请更正。
--     en: The drill with platform "{platform}" ({drill}) was held, or confirmed, after today ({day}). Correct it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需演练。
--     en: Nothing is in operation on platform "{platform}", so no drill is owed yet.
--   first_due:
--     zh: 平台“{platform}”自 {day} 起投入运行，第一次演练应不晚于 {until}。
--     en: Platform "{platform}" is in operation since {day}; its first drill is due by {until}.
--   drilled:
--     zh: 平台“{platform}”已于 {day} 参加应急演练（{drill}），下一次应不晚于 {until}。
--     en: Platform "{platform}" took part in a drill on {day} ({drill}); the next is due by {until}.
--   system_drilled:
--     zh: 平台“{platform}”上的重要信息系统“{system}”已于 {day} 演练，应不晚于 {until} 再演练。
--     en: Important system "{system}" on platform "{platform}" was drilled on {day}; again by {until}.
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running,
           (SELECT min(d.serving_since) FROM deployment d
            WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS since
    FROM subject x JOIN platform p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT c.subject, r.id AS drill_id, r.title, r.held_on,
           r.confirmed_on AS start,
           CASE WHEN r.state = 'confirmed' AND r.held_on IS NOT NULL AND r.led_by IS NOT NULL
                     AND r.confirmed_by IS NOT NULL AND r.confirmed_on IS NOT NULL
                     AND EXISTS (SELECT 1 FROM drill_evidence e WHERE e.id = r.id)
                THEN 1 ELSE 0 END AS complete
    FROM cloud c JOIN drill_platforms l ON l.value = c.subject JOIN drill r ON r.id = l.id
    WHERE c.running > 0 AND ' ' || :types || ' ' LIKE '% ' || r.type || ' %'
), last AS MATERIALIZED (
    SELECT h.subject, max(h.held_on) AS day FROM held h
    WHERE h.complete = 1 AND h.start <= yj_today() GROUP BY h.subject
), important AS MATERIALIZED (
    SELECT c.subject, d.id AS deployment_id, s.name AS system, d.serving_since AS since,
           (SELECT max(h.held_on) FROM drill_result v JOIN held h ON h.drill_id = v.drill
            WHERE v.deployment = d.id AND h.subject = c.subject AND h.complete = 1 AND h.start <= yj_today()) AS day
    FROM cloud c JOIN deployment d ON d.platform = c.subject JOIN system s ON s.id = d.system
    WHERE CAST(:months_important AS INTEGER) > 0 AND d.state IN ('operating', 'exiting')
      AND s.importance = 'important'
), outcome AS (
    SELECT c.subject, c.since AS day, yj_add_months(c.since, :months) AS until,
           CAST(NULL AS TEXT) AS drill_id, CAST(NULL AS TEXT) AS title, CAST(NULL AS TEXT) AS system,
           CAST(NULL AS TEXT) AS deployment_id,
           CASE WHEN c.running = 0 THEN 'not_running'
                WHEN yj_add_months(c.since, :months) >= yj_today() THEN 'first_due'
                ELSE 'never' END AS reason
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject)
    UNION ALL
    SELECT h.subject, h.held_on, NULL, h.drill_id, h.title, NULL, NULL, 'unconfirmed'
    FROM held h WHERE h.complete = 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject)
    UNION ALL
    SELECT h.subject, h.start, NULL, h.drill_id, h.title, NULL, NULL, 'in_future'
    FROM held h WHERE h.complete = 1 AND h.start > yj_today()
    UNION ALL
    SELECT h.subject, h.held_on, yj_add_months(h.held_on, :months), h.drill_id, h.title, NULL, NULL,
           CASE WHEN yj_add_months(h.held_on, :months) < yj_today() THEN 'overdue' ELSE 'drilled' END
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.held_on
    WHERE h.complete = 1
    UNION ALL
    SELECT i.subject, i.day, yj_add_months(i.day, :months_important), NULL, NULL, i.system, i.deployment_id,
           CASE WHEN yj_add_months(i.day, :months_important) < yj_today() THEN 'system_overdue'
                ELSE 'system_drilled' END
    FROM important i WHERE i.day IS NOT NULL
    UNION ALL
    SELECT i.subject, i.since, yj_add_months(i.since, :months_important), NULL, NULL, i.system, i.deployment_id,
           CASE WHEN yj_add_months(i.since, :months_important) >= yj_today() THEN 'first_due' ELSE 'system_never' END
    FROM important i WHERE i.day IS NULL
)
SELECT o.subject AS subject,
       CASE WHEN o.reason IN ('drilled', 'system_drilled') THEN 'met'
            WHEN o.reason IN ('not_running', 'first_due') THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'system_overdue', 'system_never') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('drilled', 'system_drilled', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.drill_id IS NOT NULL THEN 'drill' WHEN o.deployment_id IS NOT NULL THEN 'deployment'
            ELSE 'platform' END AS proof_kind,
       coalesce(o.drill_id, o.deployment_id, o.subject) AS proof,
       c.name AS v_platform, o.title AS v_drill, o.system AS v_system, o.day AS v_day, o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject

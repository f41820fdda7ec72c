-- rule: isolated
-- subject: platform
-- params: [months]
-- reasons:
--   crossed:
--     zh: 平台“{platform}”{boundary|choice:isolation_test.boundary}边界的隔离验证（{day}）有越界：{count}。请立即要求受托方修复，评估是否已造成影响，修复后重新验证。
--     en: 'A test of isolation on platform "{platform}" ({boundary|choice:isolation_test.boundary}, {day}) got through: {count}. Have the provider repair it at once, find out whether harm was done, and test again.'
--   overdue:
--     zh: 平台“{platform}”{boundary|choice:isolation_test.boundary}边界最近一次隔离验证在 {day}，应不晚于 {until} 再验证。请安排。
--     en: 'Isolation on platform "{platform}" ({boundary|choice:isolation_test.boundary}) was last tested on {day} and was due again by {until}. Arrange it.'
--   in_future:
--     zh: 平台“{platform}”隔离验证的日期（{day}）晚于今天，请更正。
--     en: A test of isolation on platform "{platform}" is dated after today ({day}). Correct it.
--   untested:
--     zh: 平台“{platform}”{boundary|choice:isolation_test.boundary}边界没有隔离验证。请由工具或第三方验证并登记尝试次数和越界次数。
--     en: 'Isolation on platform "{platform}" ({boundary|choice:isolation_test.boundary}) was never tested. Test it by instrument or third party and enter how many attempts were made and got through.'
--   incomplete:
--     zh: 平台“{platform}”{boundary|choice:isolation_test.boundary}边界的隔离验证（{day}）没有填写尝试次数、越界次数，或没有附报告。请补齐。
--     en: 'The test of isolation on platform "{platform}" ({boundary|choice:isolation_test.boundary}, {day}) lacks the number of attempts or of those that got through, or its report. Complete it.'
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需验证隔离。
--     en: Nothing is in operation on platform "{platform}", so isolation need not be tested yet.
--   isolated:
--     zh: 平台“{platform}”{boundary|choice:isolation_test.boundary}边界已验证隔离有效（{day}，尝试与越界次数 {count}），应不晚于 {until} 再验证。
--     en: 'Isolation on platform "{platform}" ({boundary|choice:isolation_test.boundary}) holds, tested on {day} (attempts and those that got through: {count}); again by {until}.'
WITH need AS (
    SELECT 'network' AS boundary UNION ALL SELECT 'compute' UNION ALL SELECT 'storage' UNION ALL SELECT 'management'
), cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running
    FROM subject x JOIN platform p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT c.subject, t.id AS test_id, t.boundary, t.tested_on, t.attempts, t.crossed,
           CASE WHEN t.attempts > 0 AND t.crossed IS NOT NULL
                     AND EXISTS (SELECT 1 FROM isolation_test_evidence e WHERE e.id = t.id)
                THEN 1 ELSE 0 END AS complete
    FROM cloud c JOIN isolation_test t ON t.platform = c.subject
    WHERE c.running > 0
), last AS MATERIALIZED (
    SELECT h.subject, h.boundary, max(h.tested_on) AS day FROM held h
    WHERE h.tested_on <= yj_today() GROUP BY h.subject, h.boundary
), outcome AS (
    SELECT c.subject, CAST(NULL AS TEXT) AS boundary, CAST(NULL AS TEXT) AS day, CAST(NULL AS TEXT) AS until,
           CAST(NULL AS TEXT) AS test_id, CAST(NULL AS TEXT) AS figures, 'not_running' AS reason
    FROM cloud c WHERE c.running = 0
    UNION ALL
    SELECT c.subject, n.boundary, NULL, NULL, NULL, NULL, 'untested'
    FROM cloud c CROSS JOIN need n
    WHERE c.running > 0 AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = c.subject AND t.boundary = n.boundary)
    UNION ALL
    SELECT h.subject, h.boundary, h.tested_on, NULL, h.test_id, NULL, 'in_future'
    FROM held h WHERE h.tested_on > yj_today()
    UNION ALL
    SELECT h.subject, h.boundary, h.tested_on, yj_add_months(h.tested_on, :months), h.test_id,
           CAST(h.attempts AS TEXT) || ' / ' || CAST(h.crossed AS TEXT),
           CASE WHEN h.crossed > 0 THEN 'crossed'
                WHEN h.complete = 0 THEN 'incomplete'
                WHEN yj_add_months(h.tested_on, :months) < yj_today() THEN 'overdue'
                ELSE 'isolated' END
    FROM held h JOIN last t ON t.subject = h.subject AND t.boundary = h.boundary AND t.day = h.tested_on
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'isolated' THEN 'met'
            WHEN o.reason = 'not_running' THEN 'not_applicable'
            WHEN o.reason IN ('crossed', 'overdue') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason = 'isolated' THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.test_id IS NULL THEN 'platform' ELSE 'isolation_test' END AS proof_kind,
       coalesce(o.test_id, o.subject) AS proof,
       c.name AS v_platform, o.boundary AS v_boundary, o.day AS v_day, o.until AS v_until, o.figures AS v_count
FROM outcome o JOIN cloud c ON c.subject = o.subject

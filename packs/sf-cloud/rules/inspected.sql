-- rule: inspected
-- subject: platform
-- params: [months, regulated]
-- reasons:
--   overdue:
--     zh: 平台“{platform}”最近一次信息安全检查（{inspection}）完成于 {day}，应不晚于 {until} 再查。请安排并完成检查。
--     en: The last security inspection of platform "{platform}" ({inspection}) was on {day}; the next was due by {until}. Arrange it and carry it out.
--   no_regulation:
--     zh: 平台“{platform}”做过检查（{inspection}），但没有写明依哪些规定开展。请按相关规定开展检查，并登记所依据的规定。
--     en: Platform "{platform}" was inspected ({inspection}), but the rules by which are not named. Inspect by the rules that apply and enter them.
--   unconfirmed:
--     zh: 平台“{platform}”的检查（{inspection}）还不能作数：须已实施，附检查报告，并由检查负责人以外的人审核。
--     en: 'The inspection of platform "{platform}" ({inspection}) does not count yet: it must be carried out, have its report attached, and be confirmed by someone other than its leader.'
--   never:
--     zh: 平台“{platform}”没有登记过信息安全检查。请按规定对受托方开展检查并登记。
--     en: No security inspection of platform "{platform}" is entered. Inspect the provider as the rules require and enter it.
--   in_future:
--     zh: 平台“{platform}”的检查（{inspection}）日期 {day} 晚于今天，请更正。
--     en: The inspection of platform "{platform}" ({inspection}) has a date after today ({day}). Correct it.
--   not_running:
--     zh: 平台“{platform}”上没有运行中的部署，暂无需检查。
--     en: Nothing is in operation on platform "{platform}", so no inspection is owed yet.
--   first_due:
--     zh: 平台“{platform}”自 {day} 起投入运行，第一次检查应不晚于 {until} 完成。
--     en: Platform "{platform}" is in operation since {day}; its first inspection is due by {until}.
--   inspected:
--     zh: 平台“{platform}”已于 {day} 完成信息安全检查（{inspection}），下一次应不晚于 {until}。
--     en: Platform "{platform}" was inspected on {day} ({inspection}); the next inspection is due by {until}.
WITH cloud AS (
    SELECT p.id AS subject, p.name,
           (SELECT count(*) FROM deployment d WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS running,
           (SELECT min(d.serving_since) FROM deployment d
            WHERE d.platform = p.id AND d.state IN ('operating', 'exiting')) AS since
    FROM subject x JOIN platform p ON p.id = x.id
), held AS MATERIALIZED (
    SELECT c.subject, n.id AS inspection_id, n.title, n.inspected_on,
           n.confirmed_on AS start,
           CASE WHEN n.state = 'planned' OR n.inspected_on IS NULL OR n.led_by IS NULL OR n.confirmed_by IS NULL
                     OR n.confirmed_on IS NULL
                     OR NOT EXISTS (SELECT 1 FROM inspection_evidence e WHERE e.id = n.id) THEN 'unconfirmed'
                WHEN :regulated = 1 AND n.regulation IS NULL THEN 'no_regulation'
                ELSE 'inspected' END AS standing
    FROM cloud c JOIN inspection_platforms l ON l.value = c.subject JOIN inspection n ON n.id = l.id
    WHERE c.running > 0
), last AS MATERIALIZED (
    SELECT h.subject, max(h.inspected_on) AS day FROM held h
    WHERE h.standing = 'inspected' AND h.start <= yj_today() GROUP BY h.subject
), outcome AS (
    SELECT c.subject, c.since AS day, yj_add_months(c.since, :months) AS until,
           CAST(NULL AS TEXT) AS inspection_id, CAST(NULL AS TEXT) AS title,
           CASE WHEN c.running = 0 THEN 'not_running'
                WHEN yj_add_months(c.since, :months) >= yj_today() THEN 'first_due'
                ELSE 'never' END AS reason
    FROM cloud c WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.subject = c.subject)
    UNION ALL
    SELECT h.subject, h.inspected_on, NULL, h.inspection_id, h.title, h.standing
    FROM held h WHERE h.standing <> 'inspected'
                  AND NOT EXISTS (SELECT 1 FROM last t WHERE t.subject = h.subject)
    UNION ALL
    SELECT h.subject, h.start, NULL, h.inspection_id, h.title, 'in_future'
    FROM held h WHERE h.standing = 'inspected' AND h.start > yj_today()
    UNION ALL
    SELECT h.subject, h.inspected_on, yj_add_months(h.inspected_on, :months), h.inspection_id, h.title,
           CASE WHEN yj_add_months(h.inspected_on, :months) < yj_today() THEN 'overdue' ELSE 'inspected' END
    FROM held h JOIN last t ON t.subject = h.subject AND t.day = h.inspected_on
    WHERE h.standing = 'inspected'
)
SELECT o.subject AS subject,
       CASE WHEN o.reason = 'inspected' THEN 'met'
            WHEN o.reason IN ('not_running', 'first_due') THEN 'not_applicable'
            WHEN o.reason IN ('overdue', 'no_regulation') THEN 'unmet'
            ELSE 'unknown' END AS status,
       o.reason AS reason,
       CASE WHEN o.reason IN ('inspected', 'first_due') THEN o.until
            WHEN o.reason = 'in_future' THEN yj_add_days(o.day, -1) END AS due,
       CASE WHEN o.inspection_id IS NULL THEN 'platform' ELSE 'inspection' END AS proof_kind,
       coalesce(o.inspection_id, o.subject) AS proof,
       c.name AS v_platform, o.title AS v_inspection, o.day AS v_day, o.until AS v_until
FROM outcome o JOIN cloud c ON c.subject = o.subject
